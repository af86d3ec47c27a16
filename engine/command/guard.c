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
 * /proc is read to find programs that left their process group (as `timeout` does) but not the session. */
#include "engine/command/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/ascii.h"
#include "engine/base/assert.h"
#include "engine/base/clock.h"
#include "engine/base/utf8.h"
#include "engine/command/spawn.h"
#include "engine/plugin/stop.h"

extern char **environ;

/* How often /proc is read again while it still shows members of a session: they may fork while it is read. */
#define MAX_SCANS 20

/* How many sessions are killed in one reading of /proc when all are. */
#define SESSIONS_AT_ONCE 256

struct tg_running_table {
    pthread_mutex_t lock; /* robust, shared between processes */
    int passed;           /* locked: the ending signal that was passed to all; 0: none */
    uint64_t paused_at;   /* locked: when all were stopped, of tg_clock_ns; 0: they are not */
    uint64_t paused_ns;   /* locked: for how long, before that */
    uint32_t high;        /* locked: entries from here on were never used */
    struct tg_running entries[TG_MAX_RUNNING];
};

/* ---- killing a session (async-signal-safe) ------------------------------------------------------- */

struct proc_entry { /* what the kernel's getdents64 gives */
    uint64_t inode;
    int64_t offset;
    unsigned short bytes;
    unsigned char type;
    char name[];
};

static pid_t to_pid(const char *name)
{
    long pid = 0;
    for (; tg_ascii_is_digit(*name) && pid < INT32_MAX / 10; name++) pid = pid * 10 + (*name - '0');
    return *name ? 0 : (pid_t)pid;
}

/* "/proc/" + name + "/stat", without the printf family. */
static void stat_path(char *path, const char *name)
{
    size_t length = strlen(name);
    memcpy(path, "/proc/", 6);
    memcpy(path + 6, name, length);
    memcpy(path + 6 + length, "/stat", 6);
}

/* The session of a live process, and whether it is stopped; 0 for a zombie and for one that is gone. In its stat file the fields after the
 * name in parentheses are: state, parent, group, session. */
static pid_t session_of(const char *name, bool *stopped)
{
    char text[512], path[32];
    stat_path(path, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0) return 0;
    text[length] = 0;
    const char *at = strrchr(text, ')');
    if (!at || at[1] != ' ' || at[2] == 'Z' || at[2] == 'X') return 0;
    *stopped = at[2] == 'T';
    at += 2;
    for (int field = 0; field < 3; field++) {
        at = strchr(at, ' ');
        if (!at) return 0;
        at++;
    }
    long session = 0;
    for (; tg_ascii_is_digit(*at); at++) session = session * 10 + (*at - '0');
    return (pid_t)session;
}

static bool among(pid_t pid, const pid_t *pids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pids[i] == pid) return true;
    return false;
}

/* Reads /proc once and signals the members of these sessions; how many there were on which that had an effect. */
static size_t scan_and_signal(int proc, const pid_t *sessions, size_t count, int signal)
{
    char block[4096] __attribute__((aligned(8)));
    size_t reached = 0;
    long length;
    while ((length = syscall(SYS_getdents64, proc, block, sizeof block)) > 0) {
        for (long at = 0; at < length;) {
            struct proc_entry *entry = (struct proc_entry *)(block + at);
            at += entry->bytes;
            pid_t pid = strlen(entry->name) < 12 ? to_pid(entry->name) : 0;
            bool stopped = false;
            if (pid <= 1 || pid == getpid() || !among(session_of(entry->name, &stopped), sessions, count)) continue;
            if (stopped && signal == SIGSTOP) continue;
            reached += kill(pid, signal) == 0;
        }
    }
    return reached;
}

/* How many processes were reached; some may be counted twice. */
static size_t signal_sessions(const pid_t *sessions, size_t count, int signal)
{
    int proc = count ? open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    size_t all = 0, reached;
    if (proc < 0) return 0;
    for (int i = 0; i < MAX_SCANS && (reached = scan_and_signal(proc, sessions, count, signal)); i++) {
        all += reached;
        if (signal == SIGCONT) break;
        tg_clock_sleep(1000000); /* for the killed ones to become zombies, the stopped ones to stop */
        lseek(proc, 0, SEEK_SET);
    }
    close(proc);
    return all;
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
static void kill_owned(struct tg_running_table *table, pid_t owner)
{
    static pid_t sessions[TG_MAX_RUNNING];
    size_t count = 0;
    for (size_t i = 0; i < TG_MAX_RUNNING && i < table->high; i++) {
        struct tg_running *entry = &table->entries[i];
        pid_t group = atomic_load_explicit(&entry->group, memory_order_acquire);
        if (entry->owner != owner) continue;
        if (group > 1) {
            kill(-group, SIGKILL);
            sessions[count++] = group;
        }
    }
    signal_sessions(sessions, count, SIGKILL);
    for (size_t i = 0; i < TG_MAX_RUNNING && i < table->high; i++) {
        if (table->entries[i].owner != owner) continue;
        if (table->entries[i].engine) remove_container(&table->entries[i]);
        atomic_store_explicit(&table->entries[i].group, 0, memory_order_relaxed);
        table->entries[i].owner = 0;
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
    char byte;
    ssize_t got;
    do got = read(pipe_fd, &byte, 1);
    while (got > 0 || (got < 0 && errno == EINTR));
    kill_owned(g->table, owner);
    if (g->debt) tg_jobserver_pay(g->debt);
    _exit(0);
}

/* Locked. */
static int start_guard(struct tg_guard *g, pid_t self)
{
    int fds[2];
    if (g->pipe_fd >= 0) close(g->pipe_fd); /* of a guard that is gone, or of that of the process this one was forked from */
    g->pipe_fd = -1;
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

/* ---- the table ----------------------------------------------------------------------------------- */

void tg_guard_init(struct tg_guard *g)
{
    void *p = mmap(NULL, sizeof *g->table, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) tg_alloc_fail(sizeof *g->table);
    *g = (struct tg_guard){.table = p, .pipe_fd = -1};
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
    if (g->pipe_fd >= 0) close(g->pipe_fd);
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

static pid_t group_of(const struct tg_running *entry)
{
    return atomic_load_explicit(&entry->group, memory_order_acquire);
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

int tg_guard_release(struct tg_guard *g, struct tg_running *entry)
{
    const struct tg_running_table *table = lock(g);
    TG_ASSERT(entry->owner == getpid() && entry < table->entries + table->high);
    int signalled = entry->signalled;
    atomic_store_explicit(&entry->group, 0, memory_order_relaxed);
    entry->owner = 0;
    unlock(g);
    return signalled;
}

void tg_guard_ask(struct tg_guard *g, struct tg_running *entry, int signal)
{
    struct tg_running_table *table = lock(g);
    pid_t group = group_of(entry);
    TG_ASSERT(entry->owner == getpid());
    if (!entry->signalled && group > 1) {
        entry->signalled = table->passed ? table->passed : signal;
        kill(-group, entry->signalled);
    }
    unlock(g);
}

void tg_guard_kill(struct tg_running *entry, bool session)
{
    pid_t group = group_of(entry);
    if (group <= 1) return;
    kill(-group, SIGKILL);
    if (session) signal_sessions(&group, 1, SIGKILL);
}

size_t tg_guard_sweep(const struct tg_running *entry)
{
    pid_t group = group_of(entry);
    return group > 1 ? signal_sessions(&group, 1, SIGKILL) : 0;
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
    struct tg_running_table *table = lock(g);
    if (ends_programs(signal)) table->passed = signal;
    if (stop) tg_stop_raise(stop, TG_STOP_SIGNAL); /* who asks a program to end has to wait for the lock */
    for (size_t i = 0; i < table->high; i++) {
        struct tg_running *entry = &table->entries[i];
        pid_t group = group_of(entry);
        if (group <= 1) continue;
        if (ends_programs(signal)) entry->signalled = signal;
        kill(-group, signal);
        if (reaches_sessions(signal)) groups[count++] = group;
        if (count < SESSIONS_AT_ONCE) continue;
        signal_sessions(groups, count, signal); /* inside the lock: the pids are theirs */
        count = 0;
    }
    TG_ASSERT(table->high <= TG_MAX_RUNNING && count < SESSIONS_AT_ONCE);
    signal_sessions(groups, count, signal);
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
        if (group <= 1) continue;
        tg_buf_text(b, name);
        if (attempt > 1) tg_buf_format(b, ", attempt %u", attempt);
        tg_buf_format(b, ": process %ld, %.1f s\n", (long)group, (double)(now - started_ns) / 1e9);
    }
}
