/* SPDX-License-Identifier: MIT
 * Growing arrays: the rare part. */
#include "engine/base/vec.h"

#include "engine/base/assert.h"

void *tg_vec_grow_(void *items, size_t *room, size_t need, size_t item_bytes)
{
    TG_ASSERT(need > *room && (!items) == (*room == 0));
    size_t new_room = *room ? *room * 2 : 8;
    if (new_room < need) new_room = need;
    items = tg_block_resize(items, *room * item_bytes, tg_block_bytes(new_room, item_bytes));
    *room = new_room;
    return items;
}
