/* SPDX-License-Identifier: MIT
 * Control groups of steps. */
#include "engine/command/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/base/assert.h"
#include "engine/base/clock.h"

#define NAME_PREFIX "tgrun-"
#define TEXT_BYTES 8192

/* Killed processes take a moment to go. */
#define REMOVE_TRIES 100
#define REMOVE_WAIT_NS UINT64_C(2000000)

struct group_entry { /* what the kernel's getdents64 gives */
    uint64_t inode;
    int64_t offset;
    unsigned short bytes;
    unsigned char type;
    char name[];
};

/* ---- files of a group (async-signal-safe) -------------------------------------------------------- */

static bool read_file(int folder, const char *name, char *text, size_t size)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
    if (fd >= 0) close(fd);
    text[n > 0 ? n : 0] = 0;
    return n >= 0;
}

static bool write_file(int folder, const char *name, const char *text)
{
    int fd = openat(folder, name, O_WRONLY | O_CLOEXEC);
    bool fine = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0) close(fd);
    return fine;
}

static int open_group(int folder, const char *name)
{
    return openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* A number, without the printf family. */
static char *add_number(char *at, uint64_t number)
{
    char digits[24];
    size_t count = 0;
    do digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count) *at++ = digits[--count];
    return at;
}

/* "tgrun-PID-NUMBER". */
static void name_group(char *name, pid_t owner, uint64_t number)
{
    char *at = stpcpy(name, NAME_PREFIX);
    at = add_number(at, (uint64_t)owner);
    *at++ = '-';
    *add_number(at, number) = 0;
}

static bool is_of_owner(const char *name, pid_t owner)
{
    char own[40];
    name_group(own, owner, 0);
    size_t length = strlen(own) - 1;
    return strncmp(name, own, length) == 0 && strcmp(name + length, "0") != 0;
}

/* ---- removing (async-signal-safe) ---------------------------------------------------------------- */

/* Groups in it are those of a tgrun that ran in it and was killed. */
static bool remove_group(int folder, const char *name, bool inner)
{
    char block[4096] __attribute__((aligned(8)));
    long length;
    if (unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return true;
    int fd = inner ? open_group(folder, name) : -1;
    if (fd < 0) return false;
    while ((length = syscall(SYS_getdents64, fd, block, sizeof block)) > 0)
        for (long at = 0; at < length;) {
            const struct group_entry *entry = (const struct group_entry *)(block + at);
            if (strncmp(entry->name, NAME_PREFIX, strlen(NAME_PREFIX)) == 0) remove_group(fd, entry->name, false);
            at += entry->bytes;
        }
    close(fd);
    return unlinkat(folder, name, AT_REMOVEDIR) == 0;
}

static bool kill_group(int folder, const char *name)
{
    int fd = open_group(folder, name);
    bool killed = fd >= 0 && write_file(fd, "cgroup.kill", "1");
    if (fd >= 0) close(fd);
    return killed;
}

static void remove_killed(int folder, const char *name, bool kills)
{
    bool waits = kills && kill_group(folder, name), gone = remove_group(folder, name, true);
    for (int i = 0; i < REMOVE_TRIES && waits && !gone; i++) {
        tg_clock_sleep(REMOVE_WAIT_NS);
        gone = remove_group(folder, name, true);
    }
}

static void remove_all(int folder, pid_t owner, bool kills)
{
    char block[4096] __attribute__((aligned(8)));
    long length;
    while ((length = syscall(SYS_getdents64, folder, block, sizeof block)) > 0)
        for (long at = 0; at < length;) {
            const struct group_entry *entry = (const struct group_entry *)(block + at);
            if (is_of_owner(entry->name, owner)) remove_killed(folder, entry->name, kills);
            at += entry->bytes;
        }
}

void tg_cgroup_leave(struct tg_cgroup_home *h, bool kills)
{
    char leaf[40];
    if (atomic_load(&h->state) != TG_CGROUP_READY) return;
    int folder = open_group(AT_FDCWD, h->path);
    if (folder < 0) return;
    remove_all(folder, h->owner, kills);
    name_group(leaf, h->owner, 0);
    if (h->moved && write_file(folder, "cgroup.subtree_control", "-memory") && write_file(folder, "cgroup.procs", "0"))
        unlinkat(folder, leaf, AT_REMOVEDIR);
    close(folder);
}

/* ---- the folder ---------------------------------------------------------------------------------- */

/* One of the words in a line. */
static bool has_controller(int folder, const char *name)
{
    static const char word[] = "memory";
    char text[TEXT_BYTES];
    if (!read_file(folder, name, text, sizeof text)) return false;
    for (const char *at = text; *at; at += *at != 0) {
        size_t length = strcspn(at, " \n");
        if (length == strlen(word) && memcmp(at, word, length) == 0) return true;
        at += length;
    }
    return false;
}

/* The folder of our group; false if it cannot be seen from here, or is none of version 2. */
static bool find_home(struct tg_cgroup_home *h, const char *root, const char *groups)
{
    char text[TEXT_BYTES];
    if (!read_file(AT_FDCWD, groups, text, sizeof text)) return false;
    const char *line = strncmp(text, "0::/", 4) == 0 ? text : strstr(text, "\n0::/");
    if (!line) return false;
    line = strchr(line, '/');
    size_t length = strcspn(line, "\n");
    while (length && line[length - 1] == '/') length--;
    int written = snprintf(h->path, sizeof h->path, "%s%.*s", root, (int)length, line);
    return written > 0 && (size_t)written < sizeof h->path && !strstr(h->path, "/..");
}

/* Nobody else is in our group: true for us and our guard. */
static bool is_alone(int folder, pid_t self, pid_t guard)
{
    char text[TEXT_BYTES];
    if (!read_file(folder, "cgroup.procs", text, sizeof text)) return false;
    char *end, *at = text;
    size_t count = 0;
    for (long pid; (pid = strtol(at, &end, 10)), end != at; at = end, count++)
        if (pid != self && (!guard || pid != guard)) return false;
    return count && count <= 2;
}

static bool move_process(int folder, const char *group, pid_t pid)
{
    char path[64], number[24];
    *add_number(number, (uint64_t)pid) = 0;
    stpcpy(stpcpy(stpcpy(path, group), "/"), "cgroup.procs");
    return write_file(folder, path, number);
}

/* Both, or none. */
static bool move_all(int folder, const char *group, pid_t self, pid_t guard)
{
    return move_process(folder, group, self) && (!guard || move_process(folder, group, guard));
}

/* Into a leaf, so that the group may hand memory down. A process that came into it meanwhile forbids that. */
static bool move_down(const struct tg_cgroup_home *h, int folder, pid_t guard)
{
    char leaf[40];
    name_group(leaf, h->owner, 0);
    if (!is_alone(folder, h->owner, guard)) return false;
    if (mkdirat(folder, leaf, 0755) != 0 && errno != EEXIST) return false;
    if (move_all(folder, leaf, h->owner, guard) && write_file(folder, "cgroup.subtree_control", "+memory")) return true;
    move_all(folder, ".", h->owner, guard);
    unlinkat(folder, leaf, AT_REMOVEDIR);
    return false;
}

static bool prepare_home(struct tg_cgroup_home *h, const char *root, const char *groups, pid_t guard)
{
    if (!find_home(h, root, groups)) return false;
    int folder = open_group(AT_FDCWD, h->path);
    bool fine = folder >= 0 && faccessat(folder, ".", W_OK, AT_EACCESS) == 0 && has_controller(folder, "cgroup.controllers");
    if (fine && !has_controller(folder, "cgroup.subtree_control")) fine = h->moved = move_down(h, folder, guard);
    if (folder >= 0) close(folder);
    return fine;
}

void tg_cgroup_begin(struct tg_cgroup_home *h, const char *root, const char *groups, pid_t guard)
{
    if (atomic_load(&h->state) != TG_CGROUP_UNTRIED) return;
    h->owner = getpid();
    bool fine = prepare_home(h, root, groups, guard);
    atomic_store(&h->state, fine ? TG_CGROUP_READY : TG_CGROUP_NONE);
}

/* ---- one group ----------------------------------------------------------------------------------- */

/* Of the lines "KEY NUMBER". */
static uint64_t read_event_count(int fd, const char *name, const char *key)
{
    char text[TEXT_BYTES];
    if (!read_file(fd, name, text, sizeof text)) return 0;
    size_t length = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
        if (strncmp(line, key, length) == 0) return strtoull(line + length, NULL, 10);
    return 0;
}

/* Where one program of a step is killed, so are the others: half of them come to nothing. */
static bool set_limit(int fd, uint64_t bytes)
{
    char number[24];
    *add_number(number, bytes) = 0;
    if (!write_file(fd, "memory.max", number)) return false;
    write_file(fd, "memory.swap.max", "0");
    write_file(fd, "memory.oom.group", "1");
    return true;
}

static int fill_group(struct tg_cgroup *g, uint64_t bytes)
{
    if (!set_limit(g->fd, bytes)) return errno ? errno : EIO;
    g->before = read_event_count(g->fd, "memory.events", "oom_kill ");
    int fd = openat(g->fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    g->procs_fd = fd;
    return 0;
}

int tg_cgroup_make(struct tg_cgroup_home *h, uint64_t bytes, struct tg_cgroup *g)
{
    TG_ASSERT(atomic_load(&h->state) == TG_CGROUP_READY);
    *g = TG_CGROUP_NO_GROUP;
    int folder = open_group(AT_FDCWD, h->path), error = folder < 0 ? errno : 0;
    name_group(g->name, h->owner, atomic_fetch_add(&h->steps, 1) + 1);
    if (!error && mkdirat(folder, g->name, 0755) != 0 && errno != EEXIST) error = errno;
    if (!error && (g->fd = open_group(folder, g->name)) < 0) error = errno;
    if (!error) error = fill_group(g, bytes);
    g->limits = !error;
    if (g->fd >= 0 && error) close(g->fd), g->fd = -1;
    if (error && folder >= 0) unlinkat(folder, g->name, AT_REMOVEDIR);
    if (folder >= 0) close(folder);
    return error;
}

void tg_cgroup_close(struct tg_cgroup *g)
{
    if (g->procs_fd >= 0) close(g->procs_fd);
    g->procs_fd = -1;
}

void tg_cgroup_kill(const struct tg_cgroup *g)
{
    if (g->fd >= 0) write_file(g->fd, "cgroup.kill", "1");
}

void tg_cgroup_end(const struct tg_cgroup_home *h, struct tg_cgroup *g)
{
    tg_cgroup_close(g);
    if (g->fd < 0) return;
    g->ran_out = read_event_count(g->fd, "memory.events", "oom_kill ") > g->before;
    g->used_bytes = read_event_count(g->fd, "memory.peak", "");
    close(g->fd);
    g->fd = -1;
    int folder = open_group(AT_FDCWD, h->path);
    if (folder < 0) return;
    remove_group(folder, g->name, true);
    close(folder);
}
