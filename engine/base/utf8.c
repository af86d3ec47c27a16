/* SPDX-License-Identifier: MIT
 * UTF-8 (RFC 3629): validation and counting. */
#include "engine/base/utf8.h"

#include <string.h>

#include "engine/base/assert.h"

size_t tg_utf8_length(const char *text, size_t length)
{
    const unsigned char *s = (const unsigned char *)text;
    if (length == 0) return 0;
    if (s[0] < 0x80) return 1;
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || n > length) return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80) return 0;
    if (s[0] == 0xe0 && s[1] < 0xa0) return 0;
    if (s[0] == 0xed && s[1] > 0x9f) return 0;
    if (s[0] == 0xf0 && s[1] < 0x90) return 0;
    if (s[0] == 0xf4 && s[1] > 0x8f) return 0;
    return n;
}

uint32_t tg_utf8_code(const char *text, size_t length)
{
    static const unsigned char lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = (unsigned char)text[0] & lead_bits[length];
    for (size_t i = 1; i < length; i++) code = code << 6 | ((unsigned char)text[i] & 0x3f);
    return code;
}

size_t tg_utf8_valid(const char *text, size_t length)
{
    size_t i = 0;
    while (i < length) {
        uint64_t word; /* eight ASCII bytes at a time */
        while (i + 8 <= length && (memcpy(&word, text + i, 8), (word & UINT64_C(0x8080808080808080)) == 0)) i += 8;
        if (i >= length) break;
        size_t n = tg_utf8_length(text + i, length - i);
        if (n == 0) return i;
        i += n;
    }
    return length;
}

size_t tg_utf8_count(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; count++) {
        size_t n = tg_utf8_length(text + i, length - i);
        i += n ? n : 1;
    }
    return count;
}

size_t tg_utf8_put(uint32_t code, char *out)
{
    TG_ASSERT(code <= 0x10ffff && (code & 0xfffff800) != 0xd800);
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, code >>= 6) out[i] = (char)(0x80 | (code & 0x3f));
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(lead[n] | code);
    return n;
}

bool tg_utf8_hidden(uint32_t code)
{
    static const uint32_t hidden[][2] = {
        {0x0000, 0x001f}, {0x007f, 0x009f}, {0x00ad, 0x00ad}, {0x061c, 0x061c}, {0x200b, 0x200f},
        {0x2028, 0x202e}, {0x2060, 0x2069}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
    };
    size_t i = 0;
    while (i < sizeof hidden / sizeof *hidden && code > hidden[i][1]) i++;
    return i < sizeof hidden / sizeof *hidden && code >= hidden[i][0];
}
