/*
 * sass.c: the opcode table and its lookup.
 */
#include "sass/sass.h"

#include "shape.h"

static const struct sass_row ROWS[] = {
#define SASS_OP(name, cls, pipe, latency, space, shape, flags) \
    {#name,                                                    \
     SASS_##cls,                                               \
     SASS_PIPE_##pipe,                                         \
     SASS_LAT_##latency,                                       \
     SASS_SPACE_##space,                                       \
     SASS_SHAPE_##shape,                                       \
     flags},
#include "sass/opcode.def"
#undef SASS_OP
};

/* A scan: a trace has a few hundred distinct opcodes, and each is decoded once. */
static const struct sass_row *row_find(str name)
{
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        if (str_is(name, ROWS[i].name))
            return &ROWS[i];
    }
    return NULL;
}

const struct sass_row *sass_row_of(const struct sass_op *op)
{
    return op->row < ARRAY_LEN(ROWS) ? &ROWS[op->row] : NULL;
}

str sass_base_name(str text)
{
    const char *dot = text.n != 0 ? memchr(text.p, '.', text.n) : NULL;
    return (str){text.p, dot != NULL ? (size_t)(dot - text.p) : text.n};
}

bool sass_mods_have(str mods, const char *name)
{
    str token;
    while (str_cut(&mods, '.', &token)) {
        if (str_is(token, name))
            return true;
    }
    return false;
}

static bool op_set_unknown(struct sass_op *op)
{
    *op = (struct sass_op){.row = SASS_ROW_UNKNOWN,
                           .cls = SASS_UNKNOWN,
                           .pipe = SASS_PIPE_ALU,
                           .latency = SASS_LAT_ALU,
                           .dst_regs = 1};
    memset(op->src_regs, 1, sizeof op->src_regs);
    return false;
}

bool sass_decode(struct sass_op *op, str text, unsigned isa)
{
    str base = sass_base_name(text);
    const struct sass_row *row = row_find(base);
    if (row == NULL)
        return op_set_unknown(op);
    *op = (struct sass_op){.row = (uint16_t)(row - ROWS),
                           .cls = row->cls,
                           .pipe = row->pipe,
                           .latency = row->latency,
                           .space = row->space,
                           .flags = row->flags};
    size_t skip = MIN(text.n, base.n + 1);
    str mods = {text.p + skip, text.n - skip};
    if (!sass_shape_apply((enum sass_shape)row->shape, op, mods, isa))
        return op_set_unknown(op);
    return true;
}

double sass_tensor_fma(const struct sass_op *op)
{
    double fma = (double)op->m * op->n * op->k;
    return op->cls == SASS_WGMMA ? fma / 4 : fma;
}

const char *sass_class_name(enum sass_class c)
{
    static const char *const names[] = {
#define X(id, name) name,
        SASS_CLASS_LIST(X)
#undef X
    };
    return (size_t)c < ARRAY_LEN(names) ? names[c] : "unknown";
}

const char *sass_pipe_name(enum sass_pipe p)
{
    static const char *const names[] = {
#define X(id, name, help) name,
        SASS_PIPE_LIST(X)
#undef X
    };
    return (size_t)p < ARRAY_LEN(names) ? names[p] : "unknown";
}

const char *sass_space_name(enum sass_space s)
{
    static const char *const names[] = {"none",    "global",   "local",  "shared",
                                        "generic", "constant", "texture"};
    return (size_t)s < ARRAY_LEN(names) ? names[s] : "unknown";
}

const char *sass_type_name(enum sass_type t)
{
    static const char *const names[] = {"none", "f16",  "bf16", "tf32", "f32",  "f64",
                                        "fp8",  "int8", "int4", "bit",  "int32"};
    return (size_t)t < ARRAY_LEN(names) ? names[t] : "unknown";
}
