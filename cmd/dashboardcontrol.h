/* SPDX-License-Identifier: MIT
 * What the page of a dashboard may ask of a run, where --dashboard-control lets it: to end, to pause, to go on, another number of
 * workers. Thread class: owner, who may be any thread. */
#ifndef TG_CMD_DASHBOARDCONTROL_H
#define TG_CMD_DASHBOARDCONTROL_H

#include "engine/run/run.h"

#define TG_DASHBOARDCONTROL_BYTES 4096 /* of a request, at most */

enum tg_dashboardcontrol_asked { TG_DASHBOARDCONTROL_NOTHING, TG_DASHBOARDCONTROL_STOP };

/* Does what this JSON asks for, and adds the answer; run NULL: none goes on. To end it is left to the caller, when the answer is on its
 * way: it may be the end of the process. *status: of HTTP. */
enum tg_dashboardcontrol_asked tg_dashboardcontrol_do(struct tg_run *run, const char *json, size_t length, unsigned *status,
                                                      struct tg_buf *answer);

#endif
