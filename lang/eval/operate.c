/* SPDX-License-Identifier: MIT
 * Operators. On known numbers they are done here; anything else is the task of the built-in plugin with the
 * operator's name, run at once on known values and added to the graph where a future is among them. */
#include "lang/eval/suspend.h"

#include "lang/bind/resolve.h"

/* ---- tasks of the built-in plugin ---------------------------------------------------------------- */

static bool any_future(const tg_value *args, size_t count, bool structural)
{
    for (size_t i = 0; i < count; i++)
        if (structural ? tg_kind(args[i]) == TG_FUTURE : tg_has_future(args[i])) return true;
    return false;
}

/* Tasks of the built-in plugin, remembered by the address of the text that names them: always the same literal. */
const struct tg_def *tg_core_def(struct tg_eval *e, const char *task)
{
    struct tg_core_def *known = &e->core[(uintptr_t)task >> 1 & (TG_COUNT(e->core) - 1)];
    if (known->task != task) {
        known->def = tg_loaded_find(e->program->session->registry.plugins.items[0], task, strlen(task));
        known->task = task;
    }
    return known->def;
}

/* Operators say themselves what they cannot do: "cannot compute list - int". */
static bool is_operator(const char *name)
{
    return !(name[0] >= 'a' && name[0] <= 'z') || strcmp(name, "neg") == 0 || strcmp(name, "pos") == 0;
}

static tg_value run_now(struct tg_eval *e, const struct tg_node *n, const struct tg_def *def, tg_value *args, size_t count)
{
    for (size_t i = 0; i < count && !is_operator(def->name); i++) {
        const struct tg_sig_param *param = tg_sig_param_of(&def->sig, i);
        if (param->type.accepts & TG_KIND_BIT(tg_kind(args[i]))) continue;
        return tg_eval_misfit(e, n, param->name, def->name, &param->type, args[i]);
    }
    struct tg_ctx ctx = {.def = def, .options = tg_nil()};
    tg_value out = tg_nil();
    if (def->fn(&ctx, args, count, &out) == TG_OK) return out;
    return tg_eval_take(e, n, &ctx.err);
}

tg_value tg_core(struct tg_eval *e, const struct tg_node *n, const char *task, bool structural, tg_value *take_args,
                 size_t count)
{
    const struct tg_def *def = tg_core_def(e, task);
    tg_value full[8];
    if (!def->sig.rest && (count < def->sig.count || count > 2)) { /* defaults of the task's own signature */
        for (size_t i = 0; i < def->sig.count; i++) {
            bool given = i < count && take_args[i].tag != TG_UNSET;
            full[i] = given ? take_args[i] : tg_value_ref(def->sig.params[i].default_value);
        }
        take_args = full;
        count = def->sig.count;
    }
    if (any_future(take_args, count, structural)) return tg_add_task(e, n, def, take_args, count);
    tg_value out = run_now(e, n, def, take_args, count);
    tg_drop(take_args, count);
    return out;
}

/* ---- arithmetic and comparison ------------------------------------------------------------------- */

static inline bool int_op(enum tg_op op, int64_t a, int64_t b, tg_value *out)
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

/* list + list where the left one is nobody else's: grows in place. */
static bool list_append(tg_value a, tg_value b, tg_value *out)
{
    if (tg_kind(a) != TG_LIST || tg_kind(b) != TG_LIST) return false;
    struct tg_list *more = tg_get_list(b);
    tg_value list = tg_list_own(a, more->count);
    for (size_t i = 0; i < more->count; i++) tg_list_add(list, tg_value_ref(more->items[i]));
    tg_value_unref(b);
    *out = list;
    return true;
}

tg_value tg_operate(struct tg_eval *e, const struct tg_node *n, enum tg_op op, tg_value take_a, tg_value take_b)
{
    tg_value out;
    if (take_a.tag == TG_INT && take_b.tag == TG_INT && int_op(op, take_a.i, take_b.i, &out)) return out;
    if (op == TG_OP_ADD && list_append(take_a, take_b, &out)) return out;
    tg_value args[2] = {take_a, take_b};
    return tg_core(e, n, tg_op_text(op), op == TG_OP_ADD || op == TG_OP_MUL, args, 2);
}

tg_value tg_eval_binary(struct tg_eval *e, const struct tg_node *n)
{
    tg_value a = tg_eval_operand(e, n->kid[0]), out;
    if (tg_is_bad(a)) return a;
    tg_value b = tg_eval_operand(e, n->kid[1]);
    if (tg_is_bad(b)) return tg_value_unref(a), b;
    if (a.tag == TG_INT && b.tag == TG_INT && int_op(n->op, a.i, b.i, &out)) return out;
    return tg_operate(e, n, n->op, a, b);
}

tg_value tg_eval_unary(struct tg_eval *e, const struct tg_node *n)
{
    tg_value v = tg_eval_expression(e, n->kid[0]);
    if (tg_is_bad(v)) return v;
    if (n->op == TG_OP_NEG && v.tag == TG_INT && v.i != INT64_MIN) return tg_int(-v.i);
    if (n->op == TG_OP_NOT && tg_kind(v) != TG_FUTURE) {
        bool truth = tg_value_truth(v);
        tg_value_unref(v);
        return tg_bool(!truth);
    }
    return tg_core(e, n, n->op == TG_OP_NEG ? "neg" : n->op == TG_OP_POS ? "pos" : "not", false, &v, 1);
}

/* An operand that may as well be evaluated though nobody may need it: nothing is added by it, and it waits for nothing. */
static bool is_plain(struct tg_eval *e, const struct tg_node *n)
{
    switch (n->kind) {
    case TG_N_NIL: case TG_N_BOOL: case TG_N_INT: case TG_N_FLOAT: case TG_N_STR: return true;
    case TG_N_NAME: return n->op == TG_REF_LOCAL && e->frame[n->slot].tag != TG_UNSET && !tg_has_future(e->frame[n->slot]);
    default: return false;
    }
}

/* As in Python: the result is one of the operands, and the right one is looked at only if it is needed: if the left one
 * is a future, when that is known. */
tg_value tg_eval_logic(struct tg_eval *e, const struct tg_node *n)
{
    tg_value a = tg_eval_expression(e, n->kid[0]);
    if (tg_is_bad(a)) return a;
    if (tg_kind(a) != TG_FUTURE) {
        if (tg_value_truth(a) == (n->op == TG_OP_OR)) return a;
        tg_value_unref(a);
        return tg_eval_expression(e, n->kid[1]);
    }
    if (!is_plain(e, n->kid[1])) return tg_suspend_expression(e, n->op == TG_OP_AND ? TG_SUSPEND_AND : TG_SUSPEND_OR, n, 0, a, tg_nil());
    tg_value b = tg_eval_expression(e, n->kid[1]);
    if (tg_is_bad(b)) return b;
    tg_value args[2] = {a, b};
    return tg_core(e, n, tg_op_text(n->op), false, args, 2);
}

/* a < b <= c: every operand is evaluated once, and only if the comparisons before are true. */
tg_value tg_chain_from(struct tg_eval *e, const struct tg_node *n, uint32_t i, tg_value left)
{
    for (;; i++) {
        tg_value right = tg_eval_expression(e, n->kid[i]->kid[1]);
        if (tg_is_bad(right)) return tg_value_unref(left), right;
        tg_value one = tg_operate(e, n->kid[i], n->kid[i]->op, left, tg_value_ref(right));
        left = right;
        bool ends = tg_is_bad(one) || i + 1 == n->count || (tg_kind(one) != TG_FUTURE && !tg_value_truth(one));
        if (!ends && tg_kind(one) == TG_FUTURE) return tg_suspend_expression(e, TG_SUSPEND_CHAIN, n, i + 1, one, left);
        if (!ends) continue;
        tg_value_unref(left);
        return one;
    }
}

tg_value tg_eval_chain(struct tg_eval *e, const struct tg_node *n)
{
    tg_value left = tg_eval_expression(e, n->kid[0]->kid[0]);
    return tg_is_bad(left) ? left : tg_chain_from(e, n, 0, left);
}
