// The copy engine (TMA) and its barriers: how long a copy takes from its issue until the mbarrier
// shows it, bytes a cycle by size and by copies in flight, what issuing and waiting cost.
//
// One thread of a block issues, waits and reads the clock. Latency rounds each fetch bytes that the
// launch has not touched before: from L2 when the launch before fetched them, from DRAM when the L2
// was flushed; the sample of a launch is the median of its rounds, the first left out. Bandwidth is
// the slope between two numbers of copies. Costs of single instructions are slopes between unrolled
// chains of two lengths. --check compares copied bytes, the swizzle included.
#include "hopper.cuh"

static const int MAX_STAGES = 8;
static const int ROUNDS = 17;                       // of a latency launch
static const uint32_t MAX_COPY_B = 32 << 10;
static const uint32_t RING_B = 200 << 10;           // the copies in flight fit in it
static const uint32_t LATENCY_STEP_B = 64 << 10;    // from one round's bytes to the next one's
static const uint32_t NEAR_B = 128 << 10;           // what a block reads again and again from L2
static const uint32_t FAR_B = 2 << 20;              // what a block reads once from DRAM
static const uint32_t SHORT_B = 512 << 10, LONG_B = FAR_B; // bytes of a bandwidth launch a block
static const int MATRIX_ROWS = 65536, MATRIX_COLS = 4096;  // 512 MiB of 2-byte elements
static const int BOX_COLS = HOPPER_ROW_B / 2;
static const int ACROSS_LOG2 = 6, BOXES_ACROSS = MATRIX_COLS / BOX_COLS;
static_assert(BOXES_ACROSS == 1 << ACROSS_LOG2, "boxes in a row of the matrix");
static const int MAX_BOX_ROWS = 256;

// Where the copies of a block come from. The matrix and the bytes are the same memory.
struct source {
    const uint8_t *bytes;
    uint32_t copy_b;                  // a box: its rows * 128
    uint32_t block_b, step_b, wrap_b; // 1-D: offsets of the block and of a copy; a power of two
    int box_rows, span_log2, row_step; // 2-D: boxes across, and how far down after them
};

struct place {
    uint64_t at;
    int x, y;
};

// Computed before the clock is read, and not after.
static __device__ __forceinline__ void settle(struct place &p) {
    asm volatile("" : "+l"(p.at), "+r"(p.x), "+r"(p.y)::"memory");
}

struct bulk {
    static __device__ __forceinline__ struct place of(const struct source &s, int i) {
        uint32_t offset = static_cast<uint32_t>(i) * s.step_b & (s.wrap_b - 1);
        const uint8_t *block = s.bytes + static_cast<uint64_t>(blockIdx.x) * s.block_b;
        return {reinterpret_cast<uint64_t>(block + offset), 0, 0};
    }
    static __device__ __forceinline__ void copy(const struct source &s, const CUtensorMap *,
                                                const struct place &p, uint32_t to,
                                                uint32_t barrier) {
        hopper_load(to, reinterpret_cast<const void *>(p.at), s.copy_b, barrier);
    }
};

struct box {
    static __device__ __forceinline__ struct place of(const struct source &s, int i) {
        int across = i & ((1 << s.span_log2) - 1), down = i >> s.span_log2;
        int top = static_cast<int>(blockIdx.x) * s.box_rows;
        return {0, across * BOX_COLS, top + down * s.row_step};
    }
    static __device__ __forceinline__ void copy(const struct source &, const CUtensorMap *map,
                                                const struct place &p, uint32_t to,
                                                uint32_t barrier) {
        hopper_load_box(to, map, p.x, p.y, barrier);
    }
};

static __device__ __forceinline__ void init_barriers(uint64_t *barriers, int count) {
    for (int i = 0; i < count; i++) hopper_init(hopper_shared(&barriers[i]), 1);
    hopper_fence_inits();
}

// --- latency -------------------------------------------------------------------------------------

struct copy_times {
    uint64_t issue, latency, clock;
};

template <class KIND, bool SLEEP>
static __device__ __forceinline__ void latency(const struct source &s, const CUtensorMap *map,
                                               struct copy_times *out) {
    extern __shared__ uint8_t raw[];
    __shared__ uint64_t full;
    uint32_t tile = hopper_settled(hopper_shared(hopper_align(raw)));
    uint32_t barrier = hopper_settled(hopper_shared(&full));
    if (!hopper_elect()) return;
    init_barriers(&full, 1);
#pragma unroll 1
    for (int round = 0; round < ROUNDS; round++) {
        struct place place = KIND::of(s, round);
        settle(place);
        hopper_expect(barrier, s.copy_b);
        uint64_t t0 = truth_clock();
        KIND::copy(s, map, place, tile, barrier);
        uint64_t t1 = truth_clock();
        bool over = SLEEP ? hopper_wait(barrier, round & 1) : hopper_spin(barrier, round & 1);
        uint64_t t2 = truth_clock();
        uint64_t t3 = truth_clock();
        if (!over) return;
        out[round] = {t1 - t0, t2 - t0, t3 - t2};
    }
}

// sass90: k_latency_bulk_try UBLKCP 1
// sass90: k_latency_bulk_try SYNCS.PHASECHK.TRANS64.TRYWAIT 1
static __global__ void k_latency_bulk_try(const __grid_constant__ CUtensorMap map, struct source s,
                                          struct copy_times *out) {
    if (HOPPER_CODE) latency<bulk, true>(s, &map, out);
}
// sass90: k_latency_bulk_test UBLKCP 1
// sass90: k_latency_bulk_test SYNCS.PHASECHK.TRANS64 1
static __global__ void k_latency_bulk_test(const __grid_constant__ CUtensorMap map,
                                           struct source s, struct copy_times *out) {
    if (HOPPER_CODE) latency<bulk, false>(s, &map, out);
}
// sass90: k_latency_box UTMALDG.2D 1
static __global__ void k_latency_box(const __grid_constant__ CUtensorMap map, struct source s,
                                     struct copy_times *out) {
    if (HOPPER_CODE) latency<box, true>(s, &map, out);
}

typedef void (*latency_kernel)(const CUtensorMap, struct source, struct copy_times *);

// --- bandwidth -----------------------------------------------------------------------------------

static __host__ __device__ __forceinline__ uint32_t slot_bytes(uint32_t copy_b) {
    return (copy_b + HOPPER_SWIZZLE_ALIGN_B - 1) / HOPPER_SWIZZLE_ALIGN_B * HOPPER_SWIZZLE_ALIGN_B;
}

// Keeps `stages` copies in flight: as soon as one is there the next goes into its slot.
template <class KIND>
static __device__ __forceinline__ void stream(const struct source &s, const CUtensorMap *map,
                                              int stages, int copies, uint64_t *out_cy) {
    extern __shared__ uint8_t raw[];
    __shared__ uint64_t full[MAX_STAGES];
    uint32_t ring = hopper_settled(hopper_shared(hopper_align(raw)));
    uint32_t barriers = hopper_settled(hopper_shared(full)), slot_b = slot_bytes(s.copy_b);
    if (!hopper_elect()) return;
    init_barriers(full, MAX_STAGES);
    uint64_t start = truth_clock();
    int slot = 0;
    uint32_t parity = 0;
#pragma unroll 1
    for (int i = 0; i < copies + stages; i++) {
        uint32_t barrier = barriers + slot * 8;
        struct place place = KIND::of(s, i);
        settle(place);
        if (i >= stages && !hopper_wait(barrier, parity ^ 1)) return;
        if (i < copies) {
            hopper_expect(barrier, s.copy_b);
            KIND::copy(s, map, place, ring + slot * slot_b, barrier);
        }
        if (++slot == stages) {
            slot = 0;
            parity ^= 1;
        }
    }
    out_cy[blockIdx.x] = truth_clock() - start;
}

// sass90: k_stream_bulk UBLKCP 1
static __global__ void k_stream_bulk(const __grid_constant__ CUtensorMap map, struct source s,
                                     int stages, int copies, uint64_t *out_cy) {
    if (HOPPER_CODE) stream<bulk>(s, &map, stages, copies, out_cy);
}
// sass90: k_stream_box UTMALDG.2D 1
static __global__ void k_stream_box(const __grid_constant__ CUtensorMap map, struct source s,
                                    int stages, int copies, uint64_t *out_cy) {
    if (HOPPER_CODE) stream<box>(s, &map, stages, copies, out_cy);
}

typedef void (*stream_kernel)(const CUtensorMap, struct source, int, int, uint64_t *);

// --- storing -------------------------------------------------------------------------------------

struct store_times {
    uint64_t issue, read, done, clock;
};

// sass90: k_store UBLKCP 1
static __global__ void k_store(uint8_t *to, uint32_t bytes, struct store_times *out) {
#if HOPPER_CODE
    extern __shared__ uint8_t raw[];
    for (uint32_t i = threadIdx.x; i < bytes; i += blockDim.x) raw[i] = static_cast<uint8_t>(i);
    hopper_fence_async();
    __syncthreads();
    uint32_t tile = hopper_settled(hopper_shared(raw));
    if (!hopper_elect()) return;
#pragma unroll 1
    for (int round = 0; round < ROUNDS; round++) {
        struct place place = {reinterpret_cast<uint64_t>(to + round * LATENCY_STEP_B), 0, 0};
        settle(place);
        uint64_t t0 = truth_clock();
        hopper_store(reinterpret_cast<void *>(place.at), tile, bytes);
        hopper_store_commit();
        uint64_t t1 = truth_clock();
        hopper_store_wait_read();
        uint64_t t2 = truth_clock();
        hopper_store_wait();
        uint64_t t3 = truth_clock();
        uint64_t t4 = truth_clock();
        out[round] = {t1 - t0, t2 - t0, t3 - t0, t4 - t3};
    }
#endif
}

// --- barriers ------------------------------------------------------------------------------------

enum { SHORT_CHAIN = 8, LONG_CHAIN = 40, MANY_ARRIVALS = 1 << 16 };

// Chains of both lengths; the second round counts. `arrivals` is what a phase needs; a first
// arrival ends phase 0 when it is 1. STEP is one instruction, which may make `parity` out of
// `parity`.
#define BARRIER_KERNEL(NAME, ARRIVALS, STEP)                                                       \
    static __global__ void NAME(uint64_t *out) {                                                   \
        __shared__ uint64_t shared;                                                                \
        uint32_t barrier = hopper_shared(&shared), parity = 0;                                     \
        if (!HOPPER_CODE) return;                                                                  \
        if (threadIdx.x == 0) {                                                                    \
            hopper_init(barrier, ARRIVALS);                                                        \
            hopper_fence_inits();                                                                  \
            if ((ARRIVALS) == 1) hopper_arrive(barrier);                                           \
        }                                                                                          \
        __syncthreads();                                                                           \
        uint64_t t0 = 0, t1 = 0, t2 = 0;                                                           \
        _Pragma("unroll 1") for (int round = 0; round < 2; round++) {                              \
            t0 = truth_clock();                                                                    \
            _Pragma("unroll") for (int i = 0; i < SHORT_CHAIN; i++) STEP;                          \
            t1 = truth_clock();                                                                    \
            _Pragma("unroll") for (int i = 0; i < LONG_CHAIN; i++) STEP;                           \
            t2 = truth_clock();                                                                    \
        }                                                                                          \
        if (threadIdx.x) return;                                                                   \
        out[0] = t1 - t0;                                                                          \
        out[1] = t2 - t1;                                                                          \
        out[2] = parity;                                                                           \
    }

// sass90: k_arrive SYNCS.ARRIVE.TRANS64 48
BARRIER_KERNEL(k_arrive, MANY_ARRIVALS, hopper_arrive(barrier))
// sass90: k_expect SYNCS.ARRIVE.TRANS64 48
BARRIER_KERNEL(k_expect, MANY_ARRIVALS, hopper_expect(barrier, 0))
// sass90: k_try_over SYNCS.PHASECHK.TRANS64.TRYWAIT 48
BARRIER_KERNEL(k_try_over, 1, parity = hopper_try(barrier, parity) ? 0 : 1)
// sass90: k_test_over SYNCS.PHASECHK.TRANS64 48
BARRIER_KERNEL(k_test_over, 1, parity = hopper_test(barrier, parity) ? 0 : 1)
// sass90: k_test_poll SYNCS.PHASECHK.TRANS64 48
BARRIER_KERNEL(k_test_poll, MANY_ARRIVALS, parity = hopper_test(barrier, parity) ? 1 : 0)

// Two warps pass a token to and fro: each arrives on a barrier for which the other waits.
// sass90: k_ping_pong SYNCS.PHASECHK.TRANS64.TRYWAIT 2
static __global__ void k_ping_pong(int trips, uint64_t *out) {
    __shared__ uint64_t shared[2];
    if (!HOPPER_CODE) return;
    if (threadIdx.x == 0) init_barriers(shared, 2);
    __syncthreads();
    uint32_t ping = hopper_shared(&shared[0]), pong = hopper_shared(&shared[1]);
    if (threadIdx.x == 0) {
        uint64_t start = truth_clock();
#pragma unroll 1
        for (int i = 0; i < trips; i++) {
            hopper_arrive(ping);
            if (!hopper_wait(pong, i & 1)) return;
        }
        *out = truth_clock() - start;
    } else if (threadIdx.x == 32) {
#pragma unroll 1
        for (int i = 0; i < trips; i++) {
            if (!hopper_wait(ping, i & 1)) return;
            hopper_arrive(pong);
        }
    }
}

// One try_wait for a phase that never ends.
// sass90: k_timeout SYNCS.PHASECHK.TRANS64.TRYWAIT 1
static __global__ void k_timeout(uint64_t *out) {
    __shared__ uint64_t shared;
    if (!HOPPER_CODE) return;
    init_barriers(&shared, 1);
    uint64_t start = truth_clock();
    bool over = hopper_try(hopper_shared(&shared), 0);
    out[0] = truth_clock() - start;
    out[1] = over;
}

// --- checks --------------------------------------------------------------------------------------

// A copy in, its bytes in the order of shared memory to `out`, and back by a copy to `stored`.
template <class KIND>
static __device__ __forceinline__ void round_trip(const struct source &s, const CUtensorMap *map,
                                                  int i, uint8_t *out, uint8_t *stored) {
    extern __shared__ uint8_t raw[];
    __shared__ uint64_t full;
    uint8_t *tile = hopper_align(raw);
    uint32_t barrier = hopper_shared(&full);
    if (threadIdx.x == 0) init_barriers(&full, 1);
    __syncthreads();
    if (threadIdx.x == 0) {
        hopper_expect(barrier, s.copy_b);
        KIND::copy(s, map, KIND::of(s, i), hopper_shared(tile), barrier);
    }
    if (!hopper_wait(barrier, 0)) return;
    for (uint32_t byte = threadIdx.x; byte < s.copy_b; byte += blockDim.x) out[byte] = tile[byte];
    if (threadIdx.x) return;
    hopper_fence_async();
    hopper_store(stored, hopper_shared(tile), s.copy_b);
    hopper_store_commit();
    hopper_store_wait();
}

static __global__ void k_check_bulk(const __grid_constant__ CUtensorMap map, struct source s, int i,
                                    uint8_t *out, uint8_t *stored) {
    if (HOPPER_CODE) round_trip<bulk>(s, &map, i, out, stored);
}
static __global__ void k_check_box(const __grid_constant__ CUtensorMap map, struct source s, int i,
                                   uint8_t *out, uint8_t *stored) {
    if (HOPPER_CODE) round_trip<box>(s, &map, i, out, stored);
}

// A byte that tells its place.
static __host__ __device__ __forceinline__ uint8_t byte_at(uint64_t offset) {
    return static_cast<uint8_t>((offset * 0x9e3779b97f4a7c15u) >> 56);
}

static __global__ void ref_fill(uint8_t *bytes, uint64_t count) {
    uint64_t stride = static_cast<uint64_t>(gridDim.x) * blockDim.x;
    for (uint64_t i = static_cast<uint64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count;
         i += stride)
        bytes[i] = byte_at(i);
}

// --- running -------------------------------------------------------------------------------------

static const uint64_t MATRIX_B = uint64_t{MATRIX_ROWS} * MATRIX_COLS * 2;
static const uint64_t FILLED_B = 32 << 20; // its start, which the checks read
static const uint32_t SHARED_B = RING_B + HOPPER_SWIZZLE_ALIGN_B;

static uint8_t *matrix(void) {
    static uint8_t *at;
    if (at) return at;
    CU(cudaMalloc(reinterpret_cast<void **>(&at), MATRIX_B));
    ref_fill<<<truth.device.multiProcessorCount * 8, 256>>>(at, FILLED_B);
    TRUTH_LAUNCHED();
    return at;
}

static CUtensorMap map_of(int box_rows) {
    return hopper_map(matrix(), MATRIX_ROWS, MATRIX_COLS, static_cast<uint32_t>(box_rows));
}

static struct source latency_source(int box_rows) {
    return {matrix(),       static_cast<uint32_t>(box_rows) * HOPPER_ROW_B, 0,
            LATENCY_STEP_B, 1u << 31, box_rows, ACROSS_LOG2, MAX_BOX_ROWS};
}

static bool measuring(void) {
    return truth.mode != TRUTH_CHECK;
}

static int samples(void) { // beyond the first launch, which warms; none for a profiler
    return truth.mode == TRUTH_ONCE ? 0 : truth_repeats(11);
}

static void row(const char *quantity, const std::string &params, const char *unit,
                const std::vector<double> &values, const char *note) {
    if (!values.empty()) truth_row(quantity, params, unit, values, note);
}

// The median over a launch's rounds but the first of a duration less the clock's own.
template <typename T> static double median_round(const std::vector<T> &times, uint64_t T::*member) {
    std::vector<double> rounds;
    for (size_t i = 1; i < times.size(); i++)
        rounds.push_back(static_cast<double>(times[i].*member) -
                         static_cast<double>(times[i].clock));
    return truth_spread_of(rounds).median;
}

static void measure_latency(latency_kernel kernel, const char *kind, int box_rows, bool flushed) {
    struct source s = latency_source(box_rows);
    CUtensorMap map = map_of(box_rows);
    truth_buffer<struct copy_times> out(ROUNDS);
    std::vector<double> issue, latency;
    uint32_t shared_b = MAX_COPY_B + HOPPER_SWIZZLE_ALIGN_B;
    for (int i = -1; i < samples(); i++) {
        if (flushed) truth_flush_l2();
        kernel<<<1, 32, shared_b>>>(map, s, out.at);
        TRUTH_LAUNCHED();
        std::vector<struct copy_times> times = out.get();
        if (!hopper_in_time()) return;
        if (i < 0) continue;
        issue.push_back(median_round(times, &copy_times::issue));
        latency.push_back(median_round(times, &copy_times::latency));
    }
    std::string params = truth_format("copy=%s bytes=%u source=%s", kind, s.copy_b,
                                      flushed ? "dram" : "l2");
    row("latency", params, "cy", latency, "issue until the barrier shows it; less the clock");
    row("issue", params, "cy", issue, "clock around the issue; less the clock");
}

static void run_latency(latency_kernel kernel, const char *kind, bool all_sizes) {
    static const int rows[] = {1, 2, 4, 8, 16, 32, 64, 128, 256}; // 128 B to 32 KiB
    for (bool flushed : {false, true})
        for (int box_rows : rows) {
            if ((truth.quick || !all_sizes) && box_rows != 1 && box_rows != 64) continue;
            measure_latency(kernel, kind, box_rows, flushed);
        }
}

typedef void (*check_kernel)(const CUtensorMap, struct source, int, uint8_t *, uint8_t *);

// One copy, with every byte compared: a box down and to the right of the first.
static void check_copy(check_kernel kernel, int box_rows, bool swizzled) {
    static const int right = 2, number = BOXES_ACROSS + right;
    struct source s = latency_source(box_rows);
    truth_buffer<uint8_t> out(s.copy_b), stored(s.copy_b);
    out.fill_bytes(0);
    stored.fill_bytes(0);
    kernel<<<1, 128, MAX_COPY_B + HOPPER_SWIZZLE_ALIGN_B>>>(map_of(box_rows), s, number, out.at,
                                                           stored.at);
    TRUTH_LAUNCHED();
    std::vector<uint8_t> got = out.get(), back = stored.get();
    int wrong = 0;
    for (uint32_t i = 0; i < s.copy_b; i++) {
        uint32_t line = i / HOPPER_ROW_B, column = i % HOPPER_ROW_B;
        uint64_t from = uint64_t{number} * LATENCY_STEP_B + i;
        if (swizzled)
            from = uint64_t{MAX_BOX_ROWS + line} * MATRIX_COLS * 2 + right * HOPPER_ROW_B + column;
        uint32_t to = swizzled ? hopper_swizzled(line, column) : i;
        wrong += got[to] != byte_at(from) || back[to] != byte_at(from);
    }
    truth_row("wrong", truth_format("bytes=%u", s.copy_b), "B", {static_cast<double>(wrong)},
              wrong ? "FAILED" : "passed");
    truth_expect(hopper_in_time() && wrong == 0, "copied bytes");
}

static void run_bulk_latency(void) {
    for (int rows : {1, 32, 256})
        if (truth.mode == TRUTH_CHECK) check_copy(k_check_bulk, rows, false);
    if (!measuring()) return;
    run_latency(k_latency_bulk_try, "bulk wait=try", true);
    run_latency(k_latency_bulk_test, "bulk wait=test", false);
}

static void run_box_latency(void) {
    for (int rows : {8, 64, 256})
        if (truth.mode == TRUTH_CHECK) check_copy(k_check_box, rows, true);
    if (measuring()) run_latency(k_latency_box, "box wait=try", true);
}

struct stream_setup {
    stream_kernel kernel;
    const char *kind;
    int blocks, stages;
    bool far;
    struct source source;
    CUtensorMap map;
};

// Cycles of each block.
static std::vector<double> launch_stream(const struct stream_setup &setup, uint32_t bytes,
                                         truth_buffer<uint64_t> &out) {
    int copies = static_cast<int>(bytes / setup.source.copy_b);
    if (setup.far) truth_flush_l2();
    setup.kernel<<<setup.blocks, 32, SHARED_B>>>(setup.map, setup.source, setup.stages, copies,
                                                 out.at);
    TRUTH_LAUNCHED();
    std::vector<uint64_t> cycles = out.get();
    return {cycles.begin(), cycles.begin() + setup.blocks};
}

static void measure_stream(const struct stream_setup &setup) {
    truth_buffer<uint64_t> out(static_cast<size_t>(setup.blocks));
    std::vector<double> per_sm, chip;
    double bytes = LONG_B - SHORT_B;
    for (int i = -1; i < samples(); i++) {
        std::vector<double> brief = launch_stream(setup, SHORT_B, out);
        std::vector<double> full = launch_stream(setup, LONG_B, out);
        if (!hopper_in_time()) return;
        if (i < 0) continue;
        struct truth_spread b = truth_spread_of(brief), f = truth_spread_of(full);
        per_sm.push_back(bytes / (f.median - b.median));
        chip.push_back(bytes * setup.blocks / (f.high - b.high));
    }
    std::string params =
        truth_format("copy=%s bytes=%u stages=%d sms=%d source=%s", setup.kind,
                     setup.source.copy_b, setup.stages, setup.blocks, setup.far ? "dram" : "l2");
    row("bandwidth", params, "B/cy/SM", per_sm, "slope between 512 KiB and 2 MiB; median SM");
    if (setup.blocks > 1)
        row("bandwidth_chip", params, "B/cy", chip, "the same of all SMs; by the slowest SM");
}

static struct source stream_source(int box_rows, int blocks, bool far) {
    uint32_t copy_b = static_cast<uint32_t>(box_rows) * HOPPER_ROW_B;
    int span_log2 = ACROSS_LOG2;
    while (!far && copy_b << span_log2 > NEAR_B) span_log2--;
    return {matrix(), copy_b, FAR_B, copy_b, far ? FAR_B : NEAR_B, box_rows,
            span_log2, far ? blocks * box_rows : 0};
}

static void run_stream(stream_kernel kernel, const char *kind) {
    static const int rows[] = {8, 32, 64, 128, 256}; // 1 KiB to 32 KiB
    if (!measuring()) return;
    int sms = truth.device.multiProcessorCount;
    CU(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, SHARED_B));
    static const struct {
        bool all_sms, far;
    } places[] = {{false, false}, {true, false}, {true, true}};
    for (const auto &place : places)
        for (int box_rows : rows)
            for (int stages = 1; stages <= MAX_STAGES; stages *= 2) {
                int blocks = place.all_sms ? sms : 1;
                struct source s = stream_source(box_rows, blocks, place.far);
                if (stages * slot_bytes(s.copy_b) > RING_B) continue;
                if (truth.quick && (box_rows != 128 || stages == 2)) continue;
                measure_stream({kernel, kind, blocks, stages, place.far, s, map_of(box_rows)});
            }
    if (truth.mode == TRUTH_MEASURE) truth_row("sm_clock", "", "Hz", {truth_sm_clock_hz()});
}

static void run_bulk_stream(void) {
    run_stream(k_stream_bulk, "bulk");
}
static void run_box_stream(void) {
    run_stream(k_stream_box, "box");
}

static void run_store(void) {
    if (!measuring()) return;
    truth_buffer<uint8_t> to(size_t{ROUNDS} * LATENCY_STEP_B);
    truth_buffer<struct store_times> out(ROUNDS);
    for (uint32_t bytes : {128u, 512u, 2048u, 8192u, MAX_COPY_B}) {
        std::vector<double> issue, read, done;
        for (int i = -1; i < samples(); i++) {
            k_store<<<1, 32, MAX_COPY_B>>>(to.at, bytes, out.at);
            TRUTH_LAUNCHED();
            std::vector<struct store_times> times = out.get();
            if (i < 0) continue;
            issue.push_back(median_round(times, &store_times::issue));
            read.push_back(median_round(times, &store_times::read));
            done.push_back(median_round(times, &store_times::done));
        }
        std::string params = truth_format("copy=bulk bytes=%u", bytes);
        row("store_issue", params, "cy", issue, "store and commit; less the clock");
        row("store_read", params, "cy", read, "issue to the end of wait_group.read");
        row("store_done", params, "cy", done, "issue to the end of wait_group; after that row's");
    }
}

static void run_mbarrier(void) {
    static const char chained[] = "a chain through the parity; with a select and a shift";
    static const struct {
        const char *quantity, *note;
        void (*kernel)(uint64_t *);
        int threads, parity; // what the chain must end with
    } rows[] = {
        {"arrive lanes=1", "issue of arrives without waiting", k_arrive, 1, 0},
        {"arrive lanes=32", "all lanes of a warp arrive", k_arrive, 32, 0},
        {"arrive_expect_tx lanes=1", "issue; 0 bytes", k_expect, 1, 0},
        {"try_wait phase=over", chained, k_try_over, 32, 0},
        {"test_wait phase=over", chained, k_test_over, 32, 0},
        {"test_wait phase=open", chained, k_test_poll, 32, 0},
    };
    if (!measuring()) return;
    truth_buffer<uint64_t> out(3);
    for (const auto &one : rows) {
        std::vector<double> cost;
        for (int i = -1; i < samples(); i++) {
            one.kernel<<<1, one.threads>>>(out.at);
            TRUTH_LAUNCHED();
            std::vector<uint64_t> got = out.get();
            truth_expect(got[2] == static_cast<uint64_t>(one.parity), one.quantity);
            if (i < 0) continue;
            cost.push_back((static_cast<double>(got[1]) - static_cast<double>(got[0])) /
                           (LONG_CHAIN - SHORT_CHAIN));
        }
        row("cost", std::string("instruction=") + one.quantity, "cy", cost, one.note);
    }
}

static void run_ping_pong(void) {
    static const int brief = 40, full = 240;
    if (!measuring()) return;
    truth_buffer<uint64_t> out(1);
    std::vector<double> cost;
    for (int i = -1; i < samples(); i++) {
        uint64_t cycles[2];
        for (int j = 0; j < 2; j++) {
            k_ping_pong<<<1, 64>>>(j ? full : brief, out.at);
            TRUTH_LAUNCHED();
            cycles[j] = out.get()[0];
        }
        if (!hopper_in_time()) return;
        if (i < 0) continue;
        cost.push_back(static_cast<double>(cycles[1] - cycles[0]) / (full - brief) / 2);
    }
    row("handover", "wait=try", "cy", cost,
        "from a warp's arrive to another past its wait; half a trip");
}

static void run_timeout(void) {
    if (!measuring()) return;
    truth_buffer<uint64_t> out(2);
    std::vector<double> cost;
    for (int i = -1; i < std::min(samples(), 3); i++) {
        k_timeout<<<1, 1>>>(out.at);
        TRUTH_LAUNCHED();
        std::vector<uint64_t> got = out.get();
        truth_expect(got[1] == 0, "a phase that nobody ended is over");
        if (i >= 0) cost.push_back(static_cast<double>(got[0]));
    }
    row("try_wait_timeout", "", "cy", cost, "one try_wait on a phase that does not end");
}

static const struct truth_case cases[] = {
    {"bulk_latency", run_bulk_latency, 90},
    {"box_latency", run_box_latency, 90},
    {"bulk_bandwidth", run_bulk_stream, 90},
    {"box_bandwidth", run_box_stream, 90},
    {"store", run_store, 90},
    {"mbarrier", run_mbarrier, 90},
    {"handover", run_ping_pong, 90},
    {"timeout", run_timeout, 90},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "tma", TRUTH_CASES(cases));
}
