/* SPDX-License-Identifier: MIT
 * How a run ended, for the blocks that come behind it. Thread class: owner (the main thread). */
#ifndef TG_CMD_OUTCOME_H
#define TG_CMD_OUTCOME_H

#include "engine/run/remains.h"
#include "lang/text/source.h"

struct tg_ended {
    bool ran;            /* the run was begun */
    enum tg_exit status; /* of all so far */
    int number;          /* of the signal that ended it, or TG_SIGNALS_DEADLINE; 0: none */
    double seconds;
    tg_id done, skipped; /* of what the author has called */
    tg_value failed;     /* a list of records; owned, as what follows */
    tg_value permitted;  /* the same of failures that were allowed */
    char *message;       /* the first of what went wrong; heap or NULL */
    struct tg_remains remains;
    struct tg_allowed_list allowed; /* of all runs: their values may hold them */
    char *first;                    /* the first failure as it was reported (cmd/failures.h); heap or NULL */
    bool again;                     /* something was reported behind it */
};

/* Takes what is to be kept of a run that is over; err: why it could not be done, NULL or without a message. */
void tg_outcome_take(struct tg_ended *o, const struct tg_run *run, const struct tg_err *err, const struct tg_sources *sources);
/* The record `outcome`. */
tg_value tg_outcome_record(const struct tg_ended *o);
void tg_outcome_done(struct tg_ended *o);

#endif
