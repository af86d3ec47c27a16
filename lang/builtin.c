/* SPDX-License-Identifier: MIT
 * Built-in functions of the language. Most are tasks of the built-in plugin, done at once on known values; here are
 * those that call functions (map, filter, reduce, fold), look at the world (glob, env, read_json), or are about the
 * graph itself (after, try, print). */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/limits.h"
#include "engine/base/utf8.h"
#include "lang/eval.h"
#include "lang/resolve.h"

/* ---- helpers ------------------------------------------------------------------------------------- */

static const struct tg_def *core_def(struct tg_eval *e, const char *name)
{
    return tg_loaded_find(e->front->session->registry.plugins.items[0], name, strlen(name));
}

/* True if v is a known list; else an error about `what`. */
static bool known_list(struct tg_eval *e, const struct tg_node *n, const char *what, tg_value v)
{
    if (tg_kind(v) == TG_LIST) return true;
    char *through = tg_format("what '%s' goes through", what);
    if (tg_kind(v) == TG_FUTURE) tg_eval_later(e, n, through, tg_value_ref(v));
    else tg_eval_error(e, n, "%s must be a list, not %s", through, tg_value_kind_name(v));
    free(through);
    return false;
}

/* ---- functions over lists ------------------------------------------------------------------------ */

static tg_value call_map(struct tg_eval *e, const struct tg_node *n, tg_value *args, size_t count)
{
    tg_value out = tg_bad();
    if (known_list(e, n, "map", args[1])) {
        const struct tg_list *xs = tg_get_list(args[1]);
        out = tg_list_make(xs->count);
        for (size_t i = 0; i < xs->count; i++) {
            tg_value x = tg_value_ref(xs->items[i]);
            tg_value y = tg_apply(e, n, args[0], &x, 1);
            if (tg_is_bad(y)) {
                tg_value_unref(out);
                out = y;
                break;
            }
            tg_list_add(out, y);
        }
    }
    tg_drop(args, count);
    return out;
}

static tg_value call_filter(struct tg_eval *e, const struct tg_node *n, tg_value *args, size_t count)
{
    tg_value out = tg_bad();
    if (known_list(e, n, "filter", args[1])) {
        const struct tg_list *xs = tg_get_list(args[1]);
        out = tg_list_make(0);
        for (size_t i = 0; i < xs->count; i++) {
            tg_value x = tg_value_ref(xs->items[i]);
            tg_value keep = tg_apply(e, n, args[0], &x, 1);
            if (tg_kind(keep) == TG_FUTURE) keep = tg_eval_later(e, n, "what a filter keeps", keep);
            if (tg_is_bad(keep)) {
                tg_value_unref(out);
                out = keep;
                break;
            }
            if (tg_value_truth(keep)) tg_list_add(out, tg_value_ref(xs->items[i]));
            tg_value_unref(keep);
        }
    }
    tg_drop(args, count);
    return out;
}

/* One level of a reduction: groups of `arity` neighbours become one; a single left-over one is passed on. Takes. */
static bool reduce_level(struct tg_eval *e, const struct tg_node *n, tg_value f, size_t arity, tg_value *items, size_t *count)
{
    size_t out = 0;
    for (size_t i = 0; i < *count; i += arity) {
        size_t group = *count - i < arity ? *count - i : arity;
        tg_value v = group == 1 ? items[i] : tg_apply(e, n, f, items + i, group);
        if (tg_is_bad(v)) {
            tg_drop(items + i + group, *count - i - group);
            *count = out;
            return false;
        }
        items[out++] = v;
    }
    *count = out;
    return true;
}

static tg_value call_reduce(struct tg_eval *e, const struct tg_node *n, tg_value *args, size_t count)
{
    tg_value out = tg_bad(), arity = count > 2 ? args[2] : tg_make_(TG_UNSET, 0);
    if (arity.tag == TG_UNSET) arity = tg_int(2);
    if (arity.tag != TG_INT || arity.i < 2) {
        tg_eval_error(e, n, "the arity of 'reduce' must be an int, 2 or more");
    } else if (known_list(e, n, "reduce", args[1])) {
        const struct tg_list *xs = tg_get_list(args[1]);
        size_t left = xs->count, room = left;
        tg_value *items = tg_block_new(room * sizeof *items + 1);
        for (size_t i = 0; i < left; i++) items[i] = tg_value_ref(xs->items[i]);
        bool fine = true;
        while (fine && left > 1) fine = reduce_level(e, n, args[0], (size_t)arity.i, items, &left);
        if (!fine) tg_drop(items, left);
        else if (left == 1) out = items[0];
        else if (count > 3 && args[3].tag != TG_UNSET) out = tg_value_ref(args[3]);
        else {
            tg_eval_error(e, n, "'reduce' of an empty list needs 'init'");
        }
        tg_block_free(items, room * sizeof *items + 1);
    }
    tg_drop(args, count);
    return out;
}

static tg_value call_fold(struct tg_eval *e, const struct tg_node *n, tg_value *args, size_t count)
{
    tg_value out = tg_bad();
    if (known_list(e, n, "fold", args[1])) {
        const struct tg_list *xs = tg_get_list(args[1]);
        out = tg_value_ref(args[2]);
        for (size_t i = 0; i < xs->count && !tg_is_bad(out); i++) {
            tg_value pair[2] = {out, tg_value_ref(xs->items[i])};
            out = tg_apply(e, n, args[0], pair, 2);
        }
    }
    tg_drop(args, count);
    return out;
}

/* ---- the graph itself ---------------------------------------------------------------------------- */

/* after(x, deps...): what x adds to the graph waits for the deps; if x is a future made before, a task passes it on
 * when they are done. */
static tg_value special_after(struct tg_eval *e, const struct tg_node *n)
{
    if (n->count < 2) return tg_eval_error(e, n, "function 'after' needs a value");
    tg_value before = tg_value_ref(e->after), deps = tg_list_make(n->count);
    for (uint32_t i = 2; i < n->count; i++) {
        tg_value v = tg_eval_expression(e, n->kid[i]);
        if (tg_is_bad(v)) return tg_drop((tg_value[]){before, deps}, 2), v;
        tg_list_add(deps, v);
    }
    tg_id first_new = e->graph ? e->graph->count : 0;
    tg_value with_outer = tg_value_ref(deps);
    if (tg_kind(before) == TG_LIST) with_outer = tg_list_own(with_outer, 1), tg_list_add(with_outer, tg_value_ref(before));
    tg_slot_set(&e->after, with_outer);
    tg_value x = tg_eval_expression(e, n->kid[1]);
    tg_slot_set(&e->after, before);
    bool old = tg_kind(x) == TG_FUTURE ? (tg_id)x.bits < first_new : tg_has_future(x);
    if (tg_is_bad(x) || !old) return tg_value_unref(deps), x;
    tg_value args[2] = {x, deps};
    return tg_core(e, n, "after", false, args, 2);
}

static tg_value call_after(struct tg_eval *e, const struct tg_node *n, tg_value *args, size_t count)
{
    return tg_core(e, n, "after", false, args, count);
}

static tg_value call_try(struct tg_eval *e, const struct tg_node *n, tg_value *args, size_t count)
{
    if (tg_has_future(args[0])) return tg_add_task(e, n, core_def(e, "try"), args, count);
    tg_value_unref(args[1]);
    return args[0];
}

static tg_value call_print(struct tg_eval *e, const struct tg_node *n, tg_value *args, size_t count)
{
    return tg_add_task(e, n, core_def(e, "print"), args, count);
}

/* A list that holds futures directly cannot be flattened yet: they may be lists. */
static tg_value call_flatten(struct tg_eval *e, const struct tg_node *n, tg_value *args, size_t count)
{
    bool known = true;
    for (size_t i = 0; tg_kind(args[0]) == TG_LIST && i < tg_get_list(args[0])->count && known; i++)
        known = tg_kind(tg_get_list(args[0])->items[i]) != TG_FUTURE;
    return tg_core(e, n, "flatten", known, args, count);
}

/* ---- the world at graph time --------------------------------------------------------------------- */

/* The text of a known str or file argument; NULL after an error. */
static const char *known_text(struct tg_eval *e, const struct tg_node *n, const char *what, tg_value v)
{
    if (tg_kind(v) == TG_FUTURE) {
        char *argument = tg_format("the argument of '%s'", what);
        tg_eval_later(e, n, argument, tg_value_ref(v));
        free(argument);
        return NULL;
    }
    bool text = tg_kind(v) == TG_STR || tg_kind(v) == TG_FILE;
    if (text && !memchr(tg_get_text(v)->data, 0, tg_get_text(v)->length)) return tg_get_text(v)->data;
    if (text) tg_eval_error(e, n, "the argument of '%s' holds a NUL byte", what);
    else tg_eval_error(e, n, "the argument of '%s' must be str, not %s", what, tg_value_kind_name(v));
    return NULL;
}

static tg_value call_glob(struct tg_eval *e, const struct tg_node *n, tg_value *args, size_t count)
{
    const char *pattern = known_text(e, n, "glob", args[0]);
    tg_value out = tg_bad();
    glob_t found = {0};
    if (pattern) {
        int status = glob(pattern, 0, NULL, &found);
        if (status == GLOB_NOSPACE || status == GLOB_ABORTED) {
            tg_eval_error(e, n, "could not read the folders of '%s'", pattern);
        } else {
            out = tg_list_make(found.gl_pathc);
            for (size_t i = 0; i < found.gl_pathc; i++)
                tg_list_add(out, tg_text_new(TG_FILE, found.gl_pathv[i], strlen(found.gl_pathv[i])));
        }
        globfree(&found);
    }
    tg_drop(args, count);
    return out;
}

static tg_value call_env(struct tg_eval *e, const struct tg_node *n, tg_value *args, size_t count)
{
    const char *name = known_text(e, n, "env", args[0]);
    const char *text = name ? getenv(name) : NULL;
    tg_value out = tg_bad();
    if (text && tg_utf8_valid(text, strlen(text)) != strlen(text)) tg_eval_error(e, n, "the environment variable '%s' is not UTF-8", name);
    else if (name && text) out = tg_str(text);
    else if (name && count > 1 && args[1].tag != TG_UNSET) out = tg_value_ref(args[1]);
    else if (name) out = tg_nil();
    tg_drop(args, count);
    return out;
}

static tg_value read_json(struct tg_eval *e, const struct tg_node *n, const char *path)
{
    struct tg_sources files = {0};
    struct tg_err err = {0};
    tg_value out = tg_bad();
    const struct tg_source *s = access(path, R_OK) == 0 ? tg_sources_read(&files, path, &err) : NULL;
    if (!s) {
        tg_eval_error(e, n, "could not read '%s': %s", path, err.message ? err.message : strerror(errno));
        tg_err_done(&err);
    } else if (!tg_value_from_json(s->text, s->length, &out, &err)) {
        out = tg_eval_error(e, n, "could not read '%s': %s", path, err.message);
        tg_err_done(&err);
    }
    tg_sources_done(&files);
    return out;
}

static tg_value call_read_json(struct tg_eval *e, const struct tg_node *n, tg_value *args, size_t count)
{
    const char *path = known_text(e, n, "read_json", args[0]);
    tg_value out = path ? read_json(e, n, path) : tg_bad();
    tg_drop(args, count);
    return out;
}

/* ---- the table ----------------------------------------------------------------------------------- */

#define KEYS(...) (const char *const[]){__VA_ARGS__, NULL}
#define ANY 255

const struct tg_builtin tg_builtins[] = {
    {.name = "abs", .min_args = 1, .max_args = 1, .core = "abs", .result = TG_KINDS_NUM, .doc = "The absolute value."},
    {.name = "after", .min_args = 1, .max_args = ANY, .special = special_after, .call = call_after,
     .doc = "x, but not before the other arguments are done."},
    {.name = "as_completed", .min_args = 1, .max_args = 1, .later = true, .doc = "A stream of futures as they finish."},
    {.name = "bool", .min_args = 1, .max_args = 1, .core = "bool", .result = TG_KIND_BIT(TG_BOOL), .doc = "The truth of a value."},
    {.name = "count", .min_args = 1, .max_args = 1, .later = true, .doc = "How many futures a stream still has."},
    {.name = "enumerate", .min_args = 1, .max_args = 2, .keywords = KEYS("xs", "start"), .core = "enumerate", .structural = true,
     .result = TG_KIND_BIT(TG_LIST), .doc = "The items with their numbers."},
    {.name = "env", .min_args = 1, .max_args = 2, .keywords = KEYS("name", "default"), .call = call_env,
     .doc = "An environment variable, or the default, or nil."},
    {.name = "filter", .min_args = 2, .max_args = 2, .keywords = KEYS("f", "xs"), .call = call_filter,
     .result = TG_KIND_BIT(TG_LIST), .doc = "The items for which f gives true."},
    {.name = "first", .min_args = 1, .max_args = 1, .later = true, .doc = "The first of some futures to finish."},
    {.name = "flatten", .min_args = 1, .max_args = 1, .call = call_flatten, .result = TG_KIND_BIT(TG_LIST),
     .doc = "The items of the lists in a list."},
    {.name = "float", .min_args = 1, .max_args = 1, .core = "float", .result = TG_KIND_BIT(TG_FLOAT),
     .doc = "A float of a number or text."},
    {.name = "fold", .min_args = 3, .max_args = 3, .keywords = KEYS("f", "xs", "init"), .call = call_fold,
     .doc = "f(f(f(init, x0), x1), x2)..."},
    {.name = "glob", .min_args = 1, .max_args = 1, .call = call_glob, .result = TG_KIND_BIT(TG_LIST),
     .doc = "The files that match a pattern, sorted."},
    {.name = "int", .min_args = 1, .max_args = 1, .core = "int", .result = TG_KIND_BIT(TG_INT), .doc = "An int of a number or text."},
    {.name = "keys", .min_args = 1, .max_args = 1, .core = "keys", .structural = true, .result = TG_KIND_BIT(TG_LIST),
     .doc = "The keys of a record."},
    {.name = "len", .min_args = 1, .max_args = 1, .core = "len", .structural = true, .result = TG_KIND_BIT(TG_INT),
     .doc = "How many items, characters or fields."},
    {.name = "map", .min_args = 2, .max_args = 2, .keywords = KEYS("f", "xs"), .call = call_map, .result = TG_KIND_BIT(TG_LIST),
     .doc = "f of each item."},
    {.name = "max", .min_args = 1, .max_args = ANY, .core = "max", .doc = "The largest of a list or of the arguments."},
    {.name = "min", .min_args = 1, .max_args = ANY, .core = "min", .doc = "The smallest of a list or of the arguments."},
    {.name = "next", .min_args = 1, .max_args = 1, .later = true, .doc = "The next future of a stream."},
    {.name = "print", .min_args = 0, .max_args = ANY, .call = call_print, .makes_task = true, .result = TG_KIND_BIT(TG_NIL),
     .doc = "A task that writes its arguments to standard error."},
    {.name = "push", .min_args = 2, .max_args = 2, .later = true, .doc = "Adds a future to a stream."},
    {.name = "range", .min_args = 1, .max_args = 3, .keywords = KEYS("start", "stop", "step"), .core = "range",
     .result = TG_KIND_BIT(TG_LIST), .doc = "Ints from start to before stop."},
    {.name = "read_json", .min_args = 1, .max_args = 1, .call = call_read_json, .doc = "The value in a JSON file."},
    {.name = "reduce", .min_args = 2, .max_args = 4, .keywords = KEYS("f", "xs", "arity", "init"), .call = call_reduce,
     .doc = "A balanced tree of calls of f, which must be associative."},
    {.name = "reversed", .min_args = 1, .max_args = 1, .core = "reversed", .structural = true, .result = TG_KIND_BIT(TG_LIST),
     .doc = "The items from last to first."},
    {.name = "round", .min_args = 1, .max_args = 2, .keywords = KEYS("x", "digits"), .core = "round", .result = TG_KINDS_NUM,
     .doc = "The nearest int, or float of so many digits."},
    {.name = "sorted", .min_args = 1, .max_args = 2, .keywords = KEYS("xs", "reverse"), .core = "sorted",
     .result = TG_KIND_BIT(TG_LIST), .doc = "The items in order."},
    {.name = "str", .min_args = 1, .max_args = 1, .core = "str", .result = TG_KIND_BIT(TG_STR), .doc = "The text of a value."},
    {.name = "try", .min_args = 2, .max_args = 2, .keywords = KEYS("x", "default"), .call = call_try,
     .doc = "x, or the default where the task failed."},
    {.name = "values", .min_args = 1, .max_args = 1, .core = "values", .structural = true, .result = TG_KIND_BIT(TG_LIST),
     .doc = "The values of a record."},
    {.name = "zip", .min_args = 1, .max_args = ANY, .core = "zip", .structural = true, .result = TG_KIND_BIT(TG_LIST),
     .doc = "Lists of the first items, the second items, ..."},
    {.name = NULL},
};

const struct tg_builtin *tg_builtin_find(const char *name, size_t length)
{
    for (const struct tg_builtin *b = tg_builtins; b->name; b++)
        if (strlen(b->name) == length && memcmp(b->name, name, length) == 0) return b;
    return NULL;
}
