/*
 * fence.c: fences by scope, sleeps by duration.
 */
#include "mech/fence.h"

#include <math.h>

static const double longest_sleep_ns = 1e6; /* PTX ISA, nanosleep */

static double scope_cy(const struct gpu *g, str opcode)
{
    const struct {
        const char *scope;
        double cy;
    } scopes[] = {{".CTA", g->v.lat_fence_cta_cy},
                  {".GPU", g->v.lat_fence_gpu_cy},
                  {".GL", g->v.lat_fence_gpu_cy}, /* its name up to sm_6x */
                  {".SYS", g->v.lat_fence_sys_cy}};
    for (size_t i = 0; i < ARRAY_LEN(scopes); i++)
        if (str_has(opcode, str_from(scopes[i].scope)))
            return isnan(scopes[i].cy) ? 0 : scopes[i].cy;
    return 0;
}

double fence_hold_cy(const struct gpu *g, const struct sass_inst *in, bool has_immediate,
                     enum stall *state)
{
    str opcode = str_from(in->opcode), base = sass_base_name(opcode);
    if (str_is(base, "MEMBAR")) {
        *state = STALL_MEMBAR;
        return scope_cy(g, opcode);
    }
    *state = STALL_SLEEPING;
    bool is_known = str_is(base, "NANOSLEEP") && has_immediate && in->n_src == 0;
    if (!is_known)
        return 0;
    return CLAMP((double)in->immediate, 0, longest_sleep_ns) * g->v.core_clock_mhz / 1e3;
}
