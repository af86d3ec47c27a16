/* SPDX-License-Identifier: MIT
 * The environment variable MAKEFLAGS, by which GNU make and others tell programs below them of a jobserver: options as words,
 * "-j4 --jobserver-auth=3,4 -- NAME=VALUE". Makes before 4.2 call it --jobserver-fds; those from 4.4 on may name a FIFO. */
#ifndef TG_GATE_MAKEFLAGS_H
#define TG_GATE_MAKEFLAGS_H

#include <stdbool.h>

struct tg_makeflags {
    bool told;             /* there is a jobserver, or was one further up */
    int read_fd, write_fd; /* -1: it is not for us, or has a FIFO */
    char *fifo;            /* heap; NULL: none */
    unsigned jobs;         /* how many at once in all; 0: not said */
};

/* flags NULL: nothing is said. */
void tg_makeflags_read(const char *flags, struct tg_makeflags *out);
void tg_makeflags_done(struct tg_makeflags *m);
/* The flags (NULL: none) with this jobserver in the place of any other; heap. jobs 0: it is not known. */
char *tg_makeflags_with_pipe(const char *flags, unsigned jobs, int read_fd, int write_fd);
char *tg_makeflags_with_fifo(const char *flags, unsigned jobs, const char *path);

#endif
