/* SPDX-License-Identifier: MIT
 * `tgrun watch`: runs a workflow, and again whenever something that it reads has changed.
 *
 * Each run is a process, the same program with the same options. How all looks that is read is noted before each run, and compared after
 * it and whenever inotify says that something may have happened; so nothing is missed that changes while a run goes on, and what
 * inotify says needs not be understood. Signals are blocked and taken from a descriptor: the run that goes on is ended first. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/ending.h"
#include "cmd/readset.h"
#include "cmd/runopt.h"
#include "cmd/signals.h"
#include "engine/base/clock.h"

#define MS_NS UINT64_C(1000000)
#define QUIET_MS 50      /* without a change, before a run begins: what is being saved is whole then */
#define PATIENCE_MS 2000 /* even if there is none */
#define LOOK_MS 1000     /* between two looks where nobody tells */
#define PAUSE_MS 1000    /* behind a run that seems to change what it reads */
#define ASK_MS 10000     /* to find out what is read: it may be a loop without end */
#define MOST_NAMED 3

static const int passed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

struct watcher {
    struct tg_cli *cli;
    struct tg_words command; /* heap, each; NULL-terminated */
    sigset_t before;         /* the mask of the runs */
    int signals;             /* descriptor */
    int ended;               /* the signal that is to end us; 0: none */
    pid_t run;               /* 0: none goes on */
    int64_t began_ns;        /* of the last run, since 1970; 0: there was none */
    struct tg_readset set;   /* how it looked before the last run, or the last look */
    unsigned restless;       /* runs in succession during which something changed */
    bool told_limit;
};

/* ---- waiting ------------------------------------------------------------------------------------- */

/* The terminal sends its signals to the run as well. */
static void take_signal(struct watcher *w)
{
    struct signalfd_siginfo info;
    if (read(w->signals, &info, sizeof info) != (ssize_t)sizeof info || info.ssi_signo == SIGCHLD) return;
    w->ended = (int)info.ssi_signo;
    if (w->run && info.ssi_code != SI_KERNEL) kill(w->run, w->ended);
}

/* For the descriptor (-1: none), a child that ends, or so long (-1: ever). True: the descriptor is readable. */
static bool wait_for_any(struct watcher *w, int fd, int ms)
{
    struct pollfd of[] = {{w->signals, POLLIN, 0}, {fd, POLLIN, 0}};
    if (poll(of, 2, ms) <= 0) return false;
    if (of[0].revents) take_signal(w);
    return fd >= 0 && of[1].revents;
}

/* 0: it is past. */
static int ms_until(uint64_t ns)
{
    uint64_t now = tg_clock_ns();
    return now < ns ? (int)((ns - now) / MS_NS) + 1 : 0;
}

static void pause_for(struct watcher *w, unsigned ms)
{
    uint64_t end = tg_clock_ns() + ms * MS_NS;
    for (int left; !w->ended && (left = ms_until(end)) > 0;) wait_for_any(w, -1, left);
}

/* ---- a run --------------------------------------------------------------------------------------- */

/* The folder is the one to be in already, and the file is known. */
static void make_command(struct watcher *w)
{
    const struct tg_cli *cli = w->cli;
    const struct tg_opt *table = cli->verb->options;
    tg_vec_push(&w->command, tg_alloc_text("tgrun"));
    tg_vec_push(&w->command, tg_alloc_text(tg_verb_run.name));
    for (const struct tg_opt *o = table; !tg_opt_end(o); o++) {
        bool own = o->offset == TG_AT(folder) || o->offset == TG_AT(file);
        if (!own && cli->layers.of[o - table] == TG_OPT_COMMAND) tg_opt_write(o, cli, &w->command);
    }
    /* whatever the environment says: the next run could not begin */
    tg_vec_push(&w->command, tg_alloc_text("--no-dashboard-wait"));
    tg_vec_push(&w->command, tg_alloc_text("-f"));
    tg_vec_push(&w->command, tg_alloc_text(cli->words.items[0]));
    tg_vec_push(&w->command, tg_alloc_text("--"));
    for (size_t i = 1; i < cli->words.count; i++) tg_vec_push(&w->command, tg_alloc_text(cli->words.items[i]));
    tg_vec_push(&w->command, NULL);
}

/* It ends with us. */
static _Noreturn void become_run(const struct watcher *w, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) tg_ending_exit(TG_EXIT_FAULT);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    sigprocmask(SIG_SETMASK, &w->before, NULL);
    execv("/proc/self/exe", (char *const *)w->command.items);
    tg_report_line(&w->cli->report, "tgrun: cannot start a run: %s", strerror(errno));
    tg_ending_exit(TG_EXIT_FAULT);
}

static bool start_run(struct watcher *w, struct tg_err *err)
{
    pid_t self = getpid();
    w->began_ns = tg_clock_date_ns();
    w->run = fork();
    if (w->run == 0) become_run(w, self);
    if (w->run > 0) return true;
    w->run = 0;
    return tg_err_set(err, TG_EXIT_FAULT, "cannot start a run: %s", strerror(errno));
}

static bool run_once(struct watcher *w, struct tg_err *err)
{
    int status;
    if (!start_run(w, err)) return false;
    while (waitpid(w->run, &status, WNOHANG) == 0) wait_for_any(w, -1, -1);
    w->run = 0;
    return true;
}

/* ---- what is read -------------------------------------------------------------------------------- */

/* As much as comes in time. */
static void read_told(struct watcher *w, int fd, struct tg_buf *told)
{
    uint64_t end = tg_clock_ns() + ASK_MS * MS_NS;
    for (int left; !w->ended && (left = ms_until(end)) > 0;) {
        if (!wait_for_any(w, fd, left)) continue;
        ssize_t got = read(fd, tg_buf_reserve(told, 1 << 16), 1 << 16);
        if (got <= 0) return;
        told->length += (size_t)got;
    }
}

static bool find_what_is_read(struct watcher *w, struct tg_readset *s, struct tg_err *err)
{
    pid_t pid;
    struct tg_buf told = {0};
    *s = (struct tg_readset){0};
    int fd = tg_readset_ask(w->cli, w->began_ns, &pid, err);
    if (fd < 0) return false;
    read_told(w, fd, &told);
    close(fd);
    kill(pid, SIGKILL); /* it has nothing more to tell */
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    tg_readset_take(s, tg_buf_str(&told), told.length);
    tg_buf_done(&told);
    return true;
}

/* ---- what is said -------------------------------------------------------------------------------- */

static void say_of_watch(const struct watcher *w, const char *text)
{
    if (!w->cli->quiet) tg_report_line(&w->cli->report, "tgrun: %s", text);
}

static void say_changed(const struct watcher *w, const struct tg_words *changed)
{
    struct tg_buf b = {0};
    size_t named = changed->count <= MOST_NAMED ? changed->count : 1;
    for (size_t i = 0; i < named; i++) {
        if (i) tg_buf_text(&b, i + 1 < changed->count ? ", " : " and ");
        tg_term_text(&b, changed->items[i], strlen(changed->items[i]), 0);
    }
    if (named < changed->count) tg_buf_format(&b, " and %zu more", changed->count - named);
    tg_buf_text(&b, changed->count == 1 ? " has changed" : " have changed");
    say_of_watch(w, b.data);
    tg_buf_done(&b);
}

static void say_limit(struct watcher *w, const struct tg_notice *n)
{
    if (!w->told_limit)
        tg_report_line(&w->cli->report,
                       "tgrun: not all can be watched, as the limit %s is too low: looking every second instead",
                       tg_notice_limit(n));
    w->told_limit = true;
}

/* ---- changes ------------------------------------------------------------------------------------- */

/* Until nothing more happens, or for long enough. */
static void let_settle(struct watcher *w, struct tg_notice *n)
{
    uint64_t now = tg_clock_ns(), quiet = now + QUIET_MS * MS_NS, end = now + PATIENCE_MS * MS_NS;
    for (; !w->ended && now < quiet && now < end; now = tg_clock_ns()) {
        wait_for_any(w, n->fd, ms_until(quiet));
        if (n->fd >= 0 && tg_notice_take(n)) quiet = tg_clock_ns() + QUIET_MS * MS_NS;
    }
}

/* Until something may have changed. */
static void wait_for_notice(struct watcher *w, struct tg_notice *n)
{
    if (n->lacks) {
        say_limit(w, n);
        return pause_for(w, LOOK_MS);
    }
    while (!w->ended && !(wait_for_any(w, n->fd, -1) && tg_notice_take(n))) {}
    let_settle(w, n);
}

/* What changes before the watches are there is found by the look behind them. */
static void wait_for_change(struct watcher *w, struct tg_words *changed)
{
    while (!w->ended && !changed->count) {
        struct tg_notice n;
        tg_notice_open(&n);
        tg_readset_notice(&w->set, &n);
        tg_readset_look(&w->set, changed);
        if (!changed->count) {
            wait_for_notice(w, &n);
            tg_readset_look(&w->set, changed);
        }
        tg_notice_close(&n);
    }
}

/* A run that changes what it reads would go on for ever, and as fast as it can. */
static void hold_run_back(struct watcher *w, bool changed)
{
    w->restless = changed ? w->restless + 1 : 0;
    if (w->restless < 2) return;
    say_of_watch(w, "a run seems to change what it reads: the next one begins in a second");
    pause_for(w, PAUSE_MS);
}

/* Behind a run: until there is a reason for the next one. False: there will be none. */
static bool find_reason(struct watcher *w, struct tg_err *err)
{
    struct tg_readset now;
    struct tg_words changed = {0};
    if (!find_what_is_read(w, &now, err)) return false;
    tg_readset_look(&now, NULL);
    tg_readset_compare(&now, &w->set, &changed);
    tg_readset_done(&w->set);
    w->set = now;
    bool at_once = changed.count > 0;
    if (!at_once && !w->ended) say_of_watch(w, "waiting for changes");
    wait_for_change(w, &changed);
    if (changed.count && !w->ended) say_changed(w, &changed);
    if (!w->ended) hold_run_back(w, at_once);
    tg_vec_done(&changed);
    return !w->ended;
}

static enum tg_exit watch_all(struct watcher *w)
{
    struct tg_err err = {0};
    if (find_what_is_read(w, &w->set, &err)) {
        do tg_readset_look(&w->set, NULL); /* what comes from here on is compared with */
        while (!w->ended && run_once(w, &err) && !w->ended && find_reason(w, &err));
    }
    return err.code ? tg_report_err(&w->cli->report, &err) : tg_signals_status(w->ended);
}

/* ---- the verb ------------------------------------------------------------------------------------ */

static const struct tg_opt options[] = {
    TG_OPTIONS_RUNNING,
    TG_OPTIONS_OF_RUN("how outputs print", "a long summary at the end of each run"),
    {0},
};

/* Those that are ignored stay so, as in a run. */
static bool take_over_signals(struct watcher *w, struct tg_err *err)
{
    sigset_t set;
    struct sigaction now;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    for (size_t i = 0; i < TG_COUNT(passed_on); i++)
        if (sigaction(passed_on[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN) sigaddset(&set, passed_on[i]);
    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_BLOCK, &set, &w->before);
    w->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return w->signals >= 0 || tg_err_set(err, TG_EXIT_FAULT, "cannot take signals: %s", strerror(errno));
}

static enum tg_exit call_watch(struct tg_cli *cli)
{
    struct watcher w = {.cli = cli};
    struct tg_err err = {0};
    if (strcmp(cli->words.items[0], "-") == 0) {
        tg_err_set(&err, TG_EXIT_USAGE, "standard input cannot be watched: it is read once");
        tg_err_hint(&err, "Put the workflow into a file.");
    }
    if (cli->dashboard_wait && tg_cmd_says(cli, TG_AT(dashboard_wait)))
        tg_err_set(&err, TG_EXIT_USAGE, "the dashboard of a run cannot wait: another run may have to begin");
    if (err.code || !tg_recordopt_check(cli, &err) || !take_over_signals(&w, &err)) return tg_report_err(&cli->report, &err);
    make_command(&w);
    enum tg_exit status = watch_all(&w);
    for (size_t i = 0; i < w.command.count; i++) free((char *)w.command.items[i]);
    tg_vec_done(&w.command);
    tg_readset_done(&w.set);
    close(w.signals);
    return status;
}

const struct tg_verb tg_verb_watch = {
    .name = "watch",
    .usage = "[FILE] [NAME...]",
    .summary = "run a workflow again whenever its inputs change",
    .detail =
        "Runs FILE as `tgrun run` does, and again when the workflow, a file that it imports or its parameters are in, or an "
        "input of its tasks or a file that the workflow itself reads (read_table) has changed, or glob finds other files, until a "
        "signal (Ctrl-C) ends it. Result files are not watched. "
        "A run that is going on is not disturbed: what changes meanwhile starts the next one.",
    .options = options,
    .words = TG_WORDS_NAMES,
    .min_words = 1,
    .max_words = UINT32_MAX,
    .needs = "a workflow file",
    .call = call_watch,
};
