/* SPDX-License-Identifier: MIT
 * Puts together what is said of failures. Those of many tasks would hide each other: of failures a screenful is shown, of crashes
 * that are alike the first one, of tasks that were skipped the first names. */
#include "cmd/failures.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/summary.h"
#include "engine/base/limits.h"
#include "engine/draw/needed.h"
#include "engine/run/coordinator.h"
#include "engine/run/failing.h"
#include "engine/run/followers.h"

#define CHAIN_SHOWN 4 /* expansion points that led to a failure */

/* ---- one failure --------------------------------------------------------------------------------- */

static void add_place_note(const struct tg_report *r, struct tg_buf *b, tg_span span, char *take_said)
{
    tg_report_note(r, b, span, take_said);
    free(take_said);
}

/* The expansion points that led to the failure, from the inside out. */
static void add_chain(const struct tg_report *r, struct tg_buf *b, const struct tg_failure *f)
{
    size_t shown = f->chain_count < CHAIN_SHOWN ? f->chain_count : CHAIN_SHOWN;
    size_t more = f->chain_count - shown + f->chain_more;
    for (size_t i = 0; i < shown; i++) {
        const struct tg_growth *g = &f->chain[i];
        const char *name = g->site->def->name;
        add_place_note(r, b, g->site->span,
                       g->round ? tg_alloc_format("added in round %u of this '%s'", g->round, name)
                                : tg_alloc_format("added by this '%s'", name));
    }
    if (more) tg_buf_format(b, "and %zu further out\n", more);
}

/* "before: exit status 7 (3 times)": a task that was tried several times. */
static void add_before(struct tg_buf *b, const struct tg_failure *f)
{
    if (!f->before) return;
    tg_buf_text(b, "before: ");
    tg_term_text(b, f->before, strlen(f->before), 0);
    tg_buf_char(b, '\n');
}

static void add_failure(const struct tg_report *r, struct tg_buf *b, enum tg_severity severity, const struct tg_failure *f)
{
    const struct tg_site *site = f->site;
    struct tg_err err = f->err; /* borrowed */
    if (!err.span.start) err.span = site->span;
    bool construct = tg_site_is_construct(site);
    const char *said = err.message ? err.message : "";
    char *label = tg_failing_label(f, construct, &said);
    err.message = (char *)(uintptr_t)said;
    tg_report_problem(r, b, severity, label, &err, construct ? NULL : f->args);
    add_before(b, f);
    bool elsewhere = err.span.start != site->span.start || err.span.end != site->span.end;
    if (construct && elsewhere && !tg_site_is_final(site)) /* what led to that is named below */
        add_place_note(r, b, site->span, tg_alloc_format("in this '%s', which waited for a result", site->def->name));
    add_chain(r, b, f);
    tg_report_hint(r, b, err.hint);
    free(label);
}

/* ---- who was skipped ----------------------------------------------------------------------------- */

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* "sort(a), 3 index, .." */
static void add_follower_names(struct tg_buf *b, const struct tg_followers_of *of)
{
    tg_id named = 0;
    for (unsigned i = 0; i < of->named; i++) {
        const struct tg_follower *name = &of->names[i];
        tg_buf_text(b, i ? ", " : ": ");
        if (name->count > 1) tg_buf_format(b, "%u ", name->count);
        tg_term_text(b, name->name, strlen(name->name), 0);
        named += name->count;
    }
    if (named < of->count) tg_buf_text(b, ", ..");
}

static void add_followers(struct tg_buf *b, const struct tg_followers_of *of, const struct tg_failure *f, bool allowed)
{
    const char *name = f->name ? f->name : f->site->def->name;
    tg_buf_format(b, "%u task%s skipped because '", of->count, of->count == 1 ? " was" : "s were");
    tg_term_text(b, name, strlen(name), 0);
    tg_buf_text(b, allowed ? "' failed, which it may" : "' failed");
    add_follower_names(b, of);
    tg_buf_char(b, '\n');
}

struct followed {
    struct tg_buf *b;
    const struct tg_followers *followers;
    size_t shown;
    tg_id more; /* tasks that follow failures of which no line tells */
};

static void look_at_followers(struct followed *s, const struct tg_failure *f, bool allowed)
{
    const struct tg_followers_of *of = tg_followers_get(s->followers, f->number);
    if (!of) return;
    if (s->shown++ < TG_MAX_DIAGNOSTICS) add_followers(s->b, of, f, allowed);
    else s->more += of->count;
}

/* "2 tasks were ended while they ran: fetch(a), fetch(b)" */
static void add_cut_off(struct tg_buf *b, struct tg_run *run)
{
    const struct tg_followers_of *cut = tg_followers_cut_off(run);
    if (!cut) return;
    tg_buf_format(b, cut->count == 1 ? "%u task was ended while it ran" : "%u tasks were ended while they ran", cut->count);
    add_follower_names(b, cut);
    tg_buf_char(b, '\n');
}

/* "2 other tasks were not begun, 1 not tried again: without -k, the first failure ends a run" */
static void add_unrun(struct tg_buf *b, struct tg_run *run, size_t unrun)
{
    bool fast = run->options.fail_fast;
    if (fast) add_cut_off(b, run);
    if (!unrun || (!fast && atomic_load_explicit(run->stop, memory_order_relaxed) >= TG_STOP_SIGNAL)) return;
    size_t untried = run->coordinator ? tg_coordinator_untried(run->coordinator) : 0;
    size_t unbegun = unrun > untried ? unrun - untried : 0, first = unbegun ? unbegun : unrun;
    tg_buf_format(b, "%zu other task%s not %s", first, first == 1 ? " was" : "s were", unbegun ? "begun" : "tried again");
    if (unbegun && untried) tg_buf_format(b, ", %zu not tried again", untried);
    tg_buf_text(b, fast ? ": with --fail-fast, the first failure ends all\n" : ": without -k, the first failure ends a run\n");
}

static void add_all_followers(struct tg_buf *b, struct tg_run *run, bool quiet)
{
    struct followed s = {.b = b, .followers = tg_followers_find(run)};
    for (size_t i = 0; i < run->failures.count; i++) look_at_followers(&s, &run->failures.items[i], false);
    for (size_t i = run->allowed_before; !quiet && i < run->allowed->items.count; i++)
        look_at_followers(&s, run->allowed->items.items[i], true);
    if (s.more) tg_buf_format(b, "%u more task%s skipped because others failed\n", s.more, s.more == 1 ? " was" : "s were");
    if (run->failures.count && !run->options.keep_going) add_unrun(b, run, s.followers->unrun);
}

/* ---- all of them --------------------------------------------------------------------------------- */

bool tg_failures_any(const struct tg_run *run)
{
    return run->failures.count || run->allowed_count;
}

/* The same call was ended by the same signal at the same place of the same code. */
static bool is_alike(const struct tg_failure *a, const struct tg_failure *b)
{
    bool called = a->site->def == b->site->def && a->site->span.start == b->site->span.start &&
                  a->site->span.end == b->site->span.end;
    bool signals = a->err.cause == TG_CAUSE_SIGNAL && b->err.cause == TG_CAUSE_SIGNAL && a->err.status == b->err.status;
    return called && signals && a->err.detail && b->err.detail && strcmp(a->err.detail, b->err.detail) == 0;
}

/* Of those that are like the first one there are only arguments to be told; what was told is NULL then. */
static void tell_alike(struct tg_buf *b, const struct tg_failure **all, size_t count)
{
    struct tg_buf args = {0};
    size_t alike = 0;
    for (size_t i = 1; i < count; i++) {
        const struct tg_failure *f = all[i];
        if (!f || !is_alike(all[0], f)) continue;
        all[i] = NULL;
        if (alike++ >= TG_MAX_DIAGNOSTICS || !f->args || !*f->args) continue;
        tg_buf_text(&args, "    ");
        tg_term_text(&args, f->args, strlen(f->args), 4);
        tg_buf_char(&args, '\n');
    }
    if (alike) {
        tg_buf_format(b, "%zu more task%s failed in the same way%s\n", alike, plural(alike),
                      args.length ? ", with the arguments" : "");
        tg_buf_add(b, tg_buf_str(&args), args.length);
        if (args.length && alike > TG_MAX_DIAGNOSTICS) tg_buf_text(b, "    ..\n");
    }
    tg_buf_done(&args);
}

/* Takes the array, not what it points to. */
static void add_each(const struct tg_report *r, struct tg_buf *b, enum tg_severity severity, const struct tg_failure **take_all,
                     size_t count)
{
    size_t shown = 0, more = 0;
    const char *what = severity == TG_ERROR ? "failed task" : "allowed failure";
    for (size_t i = 0; i < count; i++) {
        if (!take_all[i]) continue;
        if (shown == TG_MAX_DIAGNOSTICS) {
            more++;
            continue;
        }
        add_failure(r, b, severity, take_all[i]);
        tell_alike(b, take_all + i, count - i);
        shown++;
    }
    if (more) tg_buf_format(b, "and %zu more %s%s\n", more, what, plural(more));
    free(take_all);
}

static void add_failures(const struct tg_report *r, struct tg_buf *b, const struct tg_run *run)
{
    size_t count = run->failures.count;
    const struct tg_failure **all = tg_alloc((count + 1) * sizeof *all);
    for (size_t i = 0; i < count; i++) all[i] = &run->failures.items[i];
    add_each(r, b, TG_ERROR, all, count);
}

static void add_allowed(const struct tg_report *r, struct tg_buf *b, const struct tg_run *run)
{
    size_t count = run->allowed_count;
    const struct tg_failure **all = tg_alloc((count + 1) * sizeof *all);
    for (size_t i = 0; i < count; i++) all[i] = run->allowed->items.items[run->allowed_before + i];
    add_each(r, b, TG_WARNING, all, count);
}

/* The sum: "2 tasks failed, 3 skipped, 7 done, 1 caught", or "1 failure allowed, 3 tasks skipped, 7 done". */
static void add_sum(struct tg_buf *b, const struct tg_run *run, const struct tg_census *tasks, const char *took)
{
    size_t failed = run->failures.count, allowed = run->allowed_count;
    tg_id skipped = tasks->tasks.skipped;
    if (run->plan && run->plan->final) tg_buf_text(b, "finally: ");
    if (failed) tg_buf_format(b, "%zu task%s failed, %u skipped", failed, plural(failed), skipped);
    else tg_buf_format(b, "%zu failure%s allowed, %u task%s skipped", allowed, plural(allowed), skipped, plural(skipped));
    bool whole = !run->plan || !run->plan->final; /* what is up to date is counted for that */
    uint64_t fresh = whole ? tg_summary_fresh(run) : 0, done = whole ? tg_summary_done(run, tasks) : tasks->tasks.done;
    tg_buf_format(b, ", %" PRIu64 " done", done);
    if (fresh) tg_buf_format(b, ", %" PRIu64 " up to date", fresh);
    if (tasks->tasks.unneeded) tg_buf_format(b, ", %u not needed", tasks->tasks.unneeded);
    if (run->caught_count) tg_buf_format(b, ", %u caught", run->caught_count);
    if (failed && allowed) tg_buf_format(b, ", %zu allowed", allowed);
    if (run->retried_count) tg_buf_format(b, ", %u more attempt%s", run->retried_count, plural(run->retried_count));
    if (took) tg_buf_text(b, took);
    tg_buf_char(b, '\n');
}

void tg_failures_report(const struct tg_report *r, struct tg_run *run, const struct tg_census *tasks, bool quiet,
                        const char *took)
{
    struct tg_buf b = {0};
    if (!quiet) add_allowed(r, &b, run);
    add_failures(r, &b, run);
    add_all_followers(&b, run, quiet);
    if (run->failures.count || !quiet) add_sum(&b, run, tasks, took);
    tg_report_out(r, &b);
}

void tg_failures_cut_off(const struct tg_report *r, struct tg_run *run)
{
    struct tg_buf b = {0};
    add_cut_off(&b, run);
    if (b.length) tg_report_out(r, &b);
}

char *tg_failures_first(const struct tg_report *r, const struct tg_run *run)
{
    struct tg_buf b = {0};
    if (!run->failures.count) return NULL;
    add_failure(r, &b, TG_ERROR, &run->failures.items[0]);
    return tg_buf_take(&b);
}

void tg_failures_again(const struct tg_report *r, const char *first)
{
    struct tg_buf b = {0};
    tg_buf_text(&b, "first failure:\n");
    tg_buf_text(&b, first);
    tg_report_out(r, &b);
}
