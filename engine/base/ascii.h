/* SPDX-License-Identifier: MIT
 * Letters, digits and names of ASCII, whatever the locale is that some plugin has set. */
#ifndef TG_BASE_ASCII_H
#define TG_BASE_ASCII_H

#include <stdbool.h>
#include <stddef.h>

static inline bool tg_ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static inline bool tg_ascii_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
/* What a name is made of; it does not begin with a digit. */
static inline bool tg_ascii_is_name_byte(char c)
{
    return tg_ascii_is_letter(c) || tg_ascii_is_digit(c) || c == '_';
}
/* The bytes of the name that the text begins with; 0: it begins with none. */
static inline size_t tg_ascii_name(const char *text, size_t length)
{
    size_t n = 0;
    while (n < length && tg_ascii_is_name_byte(text[n]) && (n || !tg_ascii_is_digit(text[n]))) n++;
    return n;
}
/* The value of a digit or letter in numbers of base 36 or less; 36 if it is none. */
static inline int tg_ascii_digit(char c)
{
    if (tg_ascii_is_digit(c)) return c - '0';
    return tg_ascii_is_letter(c) ? (c | 0x20) - 'a' + 10 : 36;
}

#endif
