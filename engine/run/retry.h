/* SPDX-License-Identifier: MIT
 * Whether a task that failed is tried again, and when. Pure functions: what they are given is all they know.
 *
 * Delays are exponential with "equal jitter" (Brooker, Exponential Backoff And Jitter, 2015): a half of each is fixed, the other
 * one random, so that tasks which failed together do not come back together. Thread class: any thread. */
#ifndef TG_RUN_RETRY_H
#define TG_RUN_RETRY_H

#include "engine/graph/policy.h"

/* True if attempt number `attempt`, counted from 1, that failed for this reason is followed by another one. */
bool tg_retry_may(const struct tg_policy *p, uint32_t attempt, enum tg_cause cause, int status);
/* The delay behind that attempt. seed: of the task; the same task always waits the same. */
uint64_t tg_retry_delay_ns(const struct tg_policy *p, uint32_t attempt, uint64_t seed);
/* "2 s", "350 ms", "1 min 30 s": for people. */
#define TG_RETRY_TEXT_BYTES 32
const char *tg_retry_text(uint64_t ns, char text[TG_RETRY_TEXT_BYTES]);

#endif
