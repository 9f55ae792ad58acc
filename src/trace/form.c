#include "form.h"

#include <string.h>

void forms_init(struct forms *f, struct build *b, const struct line_layout *layout)
{
    *f = (struct forms){.b = b, .layout = layout, .entry = INDEX_NONE};
    VEC_INIT(&f->forms, ARENA_SMALL);
    arena_init(&f->text, ARENA_SMALL);
    index_init(&f->by_pc);
}

void forms_done(struct forms *f)
{
    VEC_DONE(&f->forms);
    arena_done(&f->text);
    index_done(&f->by_pc);
}

/* ---- comparing ---- */

static inline bool same_text(const struct form *form, const char *p)
{
    const uint64_t *text = form->text, *fixed = form->fixed;
    for (unsigned i = 0; i < form->n_blocks; i++, p += FORM_BLOCK_B, text += 4, fixed += 4) {
        uint64_t x[4];
        memcpy(x, p, sizeof x);
        uint64_t differ = ((x[0] ^ text[0]) & fixed[0]) | ((x[1] ^ text[1]) & fixed[1]) |
                          ((x[2] ^ text[2]) & fixed[2]) | ((x[3] ^ text[3]) & fixed[3]);
        if (differ != 0)
            return false;
    }
    return true;
}

/* The value of a lower or upper case hex digit; 255 for other bytes. */
static inline unsigned hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 255;
}

static bool read_mask(struct forms *f, const char *p, uint64_t digits)
{
    uint32_t mask = 0;
    for (unsigned i = 0; i < 8; i++) {
        unsigned d = hex_digit(p[i]);
        if (d > 15)
            return false;
        mask = mask << 4 | d;
    }
    f->mask_text = digits;
    f->mask = mask;
    return true;
}

static inline bool match_mask(struct forms *f, const char *p)
{
    uint64_t digits;
    memcpy(&digits, p, sizeof digits);
    return LIKELY(digits == f->mask_text) || read_mask(f, p, digits);
}

/* Digits of an address behind "0x"; NULL unless 1 to 16 of them are followed by a word's end. */
static inline const char *read_hex(const char *p, uint64_t *out)
{
    const char *first = p;
    uint64_t v = 0;
    for (unsigned d; (d = hex_digit(*p)) <= 15; p++)
        v = v << 4 | d;
    *out = v;
    return p > first && p - first <= 16 ? p : NULL;
}

/* Texts behind a base mean the same only for the same mode and number of active lanes. */
static inline uint32_t rest_key(unsigned mode, uint32_t mask)
{
    unsigned lanes = mode == INST_MODE_STRIDE ? mask != 0 : (unsigned)__builtin_popcount(mask);
    return mode << 8 | lanes;
}

/* ---- patterns ---- */

static uint32_t make_pattern(struct build *b, unsigned mode, uint32_t mask,
                             const struct inst_line *in)
{
    if (mask == 0 || (mode != INST_MODE_STRIDE && in->n_addresses == 0))
        return build_pattern_none(b);
    if (mode == INST_MODE_STRIDE)
        return build_pattern_stride(b, in->stride, 0);
    return build_pattern_deltas(b, in->delta, in->n_addresses);
}

/* Keeps the text at the head of the form's recent ones, in the place of the oldest. */
static void remember_rest(struct forms *f, struct form *form, str text, uint32_t key,
                          uint32_t pattern)
{
    enum { MAX_TEXT = 1024, STEP = 128 };
    if (text.n > MAX_TEXT)
        return;
    struct form_rest rest = {0};
    if (form->n_recent == FORM_RECENT)
        rest = form->recent[FORM_RECENT - 1];
    else
        form->n_recent++;
    if (rest.text == NULL || rest.cap < text.n) {
        rest.cap = (uint32_t)(text.n + STEP - 1) / STEP * STEP;
        rest.text = ARENA_ARRAY(&f->text, char, rest.cap);
    }
    memcpy(rest.text, text.p, text.n);
    rest.n = (uint32_t)text.n;
    rest.key = key;
    rest.pattern = pattern;
    memmove(&form->recent[1], &form->recent[0], (form->n_recent - 1u) * sizeof rest);
    form->recent[0] = rest;
}

static const char *match_recent(struct form *form, uint32_t key, const char *p, const char *end,
                                struct form_hit *hit)
{
    for (unsigned i = 0; i < form->n_recent; i++) {
        struct form_rest r = form->recent[i];
        if (r.key != key || r.n > (size_t)(end - p) || memcmp(r.text, p, r.n) != 0)
            continue;
        if (i > 0) {
            memmove(&form->recent[1], &form->recent[0], i * sizeof r);
            form->recent[0] = r;
        }
        hit->pattern = r.pattern;
        return p + r.n;
    }
    return NULL;
}

/* New numbers behind the base of a known text. */
static const char *read_rest(struct forms *f, struct form *form, unsigned mode, uint32_t key,
                             const char *p, struct form_hit *hit)
{
    struct inst_line in;
    const char *next = p;
    unsigned n_active = (unsigned)__builtin_popcount(hit->mask);
    if (!inst_read_rest(f->layout, &next, mode, n_active, &in) || in.immediate != form->immediate)
        return NULL;
    hit->pattern = make_pattern(f->b, mode, hit->mask, &in);
    remember_rest(f, form, (str){p, (size_t)(next - p)}, key, hit->pattern);
    return next;
}

static const char *match_access(struct forms *f, struct form *form, const char *p, const char *end,
                                struct form_hit *hit)
{
    if ((p[0] != '1' && p[0] != '2') || p[1] != ' ' || p[2] != '0' || p[3] != 'x')
        return NULL;
    unsigned mode = (unsigned)(p[0] - '0');
    p = read_hex(p + 4, &hit->base);
    if (p == NULL)
        return NULL;
    uint32_t key = rest_key(mode, hit->mask);
    hit->mode = (uint8_t)mode;
    const char *next = match_recent(form, key, p, end, hit);
    return LIKELY(next != NULL) ? next : read_rest(f, form, mode, key, p, hit);
}

/* ---- matching ---- */

static inline const char *match_form(struct forms *f, uint32_t id, const char *p, const char *end,
                                     struct form_hit *hit)
{
    struct form *form = &f->forms.at[id];
    if (!same_text(form, p) || !match_mask(f, p + form->mask_at))
        return NULL;
    hit->form = id;
    hit->code = form->code;
    hit->mask = f->mask;
    hit->has_access = false;
    hit->is_ldgsts = form->is_ldgsts;
    p += form->n;
    if (LIKELY(form->kind == FORM_PLAIN))
        return p;
    if (form->kind == FORM_MEMORY) {
        hit->has_access = true;
        return match_access(f, form, p, end, hit);
    }
    p = *p == ' ' || *p == '\n' ? memchr(p, '\n', (size_t)(end - p)) : NULL;
    return p != NULL ? p + 1 : NULL;
}

struct pc_key {
    const struct forms *f;
    uint64_t pc;
};

static bool pc_equal(const void *ctx, uint32_t id)
{
    const struct pc_key *key = ctx;
    return key->f->forms.at[id].pc == key->pc;
}

static uint32_t first_of_pc(const struct forms *f, uint64_t pc)
{
    return index_find(&f->by_pc, hash_u64(pc), pc_equal, &(struct pc_key){f, pc});
}

static bool read_pc(const struct forms *f, const char *p, uint64_t *pc)
{
    if (f->layout->has_line) {
        while (*p >= '0' && *p <= '9')
            p++;
        p += *p == ' ';
    }
    return read_hex(p, pc) != NULL;
}

static const char *match_by_pc(struct forms *f, const char *p, const char *end,
                               struct form_hit *hit)
{
    uint64_t pc;
    if (!read_pc(f, p, &pc))
        return NULL;
    for (uint32_t id = first_of_pc(f, pc); id != INDEX_NONE; id = f->forms.at[id].other) {
        const char *next = match_form(f, id, p, end, hit);
        if (next != NULL)
            return next;
    }
    return NULL;
}

static inline uint32_t *guess_after(struct forms *f, uint32_t last)
{
    return last == INDEX_NONE ? &f->entry : &f->forms.at[last].next;
}

const char *forms_match(struct forms *f, uint32_t last, const char *p, const char *end,
                        struct form_hit *hit)
{
    uint32_t *guess = guess_after(f, last);
    if (LIKELY(*guess != INDEX_NONE)) {
        const char *next = match_form(f, *guess, p, end, hit);
        if (LIKELY(next != NULL))
            return next;
    }
    const char *next = match_by_pc(f, p, end, hit);
    if (next != NULL)
        *guess = hit->form;
    return next;
}

/* ---- learning ---- */

static uint32_t make_code(struct build *b, const struct inst_line *in)
{
    char opcode[256];
    ASSERT(in->opcode.n < sizeof opcode);
    memcpy(opcode, in->opcode.p, in->opcode.n);
    opcode[in->opcode.n] = '\0';
    struct sass_inst inst = {.pc = in->pc,
                             .opcode = opcode,
                             .immediate = in->immediate,
                             .source_line = in->source_line,
                             .n_dst = in->n_dst,
                             .n_src = in->n_src,
                             .dst = in->dst,
                             .mem_width_b = in->width_b};
    memcpy(inst.src, in->src, sizeof inst.src);
    return build_code(b, &inst);
}

/* The part of the line that every execution repeats. */
static str fixed_text(const char *p, const struct inst_line *in)
{
    const char *end = in->mode_at != NULL ? in->mode_at : in->value_at;
    if (end == NULL)
        end = strchr(p, '\n') + 1;
    return (str){p, (size_t)(end - p)};
}

/* Blocks of the text and of the bits that count: not the mask nor what is behind the text. */
static void cut_blocks(struct forms *f, struct form *form, str text)
{
    enum { WORDS_A_BLOCK = FORM_BLOCK_B / 8 };
    size_t n = (size_t)form->n_blocks * WORDS_A_BLOCK;
    uint64_t *words = ARENA_ARRAY(&f->text, uint64_t, 2 * n);
    uint64_t *fixed = words + n;
    memcpy(words, text.p, text.n);
    memset(fixed, 0xff, text.n);
    memset((char *)fixed + form->mask_at, 0, 8);
    form->text = words;
    form->fixed = fixed;
}

static void add_form(struct forms *f, str text, const struct inst_line *in, uint32_t code)
{
    struct form form = {.n = (uint16_t)text.n,
                        .n_blocks = (uint8_t)((text.n + FORM_BLOCK_B - 1) / FORM_BLOCK_B),
                        .mask_at = (uint8_t)(in->mask_at - text.p),
                        .is_ldgsts = str_is(sass_base_name(in->opcode), "LDGSTS"),
                        .code = code,
                        .next = INDEX_NONE,
                        .other = INDEX_NONE,
                        .pc = in->pc,
                        .immediate = in->immediate};
    form.kind = in->mode_at != NULL    ? FORM_MEMORY
                : in->value_at != NULL ? FORM_OPEN_END
                                       : FORM_PLAIN;
    cut_blocks(f, &form, text);
    uint32_t id = (uint32_t)f->forms.n, first = first_of_pc(f, in->pc);
    if (first == INDEX_NONE) {
        index_put(&f->by_pc, hash_u64(in->pc), id);
    } else {
        form.other = f->forms.at[first].other;
        f->forms.at[first].other = id;
    }
    *VEC_PUSH(&f->forms) = form;
}

/* A form of the same text and code: its access was of a kind that only inst_read knows. */
static uint32_t find_form(const struct forms *f, const char *p, uint64_t pc, uint32_t code)
{
    uint32_t id = first_of_pc(f, pc);
    while (id != INDEX_NONE && (f->forms.at[id].code != code || !same_text(&f->forms.at[id], p)))
        id = f->forms.at[id].other;
    return id;
}

void forms_learn(struct forms *f, uint32_t last, const char *p, const struct inst_line *in,
                 struct form_hit *hit)
{
    *hit = (struct form_hit){.form = INDEX_NONE,
                             .code = make_code(f->b, in),
                             .mask = in->mask,
                             .base = in->base,
                             .mode = in->mode,
                             .has_access = in->width_b != 0,
                             .is_ldgsts = str_is(sass_base_name(in->opcode), "LDGSTS")};
    if (hit->has_access)
        hit->pattern = make_pattern(f->b, in->mode, in->mask, in);
    str text = fixed_text(p, in);
    if (in->is_tma || text.n > FORM_MAX_B)
        return;
    hit->form = find_form(f, p, in->pc, hit->code);
    if (hit->form == INDEX_NONE && f->forms.n == FORM_MAX)
        return;
    if (hit->form == INDEX_NONE) {
        hit->form = (uint32_t)f->forms.n;
        add_form(f, text, in, hit->code);
    }
    *guess_after(f, last) = hit->form;
}
