/* SPDX-License-Identifier: MIT
 * Streams in the language: futures in the order in which they finish.
 *
 * A stream is an object that the evaluator passes around like any value; what it gives and takes are tasks: one `put` per
 * future in it, one `next` per future taken out of it, a `count` where nobody knows yet how many there are. A stream over a
 * list that is the result of a task is open until that list is known: a task then puts its items in and closes it.
 *
 * What a built-in function here finds busy (turn.h) it does when that is done, as an expansion point, and has its turn
 * itself. */
#include "lang/eval/as_completed.h"

#include <stdlib.h>

#include "engine/grow/fragment.h"
#include "engine/run/allowed.h"
#include "engine/run/task.h"
#include "engine/value/list.h"
#include "lang/eval/call.h"
#include "lang/eval/core_task.h"
#include "lang/eval/site.h"
#include "lang/eval/suspend.h"
#include "lang/eval/turn.h"

/* ---- feeding ------------------------------------------------------------------------------------- */

/* Adds a task that hands `what` to a stream. What the call has to wait for makes `what` wait and fail: if the task itself
 * did not run, whoever takes from the stream would wait for ever. */
static bool hand_over(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, tg_value what, tg_value stream)
{
    tg_value after = e->after, item = tg_value_ref(what);
    if (tg_kind(after) != TG_NIL) item = tg_call_unnoted(e, n, tg_core_task_def(e, "identity"), &item, 1);
    if (tg_is_bad(item)) return false;
    tg_value args[2] = {item, tg_value_ref(stream)};
    e->after = tg_nil();
    tg_value handed = tg_call_task(e, n, def, args, 2);
    e->after = after;
    return !tg_is_bad(handed);
}

static bool put_into_stream(struct tg_eval *e, const struct tg_ast *n, tg_value stream, tg_value item)
{
    if (tg_kind(item) == TG_FUNCTION || tg_is_stream(item)) {
        tg_eval_error(e, n, "a %s cannot be put into a stream", tg_value_kind_name(item));
        return false;
    }
    tg_stream_will_put(stream);
    return hand_over(e, n, &tg_stream_put_def, item, stream);
}

bool tg_as_completed_feed(struct tg_eval *e, const struct tg_ast *n, tg_value stream, tg_value list)
{
    const struct tg_list *xs = tg_list_of(list);
    for (size_t i = 0; i < xs->count; i++)
        if (!put_into_stream(e, n, stream, xs->items[i])) return false;
    return true;
}

static bool feed_list(tg_ctx *ctx, tg_value list, tg_value stream)
{
    const struct tg_list *xs = tg_list_of(list);
    const struct tg_site *site = tg_fragment_site_of(tg_fragment_of(ctx), ctx->task);
    uint32_t put_site = xs->count
                            ? tg_fragment_site(tg_fragment_of(ctx), &tg_stream_put_def, site->span, site->options, site->group)
                            : 0;
    for (size_t i = 0; i < xs->count; i++) {
        tg_value args[2] = {xs->items[i], stream};
        tg_stream_will_put(stream);
        if (tg_fragment_add(tg_fragment_of(ctx), put_site, args, 2, NULL, 0, &ctx->err) == TG_NO_TASK) return false;
    }
    tg_stream_close(ctx, stream);
    return true;
}

/* (list, stream): puts the items of a list that is now known into the stream and closes it. If there is no list, those who
 * wait for the stream have failed like it. It is a put as far as giving up goes: when the first of a list is there,
 * nobody needs the list. */
static int feed_stream(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    *out = tg_nil();
    const struct tg_failure *allowed = tg_allowed_of(args[0]); /* no list: what needs one is skipped */
    if (allowed || tg_kind(args[0]) == TG_FAILED) {
        tg_stream_fail(ctx, args[1], allowed ? tg_allowed_skipped(allowed) : args[0]);
        return TG_OK;
    }
    if (tg_kind(args[0]) != TG_LIST)
        tg_err_set(&ctx->err, TG_EXIT_FAILED, "argument 'xs' of '%s' must be list, not %s", ctx->def->name,
                   tg_value_kind_name(args[0]));
    else if (feed_list(ctx, args[0], args[1])) return TG_OK;
    tg_stream_fail_with(ctx, args[1], args, 1);
    return TG_OK;
}

#define FEED_DEF(text)                                                                                    \
    {                                                                                                     \
        .name = (text), .plugin = "core", .doc = "", .fn = feed_stream,                                   \
        .flags = TG_DEF_EXPANDS | TG_DEF_PUT | TG_DEF_CATCHES | TG_DEF_UNCHECKED | TG_DEF_QUICK, .sig = { \
            .name = (text),                                                                               \
            .count = 2,                                                                                   \
            .required = 2,                                                                                \
            .effect = true,                                                                               \
            .params = feed_params,                                                                        \
            .result = TG_TYPE_OF(TG_KIND_BIT(TG_NIL))                                                     \
        }                                                                                                 \
    }
static struct tg_sig_param feed_params[] = {
    {.name = "xs", .type = TG_TYPE_OF(TG_KINDS_ANY)},
    {.name = "stream", .type = TG_TYPE_OF(TG_KIND_BIT(TG_OBJECT))},
};
static const struct tg_def completed_def = FEED_DEF("as_completed"), first_def = FEED_DEF("first");
static const struct tg_type list_type = TG_TYPE_OF(TG_KIND_BIT(TG_LIST));

/* Fills a stream from a list that is known, or will be: from one that is put together by an expansion point as soon as the
 * items are there, else when all of it is known. False after an error. */
static bool fill_stream(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, tg_value stream, tg_value xs)
{
    TG_ASSERT(tg_kind(xs) == TG_LIST || tg_kind(xs) == TG_FUTURE);
    if (tg_kind(xs) == TG_LIST) return tg_as_completed_feed(e, n, stream, xs);
    tg_stream_open(stream);
    if (tg_suspend_feed_made(e, xs, stream, def == &first_def)) return true;
    return hand_over(e, n, def, xs, stream);
}

/* True for a list and for what may turn out to be one; else false after an error. */
static bool may_be_list(struct tg_eval *e, const struct tg_ast *n, const char *name, tg_value xs)
{
    tg_kinds kinds = tg_kind(xs) == TG_FUTURE ? tg_site_of_future(e, xs)->returns : TG_KIND_BIT(tg_kind(xs));
    if (kinds & TG_KIND_BIT(TG_LIST)) return true;
    tg_eval_misfit(e, n, "xs", name, &list_type, xs);
    return false;
}

tg_value tg_as_completed_call(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    tg_value stream = tg_bad();
    if (may_be_list(e, n, "as_completed", args[0])) {
        stream = tg_stream_new(false);
        if (!fill_stream(e, n, &completed_def, stream, args[0])) {
            tg_value_unref(stream);
            stream = tg_bad();
        }
    }
    tg_value_unref_all(args, count);
    return stream;
}

/* ---- taking and putting -------------------------------------------------------------------------- */

/* True if args[0] is a stream that may be used now; else *out is what the call gives: an error, or the future of the
 * same call made later. It puts what it says into the stream, or else takes or counts. */
static bool has_turn(struct tg_eval *e, const struct tg_ast *n, enum tg_builtin_id id, bool puts, tg_value *args, size_t count,
                     tg_value *out)
{
    tg_value key = args[0], before = tg_turn_before(e, key, puts), held[3];
    bool known = tg_kind(key) != TG_FUTURE;
    if (known && !tg_is_stream(key)) {
        *out = tg_eval_error(e, n, "argument 's' of '%s' must be stream, not %s", tg_builtins[id].name,
                             tg_value_kind_name(key));
        tg_value_unref_all(args, count);
        return false;
    }
    if (known && tg_kind(before) == TG_NIL) return true;
    TG_ASSERT(count < TG_COUNT(held));
    for (size_t i = 0; i < count; i++) held[i] = args[i];
    if (known) held[count] = tg_value_ref(before);
    tg_value_ref(key);
    *out = tg_suspend_builtin(e, n, &tg_builtins[id], held, known ? count + 1 : count, known ? count : 0);
    if (!tg_is_bad(*out)) {
        tg_value done[2] = {tg_value_ref(*out), tg_nil()}; /* whoever comes next does not mind how this ended */
        tg_value turn = puts ? tg_value_ref(*out) : tg_core_task_run(e, n, "try", false, done, 2);
        if (tg_is_bad(turn)) *out = turn;
        else tg_turn_set_busy(e, key, turn);
    }
    tg_value_unref(key);
    return false;
}

/* The next one to finish of a stream that may be used now. */
static tg_value take_next_future(struct tg_eval *e, const struct tg_ast *n, tg_value stream)
{
    tg_value args[2] = {tg_value_ref(stream), tg_int((int64_t)tg_stream_will_take(stream))};
    return tg_call_task(e, n, &tg_stream_next_def, args, 2);
}

tg_value tg_as_completed_next(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    tg_value out;
    int64_t left;
    uint64_t taken;
    if (!has_turn(e, n, TG_BUILTIN_NEXT, false, args, 1, &out)) return tg_value_unref_all(args + 1, count - 1), out;
    if (!tg_stream_left(args[0], &left, &taken) || left > 0) out = take_next_future(e, n, args[0]);
    else if (taken == 0) out = tg_eval_error(e, n, "the stream is empty: nothing was put into it");
    else
        out = tg_eval_error(e, n, "the stream is empty: all that was put into it (%llu) has been taken",
                            (unsigned long long)taken);
    tg_value_unref_all(args, count);
    return out;
}

tg_value tg_as_completed_push(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    tg_value out;
    if (!has_turn(e, n, TG_BUILTIN_PUSH, true, args, 2, &out)) return tg_value_unref_all(args + 2, count - 2), out;
    out = put_into_stream(e, n, args[0], args[1]) ? tg_nil() : tg_bad();
    tg_value_unref_all(args, count);
    return out;
}

static tg_value add_count(struct tg_eval *e, const struct tg_ast *n, tg_value stream, uint64_t taken)
{
    tg_value args[2] = {tg_value_ref(stream), tg_int((int64_t)taken)};
    tg_value out = tg_call_task(e, n, &tg_stream_count_def, args, 2);
    if (!tg_is_bad(out)) tg_turn_set_counted(e, stream, out);
    return out;
}

tg_value tg_as_completed_count(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    tg_value out;
    int64_t left;
    uint64_t taken;
    if (!has_turn(e, n, TG_BUILTIN_COUNT, false, args, 1, &out)) return tg_value_unref_all(args + 1, count - 1), out;
    if (tg_stream_left(args[0], &left, &taken)) out = tg_int(left > 0 ? left : 0);
    else out = add_count(e, n, args[0], taken);
    tg_value_unref_all(args, count);
    return out;
}

enum tg_as_completed_step tg_as_completed_step(struct tg_eval *e, const struct tg_ast *n, tg_value stream, tg_value *out)
{
    int64_t left;
    uint64_t taken;
    tg_value before = tg_turn_before(e, stream, false);
    bool busy = tg_kind(before) != TG_NIL, known = tg_stream_left(stream, &left, &taken);
    if (busy) *out = tg_value_ref(before);
    else if (!known) *out = add_count(e, n, stream, taken);
    else if (left <= 0) return TG_STREAM_END;
    else *out = take_next_future(e, n, stream);
    if (tg_is_bad(*out)) return TG_STREAM_FAIL;
    return busy || !known ? TG_STREAM_WAIT : TG_STREAM_ITEM;
}

/* ---- the first ----------------------------------------------------------------------------------- */

/* An item that is there already is the first. */
static const tg_value *known_item(const struct tg_list *xs)
{
    for (size_t i = 0; i < xs->count; i++)
        if (!tg_future_in(xs->items[i])) return &xs->items[i];
    return NULL;
}

/* Whether something was made for the item that runs though nobody needs its value. */
static bool may_have_effects(struct tg_eval *e, tg_value item)
{
    if (tg_kind(item) != TG_FUTURE) return tg_future_in(item);
    const struct tg_site *site = tg_site_of_future(e, item);
    return site->flags & TG_SITE_EFFECT || site->def == tg_core_task_def(e, "after");
}

/* The first is known. What else was made for its effects runs as far as it has begun, and its failure is the item's: a
 * stream that nobody reads takes it, as it would if the first had arrived in the run. */
static tg_value give_up_others(struct tg_eval *e, const struct tg_ast *n, tg_value xs, tg_value known)
{
    const struct tg_list *all = tg_list_of(xs);
    tg_value given = tg_list_make(0), stream = tg_stream_new(true);
    tg_list_add(given, tg_value_ref(known));
    for (size_t i = 0; i < all->count; i++)
        if (may_have_effects(e, all->items[i])) tg_list_add(given, tg_value_ref(all->items[i]));
    bool good = tg_list_of(given)->count == 1 || tg_as_completed_feed(e, n, stream, given);
    tg_value_unref(stream);
    tg_value_unref(given);
    return good ? tg_value_ref(known) : tg_bad();
}

static tg_value first_of(struct tg_eval *e, const struct tg_ast *n, tg_value xs)
{
    if (tg_kind(xs) == TG_LIST && tg_list_of(xs)->count == 0) return tg_eval_error(e, n, "'first' of an empty list");
    const tg_value *known = tg_kind(xs) == TG_LIST ? known_item(tg_list_of(xs)) : NULL;
    if (known) return give_up_others(e, n, xs, *known);
    tg_value stream = tg_stream_new(true);
    tg_value out = fill_stream(e, n, &first_def, stream, xs) ? take_next_future(e, n, stream) : tg_bad();
    tg_value_unref(stream);
    return out;
}

tg_value tg_as_completed_first(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    tg_value out = may_be_list(e, n, "first", args[0]) ? first_of(e, n, args[0]) : tg_bad();
    tg_value_unref_all(args, count);
    return out;
}
