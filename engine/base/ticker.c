/* SPDX-License-Identifier: MIT */
#include "engine/base/ticker.h"

#include <pthread.h>
#include <signal.h>

#include "engine/base/clock.h"

/* Memory may be short. */
#define STACK_BYTES (64 << 10)

_Atomic uint32_t tg_ticker_count;

static struct {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ends;
    bool ending;    /* locked */
    bool goes;      /* owner: who begins and ends it */
    unsigned users; /* likewise */
} ticker = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *tick(void *unused)
{
    pthread_mutex_lock(&ticker.lock);
    while (!ticker.ending) {
        struct timespec until = tg_clock_span(tg_clock_ns() + TG_TICK_NS);
        pthread_cond_timedwait(&ticker.ends, &ticker.lock, &until);
        atomic_fetch_add_explicit(&tg_ticker_count, 1, memory_order_relaxed);
    }
    pthread_mutex_unlock(&ticker.lock);
    return unused;
}

/* No signals: they are for others. */
void tg_ticker_begin(void)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    if (ticker.users++) return;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    tg_clock_condition(&ticker.ends);
    ticker.ending = false;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    ticker.goes = pthread_create(&ticker.thread, &attributes, tick, NULL) == 0;
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!ticker.goes) pthread_cond_destroy(&ticker.ends);
}

void tg_ticker_end(void)
{
    if (--ticker.users || !ticker.goes) return;
    pthread_mutex_lock(&ticker.lock);
    ticker.ending = true;
    pthread_cond_signal(&ticker.ends);
    pthread_mutex_unlock(&ticker.lock);
    pthread_join(ticker.thread, NULL);
    pthread_cond_destroy(&ticker.ends);
    ticker.goes = false;
}
