/* SPDX-License-Identifier: MIT
 * The journal of a command's results: several files get their names together, or after any end are finished or undone. */
#ifndef TG_COMMAND_JOURNAL_H
#define TG_COMMAND_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/vec.h"

/* One file that gets its name. */
struct tg_move {
    char *from; /* in a private folder; NULL: nothing takes the place of what is removed */
    char *to;
    char *old; /* in a private folder of the same file system: what had that name before; NULL: nothing had it */
};
typedef TG_VEC(struct tg_move) tg_moves;

void tg_journal_done(tg_moves *moves);

/* The journal's file in a private folder. */
#define TG_JOURNAL_FILE ".tgrun-journal"

/* Writes down to the disk what is about to happen, in the private folder `aside`; the open file, or -1 and errno. */
int tg_journal_write(const char *aside, const tg_moves *moves);
/* Writes in another private folder that the journal of `main` counts; 0 or errno. */
int tg_journal_refer(const char *aside, const char *main);
/* Makes the moves; 0, or errno and the one that failed. Those that are made already are passed over. */
int tg_journal_run(int fd, const tg_moves *moves, size_t *failed);
/* Notes that the moves are taken back, and takes them back; 0 or errno. */
int tg_journal_undo(int fd, const tg_moves *moves);

enum tg_journal_end {
    TG_JOURNAL_NOTHING,  /* nothing had been begun */
    TG_JOURNAL_FINISHED, /* or undone, as it says */
    TG_JOURNAL_STUCK,    /* cannot be finished: errno */
};
/* Brings to an end what the process that wrote it could not. *main: the private folder whose journal counts, heap;
 * then nothing is done. */
enum tg_journal_end tg_journal_finish(const char *aside, char **main);

#endif
