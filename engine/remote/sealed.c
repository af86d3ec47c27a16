/* SPDX-License-Identifier: MIT
 * Encoded objects, and the types that stand for those of plugins. */
#include "engine/remote/sealed.h"

#include <stdio.h>
#include <string.h>

#include "engine/plugin/registry.h"
#include "engine/base/clock.h"
#include "engine/plugin/travel.h"
#include "engine/remote/pool.h"
#include "engine/value/list.h"
#include "engine/value/object.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

/* A type of a plugin at home; in the pool's arena. */
struct tg_sealed_type {
    struct tg_object_type type;
    struct tg_pool *pool;
    const char *full; /* "plugin.type" */
    size_t length;
    bool pinned;
    struct tg_sealed_type *next;
};

/* ---- the type's functions ------------------------------------------------------------------------ */

static void destroy_sealed(void *payload)
{
    struct tg_sealed *s = payload;
    tg_value_unref(s->content);
    if (s->recipe && s->shadow) tg_recipe_unref(s->recipe);
    else if (s->recipe) tg_recipe_release(s->recipe);
}

/* The content is what makes two of them equal. */
static int encode_sealed(tg_ctx *ctx, const void *payload, size_t bytes, tg_value *content)
{
    (void)ctx, (void)bytes;
    *content = tg_value_ref(((const struct tg_sealed *)payload)->content);
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
        l->distrusted = true;
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
    const struct tg_sealed *s = payload;
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
    const struct tg_object_type *real = tg_registry_type(pool->registry, name, length);
    t->pinned = real && tg_object_travel(real) == TG_TRAVEL_PINNED;
    if (!t->pinned) t->type.encode = encode_sealed, t->type.decode = decode_sealed;
    pool->types = t;
    atomic_store(&pool->seals, true);
    return t;
}

const struct tg_sealed *tg_sealed_find(tg_value v)
{
    const struct tg_object *o = tg_kind(v) == TG_OBJECT ? tg_object_of(v) : NULL;
    return o && o->type->destroy == destroy_sealed ? (const void *)o->payload : NULL;
}

static tg_value new_sealed(struct tg_sealed s)
{
    tg_value v = tg_object_make(&s.type->type, sizeof s);
    *(struct tg_sealed *)(void *)tg_object_of(v)->payload = s;
    return v;
}

/* Of an object that was made here. */
static bool encode_own(const struct tg_pool *pool, tg_value object, const char **type, uint32_t *version, tg_value *content,
                       struct tg_err *err)
{
    void *registry = (void *)pool->registry;
    const struct tg_object_type *t = tg_object_of(object)->type;
    const char *name = tg_object_travel(t) == TG_TRAVEL_PINNED ? tg_registry_type_name(registry, t) : NULL;
    if (!name) return tg_travel_encode(registry, object, type, version, content, err);
    tg_err_set(err, TG_EXIT_FAILED,
               "it runs in another process, and gets an object of type '%s', which is pinned to this one, that made it", name);
    tg_err_hint(err, "Its maker needs scheduler = \"processes\", too; encode and decode of the type let such objects travel.");
    return false;
}

static bool unseal(void *link, tg_value object, const char **type, uint32_t *version, tg_value *content, struct tg_err *err)
{
    struct tg_link *l = link;
    const struct tg_sealed *s = tg_sealed_find(object);
    if (!s) return encode_own(l->pool, object, type, version, content, err);
    *type = s->type->full;
    *version = s->version;
    *content = tg_value_ref(s->content);
    if (!s->recipe) return true;
    struct tg_buf b = {0};
    bool fine = tg_recipe_write(l, s->recipe, &b, err);
    if (fine) *content = tg_str_make(TG_BYTES, b.data, b.length);
    tg_buf_done(&b);
    return fine;
}

/* What an executor has made, and keeps. Takes the content. */
static bool seal_pinned(struct tg_link *l, struct tg_sealed s, tg_value take_content, tg_value *object, struct tg_err *err)
{
    const struct tg_str *content = tg_str_of(take_content);
    uint64_t number = 0;
    if (content->length == sizeof number) memcpy(&number, content->data, sizeof number);
    tg_value_unref(take_content);
    if (number >> 32 != l->process) return tg_err_set(err, TG_EXIT_FAILED, "its executor sent back what makes no sense");
    s.content = tg_nil();
    s.recipe = tg_recipe_new(l, number);
    *object = new_sealed(s);
    return true;
}

static bool seal(void *link, const char *type, size_t length, uint32_t version, tg_value take_content, tg_value *object,
                 struct tg_err *err)
{
    struct tg_link *l = link;
    pthread_mutex_lock(&l->pool->typing);
    const struct tg_sealed_type *t = find_sealed_type(l->pool, type, length);
    pthread_mutex_unlock(&l->pool->typing);
    struct tg_sealed s = {.type = t, .version = version, .content = take_content};
    if (t->pinned) return seal_pinned(l, s, take_content, object, err);
    *object = new_sealed(s);
    return true;
}

bool tg_sealed_make(struct tg_pool *pool, tg_value object, tg_value *sealed)
{
    struct tg_err err = {0};
    const char *type;
    struct tg_sealed s = {0};
    bool fine = tg_travel_encode((void *)pool->registry, object, &type, &s.version, &s.content, &err);
    tg_err_done(&err);
    if (!fine) return false;
    pthread_mutex_lock(&pool->typing);
    s.type = find_sealed_type(pool, type, strlen(type));
    pthread_mutex_unlock(&pool->typing);
    *sealed = new_sealed(s);
    return true;
}

bool tg_sealed_open(const struct tg_sealed *s, tg_value *object, struct tg_err *err)
{
    const char *name = s->type->full;
    void *registry = (void *)s->type->pool->registry;
    if (!s->recipe) return tg_travel_decode(registry, name, strlen(name), s->version, tg_value_ref(s->content), object, err);
    tg_err_set(err, TG_EXIT_FAILED,
               "it runs here, and gets an object of type '%s', which is pinned to the process that made it", name);
    tg_err_hint(err, "Its maker needs scheduler = \"threads\", too; encode and decode of the type let such objects travel.");
    return false;
}

struct tg_codec_objects tg_sealed_codec(struct tg_link *link)
{
    return (struct tg_codec_objects){link, unseal, seal};
}

/* ---- recipes ------------------------------------------------------------------------------------- */

/* True if pinned objects are in it; *depth: that of the deepest recipe among them, or more. */
static bool holds_pinned(tg_value v, unsigned *depth)
{
    const struct tg_sealed *s = tg_sealed_find(v);
    bool found = s && s->recipe;
    if (found && s->recipe->depth > *depth) *depth = s->recipe->depth;
    if (tg_kind(v) == TG_LIST)
        for (size_t i = 0; i < tg_list_of(v)->count; i++) found |= holds_pinned(tg_list_of(v)->items[i], depth);
    if (tg_kind(v) == TG_RECORD)
        for (size_t i = 0; i < tg_record_of(v)->count; i++) found |= holds_pinned(tg_record_of(v)->fields[i].value, depth);
    return found;
}

/* The value with shadows in the place of pinned objects, which are in it; owned. */
static tg_value shadow_of(tg_value v, unsigned *depth)
{
    if (!holds_pinned(v, depth)) return tg_value_ref(v);
    if (tg_kind(v) == TG_LIST) {
        tg_value list = tg_list_make(tg_list_of(v)->count);
        for (size_t i = 0; i < tg_list_of(v)->count; i++) tg_list_add(list, shadow_of(tg_list_of(v)->items[i], depth));
        return list;
    }
    if (tg_kind(v) == TG_RECORD) {
        tg_value record = tg_record_make(tg_record_of(v)->count);
        for (size_t i = 0; i < tg_record_of(v)->count; i++) {
            const struct tg_field *f = &tg_record_of(v)->fields[i];
            tg_record_put(record, tg_value_ref(f->key), shadow_of(f->value, depth));
        }
        return record;
    }
    struct tg_sealed s = *tg_sealed_find(v);
    s.shadow = true;
    tg_recipe_ref(s.recipe);
    return new_sealed(s);
}

bool tg_sealed_know(tg_value object, struct tg_batch_task task, const tg_value *args, size_t count, struct tg_err *err)
{
    const struct tg_sealed *s = tg_sealed_find(object);
    if (!s || !s->recipe || s->recipe->known) return true;
    unsigned depth = 0;
    tg_value *kept = tg_alloc((count + 1) * sizeof *kept);
    for (size_t i = 0; i < count; i++) kept[i] = shadow_of(args[i], &depth);
    tg_recipe_know(s->recipe, task, kept, count, depth + 1);
    if (depth < TG_RECIPE_DEEPEST) return true;
    tg_err_set(err, TG_EXIT_FAILED,
               "it gave an object of type '%s', which is pinned to its process, and more than %d tasks in a row "
               "had to run to make it again elsewhere",
               s->type->full, TG_RECIPE_DEEPEST);
    tg_err_hint(err,
                "With scheduler = \"threads\" at these tasks, their objects stay in one process; encode and decode of the type "
                "let them travel.");
    return false;
}
