/* SPDX-License-Identifier: MIT
 * The room lang/text: what is read, and what is said about it (diag.h). The sources of one run are laid end to end in one
 * space of 32-bit offsets, so that a span of 8 bytes names file, line and column.
 *
 * Thread class: owner while reading, then immutable, but for the indices of lines, which are made when first asked for. */
#ifndef TG_TEXT_SOURCE_H
#define TG_TEXT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"
#include "engine/base/vec.h"

enum tg_language { TG_LANGUAGE_AUTO, TG_LANGUAGE_TG, TG_LANGUAGE_YAML };

struct tg_source_lines {
    uint32_t count, starts[];
};

struct tg_source {
    char *name; /* as messages show it */
    char *text; /* length bytes, then two NULs (flex reads in place) */
    uint32_t length;
    uint32_t base; /* offset of the first byte; the first source starts at 1, so that {0, 0} is nowhere */
    bool borrowed; /* text is the caller's */
    _Atomic(struct tg_source_lines *) lines; /* atomic: made by whoever asks first; NULL before */
};

struct tg_sources {
    TG_VEC(struct tg_source *) files;
};

/* A place for people: 1-based line and column (in code points); the line's text. */
struct tg_place {
    const struct tg_source *source;
    uint32_t line, column;
    const char *line_text; /* not NUL-terminated */
    uint32_t line_length;
    uint32_t line_base; /* the span offset of line_text[0] */
};

void tg_sources_done(struct tg_sources *s);
/* Reads a file ("-": standard input) whole; checks size (TG_MAX_SOURCE_BYTES), that it is a regular readable
 * file (or a pipe), UTF-8 and free of NUL bytes; a byte order mark is dropped. NULL and err on failure. */
struct tg_source *tg_sources_read(struct tg_sources *s, const char *path, struct tg_err *err);
/* The same for what is no workflow but, in messages, `what`. */
struct tg_source *tg_sources_read_as(struct tg_sources *s, const char *what, const char *path, struct tg_err *err);
/* Adds a text under a name; copies it. The same checks of content. */
struct tg_source *tg_sources_add(struct tg_sources *s, const char *name, const char *text, size_t length, struct tg_err *err);
/* Where a span starts; false for {0, 0} or a span of no source. */
bool tg_sources_place(const struct tg_sources *s, tg_span span, struct tg_place *out);
/* The span of one byte at a place, as "FILE:LINE:COLUMN"; {0, 0} if there is none. */
tg_span tg_sources_find(const struct tg_sources *s, const char *place);

#endif
