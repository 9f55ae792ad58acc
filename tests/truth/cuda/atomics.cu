// Atomics on global memory: latency, and throughput by contention, from one SM and from all.
//
// Latency: chains through the operand, whose result is the next one's. Throughput: independent
// atomics, in cycles per warp instruction of all SMs together and in lanes per cycle; slopes of two
// lengths of a loop (probe.cuh), where iterations of 4 are taken from ones of 8, so that the wait
// at the end of an iteration drops out. The lengths follow the cost, which contention raises.
#include "probe.cuh"

enum {
    STEPS = 8,
    FEW_STEPS = 4,
    WORD_B = 4,
    SECTOR_WORDS = 8,
    LINE_B = 128,
    WARP_B = PROBE_LANES * LINE_B, // what a warp spreads over
    RUN_CY = 400000,               // that a lengthy pass aims at
    LEAST_ITERATIONS = 3,
    MOST_ITERATIONS = 200,
};

// --- what is measured ----------------------------------------------------------------------------

struct atom_add {
    static __device__ __forceinline__ uint32_t swap(uint64_t at, uint32_t value, uint32_t) {
        asm volatile("atom.global.add.u32 %0, [%1], %0;" : "+r"(value) : "l"(at) : "memory");
        return value;
    }
};

struct atom_exch {
    static __device__ __forceinline__ uint32_t swap(uint64_t at, uint32_t value, uint32_t) {
        asm volatile("atom.global.exch.b32 %0, [%1], %0;" : "+r"(value) : "l"(at) : "memory");
        return value;
    }
};

struct atom_cas {
    static __device__ __forceinline__ uint32_t swap(uint64_t at, uint32_t value, uint32_t other) {
        asm volatile("atom.global.cas.b32 %0, [%1], %0, %2;"
                     : "+r"(value)
                     : "l"(at), "r"(other)
                     : "memory");
        return value;
    }
};

struct atom_add_f32 {
    static __device__ __forceinline__ uint32_t swap(uint64_t at, uint32_t value, uint32_t) {
        float sum = __uint_as_float(value);
        asm volatile("atom.global.add.f32 %0, [%1], %0;" : "+f"(sum) : "l"(at) : "memory");
        return __float_as_uint(sum);
    }
};

// These have no result: the operand stands for it.
struct red_add {
    static __device__ __forceinline__ uint32_t swap(uint64_t at, uint32_t value, uint32_t) {
        asm volatile("red.global.add.u32 [%0], %1;" ::"l"(at), "r"(value) : "memory");
        return value;
    }
};

struct red_add_f32 {
    static __device__ __forceinline__ uint32_t swap(uint64_t at, uint32_t value, uint32_t) {
        asm volatile("red.global.add.f32 [%0], %1;" ::"l"(at), "f"(__uint_as_float(value))
                     : "memory");
        return value;
    }
};

// --- kernels -------------------------------------------------------------------------------------

// Where a lane goes, by its place in the warp and the warp's in the grid.
struct layout {
    uint32_t lanes; // that go to places of their own; the others share these
    uint32_t lane_b, warp_b;
};

static __device__ __forceinline__ uint64_t place(const unsigned char *base, struct layout layout) {
    uint64_t warp = probe_thread() / PROBE_LANES;
    return reinterpret_cast<uint64_t>(base) + warp * layout.warp_b +
           probe_lane() % layout.lanes * layout.lane_b;
}

// All memory holds zeros, and zeros are added, exchanged and compared; the compiler cannot know
// that, nor that all lanes have the same.
static __device__ __forceinline__ uint32_t zero_at(uint64_t at) {
    uint32_t value;
    asm volatile("ld.global.cg.u32 %0, [%1];" : "=r"(value) : "l"(at) : "memory");
    return value;
}

// sass: k_chainI8atom_addE ATOMG.E.ADD 8
// sass: k_chainI9atom_exchE ATOMG.E.EXCH 8
// sass: k_chainI8atom_casE ATOMG.E.CAS 8
// sass: k_chainI12atom_add_f32E ATOMG.E.ADD.F32 8
template <typename Atomic>
__global__ void k_chain(struct probe_run run, const unsigned char *base, struct layout layout) {
    uint64_t at = place(base, layout);
    uint32_t value = zero_at(at), other = zero_at(at);
    probe_passes(run, [&] {
#pragma unroll
        for (int i = 0; i < STEPS; i++) value = Atomic::swap(at, value, other);
    });
    run.sink[probe_thread()] = value; // 0
}

// sass: k_streamI8atom_addLi8EE ATOMG.E.ADD 8
// sass: k_streamI9atom_exchLi8EE ATOMG.E.EXCH 8
// sass: k_streamI8atom_casLi8EE ATOMG.E.CAS 8
// sass: k_streamI12atom_add_f32Li8EE ATOMG.E.ADD.F32 8
// sass: k_streamI7red_addLi8EE RED 8
// sass: k_streamI11red_add_f32Li8EE RED 8
template <typename Atomic, int steps>
__global__ __launch_bounds__(PROBE_CTA) void k_stream(struct probe_run run,
                                                      const unsigned char *base,
                                                      struct layout layout) {
    uint64_t at = place(base, layout);
    uint32_t value = zero_at(at), sum = 0;
    probe_passes(run, [&] {
        uint32_t got[steps];
#pragma unroll
        for (int i = 0; i < steps; i++) got[i] = Atomic::swap(at, value, value);
#pragma unroll
        for (int i = 0; i < steps; i++) sum ^= got[i];
    });
    run.sink[probe_thread()] = sum; // 0
}

// --- rows ----------------------------------------------------------------------------------------

static const struct {
    const char *name;
    struct layout layout;
} places[] = {
    {"same", {1, 0, 0}},                             // one word for all warps
    {"warp", {1, 0, LINE_B}},                        // a word for each warp
    {"sector", {SECTOR_WORDS, WORD_B, LINE_B}},      // the words of a sector for each warp
    {"line", {PROBE_LANES, WORD_B, LINE_B}},         // the words of a line for each warp
    {"shared_line", {PROBE_LANES, WORD_B, 0}},       // the words of one line for all warps
    {"spread", {PROBE_LANES, LINE_B, WARP_B}},       // a line for each lane
};

static const unsigned char *zeros(void) {
    static truth_buffer<unsigned char> *all;
    if (!all) {
        size_t warps = static_cast<size_t>(truth.device.multiProcessorCount) * PROBE_LANES;
        all = new truth_buffer<unsigned char>(warps * WARP_B);
        all->fill_bytes(0);
    }
    return all->at;
}

typedef void (*atomic_kernel)(struct probe_run run, const unsigned char *base,
                              struct layout layout);

static std::vector<double> cycles_of(atomic_kernel kernel, const struct probe_plan &plan,
                                     const struct layout &layout) {
    return probe_zero_slopes(plan, 1, [=](const struct probe_run &run) {
        kernel<<<plan.grid, plan.threads>>>(run, zeros(), layout);
    });
}

// With as many iterations as take RUN_CY, by a first trial.
static struct probe_plan sized_plan(atomic_kernel kernel, int grid, int threads,
                                    const struct layout &layout) {
    struct probe_plan plan = {grid, threads, 1, 2, 0};
    std::vector<struct probe_sample> trial =
        probe_measure(plan, [=](const struct probe_run &run) {
            kernel<<<grid, threads>>>(run, zeros(), layout);
        }, nullptr, 1);
    double iterations = RUN_CY / std::max(1.0, trial[0].slope);
    iterations = std::max<double>(LEAST_ITERATIONS, std::min<double>(MOST_ITERATIONS, iterations));
    plan.brief = std::max(1u, static_cast<uint32_t>(iterations) / 8);
    plan.lengthy = plan.brief + static_cast<uint32_t>(iterations);
    return plan;
}

template <typename Atomic> static void latency_rows(const char *op) {
    for (const auto &one : places)
        for (int threads : {1, static_cast<int>(PROBE_LANES)}) {
            bool alone = one.layout.lanes == 1 && one.layout.warp_b == 0;
            if (threads == 1 && !alone) continue;
            std::vector<double> cycles =
                cycles_of(k_chain<Atomic>, {1, threads, 4, 104, 0}, one.layout);
            for (double &cycle : cycles) cycle /= STEPS;
            probe_row("latency", truth_format("op=%s place=%s lanes=%d", op, one.name, threads),
                      "cy", cycles, "one warp; slope of a chain");
        }
}

template <typename Atomic> static void throughput_rows(const char *op) {
    int sms = truth.device.multiProcessorCount;
    const struct {
        int grid, warps;
    } crews[] = {{1, 1}, {1, 32}, {probe_light() ? 2 : sms, 32}};
    for (const auto &one : places)
        for (const auto &crew : crews) {
            int threads = crew.warps * PROBE_LANES;
            struct probe_plan plan =
                sized_plan(k_stream<Atomic, STEPS>, crew.grid, threads, one.layout);
            std::vector<double> all = cycles_of(k_stream<Atomic, STEPS>, plan, one.layout);
            std::vector<double> few = cycles_of(k_stream<Atomic, FEW_STEPS>, plan, one.layout);
            double warps = static_cast<double>(crew.grid) * crew.warps;
            std::vector<double> intervals;
            for (size_t i = 0; i < all.size(); i++)
                intervals.push_back((all[i] - few[i]) / (STEPS - FEW_STEPS) / warps);
            std::string params = truth_format("op=%s place=%s sms=%d warps=%d", op, one.name,
                                              crew.grid, crew.warps);
            probe_row("interval", params, "cy", intervals,
                      "per warp instruction of all SMs together; slope");
            probe_row("throughput", params, "lane/cy", probe_over(PROBE_LANES, intervals),
                      "of all SMs together");
        }
}

static void run_latency(void) {
    latency_rows<atom_add>("add");
    latency_rows<atom_exch>("exch");
    latency_rows<atom_cas>("cas");
    latency_rows<atom_add_f32>("add_f32");
}

static void run_throughput(void) {
    throughput_rows<atom_add>("add");
    throughput_rows<atom_exch>("exch");
    throughput_rows<atom_cas>("cas");
    throughput_rows<atom_add_f32>("add_f32");
}

static void run_reductions(void) {
    throughput_rows<red_add>("red_add");
    throughput_rows<red_add_f32>("red_add_f32");
}

static const struct truth_case cases[] = {
    {"latency", run_latency, 80},
    {"throughput", run_throughput, 80},
    {"reductions", run_reductions, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "atomics", TRUTH_CASES(cases));
}
