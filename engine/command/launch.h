/* SPDX-License-Identifier: MIT
 * A step that runs: what is known of it and of its programs, and how they are started. Behind engine/command/step.h. Thread
 * class: owner. */
#ifndef TG_COMMAND_LAUNCH_H
#define TG_COMMAND_LAUNCH_H

#include "engine/command/step.h"

struct tg_live_program {
    struct tg_running *entry;
    char *const *argv;
    char **wrapped; /* what is started in place of argv, which it runs; heap; NULL: argv itself */
    pid_t pid;
    int pidfd;    /* -1: it ended, or there is none */
    int stdin_fd; /* the program's own, until it is started; -1: the one that all share that get nothing */
    int pipe_fd;  /* write end of the pipe to the next program; -1: it ended, or is the last */
    bool exited, unread, swept;
    uint64_t linger_until; /* 0: not set */
};

/* A step while it runs. */
struct tg_live_step {
    struct tg_job *job;
    const struct tg_step *step;
    char **shell;                           /* runs its script; NULL: it has none */
    struct tg_live_program only, *programs; /* heap, unless there is but one */
    size_t count, started, alive;
    int out_fd, err_fd, in_fd; /* our ends; -1: closed, or none */
    int child_out, child_err;  /* the programs'; child_out is that of the last one. Pipes are kept until all have ended */
    int wake_fd;               /* -1: was readable, or none */
    const char *input;         /* what is still to be written to in_fd */
    size_t input_left;
    bool asked;
    uint64_t kill_at, linger_until; /* 0: not set */
    enum tg_outcome outcome;
};

/* Lists its programs, with the words that start them. */
void tg_launch_prepare(struct tg_live_step *r);
void tg_launch_forget(struct tg_live_step *r);
/* Starts all programs. After a failure some may run; what else was opened for the step is closed. */
bool tg_launch_all(struct tg_live_step *r);
/* Its programs have been waited for, or none was started. */
void tg_launch_leave_group(struct tg_live_step *r);
/* Closes a descriptor, unless it is closed. */
void tg_launch_close(int *fd);
/* The ends that its programs write to. */
void tg_launch_close_written(struct tg_live_step *r);

#endif
