// What the CPU makes of one step of a pipe of pipes.cu, bit for bit.
#ifndef TRUTH_PIPES_CHECK_CUH
#define TRUTH_PIPES_CHECK_CUH

#include "truth.cuh"

struct words {
    uint64_t x, y, z, a, b;
};

static float as_f32(uint64_t bits) {
    uint32_t low = static_cast<uint32_t>(bits);
    float value;
    memcpy(&value, &low, sizeof value);
    return value;
}
static uint64_t f32_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}
static double as_f64(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}
static uint64_t f64_bits(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}
static uint64_t low32(uint64_t value) {
    return value & UINT32_MAX;
}
static int32_t as_s32(uint64_t bits) {
    return static_cast<int32_t>(static_cast<uint32_t>(bits));
}
static uint64_t majority(uint64_t a, uint64_t b, uint64_t c) { // table 0xe8
    return (a & b) | (a & c) | (b & c);
}

static void step_iadd3(struct words &w) {
    w.x = low32(w.x + w.y + w.z);
    w.y = low32(w.y + w.x + w.z);
}
static void step_iadd2(struct words &w) {
    w.x = low32(w.x + w.y);
    w.y = low32(w.y + w.x);
}
static void step_lop3(struct words &w) { // table 0xca: the first selects the second or the third
    w.x = majority(w.x, w.y, w.a);
    w.y = (w.y & w.x) | (~w.y & w.b);
}
static void step_shf(struct words &w) {
    w.x = low32(((w.a << 32 | w.x) << (w.b & 31)) >> 32);
}
static void step_lea_hi(struct words &w) {
    w.x = low32((w.x >> 27) + w.y);
    w.y = low32((w.y >> 25) + w.x);
}
static void step_imad_lo(struct words &w) {
    w.x = low32(w.x * w.a + w.b);
}
static void step_imad_hi(struct words &w) {
    w.x = low32((w.x * w.a >> 32) + w.b);
}
static void step_imnmx(struct words &w) {
    w.x = static_cast<uint32_t>(std::max(std::min(as_s32(w.x), as_s32(w.a)), as_s32(w.b)));
}
static void step_isetp_sel(struct words &w) {
    w.x = as_s32(w.x) < as_s32(w.a) ? w.y : w.b;
}
static void step_isetp_guard(struct words &w) {
    if (w.x != w.a) w.x = low32(w.x * w.b + w.y);
}
static void step_fadd(struct words &w) {
    w.x = f32_bits(as_f32(w.x) + as_f32(w.a));
}
static void step_fmul(struct words &w) {
    w.x = f32_bits(as_f32(w.x) * as_f32(w.a));
}
static void step_ffma(struct words &w) {
    w.x = f32_bits(std::fma(as_f32(w.x), as_f32(w.a), as_f32(w.b)));
}
static void step_fmnmx(struct words &w) {
    w.x = f32_bits(std::max(std::min(as_f32(w.x), as_f32(w.a)), as_f32(w.b)));
}
static void step_i2f(struct words &w) {
    w.x = f32_bits(static_cast<float>(as_s32(w.x)));
}
static void step_popc(struct words &w) {
    w.x = static_cast<uint64_t>(__builtin_popcountll(w.x));
}
static void step_brev(struct words &w) {
    uint64_t reversed = 0;
    for (int bit = 0; bit < 32; bit++) reversed |= (w.x >> bit & 1) << (31 - bit);
    w.x = reversed;
}
static void step_flo(struct words &w) {
    w.x = w.x ? static_cast<uint64_t>(63 - __builtin_clzll(w.x)) : UINT32_MAX;
}
static void step_x_iadd3_lop3(struct words &w) {
    w.x = majority(low32(w.x + w.y + w.z), w.a, w.b);
}
static void step_x_ffma_iadd3(struct words &w) {
    step_ffma(w);
    w.x = low32(w.x + w.y + w.z);
}
static void step_x_imad_iadd3(struct words &w) {
    step_imad_lo(w);
    w.x = low32(w.x + w.y + w.z);
}
static void step_m_ffma_imad(struct words &w) {
    step_ffma(w);
    w.y = low32(w.y * w.a + w.b);
}
static void step_iadd64(struct words &w) {
    w.x += w.a + w.b;
}
static void step_imad_wide(struct words &w) {
    w.x = low32(w.x) * (w.x >> 32);
}
static void step_dadd(struct words &w) {
    w.x = f64_bits(as_f64(w.x) + as_f64(w.a));
}
static void step_dmul(struct words &w) {
    w.x = f64_bits(as_f64(w.x) * as_f64(w.a));
}
static void step_dfma(struct words &w) {
    w.x = f64_bits(std::fma(as_f64(w.x), as_f64(w.a), as_f64(w.b)));
}

static const struct {
    const char *name;
    void (*step)(struct words &);
} pipe_references[] = {
    {"iadd3", step_iadd3},
    {"iadd2", step_iadd2},
    {"lop3", step_lop3},
    {"shf", step_shf},
    {"lea_hi", step_lea_hi},
    {"imad_lo", step_imad_lo},
    {"imad_hi", step_imad_hi},
    {"imnmx", step_imnmx},
    {"isetp_sel", step_isetp_sel},
    {"isetp_guard", step_isetp_guard},
    {"fadd", step_fadd},
    {"fmul", step_fmul},
    {"ffma", step_ffma},
    {"fmnmx", step_fmnmx},
    {"i2f_s32", step_i2f},
    {"popc", step_popc},
    {"brev", step_brev},
    {"flo", step_flo},
    {"x_iadd3_lop3", step_x_iadd3_lop3},
    {"x_ffma_iadd3", step_x_ffma_iadd3},
    {"x_imad_iadd3", step_x_imad_iadd3},
    {"m_ffma_imad", step_m_ffma_imad},
    {"iadd64", step_iadd64},
    {"imad_wide", step_imad_wide},
    {"dadd", step_dadd},
    {"dmul", step_dmul},
    {"dfma", step_dfma},
};

#endif
