/* SPDX-License-Identifier: MIT
 * Streams over schedulers and worker counts: many tasks put into a stream and take from it at the same time, at graph time and
 * from growing tasks, while feeding tasks still add to it. Whatever the order, everything that was put in is taken once: the
 * sums say so. Beside it, streams that give their first success. Meant for the thread sanitizer too.
 *
 *     stress_stream [ROUNDS [SEED]] */
#include <stdio.h>
#include <time.h>

#include "engine/grow/fragment.h"
#include "engine/grow/start.h"
#include "engine/grow/stream.h"
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

/* ---- tasks --------------------------------------------------------------------------------------- */

static _Atomic int stop;
static _Atomic int64_t stop_in; /* tasks until one raises the stop flag */
static uint32_t spin_loops, sleep_one_in;

static void delay(uint64_t n)
{
    if (atomic_fetch_sub_explicit(&stop_in, 1, memory_order_relaxed) == 1) tg_stop_raise(&stop, TG_STOP_SIGNAL);
    uint32_t r = (uint32_t)((n + 1) * UINT64_C(0x9e3779b97f4a7c15) >> 40);
    for (uint32_t i = 0; spin_loops && i < r % spin_loops; i++) __asm__ volatile("" ::: "memory");
    if (sleep_one_in && r % sleep_one_in == 0) nanosleep(&(struct timespec){0, 50000}, NULL);
}

/* slow(x) -> int: x, after a while. */
static int slow_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    delay((uint64_t)args[0].i);
    *out = args[0];
    return TG_OK;
}

/* lucky(x) -> int: x if it is odd, after a while. */
static int lucky_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    slow_fn(ctx, args, count, out);
    return args[0].i % 2 ? TG_OK : task_fail(ctx, "no luck");
}

/* ---- growing tasks --------------------------------------------------------------------------------- */

struct block {
    struct tg_function head;
    tg_value stream; /* owned */
    int64_t from, count;
};

static void block_destroy(struct tg_function *f)
{
    tg_value_unref(((struct block *)f)->stream);
    free(f);
}

static tg_value block_new(tg_value stream, int64_t from, int64_t count)
{
    struct block *b = tg_alloc_zero(sizeof *b);
    b->head = (struct tg_function){.obj = {.refs = 1, .kind = TG_FUNCTION}, .destroy = block_destroy};
    b->stream = tg_value_ref(stream), b->from = from, b->count = count;
    return tg_make_(TG_FUNCTION, (uintptr_t)b);
}

static uint32_t add_site, slow_site, lucky_site, put_site, next_site, count_site, feed_site, merge_site;

#define NEW(f, site, ...)                                                                                                   \
    tg_future(tg_fragment_add((f), (site), (tg_value[]){__VA_ARGS__}, sizeof((tg_value[]){__VA_ARGS__}) / sizeof(tg_value), \
                              NULL, 0, NULL))

static tg_value new_next(struct tg_fragment *f, tg_value stream)
{
    return NEW(f, next_site, stream, tg_int((int64_t)tg_stream_will_take(stream)));
}

static void new_put(struct tg_fragment *f, tg_value stream, tg_value x)
{
    tg_stream_will_put(stream);
    NEW(f, put_site, x, stream);
}

/* feed(trigger, block) -> nil: puts its numbers into the stream. */
static int feed_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    const struct block *b = args[1].p;
    struct tg_fragment *f = tg_fragment_of(ctx);
    (void)count;
    delay((uint64_t)b->from);
    for (int64_t i = 0; i < b->count; i++) new_put(f, b->stream, NEW(f, slow_site, tg_int(b->from + i)));
    tg_stream_close(ctx, b->stream);
    *out = tg_nil();
    return TG_OK;
}

/* merge(left, block) -> int: adds what is left in the stream two by two, until there is one. */
static int merge_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    const struct block *b = args[1].p;
    struct tg_fragment *f = tg_fragment_of(ctx);
    int64_t left;
    uint64_t taken;
    (void)count;
    *out = tg_int(0);
    if (args[0].i == 1) *out = new_next(f, b->stream);
    if (args[0].i <= 1) return TG_OK;
    int64_t pairs = b->from % 2 ? 1 : args[0].i / 2;
    for (int64_t i = 0; i < pairs; i++) new_put(f, b->stream, NEW(f, add_site, new_next(f, b->stream), new_next(f, b->stream)));
    tg_stream_left(b->stream, &left, &taken);
    tg_value more = block_new(b->stream, b->from / 2, 0);
    *out = NEW(f, merge_site, NEW(f, count_site, b->stream, tg_int((int64_t)taken)), more);
    tg_value_unref(more);
    return TG_OK;
}

static const struct tg_def slow_def = REST_DEF("slow", slow_fn, ints, KINDS_INT, 0);
static const struct tg_def lucky_def = REST_DEF("lucky", lucky_fn, ints, KINDS_INT, 0);
static const struct tg_def merge_def = REST_DEF("merge", merge_fn, anys, TG_KINDS_ANY, TG_DEF_UNCHECKED | TG_DEF_EXPANDS);
static const struct tg_def feed_def = {
    .name = "feed",
    .fn = feed_fn,
    .flags = TG_DEF_UNCHECKED | TG_DEF_EXPANDS,
    .sig = {.name = "feed", .count = 1, .rest = true, .effect = true, .params = &anys, .result = TYPE(TG_KINDS_ANY)}};

/* ---- graphs -------------------------------------------------------------------------------------- */

static const tg_span nowhere = {0, 0};

static void make_sites(struct tg_graph *g)
{
    add_site = site_of(g, &add_def), slow_site = site_of(g, &slow_def), lucky_site = site_of(g, &lucky_def);
    put_site = site_of(g, &tg_stream_put_def), next_site = site_of(g, &tg_stream_next_def),
    count_site = site_of(g, &tg_stream_count_def);
    feed_site = site_of(g, &feed_def), merge_site = site_of(g, &merge_def);
}

static void want_effect(struct tg_graph *g, tg_id id)
{
    tg_graph_want(g, NULL, tg_future(id), nowhere, NULL);
}

static tg_value graph_next(struct tg_graph *g, tg_value stream)
{
    return tg_future(ADD(g, next_site, stream, tg_int((int64_t)tg_stream_will_take(stream))));
}

/* Puts numbers from `from` on into the stream; gives the next number. */
static int64_t put_numbers(struct tg_graph *g, tg_value stream, int64_t from, uint32_t count)
{
    for (; count > 0; count--, from++) {
        tg_stream_will_put(stream);
        want_effect(g, ADD(g, put_site, tg_future(ADD(g, slow_site, tg_int(from))), stream));
    }
    return from;
}

static int64_t add_feeders(struct tg_graph *g, tg_value stream, int64_t from)
{
    for (uint32_t feeders = chance(4); feeders > 0; feeders--) {
        int64_t count = chance(60);
        tg_value block = block_new(stream, from, count);
        tg_stream_open(stream);
        want_effect(g, ADD(g, feed_site, tg_future(ADD(g, slow_site, tg_int(from))), block));
        tg_value_unref(block);
        from += count;
    }
    return from;
}

/* A stream with the numbers from 1 to what it gives; the sum of all is the output. */
static int64_t build_sum(struct tg_graph *g)
{
    tg_value stream = tg_stream_new(false), sum = tg_int(0);
    uint32_t early = chance(4) ? chance(200) : 0;
    int64_t left, last = put_numbers(g, stream, 1, early);
    for (uint32_t i = chance(early + 1); i > 0; i--) sum = tg_future(ADD(g, add_site, sum, graph_next(g, stream)));
    last = add_feeders(g, stream, last) - 1;
    uint64_t taken;
    tg_stream_left(stream, &left, &taken);
    tg_value block = block_new(stream, chance(64), 0);
    tg_id rest = ADD(g, merge_site, tg_future(ADD(g, count_site, stream, tg_int((int64_t)taken))), block);
    tg_graph_want(g, "sum", tg_future(ADD(g, add_site, sum, tg_future(rest))), nowhere, NULL);
    tg_value_unref(block);
    tg_value_unref(stream);
    return last;
}

/* The first success of some tasks; true if there is one. */
static bool build_first(struct tg_graph *g)
{
    tg_value stream = tg_stream_new(true);
    bool any = false;
    for (uint32_t i = 1 + chance(20); i > 0; i--) {
        int64_t x = chance(6) ? 2 * chance(1000) : 2 * chance(1000) + 1;
        any = any || x % 2;
        tg_stream_will_put(stream);
        tg_id task = ADD(g, lucky_site, tg_future(ADD(g, slow_site, tg_int(x))));
        want_effect(g, ADD(g, put_site, tg_future(task), stream));
    }
    tg_graph_want(g, "first", graph_next(g, stream), nowhere, NULL);
    tg_value_unref(stream);
    return any;
}

/* ---- checking ------------------------------------------------------------------------------------ */

struct expected {
    int64_t last;  /* the sum is that of 1 to last */
    bool first[8]; /* there is a first success */
};

static bool check_output(const struct tg_run *run, const struct tg_wanted *w, int64_t wanted, bool there, bool complete)
{
    tg_value v = tg_nil();
    bool got = tg_run_value(run, w, &v);
    bool right = got ? there && (wanted < 0 ? v.i % 2 == 1 : v.i == wanted) : !there || !complete;
    if (!right) printf("%s is %lld, not %lld, or is%s there\n", w->name, (long long)v.i, (long long)wanted, got ? "" : " not");
    return right;
}

static bool check_run(const struct tg_run *run, const struct expected *e)
{
    bool complete = stop == TG_GO;
    size_t first = 0;
    for (size_t i = 0; i < run->graph->wanted.count; i++) {
        const struct tg_wanted *w = &run->graph->wanted.items[i];
        if (!w->name) continue;
        bool sum = strcmp(w->name, "sum") == 0, there = sum || e->first[first];
        if (!check_output(run, w, sum ? e->last * (e->last + 1) / 2 : -1, there, complete)) return false;
        first += !sum;
    }
    return true;
}

/* Streams change as they are used: each run has a graph of its own, made by the same chance. */
static bool run_once(uint64_t graph_seed, const struct tg_run_options *options)
{
    struct tg_graph g;
    struct tg_plan p;
    struct tg_run run;
    struct tg_err err = {0};
    struct expected e;
    seed = graph_seed;
    graph_init(&g, 0);
    make_sites(&g);
    e.last = build_sum(&g);
    for (uint32_t i = 0, firsts = chance(8); i < firsts; i++) e.first[i] = build_first(&g);
    stop = TG_GO;
    tg_plan_make(&g, NULL, 0, &p, NULL);
    tg_start_run(&run, &g, &p, options);
    bool fine = tg_run_execute(&run, &err);
    if (!fine) printf("%s\n%s\n", err.message, err.detail ? err.detail : "");
    fine = fine && check_run(&run, &e);
    tg_err_done(&err);
    tg_run_done(&run);
    tg_plan_done(&p);
    tg_graph_done(&g);
    return fine;
}

static bool round_of(unsigned long long number)
{
    static const unsigned jobs[] = {1, 2, 3, 8, 40};
    struct tg_services services = {.stop = &stop, .wake_fd = -1};
    for (int i = 0; i < 6; i++) {
        seed = number * 64 + (unsigned)i;
        spin_loops = chance(3) ? 0 : 10000 >> chance(8);
        sleep_one_in = chance(3) ? 0 : 20 << chance(6);
        struct tg_run_options options = {.jobs = jobs[chance(5)], .keep_going = true, .services = &services};
        options.sched = tg_sched_find(i ? "threads" : "single-threaded");
        stop_in = chance(6) ? INT64_MAX : 1 + chance(300);
        if (run_once(number, &options)) continue;
        printf("with seed %llu, %s, %u jobs\n", number, options.sched->name, options.jobs);
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    unsigned long long rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 150;
    unsigned long long first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    for (unsigned long long i = 0; i < rounds; i++)
        if (!round_of(first + i)) return 1;
    printf("%llu rounds\n", rounds);
    return 0;
}
