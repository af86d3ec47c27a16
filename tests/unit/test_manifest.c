/* SPDX-License-Identifier: MIT
 * Manifests: what is found out of files, what is written and read again, and bytes that are none. */
#include "tests/unit/check.h"

#include <stdlib.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/rmtree.h"
#include "engine/store/manifest.h"

/* Tasks of the test: this many files each, and numbers below that. */
#define MANY_TASKS 3000

static char folder[] = "/tmp/tgrun-test-XXXXXX";

static char *in(const char *name)
{
    if (!mkdtemp(folder)) CHECK(access(folder, F_OK) == 0);
    return tg_alloc_format("%s/%s", folder, name);
}

static void put(const char *name, const char *text)
{
    char *path = in(name);
    FILE *f = fopen(path, "w");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
    free(path);
}

/* As it is, with a stamp that is trusted; the path is malloc'ed. */
static struct tg_recorded_file file_of(const char *name)
{
    struct tg_recorded_file f = {.path = in(name)};
    struct tg_err err = {0};
    do CHECK(tg_contents_look_now(f.path, NULL, &f.content, &err));
    while (f.content.stamp.racy);
    return f;
}

/* A task that has read one file and made another; NULL: none. */
static void note(struct tg_manifest_notes *n, uint32_t task, const char *input, const char *result, const char *value)
{
    struct tg_recorded_file in = {0}, out = {0};
    struct tg_recorded r = {.value = value, .value_length = strlen(value), .inputs = &in, .results = &out};
    if (input) in = file_of(input), r.input_count = 1;
    if (result) out = file_of(result), r.result_count = 1;
    if (result && *result == 't') out.flags = TG_RECORDED_TEMPORARY;
    tg_manifest_notes_add(n, task, &r);
    free((char *)in.path);
    free((char *)out.path);
}

static struct tg_manifest *read_again(struct tg_manifest_notes *take_n)
{
    struct tg_buf b = {0};
    tg_manifest_notes_write(take_n, &b);
    size_t length = b.length;
    struct tg_manifest *m = tg_manifest_read(tg_buf_take(&b), length, 10000);
    tg_manifest_notes_free(take_n);
    CHECK(m);
    return m;
}

static bool always(void *unused, uint32_t maker)
{
    (void)unused, (void)maker;
    return true;
}

static bool never(void *unused, uint32_t maker)
{
    (void)unused, (void)maker;
    return false;
}

static bool has_value(const struct tg_manifest *m, uint32_t task, const char *value)
{
    size_t length;
    const void *bytes = tg_manifest_value(m, task, &length);
    return length == strlen(value) && memcmp(bytes, value, length) == 0;
}

static void remove_file(const char *name)
{
    char *path = in(name);
    CHECK(unlink(path) == 0);
    free(path);
}

/* ---- states --------------------------------------------------------------------------------------- */

TEST(states)
{
    struct tg_manifest_notes *n = tg_manifest_notes_new(10);
    put("a", "1"), put("b", "2"), put("c", "3"), put("t", "4");
    note(n, 1, "a", "b", "one"); /* a -> b */
    note(n, 2, "b", "c", "two"); /* b -> c */
    note(n, 4, NULL, "t", "");
    note(n, 5, "a", NULL, "five");
    note(n, 10, "a", NULL, "too large a number");
    CHECK_INT(tg_manifest_notes_count(n), 4);
    struct tg_manifest *m = read_again(n);
    tg_manifest_look(m, 4);
    CHECK_INT(tg_manifest_state(m, 0, always, NULL), TG_MANIFEST_UNKNOWN);
    CHECK_INT(tg_manifest_state(m, 1, always, NULL), TG_MANIFEST_SAME);
    CHECK_INT(tg_manifest_state(m, 2, never, NULL), TG_MANIFEST_SAME);
    CHECK_INT(tg_manifest_state(m, 3, always, NULL), TG_MANIFEST_UNKNOWN);
    CHECK_INT(tg_manifest_state(m, 4, always, NULL), TG_MANIFEST_REMAINS);
    CHECK_INT(tg_manifest_state(m, 5, always, NULL), TG_MANIFEST_SAME);
    CHECK_INT(tg_manifest_state(m, 10, always, NULL), TG_MANIFEST_UNKNOWN);
    CHECK_INT(tg_manifest_state(m, UINT32_MAX, always, NULL), TG_MANIFEST_UNKNOWN);
    CHECK(has_value(m, 1, "one") && has_value(m, 4, "") && has_value(m, 5, "five"));
    tg_manifest_free(m);
}

/* A file in the middle is missing; then it is another one with the same content. */
TEST(missing)
{
    struct tg_manifest_notes *n = tg_manifest_notes_new(10);
    put("a", "1"), put("b", "2"), put("c", "3");
    note(n, 1, "a", "b", "");
    note(n, 2, "b", "c", "");
    struct tg_buf b = {0};
    tg_manifest_notes_write(n, &b);
    tg_manifest_notes_free(n);
    remove_file("b");
    struct tg_manifest *m = tg_manifest_read(memcpy(tg_alloc(b.length), b.data, b.length), b.length, 10);
    tg_manifest_look(m, 1);
    CHECK_INT(tg_manifest_state(m, 1, never, NULL), TG_MANIFEST_LACKS);
    CHECK_INT(tg_manifest_state(m, 2, always, NULL), TG_MANIFEST_SAME);
    CHECK_INT(tg_manifest_state(m, 2, never, NULL), TG_MANIFEST_CHANGED);
    tg_manifest_free(m);
    put("b", "2");
    m = tg_manifest_read(memcpy(tg_alloc(b.length), b.data, b.length), b.length, 10);
    tg_manifest_look(m, 1);
    CHECK_INT(tg_manifest_state(m, 1, always, NULL), TG_MANIFEST_CHANGED);
    CHECK_INT(tg_manifest_state(m, 2, always, NULL), TG_MANIFEST_CHANGED);
    tg_manifest_free(m);
    tg_buf_done(&b);
}

/* What cannot be judged by a look is not in it; and what is noted again counts. */
TEST(left_out)
{
    struct tg_manifest_notes *n = tg_manifest_notes_new(10);
    struct tg_recorded_file f = {.path = folder, .content = {.kind = TG_CONTENT_FOLDER}};
    struct tg_recorded r = {.value = "", .inputs = &f, .input_count = 1};
    put("a", "1");
    note(n, 1, "a", NULL, "first");
    note(n, 1, "a", NULL, "second");
    note(n, 2, "a", NULL, "gone");
    tg_manifest_notes_add(n, 2, &r);
    f = (struct tg_recorded_file){.path = folder, .content = {.kind = TG_CONTENT_FILE, .stamp = {.racy = true}}};
    tg_manifest_notes_add(n, 3, &r);
    CHECK_INT(tg_manifest_notes_count(n), 1);
    struct tg_manifest *m = read_again(n);
    tg_manifest_look(m, 1);
    CHECK(has_value(m, 1, "second"));
    CHECK_INT(tg_manifest_state(m, 2, always, NULL), TG_MANIFEST_UNKNOWN);
    CHECK_INT(tg_manifest_state(m, 3, always, NULL), TG_MANIFEST_UNKNOWN);
    tg_manifest_free(m);
}

/* ---- one over another ----------------------------------------------------------------------------- */

TEST(over)
{
    struct tg_manifest_notes *n = tg_manifest_notes_new(10);
    put("a", "1"), put("b", "2");
    note(n, 1, "a", NULL, "one");
    note(n, 2, "a", NULL, "two");
    struct tg_manifest *m = read_again(n);
    n = tg_manifest_notes_new(10);
    note(n, 2, "b", NULL, "newer");
    note(n, 3, "b", NULL, "three");
    tg_manifest_lay_over(m, read_again(n));
    tg_manifest_look(m, 2);
    CHECK(has_value(m, 1, "one") && has_value(m, 2, "newer") && has_value(m, 3, "three"));
    CHECK(!tg_manifest_is_over(m, 1) && tg_manifest_is_over(m, 2));
    CHECK_INT(tg_manifest_state(m, 3, always, NULL), TG_MANIFEST_SAME);
    n = tg_manifest_notes_new(10);
    note(n, 3, "b", NULL, "newest");
    for (uint32_t i = 0; i < 10; i++) tg_manifest_notes_carry(n, m, i);
    CHECK_INT(tg_manifest_notes_count(n), 3);
    tg_manifest_free(m);
    m = read_again(n);
    tg_manifest_look(m, 2);
    CHECK(has_value(m, 1, "one") && has_value(m, 2, "newer") && has_value(m, 3, "newest"));
    CHECK_INT(tg_manifest_state(m, 1, always, NULL), TG_MANIFEST_SAME);
    tg_manifest_free(m);
}

/* More files than one thread is given. */
/* What is forgotten is unknown, also what lies below; it goes on being so. */
TEST(forgotten)
{
    struct tg_manifest_notes *n = tg_manifest_notes_new(10);
    put("a", "1");
    note(n, 1, "a", NULL, "one");
    note(n, 2, "a", NULL, "two");
    struct tg_manifest *m = read_again(n);
    n = tg_manifest_notes_new(10);
    tg_manifest_notes_forget(n, 2);
    tg_manifest_notes_forget(n, 10);
    CHECK(tg_manifest_notes_has(n, 2) && !tg_manifest_notes_has(n, 1));
    tg_manifest_lay_over(m, read_again(n));
    tg_manifest_look(m, 1);
    CHECK(tg_manifest_knows(m, 1) && !tg_manifest_knows(m, 2) && !tg_manifest_knows(m, 3));
    CHECK_INT(tg_manifest_state(m, 1, always, NULL), TG_MANIFEST_SAME);
    CHECK_INT(tg_manifest_state(m, 2, always, NULL), TG_MANIFEST_UNKNOWN);
    n = tg_manifest_notes_new(10);
    for (uint32_t i = 0; i < 10; i++) tg_manifest_notes_carry(n, m, i);
    CHECK_INT(tg_manifest_notes_count(n), 1);
    tg_manifest_notes_free(n);
    tg_manifest_free(m);
}

TEST(many)
{
    struct tg_manifest_notes *n = tg_manifest_notes_new(MANY_TASKS);
    char name[20];
    put("a", "1");
    struct tg_recorded_file f[2] = {file_of("a")};
    for (uint32_t i = 0; i < MANY_TASKS; i++) {
        struct tg_recorded r = {.value = "v", .value_length = 1, .inputs = f, .input_count = 2};
        snprintf(name, sizeof name, "missing-%u", i);
        f[1].path = in(name);
        tg_manifest_notes_add(n, i, &r);
        free((char *)f[1].path);
    }
    struct tg_manifest *m = read_again(n);
    put("missing-7", "");
    put("missing-2999", "");
    tg_manifest_look(m, 3);
    for (uint32_t i = 0; i < MANY_TASKS; i++)
        CHECK((tg_manifest_state(m, i, never, NULL) == TG_MANIFEST_SAME) == (i != 7 && i != 2999));
    tg_manifest_free(m);
    free((char *)f[0].path);
}

/* ---- bytes that are none -------------------------------------------------------------------------- */

static bool reads(const struct tg_buf *b, size_t length)
{
    struct tg_manifest *m = tg_manifest_read(memcpy(tg_alloc(length + 1), b->data, length), length, 10);
    bool good = m;
    tg_manifest_free(m);
    return good;
}

/* The digest of what was damaged on purpose is right again: it stands behind the magic number and four counts. */
static void sign_again(struct tg_buf *b)
{
    size_t head = 8 + 4 * 4, digest = sizeof(struct tg_digest);
    struct tg_digest right = tg_digest_bytes(b->data + head + digest, b->length - head - digest);
    memcpy(b->data + head, &right, digest);
}

TEST(damage)
{
    struct tg_manifest_notes *n = tg_manifest_notes_new(10);
    struct tg_buf b = {0};
    put("a", "1"), put("b", "2");
    note(n, 1, "a", "b", "one");
    tg_manifest_notes_write(n, &b);
    tg_manifest_notes_free(n);
    CHECK(reads(&b, b.length));
    for (size_t i = 0; i < b.length; i++) CHECK(!reads(&b, i));
    for (size_t i = 0; i < b.length; i++) {
        b.data[i] ^= 0x41;
        CHECK(!reads(&b, b.length));
        sign_again(&b);
        reads(&b, b.length); /* as it may: nothing outside is touched */
        b.data[i] ^= 0x41;
        sign_again(&b);
    }
    CHECK(reads(&b, b.length));
    tg_buf_done(&b);
}

TEST(the_end)
{
    CHECK(tg_rmtree(folder));
}
