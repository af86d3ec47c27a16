/* SPDX-License-Identifier: MIT
 * Names of sockets are short whatever the folder is called: they are reached by /proc/self/fd. A socket gets its name when somebody
 * listens, and takes the place of one that was left under the name. */
#include "cmd/meet.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/command/asidefolder.h"

#define RUN_FOLDER ".tgrun/run"
#define NAME_BYTES 40
#define TRIES 5   /* where others remove what was just made */
#define WAITING 8 /* connections that nobody has looked at yet */

/* ---- sockets ------------------------------------------------------------------------------------- */

static struct sockaddr_un address_in(int folder, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder, name);
    return address;
}

static bool is_of_user(int fd)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == geteuid();
}

static int fail_closing(int fd, int error)
{
    close(fd);
    errno = error;
    return -1;
}

/* -1 and errno. flags: SOCK_NONBLOCK: EAGAIN where it would be waited for, as of a run that is stopped. */
static int connect_to(int folder, const char *name, int flags)
{
    struct sockaddr_un address = address_in(folder, name);
    struct timeval patience = {.tv_sec = TG_MEET_PATIENCE_S};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) return fail_closing(fd, errno);
    return is_of_user(fd) ? fd : fail_closing(fd, EPERM);
}

/* True if somebody listens there, or may: on another machine that sees the folder, too. */
static bool is_met(int folder, const char *name, bool shared)
{
    int fd = connect_to(folder, name, SOCK_NONBLOCK);
    if (fd >= 0) close(fd);
    return fd >= 0 || (errno != ECONNREFUSED && errno != ENOENT) || shared;
}

/* ---- the folder ---------------------------------------------------------------------------------- */

/* -1 and errno; EPERM if it is another user's. */
static int open_folder(int base)
{
    struct stat status;
    int fd = openat(base, RUN_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return -1;
    if (fstat(fd, &status) != 0 || status.st_uid != geteuid()) return fail_closing(fd, EPERM);
    if (status.st_mode & 077) fchmod(fd, 0700);
    return fd;
}

/* A run that ends may remove what this one has just made. */
static int make_folder(int base)
{
    int fd = -1;
    for (int tries = 0; fd < 0 && tries < TRIES; tries++) {
        if (mkdirat(base, ".tgrun", 0777) != 0 && errno != EEXIST) return -1;
        if (mkdirat(base, RUN_FOLDER, 0700) != 0 && errno != EEXIST && errno != ENOENT) return -1;
        fd = open_folder(base);
        if (fd < 0 && errno != ENOENT) return -1;
    }
    return fd;
}

/* The process in the name of a socket; 0: it is none. */
static long process_in(const char *name)
{
    char *end;
    long process = *name >= '1' && *name <= '9' ? strtol(name, &end, 10) : 0;
    return process > 0 && process <= INT32_MAX && strcmp(end, ".sock") == 0 ? process : 0;
}

static int compare_processes(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

static bool is_socket(int folder, const char *name)
{
    struct stat status;
    return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(status.st_mode);
}

/* Those that are met; others are removed. */
static void sweep_sockets(int folder, tg_meet_runs *runs)
{
    DIR *dir = fdopendir(fcntl(folder, F_DUPFD_CLOEXEC, 0));
    bool shared = tg_asidefolder_is_shared("");
    const struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        long process = is_socket(folder, entry->d_name) ? process_in(entry->d_name) : 0;
        if (process && is_met(folder, entry->d_name, shared)) tg_vec_push(runs, process);
        else if (process) unlinkat(folder, entry->d_name, 0);
    }
    if (dir) closedir(dir);
    if (runs->count) qsort(runs->items, runs->count, sizeof *runs->items, compare_processes);
}

/* ---- the run's side ------------------------------------------------------------------------------ */

void tg_meet_begin(struct tg_meet_door *d)
{
    *d = (struct tg_meet_door){.folder = -1, .listener = -1, .process = getpid()};
    d->base = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static bool fail_to_meet(struct tg_meet_door *d, int error, struct tg_err *err)
{
    if (d->listener >= 0) close(d->listener);
    d->listener = -1;
    return tg_err_set(err, TG_EXIT_CANNOT, "'tgrun status' will not find this run: %s in '" RUN_FOLDER "'", strerror(error));
}

/* False and errno; ENOENT: a run that ended has removed the folder. */
static bool place_socket(struct tg_meet_door *d, const char *fresh, const char *name)
{
    struct sockaddr_un address = address_in(d->folder, fresh);
    unlinkat(d->folder, fresh, 0);
    if (bind(d->listener, (const struct sockaddr *)&address, sizeof address) != 0) return false;
    if (fchmodat(d->folder, fresh, 0600, 0) == 0 && listen(d->listener, WAITING) == 0 &&
        renameat(d->folder, fresh, d->folder, name) == 0)
        return true;
    int error = errno;
    unlinkat(d->folder, fresh, 0);
    errno = error;
    return false;
}

static bool open_door(struct tg_meet_door *d, struct tg_err *err)
{
    char fresh[NAME_BYTES], name[NAME_BYTES];
    tg_meet_runs others = {0};
    if (d->base < 0 || (d->folder = make_folder(d->base)) < 0) return fail_to_meet(d, errno, err);
    snprintf(fresh, sizeof fresh, "%ld.new", (long)d->process);
    snprintf(name, sizeof name, "%ld.sock", (long)d->process);
    sweep_sockets(d->folder, &others);
    bool taken = false;
    for (size_t i = 0; i < others.count; i++) taken = taken || others.items[i] == d->process;
    tg_vec_done(&others);
    if (taken) return fail_to_meet(d, EADDRINUSE, err); /* of a process in another container */
    d->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return (d->listener >= 0 && place_socket(d, fresh, name)) || fail_to_meet(d, errno, err);
}

bool tg_meet_open(struct tg_meet_door *d, struct tg_err *err)
{
    for (int tries = 0; !open_door(d, err); tries++) {
        struct stat folder;
        bool removed = d->folder >= 0 && fstat(d->folder, &folder) == 0 && folder.st_nlink == 0;
        if (!removed || tries == TRIES) return false;
        close(d->folder);
        d->folder = -1;
        tg_err_done(err);
    }
    return true;
}

int tg_meet_accept(const struct tg_meet_door *d)
{
    int fd = accept4(d->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return fd < 0 || is_of_user(fd) ? fd : fail_closing(fd, EPERM);
}

void tg_meet_end(struct tg_meet_door *d)
{
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "%ld.sock", (long)d->process);
    if (d->listener >= 0) unlinkat(d->folder, name, 0), close(d->listener);
    if (d->folder >= 0) {
        close(d->folder);
        unlinkat(d->base, RUN_FOLDER, AT_REMOVEDIR);
        unlinkat(d->base, ".tgrun", AT_REMOVEDIR); /* stays if there is more */
    }
    if (d->base >= 0) close(d->base);
}

/* ---- for who asks -------------------------------------------------------------------------------- */

bool tg_meet_list(tg_meet_runs *runs, struct tg_err *err)
{
    int folder = open_folder(AT_FDCWD);
    if (folder < 0 && (errno == ENOENT || errno == ENOTDIR)) return true;
    if (folder < 0) return tg_err_set(err, TG_EXIT_CANNOT, "cannot look into '" RUN_FOLDER "': %s", strerror(errno));
    sweep_sockets(folder, runs);
    close(folder);
    return true;
}

int tg_meet_connect(long process)
{
    char name[NAME_BYTES];
    int folder = open_folder(AT_FDCWD);
    if (folder < 0) return -1;
    snprintf(name, sizeof name, "%ld.sock", process);
    int fd = connect_to(folder, name, 0), error = errno;
    close(folder);
    errno = error;
    return fd;
}
