/* SPDX-License-Identifier: MIT
 * Control groups (cgroup v2) that limit the memory of all that a step starts, together. One is made for each step that has a
 * limit, in a folder that is our group, or was: a group that hands memory down can hold no processes, but for the root. So where
 * nobody else is in our group, we move into a leaf of it first, with our guard. Anything else (other processes, no rights, no
 * controller of memory, version 1) means that there are no groups.
 *
 *     OUR GROUP/               memory.max and so on of what started us
 *     OUR GROUP/tgrun-PID-0    this process, its guard, and commands without a limit
 *     OUR GROUP/tgrun-PID-N    a step
 *
 * The state lies in memory that the guard shares, which removes the folders where we could not. Nothing is allocated. */
#ifndef TG_COMMAND_CGROUP_H
#define TG_COMMAND_CGROUP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Of the folder's path; a longer one is not used. */
#define TG_CGROUP_PATH_BYTES 1024

enum tg_cgroup_state { TG_CGROUP_UNTRIED, TG_CGROUP_NONE, TG_CGROUP_READY };

/* Where groups are made. Thread class: locked by who calls, but for what is atomic. */
struct tg_cgroup_home {
    _Atomic int state;      /* atomic: enum tg_cgroup_state; what follows is immutable once it is READY */
    _Atomic uint64_t steps; /* atomic: groups so far */
    pid_t owner;
    bool moved;                      /* we are in a leaf of it */
    char path[TG_CGROUP_PATH_BYTES]; /* of the folder */
};

/* The group of a step. Thread class: owner. */
struct tg_cgroup {
    char name[40];       /* in the folder */
    int fd;              /* its folder; -1: there is none */
    int procs_fd;        /* where a process writes 0 to be in it; -1: closed */
    bool limits;         /* all programs are in it */
    uint64_t before;     /* programs that were killed in a group of its name */
    bool ran_out;        /* known at its end: the kernel has killed for want of memory in it */
    uint64_t used_bytes; /* known at its end: at most at once; 0: not known */
};

#define TG_CGROUP_NO_GROUP ((struct tg_cgroup){.fd = -1, .procs_fd = -1})

/* Finds where groups can be made, and moves there; once. root: where cgroup v2 is mounted; groups: the file /proc/self/cgroup;
 * guard: the process that may be in our group beside us; 0: there is none. */
void tg_cgroup_begin(struct tg_cgroup_home *h, const char *root, const char *groups, pid_t guard);
/* Makes a group with a limit; 0 or errno. */
int tg_cgroup_make(struct tg_cgroup_home *h, uint64_t bytes, struct tg_cgroup *g);
/* No further program gets into it. */
void tg_cgroup_close(struct tg_cgroup *g);
/* Kills all in it, where the kernel can (from 5.14 on). */
void tg_cgroup_kill(const struct tg_cgroup *g);
/* Its programs have been waited for: notes what the kernel has counted, and removes it unless something lives in it still. */
void tg_cgroup_end(const struct tg_cgroup_home *h, struct tg_cgroup *g);
/* Removes what groups of the owner there are, with `kills` after what is in them, and leaves the leaf, which goes with the last
 * who is in it. Async-signal-safe: it is the guard's last act, too. */
void tg_cgroup_leave(struct tg_cgroup_home *h, bool kills);

#endif
