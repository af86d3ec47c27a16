/* SPDX-License-Identifier: MIT
 * A plugin with tasks that have the names of built-in functions, and do something else. */
#include <tgrun.h>

static int say_task(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)args, (void)count;
    *out = tg_str_new("namesake", 8);
    return TG_OK;
}

static const struct tg_task tasks[] = {
    {"abs(x: any) -> str", say_task, "Its name."},
    {"first(x: any) -> str", say_task, "Its name."},
    {"len(x: any) -> str", say_task, "Its name."},
};
TG_PLUGIN(.name = "namesake", .version = "1.0", .doc = "For tests.", .tasks = tasks, .task_count = TG_COUNT(tasks));
