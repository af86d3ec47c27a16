/* SPDX-License-Identifier: MIT
 * What a member does with a task, until there is nothing more that follows from it. Thread class: the member's own. */
#ifndef TG_SCHED_MEMBER_H
#define TG_SCHED_MEMBER_H

#include "engine/sched/crew.h"

/* Runs the task (TG_NO_TASK: none) and what it makes ready, as long as that is quick and one after the other. The member is
 * busy. After a stop, tasks go through here only to be marked. */
void tg_member_run(struct tg_member *m, tg_id id);
/* Runs one that was taken from the queue, with its cores, and what is quick of what it makes ready. */
void tg_member_run_slow(struct tg_member *m, tg_id id);
/* After the task was run: counts down its successors. A quick one that is ready now, to be run next, or TG_NO_TASK. */
tg_id tg_member_finish(struct tg_member *m, tg_id id);
/* The same, and runs that. */
void tg_member_follow(struct tg_member *m, tg_id id);

#endif
