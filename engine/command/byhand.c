/* SPDX-License-Identifier: MIT
 * The script has each program with the words that would start it. What a step reads as a value, or from descriptor
 * TG_SPAWN_DATA_FD, and what a server is asked, lies in files beside it. Limits of memory and time do not hold. */
#include "engine/command/byhand.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/path.h"
#include "engine/command/container.h"
#include "engine/command/shell.h"
#include "engine/command/spawn.h"
#include "engine/command/step.h"
#include "engine/command/wrap.h"

extern char **environ;

/* ---- the script ---------------------------------------------------------------------------------- */

static bool fail_writing(const char *path, struct tg_err *err)
{
    return tg_err_set(err, TG_EXIT_FAILED, "cannot write '%s': %s", path, strerror(errno));
}

/* A new file of the folder; its path is kept. NULL and err. */
static const char *put_file(struct tg_byhand *b, const char *name, const char *data, size_t length, struct tg_err *err)
{
    char *path = tg_alloc_format("%s/%s", b->folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    tg_vec_push(&b->files, path);
    bool good = fd >= 0;
    for (size_t done = 0; good && done < length;) {
        ssize_t n = write(fd, data + done, length - done);
        if (n > 0) done += (size_t)n;
        good = n > 0 || errno == EINTR;
    }
    if (fd >= 0 && close(fd) != 0) good = false;
    return good ? path : (fail_writing(path, err), NULL);
}

/* The same, of several. */
static const char *put_nth(struct tg_byhand *b, const char *kind, const char *data, size_t length, struct tg_err *err)
{
    char *name = tg_alloc_format("%s-%zu", kind, b->files.count + 1);
    const char *path = put_file(b, name, data, length, err);
    free(name);
    return path;
}

static void put_redirection(struct tg_buf *t, const char *sign, const char *path)
{
    char *absolute = tg_path_absolute(path);
    tg_buf_text(t, sign);
    tg_shell_quote(t, absolute);
    free(absolute);
}

/* One program. `env` starts it even if the shell has a command of that name. */
static void put_program(struct tg_buf *t, const struct tg_command *command, const struct tg_step *step, size_t number)
{
    char **shell = number == 0 && !step->argv ? tg_shell_argv(step) : NULL;
    char *const *words = shell ? shell : tg_step_words(step, number);
    char **wrapped = tg_wrap_words(command, step, number, words);
    if (wrapped) words = wrapped;
    if (!strchr(words[0], '=')) tg_buf_text(t, "env");
    for (char *const *v = shell ? step->variables : NULL; v && *v; v++) tg_buf_char(t, ' '), tg_shell_quote(t, *v);
    for (; *words; words++) tg_buf_char(t, ' '), tg_shell_quote(t, *words);
    tg_wrap_free(wrapped);
    free(shell);
}

/* The call's line: the server reads it, and then the end of its input. */
static const char *put_question(struct tg_byhand *b, const struct tg_served *served, struct tg_err *err)
{
    struct tg_buf line = {0};
    tg_buf_add(&line, served->question, served->length);
    tg_buf_text(&line, ",\"id\":1}\n");
    const char *path = put_file(b, "question", line.data, line.length, err);
    if (path) b->question = tg_path_absolute(path);
    tg_buf_done(&line);
    return path;
}

static bool add_step(struct tg_buf *t, struct tg_byhand *b, const struct tg_command *command, const struct tg_step *step,
                     struct tg_err *err)
{
    const char *input = step->input_path, *data = NULL;
    if (!input && step->input && !(input = put_nth(b, "input", step->input, step->input_length, err))) return false;
    if (command->served && !(input = put_question(b, command->served, err))) return false;
    if (step->data && !(data = put_nth(b, "data", step->data, step->data_length, err))) return false;
    put_program(t, command, step, 0);
    if (data) put_redirection(t, " 9<", data);
    put_redirection(t, " <", input ? input : "/dev/null");
    for (size_t i = 1; i <= step->piped_count; i++) {
        tg_buf_text(t, " | ");
        put_program(t, command, step, i);
    }
    if (step->output_path) put_redirection(t, " >", step->output_path);
    tg_buf_char(t, '\n');
    return true;
}

static bool has_pipeline(const struct tg_command *command)
{
    bool found = false;
    for (size_t i = 0; i < command->step_count; i++) found |= command->steps[i].piped_count > 0;
    return found;
}

static bool add_steps(struct tg_buf *t, struct tg_byhand *b, const struct tg_command *command, struct tg_err *err)
{
    char *folder = tg_path_absolute(command->dir ? command->dir : ".");
    tg_buf_text(t, has_pipeline(command) ? "#!/usr/bin/env bash\nset -o pipefail\n" : "#!/bin/sh\n");
    tg_buf_text(t, "set -e\ncd ");
    tg_shell_quote(t, folder);
    tg_buf_char(t, '\n');
    free(folder);
    bool good = true;
    for (size_t i = 0; i < command->step_count && good; i++) good = add_step(t, b, command, &command->steps[i], err);
    return good;
}

bool tg_byhand_make(const struct tg_command *command, struct tg_byhand *b, struct tg_err *err)
{
    const char *place = getenv("TMPDIR");
    struct tg_buf text = {0};
    *b = (struct tg_byhand){.folder = tg_alloc_format("%s/tgrun-debug-XXXXXX", place && *place ? place : "/tmp")};
    if (!mkdtemp(b->folder)) {
        fail_writing(b->folder, err);
        return free(b->folder), b->folder = NULL, false;
    }
    bool good = add_steps(&text, b, command, err);
    const char *script = good ? put_file(b, "command", text.data, text.length, err) : NULL;
    if (script) b->script = tg_path_absolute(script);
    tg_buf_done(&text);
    return script;
}

void tg_byhand_done(struct tg_byhand *b)
{
    for (size_t i = 0; i < b->files.count; i++) {
        unlink(b->files.items[i]);
        free(b->files.items[i]);
    }
    tg_vec_done(&b->files);
    if (b->folder) rmdir(b->folder);
    free(b->folder);
    free(b->script);
    free(b->question);
}

/* ---- the shell ----------------------------------------------------------------------------------- */

/* The program in the child: it is a foreground group of its own, or none. */
static _Noreturn void be_shell(const char *program, const char *dir, char **environment, bool terminal)
{
    sigset_t none;
    char *const argv[] = {(char *)program, NULL};
    setpgid(0, 0);
    if (terminal) tcsetpgrp(STDIN_FILENO, getpid()); /* TTOU is blocked */
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGHUP);
    if (!dir || chdir(dir) == 0) execvpe(program, argv, environment);
    int error = errno;
    dprintf(STDERR_FILENO, "tgrun: cannot start '%s' in '%s': %s\n", program, dir ? dir : ".", strerror(error));
    _exit(127);
}

/* Has the terminal, if we are who has it, for as long as it runs. */
static pid_t start_shell(const char *program, const char *dir, char **environment, bool *terminal)
{
    sigset_t all, before;
    *terminal = tcgetpgrp(STDIN_FILENO) == getpgrp();
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0) be_shell(program, dir, environment, *terminal);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pid;
}

/* Without stopping for it: we are in the background still. */
static void take_terminal_back(void)
{
    sigset_t only, before;
    sigemptyset(&only);
    sigaddset(&only, SIGTTOU);
    pthread_sigmask(SIG_BLOCK, &only, &before);
    tcsetpgrp(STDIN_FILENO, getpgrp());
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

bool tg_byhand_shell(const struct tg_command *command, const struct tg_byhand *b, const char *program, int *status,
                     struct tg_err *err)
{
    bool terminal;
    char *variables[3] = {tg_alloc_format("%s=%s", TG_BYHAND_VARIABLE, b->script)};
    if (b->question) variables[1] = tg_alloc_format("%s=%s", TG_BYHAND_QUESTION, b->question);
    char **settings = command->container ? tg_container_settings(command, command->steps[0].settings) : NULL;
    char **environment = tg_spawn_environment(NULL, variables, settings ? settings : command->steps[0].settings,
                                              command->granted);
    pid_t pid = start_shell(program, command->dir, environment, &terminal);
    if (pid > 0) *status = tg_spawn_wait(pid);
    else tg_err_set(err, TG_EXIT_FAILED, "cannot start '%s': %s", program, strerror(errno));
    if (terminal) take_terminal_back();
    free(environment);
    tg_wrap_free(settings);
    free(variables[0]);
    free(variables[1]);
    return pid > 0;
}
