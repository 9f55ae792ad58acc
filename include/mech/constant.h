/*
 * constant.h: constant memory as instructions read it, by operand and by LDC.
 *
 * An operand c[bank][offset] is read by the issue stage from a small cache of the sub-core (IMC,
 * "immediate constant cache"); an instruction whose line is not there does not issue for
 * fetch.constant_operand_miss cycles. LDC and ULDC read a cache of the SM, and from behind it with
 * latency.const_second in place of latency.const. Lines of 64 bytes, least recently used first out.
 *
 * Sources: Huerta et al. (MICRO'25), section 5.4 (79 cycles) and configuration files (512 B in 2
 * ways for operands, 8 ways for LDC); sizes and latencies of LDC from mt4g (Nutz et al.).
 *
 * Assumed: what lies behind both caches has every constant; the first line of bank 0 is there at
 * the start, since an empty kernel reads its stack pointer from it, too. The scheduler's switch to
 * another warp after four cycles of a miss is left to the model.
 */
#ifndef WARPSCOPE_MECH_CONSTANT_H
#define WARPSCOPE_MECH_CONSTANT_H

#include "base/arena.h"
#include "gpu/gpu.h"
#include "sass/sass.h"

struct constant;

/* Caches of one SM, in `a`; a cache whose size or miss the description lacks always hits. */
struct constant *constant_make(struct arena *a, const struct gpu *g, unsigned n_sub_cores);

/* Cycles that `in` cannot issue because its constant operand is not there, 0 for none. The line is
 * there from then on. `c` may be NULL. */
double constant_operand_miss_cy(struct constant *c, unsigned sub_core, const struct sass_inst *in);

/* Cycles that the result of LDC or ULDC comes later than latency.const; the same rules. */
double constant_load_miss_cy(struct constant *c, const struct sass_inst *in);

/* Misses of both kinds so far; 0 for NULL. */
uint64_t constant_misses(const struct constant *c);

#endif
