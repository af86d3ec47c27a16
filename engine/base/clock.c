/* SPDX-License-Identifier: MIT
 * Time in nanoseconds. */
#include "engine/base/clock.h"

#define SECOND_NS 1000000000u

uint64_t tg_clock_of(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t) != 0) return 0;
    return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

uint64_t tg_clock_ns(void)
{
    return tg_clock_of(CLOCK_MONOTONIC);
}

int64_t tg_clock_date_ns(void)
{
    return (int64_t)tg_clock_of(CLOCK_REALTIME);
}

struct timespec tg_clock_span(uint64_t ns)
{
    return (struct timespec){(time_t)(ns / SECOND_NS), (long)(ns % SECOND_NS)};
}

void tg_clock_sleep(uint64_t ns)
{
    struct timespec span = tg_clock_span(ns);
    nanosleep(&span, NULL);
}

void tg_clock_condition(pthread_cond_t *condition)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &monotonic);
    pthread_condattr_destroy(&monotonic);
}
