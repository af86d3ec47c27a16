/* SPDX-License-Identifier: MIT
 * Time in nanoseconds. Any thread; also between fork and exec. */
#ifndef TG_BASE_CLOCK_H
#define TG_BASE_CLOCK_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC. */
uint64_t tg_clock_ns(void);
/* Any other clock; 0 if it cannot be read. */
uint64_t tg_clock_of(clockid_t clock);
/* CLOCK_REALTIME: since 1970. */
int64_t tg_clock_date_ns(void);
struct timespec tg_clock_span(uint64_t ns);
/* Sleeps that long, or until a signal. */
void tg_clock_sleep(uint64_t ns);
/* A condition whose limits of time are of tg_clock_ns. */
void tg_clock_condition(pthread_cond_t *condition);

#endif
