/* SPDX-License-Identifier: MIT
 * Numbers as text where there are millions of them: formatted printing takes longer than all else there. */
#ifndef TG_BASE_DIGITS_H
#define TG_BASE_DIGITS_H

#include <stdint.h>
#include <string.h>

/* Digits of a number, at most. */
#define TG_DIGITS 20

/* Writes it without an end; behind its last digit. */
static inline char *tg_digits_put(char *to, uint64_t number)
{
    char digits[TG_DIGITS];
    unsigned count = 0;
    do digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count > 0) *to++ = digits[--count];
    return to;
}

/* The same of a text in quotes. */
#define tg_digits_literal(to, text) ((char *)memcpy(to, text, sizeof text - 1) + sizeof text - 1)

#endif
