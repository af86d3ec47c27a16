/* SPDX-License-Identifier: MIT
 * Sources and diagnostics: reading, checks of content, lines and columns, what is kept and counted. */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/limits.h"
#include "lang/text/diag.h"
#include "lang/text/source.h"
#include "tests/unit/check.h"

static char folder[] = "/tmp/tgrun-source-XXXXXX";

/* A file of the test's folder; the name is good until the next call. */
static const char *write_file(const char *name, const char *text, size_t length)
{
    static char path[256];
    static bool made;
    if (!made) made = mkdtemp(folder) != NULL;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    CHECK(f && fwrite(text, 1, length, f) == length);
    if (f) fclose(f);
    return path;
}

static void check_content(const char *text, size_t length, const char *message, uint32_t at)
{
    struct tg_sources s = {0};
    struct tg_err err = {0};
    CHECK(!tg_sources_add(&s, "x.tg", text, length, &err));
    CHECK_INT(err.code, TG_EXIT_USAGE);
    CHECK_STR(err.message, message);
    CHECK_INT(err.span.start, at);
    tg_err_done(&err);
    tg_sources_done(&s);
}

TEST(source_of_text)
{
    struct tg_sources s = {0};
    struct tg_err err = {0};
    struct tg_source *a = tg_sources_add(&s, "a", "one\ntwo", 7, &err);
    struct tg_source *b = tg_sources_add(&s, "b", "", 0, &err);
    struct tg_source *c = tg_sources_add(&s, "c", "x", 1, &err);
    CHECK(a && b && c && !err.code);
    CHECK_INT(a->base, 1);
    CHECK_INT(b->base, 9);
    CHECK_INT(c->base, 10);
    CHECK_INT(a->text[7], 0);
    CHECK_INT(a->text[8], 0);
    tg_sources_done(&s);
}

TEST(source_checks_its_content)
{
    check_content("ab\nc\0d", 6, "a NUL byte in line 2", 5);
    check_content("ab\xff", 3, "byte 0xff is not valid UTF-8", 3);
    check_content("\xc3", 1, "byte 0xc3 is not valid UTF-8", 1);
    check_content("\xed\xa0\x80", 3, "byte 0xed is not valid UTF-8", 1);
}

TEST(source_that_failed_has_a_place)
{
    struct tg_sources s = {0};
    struct tg_err err = {0};
    struct tg_place p;
    CHECK(!tg_sources_add(&s, "x.tg", "ok\n  \xff", 6, &err));
    CHECK(tg_sources_place(&s, err.span, &p));
    CHECK_INT(p.line, 2);
    CHECK_INT(p.column, 3);
    tg_err_done(&err);
    tg_sources_done(&s);
}

TEST(source_places)
{
    struct tg_sources s = {0};
    struct tg_err err = {0};
    struct tg_place p;
    tg_sources_add(&s, "a", "\xc3\xa4x\r\n\nend\n", 10, &err);
    tg_sources_add(&s, "b", "y", 1, &err);
    CHECK(!tg_sources_place(&s, (tg_span){0, 0}, &p));
    CHECK(tg_sources_place(&s, (tg_span){3, 4}, &p));
    CHECK_INT(p.line, 1);
    CHECK_INT(p.column, 2);
    CHECK_INT(p.line_length, 3); /* no carriage return */
    CHECK_INT(p.line_base, 1);
    CHECK(tg_sources_place(&s, (tg_span){6, 6}, &p));
    CHECK_INT(p.line, 2);
    CHECK_INT(p.line_length, 0);
    CHECK(tg_sources_place(&s, (tg_span){9, 10}, &p));
    CHECK_INT(p.line, 3);
    CHECK_INT(p.column, 3);
    CHECK(tg_sources_place(&s, (tg_span){11, 11}, &p)); /* the end of the file */
    CHECK_INT(p.line, 4);
    CHECK_INT(p.column, 1);
    CHECK(tg_sources_place(&s, (tg_span){12, 13}, &p));
    CHECK_STR(p.source->name, "b");
    CHECK(!tg_sources_place(&s, (tg_span){99, 100}, &p));
    tg_sources_done(&s);
}

static void check_unreadable(const char *path, const char *why)
{
    struct tg_sources s = {0};
    struct tg_err err = {0};
    char message[512];
    snprintf(message, sizeof message, why, path);
    CHECK(!tg_sources_read(&s, path, &err));
    CHECK_STR(err.message, message);
    CHECK_INT(err.code, TG_EXIT_USAGE);
    tg_err_done(&err);
    tg_sources_done(&s);
}

TEST(source_files_that_cannot_be_read)
{
    check_unreadable("/nonexistent/x.tg", "cannot open workflow '%s': No such file or directory");
    check_unreadable("/", "cannot read workflow '%s': it is a directory");
    char path[256];
    snprintf(path, sizeof path, "%s", write_file("huge.tg", "", 0));
    CHECK_INT(truncate(path, (off_t)TG_MAX_SOURCE_BYTES + 1), 0);
    check_unreadable(path, "cannot read workflow '%s': larger than 1024 MB");
}

TEST(source_files)
{
    struct tg_sources s = {0};
    struct tg_err err = {0};
    struct tg_source *f = tg_sources_read(&s, write_file("bom.tg", "\xef\xbb\xbfx = 1\n", 9), &err);
    CHECK(f && f->length == 6 && strcmp(f->text, "x = 1\n") == 0);
    f = tg_sources_read(&s, write_file("empty.tg", "", 0), &err);
    CHECK(f && f->length == 0 && f->text[0] == 0 && f->text[1] == 0);
    size_t size = 3000000;
    char *big = malloc(size);
    memset(big, 'a', size);
    f = tg_sources_read(&s, write_file("big.tg", big, size), &err);
    CHECK(f && f->length == size && memcmp(f->text, big, size) == 0 && f->text[size] == 0 && f->text[size + 1] == 0);
    free(big);
    CHECK(!err.code);
    tg_sources_done(&s);
}

/* Standard input is a pipe that gives its text in pieces. */
TEST(source_standard_input)
{
    int ends[2];
    CHECK_INT(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        for (int i = 0; i < 30000; i++)
            if (write(ends[1], "0123456789", 10) != 10) _exit(1);
        _exit(0);
    }
    close(ends[1]);
    int saved = dup(STDIN_FILENO);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    struct tg_sources s = {0};
    struct tg_err err = {0};
    struct tg_source *f = tg_sources_read(&s, "-", &err);
    dup2(saved, STDIN_FILENO);
    close(saved);
    CHECK(f && f->length == 300000 && f->text[299999] == '9' && !err.code);
    if (f) CHECK_STR(f->name, "<stdin>");
    tg_sources_done(&s);
}

TEST(diagnostics_are_counted_and_capped)
{
    struct tg_arena arena = {0};
    struct tg_diags d;
    tg_diags_init(&d, &arena);
    struct tg_diag *first = tg_diag_error(&d, (tg_span){1, 2}, "wrong %d", 1);
    for (uint32_t i = 2; i < 102; i++) tg_diag_hint(&d, tg_diag_error(&d, (tg_span){i, i + 1}, "wrong"), "hint");
    CHECK(tg_diag_is_kept(&d, first));
    CHECK(!tg_diag_is_kept(&d, tg_diag_error(&d, (tg_span){200, 201}, "wrong")));
    CHECK_INT(d.error_count, 102);
    CHECK_INT(d.items.count, TG_MAX_DIAGNOSTICS);
    tg_diag_warning(&d, (tg_span){1, 2}, "odd");
    CHECK_INT(d.warning_count, 1);
    CHECK_INT(d.items.count, TG_MAX_DIAGNOSTICS + 1);
    CHECK(first == d.items.items); /* has not moved */
    CHECK_STR(first->message, "wrong 1");
    CHECK_INT(d.code, TG_EXIT_USAGE);
    tg_diags_done(&d);
    tg_arena_done(&arena);
}

TEST(diagnostics_once_each)
{
    struct tg_arena arena = {0};
    struct tg_diags d;
    tg_diags_init(&d, &arena);
    CHECK(tg_diag_is_kept(&d, tg_diag_error(&d, (tg_span){1, 2}, "same")));
    for (int i = 0; i < 2; i++) CHECK(!tg_diag_is_kept(&d, tg_diag_error(&d, (tg_span){1, 2}, "same")));
    CHECK_INT(d.error_count, 1);
    for (int i = 0; i < 15; i++) tg_diag_error(&d, (tg_span){1, 2}, "other %d", i);
    CHECK_INT(d.error_count, 10);
    tg_diags_done(&d);
    tg_arena_done(&arena);
}

static void *find_places(void *sources)
{
    struct tg_place place;
    for (uint32_t at = 1; at < 8; at++)
        if (!tg_sources_place(sources, (tg_span){at, at + 1}, &place) || place.line != (at < 5 ? 1 : 2)) return sources;
    return NULL;
}

/* Tasks that fail at once ask for the first place at once. */
TEST(places_for_many_threads)
{
    for (int round = 0; round < 100; round++) {
        struct tg_sources s = {0};
        struct tg_err err = {0};
        pthread_t threads[4];
        tg_sources_add(&s, "a", "one\ntwo", 7, &err);
        for (int i = 0; i < 4; i++) CHECK(pthread_create(&threads[i], NULL, find_places, &s) == 0);
        for (int i = 0; i < 4; i++) {
            void *wrong;
            pthread_join(threads[i], &wrong);
            CHECK(!wrong);
        }
        tg_sources_done(&s);
    }
}

TEST(diagnostics_of_engine_errors)
{
    struct tg_arena arena = {0};
    struct tg_diags d;
    tg_diags_init(&d, &arena);
    struct tg_err err = {0};
    tg_diag_take(&d, (tg_span){1, 2}, &err);
    CHECK_INT(d.error_count, 0);
    tg_err_set(&err, TG_EXIT_CANNOT, "no plugin");
    tg_err_detail(&err, "looked in a");
    tg_err_hint(&err, "write it");
    tg_diag_take(&d, (tg_span){1, 2}, &err);
    CHECK_INT(err.code, 0);
    CHECK_INT(d.code, TG_EXIT_CANNOT);
    CHECK_STR(d.items.items[0].message, "no plugin");
    CHECK_STR(d.items.items[0].notes->message, "looked in a");
    CHECK_STR(d.items.items[0].hint, "write it");
    CHECK_INT(d.items.items[0].span.start, 1);
    tg_diags_done(&d);
    tg_arena_done(&arena);
}
