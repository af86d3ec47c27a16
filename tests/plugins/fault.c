/* SPDX-License-Identifier: MIT
 * A plugin for the tests of what is to be done when things go wrong: its tasks crash, hang, are slow, return what they must not,
 * fail by chance or so many times, leave processes behind and ask for memory. Each takes a last argument `after`, to wait for.
 *
 * Where a task takes the name of a file to `mark`, it makes that when it has begun, so that tests can wait for it; `count` names
 * a file with a byte for each time that a task was called with it, in this process or another one. */
#include <tgrun.h>

#include <errno.h>
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

/* ---- marks --------------------------------------------------------------------------------------- */

/* Adds a byte to the file, if it has a name; how many it has then, -1 after an error. */
static int64_t add_mark(const char *path)
{
    if (!*path) return 0;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0) return -1;
    int64_t size = write(fd, "x", 1) == 1 ? (int64_t)lseek(fd, 0, SEEK_CUR) : -1;
    close(fd);
    return size;
}

static const char *text_of(tg_value v)
{
    return tg_as_text(v, NULL);
}

/* Sleeps for the whole of it, whatever the run says. */
static void sleep_deaf(double seconds)
{
    struct timespec left = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * NS_PER_SECOND)};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {}
}

/* The same until there is a file of that name, if it has one. */
static void await_deaf(const char *gate)
{
    while (*gate && access(gate, F_OK) != 0) sleep_deaf(0.005);
}

/* ---- ends ---------------------------------------------------------------------------------------- */

/* By default with the handlers that the process has: as a fault in the code would. */
TASK(crash)
{
    raise((int)tg_as_int(args[0]));
    *out = tg_int(0);
    return TG_OK;
}

static volatile int zero, one = 1, bottom = -1; /* of values that the compiler need not know */
static volatile int *volatile nothing;
static void (*volatile no_function)(void);

static __attribute__((noinline)) int divide_by_zero(void)
{
    return one / zero;
}

static __attribute__((noinline)) int write_to_nothing(void)
{
    nothing[2] = 1;
    return 0;
}

/* Neither a tail call nor inlined: a frame each. */
static __attribute__((noinline)) int go_deeper(int depth)
{
    int found = depth ? go_deeper(depth - 1) : write_to_nothing();
    return found + zero;
}

static __attribute__((noinline)) int call_nothing(void)
{
    no_function();
    return zero;
}

static __attribute__((noinline)) int fill_stack(int depth)
{
    volatile char frame[4000];
    frame[0] = (char)depth;
    return depth == bottom ? 0 : fill_stack(depth + 1) + frame[0];
}

/* What the C library finds when the second one is freed: it holds the lock of its heap then. */
static __attribute__((noinline)) int break_heap(void)
{
    volatile char *block = malloc(2000), *next = malloc(2000);
    for (int i = 0; i < 2064; i++) block[i] = 1;
    free((void *)next);
    free((void *)block);
    return zero;
}

/* In a function of the host. */
static __attribute__((noinline)) int push_to_nothing(void)
{
    tg_value broken = tg_list_new(1);
    broken.bits = 64;
    tg_list_push(&broken, tg_int(1));
    return zero;
}

static void *crash_apart(void *unused)
{
    write_to_nothing();
    return unused;
}

static int crash_in_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, crash_apart, NULL) == 0) pthread_join(thread, NULL);
    return zero;
}

/* falls(how, x): as such code does; x shows in its name. */
TASK(falls)
{
    const char *how = text_of(args[0]);
    int found = 0;
    if (strcmp(how, "divide") == 0) found = divide_by_zero();
    else if (strcmp(how, "null") == 0) found = write_to_nothing();
    else if (strcmp(how, "deep") == 0) found = go_deeper(3);
    else if (strcmp(how, "call") == 0) found = call_nothing();
    else if (strcmp(how, "overflow") == 0) found = fill_stack(0);
    else if (strcmp(how, "heap") == 0) found = break_heap();
    else if (strcmp(how, "thread") == 0) found = crash_in_thread();
    else if (strcmp(how, "value") == 0) found = push_to_nothing();
    else if (strcmp(how, "trap") == 0) __builtin_trap();
    else if (strcmp(how, "abort") == 0) abort();
    else if (strcmp(how, "exit") == 0) exit(3);
    *out = tg_int(found);
    return TG_OK;
}

/* ---- time ---------------------------------------------------------------------------------------- */

/* Until it is told to end. */
TASK(hang)
{
    add_mark(text_of(args[0]));
    while (!tg_cancelled(ctx)) tg_sleep_ns(ctx, NS_PER_SECOND);
    return tg_fail(ctx, "it was told to end");
}

/* Asleep, and never looks. */
TASK(hang_deaf)
{
    add_mark(text_of(args[0]));
    for (;;) pause();
    return TG_OK;
}

/* Busy, and never looks. */
TASK(spin_deaf)
{
    add_mark(text_of(args[0]));
    for (volatile int on = 1; on;) {}
    return TG_OK;
}

/* Ends some time after it was told to, with a result. */
TASK(hang_late)
{
    while (!tg_cancelled(ctx)) tg_sleep_ns(ctx, NS_PER_SECOND);
    sleep_deaf(tg_as_float(args[0]));
    tg_log(ctx, "late", 4);
    *out = tg_str_new("late", 4);
    add_mark(text_of(args[1]));
    return TG_OK;
}

TASK(slow)
{
    if (!tg_sleep_ns(ctx, (uint64_t)(tg_as_float(args[0]) * NS_PER_SECOND))) return tg_fail(ctx, "it was told to end");
    *out = tg_ref(args[1]);
    return TG_OK;
}

/* The same, and never looks; what it touches then is all that a task may touch. It marks its end, too. */
TASK(slow_deaf)
{
    add_mark(text_of(args[2]));
    sleep_deaf(tg_as_float(args[0]));
    await_deaf(text_of(args[3]));
    tg_log(ctx, "slept", 5);
    *out = tg_list_new(2);
    tg_list_push(out, tg_to_text(args[1]));
    tg_list_push(out, tg_ref(args[1]));
    add_mark(text_of(args[2]));
    return TG_OK;
}

/* Adds tasks at first, or only when it has slept; it looks at nothing, and marks its end, too. */
TASK(grow_deaf)
{
    tg_value added = args[1];
    add_mark(text_of(args[2]));
    if (tg_call(ctx, tg_find(ctx, "fault.slow"), (tg_value[]){tg_float(0), added}, 2, &added) != TG_OK) return TG_FAIL;
    sleep_deaf(tg_as_float(args[0]));
    await_deaf(text_of(args[3]));
    int status = tg_call(ctx, tg_find(ctx, "fault.slow"), (tg_value[]){tg_float(0), added}, 2, out);
    add_mark(text_of(args[2]));
    return status == TG_OK ? TG_OK : TG_FAIL;
}

/* ---- results ------------------------------------------------------------------------------------- */

/* wrong(how): where its signature says a list of ints. */
TASK(wrong)
{
    const char *how = text_of(args[0]);
    if (strcmp(how, "status") == 0) return 7;
    if (strcmp(how, "silent") == 0) return TG_FAIL;
    *out = tg_list_new(1);
    tg_list_push(out, strcmp(how, "item") == 0 ? tg_str_new("1", 1) : tg_int(1));
    if (strcmp(how, "kind") == 0) tg_unref(*out), *out = tg_float(1.5);
    return TG_OK;
}

/* ---- failures ------------------------------------------------------------------------------------ */

static uint64_t mix_bits(uint64_t x)
{
    x = (x ^ x >> 33) * UINT64_C(0xff51afd7ed558ccd);
    x = (x ^ x >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ x >> 33;
}

/* flaky(p, seed, x, count): fails with this probability, by the seed and, with a file, how often it was called before. */
TASK(flaky)
{
    uint64_t calls = (uint64_t)add_mark(text_of(args[3]));
    uint64_t drawn = mix_bits(mix_bits((uint64_t)tg_as_int(args[1])) + calls) >> 11;
    if ((double)drawn / (double)(UINT64_C(1) << 53) < tg_as_float(args[0])) return tg_fail(ctx, "bad luck");
    *out = tg_ref(args[2]);
    return TG_OK;
}

/* fails(times, count, x): then it succeeds. */
TASK(fails)
{
    int64_t calls = add_mark(text_of(args[1]));
    if (calls < 0) return tg_fail(ctx, "cannot count in '%s': %s", text_of(args[1]), strerror(errno));
    if (calls <= tg_as_int(args[0])) return tg_fail(ctx, "failure %d", (int)calls);
    *out = tg_ref(args[2]);
    return TG_OK;
}

/* ---- what it leaves behind and takes ------------------------------------------------------------- */

/* A process in a session of its own, whose parent has ended: gone in so many seconds at the latest; its number. */
TASK(double_fork)
{
    int ends[2], pid = 0;
    if (pipe(ends) != 0) return tg_fail(ctx, "no pipe: %s", strerror(errno));
    unsigned seconds = (unsigned)tg_as_float(args[0]) + 1;
    pid_t child = fork();
    if (child == 0) {
        setsid();
        pid = fork();
        if (pid == 0) {
            signal(SIGALRM, SIG_DFL);
            sigset_t none;
            sigemptyset(&none);
            sigprocmask(SIG_SETMASK, &none, NULL);
            alarm(seconds);
            for (int fd = 0; fd < 1024; fd++) close(fd);
            for (;;) pause();
        }
        _exit(write(ends[1], &pid, sizeof pid) == sizeof pid ? 0 : 1);
    }
    close(ends[1]);
    ssize_t got = child > 0 ? read(ends[0], &pid, sizeof pid) : -1;
    close(ends[0]);
    if (child > 0) waitpid(child, NULL, 0);
    *out = tg_int(pid);
    return got == sizeof pid && pid > 0 ? TG_OK : tg_fail(ctx, "cannot fork");
}

/* Memory that is written to, for as long as that takes; it fails where there is not so much. */
TASK(allocate)
{
    size_t bytes = (size_t)tg_as_int(args[0]);
    char *block = malloc(bytes ? bytes : 1);
    if (!block) return tg_fail(ctx, "no memory for %zu bytes", bytes);
    for (size_t i = 0; i < bytes; i += 4096) ((volatile char *)block)[i] = 1;
    free(block);
    *out = tg_int((int64_t)bytes);
    return TG_OK;
}

#define PIECE_BYTES ((size_t)1 << 20)
#define TEXT_BYTES (16 << 10)

/* Pieces of so much memory in all, which nobody gives back, and of which it is not looked whether they are there; the process. */
TASK(hoard)
{
    for (int64_t left = tg_as_int(args[0]); left > 0; left -= (int64_t)PIECE_BYTES) {
        volatile char *piece = malloc(PIECE_BYTES);
        for (size_t i = 0; i < PIECE_BYTES; i += 4096) piece[i] = 1;
    }
    *out = tg_int(getpid());
    return TG_OK;
}

/* One block, likewise; nobody has so much of 2^60. */
TASK(grasp)
{
    volatile char *block = malloc((size_t)tg_as_int(args[0]));
    block[0] = 1;
    *out = tg_int(block[0]);
    return TG_OK;
}

/* The same of tgrun's own. */
TASK(hoard_text)
{
    for (int64_t left = tg_as_int(args[0]); left > 0; left -= TEXT_BYTES)
        memset(tg_text_fill(tg_str_new(NULL, TEXT_BYTES)), 'x', TEXT_BYTES);
    *out = tg_int(getpid());
    return TG_OK;
}

/* ---- what it was given --------------------------------------------------------------------------- */

/* "attempt 1, 2 cores, 1048576 bytes, gpu 0 1" */
static size_t describe_given(tg_ctx *ctx, const char *resource, char *text, size_t size)
{
    uint32_t units[4];
    size_t count = tg_resource_units(ctx, resource, units, TG_COUNT(units));
    int length = snprintf(text, size, "attempt %u, %u cores, %llu bytes, %s", tg_attempt(ctx), tg_cores(ctx),
                          (unsigned long long)tg_memory_bytes(ctx), resource);
    for (size_t i = 0; i < count && i < TG_COUNT(units); i++)
        length += snprintf(text + length, size - (size_t)length, " %u", units[i]);
    if (count != tg_resource_units(ctx, resource, NULL, 0)) abort();
    return (size_t)length;
}

/* given(resource, fails, gate, path): fails so many times; asks again when there is a file `gate`, in a file that it makes
 * before. It does not look whether it is to end. */
TASK(given)
{
    char text[256];
    size_t length = describe_given(ctx, text_of(args[0]), text, sizeof text);
    if (tg_attempt(ctx) <= tg_as_int(args[1])) return tg_fail(ctx, "%s", text);
    *out = tg_str_new(text, length);
    if (!*text_of(args[3])) return TG_OK;
    int fd = open(text_of(args[3]), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    await_deaf(text_of(args[2]));
    length = describe_given(ctx, text_of(args[0]), text, sizeof text);
    if (fd < 0 || write(fd, text, length) < 0 || write(fd, "\n", 1) < 0) abort();
    close(fd);
    return TG_OK;
}

static const struct tg_task tasks[] = {
    {"crash(signal: int = 11, after: any = nil) -> int effect", crash, "Raises the signal."},
    {"falls(how: str, x: any = nil, after: any = nil) -> int effect", falls, "Crashes in one of several ways."},
    {"hang(mark: str = \"\", after: any = nil) -> int", hang, "Goes on until it is told to end."},
    {"hang_deaf(mark: str = \"\", after: any = nil) -> int", hang_deaf, "Sleeps for ever."},
    {"spin_deaf(mark: str = \"\", after: any = nil) -> int", spin_deaf, "Is busy for ever."},
    {"hang_late(seconds: float, mark: str = \"\", after: any = nil) -> str", hang_late, "Ends late when it is told to."},
    {"slow(seconds: float, x: any = nil, after: any = nil) -> any", slow, "x, after this time."},
    {"slow_deaf(seconds: float, x: any = nil, mark: str = \"\", gate: str = \"\", after: any = nil) -> list", slow_deaf,
     "[str(x), x], after this time, whatever happens."},
    {"grow_deaf(seconds: float, x: any = nil, mark: str = \"\", gate: str = \"\", after: any = nil) -> any grows", grow_deaf,
     "x, by tasks that it adds before and after this time."},
    {"wrong(how: str = \"kind\", after: any = nil) -> list[int]", wrong, "Not what it says."},
    {"flaky(p: float, seed: int, x: any = nil, count: str = \"\", after: any = nil) -> any", flaky, "x, with luck."},
    {"fails(times: int, count: str, x: any = nil, after: any = nil) -> any", fails, "x, after so many failures."},
    {"double_fork(seconds: float = 60, after: any = nil) -> int effect", double_fork, "Leaves a process behind."},
    {"given(resource: str = \"gpu\", fails: int = 0, gate: str = \"\", path: str = \"\", after: any = nil) -> str", given,
     "What the task was given, from its attempt fails + 1 on."},
    {"allocate(bytes: int, after: any = nil) -> int", allocate, "Takes so much memory for a moment."},
    {"grasp(bytes: int, after: any = nil) -> int", grasp, "Takes one block of memory, and writes to it without a look."},
    {"hoard(bytes: int, after: any = nil) -> int", hoard, "Takes so much memory for ever; the process."},
    {"hoard_effect(bytes: int, after: any = nil) -> int effect", hoard, "The same, as an effect."},
    {"hoard_text(bytes: int, after: any = nil) -> int", hoard_text, "The same, in texts."},
};

TG_PLUGIN(.name = "fault", .version = "1.0", .doc = "For tests.", .tasks = tasks, .task_count = TG_COUNT(tasks));
