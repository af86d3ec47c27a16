/* SPDX-License-Identifier: MIT
 * Slices as in Python: ends beyond the end are cut, negative ones count from the end, a step may go backwards. */
#include <stdlib.h>

#include "plugins/core/core.h"
#include "plugins/shared/chars.h"

/* The places lo, lo + step, ...: count of them, all inside. */
struct slice {
    int64_t lo, step;
    size_t count;
};

/* An end as given (nil: the far one) as a place; `low` and `high` are where it may lie. */
static int64_t clamp(tg_value end, int64_t length, int64_t low, int64_t high, int64_t far)
{
    if (tg_kind(end) != TG_INT) return far;
    int64_t i = end.i < 0 ? end.i + length : end.i;
    return i < low ? low : i > high ? high : i;
}

static struct slice make_slice(size_t length, tg_value lo, tg_value hi, int64_t step)
{
    int64_t n = (int64_t)length;
    bool forward = step > 0;
    if (step < -INT64_MAX) step = -INT64_MAX; /* so that it has a negative */
    int64_t low = forward ? 0 : -1, high = forward ? n : n - 1;
    int64_t from = clamp(lo, n, low, high, forward ? low : high);
    int64_t to = clamp(hi, n, low, high, forward ? high : low);
    struct slice s = {from, step, 0};
    if (forward && from < to) s.count = (size_t)((to - from - 1) / step + 1);
    if (!forward && from > to) s.count = (size_t)((from - to - 1) / -step + 1);
    return s;
}

/* Where the i-th of them is. */
static int64_t nth_place(const struct slice *s, size_t i)
{
    return s->lo + (int64_t)i * s->step;
}

static tg_value slice_list(tg_value list, const struct slice *s)
{
    size_t n;
    const tg_value *items = tg_list_items(list, &n);
    tg_value part = tg_list_new(s->count);
    for (size_t i = 0; i < s->count; i++) tg_list_push(&part, tg_ref(items[nth_place(s, i)]));
    return part;
}

static tg_value slice_bytes(tg_value bytes, const struct slice *s)
{
    const char *from = tg_as_text(bytes, NULL);
    tg_value part = tg_bytes_new(NULL, s->count);
    char *to = tg_text_fill(part);
    for (size_t i = 0; i < s->count; i++) to[i] = from[nth_place(s, i)];
    return part;
}

/* A run of characters: no need to know where each of them lies. */
static tg_value slice_run(const char *text, size_t length, const struct slice *s)
{
    size_t from = 0;
    for (int64_t i = 0; i < s->lo; i++) from += chars_bytes(text + from, length - from);
    size_t to = from;
    for (size_t i = 0; i < s->count; i++) to += chars_bytes(text + to, length - to);
    return tg_str_new(text + from, to - from);
}

static int slice_steps(tg_ctx *ctx, const char *text, size_t length, size_t chars, const struct slice *s, tg_value *out)
{
    size_t *starts = malloc((chars + 1) * sizeof *starts), bytes = 0;
    if (!starts) return tg_fail(ctx, "out of memory: cannot slice a str of %zu characters", chars);
    for (size_t i = 0, at = 0; i <= chars; i++) {
        starts[i] = at;
        if (i < chars) at += chars_bytes(text + at, length - at);
    }
    for (size_t i = 0; i < s->count; i++) bytes += starts[nth_place(s, i) + 1] - starts[nth_place(s, i)];
    *out = tg_str_new(NULL, bytes);
    char *to = tg_text_fill(*out);
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = starts[nth_place(s, i)]; k < starts[nth_place(s, i) + 1]; k++) *to++ = text[k];
    free(starts);
    return TG_OK;
}

static int slice_text(tg_ctx *ctx, tg_value v, tg_value lo, tg_value hi, int64_t step, tg_value *out)
{
    size_t length;
    const char *text = tg_as_text(v, &length);
    size_t chars = chars_count(text, length);
    struct slice s = make_slice(chars, lo, hi, step);
    if (step != 1 && s.count > 0) return slice_steps(ctx, text, length, chars, &s, out);
    *out = s.count ? slice_run(text, length, &s) : tg_str_new("", 0);
    return TG_OK;
}

TASK(core_slice)
{
    tg_value lo = count > 1 ? args[1] : tg_nil(), hi = count > 2 ? args[2] : tg_nil();
    int64_t step = count > 3 && tg_kind(args[3]) == TG_INT ? args[3].i : 1;
    enum tg_kind kind = tg_kind(args[0]);
    if (step == 0) return tg_fail(ctx, "the step of a slice cannot be 0");
    for (size_t i = 1; i < count; i++)
        if (task_fn_lacks(args[i])) return tg_fail(ctx, "a bound of a slice must be int, not nil");
    if (kind == TG_STR) return slice_text(ctx, args[0], lo, hi, step, out);
    if (kind != TG_LIST && kind != TG_BYTES) return tg_fail(ctx, "cannot slice %s", tg_kind_of(args[0]));
    size_t n;
    if (kind == TG_LIST) tg_list_items(args[0], &n);
    else tg_as_text(args[0], &n);
    struct slice s = make_slice(n, lo, hi, step);
    *out = kind == TG_LIST ? slice_list(args[0], &s) : slice_bytes(args[0], &s);
    return TG_OK;
}
