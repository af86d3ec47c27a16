/* SPDX-License-Identifier: MIT
 * The record `outcome` of a `finally` block: docs/language.md has its fields. */
#include "cmd/outcome.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/signals.h"
#include "engine/run/allowed.h"
#include "engine/run/census.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

static void put(tg_value record, const char *key, tg_value take_v)
{
    tg_record_put(record, tg_str(key), take_v);
}

static tg_value text_or_nil(const char *text)
{
    return text && *text ? tg_str(text) : tg_nil();
}

/* Signals are called as users send them. */
static const char *signal_name(int number)
{
    return number ? sigabbrev_np(number) : NULL;
}

static tg_value message_of(const struct tg_ended *o)
{
    if (o->message || !o->number) return text_or_nil(o->message);
    char *reason = tg_signals_reason(o->number);
    const char *name = signal_name(o->number);
    char *text = name ? tg_alloc_format("ended by signal %s", name) : tg_alloc_format("ended by %s", reason);
    free(reason);
    tg_value message = tg_str(text);
    free(text);
    return message;
}

/* Without secrets: what is told of a run is sent to others. */
static tg_value text_for_others(const struct tg_run *run, const char *message)
{
    char *text = tg_secrets_hidden(run->options.services->secrets, message ? message : "");
    tg_value v = tg_str(text);
    free(text);
    return v;
}

/* Of the program whose end was the failure. */
static tg_value exit_status(const struct tg_err *err)
{
    return err->cause == TG_CAUSE_EXIT ? tg_int(err->status) : tg_nil();
}

/* f: NULL where it is none of a task */
static tg_value failure_record(const struct tg_run *run, const struct tg_failure *f, const char *message, tg_span span,
                               const struct tg_sources *sources)
{
    struct tg_place place;
    bool placed = sources && tg_sources_place(sources, span, &place);
    tg_value record = tg_record_make(8);
    put(record, "task", f ? tg_str(f->site->def->name) : tg_nil());
    put(record, "name", f ? text_for_others(run, f->name ? f->name : f->site->def->name) : tg_nil());
    put(record, "message", text_for_others(run, message));
    put(record, "file", placed ? tg_str(place.source->name) : tg_nil());
    put(record, "line", placed ? tg_int(place.line) : tg_nil());
    put(record, "attempts", f ? tg_int(f->attempts ? f->attempts : 1) : tg_nil());
    put(record, "status", f ? exit_status(&f->err) : tg_nil());
    put(record, "before", f && f->before ? text_for_others(run, f->before) : tg_nil());
    return record;
}

static tg_value task_record(const struct tg_run *run, const struct tg_failure *f, const struct tg_sources *sources)
{
    return failure_record(run, f, f->err.message, f->err.span.start ? f->err.span : f->site->span, sources);
}

static tg_value failures(const struct tg_run *run, const struct tg_err *err, const struct tg_sources *sources)
{
    size_t count = run->failures.count;
    bool more = err && err->code;
    tg_value list = tg_list_make(count + more);
    for (size_t i = 0; i < count; i++) tg_list_add(list, task_record(run, &run->failures.items[i], sources));
    if (more) tg_list_add(list, failure_record(run, NULL, err->message, err->span, sources));
    return list;
}

static tg_value allowed_failures(const struct tg_run *run, const struct tg_sources *sources)
{
    tg_value list = tg_list_make(run->allowed_count);
    for (size_t i = 0; i < run->allowed_count; i++)
        tg_list_add(list, task_record(run, run->allowed->items.items[run->allowed_before + i], sources));
    return list;
}

void tg_outcome_take(struct tg_ended *o, const struct tg_run *run, const struct tg_err *err, const struct tg_sources *sources)
{
    const char *first = run->failures.count ? run->failures.items[0].err.message : err && err->code ? err->message : NULL;
    o->failed = failures(run, err, sources);
    o->permitted = allowed_failures(run, sources);
    o->message = first ? tg_secrets_hidden(run->options.services->secrets, first) : NULL;
    struct tg_census count;
    tg_census_run(run, &count);
    o->done = count.tasks.done;
    o->skipped = count.tasks.skipped;
    tg_census_done(&count);
    tg_remains_take(&o->remains, run);
}

tg_value tg_outcome_record(const struct tg_ended *o)
{
    tg_value record = tg_record_make(9);
    put(record, "ok", tg_bool(o->status == TG_EXIT_OK));
    put(record, "status", tg_int(o->status));
    put(record, "signal", text_or_nil(signal_name(o->status == TG_EXIT_PIPE ? SIGPIPE : o->number)));
    put(record, "message", message_of(o));
    put(record, "failed", tg_value_ref(o->failed));
    put(record, "allowed", tg_value_ref(o->permitted));
    put(record, "done", tg_int(o->done));
    put(record, "skipped", tg_int(o->skipped));
    put(record, "seconds", tg_float(o->seconds));
    return record;
}

void tg_outcome_done(struct tg_ended *o)
{
    tg_value_unref(o->failed);
    tg_value_unref(o->permitted);
    tg_remains_done(&o->remains);
    tg_allowed_list_done(&o->allowed);
    free(o->first);
    free(o->message);
}
