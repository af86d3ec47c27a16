/* SPDX-License-Identifier: MIT
 * Diagnostics: collected while a file is read, checked and evaluated, printed by cmd/report.c.
 * Thread class: owner. Texts live in the compilation's arena. */
#ifndef TG_TEXT_DIAG_H
#define TG_TEXT_DIAG_H

#include <stdbool.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/vec.h"

enum tg_severity { TG_ERROR, TG_WARNING };

struct tg_note {
    tg_span span;
    const char *message;
    struct tg_note *next;
};

struct tg_diag {
    enum tg_severity severity;
    tg_span span;          /* {0, 0}: about the whole run */
    const char *message;   /* lower case, no full stop */
    const char *detail;    /* a line or more about it, such as "arguments: 3, 0", or NULL */
    const char *hint;      /* "did you mean 'add' (plugin math)?", or NULL */
    struct tg_note *notes; /* other places, in order */
};

struct tg_diags {
    struct tg_arena *arena;
    TG_VEC(struct tg_diag) items;
    size_t error_count; /* also those not kept */
    size_t warning_count;
    enum tg_exit code; /* of the first error */
};

void tg_diags_init(struct tg_diags *d, struct tg_arena *arena);
void tg_diags_done(struct tg_diags *d);
/* Adds a diagnostic and returns it, for a note or hint. Beyond TG_MAX_DIAGNOSTICS errors it is only counted, and
 * beyond ten errors at the same span or an equal one already there, dropped. Never NULL. */
struct tg_diag *tg_diag_error(struct tg_diags *d, tg_span span, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* False if it was only counted or dropped: nobody will see what is added to it. */
bool tg_diag_is_kept(const struct tg_diags *d, const struct tg_diag *diag);
struct tg_diag *tg_diag_warning(struct tg_diags *d, tg_span span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void tg_diag_note(struct tg_diags *d, struct tg_diag *to, tg_span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void tg_diag_detail(struct tg_diags *d, struct tg_diag *to, const char *format, ...) __attribute__((format(printf, 3, 4)));
void tg_diag_hint(struct tg_diags *d, struct tg_diag *to, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Moves an engine error into the list (and clears it); its place is used if it has one, else `span`. */
void tg_diag_take(struct tg_diags *d, tg_span span, struct tg_err *err);

#endif
