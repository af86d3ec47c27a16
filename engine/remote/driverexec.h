/* SPDX-License-Identifier: MIT
 * The driver that ships with tgrun: it runs batches in agents (agent.h) that it starts by a command, here, by ssh or by srun
 * (driverplaces.h), and speaks to them as tgrun speaks to it. It keeps no values: what a batch gives goes back to tgrun. */
#ifndef TG_REMOTE_DRIVEREXEC_H
#define TG_REMOTE_DRIVEREXEC_H

#include "engine/remote/driveragent.h"

/* A batch that waits for an agent: the message that brought it. */
struct tg_driverexec_batch {
    int64_t id;
    uint8_t *message; /* heap */
    size_t bytes;
    tg_value not_on; /* a list of names, or not */
};

struct tg_driverexec {
    struct tg_frames core;
    struct tg_driverplaces places;
    bool opened, told_ready, ending;
    struct tg_buf open;                       /* the message that opens an agent */
    TG_VEC(struct tg_driveragent *) agents;   /* by slot */
    TG_VEC(struct tg_driverexec_batch) queue; /* the first came first */
    unsigned wanted;                          /* agents that there are to be */
    uint64_t ready_by_ns;                     /* tgrun is told then of those that are ready */
    struct tg_buf joined, left;               /* names, as items of JSON, since tgrun was told last */
    bool changed;
    struct tg_buf trouble; /* why the last one that is gone is */
    struct tg_buf advice;  /* and what to do about it */
    const char *kind;      /* of that error; a constant */
};

/* True if standard input is what a program gives its driver. */
bool tg_driverexec_is_called(void);
/* Serves on its standard input and output until they are closed; the exit status. */
int tg_driverexec_main(void);

/* -- driverexecagents.c: its agents */
/* Starts and ends agents, so that there are as many as are wanted, and hands batches out. */
void tg_driverexec_tend(struct tg_driverexec *d, uint64_t now_ns);
/* One of them may have said something, or has ended. */
void tg_driverexec_hear(struct tg_driverexec *d, struct tg_driveragent *a, bool ended);
/* When it is to be tended again at the latest; UINT64_MAX: when something happens. */
uint64_t tg_driverexec_next_ns(const struct tg_driverexec *d);
/* Tells tgrun that it is ready, or what has changed since. */
void tg_driverexec_tell(struct tg_driverexec *d, uint64_t now_ns);
/* Ends all of this with an error. */
void tg_driverexec_fail(struct tg_driverexec *d, const char *kind, const char *message, const char *hint);
/* Frees what belongs to a batch that waits, and takes it out. */
void tg_driverexec_drop(struct tg_driverexec *d, size_t at);
/* Answers a batch that has no answer. */
void tg_driverexec_refuse(struct tg_driverexec *d, int64_t id, const char *kind, const char *message, const char *worker);

#endif
