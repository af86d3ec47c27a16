/* SPDX-License-Identifier: MIT
 * For tests of the record: a folder for each, tasks that follow from a number, and warnings. A program that includes this ends with
 * TEST(the_end) { tests_done(); }. */
#ifndef TG_TEST_LEDGER_CASE_H
#define TG_TEST_LEDGER_CASE_H

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/buf.h"
#include "engine/base/rmtree.h"
#include "engine/store/ledger.h"
#include "tests/unit/check.h"

/* Not every program calls all of these. */
#define UNUSED __attribute__((unused))

/* Where nothing waits for a disk. */
static char place[] = "/dev/shm/tgrun-ledger-XXXXXX";
static char folder[100], database[120];
static struct tg_buf warnings;
static int warning_count;

static void note_warning(void *data, const char *line)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    (void)data;
    pthread_mutex_lock(&lock);
    tg_buf_format(&warnings, "%s\n", line);
    warning_count++;
    pthread_mutex_unlock(&lock);
}

UNUSED static bool warned_of(const char *words)
{
    return strstr(tg_buf_str(&warnings), words) != NULL;
}

/* An empty folder, and no warnings so far. */
UNUSED static void begin(void)
{
    static int number;
    if (!number && !mkdtemp(place)) {
        snprintf(place, sizeof place, "/tmp/tgrun-ledger-XXXXXX");
        CHECK(mkdtemp(place) != NULL);
    }
    snprintf(folder, sizeof folder, "%s/%d/.tgrun", place, ++number);
    snprintf(database, sizeof database, "%s/record.db", folder);
    tg_buf_done(&warnings);
    warning_count = 0;
}

UNUSED static struct tg_ledger *open_as(bool reads_only)
{
    struct tg_ledger_how how = {.folder = folder, .reads_only = reads_only, .warn = note_warning};
    return tg_ledger_open(&how);
}

UNUSED static struct tg_ledger *open_one(void)
{
    return open_as(false);
}

UNUSED static struct tg_digest digest_of(uint64_t number)
{
    return tg_digest_bytes(&number, sizeof number);
}

/* A task with some of everything; all of it follows from the number. Texts live until the next call. */
UNUSED static struct tg_recorded task_of(uint64_t number)
{
    static struct tg_recorded_part parts[2];
    static struct tg_recorded_file inputs[2], results[1];
    static char instance[40], path[40];
    snprintf(instance, sizeof instance, "build(%llu)", (unsigned long long)number);
    snprintf(path, sizeof path, "out/%llu.o", (unsigned long long)number);
    parts[0] = (struct tg_recorded_part){"command", digest_of(number + 1), "cc -c \"a\\b\"\n\t\x01\x1f],[ \xff\xc3\xa9"};
    parts[1] = (struct tg_recorded_part){"env", digest_of(number + 2), NULL};
    struct tg_content source = {TG_CONTENT_FILE, {number, number * 7, 123456789012345678, -5, true}, digest_of(3)};
    inputs[0] = (struct tg_recorded_file){"a.c", TG_RECORDED_FOUND, source};
    inputs[1] = (struct tg_recorded_file){
        "", 0, {.kind = TG_CONTENT_FOLDER, .stamp = {UINT64_MAX, UINT64_MAX, INT64_MIN, INT64_MAX, false}}};
    results[0] = (struct tg_recorded_file){path, TG_RECORDED_TEMPORARY, source};
    return (struct tg_recorded){
        .identity = digest_of(number),
        .key = digest_of(number * 3),
        .workflow = "flow.tg",
        .task = "build",
        .instance = instance,
        .parts = parts,
        .part_count = 2,
        .inputs = inputs,
        .input_count = 2,
        .results = results,
        .result_count = 1,
        .value = "tgv\1\0\7",
        .value_length = 6,
        .ended_ns = 1000 + (int64_t)number,
        .took_ns = 77,
        .used = {5, 6},
        .run = 9,
    };
}

UNUSED static void put(struct tg_ledger *l, uint64_t number)
{
    struct tg_recorded task = task_of(number);
    tg_ledger_put(l, &task);
}

UNUSED static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

UNUSED static bool same_stamp(const struct tg_stamp *a, const struct tg_stamp *b)
{
    return a->size == b->size && a->inode == b->inode && a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns &&
           a->racy == b->racy;
}

UNUSED static bool same_files(const struct tg_recorded_file *a, const struct tg_recorded_file *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!same_text(a[i].path, b[i].path) || a[i].flags != b[i].flags || a[i].content.kind != b[i].content.kind ||
            !same_stamp(&a[i].content.stamp, &b[i].content.stamp) || !tg_digest_equal(a[i].content.digest, b[i].content.digest))
            return false;
    return true;
}

UNUSED static bool same_parts(const struct tg_recorded *a, const struct tg_recorded *b)
{
    for (size_t i = 0; i < a->part_count; i++)
        if (!same_text(a->parts[i].name, b->parts[i].name) || !same_text(a->parts[i].shown, b->parts[i].shown) ||
            !tg_digest_equal(a->parts[i].digest, b->parts[i].digest))
            return false;
    return true;
}

UNUSED static bool same_task(const struct tg_recorded *a, const struct tg_recorded *b)
{
    return tg_digest_equal(a->identity, b->identity) && tg_digest_equal(a->key, b->key) &&
           same_text(a->workflow, b->workflow) && same_text(a->task, b->task) && same_text(a->instance, b->instance) &&
           a->part_count == b->part_count && a->input_count == b->input_count && a->result_count == b->result_count &&
           same_parts(a, b) && same_files(a->inputs, b->inputs, a->input_count) &&
           same_files(a->results, b->results, a->result_count) && a->value_length == b->value_length &&
           !a->value == !b->value && (!a->value || memcmp(a->value, b->value, a->value_length) == 0) &&
           a->ended_ns == b->ended_ns && a->took_ns == b->took_ns && a->used.cpu_ns == b->used.cpu_ns &&
           a->used.peak_bytes == b->used.peak_bytes && a->run == b->run;
}

/* It is found, and as it was put. */
UNUSED static bool has(struct tg_ledger *l, uint64_t number)
{
    struct tg_arena arena = {0};
    struct tg_recorded wanted = task_of(number), found, all;
    bool well = tg_ledger_find(l, digest_of(number), &arena, &found) && tg_digest_equal(found.key, wanted.key);
    well = tg_ledger_find_all(l, digest_of(number), &arena, &all) && same_task(&all, &wanted) && well;
    tg_arena_done(&arena);
    return well;
}

/* How many of the first so many. */
UNUSED static int count_of(struct tg_ledger *l, uint64_t below)
{
    int count = 0;
    for (uint64_t i = 0; i < below; i++) count += has(l, i);
    return count;
}

/* Changes the database behind the record's back, or asks it. */
UNUSED static int64_t ask(const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *s;
    int64_t number = -1;
    CHECK_INT(sqlite3_open(database, &db), SQLITE_OK);
    CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    if (sqlite3_step(s) == SQLITE_ROW) number = sqlite3_column_int64(s, 0);
    CHECK_INT(sqlite3_finalize(s), SQLITE_OK);
    sqlite3_close(db);
    return number;
}

UNUSED static bool is_there(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

UNUSED static void write_file(const char *path, const char *bytes, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    CHECK(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
    close(fd);
}

struct seen_runs {
    uint64_t number[4], ran[4];
    int status[4], count;
};

UNUSED static bool note_run(void *data, const struct tg_ledger_run *run)
{
    struct seen_runs *seen = data;
    seen->number[seen->count] = run->number;
    seen->ran[seen->count] = run->ran;
    seen->status[seen->count++] = run->status;
    return seen->count < 4;
}

/* A record of so many tasks, all in the one file. */
UNUSED static void make_record(uint64_t count)
{
    struct tg_ledger *l = open_one();
    for (uint64_t i = 0; i < count; i++) put(l, i);
    tg_ledger_close(l);
    ask("PRAGMA wal_checkpoint(TRUNCATE)");
}

UNUSED static void tests_done(void)
{
    tg_rmtree(place);
    tg_buf_done(&warnings);
}

#endif
