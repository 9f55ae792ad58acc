/*
 * Names of real kernels, shortened.
 */
#include "base/symbol.h"
#include "t.h"

static void check_short(const char *name, const char *expected)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    CHECK_EQ_STR(symbol_short(&a, name), expected);
    arena_done(&a);
}

TEST(mangled_names_become_declarations)
{
    struct arena a;
    arena_init(&a, ARENA_SMALL);
    CHECK_EQ_STR(symbol_demangle(&a, "_Z9vectorAddPKfS0_Pfi"),
                 "vectorAdd(float const*, float const*, float*, int)");
    CHECK_EQ_STR(symbol_demangle(&a, "plain_c"), "plain_c");
    CHECK_EQ_STR(symbol_demangle(&a, "_Zbroken"), "_Zbroken");
    arena_done(&a);
}

TEST(short_names)
{
    check_short("_Z9vectorAddPKfS0_Pfi", "vectorAdd");
    check_short("_ZN10flashinfer29SingleDecodeWithKVCacheKernelILNS_15PosEncodingModeE0ELj2ELj8ELj8"
                "ELj16ELj1ELj8ENS_16DefaultAttentionILb0ELb0ELb0ELb0EEE6ParamsEEvT7_",
                "SingleDecodeWithKVCacheKernel");
    check_short("void at::native::vectorized_elementwise_kernel<4, at::native::CUDAFunctor_add"
                "<float>, std::array<char*, 3ul> >(int, float)",
                "vectorized_elementwise_kernel");
    check_short("(anonymous namespace)::softmax_warp_forward<float, 10>(float*)",
                "softmax_warp_forward");
    check_short("ampere_sgemm_128x128_tn", "ampere_sgemm_128x128_tn");
    check_short("Kernel2", "Kernel2");
    check_short("", "");
    check_short("<>", "<>");
}
