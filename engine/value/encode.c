/* SPDX-License-Identifier: MIT
 * Values to bytes. The walk recurses, at most TG_MAX_NESTING deep. */
#include <endian.h>
#include <math.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/value/codecform.h"
#include "engine/value/list.h"
#include "engine/value/object.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

struct encoder {
    const struct tg_codec *c;
    struct tg_buf *b;
    struct tg_err *err;
};

static void put_tag(struct encoder *e, int tag)
{
    *tg_buf_reserve(e->b, 1) = (char)tag;
    e->b->length++;
}

static void put_varint(struct encoder *e, uint64_t n)
{
    char *at = tg_buf_reserve(e->b, VARINT_BYTES);
    for (; n >= 0x80; n >>= 7, e->b->length++) *at++ = (char)(n | 0x80);
    *at = (char)n;
    e->b->length++;
}

static void put_bytes(struct encoder *e, const char *data, size_t length)
{
    put_varint(e, length);
    tg_buf_add(e->b, data, length);
}

/* The low bytes of a number, as many as 2 ** width. */
static void put_word(struct encoder *e, uint64_t word, int width)
{
    uint64_t little = htole64(word);
    memcpy(tg_buf_reserve(e->b, sizeof little), &little, sizeof little);
    e->b->length += (size_t)1 << width;
}

static uint64_t float_bits(double f)
{
    uint64_t bits = NAN_BITS;
    if (!isnan(f)) memcpy(&bits, &f, sizeof bits);
    return bits;
}

static void encode_int(struct encoder *e, int64_t i)
{
    int width = tg_codecform_width(tg_codecform_bits(i));
    if (i >= 0 && i < SMALL_INTS) {
        put_tag(e, (int)i);
    } else {
        put_tag(e, TAG_INT + width);
        put_word(e, (uint64_t)i, width);
    }
}

static bool encode_text(struct encoder *e, tg_value v)
{
    const struct tg_str *t = tg_str_of(v);
    const struct tg_codec_buffers *out = e->c->buffers && t->length >= e->c->buffers->from_bytes ? e->c->buffers : NULL;
    int which = (int)tg_kind(v) - TG_STR;
    uint32_t number;
    bool found = out && out->find && out->find(out->data, v, &number);
    if (!found && !tg_codecform_is_text(tg_kind(v), t->data, t->length))
        return tg_err_set(e->err, TG_EXIT_FAILED, "a str that is not UTF-8 cannot leave its process");
    if (found || (out && out->put(out->data, v, &number))) {
        put_tag(e, TAG_OUTSIDE + which);
        put_varint(e, t->length);
        put_varint(e, number);
    } else {
        put_tag(e, TAG_STR + which);
        put_bytes(e, t->data, t->length);
    }
    return true;
}

/* Room for count words of 2 ** width bytes behind the head of a list of them. */
static char *put_packed(struct encoder *e, int tag, size_t count, int width)
{
    put_tag(e, tag);
    put_varint(e, count);
    size_t bytes = count << width;
    char *at = tg_buf_reserve(e->b, bytes);
    e->b->length += bytes;
    return at;
}

#define PUT_ALL(type, little)                             \
    for (size_t i = 0; i < l->count; i++) {               \
        type word = little((type)l->items[i].bits);       \
        memcpy(at + i * sizeof word, &word, sizeof word); \
    }

static bool encode_ints(struct encoder *e, const struct tg_list *l)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < l->count; i++) {
        if (tg_kind(l->items[i]) != TG_INT) return false;
        bits |= tg_codecform_bits(l->items[i].i);
    }
    int width = tg_codecform_width(bits);
    char *at = put_packed(e, TAG_INTS + width, l->count, width);
    switch (width) {
    case 0: PUT_ALL(uint8_t, ) break;
    case 1: PUT_ALL(uint16_t, htole16) break;
    case 2: PUT_ALL(uint32_t, htole32) break;
    default: PUT_ALL(uint64_t, htole64)
    }
    return true;
}

static bool encode_floats(struct encoder *e, const struct tg_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        if (tg_kind(l->items[i]) != TG_FLOAT) return false;
    char *at = put_packed(e, TAG_FLOATS, l->count, 3);
    for (size_t i = 0; i < l->count; i++) {
        uint64_t word = htole64(float_bits(l->items[i].f));
        memcpy(at + i * sizeof word, &word, sizeof word);
    }
    return true;
}

static bool encode_value(struct encoder *e, tg_value v, int depth);

static bool encode_list(struct encoder *e, const struct tg_list *l, int depth)
{
    if (l->count && (encode_ints(e, l) || encode_floats(e, l))) return true;
    put_tag(e, TAG_LIST);
    put_varint(e, l->count);
    for (size_t i = 0; i < l->count; i++)
        if (!encode_value(e, l->items[i], depth)) return false;
    return true;
}

static bool encode_record(struct encoder *e, const struct tg_record *r, int depth)
{
    put_tag(e, TAG_RECORD);
    put_varint(e, r->count);
    for (size_t i = 0; i < r->count; i++) {
        const struct tg_str *key = tg_str_of(r->fields[i].key);
        if (!tg_codecform_is_text(TG_STR, key->data, key->length))
            return tg_err_set(e->err, TG_EXIT_FAILED, "a record with a key that is not UTF-8 cannot leave its process");
        put_bytes(e, key->data, key->length);
        if (!encode_value(e, r->fields[i].value, depth)) return false;
    }
    return true;
}

static bool encode_object(struct encoder *e, tg_value v)
{
    const struct tg_codec_objects *objects = e->c->objects;
    const char *type;
    uint32_t version;
    tg_value content;
    if (!objects)
        return tg_err_set(e->err, TG_EXIT_FAILED, "an object of the type '%s' cannot leave its process", tg_value_kind_name(v));
    if (!objects->encode(objects->data, v, &type, &version, &content, e->err)) return false;
    TG_ASSERT(tg_kind(content) == TG_BYTES && type[0]);
    put_tag(e, TAG_OBJECT);
    put_bytes(e, type, strlen(type));
    put_varint(e, version);
    bool good = encode_text(e, content);
    tg_value_unref(content);
    return good;
}

static void encode_nil(struct encoder *e, tg_value v)
{
    const struct tg_codec_nils *nils = v.bits ? e->c->nils : NULL;
    put_tag(e, nils ? TAG_MORE_THAN_NIL : TAG_NIL);
    if (nils) put_varint(e, nils->encode(nils->data, v));
}

static bool encode_value(struct encoder *e, tg_value v, int depth)
{
    enum tg_kind kind = tg_kind(v);
    if ((kind == TG_LIST || kind == TG_RECORD) && ++depth > TG_MAX_NESTING)
        return tg_err_set(e->err, TG_EXIT_FAILED, "a value that nests deeper than %d cannot leave its process", TG_MAX_NESTING);
    switch (kind) {
    case TG_NIL: encode_nil(e, v); return true;
    case TG_BOOL: put_tag(e, tg_as_bool(v) ? TAG_TRUE : TAG_FALSE); return true;
    case TG_INT: encode_int(e, v.i); return true;
    case TG_FLOAT:
        put_tag(e, TAG_FLOAT);
        put_word(e, float_bits(v.f), 3);
        return true;
    case TG_STR:
    case TG_BYTES:
    case TG_FILE: return encode_text(e, v);
    case TG_LIST: return encode_list(e, tg_list_of(v), depth);
    case TG_RECORD: return encode_record(e, tg_record_of(v), depth);
    case TG_OBJECT: return encode_object(e, v);
    case TG_FUTURE:
        if (!e->c->futures) break;
        put_tag(e, TAG_FUTURE);
        put_varint(e, (uint32_t)v.bits);
        return true;
    case TG_FUNCTION: break;
    case TG_FAILED: TG_ASSERT(kind != TG_FAILED);
    }
    return tg_err_set(e->err, TG_EXIT_FAILED, "a %s cannot leave its process", tg_kind_name(kind));
}

bool tg_codec_encode_(const struct tg_codec *c, tg_value v, struct tg_buf *b, struct tg_err *err)
{
    size_t before = b->length;
    bool good = encode_value(&(struct encoder){c, b, err}, v, 0);
    if (!good) b->length = before;
    if (b->data) b->data[b->length] = 0;
    return good;
}

bool tg_codec_write(const struct tg_codec *c, tg_value v, struct tg_buf *b, struct tg_err *err)
{
    size_t before = b->length;
    tg_buf_add(b, tg_codecform_head, sizeof tg_codecform_head);
    if (tg_codec_encode_(c, v, b, err)) return true;
    b->length = before;
    b->data[before] = 0;
    return false;
}
