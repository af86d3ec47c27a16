/* SPDX-License-Identifier: MIT
 * What is known of a crash: collected by a handler in another process, in memory that both share. */
#include "engine/base/fault.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/compiler.h"
#include "tests/unit/check.h"

static struct tg_fault *shared;
static volatile int zero, one = 1, bottom = -1;
static volatile int *volatile nothing;
static void (*volatile no_function)(void);

static void take(int number, siginfo_t *info, void *context)
{
    tg_fault_collect(shared, number, info, context);
    _exit(7);
}

static void watch(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS};
    static char room[64 << 10];
    stack_t stack = {.ss_sp = room, .ss_size = sizeof room};
    struct sigaction action = {.sa_sigaction = take, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigaltstack(&stack, NULL);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
}

/* What a child that does this leaves behind; borrowed. */
static const struct tg_fault *fault_of(int (*crash)(void))
{
    int status = 0;
    if (!shared) shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    memset(shared, 0, sizeof *shared);
    pid_t pid = fork();
    if (pid == 0) {
        watch();
        _exit(crash());
    }
    CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 7);
    CHECK(shared->complete && shared->frame_count > 0);
    return shared;
}

/* Borrowed until the next call. */
static const char *printed(const struct tg_fault *f, void (*add)(struct tg_buf *b, const struct tg_fault *f))
{
    static struct tg_buf b;
    tg_buf_done(&b);
    add(&b, f);
    return tg_buf_str(&b);
}

static __attribute__((noinline)) int write_to_nothing(void)
{
    nothing[2] = 1;
    return zero;
}

static __attribute__((noinline)) int call_it(void)
{
    return write_to_nothing() + zero;
}

static __attribute__((noinline)) int divide(void)
{
    return one / zero;
}

static __attribute__((noinline)) int fill_stack(int depth)
{
    volatile char frame[4000];
    frame[0] = (char)depth;
    return depth == bottom ? 0 : fill_stack(depth + 1) + frame[0];
}

static __attribute__((noinline)) int overflow(void)
{
    return fill_stack(0);
}

static __attribute__((noinline)) int call_nothing(void)
{
    no_function();
    return zero;
}

static __attribute__((noinline)) int give_up(void)
{
    abort();
    return zero;
}

TEST(memory)
{
    if (TG_SANITIZED) return;
    const struct tg_fault *f = fault_of(call_it);
    CHECK_STR(printed(f, tg_fault_words), "SIGSEGV: invalid memory access at 0x8 (a null pointer)");
    CHECK_STR(f->frames[0].symbol, "write_to_nothing");
    CHECK_STR(f->frames[1].symbol, "call_it");
    CHECK_STR(f->frames[2].symbol, "fault_of");
    CHECK(f->frames[0].host && strstr(f->frames[0].object, "/test_fault"));
    const char *lines = printed(f, tg_fault_print);
    CHECK(strncmp(lines, "in write_to_nothing+0x", 22) == 0 && strstr(lines, "\n    call_it+0x") && strstr(lines, "addr2line"));
}

TEST(other_signals)
{
    if (TG_SANITIZED) return;
#ifdef __x86_64__ /* elsewhere the result is 0 */
    CHECK_STR(printed(fault_of(divide), tg_fault_words), "SIGFPE: division by zero or overflow of an int");
    CHECK_STR(shared->frames[0].symbol, "divide");
#endif
    CHECK_STR(printed(fault_of(give_up), tg_fault_words), "SIGABRT: abort was called");
    CHECK(strstr(printed(shared, tg_fault_print), "\n    give_up+0x"));
    *shared = (struct tg_fault){.signal = SIGSEGV, .code = SI_USER, .sender = 12};
    CHECK_STR(printed(shared, tg_fault_words), "SIGSEGV: sent by process 12");
    CHECK_STR(printed(shared, tg_fault_print), "");
}

TEST(stack)
{
    if (TG_SANITIZED) return;
    const struct tg_fault *f = fault_of(overflow);
    CHECK_STR(printed(f, tg_fault_words), "SIGSEGV: stack overflow");
    CHECK_INT(f->frame_count, TG_FAULT_FRAMES);
    CHECK(strstr(printed(f, tg_fault_print), " times and more\n"));
}

TEST(nowhere)
{
    if (TG_SANITIZED) return;
    const struct tg_fault *f = fault_of(call_nothing);
    CHECK_INT(f->frames[0].pc, 0);
    CHECK_STR(f->frames[0].object, "");
    CHECK_STR(f->frames[1].symbol, "call_nothing");
    CHECK_STR(f->frames[2].symbol, "fault_of");
}

/* All is as long as it can be. */
TEST(bounds)
{
    struct tg_fault f = {.signal = SIGSEGV, .code = SEGV_MAPERR, .frame_count = TG_FAULT_FRAMES, .complete = true};
    for (uint32_t i = 0; i < TG_FAULT_FRAMES; i++) {
        struct tg_fault_frame *frame = &f.frames[i];
        *frame = (struct tg_fault_frame){.pc = UINT64_MAX - i, .offset = UINT64_MAX - i, .symbol_offset = UINT64_MAX};
        memset(frame->object, 'o', sizeof frame->object - 1);
        memset(frame->symbol, 's', sizeof frame->symbol - 1);
    }
    CHECK(strlen(printed(&f, tg_fault_print)) + 200 < TG_FAULT_PRINTED_BYTES);
}

/* What others have written over it. */
TEST(scribbled)
{
    struct tg_fault f;
    memset(&f, 0xee, sizeof f);
    tg_fault_clean(&f);
    CHECK_INT(f.frame_count, TG_FAULT_FRAMES);
    CHECK(f.overflow && f.complete);
    CHECK_INT(strlen(f.frames[TG_FAULT_FRAMES - 1].object), TG_FAULT_OBJECT_BYTES - 1);
    CHECK(strlen(printed(&f, tg_fault_print)) < TG_FAULT_PRINTED_BYTES && !strstr(printed(&f, tg_fault_words), "\xee"));
    f = (struct tg_fault){.frame_count = 1, .frames = {{.object = "/a\nb\x1b[0m/\xc3\xa4.so", .symbol = "f\xff\x7fg"}}};
    tg_fault_clean(&f);
    CHECK_STR(f.frames[0].object, "/a?b?[0m/\xc3\xa4.so");
    CHECK_STR(f.frames[0].symbol, "f??g");
    memset(f.frames[0].object, 'o', sizeof f.frames[0].object);
    tg_fault_clean(&f);
    CHECK_INT(strlen(f.frames[0].object), TG_FAULT_OBJECT_BYTES - 1);
}

static void add_one(void *number)
{
    ++*(int *)number;
}

static void crash(void *unused)
{
    (void)unused;
    abort();
}

TEST(aside)
{
    if (TG_SANITIZED) return;
    int own = 0, *common = mmap(NULL, sizeof *common, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(tg_fault_aside(add_one, &own) && own == 0);
    CHECK(tg_fault_aside(add_one, common) && *common == 1);
    CHECK(!tg_fault_aside(crash, NULL));
}
