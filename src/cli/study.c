#include "study.h"

#include "base/os.h"

enum { MAX_THREADS = 256 };

struct slot {
    const struct trace_kernel *kernel;
    const struct result **results;
    size_t n_pending; /* results to come; 0 and is_ended: ready to be reported */
    bool is_ended;
};

struct run {
    struct study *s;
    struct slot *slots;
    size_t n_submitted, n_reported;
    enum status status; /* the first failure */
    struct err *e;
};

static bool keeps_going(const struct study *s)
{
    return cli_has(&s->c->args, OPT_KEEP_GOING);
}

/* --- setting up ------------------------------------------------------------------------------ */

static enum status find_fixes(struct cli *c, enum cli_option o, uint64_t *out, struct err *e)
{
    size_t n;
    const char **names = cli_list(&c->args, &c->arena, o, &n);
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        int fix = fix_find(str_from(names[i]), e);
        if (fix < 0)
            return STATUS_USAGE;
        *out |= (uint64_t)1 << fix;
    }
    return STATUS_OK;
}

static enum status find_model(struct study *s, struct err *e)
{
    struct cli *c = s->c;
    const char *name = cli_text(&c->args, OPT_MODEL, NULL);
    s->model = name == NULL ? model_default() : model_find(str_from(name), e);
    if (s->model == NULL)
        return STATUS_USAGE;
    TRY(find_fixes(c, OPT_FIX, &s->options.fixes_on, e));
    TRY(find_fixes(c, OPT_NO_FIX, &s->options.fixes_off, e));
    uint64_t both = s->options.fixes_on & s->options.fixes_off;
    for (size_t i = 0; i < FIX_N; i++)
        if ((both >> i & 1) != 0)
            return err_set(e, STATUS_USAGE, "--fix and --no-fix both name '%s'", fix_info[i].name);
    s->options.ignore_unknown = cli_has(&c->args, OPT_IGNORE_UNKNOWN);
    return STATUS_OK;
}

/* The GPU of the trace's architecture, and a note that says so. */
static const char *default_gpu(const struct study *s)
{
    bool is_exact;
    unsigned isa = trace_header(s->trace, s->kernels[0])->isa;
    const char *name = gpu_name_of_isa(isa, &is_exact);
    if (is_exact)
        cli_note(s->c, "the trace was recorded on sm_%u: modelled on %s", isa, name);
    else
        cli_note(s->c,
                 "the trace was recorded on sm_%u, which no described GPU has: modelled on %s", isa,
                 name);
    return name;
}

/* Names given by --gpu; compare with one name and analyze without any take the trace's GPU first.
 */
static const char **gpu_names(struct study *s, size_t *n)
{
    struct cli *c = s->c;
    bool is_compare = (c->args.command->options & CLI_BIT(OPT_GPUS)) != 0;
    size_t given;
    const char **list = cli_list(&c->args, &c->arena, is_compare ? OPT_GPUS : OPT_GPU, &given);
    const char **names = ARENA_ARRAY(&c->arena, const char *, given + 1);
    *n = 0;
    if (given < (is_compare ? 2 : 1))
        names[(*n)++] = default_gpu(s);
    for (size_t i = 0; i < given; i++)
        names[(*n)++] = list[i];
    return names;
}

static enum status load_gpus(struct study *s, struct err *e)
{
    struct cli *c = s->c;
    TRY(cli_need_data(c, e));
    const char **names = gpu_names(s, &s->n_gpus);
    s->gpus = ARENA_ARRAY(&c->arena, struct gpu, s->n_gpus);
    for (size_t i = 0; i < s->n_gpus; i++)
        TRY(gpu_load(&s->gpus[i], &c->arena, names[i], c->gpu_dirs, c->n_gpu_dirs, e));
    return STATUS_OK;
}

/* --- which kernels --------------------------------------------------------------------------- */

static bool is_asked_for(const struct trace_header *h, const char *what)
{
    uint64_t id;
    if (str_parse_u64(str_from(what), &id))
        return h->id == id;
    return str_has(str_from(h->name), str_from(what));
}

struct names {
    struct arena *a;
    const struct trace *t;
};

/* The name without parameters and template arguments: what people type. */
static const char *kernel_name(size_t i, void *arg)
{
    const struct names *n = arg;
    const char *name = trace_header(n->t, (uint32_t)i)->name;
    return arena_strndup(n->a, name, strcspn(name, "(<"));
}

static enum status no_such_kernel(struct cli *c, const struct trace *t, const char *what,
                                  struct err *e)
{
    uint32_t n = trace_n_kernels(t);
    uint64_t id;
    if (str_parse_u64(str_from(what), &id)) {
        uint32_t lo = UINT32_MAX, hi = 0;
        for (uint32_t i = 0; i < n; i++) {
            lo = MIN(lo, trace_header(t, i)->id);
            hi = MAX(hi, trace_header(t, i)->id);
        }
        err_set(e, STATUS_USAGE, "the trace has no kernel %s", what);
        err_expected(e, n == 1 ? "%u" : "a number from %u to %u", (unsigned)lo, (unsigned)hi);
        return STATUS_USAGE;
    }
    err_set(e, STATUS_USAGE, "the trace has no kernel with '%s' in its name", what);
    const char *near = str_nearest(str_from(what), n, kernel_name, &(struct names){&c->arena, t});
    if (near != NULL)
        err_hint(e, "did you mean '%s'?", near);
    else
        err_hint(e, "warpscope trace info %s lists the kernels", trace_path_name(t));
    return STATUS_USAGE;
}

static enum status select_kernels(struct cli *c, const struct trace *t, uint32_t **out, size_t *n,
                                  struct err *e)
{
    size_t n_asked;
    const char **asked = cli_list(&c->args, &c->arena, OPT_KERNEL, &n_asked);
    uint32_t n_all = trace_n_kernels(t);
    bool *is_taken = ARENA_ARRAY(&c->arena, bool, n_all);
    for (size_t a = 0; a < n_asked; a++) {
        bool is_found = false;
        for (uint32_t i = 0; i < n_all; i++)
            if (is_asked_for(trace_header(t, i), asked[a]))
                is_found = is_taken[i] = true;
        if (!is_found)
            return no_such_kernel(c, t, asked[a], e);
    }
    *out = ARENA_ARRAY(&c->arena, uint32_t, n_all);
    *n = 0;
    for (uint32_t i = 0; i < n_all; i++)
        if (n_asked == 0 || is_taken[i])
            (*out)[(*n)++] = i;
    if (*n == 0)
        return err_set(e, STATUS_INPUT, "'%s' holds no kernel", trace_path_name(t));
    return STATUS_OK;
}

struct trace_options study_trace_options(const struct cli *c)
{
    return (struct trace_options){cli_has(&c->args, OPT_KEEP_GOING),
                                  cli_size_b(&c->args, OPT_MEM_LIMIT, 0)};
}

enum status study_open_trace(struct study *s, struct cli *c, struct err *e)
{
    *s = (struct study){.c = c};
    uint64_t n_threads = cli_count(&c->args, OPT_THREADS, os_n_processors());
    s->n_threads = (unsigned)MIN(n_threads, MAX_THREADS);
    TRY(batch_start(&s->batch, cli_has(&c->args, OPT_QUIET), s->n_threads, e));
    struct trace_options o = study_trace_options(c);
    TRY(batch_open(&s->batch, c->args.operands[0], &o, &s->trace, e));
    for (uint32_t i = 0; i < trace_n_warnings(s->trace); i++)
        cli_note(c, "%s", trace_warning(s->trace, i));
    return select_kernels(c, s->trace, &s->kernels, &s->n_kernels, e);
}

enum status study_open(struct study *s, struct cli *c, struct err *e)
{
    struct study checked = {.c = c};
    TRY(find_model(&checked, e)); /* what costs nothing is checked first */
    TRY(study_open_trace(s, c, e));
    s->model = checked.model;
    s->options = checked.options;
    return load_gpus(s, e);
}

void study_close(struct study *s)
{
    if (s->batch.engine != NULL)
        batch_end(&s->batch);
    if (s->trace != NULL)
        trace_close(s->trace);
}

/* --- running --------------------------------------------------------------------------------- */

static void submit_loads(struct run *r)
{
    struct study *s = r->s;
    while (r->n_submitted < s->n_kernels && r->n_submitted - r->n_reported < s->n_threads)
        job_submit_load(s->batch.engine, s->trace, s->kernels[r->n_submitted++]);
}

static struct slot *slot_of_kernel(struct run *r, uint32_t kernel)
{
    size_t i = r->n_reported; /* those before are done with */
    while (r->s->kernels[i] != kernel)
        i++;
    return &r->slots[i];
}

/* Without --keep-going the run ends with the first failure; else each is told at once. */
static void fail(struct run *r, const struct job_done *d)
{
    struct err left_out = {0};
    char text[sizeof(struct err)];
    if (r->status == STATUS_OK && !keeps_going(r->s))
        *r->e = d->err;
    if (r->status == STATUS_OK)
        r->status = d->status;
    if (!keeps_going(r->s))
        return;
    err_format(&d->err, text, sizeof text);
    err_set(&left_out, d->status, "kernel %u left out: %s",
            (unsigned)trace_header(r->s->trace, d->kernel_index)->id, text);
    cli_print_error(&left_out);
}

static void take_kernel(struct run *r, const struct job_done *d)
{
    struct study *s = r->s;
    struct slot *slot = slot_of_kernel(r, d->kernel_index);
    slot->kernel = d->kernel;
    slot->is_ended = d->kernel == NULL;
    if (d->kernel == NULL) {
        fail(r, d);
        return;
    }
    for (uint32_t i = 0; i < d->kernel->n_warnings; i++)
        cli_note(s->c, "kernel %u: %s", (unsigned)d->kernel->h.id, d->kernel->warnings[i]);
    slot->n_pending = s->n_gpus;
    slot->is_ended = s->n_gpus == 0;
    for (size_t g = 0; g < s->n_gpus; g++)
        job_submit_model(s->batch.engine, s->trace, d->kernel_index, d->kernel, &s->gpus[g],
                         s->model, &s->options, g);
}

static void take_result(struct run *r, const struct job_done *d)
{
    struct slot *slot = slot_of_kernel(r, d->kernel_index);
    slot->results[d->tag] = d->result;
    slot->is_ended = --slot->n_pending == 0;
    if (d->kernel != NULL)
        trace_kernel_release(d->kernel);
    if (d->result == NULL)
        fail(r, d);
}

static void release_slot(struct run *r, struct slot *slot)
{
    for (size_t g = 0; g < r->s->n_gpus; g++)
        if (slot->results[g] != NULL)
            result_release(slot->results[g]);
    if (slot->kernel != NULL)
        trace_kernel_release(slot->kernel);
    *slot = (struct slot){0};
}

static bool has_result(const struct run *r, const struct slot *slot)
{
    for (size_t g = 0; g < r->s->n_gpus; g++)
        if (slot->results[g] != NULL)
            return true;
    return r->s->n_gpus == 0;
}

static void note_withheld(const struct run *r, const struct slot *slot)
{
    for (size_t g = 0; g < r->s->n_gpus; g++)
        if (slot->results[g] != NULL && slot->results[g]->is_withheld) {
            cli_note(r->s->c,
                     "kernel %u: totals withheld: %.1f %% of its instructions have unknown "
                     "opcodes; --ignore-unknown gives them all the same",
                     (unsigned)slot->kernel->h.id, 100 * slot->results[g]->unknown_share);
            return;
        }
}

static void report_ready(struct run *r, study_report *report, void *arg)
{
    while (r->n_reported < r->n_submitted && r->slots[r->n_reported].is_ended) {
        struct slot *slot = &r->slots[r->n_reported++];
        if (slot->kernel != NULL && has_result(r, slot)) {
            note_withheld(r, slot);
            report(arg, slot->kernel, slot->results);
        }
        release_slot(r, slot);
    }
}

static enum status run_all(struct run *r, study_report *report, void *arg)
{
    struct study *s = r->s;
    while (r->n_reported < s->n_kernels && (r->status == STATUS_OK || keeps_going(s))) {
        submit_loads(r);
        s->batch.progress.n_done = r->n_reported;
        struct job_done d;
        TRY(batch_next(&s->batch, &d, r->e));
        if (d.kind == JOB_LOAD)
            take_kernel(r, &d);
        else
            take_result(r, &d);
        report_ready(r, report, arg);
    }
    return r->status;
}

enum status study_run(struct study *s, study_report *report, void *arg, struct err *e)
{
    struct run r = {.s = s, .e = e};
    r.slots = ARENA_ARRAY(&s->c->arena, struct slot, s->n_kernels);
    for (size_t i = 0; i < s->n_kernels; i++)
        r.slots[i].results = ARENA_ARRAY(&s->c->arena, const struct result *, s->n_gpus);
    s->batch.progress.n_all = s->n_kernels;
    enum status status = run_all(&r, report, arg);
    for (size_t i = r.n_reported; i < s->n_kernels; i++)
        release_slot(&r, &r.slots[i]);
    if (status != STATUS_OK && e->status == STATUS_OK)
        err_set(e, status, "not every kernel could be used");
    return status;
}
