/* SPDX-License-Identifier: MIT
 * Objects. */
#include "engine/value/object.h"

#include "engine/base/alloc.h"
#include "engine/base/block.h"

tg_value tg_object_make(const struct tg_object_type *type, size_t bytes)
{
    TG_ASSERT(type && type->name);
    if (bytes > SIZE_MAX / 2) tg_alloc_fail(bytes); /* what follows would wrap around */
    struct tg_object *o = tg_block_zero(tg_value_object_bytes(bytes));
    o->obj = (struct tg_obj){.refs = 1, .kind = TG_OBJECT};
    o->type = type;
    o->bytes = bytes;
    return tg_make_(TG_OBJECT, (uintptr_t)o);
}
