/*
 * model.h: models compose the mechanisms of mech/ into cycles with a stall breakdown.
 *
 * Every interval model is the same pipeline with some of its stages exchanged (stage.h); a model is
 * a row of a table: name, variant of each stage, sources. A model that is no pipeline has a run
 * function of its own.
 */
#ifndef WARPSCOPE_MODEL_MODEL_H
#define WARPSCOPE_MODEL_MODEL_H

#include "base/err.h"
#include "base/tick.h"
#include "gpu/gpu.h"
#include "model/stage.h"
#include "result/result.h"
#include "trace/trace.h"

/* What a model is run on; inputs are only read. */
struct model_case {
    const struct model *model;
    const struct trace_kernel *k;
    const struct gpu *g;
    enum variant variants[STAGE_N]; /* the model's own, switches applied */
    const struct tick *tick;
    bool with_timeline; /* a model that follows warps keeps their states over time */
    bool every_cycle;   /* such a model skips nothing that it knows to repeat */
    bool is_exact;      /* no waves of a large grid are left out of the cache simulation */
};

struct model {
    const char *name;               /* "warpscope" */
    const char *summary;            /* one line */
    const char *about;              /* equations and sources, several paragraphs */
    enum variant variants[STAGE_N]; /* meaningless where run is not the pipeline's */
    uint64_t switches;              /* bits of enum stage: which --fix and --no-fix exchange */
    double error_band;              /* validated relative error, NAN = not validated */
    /* Fills a result whose identity and notes are known; r->is_withheld: totals are NAN. */
    enum status (*run)(const struct model_case *c, struct result *r, struct err *e);
};

/* Whether the model is made of stages; its variants mean something only then. */
bool model_has_stages(const struct model *m);
/* Whether `--fix` and `--no-fix` of this stage do something to the model. */
bool model_has_switch(const struct model *m, enum stage s);
/* Bits of enum stage: stages that are switches and run the default model's variant. */
uint64_t model_fixes(const struct model *m, const enum variant variants[STAGE_N]);

size_t model_count(void);
const struct model *model_at(size_t i);
const struct model *model_default(void);
/* NULL and a suggestion in `e` when there is no such model. */
const struct model *model_find(str name, struct err *e);

struct model_options {
    uint64_t fixes_on, fixes_off; /* bits of enum stage, on top of the model's own variants */
    bool ignore_unknown;          /* give a total even above UNKNOWN_LIMIT */
    bool with_timeline;           /* result->timeline, where the model has one */
    bool every_cycle;             /* a check of models that skip what repeats: no other result */
    bool is_exact;                /* simulate the caches for all waves of a grid, however large */
};

/* Share of dynamic instructions with unknown opcodes above which the total is withheld. */
#define MODEL_UNKNOWN_LIMIT 0.005

/*
 * Runs `m`. The caller owns one reference of *out. Inputs are only read. STATUS_INPUT when the
 * kernel does not fit the GPU (says which limit), STATUS_USAGE for a switch that the model does not
 * have, STATUS_CANCELLED through `tick` (units: warp
 * instructions).
 */
enum status model_run(const struct model *m, const struct trace_kernel *k, const struct gpu *g,
                      const struct model_options *o, const struct tick *tick,
                      const struct result **out, struct err *e) MUST_USE;

/* Adds a number to an unfinished result; its row stands in result/metric.def. */
void model_add_term(struct result *r, enum metric m, double value);
/* Adds a sentence for people to an unfinished result; `text` lives in its arena or for ever. */
void model_add_note(struct result *r, const char *text);

#endif
