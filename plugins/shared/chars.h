/* SPDX-License-Identifier: MIT
 * Characters of UTF-8 by their length alone: a byte that begins none counts as one. */
#ifndef CHARS_H
#define CHARS_H

#include <stdbool.h>
#include <stddef.h>

static inline bool chars_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The text without blanks around it. */
static inline const char *chars_strip(const char *text, size_t *length)
{
    while (*length && chars_is_blank(text[*length - 1])) --*length;
    while (*length && chars_is_blank(*text)) ++text, --*length;
    return text;
}

/* Bytes of the code point at text; length is at least 1. */
static inline size_t chars_bytes(const char *text, size_t length)
{
    unsigned char first = (unsigned char)text[0];
    size_t bytes = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (bytes > length) return 1;
    for (size_t i = 1; i < bytes; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80) return 1;
    return bytes;
}

/* Code points in text. */
static inline size_t chars_count(const char *text, size_t length)
{
    size_t n = 0;
    for (; length > 0; n++) {
        size_t bytes = (unsigned char)*text < 0x80 ? 1 : chars_bytes(text, length);
        text += bytes, length -= bytes;
    }
    return n;
}

#endif
