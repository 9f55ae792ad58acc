/*
 * regfile.h: read ports of the register file of one sub-core.
 *
 * Two banks (register number mod 2) with one port each; an instruction occupies the port of a bank
 * for as many cycles as it reads registers from it, so one that reads three from one bank delays
 * the next by two. A register that the same warp's previous instruction read in the same place
 * comes from the reuse cache: compilers mark it so. (Huerta et al., MICRO'25, section 5.3: bubbles
 * of 0, 1 and 2 cycles; with the reuse cache ports hardly matter. Text traces do not hold the
 * marks: taking every chance for reuse is the lower bound.) An operand of several registers counts
 * once: the rest is read while its pipe is busy.
 */
#ifndef WARPSCOPE_MECH_REGFILE_H
#define WARPSCOPE_MECH_REGFILE_H

#include "mech/timing.h"

enum { REGFILE_BANKS = 2 };

struct regfile {
    int64_t free_cy[REGFILE_BANKS];
    const struct timing *last; /* instruction that read last, and whose it was */
    uint32_t last_warp;
};

/* Reads of each bank that `t` needs when `warp` issues it now. */
void regfile_reads(const struct regfile *r, const struct timing *t, uint32_t warp,
                   unsigned reads[REGFILE_BANKS]);

/* Whether any port is busy behind cycle `now_cy`. */
static inline bool regfile_is_busy(const struct regfile *r, int64_t now_cy)
{
    return r->free_cy[0] > now_cy || r->free_cy[1] > now_cy;
}

/* From when on the ports that `t` needs are free. */
int64_t regfile_free_cy(const struct regfile *r, const struct timing *t, uint32_t warp);

void regfile_read(struct regfile *r, const struct timing *t, uint32_t warp, int64_t now_cy);

#endif
