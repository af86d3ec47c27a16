/* SPDX-License-Identifier: MIT
 * The scheduler `distributed`: that of processes, where the executors are those of a cluster (remote/cluster.h), and there are as many
 * workers as that has slots. */
#include "engine/sched/straight.h"

const struct tg_sched tg_distributed_sched = {
    .name = "distributed",
    .summary = "the same, with the processes of a cluster (--cluster)",
    .away = true,
    .drive = tg_threads_drive,
};
