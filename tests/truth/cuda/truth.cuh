// What every program of the truth kit shares: error checks, samples and their spread, the rows that
// they print, and the one runner of kernels that are checked, timed and profiled.
//
// A program is a table of cases and a main:
//
//     static const struct truth_case cases[] = {
//         {"ffma", run_ffma, 80},
//         {"wgmma", run_wgmma, 90},
//     };
//     int main(int argc, char **argv) { return truth_main(argc, argv, "pipes", TRUTH_CASES(cases)); }
//
// Rows go to the standard output as CSV, one quantity a row:
//
//     program,case,quantity,params,unit,median,low,high,samples,note
//
// params are "key=value" pairs with blanks between; no field holds a comma or a quote. low and high
// are the smallest and largest sample. Everything else a program says goes to the standard error.
//
// A case that the GPU cannot run prints a row with quantity "skipped" and the reason as its note.
#ifndef TRUTH_CUH
#define TRUTH_CUH

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include <cuda_runtime.h>

// Every call of the CUDA runtime goes through CU(); TRUTH_LAUNCHED() follows every launch.
#define CU(call) truth_must((call), #call, __FILE__, __LINE__)
#define TRUTH_LAUNCHED() truth_must(cudaGetLastError(), "launch", __FILE__, __LINE__)

static inline void truth_must(cudaError_t status, const char *what, const char *file, int line) {
    if (status == cudaSuccess) return;
    fprintf(stderr, "%s:%d: %s: %s (%s)\n", file, line, what, cudaGetErrorString(status),
            cudaGetErrorName(status));
    exit(3);
}

// --- what was asked on the command line --------------------------------------------------------------

enum truth_mode {
    TRUTH_MEASURE, // microbenchmarks: measure; kernels: time
    TRUTH_CHECK,   // kernels: compare with the reference; microbenchmarks: their own checks alone
    TRUTH_ONCE,    // kernels: each launched once and in order, for a profiler
};

struct truth_state {
    const char *program;
    const char *case_name;
    enum truth_mode mode;
    bool quick; // fewer repeats and sizes
    int failures;
    cudaDeviceProp device;
};

static struct truth_state truth;

// --- samples ------------------------------------------------------------------------------------------

struct truth_spread {
    double median, low, high;
    size_t count;
};

static inline struct truth_spread truth_spread_of(std::vector<double> samples) {
    struct truth_spread spread = {NAN, NAN, NAN, samples.size()};
    if (samples.empty()) return spread;
    std::sort(samples.begin(), samples.end());
    size_t half = samples.size() / 2;
    spread.median = samples.size() % 2 ? samples[half] : (samples[half - 1] + samples[half]) / 2;
    spread.low = samples.front();
    spread.high = samples.back();
    return spread;
}

// A row of the current case.
static inline void truth_row(const char *quantity, const std::string &params, const char *unit,
                             const std::vector<double> &samples, const char *note = "") {
    struct truth_spread s = truth_spread_of(samples);
    printf("%s,%s,%s,%s,%s,%.9g,%.9g,%.9g,%zu,%s\n", truth.program, truth.case_name, quantity,
           params.c_str(), unit, s.median, s.low, s.high, s.count, note);
    fflush(stdout);
}

static inline void truth_skip(const char *why) {
    printf("%s,%s,skipped,,,,,,0,%s\n", truth.program, truth.case_name, why);
}

// A check of a case: says so and makes the program fail at its end when `holds` is false.
static inline bool truth_expect(bool holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "FAIL %s/%s: %s\n", truth.program, truth.case_name, what);
        truth.failures++;
    }
    return holds;
}

static inline std::string truth_format(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
static inline std::string truth_format(const char *format, ...) {
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return text;
}

static inline int truth_repeats(int usual) {
    return truth.quick ? std::max(3, usual / 4) : usual;
}

// --- clocks -------------------------------------------------------------------------------------------

// The SM's cycle counter. The memory clobber keeps memory accesses on their side of it; arithmetic
// must be tied to it by data or by asm volatile.
static __device__ __forceinline__ uint64_t truth_clock(void) {
    uint64_t now;
    asm volatile("mov.u64 %0, %%clock64;" : "=l"(now)::"memory");
    return now;
}

static __device__ __forceinline__ uint64_t truth_globaltimer_ns(void) {
    uint64_t now;
    asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now)::"memory");
    return now;
}

static __device__ __forceinline__ uint32_t truth_sm_id(void) {
    uint32_t id;
    asm volatile("mov.u32 %0, %%smid;" : "=r"(id));
    return id;
}

// --- memory -------------------------------------------------------------------------------------------

// Plain device memory, freed at the end of the scope. Not initialised.
template <typename T> struct truth_buffer {
    T *at;
    size_t count;
    explicit truth_buffer(size_t n) : at(nullptr), count(n) {
        CU(cudaMalloc(reinterpret_cast<void **>(&at), n * sizeof(T)));
    }
    ~truth_buffer() {
        cudaFree(at);
    }
    truth_buffer(const truth_buffer &) = delete;
    truth_buffer &operator=(const truth_buffer &) = delete;

    void fill_bytes(int byte) { // 0xff makes every float and half a NaN
        CU(cudaMemset(at, byte, count * sizeof(T)));
    }
    void set(const std::vector<T> &from) {
        CU(cudaMemcpy(at, from.data(), std::min(from.size(), count) * sizeof(T),
                      cudaMemcpyHostToDevice));
    }
    std::vector<T> get(void) const {
        std::vector<T> all(count);
        CU(cudaMemcpy(all.data(), at, count * sizeof(T), cudaMemcpyDeviceToHost));
        return all;
    }
};

// splitmix64: the same numbers on every machine for a seed.
struct truth_random {
    uint64_t state;
    explicit truth_random(uint64_t seed) : state(seed) {
    }
    uint64_t next(void) {
        uint64_t z = (state += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    uint32_t below(uint32_t limit) {
        return static_cast<uint32_t>(next() % limit);
    }
    float symmetric(void) { // in [-1, 1)
        return static_cast<float>(static_cast<double>(next() >> 11) * (2.0 / 9007199254740992.0) - 1);
    }
};

// Writes over more than the L2 holds, so that nothing of the inputs is left in it.
static inline void truth_flush_l2(void) {
    static void *bulk;
    static const size_t bytes = size_t{256} << 20;
    if (!bulk) CU(cudaMalloc(&bulk, bytes));
    CU(cudaMemset(bulk, 0, bytes));
}

// The SM clock that the device runs at now, in Hz: cycles of a busy SM over its nanosecond timer.
// About 2 ms of work; call it next to a measurement that turns time into cycles.
static __global__ void truth_spin(uint64_t cycles, uint64_t *out) {
    uint64_t start_ns = truth_globaltimer_ns(), start = truth_clock(), now = start;
    while (now - start < cycles) now = truth_clock();
    uint64_t end_ns = truth_globaltimer_ns();
    if (threadIdx.x == 0 && blockIdx.x == 0) {
        out[0] = now - start;
        out[1] = end_ns - start_ns;
    }
}

static inline double truth_sm_clock_hz(void) {
    truth_buffer<uint64_t> out(2);
    truth_spin<<<truth.device.multiProcessorCount, 32>>>(4000000, out.at);
    TRUTH_LAUNCHED();
    std::vector<uint64_t> got = out.get();
    return got[1] ? 1e9 * static_cast<double>(got[0]) / static_cast<double>(got[1]) : NAN;
}

// --- kernels -------------------------------------------------------------------------------------------

// Relative error of a result: ||out - ref|| / ||ref||, NaN where anything is not finite.
template <typename T>
static inline double truth_error(const std::vector<T> &out, const std::vector<double> &ref) {
    double difference = 0, norm = 0;
    for (size_t i = 0; i < ref.size(); i++) {
        double got = static_cast<double>(static_cast<float>(out[i]));
        if (!std::isfinite(got)) return NAN;
        difference += (got - ref[i]) * (got - ref[i]);
        norm += ref[i] * ref[i];
    }
    return norm > 0 ? std::sqrt(difference / norm) : std::sqrt(difference);
}

// One kernel at one size. The kernels of the kit begin with "k_", references with "ref_": the profiler
// looks at the former alone.
struct truth_job {
    std::string params;            // "rows=4096 cols=1024"
    double flop, bytes;            // what the result needs at least: each input read once
    int kernels;                   // launches of "k_" kernels that one launch() makes
    double tolerance;              // the largest error that passes
    std::function<void()> launch;  // on the default stream; errors checked by the job
    std::function<void()> poison;  // spoils the output, so that a missing write shows
    std::function<double()> error; // after poison and launch: error against the reference; NaN fails
    bool anew = false;             // no launch may be repeated as it is: a graph would do other work
};

// Nanoseconds from before to after what `work` puts into the stream.
static inline double truth_timed_ns(const std::function<void()> &work) {
    static cudaEvent_t start, stop;
    if (!start) {
        CU(cudaEventCreate(&start));
        CU(cudaEventCreate(&stop));
    }
    CU(cudaEventRecord(start));
    work();
    CU(cudaEventRecord(stop));
    CU(cudaEventSynchronize(stop));
    float ms = 0;
    CU(cudaEventElapsedTime(&ms, start, stop));
    return 1e6 * static_cast<double>(ms);
}

// Launches in a graph, so that the time of the host's calls is none of theirs. The default stream is
// the thread's own (-default-stream per-thread): the legacy one cannot be captured.
static inline cudaGraphExec_t truth_graph(const struct truth_job &job, int launches) {
    cudaGraph_t graph;
    cudaGraphExec_t ready;
    CU(cudaStreamBeginCapture(cudaStreamPerThread, cudaStreamCaptureModeThreadLocal));
    for (int i = 0; i < launches; i++) job.launch();
    CU(cudaStreamEndCapture(cudaStreamPerThread, &graph));
    CU(cudaGraphInstantiate(&ready, graph, 0));
    CU(cudaGraphDestroy(graph));
    return ready;
}

static inline void truth_time(const struct truth_job &job) {
    job.poison();
    for (int i = 0; i < 3; i++) job.launch();
    CU(cudaDeviceSynchronize());
    double once_ns = truth_timed_ns(job.launch);
    int batch = static_cast<int>(std::max(1.0, std::min(200.0, 1e6 / std::max(once_ns, 1000.0))));
    cudaGraphExec_t graph = job.anew ? nullptr : truth_graph(job, batch);
    std::vector<double> warm, cold;
    for (int i = -1; i < truth_repeats(11); i++) {
        double ns = truth_timed_ns([&] {
            if (graph) CU(cudaGraphLaunch(graph, cudaStreamPerThread));
            for (int j = 0; j < batch && !graph; j++) job.launch();
        });
        if (i >= 0) warm.push_back(ns / batch);
    }
    if (graph) CU(cudaGraphExecDestroy(graph));
    for (int i = 0; i < truth_repeats(11); i++) {
        truth_flush_l2();
        cold.push_back(truth_timed_ns(job.launch));
    }
    truth_row("time", job.params, "ns", warm,
              truth_format("mean of %d launches in a %s", batch, graph ? "graph" : "stream").c_str());
    truth_row("time_cold", job.params, "ns", cold, "one launch between events; L2 flushed before");
    truth_row("sm_clock", job.params, "Hz", {truth_sm_clock_hz()}, "right after");
    truth_row("flop", job.params, "flop", {job.flop});
    truth_row("bytes", job.params, "B", {job.bytes});
}

static inline void truth_check(const struct truth_job &job) {
    job.poison();
    job.launch();
    CU(cudaDeviceSynchronize());
    double error = job.error();
    bool good = error <= job.tolerance; // false for NaN
    truth_row("error", job.params, "ratio", {error}, good ? "passed" : "FAILED");
    truth_expect(good, job.params.c_str());
}

static inline void truth_run(const struct truth_job &job) {
    if (truth.mode == TRUTH_CHECK) truth_check(job);
    if (truth.mode == TRUTH_MEASURE) truth_time(job);
    if (truth.mode == TRUTH_ONCE) {
        job.poison();
        job.launch();
        CU(cudaDeviceSynchronize());
        truth_row("kernels", job.params, "launch", {static_cast<double>(job.kernels)});
    }
}

// --- main ----------------------------------------------------------------------------------------------

struct truth_case {
    const char *name;
    void (*run)(void);
    int compute_capability; // 80, 90: the least that it needs
};

#define TRUTH_CASES(table) table, sizeof(table) / sizeof((table)[0])

static inline int truth_usage(FILE *to, const char *program, int code) {
    fprintf(to,
            "usage: %s [--list] [--check | --once] [--quick] [CASE...]\n"
            "  --list   name the cases; needs no GPU\n"
            "  --check  compare results with the reference instead of measuring\n"
            "  --once   launch each kernel once, in order, for a profiler\n"
            "  --quick  fewer repeats and sizes\n",
            program);
    return code;
}

static inline bool truth_wanted(const char *name, const std::vector<const char *> &asked) {
    if (asked.empty()) return true;
    return std::any_of(asked.begin(), asked.end(),
                       [&](const char *one) { return strcmp(one, name) == 0; });
}

static inline void truth_run_case(const struct truth_case *one) {
    truth.case_name = one->name;
    int have = truth.device.major * 10 + truth.device.minor;
    if (have < one->compute_capability) {
        truth_skip(one->compute_capability == 90 ? "needs compute capability 9.0"
                                                 : "needs compute capability 8.0");
        return;
    }
    one->run();
    CU(cudaDeviceSynchronize());
}

static inline int truth_main(int argc, char **argv, const char *program,
                             const struct truth_case *cases, size_t count) {
    truth.program = program;
    bool list = false;
    std::vector<const char *> asked;
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        if (strcmp(arg, "--list") == 0) list = true;
        else if (strcmp(arg, "--check") == 0) truth.mode = TRUTH_CHECK;
        else if (strcmp(arg, "--once") == 0) truth.mode = TRUTH_ONCE;
        else if (strcmp(arg, "--quick") == 0) truth.quick = true;
        else if (strcmp(arg, "--help") == 0) return truth_usage(stdout, program, 0);
        else if (arg[0] == '-') return truth_usage(stderr, program, 2);
        else asked.push_back(arg);
    }
    for (const char *one : asked) {
        bool known = std::any_of(cases, cases + count, [&](const struct truth_case &c) {
            return strcmp(c.name, one) == 0;
        });
        if (known) continue;
        fprintf(stderr, "%s: no case '%s'; --list names them\n", program, one);
        return 2;
    }
    if (list) {
        for (size_t i = 0; i < count; i++) printf("%s\n", cases[i].name);
        return 0;
    }
    CU(cudaSetDevice(0));
    CU(cudaGetDeviceProperties(&truth.device, 0));
    for (size_t i = 0; i < count; i++)
        if (truth_wanted(cases[i].name, asked)) truth_run_case(&cases[i]);
    return truth.failures ? 1 : 0;
}

#endif
