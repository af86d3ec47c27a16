/* SPDX-License-Identifier: MIT
 * Symbolic links among results. A link holds a text: relative to the folder it lies in, which changes when it moves out of
 * a private folder, or absolute, which may name the private folder itself. Where it leads now is found out as a real
 * path; what of that lies in a private folder is told by where it will be; a text that was relative stays so.
 * A link that leads nowhere keeps its text. */
#include "engine/command/relink.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/buf.h"
#include "engine/base/path.h"

void tg_relink_add(tg_relink_map *map, const char *from, const char *to)
{
    struct tg_relink_place place = {realpath(from, NULL), realpath(to, NULL)};
    if (place.from && place.to) {
        tg_vec_push(map, place);
    } else {
        free(place.from);
        free(place.to);
    }
}

void tg_relink_done(tg_relink_map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        free(map->items[i].from);
        free(map->items[i].to);
    }
    tg_vec_done(map);
}

/* Where a real path will be. */
static char *mapped(const tg_relink_map *map, const char *path)
{
    for (size_t i = 0; i < map->count; i++) {
        size_t n = strlen(map->items[i].from);
        if (strncmp(path, map->items[i].from, n) != 0 || (path[n] && path[n] != '/')) continue;
        const char *to = map->items[i].to;
        return tg_alloc_format("%s%s", path[n] && strcmp(to, "/") == 0 ? "" : to, path + n);
    }
    return tg_alloc_text(path);
}

/* A real path of what need not be there itself; NULL if its folder is not there. */
static char *real_place(const char *path)
{
    const char *name = tg_path_name(path);
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return realpath(path, NULL);
    char *folder = tg_path_folder(path), *real = realpath(folder, NULL), *place = NULL;
    if (real) place = tg_alloc_format("%s/%s", strcmp(real, "/") == 0 ? "" : real, name);
    free(folder);
    free(real);
    return place;
}

/* `path` as one sees it from `folder`; both are absolute. */
static char *seen_from_folder(const char *folder, const char *path)
{
    struct tg_buf b = {0};
    size_t same = 0;
    for (size_t i = 0; folder[i] == path[i] || !folder[i] || !path[i]; i++) {
        if ((!folder[i] || folder[i] == '/') && (!path[i] || path[i] == '/')) same = i;
        if (!folder[i] || !path[i]) break;
    }
    for (const char *at = folder + same; *at; at++)
        if (*at == '/' && at[1]) tg_buf_text(&b, "../");
    tg_buf_text(&b, path + same + (path[same] == '/'));
    if (b.length > 1 && b.data[b.length - 1] == '/') b.data[--b.length] = 0;
    if (!b.length) tg_buf_char(&b, '.');
    return tg_buf_take(&b);
}

static char *read_link(const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0) return NULL;
    size_t room = (size_t)st.st_size + 1;
    for (;;) {
        char *text = tg_alloc(room + 1);
        ssize_t n = readlink(path, text, room);
        if (n >= 0 && (size_t)n < room) {
            text[n] = 0;
            return text;
        }
        free(text);
        if (n < 0) return NULL;
        room = 2 * room + 64; /* some file systems do not tell the size */
    }
}

char *tg_relink_text(const tg_relink_map *map, const char *link, const char *to)
{
    char *text = read_link(link), *folder = tg_path_folder(link);
    char *whole = text && *text == '/' ? tg_alloc_text(text) : tg_alloc_format("%s/%s", folder, text ? text : "");
    char *real = text ? real_place(whole) : NULL, *target = real ? mapped(map, real) : NULL;
    char *home = realpath(to, NULL), *new = NULL;
    if (target && *text == '/' && strcmp(target, real) != 0) new = tg_alloc_text(target);
    if (target && *text != '/') new = seen_from_folder(home ? home : to, target);
    free(whole), free(folder), free(real), free(target), free(home);
    if (!new) return text;
    free(text);
    return new;
}

static int change_link(const tg_relink_map *map, const char *link, const char *to)
{
    char *was = read_link(link), *text = tg_relink_text(map, link, to), *folder = tg_path_folder(link);
    char *aside = tg_alloc_format("%s/.tgrun-link", folder);
    int error = was && text ? 0 : EIO;
    if (!error && strcmp(was, text) != 0 && (symlink(text, aside) != 0 || rename(aside, link) != 0)) error = errno;
    free(was), free(text), free(folder), free(aside);
    return error;
}

/* Links in a folder that will be called `to`. Its names are read before any changes: one that was seen twice would be
 * changed twice. A folder that may not be opened stays as it is; one that cannot be read to its end is an error. */
static int change_within(const tg_relink_map *map, const char *path, const char *to)
{
    TG_VEC(char *) inner = {0};
    DIR *dir = opendir(path);
    const struct dirent *entry;
    int error = 0;
    while (dir && (errno = 0, entry = readdir(dir))) {
        bool other = entry->d_type != DT_LNK && entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN;
        if (other || strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        tg_vec_push(&inner, tg_alloc_format("%s/%s", path, entry->d_name));
    }
    if (dir) error = errno;
    if (dir) closedir(dir);
    for (size_t i = 0; i < inner.count; i++) {
        if (!error) error = tg_relink(map, inner.items[i], to);
        free(inner.items[i]);
    }
    tg_vec_done(&inner);
    return error;
}

int tg_relink(const tg_relink_map *map, const char *path, const char *to)
{
    struct stat st;
    if (lstat(path, &st) != 0) return errno;
    if (S_ISLNK(st.st_mode)) return change_link(map, path, to);
    if (!S_ISDIR(st.st_mode)) return 0;
    char *real = realpath(path, NULL), *folder = real ? mapped(map, real) : NULL;
    int error = folder ? change_within(map, path, folder) : errno;
    free(real);
    free(folder);
    return error;
}
