/* SPDX-License-Identifier: MIT
 * Symbolic links among results: they point to the same file after they have moved. */
#ifndef TG_COMMAND_RELINK_H
#define TG_COMMAND_RELINK_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/vec.h"

/* Where things in private folders will be; real paths, owned. */
struct tg_relink_place {
    char *from, *to;
};
typedef TG_VEC(struct tg_relink_place) tg_relink_map;

/* What is in the folder `from` will be in the folder `to`; of two that fit, the one added first counts. */
void tg_relink_add(tg_relink_map *map, const char *from, const char *to);
void tg_relink_done(tg_relink_map *map);

/* The text that the link must have when it lies in folder `to`, so that it leads where it leads now. Heap; NULL: it cannot
 * be read. */
char *tg_relink_text(const tg_relink_map *map, const char *link, const char *to);
/* Changes a link that will lie in folder `to`, with all links in it if it is a folder; 0 or errno. */
int tg_relink(const tg_relink_map *map, const char *path, const char *to);

#endif
