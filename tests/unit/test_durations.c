/* SPDX-License-Identifier: MIT
 * Durations of earlier runs: when they are looked up, and what follows for ways to the end. */
#include "engine/graph/durations.h"
#include "engine/graph/pace.h"
#include "engine/graph/plan.h"
#include "tests/unit/check.h"
#include "tests/unit/tasks.h"

#define MS UINT64_C(1000000)

static const tg_span nowhere = {0, 0};
static const struct tg_def align_def = REST_DEF("align", add_fn, ints, KINDS_INT, TG_DEF_COMMAND);
static const struct tg_def sort_def = REST_DEF("sort", add_fn, ints, KINDS_INT, TG_DEF_COMMAND);
static const struct tg_def new_def = REST_DEF("new", add_fn, ints, KINDS_INT, TG_DEF_COMMAND);

/* A record with two tasks of `align` and one of `sort`; `align(a)` is known itself. */
struct recorded {
    const struct tg_graph *graph;
    unsigned asked, asked_few;
    bool many, empty;
};

static bool find(struct tg_durations *d, void *data, bool few)
{
    struct recorded *r = data;
    r->asked++, r->asked_few += few;
    if (few && r->many) return false;
    if (r->empty) return true;
    tg_durations_enter(d, "align", 100 * MS);
    tg_durations_enter(d, "align", 301 * MS);
    tg_durations_enter(d, "sort", 10 * MS + 1);
    for (tg_id id = 0; r->graph && id < r->graph->count; id++) tg_durations_plan(d, r->graph, id, id == 0 ? 301 * MS : 0);
    return true;
}

TEST(they_are_looked_up_once_and_when_it_is_worth_it)
{
    struct recorded few = {0}, many = {.many = true}, empty = {.empty = true};
    struct tg_durations d = {.find = find, .data = &few};
    CHECK(!tg_durations_known(&d) && !tg_durations_known(NULL));
    for (int i = 0; i < 3; i++) tg_durations_choose(&d), tg_durations_spent(&d, TG_DURATIONS_WORTH_NS);
    CHECK(tg_durations_known(&d));
    CHECK_INT(few.asked, 1);
    tg_durations_done(&d);
    d = (struct tg_durations){.find = find, .data = &many};
    tg_durations_choose(&d);
    tg_durations_choose(&d);
    tg_durations_spent(&d, TG_DURATIONS_WORTH_NS - 1);
    CHECK_INT(many.asked, 1);
    CHECK(!tg_durations_known(&d));
    tg_durations_spent(&d, 1);
    tg_durations_spent(&d, TG_DURATIONS_WORTH_NS);
    CHECK(tg_durations_known(&d));
    CHECK_INT(many.asked, 2);
    CHECK_INT(many.asked_few, 1);
    tg_durations_done(&d);
    d = (struct tg_durations){.find = find, .data = &empty};
    tg_durations_spent(&d, TG_DURATIONS_WORTH_NS); /* nobody has to choose: one worker */
    tg_durations_choose(&d);
    CHECK(!tg_durations_known(&d));
    CHECK_INT(empty.asked, 1);
    tg_durations_done(&d);
    tg_durations_choose(NULL);
    tg_durations_spent(NULL, TG_DURATIONS_WORTH_NS);
}

TEST(a_level_is_the_longest_time_to_the_end)
{
    struct tg_graph g;
    struct tg_plan p;
    struct recorded r = {.graph = &g};
    struct tg_durations d = {.find = find, .data = &r};
    graph_init(&g, 0);
    uint32_t align = site_of(&g, &align_def), sort = site_of(&g, &sort_def), new = site_of(&g, &new_def),
             add = site_of(&g, &add_def);
    tg_id a = ADD(&g, align, tg_int(1)), b = ADD(&g, align, tg_int(2)), c = ADD(&g, sort, tg_future(b));
    tg_id e = ADD(&g, new, tg_int(1)), end = ADD(&g, add, tg_future(a), tg_future(c), tg_future(e));
    tg_graph_want(&g, "end", tg_future(end), nowhere, NULL);
    CHECK(tg_plan_make(&g, NULL, 0, &p, NULL));
    /* before they are known: hops; then the mean of align is 200.5 ms, that of all 137 */
    uint32_t hops[] = {1, 2, 1, 1, 0}, ms[] = {301, 201 + 11, 11, 137, 0};
    for (int known = 0; known < 2; known++) {
        uint32_t *levels = tg_pace_levels(&p, &d);
        for (tg_id id = a; id <= end; id++) CHECK_INT(levels[id], (known ? ms : hops)[id]);
        tg_block_free(levels, g.count * sizeof *levels);
        tg_durations_choose(&d);
    }
    CHECK_INT(tg_pace_estimate(&g.site_table.items[align], &d, TG_NO_TASK), 201); /* of one that was added */
    CHECK_INT(tg_pace_sum(UINT32_MAX - 1, 2), UINT32_MAX);
    tg_durations_done(&d);
    tg_plan_done(&p);
    tg_graph_done(&g);
}

TEST(what_is_left_is_what_the_rest_took)
{
    struct tg_graph g;
    struct recorded r = {.graph = &g};
    struct tg_durations d = {.find = find, .data = &r};
    graph_init(&g, 0);
    uint32_t align = site_of(&g, &align_def), new = site_of(&g, &new_def);
    ADD(&g, align, tg_int(1)), ADD(&g, align, tg_int(2)), ADD(&g, new, tg_int(1));
    tg_durations_choose(&d);
    CHECK_INT(tg_durations_left_ns(&d, "align", 0), 501500000);
    CHECK_INT(tg_durations_left_ns(&d, "align", 1), 250750000);
    CHECK_INT(tg_durations_left_ns(&d, "align", 2), 0);
    CHECK_INT(tg_durations_left_ns(&d, "align", 3), 0);       /* some were added */
    CHECK_INT(tg_durations_left_ns(&d, "new", 0), 137000000); /* as all on an average */
    CHECK_INT(tg_durations_mean_ns(&d, "sort"), 10000001);
    CHECK_INT(tg_durations_mean_ns(&d, "new"), 0);
    tg_durations_done(&d);
    tg_graph_done(&g);
}
