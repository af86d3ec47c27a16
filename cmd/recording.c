/* SPDX-License-Identifier: MIT
 * Opening the record for a run, and what is told to it of the run as a whole. */
#include "cmd/recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd/cpus.h"
#include "cmd/recordopt.h"
#include "engine/base/clock.h"
#include "engine/base/ticker.h"
#include "engine/grow/recall.h"
#include "engine/run/census.h"
#include "engine/run/followers.h"
#include "engine/store/ledger.h"
#include "engine/store/workflowname.h"
#include "lang/eval/cmdrecord.h"

/* A database takes some. */
#define LEAST_DESCRIPTORS 128

/* As long as they are fewer than this part of all, what was found out of tasks is put beside what was known. */
#define FEW_SHARE 8

static void warn_user(void *cli, const char *line)
{
    const struct tg_cli *c = cli;
    if (!c->quiet) tg_report_line(&c->report, "warning: %s", line);
}

/* What is short belongs to the commands. */
static bool has_room(struct tg_recording *r)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= LEAST_DESCRIPTORS) return true;
    char *line = tg_alloc_format("nothing is recorded, as 'ulimit -n' allows only %d open files", (int)limit.rlim_cur);
    warn_user(r->cli, line);
    free(line);
    return false;
}

static bool opens(struct tg_recording *r, bool reads_only)
{
    struct tg_ledger_how how = {
        .folder = tg_recordopt_folder(r->cli), .warn = warn_user, .warn_data = r->cli, .reads_only = reads_only};
    struct tg_err err = {0};
    if (r->cli->no_record || !has_room(r)) return false;
    r->ledger = tg_ledger_open(&how);
    if (!r->ledger) return false;
    if (!tg_digest_key(how.folder, r->key, &err)) {
        warn_user(r->cli, err.message);
        tg_err_done(&err);
        tg_ledger_close(r->ledger);
        r->ledger = NULL;
    }
    return r->ledger;
}

/* As it was typed, but for quotes; heap. */
static char *command_line(const struct tg_secrets *secrets)
{
    char bytes[4096];
    FILE *f = fopen("/proc/self/cmdline", "re");
    size_t length = f ? fread(bytes, 1, sizeof bytes - 1, f) : 0;
    if (f) fclose(f);
    for (size_t i = 0; i + 1 < length; i++)
        if (!bytes[i]) bytes[i] = ' ';
    bytes[length] = 0;
    char *line = tg_alloc_format("tgrun%s", strchrnul(bytes, ' ')), *hidden = tg_secrets_hidden(secrets, line);
    free(line);
    return hidden;
}

/* Where there can be none, nothing is recorded either. */
static void take_locks(struct tg_recording *r)
{
    struct tg_err err = {0};
    r->locks = tg_pathlocks_new(tg_recordopt_folder(r->cli), &err);
    tg_err_done(&err);
}

static void begin_run(struct tg_recording *r)
{
    r->line = command_line(&r->session->secrets);
    r->run = (struct tg_ledger_run){.workflow = r->workflow, .line = r->line, .pid = getpid(), .status = -1};
    r->run.began_ns = tg_clock_date_ns();
    r->run.number = tg_ledger_begin(r->ledger, &r->run);
}

static void tell_outdated(void *recording, const struct tg_again_task *asked)
{
    const struct tg_recording *r = recording;
    const char *why = asked->why.data ? asked->why.data : "";
    tg_report_line(&r->cli->report, "%s is taken from the record, though %.*s", asked->now.instance, (int)strcspn(why, "\n"),
                   why);
}

/* What of the command line concerns it. */
static struct tg_again_how how_again(struct tg_recording *r)
{
    return (struct tg_again_how){
        .ledger = r->ledger,
        .workflow = r->workflow,
        .run = r->run.number,
        .secrets = &r->session->secrets,
        .key = r->key,
        .asks = tg_cmdrecord_may,
        .guards = r->guards,
        .locks = r->locks,
        .checkpoint = r->checkpoint,
        .waits = r->cli->wait,
        .forced = r->cli->force.count ? r->force.words.items : NULL,
        .forced_tasks = r->force.tasks.items,
        .touches = r->cli->touch,
        .notes = r->notes,
        .known = r->unchanged.count,
        .outdated = r->cli->outdated ? tell_outdated : NULL,
        .data = r,
    };
}

static bool has_recorded(const struct tg_recording *r)
{
    return r->ledger && tg_ledger_has(r->ledger, r->workflow);
}

/* Some task asks before it runs, or may come in that does. */
static bool may_be_asked(const struct tg_graph *g)
{
    return tg_graph_has_commands(g) || g->grows;
}

/* An earlier run may have left something. */
static bool has_database(const struct tg_recording *r)
{
    char *path = tg_alloc_format("%s/record.db", tg_recordopt_folder(r->cli));
    bool there = !r->cli->no_record && access(path, F_OK) == 0;
    free(path);
    return there;
}

/* Not before there is something to be kept: a workflow of quick tasks needs no record. */
static struct tg_ledger *open_late(void *recording)
{
    struct tg_recording *r = recording;
    if (opens(r, false)) begin_run(r), take_locks(r);
    return r->ledger;
}

/* The same for the same command line, as far as it says what is wanted. */
static struct tg_digest work_of(const struct tg_recording *r)
{
    struct tg_digester d;
    tg_digest_begin(&d);
    tg_digest_text(&d, r->workflow, strlen(r->workflow));
    for (size_t i = 1; i < r->cli->words.count; i++) tg_digest_text(&d, r->cli->words.items[i], strlen(r->cli->words.items[i]));
    for (size_t i = 0; i < r->cli->defines.count; i++)
        tg_digest_text(&d, r->cli->defines.items[i], strlen(r->cli->defines.items[i]));
    return tg_digest_end(&d);
}

static void say_resumes(const struct tg_recording *r)
{
    size_t count = tg_checkpoint_count(r->checkpoint);
    tg_report_line(&r->cli->report, "tgrun: going on with a run that did not end well: %zu result%s of it %s kept", count,
                   count == 1 ? "" : "s", count == 1 ? "was" : "were");
}

static void begin_recording(struct tg_recording *r, struct tg_cli *cli, struct tg_workflow *w)
{
    *r = (struct tg_recording){
        .cli = cli,
        .session = &w->session,
    };
    r->workflow = tg_workflowname(cli->words.items[0]);
    r->guards = w->front.program.late_secrets > 0;
    r->work = work_of(r);
    if (!cli->no_record) tg_pathlocks_enlist(); /* before there are threads: it writes to the environment */
    tg_force_begin(&r->force, cli, &w->session.graph);
}

/* ---- what an earlier run has found out ------------------------------------------------------------- */

/* What the tasks are: what is written, and what they get. False: nothing can be known of them by number. */
static bool digest_graph(struct tg_recording *r, const struct tg_workflow *w)
{
    struct tg_digester d;
    tg_digest_begin(&d);
    tg_digest_text(&d, TG_VERSION, strlen(TG_VERSION));
    for (size_t i = 0; i < w->front.sources.files.count; i++) {
        const struct tg_source *s = w->front.sources.files.items[i];
        tg_digest_text(&d, s->name, strlen(s->name));
        tg_digest_text(&d, s->text, s->length);
    }
    bool fine = tg_unchanged_digest(&w->session.graph, &d);
    r->graph = tg_digest_end(&d);
    return fine;
}

/* Who is to see each task sees it asked. */
static bool may_leave_out(const struct tg_cli *cli)
{
    return !cli->force.count && !cli->touch && !cli->verbose && !cli->events && !cli->trace && !cli->report_file;
}

static void read_before(struct tg_recording *r, const struct tg_plan *plan)
{
    r->before = tg_ledger_manifest(r->ledger, r->workflow, r->work, r->graph, plan->graph->count);
    if (r->before) tg_unchanged_find(&r->unchanged, plan, r->before, tg_cpus_usable());
}

/* Secrets are kept out of what is written without their being looked for; so is what a debugged task takes as it was. */
static void find_unchanged(struct tg_recording *r, const struct tg_workflow *w, const struct tg_plan *plan, bool leaves_out)
{
    const struct tg_graph *g = &w->session.graph;
    if (!r->ledger || !tg_graph_has_commands(g) || r->guards || r->cli->outdated || tg_secrets_any(&r->session->secrets))
        return;
    if (!digest_graph(r, w)) return;
    r->notes = tg_manifest_notes_new(g->count);
    if (leaves_out && may_leave_out(r->cli)) read_before(r, plan);
}

/* It was left out of the run, as it is up to date. */
static bool is_left_out(const struct tg_unchanged *u, tg_id id)
{
    return u->fresh && tg_bits_get(u->fresh, id) && !tg_bits_get(u->rest.needed, id);
}

/* What was looked at, and did not turn out to be up to date, or come to be: what was known of it counts no more, also where its files look
 * the same, since what it gets may be another value. */
static void forget_others(struct tg_recording *r)
{
    for (tg_id id = 0; id < r->session->graph.count; id++) {
        bool counts = is_left_out(&r->unchanged, id) || tg_manifest_notes_has(r->notes, id);
        if (!counts && tg_manifest_knows(r->before, id)) tg_manifest_notes_forget(r->notes, id);
    }
}

static void carry_over(struct tg_recording *r, bool few)
{
    for (tg_id id = 0; id < r->session->graph.count; id++)
        if (is_left_out(&r->unchanged, id) && (!few || tg_manifest_is_over(r->before, id)))
            tg_manifest_notes_carry(r->notes, r->before, id);
}

/* Few, as long as that is worth it. */
static void write_notes(struct tg_recording *r)
{
    struct tg_buf bytes = {0};
    if (r->notes && r->before) forget_others(r);
    if (!r->notes || !tg_manifest_notes_count(r->notes)) return;
    if (r->before) carry_over(r, true);
    bool few = r->before && tg_manifest_notes_count(r->notes) < tg_manifest_count(r->before) / FEW_SHARE;
    if (!few && r->before) carry_over(r, false);
    tg_manifest_notes_write(r->notes, &bytes);
    tg_ledger_put_manifest(r->ledger, r->workflow, r->work, r->graph, few, &bytes, r->run.number);
    tg_buf_done(&bytes);
}

/* ---- the door ------------------------------------------------------------------------------------- */

void tg_recording_open(struct tg_recording *r, struct tg_cli *cli, struct tg_workflow *w, const struct tg_plan *plan,
                       bool leaves_out)
{
    begin_recording(r, cli, w);
    if (may_be_asked(&w->session.graph) || has_database(r)) opens(r, false);
    find_unchanged(r, w, plan, leaves_out);
}

const struct tg_plan *tg_recording_rest(const struct tg_recording *r, const struct tg_plan *plan)
{
    return r->unchanged.fresh ? &r->unchanged.rest : plan;
}

static bool may_run_plugins(const struct tg_graph *g)
{
    bool may = g->grows;
    for (size_t i = 1; i < g->site_table.count && !may; i++) may = g->site_table.items[i].flags & TG_SITE_PLUGIN;
    return may;
}

void tg_recording_begin(struct tg_recording *r, bool settled, struct tg_plan *plan)
{
    struct tg_graph *g = &r->session->graph;
    if (r->ledger) begin_run(r), take_locks(r);
    if (r->ledger && r->cli->touch)
        tg_ledger_drop_manifests(r->ledger, r->workflow); /* what is recorded changes, and no file */
    if (!settled) tg_manifest_notes_free(r->notes), r->notes = NULL;
    r->checkpoint = tg_checkpoint_new(r->ledger, open_late, r, r->work, r->cli->resume == TG_RESUME_AUTO,
                                      tg_recordopt_checkpoint_bytes(r->cli));
    struct tg_again_how how = how_again(r);
    r->session->services.again = tg_again_new(&how);
    bool resumes = tg_checkpoint_count(r->checkpoint) > 0;
    if (resumes && !r->cli->quiet) say_resumes(r);
    if (may_run_plugins(g)) r->ticks = true, tg_ticker_begin();
    tg_graph_check(g, tg_recall_checked, tg_recall_timed, resumes);
    bool recorded = has_recorded(r);
    plan->grows |= recorded || r->unchanged.fresh;
    if (!recorded) return;
    tg_earlier_begin(&r->earlier, r->ledger, r->workflow, plan);
    r->session->services.durations = &r->earlier.durations;
}

bool tg_recording_foresee(struct tg_recording *r, struct tg_cli *cli, struct tg_workflow *w, bool anyway,
                          void (*foreseen)(void *data, uint32_t task, const struct tg_again_task *asked, const char *why),
                          void *data)
{
    begin_recording(r, cli, w);
    if (!opens(r, true) && !anyway) return tg_recording_end(r), false;
    r->checkpoint = tg_checkpoint_new(r->ledger, NULL, NULL, r->work, cli->resume == TG_RESUME_AUTO, 0);
    if (!tg_checkpoint_count(r->checkpoint) && !has_recorded(r) && !anyway) return tg_recording_end(r), false;
    struct tg_again_how how = how_again(r);
    how.foreseen = foreseen;
    how.data = data;
    w->session.services.again = tg_again_new(&how);
    return true;
}

/* Outputs are there to be used. What has not been used when the run ends early may be used by the next one. */
static void keep_temps(struct tg_temps *temps, const struct tg_run *run, enum tg_exit status)
{
    tg_value v;
    for (size_t i = 0; i < run->graph->wanted.count; i++) {
        const struct tg_wanted *w = &run->graph->wanted.items[i];
        if ((w->name || w->named) && tg_run_value(run, w, &v)) tg_temps_stay(temps, v);
    }
    if (status) tg_temps_all_stay(temps);
}

/* Without what the language adds to calls. */
static uint64_t count_skipped(const struct tg_run *run)
{
    struct tg_census count;
    tg_census_run(run, &count);
    uint64_t skipped = count.tasks.skipped;
    tg_census_done(&count);
    return skipped;
}

static void record_failure(const struct tg_recording *r, const struct tg_run *run, const struct tg_failure *f)
{
    const struct tg_followers *all = run->followers;
    const struct tg_followers_of *skipped = all ? tg_followers_get(all, f->number) : NULL;
    struct tg_ledger_outcome o = {.run = r->run.number, .task = f->site->def->name, .fate = TG_LEDGER_FAILED};
    char *instance = tg_secrets_hidden(&r->session->secrets, f->name),
         *why = tg_secrets_hidden(&r->session->secrets, f->err.message);
    o.instance = instance;
    o.identity = tg_again_by_name(o.task, f->name);
    o.why = why;
    o.ended_ns = tg_clock_date_ns();
    tg_ledger_note(r->ledger, &o);
    o.fate = TG_LEDGER_SKIPPED;
    o.why = instance;
    for (unsigned i = 0; skipped && i < skipped->named; i++) {
        o.task = o.instance = skipped->names[i].name;
        o.identity = tg_again_by_name(o.task, o.instance);
        tg_ledger_note(r->ledger, &o);
    }
    free(instance);
    free(why);
}

static void warn_unused(struct tg_recording *r, const char *pattern)
{
    char *line = tg_alloc_format("--force=%s names no task that might be up to date", pattern);
    warn_user(r->cli, line);
    free(line);
}

void tg_recording_over(struct tg_recording *r, const struct tg_run *run, enum tg_exit status)
{
    struct tg_again *again = r->session->services.again;
    if (!again) return;
    keep_temps(tg_again_temps(again), run, status);
    r->good = status == TG_EXIT_OK;
    const char *unused = tg_again_unused(again);
    if (unused && !status && !r->force.warned && strcmp(unused, "*") != 0) warn_unused(r, unused);
    if (!r->ledger) return;
    r->run.ended_ns = tg_clock_date_ns();
    r->run.status = (int)status;
    r->run.ran = tg_again_ran(again);
    r->run.fresh = tg_again_fresh(again);
    r->run.failed = run->failures.count;
    if (status) r->run.skipped = count_skipped(run);
    for (size_t i = 0; i < run->failures.count; i++) record_failure(r, run, &run->failures.items[i]);
    write_notes(r);
    tg_ledger_end(r->ledger, &r->run);
}

void tg_recording_end(struct tg_recording *r)
{
    if (r->ticks) tg_ticker_end();
    r->ticks = false;
    tg_checkpoint_end(r->checkpoint, r->good);
    tg_again_free(r->session->services.again);
    r->session->services.again = NULL;
    r->session->services.durations = NULL;
    tg_earlier_end(&r->earlier);
    tg_ledger_close(r->ledger);
    tg_pathlocks_free(r->locks);
    tg_unchanged_done(&r->unchanged);
    tg_manifest_free(r->before);
    tg_manifest_notes_free(r->notes);
    free(r->line);
    free(r->workflow);
    tg_force_done(&r->force);
}
