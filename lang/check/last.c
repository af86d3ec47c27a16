/* SPDX-License-Identifier: MIT
 * Last uses, by the usual walk: against the order of evaluation, with the set of variables that are read later ("live"). Binding a
 * variable takes it out of the set, reading puts it in; the two ways of an `if` are walked one by one and their sets joined. In
 * a loop all is live that is read anywhere in it. Where evaluation may go over something twice or in another order, nothing is
 * marked. Variables of the file that functions or other files read are none that this can tell about. */
#include "lang/check/last.h"

#include <stdlib.h>

#include "engine/base/alloc.h"
#include "lang/bind/callee.h"

struct last_walk {
    uint64_t *live; /* bits, by slot */
    size_t words;
    const uint64_t *around; /* what is live where the loop around ends or goes on; NULL: no loop */
    uint32_t unmarked;      /* not 0: nothing is marked */
};

static void visit_last(struct last_walk *w, struct tg_ast *n);
static void analyse_fn(const struct tg_fn *fn);

/* ---- sets ---------------------------------------------------------------------------------------- */

static inline bool is_live(const struct last_walk *w, uint32_t slot)
{
    return w->live[slot / 64] >> slot % 64 & 1;
}

static inline void make_live(uint64_t *set, uint32_t slot)
{
    set[slot / 64] |= UINT64_C(1) << slot % 64;
}

static void make_dead(struct last_walk *w, uint32_t slot)
{
    if (slot != TG_NO_SLOT) w->live[slot / 64] &= ~(UINT64_C(1) << slot % 64);
}

static uint64_t *copy_live(const struct last_walk *w)
{
    uint64_t *copy = tg_alloc(w->words * sizeof *copy);
    memcpy(copy, w->live, w->words * sizeof *copy);
    return copy;
}

static void join_live(struct last_walk *w, uint64_t *take_other)
{
    for (size_t i = 0; i < w->words; i++) w->live[i] |= take_other[i];
    free(take_other);
}

static void make_captures_live(uint64_t *set, const struct tg_fn *fn)
{
    for (size_t i = 0; i < fn->captures.count; i++) make_live(set, fn->captures.items[i].outer);
}

/* All that is read in n. */
static void gather_reads(uint64_t *set, const struct tg_ast *n)
{
    switch (n->kind) {
    case TG_N_NAME:
        if (n->ref == TG_REF_LOCAL) make_live(set, n->slot);
        return;
    case TG_N_AUGMENT: make_live(set, n->slot); break;
    case TG_N_FN:
    case TG_N_LAMBDA: make_captures_live(set, n->fn); return;
    case TG_N_TYPE:
    case TG_N_TARGETS:
    case TG_N_TASK: return;
    default: break;
    }
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) gather_reads(set, k.kid);
}

/* ---- constructs ---------------------------------------------------------------------------------- */

static void visit_kids_back(struct last_walk *w, struct tg_ast *n)
{
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_back(&k);) visit_last(w, k.kid);
}

static void visit_unmarked(struct last_walk *w, struct tg_ast *n)
{
    w->unmarked++;
    visit_last(w, n);
    w->unmarked--;
}

static void visit_two_ways(struct last_walk *w, struct tg_ast *n)
{
    uint64_t *after = copy_live(w);
    visit_last(w, tg_n_if_then(n));
    uint64_t *then = w->live;
    w->live = after;
    if (tg_n_if_else(n)) visit_last(w, tg_n_if_else(n));
    join_live(w, then);
    visit_last(w, tg_n_if_condition(n));
}

/* Operands of which some may not be evaluated. */
static void visit_operands(struct last_walk *w, struct tg_ast *n)
{
    uint64_t *after = copy_live(w);
    if (n->kind == TG_N_LOGIC) visit_last(w, tg_n_binary_right(n));
    else
        for (uint32_t i = tg_n_chain_links(n).count; i > 0; i--) visit_last(w, tg_n_chain_operand(n, i));
    join_live(w, after);
    visit_last(w, n->kind == TG_N_LOGIC ? tg_n_binary_left(n) : tg_n_chain_operand(n, 0));
}

static void visit_loop(struct last_walk *w, struct tg_ast *n)
{
    const uint64_t *outer = w->around;
    gather_reads(w->live, tg_n_loop_body(n));
    if (n->kind == TG_N_WHILE) gather_reads(w->live, tg_n_while_condition(n));
    uint64_t *around = copy_live(w);
    w->around = around;
    visit_last(w, tg_n_loop_body(n));
    w->around = outer;
    join_live(w, around);
    visit_last(w, n->kind == TG_N_FOR ? tg_n_for_over(n) : tg_n_while_condition(n));
}

/* Its clauses are loops, but for what the first goes through. */
static void visit_clauses(struct last_walk *w, struct tg_ast *n)
{
    struct tg_kids clauses = tg_n_comp_clauses(n);
    w->unmarked++;
    visit_last(w, tg_n_comp_item(n));
    for (uint32_t i = clauses.count; i-- > 0;) {
        struct tg_ast *c = clauses.items[i];
        if (c->kind != TG_N_CFOR) visit_last(w, tg_n_cif_condition(c));
        else visit_last(w, tg_n_cfor_over(c));
    }
    w->unmarked--;
}

static void visit_last_call(struct last_walk *w, struct tg_ast *n)
{
    struct tg_ast *callee = tg_n_call_callee(n);
    bool special = tg_callee_is_named(callee) && callee->ref == TG_REF_BUILTIN && callee->builtin->special;
    struct tg_kids args = tg_n_call_args(n);
    w->unmarked += special;
    for (uint32_t i = args.count; i-- > 0;) visit_last(w, args.items[i]);
    w->unmarked -= special;
    visit_last(w, callee);
}

/* The list of `xs[i]` is looked at when i is known. */
static void visit_index(struct last_walk *w, struct tg_ast *n)
{
    gather_reads(w->live, tg_n_index_base(n));
    visit_last(w, tg_n_index_at(n));
    visit_last(w, tg_n_index_base(n));
}

static void visit_assign(struct last_walk *w, struct tg_ast *n)
{
    struct tg_kids names = tg_n_targets_names(tg_n_assign_targets(n));
    for (uint32_t i = 0; i < names.count; i++) make_dead(w, names.items[i]->slot);
    visit_last(w, tg_n_assign_value(n));
}

static void visit_last_name(struct last_walk *w, struct tg_ast *n)
{
    if (n->ref != TG_REF_LOCAL) return;
    if (!w->unmarked && !is_live(w, n->slot)) n->flags |= TG_F_LAST;
    make_live(w->live, n->slot);
}

static void visit_last(struct last_walk *w, struct tg_ast *n)
{
    switch (n->kind) {
    case TG_N_NAME: visit_last_name(w, n); break;
    case TG_N_ASSIGN: visit_assign(w, n); break;
    case TG_N_AUGMENT:
        make_live(w->live, n->slot);
        visit_last(w, tg_n_augment_value(n));
        break;
    case TG_N_OUTPUT:
        make_dead(w, n->slot);
        visit_kids_back(w, n);
        break;
    case TG_N_IF: visit_two_ways(w, n); break;
    case TG_N_LOGIC:
    case TG_N_CHAIN: visit_operands(w, n); break;
    case TG_N_FOR:
    case TG_N_WHILE: visit_loop(w, n); break;
    case TG_N_COMP: visit_clauses(w, n); break;
    case TG_N_CALL: visit_last_call(w, n); break;
    case TG_N_INDEX: visit_index(w, n); break;
    case TG_N_OPTIONED:
    case TG_N_OPTIONS:
    case TG_N_PARAM:
        w->unmarked++;
        visit_kids_back(w, n);
        w->unmarked--;
        break;
    case TG_N_FN:
    case TG_N_LAMBDA:
        make_captures_live(w->live, n->fn);
        analyse_fn(n->fn);
        break;
    case TG_N_FINALLY: analyse_fn(n->fn); break;
    case TG_N_BREAK:
    case TG_N_CONTINUE: memcpy(w->live, w->around, w->words * sizeof *w->live); break;
    case TG_N_RETURN:
        memset(w->live, 0, w->words * sizeof *w->live);
        visit_kids_back(w, n);
        break;
    case TG_N_USE:
    case TG_N_IMPORT:
    case TG_N_TASK:
    case TG_N_EXTERN:
    case TG_N_TYPE:
    case TG_N_TARGETS:
    case TG_N_ERROR: break;
    default: visit_kids_back(w, n);
    }
}

/* ---- frames -------------------------------------------------------------------------------------- */

static struct last_walk begin_frame(uint32_t slot_count)
{
    size_t words = slot_count / 64 + 1;
    return (struct last_walk){.live = tg_alloc_zero(words * sizeof(uint64_t)), .words = words};
}

static void analyse_fn(const struct tg_fn *fn)
{
    struct last_walk w = begin_frame(fn->slot_count);
    visit_last(&w, (struct tg_ast *)fn->body);
    for (uint32_t i = fn->param_count; i-- > 0;)
        if (tg_n_parameter_default(fn->params.items[i])) visit_unmarked(&w, tg_n_parameter_default(fn->params.items[i]));
    free(w.live);
}

/* Variables that others read too are not used up by what is done here. */
static void unmark_shared(const uint64_t *shared, struct tg_ast *n)
{
    if (tg_ast_is(n, TG_IN(FN) | TG_IN(LAMBDA) | TG_IN(FINALLY) | TG_IN(TASK) | TG_IN(EXTERN))) return;
    if (n->kind == TG_N_NAME && n->ref == TG_REF_LOCAL && shared[n->slot / 64] >> n->slot % 64 & 1)
        n->flags &= (uint16_t)~TG_F_LAST;
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) unmark_shared(shared, k.kid);
}

/* Variables that are named from outside are looked at in the end. */
static void make_named_live(struct last_walk *w, const struct tg_program *p, const struct tg_module *m)
{
    for (uint32_t slot = 0; p->named_count && slot < m->slot_count; slot++) {
        const char *name = tg_program_name(p, m->variables.items[slot]);
        for (size_t i = 0; i < p->named_count; i++)
            if (strcmp(tg_program_task_word(p->named[i]), name) == 0) make_live(w->live, slot);
    }
}

void tg_last_uses(struct tg_program *p, struct tg_module *m)
{
    if (p->group_count == 0) return; /* nothing grows where there is no loop and no function */
    struct last_walk w = begin_frame(m->slot_count);
    bool imported = m != p->modules.items[0]; /* others may read all of it */
    w.unmarked = imported;
    if (!imported) make_named_live(&w, p, m);
    visit_last(&w, m->tree.file);
    memset(w.live, 0, w.words * sizeof *w.live);
    for (size_t i = 0; i < m->shared.count; i++) make_live(w.live, m->shared.items[i]);
    if (!imported && m->shared.count) unmark_shared(w.live, m->tree.file);
    free(w.live);
}
