/* SPDX-License-Identifier: MIT
 * The one error type: texts are formatted once, when the error happens. */
#include "engine/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"

static bool set(struct tg_err *err, enum tg_exit code, tg_span span, const char *format, va_list args)
{
    TG_ASSERT(code != TG_EXIT_OK);
    if (!err || err->code) return false;
    TG_ASSERT(!err->message);
    err->code = code;
    err->span = span;
    err->message = tg_alloc_vformat(format, args);
    return false;
}

bool tg_err_set(struct tg_err *err, enum tg_exit code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set(err, code, (tg_span){0, 0}, format, args);
    va_end(args);
    return false;
}

bool tg_err_at(struct tg_err *err, enum tg_exit code, tg_span span, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set(err, code, span, format, args);
    va_end(args);
    return false;
}

bool tg_err_because(struct tg_err *err, enum tg_cause cause, int status)
{
    if (!err) return false;
    TG_ASSERT(err->code && status >= 0 && status <= UINT8_MAX);
    err->cause = (uint8_t)cause;
    err->status = (uint8_t)status;
    return false;
}

void tg_err_detail(struct tg_err *err, const char *format, ...)
{
    if (!err || err->detail) return;
    TG_ASSERT(err->code); /* a detail belongs to a message */
    va_list args;
    va_start(args, format);
    err->detail = tg_alloc_vformat(format, args);
    va_end(args);
}

void tg_err_hint(struct tg_err *err, const char *format, ...)
{
    if (!err || err->hint) return;
    TG_ASSERT(err->code);
    va_list args;
    va_start(args, format);
    err->hint = tg_alloc_vformat(format, args);
    va_end(args);
}

void tg_err_done(struct tg_err *err)
{
    if (!err) return;
    free(err->message);
    free(err->detail);
    free(err->hint);
    *err = (struct tg_err){0};
}

enum tg_cause tg_err_cause(const char *name)
{
    static const char *const names[TG_CAUSES] = {
        [TG_CAUSE_ERROR] = "error",   [TG_CAUSE_TIMEOUT] = "timeout", [TG_CAUSE_SIGNAL] = "signal",
        [TG_CAUSE_MEMORY] = "memory", [TG_CAUSE_EXIT] = "exit",
    };
    int cause = 0;
    while (cause < TG_CAUSES && (!names[cause] || strcmp(names[cause], name) != 0)) cause++;
    return (enum tg_cause)cause;
}
