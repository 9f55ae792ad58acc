/*
 * model.h: models compose the mechanisms of mech/ into cycles with a stall breakdown.
 *
 * Every interval model is the same pipeline with some of its stages exchanged (fix.def); a model is
 * a row of a table: name, switches, sources.
 */
#ifndef WARPSCOPE_MODEL_MODEL_H
#define WARPSCOPE_MODEL_MODEL_H

#include "base/err.h"
#include "base/tick.h"
#include "gpu/gpu.h"
#include "result/result.h"
#include "trace/trace.h"

enum fix {
#define FIX(id, name, summary) id,
#include "model/fix.def"
#undef FIX
    FIX_N
};

struct fix_info {
    const char *name, *summary;
};
extern const struct fix_info fix_info[FIX_N];
/* -1 and a suggestion in `e` when there is no such switch. */
int fix_find(str name, struct err *e);

struct model {
    const char *name;    /* "warpscope" */
    const char *summary; /* one line */
    const char *about;   /* equations and sources, several paragraphs */
    uint64_t fixes;      /* switches on by default */
    double error_band;   /* validated relative error, NAN = not validated */
};

size_t model_count(void);
const struct model *model_at(size_t i);
const struct model *model_default(void);
/* NULL and a suggestion in `e` when there is no such model. */
const struct model *model_find(str name, struct err *e);

struct model_options {
    uint64_t fixes_on, fixes_off; /* on top of the model's own */
    bool ignore_unknown;          /* give a total even above UNKNOWN_LIMIT */
};

/* Share of dynamic instructions with unknown opcodes above which the total is withheld. */
#define MODEL_UNKNOWN_LIMIT 0.005

/*
 * Runs `m`. The caller owns one reference of *out. Inputs are only read. STATUS_INPUT when the
 * kernel does not fit the GPU (says which limit), STATUS_CANCELLED through `tick` (units: warp
 * instructions).
 */
enum status model_run(const struct model *m, const struct trace_kernel *k, const struct gpu *g,
                      const struct model_options *o, const struct tick *tick,
                      const struct result **out, struct err *e) MUST_USE;

#endif
