/* SPDX-License-Identifier: MIT
 * What a continuation holds, as the graph sees it: given back with it, and shown to who counts what waits for what. */
#include "lang/eval/continuation.h"

#include <stdlib.h>

#include "lang/eval/anchor.h"
#include "lang/eval/suspend.h"

void tg_continuation_drop_rest(struct tg_rest *r)
{
    if (tg_rest_restores(r)) {
        tg_value_unref(r->after);
        tg_value_unref(r->base);
    }
    if (r->what == TG_REST_FOR) tg_value_unref(r->it.over);
}

void tg_continuation_destroy(struct tg_function *f)
{
    struct tg_continuation *k = (struct tg_continuation *)f;
    for (uint32_t i = 0; i < k->held_count; i++) tg_value_unref(k->held[i].value);
    for (uint32_t i = 0; i < k->rest_count; i++) tg_continuation_drop_rest(&k->rests[i]);
    tg_value_unref(k->extra);
    tg_value_unref(k->after);
    tg_value_unref(k->outer);
    tg_value_unref(k->effects);
    tg_value_unref(k->world.overlay);
    free(k);
}

static __attribute__((noinline)) void show_held(const struct tg_held_slot *held, void (*visit)(void *data, tg_value v),
                                                void *data)
{
    tg_anchor_show(held->value, held->anchor.task, held->moved ? 0 : held->anchor.count, visit, data);
}

void tg_continuation_show(const struct tg_function *f, void (*visit)(void *data, tg_value v), void *data)
{
    const struct tg_continuation *k = (const struct tg_continuation *)f;
    for (const struct tg_held_slot *held = k->held, *end = held + k->held_count; held < end; held++) {
        if (__builtin_expect(held->anchor.count, 0)) show_held(held, visit, data);
        else if (tg_kind(held->value) >= TG_FUTURE) visit(data, held->value);
    }
    for (uint32_t i = 0; i < k->rest_count; i++) {
        const struct tg_rest *r = &k->rests[i];
        if (tg_rest_restores(r)) {
            visit(data, r->after);
            visit(data, r->base);
        }
        if (r->what != TG_REST_FOR) continue;
        if (r->anchor.count) tg_anchor_show(r->it.over, r->anchor.task, r->anchor.count, visit, data);
        else visit(data, r->it.over);
    }
    if (tg_kind(k->extra) != TG_NIL) visit(data, k->extra);
    if (tg_kind(k->after) != TG_NIL) visit(data, k->after);
    if (tg_kind(k->outer) != TG_NIL) visit(data, k->outer);
    if (k->collects) visit(data, k->effects);
    if (tg_kind(k->world.overlay) != TG_NIL) visit(data, k->world.overlay);
}
