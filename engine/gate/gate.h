/* SPDX-License-Identifier: MIT
 * The room engine/gate: what slow tasks (commands, and tasks of plugins that take a millisecond or more) pass before they begin, so that a
 * run takes no more of the machine than it may. This is its door. Behind it:
 *
 *     throttle.c   the decision              makeflags.c  how makes tell each other of a jobserver
 *     jobserver.c  tokens, of make or ours   reading.c    load average, pressure of memory
 *
 * Who waits does so in its thread, in the order in which they came: only the first one tries. Since a task that waits for nothing but
 * others of this process would find none running, somebody always gets on.
 * Thread class: locked. */
#ifndef TG_GATE_GATE_H
#define TG_GATE_GATE_H

#include <pthread.h>
#include <stddef.h>

#include "engine/gate/jobserver.h"
#include "engine/gate/throttle.h"

struct tg_gate_options {
    struct tg_jobserver *jobserver;            /* borrowed; NULL: none */
    unsigned most;                             /* tokens there are in all; 0: unknown */
    double load;                               /* nothing begins from this load average on; 0: whatever it is */
    bool ignore_pressure;                      /* of memory */
    const char *pressure_file;                 /* where that stands; NULL: where the kernel tells it */
    void (*say)(void *data, const char *text); /* a line for the user */
    void *data;
};

struct tg_gate;
struct tg_gate *tg_gate_new(const struct tg_gate_options *options);
/* Nobody may be inside. NULL is fine. */
void tg_gate_free(struct tg_gate *g);

/* A task at the gate. */
struct tg_gate_visit {
    uint32_t task;
    unsigned cores;             /* what it needs; inside: what it holds */
    enum tg_wait why;           /* locked: what it waits for */
    struct tg_gate_visit *next; /* locked: who came behind it */
    pthread_cond_t *turn;       /* while it is in line: that it is the first now */
};

/* Waits until it may begin; false if that was given up, which is the same for all who wait: it is looked at from time to time and
 * when wake_fd (-1: none) becomes readable. */
bool tg_gate_enter(struct tg_gate *g, struct tg_gate_visit *v, bool (*given_up)(const void *data), const void *data,
                   int wake_fd);
void tg_gate_leave(struct tg_gate *g, struct tg_gate_visit *v);

/* Who waits: so many of them at most are copied (without pointers); how many there are. Any thread. */
size_t tg_gate_waiting(struct tg_gate *g, struct tg_gate_visit *out, size_t room);
/* "a token of the jobserver": what it waits for. */
const char *tg_gate_waits_for(enum tg_wait why);

#endif
