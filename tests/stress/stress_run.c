/* SPDX-License-Identifier: MIT
 * Random graphs over schedulers and worker counts, against a plain evaluation: numbers, heap values, failures caught and
 * not, tasks that only wait, slow ones and priorities, stops in the middle, keep-going. Meant for the thread sanitizer too.
 *
 *     stress_run [ROUNDS [SEED]]
 *
 * The first difference is printed with the seed that repeats it. */
#include <stdio.h>
#include <time.h>

#include "engine/graph/pace.h"
#include "engine/grow/start.h"
#include "engine/sched/sched.h"
#include "engine/value/future.h"
#include "tests/unit/tasks.h"

/* ---- chance -------------------------------------------------------------------------------------- */

static uint64_t seed;

static uint32_t chance(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)((seed >> 33) % below);
}

/* The same for a task whoever runs it. */
static uint32_t task_chance(uint32_t task, uint32_t below)
{
    return (uint32_t)((task + 1) * UINT64_C(0x9e3779b97f4a7c15) >> 40) % below;
}

/* ---- tasks --------------------------------------------------------------------------------------- */

static _Atomic int stop;
static uint32_t stop_at; /* the task that raises the stop flag; UINT32_MAX: none */
static uint32_t spin_loops, sleep_one_in;
static bool evaluating; /* plainly: no delays, no stops */

static void delay(tg_ctx *ctx)
{
    if (evaluating) return;
    if (ctx->task == stop_at) tg_stop_raise(&stop, TG_STOP_SIGNAL);
    for (uint32_t i = 0; spin_loops && i < task_chance(ctx->task, spin_loops); i++) __asm__ volatile("" ::: "memory");
    if (sleep_one_in && task_chance(ctx->task, sleep_one_in) == 0) nanosleep(&(struct timespec){0, 50000}, NULL);
}

/* Sums ints and lengths. */
static int mix_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    uint64_t sum = ctx->task;
    for (size_t i = 0; i < count; i++) {
        if (tg_kind(args[i]) == TG_STR) sum = sum * 31 + tg_str_of(args[i])->length;
        else if (tg_kind(args[i]) == TG_LIST) sum = sum * 31 + tg_list_of(args[i])->count;
        else sum = sum * 31 + args[i].bits;
    }
    delay(ctx);
    *out = tg_int((int64_t)(sum % 1000003));
    return TG_OK;
}

static int label_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    tg_value sum = tg_nil();
    mix_fn(ctx, args, count, &sum);
    char text[64];
    int length = snprintf(text, sizeof text, "%u:%lld", ctx->task, (long long)sum.i);
    *out = tg_str_make(TG_STR, text, (size_t)length);
    return TG_OK;
}

static int risky_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    if (task_chance(ctx->task, 3) == 0) return task_fail(ctx, "bad luck");
    return mix_fn(ctx, args, count, out);
}

static struct tg_pace mix_pace; /* changes with what is measured */
static const struct tg_def mix_def = {
    .name = "mix",
    .fn = mix_fn,
    .pace = &mix_pace,
    .sig = {.name = "mix", .count = 1, .rest = true, .params = &anys, .result = TYPE(KINDS_INT)}};
static const struct tg_def nap_def = REST_DEF("nap", mix_fn, anys, KINDS_INT, TG_DEF_SLOW);
static const struct tg_def label_def = REST_DEF("label", label_fn, anys, KINDS_STR, TG_DEF_UNCHECKED);
static const struct tg_def risky_def = REST_DEF("risky", risky_fn, anys, KINDS_INT, 0);

/* ---- graphs -------------------------------------------------------------------------------------- */

struct recipe {
    tg_id tasks, window; /* arguments come from the last `window` tasks */
    uint32_t heap_one_in, risky_one_in, wide_one_in, slow_one_in;
};

static struct recipe random_recipe(void)
{
    static const tg_id sizes[] = {1, 2, 10, 200, 3000, 6000, 20000};
    static const tg_id windows[] = {1, 2, 50, 1000, 1u << 30};
    static const uint32_t heap[] = {1u << 30, 10, 2}, risky[] = {1u << 30, 1u << 30, 50, 2000}, wide[] = {1u << 30, 200};
    static const uint32_t slow[] = {1u << 30, 1u << 30, 1000, 10, 1};
    return (struct recipe){.tasks = sizes[chance(7)],
                           .window = windows[chance(5)],
                           .heap_one_in = heap[chance(3)],
                           .risky_one_in = risky[chance(4)],
                           .wide_one_in = wide[chance(2)],
                           .slow_one_in = slow[chance(5)]};
}

static tg_value random_arg(const struct tg_graph *g, const struct recipe *r)
{
    if (g->count == 0 || chance(8) == 0) return tg_int(chance(100));
    tg_id back = chance(r->window < g->count ? r->window : g->count);
    return tg_future(g->count - 1 - back);
}

/* Of tasks that are slow or have a priority or both. */
static uint32_t random_slow(struct tg_graph *g)
{
    const struct tg_def *def = chance(2) ? &nap_def : &mix_def;
    return tg_graph_site(g, def, (tg_span){0, 0}, priority_option(g, (int64_t)chance(3) - 1), 0);
}

static void build(struct tg_graph *g, const struct recipe *r)
{
    uint32_t slow[] = {random_slow(g), random_slow(g), random_slow(g)};
    uint32_t mix = site_of(g, &mix_def), label = site_of(g, &label_def), risky = site_of(g, &risky_def);
    uint32_t try = site_of(g, &try_def);
    static tg_value args[2000];
    while (g->count < r->tasks) {
        size_t count = chance(r->wide_one_in) == 0 ? 300 + chance(1700) : chance(4);
        for (size_t i = 0; i < count; i++) args[i] = random_arg(g, r);
        uint32_t site = chance(r->heap_one_in) == 0 ? label : chance(r->risky_one_in) == 0 ? risky : mix;
        if (chance(r->slow_one_in) == 0) site = slow[chance(3)];
        if (r->risky_one_in < 1000000 && chance(20) == 0)
            site = try, count = 2, args[0] = random_arg(g, r), args[1] = tg_int(5);
        tg_value after = random_arg(g, r);
        if (r->heap_one_in == 2 && chance(10) == 0 && count) {
            tg_value list = tg_list_make(2);
            for (int i = 0; i < 2; i++) tg_list_add(list, random_arg(g, r));
            args[0] = list;
            tg_graph_add(g, site, args, count, NULL, 0, NULL);
            tg_value_unref(list);
        } else {
            tg_graph_add(g, site, args, count, &after, chance(30) == 0, NULL);
        }
    }
    for (tg_id i = 0; i < 20; i++) {
        tg_id id = i ? chance(g->count) : g->count - 1;
        tg_graph_want(g, chance(5) ? "output" : NULL, tg_future(id), (tg_span){0, 0}, NULL);
    }
}

/* ---- the plain evaluation ------------------------------------------------------------------------ */

static tg_value plain_arg(const struct tg_graph *g, const tg_value *values, uint32_t arg)
{
    if (tg_arg_kind(arg) == TG_ARG_SMALL) return tg_int(tg_arg_small(arg));
    return tg_arg_kind(arg) == TG_ARG_POOL ? g->pool.items[tg_arg_payload(arg)] : values[tg_arg_payload(arg)];
}

static tg_value plain_task(const struct tg_graph *g, const tg_value *values, tg_id id)
{
    static tg_value args[2100];
    const struct tg_def *def = tg_graph_def_of(g, id);
    size_t count = 0;
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++) {
        tg_value v = plain_arg(g, values, g->args[i]);
        bool after = tg_arg_kind(g->args[i]) == TG_ARG_AFTER;
        if (tg_kind(v) == TG_FAILED && (after || count > 0 || !(def->flags & TG_DEF_CATCHES))) return v;
        if (!after) args[count++] = v;
    }
    struct tg_ctx ctx = {.def = def, .task = id};
    tg_value out = tg_nil();
    if (def->fn(&ctx, args, count, &out) == TG_OK) return out;
    tg_err_done(&ctx.err);
    return tg_make_(TG_FAILED, 0);
}

static tg_value *evaluate(const struct tg_graph *g)
{
    tg_value *values = tg_alloc(g->count * sizeof *values + 1);
    evaluating = true;
    for (tg_id id = 0; id < g->count; id++) values[id] = plain_task(g, values, id);
    evaluating = false;
    return values;
}

/* ---- comparing ----------------------------------------------------------------------------------- */

static bool differ(const char *what, unsigned long long got, unsigned long long wanted)
{
    if (got == wanted) return false;
    printf("%s is %llu, not %llu\n", what, got, wanted);
    return true;
}

/* Tasks whose plain value failed, among the needed ones. */
static tg_id count_failed(const struct tg_plan *p, const tg_value *values)
{
    tg_id failed = 0;
    for (tg_id id = 0; id < p->graph->count; id++) failed += tg_plan_needs(p, id) && tg_kind(values[id]) == TG_FAILED;
    return failed;
}

/* True if something is wrong. Every result that is there must be right; without a stop all must be there. */
static bool check_results(const struct tg_run *run, const tg_value *values, bool complete)
{
    for (size_t i = 0; i < run->graph->wanted.count; i++) {
        const struct tg_wanted *w = &run->graph->wanted.items[i];
        tg_value v;
        bool there = tg_run_value(run, w, &v), plain = tg_kind(values[w->task]) != TG_FAILED;
        if (!w->name) continue;
        if (complete && differ("a result's being there", there, plain)) return true;
        if (!there || (plain && tg_value_equal(v, values[w->task]))) continue;
        printf("task %u has a wrong value, a %s\n", w->task, tg_value_kind_name(v));
        return true;
    }
    return false;
}

static bool run_once(const struct tg_graph *g, const tg_value *values, const struct tg_run_options *options)
{
    struct tg_plan p;
    struct tg_run run;
    struct tg_err err = {0};
    stop = TG_GO;
    tg_plan_make(g, NULL, 0, &p, NULL);
    tg_start_run(&run, g, &p, options);
    bool wrong = !tg_run_execute(&run, &err);
    if (wrong) printf("%s\n%s\n", err.message, err.detail ? err.detail : "");
    wrong = wrong || check_results(&run, values, stop == TG_GO);
    if (stop == TG_GO) {
        wrong = wrong || differ("the number of tasks done", run.done_count, p.count - count_failed(&p, values));
    } else if (stop == TG_STOP_FAILED) {
        wrong = wrong || differ("the failures' being there", run.failures.count > 0, true);
        wrong = wrong || differ("a stop without keep-going", options->keep_going, false);
    }
    wrong = wrong || (run.skipped_count > p.count && differ("tasks skipped", run.skipped_count, p.count));
    tg_err_done(&err);
    tg_run_done(&run);
    tg_plan_done(&p);
    return wrong;
}

static bool round_of(uint64_t round_seed)
{
    static const unsigned jobs[] = {1, 2, 3, 8, 40};
    struct tg_services services = {.stop = &stop, .wake_fd = -1};
    seed = round_seed;
    struct recipe recipe = random_recipe();
    struct tg_graph g;
    graph_init(&g, 0);
    build(&g, &recipe);
    tg_value *values = evaluate(&g);
    spin_loops = chance(3) ? 0 : 10000 >> chance(8);
    sleep_one_in = chance(3) ? 0 : 100 << chance(6);
    bool wrong = false;
    for (int i = 0; i < 6 && !wrong; i++) {
        stop_at = chance(4) ? UINT32_MAX : chance(g.count);
        mix_pace.mean_us = chance(2) ? chance(2) : 4000; /* not measured so far, quick, or slow until it is measured */
        mix_pace.was_slow = chance(2);
        struct tg_run_options options = {.jobs = jobs[chance(5)], .keep_going = chance(2), .services = &services};
        options.sched = tg_sched_find(i ? "threads" : "single-threaded");
        wrong = run_once(&g, values, &options);
        if (wrong)
            printf("with seed %llu, %s, %u jobs, %u tasks\n", (unsigned long long)round_seed, options.sched->name, options.jobs,
                   g.count);
    }
    for (tg_id id = 0; id < g.count; id++) tg_value_unref(values[id]);
    free(values);
    tg_graph_done(&g);
    return wrong;
}

int main(int argc, char **argv)
{
    unsigned long long rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 100;
    unsigned long long first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    for (unsigned long long i = 0; i < rounds; i++)
        if (round_of(first + i)) return 1;
    printf("%llu rounds\n", rounds);
    return 0;
}
