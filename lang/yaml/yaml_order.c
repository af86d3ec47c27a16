/* SPDX-License-Identifier: MIT
 * The order of YAML tasks: the names that each one uses, and a depth-first order in which each is bound before it is
 * used. Tasks that stand in such an order already keep it; one that is used early moves to just before its first
 * user. The walk over the tasks keeps its own stack, since a chain of a hundred thousand tasks may stand backwards. */
#include "lang/yaml/yaml.h"

#include <stdlib.h>

#include "engine/base/alloc.h"

#define SHOWN_CYCLE 8 /* names of a circle that a message shows */

/* ---- free names ---------------------------------------------------------------------------------- */

struct walk {
    tg_yaml_found *found;
    void *data;
    bool callees;
    TG_VEC(uint32_t) bound; /* symbols bound by what is being walked */
};

static bool is_bound(const struct walk *w, uint32_t sym)
{
    for (size_t i = w->bound.count; i-- > 0;)
        if (w->bound.items[i] == sym) return true;
    return false;
}

static void walk(struct walk *w, const struct tg_node *n);

static void walk_kids(struct walk *w, const struct tg_node *n, uint32_t from)
{
    for (uint32_t i = from; i < n->count; i++)
        if (n->kid[i]) walk(w, n->kid[i]);
}

static void bind(struct walk *w, const struct tg_node *targets)
{
    for (uint32_t i = 0; i < targets->count; i++) tg_vec_push(&w->bound, targets->kid[i]->sym);
}

static void walk_comprehension(struct walk *w, const struct tg_node *n)
{
    size_t mark = w->bound.count;
    for (uint32_t i = 1; i < n->count; i++) {
        const struct tg_node *clause = n->kid[i];
        walk(w, clause->kid[clause->count - 1]);
        if (clause->kind == TG_N_CFOR) bind(w, clause->kid[0]);
    }
    walk(w, n->kid[0]);
    w->bound.count = mark;
}

static void walk_function(struct walk *w, const struct tg_node *params, const struct tg_node *n, uint32_t body)
{
    size_t mark = w->bound.count;
    for (uint32_t i = 0; i < params->count; i++) {
        if (params->kid[i]->kid[1]) walk(w, params->kid[i]->kid[1]);
        tg_vec_push(&w->bound, params->kid[i]->sym);
    }
    walk_kids(w, n, body);
    w->bound.count = mark;
}

static void walk_callee(struct walk *w, const struct tg_node *n)
{
    const struct tg_node *root = n;
    while (root->kind == TG_N_FIELD) root = root->kid[0];
    if (root->kind != TG_N_NAME || w->callees) walk(w, n);
}

/* Statements inside blocks bind for what follows them. */
static void walk(struct walk *w, const struct tg_node *n)
{
    switch (n->kind) {
    case TG_N_NAME:
        if (!is_bound(w, n->sym)) w->found(w->data, n);
        break;
    case TG_N_COMP: walk_comprehension(w, n); break;
    case TG_N_LAMBDA: walk_function(w, n->kid[0], n, 1); break;
    case TG_N_FN:
        tg_vec_push(&w->bound, n->sym);
        walk_function(w, n->kid[0], n, 1);
        break;
    case TG_N_TASK:
        if (n->kid[0]) walk_function(w, n->kid[0], n, 1);
        else walk_kids(w, n, 1);
        break;
    case TG_N_CALL:
        walk_callee(w, n->kid[0]);
        walk_kids(w, n, 1);
        break;
    case TG_N_ASSIGN:
        walk(w, n->kid[1]);
        bind(w, n->kid[0]);
        break;
    case TG_N_FOR:
        walk(w, n->kid[1]);
        bind(w, n->kid[0]);
        walk(w, n->kid[2]);
        break;
    case TG_N_OPTIONS: case TG_N_KEYWORD: default: walk_kids(w, n, 0);
    }
}

void tg_yaml_free_names(const struct tg_node *n, bool callees, tg_yaml_found *found, void *data)
{
    struct walk w = {.found = found, .data = data, .callees = callees};
    walk(&w, n);
    tg_vec_done(&w.bound);
}

/* ---- order --------------------------------------------------------------------------------------- */

struct edge {
    uint32_t to;
    tg_span where;
};

enum { UNSEEN, OPEN, DONE };

struct order {
    struct tg_yaml *y;
    struct tg_node **tasks;
    uint32_t count, current;
    uint32_t *task_of;          /* by symbol: index + 1 */
    size_t sym_count;
    uint32_t *last_user;        /* by task: index + 1 of the last task seen to use it */
    TG_VEC(struct edge) edges;
    uint32_t *first;            /* by task: its first edge; count + 1 of them */
    uint8_t *state;
    uint32_t *next;             /* by open task: the edge to follow next */
    TG_VEC(uint32_t) path;
    TG_VEC(struct tg_node *) sorted;
};

static void found_use(void *data, const struct tg_node *name)
{
    struct order *o = data;
    uint32_t task = name->sym < o->sym_count ? o->task_of[name->sym] : 0;
    if (!task || o->last_user[task - 1] == o->current + 1) return;
    o->last_user[task - 1] = o->current + 1;
    tg_vec_push(&o->edges, ((struct edge){task - 1, name->span}));
}

static uint32_t sym_of(const struct tg_node *task)
{
    return task->kid[0]->kid[0]->sym;
}

static void find_edges(struct order *o)
{
    for (uint32_t i = 0; i < o->count; i++) o->task_of[sym_of(o->tasks[i])] = i + 1;
    for (o->current = 0; o->current < o->count; o->current++) {
        o->first[o->current] = (uint32_t)o->edges.count;
        tg_yaml_free_names(o->tasks[o->current]->kid[1], true, found_use, o);
    }
    o->first[o->count] = (uint32_t)o->edges.count;
}

static const char *task_name(const struct order *o, uint32_t task)
{
    return tg_names_get(o->y->p->names, sym_of(o->tasks[task]))->text;
}

/* The path from `to` to its end is a circle. */
static void cycle(struct order *o, uint32_t to)
{
    size_t from = o->path.count;
    while (o->path.items[--from] != to) {}
    size_t length = o->path.count - from;
    const char *text = "";
    for (size_t i = 0; i < length && i < SHOWN_CYCLE; i++)
        text = tg_arena_format(o->y->p->arena, "%s%s -> ", text, task_name(o, o->path.items[from + i]));
    if (length > SHOWN_CYCLE) text = tg_arena_format(o->y->p->arena, "%s... (%zu more) -> ", text, length - SHOWN_CYCLE);
    struct tg_diags *diags = o->y->p->diags;
    struct tg_diag *d = tg_diag_error(diags, o->tasks[to]->span, "tasks use one another in a circle: %s%s", text,
                                      task_name(o, to));
    for (size_t i = 0; i < length && i < SHOWN_CYCLE; i++) {
        uint32_t task = o->path.items[from + i];
        const struct edge *e = &o->edges.items[o->next[task] - 1];
        tg_diag_note(diags, d, e->where, "'%s' uses '%s' here", task_name(o, task), task_name(o, e->to));
    }
}

static void visit(struct order *o, uint32_t task)
{
    tg_vec_push(&o->path, task);
    o->state[task] = OPEN;
    o->next[task] = o->first[task];
    while (o->path.count > 0) {
        uint32_t top = o->path.items[o->path.count - 1];
        if (o->next[top] == o->first[top + 1]) {
            o->state[top] = DONE;
            tg_vec_push(&o->sorted, o->tasks[top]);
            o->path.count--;
            continue;
        }
        uint32_t to = o->edges.items[o->next[top]++].to;
        if (o->state[to] == OPEN) cycle(o, to);
        if (o->state[to] != UNSEEN) continue;
        o->state[to] = OPEN;
        o->next[to] = o->first[to];
        tg_vec_push(&o->path, to);
    }
}

void tg_yaml_order(struct tg_yaml *y, size_t mark)
{
    if (y->stack.count == mark) return;
    struct order o = {.y = y, .tasks = y->stack.items + mark, .count = (uint32_t)(y->stack.count - mark)};
    o.sym_count = y->p->names->names.count;
    o.task_of = tg_alloc_zero(o.sym_count * sizeof *o.task_of);
    o.last_user = tg_alloc_zero(o.count * sizeof *o.last_user);
    o.first = tg_alloc_zero((o.count + 1) * sizeof *o.first);
    o.next = tg_alloc_zero(o.count * sizeof *o.next);
    o.state = tg_alloc_zero(o.count);
    find_edges(&o);
    for (uint32_t i = 0; i < o.count; i++)
        if (o.state[i] == UNSEEN) visit(&o, i);
    memcpy(o.tasks, o.sorted.items, o.count * sizeof *o.tasks);
    free(o.task_of);
    free(o.last_user);
    free(o.first);
    free(o.next);
    free(o.state);
    tg_vec_done(&o.edges);
    tg_vec_done(&o.path);
    tg_vec_done(&o.sorted);
}
