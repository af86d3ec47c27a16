/* SPDX-License-Identifier: MIT
 * Tasks that wait in line: a heap by priority, then by the longest way to the end, then by number. Thread class: owner. */
#ifndef TG_GRAPH_LINEUP_H
#define TG_GRAPH_LINEUP_H

#include "engine/base/vec.h"
#include "engine/graph/def.h"

struct tg_waiting {
    int64_t priority; /* the greatest first */
    uint32_t level;   /* then the greatest of these (pace.h) */
    uint32_t number;  /* then the least of these */
    tg_id id;
    uint32_t came; /* counts those who came, where that matters; the order does not mind it */
};

/* True if a stands before b. */
static inline bool tg_lineup_before(const struct tg_waiting *a, const struct tg_waiting *b)
{
    if (a->priority != b->priority) return a->priority > b->priority;
    return a->level != b->level ? a->level > b->level : a->number < b->number;
}

/* A zeroed struct is an empty one. */
struct tg_lineup {
    TG_VEC(struct tg_waiting) tasks;
};

void tg_lineup_push(struct tg_lineup *l, struct tg_waiting task);
/* The first one; false if there is none. */
bool tg_lineup_pop(struct tg_lineup *l, struct tg_waiting *task);
/* Takes out the one at this place of the heap. */
void tg_lineup_remove(struct tg_lineup *l, size_t place);
/* After levels were changed in place. */
void tg_lineup_sort(struct tg_lineup *l);
void tg_lineup_done(struct tg_lineup *l);

#endif
