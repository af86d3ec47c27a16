/* SPDX-License-Identifier: MIT
 * Which paths can be those of results. */
#ifndef TG_COMMAND_OUTPATH_H
#define TG_COMMAND_OUTPATH_H

#include <sys/stat.h>

#include "engine/command/command.h"

/* Why its text cannot be a result's path; NULL if it can. */
const char *tg_outpath_bad(const struct tg_result_file *file);
/* The path that a result file gets: that of `path` with symbolic links followed, which may lead to what is not there yet.
 * *st is what is there, all zero if nothing. ours: the command protects what it makes, and may replace that. Heap; NULL and err if it
 * cannot be a result's. */
char *tg_outpath_final(const char *path, bool ours, struct stat *st, struct tg_err *err);
/* Why what is there may not be replaced; NULL if it may. */
const char *tg_outpath_keeps(const char *path, bool ours, const struct stat *st);
/* "a FIFO", for what is neither a file nor a folder nor a link; else NULL. */
const char *tg_outpath_special(mode_t mode);

#endif
