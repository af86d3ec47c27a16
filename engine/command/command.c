/* SPDX-License-Identifier: MIT
 * One command after the other: its steps (step.c), what is said of one that failed (verdict.c), its result. */
#include "engine/command/command.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/path.h"
#include "engine/command/capture.h"
#include "engine/command/cmdtext.h"
#include "engine/command/oom.h"
#include "engine/command/outfile.h"
#include "engine/command/serve.h"
#include "engine/command/step.h"
#include "engine/command/verdict.h"
#include "engine/plugin/stop.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

/* Bytes of the standard output of a failed command that its log gets. */
#define LOGGED_OUTPUT_BYTES ((size_t)64 << 10)

/* Of a depfile at a time. */
#define READ_BYTES ((size_t)4 << 10)

struct tg_commands {
    struct tg_guard guard;
    struct tg_claims claims;
    struct tg_owners owners;
    struct tg_servers servers;
    struct tg_log_place place;
    struct tg_aside_place asides;
    bool keep_failed;              /* immutable once commands run */
    size_t max_capture;            /* immutable once commands run */
    uint64_t grace_ns, linger_ns;  /* immutable once commands run */
    _Atomic int null_fd;           /* atomic: see tg_job */
    const char *kill_counts;       /* immutable once commands run */
    _Atomic uint64_t memory_kills; /* atomic: tg_oom_kills, when it was last looked at */
    _Atomic unsigned active;       /* atomic: tg_command_run calls in this process */
    pthread_mutex_t lock;          /* guards jobs; nothing is allocated under it */
    struct tg_job *jobs;           /* locked: the calls, newest first */
    tg_command_fn instead;         /* immutable once commands run; NULL: they are run */
    void *instead_data;
};

/* ---- all commands -------------------------------------------------------------------------------- */

struct tg_commands *tg_commands_new(enum tg_output_mode mode, const char *log_folder)
{
    struct tg_commands *c = tg_alloc_zero(sizeof *c);
    tg_guard_init(&c->guard);
    pthread_mutex_init(&c->lock, NULL);
    tg_claim_init(&c->claims);
    tg_owners_init(&c->owners);
    tg_serve_init(&c->servers);
    c->claims.spare = tg_serve_spare;
    c->claims.spare_data = &c->servers;
    tg_aside_place_init(&c->asides);
    c->asides.running = &c->active;
    tg_printed_place_init(&c->place, mode, log_folder);
    c->max_capture = TG_MAX_CAPTURE_BYTES;
    tg_commands_wait(c, TG_COMMAND_GRACE_NS, TG_COMMAND_LINGER_NS);
    c->kill_counts = TG_OOM_COUNTS;
    atomic_init(&c->memory_kills, UINT64_MAX);
    c->null_fd = -1;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* an ignored one, inherited, would take exit statuses away */
    return c;
}

void tg_commands_free(struct tg_commands *c)
{
    if (!c) return;
    TG_ASSERT(atomic_load(&c->active) == 0 && !c->jobs);
    pthread_mutex_destroy(&c->lock);
    tg_serve_done(&c->servers);
    tg_guard_done(&c->guard);
    tg_claim_done(&c->claims);
    tg_owners_done(&c->owners);
    tg_aside_place_done(&c->asides);
    tg_printed_place_done(&c->place);
    if (c->null_fd >= 0) close(c->null_fd);
    free(c);
}

bool tg_commands_prepare(struct tg_commands *c, struct tg_err *err)
{
    int error = tg_guard_start(&c->guard);
    atomic_store(&c->memory_kills, tg_oom_kills(c->kill_counts));
    return !error || tg_err_set(err, TG_EXIT_FAILED, "cannot start the process that guards commands: %s", strerror(error));
}

struct tg_guard *tg_commands_guard(struct tg_commands *c)
{
    return &c->guard;
}

struct tg_claims *tg_commands_claims(struct tg_commands *c)
{
    return &c->claims;
}

void tg_commands_group(struct tg_commands *c)
{
    tg_guard_groups(&c->guard);
}

void tg_commands_group_at(struct tg_commands *c, const char *root, const char *file)
{
    c->guard.group_root = root;
    c->guard.group_file = file;
}

void tg_commands_count_kills(struct tg_commands *c, const char *path)
{
    c->kill_counts = path;
}

bool tg_commands_take_kill(struct tg_commands *c)
{
    return tg_oom_take_kill(c->kill_counts, &c->memory_kills);
}

void tg_commands_know_kills(struct tg_commands *c)
{
    atomic_store(&c->memory_kills, tg_oom_kills(c->kill_counts));
}

void tg_commands_owe(struct tg_commands *c, struct tg_debt *debt)
{
    c->guard.debt = debt;
}

void tg_commands_limit_capture(struct tg_commands *c, size_t bytes)
{
    c->max_capture = bytes;
}

void tg_commands_wait(struct tg_commands *c, uint64_t grace_ns, uint64_t linger_ns)
{
    c->grace_ns = grace_ns;
    c->linger_ns = linger_ns;
    c->servers.grace_ns = grace_ns;
    c->servers.linger_ns = linger_ns;
}

void tg_commands_keep_failed(struct tg_commands *c, bool keep)
{
    c->keep_failed = keep;
}

void tg_commands_instead(struct tg_commands *c, tg_command_fn fn, void *data)
{
    c->instead = fn;
    c->instead_data = data;
}

void tg_commands_recover(const struct tg_services *services)
{
    tg_aside_recover(services);
}

void tg_commands_signal(struct tg_commands *c, int signal)
{
    if (c) tg_guard_signal_all(&c->guard, signal);
}

void tg_commands_end(struct tg_commands *c, int signal, _Atomic int *stop)
{
    if (c) tg_guard_end_all(&c->guard, signal, stop);
    else tg_stop_raise(stop, TG_STOP_SIGNAL);
}

void tg_commands_restart(struct tg_commands *c)
{
    TG_ASSERT(atomic_load(&c->active) == 0);
    tg_guard_forget(&c->guard);
}

void tg_commands_pause(struct tg_commands *c)
{
    if (c) tg_guard_pause(&c->guard);
}

void tg_commands_resume(struct tg_commands *c)
{
    if (c) tg_guard_resume(&c->guard);
}

uint64_t tg_commands_paused_ns(void *commands)
{
    bool paused;
    struct tg_commands *c = commands;
    uint64_t ns = c ? tg_guard_paused_ns(&c->guard, &paused) : 0;
    return c && paused ? UINT64_MAX : ns;
}

bool tg_commands_end_servers(struct tg_commands *c, const struct tg_services *services, struct tg_err *err)
{
    return !c || tg_serve_end(&c->servers, &c->place, services, tg_guard_passed(&c->guard), err);
}

struct tg_usage tg_commands_used(struct tg_commands *c)
{
    return tg_guard_used(&c->guard);
}

void tg_commands_describe(struct tg_commands *c, struct tg_buf *b)
{
    tg_guard_describe(&c->guard, b);
}

/* ---- one command --------------------------------------------------------------------------------- */

static void log_failure(struct tg_job *j)
{
    TG_ASSERT(j->ctx->err.message);
    struct tg_printed *p = &j->printed;
    struct tg_buf b = {0};
    if (j->captured.length) {
        size_t length = j->captured.length < LOGGED_OUTPUT_BYTES ? j->captured.length : LOGGED_OUTPUT_BYTES;
        tg_buf_format(&b, "standard output, %s%zu bytes:\n", length < j->captured.length ? "first " : "", length);
        tg_buf_add(&b, j->captured.data, length);
        tg_secrets_hide(j->ctx->services->secrets, &b, 0); /* before the end can be mistaken */
        if (b.data[b.length - 1] != '\n') tg_buf_char(&b, '\n');
    }
    size_t shown = b.length;
    tg_buf_format(&b, "%s\n", j->ctx->err.message);
    tg_secrets_hide(j->ctx->services->secrets, &b, shown);
    tg_printed_note(p, b.data, b.length);
    tg_buf_done(&b);
}

#define SHOWN_BYTES 240 /* of a command line that is too long */

/* Cuts it between two characters. */
static void cut_line(char *line)
{
    size_t length = strlen(line), at = SHOWN_BYTES;
    if (length <= SHOWN_BYTES) return;
    while (at > 0 && ((unsigned char)line[at] & 0xc0) == 0x80) at--;
    memcpy(line + at, "...", sizeof "...");
}

/* The error's detail: command line, last lines, log. */
static void explain(struct tg_job *j, const struct tg_step *step, bool keep)
{
    struct tg_buf b = {0};
    char *told = tg_cmdtext_line(j->command, step, TG_CMDTEXT_SHOWN);
    char *line = tg_secrets_hidden(j->ctx->services->secrets, told); /* before it is cut, indented and cleaned */
    log_failure(j);
    if (j->too_long) cut_line(line);
    for (const char *at = line, *end; at; at = *end ? end + 1 : NULL) {
        end = strchrnul(at, '\n');
        tg_buf_text(&b, at == line ? "$ " : "\n  ");
        tg_printed_clean(&b, at, (size_t)(end - at));
    }
    tg_printed_tail(&j->printed, tg_step_shows_output(j, step) ? "output" : "standard error", &b);
    if (j->printed.log_path) tg_buf_format(&b, TG_ERR_LOG "%s", j->printed.log_path);
    if (j->command->outfiles) tg_outfiles_keep(j->command->outfiles, keep, &b);
    tg_err_detail(&j->ctx->err, "%s", b.data);
    tg_buf_done(&b);
    free(line);
    free(told);
}

static bool run_step(struct tg_job *j, const struct tg_step *step)
{
    struct tg_program_end only = {0};
    struct tg_program_end *ends = step->piped_count ? tg_alloc_zero((step->piped_count + 1) * sizeof *ends) : &only;
    tg_printed_step(&j->printed, step);
    bool ok = tg_verdict_of(j, step, tg_step_run(j, step, ends), ends);
    if (ends != &only) free(ends);
    return ok;
}

static bool run_steps(struct tg_job *j, const struct tg_step **last)
{
    bool ok = true;
    for (size_t i = 0; i < j->command->step_count && ok; i++) ok = run_step(j, *last = &j->command->steps[i]);
    return ok;
}

/* It is no result: nothing of it stays. */
static bool read_depfile(struct tg_job *j)
{
    const char *path = j->command->depfile;
    if (!path) return true;
    FILE *f = fopen(path, "re");
    int error = f ? 0 : errno;
    struct tg_buf *b = j->command->depfile_text;
    for (size_t got = 1; f && got > 0;) {
        got = fread(tg_buf_reserve(b, READ_BYTES), 1, READ_BYTES, f);
        b->length += got;
    }
    if (f) fclose(f);
    tg_buf_str(b);
    unlink(path);
    if (!error) return true;
    return tg_err_set(&j->ctx->err, TG_EXIT_FAILED, "task '%s' has not written its depfile '%s': %s", j->command->name,
                      tg_path_name(path), strerror(error));
}

static bool make_result(struct tg_job *j, tg_value *out)
{
    const struct tg_command *command = j->command;
    struct tg_owners *owners = command->owned ? j->owners : NULL;
    if (command->output == TG_OUTPUT_FILES) return tg_outfiles_publish(command->outfiles, owners, command->owned, out);
    if (command->output == TG_OUTPUT_BOOL) return *out = tg_bool(!j->answers_no), true;
    return tg_capture_value(command->output, j->captured.data, j->captured.length, out, &j->ctx->err);
}

static void enter_job(struct tg_commands *all, struct tg_job *j)
{
    atomic_fetch_add_explicit(&all->active, 1, memory_order_relaxed);
    j->thread = pthread_self();
    pthread_mutex_lock(&all->lock);
    j->older = all->jobs;
    if (j->older) j->older->newer = j;
    all->jobs = j;
    pthread_mutex_unlock(&all->lock);
}

static void leave_job(struct tg_commands *all, struct tg_job *j)
{
    pthread_mutex_lock(&all->lock);
    if (j->older) j->older->newer = j->newer;
    if (j->newer) j->newer->older = j->older;
    else all->jobs = j->older;
    pthread_mutex_unlock(&all->lock);
    atomic_fetch_sub_explicit(&all->active, 1, memory_order_release);
}

/* ---- paths --------------------------------------------------------------------------------------- */

static bool claim_results(struct tg_commands *all, tg_ctx *ctx, const struct tg_command *command)
{
    bool fine = true;
    for (size_t i = 0; command->owned && i < command->file_count && fine; i++) {
        const struct tg_result_file *f = &command->files[i];
        fine = tg_owners_claim(&all->owners, command->owned, f->list ? TG_MAKES_LIST : TG_MAKES_FILE, f->path, &ctx->err);
    }
    return fine;
}

static bool is_aside(const struct tg_command *command, const char *path)
{
    bool aside = false;
    for (size_t i = 0; i < command->file_count && !aside; i++)
        aside = strncmp(path, command->files[i].aside, strlen(command->files[i].aside)) == 0;
    return aside;
}

/* What steps write to by `>` beside the results; a device may be anybody's. */
static bool claim_outputs(struct tg_commands *all, tg_ctx *ctx, const struct tg_command *command)
{
    struct stat st;
    bool fine = true;
    for (size_t i = 0; command->owned && i < command->step_count && fine; i++) {
        const char *path = command->steps[i].output_path;
        if (!path || is_aside(command, path) || (stat(path, &st) == 0 && !S_ISREG(st.st_mode))) continue;
        fine = tg_owners_claim(&all->owners, command->owned, TG_WRITES_FILE, path, &ctx->err);
    }
    return fine;
}

/* The files of a list, wherever they stand in the value. */
static bool own_listed(struct tg_owners *owners, struct tg_owned *o, tg_value v, struct tg_err *err)
{
    const struct tg_list *l = tg_kind(v) == TG_LIST ? tg_list_of(v) : NULL;
    const struct tg_record *r = tg_kind(v) == TG_RECORD ? tg_record_of(v) : NULL;
    bool fine = true;
    for (size_t i = 0; l && i < l->count && fine; i++)
        fine = tg_kind(l->items[i]) != TG_FILE || tg_owners_own(owners, o, TG_MAKES_FILE, tg_str_of(l->items[i])->data, err);
    for (size_t i = 0; r && i < r->count && fine; i++) fine = own_listed(owners, o, r->fields[i].value, err);
    return fine;
}

bool tg_command_own(tg_ctx *ctx, const struct tg_command *command, tg_value made)
{
    struct tg_owners *owners = &((struct tg_commands *)ctx->services->commands)->owners;
    bool fine = true;
    for (size_t i = 0; i < command->file_count && fine; i++) {
        const struct tg_result_file *f = &command->files[i];
        fine = tg_owners_own(owners, command->owned, f->list ? TG_MAKES_LIST : TG_MAKES_FILE, f->path, &ctx->err);
    }
    fine = fine && own_listed(owners, command->owned, made, &ctx->err);
    tg_owners_release(owners, command->owned, fine);
    return fine;
}

static void release_paths(struct tg_commands *all, const struct tg_command *command, bool made)
{
    if (command->owned) tg_owners_release(&all->owners, command->owned, made);
}

/* ---- a command as tasks see it ------------------------------------------------------------------- */

bool tg_command_aside(tg_ctx *ctx, struct tg_command *command)
{
    struct tg_commands *all = ctx->services->commands;
    if (!claim_results(all, ctx, command)) return tg_err_because(&ctx->err, TG_CAUSE_USAGE, 0);
    command->outfiles = tg_outfiles_new(&all->asides, ctx, tg_command_instance(command), command->files, command->file_count,
                                        command->is_protected);
    return command->outfiles != NULL;
}

void tg_command_drop(tg_ctx *ctx, struct tg_command *command)
{
    release_paths(ctx->services->commands, command, false);
    tg_outfiles_free(command->outfiles);
    command->outfiles = NULL;
}

/* It is there as if it ran, and nothing of it stays. */
static int do_instead(struct tg_commands *all, tg_ctx *ctx, const struct tg_command *command)
{
    tg_outfiles_clear_spares(&all->asides, command->outfiles);
    bool good = all->instead(all->instead_data, command, &ctx->err);
    if (good) tg_err_set(&ctx->err, TG_EXIT_FAILED, "'%s' was not run", command->name);
    tg_outfiles_free(command->outfiles);
    release_paths(all, command, false);
    return TG_FAIL;
}

int tg_command_run(tg_ctx *ctx, const struct tg_command *command, tg_value *out)
{
    struct tg_commands *all = ctx->services->commands;
    if (all->instead) return do_instead(all, ctx, command);
    struct tg_job j = {.ctx = ctx,
                       .guard = &all->guard,
                       .claims = &all->claims,
                       .owners = &all->owners,
                       .kill_counts = all->kill_counts,
                       .memory_kills = &all->memory_kills,
                       .null_fd = &all->null_fd,
                       .command = command,
                       .group = TG_CGROUP_NO_GROUP,
                       .max_capture = all->max_capture,
                       .grace_ns = all->grace_ns,
                       .linger_ns = all->linger_ns};
    const struct tg_step *last = NULL;
    TG_ASSERT(command->step_count && (command->output == TG_OUTPUT_FILES) == (command->file_count != 0));
    ctx->used = (struct tg_usage){0};
    enter_job(all, &j);
    tg_outfiles_clear_spares(&all->asides, command->outfiles);
    if (command->timeout_ns) tg_step_limit(&j, command->timeout_ns);
    tg_printed_init(&j.printed, &all->place, ctx, command);
    if (command->served) last = &command->steps[0];
    bool ok = command->served
                  ? tg_serve_call(&j, &all->servers, out)
                  : claim_outputs(all, ctx, command) && run_steps(&j, &last) && read_depfile(&j) && make_result(&j, out);
    TG_ASSERT(ok == !ctx->err.code);
    if (!ok && last) explain(&j, last, all->keep_failed);
    tg_printed_end(&j.printed, !ok);
    tg_outfiles_free(command->outfiles);
    release_paths(all, command, ok);
    tg_printed_done(&j.printed);
    tg_buf_done(&j.captured);
    leave_job(all, &j);
    return ok ? TG_OK : TG_FAIL;
}

/* ---- all that run, at the end of the process ------------------------------------------------------ */

static bool others_run(struct tg_commands *c)
{
    bool others = false;
    pthread_mutex_lock(&c->lock);
    for (const struct tg_job *j = c->jobs; j; j = j->older) others |= !pthread_equal(j->thread, pthread_self());
    pthread_mutex_unlock(&c->lock);
    return others;
}

void tg_commands_abandon(struct tg_commands *c)
{
    uint64_t end = tg_clock_ns() + TG_COMMAND_ABANDON_NS;
    if (!c) return;
    tg_commands_signal(c, SIGKILL);
    while (others_run(c) && tg_clock_ns() < end) tg_clock_sleep(2000000);
    if (c->guard.debt) tg_jobserver_pay(c->guard.debt);
    pthread_mutex_lock(&c->lock);
    tg_aside_clear(&c->asides);
}
