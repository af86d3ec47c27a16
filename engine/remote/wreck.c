/* SPDX-License-Identifier: MIT
 * Last words of an executor. The handler of a crash collects what is known of it into the page and lets the process die of the signal, so
 * that there is a core where the system is set up for it. What lies in the page may have been written by anybody. */
#include "engine/remote/wreck.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/base/ascii.h"
#include "engine/base/compiler.h"
#include "engine/base/shortage.h"
#include "engine/value/kind.h"

/* Of the executor. */
static struct {
    struct tg_page *page;  /* immutable once it is watched */
    pid_t process;         /* likewise: copies of it leave no word */
    _Atomic pid_t crashed; /* atomic: the thread that has crashed first; 0: none */
} state;

/* ---- in the executor ----------------------------------------------------------------------------- */

/* It comes when the handler has returned, and finds the stack as it was. */
static void die_of(int number)
{
    signal(number, SIG_DFL);
    syscall(SYS_tgkill, syscall(SYS_getpid), syscall(SYS_gettid), number);
}

/* The next number of the text; *at goes behind it. */
static uint64_t take_number(const char **at)
{
    uint64_t n = 0;
    while (**at == ' ') ++*at;
    for (; tg_ascii_is_digit(**at); ++*at) n = n * 10 + (uint64_t)(**at - '0');
    return n;
}

/* In pages: all, resident, of files and shared, code, 0, data and stack. */
void tg_wreck_measure(struct tg_page *page)
{
    char text[160];
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0) close(fd);
    if (length <= 0) return;
    text[length] = 0;
    const char *at = text;
    uint64_t fields[6], page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    for (size_t i = 0; i < TG_COUNT(fields); i++) fields[i] = take_number(&at);
    atomic_store_explicit(&page->resident_bytes, (fields[1] - fields[2]) * page_bytes, memory_order_relaxed);
    atomic_store_explicit(&page->data_bytes, fields[5] * page_bytes, memory_order_relaxed);
}

/* Of tgrun's own code; a plugin whose malloc gives nothing does as it likes. */
static void take_shortage(size_t bytes)
{
    if (getpid() != state.process) return;
    tg_wreck_measure(state.page);
    atomic_store(&state.page->lacked, bytes ? bytes : 1);
    _exit(TG_EXIT_CANNOT);
}

static void leave_crash(int number, siginfo_t *info, void *context)
{
    bool refused = errno == ENOMEM;
    pid_t self = (pid_t)syscall(SYS_gettid), none = 0;
    if (getpid() == state.process) {
        bool first = atomic_compare_exchange_strong(&state.crashed, &none, self);
        while (!first && none != self) pause(); /* another one was first, and ends the process */
        if (first && refused) atomic_store(&state.page->refused, 1);
        if (first) tg_wreck_measure(state.page);
        if (first) tg_fault_collect(&state.page->fault, number, info, context);
    }
    die_of(number);
}

void tg_wreck_watch(struct tg_page *page)
{
    state.page = page;
    state.process = getpid();
    tg_shortage_end_by(take_shortage);
    tg_fault_watch(leave_crash, 0);
}

/* ---- at home ------------------------------------------------------------------------------------- */

/* Our own copy of it, which nobody else changes. */
static struct tg_fault read_fault(const struct tg_page *page)
{
    struct tg_fault f;
    memcpy(&f, &page->fault, sizeof f);
    tg_fault_clean(&f);
    return f;
}

static void explain_crash(const struct tg_fault *f, struct tg_err *err)
{
    struct tg_buf where = {0}, hint = {0};
    tg_fault_where(&where, f);
    tg_fault_hint(&hint, f);
    if (where.length) tg_err_detail(err, "%.*s", (int)where.length - 1, where.data); /* without the end of the last line */
    if (hint.length) tg_err_hint(err, "%s", tg_buf_str(&hint));
    tg_buf_done(&where);
    tg_buf_done(&hint);
}

void tg_wreck_explain(const struct tg_page *page, struct tg_err *err)
{
    struct tg_fault f = read_fault(page);
    if (f.signal) explain_crash(&f, err);
}

void tg_wreck_crashed(const struct tg_page *page, int number, struct tg_err *err)
{
    struct tg_fault f = read_fault(page);
    struct tg_buf words = {0};
    if (f.signal == number) tg_fault_words(&words, &f);
    else tg_buf_format(&words, "SIG%s (%s)", sigabbrev_np(number), strsignal(number));
    tg_err_set(err, TG_EXIT_FAILED, "it crashed: %s", tg_buf_str(&words));
    tg_err_because(err, TG_CAUSE_SIGNAL, number);
    if (f.signal == number) explain_crash(&f, err);
    tg_buf_done(&words);
}
