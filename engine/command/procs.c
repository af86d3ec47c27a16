/* SPDX-License-Identifier: MIT
 * Processes in /proc. A program may leave its process group (as `timeout` does), its session (setsid, a daemon) and its
 * parent; what it started with as its environment it keeps, unless it wants to get away. */
#include "engine/command/procs.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/base/ascii.h"
#include "engine/base/assert.h"
#include "engine/base/clock.h"

/* How often /proc is read again while it still shows processes that are meant: they may fork while it is read. */
#define MAX_SCANS 20

/* Of an environment, read at once; more than a mark has. */
#define ENVIRON_BYTES 8192
#define MARK_BYTES 128

#define PID_DIGITS 12
#define MAX_ANCESTORS 64

extern char **environ;

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

static void to_name(pid_t pid, char name[PID_DIGITS])
{
    char digits[PID_DIGITS];
    size_t count = 0;
    for (; pid > 0; pid /= 10) digits[count++] = (char)('0' + pid % 10);
    while (count > 0) *name++ = digits[--count];
    *name = 0;
}

/* "/proc/" + name + "/" + file, without the printf family. */
static int open_of(const char *name, const char *file)
{
    char path[40] = "/proc/";
    size_t length = strlen(name), rest = strlen(file) + 1;
    TG_ASSERT(7 + length + rest <= sizeof path);
    memcpy(path + 6, name, length);
    path[6 + length] = '/';
    memcpy(path + 7 + length, file, rest);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static uint64_t to_number(const char *at)
{
    uint64_t number = 0;
    for (; tg_ascii_is_digit(*at); at++) number = number * 10 + (uint64_t)(*at - '0');
    return number;
}

/* False for a zombie and for one that is gone. In its stat file the fields after the name in parentheses are: state, parent,
 * group, session. */
static bool read_stat(const char *name, struct tg_procs_one *one)
{
    char text[512];
    int fd = open_of(name, "stat");
    if (fd < 0) return false;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0) return false;
    text[length] = 0;
    const char *at = strrchr(text, ')');
    if (!at || at[1] != ' ' || at[2] == 'Z' || at[2] == 'X') return false;
    one->stopped = at[2] == 'T';
    at += 2;
    for (int field = 0; field < 3; field++) {
        at = strchr(at, ' ');
        if (!at) return false;
        at++;
        if (field == 0) one->parent = (pid_t)to_number(at);
    }
    one->session = (pid_t)to_number(at);
    return true;
}

/* The number behind the mark in its environment; 0: it has none, or one that nobody else may read. */
static uint64_t read_own_mark(const char *name, const char *mark)
{
    char text[ENVIRON_BYTES + 1];
    size_t have = 0, length = strlen(mark);
    uint64_t number = 0;
    int fd = open_of(name, "environ");
    if (fd < 0) return 0;
    TG_ASSERT(length + 24 < MARK_BYTES);
    for (ssize_t n; !number && (n = read(fd, text + have, ENVIRON_BYTES - have)) > 0;) {
        have += (size_t)n;
        text[have] = 0;
        const char *at = memmem(text, have, mark, length);
        if (at && memchr(at, 0, have - (size_t)(at - text))) number = to_number(at + length);
        size_t kept = have < MARK_BYTES ? have : MARK_BYTES; /* one that was cut comes whole with what follows */
        memmove(text, text + have - kept, kept);
        have = kept;
    }
    close(fd);
    return number;
}

/* Ourselves, who started us, and so on up. */
struct ancestors {
    pid_t pids[MAX_ANCESTORS];
    size_t count;
};

static void read_ancestors(struct ancestors *a)
{
    struct tg_procs_one one = {.parent = getpid()};
    char name[PID_DIGITS];
    a->count = 0;
    do {
        a->pids[a->count++] = one.parent;
        to_name(one.parent, name);
    } while (a->count < MAX_ANCESTORS && read_stat(name, &one) && one.parent > 1);
}

/* A parent that takes in orphans is the init process, or one of those that started us. */
static bool takes_in_ours(const struct ancestors *a, pid_t parent)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->pids[i] == parent) return true;
    return parent <= 1;
}

/* Is what bears the mark there because a program started it? What a batch system (at, sbatch) runs has the environment of who
 * asked for it, but another parent. */
static bool was_started_by_ours(const struct tg_procs_query *query, const struct ancestors *a, pid_t pid, pid_t parent)
{
    struct tg_procs_one up = {.pid = pid, .parent = parent};
    char name[PID_DIGITS];
    for (int i = 0; i < MAX_ANCESTORS && !takes_in_ours(a, up.parent); i++) {
        struct tg_procs_one above = {.pid = up.parent};
        to_name(above.pid, name);
        if (read_stat(name, &above)) {
            if (!read_own_mark(name, query->mark)) return false;
            up = above;
            continue;
        }
        to_name(up.pid, name); /* the parent has just ended: who is it now? */
        if (!read_stat(name, &up)) return false;
    }
    return takes_in_ours(a, up.parent);
}

static bool is_sought(const struct tg_procs_query *query, const struct ancestors *a, const char *name, struct tg_procs_one *one)
{
    one->pid = strlen(name) < PID_DIGITS ? to_pid(name) : 0;
    if (one->pid <= 1 || one->pid == getpid() || !read_stat(name, one)) return false;
    one->number = query->mark ? read_own_mark(name, query->mark) : 0;
    if (one->number && !was_started_by_ours(query, a, one->pid, one->parent)) one->number = 0;
    return query->meant(query->data, one);
}

/* Reads /proc once; how many there were on which the signal had an effect. */
static size_t scan_and_signal(int proc, const struct tg_procs_query *query, const struct ancestors *a, int signal)
{
    char block[4096] __attribute__((aligned(8)));
    size_t reached = 0;
    long length;
    while ((length = syscall(SYS_getdents64, proc, block, sizeof block)) > 0) {
        for (long at = 0; at < length;) {
            struct proc_entry *entry = (struct proc_entry *)(block + at);
            struct tg_procs_one one;
            at += entry->bytes;
            if (!is_sought(query, a, entry->name, &one) || (one.stopped && signal == SIGSTOP)) continue;
            reached += kill(one.pid, signal) == 0;
        }
    }
    return reached;
}

size_t tg_procs_signal(const struct tg_procs_query *query, int signal)
{
    int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    size_t all = 0, reached;
    struct ancestors ancestors;
    if (proc < 0) return 0;
    read_ancestors(&ancestors);
    for (int i = 0; i < MAX_SCANS && (reached = scan_and_signal(proc, query, &ancestors, signal)); i++) {
        all += reached;
        if (signal != SIGKILL && signal != SIGSTOP) break;
        tg_clock_sleep(1000000); /* for the killed ones to become zombies, the stopped ones to stop */
        lseek(proc, 0, SEEK_SET);
    }
    close(proc);
    return all;
}

struct sessions {
    const pid_t *pids;
    size_t count;
};

static bool is_in_sessions(const void *data, const struct tg_procs_one *one)
{
    const struct sessions *sessions = data;
    for (size_t i = 0; i < sessions->count; i++)
        if (sessions->pids[i] == one->session) return true;
    return false;
}

size_t tg_procs_signal_sessions(const pid_t *sessions, size_t count, int signal)
{
    struct sessions data = {sessions, count};
    return count ? tg_procs_signal(&(struct tg_procs_query){NULL, is_in_sessions, &data}, signal) : 0;
}

void tg_procs_unmark(void)
{
    size_t length = strlen(TG_PROCS_VARIABLE);
    for (char **text = environ; *text; text++)
        if (strncmp(*text, TG_PROCS_VARIABLE "=", length + 1) == 0) memset(*text + length + 1, '-', strlen(*text) - length - 1);
}
