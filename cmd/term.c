/* SPDX-License-Identifier: MIT
 * Terminals: width, colours, characters.
 *
 * Character widths come from two short tables of ranges (Unicode 15, East Asian Width W and F; combining marks of
 * the common scripts). The C library's wcwidth is not used: it depends on a locale that the program does not set. */
#include "cmd/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "engine/base/utf8.h"

#define WIDTH_WITHOUT_TERMINAL 100
#define NARROWEST 40 /* below, lines could not be cut to anything readable */

static const uint32_t wide[][2] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x23e9, 0x23ec}, {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x2705, 0x2705},
    {0x270a, 0x270b},   {0x2728, 0x2728},   {0x274c, 0x274c}, {0x2753, 0x2755},   {0x2795, 0x2797},   {0x2e80, 0x303e},
    {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0xa4cf}, {0xa960, 0xa97c},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
    {0xfe30, 0xfe6f},   {0xff01, 0xff60},   {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff},
    {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
};
static const uint32_t combining[][2] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f}, {0x093a, 0x093a},
    {0x093c, 0x093c}, {0x0941, 0x0948}, {0x094d, 0x094d}, {0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e},
    {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xe0100, 0xe01ef},
};

#define IN_TABLE(table, code) in_ranges((table), sizeof(table) / sizeof(table)[0], (code))
static bool in_ranges(const uint32_t (*ranges)[2], size_t count, uint32_t code)
{
    for (size_t i = 0; i < count && code >= ranges[i][0]; i++)
        if (code <= ranges[i][1]) return true;
    return false;
}

static bool env_set(const char *name)
{
    const char *value = getenv(name);
    return value && *value;
}

bool tg_term_colors(int fd, enum tg_color wanted)
{
    if (wanted != TG_COLOR_AUTO) return wanted == TG_COLOR_ALWAYS;
    if (env_set("NO_COLOR")) return false;
    const char *force = getenv("CLICOLOR_FORCE");
    if (force && *force && strcmp(force, "0") != 0) return true;
    const char *term = getenv("TERM");
    return term && *term && strcmp(term, "dumb") != 0 && isatty(fd);
}

unsigned tg_term_width(int fd)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return WIDTH_WITHOUT_TERMINAL;
    return size.ws_col < NARROWEST ? NARROWEST : size.ws_col;
}

bool tg_term_utf8(void)
{
    const char *locale = getenv("LC_ALL");
    if (!locale || !*locale) locale = getenv("LC_CTYPE");
    if (!locale || !*locale) locale = getenv("LANG");
    return locale && (strcasestr(locale, "utf-8") || strcasestr(locale, "utf8"));
}

struct tg_glyph tg_term_glyph(const char *text, size_t length)
{
    struct tg_glyph g = {.bytes = 1, .width = 1};
    size_t bytes = tg_utf8_length(text, length);
    if (bytes) g.bytes = bytes;
    uint32_t code = bytes ? tg_utf8_code(text, bytes) : (unsigned char)text[0];
    if (code == '\t') return g;
    if (!bytes || code < 0x20 || code == 0x7f) {
        g.width = (unsigned)snprintf(g.shown, sizeof g.shown, "\\x%02x", code & 0xff);
    } else if (code >= 0x80 && tg_utf8_hidden(code)) {
        g.width = (unsigned)snprintf(g.shown, sizeof g.shown, code > 0xffff ? "\\U%08x" : "\\u%04x", code);
    } else if (code >= 0x300) {
        g.width = IN_TABLE(combining, code) ? 0 : IN_TABLE(wide, code) ? 2 : 1;
    }
    return g;
}

void tg_term_text(struct tg_buf *b, const char *text, size_t length, unsigned indent)
{
    for (size_t i = 0; i < length;) {
        struct tg_glyph g = tg_term_glyph(text + i, length - i);
        if (text[i] == '\n') {
            tg_buf_char(b, '\n');
            tg_buf_fill(b, ' ', indent);
        } else if (g.shown[0]) {
            tg_buf_text(b, g.shown);
        } else {
            tg_buf_add(b, text + i, g.bytes);
        }
        i += g.bytes;
    }
}

void tg_term_short(struct tg_buf *b, const char *text, size_t length, unsigned columns)
{
    static const char dots[] = " ...";
    while (length && (*text == ' ' || *text == '\n')) text++, length--;
    const char *newline = memchr(text, '\n', length);
    size_t line = newline ? (size_t)(newline - text) : length, i = 0, fits = 0;
    unsigned width = 0, room = columns > strlen(dots) ? columns - (unsigned)strlen(dots) : 0;
    while (i < line && width <= columns) {
        struct tg_glyph g = tg_term_glyph(text + i, line - i);
        width += g.width;
        i += g.bytes;
        if (width <= room) fits = i;
    }
    bool whole = !newline && width <= columns;
    tg_term_text(b, text, whole ? length : fits, 0);
    if (!whole) tg_buf_text(b, dots);
}
