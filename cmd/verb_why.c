/* SPDX-License-Identifier: MIT
 * `tgrun why`: of each task that a word names, whether it is up to date or why it would run, and what became of it in earlier runs.
 *
 *     compile(b)  build.tg:3
 *       would run: src/b.c has changed
 *       ran 2026-11-28 02:31:12 in 0.01 s: it had not run before
 *       took 0.01 s, 0.02 s before that */
#include <stdlib.h>
#include <string.h>

#include "cmd/chosen.h"
#include "cmd/cmd.h"
#include "cmd/execute.h"
#include "cmd/foresee.h"
#include "cmd/past.h"
#include "cmd/recordopt.h"
#include "cmd/took.h"
#include "engine/run/instance.h"
#include "engine/store/workflowname.h"

/* Tasks that are up to date are listed as long as they are few. */
#define FRESH_SHOWN 20

/* Earlier runs of a task. */
#define RUNS_SHOWN 5

static const struct tg_opt options[] = {
    {.group = "Options",
     .letter = 'v',
     .name = "verbose",
     .kind = TG_OPT_FLAG,
     .help = "all tasks of the name, also if many are up to date",
     .offset = TG_AT(verbose)},
    TG_OPTION_RECORD,
    TG_OPTION_FOLDER,
    TG_OPTION_FILE,
    TG_OPTION_LANGUAGE,
    TG_OPTION_TRUST("as with -n: " TG_TRUST_HELP),
    TG_OPTION_MAX_TASKS,
    TG_OPTIONS_COMMON,
    TG_OPTIONS_PARAMETERS,
    {0},
};

struct why_asked {
    struct tg_cli *cli;
    const struct tg_workflow *w;
    const struct tg_plan *plan;
    const struct tg_chosen *chosen;
    const struct tg_foresight *foreseen; /* NULL: nothing is recorded */
    struct tg_ledger *ledger;            /* likewise */
    struct tg_buf out;
    TG_VEC(tg_id) tasks;
};

/* ---- which --------------------------------------------------------------------------------------- */

/* What the language put together leads to the tasks behind it. */
static void add_asked(struct why_asked *a, tg_id id)
{
    const struct tg_graph *g = a->plan->graph;
    for (size_t i = 0; i < a->tasks.count; i++)
        if (a->tasks.items[i] == id) return;
    if (!tg_def_is_helper(tg_graph_def_of(g, id))) {
        tg_vec_push(&a->tasks, id);
        return;
    }
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++)
        if (tg_arg_is_edge(g->args[i])) add_asked(a, tg_arg_payload(g->args[i]));
}

static void find_asked(struct why_asked *a)
{
    const struct tg_graph *g = a->plan->graph;
    for (size_t i = 0; i < g->wanted.count; i++) {
        const struct tg_wanted *w = &g->wanted.items[i];
        if (tg_bits_get(a->plan->selected, i) && !w->held && w->task != TG_NO_TASK) add_asked(a, w->task);
    }
}

static char *name_asked(const struct why_asked *a, tg_id id)
{
    const struct tg_graph *g = a->plan->graph;
    uint32_t differing = tg_instance_differing(g, a->plan, tg_graph_def_of(g, id));
    return tg_chosen_foresee(g, id, differing, NULL, false);
}

/* "compile(b)" of the word is the task's name; "compile:3" is the third. */
static bool is_asked(const struct why_asked *a, size_t place, const char *name)
{
    const char *args = strchr(name, '(');
    if (a->chosen->args) return args && strcmp(args, a->chosen->args) == 0;
    return !a->chosen->number || a->chosen->number == place + 1;
}

/* ---- what is said of one ------------------------------------------------------------------------- */

static void add_said(struct why_asked *a, const char *text)
{
    char *hidden = tg_secrets_hidden(&a->w->session.secrets, text);
    tg_buf_text(&a->out, "  ");
    tg_term_text(&a->out, hidden, strlen(hidden), 2);
    tg_buf_char(&a->out, '\n');
    free(hidden);
}

static void add_lines(struct why_asked *a, const char *before, const char *lines)
{
    struct tg_buf line = {0};
    for (const char *at = lines, *end; at; at = *end ? end + 1 : NULL) {
        end = strchrnul(at, '\n');
        line.length = 0;
        tg_buf_text(&line, before);
        tg_buf_add(&line, at, (size_t)(end - at));
        add_said(a, tg_buf_str(&line));
    }
    tg_buf_done(&line);
}

static void add_reason(struct why_asked *a, tg_id id)
{
    tg_id reason = a->foreseen ? tg_foresee_reason(a->foreseen, a->plan->graph, id) : TG_NO_TASK;
    char *name = reason == TG_NO_TASK ? NULL : name_asked(a, reason);
    if (name) add_lines(a, "may run: depends on ", name);
    else add_said(a, "would run: nothing is recorded of it");
    free(name);
}

static void add_now(struct why_asked *a, tg_id id)
{
    const struct tg_foreseen_task *t = a->foreseen ? &a->foreseen->tasks.items[id] : NULL;
    if (t && t->what == TG_FORESEEN_FRESH) add_said(a, "is up to date");
    else if (t && t->what == TG_FORESEEN_RUNS) add_lines(a, "would run: ", t->why);
    else add_reason(a, id);
}

/* Of what became of a task, the last first. */
struct past {
    struct why_asked *a;
    size_t told;
    struct tg_buf took; /* of earlier ones */
};

static void add_outcome(struct why_asked *a, const struct tg_ledger_outcome *o)
{
    struct tg_buf b = {0};
    tg_buf_format(&b, "%s%s ", o->fate == TG_LEDGER_SKIPPED ? "was " : "", tg_past_word(o));
    tg_past_when(&b, o->ended_ns);
    tg_past_took(&b, o);
    add_lines(a, tg_buf_str(&b), o->why ? o->why : "");
    tg_buf_done(&b);
}

static bool note_outcome(void *past, const struct tg_ledger_outcome *o)
{
    struct past *p = past;
    if (!p->told) add_outcome(p->a, o);
    if (p->told && o->fate == TG_LEDGER_RAN) {
        tg_buf_text(&p->took, p->took.length ? ", " : "took ");
        tg_took_duration(&p->took, (double)o->took_ns / 1e9);
    }
    return ++p->told <= RUNS_SHOWN;
}

/* Of a task that depends on others it is not known which one it is; it has been one of this name. */
struct past_name {
    const char *name;
    struct tg_digest identity;
    bool found;
};

static bool note_named(void *past, const struct tg_recorded *task)
{
    struct past_name *p = past;
    p->found = strcmp(task->instance, p->name) == 0;
    if (p->found) p->identity = task->identity;
    return !p->found;
}

static void add_past(struct why_asked *a, tg_id id, const char *name)
{
    const struct tg_foreseen_task *t = &a->foreseen->tasks.items[id];
    struct tg_digest by_name = tg_again_by_name(tg_graph_def_of(a->plan->graph, id)->name, t->instance ? t->instance : name);
    struct past failed = {.a = a}, ran = {.a = a};
    tg_ledger_outcomes(a->ledger, 0, &by_name, note_outcome, &failed);
    struct past_name named = {name, t->identity, t->asks};
    char *workflow = tg_workflowname(a->cli->words.items[0]);
    if (!t->asks) tg_ledger_each(a->ledger, workflow, note_named, &named);
    if (named.found) tg_ledger_outcomes(a->ledger, 0, &named.identity, note_outcome, &ran);
    free(workflow);
    for (struct past *p = &failed; p; p = p == &failed ? &ran : NULL) {
        if (p->took.length) tg_buf_text(&p->took, " before that"), add_said(a, tg_buf_str(&p->took));
        tg_buf_done(&p->took);
    }
}

static void add_asked_task(struct why_asked *a, tg_id id, const char *name)
{
    struct tg_place place;
    char *hidden = tg_secrets_hidden(&a->w->session.secrets, name);
    tg_term_text(&a->out, hidden, strlen(hidden), 0);
    if (tg_sources_place(&a->w->front.sources, tg_graph_site_of(a->plan->graph, id)->span, &place))
        tg_buf_format(&a->out, "  %s:%u", place.source->name, place.line);
    tg_buf_char(&a->out, '\n');
    add_now(a, id);
    if (a->ledger && a->foreseen) add_past(a, id, name);
    free(hidden);
}

/* ---- all of them --------------------------------------------------------------------------------- */

static bool is_up_to_date(const struct why_asked *a, tg_id id)
{
    return a->foreseen && a->foreseen->tasks.items[id].what == TG_FORESEEN_FRESH;
}

static size_t add_asked_tasks(struct why_asked *a)
{
    size_t meant = 0, fresh = 0;
    bool few = a->tasks.count <= FRESH_SHOWN || a->cli->verbose;
    for (size_t i = 0; i < a->tasks.count; i++) {
        tg_id id = a->tasks.items[i];
        char *name = name_asked(a, id);
        bool is = is_asked(a, i, name);
        meant += is;
        if (is && (few || !is_up_to_date(a, id) || a->chosen->args || a->chosen->number)) add_asked_task(a, id, name);
        else fresh += is;
        free(name);
    }
    if (fresh) tg_buf_format(&a->out, "%zu more %s up to date: -v lists them\n", fresh, fresh == 1 ? "is" : "are");
    return meant;
}

static enum tg_exit why(struct tg_cli *cli, struct tg_workflow *w, const struct tg_chosen *chosen, const char *word)
{
    struct tg_plan plan = {0};
    struct tg_err err = {0};
    struct tg_foresight foreseen = {0};
    enum tg_exit status = tg_workflow_plan(w, cli, &plan);
    if (status) return tg_plan_done(&plan), status;
    struct why_asked a = {.cli = cli, .w = w, .plan = &plan, .chosen = chosen};
    struct tg_ledger_how how = {.folder = tg_recordopt_folder(cli), .reads_only = true};
    find_asked(&a);
    if (tg_foresee(&foreseen, cli, w, &plan)) a.foreseen = &foreseen;
    if (a.foreseen) a.ledger = tg_ledger_open(&how);
    if (!add_asked_tasks(&a)) tg_err_set(&err, TG_EXIT_USAGE, "'%s' names no task that a run would begin with", word);
    status = err.code ? tg_report_err(&cli->report, &err) : tg_cmd_print(cli, &a.out);
    tg_ledger_close(a.ledger);
    tg_foresee_done(&foreseen);
    tg_vec_done(&a.tasks);
    tg_plan_done(&plan);
    return status;
}

static enum tg_exit call_why(struct tg_cli *cli)
{
    struct tg_workflow w;
    struct tg_chosen chosen = {0};
    struct tg_err err = {0};
    const char *word = cli->words.items[1];
    if (!tg_chosen_read(&chosen, word, &err)) return tg_report_err(&cli->report, &err);
    cli->words.items[1] = chosen.name;
    cli->dry_run = true;
    enum tg_exit status = tg_execute_open(cli, &w);
    if (!status) status = why(cli, &w, &chosen, word);
    tg_workflow_done(&w);
    tg_chosen_done(&chosen, NULL);
    return status;
}

const struct tg_verb tg_verb_why = {
    .name = "why",
    .usage = "[FILE] TASK",
    .summary = "say why a task ran, would run or failed",
    .detail =
        "TASK is a task, a variable, an output or a result file, as for run; of several with one name, inc:3 or inc(41) is one. "
        "Says of each whether it is up to date, or what has changed since it ran; what became of it last, and how long it took.",
    .options = options,
    .words = TG_WORDS_NAMES,
    .min_words = 2,
    .max_words = 2,
    .needs = "a workflow file and a task",
    .call = call_why,
};
