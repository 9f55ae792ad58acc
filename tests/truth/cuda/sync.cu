// Synchronisation: barriers of a CTA, of warps and of a cluster, fences, other CTAs' shared memory.
//
// All are slopes between two lengths of a loop (probe.cuh) of unrolled instructions. Barriers: the
// cycles from one to the next when all warps do nothing else. Hand-overs: two groups of warps wake
// each other by turns. Fences: alone, and each behind a store, whose completion it awaits.
// Distributed shared memory: chains of loads from the CTA of rank 0 of a cluster to each other one.
#include "probe.cuh"

enum {
    STEPS = 8,
    CLUSTER_PORTABLE = 8,
    ALONE_SHARED_B = 120 << 10, // so much that an SM holds one CTA
};

// --- barriers of a CTA ---------------------------------------------------------------------------

// sass: k_bar_sync BAR.SYNC 9
__global__ __launch_bounds__(PROBE_CTA) void k_bar_sync(struct probe_run run) {
    probe_passes(run, [] {
#pragma unroll
        for (int i = 0; i < STEPS; i++) asm volatile("bar.sync 0;" ::: "memory");
    });
    run.sink[probe_thread()] = 0;
}

// Warps in groups, each with a barrier of its own, from 1 on.
// sass: k_bar_namedILi4EE BAR.SYNC 8
template <int group_warps>
__global__ __launch_bounds__(PROBE_CTA) void k_bar_named(struct probe_run run) {
    uint32_t id = 1 + threadIdx.x / PROBE_LANES / group_warps;
    probe_passes(run, [=] {
#pragma unroll
        for (int i = 0; i < STEPS; i++)
            asm volatile("bar.sync %0, %1;" ::"r"(id), "n"(group_warps * PROBE_LANES) : "memory");
    });
    run.sink[probe_thread()] = 0;
}

// Each barrier counts the threads for which the one before counted any: none.
// sass: k_bar_red BAR.RED 8
__global__ __launch_bounds__(PROBE_CTA) void k_bar_red(struct probe_run run) {
    uint32_t count = threadIdx.x * run.zero;
    probe_passes(run, [&] {
#pragma unroll
        for (int i = 0; i < STEPS; i++)
            asm volatile("{ .reg .pred some; setp.ne.u32 some, %0, 0;\n\t"
                         "bar.red.popc.u32 %0, 0, some; }"
                         : "+r"(count)::"memory");
    });
    run.sink[probe_thread()] = count; // 0
}

// The first half of the warps hands over to the second at barrier 1, and that back at barrier 2.
// sass: k_bar_arrive BAR.ARV 16
// sass: k_bar_arrive BAR.SYNC 17
__global__ __launch_bounds__(PROBE_CTA) void k_bar_arrive(struct probe_run run) {
    uint32_t threads = blockDim.x;
    bool first = threadIdx.x < threads / 2;
    probe_passes(run, [=] {
        if (first) {
#pragma unroll
            for (int i = 0; i < STEPS; i++) {
                asm volatile("bar.arrive 1, %0;" ::"r"(threads) : "memory");
                asm volatile("bar.sync 2, %0;" ::"r"(threads) : "memory");
            }
        } else {
#pragma unroll
            for (int i = 0; i < STEPS; i++) {
                asm volatile("bar.sync 1, %0;" ::"r"(threads) : "memory");
                asm volatile("bar.arrive 2, %0;" ::"r"(threads) : "memory");
            }
        }
    });
    run.sink[probe_thread()] = 0;
}

// --- warps ---------------------------------------------------------------------------------------

// In a warp that has not diverged, which the compiler sees: a NOP.
__global__ void k_syncwarp(struct probe_run run) {
    probe_passes(run, [] {
#pragma unroll
        for (int i = 0; i < STEPS; i++) asm volatile("bar.warp.sync 0xffffffff;" ::: "memory");
    });
    run.sink[probe_thread()] = 0;
}

// Too long for predicates to replace the branch.
#define MULTIPLY "mad.lo.u32 %0, %0, %0, %0;\n\t"
#define MULTIPLY_8 MULTIPLY MULTIPLY MULTIPLY MULTIPLY MULTIPLY MULTIPLY MULTIPLY MULTIPLY
#define MULTIPLY_16(value) asm volatile(MULTIPLY_8 MULTIPLY_8 : "+r"(value)::"memory")

// After a branch that `lanes` of a warp take one way and the others the other.
// sass: k_diverged BSYNC 8
__global__ void k_diverged(struct probe_run run, uint32_t lanes) {
    uint32_t lane = probe_lane(), odd = lane, even = lane;
    probe_passes(run, [&] {
#pragma unroll
        for (int i = 0; i < STEPS; i++) {
            if (lane < lanes)
                MULTIPLY_16(odd);
            else
                MULTIPLY_16(even);
            asm volatile("bar.warp.sync 0xffffffff;" ::: "memory");
        }
    });
    run.sink[probe_thread()] = odd ^ even;
}

// sass: k_nanosleep NANOSLEEP 8
__global__ void k_nanosleep(struct probe_run run, uint32_t ns) {
    probe_passes(run, [=] {
#pragma unroll
        for (int i = 0; i < STEPS; i++) asm volatile("nanosleep.u32 %0;" ::"r"(ns) : "memory");
    });
    run.sink[probe_thread()] = 0;
}

// --- fences --------------------------------------------------------------------------------------

#define FENCE(name, text)                                                                          \
    struct name {                                                                                  \
        static __device__ __forceinline__ void fence(void) {                                       \
            asm volatile(text ::: "memory");                                                       \
        }                                                                                          \
    };
FENCE(sc_cta, "fence.sc.cta;")
FENCE(sc_gpu, "fence.sc.gpu;")
FENCE(sc_sys, "fence.sc.sys;")
FENCE(acq_rel_cta, "fence.acq_rel.cta;")
FENCE(acq_rel_gpu, "fence.acq_rel.gpu;")
FENCE(acq_rel_sys, "fence.acq_rel.sys;")
FENCE(no_fence, "")

// A store of each lane to a word of its own before each fence, or none.
// sass: k_fenceI6sc_ctaLb0EE MEMBAR 8
// sass: k_fenceI6sc_gpuLb0EE MEMBAR 8
// sass: k_fenceI6sc_gpuLb1EE MEMBAR 8
// sass: k_fenceI6sc_gpuLb1EE STG 8
// sass: k_fenceI6sc_sysLb0EE MEMBAR 8
// sass: k_fenceI11acq_rel_gpuLb1EE MEMBAR 8
// sass: k_fenceI8no_fenceLb1EE STG 8
template <typename Fence, bool stores>
__global__ void k_fence(struct probe_run run, uint32_t *words) {
    uint32_t *at = words + probe_thread(), value = run.zero;
    probe_passes(run, [=] {
#pragma unroll
        for (int i = 0; i < STEPS; i++) {
            if (stores)
                asm volatile("st.volatile.global.u32 [%0], %1;" ::"l"(at), "r"(value) : "memory");
            Fence::fence();
        }
    });
    run.sink[probe_thread()] = 0;
}

// --- clusters ------------------------------------------------------------------------------------

#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 900
#define CLUSTER_OF(ctas) __cluster_dims__(ctas, 1, 1)
#else
#define CLUSTER_OF(ctas)
#endif

static __device__ __forceinline__ void cluster_sync(void) {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
    asm volatile("barrier.cluster.arrive.aligned;" ::: "memory");
    asm volatile("barrier.cluster.wait.aligned;" ::: "memory");
#endif
}

// Without the order of memory accesses that an arrival brings by default.
static __device__ __forceinline__ void cluster_sync_relaxed(void) {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
    asm volatile("barrier.cluster.arrive.relaxed.aligned;" ::: "memory");
    asm volatile("barrier.cluster.wait.aligned;" ::: "memory");
#endif
}

// sass90: k_cluster_syncILi8ELb0EE UCGABAR_ARV 8
// sass90: k_cluster_syncILi8ELb0EE UCGABAR_WAIT 8
// sass90: k_cluster_syncILi8ELb1EE UCGABAR_ARV 8
// sass90: k_cluster_syncILi8ELb1EE UCGABAR_WAIT 8
template <int ctas, bool relaxed>
__global__ __launch_bounds__(PROBE_CTA) void CLUSTER_OF(ctas) k_cluster_sync(struct probe_run run) {
    probe_passes(run, [] {
#pragma unroll
        for (int i = 0; i < STEPS; i++) {
            if (relaxed) cluster_sync_relaxed();
            else cluster_sync();
        }
    });
    run.sink[probe_thread()] = 0;
}

// The CTA of rank 0 chases cells of the CTA of rank `to` that hold their own generic addresses. All
// CTAs stay until that is done, and say where they ran.
// sass90: k_cluster_loadILi8EE LD.E.64 8
template <int ctas>
__global__ void CLUSTER_OF(ctas) k_cluster_load(struct probe_run run, uint32_t to, uint32_t *sms) {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
    __shared__ uint64_t s_cells[PROBE_LANES];
    uint64_t own = reinterpret_cast<uint64_t>(&s_cells[threadIdx.x]), first;
    uint32_t rank;
    asm volatile("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
    asm volatile("mapa.u64 %0, %1, %2;" : "=l"(first) : "l"(own), "r"(to));
    if (threadIdx.x == 0) sms[rank] = truth_sm_id();
    cluster_sync(); // all CTAs have begun
    if (rank == 0) {
        uint64_t at = first;
        asm volatile("st.u64 [%0], %0;" ::"l"(first) : "memory");
        probe_passes(run, [&] {
#pragma unroll
            for (int i = 0; i < STEPS; i++) asm volatile("ld.u64 %0, [%0];" : "+l"(at)::"memory");
        });
        run.sink[threadIdx.x] = static_cast<uint32_t>(at - first); // 0
    }
    cluster_sync(); // none leaves before
#endif
}

// --- rows ----------------------------------------------------------------------------------------

typedef void (*plain_kernel)(struct probe_run run);

static void plain_row(const char *quantity, const char *op, plain_kernel kernel, int warps,
                      const char *note) {
    struct probe_plan plan = {1, warps * PROBE_LANES, 10, 110, 0};
    std::vector<double> cycles = probe_zero_slopes(plan, STEPS, [=](const struct probe_run &run) {
        kernel<<<1, plan.threads>>>(run);
    });
    probe_row(quantity, truth_format("op=%s warps=%d", op, warps), "cy", cycles, note);
}

static void run_barriers(void) {
    for (int warps : {1, 2, 4, 8, 12, 16, 24, 32}) {
        plain_row("interval", "bar.sync", k_bar_sync, warps, "from a barrier to the next; slope");
        plain_row("interval", "bar.red.popc", k_bar_red, warps,
                  "from a barrier to the next that takes its result; slope");
        if (warps % 2 == 0)
            plain_row("round_trip", "bar.arrive", k_bar_arrive, warps,
                      "from one half of the warps to the other and back; slope");
    }
}

static void run_named_barriers(void) {
    static const struct {
        int group_warps;
        plain_kernel kernel;
    } shapes[] = {{1, k_bar_named<1>}, {2, k_bar_named<2>},   {4, k_bar_named<4>},
                  {8, k_bar_named<8>}, {16, k_bar_named<16>}};
    for (const auto &shape : shapes)
        for (int groups : {1, 2, 4, 8}) {
            int warps = groups * shape.group_warps;
            if (warps * PROBE_LANES > PROBE_CTA) continue;
            std::string op = truth_format("bar.sync group_warps=%d", shape.group_warps);
            plain_row("interval", op.c_str(), shape.kernel, warps,
                      "a barrier for each group; from one to the next; slope");
        }
}

static void run_warps(void) {
    plain_row("interval", "syncwarp", k_syncwarp, 1, "all lanes together before; slope");
    for (uint32_t lanes : {32u, 16u, 1u}) {
        struct probe_plan plan = {1, PROBE_LANES, 10, 110, 0};
        std::vector<double> cycles = probe_slopes(plan, STEPS, [=](const struct probe_run &run) {
            k_diverged<<<1, PROBE_LANES>>>(run, lanes);
        });
        probe_row("interval", truth_format("op=branch.syncwarp lanes=%u", lanes), "cy", cycles,
                  "16 IMAD in a chain each way of a branch; so many lanes one way; slope");
    }
    for (uint32_t ns : {0u, 20u, 100u, 1000u}) {
        struct probe_plan plan = {1, PROBE_LANES, 2, 12, 0};
        std::vector<double> cycles = probe_slopes(plan, STEPS, [=](const struct probe_run &run) {
            k_nanosleep<<<1, PROBE_LANES>>>(run, ns);
        });
        probe_row("interval", truth_format("op=nanosleep ns=%u", ns), "cy", cycles, "slope");
    }
}

// --- rows of fences ------------------------------------------------------------------------------

static uint32_t *words(void) {
    static truth_buffer<uint32_t> *all;
    if (!all) all = new truth_buffer<uint32_t>(PROBE_CTA);
    return all->at;
}

template <typename Fence, bool stores> static void fence_row(const char *op, int warps) {
    struct probe_plan plan = {1, warps * PROBE_LANES, 4, 36, 0};
    std::vector<double> cycles = probe_slopes(plan, STEPS, [=](const struct probe_run &run) {
        k_fence<Fence, stores><<<1, plan.threads>>>(run, words());
    });
    std::string params = truth_format("op=%s stores=%d warps=%d", op, stores, warps);
    probe_row("interval", params, "cy", cycles,
              "of a fence behind so many stores per lane; slope");
}

template <typename Fence> static void fence_rows(const char *op) {
    for (int warps : {1, 8}) {
        fence_row<Fence, false>(op, warps);
        fence_row<Fence, true>(op, warps);
    }
}

static void run_fences(void) {
    fence_rows<sc_cta>("fence.sc.cta");
    fence_rows<sc_gpu>("fence.sc.gpu");
    fence_rows<sc_sys>("fence.sc.sys");
    fence_rows<acq_rel_cta>("fence.acq_rel.cta");
    fence_rows<acq_rel_gpu>("fence.acq_rel.gpu");
    fence_rows<acq_rel_sys>("fence.acq_rel.sys");
    fence_row<no_fence, true>("none", 1);
    fence_row<no_fence, true>("none", 8);
}

// --- rows of clusters ----------------------------------------------------------------------------

// One cluster, whose CTAs lie on SMs of their own. False where the GPU does not run one so large.
static bool cluster_runs(plain_kernel kernel, int ctas, int threads) {
    truth_buffer<uint32_t> sink(static_cast<size_t>(ctas) * threads);
    truth_buffer<struct probe_mark> marks(static_cast<size_t>(ctas) * threads * PROBE_PASSES);
    CU(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, ALONE_SHARED_B));
    if (ctas > CLUSTER_PORTABLE)
        CU(cudaFuncSetAttribute(kernel, cudaFuncAttributeNonPortableClusterSizeAllowed, 1));
    kernel<<<ctas, threads, ALONE_SHARED_B>>>({0, 0, 0, sink.at, marks.at});
    bool launched = cudaGetLastError() == cudaSuccess;
    CU(cudaDeviceSynchronize());
    return launched;
}

template <int ctas, bool relaxed> static void cluster_sync_rows(void) {
    plain_kernel kernel = k_cluster_sync<ctas, relaxed>;
    for (int warps : {1, 4, 32}) {
        struct probe_plan plan = {ctas, warps * PROBE_LANES, 10, 110, 0};
        if (!cluster_runs(kernel, ctas, plan.threads)) continue;
        std::vector<double> cycles = probe_slopes(plan, STEPS, [=](const struct probe_run &run) {
            kernel<<<ctas, plan.threads, ALONE_SHARED_B>>>(run);
        });
        std::string params = truth_format("op=barrier.cluster ctas=%d warps=%d relaxed=%d", ctas,
                                          warps, relaxed);
        probe_row("interval", params, "cy", cycles,
                  "from a barrier of the cluster to the next; slope");
    }
}

static void run_cluster_barriers(void) {
    cluster_sync_rows<2, false>();
    cluster_sync_rows<2, true>();
    cluster_sync_rows<4, false>();
    cluster_sync_rows<4, true>();
    cluster_sync_rows<8, false>();
    cluster_sync_rows<8, true>();
    cluster_sync_rows<16, false>();
    cluster_sync_rows<16, true>();
}

template <int ctas> static void cluster_load_rows(void) {
    void (*kernel)(struct probe_run, uint32_t, uint32_t *) = k_cluster_load<ctas>;
    if (!cluster_runs(k_cluster_sync<ctas, false>, ctas, PROBE_LANES)) return;
    CU(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, ALONE_SHARED_B));
    if (ctas > CLUSTER_PORTABLE)
        CU(cudaFuncSetAttribute(kernel, cudaFuncAttributeNonPortableClusterSizeAllowed, 1));
    truth_buffer<uint32_t> sms(ctas);
    for (uint32_t to = 0; to < static_cast<uint32_t>(ctas); to++) {
        struct probe_plan plan = {1, PROBE_LANES, 10, 110, 0}; // rank 0 alone is timed
        std::vector<double> cycles =
            probe_zero_slopes(plan, STEPS, [&](const struct probe_run &run) {
                kernel<<<ctas, PROBE_LANES, ALONE_SHARED_B>>>(run, to, sms.at);
            });
        std::vector<uint32_t> where = sms.get();
        std::string params = truth_format("op=ld.cluster ctas=%d to=%u from_sm=%u to_sm=%u", ctas,
                                          to, where[0], where[to]);
        probe_row("latency", params, "cy", cycles,
                  "64 bits of shared memory of the CTA of rank to; slope of a chain");
    }
}

static void run_cluster_loads(void) {
    cluster_load_rows<2>();
    cluster_load_rows<4>();
    cluster_load_rows<8>();
    cluster_load_rows<16>();
}

static const struct truth_case cases[] = {
    {"barriers", run_barriers, 80},
    {"named_barriers", run_named_barriers, 80},
    {"warps", run_warps, 80},
    {"fences", run_fences, 80},
    {"cluster_barriers", run_cluster_barriers, 90},
    {"cluster_loads", run_cluster_loads, 90},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "sync", TRUTH_CASES(cases));
}
