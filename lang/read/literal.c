/* SPDX-License-Identifier: MIT
 * Literals of `.tg`: numbers with their suffixes, escapes, texts of several lines.
 *
 * Decimal numbers with a size's unit are computed exactly, as an integer times a power of ten; a float goes through
 * strtod, which rounds correctly. Every function gives a value after an error too, so that reading goes on. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "lang/read/parse_tg.h"
#include "lang/read/reader.h"

/* Longer ones are beyond any precision, and are compared with what a buffer holds. */
#define MAX_NUMBER_BYTES 400
/* Beyond it, and below its negative, nothing of a number is left. */
#define MAX_EXPONENT 10000
/* Digits of a size are read up to this number, which a unit (2^40 at most) and a last digit do not overflow. */
#define MAX_DIGITS ((unsigned __int128)1 << 80)

struct unit {
    const char *name;
    int64_t bytes; /* of a size, or 0 */
    double times;  /* of a duration: seconds = number * times / per */
    double per;
};

static const struct unit units[] = {
    {"ns", 0, 1, 1e9},
    {"us", 0, 1, 1e6},
    {"ms", 0, 1, 1e3},
    {"s", 0, 1, 1},
    {"m", 0, 60, 1},
    {"h", 0, 3600, 1},
    {"d", 0, 86400, 1},
    {"B", 1, 0, 0},
    {"KB", 1000, 0, 0},
    {"MB", 1000000, 0, 0},
    {"GB", 1000000000, 0, 0},
    {"TB", INT64_C(1000000000000), 0, 0},
    {"KiB", INT64_C(1) << 10, 0, 0},
    {"MiB", INT64_C(1) << 20, 0, 0},
    {"GiB", INT64_C(1) << 30, 0, 0},
    {"TiB", INT64_C(1) << 40, 0, 0},
};

const char *tg_literal_unit(size_t i)
{
    return i < sizeof units / sizeof *units ? units[i].name : NULL;
}

static struct tg_diag *complain(struct tg_reader *r, const char *what)
{
    return tg_diag_error(r->p->diags, tg_reader_span(r, r->token_start, r->token_end), "%s", what);
}

static struct tg_ast *make_int(struct tg_reader *r, int64_t value, uint16_t flags)
{
    struct tg_ast *n = tg_ast_new(r->arena, TG_N_INT, tg_reader_span(r, r->token_start, r->token_end));
    n->i = value;
    n->flags = flags;
    return n;
}

static struct tg_ast *make_float(struct tg_reader *r, double value, uint16_t flags)
{
    struct tg_ast *n = tg_ast_new(r->arena, TG_N_FLOAT, tg_reader_span(r, r->token_start, r->token_end));
    n->f = value;
    n->flags = flags;
    return n;
}

/* ---- numbers ----------------------------------------------------------------------------------------------- */

/* Whole numbers of any base; 2^63 passes after a unary minus, which the grammar then takes in. */
static struct tg_ast *read_whole(struct tg_reader *r, const char *digits, size_t length, int base)
{
    uint64_t value = 0;
    uint64_t most = (uint64_t)INT64_MAX + (r->unary_minus ? 1 : 0);
    for (size_t i = 0; i < length; i++) {
        if (digits[i] == '_') continue;
        uint64_t digit = (uint64_t)tg_ascii_digit(digits[i]);
        if (value > (most - digit) / (uint64_t)base) {
            struct tg_diag *d = complain(r, "this number is too large for an int");
            tg_diag_hint(r->p->diags, d, "an int is at most 9223372036854775807; write a float as 1e19");
            return make_int(r, 0, 0);
        }
        value = value * (uint64_t)base + digit;
    }
    return make_int(r, (int64_t)value, 0);
}

/* 0x.. 0b.. 0o.. */
static struct tg_ast *read_based(struct tg_reader *r, const char *text, size_t length, int base)
{
    size_t digits = 0;
    for (size_t i = 2; i < length; i++) {
        if (text[i] == '_') continue;
        if (tg_ascii_digit(text[i]) >= base) {
            tg_diag_error(r->p->diags, tg_reader_span(r, r->token_start, r->token_end),
                          "'%c' is no digit of a number in base %d", text[i], base);
            return make_int(r, 0, 0);
        }
        digits++;
    }
    if (!digits) {
        tg_diag_error(r->p->diags, tg_reader_span(r, r->token_start, r->token_end), "no digits after '%.2s'", text);
        return make_int(r, 0, 0);
    }
    return read_whole(r, text + 2, length - 2, base);
}

/* Length of the number proper: digits, fraction, exponent. */
static size_t measure_number(const char *text, size_t length, bool *whole)
{
    size_t i = 0;
    *whole = true;
    while (i < length && (tg_ascii_digit(text[i]) < 10 || text[i] == '_')) i++;
    if (i < length && text[i] == '.') {
        *whole = false;
        for (i++; i < length && (tg_ascii_digit(text[i]) < 10 || text[i] == '_');) i++;
    }
    if (i < length && (text[i] == 'e' || text[i] == 'E')) {
        size_t e = i + 1;
        if (e < length && (text[e] == '+' || text[e] == '-')) e++;
        if (e < length && tg_ascii_digit(text[e]) < 10) {
            *whole = false;
            while (e < length && (tg_ascii_digit(text[e]) < 10 || text[e] == '_')) e++;
            i = e;
        }
    }
    return i;
}

static const struct unit *find_unit(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i].name) == length && memcmp(units[i].name, name, length) == 0) return &units[i];
    return NULL;
}

/* Seconds of a number of this unit of time. */
static double in_seconds(double number, const struct unit *unit)
{
    return unit->per > 1 ? number / unit->per : number * unit->times;
}

bool tg_literal_duration(const char *text, double *seconds)
{
    bool whole;
    char number[MAX_NUMBER_BYTES];
    size_t length = strlen(text), digits = measure_number(text, length, &whole), kept = 0;
    const struct unit *unit = find_unit(text + digits, length - digits);
    if (tg_ascii_digit(*text) >= 10 || !unit || unit->bytes || digits >= sizeof number) return false;
    for (size_t i = 0; i < digits; i++)
        if (text[i] != '_') number[kept++] = text[i];
    number[kept] = 0;
    *seconds = in_seconds(strtod(number, NULL), unit);
    return true;
}

/* digits * 10^power; not exact: more digits than are kept. */
struct decimal {
    unsigned __int128 digits;
    long power;
    bool exact;
};

static struct decimal read_decimal(const char *number)
{
    struct decimal d = {.exact = true};
    bool fraction = false;
    const char *p = number, *end = number + strcspn(number, "eE"), *last = end;
    if (memchr(number, '.', (size_t)(end - number)))
        while (last[-1] == '0') last--; /* of a fraction, zeros at the end mean nothing */
    for (; p < last; p++) {
        if (*p == '.') {
            fraction = true;
            continue;
        }
        if (d.digits > MAX_DIGITS) d.exact = false;
        else d.digits = d.digits * 10 + (unsigned)tg_ascii_digit(*p);
        if (fraction) d.power--;
    }
    long exponent = *end ? strtol(end + 1, NULL, 10) : 0;
    d.power += exponent > MAX_EXPONENT ? MAX_EXPONENT : exponent < -MAX_EXPONENT ? -MAX_EXPONENT : exponent;
    return d;
}

/* A size in bytes: a decimal times the unit, which must be a whole number that fits. */
static struct tg_ast *read_size(struct tg_reader *r, const char *number, const struct unit *unit)
{
    struct decimal d = read_decimal(number);
    if (d.digits == 0) return make_int(r, 0, TG_F_SIZE);
    d.digits *= (unsigned __int128)unit->bytes; /* fits: MAX_DIGITS leaves room */
    for (; d.power > 0 && d.digits <= (unsigned __int128)INT64_MAX; d.power--) d.digits *= 10;
    for (; d.power < 0 && d.digits % 10 == 0; d.power++) d.digits /= 10;
    if (d.power < 0 && d.exact) {
        struct tg_diag *diag = complain(r, "this size is not a whole number of bytes");
        if (unit->bytes > 1) tg_diag_hint(r->p->diags, diag, "1 %s is %lld bytes", unit->name, (long long)unit->bytes);
        return make_int(r, 0, TG_F_SIZE);
    }
    if (!d.exact || d.power != 0 || d.digits > (unsigned __int128)INT64_MAX) {
        complain(r, "this size is too large for an int");
        return make_int(r, 0, TG_F_SIZE);
    }
    return make_int(r, (int64_t)d.digits, TG_F_SIZE);
}

static struct tg_ast *read_float(struct tg_reader *r, const char *number, const struct unit *unit)
{
    double value = strtod(number, NULL);
    if (unit) value = in_seconds(value, unit);
    if (value > 1.7976931348623157e308) {
        complain(r, "this number is too large for a float");
        value = 0;
    }
    return make_float(r, value, unit ? TG_F_DURATION : 0);
}

static struct tg_ast *bad_suffix(struct tg_reader *r, const char *suffix, size_t length)
{
    uint32_t start = r->token_end - (uint32_t)length;
    struct tg_diag *d = tg_diag_error(r->p->diags, tg_reader_span(r, start, r->token_end), "unknown suffix '%.*s' of a number",
                                      (int)(length < 40 ? length : 40), suffix);
    tg_diag_hint(r->p->diags, d,
                 "durations end in ns us ms s m h d, sizes in B KB MB GB TB KiB MiB GiB TiB; "
                 "a name does not start with a digit");
    return make_int(r, 0, 0);
}

/* The number without '_', NUL-terminated; false if it is too long. */
static bool copy_digits(char *out, const char *text, size_t length)
{
    size_t n = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '_') continue;
        if (n + 1 == MAX_NUMBER_BYTES) return false;
        out[n++] = text[i];
    }
    out[n] = 0;
    return true;
}

static struct tg_ast *read_scaled(struct tg_reader *r, const char *text, size_t length, const struct unit *unit)
{
    char number[MAX_NUMBER_BYTES];
    if (!copy_digits(number, text, length)) {
        complain(r, "this number has too many digits");
        return unit && unit->bytes ? make_int(r, 0, TG_F_SIZE) : make_float(r, 0, 0);
    }
    return unit && unit->bytes ? read_size(r, number, unit) : read_float(r, number, unit);
}

struct tg_ast *tg_literal_number(struct tg_reader *r, const char *text, size_t length)
{
    if (length > 1 && text[0] == '0') {
        char mark = text[1];
        int base = mark == 'x' || mark == 'X' ? 16 : mark == 'o' || mark == 'O' ? 8 : mark == 'b' ? 2 : 0;
        if (base) return read_based(r, text, length, base);
    }
    bool whole;
    size_t digits = measure_number(text, length, &whole);
    if (digits < length) {
        const struct unit *unit = find_unit(text + digits, length - digits);
        if (!unit) return bad_suffix(r, text + digits, length - digits);
        return read_scaled(r, text, digits, unit);
    }
    if (!whole) return read_scaled(r, text, length, NULL);
    if (length > 1 && text[0] == '0' && strspn(text, "0_") < length) {
        struct tg_diag *d = complain(r, "a number does not start with 0");
        tg_diag_hint(r->p->diags, d, "an octal number starts with 0o");
    }
    return read_whole(r, text, length, 10);
}

/* ---- texts --------------------------------------------------------------------------------------------------- */

struct tg_ast *tg_literal_plain(struct tg_reader *r, const char *text, size_t length, uint16_t flags)
{
    struct tg_ast *n = tg_ast_new(r->arena, TG_N_STR, tg_reader_span(r, r->token_start, r->token_end));
    n->text = tg_arena_copy(r->arena, text, length);
    n->length = (uint32_t)length;
    n->flags = flags;
    return n;
}

static void bad_escape(struct tg_reader *r, const char *hint, const char *format, const char *text, size_t length)
{
    struct tg_diag *d = tg_diag_error(r->p->diags, tg_reader_span(r, r->token_start, r->token_end), format, (int)length, text);
    tg_diag_hint(r->p->diags, d, "%s", hint);
}

static void add_character(struct tg_reader *r, const char *text, size_t length, uint64_t code)
{
    char bytes[4];
    if (code == 0) bad_escape(r, "a text holds every character but this one", "'%.*s' is the character NUL", text, length);
    else if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        bad_escape(r, "a character's number is at most 10ffff, and not between d800 and dfff", "'%.*s' is not a character",
                   text, length);
    else tg_buf_add(&r->piece, bytes, tg_utf8_put((uint32_t)code, bytes));
}

/* \xHH, \uHHHH, \u{H..} */
static void add_coded(struct tg_reader *r, const char *text, size_t length)
{
    bool braces = length > 2 && text[2] == '{';
    const char *digits = text + (braces ? 3 : 2), *end = text + length - (braces ? 1 : 0);
    size_t count = (size_t)(end - digits);
    uint64_t code = 0;
    bool good = braces ? count >= 1 && count <= 6 : count == (text[1] == 'x' ? 2 : 4);
    for (const char *p = digits; good && p < end; p++) {
        good = tg_ascii_digit(*p) < 16;
        code = code * 16 + (uint64_t)tg_ascii_digit(*p);
    }
    if (!good)
        bad_escape(r, "write \\xHH, \\uHHHH or \\u{H..} with hexadecimal digits", "incomplete escape '%.*s'", text, length);
    else if (text[1] == 'x' && code > 0x7f)
        bad_escape(r, "\\x goes up to 7f; write a character as \\u{..}", "'%.*s' is not a character", text, length);
    else add_character(r, text, length, code);
}

void tg_literal_escape(struct tg_reader *r, const char *text, size_t length)
{
    switch (length > 1 ? text[1] : 0) {
    case 'n': tg_buf_char(&r->piece, '\n'); break;
    case 't': tg_buf_char(&r->piece, '\t'); break;
    case 'r': tg_buf_char(&r->piece, '\r'); break;
    case '\\': tg_buf_char(&r->piece, '\\'); break;
    case '"': tg_buf_char(&r->piece, '"'); break;
    case '$': tg_buf_char(&r->piece, '$'); break;
    case '0': add_character(r, text, length, 0); break;
    case 'x':
    case 'u': add_coded(r, text, length); break;
    case 0:
    case '\r':
        bad_escape(r, "a '\\' stands before the character it changes; write '\\\\' for itself", "nothing after '\\'", text, 0);
        break;
    default:
        bad_escape(r,
                   "the escapes are \\n \\t \\r \\\\ \\\" \\$ \\xHH \\uHHHH \\u{..}; write '\\\\' for a backslash, "
                   "or use r\"..\"",
                   "unknown escape '%.*s'", text, length);
    }
}

/* ---- several lines ---------------------------------------------------------------------------------------------- */

struct tg_ast *tg_literal_piece(struct tg_reader *r, uint32_t end)
{
    struct tg_ast *n = NULL;
    if (r->piece.length) {
        n = tg_ast_new(r->arena, TG_N_STR, tg_reader_span(r, r->piece_start, end));
        n->text = tg_arena_copy(r->arena, r->piece.data, r->piece.length);
        n->length = (uint32_t)r->piece.length;
        n->flags = TG_F_PIECE;
    }
    for (; r->lines_placed < r->lines.count; r->lines_placed++) r->lines.items[r->lines_placed].piece = n;
    r->piece.length = 0;
    return n;
}

void tg_literal_line(struct tg_reader *r, uint32_t at, uint32_t indent, bool blank)
{
    struct tg_text_line line = {NULL, (uint32_t)r->piece.length, at, indent, blank};
    tg_vec_push(&r->lines, line);
}

/* How many bytes of indentation all lines share; those with nothing else do not count. */
static uint32_t common_indent(const struct tg_reader *r, size_t first)
{
    const struct tg_text_line *model = NULL;
    uint32_t common = 0;
    for (size_t i = first; i < r->lines.count; i++) {
        const struct tg_text_line *line = &r->lines.items[i];
        if (line->blank) continue;
        if (!model) {
            model = line;
            common = line->indent;
        }
        if (line->indent < common) common = line->indent;
        uint32_t same = 0;
        while (same < common && r->text[line->at + same] == r->text[model->at + same]) same++;
        common = same;
    }
    return common;
}

/* Takes out of one piece the indentation of its lines [from, to). */
static void cut_piece(const struct tg_reader *r, size_t from, size_t to, uint32_t common)
{
    struct tg_ast *piece = r->lines.items[from].piece;
    char *text = (char *)piece->text; /* ours: tg_literal_piece made it */
    uint32_t written = r->lines.items[from].offset;
    for (size_t i = from; i < to; i++) {
        const struct tg_text_line *line = &r->lines.items[i];
        uint32_t start = line->offset + (line->blank ? line->indent : common);
        uint32_t end = i + 1 < to ? r->lines.items[i + 1].offset : piece->length;
        TG_ASSERT(written <= start && start <= end); /* only ever moves to the left */
        memmove(text + written, text + start, end - start);
        written += end - start;
    }
    text[written] = 0;
    piece->length = written;
}

void tg_literal_dedent(struct tg_reader *r)
{
    TG_ASSERT(r->texts.count > 0 && r->lines_placed <= r->lines.count);
    size_t first = r->texts.items[r->texts.count - 1].first_line;
    uint32_t common = common_indent(r, first);
    for (size_t i = first, to; i < r->lines.count; i = to) {
        const struct tg_ast *piece = r->lines.items[i].piece;
        for (to = i + 1; to < r->lines.count && r->lines.items[to].piece == piece;) to++;
        if (piece) cut_piece(r, i, to, common);
    }
    r->lines.count = first;
    if (r->lines_placed > first) r->lines_placed = first;
}
