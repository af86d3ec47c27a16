/* SPDX-License-Identifier: MIT
 * Paths of files as texts. */
#include "engine/base/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"

const char *tg_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *tg_path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return tg_alloc_text(".");
    return slash == path ? tg_alloc_text("/") : tg_alloc_copy(path, (size_t)(slash - path));
}

bool tg_path_ends(const char *path, const char *ending)
{
    size_t n = strlen(path), m = strlen(ending);
    return n >= m && memcmp(path + n - m, ending, m) == 0;
}

size_t tg_path_stem(const char *name, const char *ending)
{
    size_t length = strlen(name), m = strlen(ending);
    return length > m && tg_path_ends(name, ending) ? length - m : length;
}

char *tg_path_absolute(const char *path)
{
    char *here = *path == '/' ? NULL : getcwd(NULL, 0);
    if (!here) return tg_alloc_text(path);
    while (path[0] == '.' && path[1] == '/') path += 2;
    bool itself = strcmp(path, ".") == 0 || !*path;
    char *all = tg_alloc_format(itself ? "%s" : here[1] ? "%s/%s" : "%s%s", here, path);
    free(here);
    return all;
}

int tg_path_make_parents(const char *path)
{
    char *folder = tg_alloc_text(path);
    int error = 0;
    for (char *at = folder + 1; *folder && *at && !error; at++) {
        if (*at != '/' || at[-1] == '/') continue;
        *at = 0;
        struct stat st;
        if (mkdir(folder, 0777) != 0 && errno != EEXIST) error = errno;
        else if (stat(folder, &st) != 0) error = errno;
        else if (!S_ISDIR(st.st_mode)) error = ENOTDIR;
        *at = '/';
    }
    free(folder);
    return error;
}
