/* Every recorded trace of ../shared/data against the counts published with the set. */
#include "base/os.h"
#include "t.h"
#include "trace/trace.h"

static const char *const DATA = "../shared/data/sass";

struct expected {
    const char *folder;
    uint32_t kernel; /* position in the folder */
    uint32_t ctas, warps;
    uint64_t insts, thread_insts, masked_off;
    uint32_t pcs, opcodes;
    uint64_t mem, mode1, mode2, sectors;
    uint32_t min_insts, max_insts; /* a warp; 0 = not published */
};

/* clang-format off */
static const struct expected all[] = {
    {"a100-bfs-1", 0, 8, 128, 1799, 45316, 130, 50, 20, 201, 128, 73, 201, 12, 275},
    {"a100-bfs-1", 1, 8, 128, 1814, 49292, 128, 28, 13, 168, 128, 40, 168, 13, 28},
    {"a100-bfs-1", 2, 8, 128, 3416, 46796, 258, 50, 20, 648, 178, 470, 598, 12, 300},
    {"a100-flashinfer-prefill", 0, 4, 16, 29024, 888544, 1132, 1814, 61, 2192, 464, 1728, 7168, 1814, 1814},
    {"a100-flashinfer-singledecode", 0, 32, 128, 204416, 6418432, 3840, 1597, 54, 17536, 4864, 12672, 100352, 1597, 1597},
    {"a100-vectoradd", 0, 196, 1568, 26601, 801056, 1562, 17, 11, 4689, 4689, 0, 18750, 6, 17},
    {"gp10x-vecadd-raw", 0, 98, 3136, 71974, 2203168, 3125, 23, 15, 9375, 9375, 0, 75000, 0, 0},
    {"gp10x-vectoradd", 0, 1, 32, 344, 10516, 3, 23, 15, 12, 12, 0, 39, 9, 23},
    {"v100-wmma", 0, 1, 16, 2736, 86528, 32, 171, 28, 384, 0, 384, 6144, 171, 171},
    {"h100-backprop", 1, 1, 1, 544, 17056, 11, 138, 30, 257, 257, 0, 4228, 544, 544},
    {"h100-backprop", 2, 1, 1, 196, 3088, 10, 138, 30, 65, 65, 0, 546, 196, 196},
    {"h100-backprop", 3, 128, 128, 8064, 237822, 386, 63, 33, 768, 768, 0, 2688, 63, 63},
    {"h100-backprop", 4, 16, 16, 1008, 29758, 48, 63, 33, 96, 64, 32, 304, 63, 63},
    {"h100-btree", 0, 8, 32, 21832, 546076, 280, 261, 23, 14664, 6909, 7755, 103144, 671, 687},
    {"h100-btree", 1, 8, 32, 21832, 546076, 280, 261, 23, 14664, 6909, 7755, 103144, 671, 687},
    {"h100-ffma-10", 0, 1, 1, 1328, 42432, 2, 140, 11, 0, 0, 0, 0, 1328, 1328},
    {"h100-ffma-20", 0, 1, 1, 2648, 84672, 2, 140, 11, 0, 0, 0, 0, 2648, 2648},
    {"h100-ffma-30", 0, 1, 1, 3968, 126912, 2, 140, 11, 0, 0, 0, 0, 3968, 3968},
    {"h100-ffma-4096x16", 0, 4096, 4096, 102400, 1638400, 0, 25, 6, 0, 0, 0, 0, 25, 25},
};
/* clang-format on */

static bool counts_sectors(const char *opcode)
{
    static const char *const names[] = {"LDG", "STG", "LDGSTS", "RED", "ATOM", "LD", "ST"};
    str base = sass_base_name(str_from(opcode));
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_is(base, names[i]))
            return true;
    }
    return false;
}

static unsigned add_distinct(uint64_t *set, unsigned n, uint64_t sector)
{
    for (unsigned i = 0; i < n; i++) {
        if (set[i] == sector)
            return n;
    }
    set[n] = sector;
    return n + 1;
}

/* Sectors of 32 bytes that the first and last bytes of the lanes' accesses touch. */
static unsigned sectors_of(const struct trace_kernel *k, uint64_t access, uint32_t mask,
                           unsigned width_b)
{
    uint64_t address[SASS_WARP_LANES], set[2 * SASS_WARP_LANES];
    uint32_t lanes = trace_access_lanes(k, access, mask, address);
    unsigned n = 0;
    for (unsigned i = 0; i < SASS_WARP_LANES; i++) {
        if ((lanes >> i & 1) == 0)
            continue;
        n = add_distinct(set, n, address[i] / 32);
        n = add_distinct(set, n, (address[i] + width_b - 1) / 32);
    }
    return n;
}

static uint64_t count_sectors(const struct trace_kernel *k)
{
    uint64_t sum = 0;
    for (uint32_t w = 0; w < k->n_warps; w++) {
        struct trace_cursor c;
        uint64_t access;
        const struct trace_step *step;
        trace_cursor_start(&c, k, w);
        while ((step = trace_cursor_next(&c, &access)) != NULL) {
            const struct sass_inst *in = &k->code[step->code];
            if (access != UINT64_MAX && counts_sectors(in->opcode))
                sum += sectors_of(k, access, step->mask, in->mem_width_b);
        }
    }
    return sum;
}

static uint32_t count_pcs(const struct trace_kernel *k)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < k->n_code; i++) {
        bool is_new = true;
        for (uint32_t j = 0; j < i && is_new; j++)
            is_new = k->code[j].pc != k->code[i].pc;
        n += is_new;
    }
    return n;
}

static void check_kernel(const struct trace_kernel *k, const struct expected *x)
{
    const struct trace_counts *c = &k->counts;
    CHECK_EQ_INT(k->n_ctas, x->ctas);
    CHECK_EQ_INT(c->ctas_in_grid, x->ctas);
    CHECK_EQ_INT(k->n_warps, x->warps);
    CHECK_EQ_INT(c->warp_insts, x->insts);
    CHECK_EQ_INT(c->thread_insts, x->thread_insts);
    CHECK_EQ_INT(c->masked_off, x->masked_off);
    CHECK_EQ_INT(count_pcs(k), x->pcs);
    CHECK_EQ_INT(c->opcodes, x->opcodes);
    CHECK_EQ_INT(c->unknown_insts, 0);
    CHECK_EQ_INT(c->mem_insts, x->mem);
    CHECK_EQ_INT(k->n_accesses, x->mem);
    CHECK_EQ_INT(c->mem_mode[1], x->mode1);
    CHECK_EQ_INT(c->mem_mode[2], x->mode2);
    CHECK_EQ_INT(count_sectors(k), x->sectors);
    uint32_t low = UINT32_MAX, high = 0;
    for (uint32_t i = 0; i < k->n_paths; i++) {
        low = MIN(low, k->paths[i].n_steps);
        high = MAX(high, k->paths[i].n_steps);
    }
    if (x->max_insts != 0) {
        CHECK_EQ_INT(low, x->min_insts);
        CHECK_EQ_INT(high, x->max_insts);
    }
    CHECK_EQ_INT(k->n_warnings, 0);
}

TEST(recorded_traces_have_the_published_counts)
{
    if (!os_is_dir(DATA))
        SKIP("skipped: ../shared/data absent");
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        char path[256];
        struct err e = {0};
        struct trace *t;
        const struct trace_kernel *k;
        snprintf(path, sizeof path, "%s/%s", DATA, all[i].folder);
        unsigned failed = t_failed;
        if (trace_open(&t, path, NULL, &e) != STATUS_OK ||
            trace_load(t, all[i].kernel, NULL, &k, &e) != STATUS_OK) {
            T_FAIL("%s kernel %u: line %u: %s", path, all[i].kernel, e.line, e.message);
            continue;
        }
        check_kernel(k, &all[i]);
        if (t_failed != failed)
            printf("# ... in %s kernel %u: %s\n", path, all[i].kernel,
                   k->n_warnings > 0 ? k->warnings[0] : "");
        trace_kernel_release(k);
        trace_close(t);
    }
}

TEST(all_recorded_kernels_together)
{
    static const char *const folders[] = {"a100-bfs-1",
                                          "a100-flashinfer-prefill",
                                          "a100-flashinfer-singledecode",
                                          "a100-vectoradd",
                                          "gp10x-vecadd-raw",
                                          "gp10x-vectoradd",
                                          "v100-wmma",
                                          "h100-backprop",
                                          "h100-btree",
                                          "h100-ffma-10",
                                          "h100-ffma-20",
                                          "h100-ffma-30",
                                          "h100-ffma-4096x16"};
    if (!os_is_dir(DATA))
        SKIP("skipped: ../shared/data absent");
    uint64_t insts = 0, mode1 = 0, mode2 = 0, mem = 0;
    uint32_t kernels = 0;
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        char path[256];
        struct trace *t;
        snprintf(path, sizeof path, "%s/%s", DATA, folders[i]);
        CHECK_EQ_INT(trace_open(&t, path, NULL, NULL), STATUS_OK);
        CHECK_EQ_INT(trace_n_warnings(t), 0);
        for (uint32_t j = 0; j < trace_n_kernels(t); j++, kernels++) {
            const struct trace_kernel *k;
            CHECK_EQ_INT(trace_load(t, j, NULL, &k, NULL), STATUS_OK);
            insts += k->counts.warp_insts;
            mem += k->counts.mem_insts;
            mode1 += k->counts.mem_mode[1];
            mode2 += k->counts.mem_mode[2];
            trace_kernel_release(k);
        }
        trace_close(t);
    }
    CHECK_EQ_INT(kernels, 48);
    CHECK_EQ_INT(insts, 575172);
    CHECK_EQ_INT(mem, 74278);
    CHECK_EQ_INT(mode1, 43145);
    CHECK_EQ_INT(mode2, 31133);
}
