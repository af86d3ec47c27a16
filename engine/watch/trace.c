/* SPDX-License-Identifier: MIT
 * From events to slices, arrows and counters.
 *
 * Times are microseconds with three decimals. What has begun and not ended when the events end was running then, and is shown up to
 * there. Slices of a row are beside each other, or one is within the other. */
#include "engine/watch/trace.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/digits.h"
#include "engine/base/secret.h"

/* Arrows that are drawn where nobody has asked for them. */
#define ARROWS_AUTO 20000

/* Names that have a curve of their own; results of others are one more. */
#define HOLDERS_MOST 100

/* Of an object without texts. */
#define OBJECT_BYTES 384

/* Rows by number: of a worker, and behind it of its executor. Their `tid`s. */
#define ROW_OF(worker, executor) (2 * (uint32_t)(worker) + ((executor) ? 1 : 0))
#define EXECUTOR_TID 1000000

/* ---- writing ------------------------------------------------------------------------------------- */

/* An object is written where there is room for OBJECT_BYTES, and `more`. */
static char *begin_object(struct tg_trace *t, char phase, size_t more)
{
    tg_out_step(t->out);
    char *at = tg_buf_reserve(&t->out->buf, OBJECT_BYTES + more);
    if (t->any) at = tg_digits_literal(at, ",\n");
    t->any = true;
    at = tg_digits_literal(at, "{\"ph\":\"");
    *at++ = phase;
    return tg_digits_put(tg_digits_literal(at, "\",\"pid\":"), t->part + 1);
}

/* What was written belongs to the buffer, which may be added to until the next object. */
static struct tg_buf *end_object(struct tg_trace *t, const char *at)
{
    struct tg_buf *b = &t->out->buf;
    b->length = (size_t)(at - b->data);
    return b;
}

static char *put_piece(char *to, const char *text, size_t length)
{
    return (char *)memcpy(to, text, length) + length;
}

/* Microseconds. */
static char *put_time(char *to, uint64_t ns)
{
    unsigned part = (unsigned)(ns % 1000);
    char decimals[] = {'.', (char)('0' + part / 100), (char)('0' + part / 10 % 10), (char)('0' + part % 10)};
    return put_piece(tg_digits_put(to, ns / 1000), decimals, sizeof decimals);
}

static char *put_row(char *to, uint32_t row)
{
    return tg_digits_put(tg_digits_literal(to, ",\"tid\":"), row / 2 + (row % 2 ? EXECUTOR_TID : 0) + 1);
}

/* A key, and a text in which there are no secrets. */
static void add_trace_text(const struct tg_trace *t, struct tg_buf *b, const char *before, const char *text)
{
    size_t from = b->length;
    tg_buf_text(b, before);
    tg_buf_json_string(b, text, strlen(text));
    tg_secrets_hide(t->secrets, b, from);
}

static void name_row(struct tg_trace *t, uint32_t row)
{
    while (t->rows.count <= row) tg_vec_push(&t->rows, false);
    if (t->rows.items[row]) return;
    t->rows.items[row] = true;
    struct tg_buf *b = end_object(t, put_row(begin_object(t, 'M', 0), row));
    tg_buf_format(b, ",\"name\":\"thread_name\",\"args\":{\"name\":\"%s %u\"}}", row % 2 ? "executor" : "worker", row / 2);
    b = end_object(t, put_row(begin_object(t, 'M', 0), row));
    tg_buf_format(b, ",\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":%u}}", row);
}

/* ---- what is known ------------------------------------------------------------------------------- */

static const struct tg_traced_site *site_of(const struct tg_trace *t, uint64_t number)
{
    static const char slice[] = ",\"name\":\"?\",\"cat\":\"task\"";
    static const struct tg_traced_site unknown = {.slice = (char *)slice, .slice_length = sizeof slice - 1};
    return tg_trace_knows(t, number) ? &t->sites.items[number] : &unknown;
}

static void learn_site(struct tg_trace *t, const struct tg_told *told)
{
    struct tg_buf slice = {0}, place = {0};
    if (tg_trace_knows(t, told->site)) return;
    while (t->sites.count <= told->site) tg_vec_push(&t->sites, (struct tg_traced_site){0});
    add_trace_text(t, &slice, ",\"name\":", told->name);
    add_trace_text(t, &slice, ",\"cat\":", told->sort ? told->sort : "task");
    if (told->place) add_trace_text(t, &place, ",\"place\":", told->place);
    struct tg_traced_site *s = &t->sites.items[told->site];
    *s = (struct tg_traced_site){.slice_length = slice.length, .place_length = place.length};
    s->slice = tg_buf_take(&slice);
    s->name = tg_alloc_text(told->name);
    s->place = s->place_length ? tg_buf_take(&place) : NULL;
}

static struct tg_traced_task *traced_task_of(struct tg_trace *t, uint64_t id)
{
    while (t->tasks.count <= id) tg_vec_push(&t->tasks, (struct tg_traced_task){0});
    return &t->tasks.items[id];
}

static void forget_part(struct tg_trace *t)
{
    for (size_t i = 0; i < t->sites.count; i++) {
        free(t->sites.items[i].slice);
        free(t->sites.items[i].place);
        free(t->sites.items[i].name);
    }
    for (size_t i = 0; i < t->tasks.count; i++) free(t->tasks.items[i].arguments);
    t->sites.count = t->holders.count = t->tasks.count = t->rows.count = 0;
    t->bytes = t->last = 0;
}

/* ---- slices -------------------------------------------------------------------------------------- */

struct traced_slice {
    uint64_t began, ended, site, id, count;
    uint32_t row;
    uint64_t cpu, memory;  /* 0: unknown */
    const char *became;    /* NULL: done */
    const char *message;   /* NULL: none */
    const char *arguments; /* NULL: not known */
};

static char *begin_slice(struct tg_trace *t, uint32_t row, uint64_t began, uint64_t ended, size_t more)
{
    name_row(t, row);
    char *at = put_row(begin_object(t, 'X', more), row);
    at = put_time(tg_digits_literal(at, ",\"ts\":"), began);
    return put_time(tg_digits_literal(at, ",\"dur\":"), ended > began ? ended - began : 0);
}

static void write_slice(struct tg_trace *t, const struct traced_slice *s)
{
    const struct tg_traced_site *site = site_of(t, s->site);
    char *at = begin_slice(t, s->row, s->began, s->ended, site->slice_length + site->place_length);
    at = put_piece(at, site->slice, site->slice_length);
    if (s->message) at = tg_digits_literal(at, ",\"cname\":\"terrible\"");
    at = tg_digits_put(tg_digits_literal(at, ",\"args\":{\"id\":"), s->id);
    if (s->count > 1) at = tg_digits_put(tg_digits_literal(at, ",\"count\":"), s->count);
    if (site->place) at = put_piece(at, site->place, site->place_length);
    if (s->cpu) at = tg_digits_put(tg_digits_literal(at, ",\"cpu_ns\":"), s->cpu);
    if (s->memory) at = tg_digits_put(tg_digits_literal(at, ",\"memory\":"), s->memory);
    struct tg_buf *b = end_object(t, at);
    if (s->arguments) add_trace_text(t, b, ",\"arguments\":", s->arguments);
    if (s->became) add_trace_text(t, b, ",\"became\":", s->became);
    if (s->message) add_trace_text(t, b, ",\"message\":", s->message);
    tg_buf_add(b, "}}", 2);
}

/* What a worker does that is no task: in a colour of its own, which chrome://tracing knows by `cname`, and Perfetto by the name. */
static void trace_span(struct tg_trace *t, const struct tg_told *told)
{
    static const char *const slices[TG_EVENT_KINDS] = {
        [TG_EVENT_IDLE] = ",\"name\":\"idle\",\"cat\":\"idle\",\"cname\":\"grey\"",
        [TG_EVENT_STEAL] = ",\"name\":\"steal\",\"cat\":\"steal\",\"cname\":\"yellow\"",
        [TG_EVENT_SPAWN] = ",\"name\":\"spawn\",\"cat\":\"spawn\",\"cname\":\"rail_load\"",
        [TG_EVENT_TRANSFER] = ",\"name\":\"transfer\",\"cat\":\"transfer\",\"cname\":\"olive\"",
    };
    char *at = begin_slice(t, ROW_OF(told->worker, false), told->began, told->time, 0);
    at = put_piece(at, slices[told->kind], strlen(slices[told->kind]));
    if (told->bytes) at = tg_digits_put(tg_digits_literal(at, ",\"args\":{\"bytes\":"), told->bytes);
    tg_buf_text(end_object(t, at), told->bytes ? "}}" : "}");
}

bool tg_trace_wants_needs(const struct tg_trace *t)
{
    return t->arrows == TG_TRACE_ARROWS_ALL || (t->arrows == TG_TRACE_ARROWS_AUTO && t->arrow < ARROWS_AUTO);
}

/* Half an arrow: at the end of what was needed, or at the beginning of who needs it. It belongs to the slice that is there then. */
static void write_arrow_end(struct tg_trace *t, char phase, uint32_t row, uint64_t time)
{
    char *at = put_row(begin_object(t, phase, 0), row);
    at = put_time(tg_digits_literal(at, ",\"ts\":"), time);
    at = tg_digits_put(tg_digits_literal(at, ",\"id\":"), t->arrow);
    end_object(t, tg_digits_literal(at, ",\"name\":\"needs\",\"cat\":\"needs\",\"bp\":\"e\"}"));
}

static void write_arrows(struct tg_trace *t, const struct tg_told *told, const struct tg_traced_task *to)
{
    for (size_t i = 0; i < told->need_count && tg_trace_wants_needs(t); i++) {
        uint64_t id = told->needs[i];
        const struct tg_traced_task *from = id < t->tasks.count ? &t->tasks.items[id] : NULL;
        if (!from || !from->ran) continue;
        t->arrow++;
        write_arrow_end(t, 's', from->row, from->ended > from->began ? from->ended - 1 : from->ended);
        write_arrow_end(t, 'f', to->row, to->began);
    }
}

/* name: of the tasks whose results they are; NULL: of all. */
static void write_memory(struct tg_trace *t, uint64_t time, const char *name, uint64_t bytes)
{
    struct tg_buf label = {0};
    struct tg_buf *b = end_object(t, put_time(tg_digits_literal(begin_object(t, 'C', 0), ",\"ts\":"), time));
    tg_buf_format(&label, "memory of results%s%s", name ? ": " : "", name ? name : "");
    add_trace_text(t, b, ",\"name\":", label.data);
    tg_buf_format(b, ",\"args\":{\"bytes\":%llu}}", (unsigned long long)bytes);
    tg_buf_done(&label);
}

static struct tg_traced_holder *holder_of(struct tg_trace *t, uint64_t number)
{
    struct tg_traced_site *site = tg_trace_knows(t, number) ? &t->sites.items[number] : NULL;
    const char *name = site ? site->name : "?";
    size_t i = 0;
    if (site && site->holder) return &t->holders.items[site->holder - 1];
    while (i < t->holders.count && i < HOLDERS_MOST && strcmp(t->holders.items[i].name, name) != 0) i++;
    if (i == t->holders.count) tg_vec_push(&t->holders, ((struct tg_traced_holder){i < HOLDERS_MOST ? name : NULL, 0}));
    if (site) site->holder = (uint32_t)i + 1;
    return &t->holders.items[i];
}

/* The value of the task takes so much from now on. */
static void set_bytes(struct tg_trace *t, struct tg_traced_task *task, uint64_t bytes, uint64_t time)
{
    struct tg_traced_holder *holder = holder_of(t, task->holding);
    t->bytes += bytes - task->bytes;
    holder->bytes += bytes - task->bytes;
    task->bytes = bytes;
    write_memory(t, time, NULL, t->bytes);
    write_memory(t, time, holder->name ? holder->name : "others", holder->bytes);
}

/* ---- events -------------------------------------------------------------------------------------- */

static void write_stretch(struct tg_trace *t, const struct tg_told *told, char *arguments)
{
    static const char *const became[] = {[TG_EVENT_FAILED] = "failed",
                                         [TG_EVENT_SUSPENDED] = "suspended",
                                         [TG_EVENT_RETRIED] = "failed, to be tried again",
                                         [TG_EVENT_SKIPPED] = "cut off"};
    struct traced_slice s = {.began = told->began, .ended = told->ended ? told->ended : told->time, .site = told->site};
    s.id = told->id;
    s.row = ROW_OF(told->worker, told->ended);
    s.message = told->message;
    s.cpu = told->cpu;
    s.memory = told->memory;
    s.arguments = arguments;
    if (told->kind < TG_COUNT(became)) s.became = became[told->kind];
    write_slice(t, &s);
}

/* A stretch of work is over. Of a task nothing is kept that nobody asks for later. */
static void end_stretch(struct tg_trace *t, const struct tg_told *told)
{
    bool done = told->kind == TG_EVENT_DONE, known = told->id < t->tasks.count;
    if (!known && !tg_trace_wants_needs(t) && !(done && told->bytes)) {
        if (told->began) write_stretch(t, told, NULL);
        return;
    }
    struct tg_traced_task *task = traced_task_of(t, told->id);
    task->running = false;
    if (told->began) {
        task->began = told->began;
        task->ended = told->ended ? told->ended : told->time;
        task->row = ROW_OF(told->worker, told->ended);
        task->ran = true;
        write_stretch(t, told, task->arguments);
        write_arrows(t, told, task);
    }
    free(task->arguments);
    task->arguments = NULL;
    if (!done || !told->bytes) return;
    if (!task->bytes) task->holding = (uint32_t)told->site;
    set_bytes(t, task, told->bytes, told->time);
}

static void start_task(struct tg_trace *t, const struct tg_told *told)
{
    struct tg_traced_task *task = traced_task_of(t, told->id);
    free(task->arguments);
    *task = (struct tg_traced_task){.began = told->time, .site = (uint32_t)told->site, .running = true};
    task->row = ROW_OF(told->worker, false);
    task->arguments = told->arguments ? tg_alloc_text(told->arguments) : NULL;
}

static void release_value_of(struct tg_trace *t, const struct tg_told *told)
{
    struct tg_traced_task *task = told->id < t->tasks.count ? &t->tasks.items[told->id] : NULL;
    if (task && task->bytes) set_bytes(t, task, 0, told->time);
}

static void write_text_line(struct tg_trace *t, const struct tg_told *told)
{
    if (!told->text) return;
    char *at = put_time(tg_digits_literal(begin_object(t, 'i', 0), ",\"ts\":"), told->time);
    struct tg_buf *b = end_object(t,
                                  tg_digits_literal(at, ",\"tid\":0,\"s\":\"p\",\"name\":\"log\",\"cat\":\"log\",\"args\":{"));
    add_trace_text(t, b, "\"text\":", told->text);
    tg_buf_add(b, "}}", 2);
}

/* What was running when the events ended. */
static void end_part(struct tg_trace *t)
{
    for (size_t id = 0; id < t->tasks.count; id++) {
        const struct tg_traced_task *task = &t->tasks.items[id];
        if (!task->running) continue;
        struct traced_slice s = {.began = task->began, .ended = t->last, .site = task->site, .id = id, .row = task->row};
        s.became = "was running when the events ended";
        s.arguments = task->arguments;
        write_slice(t, &s);
    }
    forget_part(t);
}

static void begin_part(struct tg_trace *t, const struct tg_told *told)
{
    struct tg_buf name = {0};
    end_part(t);
    t->part = told->part;
    tg_buf_format(&name, "%s%s", told->workflow ? told->workflow : "a run", told->part ? ", finally" : "");
    struct tg_buf *b = end_object(t, tg_digits_literal(begin_object(t, 'M', 0), ",\"name\":\"process_name\",\"args\":{"));
    add_trace_text(t, b, "\"name\":", tg_buf_str(&name));
    tg_buf_text(b, "}}");
    tg_buf_done(&name);
}

static void trace_block(struct tg_trace *t, const struct tg_told *told)
{
    struct traced_slice s = {.began = told->began, .ended = told->time, .site = told->site, .id = told->id};
    s.count = told->count;
    s.row = ROW_OF(told->worker, false);
    write_slice(t, &s);
}

void tg_trace_add(struct tg_trace *t, const struct tg_told *told)
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
    case TG_EVENT_SKIPPED:
    case TG_EVENT_RETRIED: end_stretch(t, told); break;
    case TG_EVENT_RELEASED: release_value_of(t, told); break;
    case TG_EVENT_TEXT: write_text_line(t, told); break;
    case TG_EVENT_IDLE:
    case TG_EVENT_STEAL:
    case TG_EVENT_SPAWN:
    case TG_EVENT_TRANSFER: trace_span(t, told); break;
    default: break;
    }
}

/* ---- all of it ----------------------------------------------------------------------------------- */

void tg_trace_begin(struct tg_trace *t, struct tg_out *out, enum tg_trace_arrows arrows)
{
    *t = (struct tg_trace){.out = out, .arrows = arrows};
    tg_buf_text(&out->buf, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
}

void tg_trace_end(struct tg_trace *t)
{
    end_part(t);
    tg_buf_text(&t->out->buf, "\n]}\n");
    tg_vec_done(&t->sites);
    tg_vec_done(&t->holders);
    tg_vec_done(&t->tasks);
    tg_vec_done(&t->rows);
}

bool tg_trace_write(struct tg_eventread *from, enum tg_trace_arrows arrows, struct tg_out *out, struct tg_err *err)
{
    struct tg_trace t;
    struct tg_told told;
    tg_trace_begin(&t, out, arrows);
    while (tg_eventread_next(from, &told, err)) tg_trace_add(&t, &told);
    tg_trace_end(&t);
    if (!from->number && !err->code) tg_err_set(err, TG_EXIT_USAGE, "'%s' has no events of a run", from->name);
    return !err->code;
}
