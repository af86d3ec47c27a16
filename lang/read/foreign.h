/* SPDX-License-Identifier: MIT
 * Words that other languages and tools have. Thread class: immutable. */
#ifndef TG_READ_FOREIGN_H
#define TG_READ_FOREIGN_H

#include <stddef.h>

struct tg_foreign {
    const char *word, *hint;
};

/* A word that stands where none of the language can; NULL: it is none that is known. */
const struct tg_foreign *tg_foreign_word(const char *text, size_t length);

#endif
