/* SPDX-License-Identifier: MIT
 * Canonical paths. realpath(3) wants the path to be there; result files are not there yet. */
#include "engine/base/canonical.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/buf.h"
#include "engine/base/path.h"

/* Links that are followed, as many as the kernel does. */
#define MOST_LINKS 40

struct path_walk {
    struct tg_buf real; /* "" for the root, else "/a/b" */
    char *rest;         /* what is still to be walked; heap */
    size_t gone;        /* the length of `real` from which on nothing is there; 0: all of it is */
    unsigned links;
};

static void go_up(struct path_walk *w)
{
    while (w->real.length && w->real.data[w->real.length - 1] != '/') w->real.length--;
    if (w->real.length) w->real.length--;
    if (w->real.length < w->gone) w->gone = 0;
}

/* The last part of `real` is a link to `to`: that is walked before `more`. */
static void follow(struct path_walk *w, const char *to, const char *more)
{
    char *rest = tg_alloc_format("%s/%s", to, more);
    if (*to == '/') w->real.length = 0;
    else go_up(w);
    free(w->rest);
    w->rest = rest;
}

/* Adds a part; gives what is to be walked next. */
static const char *go_down(struct path_walk *w, const char *part, size_t length)
{
    char to[PATH_MAX];
    const char *more = part + length;
    tg_buf_char(&w->real, '/');
    tg_buf_add(&w->real, part, length);
    if (w->gone) return more;
    ssize_t n = readlink(tg_buf_str(&w->real), to, sizeof to - 1);
    if (n > 0 && w->links < MOST_LINKS) {
        w->links++;
        to[n] = 0;
        follow(w, to, more);
        return w->rest;
    }
    if (n < 0 && errno != EINVAL) w->gone = w->real.length;
    return more;
}

static void start_in_folder(struct path_walk *w)
{
    char folder[PATH_MAX];
    if (getcwd(folder, sizeof folder) && strcmp(folder, "/") != 0) tg_buf_text(&w->real, folder);
}

char *tg_canonical_path(const char *path)
{
    struct path_walk w = {.rest = tg_alloc_text(path)};
    if (*path != '/') start_in_folder(&w);
    for (const char *at = w.rest; *at;) {
        size_t length = strcspn(at, "/");
        if (length == 2 && memcmp(at, "..", 2) == 0) go_up(&w);
        else if (length > 0 && !(length == 1 && *at == '.')) {
            at = go_down(&w, at, length);
            continue;
        }
        at += length + (length == 0);
    }
    free(w.rest);
    if (!w.real.length) tg_buf_char(&w.real, '/');
    return tg_buf_take(&w.real);
}

void tg_canonical_done(struct tg_canonical *c)
{
    for (size_t i = 0; i < c->real.count; i++) free(c->real.items[i]);
    tg_vec_done(&c->real);
    tg_names_done(&c->folders);
}

/* Of "" and "FOLDER/"; remembered. */
static const char *real_folder(struct tg_canonical *c, const char *path, size_t length)
{
    uint32_t id = tg_names_add(&c->folders, path, length);
    if (id == c->real.count) {
        char *folder = tg_alloc_copy(path, length);
        tg_vec_push(&c->real, tg_canonical_path(folder));
        free(folder);
    }
    return c->real.items[id];
}

/* FOLDER/NAME behind what stands before it; heap. */
static char *path_in(const char *before, const char *folder, const char *name)
{
    struct tg_buf b = {0};
    size_t first = strlen(before), above = strcmp(folder, "/") == 0 ? 0 : strlen(folder), last = strlen(name);
    tg_buf_reserve(&b, first + above + last + 2);
    tg_buf_add(&b, before, first);
    tg_buf_add(&b, folder, above);
    tg_buf_char(&b, '/');
    tg_buf_add(&b, name, last);
    return tg_buf_take(&b);
}

char *tg_canonical_unless_link(struct tg_canonical *c, const char *path)
{
    const char *name = tg_path_name(path);
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return tg_canonical_path(path);
    return path_in("", real_folder(c, path, (size_t)(name - path)), name);
}

char *tg_canonical_see(char *take_real, const char *path)
{
    char to[1];
    if (readlink(take_real, to, sizeof to) < 0) return take_real;
    free(take_real);
    return tg_canonical_path(path);
}

char *tg_canonical_of(struct tg_canonical *c, const char *path)
{
    return tg_canonical_see(tg_canonical_unless_link(c, path), path);
}

char *tg_canonical_pattern(struct tg_canonical *c, const char *pattern)
{
    const char *name = tg_path_name(pattern);
    return path_in("*", real_folder(c, pattern, (size_t)(name - pattern)), name);
}
