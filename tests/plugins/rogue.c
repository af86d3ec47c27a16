/* SPDX-License-Identifier: MIT
 * A plugin for the tests whose tasks do what a task must not: end the process or its thread, crash, print, return what their
 * signatures do not say, and go on for ever. What it does when it is loaded, the environment says: ROGUE=exit, print, hang or fork. */
#include <tgrun.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TASK(name)                                                                                     \
    static int name(__attribute__((unused)) tg_ctx *ctx, __attribute__((unused)) const tg_value *args, \
                    __attribute__((unused)) size_t count, tg_value *out)

__attribute__((constructor)) static void when_loaded(void)
{
    const char *what = getenv("ROGUE");
    if (what && strcmp(what, "exit") == 0) exit(0);
    if (what && strcmp(what, "print") == 0) printf("loaded\n");
    if (what && strcmp(what, "hang") == 0) pause();
    if (what && strcmp(what, "fork") == 0 && fork() > 0) wait(NULL);
}

/* ---- ends ---------------------------------------------------------------------------------------- */

static volatile int bottom = -1; /* never reached, which the compiler need not know */

static int deep(int depth)
{
    volatile char frame[4000];
    frame[0] = (char)depth;
    return depth == bottom ? 0 : deep(depth + 1) + frame[0];
}

static void crash(void)
{
    volatile int *nowhere = NULL;
    *nowhere = 1;
}

static void *end_elsewhere(void *unused)
{
    exit(0);
    return unused;
}

/* When a command has begun, as its mark says. */
static void *end_later(void *unused)
{
    while (access("begun", F_OK) != 0) usleep(10000);
    return end_elsewhere(unused);
}

static void exit_later(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, end_later, NULL) == 0) pthread_detach(thread);
}

static void exit_elsewhere(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, end_elsewhere, NULL);
    pthread_join(thread, NULL);
}

static void exit_again(void)
{
    exit(0);
}

static void exit_at_once(void)
{
    _exit(7);
}

/* ends(how, after): ends the process. */
TASK(ends)
{
    const char *how = tg_as_text(args[0], NULL);
    *out = tg_int(1);
    if (strcmp(how, "exit") == 0) exit(0);
    else if (strcmp(how, "_exit") == 0) _exit(0);
    else if (strcmp(how, "_Exit") == 0) _Exit(3);
    else if (strcmp(how, "quick_exit") == 0) quick_exit(0);
    else if (strcmp(how, "abort") == 0) abort();
    else if (strcmp(how, "overflow") == 0) return deep(0);
    else if (strcmp(how, "crash") == 0) crash();
    else if (strcmp(how, "raise") == 0) raise(SIGSEGV);
    else if (strcmp(how, "pthread_exit") == 0) pthread_exit(NULL);
    else if (strcmp(how, "elsewhere") == 0) exit_elsewhere();
    else if (strcmp(how, "later") == 0) exit_later();
    else if (strcmp(how, "at the end") == 0) return atexit(exit_again);
    else if (strcmp(how, "at the end, at once") == 0) return atexit(exit_at_once);
    else if (strcmp(how, "copy's pthread_exit") == 0) return fork() ? wait(NULL), TG_OK : (pthread_exit(NULL), TG_OK);
    else if (strcmp(how, "fork") == 0) return fork() ? wait(NULL), TG_OK : TG_OK;
    else return tg_fail(ctx, "no such end");
    return TG_OK;
}

/* copies(status): a copy of the process that ends as it should; its status. */
TASK(copies)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) _exit((int)tg_as_int(args[0]));
    waitpid(pid, &status, 0);
    *out = tg_int(WEXITSTATUS(status));
    return TG_OK;
}

/* ---- words --------------------------------------------------------------------------------------- */

TASK(prints)
{
    printf("printed\n");
    if (write(1, "written\n", 8) < 0) return tg_fail(ctx, "cannot write");
    *out = tg_int(1);
    return TG_OK;
}

/* ---- what belongs to all ------------------------------------------------------------------------- */

TASK(moves)
{
    *out = tg_int(chdir("/"));
    return TG_OK;
}

TASK(closes)
{
    for (int fd = 3; fd < 1024; fd++) close(fd);
    *out = tg_int(1);
    return TG_OK;
}

/* ---- results ------------------------------------------------------------------------------------- */

static int give(tg_value *out, tg_value item)
{
    *out = tg_list_new(3);
    tg_list_push(out, tg_int(1));
    tg_list_push(out, item);
    tg_list_push(out, tg_int(3));
    return TG_OK;
}

TASK(says_nothing)
{
    (void)out;
    const char *format = NULL;
    return tg_fail(ctx, format, 0);
}

TASK(ints)
{
    return give(out, tg_str_new("two", 3));
}

TASK(deep_ints)
{
    tg_value inner;
    give(&inner, tg_float(2.5));
    *out = tg_list_new(1);
    tg_list_push(out, inner);
    return TG_OK;
}

TASK(good_ints)
{
    return give(out, tg_int(2));
}

TASK(text)
{
    *out = tg_str_new("a\xff", 2);
    return TG_OK;
}

TASK(texts)
{
    *out = tg_list_new(1);
    tg_list_push(out, tg_str_new("b\xc0", 2));
    return TG_OK;
}

TASK(path)
{
    *out = tg_file_new("a\0b", 3);
    return TG_OK;
}

static int describe_nothing(const void *payload, char *text, size_t text_size)
{
    (void)payload;
    return snprintf(text, text_size, "nothing");
}

static const struct tg_object_type nothing_type = {
    .size = sizeof nothing_type,
    .encoding_version = 1,
    .name = "nothing",
    .describe = describe_nothing,
};

/* endless(kind): as long as can be said. */
TASK(endless)
{
    const char *kind = tg_as_text(args[0], NULL);
    if (strcmp(kind, "text") == 0) *out = tg_str_new(NULL, SIZE_MAX);
    else if (strcmp(kind, "object") == 0) *out = tg_object_new(&nothing_type, SIZE_MAX);
    else *out = tg_list_new(SIZE_MAX);
    return TG_OK;
}

TASK(odd_status)
{
    *out = tg_int(1);
    return 7;
}

/* ---- without end --------------------------------------------------------------------------------- */

/* Does not look whether it is cancelled; makes the file `begun`. */
TASK(spins)
{
    FILE *f = fopen("begun", "w");
    if (f) fclose(f);
    for (volatile int on = 1; on;) usleep(1000);
    *out = tg_int(1);
    return TG_OK;
}

/* The same, with all signals let in and two handlers gone. */
TASK(spins_unblocked)
{
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
    return spins(ctx, args, count, out);
}

static const struct tg_task tasks[] = {
    {"ends(how: str, after: any = nil) -> int effect", ends, "Ends the process."},
    {"copies(status: int) -> int effect", copies, "Forks, and the copy ends."},
    {"prints(after: any = nil) -> int effect", prints, "Prints to standard output."},
    {"moves() -> int effect", moves, "Goes to another folder."},
    {"closes(after: any = nil) -> int effect", closes, "Closes all descriptors."},
    {"says_nothing() -> int", says_nothing, "Fails without a message."},
    {"ints() -> list[int]", ints, "Not only ints."},
    {"deep_ints() -> list[list[int]]", deep_ints, "A float among them."},
    {"good_ints() -> list[int]", good_ints, "[1, 2, 3]."},
    {"text() -> str", text, "No UTF-8."},
    {"texts() -> list[str]", texts, "No UTF-8."},
    {"path() -> file", path, "A NUL in a path."},
    {"endless(kind: str) -> any", endless, "More than there can be."},
    {"odd_status() -> int", odd_status, "Returns 7."},
    {"spins(after: any = nil) -> int effect", spins, "Never ends."},
    {"spins_unblocked(after: any = nil) -> int effect", spins_unblocked, "Never ends."},
};
static const struct tg_object_type *const types[] = {&nothing_type};

TG_PLUGIN(.name = "rogue", .version = "1.0", .doc = "For tests.", .tasks = tasks, .task_count = TG_COUNT(tasks), .types = types,
          .type_count = TG_COUNT(types));
