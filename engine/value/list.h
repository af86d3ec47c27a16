/* SPDX-License-Identifier: MIT
 * Lists. */
#ifndef TG_VALUE_LIST_H
#define TG_VALUE_LIST_H

#include "engine/base/assert.h"
#include "engine/base/compiler.h"
#include "engine/value/value.h"

/* An empty one; room 0: for a few items. */
tg_value tg_list_make(size_t room);
static inline struct tg_list *tg_list_of(tg_value v)
{
    TG_ASSERT(tg_kind(v) == TG_LIST);
    return v.p;
}
void tg_list_grow_(struct tg_list *list, size_t need);
/* Appends, in amortised constant time; the list must be unique. */
static inline void tg_list_add(tg_value list, tg_value take_item)
{
    struct tg_list *l = tg_list_of(list);
    TG_ASSERT(tg_value_unique(list) && l->count <= l->room);
    if (TG_UNLIKELY(l->count == l->room)) tg_list_grow_(l, l->count + 1);
    l->items[l->count++] = take_item;
    l->obj.flags |= tg_value_marks(take_item);
}
/* A list with room for more that may be changed: `take_list` itself if unique, else a copy. */
tg_value tg_list_own(tg_value take_list, size_t more);

#endif
