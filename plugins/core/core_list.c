/* SPDX-License-Identifier: MIT
 * Lists and records: making them, taking them apart, looking into them. Items are only moved around, so these work
 * on lists with futures in them. */
#include <string.h>

#include "plugins/core/core.h"
#include "plugins/shared/chars.h"

size_t core_list_record_count(tg_value record)
{
    const char *key;
    size_t n = 0, length;
    tg_value item;
    while (tg_record_at(record, n, &key, &length, &item)) n++;
    return n;
}

static size_t list_count(tg_value list)
{
    size_t n;
    tg_list_items(list, &n);
    return n;
}

void core_list_push_all(tg_value *list, tg_value from)
{
    size_t n;
    const tg_value *items = tg_list_items(from, &n);
    for (size_t i = 0; i < n; i++) tg_list_push(list, tg_ref(items[i]));
}

/* ---- index --------------------------------------------------------------------------------------- */

/* Turns an index into one that counts from the start. */
static int index_from_start(tg_ctx *ctx, tg_value box, tg_value index, size_t length, const char *unit, size_t *place)
{
    if (tg_kind(index) != TG_INT)
        return tg_fail(ctx, "the index of a %s must be an int, not %s", tg_kind_of(box), tg_kind_of(index));
    int64_t i = index.i < 0 ? index.i + (int64_t)length : index.i;
    if (i < 0 || (uint64_t)i >= length)
        return tg_fail(ctx, "index %lld is out of range for a %s of %zu %s%s", (long long)index.i, tg_kind_of(box), length,
                       unit, length == 1 ? "" : "s");
    *place = (size_t)i;
    return TG_OK;
}

static int index_list(tg_ctx *ctx, const tg_value *args, tg_value *out)
{
    size_t n, i;
    const tg_value *items = tg_list_items(args[0], &n);
    if (index_from_start(ctx, args[0], args[1], n, "item", &i) != TG_OK) return TG_FAIL;
    *out = tg_ref(items[i]);
    return TG_OK;
}

static int index_str(tg_ctx *ctx, const tg_value *args, tg_value *out)
{
    size_t n, i, at = 0;
    const char *text = tg_as_text(args[0], &n);
    if (index_from_start(ctx, args[0], args[1], chars_count(text, n), "character", &i) != TG_OK) return TG_FAIL;
    while (i-- > 0) at += chars_bytes(text + at, n - at);
    *out = tg_str_new(text + at, chars_bytes(text + at, n - at));
    return TG_OK;
}

static int index_bytes(tg_ctx *ctx, const tg_value *args, tg_value *out)
{
    size_t n, i;
    const char *bytes = tg_as_text(args[0], &n);
    if (index_from_start(ctx, args[0], args[1], n, "byte", &i) != TG_OK) return TG_FAIL;
    *out = tg_int((unsigned char)bytes[i]);
    return TG_OK;
}

static int index_record(tg_ctx *ctx, const tg_value *args, tg_value *out)
{
    if (tg_kind(args[1]) != TG_STR && tg_kind(args[1]) != TG_FILE)
        return tg_fail(ctx, "the key of a record must be a str, not %s", tg_kind_of(args[1]));
    size_t n;
    tg_value item;
    const char *key = tg_as_text(args[1], &n);
    if (!tg_record_get(args[0], key, n, &item)) return core_text_fail_key(ctx, "key", args[0], key, n, core_hint_missing);
    *out = tg_ref(item);
    return TG_OK;
}

TASK(core_list_index)
{
    switch (tg_kind(args[0])) {
    case TG_LIST: return index_list(ctx, args, out);
    case TG_STR: return index_str(ctx, args, out);
    case TG_BYTES: return index_bytes(ctx, args, out);
    case TG_RECORD: return index_record(ctx, args, out);
    default: return tg_fail(ctx, "cannot index %s", tg_kind_of(args[0]));
    }
}

TASK(core_list_unpack)
{
    size_t n;
    if (tg_kind(args[0]) != TG_LIST) return tg_fail(ctx, "cannot unpack %s", tg_kind_of(args[0]));
    const tg_value *items = tg_list_items(args[0], &n);
    int64_t i = args[1].i, wanted = args[2].i;
    if (wanted < 0 || n != (uint64_t)wanted)
        return tg_fail(ctx, "expected %lld value%s to unpack, found %zu", (long long)wanted, wanted == 1 ? "" : "s", n);
    if (i < 0 || (uint64_t)i >= n) return tg_fail(ctx, "there is no value %lld among %zu to unpack", (long long)i, n);
    *out = tg_ref(items[i]);
    return TG_OK;
}

TASK(core_list_len)
{
    size_t n;
    const char *text;
    switch (tg_kind(args[0])) {
    case TG_STR: text = tg_as_text(args[0], &n), n = chars_count(text, n); break;
    case TG_BYTES: tg_as_text(args[0], &n); break;
    case TG_LIST: n = list_count(args[0]); break;
    case TG_RECORD: n = core_list_record_count(args[0]); break;
    default: return tg_fail(ctx, "'len' needs a str, bytes, list or record, not %s", tg_kind_of(args[0]));
    }
    *out = tg_int((int64_t)n);
    return TG_OK;
}

/* ---- making -------------------------------------------------------------------------------------- */

TASK(core_list)
{
    *out = tg_list_new(count);
    for (size_t i = 0; i < count; i++) tg_list_push(out, tg_ref(args[i]));
    return TG_OK;
}

TASK(core_list_record)
{
    size_t n;
    const tg_value *names = tg_list_items(args[0], &n);
    if (n != count - 1) return tg_fail(ctx, "a record of %zu names needs as many values, not %zu", n, count - 1);
    *out = tg_record_new(n);
    for (size_t i = 0; i < n; i++) {
        size_t length;
        const char *name = tg_as_text(names[i], &length);
        tg_record_set(out, name, length, tg_ref(args[i + 1]));
    }
    return TG_OK;
}

/* Numbers from a up to b in steps; 0 if there are none. */
static uint64_t range_count(int64_t a, int64_t b, int64_t step)
{
    if (step > 0 ? a >= b : a <= b) return 0;
    uint64_t distance = step > 0 ? (uint64_t)b - (uint64_t)a : (uint64_t)a - (uint64_t)b;
    uint64_t size = step > 0 ? (uint64_t)step : -(uint64_t)step;
    return (distance - 1) / size + 1;
}

TASK(core_list_range)
{
    for (size_t i = 1; i < count; i++)
        if (task_fn_lacks(args[i])) return tg_fail(ctx, "a bound of a range must be int, not nil");
    bool has_end = count > 1 && tg_kind(args[1]) == TG_INT;
    int64_t a = has_end ? args[0].i : 0, b = has_end ? args[1].i : args[0].i;
    int64_t step = count > 2 && tg_kind(args[2]) == TG_INT ? args[2].i : 1;
    if (step == 0) return tg_fail(ctx, "the step of a range cannot be 0");
    uint64_t n = range_count(a, b, step);
    if (n > CORE_MAX_RANGE)
        return tg_fail(ctx, "a range of %llu items is too long, a list has at most %d", (unsigned long long)n, CORE_MAX_RANGE);
    *out = tg_list_new(n);
    for (uint64_t i = 0; i < n; i++) tg_list_push(out, tg_int((int64_t)((uint64_t)a + i * (uint64_t)step)));
    return TG_OK;
}

/* `a..b`: of what is known nobody has looked at the types. */
TASK(core_list_between)
{
    for (size_t i = 0; i < 2; i++)
        if (tg_kind(args[i]) != TG_INT) return tg_fail(ctx, "a bound of a range must be int, not %s", tg_kind_of(args[i]));
    return core_list_range(ctx, args, count, out);
}

TASK(core_list_zip)
{
    size_t shortest = count ? SIZE_MAX : 0, n;
    for (size_t k = 0; k < count; k++)
        if ((n = list_count(args[k])) < shortest) shortest = n;
    *out = tg_list_new(shortest);
    for (size_t i = 0; i < shortest; i++) {
        tg_value row = tg_list_new(count);
        for (size_t k = 0; k < count; k++) tg_list_push(&row, tg_ref(tg_list_items(args[k], &n)[i]));
        tg_list_push(out, row);
    }
    return TG_OK;
}

TASK(core_list_enumerate)
{
    size_t n;
    const tg_value *items = tg_list_items(args[0], &n);
    int64_t start = count > 1 ? args[1].i : 0, last;
    if (n && __builtin_add_overflow(start, (int64_t)n - 1, &last))
        return tg_fail(ctx, "integer overflow in %lld + %zu", (long long)start, n - 1);
    *out = tg_list_new(n);
    for (size_t i = 0; i < n; i++) {
        tg_value pair = tg_list_new(2);
        tg_list_push(&pair, tg_int(start + (int64_t)i));
        tg_list_push(&pair, tg_ref(items[i]));
        tg_list_push(out, pair);
    }
    return TG_OK;
}

TASK(core_list_reversed)
{
    size_t n;
    const tg_value *items = tg_list_items(args[0], &n);
    *out = tg_list_new(n);
    while (n-- > 0) tg_list_push(out, tg_ref(items[n]));
    return TG_OK;
}

TASK(core_list_flatten)
{
    size_t n, total = 0;
    const tg_value *items = tg_list_items(args[0], &n);
    for (size_t i = 0; i < n; i++) total += tg_kind(items[i]) == TG_LIST ? list_count(items[i]) : 1;
    *out = tg_list_new(total);
    for (size_t i = 0; i < n; i++)
        if (tg_kind(items[i]) == TG_LIST) core_list_push_all(out, items[i]);
        else tg_list_push(out, tg_ref(items[i]));
    return TG_OK;
}

TASK(core_list_concat)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) total += list_count(args[i]);
    *out = tg_list_new(total);
    for (size_t i = 0; i < count; i++) core_list_push_all(out, args[i]);
    return TG_OK;
}

/* ---- records ------------------------------------------------------------------------------------- */

TASK(core_list_keys)
{
    const char *key;
    size_t length;
    tg_value item;
    *out = tg_list_new(core_list_record_count(args[0]));
    for (size_t i = 0; tg_record_at(args[0], i, &key, &length, &item); i++) tg_list_push(out, tg_str_new(key, length));
    return TG_OK;
}

TASK(core_list_values)
{
    const char *key;
    size_t length;
    tg_value item;
    *out = tg_list_new(core_list_record_count(args[0]));
    for (size_t i = 0; tg_record_at(args[0], i, &key, &length, &item); i++) tg_list_push(out, tg_ref(item));
    return TG_OK;
}
