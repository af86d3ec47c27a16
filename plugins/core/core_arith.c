/* SPDX-License-Identifier: MIT
 * The operators of arithmetic, and what they do with texts, lists and records; numbers are plugins/shared/arith.h's. */
#include <stdlib.h>
#include <string.h>

#include "plugins/core/core.h"
#include "plugins/shared/arith.h"

/* Two ints first: the usual case, and what arith.h asks for too, so that the compiler asks once. */
static bool both_num(const tg_value *args)
{
    return arith_both_int(args[0], args[1]) || (arith_is_num(args[0]) && arith_is_num(args[1]));
}

/* What both are, where they are texts, lists or records that may be joined; TG_NIL if they are not. */
static enum tg_kind joined_kind(tg_value a, tg_value b)
{
    enum tg_kind x = tg_kind(a), y = tg_kind(b);
    if (x == y && (x == TG_STR || x == TG_BYTES || x == TG_LIST || x == TG_RECORD)) return x;
    if ((x == TG_FILE && y == TG_STR) || (x == TG_STR && y == TG_FILE)) return TG_STR;
    return TG_NIL;
}

static int fail_kinds(tg_ctx *ctx, const tg_value *args, const char *op)
{
    return tg_fail(ctx, "cannot compute %s %s %s\nhint: %s", tg_kind_of(args[0]), op, tg_kind_of(args[1]),
                   core_hint_operator(op, args[0], args[1]));
}

/* ---- + - * --------------------------------------------------------------------------------------- */

static tg_value join_texts(tg_value a, tg_value b, enum tg_kind kind)
{
    size_t n, m;
    const char *x = tg_as_text(a, &n), *y = tg_as_text(b, &m);
    tg_value joined = tg_host->text_new(kind, NULL, n + m);
    char *to = tg_text_fill(joined);
    memcpy(to, x, n);
    memcpy(to + n, y, m);
    return joined;
}

/* Where both have a field, b's value counts. */
static tg_value join_records(tg_value a, tg_value b)
{
    const char *key;
    size_t length;
    tg_value joined = tg_ref(a), item; /* which the first field copies, as somebody else has it, too */
    for (size_t i = 0; tg_record_at(b, i, &key, &length, &item); i++) tg_record_set(&joined, key, length, tg_ref(item));
    return joined;
}

/* Apart, so that the sum of numbers saves no registers for it. */
__attribute__((noinline)) static int join_values(tg_ctx *ctx, const tg_value *args, tg_value *out)
{
    enum tg_kind kind = joined_kind(args[0], args[1]);
    if (kind == TG_NIL) return fail_kinds(ctx, args, "+");
    if (kind == TG_LIST) return core_list_concat(ctx, args, 2, out);
    if (kind == TG_RECORD) return *out = join_records(args[0], args[1]), TG_OK;
    *out = join_texts(args[0], args[1], kind);
    return TG_OK;
}

TASK(core_arith_add)
{
    return both_num(args) ? arith_add(ctx, args[0], args[1], out) : join_values(ctx, args, out);
}

TASK(core_arith_sub)
{
    return both_num(args) ? arith_sub(ctx, args[0], args[1], out) : fail_kinds(ctx, args, "-");
}

static tg_value repeat_text(tg_value v, size_t times)
{
    size_t length;
    const char *text = tg_as_text(v, &length);
    tg_value repeated = tg_host->text_new(tg_kind(v), NULL, length * times);
    char *to = tg_text_fill(repeated);
    if (length == 1) memset(to, text[0], times);
    else
        for (size_t i = 0; i < times; i++) memcpy(to + i * length, text, length);
    return repeated;
}

static tg_value repeat_list(tg_value list, size_t times)
{
    size_t n;
    tg_list_items(list, &n);
    tg_value repeated = tg_list_new(n * times);
    for (size_t i = 0; i < times; i++) core_list_push_all(&repeated, list);
    return repeated;
}

static int repeat_value(tg_ctx *ctx, tg_value v, int64_t times, tg_value *out)
{
    size_t length, unit = 1;
    if (tg_kind(v) == TG_LIST) {
        tg_list_items(v, &length);
        unit = sizeof(tg_value);
    } else {
        tg_as_text(v, &length);
    }
    if (times < 0 || length == 0) times = 0;
    size_t bytes;
    if (__builtin_mul_overflow(length * unit, (uint64_t)times, &bytes) || bytes > CORE_MAX_BYTES)
        return tg_fail(ctx, "a %s of %zu %s, repeated %lld times, would take more than 1 GB", tg_kind_of(v), length,
                       unit == 1 ? "bytes" : "items", (long long)times);
    *out = tg_kind(v) == TG_LIST ? repeat_list(v, (size_t)times) : repeat_text(v, (size_t)times);
    return TG_OK;
}

static bool can_repeat(tg_value v, tg_value times)
{
    return tg_kind(times) == TG_INT && (tg_kind(v) == TG_STR || tg_kind(v) == TG_BYTES || tg_kind(v) == TG_LIST);
}

TASK(core_arith_mul)
{
    if (both_num(args)) return arith_mul(ctx, args[0], args[1], out);
    if (can_repeat(args[0], args[1])) return repeat_value(ctx, args[0], args[1].i, out);
    if (can_repeat(args[1], args[0])) return repeat_value(ctx, args[1], args[0].i, out);
    return fail_kinds(ctx, args, "*");
}

/* ---- / // % -------------------------------------------------------------------------------------- */

TASK(core_arith_div)
{
    return both_num(args) ? arith_div(ctx, args[0], args[1], out) : fail_kinds(ctx, args, "/");
}

/* Floor of the quotient, computed from the remainder so that a == b * quotient + remainder holds. */
static double float_floordiv(double a, double b)
{
    double m = fmod(a, b), quotient = (a - m) / b;
    if (m != 0 && (m < 0) != (b < 0)) quotient -= 1;
    if (quotient == 0) return copysign(0, a / b);
    double down = floor(quotient);
    return quotient - down > 0.5 ? down + 1 : down;
}

TASK(core_arith_floordiv)
{
    if (!both_num(args)) return fail_kinds(ctx, args, "//");
    if (tg_as_float(args[1]) == 0) return arith_fail_zero(ctx, args[0], "//", args[1]);
    if (!arith_both_int(args[0], args[1]))
        return arith_give_float(out, float_floordiv(tg_as_float(args[0]), tg_as_float(args[1])));
    int64_t a = args[0].i, b = args[1].i;
    if (b == -1 && a == INT64_MIN) return arith_fail_overflow(ctx, a, "//", b);
    return arith_give_int(out, a / b - (a % b != 0 && (a < 0) != (b < 0)));
}

TASK(core_arith_mod)
{
    return both_num(args) ? arith_mod(ctx, args[0], args[1], out) : fail_kinds(ctx, args, "%");
}

/* ---- ** and one operand -------------------------------------------------------------------------- */

static int float_pow(tg_ctx *ctx, const tg_value *args, tg_value *out)
{
    double a = tg_as_float(args[0]), b = tg_as_float(args[1]);
    if (a == 0 && b < 0) return arith_fail_zero(ctx, args[0], "**", args[1]);
    double result = pow(a, b);
    if (isnan(result) && !isnan(a) && !isnan(b))
        return tg_fail(ctx, "%s ** %s is not a real number", arith_show(args[0]).text, arith_show(args[1]).text);
    if (isinf(result) && !isinf(a) && !isinf(b))
        return tg_fail(ctx, "float overflow in %s ** %s", arith_show(args[0]).text, arith_show(args[1]).text);
    return arith_give_float(out, result);
}

TASK(core_arith_pow)
{
    if (!both_num(args)) return fail_kinds(ctx, args, "**");
    if (!arith_both_int(args[0], args[1]) || args[1].i < 0) return float_pow(ctx, args, out);
    return arith_int_pow(ctx, args[0].i, args[1].i, out);
}

TASK(core_arith_neg)
{
    if (!arith_is_num(args[0])) return tg_fail(ctx, "cannot compute -%s", tg_kind_of(args[0]));
    return arith_neg(ctx, args[0], out);
}

TASK(core_arith_pos)
{
    if (!arith_is_num(args[0])) return tg_fail(ctx, "cannot compute +%s", tg_kind_of(args[0]));
    *out = args[0];
    return TG_OK;
}

TASK(core_arith_abs)
{
    if (!arith_is_num(args[0])) return tg_fail(ctx, "'abs' needs a number, not %s", tg_kind_of(args[0]));
    return arith_abs(ctx, args[0], out);
}

/* ---- round --------------------------------------------------------------------------------------- */

static int round_to_int(tg_ctx *ctx, double x, tg_value *out)
{
    double rounded = rint(x); /* half to even: the rounding mode is never changed */
    if (isnan(x) || isinf(x)) return tg_fail(ctx, "cannot round %s to an int", arith_show(tg_float(x)).text);
    if (rounded >= 0x1p63 || rounded < -0x1p63)
        return tg_fail(ctx, "integer overflow in round(%s)", arith_show(tg_float(x)).text);
    return arith_give_int(out, (int64_t)rounded);
}

/* An int to tens, hundreds and so on, half to even; digits is negative. In 128 bits, where 10 ** 19 fits. */
static int round_int(tg_ctx *ctx, int64_t x, int64_t digits, tg_value *out)
{
    __int128 unit = 1;
    for (int64_t i = digits < -20 ? -20 : digits; i < 0; i++) unit *= 10;
    __int128 rest = x % unit, low = x - rest; /* towards zero */
    __int128 twice = 2 * (rest < 0 ? -rest : rest);
    if (twice > unit || (twice == unit && low / unit % 2 != 0)) low += rest < 0 ? -unit : unit;
    if (low > INT64_MAX || low < INT64_MIN)
        return tg_fail(ctx, "integer overflow in round(%lld, %lld)", (long long)x, (long long)digits);
    return arith_give_int(out, (int64_t)low);
}

/* printf rounds the exact binary value, half to even, which multiplying by a power of ten would not. */
static double round_float(double x, int64_t digits)
{
    char text[512 + 350];
    if (digits > 330 || isnan(x) || isinf(x)) return x;
    if (digits < -308) return copysign(0, x);
    if (digits < 0) {
        double unit = pow(10, (double)-digits);
        return rint(x / unit) * unit;
    }
    snprintf(text, sizeof text, "%.*f", (int)digits, x);
    return strtod(text, NULL);
}

TASK(core_arith_round)
{
    if (!arith_is_num(args[0])) return tg_fail(ctx, "'round' needs a number, not %s", tg_kind_of(args[0]));
    if (count > 1 && task_fn_lacks(args[1])) return tg_fail(ctx, "the digits of 'round' must be int, not nil");
    bool has_digits = count > 1 && tg_kind(args[1]) == TG_INT;
    if (tg_kind(args[0]) == TG_FLOAT && !has_digits) return round_to_int(ctx, args[0].f, out);
    if (tg_kind(args[0]) == TG_INT && has_digits && args[1].i < 0) return round_int(ctx, args[0].i, args[1].i, out);
    *out = tg_kind(args[0]) == TG_INT ? args[0] : tg_float(round_float(args[0].f, args[1].i));
    return TG_OK;
}

TASK(core_arith_sum)
{
    size_t n;
    const tg_value *items = tg_list_items(args[0], &n);
    for (size_t i = 0; i < n; i++)
        if (!arith_is_num(items[i]))
            return tg_fail(ctx, "'sum' adds numbers, but item %zu of the list is %s", i, tg_kind_of(items[i]));
    return arith_sum(ctx, args[1], items, n, out);
}
