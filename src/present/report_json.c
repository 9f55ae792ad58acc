#include <inttypes.h>
#include <math.h>

#include "base/symbol.h"
#include "model/model.h"
#include "present/report.h"

enum { SCHEMA = 1 };

struct report_json report_json_make(const char *version, const char *list)
{
    struct report_json j = {.doc = json_make_object()};
    json_add_number(j.doc, "schema", SCHEMA);
    json_add_string(j.doc, "tool", "warpscope");
    json_add_string(j.doc, "version", version);
    j.list = json_add_array(j.doc, list);
    return j;
}

static void add_triple(json *to, const char *key, const uint32_t v[3])
{
    json *list = json_add_array(to, key);
    for (size_t i = 0; i < 3; i++)
        json_add_number(list, NULL, v[i]);
}

static void add_occupancy(json *to, const struct result_occupancy *o)
{
    json *j = json_add_object(to, "occupancy");
    json_add_number(j, "theoretical", o->theoretical);
    json_add_number(j, "achieved", o->achieved);
    json_add_string(j, "limiter", limiter_name(o->limiter));
    json_add_number(j, "warps_per_sm", o->warps_per_sm);
    json_add_number(j, "warps_per_cta", o->warps_per_cta);
    json_add_number(j, "ctas_per_sm", o->ctas_per_sm);
    json *limits = json_add_object(j, "ctas_by_limit");
    for (size_t i = 0; i < LIMITER_N; i++)
        json_add_number(limits, limiter_name((enum limiter)i), o->limit[i]);
    json_add_number(j, "shared_carveout_kib", o->smem_carveout_kib);
    json_add_number(j, "l1_kib", o->l1_kib);
}

/* In the order in which they sum to the cycles to the last bit. */
static void add_stalls(json *to, const char *key, const double stall[STALL_N])
{
    json *j = json_add_object(to, key);
    for (size_t i = 0; i < STALL_N; i++)
        json_add_number(j, stall_info[i].name, stall[i]);
}

static void add_caches(json *to, const struct result *r)
{
    static const char *const names[RESULT_N_LEVELS] = {"l1", "l2", "dram", "shared"};
    json *j = json_add_object(to, "caches");
    for (size_t i = 0; i < RESULT_N_LEVELS; i++) {
        const struct result_level *l = &r->level[i];
        json *level = json_add_object(j, names[i]);
        json_add_number(level, "accesses", l->accesses);
        json_add_number(level, "hits", l->hits);
        json_add_number(level, "hit_rate", l->hit_rate);
        json_add_number(level, "bytes", l->bytes);
        json_add_number(level, "peak_bytes_per_cycle", l->peak_b_per_cy);
    }
}

static void add_speed_of_light(json *to, const struct result *r)
{
    json *j = json_add_object(to, "speed_of_light");
    json_add_number(j, "compute", r->sol_compute);
    json_add_string(j, "busiest_pipe", r->busiest_pipe);
    json_add_number(j, "l1", r->sol_l1);
    json_add_number(j, "l2", r->sol_l2);
    json_add_number(j, "dram", r->sol_dram);
}

static void add_fixes(json *to, uint64_t fixes)
{
    json *j = json_add_array(to, "fixes");
    for (size_t i = 0; i < STAGE_N; i++)
        if ((fixes >> i & 1) != 0)
            json_add_string(j, NULL, stage_info[i].name);
}

static void add_terms(json *to, const struct result *r)
{
    json *j = json_add_object(to, "terms");
    for (size_t i = 0; i < r->n_terms; i++)
        json_add_number(j, metric_info[r->terms[i].metric].id, r->terms[i].value);
}

static void add_launch(json *to, const struct trace_header *h)
{
    json *j = json_add_object(to, "launch");
    json_add_number(j, "registers", h->n_regs);
    json_add_number(j, "shared_bytes", h->shmem_b);
    json_add_number(j, "isa", h->isa);
    json_add_bool(j, "is_synthetic", h->is_synthetic);
}

static void add_notes(json *to, const struct result *r)
{
    json *j = json_add_array(to, "notes");
    for (size_t i = 0; i < r->n_notes; i++)
        json_add_string(j, NULL, r->notes[i]);
}

/* Cycles are null where the total is withheld: it is their sum. */
static void add_instruction(json *to, const struct sass_inst *in, const struct result_inst *ri,
                            bool is_withheld)
{
    char text[160], pc[24];
    json *j = json_add_object(to, NULL);
    snprintf(pc, sizeof pc, "0x%" PRIx64, in->pc);
    json_add_string(j, "pc", pc);
    json_add_string(j, "text", sass_inst_text(in, text, sizeof text));
    json_add_string(j, "class", sass_class_name((enum sass_class)in->op.cls));
    json_add_string(j, "pipe", sass_pipe_name((enum sass_pipe)in->op.pipe));
    json_add_number(j, "executions", (double)ri->executions);
    json_add_number(j, "thread_executions", ri->thread_executions);
    json_add_number(j, "cycles", is_withheld ? (double)NAN : ri->cycles);
    json_add_number(j, "latency_cycles", ri->latency_cy);
    json *stalls = json_add_object(j, "stalls");
    for (size_t i = 0; i < STALL_N; i++)
        if (ri->stall[i] != 0 && !is_withheld)
            json_add_number(stalls, stall_info[i].name, ri->stall[i]);
}

static void add_instructions(json *to, const struct trace_kernel *k, const struct result *r)
{
    json *list = json_add_array(to, "instructions");
    for (uint32_t i = 0; i < MIN(r->n_insts, k->n_code); i++)
        add_instruction(list, &k->code[i], &r->insts[i], r->is_withheld);
}

/* What most readers come for, first. */
static void add_main(json *j, const struct trace_kernel *k, const struct result *r)
{
    json_add_number(j, "id", k->h.id);
    json_add_string(j, "name", r->kernel_name);
    json_add_string(j, "gpu", r->gpu_name);
    json_add_string(j, "model", r->model_name);
    add_triple(j, "grid", r->grid);
    add_triple(j, "block", r->block);
    json_add_number(j, "warp_instructions", (double)r->warp_insts);
    json_add_number(j, "cycles", r->cycles);
    json_add_number(j, "time_us", r->time_us);
    json_add_number(j, "ipc", r->ipc);
    add_occupancy(j, &r->occupancy);
    add_stalls(j, "stalls", r->stall);
    if (r->warp_state != NULL)
        add_stalls(j, "warp_states", r->warp_state);
    add_caches(j, r);
}

static void add_unknown(json *j, const struct trace_kernel *k, const struct result *r)
{
    json_add_number(j, "unknown_opcodes", k->counts.unknown_opcodes);
    json_add_number(j, "unknown_instructions", (double)r->unknown_insts);
    json_add_number(j, "unknown_share", r->unknown_share);
    json_add_bool(j, "is_withheld", r->is_withheld);
    json_add_bool(j, "is_partial", r->is_partial);
}

static void add_rest(json *j, const struct trace_kernel *k, const struct result *r)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    json_add_string(j, "demangled", symbol_demangle(&a, r->kernel_name));
    arena_done(&a);
    json_add_string(j, "gpu_title", r->gpu_title);
    json_add_number(j, "clock_mhz", r->clock_mhz);
    json_add_number(j, "thread_instructions", (double)r->thread_insts);
    json_add_number(j, "ipc_per_sm", r->ipc_per_sm);
    json_add_number(j, "waves", r->waves);
    json_add_number(j, "sms_used", r->sms_used);
    add_launch(j, &k->h);
    add_speed_of_light(j, r);
    json_add_number(j, "error_band", r->error_band);
    json_add_number(j, "intervals", r->n_intervals);
    add_terms(j, r);
    add_fixes(j, r->fixes);
    add_notes(j, r);
}

void report_json_add(const struct report_json *to, const struct trace_kernel *k,
                     const struct result *r, const struct result *baseline, bool has_instructions)
{
    json *j = json_add_object(to->list, NULL);
    add_main(j, k, r);
    add_unknown(j, k, r);
    if (baseline != NULL)
        json_add_number(j, "speedup", baseline->time_us / r->time_us);
    add_rest(j, k, r);
    if (has_instructions)
        add_instructions(j, k, r);
}

void report_json_add_refusal(const struct report_json *to, const struct trace_kernel *k,
                             const char *gpu, const char *model, const char *message)
{
    json *j = json_add_object(to->list, NULL);
    json_add_number(j, "id", k->h.id);
    json_add_string(j, "name", k->h.name);
    json_add_string(j, "gpu", gpu);
    json_add_string(j, "model", model);
    json_add_string(j, "error", message);
}
