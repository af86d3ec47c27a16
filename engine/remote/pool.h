/* SPDX-License-Identifier: MIT
 * The executors of a session: one for each worker that has tasks for one, and one that is asked about objects. They live from the
 * first task to the end of all runs. */
#ifndef TG_REMOTE_POOL_H
#define TG_REMOTE_POOL_H

#include <pthread.h>

#include "engine/command/command.h"
#include "engine/remote/link.h"
#include "engine/remote/recipe.h"

struct tg_cluster;

struct tg_pool {
    const struct tg_services *services;
    struct tg_commands *commands;
    const struct tg_registry *registry;
    const char *program;        /* that is started with the word `exec` */
    struct tg_buf greeting;     /* what each executor is told */
    uint64_t memory_bytes;      /* that each may use; 0: any */
    struct tg_cluster *cluster; /* where they are; NULL: here */
    unsigned count;             /* of links: one for each worker that there can be */
    struct tg_link **links;     /* each its worker's; NULL: it needed none so far */
    _Atomic pid_t *pids;        /* atomic, relaxed: of their processes, and last the asker's; 0: there is none */
    pthread_mutex_t asking;     /* guards asker */
    struct tg_link *asker;
    pthread_mutex_t typing; /* guards what follows (sealed.c, recipe.c) */
    struct tg_sealed_type *types;
    struct tg_arena arena;
    struct tg_recipe_mail *mail;       /* of each link, and last of the asker */
    struct tg_recipe_numbers released; /* in a cluster: objects that nobody needs, and whose executor may not know it */
    struct tg_usage used;              /* by executors whose links are gone */
    uint32_t processes;                /* that were begun */
    uint32_t given_process;            /* the number of one that is begun now; 0: they are counted */
    _Atomic bool seals;                /* atomic: there may be sealed objects */
};

/* Workers that the limit of open files has room for, each with an executor; at least 1. */
unsigned tg_pool_most_workers(void);
/* For runs of at most so many workers with these services, whose plugins are loaded; with none (registry NULL), tg_pool_greet has to
 * tell what executors are to load. memory_bytes: that an executor may use; 0: any.
 * program NULL: this one. */
struct tg_pool *tg_pool_new(const struct tg_services *services, unsigned workers, uint64_t memory_bytes, const char *program);
/* What executors are told from now on: the plugins, of each its path and what tells its file from others (device, inode, time), and the
 * C functions, of each its library and signature. Before the first one is started. */
void tg_pool_greet(struct tg_pool *pool, tg_value take_plugins, tg_value take_externs);
/* The C functions, as they are told: of each its library and signature. */
tg_value tg_pool_list_externs(const struct tg_registry *r);
/* Executors are those of a cluster, which is closed behind them. Before there is any. */
void tg_pool_use(struct tg_pool *pool, struct tg_cluster *take_cluster);
/* Ends all executors. NULL is fine. When no run is going on. */
void tg_pool_free(struct tg_pool *pool);
/* What has been told to end runs no more: later tasks get other executors. When no run is going on. NULL is fine. */
void tg_pool_restart(struct tg_pool *pool);
/* What executors have used so far, those that have ended included; *count: of those that there are. When no run is going on. */
struct tg_usage tg_pool_used(struct tg_pool *pool, unsigned *count);
/* The executor that the worker has now; 0: none. Any thread; it may have ended a moment later. */
pid_t tg_pool_pid(const struct tg_pool *pool, unsigned worker);
/* The worker's. */
struct tg_link *tg_pool_link(struct tg_pool *pool, unsigned worker);

/* The one that is asked; locked by `asking`. */
struct tg_link *tg_pool_asker(struct tg_pool *pool);

#endif
