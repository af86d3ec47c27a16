/* SPDX-License-Identifier: MIT
 * Which paths can be those of results. A result replaces what has its name by a rename, which asks neither what that is nor
 * whether it may be written to: so both are asked here, before the command runs. */
#include "engine/command/outpath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/path.h"
#include "engine/command/aside.h"

#define LONGEST_NAME 255
#define WILDCARDS "*?["

/* Links that are followed, as many as the kernel does. */
#define MOST_LINKS 40

/* True if wildcards stand before the last part; what a backslash stands before is none. */
static bool folder_is_wild(const char *pattern)
{
    const char *end = tg_path_name(pattern);
    for (const char *at = pattern; at < end; at++) {
        if (*at == '\\' && at[1]) at++;
        else if (strchr(WILDCARDS, *at)) return true;
    }
    return false;
}

const char *tg_outpath_bad(const struct tg_result_file *file)
{
    const char *name = tg_path_name(file->path);
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return "it does not end in a file's name";
    if (strncmp(name, TG_ASIDE_PREFIX, strlen(TG_ASIDE_PREFIX)) == 0) return "such names are tgrun's own";
    if (!file->list && strlen(name) > LONGEST_NAME) return "the name is too long";
    if (file->list && folder_is_wild(file->pattern ? file->pattern : file->path))
        return "only its last part may have wildcards";
    return NULL;
}

const char *tg_outpath_special(mode_t mode)
{
    if (S_ISFIFO(mode)) return "a FIFO";
    if (S_ISSOCK(mode)) return "a socket";
    if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
    return NULL;
}

/* A file of somebody else in a folder such as /tmp. */
static bool is_stuck(const char *path, const struct stat *st)
{
    struct stat folder;
    if (st->st_uid == geteuid() || geteuid() == 0) return false;
    char *name = tg_path_folder(path);
    bool stuck = stat(name, &folder) == 0 && (folder.st_mode & S_ISVTX) && folder.st_uid != geteuid();
    free(name);
    return stuck;
}

const char *tg_outpath_keeps(const char *path, bool ours, const struct stat *st)
{
    if (S_ISLNK(st->st_mode)) return NULL;
    if (S_ISFIFO(st->st_mode)) return "it is a FIFO";
    if (S_ISSOCK(st->st_mode)) return "it is a socket";
    if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode)) return "it is a device";
    bool closed = (st->st_mode & 0222) == 0 || faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0;
    if (closed && !ours) return "it is write-protected";
    if (is_stuck(path, st)) return "it belongs to another user, in a folder where only that one may replace it";
    return NULL;
}

/* Where a link leads, one step; heap; NULL if it cannot be read. */
static char *next_path(const char *link)
{
    char text[PATH_MAX];
    ssize_t n = readlink(link, text, sizeof text - 1);
    if (n <= 0) return NULL;
    text[n] = 0;
    if (*text == '/') return tg_alloc_text(text);
    return tg_alloc_format("%.*s%s", (int)(tg_path_name(link) - link), link, text);
}

static char *refuse_path(const char *path, char *take_at, const char *why, struct tg_err *err)
{
    if (strcmp(path, take_at) == 0) tg_err_set(err, TG_EXIT_FAILED, "'%s' cannot be a result's path: %s", path, why);
    else tg_err_set(err, TG_EXIT_FAILED, "'%s' cannot be a result's path: it is a link to '%s': %s", path, take_at, why);
    free(take_at);
    return NULL;
}

/* A link that leads to nothing names where the file is to be, if there is a folder for it. */
static const char *why_not_there(const char *at)
{
    struct stat st;
    char *folder = tg_path_folder(at);
    bool fine = stat(folder, &st) == 0 && S_ISDIR(st.st_mode) && *tg_path_name(at);
    free(folder);
    return fine ? NULL : "its folder is not there";
}

char *tg_outpath_final(const char *path, bool ours, struct stat *st, struct tg_err *err)
{
    char *at = tg_alloc_text(path);
    const char *why = NULL;
    int links = 0;
    bool there;
    for (; (there = lstat(at, st) == 0) && S_ISLNK(st->st_mode); links++) {
        char *next = links < MOST_LINKS ? next_path(at) : NULL;
        if (!next) return refuse_path(path, at, links < MOST_LINKS ? "it cannot be read" : "there are too many links", err);
        free(at);
        at = next;
    }
    if (!there) memset(st, 0, sizeof *st);
    if (there) why = tg_outpath_keeps(at, ours, st);
    else if (links) why = why_not_there(at);
    return why ? refuse_path(path, at, why, err) : at;
}
