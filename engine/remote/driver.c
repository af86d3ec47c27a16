/* SPDX-License-Identifier: MIT
 * Finding, starting and ending a driver. It is the leader of a session, and hears of our end by the end of its standard input. */
#include "engine/remote/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/ascii.h"
#include "engine/base/clock.h"
#include "engine/command/spawn.h"

#define DRIVER_PREFIX "tgrun-driver-"
#define NAME_BYTES 64

/* ---- whose it is --------------------------------------------------------------------------------- */

/* Words that tgrun itself drives, and those that are Dask's. Their text goes whole. */
static const char *const own_words[] = {"pool", "ssh", "slurm"};
static const char *const dask_words[] = {"local", "tcp", "tls"};

static bool is_word_of(const char *const *words, size_t count, const char *text, size_t length)
{
    bool found = false;
    for (size_t i = 0; i < count && !found; i++) found = strlen(words[i]) == length && memcmp(words[i], text, length) == 0;
    return found;
}

static bool is_scheduler_file(const char *text)
{
    size_t length = strcspn(text, ","), ending = strlen(".json");
    return length > ending && strncmp(text + length - ending, ".json", ending) == 0;
}

static bool is_driver_name(const char *text, size_t length)
{
    size_t i = 0;
    while (i < length && (tg_ascii_is_letter(text[i]) || tg_ascii_is_digit(text[i]) || text[i] == '-' || text[i] == '_')) i++;
    return length > 0 && length < NAME_BYTES && i == length && text[0] != '-';
}

const char *tg_driver_name(const char *text, const char **rest, struct tg_err *err)
{
    static _Thread_local char name[NAME_BYTES];
    size_t length = strcspn(text, ":");
    *rest = text;
    if (is_word_of(own_words, sizeof own_words / sizeof *own_words, text, length)) return "exec";
    if (is_word_of(dask_words, sizeof dask_words / sizeof *dask_words, text, length) || is_scheduler_file(text)) return "dask";
    if (!is_driver_name(text, length) || !text[length]) {
        tg_err_set(err, TG_EXIT_USAGE, "'%s' is no cluster", text);
        tg_err_hint(err, "A cluster is written pool:4, ssh:host/8,host2/8, local:4 or tls://host:8786 (Dask), or NAME:TEXT.");
        return NULL;
    }
    memcpy(name, text, length);
    name[length] = 0;
    *rest = text + length + 1;
    return name;
}

/* ---- starting ------------------------------------------------------------------------------------ */

/* A driver of another program: along PATH, or where they are installed. Heap. */
static char *find_driver(const char *name)
{
    char *plain = tg_alloc_format(DRIVER_PREFIX "%s", name);
    if (tg_spawn_finds(plain)) return plain;
    char *installed = tg_alloc_format("%s/%s", TG_LIBEXEC_DIR, plain);
    bool there = access(installed, X_OK) == 0;
    free(there ? plain : installed);
    return there ? installed : plain;
}

static void close_driver_end(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

/* 0 or an errno. */
static int spawn_driver(struct tg_driver *d, const char *program, char *const *argv)
{
    int told[2] = {-1, -1}, said[2] = {-1, -1}, error = 0, err = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (err < 0 || !tg_spawn_pipe(told) || !tg_spawn_pipe(said)) error = errno;
    if (!error) {
        struct tg_spawn spawn = {.argv = argv, .program = program, .group_fd = -1, .stays = true, .entry = &d->entry};
        spawn.stdin_fd = told[0];
        spawn.stdout_fd = said[1];
        spawn.stderr_fd = err;
        error = tg_spawn(&spawn);
        if (error && spawn.exec_failed) tg_spawn_wait(spawn.pid);
        if (!error) d->pid = spawn.pid, d->pidfd = spawn.pidfd, d->out = told[1], d->in = said[0];
    }
    close_driver_end(&told[0]);
    close_driver_end(&said[1]);
    close_driver_end(&err);
    if (error) close_driver_end(&told[1]), close_driver_end(&said[0]);
    return error;
}

bool tg_driver_start(struct tg_driver *d, const char *text, const char *program, struct tg_err *err)
{
    const char *rest, *name = tg_driver_name(text, &rest, err);
    *d = (struct tg_driver){.pidfd = -1, .in = -1, .out = -1};
    if (!name) return false;
    bool own = strcmp(name, "exec") == 0;
    char *found = own ? tg_alloc_text("tgrun") : find_driver(name);
    char *argv[] = {found, own ? (char *)"driver-exec" : (char *)rest, NULL};
    int error = spawn_driver(d, own ? program ? program : "/proc/self/exe" : NULL, argv);
    if (error == ENOENT && !own) {
        tg_err_set(err, TG_EXIT_CANNOT, "cannot find '" DRIVER_PREFIX "%s', the driver of cluster '%s'", name, text);
        tg_err_hint(err, "A driver is a program of that name along PATH, or in %s.", TG_LIBEXEC_DIR);
    } else if (error) {
        tg_err_set(err, TG_EXIT_CANNOT, "cannot start the driver of cluster '%s': %s", text, strerror(error));
    }
    free(found);
    return !error;
}

/* ---- ending -------------------------------------------------------------------------------------- */

static void await_driver(const struct tg_driver *d, uint64_t grace_ns)
{
    struct pollfd ended = {.fd = d->pidfd, .events = POLLIN};
    uint64_t now_ns = tg_clock_ns(), end_ns = now_ns + grace_ns;
    for (int got = -1; d->pidfd >= 0 && got < 0 && now_ns <= end_ns; now_ns = tg_clock_ns()) {
        struct timespec rest = tg_clock_span(end_ns - now_ns);
        got = ppoll(&ended, 1, &rest, NULL);
        if (got < 0 && errno != EINTR) break;
    }
}

int tg_driver_end(struct tg_driver *d, uint64_t grace_ns)
{
    int status = 0;
    close_driver_end(&d->out);
    if (d->pid) await_driver(d, grace_ns);
    close_driver_end(&d->in);
    if (d->pid) {
        kill(-d->pid, SIGKILL); /* also what has outlived it in its group */
        status = tg_spawn_wait(d->pid);
    }
    close_driver_end(&d->pidfd);
    d->pid = 0;
    return status;
}
