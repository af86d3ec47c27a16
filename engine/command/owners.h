/* SPDX-License-Identifier: MIT
 * Which command of a run makes which path. A path belongs to the first command that is about to make it: until that fails, so
 * that it can be tried again or something else can make the file; and if it succeeds, for the rest of the run, since its result
 * is a file whose content nobody may change any more. Another command that would make the same path fails.
 * Thread class: locked; a struct tg_owned is its command's. */
#ifndef TG_COMMAND_OWNERS_H
#define TG_COMMAND_OWNERS_H

#include <pthread.h>

#include "engine/base/canonical.h"
#include "engine/base/err.h"
#include "engine/base/table.h"
#include "engine/base/vec.h"
#include "engine/plugin/host.h"

struct tg_owners {
    pthread_mutex_t lock;
    struct tg_table table;         /* locked: of items, by path */
    TG_VEC(struct tg_owner) items; /* locked */
    struct tg_canonical paths;     /* locked: of commands that are up to date */
    _Atomic uint64_t last;         /* atomic: number of the command that came last */
};

void tg_owners_init(struct tg_owners *s);
void tg_owners_done(struct tg_owners *s);

/* What one command makes. */
struct tg_owned {
    const char *task;                                                /* its name; lives as long as the run */
    tg_span span;                                                    /* of the call */
    void (*place)(const void *data, tg_span span, struct tg_buf *b); /* adds "file:line" for a message; NULL: none is told */
    const void *data;                                                /* for place */
    bool remakes; /* it is a command of this run once more, which has the paths */
    struct tg_canonical paths;
    uint64_t number;         /* of the command; 0: it has claimed nothing so far */
    TG_VEC(uint32_t) claims; /* items */
};

/* How a command makes a path. What two commands only write to is nobody's result. */
enum tg_making { TG_MAKES_FILE, TG_MAKES_LIST /* a pattern */, TG_WRITES_FILE /* by `>` */ };

/* Claims a path. False and err if another command has it, or, of results, this one. */
bool tg_owners_claim(struct tg_owners *s, struct tg_owned *o, enum tg_making how, const char *path, struct tg_err *err);
/* The same of a command that is up to date: its path remains its own. Many of them are quick, as folders are remembered. */
bool tg_owners_own(struct tg_owners *s, struct tg_owned *o, enum tg_making how, const char *path, struct tg_err *err);
/* The command is over: its paths remain its own, or may be made by others. */
void tg_owners_release(struct tg_owners *s, struct tg_owned *o, bool made);

#endif
