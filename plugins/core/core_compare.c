/* SPDX-License-Identifier: MIT
 * Comparing, truth and sorting. Values of different kinds are never equal (but 1 == 1.0) and have no order; nan is
 * neither less nor greater than anything, so a list with one cannot be sorted. */
#include <stdlib.h>
#include <string.h>

#include "plugins/core/core.h"
#include "plugins/shared/arith.h"

static int fail_order(tg_ctx *ctx, tg_value a, tg_value b, const char *op)
{
    bool inside = tg_kind(a) == TG_LIST && tg_kind(b) == TG_LIST;
    return tg_fail(ctx, "cannot compare %s %s %s%s", tg_kind_of(a), op, tg_kind_of(b),
                   inside ? ": some of their items have no order" : "");
}

/* -1, 0, 1 or ARITH_UNORDERED. */
static inline int order_of(tg_ctx *ctx, tg_value a, tg_value b, const char *op, int *order)
{
    return arith_order(a, b, order) ? TG_OK : fail_order(ctx, a, b, op);
}

/* ---- operators ----------------------------------------------------------------------------------- */

TASK(core_compare_equal)
{
    *out = tg_bool(tg_equal(args[0], args[1]));
    return TG_OK;
}

TASK(core_compare_not_equal)
{
    *out = tg_bool(!tg_equal(args[0], args[1]));
    return TG_OK;
}

/* Whether the order is from `low` to `high`; of nan and a number it is neither. */
static int is_ordered(tg_ctx *ctx, const tg_value *args, const char *op, int low, int high, tg_value *out)
{
    int order;
    if (order_of(ctx, args[0], args[1], op, &order) != TG_OK) return TG_FAIL;
    *out = tg_bool(order >= low && order <= high);
    return TG_OK;
}

TASK(core_compare_less)
{
    return is_ordered(ctx, args, "<", -1, -1, out);
}
TASK(core_compare_less_equal)
{
    return is_ordered(ctx, args, "<=", -1, 0, out);
}
TASK(core_compare_greater)
{
    return is_ordered(ctx, args, ">", 1, 1, out);
}
TASK(core_compare_greater_equal)
{
    return is_ordered(ctx, args, ">=", 0, 1, out);
}

/* ---- in ------------------------------------------------------------------------------------------ */

static bool is_str_or_file(tg_value v)
{
    return tg_kind(v) == TG_STR || tg_kind(v) == TG_FILE;
}

static bool list_has(tg_value list, tg_value item)
{
    size_t n;
    const tg_value *items = tg_list_items(list, &n);
    for (size_t i = 0; i < n; i++)
        if (tg_equal(items[i], item)) return true;
    return false;
}

static bool text_has(tg_value text, tg_value part)
{
    size_t n, m;
    const char *in = tg_as_text(text, &n), *what = tg_as_text(part, &m);
    return memmem(in, n, what, m) != NULL;
}

static bool bytes_have(tg_value bytes, int64_t byte)
{
    size_t n;
    const char *in = tg_as_text(bytes, &n);
    return byte >= 0 && byte <= 255 && memchr(in, (int)byte, n) != NULL;
}

static bool record_has(tg_value record, tg_value key)
{
    size_t n;
    const char *name = tg_as_text(key, &n);
    tg_value ignored;
    return tg_record_get(record, name, n, &ignored);
}

static int is_in(tg_ctx *ctx, const tg_value *args, const char *op, bool wanted, tg_value *out)
{
    tg_value item = args[0], box = args[1];
    enum tg_kind kind = tg_kind(box);
    bool found;
    if (kind == TG_LIST) found = list_has(box, item);
    else if (kind == TG_RECORD && is_str_or_file(item)) found = record_has(box, item);
    else if (is_str_or_file(box) && is_str_or_file(item)) found = text_has(box, item);
    else if (kind == TG_BYTES && tg_kind(item) == TG_BYTES) found = text_has(box, item);
    else if (kind == TG_BYTES && tg_kind(item) == TG_INT) found = bytes_have(box, item.i);
    else return tg_fail(ctx, "cannot compute %s %s %s", tg_kind_of(item), op, tg_kind_of(box));
    *out = tg_bool(found == wanted);
    return TG_OK;
}

TASK(core_compare_in)
{
    return is_in(ctx, args, "in", true, out);
}
TASK(core_compare_not_in)
{
    return is_in(ctx, args, "not in", false, out);
}

/* ---- truth --------------------------------------------------------------------------------------- */

bool core_compare_truth(tg_value v)
{
    size_t n;
    switch (tg_kind(v)) {
    case TG_NIL: return false;
    case TG_BOOL: return tg_as_bool(v);
    case TG_INT: return v.i != 0;
    case TG_FLOAT: return v.f != 0;
    case TG_STR:
    case TG_BYTES:
    case TG_FILE: tg_as_text(v, &n); return n > 0;
    case TG_LIST: tg_list_items(v, &n); return n > 0;
    case TG_RECORD: return core_list_record_count(v) > 0;
    default: return true;
    }
}

TASK(core_compare_not)
{
    *out = tg_bool(!core_compare_truth(args[0]));
    return TG_OK;
}

TASK(core_compare_and)
{
    *out = tg_ref(core_compare_truth(args[0]) ? args[1] : args[0]);
    return TG_OK;
}

TASK(core_compare_or)
{
    *out = tg_ref(core_compare_truth(args[0]) ? args[0] : args[1]);
    return TG_OK;
}

/* ---- min, max ------------------------------------------------------------------------------------ */

static int extreme(tg_ctx *ctx, const tg_value *args, size_t count, int sign, const char *name, tg_value *out)
{
    size_t n = count;
    const tg_value *items = args;
    if (count == 0) return tg_fail(ctx, "'%s' needs an argument", name);
    if (count == 1 && tg_kind(args[0]) != TG_LIST)
        return tg_fail(ctx, "'%s' needs a list or several arguments, not one %s", name, tg_kind_of(args[0]));
    if (count == 1) items = tg_list_items(args[0], &n);
    if (n == 0) return tg_fail(ctx, "'%s' of an empty list", name);
    size_t bad = arith_extreme(items, 1, n, sign, out);
    if (bad < n) return fail_order(ctx, items[bad], *out, sign < 0 ? "<" : ">");
    tg_ref(*out);
    return TG_OK;
}

TASK(core_compare_min)
{
    return extreme(ctx, args, count, -1, "min", out);
}
TASK(core_compare_max)
{
    return extreme(ctx, args, count, 1, "max", out);
}

/* ---- sorted -------------------------------------------------------------------------------------- */

struct sorting {
    tg_ctx *ctx;
    bool reverse, failed;
};

/* True if `right` must come before `left`, which stood before it. */
static inline __attribute__((always_inline)) bool must_swap(struct sorting *s, tg_value left, tg_value right)
{
    int order = 0;
    if (s->failed) return false;
    if (order_of(s->ctx, left, right, "<", &order) != TG_OK) s->failed = true;
    else if (order == ARITH_UNORDERED) {
        tg_fail(s->ctx, "cannot sort a list with nan, which has no order");
        s->failed = true;
    }
    return order == (s->reverse ? -1 : 1);
}

/* Merges [lo, mid) and [mid, hi) of `from` into `to`. An item is `width` values, of which the first decides. */
static inline __attribute__((always_inline)) void merge_runs(struct sorting *s, const tg_value *from, tg_value *to,
                                                             size_t width, size_t lo, size_t mid, size_t hi)
{
    size_t left = lo, right = mid;
    for (size_t i = lo; i < hi; i += width) {
        bool take_right = left == mid || (right < hi && must_swap(s, from[left], from[right]));
        to[i] = take_right ? from[right] : from[left];
        for (size_t k = 1; k < width; k++) to[i + k] = from[(take_right ? right : left) + k];
        if (take_right) right += width;
        else left += width;
    }
}

/* Bottom-up merge sort of n values, whole items, between two arrays; returns the one with the result. */
static inline __attribute__((always_inline)) tg_value *merge_sort(struct sorting *s, tg_value *a, tg_value *b, size_t width,
                                                                  size_t n)
{
    for (size_t run = width; run < n && !s->failed; run *= 2) {
        for (size_t lo = 0; lo < n; lo += 2 * run) {
            size_t mid = lo + run < n ? lo + run : n, hi = lo + 2 * run < n ? lo + 2 * run : n;
            merge_runs(s, a, b, width, lo, mid, hi);
        }
        tg_value *swap = a;
        a = b;
        b = swap;
    }
    return a;
}

static int fail_memory(tg_ctx *ctx, size_t n)
{
    return tg_fail(ctx, "out of memory: cannot sort %zu items", n);
}

TASK(core_compare_sorted)
{
    struct sorting s = {ctx, count > 1 && core_compare_truth(args[1]), false};
    size_t n;
    const tg_value *items = tg_list_items(args[0], &n);
    tg_value *room = malloc(2 * n * sizeof *room + 1);
    if (!room) return fail_memory(ctx, n);
    if (n) memcpy(room, items, n * sizeof *room);
    tg_value *sorted = merge_sort(&s, room, room + n, 1, n);
    if (!s.failed) {
        *out = tg_list_new(n);
        for (size_t i = 0; i < n; i++) tg_list_push(out, tg_ref(sorted[i]));
    }
    free(room);
    return s.failed ? TG_FAIL : TG_OK;
}

TASK(core_compare_sorted_by)
{
    struct sorting s = {ctx, core_compare_truth(args[2]), false};
    size_t n, key_count;
    const tg_value *items = tg_list_items(args[0], &n), *keys = tg_list_items(args[1], &key_count);
    if (n != key_count) return tg_fail(ctx, "there must be as many keys as items, %zu, not %zu", n, key_count);
    tg_value *room = malloc(4 * n * sizeof *room + 1);
    if (!room) return fail_memory(ctx, n);
    for (size_t i = 0; i < n; i++) room[2 * i] = keys[i], room[2 * i + 1] = items[i];
    tg_value *sorted = merge_sort(&s, room, room + 2 * n, 2, 2 * n);
    if (!s.failed) {
        *out = tg_list_new(n);
        for (size_t i = 0; i < n; i++) tg_list_push(out, tg_ref(sorted[2 * i + 1]));
    }
    free(room);
    return s.failed ? TG_FAIL : TG_OK;
}
