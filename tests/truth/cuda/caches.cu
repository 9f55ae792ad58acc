// The latency of global memory: by working set, by partition of the L2, by reach of the TLB, by
// width, and what a miss brings along.
//
// Working sets are chased by one thread through a random cycle of their lines; each line holds the
// address of the next. The other threads of the CTA touch the set first. Distributions come from
// accesses timed one by one, on an SM of choice; what the clock reads add is known from L1 hits and
// taken off.
#include "probe.cuh"

enum {
    LINE_B = 128,
    CHASE_UNROLL = 8,
    TIMED = 2048,               // accesses timed one by one, in each of two passes
    ALONE_SHARED_B = 120 << 10, // so much that an SM holds one CTA
    LINGER_CY = 20000,          // until every SM has its CTA
    NEIGHBOUR_PAIRS = 512,
    SETTLE_CY = 2000, // from a first access to the second
};

static const uint32_t MEDIUM_LINES = 1 << 14; // up to here a chase goes around before it is timed
static const uint32_t LISTED_LINES = 1 << 19; // up to here the host shuffles the lines
static const uint32_t FAR_STEPS = 8192;       // of a chase through more than MEDIUM_LINES

static const size_t KiB = 1024, MiB = 1024 * KiB, GiB = 1024 * MiB;

// --- loads ---------------------------------------------------------------------------------------

// A plain load, which L1 caches.
struct ldg64 {
    static const uint32_t width_b = 8;
    static __device__ __forceinline__ uint64_t next(uint64_t at, uint32_t *) {
        uint64_t got;
        asm volatile("ld.global.u64 %0, [%1];" : "=l"(got) : "l"(at) : "memory");
        return got;
    }
};

// Cached in L2 alone.
struct ldg64_cg {
    static const uint32_t width_b = 8;
    static __device__ __forceinline__ uint64_t next(uint64_t at, uint32_t *) {
        uint64_t got;
        asm volatile("ld.global.cg.u64 %0, [%1];" : "=l"(got) : "l"(at) : "memory");
        return got;
    }
};

// The low half of the address; a cell and its successor lie in the same 4 GiB.
struct ldg32 {
    static const uint32_t width_b = 4;
    static __device__ __forceinline__ uint64_t next(uint64_t at, uint32_t *) {
        uint32_t low;
        asm volatile("ld.global.u32 %0, [%1];" : "=r"(low) : "l"(at) : "memory");
        return (at >> 32 << 32) | low;
    }
};

struct ldg128 {
    static const uint32_t width_b = 16;
    static __device__ __forceinline__ uint64_t next(uint64_t at, uint32_t *rest) {
        uint64_t got, more;
        asm volatile("ld.global.v2.u64 {%0, %1}, [%2];"
                     : "=l"(got), "=l"(more)
                     : "l"(at)
                     : "memory");
        *rest ^= static_cast<uint32_t>(more);
        return got;
    }
};

// --- kernels -------------------------------------------------------------------------------------

__global__ void init_fill(uint4 *at, size_t count) {
    size_t step = static_cast<size_t>(gridDim.x) * blockDim.x;
    for (size_t i = probe_thread(); i < count; i += step) at[i] = make_uint4(0, 0, 0, 0);
}

// cells[p]'s place holds the address of cells[p + 1]'s, around.
__global__ void init_cycle(unsigned char *base, const uint64_t *cell_b, uint32_t count) {
    uint32_t step = gridDim.x * blockDim.x;
    for (uint32_t p = probe_thread(); p < count; p += step) {
        uint32_t next = p + 1 == count ? 0 : p + 1;
        *reinterpret_cast<uint64_t *>(base + cell_b[p]) =
            reinterpret_cast<uint64_t>(base) + cell_b[next];
    }
}

// A permutation of 2^bits numbers, by odd factors and a shift: each step is undone by another.
static __host__ __device__ inline uint32_t mixed(uint32_t p, int bits) {
    uint32_t mask = static_cast<uint32_t>((uint64_t{1} << bits) - 1);
    uint32_t x = (p * 0x9e3779b1u) & mask;
    x ^= x >> (bits + 1) / 2;
    x = (x * 0x85ebca6bu) & mask;
    x ^= x >> (bits + 1) / 2;
    return (x * 0xc2b2ae35u) & mask;
}

__global__ void init_mixed_cycle(unsigned char *base, int bits) {
    uint32_t count = uint32_t{1} << bits, step = gridDim.x * blockDim.x;
    for (uint32_t p = probe_thread(); p < count; p += step) {
        uint64_t next = mixed((p + 1) & (count - 1), bits);
        *reinterpret_cast<uint64_t *>(base + static_cast<uint64_t>(mixed(p, bits)) * LINE_B) =
            reinterpret_cast<uint64_t>(base) + next * LINE_B;
    }
}

struct chase {
    unsigned char *base;
    uint32_t touched;     // lines from the base that all threads load first
    uint64_t first;       // address that the chase starts at
    uint32_t warm, steps; // multiples of CHASE_UNROLL
};

template <typename Load>
static __device__ uint32_t touch(const unsigned char *base, uint32_t lines) {
    uint32_t rest = 0;
    uint64_t sum = 0;
#pragma unroll 4
    for (uint32_t line = threadIdx.x; line < lines; line += blockDim.x)
        sum ^= Load::next(reinterpret_cast<uint64_t>(base) + uint64_t{line} * LINE_B, &rest);
    return static_cast<uint32_t>(sum >> 7) ^ rest;
}

// sass: k_chaseI5ldg64E LDG.E.64 8
// sass: k_chaseI8ldg64_cgE LDG.E.64 8
template <typename Load>
__global__ void k_chase(struct chase chase, uint32_t *sink, uint64_t *out) {
    uint32_t rest = 0;
    sink[probe_thread()] = touch<Load>(chase.base, chase.touched);
    __syncthreads();
    if (threadIdx.x) return;
    uint64_t at = chase.first, start = 0, stop = 0;
#pragma unroll 1
    for (int pass = 0; pass < 2; pass++) {
        uint32_t rounds = (pass ? chase.steps : chase.warm) / CHASE_UNROLL;
        start = truth_clock();
#pragma unroll 1
        for (uint32_t i = 0; i < rounds; i++) {
#pragma unroll
            for (int j = 0; j < CHASE_UNROLL; j++) at = Load::next(at, &rest);
        }
        stop = truth_clock();
    }
    out[0] = stop - start;
    out[1] = at;
}

struct timed {
    unsigned char *base;
    uint32_t sm;      // where
    uint32_t touched; // lines
    uint64_t first;
    uint32_t count; // accesses of a pass; 0: touch alone
    uint32_t *claim;
    uint64_t *cycles; // 2 passes of TIMED
    uint32_t *sink;
};

// A load between two clock reads: what it loads goes to shared memory before the second, which so
// waits for it. All of the clock is used, since its low half alone is read by another instruction.
template <typename Load>
static __device__ __forceinline__ uint64_t timed_load(uint64_t *at, uint32_t shared) {
    uint32_t rest = 0;
    uint64_t start = truth_clock();
    *at = Load::next(*at, &rest);
    asm volatile("st.volatile.shared.u64 [%0], %1;" ::"r"(shared), "l"(*at) : "memory");
    return truth_clock() - start;
}

// The accesses of one thread of one SM; the CTAs of the others wait, so that each SM has one.
// sass: k_timedI5ldg64E LDG.E.64 2
// sass: k_timedI8ldg64_cgE LDG.E.64 2
template <typename Load> __global__ __launch_bounds__(PROBE_CTA) void k_timed(struct timed timed) {
    __shared__ uint64_t s_cycles[2 * TIMED];
    __shared__ uint64_t s_got;
    __shared__ uint32_t s_mine;
    if (threadIdx.x == 0)
        s_mine = truth_sm_id() == timed.sm && atomicAdd(timed.claim, 1) == 0 ? 1 : 0;
    __syncthreads();
    if (!s_mine) {
        uint64_t start = truth_clock();
        while (truth_clock() - start < LINGER_CY) continue;
        return;
    }
    timed.sink[threadIdx.x] = touch<Load>(timed.base, timed.touched);
    __syncthreads();
    if (threadIdx.x == 0) {
        uint32_t shared = static_cast<uint32_t>(__cvta_generic_to_shared(&s_got));
#pragma unroll 1
        for (int pass = 0; pass < 2; pass++) {
            uint64_t at = timed.first;
#pragma unroll 1
            for (uint32_t i = 0; i < timed.count; i++)
                s_cycles[pass * TIMED + i] = timed_load<Load>(&at, shared);
        }
    }
    __syncthreads();
    for (uint32_t i = threadIdx.x; i < 2 * TIMED; i += blockDim.x)
        if (i % TIMED < timed.count) timed.cycles[i] = s_cycles[i];
}

// Pairs of accesses to fresh 4 KiB blocks: one that misses everywhere, then one beside it.
// sass: k_neighbours LDG.E.64 1
__global__ void k_neighbours(const unsigned char *base, int bits, uint32_t from, uint32_t first_b,
                             uint32_t second_b, uint64_t *cycles) {
    __shared__ uint64_t s_got;
    uint32_t shared = static_cast<uint32_t>(__cvta_generic_to_shared(&s_got));
#pragma unroll 1
    for (uint32_t i = 0; i < NEIGHBOUR_PAIRS; i++) {
        uint64_t block = reinterpret_cast<uint64_t>(base) +
                         static_cast<uint64_t>(mixed(from + i, bits)) * 4096;
#pragma unroll 1
        for (int second = 0; second < 2; second++) {
            uint64_t at = block + (second ? second_b : first_b);
            cycles[2 * i + second] = timed_load<ldg64_cg>(&at, shared);
            uint64_t start = truth_clock();
            while (truth_clock() - start < SETTLE_CY) continue;
        }
    }
}

// Cells lane_b apart that hold their own addresses, the low half of them, or them and zeros.
__global__ void init_selves(unsigned char *base, uint32_t lane_b, uint32_t width_b) {
    unsigned char *at = base + threadIdx.x * lane_b;
    uint64_t self = reinterpret_cast<uint64_t>(at);
    if (width_b == 4) *reinterpret_cast<uint32_t *>(at) = static_cast<uint32_t>(self);
    if (width_b >= 8) *reinterpret_cast<uint64_t *>(at) = self;
    if (width_b == 16) *reinterpret_cast<uint64_t *>(at + 8) = 0;
}

// sass: k_ldg_chainI5ldg32E LDG.E 8
// sass: k_ldg_chainI5ldg64E LDG.E.64 8
// sass: k_ldg_chainI6ldg128E LDG.E.128 8
// sass: k_ldg_chainI8ldg64_cgE LDG.E.64 8
template <typename Load>
__global__ void k_ldg_chain(struct probe_run run, unsigned char *base, uint32_t lane_b) {
    uint64_t first = reinterpret_cast<uint64_t>(base) + threadIdx.x * lane_b, at = first;
    uint32_t rest = 0;
    probe_passes(run, [&] {
#pragma unroll
        for (int i = 0; i < CHASE_UNROLL; i++) at = Load::next(at, &rest);
    });
    run.sink[probe_thread()] = static_cast<uint32_t>(at - first) | rest; // 0
}

// --- memory --------------------------------------------------------------------------------------

static size_t arena_b(void) {
    return probe_light() ? 64 * MiB : truth.quick ? GiB : 4 * GiB;
}

// All that is chased; allocated once.
static unsigned char *arena(void) {
    static truth_buffer<unsigned char> *all;
    if (!all) {
        all = new truth_buffer<unsigned char>(arena_b());
        init_fill<<<4096, 256>>>(reinterpret_cast<uint4 *>(all->at), arena_b() / sizeof(uint4));
        TRUTH_LAUNCHED();
    }
    return all->at;
}

// A cycle through cells of the arena: their places in its order.
struct cycle {
    std::vector<uint64_t> cell_b; // empty: mixed() of 2^bits lines
    int bits;
    uint64_t at(uint64_t p) const {
        if (cell_b.empty())
            return static_cast<uint64_t>(mixed(p & ((uint64_t{1} << bits) - 1), bits)) * LINE_B;
        return cell_b[p % cell_b.size()];
    }
};

static void shuffle(std::vector<uint64_t> *cells) {
    struct truth_random random(7);
    for (size_t i = cells->size() - 1; i > 0; i--)
        std::swap((*cells)[i], (*cells)[random.below(static_cast<uint32_t>(i + 1))]);
}

static void lay_cells(const std::vector<uint64_t> &cell_b) {
    truth_buffer<uint64_t> cells(cell_b.size());
    cells.set(cell_b);
    init_cycle<<<512, 256>>>(arena(), cells.at, static_cast<uint32_t>(cell_b.size()));
    TRUTH_LAUNCHED();
    CU(cudaDeviceSynchronize());
}

// A random cycle through all lines of the first bytes of the arena.
static struct cycle lay_cycle(size_t bytes) {
    size_t lines = bytes / LINE_B;
    struct cycle cycle = {{}, 0};
    if (lines > LISTED_LINES) {
        while (size_t{1} << cycle.bits < lines) cycle.bits++;
        init_mixed_cycle<<<4096, 256>>>(arena(), cycle.bits);
        TRUTH_LAUNCHED();
        return cycle;
    }
    for (size_t i = 0; i < lines; i++) cycle.cell_b.push_back(i * LINE_B);
    shuffle(&cycle.cell_b);
    lay_cells(cycle.cell_b);
    return cycle;
}

// --- by working set ------------------------------------------------------------------------------

typedef void (*chase_kernel)(struct chase chase, uint32_t *sink, uint64_t *out);

// Cycles per access of one launch; the chase begins at the p-th cell.
static double chase_once(chase_kernel kernel, const struct cycle &cycle, uint32_t touched,
                         uint64_t p, uint32_t warm, uint32_t steps) {
    static truth_buffer<uint32_t> *sink = new truth_buffer<uint32_t>(PROBE_CTA);
    static truth_buffer<uint64_t> *out = new truth_buffer<uint64_t>(2);
    uint64_t base = reinterpret_cast<uint64_t>(arena());
    struct chase chase = {arena(), touched, base + cycle.at(p), warm, steps};
    kernel<<<1, PROBE_CTA>>>(chase, sink->at, out->at);
    TRUTH_LAUNCHED();
    std::vector<uint64_t> got = out->get();
    truth_expect(got[1] == base + cycle.at(p + warm + steps), "a chase went astray");
    return static_cast<double>(got[0]) / steps;
}

static std::vector<double> chase_of(chase_kernel kernel, size_t bytes, int usual) {
    struct cycle cycle = lay_cycle(bytes);
    uint32_t lines = static_cast<uint32_t>(bytes / LINE_B);
    bool all_around = lines <= MEDIUM_LINES, listed = lines <= LISTED_LINES;
    uint32_t warm = all_around ? lines : FAR_STEPS;
    uint32_t steps = all_around ? std::max(lines, 4096u) : FAR_STEPS;
    if (probe_light()) warm = steps = 256;
    std::vector<double> samples;
    for (int i = 0; i < probe_samples(usual) + 1; i++) {
        if (!listed) truth_flush_l2();
        double one = chase_once(kernel, cycle, listed ? lines : 0,
                                static_cast<uint64_t>(i) * (warm + steps), warm, steps);
        if (i) samples.push_back(one);
    }
    return samples;
}

static void latency_rows(const char *op, chase_kernel kernel, const std::vector<size_t> &sizes_b) {
    for (size_t bytes : sizes_b) {
        if (bytes > arena_b()) continue;
        std::string params = truth_format("op=%s kib=%zu", op, bytes / KiB);
        bool touched = bytes / LINE_B <= LISTED_LINES;
        probe_row("latency", params, "cy", chase_of(kernel, bytes, touched ? 7 : 5),
                  touched ? "chase of 128 B lines in random order; all touched before"
                          : "chase of 128 B lines in random order; L2 flushed before");
    }
}

static std::vector<size_t> scaled(const std::vector<size_t> &numbers, size_t unit) {
    std::vector<size_t> all;
    for (size_t i = 0; i < numbers.size(); i++)
        if (!truth.quick || i % 2 == 0) all.push_back(numbers[i] * unit);
    if (probe_light() && all.size() > 2) all.resize(2);
    return all;
}

static void run_l1(void) {
    CU(cudaFuncSetAttribute(k_chase<ldg64>, cudaFuncAttributePreferredSharedMemoryCarveout, 0));
    latency_rows("ldg64", k_chase<ldg64>,
                 scaled({4,   8,   16,  32,  64,  96,  128, 144, 160, 176, 192,
                         200, 208, 216, 224, 232, 240, 248, 256, 288, 320, 384, 512},
                        KiB));
}

static void run_l2(void) {
    latency_rows("ldg64.cg", k_chase<ldg64_cg>, scaled({64, 256, 512}, KiB));
    latency_rows("ldg64.cg", k_chase<ldg64_cg>,
                 scaled({1,  2,  4,  8,  12, 16, 20, 22, 24, 26, 28, 30,
                         32, 36, 40, 44, 48, 50, 52, 56, 58, 60, 62, 64},
                        MiB));
}

static void run_dram(void) {
    latency_rows("ldg64.cg", k_chase<ldg64_cg>, scaled({128, 256, 512, 1024}, MiB));
}

// One line of each page; the lines fit into the L2, so that the rest is the TLBs' doing.
static void run_tlb(void) {
    static const size_t page_b = 2 * MiB;
    for (size_t pages = 8; pages <= arena_b() / page_b; pages *= 2) {
        struct truth_random random(11);
        struct cycle cycle = {{}, 0};
        for (size_t i = 0; i < pages; i++)
            cycle.cell_b.push_back(i * page_b + random.below(page_b / LINE_B) * LINE_B);
        shuffle(&cycle.cell_b);
        lay_cells(cycle.cell_b);
        uint32_t steps = probe_light() ? 64 : 4096;
        std::vector<double> samples;
        for (int i = 0; i < probe_samples(7) + 1; i++) {
            double one = chase_once(k_chase<ldg64_cg>, cycle, 0, 0, steps, steps);
            if (i) samples.push_back(one);
        }
        probe_row("latency", truth_format("op=ldg64.cg pages=%zu page_kib=2048", pages), "cy",
                  samples, "chase of one line of each page; the lines in L2");
    }
}

// --- by partition --------------------------------------------------------------------------------

typedef void (*timed_kernel)(struct timed timed);

// The cycles of two passes of accesses by an SM; empty where no CTA came to it.
static std::vector<double> timed_on(timed_kernel kernel, uint32_t sm, uint32_t touched,
                                    uint64_t first_b, uint32_t count) {
    static truth_buffer<uint32_t> *claim = new truth_buffer<uint32_t>(1);
    static truth_buffer<uint64_t> *cycles = new truth_buffer<uint64_t>(2 * TIMED);
    static truth_buffer<uint32_t> *sink = new truth_buffer<uint32_t>(PROBE_CTA);
    claim->fill_bytes(0);
    CU(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, ALONE_SHARED_B));
    uint64_t first = reinterpret_cast<uint64_t>(arena()) + first_b;
    kernel<<<truth.device.multiProcessorCount, PROBE_CTA, ALONE_SHARED_B>>>(
        {arena(), sm, touched, first, count, claim->at, cycles->at, sink->at});
    TRUTH_LAUNCHED();
    std::vector<uint64_t> got = cycles->get();
    std::vector<double> all;
    if (!claim->get()[0]) return all;
    for (uint32_t i = 0; i < 2 * TIMED; i++)
        if (i % TIMED < count) all.push_back(static_cast<double>(got[i]));
    return all;
}

static std::vector<double> pass_of(const std::vector<double> &cycles, int pass) {
    std::vector<double> half;
    size_t count = cycles.size() / 2;
    for (size_t i = 0; i < count; i++) half.push_back(cycles[pass * count + i]);
    return half;
}

// What the clock reads add to a timed access: known from L1 hits, which a chase times as well.
static double clock_overhead(void) {
    double hit = truth_spread_of(chase_of(k_chase<ldg64>, 4 * KiB, 7)).median;
    struct cycle cycle = lay_cycle(4 * KiB);
    std::vector<double> cycles = pass_of(timed_on(k_timed<ldg64>, 0, 32, cycle.at(0), 32), 1);
    double overhead = truth_spread_of(cycles).median - hit;
    truth_row("overhead", "", "cy", {overhead}, "of timing one access; taken off the rows below");
    return overhead;
}

// Two modes by 2-means; accesses above the 99th percentile are left out.
struct modes {
    std::vector<double> low, high;
};

static double mean_of(const std::vector<double> &all) {
    return std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
}

static struct modes modes_of(std::vector<double> cycles) {
    struct modes modes;
    std::sort(cycles.begin(), cycles.end());
    cycles.resize(cycles.size() * 99 / 100);
    double split = (cycles.front() + cycles.back()) / 2;
    for (int i = 0; i < 32; i++) {
        modes.low.clear();
        modes.high.clear();
        for (double one : cycles) (one <= split ? modes.low : modes.high).push_back(one);
        if (modes.high.empty()) break;
        split = (mean_of(modes.low) + mean_of(modes.high)) / 2;
    }
    return modes;
}

static void mode_rows(const std::string &params, const std::vector<double> &cycles) {
    struct modes modes = modes_of(cycles);
    size_t count = modes.low.size() + modes.high.size();
    double share = static_cast<double>(modes.high.size()) / static_cast<double>(count);
    probe_row("latency", params, "cy", cycles, "accesses timed one by one");
    probe_row("latency_low", params, "cy", modes.low, "the lower of two modes");
    if (!modes.high.empty()) probe_row("latency_high", params, "cy", modes.high, "the higher");
    truth_row("share_high", params, "ratio", {share}, "of the accesses");
}

static double correlation(const std::vector<double> &a, const std::vector<double> &b) {
    double mean_a = mean_of(a), mean_b = mean_of(b), ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < a.size(); i++) {
        ab += (a[i] - mean_a) * (b[i] - mean_b);
        aa += (a[i] - mean_a) * (a[i] - mean_a);
        bb += (b[i] - mean_b) * (b[i] - mean_b);
    }
    return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

// Two passes of accesses by an SM, after the set was flushed from L2 and loaded by another.
static std::vector<double> after_touch(const struct cycle &cycle, uint32_t lines, uint32_t touching,
                                       uint32_t by, double overhead) {
    truth_flush_l2();
    timed_on(k_timed<ldg64_cg>, touching, lines, cycle.at(0), 0);
    uint32_t count = std::min<uint32_t>(TIMED, probe_light() ? 64 : lines);
    std::vector<double> cycles = timed_on(k_timed<ldg64_cg>, by, 0, cycle.at(0), count);
    for (double &one : cycles) one -= overhead;
    return cycles;
}

// SM 0 and two that may lie in the other partition: the one whose latencies of the same lines are
// the most unlike those of SM 0, and the one that takes the longest for what SM 0 loaded.
static std::vector<uint32_t> sms_of_interest(double overhead) {
    struct cycle cycle = lay_cycle(MiB);
    uint32_t lines = MiB / LINE_B, unlike = 0, slow = 0;
    int step = probe_light() ? 64 : truth.quick ? 8 : 1;
    std::vector<double> mine = pass_of(after_touch(cycle, lines, 0, 0, overhead), 0);
    std::vector<double> alikeness, means;
    double least = 1, most = 0;
    for (int sm = 1; sm < truth.device.multiProcessorCount && !mine.empty(); sm += step) {
        std::vector<double> theirs = pass_of(after_touch(cycle, lines, 0, sm, overhead), 0);
        if (theirs.empty()) continue;
        alikeness.push_back(correlation(mine, theirs));
        means.push_back(mean_of(theirs));
        if (alikeness.back() < least) unlike = sm;
        if (means.back() > most) slow = sm;
        least = std::min(least, alikeness.back());
        most = std::max(most, means.back());
    }
    truth_row("correlation", "touched_by=0", "ratio", alikeness,
              "of each SM's latencies by line with those of SM 0");
    truth_row("mean_latency", "touched_by=0", "cy", means, "a sample for each SM");
    return {0, unlike, slow};
}

static void run_partitions(void) {
    double overhead = clock_overhead();
    static const char *const why[] = {"touching", "unlike", "slow"};
    std::vector<uint32_t> sms = sms_of_interest(overhead);
    for (size_t bytes : scaled({2, 8, 16, 32, 40, 48}, MiB)) {
        struct cycle cycle = lay_cycle(bytes);
        uint32_t lines = static_cast<uint32_t>(bytes / LINE_B);
        for (size_t i = 0; i < sms.size(); i++) {
            std::vector<double> cycles = after_touch(cycle, lines, 0, sms[i], overhead);
            if (cycles.empty()) continue;
            for (int pass = 0; pass < 2; pass++)
                mode_rows(truth_format("op=ldg64.cg kib=%zu sm=%u as=%s pass=%d", bytes / KiB,
                                       sms[i], why[i], pass + 1),
                          pass_of(cycles, pass));
        }
    }
}

// --- what a miss brings along --------------------------------------------------------------------

static void run_neighbours(void) {
    static const uint32_t offsets_b[][2] = {{0, 0},   {0, 32},  {0, 64}, {0, 96},
                                            {96, 0},  {64, 96}, {64, 32}, {0, 128},
                                            {128, 0}, {0, 256}, {0, 512}, {0, 1024}};
    size_t granularity = 0;
    CU(cudaDeviceGetLimit(&granularity, cudaLimitMaxL2FetchGranularity));
    truth_row("l2_fetch_granularity", "", "B", {static_cast<double>(granularity)},
              "the limit as it is");
    int bits = 0;
    while (size_t{4096} << (bits + 1) <= std::min(arena_b(), GiB)) bits++;
    double overhead = clock_overhead();
    truth_buffer<uint64_t> cycles(2 * NEIGHBOUR_PAIRS);
    uint32_t from = 0;
    for (const auto &offset : offsets_b) {
        truth_flush_l2();
        k_neighbours<<<1, 1>>>(arena(), bits, from, offset[0], offset[1], cycles.at);
        TRUTH_LAUNCHED();
        std::vector<double> first, second;
        std::vector<uint64_t> got = cycles.get();
        for (uint32_t i = 0; i < NEIGHBOUR_PAIRS; i++) {
            first.push_back(static_cast<double>(got[2 * i]) - overhead);
            second.push_back(static_cast<double>(got[2 * i + 1]) - overhead);
        }
        std::string params = truth_format("first_b=%u second_b=%u", offset[0], offset[1]);
        probe_row("latency_first", params, "cy", first, "of a block not touched yet; L2 flushed");
        probe_row("latency_second", params, "cy", second, "2000 cy later; L2's if brought along");
        from += NEIGHBOUR_PAIRS;
    }
}

// --- by width ------------------------------------------------------------------------------------

template <typename Load>
static void width_row(const char *op, int threads, uint32_t lane_b) {
    struct probe_plan plan = {1, threads, 20, 320, 0};
    init_selves<<<1, PROBE_LANES>>>(arena(), lane_b, Load::width_b);
    TRUTH_LAUNCHED();
    std::vector<double> cycles =
        probe_zero_slopes(plan, CHASE_UNROLL, [&](const struct probe_run &run) {
            k_ldg_chain<Load><<<plan.grid, plan.threads>>>(run, arena(), lane_b);
        });
    std::string params = truth_format("op=%s lanes=%d lane_b=%u", op, threads, lane_b);
    probe_row("latency", params, "cy", cycles,
              "hits; lane_b from a lane's address to the next's; slope of a chain");
}

template <typename Load> static void width_rows(const char *op) {
    CU(cudaFuncSetAttribute(k_ldg_chain<Load>, cudaFuncAttributePreferredSharedMemoryCarveout, 0));
    width_row<Load>(op, 1, 0);
    width_row<Load>(op, PROBE_LANES, 0);
    width_row<Load>(op, PROBE_LANES, Load::width_b);
    width_row<Load>(op, PROBE_LANES, LINE_B);
}

static void run_widths(void) {
    width_rows<ldg32>("ldg32");
    width_rows<ldg64>("ldg64");
    width_rows<ldg128>("ldg128");
    width_rows<ldg64_cg>("ldg64.cg");
}

static const struct truth_case cases[] = {
    {"l1", run_l1, 80},
    {"l2", run_l2, 80},
    {"dram", run_dram, 80},
    {"tlb", run_tlb, 80},
    {"partitions", run_partitions, 80},
    {"neighbours", run_neighbours, 80},
    {"widths", run_widths, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "caches", TRUTH_CASES(cases));
}
