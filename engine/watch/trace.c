/* SPDX-License-Identifier: MIT
 * From events to slices, arrows and counters.
 *
 * Times are microseconds with three decimals. What has begun and not ended when the events end was running then, and is shown up to
 * there. */
#include "engine/watch/trace.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"

/* Arrows that are drawn where nobody has asked for them. */
#define ARROWS_AUTO 20000

/* Names that have a curve of their own; results of others are one more. */
#define HOLDERS_MOST 100

struct traced_site {
    char *name, *place, *sort; /* heap; NULL: never told of */
    uint32_t holder;           /* from 1; 0: none of its results took memory so far */
};

/* Results of tasks of one name. */
struct traced_holder {
    const char *name; /* of a site; NULL: of several names */
    uint64_t bytes;
};

/* What is known of a task, by its id. */
struct traced_task {
    uint64_t began, ended; /* its last stretch */
    uint64_t bytes;        /* of its value, while it is there */
    uint32_t worker, site;
    uint32_t holding; /* the site that it had when its value came */
    bool running, ran;
};

struct tracing {
    struct tg_out *out;
    enum tg_trace_arrows arrows;
    bool any;       /* an object has been written */
    uint64_t part;  /* of the run */
    uint64_t last;  /* the latest time so far */
    uint64_t bytes; /* of all values that are there */
    uint64_t arrow; /* arrows so far */
    TG_VEC(struct traced_site) sites;
    TG_VEC(struct traced_holder) holders;
    TG_VEC(struct traced_task) tasks;
    TG_VEC(bool) workers; /* that have a row */
};

/* ---- writing ------------------------------------------------------------------------------------- */

static struct tg_buf *begin_object(struct tracing *t, const char *phase)
{
    struct tg_buf *b = &t->out->buf;
    tg_out_step(t->out);
    tg_buf_format(b, "%s{\"ph\":\"%s\",\"pid\":%llu", t->any ? ",\n" : "", phase, (unsigned long long)t->part + 1);
    t->any = true;
    return b;
}

static void add_trace_text(struct tg_buf *b, const char *before, const char *text)
{
    tg_buf_text(b, before);
    tg_buf_json_string(b, text, strlen(text));
}

static void add_time(struct tg_buf *b, const char *name, uint64_t ns)
{
    tg_buf_format(b, ",\"%s\":%llu.%03u", name, (unsigned long long)(ns / 1000), (unsigned)(ns % 1000));
}

static void add_thread(struct tg_buf *b, uint64_t worker)
{
    tg_buf_format(b, ",\"tid\":%llu", (unsigned long long)worker + 1);
}

static void name_row(struct tracing *t, uint64_t worker)
{
    while (t->workers.count <= worker) tg_vec_push(&t->workers, false);
    if (t->workers.items[worker]) return;
    t->workers.items[worker] = true;
    struct tg_buf *b = begin_object(t, "M");
    add_thread(b, worker);
    tg_buf_format(b, ",\"name\":\"thread_name\",\"args\":{\"name\":\"worker %llu\"}}", (unsigned long long)worker);
    b = begin_object(t, "M");
    add_thread(b, worker);
    tg_buf_format(b, ",\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":%llu}}", (unsigned long long)worker);
}

/* ---- what is known ------------------------------------------------------------------------------- */

static const struct traced_site *site_of(const struct tracing *t, uint64_t number)
{
    static const struct traced_site unknown = {(char *)"?", NULL, (char *)"task", 0};
    return number < t->sites.count && t->sites.items[number].name ? &t->sites.items[number] : &unknown;
}

static char *copy_told(const char *text)
{
    return text ? tg_alloc_text(text) : NULL;
}

static void forget_sites(struct tracing *t)
{
    for (size_t i = 0; i < t->sites.count; i++) {
        free(t->sites.items[i].name);
        free(t->sites.items[i].place);
        free(t->sites.items[i].sort);
    }
    t->sites.count = t->holders.count = 0;
}

static void learn_site(struct tracing *t, const struct tg_told *told)
{
    while (t->sites.count <= told->site) tg_vec_push(&t->sites, (struct traced_site){0});
    struct traced_site *s = &t->sites.items[told->site];
    if (!s->name)
        *s = (struct traced_site){copy_told(told->name), copy_told(told->place),
                                  tg_alloc_text(told->sort ? told->sort : "task"), 0};
}

static struct traced_task *traced_task_of(struct tracing *t, uint64_t id)
{
    while (t->tasks.count <= id) tg_vec_push(&t->tasks, (struct traced_task){0});
    return &t->tasks.items[id];
}

/* ---- slices -------------------------------------------------------------------------------------- */

struct traced_slice {
    uint64_t began, ended, worker, site, id, count;
    const char *became;   /* NULL: done */
    const char *message;  /* NULL: none */
    uint64_t cpu, memory; /* 0: unknown */
};

static void write_slice(struct tracing *t, const struct traced_slice *s)
{
    const struct traced_site *site = site_of(t, s->site);
    name_row(t, s->worker);
    struct tg_buf *b = begin_object(t, "X");
    add_thread(b, s->worker);
    add_time(b, "ts", s->began);
    add_time(b, "dur", s->ended > s->began ? s->ended - s->began : 0);
    add_trace_text(b, ",\"name\":", site->name);
    add_trace_text(b, ",\"cat\":", site->sort);
    if (s->message) tg_buf_text(b, ",\"cname\":\"terrible\"");
    tg_buf_format(b, ",\"args\":{\"id\":%llu", (unsigned long long)s->id);
    if (s->count > 1) tg_buf_format(b, ",\"count\":%llu", (unsigned long long)s->count);
    if (site->place) add_trace_text(b, ",\"place\":", site->place);
    if (s->cpu) tg_buf_format(b, ",\"cpu_ns\":%llu", (unsigned long long)s->cpu);
    if (s->memory) tg_buf_format(b, ",\"memory\":%llu", (unsigned long long)s->memory);
    if (s->became) add_trace_text(b, ",\"became\":", s->became);
    if (s->message) add_trace_text(b, ",\"message\":", s->message);
    tg_buf_text(b, "}}");
}

/* Half an arrow: at the end of what was needed, or at the beginning of who needs it. It belongs to the slice that is there then. */
static void write_arrow_end(struct tracing *t, const char *phase, uint64_t worker, uint64_t time)
{
    struct tg_buf *b = begin_object(t, phase);
    add_thread(b, worker);
    add_time(b, "ts", time);
    tg_buf_format(b, ",\"id\":%llu,\"name\":\"needs\",\"cat\":\"needs\",\"bp\":\"e\"}", (unsigned long long)t->arrow);
}

static void write_arrows(struct tracing *t, const struct tg_told *told, const struct traced_task *to)
{
    for (size_t i = 0; i < told->need_count; i++) {
        uint64_t id = told->needs[i];
        const struct traced_task *from = id < t->tasks.count ? &t->tasks.items[id] : NULL;
        if (!from || !from->ran || t->arrows == TG_TRACE_ARROWS_NONE) continue;
        if (t->arrows == TG_TRACE_ARROWS_AUTO && t->arrow >= ARROWS_AUTO) return;
        t->arrow++;
        write_arrow_end(t, "s", from->worker, from->ended > from->began ? from->ended - 1 : from->ended);
        write_arrow_end(t, "f", to->worker, to->began);
    }
}

/* name: of the tasks whose results they are; NULL: of all. */
static void write_memory(struct tracing *t, uint64_t time, const char *name, uint64_t bytes)
{
    struct tg_buf *b = begin_object(t, "C"), label = {0};
    add_time(b, "ts", time);
    tg_buf_format(&label, "memory of results%s%s", name ? ": " : "", name ? name : "");
    add_trace_text(b, ",\"name\":", label.data);
    tg_buf_format(b, ",\"args\":{\"bytes\":%llu}}", (unsigned long long)bytes);
    tg_buf_done(&label);
}

static struct traced_holder *holder_of(struct tracing *t, uint64_t number)
{
    struct traced_site *site = number < t->sites.count && t->sites.items[number].name ? &t->sites.items[number] : NULL;
    const char *name = site_of(t, number)->name;
    size_t i = 0;
    if (site && site->holder) return &t->holders.items[site->holder - 1];
    while (i < t->holders.count && i < HOLDERS_MOST && strcmp(t->holders.items[i].name, name) != 0) i++;
    if (i == t->holders.count) tg_vec_push(&t->holders, ((struct traced_holder){i < HOLDERS_MOST ? name : NULL, 0}));
    if (site) site->holder = (uint32_t)i + 1;
    return &t->holders.items[i];
}

/* The value of the task takes so much from now on. */
static void set_bytes(struct tracing *t, struct traced_task *task, uint64_t bytes, uint64_t time)
{
    struct traced_holder *holder = holder_of(t, task->holding);
    t->bytes += bytes - task->bytes;
    holder->bytes += bytes - task->bytes;
    task->bytes = bytes;
    write_memory(t, time, NULL, t->bytes);
    write_memory(t, time, holder->name ? holder->name : "others", holder->bytes);
}

/* ---- events -------------------------------------------------------------------------------------- */

/* A stretch of work is over. */
static void end_stretch(struct tracing *t, const struct tg_told *told)
{
    static const char *const became[] = {
        [TG_EVENT_FAILED] = "failed", [TG_EVENT_SUSPENDED] = "suspended", [TG_EVENT_RETRIED] = "failed, to be tried again"};
    struct traced_task *task = traced_task_of(t, told->id);
    task->running = false;
    if (told->began) {
        struct traced_slice s = {told->began, told->time, told->worker,  told->site, told->id,
                                 1,           NULL,       told->message, told->cpu,  told->memory};
        if (told->kind < TG_COUNT(became)) s.became = became[told->kind];
        task->began = told->began, task->ended = told->time;
        task->worker = (uint32_t)told->worker, task->site = (uint32_t)told->site;
        task->ran = true;
        write_slice(t, &s);
        write_arrows(t, told, task);
    }
    if (told->kind != TG_EVENT_DONE || !told->bytes) return;
    if (!task->bytes) task->holding = (uint32_t)told->site;
    set_bytes(t, task, told->bytes, told->time);
}

static void start_task(struct tracing *t, const struct tg_told *told)
{
    struct traced_task *task = traced_task_of(t, told->id);
    *task = (struct traced_task){
        .began = told->time, .worker = (uint32_t)told->worker, .site = (uint32_t)told->site, .running = true};
}

static void release_value_of(struct tracing *t, const struct tg_told *told)
{
    struct traced_task *task = traced_task_of(t, told->id);
    if (task->bytes) set_bytes(t, task, 0, told->time);
}

static void write_text_line(struct tracing *t, const struct tg_told *told)
{
    if (!told->text) return;
    struct tg_buf *b = begin_object(t, "i");
    add_time(b, "ts", told->time);
    tg_buf_text(b, ",\"tid\":0,\"s\":\"p\",\"name\":\"log\",\"cat\":\"log\",\"args\":{\"text\":");
    tg_buf_json_string(b, told->text, strlen(told->text));
    tg_buf_text(b, "}}");
}

/* What was running when the events ended. */
static void end_part(struct tracing *t)
{
    for (size_t id = 0; id < t->tasks.count; id++) {
        const struct traced_task *task = &t->tasks.items[id];
        if (!task->running) continue;
        struct traced_slice s = {
            task->began, t->last, task->worker, task->site, id, 1, "was running when the events ended", NULL, 0, 0};
        write_slice(t, &s);
    }
    t->tasks.count = t->workers.count = 0;
    t->bytes = t->last = 0;
    forget_sites(t);
}

static void begin_part(struct tracing *t, const struct tg_told *told)
{
    end_part(t);
    t->part = told->part;
    struct tg_buf *b = begin_object(t, "M");
    tg_buf_text(b, ",\"name\":\"process_name\",\"args\":{\"name\":");
    struct tg_buf name = {0};
    tg_buf_format(&name, "%s%s", told->workflow ? told->workflow : "a run", told->part ? ", finally" : "");
    tg_buf_json_string(b, name.data, name.length);
    tg_buf_text(b, "}}");
    tg_buf_done(&name);
}

static void trace_block(struct tracing *t, const struct tg_told *told)
{
    struct traced_slice s = {told->began, told->time, told->worker, told->site, told->id, told->count, NULL, NULL, 0, 0};
    write_slice(t, &s);
}

static void trace_event(struct tracing *t, const struct tg_told *told)
{
    if (told->time > t->last) t->last = told->time;
    switch (told->kind) {
    case TG_TOLD_RUN: begin_part(t, told); break;
    case TG_TOLD_SITE: learn_site(t, told); break;
    case TG_TOLD_BLOCK: trace_block(t, told); break;
    case TG_EVENT_STARTED: start_task(t, told); break;
    case TG_EVENT_DONE:
    case TG_EVENT_FAILED:
    case TG_EVENT_SUSPENDED:
    case TG_EVENT_RETRIED: end_stretch(t, told); break;
    case TG_EVENT_RELEASED: release_value_of(t, told); break;
    case TG_EVENT_TEXT: write_text_line(t, told); break;
    default: break;
    }
}

/* ---- all of it ----------------------------------------------------------------------------------- */

bool tg_trace_write(struct tg_eventread *from, enum tg_trace_arrows arrows, struct tg_out *out, struct tg_err *err)
{
    struct tracing t = {.out = out, .arrows = arrows};
    struct tg_told told;
    tg_buf_text(&out->buf, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
    while (tg_eventread_next(from, &told, err)) trace_event(&t, &told);
    end_part(&t);
    tg_buf_text(&out->buf, "\n]}\n");
    if (!from->number && !err->code) tg_err_set(err, TG_EXIT_USAGE, "'%s' has no events of a run", from->name);
    tg_vec_done(&t.sites);
    tg_vec_done(&t.holders);
    tg_vec_done(&t.tasks);
    tg_vec_done(&t.workers);
    return !err->code;
}
