/*
 * Every recorded trace of ../shared/data by every model: the stack sums to the total, instructions
 * to the stack, and no model that follows all warps is below the roofline. Models that let one warp
 * speak for all may be: where warps differ (BFS), or where they know no pipes (b+tree).
 */
#include <math.h>

#include "base/os.h"
#include "model/model.h"
#include "t.h"

static const char *const DATA = "../shared/data/sass";

struct subject {
    const char *name;
    const struct trace_kernel *k;
    const struct gpu *g;
};

static const struct result *run(const struct subject *s, const struct model *m)
{
    struct err e = {0};
    const struct result *r = NULL;
    struct model_options o = {.ignore_unknown = true};
    if (model_run(m, s->k, s->g, &o, NULL, &r, &e) != STATUS_OK)
        T_FAIL("%s, kernel %u, %s: %s", s->name, s->k->h.id, m->name, e.message);
    return r;
}

static double running_cy(const struct result *r)
{
    return r->cycles - r->stall[STALL_LAUNCH];
}

static void check_sums(const struct subject *s, const struct result *r)
{
    double sum = 0, insts = r->stall[STALL_LAUNCH] + r->stall[STALL_IDLE];
    for (int i = 0; i < STALL_N; i++) {
        if (!(r->stall[i] >= 0))
            T_FAIL("%s, %s: %s is %g", s->name, r->model_name, stall_info[i].name, r->stall[i]);
        sum += r->stall[i];
    }
    for (uint32_t c = 0; c < r->n_insts; c++)
        insts += r->insts[c].cycles;
    if (fabs(sum - r->cycles) > 0 || fabs(insts - sum) > 1e-9 * sum)
        T_FAIL("%s, kernel %u, %s: %g cycles, stack %g, instructions %g", s->name, s->k->h.id,
               r->model_name, r->cycles, sum, insts);
}

static bool follows_all_warps(const struct model *m)
{
    return !model_has_stages(m) || m->variants[STAGE_WARPS] == WARPS_EACH;
}

static void check_kernel(const struct subject *s)
{
    struct err e = {0};
    const struct result *roof = run(s, model_find(STR("roofline"), &e));
    for (size_t i = 0; roof != NULL && i < model_count(); i++) {
        const struct result *r = run(s, model_at(i));
        if (r == NULL)
            continue;
        check_sums(s, r);
        if (follows_all_warps(model_at(i)) && running_cy(r) < running_cy(roof) * (1 - 1e-9))
            T_FAIL("%s, kernel %u, %s: %g cycles, the roofline has %g", s->name, s->k->h.id,
                   r->model_name, running_cy(r), running_cy(roof));
        result_release(r);
    }
    result_release(roof);
}

/* Kernels of an application repeat: the first few are enough. */
static void check_trace(struct arena *a, const char *name)
{
    enum { MOST = 4 };
    static const char *const dirs[] = {"gpus"};
    struct err e = {0};
    struct trace *t = NULL;
    struct trace_options o = {0};
    CHECK(trace_open(&t, arena_printf(a, "%s/%s", DATA, name), &o, &e) == STATUS_OK);
    for (uint32_t i = 0; t != NULL && i < MIN(trace_n_kernels(t), (uint32_t)MOST); i++) {
        struct gpu g;
        struct subject s = {name, NULL, &g};
        bool is_exact;
        const char *gpu = gpu_name_of_isa(trace_header(t, i)->isa, &is_exact);
        if (gpu_load(&g, a, gpu, dirs, 1, &e) != STATUS_OK ||
            trace_load(t, i, NULL, &s.k, &e) != STATUS_OK) {
            T_FAIL("%s: %s", name, e.message);
            continue;
        }
        check_kernel(&s);
        trace_kernel_release(s.k);
    }
    trace_close(t);
}

TEST(every_recorded_trace_by_every_model)
{
    if (!os_is_dir(DATA))
        SKIP("../shared/data absent");
    struct arena a;
    struct err e = {0};
    char **names;
    size_t n;
    arena_init(&a, ARENA_SMALL);
    CHECK(os_list_dir(&a, DATA, &names, &n, &e) == STATUS_OK);
    for (size_t i = 0; i < n; i++)
        check_trace(&a, names[i]);
    arena_done(&a);
}
