/* SPDX-License-Identifier: MIT
 * One private folder, whosever it is: its name, its locks, what is in it. Thread class: the caller's. */
#ifndef TG_COMMAND_ASIDEFOLDER_H
#define TG_COMMAND_ASIDEFOLDER_H

#include "engine/command/aside.h"

/* What tgrun makes for itself is sticky, which no folder of results or of the user's is by chance, and nobody else can make it.
 * So others cannot remove what the user's commands write in there, either. */
#define TG_ASIDEFOLDER_MARK S_ISVTX

/* Random letters of a name, and how many names are tried. */
#define TG_ASIDEFOLDER_LETTERS 6
#define TG_ASIDEFOLDER_TRIES 100

/* A name that nobody guesses by chance; one call of the kernel for a run. Locked: of the place. */
void tg_asidefolder_letters(struct tg_aside_place *place, char name[TG_ASIDEFOLDER_LETTERS + 1]);
/* True for what those of commands are called. */
bool tg_asidefolder_is_name(const char *name);
/* Of its lock file; heap. */
char *tg_asidefolder_lock_path(const char *aside);

/* Opens and locks it: one that was found, or made by the caller; -1 and errno, EAGAIN if somebody else has it. */
int tg_asidefolder_open(const char *path, bool found);
/* Nothing for -1. */
void tg_asidefolder_close(int fd);
/* True if other machines may see a folder, "FOLDER/" or "". */
bool tg_asidefolder_is_shared(const char *folder);
/* A name is no proof: true if it is one that tgrun has made for this user. */
bool tg_asidefolder_is_ours(const char *path, bool shared);
/* Takes over one whose process is gone: the descriptors of its locks; false if it is not to be had. */
bool tg_asidefolder_seize(const char *path, bool shared, int *fd, int *lock_fd);

/* Removes it with all in it; true if it is gone. */
bool tg_asidefolder_remove(int fd, const char *path);
/* The same for a moment, while programs may still write to it. */
bool tg_asidefolder_remove_busy(int fd, const char *path);

#endif
