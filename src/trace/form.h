/*
 * form.h: instruction lines whose text was seen before, recognised by comparing bytes.
 *
 * A trace repeats a few thousand lines millions of times; only masks and addresses differ. A form
 * is the text of one static instruction with the mask's digits left open:
 *
 *     plain   "0120 ........ 1 R7 IMAD 2 R7 R2 0 0 \n"          the whole line
 *     memory  "0600 ........ 0 LDGSTS.E.128 2 R4 R12 16 "       up to the address mode
 *
 * The form of the next line is guessed from the form before it in the same warp, so most lines
 * cost one comparison. What follows the base address of a memory form is compared with the texts
 * last seen there, each of which stands for an interned pattern.
 *
 * One PC may have several forms: PCs are offsets within a function, and a trace does not say which.
 */
#ifndef WARPSCOPE_TRACE_FORM_H
#define WARPSCOPE_TRACE_FORM_H

#include "builder.h"
#include "inst_line.h"

enum {
    FORM_BLOCK_B = 32,
    FORM_MAX_B = 256, /* longer texts are read word by word each time */
    FORM_RECENT = 4,
    FORM_MAX = 100000, /* of a kernel; others are read word by word */
};

enum form_kind { FORM_PLAIN, FORM_OPEN_END, FORM_MEMORY };

/* The text behind a base address and what it means. */
struct form_rest {
    char *text; /* with the line feed */
    uint32_t n, cap;
    uint32_t key; /* mode and number of active lanes */
    uint32_t pattern;
};

struct form {
    const uint64_t *text, *fixed; /* blocks; bits not set in `fixed` do not count */
    uint16_t n;                   /* bytes of text */
    uint8_t n_blocks;
    uint8_t mask_at;
    uint8_t kind;
    uint8_t n_recent;
    bool is_ldgsts;
    uint32_t code;
    uint32_t next;  /* form that followed last time, INDEX_NONE at first */
    uint32_t other; /* next form of the same PC, INDEX_NONE at the end */
    uint64_t pc;
    int64_t immediate; /* memory forms: compared when the rest is read anew */
    struct form_rest recent[FORM_RECENT];
};

/* clang-format off */
struct vec_form { VEC(struct form); };
/* clang-format on */

struct forms {
    struct build *b;
    const struct line_layout *layout;
    struct vec_form forms;
    struct arena text;
    struct index by_pc;
    uint32_t entry;     /* form of the last warp's first line */
    uint64_t mask_text; /* the last mask's digits */
    uint32_t mask;
};

/* One instruction, ready to be stored. */
struct form_hit {
    uint32_t form; /* INDEX_NONE: read word by word */
    uint32_t code, mask;
    uint64_t base;
    uint32_t pattern;
    uint8_t mode;
    bool has_access, is_ldgsts;
};

void forms_init(struct forms *f, struct build *b, const struct line_layout *layout);
void forms_done(struct forms *f);

/*
 * Recognises the line at `p`, which begins with the source line number or PC; `last` is the form
 * before it, INDEX_NONE at the first line of a warp. Returns the beginning of the next line, or
 * NULL when inst_read must look. Bytes up to LINES_PAD behind `end` are readable.
 */
const char *forms_match(struct forms *f, uint32_t last, const char *p, const char *end,
                        struct form_hit *hit);

/* Makes or finds the form of a line that inst_read accepted, and stores its pattern. */
void forms_learn(struct forms *f, uint32_t last, const char *p, const struct inst_line *in,
                 struct form_hit *hit);

#endif
