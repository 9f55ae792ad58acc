/*
 * profile.h: one run of a program as a profiler recorded it, whatever the profiler.
 *
 * A profile holds what the GPU did (kernels, copies, fills), the runtime and driver calls that
 * asked for it, the operators of the framework around the calls, and ranges that name parts of the
 * run (modules, steps, annotations). Times are integer nanoseconds on the profiler's clock; those
 * of several files are brought to one clock. Everything lies in file order in one immutable block,
 * so threads share a profile without locks.
 *
 *     op     |------aten::linear------|              lane: thread 25286 of process 25286
 *     call     |-cudaLaunchKernel-|                  correlation 682764
 *     work              |....gap....|==sm90_gemm==|  lane: stream 7 of device 0, correlation 682764
 */
#ifndef WARPSCOPE_PROF_PROFILE_H
#define WARPSCOPE_PROF_PROFILE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/tick.h"

enum { PROFILE_NONE = UINT32_MAX };

enum profile_kind {
    PROFILE_KERNEL, /* in works[] */
    PROFILE_MEMCPY,
    PROFILE_MEMSET,
    PROFILE_CALL,   /* in calls[]: a call into the runtime or the driver */
    PROFILE_OP,     /* in ops[]: an operator of the framework */
    PROFILE_MODULE, /* in ranges[]: forward of an nn.Module, as "Linear_3" */
    PROFILE_STEP,   /* "ProfilerStep#6" */
    PROFILE_NOTE,   /* any other annotation */
};

struct profile_span {
    int64_t start_ns, dur_ns; /* dur_ns >= 0 */
    uint64_t correlation;     /* same for a call and its works; 0 = none */
    uint64_t external;        /* what the profiler calls "External id"; 0 = none */
    uint32_t name;            /* index into names[] */
    uint32_t lane;            /* index into lanes[] */
    uint32_t shape;           /* kernels: index into shapes[], PROFILE_NONE = not recorded */
    uint8_t kind;             /* enum profile_kind */
    bool is_driver;           /* a call into the driver */
    bool is_graph_node;       /* a kernel that the profiler itself names as part of a graph */
};

static inline int64_t profile_end_ns(const struct profile_span *s)
{
    return s->start_ns + s->dur_ns;
}

/* A thread of a process, or a stream of a device. */
struct profile_lane {
    uint32_t file; /* index into files[] */
    bool is_device;
    int64_t process;   /* as recorded; device lanes: -1 where the profiler does not say */
    int64_t thread;    /* thread or stream number; for one that is named only, a negative number */
    uint32_t device;   /* device lanes */
    const char *label; /* "stream 7", "thread 25286", a thread's name */
};

struct profile_shape {
    uint32_t grid[3], block[3];
    uint32_t n_regs, shmem_b; /* 0 = not recorded, or none */
};

struct profile_device {
    uint32_t file, id;
    const char *name;       /* "" = not recorded */
    uint32_t n_sms, cc_x10; /* compute capability 9.0 is 90; 0 = not recorded */
};

/* How many events of each kind the profiler wrote, also of those that are not kept. */
struct profile_category {
    const char *name; /* as written: "kernel", "ac2g"; "" = none */
    char phase;       /* Chrome's: X complete, M metadata, i instant, s and f flow; 'X' elsewhere */
    uint64_t n;
};

enum profile_format { PROFILE_KINETO, PROFILE_NSYS };

struct profile_file {
    const char *path;
    enum profile_format format;
    const char *producer; /* "PyTorch profiler, schema 1", "Nsight Systems 2026.2.1" */
    int32_t rank;         /* of a distributed run, -1 = not recorded */
    int32_t world_size;   /* -1 = not recorded */
    uint64_t size_b;      /* of the file as it lies on the disk */
    int64_t shift_ns;     /* was added to its times to bring all files to one clock */
    uint64_t n_events;    /* in all, kept or not */
    const struct profile_category *categories; /* in order of first sight */
    uint32_t n_categories;
};

struct profile {
    const struct profile_file *files;
    uint32_t n_files;
    const struct profile_span *works, *calls, *ops, *ranges; /* by file, then in file order */
    uint32_t n_works, n_calls, n_ops, n_ranges;
    uint32_t n_kernels; /* of works[] */
    const struct profile_lane *lanes;
    uint32_t n_lanes;
    const struct profile_shape *shapes;
    uint32_t n_shapes;
    const struct profile_device *devices;
    uint32_t n_devices;
    const char *const *names;
    uint32_t n_names;
    const char *const *warnings; /* for people: "the file ends within event 812" */
    uint32_t n_warnings;
};

struct profile_options {
    bool keep_going; /* take what is whole of a file that is cut short */
};

/*
 * Reads a PyTorch profiler trace (JSON, packed or not) or an Nsight Systems SQLite export; several
 * files are the ranks of one run. `o` may be NULL. Ticks count bytes of all files. STATUS_INPUT
 * says what a file that is neither seems to be.
 */
enum status profile_open(struct profile **out, const char *const *paths, size_t n,
                         const struct profile_options *o, const struct tick *tick,
                         struct err *e) MUST_USE;
/* Reads one PyTorch trace from memory (tests, fuzzing); `name` appears in errors. */
enum status profile_open_memory(struct profile **out, str bytes, const char *name,
                                const struct profile_options *o, struct err *e) MUST_USE;
/* Counts users; thread safe. A profile starts with one. */
struct profile *profile_retain(struct profile *p);
void profile_release(struct profile *p);

/* Whether the first bytes of a file look like something that profile_open reads: a database, or
 * JSON that names what a profiler writes. False also where it cannot be read. */
bool profile_seems(const char *path);

size_t profile_memory_b(const struct profile *p);
/* Events of one category and phase over all files. */
uint64_t profile_category_n(const struct profile *p, const char *name, char phase);

#endif
