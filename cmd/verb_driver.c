/* SPDX-License-Identifier: MIT
 * `tgrun driver test`: whether the driver of a cluster keeps its contract. */
#include <string.h>

#include "cmd/cmd.h"
#include "engine/remote/drivertest.h"

/* An answer may take so long, unless the line says otherwise. */
#define PATIENCE_SECONDS 30

static void print_verdict(void *data, const char *rule, enum tg_drivertest_verdict verdict, const char *why)
{
    static const char *const words[] = {"ok", "BROKEN", "untried"};
    struct tg_cli *cli = data;
    struct tg_buf b = {0};
    tg_buf_format(&b, "%-8s %s", words[verdict], rule);
    if (*why) tg_buf_format(&b, ": %s", why);
    tg_buf_char(&b, '\n');
    tg_cmd_print(cli, &b);
    tg_buf_done(&b);
}

static enum tg_exit print_total(struct tg_cli *cli, const struct tg_drivertest *t)
{
    struct tg_buf b = {0};
    unsigned broken = t->counts[TG_DRIVERTEST_BROKEN], untried = t->counts[TG_DRIVERTEST_UNTRIED];
    tg_buf_format(&b, "%u kept, %u broken", t->counts[TG_DRIVERTEST_KEPT], broken);
    if (untried) tg_buf_format(&b, ", %u untried", untried);
    tg_buf_char(&b, '\n');
    enum tg_exit status = tg_cmd_print(cli, &b);
    tg_buf_done(&b);
    return status ? status : broken || untried ? TG_EXIT_FAILED : TG_EXIT_OK;
}

static enum tg_exit call_driver(struct tg_cli *cli)
{
    struct tg_err err = {0};
    double seconds = cli->patience > 0 ? cli->patience : PATIENCE_SECONDS;
    struct tg_drivertest t = {.cluster = cli->words.items[1], .tell = print_verdict, .data = cli, .fail_fast = cli->fail_fast};
    t.patience_ns = (uint64_t)(seconds * 1e9);
    if (strcmp(cli->words.items[0], "test") != 0) {
        tg_err_set(&err, TG_EXIT_USAGE, "'driver' does not know '%s'", cli->words.items[0]);
        tg_err_hint(&err, "usage: tgrun %s %s", cli->verb->name, cli->verb->usage);
        return tg_report_err(&cli->report, &err);
    }
    if (!tg_drivertest_run(&t, &err)) return tg_report_err(&cli->report, &err);
    return print_total(cli, &t);
}

static const struct tg_opt driver_options[] = {
    {.group = "Options",
     .name = "patience",
     .kind = TG_OPT_DURATION,
     .value = "TIME",
     .help = "how long an answer may take; 30s if left out",
     .offset = TG_AT(patience)},
    {.name = "fail-fast", .kind = TG_OPT_FLAG, .help = "end with the first rule that is broken", .offset = TG_AT(fail_fast)},
    TG_OPTION_FOLDER,
    TG_OPTIONS_COMMON,
    {0},
};

const struct tg_verb tg_verb_driver = {
    .name = "driver",
    .usage = "test CLUSTER",
    .summary = "try the driver of a cluster against its contract",
    .detail =
        "A driver is the program by which tasks run on a cluster: one is in tgrun itself (pool:4, ssh:HOST/8), others are "
        "programs of the name tgrun-driver-NAME along PATH (NAME:TEXT). It is started and spoken to as a run would, and as none "
        "would; each rule of the contract is one line, which says whether it is kept. Batches that do nothing run on the cluster "
        "meanwhile. The exit status is 1 if a rule is broken.",
    .options = driver_options,
    .words = TG_WORDS_OTHER,
    .min_words = 2,
    .max_words = 2,
    .needs = "the word 'test' and a cluster",
    .call = call_driver,
};
