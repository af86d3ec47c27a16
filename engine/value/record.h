/* SPDX-License-Identifier: MIT
 * Records: fields by name, in the order in which they were first set. */
#ifndef TG_VALUE_RECORD_H
#define TG_VALUE_RECORD_H

#include "engine/base/assert.h"
#include "engine/value/value.h"

/* An empty one; room 0: for a few fields. */
tg_value tg_record_make(size_t room);
static inline struct tg_record *tg_record_of(tg_value v)
{
    TG_ASSERT(tg_kind(v) == TG_RECORD);
    return v.p;
}
/* Sets a field: a new key goes to the end, a known one keeps its place. The record must be unique, the key a str. */
void tg_record_put(tg_value record, tg_value take_key, tg_value take_value);
/* A record with room for more that may be changed: `take_record` itself if unique, else a copy. */
tg_value tg_record_own(tg_value take_record, size_t more);
/* a with the fields of b set: where both have one, b's value. */
tg_value tg_record_join(tg_value take_a, tg_value b);
/* The field's value, borrowed; NULL if there is none. */
const tg_value *tg_record_find(tg_value record, const char *key, size_t length);

#endif
