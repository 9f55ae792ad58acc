// Loops timed inside one launch, and the slope between two of their lengths.
//
// A kernel runs its loop in three passes: a brief one that warms caches up (instructions too), a
// brief one and a lengthy one that are compared. The slope of the cycles over the iterations leaves
// out the clock reads, the barrier and the ends of the loop. Each warp marks the start and the stop
// of each pass; an SM's pass goes from the first start to the last stop of its warps.
#ifndef PROBE_CUH
#define PROBE_CUH

#include "truth.cuh"

#include <map>
#include <numeric>

enum {
    PROBE_PASSES = 3,
    PROBE_LANES = 32,
    PROBE_CTA = 1024,        // threads of a full CTA
    PROBE_SAMPLES = 8,
    PROBE_LIGHT_LENGTHY = 4, // iterations where only the results matter
};

struct probe_mark {
    uint64_t start, stop; // cycles of the SM's clock
    uint32_t sm, unused;
};

// What every timed kernel is given.
struct probe_run {
    uint32_t brief, lengthy;  // iterations of the passes
    uint32_t zero;            // 0, which the compiler cannot know
    uint32_t *sink;           // a word per thread, so that results are needed
    struct probe_mark *marks; // of each pass of each warp
};

static __device__ __forceinline__ uint32_t probe_thread(void) {
    return blockIdx.x * blockDim.x + threadIdx.x;
}

static __device__ __forceinline__ uint32_t probe_lane(void) {
    return threadIdx.x % PROBE_LANES;
}

template <typename Body>
static __device__ __forceinline__ void probe_passes(const struct probe_run &run, Body body) {
    uint32_t warps = (blockDim.x + PROBE_LANES - 1) / PROBE_LANES;
    uint32_t warp = blockIdx.x * warps + threadIdx.x / PROBE_LANES;
#pragma unroll 1
    for (uint32_t pass = 0; pass < PROBE_PASSES; pass++) {
        uint32_t count = pass + 1 == PROBE_PASSES ? run.lengthy : run.brief;
        __syncthreads();
        uint64_t start = truth_clock();
#pragma unroll 1
        for (uint32_t i = 0; i < count; i++) body();
        uint64_t stop = truth_clock();
        if (probe_lane() == 0)
            run.marks[warp * PROBE_PASSES + pass] = {start, stop, truth_sm_id(), 0};
    }
}

// --- the host's side -----------------------------------------------------------------------------

struct probe_plan {
    int grid, threads;       // CTAs, and threads of each
    uint32_t brief, lengthy; // iterations
    int ctas_per_sm;         // SMs that hold another number are left out; 0: none is
};

struct probe_sample {
    double first; // cycles of the first pass: cold where brief is 1
    double slope; // cycles per iteration
};

// Checks and profiles run everything once and briefly.
static inline bool probe_light(void) {
    return truth.mode != TRUTH_MEASURE;
}

static inline int probe_samples(int usual) {
    return probe_light() ? 1 : truth_repeats(usual);
}

struct probe_span {
    uint64_t start[PROBE_PASSES], stop[PROBE_PASSES];
    int warps;
};

static inline std::map<uint32_t, struct probe_span>
probe_spans(const std::vector<struct probe_mark> &marks) {
    std::map<uint32_t, struct probe_span> spans;
    for (size_t i = 0; i < marks.size(); i += PROBE_PASSES) {
        auto at = spans.find(marks[i].sm);
        if (at == spans.end()) {
            struct probe_span empty = {{UINT64_MAX, UINT64_MAX, UINT64_MAX}, {0, 0, 0}, 0};
            at = spans.emplace(marks[i].sm, empty).first;
        }
        struct probe_span &span = at->second;
        span.warps++;
        for (int pass = 0; pass < PROBE_PASSES; pass++) {
            span.start[pass] = std::min(span.start[pass], marks[i + pass].start);
            span.stop[pass] = std::max(span.stop[pass], marks[i + pass].stop);
        }
    }
    return spans;
}

// The harmonic mean over the SMs: what they do together in a cycle is what counts.
static inline struct probe_sample probe_sample_of(const struct probe_plan &plan,
                                                  const std::vector<struct probe_mark> &marks) {
    int warps = (plan.threads + PROBE_LANES - 1) / PROBE_LANES;
    double rates = 0, first = 0;
    int sms = 0;
    for (const auto &one : probe_spans(marks)) {
        const struct probe_span &span = one.second;
        if (plan.ctas_per_sm && span.warps != plan.ctas_per_sm * warps) continue;
        double brief = static_cast<double>(span.stop[1] - span.start[1]);
        double lengthy = static_cast<double>(span.stop[2] - span.start[2]);
        rates += (plan.lengthy - plan.brief) / (lengthy - brief);
        first += static_cast<double>(span.stop[0] - span.start[0]);
        sms++;
    }
    return {first / sms, sms / rates};
}

typedef std::function<void(const struct probe_run &)> probe_launch;

// Samples of a kernel; `before` runs before each launch where there is one. A first sample is not
// kept, but for light runs.
static inline std::vector<struct probe_sample>
probe_measure(struct probe_plan plan, const probe_launch &launch,
              const std::function<void()> &before = nullptr, int usual = PROBE_SAMPLES) {
    if (probe_light()) {
        plan.lengthy = std::min(plan.lengthy, plan.brief + PROBE_LIGHT_LENGTHY);
        plan.ctas_per_sm = 0;
    }
    size_t warps = static_cast<size_t>((plan.threads + PROBE_LANES - 1) / PROBE_LANES) * plan.grid;
    truth_buffer<uint32_t> sink(static_cast<size_t>(plan.grid) * plan.threads);
    truth_buffer<struct probe_mark> marks(warps * PROBE_PASSES);
    struct probe_run run = {plan.brief, plan.lengthy, 0, sink.at, marks.at};
    std::vector<struct probe_sample> samples;
    int dropped = probe_light() ? 0 : 1;
    for (int i = 0; i < probe_samples(usual) + dropped; i++) {
        if (before) before();
        launch(run);
        TRUTH_LAUNCHED();
        struct probe_sample sample = probe_sample_of(plan, marks.get());
        if (i >= dropped) samples.push_back(sample);
    }
    return samples;
}

// Cycles per `steps`-th part of an iteration.
static inline std::vector<double> probe_slopes(const struct probe_plan &plan, double steps,
                                               const probe_launch &launch) {
    std::vector<double> slopes;
    for (const struct probe_sample &one : probe_measure(plan, launch))
        slopes.push_back(one.slope / steps);
    return slopes;
}

// As probe_slopes, of a kernel that must leave zeros in its sink.
static inline std::vector<double> probe_zero_slopes(const struct probe_plan &plan, double steps,
                                                    const probe_launch &launch) {
    std::vector<uint32_t> left(static_cast<size_t>(plan.grid) * plan.threads);
    std::vector<double> slopes = probe_slopes(plan, steps, [&](const struct probe_run &run) {
        launch(run);
        TRUTH_LAUNCHED();
        CU(cudaMemcpy(left.data(), run.sink, left.size() * sizeof left[0], cudaMemcpyDeviceToHost));
    });
    truth_expect(std::all_of(left.begin(), left.end(), [](uint32_t word) { return word == 0; }),
                 "the sink does not hold zeros");
    return slopes;
}

static inline std::vector<double> probe_over(double amount, std::vector<double> cycles) {
    for (double &one : cycles) one = amount / one;
    return cycles;
}

// A row whose samples must all be positive numbers, else the clock was misread. The few iterations
// that a check runs may lie in the noise.
static inline void probe_row(const char *quantity, const std::string &params, const char *unit,
                             const std::vector<double> &samples, const char *note = "") {
    truth_row(quantity, params, unit, samples, note);
    bool sane = std::all_of(samples.begin(), samples.end(), [](double one) {
        return std::isfinite(one) && (probe_light() || one > 0);
    });
    truth_expect(sane && !samples.empty(), params.c_str());
}

#endif
