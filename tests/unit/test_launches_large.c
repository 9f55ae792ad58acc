/* Large profiles of the worst kinds: nothing may cost a square. Times go to the output. */
#include "base/os.h"
#include "profile_fixture.h"

enum { N = 100000 };

/* Generous: what costs a square takes minutes. */
static void finish(struct trace *t, const char *what)
{
    double start_s = os_now_s();
    struct profile *p = profile_of(trace_json(t));
    const struct launches *l;
    struct err e = {0};
    double read_s = os_now_s() - start_s;
    CHECK_EQ_INT(launches_make(&l, p, NULL, NULL, &e), STATUS_OK);
    double all_s = os_now_s() - start_s;
    printf("# %s: %.1f MB read in %.2f s, analysed in %.2f s, %.0f MiB\n", what,
           (double)t->text.n / 1e6, read_s, all_s - read_s,
           (double)launches_memory_b(l) / (1 << 20));
    CHECK(all_s < 60);
    launches_release(l);
    profile_release(p);
    text_done(&t->text);
}

static const char *at(unsigned us)
{
    static char texts[4][16];
    static unsigned next;
    char *text = texts[next++ % 4];
    snprintf(text, sizeof texts[0], "%u", us);
    return text;
}

static const char *numbered(const char *name, unsigned i)
{
    static char text[64];
    snprintf(text, sizeof text, "%s_%u", name, i);
    return text;
}

TEST(works_of_one_number)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaGraphLaunch", "1", "1", 7);
    for (unsigned i = 0; i < 2 * N; i++)
        trace_kernel(&t, 0, i % 3, "k", at(10 + i), "1", 7);
    finish(&t, "200,000 works of one correlation");
}

TEST(calls_of_one_number)
{
    struct trace t;
    trace_begin(&t);
    for (unsigned i = 0; i < 2 * N; i++) {
        t.process = 1 + i / N;
        trace_call(&t, 1, "cudaLaunchKernel", at(i), "1", 7);
        trace_kernel(&t, i % 2, 7, "k", at(10 + i), "1", 7);
    }
    finish(&t, "200,000 calls of one correlation in two processes");
}

TEST(calls_of_shared_numbers)
{
    struct trace t;
    trace_begin(&t);
    for (unsigned i = 0; i < 2 * N; i++) {
        t.process = 1 + i / N;
        trace_call(&t, 1, "cudaLaunchKernel", at(i), "1", 1 + i % N);
        trace_kernel(&t, i / N, 7, "k", at(10 + i), "1", 1 + i % N);
    }
    finish(&t, "100,000 correlations of two processes each");
}

TEST(lanes)
{
    struct trace t;
    trace_begin(&t);
    for (unsigned i = 0; i < N; i++) {
        trace_op(&t, i, "aten::op", at(3 * i), "2", 0);
        trace_call(&t, i, "cudaLaunchKernel", at(3 * i), "1", 1 + i);
        trace_kernel(&t, 0, i, "k", at(3 * i + 2), "1", 1 + i);
    }
    finish(&t, "100,000 threads and streams");
}

/* All launched by one thread; each was idle since the run began. */
TEST(devices)
{
    struct trace t;
    trace_begin(&t);
    trace_op(&t, 1, "aten::op", "0", "1", 0);
    for (unsigned i = 0; i < N; i++) {
        trace_call(&t, 1, "cudaLaunchKernel", at(3 * i + 1), "1", 1 + i);
        trace_kernel(&t, i * 65536, 7, "k", at(3 * i + 5), "1", 1 + i);
    }
    finish(&t, "100,000 devices");
}

static void nest(struct trace *t, bool modules)
{
    trace_begin(t);
    for (unsigned i = 0; i < N; i++) {
        if (modules)
            trace_module(t, 1, numbered("M", i), at(i), at(3 * N - 2 * i));
        else
            trace_op(t, 1, numbered("op", i), at(i), at(3 * N - 2 * i), 0);
    }
    for (unsigned i = 0; i < N; i++) {
        trace_call(t, i % 2, "cudaLaunchKernel", at(N + i / 2), "0", 1 + i);
        trace_kernel(t, 0, 7, i % 2 ? "a" : "b", at(N + 1 + i), "1", 1 + i);
    }
}

TEST(nested_operators)
{
    struct trace t;
    nest(&t, false);
    finish(&t, "100,000 nested operators");
}

TEST(nested_modules)
{
    struct trace t;
    nest(&t, true);
    finish(&t, "100,000 nested modules");
}

TEST(overlapping_and_equal_spans)
{
    struct trace t;
    trace_begin(&t);
    for (unsigned i = 0; i < N; i++) {
        trace_op(&t, 1, "aten::overlap", at(i), at(N), 0);
        trace_op(&t, 2, "aten::equal", "0", "1000", 0);
        trace_module(&t, 2, numbered("M", i), "0", "1000");
        trace_call(&t, 1 + i % 2, "cudaLaunchKernel", at(i), at(i % 2 ? 1 : N + i), 1 + i);
        trace_kernel(&t, 0, 7, "k", at(N + i), "1", 1 + i);
    }
    finish(&t, "100,000 operators that overlap, as many equal ones");
}

/* Every kernel begins a deterministic chain of every length. */
TEST(chains_everywhere)
{
    struct trace t;
    trace_begin(&t);
    for (unsigned i = 0; i < N; i++) {
        trace_op(&t, 1, numbered("a_long_name_of_an_operator", i % (N / 2)), at(4 * i), "3", 0);
        trace_call(&t, 1, "cudaLaunchKernel", at(4 * i), "1", 1 + i);
        trace_kernel(&t, 0, 7, numbered("k", i % (N / 2)), at(4 * i + 2), "1", 1 + i);
    }
    finish(&t, "50,000 kernels twice in the same order");
}

/* Copies on one stream while the other one runs: each gap looks back. */
TEST(streams_that_wait)
{
    struct trace t;
    trace_begin(&t);
    trace_call(&t, 1, "cudaDeviceSynchronize", "0", at(9 * N), 0);
    for (unsigned i = 0; i < N; i++) {
        trace_call(&t, 1, "cudaLaunchKernel", at(i), "0", 1 + i);
        trace_kernel(&t, 0, i % 2, "k", at(N + 20 * i), "3", 1 + i);
    }
    finish(&t, "100,000 kernels that wait for another stream");
}
