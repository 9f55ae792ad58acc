/*
 * small_profile.h: a profile of a small model, for tests of the views of profiles: three layers
 * whose kernels always come in the same order, one synchronisation, a stream that lags behind.
 */
#ifndef WARPSCOPE_TESTS_SMALL_PROFILE_H
#define WARPSCOPE_TESTS_SMALL_PROFILE_H

#include "base/text.h"
#include "t.h"

struct small_writer {
    struct text t;
    unsigned correlation;
    double cpu_us, gpu_us; /* where the thread and the stream are */
};

static void small_event(struct small_writer *w, const char *cat, const char *name, double ts,
                        double dur, const char *args)
{
    text_printf(&w->t,
                ",\n{\"ph\": \"X\", \"cat\": \"%s\", \"name\": \"%s\", \"pid\": 7, \"tid\": 7, "
                "\"ts\": %.3f, \"dur\": %.3f, \"args\": {%s}}",
                cat, name, ts, dur, args);
}

/* An operator that launches one kernel: `dur` long, with the thread busy for `host` before. */
static void small_kernel(struct small_writer *w, const char *op, const char *kernel, double host,
                         double dur)
{
    char args[200];
    double call = w->cpu_us + host, start = call + 5;

    w->correlation++;
    small_event(w, "cpu_op", op, w->cpu_us, host + 6, "");
    snprintf(args, sizeof args, "\"correlation\": %u", w->correlation);
    small_event(w, "cuda_runtime", "cudaLaunchKernel", call, 4, args);
    start = MAX(start, w->gpu_us + 1);
    text_printf(&w->t,
                ",\n{\"ph\": \"X\", \"cat\": \"kernel\", \"name\": \"%s\", \"pid\": 0, \"tid\": 7, "
                "\"ts\": %.3f, \"dur\": %.3f, \"args\": {\"correlation\": %u, \"device\": 0, "
                "\"stream\": 7, \"grid\": [4, 1, 1], \"block\": [64, 1, 1], "
                "\"registers per thread\": 32, \"shared memory\": 0}}",
                kernel, start, dur, w->correlation);
    w->gpu_us = start + dur;
    w->cpu_us += host + 8;
}

static void small_layer(struct small_writer *w, unsigned i)
{
    char name[32];
    double from = w->cpu_us;

    small_kernel(w, "aten::linear", "void gemm_tile<float, 128>(float const*, float*)", 12, 40);
    small_kernel(w, "aten::gelu",
                 "void at::native::vectorized_elementwise_kernel<4, at::native::GeluFunctor>(int)",
                 9, 6);
    small_kernel(w, "aten::linear", "void gemm_tile<float, 128>(float const*, float*)", 12, 40);
    snprintf(name, sizeof name, "nn.Module: Mlp_%u", i);
    small_event(w, "python_function", name, from - 1, w->cpu_us - from + 1, "");
    small_kernel(w, "aten::layer_norm", "layer_norm_kernel", 14, 9);
    snprintf(name, sizeof name, "nn.Module: Layer_%u", i);
    small_event(w, "python_function", name, from - 2, w->cpu_us - from + 2, "");
}

static void small_profile_write(struct text *out, double scale)
{
    struct small_writer w = {.cpu_us = 1000};

    text_init(&w.t);
    text_puts(&w.t, "{\"schemaVersion\": 1, \"deviceProperties\": [{\"id\": 0, \"name\": \"NVIDIA "
                    "H100 PCIe\", \"computeMajor\": 9, \"computeMinor\": 0, \"numSms\": 114}],\n"
                    "\"traceEvents\": [\n{\"ph\": \"M\", \"name\": \"process_name\", \"pid\": 7, "
                    "\"tid\": 0, \"ts\": 0, \"args\": {\"name\": \"python\"}}");
    small_kernel(&w, "aten::embedding", "indexSelectLargeIndex", 20, 12);
    for (unsigned i = 0; i < 3; i++) {
        w.cpu_us += 30 * scale;
        small_layer(&w, i);
    }
    small_event(&w, "cuda_runtime", "cudaStreamSynchronize", w.cpu_us, w.gpu_us - w.cpu_us + 5, "");
    w.cpu_us = w.gpu_us + 25 * scale;
    small_kernel(&w, "aten::argmax", "reduceTree", 10, 8);
    text_puts(&w.t, "\n]}\n");
    *out = w.t;
}

#endif
