/* SPDX-License-Identifier: MIT
 * What is in files and folders: when a file is read again, what a change of any kind does, and what is remembered. */
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/rmtree.h"
#include "engine/store/content.h"

#define DEEP_LEVELS 3000
#define FUTURE_NS INT64_C(2140000000000000001) /* in 2037: file systems may know none later */

static char folder[] = "/tmp/tgrun-test-XXXXXX";

static const char *in(const char *name)
{
    static char path[4][200];
    static int turn;
    char *at = path[turn++ % 4];
    if (!mkdtemp(folder)) CHECK(access(folder, F_OK) == 0);
    snprintf(at, sizeof path[0], "%s/%s", folder, name);
    return at;
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(in(name), "w");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* As it is now; known may be NULL. */
static struct tg_content look(const char *name, const struct tg_content *known)
{
    struct tg_content c;
    struct tg_err err = {0};
    CHECK(tg_contents_look_now(in(name), known, &c, &err));
    if (err.code) printf("# %s\n", err.message);
    tg_err_done(&err);
    return c;
}

/* The same, once it is old enough for its stamp to be trusted. */
static struct tg_content look_later(const char *name)
{
    struct tg_content c;
    do c = look(name, NULL);
    while (c.stamp.racy);
    return c;
}

static struct tg_content seal(const char *name)
{
    struct tg_content c;
    struct tg_err err = {0};
    CHECK(tg_contents_seal(in(name), &c, &err));
    tg_err_done(&err);
    return c;
}

static void set_mtime(const char *name, int64_t ns)
{
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {ns / 1000000000, ns % 1000000000}};
    CHECK(utimensat(AT_FDCWD, in(name), times, 0) == 0);
}

/* What is known of it holds, without reading: the digest given is not its own. */
static bool is_trusted(const char *name, struct tg_content known)
{
    known.digest.low ^= 1;
    struct tg_content c = look(name, &known);
    CHECK(tg_contents_same_now(in(name), &known) == tg_content_equal(&c, &known));
    return tg_content_equal(&c, &known);
}

TEST(a_file_is_read_once)
{
    put("a", "one");
    struct tg_content c = look_later("a");
    CHECK_INT(c.kind, TG_CONTENT_FILE);
    CHECK_INT(c.stamp.size, 3);
    CHECK(tg_digest_equal(c.digest, tg_digest_bytes("one", 3)));
    CHECK(is_trusted("a", c));
}

TEST(a_young_stamp_is_not_trusted)
{
    put("a", "one");
    struct tg_content c = look("a", NULL);
    if (!c.stamp.racy) return; /* the machine was busy: it is old by now */
    CHECK(!is_trusted("a", c));
    CHECK(tg_contents_same_now(in("a"), &c)); /* it was read again */
    put("a", "two");
    CHECK(!tg_contents_same_now(in("a"), &c));
}

TEST(a_young_ctime_is_not_trusted)
{
    put("a", "one");
    set_mtime("a", 1000000001);
    struct tg_content c = look("a", NULL);
    CHECK(!c.stamp.racy || !is_trusted("a", c));
    CHECK(is_trusted("a", look_later("a")));
}

TEST(a_time_from_the_future_is_never_trusted)
{
    put("a", "one");
    look_later("a"); /* the ctime is past, then */
    set_mtime("a", FUTURE_NS);
    struct tg_content c = look("a", NULL);
    CHECK(c.stamp.racy && !is_trusted("a", c));
    set_mtime("a", -5000000000); /* before 1970 is the past */
    CHECK(is_trusted("a", look_later("a")));
}

TEST(what_changes_is_seen)
{
    put("a", "one");
    struct tg_content c = look_later("a"), d;
    put("a", "two");
    set_mtime("a", c.stamp.mtime_ns); /* size, mtime and inode are the same */
    CHECK(!tg_contents_same_now(in("a"), &c));
    d = look("a", &c);
    CHECK(!tg_content_equal(&c, &d) && d.stamp.size == c.stamp.size && d.stamp.mtime_ns == c.stamp.mtime_ns);
    CHECK(truncate(in("a"), 1) == 0);
    d = look("a", &c);
    CHECK(!tg_content_equal(&c, &d) && d.stamp.size == 1);
}

TEST(what_is_touched_has_a_new_stamp)
{
    put("a", "one");
    struct tg_content c = look_later("a"), d;
    set_mtime("a", 1000000001);
    CHECK(!tg_contents_same_now(in("a"), &c));
    d = look("a", &c);
    CHECK(tg_content_equal(&c, &d) && d.stamp.mtime_ns == 1000000001);
    put("b", "one");
    CHECK(rename(in("b"), in("a")) == 0); /* another file of the same content */
    d = look("a", &c);
    CHECK(tg_content_equal(&c, &d) && d.stamp.inode != c.stamp.inode);
}

TEST(other_things_in_its_place)
{
    put("a", "one");
    struct tg_content c = look_later("a"), d;
    CHECK(unlink(in("a")) == 0);
    CHECK(!tg_contents_same_now(in("a"), &c));
    CHECK_INT(look("a", &c).kind, TG_CONTENT_NONE);
    CHECK_INT(look("a/b", &c).kind, TG_CONTENT_NONE);
    CHECK(symlink("nowhere", in("a")) == 0);
    CHECK_INT(look("a", &c).kind, TG_CONTENT_NONE);
    put("b", "one");
    CHECK(unlink(in("a")) == 0 && symlink("b", in("a")) == 0);
    d = look("a", &c);
    CHECK(tg_content_equal(&c, &d)); /* a link is followed */
    CHECK(unlink(in("a")) == 0 && symlink("a", in("a")) == 0);
    CHECK_INT(look("a", &c).kind, TG_CONTENT_NONE);
    CHECK(unlink(in("a")) == 0 && mkdir(in("a"), 0755) == 0);
    CHECK_INT(look("a", &c).kind, TG_CONTENT_FOLDER);
    CHECK(!tg_contents_same_now(in("a"), &c));
    CHECK(rmdir(in("a")) == 0 && mkfifo(in("a"), 0600) == 0);
    CHECK_INT(look("a", &c).kind, TG_CONTENT_OTHER);
    d = look("a", NULL);
    CHECK(tg_contents_same_now(in("a"), &d));
    CHECK(unlink(in("a")) == 0);
    d = look("a", NULL);
    CHECK(tg_contents_same_now(in("a"), &d));
}

TEST(all_sizes_are_read)
{
    static const size_t sizes[] = {0, 1, 16383, 16384, 16385, 262144, 600001};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *bytes = tg_alloc_zero(sizes[i] + 1);
        for (size_t at = 0; at < sizes[i]; at++) bytes[at] = (char)(1 + at * 31 % 255);
        put("a", bytes);
        CHECK(tg_digest_equal(look("a", NULL).digest, tg_digest_bytes(bytes, sizes[i])));
        free(bytes);
    }
    struct tg_content c;
    CHECK(tg_contents_look_now("/proc/self/cmdline", NULL, &c, NULL)); /* its size is said to be 0 */
    CHECK(!tg_digest_equal(c.digest, tg_digest_bytes("", 0)));
}

TEST(what_cannot_be_read)
{
    struct tg_content c;
    struct tg_err err = {0};
    char *path = tg_alloc_zero(5001);
    memset(path, 'a', 5000);
    CHECK(!tg_contents_look_now(path, NULL, &c, &err));
    CHECK(err.code == TG_EXIT_CANNOT && strstr(err.message, "File name too long"));
    tg_err_done(&err);
    free(path);
    if (geteuid() == 0) return; /* who may read all */
    put("a", "one");
    CHECK(chmod(in("a"), 0) == 0);
    CHECK(!tg_contents_look_now(in("a"), NULL, &c, &err));
    CHECK(strstr(err.message, "could not read '/tmp/") && strstr(err.message, "Permission denied"));
    tg_err_done(&err);
    CHECK(unlink(in("a")) == 0);
}

/* ---- results ------------------------------------------------------------------------------------- */

TEST(a_sealed_file_is_trusted_at_once)
{
    put("a", "one");
    struct tg_content c = seal("a");
    CHECK(!c.stamp.racy && tg_digest_equal(c.digest, tg_digest_bytes("one", 3)));
    CHECK(rename(in("a"), in("b")) == 0);
    CHECK(tg_contents_sealed(in("b"), &c) && !c.stamp.racy);
    CHECK(is_trusted("b", c));
    put("b", "two"); /* however soon that is */
    CHECK(!is_trusted("b", c));
}

TEST(a_change_after_sealing_is_seen)
{
    put("a", "one");
    struct tg_content c = seal("a");
    put("a", "two");
    CHECK(!tg_contents_sealed(in("a"), &c) && c.stamp.racy);
    CHECK(!is_trusted("a", c));
    c = seal("a");
    CHECK(unlink(in("a")) == 0);
    CHECK(!tg_contents_sealed(in("a"), &c) && c.stamp.racy);
}

TEST(times_that_somebody_set_are_kept)
{
    put("a", "one");
    set_mtime("a", 1000000001);
    struct tg_content c = seal("a");
    CHECK(!c.stamp.racy && c.stamp.mtime_ns == 1000000001);
    set_mtime("a", FUTURE_NS);
    c = seal("a");
    CHECK(c.stamp.racy && c.stamp.mtime_ns == FUTURE_NS);
    CHECK(tg_contents_sealed(in("a"), &c) && c.stamp.racy);
}

TEST(files_of_others_are_left_alone)
{
    struct stat before, after;
    put("a", "one");
    CHECK(unlink(in("b")) == 0 || errno == ENOENT);
    CHECK(symlink("a", in("b")) == 0 && stat(in("a"), &before) == 0);
    CHECK(seal("b").stamp.size == 3 && stat(in("a"), &after) == 0);
    CHECK(memcmp(&before.st_mtim, &after.st_mtim, sizeof before.st_mtim) == 0);
    CHECK(unlink(in("b")) == 0 && link(in("a"), in("b")) == 0);
    CHECK(seal("b").stamp.size == 3 && stat(in("a"), &after) == 0);
    CHECK(memcmp(&before.st_mtim, &after.st_mtim, sizeof before.st_mtim) == 0);
    CHECK(unlink(in("b")) == 0);
}

/* ---- folders ------------------------------------------------------------------------------------- */

/* The digest has changed since the last call. */
static bool is_new(struct tg_content *last)
{
    struct tg_content c = look("f", NULL);
    bool same = tg_contents_same_now(in("f"), last), equal = tg_content_equal(&c, last);
    CHECK(same == equal && c.kind == TG_CONTENT_FOLDER);
    *last = c;
    return !equal;
}

TEST(what_is_listed_in_a_folder)
{
    struct tg_content c = {0};
    CHECK(mkdir(in("f"), 0755) == 0 && is_new(&c) && !is_new(&c));
    put("f/a", "one");
    CHECK(is_new(&c));
    put("f/a", "two"); /* what is in its files is another matter */
    CHECK(!is_new(&c));
    CHECK(rename(in("f/a"), in("f/b")) == 0 && is_new(&c));
    CHECK(mkdir(in("f/d"), 0755) == 0 && is_new(&c));
    CHECK(rename(in("f/b"), in("f/d/b")) == 0 && is_new(&c));
    CHECK(symlink("..", in("f/d/up")) == 0 && is_new(&c)); /* a cycle, if it were followed */
    CHECK(unlink(in("f/d/up")) == 0 && symlink(".", in("f/d/up")) == 0 && is_new(&c));
    CHECK(unlink(in("f/d/up")) == 0 && mkdir(in("f/d/up"), 0755) == 0 && is_new(&c));
    CHECK(mkdir(in("f/.tgrun"), 0755) == 0 && !is_new(&c)); /* changes all the time */
    put("f/.tgrun/a", "");
    CHECK(!is_new(&c));
    struct tg_content sealed = seal("f");
    CHECK(tg_content_equal(&sealed, &c) && tg_contents_sealed(in("f"), &sealed));
    CHECK(symlink("f", in("g")) == 0);
    sealed = look("g", NULL);
    CHECK(tg_content_equal(&sealed, &c)); /* a link to a folder is one */
}

static void add_name(void *data, const char *path)
{
    tg_buf_format(data, "%s ", path + strlen(folder) + 1);
}

static const char *tree_of(const char *name)
{
    static char text[200];
    struct tg_buf b = {0};
    struct tg_err err = {0};
    CHECK(tg_contents_tree(in(name), add_name, &b, &err));
    snprintf(text, sizeof text, "%s", tg_buf_str(&b));
    tg_buf_done(&b);
    tg_err_done(&err);
    return text;
}

TEST(files_of_a_folder_in_order)
{
    CHECK_STR(tree_of("f"), "f/d/b ");
    put("f/c", ""), put("f/d/a", ""), put("f/e", ""), put("f/d.x", "");
    CHECK(symlink("e", in("f/z")) == 0 && mkfifo(in("f/y"), 0600) == 0);
    CHECK_STR(tree_of("f"), "f/c f/d/a f/d/b f/d.x f/e f/z ");
    CHECK_STR(tree_of("g"), "g/c g/d/a g/d/b g/d.x g/e g/z ");
    CHECK(symlink("loop", in("f/loop")) == 0 && symlink("nowhere", in("f/none")) == 0 && symlink("d", in("f/folder")) == 0);
    CHECK_STR(tree_of("f"), "f/c f/d/a f/d/b f/d.x f/e f/z ");
    struct tg_err err = {0};
    CHECK(!tg_contents_tree(in("nowhere"), add_name, NULL, &err) && err.code);
    tg_err_done(&err);
}

/* What the kernel does not name by one path is an error, and no more than that. */
TEST(a_folder_of_any_depth)
{
    int at = open(in("."), O_PATH | O_CLOEXEC), to;
    for (int i = 0; i < DEEP_LEVELS; i++) {
        CHECK(mkdirat(at, "deep", 0755) == 0 || check_failed);
        to = openat(at, "deep", O_PATH | O_CLOEXEC);
        close(at);
        at = to;
    }
    close(at);
    struct tg_content c;
    struct tg_err err = {0};
    CHECK(!tg_contents_look_now(in("deep"), NULL, &c, &err));
    CHECK(err.message && strstr(err.message, "File name too long"));
    tg_err_done(&err);
    CHECK(tg_rmtree(in("deep")));
}

/* ---- what is remembered -------------------------------------------------------------------------- */

static struct tg_digest remembered(struct tg_contents *c, const char *name)
{
    struct tg_content content;
    CHECK(tg_contents_look(c, in(name), NULL, &content, NULL));
    return content.digest;
}

TEST(a_path_is_looked_at_once)
{
    struct tg_contents *c = tg_contents_new();
    put("a", "one");
    struct tg_digest one = remembered(c, "a");
    put("a", "two");
    CHECK(tg_digest_equal(remembered(c, "a"), one));
    tg_contents_forget(c, in("a"));
    CHECK(tg_digest_equal(remembered(c, "a"), tg_digest_bytes("two", 3)));
    tg_contents_forget(c, in("nowhere"));
    tg_contents_free(c);
    tg_contents_free(NULL);
}

TEST(a_folder_is_forgotten_with_all_in_it)
{
    struct tg_contents *c = tg_contents_new();
    struct tg_digest listed = remembered(c, "f");
    remembered(c, "f/d/a");
    put("f/d/a", "two");
    tg_contents_forget(c, in("f"));
    CHECK(tg_digest_equal(remembered(c, "f/d/a"), tg_digest_bytes("two", 3)));
    CHECK(tg_digest_equal(remembered(c, "f"), listed));
    put("f/d/new", "");
    CHECK(tg_digest_equal(remembered(c, "f"), listed));
    tg_contents_forget(c, in("f/d/new")); /* and the folders with what is in them */
    CHECK(!tg_digest_equal(remembered(c, "f"), listed));
    tg_contents_free(c);
}

#define THREADS 4
#define FILES 50

static struct tg_contents *shared;

static void *look_at_all(void *data)
{
    char name[32];
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < FILES; i++) {
            snprintf(name, sizeof name, "%d", i);
            struct tg_content content;
            if (!tg_contents_look(shared, data, NULL, &content, NULL)) abort();
            char *path = tg_alloc_format("%s/%s", folder, name);
            if (!tg_contents_look(shared, path, NULL, &content, NULL) || content.stamp.size != strlen(name)) abort();
            if ((i + round) % 7 == 0) tg_contents_forget(shared, path);
            free(path);
        }
    }
    return NULL;
}

TEST(threads_share_what_is_remembered)
{
    pthread_t threads[THREADS];
    char name[32];
    for (int i = 0; i < FILES; i++) snprintf(name, sizeof name, "%d", i), put(name, name);
    shared = tg_contents_new();
    for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, look_at_all, (void *)folder) == 0);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    tg_contents_free(shared);
}

TEST(the_end)
{
    CHECK(tg_rmtree(folder));
}
