#include "prof/calltree.h"

#include <stdlib.h>

#include "base/index.h"
#include "prof/order.h"
#include "prof/tally.h"

/* clang-format off */
struct vec_node { VEC(struct calltree_node); };
/* clang-format on */

struct make {
    struct arena *a;
    const struct profile *p;
    const struct lineage *l;
    const struct tklqt_select *s;
    struct vec_node nodes;
    struct index ix;                       /* by parent, kind and name */
    uint32_t *node_of_op, *node_of_module; /* PROFILE_NONE = outside the selection */
    uint32_t *op_module;                   /* innermost module around an operator */
    uint32_t *module_op;                   /* innermost operator around a module */
};

/* ---- nodes ---- */

struct node_key {
    const struct make *m;
    uint32_t parent;
    uint8_t kind;
    str name;
};

static bool node_equal(const void *ctx, uint32_t id)
{
    const struct node_key *k = ctx;
    const struct calltree_node *n = &k->m->nodes.at[id];
    return n->parent == k->parent && n->kind == k->kind && str_is(k->name, n->name);
}

static uint32_t node_for(struct make *m, uint32_t parent, enum profile_kind kind, str name,
                         uint32_t example)
{
    struct node_key k = {m, parent, (uint8_t)kind, name};
    uint64_t hash = hash_words(name.p, name.n, hash_u64((uint64_t)parent << 8 | (uint64_t)kind));
    uint32_t id = index_find(&m->ix, hash, node_equal, &k);
    if (id != INDEX_NONE)
        return id;
    id = (uint32_t)m->nodes.n;
    index_put(&m->ix, hash, id);
    *VEC_PUSH(&m->nodes) = (struct calltree_node){.name = arena_strndup(m->a, name.p, name.n),
                                                  .kind = (uint8_t)kind,
                                                  .parent = parent,
                                                  .first_child = PROFILE_NONE,
                                                  .next = PROFILE_NONE,
                                                  .example = example};
    return id;
}

static void add_span(struct make *m, uint32_t node, const struct profile_span *s)
{
    struct calltree_node *n = &m->nodes.at[node];
    n->n++;
    tklqt_add(&n->cpu_ns, s->dur_ns);
    tklqt_add(&n->cpu_self_ns, s->dur_ns);
    if (n->parent == 0)
        tklqt_add(&m->nodes.at[0].cpu_ns, s->dur_ns);
    else
        tklqt_add(&m->nodes.at[n->parent].cpu_self_ns, -s->dur_ns);
}

/* ---- operators and modules ---- */

/* Of two spans one of which lies within the other: whether `a` is around `b`, also where they are
 * equal. */
static bool is_around(const struct profile_span *a, const struct profile_span *b)
{
    return a->start_ns != b->start_ns ? a->start_ns < b->start_ns : a->dur_ns >= b->dur_ns;
}

/* Of an operator and a module around something the inner one. */
static uint32_t inner_node(const struct make *m, uint32_t op, uint32_t module)
{
    const struct profile *p = m->p;
    if (op != PROFILE_NONE && m->node_of_op[op] == PROFILE_NONE)
        op = PROFILE_NONE;
    if (module != PROFILE_NONE && m->node_of_module[module] == PROFILE_NONE)
        module = PROFILE_NONE;
    if (op == PROFILE_NONE && module == PROFILE_NONE)
        return 0;
    if (module == PROFILE_NONE ||
        (op != PROFILE_NONE && is_around(&p->ranges[module], &p->ops[op])))
        return m->node_of_op[op];
    return m->node_of_module[module];
}

static void add_module(struct make *m, uint32_t id)
{
    const struct profile_span *r = &m->p->ranges[id];
    if (!tklqt_selects_span(m->s, m->p, r))
        return;
    uint32_t parent = inner_node(m, m->module_op[id], m->l->module_parent[id]);
    m->node_of_module[id] =
        node_for(m, parent, PROFILE_MODULE, tally_module_class(m->p->names[r->name]), id);
    add_span(m, m->node_of_module[id], r);
}

static void add_op(struct make *m, uint32_t id)
{
    const struct profile_span *op = &m->p->ops[id];
    str name = str_from(m->p->names[op->name]);
    if (!tklqt_selects_span(m->s, m->p, op) || str_starts(name, STR("ProfilerStep#")))
        return;
    uint32_t parent = inner_node(m, m->l->op_parent[id], m->op_module[id]);
    m->node_of_op[id] = node_for(m, parent, PROFILE_OP, name, id);
    add_span(m, m->node_of_op[id], op);
}

/* Both tables in order of start, lane by lane: what is around comes first. */
static void add_spans(struct make *m, const struct order_spans *ops,
                      const struct order_spans *modules)
{
    uint32_t i = 0, k = 0;
    while (i < ops->n || k < modules->n) {
        const struct profile_span *op = i < ops->n ? &ops->spans[ops->ids[i]] : NULL;
        const struct profile_span *mod = k < modules->n ? &modules->spans[modules->ids[k]] : NULL;
        bool is_module =
            op == NULL ||
            (mod != NULL && (mod->lane != op->lane ? mod->lane < op->lane : is_around(mod, op)));
        if (is_module)
            add_module(m, modules->ids[k++]);
        else
            add_op(m, ops->ids[i++]);
    }
}

/* ---- kernels ---- */

static void add_kernel(struct make *m, const struct tklqt_wait *w, uint32_t id)
{
    const struct profile_span *work = &m->p->works[id];
    const struct lineage_of *of = &m->l->of[id];
    uint32_t parent = inner_node(m, of->op, of->module);
    if (parent == 0)
        parent = node_for(m, 0, PROFILE_NOTE,
                          of->miss == LINEAGE_BEFORE   ? STR("(launched before the recording)")
                          : of->miss != LINEAGE_JOINED ? STR("(no launch call)")
                          : of->is_graph               ? STR("(graph)")
                                                       : STR("(no operator)"),
                          id);
    uint32_t node = node_for(m, parent, PROFILE_KERNEL, str_from(m->p->names[work->name]), id);
    struct calltree_node *n = &m->nodes.at[node];
    n->n++;
    n->n_kernels++;
    n->n_queued += w->is_queued;
    tklqt_add(&n->gpu_ns, work->dur_ns);
    tklqt_add(&n->latency_ns, w->latency_ns);
}

/* Nodes lie behind their parents. */
static void add_to_parents(struct vec_node *nodes)
{
    for (size_t i = nodes->n; i-- > 1;) {
        const struct calltree_node *n = &nodes->at[i];
        struct calltree_node *parent = &nodes->at[n->parent];
        parent->n_kernels += n->n_kernels;
        parent->n_queued += n->n_queued;
        tklqt_add(&parent->gpu_ns, n->gpu_ns);
        tklqt_add(&parent->latency_ns, n->latency_ns);
    }
}

/* ---- the tree ---- */

static uint32_t *nobody(struct arena *a, uint32_t n)
{
    uint32_t *all = ARENA_ARRAY(a, uint32_t, n);
    memset(all, 0xff, n * sizeof *all);
    return all;
}

struct child {
    uint32_t parent, id;
    int64_t gpu_ns, cpu_ns;
};

static int compare_child(const void *pa, const void *pb)
{
    const struct child *a = pa, *b = pb;
    if (a->parent != b->parent)
        return a->parent < b->parent ? -1 : 1;
    if (a->gpu_ns != b->gpu_ns)
        return a->gpu_ns > b->gpu_ns ? -1 : 1;
    if (a->cpu_ns != b->cpu_ns)
        return a->cpu_ns > b->cpu_ns ? -1 : 1;
    return a->id < b->id ? -1 : 1;
}

static void link_children(struct arena *scratch, struct vec_node *nodes)
{
    struct child *all = ARENA_ARRAY(scratch, struct child, nodes->n);
    uint32_t n = 0;
    for (uint32_t i = 1; i < nodes->n; i++) {
        const struct calltree_node *node = &nodes->at[i];
        all[n++] = (struct child){node->parent, i, node->gpu_ns, node->cpu_ns};
    }
    qsort(all, n, sizeof *all, compare_child);
    for (uint32_t i = n; i-- > 0;) {
        struct calltree_node *parent = &nodes->at[all[i].parent];
        nodes->at[all[i].id].next = parent->first_child;
        parent->first_child = all[i].id;
    }
}

/* An operator of equal span lies within a module: around it is the next one that is longer. */
static void drop_equal_ops(struct make *m, struct arena *scratch, const struct order_spans *ops,
                           const struct order_spans *modules)
{
    uint32_t *longer = ARENA_ARRAY(scratch, uint32_t, ops->n);
    for (uint32_t i = 0; i < ops->n; i++) {
        uint32_t op = ops->ids[i], up = m->l->op_parent[op];
        bool is_equal = up != PROFILE_NONE && is_around(&ops->spans[op], &ops->spans[up]);
        longer[op] = is_equal ? longer[up] : up;
    }
    for (uint32_t i = 0; i < modules->n; i++) {
        uint32_t *op = &m->module_op[modules->ids[i]];
        if (*op != PROFILE_NONE && is_around(&modules->spans[modules->ids[i]], &ops->spans[*op]))
            *op = longer[*op];
    }
}

static void add_all(struct make *m, struct arena *scratch, const struct tklqt_wait *waits)
{
    const struct profile *p = m->p;
    struct order_spans ops = {p->ops, order_by_lane(scratch, p->ops, p->n_ops), p->n_ops};
    struct order_spans modules = order_modules(scratch, p);
    m->node_of_op = nobody(scratch, p->n_ops);
    m->node_of_module = nobody(scratch, p->n_ranges);
    m->op_module = nobody(scratch, p->n_ops);
    m->module_op = nobody(scratch, p->n_ranges);
    order_nest(scratch, &modules, &ops, m->op_module);
    order_nest(scratch, &ops, &modules, m->module_op);
    drop_equal_ops(m, scratch, &ops, &modules);
    node_for(m, 0, PROFILE_NOTE, STR("(all)"), PROFILE_NONE);
    add_spans(m, &ops, &modules);
    for (uint32_t i = 0; i < p->n_works; i++) {
        if (p->works[i].kind == PROFILE_KERNEL && tklqt_selects(m->s, p, m->l, i))
            add_kernel(m, &waits[i], i);
    }
    m->nodes.at[0].n = 1;
    add_to_parents(&m->nodes);
    link_children(scratch, &m->nodes);
}

void calltree_make(struct arena *a, const struct profile *p, const struct lineage *l,
                   const struct tklqt_wait *waits, const struct tklqt_select *s,
                   struct calltree *out)
{
    struct arena scratch;
    struct make m = {.a = a, .p = p, .l = l, .s = s};
    arena_init(&scratch, ARENA_LARGE);
    VEC_INIT(&m.nodes, ARENA_LARGE);
    index_init(&m.ix);
    add_all(&m, &scratch, waits);
    *out = (struct calltree){arena_memdup(a, m.nodes.at, m.nodes.n * sizeof *m.nodes.at),
                             (uint32_t)m.nodes.n};
    index_done(&m.ix);
    VEC_DONE(&m.nodes);
    arena_done(&scratch);
}
