/* SPDX-License-Identifier: MIT
 * Answers. Secrets are hidden in each text before it is written as JSON, which may change what they look like. */
#include "cmd/inquiry.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/chosen.h"
#include "cmd/say.h"
#include "cmd/signals.h"
#include "engine/base/clock.h"
#include "engine/gate/gate.h"
#include "engine/run/coordinator.h"
#include "engine/run/instance.h"
#include "engine/run/node.h"
#include "engine/sched/sched.h"

/* Tasks that an answer has at most: that run, that wait for something, that come next, that a word means. */
#define RUNNING_MOST 50
#define WAITING_MOST 20
#define NEXT_MOST 10
#define MEANT_MOST 20

/* So long tasks are looked for, and looked at between two looks at the clock. */
#define NEXT_NS UINT64_C(20000000)
#define MEANT_NS UINT64_C(100000000)
#define BLOCK_MOST 256

/* ---- parts --------------------------------------------------------------------------------------- */

static void put_hidden_text(const struct tg_inquiry *q, struct tg_buf *b, const char *key, const char *text)
{
    char *hidden = tg_secrets_hidden(q->of.report->secrets, text);
    tg_buf_format(b, "\"%s\":", key);
    tg_buf_json_string(b, hidden, strlen(hidden));
    free(hidden);
}

static void put_place(const struct tg_inquiry *q, struct tg_buf *b, tg_span span)
{
    struct tg_say say = {0};
    tg_say_place(&say, q->of.report->sources, span);
    if (say.length == 0 || say.length == sizeof say.text) return;
    say.text[say.length] = 0;
    tg_buf_char(b, ',');
    put_hidden_text(q, b, "place", say.text);
}

char *tg_inquiry_name(struct tg_inquiry *q, tg_id id, const struct tg_site *site, bool planned)
{
    const struct tg_graph *g = q->of.run->graph;
    bool known = planned && id < g->count && tg_graph_def_of(g, id) == site->def;
    return known ? tg_chosen_foresee(g, id, tg_instance_mask(&q->masks, g, site->def), q->of.run, 1)
                 : tg_alloc_text(site->def->name);
}

static double seconds_since(uint64_t ns)
{
    uint64_t now_ns = tg_clock_ns();
    return ns && ns < now_ns ? (double)(now_ns - ns) / 1e9 : 0;
}

/* ---- a task -------------------------------------------------------------------------------------- */

static void put_needs(struct tg_inquiry *q, struct tg_buf *b, const struct tg_taskstate *state)
{
    tg_buf_format(b, ",\"needs\":[");
    for (size_t i = 0; i < state->shown; i++) {
        const struct tg_graph *g = q->of.run->graph;
        char *name = tg_inquiry_name(q, state->needs[i], tg_graph_site_of(g, state->needs[i]), true);
        tg_buf_format(b, "%s{\"task\":%u,", i ? "," : "", state->needs[i]);
        put_hidden_text(q, b, "name", name);
        tg_buf_char(b, '}');
        free(name);
    }
    tg_buf_format(b, "],\"needed\":%zu", state->need_count);
}

/* The object of a task; false and nothing if there is none. */
static bool put_task_object(struct tg_inquiry *q, struct tg_buf *b, tg_id id, bool planned, const char *between)
{
    struct tg_taskstate state;
    if (!tg_taskstate_find(&q->standing, id, planned, &state)) return false;
    char *name = tg_inquiry_name(q, id, state.site, planned);
    tg_buf_format(b, "%s{\"task\":%u,", between, id);
    put_hidden_text(q, b, "name", name);
    put_place(q, b, state.site->span);
    tg_buf_format(b, ",\"state\":\"%s\"", tg_taskstate_words[state.stands]);
    if (state.stands == TG_STANDS_RUNNING)
        tg_buf_format(b, ",\"worker\":%u,\"seconds\":%.1f", state.worker, seconds_since(state.since_ns));
    if (state.attempt) tg_buf_format(b, ",\"attempt\":%u", state.attempt);
    if (state.why) {
        tg_buf_char(b, ',');
        put_hidden_text(q, b, state.stands == TG_STANDS_WAITING ? "for" : "message", state.why);
    }
    if (state.need_count) put_needs(q, b, &state);
    tg_buf_char(b, '}');
    free(name);
    free(state.why);
    return true;
}

/* ---- a run --------------------------------------------------------------------------------------- */

static void put_run(const struct tg_inquiry *q, struct tg_buf *b)
{
    const struct tg_standing *s = &q->standing;
    const struct tg_run *run = q->of.run;
    tg_buf_format(b, "{\"run\":%ld,", (long)getpid());
    put_hidden_text(q, b, "workflow", q->of.workflow);
    tg_buf_format(b, ",\"began\":%.3f,\"seconds\":%.1f,\"scheduler\":\"%s\",\"workers\":%u", q->began,
                  (double)s->elapsed_ns / 1e9, run->options.sched->name, tg_run_width((struct tg_run *)run));
    tg_buf_format(b, ",\"part\":\"%s\",\"ending\":%s,\"grows\":%s", q->of.final ? "finally" : "graph",
                  tg_signals_number() ? "true" : "false", s->grows ? "true" : "false");
    if (atomic_load(run->stop) == TG_PAUSED) tg_buf_text(b, ",\"paused\":true");
    tg_id caught = s->failed > s->told ? s->failed - s->told : 0;
    tg_buf_format(b, ",\"tasks\":%u,\"done\":%u,\"failed\":%u,\"caught\":%u,\"skipped\":%u,\"running\":%u,\"retried\":%u",
                  s->total, s->done, s->told, caught, s->skipped, s->running, s->retried);
    if (s->left_s >= 0) tg_buf_format(b, ",\"left\":%.0f", s->left_s);
}

static void put_running(struct tg_inquiry *q, struct tg_buf *b)
{
    const struct tg_run *run = q->of.run;
    unsigned count = atomic_load_explicit(&run->worker_count, memory_order_acquire), shown = 0;
    tg_buf_text(b, ",\"running_tasks\":[");
    for (unsigned i = 0; i < count && shown < RUNNING_MOST; i++) {
        tg_id id = tg_say_task_of(&run->workers[i]);
        if (id != TG_NO_TASK) shown += put_task_object(q, b, id, tg_taskstate_is_of_plan(q->of.run, id), shown ? "," : "");
    }
    tg_buf_char(b, ']');
}

/* Tasks that are held back, to be told of when the locks are free again. */
static size_t list_held(const struct tg_run *run, tg_id *ids, size_t room)
{
    struct tg_gate_visit visits[WAITING_MOST];
    const struct tg_services *services = run->options.services;
    size_t count = 0, visitors = services && services->gate ? tg_gate_waiting(services->gate, visits, WAITING_MOST) : 0;
    for (size_t i = 0; i < visitors && i < WAITING_MOST && count < room; i++)
        if (visits[i].task != TG_NO_TASK) ids[count++] = visits[i].task;
    struct tg_coordinator *c = run->coordinator;
    if (!c) return count;
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < c->table_room; i++)
        for (const struct tg_tries *a = c->table[i]; a && count < room; a = a->next)
            if (a->in_line || (a->place != SIZE_MAX && a->attempt > 1)) ids[count++] = a->id;
    pthread_mutex_unlock(&c->lock);
    return count;
}

static void put_waiting(struct tg_inquiry *q, struct tg_buf *b)
{
    tg_id ids[WAITING_MOST];
    size_t count = list_held(q->of.run, ids, WAITING_MOST), shown = 0;
    tg_buf_text(b, ",\"waiting_tasks\":[");
    for (size_t i = 0; i < count; i++)
        shown += put_task_object(q, b, ids[i], tg_taskstate_is_of_plan(q->of.run, ids[i]), shown ? "," : "");
    tg_buf_text(b, "],\"waiting\":[");
    for (size_t i = 0; i < q->standing.wait_count; i++) {
        tg_buf_format(b, "%s{\"count\":%zu,", i ? "," : "", q->standing.waits[i].count);
        put_hidden_text(q, b, "for", q->standing.waits[i].what);
        tg_buf_char(b, '}');
    }
    tg_buf_char(b, ']');
}

static void put_names(const struct tg_inquiry *q, struct tg_buf *b)
{
    size_t shown = 0;
    tg_buf_text(b, ",\"names\":[");
    for (size_t i = 0; i < q->standing.of.count; i++) {
        const struct tg_standing_of *of = &q->standing.of.items[i];
        if (of->helper) continue;
        tg_buf_text(b, shown++ ? ",{" : "{");
        put_hidden_text(q, b, "name", of->def->name);
        if (of->total) tg_buf_format(b, ",\"tasks\":%u", of->total);
        tg_buf_format(b, ",\"done\":%u,\"failed\":%u,\"running\":%u}", tg_standing_done_of(of), of->failed, of->running);
    }
    tg_buf_char(b, ']');
}

/* Of those that have not begun, and need what is not done, the first ones. */
static void put_next(struct tg_inquiry *q, struct tg_buf *b)
{
    const struct tg_run *run = q->of.run;
    tg_id end = run->nodes ? atomic_load_explicit(&run->nodes->end, memory_order_relaxed) : run->graph->count, shown = 0;
    uint64_t until_ns = tg_clock_ns() + NEXT_NS;
    tg_buf_text(b, ",\"next\":[");
    for (tg_id id = 0; id < end && shown < NEXT_MOST; id++) {
        struct tg_taskstate state;
        bool planned = tg_taskstate_is_of_plan(q->of.run, id);
        if (id % BLOCK_MOST == 0 && tg_clock_ns() > until_ns) break;
        if (!tg_taskstate_find(&q->standing, id, planned, &state)) continue;
        free(state.why);
        if ((state.stands != TG_STANDS_PENDING && state.stands != TG_STANDS_READY) || tg_def_is_helper(state.site->def))
            continue;
        shown += put_task_object(q, b, id, planned, shown ? "," : "");
    }
    tg_buf_char(b, ']');
}

static void answer_run(struct tg_inquiry *q, struct tg_buf *b, bool whole)
{
    put_run(q, b);
    if (!whole) return;
    put_running(q, b);
    put_waiting(q, b);
    put_names(q, b);
    put_next(q, b);
}

/* ---- what is asked ------------------------------------------------------------------------------- */

static void answer_error(const struct tg_inquiry *q, struct tg_buf *b, struct tg_err *err)
{
    tg_buf_format(b, "{\"run\":%ld,", (long)getpid());
    put_hidden_text(q, b, "error", err->message);
    if (err->hint) tg_buf_char(b, ','), put_hidden_text(q, b, "hint", err->hint);
    tg_err_done(err);
}

/* Those that have not ended come first. */
static bool is_early(enum tg_stands stands)
{
    return stands == TG_STANDS_RUNNING || stands == TG_STANDS_WAITING || stands == TG_STANDS_FAILED;
}

/* Counts the tasks by where they stand, and writes those that come first, then others, as far as there is room. */
static void put_meant(struct tg_inquiry *q, struct tg_buf *b, const struct tg_inquiry_found *found)
{
    size_t counts[TG_STANDS_SKIPPED + 1] = {0}, shown = 0;
    uint64_t until_ns = tg_clock_ns() + MEANT_NS;
    tg_buf_text(b, ",\"tasks\":[");
    for (int late = 0; late < 2; late++)
        for (size_t i = 0; i < found->ids.count; i++) {
            struct tg_taskstate state;
            bool planned = i < found->planned;
            if (i % BLOCK_MOST == BLOCK_MOST - 1 && tg_clock_ns() > until_ns) break;
            if (!tg_taskstate_find(&q->standing, found->ids.items[i], planned, &state)) continue;
            free(state.why);
            counts[state.stands] += !late;
            if (is_early(state.stands) == late || shown >= MEANT_MOST) continue;
            shown += put_task_object(q, b, found->ids.items[i], planned, shown ? "," : "");
        }
    tg_buf_format(b, "],\"count\":%zu,\"states\":{", found->ids.count);
    const char *between = "";
    for (size_t i = 0; i < TG_COUNT(counts); i++) {
        if (!counts[i]) continue;
        tg_buf_format(b, "%s\"%s\":%zu", between, tg_taskstate_words[i], counts[i]);
        between = ",";
    }
    tg_buf_char(b, '}');
}

static void answer_task(struct tg_inquiry *q, struct tg_buf *b, const char *word)
{
    struct tg_inquiry_found found;
    struct tg_err err = {0};
    if (tg_inquiry_find(q, word, &found, &err)) {
        tg_buf_format(b, "{\"run\":%ld,", (long)getpid());
        put_hidden_text(q, b, "word", word);
        put_meant(q, b, &found);
    } else {
        answer_error(q, b, &err);
    }
    tg_vec_done(&found.ids);
}

static void answer_scale(struct tg_inquiry *q, struct tg_buf *b, const char *word)
{
    struct tg_err err = {0};
    bool number = *word && strlen(word) < 9 && strspn(word, "0123456789") == strlen(word);
    if (tg_run_scale((struct tg_run *)q->of.run, number ? (unsigned)strtoul(word, NULL, 10) : 0, &err))
        tg_buf_format(b, "{\"run\":%ld,\"workers\":%u", (long)getpid(), tg_run_width((struct tg_run *)q->of.run));
    else answer_error(q, b, &err);
}

enum tg_inquiry_asked tg_inquiry_answer(struct tg_inquiry *q, const char *line, struct tg_buf *answer)
{
    enum tg_inquiry_asked asked = TG_INQUIRY_NOTHING;
    if (strcmp(line, "status") == 0) {
        answer_run(q, answer, false);
    } else if (strcmp(line, "run") == 0) {
        answer_run(q, answer, true);
    } else if (strncmp(line, "task ", 5) == 0) {
        answer_task(q, answer, line + 5);
    } else if (strcmp(line, "stop") == 0) {
        bool again = tg_signals_number() && !tg_signals_are_one(SIGINT);
        tg_buf_format(answer, "{\"run\":%ld,\"ending\":%s", (long)getpid(), again ? "true" : "false");
        asked = TG_INQUIRY_STOP;
    } else if (strncmp(line, "scale ", 6) == 0) {
        answer_scale(q, answer, line + 6);
    } else {
        struct tg_err err = {0};
        tg_err_set(&err, TG_EXIT_USAGE, "this run knows no such request");
        answer_error(q, answer, &err);
    }
    tg_buf_text(answer, "}\n");
    return asked;
}

void tg_inquiry_do(enum tg_inquiry_asked asked)
{
    if (asked == TG_INQUIRY_STOP) tg_signals_ask();
}

/* ---- the public part ----------------------------------------------------------------------------- */

void tg_inquiry_begin(struct tg_inquiry *q, const struct tg_inquiry_of *of, uint64_t begin_ns)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *q = (struct tg_inquiry){.of = *of};
    q->began = (double)now.tv_sec + (double)now.tv_nsec / 1e9 - (double)(tg_clock_ns() - begin_ns) / 1e9;
    tg_standing_begin(&q->standing, of->run, begin_ns);
}

void tg_inquiry_end(struct tg_inquiry *q)
{
    tg_standing_done(&q->standing);
    tg_vec_done(&q->masks);
}
