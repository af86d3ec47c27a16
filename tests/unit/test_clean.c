/* SPDX-License-Identifier: MIT
 * `tgrun clean` over a record that is written here: what goes, what stays, and what is said of it. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/recordopt.h"
#include "engine/base/alloc.h"
#include "engine/base/canonical.h"
#include "engine/base/rmtree.h"
#include "engine/store/ledger.h"
#include "engine/store/pathlock.h"
#include "engine/store/workflowname.h"
#include "tests/unit/check.h"

/* ---- a folder with a record ---------------------------------------------------------------------- */

static char place[] = "/tmp/tgrun-clean-XXXXXX";
static struct tg_ledger *ledger;
static char told[4096]; /* of the last call, on both outputs */

static void ignore_line(void *data, const char *line)
{
    (void)data, (void)line;
}

static void begin(void)
{
    static bool made;
    if (!made) CHECK(mkdtemp(place) != NULL);
    made = true;
    CHECK(chdir("/") == 0 && tg_rmtree(place) && mkdir(place, 0700) == 0 && chdir(place) == 0);
    struct tg_ledger_how how = {.folder = TG_RECORDOPT_FOLDER, .warn = ignore_line};
    ledger = tg_ledger_open(&how);
    CHECK(ledger != NULL);
}

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && close(fd) == 0);
}

/* A task that has made these as they are now. */
static void record_of(const char *workflow, const char *const *paths, size_t count)
{
    static uint64_t number;
    struct tg_recorded_file results[8];
    struct tg_err err = {0};
    number++;
    for (size_t i = 0; i < count; i++) {
        results[i] = (struct tg_recorded_file){.path = paths[i]};
        CHECK(tg_contents_look_now(paths[i], NULL, &results[i].content, &err));
    }
    struct tg_digest identity = tg_digest_bytes(&number, sizeof number);
    tg_ledger_put(ledger, &(struct tg_recorded){.identity = identity,
                                                .key = identity,
                                                .workflow = workflow,
                                                .task = "t",
                                                .instance = "t()",
                                                .results = results,
                                                .result_count = count});
}
#define RECORD(...) \
    record_of("w.tg", (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static int clean_with(struct tg_cli cli)
{
    tg_ledger_close(ledger);
    ledger = NULL;
    int fd = open("told", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), out = dup(STDOUT_FILENO);
    fflush(stdout);
    tg_vec_push(&cli.words, "./w.tg");
    cli.verb = &tg_verb_clean;
    tg_report_init(&cli.report, TG_COLOR_NEVER);
    cli.report.fd = fd;
    CHECK(dup2(fd, STDOUT_FILENO) >= 0);
    int status = tg_verb_clean.call(&cli);
    CHECK(dup2(out, STDOUT_FILENO) >= 0);
    ssize_t length = pread(fd, told, sizeof told - 1, 0);
    told[length > 0 ? length : 0] = 0;
    close(fd);
    close(out);
    unlink("told");
    tg_vec_done(&cli.words);
    struct tg_ledger_how how = {.folder = TG_RECORDOPT_FOLDER, .warn = ignore_line};
    ledger = tg_ledger_open(&how);
    return status;
}

static bool count_task(void *count, const struct tg_recorded *task)
{
    (void)task;
    (*(size_t *)count)++;
    return true;
}

/* Ends it: how many tasks are still recorded, of all workflows. */
static size_t end(void)
{
    size_t count = 0;
    tg_ledger_each(ledger, NULL, count_task, &count);
    tg_ledger_close(ledger);
    CHECK(chdir("/") == 0 && tg_rmtree(place));
    return count;
}

static bool is_there(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

/* ---- what goes, what stays ----------------------------------------------------------------------- */

TEST(what_was_made_goes_and_nothing_else)
{
    begin();
    CHECK(mkdir("out", 0700) == 0);
    write_file("w.tg", "w"), write_file("a", "1"), write_file("out/b", "2"), write_file("source", "3"),
        write_file("other", "4");
    RECORD("a", "out/b");
    record_of("v.tg", (const char *const[]){"other"}, 1);
    CHECK_INT(clean_with((struct tg_cli){.dry_run = true}), TG_EXIT_OK);
    CHECK_STR(told, "a\nout/b\n");
    CHECK(is_there("a") && is_there("out/b"));
    CHECK_INT(clean_with((struct tg_cli){0}), TG_EXIT_OK);
    CHECK_STR(told, "tgrun: removed 2 files\n");
    CHECK(!is_there("a") && !is_there("out/b"));
    CHECK(is_there("out") && is_there("source") && is_there("other") && is_there("w.tg"));
    CHECK_INT(clean_with((struct tg_cli){0}), TG_EXIT_OK);
    CHECK_STR(told, "tgrun: nothing is recorded of './w.tg'\n");
    CHECK_INT(end(), 1);
}

TEST(what_was_changed_since_stays)
{
    begin();
    write_file("a", "1"), write_file("b", "2"), write_file("c", "3");
    RECORD("a", "b", "c");
    write_file("a", "9"); /* of the same size */
    CHECK(unlink("b") == 0 && unlink("c") == 0 && mkdir("c", 0700) == 0);
    CHECK_INT(clean_with((struct tg_cli){0}), TG_EXIT_OK);
    CHECK_STR(told, "tgrun: warning: 'a' stays: it was changed since a run made it\n"
                    "tgrun: warning: 'c' stays: it was changed since a run made it\ntgrun: removed 0 files\n");
    CHECK(is_there("a") && is_there("c"));
    CHECK_INT(end(), 0);
}

TEST(one_path_of_several_tasks_is_as_one_of_them_left_it)
{
    begin();
    write_file("a", "1");
    RECORD("a");
    write_file("a", "2");
    RECORD("a");
    CHECK_INT(clean_with((struct tg_cli){.quiet = true}), TG_EXIT_OK);
    CHECK_STR(told, "");
    CHECK(!is_there("a"));
    CHECK_INT(end(), 0);
}

TEST(folders_go_with_what_is_theirs)
{
    begin();
    CHECK(mkdir("d", 0700) == 0 && mkdir("d/in", 0700) == 0 && mkdir("e", 0700) == 0 && symlink("../w.tg", "d/link") == 0);
    CHECK(symlink("x", "e/link") == 0);
    write_file("w.tg", "w"), write_file("d/in/x", "1"), write_file("e/x", "1");
    RECORD("d", "d/in/x", "e", "e/x");
    write_file("e/x", "2");
    CHECK_INT(clean_with((struct tg_cli){0}), TG_EXIT_OK);
    CHECK_STR(told, "tgrun: warning: 'e/x' stays: it was changed since a run made it\n"
                    "tgrun: warning: 'e' stays: there is more in it than what goes\ntgrun: removed 2 files\n");
    CHECK(!is_there("d") && is_there("e/x") && is_there("e/link") && is_there("w.tg"));
    CHECK_INT(end(), 0);
}

TEST(a_link_goes_and_not_what_it_leads_to)
{
    begin();
    CHECK(mkdir("far", 0700) == 0 && symlink("far", "folder") == 0 && symlink("source", "link") == 0);
    write_file("source", "1"), write_file("far/x", "2");
    RECORD("link", "folder");
    CHECK_INT(clean_with((struct tg_cli){0}), TG_EXIT_OK);
    CHECK(!is_there("link") && !is_there("folder") && is_there("source") && is_there("far/x"));
    CHECK_INT(end(), 0);
}

TEST(what_lies_outside_stays)
{
    begin();
    CHECK(mkdir("in", 0700) == 0 && mkdir("elsewhere", 0700) == 0 && symlink("../elsewhere", "in/way") == 0);
    write_file("elsewhere/x", "1"), write_file("in/y", "2");
    tg_ledger_close(ledger);
    CHECK(chdir("in") == 0);
    struct tg_ledger_how how = {.folder = TG_RECORDOPT_FOLDER, .warn = ignore_line};
    ledger = tg_ledger_open(&how);
    RECORD("way/x", "y", "../elsewhere/x");
    CHECK_INT(clean_with((struct tg_cli){0}), TG_EXIT_OK);
    CHECK_STR(told, "tgrun: warning: '../elsewhere/x' stays: it lies outside of this folder\n"
                    "tgrun: warning: 'way/x' stays: it lies outside of this folder\ntgrun: removed 1 file\n");
    CHECK(is_there("../elsewhere/x") && !is_there("y"));
    CHECK_INT(end(), 0);
}

TEST(what_cannot_be_removed_stays_recorded)
{
    if (geteuid() == 0) return; /* may remove it all the same */
    begin();
    CHECK(mkdir("d", 0700) == 0);
    write_file("d/x", "1"), write_file("y", "1");
    RECORD("d/x");
    RECORD("y");
    CHECK(chmod("d", 0500) == 0);
    CHECK_INT(clean_with((struct tg_cli){0}), TG_EXIT_CANNOT);
    CHECK(strstr(told, "tgrun: warning: 'd/x' stays: Permission denied\n") != NULL);
    CHECK(chmod("d", 0700) == 0 && is_there("d/x") && !is_there("y"));
    CHECK_INT(end(), 1);
}

TEST(what_another_run_is_making_stays_recorded)
{
    begin();
    int ready[2], done[2];
    char sign, wanted[128];
    write_file("x", "1"), write_file("y", "1");
    RECORD("x");
    RECORD("y");
    CHECK(pipe(ready) == 0 && pipe(done) == 0);
    pid_t other = fork();
    if (other == 0) {
        int pid;
        char *path = tg_canonical_path("x");
        struct tg_pathlocks *locks = tg_pathlocks_new(TG_RECORDOPT_FOLDER, NULL);
        bool taken = locks && tg_pathlocks_take(locks, path, &pid, NULL) == TG_PATHLOCK_OURS;
        close(done[1]);
        if (taken && write(ready[1], "", 1) == 1 && read(done[0], &sign, 1) == 0) _exit(0);
        _exit(1);
    }
    close(done[0]);
    CHECK(read(ready[0], &sign, 1) == 1);
    CHECK_INT(clean_with((struct tg_cli){0}), TG_EXIT_CANNOT);
    snprintf(wanted, sizeof wanted, "tgrun: warning: 'x' stays: run %d is making it\ntgrun: removed 1 file\n", (int)other);
    CHECK_STR(told, wanted);
    CHECK(is_there("x") && !is_there("y"));
    close(done[1]), close(ready[0]), close(ready[1]);
    int status;
    CHECK(waitpid(other, &status, 0) == other && status == 0);
    CHECK_INT(end(), 1);
}

TEST(without_a_record_none_is_made)
{
    begin();
    tg_ledger_close(ledger);
    CHECK(tg_rmtree(TG_RECORDOPT_FOLDER));
    ledger = NULL;
    struct tg_cli cli = {.verb = &tg_verb_clean, .quiet = true};
    tg_vec_push(&cli.words, "w.tg");
    CHECK_INT(tg_verb_clean.call(&cli), TG_EXIT_OK);
    tg_vec_done(&cli.words);
    CHECK(!is_there(TG_RECORDOPT_FOLDER));
    CHECK(chdir("/") == 0 && tg_rmtree(place));
}

/* ---- names --------------------------------------------------------------------------------------- */

static void check_name(const char *path, const char *wanted)
{
    char *name = tg_workflowname(path);
    CHECK_STR(name, wanted);
    free(name);
}

TEST(a_workflow_has_one_name)
{
    begin();
    CHECK(mkdir("sub", 0700) == 0 && symlink("sub/w.tg", "link.tg") == 0);
    write_file("sub/w.tg", "w");
    check_name("w.tg", "w.tg");
    check_name("./sub/../w.tg", "w.tg");
    check_name("link.tg", "sub/w.tg");
    check_name("-", "-");
    char *whole = tg_alloc_format("%s/sub/w.tg", place);
    check_name(whole, "sub/w.tg");
    CHECK(chdir("sub") == 0);
    check_name("w.tg", "w.tg");
    check_name("/dev/null", "/dev/null");
    CHECK(chdir("..") == 0);
    free(whole);
    end();
}
