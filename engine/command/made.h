/* SPDX-License-Identifier: MIT
 * What earlier runs made for a pattern of results, so that what is not made again can be removed. */
#ifndef TG_COMMAND_MADE_H
#define TG_COMMAND_MADE_H

#include <stdbool.h>

#include "engine/base/vec.h"

/* Names of files, sorted by bytes, each once; owned. */
typedef TG_VEC(char *) tg_made_names;

void tg_made_done(tg_made_names *names);
void tg_made_sort(tg_made_names *names);
bool tg_made_has(const tg_made_names *names, const char *name);

/* The path of the record for what matches in a folder, "FOLDER/" or ""; heap; NULL if the folder is gone. */
char *tg_made_path(const char *folder, const char *pattern);
/* The names in it that match; none if it cannot be read. */
void tg_made_read(const char *record, const char *pattern, tg_made_names *names);
/* Where it cannot be written, old files stay. */
void tg_made_write(const char *record, const tg_made_names *names);

#endif
