/* SPDX-License-Identifier: MIT
 * How commands end: by themselves with all that they started, by a stop, by a time limit, with the death of their
 * parent; and many at once. */
#include "engine/base/clock.h"
#include "engine/value/str.h"
#include "tests/unit/command_case.h"

/* ---- ending -------------------------------------------------------------------------------------- */

/* True when no process has this word in its arguments any more; waits for it. The limit is a number of looks, which take
 * longer on a busy machine, as what they wait for does. */
static bool all_gone(const char *word)
{
    char *script = tg_alloc_format("! grep -qaFs -- '%s' $(ls -d /proc/[0-9]*/cmdline 2> /dev/null | grep -v /$$/)", word);
    bool gone = false;
    for (int i = 0; i < 1000 && !gone; i++) {
        gone = run_shell(script) == 0;
        if (!gone) usleep(20000);
    }
    free(script);
    return gone;
}

TEST(background_programs_end_with_the_command)
{
    CHECK_STR(result("sleep 1101.25 > /dev/null 2>&1 & echo done", TG_OUTPUT_STR), "\"done\"");
    CHECK_STR(tg_buf_str(&said), ""); /* nobody waited for it */
    CHECK(all_gone("1101.25"));
    CHECK_STR(result("sleep 1102.25 & echo done", TG_OUTPUT_STR), "\"done\"");
    CHECK(has(tg_buf_str(&said), "left programs running"));
    CHECK(all_gone("1102.25"));
    CHECK_STR(
        result("timeout 1103.25 sh -c 'touch group; exec sleep 1103.25' & until [ -e group ]; do sleep 0.01; done; echo done",
               TG_OUTPUT_STR),
        "\"done\"");
    CHECK(all_gone("1103.25"));
}

/* A daemon, as programs make one: it has another session, another parent, and no descriptor of ours. */
#define DAEMON(seconds) "(setsid sh -c 'trap \"\" TERM; sleep " seconds "; :' < /dev/null > /dev/null 2>&1 &)"

/* The guard looks for it once in a while. */
TEST(daemons_end_with_the_command)
{
    CHECK_STR(result(DAEMON("1121.25") "; echo done", TG_OUTPUT_STR), "\"done\"");
    CHECK(all_gone("1121.25"));
    CHECK_STR(result(DAEMON("1122.25") "; exit 3", TG_OUTPUT_STR), "command failed with exit status 3");
    CHECK(all_gone("1122.25"));
}

/* At the latest when the process ends that waited for the command. */
TEST(daemons_end_with_the_process)
{
    fflush(stdout);
    begin(TG_SHOW_FAILED);
    pid_t child = fork();
    if (child == 0) {
        tg_ctx ctx = begin(TG_SHOW_FAILED);
        tg_value out;
        _exit(sh(&ctx, DAEMON("1123.25"), TG_OUTPUT_NIL, &out));
    }
    int status;
    waitpid(child, &status, 0);
    CHECK_INT(status, 0);
    CHECK(all_gone("1123.25"));
}

/* Of a program that is still running, what it started stays, and so does what bears no mark, or another one. */
TEST(what_is_not_left_stays)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    tg_value out;
    CHECK_INT(sh(&ctx,
                 "TG_COMMAND=stays setsid sh -c 'echo $$ > stays; exec sleep 1124.25' < /dev/null > /dev/null 2>&1 & "
                 "until [ -s stays ]; do sleep 0.01; done",
                 TG_OUTPUT_NIL, &out),
              TG_OK);
    CHECK_STR(result("setsid sh -c 'until [ -e gone ]; do sleep 0.01; done; echo heard > answer' > /dev/null 2>&1 &"
                     "until [ -e seen ]; do " DAEMON("1125.25") "; sleep 0.3; touch seen; done; touch gone;"
                                                                "until [ -e answer ]; do sleep 0.01; done; cat answer",
                     TG_OUTPUT_STR),
              "\"heard\"");
    CHECK(all_gone("1125.25"));
    CHECK_INT(run_shell("kill $(cat stays)"), 0);
}

/* As a batch system runs a job, with the environment of who asked for it. The daemon is killed in the same look. */
TEST(what_others_start_stays)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    tg_value out;
    CHECK_INT(sh(&ctx,
                 "mark=$TG_COMMAND; env -u TG_COMMAND setsid sh -c \"TG_COMMAND=$mark sleep 1126.25 & echo \\$! > job; wait\" "
                 "< /dev/null > /dev/null 2>&1 & setsid sh -c 'touch away; sleep 1127.25; :' < /dev/null > /dev/null 2>&1 & "
                 "until [ -s job ] && [ -e away ] && grep -qsa TG_COMMAND=$mark /proc/$(cat job)/environ; do sleep 0.01; done",
                 TG_OUTPUT_NIL, &out),
              TG_OK);
    CHECK(all_gone("1127.25"));
    CHECK_INT(run_shell("tr '\\0' '\\n' < /proc/$(cat job)/environ | grep -q '^TG_COMMAND=[0-9]'"), 0);
    CHECK_INT(run_shell("kill $(cat job)"), 0);
}

/* The other end of the named pipe is closed when the shell ends: only then `late` is written. */
TEST(background_programs_may_write_after_the_end)
{
    begin(TG_SHOW_FAILED);
    CHECK_INT(mkfifo("end", 0600), 0);
    CHECK_STR(result("(read -r x < end || echo late) & exec 9> end; echo done", TG_OUTPUT_STR), "\"done\\nlate\"");
    CHECK_STR(tg_buf_str(&said), "");
}

/* Of one that does not end when it is asked to. */
#define SHORT_GRACE_NS UINT64_C(300000000)

/* Stops the run as soon as the script has made the file `running`. */
static void *stop_running(void *signal)
{
    wait_for_file("running");
    if (signal) tg_commands_end(commands, *(int *)signal, &stop);
    else atomic_store(&stop, TG_STOP_SIGNAL);
    if (write(wake[1], "", 1) != 1) abort();
    return NULL;
}

static void run_stopped_in(uint64_t grace_ns, const char *script, int *signal, tg_ctx *ctx)
{
    pthread_t thread;
    tg_value out;
    *ctx = begin(TG_SHOW_FAILED);
    tg_commands_wait(commands, grace_ns, TG_COMMAND_LINGER_NS);
    unlink("running");
    pthread_create(&thread, NULL, stop_running, signal);
    CHECK_INT(sh(ctx, script, TG_OUTPUT_STR, &out), TG_FAIL);
    pthread_join(thread, NULL);
    CHECK_STR(ctx->err.message, "interrupted");
}

/* Of one that ends: it has all the time that it needs. */
#define LONG_GRACE_NS UINT64_C(3600000000000)

static void run_stopped(const char *script, int *signal, tg_ctx *ctx)
{
    run_stopped_in(LONG_GRACE_NS, script, signal, ctx);
}

TEST(stopping)
{
    tg_ctx ctx;
    int number = SIGINT;
    run_stopped("trap 'echo told TERM >&2; exit 0' TERM; touch running; sleep 1104.25 & wait", NULL, &ctx);
    CHECK(has(ctx.err.detail, "told TERM"));
    tg_err_done(&ctx.err);
    run_stopped("trap 'echo told INT >&2; exit 0' INT; touch running; sleep 1105.25 & wait", &number, &ctx);
    CHECK(has(ctx.err.detail, "told INT"));
    tg_err_done(&ctx.err);
    tg_value out;
    CHECK_INT(sh(&ctx, "echo never", TG_OUTPUT_STR, &out), TG_FAIL);
    CHECK_STR(ctx.err.message, "interrupted");
    tg_err_done(&ctx.err);
    CHECK(all_gone("1104.25"));
    CHECK(all_gone("1105.25"));
}

/* It has time to clean up, on a busy machine more, and is killed if it goes on after that. */
TEST(stopping_one_that_will_not_end)
{
    tg_ctx ctx;
    for (uint64_t grace_ns = SHORT_GRACE_NS; grace_ns <= 1000 * SHORT_GRACE_NS && !exists("cleaned"); grace_ns *= 10) {
        run_stopped_in(grace_ns,
                       "trap 'trap \"\" TERM; touch cleaned; exec sleep 1106.25' TERM; touch running; sleep 1114.25 & wait",
                       NULL, &ctx);
        tg_err_done(&ctx.err);
    }
    CHECK(exists("cleaned"));
    CHECK(all_gone("1106.25"));
}

/* Who is killed is not asked first. */
TEST(stopping_by_a_kill)
{
    tg_ctx ctx;
    int number = SIGKILL;
    run_stopped("trap 'touch asked' TERM; touch running; timeout 1107.25 sleep 1107.25 & wait", &number, &ctx);
    tg_err_done(&ctx.err);
    CHECK(all_gone("1107.25"));
    CHECK(!exists("asked"));
}

TEST(a_failed_run_lets_commands_end)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    tg_value out;
    atomic_store(&stop, TG_STOP_FAILED);
    CHECK_INT(write(wake[1], "", 1), 1);
    CHECK_INT(sh(&ctx, "sleep 0.3; echo whole", TG_OUTPUT_STR, &out), TG_OK);
    CHECK_STR(tg_str_of(out)->data, "whole");
    tg_value_unref(out);
}

TEST(timeout)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    struct tg_step step = {.script = "sleep 1108.25"};
    struct tg_command command = {.name = "demo", .steps = &step, .step_count = 1, .timeout_ns = 200000000};
    tg_value out;
    CHECK_INT(tg_command_run(&ctx, &command, &out), TG_FAIL);
    CHECK_STR(ctx.err.message, "it took longer than its limit of 0.2 s");
    CHECK_INT(ctx.err.cause, TG_CAUSE_TIMEOUT);
    CHECK(all_gone("1108.25"));
    tg_err_done(&ctx.err);
}

static void run_limited(const char *script)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    struct tg_step step = {.script = script};
    struct tg_command command = {.name = "demo", .steps = &step, .step_count = 1, .timeout_ns = 200000000};
    tg_value out;
    tg_commands_wait(commands, SHORT_GRACE_NS, TG_COMMAND_LINGER_NS);
    CHECK_INT(tg_command_run(&ctx, &command, &out), TG_FAIL);
    CHECK_INT(ctx.err.cause, TG_CAUSE_TIMEOUT);
    tg_err_done(&ctx.err);
}

/* Nothing that a program does keeps it, or what it has started, beyond the limit and the grace: it ignores requests, starts
 * others twice over, in other sessions, or goes itself and leaves them. */
TEST(timeout_of_one_that_will_not_end)
{
    run_limited("trap '' TERM INT HUP QUIT; while :; do sleep 1130.25; done");
    CHECK(all_gone("1130.25"));
    run_limited("trap '' TERM; (sh -c 'sleep 1131.25 & wait' &); sleep 1131.25");
    CHECK(all_gone("1131.25"));
    run_limited("trap '' TERM; setsid sh -c 'setsid sleep 1132.25 & wait' & " DAEMON("1132.25") "; wait");
    CHECK(all_gone("1132.25"));
    run_limited("trap 'exit 0' TERM; (trap '' TERM; sleep 1133.25; :) & wait");
    CHECK(all_gone("1133.25"));
    run_limited("kill -STOP $$; sleep 1134.25");
    CHECK(all_gone("1134.25"));
}

/* A reader waits for what holds the pipe; all are asked, and killed if need be. */
TEST(timeout_of_what_left_the_session)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    char *sleeper[] = {"setsid", "-w", "sh", "-c", "trap 'touch asked' TERM; touch ready; while :; do sleep 1126.25; done",
                       NULL};
    char *reader[] = {"sh", "-c", DAEMON("1127.25") "; exec cat", NULL}, **piped[] = {reader};
    struct tg_step step = {.argv = sleeper, .piped = piped, .piped_count = 1};
    struct tg_command command = {.name = "demo", .steps = &step, .step_count = 1, .timeout_ns = 500000000};
    tg_value out;
    tg_commands_wait(commands, SHORT_GRACE_NS, TG_COMMAND_LINGER_NS);
    CHECK_INT(tg_command_run(&ctx, &command, &out), TG_FAIL);
    CHECK_INT(ctx.err.cause, TG_CAUSE_TIMEOUT);
    CHECK(all_gone("1126.25"));
    CHECK(all_gone("1127.25"));
    tg_err_done(&ctx.err);
}

static struct tg_command failing(struct tg_step *step, uint32_t attempt)
{
    return (struct tg_command){.name = "demo", .steps = step, .step_count = 1, .attempt = attempt};
}

static char *log_of_failure(tg_ctx *ctx, uint32_t attempt)
{
    struct tg_step step = {.script = "echo $0 >&2; exit 3"};
    struct tg_command command = failing(&step, attempt);
    tg_value out;
    CHECK_INT(tg_command_run(ctx, &command, &out), TG_FAIL);
    char *log = tg_alloc_text(strstr(ctx->err.detail, "log: ") + strlen("log: "));
    tg_err_done(&ctx->err);
    return log;
}

TEST(each_attempt_has_a_log)
{
    tg_ctx ctx = begin(TG_SHOW_GROUPED);
    char *first = log_of_failure(&ctx, 1), *second = log_of_failure(&ctx, 2);
    CHECK(exists(first) && exists(second) && strcmp(first, second) != 0);
    CHECK(strstr(second, "-attempt-2.log") && !strstr(first, "attempt"));
    CHECK(strstr(said.data, "[demo]\nbash\n[demo, attempt 2]\nbash\n"));
    free(first);
    free(second);
}

static void fails_because(struct tg_step step, enum tg_cause cause, int status)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    struct tg_command command = failing(&step, 1);
    tg_value out;
    CHECK_INT(tg_command_run(&ctx, &command, &out), TG_FAIL);
    CHECK_INT(ctx.err.cause, cause);
    CHECK_INT(ctx.err.status, status);
    tg_err_done(&ctx.err);
}

TEST(causes)
{
    char *missing[] = {"no-such-program", NULL}, *folder_itself[] = {"/", NULL}, *pass[] = {"cat", NULL};
    char *dies[] = {"sh", "-c", "exit 9", NULL}, **piped[] = {dies, pass};
    fails_because((struct tg_step){.script = "exit 75"}, TG_CAUSE_EXIT, 75);
    fails_because((struct tg_step){.script = "kill -SEGV $$"}, TG_CAUSE_SIGNAL, SIGSEGV);
    fails_because((struct tg_step){.argv = missing}, TG_CAUSE_CANNOT, 0);
    fails_because((struct tg_step){.argv = folder_itself}, TG_CAUSE_CANNOT, 0);
    fails_because((struct tg_step){.argv = pass, .piped = piped, .piped_count = 2}, TG_CAUSE_EXIT, 9);
    fails_because((struct tg_step){.argv = pass, .input_path = "not/there"}, TG_CAUSE_ERROR, 0);
}

/* Looks until there is something to tell, then lets the script end. */
static void *describe_running(void *text)
{
    struct tg_buf *b = text;
    while (!b->length) {
        usleep(1000);
        tg_commands_describe(commands, b);
    }
    if (run_shell("touch described") != 0) abort();
    return NULL;
}

TEST(describing)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    struct tg_buf b = {0};
    pthread_t thread;
    tg_value out;
    pthread_create(&thread, NULL, describe_running, &b);
    CHECK_INT(sh(&ctx, "until [ -e described ]; do sleep 0.01; done", TG_OUTPUT_NIL, &out), TG_OK);
    pthread_join(thread, NULL);
    long pid;
    double seconds;
    CHECK_INT(sscanf(tg_buf_str(&b), "demo: process %ld, %lf s", &pid, &seconds), 2);
    tg_buf_done(&b);
}

/* ---- the guard ----------------------------------------------------------------------------------- */

/* Starts a process that runs the script as a command, waits until `file` is there, and kills it hard. */
static void kill_parent_of(const char *script, const char *file)
{
    begin(TG_SHOW_FAILED);
    unlink(file);
    fflush(stdout);
    pid_t parent = fork();
    if (parent == 0) {
        tg_ctx ctx = begin(TG_SHOW_FAILED);
        tg_value out;
        sh(&ctx, script, TG_OUTPUT_STR, &out);
        _exit(0);
    }
    wait_for_file(file);
    kill(parent, SIGKILL);
    waitpid(parent, NULL, 0);
}

TEST(guard)
{
    kill_parent_of("sh -c 'sleep 1109.25 & touch g1; wait'", "g1");
    CHECK(all_gone("1109.25"));
    kill_parent_of("timeout 1110.25 sleep 1110.25 & touch g2; wait", "g2");
    CHECK(all_gone("1110.25"));
    kill_parent_of("trap '' INT TERM HUP; sleep 1111.25 & touch g3; wait", "g3");
    CHECK(all_gone("1111.25"));
    kill_parent_of(DAEMON("1128.25") "; touch g4; sleep 1128.25", "g4");
    CHECK(all_gone("1128.25"));
}

TEST(guard_keeps_no_pipe_open)
{
    int fds[2];
    begin(TG_SHOW_FAILED);
    fflush(stdout);
    CHECK_INT(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) {
        tg_ctx ctx = begin(TG_SHOW_FAILED);
        tg_value out;
        _exit(sh(&ctx, "true", TG_OUTPUT_NIL, &out));
    }
    close(fds[1]);
    char byte;
    CHECK_INT(read(fds[0], &byte, 1), 0);
    int status;
    waitpid(child, &status, 0);
    CHECK_INT(status, 0);
    close(fds[0]);
}

TEST(worker_process_has_a_guard_of_its_own)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    tg_value out;
    unlink("g4");
    CHECK_INT(sh(&ctx, "true", TG_OUTPUT_NIL, &out), TG_OK);
    fflush(stdout);
    pid_t worker = fork();
    if (worker == 0) {
        sh(&ctx, "touch g4; sleep 1112.25 & wait", TG_OUTPUT_NIL, &out);
        _exit(0);
    }
    wait_for_file("g4");
    struct tg_buf b = {0};
    tg_commands_describe(commands, &b);
    CHECK(has(tg_buf_str(&b), "demo: process "));
    kill(worker, SIGKILL);
    waitpid(worker, NULL, 0);
    CHECK(all_gone("1112.25"));
    while (b.length) { /* until it is no longer told of */
        b.length = 0;
        usleep(10000);
        tg_commands_describe(commands, &b);
    }
    tg_buf_done(&b);
    CHECK_INT(sh(&ctx, "echo on", TG_OUTPUT_NIL, &out), TG_OK);
}

/* ---- many at once, and the cost ------------------------------------------------------------------ */

static void *run_many(void *seed)
{
    for (int i = 0; i < 12; i++) {
        tg_ctx ctx = {.services = &services, .task = (uint32_t)(intptr_t)seed * 100 + (uint32_t)i, .options = tg_nil()};
        tg_value out;
        char *script = tg_alloc_format("echo %d; echo noise >&2; exit %d", i, i % 4 == 3);
        int status = sh(&ctx, script, TG_OUTPUT_INT, &out);
        if (status != (i % 4 == 3 ? TG_FAIL : TG_OK) || (status == TG_OK && out.i != i)) atomic_store(&stop, 99);
        tg_err_done(&ctx.err);
        free(script);
    }
    return NULL;
}

TEST(eight_threads)
{
    begin(TG_SHOW_LIVE);
    pthread_t threads[8];
    struct tg_buf b = {0};
    int before = open_fds();
    for (intptr_t i = 0; i < 8; i++) pthread_create(&threads[i], NULL, run_many, (void *)i);
    for (int i = 0; i < 20; i++) {
        tg_commands_describe(commands, &b);
        tg_commands_signal(commands, SIGCONT);
        usleep(5000);
    }
    for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
    tg_buf_done(&b);
    CHECK_INT(atomic_load(&stop), TG_GO);
    CHECK_INT(open_fds(), before + 3); /* the guard's pipe, the lock of the folder of logs, /dev/null */
}

static void *run_until_stopped(void *interrupted)
{
    tg_ctx ctx = {.services = &services, .options = tg_nil()};
    tg_value out;
    while (sh(&ctx, "sleep 0.05; sleep 1113.25", TG_OUTPUT_STR, &out) == TG_OK) {}
    if (strcmp(ctx.err.message, "interrupted") == 0) atomic_fetch_add((_Atomic int *)interrupted, 1);
    tg_err_done(&ctx.err);
    return NULL;
}

TEST(stopping_eight_threads)
{
    begin(TG_SHOW_FAILED);
    pthread_t threads[8];
    _Atomic int interrupted = 0;
    for (int i = 0; i < 8; i++) pthread_create(&threads[i], NULL, run_until_stopped, &interrupted);
    usleep(20000); /* some have started, some have not */
    tg_commands_end(commands, SIGINT, &stop);
    CHECK_INT(atomic_load(&stop), TG_STOP_SIGNAL);
    CHECK_INT(write(wake[1], "", 1), 1);
    for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
    CHECK_INT(atomic_load(&interrupted), 8);
    CHECK(all_gone("1113.25"));
}
