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
#include "engine/base/names.h"
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

/* What became of tasks in a run. */
struct why_ran {
    int64_t ended_ns;
    uint64_t took_ns;
    uint32_t before; /* another one of this name, plus 1; 0: there is none */
};

struct why_run {
    uint64_t run;
    struct tg_names names;
    TG_VEC(uint32_t) last; /* of each name the last one, plus 1 */
    TG_VEC(struct why_ran) ran;
};

struct why_asked {
    struct tg_cli *cli;
    const struct tg_workflow *w;
    const struct tg_plan *plan;
    const struct tg_chosen *chosen;
    const struct tg_foresight *foreseen; /* NULL: nothing is recorded of tasks */
    struct tg_ledger *ledger;            /* NULL: there is none */
    struct tg_buf out;
    TG_VEC(tg_id) tasks;
    tg_instance_masks masks;             /* what tells tasks of a definition apart */
    TG_VEC(tg_id) left;                  /* of a walk: tasks to come */
    uint32_t *walked;                    /* by task: the last walk that has come to it */
    uint32_t walk;                       /* its number, from 1 */
    struct tg_names named;               /* instances of which something is recorded; read once, when it is asked for */
    TG_VEC(struct tg_digest) identities; /* of these */
    bool has_read;
    TG_VEC(struct why_run) runs; /* that were asked for */
};

/* ---- which --------------------------------------------------------------------------------------- */

static void walk_to(struct why_asked *a, tg_id id)
{
    if (a->walked[id] == a->walk) return;
    a->walked[id] = a->walk;
    tg_vec_push(&a->left, id);
}

static void walk_behind(struct why_asked *a, tg_id id)
{
    const struct tg_graph *g = a->plan->graph;
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++)
        if (tg_arg_is_edge(g->args[i])) walk_to(a, tg_arg_payload(g->args[i]));
}

/* What the language put together leads to the tasks behind it. */
static bool walk_next(struct why_asked *a, tg_id *id)
{
    while (a->left.count) {
        *id = a->left.items[--a->left.count];
        if (!tg_def_is_helper(tg_graph_def_of(a->plan->graph, *id))) return true;
        walk_behind(a, *id);
    }
    return false;
}

static int by_number(const void *a, const void *b)
{
    tg_id x = *(const tg_id *)a, y = *(const tg_id *)b;
    return x < y ? -1 : x > y;
}

/* In the graph's order, by which `debug` counts them, too. */
static void find_asked(struct why_asked *a)
{
    const struct tg_graph *g = a->plan->graph;
    tg_id id;
    a->walk++;
    for (size_t i = 0; i < g->wanted.count; i++) {
        const struct tg_wanted *w = &g->wanted.items[i];
        if (tg_bits_get(a->plan->selected, i) && !w->held && w->task != TG_NO_TASK) walk_to(a, w->task);
    }
    while (walk_next(a, &id)) tg_vec_push(&a->tasks, id);
    if (a->tasks.count) qsort(a->tasks.items, a->tasks.count, sizeof *a->tasks.items, by_number);
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

static bool note_one_ran(void *run, const struct tg_ledger_outcome *o)
{
    struct why_run *r = run;
    if (o->fate != TG_LEDGER_RAN) return true;
    uint32_t name = tg_names_add(&r->names, o->instance, strlen(o->instance));
    if (name == r->last.count) tg_vec_push(&r->last, 0);
    tg_vec_push(&r->ran, ((struct why_ran){o->ended_ns, o->took_ns, r->last.items[name]}));
    r->last.items[name] = (uint32_t)r->ran.count;
    return true;
}

/* Read once. */
static const struct why_run *find_run(struct why_asked *a, uint64_t run)
{
    size_t i = 0;
    while (i < a->runs.count && a->runs.items[i].run != run) i++;
    if (i < a->runs.count) return &a->runs.items[i];
    tg_vec_push(&a->runs, (struct why_run){.run = run});
    tg_ledger_outcomes(a->ledger, run, NULL, note_one_ran, &a->runs.items[i]);
    return &a->runs.items[i];
}

struct past_wait {
    const struct why_run *run;
    int64_t began_ns;
    char *last; /* of the tasks that it depends on, the one that was the last to end before it began; heap */
    int64_t ended_ns;
    uint64_t took_ns;
};

static void note_needed(struct past_wait *w, char *take_name)
{
    uint32_t name = tg_names_find(&w->run->names, take_name, strlen(take_name));
    const struct why_ran *last = NULL;
    for (uint32_t i = name == TG_NO_NAME ? 0 : w->run->last.items[name]; i; i = w->run->ran.items[i - 1].before) {
        const struct why_ran *r = &w->run->ran.items[i - 1];
        bool later = r->ended_ns <= w->began_ns &&
                     (last ? r->ended_ns > last->ended_ns : !w->last || r->ended_ns > w->ended_ns);
        if (later) last = r;
    }
    if (last) {
        free(w->last);
        w->last = take_name, w->ended_ns = last->ended_ns, w->took_ns = last->took_ns;
    } else {
        free(take_name);
    }
}

/* Its name as it is recorded; heap. */
static char *recorded_name(struct why_asked *a, tg_id id)
{
    const struct tg_foreseen_task *t = a->foreseen ? &a->foreseen->tasks.items[id] : NULL;
    return t && t->instance ? tg_alloc_format("%s", t->instance) : name_asked(a, id);
}

static void add_waited_for(struct past *p, tg_id id)
{
    struct why_asked *a = p->a;
    struct tg_buf b = {0};
    tg_id from;
    if (!p->run) return;
    struct past_wait w = {.run = find_run(a, p->run), .began_ns = p->began_ns};
    a->walk++;
    walk_behind(a, id);
    while (walk_next(a, &from)) note_needed(&w, recorded_name(a, from));
    if (!w.last) return;
    tg_buf_format(&b, "waited for %s, which took ", w.last);
    tg_took_duration(&b, (double)w.took_ns / 1e9);
    add_said(a, tg_buf_str(&b));
    tg_buf_done(&b);
    free(w.last);
}

/* ---- what became of it --------------------------------------------------------------------------- */

/* Of several with one name, the last. */
static bool note_named(void *asked, const struct tg_recorded *task)
{
    struct why_asked *a = asked;
    uint32_t name = tg_names_add(&a->named, task->instance, strlen(task->instance));
    if (name == a->identities.count) tg_vec_push(&a->identities, task->identity);
    return true;
}

/* Of a task that depends on others it is not known which one it is; it has been one of this name. NULL: there was none. */
static const struct tg_digest *find_recorded_as(struct why_asked *a, const char *name)
{
    char *workflow = a->has_read ? NULL : tg_workflowname(a->cli->words.items[0]);
    if (workflow) tg_ledger_each(a->ledger, workflow, note_named, a);
    a->has_read = true;
    free(workflow);
    uint32_t number = tg_names_find(&a->named, name, strlen(name));
    return number == TG_NO_NAME ? NULL : &a->identities.items[number];
}

static void add_past(struct why_asked *a, tg_id id, const char *name)
{
    const struct tg_foreseen_task *t = a->foreseen ? &a->foreseen->tasks.items[id] : NULL;
    char *recorded = recorded_name(a, id);
    struct tg_digest by_name = tg_again_by_name(tg_graph_def_of(a->plan->graph, id)->name, recorded);
    struct past failed = {.a = a}, ran = {.a = a};
    tg_ledger_outcomes(a->ledger, 0, &by_name, note_outcome, &failed);
    const struct tg_digest *identity = t && t->asks ? &t->identity : find_recorded_as(a, name);
    if (identity && !tg_digest_equal(*identity, by_name)) /* a result with the name of its task: that was all */
        tg_ledger_outcomes(a->ledger, 0, identity, note_outcome, &ran);
    free(recorded);
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
    if (a->ledger) add_past(a, id, name);
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

static void done_asked(struct why_asked *a)
{
    for (size_t i = 0; i < a->runs.count; i++) {
        tg_names_done(&a->runs.items[i].names);
        tg_vec_done(&a->runs.items[i].last);
        tg_vec_done(&a->runs.items[i].ran);
    }
    tg_vec_done(&a->runs);
    tg_names_done(&a->named);
    tg_vec_done(&a->identities);
    tg_vec_done(&a->left);
    free(a->walked);
    tg_vec_done(&a->tasks);
    tg_vec_done(&a->masks);
}

static enum tg_exit why(struct tg_cli *cli, struct tg_workflow *w, const struct tg_chosen *chosen, const char *word)
{
    struct tg_plan plan = {0};
    struct tg_err err = {0};
    struct tg_foresight foreseen = {0};
    enum tg_exit status = tg_workflow_plan(w, cli, &plan);
    if (status) return tg_plan_done(&plan), status;
    struct why_asked a = {.cli = cli, .w = w, .plan = &plan, .chosen = chosen};
    a.walked = tg_alloc_zero((plan.graph->count + 1) * sizeof *a.walked);
    struct tg_ledger_how how = {.folder = tg_recordopt_folder(cli), .reads_only = true};
    find_asked(&a);
    if (tg_foresee(&foreseen, cli, w, &plan)) a.foreseen = &foreseen;
    if (!cli->no_record) a.ledger = tg_ledger_open(&how);
    if (!add_asked_tasks(&a)) tg_err_set(&err, TG_EXIT_USAGE, "'%s' names no task that a run would begin with", word);
    status = err.code ? tg_report_err(&cli->report, &err) : tg_cmd_print(cli, &a.out);
    tg_ledger_close(a.ledger);
    tg_foresee_done(&foreseen);
    done_asked(&a);
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
