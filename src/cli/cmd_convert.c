/*
 * cmd_convert.c: `trace convert`: the kernels of any trace as a container, or one as text.
 */
#include <errno.h>

#include "base/os.h"
#include "base/units.h"
#include "study.h"
#include "trace/write.h"

struct converter {
    struct wst_writer *writer; /* NULL when text is written */
    const char *path;
    enum status status;
    struct err err;
};

static enum status write_text(const struct trace_kernel *k, const char *path, struct err *e)
{
    FILE *f = fopen(path, "w");
    if (f == NULL)
        return err_set(e, STATUS_WRITE, "cannot write '%s': %s", path, strerror(errno));
    enum status s = trace_write_text(k, f, NULL, e);
    if (fclose(f) != 0)
        s = err_set(e, STATUS_WRITE, "cannot write '%s': %s", path, strerror(errno));
    if (s != STATUS_OK)
        remove(path);
    return s;
}

static void convert(void *arg, const struct trace_kernel *k, const struct result *const *r)
{
    (void)r;
    struct converter *w = arg;
    if (w->status != STATUS_OK)
        return;
    w->status =
        w->writer != NULL ? wst_add(w->writer, k, &w->err) : write_text(k, w->path, &w->err);
}

static enum status convert_all(struct study *s, struct converter *w, struct err *e)
{
    enum status status = study_run(s, convert, w, e);
    if (status != STATUS_OK &&
        (status == STATUS_CANCELLED || !cli_has(&s->c->args, OPT_KEEP_GOING)))
        return status;
    if (w->status != STATUS_OK)
        *e = w->err;
    return w->status != STATUS_OK ? w->status : status;
}

static enum status to_container(struct study *s, struct converter *w, struct err *e)
{
    TRY(wst_begin(&w->writer, w->path, e));
    enum status status = convert_all(s, w, e);
    bool is_whole = status == STATUS_OK || (w->status == STATUS_OK && status != STATUS_CANCELLED &&
                                            cli_has(&s->c->args, OPT_KEEP_GOING));
    if (!is_whole) {
        wst_abandon(w->writer);
        return status;
    }
    enum status ended = wst_end(w->writer, e);
    return status != STATUS_OK ? status : ended;
}

static enum status to_text(struct study *s, struct converter *w, struct err *e)
{
    if (s->n_kernels > 1) {
        err_set(e, STATUS_USAGE, "a text trace holds one kernel, here are %zu", s->n_kernels);
        err_hint(e, "choose one with --kernel, or write a container: -o FILE.wst");
        return STATUS_USAGE;
    }
    return convert_all(s, w, e);
}

static void tell_written(struct text *out, const char *path, size_t n)
{
    char bytes[32];
    units_format(bytes, sizeof bytes, UNIT_BYTES, (double)os_file_size(path));
    text_printf(out, "%s: %zu kernel%s, %s\n", path, n, n == 1 ? "" : "s", bytes);
}

static enum status open_and_convert(struct study *s, struct cli *c, struct err *e)
{
    struct converter w = {.path = cli_text(&c->args, OPT_TARGET, NULL)};
    str path = str_from(w.path == NULL ? "" : w.path);
    bool is_text = str_ends(path, STR(".traceg"));
    if (!is_text && !str_ends(path, STR(".wst"))) {
        err_set(e, STATUS_USAGE, "-o must name the trace to write");
        err_expected(e, "-o FILE.wst, or -o FILE.traceg for one kernel");
        return STATUS_USAGE;
    }
    TRY(study_open_trace(s, c, e));
    enum status status = is_text ? to_text(s, &w, e) : to_container(s, &w, e);
    if (status == STATUS_OK)
        tell_written(&c->out, w.path, s->n_kernels);
    return status;
}

enum status run_trace_convert(struct cli *c, struct err *e)
{
    struct study s = {.c = c};
    enum status status = open_and_convert(&s, c, e);
    study_close(&s);
    return status;
}
