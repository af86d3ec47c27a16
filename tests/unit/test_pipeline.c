/* SPDX-License-Identifier: MIT
 * Pipelines: what they leave behind, however they end; and commands that wait for descriptors and processes. */
#include <grp.h>
#include <sys/types.h>

#include "engine/value/str.h"
#include "tests/unit/command_case.h"

static char *echo[] = {"echo", "through", NULL}, *cat[] = {"cat", NULL}, *bad[] = {"gzp-is-no-program", NULL},
            *yes[] = {"yes", NULL}, *head[] = {"head", "-c", "3", NULL};

/* Runs a pipeline of these programs; the result as text, or the error's message. Static, one in each thread, cut. */
static const char *piped(tg_ctx *ctx, struct tg_step step, uint64_t timeout_ns)
{
    static _Thread_local char text[256];
    struct tg_buf b = {0};
    struct tg_command command = {
        .name = "demo", .steps = &step, .step_count = 1, .output = TG_OUTPUT_STR, .timeout_ns = timeout_ns};
    tg_value out = tg_nil();
    if (tg_command_run(ctx, &command, &out) == TG_OK) tg_value_print(&b, out);
    else tg_buf_text(&b, ctx->err.message);
    tg_value_unref(out);
    tg_err_done(&ctx->err);
    snprintf(text, sizeof text, "%s", tg_buf_str(&b));
    tg_buf_done(&b);
    return text;
}

TEST(descriptors_are_closed_however_it_ends)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    char **three[] = {cat, cat, cat}, **enough[] = {cat, head};
    tg_value out;
    sh(&ctx, "echo x >&2", TG_OUTPUT_NIL, &out); /* the folder of logs has been made */
    CHECK_STR(piped(&ctx, (struct tg_step){.argv = echo}, 0), "through");
    int before = open_fds();
    CHECK_STR(piped(&ctx, (struct tg_step){.argv = echo, .piped = three, .piped_count = 3}, 0), "through");
    CHECK_STR(piped(&ctx, (struct tg_step){.argv = yes, .piped = enough, .piped_count = 2}, 0), "y\ny");
    for (size_t i = 0; i < 3; i++) {
        three[i] = bad;
        CHECK_STR(piped(&ctx, (struct tg_step){.argv = echo, .piped = three, .piped_count = 3}, 0),
                  "cannot run 'gzp-is-no-program': No such file or directory");
        three[i] = cat;
    }
    CHECK_STR(piped(&ctx, (struct tg_step){.argv = cat, .piped = three, .piped_count = 3, .input_path = "nowhere"}, 0),
              "cannot read 'nowhere': No such file or directory");
    CHECK_STR(
        piped(&ctx, (struct tg_step){.argv = cat, .piped = three, .piped_count = 3, .input = "a\0b", .input_length = 1}, 0),
        "a");
    CHECK_INT(open_fds(), before);
    CHECK_INT(waitpid(-1, NULL, WNOHANG), 0); /* none has ended without being waited for; the guard lives */
}

TEST(a_time_limit_ends_all_programs)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    char *sleep1[] = {"sleep", "1117.25", NULL}, **two[] = {sleep1, sleep1};
    CHECK_STR(piped(&ctx, (struct tg_step){.argv = sleep1, .piped = two, .piped_count = 2}, 200000000),
              "it took longer than its limit of 0.2 s");
    CHECK(run_shell("! pgrep -f '[s]leep 1117.25' >/dev/null") == 0);
}

/* ---- too few of something ------------------------------------------------------------------------ */

#define THREADS 8

static _Atomic unsigned went_well;
static pthread_barrier_t all_there; /* no program takes the place of a thread */

static void *run_some(void *seed)
{
    char **parts[] = {cat, cat};
    pthread_barrier_wait(&all_there);
    for (int i = 0; i < 6; i++) {
        tg_ctx ctx = {.services = &services, .task = (uint32_t)(intptr_t)seed * 100 + (uint32_t)i, .options = tg_nil()};
        struct tg_step step = {.argv = echo, .piped = parts, .piped_count = (size_t)i % 3};
        const char *got = piped(&ctx, step, 0);
        if (strcmp(got, "through") == 0) atomic_fetch_add(&went_well, 1);
        else printf("# %s\n", got);
    }
    return NULL;
}

static void run_in_threads(void)
{
    pthread_t threads[THREADS];
    atomic_store(&went_well, 0);
    pthread_barrier_init(&all_there, NULL, THREADS);
    for (intptr_t i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, run_some, (void *)i);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
}

static int times_said(const char *text)
{
    int count = 0;
    for (const char *at = tg_buf_str(&said); (at = strstr(at, text)); at++) count++;
    return count;
}

TEST(too_few_descriptors_for_all_at_once)
{
    struct rlimit before, low;
    getrlimit(RLIMIT_NOFILE, &before);
    int next = dup(0);
    close(next);
    low = (struct rlimit){(rlim_t)next + 16, before.rlim_max}; /* one pipeline of three, and a little more */
    setrlimit(RLIMIT_NOFILE, &low);
    begin(TG_SHOW_FAILED);
    run_in_threads();
    setrlimit(RLIMIT_NOFILE, &before);
    CHECK_INT(atomic_load(&went_well), THREADS * 6);
    CHECK_INT(times_said("warning: some commands wait until others end: Too many open files; 'ulimit -n'"), 1);
}

/* In a process of a user who has no other: its threads, its guard, a sanitizer's thread, and some programs. */
static int with_few_processes(void)
{
    uid_t user = 1000000 + (uid_t)getpid();
    begin(TG_SHOW_FAILED);
    if (chmod(".", 0777) != 0 || setgroups(0, NULL) != 0 || setgid(user) != 0 || setuid(user) != 0) return 1;
    struct rlimit low = {THREADS + 1 + 1 + 5, THREADS + 1 + 1 + 5};
    setrlimit(RLIMIT_NPROC, &low);
    run_in_threads();
    if (times_said("warning: some commands wait until others end: Resource temporarily unavailable; 'ulimit -u'") != 1)
        return 2;
    return atomic_load(&went_well) == THREADS * 6 ? 0 : 3;
}

TEST(too_few_processes_for_all_at_once)
{
    if (geteuid() != 0) return; /* only then there is a user without other processes */
    begin(TG_SHOW_FAILED);
    pid_t child = fork();
    if (child == 0) _exit(with_few_processes());
    int status = 0;
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
}

/* A command that runs until there is a file, in a thread. */
static void *run_until_told(void *unused)
{
    (void)unused;
    char *wait[] = {"sh", "-c", "touch runs; while [ ! -e go ]; do sleep 0.01; done", NULL};
    tg_ctx ctx = {.services = &services, .task = 77, .options = tg_nil()};
    piped(&ctx, (struct tg_step){.argv = wait}, 0);
    return NULL;
}

static void *stop_when_it_waits(void *unused)
{
    (void)unused;
    for (bool waits = false; !waits; usleep(1000)) {
        pthread_mutex_lock(&said_lock);
        waits = times_said("commands wait");
        pthread_mutex_unlock(&said_lock);
    }
    atomic_store(&stop, TG_STOP_SIGNAL);
    return NULL;
}

/* What a command says that lacks descriptors while another one runs. */
static const char *lacking(uint64_t timeout_ns, void *(*meanwhile)(void *))
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    struct rlimit before, low;
    pthread_t runner, other;
    CHECK_INT(run_shell("rm -f runs go"), 0);
    pthread_create(&runner, NULL, run_until_told, NULL);
    wait_for_file("runs");
    if (meanwhile) pthread_create(&other, NULL, meanwhile, NULL);
    getrlimit(RLIMIT_NOFILE, &before);
    int next = dup(0);
    close(next);
    low = (struct rlimit){(rlim_t)next + 1, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &low);
    const char *message = piped(&ctx, (struct tg_step){.argv = echo}, timeout_ns);
    setrlimit(RLIMIT_NOFILE, &before);
    if (meanwhile) pthread_join(other, NULL);
    atomic_store(&stop, TG_GO);
    CHECK_INT(run_shell("touch go"), 0);
    pthread_join(runner, NULL);
    return message;
}

TEST(waiting_ends_with_the_run_and_with_the_time_limit)
{
    CHECK_STR(lacking(200000000, NULL), "it took longer than its limit of 0.2 s");
    CHECK_STR(lacking(0, stop_when_it_waits), "interrupted");
}
