/* SPDX-License-Identifier: MIT
 * Too few descriptors or processes for all commands at once: a command that cannot get what it needs waits until another
 * one of this process ends, and tries again. Where none runs, waiting would not help: the system's error is final.
 *
 * A step claims what it starts with. A claim that lacks something gives back all it has and becomes the only one that
 * tries (`alone`); claims that come later queue behind it and hold nothing. A pipeline is alone from the beginning, so
 * that never two of them wait for each other with half of their programs started. The highest descriptors are left to
 * logs, result files and plugins, unless nothing else runs.
 * Thread class: locked. */
#ifndef TG_COMMAND_CLAIM_H
#define TG_COMMAND_CLAIM_H

#include <pthread.h>

#include "engine/plugin/host.h"

struct tg_claims {
    pthread_mutex_t lock;
    pthread_cond_t turn;    /* claims that queue: one is woken at a time */
    pthread_cond_t changed; /* the one that is alone, for `changes` */
    unsigned running;       /* locked: steps whose programs have been started and have not all ended */
    unsigned starting;      /* locked: claims that may hold something */
    bool alone;             /* locked: a claim is the only one that tries */
    uint64_t changes;       /* locked: how often something was given back */
    bool told;              /* locked: the user knows that commands wait */
    int first_spare_fd;     /* immutable */
    bool (*spare)(void *data,
                  tg_ctx *ctx); /* immutable: ends something that nobody uses now; false: there is nothing; NULL: none */
    void *spare_data;           /* immutable */
};

struct tg_claim {
    struct tg_claims *claims;
    tg_ctx *ctx;
    bool (*given_up)(const void *data); /* looked at from time to time while it waits */
    const void *data;
    bool counted, alone;
    bool last;      /* nothing else runs: it gets the spare descriptors, too, and soon its failure is final */
    unsigned tries; /* since */
    uint64_t seen;
};

void tg_claim_init(struct tg_claims *s);
void tg_claim_done(struct tg_claims *s);
/* A server is asked: others that wait may wait for its end, as for that of a step. */
void tg_claim_asked(struct tg_claims *s);
/* All programs of a step that was started have ended, and its descriptors are closed. */
void tg_claim_ended(struct tg_claims *s);

bool tg_claim_is_shortage(int error);
/* Workers that the limit of processes has room for, each with a command of three processes; at least 1. */
unsigned tg_claim_most_workers(void);
/* Queues behind a claim that waits; false if it was given up. several: the step has more than one program. */
bool tg_claim_begin(struct tg_claim *c, bool several);
/* May a command have a descriptor of this number? */
bool tg_claim_may_have(struct tg_claim *c, int fd);
/* Waits until it is worth another try; false if there will be none. A claim that was not `alone` holds nothing. */
bool tg_claim_again(struct tg_claim *c, int error);
void tg_claim_settle(struct tg_claim *c, bool started);

#endif
