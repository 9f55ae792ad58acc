/*
 * view_lists.c: the plain lists: jobs, help, and the picker of traces.
 */
#include "view_priv.h"

/* ---- jobs: those that have not ended, then what ended lately ---- */

static uint32_t jobs_list(struct arena *a, const struct view_data *d, const struct view_state *s,
                          uint32_t **ids)
{
    (void)s;
    *ids = list_upto(a, d->n_jobs + d->n_log);
    return d->n_jobs + d->n_log;
}

static const char *jobs_text(struct arena *a, const struct view_data *d, uint32_t id)
{
    (void)a;
    return id < d->n_jobs ? d->jobs[id].what : d->log[id - d->n_jobs];
}

enum { JOB_WHAT, JOB_STATE, JOB_BAR, JOB_AMOUNT, JOB_RATE, JOB_ETA, JOB_COLS };

static const struct table_column job_columns[JOB_COLS] = {
    [JOB_WHAT] = {"Job", 24, 0, false, true, 60}, [JOB_STATE] = {"", 7, 0, true, false, 0},
    [JOB_BAR] = {"", 12, 2, false, false, 0},     [JOB_AMOUNT] = {"Done", 20, 1, true, false, 0},
    [JOB_RATE] = {"Rate", 10, 3, true, false, 0}, [JOB_ETA] = {"ETA s", 6, 4, true, false, 0},
};

static void draw_job(struct view_frame *f, const struct table_place *at, unsigned row,
                     const struct view_job *j)
{
    struct arena *a = f->a;
    double share = ratio((double)j->done, (double)j->total);
    const char *texts[JOB_COLS] = {
        [JOB_WHAT] = j->what,
        [JOB_STATE] = !j->is_running ? "queued"
                      : isnan(share) ? "..."
                                     : arena_printf(a, "%.0f %%", 100 * share),
        [JOB_BAR] = "",
        [JOB_AMOUNT] = job_amount(a, j),
        [JOB_RATE] = job_speed(a, j),
        [JOB_ETA] = isnan(j->eta_s) ? "-" : arena_printf(a, "%.0f", j->eta_s),
    };

    for (unsigned c = 0; c < JOB_COLS; c++)
        table_field(f->g, row, &job_columns[c], &at[c], STYLE_NORMAL,
                    j->is_running || c <= JOB_STATE ? texts[c] : "");
    grid_bar(f->g, row, at[JOB_BAR].col, at[JOB_BAR].width, STYLE_KEY, '#', share);
}

static void jobs_draw(struct view_frame *f)
{
    struct table_place at[JOB_COLS];

    if (f->n == 0) {
        frame_empty(f, "Nothing runs and nothing has ended yet.");
        return;
    }
    table_place(job_columns, JOB_COLS, 1, f->cols - 2, at);
    table_titles(f->g, f->row, job_columns, JOB_COLS, at, JOB_COLS, false);
    uint32_t top = frame_window(f, 1);
    for (unsigned i = 0; i + 1 < f->rows && top + i < f->n; i++) {
        uint32_t id = f->ids[top + i];
        unsigned row = f->row + 1 + i;
        if (id < f->d->n_jobs)
            draw_job(f, at, row, &f->d->jobs[id]);
        else
            grid_text(f->g, row, 1, f->cols - 2, STYLE_DIM, str_from(f->d->log[id - f->d->n_jobs]));
        frame_row(f, row, top + i);
    }
}

const struct view_ops view_jobs = {jobs_list, jobs_text, jobs_draw, false};

/* ---- help: generated from the table of actions, the stall table and the signs ---- */

static const struct {
    const char *sign, *meaning;
} signs[] = {
    {"0", "nothing was counted"},
    {"-", "does not apply, or is not in the description"},
    {"?", "not known: withheld because of unknown opcodes"},
    {"~", "partly estimated, or inferred from a sister chip"},
    {"*", "changed by you; the file is untouched"},
    {"X", "opcode that is not in the table"},
};

/*
 * Ids: keys of the view that help was called from, then the global keys, then signs, then stalls.
 * A heading has its section's first id with HEADING set.
 */
enum {
    HEADING = 0x40000000,
    BLANK = 0x20000000,
    SIGNS_AT = 0x10000,
    STALLS_AT = 0x20000,
    IDLE_AT = 0x30000
};

static bool key_is_for(const struct view_key *k, const char *name)
{
    str rest = str_from(k->views), word;

    while (str_cut(&rest, ' ', &word)) {
        if (str_is(word, name))
            return true;
    }
    return false;
}

/* Keys that have `name` among their views; also those of all views with `with_global`. */
static uint32_t add_keys(const struct view_data *d, const char *name, bool with_global,
                         uint32_t *ids, uint32_t n)
{
    for (uint32_t i = 0; i < d->n_keys; i++) {
        const struct view_key *k = &d->keys[i];
        bool is_global = with_global && k->views[0] == '\0';
        if (k->keys[0] != '\0' && (is_global || key_is_for(k, name)))
            ids[n++] = i;
    }
    return n;
}

enum { HELP_VIEW_KEYS, HELP_KEYS, HELP_SIGNS, HELP_STALLS, HELP_IDLE };

/* What the letters of the set's views mean. */
static uint32_t add_terms(enum view_set set, uint32_t *ids, uint32_t n)
{
    bool is_profile = set == VIEW_SET_PROFILE;
    uint32_t n_terms = is_profile ? IDLE_N : STALL_N;

    ids[n++] = (uint32_t)HEADING | (is_profile ? HELP_IDLE : HELP_STALLS);
    for (uint32_t i = 0; i < n_terms; i++)
        ids[n++] = (is_profile ? IDLE_AT : STALLS_AT) + i;
    return n;
}

static uint32_t help_list(struct arena *a, const struct view_data *d, const struct view_state *s,
                          uint32_t **ids)
{
    uint32_t n = 0;
    uint32_t *all =
        ARENA_ARRAY(a, uint32_t, 2 * (size_t)d->n_keys + ARRAY_LEN(signs) + STALL_N + IDLE_N + 16);

    all[n++] = HEADING | HELP_VIEW_KEYS;
    n = add_keys(d, view_info[s->help_of].name, false, all, n);
    all[n++] = BLANK;
    all[n++] = HEADING | HELP_KEYS;
    n = add_keys(d, view_set_name[s->set], true, all, n);
    all[n++] = BLANK;
    all[n++] = HEADING | HELP_SIGNS;
    for (uint32_t i = 0; i < ARRAY_LEN(signs); i++)
        all[n++] = SIGNS_AT + i;
    all[n++] = BLANK;
    *ids = all;
    return add_terms(s->set, all, n);
}

static const char *help_text(struct arena *a, const struct view_data *d, uint32_t id)
{
    if (id & (HEADING | BLANK))
        return "";
    if (id >= IDLE_AT)
        return arena_printf(a, "%s %s", idle_info[id - IDLE_AT].title,
                            idle_info[id - IDLE_AT].advice);
    if (id >= STALLS_AT)
        return arena_printf(a, "%s %s", stall_info[id - STALLS_AT].ncu,
                            stall_info[id - STALLS_AT].help);
    if (id >= SIGNS_AT)
        return signs[id - SIGNS_AT].meaning;
    return arena_printf(a, "%s %s %s", d->keys[id].keys, d->keys[id].name, d->keys[id].help);
}

static void draw_heading(struct view_frame *f, unsigned row, uint32_t section)
{
    const struct view_info *of = &view_info[f->s->help_of];
    const char *const texts[] = {
        [HELP_VIEW_KEYS] = arena_printf(f->a, "%s: %s", of->title, of->question),
        [HELP_KEYS] = "Everywhere",
        [HELP_SIGNS] = "Signs",
        [HELP_STALLS] = "Letters and reasons (names of Nsight Compute)",
        [HELP_IDLE] = "Why the GPU had nothing to do",
    };

    grid_text(f->g, row, 1, f->cols - 2, STYLE_HEADER, str_from(texts[section]));
}

static void draw_help_row(struct view_frame *f, unsigned row, uint32_t id)
{
    unsigned left = MIN(16u, f->cols / 3), cols = f->cols;
    struct grid *g = f->g;

    if (id == BLANK)
        return;
    if (id & HEADING) {
        draw_heading(f, row, id & ~(uint32_t)HEADING);
    } else if (id >= IDLE_AT) {
        grid_text(g, row, 3, 28, STYLE_NORMAL, str_from(idle_info[id - IDLE_AT].title));
        grid_text(g, row, 32, cols > 33 ? cols - 33 : 0, STYLE_DIM,
                  str_from(idle_info[id - IDLE_AT].advice));
    } else if (id >= STALLS_AT) {
        enum stall s = (enum stall)(id - STALLS_AT);
        grid_printf(g, row, 3, 1, stall_style(s), "%c", stall_letter(s));
        grid_text(g, row, 5, 18, STYLE_NORMAL, str_from(stall_info[s].ncu));
        grid_text(g, row, 24, cols - 25, STYLE_DIM, str_from(stall_info[s].help));
    } else if (id >= SIGNS_AT) {
        grid_text(g, row, 3, 2, STYLE_KEY, str_from(signs[id - SIGNS_AT].sign));
        grid_text(g, row, left, cols - left - 1, STYLE_NORMAL,
                  str_from(signs[id - SIGNS_AT].meaning));
    } else {
        const struct view_key *k = &f->d->keys[id];
        grid_text(g, row, 3, left - 4, STYLE_KEY, str_from(k->keys));
        unsigned used = grid_text(g, row, left, cols - left - 1, STYLE_NORMAL, str_from(k->help));
        if (left + used + grid_width(str_from(k->name)) + 4 < cols)
            grid_right(g, row, left, cols - left - 1, STYLE_DIM,
                       str_from(arena_printf(f->a, ":%s", k->name)));
    }
}

static void help_draw(struct view_frame *f)
{
    if (f->n == 0) {
        frame_empty(f, "Nothing in the help matches the filter.");
        return;
    }
    uint32_t top = frame_window(f, 0);
    for (unsigned i = 0; i < f->rows && top + i < f->n; i++) {
        draw_help_row(f, f->row + i, f->ids[top + i]);
        frame_row(f, f->row + i, top + i);
    }
    uint32_t id = f->ids[f->cursor];
    if (id >= IDLE_AT && id < BLANK)
        f->out->detail = idle_info[id - IDLE_AT].advice;
    else if (id >= STALLS_AT && id < BLANK)
        f->out->detail = stall_info[id - STALLS_AT].help;
}

const struct view_ops view_help = {help_list, help_text, help_draw, false};

/* ---- picker ---- */

static uint32_t picker_list(struct arena *a, const struct view_data *d, const struct view_state *s,
                            uint32_t **ids)
{
    (void)s;
    *ids = list_upto(a, d->n_files);
    return d->n_files;
}

static const char *picker_text(struct arena *a, const struct view_data *d, uint32_t id)
{
    (void)a;
    return d->files[id].path;
}

enum { FILE_NAME, FILE_WHAT, FILE_KIND, FILE_SIZE, FILE_PATH, FILE_COLS };

static const struct table_column file_columns[FILE_COLS] = {
    [FILE_NAME] = {"File", 20, 0, false, false, 0}, [FILE_WHAT] = {"", 7, 4, false, false, 0},
    [FILE_KIND] = {"", 8, 2, false, false, 0},      [FILE_SIZE] = {"Size", 10, 1, true, false, 0},
    [FILE_PATH] = {"Path", 10, 3, false, true, 0},
};

static unsigned picker_name_width(struct view_frame *f)
{
    unsigned w = 20;

    for (uint32_t i = 0; i < f->d->n_files; i++)
        w = MAX(w, grid_width(str_from(f->d->files[i].name)));
    return MIN(w, MIN(40u, f->cols / 2));
}

static void picker_draw(struct view_frame *f)
{
    struct table_column cols[FILE_COLS];
    struct table_place at[FILE_COLS];

    if (f->n == 0) {
        frame_empty(f, "No trace was found. Type :open PATH, or start with: warpscope PATH\n"
                       "A path is a .wst, .traceg or .trace file (packed or not), a kernelslist, "
                       "a folder that holds one, or a profile: a PyTorch profiler trace (.json, "
                       "packed or not) or an Nsight Systems .sqlite export.");
        return;
    }
    grid_text(f->g, f->row, 1, f->cols - 2, STYLE_BOLD,
              STR("Choose a trace or a profile: Enter opens it, :open PATH opens another."));
    memcpy(cols, file_columns, sizeof cols);
    cols[FILE_NAME].width = (uint8_t)picker_name_width(f);
    table_place(cols, FILE_COLS, 1, f->cols - 2, at);
    table_titles(f->g, f->row + 2, cols, FILE_COLS, at, FILE_COLS, false);
    uint32_t top = frame_window(f, 3);
    for (unsigned i = 0; i + 3 < f->rows && top + i < f->n; i++) {
        const struct view_file *file = &f->d->files[f->ids[top + i]];
        unsigned row = f->row + 3 + i;
        const char *size =
            file->size_b < 0 ? "-" : fmt_unit(f->a, UNIT_BYTES, (double)file->size_b);
        table_field(f->g, row, &cols[FILE_NAME], &at[FILE_NAME], STYLE_NORMAL, file->name);
        table_field(f->g, row, &cols[FILE_WHAT], &at[FILE_WHAT], STYLE_NORMAL,
                    file->is_profile ? "profile" : "trace");
        table_field(f->g, row, &cols[FILE_KIND], &at[FILE_KIND], STYLE_DIM, file->kind);
        table_field(f->g, row, &cols[FILE_SIZE], &at[FILE_SIZE], STYLE_NORMAL, size);
        table_field(f->g, row, &cols[FILE_PATH], &at[FILE_PATH], STYLE_DIM, file->shown);
        frame_row(f, row, top + i);
    }
    f->out->detail = f->d->files[f->ids[f->cursor]].shown;
}

const struct view_ops view_picker = {picker_list, picker_text, picker_draw, false};
