/* SPDX-License-Identifier: MIT
 * JSON in files, and in texts. What reads files looks at graph time, or when its path is known; what reads or writes a text is a
 * task where that is a result. Those are tasks of the language: a plugin, as the built-in one is, cannot parse JSON. */
#include "lang/eval/jsontext.h"

#include <string.h>

#include "engine/base/limits.h"
#include "engine/grow/stream.h"
#include "engine/plugin/host.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "lang/eval/core_task.h"
#include "lang/eval/environment.h"

/* ---- files --------------------------------------------------------------------------------------- */

static tg_value read_json(struct tg_eval *e, const struct tg_ast *n, const char *path)
{
    struct tg_sources files = {0};
    struct tg_err err = {0};
    tg_value out = tg_bad();
    const struct tg_source *s = tg_environment_read(e, n, path, &files);
    if (s && !tg_value_from_json(s->text, s->length, &out, &err)) {
        out = tg_eval_error(e, n, "could not read '%s': %s", path, err.message);
        tg_err_done(&err);
    }
    tg_sources_done(&files);
    return out;
}

tg_value tg_jsontext_read_json(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    return tg_environment_look(e, n, TG_BUILTIN_READ_JSON, read_json, args, count);
}

static bool is_blank_line(const char *line, size_t length)
{
    while (length && strchr(" \t\r", line[length - 1])) length--;
    return length == 0;
}

/* The value in line `number`, which is a text of one line. */
static tg_value read_line(struct tg_eval *e, const struct tg_ast *n, const char *path, size_t number, const char *line,
                          size_t length)
{
    static const char first[] = "line 1, ";
    struct tg_err err = {0};
    tg_value v;
    if (tg_value_from_json(line, length, &v, &err)) return v;
    bool known = strncmp(err.message, first, strlen(first)) == 0;
    v = tg_eval_error(e, n, "%s:%zu: %s", path, number, err.message + (known ? strlen(first) : 0));
    tg_err_done(&err);
    return v;
}

#define LOOK_EVERY 4096 /* lines between two looks at whether to stop */

/* The values of all lines, in a list; TG_BAD after an error. */
static tg_value read_lines(struct tg_eval *e, const struct tg_ast *n, const char *path, const struct tg_source *s)
{
    tg_value list = tg_list_make(0), v = tg_nil();
    const char *at = s->text, *end = s->text + s->length;
    for (size_t number = 1; at < end && !tg_is_bad(v); number++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at)), *stop = newline ? newline : end;
        if (!is_blank_line(at, (size_t)(stop - at))) {
            v = read_line(e, n, path, number, at, (size_t)(stop - at));
            if (!tg_is_bad(v)) tg_list_add(list, v);
        }
        if (number % LOOK_EVERY == 0 && tg_eval_stopped(e, n)) v = tg_bad();
        at = newline ? newline + 1 : end;
    }
    if (!tg_is_bad(v)) return list;
    tg_value_unref(list);
    return v;
}

static tg_value read_jsonl(struct tg_eval *e, const struct tg_ast *n, const char *path)
{
    struct tg_sources files = {0};
    const struct tg_source *s = tg_environment_read(e, n, path, &files);
    tg_value out = s ? read_lines(e, n, path, s) : tg_bad();
    tg_sources_done(&files);
    return out;
}

tg_value tg_jsontext_read_jsonl(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    return tg_environment_look(e, n, TG_BUILTIN_READ_JSONL, read_jsonl, args, count);
}

/* ---- texts --------------------------------------------------------------------------------------- */

static int parse_json(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    struct tg_err err = {0};
    const struct tg_str *text = tg_str_of(args[0]);
    if (tg_value_from_json(text->data, text->length, out, &err)) return TG_OK;
    tg_err_set(&ctx->err, TG_EXIT_FAILED, "the text is no JSON: %s", err.message);
    tg_err_done(&err);
    return TG_FAIL;
}

/* Why there is no JSON that reads back as this value, for which tg_value_json would write something else; NULL: there is. */
static const char *unfit(tg_value v, int depth)
{
    const char *why = NULL;
    if (tg_kind(v) == TG_FUNCTION) return "it holds a function";
    if (tg_is_stream(v)) return "it holds a stream";
    if (tg_kind(v) != TG_LIST && tg_kind(v) != TG_RECORD) return NULL;
    if (depth == TG_MAX_NESTING) return "it is nested too deeply";
    if (tg_kind(v) == TG_LIST)
        for (size_t i = 0; i < tg_list_of(v)->count && !why; i++) why = unfit(tg_list_of(v)->items[i], depth + 1);
    else
        for (size_t i = 0; i < tg_record_of(v)->count && !why; i++) why = unfit(tg_record_of(v)->fields[i].value, depth + 1);
    return why;
}

static int write_json(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    struct tg_buf b = {0};
    tg_value_json(&b, args[0], 0);
    const char *why = unfit(args[0], 0); /* behind it: a list that holds others so often that this has no end fits no memory */
    if (why) tg_err_set(&ctx->err, TG_EXIT_FAILED, "the %s cannot be JSON: %s", tg_value_kind_name(args[0]), why);
    else *out = tg_str_make(TG_STR, tg_buf_str(&b), b.length);
    tg_buf_done(&b);
    return why ? TG_FAIL : TG_OK;
}

#define NO_FUNCTION (TG_KINDS_ANY & ~TG_KIND_BIT(TG_FUNCTION))
static struct tg_sig_param from_params[] = {{.name = "text", .type = TG_TYPE_OF(TG_KIND_BIT(TG_STR))}},
                           to_params[] = {{.name = "x", .type = TG_TYPE_OF(NO_FUNCTION)}};

static const struct tg_def from_json_def = {
    .name = "from_json",
    .plugin = "core",
    .doc = "",
    .fn = parse_json,
    .sig = {.name = "from_json", .count = 1, .required = 1, .params = from_params, .result = TG_TYPE_OF(TG_KINDS_ANY)},
};
static const struct tg_def to_json_def = {
    .name = "to_json",
    .plugin = "core",
    .doc = "",
    .fn = write_json,
    .sig = {.name = "to_json", .count = 1, .required = 1, .params = to_params, .result = TG_TYPE_OF(TG_KIND_BIT(TG_STR))},
};

tg_value tg_jsontext_from_json(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    return tg_core_task_apply(e, n, &from_json_def, false, args, count);
}

tg_value tg_jsontext_to_json(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    bool never = tg_kind(args[0]) == TG_FUNCTION || tg_is_stream(args[0]);
    if (!never) return tg_core_task_apply(e, n, &to_json_def, false, args, count);
    tg_value out = tg_eval_error(e, n, "argument 'x' of 'to_json' cannot be a %s", tg_value_kind_name(args[0]));
    tg_value_unref_all(args, count);
    return out;
}
