/* SPDX-License-Identifier: MIT
 * What the files of plugin text share. Thread class: immutable. */
#ifndef TEXT_H
#define TEXT_H

#include "plugins/shared/task_fn.h"

#pragma GCC visibility push(hidden)

/* What one task may make out of little: a number written by mistake must not eat the machine. */
#define TEXT_MAX_BYTES ((size_t)1 << 30)

/* -- text.c */
/* Fails as the text that was to be made, "replaced", is larger than that. */
int text_fail_large(tg_ctx *ctx, const char *what);

/* -- buffer.c: a growing text; running out of memory is remembered and told by text_buffer_give */
struct text_buffer {
    char *data; /* heap; NULL while empty */
    size_t length, room;
    bool failed;
};
void text_buffer_add(struct text_buffer *b, const char *text, size_t length);
void text_buffer_done(struct text_buffer *b);
/* The text as a str; frees the buffer. */
int text_buffer_give(tg_ctx *ctx, struct text_buffer *b, tg_value *out);

/* -- letters.c: single characters of UTF-8, in every script */
/* Chooses the table of letters; called by the plugin's init. */
const char *text_letters_init(void);
/* The character at text and how many bytes it has; a bad byte is a character of its own. length is at least 1. */
uint32_t text_decode(const char *text, size_t length, size_t *bytes);
/* Writes at most 4 bytes and returns how many. */
size_t text_encode(uint32_t c, char *out);
bool text_is_letter(uint32_t c);
uint32_t text_to_lower(uint32_t c);
uint32_t text_to_upper(uint32_t c);
/* Offset of the first byte that is not UTF-8; length if all is. */
size_t text_valid(const char *text, size_t length);

/* -- count.c */
/* Chooses the seed of the hash; called by the plugin's init. */
void text_count_init(void);
TASK(text_words);
TASK(text_word_count);
TASK(text_merge_counts);
TASK(text_top);

/* -- regex.c */
TASK(text_match);
TASK(text_find_all);
TASK(text_substitute);

/* -- files.c */
TASK(text_read);
TASK(text_write);

#pragma GCC visibility pop

#endif
