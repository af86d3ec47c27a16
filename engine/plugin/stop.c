/* SPDX-License-Identifier: MIT
 * The stop flag, which is a futex word for those who wait while it says TG_PAUSED. */
#include "engine/plugin/stop.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/base/assert.h"

static void wake_paused(_Atomic int *stop)
{
    int error = errno;
    syscall(SYS_futex, stop, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
    errno = error;
}

void tg_stop_raise(_Atomic int *stop, enum tg_stop why)
{
    TG_ASSERT(why > TG_GO && why <= TG_STOP_SIGNAL);
    int now = atomic_load_explicit(stop, memory_order_relaxed);
    while (now < (int)why && !atomic_compare_exchange_weak(stop, &now, (int)why)) {}
    if (now == TG_PAUSED) wake_paused(stop);
}

bool tg_stop_pause(_Atomic int *stop)
{
    int now = TG_GO;
    return atomic_compare_exchange_strong(stop, &now, TG_PAUSED) || now == TG_PAUSED;
}

void tg_stop_resume(_Atomic int *stop)
{
    int now = TG_PAUSED;
    if (atomic_compare_exchange_strong(stop, &now, TG_GO)) wake_paused(stop);
}

void tg_stop_await(_Atomic int *stop)
{
    while (atomic_load(stop) == TG_PAUSED) syscall(SYS_futex, stop, FUTEX_WAIT_PRIVATE, TG_PAUSED, NULL, NULL, 0);
}
