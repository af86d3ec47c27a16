/* SPDX-License-Identifier: MIT
 * The record, whoever else uses it, and whatever becomes of its files. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/ledger_case.h"

/* ---- several at once ------------------------------------------------------------------------------ */

#define MANY 300

static void *find_those(void *data)
{
    intptr_t found = 0;
    for (uint64_t i = 0; i < MANY; i++) {
        struct tg_arena arena = {0};
        struct tg_recorded task;
        found += tg_ledger_find(data, digest_of(i), &arena, &task);
        tg_arena_done(&arena);
    }
    return (void *)found;
}

TEST(threads_find_while_others_put)
{
    pthread_t threads[4];
    begin();
    struct tg_ledger *l = open_one();
    for (uint64_t i = 0; i < MANY; i++) put(l, i);
    for (int i = 0; i < 4; i++) CHECK_INT(pthread_create(&threads[i], NULL, find_those, l), 0);
    for (int i = 0; i < 4; i++) {
        void *found;
        pthread_join(threads[i], &found);
        CHECK_INT((intptr_t)found, MANY);
    }
    tg_ledger_close(l);
    CHECK_INT(warning_count, 0);
}

/* Runs it in a process of its own: what that returns, or -1. */
static int in_child(int (*body)(int argument), int argument, bool kills_itself)
{
    int status = 0;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) _exit(body(argument));
    waitpid(pid, &status, 0);
    return kills_itself == (bool)WIFSIGNALED(status) ? WEXITSTATUS(status) : -1;
}

static int put_from(int first)
{
    struct tg_ledger *l = open_one();
    for (int i = 0; l && i < MANY; i++) {
        put(l, (uint64_t)(first + i));
        if (i % 50 == 0 && !tg_ledger_flush(l)) return 2;
    }
    if (!l || !tg_ledger_begin(l, &(struct tg_ledger_run){.workflow = "w"})) return 1;
    tg_ledger_close(l);
    return warning_count;
}

TEST(processes_write_at_once)
{
    pid_t pids[3];
    begin();
    fflush(stdout);
    for (int i = 0; i < 3; i++)
        if ((pids[i] = fork()) == 0) _exit(put_from(i * MANY));
    for (int i = 0; i < 3; i++) {
        int status;
        waitpid(pids[i], &status, 0);
        CHECK(WIFEXITED(status));
        CHECK_INT(WEXITSTATUS(status), 0);
    }
    struct tg_ledger *l = open_one();
    CHECK_INT(count_of(l, 3 * MANY), 3 * MANY);
    CHECK_INT(tg_ledger_begin(l, &(struct tg_ledger_run){.workflow = "w"}), 4);
    tg_ledger_close(l);
    CHECK_INT(warning_count, 0);
}

#define ROUNDS 60
#define MAKERS 6

/* Opens it when nobody has the pipe open for writing any more. */
static int make_when(const int go[2])
{
    char c;
    close(go[1]);
    if (read(go[0], &c, 1) != 0) return -1;
    struct tg_ledger *l = open_one();
    if (!l) return -1;
    tg_ledger_close(l);
    return warning_count;
}

/* None of them takes what another one has half made for damaged, or for somebody else's. */
TEST(processes_make_it_at_once)
{
    fflush(stdout);
    for (int round = 0; round < ROUNDS; round++) {
        pid_t pids[MAKERS];
        int go[2], status;
        begin();
        CHECK_INT(pipe(go), 0);
        for (int i = 0; i < MAKERS; i++)
            if ((pids[i] = fork()) == 0) _exit(make_when(go));
        close(go[0]);
        close(go[1]);
        for (int i = 0; i < MAKERS; i++) {
            waitpid(pids[i], &status, 0);
            CHECK_INT(status, 0);
        }
    }
}

static int die_writing(int flushed)
{
    struct tg_ledger *l = open_one();
    for (int i = 0; i < flushed; i++) put(l, (uint64_t)i);
    if (!tg_ledger_flush(l)) return 1;
    for (int i = 0; i < MANY; i++) put(l, (uint64_t)(flushed + i));
    return kill(getpid(), SIGKILL);
}

TEST(who_is_killed_loses_nothing_that_was_written)
{
    begin();
    for (int i = 1; i <= 5; i++) {
        CHECK_INT(in_child(die_writing, i * 20, true), 0);
        struct tg_ledger *l = open_one();
        CHECK_INT(count_of(l, (uint64_t)i * 20), i * 20);
        tg_ledger_close(l);
    }
    CHECK_INT(warning_count, 0);
}

static struct tg_ledger *inherited;

static int use_inherited(int argument)
{
    put(inherited, 5);
    tg_ledger_note(inherited, &(struct tg_ledger_outcome){.task = "t"});
    int found = has(inherited, 1) + tg_ledger_flush(inherited);
    tg_ledger_close(inherited);
    return found + argument;
}

TEST(a_copy_of_the_process_leaves_the_record_alone)
{
    begin();
    inherited = open_one();
    put(inherited, 1);
    CHECK_INT(in_child(use_inherited, 0, false), 0);
    put(inherited, 2);
    tg_ledger_flush(inherited);
    CHECK_INT(in_child(use_inherited, 0, false), 0);
    CHECK_INT(count_of(inherited, 10), 2);
    tg_ledger_close(inherited);
}

/* ---- what is wrong with the file ------------------------------------------------------------------- */

static char *read_database(size_t *length)
{
    struct stat is;
    int fd = open(database, O_RDONLY);
    CHECK(fd >= 0 && fstat(fd, &is) == 0);
    *length = (size_t)is.st_size;
    char *bytes = tg_alloc(*length);
    CHECK(read(fd, bytes, *length) == is.st_size);
    close(fd);
    return bytes;
}

TEST(what_is_no_database_is_moved_aside)
{
    begin();
    for (int i = 0; i < 3; i++) {
        tg_ledger_close(open_one());
        write_file(database, "this is no database at all, whatever its name may say\n", 54);
        struct tg_ledger *l = open_one();
        put(l, 1);
        CHECK(has(l, 1));
        tg_ledger_close(l);
        CHECK_INT(warning_count, i + 1);
    }
    CHECK(warned_of("record.db' is damaged: it is '"));
    CHECK(is_there("record.db.damaged") && is_there("record.db.damaged-2") && is_there("record.db.damaged-3"));
    CHECK_INT(ask("SELECT count(*) FROM task"), 1);
}

TEST(a_database_of_something_else_is_moved_aside)
{
    begin();
    tg_ledger_close(open_one());
    unlink(database);
    ask("CREATE TABLE theirs (x)");
    struct tg_ledger *l = open_one();
    put(l, 1);
    CHECK(has(l, 1));
    tg_ledger_close(l);
    CHECK_INT(warning_count, 1);
    CHECK(warned_of("is no record of tgrun: it is '"));
    CHECK(is_there("record.db.damaged"));
}

TEST(a_newer_record_is_left_alone)
{
    begin();
    make_record(1);
    ask("PRAGMA user_version = 1000");
    CHECK(open_one() == NULL);
    CHECK_INT(warning_count, 1);
    CHECK(warned_of("is the record of a newer tgrun"));
    CHECK_INT(ask("PRAGMA user_version"), 1000);
    CHECK_INT(ask("SELECT count(*) FROM task"), 1);
}

TEST(a_record_that_becomes_newer_while_it_is_open_is_left_alone)
{
    begin();
    make_record(1);
    struct tg_ledger *l = open_one();
    ask("ALTER TABLE task RENAME COLUMN key TO lock");
    ask("PRAGMA user_version = 1000");
    CHECK(!has(l, 1));
    put(l, 2);
    tg_ledger_close(l);
    CHECK_INT(ask("PRAGMA user_version"), 1000);
    CHECK(!is_there("record.db.damaged"));
    CHECK_INT(warning_count, 1);
}

/* Who made it was killed. */
TEST(a_record_that_is_half_made_is_made)
{
    begin();
    tg_ledger_close(open_one());
    write_file(database, "", 0);
    struct tg_ledger *l = open_one();
    CHECK(l != NULL);
    tg_ledger_close(l);
    unlink(database);
    ask("PRAGMA journal_mode = WAL");
    l = open_one();
    put(l, 1);
    CHECK(has(l, 1));
    tg_ledger_close(l);
    CHECK_INT(warning_count, 0);
}

TEST(a_record_that_is_removed_while_it_is_open_does_no_harm)
{
    begin();
    struct tg_ledger *l = open_one();
    put(l, 1);
    tg_rmtree(folder);
    tg_ledger_flush(l);
    put(l, 2);
    tg_ledger_close(l);
    l = open_one();
    put(l, 3);
    tg_ledger_close(l);
    l = open_one();
    CHECK(has(l, 3));
    tg_ledger_close(l);
}

TEST(damage_that_shows_later_is_set_aside)
{
    size_t length;
    begin();
    make_record(MANY);
    char *bytes = read_database(&length);
    memset(bytes + 4096, 'x', length - 4096);
    write_file(database, bytes, length);
    struct tg_ledger *l = open_one();
    CHECK_INT(count_of(l, MANY), 0);
    for (uint64_t i = 0; i < 10; i++) put(l, i);
    CHECK(tg_ledger_flush(l));
    CHECK_INT(count_of(l, MANY), 10);
    tg_ledger_close(l);
    CHECK_INT(warning_count, 1);
    CHECK(is_there("record.db.damaged"));
    l = open_one();
    CHECK_INT(count_of(l, MANY), 10);
    tg_ledger_close(l);
    free(bytes);
}

/* What is found in a damaged record is as it was put, and the record works afterwards, perhaps as a new one. */
static void check_damaged(const char *bytes, size_t length)
{
    char log[140];
    for (int i = 0; i < 2; i++) {
        snprintf(log, sizeof log, "%s%s", database, i ? "-wal" : "-shm");
        unlink(log);
    }
    write_file(database, bytes, length);
    struct tg_ledger *l = open_one();
    CHECK(l != NULL);
    if (!l) return;
    for (uint64_t i = 0; i < 40; i += 13) has(l, i);
    put(l, 1000);
    struct seen_runs seen = {0};
    tg_ledger_runs(l, NULL, note_run, &seen);
    tg_ledger_close(l);
    unlink(database);
}

TEST(damage_anywhere_ends_nothing)
{
    size_t length;
    begin();
    make_record(40);
    char *bytes = read_database(&length);
    unsigned seed = 7;
    for (int i = 0; i < 100; i++) check_damaged(bytes, (size_t)rand_r(&seed) % length);
    for (int i = 0; i < 200; i++) {
        size_t at = (size_t)rand_r(&seed) % (i % 2 ? length : 4096);
        bytes[at] = (char)(bytes[at] ^ 1 << rand_r(&seed) % 8);
        check_damaged(bytes, length);
        if (i % 4 == 3) free(bytes), tg_rmtree(folder), make_record(40), bytes = read_database(&length);
    }
    free(bytes);
}

/* ---- rows ------------------------------------------------------------------------------------------ */

TEST(a_row_that_is_not_as_it_would_be_written_is_not_there)
{
    static const char *const wrong[] = {
        "parts = ''",
        "parts = '['",
        "parts = '[]]'",
        "parts = ' []'",
        "parts = '[[]]'",
        "parts = 7",
        "parts = x'5b5d'",
        "parts = parts || ' '",
        "parts = replace(parts, '\"env\"', '\"e\\u0041\"')",
        "parts = replace(parts, 'env', 'e\\n')",
        "parts = replace(parts, 'env', 'e\\')",
        "parts = '[[\"a'",
        "parts = '[[\"a\\'",
        "parts = '[[\"a\\u00'",
        "parts = substr(parts, 1, length(parts) - 9)",
        "inputs = replace(inputs, '\"file\"', '\"fifo\"')",
        "inputs = replace(inputs, '18446744073709551615', '18446744073709551616')",
        "inputs = replace(inputs, '-5', '-05')",
        "inputs = replace(inputs, '-5', '5.0')",
        "inputs = replace(inputs, '-9223372036854775808', '-9223372036854775809')",
        "inputs = replace(inputs, '9223372036854775807', '9223372036854775808')",
        "results = upper(results)",
        "results = replace(results, ',', ', ')",
        "results = '[null]'",
        "results = '{}'",
        "identity = upper(identity)",
        "identity = key",
        "key = key || '0'",
        "key = 'x' || substr(key, 2)",
        "value = 'text'",
        "ended = 'never'",
        "took = 1.5",
        "instance = x'00'",
        "seen = 'x'",
        "parts = parts || char(0)",
    };
    begin();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct tg_ledger *l = open_one();
        put(l, 1);
        tg_ledger_flush(l);
        char *sql = tg_alloc_format("UPDATE task SET %s", wrong[i]);
        CHECK(has(l, 1));
        ask(sql);
        if (has(l, 1)) CHECK_STR(sql, "not found");
        free(sql);
        tg_ledger_close(l);
    }
    CHECK_INT(warning_count, 0);
}

/* ---- where nothing can be written ------------------------------------------------------------------ */

/* Root may write anywhere, so it becomes somebody else. How many tasks it finds. */
static int read_as_other(int most)
{
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) return -1;
    struct tg_ledger *l = open_one();
    if (!l) return -2;
    int found = count_of(l, (uint64_t)most);
    put(l, 4);
    bool wrote = tg_ledger_begin(l, &(struct tg_ledger_run){.workflow = "w"}) || tg_ledger_flush(l) || has(l, 4);
    tg_ledger_close(l);
    return wrote || warning_count != 1 || !warned_of("nothing is recorded: '") ? -3 : found;
}

/* With a log that was not written back, and without. */
TEST(a_folder_that_cannot_be_written_is_read)
{
    begin();
    chmod(place, 0755);
    make_record(2);
    struct tg_ledger *l = open_one();
    put(l, 2);
    tg_ledger_close(l);
    chmod(database, 0444);
    chmod(folder, 0555);
    CHECK_INT(in_child(read_as_other, 5, false), 3);
    chmod(folder, 0755);
    chmod(database, 0644);
    ask("PRAGMA wal_checkpoint(TRUNCATE)");
    chmod(database, 0444);
    chmod(folder, 0555);
    CHECK_INT(in_child(read_as_other, 5, false), 3);
    chmod(folder, 0755);
}

/* Files may not become longer than this: the kernel says so as it says that a disk is full. */
static int record_into_little(int limit)
{
    struct rlimit bytes = {(rlim_t)limit, (rlim_t)limit};
    signal(SIGXFSZ, SIG_IGN);
    struct tg_ledger *l = open_one();
    put(l, 0);
    if (!tg_ledger_flush(l)) return 1;
    setrlimit(RLIMIT_FSIZE, &bytes);
    for (uint64_t i = 1; i < 2 * MANY; i++) {
        put(l, i);
        if (i % 20 == 0) tg_ledger_flush(l);
    }
    if (tg_ledger_flush(l) || warning_count != 1 || !warned_of("nothing more is recorded: could not write '")) return 2;
    put(l, 1);
    if (!has(l, 0)) return 3;
    tg_ledger_close(l);
    return warning_count == 1 ? 0 : 4;
}

TEST(what_was_recorded_before_the_disk_was_full_stays)
{
    begin();
    CHECK_INT(in_child(record_into_little, 200000, false), 0);
    struct tg_ledger *l = open_one();
    int found = count_of(l, 2 * MANY);
    CHECK(found > 20 && found < 2 * MANY);
    CHECK(has(l, 0));
    put(l, 2 * MANY);
    CHECK(tg_ledger_flush(l));
    tg_ledger_close(l);
    CHECK_INT(warning_count, 0);
}

TEST(the_end)
{
    tests_done();
}
