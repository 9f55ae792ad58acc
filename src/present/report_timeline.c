/*
 * report_timeline.c: the timeline of an SM's warps as text, JSON and CSV.
 */
#include <inttypes.h>

#include "base/csv.h"
#include "base/symbol.h"
#include "present/timeline_view.h"
#include "report_priv.h"

/* ---- text ---- */

enum { HEAD_ROWS = 12 };

static uint32_t n_ctas_of(const struct timeline *t)
{
    uint32_t n = 0;
    for (uint32_t l = 0; l < t->n_lanes; l++)
        n += l == 0 || t->lanes[l].cta != t->lanes[l - 1].cta;
    return n;
}

static const char *counted(struct page *p, uint32_t n, const char *what)
{
    return arena_printf(&p->a, "%s %s%s", page_cycles(p, n), what, n == 1 ? "" : "s");
}

static const char *exact(struct page *p, uint64_t cy)
{
    char text[32];
    return arena_strdup(&p->a, units_group(text, sizeof text, cy));
}

static void put_head(struct page *p, const struct trace_kernel *k, const struct result *r,
                     const struct report_window *w)
{
    const struct timeline *t = r->timeline;
    grid_text(&p->g, p->row++, 0, p->g.cols, STYLE_BOLD,
              str_from(symbol_demangle(&p->a, r->kernel_name)));
    page_wrap(p, REPORT_INDENT, STYLE_DIM,
              arena_printf(&p->a, "kernel %" PRIu32 "  grid %s  block %s", k->h.id,
                           page_triple(p, r->grid), page_triple(p, r->block)));
    page_wrap(p, REPORT_INDENT, STYLE_DIM,
              arena_printf(&p->a, "%s (%s), model %s", r->gpu_title, r->gpu_name, r->model_name));
    page_wrap(p, REPORT_INDENT, STYLE_DIM,
              arena_printf(&p->a, "one SM, %s of %s: cycles %s to %s of %s, behind a launch of %s",
                           counted(p, t->n_lanes, "warp"), counted(p, n_ctas_of(t), "CTA"),
                           exact(p, w->from_cy), exact(p, w->to_cy), exact(p, timeline_end_cy(t)),
                           page_cycles(p, r->stall[STALL_LAUNCH])));
    if (t->is_cut)
        page_wrap(p, REPORT_INDENT, STYLE_WARN,
                  "too many changes of state to keep: later ones are missing");
    p->row++;
}

void report_timeline_text(struct text *out, const struct trace_kernel *k, const struct result *r,
                          const struct report_window *w, const struct report_style *style)
{
    const struct timeline_view v = {k, r->timeline, w->from_cy, w->to_cy, w->n_lanes};
    struct page p;
    page_start_rows(&p, style, w->cols, HEAD_ROWS + timeline_view_most_rows(&v));
    put_head(&p, k, r, w);
    p.row += timeline_view_draw(&p.g, &p.a, p.row, &v);
    page_print(&p, out);
}

/* ---- spans of a window ---- */

struct walk {
    const struct timeline_span *span, *end;
};

/* The spans of a lane that touch the window. */
static struct walk walk_lane(const struct timeline *t, const struct timeline_lane *l,
                             const struct report_window *w)
{
    struct walk s = {timeline_first_span(t, l, w->from_cy), &t->spans[l->first_span] + l->n_spans};
    while (s.end > s.span && s.end[-1].from_cy >= w->to_cy)
        s.end--;
    return s;
}

uint64_t report_timeline_n_spans(const struct result *r, const struct report_window *w)
{
    uint64_t n = 0;
    for (uint32_t l = 0; l < r->timeline->n_lanes; l++) {
        struct walk s = walk_lane(r->timeline, &r->timeline->lanes[l], w);
        n += (uint64_t)(s.end - s.span);
    }
    return n;
}

static const char *pc_of(char out[24], const struct sass_inst *in)
{
    snprintf(out, 24, "0x%" PRIx64, in->pc);
    return out;
}

/* ---- JSON ---- */

static void add_span(json *to, const struct trace_kernel *k, const struct timeline_span *s)
{
    char pc[24];
    json *j = json_add_object(to, NULL);
    json_add_number(j, "from_cy", (double)s->from_cy);
    json_add_number(j, "to_cy", (double)s->to_cy);
    json_add_string(j, "state", stall_info[s->state].name);
    json_add_string(j, "pc", pc_of(pc, &k->code[s->code]));
    json_add_string(j, "opcode", k->code[s->code].opcode);
}

static void add_lane(json *to, const struct trace_kernel *k, const struct timeline_lane *l,
                     struct walk s)
{
    const struct trace_cta *c = &k->ctas[l->cta];
    const uint32_t at[3] = {c->x, c->y, c->z};
    json *j = json_add_object(to, NULL);
    json *cta = json_add_array(j, "cta");
    for (unsigned i = 0; i < 3; i++)
        json_add_number(cta, NULL, at[i]);
    json_add_number(j, "warp", k->warps[l->warp].id);
    json_add_number(j, "sub_core", l->sub_core);
    json *spans = json_add_array(j, "spans");
    for (; s.span < s.end; s.span++)
        add_span(spans, k, s.span);
}

static void add_repeats(json *to, const struct timeline *t)
{
    json *list = json_add_array(to, "repeats");
    for (uint32_t i = 0; i < t->n_repeats; i++) {
        json *j = json_add_object(list, NULL);
        json_add_number(j, "from_cy", (double)t->repeats[i].from_cy);
        json_add_number(j, "to_cy", (double)t->repeats[i].to_cy);
        json_add_number(j, "times_more", (double)t->repeats[i].count);
    }
}

void report_timeline_json(json *to, const struct trace_kernel *k, const struct result *r,
                          const struct report_window *w)
{
    const struct timeline *t = r->timeline;
    json *j = json_add_object(to, NULL);
    json_add_number(j, "id", k->h.id);
    json_add_string(j, "name", r->kernel_name);
    json_add_string(j, "gpu", r->gpu_name);
    json_add_string(j, "model", r->model_name);
    json_add_number(j, "launch_cy", r->stall[STALL_LAUNCH]);
    json_add_number(j, "end_cy", (double)timeline_end_cy(t));
    json_add_number(j, "from_cy", (double)w->from_cy);
    json_add_number(j, "to_cy", (double)w->to_cy);
    json_add_number(j, "sub_cores", t->n_sub_cores);
    json_add_bool(j, "is_cut", t->is_cut);
    add_repeats(j, t);
    json *lanes = json_add_array(j, "lanes");
    for (uint32_t l = 0; l < t->n_lanes; l++) {
        struct walk s = walk_lane(t, &t->lanes[l], w);
        if (s.span < s.end)
            add_lane(lanes, k, &t->lanes[l], s);
    }
}

/* ---- CSV ---- */

static void put_span(struct text *out, const struct trace_kernel *k, const struct timeline_lane *l,
                     const struct timeline_span *s)
{
    char pc[24];
    const struct trace_cta *c = &k->ctas[l->cta];
    text_printf(out, "%u,%u,%u,%u,%u,%" PRIu64 ",%" PRIu64 ",%s,%s,", c->x, c->y, c->z,
                k->warps[l->warp].id, l->sub_core, s->from_cy, s->to_cy, stall_info[s->state].name,
                pc_of(pc, &k->code[s->code]));
    csv_put_text(out, k->code[s->code].opcode);
    text_putc(out, '\n');
}

void report_timeline_csv(struct text *out, const struct trace_kernel *k, const struct result *r,
                         const struct report_window *w)
{
    const struct timeline *t = r->timeline;
    text_puts(out, "cta_x,cta_y,cta_z,warp,sub_core,from[cy],to[cy],state,pc,opcode\n");
    for (uint32_t l = 0; l < t->n_lanes; l++)
        for (struct walk s = walk_lane(t, &t->lanes[l], w); s.span < s.end; s.span++)
            put_span(out, k, &t->lanes[l], s.span);
}
