/* SPDX-License-Identifier: MIT
 * The coordinator under a clock that the test sets: tasks with random needs that fail at random run on simulated workers. What they
 * hold together is never more than there is, no unit is held twice, delays hold nothing and are kept, and all come to an end. */
#include "tests/unit/check.h"

#include "engine/run/coordinator.h"
#include "engine/run/task.h"
#include "engine/sched/sched.h"
#include "tests/unit/tasks.h"

#define TASKS 120
#define CORES 6
#define MEMORY 1000
#define UNITS 3
#define MS UINT64_C(1000000)

static uint64_t now_ns;
static uint64_t simulated_clock(void)
{
    return now_ns;
}

static uint32_t fails_of[TASKS]; /* attempts that fail */

static int flaky_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)args, (void)count;
    if (ctx->grant->attempt <= fails_of[ctx->task]) return task_fail(ctx, "no luck");
    *out = tg_int(ctx->grant->attempt);
    return TG_OK;
}

static const struct tg_def flaky_def = REST_DEF("flaky", flaky_fn, ints, KINDS_INT, TG_DEF_SLOW);

static void put_int(tg_value record, const char *key, int64_t n)
{
    tg_record_put(record, tg_str_make(TG_STR, key, strlen(key)), tg_int(n));
}

static tg_value random_options(void)
{
    tg_value options = tg_record_make(4), resources = tg_record_make(1);
    put_int(resources, "gpu", rand() % (UNITS + 1));
    put_int(options, "retries", 1 + rand() % 4);
    put_int(options, "cores", rand() % 4 ? 1 : 1 + rand() % CORES);
    put_int(options, "memory", rand() % 2 ? 0 : rand() % (MEMORY + 1));
    tg_record_put(options, tg_str_make(TG_STR, "resources", 9), resources);
    return options;
}

/* A worker that runs a task until a time. */
struct lane {
    struct tg_worker *w;
    tg_id id;
    uint64_t end_ns;
};

struct simulation {
    struct tg_graph g;
    struct tg_plan plan;
    struct tg_run run;
    struct tg_coordinator *c;
    struct tg_capacity capacity;
    struct tg_lineup ordinary;
    struct lane lanes[CORES];
    uint64_t not_before_ns[TASKS];
    uint32_t done;
};

static void make_run(struct simulation *s)
{
    struct tg_err err = {0};
    graph_init(&s->g, 0);
    for (tg_id id = 0; id < TASKS; id++) {
        uint32_t options = tg_graph_options(&s->g, random_options());
        uint32_t site = tg_graph_site(&s->g, &flaky_def, (tg_span){0, 0}, options, 0);
        CHECK_INT(ADD(&s->g, site, tg_int(id)), id);
        CHECK(tg_graph_want(&s->g, NULL, tg_future(id), (tg_span){0, 0}, &err));
    }
    CHECK(tg_plan_make(&s->g, NULL, 0, &s->plan, &err));
    s->capacity = (struct tg_capacity){.memory_bytes = MEMORY, .kinds = 1, .units = {{"gpu", UNITS}}};
    struct tg_run_options options = {.jobs = CORES, .quiet = true, .sched = tg_sched_find("sync"), .capacity = &s->capacity};
    options.keep_going = true;
    tg_run_init(&s->run, &s->g, &s->plan, &options);
    s->c = s->run.coordinator;
    s->c->clock_ns = simulated_clock;
    for (int i = 0; i < CORES; i++) s->lanes[i] = (struct lane){.w = tg_worker_new(&s->run), .id = TG_NO_TASK};
}

static void ready(struct simulation *s, tg_id id)
{
    struct tg_waiting task = {.id = id, .number = id};
    const struct tg_site *site = tg_graph_site_of(&s->g, id);
    CHECK(now_ns >= s->not_before_ns[id]);
    if (site->flags & TG_SITE_ADMIT && tg_coordinator_ask(s->c, s->lanes[0].w, id) == TG_ASKED_LINE) {
        tg_coordinator_line_up(s->c, task);
        return;
    }
    task.came = tg_coordinator_came(s->c);
    tg_lineup_push(&s->ordinary, task);
}

/* What is held by those that run. */
static uint32_t check_held(const struct simulation *s)
{
    uint32_t cores = 0, units = 0;
    uint64_t memory = 0;
    unsigned seen = 0;
    for (int i = 0; i < CORES; i++) {
        const struct tg_grant *g = s->lanes[i].id == TG_NO_TASK ? NULL : &s->lanes[i].w->grant;
        if (!g) continue;
        cores += g->cores;
        memory += g->memory_bytes;
        for (uint32_t u = 0; g->kind_count && u < g->kinds[0].count; u++, units++) {
            CHECK(g->kinds[0].units[u] < UNITS && !(seen >> g->kinds[0].units[u] & 1));
            seen |= 1u << g->kinds[0].units[u];
        }
    }
    CHECK(cores <= CORES && memory <= MEMORY && units <= UNITS);
    return CORES - cores;
}

static bool start_next(struct simulation *s)
{
    struct lane *lane = s->lanes;
    struct tg_pick pick;
    struct tg_waiting task;
    uint32_t cores_free = check_held(s);
    while (lane < s->lanes + CORES && lane->id != TG_NO_TASK) lane++;
    if (lane == s->lanes + CORES || !cores_free) return false;
    if (!tg_coordinator_pick(s->c, s->ordinary.tasks.count ? s->ordinary.tasks.items : NULL, cores_free, &pick)) return false;
    if (pick.ordinary) CHECK(tg_lineup_pop(&s->ordinary, &task) && task.id == pick.id);
    tg_coordinator_begin(s->c, lane->w, pick.id, tg_graph_site_of(&s->g, pick.id));
    CHECK_INT(lane->w->grant.cores, pick.cores);
    lane->id = pick.id;
    lane->end_ns = now_ns + (1 + (uint64_t)(rand() % 50)) * MS;
    return true;
}

/* It runs at the moment of its end. */
static void end_lane(struct simulation *s, struct lane *lane)
{
    uint32_t attempt = lane->w->grant.attempt;
    const struct tg_policy *p = lane->w->grant.policy;
    CHECK(attempt <= p->retries + 1);
    tg_task_run(&s->run, lane->w, lane->id, false);
    bool again = attempt <= fails_of[lane->id] && attempt <= p->retries;
    s->not_before_ns[lane->id] = now_ns + TG_BACKOFF_NS / 2;
    CHECK_INT(tg_coordinator_end(s->c, lane->w), !again);
    s->done += !again;
    lane->id = TG_NO_TASK;
}

/* To whatever comes next; false if nothing does. */
static bool step(struct simulation *s)
{
    struct lane *first = NULL;
    tg_id id;
    for (int i = 0; i < CORES; i++)
        if (s->lanes[i].id != TG_NO_TASK && (!first || s->lanes[i].end_ns < first->end_ns)) first = &s->lanes[i];
    uint64_t due_ns = atomic_load(&s->c->next_ns);
    if (!first && due_ns == UINT64_MAX) return false;
    if (!first || due_ns < first->end_ns) now_ns = due_ns > now_ns ? due_ns : now_ns;
    else now_ns = first->end_ns, end_lane(s, first);
    while (tg_coordinator_due(s->c, &id)) ready(s, id);
    return true;
}

static void simulate(unsigned seed)
{
    struct simulation s = {0};
    srand(seed);
    now_ns = 1;
    for (tg_id id = 0; id < TASKS; id++) fails_of[id] = rand() % 3 ? 0 : (uint32_t)(rand() % 6);
    make_run(&s);
    for (tg_id id = 0; id < TASKS; id++) ready(&s, id);
    do {
        while (start_next(&s)) {}
    } while (step(&s));
    CHECK_INT(s.done, TASKS);
    CHECK_INT(s.c->line.count, 0);
    CHECK_INT(s.c->line.memory_free, MEMORY);
    CHECK_INT(s.c->line.units_free[0], UNITS);
    tg_lineup_done(&s.ordinary);
    tg_run_done(&s.run);
    tg_plan_done(&s.plan);
    tg_graph_done(&s.g);
}

TEST(tasks_hold_no_more_than_there_is_and_come_to_an_end)
{
    for (unsigned seed = 1; seed <= 60; seed++) simulate(seed);
}

TEST(what_waits_in_line_is_left_when_the_run_is_stopped)
{
    struct simulation s = {0};
    struct tg_pick pick;
    uint32_t left = 0;
    srand(7);
    now_ns = 1;
    make_run(&s);
    for (tg_id id = 0; id < TASKS; id++) ready(&s, id);
    size_t waiting = s.c->line.count;
    tg_stop_raise(s.run.stop, TG_STOP_FAILED);
    while (s.c->line.count && tg_coordinator_pick(s.c, NULL, 1, &pick)) left++;
    CHECK_INT(left, waiting);
    CHECK(waiting > 0);
    CHECK_INT(s.c->line.memory_free, MEMORY);
    tg_lineup_done(&s.ordinary);
    tg_run_done(&s.run);
    tg_plan_done(&s.plan);
    tg_graph_done(&s.g);
}

/* A simulation of one task of each number of cores, all in line. */
static void line_up(struct simulation *s, const uint32_t *cores, tg_id count)
{
    graph_init(&s->g, 0);
    for (tg_id id = 0; id < count; id++) {
        tg_value options = tg_record_make(1);
        put_int(options, "cores", cores[id]);
        ADD(&s->g, tg_graph_site(&s->g, &flaky_def, (tg_span){0, 0}, tg_graph_options(&s->g, options), 0), tg_int(id));
        CHECK(tg_graph_want(&s->g, NULL, tg_future(id), (tg_span){0, 0}, NULL));
    }
    CHECK(tg_plan_make(&s->g, NULL, 0, &s->plan, NULL));
    struct tg_run_options options = {.jobs = CORES, .quiet = true, .sched = tg_sched_find("sync")};
    tg_run_init(&s->run, &s->g, &s->plan, &options);
    s->c = s->run.coordinator;
    s->lanes[0].w = tg_worker_new(&s->run);
    for (tg_id id = 0; id < count; id++) ready(s, id);
}

static void end_simulation(struct simulation *s)
{
    tg_lineup_done(&s->ordinary);
    tg_run_done(&s->run);
    tg_plan_done(&s->plan);
    tg_graph_done(&s->g);
}

TEST(when_one_of_the_line_begins_the_others_are_looked_at_anew)
{
    struct simulation s = {0};
    struct tg_pick pick;
    _Atomic unsigned stuck = 0;
    line_up(&s, (uint32_t[]){4, 3}, 2);
    s.c->stuck_cores = &stuck;
    CHECK(!tg_coordinator_pick(s.c, NULL, 2, &pick));
    CHECK_INT(stuck, 2);
    CHECK(tg_coordinator_pick(s.c, NULL, 4, &pick) && pick.id == 0);
    CHECK_INT(stuck, 0); /* what was set aside for it may be enough for who comes now */
    end_simulation(&s);
}

TEST(who_was_passed_over_often_enough_goes_before_an_earlier_ordinary_task)
{
    struct simulation s = {0};
    struct tg_pick pick;
    struct tg_waiting earlier = {0}, later = {.id = 9, .number = 9, .came = 9};
    int passed = 0;
    line_up(&s, (uint32_t[]){CORES, CORES}, 2);
    CHECK(tg_coordinator_pick(s.c, NULL, CORES, &pick) && pick.id == 0);
    while (passed < 100000 && tg_coordinator_pick(s.c, &later, CORES - 1, &pick) && pick.ordinary) passed++;
    CHECK(passed > 0 && passed < 100000); /* cores are kept for it now */
    CHECK(tg_coordinator_pick(s.c, &earlier, CORES, &pick) && !pick.ordinary && pick.id == 1);
    end_simulation(&s);
}

TEST(who_is_given_up_leaves_the_line_and_is_due)
{
    struct simulation s = {0};
    struct tg_pick pick;
    _Atomic unsigned stuck = 2;
    tg_id id;
    now_ns = 1;
    line_up(&s, (uint32_t[]){5, 2, 5, 5}, 4);
    s.c->stuck_cores = &stuck;
    tg_coordinator_give_up(s.c, 2);
    tg_coordinator_give_up(s.c, 0);
    CHECK_INT(stuck, 0);
    CHECK_INT(s.c->line.count, 2);
    CHECK(tg_coordinator_due(s.c, &id) && id == 0);
    CHECK(tg_coordinator_due(s.c, &id) && id == 2);
    CHECK(!tg_coordinator_due(s.c, &id));
    CHECK(tg_coordinator_pick(s.c, NULL, 5, &pick) && pick.id == 1);
    CHECK(tg_coordinator_pick(s.c, NULL, 5, &pick) && pick.id == 3);
    CHECK_INT(s.c->lined, 0);
    end_simulation(&s);
}
