#include "study.h"

struct slot {
    const struct trace_kernel *kernel;
    const struct result **results;
    const struct err **failures; /* by case; the first where loading failed */
    size_t n_pending;            /* results to come; 0 and is_ended: ready to be reported */
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

static enum status find_model(struct study *s, bool may_be_all, struct err *e)
{
    struct cli *c = s->c;
    const char *name = cli_text(&c->args, OPT_MODEL, NULL);
    bool is_all = name != NULL && strcmp(name, "all") == 0;
    if (is_all && !may_be_all) {
        err_set(e, STATUS_USAGE, "`%s` takes one model", c->args.command->name);
        err_hint(e, "`warpscope analyze --model all` shows them side by side");
        return STATUS_USAGE;
    }
    if (!is_all)
        s->model = name == NULL ? model_default() : model_find(str_from(name), e);
    if (!is_all && s->model == NULL)
        return STATUS_USAGE;
    return cli_model_options(c, &s->options, e);
}

static void list_cases(struct study *s)
{
    size_t n_models = s->model == NULL ? model_count() : 1;
    s->cases = ARENA_ARRAY(&s->c->arena, struct study_case, s->n_gpus * n_models);
    for (size_t g = 0; g < s->n_gpus; g++)
        for (size_t m = 0; m < n_models; m++)
            s->cases[s->n_cases++] =
                (struct study_case){&s->gpus[g], s->model == NULL ? model_at(m) : s->model};
}

/* The GPU of the trace's architecture, and a note that says so. */
static const char *default_gpu(const struct study *s)
{
    bool is_exact;
    unsigned isa = trace_header(s->trace, s->kernels[0])->isa;
    const char *name = gpu_name_of_isa(isa, &is_exact);
    if (is_exact)
        cli_note(s->c, "the trace is for sm_%u: modelled on %s", isa, name);
    else
        cli_note(s->c, "the trace is for sm_%u, which no described GPU has: modelled on %s", isa,
                 name);
    return name;
}

/* Names given by --gpu; when they are fewer than needed the trace's own GPU comes first. */
static const char **gpu_names(struct study *s, size_t least, size_t *n)
{
    struct cli *c = s->c;
    bool is_list = (c->args.command->options & CLI_BIT(OPT_GPUS)) != 0;
    size_t given;
    const char **list = cli_list(&c->args, &c->arena, is_list ? OPT_GPUS : OPT_GPU, &given);
    const char **names = ARENA_ARRAY(&c->arena, const char *, given + 1);
    *n = 0;
    if (given < least)
        names[(*n)++] = default_gpu(s);
    for (size_t i = 0; i < given; i++)
        names[(*n)++] = list[i];
    return names;
}

static enum status load_gpus(struct study *s, size_t least, struct err *e)
{
    struct cli *c = s->c;
    TRY(cli_need_data(c, e));
    const char **names = gpu_names(s, least, &s->n_gpus);
    s->gpus = ARENA_ARRAY(&c->arena, struct gpu, s->n_gpus);
    for (size_t i = 0; i < s->n_gpus; i++)
        TRY(gpu_load(&s->gpus[i], &c->arena, names[i], c->gpu_dirs, c->n_gpu_dirs, e));
    list_cases(s);
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

enum status study_open_trace(struct study *s, struct cli *c, struct err *e)
{
    *s = (struct study){.c = c};
    s->n_threads = cli_threads(c);
    TRY(batch_start(&s->batch, cli_has(&c->args, OPT_QUIET), s->n_threads, e));
    struct trace_options o = cli_trace_options(c);
    TRY(batch_open(&s->batch, c->args.operands[c->args.n_operands - 1], &o, &s->trace, e));
    for (uint32_t i = 0; i < trace_n_warnings(s->trace); i++)
        cli_note(c, "%s", trace_warning(s->trace, i));
    return select_kernels(c, s->trace, &s->kernels, &s->n_kernels, e);
}

enum status study_open(struct study *s, struct cli *c, size_t least_gpus, bool may_be_all,
                       struct err *e)
{
    struct study checked = {.c = c};
    TRY(find_model(&checked, may_be_all, e)); /* what costs nothing is checked first */
    TRY(study_open_trace(s, c, e));
    s->model = checked.model;
    s->options = checked.options;
    return load_gpus(s, least_gpus, e);
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

static void fail(struct run *r, struct slot *slot, size_t which, const struct err *e)
{
    slot->failures[which] = arena_memdup(&r->s->c->arena, e, sizeof *e);
}

static void take_kernel(struct run *r, const struct job_done *d)
{
    struct study *s = r->s;
    struct slot *slot = slot_of_kernel(r, d->kernel_index);
    slot->kernel = d->kernel;
    slot->is_ended = d->kernel == NULL;
    if (d->kernel == NULL) {
        fail(r, slot, 0, &d->err);
        return;
    }
    slot->n_pending = s->n_cases;
    slot->is_ended = s->n_cases == 0;
    for (size_t i = 0; i < s->n_cases; i++)
        job_submit_model(s->batch.engine, s->trace, d->kernel_index, d->kernel, s->cases[i].gpu,
                         s->cases[i].model, &s->options, i);
}

static void take_result(struct run *r, const struct job_done *d)
{
    struct slot *slot = slot_of_kernel(r, d->kernel_index);
    slot->results[d->tag] = d->result;
    slot->is_ended = --slot->n_pending == 0;
    if (d->kernel != NULL)
        trace_kernel_release(d->kernel);
    if (d->result == NULL)
        fail(r, slot, d->tag, &d->err);
}

static void release_slot(struct run *r, struct slot *slot)
{
    for (size_t i = 0; i < r->s->n_cases; i++)
        if (slot->results[i] != NULL)
            result_release(slot->results[i]);
    if (slot->kernel != NULL)
        trace_kernel_release(slot->kernel);
    *slot = (struct slot){0};
}

static bool has_result(const struct run *r, const struct slot *slot)
{
    for (size_t i = 0; i < r->s->n_cases; i++)
        if (slot->results[i] != NULL)
            return true;
    return r->s->n_cases == 0;
}

static void tell_warnings(const struct study *s, const struct trace_kernel *k)
{
    for (uint32_t i = 0; i < k->n_warnings && !s->hides_warnings; i++)
        cli_note(s->c, "kernel %u: %s", (unsigned)k->h.id, k->warnings[i]);
}

static void note_withheld(const struct run *r, const struct slot *slot)
{
    for (size_t i = 0; i < r->s->n_cases; i++)
        if (slot->results[i] != NULL && slot->results[i]->is_withheld) {
            cli_note(r->s->c,
                     "kernel %u: totals withheld: %.1f %% of its instructions have unknown "
                     "opcodes; --ignore-unknown gives them all the same",
                     (unsigned)slot->kernel->h.id, 100 * slot->results[i]->unknown_share);
            return;
        }
}

static void tell_left_out(const struct trace_header *h, const struct err *e)
{
    struct err left_out = {0};
    char text[sizeof *e];
    err_format(e, text, sizeof text);
    err_set(&left_out, e->status, "kernel %u left out: %s", (unsigned)h->id, text);
    cli_print_error(&left_out);
}

/* Of all models some may refuse a kernel: that is told beside the others' results. */
static bool is_refusal(const struct run *r, const struct slot *slot)
{
    return r->s->model == NULL && slot->kernel != NULL && has_result(r, slot);
}

/* In the order of the trace, so that it does not depend on who was first. Without --keep-going the
 * run ends with the first failure; else each is told. */
static void tell_failures(struct run *r, const struct slot *slot, uint32_t kernel)
{
    for (size_t i = 0; i < MAX(r->s->n_cases, (size_t)1) && !is_refusal(r, slot); i++) {
        const struct err *e = slot->failures[i];
        if (e == NULL)
            continue;
        if (keeps_going(r->s))
            tell_left_out(trace_header(r->s->trace, kernel), e);
        else if (r->status == STATUS_OK)
            *r->e = *e;
        if (r->status == STATUS_OK)
            r->status = e->status;
        if (r->s->model == NULL)
            break; /* no model answers: the first says why */
    }
}

static bool must_stop(const struct run *r)
{
    return r->status != STATUS_OK && !keeps_going(r->s);
}

static void report_ready(struct run *r, study_report *report, void *arg)
{
    while (!must_stop(r) && r->n_reported < r->n_submitted && r->slots[r->n_reported].is_ended) {
        struct slot *slot = &r->slots[r->n_reported];
        if (slot->kernel != NULL)
            tell_warnings(r->s, slot->kernel);
        tell_failures(r, slot, r->s->kernels[r->n_reported]);
        if (!must_stop(r) && slot->kernel != NULL && has_result(r, slot)) {
            note_withheld(r, slot);
            r->s->failures = slot->failures;
            report(arg, slot->kernel, slot->results);
        }
        release_slot(r, slot);
        r->n_reported++;
    }
}

static enum status run_all(struct run *r, study_report *report, void *arg)
{
    struct study *s = r->s;
    while (r->n_reported < s->n_kernels && !must_stop(r)) {
        submit_loads(r);
        s->batch.progress.n_done = r->n_reported;
        struct job_done d = {0};
        TRY(batch_next(&s->batch, &d, r->e));
        if (d.kind == JOB_LOAD)
            take_kernel(r, &d);
        else
            take_result(r, &d);
        report_ready(r, report, arg);
    }
    return r->status;
}

static void start_slot(struct arena *a, struct slot *slot, size_t n_cases)
{
    slot->results = ARENA_ARRAY(a, const struct result *, n_cases);
    slot->failures = ARENA_ARRAY(a, const struct err *, MAX(n_cases, (size_t)1));
}

enum status study_run(struct study *s, study_report *report, void *arg, struct err *e)
{
    struct run r = {.s = s, .e = e};
    r.slots = ARENA_ARRAY(&s->c->arena, struct slot, s->n_kernels);
    for (size_t i = 0; i < s->n_kernels; i++)
        start_slot(&s->c->arena, &r.slots[i], s->n_cases);
    s->batch.progress.n_all = s->n_kernels;
    enum status status = run_all(&r, report, arg);
    for (size_t i = r.n_reported; i < s->n_kernels; i++)
        release_slot(&r, &r.slots[i]);
    if (status != STATUS_OK && e->status == STATUS_OK)
        err_set(e, status, "not every kernel could be used");
    return status;
}
