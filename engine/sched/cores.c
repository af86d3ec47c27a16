/* SPDX-License-Identifier: MIT
 * Who has given up a seat looks anew whenever one comes free. */
#include "engine/sched/cores.h"

#include "engine/base/assert.h"

/* Where nobody has a seat, one may have all that there are: a task may need more of them than the run has been left. */
static unsigned free_with(const struct tg_crew *crew, unsigned seats)
{
    unsigned width = atomic_load(&crew->width);
    if (seats == 0) return crew->cores;
    return seats < width ? width - seats : 0;
}

unsigned tg_cores_free(const struct tg_crew *crew)
{
    return free_with(crew, atomic_load(&crew->seats));
}

bool tg_cores_are_crowded(const struct tg_crew *crew)
{
    return atomic_load(&crew->seats) > atomic_load(&crew->width);
}

unsigned tg_cores_take(struct tg_crew *crew, unsigned most)
{
    unsigned seats = atomic_load(&crew->seats), take;
    do {
        unsigned free_ = free_with(crew, seats);
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
