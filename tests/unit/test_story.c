/* SPDX-License-Identifier: MIT
 * The story of a run, told line by line, and what it answers. */
#include "tests/unit/check.h"

#include <jansson.h>
#include <stdio.h>

#include "engine/watch/storyjson.h"

static struct tg_story story;

#define RUN(more)                                                                                               \
    "{\"event\":\"run\",\"version\":1,\"part\":0,\"workflow\":\"w.tg\",\"began\":\"2026-01-31T10:00:00Z\"" more \
    ",\"tasks\":3}\n"
#define SITES                                                                                                         \
    "{\"event\":\"site\",\"site\":1,\"name\":\"inc\",\"plugin\":\"math\",\"kind\":\"task\",\"place\":\"w.tg:1:5\"}\n" \
    "{\"event\":\"site\",\"site\":2,\"name\":\"cut\",\"kind\":\"command\",\"place\":\"w.tg:2:5\"}\n"                  \
    "{\"event\":\"site\",\"site\":3,\"name\":\"list\",\"plugin\":\"core\",\"kind\":\"helper\"}\n"

static void tell(const char *lines)
{
    struct tg_eventread r = {.name = "events", .file = fmemopen((void *)lines, strlen(lines), "r")};
    struct tg_told told;
    struct tg_err err = {0};
    tg_story_init(&story, NULL);
    while (tg_eventread_next(&r, &told, &err)) tg_story_add(&story, &told);
    CHECK(!err.code);
    tg_eventread_close(&r);
}

static json_t *ask(void (*put)(struct tg_story *, const struct tg_storyjson_query *, struct tg_buf *),
                   struct tg_storyjson_query q)
{
    struct tg_buf b = {0};
    put(&story, &q, &b);
    json_t *json = json_loadb(b.data, b.length, 0, NULL);
    CHECK(json);
    tg_buf_done(&b);
    return json;
}

/* What is there is as told, given as JSON with ' in place of ". */
static void is(json_t *json, const char *key, const char *wanted)
{
    struct tg_buf text = {0};
    for (const char *at = wanted; *at; at++) tg_buf_char(&text, *at == '\'' ? '"' : *at);
    json_t *expected = json_loads(text.data, JSON_DECODE_ANY, NULL), *found = json_object_get(json, key);
    CHECK(expected);
    if (!json_equal(expected, found)) {
        char *shown = found ? json_dumps(found, JSON_ENCODE_ANY) : NULL;
        printf("# %s: %s\n", key, shown ? shown : "nothing");
        free(shown);
    }
    CHECK(json_equal(expected, found));
    json_decref(expected);
    tg_buf_done(&text);
}

static json_t *item(json_t *json, const char *key, size_t i)
{
    return json_array_get(json_object_get(json, key), i);
}

#define NONE ((struct tg_storyjson_query){0})

TEST(status)
{
    tell(
        RUN(",\"host\":\"h\",\"process\":7,\"scheduler\":\"threads\"") SITES
        "{\"event\":\"started\",\"time\":10,\"id\":0,\"site\":2,\"worker\":0,\"arguments\":\"4\"}\n"
        "{\"event\":\"retried\",\"time\":40,\"id\":0,\"site\":2,\"worker\":0,\"began\":10,\"cpu\":5,\"message\":\"no\"}\n"
        "{\"event\":\"started\",\"time\":50,\"id\":0,\"site\":2,\"worker\":0,\"arguments\":\"4\"}\n"
        "{\"event\":\"failed\",\"time\":80,\"id\":0,\"site\":2,\"worker\":0,\"began\":50,\"cpu\":6,\"memory\":9,\"message\":\"no\"}\n"
        "{\"event\":\"done\",\"time\":30,\"id\":1,\"site\":1,\"worker\":1,\"began\":20}\n"
        "{\"event\":\"done\",\"time\":95,\"id\":2,\"site\":3,\"worker\":1,\"began\":90,\"needs\":[0,1]}\n"
        "{\"event\":\"text\",\"time\":96,\"text\":\"hello\"}\n"
        "{\"event\":\"end\",\"time\":100,\"status\":1,\"done\":2,\"failed\":1,\"skipped\":0,\"workers\":2,\"cpu\":11,\"failures\":[0]}\n");
    json_t *j = ask(tg_storyjson_status, NONE);
    is(j, "counts", "{'total':2,'done':1,'failed':1,'caught':0,'skipped':0,'running':0,'retried':1}");
    is(j, "exit", "1");
    is(j, "began", "'2026-01-31T10:00:00Z'");
    is(j, "elapsed", "100");
    is(j, "live", "false");
    is(item(j, "names", 1), "busy", "60");
    is(item(j, "names", 1), "cpu", "11");
    is(item(j, "names", 2), "kind", "'helper'");
    is(item(j, "failures", 0), "label", "'cut(4)'");
    is(item(j, "failures", 0), "attempts", "2");
    is(item(j, "failures", 0), "caught", "false");
    is(j, "texts", "[{'time':96,'text':'hello'}]");
    json_t *same = ask(tg_storyjson_status,
                       (struct tg_storyjson_query){.rev = (uint64_t)json_integer_value(json_object_get(j, "rev"))});
    is(same, "same", "true");
    json_decref(same);
    json_decref(j);
    j = ask(tg_storyjson_timeline, NONE);
    json_t *slices = json_object_get(j, "slices");
    is(slices, "begin", "[50,20,90,10]");
    is(slices, "length", "[30,10,5,30]");
    is(slices, "fate", "[2,1,1,5]");
    is(j, "rows", "[{'worker':0,'away':false},{'worker':1,'away':false}]");
    json_decref(j);
    j = ask(tg_storyjson_path, NONE);
    is(j, "length", "65");
    json_decref(j);
    j = ask(tg_storyjson_graph, NONE);
    is(j, "level", "'tasks'");
    is(j, "edges", "[{'from':0,'to':2,'count':1,'link':'value'},{'from':1,'to':2,'count':1,'link':'value'}]");
    json_decref(j);
    j = ask(tg_storyjson_graph, (struct tg_storyjson_query){.level = "names"});
    is(j, "level", "'names'");
    is(item(j, "nodes", 1), "key", "'n1'");
    json_decref(j);
    tg_story_done(&story);
}

TEST(tasks)
{
    struct tg_buf b = {0};
    tell(RUN("") SITES "{\"event\":\"done\",\"time\":30,\"id\":1,\"site\":1,\"worker\":1,\"began\":20}\n"
                       "{\"event\":\"done\",\"time\":70,\"id\":0,\"site\":1,\"worker\":1,\"began\":40}\n"
                       "{\"event\":\"done\",\"time\":95,\"id\":2,\"site\":3,\"worker\":1,\"began\":90,\"needs\":[0,1]}\n");
    json_t *j = ask(tg_storyjson_tasks, (struct tg_storyjson_query){.sort = "-length", .limit = 2});
    is(j, "count", "3");
    is(item(j, "rows", 0), "id", "0");
    is(item(j, "rows", 1), "id", "1");
    json_decref(j);
    j = ask(tg_storyjson_tasks, (struct tg_storyjson_query){.q = "LIST"});
    is(j, "count", "1");
    is(item(j, "rows", 0), "label", "'list 2'");
    json_decref(j);
    j = ask(tg_storyjson_tasks, (struct tg_storyjson_query){.state = "failed"});
    is(j, "rows", "[]");
    json_decref(j);
    CHECK(tg_storyjson_task(&story, &(struct tg_storyjson_query){.id = 1}, &b));
    j = json_loads(b.data, 0, NULL);
    is(j, "needed_by", "[{'id':2,'label':'list 2','state':'done'}]");
    is(j, "attempts", "[{'state':'done','began':20,'ended':30,'worker':1}]");
    json_decref(j);
    CHECK(!tg_storyjson_task(&story, &(struct tg_storyjson_query){.id = 9}, &b));
    tg_buf_done(&b);
    tg_story_done(&story);
}

/* p50 and p99 are the least times that as many in a hundred do not take longer than. */
TEST(percentiles)
{
    static const struct {
        int count;
        const char *p50, *p99;
    } cases[] = {{1, "10", "10"},    {2, "10", "20"},     {3, "20", "30"},
                 {20, "100", "200"}, {100, "500", "990"}, {101, "510", "1000"}};
    for (size_t c = 0; c < TG_COUNT(cases); c++) {
        struct tg_buf lines = {0};
        tg_buf_text(&lines, RUN("") SITES);
        for (int i = cases[c].count; i > 0; i--)
            tg_buf_format(&lines, "{\"event\":\"done\",\"time\":%d,\"id\":%d,\"site\":1,\"worker\":0,\"began\":%d}\n",
                          5000 + 10 * i, i, 5000);
        tell(tg_buf_str(&lines));
        tg_buf_done(&lines);
        json_t *j = ask(tg_storyjson_status, NONE);
        is(item(j, "names", 0), "p50", cases[c].p50);
        is(item(j, "names", 0), "p99", cases[c].p99);
        json_decref(j);
        tg_story_done(&story);
    }
}

TEST(blocks)
{
    tell(RUN("") SITES "{\"event\":\"block\",\"time\":1000,\"id\":0,\"site\":1,\"worker\":0,\"began\":0,\"count\":100}\n"
                       "{\"event\":\"started\",\"time\":1000,\"id\":200,\"site\":2,\"worker\":1}\n"
                       "{\"event\":\"text\",\"time\":3000,\"text\":\"still here\"}\n");
    json_t *j = ask(tg_storyjson_status, NONE);
    is(item(j, "names", 0), "done", "100");
    is(item(j, "names", 0), "p50", "10");
    is(item(j, "running", 0), "began", "1000");
    json_decref(j);
    j = ask(tg_storyjson_timeline, (struct tg_storyjson_query){.max = 1});
    is(json_object_get(j, "slices"), "length", "[2000]");
    is(j, "left_out", "100");
    json_t *counts = json_object_get(json_object_get(j, "bins"), "count");
    json_int_t sum = 0;
    for (size_t i = 0; i < json_array_size(counts); i++) sum += json_integer_value(json_array_get(counts, i));
    CHECK_INT(sum, 100);
    json_decref(j);
    j = ask(tg_storyjson_series, NONE);
    json_int_t done = 0;
    for (size_t i = 0; i < json_array_size(json_object_get(j, "done")); i++) done += json_integer_value(item(j, "done", i));
    CHECK_INT(done, 100);
    json_decref(j);
    tg_story_done(&story);
}

TEST(grows)
{
    tell(RUN("") SITES "{\"event\":\"suspended\",\"time\":20,\"id\":0,\"site\":1,\"worker\":0,\"began\":10}\n"
                       "{\"event\":\"inputs\",\"time\":20,\"id\":0,\"site\":1,\"worker\":0,\"continues\":true}\n"
                       "{\"event\":\"added\",\"time\":20,\"id\":1,\"site\":2,\"worker\":0,\"parent\":0}\n"
                       "{\"event\":\"done\",\"time\":50,\"id\":1,\"site\":2,\"worker\":0,\"began\":30}\n"
                       "{\"event\":\"inputs\",\"time\":50,\"id\":1,\"site\":2,\"worker\":0,\"parent\":0}\n"
                       "{\"event\":\"done\",\"time\":65,\"id\":0,\"site\":3,\"worker\":0,\"began\":60}\n"
                       "{\"event\":\"inputs\",\"time\":65,\"id\":0,\"site\":3,\"worker\":0,\"round\":1,\"needs\":[1]}\n");
    json_t *j = ask(tg_storyjson_status, NONE);
    is(j, "grows", "true");
    is(item(j, "names", 0), "done", "1"); /* it was one, and has become something else */
    is(item(j, "names", 2), "done", "1");
    json_decref(j);
    j = ask(tg_storyjson_graph, (struct tg_storyjson_query){.level = "tasks"});
    is(j, "edges", "[{'from':1,'to':0,'count':1,'link':'value'},{'from':0,'to':1,'count':1,'link':'added'}]");
    json_decref(j);
    j = ask(tg_storyjson_path, NONE);
    is(j, "length", "35");
    json_decref(j);
    /* a number is given again, where not all is told */
    tg_story_add(&story, &(struct tg_told){.kind = TG_EVENT_DONE, .id = 1, .site = 1, .began = 70, .time = 80});
    j = ask(tg_storyjson_status, NONE);
    is(item(j, "names", 0), "done", "2");
    is(item(j, "names", 1), "done", "1");
    json_decref(j);
    /* again and again: nothing grows with that, and a failure keeps its own name */
    for (uint64_t time = 90; time < 200; time += 10) {
        tg_story_add(&story, &(struct tg_told){.kind = TG_EVENT_STARTED, .id = 2, .site = 1, .time = time, .arguments = "7"});
        tg_story_add(
            &story,
            &(struct tg_told){
                .kind = time == 90 ? TG_EVENT_FAILED : TG_EVENT_DONE, .id = 2, .site = 1, .began = time, .time = time + 5});
    }
    CHECK_INT(story.more.count, 2);
    j = ask(tg_storyjson_status, NONE);
    is(item(j, "failures", 0), "label", "'inc 2'");
    json_decref(j);
    tg_story_done(&story);
}

/* What runs is shown where those before it have run, so that it does not move when it ends. */
TEST(executors)
{
    tell(RUN("") SITES "{\"event\":\"started\",\"time\":10,\"id\":0,\"site\":1,\"worker\":0}\n"
                       "{\"event\":\"done\",\"time\":90,\"id\":0,\"site\":1,\"worker\":0,\"began\":20,\"ended\":80}\n"
                       "{\"event\":\"started\",\"time\":100,\"id\":1,\"site\":1,\"worker\":0}\n"
                       "{\"event\":\"started\",\"time\":110,\"id\":2,\"site\":2,\"worker\":1}\n");
    json_t *j = ask(tg_storyjson_timeline, NONE);
    is(j, "rows", "[{'worker':0,'away':false},{'worker':0,'away':true},{'worker':1,'away':false}]");
    is(json_object_get(j, "slices"), "row", "[1,1,2]");
    json_decref(j);
    tg_story_done(&story);
}

/* Beyond what is kept tasks are added up. */
TEST(many)
{
    struct tg_told told = {.kind = TG_EVENT_DONE, .site = 1, .time = 1000};
    tell(RUN("") SITES);
    for (told.id = TG_STORY_TASKS - 10; told.id < TG_STORY_TASKS + 990; told.id++) {
        told.began = told.time, told.time += 1000;
        tg_story_add(&story, &told);
    }
    uint64_t shown = told.id++;
    tg_story_add(&story, &(struct tg_told){.kind = TG_EVENT_FAILED, .id = shown, .site = 1, .time = 2});
    tg_story_add(&story, &(struct tg_told){.kind = TG_EVENT_FAILED, .id = told.id, .site = 1, .time = 2});
    tg_story_add(&story, &(struct tg_told){.kind = TG_TOLD_END, .time = told.time, .needs = &shown, .need_count = 1});
    json_t *j = ask(tg_storyjson_status, NONE);
    is(item(j, "failures", 0), "caught", "false");
    is(item(j, "failures", 1), "caught", "true");
    is(item(j, "names", 0), "done", "1000");
    is(item(j, "names", 0), "busy", "1000000");
    CHECK(json_integer_value(json_object_get(item(j, "names", 0), "p50")) / 40 == 25); /* to 3 % */
    json_decref(j);
    j = ask(tg_storyjson_timeline, NONE);
    is(j, "left_out", "990");
    json_decref(j);
    tg_story_done(&story);
}

TEST(texts)
{
    struct tg_secrets secrets;
    struct tg_buf b = {0};
    tg_secrets_init(&secrets);
    tg_secrets_add(&secrets, "hunter2secret", 13);
    tg_story_init(&story, &secrets);
    tg_story_add(&story, &(struct tg_told){.kind = TG_TOLD_RUN, .workflow = "</script><b>\x01\xff"});
    tg_story_add(&story, &(struct tg_told){.kind = TG_EVENT_TEXT, .text = "the hunter2secret is out"});
    tg_storyjson_report(&story, &b);
    CHECK(!strchr(b.data, '<'));
    CHECK(!strstr(b.data, "hunter2"));
    json_t *j = json_loads(b.data, 0, NULL);
    CHECK(j);
    is(item(json_object_get(j, "status"), "texts", 0), "text", "'the *** is out'");
    json_decref(j);
    tg_buf_done(&b);
    tg_story_done(&story);
    tg_secrets_done(&secrets);
}

static json_t *search(const char *q)
{
    return ask(tg_storyjson_tasks, (struct tg_storyjson_query){.q = q});
}

/* A search does not tell how a secret begins; and one may look like a part of JSON. */
TEST(secrets)
{
    struct tg_secrets secrets;
    struct tg_told told = {.kind = TG_EVENT_STARTED, .site = 1, .time = 10, .arguments = "\"--pw=\""};
    tg_secrets_init(&secrets);
    tg_secrets_add(&secrets, "\"quoted", 7);
    tg_secrets_add(&secrets, "node", 4);
    tg_story_init(&story, &secrets);
    tg_story_add(&story, &(struct tg_told){.kind = TG_TOLD_RUN});
    tg_story_add(&story, &told);
    told.kind = TG_EVENT_FAILED, told.message = "quoted\node \"quoted node", told.began = 10, told.time = 20;
    tg_story_add(&story, &told);
    json_t *j = search("quote"), *found = search("pw=");
    is(item(found, "rows", 0), "message", "'quoted\\node *** ***'");
    is(j, "count", "1"); /* what is no secret of the message */
    json_decref(j);
    j = search("\"quo");
    is(j, "count", "0");
    json_decref(j);
    json_decref(found);
    tg_story_done(&story);
    tg_secrets_done(&secrets);
}

/* What is asked for every second is short. */
TEST(long_texts)
{
    char *text = tg_alloc_zero(100001);
    memset(text, 'x', 100000);
    tell(RUN("") SITES);
    tg_story_add(&story, &(struct tg_told){.kind = TG_EVENT_TEXT, .text = text});
    tg_story_add(&story, &(struct tg_told){.kind = TG_EVENT_FAILED, .site = 1, .began = 1, .time = 2, .message = text});
    json_t *j = ask(tg_storyjson_status, NONE);
    CHECK(json_string_length(json_object_get(item(j, "texts", 0), "text")) == 16384);
    CHECK(json_string_length(json_object_get(item(j, "failures", 0), "message")) == 16384);
    json_decref(j);
    tg_story_done(&story);
    free(text);
}

/* Who has added a task may have had very many rounds: all of them are not looked at. */
TEST(rounds)
{
    struct tg_told told = {.kind = TG_EVENT_NODE, .site = 1, .time = 5, .parent = UINT64_MAX};
    tell(RUN("") SITES);
    for (told.round = 0; told.round < 200000; told.round++) tg_story_add(&story, &told);
    told.id = 1, told.parent = 0;
    for (told.parent_round = 1; told.parent_round < 200000; told.parent_round++) {
        told.round = told.parent_round;
        tg_story_add(&story, &told);
    }
    json_t *j = ask(tg_storyjson_graph, (struct tg_storyjson_query){.level = "tasks"});
    is(j, "tasks", "2");
    json_decref(j);
    tg_story_done(&story);
}

/* An end is told of once. */
TEST(ends)
{
    struct tg_told told = {.kind = TG_EVENT_DONE, .id = TG_STORY_TASKS - 1, .site = 1, .began = 1, .time = 5};
    tell(RUN("") SITES);
    tg_story_add(&story, &told);
    told = (struct tg_told){.kind = TG_TOLD_END, .time = 9, .done = 1};
    for (unsigned i = 0; i < 200000; i++) tg_story_add(&story, &told);
    json_t *j = ask(tg_storyjson_status, NONE);
    is(json_object_get(j, "counts"), "done", "1");
    json_decref(j);
    tg_story_done(&story);
}
