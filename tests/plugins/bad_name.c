/* SPDX-License-Identifier: MIT
 * A bad plugin for the tests: its name is not that of its file. */
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
    .host_size = sizeof(struct tg_host),
    .host = &tg_host,
    .name = "other",
    .version = "1.0",
    .doc = "Must not load.",
    .tasks = tasks,
    .task_count = TG_COUNT(tasks),
};
