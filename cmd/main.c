/* SPDX-License-Identifier: MIT
 * tgrun: finds the verb, reads its options, calls it, gives its exit status.
 *
 * The verb is the first word that is no option, if it is in the table; else it is `run`. What has the name of a verb is
 * run as `tgrun run NAME`. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/crash.h"
#include "cmd/ending.h"
#include "cmd/init.h"
#include "cmd/locate.h"
#include "cmd/memory.h"
#include "cmd/signals.h"
#include "engine/base/out.h"
#include "engine/remote/agent.h"
#include "engine/remote/driverexec.h"
#include "engine/remote/executor.h"

extern char **environ;

/* A closed standard descriptor would be taken by the next file that is opened. Standard input and output are opened
 * the wrong way round, so that using them fails as it should. */
static void guard_descriptors(void)
{
    static const int modes[] = {O_WRONLY, O_RDONLY, O_WRONLY};
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", modes[fd]) != fd) _exit(TG_EXIT_FAULT);
}

/* ---- the verb ------------------------------------------------------------------------------------ */

/* Whether an option needs a value; all verbs agree on that (tests/unit/test_opt.c). */
static bool needs_value(char letter, const char *name, size_t length)
{
    for (size_t i = 0; tg_verbs[i]; i++) {
        const struct tg_opt *o = tg_opt_find(tg_verbs[i]->options, letter, name, length);
        if (o) return tg_opt_needs_value(o);
    }
    return false;
}

/* Words after an option that belong to it: 0 or 1. */
static int value_words(const char *word)
{
    if (word[1] == '-') return !strchr(word, '=') && needs_value(0, word + 2, strlen(word + 2));
    for (const char *c = word + 1; *c; c++)
        if (needs_value(*c, NULL, 0)) return !c[1];
    return 0;
}

/* The index of the first word that is no option; argc if there is none or `--` comes first. */
static int find_first_word(int argc, char *const *argv)
{
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-' || !argv[i][1]) return i;
        if (strcmp(argv[i], "--") == 0) return argc;
        i += value_words(argv[i]);
    }
    return argc;
}

/* Takes argv[at] out. */
static void drop_argument(int *argc, char **argv, int at)
{
    memmove(argv + at, argv + at + 1, (size_t)(*argc - at) * sizeof *argv);
    (*argc)--;
}

static bool check_count(const struct tg_verb *verb, const struct tg_cli *cli, struct tg_err *err)
{
    if (cli->words.count < verb->min_words) {
        tg_err_set(err, TG_EXIT_USAGE, "'%s' needs %s", verb->name, verb->needs);
    } else if (cli->words.count > verb->max_words) {
        tg_err_set(err, TG_EXIT_USAGE, "'%s' takes no further word, but got '%s'", verb->name,
                   cli->words.items[verb->max_words]);
    } else {
        return true;
    }
    tg_err_hint(err, "usage: tgrun %s %s", verb->name, verb->usage);
    return false;
}

static bool change_folder(const struct tg_cli *cli, struct tg_err *err)
{
    if (!cli->folder || chdir(cli->folder) == 0) return true;
    return tg_err_set(err, TG_EXIT_USAGE, "cannot go to folder '%s': %s", cli->folder, strerror(errno));
}

/* Finds the defaults of options: the environment, files. What is wrong with files is printed. */
static enum tg_exit find_defaults(struct tg_cli *cli, struct tg_err *err)
{
    struct tg_cli sample = {0};
    bool set = tg_opt_environment(cli->verb->options, cli, &cli->layers, err);
    tg_config_read(cli->config, tg_verb_run.options, &sample);
    tg_config_apply(cli->config, cli->verb->options, cli, &cli->layers);
    tg_report_init(&cli->report, (enum tg_color)cli->color);
    struct tg_diags *diags = &cli->config->diags;
    cli->report.sources = &cli->config->sources;
    if (diags->error_count || (diags->warning_count && !cli->quiet)) tg_report_diags(&cli->report, diags);
    cli->report.sources = NULL;
    if (!set) return tg_report_err(&cli->report, err);
    return diags->error_count ? TG_EXIT_USAGE : TG_EXIT_OK;
}

static bool sets_option(const char *entry)
{
    bool sets = false;
    for (size_t i = 0; tg_verbs[i] && !sets; i++) sets = tg_opt_sets(tg_verbs[i]->options, entry);
    return sets;
}

/* What was said to tgrun is not said to what it starts. */
static void hide_variables(void)
{
    char **kept = environ;
    for (char **e = environ; *e; e++)
        if (!tg_opt_is_variable(*e) || !sets_option(*e)) *kept++ = *e;
    *kept = NULL;
}

/* Everything between the command line and the call. */
static enum tg_exit prepare_call(struct tg_cli *cli)
{
    struct tg_err err = {0};
    if (!change_folder(cli, &err)) return tg_report_err(&cli->report, &err);
    enum tg_exit status = cli->verb == &tg_verb_help ? TG_EXIT_OK : find_defaults(cli, &err);
    if (status) return status;
    if (cli->verb != &tg_verb_config && cli->verb != &tg_verb_watch) hide_variables(); /* they are theirs, too */
    if (!tg_locate(cli, &err) || !check_count(cli->verb, cli, &err)) return tg_report_err(&cli->report, &err);
    return TG_EXIT_OK;
}

/* Help is shown whatever else is wrong. */
static enum tg_exit show_help(struct tg_cli *cli)
{
    struct tg_buf b = {0};
    if (cli->version) tg_buf_text(&b, "tgrun " TG_VERSION "\n");
    else if (cli->verb_left_out && cli->words.count == 0) tg_verb_help_overview(&b);
    else tg_verb_help_verb(&b, cli->verb);
    return tg_cmd_print(cli, &b);
}

static enum tg_exit call_verb(struct tg_cli *cli, int argc, char **argv)
{
    struct tg_err err = {0}, ignored = {0};
    const struct tg_opt *table = cli->verb->options;
    bool good = tg_opt_parse(table, tg_verb_run.options, argc - 1, argv + 1, cli, &cli->words, &cli->layers, &err);
    if (!good) tg_opt_environment(table, cli, &cli->layers, &ignored); /* colours */
    tg_err_done(&ignored);
    tg_report_init(&cli->report, (enum tg_color)cli->color);
    if (!good) return tg_report_err(&cli->report, &err);
    if (cli->help || cli->version) return show_help(cli);
    enum tg_exit status = prepare_call(cli);
    return status ? status : cli->verb->call(cli);
}

/* Neither a word nor a workflow in the folder. */
static int show_usage(void)
{
    struct tg_buf b = {0};
    tg_verb_help_short(&b);
    tg_out_write(2, b.data, b.length);
    tg_buf_done(&b);
    tg_ending_decide(TG_EXIT_USAGE);
    return TG_EXIT_USAGE;
}

/* Before main, and before what libraries do at their start. */
static __attribute__((constructor(101))) void begin_signals(void)
{
    tg_signals_first();
}

/* What the process is to its surroundings, before it is anything else. */
static void set_up_process(void)
{
    tg_init_split();
    guard_descriptors();
    signal(SIGPIPE, SIG_IGN); /* writes fail with EPIPE instead */
    signal(SIGXFSZ, SIG_IGN); /* and with EFBIG */
    signal(SIGCHLD, SIG_DFL); /* an ignored one, inherited, would take exit statuses away */
    tg_signals_init();
    tg_crash_watch();
    tg_ending_watch();
}

/* What plugins left in the buffers of stdio is no output. */
static void tear_down_process(int status)
{
    tg_ending_decide(status);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    if (tg_ending_leaves()) tg_ending_exit(status);
}

int main(int argc, char **argv)
{
    tg_memory_init();
    if (argc == 2 && strcmp(argv[1], "exec") == 0 && tg_executor_is_called()) return tg_executor_main();
    if (argc == 2 && strcmp(argv[1], "agent") == 0 && tg_agent_is_called()) return tg_agent_main();
    if (argc == 2 && strcmp(argv[1], "driver-exec") == 0 && tg_driverexec_is_called()) return tg_driverexec_main();
    set_up_process();
    if (argc < 2 && !tg_locate_any()) return show_usage();
    struct tg_config config = {0};
    struct tg_cli cli = {.to = -1, .config = &config};
    int at = find_first_word(argc, argv);
    cli.verb = at < argc ? tg_verbs_find(argv[at]) : NULL;
    cli.verb_left_out = !cli.verb;
    if (cli.verb) drop_argument(&argc, argv, at);
    else cli.verb = &tg_verb_run;

    enum tg_exit status = call_verb(&cli, argc, argv);
    tg_vec_done(&cli.words);
    tg_vec_done(&cli.defines);
    tg_vec_done(&cli.force);
    tg_config_done(&config);
    tear_down_process((int)status);
    return (int)status;
}
