/* SPDX-License-Identifier: MIT
 * The bar at any width, the lines; where a run stands, looked at while it goes on and when it is over. */
#include "tests/unit/check.h"

#include "cmd/progress.h"
#include "engine/graph/durations.h"
#include "engine/grow/start.h"
#include "engine/sched/sched.h"
#include "engine/value/future.h"
#include "tests/unit/tasks.h"

#define SECOND UINT64_C(1000000000)

static const struct tg_def build = {.name = "build"}, long_one = {.name = "a_task_with_a_name_that_is_longer_than_most"},
                           wide = {.name = "\xe5\xbb\xba\xe7\xaf\x89\xe7\x89\xa9"}; /* three letters, two columns each */

/* A run that is half over. */
static void fill(struct tg_standing *s, const struct tg_def *const *defs, size_t count)
{
    *s = (struct tg_standing){
        .total = 40, .done = 17, .failed = 1, .told = 1, .skipped = 2, .running = 4, .left_s = 14, .named = true};
    s->elapsed_ns = 67 * SECOND, s->look_ns = 100 * SECOND;
    for (size_t i = 0; i < count; i++) {
        struct tg_standing_of of = {.def = defs[i], .total = 20, .finished = 10, .unsuccessful = 1, .failed = 1, .running = 2};
        of.rate = 2.5, of.active_ns = s->look_ns;
        tg_vec_push(&s->of, of);
    }
}

static char *bar(const struct tg_standing *s, unsigned columns, unsigned rows, bool color)
{
    struct tg_buf b = {0};
    tg_progress_bar(&b, s, columns, rows, color);
    return tg_buf_take(&b);
}

/* Columns of the widest line, and lines; colours take none. */
static unsigned measure(const char *text, unsigned *rows)
{
    unsigned width = 0, widest = 0;
    *rows = 0;
    while (*text) {
        struct tg_glyph g = tg_term_glyph(text, strlen(text));
        if (*text == '\033') {
            text = strchr(text, 'm') + 1;
            continue;
        }
        if (*text == '\n') ++*rows, width = 0;
        else width += g.width;
        if (width > widest) widest = width;
        text += g.bytes;
    }
    return widest;
}

TEST(no_line_is_wider_than_the_terminal)
{
    const struct tg_def *defs[12] = {&build, &long_one, &wide, &build, &build, &build, &build, &build, &build, &build, &build};
    defs[11] = &long_one;
    for (unsigned columns = 1; columns <= 220; columns++) {
        for (unsigned height = 2; height < 60; height += 7) {
            struct tg_standing s;
            unsigned rows;
            fill(&s, defs, 12);
            char *text = bar(&s, columns, height, columns % 2);
            CHECK(measure(text, &rows) < (columns > 1 ? columns : 2));
            CHECK(rows >= 1 && rows < height);
            free(text);
            tg_vec_done(&s.of);
        }
    }
}

#define CHECK_BAR(columns, expected)                 \
    do {                                             \
        char *text_ = bar(&s, (columns), 24, false); \
        CHECK_STR(text_, expected);                  \
        free(text_);                                 \
    } while (0)

TEST(what_has_no_room_is_left_out)
{
    const struct tg_def *defs[] = {&build, &wide, &long_one};
    struct tg_standing s;
    fill(&s, defs, 3);
    CHECK_BAR(20, "1:07  50% 17/40\n"
                  "  build   9/20\n"
                  "  \xe5\xbb\xba\xe7\xaf\x89\xe7\x89\xa9  9/20\n"
                  "  a_ ...  9/20\n");
    CHECK_BAR(40, "1:07  50% 17/40, 1 failed, 4 running\n"
                  "  build          9/20  1 failed  2.5/s\n"
                  "  \xe5\xbb\xba\xe7\xaf\x89\xe7\x89\xa9         9/20  1 failed  2.5/s\n"
                  "  a_task_wi ...  9/20  1 failed  2.5/s\n");
    CHECK_BAR(80, "1:07 [######------]  50% 17/40, 1 failed, 4 running, about 15 s left, 2 skipped\n"
                  "  build                       9/20  1 failed  2 running  2.5/s\n"
                  "  \xe5\xbb\xba\xe7\xaf\x89\xe7\x89\xa9                      9/20  1 failed  2 running  2.5/s\n"
                  "  a_task_with_a_name_tha ...  9/20  1 failed  2 running  2.5/s\n");
    tg_vec_done(&s.of);
}

TEST(rows_are_few)
{
    const struct tg_def *defs[12];
    struct tg_standing s;
    unsigned rows;
    for (size_t i = 0; i < 12; i++) defs[i] = &build;
    fill(&s, defs, 12);
    char *text = bar(&s, 60, 50, false);
    measure(text, &rows);
    CHECK_INT(rows, 9);
    CHECK(strstr(text, "  and 5 more\n"));
    free(text);
    text = bar(&s, 60, 10, false);
    measure(text, &rows);
    CHECK_INT(rows, 4);
    free(text);
    tg_vec_done(&s.of);
}

static bool names_build(const struct tg_standing *s)
{
    char *text = bar(s, 80, 24, false);
    bool names = strstr(text, "build");
    free(text);
    return names;
}

TEST(what_nobody_called_is_not_named)
{
    const struct tg_def *defs[] = {&build};
    struct tg_standing s;
    fill(&s, defs, 1);
    s.of.items[0].helper = true;
    CHECK(!names_build(&s));
    s.of.items[0].helper = false;
    s.of.items[0].running = 0;
    CHECK(names_build(&s));
    s.look_ns += 2 * SECOND;
    CHECK(!names_build(&s));
    tg_vec_done(&s.of);
}

TEST(times)
{
    static const struct {
        double seconds;
        const char *said;
    } times[] = {{-1, ""},
                 {0, ", a few seconds left"},
                 {14, ", about 15 s left"},
                 {57, ", about 55 s left"},
                 {59, ", about 1 min left"},
                 {600, ", about 10 min left"},
                 {3599, ", about 1 h 0 min left"},
                 {7300, ", about 2 h 2 min left"},
                 {200000, ", about 2 days left"}};
    struct tg_standing s;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct tg_buf b = {0};
        fill(&s, NULL, 0);
        s.told = s.skipped = 0, s.running = 1, s.left_s = times[i].seconds;
        tg_progress_line(&b, &s);
        char *wanted = tg_alloc_format("tgrun: 17 of 40 tasks done, 1 running%s\n", times[i].said);
        CHECK_STR(b.data, wanted);
        free(wanted);
        tg_buf_done(&b);
    }
}

/* ---- a run --------------------------------------------------------------------------------------- */

static struct tg_standing standing;
static uint64_t now_ns;
static tg_id seen_done, seen_running;
static double seen_left;

/* Looks at the run that it belongs to, after a tenth of a second. */
static int look_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)args, (void)count;
    tg_standing_look(&standing, now_ns += SECOND / 10, SECOND);
    seen_done = standing.done;
    seen_running = standing.running;
    seen_left = standing.left_s;
    *out = tg_int(1);
    return TG_OK;
}
static const struct tg_def look_def = REST_DEF("look", look_fn, anys, KINDS_INT, TG_DEF_UNCHECKED);

static bool enter_ten_seconds(struct tg_durations *d, void *graph, bool few)
{
    (void)few;
    tg_durations_enter(d, "text", 10 * SECOND);
    for (tg_id id = 0; id < 4; id++) tg_durations_plan(d, graph, id, id == 3 ? 7 * SECOND : 0);
    return true;
}

/* A text, a look, and two texts that wait for it: what the look is told of the time left. */
static void look_at_left(bool grows)
{
    struct tg_graph g;
    struct tg_plan plan;
    struct tg_run run;
    struct tg_err err = {0};
    struct tg_durations durations = {.find = enter_ten_seconds, .data = &g};
    struct tg_services services = {.durations = &durations, .wake_fd = -1};
    graph_init(&g, 0);
    uint32_t text = site_of(&g, &text_def), look = site_of(&g, &look_def);
    tg_value last = tg_int(1);
    for (tg_id i = 0; i < 4; i++) {
        last = tg_future(tg_graph_add(&g, i == 1 ? look : text, &last, 1, NULL, 0, &err));
        tg_graph_want(&g, NULL, last, (tg_span){0, 0}, NULL);
    }
    CHECK(tg_plan_make(&g, NULL, 0, &plan, &err));
    plan.grows = grows;
    struct tg_run_options options = {.jobs = 1, .sched = tg_sched_find("single-threaded"), .services = &services};
    tg_start_run(&run, &g, &plan, &options);
    tg_durations_spent(&durations, TG_DURATIONS_WORTH_NS);
    tg_standing_begin(&standing, &run, now_ns = SECOND);
    CHECK(tg_run_execute(&run, &err));
    CHECK_INT(seen_done, 1);
    CHECK_INT(seen_left, 18); /* of 10, 10 and 7 s, two thirds */
    tg_standing_done(&standing);
    tg_run_done(&run);
    tg_plan_done(&plan);
    tg_graph_done(&g);
    tg_durations_done(&durations);
    tg_err_done(&err);
}

TEST(the_time_left_is_what_the_rest_took_before)
{
    look_at_left(false);
    look_at_left(true);
}

/* Sums, and texts of which nobody makes use; then a look, for which the last one is needed. */
static void look_at(const char *sched, tg_id number)
{
    struct tg_graph g;
    struct tg_plan plan;
    struct tg_run run;
    struct tg_err err = {0};
    graph_init(&g, 0);
    uint32_t add = site_of(&g, &add_def), text = site_of(&g, &text_def), look = site_of(&g, &look_def);
    tg_value one = tg_int(1), last = tg_nil();
    for (tg_id i = 0; i < number; i++)
        last = tg_future(tg_graph_add(&g, i % 2 ? text : add, i % 2 ? &last : &one, 1, NULL, 0, &err));
    tg_graph_want(&g, "x", tg_future(tg_graph_add(&g, look, &last, 1, NULL, 0, &err)), (tg_span){0, 0}, NULL);
    for (tg_id i = 0; i + 1 < number; i++) tg_graph_want(&g, NULL, tg_future(i), (tg_span){0, 0}, NULL);
    struct tg_run_options options = {.jobs = 2, .sched = tg_sched_find(sched)};
    CHECK(tg_plan_make(&g, NULL, 0, &plan, &err));
    tg_start_run(&run, &g, &plan, &options);
    tg_standing_begin(&standing, &run, now_ns = SECOND);
    CHECK(tg_run_execute(&run, &err));
    CHECK_INT(standing.total, plan.count);
    CHECK(seen_done < plan.count && seen_done > 0);
    CHECK(seen_running >= 1);
    tg_standing_look(&standing, now_ns += SECOND / 10, SECOND);
    CHECK_INT(standing.done, plan.count);
    CHECK_INT(standing.running, 0);
    for (size_t i = 0; i < standing.of.count; i++) {
        const struct tg_standing_of *of = &standing.of.items[i];
        CHECK_INT(of->finished, of->total);
        CHECK_INT(of->unsuccessful, 0);
    }
    tg_standing_done(&standing);
    tg_run_done(&run);
    tg_plan_done(&plan);
    tg_graph_done(&g);
}

TEST(a_run_is_looked_at)
{
    for (tg_id number = 2; number < 20000; number *= 7) {
        look_at("single-threaded", number);
        look_at("threads", number);
    }
}
