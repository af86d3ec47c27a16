/* SPDX-License-Identifier: MIT
 * Fuzzes values as bytes (engine/value/codec.h): what is read must be written as the same bytes, and what is refused must come with
 * a message. Texts that are elsewhere have as content their number, objects are made of their content and type. */
#include <stdlib.h>
#include <string.h>

#include "engine/value/codec.h"
#include "engine/value/future.h"
#include "engine/value/object.h"
#include "engine/value/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) abort();
}

/* An object keeps what it was made of. */
struct kept {
    tg_value type, content;
    uint32_t version;
};

static void destroy_kept(void *payload)
{
    struct kept *k = payload;
    tg_value_unref(k->type);
    tg_value_unref(k->content);
}

static const struct tg_object_type kept_type = {.size = sizeof kept_type, .name = "kept", .destroy = destroy_kept};

static bool encode_kept(void *data, tg_value object, const char **type, uint32_t *version, tg_value *content,
                        struct tg_err *err)
{
    (void)data, (void)err;
    const struct kept *k = (const struct kept *)tg_object_of(object)->payload;
    *type = tg_str_of(k->type)->data;
    *version = k->version;
    *content = tg_value_ref(k->content);
    return true;
}

static bool decode_kept(void *data, const char *type, size_t type_length, uint32_t version, tg_value take_content,
                        tg_value *object, struct tg_err *err)
{
    (void)data;
    if (memchr(type, 0, type_length)) {
        tg_value_unref(take_content);
        return tg_err_set(err, TG_EXIT_FAILED, "no such type");
    }
    *object = tg_object_make(&kept_type, sizeof(struct kept));
    *(struct kept *)tg_object_of(*object)->payload = (struct kept){tg_str_make(TG_STR, type, type_length), take_content,
                                                                   version};
    return true;
}

/* The shortest texts that are elsewhere, and their longest. */
enum { FROM_BYTES = 4, TO_BYTES = 8 };

static bool put_number(void *data, tg_value text, uint32_t *number)
{
    (void)data;
    if (tg_str_of(text)->length > TO_BYTES) return false;
    memcpy(number, tg_str_of(text)->data, sizeof *number);
    return true;
}

static bool get_number(void *data, uint32_t number, enum tg_kind kind, size_t length, tg_value *text, bool *again,
                       struct tg_err *err)
{
    (void)data, (void)again;
    if (length < FROM_BYTES || length > TO_BYTES) return tg_err_set(err, TG_EXIT_FAILED, "no such text");
    *text = tg_str_make(kind, NULL, length);
    memcpy(tg_str_of(*text)->data, &number, sizeof number);
    return true;
}

static uint32_t encode_nil_bits(void *data, tg_value nil)
{
    (void)data;
    return (uint32_t)(nil.bits - 1);
}

static bool decode_nil_bits(void *data, uint32_t number, tg_value *nil, struct tg_err *err)
{
    (void)data, (void)err;
    *nil = tg_make_(TG_NIL, (uint64_t)number + 1);
    return true;
}

static const struct tg_codec_objects objects = {.encode = encode_kept, .decode = decode_kept};
static const struct tg_codec_buffers buffers = {.from_bytes = FROM_BYTES, .put = put_number, .get = get_number};
static const struct tg_codec_nils nils = {.encode = encode_nil_bits, .decode = decode_nil_bits};

static void count_future(void *count, uint32_t task)
{
    (void)task;
    ++*(size_t *)count;
}

/* `same`: whether texts are where they were. */
static void check_codec(const struct tg_codec *c, const uint8_t *data, size_t size, bool same)
{
    struct tg_err err = {0};
    tg_value v;
    size_t used = 0, futures = 0;
    if (tg_codec_decode(c, data, size, &used, &v, &err)) {
        struct tg_buf b = {0};
        require(used && used <= size && !err.code);
        require(tg_codec_encode(c, v, &b, &err));
        require(!same || (b.length == used && memcmp(b.data, data, used) == 0));
        tg_future_each(v, count_future, &futures);
        require(tg_future_in(v) == (futures > 0));
        tg_buf_done(&b);
        tg_value_unref(v);
    } else {
        require(err.code && err.message[0]);
    }
    tg_err_done(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_codec(&(struct tg_codec){0}, data, size, true);
    check_codec(&(struct tg_codec){.objects = &objects, .futures = true, .nils = &nils}, data, size, true);
    /* A short text may have been written with the rest. */
    check_codec(&(struct tg_codec){.objects = &objects, .buffers = &buffers, .futures = true}, data, size, false);
    return 0;
}
