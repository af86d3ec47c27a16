/* SPDX-License-Identifier: MIT
 * format(x, spec): numbers and texts as Python's format() lays them out.
 *
 *     [[FILL]ALIGN][SIGN][#][0][WIDTH][GROUP][.PRECISION][TYPE]
 *
 * A number is made of a sign, a prefix, the digits before the point, which may be grouped and filled up with zeros, and the
 * rest; then it is aligned as a text is. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/core/core.h"
#include "plugins/shared/arith.h"
#include "plugins/shared/chars.h"

/* The widest and the most precise that is made: a number written by mistake must not eat the machine. */
#define MOST 1000000

/* The bytes of a spec that a message shows. */
#define SPEC_SHOWN 60

#define INT_TYPES "bcdoxX"
#define FLOAT_TYPES "eEfFgG%"

/* ---- the spec ------------------------------------------------------------------------------------ */

/* Where a part stands in the text: bytes from its begin, plus 1; 0: it is not there. */
struct parts {
    size_t align, sign, alternate, group, precision, type;
};

struct spec {
    tg_ctx *ctx;
    const char *text;
    size_t length, at; /* of the text */
    struct parts where;
    const char *fill;
    size_t fill_bytes;
    char align, sign, group, type; /* 0: not said */
    bool alternate, zero, has_precision;
    size_t width, precision;
};

/* Fails with what is wrong at a place of the spec. */
__attribute__((format(printf, 3, 4))) static int fail_spec(const struct spec *s, size_t at, const char *format, ...)
{
    char message[200];
    size_t shown = 0;
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    for (size_t n; shown < s->length && shown + (n = chars_bytes(s->text + shown, s->length - shown)) <= SPEC_SHOWN;)
        shown += n;
    return tg_fail(s->ctx, "in the format '%.*s%s': %s at column %zu", (int)shown, s->text, shown < s->length ? "..." : "",
                   message, chars_count(s->text, at) + 1);
}

static char next_char(const struct spec *s)
{
    return s->at < s->length ? s->text[s->at] : 0;
}

/* Takes the next character if it is one of these; 0: it is none. */
static char take_one(struct spec *s, const char *of, size_t *where)
{
    char c = next_char(s);
    if (!c || !strchr(of, c)) return 0;
    *where = ++s->at;
    return c;
}

static int take_count(struct spec *s, const char *what, size_t *out)
{
    size_t start = s->at;
    for (*out = 0; next_char(s) >= '0' && next_char(s) <= '9'; s->at++)
        if (*out <= MOST) *out = *out * 10 + (size_t)(next_char(s) - '0');
    if (*out <= MOST) return TG_OK;
    return fail_spec(s, start, "the %s is larger than %d", what, MOST);
}

static void take_alignment(struct spec *s)
{
    size_t n = s->length ? chars_bytes(s->text, s->length) : 0;
    if (s->length > n && strchr("<>=^", s->text[n]) && s->text[n]) {
        s->fill = s->text;
        s->fill_bytes = s->at = n;
    }
    s->align = take_one(s, "<>=^", &s->where.align);
}

/* A zero before the width, where no other fill is given. */
static void take_zero(struct spec *s)
{
    if (s->fill || next_char(s) != '0') return;
    s->at++;
    s->fill = "0";
    s->fill_bytes = 1;
    s->zero = true;
}

static int read_spec(struct spec *s)
{
    take_alignment(s);
    s->sign = take_one(s, "+- ", &s->where.sign);
    s->alternate = take_one(s, "#", &s->where.alternate);
    take_zero(s);
    if (take_count(s, "width", &s->width) != TG_OK) return TG_FAIL;
    s->group = take_one(s, ",_", &s->where.group);
    if (take_one(s, ".", &s->where.precision)) {
        s->has_precision = true;
        if (next_char(s) < '0' || next_char(s) > '9') return fail_spec(s, s->at, "a precision expected");
        if (take_count(s, "precision", &s->precision) != TG_OK) return TG_FAIL;
    }
    size_t type = s->at;
    s->type = take_one(s, INT_TYPES FLOAT_TYPES "s", &s->where.type);
    if (s->at == s->length) return TG_OK;
    size_t bytes = chars_bytes(s->text + s->at, s->length - s->at);
    if (s->type) return fail_spec(s, s->at, "the end expected, found '%.*s'", (int)bytes, s->text + s->at);
    return fail_spec(s, type, "unknown type '%.*s'", (int)bytes, s->text + s->at);
}

/* A part that does not go with what is formatted; `where` as in struct parts. */
static int fail_part(const struct spec *s, size_t where, const char *kind)
{
    return fail_spec(s, where - 1, "'%c' does not go with %s", s->text[where - 1], kind);
}

/* ---- laying out ---------------------------------------------------------------------------------- */

static char *repeat_fill(const struct spec *s, char *to, size_t times)
{
    for (size_t i = 0; i < times; i++, to += s->fill_bytes) memcpy(to, s->fill, s->fill_bytes);
    return to;
}

/* `head` and `body`, filled up to the width: before, between or behind them. */
static int lay_out(const struct spec *s, char align, const char *head, const char *body, size_t length, tg_value *out)
{
    size_t head_length = strlen(head), chars = head_length + chars_count(body, length);
    size_t missing = s->width > chars ? s->width - chars : 0, before = 0, between = 0;
    if (align == '>') before = missing;
    if (align == '^') before = missing / 2;
    if (align == '=') between = missing;
    *out = tg_str_new(NULL, head_length + length + missing * s->fill_bytes);
    char *to = repeat_fill(s, tg_text_fill(*out), before);
    memcpy(to, head, head_length);
    to = repeat_fill(s, to + head_length, between);
    memcpy(to, body, length);
    repeat_fill(s, to + length, missing - before - between);
    return TG_OK;
}

/* ---- texts --------------------------------------------------------------------------------------- */

static int format_text(struct spec *s, const char *text, size_t length, tg_value *out)
{
    if (s->where.sign) return fail_part(s, s->where.sign, "a text");
    if (s->where.alternate) return fail_part(s, s->where.alternate, "a text");
    if (s->align == '=') return fail_part(s, s->where.align, "a text");
    if (s->where.group) return fail_part(s, s->where.group, "a text");
    size_t end = 0;
    for (size_t i = 0; s->has_precision && i < s->precision && end < length; i++) end += chars_bytes(text + end, length - end);
    return lay_out(s, s->align ? s->align : '<', "", text, s->has_precision ? end : length, out);
}

/* ---- numbers ------------------------------------------------------------------------------------- */

static const char *sign_of(const struct spec *s, bool negative)
{
    if (negative) return "-";
    return s->sign == '+' ? "+" : s->sign == ' ' ? " " : "";
}

static char number_align(const struct spec *s)
{
    return s->align ? s->align : s->zero ? '=' : '>';
}

/* Puts the digits before the point, which end at `to`, in groups, with zeros in front up to `least` characters; where they
 * begin. */
static char *put_digits(char *to, const char *digits, size_t count, char sep, size_t group, size_t least)
{
    char *end = to;
    for (size_t done = 0; done < count || (size_t)(end - to) < least; done++) {
        if (sep && done && done % group == 0) *--to = sep;
        *--to = done < count ? digits[count - 1 - done] : '0';
    }
    return to;
}

/* A number whose digits begin `text`, before a rest of it. */
static int format_number(const struct spec *s, bool negative, const char *prefix, const char *text, size_t digits,
                         tg_value *out)
{
    char head[8];
    char align = number_align(s);
    size_t rest = strlen(text) - digits, group = s->type && strchr("boxX", s->type) ? 4 : 3;
    snprintf(head, sizeof head, "%s%s", sign_of(s, negative), prefix);
    size_t around = strlen(head) + rest;
    bool zeros = align == '=' && s->fill_bytes == 1 && *s->fill == '0' && s->width > around;
    size_t least = zeros ? s->width - around : 0, room = 2 * (digits > least ? digits : least) + 2;
    char *body = malloc(room + rest);
    if (!body) return tg_fail(s->ctx, "out of memory: a text of more than %zu bytes", room);
    char *from = put_digits(body + room, text, digits, digits ? s->group : 0, group, least);
    memcpy(body + room, text + digits, rest);
    int status = lay_out(s, align, head, from, (size_t)(body + room - from) + rest, out);
    free(body);
    return status;
}

static int format_char(struct spec *s, int64_t c, tg_value *out)
{
    static const char kind[] = "a character";
    char text[4];
    if (s->where.sign) return fail_part(s, s->where.sign, kind);
    if (s->where.alternate) return fail_part(s, s->where.alternate, kind);
    if (s->where.group) return fail_part(s, s->where.group, kind);
    if (c < 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return fail_spec(s, s->where.type - 1, "%lld is no character", (long long)c);
    size_t bytes = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    uint32_t left = (uint32_t)c;
    for (size_t i = bytes; i-- > 1; left >>= 6) text[i] = (char)(0x80 | (left & 0x3f));
    text[0] = (char)(bytes == 1 ? left : (0xf00u >> bytes & 0xff) | left);
    return lay_out(s, number_align(s), "", text, bytes, out);
}

static const char *prefix_of(char type)
{
    return type == 'b' ? "0b" : type == 'o' ? "0o" : type == 'x' ? "0x" : type == 'X' ? "0X" : "";
}

static int format_int(struct spec *s, int64_t i, tg_value *out)
{
    char digits[65], *at = digits + sizeof digits - 1;
    uint64_t left = i < 0 ? -(uint64_t)i : (uint64_t)i;
    unsigned base = s->type == 'b' ? 2 : s->type == 'o' ? 8 : s->type == 'x' || s->type == 'X' ? 16 : 10;
    if (s->has_precision) return fail_spec(s, s->where.precision - 1, "a precision does not go with an int");
    if (s->type == 'c') return format_char(s, i, out);
    if (s->group == ',' && base != 10) return fail_spec(s, s->where.group - 1, "',' does not go with the type '%c'", s->type);
    *at = 0;
    do *--at = (s->type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef")[left % base];
    while (left /= base);
    return format_number(s, i < 0, s->alternate ? prefix_of(s->type) : "", at, strlen(at), out);
}

/* ---- floats -------------------------------------------------------------------------------------- */

/* Heap: as printf writes it, with a point whatever the locale is. f is not negative. */
static char *print_float(double f, int precision, char type, bool alternate)
{
    char how[] = {'%', '#', '.', '*', type, 0}, *text;
    if (!alternate) memmove(how + 1, how + 2, sizeof how - 2);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    if (asprintf(&text, how, precision, f) < 0) return NULL;
#pragma GCC diagnostic pop
    char *comma = strchr(text, ',');
    if (comma) *comma = '.';
    return text;
}

/* As '#' and the type `type` ('g' or 'G') say: all digits that count. printf itself has it, but that of glibc loses the zeros
 * of a number that is rounded up to the next power of ten. */
static char *print_all_digits(double f, int digits, char type)
{
    bool capital = type == 'G';
    if (digits == 0) digits = 1;
    char *text = print_float(f, digits - 1, capital ? 'E' : 'e', true);
    const char *e = text ? strpbrk(text, "eE") : NULL;
    long exponent = e ? strtol(e + 1, NULL, 10) : 0;
    if (!e || exponent < -4 || exponent >= digits) return text;
    free(text);
    return print_float(f, digits - 1 - (int)exponent, capital ? 'F' : 'f', true);
}

static char *print_digits(double f, int digits, char type, bool alternate)
{
    return alternate ? print_all_digits(f, digits, type) : print_float(f, digits, type, false);
}

/* "1.500e+20" becomes "1.5e+20". */
static void drop_zeros(char *text)
{
    char *e = strchr(text, 'e'), *end = e;
    if (!e || !memchr(text, '.', (size_t)(e - text))) return;
    while (end[-1] == '0') end--;
    if (end[-1] == '.') end--;
    memmove(end, e, strlen(e) + 1);
}

/* Without a type: as str(x) gives it, or with so many digits, of which one at least stands behind the point. */
static char *print_plain(const struct spec *s, double f)
{
    size_t length;
    if (!s->has_precision) {
        tg_value text = tg_to_text(tg_float(f));
        const char *bytes = tg_as_text(text, &length);
        char *copy = strndup(bytes, length);
        tg_unref(text);
        return copy;
    }
    int digits = s->precision ? (int)s->precision : 1;
    char *text = print_float(f, digits - 1, 'e', s->alternate), *longer;
    const char *e = text ? strchr(text, 'e') : NULL;
    long exponent = e ? strtol(e + 1, NULL, 10) : 0;
    if (!e || exponent < -4 || exponent >= digits - 1) {
        if (e && !s->alternate) drop_zeros(text);
        return text;
    }
    free(text);
    text = print_digits(f, digits, 'g', s->alternate);
    if (!text || strpbrk(text, ".e")) return text;
    if (asprintf(&longer, "%s.0", text) < 0) longer = NULL;
    free(text);
    return longer;
}

static char *print_infinite(const struct spec *s, double f)
{
    bool capital = s->type && strchr("EFG", s->type);
    char text[8];
    snprintf(text, sizeof text, "%s%s",
             isnan(f)  ? (capital ? "NAN" : "nan")
             : capital ? "INF"
                       : "inf",
             s->type == '%' ? "%" : "");
    return strdup(text);
}

/* Heap; NULL: no memory. */
static char *print_magnitude(const struct spec *s, double f)
{
    int precision = s->has_precision ? (int)s->precision : 6;
    char *text, *longer;
    if (!isfinite(f)) return print_infinite(s, f);
    if (!s->type) return print_plain(s, f);
    if (strchr("gG", s->type)) return print_digits(f, precision, s->type, s->alternate);
    if (s->type != '%') return print_float(f, precision, s->type, s->alternate);
    if (!(text = print_float(f * 100, precision, 'f', s->alternate))) return NULL;
    if (asprintf(&longer, "%s%%", text) < 0) longer = NULL;
    free(text);
    return longer;
}

static int format_float(struct spec *s, double f, tg_value *out)
{
    if (s->type && strchr(INT_TYPES, s->type)) return fail_part(s, s->where.type, "a float");
    char *text = print_magnitude(s, fabs(f));
    if (!text) return tg_fail(s->ctx, "out of memory: a number of %zu digits", s->precision);
    int status = format_number(s, !isnan(f) && signbit(f), "", text, strspn(text, "0123456789"), out);
    free(text);
    return status;
}

/* ---- the task ------------------------------------------------------------------------------------ */

static int format_value(struct spec *s, tg_value x, tg_value *out)
{
    bool is_float = s->type && strchr(FLOAT_TYPES, s->type);
    size_t length;
    enum tg_kind kind = tg_kind(x);
    bool text = kind == TG_STR || kind == TG_FILE || (kind == TG_BOOL && (!s->type || s->type == 's'));
    if (text && s->type && s->type != 's') return fail_spec(s, s->where.type - 1, "'%c' does not go with a text", s->type);
    if (!text && s->type == 's') return fail_spec(s, s->where.type - 1, "'s' does not go with a number");
    if (kind == TG_FLOAT || (is_float && !text)) return format_float(s, kind == TG_BOOL ? tg_as_bool(x) : tg_as_float(x), out);
    if (!text) return format_int(s, kind == TG_BOOL ? tg_as_bool(x) : tg_as_int(x), out);
    tg_value shown = tg_to_text(x);
    const char *bytes = tg_as_text(shown, &length);
    int status = format_text(s, bytes, length, out);
    tg_unref(shown);
    return status;
}

TASK(core_format)
{
    struct spec s = {.ctx = ctx};
    enum tg_kind kind = tg_kind(args[0]);
    if (kind != TG_INT && kind != TG_FLOAT && kind != TG_BOOL && kind != TG_STR && kind != TG_FILE)
        return tg_fail(ctx, "cannot format %s: 'format' takes a number, a bool or a text", tg_kind_of(args[0]));
    s.text = tg_as_text(args[1], &s.length);
    if (read_spec(&s) != TG_OK) return TG_FAIL;
    if (!s.fill) s.fill = " ", s.fill_bytes = 1;
    return format_value(&s, args[0], out);
}
