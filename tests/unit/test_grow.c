/* SPDX-License-Identifier: MIT
 * Tasks that add tasks while they run, and the function values by which they hold futures; over every scheduler. The races
 * have tests/stress/stress_grow.c. */
#include "engine/value/future.h"
#include "tests/unit/check.h"

#include "engine/grow/fragment.h"
#include "engine/grow/start.h"
#include "engine/grow/stream.h"
#include "engine/run/node.h"
#include "engine/run/run.h"
#include "engine/sched/sched.h"
#include "tests/unit/tasks.h"

static const tg_span nowhere = {0, 0};

/* ---- function values that hold futures ----------------------------------------------------------- */

struct block;
typedef int (*block_fn)(tg_ctx *ctx, const struct block *b, tg_value trigger, tg_value *out);

/* What a growing task does, with up to four values that it holds. */
struct block {
    struct tg_function head;
    block_fn run;
    int64_t n;
    size_t count;
    tg_value held[4];
};

static void block_destroy(struct tg_function *f)
{
    struct block *b = (struct block *)f;
    for (size_t i = 0; i < b->count; i++) tg_value_unref(b->held[i]);
    free(b);
}

static void block_held(const struct tg_function *f, void (*visit)(void *data, tg_value v), void *data)
{
    const struct block *b = (const struct block *)f;
    for (size_t i = 0; i < b->count; i++) visit(data, b->held[i]);
}

/* Takes what it holds. */
static tg_value block_new(block_fn run, int64_t n, size_t count, const tg_value *take_held)
{
    struct block *b = tg_alloc_zero(sizeof *b);
    b->head = (struct tg_function){.obj = {.refs = 1, .kind = TG_FUNCTION}, .destroy = block_destroy, .held = block_held};
    b->run = run, b->n = n, b->count = count;
    for (size_t i = 0; i < count; i++) {
        b->held[i] = take_held[i];
        if (tg_value_marks(take_held[i])) b->head.obj.flags |= TG_HOLDS;
    }
    return tg_make_(TG_FUNCTION, (uintptr_t)b);
}

static tg_value holding(tg_value take)
{
    return block_new(NULL, 0, 1, &take);
}

static void put(tg_value record, const char *key, tg_value take_value)
{
    tg_record_put(record, tg_str(key), take_value);
}

TEST(functions_that_hold_futures_are_known_from_outside)
{
    tg_value plain = holding(tg_int(1)), f = holding(tg_future(7)), g = holding(tg_value_ref(f));
    CHECK_INT(tg_value_marks(tg_int(1)), 0);
    CHECK_INT(tg_value_marks(tg_future(1)), TG_HAS_FUTURE);
    CHECK_INT(tg_value_marks(plain), 0);
    CHECK_INT(tg_value_marks(f), TG_HOLDS);
    CHECK_INT(tg_value_marks(g), TG_HOLDS);
    CHECK(!tg_future_in(f));
    tg_value list = tg_list_make(1), outer = tg_list_make(1), record = tg_record_make(0);
    tg_list_add(list, plain);
    CHECK_INT(tg_value_marks(list), 0);
    tg_list_add(list, f);
    CHECK_INT(tg_value_marks(list), TG_HOLDS);
    CHECK(!tg_future_in(list));
    tg_list_add(outer, list);
    CHECK_INT(tg_value_marks(outer), TG_HOLDS);
    put(record, "f", g);
    CHECK_INT(tg_value_marks(record), TG_HOLDS);
    put(record, "x", tg_future(1));
    CHECK_INT(tg_value_marks(record), TG_HOLDS | TG_HAS_FUTURE);
    CHECK(tg_future_in(record));
    tg_list_add(outer, record);
    CHECK_INT(tg_value_marks(outer), TG_HOLDS | TG_HAS_FUTURE);
    tg_value_unref(outer);
}

TEST(marks_follow_what_is_in_a_record_or_a_copy)
{
    tg_value record = tg_record_make(0), list = tg_list_make(0);
    put(record, "f", holding(tg_future(1)));
    put(record, "x", tg_future(2));
    put(record, "f", tg_int(0));
    CHECK_INT(tg_value_marks(record), TG_HAS_FUTURE);
    put(record, "f", holding(tg_future(1)));
    put(record, "x", tg_nil());
    CHECK_INT(tg_value_marks(record), TG_HOLDS);
    put(record, "f", tg_nil());
    CHECK_INT(tg_value_marks(record), 0);
    tg_list_add(list, holding(tg_future(3)));
    tg_value copy = tg_list_own(tg_value_ref(list), 4);
    CHECK(copy.p != list.p);
    CHECK_INT(tg_value_marks(copy), TG_HOLDS);
    tg_value_unref(record), tg_value_unref(list), tg_value_unref(copy);
}

/* ---- graphs that grow ---------------------------------------------------------------------------- */

static _Atomic int64_t ran; /* calls of tick */

/* tick(xs: int...) -> int effect: their sum, and counts. */
static int tick_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    atomic_fetch_add(&ran, 1);
    return add_fn(ctx, args, count, out);
}

static int expand_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    const struct block *b = args[1].p;
    return b->run(ctx, b, args[0], out);
}

static const struct tg_def counted_def = REST_DEF("counted", tick_fn, ints, KINDS_INT, TG_DEF_UNCHECKED);
static const struct tg_def expand_def = REST_DEF("expand", expand_fn, anys, TG_KINDS_ANY, TG_DEF_UNCHECKED | TG_DEF_EXPANDS);
static const struct tg_def tick_def = {
    .name = "tick",
    .fn = tick_fn,
    .flags = TG_DEF_UNCHECKED,
    .sig = {.name = "tick", .count = 1, .rest = true, .effect = true, .params = &ints, .result = TYPE(KINDS_INT)}};

static const struct setup {
    const char *sched;
    unsigned jobs;
} setups[] = {{"single-threaded", 1}, {"threads", 1}, {"threads", 2}, {"threads", 7}};

/* Sites of the fixture's graph, for blocks. */
static uint32_t add_site, text_site, fail_site, try_site, counted_site, tick_site, expand_site;

struct fixture {
    struct tg_graph g;
    struct tg_plan p;
    struct tg_run run;
    struct tg_err err;
    struct tg_run_options options;
    bool ok;
};

static void fixture_begin(struct fixture *f, const struct setup *setup)
{
    *f = (struct fixture){.options = {.jobs = setup->jobs, .sched = tg_sched_find(setup->sched)}};
    graph_init(&f->g, 100000);
    add_site = site_of(&f->g, &add_def);
    text_site = site_of(&f->g, &text_def);
    fail_site = site_of(&f->g, &fail_def);
    try_site = site_of(&f->g, &try_def);
    counted_site = site_of(&f->g, &counted_def);
    tick_site = site_of(&f->g, &tick_def);
    expand_site = site_of(&f->g, &expand_def);
    ran = 0;
}

/* A growing task of the graph; takes what it holds. */
static tg_id grow(struct fixture *f, tg_value trigger, block_fn run, int64_t n, size_t count, const tg_value *take_held)
{
    tg_value block = block_new(run, n, count, take_held);
    tg_id id = ADD(&f->g, expand_site, trigger, block);
    tg_value_unref(block);
    return id;
}

static void fixture_run(struct fixture *f, tg_id wanted)
{
    tg_graph_want(&f->g, "out", tg_future(wanted), nowhere, NULL);
    CHECK(tg_plan_make(&f->g, NULL, 0, &f->p, &f->err));
    tg_start_run(&f->run, &f->g, &f->p, &f->options);
    f->ok = tg_run_execute(&f->run, &f->err);
}

/* The output printed, or "none"; borrowed until the next call. */
static const char *fixture_out(struct fixture *f)
{
    static char text[200];
    struct tg_buf b = {0};
    tg_value v;
    if (tg_run_value(&f->run, &f->g.wanted.items[f->g.wanted.count - 1], &v)) tg_value_print(&b, v);
    else tg_buf_format(&b, "none");
    snprintf(text, sizeof text, "%s", tg_buf_str(&b));
    tg_buf_done(&b);
    return text;
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

/* A new task of the running one. */
#define NEW(ctx, site, ...)                                                           \
    tg_future(tg_fragment_add(tg_fragment_of(ctx), (site), (tg_value[]){__VA_ARGS__}, \
                              sizeof((tg_value[]){__VA_ARGS__}) / sizeof(tg_value), NULL, 0, &(ctx)->err))

/* A further growing task; takes what it holds. */
static tg_value grow_more(tg_ctx *ctx, tg_value trigger, block_fn run, int64_t n, size_t count, const tg_value *take_held)
{
    tg_value block = block_new(run, n, count, take_held), made = NEW(ctx, expand_site, trigger, block);
    tg_value_unref(block);
    return made;
}

static int sum_of_two(tg_ctx *ctx, const struct block *b, tg_value trigger, tg_value *out)
{
    tg_value a = NEW(ctx, add_site, trigger, b->held[0]);
    *out = NEW(ctx, add_site, a, tg_int(b->n));
    return TG_OK;
}

TEST(a_task_becomes_what_it_added)
{
    FOR_EACH_SETUP (f) {
        tg_id x = ADD(&f.g, add_site, tg_int(1)), y = ADD(&f.g, add_site, tg_int(20));
        tg_value held = tg_future(y);
        tg_id e = grow(&f, tg_future(x), sum_of_two, 300, 1, &held);
        fixture_run(&f, ADD(&f.g, add_site, tg_future(e), tg_int(4000)));
        CHECK(f.ok);
        CHECK_STR(fixture_out(&f), "4321");
        CHECK_INT(f.run.failures.count, 0);
    }
}

static int older_future(tg_ctx *ctx, const struct block *b, tg_value trigger, tg_value *out)
{
    (void)ctx;
    *out = tg_value_ref(b->held[trigger.i]);
    return TG_OK;
}

TEST(what_is_held_but_not_needed_does_not_run)
{
    FOR_EACH_SETUP (f) {
        tg_id which = ADD(&f.g, add_site, tg_int(1)), a = ADD(&f.g, counted_site, tg_int(7));
        tg_id b = ADD(&f.g, counted_site, tg_future(ADD(&f.g, counted_site, tg_int(8))));
        tg_value held[] = {tg_future(a), tg_future(b), tg_future(ADD(&f.g, fail_site, tg_int(0)))};
        fixture_run(&f, grow(&f, tg_future(which), older_future, 0, 3, held));
        CHECK(f.ok);
        CHECK_STR(fixture_out(&f), "8");
        CHECK_INT(ran, 2);
        CHECK_INT(f.run.failures.count, 0);
    }
}

static int list_of_futures(tg_ctx *ctx, const struct block *b, tg_value trigger, tg_value *out)
{
    tg_value record = tg_record_make(2);
    put(record, "text", NEW(ctx, text_site, trigger, tg_int(b->n)));
    put(record, "held", tg_value_ref(b->held[0]));
    *out = tg_list_make(3);
    tg_list_add(*out, tg_int(1));
    tg_list_add(*out, NEW(ctx, add_site, trigger, trigger));
    tg_list_add(*out, record);
    return TG_OK;
}

TEST(futures_in_a_result_are_put_in)
{
    FOR_EACH_SETUP (f) {
        tg_value held = tg_future(ADD(&f.g, text_site, tg_int(5), tg_int(6)));
        fixture_run(&f, grow(&f, tg_future(ADD(&f.g, add_site, tg_int(2))), list_of_futures, 9, 1, &held));
        CHECK(f.ok);
        CHECK_STR(fixture_out(&f), "[1, 4, {text: \"29\", held: \"56\"}]");
    }
}

/* n rounds, each with two tasks; the last thing that it adds is its next round. */
static int rounds(tg_ctx *ctx, const struct block *b, tg_value trigger, tg_value *out)
{
    if (b->n == 0) {
        *out = tg_value_ref(trigger);
        return TG_OK;
    }
    tg_value held = NEW(ctx, text_site, trigger), next = NEW(ctx, add_site, trigger, tg_int(1));
    *out = grow_more(ctx, next, rounds, b->n - 1, 1, &held);
    return TG_OK;
}

TEST(finished_rounds_make_room)
{
    FOR_EACH_SETUP (f) {
        fixture_run(&f, grow(&f, tg_future(ADD(&f.g, add_site, tg_int(0))), rounds, 20000, 0, NULL));
        CHECK(f.ok);
        CHECK_STR(fixture_out(&f), "20000");
        CHECK(f.run.nodes->next < 5000);
    }
}

/* A chain of n growing tasks, each of which needs the next. */
static int chain(tg_ctx *ctx, const struct block *b, tg_value trigger, tg_value *out)
{
    if (b->n == 0) {
        *out = tg_int(0);
        return TG_OK;
    }
    *out = NEW(ctx, add_site, tg_int(1), grow_more(ctx, trigger, chain, b->n - 1, 0, NULL));
    return (*out).bits == TG_NO_TASK ? TG_FAIL : TG_OK;
}

TEST(a_chain_of_growing_tasks)
{
    FOR_EACH_SETUP (f) {
        fixture_run(&f, grow(&f, tg_int(1), chain, 15000, 0, NULL));
        CHECK(f.ok);
        CHECK_STR(fixture_out(&f), "15000");
    }
}

TEST(too_many_tasks_are_a_failure)
{
    FOR_EACH_SETUP (f) {
        fixture_run(&f, grow(&f, tg_int(1), chain, 1000000, 0, NULL));
        CHECK_STR(fixture_out(&f), "none");
        CHECK_INT(f.run.failures.count, 1);
        CHECK(f.run.failures.count && strstr(f.run.failures.items[0].err.message, "100000"));
        CHECK(f.run.failures.count && f.run.failures.items[0].chain_count > 0);
    }
}

static int effects_then_failure(tg_ctx *ctx, const struct block *b, tg_value trigger, tg_value *out)
{
    for (int i = 0; i < 5; i++) *out = NEW(ctx, tick_site, trigger);
    return b->n ? task_fail(ctx, "in the end") : TG_OK;
}

TEST(a_growing_task_that_fails_leaves_nothing_behind)
{
    FOR_EACH_SETUP (f) {
        f.options.keep_going = true;
        tg_id bad = grow(&f, tg_int(1), effects_then_failure, 1, 0, NULL),
              good = grow(&f, tg_int(1), effects_then_failure, 0, 0, NULL);
        fixture_run(&f, ADD(&f.g, add_site, tg_future(ADD(&f.g, try_site, tg_future(bad), tg_int(10))), tg_future(good)));
        CHECK(f.ok);
        CHECK_STR(fixture_out(&f), "11");
        CHECK_INT(ran, 5);
        CHECK_INT(f.run.failures.count, 0);
    }
}

static int failing_inside(tg_ctx *ctx, const struct block *b, tg_value trigger, tg_value *out)
{
    if (b->n == 0) *out = NEW(ctx, fail_site, trigger);
    else *out = NEW(ctx, add_site, grow_more(ctx, trigger, failing_inside, b->n - 1, 0, NULL));
    return TG_OK;
}

TEST(a_failure_names_the_growing_tasks_around_it)
{
    FOR_EACH_SETUP (f) {
        fixture_run(&f, grow(&f, tg_int(3), failing_inside, 2, 0, NULL));
        CHECK(f.ok);
        CHECK_STR(fixture_out(&f), "none");
        CHECK_INT(f.run.failures.count, 1);
        if (!f.run.failures.count) continue;
        const struct tg_failure *failure = &f.run.failures.items[0];
        CHECK_STR(failure->site->def->name, "fail");
        CHECK_STR(failure->args, "3");
        CHECK_INT(failure->chain_count, 3);
        CHECK_INT(failure->chain_more, 0);
        for (size_t i = 0; i < failure->chain_count; i++) CHECK(failure->chain[i].site->def == &expand_def);
    }
}

static int after_failure(tg_ctx *ctx, const struct block *b, tg_value trigger, tg_value *out)
{
    tg_value bad = NEW(ctx, fail_site, trigger), good = NEW(ctx, add_site, trigger, tg_int(b->n));
    tg_value args[] = {good};
    tg_id skipped = tg_fragment_add(tg_fragment_of(ctx), add_site, args, 1, &bad, 1, &ctx->err);
    *out = tg_list_make(2);
    tg_list_add(*out, NEW(ctx, try_site, tg_future(skipped), tg_int(-1)));
    tg_list_add(*out, NEW(ctx, try_site, good, tg_int(-1)));
    return TG_OK;
}

TEST(grown_tasks_wait_for_others_and_failures_are_caught)
{
    FOR_EACH_SETUP (f) {
        fixture_run(&f, grow(&f, tg_int(1), after_failure, 1, 0, NULL));
        CHECK(f.ok);
        CHECK_STR(fixture_out(&f), "[-1, 2]");
        CHECK_INT(f.run.failures.count, 0);
    }
}

static int site_of_trigger(tg_ctx *ctx, const struct block *b, tg_value trigger, tg_value *out)
{
    (void)trigger;
    const struct tg_site *held = tg_fragment_site_of(tg_fragment_of(ctx), (tg_id)b->held[0].bits);
    tg_value made = NEW(ctx, text_site, tg_int(1));
    const struct tg_site *own = tg_fragment_site_of(tg_fragment_of(ctx), (tg_id)made.bits);
    bool right = held->def == &counted_def && own->def == &text_def;
    right = right && tg_fragment_graph(tg_fragment_of(ctx))->gather_list == &list_def;
    *out = tg_bool(right);
    return TG_OK;
}

TEST(sites_of_tasks_can_be_asked_for)
{
    FOR_EACH_SETUP (f) {
        tg_value held = tg_future(ADD(&f.g, counted_site, tg_int(1)));
        fixture_run(&f, grow(&f, tg_int(1), site_of_trigger, 0, 1, &held));
        CHECK_STR(fixture_out(&f), "true");
        CHECK_INT(ran, 0);
    }
}

static int large_list(tg_ctx *ctx, const struct block *b, tg_value trigger, tg_value *out)
{
    tg_value list = tg_list_make(100), gathered = tg_nil();
    for (int64_t i = 0; i < b->n; i++) tg_list_add(list, NEW(ctx, add_site, trigger, tg_int(i)));
    bool fine = tg_fragment_gather(tg_fragment_of(ctx), list, nowhere, &gathered, &ctx->err);
    *out = NEW(ctx, text_site, gathered, gathered);
    tg_value_unref(gathered);
    tg_value_unref(list);
    return fine ? TG_OK : TG_FAIL;
}

TEST(a_list_is_gathered_once)
{
    FOR_EACH_SETUP (f) {
        fixture_run(&f, grow(&f, tg_int(1), large_list, 3, 0, NULL));
        CHECK(f.ok);
        CHECK_STR(fixture_out(&f), "[1, 2, 3][1, 2, 3]");
    }
}

/* ---- streams ------------------------------------------------------------------------------------- */

static void put_into(struct fixture *f, tg_value stream, tg_value x)
{
    tg_stream_will_put(stream);
    tg_id put = ADD(&f->g, site_of(&f->g, &tg_stream_put_def), x, stream);
    tg_graph_want(&f->g, NULL, tg_future(put), nowhere, NULL);
}

static tg_value next_of(struct fixture *f, tg_value stream)
{
    return tg_future(ADD(&f->g, site_of(&f->g, &tg_stream_next_def), stream, tg_int((int64_t)tg_stream_will_take(stream))));
}

TEST(a_stream_gives_everything_once)
{
    FOR_EACH_SETUP (f) {
        tg_value stream = tg_stream_new(false), sum = tg_int(0);
        int64_t left = 0;
        uint64_t taken = 0;
        for (int i = 0; i < 50; i++) put_into(&f, stream, tg_future(ADD(&f.g, add_site, tg_int(i))));
        CHECK(tg_stream_left(stream, &left, &taken));
        CHECK_INT(left, 50);
        for (int i = 0; i < 50; i++) sum = tg_future(ADD(&f.g, add_site, sum, next_of(&f, stream)));
        CHECK(tg_stream_left(stream, &left, &taken) && left == 0 && taken == 50);
        fixture_run(&f, (tg_id)sum.bits);
        CHECK(f.ok);
        CHECK_STR(fixture_out(&f), "1225");
        tg_value_unref(stream);
    }
}

TEST(what_failed_in_a_stream_fails_where_it_is_taken)
{
    FOR_EACH_SETUP (f) {
        tg_value stream = tg_stream_new(false);
        put_into(&f, stream, tg_future(ADD(&f.g, fail_site, tg_int(1))));
        fixture_run(&f, ADD(&f.g, try_site, next_of(&f, stream), tg_int(7)));
        CHECK(f.ok);
        CHECK_STR(fixture_out(&f), "7");
        CHECK_INT(f.run.failures.count, 0);
        tg_value_unref(stream);
    }
}

TEST(first_gives_a_success)
{
    FOR_EACH_SETUP (f) {
        tg_value stream = tg_stream_new(true);
        put_into(&f, stream, tg_future(ADD(&f.g, fail_site, tg_int(1))));
        put_into(&f, stream, tg_future(ADD(&f.g, add_site, tg_int(8))));
        put_into(&f, stream, tg_future(ADD(&f.g, fail_site, tg_int(2))));
        tg_value x = next_of(&f, stream);
        fixture_run(&f, ADD(&f.g, add_site, x, tg_int(1)));
        CHECK(f.ok);
        CHECK_STR(fixture_out(&f), "9");
        CHECK_INT(f.run.failures.count, 0);
        tg_value_unref(stream);
    }
}
