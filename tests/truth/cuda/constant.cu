// Constant memory: latency of LDC by working set, and what constant operands cost by their lines.
//
// LDC: chains through up to 64 KB of constant memory in random order, whose first way around is
// cold; the rest are slopes of two lengths of the chain (probe.cuh). Operands: a chain of FFMA,
// each with a factor of its own in constant memory, once each in an iteration: c[bank][offset] on
// sm_80, ULDC to a uniform register on sm_90. Factors 64 B apart touch a line each; the same code
// with factors 8 B apart shows what is not the lines' doing, misses of instructions above all.
#include "probe.cuh"

enum {
    STEPS = 8,
    FEW_STEPS = 4,
    BANK_B = 65536,
    WORD_B = 4,
    LINE_B = 64,
    LINE_WORDS = LINE_B / WORD_B,
    PARAM_LINES = 56, // so that all parameters lie in 4 KB
    PACKED_B = 8,     // between factors; two side by side would be loaded together
};

__constant__ uint32_t table[BANK_B / WORD_B];

// --- kernels -------------------------------------------------------------------------------------

static __device__ __forceinline__ uint32_t word_at(uint32_t offset_b) {
    return *reinterpret_cast<const uint32_t *>(reinterpret_cast<const char *>(table) + offset_b);
}

// The table holds offsets into itself. lanes_apart lanes start from words of their own.
// sass: k_ldc_chain LDC 8
__global__ void k_ldc_chain(struct probe_run run, uint32_t lanes_apart) {
    uint32_t at = probe_lane() % lanes_apart * WORD_B;
    probe_passes(run, [&] {
#pragma unroll
        for (int i = 0; i < STEPS; i++) at = word_at(at);
    });
    run.sink[probe_thread()] = at;
}

// sass: k_ldc_streamILi8EE LDC 8
template <int steps>
__global__ __launch_bounds__(PROBE_CTA) void k_ldc_stream(struct probe_run run) {
    uint32_t at = threadIdx.x * run.zero, sum = 0;
    probe_passes(run, [&] {
        uint32_t got[steps];
#pragma unroll
        for (int i = 0; i < steps; i++) got[i] = word_at(at + i * WORD_B);
#pragma unroll
        for (int i = 0; i < steps; i++) sum ^= got[i];
        at ^= run.zero;
    });
    run.sink[probe_thread()] = sum;
}

struct factors {
    float at[PARAM_LINES * LINE_WORDS];
};

static __device__ __forceinline__ void multiply(float *sum, float factor, float more) {
    asm volatile("fma.rn.f32 %0, %0, %1, %2;" : "+f"(*sum) : "f"(factor), "f"(more));
}

// sass: k_param_operandsILi56ELi64EE FFMA 56
// sass90: k_param_operandsILi56ELi64EE ULDC 56
// sass90: k_param_operandsILi56ELi8EE ULDC 56
template <int count, int apart_b>
__global__ void k_param_operands(struct probe_run run,
                                 const __grid_constant__ struct factors factors) {
    float sum = static_cast<float>(threadIdx.x), more = sum;
    probe_passes(run, [&] {
#pragma unroll
        for (int i = 0; i < count; i++) multiply(&sum, factors.at[i * apart_b / WORD_B], more);
    });
    run.sink[probe_thread()] = __float_as_uint(sum);
}

// sass: k_bank_operandsILi1024ELi64EE FFMA 1024
// sass90: k_bank_operandsILi1024ELi64EE ULDC 1024
// sass90: k_bank_operandsILi1024ELi8EE ULDC 1024
template <int count, int apart_b> __global__ void k_bank_operands(struct probe_run run) {
    float sum = static_cast<float>(threadIdx.x), more = sum;
    probe_passes(run, [&] {
#pragma unroll
        for (int i = 0; i < count; i++)
            multiply(&sum, __uint_as_float(table[i * apart_b / WORD_B]), more);
    });
    run.sink[probe_thread()] = __float_as_uint(sum);
}

// --- rows of LDC ---------------------------------------------------------------------------------

static void set_table(const std::vector<uint32_t> &words) {
    CU(cudaMemcpyToSymbol(table, words.data(), words.size() * sizeof words[0]));
}

// A random cycle through the nodes of the first bytes, from offset 0.
static std::vector<uint32_t> cycle_of(uint32_t bytes, uint32_t node_b) {
    std::vector<uint32_t> order, words(BANK_B / WORD_B, 0);
    for (uint32_t at = 0; at < bytes; at += node_b) order.push_back(at);
    struct truth_random random(5);
    for (size_t i = order.size() - 1; i > 1; i--) // 0 stays the first
        std::swap(order[i], order[1 + random.below(static_cast<uint32_t>(i))]);
    for (size_t i = 0; i < order.size(); i++)
        words[order[i] / WORD_B] = order[(i + 1) % order.size()];
    return words;
}

static void chain_rows(uint32_t bytes, uint32_t node_b) {
    uint32_t rounds = bytes / node_b / STEPS; // of the unrolled loop, once around
    set_table(cycle_of(bytes, node_b));
    struct probe_plan plan = {1, PROBE_LANES, rounds, rounds + std::max(4 * rounds, 256u), 0};
    std::vector<double> steady, warm_l2, cold;
    auto launch = [](const struct probe_run &run) { k_ldc_chain<<<1, PROBE_LANES>>>(run, 1); };
    for (const struct probe_sample &one : probe_measure(plan, launch)) {
        steady.push_back(one.slope / STEPS);
        warm_l2.push_back(one.first / (rounds * STEPS));
    }
    for (const struct probe_sample &one : probe_measure(plan, launch, truth_flush_l2))
        cold.push_back(one.first / (rounds * STEPS));
    std::string params = truth_format("op=ldc b=%u node_b=%u", bytes, node_b);
    probe_row("latency", params, "cy", steady, "random order; slope of a chain");
    probe_row("latency_first", params, "cy", warm_l2, "the first way around in a launch");
    probe_row("latency_cold", params, "cy", cold, "the first way around; L2 flushed before");
}

static void run_ldc(void) {
    static const uint32_t line_sizes_b[] = {512,  1024,  1536,  2048,  2560,  3072,  4096,  6144,
                                            8192, 12288, 16384, 24576, 32768, 40960, 49152, BANK_B};
    for (uint32_t bytes : line_sizes_b) chain_rows(bytes, LINE_B);
    for (uint32_t bytes = 4096; bytes <= BANK_B; bytes *= 2) chain_rows(bytes, 256);
}

// Lanes that want different words of two lines.
static void run_ldc_lanes(void) {
    std::vector<uint32_t> selves(BANK_B / WORD_B);
    for (size_t i = 0; i < selves.size(); i++) selves[i] = static_cast<uint32_t>(i * WORD_B);
    set_table(selves);
    for (uint32_t lanes = 1; lanes <= PROBE_LANES; lanes *= 2) {
        std::vector<double> cycles = probe_slopes(
            {1, PROBE_LANES, 20, 320, 0}, STEPS,
            [=](const struct probe_run &run) { k_ldc_chain<<<1, PROBE_LANES>>>(run, lanes); });
        probe_row("latency", truth_format("op=ldc words=%u", lanes), "cy", cycles,
                  "words that a warp's lanes want; hits; slope of a chain");
    }
}

static void run_ldc_interval(void) {
    set_table(std::vector<uint32_t>(BANK_B / WORD_B, 0));
    for (int warps : {1, 4, 32}) {
        struct probe_plan plan = {1, warps * PROBE_LANES, 20, 320, 0};
        auto all = probe_zero_slopes(plan, 1, [=](const struct probe_run &run) {
            k_ldc_stream<STEPS><<<1, plan.threads>>>(run);
        });
        auto few = probe_zero_slopes(plan, 1, [=](const struct probe_run &run) {
            k_ldc_stream<FEW_STEPS><<<1, plan.threads>>>(run);
        });
        for (size_t i = 0; i < all.size(); i++)
            all[i] = (all[i] - few[i]) / (STEPS - FEW_STEPS) / warps;
        probe_row("interval", truth_format("op=ldc warps=%d", warps), "cy", all,
                  "per warp instruction of the SM; a uniform address; hits; slope");
    }
}

// --- rows of operands ----------------------------------------------------------------------------

static const struct factors zeros = {};

// What an operand costs in the steady state and in the first pass of a launch.
static std::vector<struct probe_sample> operand_rows(const std::string &params, int count,
                                                     const probe_launch &launch) {
    std::vector<struct probe_sample> samples =
        probe_measure({1, PROBE_LANES, 1, 101, 0}, launch);
    std::vector<double> steady, first;
    for (const struct probe_sample &one : samples) {
        steady.push_back(one.slope / count);
        first.push_back(one.first / count);
    }
    probe_row("interval", params, "cy", steady, "per FFMA of a chain with a constant each; slope");
    probe_row("interval_first", params, "cy", first, "in the first pass; instructions miss too");
    return samples;
}

// The extra cost of lines: what `lines` factors 64 B apart cost more than as many 8 B apart.
static void miss_row(const std::string &params, int lines,
                     const std::vector<struct probe_sample> &apart,
                     const std::vector<struct probe_sample> &packed) {
    int packed_lines = (lines * PACKED_B + LINE_B - 1) / LINE_B;
    std::vector<double> steady, first;
    for (size_t i = 0; i < apart.size(); i++) {
        steady.push_back((apart[i].slope - packed[i].slope) / (lines - packed_lines));
        first.push_back((apart[i].first - packed[i].first) / (lines - packed_lines));
    }
    truth_row("extra", params, "cy", steady, "per line; against operands 8 B apart; steady");
    truth_row("extra_first", params, "cy", first, "per line; against operands 8 B apart; first");
}

template <int lines> static void param_rows(void) {
    std::string params = truth_format("bank=0 operands=%d", lines);
    auto apart = operand_rows(params + " apart_b=64", lines, [](const struct probe_run &run) {
        k_param_operands<lines, LINE_B><<<1, PROBE_LANES>>>(run, zeros);
    });
    auto packed = operand_rows(params + " apart_b=8", lines, [](const struct probe_run &run) {
        k_param_operands<lines, PACKED_B><<<1, PROBE_LANES>>>(run, zeros);
    });
    miss_row(params, lines, apart, packed);
}

template <int lines> static void bank_rows(void) {
    std::string params = truth_format("bank=3 operands=%d", lines);
    auto apart = operand_rows(params + " apart_b=64", lines, [](const struct probe_run &run) {
        k_bank_operands<lines, LINE_B><<<1, PROBE_LANES>>>(run);
    });
    auto packed = operand_rows(params + " apart_b=8", lines, [](const struct probe_run &run) {
        k_bank_operands<lines, PACKED_B><<<1, PROBE_LANES>>>(run);
    });
    miss_row(params, lines, apart, packed);
}

static void run_param_operands(void) {
    param_rows<4>();
    param_rows<8>();
    param_rows<12>();
    param_rows<16>();
    param_rows<32>();
    param_rows<48>();
    param_rows<PARAM_LINES>();
}

static void run_bank_operands(void) {
    set_table(std::vector<uint32_t>(BANK_B / WORD_B, 0));
    bank_rows<4>();
    bank_rows<8>();
    bank_rows<12>();
    bank_rows<16>();
    bank_rows<32>();
    bank_rows<48>();
    bank_rows<64>();
    bank_rows<128>();
    bank_rows<256>();
    bank_rows<512>();
    bank_rows<1024>();
}

static const struct truth_case cases[] = {
    {"ldc", run_ldc, 80},
    {"ldc_lanes", run_ldc_lanes, 80},
    {"ldc_interval", run_ldc_interval, 80},
    {"param_operands", run_param_operands, 80},
    {"bank_operands", run_bank_operands, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "constant", TRUTH_CASES(cases));
}
