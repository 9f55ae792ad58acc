/*
 * inst_line.h: one instruction line of a text trace, word by word.
 *
 * This is the slow and complete reader: every line passes it the first time its text is seen, and
 * every error with its place comes from here. form.h recognises what was seen before.
 */
#ifndef WARPSCOPE_TRACE_INST_LINE_H
#define WARPSCOPE_TRACE_INST_LINE_H

#include "header.h"

enum inst_mode {
    INST_MODE_LIST = 0,
    INST_MODE_STRIDE = 1,
    INST_MODE_DELTAS = 2,
    INST_MODE_TMA_LIST = 3,
    INST_MODE_TMA_DELTAS = 4,
    INST_MODES = 5,
};

struct inst_line {
    uint64_t pc;
    uint32_t mask, source_line;
    uint8_t n_dst, n_src, dst; /* general registers only */
    uint8_t src[SASS_MAX_SRC];
    str opcode;
    int64_t immediate;

    uint8_t width_b; /* 0: no addresses */
    uint8_t mode;    /* enum inst_mode */
    uint64_t base;
    int64_t stride;
    unsigned n_addresses; /* described by base and delta, at most 32 */
    int64_t delta[SASS_WARP_LANES];

    const char *pc_at, *mask_at; /* first bytes of these words */
    const char *mode_at;         /* of the address part, NULL = none */
    const char *value_at;        /* behind "Val": register values, not kept; NULL = none */
    bool is_marker;              /* REPLAY_START, REPLAY_END */
    bool is_tma;
    bool lacks_delta;  /* the last delta is missing */
    bool lost_regs;    /* more source registers than are kept */
    bool lost_address; /* a TMA list longer than a warp */
};

/* What a line in front of the PC names. */
struct inst_ids {
    uint32_t cta[3];
    uint32_t warp;
};

/*
 * Words in front of the PC as this line has them, in place of what the header leads to expect: a
 * tracer built with core numbers writes two more, some grouped files repeat the ids.
 */
void inst_fit_layout(struct line_layout *layout, const char *line, bool is_grouped);

/* Reads the ids at *p, which moves to the source line number or PC. n_ids may be 0. */
enum status inst_read_ids(const struct lines *l, const struct line_layout *layout, const char **p,
                          struct inst_ids *ids, struct err *e) MUST_USE;

/* Reads from the source line number or PC to the end of the line. */
enum status inst_read(const struct lines *l, const struct line_layout *layout, const char *p,
                      struct inst_line *out, struct err *e) MUST_USE;

/* Letters, digits, dots and underlines, a capital first; at most 255. */
bool inst_is_opcode(str text);

/*
 * The part behind a base address: stride or deltas, then the immediate. For lines of known text
 * with new addresses. False: not of the plain kind, let inst_read decide.
 */
bool inst_read_rest(const struct line_layout *layout, const char **p, unsigned mode,
                    unsigned n_active, struct inst_line *out);

#endif
