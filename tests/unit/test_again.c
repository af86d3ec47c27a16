/* SPDX-License-Identifier: MIT
 * Whether a task runs again, its missing results, temporary files and checkpoints, apart from any run. */
#include <sys/stat.h>

#include "engine/store/again.h"
#include "engine/value/list.h"
#include "engine/value/str.h"
#include "tests/unit/ledger_case.h"

static struct tg_ledger *ledger;
static struct tg_again *again;
static bool lacks;
static int recipes;

static void open_case(void)
{
    begin();
    ledger = open_one();
    struct tg_again_how how = {.ledger = ledger, .workflow = "w.tg", .run = 1};
    again = tg_again_new(&how);
    CHECK(chdir(place) == 0);
}

/* The next run. */
static void open_next(void)
{
    tg_again_free(again);
    tg_ledger_close(ledger);
    ledger = open_one();
    struct tg_again_how how = {.ledger = ledger, .workflow = "w.tg", .run = 2};
    again = tg_again_new(&how);
}

static void close_case(void)
{
    tg_again_free(again);
    tg_ledger_close(ledger);
    CHECK(recipes == 0);
}

static void put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    fputs(text, f);
    fclose(f);
}

static bool may_lack(void *data)
{
    (void)data;
    return lacks;
}

static void free_recipe(struct tg_again_recipe *recipe)
{
    recipes--;
    free(recipe);
}

static struct tg_again_recipe *make_recipe(void *data)
{
    (void)data;
    struct tg_again_recipe *r = tg_alloc_zero(sizeof *r);
    r->free = free_recipe;
    recipes++;
    return r;
}

/* A task that copies a file, with a parameter. */
static enum tg_again_answer ask_copy(struct tg_again_task *t, const char *from, const char *to, const char *n)
{
    struct tg_err err = {0};
    tg_again_begin(t, again, "copy", "copy(x)");
    tg_again_part(t, "n", n, strlen(n), n);
    tg_again_input(t, from);
    tg_again_result(t, to);
    enum tg_again_answer answer = tg_again_ask(t, may_lack, NULL, make_recipe, &err);
    CHECK(!err.code);
    return answer;
}

static void run(struct tg_again_task *t, const char *to, const char *text)
{
    struct tg_err err = {0};
    const char *changed;
    put_file(to, text);
    tg_again_made(t, to, false);
    CHECK(tg_again_keep(t, "v", 1, 5, &changed, &err) && !changed);
}

/* What is said then. */
static const char *why(const char *from, const char *to, const char *n)
{
    static char said[500];
    struct tg_again_task t;
    enum tg_again_answer answer = ask_copy(&t, from, to, n);
    snprintf(said, sizeof said, "%s",
             answer == TG_AGAIN_FRESH   ? "fresh"
             : answer == TG_AGAIN_LACKS ? "lacks"
                                        : tg_buf_str(&t.why));
    tg_again_end(&t);
    return said;
}

static void make_it(const char *from, const char *to, const char *n, const char *text)
{
    struct tg_again_task t;
    CHECK(ask_copy(&t, from, to, n) == TG_AGAIN_RUNS);
    run(&t, to, text);
    tg_again_end(&t);
}

TEST(what_has_changed_is_said)
{
    open_case();
    put_file("a", "1");
    CHECK_STR(why("a", "b", "5"), "it has not run before");
    make_it("a", "b", "5", "1");
    CHECK_STR(why("a", "b", "5"), "fresh");
    CHECK_STR(why("a", "b", "6"), "n is 6, was 5");
    open_next();
    put_file("a", "2");
    CHECK_STR(why("a", "b", "5"), "a has changed");
    CHECK_STR(why("a", "b", "6"), "n is 6, was 5\na has changed");
    open_next();
    put_file("a", "1"); /* as it was */
    CHECK_STR(why("a", "b", "5"), "fresh");
    put_file("b", "edited");
    open_next();
    CHECK_STR(why("a", "b", "5"), "the result b was changed");
    unlink("b");
    open_next();
    CHECK_STR(why("a", "b", "5"), "the result b is missing");
    unlink("a");
    open_next();
    CHECK_STR(why("a", "b", "5"), "a is missing");
    CHECK_STR(why("c", "b", "5"), "c is a new input\na is no input any more");
    close_case();
}

TEST(a_missing_result_is_made_for_who_runs)
{
    struct tg_again_task user, maker;
    open_case();
    put_file("a", "1");
    make_it("a", "b", "", "1");
    make_it("b", "c", "", "1");
    unlink("b");
    open_next();
    lacks = true;
    CHECK_STR(why("a", "b", ""), "fresh");
    CHECK_STR(why("b", "c", ""), "fresh"); /* it is as it was, though nobody can read it */
    CHECK(ask_copy(&user, "b", "c", "other") == TG_AGAIN_LACKS);
    CHECK(user.lacking.count == 1);
    tg_again_end(&user);
    CHECK(ask_copy(&maker, "a", "b", "") == TG_AGAIN_RUNS);
    CHECK(maker.makes != NULL);
    run(&maker, "b", "1");
    tg_again_end(&maker);
    CHECK_STR(why("a", "b", ""), "fresh"); /* who wanted it as well finds it */
    CHECK(ask_copy(&user, "b", "c", "other") == TG_AGAIN_RUNS);
    tg_again_end(&user);
    lacks = false;
    close_case();
}

TEST(what_changes_meanwhile_is_not_recorded)
{
    struct tg_again_task t;
    struct tg_err err = {0};
    const char *changed;
    open_case();
    put_file("a", "1");
    CHECK(ask_copy(&t, "a", "b", "") == TG_AGAIN_RUNS);
    put_file("a", "22");
    put_file("b", "1");
    tg_again_made(&t, "b", false);
    CHECK(tg_again_keep(&t, "v", 1, 5, &changed, &err) && changed);
    tg_again_end(&t);
    open_next();
    CHECK_STR(why("a", "b", ""), "it has not run before");
    close_case();
}

#define MANY 40

/* A task that gets the files from `first` on, and is told of those that it makes, too. */
static enum tg_again_answer ask_many(struct tg_again_task *t, int first)
{
    struct tg_err err = {0};
    char path[20];
    tg_again_begin(t, again, "many", "many");
    for (int i = 0; i < MANY; i++) {
        snprintf(path, sizeof path, "in%d", first + i);
        tg_again_input(t, path);
        tg_again_input(t, path);
        snprintf(path, sizeof path, "out%d", i);
        tg_again_input(t, path);
    }
    for (int i = 0; i < MANY; i++) {
        snprintf(path, sizeof path, "out%d", i);
        tg_again_result(t, tg_arena_copy(&t->arena, path, strlen(path)));
    }
    enum tg_again_answer answer = tg_again_ask(t, may_lack, NULL, make_recipe, &err);
    CHECK(!err.code);
    return answer;
}

TEST(many_files_are_known_by_their_paths)
{
    struct tg_again_task t;
    struct tg_err err = {0};
    const char *changed;
    char path[20];
    open_case();
    for (int i = 0; i <= MANY; i++) snprintf(path, sizeof path, "in%d", i), put_file(path, "1");
    CHECK(ask_many(&t, 0) == TG_AGAIN_RUNS);
    CHECK_INT(t.inputs.count, MANY);
    for (int i = 0; i < MANY; i++) {
        snprintf(path, sizeof path, "out%d", i);
        put_file(path, "1");
        tg_again_made(&t, path, false);
        tg_again_found(&t, i % 2 ? "in1" : "found");
    }
    CHECK(tg_again_keep(&t, "v", 1, 5, &changed, &err) && !changed);
    CHECK_INT(t.inputs.count, MANY + 1);
    tg_again_end(&t);
    open_next();
    CHECK(ask_many(&t, 0) == TG_AGAIN_FRESH);
    CHECK_INT(t.inputs.count, MANY + 1);
    tg_again_end(&t);
    CHECK(ask_many(&t, 1) == TG_AGAIN_RUNS);
    CHECK_STR(tg_buf_str(&t.why), "in40 is a new input\nin0 is no input any more");
    CHECK(!tg_again_was_file(&t, "out7")); /* the command is not told of */
    tg_again_end(&t);
    close_case();
}

TEST(what_lies_in_a_folder_is_looked_for_anew)
{
    struct tg_again_task t;
    struct tg_err err = {0};
    open_case();
    CHECK(mkdir("d", 0777) == 0);
    put_file("d/x", "1");
    put_file("d/y", "1");
    CHECK(ask_copy(&t, "d", "b", "") == TG_AGAIN_RUNS);
    CHECK_INT(t.inputs.count, 3);
    unlink("d/y");
    tg_again_restart(&t);
    CHECK(tg_again_ask(&t, may_lack, NULL, make_recipe, &err) == TG_AGAIN_RUNS);
    CHECK_INT(t.inputs.count, 2);
    tg_again_end(&t);
    close_case();
}

/* Another run has made it meanwhile. */
TEST(what_was_up_to_date_is_counted_once)
{
    struct tg_again_task user, maker;
    struct tg_err err = {0};
    open_case();
    put_file("a", "1");
    make_it("a", "b", "", "1");
    make_it("b", "c", "", "1");
    unlink("b");
    open_next();
    lacks = true;
    CHECK_STR(why("a", "b", ""), "fresh");
    CHECK_INT(tg_again_fresh(again), 1);
    CHECK(ask_copy(&user, "b", "c", "other") == TG_AGAIN_LACKS);
    tg_again_end(&user);
    CHECK(ask_copy(&maker, "a", "b", "") == TG_AGAIN_RUNS);
    put_file("b", "1");
    tg_again_restart(&maker);
    CHECK(tg_again_ask(&maker, may_lack, NULL, make_recipe, &err) == TG_AGAIN_FRESH);
    CHECK_INT(tg_again_fresh(again), 1);
    tg_again_end(&maker);
    lacks = false;
    close_case();
}

static int gone;

static void count_gone(void *data, const char *path)
{
    (void)data, (void)path;
    gone++;
}

static tg_value file_value(const char *path)
{
    return tg_str_make(TG_FILE, path, strlen(path));
}

TEST(temporary_files_go_with_their_last_name)
{
    struct tg_temps temps;
    begin();
    CHECK(chdir(place) == 0);
    gone = 0;
    tg_temps_init(&temps, count_gone, NULL);
    put_file("t1", "x"), put_file("t2", "x"), put_file("t3", "x");
    tg_value list = tg_list_make(2);
    tg_list_add(list, file_value("t1"));
    tg_list_add(list, file_value("t2"));
    list = tg_temps_watch(&temps, list);
    tg_value again_t1 = tg_temps_watch(&temps, file_value("t1")), first = tg_value_ref(tg_list_of(list)->items[0]);
    tg_value_unref(list);
    CHECK(gone == 1 && access("t1", F_OK) == 0 && access("t2", F_OK) != 0);
    tg_value_unref(again_t1);
    CHECK(gone == 1);
    tg_value_unref(first);
    CHECK(gone == 2 && access("t1", F_OK) != 0);
    tg_value t3 = tg_temps_watch(&temps, file_value("t3"));
    tg_temps_stay(&temps, t3);
    tg_value_unref(t3);
    CHECK(gone == 2 && access("t3", F_OK) == 0);
    tg_temps_done(&temps);
}

TEST(a_checkpoint_gives_each_result_once)
{
    struct tg_buf b = {0};
    begin();
    ledger = open_one();
    struct tg_checkpoint *c = tg_checkpoint_new(ledger, NULL, NULL, digest_of(1), true, 100);
    CHECK(tg_checkpoint_count(c) == 0);
    tg_checkpoint_put(c, digest_of(2), "one", 3);
    tg_checkpoint_put(c, digest_of(3), "", 0);
    tg_checkpoint_put(c, digest_of(2), "two", 3);
    char much[101] = {0};
    tg_checkpoint_put(c, digest_of(2), much, sizeof much); /* more than may be kept */
    tg_checkpoint_end(c, false);
    c = tg_checkpoint_new(ledger, NULL, NULL, digest_of(1), true, 100);
    CHECK(tg_checkpoint_count(c) == 3);
    CHECK(tg_checkpoint_take(c, digest_of(2), &b) && tg_checkpoint_take(c, digest_of(2), &b));
    CHECK_STR(tg_buf_str(&b), "onetwo");
    CHECK(tg_checkpoint_take(c, digest_of(3), &b) && !tg_checkpoint_take(c, digest_of(3), &b));
    CHECK(!tg_checkpoint_take(c, digest_of(2), &b) && !tg_checkpoint_take(c, digest_of(9), &b));
    tg_checkpoint_end(c, true);
    c = tg_checkpoint_new(ledger, NULL, NULL, digest_of(1), true, 100);
    CHECK(tg_checkpoint_count(c) == 0);
    tg_checkpoint_end(c, true);
    tg_buf_done(&b);
    tg_ledger_close(ledger);
}

TEST(the_end)
{
    tests_done();
}
