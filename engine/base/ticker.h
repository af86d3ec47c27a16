/* SPDX-License-Identifier: MIT
 * A clock that costs a load to read, as a thread moves it on: for what is measured around each of many tasks that take less than a clock of
 * the system, which in a virtual machine may cost more than the task. Thread class: shared, but for begin and end. */
#ifndef TG_BASE_TICKER_H
#define TG_BASE_TICKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TG_TICK_NS UINT64_C(20000000)

extern _Atomic uint32_t tg_ticker_count; /* of ticks so far; atomic, relaxed */

static inline uint32_t tg_ticker_now(void)
{
    return atomic_load_explicit(&tg_ticker_count, memory_order_relaxed);
}

/* It goes from here on, until as many have ended it; where there can be no thread it stands still. Both by one thread. */
void tg_ticker_begin(void);
void tg_ticker_end(void);

#endif
