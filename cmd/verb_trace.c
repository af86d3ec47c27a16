/* SPDX-License-Identifier: MIT
 * `tgrun trace`: the events of a run as a trace. */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/tracefile.h"

static const char *const arrow_words[] = {"auto", "all", "none", NULL}; /* enum tg_trace_arrows */

static const struct tg_opt options[] = {
    {.group = "Options",
     .letter = 'o',
     .name = "out",
     .kind = TG_OPT_TEXT,
     .value = "FILE",
     .help = "write to FILE; default: standard output",
     .offset = TG_AT(out)},
    {.name = "arrows",
     .kind = TG_OPT_CHOICE,
     .value = "WHICH",
     .choices = arrow_words,
     .help = "from what a task needs to the task: while they are few, all, or none",
     .offset = TG_AT(arrows)},
    TG_OPTIONS_COMMON,
    {0},
};

static enum tg_exit print_trace(struct tg_cli *cli, struct tg_eventread *from, struct tg_err *err)
{
    struct tg_out out;
    tg_out_init(&out, 1);
    tg_trace_write(from, (enum tg_trace_arrows)cli->arrows, &out, err);
    if (err->code && from->number <= 1) out.buf.length = 0; /* these are no events at all */
    tg_out_flush(&out);
    tg_buf_done(&out.buf);
    return out.error ? tg_cmd_write_error(out.error, err) : err->code;
}

static enum tg_exit write_trace(struct tg_cli *cli, struct tg_eventread *from, struct tg_err *err)
{
    struct tg_new_file file;
    if (!cli->out || strcmp(cli->out, "-") == 0) return print_trace(cli, from, err);
    if (tg_file_spares_events(cli->out, from->file, err) && tg_file_start(&file, cli->out, err))
        tg_tracefile_write(from, (enum tg_trace_arrows)cli->arrows, &file, err);
    return err->code;
}

static enum tg_exit call_trace(struct tg_cli *cli)
{
    struct tg_err err = {0};
    struct tg_eventread from;
    if (!tg_eventread_open(&from, cli->words.items[0], &err)) return tg_report_err(&cli->report, &err);
    write_trace(cli, &from, &err);
    if (!err.code && from.cut) tg_report_line(&cli->report, "warning: '%s' ends in the middle of a line", from.name);
    tg_eventread_close(&from);
    return err.code ? tg_report_err(&cli->report, &err) : TG_EXIT_OK;
}

const struct tg_verb tg_verb_trace = {
    .name = "trace",
    .usage = "EVENTS",
    .summary = "turn the events of a run into a trace for Perfetto",
    .detail =
        "Reads the file that --events=EVENTS of a run has written (-: standard input), and writes a trace that ui.perfetto.dev and "
        "chrome://tracing show: a row for each worker, with what it ran when. --trace=FILE of a run does both.",
    .options = options,
    .words = TG_WORDS_OTHER,
    .min_words = 1,
    .max_words = 1,
    .needs = "a file with the events of a run",
    .call = call_trace,
};
