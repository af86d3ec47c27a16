/* SPDX-License-Identifier: MIT
 * One step of a command, a program or a pipeline of several, from its start to its end. Thread class: owner. */
#ifndef TG_COMMAND_STEP_H
#define TG_COMMAND_STEP_H

#include "engine/base/usage.h"
#include "engine/command/claim.h"
#include "engine/command/command.h"
#include "engine/command/guard.h"
#include "engine/command/printed.h"

/* A command while it runs: what its steps share. */
struct tg_job {
    struct tg_job *newer, *older; /* locked, by the table: among those of the process */
    pthread_t thread;             /* immutable: that runs it */
    tg_ctx *ctx;
    struct tg_guard *guard;
    struct tg_claims *claims;
    struct tg_owners *owners;
    _Atomic int *null_fd; /* atomic: standard input of all programs that get nothing; -1: none needed it yet */
    const struct tg_command *command;
    uint64_t timeout_at; /* 0: none; times are of tg_clock_ns */
    uint64_t paused_ns;  /* of all commands, when timeout_at was set */
    size_t max_capture;
    uint64_t grace_ns, linger_ns;   /* as tg_commands_wait says */
    const char *kill_counts;        /* the file that tells of them: see tg_oom_kills */
    _Atomic uint64_t *memory_kills; /* tg_oom_kills, when it was last looked at */
    struct tg_cgroup group;         /* of the step; the last one's counts */
    bool too_long;                  /* no program takes so much: nobody will type it either */
    struct tg_buf captured;
    bool answers_no; /* of a command whose result is a bool */
    struct tg_printed printed;
};

/* How a step went, beside the statuses of its programs. */
enum tg_outcome {
    TG_STEP_ENDED,
    TG_STEP_NOT_STARTED, /* ctx has the error */
    TG_STEP_CUT_OFF,     /* what it wrote could not be read, or its input not be written; ctx has the error */
    TG_STEP_INTERRUPTED,
    TG_STEP_TIMED_OUT,
    TG_STEP_TOO_MUCH
};

struct tg_program_end {
    int status; /* as waitpid tells it */
    struct tg_usage used;
    bool unread; /* while it still ran, nobody had the pipe open any more that it wrote to */
};

/* Whether the run is to stop or does not want this task's result any more. */
bool tg_step_stopping(const struct tg_job *j);
/* The command's programs may take so long; while all commands are stopped does not count. */
void tg_step_limit(struct tg_job *j, uint64_t timeout_ns);
/* The limit of time has passed. A pause puts it off. */
bool tg_step_is_late(struct tg_job *j);
/* Is standard output shown like standard error? */
bool tg_step_shows_output(const struct tg_job *j, const struct tg_step *step);
/* The words of one of the step's programs; the first is number 0. NULL: it is a script. */
char *const *tg_step_words(const struct tg_step *step, size_t program);
/* Runs the step; ends: one for each of its programs, filled in unless it was not started. */
enum tg_outcome tg_step_run(struct tg_job *j, const struct tg_step *step, struct tg_program_end *ends);

#endif
