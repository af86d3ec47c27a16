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

/* How values of a type get to other processes. */
enum tg_travel {
    TG_TRAVEL_PINNED,  /* not at all */
    TG_TRAVEL_FLAT,    /* as the bytes of their payloads */
    TG_TRAVEL_ENCODED, /* as the bytes that its encode makes of them */
};
enum tg_travel tg_object_travel(const struct tg_object_type *type);
/* The bytes by which an object travels, owned; objects of one type with the same bytes are equal. Nil if the type is pinned or
 * its encode has failed, which ctx tells (NULL: nobody asks why). */
tg_value tg_object_pack(tg_ctx *ctx, tg_value object);

#endif
