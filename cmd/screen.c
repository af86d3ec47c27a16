/* SPDX-License-Identifier: MIT
 * Standard error, and a bar below what is written to it. */
#include "cmd/screen.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/out.h"

/* Texts that are followed by the bar again before it changes; behind more of them it would cost more than they do. */
#define AGAIN 200

/* The thread of signals waits for others no longer than that. */
#define PATIENCE_NS 100000000

static struct {
    pthread_mutex_t lock;
    _Atomic bool active; /* atomic: there may be a bar */
    _Atomic bool drawn;  /* atomic: it stands there */
    _Atomic int held;    /* atomic: so many write by themselves */
    pid_t process;       /* immutable while it is active: whose bar it is, not that of its copies */
    _Atomic bool paused; /* atomic: the process is about to stop */
    struct tg_buf bar;   /* locked, as is what follows: as it is written; empty: none */
    unsigned again;      /* texts that it was written behind */
} state = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool is_active(void)
{
    return atomic_load_explicit(&state.active, memory_order_relaxed);
}

/* Who is in the background leaves the terminal to others. */
static bool is_in_front(void)
{
    pid_t group = tcgetpgrp(STDERR_FILENO);
    return group < 0 || group == getpgrp();
}

bool tg_screen_hold(void)
{
    int error = errno;
    atomic_fetch_add(&state.held, 1);
    bool stands = is_active() && is_in_front() && atomic_exchange(&state.drawn, false);
    errno = error;
    return stands;
}

void tg_screen_release(void)
{
    atomic_fetch_sub(&state.held, 1);
}

static bool is_writable(void)
{
    struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && out.revents & POLLOUT;
}

static void erase(void)
{
    if (is_in_front() && write(STDERR_FILENO, TG_SCREEN_ERASE, strlen(TG_SCREEN_ERASE)) < 0) {} /* nobody sees it any more */
}

void tg_screen_leave(void)
{
    int error = errno;
    if (atomic_exchange(&state.active, false) && atomic_load(&state.drawn) && is_writable()) erase();
    errno = error;
}

void tg_screen_size(unsigned *columns, unsigned *rows)
{
    struct winsize size = {0};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0) size = (struct winsize){0};
    *columns = size.ws_col ? size.ws_col : 80;
    *rows = size.ws_row ? size.ws_row : 24;
}

/* Locked. */
static bool may_draw(void)
{
    return is_active() && !state.paused && !atomic_load(&state.held) && is_in_front();
}

/* ---- writing ------------------------------------------------------------------------------------- */

void tg_screen_write(const char *text, size_t length)
{
    if (!is_active() || getpid() != state.process) { /* in a copy nobody may let go of the lock */
        tg_out_write(STDERR_FILENO, text, length);
        return;
    }
    struct tg_buf b = {0};
    pthread_mutex_lock(&state.lock);
    bool draws = may_draw();
    if (draws) tg_buf_text(&b, TG_SCREEN_ERASE);
    tg_buf_add(&b, text, length);
    if (draws && length && text[length - 1] != '\n') tg_buf_char(&b, '\n');
    bool again = draws && state.bar.length && state.again++ < AGAIN;
    if (again) tg_buf_add(&b, state.bar.data, state.bar.length);
    if (draws) state.drawn = again;
    tg_out_write(STDERR_FILENO, b.data, b.length);
    pthread_mutex_unlock(&state.lock);
    tg_buf_done(&b);
}

void tg_screen_log(void *unused, const char *text, size_t length)
{
    (void)unused;
    struct tg_buf b = {0};
    tg_buf_add(&b, text, length);
    tg_buf_char(&b, '\n');
    tg_screen_write(b.data, b.length);
    tg_buf_done(&b);
}

/* ---- the bar ------------------------------------------------------------------------------------- */

/* Each line over what stands there, without erasing it first, so that nothing flickers; then back to where it began. */
static void compose(struct tg_buf *b, const char *lines, size_t length)
{
    unsigned rows = 0;
    tg_buf_char(b, '\r');
    for (const char *at = lines, *end = lines + length; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *line_end = newline ? newline : end;
        if (rows++) tg_buf_text(b, "\r\n");
        tg_buf_add(b, at, (size_t)(line_end - at));
        tg_buf_text(b, "\033[K");
        at = newline ? newline + 1 : end;
    }
    tg_buf_text(b, "\033[J\r");
    if (rows > 1) tg_buf_format(b, "\033[%uA", rows - 1);
}

void tg_screen_begin(void)
{
    pthread_mutex_lock(&state.lock);
    state.active = true;
    state.process = getpid();
    state.paused = state.drawn = false;
    pthread_mutex_unlock(&state.lock);
}

void tg_screen_bar(const char *lines, size_t length)
{
    struct tg_buf b = {0};
    compose(&b, lines, length);
    pthread_mutex_lock(&state.lock);
    bool same = state.drawn && b.length == state.bar.length && memcmp(b.data, state.bar.data, b.length) == 0;
    state.again = 0;
    if (!same && may_draw() && is_writable()) {
        struct tg_buf before = state.bar;
        state.bar = b, b = before;
        state.drawn = true;
        tg_out_write(STDERR_FILENO, state.bar.data, state.bar.length);
    }
    pthread_mutex_unlock(&state.lock);
    tg_buf_done(&b);
}

void tg_screen_end(void)
{
    pthread_mutex_lock(&state.lock);
    if (state.bar.length && may_draw()) erase();
    state.active = state.drawn = false;
    tg_buf_done(&state.bar);
    pthread_mutex_unlock(&state.lock);
}

/* ---- stopping ------------------------------------------------------------------------------------ */

/* Who draws at the moment is waited for, but not for long. */
void tg_screen_pause(void)
{
    struct timespec until;
    if (!is_active()) return;
    atomic_store(&state.paused, true);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += PATIENCE_NS;
    if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
    if (pthread_mutex_timedlock(&state.lock, &until) != 0) return;
    if (state.bar.length && is_writable()) erase();
    pthread_mutex_unlock(&state.lock);
}

void tg_screen_resume(void)
{
    atomic_store(&state.drawn, false);
    atomic_store(&state.paused, false);
}
