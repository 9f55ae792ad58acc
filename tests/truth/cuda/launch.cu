// What a launch and what a CTA cost that do nothing.
//
// profile (with --once alone): empty kernels over grids and blocks, in a fixed order, so that a
// profiler counts the cycles of each; it sees grid and block itself.
// time: nanoseconds of an empty kernel in a stream, in a graph and alone, by events and the host.
// cta_interval: cycles per CTA of a huge empty grid, from the slope of time against CTAs.
// turnaround: CTAs note the SM's clock at start and end. On an SM whose slots are all taken, the
// k-th end makes room for the (slots + k)-th start; what lies between is the turnaround.
#include <chrono>

#include "truth.cuh"

// sass: k_empty EXIT 1
static __global__ void k_empty(void) {
}

// --- profile ------------------------------------------------------------------------------------

static void run_profile(void) {
    static const int blocks[] = {32, 64, 128, 256, 384, 512, 768, 1024};
    static const int repeats = 3;
    if (truth.mode != TRUTH_ONCE) return;
    int kernels = 0;
    for (int repeat = 0; repeat < repeats; repeat++)
        for (int block : blocks) {
            k_empty<<<1, block>>>();
            TRUTH_LAUNCHED();
            kernels++;
            for (int grid = 32; grid <= 65536; grid *= 2) {
                k_empty<<<grid, block>>>();
                TRUTH_LAUNCHED();
                kernels++;
            }
        }
    CU(cudaDeviceSynchronize());
    truth_row("kernels", "grid=1..65536 block=32..1024", "launch", {static_cast<double>(kernels)},
              "three sweeps; in each the grid runs fastest");
}

// --- time ---------------------------------------------------------------------------------------

enum { BATCH = 200, SAMPLES = 11 };

struct timer {
    cudaEvent_t start, stop;
    cudaStream_t stream;
    timer() {
        CU(cudaStreamCreate(&stream));
        CU(cudaEventCreate(&start));
        CU(cudaEventCreate(&stop));
    }
    ~timer() {
        cudaEventDestroy(start);
        cudaEventDestroy(stop);
        cudaStreamDestroy(stream);
    }
    timer(const timer &) = delete;
    timer &operator=(const timer &) = delete;

    double events_ns(const std::function<void()> &work) const {
        CU(cudaEventRecord(start, stream));
        work();
        CU(cudaEventRecord(stop, stream));
        CU(cudaEventSynchronize(stop));
        float ms = 0;
        CU(cudaEventElapsedTime(&ms, start, stop));
        return 1e6 * static_cast<double>(ms);
    }
};

static double host_ns(const std::function<void()> &work) {
    auto start = std::chrono::steady_clock::now();
    work();
    std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
    return taken.count();
}

// Samples of `once`, divided by `count`; the first is thrown away.
static std::vector<double> samples_of(int count, const std::function<double()> &once) {
    std::vector<double> samples;
    once();
    for (int i = 0; i < truth_repeats(SAMPLES); i++) samples.push_back(once() / count);
    return samples;
}

static void launch_batch(const struct timer &timer, int grid, int block, int count) {
    for (int i = 0; i < count; i++) k_empty<<<grid, block, 0, timer.stream>>>();
    TRUTH_LAUNCHED();
}

static cudaGraphExec_t graph_of(const struct timer &timer, int grid, int block, int count) {
    cudaGraph_t graph;
    cudaGraphExec_t exec;
    CU(cudaStreamBeginCapture(timer.stream, cudaStreamCaptureModeThreadLocal));
    launch_batch(timer, grid, block, count);
    CU(cudaStreamEndCapture(timer.stream, &graph));
    CU(cudaGraphInstantiate(&exec, graph, 0));
    CU(cudaGraphDestroy(graph));
    CU(cudaGraphUpload(exec, timer.stream));
    CU(cudaStreamSynchronize(timer.stream));
    return exec;
}

static std::vector<double> graph_ns(const struct timer &timer, int grid, int block, int count) {
    cudaGraphExec_t exec = graph_of(timer, grid, block, count);
    std::vector<double> samples = samples_of(count, [&] {
        return timer.events_ns([&] { CU(cudaGraphLaunch(exec, timer.stream)); });
    });
    CU(cudaGraphExecDestroy(exec));
    return samples;
}

static void time_launches(const struct timer &timer, int grid, int block) {
    std::string size = truth_format(" grid=%d block=%d", grid, block);
    auto one = [&] { launch_batch(timer, grid, block, 1); };
    auto batch = [&] { launch_batch(timer, grid, block, BATCH); };
    truth_row("time", "how=stream" + size, "ns",
              samples_of(BATCH, [&] { return timer.events_ns(batch); }),
              "per launch; 200 back to back between events");
    truth_row("time", "how=graph" + size, "ns", graph_ns(timer, grid, block, BATCH),
              "per kernel; graph of 200 in a row between events");
    truth_row("time", "how=alone" + size, "ns", samples_of(1, [&] { return timer.events_ns(one); }),
              "one launch between events on an idle stream");
}

static void time_host(const struct timer &timer) {
    auto call = [&] {
        double ns = host_ns([&] { launch_batch(timer, 1, 32, BATCH); });
        CU(cudaStreamSynchronize(timer.stream));
        return ns;
    };
    auto round_trip = [&] {
        return host_ns([&] {
            launch_batch(timer, 1, 32, 1);
            CU(cudaStreamSynchronize(timer.stream));
        });
    };
    truth_row("time", "how=nothing", "ns", samples_of(1, [&] { return timer.events_ns([] {}); }),
              "two events and nothing between");
    truth_row("time", "how=call grid=1 block=32", "ns", samples_of(BATCH, call),
              "host; a launch call of 200");
    truth_row("time", "how=round_trip grid=1 block=32", "ns", samples_of(1, round_trip),
              "host; from the call to the end of the stream's synchronisation");
}

static void run_time(void) {
    static const int blocks[] = {32, 256, 1024}, grids[] = {1, 128, 1024, 8192, 65536};
    if (truth.mode == TRUTH_ONCE) return;
    struct timer timer;
    if (truth.mode == TRUTH_CHECK) {
        launch_batch(timer, 1, 32, 1);
        CU(cudaStreamSynchronize(timer.stream));
        return;
    }
    time_host(timer);
    for (int block : blocks)
        for (int grid : grids) time_launches(timer, grid, block);
    truth_row("sm_clock", "", "Hz", {truth_sm_clock_hz()}, "right after");
}

static void run_cta_interval(void) {
    static const int blocks[] = {32, 64, 128, 256, 384, 512, 640, 768, 896, 1024};
    static const int few = 65536, many = 262144, kernels = 10;
    if (truth.mode != TRUTH_MEASURE) return;
    struct timer timer;
    for (int block : blocks) {
        std::vector<double> few_ns = graph_ns(timer, few, block, kernels);
        std::vector<double> many_ns = graph_ns(timer, many, block, kernels);
        double clock_hz = truth_sm_clock_hz();
        std::vector<double> samples;
        for (size_t i = 0; i < few_ns.size(); i++)
            samples.push_back((many_ns[i] - few_ns[i]) / (many - few) * clock_hz / 1e9);
        truth_row("cta_interval", truth_format("block=%d", block), "cy", samples,
                  "whole chip; slope of time from 65536 to 262144 CTAs times the clock");
    }
}

// --- turnaround ---------------------------------------------------------------------------------

enum {
    BASE_CY = 20000, // a CTA lasts this and up to SPREAD_CY more, so that ends on an SM lie apart
    SPREAD_CY = 20000,
    WAVES = 4,
    SHORT_WAVES = 16, // of CTAs that end at once
    LAUNCHES = 3,   // measured, after one to warm up
    SM_IDS = 4096, // more than any GPU has
};

struct warp_times {
    uint64_t start, end;
};

struct cta_args {
    struct warp_times *warps; // [cta][warp]
    uint32_t *sms;            // [cta]
    uint32_t base_cy, spread_cy;
};

// sass: k_cta_times CS2R 2
// sass: k_cta_times NANOSLEEP 1
static __global__ void __launch_bounds__(1024) k_cta_times(const struct cta_args args) {
    const uint64_t start = truth_clock();
    struct warp_times *mine = &args.warps[blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32];
    const bool writes = threadIdx.x % 32 == 0;
    if (writes) mine->start = start;
    if (threadIdx.x == 0) args.sms[blockIdx.x] = truth_sm_id();
    uint64_t length_cy = args.base_cy;
    if (args.spread_cy) length_cy += (blockIdx.x * 2654435761u >> 8) % args.spread_cy;
    uint64_t end = truth_clock();
    while (end - start < length_cy) {
        __nanosleep(100);
        end = truth_clock();
    }
    if (writes) mine->end = end;
}

struct cta {
    uint32_t sm;
    uint64_t start, end; // of its first and its last warp
    uint64_t last_start; // of its last warp
};

struct cta_run {
    int block, shared_b, waves;
    uint32_t base_cy, spread_cy;
    int slots; // CTAs that an SM holds, by the occupancy calculator
};

static std::vector<struct cta> cta_times(const struct cta_run &run) {
    const int sms = truth.device.multiProcessorCount, warps = run.block / 32;
    const int grid = sms * run.slots * run.waves;
    truth_buffer<struct warp_times> times(static_cast<size_t>(grid) * warps);
    truth_buffer<uint32_t> sm_ids(grid);
    times.fill_bytes(0xff);
    sm_ids.fill_bytes(0xff);
    struct cta_args args = {times.at, sm_ids.at, run.base_cy, run.spread_cy};
    k_cta_times<<<grid, run.block, run.shared_b>>>(args);
    TRUTH_LAUNCHED();
    std::vector<struct warp_times> got = times.get();
    std::vector<uint32_t> ids = sm_ids.get();
    std::vector<struct cta> ctas;
    for (int i = 0; i < grid; i++) {
        struct cta one = {ids[i], UINT64_MAX, 0, 0};
        for (int warp = 0; warp < warps; warp++) {
            const struct warp_times &t = got[static_cast<size_t>(i) * warps + warp];
            one.start = std::min(one.start, t.start);
            one.last_start = std::max(one.last_start, t.start);
            one.end = std::max(one.end, t.end);
        }
        ctas.push_back(one);
    }
    return ctas;
}

// Starts and ends on each SM, in their order.
struct sm_times {
    std::vector<uint64_t> starts, ends;
};

static std::vector<struct sm_times> by_sm(const std::vector<struct cta> &ctas) {
    std::vector<struct sm_times> sms;
    for (const struct cta &one : ctas) {
        if (one.sm >= SM_IDS) continue; // no such SM: the check reports it
        if (one.sm >= sms.size()) sms.resize(one.sm + 1);
        sms[one.sm].starts.push_back(one.start);
        sms[one.sm].ends.push_back(one.end);
    }
    for (struct sm_times &sm : sms) {
        std::sort(sm.starts.begin(), sm.starts.end());
        std::sort(sm.ends.begin(), sm.ends.end());
    }
    return sms;
}

static double difference(uint64_t later, uint64_t earlier) {
    return static_cast<double>(static_cast<int64_t>(later - earlier));
}

// A row, and rows of the tenth and ninetieth part of a hundred: low and high are single samples.
static void spread_rows(const std::string &quantity, const std::string &params,
                        std::vector<double> samples, const char *note) {
    if (samples.empty()) return;
    std::sort(samples.begin(), samples.end());
    truth_row(quantity.c_str(), params, "cy", samples, note);
    truth_row((quantity + "_p10").c_str(), params, "cy", {samples[samples.size() / 10]}, note);
    truth_row((quantity + "_p90").c_str(), params, "cy", {samples[samples.size() * 9 / 10]}, note);
}

static std::string run_params(const struct cta_run &run) {
    return truth_format("block=%d shared=%d slots=%d", run.block, run.shared_b, run.slots);
}

static void measure_turnaround(const struct cta_run &run) {
    std::vector<double> turnaround, fill, warp_start;
    for (int launch = -1; launch < truth_repeats(LAUNCHES); launch++) {
        std::vector<struct cta> ctas = cta_times(run);
        if (launch < 0) continue;
        for (const struct sm_times &sm : by_sm(ctas))
            for (size_t i = 1; i < sm.starts.size(); i++) {
                size_t slots = static_cast<size_t>(run.slots);
                if (i < slots) fill.push_back(difference(sm.starts[i], sm.starts[i - 1]));
                else turnaround.push_back(difference(sm.starts[i], sm.ends[i - slots]));
            }
        for (const struct cta &one : ctas)
            if (run.block > 32)
                warp_start.push_back(difference(one.last_start, one.start) / (run.block / 32 - 1));
    }
    std::string params = run_params(run);
    spread_rows("turnaround", params, turnaround,
                "from the last warp's end of a CTA to the first warp's start of its successor");
    spread_rows("fill_interval", params, fill, "between starts on an empty SM; one SM");
    spread_rows("warp_start_interval", params, warp_start, "between the warps of a CTA; mean");
}

// CTAs that end at once: how often one starts on an SM and how many are there on average.
static void measure_short(const struct cta_run &run) {
    std::vector<double> interval, residents;
    for (int launch = -1; launch < truth_repeats(LAUNCHES); launch++) {
        std::vector<struct sm_times> sms = by_sm(cta_times(run));
        if (launch < 0) continue;
        for (const struct sm_times &sm : sms) {
            if (sm.starts.size() < 2) continue;
            double span = difference(sm.starts.back(), sm.starts.front()), held = 0;
            for (size_t i = 0; i < sm.starts.size(); i++)
                held += difference(sm.ends[i], sm.starts[i]);
            interval.push_back(span / static_cast<double>(sm.starts.size() - 1));
            residents.push_back(held / std::max(1.0, span));
        }
    }
    std::string params = run_params(run);
    spread_rows("start_interval", params, interval,
                "between starts on an SM of CTAs that end at once");
    truth_row("residents", params, "CTA", residents, "between first and last instruction; mean");
}

static void check_times(const struct cta_run &run) {
    std::vector<struct cta> ctas = cta_times(run);
    bool good = true;
    for (const struct cta &one : ctas)
        good = good && one.sm < SM_IDS && one.end != UINT64_MAX && one.start <= one.end &&
               one.end - one.start >= run.base_cy;
    truth_expect(good, "every CTA notes its times");
    bool fits = true;
    for (const struct sm_times &sm : by_sm(ctas))
        for (size_t i = static_cast<size_t>(run.slots); i < sm.starts.size(); i++)
            fits = fits && sm.starts[i] > sm.ends[i - static_cast<size_t>(run.slots)];
    truth_expect(fits, "no SM holds more CTAs than its slots");
    truth_row("wrong", run_params(run), "check", {good && fits ? 0.0 : 1.0},
              good && fits ? "passed" : "FAILED");
}

static void run_turnaround(void) {
    static const struct {
        int block, shared_b;
    } sizes[] = {
        {32, 0},  {64, 0},   {128, 0},  {256, 0},     {384, 0},
        {512, 0}, {768, 0},  {1024, 0}, {256, 32768}, {256, 102400},
    };
    static const int most_shared_b = 102400;
    if (truth.mode == TRUTH_ONCE) return;
    CU(cudaFuncSetAttribute(k_cta_times, cudaFuncAttributeMaxDynamicSharedMemorySize,
                            most_shared_b));
    CU(cudaFuncSetAttribute(k_cta_times, cudaFuncAttributePreferredSharedMemoryCarveout,
                            cudaSharedmemCarveoutMaxShared)); // else an SM may hold fewer CTAs
    for (const auto &size : sizes) {
        struct cta_run run = {size.block, size.shared_b, WAVES, BASE_CY, SPREAD_CY, 0};
        CU(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&run.slots, k_cta_times, size.block,
                                                         size.shared_b));
        if (truth.mode == TRUTH_CHECK) {
            check_times(run);
            continue;
        }
        measure_turnaround(run);
        run.waves = SHORT_WAVES;
        run.base_cy = run.spread_cy = 0;
        measure_short(run);
    }
}

static const struct truth_case cases[] = {
    {"profile", run_profile, 80},
    {"time", run_time, 80},
    {"cta_interval", run_cta_interval, 80},
    {"turnaround", run_turnaround, 80},
};

int main(int argc, char **argv) {
    return truth_main(argc, argv, "launch", TRUTH_CASES(cases));
}
