/* SPDX-License-Identifier: MIT
 * Paths of files as texts, with '/' between their parts. */
#ifndef TG_BASE_PATH_H
#define TG_BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* The last part: what stands behind the last '/', part of `path` itself. */
const char *tg_path_name(const char *path);
/* The folder that the last part is in: "." or "/" where nothing else is said. Heap. */
char *tg_path_folder(const char *path);
/* True if the path, or a name, ends so: ".yaml". */
bool tg_path_ends(const char *path, const char *ending);
/* The length of a name without this ending; if it is nothing else, or has it not, the whole length. */
size_t tg_path_stem(const char *name, const char *ending);
/* The path from the root, as text: behind the working folder's unless it is absolute. Heap; as it is where that is not known. */
char *tg_path_absolute(const char *path);
/* Makes the folders above the last part; 0 or errno. */
int tg_path_make_parents(const char *path);

#endif
