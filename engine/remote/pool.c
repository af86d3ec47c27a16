/* SPDX-License-Identifier: MIT
 * Executors by worker, and what they are told when they start. */
#include "engine/remote/pool.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "engine/remote/cluster.h"
#include "engine/remote/far.h"
#include "engine/value/list.h"
#include "engine/value/mapped.h"
#include "engine/value/str.h"

/* Tasks are named by their places in what was loaded here: another file at the same path would run others. */
static void greet_plugin(tg_value plugins, const struct tg_loaded *p)
{
    tg_list_add(plugins, tg_str(p->path));
    const uint64_t file[] = {p->device, p->inode, p->written_ns};
    for (size_t i = 0; i < TG_COUNT(file); i++) tg_list_add(plugins, tg_int((int64_t)file[i]));
}

/* An executor keeps two descriptors, and needs twice as many more while it starts; the rest is for what else a worker does. */
#define WORKER_DESCRIPTORS 4

/* What a session has open before the first one. */
#define OTHER_DESCRIPTORS 12

unsigned tg_pool_most_workers(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= UINT_MAX) return UINT_MAX;
    if (limit.rlim_cur < OTHER_DESCRIPTORS + WORKER_DESCRIPTORS) return 1;
    return (unsigned)(limit.rlim_cur - OTHER_DESCRIPTORS) / WORKER_DESCRIPTORS;
}

void tg_pool_greet(struct tg_pool *pool, tg_value take_plugins, tg_value take_externs)
{
    static const struct tg_codec plain;
    tg_value all = tg_list_make(2);
    tg_list_add(all, take_plugins);
    tg_list_add(all, take_externs);
    pool->greeting.length = 0;
    tg_codec_encode(&plain, all, &pool->greeting, NULL);
    tg_value_unref(all);
}

tg_value tg_pool_list_externs(const struct tg_registry *r)
{
    tg_value externs = tg_list_make(0);
    for (size_t i = 0; i < r->externs.count; i++) {
        struct tg_buf signature = {0};
        tg_sig_print(&signature, &r->externs.items[i].def->sig);
        tg_list_add(externs, tg_str(r->externs.items[i].library));
        tg_list_add(externs, tg_str(tg_buf_str(&signature)));
        tg_buf_done(&signature);
    }
    return externs;
}

/* The files of plugins, and the C functions, in the order in which they were loaded here. */
static void greet_loaded(struct tg_pool *pool)
{
    const struct tg_registry *r = pool->registry;
    tg_value plugins = tg_list_make(0);
    for (size_t i = 1; i < r->plugins.count; i++)
        if (r->plugins.items[i]->path) greet_plugin(plugins, r->plugins.items[i]);
    tg_pool_greet(pool, plugins, tg_pool_list_externs(r));
}

static struct tg_link *new_link(struct tg_pool *pool, unsigned index)
{
    struct tg_link *l = tg_alloc(sizeof *l);
    tg_link_init(l, pool, index);
    if (pool->cluster) tg_far_attach(l, pool->cluster);
    return l;
}

static void free_link(struct tg_link *l)
{
    if (!l) return;
    tg_link_done(l);
    tg_usage_add(&l->pool->used, &l->used);
    free(l);
}

static void add_link_used(struct tg_usage *used, const struct tg_link *l, unsigned *count)
{
    struct tg_usage now = l && l->pid > 0 ? tg_usage_of_process(l->pid) : (struct tg_usage){0};
    if (!l) return;
    *count += l->pid != 0;
    tg_usage_add(used, &now);
    tg_usage_add(used, &l->used);
}

struct tg_usage tg_pool_used(struct tg_pool *pool, unsigned *count)
{
    struct tg_usage used = pool->used;
    *count = 0;
    for (unsigned i = 0; i < pool->count; i++) add_link_used(&used, pool->links[i], count);
    add_link_used(&used, pool->asker, count);
    return used;
}

struct tg_pool *tg_pool_new(const struct tg_services *services, unsigned workers, uint64_t memory_bytes, const char *program)
{
    struct tg_pool *pool = tg_alloc_zero(sizeof *pool);
    pool->services = services;
    pool->commands = services->commands;
    pool->registry = services->registry;
    pool->program = program ? program : "/proc/self/exe";
    pool->memory_bytes = memory_bytes;
    pool->count = workers;
    pool->links = tg_alloc_zero(workers * sizeof(struct tg_link *));
    pool->pids = tg_alloc_zero((workers + 1) * sizeof *pool->pids);
    pool->mail = tg_alloc_zero((workers + 1) * sizeof *pool->mail);
    pthread_mutex_init(&pool->asking, NULL);
    pthread_mutex_init(&pool->typing, NULL);
    if (pool->registry) greet_loaded(pool);
    tg_mapped_begin();
    return pool;
}

void tg_pool_use(struct tg_pool *pool, struct tg_cluster *take_cluster)
{
    pool->cluster = take_cluster;
}

void tg_pool_free(struct tg_pool *pool)
{
    if (!pool) return;
    for (unsigned i = 0; i < pool->count; i++) free_link(pool->links[i]);
    free_link(pool->asker);
    tg_cluster_close(pool->cluster);
    pthread_mutex_destroy(&pool->asking);
    pthread_mutex_destroy(&pool->typing);
    for (unsigned i = 0; i <= pool->count; i++) tg_vec_done(&pool->mail[i].released);
    free(pool->mail);
    tg_vec_done(&pool->released);
    tg_arena_done(&pool->arena);
    tg_buf_done(&pool->greeting);
    free(pool->links);
    free((void *)pool->pids);
    free(pool);
}

void tg_pool_restart(struct tg_pool *pool)
{
    for (unsigned i = 0; pool && i < pool->count; i++) {
        free_link(pool->links[i]);
        pool->links[i] = NULL;
    }
}

pid_t tg_pool_pid(const struct tg_pool *pool, unsigned worker)
{
    return worker < pool->count ? atomic_load_explicit(&pool->pids[worker], memory_order_relaxed) : 0;
}

struct tg_link *tg_pool_link(struct tg_pool *pool, unsigned worker)
{
    TG_ASSERT(worker < pool->count);
    if (!pool->links[worker]) pool->links[worker] = new_link(pool, worker);
    return pool->links[worker];
}

struct tg_link *tg_pool_asker(struct tg_pool *pool)
{
    if (!pool->asker) pool->asker = new_link(pool, pool->count);
    return pool->asker;
}
