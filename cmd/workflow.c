/* SPDX-License-Identifier: MIT
 * Opening a workflow for a verb: session, plugin folders, file, parameters. What is wrong is reported here, so that
 * verbs only pass on the status; `tgrun check` prints it itself, as JSON if asked to.
 *
 * Parameters come from --params first and then from -D, so that a single one can be changed for one run. */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/crash.h"
#include "cmd/ending.h"
#include "cmd/execute.h"
#include "cmd/meant.h"
#include "cmd/paths.h"
#include "cmd/stdout.h"
#include "lang/eval/maycall.h"

static void start_workflow(struct tg_workflow *w, struct tg_cli *cli)
{
    tg_front_init(&w->front, &w->session);
    w->front_made = true;
    cli->report.sources = &w->front.sources;
    cli->report.secrets = &w->session.secrets;
}

/* "NAME=VALUE" */
static bool define(struct tg_workflow *w, const char *text)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text) {
        struct tg_err err = {0};
        tg_err_set(&err, TG_EXIT_USAGE, "bad value '%s' of option '-D': must be NAME=VALUE", text);
        tg_diag_take(&w->front.program.diags, (tg_span){0, 0}, &err);
        return false;
    }
    char *name = tg_alloc_copy(text, (size_t)(equals - text));
    bool good = tg_front_set_param(&w->front, name, equals + 1, "-D");
    free(name);
    return good;
}

/* What is to be run of the workflow. */
static const char *const *names_of(const struct tg_cli *cli, size_t *count)
{
    *count = cli->verb->words == TG_WORDS_NAMES ? cli->words.count - 1 : 0;
    if (cli->named) return &cli->named;
    return cli->words.items + 1;
}

/* What is said of all tasks, where the workflow says nothing. */
static void set_defaults(struct tg_graph *g, const struct tg_cli *cli)
{
    struct tg_policy p;
    tg_policy_init(&p);
    tg_policy_set(&p, "retries", tg_int((int64_t)cli->retries));
    tg_policy_set(&p, "timeout", tg_float(cli->timeout));
    tg_graph_default_policy(g, &p);
    g->away = tg_execute_scheduler(cli)->away;
}

bool tg_workflow_read(struct tg_workflow *w, struct tg_cli *cli, const char *path, struct tg_err *err)
{
    memset(w, 0, sizeof *w);
    if (!tg_session_init(&w->session, (tg_id)cli->max_tasks, err)) return false;
    w->session_made = true;
    set_defaults(&w->session.graph, cli);
    start_workflow(w, cli);
    tg_paths_search(&w->session.registry, path);
    w->session.registry.looks = !cli->executes && !cli->trust;
    enum tg_language language = (enum tg_language)cli->language;
    if (strcmp(path, "-") == 0 && language == TG_LANGUAGE_AUTO) language = TG_LANGUAGE_TG;
    w->front.program.named = names_of(cli, &w->front.program.named_count);
    tg_crash_run((struct tg_say_run){NULL, &w->front.sources, &w->session.secrets});
    tg_stdout_hide(); /* plugins are loaded */
    bool good = tg_front_open(&w->front, path, language);
    tg_stdout_show();
    tg_crash_run((struct tg_say_run){0});
    tg_ending_check();
    if (!good) return false;
    if (cli->params) good = tg_front_read_params(&w->front, cli->params);
    for (size_t i = 0; i < cli->defines.count; i++) good &= define(w, cli->defines.items[i]);
    return good;
}

enum tg_exit tg_workflow_status(const struct tg_workflow *w)
{
    const struct tg_diags *d = &w->front.program.diags;
    if (d->error_count == 0) return TG_EXIT_OK;
    return d->code ? d->code : TG_EXIT_USAGE;
}

/* Prints the diagnostics so far, warnings included (unless -q). */
static enum tg_exit report(struct tg_workflow *w, struct tg_cli *cli)
{
    if (w->front.program.diags.error_count || !cli->quiet) tg_report_diags(&cli->report, &w->front.program.diags);
    return tg_workflow_status(w);
}

enum tg_exit tg_workflow_open(struct tg_workflow *w, struct tg_cli *cli, const char *path)
{
    struct tg_err err = {0};
    if (tg_workflow_read(w, cli, path, &err)) return TG_EXIT_OK;
    return err.code ? tg_report_err(&cli->report, &err) : report(w, cli);
}

void tg_workflow_enter_code(const struct tg_sources *sources, const struct tg_secrets *secrets)
{
    struct tg_say_run now = {NULL, sources, secrets};
    tg_crash_run(now);
    tg_ending_run(now, NULL);
    tg_stdout_hide();
}

void tg_workflow_leave_code(void)
{
    tg_stdout_show();
    tg_ending_check();
    tg_ending_run((struct tg_say_run){0}, NULL);
    tg_crash_run((struct tg_say_run){0});
}

enum tg_exit tg_workflow_eval(struct tg_workflow *w, struct tg_cli *cli)
{
    tg_workflow_enter_code(&w->front.sources, &w->session.secrets);
    bool good = tg_front_eval(&w->front);
    tg_workflow_leave_code();
    enum tg_exit status = report(w, cli);
    return good ? TG_EXIT_OK : status ? status : TG_EXIT_FAULT;
}

enum tg_exit tg_workflow_preflight(struct tg_workflow *w, struct tg_cli *cli, const struct tg_plan *plan, bool runs)
{
    struct tg_diags diags;
    tg_diags_init(&diags, &w->front.program.arena);
    tg_workflow_enter_code(&w->front.sources, &w->session.secrets);
    bool all = tg_front_preflight(&w->front, plan, runs, &diags);
    tg_workflow_leave_code();
    if (diags.error_count || (diags.warning_count && !cli->quiet)) tg_report_diags(&cli->report, &diags);
    enum tg_exit status = diags.error_count ? TG_EXIT_USAGE : TG_EXIT_OK;
    w->settled = all && !diags.warning_count;
    tg_diags_done(&diags);
    return status;
}

enum tg_exit tg_workflow_plan(struct tg_workflow *w, struct tg_cli *cli, struct tg_plan *plan)
{
    struct tg_err err = {0};
    uint64_t *selected;
    size_t unknown;
    if (w->front.program.named_count == 0) {
        tg_plan_make(&w->session.graph, NULL, 0, plan, NULL);
    } else if (tg_front_select(&w->front, &selected, &unknown, &err)) {
        tg_plan_selected(&w->session.graph, selected, plan);
    } else {
        if (unknown == 0) tg_meant_hint(cli, &err);
        return tg_report_err(&cli->report, &err);
    }
    return TG_EXIT_OK;
}

/* True unless the first word is known to name nothing. */
static bool foresee_name(struct tg_workflow *w, struct tg_cli *cli, struct tg_err *err)
{
    uint64_t *selected;
    size_t unknown = 0;
    if (!tg_workflow_read(w, cli, cli->words.items[0], err)) return true;
    tg_workflow_enter_code(&w->front.sources, &w->session.secrets);
    bool good = tg_front_eval(&w->front);
    tg_workflow_leave_code();
    if (!good) return true;
    if (!tg_front_select(&w->front, &selected, &unknown, err)) return unknown > 0;
    tg_bits_free(selected, w->session.graph.wanted.count);
    return true;
}

enum tg_exit tg_workflow_foresee(struct tg_cli *cli)
{
    struct tg_workflow w;
    struct tg_err err = {0};
    enum tg_exit status = TG_EXIT_OK;
    if (!cli->near_verb || !cli->executes || cli->trust) return TG_EXIT_OK;
    cli->executes = false;
    if (!foresee_name(&w, cli, &err)) {
        tg_meant_hint(cli, &err);
        status = tg_report_err(&cli->report, &err);
    }
    cli->executes = true;
    cli->report.sources = NULL;
    tg_err_done(&err);
    tg_workflow_done(&w);
    return status;
}

static bool find_draw_place(const void *data, tg_span span, struct tg_draw_place *out)
{
    struct tg_place place;
    if (!tg_sources_place(data, span, &place)) return false;
    *out = (struct tg_draw_place){place.source->name, place.line, place.column, place.line_text, place.line_length};
    return true;
}

static void each_may_call(const struct tg_graph *g, tg_id id, void (*each)(void *to, const char *name, tg_span span), void *to)
{
    tg_maycalls calls = {0};
    tg_maycall_find(g, id, &calls);
    for (size_t i = 0; i < calls.count; i++) each(to, calls.items[i].name, calls.items[i].span);
    tg_vec_done(&calls);
}

struct tg_draw_options tg_workflow_drawing(const struct tg_workflow *w, const struct tg_cli *cli)
{
    return (struct tg_draw_options){
        .left_to_right = cli->direction == 1,
        .ascii = !tg_term_utf8(),
        .title = cli->words.items[0],
        .outputs = cli->words.items + 1,
        .output_count = cli->words.count - 1,
        .place = find_draw_place,
        .place_data = &w->front.sources,
        .may_call = each_may_call,
        .secrets = &w->session.secrets,
    };
}

void tg_workflow_done(struct tg_workflow *w)
{
    if (w->front_made) tg_front_done(&w->front);
    if (!w->session_made) return;
    if (atomic_load(&w->session.given_up)) tg_ending_leave(); /* its plugins are still in use */
    else tg_session_done(&w->session);
}
