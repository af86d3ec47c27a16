/* SPDX-License-Identifier: MIT
 * Runs: results, failures, stops, memory, and what can be asked about a run; over every scheduler. */
#include "tests/unit/check.h"

#include <unistd.h>

#include "engine/base/ticker.h"
#include "engine/graph/pace.h"
#include "engine/grow/start.h"
#include "engine/run/worker.h"
#include "engine/sched/sched.h"
#include "engine/value/future.h"
#include "engine/value/object.h"
#include "engine/watch/describe.h"
#include "tests/unit/tasks.h"

static const tg_span nowhere = {0, 0};

/* Each test body runs once for each of these. */
static const struct setup {
    const char *sched;
    unsigned jobs;
} setups[] = {{"single-threaded", 1}, {"threads", 1}, {"threads", 2}, {"threads", 7}};

/* A graph with its plan and run, from build to done. */
struct fixture {
    struct tg_graph g;
    struct tg_plan p;
    struct tg_run run;
    struct tg_err err;
    struct tg_run_options options;
    uint32_t add, text, fail, try, list;
    bool ok;
};

static void fixture_begin(struct fixture *f, const struct setup *setup)
{
    *f = (struct fixture){.options = {.jobs = setup->jobs, .sched = tg_sched_find(setup->sched)}};
    graph_init(&f->g, 0);
    f->add = site_of(&f->g, &add_def);
    f->text = site_of(&f->g, &text_def);
    f->fail = site_of(&f->g, &fail_def);
    f->try = site_of(&f->g, &try_def);
    f->list = site_of(&f->g, &list_def);
}

static void fixture_want(struct fixture *f, const char *name, tg_id id)
{
    tg_graph_want(&f->g, name, tg_future(id), nowhere, NULL);
}

static void fixture_run(struct fixture *f)
{
    CHECK(tg_plan_make(&f->g, NULL, 0, &f->p, &f->err));
    tg_start_run(&f->run, &f->g, &f->p, &f->options);
    f->ok = tg_run_execute(&f->run, &f->err);
}

static bool fixture_value(struct fixture *f, size_t i, tg_value *out)
{
    return tg_run_value(&f->run, &f->g.wanted.items[i], out);
}

static void fixture_end(struct fixture *f)
{
    tg_run_done(&f->run);
    tg_plan_done(&f->p);
    tg_graph_done(&f->g);
    tg_err_done(&f->err);
}

#define FOR_EACH_SETUP(f) \
    struct fixture f;     \
    for (size_t setup_ = 0; setup_ < TG_COUNT(setups) && (fixture_begin(&f, &setups[setup_]), true); setup_++, fixture_end(&f))

TEST(a_small_graph_gives_its_result)
{
    FOR_EACH_SETUP (f) {
        tg_id x = ADD(&f.g, f.add, tg_int(1), tg_int(2)), y = ADD(&f.g, f.add, tg_future(x), tg_int(INT64_C(1) << 40));
        fixture_want(&f, "y", y);
        tg_graph_want(&f.g, "known", tg_int(5), nowhere, NULL);
        fixture_run(&f);
        tg_value v = tg_nil();
        CHECK(f.ok && fixture_value(&f, 0, &v));
        CHECK_INT(v.i, 3 + (INT64_C(1) << 40));
        CHECK(fixture_value(&f, 1, &v) && v.i == 5);
        CHECK_INT(f.run.done_count, 2);
        CHECK_INT(f.run.skipped_count, 0);
        CHECK_INT(tg_run_finished(&f.run), 2);
    }
}

TEST(an_empty_plan_runs)
{
    FOR_EACH_SETUP (f) {
        fixture_run(&f);
        CHECK(f.ok);
    }
}

TEST(gathered_values_arrive_whole)
{
    FOR_EACH_SETUP (f) {
        tg_id x = ADD(&f.g, f.add, tg_int(1));
        tg_value record = tg_record_make(1), list = tg_list_make(2);
        tg_record_put(record, tg_str("x"), tg_future(x));
        tg_list_add(list, tg_float(0.5));
        tg_list_add(list, record);
        tg_graph_want(&f.g, "list", list, nowhere, NULL);
        fixture_run(&f);
        tg_value v = tg_nil();
        CHECK(f.ok && fixture_value(&f, 0, &v));
        struct tg_buf b = {0};
        tg_value_print(&b, v);
        CHECK_STR(tg_buf_str(&b), "[0.5, {x: 1}]");
        tg_buf_done(&b);
    }
}

TEST(a_failure_stops_the_run_and_names_its_arguments)
{
    FOR_EACH_SETUP (f) {
        tg_value s = tg_str("abc");
        tg_id x = ADD(&f.g, f.fail, tg_int(3), s), y = ADD(&f.g, f.add, tg_future(x));
        tg_value_unref(s);
        fixture_want(&f, "y", y);
        fixture_run(&f);
        tg_value v;
        CHECK(f.ok && !fixture_value(&f, 0, &v));
        CHECK_INT(f.run.failures.count, 1);
        CHECK_INT(f.run.failures.items[0].task, x);
        CHECK_STR(f.run.failures.items[0].err.message, "no luck");
        CHECK_STR(f.run.failures.items[0].args, "3, \"abc\"");
        CHECK_INT(f.run.skipped_count, 1);
        CHECK_INT(*f.run.stop, TG_STOP_FAILED);
    }
}

TEST(printed_arguments_are_cut)
{
    FOR_EACH_SETUP (f) {
        tg_value args[200];
        for (int i = 0; i < 200; i++) args[i] = tg_int(1000 + i);
        fixture_want(&f, "x", tg_graph_add(&f.g, f.fail, args, 200, NULL, 0, NULL));
        fixture_run(&f);
        const char *text = f.run.failures.items[0].args;
        CHECK(strncmp(text, "1000, 1001, ", 12) == 0);
        CHECK(strlen(text) < 250 && strcmp(text + strlen(text) - 3, "...") == 0);
    }
}

TEST(keep_going_runs_what_does_not_depend_on_it)
{
    FOR_EACH_SETUP (f) {
        f.options.keep_going = true;
        tg_id bad = ADD(&f.g, f.fail, tg_int(1)), after_bad = ADD(&f.g, f.add, tg_future(bad), tg_int(1));
        tg_id last = ADD(&f.g, f.add, tg_future(after_bad)), good = ADD(&f.g, f.add, tg_int(4));
        tg_id bad2 = ADD(&f.g, f.fail, tg_future(good));
        fixture_want(&f, "last", last);
        fixture_want(&f, "good", good);
        fixture_want(&f, "bad2", bad2);
        fixture_run(&f);
        tg_value v = tg_nil();
        CHECK(f.ok && !fixture_value(&f, 0, &v) && fixture_value(&f, 1, &v) && !fixture_value(&f, 2, &v));
        CHECK_INT(v.i, 4);
        CHECK_INT(f.run.failures.count, 2);
        CHECK_INT(f.run.done_count, 1);
        CHECK_INT(f.run.skipped_count, 2);
        CHECK_INT(*f.run.stop, TG_GO);
    }
}

TEST(try_catches_a_failure_without_stopping_the_run)
{
    FOR_EACH_SETUP (f) {
        tg_id bad = ADD(&f.g, f.fail, tg_int(1)), between = ADD(&f.g, f.add, tg_future(bad));
        tg_id caught = ADD(&f.g, f.try, tg_future(between), tg_int(7)), out = ADD(&f.g, f.add, tg_future(caught), tg_int(1));
        tg_id fine = ADD(&f.g, f.try, tg_future(out), tg_int(0));
        fixture_want(&f, "out", out);
        fixture_want(&f, "fine", fine);
        fixture_run(&f);
        tg_value v = tg_nil();
        CHECK(f.ok && fixture_value(&f, 0, &v));
        CHECK_INT(v.i, 8);
        CHECK(fixture_value(&f, 1, &v) && v.i == 8);
        CHECK_INT(f.run.failures.count, 0);
        CHECK_INT(f.run.skipped_count, 1);
    }
}

TEST(a_task_after_a_failed_one_is_skipped)
{
    FOR_EACH_SETUP (f) {
        f.options.keep_going = true;
        tg_id bad = ADD(&f.g, f.fail, tg_int(1)), good = ADD(&f.g, f.add, tg_int(1));
        tg_value after_bad = tg_future(bad), after_good = tg_future(good), arg = tg_int(9);
        fixture_want(&f, "skipped", tg_graph_add(&f.g, f.add, &arg, 1, &after_bad, 1, NULL));
        fixture_want(&f, "run", tg_graph_add(&f.g, f.add, &arg, 1, &after_good, 1, NULL));
        fixture_run(&f);
        tg_value v = tg_nil();
        CHECK(f.ok && !fixture_value(&f, 0, &v) && fixture_value(&f, 1, &v));
        CHECK_INT(v.i, 9);
        CHECK_INT(f.run.skipped_count, 1);
    }
}

TEST(arguments_and_results_are_held_to_the_signature)
{
    static struct tg_sig_param strs = {.name = "text", .type = {.kinds = KINDS_STR, .accepts = KINDS_STR}};
    static const struct tg_def wants_str = {
        .name = "shout",
        .fn = text_fn,
        .sig = {.name = "shout", .count = 1, .required = 1, .params = &strs, .result = TYPE(KINDS_STR)}};
    static const struct tg_def says_int = REST_DEF("count", text_fn, anys, KINDS_INT, 0);
    FOR_EACH_SETUP (f) {
        f.options.keep_going = true;
        tg_id n = ADD(&f.g, f.add, tg_int(1));
        fixture_want(&f, "a", ADD(&f.g, site_of(&f.g, &wants_str), tg_future(n)));
        fixture_want(&f, "b", ADD(&f.g, site_of(&f.g, &says_int), tg_future(n)));
        fixture_run(&f);
        CHECK(f.ok);
        CHECK_INT(f.run.failures.count, 2);
        bool first = f.run.failures.count && f.run.failures.items[0].task == 1;
        CHECK_STR(f.run.failures.items[!first].err.message, "parameter 'text' of task 'shout' takes str, not int");
        CHECK_STR(f.run.failures.items[first].err.message, "task 'count' returned a str where its signature says int");
    }
}

TEST(items_of_lists_are_held_to_the_signature)
{
    static const struct tg_type int_type = TYPE(KINDS_INT);
    static struct tg_sig_param int_lists = {.name = "xs",
                                            .type = {.kinds = KINDS_LIST, .accepts = KINDS_LIST, .item = &int_type}};
    static const struct tg_def sum_def = {
        .name = "sum",
        .fn = list_fn,
        .sig = {.name = "sum", .count = 1, .required = 1, .params = &int_lists, .result = TYPE(KINDS_LIST)}};
    FOR_EACH_SETUP (f) {
        f.options.keep_going = true;
        uint32_t sum = site_of(&f.g, &sum_def);
        tg_id t = ADD(&f.g, f.text, tg_int(1)), n = ADD(&f.g, f.add, tg_int(1));
        fixture_want(&f, "bad", ADD(&f.g, sum, tg_future(ADD(&f.g, f.list, tg_future(n), tg_future(t)))));
        fixture_want(&f, "good", ADD(&f.g, sum, tg_future(ADD(&f.g, f.list, tg_future(n), tg_future(n)))));
        fixture_run(&f);
        tg_value v;
        CHECK(f.ok && !fixture_value(&f, 0, &v) && fixture_value(&f, 1, &v));
        CHECK_INT(f.run.failures.count, 1);
        CHECK_STR(f.run.failures.items[0].err.message, "parameter 'xs' of task 'sum' takes list[int], not list");
    }
}

static int mute_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)args, (void)count, (void)out;
    return TG_FAIL;
}

static int half_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)args, (void)count;
    task_fail(ctx, "said so");
    *out = tg_int(1);
    return TG_OK;
}

TEST(a_task_that_fails_in_silence_or_only_half_is_reported)
{
    static const struct tg_def mute = REST_DEF("mute", mute_fn, anys, KINDS_INT, 0);
    static const struct tg_def half = REST_DEF("half", half_fn, anys, KINDS_INT, 0);
    FOR_EACH_SETUP (f) {
        f.options.keep_going = true;
        fixture_want(&f, "mute", ADD(&f.g, site_of(&f.g, &mute), tg_int(1)));
        fixture_want(&f, "half", ADD(&f.g, site_of(&f.g, &half), tg_int(1)));
        fixture_run(&f);
        CHECK_INT(f.run.failures.count, 2);
        bool first = f.run.failures.items[0].task == 0;
        CHECK_STR(f.run.failures.items[!first].err.message, "task 'mute' failed without saying why");
        CHECK_STR(f.run.failures.items[first].err.message, "said so");
    }
}

static _Atomic int alive, most; /* counted objects: now, and at once */

static void counted_destroy(void *payload)
{
    (void)payload;
    alive--;
}

static const struct tg_object_type counted = {.size = sizeof counted, .name = "counted", .destroy = counted_destroy};

static int make_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)args, (void)count;
    *out = tg_object_make(&counted, 8);
    if (++alive > most) most = alive;
    return TG_OK;
}

TEST(results_are_released_at_their_last_use)
{
    static const struct tg_def make = REST_DEF("make", make_fn, anys, TG_KIND_BIT(TG_OBJECT), TG_DEF_UNCHECKED);
    FOR_EACH_SETUP (f) {
        most = alive = 0;
        uint32_t site = site_of(&f.g, &make);
        tg_id last = ADD(&f.g, site, tg_int(0));
        for (int i = 0; i < 1000; i++) last = ADD(&f.g, site, tg_future(last), tg_future(last));
        tg_graph_want(&f.g, NULL, tg_future(ADD(&f.g, site, tg_int(1))), nowhere, NULL);
        fixture_want(&f, "last", last);
        fixture_run(&f);
        CHECK(f.ok);
        CHECK(most <= 4);
        CHECK_INT(alive, 1);
        fixture_end(&f);
        CHECK_INT(alive, 0);
        fixture_begin(&f, &setups[setup_]);
    }
}

static _Atomic int stop;

static int stopper_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)args, (void)count;
    tg_stop_raise(&stop, TG_STOP_SIGNAL);
    *out = tg_int(1);
    return TG_OK;
}

TEST(a_stop_starts_nothing_new)
{
    static const struct tg_services services = {.stop = &stop, .wake_fd = -1};
    static const struct tg_def stopper = REST_DEF("stopper", stopper_fn, anys, KINDS_INT, 0);
    for (int large = 0; large < 2; large++) {
        FOR_EACH_SETUP (f) {
            stop = TG_GO;
            f.options.services = &services;
            tg_id last = ADD(&f.g, f.add, tg_int(0));
            for (int i = 0; i < (large ? 20000 : 50); i++) last = ADD(&f.g, f.add, tg_future(last), tg_int(1));
            tg_id before = last;
            last = ADD(&f.g, site_of(&f.g, &stopper), tg_future(last));
            tg_id at = last;
            for (int i = 0; i < 50; i++) last = ADD(&f.g, f.add, tg_future(last), tg_int(1));
            fixture_want(&f, "before", before);
            fixture_want(&f, "last", last);
            fixture_run(&f);
            tg_value v;
            CHECK(f.ok && fixture_value(&f, 0, &v) && !fixture_value(&f, 1, &v));
            CHECK_INT(f.run.done_count, at + 1);
            CHECK_INT(f.run.skipped_count, 50);
            CHECK_INT(f.run.failures.count, 0);
        }
    }
}

/* The task 0 pauses the run; whoever begins between that and `resumed` did so in a pause. */
static _Atomic unsigned begun_paused;
static _Atomic bool paused, resumed;

static int pauser_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    if (paused && !resumed) begun_paused++;
    if (args[0].i == 0) {
        CHECK(tg_stop_pause(&stop));
        paused = true;
    }
    *out = tg_int(args[0].i + 1);
    return TG_OK;
}

/* Long enough for a task that does not wait to begin. */
static void *let_go_on(void *end)
{
    while (!paused) usleep(100);
    usleep(5000);
    resumed = true;
    if (end) tg_stop_raise(&stop, TG_STOP_SIGNAL);
    else tg_stop_resume(&stop);
    return NULL;
}

/* A chain behind the task that pauses, and as many beside it. */
static void run_paused(struct fixture *f, const struct tg_services *services, bool stops)
{
    static const struct tg_def pauser = REST_DEF("pauser", pauser_fn, anys, KINDS_INT, 0);
    pthread_t thread;
    begun_paused = 0;
    stop = TG_GO;
    paused = resumed = false;
    f->options.services = services;
    uint32_t site = site_of(&f->g, &pauser);
    tg_id last = ADD(&f->g, site, tg_int(0));
    for (int i = 0; i < 500; i++) {
        last = ADD(&f->g, site, tg_future(last));
        fixture_want(f, NULL, ADD(&f->g, site, tg_int(1)));
    }
    fixture_want(f, "last", last);
    CHECK(pthread_create(&thread, NULL, let_go_on, stops ? f : NULL) == 0);
    fixture_run(f);
    pthread_join(thread, NULL);
}

TEST(nothing_begins_while_a_run_is_paused)
{
    static const struct tg_services services = {.stop = &stop, .wake_fd = -1};
    FOR_EACH_SETUP (f) {
        tg_value v = tg_nil();
        run_paused(&f, &services, false);
        CHECK(f.ok && fixture_value(&f, 500, &v) && v.i == 501);
        CHECK(begun_paused < f.options.jobs); /* who was on the way when the pause began */
        CHECK_INT(f.run.done_count, 1001);
    }
}

TEST(a_run_that_is_paused_can_be_stopped)
{
    static const struct tg_services services = {.stop = &stop, .wake_fd = -1};
    FOR_EACH_SETUP (f) {
        tg_value v;
        run_paused(&f, &services, true);
        CHECK(f.ok && !fixture_value(&f, 500, &v));
        CHECK(f.run.done_count < 1001 && f.run.failures.count == 0);
    }
}

static bool lazy_drive(struct tg_run *run, struct tg_err *err)
{
    (void)err;
    tg_worker_new(run);
    tg_run_unrun(run, 0);
    return true;
}

TEST(a_run_that_stalls_says_so)
{
    struct tg_sched lazy = {.name = "lazy", .drive = lazy_drive};
    struct fixture f;
    fixture_begin(&f, &setups[0]);
    f.options.sched = &lazy;
    tg_id last = ADD(&f.g, f.add, tg_int(0));
    for (int i = 0; i < 9; i++) last = ADD(&f.g, f.add, tg_future(last));
    fixture_want(&f, "last", last);
    fixture_run(&f);
    tg_value v;
    CHECK(!f.ok && !fixture_value(&f, 0, &v));
    CHECK_INT(f.err.code, TG_EXIT_CANNOT);
    CHECK_STR(f.err.message, "the run has stalled: 10 of 10 tasks are waiting, but nothing is ready and nothing is running");
    CHECK_STR(f.err.detail, "Waiting: 'add' (task 0), 'add' (task 1), 'add' (task 2), 'add' (task 3), 'add' (task 4), ....");
    fixture_end(&f);
}

static struct tg_run *described;
static struct tg_buf description;

static void write_place(void *data, tg_span span, struct tg_buf *b)
{
    (void)data;
    tg_buf_format(b, "a.tg:%u", span.start);
}

static int looker_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)args, (void)count;
    tg_describe_run(described, &description, write_place, NULL);
    *out = tg_int(1);
    return TG_OK;
}

TEST(a_running_task_is_described)
{
    static const struct tg_def looker = REST_DEF("looker", looker_fn, anys, KINDS_INT, 0);
    FOR_EACH_SETUP (f) {
        described = &f.run;
        tg_id first = ADD(&f.g, f.add, tg_int(1));
        tg_id x = ADD(&f.g, tg_graph_site(&f.g, &looker, (tg_span){12, 20}, 0, 0), tg_future(first));
        fixture_want(&f, "y", ADD(&f.g, f.add, tg_future(x)));
        fixture_run(&f);
        CHECK_STR(tg_buf_str(&description), "1 of 3 tasks done, 0 failed, 0 skipped, 1 running, 1 waiting\n"
                                            "  task 1: looker, a.tg:12\n");
        tg_buf_done(&description);
    }
}

/* ---- threads ------------------------------------------------------------------------------------- */

/* Ends when `meeting` tasks have begun. */
static _Atomic unsigned begun;
static unsigned meeting;

static int meet_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)args, (void)count;
    atomic_fetch_add(&begun, 1);
    while (atomic_load(&begun) < meeting) usleep(1000);
    *out = tg_int(1);
    return TG_OK;
}

/* Tasks that wait until `together` of them run at the same time, after `quick` ones; with 40 workers. How many worked. */
static unsigned run_meeting(int quick, unsigned together)
{
    static const struct tg_def meet_def = REST_DEF("meet", meet_fn, ints, KINDS_INT, 0);
    struct fixture f;
    fixture_begin(&f, &(struct setup){"threads", 40});
    for (int i = 0; i < quick; i++) fixture_want(&f, NULL, ADD(&f.g, f.add, tg_int(1)));
    uint32_t site = site_of(&f.g, &meet_def);
    for (unsigned i = 0; i < together; i++) fixture_want(&f, NULL, ADD(&f.g, site, tg_int(1)));
    begun = 0;
    meeting = together;
    fixture_run(&f);
    CHECK(f.ok);
    CHECK_INT(f.run.done_count, quick + (int)together);
    unsigned workers = f.run.worker_count;
    fixture_end(&f);
    return workers;
}

TEST(waiting_tasks_overlap)
{
    CHECK_INT(run_meeting(0, 40), 40);
}

TEST(waiting_tasks_of_a_large_graph_overlap)
{
    CHECK_INT(run_meeting(10000, 40), 40);
}

TEST(one_task_starts_no_thread)
{
    CHECK_INT(run_meeting(0, 1), 1);
}

TEST(a_chain_starts_no_thread)
{
    struct fixture f;
    fixture_begin(&f, &(struct setup){"threads", 8});
    tg_id last = ADD(&f.g, f.add, tg_int(0));
    for (int i = 0; i < 100; i++) last = ADD(&f.g, f.add, tg_future(last), tg_int(1));
    fixture_want(&f, "last", last);
    fixture_run(&f);
    CHECK_INT(f.run.worker_count, 1);
    fixture_end(&f);
}

/* What a sink was told. */
struct told {
    struct tg_sink sink;
    unsigned count[TG_EVENT_KINDS];
    unsigned without_start; /* ended without having been started before */
    bool started[100];
    unsigned slow; /* of those that take longer than a tick */
};

static bool tell(struct tg_sink *sink, const struct tg_event *e, struct tg_err *err)
{
    (void)err;
    struct told *t = (struct told *)sink;
    t->count[e->kind]++;
    if (e->kind == TG_EVENT_STARTED) t->started[e->task] = true;
    if (e->kind == TG_EVENT_DONE || e->kind == TG_EVENT_FAILED) t->without_start += !t->started[e->task] && !e->began_ns;
    return true;
}

#define QUICK 5000

static bool tell_some(struct tg_sink *sink, const struct tg_event *e, struct tg_err *err)
{
    (void)err;
    struct told *t = (struct told *)sink;
    t->count[e->kind]++;
    t->slow += e->kind == TG_EVENT_DONE && !strcmp(e->site->def->name, "nap");
    return true;
}

static int do_nap(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    usleep(2 * TG_TICK_NS / 1000);
    *out = args[0];
    return TG_OK;
}
TEST(a_sink_is_told_of_every_task)
{
    for (size_t i = 0; i < TG_COUNT(setups); i++) {
        struct told told = {.sink = {.name = "a test", .wants = TG_EVENT_BIT(TG_EVENT_TEXT) - 1, .take = tell}};
        struct tg_sink *sinks[] = {&told.sink};
        struct fixture f;
        fixture_begin(&f, &setups[i]);
        f.options.keep_going = true;
        f.options.events = tg_events_new(sinks, 1);
        tg_id failed = ADD(&f.g, f.fail, tg_int(1)), last = ADD(&f.g, f.add, tg_future(failed));
        fixture_want(&f, "skipped", last);
        for (int k = 0; k < 40; k++) last = ADD(&f.g, f.add, k ? tg_future(last) : tg_int(1), tg_int(1));
        fixture_want(&f, "sum", last);
        fixture_run(&f);
        CHECK(told.count[TG_EVENT_STARTED] <= 41); /* quick ones say when they began as they end */
        CHECK_INT(told.count[TG_EVENT_DONE], 40);
        CHECK_INT(told.count[TG_EVENT_FAILED], 1);
        CHECK_INT(told.count[TG_EVENT_SKIPPED], 1);
        CHECK_INT(told.without_start, 0);
        CHECK_INT(tg_run_tally(&f.run).count[TG_EVENT_DONE], 40);
        tg_events_free(f.options.events);
        fixture_end(&f);
    }
}

/* How many of the quick ones a sink of this kind is told of; *slow: of those that are not. */
static unsigned told_of_quick(const struct setup *setup, enum tg_sink_kind kind, unsigned *slow)
{
    struct told told = {.sink = {.name = "a test", .kind = kind, .wants = TG_EVENT_BIT(TG_EVENT_TEXT) - 1, .take = tell_some}};
    struct tg_sink *sinks[] = {&told.sink};
    struct fixture f;
    fixture_begin(&f, setup);
    f.options.events = tg_events_new(sinks, 1);
    struct tg_pace pace = {0};
    struct tg_def nap_def = add_def;
    nap_def.name = "nap";
    nap_def.fn = do_nap;
    nap_def.pace = &pace;
    uint32_t nap = site_of(&f.g, &nap_def);
    tg_id last = ADD(&f.g, f.add, tg_int(1), tg_int(1));
    for (int i = 0; i < QUICK; i++) {
        last = ADD(&f.g, f.add, tg_future(last), tg_int(1));
        if (i >= QUICK - 3) last = ADD(&f.g, nap, tg_future(last));
    }
    fixture_want(&f, "sum", last);
    fixture_run(&f);
    CHECK_INT(tg_run_tally(&f.run).count[TG_EVENT_DONE], QUICK + 4);
    CHECK_INT(told.sink.dropped, 0);
    tg_events_free(f.options.events);
    fixture_end(&f);
    *slow = told.slow;
    return told.count[TG_EVENT_DONE] - told.slow;
}

/* Of a row of slow ones behind quick ones the first may go by. */
TEST(a_live_sink_is_told_of_slow_tasks_and_of_some_quick_ones)
{
    for (size_t i = 0; i < TG_COUNT(setups); i++) {
        unsigned slow;
        CHECK_INT(told_of_quick(&setups[i], TG_SINK_LOSSLESS, &slow), QUICK + 1);
        CHECK_INT(slow, 3);
        unsigned quick = told_of_quick(&setups[i], TG_SINK_LIVE, &slow);
        CHECK(quick > 0 && quick < QUICK);
        CHECK(slow >= 2);
    }
}
