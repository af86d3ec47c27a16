/* SPDX-License-Identifier: MIT
 * A growing array of any type: TG_VEC(int) v = {0}; tg_vec_push(&v, 3); v.items[0]; tg_vec_done(&v). Its items are a block.
 * Thread class: owner. */
#ifndef TG_BASE_VEC_H
#define TG_BASE_VEC_H

#include "engine/base/block.h"

#define TG_VEC(type)        \
    struct {                \
        type *items;        \
        size_t count, room; \
    }
void *tg_vec_grow_(void *items, size_t *room, size_t need, size_t item_bytes);
#define tg_vec_reserve(v, need) \
    ((need) > (v)->room ? (void)((v)->items = tg_vec_grow_((v)->items, &(v)->room, (need), sizeof *(v)->items)) : (void)0)
#define tg_vec_push(v, item) (tg_vec_reserve((v), (v)->count + 1), (void)((v)->items[(v)->count++] = (item)))
#define tg_vec_done(v) \
    (tg_block_free((v)->items, (v)->room * sizeof *(v)->items), (v)->items = NULL, (v)->count = (v)->room = 0)

#endif
