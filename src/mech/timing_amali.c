/*
 * timing_amali.c: opcode classes of the public AMALI code (repository ShihengCao/AMALi, January
 * 2026).
 *
 * Its parser tests substrings in a fixed order, so LDGDEPBAR is a global load, REDUX an atomic and
 * LDSM a shared load. Those slips are kept: this file exists to give the same numbers. Where a
 * trace lists no destination, AMALI's input has a dummy predicate there, which nothing reads.
 */
#include "timing_amali.h"

#include <math.h>

enum amali_class {
    A_LOAD,
    A_COPY,
    A_STORE,
    A_LOCAL_LOAD,
    A_LOCAL_STORE,
    A_SHARED_LOAD,
    A_SHARED_STORE,
    A_CONST_LOAD,
    A_CONST_STORE,
    A_SHARED_ATOMIC,
    A_ATOMIC,
    A_BARRIER,
    A_UNIT, /* by unit table */
};

/* In the order of the tests; the first that is part of the base name decides. */
static const struct {
    const char *part;
    enum amali_class cls;
} tests[] = {
    {"LDGSTS", A_COPY},      {"LDG", A_LOAD},        {"STG", A_STORE},
    {"LDL", A_LOCAL_LOAD},   {"STL", A_LOCAL_STORE}, {"LDS", A_SHARED_LOAD},
    {"STS", A_SHARED_STORE}, {"LDC", A_CONST_LOAD},  {"STC", A_CONST_STORE},
    {"LD", A_LOAD},          {"ST", A_STORE},        {"ATOMS", A_SHARED_ATOMIC},
    {"ATOM", A_ATOMIC},      {"RED", A_ATOMIC},      {"BAR", A_BARRIER},
    {"CCTL", A_BARRIER},
};

static enum amali_class classify(str base)
{
    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        if (str_has(base, str_from(tests[i].part)))
            return tests[i].cls;
    return A_UNIT;
}

static const char int_ops[] =
    " BMSK BREV FLO IABS IADD IADD3 IADD32I IDP IDP4A IMAD IMNMX IMUL IMUL32I ISCADD ISCADD32I "
    "ISETP"
    " LEA LOP LOP3 LOP32I POPC SHF SHL SHR VABSDIFF VABSDIFF4 VHMNMX VIADD VIADDMNMX VIMNMX VIMNMX3"
    " F2F F2I I2F I2I I2IP I2FP F2IP F2FP FRND MOV MOV32I MOVM PRMT SEL SGXT SHFL PLOP3 PSETP P2R "
    "R2P"
    " B2R CS2R NOP S2R VOTE LEPC GETLMEMBASE PMTRIG SETCTAID SETLMEMBASE ";
static const char fp32_ops[] =
    " FADD FADD32I FCHK FFMA32I FFMA FMNMX FMUL FMUL32I FSEL FSET FSETP FSWZADD ";
static const char half_ops[] =
    " HADD2 HADD2_32I HFMA2 HFMA2_32I HMNMX2 HMUL2 HMUL2_32I HSET2 HSETP2 ";
static const char double_ops[] = " DADD DFMA DMUL DSETP ";

static bool is_listed(const char *list, str base)
{
    char word[40];
    if (base.n + 3 > sizeof word)
        return false;
    word[0] = ' ';
    memcpy(word + 1, base.p, base.n);
    word[base.n + 1] = ' ';
    word[base.n + 2] = '\0';
    return strstr(list, word) != NULL;
}

static enum unit unit_by_name(str base)
{
    if (is_listed(int_ops, base))
        return UNIT_INT;
    if (is_listed(fp32_ops, base))
        return UNIT_FP32;
    if (is_listed(half_ops, base))
        return UNIT_FP16;
    if (is_listed(double_ops, base))
        return UNIT_FP64;
    if (str_is(base, "MUFU"))
        return UNIT_XU;
    if (base.p[0] == 'U' || str_is(base, "R2UR") || str_is(base, "S2UR") || str_is(base, "VOTEU"))
        return UNIT_UNIFORM;
    return UNIT_BRANCH;
}

static double unit_latency_cy(const struct gpu *g, enum unit u)
{
    const struct gpu_values *v = &g->v;
    const double latency[UNIT_N] = {
        [UNIT_INT] = v->lat_alu_cy,       [UNIT_FP32] = v->lat_fma_cy,
        [UNIT_FP16] = v->lat_half_cy,     [UNIT_FP64] = v->lat_fp64_cy,
        [UNIT_XU] = v->lat_xu_cy,         [UNIT_UNIFORM] = v->lat_uniform_cy,
        [UNIT_BRANCH] = v->lat_branch_cy,
    };
    return latency[u];
}

/* Latency, memory kind, shown wait and L1 use of the classes that are not units. */
static void time_class(struct timing *t, const struct gpu *g, enum amali_class c)
{
    const struct gpu_values *v = &g->v;
    const struct {
        double latency_cy;
        enum memory_kind memory;
        enum stall wait;
        bool uses_l1;
    } of[A_UNIT] = {
        [A_LOAD] = {0, MEMORY_LOAD, STALL_LONG_SCOREBOARD, true},
        [A_COPY] = {v->lat_smem_st_cy, MEMORY_ASYNC_COPY, STALL_LONG_SCOREBOARD, true},
        [A_STORE] = {0, MEMORY_STORE, STALL_LONG_SCOREBOARD, true},
        [A_LOCAL_LOAD] = {0, MEMORY_LOCAL_LOAD, STALL_LONG_SCOREBOARD, true},
        [A_LOCAL_STORE] = {0, MEMORY_LOCAL_STORE, STALL_LONG_SCOREBOARD, true},
        [A_SHARED_LOAD] = {v->lat_smem_ld_cy, MEMORY_SHARED_LOAD, STALL_SHORT_SCOREBOARD, false},
        [A_SHARED_STORE] = {v->lat_smem_st_cy, MEMORY_SHARED_STORE, STALL_SHORT_SCOREBOARD, false},
        [A_CONST_LOAD] = {v->lat_const_cy, MEMORY_CONST, STALL_LONG_SCOREBOARD, false},
        [A_CONST_STORE] = {v->lat_const_cy, MEMORY_CONST, STALL_LONG_SCOREBOARD, false},
        [A_SHARED_ATOMIC] = {v->lat_smem_ld_cy + v->lat_smem_st_cy, MEMORY_SHARED_ATOMIC,
                             STALL_WAIT, false},
        [A_ATOMIC] = {v->lat_atomic_cy, MEMORY_ATOMIC, STALL_WAIT, true},
        [A_BARRIER] = {0, MEMORY_NONE, STALL_WAIT, false},
    };
    t->latency_cy = of[c].latency_cy;
    t->memory = (uint8_t)of[c].memory;
    t->wait = (uint8_t)of[c].wait;
    t->uses_l1 = of[c].uses_l1;
    t->unit = t->memory == MEMORY_NONE || t->memory == MEMORY_CONST ? UNIT_NONE : UNIT_LSU;
}

void timing_amali(struct timing *t, const struct gpu *g, const struct sass_inst *in)
{
    str base = sass_base_name(str_from(in->opcode));
    enum amali_class c = classify(base);
    if (c != A_UNIT) {
        time_class(t, g, c);
        return;
    }
    t->unit = (uint8_t)unit_by_name(base);
    t->wait = STALL_WAIT;
    t->latency_cy = unit_latency_cy(g, (enum unit)t->unit);
    t->interval_cy = unit_interval_cy(g, (enum unit)t->unit);
}

/* FMA counts that the code knows; any other HMMA shape counts 0. *GMMA MxNxK: M*N*K/4 per warp. */
static double known_fma(const struct sass_inst *in)
{
    str text = str_from(in->opcode);
    if (in->op.cls == SASS_WGMMA)
        return sass_tensor_fma(&in->op);
    if (!str_starts(text, STR("HMMA")))
        return 0;
    return str_has(text, STR(".16816"))  ? 2048
           : str_has(text, STR(".1688")) ? 1024
           : str_has(text, STR(".848"))  ? 512
                                         : 0;
}

void timing_amali_tensor(struct timing *t, const struct gpu *g, const struct sass_inst *in)
{
    str text = str_from(in->opcode);
    bool is_f32 = str_has(text, STR("F32")) && !str_has(text, STR("BF16"));
    bool by_f32 = is_f32 || isnan(g->v.tensor_f16_f16);
    double rate = by_f32 ? g->v.tensor_f16_f32 : g->v.tensor_f16_f16;
    t->unit = UNIT_TENSOR;
    t->memory = MEMORY_NONE;
    t->wait = STALL_WAIT;
    t->uses_l1 = false;
    t->latency_cy = known_fma(in) / rate;
    t->interval_cy = t->latency_cy / MAX(g->v.tensor_cores / g->v.sub_cores, 1);
}

static void add_use(struct timing *t, uint8_t reg)
{
    t->use[t->n_use++] = (struct sass_range){reg, 1};
}

void timing_amali_operands(struct timing *t, const struct sass_inst *in)
{
    str base = sass_base_name(str_from(in->opcode));
    enum amali_class c = classify(base);
    bool writes = c != A_STORE && c != A_LOCAL_STORE && c != A_SHARED_STORE && c != A_CONST_STORE;
    /* Stores and LDGSTS list their sources only; the first of LDGSTS is taken for a destination. */
    bool only_sources = str_has(base, STR("ST"));
    t->n_def = t->n_use = 0;
    unsigned first = 0;
    if (writes && only_sources && in->n_src > 0)
        t->def[t->n_def++] = (struct sass_range){in->src[first++], 1};
    else if (writes && in->n_dst > 0)
        t->def[t->n_def++] = (struct sass_range){in->dst, 1};
    for (unsigned i = first; i < in->n_src; i++)
        add_use(t, in->src[i]);
}
