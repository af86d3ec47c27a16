/* SPDX-License-Identifier: MIT
 * A run whose number of workers changes all the time, on real threads: quick and slow tasks, in columns and in a graph that grows,
 * and tasks of more cores than it has workers by then. */
#include "tests/unit/check.h"

#include <pthread.h>
#include <time.h>

#include "engine/grow/fragment.h"
#include "engine/grow/start.h"
#include "engine/sched/sched.h"
#include "engine/value/future.h"
#include "tests/unit/tasks.h"

#define WORKERS 4
#define ROUNDS 40

static _Atomic uint32_t busy, too_many;
static _Atomic bool over;

static void work(uint32_t cores, long ns)
{
    if (atomic_fetch_add(&busy, cores) + cores > WORKERS) atomic_fetch_add(&too_many, 1);
    if (ns) nanosleep(&(struct timespec){0, ns}, NULL);
    atomic_fetch_sub(&busy, cores);
}

static int scaled_quick_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    work(1, 0);
    *out = tg_int(args[0].i + 1);
    return TG_OK;
}

static int scaled_slow_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    work(ctx->grant ? ctx->grant->cores : 1, 200000);
    *out = tg_int(args[0].i + 1);
    return TG_OK;
}

static const struct tg_def scaled_quick = REST_DEF("quick", scaled_quick_fn, anys, KINDS_INT, TG_DEF_UNCHECKED),
                           scaled_slow = REST_DEF("slow", scaled_slow_fn, anys, KINDS_INT, TG_DEF_UNCHECKED | TG_DEF_SLOW);

/* Counts down, one task after the other, each of which adds the next. */
static int scaled_loop_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    work(1, args[0].i % 8 ? 0 : 50000);
    *out = tg_int(7);
    if (args[0].i == 0) return TG_OK;
    struct tg_fragment *f = tg_fragment_of(ctx);
    tg_value left = tg_int(args[0].i - 1);
    uint32_t site = tg_fragment_site(f, ctx->def, (tg_span){0, 0}, 0, 0);
    *out = tg_future(tg_fragment_add(f, site, &left, count, NULL, 0, NULL));
    return TG_OK;
}

static const struct tg_def scaled_loop = REST_DEF("loop", scaled_loop_fn, anys, TG_KINDS_ANY,
                                                  TG_DEF_UNCHECKED | TG_DEF_EXPANDS);

/* Another number of workers every now and then, any of them, until it is over. */
static void *keep_scaling(void *data)
{
    struct tg_run *run = data;
    uint32_t seed = 1;
    while (!over) {
        seed = seed * 1664525u + 1013904223u;
        struct tg_err err = {0};
        tg_run_scale(run, 1 + (seed >> 16) % WORKERS, &err);
        tg_err_done(&err);
        nanosleep(&(struct timespec){0, (long)(seed >> 8) % 100000}, NULL);
    }
    return NULL;
}

/* Chains of quick and slow tasks in turn; the last ones, of all cores, are slow. */
static void add_chains(struct tg_graph *g, uint32_t quick, uint32_t slow, uint32_t wide)
{
    for (int64_t i = 0; i < 30; i++) {
        tg_value v = tg_int(i);
        for (int k = 0; k < 50; k++) v = tg_future(ADD(g, k % 10 ? quick : slow, v));
        if (wide && i % 10 == 0) v = tg_future(ADD(g, wide, v));
        CHECK(tg_graph_want(g, "x", v, (tg_span){0, 0}, NULL));
    }
}

static void run_scaled(bool grows, bool wide)
{
    struct tg_graph g;
    struct tg_plan p;
    struct tg_run run;
    pthread_t scaler;
    struct tg_run_options options = {.jobs = WORKERS, .quiet = true, .sched = tg_sched_find("threads")};
    tg_value record = tg_record_make(1);
    tg_record_put(record, tg_str_make(TG_STR, "cores", 5), tg_int(WORKERS));
    busy = too_many = 0;
    over = false;
    graph_init(&g, 0);
    uint32_t of_wide = tg_graph_site(&g, &scaled_slow, (tg_span){0, 0}, tg_graph_options(&g, record), 0);
    add_chains(&g, site_of(&g, &scaled_quick), site_of(&g, &scaled_slow), wide ? of_wide : 0);
    for (int i = 0; grows && i < WORKERS + 1; i++)
        CHECK(tg_graph_want(&g, "x", tg_future(ADD(&g, site_of(&g, &scaled_loop), tg_int(400))), (tg_span){0, 0}, NULL));
    CHECK(tg_plan_make(&g, NULL, 0, &p, NULL));
    tg_start_run(&run, &g, &p, &options);
    CHECK(pthread_create(&scaler, NULL, keep_scaling, &run) == 0);
    CHECK(tg_run_execute(&run, NULL));
    over = true;
    pthread_join(scaler, NULL);
    CHECK_INT(too_many, 0);
    CHECK_INT(run.skipped_count, 0);
    CHECK_INT(run.failures.count, 0);
    for (size_t i = 0; i < g.wanted.count; i++) {
        tg_value v = tg_nil();
        CHECK(tg_run_value(&run, &g.wanted.items[i], &v));
        CHECK_INT(v.i, i < 30 ? (int64_t)i + 50 + (wide && i % 10 == 0) : 7);
    }
    tg_run_done(&run);
    tg_plan_done(&p);
    tg_graph_done(&g);
}

TEST(a_run_is_right_however_often_it_is_scaled)
{
    for (int i = 0; i < ROUNDS; i++) run_scaled(i & 1, i & 2);
}
