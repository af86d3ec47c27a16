/* SPDX-License-Identifier: MIT
 * Runs whose executors are in a cluster. */
#include "cmd/elsewhere.h"

#include <stdio.h>
#include <string.h>

#include "cmd/cpus.h"
#include "cmd/execute.h"
#include "cmd/resources.h"
#include "engine/remote/cluster.h"
#include "engine/remote/pool.h"

#define DISTRIBUTED "distributed"

static bool is_distributed(const struct tg_cli *cli)
{
    return strcmp(tg_execute_scheduler(cli)->name, DISTRIBUTED) == 0;
}

static enum tg_opt_layer said_in(const struct tg_cli *cli, const char *name)
{
    const struct tg_opt *o = tg_opt_find(cli->verb->options, 0, name, strlen(name));
    return o ? (enum tg_opt_layer)cli->layers.of[o - cli->verb->options] : TG_OPT_DEFAULT;
}

bool tg_elsewhere_settle(struct tg_cli *cli, struct tg_err *err)
{
    if (!cli->cluster || is_distributed(cli)) return true;
    enum tg_opt_layer cluster = said_in(cli, "cluster"), scheduler = said_in(cli, "scheduler");
    if (cluster == scheduler) {
        tg_err_set(err, TG_EXIT_USAGE, "--cluster has tasks run in a cluster, and --scheduler=%s here",
                   tg_execute_scheduler(cli)->name);
        return false;
    }
    if (cluster < scheduler) {
        cli->cluster = NULL;
        return true;
    }
    for (cli->scheduler = 0; !is_distributed(cli);) cli->scheduler++;
    return true;
}

struct tg_cluster *tg_elsewhere_open(const struct tg_cli *cli, const struct tg_services *services)
{
    char own[32];
    struct tg_cluster_options options = {
        .text = cli->cluster, .most = (unsigned)cli->jobs, .memory_bytes = tg_resources_size(cli->worker_memory)};
    if (!is_distributed(cli)) return NULL;
    if (!options.text) {
        snprintf(own, sizeof own, "pool:%u", cli->jobs ? (unsigned)cli->jobs : tg_cpus_usable());
        options.text = own;
    }
    return tg_cluster_open(services, &options);
}

bool tg_elsewhere_is_up(const struct tg_services *services, struct tg_err *err)
{
    const struct tg_pool *pool = services->executors;
    return !pool || !pool->cluster || tg_cluster_is_up(pool->cluster, err);
}
