/* SPDX-License-Identifier: MIT
 * Fuzzes reading of events (engine/watch/eventread.c) and what is answered from them (engine/watch/storyjson.h): whatever stands in a
 * file, each answer is JSON. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/watch/storyjson.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_json(struct tg_buf *b)
{
    json_t *json = json_loadb(b->data, b->length, JSON_DECODE_INT_AS_REAL, NULL);
    if (!json) abort();
    json_decref(json);
    tg_buf_done(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tg_eventread r = {.name = "events", .file = size ? fmemopen((void *)data, size, "r") : NULL};
    struct tg_storyjson_query some = {
        .from = 5, .to = 100, .max = 3, .q = "1", .sort = "-length", .limit = 3, .level = "names"};
    struct tg_story story;
    struct tg_told told;
    struct tg_err err = {0};
    struct tg_buf b = {0};
    if (!r.file) return 0;
    tg_story_init(&story, NULL);
    while (tg_eventread_next(&r, &told, &err)) tg_story_add(&story, &told);
    tg_storyjson_report(&story, &b);
    check_json(&b);
    tg_storyjson_timeline(&story, &some, &b);
    check_json(&b);
    tg_storyjson_tasks(&story, &some, &b);
    check_json(&b);
    tg_storyjson_graph(&story, &some, &b);
    check_json(&b);
    if (tg_storyjson_task(&story, &some, &b)) check_json(&b);
    tg_story_done(&story);
    tg_eventread_close(&r);
    tg_err_done(&err);
    return 0;
}
