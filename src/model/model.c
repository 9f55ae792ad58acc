/*
 * model.c: the table of models and their run.
 */
#include "model/model.h"

#include <math.h>

#include "model/pipeline.h"

const struct fix_info fix_info[FIX_N] = {
#define FIX(id, name, summary) [id] = {name, summary},
#include "model/fix.def"
#undef FIX
};

#define ALL_FIXES (((uint64_t)1 << FIX_N) - 1)

static const struct model models[] = {
    {
        .name = "warpscope",
        .summary = "AMALI with its known defects mended, the default",
        .about = "One warp of each kind is issued in order with the latencies that a functional\n"
                 "simulation of the sectored L1 and L2 gives each of its memory instructions.\n"
                 "Stalls are shortened by what the other warps of the sub-core issue meanwhile,\n"
                 "and lengthened where a pipe or a memory level cannot keep up. The waves of the\n"
                 "busiest SM are added up; launch comes on top.\n"
                 "\n"
                 "  T(wave) = slots / IR + sum_k max(s_k - min(s_k P, 1) others / K, 0)\n"
                 "            and at least the busiest pipe\n"
                 "  T(SM)   = sum of T(wave), queueing for memory counted once\n"
                 "  cycles  = max(T(SM), traffic bounds) + launch\n"
                 "\n"
                 "Sources: interval analysis and tensor throughput after AMALI (ISCA'25), latency\n"
                 "hiding after GCoM (ISCA'22), memory pipe after Huerta et al. (MICRO'25), launch\n"
                 "fit after AMALI.\n"
                 "Not modelled: instruction fetch, constant operands, predicate and uniform\n"
                 "dependences (text traces lack them), bank conflicts, TLB.",
        .fixes = ALL_FIXES,
        .error_band = (double)NAN,
    },
    {
        .name = "amali-public",
        .summary = "AMALI (ISCA'25), exactly as its public code",
        .about =
            "Reproduces the public repository of January 2026, slips included: cache hits by\n"
            "reuse distance, one average memory latency, a representative warp, stalls without\n"
            "hiding, KLL with the sign of beta as coded.\n"
            "\n"
            "  cycles = selected + wait + long_scoreboard + short_scoreboard\n"
            "         + math_pipe_throttle + lg_throttle + mio_throttle (NoC + DRAM)\n"
            "         + idle (ID) + launch (KLL)\n"
            "\n"
            "Use with the descriptions amali-a100 and amali-h100-pcie to get its own numbers.",
        .fixes = 0,
        .error_band = (double)NAN,
    },
};

size_t model_count(void)
{
    return ARRAY_LEN(models);
}

const struct model *model_at(size_t i)
{
    return &models[i];
}

const struct model *model_default(void)
{
    return &models[0];
}

static const char *model_name_at(size_t i, void *arg)
{
    (void)arg;
    return models[i].name;
}

const struct model *model_find(str name, struct err *e)
{
    for (size_t i = 0; i < ARRAY_LEN(models); i++)
        if (str_is(name, models[i].name))
            return &models[i];
    err_set(e, STATUS_USAGE, "there is no model '%.*s'", (int)MIN(name.n, 60), name.p);
    const char *near = str_nearest(name, ARRAY_LEN(models), model_name_at, NULL);
    if (near != NULL)
        err_hint(e, "did you mean '%s'?", near);
    else
        err_hint(e, "`warpscope model list` names them");
    return NULL;
}

static const char *fix_name_at(size_t i, void *arg)
{
    (void)arg;
    return fix_info[i].name;
}

int fix_find(str name, struct err *e)
{
    for (int i = 0; i < FIX_N; i++)
        if (str_is(name, fix_info[i].name))
            return i;
    err_set(e, STATUS_USAGE, "there is no fix '%.*s'", (int)MIN(name.n, 60), name.p);
    const char *near = str_nearest(name, FIX_N, fix_name_at, NULL);
    if (near != NULL)
        err_hint(e, "did you mean '%s'?", near);
    else
        err_hint(e, "`warpscope model show warpscope` names them");
    return -1;
}

static enum status run_pipeline(struct pipeline *p, struct err *e)
{
    TRY(pipeline_timing(p, e));
    TRY(pipeline_occupancy(p, e));
    TRY(pipeline_memory(p, e));
    TRY(pipeline_compose(p, e));
    pipeline_refill(p);
    return pipeline_bounds(p, e);
}

static void add_note(struct result *r, const char *text)
{
    const char **notes = ARENA_ARRAY(&r->arena, const char *, r->n_notes + 1);
    for (uint32_t i = 0; i < r->n_notes; i++)
        notes[i] = r->notes[i];
    notes[r->n_notes++] = text;
    r->notes = notes;
}

/* Types that timing_make had to take at the FP16 rate. */
static void note_tensor_types(const struct trace_kernel *k, const struct gpu *g, struct result *r)
{
    uint32_t noted = 0; /* bits of enum sass_type */
    for (uint32_t c = 0; c < k->n_code; c++) {
        const struct sass_op *op = &k->code[c].op;
        if (op->m == 0 || (noted >> op->in_type & 1) || !isnan(timing_tensor_rate(g, op)))
            continue;
        noted |= 1u << op->in_type;
        add_note(r, arena_printf(&r->arena, "%s has no tensor rate for %s: the FP16 rate stands in",
                                 g->name, sass_type_name((enum sass_type)op->in_type)));
    }
}

static void note_inputs(const struct trace_kernel *k, const struct gpu *g, struct result *r)
{
    if (k->h.is_synthetic)
        add_note(r, "the trace is synthetic: made by a builder, not recorded on a GPU");
    if (k->h.isa != g->isa)
        add_note(r, arena_printf(&r->arena,
                                 "the code was compiled for sm_%u; %s would run other instructions",
                                 k->h.isa, g->arch));
    if (!k->h.has_immediate && k->h.format != TRACE_FORMAT_PPT)
        add_note(r, "the trace has no immediates: every DEPBAR waits for all open copies");
    if (k->n_ctas < k->counts.ctas_in_grid)
        add_note(r,
                 arena_printf(&r->arena, "the trace holds %u of %llu CTAs: the result is of these",
                              k->n_ctas, (unsigned long long)k->counts.ctas_in_grid));
}

/* Too many unknown opcodes: a total would be a guess, so there is none unless asked for. */
static void judge_unknown(const struct trace_kernel *k, bool ignore, struct result *r)
{
    r->unknown_insts = k->counts.unknown_insts;
    r->unknown_share = (double)r->unknown_insts / (double)k->counts.warp_insts;
    r->is_withheld = r->unknown_share > MODEL_UNKNOWN_LIMIT && !ignore;
    if (r->unknown_insts > 0)
        add_note(r,
                 arena_printf(&r->arena, "%u unknown opcode%s, %.2f %% of instructions: %s",
                              k->counts.unknown_opcodes, k->counts.unknown_opcodes == 1 ? "" : "s",
                              100 * r->unknown_share, trace_unknown_names(&r->arena, k)));
    if (r->is_withheld)
        add_note(r, "the total is withheld; --ignore-unknown gives it all the same");
}

enum status model_run(const struct model *m, const struct trace_kernel *k, const struct gpu *g,
                      const struct model_options *o, const struct tick *tick,
                      const struct result **out, struct err *e)
{
    if (k->n_warps == 0)
        return err_set(e, STATUS_INPUT, "kernel %u has no instructions", k->h.id);
    struct arena scratch, wave_scratch;
    arena_init(&scratch, ARENA_LARGE);
    arena_init(&wave_scratch, ARENA_LARGE);
    struct pipeline p = {
        .k = k,
        .g = g,
        .fixes = (m->fixes | o->fixes_on) & ~o->fixes_off,
        .tick = tick,
        .scratch = &scratch,
        .wave_scratch = &wave_scratch,
    };
    enum status s = run_pipeline(&p, e);
    if (s == STATUS_OK) {
        struct result *r = result_make();
        note_inputs(k, g, r);
        note_tensor_types(k, g, r);
        judge_unknown(k, o->ignore_unknown, r);
        pipeline_publish(&p, m, r);
        result_seal(r);
        *out = r;
    }
    arena_done(&wave_scratch);
    arena_done(&scratch);
    return s;
}
