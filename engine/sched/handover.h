/* SPDX-License-Identifier: MIT
 * A plan as a straight line that is handed over to a crew when that is worth it. */
#ifndef TG_SCHED_HANDOVER_H
#define TG_SCHED_HANDOVER_H

#include "engine/sched/crew.h"

/* Member 0 runs the plan as a straight line, with a watcher that shares out the rest when it is worth it. Returns when member 0
 * has nothing more to do. */
void tg_handover_drive(struct tg_crew *crew);

#endif
