/* SPDX-License-Identifier: MIT
 * Events on their way into a trace, as if they had been read from a file of them: without being written and read. */
#include "engine/watch/tracesink.h"

#include "engine/base/compiler.h"
#include "engine/watch/eventfile.h"

/* ---- sites --------------------------------------------------------------------------------------- */

/* A site is told of before its first event. */
static void tell_site(struct tg_tracesink *s, const struct tg_site *site, uint64_t number)
{
    struct tg_buf place = {0};
    if (TG_LIKELY(tg_trace_knows(&s->trace, number))) return;
    if (s->place) s->place(s->place_data, site->span, &place);
    struct tg_told told = {.kind = TG_TOLD_SITE, .site = number, .name = site->def->name};
    told.sort = tg_eventfile_sort(site->def);
    told.place = place.length ? tg_buf_str(&place) : NULL;
    tg_trace_add(&s->trace, &told);
    tg_buf_done(&place);
}

/* ---- events -------------------------------------------------------------------------------------- */

static uint64_t since(const struct tg_tracesink *s, uint64_t time_ns)
{
    return time_ns > s->run->begin_ns ? time_ns - s->run->begin_ns : 0;
}

/* The tasks whose results it has used or waited for, of those that were there before the run. */
static void tell_needs(struct tg_tracesink *s, const struct tg_graph *g, tg_id id, struct tg_told *told)
{
    s->needs.count = 0;
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++)
        if (tg_arg_is_edge(g->args[i])) tg_vec_push(&s->needs, tg_arg_payload(g->args[i]));
    told->needs = s->needs.items;
    told->need_count = s->needs.count;
}

static void add_body(struct tg_told *told, const struct tg_event_text *text)
{
    told->cpu = text->used.cpu_ns;
    told->memory = text->used.peak_bytes;
    if (told->kind == TG_EVENT_STARTED) told->arguments = text->text;
    else if (told->kind == TG_EVENT_TEXT) told->text = text->text;
    else if (told->kind != TG_EVENT_DONE && told->kind != TG_EVENT_SKIPPED) told->message = text->text;
}

static bool take_for_trace(struct tg_sink *sink, const struct tg_event *event, struct tg_err *err)
{
    struct tg_tracesink *s = (struct tg_tracesink *)sink;
    const struct tg_event_text *text = (const struct tg_event_text *)event->body;
    struct tg_told told = {.kind = event->kind, .time = since(s, event->time_ns), .bytes = event->bytes};
    told.worker = event->worker;
    if (event->began_ns) told.began = since(s, event->began_ns);
    if (event->ended_ns) told.ended = since(s, event->ended_ns);
    if (event->site) {
        told.id = event->task;
        told.site = (uint64_t)(event->site - s->run->graph->site_table.items);
        tell_site(s, event->site, told.site);
        if (event->began_ns && !s->run->nodes && tg_trace_wants_needs(&s->trace))
            tell_needs(s, s->run->graph, (tg_id)event->task, &told);
    }
    if (text) add_body(&told, text);
    tg_trace_add(&s->trace, &told);
    return !s->out.error || tg_err_set(err, TG_EXIT_CANNOT, "its file cannot be written");
}

/* ---- the public part ----------------------------------------------------------------------------- */

void tg_tracesink_open(struct tg_tracesink *s, const char *path, int fd, tg_place_fn place, void *place_data)
{
    const uint32_t unused = TG_EVENT_BIT(TG_EVENT_ADDED) | TG_EVENT_BIT(TG_EVENT_NODE);
    *s = (struct tg_tracesink){.path = path, .place = place, .place_data = place_data};
    s->sink = (struct tg_sink){.name = "the trace", .kind = TG_SINK_LOSSLESS, .take = take_for_trace};
    s->sink.wants = (TG_EVENT_BIT(TG_EVENT_KINDS) - 1) & ~unused;
    tg_out_init(&s->out, fd);
    tg_trace_begin(&s->trace, &s->out, TG_TRACE_ARROWS_AUTO);
}

void tg_tracesink_begin(struct tg_tracesink *s, const struct tg_run *run, const char *workflow)
{
    struct tg_told told = {.kind = TG_TOLD_RUN, .part = s->part++, .workflow = workflow};
    s->run = run;
    s->trace.secrets = run->options.services->secrets;
    tg_trace_add(&s->trace, &told);
}

bool tg_tracesink_close(struct tg_tracesink *s, struct tg_err *err)
{
    tg_trace_end(&s->trace);
    tg_vec_done(&s->needs);
    bool written = tg_out_done(&s->out, s->path, err);
    return written && (s->part || tg_err_set(err, TG_EXIT_CANNOT, "nothing has run"));
}
