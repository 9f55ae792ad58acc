/*
 * report_csv.c: one row a kernel and GPU. Lines end in LF, which RFC 4180 readers take as well.
 */
#include <stddef.h>

#include "base/csv.h"
#include "present/report.h"

/* Where a column's number stands in the result. */
struct column {
    const char *name;
    size_t at;
    enum { F64, U32, U64 } type;
};

#define COLUMN(name, member, type)                  \
    {                                               \
        name, offsetof(struct result, member), type \
    }

static const struct column columns[] = {
    COLUMN("kernel_id", kernel_id, U32),
    COLUMN("grid_x[CTA]", grid[0], U32),
    COLUMN("grid_y[CTA]", grid[1], U32),
    COLUMN("grid_z[CTA]", grid[2], U32),
    COLUMN("block_x[thread]", block[0], U32),
    COLUMN("block_y[thread]", block[1], U32),
    COLUMN("block_z[thread]", block[2], U32),
    COLUMN("warp_instructions[inst]", warp_insts, U64),
    COLUMN("thread_instructions[inst]", thread_insts, U64),
    COLUMN("cycles[cy]", cycles, F64),
    COLUMN("time[us]", time_us, F64),
    COLUMN("clock[MHz]", clock_mhz, F64),
    COLUMN("ipc[inst/cy]", ipc, F64),
    COLUMN("ipc_per_sm[inst/cy]", ipc_per_sm, F64),
    COLUMN("waves", waves, F64),
    COLUMN("sms_used[SM]", sms_used, U32),
    COLUMN("occupancy_theoretical", occupancy.theoretical, F64),
    COLUMN("occupancy_achieved", occupancy.achieved, F64),
    COLUMN("sol_compute", sol_compute, F64),
    COLUMN("sol_l1", sol_l1, F64),
    COLUMN("sol_l2", sol_l2, F64),
    COLUMN("sol_dram", sol_dram, F64),
    COLUMN("l1_accesses[sector]", level[RESULT_L1].accesses, F64),
    COLUMN("l1_hit_rate", level[RESULT_L1].hit_rate, F64),
    COLUMN("l2_accesses[sector]", level[RESULT_L2].accesses, F64),
    COLUMN("l2_hit_rate", level[RESULT_L2].hit_rate, F64),
    COLUMN("dram_traffic[B]", level[RESULT_DRAM].bytes, F64),
    COLUMN("shared_traffic[B]", level[RESULT_SMEM].bytes, F64),
    COLUMN("unknown_instructions[inst]", unknown_insts, U64),
    COLUMN("unknown_share", unknown_share, F64),
    COLUMN("error_band", error_band, F64),
};

static double number_at(const struct result *r, const struct column *c)
{
    const char *at = (const char *)r + c->at;
    switch (c->type) {
    case U32:
        return *(const uint32_t *)(const void *)at;
    case U64:
        return (double)*(const uint64_t *)(const void *)at;
    case F64:
        break;
    }
    return *(const double *)(const void *)at;
}

void report_csv_head(struct text *out, bool has_speedup)
{
    text_puts(out, "name,gpu,model,limiter");
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        text_printf(out, ",%s", columns[i].name);
    for (size_t i = 0; i < STALL_N; i++)
        text_printf(out, ",stall_%s[cy]", stall_info[i].name);
    text_puts(out, has_speedup ? ",speedup\n" : "\n");
}

void report_csv_row(struct text *out, const struct result *r, bool has_speedup,
                    const struct result *baseline)
{
    csv_put_text(out, r->kernel_name);
    text_putc(out, ',');
    csv_put_text(out, r->gpu_name);
    text_putc(out, ',');
    csv_put_text(out, r->model_name);
    text_printf(out, ",%s", limiter_name(r->occupancy.limiter));
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        text_putc(out, ',');
        csv_put_number(out, number_at(r, &columns[i]));
    }
    for (size_t i = 0; i < STALL_N; i++) {
        text_putc(out, ',');
        csv_put_number(out, r->stall[i]);
    }
    if (has_speedup)
        text_putc(out, ',');
    if (baseline != NULL)
        csv_put_number(out, baseline->time_us / r->time_us);
    text_putc(out, '\n');
}
