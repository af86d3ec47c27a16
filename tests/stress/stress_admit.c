/* SPDX-License-Identifier: MIT
 * Random graphs of tasks that need cores, memory and units, that fail and are tried again or may fail, static ones and such that
 * grow, over schedulers and worker counts. What runs at one moment never holds more than there is, no unit is held twice, all is
 * given back, and every result is that of a plain evaluation. Meant for the thread sanitizer too.
 *
 *     stress_admit [ROUNDS [SEED]]
 *
 * The first difference is printed with the seed that repeats it. */
#include <stdio.h>
#include <time.h>

#include "engine/graph/pace.h"
#include "engine/grow/fragment.h"
#include "engine/grow/start.h"
#include "engine/run/coordinator.h"
#include "engine/sched/sched.h"
#include "engine/value/future.h"
#include "tests/unit/tasks.h"

#define KINDS 10 /* sites of a round */
#define TASKS_MAX 300
#define MEMORY 1000
#define UNITS 3
#define ATTEMPTS_MAX 4

struct dice {
    uint64_t state;
};

static uint32_t roll(struct dice *d, uint32_t below)
{
    d->state = d->state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)((d->state >> 33) % below);
}

static uint64_t scramble(uint64_t x)
{
    x = (x ^ x >> 31) * UINT64_C(0x9e3779b97f4a7c15);
    return x ^ x >> 29;
}

/* ---- what is held -------------------------------------------------------------------------------- */

static uint32_t jobs;
static _Atomic uint32_t cores_held, memory_held, held_twice, too_many;
static _Atomic bool unit_held[UNITS];

static void note(bool wrong, _Atomic uint32_t *count)
{
    if (wrong) atomic_fetch_add(count, 1);
}

/* Without a policy a task has its worker. */
static void hold(const struct tg_grant *g)
{
    uint32_t cores = g ? g->cores : 1, memory = g ? (uint32_t)g->memory_bytes : 0;
    note(atomic_fetch_add(&cores_held, cores) + cores > jobs, &too_many);
    note(atomic_fetch_add(&memory_held, memory) + memory > MEMORY, &too_many);
    for (uint32_t i = 0; g && g->kind_count && i < g->kinds[0].count; i++)
        note(atomic_exchange(&unit_held[g->kinds[0].units[i]], true), &held_twice);
}

static void let_go(const struct tg_grant *g)
{
    for (uint32_t i = 0; g && g->kind_count && i < g->kinds[0].count; i++)
        atomic_store(&unit_held[g->kinds[0].units[i]], false);
    atomic_fetch_sub(&memory_held, g ? (uint32_t)g->memory_bytes : 0);
    atomic_fetch_sub(&cores_held, g ? g->cores : 1);
}

/* ---- tasks --------------------------------------------------------------------------------------- */

static _Atomic int stop;
static _Atomic int64_t stop_in; /* tasks until one raises the stop flag */
static _Atomic uint32_t delays;
static uint32_t spin_loops, sleep_one_in;

static void delay(void)
{
    if (atomic_fetch_sub_explicit(&stop_in, 1, memory_order_relaxed) == 1) tg_stop_raise(&stop, TG_STOP_SIGNAL);
    struct dice d = {atomic_fetch_add_explicit(&delays, 1, memory_order_relaxed) * UINT64_C(0x9e3779b97f4a7c15)};
    for (uint32_t i = spin_loops ? roll(&d, spin_loops) : 0; i; i--) __asm__ volatile("" ::: "memory");
    if (sleep_one_in && roll(&d, sleep_one_in) == 0) nanosleep(&(struct timespec){0, 50000}, NULL);
}

/* What a nil of a failure that is allowed points to tells nothing. */
static uint64_t numbers(const tg_value *args, size_t count)
{
    uint64_t sum = 1;
    for (size_t i = 0; i < count; i++) sum = sum * 1000003 + (tg_kind(args[i]) == TG_INT ? args[i].bits : 77);
    return sum;
}

/* How many attempts of a task with these arguments fail. */
static uint32_t bad_attempts(const tg_value *args, size_t count)
{
    uint64_t luck = scramble(numbers(args, count) + 5);
    return luck % 4 ? 0 : (uint32_t)(luck >> 20) % (ATTEMPTS_MAX + 1);
}

static tg_value result_of(const tg_value *args, size_t count)
{
    return tg_int((int64_t)(scramble(numbers(args, count)) % 1000003));
}

static int work_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    const struct tg_grant *g = ctx->grant;
    uint32_t attempt = g ? g->attempt : 1;
    hold(g);
    delay();
    let_go(g);
    if (attempt <= bad_attempts(args, count)) return task_fail(ctx, "bad luck");
    *out = result_of(args, count);
    return TG_OK;
}

/* What a late one asks for; it may be more than there is. */
static void ask(const tg_value *args, size_t count, uint32_t *cores, uint64_t *memory)
{
    uint64_t luck = scramble(numbers(args, count) + 9);
    *cores = 1 + (uint32_t)luck % jobs;
    *memory = (luck >> 32) % (MEMORY + MEMORY / 10);
}

static bool late_asks(const struct tg_def *def, tg_value options, const tg_value *args, size_t count, uint32_t attempt,
                      struct tg_policy *policy, struct tg_err *err)
{
    (void)def, (void)options, (void)attempt, (void)err;
    ask(args, count, &policy->cores, &policy->memory_bytes);
    return true;
}

static int grow_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out);

#define DEF(name_, fn_, flags_, ...)                                                                                 \
    {                                                                                                                \
        .name = name_, .fn = fn_, .flags = TG_DEF_UNCHECKED | (flags_),                                              \
        .sig = {.name = name_, .count = 1, .rest = true, .params = &anys, .result = TYPE(TG_KINDS_ANY)}, __VA_ARGS__ \
    }
static struct tg_pace quick_pace; /* changes with what is measured */
static const struct tg_def quick_def = DEF("quick", work_fn, 0, .pace = &quick_pace),
                           slow_def = DEF("slow", work_fn, TG_DEF_SLOW, ),
                           late_def = DEF("late", work_fn, TG_DEF_SLOW, .asks = late_asks),
                           grow_def = DEF("grow", grow_fn, TG_DEF_EXPANDS, );

/* ---- sites --------------------------------------------------------------------------------------- */

struct kind {
    const struct tg_def *def;
    uint32_t retries, site;
    bool may_fail, too_much; /* it asks for more than there is */
} kinds[KINDS];
static uint32_t grow_site;

static void put(tg_value record, const char *key, tg_value v)
{
    tg_record_put(record, tg_str_make(TG_STR, key, strlen(key)), v);
}

static void keep_function(struct tg_function *f)
{
    (void)f;
}

/* In the place of what depends on the task. */
static tg_value late_value(void)
{
    static struct tg_function late = {.obj = {.refs = 1u << 30, .kind = TG_FUNCTION}, .destroy = keep_function};
    return tg_make_(TG_FUNCTION, (uintptr_t)&late);
}

static tg_value random_options(struct dice *d, struct kind *k)
{
    tg_value options = tg_record_make(4), resources = tg_record_make(1);
    uint32_t memory = roll(d, 2) ? 0 : roll(d, MEMORY + 1);
    k->retries = roll(d, 2) ? 0 : roll(d, ATTEMPTS_MAX);
    k->may_fail = roll(d, 3) == 0;
    k->too_much = roll(d, 12) == 0;
    put(options, "retries", tg_int(k->retries));
    put(options, "allow_failure", tg_bool(k->may_fail));
    put(options, "backoff", tg_float(roll(d, 3) ? 0 : 0.001));
    put(options, "priority", tg_int((int64_t)roll(d, 3) - 1));
    put(options, "cores", k->def == &late_def ? late_value() : tg_int(roll(d, 2) ? 1 : 1 + roll(d, jobs)));
    put(options, "memory", tg_int(k->too_much ? MEMORY + 1 : memory));
    put(resources, "gpu", tg_int(roll(d, 2) ? 0 : roll(d, UNITS + 1)));
    put(options, "resources", resources);
    return options;
}

static void random_kind(struct dice *d, struct tg_graph *g, struct kind *k)
{
    static const struct tg_def *const defs[] = {&quick_def, &slow_def, &late_def};
    *k = (struct kind){.def = defs[roll(d, 3)]};
    bool plain = k->def != &late_def && roll(d, 3) == 0;
    k->site = tg_graph_site(g, k->def, (tg_span){0, 0}, plain ? 0 : tg_graph_options(g, random_options(d, k)), 0);
    if (k->def == &late_def) k->too_much = false; /* what it asks for then is another amount */
}

/* ---- makers -------------------------------------------------------------------------------------- */

/* Adds tasks to a graph or to a fragment, or, with neither, computes them. */
struct maker {
    struct tg_graph *graph;
    struct tg_fragment *fragment;
};

static tg_value failed(void)
{
    return tg_make_(TG_FAILED, 0);
}

static tg_value grown(struct maker *m, tg_value seed, int64_t depth);

static tg_value compute(const struct kind *k, const tg_value *args, size_t count)
{
    uint32_t cores;
    uint64_t memory = 0;
    for (size_t i = 0; i < count; i++)
        if (tg_kind(args[i]) == TG_FAILED) return failed();
    if (k->def == &late_def) ask(args, count, &cores, &memory);
    bool fails = k->too_much || memory > MEMORY || bad_attempts(args, count) > k->retries;
    return !fails ? result_of(args, count) : k->may_fail ? tg_nil() : failed();
}

static tg_value add(struct maker *m, uint32_t site, const tg_value *args, size_t count)
{
    return tg_future(m->fragment ? tg_fragment_add(m->fragment, site, args, count, NULL, 0, NULL)
                                 : tg_graph_add(m->graph, site, args, count, NULL, 0, NULL));
}

static tg_value make(struct maker *m, const struct kind *k, const tg_value *args, size_t count)
{
    return m->graph || m->fragment ? add(m, k->site, args, count) : compute(k, args, count);
}

static tg_value make_growing(struct maker *m, tg_value seed, int64_t depth)
{
    tg_value args[] = {seed, tg_int(depth)};
    if (m->graph || m->fragment) return add(m, grow_site, args, 2);
    return tg_kind(seed) == TG_FAILED ? failed() : grown(m, seed, depth);
}

/* Some tasks one after the other, or side by side; what the last one gives. */
static tg_value grown(struct maker *m, tg_value seed, int64_t depth)
{
    struct dice d = {scramble(numbers(&seed, 1))};
    tg_value made[8] = {seed};
    size_t count = 1, more = 1 + roll(&d, 7);
    while (count <= more) {
        tg_value args[] = {made[roll(&d, (uint32_t)count)], made[count - 1], tg_int((int64_t)count)};
        bool grows = depth > 0 && roll(&d, 6) == 0;
        made[count] = grows ? make_growing(m, args[0], depth - 1) : make(m, &kinds[roll(&d, KINDS)], args, 3);
        count++;
    }
    return made[more];
}

static int grow_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    struct maker m = {.fragment = tg_fragment_of(ctx)};
    hold(NULL);
    *out = grown(&m, args[0], args[1].i);
    let_go(NULL);
    return TG_OK;
}

/* The same tasks with each maker; one in so many grows. */
static void build(struct maker *m, uint64_t seed, size_t count, uint32_t grow_one_in, tg_value *made)
{
    struct dice d = {seed};
    for (size_t i = 0; i < count; i++) {
        tg_value args[3] = {tg_int((int64_t)i)};
        size_t given = 1 + roll(&d, 3);
        for (size_t k = 1; k < given; k++) args[k] = i ? made[i - 1 - roll(&d, i < 40 ? (uint32_t)i : 40)] : tg_int(1);
        bool grows = roll(&d, grow_one_in) == 0;
        made[i] = grows ? make_growing(m, args[given - 1], 2) : make(m, &kinds[roll(&d, KINDS)], args, given);
    }
}

/* ---- comparing ----------------------------------------------------------------------------------- */

static bool differ(const char *what, unsigned long long got, unsigned long long wanted)
{
    if (got != wanted) printf("%s is %llu, not %llu\n", what, got, wanted);
    return got != wanted;
}

static bool check_results(const struct tg_run *run, const tg_value *values, bool complete)
{
    for (size_t i = 0; i < run->graph->wanted.count; i++) {
        tg_value v, wanted = values[run->graph->wanted.items[i].task];
        bool there = tg_run_value(run, &run->graph->wanted.items[i], &v);
        if (complete && differ("a result's being there", there, tg_kind(wanted) != TG_FAILED)) return true;
        if (!there || (!complete && tg_kind(v) == TG_NIL)) continue; /* a failure at a stop is not tried again */
        if (differ("the kind of a result", tg_kind(v), tg_kind(wanted))) return true;
        if (tg_kind(v) == TG_INT && differ("a result", v.bits, wanted.bits)) return true;
    }
    return false;
}

/* Who was picked when the run was stopped keeps what it has. */
static bool check_held(const struct tg_run *run, bool complete)
{
    const struct tg_coordinator *c = run->coordinator;
    bool wrong = differ("what ran beyond what there is", too_many, 0) || differ("units held twice", held_twice, 0) ||
                 differ("memory that is held", memory_held, 0) || differ("cores that are held", cores_held, 0);
    if (!c || !complete) return wrong;
    return wrong || differ("who waits in line", c->line.count, 0) || differ("free memory", c->line.memory_free, MEMORY) ||
           differ("free units", c->line.units_free[0], UNITS);
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
    bool complete = stop == TG_GO;
    wrong = wrong || check_results(&run, values, complete) || check_held(&run, complete);
    wrong = wrong || (stop == TG_STOP_FAILED && differ("a stop without keep-going", options->keep_going, false));
    tg_err_done(&err);
    tg_run_done(&run);
    tg_plan_done(&p);
    return wrong;
}

static bool run_many(struct dice *d, const struct tg_graph *g, const tg_value *values, unsigned long long seed)
{
    struct tg_services services = {.stop = &stop, .wake_fd = -1};
    struct tg_capacity capacity = {.memory_bytes = MEMORY, .kinds = 1, .units = {{"gpu", UNITS}}};
    for (int i = 0; i < 3; i++) {
        struct tg_run_options options = {.jobs = jobs, .quiet = true, .services = &services, .capacity = &capacity};
        options.keep_going = roll(d, 4) > 0;
        options.sched = tg_sched_find(i ? "threads" : "single-threaded");
        stop_in = roll(d, 6) ? INT64_MAX : 1 + roll(d, 200);
        quick_pace.mean_us = roll(d, 2) ? roll(d, 2) : 4000; /* not measured so far, quick, or slow until it is measured */
        if (!run_once(g, values, &options)) continue;
        printf("with seed %llu, %s, %u jobs, %u tasks\n", seed, options.sched->name, jobs, g->count);
        return true;
    }
    return false;
}

static bool round_of(unsigned long long seed)
{
    static const uint32_t some_jobs[] = {1, 2, 3, 4, 8, 20}, sizes[] = {1, 5, 40, TASKS_MAX}, grow_one_in[] = {1u << 30, 10, 3};
    static tg_value values[TASKS_MAX], tasks[TASKS_MAX];
    struct dice d = {scramble(seed)};
    struct tg_graph g;
    graph_init(&g, 0);
    jobs = some_jobs[roll(&d, 6)];
    spin_loops = roll(&d, 3) ? 0 : 10000 >> roll(&d, 8);
    sleep_one_in = roll(&d, 3) ? 0 : 2 << roll(&d, 6);
    for (int i = 0; i < KINDS; i++) random_kind(&d, &g, &kinds[i]);
    grow_site = site_of(&g, &grow_def);
    uint32_t size = sizes[roll(&d, 4)], grow = grow_one_in[roll(&d, 3)];
    build(&(struct maker){0}, seed, size, grow, values);
    build(&(struct maker){.graph = &g}, seed, size, grow, tasks);
    for (uint32_t i = 0; i < size; i++) tg_graph_want(&g, "output", tasks[i], (tg_span){0, 0}, NULL);
    bool wrong = run_many(&d, &g, values, seed);
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
