/* SPDX-License-Identifier: MIT
 * `tgrun help`: the overview, a verb's help, and what the build makes from the tables (completion, manual). */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/offer.h"
#include "cmd/paths.h"
#include "engine/base/near.h"

static const char *const shell_words[] = {"none", "bash", "zsh", "fish", NULL}; /* enum tg_shell */

static const char *const editor_words[] = {"none", "vim", "textmate", NULL}; /* enum tg_editor */

static const struct tg_opt options[] = {
    {.group = "Options",
     .name = "completion",
     .kind = TG_OPT_CHOICE,
     .value = "SHELL",
     .choices = shell_words,
     .help = "print a completion script",
     .offset = TG_AT(completion)},
    {.name = "syntax",
     .kind = TG_OPT_CHOICE,
     .value = "EDITOR",
     .choices = editor_words,
     .help = "print how an editor colours .tg files",
     .offset = TG_AT(syntax)},
    {.name = "offer",
     .kind = TG_OPT_CHOICE,
     .value = "SHELL",
     .choices = shell_words,
     .help = "print what may stand at the end of the words, for its completion script",
     .offset = TG_AT(offer),
     .hidden = true},
    {.name = "man", .kind = TG_OPT_FLAG, .help = "print the manual page tgrun(1)", .offset = TG_AT(man)},
    {.name = "cflags", .kind = TG_OPT_FLAG, .help = "print what a compiler needs to find tgrun.h", .offset = TG_AT(cflags)},
    TG_OPTIONS_COMMON,
    {0},
};

/* ---- texts --------------------------------------------------------------------------------------- */

void tg_verb_help_short(struct tg_buf *b)
{
    tg_buf_text(b, "usage: tgrun [FILE] [NAME...] [OPTION...]\n"
                   "       tgrun VERB ...\n"
                   "'tgrun help' says more\n");
}

void tg_verb_help_overview(struct tg_buf *b)
{
    tg_buf_text(b, "tgrun runs task graphs that are written as small programs.\n"
                   "\n"
                   "usage: tgrun [FILE] [NAME...] [OPTION...]\n"
                   "       tgrun VERB ...\n"
                   "\n"
                   "Verbs:\n");
    for (size_t i = 0; tg_verbs[i]; i++) {
        const struct tg_verb *v = tg_verbs[i];
        char left[64];
        int width = snprintf(left, sizeof left, "%s %s", v->name, v->usage);
        tg_buf_format(b, "  %-*s  %s\n", width > 25 ? width : 25, left, v->summary);
    }
    tg_opt_help(b, tg_verb_run.options);
    tg_buf_text(b, "\nA long option of a run is also set by the variable TGRUN_<NAME> and in files\n"
                   "('tgrun help config'); --no-NAME takes back a flag that is set there.\n"
                   "'tgrun help VERB' shows the options of a verb; man tgrun says everything.\n");
}

/* Words in lines of under 80 columns. */
static void add_paragraph(struct tg_buf *b, const char *text)
{
    size_t at = 0;
    while (*text) {
        size_t length = strcspn(text, " ");
        if (at && at + 1 + length > 78) tg_buf_char(b, '\n'), at = 0;
        else if (at) tg_buf_char(b, ' '), at++;
        tg_buf_add(b, text, length);
        at += length;
        text += length + strspn(text + length, " ");
    }
    tg_buf_char(b, '\n');
}

void tg_verb_help_verb(struct tg_buf *b, const struct tg_verb *v)
{
    tg_buf_format(b, "usage: tgrun %s %s%s[OPTION...]\n\n", v->name, v->usage, *v->usage ? " " : "");
    add_paragraph(b, v->detail);
    tg_opt_help(b, v->options);
}

/* -I and the folder, quoted for a shell where it must be. */
static void add_cflags(struct tg_buf *b)
{
    struct tg_buf folder = {0};
    tg_paths_include(&folder);
    bool plain = strspn(folder.data, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+") == folder.length;
    tg_buf_text(b, plain ? "-I" : "'-I");
    for (const char *c = folder.data; *c; c++) {
        if (*c == '\'') tg_buf_text(b, "'\\''");
        else tg_buf_char(b, *c);
    }
    tg_buf_text(b, plain ? "\n" : "'\n");
    tg_buf_done(&folder);
}

/* ---- the verb ------------------------------------------------------------------------------------ */

static bool add_verb_line(struct tg_buf *b, const char *name, struct tg_err *err)
{
    const struct tg_verb *v = tg_verbs_find(name);
    if (v) {
        tg_verb_help_verb(b, v);
        return true;
    }
    struct tg_near near = tg_near_begin(name, strlen(name));
    for (size_t i = 0; tg_verbs[i]; i++) tg_near_offer(&near, tg_verbs[i]->name, strlen(tg_verbs[i]->name));
    tg_err_set(err, TG_EXIT_USAGE, "unknown verb '%s'", name);
    if (near.best) tg_err_hint(err, "did you mean '%s'?", near.best);
    else tg_err_hint(err, "'tgrun help' lists the verbs; the language is in man tgrun-language, plugins in man tgrun-plugin");
    return false;
}

static enum tg_exit call_help(struct tg_cli *cli)
{
    struct tg_buf b = {0};
    struct tg_err err = {0};
    if (cli->offer) tg_offer(&b, (enum tg_shell)cli->offer, &cli->words);
    else if (cli->words.count > 1)
        return tg_err_set(&err, TG_EXIT_USAGE, "'help' takes no further word, but got '%s'", cli->words.items[1]),
               tg_report_err(&cli->report, &err);
    else if (cli->completion) tg_complete(&b, (enum tg_shell)cli->completion);
    else if (cli->syntax) tg_syntax(&b, (enum tg_editor)cli->syntax);
    else if (cli->man) tg_manual(&b);
    else if (cli->cflags) add_cflags(&b);
    else if (cli->words.count == 0) tg_verb_help_overview(&b);
    else if (!add_verb_line(&b, cli->words.items[0], &err)) return tg_report_err(&cli->report, &err);
    return tg_cmd_print(cli, &b);
}

const struct tg_verb tg_verb_help = {
    .name = "help",
    .usage = "[VERB]",
    .summary = "show help",
    .detail = "Shows the overview, or the options of a verb.",
    .options = options,
    .min_words = 0,
    .max_words = UINT32_MAX, /* for --offer */
    .needs = "",
    .call = call_help,
};
