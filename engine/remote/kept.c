/* SPDX-License-Identifier: MIT
 * Linear probing, at most half full; what stands behind a slot that becomes free moves up. */
#include "engine/remote/kept.h"

#include <stdlib.h>

#include "engine/base/table.h"

#define FIRST_ROOM 16

/* Where the number stands, or would. */
static size_t kept_slot(const struct tg_kept *k, uint64_t number)
{
    size_t i = tg_table_hash(number) & (k->room - 1);
    while (k->slots[i].number && k->slots[i].number != number) i = (i + 1) & (k->room - 1);
    return i;
}

tg_value tg_kept_find(const struct tg_kept *k, uint64_t number)
{
    if (!k->room || !number) return tg_nil();
    const struct tg_kept_slot *slot = &k->slots[kept_slot(k, number)];
    return slot->number ? slot->object : tg_nil();
}

static void make_room(struct tg_kept *k)
{
    struct tg_kept before = *k;
    k->room = before.room ? 2 * before.room : FIRST_ROOM;
    k->slots = tg_alloc_zero(k->room * sizeof *k->slots);
    for (size_t i = 0; i < before.room; i++)
        if (before.slots[i].number) k->slots[kept_slot(k, before.slots[i].number)] = before.slots[i];
    free(before.slots);
}

void tg_kept_put(struct tg_kept *k, uint64_t number, tg_value take_object)
{
    TG_ASSERT(number && !tg_is_heap(tg_kept_find(k, number)));
    if (2 * (k->count + 1) > k->room) make_room(k);
    k->slots[kept_slot(k, number)] = (struct tg_kept_slot){number, take_object};
    k->count++;
}

void tg_kept_drop(struct tg_kept *k, uint64_t number)
{
    if (!tg_is_heap(tg_kept_find(k, number))) return;
    size_t free_at = kept_slot(k, number), mask = k->room - 1;
    tg_value object = k->slots[free_at].object;
    k->slots[free_at].number = 0;
    for (size_t i = (free_at + 1) & mask; k->slots[i].number; i = (i + 1) & mask) {
        size_t home = tg_table_hash(k->slots[i].number) & mask;
        if (((i - home) & mask) < ((i - free_at) & mask)) continue;
        k->slots[free_at] = k->slots[i];
        k->slots[i].number = 0;
        free_at = i;
    }
    k->count--;
    tg_value_unref(object);
}

void tg_kept_done(struct tg_kept *k)
{
    for (size_t i = 0; i < k->room; i++)
        if (k->slots[i].number) tg_value_unref(k->slots[i].object);
    free(k->slots);
    *k = (struct tg_kept){0};
}
