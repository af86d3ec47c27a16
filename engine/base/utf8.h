/* SPDX-License-Identifier: MIT
 * UTF-8 (RFC 3629): validation and counting. */
#ifndef TG_BASE_UTF8_H
#define TG_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the code point at text, 1 to 4; 0 if it is not valid UTF-8 (overlong, surrogate, cut off). */
size_t tg_utf8_length(const char *text, size_t length);
/* The code point that these bytes, as many as tg_utf8_length says, are. */
uint32_t tg_utf8_code(const char *text, size_t length);
/* Offset of the first byte that is not valid UTF-8; length if all is. */
size_t tg_utf8_valid(const char *text, size_t length);
/* Code points in text; a bad byte counts as one. */
size_t tg_utf8_count(const char *text, size_t length);
/* True if it is not seen, commands a terminal, or changes the direction of what follows: a text could look like another one. */
bool tg_utf8_hidden(uint32_t code);
/* Writes the code point's bytes to out (4 bytes of room), returns how many. */
size_t tg_utf8_put(uint32_t code, char *out);

#endif
