/*
 * script_profile.h: what the files of the binding that show profiles share.
 *
 * A profile that was opened belongs to the host, which all states share; one that a script made by
 * replaying another belongs to its proxy. Whatever is part of a profile is a proxy that keeps the
 * one it came from alive.
 */
#ifndef WARPSCOPE_SCRIPT_PROFILE_H
#define WARPSCOPE_SCRIPT_PROFILE_H

#include "prof/batch.h"
#include "prof/launches.h"
#include "script_priv.h"

/* Subject of proxy_profile. */
struct host_profile {
    const struct launches *launches;
    struct launches_options options; /* that it was analysed with; texts are of the host */
    uint32_t *kernels;               /* indices into works[] of the kernels of the window */
    uint32_t n_kernels;
};

/* Opens at the first use and keeps it; several paths are the ranks of one run. */
enum status host_open_profile(struct script_host *h, struct arena *scratch,
                              const char *const *paths, size_t n, const struct launches_options *o,
                              const struct tick *tick, const struct host_profile **out,
                              struct err *e) MUST_USE;
void host_close_profiles(struct script_host *h);
/* Sets `kernels`, which host_profile_done frees. */
void host_profile_list(struct host_profile *p);
void host_profile_done(struct host_profile *p);

/* ---- records: subject of everything that is a piece of a profile ---- */

struct script_part {
    const struct launches *l;
    const void *at; /* what the type of the proxy says */
};

/* Pushes a proxy of a record, which keeps the proxy at index 1 alive. */
void script_push_part(lua_State *L, const struct proxy_type *t, const struct launches *l,
                      const void *at);

/* Values of fields: what is not known is nil. */
void script_push_ns(lua_State *L, double v);
void script_push_text(lua_State *L, const char *text);
void script_push_flag(lua_State *L, bool is_so);
/* What tables show for a kernel of that name. */
void script_push_label(lua_State *L, const char *kernel);
/* NULL for PROFILE_NONE. */
const char *script_span_name(const struct profile *p, const struct profile_span *spans,
                             uint32_t id);
/* Time since the run began. */
double script_since_start(const struct launches *l, int64_t at_ns);

/*
 * A field of a record, and its entry in the table of fields. `push` names one of the functions
 * of the binding; the expression is of the record `r` and the launches `l`.
 */
#define PART_PUSH(record, type, name, push, expression)                \
    static void record##_##name(lua_State *L, const void *p)           \
    {                                                                  \
        const struct launches *l = ((const struct script_part *)p)->l; \
        const type *r = ((const struct script_part *)p)->at;           \
        (void)l;                                                       \
        (void)r;                                                       \
        push(L, expression);                                           \
    }
#define PART_ENTRY(record, name, help) {#name, FIELD_CALL, 0, help, record##_##name},

/* A list of records: array and length are expressions of the launches `l`. */
#define PART_LIST(list, element, array, n, title)                \
    static size_t list##_count(const void *p)                    \
    {                                                            \
        const struct launches *l = p;                            \
        return n;                                                \
    }                                                            \
    static void list##_at(lua_State *L, const void *p, size_t i) \
    {                                                            \
        const struct launches *l = p;                            \
        script_push_part(L, &(element), l, &(array)[i]);         \
    }                                                            \
    static const struct proxy_type proxy_##list = {              \
        .name = "list of " title, .count = list##_count, .push_at = list##_at};

/* ---- what the parts of the binding push; each keeps the proxy at index 1 alive ---- */

/* script_launch.c */
extern const struct proxy_type proxy_launch, proxy_gap, proxy_tally_row, proxy_idle_reason;
void script_push_launches(lua_State *L, const struct host_profile *p);
void script_push_gaps(lua_State *L, const struct launches *l);
void script_push_dependencies(lua_State *L, const struct launches *l);
void script_push_tally(lua_State *L, const struct launches *l);
void script_push_idle(lua_State *L, const struct launches *l);

/* script_fusion.c */
extern const struct proxy_type proxy_fusion, proxy_fusion_length, proxy_chain, proxy_node;
void script_push_fusion(lua_State *L, const struct launches *l);
void script_push_tree(lua_State *L, const struct launches *l);

/* ---- profiles and replays ---- */

extern const struct proxy_type proxy_profile;

/* The options of the table at `index`, which only has those of a replay; `what` is the function. */
void script_read_replay(lua_State *L, int index, const char *what, struct replay_options *out);

#endif
