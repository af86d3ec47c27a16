/* SPDX-License-Identifier: MIT
 * The root object of a process: registry, graph, limits, stop flag. There are no globals beside the signal flag that
 * cmd owns. Thread class: owner until the run starts. */
#ifndef TG_SESSION_H
#define TG_SESSION_H

#include "engine/graph/graph.h"
#include "engine/plugin/host.h"
#include "engine/plugin/registry.h"
#include "engine/run/run.h"

struct tg_session {
    struct tg_registry registry;
    struct tg_graph graph;
    struct tg_secrets secrets;
    struct tg_services services; /* services.secrets points there */
    _Atomic int stop;            /* enum tg_stop; services.stop points here */
    _Atomic bool given_up;       /* services.given_up points here: the process ends without waiting for its threads */
};

/* max_tasks 0: TG_DEFAULT_MAX_TASKS. The plugin search path is empty: cmd fills it (cmd/paths.c). */
bool tg_session_init(struct tg_session *s, tg_id max_tasks, struct tg_err *err);
void tg_session_done(struct tg_session *s);

#endif
