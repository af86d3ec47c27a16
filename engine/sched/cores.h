/* SPDX-License-Identifier: MIT
 * The seats of a crew: one for each core of the run. Thread class: any thread; a member's own, its thread. */
#ifndef TG_SCHED_CORES_H
#define TG_SCHED_CORES_H

#include "engine/sched/crew.h"

unsigned tg_cores_free(const struct tg_crew *crew);
/* More are taken than there may be by now. */
bool tg_cores_are_crowded(const struct tg_crew *crew);
/* Takes free seats, at most so many; how many. */
unsigned tg_cores_take(struct tg_crew *crew, unsigned most);
void tg_cores_leave(struct tg_crew *crew, unsigned count);
/* The member has a seat from now on; false if all are taken. */
bool tg_cores_sit(struct tg_member *m);
void tg_cores_stand(struct tg_member *m);

#endif
