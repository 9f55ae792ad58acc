/*
 * waves.c: CTAs to SMs, SMs to waves, warps to sub-cores.
 */
#include "mech/waves.h"

#include <math.h>
#include <string.h>

enum { MAX_SUB_CORES = 8 };

static unsigned find_busiest(const struct trace_kernel *k, const struct assign *with)
{
    uint64_t most = 0;
    unsigned busiest = 0;
    for (unsigned sm = 0; sm < with->n_sms; sm++) {
        uint32_t n;
        uint64_t work = 0;
        const uint32_t *ctas = assign_of_sm(with, sm, &n);
        for (uint32_t i = 0; i < n; i++)
            work += assign_cta_work(k, &k->ctas[ctas[i]]);
        if (work > most) {
            most = work;
            busiest = sm;
        }
    }
    return busiest;
}

double waves_sharing_sms(const struct assign *with)
{
    uint32_t most = 1;
    for (unsigned sm = 0; sm < with->n_sms; sm++)
        most = MAX(most, with->first[sm + 1] - with->first[sm]);
    return MAX((double)with->first[with->n_sms] / most, 1);
}

static struct wave make_wave(struct arena *a, const struct trace_kernel *k, const uint32_t *ctas,
                             uint32_t n_ctas, unsigned sub_cores)
{
    struct wave w = {.n_ctas = n_ctas, .repeat = 1};
    for (uint32_t c = 0; c < n_ctas; c++)
        w.n_warps += k->ctas[ctas[c]].n_warps;
    w.warps = ARENA_ARRAY(a, struct wave_warp, w.n_warps);
    uint32_t n = 0;
    for (uint32_t c = 0; c < n_ctas; c++) {
        const struct trace_cta *cta = &k->ctas[ctas[c]];
        for (uint32_t i = 0; i < cta->n_warps; i++, n++)
            w.warps[n] = (struct wave_warp){.path = k->warps[cta->first_warp + i].path,
                                            .cta = c,
                                            .sub_core = n % sub_cores,
                                            .warp = cta->first_warp + i};
    }
    return w;
}

static bool wave_equal(const struct wave *x, const struct wave *y)
{
    if (x->n_warps != y->n_warps || x->n_ctas != y->n_ctas)
        return false;
    for (uint32_t i = 0; i < x->n_warps; i++) {
        const struct wave_warp *a = &x->warps[i], *b = &y->warps[i];
        if (a->path != b->path || a->cta != b->cta || a->sub_core != b->sub_core)
            return false;
    }
    return true;
}

/* Merges with an equal wave among the last few, which is where repetition shows. */
static void add_wave(struct waves *all, struct wave w)
{
    uint32_t first = all->n_waves > 8 ? all->n_waves - 8 : 0;
    for (uint32_t i = first; i < all->n_waves; i++)
        if (wave_equal(&all->waves[i], &w)) {
            all->waves[i].repeat += 1;
            return;
        }
    all->waves[all->n_waves++] = w;
}

struct waves waves_busiest_sm(struct arena *a, const struct trace_kernel *k,
                              const struct assign *with, unsigned sub_cores)
{
    struct waves all = {.sms_used = with->sms_used};
    unsigned resident = with->resident;
    all.ctas = assign_of_sm(with, find_busiest(k, with), &all.ctas_on_sm);
    all.count = (double)all.ctas_on_sm / resident;
    all.waves = ARENA_ARRAY(a, struct wave, (size_t)all.ctas_on_sm + 1);
    for (uint32_t c = 0; c < all.ctas_on_sm; c += resident) {
        size_t mark = arena_mark(a);
        uint32_t before = all.n_waves;
        add_wave(&all, make_wave(a, k, all.ctas + c, MIN(resident, all.ctas_on_sm - c), sub_cores));
        if (all.n_waves == before)
            arena_reset(a, mark);
    }
    return all;
}

void waves_uniform(struct waves *w, uint32_t path)
{
    for (uint32_t i = 0; i < w->n_waves; i++)
        for (uint32_t j = 0; j < w->waves[i].n_warps; j++)
            w->waves[i].warps[j].path = path;
}

struct waves waves_amali(struct arena *a, const struct trace_kernel *k, const struct assign *with,
                         unsigned resident, unsigned sub_cores, uint32_t path)
{
    uint64_t threads = (uint64_t)k->h.block[0] * k->h.block[1] * k->h.block[2];
    uint32_t per_cta = (uint32_t)((threads + SASS_WARP_LANES - 1) / SASS_WARP_LANES);
    struct waves all = {.sms_used = with->sms_used, .n_waves = 1};
    all.ctas_on_sm = (uint32_t)MAX(k->counts.ctas_in_grid / MAX(all.sms_used, 1u), 1);
    uint32_t together = MIN(all.ctas_on_sm, resident);
    all.count = (double)all.ctas_on_sm / resident;
    all.waves = ARENA_NEW(a, struct wave);
    *all.waves = (struct wave){.n_ctas = together,
                               .n_warps = together * per_cta,
                               .repeat = floor((double)all.ctas_on_sm / together)};
    all.waves->warps = ARENA_ARRAY(a, struct wave_warp, all.waves->n_warps);
    for (uint32_t w = 0; w < all.waves->n_warps; w++)
        all.waves->warps[w] = (struct wave_warp){path, w / per_cta, w % sub_cores, 0};
    return all;
}

static bool is_balanced(const double *warps, unsigned sub_cores)
{
    double sum = 0, worst = 0;
    for (unsigned s = 0; s < sub_cores; s++)
        sum += warps[s];
    double mean = sum / sub_cores;
    for (unsigned s = 0; s < sub_cores; s++)
        worst = MAX(worst, fabs(warps[s] - mean));
    return worst <= 0.1 * mean;
}

/* Instructions and warps of an SM by sub-core, a warp on its id mod sub-cores. */
static void count_sub_cores(const struct trace_kernel *k, const struct assign *with, unsigned sm,
                            unsigned sub_cores, double *steps, double *warps)
{
    uint32_t n;
    const uint32_t *ctas = assign_of_sm(with, sm, &n);
    memset(steps, 0, sub_cores * sizeof *steps);
    memset(warps, 0, sub_cores * sizeof *warps);
    for (uint32_t c = 0; c < n; c++)
        for (uint32_t i = 0; i < k->ctas[ctas[c]].n_warps; i++) {
            const struct trace_warp *w = &k->warps[k->ctas[ctas[c]].first_warp + i];
            steps[w->id % sub_cores] += k->paths[w->path].n_steps;
            warps[w->id % sub_cores]++;
        }
}

double waves_max_instructions_amali(const struct trace_kernel *k, const struct assign *with,
                                    unsigned sub_cores, double n_steps, double warps_per_cta)
{
    double steps[MAX_SUB_CORES], warps[MAX_SUB_CORES];
    bool balanced = true;
    double most_steps = 0, most_ctas = 0;
    ASSERT(sub_cores <= MAX_SUB_CORES);
    for (unsigned sm = 0; sm < with->n_sms; sm++) {
        count_sub_cores(k, with, sm, sub_cores, steps, warps);
        balanced = balanced && is_balanced(warps, sub_cores);
        most_ctas = MAX(most_ctas, (double)(with->first[sm + 1] - with->first[sm]));
        for (unsigned c = 0; c < sub_cores; c++)
            most_steps = MAX(most_steps, steps[c]);
    }
    return balanced ? most_steps : floor(n_steps * most_ctas * warps_per_cta / sub_cores);
}
