/* SPDX-License-Identifier: MIT
 * Processes of programs that were started, found in /proc: by their session, and by a mark in the environment, which those
 * keep that left the session. All of it is async-signal-safe. Thread class: none, it has no state. */
#ifndef TG_COMMAND_PROCS_H
#define TG_COMMAND_PROCS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The variable that marks every program and what it starts: "ID.NUMBER". */
#define TG_PROCS_VARIABLE "TG_COMMAND"

struct tg_procs_one {
    pid_t pid, parent, session;
    bool stopped;
    uint64_t number; /* of its mark; 0: it has no such mark, or one that it was lent by who is no descendant of ours */
};

/* Which processes. */
struct tg_procs_query {
    const char *mark; /* "TG_COMMAND=ID."; NULL: marks are not looked at, which costs as much again */
    bool (*meant)(const void *data, const struct tg_procs_one *one);
    const void *data;
};

/* Signals all of them but ourselves; SIGKILL and SIGSTOP until none is left that was not reached. How many were reached; some
 * may be counted twice. */
size_t tg_procs_signal(const struct tg_procs_query *query, int signal);
/* Those of these sessions. */
size_t tg_procs_signal_sessions(const pid_t *sessions, size_t count, int signal);
/* Takes the mark of an outer run from this process, which is not to end with that. */
void tg_procs_unmark(void);

#endif
