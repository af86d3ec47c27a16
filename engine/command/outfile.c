/* SPDX-License-Identifier: MIT
 * Result files. A command writes `FOLDER/.tgrun-PID-ID-NAME`; when all went well, that is renamed to `FOLDER/NAME`.
 * The name's end stays, since programs read the format from it. For a list, the command fills the folder
 * `FOLDER/.tgrun-PID-ID-made`, and what matches the pattern in there moves into FOLDER.
 *
 * A list also removes what an earlier run made and this one did not. Only names that a run has written down count
 * (`.tgrun/made/HASH`, HASH from the folder's real path and the pattern): a file of the user's that happens to match
 * the pattern is never touched. The record is NUL-terminated names. It is a convenience: where it cannot be read or
 * written, old files stay.
 *
 * Invariant: nothing is put in place before all files of the command are known to be there. */
#include "engine/command/outfile.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/path.h"
#include "engine/base/vec.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

#define MADE_FOLDER ".tgrun/made"
#define LONGEST_NAME 255
#define WILDCARDS "*?["

typedef TG_VEC(char *) names;

/* ---- paths --------------------------------------------------------------------------------------- */

/* The folder part with its slash, or "". Heap. */
static char *folder_prefix(const char *path)
{
    return tg_alloc_copy(path, (size_t)(tg_path_name(path) - path));
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    remove(path);
    return 0;
}

/* Removes a file or a folder with all in it; symbolic links are not followed. */
static void remove_tree(const char *path)
{
    if (unlink(path) == 0 || errno == ENOENT) return;
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static bool is_folder(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* ---- aside --------------------------------------------------------------------------------------- */

/* Why this cannot be a result's path; NULL if it can. */
static const char *bad_path(const char *path, bool list)
{
    const char *name = tg_path_name(path);
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return "it does not end in a file's name";
    if (!list && strlen(name) > LONGEST_NAME) return "the name is too long";
    if (list && strcspn(path, WILDCARDS) < (size_t)(name - path)) return "only its last part may have wildcards";
    return NULL;
}

char *tg_command_aside(tg_ctx *ctx, const char *path, bool list)
{
    const char *bad = bad_path(path, list);
    if (bad) {
        tg_err_set(&ctx->err, TG_EXIT_FAILED, "'%s' cannot be a result's path: %s", path, bad);
        return NULL;
    }
    char *folder = folder_prefix(path);
    char *prefix = tg_alloc_format(".tgrun-%ld-%u-", (long)getpid(), ctx->task);
    const char *name = list ? "made" : tg_path_name(path);
    TG_ASSERT(strlen(prefix) < LONGEST_NAME);
    size_t room = LONGEST_NAME - strlen(prefix);
    if (strlen(name) > room) name += strlen(name) - room;
    char *aside = tg_alloc_format("%s%s%s", folder, prefix, name);
    int error = tg_path_make_parents(path);
    if (!error) remove_tree(aside); /* left by a killed process with our pid */
    if (!error && list && mkdir(aside, 0777) != 0) error = errno;
    if (error) {
        tg_err_set(&ctx->err, TG_EXIT_FAILED, "cannot make %s for '%s': %s", list ? "a folder" : "the folders", path,
                   strerror(error));
        free(aside);
        aside = NULL;
    }
    free(folder);
    free(prefix);
    return aside;
}

void tg_outfiles_remove(const struct tg_result_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (files[i].aside) remove_tree(files[i].aside);
}

/* ---- lists --------------------------------------------------------------------------------------- */

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void names_done(names *n)
{
    for (size_t i = 0; i < n->count; i++) free(n->items[i]);
    tg_vec_done(n);
}

/* The names in a folder that match, sorted by bytes; errno or 0. */
static int match_names(const char *folder, const char *pattern, names *out)
{
    DIR *dir = opendir(folder);
    if (!dir) return errno;
    struct dirent *entry;
    int error;
    while (errno = 0, (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (fnmatch(pattern, entry->d_name, FNM_PERIOD) == 0) tg_vec_push(out, tg_alloc_text(entry->d_name));
    }
    error = errno;
    closedir(dir);
    if (out->count) qsort(out->items, out->count, sizeof *out->items, by_bytes);
    return error;
}

/* The record of what earlier runs made for this pattern; NULL if the folder is gone. FNV-1a. */
static char *record_path(const char *path)
{
    char *folder = tg_path_folder(path), *real = realpath(folder, NULL);
    free(folder);
    if (!real) return NULL;
    char *key = tg_alloc_format("%s/%s", real, tg_path_name(path));
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const char *at = key; *at; at++) hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    free(real);
    free(key);
    return tg_alloc_format(MADE_FOLDER "/%016llx", (unsigned long long)hash);
}

static bool is_sorted(const names *n)
{
    for (size_t i = 1; i < n->count; i++)
        if (strcmp(n->items[i - 1], n->items[i]) >= 0) return false;
    return true;
}

/* Removes the recorded files that match and are not among the new ones. */
static void remove_old(const char *record, const char *path, const names *made)
{
    TG_ASSERT(is_sorted(made)); /* it is searched by halves */
    FILE *f = fopen(record, "re");
    if (!f) return;
    char *folder = folder_prefix(path), *name = NULL;
    size_t room = 0;
    while (getdelim(&name, &room, 0, f) > 0) {
        if (strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        if (fnmatch(tg_path_name(path), name, FNM_PERIOD) != 0) continue;
        if (bsearch(&name, made->items, made->count, sizeof *made->items, by_bytes)) continue;
        char *old = tg_alloc_format("%s%s", folder, name);
        remove_tree(old);
        free(old);
    }
    free(name);
    free(folder);
    fclose(f);
}

static void write_record(const char *record, const names *made)
{
    char *aside = tg_alloc_format("%s.%ld", record, (long)getpid());
    if (tg_path_make_parents(aside) == 0) {
        FILE *f = fopen(aside, "we");
        bool ok = f != NULL;
        for (size_t i = 0; i < made->count && ok; i++) ok = fwrite(made->items[i], strlen(made->items[i]) + 1, 1, f) == 1;
        if (f) ok &= fclose(f) == 0;
        if (!ok || rename(aside, record) != 0) unlink(aside);
    }
    free(aside);
}

/* ---- putting in place ---------------------------------------------------------------------------- */

/* Renames; a folder takes the place of an older one. */
static bool place_path(const char *from, const char *to, struct tg_err *err)
{
    if (rename(from, to) == 0) return true;
    int error = errno;
    if (is_folder(from) && is_folder(to)) {
        char *old = tg_alloc_format("%s.old", from);
        bool ok = rename(to, old) == 0 && rename(from, to) == 0;
        if (!ok) error = errno, rename(old, to);
        remove_tree(old);
        free(old);
        if (ok) return true;
    }
    return tg_err_set(err, TG_EXIT_FAILED, "cannot put the result '%s' in place: %s", to, strerror(error));
}

static bool find_made(const struct tg_result_file *file, names *made, struct tg_err *err)
{
    struct stat st;
    if (!file->list) {
        if (lstat(file->aside, &st) == 0) return true;
        return tg_err_set(err, TG_EXIT_FAILED, "command succeeded but did not make '%s'", file->path);
    }
    int error = match_names(file->aside, tg_path_name(file->path), made);
    if (error && error != ENOENT)
        return tg_err_set(err, TG_EXIT_FAILED, "cannot read the folder of '%s': %s", file->path, strerror(error));
    if (made->count) return true;
    tg_err_set(err, TG_EXIT_FAILED, "command succeeded but made no file '%s'", file->path);
    tg_err_hint(err, "The command must write its files into the folder `out`.");
    return false;
}

static bool place_list(const struct tg_result_file *file, const names *made, tg_value *out, struct tg_err *err)
{
    TG_ASSERT(made->count); /* find_made has seen to that */
    char *folder = folder_prefix(file->path), *record = record_path(file->path);
    bool ok = true;
    *out = tg_list_make(made->count);
    for (size_t i = 0; i < made->count && ok; i++) {
        char *from = tg_alloc_format("%s/%s", file->aside, made->items[i]);
        char *to = tg_alloc_format("%s%s", folder, made->items[i]);
        ok = place_path(from, to, err);
        tg_list_add(*out, tg_str_make(TG_FILE, to, strlen(to)));
        free(from);
        free(to);
    }
    if (ok && record) {
        remove_old(record, file->path, made);
        write_record(record, made);
    }
    free(folder);
    free(record);
    return ok;
}

static bool place_one(const struct tg_result_file *file, const names *made, tg_value *out, struct tg_err *err)
{
    if (file->list) return place_list(file, made, out, err);
    *out = tg_str_make(TG_FILE, file->path, strlen(file->path));
    return place_path(file->aside, file->path, err);
}

bool tg_outfiles_publish(const struct tg_result_file *files, size_t count, tg_value *out, struct tg_err *err)
{
    TG_ASSERT(count > 0 && files[0].aside);
    names *made = tg_alloc_zero((count + 1) * sizeof *made);
    bool ok = true, record = count != 1 || files[0].field;
    for (size_t i = 0; i < count && ok; i++) ok = find_made(&files[i], &made[i], err);
    tg_value result = ok && record ? tg_record_make(count) : tg_nil();
    for (size_t i = 0; i < count && ok; i++) {
        tg_value one;
        ok = place_one(&files[i], &made[i], &one, err);
        if (record) tg_record_put(result, tg_str(files[i].field ? files[i].field : files[i].path), one);
        else result = one;
    }
    for (size_t i = 0; i < count; i++) names_done(&made[i]);
    free(made);
    if (ok) {
        for (size_t i = 0; i < count; i++)
            if (files[i].list) remove_tree(files[i].aside);
        *out = result;
    } else {
        tg_value_unref(result);
    }
    return ok;
}
