// cp.async (LDGSTS): its latency over plain loads, bytes a cycle by groups in flight, and what its
// instructions cost.
//
// Latency is the clock around a copy, its commit and its wait, and by a pointer chase of one warp:
// each step copies the next offset into shared memory, waits for it and reads it from there; the
// same chase with a plain load, with a load, a store and a read of shared memory, and in shared
// memory alone, stand beside it. A step's time is the slope between two numbers of steps. What a
// chase reads lies in L1 (gone around before), in L2 (read by the launch before and each line once
// a launch) or in DRAM (L2 flushed). Bandwidth is the slope between two numbers of copies of every
// thread; costs are slopes between unrolled chains.
#include "truth.cuh"

static const int LANES = 32;
static const int NODE_B = 512;                       // a step of the chase: 16 bytes a lane
static const int L1_NODES = 32, L2_NODES = 8192, DRAM_NODES = 65536;
static const int WARM_STEPS = 2 * L1_NODES, SHORT_STEPS = 64, LONG_STEPS = 320;
static const int CLOCKED_STEPS = 256;
static const uint32_t SCATTER = 40503;               // odd: meets every node of a power of two
static const int MAX_THREADS = 1024;
static const int SLOTS = 8;                          // a thread's in shared memory
static const int REGION_B = 2 << 20;                 // what a block reads, each byte once a launch
static const int SHARED_REGIONS = 8;                 // from L2: blocks read the same few regions
static const int SHORT_B = 512 << 10, LONG_B = REGION_B; // bytes of a bandwidth launch a block
enum { SHORT_CHAIN = 8, LONG_CHAIN = 40 };

// --- instructions --------------------------------------------------------------------------------

static __device__ __forceinline__ uint32_t shared_address(const void *at) {
    return static_cast<uint32_t>(__cvta_generic_to_shared(at));
}

#define COPY(NAME, CACHE, BYTES)                                                                   \
    struct NAME {                                                                                  \
        static const int bytes = BYTES;                                                            \
        static __device__ __forceinline__ void issue(uint32_t to, const void *from) {              \
            asm volatile("cp.async." CACHE ".shared.global [%0], [%1], " #BYTES ";" ::"r"(to),     \
                         "l"(from)                                                                 \
                         : "memory");                                                              \
        }                                                                                          \
    };

COPY(copy_ca4, "ca", 4)
COPY(copy_ca8, "ca", 8)
COPY(copy_ca16, "ca", 16)
COPY(copy_cg16, "cg", 16)

static __device__ __forceinline__ void commit(void) {
    asm volatile("cp.async.commit_group;" ::: "memory");
}

template <int PENDING> static __device__ __forceinline__ void wait_group(void) {
    asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory");
}

static __device__ __forceinline__ uint32_t read_shared(uint32_t at) {
    uint32_t value;
    asm volatile("ld.volatile.shared.u32 %0, [%1];" : "=r"(value) : "r"(at) : "memory");
    return value;
}

// Loads of a lane of 4 or 16 bytes. The first 4 are the result; rest() is what else keeps them
// alive. Shared memory is read and written volatile, or the assembler would hand a stored value to
// its reader itself.
struct load_ca4 {
    static const int bytes = 4;
    uint32_t x;
    __device__ __forceinline__ void load(const void *from) {
        asm volatile("ld.global.u32 %0, [%1];" : "=r"(x) : "l"(from) : "memory");
    }
    __device__ __forceinline__ uint32_t rest(void) const {
        return 0;
    }
    __device__ __forceinline__ void store(uint32_t to) const {
        asm volatile("st.volatile.shared.u32 [%0], %1;" ::"r"(to), "r"(x) : "memory");
    }
};

#define LOAD16(NAME, CACHE)                                                                        \
    struct NAME {                                                                                  \
        static const int bytes = 16;                                                               \
        uint32_t x, y, z, w;                                                                       \
        __device__ __forceinline__ void load(const void *from) {                                   \
            asm volatile("ld.global" CACHE ".v4.u32 {%0, %1, %2, %3}, [%4];"                      \
                         : "=r"(x), "=r"(y), "=r"(z), "=r"(w)                                      \
                         : "l"(from)                                                               \
                         : "memory");                                                              \
        }                                                                                          \
        __device__ __forceinline__ uint32_t rest(void) const {                                     \
            return y ^ z ^ w;                                                                      \
        }                                                                                          \
        __device__ __forceinline__ void store(uint32_t to) const {                                 \
            asm volatile("st.volatile.shared.v4.u32 [%0], {%1, %2, %3, %4};" ::"r"(to), "r"(x),    \
                         "r"(y), "r"(z), "r"(w)                                                    \
                         : "memory");                                                              \
        }                                                                                          \
    };

LOAD16(load_ca16, "")
LOAD16(load_cg16, ".cg")

// --- latency -------------------------------------------------------------------------------------

// One step: from the offset of a node to that of the next, through a slot of shared memory. `rest`
// gathers what of a load is not needed.
template <class C> struct step_copy {
    static const int bytes = C::bytes;
    static __device__ __forceinline__ uint32_t next(const uint8_t *base, uint32_t offset,
                                                    uint32_t slot, uint32_t &) {
        C::issue(slot, base + offset);
        commit();
        wait_group<0>();
        return read_shared(slot);
    }
};

template <class L> struct step_load {
    static const int bytes = L::bytes;
    static __device__ __forceinline__ uint32_t next(const uint8_t *base, uint32_t offset, uint32_t,
                                                    uint32_t &rest) {
        L value;
        value.load(base + offset);
        rest ^= value.rest();
        return value.x;
    }
};

template <class L> struct step_load_store {
    static const int bytes = L::bytes;
    static __device__ __forceinline__ uint32_t next(const uint8_t *base, uint32_t offset,
                                                    uint32_t slot, uint32_t &rest) {
        L value;
        value.load(base + offset);
        value.store(slot);
        return read_shared(slot);
    }
};

// In shared memory: the slot holds its own address.
struct step_shared {
    static const int bytes = 16;
    static __device__ __forceinline__ uint32_t next(const uint8_t *, uint32_t slot, uint32_t,
                                                    uint32_t &) {
        return read_shared(slot);
    }
};

template <class STEP>
static __device__ __forceinline__ void chase(const uint8_t *base, uint32_t start, uint64_t *out) {
    __shared__ __align__(16) uint8_t slots[LANES * 16];
    uint32_t slot = shared_address(slots + threadIdx.x * 16);
    uint32_t at = start == ~0u ? slot : start;
    asm volatile("st.volatile.shared.u32 [%0], %1;" ::"r"(slot), "r"(at) : "memory");
    base += threadIdx.x * STEP::bytes;
    uint64_t t[2] = {0, 0};
    uint32_t rest = 0;
#pragma unroll 1
    for (int part = -1; part < 2; part++) {
        int steps = part < 0 ? WARM_STEPS : part ? LONG_STEPS : SHORT_STEPS;
        uint64_t begin = truth_clock();
#pragma unroll 1
        for (int i = 0; i < steps; i += 8) {
#pragma unroll
            for (int j = 0; j < 8; j++) at = STEP::next(base, at, slot, rest);
        }
        asm volatile("" ::"r"(at) : "memory");
        uint64_t end = truth_clock();
        t[0] = t[1]; // leaves the times of the short and of the long part
        t[1] = end - begin;
    }
    if (threadIdx.x) return;
    out[0] = t[0];
    out[1] = t[1];
    out[2] = at;
    out[3] = rest;
}

#define CHASE_KERNEL(NAME, STEP)                                                                   \
    static __global__ void NAME(const uint8_t *base, uint32_t start, uint64_t *out) {              \
        chase<STEP>(base, start, out);                                                             \
    }

// sass: k_chase_copy_ca4 LDGSTS.E 8
// sass: k_chase_copy_ca4 LDGDEPBAR 8
// sass: k_chase_copy_ca4 DEPBAR.LE 8
CHASE_KERNEL(k_chase_copy_ca4, step_copy<copy_ca4>)
// sass: k_chase_copy_ca8 LDGSTS.E.64 8
CHASE_KERNEL(k_chase_copy_ca8, step_copy<copy_ca8>)
// sass: k_chase_copy_ca16 LDGSTS.E.128 8
CHASE_KERNEL(k_chase_copy_ca16, step_copy<copy_ca16>)
// sass: k_chase_copy_cg16 LDGSTS.E.BYPASS 8
CHASE_KERNEL(k_chase_copy_cg16, step_copy<copy_cg16>)
// sass: k_chase_load_ca4 LDG.E 8
CHASE_KERNEL(k_chase_load_ca4, step_load<load_ca4>)
// sass: k_chase_load_ca16 LDG.E.128 8
CHASE_KERNEL(k_chase_load_ca16, step_load<load_ca16>)
// sass: k_chase_load_cg16 LDG.E.128.STRONG.GPU 8
CHASE_KERNEL(k_chase_load_cg16, step_load<load_cg16>)
// sass: k_chase_store_ca4 STS 8
CHASE_KERNEL(k_chase_store_ca4, step_load_store<load_ca4>)
// sass: k_chase_store_ca16 STS.128 8
CHASE_KERNEL(k_chase_store_ca16, step_load_store<load_ca16>)
// sass: k_chase_store_cg16 STS.128 8
CHASE_KERNEL(k_chase_store_cg16, step_load_store<load_cg16>)
// sass: k_chase_shared LDS 8
CHASE_KERNEL(k_chase_shared, step_shared)

typedef void (*chase_kernel)(const uint8_t *, uint32_t, uint64_t *);

// The copy alone between two readings of the clock: in the chase the assembler puts three idle LDS
// between a read of shared memory and the next LDGSTS (here before the first of eight), and the
// address takes two additions. Leaves the sums over the steps after the warm ones, and those of
// reading the clock.
template <class C>
static __device__ __forceinline__ void clocked(const uint8_t *base, uint32_t nodes, uint64_t *out) {
    __shared__ __align__(16) uint8_t slots[LANES * 16];
    uint32_t slot = shared_address(slots + threadIdx.x * 16);
    base += threadIdx.x * C::bytes;
    uint64_t total = 0, clock = 0;
#pragma unroll 8
    for (int i = 0; i < WARM_STEPS + CLOCKED_STEPS; i++) {
        uint64_t from = reinterpret_cast<uint64_t>(base + (i * SCATTER & (nodes - 1)) * NODE_B);
        asm volatile("" : "+l"(from)::"memory");
        uint64_t t0 = truth_clock();
        C::issue(slot, reinterpret_cast<const void *>(from));
        commit();
        wait_group<0>();
        uint64_t t1 = truth_clock();
        uint64_t t2 = truth_clock();
        total += i < WARM_STEPS ? 0 : t1 - t0;
        clock += i < WARM_STEPS ? 0 : t2 - t1;
    }
    if (threadIdx.x) return;
    out[0] = total;
    out[1] = clock;
    out[2] = read_shared(slot);
}

#define CLOCKED_KERNEL(NAME, COPY)                                                                 \
    static __global__ void NAME(const uint8_t *base, uint32_t nodes, uint64_t *out) {              \
        clocked<COPY>(base, nodes, out);                                                           \
    }

// sass: k_clocked_ca4 LDGSTS.E 8
CLOCKED_KERNEL(k_clocked_ca4, copy_ca4)
// sass: k_clocked_ca8 LDGSTS.E.64 8
CLOCKED_KERNEL(k_clocked_ca8, copy_ca8)
// sass: k_clocked_ca16 LDGSTS.E.128 8
CLOCKED_KERNEL(k_clocked_ca16, copy_ca16)
// sass: k_clocked_cg16 LDGSTS.E.BYPASS 8
CLOCKED_KERNEL(k_clocked_cg16, copy_cg16)

// --- bandwidth -----------------------------------------------------------------------------------

struct stream_args {
    const uint8_t *from;
    int regions; // the block's is its number modulo this
    int steps;   // a multiple of SLOTS
    int zero;
    uint64_t *out_cy;
};

// Every thread copies an item a step, each a group of its own, and lets GROUPS be in flight.
template <class C, int GROUPS>
static __device__ __forceinline__ void stream_copy(const struct stream_args &args) {
    extern __shared__ __align__(16) uint8_t ring[];
    const uint32_t step_b = blockDim.x * C::bytes;
    const uint8_t *from = args.from + static_cast<size_t>(blockIdx.x % args.regions) * REGION_B +
                          threadIdx.x * C::bytes;
    uint32_t to = shared_address(ring) + threadIdx.x * C::bytes;
    __syncthreads();
    uint64_t start = truth_clock();
#pragma unroll 1
    for (int i = 0; i < args.steps; i += SLOTS) {
#pragma unroll
        for (int slot = 0; slot < SLOTS; slot++) {
            C::issue(to + slot * step_b, from);
            commit();
            wait_group<GROUPS - 1>();
            from += step_b;
        }
    }
    wait_group<0>();
    __syncthreads();
    if (threadIdx.x == 0) args.out_cy[blockIdx.x] = truth_clock() - start;
}

// The same with GROUPS loads and then as many stores. The next loads' address hangs on the last
// one's value by a zero, or the assembler would move them up before the stores.
template <class L, int GROUPS>
static __device__ __forceinline__ void stream_load(const struct stream_args &args) {
    extern __shared__ __align__(16) uint8_t ring[];
    const uint32_t step_b = blockDim.x * L::bytes;
    const uint8_t *from = args.from + static_cast<size_t>(blockIdx.x % args.regions) * REGION_B +
                          threadIdx.x * L::bytes;
    uint32_t to = shared_address(ring) + threadIdx.x * L::bytes;
    __syncthreads();
    uint64_t start = truth_clock();
#pragma unroll 1
    for (int i = 0; i < args.steps; i += SLOTS) {
#pragma unroll
        for (int slot = 0; slot < SLOTS; slot += GROUPS) {
            L values[GROUPS];
#pragma unroll
            for (int j = 0; j < GROUPS; j++) values[j].load(from + j * step_b);
#pragma unroll
            for (int j = 0; j < GROUPS; j++) values[j].store(to + (slot + j) * step_b);
            from += GROUPS * step_b + (values[GROUPS - 1].x & args.zero);
        }
    }
    __syncthreads();
    if (threadIdx.x == 0) args.out_cy[blockIdx.x] = truth_clock() - start;
}

#define STREAM_KERNEL(NAME, HOW, ITEM, GROUPS)                                                     \
    static __global__ void __launch_bounds__(MAX_THREADS) NAME(struct stream_args args) {          \
        HOW<ITEM, GROUPS>(args);                                                                   \
    }
#define STREAM_KERNELS(NAME, HOW, ITEM)                                                            \
    STREAM_KERNEL(NAME##_1, HOW, ITEM, 1)                                                          \
    STREAM_KERNEL(NAME##_2, HOW, ITEM, 2)                                                          \
    STREAM_KERNEL(NAME##_4, HOW, ITEM, 4)                                                          \
    STREAM_KERNEL(NAME##_8, HOW, ITEM, 8)

// sass: k_stream_copy_ca4_ LDGSTS.E 8
STREAM_KERNELS(k_stream_copy_ca4, stream_copy, copy_ca4)
// sass: k_stream_copy_ca16_ LDGSTS.E.128 8
STREAM_KERNELS(k_stream_copy_ca16, stream_copy, copy_ca16)
// sass: k_stream_copy_cg16_ LDGSTS.E.BYPASS 8
STREAM_KERNELS(k_stream_copy_cg16, stream_copy, copy_cg16)
// sass: k_stream_load_cg16_ LDG.E.128 8
// sass: k_stream_load_cg16_ STS.128 8
STREAM_KERNELS(k_stream_load_cg16, stream_load, load_cg16)

typedef void (*stream_kernel)(struct stream_args);

// --- costs ---------------------------------------------------------------------------------------

// Chains of both lengths of STEP, which may use i; the second round counts. Everything is drained
// after a round.
#define COST_KERNEL(NAME, BYTES, STEP)                                                             \
    static __global__ void NAME(const uint8_t *from, uint64_t *out) {                              \
        __shared__ __align__(16) uint8_t slots[256 * 16];                                          \
        uint32_t to = shared_address(slots + threadIdx.x * BYTES);                                 \
        from += threadIdx.x * BYTES;                                                               \
        uint64_t t0 = 0, t1 = 0, t2 = 0;                                                           \
        _Pragma("unroll 1") for (int round = 0; round < 2; round++) {                              \
            __syncthreads();                                                                       \
            t0 = truth_clock();                                                                    \
            _Pragma("unroll") for (int i = 0; i < SHORT_CHAIN; i++) { STEP; }                      \
            t1 = truth_clock();                                                                    \
            _Pragma("unroll") for (int i = 0; i < LONG_CHAIN; i++) { STEP; }                       \
            t2 = truth_clock();                                                                    \
            commit();                                                                              \
            wait_group<0>();                                                                       \
        }                                                                                          \
        if (threadIdx.x == 0) {                                                                    \
            out[0] = t1 - t0;                                                                      \
            out[1] = t2 - t1;                                                                      \
        }                                                                                          \
        if (read_shared(to) == 0xdeadbeef) out[2] = to;                                            \
    }

// sass: k_issue_ca4 LDGSTS.E 48
COST_KERNEL(k_issue_ca4, 4, copy_ca4::issue(to, from + i % 4 * 4096))
// sass: k_issue_ca8 LDGSTS.E.64 48
COST_KERNEL(k_issue_ca8, 8, copy_ca8::issue(to, from + i % 4 * 4096))
// sass: k_issue_ca16 LDGSTS.E.128 48
COST_KERNEL(k_issue_ca16, 16, copy_ca16::issue(to, from + i % 4 * 4096))
// sass: k_issue_cg16 LDGSTS.E.BYPASS 48
COST_KERNEL(k_issue_cg16, 16, copy_cg16::issue(to, from + i % 4 * 4096))
// sass: k_commit LDGDEPBAR 48
COST_KERNEL(k_commit, 4, commit())
// sass: k_wait_none DEPBAR.LE 48
COST_KERNEL(k_wait_none, 4, wait_group<0>())
// sass: k_pair_none LDGDEPBAR 48
// sass: k_pair_none DEPBAR.LE 48
COST_KERNEL(k_pair_none, 4, commit(); wait_group<0>())

// --- running -------------------------------------------------------------------------------------

static int samples(void) { // beyond the first launch, which warms; none for a profiler or a check
    return truth.mode == TRUTH_MEASURE ? truth_repeats(11) : 0;
}

static void row(const char *quantity, const std::string &params, const char *unit,
                const std::vector<double> &values, const char *note) {
    if (!values.empty()) truth_row(quantity, params, unit, values, note);
}

// One ring through all nodes in a random order; every word of a node is the next one's offset.
struct ring {
    std::vector<uint32_t> order;
    truth_buffer<uint32_t> at;

    explicit ring(int nodes) : at(static_cast<size_t>(nodes) * NODE_B / 4) {
        struct truth_random random(static_cast<uint64_t>(nodes));
        for (int i = 0; i < nodes; i++) order.push_back(static_cast<uint32_t>(i));
        for (size_t i = order.size() - 1; i > 0; i--)
            std::swap(order[i], order[random.below(static_cast<uint32_t>(i + 1))]);
        std::vector<uint32_t> words(at.count);
        for (size_t i = 0; i < order.size(); i++)
            std::fill_n(words.begin() + order[i] * (NODE_B / 4), NODE_B / 4, offset(i + 1));
        at.set(words);
    }
    uint32_t offset(size_t step) const {
        return order[step % order.size()] * NODE_B;
    }
};

// Cycles of a step, sample by sample.
static std::vector<double> chase_steps(chase_kernel kernel, const struct ring *ring, bool flushed) {
    truth_buffer<uint64_t> out(4);
    std::vector<double> steps;
    for (int i = -1; i < samples(); i++) {
        if (flushed) truth_flush_l2();
        const void *base = ring ? ring->at.at : nullptr;
        kernel<<<1, LANES>>>(static_cast<const uint8_t *>(base), ring ? ring->offset(0) : ~0u,
                             out.at);
        TRUTH_LAUNCHED();
        std::vector<uint64_t> got = out.get();
        if (ring)
            truth_expect(got[2] == ring->offset(WARM_STEPS + SHORT_STEPS + LONG_STEPS),
                         "the chase ends at its node");
        if (i < 0) continue;
        steps.push_back((static_cast<double>(got[1]) - static_cast<double>(got[0])) /
                        (LONG_STEPS - SHORT_STEPS));
    }
    return steps;
}

// Cycles of a copy by the clock around it.
static std::vector<double> clocked_steps(chase_kernel kernel, const struct ring &ring,
                                         bool flushed) {
    truth_buffer<uint64_t> out(3);
    std::vector<double> steps;
    for (int i = -1; i < samples(); i++) {
        if (flushed) truth_flush_l2();
        kernel<<<1, LANES>>>(reinterpret_cast<const uint8_t *>(ring.at.at),
                             static_cast<uint32_t>(ring.order.size()), out.at);
        TRUTH_LAUNCHED();
        std::vector<uint64_t> got = out.get();
        if (i >= 0)
            steps.push_back((static_cast<double>(got[0]) - static_cast<double>(got[1])) /
                            CLOCKED_STEPS);
    }
    return steps;
}

static double median(const std::vector<double> &values) {
    return truth_spread_of(values).median;
}

static std::vector<double> less(std::vector<double> values, double by) {
    for (double &value : values) value -= by;
    return values;
}

static void run_latency(void) {
    static const struct {
        const char *params;
        chase_kernel clocked, copy, load, store; // the plain ones may lack
        bool caches;
    } ways[] = {
        {"bytes=4 cache=ca", k_clocked_ca4, k_chase_copy_ca4, k_chase_load_ca4, k_chase_store_ca4,
         true},
        {"bytes=8 cache=ca", k_clocked_ca8, k_chase_copy_ca8, nullptr, nullptr, true},
        {"bytes=16 cache=ca", k_clocked_ca16, k_chase_copy_ca16, k_chase_load_ca16,
         k_chase_store_ca16, true},
        {"bytes=16 cache=cg", k_clocked_cg16, k_chase_copy_cg16, k_chase_load_cg16,
         k_chase_store_cg16, false},
    };
    struct level {
        const char *name;
        struct ring ring;
        bool l1, flushed;
    };
    const struct level levels[] = {{"l1", ring(L1_NODES), true, false},
                                   {"l2", ring(L2_NODES), false, false},
                                   {"dram", ring(DRAM_NODES), false, true}};
    std::vector<double> shared = chase_steps(k_chase_shared, nullptr, false);
    double shared_cy = median(shared);
    row("step", "op=lds", "cy", shared, "chase in shared memory alone");
    for (const struct level &level : levels)
        for (const auto &way : ways) {
            if (level.l1 && !way.caches) continue;
            std::string params = truth_format("%s source=%s", way.params, level.name);
            row("latency", "op=ldgsts " + params, "cy",
                clocked_steps(way.clocked, level.ring, level.flushed),
                "clock around copy + commit + wait 0; less the clock; mean of 256");
            std::vector<double> copy = chase_steps(way.copy, &level.ring, level.flushed);
            row("step", "op=ldgsts+lds " + params, "cy", copy,
                "chase; two additions and three idle LDS in it");
            if (!way.load) continue;
            std::vector<double> load = chase_steps(way.load, &level.ring, level.flushed);
            std::vector<double> store = chase_steps(way.store, &level.ring, level.flushed);
            row("step", "op=ldg " + params, "cy", load, "chase; two additions in it");
            row("step", "op=ldg+sts+lds " + params, "cy", store, "chase; two additions in it");
            row("copy_extra", params, "cy", less(copy, shared_cy + median(load)),
                "step of ldgsts+lds less those of ldg and of lds");
        }
}

struct stream_way {
    const char *params;
    int bytes, groups;
    stream_kernel kernel;
};

static std::vector<double> launch_stream(const struct stream_way &way, const uint8_t *from,
                                         int blocks, int threads, bool far, int bytes) {
    truth_buffer<uint64_t> out(static_cast<size_t>(blocks));
    struct stream_args args = {from, far ? blocks : SHARED_REGIONS, bytes / (threads * way.bytes),
                               0, out.at};
    if (far) truth_flush_l2();
    way.kernel<<<blocks, threads, static_cast<size_t>(SLOTS) * threads * way.bytes>>>(args);
    TRUTH_LAUNCHED();
    std::vector<uint64_t> cycles = out.get();
    return {cycles.begin(), cycles.end()};
}

static void measure_stream(const struct stream_way &way, const uint8_t *from, int blocks,
                           int threads, bool far) {
    std::vector<double> rates;
    for (int i = -1; i < samples(); i++) {
        double full = median(launch_stream(way, from, blocks, threads, far, LONG_B));
        double brief = median(launch_stream(way, from, blocks, threads, far, SHORT_B));
        if (i >= 0) rates.push_back((LONG_B - SHORT_B) / (full - brief));
    }
    row("bandwidth",
        truth_format("%s bytes=%d groups=%d threads=%d sms=%d source=%s", way.params, way.bytes,
                     way.groups, threads, blocks, far ? "dram" : "l2"),
        "B/cy/SM", rates, "slope between 512 KiB and 2 MiB; median SM");
}

#define STREAM_WAYS(PARAMS, NAME, BYTES)                                                           \
    {PARAMS, BYTES, 1, NAME##_1}, {PARAMS, BYTES, 2, NAME##_2}, {PARAMS, BYTES, 4, NAME##_4},      \
        {PARAMS, BYTES, 8, NAME##_8}

static void run_bandwidth(void) {
    static const struct stream_way ways[] = {
        STREAM_WAYS("op=ldgsts cache=ca", k_stream_copy_ca4, 4),
        STREAM_WAYS("op=ldgsts cache=ca", k_stream_copy_ca16, 16),
        STREAM_WAYS("op=ldgsts cache=cg", k_stream_copy_cg16, 16),
        STREAM_WAYS("op=ldg+sts cache=cg", k_stream_load_cg16, 16),
    };
    static const struct {
        bool all_sms, far;
    } places[] = {{false, false}, {true, false}, {true, true}};
    if (truth.mode == TRUTH_CHECK) return;
    int sms = truth.device.multiProcessorCount;
    truth_buffer<uint8_t> from(static_cast<size_t>(sms) * REGION_B);
    from.fill_bytes(0x5a);
    for (const auto &way : ways) {
        CU(cudaFuncSetAttribute(way.kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                SLOTS * MAX_THREADS * way.bytes));
        for (const auto &place : places)
            for (int threads : {128, 512, MAX_THREADS}) {
                if (truth.quick && threads != 512) continue;
                measure_stream(way, from.at, place.all_sms ? sms : 1, threads, place.far);
            }
    }
}

static void run_cost(void) {
    static const struct {
        const char *quantity, *params, *note;
        void (*kernel)(const uint8_t *, uint64_t *);
        int warps;
    } rows[] = {
        {"interval", "op=ldgsts cache=ca bytes=4 source=l1 warps=1", "a warp's", k_issue_ca4, 1},
        {"interval", "op=ldgsts cache=ca bytes=8 source=l1 warps=1", "a warp's", k_issue_ca8, 1},
        {"interval", "op=ldgsts cache=ca bytes=16 source=l1 warps=1", "a warp's", k_issue_ca16, 1},
        {"interval", "op=ldgsts cache=cg bytes=16 source=l2 warps=1", "a warp's", k_issue_cg16, 1},
        {"interval", "op=ldgsts cache=ca bytes=4 source=l1 warps=4", "each warp's", k_issue_ca4, 4},
        {"interval", "op=ldgsts cache=ca bytes=16 source=l1 warps=4", "each warp's", k_issue_ca16,
         4},
        {"interval", "op=ldgsts cache=cg bytes=16 source=l2 warps=4", "each warp's", k_issue_cg16,
         4},
        {"cost", "op=commit", "of groups without copies", k_commit, 1},
        {"cost", "op=wait", "wait_group 0 with nothing outstanding", k_wait_none, 1},
        {"cost", "op=commit+wait", "a group without copies and its wait", k_pair_none, 1},
    };
    if (truth.mode == TRUTH_CHECK) return;
    truth_buffer<uint8_t> from(64 << 10);
    truth_buffer<uint64_t> out(3);
    from.fill_bytes(0x5a);
    for (const auto &one : rows) {
        std::vector<double> cost;
        for (int i = -1; i < samples(); i++) {
            one.kernel<<<1, one.warps * LANES>>>(from.at, out.at);
            TRUTH_LAUNCHED();
            std::vector<uint64_t> got = out.get();
            if (i < 0) continue;
            cost.push_back((static_cast<double>(got[1]) - static_cast<double>(got[0])) /
                           (LONG_CHAIN - SHORT_CHAIN));
        }
        row(one.quantity, one.params, "cy", cost, one.note);
    }
}

static const struct truth_case cases[] = {
    {"latency", run_latency, 80},
    {"bandwidth", run_bandwidth, 80},
    {"cost", run_cost, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "async", TRUTH_CASES(cases));
}
