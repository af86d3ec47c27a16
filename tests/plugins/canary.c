/* SPDX-License-Identifier: MIT
 * A plugin that tells when code of it runs: it makes the file that $CANARY names, when it is loaded and when it is started.
 * Its C functions tell the same of a library. With -DLATE its tables are made by code when it is loaded. */
#include <tgrun.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static void sing(void)
{
    const char *path = getenv("CANARY");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd >= 0) close(fd);
}

static int one(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)args, (void)count;
    sing();
    *out = tg_int(1);
    return TG_OK;
}

static void destroy(void *payload)
{
    (void)payload;
    sing();
}

static const char *start(void)
{
    sing();
    return NULL;
}

int64_t canary_twice(int64_t x);
int64_t canary_twice(int64_t x)
{
    return 2 * x;
}

static const struct tg_object_type bird = {.size = sizeof bird, .encoding_version = 1, .name = "bird", .destroy = destroy};
static const struct tg_object_type *const types[] = {&bird};
static const struct tg_task tasks[] = {
    {"one(x: int = 3) -> int", one, "One."},
    {"caught() -> bird", one, "A bird."},
    {"flock(n: int) -> list grows", one, "Birds."},
    {"soon(x: int) -> int now", one, "One, and at once where the argument is known."},
    {"shoo(b: bird) -> nil effect", one, NULL},
};

#ifdef LATE
const struct tg_host *tg_host;
TG_EXPORT_ struct tg_plugin tg_plugin_entry;
#else
TG_PLUGIN(.name = "canary", .version = "1.0", .doc = "Sings.", .tasks = tasks, .task_count = TG_COUNT(tasks), .types = types,
          .type_count = TG_COUNT(types), .init = start);
#endif

__attribute__((constructor)) static void load(void)
{
    sing();
#ifdef LATE
    tg_plugin_entry = (struct tg_plugin){.magic = TG_MAGIC,
                                         .size = sizeof(struct tg_plugin),
                                         .abi = TG_ABI,
                                         .pointer_size = sizeof(void *),
                                         .value_size = sizeof(tg_value),
                                         .host_size = sizeof(struct tg_host),
                                         .host = &tg_host,
                                         .name = "late",
                                         .tasks = tasks,
                                         .task_count = TG_COUNT(tasks),
                                         .types = types,
                                         .type_count = TG_COUNT(types),
                                         .init = start};
#endif
}
