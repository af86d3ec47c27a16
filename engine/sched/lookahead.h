/* SPDX-License-Identifier: MIT
 * What a member sends to its executor at once: the task that it is at, with those that it would come to next. Thread class: the
 * member's own. */
#ifndef TG_SCHED_LOOKAHEAD_H
#define TG_SCHED_LOOKAHEAD_H

#include "engine/sched/crew.h"

/* Runs a task that may be sent ahead (tg_ahead_may), and more. The member is busy, and sends none at this time. What is ready then
 * is in its deque. */
void tg_lookahead_run(struct tg_member *m, tg_id id);
/* True if the task, which has become ready, is one of those sent: it is run in its turn. */
bool tg_lookahead_has(struct tg_member *m, tg_id id);
void tg_lookahead_free(struct tg_lookahead *a);

#endif
