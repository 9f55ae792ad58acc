/*
 * script_fusion.c: chains of kernels and the tree of modules, operators and kernels as scripts see
 * them.
 */
#include <math.h>

#include "script_profile.h"

/* ---- lengths ---- */

#define LENGTH_FIELDS(X)                                                               \
    X(length, script_push_number, r->length, "kernels of a chain")                     \
    X(distinct, script_push_number, r->n_distinct, "different chains of that length")  \
    X(deterministic, script_push_number, r->n_deterministic,                           \
      "those that follow their first kernel always")                                   \
    X(fused, script_push_number, r->n_fused, "occurrences that can be fused together") \
    X(launches, script_push_number, r->n_launches, "launches left")                    \
    X(ideal, script_push_number, r->ideal, "launches before / launches after")         \
    X(saved_ns, script_push_ns, (double)r->saved_ns,                                   \
      "launch calls that go away and the GPU waited for")                              \
    X(conservative, script_push_number, r->conservative,                               \
      "inference latency / (inference latency - saved_ns); nil without a latency")

#define LENGTH_PUSH(name, push, expression, help) \
    PART_PUSH(length, struct fusion_length, name, push, expression)
#define LENGTH_ENTRY(name, push, expression, help) PART_ENTRY(length, name, help)
LENGTH_FIELDS(LENGTH_PUSH)
static const struct proxy_field length_fields[] = {LENGTH_FIELDS(LENGTH_ENTRY){0}};

const struct proxy_type proxy_fusion_length = {.name = "chain length",
                                               .help = "what fusing chains of one length gives",
                                               .fields = length_fields};

/* ---- chains ---- */

static void push_kernel_names(lua_State *L, const struct script_part *part)
{
    const struct fusion_chain *c = part->at;
    const struct profile *p = part->l->profile;
    lua_createtable(L, (int)c->chain->length, 0);
    for (uint32_t i = 0; i < c->chain->length; i++) {
        lua_pushstring(L, p->names[p->works[c->works[i]].name]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static void push_labels(lua_State *L, const struct script_part *part)
{
    const struct fusion_chain *c = part->at;
    const struct profile *p = part->l->profile;
    lua_createtable(L, (int)c->chain->length, 0);
    for (uint32_t i = 0; i < c->chain->length; i++) {
        script_push_label(L, p->names[p->works[c->works[i]].name]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* A list has no holes. */
static void push_operators(lua_State *L, const struct script_part *part)
{
    const struct fusion_chain *c = part->at;
    const struct launches *l = part->l;
    lua_createtable(L, (int)c->chain->length, 0);
    for (uint32_t i = 0; i < c->chain->length; i++) {
        const char *name =
            script_span_name(l->profile, l->profile->ops, l->lineage.of[c->works[i]].op);
        lua_pushstring(L, name == NULL ? "?" : name);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

#define CHAIN_FIELDS(X)                                                                           \
    X(length, script_push_number, r->chain->length, "kernels of the chain")                       \
    X(occurrences, script_push_number, r->chain->n, "how often it occurs, overlaps included")     \
    X(fused, script_push_number, r->chain->n_fused, "occurrences that can be fused together")     \
    X(launches_saved, script_push_number, r->n_saved, "launches that go away")                    \
    X(saved_ns, script_push_ns, (double)r->saved_ns,                                              \
      "launch calls that go away and the GPU waited for")                                         \
    X(kernel_ns, script_push_ns, (double)r->kernel_ns, "durations of the kernels that are fused") \
    X(modules, script_push_number, r->n_modules,                                                  \
      "different modules around its occurrences, 0 = none")                                       \
    X(module, script_push_text, r->module[0] == 0 ? NULL : r->module,                             \
      "class of the innermost module around it; nil when it is not always the same")              \
    X(places, script_push_text, r->places, "where its kernels come from")                         \
    X(kernels, push_kernel_names, p, "list of its kernels' names")                                \
    X(labels, push_labels, p, "the same, as tables show them")                                    \
    X(operators, push_operators, p, "list of the operators that launched them; ? = none")

#define CHAIN_PUSH(name, push, expression, help) \
    PART_PUSH(chain, struct fusion_chain, name, push, expression)
#define CHAIN_ENTRY(name, push, expression, help) PART_ENTRY(chain, name, help)
CHAIN_FIELDS(CHAIN_PUSH)
static const struct proxy_field chain_fields[] = {CHAIN_FIELDS(CHAIN_ENTRY){0}};

const struct proxy_type proxy_chain = {
    .name = "chain", .help = "kernels that always follow one another", .fields = chain_fields};

/* ---- both ---- */

PART_LIST(lengths, proxy_fusion_length, l->fusion.lengths, l->fusion.n_lengths, "chain lengths")
PART_LIST(chains, proxy_chain, l->fusion.chains, l->fusion.n_chains, "chains")

static void push_kernels(lua_State *L, const void *p)
{
    script_push_number(L, ((const struct launches *)p)->fusion.n_kernels);
}

static void push_of_graphs(lua_State *L, const void *p)
{
    script_push_number(L, ((const struct launches *)p)->fusion.n_graph);
}

static void push_unjoined(lua_State *L, const void *p)
{
    script_push_number(L, ((const struct launches *)p)->fusion.n_unjoined);
}

static void push_lengths(lua_State *L, const void *p)
{
    proxy_push(L, &proxy_lengths, p, 1);
}

static void push_chains(lua_State *L, const void *p)
{
    proxy_push(L, &proxy_chains, p, 1);
}

static const struct proxy_field fusion_fields[] = {
    {"kernels", FIELD_CALL, 0, "kernels that were looked at", push_kernels},
    {"of_graphs", FIELD_CALL, 0, "kernels left out because graphs launched them", push_of_graphs},
    {"unjoined", FIELD_CALL, 0, "kernels left out because they have no launch call", push_unjoined},
    {"lengths", FIELD_CALL, 0, "list by length", push_lengths},
    {"chains", FIELD_CALL, 0, "list at the best length, or at that asked for; most saved first",
     push_chains},
    {0},
};

const struct proxy_type proxy_fusion = {.name = "set of fusion figures",
                                        .help = "which launches could be one",
                                        .fields = fusion_fields};

void script_push_fusion(lua_State *L, const struct launches *l)
{
    proxy_push(L, &proxy_fusion, l, 1);
}

/* ---- the tree ---- */

static const char *const kinds[] = {[PROFILE_KERNEL] = "kernel",
                                    [PROFILE_OP] = "operator",
                                    [PROFILE_MODULE] = "module",
                                    [PROFILE_NOTE] = "group"};

/* Kernels have no time on the CPU. */
static double if_on_cpu(const struct calltree_node *n, int64_t ns)
{
    return n->kind == PROFILE_KERNEL ? (double)NAN : (double)ns;
}

static void push_children(lua_State *L, const struct script_part *part);

#define NODE_FIELDS(X)                                                                           \
    X(name, script_push_text, r->name, "modules by class")                                       \
    X(kind, script_push_text, kinds[r->kind], "module, operator, kernel or group")               \
    X(times, script_push_number, r->n, "how often it ran")                                       \
    X(cpu_ns, script_push_ns, if_on_cpu(r, r->cpu_ns), "its time on the CPU; nil for kernels")   \
    X(cpu_self_ns, script_push_ns, if_on_cpu(r, r->cpu_self_ns), "without that of its children") \
    X(gpu_ns, script_push_ns, (double)r->gpu_ns, "time of the kernels below it")                 \
    X(kernels, script_push_number, r->n_kernels, "how many these are")                           \
    X(kernels_queued, script_push_number, r->n_queued, "those that queued")                      \
    X(tklqt_ns, script_push_ns, (double)r->latency_ns, "sum of their waits")                     \
    X(children, push_children, p, "list of nodes, most time on the GPU first")

#define NODE_PUSH(name, push, expression, help) \
    PART_PUSH(node, struct calltree_node, name, push, expression)
#define NODE_ENTRY(name, push, expression, help) PART_ENTRY(node, name, help)
NODE_FIELDS(NODE_PUSH)
static const struct proxy_field node_fields[] = {NODE_FIELDS(NODE_ENTRY){0}};

static const char *node_title(const void *p)
{
    return ((const struct calltree_node *)((const struct script_part *)p)->at)->name;
}

const struct proxy_type proxy_node = {
    .name = "node",
    .help = "a module, operator or kernel with what is below it; siblings of one name are one",
    .fields = node_fields,
    .title = node_title};

struct node_list {
    const struct launches *l;
    uint32_t n;
    uint32_t ids[];
};

static size_t children_count(const void *p)
{
    return ((const struct node_list *)p)->n;
}

static void children_at(lua_State *L, const void *p, size_t i)
{
    const struct node_list *list = p;
    script_push_part(L, &proxy_node, list->l, &list->l->tree.nodes[list->ids[i]]);
}

static const struct proxy_type proxy_children = {
    .name = "list of nodes", .count = children_count, .push_at = children_at};

static void push_children(lua_State *L, const struct script_part *part)
{
    const struct calltree_node *nodes = part->l->tree.nodes, *of = part->at;
    uint32_t n = 0;
    for (uint32_t c = of->first_child; c != PROFILE_NONE; c = nodes[c].next)
        n++;
    struct node_list *list =
        proxy_push_own(L, &proxy_children, sizeof *list + n * sizeof list->ids[0], NULL);
    proxy_keep(L, 1);
    list->l = part->l;
    for (uint32_t c = of->first_child; c != PROFILE_NONE; c = nodes[c].next)
        list->ids[list->n++] = c;
}

void script_push_tree(lua_State *L, const struct launches *l)
{
    script_push_part(L, &proxy_node, l, &l->tree.nodes[0]);
}
