/* SPDX-License-Identifier: MIT
 * Writing a file so that it is either the old one or the whole new one. Thread class: owner. */
#ifndef TG_CMD_FILE_H
#define TG_CMD_FILE_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "engine/base/err.h"
#include "lang/text/source.h"

/* A file being written beside the one it will replace. */
struct tg_new_file {
    int fd;
    char *path;  /* what it becomes; symbolic links followed; heap */
    char *aside; /* its name so far; heap */
};

/* Starts a new file for `path`, with the mode (and, where allowed, the owner) of an existing one. */
bool tg_file_start(struct tg_new_file *f, const char *path, struct tg_err *err);
/* Brings it to disk and renames it. On failure it is removed, and what stood at the path is untouched. */
bool tg_file_keep(struct tg_new_file *f, struct tg_err *err);
/* Removes it. */
void tg_file_drop(struct tg_new_file *f);
/* Removes what is being written, where the process has to end there and then. Safe in a signal handler. */
void tg_file_abandon(void);
/* Whether both name the same regular file. */
bool tg_file_same(const char *a, const char *b);
/* False and err if the path is one of these, which have been read: they would be lost. */
bool tg_file_spares(const char *path, const struct tg_sources *read, struct tg_err *err);
/* False and err if it is the file from which these events are read, standard input as well. */
bool tg_file_spares_events(const char *path, FILE *events, struct tg_err *err);
/* A whole text at once. */
bool tg_file_write(const char *path, const char *text, size_t length, struct tg_err *err);

#endif
