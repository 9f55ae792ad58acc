/*
 * gpu_default.c: the description to model a trace on when nobody named one.
 */
#include "gpu/gpu.h"

const char *gpu_name_of_isa(unsigned isa, bool *is_exact)
{
    static const struct {
        unsigned isa;
        const char *gpu;
    } table[] = {{70, "v100-sxm2"},
                 {80, "a100-pcie-80gb"},
                 {86, "rtx-3090"},
                 {89, "rtx-4090"},
                 {90, "h100-pcie"}};
    size_t i = 0;

    while (i + 1 < ARRAY_LEN(table) && table[i + 1].isa <= isa)
        i++;
    *is_exact = table[i].isa == isa;
    return table[i].gpu;
}
