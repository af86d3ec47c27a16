/* SPDX-License-Identifier: MIT
 * Quick tasks give way: one that needs several cores begins while there is no end of quick ones, on real threads. Until it has
 * run, what is quick goes on or takes its time; so a test that comes to its end has shown it. */
#include "tests/unit/check.h"

#include <time.h>

#include "engine/base/clock.h"
#include "engine/grow/fragment.h"
#include "engine/grow/start.h"
#include "engine/sched/sched.h"
#include "engine/value/future.h"
#include "tests/unit/tasks.h"

#define CORES 3
#define QUICK_TASKS 50000
#define SPIN_NS 20000

static _Atomic uint32_t cores_held, too_many, wide_runs, quick_after;
static uint32_t wide_wanted; /* runs of wide tasks until what is quick comes to its end */

static void hold(uint32_t cores)
{
    if (atomic_fetch_add(&cores_held, cores) + cores > CORES) atomic_fetch_add(&too_many, 1);
}

static void spin(void)
{
    for (uint64_t end_ns = tg_clock_ns() + SPIN_NS; tg_clock_ns() < end_ns;) {}
}

static int wide_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)args, (void)count;
    hold(ctx->grant->cores);
    nanosleep(&(struct timespec){0, 2000000}, NULL);
    atomic_fetch_sub(&cores_held, ctx->grant->cores);
    atomic_fetch_add(&wide_runs, 1);
    *out = tg_int(1);
    return TG_OK;
}

static int quick_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)args, (void)count;
    bool waits = wide_runs < wide_wanted;
    hold(1);
    if (waits) spin();
    else atomic_fetch_add(&quick_after, 1);
    atomic_fetch_sub(&cores_held, 1);
    *out = tg_int(1);
    return TG_OK;
}

/* A round of a loop that goes on until all wide tasks have run. */
static int loop_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    quick_fn(ctx, args, count, out);
    if (wide_runs >= wide_wanted) return TG_OK;
    struct tg_fragment *f = tg_fragment_of(ctx);
    uint32_t site = tg_fragment_site(f, ctx->def, (tg_span){0, 0}, 0, 0);
    *out = tg_future(tg_fragment_add(f, site, args, count, NULL, 0, NULL));
    return TG_OK;
}

/* None is taken for slow because the machine is busy. */
static const struct tg_def wide_def = REST_DEF("wide", wide_fn, anys, KINDS_INT, TG_DEF_UNCHECKED | TG_DEF_SLOW),
                           quick_def = REST_DEF("quick", quick_fn, anys, KINDS_INT, TG_DEF_UNCHECKED | TG_DEF_QUICK),
                           loop_def = REST_DEF("loop", loop_fn, anys, TG_KINDS_ANY,
                                               TG_DEF_UNCHECKED | TG_DEF_QUICK | TG_DEF_EXPANDS);

static void add_tasks(struct tg_graph *g, uint32_t site, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        tg_id id = ADD(g, site, tg_int((int64_t)i));
        CHECK(tg_graph_want(g, NULL, tg_future(id), (tg_span){0, 0}, NULL));
    }
}

static uint32_t wide_site(struct tg_graph *g, uint32_t cores)
{
    tg_value options = tg_record_make(1);
    tg_record_put(options, tg_str_make(TG_STR, "cores", 5), tg_int(cores));
    return tg_graph_site(g, &wide_def, (tg_span){0, 0}, tg_graph_options(g, options), 0);
}

/* That many wide tasks of that many cores beside those of `def`. */
static void run_beside(const struct tg_def *def, size_t count, size_t wide, uint32_t cores)
{
    struct tg_graph g;
    struct tg_plan p;
    struct tg_run run;
    struct tg_run_options options = {.jobs = CORES, .quiet = true, .sched = tg_sched_find("threads")};
    cores_held = too_many = wide_runs = quick_after = 0;
    wide_wanted = (uint32_t)wide;
    graph_init(&g, 0);
    add_tasks(&g, wide_site(&g, cores), wide);
    add_tasks(&g, site_of(&g, def), count);
    CHECK(tg_plan_make(&g, NULL, 0, &p, NULL));
    tg_start_run(&run, &g, &p, &options);
    CHECK(tg_run_execute(&run, NULL));
    CHECK_INT(wide_runs, wide);
    CHECK_INT(too_many, 0);
    CHECK_INT(run.skipped_count, 0);
    CHECK(quick_after > 0);
    tg_run_done(&run);
    tg_plan_done(&p);
    tg_graph_done(&g);
}

TEST(loops_without_end_give_way_to_a_task_of_all_cores)
{
    for (size_t loops = 1; loops <= CORES + 1; loops++) run_beside(&loop_def, loops, 1, CORES);
}

TEST(loops_without_end_give_way_again_and_again)
{
    run_beside(&loop_def, CORES, 4, CORES);
    run_beside(&loop_def, CORES, 6, CORES - 1);
}

TEST(many_quick_tasks_give_way)
{
    run_beside(&quick_def, QUICK_TASKS, 1, CORES);
    run_beside(&quick_def, QUICK_TASKS, 2, CORES - 1);
}
