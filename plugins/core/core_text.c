/* SPDX-License-Identifier: MIT
 * Texts: fields of records and files, templates, and numbers read from texts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plugins/core/core.h"
#include "plugins/shared/arith.h"
#include "plugins/shared/chars.h"

/* Names that a message about a missing one gives, and the bytes of each. */
#define SHOWN_NAMES 5
#define SHOWN_BYTES 40

/* The bytes of text to show: whole characters, at most SHOWN_BYTES. */
static int shown_bytes(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        size_t bytes = chars_bytes(text + at, length - at);
        if (at + bytes > SHOWN_BYTES) break;
        at += bytes;
    }
    return (int)at;
}

static const char *dots(const char *text, size_t length)
{
    return (size_t)shown_bytes(text, length) < length ? "..." : "";
}

/* ---- fields -------------------------------------------------------------------------------------- */

int core_text_fail_key(tg_ctx *ctx, const char *what, tg_value record, const char *key, size_t length, const char *hint)
{
    char names[SHOWN_NAMES * (SHOWN_BYTES + 8) + 1] = "";
    size_t at = 0, count = core_list_record_count(record), n;
    const char *name;
    tg_value item;
    for (size_t i = 0; i < SHOWN_NAMES && tg_record_at(record, i, &name, &n, &item); i++)
        at += (size_t)snprintf(names + at, sizeof names - at, "%s'%.*s%s'", i ? ", " : "", shown_bytes(name, n), name,
                               dots(name, n));
    int shown = shown_bytes(key, length);
    const char *cut = dots(key, length);
    if (count == 0) return tg_fail(ctx, "no %s '%.*s%s' in the record, which is empty\nhint: %s", what, shown, key, cut, hint);
    if (count <= SHOWN_NAMES)
        return tg_fail(ctx, "no %s '%.*s%s' in the record, which has %s\nhint: %s", what, shown, key, cut, names, hint);
    return tg_fail(ctx, "no %s '%.*s%s' in the record, which has %s and %zu more\nhint: %s", what, shown, key, cut, names,
                   count - SHOWN_NAMES, hint);
}

/* A path in parts, as pathlib cuts it: slashes at the end do not count, and a name that begins with its only dot has
 * no ending. */
struct path {
    const char *text;
    size_t length;       /* without slashes at the end */
    size_t name, ending; /* where they begin; ending == length: none */
};

static struct path cut_path(const char *text, size_t length)
{
    while (length > 1 && text[length - 1] == '/') length--;
    struct path p = {text, length, length, length};
    while (p.name > 0 && text[p.name - 1] != '/') p.name--;
    size_t first = p.name;
    while (first < length && text[first] == '.') first++;
    for (size_t i = length; i-- > first;)
        if (text[i] == '.') {
            if (i + 1 < length) p.ending = i;
            break;
        }
    return p;
}

static tg_value path_folder(const struct path *p)
{
    size_t end = p->name;
    while (end > 1 && p->text[end - 1] == '/') end--;
    return end == 0 ? tg_str_new(".", 1) : tg_str_new(p->text, end);
}

/* A text is a path, too. */
static int file_field(tg_ctx *ctx, tg_value file, const char *name, tg_value *out)
{
    size_t length;
    const char *text = tg_as_text(file, &length);
    struct path p = cut_path(text, length);
    if (strcmp(name, "path") == 0) *out = tg_str_new(text, length);
    else if (strcmp(name, "name") == 0) *out = tg_str_new(text + p.name, p.length - p.name);
    else if (strcmp(name, "dir") == 0) *out = path_folder(&p);
    else if (strcmp(name, "stem") == 0) *out = tg_str_new(text + p.name, p.ending - p.name);
    else if (strcmp(name, "ext") == 0) *out = tg_str_new(text + p.ending, p.length - p.ending);
    else
        return tg_fail(ctx, "no field '%s' in a %s, which has 'path', 'name', 'dir', 'stem', 'ext'\nhint: %s", name,
                       tg_kind_of(file), core_hint_field(file, name));
    return TG_OK;
}

TASK(core_text_field)
{
    size_t length;
    const char *name = tg_as_text(args[1], &length);
    tg_value item;
    if (tg_kind(args[0]) == TG_FILE || tg_kind(args[0]) == TG_STR) return file_field(ctx, args[0], name, out);
    if (tg_kind(args[0]) != TG_RECORD)
        return tg_fail(ctx, "no field '%s' in %s\nhint: %s", name, tg_kind_of(args[0]), core_hint_field(args[0], name));
    if (!tg_record_get(args[0], name, length, &item))
        return core_text_fail_key(ctx, "field", args[0], name, length, core_hint_field(args[0], name));
    *out = tg_ref(item);
    return TG_OK;
}

/* ---- texts --------------------------------------------------------------------------------------- */

TASK(core_text_str)
{
    *out = tg_to_text(args[0]);
    return TG_OK;
}

TASK(core_text_template)
{
    tg_value parts = tg_list_new(count);
    size_t length, total = 0;
    for (size_t i = 0; i < count; i++) {
        tg_value part = tg_to_text(args[i]);
        tg_as_text(part, &length);
        total += length;
        tg_list_push(&parts, part);
    }
    *out = tg_str_new(NULL, total);
    char *to = tg_text_fill(*out);
    const tg_value *items = tg_list_items(parts, &count);
    for (size_t i = 0; i < count; i++) {
        const char *text = tg_as_text(items[i], &length);
        memcpy(to, text, length);
        to += length;
    }
    tg_unref(parts);
    return TG_OK;
}

/* ---- conversions --------------------------------------------------------------------------------- */

static bool is_ascii_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* True for a '_' between two digits. */
static bool is_gap(const char *text, size_t length, size_t i)
{
    return text[i] == '_' && i > 0 && i + 1 < length && is_ascii_digit(text[i - 1]) && is_ascii_digit(text[i + 1]);
}

static int fail_parse(tg_ctx *ctx, tg_value v, const char *wanted)
{
    size_t length;
    const char *text = tg_as_text(v, &length);
    return tg_fail(ctx, "'%.*s%s' is not %s", shown_bytes(text, length), text, dots(text, length), wanted);
}

static int parse_int(tg_ctx *ctx, tg_value v, tg_value *out)
{
    size_t length;
    const char *text = chars_strip(tg_as_text(v, &length), &length);
    bool minus = length && *text == '-', overflow = false;
    int64_t n = 0; /* counted downwards: the least int has no positive twin */
    size_t i = length && (*text == '-' || *text == '+');
    if (i == length) return fail_parse(ctx, v, "an int");
    for (; i < length; i++) {
        if (is_gap(text, length, i)) continue;
        if (!is_ascii_digit(text[i])) return fail_parse(ctx, v, "an int");
        overflow = overflow || __builtin_mul_overflow(n, 10, &n) || __builtin_sub_overflow(n, text[i] - '0', &n);
    }
    if (!minus && !overflow) overflow = __builtin_sub_overflow((int64_t)0, n, &n);
    if (overflow)
        return tg_fail(ctx, "integer overflow in int(\"%.*s%s\")", shown_bytes(text, length), text, dots(text, length));
    *out = tg_int(n);
    return TG_OK;
}

static int float_to_int(tg_ctx *ctx, double f, tg_value *out)
{
    if (isnan(f) || isinf(f)) return tg_fail(ctx, "cannot make an int of %s", arith_show(tg_float(f)).text);
    if (f >= 0x1p63 || f < -0x1p63) return tg_fail(ctx, "integer overflow in int(%s)", arith_show(tg_float(f)).text);
    *out = tg_int((int64_t)f);
    return TG_OK;
}

TASK(core_text_int)
{
    switch (tg_kind(args[0])) {
    case TG_INT: *out = args[0]; return TG_OK;
    case TG_BOOL: *out = tg_int(tg_as_bool(args[0])); return TG_OK;
    case TG_FLOAT: return float_to_int(ctx, args[0].f, out);
    case TG_STR: return parse_int(ctx, args[0], out);
    default: return tg_fail(ctx, "cannot make an int of %s", tg_kind_of(args[0]));
    }
}

/* nan and infinities by name, with a sign or without. */
static bool is_float_word(const char *text, size_t length)
{
    static const char *const words[] = {"nan", "inf", "infinity"};
    if (length && (*text == '-' || *text == '+')) text++, length--;
    for (size_t i = 0; i < TG_COUNT(words); i++)
        if (length == strlen(words[i]) && strncasecmp(text, words[i], length) == 0) return true;
    return false;
}

/* What strtod may see: it also reads hexadecimals and more. The copy has no '_' and no blanks; heap, or NULL. */
static char *clean_float(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    size_t n = 0;
    for (size_t i = 0; copy && i < length; i++) {
        if (is_gap(text, length, i)) continue;
        if (!is_ascii_digit(text[i]) && (!text[i] || !strchr("+-.eE", text[i]))) {
            free(copy);
            return NULL;
        }
        copy[n++] = text[i];
    }
    if (copy) copy[n] = 0;
    return copy;
}

static int parse_float(tg_ctx *ctx, tg_value v, tg_value *out)
{
    size_t length;
    const char *text = chars_strip(tg_as_text(v, &length), &length);
    if (is_float_word(text, length)) {
        *out = tg_float(strtod(text, NULL));
        return TG_OK;
    }
    char *clean = length ? clean_float(text, length) : NULL, *end = NULL;
    double f = clean ? strtod(clean, &end) : 0;
    bool good = clean && end != clean && *end == 0;
    free(clean);
    if (!good) return fail_parse(ctx, v, "a float");
    *out = tg_float(f);
    return TG_OK;
}

TASK(core_text_float)
{
    switch (tg_kind(args[0])) {
    case TG_INT:
    case TG_FLOAT: *out = tg_float(tg_as_float(args[0])); return TG_OK;
    case TG_BOOL: *out = tg_float(tg_as_bool(args[0])); return TG_OK;
    case TG_STR: return parse_float(ctx, args[0], out);
    default: return tg_fail(ctx, "cannot make a float of %s", tg_kind_of(args[0]));
    }
}

TASK(core_text_bool)
{
    *out = tg_bool(core_compare_truth(args[0]));
    return TG_OK;
}

TASK(core_text_file)
{
    size_t length;
    const char *path = tg_as_text(args[0], &length);
    if (!length) return tg_fail(ctx, "the path of a file cannot be empty");
    if (memchr(path, 0, length)) return tg_fail(ctx, "the path of a file cannot hold a NUL byte");
    *out = tg_kind(args[0]) == TG_FILE ? tg_ref(args[0]) : tg_file_new(path, length);
    return TG_OK;
}
