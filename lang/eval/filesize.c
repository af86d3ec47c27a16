/* SPDX-License-Identifier: MIT
 * Sizes of files: measured where the file is known and nothing is waited for, else by a task. */
#include "lang/eval/filesize.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lang/eval/call.h"
#include "lang/eval/core_task.h"
#include "lang/eval/environment.h"

#define FOLDERS_DEEP 256

static bool say_unmeasured(tg_ctx *ctx, const char *path)
{
    int error = errno;
    tg_err_set(&ctx->err, TG_EXIT_FAILED, "could not find the size of '%s': %s", path, strerror(error));
    if (error == ENOENT)
        tg_err_hint(&ctx->err, "what a task makes has its size when the task is done: give size() its result.");
    return false;
}

static bool measure_path(tg_ctx *ctx, const char *path, int deep, int64_t *bytes);

static bool measure_folder(tg_ctx *ctx, const char *path, DIR *folder, int deep, int64_t *bytes)
{
    bool fine = true;
    for (struct dirent *d; fine && (d = readdir(folder));) {
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0) continue;
        char *inner = tg_alloc_format("%s/%s", path, d->d_name);
        fine = measure_path(ctx, inner, deep + 1, bytes);
        free(inner);
    }
    return fine;
}

/* A folder is what is in it. Links in it are not followed: they may lead back. */
static bool measure_path(tg_ctx *ctx, const char *path, int deep, int64_t *bytes)
{
    struct stat st;
    if ((deep ? lstat : stat)(path, &st) != 0) return (deep && errno == ENOENT) || say_unmeasured(ctx, path);
    if (S_ISREG(st.st_mode)) *bytes += st.st_size;
    if (!S_ISDIR(st.st_mode)) return true;
    DIR *folder = deep < FOLDERS_DEEP ? opendir(path) : (errno = ELOOP, NULL);
    if (!folder) return say_unmeasured(ctx, path);
    bool fine = measure_folder(ctx, path, folder, deep, bytes);
    closedir(folder);
    return fine;
}

static bool measure_value(tg_ctx *ctx, tg_value v, int64_t *bytes)
{
    enum tg_kind kind = tg_kind(v);
    if (kind == TG_FILE || kind == TG_STR) {
        if (!memchr(tg_str_of(v)->data, 0, tg_str_of(v)->length)) return measure_path(ctx, tg_str_of(v)->data, 0, bytes);
        return tg_err_set(&ctx->err, TG_EXIT_FAILED, "argument 'f' of 'size' holds a NUL byte");
    }
    if (kind != TG_LIST && kind != TG_RECORD)
        return tg_err_set(&ctx->err, TG_EXIT_FAILED, "argument 'f' of 'size' must be a file, or a list of files, not %s",
                          tg_value_kind_name(v));
    bool fine = true;
    if (kind == TG_LIST)
        for (size_t i = 0; fine && i < tg_list_of(v)->count; i++) fine = measure_value(ctx, tg_list_of(v)->items[i], bytes);
    else
        for (size_t i = 0; fine && i < tg_record_of(v)->count; i++)
            fine = measure_value(ctx, tg_record_of(v)->fields[i].value, bytes);
    return fine;
}

static int measure(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    int64_t bytes = 0;
    if (!measure_value(ctx, args[0], &bytes)) return TG_FAIL;
    *out = tg_int(bytes);
    return TG_OK;
}

#define SIZED (TG_KIND_BIT(TG_FILE) | TG_KIND_BIT(TG_STR) | TG_KIND_BIT(TG_LIST) | TG_KIND_BIT(TG_RECORD))
static struct tg_sig_param size_params[] = {{.name = "f", .type = TG_TYPE_OF(SIZED)}};
static const struct tg_def size_def = {
    .name = "size",
    .plugin = "core",
    .doc = "",
    .fn = measure,
    .flags = TG_DEF_LOOKS,
    .sig = {.name = "size", .count = 1, .required = 1, .params = size_params, .result = TG_TYPE_OF(TG_KIND_BIT(TG_INT))},
};

static void note_measured(const struct tg_eval *e, tg_value v)
{
    enum tg_kind kind = tg_kind(v);
    if (kind == TG_FILE || kind == TG_STR) tg_environment_note(e, tg_str_of(v)->data);
    for (size_t i = 0; kind == TG_LIST && i < tg_list_of(v)->count; i++) note_measured(e, tg_list_of(v)->items[i]);
    for (size_t i = 0; kind == TG_RECORD && i < tg_record_of(v)->count; i++) note_measured(e, tg_record_of(v)->fields[i].value);
}

tg_value tg_filesize_call(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    bool waits = tg_kind(e->after) == TG_LIST && tg_future_in(e->after);
    if (e->program->seen) note_measured(e, args[0]);
    if (waits) return tg_call_task(e, n, &size_def, args, count);
    return tg_core_task_apply(e, n, &size_def, false, args, count);
}
