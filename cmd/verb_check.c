/* SPDX-License-Identifier: MIT
 * `tgrun check`: everything that can be found without running. The graph is built too, which finds what only shows
 * with values (an overflow, an assert), unless a required parameter has none; then the
 * other parameters are looked at. */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/execute.h"

static const struct tg_opt options[] = {
    TG_OPTION_TEXT_FORMAT("json: one object a line for each diagnostic, on standard output"),
    TG_OPTION_NO_WARNINGS,
    {.letter = 'v',
     .name = "verbose",
     .kind = TG_OPT_FLAG,
     .help = "say so when all is well",
     .offset = TG_AT(verbose),
     .env = true},
    TG_OPTION_SCHEDULER,
    TG_OPTION_TRUST(TG_TRUST_HELP),
    TG_OPTION_MAX_TASKS,
    TG_OPTION_FOLDER,
    TG_OPTION_FILE,
    TG_OPTION_LANGUAGE,
    TG_OPTIONS_COMMON,
    TG_OPTIONS_PARAMETERS,
    {0},
};

/* Whether every required parameter is given with -D; with --params, that is assumed. */
static bool has_parameters(const struct tg_cli *cli, const struct tg_front *f)
{
    for (size_t i = 0; i < f->program.declared.count; i++) {
        const struct tg_declared *d = &f->program.declared.items[i];
        if (d->kind != TG_DECL_PARAM || d->default_text || cli->params) continue;
        size_t length = strlen(d->name), k = 0;
        while (k < cli->defines.count &&
               !(strncmp(cli->defines.items[k], d->name, length) == 0 && cli->defines.items[k][length] == '='))
            k++;
        if (k == cli->defines.count) return false;
    }
    return true;
}

static enum tg_exit print_diags_json(struct tg_cli *cli, const struct tg_diags *d)
{
    struct tg_buf b = {0};
    for (size_t i = 0; i < d->items.count; i++)
        if (d->items.items[i].severity == TG_ERROR || !cli->quiet) tg_report_diag_json(&cli->report, &b, &d->items.items[i]);
    return tg_cmd_print(cli, &b);
}

/* Builds the graph, and looks at the files of what a run would do. */
static void look_closer(const struct tg_cli *cli, struct tg_workflow *w)
{
    struct tg_plan plan = {0};
    struct tg_err err = {0};
    if (!has_parameters(cli, &w->front)) {
        tg_front_eval_parameters(&w->front);
        return;
    }
    if (!tg_front_eval(&w->front)) return;
    if (tg_plan_make(&w->session.graph, NULL, 0, &plan, &err))
        tg_front_preflight(&w->front, &plan, false, &w->front.program.diags);
    tg_err_done(&err);
    tg_plan_done(&plan);
}

static enum tg_exit check_one(struct tg_cli *cli, const char *path)
{
    struct tg_workflow w;
    struct tg_err err = {0};
    bool good = tg_workflow_read(&w, cli, path, &err);
    if (good) {
        tg_workflow_enter_code(&w.front.sources, &w.session.secrets);
        look_closer(cli, &w);
        tg_workflow_leave_code();
    }
    enum tg_exit status = err.code ? tg_report_err(&cli->report, &err) : tg_workflow_status(&w), printed = TG_EXIT_OK;
    if (w.front_made && cli->format == TG_FORMAT_JSON) printed = print_diags_json(cli, &w.front.program.diags);
    else if (w.front_made && (status || !cli->quiet)) tg_report_diags(&cli->report, &w.front.program.diags);
    if (!status && cli->verbose) tg_report_line(&cli->report, "%s: ok", path);
    tg_workflow_done(&w);
    cli->report.sources = NULL;
    return printed ? printed : status;
}

static enum tg_exit call_check(struct tg_cli *cli)
{
    enum tg_exit worst = TG_EXIT_OK; /* all files are looked at */
    for (size_t i = 0; i < cli->words.count; i++) {
        enum tg_exit status = check_one(cli, cli->words.items[i]);
        if (status > worst) worst = status;
    }
    return worst;
}

const struct tg_verb tg_verb_check = {
    .name = "check",
    .usage = "[FILE...]",
    .summary = "find everything that is wrong without running",
    .detail = "Looks at each FILE, and prints nothing when all is well. Exit status 2 if there are errors.",
    .options = options,
    .words = TG_WORDS_FILES,
    .min_words = 1,
    .max_words = UINT32_MAX,
    .needs = "a workflow file",
    .call = call_check,
};
