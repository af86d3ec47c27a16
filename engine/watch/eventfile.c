/* SPDX-License-Identifier: MIT
 * Events as text. Most lines are of tasks of nanoseconds, so their numbers are written by hand. */
#include "engine/watch/eventfile.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/bits.h"
#include "engine/base/clock.h"
#include "engine/base/digits.h"
#include "engine/graph/shape.h"
#include "engine/run/node.h"
#include "engine/watch/eventread.h"

/* A reader who is behind at the end gets so long for each piece. */
#define PATIENCE_NS UINT64_C(1000000000)

/* Of a line without names, texts and lists. */
#define LINE_BYTES 256

/* ---- parts of lines ------------------------------------------------------------------------------ */

static void add_event_number(struct tg_buf *b, const char *name, uint64_t number)
{
    tg_buf_format(b, ",\"%s\":%llu", name, (unsigned long long)number);
}

static void add_event_text(struct tg_buf *b, const struct tg_eventfile *e, const char *name, const char *text, size_t length)
{
    size_t from = b->length;
    tg_buf_format(b, ",\"%s\":", name);
    tg_buf_json_string(b, text, length);
    tg_secrets_hide(e->run->options.services->secrets, b, from);
}

static uint64_t since_begin(const struct tg_eventfile *e, uint64_t time_ns)
{
    return time_ns > e->run->begin_ns ? time_ns - e->run->begin_ns : 0;
}

/* ---- lines --------------------------------------------------------------------------------------- */

/* A line has been added, from this byte on: it stays, or is left out with all others for want of room. */
static bool end_line(struct tg_eventfile *e, size_t from)
{
    struct tg_buf *b = tg_outlet_lines(&e->out);
    tg_buf_text(b, "}\n");
    size_t length = b->length - from;
    b->length = from;
    if (!tg_outlet_admits(&e->out, length, 1)) return false;
    b->length = from + length;
    return true;
}

/* Lines before were left out. */
static void tell_lost(struct tg_eventfile *e)
{
    struct tg_buf *b = tg_outlet_lines(&e->out);
    size_t from = b->length;
    uint64_t dropped = e->out.dropped;
    tg_buf_text(b, "{\"event\":\"dropped\"");
    add_event_number(b, "lines", dropped - e->lost);
    if (end_line(e, from)) e->lost = dropped;
    else e->out.dropped = dropped; /* this line is none of them */
}

static size_t begin_line(struct tg_eventfile *e)
{
    if (e->out.dropped != e->lost) tell_lost(e);
    return tg_outlet_lines(&e->out)->length;
}

static void make_room_for_site(struct tg_eventfile *e, size_t site)
{
    if (site / 64 < e->written_words) return;
    size_t words = 2 * (site / 64 + 1);
    e->written = tg_alloc_resize(e->written, words * sizeof *e->written);
    memset(e->written + e->written_words, 0, (words - e->written_words) * sizeof *e->written);
    e->written_words = words;
}

static void write_site(struct tg_eventfile *e, size_t number, const struct tg_site *site)
{
    struct tg_buf *b = tg_outlet_lines(&e->out), place = {0};
    const struct tg_def *def = site->def;
    size_t from = begin_line(e);
    if (e->place) e->place(e->place_data, site->span, &place);
    tg_buf_text(b, "{\"event\":\"site\"");
    add_event_number(b, "site", number);
    add_event_text(b, e, "name", def->name, strlen(def->name));
    if (def->plugin) add_event_text(b, e, "plugin", def->plugin, strlen(def->plugin));
    add_event_text(b, e, "kind", tg_eventfile_sort(def), strlen(tg_eventfile_sort(def)));
    if (site->flags & TG_SITE_EXPANDS) tg_buf_text(b, ",\"expands\":true");
    if (place.length) add_event_text(b, e, "place", place.data, place.length);
    if (end_line(e, from)) tg_bits_set(e->written, number);
    tg_buf_done(&place);
}

/* A site is told of before its first event. */
static void introduce_site(struct tg_eventfile *e, const struct tg_site *site)
{
    size_t number = (size_t)(site - e->run->graph->site_table.items);
    make_room_for_site(e, number);
    if (TG_UNLIKELY(!tg_bits_get(e->written, number))) write_site(e, number, site);
}

/* ---- events -------------------------------------------------------------------------------------- */

/* The tasks whose results it has used or waited for, of those that were there before the run. */
static void write_needs(struct tg_buf *b, const struct tg_graph *g, tg_id id)
{
    uint32_t begin = tg_graph_arg_begin(g, id), end = g->arg_end[id];
    bool any = false;
    char *to = tg_buf_reserve(b, (size_t)(end - begin) * (TG_DIGITS + 1) + LINE_BYTES), *at = to;
    for (uint32_t i = begin; i < end; i++) {
        if (!tg_arg_is_edge(g->args[i])) continue;
        at = any ? tg_digits_literal(at, ",") : tg_digits_literal(at, ",\"needs\":[");
        at = tg_digits_put(at, tg_arg_payload(g->args[i]));
        any = true;
    }
    if (any) *at++ = ']';
    b->length += (size_t)(at - to);
}

/* Who has added it, and in which of his rounds. */
static void write_parent(struct tg_buf *b, tg_id parent, uint32_t parent_round)
{
    if (parent != TG_NO_TASK) add_event_number(b, "parent", parent);
    if (parent_round) add_event_number(b, "parent_round", parent_round);
}

/* The same of a graph that grows, with who has added it. */
static void write_node(struct tg_buf *b, const struct tg_event_node *node)
{
    const char *between = ",\"needs\":[";
    write_parent(b, node->parent, node->parent_round);
    if (node->round) add_event_number(b, "round", node->round);
    for (size_t i = 0; i < node->input_count; i++) {
        if (tg_kind(node->inputs[i]) != TG_FUTURE) continue;
        tg_buf_format(b, "%s%llu", between, (unsigned long long)node->inputs[i].bits);
        between = ",";
    }
    if (*between == ',' && !between[1]) tg_buf_char(b, ']');
    if (node->continues) tg_buf_text(b, ",\"continues\":true");
}

/* A number means one task while there are events, and this is not changed once it is there. */
static void write_added(struct tg_buf *b, const struct tg_nodes *nodes, uint64_t id)
{
    if (nodes) write_parent(b, nodes->items[id].parent, nodes->items[id].parent_round);
}

static void write_event_numbers(struct tg_eventfile *e, const struct tg_event *event)
{
    struct tg_buf *b = tg_outlet_lines(&e->out);
    char *to = tg_buf_reserve(b, LINE_BYTES), *at = tg_digits_literal(to, "{\"event\":\"");
    size_t length = strlen(tg_eventread_words[event->kind]);
    at = (char *)memcpy(at, tg_eventread_words[event->kind], length) + length;
    at = tg_digits_put(tg_digits_literal(at, "\",\"time\":"), since_begin(e, event->time_ns));
    if (event->site) {
        at = tg_digits_put(tg_digits_literal(at, ",\"id\":"), event->task);
        at = tg_digits_put(tg_digits_literal(at, ",\"site\":"), (size_t)(event->site - e->run->graph->site_table.items));
    }
    if (event->worker != UINT32_MAX) at = tg_digits_put(tg_digits_literal(at, ",\"worker\":"), event->worker);
    if (event->began_ns) at = tg_digits_put(tg_digits_literal(at, ",\"began\":"), since_begin(e, event->began_ns));
    if (event->ended_ns) at = tg_digits_put(tg_digits_literal(at, ",\"ended\":"), since_begin(e, event->ended_ns));
    if (event->bytes) at = tg_digits_put(tg_digits_literal(at, ",\"bytes\":"), event->bytes);
    b->length += (size_t)(at - to);
}

static const char *name_of_text(enum tg_event_kind kind)
{
    return kind == TG_EVENT_TEXT ? "text" : kind == TG_EVENT_STARTED ? "arguments" : "message";
}

static void write_end_body(struct tg_eventfile *e, enum tg_event_kind kind, const struct tg_event_text *text)
{
    struct tg_buf *b = tg_outlet_lines(&e->out);
    if (text->used.cpu_ns) add_event_number(b, "cpu", text->used.cpu_ns);
    if (text->used.peak_bytes) add_event_number(b, "memory", text->used.peak_bytes);
    if (kind != TG_EVENT_DONE && kind != TG_EVENT_SKIPPED) add_event_text(b, e, name_of_text(kind), text->text, text->length);
    if (text->log) add_event_text(b, e, "log", text->log, strlen(text->log));
}

static bool take_for_file(struct tg_sink *sink, const struct tg_event *event, struct tg_err *err)
{
    const uint32_t ends = TG_EVENT_BIT(TG_EVENT_DONE) | TG_EVENT_BIT(TG_EVENT_FAILED) | TG_EVENT_BIT(TG_EVENT_SKIPPED);
    struct tg_eventfile *e = (struct tg_eventfile *)sink;
    const struct tg_event_text *text = (const struct tg_event_text *)event->body;
    if (event->site) introduce_site(e, event->site);
    size_t from = begin_line(e);
    struct tg_buf *b = tg_outlet_lines(&e->out);
    write_event_numbers(e, event);
    if (event->kind == TG_EVENT_NODE) write_node(b, (const struct tg_event_node *)event->body);
    else if (event->kind == TG_EVENT_ADDED) write_added(b, e->run->nodes, event->task);
    else if (text) write_end_body(e, event->kind, text);
    bool planned = !e->run->graph->grows && event->task < e->run->graph->count;
    if (TG_EVENT_BIT(event->kind) & ends && planned) write_needs(b, e->run->graph, (tg_id)event->task);
    end_line(e, from);
    return tg_outlet_step(&e->out, false, err);
}

static bool write_rest(struct tg_sink *sink, struct tg_err *err)
{
    return tg_outlet_step(&((struct tg_eventfile *)sink)->out, true, err);
}

/* ---- the public part ----------------------------------------------------------------------------- */

const char *tg_eventfile_sort(const struct tg_def *def)
{
    if (def->flags & TG_DEF_COMMAND) return "command";
    return tg_def_is_helper(def) ? "helper" : "task";
}

bool tg_eventfile_open(struct tg_eventfile *e, const char *name, tg_place_fn place, void *place_data, struct tg_err *err)
{
    const uint32_t all = TG_EVENT_BIT(TG_EVENT_KINDS) - 1;
    *e = (struct tg_eventfile){.place = place, .place_data = place_data};
    e->sink = (struct tg_sink){.name = name, .kind = TG_SINK_LOSSLESS, .wants = all, .take = take_for_file, .rest = write_rest};
    return tg_outlet_open(&e->out, name, err);
}

static void add_moment(struct tg_buf *b)
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    tg_buf_format(b, ",\"began\":\"%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ\"", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                  utc.tm_hour, utc.tm_min, utc.tm_sec, now.tv_nsec / 1000);
}

void tg_eventfile_begin(struct tg_eventfile *e, const struct tg_run *run, const char *workflow)
{
    struct tg_buf *b = tg_outlet_lines(&e->out);
    char host[256] = "", shape[TG_SHAPE_BYTES];
    if (!run->plan->final) tg_shape_text(run->graph, shape);
    gethostname(host, sizeof host - 1);
    e->run = run;
    size_t from = begin_line(e);
    tg_buf_text(b, "{\"event\":\"run\"");
    add_event_number(b, "version", TG_EVENTS_VERSION);
    add_event_number(b, "part", e->part++);
    add_event_text(b, e, "workflow", workflow, strlen(workflow));
    add_moment(b);
    add_event_text(b, e, "host", host, strlen(host));
    add_event_number(b, "process", (uint64_t)getpid());
    add_event_text(b, e, "scheduler", run->options.sched->name, strlen(run->options.sched->name));
    add_event_number(b, "tasks", run->plan->count);
    if (!run->plan->final) add_event_text(b, e, "graph", shape, strlen(shape));
    end_line(e, from);
}

/* The tasks whose failures show: all others that have failed were caught. */
static void write_failures(struct tg_buf *b, const struct tg_run *run)
{
    for (size_t i = 0; i < run->failures.count; i++)
        tg_buf_format(b, "%s%u", i ? "," : ",\"failures\":[", run->failures.items[i].task);
    if (run->failures.count) tg_buf_char(b, ']');
}

void tg_eventfile_end(struct tg_eventfile *e, int status, const struct tg_eventfile_number *numbers, size_t count)
{
    struct tg_buf *b = tg_outlet_lines(&e->out);
    struct tg_tally tally = tg_run_tally(e->run);
    size_t from = begin_line(e);
    tg_buf_text(b, "{\"event\":\"end\"");
    add_event_number(b, "time", since_begin(e, tg_clock_ns()));
    add_event_number(b, "status", (uint64_t)status);
    add_event_number(b, "done", tally.count[TG_EVENT_DONE]);
    add_event_number(b, "failed", tally.count[TG_EVENT_FAILED]);
    add_event_number(b, "skipped", tally.count[TG_EVENT_SKIPPED]);
    add_event_number(b, "workers", atomic_load(&e->run->worker_count));
    for (size_t i = 0; i < count; i++)
        if (numbers[i].number) add_event_number(b, numbers[i].name, numbers[i].number);
    write_failures(b, e->run);
    end_line(e, from);
}

bool tg_eventfile_close(struct tg_eventfile *e, uint64_t *dropped, struct tg_err *err)
{
    bool good = tg_outlet_close(&e->out, PATIENCE_NS, err);
    *dropped = e->out.dropped;
    free(e->written);
    e->written = NULL;
    return good;
}
