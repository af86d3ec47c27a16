/* SPDX-License-Identifier: MIT
 * Anchors: the futures in a list that grows are counted once, not in each round of a loop. */
#include "lang/eval/anchor.h"

#include "lang/eval/box.h"
#include "lang/eval/point.h"
#include "lang/eval/site.h"
#include "lang/eval/suspend.h"

/* A list gets an anchor for each so many of its items. */
#define ANCHOR_ITEMS 16

void tg_anchor_show(tg_value list, tg_id anchor, uint32_t from, void (*visit)(void *data, tg_value v), void *data)
{
    const struct tg_list *l = tg_list_of(list);
    visit(data, tg_future(anchor));
    for (size_t i = from; i < l->count; i++) visit(data, l->items[i]);
}

/* The anchor that the running continuation has for this list, which may have grown. */
static struct tg_anchor known_anchor(const struct tg_eval *e, tg_value v)
{
    const struct tg_continuation *k = e->running;
    for (uint32_t i = 0; k && i < k->held_count; i++) {
        const struct tg_held_slot *held = &k->held[i];
        bool same = held->value.tag == v.tag && held->value.bits == v.bits;
        if (same || (held->moved == v.p && tg_list_of(v)->obj.moved)) return held->anchor;
    }
    for (uint32_t i = 0; k && i < k->rest_count; i++)
        if (k->rests[i].what == TG_REST_FOR && k->rests[i].it.over.bits == v.bits) return k->rests[i].anchor;
    return (struct tg_anchor){0, 0};
}

/* Counts the items behind those that the anchor has: a new one holds them and the old one. */
static struct tg_anchor extend_anchor(struct tg_eval *e, const struct tg_ast *n, struct tg_anchor a, const struct tg_list *list)
{
    struct tg_box *box = tg_box_new((uint32_t)list->count - a.count + 1);
    if (a.count) tg_box_add(box, tg_future(a.task));
    for (size_t i = a.count; i < list->count; i++) tg_box_add(box, tg_value_ref(list->items[i]));
    tg_value arg = tg_box_value(box);
    tg_value future = tg_site_add_aside(e, n, &tg_point_anchor, &arg, 1);
    tg_value_unref(arg);
    if (!tg_is_bad(future)) a = (struct tg_anchor){(tg_id)future.bits, (uint32_t)list->count};
    return a; /* else there can be no more tasks at all, which is said soon */
}

struct tg_anchor tg_anchor_list(struct tg_eval *e, const struct tg_ast *n, tg_value v)
{
    const struct tg_list *list = tg_list_of(v);
    struct tg_anchor a = {0, 0};
    if (!e->fragment || !tg_value_marks(v) || list->count < ANCHOR_ITEMS || list->count > UINT32_MAX) return a;
    a = known_anchor(e, v);
    return list->count - a.count < ANCHOR_ITEMS ? a : extend_anchor(e, n, a, list);
}
