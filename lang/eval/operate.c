/* SPDX-License-Identifier: MIT
 * Operators. On known numbers they are done here; anything else is the task of the built-in plugin with the
 * operator's name, run at once on known values and added to the graph where a future is among them. */
#include "lang/eval/operate.h"

#include "lang/eval/call.h"
#include "lang/eval/continue.h"
#include "lang/eval/core_task.h"
#include "lang/eval/site.h"
#include "lang/eval/suspend.h"

/* ---- arithmetic and comparison ------------------------------------------------------------------- */

static inline bool operate_ints(enum tg_op op, int64_t a, int64_t b, tg_value *out)
{
    int64_t r;
    switch (op) {
    case TG_OP_ADD: return !__builtin_add_overflow(a, b, &r) && (*out = tg_int(r), true);
    case TG_OP_SUB: return !__builtin_sub_overflow(a, b, &r) && (*out = tg_int(r), true);
    case TG_OP_MUL: return !__builtin_mul_overflow(a, b, &r) && (*out = tg_int(r), true);
    case TG_OP_MOD: return b > 0 && (r = a % b, *out = tg_int(r < 0 ? r + b : r), true);
    case TG_OP_FLOORDIV: return b > 0 && (r = a / b, *out = tg_int(r - (a % b < 0)), true);
    case TG_OP_EQ: return *out = tg_bool(a == b), true;
    case TG_OP_NE: return *out = tg_bool(a != b), true;
    case TG_OP_LT: return *out = tg_bool(a < b), true;
    case TG_OP_LE: return *out = tg_bool(a <= b), true;
    case TG_OP_GT: return *out = tg_bool(a > b), true;
    case TG_OP_GE: return *out = tg_bool(a >= b), true;
    default: return false;
    }
}

/* list + list, text + text, record + record: where the left one is nobody else's it grows in place. */
static bool append(tg_value a, tg_value b, tg_value *out)
{
    if (tg_kind(a) != tg_kind(b)) return false;
    if (tg_kind(a) == TG_STR || tg_kind(a) == TG_BYTES) {
        *out = tg_str_append(a, tg_str_of(b)->data, tg_str_of(b)->length);
        tg_value_unref(b);
        return true;
    }
    if (tg_kind(a) == TG_RECORD) {
        *out = tg_record_join(a, b);
        tg_value_unref(b);
        return true;
    }
    if (tg_kind(a) != TG_LIST) return false;
    struct tg_list *more = tg_list_of(b);
    tg_value list = tg_list_own(a, more->count);
    for (size_t i = 0; i < more->count; i++) tg_list_add(list, tg_value_ref(more->items[i]));
    tg_value_unref(b);
    *out = list;
    return true;
}

static bool grows(enum tg_kind kind)
{
    return kind == TG_LIST || kind == TG_RECORD;
}

/* The task `+` for a list or record that is not known yet: it may have no other use when the task runs. */
static int run_append(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    tg_value left;
    if (!grows(tg_kind(args[0])) || tg_kind(args[1]) != tg_kind(args[0]) || !tg_fragment_take_input(ctx, 0, &left))
        return ((const struct tg_def *)ctx->def->data)->fn(ctx, args, count, out);
    return append(left, tg_value_ref(args[1]), out) ? TG_OK : TG_FAIL;
}

/* `+` with another function; made when it is first asked for. */
static const struct tg_def *append_def(struct tg_eval *e)
{
    struct tg_continue_pool *pool = e->program->pool;
    pthread_mutex_lock(&pool->lock);
    if (!pool->append.fn) {
        const struct tg_def *plus = tg_core_task_def(e, tg_ast_op_text(TG_OP_ADD));
        pool->append = *plus;
        pool->append.fn = run_append;
        pool->append.data = (void *)plus;
    }
    pthread_mutex_unlock(&pool->lock);
    return &pool->append;
}

/* A list or record, or what will be one. */
static bool will_grow(struct tg_eval *e, tg_value v)
{
    if (tg_kind(v) != TG_FUTURE) return grows(tg_kind(v));
    tg_kinds kinds = tg_site_of_future(e, v)->returns;
    return kinds == TG_KIND_BIT(TG_LIST) || kinds == TG_KIND_BIT(TG_RECORD);
}

tg_value tg_operate(struct tg_eval *e, const struct tg_ast *n, enum tg_op op, tg_value take_a, tg_value take_b)
{
    tg_value out;
    if (take_a.tag == TG_INT && take_b.tag == TG_INT && operate_ints(op, take_a.i, take_b.i, &out)) return out;
    if (op == TG_OP_ADD && append(take_a, take_b, &out)) return out;
    tg_value args[2] = {take_a, take_b};
    if (op == TG_OP_ADD && e->fragment && tg_kind(take_a) == TG_FUTURE && will_grow(e, take_b))
        return tg_call_task(e, n, append_def(e), args, 2);
    return tg_core_task_run(e, n, tg_ast_op_text(op), op == TG_OP_ADD || op == TG_OP_MUL, args, 2);
}

/* Apart, so that numbers save no registers for it. */
static __attribute__((noinline)) tg_value append_moved(struct tg_eval *e, const struct tg_ast *n, tg_value take_a,
                                                       tg_value take_b)
{
    tg_eval_move(e, tg_n_binary_left(n), take_a);
    return tg_operate(e, n, TG_OP_ADD, take_a, take_b);
}

tg_value tg_operate_binary(struct tg_eval *e, const struct tg_ast *n)
{
    tg_value a = tg_eval_operand(e, tg_n_binary_left(n)), out;
    if (tg_is_bad(a)) return a;
    tg_value b = tg_eval_operand(e, tg_n_binary_right(n));
    if (tg_is_bad(b)) return tg_value_unref(a), b;
    if (a.tag == TG_INT && b.tag == TG_INT && operate_ints(n->op, a.i, b.i, &out)) return out;
    if (n->op == TG_OP_ADD && a.tag >= TG_STR) return append_moved(e, n, a, b);
    return tg_operate(e, n, n->op, a, b);
}

tg_value tg_operate_unary(struct tg_eval *e, const struct tg_ast *n)
{
    tg_value v = tg_eval_expression(e, tg_n_unary_operand(n));
    if (tg_is_bad(v)) return v;
    if (n->op == TG_OP_NEG && v.tag == TG_INT && v.i != INT64_MIN) return tg_int(-v.i);
    if (n->op == TG_OP_NOT && tg_kind(v) != TG_FUTURE) {
        bool truth = tg_value_truth(v);
        tg_value_unref(v);
        return tg_bool(!truth);
    }
    return tg_core_task_run(e, n, n->op == TG_OP_NEG ? "neg" : n->op == TG_OP_POS ? "pos" : "not", false, &v, 1);
}

/* An operand that may as well be evaluated though nobody may need it: nothing is added by it, and it waits for nothing. */
static bool is_plain_operand(struct tg_eval *e, const struct tg_ast *n)
{
    switch (n->kind) {
    case TG_N_NIL:
    case TG_N_BOOL:
    case TG_N_INT:
    case TG_N_FLOAT:
    case TG_N_STR: return true;
    case TG_N_NAME: return n->ref == TG_REF_LOCAL && e->frame[n->slot].tag != TG_UNSET && !tg_future_in(e->frame[n->slot]);
    default: return false;
    }
}

/* As in Python: the result is one of the operands, and the right one is looked at only if it is needed: if the left one
 * is a future, when that is known. */
tg_value tg_operate_logic(struct tg_eval *e, const struct tg_ast *n)
{
    tg_value a = tg_eval_expression(e, tg_n_binary_left(n));
    const struct tg_ast *right = tg_n_binary_right(n);
    if (tg_is_bad(a)) return a;
    if (tg_kind(a) != TG_FUTURE) {
        if (tg_value_truth(a) == (n->op == TG_OP_OR)) return a;
        tg_value_unref(a);
        return tg_eval_expression(e, right);
    }
    if (!is_plain_operand(e, right))
        return tg_suspend_expression(e, n->op == TG_OP_AND ? TG_SUSPEND_AND : TG_SUSPEND_OR, n, 0, a, tg_nil());
    tg_value b = tg_eval_expression(e, right);
    if (tg_is_bad(b)) return b;
    TG_ASSERT(e->graph); /* a command has met no future */
    tg_value args[2] = {a, b};
    return tg_core_task_run(e, n, tg_ast_op_text(n->op), false, args, 2);
}

/* a < b <= c: every operand is evaluated once, and only if the comparisons before are true. */
tg_value tg_operate_chain_from(struct tg_eval *e, const struct tg_ast *n, uint32_t i, tg_value left)
{
    struct tg_kids links = tg_n_chain_links(n);
    for (;; i++) {
        TG_ASSERT(i < links.count && left.tag != TG_UNSET);
        const struct tg_ast *link = links.items[i];
        tg_value right = tg_eval_expression(e, tg_n_binary_right(link));
        if (tg_is_bad(right)) return tg_value_unref(left), right;
        tg_value one = tg_operate(e, link, link->op, left, tg_value_ref(right));
        left = right;
        bool ends = tg_is_bad(one) || i + 1 == links.count || (tg_kind(one) != TG_FUTURE && !tg_value_truth(one));
        if (!ends && tg_kind(one) == TG_FUTURE) return tg_suspend_expression(e, TG_SUSPEND_CHAIN, n, i + 1, one, left);
        if (!ends) continue;
        tg_value_unref(left);
        return one;
    }
}

tg_value tg_operate_chain(struct tg_eval *e, const struct tg_ast *n)
{
    tg_value left = tg_eval_expression(e, tg_n_chain_operand(n, 0));
    return tg_is_bad(left) ? left : tg_operate_chain_from(e, n, 0, left);
}
