/* SPDX-License-Identifier: MIT
 * A plugin for the tests whose tasks are evaluated at once, and do there what a task may and what it must not do. */
#include <tgrun.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TASK(name)                                                                                     \
    static int name(__attribute__((unused)) tg_ctx *ctx, __attribute__((unused)) const tg_value *args, \
                    __attribute__((unused)) size_t count, __attribute__((unused)) tg_value *out)

static int64_t plus(int64_t x, int64_t y)
{
    return x + y;
}
TG_WRAP2(plus, int, int, int)

/* ---- objects ------------------------------------------------------------------------------------- */

static int describe_pair(const void *payload, char *text, size_t text_size)
{
    const int64_t *pair = payload;
    return snprintf(text, text_size, "pair(%lld, %lld)", (long long)pair[0], (long long)pair[1]);
}
static const struct tg_object_type pair_type = {
    .size = sizeof pair_type, .encoding_version = 1, .name = "pair", .describe = describe_pair};
static const struct tg_object_type *const types[] = {&pair_type};

TASK(make_pair)
{
    *out = tg_object_new(&pair_type, 2 * sizeof(int64_t));
    memcpy(tg_as_object(*out), (int64_t[]){tg_as_int(args[0]), tg_as_int(args[1])}, 2 * sizeof(int64_t));
    return TG_OK;
}

TASK(sum_of)
{
    const int64_t *pair = tg_as_object(args[0]);
    *out = tg_int(pair[0] + pair[1]);
    return TG_OK;
}

/* ---- what may happen ----------------------------------------------------------------------------- */

/* Makes the file, and waits until it should end. */
TASK(linger)
{
    int fd = open(tg_as_text(args[0], NULL), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) close(fd);
    if (tg_as_bool(args[1])) return pause(), TG_FAIL;
    while (!tg_cancelled(ctx) && tg_sleep_ns(ctx, UINT64_C(1000000000))) {}
    return tg_fail(ctx, "interrupted");
}

TASK(say)
{
    printf("printed\n");
    tg_log(ctx, "logged", 6);
    *out = tg_int(1);
    return TG_OK;
}

TASK(fail_silently)
{
    return TG_FAIL;
}

TASK(give_bytes)
{
    *out = tg_str_new("\xff", 1);
    return TG_OK;
}

TASK(give_int)
{
    *out = tg_int(1);
    return TG_OK;
}

TASK(give_future)
{
    *out = tg_list_new(1);
    tg_list_push(out, tg_make_(TG_FUTURE, 0));
    return TG_OK;
}

TASK(call_another)
{
    return tg_call(ctx, tg_find(ctx, "plus"), NULL, 0, out);
}

TASK(leave)
{
    if (tg_as_int(args[0])) exit(0);
    volatile int *nowhere = NULL;
    *nowhere = 1;
    return TG_OK;
}

static const struct tg_task tasks[] = {
    {"plus(x: int, y: int = 1) -> int now", plus_task, "x + y."},
    {"pair(a: int, b: int = 0) -> pair now", make_pair, "An object."},
    {"sum_of(p: pair) -> int now", sum_of, "The sum of a pair."},
    {"linger(path: str, deaf: bool = false) -> int now", linger, "Waits for a signal."},
    {"say(x: any) -> int now", say, "Prints."},
    {"fail_silently() -> int now", fail_silently, "Fails."},
    {"give_bytes() -> str now", give_bytes, "No UTF-8."},
    {"give_int() -> list[str] now", give_int, "No list."},
    {"give_future() -> list now", give_future, "A future that is none."},
    {"call_another() -> int now", call_another, "Calls a task."},
    {"leave(how: int) -> int now", leave, "Ends the process."},
};
TG_PLUGIN(.name = "instant", .version = "1.0", .doc = "Tasks that are evaluated at once.", .tasks = tasks,
          .task_count = TG_COUNT(tasks), .types = types, .type_count = TG_COUNT(types));
