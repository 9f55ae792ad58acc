/*
 * stage.c: names of stages and variants, and the switches among them.
 */
#include "model/stage.h"

const struct stage_info stage_info[STAGE_N] = {
#define STAGE(id, name, summary, ...) [STAGE_##id] = {name, summary},
#include "model/stage.def"
#undef STAGE
};

const struct variant_info variant_info[VARIANT_N] = {
#define VARIANT(stage, id, name, equation, source) \
    [stage##_##id] = {STAGE_##stage, name, equation, source},
#include "model/variant.def"
#undef VARIANT
};

static const struct {
    enum variant on, off;
} fixes[STAGE_N] = {
#define STAGE(id, name, summary, warpscope, amali, ...) \
    [STAGE_##id] = {id##_##warpscope, id##_##amali},
#include "model/stage.def"
#undef STAGE
};

bool fix_exists(enum stage s)
{
    return fixes[s].on != fixes[s].off;
}

enum variant fix_variant(enum stage s, bool is_on)
{
    return is_on ? fixes[s].on : fixes[s].off;
}

/* Stages that are no switch have no name to complete. */
static const char *fix_name_at(size_t i, void *arg)
{
    (void)arg;
    return fix_exists((enum stage)i) ? stage_info[i].name : "";
}

int fix_find(str name, struct err *e)
{
    for (int i = 0; i < STAGE_N; i++)
        if (fix_exists((enum stage)i) && str_is(name, stage_info[i].name))
            return i;
    err_set(e, STATUS_USAGE, "there is no fix '%.*s'", (int)MIN(name.n, 60), name.p);
    const char *near = str_nearest(name, STAGE_N, fix_name_at, NULL);
    if (near != NULL)
        err_hint(e, "did you mean '%s'?", near);
    else
        err_hint(e, "`warpscope model show warpscope` names them");
    return -1;
}
