/* Whole trace files: whatever loads holds together, and what is printed reads back the same. */
#include "kernel_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    kernel_try((str){(const char *)data, n});
    return 0;
}
