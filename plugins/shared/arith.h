/* SPDX-License-Identifier: MIT
 * Arithmetic and order, for the operators of the language and for the tasks of plugin math: one meaning, one set of
 * messages. As in Python but for one thing: an int has 64 bits, and what does not fit is an error. Two numbers of which
 * one is a float are computed as floats.
 *
 * All of it is inline: a plugin that is loaded can call nothing of one that is linked in. Operands a and b are ints or
 * floats, which the caller has made sure of. Thread class: immutable. */
#ifndef ARITH_H
#define ARITH_H

#include <tgrun.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline bool arith_is_num(tg_value v)
{
    return tg_kind(v) == TG_INT || tg_kind(v) == TG_FLOAT;
}

static inline bool arith_both_int(tg_value a, tg_value b)
{
    return tg_kind(a) == TG_INT && tg_kind(b) == TG_INT;
}

static inline int arith_give_int(tg_value *out, int64_t i)
{
    *out = tg_int(i);
    return TG_OK;
}

static inline int arith_give_float(tg_value *out, double f)
{
    *out = tg_float(f);
    return TG_OK;
}

/* ---- messages ------------------------------------------------------------------------------------ */

/* A number as an output prints it, a long one with an exponent: fits any. */
struct arith_shown {
    char text[40];
};

static inline struct arith_shown arith_show(tg_value number)
{
    struct arith_shown shown;
    if (tg_kind(number) != TG_FLOAT) {
        snprintf(shown.text, sizeof shown.text, "%lld", (long long)tg_as_int(number));
        return shown;
    }
    int digits = fabs(number.f) < DBL_MIN ? 1 : 15;
    do snprintf(shown.text, sizeof shown.text, "%.*g", digits, number.f);
    while (digits++ < 17 && strtod(shown.text, NULL) != number.f && !isnan(number.f));
    size_t length = strlen(shown.text);
    if (!strpbrk(shown.text, ".en")) snprintf(shown.text + length, sizeof shown.text - length, ".0");
    return shown;
}

__attribute__((cold)) static inline int arith_fail_overflow(tg_ctx *ctx, int64_t a, const char *op, int64_t b)
{
    return tg_fail(ctx, "integer overflow in %lld %s %lld", (long long)a, op, (long long)b);
}

__attribute__((cold)) static inline int arith_fail_zero(tg_ctx *ctx, tg_value a, const char *op, tg_value b)
{
    return tg_fail(ctx, "division by zero in %s %s %s", arith_show(a).text, op, arith_show(b).text);
}

/* ---- two numbers --------------------------------------------------------------------------------- */

#define ARITH_CHECKED(name, op, overflows)                                                                              \
    static inline int name(tg_ctx *ctx, tg_value a, tg_value b, tg_value *out)                                          \
    {                                                                                                                   \
        int64_t i;                                                                                                      \
        if (!__builtin_expect(arith_both_int(a, b), 1)) return arith_give_float(out, tg_as_float(a) op tg_as_float(b)); \
        if (overflows(a.i, b.i, &i)) return arith_fail_overflow(ctx, a.i, #op, b.i);                                    \
        return arith_give_int(out, i);                                                                                  \
    }
ARITH_CHECKED(arith_add, +, __builtin_add_overflow)
ARITH_CHECKED(arith_sub, -, __builtin_sub_overflow)
ARITH_CHECKED(arith_mul, *, __builtin_mul_overflow)

/* The quotient, a float. Ints that no double holds exactly are divided in the wider type, so that only the quotient is
 * rounded. */
static inline int arith_div(tg_ctx *ctx, tg_value a, tg_value b, tg_value *out)
{
    const int64_t exact = (int64_t)1 << 53;
    if (tg_as_float(b) == 0) return arith_fail_zero(ctx, a, "/", b);
    if (arith_both_int(a, b) && (a.i > exact || a.i < -exact || b.i > exact || b.i < -exact))
        return arith_give_float(out, (double)((long double)a.i / (long double)b.i));
    return arith_give_float(out, tg_as_float(a) / tg_as_float(b));
}

/* The remainder, with the sign of b. */
static inline int arith_mod(tg_ctx *ctx, tg_value a, tg_value b, tg_value *out)
{
    if (tg_as_float(b) == 0) return arith_fail_zero(ctx, a, "%", b);
    if (arith_both_int(a, b)) {
        int64_t m = b.i == -1 ? 0 : a.i % b.i; /* the least int % -1 traps */
        return arith_give_int(out, m != 0 && (m < 0) != (b.i < 0) ? m + b.i : m);
    }
    double y = tg_as_float(b), m = fmod(tg_as_float(a), y);
    if (m == 0) return arith_give_float(out, copysign(0, y));
    return arith_give_float(out, (m < 0) != (y < 0) ? m + y : m);
}

/* a ** b of ints; b is not negative. */
static inline int arith_int_pow(tg_ctx *ctx, int64_t a, int64_t b, tg_value *out)
{
    int64_t result = 1, square = a;
    for (int64_t rest = b;;) {
        if ((rest & 1) && __builtin_mul_overflow(result, square, &result)) break;
        rest >>= 1;
        if (rest == 0) return arith_give_int(out, result);
        if (__builtin_mul_overflow(square, square, &square)) break;
    }
    return arith_fail_overflow(ctx, a, "**", b);
}

/* ---- one number ---------------------------------------------------------------------------------- */

static inline int arith_neg(tg_ctx *ctx, tg_value a, tg_value *out)
{
    if (tg_kind(a) == TG_FLOAT) return arith_give_float(out, -a.f);
    if (a.i == INT64_MIN) return tg_fail(ctx, "integer overflow in -(%lld)", (long long)a.i);
    return arith_give_int(out, -a.i);
}

static inline int arith_abs(tg_ctx *ctx, tg_value a, tg_value *out)
{
    if (tg_kind(a) == TG_FLOAT) return arith_give_float(out, fabs(a.f));
    if (a.i == INT64_MIN) return tg_fail(ctx, "integer overflow in abs(%lld)", (long long)a.i);
    return arith_give_int(out, a.i < 0 ? -a.i : a.i);
}

/* ---- many numbers -------------------------------------------------------------------------------- */

/* Adds floats with the lost low digits kept aside (Neumaier 1974). */
struct arith_float_sum {
    double sum, lost;
};

static inline void arith_add_float(struct arith_float_sum *s, double x)
{
    double sum = s->sum + x;
    if (isfinite(sum)) s->lost += fabs(s->sum) >= fabs(x) ? (s->sum - sum) + x : (x - sum) + s->sum;
    s->sum = sum;
}

/* start and n numbers. Ints are added as ints until the first float. */
static inline int arith_sum(tg_ctx *ctx, tg_value start, const tg_value *items, size_t n, tg_value *out)
{
    size_t i = 0;
    for (; i < n && arith_both_int(start, items[i]); i++)
        if (arith_add(ctx, start, items[i], &start) != TG_OK) return TG_FAIL;
    *out = start;
    if (i == n) return TG_OK;
    struct arith_float_sum s = {tg_as_float(start), 0};
    for (; i < n; i++) arith_add_float(&s, tg_as_float(items[i]));
    return arith_give_float(out, s.sum + s.lost);
}

/* ---- order --------------------------------------------------------------------------------------- */

/* What arith_order says of a nan and another number. */
#define ARITH_UNORDERED 2

/* Whether two values, of any kind, come in this order (-1), the other one (1) or neither (0), or ARITH_UNORDERED; false
 * if values of their kinds have no order. */
static inline bool arith_order(tg_value a, tg_value b, int *order)
{
    bool comparable = true;
    if (arith_both_int(a, b)) {
        *order = (a.i > b.i) - (a.i < b.i);
        return true;
    }
    int sign = tg_compare(a, b, &comparable);
    *order = comparable ? (sign > 0) - (sign < 0) : ARITH_UNORDERED;
    return comparable || (arith_is_num(a) && arith_is_num(b));
}

/* The first item that no other comes before (sign -1) or after (1), lent, in *best. Returns the place of an item that
 * has no order beside it, or n, which is at least 1. The items before `from` are only compared with. */
static inline size_t arith_extreme(const tg_value *items, size_t from, size_t n, int sign, tg_value *best)
{
    *best = items[0];
    for (size_t i = from; i < n; i++) {
        int order;
        if (!arith_order(items[i], *best, &order)) return i;
        if (order == sign) *best = items[i];
    }
    return n;
}

#endif
