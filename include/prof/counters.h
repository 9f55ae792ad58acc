/*
 * counters.h: what Nsight Compute measured of kernels, from any of its CSV exports, or from the
 * compact file that counters_write makes of them.
 *
 * A kernel has values of metrics, known to counter.def or not, in canonical units (B, ns, cy, Hz,
 * %, inst; "Kbyte" and "usecond" are converted exactly), and, where a source page was read, columns
 * of numbers for its instructions. What the profiler could not measure (n/a, nan) is absent.
 * Everything lies in one immutable block, so threads share it without locks until counters_close.
 */
#ifndef WARPSCOPE_PROF_COUNTERS_H
#define WARPSCOPE_PROF_COUNTERS_H

#include "base/err.h"
#include "base/text.h"
#include "base/tick.h"
#include "prof/counter.h"

enum { COUNTERS_NO_ID = UINT32_MAX };

struct counters_metric {
    const char *name;   /* Nsight Compute's */
    const char *unit;   /* canonical, "" = none */
    enum counter known; /* COUNTER_N = not in the table */
    bool is_alias;      /* another name of `known` */
};

struct counters_value {
    uint32_t metric;  /* index into metrics[] */
    double number;    /* NAN for a text */
    const char *text; /* NULL for a number */
};

/* A kernel as it ran once. Columns are parallel arrays. */
struct counters_code {
    uint32_t n;              /* instructions, 0 = no source page */
    const uint64_t *pc_b;    /* address, counted from the first instruction */
    const char *const *sass; /* addresses in it are counted likewise; one blank between words */
    const double *column[CODE_N]; /* NULL = not in the file; NAN = not of this instruction */
};

struct counters_kernel {
    const char *source; /* base name of the file that the profiler wrote */
    uint32_t id;        /* number of the launch in the report, COUNTERS_NO_ID = not recorded */
    uint64_t process;   /* 0 = not recorded */
    const char *name;
    uint32_t grid[3], block[3];   /* 0 = not recorded; counters_n_ctas may still know the product */
    const char *context, *stream; /* "" = not recorded */
    const char *device;           /* "NVIDIA H200", "" = not recorded */
    uint32_t cc_x10;              /* compute capability 9.0 is 90; 0 = not recorded */
    const struct counters_value *values; /* by metric, ascending */
    uint32_t n_values;
    struct counters_code code;
};

struct counters {
    const struct counters_kernel *kernels; /* by file, then in file order */
    uint32_t n_kernels;
    const struct counters_metric
        *metrics; /* known ones in the order of enum counter, then by name */
    uint32_t n_metrics;
    const char *const *warnings; /* for people */
    uint32_t n_warnings;
};

struct counters_options {
    bool keep_going;         /* take what is whole of a file that is cut short */
    const struct tick *tick; /* bytes of each file; NULL = nobody watches */
};

/*
 * Reads raw pages, details pages, source pages and compact files, packed or not. Instructions of a
 * source page join the kernel with the same name, and number where there is one, of another file:
 * the k-th launch of a name is the k-th of that name there. A kernel that a source page has twice
 * in a row, equal in every field, is one. `o` may be NULL. STATUS_INPUT says what a file that is
 * none of these seems to be, and where one is broken.
 */
enum status counters_open(struct counters **out, const char *const *paths, size_t n,
                          const struct counters_options *o, struct err *e) MUST_USE;
/* Reads one file from memory (tests, fuzzing); `name` appears in errors. */
enum status counters_open_memory(struct counters **out, str bytes, const char *name,
                                 const struct counters_options *o, struct err *e) MUST_USE;
void counters_close(struct counters *c);

/* NAN where the kernel does not have it, or only as a text. */
double counters_get(const struct counters *c, const struct counters_kernel *k, enum counter which);
/* NULL where it is absent or a number. */
const char *counters_get_text(const struct counters *c, const struct counters_kernel *k,
                              enum counter which);

/*
 * Quantities that several metrics tell, by the best that is there; NAN where none is.
 *   cycles     of the SM or GPC that counted most, else in the mean
 *   time_ns    duration, else cycles in the mean / clock
 *   clock_hz   of the SMs, else of the GPCs, else cycles in the mean / duration
 *   dram_b     bytes, else read + written; dram_b_per_s: the rate, else bytes / time
 *   l2_b       bytes, else sectors of 32 B
 *   stall      cycles of a warp for each instruction issued; share: of the sum of all reasons
 */
double counters_cycles(const struct counters *c, const struct counters_kernel *k);
double counters_time_ns(const struct counters *c, const struct counters_kernel *k);
double counters_clock_hz(const struct counters *c, const struct counters_kernel *k);
double counters_dram_b(const struct counters *c, const struct counters_kernel *k);
double counters_dram_b_per_s(const struct counters *c, const struct counters_kernel *k);
double counters_l2_b(const struct counters *c, const struct counters_kernel *k);
double counters_n_ctas(const struct counters *c, const struct counters_kernel *k);
double counters_n_threads(const struct counters *c, const struct counters_kernel *k); /* of a CTA */
double counters_stall(const struct counters *c, const struct counters_kernel *k, enum stall s);
double counters_stall_share(const struct counters *c, const struct counters_kernel *k,
                            enum stall s);
/* The largest reason but `selected`, which is no loss; STALL_N when none was recorded. */
enum stall counters_top_stall(const struct counters *c, const struct counters_kernel *k);

/* The sum of a column over the instructions; NAN without it. */
double counters_code_sum(const struct counters_kernel *k, enum code column);

struct counters_write_options {
    bool has_all; /* metrics that are not known as well */
};
/*
 * The compact file: CSV with a row a kernel and a row an instruction, by source and number of the
 * launch. counters_open gives equal numbers back. The text of instructions stands there once for
 * all launches that run it; columns of stall reasons that are 0 throughout a kernel are left out
 * and read as absent.
 */
void counters_write(struct text *out, const struct counters *c,
                    const struct counters_write_options *o);

#endif
