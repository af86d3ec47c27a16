/* SPDX-License-Identifier: MIT
 * The objects that an executor keeps for tgrun, by their numbers (recipe.h): a hash table from which they can be taken again.
 * Thread class: owner. */
#ifndef TG_REMOTE_KEPT_H
#define TG_REMOTE_KEPT_H

#include "engine/value/value.h"

struct tg_kept_slot {
    uint64_t number; /* 0: free */
    tg_value object;
};

/* Zeroed: none. */
struct tg_kept {
    struct tg_kept_slot *slots;
    size_t room, count; /* room: a power of two, or 0 */
};

/* Borrowed; nil: there is none. Numbers are not 0. */
tg_value tg_kept_find(const struct tg_kept *k, uint64_t number);
/* There is none of that number. */
void tg_kept_put(struct tg_kept *k, uint64_t number, tg_value take_object);
/* Forgets it, if it is there. */
void tg_kept_drop(struct tg_kept *k, uint64_t number);
void tg_kept_done(struct tg_kept *k);

#endif
