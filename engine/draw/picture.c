/* SPDX-License-Identifier: MIT
 * A graph as SVG or PNG: writes the dot form into Graphviz' program `dot`, and what that writes into the file. `dot` itself
 * does not look whether the disk is full: its output goes to memory first.
 *
 * `dot` reads everything before it writes anything, so one thread can do both ends. The caller ignores SIGPIPE: a `dot`
 * that dies early shows as a failed write, and what counts is its exit status. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/draw/draw.h"

extern char **environ;

static bool no_dot(int error, struct tg_err *err)
{
    tg_err_set(err, TG_EXIT_CANNOT, "could not run Graphviz' program 'dot': %s", strerror(error));
    tg_err_hint(err, "install graphviz, or use --format=mermaid or --format=text, which need no other program");
    return false;
}

/* Starts dot with standard input from a pipe; its writing end goes to *pipe_fd. */
static bool start_dot(const char *type, int fd, pid_t *pid, int *pipe_fd, struct tg_err *err)
{
    TG_ASSERT(fd >= 0 && strlen(type) < 13);
    char option[16] = "-T";
    strncat(option, type, sizeof option - 3);
    char *argv[] = {"dot", option, NULL};
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return tg_err_set(err, TG_EXIT_CANNOT, "could not make a pipe: %s", strerror(errno));
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t normal;
    sigemptyset(&normal);
    sigaddset(&normal, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0);
    posix_spawn_file_actions_adddup2(&actions, fd, 1);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigdefault(&attributes, &normal);
    int error = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(ends[0]);
    if (error) {
        close(ends[1]);
        return no_dot(error, err);
    }
    *pipe_fd = ends[1];
    return true;
}

static bool check_end(pid_t pid, struct tg_err *err)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return tg_err_set(err, TG_EXIT_FAULT, "could not wait for 'dot': %s", strerror(errno));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) return no_dot(ENOENT, err);
    if (WIFEXITED(status)) return tg_err_set(err, TG_EXIT_CANNOT, "'dot' ended with exit status %d", WEXITSTATUS(status));
    return tg_err_set(err, TG_EXIT_CANNOT, "'dot' was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
}

/* What is in a file of memory, written to fd; 0 or errno. */
static int copy_out(int memory, int fd)
{
    struct stat st;
    if (fstat(memory, &st) != 0) return errno;
    if (st.st_size == 0) return EIO; /* it must have written something */
    void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, memory, 0);
    if (data == MAP_FAILED) return errno;
    int error = tg_out_write(fd, data, (size_t)st.st_size);
    munmap(data, (size_t)st.st_size);
    return error;
}

/* Runs dot with its output going to `memory`. */
static bool run_dot(const struct tg_draw *d, const char *type, int memory, struct tg_err *err)
{
    pid_t pid = -1;
    int pipe_fd = -1;
    if (!start_dot(type, memory, &pid, &pipe_fd, err)) return false;
    struct tg_out out;
    tg_out_init(&out, pipe_fd);
    out.secrets = d->options.secrets;
    tg_draw_dot(d, &out);
    struct tg_err written = {0};
    bool whole = tg_out_done(&out, "pipe to dot", &written);
    close(pipe_fd);
    bool good = check_end(pid, err);
    if (good && !whole) {
        *err = written;
        return false;
    }
    tg_err_done(&written);
    return good;
}

bool tg_draw_picture(const struct tg_draw *d, const char *type, int fd, int *write_error, struct tg_err *err)
{
    int memory = memfd_create("picture", MFD_CLOEXEC);
    if (memory < 0) return tg_err_set(err, TG_EXIT_CANNOT, "could not make room for a picture: %s", strerror(errno));
    bool good = run_dot(d, type, memory, err);
    *write_error = good ? copy_out(memory, fd) : 0;
    close(memory);
    return good && !*write_error;
}
