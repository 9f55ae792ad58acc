/*
 * view_waits.c: how long launches wait, as a histogram in steps of 1, 2, 5.
 */
#include "view_priv.h"

enum { MOST_BINS = 40 };

struct waits {
    double from_ns[MOST_BINS + 1]; /* limits of the bins */
    uint32_t n[MOST_BINS];
    uint32_t n_bins, most;
};

/* The largest 1, 2 or 5 times a power of ten that is not above `ns`. */
static double step_below(double ns)
{
    double power = 1;

    while (power * 10 <= ns)
        power *= 10;
    return ns >= 5 * power ? 5 * power : ns >= 2 * power ? 2 * power : power;
}

static double step_above(double step)
{
    double power = step;

    while (power >= 10)
        power /= 10;
    return power >= 1.5 && power < 4 ? step * 2.5 : step * 2;
}

static void make_bins(struct waits *w, const struct tklqt_sums *t)
{
    double limit = step_below(MAX((double)t->min_ns, 1));

    w->from_ns[0] = limit;
    while (w->n_bins < MOST_BINS && limit <= (double)t->max_ns) {
        limit = step_above(limit);
        w->from_ns[++w->n_bins] = limit;
    }
}

static void count_wait(struct waits *w, double ns)
{
    uint32_t i = 0;

    while (i + 1 < w->n_bins && ns >= w->from_ns[i + 1])
        i++;
    w->n[i]++;
    w->most = MAX(w->most, w->n[i]);
}

static struct waits count_waits(const struct launches *l)
{
    struct waits w = {.n_bins = 0};

    make_bins(&w, &l->sums);
    for (uint32_t i = 0; i < l->profile->n_works && w.n_bins > 0; i++) {
        if (l->profile->works[i].kind == PROFILE_KERNEL && l->lineage.of[i].call != PROFILE_NONE &&
            tklqt_selects(&l->select, l->profile, &l->lineage, i))
            count_wait(&w, (double)l->waits[i].latency_ns);
    }
    return w;
}

void frame_waits(struct view_frame *f, unsigned row, const struct launches *l)
{
    enum { LEAST_ROWS = 4, LABEL = 20, COUNT = 8 };
    unsigned end = f->row + f->rows;

    if (row + LEAST_ROWS > end || l->sums.n_joined == 0)
        return;
    struct waits w = count_waits(l);
    unsigned bars = f->cols > LABEL + COUNT + 8 ? f->cols - LABEL - COUNT - 6 : 1;
    grid_text(f->g, row++, 1, f->cols - 2, STYLE_HEADER, STR("How long one launch waits"));
    for (uint32_t i = 0; i < w.n_bins && row < end; i++, row++) {
        const char *label = arena_printf(f->a, "%s to %s", fmt_unit(f->a, UNIT_NS, w.from_ns[i]),
                                         fmt_unit(f->a, UNIT_NS, w.from_ns[i + 1]));
        grid_right(f->g, row, 1, LABEL, STYLE_NORMAL, str_from(label));
        grid_right(f->g, row, LABEL + 1, COUNT, STYLE_NORMAL, str_from(fmt_count(f->a, w.n[i])));
        grid_bar(f->g, row, LABEL + COUNT + 2, bars, STYLE_KEY, '#', ratio(w.n[i], w.most));
    }
}
