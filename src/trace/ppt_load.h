/*
 * ppt_load.h: the state of loading one kernel of a PPT-GPU folder; private to src/trace.
 */
#ifndef WARPSCOPE_TRACE_PPT_LOAD_H
#define WARPSCOPE_TRACE_PPT_LOAD_H

#include "builder.h"
#include "lines.h"
#include "trace/ppt.h"

enum { PPT_SUB_CORES = 4 };

/* A distinct instruction text. */
struct ppt_code {
    str text;
    struct sass_inst in;
    uint32_t id;     /* in the builder */
    bool has_record; /* the memory trace has a record of each execution */
};

/* One executed instruction, in the order of the file. */
struct ppt_step {
    uint64_t base;
    uint32_t code, pattern;
    uint8_t warp, lanes; /* lanes: addresses of its record */
};

/* clang-format off */
struct vec_ppt_code { VEC(struct ppt_code); };
struct vec_ppt_step { VEC(struct ppt_step); };
/* clang-format on */

struct ppt_load {
    const char *dir;
    const struct trace_header *h;
    const struct tick *tick;
    struct err *e;
    bool keep_going;
    size_t mem_limit_b;
    struct build *b;
    struct arena strings;
    struct vec_ppt_code codes;
    struct vec_ppt_step steps;
    struct vec_u32 accesses; /* steps that have a record */
    struct index by_text;
    uint32_t n_slots, cta; /* warp numbers below n_slots are possible */
    bool has_accesses;     /* base, pattern and lanes of the steps are set */
    uint64_t bad_lines, lost_regs, text_b;
};

static inline uint32_t ppt_lane_mask(uint32_t n)
{
    return n >= SASS_WARP_LANES ? UINT32_MAX : (UINT32_C(1) << n) - 1;
}

/*
 * Finds the CTA whose memory trace fits the instructions and stores its addresses in the steps.
 * Says in a warning what it took, or that none fits.
 */
enum status ppt_find_accesses(struct ppt_load *p) MUST_USE;

#endif
