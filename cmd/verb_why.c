/* SPDX-License-Identifier: MIT
 * `tgrun why`: of each task that a word names, whether it is up to date or why it would run, and what became of it in earlier runs.
 *
 *     compile(b)  build.tg:3
 *       would run: src/b.c has changed
 *       ran 2026-11-28 02:31:12 in 0.01 s: it had not run before
 *       waited for strip(b), which took 0.4 s
 *       took 0.01 s, 0.02 s in the middle of 4 earlier runs */
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

/* Calls within each other that stand for a result. */
#define CALLS_SHOWN 3

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
    tg_instance_masks masks; /* what tells tasks of a definition apart */
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

static char *name_asked(struct why_asked *a, tg_id id)
{
    const struct tg_graph *g = a->plan->graph;
    return tg_chosen_foresee(g, id, tg_instance_mask(&a->masks, g, tg_graph_def_of(g, id)), NULL, 0);
}

/* What tells it from others for people: values where they are known, else the calls that give them. */
static char *show_asked(struct why_asked *a, tg_id id)
{
    const struct tg_graph *g = a->plan->graph;
    const struct tg_foreseen_task *t = a->foreseen ? &a->foreseen->tasks.items[id] : NULL;
    if (t && t->instance) return tg_alloc_format("%s", t->instance);
    return tg_chosen_foresee(g, id, tg_instance_mask(&a->masks, g, tg_graph_def_of(g, id)), NULL, CALLS_SHOWN);
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
    uint64_t took_ns[RUNS_SHOWN + 1],
        run; /* of the times that it ran; the run that was the last one (0: it failed, or there was none) */
    size_t ran;
    int64_t began_ns; /* in that run */
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
    bool ran = o->fate == TG_LEDGER_RAN;
    if (!p->told) add_outcome(p->a, o);
    if (!p->told && ran) p->run = o->run, p->began_ns = o->ended_ns - (int64_t)o->took_ns;
    if (ran) p->took_ns[p->ran++] = o->took_ns;
    return ++p->told <= RUNS_SHOWN;
}

static int by_duration(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* How long it took, against the times before. */
static void add_took(struct past *p)
{
    struct tg_buf b = {0};
    size_t earlier = p->ran ? p->ran - 1 : 0;
    if (!earlier || !p->run) return;
    qsort(p->took_ns + 1, earlier, sizeof *p->took_ns, by_duration);
    tg_buf_text(&b, "took ");
    tg_took_duration(&b, (double)p->took_ns[0] / 1e9);
    tg_buf_text(&b, ", ");
    tg_took_duration(&b, (double)p->took_ns[1 + (earlier - 1) / 2] / 1e9);
    if (earlier == 1) tg_buf_text(&b, " in the run before");
    else tg_buf_format(&b, " in the middle of %zu earlier runs", earlier);
    add_said(p->a, tg_buf_str(&b));
    tg_buf_done(&b);
}

/* ---- what it waited for -------------------------------------------------------------------------- */

struct past_wait {
    const struct past *past;
    TG_VEC(char *) names; /* of tasks that it depends on, as they are recorded */
    char *last;           /* of them, the one that was the last to end before it began; heap */
    int64_t ended_ns;
    uint64_t took_ns;
};

static void add_needed(struct past_wait *w, tg_id id)
{
    struct why_asked *a = w->past->a;
    const struct tg_graph *g = a->plan->graph;
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++) {
        tg_id from = tg_arg_payload(g->args[i]);
        if (!tg_arg_is_edge(g->args[i])) continue;
        if (tg_def_is_helper(tg_graph_def_of(g, from))) add_needed(w, from);
        else if (a->foreseen->tasks.items[from].instance)
            tg_vec_push(&w->names, tg_alloc_format("%s", a->foreseen->tasks.items[from].instance));
        else tg_vec_push(&w->names, name_asked(a, from));
    }
}

static bool note_needed(void *wait, const struct tg_ledger_outcome *o)
{
    struct past_wait *w = wait;
    bool needed = false;
    if (o->fate != TG_LEDGER_RAN || o->ended_ns > w->past->began_ns || (w->last && o->ended_ns <= w->ended_ns)) return true;
    for (size_t i = 0; i < w->names.count && !needed; i++) needed = strcmp(w->names.items[i], o->instance) == 0;
    if (!needed) return true;
    free(w->last);
    w->last = tg_alloc_format("%s", o->instance);
    w->ended_ns = o->ended_ns, w->took_ns = o->took_ns;
    return true;
}

static void add_waited_for(struct past *p, tg_id id)
{
    struct past_wait w = {.past = p};
    struct tg_buf b = {0};
    if (!p->run) return;
    add_needed(&w, id);
    if (w.names.count) tg_ledger_outcomes(p->a->ledger, p->run, NULL, note_needed, &w);
    if (w.last) {
        tg_buf_format(&b, "waited for %s, which took ", w.last);
        tg_took_duration(&b, (double)w.took_ns / 1e9);
        add_said(p->a, tg_buf_str(&b));
    }
    for (size_t i = 0; i < w.names.count; i++) free(w.names.items[i]);
    tg_vec_done(&w.names);
    tg_buf_done(&b);
    free(w.last);
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
    if (named.found && !tg_digest_equal(named.identity, by_name)) /* a result with the name of its task: that was all */
        tg_ledger_outcomes(a->ledger, 0, &named.identity, note_outcome, &ran);
    free(workflow);
    add_waited_for(&ran, id), add_took(&ran);
    add_waited_for(&failed, id), add_took(&failed); /* what is not recorded is known by its name alone */
}

static void add_asked_task(struct why_asked *a, tg_id id, const char *name, const char *shown)
{
    struct tg_place place;
    char *hidden = tg_secrets_hidden(&a->w->session.secrets, shown);
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
        char *name = name_asked(a, id), *shown = show_asked(a, id);
        bool is = is_asked(a, i, name) || is_asked(a, i, shown);
        meant += is;
        if (is && (few || !is_up_to_date(a, id) || a->chosen->args || a->chosen->number)) add_asked_task(a, id, name, shown);
        else fresh += is;
        free(shown);
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
    tg_vec_done(&a.masks);
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
