/* SPDX-License-Identifier: MIT
 * A plugin for the tests: made for a host that did not have the functions for tasks that add tasks. */
#include <tgrun.h>

static int nothing(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)args, (void)count;
    *out = tg_nil();
    return TG_OK;
}

static const struct tg_task tasks[] = {{"nothing() -> nil", nothing, "Does nothing."}};

const struct tg_host *tg_host;
TG_EXPORT_ const struct tg_plugin tg_plugin_entry;
const struct tg_plugin tg_plugin_entry = {
    .magic = TG_MAGIC,
    .size = sizeof(struct tg_plugin),
    .abi = TG_ABI,
    .pointer_size = sizeof(void *),
    .value_size = sizeof(tg_value),
    .host_size = offsetof(struct tg_host, find),
    .host = &tg_host,
    .name = "old_host",
    .version = "1.0",
    .doc = "Must load.",
    .tasks = tasks,
    .task_count = TG_COUNT(tasks),
};
