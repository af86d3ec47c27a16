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

void tg_yaml_unbind(struct tg_yaml_walk *w, size_t mark)
{
    while (w->bound.count > mark) w->depth.items[w->bound.items[--w->bound.count]]--;
}

static void use_name(struct tg_yaml_walk *w, const struct tg_ast *n)
{
    bool bound = n->sym < w->depth.count && w->depth.items[n->sym] > 0;
    if (!bound && w->found) w->found(w->data, n);
}

static void walk_kids(struct tg_yaml_walk *w, const struct tg_ast *n)
{
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) tg_yaml_walk(w, k.kid);
}

static void walk_each(struct tg_yaml_walk *w, struct tg_kids kids)
{
    for (uint32_t i = 0; i < kids.count; i++) tg_yaml_walk(w, kids.items[i]);
}

/* What a function or comprehension binds is bound in it alone. */
static void walk_scope(struct tg_yaml_walk *w, const struct tg_ast *n)
{
    size_t mark = w->bound.count;
    if (n->kind == TG_N_COMP) {
        walk_each(w, tg_n_comp_clauses(n));
        tg_yaml_walk(w, tg_n_comp_item(n));
    } else {
        walk_kids(w, n);
    }
    tg_yaml_unbind(w, mark);
}

static void walk_call(struct tg_yaml_walk *w, const struct tg_ast *n)
{
    const struct tg_ast *root = tg_n_call_callee(n);
    while (root->kind == TG_N_FIELD) root = tg_n_field_base(root);
    if (root->kind != TG_N_NAME || w->callees) tg_yaml_walk(w, tg_n_call_callee(n));
    walk_each(w, tg_n_call_args(n));
}

/* The value first, then what it is bound to. */
static void walk_binding(struct tg_yaml_walk *w, const struct tg_ast *value, const struct tg_ast *targets)
{
    struct tg_kids names = tg_n_targets_names(targets);
    tg_yaml_walk(w, value);
    for (uint32_t i = 0; i < names.count; i++) bind(w, names.items[i]->sym);
}

/* Statements inside blocks bind for what follows them. */
void tg_yaml_walk(struct tg_yaml_walk *w, const struct tg_ast *n)
{
    switch (n->kind) {
    case TG_N_NAME: use_name(w, n); break;
    case TG_N_FN:
        bind(w, n->sym);
        walk_scope(w, n);
        break;
    case TG_N_COMP:
    case TG_N_LAMBDA:
    case TG_N_FINALLY:
    case TG_N_TASK: walk_scope(w, n); break;
    case TG_N_CALL: walk_call(w, n); break;
    case TG_N_ASSIGN: walk_binding(w, tg_n_assign_value(n), tg_n_assign_targets(n)); break;
    case TG_N_CFOR: walk_binding(w, tg_n_cfor_over(n), tg_n_cfor_targets(n)); break;
    case TG_N_FOR:
        walk_binding(w, tg_n_for_over(n), tg_n_for_targets(n));
        tg_yaml_walk(w, tg_n_for_body(n));
        break;
    case TG_N_AUGMENT:
        use_name(w, n);
        /* fall through */
    case TG_N_PARAM:
    case TG_N_PARAMETER:
    case TG_N_OUTPUT:
        walk_kids(w, n);
        if (n->kind == TG_N_OUTPUT && !tg_n_output_value(n)) use_name(w, n);
        else bind(w, n->sym);
        break;
    default: walk_kids(w, n);
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

/* The program, a task, a function or a command. */
struct vertex {
    struct tg_ast *node;
    uint32_t first, end; /* its edges */
    uint32_t next;       /* while it is open: the edge to follow next */
    uint32_t last_use;   /* the last edge to it, + 1 */
    enum { UNSEEN, OPEN, DONE } state;
    bool behind;   /* it needs the program */
    bool reported; /* in a circle, or none of its own is */
};
enum { PROGRAM = 0, OTHER = UINT32_MAX }; /* the program's vertex; a name that the order has nothing to do with */

struct order {
    struct tg_yaml *y;
    const struct tg_ast *defaults; /* options of the file, which all commands use; NULL: none */
    TG_VEC(struct vertex) nodes;
    uint32_t current;
    uint32_t *node_of; /* by symbol: index + 1; OTHER */
    size_t sym_count;
    TG_VEC(struct edge) edges;
    TG_VEC(uint32_t) path;
    TG_VEC(uint32_t) sorted;
};

static bool is_definition(const struct tg_ast *n)
{
    return n->kind == TG_N_FN || n->kind == TG_N_TASK;
}

static uint32_t sym_of(const struct tg_ast *n)
{
    return is_definition(n) ? n->sym : tg_yaml_task_sym(n);
}

static void add_vertex(struct order *o, struct tg_ast *n)
{
    uint32_t other = o->node_of[sym_of(n)]; /* a task of a command's name is an error of its own */
    bool twin = other && other != OTHER && !is_definition(n) && is_definition(o->nodes.items[other - 1].node);
    tg_vec_push(&o->nodes, ((struct vertex){.node = n, .reported = twin}));
    o->node_of[sym_of(n)] = (uint32_t)o->nodes.count;
}

static void note_definitions(struct order *o, struct tg_kids statements)
{
    for (uint32_t i = 0; i < statements.count; i++)
        if (is_definition(statements.items[i])) add_vertex(o, statements.items[i]);
}

static void found_use(void *data, const struct tg_ast *name)
{
    struct order *o = data;
    uint32_t node = name->sym < o->sym_count ? o->node_of[name->sym] : 0;
    if (!node || node == OTHER) return;
    if (name->sym == o->y->out_sym && o->nodes.items[o->current].node->kind == TG_N_TASK) return;
    uint32_t before = o->nodes.items[node - 1].last_use;
    if (before && o->edges.items[before - 1].from == o->current) return;
    tg_vec_push(&o->edges, ((struct edge){o->current, node - 1, before, name->span}));
    o->nodes.items[node - 1].last_use = (uint32_t)o->edges.count;
}

/* The program's edges (a `finally` sees all, and waits for nothing); then what it binds, and nothing else has the name of, is its own. */
static void walk_program(struct order *o, struct tg_yaml_walk *w)
{
    struct tg_kids program = tg_n_block_statements(o->nodes.items[PROGRAM].node);
    for (uint32_t i = 0; i < program.count; i++)
        if (!is_definition(program.items[i]) && program.items[i]->kind != TG_N_FINALLY) tg_yaml_walk(w, program.items[i]);
    for (size_t i = 0; i < w->bound.count; i++)
        if (!o->node_of[w->bound.items[i]]) o->node_of[w->bound.items[i]] = PROGRAM + 1;
}

static void find_edges(struct order *o)
{
    struct tg_yaml_walk w = {.found = found_use, .data = o, .callees = true};
    for (o->current = PROGRAM; o->current < o->nodes.count; o->current++) {
        struct vertex *v = &o->nodes.items[o->current];
        v->first = (uint32_t)o->edges.count;
        if (o->current == PROGRAM) walk_program(o, &w);
        else tg_yaml_walk(&w, v->node);
        tg_yaml_unbind(&w, 0);
        if (o->defaults && v->node->kind == TG_N_TASK) tg_yaml_walk(&w, o->defaults);
        v->end = (uint32_t)o->edges.count;
    }
    tg_yaml_walk_done(&w);
}

static const char *node_name(const struct order *o, uint32_t node)
{
    return node == PROGRAM ? "program" : tg_names_get(o->y->p->names, sym_of(o->nodes.items[node].node))->text;
}

/* Notes the circle that lies on the path from `from`; false: not to be reported. Without a task it is recursion, or the
 * program calls functions that use its names; and of circles that overlap, as all through the program, one is enough. */
static bool note_circle(struct order *o, size_t from)
{
    bool tasks = false, reported = false;
    for (size_t i = from; i < o->path.count; i++) {
        const struct vertex *v = &o->nodes.items[o->path.items[i]];
        tasks = tasks || v->node->kind == TG_N_ASSIGN;
        reported = reported || v->reported;
    }
    for (size_t i = from; tasks && i < o->path.count; i++) o->nodes.items[o->path.items[i]].reported = true;
    return tasks && !reported;
}

/* The path from `to` to its end is a circle. */
static void cycle(struct order *o, uint32_t to)
{
    size_t from = o->path.count - 1;
    while (o->path.items[from] != to) from--;
    if (!note_circle(o, from)) return;
    size_t length = o->path.count - from;
    const char *text = "";
    for (size_t i = 0; i < length && i < SHOWN_CYCLE; i++)
        text = tg_arena_format(o->y->p->arena, "%s%s -> ", text, node_name(o, o->path.items[from + i]));
    if (length > SHOWN_CYCLE) text = tg_arena_format(o->y->p->arena, "%s... (%zu more) -> ", text, length - SHOWN_CYCLE);
    struct tg_diags *diags = o->y->p->diags;
    const struct tg_ast *n = o->nodes.items[to].node;
    if (to == PROGRAM) n = tg_n_block_statements(n).items[0];
    struct tg_diag *d = tg_diag_error(diags, n->span, "tasks use one another in a circle: %s%s", text, node_name(o, to));
    for (size_t i = 0; i < length && i < SHOWN_CYCLE; i++) {
        uint32_t node = o->path.items[from + i];
        const struct edge *e = &o->edges.items[o->nodes.items[node].next - 1];
        const char *what = e->to == PROGRAM ? "a name of " : "";
        tg_diag_note(diags, d, e->where, "'%s' uses %s'%s' here", node_name(o, node), what, node_name(o, e->to));
    }
}

static void open_node(struct order *o, uint32_t node)
{
    o->nodes.items[node].state = OPEN;
    o->nodes.items[node].next = o->nodes.items[node].first;
    tg_vec_push(&o->path, node);
}

static void visit(struct order *o, uint32_t node)
{
    if (o->nodes.items[node].state == UNSEEN) open_node(o, node);
    while (o->path.count > 0) {
        uint32_t top = o->path.items[o->path.count - 1];
        struct vertex *v = &o->nodes.items[top];
        if (v->next == v->end) {
            v->state = DONE;
            tg_vec_push(&o->sorted, top);
            o->path.count--;
            continue;
        }
        uint32_t to = o->edges.items[v->next++].to;
        if (o->nodes.items[to].state == OPEN) cycle(o, to);
        if (o->nodes.items[to].state == UNSEEN) open_node(o, to);
    }
}

/* Marks what needs the program. */
static void find_behind(struct order *o)
{
    o->nodes.items[PROGRAM].behind = true;
    tg_vec_push(&o->path, PROGRAM);
    while (o->path.count > 0) {
        uint32_t node = o->path.items[--o->path.count];
        for (uint32_t use = o->nodes.items[node].last_use; use; use = o->edges.items[use - 1].before) {
            uint32_t user = o->edges.items[use - 1].from;
            if (!o->nodes.items[user].behind) tg_vec_push(&o->path, user);
            o->nodes.items[user].behind = true;
        }
    }
}

static void put_tasks(struct order *o, bool behind)
{
    for (size_t i = 0; i < o->sorted.count; i++) {
        const struct vertex *v = &o->nodes.items[o->sorted.items[i]];
        if (v->node->kind == TG_N_ASSIGN && v->behind == behind) tg_yaml_push(o->y, v->node);
    }
}

static void sort(struct order *o)
{
    find_edges(o);
    for (uint32_t i = PROGRAM + 1; i < o->nodes.count; i++)
        if (!is_definition(o->nodes.items[i].node)) visit(o, i);
    visit(o, PROGRAM);
    find_behind(o);
}

static void push_each(struct tg_yaml *y, struct tg_kids statements)
{
    for (uint32_t i = 0; i < statements.count; i++) tg_yaml_push(y, statements.items[i]);
}

void tg_yaml_order(struct tg_yaml *y, size_t mark, struct tg_ast *program)
{
    struct tg_kids commands = {y->commands.items, (uint32_t)y->commands.count};
    if (y->stack.count == mark && tg_n_block_statements(program).count == 0) return;
    struct order o = {.y = y, .sym_count = y->p->names->names.count};
    o.node_of = tg_alloc_zero(o.sym_count * sizeof *o.node_of);
    for (size_t i = 0; i < mark; i++) {
        if (y->stack.items[i]->kind == TG_N_PARAM) o.node_of[y->stack.items[i]->sym] = OTHER;
        if (y->stack.items[i]->kind == TG_N_DEFAULTS) o.defaults = y->stack.items[i];
    }
    tg_vec_push(&o.nodes, (struct vertex){.node = program});
    note_definitions(&o, (struct tg_kids){y->stack.items, (uint32_t)mark});
    note_definitions(&o, commands);
    note_definitions(&o, tg_n_block_statements(program));
    for (size_t i = mark; i < y->stack.count; i++) add_vertex(&o, y->stack.items[i]);
    sort(&o);
    y->stack.count = mark;
    push_each(y, commands);
    put_tasks(&o, false);
    push_each(y, tg_n_block_statements(program));
    put_tasks(&o, true);
    free(o.node_of);
    tg_vec_done(&o.nodes);
    tg_vec_done(&o.edges);
    tg_vec_done(&o.path);
    tg_vec_done(&o.sorted);
}
