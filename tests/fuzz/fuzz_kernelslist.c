/*
 * The list of a folder's kernels: bytes become kernelslist.g beside one whole kernel, and the
 * folder is opened as a user would.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/os.h"
#include "trace/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char kernel_text[] =
    "-kernel name = k\n-kernel id = 1\n-grid dim = (1,1,1)\n-block dim = (32,1,1)\n-shmem = 0\n"
    "-nregs = 8\n-binary version = 80\n-cuda stream id = 0\n-accelsim tracer version = 5\n"
    "#traces format = PC mask dest_num [reg_dests] opcode src_num [reg_srcs] mem_width "
    "[adrrescompress?] [mem_addresses] immediate\n"
    "#BEGIN_TB\nthread block = 0,0,0\nwarp = 0\ninsts = 1\n0000 ffffffff 0 EXIT 0 0 0\n#END_TB\n";

static char dir[] = "/dev/shm/warpscope-fuzz-XXXXXX";
static char list_path[64], kernel_path[64];

static void clean_up(void)
{
    unlink(list_path);
    unlink(kernel_path);
    rmdir(dir);
}

static void prepare(void)
{
    ASSERT(mkdtemp(dir) != NULL);
    snprintf(list_path, sizeof list_path, "%s/kernelslist.g", dir);
    snprintf(kernel_path, sizeof kernel_path, "%s/kernel-1.traceg", dir);
    struct err e = {0};
    ASSERT(os_write_file(kernel_path, STR(kernel_text), &e) == STATUS_OK);
    atexit(clean_up);
    os_on_fatal(abort); /* so that the fuzzer keeps the input */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (list_path[0] == '\0')
        prepare();
    struct err e = {0};
    struct trace *t;
    ASSERT(os_write_file(list_path, (str){(const char *)data, n}, &e) == STATUS_OK);
    struct trace_options o = {.keep_going = n % 2 != 0};
    if (trace_open(&t, dir, &o, &e) != STATUS_OK) {
        ASSERT(e.message[0] != '\0');
        return 0;
    }
    for (uint32_t i = 0; i < trace_n_kernels(t); i++)
        ASSERT(trace_header(t, i)->grid[0] == 1);
    for (uint32_t i = 0; i < trace_n_warnings(t); i++)
        ASSERT(trace_warning(t, i)[0] != '\0');
    trace_close(t);
    return 0;
}
