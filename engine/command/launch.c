/* SPDX-License-Identifier: MIT
 * Starting a step: all its descriptors are opened before any program is started, so that what is lacking is waited for with
 * empty hands (claim.h), then its programs are, the first one first. */
#include "engine/command/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/command/cmdtext.h"
#include "engine/command/container.h"
#include "engine/command/shell.h"
#include "engine/command/spawn.h"
#include "engine/command/wrap.h"

void tg_launch_close(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

void tg_launch_close_written(struct tg_live_step *r)
{
    if (r->child_out != r->child_err) tg_launch_close(&r->child_out);
    r->child_out = -1;
    tg_launch_close(&r->child_err);
}

/* What came of getting something that the start needs. LACKING: errno is what tg_claim_is_shortage tells. */
enum readiness { READY, LACKING, FAILED };

/* Only standard output of what gives nil is shown, so that it has a pipe of its own. */
static bool says_apart(const struct tg_job *j, const struct tg_step *step)
{
    return j->printed.place->mode == TG_SHOW_FAILED && j->command->output == TG_OUTPUT_NIL && !step->output_path;
}

/* While it waits for something that it lacks, as somebody who writes a FIFO. */
static bool is_given_up(const void *data)
{
    const struct tg_job *j = data;
    return tg_step_stopping(j) || tg_guard_passed(j->guard) || (j->timeout_at && tg_clock_ns() >= j->timeout_at);
}

static enum readiness cannot_open(struct tg_job *j, const char *what, const char *path)
{
    if (tg_claim_is_shortage(errno)) return LACKING;
    tg_err_set(&j->ctx->err, TG_EXIT_FAILED, "cannot %s '%s': %s", what, path, strerror(errno));
    return FAILED;
}

static enum readiness open_null(struct tg_job *j)
{
    int none = -1, fd;
    if (atomic_load_explicit(j->null_fd, memory_order_relaxed) >= 0) return READY;
    if ((fd = tg_spawn_open("/dev/null", O_RDONLY, 0)) < 0) return cannot_open(j, "read", "/dev/null");
    if (!atomic_compare_exchange_strong(j->null_fd, &none, fd)) close(fd); /* another worker was quicker */
    return READY;
}

static enum readiness open_input(struct tg_live_step *r, const struct tg_step *step)
{
    struct tg_live_program *first = &r->programs[0];
    if (!step->input && !step->input_path) return open_null(r->job);
    if (!step->input_path) {
        int fds[2];
        if (!tg_spawn_pipe(fds)) return LACKING;
        first->stdin_fd = fds[0], r->in_fd = fds[1];
        fcntl(r->in_fd, F_SETFL, O_NONBLOCK);
        r->input = step->input, r->input_left = step->input_length;
        return READY;
    }
    first->stdin_fd = tg_spawn_open_input(step->input_path, is_given_up, r->job);
    if (first->stdin_fd < 0 && errno == ECANCELED) return FAILED; /* start_outcome says why */
    return first->stdin_fd >= 0 ? READY : cannot_open(r->job, "read", step->input_path);
}

static enum readiness open_output(struct tg_live_step *r, const struct tg_step *step)
{
    int fds[2];
    if (!tg_spawn_pipe(fds)) return LACKING;
    r->err_fd = fds[0], r->child_err = fds[1];
    if (tg_step_shows_output(r->job, step) && !says_apart(r->job, step)) {
        r->child_out = r->child_err;
    } else if (step->output_path) {
        r->child_out = tg_spawn_open(step->output_path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (r->child_out < 0) return cannot_open(r->job, "write", tg_cmdtext_final(r->job->command, step->output_path));
    } else {
        if (!tg_spawn_pipe(fds)) return LACKING;
        r->out_fd = fds[0], r->child_out = fds[1];
    }
    return READY;
}

static enum readiness open_pipes(struct tg_live_step *r)
{
    for (size_t i = 0; i + 1 < r->count; i++) {
        int fds[2];
        if (!tg_spawn_pipe(fds)) return LACKING;
        r->programs[i].pipe_fd = fds[1], r->programs[i + 1].stdin_fd = fds[0];
    }
    return READY;
}

/* Where no group can be made, or be limited, each program has a limit of its own. */
static enum readiness make_step_group(struct tg_live_step *r)
{
    const struct tg_command *command = r->job->command;
    bool limited = command->memory_bytes && !tg_container_limits(command);
    struct tg_cgroup_home *home = limited ? tg_guard_groups(r->job->guard) : NULL;
    errno = home ? tg_cgroup_make(home, command->memory_bytes, &r->job->group) : 0;
    return errno && tg_claim_is_shortage(errno) ? LACKING : READY;
}

void tg_launch_leave_group(struct tg_live_step *r)
{
    if (r->job->group.fd >= 0) tg_cgroup_end(tg_guard_groups(r->job->guard), &r->job->group);
}

static int highest_fd(const struct tg_live_step *r)
{
    int fds[] = {r->out_fd,    r->err_fd,    r->in_fd,         r->programs[r->count - 1].stdin_fd,
                 r->child_out, r->child_err, r->job->group.fd, r->job->group.procs_fd};
    int highest = -1;
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] > highest) highest = fds[i];
    return highest;
}

static void close_child_ends(struct tg_live_step *r)
{
    tg_launch_close_written(r);
    for (size_t i = r->started; i < r->count; i++) tg_launch_close(&r->programs[i].stdin_fd);
    for (size_t i = r->started; i < r->count; i++) tg_launch_close(&r->programs[i].pipe_fd);
}

static void close_ends(struct tg_live_step *r)
{
    close_child_ends(r);
    tg_launch_close(&r->out_fd);
    tg_launch_close(&r->err_fd);
    tg_launch_close(&r->in_fd);
    tg_launch_leave_group(r);
}

static enum readiness start_guard_process(struct tg_job *j)
{
    errno = tg_guard_start(j->guard);
    if (!errno) return READY;
    if (tg_claim_is_shortage(errno)) return LACKING;
    tg_err_set(&j->ctx->err, TG_EXIT_FAILED, "cannot start the process that guards commands: %s", strerror(errno));
    return FAILED;
}

/* All descriptors of the step, before any program is started. */
static enum readiness open_ends(struct tg_live_step *r, const struct tg_step *step, struct tg_claim *claim)
{
    enum readiness ready = open_input(r, step);
    if (ready == READY) ready = open_output(r, step);
    if (ready == READY) ready = open_pipes(r);
    if (ready == READY) ready = start_guard_process(r->job);
    if (ready == READY) ready = make_step_group(r);
    if (ready == READY && !tg_claim_may_have(claim, highest_fd(r))) errno = EMFILE, ready = LACKING;
    return ready;
}

static bool cannot_start(struct tg_job *j, const char *program, int error)
{
    struct tg_err *err = &j->ctx->err;
    tg_err_set(err, TG_EXIT_FAILED, "cannot start '%s': %s", program, strerror(error));
    if (error == EMFILE || error == ENFILE)
        tg_err_hint(err, "Fewer workers (--jobs) need fewer open files; `ulimit -n` tells and raises the limit.");
    if (error == EAGAIN)
        tg_err_hint(err, "Fewer workers (--jobs) need fewer processes; `ulimit -u` tells and raises the limit.");
    return false;
}

/* Nothing that another attempt changes, as a file that is being written or a disk that fails. */
static bool is_misuse(int error)
{
    return error == ENOENT || error == EACCES || error == ENOEXEC || error == ENOTDIR || error == EISDIR || error == E2BIG ||
           error == ELOOP || error == ENAMETOOLONG || error == EPERM;
}

static void cannot_run(struct tg_job *j, const char *program, int error)
{
    struct tg_err *err = &j->ctx->err;
    tg_err_set(err, TG_EXIT_FAILED, "cannot run '%s': %s", program, strerror(error));
    if (is_misuse(error)) tg_err_because(err, TG_CAUSE_CANNOT, 0);
    if (error == ENOENT && !strchr(program, '/')) tg_err_hint(err, "It is in none of the folders of PATH.");
    else if (error == ENOENT && access(program, F_OK) == 0)
        tg_err_hint(err, "The file is there, but not the interpreter that it names in its first line.");
    else if (error == EACCES && access(program, F_OK) == 0) tg_err_hint(err, TG_SPAWN_SCRIPT_HINT, program, program);
    else if (error == ENOEXEC) tg_err_hint(err, "It is no program, and a script needs a first line such as #!/bin/sh.");
    else if (error == E2BIG)
        j->too_long = true, tg_err_hint(err, "Pass long values by a file or as standard input: < text(x).");
}

static void cannot_enter(struct tg_job *j, int error)
{
    tg_err_set(&j->ctx->err, TG_EXIT_FAILED, "cannot run in the folder '%s' (option dir): %s", j->command->dir,
               strerror(error));
    if (is_misuse(error)) tg_err_because(&j->ctx->err, TG_CAUSE_USAGE, 0);
}

/* In the table of running programs; those of a pipeline are told apart there. */
static struct tg_running *take_entry(const struct tg_live_step *r, const struct tg_live_program *p)
{
    const char *task = tg_command_instance(r->job->command);
    uint32_t attempt = r->job->command->attempt;
    if (r->job->command->served) return tg_guard_take(r->job->guard, r->job->command->name, 0);
    if (r->count == 1) return tg_guard_take(r->job->guard, task, attempt);
    char *name = tg_alloc_format("%s '%s'", task, p->argv[0]);
    struct tg_running *entry = tg_guard_take(r->job->guard, name, attempt);
    free(name);
    return entry;
}

/* Before it starts: should we be killed, the guard has to know. */
static void note_container(const struct tg_live_step *r, const struct tg_live_program *p)
{
    const struct tg_command *command = r->job->command;
    char *name = command->container ? tg_container_name(command, r->step, r->started) : NULL;
    if (name) tg_guard_contain(r->job->guard, p->entry, command->container->engine, name);
    free(name);
}

/* Starts it, and says how long that took. */
static int spawn_and_tell(struct tg_job *j, struct tg_spawn *spawn)
{
    uint64_t began_ns = j->ctx->spawned ? tg_clock_ns() : 0;
    int error = tg_spawn(spawn);
    if (began_ns && !error) j->ctx->spawned(j->ctx, began_ns);
    return error;
}

/* Starts the next program. */
static enum readiness launch(struct tg_live_step *r)
{
    struct tg_job *j = r->job;
    struct tg_live_program *p = &r->programs[r->started];
    bool last = r->started + 1 == r->count;
    if (!(p->entry = take_entry(r, p))) return errno = EAGAIN, LACKING;
    note_container(r, p);
    char *const *argv = p->wrapped ? p->wrapped : p->argv;
    struct tg_spawn spawn = {.argv = argv, .stderr_fd = r->child_err, .entry = p->entry};
    spawn.stdin_fd = p->stdin_fd >= 0 ? p->stdin_fd : atomic_load_explicit(j->null_fd, memory_order_relaxed);
    char **settings = j->command->container ? tg_container_settings(j->command, r->step->settings) : NULL;
    spawn.settings = settings ? settings : r->step->settings;
    spawn.granted = j->command->granted;
    spawn.dir = j->command->dir;
    spawn.stays = j->command->served;
    if (!tg_container_limits(j->command)) spawn.data_bytes = j->command->memory_bytes;
    spawn.group_fd = j->group.procs_fd;
    spawn.stdout_fd = last ? r->child_out : p->pipe_fd;
    if (p->argv == r->shell) spawn.variables = r->step->variables, spawn.data = r->step->data;
    spawn.data_length = r->step->data_length;
    struct tg_buf mark = {0};
    if (!p->entry->engine) tg_guard_mark(j->guard, p->entry, &mark); /* what serves a container is its engine's */
    spawn.mark = mark.data;
    int error = spawn_and_tell(j, &spawn);
    tg_buf_done(&mark);
    tg_wrap_free(settings);
    if (spawn.group_failed) j->group.limits = false;
    if (!error) {
        p->pid = spawn.pid, p->pidfd = spawn.pidfd;
        TG_ASSERT(p->pid > 0 && atomic_load_explicit(&p->entry->group, memory_order_relaxed) == p->pid);
        tg_launch_close(&p->stdin_fd);
        r->started++, r->alive++;
        return READY;
    }
    tg_guard_release(j->guard, p->entry);
    if (spawn.exec_failed) tg_spawn_wait(spawn.pid);
    errno = error;
    if (tg_claim_is_shortage(error)) return LACKING;
    if (spawn.dir_failed) return cannot_enter(j, error), FAILED;
    if (error == ENOEXEC && r->shell && p->argv != r->shell &&
        !p->wrapped) { /* a script without a first line that says what reads it */
        p->argv = r->shell;
        return launch(r);
    }
    if (spawn.exec_failed) cannot_run(j, argv[0], error);
    else cannot_start(j, argv[0], error);
    return FAILED;
}

static enum readiness try_start(struct tg_live_step *r, const struct tg_step *step, struct tg_claim *claim)
{
    enum readiness ready = r->started ? READY : open_ends(r, step, claim);
    while (ready == READY && r->started < r->count) ready = launch(r);
    return ready;
}

/* Of its output we keep the ends that are written to: else their last program's end would wake us twice, once by these. A
 * file's is not ours to keep. Where descriptors are few, others need them more. */
static bool keeps_written(struct tg_live_step *r)
{
    if (highest_fd(r) >= r->job->claims->first_spare_fd / 2) return false;
    for (size_t i = 0; i < r->started; i++)
        if (r->programs[i].pidfd < 0) return false;
    if (r->out_fd < 0 && r->child_out != r->child_err) tg_launch_close(&r->child_out);
    return true;
}

bool tg_launch_all(struct tg_live_step *r)
{
    struct tg_job *j = r->job;
    const struct tg_step *step = r->step;
    struct tg_claim claim = {.claims = j->claims, .ctx = j->ctx, .given_up = is_given_up, .data = j};
    enum readiness ready = LACKING;
    if (!tg_claim_begin(&claim, r->count > 1)) return false;
    while ((ready = try_start(r, step, &claim)) == LACKING) {
        int error = errno;
        const char *program = r->programs[r->started].argv[0];
        if (!r->started) close_ends(r);
        if (tg_claim_again(&claim, error)) continue;
        if (!is_given_up(j)) cannot_start(j, program, error);
        break;
    }
    if (!r->started) close_ends(r);
    else if (ready != READY || !keeps_written(r)) close_child_ends(r);
    tg_cgroup_close(&j->group);
    tg_claim_settle(&claim, r->started > 0);
    return ready == READY;
}

void tg_launch_prepare(struct tg_live_step *r)
{
    const struct tg_step *step = r->step;
    if (step->script) r->shell = tg_shell_argv(step);
    char *const *first = step->argv ? step->argv : r->shell;
    r->programs = r->count == 1 ? &r->only : tg_alloc(r->count * sizeof *r->programs);
    for (size_t i = 0; i < r->count; i++) {
        r->programs[i] = (struct tg_live_program){
            .argv = i ? step->piped[i - 1] : first, .pidfd = -1, .stdin_fd = -1, .pipe_fd = -1};
        r->programs[i].wrapped = tg_wrap_words(r->job->command, step, i, r->programs[i].argv);
    }
}

void tg_launch_forget(struct tg_live_step *r)
{
    for (size_t i = 0; i < r->count; i++) tg_wrap_free(r->programs[i].wrapped);
    if (r->programs != &r->only) free(r->programs);
    free(r->shell);
}
