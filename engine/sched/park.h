/* SPDX-License-Identifier: MIT
 * Where workers without work wait. Each sleeps on a word of its own, and who wakes one takes it off the list of
 * sleepers first, so that one wake-up reaches exactly one worker, the one that went to sleep last.
 *
 * The rule against lost work: who queues work makes a full fence before it reads `asleep`; who wants to sleep gets on the
 * list first and looks at all queues once more then.
 * Thread class: locked; `asleep` is atomic. */
#ifndef TG_SCHED_PARK_H
#define TG_SCHED_PARK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct tg_bed {
    _Atomic uint32_t woken; /* futex word; 1: get up */
    _Atomic int64_t slept;  /* atomic, relaxed: ns slept so far; while it sleeps that, less the time at which it lay down */
    unsigned place;         /* locked: its place in the list, or TG_AWAKE */
};
#define TG_AWAKE UINT32_MAX

struct tg_park {
    pthread_mutex_t lock;    /* guards list */
    struct tg_bed **list;    /* room for all workers */
    unsigned room;           /* immutable */
    _Atomic unsigned asleep; /* atomic, seq_cst: how many are on the list */
};

void tg_park_init(struct tg_park *p, unsigned workers);
void tg_park_done(struct tg_park *p);
/* Gets on the list. Returns how many are on it now. */
unsigned tg_park_enter(struct tg_park *p, struct tg_bed *bed);
/* Gets off the list; false if somebody has taken it off to wake it. */
bool tg_park_leave(struct tg_park *p, struct tg_bed *bed);
/* Sleeps until taken off the list. */
void tg_park_sleep(struct tg_bed *bed);
/* Around what else its worker waits for without work: that is sleep, too. The worker's. */
void tg_park_lie_down(struct tg_bed *bed);
void tg_park_get_up(struct tg_bed *bed);
/* How long the worker has slept so far. Any thread. */
uint64_t tg_park_slept(struct tg_bed *bed, uint64_t now_ns);
/* Wakes the one that went to sleep last; false if nobody sleeps. Before it can run, *count_up
 * (may be NULL) is counted up for it. */
bool tg_park_wake(struct tg_park *p, _Atomic unsigned *count_up);
void tg_park_wake_all(struct tg_park *p);

/* Futexes: waits while *word is value, at most ns (UINT64_MAX: for ever); may return early. */
void tg_park_futex_wait(_Atomic uint32_t *word, uint32_t value, uint64_t ns);
void tg_park_futex_wake(_Atomic uint32_t *word);

#endif
