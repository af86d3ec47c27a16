/* SPDX-License-Identifier: MIT
 * Streams in the language: futures in the order in which they finish.
 *
 * A stream is an object that the evaluator passes around like any value; what it gives and takes are tasks: one `put` per
 * future in it, one `next` per future taken out of it, a `count` where nobody knows yet how many there are. A stream over a
 * list that is the result of a task is open until that list is known: a task then puts its items in and closes it.
 *
 * Turns (as_completed.h) are kept by the identity of a value: of a stream, or of a future that will be one. What a built-in
 * function here finds busy it does when that is done, as an expansion point, and has its turn itself. */
#include "lang/eval/as_completed.h"

#include <stdlib.h>

#include "engine/grow/fragment.h"
#include "engine/run/task.h"
#include "lang/bind/resolve.h"

/* How deep functions, lists and records inside each other are searched for streams, and how long ones: data is neither small
 * nor flat, streams are few. */
#define HELD_DEPTH 4
#define HELD_ITEMS 8

/* ---- turns --------------------------------------------------------------------------------------- */

struct turn {
    tg_value key;     /* the stream, or a future of one; owned */
    tg_value busy;    /* the future of what was given it last; nil: none */
    tg_value counted; /* list of counts that are not known yet: what is put in later is not theirs; nil: none */
};

struct tg_turns {
    TG_VEC(struct turn) turns;
};

static struct turn *find_turn(const struct tg_eval *e, tg_value key)
{
    for (size_t i = 0; e->turns && i < e->turns->turns.count; i++) {
        struct turn *t = &e->turns->turns.items[i];
        if (t->key.tag == key.tag && t->key.bits == key.bits) return t;
    }
    return NULL;
}

static struct turn *make_turn(struct tg_eval *e, tg_value key)
{
    struct turn *t = find_turn(e, key);
    if (t) return t;
    if (!e->turns) e->turns = tg_alloc_zero(sizeof *e->turns);
    tg_vec_push(&e->turns->turns, ((struct turn){tg_value_ref(key), tg_nil(), tg_nil()}));
    return &e->turns->turns.items[e->turns->turns.count - 1];
}

static void set_busy(struct tg_eval *e, tg_value key, tg_value future)
{
    struct turn *t = make_turn(e, key);
    tg_slot_set(&t->busy, future);
    tg_slot_set(&t->counted, tg_nil());
}

/* A count that is not known yet has begun. */
static void set_counted(struct tg_eval *e, tg_value key, tg_value future)
{
    struct turn *t = make_turn(e, key);
    tg_value counted = tg_kind(t->counted) == TG_NIL ? tg_list_make(1) : t->counted;
    t->counted = tg_list_own(counted, 1);
    tg_list_add(t->counted, future);
}

/* What the next user of it must wait for: a future, a list of them, or nil; borrowed. Who puts something in also waits
 * for counts. */
static tg_value turn_before(const struct tg_eval *e, tg_value key, bool puts)
{
    const struct turn *t = find_turn(e, key);
    if (!t) return tg_nil();
    return puts && tg_kind(t->counted) != TG_NIL ? t->counted : t->busy;
}

static bool may_have_turn(tg_value v)
{
    return tg_kind(v) == TG_FUTURE || tg_is_stream(v);
}

static void add_wait(tg_value *after, tg_value wait)
{
    if (tg_kind(wait) == TG_NIL) return;
    *after = tg_kind(*after) == TG_NIL ? tg_list_make(2) : tg_list_own(*after, 1);
    tg_list_add(*after, tg_value_ref(wait));
}

struct walk {
    struct tg_eval *e;
    tg_value *after; /* NULL: give */
    tg_value future;
    int depth;
};

static void walk_value(void *data, tg_value v);

static void walk_inside(struct walk *w, tg_value v)
{
    const struct tg_function *f = v.p;
    if (w->depth == HELD_DEPTH) return;
    w->depth++;
    if (tg_kind(v) == TG_FUNCTION && f->held) f->held(f, walk_value, w);
    if (tg_kind(v) == TG_LIST && tg_get_list(v)->count <= HELD_ITEMS)
        for (size_t i = 0; i < tg_get_list(v)->count; i++) walk_value(w, tg_get_list(v)->items[i]);
    if (tg_kind(v) == TG_RECORD && tg_get_record(v)->count <= HELD_ITEMS)
        for (size_t i = 0; i < tg_get_record(v)->count; i++) walk_value(w, tg_get_record(v)->fields[i].value);
    w->depth--;
}

static void walk_value(void *data, tg_value v)
{
    struct walk *w = data;
    enum tg_kind kind = tg_kind(v);
    if (kind == TG_FUNCTION || kind == TG_LIST || kind == TG_RECORD) walk_inside(w, v);
    else if (may_have_turn(v) && w->after) add_wait(w->after, turn_before(w->e, v, true));
    else if (tg_is_stream(v) || (w->e->turns && find_turn(w->e, v))) set_busy(w->e, v, w->future);
}

void tg_turns_await(struct tg_eval *e, tg_value held, tg_value *after)
{
    if (e->turns) walk_value(&(struct walk){.e = e, .after = after}, held);
}

void tg_turns_give(struct tg_eval *e, tg_value held, tg_value future)
{
    if (e->program->streams) walk_value(&(struct walk){.e = e, .future = future}, held);
}

/* The streams in variables that functions read. */
static void walk_world(struct walk *w)
{
    const struct tg_program *p = w->e->program;
    for (size_t i = 0; i < p->modules.count; i++) {
        struct tg_module *m = p->modules.items[i];
        for (size_t j = 0; m->globals && j < m->shared.count; j++) {
            tg_value v = *tg_eval_global(w->e, m, m->shared.items[j]);
            if (tg_is_stream(v)) walk_value(w, v);
        }
    }
}

void tg_turns_await_world(struct tg_eval *e, tg_value *after)
{
    if (e->turns) walk_world(&(struct walk){.e = e, .after = after});
}

void tg_turns_give_world(struct tg_eval *e, tg_value future)
{
    if (e->program->streams) walk_world(&(struct walk){.e = e, .future = future});
}

/* (x, others...): x when the others are done; unlike the task `after`, it takes a function value too. */
static int end_turn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    *out = tg_value_ref(args[0]);
    return TG_OK;
}

#define TYPE(bits) {.kinds = (bits), .accepts = (bits)}

static struct tg_sig_param turn_params[] = {
    {.name = "x", .type = TYPE(TG_KINDS_ANY)},
    {.name = "others", .rest = true, .type = TYPE(TG_KINDS_ANY)},
};
static const struct tg_def turn_def = {
    .name = "after", .plugin = "core", .doc = "", .fn = end_turn,
    .flags = TG_DEF_EXPANDS | TG_DEF_UNCHECKED | TG_DEF_QUICK,
    .sig = {.name = "after", .count = 2, .required = 1, .rest = true, .params = turn_params, .result = TYPE(TG_KINDS_ANY)}};

tg_value tg_turns_end(struct tg_eval *e, const struct tg_node *n, tg_value take_result)
{
    if (!e->turns) return take_result;
    TG_VEC(tg_value) args = {0};
    tg_vec_push(&args, take_result);
    for (size_t i = 0; i < e->turns->turns.count; i++) {
        tg_value busy = e->turns->turns.items[i].busy;
        bool same = busy.tag == take_result.tag && busy.bits == take_result.bits;
        if (tg_kind(busy) == TG_FUTURE && !same) tg_vec_push(&args, tg_value_ref(busy));
    }
    tg_turns_done(e);
    if (args.count > 1 && !tg_is_bad(take_result)) take_result = tg_add_task(e, n, &turn_def, args.items, args.count);
    else tg_drop(args.items + 1, args.count - 1);
    tg_vec_done(&args);
    return take_result;
}

void tg_turns_done(struct tg_eval *e)
{
    if (!e->turns) return;
    for (size_t i = 0; i < e->turns->turns.count; i++) {
        struct turn *t = &e->turns->turns.items[i];
        tg_value_unref(t->key);
        tg_value_unref(t->busy);
        tg_value_unref(t->counted);
    }
    tg_vec_done(&e->turns->turns);
    free(e->turns);
    e->turns = NULL;
}

/* ---- feeding ------------------------------------------------------------------------------------- */

static bool put(struct tg_eval *e, const struct tg_node *n, tg_value stream, tg_value item)
{
    if (tg_kind(item) == TG_FUNCTION || tg_is_stream(item)) {
        tg_eval_error(e, n, "a %s cannot be put into a stream", tg_value_kind_name(item));
        return false;
    }
    tg_value args[2] = {tg_value_ref(item), tg_value_ref(stream)};
    tg_stream_will_put(stream);
    return !tg_is_bad(tg_add_task(e, n, &tg_put_def, args, 2));
}

bool tg_feed_items(struct tg_eval *e, const struct tg_node *n, tg_value stream, tg_value list)
{
    const struct tg_list *xs = tg_get_list(list);
    for (size_t i = 0; i < xs->count; i++)
        if (!put(e, n, stream, xs->items[i])) return false;
    return true;
}

static bool feed_list(tg_ctx *ctx, tg_value list, tg_value stream)
{
    const struct tg_list *xs = tg_get_list(list);
    const struct tg_site *site = tg_fragment_site_of(ctx->fragment, ctx->task);
    uint32_t put_site = xs->count ? tg_fragment_site(ctx->fragment, &tg_put_def, site->span, site->options, site->group) : 0;
    for (size_t i = 0; i < xs->count; i++) {
        tg_value args[2] = {xs->items[i], stream};
        tg_stream_will_put(stream);
        if (tg_fragment_add(ctx->fragment, put_site, args, 2, NULL, 0, &ctx->err) == TG_NO_TASK) return false;
    }
    tg_stream_close(ctx, stream);
    return true;
}

/* (list, stream): puts the items of a list that is now known into the stream and closes it. If there is no list, those who
 * wait for the stream have failed like it. It is a put as far as giving up goes: when the first of a list is there,
 * nobody needs the list. */
static int feed(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    *out = tg_nil();
    if (tg_kind(args[0]) == TG_FAILED) {
        tg_stream_fail(ctx, args[1], args[0]);
        return TG_OK;
    }
    if (tg_kind(args[0]) != TG_LIST)
        tg_fail(ctx, "argument 'xs' of '%s' must be list, not %s", ctx->def->name, tg_value_kind_name(args[0]));
    else if (feed_list(ctx, args[0], args[1]))
        return TG_OK;
    tg_stream_fail(ctx, args[1], tg_make_(TG_FAILED, 0));
    return TG_FAIL;
}

#define FEED_DEF(text)                                                                                             \
    {.name = (text), .plugin = "core", .doc = "", .fn = feed,                                                          \
     .flags = TG_DEF_EXPANDS | TG_DEF_PUT | TG_DEF_CATCHES | TG_DEF_UNCHECKED | TG_DEF_QUICK,                          \
     .sig = {.name = (text), .count = 2, .required = 2, .effect = true, .params = feed_params, .result = TYPE(TG_KIND_BIT(TG_NIL))}}
static struct tg_sig_param feed_params[] = {
    {.name = "xs", .type = TYPE(TG_KINDS_ANY)},
    {.name = "stream", .type = TYPE(TG_KIND_BIT(TG_OBJECT))},
};
static const struct tg_def completed_def = FEED_DEF("as_completed"), first_def = FEED_DEF("first");
static const struct tg_type list_type = TYPE(TG_KIND_BIT(TG_LIST));

/* Fills a stream from a list that is known, or will be: from one that is put together by an expansion point as soon as the
 * items are there, else when all of it is known. False after an error. */
static bool fill(struct tg_eval *e, const struct tg_node *n, const struct tg_def *def, tg_value stream, tg_value xs)
{
    if (tg_kind(xs) == TG_LIST) return tg_feed_items(e, n, stream, xs);
    tg_stream_open(stream);
    if (tg_suspend_feed_made(e, xs, stream, def == &first_def)) return true;
    tg_value args[2] = {tg_value_ref(xs), tg_value_ref(stream)};
    return !tg_is_bad(tg_add_task(e, n, def, args, 2));
}

/* True for a list and for what may turn out to be one; else false after an error. */
static bool is_list(struct tg_eval *e, const struct tg_node *n, const char *name, tg_value xs)
{
    tg_kinds kinds = tg_kind(xs) == TG_FUTURE ? tg_eval_site_of(e, xs)->returns : TG_KIND_BIT(tg_kind(xs));
    if (kinds & TG_KIND_BIT(TG_LIST)) return true;
    tg_eval_misfit(e, n, "xs", name, &list_type, xs);
    return false;
}

tg_value tg_call_as_completed(struct tg_eval *e, const struct tg_node *n, tg_value *args, size_t count)
{
    tg_value stream = tg_bad();
    if (is_list(e, n, "as_completed", args[0])) {
        stream = tg_stream_new(false);
        if (!fill(e, n, &completed_def, stream, args[0])) {
            tg_value_unref(stream);
            stream = tg_bad();
        }
    }
    tg_drop(args, count);
    return stream;
}

/* ---- taking and putting -------------------------------------------------------------------------- */

/* True if args[0] is a stream that may be used now; else *out is what the call gives: an error, or the future of the
 * same call made later. It puts what it says into the stream, or else takes or counts. */
static bool has_turn(struct tg_eval *e, const struct tg_node *n, enum tg_builtin_id id, bool puts, tg_value *args, size_t count,
                     tg_value *out)
{
    tg_value key = args[0], before = turn_before(e, key, puts), held[3];
    bool known = tg_kind(key) != TG_FUTURE;
    if (known && !tg_is_stream(key)) {
        *out = tg_eval_error(e, n, "argument 's' of '%s' must be stream, not %s", tg_builtins[id].name,
                             tg_value_kind_name(key));
        tg_drop(args, count);
        return false;
    }
    if (known && tg_kind(before) == TG_NIL) return true;
    for (size_t i = 0; i < count; i++) held[i] = args[i];
    if (known) held[count] = tg_value_ref(before);
    tg_value_ref(key);
    *out = tg_suspend_builtin(e, n, &tg_builtins[id], held, known ? count + 1 : count, known ? count : 0);
    if (!tg_is_bad(*out)) {
        tg_value done[2] = {tg_value_ref(*out), tg_nil()}; /* whoever comes next does not mind how this ended */
        tg_value turn = puts ? tg_value_ref(*out) : tg_core(e, n, "try", false, done, 2);
        if (tg_is_bad(turn)) *out = turn;
        else set_busy(e, key, turn);
    }
    tg_value_unref(key);
    return false;
}

/* The next one to finish of a stream that may be used now. */
static tg_value take_next(struct tg_eval *e, const struct tg_node *n, tg_value stream)
{
    tg_value args[2] = {tg_value_ref(stream), tg_int((int64_t)tg_stream_will_take(stream))};
    return tg_add_task(e, n, &tg_next_def, args, 2);
}

tg_value tg_call_next(struct tg_eval *e, const struct tg_node *n, tg_value *args, size_t count)
{
    tg_value out;
    int64_t left;
    uint64_t taken;
    if (!has_turn(e, n, TG_BUILTIN_NEXT, false, args, 1, &out)) return tg_drop(args + 1, count - 1), out;
    if (!tg_stream_left(args[0], &left, &taken) || left > 0) out = take_next(e, n, args[0]);
    else if (taken == 0) out = tg_eval_error(e, n, "the stream is empty: nothing was put into it");
    else out = tg_eval_error(e, n, "the stream is empty: all that was put into it (%llu) has been taken", (unsigned long long)taken);
    tg_drop(args, count);
    return out;
}

tg_value tg_call_push(struct tg_eval *e, const struct tg_node *n, tg_value *args, size_t count)
{
    tg_value out;
    if (!has_turn(e, n, TG_BUILTIN_PUSH, true, args, 2, &out)) return tg_drop(args + 2, count - 2), out;
    out = put(e, n, args[0], args[1]) ? tg_nil() : tg_bad();
    tg_drop(args, count);
    return out;
}

static tg_value add_count(struct tg_eval *e, const struct tg_node *n, tg_value stream, uint64_t taken)
{
    tg_value args[2] = {tg_value_ref(stream), tg_int((int64_t)taken)};
    tg_value out = tg_add_task(e, n, &tg_stream_count_def, args, 2);
    if (!tg_is_bad(out)) set_counted(e, stream, out);
    return out;
}

tg_value tg_call_count(struct tg_eval *e, const struct tg_node *n, tg_value *args, size_t count)
{
    tg_value out;
    int64_t left;
    uint64_t taken;
    if (!has_turn(e, n, TG_BUILTIN_COUNT, false, args, 1, &out)) return tg_drop(args + 1, count - 1), out;
    if (tg_stream_left(args[0], &left, &taken)) out = tg_int(left > 0 ? left : 0);
    else out = add_count(e, n, args[0], taken);
    tg_drop(args, count);
    return out;
}

enum tg_stream_step tg_stream_step(struct tg_eval *e, const struct tg_node *n, tg_value stream, tg_value *out)
{
    int64_t left;
    uint64_t taken;
    tg_value before = turn_before(e, stream, false);
    bool busy = tg_kind(before) != TG_NIL, known = tg_stream_left(stream, &left, &taken);
    if (busy) *out = tg_value_ref(before);
    else if (!known) *out = add_count(e, n, stream, taken);
    else if (left <= 0) return TG_STREAM_END;
    else *out = take_next(e, n, stream);
    if (tg_is_bad(*out)) return TG_STREAM_FAIL;
    return busy || !known ? TG_STREAM_WAIT : TG_STREAM_ITEM;
}

/* ---- the first ----------------------------------------------------------------------------------- */

/* An item that is there already is the first. */
static const tg_value *known_item(const struct tg_list *xs)
{
    for (size_t i = 0; i < xs->count; i++)
        if (!tg_has_future(xs->items[i])) return &xs->items[i];
    return NULL;
}

static tg_value first_of(struct tg_eval *e, const struct tg_node *n, tg_value xs)
{
    if (tg_kind(xs) == TG_LIST && tg_get_list(xs)->count == 0) return tg_eval_error(e, n, "'first' of an empty list");
    const tg_value *known = tg_kind(xs) == TG_LIST ? known_item(tg_get_list(xs)) : NULL;
    if (known) return tg_value_ref(*known);
    tg_value stream = tg_stream_new(true);
    tg_value out = fill(e, n, &first_def, stream, xs) ? take_next(e, n, stream) : tg_bad();
    tg_value_unref(stream);
    return out;
}

tg_value tg_call_first(struct tg_eval *e, const struct tg_node *n, tg_value *args, size_t count)
{
    tg_value out = is_list(e, n, "first", args[0]) ? first_of(e, n, args[0]) : tg_bad();
    tg_drop(args, count);
    return out;
}
