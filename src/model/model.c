/*
 * model.c: the table of models and their run.
 */
#include "model/model.h"

#include <math.h>
#include <string.h>

#include "model/pipeline.h"
#include "sm_model.h"

#define ALL_SWITCHES  UINT64_MAX
#define STAGE_BIT(id) ((uint64_t)1 << STAGE_##id)
/* Stages whose variants any composition can work with. */
#define SHARED_SWITCHES \
    (STAGE_BIT(OCCUPANCY) | STAGE_BIT(CLASSES) | STAGE_BIT(TENSOR) | STAGE_BIT(LAUNCH))

static const struct model models[] = {
    {
        .name = "warpscope",
        .summary = "interval model, AMALI mended: the default",
        .about =
            "Each warp of the busiest SM is issued in order, exact duplicates once, with the\n"
            "latency that a functional simulation of the sectored L1 and L2 gives each of its\n"
            "accesses; the warps of a CTA run to their barriers together. The slowest warp of\n"
            "a sub-core decides: its stalls are shortened by what the others issue meanwhile,\n"
            "and lengthened where a pipe or a memory level cannot keep up. The waves of the\n"
            "busiest SM are added up; launch comes on top.\n"
            "\n"
            "  T(wave) = slots / IR + sum_k max(s_k - min(s_k P, 1) others / K / IR, 0)\n"
            "            and at least the busiest pipe\n"
            "  T(SM)   = sum of T(wave), less what waves and warps that drift apart do not\n"
            "            queue for memory (stage refill)\n"
            "  cycles  = max(T(SM), traffic, atomics on one sector, launch of later CTAs)\n"
            "            + launch\n"
            "\n"
            "Sources: interval analysis and tensor throughput after AMALI (ISCA'25), latency\n"
            "hiding after GCoM (ISCA'22), memory pipe after Huerta et al. (MICRO'25), launch\n"
            "fit after AMALI.\n"
            "Not modelled: predicate and uniform dependences (text traces lack them, and\n"
            "constant operands), arrivals of other warps at an mbarrier, TLB.",
        .variants =
            {
#define STAGE(id, name, summary, warpscope, ...) [STAGE_##id] = id##_##warpscope,
#include "model/stage.def"
#undef STAGE
            },
        .switches = ALL_SWITCHES,
        .run = pipeline_run,
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
        .variants =
            {
#define STAGE(id, name, summary, warpscope, amali, ...) [STAGE_##id] = id##_##amali,
#include "model/stage.def"
#undef STAGE
            },
        .switches = ALL_SWITCHES,
        .run = pipeline_run,
        .error_band = (double)NAN,
    },
    {
        .name = "gcom",
        .summary = "GCoM (ISCA'22), after its public code",
        .about =
            "One warp's intervals; all warps alike hide each other's stalls by chance; pipes of\n"
            "the SM, NoC, DRAM and the registers for misses add up interval by interval. Knows\n"
            "no launch, no barrier, no asynchronous copy, and one rate for all tensor shapes.\n"
            "\n"
            "  cycles = base + comData + comStruct + memData + memStruct + idle\n"
            "\n"
            "On the three runs of the public code that are known (use gcom-rtx2060 and\n"
            "gcom-a100) the cycles are within 0.1 %: base and comData equal, the other classes\n"
            "within 2 %, since some details of that code are not published. Other descriptions\n"
            "give whole latencies, so the pipeline stages that GCoM adds are absent there.",
        .variants =
            {
#define STAGE(id, name, summary, warpscope, amali, gcom, ...) [STAGE_##id] = id##_##gcom,
#include "model/stage.def"
#undef STAGE
            },
        .switches = SHARED_SWITCHES | STAGE_BIT(OPERANDS),
        .run = pipeline_run,
        .error_band = (double)NAN,
    },
    {
        .name = "mdm",
        .summary = "MDM (MICRO'20) on GPUMech, after its script",
        .about =
            "One warp's intervals, stalls below 9 cycles left out; requests of divergent accesses\n"
            "fill the registers for misses and queue for network and DRAM. Pipes are never busy.\n"
            "\n"
            "  cycles = N / IR + sum of s_k + slots not hidden + MSHR + NoC\n"
            "\n"
            "A request is a sector here, a line of 128 B there. Not compared with its own code,\n"
            "whose inputs are not public.",
        .variants =
            {
#define STAGE(id, name, summary, warpscope, amali, gcom, mdm, ...) [STAGE_##id] = id##_##mdm,
#include "model/stage.def"
#undef STAGE
            },
        .switches = SHARED_SWITCHES | STAGE_BIT(OPERANDS),
        .run = pipeline_run,
        .error_band = (double)NAN,
    },
    {
        .name = "roofline",
        .summary = "the highest roof: what no kernel can beat",
        .about =
            "How long each resource is needed at least: issue slots and every pipe of the fullest\n"
            "sub-core, the memory pipe, L1 and shared memory of the busiest SM, L2 and DRAM.\n"
            "Nothing waits; the terms hold every roof, a note names the highest. What it takes\n"
            "above the issue slots is charged to its users.\n"
            "\n"
            "  cycles = max over resources of use / rate\n"
            "\n"
            "Source: Williams, Waterman and Patterson (CACM 2009), one roof for each resource.",
        .variants =
            {
#define STAGE(id, name, summary, warpscope, amali, gcom, mdm, roofline) \
    [STAGE_##id] = id##_##roofline,
#include "model/stage.def"
#undef STAGE
            },
        .switches = SHARED_SWITCHES,
        .run = pipeline_run,
        .error_band = (double)NAN,
    },
    {
        .name = "sm",
        .summary = "one SM, cycle by cycle: judge of the others",
        .about =
            "Each sub-core issues greedily, then the youngest warp; registers are guarded by\n"
            "fixed distances and scoreboards, pipes by their intervals, memory by the queue of\n"
            "each sub-core, the data path of L1 and shared memory, and the SM's share of L2 and\n"
            "DRAM. Instructions and constants come from their caches; barriers, fences, copies\n"
            "and matrix products of a warpgroup are waited for. The level that answers an access\n"
            "is what the cache simulation found for this access. Every warp is in one of Nsight\n"
            "Compute's states in every cycle. Loops that come back to the same state are skipped\n"
            "ahead: the answer is the same as cycle by cycle.\n"
            "\n"
            "  cycles = launch + from the first CTA of the busiest SM to the end of its last\n"
            "\n"
            "Sources: core and memory pipe after Huerta et al. (MICRO'25); caches, tensor rates\n"
            "and launch as in warpscope.\n"
            "Not modelled: predicate and uniform dependences, arrivals of other warps at an\n"
            "mbarrier, TLB; other SMs only as an equal share of L2 and DRAM.",
        .variants =
            {
#define STAGE(id, name, summary, warpscope, ...) [STAGE_##id] = id##_##warpscope,
#include "model/stage.def"
#undef STAGE
            },
        .run = sm_model_run,
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

bool model_has_stages(const struct model *m)
{
    return m->run == pipeline_run;
}

bool model_has_switch(const struct model *m, enum stage s)
{
    return model_has_stages(m) && fix_exists(s) && (m->switches >> s & 1) != 0;
}

uint64_t model_fixes(const struct model *m, const enum variant variants[STAGE_N])
{
    uint64_t fixes = 0;
    for (int s = 0; model_has_stages(m) && s < STAGE_N; s++)
        if (fix_exists((enum stage)s) && variants[s] == fix_variant((enum stage)s, true))
            fixes |= (uint64_t)1 << s;
    return fixes;
}

void model_add_term(struct result *r, enum metric m, double value)
{
    struct result_term *terms = ARENA_ARRAY(&r->arena, struct result_term, r->n_terms + 1);
    for (uint32_t i = 0; i < r->n_terms; i++)
        terms[i] = r->terms[i];
    terms[r->n_terms++] = (struct result_term){m, value};
    r->terms = terms;
}

void model_add_note(struct result *r, const char *text)
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
        model_add_note(r, arena_printf(&r->arena,
                                       "%s has no tensor rate for %s: the FP16 rate stands in",
                                       g->name, sass_type_name((enum sass_type)op->in_type)));
    }
}

static void note_constants(const struct gpu *g, struct result *r)
{
    struct gpu_count n = gpu_count_params(g);
    if (n.inferred > 0)
        model_add_note(r, arena_printf(&r->arena,
                                       "%u of the %u constants of %s are inferred, not measured "
                                       "on it: ~ in `warpscope gpu show %s`",
                                       n.inferred, n.known, g->name, g->name));
}

static void note_inputs(const struct trace_kernel *k, const struct gpu *g, struct result *r)
{
    if (k->h.is_synthetic)
        model_add_note(r, "the trace is synthetic: made by a builder, not recorded on a GPU");
    if (k->h.isa != g->isa)
        model_add_note(
            r, arena_printf(&r->arena,
                            "the code was compiled for sm_%u; %s would run other instructions",
                            k->h.isa, g->arch));
    if (!k->h.has_immediate && k->h.format != TRACE_FORMAT_PPT)
        model_add_note(r, "the trace has no immediates: every DEPBAR waits for all open copies");
    if (k->n_ctas < k->counts.ctas_in_grid)
        model_add_note(r, arena_printf(&r->arena,
                                       "the trace holds %u of %llu CTAs: the result is of these",
                                       k->n_ctas, (unsigned long long)k->counts.ctas_in_grid));
}

static void note_fetch(const struct model_case *c, struct result *r)
{
    if (model_has_stages(c->model) && c->variants[STAGE_FETCH] == FETCH_CACHES &&
        !fetch_is_known(c->g))
        model_add_note(r, arena_printf(&r->arena,
                                       "%s describes no instruction caches: code is always there",
                                       c->g->name));
}

/* Too many unknown opcodes: a total would be a guess, so there is none unless asked for. */
static void judge_unknown(const struct trace_kernel *k, bool ignore, struct result *r)
{
    r->unknown_insts = k->counts.unknown_insts;
    r->unknown_share = (double)r->unknown_insts / (double)k->counts.warp_insts;
    r->is_withheld = r->unknown_share > MODEL_UNKNOWN_LIMIT && !ignore;
    if (r->unknown_insts > 0)
        model_add_note(
            r, arena_printf(&r->arena, "%u unknown opcode%s, %.2f %% of instructions: %s",
                            k->counts.unknown_opcodes, k->counts.unknown_opcodes == 1 ? "" : "s",
                            100 * r->unknown_share, trace_unknown_names(&r->arena, k)));
    if (r->is_withheld)
        model_add_note(r, "the total is withheld; --ignore-unknown gives it all the same");
}

static void fill_stages(const struct model_case *c, struct result *r)
{
    const char **stages = ARENA_ARRAY(&r->arena, const char *, STAGE_N);
    for (int s = 0; s < STAGE_N; s++)
        stages[s] = arena_printf(&r->arena, "%s: %s", stage_info[s].name,
                                 variant_info[c->variants[s]].name);
    r->stages = stages;
    r->n_stages = STAGE_N;
}

static void fill_identity(const struct model_case *c, struct result *r)
{
    const struct trace_header *h = &c->k->h;
    r->kernel_name = arena_strdup(&r->arena, h->name);
    r->kernel_label = arena_strdup(&r->arena, h->label);
    r->gpu_name = arena_strdup(&r->arena, c->g->name);
    r->gpu_title = arena_strdup(&r->arena, c->g->title);
    r->model_name = arena_strdup(&r->arena, c->model->name);
    r->kernel_id = h->id;
    r->fixes = model_fixes(c->model, c->variants);
    if (model_has_stages(c->model))
        fill_stages(c, r);
    for (int d = 0; d < 3; d++) {
        r->grid[d] = h->grid[d];
        r->block[d] = h->block[d];
    }
    r->n_ctas = c->k->n_ctas;
    r->n_regs = h->n_regs;
    r->shmem_b = h->shmem_b;
    r->warp_insts = c->k->counts.warp_insts;
    r->thread_insts = c->k->counts.thread_insts;
    r->clock_mhz = c->g->v.core_clock_mhz;
    r->error_band = c->model->error_band;
}

static enum status apply_switches(struct model_case *c, const struct model_options *o,
                                  struct err *e)
{
    for (int s = 0; s < STAGE_N; s++) {
        bool is_on = (o->fixes_on >> s & 1) != 0, is_off = (o->fixes_off >> s & 1) != 0;
        if (!is_on && !is_off)
            continue;
        if (!model_has_switch(c->model, (enum stage)s)) {
            err_set(e, STATUS_USAGE, "%s has no fix '%s'", c->model->name, stage_info[s].name);
            err_hint(e, "`warpscope model show %s` names those it has", c->model->name);
            return STATUS_USAGE;
        }
        c->variants[s] = fix_variant((enum stage)s, is_on);
    }
    return STATUS_OK;
}

enum status model_run(const struct model *m, const struct trace_kernel *k, const struct gpu *g,
                      const struct model_options *o, const struct tick *tick,
                      const struct result **out, struct err *e)
{
    if (k->n_warps == 0)
        return err_set(e, STATUS_INPUT, "kernel %u has no instructions", k->h.id);
    struct model_case c = {.model = m,
                           .k = k,
                           .g = g,
                           .tick = tick,
                           .with_timeline = o->with_timeline,
                           .is_exact = o->is_exact,
                           .every_cycle = o->every_cycle};
    memcpy(c.variants, m->variants, sizeof c.variants);
    TRY(apply_switches(&c, o, e));
    struct result *r = result_make();
    fill_identity(&c, r);
    note_inputs(k, g, r);
    note_tensor_types(k, g, r);
    note_fetch(&c, r);
    judge_unknown(k, o->ignore_unknown, r);
    note_constants(g, r);
    enum status s = m->run(&c, r, e);
    if (s != STATUS_OK) {
        result_release(r);
        return s;
    }
    result_seal(r);
    *out = r;
    return STATUS_OK;
}
