/* SPDX-License-Identifier: MIT
 * Last words. The handler only reads memory that stays where it is during a run (what each worker is running, the sites of
 * tasks, the texts of sources) and calls write, so that it works wherever the crash happened; then the signal takes its usual
 * way. Sanitizers have handlers of their own, which tell more: they are left alone. */
#include "cmd/crash.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAVE_SANITIZER 1
#else
#define HAVE_SANITIZER 0
#endif

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

static struct {
    const struct tg_run *run;
    const struct tg_sources *sources;
} state;

static void say_text(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0) {} /* nothing can be done about it */
}

static void say_number(unsigned n)
{
    char digits[16], *at = digits + sizeof digits - 1;
    *at = 0;
    do *--at = (char)('0' + n % 10);
    while (n /= 10);
    say_text(at);
}

/* "FILE:LINE" of a span, counted by hand. */
static void say_place(tg_span span)
{
    for (size_t i = 0; i < state.sources->files.count; i++) {
        const struct tg_source *s = state.sources->files.items[i];
        if (span.start < s->base || span.start > s->base + s->length) continue;
        unsigned line = 1;
        for (const char *c = s->text; c < s->text + (span.start - s->base); c++) line += *c == '\n';
        say_text(s->name);
        say_text(":");
        say_number(line);
        say_text(": ");
    }
}

static void last_words(int number)
{
    const struct tg_run *run = state.run;
    state.run = NULL;
    unsigned workers = run ? atomic_load_explicit(&run->worker_count, memory_order_acquire) : 0;
    for (unsigned i = 0; i < workers; i++) {
        tg_id id = atomic_load_explicit(&run->workers[i].running, memory_order_relaxed);
        if (id == TG_NO_TASK) continue;
        const struct tg_site *site = tg_run_site_of(run, id);
        say_place(site->span);
        say_text("error: crashed while task '");
        say_text(site->def->name);
        say_text("' was running (signal ");
        say_number((unsigned)number);
        say_text(")\n");
    }
    raise(number); /* the handler is gone: SA_RESETHAND */
}

void tg_crash_watch(const struct tg_run *run, const struct tg_sources *sources)
{
    state.sources = sources;
    state.run = run;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = last_words;
    action.sa_flags = (int)(SA_RESETHAND | SA_NODEFER);
    for (size_t i = 0; !HAVE_SANITIZER && i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
}

void tg_crash_forget(void)
{
    for (size_t i = 0; !HAVE_SANITIZER && i < sizeof signals / sizeof *signals; i++) signal(signals[i], SIG_DFL);
    state.run = NULL;
}
