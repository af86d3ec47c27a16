/* SPDX-License-Identifier: MIT
 * The stop flag. */
#include "engine/plugin/stop.h"

#include "engine/base/assert.h"

void tg_stop_raise(_Atomic int *stop, enum tg_stop why)
{
    TG_ASSERT(why > TG_GO && why <= TG_STOP_SIGNAL);
    int now = atomic_load_explicit(stop, memory_order_relaxed);
    while (now < (int)why && !atomic_compare_exchange_weak(stop, &now, (int)why)) {}
}
