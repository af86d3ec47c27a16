/* SPDX-License-Identifier: MIT
 * Depfiles: as gcc and clang write them, as people do, and random ones. */
#include "tests/unit/check.h"

#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/store/depfile.h"

static void add_input(void *data, const char *path)
{
    tg_buf_format(data, "<%s>", path);
}

/* The inputs, each in <>, or the error. */
static const char *inputs(const char *text)
{
    static char out[1024];
    struct tg_buf b = {0};
    struct tg_err err = {0};
    if (!tg_depfile_read(text, strlen(text), add_input, &b, &err)) tg_buf_text(&b, err.message);
    snprintf(out, sizeof out, "%s", tg_buf_str(&b));
    tg_err_done(&err);
    tg_buf_done(&b);
    return out;
}

TEST(what_compilers_write)
{
    CHECK_STR(inputs("a.o: a.c /usr/include/stdio.h \\\n a.h \\\n  b.h\n"), "<a.c></usr/include/stdio.h><a.h><b.h>");
    CHECK_STR(inputs("a.o: a.c \\\r\n a.h\r\n"), "<a.c><a.h>");
    CHECK_STR(inputs("a.o: a.c a.h b.h\na.h:\nb.h:\n"), "<a.c><a.h><b.h>"); /* -MP */
    CHECK_STR(inputs("a.o a.d: a.c\n\nb.o : b.c a.c\n"), "<a.c><b.c>");
    CHECK_STR(inputs("a.o: a.c"), "<a.c>");
    CHECK_STR(inputs("a.o:\n"), "");
    CHECK_STR(inputs("a.o:"), "");
    CHECK_STR(inputs(""), "");
    CHECK_STR(inputs(" \n\r\n\t\n"), "");
}

TEST(what_is_escaped)
{
    CHECK_STR(inputs("a.o: a\\ b.c a\\\tb.c a\\#b a$$b c$d"), "<a b.c><a\tb.c><a#b><a$b><c$d>");
    CHECK_STR(inputs("a\\ b.o a$$: c"), "<c>");
    CHECK_STR(inputs("a.o: a\\b \\\\c d\\\\\\ e f\\\\ g"), "<a\\b><\\\\c><d\\ e><f\\\\><g>");
    CHECK_STR(inputs("a.o: a\\\\#b a\\:b a:b a\\[b]*c"), "<a\\#b><a:b><a\\[b]*c>");
    CHECK_STR(inputs("c:\\a.o: c:\\b.c"), "<c:\\b.c>");
    CHECK_STR(inputs("c\\:\\a.o: b.c"), "<b.c>");
    CHECK_STR(inputs("dir\\: b.c"), "<b.c>"); /* the name of the target ends so */
    CHECK_STR(inputs("a.o: b: c"), "<b:><c>");
    CHECK_STR(inputs("a.o: a.c\\\nb.c"), "<a.c><b.c>");
    CHECK_STR(inputs("a.o: a.c\\"), "<a.c\\>");
    CHECK_STR(inputs("a.o: \\\n\\\n\n"), "");
    CHECK_STR(inputs("# made by hand\na.o: a.c # and \\ more: x\n#\n"), "<a.c>");
}

TEST(what_is_no_depfile)
{
    CHECK_STR(inputs("a.o a.c\n"), "line 1: there is no ':' behind its targets");
    CHECK_STR(inputs("a.o: a.c \\\n b.c\n\nb.o:b.c\n"), "<a.c><b.c>line 4: there is no ':' behind its targets");
    struct tg_err err = {0};
    struct tg_buf b = {0};
    CHECK(!tg_depfile_read("a.o: b\na: c\0\0", 13, add_input, &b, &err)); /* the end of a file that a crash cut off */
    CHECK_STR(err.message, "line 2: a NUL byte");
    tg_err_done(&err);
    tg_buf_done(&b);
}

/* ---- random ones --------------------------------------------------------------------------------- */

#define ROUNDS 20000
#define NAMES 4
#define NAME_BYTES 7

/* As gcc writes a name. */
static void write_name(struct tg_buf *b, const char *name)
{
    for (const char *c = name; *c; c++) {
        if (*c == ' ' || *c == '\t') {
            for (const char *before = c; before > name && before[-1] == '\\'; before--) tg_buf_char(b, '\\');
            tg_buf_char(b, '\\');
        } else if (*c == '$') {
            tg_buf_char(b, '$');
        } else if (*c == '#') {
            tg_buf_char(b, '\\');
        }
        tg_buf_char(b, *c);
    }
}

/* One that has no blank at its end and no backslash, which gcc does not care for; different for each number. */
static void make_name(char *name, unsigned number)
{
    static const char bytes[] = "ab\\\\ \t#$:.*";
    size_t length = 1 + (size_t)(random() % (NAME_BYTES - 3));
    for (size_t i = 0; i < length; i++) name[i] = bytes[(size_t)random() % (sizeof bytes - 1)];
    snprintf(name + length, 3, "/%u", number);
}

static bool is_read_back(void)
{
    struct tg_buf text = {0}, wanted = {0}, got = {0};
    char name[NAME_BYTES + 1];
    tg_buf_text(&text, "out:");
    for (unsigned i = 0; i < NAMES; i++) {
        make_name(name, i);
        if (strstr(name, "\\:")) name[0] = 0, snprintf(name, sizeof name, "x%u", i); /* means a colon */
        tg_buf_text(&text, random() % 3 ? " " : " \\\n  ");
        write_name(&text, name);
        tg_buf_format(&wanted, "<%s>", name);
    }
    tg_buf_char(&text, '\n');
    bool good = tg_depfile_read(text.data, text.length, add_input, &got, NULL) && strcmp(tg_buf_str(&got), wanted.data) == 0;
    if (!good) printf("# of %s# came %s\n", text.data, tg_buf_str(&got));
    tg_buf_done(&text), tg_buf_done(&wanted), tg_buf_done(&got);
    return good;
}

TEST(names_are_read_as_they_were)
{
    srandom(1);
    for (int i = 0; i < ROUNDS && !check_failed; i++) CHECK(is_read_back());
}

TEST(any_bytes_are_read_or_refused)
{
    static const char bytes[] = "a\\\\\\::: \t\r\n\n#$b";
    for (int i = 0; i < ROUNDS; i++) {
        char text[24]; /* just so long: a sanitizer sees who reads on */
        size_t length = (size_t)random() % sizeof text, at = sizeof text - length;
        for (size_t k = at; k < sizeof text; k++) text[k] = bytes[(size_t)random() % sizeof bytes];
        struct tg_buf b = {0};
        struct tg_err err = {0};
        CHECK(tg_depfile_read(text + at, length, add_input, &b, &err) == !err.message);
        tg_err_done(&err);
        tg_buf_done(&b);
    }
}
