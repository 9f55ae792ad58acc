/*
 * ppt_line.c: one line of a PPT-GPU instruction or memory trace.
 *
 *     5 ISETP.GE.AND P0 P7 R0 P7
 *     LDG.E.U8 0x7f531d5200a0 0x7f531d5200a1
 */
#include <stdio.h>

#include "trace/ppt.h"

struct words {
    str rest;
    const char *start; /* of the line */
    const char *path;
    unsigned number;
    struct err *e;
};

static struct words words_of(str line, const char *path, unsigned number, struct err *e)
{
    return (struct words){str_trim(line), line.p, path, number, e};
}

/* The next word; one without bytes at the end of the line. */
static str take(struct words *w)
{
    str s = w->rest;
    size_t n = 0, skip;
    while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t')
        n++;
    for (skip = n; skip < s.n && (s.p[skip] == ' ' || s.p[skip] == '\t');)
        skip++;
    w->rest = (str){s.p + skip, s.n - skip};
    return (str){s.p, n};
}

static enum status fail(const struct words *w, str word, const char *expected)
{
    char shown[40];
    size_t n = 0;
    for (; n < MIN(word.n, sizeof shown - 1); n++)
        shown[n] = word.p[n] > ' ' && word.p[n] < 0x7f ? word.p[n] : '?';
    shown[n] = '\0';
    err_set(w->e, STATUS_INPUT, "not a line of a PPT-GPU trace");
    err_at(w->e, w->path, w->number, (unsigned)(word.p - w->start) + 1);
    err_expected(w->e, "%s", expected);
    if (n == 0)
        err_found(w->e, "the end of the line");
    else
        err_found(w->e, "'%s'", shown);
    return STATUS_INPUT;
}

static enum status take_opcode(struct words *w, str *out)
{
    *out = take(w);
    bool is_opcode =
        out->n > 0 && out->n < PPT_MAX_OPCODE_B && out->p[0] >= 'A' && out->p[0] <= 'Z';
    return is_opcode ? STATUS_OK : fail(w, *out, "an opcode");
}

/* R7, P0, UR4 and UP0; also RZ, PT, URZ and UPT. */
static bool parse_register(str word, bool *is_general, uint8_t *reg)
{
    bool is_uniform = word.n > 0 && word.p[0] == 'U';
    str s = {word.p + is_uniform, word.n - is_uniform};
    uint64_t v = SASS_RZ;
    if (s.n < 2 || (s.p[0] != 'R' && s.p[0] != 'P'))
        return false;
    str digits = {s.p + 1, s.n - 1};
    if (!str_is(digits, s.p[0] == 'R' ? "Z" : "T") && (digits.p[0] == '+' || digits.p[0] == '-'))
        return false;
    if (!str_is(digits, s.p[0] == 'R' ? "Z" : "T") && !str_parse_u64(digits, &v))
        return false;
    *is_general = !is_uniform && s.p[0] == 'R';
    *reg = (uint8_t)MIN(v, (uint64_t)SASS_RZ);
    return v <= SASS_RZ;
}

static enum status take_registers(struct words *w, struct ppt_inst *out)
{
    for (unsigned i = 0; w->rest.n > 0; i++) {
        str word = take(w);
        bool is_general;
        uint8_t reg;
        if (!parse_register(word, &is_general, &reg))
            return fail(w, word, "a register, such as R4 or P0");
        if (!is_general)
            continue;
        out->begins_with_r |= i == 0;
        if (out->n_reg < ARRAY_LEN(out->reg))
            out->reg[out->n_reg++] = reg;
        else
            out->lost_regs = true;
    }
    return STATUS_OK;
}

enum status ppt_parse_inst(str line, const char *path, unsigned number, struct ppt_inst *out,
                           struct err *e)
{
    struct words w = words_of(line, path, number, e);
    uint64_t warp;
    *out = (struct ppt_inst){0};
    str word = take(&w);
    if (!str_parse_u64(word, &warp) || warp > UINT32_MAX)
        return fail(&w, word, "the number of a warp");
    out->warp = (uint32_t)warp;
    out->text = w.rest;
    TRY(take_opcode(&w, &out->opcode));
    return take_registers(&w, out);
}

enum status ppt_parse_access(str line, const char *path, unsigned number, struct ppt_access *out,
                             struct err *e)
{
    struct words w = words_of(line, path, number, e);
    out->n = 0;
    TRY(take_opcode(&w, &out->opcode));
    while (w.rest.n > 0) {
        str word = take(&w);
        if (out->n == SASS_WARP_LANES)
            return fail(&w, word, "at most 32 addresses");
        if (!str_starts(word, STR("0x")) || !str_parse_hex(word, &out->address[out->n]))
            return fail(&w, word, "an address, such as 0x7f0000000000");
        out->n++;
    }
    return STATUS_OK;
}
