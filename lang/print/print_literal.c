/* SPDX-License-Identifier: MIT
 * Numbers and texts as `.tg` literals: copied from the source where it is `.tg`, so that 0xff, 1_000, 10s and raw
 * texts stay as written, made from the value elsewhere. A text of several lines that must be made stands between
 * triple quotes, indented like the code around it. */
#include "lang/print/printer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "lang/print/ydoc.h"

/* ---- copying ------------------------------------------------------------------------------------- */

/* The source's text at a span; NULL if it is not there. */
static const char *source_text(const struct tg_printer *p, tg_span span)
{
    if (!p->source || span.start < p->source->base || span.end > p->source->base + p->source->length || span.end <= span.start)
        return NULL;
    return p->source->text + (span.start - p->source->base);
}

static bool is_digit_or_letter(char c)
{
    return tg_ascii_digit(c) < 36;
}

/* A number as it stands in the source; of YAML only where `.tg` reads it the same. */
static bool copy_number(struct tg_printer *p, const struct tg_ast *n)
{
    const char *text = source_text(p, n->span);
    uint32_t length = n->span.end - n->span.start;
    if (!text || !tg_ascii_is_digit(text[0]) || !is_digit_or_letter(text[length - 1])) return false;
    if (text[0] == '0' && length > 1 && tg_ascii_is_digit(text[1])) return false; /* YAML's 007 */
    for (uint32_t i = 0; i < length; i++) {
        char c = text[i];
        bool sign = (c == '+' || c == '-') && (text[i - 1] | 0x20) == 'e';
        bool point = c == '.' && tg_ascii_is_digit(text[i + 1]);
        if (!is_digit_or_letter(c) && c != '_' && !point && !sign) return false;
    }
    tg_buf_add(p->b, text, length);
    return true;
}

/* Several lines of it, each less the indentation that is YAML's. */
static void copy_lines(struct tg_printer *p, const char *text, size_t length, uint32_t indent)
{
    for (const char *end = text + length, *line = text; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line)), *stop = newline ? newline + 1 : end;
        tg_buf_add(p->b, line, (size_t)(stop - line));
        if (newline) p->line = p->b->length;
        for (line = stop; line < end && *line == ' ' && line - stop < indent;) line++;
    }
}

static bool copy_text(struct tg_printer *p, const struct tg_ast *n)
{
    const char *text = source_text(p, n->span);
    uint32_t length = n->span.end - n->span.start, indent;
    if (!text || p->values || length < 2 || !tg_print_is_tg(p, n->span.start, &indent)) return false;
    if (p->printable && !tg_ydoc_is_printable(text, length)) return false;
    if (tg_print_has_comments(p, n->span)) return false; /* inside a ${..}; they are printed behind it */
    if (text[0] != '"' && !(text[0] == 'r' && text[1] == '"')) return false;
    copy_lines(p, text, length, indent);
    return true;
}

/* ---- numbers ------------------------------------------------------------------------------------- */

struct unit_word {
    const char *name;
    double times, per;
};

static const struct unit_word sizes[] = {
    {"TiB", 1099511627776.0, 1},
    {"GiB", 1073741824.0, 1},
    {"MiB", 1048576.0, 1},
    {"KiB", 1024.0, 1},
    {"TB", 1e12, 1},
    {"GB", 1e9, 1},
    {"MB", 1e6, 1},
    {"KB", 1e3, 1},
    {"B", 1, 1},
};
static const struct unit_word durations[] = {{"h", 3600, 1}, {"m", 60, 1}, {"s", 1, 1}, {"ms", 1, 1e3}, {"us", 1, 1e6}};

/* A whole number of the largest unit that gives the value back. */
static bool with_unit(struct tg_printer *p, double value, const struct unit_word *units, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double number = round(value / units[i].times * units[i].per);
        if (number < 1 || number > 1e15 || number * units[i].times / units[i].per != value) continue;
        tg_buf_format(p->b, "%.0f%s", number, units[i].name);
        return true;
    }
    return false;
}

void tg_printer_int(struct tg_printer *p, const struct tg_ast *n)
{
    bool size = n->flags & TG_F_SIZE;
    if (n->i != INT64_MIN && copy_number(p, n)) return;
    if (size && n->i < (INT64_C(1) << 53) && with_unit(p, (double)n->i, sizes, sizeof sizes / sizeof *sizes)) return;
    tg_buf_format(p->b, "%" PRId64, n->i);
}

void tg_printer_double(struct tg_buf *b, double value)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    tg_buf_text(b, text);
    if (!strpbrk(text, ".en")) tg_buf_text(b, ".0");
}

void tg_printer_float(struct tg_printer *p, const struct tg_ast *n)
{
    bool duration = n->flags & TG_F_DURATION;
    if (copy_number(p, n)) return;
    if (duration && with_unit(p, n->f, durations, sizeof durations / sizeof *durations)) return;
    tg_printer_double(p->b, n->f);
    if (duration) tg_buf_char(p->b, 's');
}

/* ---- texts --------------------------------------------------------------------------------------- */

/* One that has no escape of its own; its bytes. */
static size_t other_character(struct tg_buf *b, const char *text, size_t length)
{
    size_t n = tg_utf8_length(text, length);
    if (n == 0) n = 1;
    if (tg_ydoc_is_printable(text, n)) tg_buf_add(b, text, n);
    else if (n == 1) tg_buf_format(b, "\\x%02x", (unsigned char)text[0]);
    else tg_buf_format(b, "\\u{%x}", tg_utf8_code(text, n));
    return n;
}

/* The inside of a literal. before_brace: `${` follows, so that a last '$' must not join it. lines: newlines stay. */
static void escaped(struct tg_buf *b, const char *text, size_t length, bool before_brace, bool lines)
{
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        bool dollar = c == '$' && (i + 1 < length ? text[i + 1] == '{' : before_brace);
        if (c == '"' || c == '\\' || dollar) {
            tg_buf_char(b, '\\');
            tg_buf_char(b, c);
        } else if (c == '\n' && lines) tg_buf_char(b, c);
        else if (c == '\n') tg_buf_text(b, "\\n");
        else if (c == '\t') tg_buf_text(b, "\\t");
        else if (c == '\r') tg_buf_text(b, "\\r");
        else i += other_character(b, text + i, length - i) - 1;
    }
}

void tg_printer_text(struct tg_printer *p, const char *text, size_t length)
{
    tg_buf_char(p->b, '"');
    escaped(p->b, text, length, false, false);
    tg_buf_char(p->b, '"');
}

/* The inside of a template. Texts that lie side by side stay apart. */
static void template_inside(struct tg_printer *p, const struct tg_ast *n, bool lines)
{
    struct tg_kids parts = tg_n_template_parts(n);
    for (uint32_t i = 0; i < parts.count; i++) {
        const struct tg_ast *part = parts.items[i];
        bool piece = part->kind == TG_N_STR && parts.count > 1 && (i == 0 || parts.items[i - 1]->kind != TG_N_STR);
        if (piece) {
            escaped(p->b, part->text, part->length, i + 1 < parts.count, lines);
            continue;
        }
        tg_buf_text(p->b, "${");
        struct tg_printer inner = {.b = p->b, .names = p->names, .flat = true, .columns = SIZE_MAX};
        tg_printer_expr(&inner, part, TG_L_EXPR, 0);
        tg_buf_char(p->b, '}');
    }
}

/* Can the inside of a text stand between triple quotes? Indentation that all lines share would be lost, and so would
 * blanks on an empty line. */
static bool fits_lines(const char *text, size_t length)
{
    const char *end = text + length, *newline = memchr(text, '\n', length);
    if (!newline || newline + 1 == end) return false;
    bool at_margin = false;
    for (const char *line = text; line < end; line = newline + 1) {
        newline = memchr(line, '\n', (size_t)(end - line));
        if (!newline) newline = end;
        const char *first = line;
        while (first < newline && (*first == ' ' || *first == '\t')) first++;
        if (first == newline && first > line) return false;
        if (first == line && first < newline) at_margin = true;
    }
    return at_margin;
}

/* """ and the lines, indented one level deeper than the code. */
static void in_lines(struct tg_printer *p, const char *text, size_t length)
{
    const char *end = text + length;
    TG_ASSERT(length > 0);
    tg_buf_text(p->b, "\"\"\"");
    p->indent += TG_PRINT_INDENT;
    for (const char *line = text; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *stop = newline ? newline : end;
        tg_buf_char(p->b, '\n');
        p->line = p->b->length;
        if (stop > line) tg_buf_fill(p->b, ' ', p->indent);
        tg_buf_add(p->b, line, (size_t)(stop - line));
        line = newline ? newline + 1 : end;
    }
    p->indent -= TG_PRINT_INDENT;
    if (end[-1] == '\n') {
        tg_buf_char(p->b, '\n');
        p->line = p->b->length;
        tg_buf_fill(p->b, ' ', p->indent);
    }
    tg_buf_text(p->b, "\"\"\"");
}

static bool print_lines(struct tg_printer *p, const struct tg_ast *n)
{
    struct tg_buf inside = {0}, *b = p->b;
    p->b = &inside;
    if (n->kind == TG_N_STR) escaped(&inside, n->text, n->length, false, true);
    else template_inside(p, n, true);
    p->b = b;
    bool fits = fits_lines(inside.data, inside.length);
    if (fits) in_lines(p, inside.data, inside.length);
    tg_buf_done(&inside);
    return fits;
}

static bool has_newline(const struct tg_ast *n)
{
    if (n->kind == TG_N_STR) return n->length && memchr(n->text, '\n', n->length);
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);)
        if (k.kid->kind == TG_N_STR && has_newline(k.kid)) return true;
    return false;
}

void tg_printer_string(struct tg_printer *p, const struct tg_ast *n)
{
    if (copy_text(p, n)) return;
    bool one_line = p->flat && p->columns == SIZE_MAX;
    if (!one_line && has_newline(n) && print_lines(p, n)) return;
    if (n->kind == TG_N_STR) {
        tg_printer_text(p, n->text, n->length);
        return;
    }
    tg_buf_char(p->b, '"');
    template_inside(p, n, false);
    tg_buf_char(p->b, '"');
}
