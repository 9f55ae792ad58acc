/* A database of any bytes must be read or refused; what was read must hold together. */
#include <stdio.h>
#include <unistd.h>

#include "base/os.h"
#include "prof/nsys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* In memory where the machine has such a folder: SQLite reads files only. */
static const char *path_get(void)
{
    static char path[64];
    snprintf(path, sizeof path, "%s/warpscope-fuzz-%ld.sqlite",
             os_is_dir("/dev/shm") ? "/dev/shm" : "/tmp", (long)getpid());
    return path;
}

/* Damaged pages can make rows without end: a fuzzer has no patience. */
static bool report(void *arg, uint64_t done, uint64_t total)
{
    unsigned *calls = arg;
    ASSERT(done <= total);
    return ++*calls < 2000;
}

static void check_spans(const struct profile *p, const struct profile_span *spans, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct profile_span *s = &spans[i];
        int64_t end_ns;
        ASSERT(s->name < p->n_names && s->lane < p->n_lanes && s->dur_ns >= 0);
        ASSERT(s->shape == PROFILE_NONE || s->shape < p->n_shapes);
        ASSERT(!__builtin_add_overflow(s->start_ns, s->dur_ns, &end_ns));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const char *path = path_get();
    unsigned calls = 0;
    const struct tick tick = {report, &calls};
    struct err e = {0};
    ASSERT(os_write_file(path, (str){(const char *)data, n}, NULL) == STATUS_OK);
    struct record *r = record_make();
    enum status s = nsys_read(r, path, &tick, &e);
    unlink(path);
    if (s != STATUS_OK) {
        ASSERT(e.status == s && e.message[0] != '\0');
        record_drop(r);
        return 0;
    }
    struct profile *p = record_finish(r);
    check_spans(p, p->works, p->n_works);
    check_spans(p, p->calls, p->n_calls);
    check_spans(p, p->ops, p->n_ops);
    check_spans(p, p->ranges, p->n_ranges);
    profile_release(p);
    return 0;
}
