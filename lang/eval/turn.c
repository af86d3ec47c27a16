/* SPDX-License-Identifier: MIT
 * Turns with streams: a table of the evaluator, by the identity of a value: of a stream, or of a future that will be one. */
#include "lang/eval/turn.h"

#include <stdlib.h>

#include "engine/grow/stream.h"
#include "lang/eval/call.h"

/* How deep functions, lists and records inside each other are searched for streams, and how long ones: data is neither small
 * nor flat, streams are few. */
#define HELD_DEPTH 4
#define HELD_ITEMS 8

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
    TG_ASSERT(tg_kind(key) == TG_FUTURE || tg_is_stream(key));
    if (t) return t;
    if (!e->turns) e->turns = tg_alloc_zero(sizeof *e->turns);
    tg_vec_push(&e->turns->turns, ((struct turn){tg_value_ref(key), tg_nil(), tg_nil()}));
    return &e->turns->turns.items[e->turns->turns.count - 1];
}

void tg_turn_set_busy(struct tg_eval *e, tg_value key, tg_value future)
{
    struct turn *t = make_turn(e, key);
    TG_ASSERT(tg_kind(future) == TG_FUTURE);
    tg_slot_set(&t->busy, future);
    tg_slot_set(&t->counted, tg_nil());
}

void tg_turn_set_counted(struct tg_eval *e, tg_value key, tg_value future)
{
    struct turn *t = make_turn(e, key);
    tg_value counted = tg_kind(t->counted) == TG_NIL ? tg_list_make(1) : t->counted;
    t->counted = tg_list_own(counted, 1);
    tg_list_add(t->counted, future);
}

tg_value tg_turn_before(const struct tg_eval *e, tg_value key, bool puts)
{
    const struct turn *t = find_turn(e, key);
    if (!t) return tg_nil();
    return puts && tg_kind(t->counted) != TG_NIL ? t->counted : t->busy;
}

static bool may_have_turn(tg_value v)
{
    return tg_kind(v) == TG_FUTURE || tg_is_stream(v);
}

static void add_to_wait(tg_value *after, tg_value wait)
{
    if (tg_kind(wait) == TG_NIL) return;
    *after = tg_kind(*after) == TG_NIL ? tg_list_make(2) : tg_list_own(*after, 1);
    tg_list_add(*after, tg_value_ref(wait));
}

struct turn_walk {
    struct tg_eval *e;
    tg_value *after; /* NULL: give */
    tg_value future;
    int depth;
};

static void visit_value(void *data, tg_value v);

static void visit_inside(struct turn_walk *w, tg_value v)
{
    const struct tg_function *f = v.p;
    if (w->depth == HELD_DEPTH) return;
    w->depth++;
    if (tg_kind(v) == TG_FUNCTION && f->held) f->held(f, visit_value, w);
    if (tg_kind(v) == TG_LIST && tg_list_of(v)->count <= HELD_ITEMS)
        for (size_t i = 0; i < tg_list_of(v)->count; i++) visit_value(w, tg_list_of(v)->items[i]);
    if (tg_kind(v) == TG_RECORD && tg_record_of(v)->count <= HELD_ITEMS)
        for (size_t i = 0; i < tg_record_of(v)->count; i++) visit_value(w, tg_record_of(v)->fields[i].value);
    w->depth--;
}

static void visit_value(void *data, tg_value v)
{
    struct turn_walk *w = data;
    enum tg_kind kind = tg_kind(v);
    if (kind == TG_FUNCTION || kind == TG_LIST || kind == TG_RECORD) visit_inside(w, v);
    else if (may_have_turn(v) && w->after) add_to_wait(w->after, tg_turn_before(w->e, v, true));
    else if (tg_is_stream(v) || (w->e->turns && find_turn(w->e, v))) tg_turn_set_busy(w->e, v, w->future);
}

void tg_turn_await(struct tg_eval *e, tg_value held, tg_value *after)
{
    if (e->turns) visit_value(&(struct turn_walk){.e = e, .after = after}, held);
}

void tg_turn_give(struct tg_eval *e, tg_value held, tg_value future)
{
    if (e->program->streams) visit_value(&(struct turn_walk){.e = e, .future = future}, held);
}

/* The streams in variables that functions read. */
static void visit_world(struct turn_walk *w)
{
    const struct tg_program *p = w->e->program;
    for (size_t i = 0; i < p->modules.count; i++) {
        struct tg_module *m = p->modules.items[i];
        for (size_t j = 0; m->globals && j < m->shared.count; j++) {
            tg_value v = *tg_eval_global(w->e, m, m->shared.items[j]);
            if (tg_is_stream(v)) visit_value(w, v);
        }
    }
}

void tg_turn_await_world(struct tg_eval *e, tg_value *after)
{
    if (e->turns) visit_world(&(struct turn_walk){.e = e, .after = after});
}

void tg_turn_give_world(struct tg_eval *e, tg_value future)
{
    if (e->program->streams) visit_world(&(struct turn_walk){.e = e, .future = future});
}

/* (x, others...): x when the others are done; unlike the task `after`, it takes a function value too. */
static int end_turn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    *out = tg_value_ref(args[0]);
    return TG_OK;
}

static struct tg_sig_param turn_params[] = {
    {.name = "x", .type = TG_TYPE_OF(TG_KINDS_ANY)},
    {.name = "others", .rest = true, .type = TG_TYPE_OF(TG_KINDS_ANY)},
};
static const struct tg_def turn_def = {
    .name = "after",
    .plugin = "core",
    .doc = "",
    .fn = end_turn,
    .flags = TG_DEF_EXPANDS | TG_DEF_UNCHECKED | TG_DEF_QUICK,
    .sig = {
        .name = "after", .count = 2, .required = 1, .rest = true, .params = turn_params, .result = TG_TYPE_OF(TG_KINDS_ANY)}};

tg_value tg_turn_end(struct tg_eval *e, const struct tg_ast *n, tg_value take_result)
{
    if (!e->turns) return take_result;
    TG_ASSERT(e->fragment && tg_eval_are_values(&take_result, 1));
    TG_VEC(tg_value) args = {0};
    tg_vec_push(&args, take_result);
    for (size_t i = 0; i < e->turns->turns.count; i++) {
        tg_value busy = e->turns->turns.items[i].busy;
        bool same = busy.tag == take_result.tag && busy.bits == take_result.bits;
        if (tg_kind(busy) == TG_FUTURE && !same) tg_vec_push(&args, tg_value_ref(busy));
    }
    tg_turn_done(e);
    if (args.count > 1 && !tg_is_bad(take_result)) take_result = tg_call_task(e, n, &turn_def, args.items, args.count);
    else tg_value_unref_all(args.items + 1, args.count - 1);
    tg_vec_done(&args);
    return take_result;
}

void tg_turn_done(struct tg_eval *e)
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
