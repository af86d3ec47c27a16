/* SPDX-License-Identifier: MIT
 * Encoded objects, and the types that stand for those of plugins. */
#include "engine/remote/sealed.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/plugin/travel.h"
#include "engine/remote/pool.h"
#include "engine/value/object.h"
#include "engine/value/str.h"

/* A type of a plugin at home; in the pool's arena. */
struct tg_sealed_type {
    struct tg_object_type type;
    struct tg_pool *pool;
    const char *full; /* "plugin.type" */
    size_t length;
    struct tg_sealed_type *next;
};

/* What an object holds in place of what the plugin has. */
struct sealed {
    const struct tg_sealed_type *type;
    uint32_t version;
    tg_value content;
};

/* ---- the type's functions ------------------------------------------------------------------------ */

static void destroy_sealed(void *payload)
{
    tg_value_unref(((struct sealed *)payload)->content);
}

/* The content is what makes two of them equal. */
static int encode_sealed(tg_ctx *ctx, const void *payload, size_t bytes, tg_value *content)
{
    (void)ctx, (void)bytes;
    *content = tg_value_ref(((const struct sealed *)payload)->content);
    return TG_OK;
}

static int decode_sealed(tg_ctx *ctx, uint32_t version, const void *content, size_t length, tg_value *object)
{
    (void)version, (void)content, (void)length, (void)object;
    return tg_host_table.vfail(ctx, "sealed objects are read by their codec", (va_list){0});
}

/* The object of this payload, lent. */
static tg_value object_of(const void *payload)
{
    const char *object = (const char *)payload - offsetof(struct tg_object, payload);
    return tg_make_(TG_OBJECT, (uintptr_t)object);
}

/* How long an object may take to say how it is shown. */
#define DESCRIBE_NS UINT64_C(10000000000)

/* Asks an executor, which no batch keeps busy, how the object is shown; false if it does not say. Locked. */
static bool ask_executor(struct tg_link *l, const void *payload, tg_value *text)
{
    struct tg_err err = {0};
    struct tg_page_result result;
    const void *bytes;
    size_t used;
    bool woken = false, fine = tg_link_begin(l, &err);
    if (fine) {
        tg_batch_begin_entry(&l->bytes, (struct tg_batch_task){TG_BATCH_DESCRIBE, 0}, 1, NULL);
        fine = tg_batch_add_value(&l->bytes, &l->codec, object_of(payload), &err);
        l->count = 1;
    }
    fine = fine && tg_link_send(l);
    enum tg_link_state state = TG_LINK_ENDED;
    uint64_t end_ns = tg_clock_ns() + DESCRIBE_NS;
    while (fine && (state = tg_link_look(l, 0)) == TG_LINK_WAITS && tg_clock_ns() < end_ns)
        tg_link_wait(l, 1, -1, end_ns, &woken);
    fine = fine && state == TG_LINK_DONE && tg_link_result(l, 0, &result, &bytes) && result.status == TG_PAGE_GAVE &&
           tg_codec_decode(&l->codec, bytes, result.bytes, &used, text, &err);
    tg_err_done(&err);
    return fine;
}

static int describe_sealed(const void *payload, char *text, size_t size)
{
    const struct sealed *s = payload;
    struct tg_pool *pool = s->type->pool;
    tg_value shown = tg_nil();
    pthread_mutex_lock(&pool->asking);
    bool fine = ask_executor(tg_pool_asker(pool), payload, &shown) && tg_kind(shown) == TG_STR;
    pthread_mutex_unlock(&pool->asking);
    int length = fine ? snprintf(text, size, "%s", tg_str_of(shown)->data) : snprintf(text, size, "<%s>", s->type->type.name);
    tg_value_unref(shown);
    return length;
}

/* ---- the codec's --------------------------------------------------------------------------------- */

/* Locked: the type of this name. */
static struct tg_sealed_type *find_sealed_type(struct tg_pool *pool, const char *name, size_t length)
{
    struct tg_sealed_type *t = pool->types;
    while (t && (t->length != length || memcmp(t->full, name, length) != 0)) t = t->next;
    if (t) return t;
    const char *full = tg_arena_copy(&pool->arena, name, length), *dot = strchr(full, '.');
    t = tg_arena_alloc(&pool->arena, sizeof *t);
    *t = (struct tg_sealed_type){.pool = pool, .full = full, .length = length, .next = pool->types};
    t->type = (struct tg_object_type){.size = sizeof t->type, .name = dot ? dot + 1 : full};
    t->type.destroy = destroy_sealed;
    t->type.describe = describe_sealed;
    t->type.encode = encode_sealed;
    t->type.decode = decode_sealed;
    pool->types = t;
    return t;
}

static bool unseal(void *pool, tg_value object, const char **type, uint32_t *version, tg_value *content, struct tg_err *err)
{
    struct tg_pool *p = pool;
    const struct tg_object *o = tg_object_of(object);
    if (o->type->encode != encode_sealed) return tg_travel_encode((void *)p->registry, object, type, version, content, err);
    const struct sealed *s = (const void *)o->payload;
    *type = s->type->full;
    *version = s->version;
    *content = tg_value_ref(s->content);
    return true;
}

static bool seal(void *pool, const char *type, size_t length, uint32_t version, tg_value take_content, tg_value *object,
                 struct tg_err *err)
{
    (void)err;
    struct tg_pool *p = pool;
    pthread_mutex_lock(&p->typing);
    const struct tg_sealed_type *t = find_sealed_type(p, type, length);
    pthread_mutex_unlock(&p->typing);
    *object = tg_object_make(&t->type, sizeof(struct sealed));
    *(struct sealed *)(void *)tg_object_of(*object)->payload = (struct sealed){t, version, take_content};
    return true;
}

struct tg_codec_objects tg_sealed_codec(struct tg_pool *pool)
{
    return (struct tg_codec_objects){pool, unseal, seal};
}
