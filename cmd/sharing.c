/* SPDX-License-Identifier: MIT
 * A jobserver above is left alone where the number of workers is given on the command line, as make does, and where it cannot be used:
 * then there is one worker, since that is what make counts this process for. */
#include "cmd/sharing.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "cmd/cpus.h"
#include "engine/command/command.h"
#include "engine/command/spawn.h"
#include "engine/plugin/host.h"

const char *const tg_sharing_words[] = {"pipe", "fifo", "off", NULL};
const char *const tg_sharing_pressure_words[] = {"wait", "ignore", NULL};

/* With fewer descriptors commands need them more than what they start needs a jobserver. */
#define LEAST_DESCRIPTORS 64

#define VARIABLE "MAKEFLAGS"

/* ---- above ---------------------------------------------------------------------------------------- */

static bool jobs_are_given(const struct tg_cli *cli)
{
    const struct tg_opt *jobs = tg_opt_find(cli->verb->options, 'j', NULL, 0);
    return cli->jobs && cli->layers.of[jobs - cli->verb->options] == TG_OPT_COMMAND;
}

static void warn(const struct tg_cli *cli, const char *text)
{
    if (!cli->quiet) tg_report_line(&cli->report, "warning: %s", text);
}

static void say_unusable(const struct tg_cli *cli, const char *why)
{
    struct tg_err err = {0};
    if (cli->quiet) return;
    tg_err_set(&err, TG_EXIT_CANNOT, "cannot use the jobserver of make, so that there is one worker: %s", why);
    tg_err_hint(
        &err, "In a Makefile, a '+' before the command opens it; --jobserver=fifo of a tgrun above reaches through programs in "
              "between; --jobs=N does without.");
    tg_report_warning(&cli->report, &err);
    tg_err_done(&err);
}

/* A file's number of workers is no more than a bound here. */
static void set_workers(const struct tg_sharing *s, struct tg_cli *cli)
{
    uint64_t most = s->most ? s->most : tg_cpus_usable();
    if (most > TG_MAX_WORKERS) most = TG_MAX_WORKERS;
    if (!cli->jobs || cli->jobs > most) cli->jobs = most;
}

/* Commands get data by the number that it has. */
static void renumber(struct tg_sharing *s, const struct tg_makeflags *flags)
{
    char *told = NULL;
    if (tg_jobserver_renumber(&s->jobserver, flags, getenv(VARIABLE), &told)) setenv(VARIABLE, told, 1);
    free(told);
}

static void join_above(struct tg_sharing *s, struct tg_cli *cli, const struct tg_makeflags *flags)
{
    const char *why;
    bool given = jobs_are_given(cli);
    s->joined = tg_jobserver_join(&s->jobserver, flags, &why);
    if (s->joined && given && cli->jobs > 1) {
        tg_jobserver_done(&s->jobserver);
        s->joined = false;
        warn(cli, "the jobserver above, of make or tgrun, has no say here, as --jobs is given");
    } else if (s->joined) {
        s->most = flags->jobs;
        if (flags->read_fd == TG_SPAWN_DATA_FD || flags->write_fd == TG_SPAWN_DATA_FD) renumber(s, flags);
        if (!given) set_workers(s, cli);
    } else if (!given) {
        cli->jobs = 1;
        say_unusable(cli, why);
    }
}

void tg_sharing_find(struct tg_sharing *s, struct tg_cli *cli)
{
    struct tg_makeflags flags;
    *s = (struct tg_sharing){0};
    if (cli->jobserver == TG_SHARING_OFF) return;
    tg_makeflags_read(getenv(VARIABLE), &flags);
    if (flags.told) join_above(s, cli, &flags);
    else if (flags.jobs == 1 && !jobs_are_given(cli)) cli->jobs = 1; /* make -j1: it needs no jobserver to keep to that */
    tg_makeflags_done(&flags);
}

/* ---- below ---------------------------------------------------------------------------------------- */

static bool has_descriptors(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= LEAST_DESCRIPTORS;
}

static void serve(struct tg_sharing *s, const struct tg_cli *cli)
{
    struct tg_err err = {0};
    char *flags = NULL;
    enum tg_jobserver_form form = cli->jobserver == TG_SHARING_FIFO ? TG_JOBSERVER_FIFO : TG_JOBSERVER_PIPE;
    s->serves = tg_jobserver_serve(&s->jobserver, form, (unsigned)cli->jobs, getenv(VARIABLE), &flags, &err);
    if (s->serves) setenv(VARIABLE, flags, 1);
    else warn(cli, err.message);
    if (s->serves) s->most = (unsigned)cli->jobs;
    free(flags);
    tg_err_done(&err);
}

static void show_warning(void *services, const char *text)
{
    tg_host_say(services, text, strlen(text));
}

/* Plugin tasks owe tokens, too; without a guard it is only as if the process could not be killed. */
static void watch_debt(struct tg_sharing *s, struct tg_commands *commands)
{
    struct tg_err ignored = {0};
    tg_commands_owe(commands, s->jobserver.debt);
    if (s->joined) tg_commands_prepare(commands, &ignored);
    tg_err_done(&ignored);
}

void tg_sharing_begin(struct tg_sharing *s, const struct tg_cli *cli, struct tg_session *session, bool commands)
{
    if (!s->joined && cli->jobserver != TG_SHARING_OFF && commands && has_descriptors()) serve(s, cli);
    bool shares = s->joined || s->serves;
    struct tg_gate_options options = {.jobserver = shares ? &s->jobserver : NULL,
                                      .most = s->most,
                                      .load = cli->load,
                                      .ignore_pressure = cli->pressure == TG_PRESSURE_IGNORE,
                                      .say = show_warning,
                                      .data = &session->services};
    session->services.gate = tg_gate_new(&options);
    if (shares) watch_debt(s, session->services.commands);
}

void tg_sharing_end(struct tg_sharing *s, struct tg_session *session)
{
    tg_gate_free(session->services.gate);
    session->services.gate = NULL;
    if (s->joined || s->serves) tg_jobserver_done(&s->jobserver);
}
