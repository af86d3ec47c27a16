/* SPDX-License-Identifier: MIT
 * Loops and comprehensions. What is iterated: a list, a range that is never built (`a..b`, `range(..)`), the keys of a
 * record or, with two names, its keys and values, the characters of a str, a stream.
 *
 * Where that, or a condition, is the result of a task, a loop is suspended as a whole (suspend.c), or its rest after the
 * rounds that are known. Of a comprehension the clause is suspended: it gives a list, one piece of the whole. */
#include "lang/eval/iterate.h"

#include "engine/base/limits.h"
#include "engine/base/utf8.h"
#include "lang/bind/callee.h"
#include "lang/eval/as_completed.h"
#include "lang/eval/attempt.h"
#include "lang/eval/call.h"
#include "lang/eval/core_task.h"
#include "lang/eval/in_order.h"
#include "lang/eval/option.h"
#include "lang/eval/pairs.h"
#include "lang/eval/site.h"
#include "lang/eval/statement.h"
#include "lang/eval/suspend.h"

/* Items for which the list of a comprehension gets its room at once, where their number is known. */
#define RESERVE_MAX (1u << 22)

/* ---- iterators ----------------------------------------------------------------------------------- */

/* How it begins: not at all, with the first item, or when a task's result is known. */
enum begin { BEGIN_FAIL, BEGIN_NOW, BEGIN_WAIT };
/* The same for each item. */
enum item { ITEM_FAIL, ITEM_END, ITEM_IS, ITEM_WAIT };

static bool range_bounds(struct tg_eval *e, const struct tg_ast *n, const tg_value *v, size_t count, struct tg_iterator *it)
{
    int64_t from = count > 1 ? v[0].i : 0, to = count > 1 ? v[1].i : v[0].i, step = count > 2 ? v[2].i : 1;
    if (step == 0) return tg_eval_error(e, n, "the step of a range cannot be 0"), false;
    it->over = tg_nil();
    it->at = from;
    it->step = step;
    it->left = 0;
    if (step > 0 && from < to) it->left = ((uint64_t)to - (uint64_t)from - 1) / (uint64_t)step + 1;
    if (step < 0 && from > to) it->left = ((uint64_t)from - (uint64_t)to - 1) / -(uint64_t)step + 1;
    return true;
}

/* The bounds of a range as they are written. */
struct bounds {
    const struct tg_ast *items[3];
    uint32_t count;
};

/* `a..b`, `range(..)`? */
static bool is_range(const struct tg_ast *n, struct bounds *b)
{
    if (n->kind == TG_N_RANGE) {
        *b = (struct bounds){{tg_n_range_from(n), tg_n_range_to(n)}, 2};
        return true;
    }
    if (n->kind != TG_N_CALL || !tg_callee_is_builtin(tg_n_call_callee(n), TG_BUILTIN_RANGE)) return false;
    struct tg_kids args = tg_n_call_args(n);
    if (args.count == 0 || args.count > TG_COUNT(b->items)) return false;
    for (b->count = 0; b->count < args.count; b->count++) {
        if (args.items[b->count]->kind == TG_N_KEYWORD) return false;
        b->items[b->count] = args.items[b->count];
    }
    return true;
}

static bool begin_bounds(struct tg_eval *e, const struct tg_ast *n, const struct bounds *b, const tg_value *v,
                         struct tg_iterator *it)
{
    for (uint32_t i = 0; i < b->count; i++) {
        if (tg_kind(v[i]) == TG_INT) continue;
        tg_eval_error(e, b->items[i], "a bound of a range must be int, not %s", tg_value_kind_name(v[i]));
        tg_eval_skip_for(e, v[i]);
        return false;
    }
    return range_bounds(e, n, v, b->count, it);
}

static bool is_gone_through(tg_value v)
{
    return tg_kind(v) == TG_LIST || tg_kind(v) == TG_RECORD || tg_kind(v) == TG_STR || tg_is_stream(v);
}

static bool are_bounds(const tg_value *v, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (tg_kind(v[i]) != TG_INT) return false;
    return count < 3 || v[2].i != 0;
}

/* What fails though all is known is, if it may fail, done where a failure is none: when a task has given this. Takes v. */
static bool is_put_off(struct tg_eval *e, const struct tg_ast *n, tg_value *v)
{
    if (tg_kind(*v) == TG_FUNCTION || tg_is_stream(*v) || !tg_option_allows(e)) return false;
    *v = tg_call_unnoted(e, n, tg_core_task_def(e, "identity"), v, 1);
    return true;
}

/* A range, without making the list. *wait: a list of its bounds, if some are not known yet. */
static enum begin begin_range(struct tg_eval *e, const struct tg_ast *n, const struct bounds *b, struct tg_iterator *it,
                              tg_value *wait)
{
    tg_value v[TG_COUNT(b->items)];
    bool waits = false;
    for (uint32_t i = 0; i < b->count; i++) {
        v[i] = tg_eval_expression(e, b->items[i]);
        if (tg_is_bad(v[i])) return tg_value_unref_all(v, i), BEGIN_FAIL;
        waits = waits || tg_kind(v[i]) == TG_FUTURE;
    }
    if (!waits && !are_bounds(v, b->count)) waits = is_put_off(e, n, &v[0]);
    if (waits) {
        *wait = tg_list_make(b->count);
        for (uint32_t i = 0; i < b->count; i++) tg_list_add(*wait, v[i]);
        return BEGIN_WAIT;
    }
    enum begin begin = begin_bounds(e, n, b, v, it) ? BEGIN_NOW : BEGIN_FAIL;
    tg_value_unref_all(v, b->count);
    return begin;
}

/* Takes over. */
static bool begin_value(struct tg_eval *e, const struct tg_ast *n, tg_value over, struct tg_iterator *it)
{
    *it = (struct tg_iterator){.over = over};
    switch (tg_kind(over)) {
    case TG_LIST: it->left = tg_list_of(over)->count; return true;
    case TG_RECORD: it->left = tg_record_of(over)->count; return true;
    case TG_STR: it->left = tg_str_of(over)->length; return true;
    default:
        if (tg_is_stream(over)) return true;
        tg_eval_error(e, n, "cannot go through a value of type %s", tg_value_kind_name(over));
        tg_eval_skip_for(e, over);
        tg_value_unref(over);
        return false;
    }
}

/* Evaluates what is gone through. *wait: what must be known before. */
static enum begin begin_iterator(struct tg_eval *e, const struct tg_ast *n, struct tg_iterator *it, tg_value *wait)
{
    struct bounds bounds;
    if (is_range(n, &bounds)) return begin_range(e, n, &bounds, it, wait);
    tg_value over = tg_eval_expression(e, n);
    if (tg_is_bad(over)) return BEGIN_FAIL;
    *wait = over;
    if (tg_kind(over) == TG_FUTURE || (!is_gone_through(over) && is_put_off(e, n, wait))) return BEGIN_WAIT;
    return begin_value(e, n, over, it) ? BEGIN_NOW : BEGIN_FAIL;
}

/* The same with what was waited for, which is taken. */
static bool begin_awaited(struct tg_eval *e, const struct tg_ast *n, tg_value take_known, struct tg_iterator *it)
{
    struct bounds bounds;
    if (!is_range(n, &bounds)) return begin_value(e, n, take_known, it);
    TG_ASSERT(tg_list_of(take_known)->count == bounds.count);
    bool fine = begin_bounds(e, n, &bounds, tg_list_of(take_known)->items, it);
    tg_value_unref(take_known);
    return fine;
}

static inline bool take_next_known(struct tg_iterator *it, tg_value *out)
{
    TG_ASSERT(tg_kind(it->over) != TG_LIST || it->next + it->left == tg_list_of(it->over)->count);
    if (it->left == 0) return false;
    it->left--;
    switch (tg_kind(it->over)) {
    case TG_NIL:
        *out = tg_int(it->at);
        it->at = (int64_t)((uint64_t)it->at + (uint64_t)it->step);
        return true;
    case TG_LIST: *out = tg_value_ref(tg_list_of(it->over)->items[it->next++]); return true;
    case TG_RECORD: *out = tg_value_ref(tg_record_of(it->over)->fields[it->next++].key); return true;
    default: {
        const struct tg_str *t = tg_str_of(it->over);
        size_t length = tg_utf8_length(t->data + it->next, t->length - it->next);
        if (length == 0) length = 1;
        *out = tg_str_make(TG_STR, t->data + it->next, length);
        it->next += length;
        it->left = t->length - it->next;
        return true;
    }
    }
}

/* The next item, of a stream, too. ITEM_WAIT: *out is what it waits for. */
static inline enum item take_next_item(struct tg_eval *e, const struct tg_ast *n, struct tg_iterator *it, tg_value *out)
{
    if (__builtin_expect(tg_kind(it->over) != TG_OBJECT, 1)) return take_next_known(it, out) ? ITEM_IS : ITEM_END;
    switch (tg_as_completed_step(e, n, it->over, out)) {
    case TG_STREAM_ITEM: return ITEM_IS;
    case TG_STREAM_WAIT: return ITEM_WAIT;
    case TG_STREAM_END: return ITEM_END;
    default: return ITEM_FAIL;
    }
}

static void end_iterator(struct tg_iterator *it)
{
    tg_value_unref(it->over);
}

/* ---- binding ------------------------------------------------------------------------------------- */

bool tg_iterate_unpack(struct tg_eval *e, const struct tg_ast *targets, tg_value take)
{
    struct tg_kids names = tg_n_targets_names(targets);
    bool list = tg_kind(take) == TG_LIST || is_put_off(e, targets, &take);
    if (tg_kind(take) == TG_FUTURE) list = tg_site_of_future(e, take)->returns & TG_KIND_BIT(TG_LIST);
    if (!list) {
        tg_eval_error(e, targets, "only a list can be taken apart into %u names%s%s", names.count,
                      tg_kind(take) == TG_FUTURE ? "" : ", not ", tg_kind(take) == TG_FUTURE ? "" : tg_value_kind_name(take));
        return tg_value_unref(take), false;
    }
    for (uint32_t i = 0; i < names.count; i++) {
        tg_value args[3] = {tg_value_ref(take), tg_int(i), tg_int(names.count)};
        tg_value v = tg_core_task_run(e, targets, "unpack", true, args, 3); /* a future is taken apart by tasks */
        if (tg_is_bad(v)) return tg_value_unref(take), false;
        tg_slot_set(&e->frame[names.items[i]->slot], v);
    }
    tg_value_unref(take);
    return true;
}

/* The field whose key has just been taken, by two names. */
static bool bind_field(struct tg_eval *e, const struct tg_ast *targets, const struct tg_iterator *it, tg_value take_key)
{
    struct tg_kids names = tg_n_targets_names(targets);
    if (names.count == 2) {
        tg_slot_set(&e->frame[names.items[0]->slot], take_key);
        tg_slot_set(&e->frame[names.items[1]->slot], tg_value_ref(tg_record_of(it->over)->fields[it->next - 1].value));
        return true;
    }
    tg_value_unref(take_key);
    tg_eval_error(e, targets, "a field of a record is taken apart into two names, its key and its value, not %u", names.count);
    return false;
}

/* Binds the targets of a loop to the item that has just been taken; takes it. */
static inline bool bind_item(struct tg_eval *e, const struct tg_ast *targets, const struct tg_iterator *it, tg_value take)
{
    if (__builtin_expect(tg_kind(it->over) == TG_RECORD, 0) && tg_n_targets_names(targets).count > 1)
        return bind_field(e, targets, it, take);
    return tg_iterate_bind(e, targets, take);
}

/* ---- comprehensions ------------------------------------------------------------------------------ */

/* What a comprehension gives: known items (of a record: keys and values by turns), or pieces, if some of it is suspended. */
struct pieces {
    tg_value list;   /* the items since the last piece that is a future */
    tg_value before; /* a list of the pieces before; nil: none */
};

/* Takes the future of a list. */
static void add_piece(struct pieces *p, tg_value future)
{
    if (tg_kind(p->before) == TG_NIL) p->before = tg_list_make(2);
    if (tg_list_of(p->list)->count > 0) {
        tg_list_add(p->before, p->list);
        p->list = tg_list_make(0);
    }
    TG_ASSERT(tg_kind(future) == TG_FUTURE);
    tg_list_add(p->before, future);
}

static bool suspend_clause(struct tg_eval *e, const struct tg_ast *n, uint32_t i, enum tg_suspend_kind what, tg_value trigger,
                           tg_value over, struct pieces *p)
{
    tg_value future = tg_suspend_expression(e, what, n, i, trigger, over);
    if (tg_is_bad(future)) return false;
    add_piece(p, future);
    return true;
}

static bool eval_clause(struct tg_eval *e, const struct tg_ast *n, uint32_t i, struct pieces *p);

/* All that the iterator has; ends it. */
static bool eval_rounds(struct tg_eval *e, const struct tg_ast *n, uint32_t i, struct tg_iterator *it, struct pieces *p)
{
    struct tg_kids clauses = tg_n_comp_clauses(n);
    const struct tg_ast *over = tg_n_cfor_over(clauses.items[i]), *targets = tg_n_cfor_targets(clauses.items[i]);
    tg_value v = tg_nil();
    enum item item = ITEM_IS;
    bool fine = true;
    if (clauses.count == 1 && it->left <= RESERVE_MAX) p->list = tg_list_own(p->list, it->left << tg_n_comp_is_record(n));
    while (fine && (item = take_next_item(e, over, it, &v)) == ITEM_IS)
        fine = bind_item(e, targets, it, v) && eval_clause(e, n, i + 1, p) && !tg_eval_stopped(e, n);
    if (fine && item == ITEM_WAIT) fine = suspend_clause(e, n, i, TG_SUSPEND_CLAUSE, v, tg_value_ref(it->over), p);
    end_iterator(it);
    return fine && item != ITEM_FAIL;
}

static bool eval_clause_for(struct tg_eval *e, const struct tg_ast *n, uint32_t i, struct pieces *p)
{
    struct tg_iterator it;
    tg_value wait;
    switch (begin_iterator(e, tg_n_cfor_over(tg_n_comp_clauses(n).items[i]), &it, &wait)) {
    case BEGIN_NOW: return eval_rounds(e, n, i, &it, p);
    case BEGIN_WAIT: return suspend_clause(e, n, i, TG_SUSPEND_CLAUSE, wait, tg_nil(), p);
    default: return false;
    }
}

static bool eval_clause(struct tg_eval *e, const struct tg_ast *n, uint32_t i, struct pieces *p)
{
    struct tg_kids clauses = tg_n_comp_clauses(n);
    TG_ASSERT(i <= clauses.count);
    if (i == clauses.count) {
        if (tg_n_comp_is_record(n)) return tg_pairs_add(e, tg_n_comp_item(n), p->list);
        tg_value v = tg_attempt_item(e, tg_n_comp_item(n), n->flags & TG_F_ATTEMPTS);
        if (tg_is_bad(v)) return false;
        tg_list_add(p->list, v);
        return true;
    }
    if (clauses.items[i]->kind == TG_N_CFOR) return eval_clause_for(e, n, i, p);
    tg_value future;
    switch (tg_eval_truth(e, tg_n_cif_condition(clauses.items[i]), &future)) {
    case TG_NO: return true;
    case TG_YES: return eval_clause(e, n, i + 1, p);
    case TG_WAIT: return suspend_clause(e, n, i + 1, TG_SUSPEND_CLAUSE_IF, future, tg_nil(), p);
    default: return false;
    }
}

/* The list, or the future of the whole. */
static tg_value join_pieces(struct tg_eval *e, const struct tg_ast *n, struct pieces *p, bool fine)
{
    if (!fine) {
        tg_value_unref(p->list);
        tg_value_unref(p->before);
        return tg_bad();
    }
    if (tg_kind(p->before) == TG_NIL) return p->list;
    if (tg_list_of(p->list)->count > 0) tg_list_add(p->before, p->list);
    else tg_value_unref(p->list);
    struct tg_list *pieces = tg_list_of(p->before);
    TG_ASSERT(pieces->count > 0);
    tg_value out;
    if (pieces->count == 1) {
        out = tg_value_ref(pieces->items[0]);
    } else {
        for (size_t i = 0; i < pieces->count; i++) tg_value_ref(pieces->items[i]);
        out = tg_core_task_run(e, n, "concat", false, pieces->items, pieces->count);
    }
    tg_value_unref(p->before);
    return out;
}

static struct pieces no_pieces(void)
{
    return (struct pieces){tg_list_make(0), tg_nil()};
}

tg_value tg_iterate_comprehension(struct tg_eval *e, const struct tg_ast *n)
{
    uint32_t group = e->group;
    e->group = n->group;
    struct pieces p = no_pieces();
    tg_value out = join_pieces(e, n, &p, eval_clause(e, n, 0, &p));
    if (tg_n_comp_is_record(n) && !tg_is_bad(out)) out = tg_pairs_join(e, n, out);
    e->group = group;
    return out;
}

tg_value tg_iterate_clause_over(struct tg_eval *e, const struct tg_ast *n, uint32_t i, tg_value take_over)
{
    struct tg_iterator it;
    if (!begin_awaited(e, tg_n_cfor_over(tg_n_comp_clauses(n).items[i]), take_over, &it)) return tg_bad();
    struct pieces p = no_pieces();
    return join_pieces(e, n, &p, eval_rounds(e, n, i, &it, &p));
}

tg_value tg_iterate_clause_from(struct tg_eval *e, const struct tg_ast *n, uint32_t i)
{
    struct pieces p = no_pieces();
    return join_pieces(e, n, &p, eval_clause(e, n, i, &p));
}

/* ---- statements ---------------------------------------------------------------------------------- */

/* In order the rest of the loop waits for what its head has made. */
static enum tg_flow suspend_loop(struct tg_eval *e, enum tg_suspend_kind what, const struct tg_ast *n, tg_value take_trigger)
{
    if (tg_in_order_step_of(e, n, tg_n_loop_body(n))) return tg_suspend_at(e, what, n, take_trigger, false);
    tg_value_unref(take_trigger);
    return TG_FLOW_FAIL;
}

enum tg_flow tg_iterate_for_rounds(struct tg_eval *e, const struct tg_ast *n, struct tg_iterator *it)
{
    uint32_t group = e->group;
    tg_value v;
    enum item item = ITEM_IS;
    e->group = n->group;
    enum tg_flow flow = TG_FLOW_NEXT;
    while (flow == TG_FLOW_NEXT && (item = take_next_item(e, tg_n_for_over(n), it, &v)) == ITEM_IS) {
        flow = bind_item(e, tg_n_for_targets(n), it, v) ? tg_statement_run(e, tg_n_for_body(n)) : TG_FLOW_FAIL;
        if (flow == TG_FLOW_CONTINUE) flow = TG_FLOW_NEXT;
        if (flow == TG_FLOW_NEXT && tg_eval_stopped(e, n)) flow = TG_FLOW_FAIL;
    }
    e->group = group;
    TG_ASSERT(item == ITEM_IS || flow == TG_FLOW_NEXT);
    if (item == ITEM_FAIL) flow = TG_FLOW_FAIL;
    if (flow == TG_FLOW_SUSPEND || item == ITEM_WAIT) {
        if (item == ITEM_WAIT) flow = suspend_loop(e, TG_SUSPEND_WAIT, n, v);
        tg_suspend_rest(e, (struct tg_rest){.what = TG_REST_FOR, .node = n, .group = group, .it = *it});
    } else {
        end_iterator(it);
    }
    return flow == TG_FLOW_BREAK ? TG_FLOW_NEXT : flow;
}

enum tg_flow tg_iterate_for_over(struct tg_eval *e, const struct tg_ast *n, tg_value take_over)
{
    struct tg_iterator it;
    return begin_awaited(e, tg_n_for_over(n), take_over, &it) ? tg_iterate_for_rounds(e, n, &it) : TG_FLOW_FAIL;
}

enum tg_flow tg_iterate_for(struct tg_eval *e, const struct tg_ast *n)
{
    struct tg_iterator it;
    tg_value wait;
    switch (begin_iterator(e, tg_n_for_over(n), &it, &wait)) {
    case BEGIN_NOW: return tg_suspend_construct(e, n, tg_iterate_for_rounds(e, n, &it), NULL);
    case BEGIN_WAIT: return tg_suspend_construct(e, n, suspend_loop(e, TG_SUSPEND_FOR, n, wait), NULL);
    default: return TG_FLOW_FAIL;
    }
}

enum tg_flow tg_iterate_while_rounds(struct tg_eval *e, const struct tg_ast *n, enum tg_truth first)
{
    uint32_t group = e->group;
    enum tg_flow flow = TG_FLOW_NEXT;
    e->group = n->group;
    for (enum tg_truth truth = first;; truth = TG_WAIT) {
        tg_value future;
        if (tg_eval_stopped(e, n) || !tg_in_order_step_of(e, n, tg_n_while_body(n))) truth = TG_WRONG;
        else if (truth == TG_WAIT && (truth = tg_eval_truth(e, tg_n_while_condition(n), &future)) == TG_WAIT) {
            e->group = group;
            return suspend_loop(e, TG_SUSPEND_WHILE, n, future);
        }
        if (truth == TG_WRONG) flow = TG_FLOW_FAIL;
        if (truth != TG_YES) break;
        flow = tg_statement_run(e, tg_n_while_body(n));
        if (flow == TG_FLOW_CONTINUE) flow = TG_FLOW_NEXT;
        if (flow != TG_FLOW_NEXT) break;
    }
    e->group = group;
    if (flow == TG_FLOW_SUSPEND) tg_suspend_rest(e, (struct tg_rest){.what = TG_REST_WHILE, .node = n, .group = group});
    return flow == TG_FLOW_BREAK ? TG_FLOW_NEXT : flow;
}

enum tg_flow tg_iterate_while(struct tg_eval *e, const struct tg_ast *n)
{
    return tg_suspend_construct(e, n, tg_iterate_while_rounds(e, n, TG_WAIT), NULL);
}
