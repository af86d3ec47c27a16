/* SPDX-License-Identifier: MIT
 * Random graphs that grow while they run, over schedulers and worker counts, against a plain evaluation. What grows hangs on
 * tasks that are waiting, running, just finishing or long done: the race between a task that completes and one that begins to
 * need it is what this is for. Meant for the thread sanitizer too.
 *
 *     stress_grow [ROUNDS [SEED]]
 *
 * A growing task has a function value that holds futures and a seed. Its body (`body` below) is written once for both
 * evaluations: in a run its maker adds tasks to the fragment, plainly its maker computes them at once. The first difference is
 * printed with the seed that repeats it. */
#include <stdio.h>
#include <time.h>

#include "engine/graph/pace.h"
#include "engine/grow/fragment.h"
#include "engine/grow/start.h"
#include "engine/sched/sched.h"
#include "engine/value/future.h"
#include "tests/unit/tasks.h"

#define POOL_MAX 300

/* ---- chance -------------------------------------------------------------------------------------- */

struct dice {
    uint64_t state;
};

static uint32_t roll(struct dice *d, uint32_t below)
{
    d->state = d->state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)((d->state >> 33) % below);
}

/* ---- a round's settings ---------------------------------------------------------------------------- */

static struct settings {
    uint32_t risky_one_in; /* tasks that may fail */
    uint32_t heap_one_in;  /* tasks with texts as results */
    uint32_t sites_one_in; /* tasks with a site of their own */
    bool effects;          /* growing tasks are effects, and there are others */
    bool naps;             /* plain tasks are slow */
    uint32_t options[2];   /* priorities of sites, each in every second one; 0: none */
    uint32_t spin_loops, sleep_one_in;
} now;

static _Atomic int stop;
static _Atomic int64_t stop_in; /* tasks until one raises the stop flag */
static _Atomic uint32_t delays; /* another delay for each task of each run */
static _Atomic int64_t ticks;   /* effects so far */
static _Atomic int64_t parts;   /* function values that live */

static void delay(void)
{
    if (atomic_fetch_sub_explicit(&stop_in, 1, memory_order_relaxed) == 1) tg_stop_raise(&stop, TG_STOP_SIGNAL);
    struct dice d = {atomic_fetch_add_explicit(&delays, 1, memory_order_relaxed) * UINT64_C(0x9e3779b97f4a7c15)};
    uint32_t loops = now.spin_loops && roll(&d, 2) ? roll(&d, now.spin_loops) : 0;
    for (uint32_t i = 0; i < loops; i++) __asm__ volatile("" ::: "memory");
    if (now.sleep_one_in && roll(&d, now.sleep_one_in) == 0) nanosleep(&(struct timespec){0, 50000}, NULL);
}

/* ---- plain tasks ----------------------------------------------------------------------------------- */

/* A number that says what a value is. */
static uint64_t number(tg_value v)
{
    uint64_t sum = tg_kind(v);
    if (tg_kind(v) == TG_STR) {
        for (size_t i = 0; i < tg_str_of(v)->length; i++) sum = sum * 31 + (unsigned char)tg_str_of(v)->data[i];
        return sum;
    }
    if (tg_kind(v) != TG_LIST) return sum * 31 + v.bits;
    for (size_t i = 0; i < tg_list_of(v)->count; i++) sum = sum * 31 + number(tg_list_of(v)->items[i]);
    return sum;
}

static uint64_t numbers(const tg_value *args, size_t count)
{
    uint64_t sum = 1;
    for (size_t i = 0; i < count; i++) sum = sum * 1000003 + number(args[i]);
    return sum;
}

static int mix_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    if (ctx) delay();
    *out = tg_int((int64_t)(numbers(args, count) % 1000003));
    return TG_OK;
}

static int label_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    char text[64];
    int length = snprintf(text, sizeof text, "label %llu", (unsigned long long)(numbers(args, count) % 1000));
    if (ctx) delay();
    *out = tg_str_make(TG_STR, text, (size_t)length);
    return TG_OK;
}

static int risky_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    if (numbers(args, count) % 3) return mix_fn(ctx, args, count, out);
    return ctx ? task_fail(ctx, "bad luck") : TG_FAIL;
}

static int tick_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    atomic_fetch_add_explicit(&ticks, 1, memory_order_relaxed);
    return mix_fn(ctx, args, count, out);
}

static int grow_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out);

static const struct tg_def mix_def = REST_DEF("mix", mix_fn, anys, KINDS_INT, TG_DEF_UNCHECKED);
static const struct tg_def nap_def = REST_DEF("nap", mix_fn, anys, KINDS_INT, TG_DEF_UNCHECKED | TG_DEF_SLOW);
static const struct tg_def label_def = REST_DEF("label", label_fn, anys, KINDS_STR, TG_DEF_UNCHECKED);
static const struct tg_def risky_def = REST_DEF("risky", risky_fn, anys, KINDS_INT, TG_DEF_UNCHECKED);
static struct tg_pace tick_pace, grow_pace; /* change with what is measured */
static const struct tg_def grow_def = {
    .name = "grow",
    .fn = grow_fn,
    .flags = TG_DEF_UNCHECKED | TG_DEF_EXPANDS,
    .pace = &grow_pace,
    .sig = {.name = "grow", .count = 1, .rest = true, .params = &anys, .result = TYPE(TG_KINDS_ANY)}};
static const struct tg_def tick_def = {
    .name = "tick",
    .fn = tick_fn,
    .flags = TG_DEF_UNCHECKED,
    .pace = &tick_pace,
    .sig = {.name = "tick", .count = 1, .rest = true, .effect = true, .params = &anys, .result = TYPE(KINDS_INT)}};
static const struct tg_def grow_effect_def = {
    .name = "grow",
    .fn = grow_fn,
    .flags = TG_DEF_UNCHECKED | TG_DEF_EXPANDS,
    .sig = {.name = "grow", .count = 1, .rest = true, .effect = true, .params = &anys, .result = TYPE(TG_KINDS_ANY)}};

enum what { MIX, LABEL, RISKY, TRY, TICK, GROW, WHAT_COUNT };
static const struct tg_def *const defs[WHAT_COUNT] = {&mix_def, &label_def, &risky_def, &try_def, &tick_def, &grow_def};
static uint32_t sites[WHAT_COUNT]; /* of the round's graph */

static const struct tg_def *def_of(enum what what)
{
    if (what == MIX && now.naps) return &nap_def;
    return what == GROW && now.effects ? &grow_effect_def : defs[what];
}

/* ---- makers ---------------------------------------------------------------------------------------- */

/* Adds tasks to a graph or to a fragment, or, with neither, computes them. */
struct maker {
    struct tg_graph *graph;
    struct tg_fragment *fragment;
    struct dice *dice; /* for what must not change results */
};

static tg_value failed(void)
{
    return tg_make_(TG_FAILED, 0);
}
static bool is_failed(tg_value v)
{
    return tg_kind(v) == TG_FAILED;
}

static tg_value body(struct maker *m, tg_value part, tg_value trigger);

static tg_value compute(struct maker *m, enum what what, const tg_value *args, size_t count)
{
    tg_value out = tg_nil();
    for (size_t i = what == TRY; i < count; i++)
        if (is_failed(args[i])) return failed();
    if (what == GROW) return body(m, args[1], args[0]);
    return defs[what]->fn(NULL, args, count, &out) == TG_OK ? out : failed();
}

/* The result of a task, owned: a future, or, computed, its value. */
static tg_value make(struct maker *m, enum what what, const tg_value *args, size_t count, tg_value after)
{
    if (!m->graph && !m->fragment) return is_failed(after) ? failed() : compute(m, what, args, count);
    uint32_t site = sites[what];
    bool own_site = m->fragment && roll(m->dice, now.sites_one_in) == 0;
    size_t after_count = tg_kind(after) != TG_NIL;
    if (own_site) site = tg_fragment_site(m->fragment, def_of(what), (tg_span){0, 0}, now.options[roll(m->dice, 2)], 0);
    tg_id id = m->fragment ? tg_fragment_add(m->fragment, site, args, count, &after, after_count, NULL)
                           : tg_graph_add(m->graph, site, args, count, &after, after_count, NULL);
    return tg_future(id);
}

/* A list, owned. */
static tg_value make_list(struct maker *m, const tg_value *items, size_t count)
{
    bool computed = !m->graph && !m->fragment;
    for (size_t i = 0; i < count; i++)
        if (computed && is_failed(items[i])) return failed();
    tg_value list = tg_list_make(count);
    for (size_t i = 0; i < count; i++) tg_list_add(list, tg_value_ref(items[i]));
    return list;
}

/* ---- what growing tasks hold ----------------------------------------------------------------------- */

struct part {
    struct tg_function head;
    uint64_t seed;
    uint32_t depth, rounds; /* how often it may grow further: inside, and one after the other */
    size_t count;
    tg_value held[];
};

static void part_destroy(struct tg_function *f)
{
    struct part *p = (struct part *)f;
    for (size_t i = 0; i < p->count; i++) tg_value_unref(p->held[i]);
    free(p);
    atomic_fetch_sub(&parts, 1);
}

static void part_held(const struct tg_function *f, void (*visit)(void *data, tg_value v), void *data)
{
    const struct part *p = (const struct part *)f;
    for (size_t i = 0; i < p->count; i++) visit(data, p->held[i]);
}

static tg_value part_new(uint64_t seed, uint32_t depth, uint32_t rounds, const tg_value *held, size_t count)
{
    struct part *p = tg_alloc(sizeof *p + count * sizeof *held);
    p->head = (struct tg_function){.obj = {.refs = 1, .kind = TG_FUNCTION}, .destroy = part_destroy, .held = part_held};
    p->seed = seed, p->depth = depth, p->rounds = rounds, p->count = count;
    for (size_t i = 0; i < count; i++) {
        p->held[i] = tg_value_ref(held[i]);
        if (tg_value_marks(held[i])) p->head.obj.flags |= TG_HOLDS;
    }
    atomic_fetch_add(&parts, 1);
    return tg_make_(TG_FUNCTION, (uintptr_t)p);
}

/* ---- the body of a growing task -------------------------------------------------------------------- */

struct pool {                 /* what new tasks may need */
    tg_value items[POOL_MAX]; /* owned */
    size_t count;
};

static tg_value any_of(struct dice *d, const struct pool *pool)
{
    /* Mostly late ones. */
    size_t back = roll(d, 3) ? roll(d, pool->count < 5 ? (uint32_t)pool->count : 5) : roll(d, (uint32_t)pool->count);
    return pool->items[pool->count - 1 - back];
}

static tg_value grow_task(struct maker *m, struct dice *d, const struct pool *pool, uint32_t depth, uint32_t rounds)
{
    tg_value held[6], args[2] = {any_of(d, pool)};
    size_t count = roll(d, 7);
    for (size_t i = 0; i < count; i++) held[i] = any_of(d, pool);
    args[1] = part_new(d->state, depth, rounds, held, count);
    tg_value made = make(m, GROW, args, 2, roll(d, 10) ? tg_nil() : any_of(d, pool));
    tg_value_unref(args[1]);
    return made;
}

static enum what any_task(struct dice *d)
{
    if (roll(d, now.risky_one_in) == 0) return roll(d, 2) ? RISKY : TRY;
    if (roll(d, now.heap_one_in) == 0) return LABEL;
    return now.effects && roll(d, 10) == 0 ? TICK : MIX;
}

static tg_value plain_task(struct maker *m, struct dice *d, const struct pool *pool)
{
    tg_value args[5], list = tg_nil();
    enum what what = any_task(d);
    size_t count = what == TRY ? 2 : roll(d, 5);
    for (size_t i = 0; i < count; i++) args[i] = any_of(d, pool);
    if (count && roll(d, 8) == 0) {
        tg_value items[2] = {any_of(d, pool), any_of(d, pool)};
        args[count - 1] = list = make_list(m, items, 2);
    }
    tg_value made = make(m, what, args, count, roll(d, 12) ? tg_nil() : any_of(d, pool));
    tg_value_unref(list);
    return made;
}

/* What a growing task gives, owned: often what the last task gives, as a loop would. */
static tg_value any_result(struct maker *m, struct dice *d, const struct pool *pool)
{
    tg_value items[4];
    switch (roll(d, 6)) {
    case 0: return tg_value_ref(any_of(d, pool));
    case 1: return tg_int(roll(d, 1000));
    case 2:
        for (int i = 0; i < 4; i++) items[i] = any_of(d, pool);
        return make_list(m, items, roll(d, 5));
    default: return tg_value_ref(pool->items[pool->count - 1]);
    }
}

/* Its result, owned, may hold futures; a failed value where it fails. */
static tg_value body(struct maker *m, tg_value part, tg_value trigger)
{
    const struct part *p = (const struct part *)part.p;
    struct dice d = {p->seed ^ number(trigger)};
    struct pool pool = {.count = 0};
    if (is_failed(trigger)) return failed();
    pool.items[pool.count++] = tg_value_ref(trigger);
    for (size_t i = 0; i < p->count; i++) pool.items[pool.count++] = tg_value_ref(p->held[i]);
    bool fails = roll(&d, now.risky_one_in) == 0 && roll(&d, 4) == 0;
    size_t more = roll(&d, 40) ? 1 + roll(&d, 6) : POOL_MAX - 20;
    if (fails && !m->fragment) more = 0; /* it leaves nothing behind */
    for (size_t i = 0; i < more; i++) {
        bool grows = p->depth && roll(&d, more > 10 ? 100 : 5) == 0;
        tg_value made = grows ? grow_task(m, &d, &pool, p->depth - 1, roll(&d, 3) ? 0 : roll(&d, 20))
                              : plain_task(m, &d, &pool);
        pool.items[pool.count++] = made;
    }
    tg_value out = fails ? failed() : tg_nil();
    if (!fails && p->rounds) out = grow_task(m, &d, &pool, p->depth / 2, p->rounds - 1);
    else if (!fails) out = any_result(m, &d, &pool);
    for (size_t i = 0; i < pool.count; i++) tg_value_unref(pool.items[i]);
    return out;
}

static int grow_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    struct dice dice = {atomic_fetch_add_explicit(&delays, 1, memory_order_relaxed)};
    struct maker m = {.fragment = tg_fragment_of(ctx), .dice = &dice};
    *out = body(&m, args[1], args[0]);
    delay();
    return is_failed(*out) ? task_fail(ctx, "no growth") : TG_OK;
}

/* ---- graphs ---------------------------------------------------------------------------------------- */

/* The tasks of the graph at graph time, made twice: as tasks, and computed. */
static void build(struct maker *m, uint64_t seed, tg_id tasks, struct pool *made)
{
    struct dice d = {seed};
    made->items[made->count++] = tg_int(roll(&d, 100));
    for (tg_id i = 0; i < tasks; i++) {
        bool grows = roll(&d, 4) == 0;
        tg_value v = grows ? grow_task(m, &d, made, 1 + roll(&d, 3), roll(&d, 3) ? 0 : roll(&d, 60)) : plain_task(m, &d, made);
        made->items[made->count++] = v;
    }
}

static void pool_done(struct pool *pool)
{
    for (size_t i = 0; i < pool->count; i++) tg_value_unref(pool->items[i]);
}

/* Each future is wanted, or only the last ones; all where growing is an effect. */
static void want(struct tg_graph *g, const struct pool *made, size_t from)
{
    for (size_t i = now.effects ? 0 : from; i < made->count; i++)
        if (tg_kind(made->items[i]) == TG_FUTURE) tg_graph_want(g, "output", made->items[i], (tg_span){0, 0}, NULL);
}

/* ---- comparing ----------------------------------------------------------------------------------- */

/* True if something is wrong. Every result that is there must be right; in a complete run all must be there. */
static bool check_results(const struct tg_run *run, const struct pool *tasks, const struct pool *values, bool complete)
{
    const struct tg_graph *g = run->graph;
    for (size_t w = 0, i = tasks->count - g->wanted.count; w < g->wanted.count; w++, i++) {
        tg_value v, wanted = values->items[i];
        bool there = tg_run_value(run, &g->wanted.items[w], &v);
        if (complete && there == is_failed(wanted)) {
            printf("the result of task %u is %s\n", g->wanted.items[w].task, there ? "there" : "not there");
            return true;
        }
        if (!there || tg_value_equal(v, wanted)) continue;
        printf("task %u has a wrong value, a %s\n", g->wanted.items[w].task, tg_value_kind_name(v));
        return true;
    }
    return false;
}

static bool run_once(const struct tg_graph *g, const struct pool *tasks, const struct pool *values, int64_t wanted_ticks,
                     const struct tg_run_options *options)
{
    struct tg_plan p;
    struct tg_run run;
    struct tg_err err = {0};
    stop = TG_GO;
    ticks = 0;
    tg_plan_make(g, NULL, 0, &p, NULL);
    tg_start_run(&run, g, &p, options);
    bool wrong = !tg_run_execute(&run, &err);
    if (wrong) printf("%s\n%s\n", err.message, err.detail ? err.detail : "");
    bool complete = stop == TG_GO;
    wrong = wrong || check_results(&run, tasks, values, complete);
    if (!wrong && (complete ? ticks != wanted_ticks : ticks > wanted_ticks)) {
        printf("there were %lld effects, not %lld\n", (long long)ticks, (long long)wanted_ticks);
        wrong = true;
    }
    if (!wrong && stop == TG_STOP_FAILED && (options->keep_going || run.failures.count == 0)) {
        printf("it stopped with %zu failures%s\n", run.failures.count, options->keep_going ? " in spite of keep-going" : "");
        wrong = true;
    }
    tg_err_done(&err);
    tg_run_done(&run);
    tg_plan_done(&p);
    return wrong;
}

static void choose_settings(struct dice *d)
{
    static const uint32_t risky[] = {1u << 30, 1u << 30, 20, 300}, heap[] = {1u << 30, 10, 2}, site[] = {1u << 30, 50, 3};
    now = (struct settings){
        .risky_one_in = risky[roll(d, 4)], .heap_one_in = heap[roll(d, 3)], .sites_one_in = site[roll(d, 3)]};
    now.effects = roll(d, 2);
    now.naps = roll(d, 3) == 0;
    now.spin_loops = roll(d, 3) ? 0 : 10000 >> roll(d, 8);
    now.sleep_one_in = roll(d, 3) ? 0 : 20 << roll(d, 6);
}

static bool run_many(struct dice *d, const struct tg_graph *g, const struct pool *tasks, const struct pool *values,
                     int64_t wanted_ticks, unsigned long long seed)
{
    static const unsigned jobs[] = {1, 2, 3, 8, 40};
    struct tg_services services = {.stop = &stop, .wake_fd = -1};
    for (int i = 0; i < 6; i++) {
        struct tg_run_options options = {.jobs = jobs[roll(d, 5)], .keep_going = roll(d, 2), .services = &services};
        options.sched = tg_sched_find(i ? "threads" : "single-threaded");
        stop_in = roll(d, 6) ? INT64_MAX : 1 + roll(d, 300);
        grow_pace.mean_us = roll(d, 2) ? roll(d, 2) : 4000; /* not measured so far, quick, or slow until it is measured */
        tick_pace.mean_us = roll(d, 2) ? roll(d, 2) : 4000;
        if (!run_once(g, tasks, values, wanted_ticks, &options)) continue;
        printf("with seed %llu, %s, %u jobs, %u tasks\n", seed, options.sched->name, options.jobs, g->count);
        return true;
    }
    return false;
}

static bool round_of(unsigned long long seed)
{
    static const tg_id sizes[] = {1, 3, 20, POOL_MAX - 10};
    struct dice d = {seed * UINT64_C(0x9e3779b97f4a7c15)};
    struct pool tasks = {.count = 0}, values = {.count = 0};
    struct tg_graph g;
    choose_settings(&d);
    graph_init(&g, 0);
    for (int i = 0; i < 2; i++) now.options[i] = roll(&d, 2) ? priority_option(&g, (int64_t)roll(&d, 5) - 2) : 0;
    for (int what = 0; what < WHAT_COUNT; what++)
        sites[what] = tg_graph_site(&g, def_of((enum what)what), (tg_span){0, 0}, now.options[roll(&d, 2)], 0);
    tg_id size = sizes[roll(&d, 4)];
    ticks = 0;
    stop_in = INT64_MAX;
    build(&(struct maker){.dice = &d}, seed, size, &values);
    int64_t wanted_ticks = ticks;
    build(&(struct maker){.graph = &g, .dice = &d}, seed, size, &tasks);
    want(&g, &tasks, roll(&d, (uint32_t)tasks.count));
    bool wrong = run_many(&d, &g, &tasks, &values, wanted_ticks, seed);
    tg_graph_done(&g);
    pool_done(&tasks);
    pool_done(&values);
    if (!wrong && parts != 0) printf("with seed %llu, %lld function values are left\n", seed, (long long)parts);
    return wrong || parts != 0;
}

int main(int argc, char **argv)
{
    unsigned long long rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 150;
    unsigned long long first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    for (unsigned long long i = 0; i < rounds; i++)
        if (round_of(first + i)) return 1;
    printf("%llu rounds\n", rounds);
    return 0;
}
