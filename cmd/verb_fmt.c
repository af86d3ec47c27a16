/* SPDX-License-Identifier: MIT
 * `tgrun fmt`: rewrites .tg files in canonical layout; a file with errors is left alone. */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/file.h"
#include "cmd/layout.h"

static const struct tg_opt options[] = {
    {.group = "Options",
     .name = "check",
     .kind = TG_OPT_FLAG,
     .help = "change nothing; name the files that would change, and end with status 1 if there are any",
     .offset = TG_AT(check_only)},
    TG_OPTION_FOLDER,
    TG_OPTION_FILE,
    TG_OPTIONS_COMMON,
    {0},
};

/* Writes the text where it belongs; changed: it differs from the file. */
static enum tg_exit write_formatted(struct tg_cli *cli, const char *path, const struct tg_source *source, struct tg_buf *text)
{
    struct tg_err err = {0};
    bool standard = strcmp(path, "-") == 0;
    bool changed = text->length != source->length || memcmp(tg_buf_str(text), source->text, text->length) != 0;
    if (cli->check_only) {
        text->length = 0;
        if (!changed) return TG_EXIT_OK;
        tg_buf_format(text, "%s\n", source->name);
        enum tg_exit status = tg_cmd_print(cli, text);
        return status ? status : TG_EXIT_FAILED;
    }
    if (standard) return tg_cmd_print(cli, text);
    if (!changed || tg_file_write(path, text->data, text->length, &err)) return TG_EXIT_OK;
    return tg_report_err(&cli->report, &err);
}

static bool refuse_yaml(const struct tg_layout *l, struct tg_err *err)
{
    if (l->language != TG_LANGUAGE_YAML) return true;
    tg_err_set(err, TG_EXIT_USAGE, "cannot format '%s': only .tg files have a canonical layout", l->source->name);
    tg_err_hint(err, "'tgrun convert FILE --to=tg' makes one of a YAML file");
    return false;
}

static enum tg_exit format_one(struct tg_cli *cli, const char *path)
{
    struct tg_layout l;
    struct tg_err err = {0};
    struct tg_buf text = {0};
    enum tg_exit status;
    bool good = tg_layout_read(&l, path, TG_LANGUAGE_AUTO, &err);
    cli->report.sources = &l.sources;
    if (good && refuse_yaml(&l, &err) && tg_layout_print(&l, TG_LANGUAGE_TG, &text, &err)) {
        status = write_formatted(cli, path, l.source, &text);
    } else if (err.code) {
        status = tg_report_err(&cli->report, &err);
    } else {
        tg_report_diags(&cli->report, &l.diags);
        status = l.diags.code ? l.diags.code : TG_EXIT_USAGE;
    }
    cli->report.sources = NULL;
    tg_buf_done(&text);
    tg_layout_done(&l);
    return status;
}

static enum tg_exit call_fmt(struct tg_cli *cli)
{
    enum tg_exit worst = TG_EXIT_OK; /* all files are looked at */
    for (size_t i = 0; i < cli->words.count; i++) {
        enum tg_exit status = format_one(cli, cli->words.items[i]);
        if (status > worst) worst = status;
    }
    return worst;
}

const struct tg_verb tg_verb_fmt = {
    .name = "fmt",
    .usage = "[FILE...]",
    .summary = "put .tg files into canonical layout",
    .detail = "Rewrites the files in place; - reads standard input and writes standard output. A file with errors is left as "
              "it is.",
    .options = options,
    .words = TG_WORDS_FILES,
    .min_words = 1,
    .max_words = UINT32_MAX,
    .needs = "at least one file",
    .call = call_fmt,
};
