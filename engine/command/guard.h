/* SPDX-License-Identifier: MIT
 * The table of running programs, and the guard process that kills them when this process dies, and pays what it owes.
 *
 * The table lies in memory that is shared with the guard and with worker processes forked after tg_guard_init. Each
 * program is the leader of its own session and process group, so its pid names all three. An entry is cleared before
 * the program is waited for: as long as it stands, the pid cannot belong to anybody else.
 * Thread class: locked (a robust mutex shared between processes). */
#ifndef TG_COMMAND_GUARD_H
#define TG_COMMAND_GUARD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "engine/base/usage.h"
#include "engine/base/buf.h"
#include "engine/command/cgroup.h"
#include "engine/gate/jobserver.h"

/* Programs at once: one per worker (TG_MAX_WORKERS), and as many again for worker processes. */
#define TG_MAX_RUNNING 8192

struct tg_running {
    _Atomic pid_t group;     /* atomic: written by the new program itself before exec; 0: not started yet */
    _Atomic uint64_t number; /* atomic: of the program, in the mark of all that it starts; 0: the entry is free */
    pid_t owner;             /* locked: the process that waits for it; 0: the entry is free */
    int signalled;           /* locked: it has been asked to end */
    uint64_t started_ns;     /* locked: of tg_clock_ns */
    uint32_t attempt;        /* locked: of the task, from 1; 0: the first */
    const char *engine;      /* locked: what removes the container of its program, a constant; NULL: there is none */
    char container[48];      /* locked: its name */
    char name[40];           /* locked: the task's, cut */
};

struct tg_running_table;
struct tg_guard {
    struct tg_running_table *table; /* immutable: shared memory */
    struct tg_debt *debt;           /* immutable once it was started; shared memory; NULL: nothing is owed */
    pthread_mutex_t starting;       /* guards pipe_fd and owner */
    int pipe_fd;                    /* locked: at its end of file, the guard kills; -1: not started */
    pid_t owner;                    /* locked: the process whose guard that is */
    pid_t pid;                      /* locked: the guard */
    const char *group_root;         /* immutable: where control groups are mounted, and who tells ours (cgroup.h) */
    const char *group_file;
    _Atomic int *due;                    /* immutable once it was started; shared memory: it is told that programs have ended */
    _Atomic uint64_t cpu_ns, peak_bytes; /* atomic, relaxed: what programs have used that have ended */
    char mark[64];                       /* immutable once it was started: how the marks of programs begin */
};

void tg_guard_init(struct tg_guard *g);
/* The guard process ends by itself; nobody waits for it. */
void tg_guard_done(struct tg_guard *g);
/* Starts this process's guard unless it runs; 0 or an errno. */
int tg_guard_start(struct tg_guard *g);

/* Where groups for programs are made; NULL: nowhere. The first call looks for it, which takes some time. */
struct tg_cgroup_home *tg_guard_groups(struct tg_guard *g);

/* A free entry for a program that is about to start; NULL if there are too many. */
struct tg_running *tg_guard_take(struct tg_guard *g, const char *name, uint32_t attempt);
/* The program that is about to start has a container, which is to go if we are killed. */
void tg_guard_contain(struct tg_guard *g, struct tg_running *entry, const char *engine, const char *container);
/* Frees the entry; the program ended but is not yet waited for (or never started). The signal that it was asked to
 * end with; 0: none. */
int tg_guard_release(struct tg_guard *g, struct tg_running *entry);
/* Asks a program's group to end, unless it has been asked already: with `signal`, or with the one that was passed to
 * all. */
void tg_guard_ask(struct tg_guard *g, struct tg_running *entry, int signal);
/* The variable by which all that a program starts is known to be its; nothing before the guard was started. */
void tg_guard_mark(const struct tg_guard *g, const struct tg_running *entry, struct tg_buf *b);
/* Kills a program's group. With `all`, also what left the group, or the session. */
void tg_guard_kill(const struct tg_guard *g, struct tg_running *entry, bool all);
/* Kills what an ended program, not yet waited for, has left; how many there were. */
size_t tg_guard_sweep(const struct tg_guard *g, const struct tg_running *entry);
/* Passes a signal to all programs and, if it ends or stops programs, to what left their sessions; one that ends programs is
 * also kept for those that start later. */
void tg_guard_signal_all(struct tg_guard *g, int signal);
/* As that, and raises the flag: no program ends by the signal while the flag is down, and whoever sees the flag finds the signal. */
void tg_guard_end_all(struct tg_guard *g, int signal, _Atomic int *stop);
/* Stops all programs, and what left their groups; later ones stop when they start (tg_guard_started). */
void tg_guard_pause(struct tg_guard *g);
/* Lets all programs go on. */
void tg_guard_resume(struct tg_guard *g);
/* The program of the entry has started: it stops if all are. */
void tg_guard_started(struct tg_guard *g, struct tg_running *entry);
/* How long all programs have been stopped so far; *now: they are. */
uint64_t tg_guard_paused_ns(struct tg_guard *g, bool *now);
/* The signal passed to all that was to end them; 0: none. */
int tg_guard_passed(struct tg_guard *g);
/* Forgets it: from now on programs start again. When none is running. */
void tg_guard_forget(struct tg_guard *g);
void tg_guard_describe(struct tg_guard *g, struct tg_buf *b);
/* What programs of commands have used that have ended: adds one. */
void tg_guard_note_used(struct tg_guard *g, const struct tg_usage *used);
struct tg_usage tg_guard_used(struct tg_guard *g);

#endif
