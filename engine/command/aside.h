/* SPDX-License-Identifier: MIT
 * Private folders: where the result files of a command are until it has succeeded. */
#ifndef TG_COMMAND_ASIDE_H
#define TG_COMMAND_ASIDE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "engine/base/err.h"
#include "engine/base/names.h"
#include "engine/plugin/host.h"

/* What is tgrun's own in a folder of results begins so; no result may have such a name. */
#define TG_ASIDE_PREFIX ".tgrun-"
/* A file whose lock says that the run lives which made the folder that it is in. */
#define TG_ASIDE_LOCK ".tgrun-lock"

/* A private folder. Thread class: of the command that made it; what is locked says so. */
struct tg_aside {
    char *path;      /* immutable: "FOLDER/.tgrun-XXXXXX" */
    char *folder;    /* immutable: "FOLDER/" or "" */
    int fd, lock_fd; /* immutable: of the folder, locked; of its lock file, or -1 */
    dev_t device;    /* immutable: which it is, and its rights when it was made */
    ino_t inode;
    mode_t mode;
    bool spare;                   /* locked: it is kept empty for another command (spare.h) */
    struct timespec changed;      /* of a spare one: when somebody put something in or out last */
    struct tg_aside *next_spare;  /* locked */
    bool publishing;              /* locked: its journal decides what becomes of it */
    bool gone;                    /* removed, or kept under another name */
    struct tg_aside *next, *prev; /* locked: the others of the run */
    struct tg_aside_place *place;
};

/* Makes a file and locks it, for as long as its descriptor is open; -1 and errno: EAGAIN if somebody else was quicker. */
int tg_aside_lock_new(const char *path);
/* Opens such a file and locks it, if nobody has it locked; -1 and errno. */
int tg_aside_lock_free(const char *path);

/* Those of a run. Thread class: locked. */
struct tg_aside_place {
    pthread_mutex_t lock;
    pthread_cond_t freed;            /* one was forgotten */
    unsigned count, most;            /* locked: there are, or are about to be; immutable: more of them wait */
    const _Atomic unsigned *running; /* commands, which have descriptors and will give them back; NULL: none */
    struct tg_aside *first;          /* locked */
    struct tg_aside *spares;         /* locked: of them, those that no command uses */
    _Atomic unsigned spare_count;    /* atomic: of these */
    struct tg_names swept;           /* locked: folders that were looked through */
    TG_VEC(bool) shared;             /* locked: of each, that other machines may see it */
    uint64_t random;                 /* locked: what the next name is made of; 0: not yet set */
    bool cleared;                    /* locked: the process ends, nothing is made any more */
    TG_VEC(char *) remains;          /* locked: that could not be removed yet */
    bool left;                       /* one could not be removed at the end either: the next run tries again */
    int registry_fd;                 /* locked: -1: none */
    char *registry;                  /* locked: path; NULL: none */
};

void tg_aside_place_init(struct tg_aside_place *place);
void tg_aside_place_done(struct tg_aside_place *place);

/* Makes one in a folder, given as "FOLDER/" or "", which is made if need be. What killed runs left in there is cleared before,
 * once a run. With `wait`, too few descriptors are waited for while other commands have some: this one must have none.
 * NULL and errno in *error on failure. */
struct tg_aside *tg_aside_new(struct tg_aside_place *place, const tg_ctx *ctx, const char *folder, bool wait, int *error);
/* From here on tg_aside_clear leaves it alone: its journal may be written. */
void tg_aside_publish(struct tg_aside *a);
/* Removes it if nothing is in it, or marks it to be kept for the next command. */
bool tg_aside_settle(struct tg_aside *a);
/* Removes it with all in it; true if it is gone. Else that is tried again at the end of the run. */
bool tg_aside_remove(struct tg_aside *a);
/* Gives it another name, under which nobody clears it; the name, heap, or NULL. */
char *tg_aside_keep(struct tg_aside *a);
/* Forgets it, or keeps it. NULL is fine. */
void tg_aside_free(struct tg_aside *a);

/* Removes what lies in private folders of running commands, but of those that are being put in place: for a process that
 * ends without waiting for them. Their programs must have ended. Asks for no memory; any thread, not a signal handler. */
void tg_aside_clear(struct tg_aside_place *place);
/* Clears what killed runs left, wherever `.tgrun/aside` says that they made private folders. */
void tg_aside_recover(const struct tg_services *services);

#endif
