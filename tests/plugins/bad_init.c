/* SPDX-License-Identifier: MIT
 * A bad plugin for the tests: its init says no. */
#include <tgrun.h>

static int nothing(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)args, (void)count;
    *out = tg_nil();
    return TG_OK;
}

static const struct tg_task tasks[] = {{"nothing() -> nil", nothing, "Does nothing."}};

static const struct tg_object_type gone = {.size = sizeof gone, .encoding_version = 1, .name = "gone"};
static const struct tg_object_type *const types[] = {&gone};

static const char *init(void)
{
    return "there is no graphics card";
}

TG_PLUGIN(.name = "bad_init", .version = "1.0", .doc = "Must not load.", .tasks = tasks, .task_count = TG_COUNT(tasks),
          .types = types, .type_count = TG_COUNT(types), .init = init);
