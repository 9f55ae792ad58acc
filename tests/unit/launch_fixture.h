/* Profiles made up in memory: events of a PyTorch trace, one a call. Times in microseconds. */
#ifndef LAUNCH_FIXTURE_H
#define LAUNCH_FIXTURE_H

#include "base/text.h"
#include "prof/launches.h"
#include "t.h"

struct made {
    struct text json;
    unsigned n;
};

static inline void made_begin(struct made *m)
{
    *m = (struct made){0};
    text_init(&m->json);
    text_puts(&m->json, "{\"traceEvents\":[");
}

static inline void made_event(struct made *m, const char *category, const char *name,
                              unsigned process, unsigned thread, double at_us, double dur_us,
                              const char *args)
{
    text_printf(&m->json,
                "%s{\"ph\":\"X\",\"cat\":\"%s\",\"name\":\"%s\",\"pid\":%u,\"tid\":%u,\"ts\":%.3f,"
                "\"dur\":%.3f,\"args\":{%s}}",
                m->n++ > 0 ? "," : "", category, name, process, thread, at_us, dur_us, args);
}

static inline void made_op(struct made *m, unsigned thread, const char *name, double at_us,
                           double dur_us)
{
    made_event(m, "cpu_op", name, 99, thread, at_us, dur_us, "");
}

static inline void made_call(struct made *m, unsigned thread, const char *name, unsigned number,
                             double at_us, double dur_us)
{
    char args[64];
    snprintf(args, sizeof args, "\"correlation\":%u", number);
    made_event(m, "cuda_runtime", name, 99, thread, at_us, dur_us, args);
}

static inline void made_work(struct made *m, const char *category, const char *name,
                             unsigned device, unsigned stream, unsigned number, double at_us,
                             double dur_us)
{
    char args[96];
    snprintf(args, sizeof args, "\"device\":%u,\"stream\":%u,\"correlation\":%u", device, stream,
             number);
    made_event(m, category, name, device, stream, at_us, dur_us, args);
}

static inline const struct launches *made_end(struct made *m)
{
    struct err e = {0};
    struct profile *p;
    const struct launches *l = NULL;
    text_puts(&m->json, "]}");
    if (profile_open_memory(&p, text_str(&m->json), "made", NULL, &e) == STATUS_OK) {
        if (launches_make(&l, p, NULL, NULL, &e) != STATUS_OK)
            l = NULL;
        profile_release(p);
    }
    CHECK_EQ_STR(e.message, "");
    text_done(&m->json);
    return l;
}

#endif
