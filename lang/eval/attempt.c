/* SPDX-License-Identifier: MIT
 * Attempts, `try` and `attempt`. */
#include "lang/eval/attempt.h"

#include <stdlib.h>

#include "engine/grow/stream.h"
#include "engine/run/failing.h"
#include "engine/value/record.h"
#include "engine/value/str.h"
#include "lang/bind/callee.h"
#include "lang/eval/builtin.h"
#include "lang/eval/call.h"
#include "lang/eval/core_task.h"
#include "lang/eval/option.h"
#include "lang/eval/site.h"
#include "lang/eval/suspend.h"

/* ---- tasks --------------------------------------------------------------------------------------- */

/* (message, where it starts, where it ends): fails as evaluation did. */
static int fail_attempt(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count, (void)out;
    tg_err_at(&ctx->err, TG_EXIT_FAILED, (tg_span){(uint32_t)args[1].i, (uint32_t)args[2].i}, "%s", tg_str_of(args[0])->data);
    return TG_FAIL;
}

/* try(x, default), run though nobody may use what it gives: something in x is run for its effect. */
static int catch_effect(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    *out = tg_value_ref(args[tg_kind(args[0]) == TG_FAILED]);
    return TG_OK;
}

/* {ok, value, error}; the error is nil if it went well. */
static tg_value attempt_record(tg_value take_value, tg_value take_error)
{
    tg_value record = tg_record_make(3);
    tg_record_put(record, tg_str("ok"), tg_bool(tg_kind(take_error) == TG_NIL));
    tg_record_put(record, tg_str("value"), take_value);
    tg_record_put(record, tg_str("error"), take_error);
    return record;
}

static int tell_attempt(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    struct tg_buf b = {0};
    if (tg_kind(args[0]) == TG_FAILED) {
        tg_failing_text(args[0], &b);
        tg_secrets_hide(ctx->services ? ctx->services->secrets : NULL, &b, 0); /* whoever has it may write it anywhere */
        *out = attempt_record(tg_nil(), tg_str_make(TG_STR, tg_buf_str(&b), b.length));
    } else {
        *out = attempt_record(tg_value_ref(args[0]), tg_nil());
    }
    tg_buf_done(&b);
    return TG_OK;
}

static struct tg_sig_param fail_params[] = {{.name = "message", .type = TG_TYPE_OF(TG_KIND_BIT(TG_STR))},
                                            {.name = "start", .type = TG_TYPE_OF(TG_KIND_BIT(TG_INT))},
                                            {.name = "end", .type = TG_TYPE_OF(TG_KIND_BIT(TG_INT))}},
                           try_params[] = {{.name = "x", .type = TG_TYPE_OF(TG_KINDS_ANY)},
                                           {.name = "default", .type = TG_TYPE_OF(TG_KINDS_ANY)}};

#define TELL_DEF(with_effects)                                                    \
    {                                                                             \
        .name = "attempt", .plugin = "core", .doc = "", .fn = tell_attempt,       \
        .flags = TG_DEF_CATCHES | TG_DEF_TELLS | TG_DEF_UNCHECKED | TG_DEF_QUICK, \
        .sig = {.name = "attempt",                                                \
                .count = 1,                                                       \
                .required = 1,                                                    \
                .effect = (with_effects),                                         \
                .params = try_params,                                             \
                .result = TG_TYPE_OF(TG_KIND_BIT(TG_RECORD))},                    \
    }
static const struct tg_def tell_defs[] = {TELL_DEF(false), TELL_DEF(true)}; /* by whether x is run for effects */

#define FAIL_DEF(text, more)                                                                                      \
    {                                                                                                             \
        .name = (text), .plugin = "core", .doc = "", .fn = fail_attempt, .flags = TG_DEF_QUICK | (more), .sig = { \
            .name = (text),                                                                                       \
            .count = 3,                                                                                           \
            .required = 3,                                                                                        \
            .params = fail_params,                                                                                \
            .result = TG_TYPE_OF(TG_KINDS_ANY)                                                                    \
        }                                                                                                         \
    }
static const struct tg_def fail_def = FAIL_DEF("fail", 0),
                           final_fail_def = FAIL_DEF("finally", TG_DEF_EXPANDS), /* said as of the block itself */
    try_def = {.name = "try",
               .plugin = "core",
               .doc = "",
               .fn = catch_effect,
               .flags = TG_DEF_CATCHES | TG_DEF_UNCHECKED | TG_DEF_QUICK,
               .sig = {.name = "try",
                       .count = 2,
                       .required = 2,
                       .effect = true,
                       .params = try_params,
                       .result = TG_TYPE_OF(TG_KINDS_ANY)}};

/* What a built-in function that may fail has become; said as of the call itself. */
#define FAILED_CALL(id, text) [TG_BUILTIN_##id] = FAIL_DEF(text, TG_DEF_EXPANDS)
static const struct tg_def failed_call = FAIL_DEF("call", TG_DEF_EXPANDS);
static const struct tg_def failed_calls[TG_BUILTIN_END] = {
    FAILED_CALL(ENV, "env"),
    FAILED_CALL(EXISTS, "exists"),
    FAILED_CALL(FILTER, "filter"),
    FAILED_CALL(FOLD, "fold"),
    FAILED_CALL(GLOB, "glob"),
    FAILED_CALL(GROUP_BY, "group_by"),
    FAILED_CALL(HERE, "here"),
    FAILED_CALL(MAP, "map"),
    FAILED_CALL(READ_JSON, "read_json"),
    FAILED_CALL(READ_JSONL, "read_jsonl"),
    FAILED_CALL(READ_TABLE, "read_table"),
    FAILED_CALL(REDUCE, "reduce"),
    FAILED_CALL(SORTED, "sorted"),
};

/* ---- attempts ------------------------------------------------------------------------------------ */

void tg_attempt_begin(struct tg_eval *e, struct tg_attempt *a)
{
    *a = (struct tg_attempt){.outer = e->err, .first = e->effects.count, .caught = e->caught, .collects = e->collects};
    if (e->attempts++ == 0) e->err_outside = e->err;
    e->err = &a->err;
    e->collects = e->graph ? TG_COLLECTS_EFFECTS : TG_COLLECTS_NOTHING;
    e->caught = true;
}

void tg_attempt_refuse(struct tg_eval *e)
{
    if (e->attempts == 0) return;
    e->refused = true;
    e->err = e->err_outside;
}

/* True if evaluation failed in a way that is not caught. */
static bool end_catching(struct tg_eval *e, struct tg_attempt *a)
{
    bool refused = e->refused;
    e->err = a->outer;
    e->collects = a->collects;
    e->caught = a->caught;
    if (--e->attempts == 0) e->refused = false;
    if (!refused) return false;
    tg_err_done(&a->err);
    e->effects.count = a->first;
    return true;
}

static int compare_ids(const void *a, const void *b)
{
    tg_id x = (tg_id)((const tg_value *)a)->bits, y = (tg_id)((const tg_value *)b)->bits;
    return x < y ? -1 : x > y;
}

struct own_effects {
    tg_value *items;
    size_t count;
};

/* Whoever has the value waits for this one already. */
static void forget_held(void *effects, tg_id id)
{
    struct own_effects *own = effects;
    tg_value key = tg_future(id), *found = bsearch(&key, own->items, own->count, sizeof key, compare_ids);
    if (found) found->tag = TG_UNSET;
}

/* The effects of the attempt that are not the value itself or in it, as arguments behind args[0]. */
static void add_effects(struct tg_eval *e, const struct tg_attempt *a, tg_value v, tg_value *args, size_t *count)
{
    struct own_effects own = {e->effects.items + a->first, e->effects.count - a->first};
    qsort(own.items, own.count, sizeof *own.items, compare_ids);
    if (tg_future_in(v) && tg_kind(v) != TG_FUNCTION) tg_future_held(v, forget_held, &own);
    for (size_t i = 0; i < own.count; i++)
        if (own.items[i].tag != TG_UNSET) args[(*count)++] = own.items[i];
}

/* No task can pass it on, so the effects of the attempt are left to whatever is around. */
static bool leaves_effects(struct tg_eval *e, const struct tg_attempt *a, tg_value v)
{
    if (tg_kind(v) != TG_FUNCTION && !tg_is_stream(v)) return false;
    if (e->collects) return true;
    for (size_t i = a->first; e->fragment && i < e->effects.count; i++)
        tg_fragment_own_failure(e->fragment, (tg_id)e->effects.items[i].bits, false);
    e->effects.count = a->first;
    return true;
}

/* v after the effects of the attempt. */
static tg_value wait_for_effects(struct tg_eval *e, const struct tg_attempt *a, const struct tg_ast *n, tg_value take_v)
{
    size_t count = 1, room = e->effects.count - a->first + 1;
    if (room == 1 || tg_is_bad(take_v) || leaves_effects(e, a, take_v)) return take_v;
    tg_value *args = tg_alloc(room * sizeof *args);
    args[0] = take_v;
    add_effects(e, a, take_v, args, &count);
    e->effects.count = a->first;
    if (count > 1) take_v = tg_call_unnoted(e, n, tg_core_task_def(e, "after"), args, count);
    free(args);
    return take_v;
}

static tg_value failing_task(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, struct tg_err *err)
{
    tg_span at = err->span.end ? err->span : n->span;
    tg_value args[3] = {tg_str(err->message), tg_int(at.start), tg_int(at.end)};
    tg_err_done(err);
    return tg_call_unnoted(e, n, def, args, 3);
}

tg_value tg_attempt_failure(struct tg_eval *e, const struct tg_ast *n, struct tg_err *err)
{
    return failing_task(e, n, &fail_def, err);
}

tg_value tg_attempt_final_failure(struct tg_eval *e, const struct tg_ast *n, struct tg_err *err)
{
    return failing_task(e, n, &final_fail_def, err);
}

tg_value tg_attempt_end(struct tg_eval *e, struct tg_attempt *a, const struct tg_ast *n, tg_value take_v)
{
    if (end_catching(e, a)) return tg_bad();
    if (tg_is_bad(take_v) && !e->graph) return tg_eval_take(e, n, &a->err);
    if (tg_is_bad(take_v)) take_v = tg_attempt_failure(e, n, &a->err);
    return wait_for_effects(e, a, n, take_v);
}

/* A call that may fail has begun: what it makes is told of for itself, and what is not caught around it is not caught in it. */
static void begin_call(struct tg_eval *e, struct tg_attempt *a)
{
    tg_attempt_begin(e, a);
    e->collects = a->collects;
    e->caught = a->caught;
}

static tg_value end_call(struct tg_eval *e, struct tg_attempt *a, const struct tg_ast *n, const struct tg_def *def,
                         tg_value out)
{
    if (end_catching(e, a)) return tg_bad();
    return tg_is_bad(out) ? failing_task(e, n, def->name ? def : &failed_call, &a->err) : out;
}

tg_value tg_attempt_builtin(struct tg_eval *e, const struct tg_ast *n, const struct tg_builtin *b, tg_value *take_args,
                            size_t count)
{
    struct tg_attempt a;
    if (__builtin_expect(!tg_option_allows(e), 1)) return tg_builtin_call(e, n, b, take_args, count);
    begin_call(e, &a);
    return end_call(e, &a, n, &failed_calls[b - tg_builtins], tg_builtin_call(e, n, b, take_args, count));
}

tg_value tg_attempt_values(struct tg_eval *e, const struct tg_ast *n, tg_value f)
{
    struct tg_attempt a;
    if (__builtin_expect(!tg_option_allows(e), 1)) return tg_call_values(e, n, f, NULL, 0);
    begin_call(e, &a);
    return end_call(e, &a, n, &failed_call, tg_call_values(e, n, f, NULL, 0));
}

tg_value tg_attempt_apply(struct tg_eval *e, const struct tg_ast *n, tg_value f, tg_value *take_args, size_t count)
{
    struct tg_attempt a;
    if (__builtin_expect(!tg_option_allows(e), 1)) return tg_call_apply(e, n, f, take_args, count);
    begin_call(e, &a);
    return end_call(e, &a, n, &failed_call, tg_call_apply(e, n, f, take_args, count));
}

tg_value tg_attempt_item(struct tg_eval *e, const struct tg_ast *n, bool attempts)
{
    if (__builtin_expect(!attempts, 1)) return tg_eval_expression(e, n);
    struct tg_attempt a;
    tg_attempt_begin(e, &a);
    return tg_attempt_end(e, &a, n, tg_eval_expression(e, n));
}

/* ---- defaults ------------------------------------------------------------------------------------ */

/* The value of a variable that no task and no function has a part in. */
static bool is_plain_variable(struct tg_eval *e, const struct tg_ast *n)
{
    if (n->ref != TG_REF_LOCAL && n->ref != TG_REF_GLOBAL) return false;
    tg_value v = n->ref == TG_REF_LOCAL ? e->frame[n->slot] : *tg_eval_global(e, n->module, n->slot);
    return v.tag != TG_UNSET && tg_kind(v) != TG_FUNCTION && !tg_future_in(v);
}

/* An expression that calls nothing: it costs little, and adds no task since what it uses is known. */
static bool is_simple(struct tg_eval *e, const struct tg_ast *n)
{
    if (n->kind == TG_N_NAME || (n->kind == TG_N_FIELD && n->flags & TG_F_STATIC)) return is_plain_variable(e, n);
    switch (n->kind) {
    case TG_N_NIL:
    case TG_N_BOOL:
    case TG_N_INT:
    case TG_N_FLOAT:
    case TG_N_STR: return true;
    case TG_N_FIELD:
    case TG_N_LIST:
    case TG_N_RECORD:
    case TG_N_ENTRY:
    case TG_N_PAIR:
    case TG_N_UNARY:
    case TG_N_BINARY:
    case TG_N_INDEX:
    case TG_N_TEMPLATE:
        for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);)
            if (!is_simple(e, k.kid)) return false;
        return true;
    default: return false;
    }
}

/* The default, if that is a value as soon as it is looked at. */
static bool simple_default(struct tg_eval *e, const struct tg_ast *n, tg_value *out)
{
    if (!is_simple(e, n)) return false;
    struct tg_attempt a;
    tg_attempt_begin(e, &a);
    *out = tg_eval_expression(e, n);
    bool refused = end_catching(e, &a);
    TG_ASSERT(!refused && e->effects.count == a.first);
    tg_err_done(&a.err);
    return !refused && !tg_is_bad(*out);
}

/* ---- try ----------------------------------------------------------------------------------------- */

static const struct tg_ast *argument_of(struct tg_eval *e, const struct tg_ast *n, enum tg_builtin_id id, uint32_t i)
{
    struct tg_ast *arg = tg_callee_argument(e->program, n, &tg_builtins[id], i);
    TG_ASSERT(arg); /* checked */
    return tg_n_arg_value(arg);
}

/* x of `try` or `attempt`: what fails in it is to be caught, whatever is said around that. */
static tg_value eval_tried(struct tg_eval *e, const struct tg_ast *x)
{
    struct tg_option_before before;
    tg_option_disallow(e, &before);
    tg_value out = tg_eval_expression(e, x);
    tg_option_restore(e, &before);
    return out;
}

/* The task that fails so is caught as well. */
static tg_value caught_failure(struct tg_eval *e, const struct tg_ast *n, struct tg_err *err)
{
    struct tg_option_before before;
    tg_option_disallow(e, &before);
    tg_value out = tg_attempt_failure(e, n, err);
    tg_option_restore(e, &before);
    return out;
}

/* The call of def, with options of its own if there are any. */
static tg_value add_catcher(struct tg_eval *e, const struct tg_ast *n, const struct tg_ast *options, const struct tg_def *def,
                            tg_value *take_args, size_t count)
{
    struct tg_option_before before;
    if (options && !tg_option_enter(e, options, &before)) return tg_value_unref_all(take_args, count), tg_bad();
    tg_value out = tg_call_task(e, n, def, take_args, count);
    if (options) tg_option_restore(e, &before);
    return out;
}

static tg_value add_try(struct tg_eval *e, const struct tg_ast *n, const struct tg_ast *options, bool effects, tg_value take_x,
                        tg_value take_default)
{
    tg_value args[2] = {take_x, take_default};
    return add_catcher(e, n, options, effects ? &try_def : tg_core_task_def(e, "try"), args, 2);
}

/* It is known already whether x, the value of the attempt, has failed. */
static bool is_settled(struct tg_eval *e, const struct tg_attempt *a, tg_value x)
{
    return e->effects.count == a->first ? !tg_future_in(x) : leaves_effects(e, a, x);
}

tg_value tg_attempt_try(struct tg_eval *e, const struct tg_ast *n, const struct tg_ast *options)
{
    const struct tg_ast *otherwise = argument_of(e, n, TG_BUILTIN_TRY, 1);
    struct tg_attempt a;
    tg_attempt_begin(e, &a);
    tg_value x = eval_tried(e, argument_of(e, n, TG_BUILTIN_TRY, 0)), known;
    bool effects = e->effects.count > a.first;
    if (end_catching(e, &a)) return tg_bad();
    if (is_settled(e, &a, x)) {
        tg_err_done(&a.err);
        return tg_is_bad(x) ? tg_eval_expression(e, otherwise) : x;
    }
    if (tg_is_bad(x)) x = caught_failure(e, n, &a.err);
    x = wait_for_effects(e, &a, n, x);
    if (tg_is_bad(x)) return x;
    if (simple_default(e, otherwise, &known)) return add_try(e, n, options, effects, x, known);
    return tg_suspend_try(e, n, x, effects);
}

tg_value tg_attempt_continued(struct tg_eval *e, const struct tg_ast *n, tg_value known)
{
    if (tg_kind(known) != TG_FAILED) return tg_value_ref(known);
    return tg_eval_expression(e, argument_of(e, n, TG_BUILTIN_TRY, 1));
}

/* ---- attempt ------------------------------------------------------------------------------------- */

static tg_value shown_error(struct tg_eval *e, const struct tg_err *err)
{
    char *text = tg_secrets_hidden(&e->program->session->secrets, err->message);
    tg_value v = tg_str(text);
    free(text);
    return v;
}

tg_value tg_attempt_tell(struct tg_eval *e, const struct tg_ast *n, const struct tg_ast *options)
{
    struct tg_attempt a;
    tg_attempt_begin(e, &a);
    tg_value x = eval_tried(e, argument_of(e, n, TG_BUILTIN_ATTEMPT, 0));
    bool effects = e->effects.count > a.first;
    if (end_catching(e, &a)) return tg_bad();
    if (is_settled(e, &a, x)) {
        tg_value error = tg_is_bad(x) ? shown_error(e, &a.err) : tg_nil();
        tg_err_done(&a.err);
        return attempt_record(tg_is_bad(x) ? tg_nil() : x, error);
    }
    if (tg_is_bad(x)) x = caught_failure(e, n, &a.err);
    x = wait_for_effects(e, &a, n, x);
    return tg_is_bad(x) ? x : add_catcher(e, n, options, &tell_defs[effects], &x, 1);
}

tg_value tg_attempt_tell_value(struct tg_eval *e, const struct tg_ast *n, tg_value take_x)
{
    return tg_future_in(take_x) ? tg_call_task(e, n, &tell_defs[0], &take_x, 1) : attempt_record(take_x, tg_nil());
}
