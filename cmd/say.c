/* SPDX-License-Identifier: MIT
 * Words that may be said anywhere. Only system calls and memory that stays where it is. */
#include "cmd/say.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cmd/screen.h"
#include "engine/base/fault.h"
#include "engine/base/secret.h"
#include "engine/base/utf8.h"
#include "engine/run/instance.h"

/* A reader that takes nothing for so long gets no more. */
#define PATIENCE_MS 500

/* Running tasks that are named. */
#define NAMED 5

/* Of a task with its arguments, as shown; before, what a plugin says of a value of its own may be longer. What is longer still has no
 * place, and crashes the copy that reads it. */
#define NAME_BYTES 512
#define LONG_NAME_BYTES (128 << 10)

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

/* Lines are counted by hand: the index of them is made only when it is asked for, from memory. False: there is no such place. */
static bool say_place(struct tg_say *s, const struct tg_sources *sources, tg_span span, bool with_column)
{
    for (size_t i = 0; sources && i < sources->files.count; i++) {
        const struct tg_source *f = sources->files.items[i];
        if (span.start < f->base || span.start > f->base + f->length) continue;
        const char *at = f->text + (span.start - f->base), *start = f->text;
        unsigned line = 1;
        for (const char *c = f->text; c < at; c++)
            if (*c == '\n') line++, start = c + 1;
        tg_say_text(s, f->name);
        tg_say_text(s, ":");
        tg_say_number(s, line);
        if (with_column) tg_say_text(s, ":"), tg_say_number(s, tg_utf8_count(start, (size_t)(at - start)) + 1);
        return true;
    }
    return false;
}

void tg_say_place(struct tg_say *s, const struct tg_sources *sources, tg_span span)
{
    say_place(s, sources, span, false);
}

/* The name of a task, put together in a copy of the process. */
struct naming {
    const struct tg_say_run *now;
    const struct tg_seat_call *call;
    char *shared; /* NAME_BYTES, ended by a 0 */
};

static void name_task(void *naming)
{
    static char whole_room[LONG_NAME_BYTES], shown_room[LONG_NAME_BYTES];
    const struct naming *n = naming;
    const struct tg_seat_call *call = n->call;
    const struct tg_site at_once = {.def = call->def};
    struct tg_buf whole = {.data = whole_room, .room = sizeof whole_room},
                  shown = {.data = shown_room, .room = sizeof shown_room};
    tg_instance_add(&whole, call->site ? n->now->run : NULL, call->site ? call->site : &at_once, call->args, call->count);
    tg_secrets_add_hidden(n->now->secrets, whole.data, whole.length, &shown);
    memcpy(n->shared, shown.data, shown.length < NAME_BYTES ? shown.length : NAME_BYTES - 1);
}

static void say_name(struct tg_say *s, const struct tg_say_run *now, const struct tg_seat_call *call)
{
    char *shared = mmap(NULL, NAME_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct naming naming = {now, call, shared};
    bool good = shared != MAP_FAILED && call->args && tg_fault_aside(name_task, &naming);
    tg_say_text(s, good ? shared : call->def->name);
    if (shared != MAP_FAILED) munmap(shared, NAME_BYTES);
}

void tg_say_error(struct tg_say *s, const struct tg_say_run *now, const struct tg_seat_call *call)
{
    if (!say_place(s, now->sources, call->span, true)) tg_say_text(s, "tgrun");
    tg_say_text(s, ": error: task '");
    say_name(s, now, call);
    tg_say_text(s, "' ");
}

void tg_say_loading(struct tg_say *s, const struct tg_say_run *now, const struct tg_load_now *loading)
{
    if (!loading->asked.end || !say_place(s, now->sources, loading->asked, true)) tg_say_text(s, "tgrun");
    tg_say_text(s, ": error: plugin '");
    tg_say_text(s, loading->path);
    tg_say_text(s, "', while it was loaded, ");
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

void tg_say_count(const struct tg_say_run *now, unsigned *apart, unsigned *here)
{
    const struct tg_run *run = now->run;
    unsigned count = run ? atomic_load_explicit(&run->worker_count, memory_order_acquire) : 0;
    *apart = *here = 0;
    for (unsigned i = 0; i < count; i++) {
        tg_id id = tg_say_task_of(&run->workers[i]);
        if (id == TG_NO_TASK) continue;
        const struct tg_site *site = tg_run_site_of(run, id);
        ++*(site->flags & TG_SITE_AWAY || site->def->flags & TG_DEF_COMMAND ? apart : here);
    }
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

/* One piece; over a bar, which it erases. */
static ssize_t write_piece(const char *text, size_t length, bool *bar)
{
    struct iovec parts[] = {{TG_SCREEN_ERASE, strlen(TG_SCREEN_ERASE)}, {(char *)text, length}};
    if (!*bar) return write(STDERR_FILENO, text, length);
    ssize_t n = writev(STDERR_FILENO, parts, 2), erase = (ssize_t)parts[0].iov_len;
    if (n > 0) *bar = false;
    return n < 0 ? n : n > erase ? n - erase : 0;
}

void tg_say_all(const char *text, size_t length)
{
    const size_t piece = sizeof((struct tg_say *)NULL)->text;
    int error = errno;
    bool bar = tg_screen_hold();
    while (length > 0) {
        struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
        int ready = poll(&out, 1, PATIENCE_MS);
        if (ready < 0 && errno == EINTR) continue;
        if (ready == 0 || out.revents & (POLLERR | POLLNVAL)) break;
        ssize_t n = write_piece(text, length < piece ? length : piece, &bar);
        if (n < 0 && errno != EINTR && errno != EAGAIN) break;
        if (n > 0) text += n, length -= (size_t)n;
    }
    tg_screen_release();
    errno = error;
}
