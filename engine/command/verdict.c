/* SPDX-License-Identifier: MIT
 * What is said of a step that failed.
 *
 * Every program of a pipeline counts. One that SIGPIPE ended failed only if that was not for the pipeline's sake: its
 * reader, which went well, had read enough and closed the pipe. A shell that is part of a pipeline passes such an end on
 * as exit status 141. */
#include "engine/command/verdict.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "engine/base/ascii.h"
#include "engine/command/cmdtext.h"
#include "engine/command/container.h"
#include "engine/command/oom.h"
#include "engine/command/shell.h"

/* Exit status of a shell whose command was ended by SIGPIPE. */
#define SHELL_SIGPIPE (128 + SIGPIPE)

/* Exit status of a shell whose command is there and cannot run, as with too many arguments. */
#define CANNOT_EXECUTE 126

static bool ended_by_sigpipe(int status)
{
    return WIFSIGNALED(status) ? WTERMSIG(status) == SIGPIPE : WEXITSTATUS(status) == SHELL_SIGPIPE;
}

/* Did it end because its reader did not want more? */
static bool was_unread(const struct tg_program_end *end)
{
    return end->unread && ended_by_sigpipe(end->status);
}

/* Did all programs go well? */
static bool all_went_well(const struct tg_program_end *ends, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ends[i].status != 0 && !was_unread(&ends[i])) return false;
    return true; /* the last one's output is no pipe of ours: its status is 0 */
}

/* ---- what happened ------------------------------------------------------------------------------- */

static void add_end(struct tg_buf *b, int status)
{
    if (WIFEXITED(status)) {
        tg_buf_format(b, "failed with exit status %d", WEXITSTATUS(status));
        return;
    }
    char *name = tg_cmdtext_signal(WTERMSIG(status));
    tg_buf_format(b, "killed by signal %s", name);
    free(name);
}

/* 'gzip', or 'sh' (program 2) where several have that name. */
static void name_program(struct tg_buf *b, const struct tg_step *step, size_t number)
{
    const char *name = tg_step_words(step, number)[0];
    bool twin = false;
    for (size_t i = 0; i <= step->piped_count; i++) twin |= i != number && strcmp(tg_step_words(step, i)[0], name) == 0;
    tg_buf_format(b, "'%s'", name);
    if (twin) tg_buf_format(b, " (program %zu)", number + 1);
}

static void name_failed(struct tg_job *j, const struct tg_step *step, const struct tg_program_end *ends)
{
    struct tg_buf b = {0};
    for (size_t i = 0; i <= step->piped_count; i++) {
        if (ends[i].status == 0 || was_unread(&ends[i])) continue;
        bool first = b.length == 0;
        if (!first) tg_buf_text(&b, ", ");
        name_program(&b, step, i);
        tg_buf_text(&b, first ? " of the pipeline " : " ");
        add_end(&b, ends[i].status);
    }
    tg_err_set(&j->ctx->err, TG_EXIT_FAILED, "%s", tg_buf_str(&b));
    tg_buf_done(&b);
}

/* ---- hints --------------------------------------------------------------------------------------- */

/* A byte of a word, as it stands in a text of `.tg`. */
static void add_text_byte(struct tg_buf *b, char byte)
{
    if (strchr("\"\\$", byte)) tg_buf_char(b, '\\');
    tg_buf_char(b, byte);
}

/* A word of a shell text, plain or with parts in single quotes; where it ends, NULL if it is more than that. */
static const char *add_form_word(struct tg_buf *b, const char *at)
{
    bool quoted = false;
    tg_buf_char(b, '"');
    for (; *at && (quoted || !strchr(" |\n", *at)); at++) {
        if (*at == '\'') quoted = !quoted;
        else if (quoted || tg_ascii_is_name_byte(*at) || strchr("-./:=@%+,", *at)) add_text_byte(b, *at);
        else return NULL;
    }
    tg_buf_char(b, '"');
    return quoted ? NULL : at;
}

/* The words of one program, as a list; where they end. */
static const char *add_form_program(struct tg_buf *b, const char *at)
{
    const char *before = "[";
    at += strspn(at, " \n");
    if (!*at || *at == '|') return NULL;
    while (*at && *at != '|') {
        tg_buf_text(b, before);
        before = ", ";
        if (!(at = add_form_word(b, at))) return NULL;
        at += strspn(at, " \n");
    }
    tg_buf_char(b, ']');
    return at;
}

/* A text of such words and '|', as a pipeline of `run`; how many programs it has, 0 if it is more than that. */
static size_t add_run_form(struct tg_buf *b, const char *line)
{
    size_t programs = 0;
    for (const char *at = line;; at++) {
        tg_buf_text(b, programs ? " | " : "run ");
        if (!(at = add_form_program(b, at))) return 0;
        programs++;
        if (!*at) return programs;
    }
}

/* `sh` takes every failure of a pipeline for one of the command, also where the reader had enough. */
static void hint_script(struct tg_job *j, const struct tg_step *step)
{
    struct tg_buf form = {0};
    struct tg_err *err = &j->ctx->err;
    char *line = tg_cmdtext_line(j->command, step, TG_CMDTEXT_SHOWN);
    size_t programs = add_run_form(&form, line);
    if (programs == 2)
        tg_err_hint(err, "'%.*s' was ended by SIGPIPE: what reads it had read enough. Where that is fine, write %s.",
                    (int)strcspn(line, " |\n"), line, form.data);
    else
        tg_err_hint(
            err,
            "A program before a '|' was ended by SIGPIPE: the one behind it had read enough. Where that is fine, write %s.",
            programs > 2 ? form.data : "the pipeline as run [..] | [..]");
    tg_buf_done(&form);
    free(line);
}

static void hint_end(struct tg_job *j, const struct tg_program_end *ends, size_t count, size_t failed)
{
    struct tg_err *err = &j->ctx->err;
    int status = ends[failed].status;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        tg_err_hint(err, "The system kills programs so when memory runs out.");
    else if (ends[failed].unread && all_went_well(ends + failed + 1, count - failed - 1))
        tg_err_hint(err, "The program behind it had read enough and ended; this one takes that for an error.");
    else if (ended_by_sigpipe(status) && failed + 1 < count)
        tg_err_hint(err, "The program behind it was still reading: something else that it wrote to was closed.");
}

/* "bash: line 1: x: unbound variable" at the end of what a text of `sh` itself printed: adds x. */
static bool add_unbound(struct tg_buf *b, const struct tg_buf *tail)
{
    static const char before[] = "bash: line ", after[] = ": unbound variable\n";
    size_t length = strlen(after);
    if (tail->length < length || memcmp(tail->data + tail->length - length, after, length) != 0) return false;
    const char *end = tail->data + tail->length - length, *name = end, *line = end;
    while (name > tail->data && tg_ascii_is_name_byte(name[-1])) name--;
    while (line > tail->data && line[-1] != '\n') line--;
    if (name == end || strncmp(line, before, strlen(before)) != 0) return false;
    tg_buf_add(b, name, (size_t)(end - name));
    return true;
}

/* Bash with -e ends without a word of its own. */
static bool ended_silently(const struct tg_job *j, const struct tg_step *step, int status)
{
    return !step->shell && WIFEXITED(status) && WEXITSTATUS(status) == 1 && j->printed.bytes == 0 &&
           strpbrk(step->script, "|;&\n");
}

static void hint_text(struct tg_job *j, const struct tg_step *step, int status)
{
    struct tg_buf name = {0};
    if (ended_silently(j, step, status))
        tg_err_hint(&j->ctx->err, "A line, or part of a pipeline, failed without a word, as grep does that finds nothing; "
                                  "`set -x` in front shows which.");
    else if (add_unbound(&name, &j->printed.tail))
        tg_err_hint(&j->ctx->err,
                    "The shell has no '%s'. A value of the workflow is written `${%s}`, in a text that is not raw.",
                    tg_buf_str(&name), tg_buf_str(&name));
    tg_buf_done(&name);
}

/* ---- a question ---------------------------------------------------------------------------------- */

/* A shell that cannot go on, since a variable is not set or a file not there, says so in its own name and may end with 1. */
static bool shell_complains(const struct tg_job *j, const struct tg_step *step)
{
    const struct tg_buf *tail = &j->printed.tail;
    size_t end = tail->length;
    if (step->argv || !end) return false;
    if (tail->data[end - 1] == '\n') end--;
    const char *newline = memrchr(tail->data, '\n', end), *line = newline ? newline + 1 : tail->data;
    return tg_shell_says(step->shell, line, (size_t)(tail->data + end - line));
}

/* The exit status 1 of the last program is the answer "no" of a command whose result is a bool. */
static bool answers_no(const struct tg_job *j, const struct tg_step *step, const struct tg_program_end *ends)
{
    const struct tg_command *command = j->command;
    size_t last = step->piped_count;
    if (command->output != TG_OUTPUT_BOOL || step != &command->steps[command->step_count - 1]) return false;
    if (!WIFEXITED(ends[last].status) || WEXITSTATUS(ends[last].status) != 1) return false;
    return all_went_well(ends, last) && !tg_step_stopping(j) && !shell_complains(j, step);
}

/* ---- memory -------------------------------------------------------------------------------------- */

static uint64_t most_used(const struct tg_program_end *ends, size_t count)
{
    uint64_t most = 0;
    for (size_t i = 0; i < count; i++)
        if (ends[i].status != 0 && ends[i].used.peak_bytes > most) most = ends[i].used.peak_bytes;
    return most;
}

/* Nobody here kills without being asked; a shell passes that on as a status. */
static bool was_killed(const struct tg_program_end *ends, size_t count)
{
    bool killed = false;
    for (size_t i = 0; i < count; i++) {
        int status = ends[i].status;
        killed |= WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 128 + SIGKILL;
    }
    return killed;
}

/* Those of a group have been counted there, too, and are nobody else's. */
static void take_kills_of_group(struct tg_job *j)
{
    if (j->group.ran_out) atomic_store(j->memory_kills, tg_oom_kills(j->kill_counts));
}

/* refused: it used less than it might have, and asked for too much at once. */
static bool blame_memory(struct tg_job *j, uint64_t used, const char *how, uint64_t limit, bool refused)
{
    struct tg_buf b = {0};
    tg_buf_text(&b, how);
    if (limit) tg_oom_size(&b, limit);
    if (used) tg_buf_text(&b, ": a program that failed used "), tg_oom_size(&b, used);
    if (refused) tg_buf_text(&b, " when more was refused");
    tg_err_set(&j->ctx->err, TG_EXIT_FAILED, "%s", tg_buf_str(&b));
    if (limit)
        tg_err_hint(&j->ctx->err, "The limit is the option memory; memory_factor asks for more in the next attempt, and "
                                  "memory_enforce = false only reserves it.");
    tg_buf_done(&b);
    return tg_err_because(&j->ctx->err, TG_CAUSE_MEMORY, 0);
}

/* True if it is said: the failure is one of memory. */
static bool lacked_memory(struct tg_job *j, const struct tg_program_end *ends, size_t count)
{
    uint64_t limit = j->command->memory_bytes, used = most_used(ends, count);
    const struct tg_buf *tail = &j->printed.tail;
    take_kills_of_group(j);
    if (j->group.used_bytes > used) used = j->group.used_bytes;
    bool near = limit && !tg_container_limits(j->command) && (double)used >= TG_OOM_NEAR * (double)limit;
    bool guessed = !j->group.limits && (near || (limit && tg_oom_is_told(tail->data, tail->length)));
    if (j->group.ran_out || guessed) /* a group knows; who has a limit of its own is only told that there is no more */
        return !blame_memory(j, used, "it needed more memory than its limit of ", limit, !near);
    if (!was_killed(ends, count) || !tg_oom_take_kill(j->kill_counts, j->memory_kills)) return false;
    return !blame_memory(j, used, "the system killed it, as memory ran out", 0, false);
}

/* ---- all of it ----------------------------------------------------------------------------------- */

/* What ended the program is why the task failed. */
static void blame(struct tg_err *err, int status)
{
    if (WIFSIGNALED(status)) tg_err_because(err, TG_CAUSE_SIGNAL, WTERMSIG(status));
    else tg_err_because(err, TG_CAUSE_EXIT, WEXITSTATUS(status));
}

static bool judge_ends(struct tg_job *j, const struct tg_step *step, const struct tg_program_end *ends)
{
    size_t count = step->piped_count + 1, failed = 0;
    if (all_went_well(ends, count) || (j->answers_no = answers_no(j, step, ends))) return true;
    if (tg_step_stopping(j)) return tg_err_set(&j->ctx->err, TG_EXIT_FAILED, "interrupted");
    if (lacked_memory(j, ends, count)) return false;
    if (count > 1) {
        name_failed(j, step, ends);
        while (ends[failed].status == 0 || was_unread(&ends[failed])) failed++;
    } else {
        struct tg_buf b = {0};
        add_end(&b, ends[0].status);
        tg_err_set(&j->ctx->err, TG_EXIT_FAILED, "%s %s", j->command->served ? "server" : "command", b.data);
        tg_buf_done(&b);
    }
    blame(&j->ctx->err, ends[failed].status);
    if (!step->argv && ended_by_sigpipe(ends[0].status)) hint_script(j, step);
    else if (step->data && WIFEXITED(ends[0].status) && WEXITSTATUS(ends[0].status) == CANNOT_EXECUTE)
        tg_err_hint(&j->ctx->err,
                    "A program takes at most 128 KiB in one argument, and some megabytes in all of them: pass long "
                    "values by a file or as standard input.");
    else hint_end(j, ends, count, failed);
    if (!step->argv) hint_text(j, step, ends[0].status);
    return false;
}

bool tg_verdict_of(struct tg_job *j, const struct tg_step *step, enum tg_outcome outcome, const struct tg_program_end *ends)
{
    struct tg_err *err = &j->ctx->err;
    switch (outcome) {
    case TG_STEP_NOT_STARTED:
    case TG_STEP_CUT_OFF: return false;
    case TG_STEP_INTERRUPTED: return tg_err_set(err, TG_EXIT_FAILED, "interrupted");
    case TG_STEP_TIMED_OUT:
        tg_err_set(err, TG_EXIT_FAILED, TG_ERR_TIMEOUT, (double)j->command->timeout_ns / 1e9);
        return tg_err_because(err, TG_CAUSE_TIMEOUT, 0);
    case TG_STEP_TOO_MUCH:
        tg_err_set(err, TG_EXIT_FAILED, "standard output is more than %zu bytes", j->max_capture);
        tg_err_hint(err, "Write it to a result file instead.");
        return false;
    case TG_STEP_ENDED: break;
    }
    return judge_ends(j, step, ends);
}
