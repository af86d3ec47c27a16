/* SPDX-License-Identifier: MIT
 * Locks on result paths among the runs in one folder, which are gone when their holder is, however that ends. A run that makes results
 * has a file in `locks/` of the record's folder, and a kernel lock on it that says that it lives; in it stand the digests of the paths
 * that it has. So a run needs one descriptor, and one for each run beside it, however many paths there are. The kernel lock is that of
 * the process (fcntl, F_SETLK), so children do not have it. It goes when the process closes any descriptor of its file: nothing else
 * may open one, and a process has one of these for a folder. Runs must be on one machine, as for the record itself.
 * Thread class: locked. */
#ifndef TG_STORE_PATHLOCK_H
#define TG_STORE_PATHLOCK_H

#include "engine/base/err.h"

struct tg_pathlocks;
/* folder: of the record. NULL and err: there can be no locks (a folder that cannot be written). */
struct tg_pathlocks *tg_pathlocks_new(const char *folder, struct tg_err *err);
/* Lets all go. NULL is fine. */
void tg_pathlocks_free(struct tg_pathlocks *p);
enum tg_pathlock {
    TG_PATHLOCK_OURS,
    TG_PATHLOCK_THEIRS,
    TG_PATHLOCK_LATER,   /* a run has it that began after this one, and does not wait for it, or gives way (CROSSED) */
    TG_PATHLOCK_CROSSED, /* theirs, and an older run waits for this one: to wait as well might be for ever */
    TG_PATHLOCK_ERROR,
};
/* Takes the lock of a path, whose text must be the same in all runs (base/canonical.h), until the end; a second time is fine.
 * THEIRS and what follows: *pid is who has it; not a positive number if that is in another container or on another machine. An
 * ancestor's counts as ours. It is not waited for; who waits for a LATER one asks again now and then. */
enum tg_pathlock tg_pathlocks_take(struct tg_pathlocks *p, const char *path, int *pid, struct tg_err *err);

/* The runs that a command belongs to, in its environment: process ids with ':' between them. */
#define TG_PATHLOCK_VARIABLE "TG_RUNS"
/* Adds this process, once. To be called before there are threads or commands. */
void tg_pathlocks_enlist(void);

#endif
