// Instruction fetch: straight-line loops of growing code, in cycles per instruction of a warp.
//
// A loop body alternates FFMA and SHF, eight chains, so that a warp can issue one in each cycle.
// Steady: the slope between two numbers of iterations (probe.cuh), for one warp and for several, of
// which each sub-core has its share. Cold: the first pass of a launch, after a body of other code
// has run on every SM, or after the L2 was flushed. Plateaus over the size of the code show the
// caches' sizes and what a miss costs a stream of instructions.
#include "probe.cuh"

enum {
    INSTRUCTION_B = 16,
    BLOCK_KIB = 4, // of code, in one asm statement
    BLOCK_INSTRUCTIONS = BLOCK_KIB * 1024 / INSTRUCTION_B,
    STEADY_INSTRUCTIONS = 100000, // of the lengthy pass
};

// Eight instructions; eight chains in all, so that none waits for the one before it.
#define FETCH_8                                                                                   \
    "fma.rn.f32 %0, %0, %8, %9;\n\tshf.l.wrap.b32 %4, %4, %4, %10;\n\t"                           \
    "fma.rn.f32 %1, %1, %8, %9;\n\tshf.l.wrap.b32 %5, %5, %5, %10;\n\t"                           \
    "fma.rn.f32 %2, %2, %8, %9;\n\tshf.l.wrap.b32 %6, %6, %6, %10;\n\t"                           \
    "fma.rn.f32 %3, %3, %8, %9;\n\tshf.l.wrap.b32 %7, %7, %7, %10;\n\t"
#define FETCH_32 FETCH_8 FETCH_8 FETCH_8 FETCH_8
#define FETCH_BLOCK                                                                               \
    FETCH_32 FETCH_32 FETCH_32 FETCH_32 FETCH_32 FETCH_32 FETCH_32 FETCH_32

// sass: k_codeILi4EE FFMA 128
// sass: k_codeILi4EE SHF 128
// sass: k_codeILi256EE FFMA 8192
// sass: k_codeILi256EE SHF 8192
template <int kib> __global__ __launch_bounds__(PROBE_CTA) void k_code(struct probe_run run) {
    float a = threadIdx.x, b = a + 1, c = a + 2, d = a + 3, factor = a + 4, more = a + 5;
    uint32_t by = threadIdx.x, e = by * 3, f = e + 1, g = e + 2, h = e + 3;
    probe_passes(run, [&] {
#pragma unroll
        for (int i = 0; i < kib / BLOCK_KIB; i++)
            asm volatile(FETCH_BLOCK
                         : "+f"(a), "+f"(b), "+f"(c), "+f"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h)
                         : "f"(factor), "f"(more), "r"(by));
    });
    run.sink[probe_thread()] = __float_as_uint(a + b + c + d) ^ e ^ f ^ g ^ h;
}

typedef void (*code_kernel)(struct probe_run run);

static const struct body {
    int kib;
    code_kernel kernel;
} bodies[] = {
    {4, k_code<4>},     {8, k_code<8>},     {16, k_code<16>},   {24, k_code<24>},
    {32, k_code<32>},   {48, k_code<48>},   {64, k_code<64>},   {96, k_code<96>},
    {128, k_code<128>}, {160, k_code<160>}, {192, k_code<192>}, {256, k_code<256>},
};

static void launch(code_kernel kernel, int grid, int threads, const struct probe_run &run) {
    kernel<<<grid, threads>>>(run);
    TRUTH_LAUNCHED();
}

// Fills every SM's instruction caches with other code: the largest body, or the next to it.
static void evict(int kib) {
    const struct body *end = bodies + sizeof bodies / sizeof bodies[0];
    code_kernel other = end[-1].kib == kib ? end[-2].kernel : end[-1].kernel;
    int grid = truth.device.multiProcessorCount;
    static truth_buffer<uint32_t> *sink = new truth_buffer<uint32_t>(grid * PROBE_CTA);
    static truth_buffer<struct probe_mark> *marks =
        new truth_buffer<struct probe_mark>(grid * PROBE_CTA / PROBE_LANES * PROBE_PASSES);
    launch(other, grid, PROBE_CTA / 8, {1, 1, 0, sink->at, marks->at});
}

static void code_rows(const struct body &body, int warps) {
    uint32_t instructions = body.kib / BLOCK_KIB * BLOCK_INSTRUCTIONS;
    uint32_t more = std::max<uint32_t>(4, STEADY_INSTRUCTIONS / instructions);
    struct probe_plan plan = {1, warps * PROBE_LANES, 1, 1 + more, 0};
    auto run = [&](const struct probe_run &run) {
        launch(body.kernel, plan.grid, plan.threads, run);
    };
    std::vector<double> steady, cold, cold_dram;
    for (const struct probe_sample &one : probe_measure(plan, run, [&] { evict(body.kib); })) {
        steady.push_back(one.slope / instructions);
        cold.push_back(one.first / instructions);
    }
    plan.lengthy = 2;
    auto flush = [&] {
        evict(body.kib);
        truth_flush_l2();
    };
    for (const struct probe_sample &one : probe_measure(plan, run, flush))
        cold_dram.push_back(one.first / instructions);
    std::string params = truth_format("code_kib=%d warps=%d", body.kib, warps);
    probe_row("interval", params, "cy", steady, "per instruction of each warp; slope; steady");
    probe_row("interval_first", params, "cy", cold, "first pass; other code ran before");
    probe_row("interval_cold", params, "cy", cold_dram, "first pass; L2 flushed before");
}

static void run_code(void) {
    for (int warps : {1, 4, 16})
        for (const struct body &body : bodies)
            if (!probe_light() || body.kib <= 16) code_rows(body, warps);
}

static const struct truth_case cases[] = {
    {"code", run_code, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "fetch", TRUTH_CASES(cases));
}
