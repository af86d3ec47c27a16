/* SPDX-License-Identifier: MIT
 * Objects. */
#include "engine/value/object.h"

#include "engine/base/alloc.h"
#include "engine/base/block.h"
#include "engine/value/mapped.h"
#include "engine/value/str.h"

/* The body of a large one that others may map: with the byte more that makes a text of it. Its memory is zeroed. */
static struct tg_object *new_mapped(const struct tg_object_type *type, size_t bytes)
{
    if (!tg_mapped_is_worth(bytes) || tg_object_travel(type) != TG_TRAVEL_FLAT) return NULL;
    return tg_mapped_new(sizeof(struct tg_object), bytes + 1);
}

tg_value tg_object_make(const struct tg_object_type *type, size_t bytes)
{
    TG_ASSERT(type && type->name);
    if (bytes > SIZE_MAX / 2) tg_alloc_fail(bytes); /* what follows would wrap around */
    struct tg_object *o = new_mapped(type, bytes);
    uint8_t flags = o ? TG_MAPPED : 0;
    if (!o) o = tg_block_zero(tg_value_object_bytes(bytes));
    o->obj = (struct tg_obj){.refs = 1, .kind = TG_OBJECT, .flags = flags};
    o->type = type;
    o->bytes = bytes;
    return tg_make_(TG_OBJECT, (uintptr_t)o);
}

/* A plugin that is older than these fields has them nowhere. */
enum tg_travel tg_object_travel(const struct tg_object_type *type)
{
    if (type->size < offsetof(struct tg_object_type, decode) + sizeof type->decode) return TG_TRAVEL_PINNED;
    if (type->flags & TG_TYPE_FLAT) return TG_TRAVEL_FLAT;
    return type->encode && type->decode ? TG_TRAVEL_ENCODED : TG_TRAVEL_PINNED;
}

tg_value tg_object_pack(tg_ctx *ctx, tg_value object)
{
    const struct tg_object *o = tg_object_of(object);
    tg_value content = tg_nil();
    enum tg_travel travel = tg_object_travel(o->type);
    if (travel == TG_TRAVEL_FLAT && (content = tg_mapped_payload(object), tg_is_heap(content))) return content;
    if (travel == TG_TRAVEL_FLAT) return tg_str_make(TG_BYTES, o->payload, o->bytes);
    if (travel == TG_TRAVEL_PINNED || o->type->encode(ctx, o->payload, o->bytes, &content) != TG_OK) return tg_nil();
    if (tg_kind(content) == TG_BYTES) return content;
    tg_value_unref(content);
    return tg_nil();
}
