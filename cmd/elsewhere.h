/* SPDX-License-Identifier: MIT
 * Runs whose executors are in a cluster: --cluster, and what it means for --scheduler and --jobs. Thread class: owner (the main
 * thread). */
#ifndef TG_CMD_ELSEWHERE_H
#define TG_CMD_ELSEWHERE_H

#include "cmd/cmd.h"

struct tg_cluster;

/* --cluster says which scheduler there is, unless another one is said nearer to the command line, or as near, which is an error. */
bool tg_elsewhere_settle(struct tg_cli *cli, struct tg_err *err);
/* That of the run, open, or lost from the beginning; NULL: the scheduler needs none. cli->jobs then says how many slots it is to have
 * at most, 0: all. */
struct tg_cluster *tg_elsewhere_open(const struct tg_cli *cli, const struct tg_services *services);
/* False and err: the executors of these services are those of a cluster that is lost. */
bool tg_elsewhere_is_up(const struct tg_services *services, struct tg_err *err);

#endif
