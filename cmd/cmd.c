/* SPDX-License-Identifier: MIT
 * What all verbs share: words of options, and standard output. */
#include "cmd/cmd.h"

#include <errno.h>
#include <string.h>

#include "engine/base/out.h"
#include "engine/base/secret.h"

const char *const tg_cmd_color_words[] = {"auto", "always", "never", NULL};
const char *const tg_cmd_language_words[] = {"auto", "tg", "yaml", NULL};
const char *const tg_cmd_text_format_words[] = {"text", "json", NULL};

/* ---- standard output ----------------------------------------------------------------------------- */

enum tg_exit tg_cmd_write_error(int error, struct tg_err *err)
{
    if (error == EPIPE) tg_err_set(err, TG_EXIT_PIPE, "the reader of standard output went away");
    else tg_err_set(err, TG_EXIT_FAULT, "could not write to standard output: %s", strerror(error));
    return err->code;
}

enum tg_exit tg_cmd_report(struct tg_cli *cli, struct tg_err *err)
{
    if (err->code != TG_EXIT_PIPE) return tg_report_err(&cli->report, err);
    tg_err_done(err); /* the reader has seen enough */
    return TG_EXIT_PIPE;
}

static enum tg_exit write_failed(struct tg_cli *cli, int error)
{
    struct tg_err err = {0};
    tg_cmd_write_error(error, &err);
    return tg_cmd_report(cli, &err);
}

void tg_cmd_warn_of_bytes(struct tg_cli *cli)
{
    if (!cli->quiet)
        tg_report_line(&cli->report,
                       "warning: JSON holds text alone: bytes of values that are not UTF-8 are shown as U+FFFD in it");
}

enum tg_exit tg_cmd_print(struct tg_cli *cli, struct tg_buf *b)
{
    if (b->replaced) tg_cmd_warn_of_bytes(cli);
    tg_secrets_hide(cli->report.secrets, b, 0);
    int error = b->length ? tg_out_write(1, b->data, b->length) : 0;
    tg_buf_done(b);
    return error ? write_failed(cli, error) : TG_EXIT_OK;
}

bool tg_cmd_says(const struct tg_cli *cli, size_t offset)
{
    const struct tg_opt *table = cli->verb->options, *o = table;
    while (!tg_opt_end(o) && o->offset != offset) o++;
    return !tg_opt_end(o) && cli->layers.of[o - table] == TG_OPT_COMMAND;
}
