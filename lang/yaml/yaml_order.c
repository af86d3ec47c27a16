/* SPDX-License-Identifier: MIT
 * The order of YAML tasks and the program: the names that each one uses, and a depth-first order in which each is bound
 * before it is used. Tasks that stand in such an order already keep it; one that is used early moves to just before its
 * first user; those that need a name of the program, directly or not, come behind it. Functions and commands stand
 * anywhere: they only hand on what they use to who uses them. The walk over the tasks keeps its own stack, since a
 * chain of a hundred thousand tasks may stand backwards. */
#include "lang/yaml/yaml.h"

#include <stdlib.h>

#include "engine/base/alloc.h"

#define SHOWN_CYCLE 8 /* names of a circle that a message shows */

/* ---- names --------------------------------------------------------------------------------------- */

static void bind(struct tg_yaml_walk *w, uint32_t sym)
{
    while (w->depth.count <= sym) tg_vec_push(&w->depth, 0);
    w->depth.items[sym]++;
    tg_vec_push(&w->bound, sym);
}

static void bind_targets(struct tg_yaml_walk *w, const struct tg_node *targets)
{
    for (uint32_t i = 0; i < targets->count; i++) bind(w, targets->kid[i]->sym);
}

void tg_yaml_unbind(struct tg_yaml_walk *w, size_t mark)
{
    while (w->bound.count > mark) w->depth.items[w->bound.items[--w->bound.count]]--;
}

static void use(struct tg_yaml_walk *w, const struct tg_node *n)
{
    bool bound = n->sym < w->depth.count && w->depth.items[n->sym] > 0;
    if (!bound && w->found) w->found(w->data, n);
}

static void walk_kids(struct tg_yaml_walk *w, const struct tg_node *n, uint32_t from)
{
    for (uint32_t i = from; i < n->count; i++)
        if (n->kid[i]) tg_yaml_walk(w, n->kid[i]);
}

static void walk_comprehension(struct tg_yaml_walk *w, const struct tg_node *n)
{
    size_t mark = w->bound.count;
    for (uint32_t i = 1; i < n->count; i++) {
        const struct tg_node *clause = n->kid[i];
        tg_yaml_walk(w, clause->kid[clause->count - 1]);
        if (clause->kind == TG_N_CFOR) bind_targets(w, clause->kid[0]);
    }
    tg_yaml_walk(w, n->kid[0]);
    tg_yaml_unbind(w, mark);
}

static void walk_function(struct tg_yaml_walk *w, const struct tg_node *n)
{
    size_t mark = w->bound.count;
    const struct tg_node *params = n->kid[0]; /* NULL: those of a command inside a task, which is being made */
    for (uint32_t i = 0; params && i < params->count; i++) {
        if (params->kid[i]->kid[1]) tg_yaml_walk(w, params->kid[i]->kid[1]);
        bind(w, params->kid[i]->sym);
    }
    walk_kids(w, n, 1);
    tg_yaml_unbind(w, mark);
}

static void walk_callee(struct tg_yaml_walk *w, const struct tg_node *n)
{
    const struct tg_node *root = n;
    while (root->kind == TG_N_FIELD) root = root->kid[0];
    if (root->kind != TG_N_NAME || w->callees) tg_yaml_walk(w, n);
}

/* Statements inside blocks bind for what follows them. */
void tg_yaml_walk(struct tg_yaml_walk *w, const struct tg_node *n)
{
    switch (n->kind) {
    case TG_N_NAME: use(w, n); break;
    case TG_N_COMP: walk_comprehension(w, n); break;
    case TG_N_FN: bind(w, n->sym); walk_function(w, n); break;
    case TG_N_LAMBDA: case TG_N_TASK: walk_function(w, n); break;
    case TG_N_CALL:
        walk_callee(w, n->kid[0]);
        walk_kids(w, n, 1);
        break;
    case TG_N_ASSIGN:
        tg_yaml_walk(w, n->kid[1]);
        bind_targets(w, n->kid[0]);
        break;
    case TG_N_AUGMENT:
        use(w, n);
        walk_kids(w, n, 0);
        bind(w, n->sym);
        break;
    case TG_N_PARAM: case TG_N_OUTPUT:
        walk_kids(w, n, 0);
        if (n->kind == TG_N_OUTPUT && !n->kid[0]) use(w, n);
        else bind(w, n->sym);
        break;
    case TG_N_FOR:
        tg_yaml_walk(w, n->kid[1]);
        bind_targets(w, n->kid[0]);
        tg_yaml_walk(w, n->kid[2]);
        break;
    default: walk_kids(w, n, 0);
    }
}

void tg_yaml_walk_done(struct tg_yaml_walk *w)
{
    tg_vec_done(&w->bound);
    tg_vec_done(&w->depth);
}

/* ---- order --------------------------------------------------------------------------------------- */

struct edge {
    uint32_t from, to;
    uint32_t before; /* the last edge to the same node before this one, + 1 */
    tg_span where;
};

enum { UNSEEN, OPEN, DONE };
enum { PROGRAM = 0, OTHER = UINT32_MAX }; /* the program's node; a name that the order has nothing to do with */

/* The nodes are the program, the tasks, and the functions and commands. */
struct order {
    struct tg_yaml *y;
    TG_VEC(struct tg_node *) nodes;
    uint32_t count, current;
    uint32_t *node_of;          /* by symbol: index + 1; OTHER */
    size_t sym_count;
    uint32_t *last_use;         /* by node: the last edge to it, + 1 */
    TG_VEC(struct edge) edges;
    uint32_t *first;            /* by node: its first edge; one more than there are nodes */
    uint8_t *state;
    bool *behind;               /* by node: it needs the program */
    uint32_t *next;             /* by open node: the edge to follow next */
    TG_VEC(uint32_t) path;
    TG_VEC(uint32_t) sorted;
};

static bool is_definition(const struct tg_node *n)
{
    return n->kind == TG_N_FN || n->kind == TG_N_TASK;
}

static uint32_t sym_of(const struct tg_node *n)
{
    return is_definition(n) ? n->sym : n->kid[0]->kid[0]->sym;
}

static void add_node(struct order *o, struct tg_node *n)
{
    tg_vec_push(&o->nodes, n);
    o->node_of[sym_of(n)] = (uint32_t)o->nodes.count;
}

static void add_definitions(struct order *o, struct tg_node *const *statements, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_definition(statements[i])) add_node(o, statements[i]);
}

static void found_use(void *data, const struct tg_node *name)
{
    struct order *o = data;
    uint32_t node = name->sym < o->sym_count ? o->node_of[name->sym] : 0;
    if (!node || node == OTHER) return;
    if (name->sym == o->y->out_sym && o->nodes.items[o->current]->kind == TG_N_TASK) return;
    uint32_t before = o->last_use[node - 1];
    if (before && o->edges.items[before - 1].from == o->current) return;
    tg_vec_push(&o->edges, ((struct edge){o->current, node - 1, before, name->span}));
    o->last_use[node - 1] = (uint32_t)o->edges.count;
}

/* The program's edges; then what it binds, and nothing else has the name of, is its own. */
static void walk_program(struct order *o, struct tg_yaml_walk *w)
{
    const struct tg_node *program = o->nodes.items[PROGRAM];
    for (uint32_t i = 0; i < program->count; i++)
        if (!is_definition(program->kid[i])) tg_yaml_walk(w, program->kid[i]);
    for (size_t i = 0; i < w->bound.count; i++)
        if (!o->node_of[w->bound.items[i]]) o->node_of[w->bound.items[i]] = PROGRAM + 1;
    tg_yaml_unbind(w, 0);
}

static void find_edges(struct order *o)
{
    struct tg_yaml_walk w = {.found = found_use, .data = o, .callees = true};
    walk_program(o, &w);
    for (o->current = PROGRAM + 1; o->current < o->count; o->current++) {
        o->first[o->current] = (uint32_t)o->edges.count;
        tg_yaml_walk(&w, o->nodes.items[o->current]);
        tg_yaml_unbind(&w, 0);
    }
    o->first[o->current] = (uint32_t)o->edges.count;
    tg_yaml_walk_done(&w);
}

static const char *node_name(const struct order *o, uint32_t node)
{
    return node == PROGRAM ? "program" : tg_names_get(o->y->p->names, sym_of(o->nodes.items[node]))->text;
}

/* The path from `to` to its end is a circle. */
static void cycle(struct order *o, uint32_t to)
{
    size_t from = o->path.count;
    bool tasks = false; /* else it is recursion, or the program calls functions that use its names */
    do tasks = o->nodes.items[o->path.items[--from]]->kind == TG_N_ASSIGN || tasks;
    while (o->path.items[from] != to);
    if (!tasks) return;
    size_t length = o->path.count - from;
    const char *text = "";
    for (size_t i = 0; i < length && i < SHOWN_CYCLE; i++)
        text = tg_arena_format(o->y->p->arena, "%s%s -> ", text, node_name(o, o->path.items[from + i]));
    if (length > SHOWN_CYCLE) text = tg_arena_format(o->y->p->arena, "%s... (%zu more) -> ", text, length - SHOWN_CYCLE);
    struct tg_diags *diags = o->y->p->diags;
    const struct tg_node *n = to == PROGRAM ? o->nodes.items[to]->kid[0] : o->nodes.items[to];
    struct tg_diag *d = tg_diag_error(diags, n->span, "tasks use one another in a circle: %s%s", text, node_name(o, to));
    for (size_t i = 0; i < length && i < SHOWN_CYCLE; i++) {
        uint32_t node = o->path.items[from + i];
        const struct edge *e = &o->edges.items[o->next[node] - 1];
        const char *what = e->to == PROGRAM ? "a name of " : "";
        tg_diag_note(diags, d, e->where, "'%s' uses %s'%s' here", node_name(o, node), what, node_name(o, e->to));
    }
}

static void open_node(struct order *o, uint32_t node)
{
    o->state[node] = OPEN;
    o->next[node] = o->first[node];
    tg_vec_push(&o->path, node);
}

static void visit(struct order *o, uint32_t node)
{
    open_node(o, node);
    while (o->path.count > 0) {
        uint32_t top = o->path.items[o->path.count - 1];
        if (o->next[top] == o->first[top + 1]) {
            o->state[top] = DONE;
            tg_vec_push(&o->sorted, top);
            o->path.count--;
            continue;
        }
        uint32_t to = o->edges.items[o->next[top]++].to;
        if (o->state[to] == OPEN) cycle(o, to);
        if (o->state[to] == UNSEEN) open_node(o, to);
    }
}

/* Marks what needs the program. */
static void find_behind(struct order *o)
{
    o->behind[PROGRAM] = true;
    tg_vec_push(&o->path, PROGRAM);
    while (o->path.count > 0) {
        uint32_t node = o->path.items[--o->path.count];
        for (uint32_t use = o->last_use[node]; use; use = o->edges.items[use - 1].before) {
            uint32_t user = o->edges.items[use - 1].from;
            if (!o->behind[user]) tg_vec_push(&o->path, user);
            o->behind[user] = true;
        }
    }
}

static void put_tasks(struct order *o, bool behind)
{
    for (size_t i = 0; i < o->sorted.count; i++) {
        struct tg_node *n = o->nodes.items[o->sorted.items[i]];
        if (n->kind == TG_N_ASSIGN && o->behind[o->sorted.items[i]] == behind) tg_vec_push(&o->y->stack, n);
    }
}

static void sort(struct order *o)
{
    o->count = (uint32_t)o->nodes.count;
    o->last_use = tg_alloc_zero(o->count * sizeof *o->last_use);
    o->first = tg_alloc_zero((o->count + 1) * sizeof *o->first);
    o->next = tg_alloc_zero(o->count * sizeof *o->next);
    o->state = tg_alloc_zero(o->count);
    o->behind = tg_alloc_zero(o->count * sizeof *o->behind);
    find_edges(o);
    for (uint32_t i = PROGRAM + 1; i < o->count; i++)
        if (o->state[i] == UNSEEN && !is_definition(o->nodes.items[i])) visit(o, i);
    if (o->state[PROGRAM] == UNSEEN) visit(o, PROGRAM);
    find_behind(o);
}

static void done(struct order *o)
{
    free(o->node_of);
    free(o->last_use);
    free(o->first);
    free(o->next);
    free(o->state);
    free(o->behind);
    tg_vec_done(&o->nodes);
    tg_vec_done(&o->edges);
    tg_vec_done(&o->path);
    tg_vec_done(&o->sorted);
}

void tg_yaml_order(struct tg_yaml *y, size_t mark, struct tg_node *program)
{
    if (y->stack.count == mark && program->count == 0) return;
    struct order o = {.y = y, .sym_count = y->p->names->names.count};
    o.node_of = tg_alloc_zero(o.sym_count * sizeof *o.node_of);
    for (size_t i = 0; i < mark; i++)
        if (y->stack.items[i]->kind == TG_N_PARAM) o.node_of[y->stack.items[i]->sym] = OTHER;
    tg_vec_push(&o.nodes, program);
    add_definitions(&o, y->stack.items, mark);
    add_definitions(&o, y->commands.items, y->commands.count);
    add_definitions(&o, program->kid, program->count);
    for (size_t i = mark; i < y->stack.count; i++) add_node(&o, y->stack.items[i]);
    sort(&o);
    y->stack.count = mark;
    for (size_t i = 0; i < y->commands.count; i++) tg_vec_push(&y->stack, y->commands.items[i]);
    put_tasks(&o, false);
    for (uint32_t i = 0; i < program->count; i++) tg_vec_push(&y->stack, program->kid[i]);
    put_tasks(&o, true);
    done(&o);
}
