/* SPDX-License-Identifier: MIT
 * Plugin math: arithmetic on ints and floats, and the usual functions of libm.
 *
 * Ints stay ints, and one that leaves 64 bits is an error. Tasks with one or two numbers do no more than look at the
 * kinds and compute: they are also what tgrun's own speed is measured with. Arguments of type num are ints or floats. */
#include <math.h>

#include "plugins/shared/arith.h"
#include "plugins/shared/task_fn.h"

/* Numbers between two looks at whether the run is being stopped; a number beyond LONG_ONE takes long by itself. */
#define LOOK_EVERY 1024
#define LONG_ONE 1000000000

/* ---- one or two numbers -------------------------------------------------------------------------- */

static TASK(math_inc)
{
    return arith_add(ctx, args[0], tg_int(1), out);
}
static TASK(math_dec)
{
    return arith_sub(ctx, args[0], tg_int(1), out);
}
static TASK(math_add)
{
    return arith_add(ctx, args[0], args[1], out);
}
static TASK(math_sub)
{
    return arith_sub(ctx, args[0], args[1], out);
}
static TASK(math_mul)
{
    return arith_mul(ctx, args[0], args[1], out);
}
static TASK(math_square)
{
    return arith_mul(ctx, args[0], args[0], out);
}
static TASK(math_double)
{
    return arith_mul(ctx, args[0], tg_int(2), out);
}
static TASK(math_div)
{
    return arith_div(ctx, args[0], args[1], out);
}
static TASK(math_mod)
{
    return arith_mod(ctx, args[0], args[1], out);
}
static TASK(math_neg)
{
    return arith_neg(ctx, args[0], out);
}
static TASK(math_abs)
{
    return arith_abs(ctx, args[0], out);
}

/* ---- powers -------------------------------------------------------------------------------------- */

/* Takes the result of a function of libm: a result that is no number although the argument was one is an error. */
static int give_real(tg_ctx *ctx, const char *name, tg_value x, double result, tg_value *out)
{
    if (isnan(result) && !isnan(tg_as_float(x))) return tg_fail(ctx, "%s(%s) is not a real number", name, arith_show(x).text);
    if (isinf(result) && !isinf(tg_as_float(x))) return tg_fail(ctx, "%s(%s) is not finite", name, arith_show(x).text);
    return arith_give_float(out, result);
}

static TASK(math_pow)
{
    if (arith_both_int(args[0], args[1]) && args[1].i >= 0) return arith_int_pow(ctx, args[0].i, args[1].i, out);
    double a = tg_as_float(args[0]), b = tg_as_float(args[1]), result = pow(a, b);
    bool bad = (isnan(result) && !isnan(a) && !isnan(b)) || (isinf(result) && !isinf(a) && !isinf(b));
    if (bad) return tg_fail(ctx, "%s ** %s is not a finite real number", arith_show(args[0]).text, arith_show(args[1]).text);
    return arith_give_float(out, result);
}

#define REAL(name)                                                              \
    static TASK(math_##name)                                                    \
    {                                                                           \
        return give_real(ctx, #name, args[0], name(tg_as_float(args[0])), out); \
    }

REAL(sqrt)
REAL(exp)
REAL(log)
REAL(log2)
REAL(log10)
REAL(sin)
REAL(cos)
REAL(tan)
TG_WRAP2(atan2, float, float, float)

/* An int from a float that has no digits behind the point. */
static int give_whole(tg_ctx *ctx, const char *name, tg_value x, double whole, tg_value *out)
{
    if (tg_kind(x) == TG_INT) return arith_give_int(out, x.i);
    if (!(whole < 0x1p63 && whole >= -0x1p63)) return tg_fail(ctx, "%s(%s) does not fit into an int", name, arith_show(x).text);
    return arith_give_int(out, (int64_t)whole);
}

static TASK(math_floor)
{
    return give_whole(ctx, "floor", args[0], floor(tg_as_float(args[0])), out);
}
static TASK(math_ceil)
{
    return give_whole(ctx, "ceil", args[0], ceil(tg_as_float(args[0])), out);
}

/* ---- many numbers -------------------------------------------------------------------------------- */

static TASK(math_sum)
{
    size_t n;
    const tg_value *items = tg_list_items(args[0], &n);
    return arith_sum(ctx, tg_int(0), items, n, out);
}

static TASK(math_product)
{
    size_t n;
    const tg_value *items = tg_list_items(args[0], &n);
    *out = tg_int(1);
    for (size_t i = 0; i < n; i++) {
        tg_value so_far = *out;
        if (arith_mul(ctx, so_far, items[i], out) != TG_OK) return TG_FAIL;
    }
    return TG_OK;
}

static TASK(math_mean)
{
    size_t n;
    const tg_value *items = tg_list_items(args[0], &n);
    if (n == 0) return tg_fail(ctx, "mean of an empty list");
    struct arith_float_sum s = {0, 0};
    for (size_t i = 0; i < n; i++) arith_add_float(&s, tg_as_float(items[i]));
    return arith_give_float(out, (s.sum + s.lost) / (double)n);
}

/* The least (sign -1) or greatest (1) of the arguments, or of the one list that they are. */
static int extreme_of(tg_ctx *ctx, const char *name, const tg_value *args, size_t count, int sign, tg_value *out)
{
    size_t n = count;
    const tg_value *items = count == 1 && tg_kind(args[0]) == TG_LIST ? tg_list_items(args[0], &n) : args;
    if (n == 0) return tg_fail(ctx, "%s of an empty list", name);
    size_t bad = arith_extreme(items, 0, n, sign, out);
    if (bad < n) return tg_fail(ctx, "%s needs numbers, not %s", name, tg_kind_of(arith_is_num(*out) ? items[bad] : *out));
    tg_ref(*out);
    return TG_OK;
}

static TASK(math_min)
{
    return extreme_of(ctx, "min", args, count, -1, out);
}
static TASK(math_max)
{
    return extreme_of(ctx, "max", args, count, 1, out);
}

/* ---- whole numbers ------------------------------------------------------------------------------- */

static TASK(math_gcd)
{
    uint64_t a = args[0].i < 0 ? -(uint64_t)args[0].i : (uint64_t)args[0].i;
    uint64_t b = args[1].i < 0 ? -(uint64_t)args[1].i : (uint64_t)args[1].i;
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    if (a > INT64_MAX) return tg_fail(ctx, "integer overflow in gcd(%lld, %lld)", (long long)args[0].i, (long long)args[1].i);
    return arith_give_int(out, (int64_t)a);
}

static TASK(math_fib)
{
    int64_t a = 0, b = 1;
    if (args[0].i < 0) return tg_fail(ctx, "fib(%lld): there are no Fibonacci numbers before 0", (long long)args[0].i);
    for (int64_t i = 0; i < args[0].i; i++) {
        int64_t next = b;
        if (i + 1 < args[0].i && __builtin_add_overflow(a, b, &next))
            return tg_fail(ctx, "integer overflow in fib(%lld)", (long long)args[0].i);
        a = b;
        b = next;
    }
    return arith_give_int(out, a);
}

static uint64_t mul_mod(uint64_t a, uint64_t b, uint64_t n)
{
    return (uint64_t)((unsigned __int128)a * b % n);
}

static uint64_t pow_mod(uint64_t base, uint64_t exponent, uint64_t n)
{
    uint64_t result = 1;
    for (base %= n; exponent; exponent >>= 1) {
        if (exponent & 1) result = mul_mod(result, base, n);
        base = mul_mod(base, base, n);
    }
    return result;
}

/* True if the odd n, n - 1 = odd * 2 ** twos, shows itself as composite to the base (Miller 1976, Rabin 1980). */
static bool is_witness(uint64_t base, uint64_t n, uint64_t odd, int twos)
{
    uint64_t x = pow_mod(base, odd, n);
    if (x == 1 || x == n - 1 || x == 0) return false;
    for (int i = 1; i < twos; i++) {
        x = mul_mod(x, x, n);
        if (x == n - 1) return false;
    }
    return true;
}

/* The first twelve primes as bases leave no doubt below 2 ** 64 (Sorenson and Webster 2015). */
static TASK(math_is_prime)
{
    static const uint64_t bases[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
    *out = tg_bool(false);
    if (args[0].i < 2) return TG_OK;
    uint64_t n = (uint64_t)args[0].i;
    for (size_t i = 0; i < TG_COUNT(bases); i++)
        if (n % bases[i] == 0) {
            *out = tg_bool(n == bases[i]);
            return TG_OK;
        }
    int twos = __builtin_ctzll(n - 1);
    for (size_t i = 0; i < TG_COUNT(bases); i++)
        if (is_witness(bases[i], n, (n - 1) >> twos, twos)) return TG_OK;
    *out = tg_bool(true);
    return TG_OK;
}

/* By division: the slow way, on purpose. */
static bool divides_nowhere(int64_t n)
{
    if (n < 4) return n >= 2;
    if (n % 2 == 0 || n % 3 == 0) return false;
    for (int64_t d = 5; d <= n / d; d += 6)
        if (n % d == 0 || n % (d + 2) == 0) return false;
    return true;
}

/* A task that keeps a CPU busy for as long as wanted, for examples and measurements. */
static TASK(math_count_primes)
{
    int64_t found = 0;
    for (int64_t n = args[0].i < 2 ? 2 : args[0].i; n < args[1].i; n++) {
        found += divides_nowhere(n);
        if ((n % LOOK_EVERY == 0 || n > LONG_ONE) && tg_cancelled(ctx)) return tg_fail(ctx, "interrupted");
    }
    return arith_give_int(out, found);
}

/* The seed'th number of a fixed sequence in [0, 1): splitmix64 (Steele, Lea and Flood 2014) of a counter. */
static double random_at(int64_t seed)
{
    uint64_t z = ((uint64_t)seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return (double)(z >> 11) * 0x1p-53;
}
TG_WRAP1(random_at, float, int)

/* ---- the table ----------------------------------------------------------------------------------- */

static const struct tg_task tasks[] = {
    {"inc(x: num) -> num", math_inc, "x + 1."},
    {"dec(x: num) -> num", math_dec, "x - 1."},
    {"add(x: num, y: num) -> num", math_add, "x + y."},
    {"sub(x: num, y: num) -> num", math_sub, "x - y."},
    {"mul(x: num, y: num) -> num", math_mul, "x * y."},
    {"div(x: num, y: num) -> float", math_div, "x / y."},
    {"mod(x: num, y: num) -> num", math_mod, "The remainder of x / y, with the sign of y."},
    {"neg(x: num) -> num", math_neg, "-x."},
    {"square(x: num) -> num", math_square, "x * x."},
    {"double(x: num) -> num", math_double, "2 * x."},
    {"abs(x: num) -> num", math_abs, "x without its sign."},
    {"sum(xs: list[num]) -> num", math_sum, "The sum; 0 of an empty list."},
    {"product(xs: list[num]) -> num", math_product, "The product; 1 of an empty list."},
    {"mean(xs: list[num]) -> float", math_mean, "The arithmetic mean."},
    {"min(items: any...) -> any", math_min, "The least number of one list, or of several arguments."},
    {"max(items: any...) -> any", math_max, "The greatest number of one list, or of several arguments."},
    {"pow(x: num, y: num) -> num", math_pow, "x to the power of y; an int where both are and y is not negative."},
    {"sqrt(x: float) -> float", math_sqrt, "The square root."},
    {"exp(x: float) -> float", math_exp, "e to the power of x."},
    {"log(x: float) -> float", math_log, "The natural logarithm."},
    {"log2(x: float) -> float", math_log2, "The logarithm to the base 2."},
    {"log10(x: float) -> float", math_log10, "The logarithm to the base 10."},
    {"sin(x: float) -> float", math_sin, "The sine of x radians."},
    {"cos(x: float) -> float", math_cos, "The cosine of x radians."},
    {"tan(x: float) -> float", math_tan, "The tangent of x radians."},
    {"atan2(y: float, x: float) -> float", atan2_task, "The angle of the point (x, y), in radians."},
    {"floor(x: num) -> int", math_floor, "The next int down."},
    {"ceil(x: num) -> int", math_ceil, "The next int up."},
    {"gcd(x: int, y: int) -> int", math_gcd, "The greatest common divisor."},
    {"fib(n: int) -> int", math_fib, "The n-th Fibonacci number; the 0th is 0."},
    {"is_prime(n: int) -> bool", math_is_prime, "True if n is a prime number."},
    {"count_primes(lo: int, hi: int) -> int", math_count_primes,
     "How many primes there are from lo up to, not with, hi; slow."},
    {"random(seed: int) -> float", random_at_task, "A number from 0 up to, not with, 1: always the same for a seed."},
};

TG_PLUGIN(.name = "math", .version = TG_VERSION, .doc = "Arithmetic and mathematical functions.", .tasks = tasks,
          .task_count = TG_COUNT(tasks));
