/* SPDX-License-Identifier: MIT
 * Words that may be said anywhere. Only system calls and memory that stays where it is. */
#include "cmd/say.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* A reader that takes nothing for so long gets no more. */
#define PATIENCE_MS 500

/* Running tasks that are named. */
#define NAMED 5

static const struct {
    int number;
    const char *name;
} signal_names[] = {
    {SIGHUP, "Hangup"},
    {SIGINT, "Interrupt"},
    {SIGQUIT, "Quit"},
    {SIGILL, "Illegal instruction"},
    {SIGABRT, "Aborted"},
    {SIGBUS, "Bus error"},
    {SIGFPE, "Floating point exception"},
    {SIGSEGV, "Segmentation fault"},
    {SIGTERM, "Terminated"},
    {SIGTRAP, "Trace/breakpoint trap"},
    {SIGSYS, "Bad system call"},
    {SIGXCPU, "CPU time limit exceeded"},
    {SIGUSR2, "User defined signal 2"},
};

void tg_say_text(struct tg_say *s, const char *text)
{
    size_t length = strlen(text), room = sizeof s->text - s->length;
    if (length > room) length = room;
    memcpy(s->text + s->length, text, length);
    s->length += length;
}

void tg_say_number(struct tg_say *s, unsigned long n)
{
    char digits[24], *at = digits + sizeof digits - 1;
    *at = 0;
    do *--at = (char)('0' + n % 10);
    while (n /= 10);
    tg_say_text(s, at);
}

/* Lines are counted by hand: the index of them is made only when it is asked for, from memory. */
void tg_say_place(struct tg_say *s, const struct tg_sources *sources, tg_span span)
{
    for (size_t i = 0; sources && i < sources->files.count; i++) {
        const struct tg_source *f = sources->files.items[i];
        if (span.start < f->base || span.start > f->base + f->length) continue;
        unsigned line = 1;
        for (const char *c = f->text; c < f->text + (span.start - f->base); c++) line += *c == '\n';
        tg_say_text(s, f->name);
        tg_say_text(s, ":");
        tg_say_number(s, line);
    }
}

tg_id tg_say_task_of(const struct tg_worker *w)
{
    return atomic_load_explicit(&w->running, memory_order_acquire);
}

bool tg_say_running(struct tg_say *s, const struct tg_say_run *now)
{
    const struct tg_run *run = now->run;
    unsigned count = run ? atomic_load_explicit(&run->worker_count, memory_order_acquire) : 0, found = 0;
    for (unsigned i = 0; i < count; i++) {
        tg_id id = tg_say_task_of(&run->workers[i]);
        if (id == TG_NO_TASK || found++ >= NAMED) continue;
        const struct tg_site *site = tg_run_site_of(run, id);
        tg_say_text(s, found > 1 ? ", task '" : "task '");
        tg_say_text(s, site->def->name);
        tg_say_text(s, "' (");
        tg_say_place(s, now->sources, site->span);
        tg_say_text(s, ")");
    }
    if (found > NAMED) tg_say_text(s, " and "), tg_say_number(s, found - NAMED), tg_say_text(s, " more");
    return found > 0;
}

void tg_say_signal(struct tg_say *s, int number)
{
    tg_say_number(s, (unsigned)number);
    for (size_t i = 0; i < sizeof signal_names / sizeof *signal_names; i++) {
        if (signal_names[i].number != number) continue;
        tg_say_text(s, " (");
        tg_say_text(s, signal_names[i].name);
        tg_say_text(s, ")");
    }
}

void tg_say_out(struct tg_say *s)
{
    tg_say_all(s->text, s->length);
    s->length = 0;
}

void tg_say_all(const char *text, size_t length)
{
    const size_t piece = sizeof((struct tg_say *)NULL)->text;
    int error = errno;
    while (length > 0) {
        struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
        int ready = poll(&out, 1, PATIENCE_MS);
        if (ready < 0 && errno == EINTR) continue;
        if (ready == 0 || out.revents & (POLLERR | POLLNVAL)) break;
        ssize_t n = write(STDERR_FILENO, text, length < piece ? length : piece);
        if (n < 0 && errno != EINTR && errno != EAGAIN) break;
        if (n > 0) text += n, length -= (size_t)n;
    }
    errno = error;
}
