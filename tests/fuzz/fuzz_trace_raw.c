/* Bodies of raw files behind a fixed header; the first byte chooses the version. */
#include "kernel_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define HEAD                                                                                 \
    "-kernel name = k\n-grid dim = (3,2,1)\n-block dim = (80,1,1)\n-shmem = 0\n-nregs = 8\n" \
    "-binary version = 80\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const heads[] = {
        HEAD "#traces format = a b c warpid_tb PC\n",
        HEAD "-accelsim tracer version = 3\n#traces format = a b c warpid_tb PC\n",
        HEAD "-accelsim tracer version = 5\n#traces format = a b c warpid_tb PC immediate\n",
        HEAD "-accelsim tracer version = 5\n-enable lineinfo = 1\n"
             "#traces format = a b c warpid_tb PC immediate\n",
        HEAD "-accelsim tracer version = 6\n#traces format = a b c warpid_tb PC immediate\n",
    };
    if (n == 0)
        return 0;
    struct text t;
    text_init(&t);
    text_puts(&t, heads[data[0] % ARRAY_LEN(heads)]);
    text_add(&t, (str){(const char *)data + 1, n - 1});
    kernel_try(text_str(&t));
    text_done(&t);
    return 0;
}
