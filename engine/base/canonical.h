/* SPDX-License-Identifier: MIT
 * One text for all paths that lead to the same place: absolute, without `.`, `..` and symbolic links, those of the last part
 * included. What is not there yet is taken as what it would be if it were made: a folder, or a file.
 * Thread class: tg_canonical_path any thread; struct tg_canonical owner. */
#ifndef TG_BASE_CANONICAL_H
#define TG_BASE_CANONICAL_H

#include "engine/base/names.h"

/* Heap. */
char *tg_canonical_path(const char *path);

/* Remembers the folders of many paths. A zeroed struct remembers none. */
struct tg_canonical {
    struct tg_names folders; /* as written */
    TG_VEC(char *) real;     /* by name */
};
void tg_canonical_done(struct tg_canonical *c);
/* The same as tg_canonical_path, for little where the folder is remembered. Heap. */
char *tg_canonical_of(struct tg_canonical *c, const char *path);
/* In two steps: what it is unless the path itself is a link, which costs no call of the system; and whether it is. Heap; the second needs
 * nothing that is remembered. */
char *tg_canonical_unless_link(struct tg_canonical *c, const char *path);
char *tg_canonical_see(char *take_real, const char *path);
/* The same of a pattern of names in a folder, with '*' before it, which no path has. Heap. */
char *tg_canonical_pattern(struct tg_canonical *c, const char *pattern);

#endif
