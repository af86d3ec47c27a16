/* SPDX-License-Identifier: MIT
 * Plugin bench: tasks to measure tgrun with. The result of each is 1 plus its inputs, modulo 2 ** 64; how long they
 * take is set from outside (bench/work.h). */
#include <tgrun.h>

#include "bench/work.h"

#define TASK(name)                                                                                      \
    static int name(__attribute__((unused)) tg_ctx *ctx, __attribute__((unused)) const tg_value *args,  \
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
};

TG_PLUGIN(.name = "bench", .version = TG_VERSION, .doc = "Tasks to measure tgrun with.", .tasks = tasks,
          .task_count = TG_COUNT(tasks), .init = init);
