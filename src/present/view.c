/*
 * view.c: the frame around every view.
 *
 *     title     trace > kernel (i/n)                         GPU, model, marks
 *     tabs      number or letter = key
 *     view ...
 *     detail    the row under the cursor, a message, or the job that runs
 *     legend    what the letters mean, and the position
 *     keys      of this view; becomes the prompt
 *
 * Small terminals lose tabs, then the detail line; the legend stays.
 */
#include "view_priv.h"

const struct view_info view_info[VIEW_N] = {
#define X(id, name, title, key, set, question) {name, title, key, set, question},
    VIEW_LIST(X)
#undef X
};

const char *const view_set_name[VIEW_SET_N] = {"trace", "profile"};

static const struct view_ops *const ops[VIEW_N] = {
    [VIEW_KERNELS] = &view_kernels, [VIEW_OVERVIEW] = &view_overview, [VIEW_STALLS] = &view_stalls,
    [VIEW_SASS] = &view_sass,       [VIEW_COMPARE] = &view_compare,   [VIEW_GPU] = &view_gpu,
    [VIEW_VERDICT] = &view_verdict, [VIEW_TIMELINE] = &view_timeline, [VIEW_QUEUE] = &view_queue,
    [VIEW_TALLY] = &view_tally,     [VIEW_GAPS] = &view_gaps,         [VIEW_TREE] = &view_tree,
    [VIEW_FUSION] = &view_fusion,   [VIEW_VERSUS] = &view_versus,     [VIEW_JOBS] = &view_jobs,
    [VIEW_HELP] = &view_help,       [VIEW_PICKER] = &view_picker,
};

enum { TABS_FROM_ROWS = 16, DETAIL_FROM_ROWS = 12 };

enum view_id view_find(str name)
{
    unsigned v = 0;

    while (v < VIEW_N && !str_is(name, view_info[v].name))
        v++;
    return (enum view_id)v;
}

void view_state_init(struct view_state *s)
{
    *s = (struct view_state){.view = VIEW_PICKER, .open_group = UINT32_MAX};
    s->lanes.selected = PROFILE_NONE;
}

uint32_t view_list(struct arena *frame, const struct view_data *d, const struct view_state *s,
                   const uint32_t **ids)
{
    uint32_t *all = NULL;
    uint32_t n = ops[s->view]->list(frame, d, s, &all), kept = 0;
    const char *filter = s->filter[s->view];

    for (uint32_t i = 0; i < n && filter[0] != '\0'; i++) {
        if (table_match(ops[s->view]->text(frame, d, all[i]), filter))
            all[kept++] = all[i];
    }
    *ids = all;
    return filter[0] != '\0' ? kept : n;
}

const char *view_row_text(struct arena *frame, const struct view_data *d,
                          const struct view_state *s, uint32_t id)
{
    return ops[s->view]->text(frame, d, id);
}

/* ---- title ---- */

static const char *profile_title(struct arena *a, const struct view_profile *p)
{
    if (p->name == NULL)
        return "warpscope";
    if (p->l == NULL || p->l->n_devices == 0)
        return p->name;
    const char *gpu = p->l->devices[0].name;
    const char *many = p->l->n_devices > 1 ? arena_printf(a, "%u GPUs", p->l->n_devices) : "";
    if (gpu[0] == '\0' && many[0] == '\0')
        return p->name;
    return arena_printf(a, "%s > %s%s%s", p->name, many,
                        gpu[0] != '\0' && many[0] != '\0' ? ", " : "", gpu);
}

static const char *title_left(struct arena *a, const struct view_data *d, enum view_set set)
{
    const struct view_kernel *k = data_kernel(d);

    if (set == VIEW_SET_PROFILE)
        return profile_title(a, &d->profile);
    if (d->trace_name == NULL)
        return "warpscope";
    if (k == NULL)
        return d->trace_name;
    if (d->n_kernels == 1)
        return arena_printf(a, "%s > %s", d->trace_name, k->h->label);
    return arena_printf(a, "%s > %s (%u/%u)", d->trace_name, k->h->label, d->kernel + 1,
                        d->n_kernels);
}

static const char *title_right(struct arena *a, const struct view_data *d, enum view_set set)
{
    if (set == VIEW_SET_PROFILE)
        return d->profile.l != NULL ? d->profile.l->window : "";
    if (d->gpu == NULL)
        return "";
    bool is_changed = false;
    for (unsigned i = 0; i < GPU_N_PARAMS; i++)
        is_changed |= d->gpu->note[i].origin == GPU_CHANGED;
    const char *left = d->n_left > 0 ? arena_printf(a, " [%u left]", d->n_left) : "";
    return arena_printf(a, "%s%s, %s%s", d->gpu->name, is_changed ? "*" : "", d->model_name, left);
}

/* What must be known of all numbers; briefly where there is little room. */
static const char *title_marks(struct arena *a, const struct view_data *d, bool is_brief)
{
    const struct view_kernel *k = data_kernel(d);
    const char *synthetic = k != NULL && k->h->is_synthetic ? "synthetic" : "";
    const char *unknown = "";

    if (k == NULL)
        return "";
    if (k->result != NULL && k->result->unknown_insts > 0 && k->body != NULL)
        unknown = arena_printf(a, is_brief ? "%u unknown %.2g %%" : "%u unknown opcodes, %.2g %%",
                               k->body->counts.unknown_opcodes, 100 * k->result->unknown_share);
    if (is_brief && unknown[0] != '\0' && synthetic[0] != '\0')
        synthetic = "syn";
    const char *marks[] = {k->is_stale ? "outdated" : "", synthetic, unknown};
    char *text = arena_strdup(a, "");
    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        if (marks[i][0] != '\0')
            text = arena_printf(a, "%s%s%s", text, text[0] != '\0' ? ", " : "", marks[i]);
    }
    return text;
}

static void draw_title(struct view_frame *f)
{
    enum { NAME_COLS = 30, BRIEF_NAME_COLS = 12 };
    bool is_trace = f->s->set == VIEW_SET_TRACE;
    const char *right = title_right(f->a, f->d, f->s->set);
    const char *marks = is_trace ? title_marks(f->a, f->d, false) : "";
    unsigned right_w = grid_width(str_from(right)), marks_w = grid_width(str_from(marks));
    unsigned cols = f->cols;

    grid_fill(f->g, 0, 0, cols, STYLE_TITLE, ' ');
    if (right_w + 24 > cols)
        right_w = 0;
    if (right_w > 0)
        grid_right(f->g, 0, cols - right_w - 1, right_w, STYLE_TITLE, str_from(right));
    unsigned left_room = cols - 2 - (right_w > 0 ? right_w + 2 : 0);
    if (is_trace && marks_w + NAME_COLS > left_room) {
        marks = title_marks(f->a, f->d, true);
        marks_w = grid_width(str_from(marks));
    }
    if (marks_w > 0 && marks_w + BRIEF_NAME_COLS < left_room) {
        left_room -= marks_w + 2;
        unsigned at = 1 + left_room + 1;
        grid_text(f->g, 0, at, marks_w, STYLE_TITLE, str_from(marks));
        grid_attr(f->g, 0, at, marks_w, CELL_BOLD);
    }
    unsigned used =
        grid_text(f->g, 0, 1, left_room, STYLE_TITLE, str_from(title_left(f->a, f->d, f->s->set)));
    if (used == left_room && left_room > 3)
        grid_text(f->g, 0, left_room, 1, STYLE_TITLE, STR("\xe2\x80\xa6"));
}

/* ---- tabs ---- */

/* From wide to narrow: all titles; those of the set; that of the view. */
enum tab_titles { TABS_ALL, TABS_OF_SET, TABS_CURRENT };

static const char *tab_title(const struct view_state *s, unsigned v, enum tab_titles which)
{
    bool is_of_set = view_info[v].set != VIEW_SET_BOTH;

    if (v == s->view || which == TABS_ALL || (which == TABS_OF_SET && is_of_set))
        return view_info[v].title;
    return "";
}

static bool is_tab(const struct view_state *s, unsigned v)
{
    return view_info[v].set == s->set || view_info[v].set == VIEW_SET_BOTH;
}

static unsigned tabs_width(const struct view_state *s, enum tab_titles which)
{
    unsigned width = 1;

    for (unsigned v = 0; v < VIEW_N; v++) {
        const char *title = tab_title(s, v, which);
        if (is_tab(s, v))
            width += title[0] != '\0' ? (unsigned)strlen(title) + 3 : 2;
    }
    return width;
}

static void draw_tabs(struct view_frame *f, unsigned row)
{
    enum tab_titles which = TABS_ALL;
    unsigned col = 1;

    while (which < TABS_CURRENT && tabs_width(f->s, which) > f->cols)
        which++;
    for (unsigned v = 0; v < VIEW_N; v++) {
        const struct view_info *i = &view_info[v];
        const char *title = tab_title(f->s, v, which);
        unsigned start = col;
        if (!is_tab(f->s, v))
            continue;
        col += grid_text(f->g, row, col, f->cols - col, STYLE_KEY, str_from(i->key));
        if (title[0] != '\0')
            col += grid_printf(f->g, row, col, f->cols - col, STYLE_TAB, " %s", title);
        if (v == f->s->view)
            grid_attr(f->g, row, start, col - start, CELL_BOLD | CELL_UNDER);
        frame_hit(f->out, VIEW_HIT_TAB, row, start, col - start, v);
        col += which == TABS_CURRENT ? 2 : 1;
    }
}

/* ---- the lines below the view ---- */

static const char *clock_text(struct arena *a, double seconds)
{
    unsigned s = (unsigned)CLAMP(seconds + 0.5, 0.0, 359999.0);
    return arena_printf(a, "%u:%02u", s / 60, s % 60);
}

/* "model kernel 3 on a100  43 %  1.2M/4.1M inst  3.1M/s  ETA 0:04  Esc cancels" */
static void draw_job_strip(struct view_frame *f, unsigned row, const struct view_job *j)
{
    double share = ratio((double)j->done, (double)j->total);
    const char *percent = isnan(share) ? "" : arena_printf(f->a, "%3.0f %%  ", 100 * share);
    const char *amount = job_amount(f->a, j), *speed = job_speed(f->a, j);
    enum { NAME_COLS = 16 };
    const char *eta =
        isnan(j->eta_s) ? "" : arena_printf(f->a, "  ETA %s", clock_text(f->a, j->eta_s));
    const char *text = arena_printf(f->a, "%s%s  %s%s  Esc cancels", percent, amount, speed, eta);
    if (grid_width(str_from(text)) + NAME_COLS > f->cols) /* the rate is what is missed least */
        text = arena_printf(f->a, "%s%s%s  Esc cancels", percent, amount, eta);
    if (grid_width(str_from(text)) + 2 > f->cols)
        text = arena_printf(f->a, "%s%s  Esc cancels", percent, eta);
    unsigned w = grid_width(str_from(text));

    grid_right(f->g, row, 0, f->cols - 1, STYLE_NORMAL, str_from(text));
    unsigned room = f->cols > w + 3 ? f->cols - w - 3 : 0;
    const char *on = strstr(j->what, " on ");
    str what = str_from(j->what);
    if (on != NULL && what.n > room) /* the title names the GPU as well */
        what.n = (size_t)(on - j->what);
    unsigned used = grid_text(f->g, row, 1, room, STYLE_DIM, what);
    if (used < room && !isnan(share) && room - used > 6)
        grid_bar(f->g, row, used + 2, room - used - 2, STYLE_KEY, '#', share);
}

/* A job is worth a line once it takes longer than a blink. */
#define JOB_SHOWN_AFTER_S 0.3

static const struct view_job *foreground_job(const struct view_data *d)
{
    const struct view_job *j = d->foreground < d->n_jobs ? &d->jobs[d->foreground] : NULL;

    return j != NULL && j->elapsed_s >= JOB_SHOWN_AFTER_S ? j : NULL;
}

/* Bytes of the clauses that fit `room` cells with the blank behind, 0 when they are less than half.
 */
static size_t whole_clauses(const char *text, unsigned room)
{
    size_t best = 0;

    for (size_t i = 1; text[i - 1] != '\0' && grid_width((str){text, i}) <= room; i++) {
        if (text[i] == ' ' && strchr(".;,", text[i - 1]) != NULL)
            best = i + 1;
    }
    return grid_width((str){text, best}) >= room / 3 ? best : 0;
}

/* One line; of a longer one the clauses that fit, and an ellipsis. */
static void draw_line(struct view_frame *f, unsigned row, enum style s, const char *text)
{
    unsigned room = f->cols - 2;

    if (grid_width(str_from(text)) <= room) {
        grid_text(f->g, row, 1, room, s, str_from(text));
        return;
    }
    size_t whole = whole_clauses(text, room - 2);
    unsigned used = grid_text(f->g, row, 1, whole > 0 ? room - 2 : room - 1, s,
                              whole > 0 ? (str){text, whole} : str_from(text));
    grid_text(f->g, row, 1 + used, 1, s, STR("\xe2\x80\xa6"));
}

/* A message is read whole: what does not fit on its line grows upwards over the view. */
static void draw_message(struct view_frame *f, unsigned row, const char *text, enum style s)
{
    enum { MOST_ROWS = 6 };
    unsigned n = frame_rows_of(f, text, MOST_ROWS);

    for (unsigned i = 0; i < n; i++)
        grid_fill(f->g, row - i, 0, f->cols, STYLE_NORMAL, ' ');
    frame_wrap(f, row - n + 1, 1, f->cols - 2, n, s, text);
}

static void draw_detail(struct view_frame *f, unsigned row)
{
    const struct view_job *j = foreground_job(f->d);

    if (f->d->message != NULL)
        draw_message(f, row, f->d->message, f->d->is_message_bad ? STYLE_BAD : STYLE_GOOD);
    else if (j != NULL)
        draw_job_strip(f, row, j);
    else if (f->out->detail != NULL)
        draw_line(f, row, STYLE_DIM, f->out->detail);
}

/* Where there is no detail line, messages and progress take the legend's. */
static void draw_over_legend(struct view_frame *f, unsigned row)
{
    grid_fill(f->g, row, 0, f->cols, STYLE_NORMAL, ' ');
    draw_detail(f, row);
}

/* The longest of three wordings that fits; a terminal too narrow for all keeps the first ones. */
static void draw_stall_legend(struct view_frame *f, unsigned row, unsigned room)
{
    enum { WORDINGS = 3 };
    static const enum stall_group order[STALL_GROUP_N] = {
        STALL_GROUP_ISSUE, STALL_GROUP_MEMORY, STALL_GROUP_SHARED,     STALL_GROUP_COMPUTE,
        STALL_GROUP_SYNC,  STALL_GROUP_FETCH,  STALL_GROUP_DEPENDENCY, STALL_GROUP_HEALTHY,
        STALL_GROUP_IDLE,  STALL_GROUP_OTHER};
    static const char *const words[WORDINGS][STALL_GROUP_N] = {
        {"issue", "memory", "shared", "compute", "sync", "fetch", "dependence", "ready",
         "launch/idle", "other"},
        {"issue", "memory", "shared", "compute", "sync", "fetch", "depend", "ready", "idle", ""},
        {"iss", "mem", "smem", "math", "sync", "ftch", "dep", "", "idle", ""},
    };
    unsigned wording = 0, col = 1;

    for (; wording + 1 < WORDINGS; wording++) {
        unsigned need = 1;
        for (unsigned i = 0; i < STALL_GROUP_N; i++)
            need += words[wording][i][0] != '\0' ? (unsigned)strlen(words[wording][i]) + 3 : 0;
        if (need <= room + 1)
            break;
    }
    for (unsigned i = 0; i < STALL_GROUP_N; i++) {
        const char *word = words[wording][i];
        if (word[0] == '\0' || col + strlen(word) + 2 > room)
            continue;
        col += grid_printf(f->g, row, col, 1, group_style(order[i]), "%c", group_letter(order[i]));
        grid_attr(f->g, row, col - 1, 1, CELL_BOLD);
        col += grid_printf(f->g, row, col, room - col, STYLE_DIM, " %s", word) + 1;
    }
}

static void draw_legend(struct view_frame *f, unsigned row)
{
    const char *filter = f->s->filter[f->s->view];
    const char *where = "";

    if (f->out->n_rows > f->out->page && f->out->n_rows > 0)
        where = arena_printf(f->a, "%u/%u %u %%", f->cursor + 1, f->out->n_rows,
                             100 * (f->cursor + 1) / f->out->n_rows);
    if (filter[0] != '\0')
        where = arena_printf(f->a, "filter: %s  %s", filter, where);
    unsigned w = grid_width(str_from(where));
    grid_right(f->g, row, 0, f->cols - 1, filter[0] != '\0' ? STYLE_WARN : STYLE_DIM,
               str_from(where));
    if (ops[f->s->view]->has_stall_legend)
        draw_stall_legend(f, row, f->cols - w - 1);
    else
        grid_text(f->g, row, 1, f->cols - w - 3, STYLE_DIM,
                  str_from(view_info[f->s->view].question));
}

/* Whether a word of the list `views` is `name`. */
static bool names_view(const char *views, const char *name)
{
    str rest = str_from(views), word;

    while (str_cut(&rest, ' ', &word)) {
        if (str_is(word, name))
            return true;
    }
    return false;
}

/* Whether the key bar has the key: in the first pass as the view's own, in the second as one of its
 * set or of all views. */
static bool is_in_bar(const struct view_state *s, const struct view_key *k, unsigned pass)
{
    bool is_own = names_view(k->views, view_info[s->view].name);

    if (pass == 0 || is_own)
        return pass == 0 && is_own;
    return k->views[0] == '\0' || names_view(k->views, view_set_name[s->set]);
}

/* The key bar: first the keys that only this view has, then the global ones, as far as they fit. */
static void draw_keys(struct view_frame *f, unsigned row)
{
    unsigned col = 1;

    for (unsigned pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < f->d->n_keys; i++) {
            const struct view_key *k = &f->d->keys[i];
            if (k->hint[0] == '\0' || !is_in_bar(f->s, k, pass))
                continue;
            size_t key_n = strcspn(k->keys, " ");
            unsigned need = (unsigned)(key_n + strlen(k->hint)) + 1;
            if (col + need >= f->cols)
                return;
            unsigned start = col;
            col += grid_text(f->g, row, col, f->cols - col, STYLE_KEY, (str){k->keys, key_n});
            col += grid_printf(f->g, row, col, f->cols - col, STYLE_DIM, " %s", k->hint);
            frame_hit(f->out, VIEW_HIT_KEY, row, start, col - start, i);
            col += 2;
        }
    }
}

/* ---- prompt and popups ---- */

static void draw_completions(struct view_frame *f, unsigned row, const struct view_prompt *p)
{
    uint32_t n = MIN(p->n_completions, 8u);

    for (uint32_t i = 0; i < n && row > i + 1; i++) {
        unsigned at = row - n + i;
        grid_fill(f->g, at, 0, f->cols, STYLE_NORMAL, ' ');
        grid_text(f->g, at, 2, f->cols - 3, i == 0 ? STYLE_BOLD : STYLE_DIM,
                  str_from(p->completions[i]));
    }
}

static void draw_prompt(struct view_frame *f, unsigned row)
{
    const struct view_prompt *p = f->d->prompt;
    unsigned label_w = grid_width(str_from(p->label));
    unsigned room = f->cols > label_w + 3 ? f->cols - label_w - 3 : 1;
    unsigned caret = grid_width((str){p->text, p->cursor_b});
    unsigned skip = caret >= room ? caret - room + 1 : 0;
    size_t from = MIN((size_t)skip, strlen(p->text));

    draw_completions(f, row, p);
    grid_fill(f->g, row, 0, f->cols, STYLE_NORMAL, ' ');
    grid_text(f->g, row, 1, label_w, STYLE_KEY, str_from(p->label));
    unsigned used = grid_text(f->g, row, label_w + 2, room, STYLE_BOLD, str_from(p->text + from));
    if (p->preview != NULL && used + 4 < room)
        grid_text(f->g, row, label_w + 4 + used, room - used - 2, STYLE_DIM, str_from(p->preview));
    f->out->has_caret = true;
    f->out->caret_row = row;
    f->out->caret_col = label_w + 2 + caret - skip;
}

static void draw_menu(struct view_frame *f, const struct view_popup_data *p)
{
    unsigned width = MIN(f->cols, 72u), most = f->g->rows > 6 ? f->g->rows - 6 : 1;
    unsigned shown = (unsigned)MIN(MAX(p->n_items, 1u), most);
    unsigned row = f->g->rows > shown + 3 ? (f->g->rows - shown - 3) / 2 : 0;
    unsigned col = (f->cols - width) / 2;
    uint32_t top = p->cursor >= shown ? p->cursor - shown + 1 : 0;

    f->out->n_hits = 0;
    grid_box(f->g, row, col, shown + 3, width, p->title);
    grid_text(f->g, row + 1, col + 2, 1, STYLE_KEY, STR(">"));
    unsigned used = grid_text(f->g, row + 1, col + 4, width - 6, STYLE_BOLD, str_from(p->typed));
    f->out->has_caret = true;
    f->out->caret_row = row + 1;
    f->out->caret_col = col + 4 + used;
    if (p->n_items == 0)
        grid_text(f->g, row + 2, col + 2, width - 4, STYLE_DIM, STR("nothing matches"));
    for (uint32_t i = top; i < p->n_items && i < top + shown; i++) {
        unsigned at = row + 2 + i - top, right_w = grid_width(str_from(p->items[i].right));
        right_w = MIN(right_w, width / 2);
        grid_text(f->g, at, col + 2, width - 5 - right_w, STYLE_NORMAL, str_from(p->items[i].text));
        grid_right(f->g, at, col + width - 2 - right_w, right_w, STYLE_DIM,
                   str_from(p->items[i].right));
        if (i == p->cursor)
            frame_cursor(f, at, col + 1, width - 2);
        frame_hit(f->out, VIEW_HIT_ITEM, at, col + 1, width - 2, i);
    }
}

enum { TEXT_POPUP_LINES = 128 };

/* A paragraph's lines, and a blank one between two paragraphs. */
static unsigned wrap_paragraphs(struct view_frame *f, const struct view_popup_data *p,
                                unsigned width, struct grid *lines)
{
    struct view_frame measure = *f;
    unsigned n = 0;

    grid_init(lines, f->a, TEXT_POPUP_LINES, width);
    measure.g = lines;
    for (uint32_t i = 0; i < p->n_lines && n < TEXT_POPUP_LINES; i++)
        n += frame_wrap(&measure, n, 0, width, TEXT_POPUP_LINES - n, STYLE_NORMAL, p->lines[i]) + 1;
    return n > 0 ? n - 1 : 0;
}

static void draw_text_popup(struct view_frame *f, const struct view_popup_data *p)
{
    unsigned width = MIN(f->cols - 2, 76u), inner = width - 4;
    struct grid lines;
    unsigned n = wrap_paragraphs(f, p, inner, &lines);
    unsigned height = MIN(n + 2, f->g->rows - 1), shown = height - 2;
    unsigned row = (f->g->rows - height) / 2, col = (f->cols - width) / 2;
    unsigned top = MIN(p->cursor, n - MIN(n, shown));

    grid_box(f->g, row, col, height, width, p->title);
    for (unsigned i = 0; i < shown; i++)
        memcpy(grid_at(f->g, row + 1 + i, col + 2), grid_at(&lines, top + i, 0),
               inner * sizeof(struct cell));
    if (shown < n)
        grid_printf(f->g, row + height - 1, col + 2, inner, STYLE_KEY, " %u to %u of %u: j k ",
                    top + 1, top + shown, n);
    if (p->footer != NULL && grid_width(str_from(p->footer)) + 24 < inner)
        grid_right(f->g, row + height - 1, col + 2, inner, STYLE_DIM, str_from(p->footer));
    f->out->popup_top = top;
}

/* ---- the whole ---- */

static void start_frame(struct view_frame *f, struct grid *g, struct arena *a,
                        const struct view_data *d, struct view_state *s, struct view_out *out)
{
    *out = (struct view_out){
        .id = UINT32_MAX, .follow = VIEW_N, .follow_id = UINT32_MAX, .work = PROFILE_NONE};
    *f = (struct view_frame){
        .g = g, .a = a, .rows = g->rows, .cols = g->cols, .d = d, .s = s, .out = out};
    f->n = view_list(a, d, s, &f->ids);
    out->ids = f->ids;
    out->n_rows = f->n;
    scroll_move(&s->at[s->view], f->n, 0);
    f->cursor = s->at[s->view].cursor;
    out->id = f->n > 0 ? f->ids[f->cursor] : UINT32_MAX;
}

void view_draw_body(struct grid *g, struct arena *frame, const struct view_data *d,
                    struct view_state *s, struct view_out *out)
{
    struct view_frame f;

    start_frame(&f, g, frame, d, s, out);
    ops[s->view]->draw(&f);
}

static void draw_too_small(struct grid *g)
{
    const char *word = g->cols >= 34 ? "terminal " : "";

    grid_printf(g, 0, 0, g->cols, STYLE_NORMAL, "%s%ux%u: enlarge to %dx%d", word, g->cols, g->rows,
                VIEW_MIN_COLS, VIEW_MIN_ROWS);
}

void view_draw(struct grid *g, struct arena *frame, const struct view_data *d, struct view_state *s,
               struct view_out *out)
{
    struct view_frame f;

    start_frame(&f, g, frame, d, s, out);
    f.has_cursor = true;
    if (g->rows < VIEW_MIN_ROWS || g->cols < VIEW_MIN_COLS) {
        draw_too_small(g);
        return;
    }
    bool has_tabs = g->rows >= TABS_FROM_ROWS, has_detail = g->rows >= DETAIL_FROM_ROWS;
    f.row = has_tabs ? 2 : 1;
    out->body_row = f.row;
    f.rows = g->rows - f.row - (has_detail ? 3 : 2);
    draw_title(&f);
    if (has_tabs)
        draw_tabs(&f, 1);
    ops[s->view]->draw(&f);
    draw_legend(&f, g->rows - 2);
    if (has_detail)
        draw_detail(&f, g->rows - 3);
    else if (d->message != NULL || foreground_job(d) != NULL)
        draw_over_legend(&f, g->rows - 2);
    if (d->prompt != NULL)
        draw_prompt(&f, g->rows - 1);
    else
        draw_keys(&f, g->rows - 1);
    if (d->popup != NULL && d->popup->kind == VIEW_POPUP_MENU)
        draw_menu(&f, d->popup);
    if (d->popup != NULL && d->popup->kind == VIEW_POPUP_TEXT)
        draw_text_popup(&f, d->popup);
}
