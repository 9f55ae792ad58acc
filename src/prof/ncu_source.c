/*
 * ncu_source.c: the source page, instructions of one kernel after another.
 *
 *     "Kernel Name","gemm(float *)"
 *     "#","Address","Source","# Samples","Instructions Executed","stall_barrier",...
 *     "0","7f2a4bfa1200","MOV R1, c[0x0][0x28]","3","4096","0",...
 *
 * Nsight Compute 2025 has no "#", ends the first row with a comma, and writes every kernel twice.
 */
#include <ctype.h>
#include <inttypes.h>
#include <math.h>

#include "ncu_read.h"

/* ---- kernels ---- */

/* Two launches of a kernel that were measured differ in some number. */
static bool is_repeat(const struct ncu_repeats *p, bool is_cut)
{
    bool has_length = is_cut ? p->now.n <= p->before.n : p->now.n == p->before.n;
    return p->may_repeat && has_length && p->now.n > 0 &&
           memcmp(p->now.at, p->before.at, p->now.n * sizeof *p->now.at) == 0;
}

void ncu_source_end(struct ncu_reader *r, bool is_cut)
{
    struct ncu_repeats *p = &r->repeats;
    if (p->is_open && is_repeat(p, is_cut)) {
        counters_build_undo_kernel(r->b);
        p->may_repeat = false;
        p->n++;
    } else if (p->is_open) {
        struct ncu_rows kept = p->now;
        p->now = p->before;
        p->before = kept;
        p->may_repeat = true;
    }
    VEC_RESIZE_DOWN(&p->now, 0);
    p->is_open = r->has_kernel = r->is_in_keys = false;
}

static void remember(struct ncu_reader *r, const struct csv_row *row)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < row->n; i++)
        hash = hash_words(row->fields[i].p, row->fields[i].n, hash + row->fields[i].n);
    *VEC_PUSH(&r->repeats.now) = hash;
}

static enum status new_kernel(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    struct counters_kernel *k;
    ncu_source_end(r, false);
    TRY(ncu_new_kernel(r, row, &k, e));
    r->repeats.is_open = r->has_kernel = true;
    r->n_insts = 0;
    return STATUS_OK;
}

static struct counters_kernel *last_kernel(struct ncu_reader *r)
{
    return counters_build_kernel_at(r->b, counters_build_n_kernels(r->b) - 1);
}

/* Keys that come behind instructions are those of the next kernel. */
static enum status take_key(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    if (!r->is_in_keys)
        TRY(new_kernel(r, NULL, e));
    r->is_in_keys = true;
    remember(r, row);
    ncu_set(r, last_kernel(r), ncu_column_of(row->fields[0]), row->fields[1]);
    return STATUS_OK;
}

/* The page names the reasons, but for that one. */
static bool lacks_gmma(const bool has[CODE_N])
{
    return has[CODE_STALLS + STALL_WAIT] && has[CODE_STALLS_NOT_ISSUED + STALL_WAIT] &&
           !has[CODE_STALLS + STALL_GMMA] && !has[CODE_STALLS_NOT_ISSUED + STALL_GMMA];
}

enum status ncu_source_begin(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    ncu_find_columns(r, row);
    if (r->column[NCU_ADDRESS] == NCU_NONE) {
        ncu_fail(r, row, e, "the source page has no addresses: it is that of CUDA C++ or PTX");
        err_hint(e, "export it with: ncu --import FILE --page source --print-source sass --csv");
        return STATUS_INPUT;
    }
    bool is_taken[CODE_N] = {false};
    r->code = ARENA_ARRAY(counters_build_arena(r->b), enum code, row->n);
    for (size_t i = 0; i < row->n; i++) {
        enum code c = code_find(row->fields[i]);
        r->code[i] = c != CODE_N && is_taken[c] ? CODE_N : c;
        if (c != CODE_N)
            is_taken[c] = true;
    }
    r->lacks_gmma = lacks_gmma(is_taken);
    if (!r->is_in_keys)
        r->has_kernel = false;
    r->is_in_keys = false;
    return STATUS_OK;
}

/* A page may say in columns which kernel a row belongs to. */
static bool is_next_kernel(struct ncu_reader *r, const struct csv_row *row)
{
    uint64_t id;
    if (!r->has_kernel)
        return true;
    const struct counters_kernel *k = last_kernel(r);
    bool has_id = str_parse_u64(str_trim(ncu_field(r, row, NCU_ID)), &id);
    return (has_id && id != k->id) || (r->column[NCU_KERNEL] != NCU_NONE &&
                                       !str_is(str_trim(ncu_field(r, row, NCU_KERNEL)), k->name));
}

/* ---- instructions ---- */

static bool is_step(uint64_t from, uint64_t to)
{
    return to - from == 16 || to - from == 8; /* Volta and later; before */
}

/*
 * Addresses have no 0x and are hexadecimal in some versions, decimal in others. The step from the
 * first instruction to the second one tells, and corrects the first.
 */
static bool take_address(struct ncu_reader *r, str text, uint64_t *out)
{
    uint64_t decimal;
    text = str_trim(text);
    bool may_be_decimal = str_parse_u64(text, &decimal);
    if (!str_parse_hex(text, out))
        return false;
    if (r->n_insts == 0) {
        r->is_hex = true;
        r->first_decimal = may_be_decimal ? decimal : 0;
    } else if (r->n_insts == 1 && may_be_decimal && !is_step(r->first->address, *out) &&
               is_step(r->first_decimal, decimal)) {
        r->is_hex = false;
        r->first->address = r->first_decimal;
    }
    if (!r->is_hex && may_be_decimal)
        *out = decimal;
    return r->is_hex || may_be_decimal;
}

/* An address, since no immediate has so many bits, as the distance from the first instruction. */
static void put_number(struct text *out, str digits, uint64_t base)
{
    uint64_t v;
    if (!str_parse_hex(digits, &v) || v <= UINT32_MAX)
        text_add(out, digits);
    else
        text_printf(out, "%s0x%" PRIx64, v < base ? "-" : "", v < base ? base - v : v - base);
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.';
}

/* One blank where the page has several, which it has for its columns. */
static void put_sass(struct text *out, str sass, uint64_t base)
{
    for (size_t i = 0, n; i < sass.n; i += n) {
        n = 1;
        while (is_word(sass.p[i]) && i + n < sass.n && is_word(sass.p[i + n]))
            n++;
        bool is_blank = isspace((unsigned char)sass.p[i]);
        if (n > 2 && sass.p[i] == '0' && sass.p[i + 1] == 'x')
            put_number(out, (str){sass.p + i, n}, base);
        else if (!is_blank)
            text_add(out, (str){sass.p + i, n});
        else if (out->n > 0 && out->arena.base[out->n - 1] != ' ')
            text_putc(out, ' ');
    }
}

/*
 * The page of Nsight Compute 2025 counts samples of warpgroup_arrive without a column for them:
 * they are what a GMMA has more than the other reasons. The raw page has the same sums.
 */
static void complete_gmma(struct counters_build_inst *inst, unsigned reasons, enum code all)
{
    double rest = inst->column[all];
    for (unsigned s = 0; s < COUNTER_N_STALLS; s++) {
        double v = inst->column[reasons + s];
        rest -= isnan(v) ? 0 : v;
    }
    if (rest > 0)
        inst->column[reasons + STALL_GMMA] = rest;
}

static void take_counts(struct ncu_reader *r, const struct csv_row *row,
                        struct counters_build_inst *inst)
{
    for (uint32_t i = 0; i < r->n_columns; i++)
        if (r->code[i] != CODE_N)
            (void)ncu_number(row->fields[i], (struct ncu_unit){"", 0}, &inst->column[r->code[i]]);
    if (r->lacks_gmma && str_has(str_from(inst->sass), STR("GMMA"))) {
        complete_gmma(inst, CODE_STALLS, CODE_samples);
        complete_gmma(inst, CODE_STALLS_NOT_ISSUED, CODE_not_issued);
    }
}

static enum status take_instruction(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    uint64_t address;
    if (!take_address(r, ncu_field(r, row, NCU_ADDRESS), &address)) {
        ncu_fail(r, row, e, "an instruction without an address");
        err_expected(e, "a number");
        return STATUS_INPUT;
    }
    text_clear(&r->sass);
    put_sass(&r->sass, str_trim(ncu_field(r, row, NCU_SOURCE)),
             r->n_insts == 0 ? address : r->first->address);
    struct counters_build_inst *inst = counters_build_inst(r->b, address, text_str(&r->sass));
    if (r->n_insts++ == 0)
        r->first = inst;
    take_counts(r, row, inst);
    remember(r, row);
    return STATUS_OK;
}

/* Lines of the program above their instructions have no address; nor has a row of units. */
enum status ncu_source_row(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    if (ncu_is_key(row))
        return take_key(r, row, e);
    if (str_trim(ncu_field(r, row, NCU_ADDRESS)).n == 0)
        return STATUS_OK;
    if (is_next_kernel(r, row))
        TRY(new_kernel(r, row, e));
    return take_instruction(r, row, e);
}
