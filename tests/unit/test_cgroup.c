/* SPDX-License-Identifier: MIT
 * Limits of memory of commands, and how it is known that they were met. Groups are made in a tree of plain folders and files:
 * what is written into them is looked at, nothing is moved. A group's files are put there before, as the kernel would when its
 * folder is made; so it stays, unless somebody removes them. */
#include "engine/base/clock.h"
#include "engine/command/cgroup.h"
#include "engine/command/oom.h"
#include "tests/unit/command_case.h"

#define MIB ((uint64_t)1 << 20)

/* The file's path in our group. Static. */
static const char *in_home(const char *name)
{
    static char paths[4][200];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "root/a/b.scope/%s", name);
    return path;
}

static const char *group_path(uint64_t number, const char *name)
{
    char path[100];
    snprintf(path, sizeof path, "tgrun-%ld-%lu%s", (long)getpid(), (unsigned long)number, name);
    return in_home(path);
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0) abort();
}

/* What the kernel puts into a new group. */
static void make_group(uint64_t number)
{
    if (mkdir(group_path(number, ""), 0755) != 0) abort();
    put(group_path(number, "/cgroup.procs"), "");
    put(group_path(number, "/cgroup.kill"), "");
    put(group_path(number, "/memory.max"), "max");
    put(group_path(number, "/memory.swap.max"), "max");
    put(group_path(number, "/memory.oom.group"), "0");
    put(group_path(number, "/memory.events"), "low 0\nhigh 0\nmax 3\noom 2\noom_kill 0\noom_group_kill 0\n");
    put(group_path(number, "/memory.peak"), "1048576\n");
}

/* Our group with a process or more in it, and where it tells of controllers. */
static void make_tree(const char *procs, const char *controllers, const char *subtree)
{
    if (run_shell("rm -rf root; mkdir -p root/a/b.scope") != 0) abort();
    put("groups", "4:cpu:/x\n0::/a/b.scope\n");
    put(in_home("cgroup.procs"), procs);
    put(in_home("cgroup.controllers"), controllers);
    put(in_home("cgroup.subtree_control"), subtree);
}

static const char *self(void)
{
    static char text[40];
    snprintf(text, sizeof text, "%ld\n", (long)getpid());
    return text;
}

static struct tg_cgroup_home home;

static int begin_groups(void)
{
    home = (struct tg_cgroup_home){0};
    tg_cgroup_begin(&home, "root", "groups", 0);
    return atomic_load(&home.state);
}

static void check_none(const char *procs, const char *controllers, const char *subtree)
{
    make_tree(procs, controllers, subtree);
    if (!exists(group_path(0, ""))) make_group(0);
    CHECK_INT(begin_groups(), TG_CGROUP_NONE);
    CHECK_STR(contents(in_home("cgroup.subtree_control")), subtree);
}

/* ---- where --------------------------------------------------------------------------------------- */

TEST(who_is_alone_moves_into_a_leaf)
{
    begin(TG_SHOW_FAILED);
    make_tree(self(), "cpu memory pids\n", "cpu\n");
    make_group(0);
    CHECK_INT(begin_groups(), TG_CGROUP_READY);
    CHECK_STR(contents(in_home("cgroup.subtree_control")), "+memory");
    CHECK_INT(atol(contents(group_path(0, "/cgroup.procs"))), getpid());
    CHECK(home.moved);
    put(in_home("cgroup.procs"), "");
    run_shell("rm root/a/b.scope/tgrun-*/*");
    tg_cgroup_leave(&home, false);
    CHECK_STR(contents(in_home("cgroup.subtree_control")), "-memory");
    CHECK_STR(contents(in_home("cgroup.procs")), "0");
    CHECK(!exists(group_path(0, "")));
}

TEST(the_root_hands_memory_down_with_processes_in_it)
{
    begin(TG_SHOW_FAILED);
    make_tree("1\n2\n3\n", "cpu memory pids\n", "memory pids\n");
    CHECK_INT(begin_groups(), TG_CGROUP_READY);
    CHECK(!home.moved);
    CHECK(!exists(group_path(0, "")));
    tg_cgroup_leave(&home, false);
    CHECK_STR(contents(in_home("cgroup.subtree_control")), "memory pids\n");
}

TEST(where_there_can_be_no_groups)
{
    begin(TG_SHOW_FAILED);
    check_none("1\n", "memory\n", "");
    char *two = tg_alloc_format("%s1\n", self());
    check_none(two, "memory\n", "cpu\n");
    free(two);
    check_none("", "memory\n", "");
    check_none(self(), "cpu memory.low pids\n", "");
    check_none(self(), "", "");
    make_tree(self(), "memory\n", "");
    put("groups", "4:memory:/a/b.scope\n");
    CHECK_INT(begin_groups(), TG_CGROUP_NONE);
    put("groups", "0::/../b.scope\n");
    CHECK_INT(begin_groups(), TG_CGROUP_NONE);
    put("groups", "0::/not/there\n");
    CHECK_INT(begin_groups(), TG_CGROUP_NONE);
    unlink("groups");
    CHECK_INT(begin_groups(), TG_CGROUP_NONE);
}

/* The leaf goes again: nothing can be moved into a folder without files. */
TEST(what_cannot_be_moved_stays)
{
    begin(TG_SHOW_FAILED);
    make_tree(self(), "memory\n", "");
    CHECK_INT(begin_groups(), TG_CGROUP_NONE);
    CHECK(!exists(group_path(0, "")));
    CHECK_STR(contents(in_home("cgroup.subtree_control")), "");
}

/* ---- one ----------------------------------------------------------------------------------------- */

TEST(a_group_is_limited_and_tells_of_kills)
{
    struct tg_cgroup g;
    begin(TG_SHOW_FAILED);
    make_tree("", "memory\n", "memory\n");
    make_group(1);
    CHECK_INT(begin_groups(), TG_CGROUP_READY);
    CHECK_INT(tg_cgroup_make(&home, 64 * MIB, &g), 0);
    CHECK(g.limits);
    CHECK_STR(contents(group_path(1, "/memory.max")), "67108864");
    CHECK_STR(contents(group_path(1, "/memory.swap.max")), "0ax"); /* the kernel's files are not shortened either */
    CHECK_STR(contents(group_path(1, "/memory.oom.group")), "1");
    put(group_path(1, "/memory.events"), "oom 2\noom_kill 1\n");
    tg_cgroup_end(&home, &g);
    CHECK(g.ran_out);
    CHECK_INT(g.used_bytes, MIB);
    CHECK_INT(tg_cgroup_make(&home, MIB, &g), ENOENT); /* a folder without files */
    CHECK(!g.limits && g.fd < 0 && !exists(group_path(2, "")));
    tg_cgroup_end(&home, &g);
}

TEST(what_is_left_of_all_goes_and_nothing_of_others)
{
    char other[60];
    begin(TG_SHOW_FAILED);
    make_tree("", "memory\n", "memory\n");
    CHECK_INT(begin_groups(), TG_CGROUP_READY);
    snprintf(other, sizeof other, "tgrun-%ld7-1", (long)getpid());
    CHECK(mkdir(in_home(other), 0755) == 0 && mkdir(in_home("tgrun-x"), 0755) == 0 && mkdir(group_path(3, ""), 0755) == 0);
    CHECK(mkdir(group_path(12, ""), 0755) == 0 && mkdir(group_path(12, "/tgrun-5-0"), 0755) == 0);
    make_group(4);
    tg_cgroup_leave(&home, false);
    CHECK(exists(in_home(other)) && exists(in_home("tgrun-x")));
    CHECK(!exists(group_path(3, "")) && !exists(group_path(12, "")));
    CHECK_STR(contents(group_path(4, "/cgroup.kill")), "");
    tg_cgroup_leave(&home, true);
    CHECK_STR(contents(group_path(4, "/cgroup.kill")), "1");
}

/* ---- commands ------------------------------------------------------------------------------------ */

static tg_ctx begin_grouped(void)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    make_tree("", "memory\n", "memory\n");
    for (uint64_t i = 1; i <= 3; i++) make_group(i);
    tg_commands_group_at(commands, "root", "groups");
    return ctx;
}

static int run_limited(tg_ctx *ctx, struct tg_step *steps, size_t count)
{
    struct tg_command command = {.name = "demo", .steps = steps, .step_count = count, .memory_bytes = 64 * MIB};
    tg_value out;
    return tg_command_run(ctx, &command, &out);
}

TEST(each_step_has_a_group_of_its_own)
{
    tg_ctx ctx = begin_grouped();
    char *part[] = {"cat", NULL}, **piped[] = {part};
    char *leave = tg_alloc_format("ulimit -d; rm %s*", group_path(2, "/"));
    struct tg_step steps[] = {{.argv = (char *[]){"true", NULL}, .piped = piped, .piped_count = 1}, {.script = leave}};
    CHECK_INT(run_limited(&ctx, steps, 2), TG_OK);
    CHECK_STR(contents(group_path(1, "/cgroup.procs")), "00"); /* both programs */
    CHECK_STR(contents(group_path(1, "/memory.max")), "67108864");
    CHECK(!exists(group_path(2, "")));
    CHECK(has(tg_buf_str(&said), "unlimited"));
    CHECK_STR(contents(group_path(3, "/cgroup.procs")), "");
    free(leave);
}

TEST(who_ran_out_of_memory_is_known_by_its_group)
{
    tg_ctx ctx = begin_grouped();
    char *script = tg_alloc_format("echo 'oom_kill 1' > %s; kill -9 $$", group_path(1, "/memory.events"));
    struct tg_step step = {.script = script}, told = {.script = "echo 'Cannot allocate memory' >&2; exit 3"};
    CHECK_INT(run_limited(&ctx, &step, 1), TG_FAIL);
    CHECK_INT(ctx.err.cause, TG_CAUSE_MEMORY);
    CHECK(has(ctx.err.message, "it needed more memory than its limit of 64 MiB: a program that failed used "));
    tg_err_done(&ctx.err);
    CHECK_INT(run_limited(&ctx, &told, 1), TG_FAIL); /* somebody else's limit */
    CHECK_INT(ctx.err.cause, TG_CAUSE_EXIT);
    tg_err_done(&ctx.err);
    free(script);
}

static void run_deaf(uint64_t timeout_ns)
{
    tg_ctx ctx = begin_grouped();
    struct tg_step step = {.script = "trap '' TERM; touch deaf; while :; do sleep 1140.25; done"};
    struct tg_command command = {
        .name = "demo", .steps = &step, .step_count = 1, .memory_bytes = 64 * MIB, .timeout_ns = timeout_ns};
    tg_value out;
    tg_commands_wait(commands, 100000000, TG_COMMAND_LINGER_NS);
    CHECK_INT(tg_command_run(&ctx, &command, &out), TG_FAIL);
    CHECK_INT(ctx.err.cause, TG_CAUSE_TIMEOUT);
    tg_err_done(&ctx.err);
}

/* On a busy machine the limit may come before the script is deaf. */
TEST(a_group_that_will_not_end_is_killed)
{
    for (uint64_t timeout_ns = 100000000; timeout_ns <= UINT64_C(100000000000) && !exists("deaf"); timeout_ns *= 10)
        run_deaf(timeout_ns);
    CHECK_STR(contents(group_path(1, "/cgroup.kill")), "1");
}

TEST(where_no_group_can_be_made_each_program_has_a_limit)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    struct tg_step step = {.script = "ulimit -d"};
    make_tree("1\n", "memory\n", "");
    tg_commands_group_at(commands, "root", "groups");
    CHECK_INT(run_limited(&ctx, &step, 1), TG_OK);
    CHECK(has(tg_buf_str(&said), "65536"));
    ctx = begin(TG_SHOW_FAILED);
    make_tree("", "memory\n", "memory\n"); /* but folders get no files */
    tg_commands_group_at(commands, "root", "groups");
    CHECK_INT(run_limited(&ctx, &step, 1), TG_OK);
    CHECK(has(tg_buf_str(&said), "65536"));
    CHECK(!exists(group_path(1, "")));
}

/* What a process leaves that is killed, its guard removes. */
TEST(the_guard_removes_groups)
{
    begin_grouped();
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        tg_ctx ctx = begin_grouped();
        char *root = tg_alloc_format("%s/root", folder); /* the guard works elsewhere */
        tg_commands_group_at(commands, root, "groups");
        char *script = tg_alloc_format("rm %s*; touch ready; exec sleep 1141.25", group_path(1, "/"));
        struct tg_step step = {.script = script};
        put("child", group_path(1, ""));
        run_limited(&ctx, &step, 1);
        _exit(0);
    }
    wait_for_file("ready");
    CHECK(exists(contents("child")));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    while (exists(contents("child"))) usleep(10000);
}

/* ---- what the kernel counts on the whole machine --------------------------------------------------- */

#define COUNTS(kills) "nr_free_pages 1\noom_kill_disable 9\nkoom_kill 8\noom_kill " kills "\nlast 3\n"

TEST(kills_are_read_among_other_counts)
{
    begin(TG_SHOW_FAILED);
    put("counts", COUNTS("7"));
    CHECK_INT(tg_oom_kills("counts"), 7);
    put("counts", "nr_free_pages 1\n");
    CHECK(tg_oom_kills("counts") == UINT64_MAX);
    put("counts", "");
    CHECK(tg_oom_kills("counts") == UINT64_MAX);
    CHECK(tg_oom_kills("not/there") == UINT64_MAX);
}

/* The cause of a command's failure when it is as the script leaves it. */
static enum tg_cause cause_of(const char *script)
{
    tg_ctx ctx = {.services = &services, .options = tg_nil()};
    tg_value out;
    CHECK_INT(sh(&ctx, script, TG_OUTPUT_NIL, &out), TG_FAIL);
    enum tg_cause cause = ctx.err.cause;
    bool says = strstr(ctx.err.message, "the system killed it, as memory ran out") != NULL;
    CHECK_INT(says, cause == TG_CAUSE_MEMORY);
    tg_err_done(&ctx.err);
    return cause;
}

static void begin_counting(const char *counts)
{
    struct tg_err err = {0};
    begin(TG_SHOW_FAILED);
    put("counts", counts);
    tg_commands_count_kills(commands, "counts");
    CHECK(tg_commands_prepare(commands, &err));
}

#define COUNT(kills) "printf 'x 1\\noom_kill " kills "\\n' > counts; "

/* Each kill is one program's. What happened before is nobody's. */
TEST(a_kill_that_the_kernel_counts_is_for_memory)
{
    begin_counting(COUNTS("7"));
    CHECK_INT(cause_of("kill -9 $$"), TG_CAUSE_SIGNAL);
    CHECK_INT(cause_of(COUNT("8") "kill -9 $$"), TG_CAUSE_MEMORY);
    CHECK_INT(cause_of("kill -9 $$"), TG_CAUSE_SIGNAL);
    CHECK_INT(cause_of(COUNT("10") "exit 137"), TG_CAUSE_MEMORY); /* what a shell makes of it */
    CHECK_INT(cause_of("exit 9"), TG_CAUSE_EXIT);
    CHECK_INT(cause_of("kill -TERM $$"), TG_CAUSE_SIGNAL);
    CHECK_INT(cause_of("kill -9 $$"), TG_CAUSE_MEMORY); /* the second of the two */
    CHECK_INT(cause_of("kill -9 $$"), TG_CAUSE_SIGNAL);
}

TEST(where_the_kernel_counts_no_kills_nothing_is_said)
{
    begin_counting("nr_free_pages 1\n");
    CHECK_INT(cause_of(COUNT("3") "kill -9 $$"), TG_CAUSE_SIGNAL);
    begin_counting(COUNTS("7"));
    CHECK_INT(cause_of("rm counts; kill -9 $$"), TG_CAUSE_SIGNAL);
}
