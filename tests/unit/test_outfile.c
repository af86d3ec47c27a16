/* SPDX-License-Identifier: MIT
 * Result files from below: the journal, links that move, paths that cannot be results, what a killed run leaves. */
#include "tests/unit/command_case.h"

#include <sys/file.h>
#include <sys/syscall.h>

#include "engine/base/rmtree.h"
#include "engine/command/aside.h"
#include "engine/command/journal.h"
#include "engine/command/outpath.h"
#include "engine/command/relink.h"
#include "engine/command/spare.h"

/* ---- folders ------------------------------------------------------------------------------------- */

TEST(a_folder_goes_with_all_in_it)
{
    begin(TG_SHOW_FAILED);
    CHECK_INT(run_shell("mkdir -p tree/a/b/c/d tree/e && touch tree/1 tree/a/2 tree/a/b/c/d/3 keep && ln -s ../keep tree/l &&"
                        "chmod 555 tree/a/b/c tree/a/b && mkfifo tree/e/fifo"),
              0);
    CHECK(tg_rmtree("tree"));
    CHECK(!exists("tree") && exists("keep"));
    CHECK(tg_rmtree("keep") && tg_rmtree("is-not-there"));
    CHECK_INT(run_shell("d=deep; for i in 1 2 3 4 5 6 7 8; do d=$d/$d; mkdir -p $d; done"), 0);
    CHECK(tg_rmtree("deep"));
    CHECK(!exists("deep"));
    CHECK_INT(run_shell("mkdir -p wide/w && cd wide/w && seq 1100 | sed 's,$,/x,' | xargs mkdir -p"), 0); /* more than tries */
    CHECK(tg_rmtree("wide"));
    CHECK(!exists("wide"));
}

/* ---- the journal --------------------------------------------------------------------------------- */

/* A private folder with two files on their way, one of which replaces another, and their moves. */
static tg_moves two_moves(void)
{
    begin(TG_SHOW_FAILED);
    CHECK_INT(
        run_shell(
            "rm -rf j && mkdir -p j/.tgrun-aaaaaa && cd j && echo old >a && cd .tgrun-aaaaaa && echo new >a && echo new >b"),
        0);
    tg_moves moves = {0};
    struct tg_move a = {tg_alloc_text("j/.tgrun-aaaaaa/a"), tg_alloc_text("j/a"),
                        tg_alloc_text("j/.tgrun-aaaaaa/.tgrun-old-0")};
    struct tg_move b = {tg_alloc_text("j/.tgrun-aaaaaa/b"), tg_alloc_text("j/b"), NULL};
    tg_vec_push(&moves, a);
    tg_vec_push(&moves, b);
    return moves;
}

static void finish_as(enum tg_journal_end end)
{
    char *main;
    CHECK_INT(tg_journal_finish("j/.tgrun-aaaaaa", &main), end);
    CHECK(!main);
}

TEST(moves_are_finished_from_any_point)
{
    static const char *const killed[] = {"true", "ln a .tgrun-aaaaaa/.tgrun-old-0", "mv a .tgrun-aaaaaa/.tgrun-old-0",
                                         "ln a .tgrun-aaaaaa/.tgrun-old-0; mv .tgrun-aaaaaa/a a",
                                         "ln a .tgrun-aaaaaa/.tgrun-old-0; mv .tgrun-aaaaaa/a a; mv .tgrun-aaaaaa/b b"};
    for (size_t i = 0; i < sizeof killed / sizeof *killed; i++) {
        tg_moves moves = two_moves();
        close(tg_journal_write("j/.tgrun-aaaaaa", &moves));
        char *script = tg_alloc_format("cd j; %s", killed[i]);
        CHECK_INT(run_shell(script), 0);
        finish_as(TG_JOURNAL_FINISHED);
        CHECK_STR(contents("j/a"), "new\n");
        CHECK_STR(contents("j/b"), "new\n");
        finish_as(TG_JOURNAL_NOTHING);
        free(script);
        tg_journal_done(&moves);
    }
}

/* A file that has come since the run was killed is not the one that was to be removed. */
TEST(a_removal_removes_what_it_was_made_for)
{
    static const char *const since[] = {"true", "rm c && echo mine >c"};
    for (size_t i = 0; i < 2; i++) {
        tg_moves moves = two_moves();
        struct tg_move c = {NULL, tg_alloc_text("j/c"), tg_alloc_text("j/.tgrun-aaaaaa/.tgrun-old-2")};
        tg_vec_push(&moves, c);
        CHECK_INT(run_shell("cd j && echo old >c && ln c .tgrun-aaaaaa/.tgrun-old-2"), 0);
        close(tg_journal_write("j/.tgrun-aaaaaa", &moves));
        char *script = tg_alloc_format("cd j; %s", since[i]);
        CHECK_INT(run_shell(script), 0);
        finish_as(TG_JOURNAL_FINISHED);
        CHECK_STR(contents("j/b"), "new\n");
        CHECK_INT(exists("j/c"), i == 1);
        free(script);
        tg_journal_done(&moves);
    }
}

TEST(moves_are_taken_back_from_any_point)
{
    static const char *const killed[] = {"true", "mv a .tgrun-aaaaaa/a",
                                         "mv a .tgrun-aaaaaa/a; mv .tgrun-aaaaaa/.tgrun-old-0 a"};
    for (size_t i = 0; i < sizeof killed / sizeof *killed; i++) {
        tg_moves moves = two_moves();
        int fd = tg_journal_write("j/.tgrun-aaaaaa", &moves);
        char *script = tg_alloc_format("cd j; ln a .tgrun-aaaaaa/.tgrun-old-0; mv .tgrun-aaaaaa/a a; %s", killed[i]);
        CHECK_INT(run_shell(script), 0);
        CHECK_INT(pwrite(fd, "undone", 7, 0), 7);
        finish_as(TG_JOURNAL_FINISHED);
        CHECK_STR(contents("j/a"), "old\n");
        CHECK(!exists("j/b"));
        finish_as(TG_JOURNAL_NOTHING);
        close(fd);
        free(script);
        tg_journal_done(&moves);
    }
}

TEST(a_move_that_fails_is_taken_back)
{
    tg_moves moves = two_moves();
    size_t failed = 0;
    CHECK_INT(run_shell("mkdir -p j/b/full"), 0);
    int fd = tg_journal_write("j/.tgrun-aaaaaa", &moves);
    CHECK_INT(tg_journal_run(fd, &moves, &failed), EISDIR);
    CHECK_INT(failed, 1);
    CHECK_STR(contents("j/a"), "new\n");
    CHECK_INT(tg_journal_undo(fd, &moves), 0);
    CHECK_STR(contents("j/a"), "old\n");
    CHECK_STR(contents("j/.tgrun-aaaaaa/a"), "new\n");
    finish_as(TG_JOURNAL_NOTHING);
    close(fd);
    tg_journal_done(&moves);
}

TEST(a_journal_that_is_cut_or_changed_does_nothing)
{
    tg_moves moves = two_moves();
    int fd = tg_journal_write("j/.tgrun-aaaaaa", &moves);
    off_t whole = lseek(fd, 0, SEEK_END);
    CHECK_INT(pwrite(fd, "x", 1, 9), 1);
    finish_as(TG_JOURNAL_NOTHING);
    for (off_t length = whole - 1; length >= 0; length--) {
        CHECK_INT(ftruncate(fd, length), 0);
        finish_as(TG_JOURNAL_NOTHING);
    }
    CHECK_STR(contents("j/a"), "old\n");
    close(fd);
    tg_journal_done(&moves);
}

TEST(removals_are_moves)
{
    tg_moves moves = two_moves();
    size_t failed;
    free(moves.items[1].from);
    moves.items[1].from = NULL;
    moves.items[1].old = tg_alloc_text("j/.tgrun-aaaaaa/.tgrun-old-1");
    CHECK_INT(run_shell("echo gone >j/b; ln j/b j/.tgrun-aaaaaa/.tgrun-old-1"), 0);
    int fd = tg_journal_write("j/.tgrun-aaaaaa", &moves);
    CHECK_INT(tg_journal_run(fd, &moves, &failed), 0);
    CHECK(!exists("j/b"));
    CHECK_INT(tg_journal_undo(fd, &moves), 0);
    CHECK_STR(contents("j/b"), "gone\n");
    close(fd);
    tg_journal_done(&moves);
}

/* ---- what a killed run leaves -------------------------------------------------------------------- */

TEST(only_what_nobody_locks_is_cleared)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    struct tg_aside_place place;
    int error;
    CHECK_INT(run_shell("mkdir -p s/.tgrun-dead01/sub s/.tgrun-alive1 s/.tgrun-failed-abcdef s/.tgrun-DEAD01 && "
                        "touch s/.tgrun-dead01/sub/x && chmod +t s/.tgrun-*"),
              0);
    int alive = open("s/.tgrun-alive1", O_RDONLY);
    CHECK_INT(flock(alive, LOCK_EX), 0);
    tg_aside_place_init(&place);
    struct tg_aside *a = tg_aside_new(&place, &ctx, "s/", false, &error), *b = tg_aside_new(&place, &ctx, "s/", false, &error);
    CHECK(a && b && strcmp(a->path, b->path) != 0);
    CHECK(!exists("s/.tgrun-dead01"));
    CHECK(exists("s/.tgrun-alive1") && exists("s/.tgrun-failed-abcdef") && exists("s/.tgrun-DEAD01"));
    tg_aside_recover(&services); /* this run lives */
    CHECK(exists(a->path));
    CHECK_INT(run_shell("for d in s/.tgrun-*; do touch $d/half; done"), 0);
    tg_aside_publish(b);
    tg_aside_clear(&place);
    CHECK(!exists(a->path) && exists(b->path));
    CHECK(tg_aside_remove(a) && !tg_aside_settle(b) && tg_aside_remove(b));
    tg_aside_free(a);
    tg_aside_free(b);
    tg_aside_place_done(&place);
    close(alive);
    CHECK_INT(run_shell("test ! -e .tgrun/aside"), 0);
}

/* The same where all was moved after the run was killed: `to`, a folder or "". */
static void finish_in_another_folder(const char *to)
{
    tg_moves moves = two_moves();
    CHECK_INT(
        run_shell(
            "mkdir -p k/.tgrun-bbbbbb && chmod +t k/.tgrun-bbbbbb j/.tgrun-aaaaaa && mv j/.tgrun-aaaaaa/b k/.tgrun-bbbbbb"),
        0);
    free(moves.items[1].from);
    free(moves.items[1].to);
    moves.items[1] = (struct tg_move){tg_alloc_text("k/.tgrun-bbbbbb/b"), tg_alloc_text("k/b"), NULL};
    CHECK_INT(tg_journal_refer("k/.tgrun-bbbbbb", "j/.tgrun-aaaaaa"), 0);
    close(tg_journal_write("j/.tgrun-aaaaaa", &moves));
    char *script = tg_alloc_format("rm -rf m; mkdir m; [ -z '%s' ] || mv j k m", to);
    CHECK_INT(run_shell(script), 0);
    char *a_path = tg_alloc_format("%sj/a", to), *k = tg_alloc_format("%sk/", to), *b_path = tg_alloc_format("%sb", k);
    struct tg_aside_place place;
    tg_ctx ctx = {.services = &services};
    int error;
    tg_aside_place_init(&place);
    struct tg_aside *a = tg_aside_new(&place, &ctx, k, false, &error);
    CHECK_STR(contents(a_path), "new\n");
    CHECK_STR(contents(b_path), "new\n");
    CHECK_INT(run_shell("! find . -name .tgrun-aaaaaa -o -name .tgrun-bbbbbb | grep ."), 0);
    CHECK(has(tg_buf_str(&said), "that has been finished"));
    CHECK(tg_aside_settle(a));
    tg_aside_free(a);
    tg_aside_place_done(&place);
    tg_journal_done(&moves);
    free(script), free(a_path), free(k), free(b_path);
    CHECK_INT(run_shell("rm -rf j k m"), 0);
}

TEST(another_folder_waits_for_the_one_with_the_journal)
{
    finish_in_another_folder("");
    finish_in_another_folder("m/");
}

/* ---- private folders that are kept for the next command -------------------------------------------- */

/* A command that leaves its folder empty. */
static void use_aside(struct tg_aside_place *place, const tg_ctx *ctx, const char *where, bool kept)
{
    int error;
    struct tg_aside *a = tg_aside_new(place, ctx, where, true, &error);
    CHECK(a && tg_aside_settle(a) && tg_aside_remove(a) && a->spare == kept);
    tg_aside_free(a);
}

static bool is_elsewhere(const void *data, const char *where)
{
    return strcmp(data, where) == 0;
}

TEST(an_empty_private_folder_is_kept_while_all_work_there)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    struct tg_aside_place place;
    _Atomic unsigned running = 1;
    tg_aside_place_init(&place);
    place.running = &running;
    place.most = 1;
    use_aside(&place, &ctx, "u/", true);
    use_aside(&place, &ctx, "u/", true);
    CHECK_INT(run_shell("test $(ls -d u/.tgrun-* | wc -l) = 1"), 0);
    use_aside(&place, &ctx, "v/", true); /* there may be one at once: the other makes room */
    CHECK_INT(run_shell("test -z \"$(ls -A u)\" && test $(ls -A v | wc -l) = 1"), 0);
    CHECK(!tg_spare_clear(&place, is_elsewhere, "v/") && tg_spare_clear(&place, is_elsewhere, "u/"));
    CHECK_INT(run_shell("test -z \"$(ls -A v)\""), 0);
    running = 2; /* another one, which may look into it */
    use_aside(&place, &ctx, "u/", false);
    running = 1;
    use_aside(&place, &ctx, "u/", true);
    tg_aside_clear(&place);
    CHECK_INT(run_shell("test -z \"$(ls -A u)\""), 0);
    place.cleared = false;
    tg_aside_place_done(&place);
}

/* ---- links --------------------------------------------------------------------------------------- */

static void links_to(const tg_relink_map *map, const char *text, const char *wanted)
{
    unlink("r/.tgrun-aaaaaa/made/link");
    CHECK_INT(symlink(text, "r/.tgrun-aaaaaa/made/link"), 0);
    char *got = tg_relink_text(map, "r/.tgrun-aaaaaa/made/link", "r");
    CHECK_STR(got, wanted);
    free(got);
}

/* ---- folders that will not go --------------------------------------------------------------------- */

static int failing_removals;

/* In the place of the C library's: what the engine removes may be held by somebody, for a time. */
int rmdir(const char *path)
{
    if (failing_removals > 0) return failing_removals--, errno = EBUSY, -1;
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}

/* A command that makes a file, or fails, while folders cannot be removed so many times. */
static void run_held(const char *script, int times)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    struct tg_result_file file = {.path = "held/x.txt"};
    struct tg_command command = {.name = "demo", .step_count = 1, .output = TG_OUTPUT_FILES, .files = &file, .file_count = 1};
    tg_value out = tg_nil();
    CHECK(tg_command_aside(&ctx, &command));
    char *text = tg_alloc_format("touch %s; %s", file.aside, script);
    struct tg_step step = {.script = text};
    command.steps = &step;
    failing_removals = times;
    tg_command_run(&ctx, &command, &out);
    tg_value_unref(out);
    tg_err_done(&ctx.err);
    free(text);
}

/* How many private folders there are. */
static int count_private(void)
{
    return run_shell("exit $(ls -A held | grep -c '^\\.tgrun-')") >> 8;
}

TEST(a_folder_that_will_not_go_is_removed_later)
{
    run_held("exit 0", 2);
    CHECK(!strstr(tg_buf_str(&said), "could not remove"));
    run_held("exit 3", 2);
    CHECK(!strstr(tg_buf_str(&said), "could not remove"));
    CHECK_INT(count_private(), 0);
    run_held("exit 3", 1000);
    CHECK_INT(count_private(), 1);
    CHECK(has(tg_buf_str(&said), "warning: could not remove 'held/.tgrun-"));
    failing_removals = 0;
    begin(TG_SHOW_FAILED); /* which ends the run before */
    CHECK_INT(count_private(), 0);
    CHECK(!exists(".tgrun/aside"));
    run_held("exit 3", 1000);
    begin(TG_SHOW_FAILED);
    CHECK_INT(count_private(), 1);
    failing_removals = 0;
    tg_aside_recover(&services); /* the next run */
    CHECK_INT(count_private(), 0);
}

TEST(links_lead_where_they_led)
{
    begin(TG_SHOW_FAILED);
    CHECK_INT(run_shell("mkdir -p r/.tgrun-aaaaaa/made/sub r/in && touch r/in/x r/.tgrun-aaaaaa/made/a top"), 0);
    char *here = getcwd(NULL, 0), *inside = tg_alloc_format("%s/r/.tgrun-aaaaaa/made/a", here);
    char *final = tg_alloc_format("%s/r/a", here), *top = tg_alloc_format("%s/top", here);
    tg_relink_map map = {0};
    tg_relink_add(&map, "r/.tgrun-aaaaaa/made", "r");
    tg_relink_add(&map, "r/.tgrun-aaaaaa", "r");
    links_to(&map, "a", "a");
    links_to(&map, "../../in/x", "in/x");
    links_to(&map, "../../../top", "../top");
    links_to(&map, "../made/sub/../a", "a");
    links_to(&map, inside, final);
    links_to(&map, top, top);
    links_to(&map, "/no/such/place", "/no/such/place");
    links_to(&map, "no/such/place", "no/such/place");
    links_to(&map, "..", ".");
    links_to(&map, "/", "/");
    CHECK_INT(run_shell("cd r/.tgrun-aaaaaa/made && ln -s ../../../in/x sub/deep && ln -s ../a sub/side"), 0);
    CHECK_INT(tg_relink(&map, "r/.tgrun-aaaaaa/made/sub", "r"), 0);
    CHECK_INT(run_shell("cd r/.tgrun-aaaaaa/made/sub && test $(readlink deep) = ../in/x && test $(readlink side) = ../a"), 0);
    tg_relink_done(&map);
    free(here), free(inside), free(final), free(top);
}

/* ---- paths --------------------------------------------------------------------------------------- */

/* The final path, or the message. */
static const char *final_of(const char *path)
{
    static char text[300];
    struct stat st;
    struct tg_err err = {0};
    char *final = tg_outpath_final(path, false, &st, &err);
    snprintf(text, sizeof text, "%s", final ? final : err.message);
    free(final);
    tg_err_done(&err);
    return text;
}

TEST(links_are_followed_to_what_can_be_replaced)
{
    begin(TG_SHOW_FAILED);
    CHECK_INT(
        run_shell("mkdir p && cd p && touch file locked && chmod 444 locked && mkfifo fifo && ln -s file a && ln -s a b &&"
                  "ln -s new dangling && ln -s no/such/x lost && ln -s loop loop && ln -s fifo tofifo && ln -s /dev/null null"),
        0);
    CHECK_STR(final_of("p/file"), "p/file");
    CHECK_STR(final_of("p/b"), "p/file");
    CHECK_STR(final_of("p/dangling"), "p/new");
    CHECK_STR(final_of("p/is-new"), "p/is-new");
    CHECK_STR(final_of("p/locked"), "'p/locked' cannot be a result's path: it is write-protected");
    CHECK_STR(final_of("p/fifo"), "'p/fifo' cannot be a result's path: it is a FIFO");
    CHECK_STR(final_of("/dev/null"), "'/dev/null' cannot be a result's path: it is a device");
    CHECK_STR(final_of("p/null"), "'p/null' cannot be a result's path: it is a link to '/dev/null': it is a device");
    CHECK_STR(final_of("p/tofifo"), "'p/tofifo' cannot be a result's path: it is a link to 'p/fifo': it is a FIFO");
    CHECK_STR(final_of("p/lost"), "'p/lost' cannot be a result's path: it is a link to 'p/no/such/x': its folder is not there");
    CHECK_STR(final_of("p/loop"), "'p/loop' cannot be a result's path: there are too many links");
}
