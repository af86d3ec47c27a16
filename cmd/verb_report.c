/* SPDX-License-Identifier: MIT
 * `tgrun report`: the events of a run as a page. */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/reportfile.h"

static const struct tg_opt options[] = {
    {.group = "Options",
     .letter = 'o',
     .name = "out",
     .kind = TG_OPT_TEXT,
     .value = "FILE",
     .help = "write to FILE; default: standard output",
     .offset = TG_AT(out)},
    TG_OPTIONS_COMMON,
    {0},
};

static bool read_story(struct tg_eventread *from, struct tg_story *story, struct tg_err *err)
{
    struct tg_told told;
    while (tg_eventread_next(from, &told, err)) tg_story_add(story, &told);
    if (!from->number && !err->code) tg_err_set(err, TG_EXIT_USAGE, "'%s' has no events of a run", from->name);
    return !err->code;
}

static bool print_report(struct tg_story *story, struct tg_err *err)
{
    struct tg_out out;
    tg_out_init(&out, 1);
    tg_reportfile_put(story, &out);
    tg_out_flush(&out);
    tg_buf_done(&out.buf);
    return !out.error || !tg_cmd_write_error(out.error, err);
}

static bool write_report(const struct tg_cli *cli, const struct tg_eventread *from, struct tg_story *story, struct tg_err *err)
{
    struct tg_new_file file;
    if (!cli->out || strcmp(cli->out, "-") == 0) return print_report(story, err);
    return tg_file_spares_events(cli->out, from->file, err) && tg_file_start(&file, cli->out, err) &&
           tg_reportfile_write(story, &file, err);
}

static enum tg_exit call_report(struct tg_cli *cli)
{
    struct tg_err err = {0};
    struct tg_eventread from;
    struct tg_story story;
    if (!tg_reportfile_can(&err) || !tg_eventread_open(&from, cli->words.items[0], &err))
        return tg_report_err(&cli->report, &err);
    tg_story_init(&story, NULL);
    if (read_story(&from, &story, &err)) write_report(cli, &from, &story, &err);
    if (!err.code && from.cut) tg_report_line(&cli->report, "warning: '%s' ends in the middle of a line", from.name);
    tg_story_done(&story);
    tg_eventread_close(&from);
    return err.code ? tg_report_err(&cli->report, &err) : TG_EXIT_OK;
}

const struct tg_verb tg_verb_report = {
    .name = "report",
    .usage = "EVENTS",
    .summary = "turn the events of a run into a page for a browser",
    .detail =
        "Reads the file that --events=EVENTS of a run has written (-: standard input), and writes one HTML file that needs nothing else: "
        "when each worker ran what, the graph, tasks by name, memory, failures with their logs. --report=FILE of a run does both.",
    .options = options,
    .words = TG_WORDS_OTHER,
    .min_words = 1,
    .max_words = 1,
    .needs = "a file with the events of a run",
    .call = call_report,
};
