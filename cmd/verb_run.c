/* SPDX-License-Identifier: MIT
 * `tgrun run`: opens a workflow, evaluates it into a graph, plans, runs, prints the outputs.
 *
 * Outputs go to standard output once the run is over; everything else to standard error. If a task failed, outputs are
 * printed only with -k: what else would have been computed by then depends on timing. */
#include "cmd/cmd.h"
#include "cmd/dryrun.h"
#include "cmd/execute.h"
#include "cmd/foresee.h"
#include "cmd/outputs.h"
#include "cmd/recordopt.h"
#include "cmd/runopt.h"
#include "cmd/summary.h"

/* ---- options ------------------------------------------------------------------------------------- */

const char *const tg_runopt_output_words[] = {"failed", "grouped", "live", NULL}; /* enum tg_output_mode */

static const struct tg_opt options[] = {
    TG_OPTIONS_RUNNING,
    {.letter = 'n',
     .name = "dry-run",
     .kind = TG_OPT_FLAG,
     .help = "list what would run, in order, and stop",
     .offset = TG_AT(dry_run),
     .env = true},
    TG_OPTION_TRUST("with -n: " TG_TRUST_HELP),
    TG_OPTIONS_OF_RUN("how outputs print; with -n, the tasks",
                      "a long summary at the end; with -n, every task, and commands whole"),
    {0},
};

/* ---- after it ------------------------------------------------------------------------------------ */

static enum tg_exit print_outputs(struct tg_cli *cli, const struct tg_run *run, struct tg_err *err)
{
    struct tg_out out;
    tg_out_init(&out, 1);
    out.secrets = cli->report.secrets;
    cli->printed = cli->format == TG_FORMAT_JSON ? tg_outputs_json(&out, run) : tg_outputs_text(&out, run);
    tg_out_flush(&out);
    if (out.buf.replaced) tg_cmd_warn_of_bytes(cli);
    tg_buf_done(&out.buf);
    return out.error ? tg_cmd_write_error(out.error, err) : TG_EXIT_OK;
}

/* Known ones are refused before the run; a result may turn out to be one. */
static enum tg_exit refuse_functions(struct tg_cli *cli, const struct tg_run *run, struct tg_err *err)
{
    for (size_t i = 0; i < run->graph->wanted.count; i++) {
        const struct tg_wanted *w = &run->graph->wanted.items[i];
        tg_value v;
        if (!w->name || !tg_run_value(run, w, &v) || tg_kind(v) != TG_FUNCTION) continue;
        if (err->code) tg_report_err(&cli->report, err); /* the one before */
        tg_err_at(err, TG_EXIT_FAILED, w->span, "output '%s' turned out to be a function, which cannot be an output", w->name);
    }
    return err->code;
}

static enum tg_exit print_run(struct tg_cli *cli, const struct tg_workflow *w, const struct tg_run *run,
                              const struct tg_took *took, void *data, struct tg_err *err)
{
    (void)w, (void)data;
    enum tg_exit status = refuse_functions(cli, run, err);
    if (!status && !(run->failures.count && !cli->keep_going)) status = print_outputs(cli, run, err);
    if (run->failures.count && cli->keep_going) tg_outputs_lost(&cli->report, run);
    tg_summary(cli, run, took);
    return status;
}

/* ---- the verb ------------------------------------------------------------------------------------ */

static enum tg_exit dry_run(struct tg_cli *cli, struct tg_workflow *w, const struct tg_plan *plan)
{
    struct tg_foresight foreseen;
    bool known = tg_foresee(&foreseen, cli, w, plan);
    struct tg_err err = {0};
    struct tg_out out;
    struct tg_draw d;
    struct tg_draw_options how = tg_workflow_drawing(w, cli);
    tg_out_init(&out, 1);
    out.secrets = cli->report.secrets;
    tg_draw_init(&d, plan, &how);
    if (cli->format == TG_FORMAT_JSON) tg_draw_json(&d, &out);
    else tg_dryrun(&out, &d.needed, &w->front.sources, known ? &foreseen : NULL, cli->verbose);
    tg_draw_done(&d);
    tg_foresee_done(&foreseen);
    tg_out_flush(&out);
    if (out.buf.replaced) tg_cmd_warn_of_bytes(cli);
    tg_buf_done(&out.buf);
    return out.error && tg_cmd_write_error(out.error, &err) ? tg_cmd_report(cli, &err) : TG_EXIT_OK;
}

static enum tg_exit run_workflow(struct tg_cli *cli, struct tg_workflow *w)
{
    struct tg_plan plan = {0};
    enum tg_exit status = tg_workflow_plan(w, cli, &plan);
    if (!status && cli->dry_run) status = tg_workflow_preflight(w, cli, &plan, false);
    if (!status) tg_summary_nothing(cli, w, &plan);
    if (!status && cli->dry_run) tg_plan_show_finals(&plan);
    if (!status) status = cli->dry_run ? dry_run(cli, w, &plan) : tg_execute(cli, w, &plan, NULL, print_run, NULL);
    tg_plan_done(&plan);
    return status;
}

static enum tg_exit call_run(struct tg_cli *cli)
{
    struct tg_workflow w;
    struct tg_err err = {0};
    cli->executes = !cli->dry_run;
    if (!tg_recordopt_check(cli, &err)) return tg_report_err(&cli->report, &err);
    enum tg_exit status = tg_execute_open(cli, &w);
    if (!status) status = run_workflow(cli, &w);
    tg_workflow_done(&w);
    return status;
}

const struct tg_verb tg_verb_run = {
    .name = "run",
    .usage = "[FILE] [NAME...]",
    .summary = "run a workflow; the verb may be left out",
    .detail = "Runs FILE (.tg, .yaml, .yml, or - for standard input) and prints its outputs; without FILE, workflow.tg or "
              "workflow.yaml of the folder. A NAME is an output, a task (task:NAME, if an output has the name, too) or the "
              "path of a file that a task makes: only these and what they need are run, and outputs among them printed.",
    .options = options,
    .words = TG_WORDS_NAMES,
    .min_words = 1,
    .max_words = UINT32_MAX,
    .needs = "a workflow file",
    .call = call_run,
};
