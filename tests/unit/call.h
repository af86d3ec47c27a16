/* SPDX-License-Identifier: MIT
 * For tests of plugins: a registry over the plugins of the build folder ($TG_BUILD), calls of tasks with arguments as
 * JSON, and a folder for files. A program that includes this ends with TEST(the_end) { calls_done(); }. */
#ifndef TG_TEST_CALL_H
#define TG_TEST_CALL_H

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/plugin/host.h"
#include "engine/plugin/registry.h"
#include "engine/value/list.h"
#include "tests/unit/check.h"

/* Not every program calls all of these. */
#define UNUSED __attribute__((unused))

static const char *build_folder(void)
{
    const char *folder = getenv("TG_BUILD");
    return folder ? folder : ".";
}

static struct tg_registry new_registry(void)
{
    struct tg_registry r;
    struct tg_err err = {0};
    CHECK(tg_registry_init(&r, &err));
    char *folders = tg_alloc_format("/nowhere/at/all:%s/tests/plugins:%s/plugins/", build_folder(), build_folder());
    tg_registry_search(&r, folders, true);
    free(folders);
    return r;
}

/* ---- calling tasks ------------------------------------------------------------------------------- */

/* The one registry of the tests that call tasks; freed by the last of them. */
static struct tg_registry shared;
static const struct tg_loaded *plugin; /* whose tasks call() takes */

UNUSED static void use(const char *name)
{
    struct tg_err err = {0};
    if (!shared.plugins.count) shared = new_registry();
    plugin = tg_registry_load(&shared, name, NULL, &err);
    CHECK(plugin != NULL);
    if (err.message) printf("# %s\n", err.message);
    tg_err_done(&err);
}

static tg_value json(const char *text)
{
    tg_value v = tg_nil();
    struct tg_err err = {0};
    CHECK(tg_value_from_json(text, strlen(text), &v, &err));
    tg_err_done(&err);
    return v;
}

/* Calls a task of `plugin` with the items of a list (taken), defaults filled in. */
UNUSED static bool call_list(const char *task, tg_value take_args, tg_value *out, struct tg_err *err)
{
    const struct tg_def *def = tg_loaded_find(plugin, task, strlen(task));
    if (!def) return tg_err_set(err, TG_EXIT_FAULT, "no task '%s'", task);
    for (size_t i = tg_list_of(take_args)->count; i < def->sig.count; i++)
        if (def->sig.params[i].has_default) tg_list_add(take_args, tg_value_ref(def->sig.params[i].default_value));
    struct tg_ctx ctx = {.def = def, .options = tg_nil()};
    const struct tg_list *args = tg_list_of(take_args);
    int status = def->fn(&ctx, args->items, args->count, out);
    CHECK((status == TG_OK) == (ctx.err.code == 0));
    if (status != TG_OK) {
        *out = tg_nil();
        *err = ctx.err;
    }
    tg_value_unref(take_args);
    return status == TG_OK;
}

/* The result as source text, or the message of the failure; borrowed until the next call. */
UNUSED static const char *call_text(const char *task, tg_value take_args)
{
    static char text[1024];
    struct tg_buf b = {0};
    tg_value out = tg_nil();
    struct tg_err err = {0};
    if (call_list(task, take_args, &out, &err)) tg_value_repr(&b, out, 0);
    else tg_buf_format(&b, "error: %s", err.message);
    snprintf(text, sizeof text, "%s", tg_buf_str(&b));
    tg_buf_done(&b);
    tg_value_unref(out);
    tg_err_done(&err);
    return text;
}

UNUSED static const char *call(const char *task, const char *json_args)
{
    return call_text(task, json(json_args));
}

#define IS(task, args, wanted) CHECK_STR(call(task, args), wanted)

UNUSED static tg_value list_of(size_t count, ...)
{
    va_list args;
    tg_value list = tg_list_make(count);
    va_start(args, count);
    for (size_t i = 0; i < count; i++) tg_list_add(list, va_arg(args, tg_value));
    va_end(args);
    return list;
}

/* ---- files --------------------------------------------------------------------------------------- */

static char folder[] = "/tmp/tgrun-test-XXXXXX";

UNUSED static const char *in_folder(const char *name)
{
    static char path[4][200];
    static int turn;
    if (strstr(folder, "XXXXXX")) CHECK(mkdtemp(folder) != NULL);
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

UNUSED static void write_file(const char *path, const void *data, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    CHECK(fd >= 0 && write(fd, data, length) == (ssize_t)length && close(fd) == 0);
}

/* Frees what the tests shared; nothing may be left in the folder. */
static void calls_done(void)
{
    tg_registry_done(&shared);
    shared = (struct tg_registry){0};
    if (!strstr(folder, "XXXXXX")) CHECK(rmdir(folder) == 0);
}

#endif
