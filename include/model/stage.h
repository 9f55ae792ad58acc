/*
 * stage.h: what models are made of: stages, and for each stage variants to choose from.
 *
 * stage.def and variant.def are the tables. A model names one variant per stage; the code of a
 * stage asks which one it is to run. Nothing else tells one interval model from another.
 */
#ifndef WARPSCOPE_MODEL_STAGE_H
#define WARPSCOPE_MODEL_STAGE_H

#include "base/err.h"
#include "base/str.h"

enum stage {
#define STAGE(id, name, summary, ...) STAGE_##id,
#include "model/stage.def"
#undef STAGE
    STAGE_N
};

enum variant {
#define VARIANT(stage, id, name, equation, source) stage##_##id,
#include "model/variant.def"
#undef VARIANT
    VARIANT_N
};

struct stage_info {
    const char *name;    /* "occupancy"; also that of the switch */
    const char *summary; /* what it decides */
};
extern const struct stage_info stage_info[STAGE_N];

struct variant_info {
    enum stage stage;
    const char *name;     /* "architecture" */
    const char *equation; /* in ASCII */
    const char *source;   /* paper, repository at commit, document */
};
extern const struct variant_info variant_info[VARIANT_N];

/*
 * Switches: a fix is a stage in which the default model mends amali-public. `fix_find` gives its
 * enum stage, or -1 and a suggestion in `e`; `fix_exists` tells stages that are switches from those
 * that are not.
 */
int fix_find(str name, struct err *e);
bool fix_exists(enum stage s);
enum variant fix_variant(enum stage s, bool is_on); /* warpscope's, or amali-public's */

#endif
