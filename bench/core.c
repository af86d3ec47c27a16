/* SPDX-License-Identifier: MIT
 * Measures the execution core alone: builds a graph of a known shape through the builder, plans it, runs it, and prints
 * nanoseconds per task for each step.
 *
 *     core [-n TASKS] [-b BODY_NS] [-z] [-k] [-e] [-j JOBS] [-s SCHEDULER] [-r REPEATS] [SHAPE...]
 *
 * Each repeat has a fresh graph; medians are shown. -b is the length of a task's body, a busy loop; -z sleeps instead;
 * -k makes the result of each task a heap value (a str); -e has a sink watch, that counts how each task starts and ends. */
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "bench/shapes.h"
#include "bench/work.h"
#include "engine/grow/start.h"
#include "engine/sched/sched.h"
#include "engine/value/future.h"
#include "engine/value/str.h"

/* ---- tasks --------------------------------------------------------------------------------------- */

static double body_ns;
static bool body_sleeps;

static void calibrate(void)
{
    if (body_ns <= 0 || body_sleeps) return;
    for (long loops = 1000;; loops *= 2) {
        double begin = work_now_ns();
        work_spin(loops);
        double ns = work_now_ns() - begin;
        if (ns < 20e6) continue;
        work_loops = (long)(body_ns * (double)loops / ns);
        return;
    }
}

static void body(void)
{
    if (!body_sleeps) {
        work();
        return;
    }
    struct timespec t = {(time_t)(body_ns / 1e9), (long)fmod(body_ns, 1e9)};
    nanosleep(&t, NULL);
}

static int sum_ints(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx;
    uint64_t sum = 1;
    for (size_t i = 0; i < count; i++) sum += args[i].bits;
    body();
    *out = tg_int((int64_t)sum);
    return TG_OK;
}

/* The same with numbers kept as texts. */
static int sum_texts(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx;
    uint64_t sum = 1;
    for (size_t i = 0; i < count; i++) sum += strtoull(tg_str_of(args[i])->data, NULL, 10);
    body();
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)sum);
    *out = tg_str(text);
    return TG_OK;
}

static struct tg_sig_param rest = {.name = "xs", .type = {.kinds = TG_KINDS_ANY, .accepts = TG_KINDS_ANY}, .rest = true};
static struct tg_def sum_def = {
    .name = "sum",
    .sig = {.name = "sum", .count = 1, .rest = true, .params = &rest, .result = {.kinds = TG_KIND_BIT(TG_INT)}},
    .fn = sum_ints,
};

/* ---- building ------------------------------------------------------------------------------------ */

struct target {
    struct tg_graph *graph;
    uint32_t site;
};

static void add_many(struct target *to, const uint32_t *inputs, size_t count)
{
    tg_value *args = tg_block_new(count * sizeof *args);
    for (size_t i = 0; i < count; i++) args[i] = tg_future(inputs[i]);
    tg_graph_add(to->graph, to->site, args, count, NULL, 0, NULL);
    tg_block_free(args, count * sizeof *args);
}

static inline __attribute__((always_inline)) void add(void *target, const uint32_t *inputs, size_t count)
{
    struct target *to = target;
    tg_value args[3];
    if (count > 3) {
        add_many(to, inputs, count);
        return;
    }
    for (size_t i = 0; i < count; i++) args[i] = tg_future(inputs[i]);
    tg_graph_add(to->graph, to->site, args, count, NULL, 0, NULL);
}

/* False if there is no such shape. */
static bool build(struct tg_graph *g, const char *shape, uint32_t n)
{
    struct target to = {g, tg_graph_site(g, &sum_def, (tg_span){0, 0}, 0, 0)};
    uint32_t count = shape_build(shape, n, add, &to);
    return count && tg_graph_want(g, "result", tg_future(count - 1), (tg_span){0, 0}, NULL);
}

/* ---- measuring ----------------------------------------------------------------------------------- */

enum { BUILD, PLAN, RUN, FREE, STEPS };
#define REPEATS_MAX 100

struct samples {
    double ns[STEPS][REPEATS_MAX];
    double tasks;
    long long result;
};

static bool watched;

struct counting {
    struct tg_sink sink;
    uint64_t count;
};

static bool count_event(struct tg_sink *sink, const struct tg_event *event, struct tg_err *err)
{
    (void)event, (void)err;
    ((struct counting *)sink)->count++;
    return true;
}

static struct tg_events *watch(struct counting *counting, struct tg_sink **sink)
{
    uint32_t wants = TG_EVENT_BIT(TG_EVENT_STARTED) | TG_EVENT_BIT(TG_EVENT_DONE);
    *counting = (struct counting){{.name = "count", .kind = TG_SINK_LOSSLESS, .wants = wants, .take = count_event}, 0};
    *sink = &counting->sink;
    return tg_events_new(sink, 1);
}

static void execute(struct tg_graph *g, const struct tg_run_options *options, struct samples *s, double times[STEPS + 1])
{
    struct tg_plan plan;
    struct tg_run run;
    struct tg_err err = {0};
    struct counting counting;
    struct tg_sink *sink;
    struct tg_run_options how = *options;
    tg_plan_make(g, NULL, 0, &plan, &err);
    if (watched) how.events = watch(&counting, &sink);
    times[RUN] = work_now_ns();
    tg_start_run(&run, g, &plan, &how);
    if (!tg_run_execute(&run, &err)) fprintf(stderr, "core: %s\n", err.message);
    times[FREE] = work_now_ns();
    tg_value result = tg_nil();
    if (!tg_run_value(&run, &g->wanted.items[0], &result)) fprintf(stderr, "core: no result\n");
    s->tasks = (double)plan.count;
    s->result = tg_kind(result) == TG_STR ? (long long)strtoull(tg_str_of(result)->data, NULL, 10)
                                          : (long long)tg_as_int(result);
    if (watched && counting.count != 2 * (uint64_t)plan.count) fprintf(stderr, "core: events are missing\n");
    tg_run_done(&run);
    tg_events_free(how.events);
    tg_plan_done(&plan);
}

static bool measure(const char *shape, uint32_t n, const struct tg_run_options *options, struct samples *s, int repeat)
{
    struct tg_graph g;
    double times[STEPS + 1];
    times[BUILD] = work_now_ns();
    tg_graph_init(&g, 0);
    bool good = build(&g, shape, n);
    times[PLAN] = work_now_ns();
    if (good) execute(&g, options, s, times);
    tg_graph_done(&g);
    times[STEPS] = work_now_ns();
    for (int i = 0; i < STEPS; i++) s->ns[i][repeat] = (times[i + 1] - times[i]) / s->tasks;
    return good;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool measure_shape(const char *shape, uint32_t n, const struct tg_run_options *options, int repeats)
{
    struct samples s = {.tasks = 1};
    for (int i = 0; i < repeats; i++) {
        if (!measure(shape, n, options, &s, i)) return fprintf(stderr, "core: no shape '%s'\n", shape), false;
    }
    for (int i = 0; i < STEPS; i++) qsort(s.ns[i], (size_t)repeats, sizeof s.ns[i][0], compare_doubles);
    int middle = repeats / 2;
    printf("%-10s %10.0f tasks   build %6.1f   plan %6.1f   run %8.1f (min %8.1f)   free %5.1f ns/task   result %lld\n", shape,
           s.tasks, s.ns[BUILD][middle], s.ns[PLAN][middle], s.ns[RUN][middle], s.ns[RUN][0], s.ns[FREE][middle], s.result);
    return true;
}

int main(int argc, char **argv)
{
    static const char *const all[] = {SHAPE_NAMES};
    uint32_t n = 1u << 20;
    int repeats = 7, option;
    const char *sched = "single-threaded";
    struct tg_run_options options = {.jobs = 1};
    while ((option = getopt(argc, argv, "n:b:zj:s:r:ke")) != -1) {
        switch (option) {
        case 'n': n = (uint32_t)strtoul(optarg, NULL, 10); break;
        case 'b': body_ns = strtod(optarg, NULL); break;
        case 'z': body_sleeps = true; break;
        case 'j': options.jobs = (unsigned)strtoul(optarg, NULL, 10), sched = "threads"; break;
        case 's': sched = optarg; break;
        case 'r': repeats = (int)strtol(optarg, NULL, 10); break;
        case 'e': watched = true; break;
        case 'k':
            sum_def.fn = sum_texts;
            sum_def.sig.result.kinds = TG_KIND_BIT(TG_STR);
            break;
        default: return 2;
        }
    }
    if (repeats < 1 || repeats > REPEATS_MAX) repeats = 7;
    options.sched = tg_sched_find(sched);
    if (!options.sched) return 2;
    calibrate();
    bool good = true;
    for (int i = optind; i < argc; i++) good &= measure_shape(argv[i], n, &options, repeats);
    for (size_t i = 0; optind == argc && i < TG_COUNT(all); i++) good &= measure_shape(all[i], n, &options, repeats);
    return good ? 0 : 2;
}
