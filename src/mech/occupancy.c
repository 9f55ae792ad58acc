/*
 * occupancy.c: resident CTAs of an SM.
 *
 * Architectural (CUDA C++ Programming Guide, "Compute Capabilities"; the register rule is that of
 * NVIDIA's occupancy calculator):
 *
 *     warps      = ceil(threads / 32)
 *     by warps   = floor(max_warps / warps)
 *     by regs    = floor(round_down(regs_per_sm / ceil(32 * regs, unit), warp unit) / warps)
 *     by shared  = floor(largest carve-out / (ceil(shared + reserved, unit)))
 *
 * AMALI (public code, Kernel.__init__ and update_shared_mem): registers are rounded to a multiple
 * of sub-cores in warps; shared memory without reserve; the carve-out must be strictly larger than
 * the need, and a kernel without shared memory leaves L1 its whole size.
 */
#include "mech/occupancy.h"

#include <math.h>

static double round_up(double x, double unit)
{
    return unit * ceil(x / unit);
}

static unsigned warps_of(const struct trace_header *h)
{
    uint64_t threads = (uint64_t)h->block[0] * h->block[1] * h->block[2];
    return (unsigned)((threads + SASS_WARP_LANES - 1) / SASS_WARP_LANES);
}

static unsigned count_limit(double x)
{
    return x < 0 ? 0 : x > 1e6 ? 1000000u : (unsigned)x;
}

static void pick_limiter(struct result_occupancy *o)
{
    o->limiter = LIMITER_WARPS;
    for (int l = LIMITER_WARPS; l < LIMITER_GRID; l++)
        if (o->limit[l] < o->limit[o->limiter])
            o->limiter = (enum limiter)l;
    o->ctas_per_sm = o->limit[o->limiter];
}

static double largest_carveout_kib(const struct gpu *g)
{
    return g->n_carveouts ? g->carveout_kib[g->n_carveouts - 1] : 0;
}

static enum status does_not_fit(const struct trace_header *h, const struct gpu *g,
                                const struct result_occupancy *o, struct err *e)
{
    err_set(e, STATUS_INPUT, "kernel %u does not fit on %s: one CTA exceeds the SM's %s", h->id,
            g->name, limiter_name(o->limiter));
    err_found(e, "%u warps of %u registers and %u B of shared memory per CTA", o->warps_per_cta,
              h->n_regs, h->shmem_b);
    err_expected(e, "at most %g warps, %g registers and %g KiB of shared memory per SM",
                 g->v.max_threads_per_sm / SASS_WARP_LANES, g->v.regs_per_sm,
                 largest_carveout_kib(g));
    err_hint(e, "choose a GPU with more, see `warpscope gpu show %s`", g->name);
    return STATUS_INPUT;
}

enum status occupancy_architectural(const struct trace_header *h, const struct gpu *g,
                                    struct result_occupancy *o, struct err *e)
{
    const struct gpu_values *v = &g->v;
    *o = (struct result_occupancy){.warps_per_cta = warps_of(h)};
    double max_warps = v->max_threads_per_sm / SASS_WARP_LANES;
    o->limit[LIMITER_WARPS] = count_limit(max_warps / o->warps_per_cta);
    o->limit[LIMITER_CTAS] = count_limit(v->max_ctas_per_sm);

    o->limit[LIMITER_REGISTERS] = o->limit[LIMITER_CTAS];
    if (h->n_regs > 0) {
        double warp_regs = round_up(SASS_WARP_LANES * (double)h->n_regs, v->reg_alloc_unit);
        double warps = v->warp_alloc_unit * floor(v->regs_per_sm / warp_regs / v->warp_alloc_unit);
        o->limit[LIMITER_REGISTERS] = count_limit(warps / o->warps_per_cta);
    }
    double cta_smem_b = round_up(h->shmem_b + v->smem_reserved_b, v->smem_alloc_unit_b);
    double largest_b = largest_carveout_kib(g) * 1024;
    o->limit[LIMITER_SHARED] =
        cta_smem_b > 0 ? count_limit(largest_b / cta_smem_b) : o->limit[LIMITER_CTAS];
    if (o->warps_per_cta * (double)SASS_WARP_LANES > v->max_threads_per_cta)
        o->limit[LIMITER_WARPS] = 0;
    if (h->shmem_b > v->smem_per_cta_kib * 1024)
        o->limit[LIMITER_SHARED] = 0;
    pick_limiter(o);
    if (o->ctas_per_sm == 0)
        return does_not_fit(h, g, o, e);

    o->theoretical = o->ctas_per_sm * o->warps_per_cta / max_warps;
    double need_kib = h->shmem_b > 0 ? cta_smem_b * o->ctas_per_sm / 1024 : 0;
    for (unsigned i = 0; i < g->n_carveouts && o->smem_carveout_kib < need_kib; i++)
        o->smem_carveout_kib = g->carveout_kib[i];
    o->l1_kib = v->l1_total_kib - o->smem_carveout_kib;
    return STATUS_OK;
}

enum status occupancy_amali(const struct trace_header *h, const struct gpu *g,
                            struct result_occupancy *o, struct err *e)
{
    const struct gpu_values *v = &g->v;
    *o = (struct result_occupancy){.warps_per_cta = warps_of(h)};
    double max_warps = floor(v->max_threads_per_sm / SASS_WARP_LANES);
    double max_ctas = v->max_ctas_per_sm;
    double wpb = o->warps_per_cta;
    o->limit[LIMITER_CTAS] = count_limit(max_ctas);
    o->limit[LIMITER_WARPS] = count_limit(max_warps / wpb);
    o->limit[LIMITER_REGISTERS] = count_limit(max_ctas);
    if (h->n_regs > 0) {
        double warp_regs = round_up(h->n_regs * (double)SASS_WARP_LANES, v->reg_alloc_unit);
        double warps = v->sub_cores * floor(floor(v->regs_per_cta / warp_regs) / v->sub_cores);
        o->limit[LIMITER_REGISTERS] =
            count_limit(floor(warps / wpb) * floor(v->regs_per_sm / v->regs_per_cta));
    }
    double cta_smem_b = round_up(h->shmem_b, v->smem_alloc_unit_b);
    o->limit[LIMITER_SHARED] = h->shmem_b > 0
                                   ? count_limit(largest_carveout_kib(g) * 1024 / cta_smem_b)
                                   : count_limit(max_ctas);
    pick_limiter(o);
    if (o->ctas_per_sm == 0)
        return does_not_fit(h, g, o, e);

    o->theoretical = o->ctas_per_sm * wpb / max_warps;
    double need_kib = cta_smem_b * o->ctas_per_sm / 1024;
    for (unsigned i = 0; need_kib > 0 && i < g->n_carveouts; i++)
        if (g->carveout_kib[i] > need_kib) {
            o->smem_carveout_kib = g->carveout_kib[i];
            break;
        }
    o->l1_kib = v->l1_total_kib - o->smem_carveout_kib;
    return STATUS_OK;
}

void occupancy_apply_grid(struct result_occupancy *o, const struct gpu *g, unsigned ctas_on_sm,
                          unsigned ctas_of_grid)
{
    o->limit[LIMITER_GRID] = MAX(ctas_on_sm, ctas_of_grid);
    unsigned resident = MIN(o->ctas_per_sm, ctas_on_sm);
    if (o->limit[LIMITER_GRID] < o->ctas_per_sm)
        o->limiter = LIMITER_GRID;
    o->warps_per_sm = resident * o->warps_per_cta;
    o->achieved = o->warps_per_sm / (g->v.max_threads_per_sm / SASS_WARP_LANES);
}
