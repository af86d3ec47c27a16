/* SPDX-License-Identifier: MIT
 * What may be meant by a word where a workflow or a name of one is expected. Thread class: owner. */
#ifndef TG_CMD_MEANT_H
#define TG_CMD_MEANT_H

#include "cmd/cmd.h"

/* True if there is something that could be read. */
bool tg_meant_is_file(const char *path);
/* How workflows end; NULL-terminated. */
extern const char *const tg_meant_endings[];
/* True if it ends so. */
bool tg_meant_ending(const char *path);
/* "squares.tg", if there is such a file, for "squares"; the caller frees it. NULL: there is none. */
char *tg_meant_file(const char *word);
/* Replaces the hint for the first word, which names nothing in the workflow of the folder, by what is likelier: a file, a verb. */
void tg_meant_hint(const struct tg_cli *cli, struct tg_err *err);

#endif
