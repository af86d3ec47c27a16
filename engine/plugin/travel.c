/* SPDX-License-Identifier: MIT
 * Objects on their way between processes. */
#include "engine/plugin/travel.h"

#include <string.h>

#include "engine/plugin/host.h"
#include "engine/plugin/registry.h"
#include "engine/value/mapped.h"
#include "engine/value/object.h"
#include "engine/value/str.h"

/* What encode and decode are called with. */
static struct tg_ctx new_ctx(void)
{
    return (struct tg_ctx){.task = TG_NO_TASK, .options = tg_nil()};
}

/* `verb` names what failed. Takes what the plugin said of it. */
static bool fail_because(struct tg_err *err, const char *verb, const char *type, struct tg_err *take_why, const char *otherwise)
{
    tg_err_set(err, TG_EXIT_FAILED, "could not %s a value of type '%s': %s", verb, type,
               take_why->message ? take_why->message : otherwise);
    if (take_why->hint) tg_err_hint(err, "%s", take_why->hint);
    tg_err_done(take_why);
    return false;
}

bool tg_travel_encode(void *registry, tg_value object, const char **type, uint32_t *version, tg_value *content,
                      struct tg_err *err)
{
    const struct tg_object_type *t = tg_object_of(object)->type;
    *content = tg_nil();
    *type = tg_registry_type_name(registry, t);
    if (!*type)
        return tg_err_set(err, TG_EXIT_FAILED, "a value of type '%s' does not travel: it is of no plugin that is loaded",
                          t->name);
    if (tg_object_travel(t) == TG_TRAVEL_PINNED)
        return tg_err_set(err, TG_EXIT_FAILED,
                          "a value of type '%s' does not travel: its plugin has no encode and decode for it", *type);
    struct tg_ctx ctx = new_ctx();
    tg_value made = tg_object_pack(&ctx, object);
    if (ctx.err.code || tg_kind(made) != TG_BYTES) {
        tg_value_unref(made);
        return fail_because(err, "encode", *type, &ctx.err, "its plugin gave no bytes");
    }
    *version = t->encoding_version;
    *content = made;
    return true;
}

static void unpack_flat(const struct tg_object_type *t, const char *type, uint32_t version, tg_value bytes, tg_value *object,
                        struct tg_err *err)
{
    if (version != t->encoding_version) {
        tg_err_set(err, TG_EXIT_FAILED, "could not decode a value of type '%s': it is of version %u, its plugin here has %u",
                   type, version, t->encoding_version);
        return;
    }
    *object = tg_mapped_object(t, bytes);
    if (tg_is_heap(*object)) return;
    const struct tg_str *content = tg_str_of(bytes);
    *object = tg_object_make(t, content->length);
    memcpy(tg_object_of(*object)->payload, content->data, content->length);
}

static void unpack(const struct tg_object_type *t, const char *type, uint32_t version, const struct tg_str *content,
                   tg_value *object, struct tg_err *err)
{
    struct tg_ctx ctx = new_ctx();
    tg_value made = tg_nil();
    bool good = t->decode(&ctx, version, content->data, content->length, &made) == TG_OK;
    if (good && !ctx.err.code && tg_kind(made) == TG_OBJECT && tg_object_of(made)->type == t) {
        *object = made;
        return;
    }
    if (good) tg_value_unref(made);
    fail_because(err, "decode", type, &ctx.err, good ? "its plugin gave another one" : "its plugin did not say why");
}

/* Why nothing can be made of such a content; NULL: it can be tried. */
static const char *why_not(const struct tg_object_type *t, tg_value content)
{
    if (!t) return "no plugin that is loaded has it";
    if (tg_object_travel(t) == TG_TRAVEL_PINNED) return "its plugin has no encode and decode for it";
    return tg_kind(content) == TG_BYTES ? NULL : "what came is not bytes";
}

bool tg_travel_decode(void *registry, const char *type, size_t type_length, uint32_t version, tg_value take_content,
                      tg_value *object, struct tg_err *err)
{
    const struct tg_object_type *t = tg_registry_type(registry, type, type_length);
    const char *why = why_not(t, take_content);
    *object = tg_nil();
    if (why) tg_err_set(err, TG_EXIT_FAILED, "could not decode a value of type '%.*s': %s", (int)type_length, type, why);
    else if (tg_object_travel(t) == TG_TRAVEL_FLAT)
        unpack_flat(t, tg_registry_type_name(registry, t), version, take_content, object, err);
    else unpack(t, tg_registry_type_name(registry, t), version, tg_str_of(take_content), object, err);
    tg_value_unref(take_content);
    return tg_kind(*object) == TG_OBJECT;
}
