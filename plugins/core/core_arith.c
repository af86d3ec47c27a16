/* SPDX-License-Identifier: MIT
 * Arithmetic, as in Python but for one thing: an int has 64 bits, and what does not fit is an error. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/core/core.h"

/* Beyond this an int may not be exact as a double. */
#define EXACT ((int64_t)1 << 53)

static bool both_int(const tg_value *args)
{
    return tg_kind(args[0]) == TG_INT && tg_kind(args[1]) == TG_INT;
}

static bool is_num(tg_value v)
{
    return tg_kind(v) == TG_INT || tg_kind(v) == TG_FLOAT;
}

static bool both_num(const tg_value *args)
{
    return is_num(args[0]) && is_num(args[1]);
}

/* What both are, where they are texts or lists that may be joined; TG_NIL if they are not. */
static enum tg_kind joined_kind(tg_value a, tg_value b)
{
    enum tg_kind x = tg_kind(a), y = tg_kind(b);
    if (x == y && (x == TG_STR || x == TG_BYTES || x == TG_LIST)) return x;
    if ((x == TG_FILE && y == TG_STR) || (x == TG_STR && y == TG_FILE)) return TG_STR;
    return TG_NIL;
}

struct core_number core_arith_show(tg_value number)
{
    struct core_number n;
    if (tg_kind(number) == TG_INT) {
        snprintf(n.text, sizeof n.text, "%lld", (long long)tg_as_int(number));
        return n;
    }
    tg_value text = tg_to_text(number);
    snprintf(n.text, sizeof n.text, "%s", tg_as_text(text, NULL));
    tg_unref(text);
    return n;
}

static int fail_overflow(tg_ctx *ctx, const tg_value *args, const char *op)
{
    return tg_fail(ctx, "integer overflow in %lld %s %lld", (long long)tg_as_int(args[0]), op,
                   (long long)tg_as_int(args[1]));
}

static int fail_kinds(tg_ctx *ctx, const tg_value *args, const char *op)
{
    return tg_fail(ctx, "cannot compute %s %s %s", tg_kind_of(args[0]), op, tg_kind_of(args[1]));
}

static int fail_zero(tg_ctx *ctx, const tg_value *args, const char *op)
{
    return tg_fail(ctx, "division by zero in %s %s %s", core_arith_show(args[0]).text, op, core_arith_show(args[1]).text);
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

static void push_all(tg_value *list, tg_value from)
{
    size_t n;
    const tg_value *items = tg_list_items(from, &n);
    for (size_t i = 0; i < n; i++) tg_list_push(list, tg_ref(items[i]));
}

static tg_value join_lists(tg_value a, tg_value b)
{
    size_t n, m;
    tg_list_items(a, &n);
    tg_list_items(b, &m);
    tg_value joined = tg_list_new(n + m);
    push_all(&joined, a);
    push_all(&joined, b);
    return joined;
}

CORE_TASK(core_arith_add)
{
    if (both_int(args)) {
        int64_t sum;
        if (__builtin_add_overflow(args[0].i, args[1].i, &sum)) return fail_overflow(ctx, args, "+");
        *out = tg_int(sum);
        return TG_OK;
    }
    if (both_num(args)) {
        *out = tg_float(tg_as_float(args[0]) + tg_as_float(args[1]));
        return TG_OK;
    }
    enum tg_kind kind = joined_kind(args[0], args[1]);
    if (kind == TG_NIL) return fail_kinds(ctx, args, "+");
    *out = kind == TG_LIST ? join_lists(args[0], args[1]) : join_texts(args[0], args[1], kind);
    return TG_OK;
}

CORE_TASK(core_arith_sub)
{
    if (both_int(args)) {
        int64_t difference;
        if (__builtin_sub_overflow(args[0].i, args[1].i, &difference)) return fail_overflow(ctx, args, "-");
        *out = tg_int(difference);
        return TG_OK;
    }
    if (!both_num(args)) return fail_kinds(ctx, args, "-");
    *out = tg_float(tg_as_float(args[0]) - tg_as_float(args[1]));
    return TG_OK;
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
    for (size_t i = 0; i < times; i++) push_all(&repeated, list);
    return repeated;
}

static int repeat(tg_ctx *ctx, tg_value v, int64_t times, tg_value *out)
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

static bool repeats(tg_value v, tg_value times)
{
    return tg_kind(times) == TG_INT && (tg_kind(v) == TG_STR || tg_kind(v) == TG_BYTES || tg_kind(v) == TG_LIST);
}

CORE_TASK(core_arith_mul)
{
    if (both_int(args)) {
        int64_t product;
        if (__builtin_mul_overflow(args[0].i, args[1].i, &product)) return fail_overflow(ctx, args, "*");
        *out = tg_int(product);
        return TG_OK;
    }
    if (both_num(args)) {
        *out = tg_float(tg_as_float(args[0]) * tg_as_float(args[1]));
        return TG_OK;
    }
    if (repeats(args[0], args[1])) return repeat(ctx, args[0], args[1].i, out);
    if (repeats(args[1], args[0])) return repeat(ctx, args[1], args[0].i, out);
    return fail_kinds(ctx, args, "*");
}

/* ---- / // % -------------------------------------------------------------------------------------- */

static bool is_exact(int64_t i)
{
    return i <= EXACT && i >= -EXACT;
}

/* Large ints are divided in the wider type, so that the quotient is rounded from exact operands. */
static double divide(const tg_value *args)
{
    if (both_int(args) && !(is_exact(args[0].i) && is_exact(args[1].i)))
        return (double)((long double)args[0].i / (long double)args[1].i);
    return tg_as_float(args[0]) / tg_as_float(args[1]);
}

CORE_TASK(core_arith_div)
{
    if (!both_num(args)) return fail_kinds(ctx, args, "/");
    if (tg_as_float(args[1]) == 0) return fail_zero(ctx, args, "/");
    *out = tg_float(divide(args));
    return TG_OK;
}

/* The remainder with b's sign; b is not zero. */
static double float_mod(double a, double b)
{
    double m = fmod(a, b);
    if (m == 0) return copysign(0, b);
    return (m < 0) != (b < 0) ? m + b : m;
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

CORE_TASK(core_arith_floordiv)
{
    if (!both_num(args)) return fail_kinds(ctx, args, "//");
    if (tg_as_float(args[1]) == 0) return fail_zero(ctx, args, "//");
    if (!both_int(args)) {
        *out = tg_float(float_floordiv(tg_as_float(args[0]), tg_as_float(args[1])));
        return TG_OK;
    }
    int64_t a = args[0].i, b = args[1].i;
    if (b == -1 && a == INT64_MIN) return fail_overflow(ctx, args, "//");
    *out = tg_int(a / b - (a % b != 0 && (a < 0) != (b < 0)));
    return TG_OK;
}

CORE_TASK(core_arith_mod)
{
    if (!both_num(args)) return fail_kinds(ctx, args, "%");
    if (tg_as_float(args[1]) == 0) return fail_zero(ctx, args, "%");
    if (!both_int(args)) {
        *out = tg_float(float_mod(tg_as_float(args[0]), tg_as_float(args[1])));
        return TG_OK;
    }
    int64_t a = args[0].i, b = args[1].i;
    int64_t m = b == -1 ? 0 : a % b; /* INT64_MIN % -1 traps */
    *out = tg_int(m != 0 && (m < 0) != (b < 0) ? m + b : m);
    return TG_OK;
}

/* ---- ** and one operand -------------------------------------------------------------------------- */

static bool int_pow(int64_t base, int64_t exponent, int64_t *out)
{
    int64_t result = 1;
    for (;;) {
        if ((exponent & 1) && __builtin_mul_overflow(result, base, &result)) return false;
        exponent >>= 1;
        if (exponent == 0) break;
        if (__builtin_mul_overflow(base, base, &base)) return false;
    }
    *out = result;
    return true;
}

static int float_pow(tg_ctx *ctx, const tg_value *args, tg_value *out)
{
    double a = tg_as_float(args[0]), b = tg_as_float(args[1]);
    if (a == 0 && b < 0) return fail_zero(ctx, args, "**");
    double result = pow(a, b);
    if (isnan(result) && !isnan(a) && !isnan(b))
        return tg_fail(ctx, "%s ** %s is not a real number", core_arith_show(args[0]).text, core_arith_show(args[1]).text);
    if (isinf(result) && !isinf(a) && !isinf(b))
        return tg_fail(ctx, "float overflow in %s ** %s", core_arith_show(args[0]).text, core_arith_show(args[1]).text);
    *out = tg_float(result);
    return TG_OK;
}

CORE_TASK(core_arith_pow)
{
    if (!both_num(args)) return fail_kinds(ctx, args, "**");
    if (!both_int(args) || args[1].i < 0) return float_pow(ctx, args, out);
    int64_t result;
    if (!int_pow(args[0].i, args[1].i, &result)) return fail_overflow(ctx, args, "**");
    *out = tg_int(result);
    return TG_OK;
}

CORE_TASK(core_arith_neg)
{
    if (!is_num(args[0])) return tg_fail(ctx, "cannot compute -%s", tg_kind_of(args[0]));
    if (tg_kind(args[0]) == TG_FLOAT) {
        *out = tg_float(-args[0].f);
        return TG_OK;
    }
    if (args[0].i == INT64_MIN) return tg_fail(ctx, "integer overflow in -(%lld)", (long long)args[0].i);
    *out = tg_int(-args[0].i);
    return TG_OK;
}

CORE_TASK(core_arith_pos)
{
    if (!is_num(args[0])) return tg_fail(ctx, "cannot compute +%s", tg_kind_of(args[0]));
    *out = args[0];
    return TG_OK;
}

CORE_TASK(core_arith_abs)
{
    if (!is_num(args[0])) return tg_fail(ctx, "'abs' needs a number, not %s", tg_kind_of(args[0]));
    if (tg_kind(args[0]) == TG_FLOAT) *out = tg_float(fabs(args[0].f));
    else if (args[0].i == INT64_MIN) return tg_fail(ctx, "integer overflow in abs(%lld)", (long long)args[0].i);
    else *out = tg_int(args[0].i < 0 ? -args[0].i : args[0].i);
    return TG_OK;
}

/* ---- round --------------------------------------------------------------------------------------- */

static int round_to_int(tg_ctx *ctx, double x, tg_value *out)
{
    double rounded = rint(x); /* half to even: the rounding mode is never changed */
    if (isnan(x) || isinf(x)) return tg_fail(ctx, "cannot round %s to an int", core_arith_show(tg_float(x)).text);
    if (rounded >= 0x1p63 || rounded < -0x1p63)
        return tg_fail(ctx, "integer overflow in round(%s)", core_arith_show(tg_float(x)).text);
    *out = tg_int((int64_t)rounded);
    return TG_OK;
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
    *out = tg_int((int64_t)low);
    return TG_OK;
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

CORE_TASK(core_arith_round)
{
    if (!is_num(args[0])) return tg_fail(ctx, "'round' needs a number, not %s", tg_kind_of(args[0]));
    bool has_digits = count > 1 && tg_kind(args[1]) == TG_INT;
    if (tg_kind(args[0]) == TG_FLOAT && !has_digits) return round_to_int(ctx, args[0].f, out);
    if (tg_kind(args[0]) == TG_INT && has_digits && args[1].i < 0) return round_int(ctx, args[0].i, args[1].i, out);
    *out = tg_kind(args[0]) == TG_INT ? args[0] : tg_float(round_float(args[0].f, args[1].i));
    return TG_OK;
}
