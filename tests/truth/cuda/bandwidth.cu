// The bandwidth of L1, L2 and DRAM, and what an access of a warp costs L1 by the lines it touches.
//
// L1: loads that hit, in cycles of the SM per warp instruction; slopes between two lengths of a
// loop (probe.cuh), where iterations of 4 loads are taken from ones of 8, so that the wait for the
// last load of an iteration drops out. L2 and DRAM: SMs stream over a working set; bytes and time
// of a short run are taken from a long one's, by events for B/s and by the SMs' clocks for B/cy.
#include "probe.cuh"

enum {
    STEPS = 8,
    FEW_STEPS = 4,
    LINE_B = 128,
    SECTOR_B = 32,
    WORD_B = 4,
    STEP_B = 4096,     // what an access of a warp spans at most
    STREAM_UNROLL = 8, // 16 B accesses under way per thread
    LONG_RUN = 3,      // times the short one
    L1_WARPS = PROBE_CTA / PROBE_LANES,
};

static const size_t KiB = 1024, MiB = 1024 * KiB, GiB = 1024 * MiB;

// --- L1 ------------------------------------------------------------------------------------------

struct ldg32 {
    static const uint32_t width_b = 4;
    static const int ctas = 2; // of an SM, which bounds the registers
    static __device__ __forceinline__ uint32_t load(uint64_t at) {
        uint32_t a;
        asm volatile("ld.global.u32 %0, [%1];" : "=r"(a) : "l"(at) : "memory");
        return a;
    }
};

struct ldg64 {
    static const uint32_t width_b = 8;
    static const int ctas = 1;
    static __device__ __forceinline__ uint32_t load(uint64_t at) {
        uint32_t a, b;
        asm volatile("ld.global.v2.u32 {%0, %1}, [%2];" : "=r"(a), "=r"(b) : "l"(at) : "memory");
        return a ^ b;
    }
};

struct ldg128 {
    static const uint32_t width_b = 16;
    static const int ctas = 1;
    static __device__ __forceinline__ uint32_t load(uint64_t at) {
        uint32_t a, b, c, d;
        asm volatile("ld.global.v4.u32 {%0, %1, %2, %3}, [%4];"
                     : "=r"(a), "=r"(b), "=r"(c), "=r"(d)
                     : "l"(at)
                     : "memory");
        return a ^ b ^ c ^ d;
    }
};

// Where each lane of a warp goes.
struct lanes {
    uint32_t at_b[PROBE_LANES];
};

// Every warp loads the same few places again and again.
// sass: k_l1I5ldg32Li8EE LDG.E 8
// sass: k_l1I5ldg64Li8EE LDG.E.64 8
// sass: k_l1I6ldg128Li8EE LDG.E.128 8
template <typename Load, int steps>
__global__ __launch_bounds__(PROBE_CTA, Load::ctas) void k_l1(struct probe_run run,
                                                              const unsigned char *base,
                                                              struct lanes lanes) {
    uint64_t at = reinterpret_cast<uint64_t>(base) + lanes.at_b[probe_lane()];
    uint32_t sum = 0;
    probe_passes(run, [&] {
        uint32_t got[steps];
#pragma unroll
        for (int i = 0; i < steps; i++) got[i] = Load::load(at + i * STEP_B);
#pragma unroll
        for (int i = 0; i < steps; i++) sum ^= got[i];
        at ^= run.zero; // a new address as far as the compiler knows
    });
    run.sink[probe_thread()] = sum; // 0
}

// --- L2 and DRAM ---------------------------------------------------------------------------------

struct flow {
    uint4 *from, *to;
    uint32_t count;   // 16 B words of the working set
    uint32_t rounds;  // of STREAM_UNROLL words per thread
    uint64_t *cycles; // of each CTA
    uint32_t *sink;   // of each thread
};

static __device__ __forceinline__ uint4 load_l2(const uint4 *at) {
    uint4 v;
    asm volatile("ld.global.cg.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
                 : "l"(at)
                 : "memory");
    return v;
}

static __device__ __forceinline__ void store(uint4 *at, uint4 v) {
    asm volatile("st.global.v4.u32 [%0], {%1, %2, %3, %4};" ::"l"(at), "r"(v.x), "r"(v.y), "r"(v.z),
                 "r"(v.w)
                 : "memory");
}

// All threads side by side stride over the set, and from its start again when they come to its end.
template <bool reads, bool writes> static __device__ __forceinline__ void stream(struct flow flow) {
    uint32_t threads = gridDim.x * blockDim.x, step = threads % flow.count;
    uint32_t at = probe_thread() % flow.count, sum = 0;
    uint4 v[STREAM_UNROLL];
#pragma unroll
    for (int i = 0; i < STREAM_UNROLL; i++) v[i] = make_uint4(threads, at, step, i);
    __syncthreads();
    uint64_t start = truth_clock();
#pragma unroll 1
    for (uint32_t round = 0; round < flow.rounds; round++) {
        uint32_t place[STREAM_UNROLL];
#pragma unroll
        for (int i = 0; i < STREAM_UNROLL; i++) {
            place[i] = at;
            at += step;
            if (at >= flow.count) at -= flow.count;
        }
        if (reads) {
#pragma unroll
            for (int i = 0; i < STREAM_UNROLL; i++) v[i] = load_l2(flow.from + place[i]);
        }
        if (writes) {
#pragma unroll
            for (int i = 0; i < STREAM_UNROLL; i++) store(flow.to + place[i], v[i]);
        } else {
#pragma unroll
            for (int i = 0; i < STREAM_UNROLL; i++) sum ^= v[i].x ^ v[i].y ^ v[i].z ^ v[i].w;
        }
    }
    __syncthreads();
    uint64_t stop = truth_clock();
    if (threadIdx.x == 0) flow.cycles[blockIdx.x] = stop - start;
    flow.sink[probe_thread()] = sum;
}

// sass: k_read LDG.E.128 8
__global__ __launch_bounds__(PROBE_CTA, 2) void k_read(struct flow flow) {
    stream<true, false>(flow);
}

// sass: k_write STG.E.128 8
__global__ __launch_bounds__(PROBE_CTA, 2) void k_write(struct flow flow) {
    stream<false, true>(flow);
}

// sass: k_copy LDG.E.128 8
// sass: k_copy STG.E.128 8
__global__ __launch_bounds__(PROBE_CTA) void k_copy(struct flow flow) {
    stream<true, true>(flow);
}

__global__ void init_fill(uint4 *at, size_t count) {
    size_t step = static_cast<size_t>(gridDim.x) * blockDim.x;
    for (size_t i = probe_thread(); i < count; i += step) at[i] = make_uint4(0, 0, 0, 0);
}

// --- memory --------------------------------------------------------------------------------------

static size_t arena_b(void) {
    return probe_light() ? 64 * MiB : 4 * GiB;
}

// Allocated and zeroed once; L1 is measured on its first lines, before anything writes to it.
static unsigned char *arena(void) {
    static truth_buffer<unsigned char> *all;
    if (!all) all = new truth_buffer<unsigned char>(arena_b());
    return all->at;
}

static unsigned char *zeroed_arena(void) {
    init_fill<<<4096, 256>>>(reinterpret_cast<uint4 *>(arena()), arena_b() / sizeof(uint4));
    TRUTH_LAUNCHED();
    return arena();
}

// --- rows of L1 ----------------------------------------------------------------------------------

typedef void (*l1_kernel)(struct probe_run run, const unsigned char *base, struct lanes lanes);

// Cycles of an SM for an access of each warp of a full CTA. With fewer warps the four loads that an
// iteration has more would hide behind the wait for the others, so that they seem to cost nothing.
static std::vector<double> l1_cycles(l1_kernel all, l1_kernel few, const struct lanes &lanes) {
    static const struct probe_plan plan = {1, PROBE_CTA, 20, 220, 1};
    const unsigned char *base = arena();
    std::vector<double> cycles[2];
    for (int i = 0; i < 2; i++) {
        l1_kernel kernel = i ? few : all;
        CU(cudaFuncSetAttribute(kernel, cudaFuncAttributePreferredSharedMemoryCarveout, 0));
        cycles[i] = probe_zero_slopes(plan, 1, [&](const struct probe_run &run) {
            kernel<<<plan.grid, plan.threads>>>(run, base, lanes);
        });
    }
    for (size_t i = 0; i < cycles[0].size(); i++)
        cycles[0][i] = (cycles[0][i] - cycles[1][i]) / (STEPS - FEW_STEPS);
    return cycles[0];
}

template <typename Load> static void l1_width_rows(const char *op) {
    struct lanes lanes;
    for (uint32_t i = 0; i < PROBE_LANES; i++) lanes.at_b[i] = i * Load::width_b;
    std::vector<double> cycles = l1_cycles(k_l1<Load, STEPS>, k_l1<Load, FEW_STEPS>, lanes);
    probe_row("bandwidth", truth_format("level=l1 op=%s warps=%d", op, L1_WARPS), "B/cy/SM",
              probe_over(PROBE_CTA * Load::width_b, cycles), "lanes side by side; hits; slope");
}

static void run_l1(void) {
    zeroed_arena();
    l1_width_rows<ldg32>("ldg32");
    l1_width_rows<ldg64>("ldg64");
    l1_width_rows<ldg128>("ldg128");
}

static void l1_lanes_rows(const std::string &params, const struct lanes &lanes) {
    std::vector<double> cycles = l1_cycles(k_l1<ldg32, STEPS>, k_l1<ldg32, FEW_STEPS>, lanes);
    for (double &one : cycles) one /= L1_WARPS;
    probe_row("interval", params + truth_format(" warps=%d", L1_WARPS), "cy", cycles,
              "of the SM per LDG.32 of a warp; hits; slope");
}

// Lanes share the lines evenly. In a diagonal each lane has the word of its number in its line, so
// that no two lanes want a bank of the data: what lines cost then, tags cost. In a column all lanes
// want words of the first sector.
static void run_l1_lines(void) {
    zeroed_arena();
    for (uint32_t lines = 1; lines <= PROBE_LANES; lines *= 2) {
        struct lanes diagonal, column;
        for (uint32_t i = 0; i < PROBE_LANES; i++) {
            uint32_t line_b = i / (PROBE_LANES / lines) * LINE_B;
            diagonal.at_b[i] = line_b + i * WORD_B;
            column.at_b[i] = line_b + i * WORD_B % SECTOR_B;
        }
        l1_lanes_rows(truth_format("lines=%u layout=diagonal", lines), diagonal);
        l1_lanes_rows(truth_format("lines=%u layout=column", lines), column);
    }
    for (uint32_t sectors = 1; sectors <= LINE_B / SECTOR_B; sectors *= 2) {
        struct lanes lanes;
        for (uint32_t i = 0; i < PROBE_LANES; i++)
            lanes.at_b[i] = i / (PROBE_LANES / sectors) * SECTOR_B + i * WORD_B % SECTOR_B;
        l1_lanes_rows(truth_format("lines=1 sectors=%u", sectors), lanes);
    }
    struct lanes uniform = {};
    l1_lanes_rows("lines=1 layout=uniform", uniform);
}

// --- rows of L2 and DRAM -------------------------------------------------------------------------

struct run_cost {
    double ns, cycles; // cycles of the CTA that took the longest
};

typedef void (*flow_kernel)(struct flow flow);

static struct run_cost run_once(flow_kernel kernel, int ctas, const struct flow &flow) {
    static cudaEvent_t start, stop;
    if (!start) {
        CU(cudaEventCreate(&start));
        CU(cudaEventCreate(&stop));
    }
    CU(cudaEventRecord(start));
    kernel<<<ctas, PROBE_CTA>>>(flow);
    TRUTH_LAUNCHED();
    CU(cudaEventRecord(stop));
    CU(cudaEventSynchronize(stop));
    float ms = 0;
    CU(cudaEventElapsedTime(&ms, start, stop));
    std::vector<uint64_t> cycles(ctas);
    CU(cudaMemcpy(cycles.data(), flow.cycles, ctas * sizeof cycles[0], cudaMemcpyDeviceToHost));
    return {1e6 * static_cast<double>(ms),
            static_cast<double>(*std::max_element(cycles.begin(), cycles.end()))};
}

struct stream_kind {
    const char *op;
    flow_kernel kernel;
    int directions;  // in which an access moves its bytes
    int ctas_per_sm; // where all SMs work
};

static const struct stream_kind read_kind = {"read", k_read, 1, 2};
static const struct stream_kind write_kind = {"write", k_write, 1, 2};
static const struct stream_kind copy_kind = {"copy", k_copy, 2, 1};

// About `moved` bytes in the short run, over the first `set` bytes of the arena; a copy goes from
// them to as many behind them. Fewer CTAs than SMs lie on SMs of their own.
static void stream_rows(const struct stream_kind &kind, const char *level, int sms, size_t set,
                        size_t moved) {
    if (set * kind.directions > arena_b()) return;
    int all_sms = truth.device.multiProcessorCount;
    int ctas = sms == all_sms ? sms * kind.ctas_per_sm : sms;
    static truth_buffer<uint64_t> *cycles = new truth_buffer<uint64_t>(2 * all_sms);
    static truth_buffer<uint32_t> *sink = new truth_buffer<uint32_t>(2 * all_sms * PROBE_CTA);
    size_t round_b = static_cast<size_t>(ctas) * PROBE_CTA * STREAM_UNROLL * sizeof(uint4);
    size_t full_rounds = std::max<size_t>(1, moved / round_b);
    uint32_t rounds = probe_light() ? 1 : static_cast<uint32_t>(full_rounds);
    uint4 *from = reinterpret_cast<uint4 *>(arena());
    uint32_t count = static_cast<uint32_t>(set / sizeof(uint4));
    uint4 *to = kind.directions == 2 ? from + count : from;
    struct flow brief = {from, to, count, rounds, cycles->at, sink->at}, lengthy = brief;
    lengthy.rounds *= LONG_RUN;
    double more_b = static_cast<double>(round_b) * (lengthy.rounds - brief.rounds);
    more_b *= kind.directions;
    bool flushes = strcmp(level, "dram") == 0; // what few SMs read would stay in L2
    std::vector<double> by_time, by_clock;
    for (int i = 0; i < probe_samples(8) + 1; i++) {
        if (flushes) truth_flush_l2();
        struct run_cost one = run_once(kind.kernel, ctas, brief);
        if (flushes) truth_flush_l2();
        struct run_cost more = run_once(kind.kernel, ctas, lengthy);
        if (i == 0) continue;
        by_time.push_back(more_b / (more.ns - one.ns));
        by_clock.push_back(more_b / (more.cycles - one.cycles));
    }
    std::string params =
        truth_format("level=%s op=%s kib=%zu sms=%d", level, kind.op, set / KiB, sms);
    probe_row("bandwidth", params, "GB/s", by_time, "events; long run less short run");
    probe_row("bandwidth_cy", params, "B/cy", by_clock, "clock of the slowest SM; likewise");
}

static void run_l2(void) {
    static const size_t reads_mib[] = {1,  2,  4,  6,  8,  11, 16, 20, 24, 28, 32, 36,
                                       40, 44, 48, 52, 56, 60, 64, 80, 96, 128};
    static const size_t writes_mib[] = {1, 4, 8, 16, 24, 32, 48, 64};
    int sms = truth.device.multiProcessorCount;
    zeroed_arena();
    for (size_t mib : reads_mib) stream_rows(read_kind, "l2", sms, mib * MiB, 768 * MiB);
    for (size_t mib : writes_mib) stream_rows(write_kind, "l2", sms, mib * MiB, 512 * MiB);
    for (size_t mib : {4, 16}) stream_rows(copy_kind, "l2", sms, mib * MiB, 512 * MiB);
    truth_row("sm_clock", "", "Hz", {truth_sm_clock_hz()}, "right after");
}

// How the rate grows with the SMs that ask.
static void run_few_sms(void) {
    zeroed_arena();
    for (int sms : {1, 2, 4, 8, 16, 32, 64}) {
        stream_rows(read_kind, "l2", sms, 8 * MiB, sms * 16 * MiB);
        stream_rows(read_kind, "dram", sms, 4 * GiB, sms * 16 * MiB);
        stream_rows(write_kind, "l2", sms, 8 * MiB, sms * 16 * MiB);
    }
}

static void run_dram(void) {
    int sms = truth.device.multiProcessorCount;
    zeroed_arena();
    for (size_t gib : {1, 2, 4}) stream_rows(read_kind, "dram", sms, gib * GiB, GiB);
    for (size_t gib : {1, 4}) stream_rows(write_kind, "dram", sms, gib * GiB, GiB);
    for (size_t gib : {1, 2}) stream_rows(copy_kind, "dram", sms, gib * GiB, GiB / 2);
    truth_row("sm_clock", "", "Hz", {truth_sm_clock_hz()}, "right after");
}

static const struct truth_case cases[] = {
    {"l1", run_l1, 80},
    {"l1_lines", run_l1_lines, 80},
    {"l2", run_l2, 80},
    {"few_sms", run_few_sms, 80},
    {"dram", run_dram, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "bandwidth", TRUTH_CASES(cases));
}
