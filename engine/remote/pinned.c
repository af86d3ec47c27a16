/* SPDX-License-Identifier: MIT
 * Pinned objects in an executor. */
#include "engine/remote/pinned.h"

#include <stdlib.h>
#include <string.h>

#include "engine/plugin/registry.h"
#include "engine/plugin/travel.h"
#include "engine/remote/batch.h"
#include "engine/run/failing.h"
#include "engine/value/object.h"
#include "engine/value/str.h"

#define STAY_HINT                                                                                                                \
    "With scheduler = \"threads\" at this task and at those that use it, its objects stay in one process; encode and decode of " \
    "the type let them travel."

/* ---- writing ------------------------------------------------------------------------------------- */

void tg_pinned_judge(struct tg_pinned *p, const struct tg_def *def, tg_value out)
{
    p->refused = def->sig.effect               ? "the task has an effect, so it cannot make it again elsewhere"
                 : def->flags & TG_DEF_EXPANDS ? "a task that grows cannot make it again elsewhere"
                 : tg_kind(out) != TG_OBJECT   ? "only one that is the whole result can be made again elsewhere"
                                               : NULL;
}

static bool is_pinned(const struct tg_object_type *type)
{
    return type && tg_object_travel(type) == TG_TRAVEL_PINNED;
}

static bool encode(void *pinned, tg_value object, const char **type, uint32_t *version, tg_value *content, struct tg_err *err)
{
    struct tg_pinned *p = pinned;
    const struct tg_object_type *t = tg_object_of(object)->type;
    *type = tg_registry_type_name(p->registry, t);
    if (!*type || !is_pinned(t)) return tg_travel_encode((void *)p->registry, object, type, version, content, err);
    *content = tg_nil();
    if (p->refused) {
        tg_err_set(err, TG_EXIT_FAILED, "it gave an object of type '%s', which is pinned to its process: %s", *type,
                   p->refused);
        tg_err_hint(err, "%s", STAY_HINT);
        return false;
    }
    uint64_t number = (uint64_t)p->process << 32 | ++p->made;
    tg_kept_put(&p->kept, number, tg_value_ref(object));
    *version = t->encoding_version;
    *content = tg_str_make(TG_BYTES, &number, sizeof number);
    return true;
}

/* ---- making again -------------------------------------------------------------------------------- */

static void note_failed(struct tg_pinned *p, const struct tg_def *def, struct tg_err *take_why)
{
    const char *said = take_why->message ? take_why->message : "it did not say why";
    tg_err_set(&p->why, TG_EXIT_FAILED, "an argument could not be made again here by '%s.%s': %s", def->plugin, def->name,
               said);
    if (take_why->detail) tg_err_detail(&p->why, "%s", take_why->detail);
    if (take_why->hint) tg_err_hint(&p->why, "%s", take_why->hint);
    tg_err_done(take_why);
}

/* Runs the maker; nil if it fails. */
static tg_value make(struct tg_pinned *p, const struct tg_object_type *type, const struct tg_batch_entry *e,
                     const struct tg_def *def, const tg_value *args)
{
    struct tg_ctx ctx = {.services = p->services, .def = def, .task = TG_NO_TASK, .options = tg_nil()};
    ctx.unwanted = &p->page->unwanted;
    tg_value out = tg_nil();
    atomic_store(&p->page->making, ((uint64_t)e->task.plugin << 32 | e->task.task) + 1);
    int status = def->fn(&ctx, args, e->count, &out);
    atomic_store(&p->page->making, 0);
    bool good = status == TG_OK && !ctx.err.code && tg_failing_look(&ctx, def, out);
    if (good && tg_kind(out) == TG_OBJECT && tg_object_of(out)->type == type) return out;
    if (good) tg_err_set(&ctx.err, TG_EXIT_FAILED, "it gave something else than before");
    else if (!ctx.err.code) tg_failing_result(&ctx, def, status, out);
    if (status == TG_OK) tg_value_unref(out);
    note_failed(p, def, &ctx.err);
    return tg_nil();
}

/* Reads the maker's arguments, all owned by the caller; so many were read. */
static uint32_t read_maker_arguments(struct tg_pinned *p, struct tg_batch_reader *r, uint32_t count, tg_value *args,
                                     struct tg_err *err)
{
    uint32_t i = 0, from;
    for (; i < count; i++) {
        args[i] = tg_nil();
        if (!tg_batch_read_argument(r, p->codec, &args[i], &from, err)) break;
    }
    return i;
}

/* By its recipe. False if that is none. */
static bool make_again(struct tg_pinned *p, const struct tg_object_type *type, struct tg_batch_reader *r, tg_value *object,
                       struct tg_err *err)
{
    struct tg_batch_entry e;
    const struct tg_def *def = tg_batch_read_entry(r, NULL, &e) ? tg_batch_find(p->registry, e.task) : NULL;
    if (!def) return tg_err_set(err, TG_EXIT_FAULT, "it was told nonsense of an object");
    tg_value *args = tg_alloc(((size_t)e.count + 1) * sizeof *args);
    uint32_t got = read_maker_arguments(p, r, e.count, args, err);
    if (got == e.count && !p->lacks && !p->why.code) *object = make(p, type, &e, def, args);
    tg_value_unref_all(args, got);
    free(args);
    return got == e.count;
}

static bool read_pinned(struct tg_pinned *p, const struct tg_object_type *type, const struct tg_str *content, tg_value *object,
                        struct tg_err *err)
{
    struct tg_batch_reader r = {.at = (const uint8_t *)content->data, .end = (const uint8_t *)content->data + content->length};
    uint64_t number;
    if (content->length < sizeof number) return tg_err_set(err, TG_EXIT_FAULT, "it was told nonsense of an object");
    memcpy(&number, r.at, sizeof number);
    *object = tg_value_ref(tg_kept_find(&p->kept, number));
    if (tg_kind(*object) == TG_OBJECT) {
        if (tg_object_of(*object)->type == type) return true;
        tg_value_unref(*object);
        *object = tg_nil();
        return tg_err_set(err, TG_EXIT_FAULT, "it was told nonsense of an object");
    }
    p->lacks = p->lacks || content->length == sizeof number;
    if (content->length == sizeof number) return true;
    bool kept = r.at[sizeof number];
    r.at += sizeof number + 1;
    if (!make_again(p, type, &r, object, err)) return false;
    if (tg_kind(*object) != TG_OBJECT) return true;
    tg_kept_put(&p->kept, number, tg_value_ref(*object));
    if (!kept) tg_vec_push(&p->passing, number);
    return true;
}

static bool decode(void *pinned, const char *type, size_t type_length, uint32_t version, tg_value take_content,
                   tg_value *object, struct tg_err *err)
{
    struct tg_pinned *p = pinned;
    const struct tg_object_type *t = tg_registry_type(p->registry, type, type_length);
    if (!is_pinned(t)) return tg_travel_decode((void *)p->registry, type, type_length, version, take_content, object, err);
    *object = tg_nil();
    bool fine = read_pinned(p, t, tg_str_of(take_content), object, err);
    tg_value_unref(take_content);
    return fine;
}

struct tg_codec_objects tg_pinned_codec(struct tg_pinned *p)
{
    return (struct tg_codec_objects){p, encode, decode};
}

/* ---- what is kept -------------------------------------------------------------------------------- */

void tg_pinned_drop(struct tg_pinned *p, const char *numbers, size_t bytes)
{
    uint64_t number;
    for (size_t at = 0; at + sizeof number <= bytes; at += sizeof number) {
        memcpy(&number, numbers + at, sizeof number);
        tg_kept_drop(&p->kept, number);
    }
}

void tg_pinned_end_batch(struct tg_pinned *p)
{
    while (p->passing.count) tg_kept_drop(&p->kept, p->passing.items[--p->passing.count]);
}

void tg_pinned_done(struct tg_pinned *p)
{
    tg_pinned_end_batch(p);
    tg_vec_done(&p->passing);
    tg_kept_done(&p->kept);
    tg_err_done(&p->why);
}
