/* SPDX-License-Identifier: MIT
 * Plugin bench: tasks to measure tgrun with. The result of most is 1 plus their inputs, modulo 2 ** 64; how long they
 * take is set from outside (bench/work.h). */
#include <string.h>
#include <tgrun.h>

#include "bench/work.h"

#define PAGE_BYTES 4096

#define TASK(name)                                                                                     \
    static int name(__attribute__((unused)) tg_ctx *ctx, __attribute__((unused)) const tg_value *args, \
                    __attribute__((unused)) size_t count, tg_value *out)

static int give(tg_value *out, uint64_t sum)
{
    work();
    *out = tg_int((int64_t)(sum + 1));
    return TG_OK;
}

TASK(leaf)
{
    return give(out, 0);
}

TASK(one)
{
    return give(out, args[0].bits);
}

TASK(two)
{
    return give(out, args[0].bits + args[1].bits);
}

TASK(three)
{
    return give(out, args[0].bits + args[1].bits + args[2].bits);
}

TASK(all)
{
    size_t n;
    uint64_t sum = 0;
    const tg_value *items = tg_list_items(args[0], &n);
    for (size_t i = 0; i < n; i++) sum += items[i].bits;
    return give(out, sum);
}

TASK(bytes)
{
    if (args[0].i < 0) return tg_fail(ctx, "there are no %lld bytes", (long long)args[0].i);
    *out = tg_bytes_new(NULL, (size_t)args[0].i);
    memset(tg_text_fill(*out), 7, (size_t)args[0].i);
    return TG_OK;
}

/* Touches what it reads, a page by a byte of it. */
TASK(pages)
{
    size_t length;
    const char *bytes = tg_as_text(args[0], &length);
    uint64_t sum = 0;
    for (size_t i = 0; i < length; i += PAGE_BYTES) sum += (unsigned char)bytes[i];
    return give(out, sum);
}

/* Becomes two(fib(n - 1), fib(n - 2)). */
TASK(fib)
{
    if (args[0].i < 2) return give(out, 0);
    work();
    tg_value one_less = tg_int(args[0].i - 1), two_less = tg_int(args[0].i - 2), parts[2];
    const tg_callable *self = tg_find(ctx, "fib"), *both = tg_find(ctx, "two");
    if (tg_call(ctx, self, &one_less, 1, &parts[0]) != TG_OK) return TG_FAIL;
    if (tg_call(ctx, self, &two_less, 1, &parts[1]) != TG_OK) return TG_FAIL;
    return tg_call(ctx, both, parts, 2, out);
}

static const char *init(void)
{
    work_init();
    return NULL;
}

static const struct tg_task tasks[] = {
    {"leaf() -> int", leaf, "1."},
    {"one(x: int) -> int", one, "1 + x."},
    {"two(x: int, y: int) -> int", two, "1 + x + y."},
    {"three(x: int, y: int, z: int) -> int", three, "1 + x + y + z."},
    {"all(xs: list[int]) -> int", all, "1 plus the sum."},
    {"mark(x: int) -> int effect", one, "1 + x, and says of itself that it has an effect."},
    {"bytes(n: int) -> bytes", bytes, "n bytes, all written."},
    {"pages(bytes: bytes) -> int", pages, "1 plus the sum of each page's first byte."},
    {"fib(n: int) -> int grows", fib, "1; from 2 on, 1 + fib(n - 1) + fib(n - 2)."},
};

TG_PLUGIN(.name = "bench", .version = TG_VERSION, .doc = "Tasks to measure tgrun with.", .tasks = tasks,
          .task_count = TG_COUNT(tasks), .init = init);
