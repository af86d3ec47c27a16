/* SPDX-License-Identifier: MIT
 * Standard output as a value: strict, so that a program that printed something else is noticed where it happened. */
#include "engine/command/capture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/utf8.h"
#include "engine/command/printed.h"
#include "engine/value/list.h"
#include "engine/value/str.h"

/* Bytes of the text shown in an error. */
#define SHOWN_BYTES 60

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void trim(const char **text, size_t *length)
{
    while (*length > 0 && is_space(**text)) ++*text, --*length;
    while (*length > 0 && is_space((*text)[*length - 1])) --*length;
}

/* Of a whole output or of a line: what is said of it. */
#define WHOLE "standard output"

static bool not_a(const char *whole, const char *what, const char *text, size_t length, struct tg_err *err)
{
    if (length == 0) return tg_err_set(err, TG_EXIT_FAILED, "%s is empty, not %s", whole, what);
    struct tg_buf b = {0};
    size_t shown = 0, n;
    while (shown < length && shown < SHOWN_BYTES) {
        n = tg_utf8_length(text + shown, length - shown);
        shown += n ? n : 1;
    }
    tg_printed_clean(&b, text, shown);
    tg_err_set(err, TG_EXIT_FAILED, "%s is not %s: '%s%s'", whole, what, tg_buf_str(&b), shown < length ? "..." : "");
    tg_buf_done(&b);
    size_t digits = 0;
    while (digits < length && text[digits] >= '0' && text[digits] <= '9') digits++;
    if (digits && digits < length && is_space(text[digits]))
        tg_err_hint(err, strcmp(whole, WHOLE) == 0 ? "Only the number may be printed, as by wc -l < FILE."
                                                   : "Each number is a line of its own.");
    return false;
}

/* ---- numbers ------------------------------------------------------------------------------------- */

static bool to_int(const char *whole, const char *text, size_t length, tg_value *out, struct tg_err *err)
{
    trim(&text, &length);
    size_t i = length > 0 && (*text == '-' || *text == '+');
    bool negative = i && *text == '-', ok = i < length, fits = true;
    uint64_t n = 0, limit = (uint64_t)INT64_MAX + negative;
    for (; i < length && ok; i++) {
        unsigned digit = (unsigned char)text[i] - '0';
        ok = digit <= 9;
        if (ok && (n > (limit - digit) / 10)) fits = false;
        if (ok && fits) n = n * 10 + digit;
    }
    if (!ok) return not_a(whole, "an int", text, length, err);
    if (!fits) return not_a(whole, "an int of 64 bits", text, length, err);
    *out = tg_int(negative ? (int64_t)(0 - n) : (int64_t)n);
    return true;
}

/* What strtod takes and we do not: hexadecimal, "nan(...)". */
static bool may_be_float(const char *text, size_t length)
{
    size_t i = *text == '-' || *text == '+';
    size_t rest = length - i;
    if ((rest == 3 && (strncasecmp(text + i, "nan", 3) == 0 || strncasecmp(text + i, "inf", 3) == 0)) ||
        (rest == 8 && strncasecmp(text + i, "infinity", 8) == 0))
        return true;
    return strspn(text, "0123456789+-.eE") >= length;
}

static bool to_float(const char *whole, const char *text, size_t length, tg_value *out, struct tg_err *err)
{
    trim(&text, &length);
    if (length == 0 || !may_be_float(text, length)) return not_a(whole, "a float", text, length, err);
    TG_ASSERT(length > 0 && memchr(text, 0, length) == NULL); /* strtod sees what we see */
    char *copy = tg_alloc_copy(text, length), *end;
    double f = strtod(copy, &end);
    bool all = end == copy + length, fits = !isinf(f) || strpbrk(copy, "iI");
    free(copy);
    if (!all) return not_a(whole, "a float", text, length, err);
    if (!fits) return not_a(whole, "a float of 64 bits", text, length, err);
    *out = tg_float(f);
    return true;
}

/* ---- texts --------------------------------------------------------------------------------------- */

static bool check_utf8(const char *text, size_t length, struct tg_err *err)
{
    size_t valid = length ? tg_utf8_valid(text, length) : 0;
    if (valid == length) return true;
    tg_err_set(err, TG_EXIT_FAILED, "standard output is not UTF-8 text: byte %zu is 0x%02x", valid + 1,
               (unsigned char)text[valid]);
    tg_err_hint(err, "With the result type bytes, any output is taken as it is.");
    return false;
}

static bool to_str(const char *text, size_t length, tg_value *out, struct tg_err *err)
{
    if (!check_utf8(text, length, err)) return false;
    if (length > 0 && text[length - 1] == '\n') length--;
    *out = tg_str_make(TG_STR, length ? text : "", length);
    return true;
}

static bool to_lines(const char *text, size_t length, tg_value *out, struct tg_err *err)
{
    if (!check_utf8(text, length, err)) return false;
    *out = tg_list_make(0);
    while (length > 0) {
        const char *newline = memchr(text, '\n', length);
        size_t line = newline ? (size_t)(newline - text) : length;
        tg_list_add(*out, tg_str_make(TG_STR, text, line));
        line += newline != NULL;
        TG_ASSERT(line > 0 && line <= length);
        text += line;
        length -= line;
    }
    return true;
}

/* Each line a number; one that is none is named. */
static bool to_numbers(bool (*to_number)(const char *, const char *, size_t, tg_value *, struct tg_err *), const char *text,
                       size_t length, tg_value *out, struct tg_err *err)
{
    char whole[64];
    tg_value list = tg_list_make(0), number;
    for (size_t i = 1, line; length > 0; i++, text += line, length -= line) {
        const char *newline = memchr(text, '\n', length);
        line = newline ? (size_t)(newline - text) : length;
        snprintf(whole, sizeof whole, "line %zu of " WHOLE, i);
        if (!to_number(whole, text, line, &number, err)) return tg_value_unref(list), false;
        tg_list_add(list, number);
        line += newline != NULL;
    }
    *out = list;
    return true;
}

static bool to_json(const char *text, size_t length, tg_value *out, struct tg_err *err)
{
    struct tg_err why = {0};
    if (tg_value_from_json(length ? text : "", length, out, &why)) return true;
    tg_err_set(err, TG_EXIT_FAILED, "standard output is not JSON: %s", why.message);
    if (why.hint) tg_err_hint(err, "%s", why.hint);
    tg_err_done(&why);
    return false;
}

bool tg_capture_value(enum tg_output_kind kind, const char *text, size_t length, tg_value *out, struct tg_err *err)
{
    TG_ASSERT(kind != TG_OUTPUT_FILES && (text || length == 0));
    switch (kind) {
    case TG_OUTPUT_STR: return to_str(text, length, out, err);
    case TG_OUTPUT_INT: return to_int(WHOLE, text, length, out, err);
    case TG_OUTPUT_FLOAT: return to_float(WHOLE, text, length, out, err);
    case TG_OUTPUT_JSON: return to_json(text, length, out, err);
    case TG_OUTPUT_LINES: return to_lines(text, length, out, err);
    case TG_OUTPUT_INTS: return to_numbers(to_int, text, length, out, err);
    case TG_OUTPUT_FLOATS: return to_numbers(to_float, text, length, out, err);
    case TG_OUTPUT_BYTES: *out = tg_str_make(TG_BYTES, length ? text : "", length); return true;
    case TG_OUTPUT_BOOL: /* no text says it */
    case TG_OUTPUT_NIL:
    case TG_OUTPUT_FILES: break;
    }
    *out = tg_nil();
    return true;
}
