/* SPDX-License-Identifier: MIT
 * Tasks of plugins with limits of time (engine/run/apart.h) that end long before their limit, at it, when they are told to, at the end
 * of the grace, or not before the run is over: tried again, allowed to fail, caught, in columns and in graphs that grow, over
 * schedulers; and losers of a `first`, which have no limit. Each task comes to one end, the right one where that is certain.
 * Results that come too late are dropped and freed, also behind the end of the run, which they do not hold up, and the threads
 * that were given up end. Meant for the sanitizers too.
 *
 *     stress_apart [ROUNDS [SEED]] */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "engine/grow/fragment.h"
#include "engine/grow/start.h"
#include "engine/grow/stream.h"
#include "engine/plugin/registry.h"
#include "engine/run/apart.h"
#include "engine/sched/sched.h"
#include "engine/value/object.h"
#include "tests/unit/tasks.h"

#define WORKS_MAX 300
#define ATTEMPTS_MAX 3
#define MS UINT64_C(1000000)
#define HOUR_NS (3600 * 1000 * MS)

struct dice {
    uint64_t state;
};

static uint32_t roll(struct dice *d, uint32_t below)
{
    d->state = d->state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)((d->state >> 33) % below);
}

static void nap(uint64_t ns)
{
    nanosleep(&(struct timespec){(time_t)(ns / (1000 * MS)), (long)(ns % (1000 * MS))}, NULL);
}

/* ---- what there is to do ------------------------------------------------------------------------- */

enum way {
    AT_ONCE, /* it has an hour, as the next two: ends with a value */
    FAILS,
    FAILS_OK,  /* says why it fails, and returns TG_OK with a value */
    AT_LIMIT,  /* sleeps for about its limit; a value */
    HEEDS,     /* until it is told to end; a value, and often why it fails */
    SLEEPS,    /* the same in a function of the host; a failure */
    AT_GRACE,  /* sleeps until about the end of the grace, and looks at nothing; a value */
    DEAF,      /* until another attempt has begun, or the run is over; likewise */
    ADDS,      /* adds tasks until that is refused; a failure */
    ADDS_DEAF, /* adds a task, does as DEAF, and tries to add one */
};

static struct work {
    enum way ways[ATTEMPTS_MAX];
    uint32_t attempts;
    uint64_t limit_ns; /* of those that take long; 0: of a `first`, without a limit */
    bool allowed, caught, grown;
    _Atomic uint32_t asked, begun;
    _Atomic bool mixed; /* a thread has begun so late that it was given up before; the attempts did each other's part */
    /* what it came to */
    _Atomic uint32_t ends, failures;
    tg_value value; /* owned; valid where it did not fail */
    enum tg_cause cause;
} works[WORKS_MAX];
static uint32_t work_count;

static _Atomic int stop;
static _Atomic int64_t stop_in;   /* tasks until one raises the stop flag */
static _Atomic bool over;         /* the run is gone */
static _Atomic uint32_t inside;   /* tasks that run */
static _Atomic uint32_t too_late; /* lines that were logged behind the end of the run */
static _Atomic int64_t tokens;    /* that live */
static _Atomic uint32_t looks;    /* at how long the run has stood still */
static bool pauses;
static struct tg_registry registry;

/* ---- values -------------------------------------------------------------------------------------- */

struct token {
    uint32_t number, attempt;
};

static void destroy_token(void *payload)
{
    (void)payload;
    atomic_fetch_sub(&tokens, 1);
}

static const struct tg_object_type token_type = {.size = sizeof token_type, .name = "token", .destroy = destroy_token};

static tg_value token_new(uint32_t number, uint32_t attempt)
{
    tg_value v = tg_object_make(&token_type, sizeof(struct token));
    *(struct token *)(void *)tg_object_of(v)->payload = (struct token){number, attempt};
    atomic_fetch_add(&tokens, 1);
    return v;
}

static struct token token_of(tg_value v)
{
    return *(const struct token *)(const void *)tg_object_of(v)->payload;
}

/* ---- tasks --------------------------------------------------------------------------------------- */

static void log_line(void *data, const char *text, size_t length)
{
    (void)data, (void)text, (void)length;
    if (atomic_load(&over)) atomic_fetch_add(&too_late, 1);
}

/* The run stands still again and again, but not for ever. */
static uint64_t paused_ns(void *commands)
{
    (void)commands;
    uint32_t n = pauses ? atomic_fetch_add(&looks, 1) : 0;
    if (n % 7 > 4 && n < 500) return UINT64_MAX;
    return n < 500 ? n / 100 * MS : 5 * MS;
}

static bool is_released(const struct work *w, uint32_t attempt)
{
    return atomic_load(&over) || atomic_load(&w->begun) > attempt;
}

static bool add_one(tg_ctx *ctx)
{
    tg_value seconds = tg_float(0);
    return tg_host_table.call(ctx, tg_host_table.find(ctx, "core.sleep"), &seconds, 1, NULL) == TG_OK;
}

static bool add_until_refused(tg_ctx *ctx, const struct work *w, uint32_t attempt)
{
    while (!is_released(w, attempt) && add_one(ctx)) nap(MS / 5);
    return false;
}

static void wait_deaf(const struct work *w, uint32_t attempt)
{
    while (!is_released(w, attempt)) nap(3 * MS);
}

/* About so long: one of some moments around it. */
static void sleep_about(uint64_t ns, uint32_t number)
{
    nap(ns + number % 16 * (MS / 20) - 8 * (MS / 20));
}

/* True if it has a value then. */
static bool behave(tg_ctx *ctx, const struct work *w, uint32_t number, uint32_t attempt)
{
    switch (w->ways[attempt - 1]) {
    case AT_ONCE: return true;
    case FAILS: return false;
    case FAILS_OK: task_fail(ctx, "bad luck"); return true;
    case AT_LIMIT: sleep_about(w->limit_ns, number); return true;
    case HEEDS:
        while (!is_released(w, attempt) && !tg_host_table.cancelled(ctx)) nap(MS / 2);
        return true;
    case SLEEPS:
        while (!is_released(w, attempt) && tg_host_table.sleep_ns(ctx, 5 * MS)) {}
        return false;
    case AT_GRACE: sleep_about(w->limit_ns + TG_APART_GRACE_NS, number); return true;
    case DEAF: wait_deaf(w, attempt); return true;
    case ADDS: return add_until_refused(ctx, w, attempt);
    case ADDS_DEAF:
        if (!add_one(ctx)) return false;
        wait_deaf(w, attempt);
        return add_one(ctx);
    }
    return false;
}

/* work(number, token) -> token. All that it touches is what a task may touch at any time. */
static int work_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    atomic_fetch_add(&inside, 1);
    uint32_t number = (uint32_t)args[0].i;
    struct work *w = &works[number];
    uint32_t attempt = 1 + atomic_fetch_add(&w->begun, 1);
    if (atomic_load(&w->asked) != attempt) atomic_store(&w->mixed, true);
    if (atomic_fetch_sub_explicit(&stop_in, 1, memory_order_relaxed) == 1) tg_stop_raise(&stop, TG_STOP_SIGNAL);
    bool good = behave(ctx, w, number, attempt);
    if ((w->ways[attempt - 1] == DEAF || w->ways[attempt - 1] == HEEDS) && number % 3 == 0) task_fail(ctx, "it is late");
    tg_host_table.log(ctx, "done", 4);
    if (good) *out = token_new(token_of(args[1]).number, attempt);
    else if (!ctx->err.code) task_fail(ctx, "bad luck");
    atomic_fetch_sub(&inside, 1);
    return good ? TG_OK : TG_FAIL;
}

static uint64_t limit_of(const struct work *w, uint32_t attempt)
{
    return w->ways[attempt - 1] <= FAILS_OK ? HOUR_NS : w->limit_ns;
}

static bool work_asks(const struct tg_def *def, tg_value options, const tg_value *args, size_t count, uint32_t attempt,
                      struct tg_policy *policy, struct tg_err *err)
{
    (void)def, (void)options, (void)count, (void)err;
    struct work *w = &works[args[0].i];
    atomic_store(&w->asked, attempt);
    policy->cores = 1;
    policy->timeout_ns = limit_of(w, attempt);
    return true;
}

static void note_end(uint32_t number, tg_value v)
{
    atomic_fetch_add(&works[number].ends, 1);
    works[number].value = tg_value_ref(v);
}

/* settle(x, number) -> nil: what the task came to, a failure or not. */
static int settle_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    struct work *w = &works[args[1].i];
    if (tg_kind(args[0]) == TG_FAILED) atomic_fetch_add(&w->failures, 1);
    else note_end((uint32_t)args[1].i, args[0]);
    *out = tg_nil();
    return TG_OK;
}

static int plant_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out);

static struct tg_sig_param work_params[] = {{.name = "number", .type = TYPE(KINDS_INT)},
                                            {.name = "token", .type = TYPE(TG_KIND_BIT(TG_OBJECT))}};
#define WORK_DEF(name_, fn_, flags_)                                                               \
    {                                                                                              \
        .name = name_, .plugin = "stress", .fn = fn_, .asks = work_asks, .flags = flags_, .sig = { \
            .name = name_,                                                                         \
            .count = 2,                                                                            \
            .required = 2,                                                                         \
            .params = work_params,                                                                 \
            .result = TYPE(TG_KINDS_ANY)                                                           \
        }                                                                                          \
    }
static const struct tg_def work_def = WORK_DEF("work", work_fn, TG_DEF_SLOW),
                           adding_def = WORK_DEF("adding", work_fn, TG_DEF_SLOW | TG_DEF_EXPANDS),
                           plant_def = WORK_DEF("plant", plant_fn, TG_DEF_UNCHECKED | TG_DEF_EXPANDS);
static const struct tg_def settle_def = REST_DEF("settle", settle_fn, anys, TG_KINDS_ANY, TG_DEF_CATCHES | TG_DEF_UNCHECKED);
static uint32_t sites[WORKS_MAX], plant_site, settle_site, put_site, next_site;

/* plant(number, token) -> token: the task comes in while the graph runs. */
static int plant_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    *out = tg_future(tg_fragment_add(tg_fragment_of(ctx), sites[args[0].i], args, count, NULL, 0, NULL));
    return TG_OK;
}

/* ---- chance -------------------------------------------------------------------------------------- */

/* Of a round: in it so many attempts may take a tenth of a second, in every tenth round, and so many some milliseconds. */
struct budget {
    uint32_t long_ones, short_ones;
    bool grows;
};

static enum way any_way(struct dice *d, struct budget *left)
{
    static const enum way quick[] = {AT_ONCE, AT_ONCE, FAILS, FAILS_OK}, brief[] = {AT_LIMIT, AT_LIMIT, HEEDS, SLEEPS},
                          lasting[] = {DEAF, DEAF, AT_GRACE, ADDS, ADDS_DEAF};
    if (left->long_ones && roll(d, 3) == 0) return left->long_ones--, lasting[roll(d, left->grows ? 5 : 3)];
    if (left->short_ones && roll(d, 2)) return left->short_ones--, brief[roll(d, 4)];
    return quick[roll(d, 4)];
}

static void any_work(struct dice *d, struct work *w, struct budget *left)
{
    w->attempts = roll(d, 2) ? 1 : 1 + roll(d, ATTEMPTS_MAX);
    w->limit_ns = (1 + roll(d, 4)) * MS;
    w->allowed = roll(d, 4) == 0;
    w->caught = roll(d, 2);
    w->grown = left->grows && roll(d, 2);
    for (uint32_t i = 0; i < w->attempts; i++) w->ways[i] = any_way(d, left);
}

static void put(tg_value record, const char *key, tg_value v)
{
    tg_record_put(record, tg_str_make(TG_STR, key, strlen(key)), v);
}

static void keep_function(struct tg_function *f)
{
    (void)f;
}

/* In the place of what depends on the attempt. */
static tg_value late_value(void)
{
    static struct tg_function late = {.obj = {.refs = 1u << 30, .kind = TG_FUNCTION}, .destroy = keep_function};
    return tg_make_(TG_FUNCTION, (uintptr_t)&late);
}

static uint32_t work_site(struct tg_graph *g, const struct work *w)
{
    const struct tg_def *def = &work_def;
    for (uint32_t i = 0; i < w->attempts; i++)
        if (w->ways[i] >= ADDS) def = &adding_def;
    if (!w->limit_ns) return tg_graph_site(g, def, (tg_span){0, 0}, 0, 0);
    tg_value options = tg_record_make(4);
    put(options, "timeout", tg_float((double)limit_of(w, 1) / 1e9));
    put(options, "retries", tg_int(w->attempts - 1));
    put(options, "backoff", tg_float(w->attempts % 2 ? 0 : 0.001));
    put(options, "allow_failure", tg_bool(w->allowed));
    if (w->attempts > 1) put(options, "cores", late_value());
    return tg_graph_site(g, def, (tg_span){0, 0}, tg_graph_options(g, options), 0);
}

/* ---- graphs -------------------------------------------------------------------------------------- */

static void want(struct tg_graph *g, tg_id id, const char *name)
{
    tg_graph_want(g, name, tg_future(id), (tg_span){0, 0}, NULL);
}

static tg_id add_work(struct tg_graph *g, uint32_t number)
{
    struct work *w = &works[number];
    sites[number] = work_site(g, w);
    atomic_store(&w->asked, w->attempts == 1); /* nothing is to be asked then */
    tg_value token = token_new(number, 0);
    tg_id id = ADD(g, w->grown ? plant_site : sites[number], tg_int(number), token);
    tg_value_unref(token);
    return id;
}

/* One of those that do not end by themselves, and one that does. */
static void add_first(struct tg_graph *g, uint32_t number)
{
    tg_value stream = tg_stream_new(true);
    for (uint32_t i = 0; i < 2; i++) {
        tg_stream_will_put(stream);
        want(g, ADD(g, put_site, tg_future(add_work(g, number + i)), stream), NULL);
    }
    want(g, ADD(g, next_site, stream, tg_int((int64_t)tg_stream_will_take(stream))), "output");
    tg_value_unref(stream);
}

/* `output` of each, in this order: works that are not caught; firsts. */
static void build(struct tg_graph *g, uint32_t firsts)
{
    plant_site = site_of(g, &plant_def), settle_site = site_of(g, &settle_def);
    put_site = site_of(g, &tg_stream_put_def), next_site = site_of(g, &tg_stream_next_def);
    for (uint32_t i = 0; i < work_count; i++) {
        tg_id id = add_work(g, i);
        if (works[i].caught) want(g, ADD(g, settle_site, tg_future(id), tg_int(i)), NULL);
        else want(g, id, "output");
    }
    for (uint32_t i = 0; i < firsts; i++) add_first(g, work_count + 2 * i);
}

/* ---- what it came to ----------------------------------------------------------------------------- */

static bool differ(uint32_t number, const char *what, long long got, long long wanted)
{
    if (got != wanted) printf("of task %u %s is %lld, not %lld\n", number, what, got, wanted);
    return got != wanted;
}

static void take_ends(const struct tg_run *run, uint32_t firsts)
{
    const struct tg_graph *g = run->graph;
    tg_value v;
    size_t next = 0;
    for (uint32_t i = 0; i < work_count + 2 * firsts; i++) {
        bool winner = i >= work_count && (i - work_count) % 2;
        if (works[i].caught || (i >= work_count && !winner)) continue;
        while (!g->wanted.items[next].name) next++;
        if (tg_run_value(run, &g->wanted.items[next++], &v)) note_end(i, v);
    }
    for (size_t i = 0; i < run->failures.count; i++) {
        struct work *w = &works[strtoul(run->failures.items[i].args, NULL, 10)];
        w->failures++;
        w->cause = run->failures.items[i].err.cause;
    }
}

/* What is certain of a work: each attempt is made, unless one before has a value. The last one may have been given up before it
 * began. */
static bool is_right(uint32_t number, const struct work *w)
{
    bool may_have_value = false, has_value = false;
    enum tg_cause cause = 0;
    for (uint32_t i = 0; i < w->attempts && !has_value; i++) {
        has_value = w->ways[i] == AT_ONCE;
        may_have_value = may_have_value || has_value || w->ways[i] == AT_LIMIT || w->ways[i] == AT_GRACE;
        cause = w->ways[i] > FAILS_OK ? TG_CAUSE_TIMEOUT : TG_CAUSE_ERROR;
    }
    bool failed = w->failures || (w->ends && tg_kind(w->value) == TG_NIL);
    if (failed && has_value) return !differ(number, "the failure", 1, 0);
    if (!failed && !may_have_value) return !differ(number, "the failure", 0, 1);
    if (!failed) return !differ(number, "the attempt that it is of", token_of(w->value).attempt, w->begun);
    if (differ(number, "the number of attempts", w->asked, w->attempts)) return false;
    return !w->failures || w->caught || !differ(number, "the cause", w->cause, cause);
}

/* When all threads have ended. */
static bool is_well(uint32_t number, bool complete)
{
    struct work *w = &works[number];
    uint32_t ends = w->ends + w->failures;
    if (ends > 1 || (complete && ends == 0)) return !differ(number, "the number of ends", ends, 1);
    if (w->begun > w->attempts) return !differ(number, "the number of attempts", w->begun, w->attempts);
    bool token = w->ends && tg_kind(w->value) != TG_NIL;
    if (w->ends && !token && !w->allowed) return !differ(number, "a failure that is allowed", 0, 1);
    if (token && differ(number, "the number in the result", token_of(w->value).number, number)) return false;
    return !complete || w->mixed || is_right(number, w);
}

/* ---- runs ---------------------------------------------------------------------------------------- */

static uint32_t count_threads(void)
{
    uint32_t count = 0;
    DIR *d = opendir("/proc/self/task");
    for (const struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) count += e->d_name[0] != '.';
    if (d) closedir(d);
    return count;
}

static uint32_t threads_before;

static void reset(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct work *w = &works[i];
        w->asked = w->begun = w->ends = w->failures = 0;
        w->mixed = false;
        w->value = tg_nil();
        w->cause = 0;
    }
    stop = TG_GO;
    over = false;
    looks = too_late = 0;
}

/* True if all is well. */
static bool check_ends(uint32_t firsts, bool complete)
{
    bool well = true;
    for (uint32_t i = 0; i < work_count; i++) well = well && is_well(i, complete);
    for (uint32_t i = 0; i < firsts && complete; i++) {
        struct work *winner = &works[work_count + 2 * i + 1];
        well = well && !differ(work_count + 2 * i, "being there", winner->ends, 1) && tg_kind(winner->value) == TG_OBJECT;
        well = well && !differ(work_count + 2 * i, "who won", token_of(winner->value).number, work_count + 2 * i + 1);
    }
    for (uint32_t i = 0; i < work_count + 2 * firsts; i++) tg_value_unref(works[i].value);
    return well && !differ(0, "what came too late to be logged", too_late, 0);
}

static bool execute(const struct tg_graph *g, const struct tg_run_options *options, uint32_t firsts)
{
    struct tg_plan p;
    struct tg_run run;
    struct tg_err err = {0};
    tg_plan_make(g, NULL, 0, &p, NULL);
    tg_start_run(&run, g, &p, options);
    bool fine = tg_run_execute(&run, &err);
    if (!fine) printf("%s\n%s\n", err.message, err.detail ? err.detail : "");
    take_ends(&run, firsts);
    bool complete = stop == TG_GO;
    if (complete && tg_run_finished(&run) != tg_run_total(&run))
        fine = !differ(0, "the number of ends, of all,", tg_run_finished(&run), tg_run_total(&run));
    tg_err_done(&err);
    tg_run_done(&run);
    tg_plan_done(&p);
    over = true;
    return fine;
}

/* Only here do those go on that look at nothing. What a task was called with, and its options, are the graph's. */
static bool run_once(const struct tg_run_options *options, uint32_t firsts)
{
    struct tg_graph g;
    reset(work_count + 2 * firsts);
    graph_init(&g, 0);
    g.run_apart = tg_apart_run;
    build(&g, firsts);
    bool fine = execute(&g, options, firsts);
    while (count_threads() > threads_before || inside) nap(MS);
    fine = check_ends(firsts, stop == TG_GO) && fine;
    tg_graph_done(&g);
    return !differ(0, "the number of tokens that are left, of all,", tokens, 0) && fine;
}

static bool round_of(unsigned long long seed)
{
    static const unsigned many[] = {2, 3, 8, 40, 150};
    struct dice d = {seed * UINT64_C(0x9e3779b97f4a7c15)};
    struct tg_services services = {
        .stop = &stop, .wake_fd = -1, .log = log_line, .paused_ns = paused_ns, .registry = &registry};
    bool single = roll(&d, 5) == 0, grows = roll(&d, 2);
    struct tg_run_options options = {.jobs = single ? 1 : many[roll(&d, 5)], .quiet = true, .services = &services};
    options.sched = tg_sched_find(single ? "single-threaded" : "threads");
    options.keep_going = roll(&d, 6) > 0;
    bool lasts = seed % 10 == 1;
    struct budget left = {.long_ones = lasts ? options.jobs + 1 : 0, .short_ones = options.jobs * 4, .grows = grows};
    uint32_t firsts = lasts && grows && options.keep_going && options.jobs >= 8 ? roll(&d, 7) : 0;
    work_count = roll(&d, 4) ? 1 + roll(&d, WORKS_MAX - 20) : 1 + roll(&d, 9);
    memset(works, 0, sizeof works);
    for (uint32_t i = 0; i < work_count; i++) any_work(&d, &works[i], &left);
    for (uint32_t i = 0; i < firsts; i++) {
        works[work_count + 2 * i] = (struct work){.ways = {roll(&d, 3) ? DEAF : HEEDS}, .attempts = 1};
        works[work_count + 2 * i + 1] = (struct work){.attempts = 1};
    }
    pauses = roll(&d, 8) == 0;
    stop_in = firsts || roll(&d, 5) ? INT64_MAX : 1 + roll(&d, work_count);
    if (run_once(&options, firsts)) return false;
    printf("with seed %llu, %s, %u jobs, %u tasks\n", seed, options.sched->name, options.jobs, work_count);
    return true;
}

/* Sanitizers start a thread of theirs with the first one. */
static void *pass(void *data)
{
    return data;
}

int main(int argc, char **argv)
{
    unsigned long long rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 100;
    unsigned long long first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct tg_err err = {0};
    pthread_t thread;
    bool wrong = !tg_registry_init(&registry, &err) || pthread_create(&thread, NULL, pass, NULL) != 0;
    if (!wrong) pthread_join(thread, NULL);
    threads_before = count_threads();
    for (unsigned long long i = 0; i < rounds && !wrong; i++) wrong = round_of(first + i);
    tg_registry_done(&registry);
    tg_err_done(&err);
    if (!wrong) printf("%llu rounds\n", rounds);
    return wrong;
}
