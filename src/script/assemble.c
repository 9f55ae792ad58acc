/*
 * assemble.c: operands become what NVBit's tracer records: the first operand as destination
 * if it is a general register, every other general register as source (address registers too), the
 * last immediate, and the width by the first numeric part of the opcode.
 */
#include "script/assemble.h"

#include <ctype.h>

enum { MAX_OPERANDS = 12, MAX_LABELS = 256, PC_STEP_B = 16, NO_REGISTER = -1 };

struct label {
    str name;
    uint32_t index;
};

struct parser {
    struct arena *a;
    struct listing *l;
    unsigned isa, n_regs, line;
    struct label labels[MAX_LABELS];
    size_t n_labels;
    str *label_of; /* target of each branch, by instruction; resolved at the end */
    struct err *e;
};

static enum status fail(struct parser *p, const char *what, str found)
{
    err_set(p->e, STATUS_INPUT, "%s: '%.*s'", what, (int)found.n, found.p);
    err_at(p->e, NULL, p->line, 0);
    return STATUS_INPUT;
}

/* ---- words ---- */

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool is_word(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_word_char(s.p[i]))
            return false;
    return s.n > 0 && !isdigit((unsigned char)s.p[0]);
}

/* The number of "R12", "P3" or "RZ", "PT" behind `prefix`; NO_REGISTER for another word. */
static int register_number(str s, str prefix, char zero, int zero_number)
{
    uint64_t n;
    if (!str_starts(s, prefix))
        return NO_REGISTER;
    s.p += prefix.n;
    s.n -= prefix.n;
    size_t end = 0;
    while (end < s.n && is_word_char(s.p[end]))
        end++;
    s.n = end; /* ".64", ".reuse", ".H0_H0" say how it is read */
    if (s.n == 1 && s.p[0] == zero)
        return zero_number;
    return str_parse_u64(s, &n) && n < 255 && isdigit((unsigned char)s.p[0]) ? (int)n : NO_REGISTER;
}

static int general_register(str s)
{
    return register_number(s, STR("R"), 'Z', SASS_RZ);
}

/* P0..P6, PT; uniform ones behind them. */
static int predicate_number(str s)
{
    int n = register_number(s, STR("P"), 'T', LISTING_PT);
    if (n == NO_REGISTER) {
        n = register_number(s, STR("UP"), 'T', LISTING_PT);
        n = n == NO_REGISTER || n == LISTING_PT ? n : n + LISTING_PT + 1;
    }
    return n;
}

static str strip_signs(str s)
{
    while (s.n > 0 && strchr("-!~|+", s.p[0]) != NULL) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && s.p[s.n - 1] == '|')
        s.n--;
    return str_trim(s);
}

/* ---- operands ---- */

static enum status add_source(struct parser *p, struct listing_inst *i, int reg, str text)
{
    if (i->inst.n_src == SASS_MAX_SRC)
        return fail(p, "too many register operands", text);
    i->inst.src[i->inst.n_src++] = (uint8_t)reg;
    return STATUS_OK;
}

/* "[R2.64+UR4+0x10]", or a part between brackets of "desc[UR4][R2.64]". */
static enum status add_address(struct parser *p, struct listing_inst *i, str text)
{
    for (size_t at = 0; at < text.n; at++) {
        str word = {text.p + at, text.n - at};
        bool begins = at == 0 || !is_word_char(text.p[at - 1]);
        int reg = begins ? general_register(word) : NO_REGISTER;
        if (reg != NO_REGISTER)
            TRY(add_source(p, i, reg, text));
    }
    i->is_memory = true;
    return STATUS_OK;
}

static bool parse_immediate(str s, int64_t *out)
{
    uint64_t hex;
    double real;
    bool is_negative = s.n > 0 && s.p[0] == '-';
    str digits = strip_signs(s);
    if (str_starts(digits, STR("0x")) && str_parse_hex(digits, &hex)) {
        *out = is_negative ? -(int64_t)hex : (int64_t)hex;
        return true;
    }
    if (str_parse_i64(s, out))
        return true;
    if (!str_parse_double(s, &real))
        return false;
    *out = real > -0x1p62 && real < 0x1p62 ? (int64_t)real : 0;
    return true;
}

/* Operands that the tracer does not record: uniform registers, constants, special registers,
 * scoreboards, convergence barriers, descriptors of matrices in shared memory. */
static bool is_silent(str s)
{
    return str_starts(s, STR("SR_")) || str_is(s, "SRZ") || str_starts(s, STR("c[")) ||
           str_starts(s, STR("gdesc[")) || str_is(s, "gsb0") ||
           register_number(s, STR("UR"), 'Z', SASS_RZ) != NO_REGISTER ||
           register_number(s, STR("SB"), ' ', 0) != NO_REGISTER ||
           register_number(s, STR("B"), ' ', 0) != NO_REGISTER;
}

static enum status add_register(struct parser *p, struct listing_inst *i, size_t k, int reg,
                                str text)
{
    if (k != 0)
        return add_source(p, i, reg, text);
    i->inst.n_dst = 1;
    i->inst.dst = (uint8_t)reg;
    return STATUS_OK;
}

/* "c[0x3][0x40]" */
static bool parse_constant(str s, struct sass_inst *in)
{
    str bank, offset;
    uint64_t b, o;
    if (!str_starts(s, STR("c[0x")) || s.p[s.n - 1] != ']')
        return false;
    s = (str){s.p + 2, s.n - 3};
    if (!str_cut(&s, ']', &bank) || !str_starts(s, STR("[0x")))
        return false;
    offset = (str){s.p + 1, s.n - 1};
    if (!str_parse_hex(bank, &b) || !str_parse_hex(offset, &o) || b >= SASS_CONST_BANKS ||
        o > UINT16_MAX)
        return false;
    in->has_const = true;
    in->const_bank = (uint8_t)b;
    in->const_offset = (uint16_t)o;
    return true;
}

/* What is neither register nor address nor predicate. */
static enum status add_constant(struct parser *p, struct listing_inst *i, str text, str bare)
{
    if (parse_constant(bare, &i->inst) || is_silent(bare) ||
        parse_immediate(text, &i->inst.immediate))
        return STATUS_OK;
    if (!is_word(bare))
        return fail(p, "not an operand", text);
    p->label_of[p->l->n] = bare;
    return STATUS_OK;
}

/* Operand number `k` of an instruction. */
static enum status add_operand(struct parser *p, struct listing_inst *i, size_t k, str text)
{
    str bare = strip_signs(text);
    int reg = general_register(bare), predicate = predicate_number(bare);
    if (str_starts(bare, STR("[")) || str_starts(bare, STR("desc[")))
        return add_address(p, i, bare);
    if (reg != NO_REGISTER)
        return add_register(p, i, k, reg, text);
    if (predicate == NO_REGISTER)
        return add_constant(p, i, text, bare);
    if (k == 0 && predicate != LISTING_PT)
        i->predicate = (int8_t)predicate;
    return STATUS_OK;
}

static enum status add_operands(struct parser *p, struct listing_inst *i, str rest)
{
    str operand;
    size_t k = 0;
    rest = str_trim(rest);
    while (rest.n > 0 && str_cut(&rest, ',', &operand)) {
        if (k == MAX_OPERANDS)
            return fail(p, "too many operands", operand);
        TRY(add_operand(p, i, k++, str_trim(operand)));
    }
    return STATUS_OK;
}

/* ---- instructions ---- */

/* The tracer's rule: the first numeric part of the opcode, in bits; 4 bytes without one. */
static uint8_t recorded_width_b(str opcode)
{
    str part;
    uint64_t bits;
    while (str_cut(&opcode, '.', &part)) {
        if (part.n > 1 && part.p[0] == 'U')
            part = (str){part.p + 1, part.n - 1};
        bool is_number = part.n > 0 && isdigit((unsigned char)part.p[0]);
        if (is_number && str_parse_u64(part, &bits) && bits >= 8 && bits <= 256)
            return (uint8_t)(bits / 8);
    }
    return 4;
}

static enum status check_registers(struct parser *p, const struct sass_inst *in)
{
    for (unsigned i = 0; i < in->n_def; i++)
        if (in->def[i].first + in->def[i].n > (int)p->n_regs)
            return fail(p, "writes registers beyond those of the kernel", str_from(in->opcode));
    for (unsigned i = 0; i < in->n_use; i++)
        if (in->use[i].first + in->use[i].n > (int)p->n_regs)
            return fail(p, "reads registers beyond those of the kernel", str_from(in->opcode));
    return STATUS_OK;
}

static enum status finish_inst(struct parser *p, struct listing_inst *i)
{
    struct sass_inst *in = &i->inst;
    str base = sass_base_name(str_from(in->opcode));
    if (!sass_inst_decode(in, p->isa))
        return fail(p, "unknown opcode", str_from(in->opcode));
    i->is_memory =
        i->is_memory && in->op.space != SASS_SPACE_NONE && in->op.space != SASS_SPACE_CONST;
    if (i->is_memory)
        in->mem_width_b = recorded_width_b(str_from(in->opcode));
    i->is_exit = (in->op.flags & SASS_F_EXIT) != 0;
    i->is_branch = str_is(base, "BRA");
    if (in->op.cls == SASS_BRANCH && !i->is_exit && !i->is_branch)
        return fail(p, "only BRA and EXIT change the flow of a builder's kernel", base);
    return check_registers(p, in);
}

/* Takes "@P0" or "@!P0" from the front. */
static enum status take_guard(struct parser *p, struct listing_inst *i, str *rest)
{
    i->guard = LISTING_PT;
    if (rest->n == 0 || rest->p[0] != '@')
        return STATUS_OK;
    size_t end = 1;
    while (end < rest->n && rest->p[end] != ' ' && rest->p[end] != '\t')
        end++;
    str word = {rest->p + 1, end - 1};
    i->is_negated = word.n > 0 && word.p[0] == '!';
    int n = predicate_number(strip_signs(word));
    if (n == NO_REGISTER)
        return fail(p, "not a predicate", word);
    i->guard = (int8_t)n;
    *rest = str_trim((str){rest->p + word.n + 1, rest->n - word.n - 1});
    return STATUS_OK;
}

/* Takes "{name}" from the end. */
static enum status take_mark(struct parser *p, struct listing_inst *i, str *rest)
{
    size_t open = 0;
    while (open < rest->n && rest->p[open] != '{')
        open++;
    if (open == rest->n)
        return STATUS_OK;
    str mark = {rest->p + open + 1, rest->n - open - 1};
    if (mark.n == 0 || mark.p[mark.n - 1] != '}')
        return fail(p, "no closing brace", mark);
    mark.n--;
    if (!is_word(mark))
        return fail(p, "not a name", mark);
    i->mark = arena_strndup(p->a, mark.p, mark.n);
    *rest = str_trim((str){rest->p, open});
    return STATUS_OK;
}

static enum status parse_inst(struct parser *p, str rest)
{
    if (p->l->n == LISTING_MAX)
        return fail(p, "too many instructions", rest);
    struct listing_inst *i = &p->l->at[p->l->n];
    *i = (struct listing_inst){.line = p->line, .predicate = -1, .target = LISTING_NO_TARGET};
    TRY(take_guard(p, i, &rest));
    TRY(take_mark(p, i, &rest));
    size_t end = 0;
    while (end < rest.n && rest.p[end] != ' ' && rest.p[end] != '\t')
        end++;
    if (end == 0)
        return fail(p, "no opcode", rest);
    i->inst.pc = p->l->n * PC_STEP_B;
    i->inst.opcode = arena_strndup(p->a, rest.p, end);
    TRY(add_operands(p, i, (str){rest.p + end, rest.n - end}));
    TRY(finish_inst(p, i));
    p->l->n++;
    return STATUS_OK;
}

/* ---- lines ---- */

static str without_comment(str line)
{
    for (size_t i = 0; i + 1 < line.n; i++)
        if (line.p[i] == '/' && line.p[i + 1] == '/')
            line.n = i;
    line = str_trim(line);
    if (line.n > 0 && line.p[line.n - 1] == ';')
        line.n--;
    return str_trim(line);
}

static enum status take_label(struct parser *p, str *line)
{
    size_t end = 0;
    while (end < line->n && is_word_char(line->p[end]))
        end++;
    if (end == 0 || end == line->n || line->p[end] != ':')
        return STATUS_OK;
    str name = {line->p, end};
    for (size_t i = 0; i < p->n_labels; i++)
        if (str_eq(p->labels[i].name, name))
            return fail(p, "label given twice", name);
    if (p->n_labels == MAX_LABELS)
        return fail(p, "too many labels", name);
    p->labels[p->n_labels++] = (struct label){name, (uint32_t)p->l->n};
    *line = str_trim((str){line->p + end + 1, line->n - end - 1});
    return STATUS_OK;
}

static enum status resolve(struct parser *p)
{
    for (size_t i = 0; i < p->l->n; i++) {
        struct listing_inst *inst = &p->l->at[i];
        str name = p->label_of[i];
        p->line = inst->line;
        for (size_t k = 0; k < p->n_labels && name.n > 0; k++)
            if (str_eq(p->labels[k].name, name))
                inst->target = p->labels[k].index;
        if (name.n > 0 && inst->target >= p->l->n)
            return fail(p, "no instruction has this label", name);
        if (inst->is_branch && inst->target == LISTING_NO_TARGET)
            return fail(p, "a branch needs a label", str_from(inst->inst.opcode));
        if (name.n > 0)
            inst->inst.immediate = (int64_t)p->l->at[inst->target].inst.pc;
    }
    return STATUS_OK;
}

static enum status parse_lines(struct parser *p, str text)
{
    str line;
    while (str_cut(&text, '\n', &line)) {
        p->line++;
        line = without_comment(line);
        TRY(take_label(p, &line));
        if (line.n > 0)
            TRY(parse_inst(p, line));
    }
    TRY(resolve(p));
    if (p->l->n == 0)
        return fail(p, "no instructions", STR(""));
    const struct listing_inst *last = &p->l->at[p->l->n - 1];
    if ((!last->is_exit && !last->is_branch) || last->guard != LISTING_PT || last->is_negated)
        return fail(p, "the last instruction must be EXIT or a branch without guard",
                    str_from(last->inst.opcode));
    return STATUS_OK;
}

/* A line holds one instruction at most. */
static size_t count_lines(str text)
{
    size_t n = 1;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n;
}

enum status assemble_listing(struct listing *l, struct arena *a, str text, unsigned isa,
                             unsigned n_regs, struct err *e)
{
    size_t max = MIN(count_lines(text), (size_t)LISTING_MAX);
    l->at = ARENA_ARRAY(a, struct listing_inst, max);
    l->n = 0;
    struct parser *p = ARENA_NEW(a, struct parser);
    *p = (struct parser){.a = a, .l = l, .isa = isa, .n_regs = n_regs, .e = e};
    p->label_of = ARENA_ARRAY(a, str, max);
    return parse_lines(p, text);
}
