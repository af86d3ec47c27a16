/* SPDX-License-Identifier: MIT
 * A plugin for the tests of executors. Its tasks tell of the process that they run in, write down that they have begun, and end it
 * in all ways; other than those of rogue.c they have no effect where nothing is said, so that many are sent at once. */
#include <tgrun.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TASK(name)                                                                                     \
    static int name(__attribute__((unused)) tg_ctx *ctx, __attribute__((unused)) const tg_value *args, \
                    __attribute__((unused)) size_t count, __attribute__((unused)) tg_value *out)

#define NS_PER_SECOND 1000000000

static const char *text_of(tg_value v)
{
    return tg_as_text(v, NULL);
}

/* ---- ends ---------------------------------------------------------------------------------------- */

static volatile int bottom = -1; /* never reached, which the compiler need not know */

static int deep(int depth)
{
    volatile char frame[4000];
    frame[0] = (char)depth;
    return depth == bottom ? 0 : deep(depth + 1) + frame[0];
}

static void *stay(void *unused)
{
    for (;;) pause();
    return unused;
}

/* The thread of the task ends, and another one stays. */
static void end_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, stay, NULL) == 0) pthread_detach(thread);
    pthread_exit(NULL);
}

static void end_so(const char *how)
{
    if (strcmp(how, "segv") == 0) *(volatile int *)(uintptr_t)bottom = 1;
    else if (strcmp(how, "abort") == 0) abort();
    else if (strcmp(how, "fpe") == 0) raise(SIGFPE);
    else if (strcmp(how, "exit") == 0) exit(3);
    else if (strcmp(how, "overflow") == 0) deep(0);
    else if (strcmp(how, "pthread_exit") == 0) pthread_exit(NULL);
    else if (strcmp(how, "thread") == 0) end_thread();
    else if (strcmp(how, "kill") == 0) raise(SIGKILL);
}

/* ends(how, x): x, if there is no such end. */
TASK(ends)
{
    end_so(text_of(args[0]));
    *out = tg_ref(args[1]);
    return TG_OK;
}

/* The same, when it has made a file that is not there; else x. */
TASK(ends_once)
{
    int fd = open(text_of(args[2]), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0) close(fd), end_so(text_of(args[0]));
    *out = tg_ref(args[1]);
    return TG_OK;
}

/* The same, when it has logged a line. */
TASK(says_and_ends)
{
    size_t length;
    const char *text = tg_as_text(args[1], &length);
    tg_log(ctx, text, length);
    end_so(text_of(args[0]));
    *out = tg_nil();
    return TG_OK;
}

/* Both processes come back. */
TASK(forks)
{
    if (fork() > 0) wait(NULL);
    *out = tg_ref(args[0]);
    return TG_OK;
}

TASK(closes)
{
    for (int fd = 0; fd < 1024; fd++) close(fd);
    *out = tg_ref(args[0]);
    return TG_OK;
}

/* ---- work ---------------------------------------------------------------------------------------- */

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS_PER_SECOND + (uint64_t)t.tv_nsec;
}

static int64_t work_for(int64_t ns, int64_t x)
{
    uint64_t end_ns = ns > 0 ? now_ns() + (uint64_t)ns : 0;
    while (end_ns && now_ns() < end_ns) {}
    return (int64_t)((uint64_t)x * 31 + 7) & 0xffffffff;
}

/* work(x, ns, after): a number that follows from x, and from the results that it waits for. */
TASK(work)
{
    int64_t x = tg_as_int(args[0]);
    if (count > 2 && tg_kind(args[2]) == TG_INT) x += tg_as_int(args[2]);
    *out = tg_int(work_for(tg_as_int(args[1]), x));
    return TG_OK;
}

static bool add_line(const char *path, const char *line)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    size_t length = strlen(line);
    bool added = fd >= 0 && write(fd, line, length) == (ssize_t)length;
    if (fd >= 0) close(fd);
    return added;
}

/* appends(path, x, ns): adds a line with x to the file, and works. */
TASK(appends)
{
    char line[32];
    snprintf(line, sizeof line, "%lld\n", (long long)tg_as_int(args[1]));
    if (!add_line(text_of(args[0]), line)) return tg_fail(ctx, "cannot write");
    work_for(tg_as_int(args[2]), 0);
    *out = tg_ref(args[1]);
    return TG_OK;
}

/* waits(path, x): adds the number of its process to the file, and goes on until there is another one, "over". */
TASK(waits)
{
    char line[32];
    snprintf(line, sizeof line, "%d\n", (int)getpid());
    if (!add_line(text_of(args[0]), line)) return tg_fail(ctx, "cannot write");
    while (access("over", F_OK) != 0) usleep(2000);
    *out = tg_ref(args[1]);
    return TG_OK;
}

/* Whether it runs in tgrun itself. */
TASK(is_at_home)
{
    const char *title = text_of(args[0]);
    char line[64] = "";
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, line, sizeof line - 1);
    if (fd >= 0) close(fd);
    bool found = length > 0 && memmem(line, (size_t)length, title, strlen(title) + 1);
    *out = tg_bool(!found);
    return TG_OK;
}

static const struct tg_task tasks[] = {
    {"ends(how: str, x: any = nil, after: any = nil) -> any", ends, "Ends the process."},
    {"ends_once(how: str, x: any, path: str) -> any", ends_once, "Ends the process the first time."},
    {"says_and_ends(how: str, text: str, after: any = nil) -> nil", says_and_ends, "Logs, and ends the process."},
    {"forks(x: any, after: any = nil) -> any effect", forks, "Comes back twice."},
    {"closes(x: any, after: any = nil) -> any effect", closes, "Closes all descriptors."},
    {"work(x: int, ns: int = 0, after: any = nil) -> int", work, "A number."},
    {"appends(path: str, x: int, ns: int = 0, after: any = nil) -> int effect", appends, "x."},
    {"waits(path: str, x: any = nil, after: any = nil) -> any", waits, "x."},
    {"waits_once(path: str, x: any = nil, after: any = nil) -> any effect", waits, "x."},
    {"is_at_home(title: str = \"exec\") -> bool effect", is_at_home, "Whether it runs in tgrun itself."},
};

TG_PLUGIN(.name = "mortal", .version = "1.0", .doc = "For tests.", .tasks = tasks, .task_count = TG_COUNT(tasks));
