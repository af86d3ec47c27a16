/* SPDX-License-Identifier: MIT
 * The graph builder: how arguments are written, pooled and gathered, and its limits. */
#include "engine/value/future.h"
#include "tests/unit/check.h"

#include "engine/base/limits.h"
#include "tests/unit/tasks.h"

static uint32_t arg(const struct tg_graph *g, tg_id id, uint32_t i)
{
    return g->args[tg_graph_arg_begin(g, id) + i];
}
static uint32_t arg_count(const struct tg_graph *g, tg_id id)
{
    return g->arg_end[id] - tg_graph_arg_begin(g, id);
}

TEST(arguments_are_written_by_what_they_are)
{
    struct tg_graph g;
    graph_init(&g, 0);
    uint32_t add = site_of(&g, &add_def);
    CHECK(add != 0);
    tg_id none = tg_graph_add(&g, add, NULL, 0, NULL, 0, NULL);
    tg_id two = ADD(&g, add, tg_future(none), tg_int(-7));
    CHECK_INT(none, 0);
    CHECK_INT(two, 1);
    CHECK_INT(arg_count(&g, none), 0);
    CHECK_INT(arg_count(&g, two), 2);
    CHECK(tg_arg_is_edge(arg(&g, two, 0)));
    CHECK_INT(tg_arg_kind(arg(&g, two, 1)), TG_ARG_SMALL);
    CHECK_INT(tg_arg_small(arg(&g, two, 1)), -7);
    CHECK(tg_graph_def_of(&g, two) == &add_def);
    tg_graph_done(&g);
}

TEST(small_ints_end_at_30_bits)
{
    struct tg_graph g;
    graph_init(&g, 0);
    uint32_t add = site_of(&g, &add_def);
    int64_t small[] = {0, 1, -1, (1 << 29) - 1, -(1 << 29)};
    for (size_t i = 0; i < TG_COUNT(small); i++) {
        tg_id id = ADD(&g, add, tg_int(small[i]));
        CHECK_INT(tg_arg_kind(arg(&g, id, 0)), TG_ARG_SMALL);
        CHECK_INT(tg_arg_small(arg(&g, id, 0)), small[i]);
    }
    int64_t large[] = {1 << 29, -(1 << 29) - 1, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < TG_COUNT(large); i++) {
        tg_id id = ADD(&g, add, tg_int(large[i]));
        CHECK_INT(tg_arg_kind(arg(&g, id, 0)), TG_ARG_POOL);
        CHECK_INT(g.pool.items[tg_arg_payload(arg(&g, id, 0))].i, large[i]);
    }
    tg_graph_done(&g);
}

TEST(equal_constants_share_a_place_in_the_pool)
{
    struct tg_graph g;
    graph_init(&g, 0);
    uint32_t text = site_of(&g, &text_def);
    tg_value s = tg_str("shared");
    for (int i = 0; i < 100; i++) ADD(&g, text, s, tg_int(i)); /* one at a time: "lately" is by the place of a hash */
    CHECK_INT(g.pool.count, 1);
    for (int i = 0; i < 100; i++) ADD(&g, text, tg_float(0.5), tg_int(i));
    CHECK_INT(g.pool.count, 2);
    CHECK(!tg_value_unique(s));
    tg_value_unref(s);
    tg_graph_done(&g);
}

TEST(sites_carry_the_masks_of_the_signature)
{
    struct tg_graph g;
    graph_init(&g, 0);
    const struct tg_site *site = &g.site_table.items[site_of(&g, &add_def)];
    for (int i = 0; i < 4; i++) CHECK_INT(site->accepts[i], KINDS_INT);
    CHECK_INT(site->flags, TG_SITE_PLUGIN);
    CHECK(!g.heap_results && !g.catches);
    site = &g.site_table.items[site_of(&g, &text_def)];
    CHECK_INT(site->accepts[2], TG_KINDS_ANY);
    CHECK_INT(site->flags, TG_SITE_HEAP);
    CHECK(g.heap_results && !g.catches);
    site = &g.site_table.items[site_of(&g, &try_def)];
    CHECK(site->accepts[0] & TG_KIND_BIT(TG_FAILED));
    CHECK(!(site->accepts[1] & TG_KIND_BIT(TG_FAILED)));
    CHECK(g.catches);
    CHECK_INT(sizeof(struct tg_site), 64);
    tg_graph_done(&g);
}

static uint32_t placed_options(struct tg_graph *g, const char *place)
{
    tg_value record = tg_record_make(1);
    if (place) tg_record_put(record, tg_str("scheduler"), tg_str(place));
    return tg_graph_options(g, record);
}

static const struct tg_site *placed(struct tg_graph *g, const struct tg_def *def, const char *place)
{
    return &g->site_table.items[tg_graph_site(g, def, (tg_span){0, 0}, placed_options(g, place), 0)];
}

static bool is_away(struct tg_graph *g, const struct tg_def *def, const char *place)
{
    return placed(g, def, place)->flags & TG_SITE_AWAY;
}

TEST(tasks_of_plugins_are_away_if_their_place_or_the_graph_says_so)
{
    struct tg_graph g;
    struct tg_def core = add_def, command = add_def;
    core.plugin = "core";
    command.flags |= TG_DEF_COMMAND;
    graph_init(&g, 0);
    CHECK(!is_away(&g, &add_def, NULL) && !is_away(&g, &add_def, "home") && !is_away(&g, &add_def, "threads"));
    CHECK(!is_away(&g, &core, "processes") && !is_away(&g, &command, "processes") && !g.has_away);
    CHECK(is_away(&g, &add_def, "processes") && g.has_away);
    CHECK(!(placed(&g, &add_def, "processes")->flags & (TG_SITE_POLICY | TG_SITE_SLOW)));
    tg_graph_done(&g);
    graph_init(&g, 0);
    g.away = true;
    CHECK(is_away(&g, &add_def, NULL) && is_away(&g, &add_def, "home") && is_away(&g, &add_def, "processes"));
    CHECK(!is_away(&g, &add_def, "threads") && !is_away(&g, &core, NULL) && !is_away(&g, &command, NULL));
    tg_graph_done(&g);
}

TEST(who_is_away_has_another_function_with_a_limit_of_time_too)
{
    struct tg_graph g;
    graph_init(&g, 0);
    CHECK(placed(&g, &add_def, "processes")->fn == add_def.fn); /* as long as there is none */
    g.run_apart = list_fn;
    g.run_away = text_fn;
    tg_value record = tg_record_make(2);
    tg_record_put(record, tg_str("timeout"), tg_int(1));
    uint32_t limit = tg_graph_options(&g, tg_value_ref(record));
    CHECK(g.site_table.items[tg_graph_site(&g, &add_def, (tg_span){0, 0}, limit, 0)].fn == list_fn);
    tg_value both = tg_record_make(2);
    tg_record_put(both, tg_str("timeout"), tg_int(1));
    tg_record_put(both, tg_str("scheduler"), tg_str("processes"));
    CHECK(g.site_table.items[tg_graph_site(&g, &add_def, (tg_span){0, 0}, tg_graph_options(&g, both), 0)].fn == text_fn);
    tg_value_unref(record);
    tg_graph_done(&g);
}

TEST(futures_inside_lists_and_records_are_gathered)
{
    struct tg_graph g;
    graph_init(&g, 0);
    uint32_t add = site_of(&g, &add_def), text = tg_graph_site(&g, &text_def, (tg_span){3, 9}, 0, 4);
    tg_id x = ADD(&g, add, tg_int(1));
    tg_value inner = tg_record_make(2), list = tg_list_make(3);
    tg_record_put(inner, tg_str("x"), tg_future(x));
    tg_record_put(inner, tg_str("n"), tg_int(5));
    tg_list_add(list, tg_int(1));
    tg_list_add(list, inner);
    tg_list_add(list, tg_future(x));
    tg_id id = ADD(&g, text, list);
    CHECK_INT(g.count, 4); /* x, the record, the list, text */
    CHECK_INT(arg(&g, id, 0), 2);
    CHECK(tg_graph_def_of(&g, 1) == &record_def);
    CHECK_INT(arg_count(&g, 1), 3);
    CHECK(tg_graph_def_of(&g, 2) == &list_def);
    CHECK_INT(arg_count(&g, 2), 3);
    CHECK_INT(arg(&g, 2, 1), 1);
    CHECK_INT(arg(&g, 2, 2), x);
    CHECK_INT(tg_graph_site_of(&g, 2)->span.start, 3);
    CHECK_INT(tg_graph_site_of(&g, 2)->group, 4);
    tg_value_unref(list);
    tg_graph_done(&g);
}

TEST(a_list_given_to_many_tasks_is_gathered_once)
{
    struct tg_graph g;
    graph_init(&g, 0);
    uint32_t add = site_of(&g, &add_def), text = site_of(&g, &text_def);
    tg_id x = ADD(&g, add, tg_int(1));
    tg_value list = tg_list_make(100);
    for (int i = 0; i < 100; i++) tg_list_add(list, tg_future(x));
    for (int i = 0; i < 10; i++) ADD(&g, text, list, tg_int(i));
    CHECK_INT(g.count, 1 + 1 + 10);
    tg_value_unref(list);
    tg_graph_done(&g);
}

TEST(known_lists_go_to_the_pool_whole)
{
    struct tg_graph g;
    graph_init(&g, 0);
    uint32_t text = site_of(&g, &text_def);
    tg_value list = tg_list_make(2);
    tg_list_add(list, tg_int(1));
    tg_id id = ADD(&g, text, list);
    CHECK_INT(id, 0);
    CHECK_INT(tg_arg_kind(arg(&g, id, 0)), TG_ARG_POOL);
    tg_value_unref(list);
    tg_graph_done(&g);
}

TEST(nesting_is_capped)
{
    struct tg_graph g;
    graph_init(&g, 0);
    struct tg_err err = {0};
    uint32_t add = site_of(&g, &add_def), text = site_of(&g, &text_def);
    tg_value v = tg_future(ADD(&g, add, tg_int(1)));
    for (int i = 0; i <= TG_MAX_NESTING; i++) {
        tg_value list = tg_list_make(1);
        tg_list_add(list, v);
        v = list;
    }
    CHECK(tg_graph_add(&g, text, &v, 1, NULL, 0, &err) == TG_NO_TASK);
    CHECK_STR(err.message, "lists and records are nested more than 1000 deep");
    tg_err_done(&err);
    tg_value less = tg_value_ref(tg_list_of(v)->items[0]);
    CHECK(tg_graph_add(&g, text, &less, 1, NULL, 0, &err) != TG_NO_TASK);
    tg_value_unref(less);
    tg_value_unref(v);
    tg_graph_done(&g);
}

TEST(after_waits_without_a_value)
{
    struct tg_graph g;
    graph_init(&g, 0);
    uint32_t add = site_of(&g, &add_def);
    tg_id x = ADD(&g, add, tg_int(1)), y = ADD(&g, add, tg_int(2));
    tg_value list = tg_list_make(2);
    tg_list_add(list, tg_future(y));
    tg_list_add(list, tg_int(3));
    tg_value args[] = {tg_int(4)}, after[] = {tg_future(x), list, tg_nil()};
    tg_id id = tg_graph_add(&g, add, args, 1, after, 3, NULL);
    CHECK_INT(arg_count(&g, id), 3);
    CHECK_INT(tg_arg_kind(arg(&g, id, 1)), TG_ARG_AFTER);
    CHECK_INT(tg_arg_payload(arg(&g, id, 1)), x);
    CHECK_INT(tg_arg_payload(arg(&g, id, 2)), y);
    tg_value_unref(list);
    tg_graph_done(&g);
}

TEST(the_number_of_tasks_is_limited)
{
    struct tg_graph g;
    graph_init(&g, 3);
    struct tg_err err = {0};
    uint32_t add = site_of(&g, &add_def);
    for (int i = 0; i < 3; i++) CHECK_INT(ADD(&g, add, tg_int(i)), i);
    CHECK(tg_graph_add(&g, add, NULL, 0, NULL, 0, &err) == TG_NO_TASK);
    CHECK_STR(err.message, "the graph has more than 3 tasks");
    CHECK_INT(err.code, TG_EXIT_USAGE);
    tg_err_done(&err);
    tg_graph_done(&g);
}

TEST(equal_options_share_an_index)
{
    struct tg_graph g;
    graph_init(&g, 0);
    uint32_t index[3];
    for (int i = 0; i < 3; i++) {
        tg_value record = tg_record_make(1);
        tg_record_put(record, tg_str("retries"), tg_int(i == 2 ? 5 : 2));
        index[i] = tg_graph_options(&g, record);
    }
    CHECK_INT(index[0], 1);
    CHECK_INT(index[1], 1);
    CHECK_INT(index[2], 2);
    CHECK_INT(tg_graph_options(&g, tg_record_make(0)), 0);
    CHECK_INT(tg_graph_options(&g, tg_nil()), 0);
    tg_graph_done(&g);
}

TEST(wanted_values_are_known_or_come_from_a_task)
{
    struct tg_graph g;
    graph_init(&g, 0);
    uint32_t add = site_of(&g, &add_def);
    tg_id x = ADD(&g, add, tg_int(1));
    tg_value list = tg_list_make(1);
    tg_list_add(list, tg_future(x));
    CHECK(tg_graph_want(&g, "known", tg_str("abc"), (tg_span){0, 0}, NULL));
    CHECK(tg_graph_want(&g, "x", tg_future(x), (tg_span){0, 0}, NULL));
    CHECK(tg_graph_want(&g, "list", list, (tg_span){0, 0}, NULL));
    CHECK_INT(g.wanted.items[0].task, TG_NO_TASK);
    CHECK_INT(g.wanted.items[1].task, x);
    CHECK_INT(g.wanted.items[2].task, x + 1);
    tg_graph_done(&g);
}

TEST(a_million_tasks_keep_their_places)
{
    struct tg_graph g;
    graph_init(&g, 0);
    uint32_t add = site_of(&g, &add_def);
    const uint32_t *args = g.args;
    tg_id last = ADD(&g, add, tg_int(0));
    for (int i = 1; i < 1000000; i++) last = ADD(&g, add, tg_future(last), tg_int(i % 1000));
    CHECK_INT(g.count, 1000000);
    CHECK(g.args == args);
    bool same = true;
    for (tg_id id = 1; id < g.count; id++) same = same && arg(&g, id, 0) == id - 1 && tg_arg_small(arg(&g, id, 1)) == id % 1000;
    CHECK(same);
    tg_graph_done(&g);
}
