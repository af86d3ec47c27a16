/* SPDX-License-Identifier: MIT
 * Failures that are allowed (the option allow_failure). nil stands in the place of such a task; its payload, which is 0 in every
 * other nil, is the failure. So it goes along wherever the value goes, through lists, records and tasks that pass it on, and is
 * nil to whoever looks. A task that cannot take it is skipped and does not fail: in its place stands TG_FAILED with the same
 * failure (failing.h), and so on down.
 *
 * The failures live in a list that outlives every value of the run. Thread class: locked by the run's lock, the failures immutable. */
#ifndef TG_RUN_ALLOWED_H
#define TG_RUN_ALLOWED_H

#include "engine/run/run.h"

/* In the payload of TG_FAILED, beside the pointer: the task was skipped for this failure. */
#define TG_ALLOWED_BIT 1

void tg_allowed_list_done(struct tg_allowed_list *list);

/* What stands in the place of the task that failed: nil. */
tg_value tg_allowed_add(struct tg_run *run, struct tg_failure take_failure);
/* What stands in the place of a task that is skipped for it, and of one that is skipped but is allowed to fail itself. */
static inline tg_value tg_allowed_skipped(const struct tg_failure *f)
{
    return tg_make_(TG_FAILED, (uint64_t)(uintptr_t)f | TG_ALLOWED_BIT);
}
static inline tg_value tg_allowed_nil(const struct tg_failure *f)
{
    return tg_make_(TG_NIL, (uint64_t)(uintptr_t)f);
}

/* The failure for which the task with this in its place was skipped; NULL: it was not for such a one. */
static inline const struct tg_failure *tg_allowed_behind(tg_value place)
{
    bool skipped = tg_kind(place) == TG_FAILED && place.bits & TG_ALLOWED_BIT && place.bits != TG_ALLOWED_BIT;
    return skipped ? (const struct tg_failure *)(uintptr_t)(place.bits & ~(uint64_t)TG_ALLOWED_BIT) : NULL;
}
/* The failure of which this nil comes; NULL: it is another value. */
static inline const struct tg_failure *tg_allowed_of(tg_value v)
{
    return tg_kind(v) == TG_NIL && v.bits ? (const struct tg_failure *)(uintptr_t)v.bits : NULL;
}
/* The same, deep into lists and records: the first one. */
const struct tg_failure *tg_allowed_in(tg_value v);

#endif
