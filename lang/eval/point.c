/* SPDX-License-Identifier: MIT
 * Expansion points: what they are called, and what they run. A construct has two definitions, without effects and with, since
 * only what has some is run though nobody uses what it gives. */
#include "lang/eval/point.h"

#include "lang/eval/box.h"
#include "lang/eval/continue.h"

static int take_part(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    bool gave = tg_kind(args[0]) == TG_FUNCTION; /* nil: it failed, which it may */
    *out = gave ? tg_box_get(args[0], (size_t)args[1].i) : tg_value_ref(args[0]);
    return TG_OK;
}

/* Nobody needs what it gives; it may be run since it waits for nothing. */
static int hold_items(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    *out = tg_value_ref(args[0]);
    return TG_OK;
}

/* Runs where a variable is used that nothing has bound. */
static int fail_unset(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count, (void)out;
    tg_err_set(&ctx->err, TG_EXIT_FAILED, "'%s' has no value yet: nothing that binds it has run", tg_str_of(args[0])->data);
    return TG_FAIL;
}

#define ANY                                            \
    {                                                  \
        .kinds = TG_KINDS_ANY, .accepts = TG_KINDS_ANY \
    }
#define PARAM(text)                 \
    {                               \
        .name = (text), .type = ANY \
    }
static struct tg_sig_param continuation_params[] = {PARAM("known"), PARAM("rest")},
                           part_params[] = {PARAM("values"), PARAM("number")},
                           feed_params[] = {PARAM("known"), PARAM("stream"), PARAM("rest")}, unset_params[] = {PARAM("name")},
                           anchor_params[] = {PARAM("items")};

#define DEF(text, run, names, more, effects)                                         \
    {                                                                                \
        .name = (text), .plugin = "core", .doc = "", .fn = (run),                    \
        .flags = TG_DEF_EXPANDS | TG_DEF_UNCHECKED | TG_DEF_QUICK | (more), .sig = { \
            .name = (text),                                                          \
            .count = TG_COUNT(names),                                                \
            .required = TG_COUNT(names),                                             \
            .params = (names),                                                       \
            .effect = (effects),                                                     \
            .result = ANY                                                            \
        }                                                                            \
    }
#define EITHER(text, more)                                                 \
    {                                                                      \
        DEF(text, tg_continue_task, continuation_params, (more), false),   \
            DEF(text, tg_continue_task, continuation_params, (more), true) \
    }
#define BOTH(text) EITHER(text, 0)

const struct tg_def tg_point_part = DEF("part", take_part, part_params, 0, false),
                    tg_point_anchor = DEF("items", hold_items, anchor_params, 0, false),
                    tg_point_unset = DEF("no value", fail_unset, unset_params, 0, false),
                    tg_point_finally = DEF("finally", tg_continue_task, continuation_params, 0, false),
                    tg_point_feeds[] = {
                        DEF("as_completed", tg_continue_feed, feed_params, TG_DEF_CATCHES | TG_DEF_PUT, true),
                        DEF("first", tg_continue_feed, feed_params, TG_DEF_CATCHES | TG_DEF_PUT, true),
};

/* Without effects and with. A built-in function that is not among them is a call. */
enum { DEF_CALL, DEF_AND, DEF_OR, DEF_COMPARISON, DEF_COMPREHENSION, DEF_FOR, DEF_IF, DEF_TRY, DEF_WHILE };
static const struct tg_def defs[][2] = {
    [DEF_CALL] = BOTH("call"),
    [DEF_AND] = BOTH("and"),
    [DEF_OR] = BOTH("or"),
    [DEF_COMPARISON] = BOTH("comparison"),
    [DEF_COMPREHENSION] = BOTH("comprehension"),
    [DEF_FOR] = BOTH("for"),
    [DEF_IF] = BOTH("if"),
    [DEF_TRY] = EITHER("try", TG_DEF_CATCHES),
    [DEF_WHILE] = BOTH("while"),
};
static const struct tg_def builtin_defs[TG_BUILTIN_END][2] = {
    [TG_BUILTIN_COUNT] = BOTH("count"),
    [TG_BUILTIN_ENV] = BOTH("env"),
    [TG_BUILTIN_EXISTS] = BOTH("exists"),
    [TG_BUILTIN_FILTER] = BOTH("filter"),
    [TG_BUILTIN_FILTER_REST] = BOTH("filter"),
    [TG_BUILTIN_FOLD] = BOTH("fold"),
    [TG_BUILTIN_GLOB] = BOTH("glob"),
    [TG_BUILTIN_GROUP_BY] = BOTH("group_by"),
    [TG_BUILTIN_GROUP_BY_REST] = BOTH("group_by"),
    [TG_BUILTIN_HERE] = BOTH("here"),
    [TG_BUILTIN_MAP] = BOTH("map"),
    [TG_BUILTIN_NEXT] = BOTH("next"),
    [TG_BUILTIN_PUSH] = BOTH("push"),
    [TG_BUILTIN_READ_JSON] = BOTH("read_json"),
    [TG_BUILTIN_READ_JSONL] = BOTH("read_jsonl"),
    [TG_BUILTIN_READ_TABLE] = BOTH("read_table"),
    [TG_BUILTIN_REDUCE] = BOTH("reduce"),
    [TG_BUILTIN_SORTED] = BOTH("sorted"),
    [TG_BUILTIN_SORTED_REST] = BOTH("sorted"),
};

static const struct tg_def *builtin_def(const struct tg_builtin *b, bool effects)
{
    const struct tg_def *def = &builtin_defs[b - tg_builtins][effects];
    return def->name ? def : &defs[DEF_CALL][effects];
}

const struct tg_def *tg_point_def(const struct tg_continuation *k, bool effects)
{
    switch (k->what) {
    case TG_SUSPEND_CLAUSE:
    case TG_SUSPEND_CLAUSE_IF: return &defs[DEF_COMPREHENSION][effects];
    case TG_SUSPEND_AND: return &defs[DEF_AND][effects];
    case TG_SUSPEND_OR: return &defs[DEF_OR][effects];
    case TG_SUSPEND_CHAIN: return &defs[DEF_COMPARISON][effects];
    case TG_SUSPEND_BUILTIN: return builtin_def(k->builtin, effects);
    case TG_SUSPEND_TRY: return &defs[DEF_TRY][effects];
    case TG_SUSPEND_IF: return &defs[DEF_IF][effects];
    case TG_SUSPEND_WHILE: return &defs[DEF_WHILE][effects];
    case TG_SUSPEND_FOR:
    case TG_SUSPEND_WAIT: return &defs[DEF_FOR][effects];
    default: return &defs[DEF_CALL][effects];
    }
}
