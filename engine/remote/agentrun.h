/* SPDX-License-Identifier: MIT
 * One parcel after the other in the executor of an agent: begun, looked at until it is over, and reported. Thread class: owner. */
#ifndef TG_REMOTE_AGENTRUN_H
#define TG_REMOTE_AGENTRUN_H

#include <poll.h>

#include "engine/remote/agentfiles.h"
#include "engine/remote/parcel.h"
#include "engine/remote/pool.h"

/* Descriptors that tell that there is something to look at. */
#define TG_AGENTRUN_POLLED 2

/* Zeroed, but for services and files, which are lent: nothing ran so far. */
struct tg_agentrun {
    const struct tg_services *services;
    const struct tg_agentfiles *files;
    struct tg_pool *pool;           /* of one; NULL: there was no parcel so far */
    struct tg_buf greeting;         /* of the parcel for which it was made */
    struct tg_link *link;           /* its only one */
    bool sent;                      /* the executor has the batch, and it was not over so far */
    uint64_t give_up_ns;            /* when it is ended; 0: it was not told to end */
    struct tg_err why;              /* there is no executor */
    struct tg_parcel_report report; /* so far, without what is lent */
};
/* Ends what runs, and the executor. */
void tg_agentrun_done(struct tg_agentrun *r);

/* Begins what the bytes say; nothing runs. Waits until there is an executor. False and err: it is no parcel, or needs a file that is
 * not there. */
bool tg_agentrun_begin(struct tg_agentrun *r, const uint8_t *bytes, size_t length, struct tg_err *err);
/* Tells it to end; when the time is over, it is ended. */
void tg_agentrun_cancel(struct tg_agentrun *r, uint64_t grace_ns);
/* Takes what there is, and ends what was to end. True once it is over: then it can be reported. */
bool tg_agentrun_is_over(struct tg_agentrun *r);
/* What is to be waited for while it is not over, and what came of that. */
void tg_agentrun_poll(const struct tg_agentrun *r, struct pollfd fds[TG_AGENTRUN_POLLED]);
void tg_agentrun_polled(struct tg_agentrun *r, const struct pollfd fds[TG_AGENTRUN_POLLED]);
/* Appends the report. */
void tg_agentrun_report(struct tg_agentrun *r, struct tg_buf *b);

#endif
