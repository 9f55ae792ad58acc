/*
 * waves.c: CTAs to SMs, SMs to waves, warps to sub-cores.
 */
#include "mech/waves.h"

#include <math.h>

#include "base/str.h"
#include "mech/interleave.h"

static unsigned sm_of(const struct trace_kernel *k, const struct trace_cta *c, unsigned n_sms)
{
    return (unsigned)(interleave_cta_id(k, c) % n_sms);
}

static uint64_t cta_steps(const struct trace_kernel *k, const struct trace_cta *c)
{
    uint64_t n = 0;
    for (uint32_t w = 0; w < c->n_warps; w++)
        n += k->paths[k->warps[c->first_warp + w].path].n_steps;
    return n;
}

uint32_t waves_sms_used(struct arena *a, const struct trace_kernel *k, unsigned n_sms)
{
    size_t mark = arena_mark(a);
    bool *is_used = ARENA_ARRAY(a, bool, n_sms);
    uint32_t used = 0;
    for (uint32_t c = 0; c < k->n_ctas && used < n_sms; c++) {
        unsigned sm = sm_of(k, &k->ctas[c], n_sms);
        used += !is_used[sm];
        is_used[sm] = true;
    }
    arena_reset(a, mark);
    return used;
}

double waves_sharing_sms(struct arena *a, const struct trace_kernel *k, unsigned n_sms)
{
    size_t mark = arena_mark(a);
    uint32_t *n_ctas = ARENA_ARRAY(a, uint32_t, n_sms), most = 1;
    for (uint32_t c = 0; c < k->n_ctas; c++)
        most = MAX(most, ++n_ctas[sm_of(k, &k->ctas[c], n_sms)]);
    arena_reset(a, mark);
    return MAX((double)k->n_ctas / most, 1);
}

static unsigned find_busiest(struct arena *a, const struct trace_kernel *k, unsigned n_sms)
{
    uint64_t *steps = ARENA_ARRAY(a, uint64_t, n_sms);
    unsigned busiest = 0;
    for (uint32_t c = 0; c < k->n_ctas; c++)
        steps[sm_of(k, &k->ctas[c], n_sms)] += cta_steps(k, &k->ctas[c]);
    for (unsigned s = 1; s < n_sms; s++)
        if (steps[s] > steps[busiest])
            busiest = s;
    return busiest;
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
            w.warps[n] = (struct wave_warp){
                .path = k->warps[cta->first_warp + i].path, .cta = c, .sub_core = n % sub_cores};
    }
    return w;
}

static bool wave_equal(const struct wave *x, const struct wave *y)
{
    return x->n_warps == y->n_warps && x->n_ctas == y->n_ctas &&
           memcmp(x->warps, y->warps, x->n_warps * sizeof *x->warps) == 0;
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

struct waves waves_busiest_sm(struct arena *a, const struct trace_kernel *k, unsigned n_sms,
                              unsigned resident, unsigned sub_cores)
{
    struct waves all = {.sms_used = waves_sms_used(a, k, n_sms)};
    unsigned sm = find_busiest(a, k, n_sms);
    uint32_t *ctas = ARENA_ARRAY(a, uint32_t, k->n_ctas);
    for (uint32_t c = 0; c < k->n_ctas; c++)
        if (sm_of(k, &k->ctas[c], n_sms) == sm)
            ctas[all.ctas_on_sm++] = c;
    all.ctas = ctas;
    all.count = (double)all.ctas_on_sm / resident;
    all.waves = ARENA_ARRAY(a, struct wave, (size_t)all.ctas_on_sm + 1);
    for (uint32_t c = 0; c < all.ctas_on_sm; c += resident) {
        size_t mark = arena_mark(a);
        uint32_t before = all.n_waves;
        add_wave(&all, make_wave(a, k, ctas + c, MIN(resident, all.ctas_on_sm - c), sub_cores));
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

struct waves waves_amali(struct arena *a, const struct trace_kernel *k, unsigned n_sms,
                         unsigned resident, unsigned sub_cores, uint32_t path)
{
    uint64_t threads = (uint64_t)k->h.block[0] * k->h.block[1] * k->h.block[2];
    uint32_t per_cta = (uint32_t)((threads + SASS_WARP_LANES - 1) / SASS_WARP_LANES);
    struct waves all = {.sms_used = waves_sms_used(a, k, n_sms), .n_waves = 1};
    all.ctas_on_sm = (uint32_t)MAX(k->counts.ctas_in_grid / MAX(all.sms_used, 1u), 1);
    uint32_t together = MIN(all.ctas_on_sm, resident);
    all.count = (double)all.ctas_on_sm / resident;
    all.waves = ARENA_NEW(a, struct wave);
    *all.waves = (struct wave){.n_ctas = together,
                               .n_warps = together * per_cta,
                               .repeat = floor((double)all.ctas_on_sm / together)};
    all.waves->warps = ARENA_ARRAY(a, struct wave_warp, all.waves->n_warps);
    for (uint32_t w = 0; w < all.waves->n_warps; w++)
        all.waves->warps[w] = (struct wave_warp){path, w / per_cta, w % sub_cores};
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

double waves_max_instructions_amali(struct arena *a, const struct trace_kernel *k, unsigned n_sms,
                                    unsigned sub_cores, double n_steps, double warps_per_cta)
{
    size_t cells = (size_t)n_sms * sub_cores;
    double *steps = ARENA_ARRAY(a, double, cells);
    double *warps = ARENA_ARRAY(a, double, cells);
    double *ctas = ARENA_ARRAY(a, double, n_sms);
    for (uint32_t c = 0; c < k->n_ctas; c++) {
        unsigned sm = sm_of(k, &k->ctas[c], n_sms);
        ctas[sm]++;
        for (uint32_t i = 0; i < k->ctas[c].n_warps; i++) {
            const struct trace_warp *w = &k->warps[k->ctas[c].first_warp + i];
            size_t cell = (size_t)sm * sub_cores + w->id % sub_cores;
            steps[cell] += k->paths[w->path].n_steps;
            warps[cell]++;
        }
    }
    bool balanced = true;
    double most_steps = 0, most_ctas = 0;
    for (unsigned s = 0; s < n_sms; s++) {
        balanced = balanced && is_balanced(&warps[(size_t)s * sub_cores], sub_cores);
        most_ctas = MAX(most_ctas, ctas[s]);
        for (unsigned c = 0; c < sub_cores; c++)
            most_steps = MAX(most_steps, steps[(size_t)s * sub_cores + c]);
    }
    return balanced ? most_steps : floor(n_steps * most_ctas * warps_per_cta / sub_cores);
}
