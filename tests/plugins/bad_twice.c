/* SPDX-License-Identifier: MIT
 * A bad plugin for the tests: two tasks of one name. */
#include <tgrun.h>

static int nothing(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)args, (void)count;
    *out = tg_nil();
    return TG_OK;
}

static const struct tg_task tasks[] = {
    {"nothing() -> nil", nothing, "Does nothing."},
    {"something() -> nil", nothing, "Does nothing."},
    {"nothing(x: int) -> nil", nothing, "Does nothing."},
};

TG_PLUGIN(.name = "bad_twice", .version = "1.0", .doc = "Must not load.", .tasks = tasks, .task_count = TG_COUNT(tasks));
