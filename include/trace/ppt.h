/*
 * ppt.h: reads a PPT-GPU folder; used by trace_open and by tests alone.
 *
 *     app_config.py                      kernel_k = {...} for each launch, app_kernels_id = [...]
 *     sass_traces/kernel_k.sass          "warp OPCODE registers ...", one CTA, as executed
 *     memory_traces/kernel_k_block_b.mem "=====" and "OPCODE 0xaddress ..." for each access
 *
 * The format has no PCs, masks, immediates, block dimensions or instruction set, and does not say
 * which CTA the instructions are of. The loaded kernel's warnings name what was made up for each.
 */
#ifndef WARPSCOPE_TRACE_PPT_H
#define WARPSCOPE_TRACE_PPT_H

#include "trace/trace.h"

enum { PPT_MAX_OPCODE_B = 128 };

struct ppt_list {
    struct trace_header *headers;
    uint32_t n;
    const char **warnings;
    uint32_t n_warnings;
};

/* Whether `dir` has app_config.py and sass_traces. */
bool ppt_probe(const char *dir);

/* The kernels of the application in launch order; all of `out` lies in `a`. */
enum status ppt_list(struct arena *a, const char *dir, struct ppt_list *out,
                     struct err *e) MUST_USE;

/* The body of a kernel that ppt_list gave. The caller owns one reference. */
enum status ppt_load(const struct trace_header *h, const struct trace_options *o,
                     const struct tick *tick, const struct trace_kernel **out,
                     struct err *e) MUST_USE;

/* ---- the parsers ---- */

/* Headers of the kernels that `text` lists, without file and isa; `path` appears in errors. */
enum status ppt_parse_config(struct arena *a, str text, const char *path, struct ppt_list *out,
                             struct err *e) MUST_USE;

struct ppt_inst {
    uint32_t warp;
    str text; /* of the line from the opcode on */
    str opcode;
    uint8_t n_reg;      /* general registers in the order listed, at most SASS_MAX_SRC + 1 */
    bool begins_with_r; /* the first operand is a general register */
    bool lost_regs;     /* more registers than are kept */
    uint8_t reg[SASS_MAX_SRC + 1];
};

struct ppt_access {
    str opcode;
    uint32_t n; /* active lanes */
    uint64_t address[SASS_WARP_LANES];
};

/* One line, blanks at its ends ignored; `path` and `number` (1-based) appear in errors. */
enum status ppt_parse_inst(str line, const char *path, unsigned number, struct ppt_inst *out,
                           struct err *e) MUST_USE;
enum status ppt_parse_access(str line, const char *path, unsigned number, struct ppt_access *out,
                             struct err *e) MUST_USE;

#endif
