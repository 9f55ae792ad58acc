#include "prof/counter.h"

/* clang-format off */
static const struct counter_info counters[] = {
#define COUNTER(id, ncu, label, unit, group, help) \
    {#id, ncu, label, unit, COUNTER_GROUP_##group, help},
#define ALIAS(of, ncu)
#include "prof/counter.def"
#undef ALIAS
#undef COUNTER
#define STALL(id, name, title, group, letter, colour, who, help, about, advice, stages)  \
    {"stall_" name, "smsp__average_warps_issue_stalled_" name "_per_issue_active.ratio", \
     "Stall " title, "cy", COUNTER_GROUP_STALL, help},
#define EQUATION(of, when, text, source)
#include "result/stall.def"
#undef EQUATION
#undef STALL
};

static const struct {
    enum counter of;
    const char *ncu;
} counter_aliases[] = {
#define COUNTER(id, ncu, label, unit, group, help)
#define ALIAS(of, ncu) {COUNTER_##of, ncu},
#include "prof/counter.def"
#undef ALIAS
#undef COUNTER
};

static const struct code_info codes[] = {
#define CODE(id, ncu, help) {#id, help},
#define ALIAS(of, ncu)
#include "prof/code.def"
#undef ALIAS
#undef CODE
#define STALL(id, name, title, group, letter, colour, who, help, about, advice, stages) \
    {"stall_" name, help},
#define EQUATION(of, when, text, source)
#include "result/stall.def"
#undef STALL
#define STALL(id, name, title, group, letter, colour, who, help, about, advice, stages) \
    {"not_issued_" name, help},
#include "result/stall.def"
#undef EQUATION
#undef STALL
};

static const struct {
    enum code of;
    const char *ncu;
} code_titles[] = {
#define CODE(id, ncu, help) {CODE_##id, ncu},
#define ALIAS(of, ncu) {CODE_##of, ncu},
#include "prof/code.def"
#undef ALIAS
#undef CODE
};
/* clang-format on */

/* What is no warp state has rows behind the last counter, and behind the samples by reason. */
enum { N_NO_STATES = STALL_N - COUNTER_N_STALLS };
_Static_assert(STALL_IDLE == STALL_LAUNCH + 1 && STALL_N == STALL_IDLE + 1, "they come last");
_Static_assert(ARRAY_LEN(counters) == COUNTER_N + N_NO_STATES, "a row a counter");
_Static_assert(ARRAY_LEN(codes) == CODE_N + 2 * N_NO_STATES, "a row a column");

const char *counter_group_name(enum counter_group g)
{
    static const char *const names[] = {"launch", "time",      "stall",      "pipe",
                                        "memory", "occupancy", "instruction"};
    _Static_assert(ARRAY_LEN(names) == COUNTER_GROUP_N, "a name a group");
    return names[g];
}

const struct counter_info *counter_info(enum counter c)
{
    ASSERT(c < COUNTER_N);
    return &counters[c];
}

const struct code_info *code_info(enum code c)
{
    ASSERT(c < CODE_N);
    return &codes[c < CODE_STALLS_NOT_ISSUED ? c : c + N_NO_STATES];
}

static enum counter find_alias(str name)
{
    for (size_t i = 0; i < ARRAY_LEN(counter_aliases); i++)
        if (str_is(name, counter_aliases[i].ncu))
            return counter_aliases[i].of;
    return COUNTER_N;
}

bool counter_is_alias(str name)
{
    return find_alias(name) != COUNTER_N;
}

enum counter counter_find(str name, str unit)
{
    bool is_percent = str_is(unit, "%");
    for (unsigned i = 0; i < COUNTER_N; i++) {
        const struct counter_info *c = &counters[i];
        if (str_is(name, c->ncu) || str_is(name, c->name))
            return (enum counter)i;
        if (c->label[0] != '\0' && str_is(name, c->label) &&
            is_percent == (strcmp(c->unit, "%") == 0))
            return (enum counter)i;
    }
    return find_alias(name);
}

/* ---- columns of instructions ---- */

/* Names of the source page that are not those of the metrics. */
static const struct {
    const char *name;
    enum stall of;
} stall_aliases[] = {
    {"branch_resolve", STALL_BRANCH_RESOLVING},
    {"dispatch", STALL_DISPATCH},
    {"imc", STALL_IMC_MISS},
    {"lg", STALL_LG_THROTTLE},
    {"long_sb", STALL_LONG_SCOREBOARD},
    {"math", STALL_MATH_PIPE_THROTTLE},
    {"mio", STALL_MIO_THROTTLE},
    {"no_inst", STALL_NO_INSTRUCTION},
    {"no_instructions", STALL_NO_INSTRUCTION},
    {"short_sb", STALL_SHORT_SCOREBOARD},
    {"sleep", STALL_SLEEPING},
    {"tex", STALL_TEX_THROTTLE},
    {"warpgroup_arrive", STALL_GMMA},
};

static enum stall find_stall(str name)
{
    for (unsigned i = 0; i < COUNTER_N_STALLS; i++)
        if (str_is(name, stall_info[i].name))
            return (enum stall)i;
    for (size_t i = 0; i < ARRAY_LEN(stall_aliases); i++)
        if (str_is(name, stall_aliases[i].name))
            return stall_aliases[i].of;
    return STALL_N;
}

static bool cut_prefix(str *s, str prefix)
{
    if (!str_starts(*s, prefix))
        return false;
    *s = (str){s->p + prefix.n, s->n - prefix.n};
    return true;
}

static bool cut_suffix(str *s, str suffix)
{
    if (!str_ends(*s, suffix))
        return false;
    s->n -= suffix.n;
    return true;
}

static enum code find_samples(str title)
{
    bool is_not_issued = cut_prefix(&title, STR("not_issued_"));
    if (!is_not_issued && !cut_prefix(&title, STR("stall_")) &&
        !cut_prefix(&title, STR("smsp__pcsamp_warps_issue_stalled_")))
        return CODE_N;
    is_not_issued |= cut_suffix(&title, STR("_not_issued")) ||
                     cut_suffix(&title, STR(" (Not Issued)")) ||
                     cut_suffix(&title, STR(" (Not-issued Samples)"));
    (void)cut_suffix(&title, STR(" (All Samples)"));
    enum stall s = find_stall(title);
    if (s == STALL_N)
        return CODE_N;
    return (enum code)((is_not_issued ? CODE_STALLS_NOT_ISSUED : CODE_STALLS) + s);
}

enum code code_find(str title)
{
    for (size_t i = 0; i < ARRAY_LEN(code_titles); i++)
        if (str_is(title, code_titles[i].ncu) || str_is(title, codes[code_titles[i].of].name))
            return code_titles[i].of;
    return find_samples(title);
}
