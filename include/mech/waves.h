/*
 * waves.h: which CTAs share an SM at the same time, and how their warps fall on sub-cores.
 *
 * An SM takes its CTAs `resident` at a time, in the order of assign.h. The model follows the SM
 * with the most instructions, since the kernel ends when it does.
 */
#ifndef WARPSCOPE_MECH_WAVES_H
#define WARPSCOPE_MECH_WAVES_H

#include "mech/assign.h"

struct wave_warp {
    uint32_t path;
    uint32_t cta; /* within the wave */
    uint32_t sub_core;
    uint32_t warp; /* index into k->warps; of repeated waves, that of the first */
};

/* A set of resident warps that occurs `repeat` times on the SM. */
struct wave {
    struct wave_warp *warps;
    uint32_t n_warps;
    uint32_t n_ctas;
    double repeat;
};

struct waves {
    struct wave *waves;
    uint32_t n_waves;
    uint32_t ctas_on_sm;  /* of the busiest SM */
    const uint32_t *ctas; /* these in order of start, indices into k->ctas; NULL: waves_amali */
    uint32_t sms_used;
    double count; /* ctas_on_sm / resident, fractional */
};

/* The busiest SM's waves; equal waves are merged. Allocated in `a`. */
struct waves waves_busiest_sm(struct arena *a, const struct trace_kernel *k,
                              const struct assign *with, unsigned sub_cores);

/*
 * AMALI: CTAs per SM = floor(grid / SMs in use), resident = min of that and the limit, repeated
 * floor(CTAs per SM / resident) times; every warp follows `path`.
 */
struct waves waves_amali(struct arena *a, const struct trace_kernel *k, const struct assign *with,
                         unsigned resident, unsigned sub_cores, uint32_t path);

/* Lets every warp of every wave follow `path` (the representative). */
void waves_uniform(struct waves *w, uint32_t path);

/*
 * How many SMs as full as the fullest would have all CTAs: CTAs / most CTAs of an SM. The bandwidth
 * that an SM gets is the chip's over these, since it goes to where it is asked for: the fullest SM
 * moves its part of the traffic while the chip moves all of it.
 */
double waves_sharing_sms(const struct assign *with);

/*
 * AMALI's divergence term: the instructions of the fullest sub-core (warp id mod sub-cores) of any
 * SM if warps are spread within 10 %, otherwise `n_steps` * most CTAs of an SM * warps per CTA /
 * sub-cores.
 */
double waves_max_instructions_amali(const struct trace_kernel *k, const struct assign *with,
                                    unsigned sub_cores, double n_steps, double warps_per_cta);

#endif
