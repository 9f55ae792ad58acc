/*
 * reader.h: what the two readers of trace text share: the state of a load, how an instruction line
 * is stored, and what becomes of lines that are not valid.
 */
#ifndef WARPSCOPE_TRACE_READER_H
#define WARPSCOPE_TRACE_READER_H

#include "form.h"

/* Events worth one sentence each when the kernel is loaded. */
struct reader_notes {
    uint64_t markers, lacking_deltas, pairs, lost_regs, lost_addresses;
    uint64_t problems, dropped_warps;
};

struct reader {
    struct lines l;
    struct trace_options options;
    struct trace_header h;
    struct line_layout layout;
    struct build *b;
    struct forms forms;
    struct reader_notes notes;
    size_t open_b;        /* memory of warps that are not finished */
    struct err *e;        /* where the load's error goes */
    bool layout_is_known; /* the first instruction line was looked at */
};

/* One warp while its lines are read. */
struct warp_state {
    struct warp_buf buf;
    uint32_t form;      /* of the line before, INDEX_NONE at the beginning */
    uint32_t half_code; /* LDGSTS waiting for its second line */
    uint32_t half_mask;
    bool has_half;
    uint64_t lines, markers;
    uint64_t modes[INST_MODES];
};

void warp_state_start(struct warp_state *w);
void warp_state_free(struct warp_state *w);

/*
 * Reads the instruction at `p` (behind CTA and warp ids) and stores it in `w`. *next is the line
 * behind it; *code INDEX_NONE for a marker.
 */
enum status reader_take_line(struct reader *r, struct warp_state *w, const char *p,
                             const char **next, struct form_hit *hit, struct err *e) MUST_USE;

/* Hands a whole warp to the builder and empties `w`. */
void reader_end_warp(struct reader *r, struct warp_state *w, uint32_t cta, uint32_t id);

/* Passes a bad line on, or notes it and returns STATUS_OK when loading goes on regardless. */
enum status reader_problem(struct reader *r, const struct err *problem) MUST_USE;

/* The next block, with the memory limit checked; a damaged packing ends the text when keep_going.
 */
enum status reader_fill(struct reader *r, bool *more) MUST_USE;

enum status grouped_read(struct reader *r) MUST_USE;
enum status raw_read(struct reader *r) MUST_USE;

/* Loads a kernel from text at the beginning of `l`, which is closed. `file` goes to the header. */
enum status text_load(struct lines *l, const char *file, const struct trace_options *o,
                      const struct trace_kernel **out, struct err *e) MUST_USE;

#endif
