/* SPDX-License-Identifier: MIT
 * `tgrun convert`: the same program in the other language. */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/file.h"
#include "cmd/layout.h"

static const char *const to_words[] = {"tg", "yaml", NULL};

static const struct tg_opt options[] = {
    {.group = "Options",
     .name = "to",
     .kind = TG_OPT_CHOICE,
     .value = "LANG",
     .choices = to_words,
     .help = "the language to write; default: the other one",
     .offset = TG_AT(to)},
    {.letter = 'o',
     .name = "out",
     .kind = TG_OPT_TEXT,
     .value = "FILE",
     .help = "write to this file",
     .offset = TG_AT(out),
     .complete = TG_COMPLETE_FILE},
    TG_OPTION_FOLDER,
    TG_OPTION_FILE,
    TG_OPTION_LANGUAGE,
    TG_OPTIONS_COMMON,
    {0},
};

static enum tg_language choose_target(const struct tg_cli *cli, const struct tg_layout *l)
{
    if (cli->to >= 0) return cli->to == 1 ? TG_LANGUAGE_YAML : TG_LANGUAGE_TG;
    return l->language == TG_LANGUAGE_YAML ? TG_LANGUAGE_TG : TG_LANGUAGE_YAML;
}

static enum tg_exit write_converted(struct tg_cli *cli, struct tg_buf *text)
{
    struct tg_err err = {0};
    if (!cli->out || strcmp(cli->out, "-") == 0) return tg_cmd_print(cli, text);
    if (tg_file_write(cli->out, tg_buf_str(text), text->length, &err)) return TG_EXIT_OK;
    return tg_report_err(&cli->report, &err);
}

static enum tg_exit call_convert(struct tg_cli *cli)
{
    struct tg_layout l;
    struct tg_err err = {0};
    struct tg_buf text = {0};
    enum tg_exit status;
    bool good = tg_layout_read(&l, cli->words.items[0], (enum tg_language)cli->language, &err);
    cli->report.sources = &l.sources;
    if (good && tg_layout_print(&l, choose_target(cli, &l), &text, &err)) {
        status = write_converted(cli, &text);
    } else if (err.code) {
        status = tg_report_err(&cli->report, &err);
    } else {
        tg_report_diags(&cli->report, &l.diags);
        status = l.diags.code ? l.diags.code : TG_EXIT_USAGE;
    }
    tg_buf_done(&text);
    tg_layout_done(&l);
    return status;
}

const struct tg_verb tg_verb_convert = {
    .name = "convert",
    .usage = "[FILE]",
    .summary = "write a .tg workflow as YAML, or YAML as .tg",
    .detail = "Prints the same program in the other language.",
    .options = options,
    .words = TG_WORDS_FILE,
    .min_words = 1,
    .max_words = 1,
    .needs = "a workflow file",
    .call = call_convert,
};
