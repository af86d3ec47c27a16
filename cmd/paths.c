/* SPDX-License-Identifier: MIT
 * Where tgrun's own files are.
 *
 * The program runs from its build tree if its folder holds what configure and make leave there: the file
 * config.status and the folder plugins. An installed program's folder holds neither. */
#include "cmd/paths.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/path.h"

/* Set by configure. */
#ifndef TG_PLUGIN_DIR
#define TG_PLUGIN_DIR "/usr/local/lib/tgrun/plugins"
#endif
#ifndef TG_INCLUDE_DIR
#define TG_INCLUDE_DIR "/usr/local/include"
#endif
#ifndef TG_SOURCE_DIR
#define TG_SOURCE_DIR ""
#endif

bool tg_paths_program(struct tg_buf *b)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    if (length <= 0 || (size_t)length >= sizeof path) return false;
    tg_buf_add(b, path, (size_t)length);
    return true;
}

/* The build tree's folder; false if the program does not run from there. */
static bool find_build(struct tg_buf *b)
{
    if (!tg_paths_program(b)) return false;
    size_t length = (size_t)(strrchr(b->data, '/') - b->data);
    static const char *const marks[] = {"/config.status", "/plugins"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        b->length = length;
        tg_buf_text(b, marks[i]);
        if (access(b->data, F_OK) != 0) return false;
    }
    b->length = length;
    b->data[length] = 0;
    return true;
}

void tg_paths_search(struct tg_registry *r, const char *workflow)
{
    struct tg_buf folder = {0};
    tg_registry_search(r, getenv("TGRUN_PLUGIN_PATH"), true);
    char *beside = tg_path_folder(workflow);
    tg_registry_search(r, beside, false);
    free(beside);
    if (find_build(&folder)) {
        tg_buf_text(&folder, "/plugins");
        tg_registry_search(r, folder.data, true);
    }
    tg_registry_search(r, TG_PLUGIN_DIR, true);
    tg_buf_done(&folder);
}

void tg_paths_include(struct tg_buf *b)
{
    struct tg_buf folder = {0};
    if (!find_build(&folder)) tg_buf_text(b, TG_INCLUDE_DIR);
    else if (*TG_SOURCE_DIR) tg_buf_text(b, TG_SOURCE_DIR "/include");
    else tg_buf_format(b, "%s/include", folder.data);
    tg_buf_done(&folder);
}
