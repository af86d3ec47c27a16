/* SPDX-License-Identifier: MIT
 * Objects: values of types that plugins define. */
#ifndef TG_VALUE_OBJECT_H
#define TG_VALUE_OBJECT_H

#include "engine/base/assert.h"
#include "engine/value/value.h"

/* The payload is zeroed. */
tg_value tg_object_make(const struct tg_object_type *type, size_t bytes);
static inline struct tg_object *tg_object_of(tg_value v)
{
    TG_ASSERT(tg_kind(v) == TG_OBJECT);
    return v.p;
}

#endif
