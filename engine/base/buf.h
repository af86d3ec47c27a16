/* SPDX-License-Identifier: MIT
 * A growing byte string, always NUL-terminated once something was added. Thread class: owner. */
#ifndef TG_BASE_BUF_H
#define TG_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tg_buf {
    char *data; /* heap; NULL while empty */
    size_t length;
    size_t room;
    bool replaced; /* tg_buf_json_string has put U+FFFD in place of bytes */
};

/* A zeroed struct is an empty buffer. */
void tg_buf_done(struct tg_buf *b);
void tg_buf_add(struct tg_buf *b, const void *data, size_t length);
void tg_buf_text(struct tg_buf *b, const char *text);
void tg_buf_char(struct tg_buf *b, char c);
void tg_buf_fill(struct tg_buf *b, char c, size_t count);
void tg_buf_format(struct tg_buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Room for `more` bytes at data + length (then add to length yourself). */
char *tg_buf_reserve(struct tg_buf *b, size_t more);
/* The text so far, never NULL, borrowed. */
const char *tg_buf_str(const struct tg_buf *b);
/* Gives the text away (free it with free()) and empties the buffer. */
char *tg_buf_take(struct tg_buf *b);
/* A JSON string literal with quotes; bytes that are not UTF-8 become U+FFFD. */
void tg_buf_json_string(struct tg_buf *b, const char *text, size_t length);

#endif
