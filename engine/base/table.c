/* SPDX-License-Identifier: MIT
 * Hash tables: growing. Slots keep the hash, so that no item is looked at. */
#include "engine/base/table.h"

#include <string.h>

#include "engine/base/block.h"

#define FIRST_SLOTS 64

void tg_table_grow_(struct tg_table *t)
{
    size_t old_count = t->slot_count, count = old_count ? 4 * old_count : FIRST_SLOTS, mask = count - 1;
    struct tg_table_slot *slots = tg_block_zero(tg_block_bytes(count, sizeof *slots));
    for (size_t i = 0; i < old_count; i++) {
        if (!t->slots[i].number_plus_1) continue;
        size_t at = t->slots[i].hash & mask;
        while (slots[at].number_plus_1) at = (at + 1) & mask;
        slots[at] = t->slots[i];
    }
    tg_block_free(t->slots, old_count * sizeof *slots);
    TG_ASSERT(2 * (t->count + 1) <= count);
    t->slots = slots;
    t->slot_count = count;
}

void tg_table_copy(struct tg_table *t, const struct tg_table *from)
{
    TG_ASSERT(!t->slot_count);
    size_t bytes = from->slot_count * sizeof *t->slots;
    *t = *from;
    if (!bytes) return;
    t->slots = tg_block_new(bytes);
    memcpy(t->slots, from->slots, bytes);
}

void tg_table_done(struct tg_table *t)
{
    if (!t) return;
    tg_block_free(t->slots, t->slot_count * sizeof *t->slots);
    *t = (struct tg_table){0};
}
