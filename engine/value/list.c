/* SPDX-License-Identifier: MIT
 * Lists. One keeps its first few items behind its own head, so that a short literal costs one malloc; when that is full,
 * the items move to a block that doubles. */
#include "engine/value/list.h"

#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/block.h"

/* Items that are kept with the head: up to this, one malloc is cheaper than two. */
#define IN_PLACE_ITEMS 16
#define FEW_ITEMS 4

tg_value tg_list_make(size_t room)
{
    if (!room) room = FEW_ITEMS;
    bool small = room <= IN_PLACE_ITEMS;
    struct tg_list *l = tg_alloc(sizeof *l + (small ? room * sizeof *l->items : 0));
    l->obj = (struct tg_obj){.refs = 1, .kind = TG_LIST};
    l->count = 0;
    l->room = room;
    l->items = small ? l->in_place : tg_block_new(tg_block_bytes(room, sizeof *l->items));
    return tg_make_(TG_LIST, (uintptr_t)l);
}

void tg_list_grow_(struct tg_list *l, size_t need)
{
    TG_ASSERT(need > l->room);
    size_t room = l->room < FEW_ITEMS ? 2 * FEW_ITEMS : 2 * l->room;
    if (room < need) room = need;
    size_t bytes = tg_block_bytes(room, sizeof *l->items);
    if (l->items == l->in_place) {
        l->items = tg_block_new(bytes);
        memcpy(l->items, l->in_place, l->count * sizeof *l->items);
    } else {
        l->items = tg_block_resize(l->items, l->room * sizeof *l->items, bytes);
    }
    l->room = room;
}

tg_value tg_list_own(tg_value take_list, size_t more)
{
    struct tg_list *l = tg_list_of(take_list);
    size_t need = l->count + more;
    if (tg_value_unique(take_list)) {
        if (need > l->room) tg_list_grow_(l, need);
        return take_list;
    }
    tg_value copy = tg_list_make(need);
    struct tg_list *to = tg_list_of(copy);
    for (size_t i = 0; i < l->count; i++) to->items[i] = tg_value_ref(l->items[i]);
    to->count = l->count;
    to->obj.flags = l->obj.flags;
    TG_ASSERT(tg_value_unique(copy) && to->room - to->count >= more);
    tg_value_unref(take_list);
    return copy;
}
