/*
 * A description that loads is complete, survives writing as a copy of itself, and a change of one
 * of its values either fails or leaves a description that checks.
 */
#include <math.h>

#include "gpu/gpu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const dirs[] = {"gpus"};

static void check_complete(const struct gpu *g)
{
    ASSERT(gpu_check(g, NULL) == STATUS_OK);
    ASSERT(gpu_peak_fp32_flops(g) > 0 && gpu_dram_b_per_cy(g) > 0);
    ASSERT(gpu_peak_tensor_flops(g) >= 0);
    for (unsigned id = 0; id < GPU_N_PARAMS; id++)
        ASSERT(!isnan(gpu_value(g, id)) || !gpu_params[id].is_required);
}

static void check_writing(const struct gpu *g, const struct gpu *base, struct arena *a)
{
    enum gpu_param_id ids[GPU_N_PARAMS];
    struct gpu back;
    struct text text;
    struct err e = {0};
    text_init(&text);
    gpu_to_json(g, base, "copy", "changed", &text);
    ASSERT(gpu_load_text(&back, a, text_str(&text), "copy", dirs, 1, &e) == STATUS_OK);
    ASSERT(gpu_diff(g, &back, ids) == 0 && gpu_same_carveouts(g, &back));
    text_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena a;
    struct gpu g, base;
    struct err e = {0};
    arena_init(&a, ARENA_SMALL);
    if (gpu_load_text(&g, &a, (str){(const char *)data, n}, "fuzz", dirs, 1, &e) == STATUS_OK) {
        check_complete(&g);
        if (gpu_set(&g, n % GPU_N_PARAMS, (double)(data[0] + n), &e) == STATUS_OK)
            check_complete(&g);
        if (gpu_load(&base, &a, "l40s", dirs, 1, NULL) == STATUS_OK)
            check_writing(&g, &base, &a);
    } else {
        ASSERT(e.status != STATUS_OK && e.message[0] != '\0');
    }
    arena_done(&a);
    return 0;
}
