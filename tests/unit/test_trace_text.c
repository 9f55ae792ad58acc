/* Grouped and raw text: what tracers write, and where it is wrong. */
#include "t.h"
#include "trace/trace.h"

#define HEAD(version, warps, format)     \
    "-kernel name = k\n"                 \
    "-kernel id = 3\n"                   \
    "-grid dim = (2,1,1)\n"              \
    "-block dim = (" warps ",1,1)\n"     \
    "-shmem = 0\n"                       \
    "-nregs = 16\n"                      \
    "-binary version = 80\n"             \
    "-cuda stream id = 0\n" version "\n" \
    "#traces format = " format "\n\n"

#define NAMES   "PC mask dest_num [reg_dests] opcode src_num [reg_srcs] mem_width [mem_addresses]"
#define V5      "-accelsim tracer version = 5"
#define HEAD_V5 HEAD(V5, "64", "[line_num] " NAMES " immediate")
#define CTA     "#BEGIN_TB\n\nthread block = 0,0,0\n\n"
#define END     "#END_TB\n"
#define EXIT    "0010 ffffffff 0 EXIT 0 0 0 \n"

static const struct trace_kernel *load(const char *text)
{
    const struct trace_kernel *k = NULL;
    struct err e = {0};
    if (trace_load_text(str_from(text), "test", NULL, &k, &e) != STATUS_OK)
        T_FAIL("%u:%u: %s; expected %s, found %s", e.line, e.column, e.message, e.expected,
               e.found);
    return k;
}

TEST(a_grouped_kernel)
{
    const struct trace_kernel *k =
        load(HEAD_V5 CTA "warp = 0\ninsts = 2\n"
                         "0000 ffffffff 1 R1 IMAD.MOV.U32 2 R255 R255 0 -7 \n" EXIT
                         "warp = 1\ninsts = 2\n"
                         "0000 ffffffff 1 R1 IMAD.MOV.U32 2 R255 R255 0 -7 \n" EXIT END);
    if (k == NULL)
        return;
    CHECK_EQ_INT(k->n_ctas, 1);
    CHECK_EQ_INT(k->n_warps, 2);
    CHECK_EQ_INT(k->n_paths, 1);
    CHECK_EQ_INT(k->paths[0].n_warps, 2);
    CHECK_EQ_INT(k->n_code, 2);
    CHECK_EQ_STR(k->code[0].opcode, "IMAD.MOV.U32");
    CHECK_EQ_INT(k->code[0].immediate, -7);
    CHECK_EQ_INT(k->code[0].n_src, 2);
    CHECK_EQ_INT(k->counts.warp_insts, 4);
    CHECK_EQ_INT(k->counts.thread_insts, 128);
    CHECK_EQ_INT(k->h.id, 3);
    trace_kernel_release(k);
}
