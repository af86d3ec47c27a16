/* SPDX-License-Identifier: MIT
 * Starting a program with clone(CLONE_VM | CLONE_VFORK | CLONE_PIDFD).
 *
 * The parent prepares everything that needs memory: the paths to try and the signals to reset. The child runs on a
 * piece of the parent's stack while the parent's thread sleeps, with all signals blocked, so that no handler of the
 * parent can run in the shared memory. It makes only system calls, directly: library calls may keep state of their
 * own (sigaction does, and a sanitizer's copy of it does more).
 *
 * Invariant: between the clone and the exec, the child writes nothing but its own stack, its entry in the table of
 * running programs, and `error`. The write end of the guard's pipe closes at exec, after the entry is written: a
 * parent killed in between leaves no unknown child. */
#include "engine/command/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"

#define CHILD_STACK_BYTES (32 << 10)
#define KERNEL_SIGNALS 64
#define WRITER_TICK_MS 20
#define DEFAULT_PATH "/usr/local/bin:/bin:/usr/bin"

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif

#ifdef __SANITIZE_THREAD__
/* The sanitizer's clone takes the child for a process with its own memory; glibc's own name goes past it. */
int __clone(int (*run)(void *), void *stack, int flags, void *arg, ...);
#define clone __clone
#endif

struct child {
    const struct tg_spawn *spawn;
    char **paths; /* to try, NULL-terminated */
    char *const *environment;
    const unsigned char *reset; /* by signal number */
    int data_fd;                /* -1: none */
    int error;
    bool dir_failed, group_failed;
};

extern char **environ;

/* ---- the child ----------------------------------------------------------------------------------- */

#define IN_CHILD __attribute__((no_sanitize("address", "thread", "undefined"), noinline))

/* The kernel's struct sigaction is at most this long, and all zero means SIG_DFL. */
struct zero_action {
    unsigned long words[8];
};

IN_CHILD static void reset_signals(const unsigned char *reset)
{
    struct zero_action zero;
    for (int i = 0; i < 8; i++) zero.words[i] = 0;
    for (int number = 1; number <= KERNEL_SIGNALS; number++)
        if (reset[number]) syscall(SYS_rt_sigaction, number, &zero, NULL, KERNEL_SIGNALS / 8);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &zero, NULL, KERNEL_SIGNALS / 8);
}

/* Tries each path as the shell does: a file that may not be run is told only if no other is found. */
IN_CHILD static int exec_any(const struct child *c)
{
    int told = ENOENT;
    for (char **path = c->paths; *path; path++) {
        syscall(SYS_execve, *path, c->spawn->argv, c->environment);
        int error = errno;
        bool only = !c->paths[1];
        if (only || (error != EACCES && error != ENOENT && error != ENOTDIR && error != ENODEV && error != ESTALE))
            return error;
        if (error == EACCES) told = EACCES;
    }
    return told;
}

/* RLIMIT_DATA counts what is written privately, not what is only reserved or mapped from files: close to what it needs. A
 * limit that is tighter already stays. */
IN_CHILD static void limit_memory(uint64_t bytes)
{
    struct rlimit limit;
    limit.rlim_cur = limit.rlim_max = bytes;
    syscall(SYS_prlimit64, 0, RLIMIT_DATA, &limit, NULL);
}

/* Before anything else is done to descriptors. */
IN_CHILD static void join_group(struct child *c)
{
    const struct tg_spawn *s = c->spawn;
    c->group_failed = s->group_fd >= 0 && syscall(SYS_write, s->group_fd, "0", 1) != 1;
    if (s->data_bytes && (s->group_fd < 0 || c->group_failed)) limit_memory(s->data_bytes);
}

IN_CHILD static int child_main(void *arg)
{
    struct child *c = arg;
    const struct tg_spawn *s = c->spawn;
    syscall(SYS_setsid);
    if (!s->stays) syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
    atomic_store_explicit(&s->entry->group, (pid_t)syscall(SYS_getpid), memory_order_release);
    join_group(c);
    if (syscall(SYS_dup3, s->stdin_fd, 0, 0) < 0 || syscall(SYS_dup3, s->stdout_fd, 1, 0) < 0 ||
        syscall(SYS_dup3, s->stderr_fd, 2, 0) < 0 ||
        (c->data_fd >= 0 && syscall(SYS_dup3, c->data_fd, TG_SPAWN_DATA_FD, 0) < 0)) {
        c->error = errno;
    } else if (s->dir && syscall(SYS_chdir, s->dir) < 0) {
        c->error = errno;
        c->dir_failed = true;
    } else {
        reset_signals(c->reset);
        c->error = exec_any(c);
    }
    syscall(SYS_exit_group, 127);
    return 127;
}

/* ---- the parent ---------------------------------------------------------------------------------- */

/* What is said of a variable; NULL: nothing. */
static const char *setting_of(char *const *settings, const char *name, size_t length)
{
    for (; *settings; settings++)
        if (strncmp(*settings, name, length) == 0 && ((*settings)[length] == '=' || !(*settings)[length])) return *settings;
    return NULL;
}

static bool is_set_by(char *const *settings, const char *entry)
{
    return *settings && setting_of(settings, entry, strcspn(entry, "="));
}

/* Where programs without a folder are looked for. */
static const char *find_folders(char *const *settings)
{
    const char *path = getenv("PATH"), *set = settings ? setting_of(settings, "PATH", strlen("PATH")) : NULL;
    if (set) path = set[strlen("PATH")] ? set + strlen("PATH=") : NULL;
    return path ? path : DEFAULT_PATH;
}

/* The paths to try for a program name, in one block. */
static char **find_paths(const char *program, char *const *settings)
{
    const char *path = strchr(program, '/') || !*program ? NULL : find_folders(settings);
    size_t parts = 1, length = strlen(program);
    for (const char *at = path; at && *at; at++) parts += *at == ':';
    char **paths = tg_alloc((parts + 1) * sizeof *paths + (path ? strlen(path) : 0) + parts * (length + 3));
    char *text = (char *)(paths + parts + 1);
    for (size_t i = 0; i < parts; i++) {
        paths[i] = text;
        if (path) {
            size_t folder = strcspn(path, ":");
            if (folder == 0) *text++ = '.';
            memcpy(text, path, folder);
            text += folder;
            *text++ = '/';
            path += folder + (path[folder] == ':');
        }
        memcpy(text, program, length + 1);
        text += length + 1;
    }
    TG_ASSERT(!path || !*path);
    paths[parts] = NULL;
    return paths;
}

bool tg_spawn_finds(const char *program)
{
    char **paths = find_paths(program, NULL);
    bool found = false;
    for (char **path = paths; *path && !found; path++) {
        struct stat st;
        found = stat(*path, &st) == 0 && S_ISREG(st.st_mode) && access(*path, X_OK) == 0;
    }
    free(paths);
    return found;
}

static unsigned char reset_table[KERNEL_SIGNALS + 1];
static pthread_once_t reset_once = PTHREAD_ONCE_INIT;

/* A signal that whoever started tgrun has ignored for it (nohup, a shell's background job): so it stays for programs. */
static bool is_request(int number)
{
    return number == SIGHUP || number == SIGINT || number == SIGQUIT || number == SIGTERM || number == SIGTSTP ||
           number == SIGXCPU || number == SIGUSR2;
}

/* Looked at once, at the first spawn: it takes as many system calls as there are signals. */
static void find_signals_to_reset(void)
{
    for (int number = 1; number <= KERNEL_SIGNALS; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) != 0) continue;
        bool inherited = action.sa_handler == SIG_IGN && is_request(number);
        reset_table[number] = action.sa_handler != SIG_DFL && !inherited;
    }
}

static size_t count_texts(char *const *texts)
{
    size_t count = 0;
    while (texts[count]) count++;
    return count;
}

/* Is it the variable of this "NAME=VALUE"? */
static bool sets_same(const char *text, const char *other)
{
    size_t length = strcspn(other, "=") + 1;
    return *text == *other && strncmp(text, other, length) == 0;
}

char **tg_spawn_environment(const char *mark, char *const *variables, char *const *settings, char *const *granted)
{
    static char *const none[] = {NULL};
    size_t kept = 0;
    if (!mark && !variables && !settings && !granted) return NULL;
    if (!variables) variables = none;
    if (!settings) settings = none;
    if (!granted) granted = none;
    char **all = tg_alloc((count_texts(environ) + count_texts(variables) + count_texts(settings) + count_texts(granted) + 2) *
                          sizeof *all);
    if (mark && !is_set_by(settings, mark)) all[kept++] = (char *)mark;
    for (char **own = environ; *own; own++) {
        bool ours = strncmp(*own, TG_SPAWN_VARIABLE, strlen(TG_SPAWN_VARIABLE)) == 0;
        ours |= mark && sets_same(*own, mark);
        if (!ours && !is_set_by(settings, *own) && !is_set_by(granted, *own)) all[kept++] = *own;
    }
    for (; *granted; granted++)
        if (!is_set_by(settings, *granted)) all[kept++] = *granted;
    for (; *variables; variables++) all[kept++] = *variables;
    for (; *settings; settings++)
        if (strchr(*settings, '=')) all[kept++] = *settings;
    all[kept] = NULL;
    return all;
}

static bool fill_file(int fd, const char *data, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t n = write(fd, data + done, length - done);
        if (n < 0 && errno != EINTR) return false;
        if (n > 0) done += (size_t)n;
    }
    return lseek(fd, 0, SEEK_SET) == 0;
}

/* A file without a name that holds it, at another descriptor than the child's; -1 and errno. */
static int open_data(const char *data, size_t length)
{
    int made = memfd_create("tgrun", MFD_CLOEXEC);
    if (made < 0) return -1;
    int fd = fill_file(made, data, length) ? fcntl(made, F_DUPFD_CLOEXEC, TG_SPAWN_DATA_FD + 1) : -1, error = errno;
    close(made);
    errno = error;
    return fd;
}

static int clone_child(struct child *c, int *pidfd)
{
    char stack[CHILD_STACK_BYTES] __attribute__((aligned(64)));
    int flags = CLONE_VM | CLONE_VFORK | SIGCHLD;
    int pid = clone(child_main, stack + sizeof stack, flags | CLONE_PIDFD, c, pidfd);
    if (pid < 0 && errno == EINVAL) pid = clone(child_main, stack + sizeof stack, flags, c);
    return pid;
}

int tg_spawn(struct tg_spawn *s)
{
    TG_ASSERT(s->stdin_fd > 2 && s->stdout_fd > 2 && s->stderr_fd > 2); /* the child puts them to 0, 1 and 2 */
    TG_ASSERT(s->argv[0] && atomic_load_explicit(&s->entry->group, memory_order_relaxed) == 0);
    pthread_once(&reset_once, find_signals_to_reset);
    s->pidfd = -1;
    s->pid = -1;
    s->exec_failed = s->dir_failed = false;
    int data_fd = s->data ? open_data(s->data, s->data_length) : -1;
    if (s->data && data_fd < 0) return errno;
    char **environment = tg_spawn_environment(s->mark, s->variables, s->settings, s->granted);
    const char *program = s->program ? s->program : s->argv[0];
    struct child child = {
        s, find_paths(program, s->settings), environment ? environment : environ, reset_table, data_fd, 0, false, false};
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    s->pid = clone_child(&child, &s->pidfd);
    int error = s->pid < 0 ? errno : child.error;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    TG_ASSERT(s->pid < 0 || atomic_load_explicit(&s->entry->group, memory_order_relaxed) == s->pid); /* written before exec */
    free(child.paths);
    free(environment);
    if (data_fd >= 0) close(data_fd);
    s->exec_failed = s->pid > 0 && error;
    s->dir_failed = child.dir_failed;
    s->group_failed = child.group_failed;
    if (s->exec_failed && s->pidfd >= 0) {
        close(s->pidfd);
        s->pidfd = -1;
    }
    return error;
}

int tg_spawn_wait(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    return status;
}

static uint64_t ns_of(struct timeval t)
{
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_usec * 1000;
}

/* Until its exec the child is in our memory, and so the kernel counts what we had at that time as its own. */
int tg_spawn_wait_used(pid_t pid, struct tg_usage *used)
{
    int status = 0;
    struct rusage usage = {0}, own = {0};
    while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR) {}
    bool known = getrusage(RUSAGE_SELF, &own) == 0 && usage.ru_maxrss > own.ru_maxrss;
    used->peak_bytes = known ? (uint64_t)usage.ru_maxrss << 10 : 0;
    used->cpu_ns = ns_of(usage.ru_utime) + ns_of(usage.ru_stime);
    return status;
}

/* ---- file descriptors ---------------------------------------------------------------------------- */

/* 0, 1 and 2 may be free when tgrun was started without them; a child's own must not be overwritten. */
static int above_2(int fd)
{
    if (fd < 0 || fd > 2) return fd;
    int high = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    int error = errno;
    close(fd);
    errno = error;
    return high;
}

int tg_spawn_open(const char *path, int flags, mode_t mode)
{
    int fd;
    do fd = open(path, flags | O_CLOEXEC | O_NOCTTY, mode);
    while (fd < 0 && errno == EINTR);
    return above_2(fd);
}

/* With O_NONBLOCK a FIFO opens at once; it has something to tell once somebody has opened it for writing. */
static bool wait_for_writer(int fd, bool (*given_up)(const void *data), const void *data)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (poll(&p, 1, WRITER_TICK_MS) <= 0) {
        if (!given_up(data)) continue;
        errno = ECANCELED;
        return false;
    }
    return true;
}

int tg_spawn_open_input(const char *path, bool (*given_up)(const void *data), const void *data)
{
    struct stat st;
    int fd = tg_spawn_open(path, O_RDONLY | O_NONBLOCK, 0);
    if (fd < 0) return fd;
    bool fifo = fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
    if ((!fifo || wait_for_writer(fd, given_up, data)) && fcntl(fd, F_SETFL, O_RDONLY) == 0) return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

bool tg_spawn_pipe(int fds[2])
{
    if (pipe2(fds, O_CLOEXEC) != 0) return false;
    fds[0] = above_2(fds[0]);
    int error = errno;
    fds[1] = above_2(fds[1]);
    TG_ASSERT((fds[0] < 0 || fds[0] > 2) && (fds[1] < 0 || fds[1] > 2));
    if (fds[0] >= 0 && fds[1] >= 0) return true;
    if (fds[0] >= 0) error = errno, close(fds[0]);
    if (fds[1] >= 0) close(fds[1]);
    errno = error;
    return false;
}
