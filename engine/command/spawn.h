/* SPDX-License-Identifier: MIT
 * Starting a program: a child that shares the memory of its parent until exec (as vfork), so that the cost does not
 * grow with the parent, and that comes with a pidfd. Any thread may start one. */
#ifndef TG_COMMAND_SPAWN_H
#define TG_COMMAND_SPAWN_H

#include <sys/types.h>

#include "engine/base/usage.h"
#include "engine/command/guard.h"

/* Where a program can read what it was given as `data`. One digit, as redirections of all shells have. */
#define TG_SPAWN_DATA_FD 9
/* How the names of `variables` begin. What we have of them ourselves no program gets. */
#define TG_SPAWN_VARIABLE "TGRUN_VALUE_"

struct tg_spawn {
    char *const *argv;      /* argv[0], unless there is a `program`, without '/' is looked for along PATH */
    const char *program;    /* the file that is run; NULL: argv[0] says which */
    char *const *variables; /* "NAME=VALUE" besides our environment, NULL-terminated; NULL: none */
    char *const *settings;  /* "NAME=VALUE" in the place of ours, "NAME": without it; NULL-terminated; NULL: none */
    char *const *granted;   /* "NAME=VALUE" in the place of ours, unless `settings` say more; NULL-terminated; NULL: none */
    const char *mark;       /* "NAME=VALUE" that goes before all these, unless a setting names it; NULL: none */
    uint64_t data_bytes;    /* memory of its own that it may have, of which each process it starts may have as much; 0: any */
    int group_fd;           /* a group that it joins, which limits its memory instead (cgroup.h); -1: none */
    const char *dir;        /* where it runs; NULL: where we are */
    bool stays;             /* it outlives the thread that starts it */
    const char *data;       /* to be read from TG_SPAWN_DATA_FD; NULL: nothing */
    size_t data_length;
    int stdin_fd, stdout_fd, stderr_fd; /* at least 3, close-on-exec; borrowed */
    struct tg_running *entry;           /* gets the pid before the program runs */
    pid_t pid;                          /* out */
    int pidfd;                          /* out: readable when the program ended; -1: the kernel has none */
    bool exec_failed;                   /* out: the errno returned is exec's, not that of making the process */
    bool group_failed;                  /* out: it is not in the group */
    bool dir_failed;                    /* out: exec_failed, as it could not go to `dir` */
};

/* Of a file that is there and cannot be executed, twice. */
#define TG_SPAWN_SCRIPT_HINT \
    "`chmod +x %s` makes it a program; a script may also be named behind its interpreter: [\"python3\", \"%s\"]."

/* Whether there is a program of that name to start, along PATH if it has no '/'. */
bool tg_spawn_finds(const char *program);
/* 0 or an errno. With exec_failed there is a process to wait for, which ended; the other errors start none. The child is the
 * leader of a new session, has default signal dispositions (requests to end or stop stay ignored if they are) and an empty
 * mask, and is killed when the calling thread ends, unless it `stays`. */
int tg_spawn(struct tg_spawn *s);
/* The environment that programs get: ours and these, as in struct tg_spawn. NULL: it is our own. Heap; its texts are lent. */
char **tg_spawn_environment(const char *mark, char *const *variables, char *const *settings, char *const *granted);
/* Waits for it (after its entry was released) and returns its status as waitpid tells it. */
int tg_spawn_wait(pid_t pid);
/* The same, and what it has used, with those that it waited for. */
int tg_spawn_wait_used(pid_t pid, struct tg_usage *used);

/* File descriptors above 2, close-on-exec; -1 or false and errno. */
int tg_spawn_open(const char *path, int flags, mode_t mode);
/* For reading. Waits for somebody to open a FIFO for writing, as open does, but asks meanwhile whether that is given up:
 * then -1 and ECANCELED. */
int tg_spawn_open_input(const char *path, bool (*given_up)(const void *data), const void *data);
bool tg_spawn_pipe(int fds[2]);

#endif
