/* SPDX-License-Identifier: MIT
 * A few task definitions for the tests of graph, plan and run. */
#ifndef TG_TEST_TASKS_H
#define TG_TEST_TASKS_H

#include <stdlib.h>
#include <string.h>

#include "engine/graph/graph.h"
#include "engine/plugin/host.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

#define KINDS_INT TG_KIND_BIT(TG_INT)
#define KINDS_STR TG_KIND_BIT(TG_STR)
#define KINDS_LIST TG_KIND_BIT(TG_LIST)

#define TYPE(k)                      \
    {                                \
        .kinds = (k), .accepts = (k) \
    }

static inline int task_fail(tg_ctx *ctx, const char *why)
{
    tg_err_set(&ctx->err, TG_EXIT_FAILED, "%s", why);
    return TG_FAIL;
}

/* add(xs: int...) -> int: the sum of all. */
static int add_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx;
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += (uint64_t)args[i].i;
    *out = tg_int((int64_t)sum);
    return TG_OK;
}

/* text(xs: any...) -> str: the numbers and texts one after the other. */
static int text_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx;
    struct tg_buf b = {0};
    for (size_t i = 0; i < count; i++) tg_value_print(&b, args[i]);
    *out = tg_str_make(TG_STR, tg_buf_str(&b), b.length);
    tg_buf_done(&b);
    return TG_OK;
}

/* list(items...) -> list */
static int list_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx;
    *out = tg_list_make(count);
    for (size_t i = 0; i < count; i++) tg_list_add(*out, tg_value_ref(args[i]));
    return TG_OK;
}

/* record(names, items...) -> record */
static int record_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx;
    *out = tg_record_make(count);
    for (size_t i = 1; i < count; i++)
        tg_record_put(*out, tg_value_ref(tg_list_of(args[0])->items[i - 1]), tg_value_ref(args[i]));
    return TG_OK;
}

/* fail(xs: any...) -> int: never works. */
static int fail_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)args, (void)count, (void)out;
    return task_fail(ctx, "no luck");
}

/* try(x: any, default: any) -> any */
static int try_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    *out = tg_value_ref(tg_kind(args[0]) == TG_FAILED ? args[1] : args[0]);
    return TG_OK;
}

/* identity(x: any) -> any */
static int identity_fn(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    *out = tg_value_ref(args[0]);
    return TG_OK;
}

static struct tg_sig_param ints = {.name = "xs", .type = TYPE(KINDS_INT), .rest = true};
static struct tg_sig_param anys = {.name = "xs", .type = TYPE(TG_KINDS_ANY), .rest = true};

#define REST_DEF(name_, fn_, param_, result_, flags_)                                                                \
    {                                                                                                                \
        .name = name_, .sig = {.name = name_, .count = 1, .rest = true, .params = &param_, .result = TYPE(result_)}, \
        .fn = fn_, .flags = flags_                                                                                   \
    }

__attribute__((unused)) static const struct tg_def add_def = REST_DEF("add", add_fn, ints, KINDS_INT, 0);
__attribute__((unused)) static const struct tg_def text_def = REST_DEF("text", text_fn, anys, KINDS_STR, TG_DEF_UNCHECKED);
__attribute__((unused)) static const struct tg_def fail_def = REST_DEF("fail", fail_fn, anys, KINDS_INT, TG_DEF_UNCHECKED);
__attribute__((unused)) static const struct tg_def try_def = REST_DEF("try", try_fn, anys, TG_KINDS_ANY, TG_DEF_CATCHES);
static const struct tg_def list_def = REST_DEF("list", list_fn, anys, KINDS_LIST, TG_DEF_UNCHECKED | TG_DEF_GATHER);
static const struct tg_def record_def = REST_DEF("record", record_fn, anys, TG_KIND_BIT(TG_RECORD),
                                                 TG_DEF_UNCHECKED | TG_DEF_GATHER);

static const struct tg_def identity_def = REST_DEF("identity", identity_fn, anys, TG_KINDS_ANY,
                                                   TG_DEF_UNCHECKED | TG_DEF_QUICK);

static inline void graph_init(struct tg_graph *g, tg_id max_tasks)
{
    tg_graph_init(g, max_tasks);
    g->gather_list = &list_def;
    g->gather_record = &record_def;
    g->identity = &identity_def;
}
static inline uint32_t site_of(struct tg_graph *g, const struct tg_def *def)
{
    return tg_graph_site(g, def, (tg_span){0, 0}, 0, 0);
}
/* The index of a record with the option `priority`. */
static inline uint32_t priority_option(struct tg_graph *g, int64_t priority)
{
    tg_value record = tg_record_make(1);
    tg_record_put(record, tg_str_make(TG_STR, "priority", 8), tg_int(priority));
    return tg_graph_options(g, record);
}

/* One task with these arguments: ADD(&g, site, tg_int(1), tg_future(x)). */
#define ADD(g, site, ...) \
    tg_graph_add((g), (site), (tg_value[]){__VA_ARGS__}, sizeof((tg_value[]){__VA_ARGS__}) / sizeof(tg_value), NULL, 0, NULL)

#endif
