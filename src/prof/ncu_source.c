/*
 * ncu_source.c: the source page, instructions of one kernel after another.
 *
 *     "Kernel Name","gemm(float *)"
 *     "#","Address","Source","# Samples","Instructions Executed","stall_barrier",...
 *     "0","7f2a4bfa1200","MOV R1, c[0x0][0x28]","3","4096","0",...
 */
#include "ncu_read.h"

static enum status new_kernel(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    struct counters_kernel *k;
    TRY(ncu_new_kernel(r, row, &k, e));
    r->has_kernel = true;
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
    ncu_set(r, last_kernel(r), ncu_column_of(row->fields[0]), row->fields[1]);
    return STATUS_OK;
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

static enum status take_instruction(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    uint64_t address;
    if (!take_address(r, ncu_field(r, row, NCU_ADDRESS), &address)) {
        ncu_fail(r, row, e, "an instruction without an address");
        err_expected(e, "a number");
        return STATUS_INPUT;
    }
    struct counters_build_inst *inst =
        counters_build_inst(r->b, address, str_trim(ncu_field(r, row, NCU_SOURCE)));
    if (r->n_insts++ == 0)
        r->first = inst;
    for (uint32_t i = 0; i < r->n_columns; i++)
        if (r->code[i] != CODE_N)
            (void)ncu_number(row->fields[i], (struct ncu_unit){"", 0}, &inst->column[r->code[i]]);
    return STATUS_OK;
}

/* Lines of the program above their instructions have no address; nor has a row of units. */
enum status ncu_source_row(struct ncu_reader *r, const struct csv_row *row, struct err *e)
{
    if (row->n == 2)
        return take_key(r, row, e);
    if (str_trim(ncu_field(r, row, NCU_ADDRESS)).n == 0)
        return STATUS_OK;
    if (is_next_kernel(r, row))
        TRY(new_kernel(r, row, e));
    return take_instruction(r, row, e);
}
