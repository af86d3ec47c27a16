/* SPDX-License-Identifier: MIT
 * Keeping failures that are allowed, and finding them in values. */
#include "engine/run/allowed.h"

#include <stdlib.h>

#include "engine/base/limits.h"
#include "engine/run/failing.h"
#include "engine/value/list.h"
#include "engine/value/record.h"

void tg_allowed_list_done(struct tg_allowed_list *list)
{
    for (size_t i = 0; i < list->items.count; i++) {
        tg_failing_done(list->items.items[i]);
        free(list->items.items[i]);
    }
    tg_vec_done(&list->items);
}

tg_value tg_allowed_add(struct tg_run *run, struct tg_failure take_failure)
{
    struct tg_failure *f = tg_alloc(sizeof *f);
    *f = take_failure;
    TG_ASSERT(((uintptr_t)f & TG_ALLOWED_BIT) == 0);
    pthread_mutex_lock(&run->lock);
    tg_vec_push(&run->allowed->items, f);
    pthread_mutex_unlock(&run->lock);
    return tg_allowed_nil(f);
}

static const struct tg_failure *find_allowed(tg_value v, int depth)
{
    const struct tg_failure *found = tg_allowed_of(v);
    if (depth == TG_MAX_NESTING) return found;
    if (tg_kind(v) == TG_LIST)
        for (size_t i = 0; !found && i < tg_list_of(v)->count; i++) found = find_allowed(tg_list_of(v)->items[i], depth + 1);
    if (tg_kind(v) == TG_RECORD)
        for (size_t i = 0; !found && i < tg_record_of(v)->count; i++)
            found = find_allowed(tg_record_of(v)->fields[i].value, depth + 1);
    return found;
}

const struct tg_failure *tg_allowed_in(tg_value v)
{
    return find_allowed(v, 0);
}
