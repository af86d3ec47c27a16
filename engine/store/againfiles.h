/* SPDX-License-Identifier: MIT
 * Files of a task by their paths. A list of a few is looked through; a longer one has a table beside it. Thread class: owner. */
#ifndef TG_STORE_AGAINFILES_H
#define TG_STORE_AGAINFILES_H

#include "engine/base/table.h"
#include "engine/store/manifest.h"

/* Of a list that grows at its end alone. A zeroed struct is one of any list. */
struct tg_againfiles {
    struct tg_table by_path;
    size_t count; /* of the list, entered so far */
};

/* The number of the first file with this path; TG_TABLE_NONE: there is none. */
uint32_t tg_againfiles_find(struct tg_againfiles *x, const struct tg_recorded_file *files, size_t count, const char *path);
/* The list has become another one. */
void tg_againfiles_done(struct tg_againfiles *x);

#endif
