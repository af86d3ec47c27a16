/* SPDX-License-Identifier: MIT
 * Digests: of bytes at once and in pieces, as text, and of secrets with the key of a record. */
#include "tests/unit/check.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/rmtree.h"
#include "engine/store/digest.h"

#define LONG_BYTES 5000

static const char *shown(struct tg_digest digest)
{
    static char text[40];
    struct tg_buf b = {0};
    tg_digest_print(&b, digest);
    snprintf(text, sizeof text, "%s", tg_buf_str(&b));
    tg_buf_done(&b);
    return text;
}

/* What is recorded by one version must be known to the next: these are those of xxhsum -H2. */
TEST(digests_are_those_of_xxhash)
{
    CHECK_STR(shown(tg_digest_bytes("", 0)), "99aa06d3014798d86001c324468d497f");
    CHECK_STR(shown(tg_digest_bytes("abc\n", 4)), "158bbebef0c159c99914d27c01087efa");
}

TEST(pieces_make_no_difference)
{
    char text[LONG_BYTES];
    for (size_t i = 0; i < sizeof text; i++) text[i] = (char)(i * 7);
    for (size_t piece = 1; piece < sizeof text; piece = piece * 3 + 1) {
        struct tg_digester d;
        tg_digest_begin(&d);
        for (size_t at = 0; at < sizeof text; at += piece)
            tg_digest_add(&d, text + at, at + piece < sizeof text ? piece : sizeof text - at);
        CHECK(tg_digest_equal(tg_digest_end(&d), tg_digest_bytes(text, sizeof text)));
    }
}

static struct tg_digest of_texts(const char *a, const char *b)
{
    struct tg_digester d;
    tg_digest_begin(&d);
    tg_digest_text(&d, a, strlen(a));
    tg_digest_text(&d, b, strlen(b));
    return tg_digest_end(&d);
}

TEST(texts_do_not_run_into_each_other)
{
    CHECK(tg_digest_equal(of_texts("ab", "c"), of_texts("ab", "c")));
    CHECK(!tg_digest_equal(of_texts("ab", "c"), of_texts("a", "bc")));
    CHECK(!tg_digest_equal(of_texts("", "abc"), of_texts("abc", "")));
}

TEST(text_is_read_back)
{
    struct tg_digest digest = {0x0123456789abcdef, 7}, read;
    CHECK_STR(shown(digest), "00000000000000070123456789abcdef");
    CHECK(tg_digest_read(shown(digest), &read) && tg_digest_equal(read, digest));
    CHECK(!tg_digest_read("", &read));
    CHECK(!tg_digest_read("00000000000000070123456789abcde", &read));
    CHECK(!tg_digest_read("00000000000000070123456789abcdefa", &read));
    CHECK(!tg_digest_read("0000000000000007 123456789abcdef", &read));
    CHECK(tg_digest_equal(read, digest));
}

TEST(secrets_depend_on_the_key)
{
    unsigned char one[TG_DIGEST_KEY_BYTES] = {1}, two[TG_DIGEST_KEY_BYTES] = {2};
    CHECK(tg_digest_equal(tg_digest_secret(one, "word", 4), tg_digest_secret(one, "word", 4)));
    CHECK(!tg_digest_equal(tg_digest_secret(one, "word", 4), tg_digest_secret(two, "word", 4)));
    CHECK(!tg_digest_equal(tg_digest_secret(one, "word", 4), tg_digest_secret(one, "ward", 4)));
    CHECK(!tg_digest_equal(tg_digest_secret(one, "word", 4), tg_digest_bytes("word", 4)));
}

#define KEY_THREADS 4

static char folder[] = "/tmp/tgrun-test-XXXXXX";
static unsigned char keys[KEY_THREADS][TG_DIGEST_KEY_BYTES];

static void *get_key(void *key)
{
    struct tg_err err = {0};
    CHECK(tg_digest_key(folder, key, &err));
    tg_err_done(&err);
    return NULL;
}

/* Entries of the folder. */
static int files_of_key(void)
{
    char *command = tg_alloc_format("test \"$(ls -A %s)\" = key", folder);
    int status = system(command);
    free(command);
    return status == 0;
}

TEST(a_key_is_made_once)
{
    pthread_t threads[KEY_THREADS];
    CHECK(mkdtemp(folder) != NULL);
    for (int i = 0; i < KEY_THREADS; i++) CHECK(pthread_create(&threads[i], NULL, get_key, keys[i]) == 0);
    for (int i = 0; i < KEY_THREADS; i++) pthread_join(threads[i], NULL);
    for (int i = 1; i < KEY_THREADS; i++) CHECK(memcmp(keys[0], keys[i], sizeof keys[0]) == 0);
    CHECK(files_of_key());
    struct stat st;
    char *path = tg_alloc_format("%s/key", folder);
    CHECK(stat(path, &st) == 0 && st.st_size == TG_DIGEST_KEY_BYTES && (st.st_mode & 0777) == 0600);
    CHECK(truncate(path, 5) == 0); /* another one takes the place of a broken one */
    get_key(keys[1]);
    CHECK(memcmp(keys[0], keys[1], sizeof keys[0]) != 0);
    free(path);
    CHECK(tg_rmtree(folder));
}

TEST(a_key_that_cannot_be_made)
{
    unsigned char key[TG_DIGEST_KEY_BYTES];
    struct tg_err err = {0};
    CHECK(!tg_digest_key("/nowhere/at/all", key, &err));
    CHECK_STR(err.message, "could not read or make the key '/nowhere/at/all/key': No such file or directory");
    tg_err_done(&err);
}
