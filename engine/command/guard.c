/* SPDX-License-Identifier: MIT
 * The table of running programs, and the guard process.
 *
 * The guard is forked before the first program starts. It holds the read end of a pipe whose write end only this
 * process has (and what is forked from it and does not exec). When this process is gone, by whatever way, the pipe
 * ends; the guard then kills every program that the table names for this process, and goes. It is the leader of
 * its own session, so the terminal's signals do not reach it; it ignores those that ask to end; and it closes all
 * other descriptors, so that it keeps nobody's pipe open. A worker process starts a guard of its own.
 *
 * After the fork the guard makes only async-signal-safe calls: the fork may happen while other threads run.
 * /proc is read to find programs that left their process group (as `timeout` does) or, by their mark, the session. That
 * takes milliseconds, so after a command that simply ended it is the guard that looks, once in a while. */
#include "engine/command/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"
#include "engine/base/clock.h"
#include "engine/base/utf8.h"
#include "engine/command/procs.h"
#include "engine/command/spawn.h"
#include "engine/plugin/stop.h"

extern char **environ;

/* Between two looks for what ended programs have left: at least so long, and so many times what a look takes. */
#define SWEEP_NS UINT64_C(500000000)
#define SWEEP_SHARE 200

/* How many sessions are killed in one reading of /proc when all are. */
#define SESSIONS_AT_ONCE 256

struct tg_running_table {
    pthread_mutex_t lock; /* robust, shared between processes */
    int passed;           /* locked: the ending signal that was passed to all; 0: none */
    uint64_t paused_at;   /* locked: when all were stopped, of tg_clock_ns; 0: they are not */
    uint64_t paused_ns;   /* locked: for how long, before that */
    uint64_t numbers;     /* locked: of programs so far */
    uint32_t high;        /* locked: entries from here on were never used */
    struct tg_cgroup_home groups;
    struct tg_running entries[TG_MAX_RUNNING];
};

/* ---- programs that left their session (async-signal-safe) ---------------------------------------- */

static pid_t group_of(const struct tg_running *entry)
{
    return atomic_load_explicit(&entry->group, memory_order_acquire);
}

/* What is looked for: of one program, or of all. */
struct strays {
    const struct tg_running_table *table;
    const struct tg_running *entry;
};

/* What the program of an entry started, wherever it went, and what is in its session. */
static bool is_of_entry(const void *data, const struct tg_procs_one *one)
{
    const struct strays *strays = data;
    return one->number == strays->entry->number || one->session == group_of(strays->entry);
}

/* .. but only if it left the session. */
static bool has_left_entry(const void *data, const struct tg_procs_one *one)
{
    const struct strays *strays = data;
    return one->number == strays->entry->number && one->session != group_of(strays->entry);
}

/* Has left its session, of whatever running program that is. */
static bool has_left(const void *data, const struct tg_procs_one *one)
{
    const struct strays *strays = data;
    bool runs = false, inside = false;
    for (size_t i = 0; one->number && i < strays->table->high; i++) {
        runs |= atomic_load(&strays->table->entries[i].number) == one->number;
        inside |= group_of(&strays->table->entries[i]) == one->session;
    }
    return runs && !inside;
}

/* Is left of a program that ended. */
static bool is_left(const void *data, const struct tg_procs_one *one)
{
    const struct strays *strays = data;
    for (size_t i = 0; one->number && i < strays->table->high; i++)
        if (atomic_load(&strays->table->entries[i].number) == one->number) return false;
    return one->number != 0;
}

static bool is_ours(const void *data, const struct tg_procs_one *one)
{
    (void)data;
    return one->number != 0;
}

static size_t signal_strays(const struct tg_guard *g, const struct tg_running *entry,
                            bool (*meant)(const void *, const struct tg_procs_one *), int signal)
{
    struct strays strays = {g->table, entry};
    return *g->mark ? tg_procs_signal(&(struct tg_procs_query){g->mark, meant, &strays}, signal) : 0;
}

/* ---- the guard process --------------------------------------------------------------------------- */

/* All from `from` on. */
static bool close_from(int from)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, from, ~0u, 0) == 0) return true;
#endif
    return false;
}

/* All but these; the second may be -1. */
static void close_all_but(int keep, int other)
{
    int last = keep > other ? keep : other;
    long most = sysconf(_SC_OPEN_MAX);
    if (close_from(last + 1)) most = last;
    else if (most < 0 || most > 65536) most = 65536;
    for (int fd = 0; fd < most; fd++)
        if (fd != keep && fd != other) close(fd);
}

static void ignore_requests(void)
{
    static const int requests[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2, SIGTSTP};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) sigaction(requests[i], &ignore, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Their engines do not take them along. Nobody waits for it. */
static void remove_container(struct tg_running *entry)
{
    char *argv[] = {(char *)entry->engine, "rm", "--force", entry->container, NULL};
    pid_t pid;
    posix_spawnp(&pid, entry->engine, NULL, NULL, argv, environ);
}

/* The process that owned these entries is gone: nobody else writes them. */
static bool kill_owned(const struct tg_guard *g, pid_t owner)
{
    struct tg_running_table *table = g->table;
    bool any = atomic_load(g->due) != 0;
    static pid_t sessions[TG_MAX_RUNNING];
    size_t count = 0;
    for (size_t i = 0; i < TG_MAX_RUNNING && i < table->high; i++) {
        struct tg_running *entry = &table->entries[i];
        pid_t group = atomic_load_explicit(&entry->group, memory_order_acquire);
        if (entry->owner != owner) continue;
        any = true;
        if (group > 1) {
            kill(-group, SIGKILL);
            sessions[count++] = group;
        }
    }
    tg_procs_signal_sessions(sessions, count, SIGKILL);
    if (any) signal_strays(g, NULL, is_ours, SIGKILL);
    for (size_t i = 0; i < TG_MAX_RUNNING && i < table->high; i++) {
        if (table->entries[i].owner != owner) continue;
        if (table->entries[i].engine) remove_container(&table->entries[i]);
        atomic_store_explicit(&table->entries[i].group, 0, memory_order_relaxed);
        table->entries[i].owner = 0;
    }
    return any;
}

/* Kills what programs that ended have left; when it may be looked for again. */
static uint64_t kill_left(const struct tg_guard *g)
{
    uint64_t begin = tg_clock_ns();
    atomic_store(g->due, 0); /* before: what ends from now on is for the next time */
    signal_strays(g, NULL, is_left, SIGKILL);
    uint64_t end = tg_clock_ns(), wait = SWEEP_SHARE * (end - begin);
    return end + (wait > SWEEP_NS ? wait : SWEEP_NS);
}

/* Until the pipe ends; each byte says that programs have ended. */
static void watch_over(const struct tg_guard *g, int pipe_fd)
{
    uint64_t next = tg_clock_ns() + SWEEP_NS;
    for (bool due = atomic_load(g->due) != 0;;) {
        char bytes[64];
        struct pollfd fd = {pipe_fd, POLLIN, 0};
        uint64_t now = tg_clock_ns();
        if (due && now >= next) next = kill_left(g), due = false;
        else if (poll(&fd, 1, due ? (int)((next - now) / 1000000 + 1) : -1) > 0) {
            ssize_t got = read(pipe_fd, bytes, sizeof bytes);
            if (got == 0 || (got < 0 && errno != EINTR)) return;
            due |= got > 0;
        }
    }
}

static _Noreturn void be_guard(const struct tg_guard *g, int pipe_fd, pid_t owner)
{
    setsid();
    ignore_requests();
    /* A name without "tgrun" in it: killing tgrun by name must not kill its guard. */
    prctl(PR_SET_NAME, "tg-guard");
    close_all_but(pipe_fd, g->debt ? g->debt->write_fd : -1);
    if (chdir("/") != 0) {} /* keeps no file system busy; it is not needed for the work */
    tg_procs_unmark();
    watch_over(g, pipe_fd);
    bool killed = kill_owned(g, owner);
    if (g->table->groups.owner == owner) tg_cgroup_leave(&g->table->groups, killed);
    if (g->debt) tg_jobserver_settle(g->debt);
    if (g->debt) tg_jobserver_pay(g->debt);
    _exit(0);
}

/* Locked. What is this process's own; a fork has that of the one it was forked from. */
static int prepare(struct tg_guard *g, pid_t self)
{
    void *due = mmap(NULL, sizeof *g->due, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (due == MAP_FAILED) return errno;
    if (g->due) munmap(g->due, sizeof *g->due);
    g->due = due;
    snprintf(g->mark, sizeof g->mark, TG_PROCS_VARIABLE "=%ld-%llx.", (long)self, (unsigned long long)tg_clock_ns());
    return 0;
}

/* Locked. */
static int start_guard(struct tg_guard *g, pid_t self)
{
    int fds[2];
    if (g->pipe_fd >= 0) close(g->pipe_fd); /* of a guard that is gone, or of that of the process this one was forked from */
    g->pipe_fd = -1;
    if (g->owner != self && prepare(g, self) != 0) return errno;
    if (!tg_spawn_pipe(fds)) return errno;
    pid_t pid = fork();
    if (pid == 0) be_guard(g, fds[0], self);
    int error = errno;
    close(fds[0]);
    if (pid < 0) {
        close(fds[1]);
        return error;
    }
    g->pipe_fd = fds[1];
    g->owner = self;
    g->pid = pid;
    return 0;
}

/* Somebody has killed it, as the kernel may that runs out of memory: nobody reads the pipe. */
static bool is_gone(const struct tg_guard *g)
{
    struct pollfd fd = {g->pipe_fd, 0, 0};
    return poll(&fd, 1, 0) > 0 && fd.revents & POLLERR;
}

int tg_guard_start(struct tg_guard *g)
{
    pthread_mutex_lock(&g->starting);
    pid_t self = getpid();
    TG_ASSERT(g->owner != self || g->pipe_fd >= 0);
    int error = g->owner == self && !is_gone(g) ? 0 : start_guard(g, self);
    pthread_mutex_unlock(&g->starting);
    return error;
}

struct tg_cgroup_home *tg_guard_groups(struct tg_guard *g)
{
    struct tg_cgroup_home *home = &g->table->groups;
    if (atomic_load(&home->state) == TG_CGROUP_UNTRIED) {
        pthread_mutex_lock(&g->starting);
        tg_cgroup_begin(home, g->group_root, g->group_file, g->owner == getpid() ? g->pid : 0);
        pthread_mutex_unlock(&g->starting);
    }
    return atomic_load(&home->state) == TG_CGROUP_READY ? home : NULL;
}

/* ---- the table ----------------------------------------------------------------------------------- */

void tg_guard_init(struct tg_guard *g)
{
    void *p = mmap(NULL, sizeof *g->table, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) tg_alloc_fail(sizeof *g->table);
    *g = (struct tg_guard){.table = p, .pipe_fd = -1, .group_root = "/sys/fs/cgroup", .group_file = "/proc/self/cgroup"};
    pthread_mutex_init(&g->starting, NULL);
    pthread_mutexattr_t shared;
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&shared, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&g->table->lock, &shared);
    pthread_mutexattr_destroy(&shared);
}

void tg_guard_done(struct tg_guard *g)
{
    if (g->table->groups.owner == getpid()) tg_cgroup_leave(&g->table->groups, false); /* before the guard, which goes last */
    if (g->pipe_fd >= 0) close(g->pipe_fd);
    if (g->due) munmap(g->due, sizeof *g->due);
    pthread_mutex_destroy(&g->starting);
    munmap(g->table, sizeof *g->table);
}

static struct tg_running_table *lock(struct tg_guard *g)
{
    /* A process that died with the lock leaves a table that is whole: entries are written field by field and only
     * `group` makes them count. */
    if (pthread_mutex_lock(&g->table->lock) == EOWNERDEAD) pthread_mutex_consistent(&g->table->lock);
    return g->table;
}

static void unlock(struct tg_guard *g)
{
    pthread_mutex_unlock(&g->table->lock);
}

/* Copies a name, cut between code points. */
static void copy_name(char *to, size_t room, const char *name)
{
    size_t length = 0, n, whole = strlen(name);
    while ((n = tg_utf8_length(name + length, whole - length)) > 0 && length + n < room) length += n;
    TG_ASSERT(length < room);
    memcpy(to, name, length);
    to[length] = 0;
}

struct tg_running *tg_guard_take(struct tg_guard *g, const char *name, uint32_t attempt)
{
    struct tg_running_table *table = lock(g);
    struct tg_running *entry = NULL;
    for (size_t i = 0; i < TG_MAX_RUNNING && !entry; i++)
        if (!table->entries[i].owner) entry = &table->entries[i];
    if (entry) {
        size_t index = (size_t)(entry - table->entries);
        TG_ASSERT(group_of(entry) == 0); /* cleared before its owner was */
        if (index >= table->high) table->high = (uint32_t)index + 1;
        entry->owner = getpid();
        atomic_store(&entry->number, ++table->numbers);
        entry->signalled = 0;
        entry->started_ns = tg_clock_ns();
        entry->attempt = attempt;
        entry->engine = NULL;
        copy_name(entry->name, sizeof entry->name, name);
    }
    unlock(g);
    return entry;
}

void tg_guard_contain(struct tg_guard *g, struct tg_running *entry, const char *engine, const char *container)
{
    TG_ASSERT(strlen(container) < sizeof entry->container);
    lock(g);
    copy_name(entry->container, sizeof entry->container, container);
    entry->engine = engine;
    unlock(g);
}

/* Programs have ended: the guard looks for what they left, when it is time for that. */
static void tell_ended(struct tg_guard *g)
{
    pthread_mutex_lock(&g->starting);
    if (g->owner == getpid() && g->pipe_fd >= 0 && write(g->pipe_fd, "", 1) < 0) {} /* one that was killed: the next looks */
    pthread_mutex_unlock(&g->starting);
}

void tg_guard_mark(const struct tg_guard *g, const struct tg_running *entry, struct tg_buf *b)
{
    if (*g->mark) tg_buf_format(b, "%s%llu", g->mark, (unsigned long long)atomic_load(&entry->number));
}

int tg_guard_release(struct tg_guard *g, struct tg_running *entry)
{
    const struct tg_running_table *table = lock(g);
    TG_ASSERT(entry->owner == getpid() && entry < table->entries + table->high);
    int signalled = entry->signalled;
    bool ran = group_of(entry) > 1;
    atomic_store_explicit(&entry->group, 0, memory_order_relaxed);
    atomic_store(&entry->number, 0);
    entry->owner = 0;
    unlock(g);
    if (ran && g->due && !atomic_exchange(g->due, 1)) tell_ended(g);
    return signalled;
}

void tg_guard_ask(struct tg_guard *g, struct tg_running *entry, int signal)
{
    struct tg_running_table *table = lock(g);
    pid_t group = group_of(entry);
    TG_ASSERT(entry->owner == getpid());
    bool asks = !entry->signalled && group > 1;
    if (asks) entry->signalled = table->passed ? table->passed : signal;
    if (asks) kill(-group, entry->signalled);
    unlock(g);
    if (asks) signal_strays(g, entry, has_left_entry, signal);
}

void tg_guard_kill(const struct tg_guard *g, struct tg_running *entry, bool all)
{
    pid_t group = group_of(entry);
    if (group <= 1) return;
    kill(-group, SIGKILL);
    if (all) signal_strays(g, entry, is_of_entry, SIGKILL);
}

size_t tg_guard_sweep(const struct tg_guard *g, const struct tg_running *entry)
{
    return group_of(entry) > 1 ? signal_strays(g, entry, is_of_entry, SIGKILL) : 0;
}

static bool ends_programs(int signal)
{
    return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT || signal == SIGKILL;
}

/* Those that nobody can leave to others by leaving the group. */
static bool reaches_sessions(int signal)
{
    return signal == SIGKILL || signal == SIGSTOP || signal == SIGCONT;
}

void tg_guard_signal_all(struct tg_guard *g, int signal)
{
    tg_guard_end_all(g, signal, NULL);
}

void tg_guard_end_all(struct tg_guard *g, int signal, _Atomic int *stop)
{
    pid_t groups[SESSIONS_AT_ONCE];
    size_t count = 0;
    bool any = false;
    struct tg_running_table *table = lock(g);
    if (ends_programs(signal)) table->passed = signal;
    if (stop) tg_stop_raise(stop, TG_STOP_SIGNAL); /* who asks a program to end has to wait for the lock */
    for (size_t i = 0; i < table->high; i++) {
        struct tg_running *entry = &table->entries[i];
        pid_t group = group_of(entry);
        if (group <= 1) continue;
        any = true;
        if (ends_programs(signal)) entry->signalled = signal;
        kill(-group, signal);
        if (reaches_sessions(signal)) groups[count++] = group;
        if (count < SESSIONS_AT_ONCE) continue;
        tg_procs_signal_sessions(groups, count, signal); /* inside the lock: the pids are theirs */
        count = 0;
    }
    TG_ASSERT(table->high <= TG_MAX_RUNNING && count < SESSIONS_AT_ONCE);
    tg_procs_signal_sessions(groups, count, signal);
    if (any && (ends_programs(signal) || reaches_sessions(signal))) signal_strays(g, NULL, has_left, signal);
    unlock(g);
}

void tg_guard_pause(struct tg_guard *g)
{
    struct tg_running_table *table = lock(g);
    if (!table->paused_at) table->paused_at = tg_clock_ns();
    unlock(g);
    tg_guard_signal_all(g, SIGSTOP);
}

void tg_guard_resume(struct tg_guard *g)
{
    struct tg_running_table *table = lock(g);
    if (table->paused_at) table->paused_ns += tg_clock_ns() - table->paused_at;
    table->paused_at = 0;
    unlock(g);
    tg_guard_signal_all(g, SIGCONT);
}

void tg_guard_started(struct tg_guard *g, struct tg_running *entry)
{
    if (lock(g)->paused_at) kill(-group_of(entry), SIGSTOP);
    unlock(g);
}

uint64_t tg_guard_paused_ns(struct tg_guard *g, bool *now)
{
    struct tg_running_table *table = lock(g);
    uint64_t ns = table->paused_ns;
    *now = table->paused_at != 0;
    unlock(g);
    return ns;
}

int tg_guard_passed(struct tg_guard *g)
{
    int passed = lock(g)->passed;
    unlock(g);
    return passed;
}

void tg_guard_forget(struct tg_guard *g)
{
    lock(g)->passed = 0;
    unlock(g);
}

void tg_guard_describe(struct tg_guard *g, struct tg_buf *b)
{
    uint64_t now = tg_clock_ns();
    for (size_t i = 0; i < TG_MAX_RUNNING; i++) {
        struct tg_running_table *table = lock(g); /* nothing is allocated under it: that may end the process, which needs it */
        bool last = i >= table->high;
        const struct tg_running *entry = &table->entries[i];
        pid_t group = last ? 0 : group_of(entry);
        uint64_t started_ns = entry->started_ns;
        uint32_t attempt = entry->attempt;
        char name[sizeof entry->name];
        memcpy(name, entry->name, sizeof name);
        unlock(g);
        if (last) break;
        if (group <= 1 || !*name) continue; /* an executor is none of the commands */
        tg_buf_text(b, name);
        if (attempt > 1) tg_buf_format(b, ", attempt %u", attempt);
        tg_buf_format(b, ": process %ld, %.1f s\n", (long)group, (double)(now - started_ns) / 1e9);
    }
}

void tg_guard_note_used(struct tg_guard *g, const struct tg_usage *used)
{
    uint64_t peak = atomic_load_explicit(&g->peak_bytes, memory_order_relaxed);
    atomic_fetch_add_explicit(&g->cpu_ns, used->cpu_ns, memory_order_relaxed);
    while (peak < used->peak_bytes && !atomic_compare_exchange_weak(&g->peak_bytes, &peak, used->peak_bytes)) {}
}

struct tg_usage tg_guard_used(struct tg_guard *g)
{
    return (struct tg_usage){atomic_load_explicit(&g->cpu_ns, memory_order_relaxed),
                             atomic_load_explicit(&g->peak_bytes, memory_order_relaxed)};
}
