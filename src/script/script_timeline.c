/*
 * script_timeline.c: the states of warps over time as scripts see them.
 */
#include <stddef.h>

#include "script_priv.h"

#define SPAN(name, KIND, help)                                        \
    {                                                                 \
#name, KIND, offsetof(struct timeline_span, name), help, NULL \
    }

static void push_state(lua_State *L, const void *p)
{
    lua_pushstring(L, stall_info[((const struct timeline_span *)p)->state].name);
}

static void push_code(lua_State *L, const void *p)
{
    lua_pushinteger(L, (lua_Integer)((const struct timeline_span *)p)->code + 1);
}

static const struct proxy_field span_fields[] = {
    SPAN(from_cy, FIELD_U64, "first cycle, since the SM started"),
    SPAN(to_cy, FIELD_U64, "cycle behind the last"),
    {"state", FIELD_CALL, 0, "name of the stall, or selected", push_state},
    {"code", FIELD_CALL, 0, "which of kernel.code issued (the first of the run) or waited",
     push_code},
    {0},
};

const struct proxy_type proxy_span = {
    .name = "span", .help = "cycles that a warp spent in one state", .fields = span_fields};

static void push_first_span(lua_State *L, const void *p)
{
    lua_pushinteger(L, (lua_Integer)((const struct timeline_lane *)p)->first_span + 1);
}

#define LANE(name, help)                                                   \
    {                                                                      \
#name, FIELD_U32, offsetof(struct timeline_lane, name), help, NULL \
    }
static const struct proxy_field lane_fields[] = {
    LANE(cta, "number of its CTA in the trace, from 0"),
    LANE(warp, "number of the warp in the trace, from 0"),
    LANE(sub_core, "where it ran, from 0"),
    {"first_span", FIELD_CALL, 0, "its first in the timeline's spans", push_first_span},
    LANE(n_spans, "how many it has; they follow one another"),
    {0},
};

const struct proxy_type proxy_lane = {
    .name = "lane", .help = "a warp in a timeline", .fields = lane_fields};

#define REPEAT(name, help)                                                   \
    {                                                                        \
#name, FIELD_U64, offsetof(struct timeline_repeat, name), help, NULL \
    }
static const struct proxy_field repeat_fields[] = {
    REPEAT(from_cy, "first cycle of what repeats"),
    REPEAT(to_cy, "cycle behind the last"),
    REPEAT(count, "how often it comes more, which no span shows"),
    {0},
};

const struct proxy_type proxy_repeat = {.name = "repeat",
                                        .help = "cycles of a timeline that come several times",
                                        .fields = repeat_fields};

#define TIMELINE_LIST(NAME, element, title)                                   \
    static size_t NAME##_count(const void *p)                                 \
    {                                                                         \
        return ((const struct timeline *)p)->n_##NAME;                        \
    }                                                                         \
    static void push_##NAME##_at(lua_State *L, const void *p, size_t i)       \
    {                                                                         \
        proxy_push(L, &(element), &((const struct timeline *)p)->NAME[i], 1); \
    }                                                                         \
    static const struct proxy_type proxy_##NAME = {                           \
        .name = title, .count = NAME##_count, .push_at = push_##NAME##_at};   \
    static void push_##NAME(lua_State *L, const void *p)                      \
    {                                                                         \
        proxy_push(L, &proxy_##NAME, p, 1);                                   \
    }
TIMELINE_LIST(lanes, proxy_lane, "list of lanes")
TIMELINE_LIST(spans, proxy_span, "list of spans")
TIMELINE_LIST(repeats, proxy_repeat, "list of repeats")

static void push_end(lua_State *L, const void *p)
{
    lua_pushinteger(L, (lua_Integer)timeline_end_cy(p));
}

static const struct proxy_field timeline_fields[] = {
    {"lanes", FIELD_CALL, 0, "list of warps, by start", push_lanes},
    {"spans", FIELD_CALL, 0, "list by lane, then by time", push_spans},
    {"repeats", FIELD_CALL, 0, "list of what comes several times, by time", push_repeats},
    {"end_cy", FIELD_CALL, 0, "when the last warp ends", push_end},
    {"is_cut", FIELD_BOOL, offsetof(struct timeline, is_cut), "later spans are missing", NULL},
    {0},
};

const struct proxy_type proxy_timeline = {
    .name = "timeline", .help = "what each warp of the SM did when", .fields = timeline_fields};
