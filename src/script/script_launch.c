/*
 * script_launch.c: launches, idle times and tallies of a profile as scripts see them.
 */
#include <math.h>

#include "present/launch_fact.h"
#include "script_profile.h"

/* ---- values ---- */

void script_push_part(lua_State *L, const struct proxy_type *t, const struct launches *l,
                      const void *at)
{
    struct script_part *part = proxy_push_own(L, t, sizeof *part, NULL);
    *part = (struct script_part){l, at};
    proxy_keep(L, 1);
}

void script_push_ns(lua_State *L, double v)
{
    script_push_number(L, round(v));
}

void script_push_text(lua_State *L, const char *text)
{
    lua_pushstring(L, text);
}

void script_push_flag(lua_State *L, bool is_so)
{
    lua_pushboolean(L, is_so);
}

void script_push_label(lua_State *L, const char *kernel)
{
    struct arena *a = &script_of(L)->arena;
    size_t mark = arena_mark(a);
    lua_pushstring(L, launch_short_name(a, kernel, 0));
    arena_reset(a, mark);
}

const char *script_span_name(const struct profile *p, const struct profile_span *spans, uint32_t id)
{
    return id == PROFILE_NONE ? NULL : p->names[spans[id].name];
}

double script_since_start(const struct launches *l, int64_t at_ns)
{
    return (double)at_ns - (double)l->sums.from_ns;
}

static double ratio(double a, double b)
{
    return b > 0 ? a / b : (double)NAN;
}

/* ---- launches; the record is the kernel ---- */

static const struct lineage_of *origin(const struct launches *l, const struct profile_span *work)
{
    return &l->lineage.of[work - l->profile->works];
}

static const struct tklqt_wait *wait_of(const struct launches *l, const struct profile_span *work)
{
    return &l->waits[work - l->profile->works];
}

/* NULL = not recorded. */
static const struct profile_span *call_of(const struct launches *l, const struct profile_span *work)
{
    uint32_t call = origin(l, work)->call;
    return call == PROFILE_NONE ? NULL : &l->profile->calls[call];
}

static double if_launched(const struct launches *l, const struct profile_span *work, double v)
{
    return call_of(l, work) == NULL ? (double)NAN : v;
}

static double call_start(const struct launches *l, const struct profile_span *work)
{
    const struct profile_span *call = call_of(l, work);
    return call == NULL ? (double)NAN : script_since_start(l, call->start_ns);
}

static double call_duration(const struct launches *l, const struct profile_span *work)
{
    const struct profile_span *call = call_of(l, work);
    return call == NULL ? (double)NAN : (double)call->dur_ns;
}

static double call_thread(const struct launches *l, const struct profile_span *work)
{
    const struct profile_span *call = call_of(l, work);
    return call == NULL ? (double)NAN : (double)l->profile->lanes[call->lane].thread;
}

static const struct profile_lane *lane_of(const struct launches *l, const struct profile_span *work)
{
    return &l->profile->lanes[work->lane];
}

/* nil where the profiler did not record it. */
static void push_extent(lua_State *L, const uint32_t *size)
{
    if (size == NULL) {
        lua_pushnil(L);
        return;
    }
    lua_createtable(L, 3, 0);
    for (int i = 0; i < 3; i++) {
        lua_pushinteger(L, size[i]);
        lua_rawseti(L, -2, i + 1);
    }
}

static const struct profile_shape *shape_of(const struct launches *l,
                                            const struct profile_span *work)
{
    return work->shape == PROFILE_NONE ? NULL : &l->profile->shapes[work->shape];
}

/* name, push, expression, help */
#define LAUNCH_FIELDS(X)                                                                           \
    X(name, script_push_text, l->profile->names[r->name], "of the kernel, as recorded")            \
    X(label, script_push_label, l->profile->names[r->name],                                        \
      "its bare function name, which tables show")                                                 \
    X(start_ns, script_push_ns, script_since_start(l, r->start_ns),                                \
      "start of the kernel, since the run began")                                                  \
    X(dur_ns, script_push_ns, (double)r->dur_ns, "its duration")                                   \
    X(wait_ns, script_push_ns, if_launched(l, r, (double)wait_of(l, r)->latency_ns),               \
      "from the begin of the launch call to the start of the kernel; nil without a call")          \
    X(queue_ns, script_push_ns, if_launched(l, r, (double)wait_of(l, r)->queue_ns),                \
      "the part of it during which the stream was still busy")                                     \
    X(is_queued, script_push_flag, wait_of(l, r)->is_queued,                                       \
      "the stream was still busy when the launch call returned")                                   \
    X(is_graph, script_push_flag, origin(l, r)->is_graph, "launched as part of a graph")           \
    X(device, script_push_number, lane_of(l, r)->device, "number of the GPU")                      \
    X(stream, script_push_number, (double)lane_of(l, r)->thread, "number of the stream")           \
    X(correlation, script_push_number, r->correlation == 0 ? (double)NAN : (double)r->correlation, \
      "number that it shares with its launch call")                                                \
    X(call, script_push_text, script_span_name(l->profile, l->profile->calls, origin(l, r)->call), \
      "name of the launch call; nil when not recorded")                                            \
    X(call_start_ns, script_push_ns, call_start(l, r),                                             \
      "begin of the launch call, since the run began")                                             \
    X(call_ns, script_push_ns, call_duration(l, r), "duration of the launch call")                 \
    X(thread, script_push_number, call_thread(l, r), "number of the thread that launched it")      \
    X(operator, script_push_text, script_span_name(l->profile, l->profile->ops, origin(l, r)->op), \
      "innermost operator around the call; nil when there is none")                                \
    X(root, script_push_text, script_span_name(l->profile, l->profile->ops, origin(l, r)->root),   \
      "outermost operator around it")                                                              \
    X(module, script_push_text,                                                                    \
      script_span_name(l->profile, l->profile->ranges, origin(l, r)->module),                      \
      "innermost nn.Module around it")                                                             \
    X(grid, push_extent, shape_of(l, r) == NULL ? NULL : shape_of(l, r)->grid,                     \
      "blocks in x, y, z; nil when not recorded")                                                  \
    X(block, push_extent, shape_of(l, r) == NULL ? NULL : shape_of(l, r)->block,                   \
      "threads of a block in x, y, z")

#define LAUNCH_PUSH(name, push, expression, help) \
    PART_PUSH(launch, struct profile_span, name, push, expression)
#define LAUNCH_ENTRY(name, push, expression, help) PART_ENTRY(launch, name, help)
LAUNCH_FIELDS(LAUNCH_PUSH)
static const struct proxy_field launch_fields[] = {LAUNCH_FIELDS(LAUNCH_ENTRY){0}};

static const char *launch_title(const void *p)
{
    const struct script_part *part = p;
    return part->l->profile->names[((const struct profile_span *)part->at)->name];
}

const struct proxy_type proxy_launch = {.name = "launch",
                                        .help = "a kernel of a profile and how it was launched",
                                        .fields = launch_fields,
                                        .title = launch_title};

static size_t launches_count(const void *p)
{
    return ((const struct host_profile *)p)->n_kernels;
}

static void launches_at(lua_State *L, const void *p, size_t i)
{
    const struct host_profile *h = p;
    script_push_part(L, &proxy_launch, h->launches, &h->launches->profile->works[h->kernels[i]]);
}

static const struct proxy_type proxy_launches = {
    .name = "list of launches", .count = launches_count, .push_at = launches_at};

void script_push_launches(lua_State *L, const struct host_profile *p)
{
    proxy_push(L, &proxy_launches, p, 1);
}

/* ---- gaps ---- */

static const char *work_name(const struct launches *l, uint32_t id)
{
    return script_span_name(l->profile, l->profile->works, id);
}

#define GAP_FIELDS(X)                                                                             \
    X(start_ns, script_push_ns, script_since_start(l, r->start_ns), "since the run began")        \
    X(dur_ns, script_push_ns, (double)r->dur_ns, "how long nothing ran")                          \
    X(why, script_push_text, idle_info[r->why].name, "the reason, one of the names of `idle`")    \
    X(host_ns, script_push_ns, (double)r->host_ns,                                                \
      "the part before the launch call of what ran next")                                         \
    X(launch_ns, script_push_ns, (double)r->launch_ns, "the part from the begin of that call on") \
    X(device, script_push_number, l->profile->lanes[l->profile->works[r->next].lane].device,      \
      "number of the GPU")                                                                        \
    X(call, script_push_text, script_span_name(l->profile, l->profile->calls, r->call),           \
      "the call that is responsible: one that waited, or else the launch; nil when not recorded") \
    X(operator, script_push_text, script_span_name(l->profile, l->profile->ops, r->op),           \
      "the operator around it")                                                                   \
    X(before, script_push_text, work_name(l, r->before),                                          \
      "what ran before; nil at the begin of the run")                                             \
    X(next, script_push_text, work_name(l, r->next), "what ran next")                             \
    X(waits_for, script_push_text, work_name(l, r->waits_for),                                    \
      "of a dependency: what it waited for on another stream")

#define GAP_PUSH(name, push, expression, help) \
    PART_PUSH(gap, struct idle_gap, name, push, expression)
#define GAP_ENTRY(name, push, expression, help) PART_ENTRY(gap, name, help)
GAP_FIELDS(GAP_PUSH)
static const struct proxy_field gap_fields[] = {GAP_FIELDS(GAP_ENTRY){0}};

const struct proxy_type proxy_gap = {
    .name = "gap",
    .help = "a time during which a GPU had nothing to do, or a stream waited for another one",
    .fields = gap_fields};

PART_LIST(gaps, proxy_gap, l->idle.gaps, l->idle.n_gaps, "gaps")
PART_LIST(dependencies, proxy_gap, l->idle.dependencies, l->idle.n_dependencies, "dependencies")

void script_push_gaps(lua_State *L, const struct launches *l)
{
    proxy_push(L, &proxy_gaps, l, 1);
}

void script_push_dependencies(lua_State *L, const struct launches *l)
{
    proxy_push(L, &proxy_dependencies, l, 1);
}

/* ---- idle times by reason; the record is that of idle_info ---- */

#define IDLE_FIELDS(X)                                                              \
    X(ns, script_push_ns, (double)l->idle.ns[r - idle_info], "time, over all GPUs") \
    X(gaps, script_push_number, l->idle.n[r - idle_info], "how many")               \
    X(title, script_push_text, r->title, "the reason in words")                     \
    X(advice, script_push_text, r->advice, "what to do about it")

#define IDLE_PUSH(name, push, expression, help) \
    PART_PUSH(reason, struct idle_info, name, push, expression)
#define IDLE_ENTRY(name, push, expression, help) PART_ENTRY(reason, name, help)
IDLE_FIELDS(IDLE_PUSH)
static const struct proxy_field idle_fields[] = {IDLE_FIELDS(IDLE_ENTRY){0}};

const struct proxy_type proxy_idle_reason = {
    .name = "reason", .help = "idle time for one reason", .fields = idle_fields};

static size_t idle_count(const void *p)
{
    (void)p;
    return IDLE_N;
}

static const char *idle_name(const void *p, size_t i)
{
    (void)p;
    return idle_info[i].name;
}

static void idle_at(lua_State *L, const void *p, size_t i)
{
    script_push_part(L, &proxy_idle_reason, p, &idle_info[i]);
}

static const struct proxy_type proxy_idle = {
    .name = "set of reasons", .count = idle_count, .name_at = idle_name, .push_at = idle_at};

void script_push_idle(lua_State *L, const struct launches *l)
{
    proxy_push(L, &proxy_idle, l, 1);
}

/* ---- tallies ---- */

static double tally_share(const struct launches *l, const struct tally_row *r)
{
    return ratio((double)r->dur_ns, (double)l->sums.kernels.sum_ns);
}

#define TALLY_FIELDS(X)                                                                           \
    X(name, script_push_text, r->name == NULL ? "(none)" : r->name, "what its kernels share")     \
    X(kernels, script_push_number, r->n, "how many")                                              \
    X(kernels_joined, script_push_number, r->n_joined, "those that have a launch call")           \
    X(kernels_of_graphs, script_push_number, r->n_graph, "those that graphs launched")            \
    X(time_ns, script_push_ns, (double)r->dur_ns, "sum of their durations")                       \
    X(share, script_push_number, tally_share(l, r), "the same of all kernels' time, 0..1")        \
    X(mean_ns, script_push_ns, ratio((double)r->dur_ns, r->n), "mean duration")                   \
    X(min_ns, script_push_ns, (double)r->shortest_ns, "shortest")                                 \
    X(max_ns, script_push_ns, (double)r->longest_ns, "longest")                                   \
    X(tklqt_ns, script_push_ns, r->n_joined > 0 ? (double)r->latency_ns : (double)NAN,            \
      "sum of the waits of those that have a launch call; nil without one")                       \
    X(wait_mean_ns, script_push_ns, ratio((double)r->latency_ns, r->n_joined), "their mean wait") \
    X(queue_ns, script_push_ns, (double)r->queue_ns, "the part of the waits behind earlier work") \
    X(queued_share, script_push_number, ratio(r->n_queued, r->n_joined),                          \
      "share of them that queued, 0..1")

#define TALLY_PUSH(name, push, expression, help) \
    PART_PUSH(row, struct tally_row, name, push, expression)
#define TALLY_ENTRY(name, push, expression, help) PART_ENTRY(row, name, help)
TALLY_FIELDS(TALLY_PUSH)
static const struct proxy_field row_fields[] = {TALLY_FIELDS(TALLY_ENTRY){0}};

const struct proxy_type proxy_tally_row = {
    .name = "row", .help = "kernels that share a name or an origin", .fields = row_fields};

/* The record is one of the profile's five lists. */
static size_t rows_count(const void *p)
{
    const struct script_part *part = p;
    return part->l->n_tally[(const struct tally_row *const *)part->at - part->l->tally];
}

static void rows_at(lua_State *L, const void *p, size_t i)
{
    const struct script_part *part = p;
    script_push_part(L, &proxy_tally_row, part->l,
                     &(*(const struct tally_row *const *)part->at)[i]);
}

static const struct proxy_type proxy_rows = {
    .name = "list of rows", .count = rows_count, .push_at = rows_at};

static size_t tally_count(const void *p)
{
    (void)p;
    return TALLY_N;
}

static const char *tally_name(const void *p, size_t i)
{
    (void)p;
    return tally_info[i].name;
}

static void tally_at(lua_State *L, const void *p, size_t i)
{
    const struct launches *l = p;
    script_push_part(L, &proxy_rows, l, &l->tally[i]);
}

static const struct proxy_type proxy_tally = {
    .name = "set of tallies", .count = tally_count, .name_at = tally_name, .push_at = tally_at};

void script_push_tally(lua_State *L, const struct launches *l)
{
    proxy_push(L, &proxy_tally, l, 1);
}
