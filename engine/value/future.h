/* SPDX-License-Identifier: MIT
 * Futures: values that stand for the result of a task, alone or inside lists, records and functions. */
#ifndef TG_VALUE_FUTURE_H
#define TG_VALUE_FUTURE_H

#include "engine/value/value.h"

static inline tg_value tg_future(uint32_t task)
{
    return tg_make_(TG_FUTURE, task);
}
/* True for a future and for a list or record with one inside. */
static inline bool tg_future_in(tg_value v)
{
    enum tg_kind kind = tg_kind(v);
    if (kind == TG_FUTURE) return true;
    return (kind == TG_LIST || kind == TG_RECORD) && (((struct tg_obj *)v.p)->flags & TG_HAS_FUTURE);
}

typedef void (*tg_future_fn)(void *data, uint32_t task);
/* Visits the futures of a value, lists and records included. */
void tg_future_each(tg_value v, tg_future_fn visit, void *data);
size_t tg_future_count(tg_value v);
/* The same with what function values have taken over. */
void tg_future_held(tg_value v, tg_future_fn visit, void *data);

#endif
