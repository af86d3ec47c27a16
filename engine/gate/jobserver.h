/* SPDX-License-Identifier: MIT
 * The jobserver of GNU make: a pipe or FIFO with a byte, a token, for each program that may run beside the first one of each process.
 * Who wants to start a second one reads a token, and writes it back when that has ended. So all below one `make -jN` or `tgrun -jN`
 * together run at most N programs. A process is a client of the jobserver that it finds, or serves one, of which it is a
 * client as well.
 *
 * What a process owes, the tokens that it has not written back and a FIFO that it has made, is kept in memory that survives it in
 * another process, which pays when it is gone (command/guard.h).
 * Thread class: owner, under a lock of the caller; what is owed is atomic. */
#ifndef TG_GATE_JOBSERVER_H
#define TG_GATE_JOBSERVER_H

#include <limits.h>
#include <stdatomic.h>

#include "engine/base/err.h"
#include "engine/base/limits.h"
#include "engine/gate/makeflags.h"

/* Shared by the process and who pays for it. */
struct tg_debt {
    int write_fd;                          /* where tokens go, and of a client come from; -1: nowhere */
    _Atomic unsigned count;                /* atomic: tokens; exchanged for 0 by who pays, once */
    _Atomic unsigned lent;                 /* atomic, likewise: 1 while the client's own is in the pipe, or with somebody */
    unsigned char tokens[TG_MAX_WORKERS];  /* they go back as they came */
    char folder[PATH_MAX], fifo[PATH_MAX]; /* to be removed; "": none */
};

struct tg_jobserver {
    struct tg_debt *debt;
    int read_fd;                     /* does not wait; pollable */
    int lent_read_fd, lent_write_fd; /* of a pipe that is served: what programs inherit; -1: none */
    unsigned served;                 /* tokens in all; clients: 0 */
    bool serves;
    int error; /* of reading or writing: it is not used any more */
};

enum tg_jobserver_form { TG_JOBSERVER_PIPE, TG_JOBSERVER_FIFO };

/* As a client of what MAKEFLAGS names. False: why, as a phrase; *why is static or errno's. */
bool tg_jobserver_join(struct tg_jobserver *j, const struct tg_makeflags *flags, const char **why);
/* Programs are to inherit a joined pipe by other numbers. flags: as below. */
bool tg_jobserver_renumber(struct tg_jobserver *j, const struct tg_makeflags *joined, const char *before, char **flags);
/* Makes one for so many programs at once, in all. flags: to be told to programs from now on; heap. */
bool tg_jobserver_serve(struct tg_jobserver *j, enum tg_jobserver_form form, unsigned jobs, const char *before, char **flags,
                        struct tg_err *err);
/* Gives back all it has. */
void tg_jobserver_done(struct tg_jobserver *j);
/* False: there is none now. */
bool tg_jobserver_take(struct tg_jobserver *j);
void tg_jobserver_give(struct tg_jobserver *j);
/* The token that a client need not take, as its parent has done that for it: while it runs nothing, somebody else may have it. */
void tg_jobserver_lend(struct tg_jobserver *j);
/* Takes it back, or another in its place; false: there is none now. True if it is not lent. */
bool tg_jobserver_reclaim(struct tg_jobserver *j);
/* While no program of ours runs, all tokens that we serve are in the pipe, or were lost by programs that were killed: puts these
 * right. held: those we have ourselves. */
void tg_jobserver_audit(struct tg_jobserver *j, unsigned held);

/* Pays what is owed; the second time nothing. Async-signal-safe; any process that has inherited the descriptor. */
void tg_jobserver_pay(struct tg_debt *debt);

/* At the end of a process: waits a while for a token that it has lent. As above. */
void tg_jobserver_settle(struct tg_debt *debt);

#endif
