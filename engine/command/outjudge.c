/* SPDX-License-Identifier: MIT
 * What a command has made: whether each of its results is there, and is what a result can be. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/glob.h"
#include "engine/base/path.h"
#include "engine/command/outpath.h"
#include "engine/command/outresult.h"
#include "engine/command/printed.h"

const char *tg_outjudge_pattern(const struct tg_result_file *file)
{
    return tg_path_name(file->pattern ? file->pattern : file->path);
}

int tg_outjudge_names(const char *folder, const char *pattern, tg_made_names *out)
{
    DIR *dir = opendir(folder);
    if (!dir) return errno;
    const struct dirent *entry;
    int error;
    while (errno = 0, (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (tg_glob_match(pattern, entry->d_name)) tg_vec_push(out, tg_alloc_text(entry->d_name));
    }
    error = errno;
    closedir(dir);
    tg_made_sort(out);
    return error;
}

/* True if a real path is that of a result, or in one. */
static bool is_kept(const struct tg_outresult *r, const char *real)
{
    char *folder = realpath(r->in->path, NULL),
         *result = tg_alloc_format("%s/%s", folder ? folder : "", tg_path_name(r->aside));
    size_t n = strlen(result);
    const char *rest = strncmp(real, result, n) == 0 && (!real[n] || real[n] == '/') ? real + n : NULL;
    bool kept = rest != NULL;
    if (rest && r->file->list) {
        char *name = *rest ? tg_alloc_copy(rest + 1, strcspn(rest + 1, "/")) : tg_alloc_text("");
        kept = tg_made_has(&r->made, name);
        free(name);
    }
    free(folder);
    free(result);
    return kept;
}

/* True if a link leads to what will be gone, as it is no result. */
static bool leads_aside(const struct tg_outfiles *o, const char *link)
{
    char *real = realpath(link, NULL);
    bool inside = false, kept = false;
    for (size_t i = 0; real && i < o->asides.count && !inside; i++) {
        char *folder = realpath(o->asides.items[i]->path, NULL);
        size_t n = folder ? strlen(folder) : 0;
        inside = n && strncmp(real, folder, n) == 0 && real[n] == '/';
        free(folder);
    }
    for (size_t i = 0; inside && i < o->count && !kept; i++) kept = is_kept(&o->results[i], real);
    free(real);
    return inside && !kept;
}

/* What was made must be a file, a folder, or a link that leads to one. */
static bool judge_made(struct tg_outfiles *o, const char *aside, const char *shown, mode_t *mode)
{
    struct stat st;
    if (lstat(aside, &st) != 0) return tg_err_set(&o->ctx->err, TG_EXIT_FAILED, "cannot read '%s': %s", shown, strerror(errno));
    *mode = st.st_mode;
    const char *special = tg_outpath_special(st.st_mode);
    if (special) return tg_err_set(&o->ctx->err, TG_EXIT_FAILED, "command succeeded but made '%s' as %s", shown, special);
    if (!S_ISLNK(st.st_mode)) return true;
    if (stat(aside, &st) != 0)
        return tg_err_set(&o->ctx->err, TG_EXIT_FAILED, "command succeeded but made '%s' as a link that leads nowhere", shown);
    if (!leads_aside(o, aside)) return true;
    return tg_err_set(&o->ctx->err, TG_EXIT_FAILED, "command succeeded but made '%s' as a link to what is no result", shown);
}

/* The file may lie where it is to be at the end: then the command did not use `out`. */
static bool did_not_make(struct tg_outfiles *o, const struct tg_outresult *r)
{
    struct stat now;
    struct tg_err *err = &o->ctx->err;
    const char *dot = r->file->field ? "." : "", *field = r->file->field ? r->file->field : "";
    tg_err_set(err, TG_EXIT_FAILED, "command succeeded but did not make '%s'", r->file->path);
    if (stat(r->final, &now) != 0) return false;
    bool same = now.st_ino == r->before.st_ino && now.st_size == r->before.st_size &&
                now.st_mtim.tv_sec == r->before.st_mtim.tv_sec && now.st_mtim.tv_nsec == r->before.st_mtim.tv_nsec;
    tg_err_hint(err,
                same ? "The file is there from before. The command must write to `${out%s%s}`, which gets that name at the end."
                     : "It wrote to that name itself. It must write to `${out%s%s}`, which gets that name at the end.",
                dot, field);
    return false;
}

/* It may have made files that have other names. */
static void hint_unmatched(struct tg_outfiles *o, const struct tg_outresult *r)
{
    tg_made_names names = {0};
    struct tg_buf b = {0};
    if (tg_outjudge_names(r->aside, "*", &names) == 0 && names.count) {
        tg_printed_clean(&b, names.items[0], strlen(names.items[0]));
        if (names.count > 1)
            tg_err_hint(&o->ctx->err, "It made '%s' and %zu more, which the pattern does not match.", tg_buf_str(&b),
                        names.count - 1);
        else tg_err_hint(&o->ctx->err, "It made '%s', which the pattern does not match.", tg_buf_str(&b));
    }
    tg_made_done(&names);
    tg_buf_done(&b);
}

static bool find_list(struct tg_outfiles *o, struct tg_outresult *r)
{
    int error = tg_outjudge_names(r->aside, tg_outjudge_pattern(r->file), &r->made);
    if (error && error != ENOENT)
        return tg_err_set(&o->ctx->err, TG_EXIT_FAILED, "cannot read the folder of '%s': %s", r->file->path, strerror(error));
    if (r->made.count) return true;
    tg_err_set(&o->ctx->err, TG_EXIT_FAILED, "command succeeded but made no file '%s'", r->file->path);
    hint_unmatched(o, r);
    tg_err_hint(&o->ctx->err, "The command must write its files into the folder `out`, as in `${out%s%s}/name`.",
                r->file->field ? "." : "", r->file->field ? r->file->field : "");
    return false;
}

static bool judge_list(struct tg_outfiles *o, struct tg_outresult *r)
{
    bool fine = true;
    mode_t mode = S_IFREG;
    r->plain = true;
    for (size_t i = 0; i < r->made.count && fine; i++) {
        char *aside = tg_alloc_format("%s/%s", r->aside, r->made.items[i]);
        char *shown = tg_alloc_format("%s%s", r->final, r->made.items[i]);
        fine = judge_made(o, aside, shown, &mode);
        r->plain &= S_ISREG(mode);
        free(aside);
        free(shown);
    }
    return fine;
}

/* A link in the place of a private folder leads to what the command did not make. */
static bool are_folders(struct tg_outfiles *o)
{
    struct stat st;
    for (size_t i = 0; i < o->asides.count; i++) {
        const char *path = o->asides.items[i]->path;
        if (lstat(path, &st) == 0 && !S_ISDIR(st.st_mode))
            return tg_err_set(&o->ctx->err, TG_EXIT_FAILED, "the private folder '%s' was replaced while the command ran", path);
    }
    return true;
}

bool tg_outjudge_find(struct tg_outfiles *o)
{
    bool fine = are_folders(o);
    for (size_t i = 0; i < o->count && fine; i++) {
        struct tg_outresult *r = &o->results[i];
        struct stat st;
        fine = r->file->list ? find_list(o, r) : lstat(r->aside, &st) == 0 || did_not_make(o, r);
    }
    for (size_t i = 0; i < o->count && fine; i++) {
        struct tg_outresult *r = &o->results[i];
        fine = r->file->list ? judge_list(o, r) : judge_made(o, r->aside, r->file->path, &r->mode);
    }
    return fine;
}
