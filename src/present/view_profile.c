/*
 * view_profile.c: what several views of a profile need: names, numbers, explanations.
 */
#include <ctype.h>

#include "view_priv.h"

static const char *no_profile_text(struct arena *a, const struct view_profile *p)
{
    if (p->error != NULL)
        return arena_printf(a, "This profile could not be opened:\n%s", p->error);
    if (p->is_coming)
        return arena_printf(a, "Reading %s ...", p->name);
    return "No profile is open. Press o to choose one: a PyTorch profiler trace (.json, packed or "
           "not) or an Nsight Systems .sqlite export.";
}

bool frame_no_profile(struct view_frame *f)
{
    if (f->d->profile.l != NULL)
        return false;
    frame_empty(f, no_profile_text(f->a, &f->d->profile));
    return true;
}

const char *fmt_ns(struct arena *a, int64_t ns)
{
    return fmt_unit(a, UNIT_NS, (double)ns);
}

const char *fmt_count(struct arena *a, uint64_t n)
{
    char buf[32];

    return arena_strdup(a, units_group(buf, sizeof buf, n));
}

const char *fmt_plural(struct arena *a, uint64_t n, const char *what)
{
    const char *ending = n == 1 ? "" : str_ends(str_from(what), STR("ch")) ? "es" : "s";

    return arena_printf(a, "%s %s%s", fmt_count(a, n), what, ending);
}

const char *short_name(struct arena *a, const char *name)
{
    return launch_short_name(a, name, 0);
}

const char *work_name(const struct profile *p, uint32_t work)
{
    return p->names[p->works[work].name];
}

const char *op_name(const struct profile *p, uint32_t op)
{
    return op == PROFILE_NONE ? "" : p->names[p->ops[op].name];
}

const char *call_name(const struct profile *p, uint32_t call)
{
    return call == PROFILE_NONE ? "" : p->names[p->calls[call].name];
}

int64_t since_start_ns(const struct launches *l, int64_t at_ns)
{
    return at_ns - lanes_view_zero_ns(l);
}

void follow_work(struct view_frame *f, uint32_t work, int64_t from_ns, int64_t to_ns)
{
    f->out->work = work;
    f->out->show_from_ns = from_ns;
    f->out->show_to_ns = to_ns;
    f->out->follow = VIEW_TIMELINE;
}

/* ---- numbers ---- */

const char *number_shown(struct arena *a, enum launch_fact number, double v)
{
    return isnan(v) ? "-" : launch_fact_text(a, number, v);
}

const char *number_title(struct arena *a, enum launch_fact number)
{
    const char *title = launch_fact_info[number].title;

    return islower((unsigned char)title[0]) ? arena_printf(a, "  %s", title) : title;
}

/* ---- explanations ---- */

const char *number_equation(struct arena *a, enum launch_fact number)
{
    const struct launch_fact_info *i = &launch_fact_info[number];

    return i->equation[0] != '\0' ? arena_printf(a, "%s = %s", i->key, i->equation) : i->about;
}

void explain_title(struct view_frame *f, const char *title)
{
    f->out->explain_title = title;
    f->out->explain_name = "";
}

void explain_number_also(struct view_frame *f, enum launch_fact number)
{
    const struct launch_fact_info *i = &launch_fact_info[number];

    explain_add(f, arena_printf(f->a, "%s: %s", i->title, i->about));
    if (i->equation[0] != '\0')
        explain_add(f, number_equation(f->a, number));
}

void explain_number(struct view_frame *f, enum launch_fact number, const char *value)
{
    static const char *const units[] = {
        [LAUNCH_UNIT_NS] = "nanoseconds",
        [LAUNCH_UNIT_COUNT] = "a number",
        [LAUNCH_UNIT_SHARE] = "a share, 0 to 1",
        [LAUNCH_UNIT_FACTOR] = "a factor",
    };
    const struct launch_fact_info *i = &launch_fact_info[number];

    explain_title(f, i->title);
    f->out->explain_name = i->key;
    explain_add(f, i->about);
    if (i->equation[0] != '\0')
        explain_add(f, number_equation(f->a, number));
    explain_add(f, arena_printf(f->a, "%s%s%sUnit: %s.", i->key, value != NULL ? " = " : "",
                                value != NULL ? arena_printf(f->a, "%s. ", value) : ". ",
                                units[i->unit]));
}

/* ---- the state ---- */

/* The way down to where most of the GPU's time goes. */
static void open_dearest(const struct calltree *t, bool *is_open)
{
    uint32_t node = 0;

    while (node != PROFILE_NONE && t->nodes[node].gpu_ns >= t->nodes[0].gpu_ns / 2) {
        is_open[node] = true;
        node = t->nodes[node].first_child;
    }
}

/* The row of the view of fusion where fusing gives most. */
static uint32_t best_length_row(const struct fusion *f)
{
    uint32_t row = 0;

    for (uint32_t i = 0; i < f->best; i++)
        row += f->lengths[i].n_fused > 0;
    return row;
}

/* Of operators below the outermost that are shown at first. */
enum { LEVELS = 2 };

void view_state_begin_profile(struct view_state *s, const struct launches *l,
                              const struct lanes_index *ix, bool *is_open)
{
    for (unsigned v = 0; v < VIEW_N; v++) {
        if (view_info[v].set != VIEW_SET_PROFILE)
            continue;
        s->at[v] = (struct scroll){0, 0};
        s->filter[v][0] = '\0';
    }
    s->lanes = (struct lanes_view){.ix = ix, .selected = PROFILE_NONE, .n_levels = LEVELS};
    lanes_view_fit(&s->lanes);
    s->is_open = is_open;
    s->at[VIEW_FUSION].cursor = best_length_row(&l->fusion);
    if (l->tree.n_nodes > 0)
        open_dearest(&l->tree, is_open);
}
