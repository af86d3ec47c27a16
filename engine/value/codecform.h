/* SPDX-License-Identifier: MIT
 * What the bytes of values are made of (docs/formats.md). Private to encode.c and decode.c. */
#ifndef TG_VALUE_CODECFORM_H
#define TG_VALUE_CODECFORM_H

#include "engine/base/utf8.h"
#include "engine/value/codec.h"

/* The first byte of a value; below 0x80 it is the int itself. */
enum codec_tag {
    TAG_INT = 0x80, /* to 0x83: of 1, 2, 4, 8 bytes */
    TAG_NIL = 0x84,
    TAG_FALSE = 0x85,
    TAG_TRUE = 0x86,
    TAG_FLOAT = 0x87,
    TAG_STR = 0x88, /* and TAG_BYTES, TAG_FILE, as the kinds */
    TAG_BYTES = 0x89,
    TAG_FILE = 0x8a,
    TAG_LIST = 0x8b,
    TAG_RECORD = 0x8c,
    TAG_OBJECT = 0x8d,
    TAG_FUTURE = 0x8e,
    TAG_MORE_THAN_NIL = 0x8f,
    TAG_INTS = 0x90, /* to 0x93: a list of ints of 1, 2, 4, 8 bytes each */
    TAG_FLOATS = 0x94,
    TAG_OUTSIDE = 0x98, /* to 0x9a: a str, bytes or file that is elsewhere */
};

_Static_assert(TAG_STR - TG_STR == TAG_BYTES - TG_BYTES && TAG_STR - TG_STR == TAG_FILE - TG_FILE,
               "texts in the order of kinds");

#define SMALL_INTS 0x80
#define NAN_BITS UINT64_C(0x7ff8000000000000) /* the one that stands for all */
#define VARINT_BYTES 10                       /* of 64 bits, at most */
/* What is kept begins with it. */
static const char tg_codecform_head[4] = {'t', 'g', 'v', TG_CODEC_VERSION};

/* What the widest of some ints needs, as a power of two of bytes: the bits of all of them, or-ed, say the width, 0 to 3. */
static inline uint64_t tg_codecform_bits(int64_t i)
{
    return (uint64_t)(i ^ i >> 63);
}
static inline int tg_codecform_width(uint64_t bits)
{
    return bits < 0x80 ? 0 : bits < 0x8000 ? 1 : bits < 0x80000000 ? 2 : 3;
}

/* A path may have any bytes: which ones a task may give is for others to say. */
static inline bool tg_codecform_is_text(enum tg_kind kind, const char *data, size_t length)
{
    return kind != TG_STR || tg_utf8_valid(data, length) == length;
}

#endif
