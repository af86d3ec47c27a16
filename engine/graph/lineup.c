/* SPDX-License-Identifier: MIT
 * A binary heap. */
#include "engine/graph/lineup.h"

/* Moves the task up from a hole until what is above goes before it. */
static void sift_up(struct tg_waiting *heap, size_t hole, struct tg_waiting task)
{
    for (; hole && tg_lineup_before(&task, &heap[(hole - 1) / 2]); hole = (hole - 1) / 2) heap[hole] = heap[(hole - 1) / 2];
    heap[hole] = task;
}

static void sift_down(struct tg_waiting *heap, size_t count, size_t hole, struct tg_waiting task)
{
    for (size_t child; (child = 2 * hole + 1) < count; hole = child) {
        if (child + 1 < count && tg_lineup_before(&heap[child + 1], &heap[child])) child++;
        if (!tg_lineup_before(&heap[child], &task)) break;
        heap[hole] = heap[child];
    }
    heap[hole] = task;
}

void tg_lineup_push(struct tg_lineup *l, struct tg_waiting task)
{
    tg_vec_push(&l->tasks, task);
    sift_up(l->tasks.items, l->tasks.count - 1, task);
}

bool tg_lineup_pop(struct tg_lineup *l, struct tg_waiting *task)
{
    if (l->tasks.count == 0) return false;
    *task = l->tasks.items[0];
    struct tg_waiting last = l->tasks.items[--l->tasks.count];
    if (l->tasks.count) sift_down(l->tasks.items, l->tasks.count, 0, last);
    return true;
}

void tg_lineup_remove(struct tg_lineup *l, size_t place)
{
    struct tg_waiting *heap = l->tasks.items, last = heap[--l->tasks.count];
    if (place == l->tasks.count) return;
    if (place && tg_lineup_before(&last, &heap[(place - 1) / 2])) sift_up(heap, place, last);
    else sift_down(heap, l->tasks.count, place, last);
}

void tg_lineup_sort(struct tg_lineup *l)
{
    for (size_t i = l->tasks.count / 2; i-- > 0;) sift_down(l->tasks.items, l->tasks.count, i, l->tasks.items[i]);
}

void tg_lineup_done(struct tg_lineup *l)
{
    tg_vec_done(&l->tasks);
}
