/* SPDX-License-Identifier: MIT
 * A plugin for the tests, with tasks that add tasks, in all the ways in which one can. */
#include <tgrun.h>

#include <stdatomic.h>
#include <string.h>

#define TASK(name)                                                                                     \
    static int name(__attribute__((unused)) tg_ctx *ctx, __attribute__((unused)) const tg_value *args, \
                    __attribute__((unused)) size_t count, tg_value *out)

/* Calls a task by its name; for those that want to see its failure, there is TG_FAIL. */
static int call(tg_ctx *ctx, const char *name, const tg_value *args, size_t count, tg_value *out)
{
    return tg_call(ctx, tg_find(ctx, name), args, count, out);
}

static int call1(tg_ctx *ctx, const char *name, tg_value x, tg_value *out)
{
    return call(ctx, name, &x, 1, out);
}

/* ---- tasks that are called ----------------------------------------------------------------------- */

static int64_t twice(int64_t x)
{
    return 2 * x;
}
TG_WRAP1(twice, int, int)

static int64_t sum3(int64_t a, int64_t b, int64_t c)
{
    return a + b + c;
}
TG_WRAP3(sum3, int, int, int, int)

TASK(total)
{
    size_t n;
    int64_t sum = 0;
    const tg_value *items = tg_list_items(args[0], &n);
    for (size_t i = 0; i < n; i++) sum += tg_as_int(items[i]);
    *out = tg_int(sum);
    return TG_OK;
}

TASK(word)
{
    *out = tg_str_new("word", 4);
    return TG_OK;
}

TASK(items)
{
    *out = tg_list_new(count);
    for (size_t i = 0; i < count; i++) tg_list_push(out, tg_ref(args[i]));
    return TG_OK;
}

TASK(note)
{
    size_t length;
    const char *text = tg_as_text(args[0], &length);
    tg_log(ctx, text, length);
    *out = tg_nil();
    return TG_OK;
}

TASK(noted)
{
    size_t length;
    const char *text = tg_as_text(args[1], &length);
    tg_log(ctx, text, length);
    *out = tg_ref(args[0]);
    return TG_OK;
}

/* ---- one call as the workflow says --------------------------------------------------------------- */

TASK(calls)
{
    return call(ctx, tg_as_text(args[0], NULL), args + 1, count - 1, out);
}

TASK(quiet)
{
    return call(ctx, tg_as_text(args[0], NULL), NULL, 0, out);
}

/* outer(inner()) */
TASK(calls_on)
{
    tg_value inner;
    if (call(ctx, tg_as_text(args[1], NULL), NULL, 0, &inner) != TG_OK) return TG_FAIL;
    return call1(ctx, tg_as_text(args[0], NULL), inner, out);
}

/* outer([1, inner()]) */
TASK(calls_on_list)
{
    tg_value inner, list = tg_list_new(2);
    if (call(ctx, tg_as_text(args[1], NULL), NULL, 0, &inner) != TG_OK) return tg_unref(list), TG_FAIL;
    tg_list_push(&list, tg_int(1));
    tg_list_push(&list, inner);
    int status = call1(ctx, tg_as_text(args[0], NULL), list, out);
    tg_unref(list); /* what a call gets is lent */
    return status;
}

/* ---- growing ------------------------------------------------------------------------------------- */

TASK(fib)
{
    int64_t n = tg_as_int(args[0]);
    tg_value parts[2];
    *out = tg_int(n);
    if (n < 2) return TG_OK;
    if (call1(ctx, "fib", tg_int(n - 1), &parts[0]) != TG_OK || call1(ctx, "fib", tg_int(n - 2), &parts[1]) != TG_OK)
        return TG_FAIL;
    return call(ctx, "core.+", parts, 2, out);
}

/* 2 ** n, as a row of futures that are arguments. The handle is kept, which is good for the whole process. */
TASK(power)
{
    static _Atomic(const tg_callable *) kept;
    if (!kept) kept = tg_find(ctx, "twice");
    *out = tg_int(1);
    for (int64_t i = tg_as_int(args[0]); i > 0; i--)
        if (tg_call(ctx, kept, out, 1, out) != TG_OK) return TG_FAIL;
    return TG_OK;
}

/* Ends with a call of itself. */
TASK(down)
{
    int64_t n = tg_as_int(args[0]);
    *out = tg_int(0);
    return n > 0 ? call1(ctx, "down", tg_int(n - 1), out) : TG_OK;
}

/* [0, 2, 4, ...] */
TASK(doubled)
{
    int64_t n = tg_as_int(args[0]);
    *out = tg_list_new((size_t)n);
    for (int64_t i = 0; i < n; i++) {
        tg_value x;
        if (call1(ctx, "twice", tg_int(i), &x) != TG_OK) return tg_unref(*out), TG_FAIL;
        tg_list_push(out, x);
    }
    return TG_OK;
}

/* {n: n, twice: 2n, deep: {list: [n, 4n], same: 2n}} */
TASK(report)
{
    tg_value two, four;
    if (call1(ctx, "twice", args[0], &two) != TG_OK || call1(ctx, "twice", two, &four) != TG_OK) return TG_FAIL;
    tg_value list = tg_list_new(2), deep = tg_record_new(2);
    tg_list_push(&list, args[0]);
    tg_list_push(&list, four);
    tg_record_set(&deep, "list", 4, list);
    tg_record_set(&deep, "same", 4, two);
    *out = tg_record_new(3);
    tg_record_set(out, "n", 1, args[0]);
    tg_record_set(out, "twice", 5, two);
    tg_record_set(out, "deep", 4, deep);
    return TG_OK;
}

/* The sum of 0, 2, ..., 2 * (n - 1): a list of futures as an argument. */
TASK(wide)
{
    tg_value list;
    if (doubled(ctx, args, count, &list) != TG_OK) return TG_FAIL;
    int status = call1(ctx, "total", list, out);
    tg_unref(list);
    return status;
}

/* Adds n effects, and returns something else. */
TASK(notes)
{
    for (int64_t i = tg_as_int(args[0]); i > 0; i--) {
        tg_value text = tg_str_new("a note", 6);
        int status = tg_call(ctx, tg_find(ctx, "note"), &text, 1, NULL);
        tg_unref(text);
        if (status != TG_OK) return TG_FAIL;
    }
    *out = tg_int(7);
    return TG_OK;
}

/* Adds a task that nobody uses. */
TASK(unused)
{
    tg_value never, pair[2] = {tg_int(1), tg_str_new("never", 5)};
    int status = call(ctx, "noted", pair, 2, &never);
    tg_unref(pair[1]);
    *out = tg_int(8);
    return status;
}

/* ---- what is wrong ------------------------------------------------------------------------------- */

TASK(adds_and_fails)
{
    if (notes(ctx, args, count, out) != TG_OK) return TG_FAIL;
    return tg_fail(ctx, "failed after adding");
}

/* Does not look at what the call said. */
TASK(careless)
{
    tg_value x;
    call(ctx, "twice", NULL, 0, &x);
    *out = tg_int(9);
    return TG_OK;
}

/* Keeps a future longer than it is good. */
static tg_value kept_future;

TASK(keeps)
{
    if (call1(ctx, "twice", args[0], &kept_future) != TG_OK) return TG_FAIL;
    *out = kept_future;
    return TG_OK;
}

TASK(uses_kept)
{
    if (!tg_as_bool(args[1])) return call1(ctx, "twice", kept_future, out);
    tg_value list = tg_list_new(1);
    tg_list_push(&list, kept_future);
    int status = call1(ctx, "total", list, out);
    tg_unref(list);
    return status;
}

/* Says int, and becomes a str. */
TASK(liar)
{
    return call(ctx, "word", NULL, 0, out);
}

static const struct tg_task tasks[] = {
    {"twice(x: int) -> int", twice_task, "2 * x."},
    {"sum3(a: int, b: int = 10, c: int = 100) -> int", sum3_task, "a + b + c."},
    {"total(xs: list[int]) -> int", total, "The sum."},
    {"word() -> str", word, "\"word\"."},
    {"items(xs: any...) -> list", items, "The arguments."},
    {"note(text: str) -> nil effect", note, "Writes the text."},
    {"noted(x: any, text: str) -> any", noted, "x, and writes the text."},
    {"calls(name: str, rest: any...) -> any grows", calls, "Calls the task of that name."},
    {"quiet(name: str) -> any", quiet, "The same, but does not say so."},
    {"calls_on(outer: str, inner: str) -> any grows", calls_on, "outer(inner())."},
    {"calls_on_list(outer: str, inner: str) -> any grows", calls_on_list, "outer([1, inner()])."},
    {"fib(n: int) -> int grows", fib, "The n-th Fibonacci number."},
    {"power(n: int) -> int grows", power, "2 ** n."},
    {"down(n: int) -> int grows", down, "0."},
    {"doubled(n: int) -> list[int] grows", doubled, "The first n even numbers."},
    {"report(n: int) -> record grows", report, "Numbers in a record."},
    {"wide(n: int) -> int grows", wide, "The sum of the first n even numbers."},
    {"notes(n: int) -> int grows", notes, "7, and writes n notes."},
    {"unused() -> int grows", unused, "8."},
    {"adds_and_fails(n: int) -> int effect grows", adds_and_fails, "Never works."},
    {"careless() -> int grows", careless, "Never works."},
    {"keeps(x: int) -> int grows", keeps, "2 * x."},
    {"uses_kept(after: any, in_list: bool) -> int grows", uses_kept, "Never works."},
    {"liar() -> int grows", liar, "Never works."},
};
TG_PLUGIN(.name = "grower", .version = "1.0", .doc = "For tests.", .tasks = tasks, .task_count = TG_COUNT(tasks));
