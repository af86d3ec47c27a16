/* SPDX-License-Identifier: MIT
 * `tgrun log`: runs that are recorded, the last one at the end, or what one of them did.
 *
 *      7  2026-11-28 03:38:51   1.2 s  ok      3 ran, 9 up to date  tgrun build.tg
 *      8  2026-11-28 03:40:02    ..    failed  1 ran, 1 failed      tgrun build.tg -k */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/past.h"
#include "cmd/recordopt.h"
#include "cmd/took.h"
#include "engine/store/ledger.h"
#include "engine/store/workflowname.h"

/* The newest ones, unless all are wanted. */
#define RUNS_LISTED 20

static const struct tg_opt options[] = {
    {.group = "Options",
     .letter = 'v',
     .name = "verbose",
     .kind = TG_OPT_FLAG,
     .help = "all runs, not only the last ones; of one, each reason",
     .offset = TG_AT(verbose)},
    TG_OPTION_RECORD,
    TG_OPTION_FOLDER,
    TG_OPTIONS_COMMON,
    {0},
};

struct run_log {
    struct tg_cli *cli;
    struct tg_ledger *ledger;
    uint64_t number; /* of the run that is shown; 0: all are listed */
    bool found;
    TG_VEC(char *) lines; /* heap; the last run first */
    struct tg_buf out;
};

/* ---- lines --------------------------------------------------------------------------------------- */

/* How it ended. One whose process is there may still be going on. */
static const char *how_ended(const struct tg_ledger_run *r)
{
    if (r->ended_ns)
        return r->status == TG_EXIT_OK       ? "ok"
               : r->status == TG_EXIT_FAILED ? "failed"
               : r->status > 128             ? "ended"
                                             : "could not";
    return kill(r->pid, 0) == 0 || errno == EPERM ? "runs" : "killed";
}

static void add_logged_count(struct tg_buf *b, uint64_t count, const char *what, const char **between)
{
    if (!count) return;
    tg_buf_format(b, "%s%" PRIu64 " %s", *between, count, what);
    *between = ", ";
}

static void add_logged_run(struct tg_buf *b, const struct tg_ledger_run *r)
{
    struct tg_buf took = {0}, counts = {0};
    const char *between = "";
    if (r->ended_ns > r->began_ns) tg_took_duration(&took, (double)(r->ended_ns - r->began_ns) / 1e9);
    add_logged_count(&counts, r->ran, "ran", &between);
    add_logged_count(&counts, r->fresh, "up to date", &between);
    add_logged_count(&counts, r->failed, "failed", &between);
    add_logged_count(&counts, r->skipped, "skipped", &between);
    tg_buf_format(b, "%5" PRIu64 "  ", r->number);
    tg_past_when(b, r->began_ns);
    tg_buf_format(b, "  %8s  %-9s  %-24s  ", took.length ? tg_buf_str(&took) : "..", how_ended(r), tg_buf_str(&counts));
    tg_term_text(b, r->line, strlen(r->line), 0);
    while (b->data[b->length - 1] == ' ') b->length--;
    tg_buf_char(b, '\n');
    tg_buf_done(&took);
    tg_buf_done(&counts);
}

static bool note_run(void *log, const struct tg_ledger_run *r)
{
    struct run_log *l = log;
    struct tg_buf line = {0};
    if (l->number && r->number != l->number) return true;
    l->found = true;
    add_logged_run(&line, r);
    tg_vec_push(&l->lines, tg_alloc_text(tg_buf_str(&line)));
    tg_buf_done(&line);
    return !l->number && (l->cli->verbose || l->lines.count < RUNS_LISTED);
}

/* "  failed  compile(b): command failed with exit status 1" */
static bool note_logged(void *log, const struct tg_ledger_outcome *o)
{
    struct run_log *l = log;
    struct tg_buf line = {0};
    const char *why = o->why ? o->why : "";
    tg_buf_format(&line, "  %-7s  ", tg_past_word(o));
    tg_term_text(&line, o->instance, strlen(o->instance), 0);
    tg_past_took(&line, o);
    tg_term_text(&line, why, l->cli->verbose ? strlen(why) : strcspn(why, "\n"), 11);
    tg_buf_char(&line, '\n');
    tg_vec_push(&l->lines, tg_alloc_text(tg_buf_str(&line)));
    tg_buf_done(&line);
    return true;
}

/* What came last is at the end. */
static void take_lines(struct run_log *l)
{
    while (l->lines.count) {
        char *line = l->lines.items[--l->lines.count];
        tg_buf_text(&l->out, line);
        free(line);
    }
    tg_vec_done(&l->lines);
}

/* ---- the verb ------------------------------------------------------------------------------------ */

/* A word of digits is a run, another one a workflow. */
static const char *read_log_words(struct run_log *l)
{
    const char *file = NULL;
    for (size_t i = 0; i < l->cli->words.count; i++) {
        const char *word = l->cli->words.items[i];
        if (*word && strspn(word, "0123456789") == strlen(word)) l->number = strtoull(word, NULL, 10);
        else file = word;
    }
    return file;
}

static enum tg_exit call_log(struct tg_cli *cli)
{
    struct run_log l = {.cli = cli};
    struct tg_err err = {0};
    const char *file = read_log_words(&l);
    char *workflow = file ? tg_workflowname(file) : NULL;
    struct tg_ledger_how how = {.folder = tg_recordopt_folder(cli), .reads_only = true};
    l.ledger = tg_ledger_open(&how);
    if (l.ledger) tg_ledger_runs(l.ledger, workflow, note_run, &l);
    take_lines(&l);
    if (l.number && l.found) tg_ledger_outcomes(l.ledger, l.number, NULL, note_logged, &l);
    take_lines(&l);
    tg_ledger_close(l.ledger);
    if (l.number && !l.found) tg_err_set(&err, TG_EXIT_USAGE, "no run %" PRIu64 " is recorded", l.number);
    else if (!l.found && file) tg_err_set(&err, TG_EXIT_USAGE, "no run of '%s' is recorded", file);
    free(workflow);
    if (!err.code) return tg_cmd_print(cli, &l.out);
    tg_buf_done(&l.out);
    return tg_report_err(&cli->report, &err);
}

const struct tg_verb tg_verb_log = {
    .name = "log",
    .usage = "[FILE] [RUN]",
    .summary = "list recorded runs, or what one of them did",
    .detail =
        "Lists runs of the workflow, or of all that ran in the folder, the last one at the end: number, when it began, how long it "
        "took, how it ended, how many tasks ran, were up to date, failed and were skipped. With the number of a run: what ran in it "
        "and why, and what failed.",
    .options = options,
    .words = TG_WORDS_OTHER,
    .min_words = 0,
    .max_words = 2,
    .needs = "a workflow file",
    .call = call_log,
};
