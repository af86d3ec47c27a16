/* SPDX-License-Identifier: MIT
 * The rest of the way to the end, of a graph that grows. */
#ifndef TG_RUN_REST_H
#define TG_RUN_REST_H

#include "engine/run/node.h"

/* The longest way (pace.h) from a ready task to the end, its own estimate included, as it is known at this moment: levels are
 * those of the tasks that were there at the start, of others the tasks that wait for them are looked at, up to a limit. */
struct tg_durations;
uint32_t tg_rest_of(const struct tg_nodes *nodes, const uint32_t *levels, tg_id level_count, tg_id id,
                    const struct tg_durations *durations);

#endif
