/* SPDX-License-Identifier: MIT
 * Starting a program: a child that shares the memory of its parent until exec (as vfork), so that the cost does not
 * grow with the parent, and that comes with a pidfd. Any thread may start one. */
#ifndef TG_COMMAND_SPAWN_H
#define TG_COMMAND_SPAWN_H

#include <sys/types.h>

#include "engine/command/guard.h"

struct tg_spawn {
    char *const *argv;                  /* argv[0] without '/' is looked for along PATH */
    int stdin_fd, stdout_fd, stderr_fd; /* at least 3, close-on-exec; borrowed */
    struct tg_running *entry;           /* gets the pid before the program runs */
    pid_t pid;                          /* out */
    int pidfd;                          /* out: readable when the program ended; -1: the kernel has none */
    bool exec_failed;                   /* out: the errno returned is exec's, not that of making the process */
};

/* 0 or an errno. With exec_failed there is a process to wait for, which ended; the other errors start none. The
 * child is the leader of a new session, has default signal dispositions (requests to end or stop stay ignored if they are), an empty mask,
 * and is killed when the calling thread ends. */
int tg_spawn(struct tg_spawn *s);
/* Waits for it (after its entry was released) and returns its status as waitpid tells it. */
int tg_spawn_wait(pid_t pid);

/* File descriptors above 2, close-on-exec; -1 or false and errno. */
int tg_spawn_open(const char *path, int flags, mode_t mode);
/* For reading. Waits for somebody to open a FIFO for writing, as open does, but asks meanwhile whether that is given up:
 * then -1 and ECANCELED. */
int tg_spawn_open_input(const char *path, bool (*given_up)(const void *data), const void *data);
bool tg_spawn_pipe(int fds[2]);

#endif
