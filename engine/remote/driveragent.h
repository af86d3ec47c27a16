/* SPDX-License-Identifier: MIT
 * An agent as its driver sees it: a process that was started by a command, spoken to over its standard input and output, and what it
 * says to its standard error. Thread class: owner. */
#ifndef TG_REMOTE_DRIVERAGENT_H
#define TG_REMOTE_DRIVERAGENT_H

#include <poll.h>
#include <sys/types.h>

#include "engine/command/guard.h"
#include "engine/remote/driverplaces.h"
#include "engine/remote/frames.h"

enum tg_driveragent_state {
    TG_DRIVERAGENT_AWAY,     /* there is no process: it is started when again_ns is there */
    TG_DRIVERAGENT_GREETING, /* its hello is waited for */
    TG_DRIVERAGENT_OPENING,  /* it was told of the run */
    TG_DRIVERAGENT_MEASURED, /* it is ready: how long it takes to answer is measured */
    TG_DRIVERAGENT_READY,
    TG_DRIVERAGENT_CLOSING, /* told to end */
    TG_DRIVERAGENT_GONE,    /* ended, and is not started again */
};

struct tg_driveragent {
    enum tg_driveragent_state state;
    unsigned slot;
    struct tg_frames frames;
    int to_fd, from_fd, words_fd, pidfd; /* -1: closed */
    pid_t pid;                           /* 0: none */
    struct tg_running entry; /* it is not in the guard's table: it ends as we do, when nobody speaks to it any more */
    char *name;              /* of the worker, once it is ready; heap */
    char *place;             /* how it is called before; heap */
    bool blind;
    bool held;           /* what it says is kept, as nothing else may tell why it cannot be reached */
    struct tg_buf words; /* the end of that */
    bool leaving;        /* it is to end when it has nothing to do */
    bool failed;         /* GONE: it cannot be had */
    bool told;           /* tgrun knows it as one of its workers */
    bool busy;
    int64_t batch;       /* if busy: its id */
    unsigned starts;     /* so often it was started */
    uint64_t since_ns;   /* it is in this state; of tg_clock_ns */
    uint64_t asked_ns;   /* the ping was sent */
    uint64_t answer_ns;  /* that it took */
    uint64_t again_ns;   /* AWAY: it is started then */
    uint64_t give_up_ns; /* CLOSING: the next harder word is said then */
    int signalled;       /* the last of them; 0: none */
};

struct tg_driveragent *tg_driveragent_new(unsigned slot, const char *place);
/* Its process has ended or is killed now. NULL is fine. */
void tg_driveragent_free(struct tg_driveragent *a);
/* Starts it; false and err: there is no such program. */
bool tg_driveragent_start(struct tg_driveragent *a, const struct tg_driverplaces *places, struct tg_err *err);
void tg_driveragent_enter(struct tg_driveragent *a, enum tg_driveragent_state state);
/* Tells it to end. One that does not within a while is asked by signals (tg_driveragent_press). */
void tg_driveragent_close(struct tg_driveragent *a);
/* Writes what can be written; one that was told to end is then told that nothing more comes. False: it does not read any more. */
bool tg_driveragent_flush(struct tg_driveragent *a);
void tg_driveragent_press(struct tg_driveragent *a, uint64_t now_ns);
/* Reads what it has said to its standard error, and passes it on unless it is held. */
void tg_driveragent_hear(struct tg_driveragent *a);
/* It is up: what it had said, and what it says from now on, is passed on. */
void tg_driveragent_pass(struct tg_driveragent *a);
/* Kills it, waits for it, and says how it ended: "was killed by signal 9", with its last words. */
void tg_driveragent_reap(struct tg_driveragent *a, struct tg_buf *how);
/* Adds what is to be waited for: at most TG_DRIVERAGENT_POLLS. */
#define TG_DRIVERAGENT_POLLS 4
nfds_t tg_driveragent_poll(const struct tg_driveragent *a, struct pollfd *fds);
/* How it is called: its name, or its place. */
const char *tg_driveragent_name(const struct tg_driveragent *a);

#endif
