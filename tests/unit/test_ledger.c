/* SPDX-License-Identifier: MIT
 * The record on disk: what is put is found, as it was. */
#include "tests/unit/ledger_case.h"

/* ---- tasks --------------------------------------------------------------------------------------- */

TEST(what_is_put_is_found_at_once_and_by_the_next_one)
{
    begin();
    struct tg_ledger *l = open_one();
    CHECK(l != NULL);
    CHECK(!has(l, 1));
    put(l, 1);
    CHECK(has(l, 1));
    CHECK(tg_ledger_flush(l));
    CHECK(has(l, 1));
    CHECK_INT(ask("SELECT count(*) FROM task"), 1);
    put(l, 2);
    tg_ledger_close(l);
    l = open_one();
    CHECK_INT(count_of(l, 10), 2);
    tg_ledger_close(l);
    CHECK_INT(warning_count, 0);
}

TEST(a_task_takes_the_place_of_what_was_recorded_of_it)
{
    begin();
    struct tg_ledger *l = open_one();
    struct tg_recorded task = task_of(1), found;
    struct tg_arena arena = {0};
    for (int i = 0; i < 2; i++) {
        put(l, 1);
        if (i) tg_ledger_flush(l);
        task.took_ns = 78;
        tg_ledger_put(l, &task);
        CHECK(tg_ledger_find_all(l, task.identity, &arena, &found) && found.took_ns == 78);
        tg_ledger_flush(l);
        CHECK(tg_ledger_find_all(l, task.identity, &arena, &found) && found.took_ns == 78);
    }
    CHECK_INT(ask("SELECT count(*) FROM task"), 1);
    tg_ledger_forget(l, task.identity);
    CHECK(!has(l, 1));
    put(l, 1);
    tg_ledger_forget(l, task.identity);
    tg_ledger_flush(l);
    CHECK(!has(l, 1));
    tg_arena_done(&arena);
    tg_ledger_close(l);
}

TEST(a_task_may_have_nothing_but_its_key)
{
    begin();
    struct tg_ledger *l = open_one();
    struct tg_recorded task = {.identity = digest_of(1), .key = digest_of(2)}, found;
    struct tg_recorded other = {.identity = digest_of(2), .value = "", .workflow = "", .task = "", .instance = ""};
    struct tg_arena arena = {0};
    tg_ledger_put(l, &task);
    tg_ledger_put(l, &other);
    tg_ledger_flush(l);
    CHECK(tg_ledger_find_all(l, task.identity, &arena, &found) && same_task(&found, &task));
    CHECK(tg_ledger_find_all(l, other.identity, &arena, &found) && same_task(&found, &other));
    tg_arena_done(&arena);
    tg_ledger_close(l);
}

struct seen_tasks {
    int64_t ended[4];
    int count, most;
};

static bool note_task(void *data, const struct tg_recorded *task)
{
    struct seen_tasks *seen = data;
    seen->ended[seen->count++] = task->ended_ns;
    return seen->count < seen->most;
}

TEST(tasks_are_listed_by_workflow_the_last_first)
{
    begin();
    struct tg_ledger *l = open_one();
    struct seen_tasks all = {.most = 4}, one = {.most = 1}, none = {.most = 4};
    for (uint64_t i = 0; i < 3; i++) put(l, (i + 1) % 3);
    tg_ledger_each(l, NULL, note_task, &all);
    CHECK_INT(all.count, 3);
    CHECK(all.ended[0] == 1002 && all.ended[1] == 1001 && all.ended[2] == 1000);
    tg_ledger_each(l, "flow.tg", note_task, &one);
    CHECK_INT(one.count, 1);
    tg_ledger_each(l, "other.tg", note_task, &none);
    CHECK_INT(none.count, 0);
    CHECK(tg_ledger_has(l, "flow.tg") && !tg_ledger_has(l, "other.tg"));
    tg_ledger_close(l);
}

TEST(the_folder_is_made_and_ignores_itself)
{
    char path[200], text[8] = "";
    begin();
    struct tg_ledger *l = open_one();
    tg_ledger_close(l);
    CHECK(is_there("record.db"));
    snprintf(path, sizeof path, "%s/.gitignore", folder);
    int fd = open(path, O_RDONLY);
    CHECK(fd >= 0 && read(fd, text, sizeof text - 1) == 2);
    CHECK_STR(text, "*\n");
    close(fd);
    write_file(path, "!*\n", 3); /* the user's stays */
    tg_ledger_close(open_one());
    fd = open(path, O_RDONLY);
    CHECK(read(fd, text, sizeof text - 1) == 3);
    close(fd);
}

TEST(who_only_reads_makes_nothing)
{
    begin();
    CHECK(open_as(true) == NULL);
    CHECK(access(folder, F_OK) != 0);
    CHECK_INT(warning_count, 0);
    struct tg_ledger *l = open_one();
    put(l, 1);
    tg_ledger_close(l);
    l = open_as(true);
    CHECK(has(l, 1));
    put(l, 2);
    CHECK_INT(tg_ledger_begin(l, &(struct tg_ledger_run){.workflow = "w"}), 0);
    tg_ledger_close(l);
    CHECK_INT(ask("SELECT count(*) FROM task"), 1);
    tg_ledger_close(NULL);
}

TEST(people_can_query_it)
{
    begin();
    make_record(3);
    CHECK_INT(ask("SELECT count(*) FROM file WHERE role = 'input' AND kind = 'file' AND path = 'a.c'"), 3);
    CHECK_INT(ask("SELECT size FROM file WHERE instance = 'build(2)' AND path = 'a.c'"), 2);
    CHECK_INT(ask("SELECT count(*) FROM file WHERE role = 'result' AND path = 'out/1.o'"), 1);
    CHECK_INT(ask("SELECT count(*) FROM part WHERE name = 'env' AND shown IS NULL"), 3);
}

/* ---- runs ---------------------------------------------------------------------------------------- */

TEST(runs_are_counted_and_end)
{
    begin();
    struct tg_ledger *l = open_one();
    struct seen_runs seen = {0}, of = {0};
    struct tg_ledger_run run = {.workflow = "a.tg", .line = "tgrun a.tg", .began_ns = 5, .pid = 7};
    run.number = tg_ledger_begin(l, &run);
    CHECK_INT(run.number, 1);
    CHECK_INT(tg_ledger_begin(l, &(struct tg_ledger_run){.workflow = "b.tg", .line = "tgrun b.tg"}), 2);
    run.ran = 4;
    run.status = 1;
    run.ended_ns = 9;
    tg_ledger_end(l, &run);
    tg_ledger_runs(l, NULL, note_run, &seen);
    CHECK_INT(seen.count, 2);
    CHECK(seen.number[0] == 2 && seen.status[0] == -1 && seen.number[1] == 1 && seen.status[1] == 1 && seen.ran[1] == 4);
    tg_ledger_runs(l, "b.tg", note_run, &of);
    CHECK_INT(of.count, 1);
    tg_ledger_close(l);
}

static bool join_outcome(void *data, const struct tg_ledger_outcome *o)
{
    tg_buf_format(data, "%d %s %s %d %s %d %d;", (int)o->run, o->task, o->instance, (int)o->fate, o->why ? o->why : "-",
                  (int)o->ended_ns, (int)o->took_ns);
    return true;
}

static void check_outcomes(struct tg_ledger *l, uint64_t run, const struct tg_digest *identity, const char *wanted)
{
    struct tg_buf b = {0};
    tg_ledger_outcomes(l, run, identity, join_outcome, &b);
    CHECK_STR(tg_buf_str(&b), wanted);
    tg_buf_done(&b);
}

TEST(outcomes_are_found_by_run_and_by_task)
{
    begin();
    struct tg_ledger *l = open_one();
    struct tg_digest first = digest_of(1), second = digest_of(2);
    tg_ledger_note(l, &(struct tg_ledger_outcome){1, first, "t", "t(1)", TG_LEDGER_RAN, "new", 1, 2});
    tg_ledger_note(l, &(struct tg_ledger_outcome){1, second, "t", "t(2)", TG_LEDGER_FAILED, "exit 1", 3, 4});
    tg_ledger_note(l, &(struct tg_ledger_outcome){2, first, "t", "t(1)", TG_LEDGER_SKIPPED, NULL, 5, 6});
    check_outcomes(l, 0, NULL, "2 t t(1) 2 - 5 6;1 t t(2) 1 exit 1 3 4;1 t t(1) 0 new 1 2;");
    check_outcomes(l, 1, NULL, "1 t t(2) 1 exit 1 3 4;1 t t(1) 0 new 1 2;");
    check_outcomes(l, 0, &first, "2 t t(1) 2 - 5 6;1 t t(1) 0 new 1 2;");
    check_outcomes(l, 2, &second, "");
    tg_ledger_close(l);
}

/* The 64th run looks for what is too old. */
TEST(what_is_too_old_goes)
{
    begin();
    struct tg_ledger *l = open_one();
    struct tg_ledger_run run = {.workflow = "a.tg"};
    put(l, 1);
    put(l, 2);
    tg_ledger_check(l, digest_of(1), digest_of(2), "x", 1);
    CHECK_INT(tg_ledger_begin(l, &run), 1);
    tg_ledger_note(l, &(struct tg_ledger_outcome){.run = 1, .task = "t", .instance = "t"});
    tg_ledger_close(l);
    ask("UPDATE sqlite_sequence SET seq = 63");
    ask("UPDATE task SET seen = seen - 400 WHERE instance = 'build(1)'");
    ask("UPDATE task SET seen = seen - 40 WHERE instance = 'build(2)'");
    ask("UPDATE checkpoint SET made = 0");
    l = open_one();
    CHECK(has(l, 2)); /* is asked for */
    CHECK_INT(tg_ledger_begin(l, &run), 64);
    tg_ledger_close(l);
    CHECK_INT(ask("SELECT count(*) FROM task"), 1);
    CHECK_INT(ask("SELECT max(seen) > 18000 AND max(seen) = strftime('%s') / 86400 FROM task"), 1);
    CHECK_INT(ask("SELECT count(*) FROM outcome"), 0);
    CHECK_INT(ask("SELECT count(*) FROM checkpoint"), 0);
    CHECK_INT(ask("SELECT count(*) FROM run"), 0); /* began in 1970 */
    CHECK_INT(warning_count, 0);
}

/* ---- checkpoints --------------------------------------------------------------------------------- */

static bool join_checked(void *data, struct tg_digest key, const void *bytes, size_t length)
{
    uint64_t number = 0;
    while (number < 10 && !tg_digest_equal(key, digest_of(number))) number++;
    tg_buf_format(data, "%d:%zu%c;", (int)number, length, length ? *(const char *)bytes : '-');
    return true;
}

static void check_checked(struct tg_ledger *l, uint64_t work, const char *wanted)
{
    struct tg_buf b = {0};
    tg_ledger_checked(l, digest_of(work), join_checked, &b);
    CHECK_STR(tg_buf_str(&b), wanted);
    tg_buf_done(&b);
}

#define LARGE 100000

static void spoil_one_file(void)
{
    char command[300];
    snprintf(command, sizeof command, "f=$(ls %s/checkpoint/*/* | head -n 1) && truncate -s 5000 $f && truncate -s %d $f",
             folder, LARGE);
    CHECK_INT(system(command), 0);
}

TEST(checkpoints_come_back_in_order_until_the_work_is_done)
{
    char *large = tg_alloc_zero(LARGE);
    begin();
    struct tg_ledger *l = open_one();
    memset(large, 'l', LARGE);
    tg_ledger_check(l, digest_of(100), digest_of(1), large, LARGE);
    tg_ledger_check(l, digest_of(100), digest_of(1), "small", 5);
    tg_ledger_check(l, digest_of(100), digest_of(2), "", 0);
    tg_ledger_check(l, digest_of(101), digest_of(3), large, LARGE);
    check_checked(l, 100, "1:100000l;1:5s;2:0-;");
    tg_ledger_close(l);
    l = open_one();
    check_checked(l, 100, "1:100000l;1:5s;2:0-;");
    tg_ledger_uncheck(l, digest_of(100));
    check_checked(l, 100, "");
    check_checked(l, 101, "3:100000l;");
    spoil_one_file();
    check_checked(l, 101, "");
    tg_ledger_uncheck(l, digest_of(101));
    tg_ledger_close(l);
    CHECK_INT(ask("SELECT count(*) FROM checkpoint"), 0);
    free(large);
}

TEST(the_end)
{
    tests_done();
}
