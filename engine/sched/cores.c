/* SPDX-License-Identifier: MIT
 * Who has given up a seat looks anew whenever one comes free. */
#include "engine/sched/cores.h"

#include "engine/base/assert.h"

unsigned tg_cores_free(const struct tg_crew *crew)
{
    unsigned seats = atomic_load(&crew->seats);
    return seats < crew->cores ? crew->cores - seats : 0;
}

unsigned tg_cores_take(struct tg_crew *crew, unsigned most)
{
    unsigned seats = atomic_load(&crew->seats), take;
    do {
        unsigned free_ = seats < crew->cores ? crew->cores - seats : 0;
        take = free_ < most ? free_ : most;
    } while (take && !atomic_compare_exchange_weak(&crew->seats, &seats, seats + take));
    return take;
}

void tg_cores_leave(struct tg_crew *crew, unsigned count)
{
    if (count == 0) return;
    unsigned before = atomic_fetch_sub(&crew->seats, count);
    TG_ASSERT(before >= count);
    if (TG_UNLIKELY(atomic_load(&crew->aside.asleep) > 0)) tg_park_wake_all(&crew->aside);
}

bool tg_cores_sit(struct tg_member *m)
{
    if (m->seated) return true;
    return m->seated = tg_cores_take(m->crew, 1) == 1;
}

void tg_cores_stand(struct tg_member *m)
{
    tg_cores_leave(m->crew, m->seated);
    m->seated = false;
}
