/*
 * tui_trace.h: a trace of two kernels on disk, for tests of the whole explorer. Its numbers are the
 * models' business; screens made from it are only searched for words.
 */
#ifndef WARPSCOPE_TESTS_TUI_TRACE_H
#define WARPSCOPE_TESTS_TUI_TRACE_H

#include "base/os.h"
#include "base/text.h"

static void tui_add_warp(struct text *t, unsigned id)
{
    text_printf(t, "warp = %u\ninsts = 23\n", id);
    text_puts(t, "0000 ffffffff 1 R1 IMAD.MOV.U32 2 R255 R255 0\n"
                 "0010 ffffffff 1 R0 S2R 0 0\n"
                 "0020 ffffffff 1 R2 IMAD.WIDE 2 R0 R1 0\n");
    for (unsigned i = 0; i < 3; i++) {
        text_printf(t, "0030 ffffffff 1 R4 LDG.E.128 1 R2 16 1 0x7f%06x 16\n",
                    (id * 64 + i * 4) * 512);
        text_puts(t, "0040 ffffffff 1 R8 FFMA 3 R4 R5 R8 0\n"
                     "0050 ffffffff 1 R9 FFMA 3 R6 R7 R9 0\n"
                     "0060 ffffffff 0 ISETP.NE.AND 2 R0 R8 0\n"
                     "0070 ffffffff 0 BRA 0 0\n");
    }
    text_printf(t, "0080 ffffffff 0 STG.E.128 2 R2 R8 16 1 0x7e%06x 16\n", id * 512);
    text_puts(t, "0090 ffffffff 0 BAR.SYNC 0 0\n"
                 "00a0 ffffffff 1 R3 MUFU.RCP 1 R8 0\n"
                 "00b0 ffffffff 1 R3 FADD 2 R3 R8 0\n"
                 "00c0 ffffffff 0 EXIT 0 0\n\n");
}

static void tui_write_kernel(const char *path, unsigned id, const char *name)
{
    struct text t;
    struct err e = {0};

    text_init(&t);
    text_printf(&t,
                "-kernel name = %s\n-kernel id = %u\n-grid dim = (4,1,1)\n-block dim = (64,1,1)\n"
                "-shmem = 0\n-nregs = 16\n-binary version = 80\n-cuda stream id = 0\n"
                "-accelsim tracer version = 4\n"
                "#traces format = PC mask dest_num [reg_dests] opcode src_num [reg_srcs] mem_width "
                "[adrrescompress?] [mem_addresses]\n\n",
                name, id);
    for (unsigned cta = 0; cta < 4; cta++) {
        text_printf(&t, "#BEGIN_TB\n\nthread block = %u,0,0\n\n", cta);
        tui_add_warp(&t, 0);
        tui_add_warp(&t, 1);
        text_puts(&t, "#END_TB\n\n");
    }
    if (os_write_file(path, text_str(&t), &e) != STATUS_OK)
        T_FAIL("%s", e.message);
    text_done(&t);
}

/* Writes the trace into `dir`, which is made. */
static void tui_write_trace(const char *dir)
{
    static const char list[] = "kernel-1.traceg\nkernel-2.traceg\nkernel-3.traceg\n";
    struct arena a;
    struct err e = {0};

    arena_init(&a, ARENA_SMALL);
    if (os_make_dirs(dir, &e) != STATUS_OK ||
        os_write_file(os_join(&a, dir, "kernelslist.g"), str_from(list), &e) != STATUS_OK)
        T_FAIL("%s", e.message);
    tui_write_kernel(os_join(&a, dir, "kernel-1.traceg"), 1, "_Z10initKernelPfi");
    tui_write_kernel(os_join(&a, dir, "kernel-2.traceg"), 2, "gemmTile");
    tui_write_kernel(os_join(&a, dir, "kernel-3.traceg"), 3, "gemmTile");
    arena_done(&a);
}

#endif
