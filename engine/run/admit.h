/* SPDX-License-Identifier: MIT
 * Who may begin: tasks that need more than a worker (several cores, memory, units of what users name) wait here in line until
 * what they need is free. Nothing of threads, clocks or states: what the caller gives is all that is known.
 *
 * The rule is backfilling (Lifka, The ANL/IBM SP Scheduling System, 1995), for durations that nobody knows: a later task may
 * begin before one that does not fit, but a bounded number of times. Counted is who takes of what the other one misses. At
 * the bound, what the task misses is set aside for it as it comes free: first memory and units, and when there is enough
 * of them cores, without which nobody begins, so that none idle while a unit is waited for. What has once been set aside
 * stays so until the task begins; that is why it does begin, and why at most so many are before it.
 *
 * Tasks with equal needs (of memory: nearly) are a group, and only the first of each is looked at. Thread class: locked, by
 * whoever owns it. */
#ifndef TG_RUN_ADMIT_H
#define TG_RUN_ADMIT_H

#include "engine/graph/lineup.h"
#include "engine/run/capacity.h"

/* What a task that runs holds. */
struct tg_lease {
    struct tg_need need;
    uint32_t *units; /* numbers from 0: need.units[0] of the first kind, then those of the second, ..; owned; NULL: none */
};

struct tg_admit_group;
struct tg_admit_slot;

struct tg_admit {
    const struct tg_capacity *capacity; /* immutable */
    uint32_t bound;                     /* how often a task that does not fit is passed over */
    uint64_t memory_free;
    uint64_t *taken[TG_ASKED_MAX]; /* a bit for each unit of a kind */
    uint32_t units_free[TG_ASKED_MAX];
    TG_VEC(struct tg_admit_group *) groups; /* those that have somebody */
    TG_VEC(struct tg_admit_slot) slots;     /* of who waits */
    TG_VEC(uint32_t) slots_free;
    size_t count;         /* who waits */
    uint32_t came;        /* counts those who came */
    uint32_t stuck_cores; /* with so many nobody could begin, and nothing has changed */
};

/* Everything is free. The capacity must live as long. */
void tg_admit_init(struct tg_admit *a, const struct tg_capacity *capacity);
void tg_admit_done(struct tg_admit *a);
/* The task waits from now on. The capacity must meet its need (capacity.h). */
void tg_admit_wait(struct tg_admit *a, struct tg_waiting task, const struct tg_need *need);
/* The first that may begin with so many cores free, that of the worker which asks included; it stays in line. *due: it was
 * passed over often enough. */
bool tg_admit_first(struct tg_admit *a, uint32_t cores_free, struct tg_waiting *task, bool *due);
/* Takes that one out of the line and gives it what it needs. The caller keeps account of cores. */
bool tg_admit_take(struct tg_admit *a, uint32_t cores_free, struct tg_waiting *task, struct tg_lease *lease);
/* The task, which waits with this need, does not any more. */
void tg_admit_leave(struct tg_admit *a, tg_id id, const struct tg_need *need);
/* A task has ended that held this. */
void tg_admit_give(struct tg_admit *a, struct tg_lease *lease);
/* So many of the free cores are set aside: a task that does not wait here, and needs one, may only begin if more are free. */
uint32_t tg_admit_kept(struct tg_admit *a, uint32_t cores_free);
/* Such a task begins, on one of so many free cores; `came` of it is what a->came was when it became ready. */
void tg_admit_pass(struct tg_admit *a, uint32_t cores_free, const struct tg_waiting *task);
/* Takes out any that waits, for a run that is being stopped; false if there is none. */
bool tg_admit_any(struct tg_admit *a, struct tg_waiting *task);
/* True if somebody waits for cores alone: with so many free. */
bool tg_admit_lacks_cores(struct tg_admit *a, uint32_t cores_free);
/* What the first in line misses, as a text for people ("2 cores", "1 of resource 'gpu'"; heap, the caller's), and who that
 * is; NULL: nobody waits, or it fits. */
char *tg_admit_missing(struct tg_admit *a, uint32_t cores_free, tg_id *id);

#endif
