/* SPDX-License-Identifier: MIT
 * A walk over the tree from where a continuation begins. What has been evaluated already is left out: the condition of an
 * `if`, what a `for` goes through. Each function is looked into once. A task that is only named counts as called, since
 * `map(build, xs)` does that; one that a plugin's task calls is not known. */
#include "lang/eval/maycall.h"

#include <stdlib.h>

#include "lang/bind/callee.h"
#include "lang/eval/function.h"
#include "lang/eval/suspend.h"

#define ITEMS_LOOKED_AT 1000 /* of a list that may hold function values */

struct maycall_walk {
    tg_maycalls *out;
    TG_VEC(const void *) seen; /* functions and function values */
};

static void visit_tree(struct maycall_walk *w, const struct tg_ast *n);
static void visit_function_in(void *walk, tg_value v);

static bool see_first(struct maycall_walk *w, const void *what)
{
    for (size_t i = 0; i < w->seen.count; i++)
        if (w->seen.items[i] == what) return false;
    tg_vec_push(&w->seen, what);
    return true;
}

static void note_def(struct maycall_walk *w, const struct tg_def *def, tg_span span)
{
    if (def && !tg_def_is_helper(def)) tg_vec_push(w->out, ((struct tg_maycall){def->name, span}));
}

static void note_builtin(struct maycall_walk *w, const struct tg_builtin *b, tg_span span)
{
    if (b == &tg_builtins[TG_BUILTIN_PRINT]) tg_vec_push(w->out, ((struct tg_maycall){b->name, span}));
}

static void visit_fn(struct maycall_walk *w, const struct tg_fn *fn)
{
    if (!fn || !see_first(w, fn)) return;
    for (uint32_t i = 0; i < fn->param_count; i++) visit_tree(w, fn->params.items[i]);
    visit_tree(w, fn->body);
}

/* What a name stands for; of a variable of a file, what it has now. */
static void visit_callee(struct maycall_walk *w, const struct tg_ast *n)
{
    switch (n->ref) {
    case TG_REF_TASK: note_def(w, n->def, n->span); break;
    case TG_REF_FN: visit_fn(w, n->fn); break;
    case TG_REF_BUILTIN: note_builtin(w, n->builtin, n->span); break;
    case TG_REF_GLOBAL:
        if (n->module && n->module->globals && tg_kind(n->module->globals[n->slot]) == TG_FUNCTION)
            visit_function_in(w, n->module->globals[n->slot]);
        break;
    default: break;
    }
}

static void visit_tree(struct maycall_walk *w, const struct tg_ast *n)
{
    if (!n || n->kind == TG_N_TASK) return; /* what runs in a command makes no tasks */
    if (tg_callee_is_named(n)) {
        visit_callee(w, n);
        return;
    }
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) visit_tree(w, k.kid);
}

/* ---- values -------------------------------------------------------------------------------------- */

static void visit_function_value(struct maycall_walk *w, const struct tg_fn_value *f)
{
    if (!f) return;
    if (f->what == TG_FN_USER) visit_fn(w, f->fn);
    else if (f->what == TG_FN_TASK) note_def(w, f->def, f->place->span);
    else note_builtin(w, f->builtin, f->place->span);
}

static void visit_function_in(void *walk, tg_value v)
{
    struct maycall_walk *w = walk;
    if (tg_kind(v) == TG_FUNCTION && see_first(w, v.p)) {
        const struct tg_function *f = v.p;
        visit_function_value(w, tg_function_find(v));
        if (f->held) f->held(f, visit_function_in, w);
    } else if (tg_kind(v) == TG_LIST) {
        const struct tg_list *list = tg_list_of(v);
        for (size_t i = 0; i < list->count && i < ITEMS_LOOKED_AT; i++) visit_function_in(w, list->items[i]);
    } else if (tg_kind(v) == TG_RECORD) {
        const struct tg_record *record = tg_record_of(v);
        for (size_t i = 0; i < record->count && i < ITEMS_LOOKED_AT; i++) visit_function_in(w, record->fields[i].value);
    }
}

/* ---- continuations ------------------------------------------------------------------------------- */

/* A comprehension from clause `at` on; what its first one goes through is known. */
static void visit_later_clauses(struct maycall_walk *w, const struct tg_ast *n)
{
    struct tg_kids clauses = tg_n_comp_clauses(n);
    visit_tree(w, tg_n_comp_item(n));
    for (uint32_t i = 1; i < clauses.count; i++) visit_tree(w, clauses.items[i]);
}

/* What it begins with. */
static void visit_start(struct maycall_walk *w, const struct tg_continuation *k)
{
    const struct tg_ast *n = k->node;
    switch (k->what) {
    case TG_SUSPEND_IF: visit_tree(w, tg_n_if_then(n)), visit_tree(w, tg_n_if_else(n)); break;
    case TG_SUSPEND_FOR: visit_tree(w, tg_n_for_body(n)); break;
    case TG_SUSPEND_WHILE: visit_tree(w, n); break;
    case TG_SUSPEND_FINAL: visit_fn(w, n->fn); break;
    case TG_SUSPEND_CLAUSE:
    case TG_SUSPEND_CLAUSE_IF: visit_later_clauses(w, n); break;
    case TG_SUSPEND_AND:
    case TG_SUSPEND_OR: visit_tree(w, tg_n_binary_right(n)); break;
    case TG_SUSPEND_CHAIN: visit_tree(w, n); break;
    case TG_SUSPEND_TRY:
        for (uint32_t i = 1; i < tg_n_call_args(n).count; i++) visit_tree(w, tg_n_call_args(n).items[i]);
        break;
    default: break; /* a call: its arguments are values, which it holds */
    }
}

static void visit_rest(struct maycall_walk *w, const struct tg_rest *r)
{
    struct tg_kids statements = r->what == TG_REST_BLOCK ? tg_n_block_statements(r->node) : (struct tg_kids){0};
    for (uint32_t i = r->next; i < statements.count; i++) visit_tree(w, statements.items[i]);
    if (r->what == TG_REST_FOR) visit_tree(w, tg_n_for_body(r->node));
    if (r->what == TG_REST_WHILE) visit_tree(w, r->node);
}

static int by_naming(const void *va, const void *vb)
{
    const struct tg_maycall *a = va, *b = vb;
    return (a->span.start > b->span.start) - (a->span.start < b->span.start);
}

/* Two at one place are one: a function of a loop, say, that is walked as a value and by its name. */
static void join_places(tg_maycalls *calls)
{
    size_t kept = 0;
    if (calls->count) qsort(calls->items, calls->count, sizeof *calls->items, by_naming);
    for (size_t i = 0; i < calls->count; i++)
        if (!kept || calls->items[kept - 1].span.start != calls->items[i].span.start) calls->items[kept++] = calls->items[i];
    calls->count = kept;
}

void tg_maycall_find(const struct tg_graph *g, tg_id id, tg_maycalls *out)
{
    struct maycall_walk w = {.out = out};
    out->count = 0;
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++) {
        if (tg_arg_kind(g->args[i]) != TG_ARG_POOL) continue;
        const struct tg_continuation *k = tg_suspend_find(g->pool.items[tg_arg_payload(g->args[i])]);
        if (!k) continue;
        visit_start(&w, k);
        for (uint32_t r = 0; r < k->rest_count; r++) visit_rest(&w, &k->rests[r]);
        k->base.held(&k->base, visit_function_in, &w);
    }
    join_places(out);
    tg_vec_done(&w.seen);
}
