/* SPDX-License-Identifier: MIT
 * Collects diagnostics. The list's room is taken once, so that a diagnostic stays where it is while others come;
 * what is not kept is counted and goes to memory of its own. */
#include "lang/text/diag.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/assert.h"
#include "engine/base/limits.h"

/* Errors and warnings have a cap each. */
#define ROOM ((size_t)2 * TG_MAX_DIAGNOSTICS)
/* Errors at one place: more only come from a rule that fires again and again. */
#define MAX_AT_ONE_PLACE 10

void tg_diags_init(struct tg_diags *d, struct tg_arena *arena)
{
    *d = (struct tg_diags){.arena = arena};
    tg_vec_reserve(&d->items, ROOM);
}

void tg_diags_done(struct tg_diags *d)
{
    tg_vec_done(&d->items);
}

static bool same_span(tg_span a, tg_span b)
{
    return a.start == b.start && a.end == b.end;
}

/* True if the list needs no more of this: the same again, or too many at one place of a source. */
static bool is_noise(const struct tg_diags *d, enum tg_severity severity, tg_span span, const char *message)
{
    int here = 0;
    for (size_t i = 0; i < d->items.count; i++) {
        const struct tg_diag *other = &d->items.items[i];
        if (other->severity != severity || !same_span(other->span, span)) continue;
        if (strcmp(other->message, message) == 0 || (span.end && ++here == MAX_AT_ONE_PLACE)) return true;
    }
    return false;
}

static struct tg_diag *add_diag(struct tg_diags *d, enum tg_severity severity, enum tg_exit code, tg_span span, char *message)
{
    struct tg_diag item = {.severity = severity, .span = span, .message = message};
    size_t *count = severity == TG_ERROR ? &d->error_count : &d->warning_count;
    bool noise = is_noise(d, severity, span, message);
    bool kept = !noise && *count < TG_MAX_DIAGNOSTICS;
    if (!noise) ++*count;
    if (severity == TG_ERROR && !d->code) d->code = code;
    if (kept) {
        TG_ASSERT(d->items.count < d->items.room); /* else those before would move */
        tg_vec_push(&d->items, item);
        return &d->items.items[d->items.count - 1];
    }
    struct tg_diag *unseen = tg_arena_alloc(d->arena, sizeof *unseen);
    *unseen = item;
    return unseen;
}

bool tg_diag_is_kept(const struct tg_diags *d, const struct tg_diag *diag)
{
    return diag >= d->items.items && diag < d->items.items + d->items.count;
}

struct tg_diag *tg_diag_error(struct tg_diags *d, tg_span span, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *message = tg_arena_vformat(d->arena, format, args);
    va_end(args);
    return add_diag(d, TG_ERROR, TG_EXIT_USAGE, span, message);
}

struct tg_diag *tg_diag_warning(struct tg_diags *d, tg_span span, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *message = tg_arena_vformat(d->arena, format, args);
    va_end(args);
    return add_diag(d, TG_WARNING, TG_EXIT_USAGE, span, message);
}

static void append_note(struct tg_diags *d, struct tg_diag *to, tg_span span, const char *message)
{
    struct tg_note *note = tg_arena_alloc(d->arena, sizeof *note);
    *note = (struct tg_note){.span = span, .message = message};
    struct tg_note **last = &to->notes;
    while (*last) last = &(*last)->next;
    *last = note;
}

void tg_diag_note(struct tg_diags *d, struct tg_diag *to, tg_span span, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    append_note(d, to, span, tg_arena_vformat(d->arena, format, args));
    va_end(args);
}

void tg_diag_detail(struct tg_diags *d, struct tg_diag *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    to->detail = tg_arena_vformat(d->arena, format, args);
    va_end(args);
}

void tg_diag_hint(struct tg_diags *d, struct tg_diag *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    to->hint = tg_arena_vformat(d->arena, format, args);
    va_end(args);
}

static char *keep_text(struct tg_diags *d, const char *text)
{
    return tg_arena_copy(d->arena, text, strlen(text));
}

void tg_diag_take(struct tg_diags *d, tg_span span, struct tg_err *err)
{
    if (!err->code) return;
    TG_ASSERT(err->span.start <= err->span.end);
    if (err->span.end) span = err->span;
    struct tg_diag *diag = add_diag(d, TG_ERROR, err->code, span, keep_text(d, err->message ? err->message : "failed"));
    if (err->detail) append_note(d, diag, (tg_span){0, 0}, keep_text(d, err->detail));
    if (err->hint) diag->hint = keep_text(d, err->hint);
    tg_err_done(err);
}
