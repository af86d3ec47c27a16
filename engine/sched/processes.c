/* SPDX-License-Identifier: MIT
 * The scheduler `processes`: that of threads, where each has an executor for the tasks of plugins (remote/away.h). So everything
 * else, commands and the graph itself, is done as there. */
#include "engine/sched/straight.h"

const struct tg_sched tg_processes_sched = {
    .name = "processes",
    .summary = "the same, with a process for each that runs the plugins' tasks",
    .away = true,
    .drive = tg_threads_drive,
};
