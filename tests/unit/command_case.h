/* SPDX-License-Identifier: MIT
 * What the tests of commands share: a task's context without a run around it, in a folder of its own under /tmp. */
#ifndef TG_TEST_COMMAND_CASE_H
#define TG_TEST_COMMAND_CASE_H

#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/command/command.h"
#include "engine/command/guard.h"
#include "engine/run/run.h"

#define UNUSED __attribute__((unused))

extern char **environ;

static _Atomic int stop;
static int wake[2];
static struct tg_commands *commands;
static pthread_mutex_t said_lock = PTHREAD_MUTEX_INITIALIZER;
static struct tg_buf said;

UNUSED static void hear(void *data, const char *text, size_t length)
{
    (void)data;
    pthread_mutex_lock(&said_lock);
    tg_buf_add(&said, text, length);
    tg_buf_char(&said, '\n');
    pthread_mutex_unlock(&said_lock);
}

static struct tg_services services = {.stop = &stop, .log = hear, .wake_fd = -1};

static char folder[] = "/tmp/test_command.XXXXXX";

static void remove_folder(void)
{
    char *script = tg_alloc_format("rm -rf %s", folder);
    if (chdir("/") != 0 || system(script) != 0) abort();
    free(script);
}

/* Everything happens in a folder of its own; what the caller left open stays with us. */
UNUSED static void move_to_folder(void)
{
    if (!mkdtemp(folder) || chdir(folder) != 0) abort();
    for (int fd = 3; fd < 1024; fd++) fcntl(fd, F_SETFD, FD_CLOEXEC);
    atexit(remove_folder);
}

/* A new run; the wake descriptor is a pipe that nobody has written to. */
UNUSED static struct tg_ctx begin(enum tg_output_mode mode)
{
    static bool moved;
    static uint32_t task;
    if (!moved) move_to_folder();
    moved = true;
    tg_commands_free(commands);
    if (wake[0]) close(wake[0]), close(wake[1]);
    if (pipe2(wake, O_CLOEXEC) != 0) abort();
    commands = tg_commands_new(mode, NULL);
    services.commands = commands;
    services.wake_fd = wake[0];
    atomic_store(&stop, TG_GO);
    tg_buf_done(&said);
    return (struct tg_ctx){.services = &services, .task = ++task, .options = tg_nil()};
}

UNUSED static char *joined(const tg_ctx *ctx)
{
    static char text[70000];
    snprintf(text, sizeof text, "%s|%s|%s", ctx->err.message ? ctx->err.message : "", ctx->err.detail ? ctx->err.detail : "",
             ctx->err.hint ? ctx->err.hint : "");
    return text;
}

UNUSED static bool has(const char *text, const char *part)
{
    if (text && strstr(text, part)) return true;
    printf("# \"%s\" is not in \"%s\"\n", part, text ? text : "(null)");
    return false;
}

UNUSED static int sh(tg_ctx *ctx, const char *script, enum tg_output_kind kind, tg_value *out)
{
    struct tg_step step = {.script = script};
    struct tg_command command = {.name = "demo", .steps = &step, .step_count = 1, .output = kind};
    *out = tg_nil();
    return tg_command_run(ctx, &command, out);
}

/* The printed result, or the error's message. Static. */
UNUSED static const char *result(const char *script, enum tg_output_kind kind)
{
    static struct tg_buf b;
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    tg_value out;
    tg_buf_done(&b);
    if (sh(&ctx, script, kind, &out) == TG_OK) tg_value_repr(&b, out, 0);
    else tg_buf_text(&b, ctx.err.message);
    tg_value_unref(out);
    tg_err_done(&ctx.err);
    return tg_buf_str(&b);
}

UNUSED static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

UNUSED static char *contents(const char *path)
{
    static char text[4096];
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    text[n] = 0;
    if (f) fclose(f);
    return text;
}

UNUSED static int run_shell(const char *script)
{
    return system(script);
}

/* Waits for what a script does. Without a limit: a busy machine may take any time, and the runner ends what hangs. */
UNUSED static void wait_for_file(const char *path)
{
    while (!exists(path)) usleep(10000);
}

UNUSED static int open_fds(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++) count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

#endif
