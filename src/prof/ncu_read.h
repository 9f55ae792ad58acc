/*
 * ncu_read.h: the CSV exports of Nsight Compute, a row at a time.
 *
 * Each page has a heading, rows that belong to it, and may be followed by another: of the next
 * kernel, or of a further run in the same file. A page takes its heading, then its rows.
 */
#ifndef WARPSCOPE_NCU_READ_H
#define WARPSCOPE_NCU_READ_H

#include "base/csv.h"
#include "base/index.h"
#include "counters_build.h"

enum { NCU_NONE = UINT32_MAX }; /* no such column */

enum ncu_column {
    NCU_ID,
    NCU_PROCESS,
    NCU_PROCESS_NAME,
    NCU_HOST,
    NCU_KERNEL,
    NCU_TIME,
    NCU_CONTEXT,
    NCU_STREAM,
    NCU_BLOCK,
    NCU_GRID,
    NCU_DEVICE,
    NCU_CC,
    NCU_METRIC,
    NCU_UNIT,
    NCU_VALUE,
    NCU_ADDRESS,
    NCU_SOURCE,
    NCU_N_COLUMNS
};

struct ncu_metric_column {
    uint32_t metric; /* NCU_NONE: says who the kernel is, or nothing */
    const char *name;
    struct ncu_unit unit;
};

/* Some versions write each kernel of a source page twice in a row. */
struct ncu_repeats {
    struct ncu_rows {
        VEC(uint64_t); /* hashes of the rows */
    } before, now;     /* of the last kernel that was kept, of the one that is read */
    bool is_open;      /* there is a kernel that is read */
    bool may_repeat;   /* the last one that was kept may come again */
    uint32_t n;
};

/* Listings of a compact file, which launches of one kernel share. */
struct ncu_listings {
    struct ncu_lines {
        VEC(struct ncu_line {
            uint64_t pc_b;
            const char *sass;
        });
    } lines;
    struct ncu_starts {
        VEC(size_t);
    } starts;
    size_t next, end;     /* lines of the kernel that have no counts yet */
    bool is_new;          /* its listing may still grow */
    double fixed[CODE_N]; /* what is equal for all of its instructions */
};

struct ncu_reader {
    struct counters_build *b;
    struct csv *csv;
    const char *path, *source;
    struct stream *stream;
    struct counters_options options;

    uint32_t column[NCU_N_COLUMNS]; /* of the page's heading */
    uint32_t n_columns;

    struct ncu_metric_column *wide; /* of a wide page, n_columns of them */
    bool has_units;

    uint32_t first_kernel;  /* of a long page */
    struct index kernel_of; /* kernels of the long pages so far */

    enum code *code; /* of a source page, by column; CODE_N = none */
    bool is_in_keys, is_hex, has_kernel, lacks_gmma;
    struct counters_build_inst *first; /* instruction of the kernel */
    uint64_t first_decimal, n_insts;
    struct text sass; /* of the instruction */
    struct ncu_repeats repeats;

    struct ncu_listings listings; /* of a compact file */
    size_t n_columns_varying;     /* fields of a row of counts */
};

/* Whether a row is the heading of a page, and of which. */
enum ncu_page { NCU_NO_PAGE, NCU_WIDE, NCU_LONG, NCU_SOURCE_PAGE, NCU_COMPACT };
enum ncu_page ncu_heading(const struct csv_row *row);
/* "Kernel Name","...", which stands above the heading of a source page. */
bool ncu_is_key(const struct csv_row *row);

/* The heading of a page; source pages and compact files have key rows before, which are none. */
enum status ncu_wide_begin(struct ncu_reader *r, const struct csv_row *row, struct err *e) MUST_USE;
enum status ncu_long_begin(struct ncu_reader *r, const struct csv_row *row, struct err *e) MUST_USE;
enum status ncu_source_begin(struct ncu_reader *r, const struct csv_row *row,
                             struct err *e) MUST_USE;
/* A row below it; of source pages also "Kernel Name","..." above it. */
enum status ncu_wide_row(struct ncu_reader *r, const struct csv_row *row, struct err *e) MUST_USE;
enum status ncu_long_row(struct ncu_reader *r, const struct csv_row *row, struct err *e) MUST_USE;
enum status ncu_source_row(struct ncu_reader *r, const struct csv_row *row, struct err *e) MUST_USE;
/* Ends the kernel of a source page, if there is one, and drops it where it repeats the one before;
 * `is_cut`: the file ends within it. */
void ncu_source_end(struct ncu_reader *r, bool is_cut);
/* A row of the compact file (counters_file.c), from "counters" on. */
enum status ncu_compact_row(struct ncu_reader *r, const struct csv_row *row,
                            struct err *e) MUST_USE;

/* What the pages share (ncu_read.c). */

/* Finds the named columns of a heading. */
void ncu_find_columns(struct ncu_reader *r, const struct csv_row *row);
/* Whether a title is one of them. */
bool ncu_is_named(str title);
/* The field of a named column, empty where there is none. */
str ncu_field(const struct ncu_reader *r, const struct csv_row *row, enum ncu_column c);
/* One thing of a kernel as it stands in column `c` or in a key row of that title. */
void ncu_set(struct ncu_reader *r, struct counters_kernel *k, enum ncu_column c, str text);
/* A kernel with what the row says of it. */
enum status ncu_new_kernel(struct ncu_reader *r, const struct csv_row *row,
                           struct counters_kernel **out, struct err *e) MUST_USE;
enum ncu_column ncu_column_of(str title); /* NCU_N_COLUMNS = none */

/* STATUS_INPUT at the row, with what was expected. */
enum status ncu_fail(const struct ncu_reader *r, const struct csv_row *row, struct err *e,
                     const char *fmt, ...) PRINTF_LIKE(4, 5);

#endif
