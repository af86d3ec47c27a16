/* SPDX-License-Identifier: MIT
 * Private folders that a command has left empty, kept for the next one in the same folder: to make and remove one costs more
 * than all else of a command with a result file. */
#ifndef TG_COMMAND_SPARE_H
#define TG_COMMAND_SPARE_H

#include "engine/command/aside.h"

/* Marks it as one to keep, if it is as it was made, and no running command could take it for something of the user's. */
bool tg_spare_mark(struct tg_aside *a);
/* Keeps it. It must be marked, and nobody uses it any more. */
void tg_spare_keep(struct tg_aside *a);
/* One of this folder, "FOLDER/" or ""; NULL: there is none. */
struct tg_aside *tg_spare_take(struct tg_aside_place *place, const char *folder);
/* Removes all, but those of the folders that it says; NULL: all. True if there were some. */
bool tg_spare_clear(struct tg_aside_place *place, bool (*keeps)(const void *data, const char *folder), const void *data);

#endif
