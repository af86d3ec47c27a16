/* SPDX-License-Identifier: MIT
 * What a run took, from events: times by name, the critical path in both forms of a graph, what held memory when that was most. */
#include "tests/unit/check.h"

#include "engine/run/node.h"
#include "engine/watch/account.h"
#include "tests/unit/tasks.h"

static struct tg_graph graph;
static struct tg_plan plan;
static struct tg_run run;
static struct tg_account account;
static uint32_t add, text;

static struct tg_node node_items[16]; /* more than the numbers of tasks here */
static struct tg_nodes nodes = {.items = node_items};

static void begin(bool grows)
{
    graph_init(&graph, 0);
    add = site_of(&graph, &add_def), text = site_of(&graph, &text_def);
    run = (struct tg_run){.graph = &graph, .plan = &plan, .nodes = grows ? &nodes : NULL};
    tg_account_init(&account);
}

static void end(void)
{
    tg_account_done(&account);
    tg_graph_done(&graph);
}

/* A task that is added; `from`: the one that it needs. */
static void add_task(uint32_t site, tg_value from, tg_value other)
{
    tg_value args[] = {from, other};
    struct tg_err err = {0};
    CHECK(tg_graph_add(&graph, site, args, 2, NULL, 0, &err) != TG_NO_TASK);
}

static void tell(enum tg_event_kind kind, tg_id id, uint32_t site, uint64_t began, uint64_t time, uint64_t bytes,
                 struct tg_event_body *body)
{
    struct tg_event event = {.kind = kind, .task = id, .site = &graph.site_table.items[site], .body = body};
    struct tg_err err = {0};
    event.began_ns = began, event.time_ns = time, event.bytes = bytes;
    CHECK(account.sink.take(&account.sink, &event, &err));
    if (body) body->free(body);
}

static const struct tg_account_of *account_of(const struct tg_def *def)
{
    for (size_t i = 0; i < account.of.count; i++)
        if (account.of.items[i].def == def) return &account.of.items[i];
    return NULL;
}

TEST(columns)
{
    struct tg_err err = {0};
    begin(false);
    add_task(add, tg_int(1), tg_int(2));        /* 0: takes 10 */
    add_task(add, tg_future(0), tg_int(2));     /* 1: takes 20 in two attempts */
    add_task(text, tg_int(1), tg_int(2));       /* 2: takes 25 */
    add_task(text, tg_future(1), tg_future(2)); /* 3: takes 5 */
    tg_graph_want(&graph, "x", tg_future(3), (tg_span){0, 0}, NULL);
    CHECK(tg_plan_make(&graph, NULL, 0, &plan, &err));
    tg_account_begin(&account, &run);
    struct tg_event_text *body = tg_event_text("why", 3);
    body->used = (struct tg_usage){7, 100};
    tell(TG_EVENT_STARTED, 0, add, 0, 100, 0, NULL);
    tell(TG_EVENT_DONE, 0, add, 100, 110, 0, NULL);
    tell(TG_EVENT_RETRIED, 1, add, 110, 115, 0, &body->head);
    body = tg_event_text(NULL, 0);
    body->used = (struct tg_usage){5, 90};
    tell(TG_EVENT_DONE, 2, text, 100, 125, 1000, NULL);
    tell(TG_EVENT_DONE, 1, add, 120, 135, 500, &body->head);
    tell(TG_EVENT_RELEASED, 1, add, 0, 136, 0, NULL);
    tell(TG_EVENT_DONE, 3, text, 140, 145, 200, NULL); /* less than before, with what is there still */
    tell(TG_EVENT_RELEASED, 2, text, 0, 146, 0, NULL);
    tg_account_end(&account);
    CHECK_INT(account.path_ns, 35);
    CHECK_INT(account.path.count, 2);
    CHECK(account.path.items[0].site->def == &add_def && account.path.items[1].site->def == &text_def);
    CHECK_INT(account.path.items[0].count, 2);
    CHECK_INT(account.path.items[0].ns, 30);
    const struct tg_account_of *of = account_of(&add_def);
    CHECK_INT(of->count, 2);
    CHECK_INT(of->total_ns, 30);
    CHECK_INT(of->max_ns, 20);
    CHECK_INT(of->used.cpu_ns, 12);
    CHECK_INT(of->used.peak_bytes, 100);
    CHECK_INT(account.top_bytes, 1500);
    CHECK_INT(account.bytes, 200);
    CHECK_INT(of->bytes_at_top, 500);
    CHECK_INT(account_of(&text_def)->bytes_at_top, 1000);
    tg_plan_done(&plan);
    end();
}

static void free_node_body(struct tg_event_body *body)
{
    free(body);
}

static void tell_node(tg_id id, uint32_t site, tg_id parent, uint32_t round, bool continues, tg_id need)
{
    struct tg_event_node *e = tg_alloc_zero(sizeof *e + sizeof *e->inputs);
    *e = (struct tg_event_node){.head.free = free_node_body, .parent = parent, .round = round, .continues = continues};
    if (need != TG_NO_TASK) e->inputs[e->input_count++] = tg_future(need);
    tell(TG_EVENT_NODE, id, site, 0, 0, 0, &e->head);
}

/* Task 0 takes 10 and adds 1 and 2; with 1 it goes on for 5 more. 2 ends last, and did not wait for that. */
TEST(a_graph_that_grows)
{
    begin(true);
    tg_account_begin(&account, &run);
    tell_node(0, add, TG_NO_TASK, 0, true, TG_NO_TASK);
    tell(TG_EVENT_SUSPENDED, 0, add, 100, 110, 0, NULL);
    tell(TG_EVENT_DONE, 1, text, 110, 117, 0, NULL);
    tell_node(1, text, 0, 0, false, TG_NO_TASK);
    tell_node(0, add, TG_NO_TASK, 1, true, 1);
    tell(TG_EVENT_SUSPENDED, 0, add, 117, 122, 0, NULL);
    tell(TG_EVENT_DONE, 0, add, 0, 122, 0, NULL);
    tell_node(0, add, TG_NO_TASK, 2, false, TG_NO_TASK);
    tell(TG_EVENT_DONE, 2, text, 110, 119, 0, NULL);
    tell_node(2, text, 0, 0, false, TG_NO_TASK);
    tg_account_end(&account);
    CHECK_INT(account.path_ns, 22); /* 10, 7, 5; and not 22 + 9 */
    CHECK_INT(account.path.count, 3);
    CHECK(account.path.items[1].site->def == &text_def);
    CHECK_INT(account.path.items[1].ns, 7);
    end();
}

TEST(nothing)
{
    struct tg_err err = {0};
    begin(false);
    CHECK(tg_plan_make(&graph, NULL, 0, &plan, &err));
    tg_account_begin(&account, &run);
    tg_account_end(&account);
    CHECK_INT(account.path_ns, 0);
    CHECK_INT(account.of.count, 0);
    tg_plan_done(&plan);
    end();
}
