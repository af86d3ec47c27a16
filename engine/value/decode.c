/* SPDX-License-Identifier: MIT
 * Bytes to values. The walk recurses, at most TG_MAX_NESTING deep.
 *
 * A reader knows how many bytes the items that were announced need at least, and keeps these from all that is read before
 * them: of a list in a list in a list that announce a million items each, the second is refused, before memory is taken. */
#include <endian.h>
#include <math.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/value/codecform.h"
#include "engine/value/future.h"
#include "engine/value/list.h"
#include "engine/value/object.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

struct decoder {
    const struct tg_codec *c;
    const char *start, *at, *end;
    size_t owed; /* bytes that the items announced so far need at least; never more than are left */
    struct tg_err *err;
};

static __attribute__((noinline, cold)) void say_bad(struct decoder *d, const char *what)
{
    tg_err_set(d->err, TG_EXIT_FAILED, "bytes of a value, at %zu: %s", (size_t)(d->at - d->start), what);
}
static inline bool refuse_value(struct decoder *d, const char *what)
{
    say_bad(d, what);
    return false;
}

/* The next bytes; NULL and the error if there are not so many. */
static const char *take_bytes(struct decoder *d, size_t count)
{
    const char *at = d->at;
    TG_ASSERT(d->owed <= (size_t)(d->end - at));
    if (count > (size_t)(d->end - at) - d->owed) {
        say_bad(d, "they end too early");
        return NULL;
    }
    d->at += count;
    return at;
}

static bool read_varint(struct decoder *d, uint64_t max, uint64_t *out)
{
    uint64_t n = 0;
    for (int shift = 0;; shift += 7) {
        const unsigned char *byte = (const unsigned char *)take_bytes(d, 1);
        if (!byte) return false;
        if (shift && !*byte) return refuse_value(d, "a number that could be shorter");
        if (shift == 63 && *byte > 1) return refuse_value(d, "a number that is too large");
        n |= (uint64_t)(*byte & 0x7f) << shift;
        if (*byte < 0x80) break;
    }
    if (n > max) return refuse_value(d, "a number that is too large");
    *out = n;
    return true;
}

/* How many follow, of at least so many bytes each: for which there is room. */
static bool read_room(struct decoder *d, size_t bytes_each, size_t *count)
{
    uint64_t n;
    if (!read_varint(d, UINT64_MAX, &n)) return false;
    if (n > ((size_t)(d->end - d->at) - d->owed) / bytes_each) return refuse_value(d, "they end too early");
    *count = (size_t)n;
    return true;
}

/* A length and so many bytes. */
static const char *take_counted(struct decoder *d, size_t *length)
{
    return read_room(d, 1, length) ? take_bytes(d, *length) : NULL;
}

static int64_t load_int(const char *at, int width)
{
    uint64_t word = 0;
    memcpy(&word, at, (size_t)1 << width);
    int unused = 64 - (8 << width);
    return (int64_t)(le64toh(word) << unused) >> unused;
}

static bool decode_int(struct decoder *d, int width, tg_value *out)
{
    const char *at = take_bytes(d, (size_t)1 << width);
    if (!at) return false;
    int64_t i = load_int(at, width);
    if (tg_codecform_width(tg_codecform_bits(i)) != width || (i >= 0 && i < SMALL_INTS))
        return refuse_value(d, "an int that could be shorter");
    *out = tg_int(i);
    return true;
}

/* False for a nan that is not the one. */
static bool load_float(const char *at, tg_value *out)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    *out = tg_make_(TG_FLOAT, le64toh(word));
    return out->bits == NAN_BITS || !isnan(out->f);
}

static bool decode_float(struct decoder *d, tg_value *out)
{
    const char *at = take_bytes(d, sizeof out->f);
    return at && (load_float(at, out) || refuse_value(d, "a nan with other bits"));
}

static bool decode_text(struct decoder *d, enum tg_kind kind, tg_value *out)
{
    size_t length;
    const char *data = take_counted(d, &length);
    if (!data) return false;
    if (!tg_codecform_is_text(kind, data, length)) return refuse_value(d, "a str that is not UTF-8");
    *out = tg_str_make(kind, data, length);
    return true;
}

static bool decode_outside(struct decoder *d, enum tg_kind kind, tg_value *out)
{
    const struct tg_codec_buffers *from = d->c->buffers;
    uint64_t length, number;
    bool again = false;
    if (!from) return refuse_value(d, "a text that is elsewhere");
    if (!read_varint(d, SIZE_MAX / 2, &length) || !read_varint(d, UINT32_MAX, &number)) return false;
    if (!from->get(from->data, (uint32_t)number, kind, (size_t)length, out, &again, d->err)) return false;
    const struct tg_str *t = tg_str_of(*out);
    TG_ASSERT(tg_kind(*out) == kind && t->length == length);
    if (again || tg_codecform_is_text(kind, t->data, t->length)) return true;
    tg_value_unref(*out);
    return refuse_value(d, "a str that is not UTF-8");
}

/* A list with its items still to be set, of so many words, which follow; NULL if they do not. */
static const char *take_packed(struct decoder *d, int width, tg_value *list)
{
    size_t count;
    if (!read_room(d, (size_t)1 << width, &count)) return NULL;
    if (!count) {
        say_bad(d, "an empty list in the form of numbers");
        return NULL;
    }
    *list = tg_list_make(count);
    tg_list_of(*list)->count = count;
    return take_bytes(d, count << width);
}

#define LOAD_ALL(type, host)                              \
    for (size_t i = 0; i < l->count; i++) {               \
        u##type word;                                     \
        memcpy(&word, at + i * sizeof word, sizeof word); \
        tg_value v = tg_int((type)host(word));            \
        bits |= tg_codecform_bits(v.i);                   \
        tg_value_put(&l->items[i], v);                    \
    }

static bool decode_ints(struct decoder *d, int width, tg_value *out)
{
    tg_value list;
    const char *at = take_packed(d, width, &list);
    if (!at) return false;
    struct tg_list *l = tg_list_of(list);
    uint64_t bits = 0;
    switch (width) {
    case 0: LOAD_ALL(int8_t, ) break;
    case 1: LOAD_ALL(int16_t, le16toh) break;
    case 2: LOAD_ALL(int32_t, le32toh) break;
    default: LOAD_ALL(int64_t, le64toh)
    }
    *out = list;
    if (tg_codecform_width(bits) == width) return true;
    tg_value_unref(list);
    return refuse_value(d, "ints that could be shorter");
}

static bool decode_floats(struct decoder *d, tg_value *out)
{
    tg_value list;
    const char *at = take_packed(d, 3, &list);
    if (!at) return false;
    struct tg_list *l = tg_list_of(list);
    bool good = true;
    for (size_t i = 0; i < l->count; i++) good &= load_float(at + i * sizeof(double), &l->items[i]);
    *out = list;
    if (good) return true;
    tg_value_unref(list);
    return refuse_value(d, "a nan with other bits");
}

static bool decode_value(struct decoder *d, int depth, tg_value *out);

static bool decode_items(struct decoder *d, int depth, size_t count, tg_value list)
{
    size_t ints = 0, floats = 0;
    tg_value item;
    for (size_t i = 0; i < count; i++) {
        d->owed--;
        if (!decode_value(d, depth, &item)) return false;
        ints += tg_kind(item) == TG_INT;
        floats += tg_kind(item) == TG_FLOAT;
        tg_list_add(list, item);
    }
    if (count && (ints == count || floats == count)) return refuse_value(d, "numbers that are not in the form of numbers");
    return true;
}

static bool decode_list(struct decoder *d, int depth, tg_value *out)
{
    size_t count;
    if (!read_room(d, 1, &count)) return false;
    d->owed += count;
    *out = tg_list_make(count ? count : 1);
    if (decode_items(d, depth, count, *out)) return true;
    tg_value_unref(*out);
    return false;
}

static bool decode_fields(struct decoder *d, int depth, size_t count, tg_value record)
{
    tg_value key, value;
    for (size_t i = 0; i < count; i++) {
        d->owed--;
        if (!decode_text(d, TG_STR, &key)) return false;
        d->owed--;
        if (!decode_value(d, depth, &value)) {
            tg_value_unref(key);
            return false;
        }
        tg_record_put(record, key, value);
        if (tg_record_of(record)->count == i) return refuse_value(d, "a key that is there twice");
    }
    return true;
}

static bool decode_record(struct decoder *d, int depth, tg_value *out)
{
    size_t count;
    if (!read_room(d, 2, &count)) return false;
    d->owed += 2 * count;
    *out = tg_record_make(count ? count : 1);
    if (decode_fields(d, depth, count, *out)) return true;
    tg_value_unref(*out);
    return false;
}

static bool decode_object(struct decoder *d, tg_value *out)
{
    const struct tg_codec_objects *objects = d->c->objects;
    uint64_t version;
    size_t length;
    tg_value content;
    const char *type = objects ? take_counted(d, &length) : NULL;
    if (!objects) return refuse_value(d, "an object");
    if (!type) return false;
    if (!length || !tg_codecform_is_text(TG_STR, type, length)) return refuse_value(d, "an object without a type");
    if (!read_varint(d, UINT32_MAX, &version)) return false;
    const char *tag = take_bytes(d, 1);
    if (!tag) return false;
    if ((unsigned char)*tag != TAG_BYTES && (unsigned char)*tag != TAG_OUTSIDE + 1)
        return refuse_value(d, "an object whose content is not bytes");
    bool inside = (unsigned char)*tag == TAG_BYTES;
    if (!(inside ? decode_text(d, TG_BYTES, &content) : decode_outside(d, TG_BYTES, &content))) return false;
    return objects->decode(objects->data, type, length, (uint32_t)version, content, out, d->err);
}

static bool decode_future(struct decoder *d, tg_value *out)
{
    uint64_t task;
    if (!d->c->futures) return refuse_value(d, "a future");
    if (!read_varint(d, UINT32_MAX, &task)) return false;
    *out = tg_future((uint32_t)task);
    return true;
}

static bool decode_more_than_nil(struct decoder *d, tg_value *out)
{
    const struct tg_codec_nils *nils = d->c->nils;
    uint64_t number;
    if (!nils) return refuse_value(d, "a nil that says more");
    return read_varint(d, UINT32_MAX, &number) && nils->decode(nils->data, (uint32_t)number, out, d->err);
}

static bool decode_value(struct decoder *d, int depth, tg_value *out)
{
    const char *at = take_bytes(d, 1);
    if (!at) return false;
    int tag = (unsigned char)*at;
    if ((tag == TAG_LIST || tag == TAG_RECORD) && ++depth > TG_MAX_NESTING) return refuse_value(d, "nested too deeply");
    switch (tag) {
    case TAG_NIL: *out = tg_nil(); return true;
    case TAG_FALSE:
    case TAG_TRUE: *out = tg_bool(tag == TAG_TRUE); return true;
    case TAG_INT ... TAG_INT + 3: return decode_int(d, tag - TAG_INT, out);
    case TAG_FLOAT: return decode_float(d, out);
    case TAG_STR ... TAG_FILE: return decode_text(d, (enum tg_kind)(TG_STR + tag - TAG_STR), out);
    case TAG_OUTSIDE ... TAG_OUTSIDE + 2: return decode_outside(d, (enum tg_kind)(TG_STR + tag - TAG_OUTSIDE), out);
    case TAG_INTS ... TAG_INTS + 3: return decode_ints(d, tag - TAG_INTS, out);
    case TAG_FLOATS: return decode_floats(d, out);
    case TAG_LIST: return decode_list(d, depth, out);
    case TAG_RECORD: return decode_record(d, depth, out);
    case TAG_OBJECT: return decode_object(d, out);
    case TAG_FUTURE: return decode_future(d, out);
    case TAG_MORE_THAN_NIL: return decode_more_than_nil(d, out);
    }
    if (tag >= SMALL_INTS) return refuse_value(d, "no kind of value has this number");
    *out = tg_int(tag);
    return true;
}

bool tg_codec_decode_(const struct tg_codec *c, const void *bytes, size_t length, size_t *used, tg_value *out,
                      struct tg_err *err)
{
    struct decoder d = {.c = c, .start = bytes, .at = bytes, .end = (const char *)bytes + length, .err = err};
    tg_value v;
    if (!decode_value(&d, 0, &v)) return false;
    TG_ASSERT(d.owed == 0);
    *out = v;
    *used = (size_t)(d.at - d.start);
    return true;
}

bool tg_codec_read(const struct tg_codec *c, const void *bytes, size_t length, tg_value *out, struct tg_err *err)
{
    const size_t head = sizeof tg_codecform_head;
    const char *text = bytes;
    size_t used;
    tg_value v;
    if (length < head || memcmp(text, tg_codecform_head, head - 1) != 0)
        return tg_err_set(err, TG_EXIT_FAILED, "not a value that tgrun has written");
    if (text[head - 1] != TG_CODEC_VERSION)
        return tg_err_set(err, TG_EXIT_FAILED, "a value in version %d of the format, of which only %d is known",
                          (unsigned char)text[head - 1], TG_CODEC_VERSION);
    if (!tg_codec_decode(c, text + head, length - head, &used, &v, err)) return false;
    if (used < length - head) {
        tg_value_unref(v);
        return tg_err_set(err, TG_EXIT_FAILED, "bytes of a value, at %zu: there are more", used);
    }
    *out = v;
    return true;
}
