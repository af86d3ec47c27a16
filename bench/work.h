/* SPDX-License-Identifier: MIT
 * A task's body: a loop that nothing shortens, so that the same count takes the same time in every program. How many
 * loops a task does comes from the environment, BENCH_LOOPS; `floor -c` tells how many make a microsecond. */
#ifndef TG_BENCH_WORK_H
#define TG_BENCH_WORK_H

#include <stdlib.h>
#include <time.h>

static long work_loops;

static inline void work_init(void)
{
    const char *text = getenv("BENCH_LOOPS");
    work_loops = text ? strtol(text, NULL, 10) : 0;
}

static inline void work_spin(long loops)
{
    for (long i = 0; i < loops; i++) __asm__ volatile("" ::: "memory");
}

static inline void work(void)
{
    if (work_loops) work_spin(work_loops);
}

static inline double work_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

#endif
