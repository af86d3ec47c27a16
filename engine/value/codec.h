/* SPDX-License-Identifier: MIT
 * Values as bytes (docs/formats.md has the format): what one process sends to another, and what is kept on disk.
 *
 * A value has one encoding and no other: a reader refuses lengths and numbers that could be shorter. So equal bytes are the same value,
 * and whatever was read is written as the same bytes again. Bytes may come from anybody: nothing is read past their end, and at
 * any time no more memory is taken than what is left of them could need. */
#ifndef TG_VALUE_CODEC_H
#define TG_VALUE_CODEC_H

#include "engine/base/compiler.h"
#include "engine/value/value.h"

/* Of the format. Who sends values over a connection says it once, where that begins. */
#define TG_CODEC_VERSION 1

/* Objects of plugins: how they travel. */
struct tg_codec_objects {
    void *data;
    /* Of an object: its type's full name ("plugin.type", borrowed until the next call), the encoding's version and its
     * content (TG_BYTES, owned). False and err if it does not travel. */
    bool (*encode)(void *data, tg_value object, const char **type, uint32_t *version, tg_value *content, struct tg_err *err);
    /* The object (owned) again. The type is UTF-8, at least one byte, without a NUL at its end. */
    bool (*decode)(void *data, const char *type, size_t type_length, uint32_t version, tg_value take_content, tg_value *object,
                   struct tg_err *err);
};

/* Big texts out of band. */
struct tg_codec_buffers {
    void *data;
    size_t from_bytes; /* texts of so many bytes or more are offered to put */
    /* Lends the text and gives it a number; false: it is written with the rest. Where the encoding fails later, what was put is for
     * the caller to forget. */
    bool (*put)(void *data, tg_value text, uint32_t *number);
    /* The number of a text that was put before, which is not looked at again; false: it was not. NULL: that is not known. */
    bool (*find)(void *data, tg_value text, uint32_t *number);
    /* The text of this number (owned), of this kind and length. Number and length come from the bytes: either may be wrong. *again
     * is set where it was got before, and so looked at. */
    bool (*get)(void *data, uint32_t number, enum tg_kind kind, size_t length, tg_value *text, bool *again, struct tg_err *err);
};

/* A nil whose bits are not 0 says more than nil (engine/run/allowed.h). */
struct tg_codec_nils {
    void *data;
    uint32_t (*encode)(void *data, tg_value nil); /* its number */
    bool (*decode)(void *data, uint32_t number, tg_value *nil, struct tg_err *err);
};

/* What may travel, beside plain values. Zeroed: nothing. */
struct tg_codec {
    const struct tg_codec_objects *objects; /* NULL: none */
    const struct tg_codec_buffers *buffers; /* NULL: all texts are written with the rest */
    bool futures;
    const struct tg_codec_nils *nils; /* NULL: such a nil is written as any other, and refused where it is read */
};

bool tg_codec_encode_(const struct tg_codec *c, tg_value v, struct tg_buf *b, struct tg_err *err);
/* Appends the bytes of one value; on failure b is as before. Functions, what nests deeper than TG_MAX_NESTING, and texts that are
 * not what their kind must be cannot be encoded. v must not be TG_FAILED. */
static inline bool tg_codec_encode(const struct tg_codec *c, tg_value v, struct tg_buf *b, struct tg_err *err)
{
    if (v.tag != TG_INT || v.bits >= 0x80 || b->length + 1 >= b->room) return tg_codec_encode_(c, v, b, err);
    b->data[b->length++] = (char)v.bits;
    b->data[b->length] = 0;
    return true;
}

bool tg_codec_decode_(const struct tg_codec *c, const void *bytes, size_t length, size_t *used, tg_value *out,
                      struct tg_err *err);
/* Reads one value from bytes[0..length); *used says how many bytes it took. On failure *used and *out are as before. */
static inline bool tg_codec_decode(const struct tg_codec *c, const void *bytes, size_t length, size_t *used, tg_value *out,
                                   struct tg_err *err)
{
    if (TG_UNLIKELY(!length) || *(const unsigned char *)bytes >= 0x80)
        return tg_codec_decode_(c, bytes, length, used, out, err);
    *out = tg_int(*(const unsigned char *)bytes);
    *used = 1;
    return true;
}

/* The same for what is kept: the bytes begin with what they are and the version of the format, and nothing follows the value. */
bool tg_codec_write(const struct tg_codec *c, tg_value v, struct tg_buf *b, struct tg_err *err);
bool tg_codec_read(const struct tg_codec *c, const void *bytes, size_t length, tg_value *out, struct tg_err *err);

#endif
