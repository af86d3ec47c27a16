/* SPDX-License-Identifier: MIT
 * Single characters of UTF-8. What is a letter comes from the C library's C.UTF-8, whatever the user's language is,
 * so that results are the same everywhere; without it, only ASCII has letters. */
#include <errno.h>
#include <locale.h>
#include <wctype.h>

#include "text.h"

static locale_t letters; /* set once by init, never freed */

const char *text_letters_init(void)
{
    if (!letters) letters = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    return !letters && errno == ENOMEM ? "out of memory" : NULL;
}

static size_t length_of(unsigned char first)
{
    if (first < 0x80) return 1;
    if (first < 0xc2) return 0; /* a later byte, or an overlong form */
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

/* The code point of `bytes` bytes, or UINT32_MAX if it is not one. */
static uint32_t code_point_of(const char *text, size_t bytes)
{
    uint32_t c = (unsigned char)text[0] & (0xffu >> (bytes + 1));
    for (size_t i = 1; i < bytes; i++) {
        unsigned char next = (unsigned char)text[i];
        if ((next & 0xc0) != 0x80) return UINT32_MAX;
        c = c << 6 | (next & 0x3f);
    }
    bool overlong = (bytes == 3 && c < 0x800) || (bytes == 4 && c < 0x10000);
    return overlong || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? UINT32_MAX : c;
}

uint32_t text_decode(const char *text, size_t length, size_t *bytes)
{
    size_t n = length_of((unsigned char)text[0]);
    *bytes = 1;
    if (n == 1) return (unsigned char)text[0];
    if (n == 0 || n > length) return UINT32_MAX;
    uint32_t c = code_point_of(text, n);
    if (c != UINT32_MAX) *bytes = n;
    return c;
}

size_t text_encode(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t bytes = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = bytes; i-- > 1; c >>= 6) out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)((0xf00u >> bytes & 0xff) | c);
    return bytes;
}

size_t text_valid(const char *text, size_t length)
{
    size_t at = 0, bytes;
    while (at < length) {
        if ((unsigned char)text[at] < 0x80) {
            at++;
            continue;
        }
        if (text_decode(text + at, length - at, &bytes) == UINT32_MAX) return at;
        at += bytes;
    }
    return length;
}

bool text_is_letter(uint32_t c)
{
    if (c < 0x80) return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    return c != UINT32_MAX && letters && iswalpha_l((wint_t)c, letters) && !iswdigit_l((wint_t)c, letters);
}

uint32_t text_to_lower(uint32_t c)
{
    if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 0x20 : c;
    return letters ? (uint32_t)towlower_l((wint_t)c, letters) : c;
}

uint32_t text_to_upper(uint32_t c)
{
    if (c < 0x80) return c >= 'a' && c <= 'z' ? c - 0x20 : c;
    return letters ? (uint32_t)towupper_l((wint_t)c, letters) : c;
}
