/*
 * sample.c: choosing waves, and what they say of the others.
 *
 *     n[c]     executions of instruction c in the waves left out, from the trace
 *     all[c]  += measured[c] * n[c] / executions of c in measured waves
 *     bound    = u * (max over measured waves of 1/2 sum over levels |share in wave - mean share|
 *                     + doubtful sectors / sectors, of the measured waves)
 *     u        = sectors extrapolated / all sectors
 *
 * Half the sum of differences is the share of sectors that change their level. An instruction that
 * no measured wave executes is taken as in the other simulated ones; one that no simulated wave
 * executes is taken to be like the mean of all, and all its sectors go into the bound.
 */
#include "mech/sample.h"

#include <math.h>
#include <string.h>

#include "base/str.h"

enum { MIN_HEAD = 2, MIN_PAIRS = 3, PAIR = 2 };

/* Accesses of a path that reach the caches. */
static uint64_t path_accesses(const struct trace_kernel *k, const struct timing *timing,
                              uint32_t path)
{
    const struct trace_path *p = &k->paths[path];
    uint64_t n = 0;
    for (uint32_t s = 0; s < p->n_steps; s++)
        n += memory_reaches_caches(k, timing, &p->steps[s]);
    return n;
}

static void number_waves(struct sample *s, struct arena *a, const struct assign *with,
                         uint32_t n_ctas)
{
    s->wave_of = ARENA_ARRAY(a, uint32_t, n_ctas);
    for (unsigned sm = 0; sm < with->n_sms; sm++) {
        uint32_t n;
        const uint32_t *ctas = assign_of_sm(with, sm, &n);
        for (uint32_t i = 0; i < n; i++) {
            s->wave_of[ctas[i]] = i / with->resident;
            s->n_waves = MAX(s->n_waves, i / with->resident + 1);
        }
    }
}

static uint64_t *count_by_wave(const struct sample *s, struct arena *a,
                               const struct trace_kernel *k, const struct timing *timing)
{
    uint64_t *by_path = ARENA_ARRAY(a, uint64_t, k->n_paths);
    uint64_t *by_wave = ARENA_ARRAY(a, uint64_t, s->n_waves);
    for (uint32_t p = 0; p < k->n_paths; p++)
        by_path[p] = path_accesses(k, timing, p);
    for (uint32_t w = 0; w < k->n_warps; w++)
        by_wave[s->wave_of[k->warps[w].cta]] += by_path[k->warps[w].path];
    return by_wave;
}

/* First waves for half of what is allowed, the later half of them measured. */
static void choose_head(struct sample *s, const uint64_t *by_wave, uint64_t *left)
{
    uint64_t allowed = *left / 2, taken = 0;
    uint32_t n = 0;
    while (n < s->n_waves && (n < MIN_HEAD || taken < allowed))
        taken += by_wave[n++];
    *left -= MIN(*left, taken);
    for (uint32_t w = 0; w < n; w++)
        s->role[w] = w < (n + 1) / 2 ? SAMPLE_WARMS : SAMPLE_MEASURED;
    s->head = n;
}

/* The middle pair of each of equal parts of the rest. */
static void choose_pairs(struct sample *s, const uint64_t *by_wave, uint64_t left)
{
    uint32_t head = s->head;
    uint64_t rest = 0;
    for (uint32_t w = head; w < s->n_waves; w++)
        rest += by_wave[w];
    uint32_t n_rest = s->n_waves - head;
    double pair_accesses = PAIR * MAX((double)rest / MAX(n_rest, 1u), 1);
    double pairs = CLAMP((double)left / pair_accesses, (double)MIN_PAIRS, (double)n_rest);
    for (uint32_t i = 0; i < (uint32_t)pairs; i++) {
        uint32_t at = head + (uint32_t)((i + 0.5) * n_rest / floor(pairs));
        for (uint32_t w = at; w < MIN(at + PAIR, s->n_waves); w++)
            s->role[w] = w == at && s->role[w] != SAMPLE_MEASURED ? SAMPLE_WARMS : SAMPLE_MEASURED;
    }
}

static void keep_simulated(struct sample *s, struct arena *a, const struct assign *all)
{
    uint32_t n = 0;
    s->with = *all;
    s->with.first = ARENA_ARRAY(a, uint32_t, (size_t)all->n_sms + 1);
    s->with.ctas = ARENA_ARRAY(a, uint32_t, all->first[all->n_sms]);
    for (unsigned sm = 0; sm < all->n_sms; sm++) {
        for (uint32_t i = all->first[sm]; i < all->first[sm + 1]; i++)
            if (s->role[s->wave_of[all->ctas[i]]] != SAMPLE_LEFT_OUT)
                s->with.ctas[n++] = all->ctas[i];
        s->with.first[sm + 1] = n;
    }
}

struct sample sample_plan(struct arena *a, const struct trace_kernel *k,
                          const struct timing *timing, const struct assign *with,
                          uint64_t max_accesses)
{
    struct sample s = {.is_exact = true, .with = *with};
    if (max_accesses == 0 || k->n_accesses <= max_accesses)
        return s;
    number_waves(&s, a, with, k->n_ctas);
    uint64_t *by_wave = count_by_wave(&s, a, k, timing), total = 0;
    for (uint32_t w = 0; w < s.n_waves; w++)
        total += by_wave[w];
    s.role = ARENA_ARRAY(a, uint8_t, s.n_waves);
    if (total <= max_accesses)
        return s;
    choose_head(&s, by_wave, &max_accesses);
    if (s.head < s.n_waves)
        choose_pairs(&s, by_wave, max_accesses);
    for (uint32_t w = 0; w < s.n_waves; w++)
        s.n_simulated += s.role[w] != SAMPLE_LEFT_OUT;
    s.is_exact = s.n_simulated == s.n_waves;
    if (!s.is_exact)
        keep_simulated(&s, a, with);
    return s;
}

/* ---- doubtful misses ---- */

enum { PAGE_SECTORS = 2048, LINE_SECTORS = 4, LINES = PAGE_SECTORS / LINE_SECTORS, FIRST = 256 };

struct page {
    uint64_t number; /* + 1; 0 = empty */
    uint32_t first_wave;
    uint64_t lines[LINES / 64];
};

struct sample_seen {
    struct arena *arena;
    struct page *pages; /* open addressing, at most half full */
    uint64_t mask, n;
};

struct sample_seen *sample_seen_make(struct arena *a)
{
    struct sample_seen *s = ARENA_NEW(a, struct sample_seen);
    *s = (struct sample_seen){a, ARENA_ARRAY(a, struct page, FIRST), FIRST - 1, 0};
    return s;
}

static struct page *find_page(const struct sample_seen *s, uint64_t number)
{
    uint64_t i = hash_u64(number) & s->mask;
    while (s->pages[i].number != 0 && s->pages[i].number != number + 1)
        i = (i + 1) & s->mask;
    return &s->pages[i];
}

static void grow(struct sample_seen *s)
{
    const struct page *old = s->pages;
    uint64_t n = s->mask + 1;
    s->pages = ARENA_ARRAY(s->arena, struct page, 2 * n);
    s->mask = 2 * n - 1;
    for (uint64_t i = 0; i < n; i++)
        if (old[i].number != 0)
            *find_page(s, old[i].number - 1) = old[i];
}

bool sample_doubts(struct sample_seen *seen, const struct sample *s, uint64_t first, uint32_t wave)
{
    if (2 * (seen->n + 1) > seen->mask)
        grow(seen);
    struct page *p = find_page(seen, first / PAGE_SECTORS);
    if (p->number == 0) {
        *p = (struct page){.number = first / PAGE_SECTORS + 1, .first_wave = wave};
        seen->n++;
    }
    uint64_t line = first % PAGE_SECTORS / LINE_SECTORS, bit = (uint64_t)1 << line % 64;
    bool is_new = !(p->lines[line / 64] & bit);
    p->lines[line / 64] |= bit;
    return is_new && wave >= s->head && p->first_wave + 1 < wave;
}

/* ---- extrapolation ---- */

/* Executions in the waves left out, by instruction. */
static double *count_left_out(struct arena *a, const struct sample *s, const struct trace_kernel *k,
                              const struct timing *timing)
{
    double *warps = ARENA_ARRAY(a, double, k->n_paths);
    double *n = ARENA_ARRAY(a, double, k->n_code);
    for (uint32_t w = 0; w < k->n_warps; w++)
        warps[k->warps[w].path] += s->role[s->wave_of[k->warps[w].cta]] == SAMPLE_LEFT_OUT;
    for (uint32_t p = 0; p < k->n_paths; p++)
        for (uint32_t i = 0; warps[p] > 0 && i < k->paths[p].n_steps; i++) {
            const struct trace_step *step = &k->paths[p].steps[i];
            if (memory_reaches_caches(k, timing, step))
                n[step->code] += warps[p];
        }
    return n;
}

/* Every field of a tally is a sum. */
static void add_scaled(struct sample_tally *to, const struct sample_tally *from, double by)
{
    enum { FIELDS = sizeof(struct sample_tally) / sizeof(double) };
    double t[FIELDS], f[FIELDS];
    memcpy(t, to, sizeof t);
    memcpy(f, from, sizeof f);
    for (size_t i = 0; i < FIELDS; i++)
        t[i] += by * f[i];
    memcpy(to, t, sizeof t);
}

static double distance(const struct sample_wave *x, const struct sample_wave *y)
{
    double n = x->l1 + x->l2 + x->dram, m = y->l1 + y->l2 + y->dram;
    if (n == 0 || m == 0)
        return 0;
    return 0.5 * (fabs(x->l1 / n - y->l1 / m) + fabs(x->l2 / n - y->l2 / m) +
                  fabs(x->dram / n - y->dram / m));
}

/* Share of the extrapolated sectors that another level may answer. */
static double bound_of(const struct sample *s, const struct sample_wave *waves)
{
    struct sample_wave sum = {0};
    double widest = 0;
    for (uint32_t w = 0; w < s->n_waves; w++)
        if (s->role[w] == SAMPLE_MEASURED) {
            sum.l1 += waves[w].l1;
            sum.l2 += waves[w].l2;
            sum.dram += waves[w].dram;
            sum.doubtful += waves[w].doubtful;
        }
    for (uint32_t w = 0; w < s->n_waves; w++)
        if (s->role[w] == SAMPLE_MEASURED)
            widest = MAX(widest, distance(&waves[w], &sum));
    double sectors = sum.l1 + sum.l2 + sum.dram;
    return MIN(widest + (sectors > 0 ? sum.doubtful / sectors : 0), 1);
}

struct sample_error sample_extrapolate(struct arena *a, const struct sample *s,
                                       const struct trace_kernel *k, const struct timing *timing,
                                       struct sample_tally *all,
                                       const struct sample_tally *measured,
                                       const struct sample_wave *waves)
{
    const double *n = count_left_out(a, s, k, timing);
    struct sample_tally mean = {0};
    double done = 0, added = 0, unknown = 0, left_out = 0;
    for (uint32_t c = 0; c < k->n_code; c++) {
        add_scaled(&mean, &all[c], 1);
        left_out += n[c];
    }
    done = mean.answers.sectors;
    for (uint32_t c = 0; c < k->n_code; c++) {
        const struct sample_tally by = measured[c].answers.executions > 0 ? measured[c]
                                       : all[c].answers.executions > 0    ? all[c]
                                                                          : mean;
        if (n[c] == 0 || by.answers.executions == 0)
            continue;
        double scale = n[c] / by.answers.executions, sectors = scale * by.answers.sectors;
        if (all[c].answers.executions == 0)
            unknown += sectors;
        added += sectors;
        add_scaled(&all[c], &by, scale);
    }
    double executions = mean.answers.executions, total = done + added;
    return (struct sample_error){
        .simulated = executions / MAX(executions + left_out, 1),
        .bound = total > 0 ? (added * bound_of(s, waves) + unknown) / total : 0,
    };
}
