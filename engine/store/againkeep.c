/* SPDX-License-Identifier: MIT
 * What came of tasks that asked: it is told of the run, and recorded. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/store/againrun.h"

/* ---- what is told of a run ------------------------------------------------------------------------ */

struct tg_digest tg_again_by_name(const char *task, const char *instance)
{
    struct tg_digester d;
    tg_digest_begin(&d);
    tg_digest_text(&d, task, strlen(task));
    tg_digest_text(&d, "", 0); /* which is no path of a result, nor a workflow */
    tg_digest_text(&d, instance, strlen(instance));
    return tg_digest_end(&d);
}

static void tell_outcome(const struct tg_again *a, struct tg_ledger_outcome o)
{
    if (!a->how.ledger || !a->how.run) return;
    char *shown = tg_secrets_hidden(a->how.secrets, o.instance), *reason = tg_secrets_hidden(a->how.secrets, o.why);
    o.run = a->how.run, o.instance = shown, o.why = reason;
    o.ended_ns = tg_clock_date_ns();
    tg_ledger_note(a->how.ledger, &o);
    free(shown);
    free(reason);
}

void tg_again_tell(struct tg_again *a, const struct tg_digest *identity, const char *task, const char *instance,
                   const char *why, uint64_t took_ns)
{
    struct tg_ledger_outcome o = {.task = task, .instance = instance, .fate = TG_LEDGER_RAN, .why = why, .took_ns = took_ns};
    atomic_fetch_add_explicit(&a->ran, 1, memory_order_relaxed);
    o.identity = identity ? *identity : tg_again_by_name(task, instance);
    tell_outcome(a, o);
}

static void tell_touched(const struct tg_again_task *t)
{
    struct tg_ledger_outcome o = {.identity = t->now.identity, .task = t->now.task, .instance = t->now.instance};
    o.fate = TG_LEDGER_TOUCHED, o.why = tg_buf_str(&t->why);
    tell_outcome(t->again, o);
}

/* ---- what came of it ----------------------------------------------------------------------------- */

void tg_again_made(struct tg_again_task *t, const char *path, bool temporary)
{
    struct tg_recorded_file file = {.path = tg_arena_copy(&t->arena, path, strlen(path))};
    file.flags = temporary ? TG_RECORDED_TEMPORARY : 0;
    tg_vec_push(&t->results, file);
}

/* What lies in a folder that it has made is as much its own. */
static void add_made_below(void *task, const char *path)
{
    tg_again_made(task, path, false);
}

static bool seal_results(struct tg_again_task *t, struct tg_err *err)
{
    bool fine = true;
    for (size_t i = 0; i < t->results.count && fine; i++) {
        struct tg_recorded_file *f = &t->results.items[i];
        tg_contents_forget(t->again->contents, f->path);
        fine = tg_contents_seal(f->path, &f->content, err);
        if (!fine) break;
        tg_contents_sealed(f->path, &f->content);
        tg_contents_know(t->again->contents, f->path, &f->content);
        tg_lacking_settle(&t->again->lacking, f->path);
        if (f->content.kind == TG_CONTENT_FOLDER) fine = tg_contents_tree(f->path, add_made_below, t, err);
    }
    return fine;
}

void tg_again_starts(struct tg_again_task *t)
{
    t->began_ns = (int64_t)tg_clock_of(CLOCK_REALTIME_COARSE); /* which dates files */
}

/* What a depfile names is looked at only now. What was made in this run is not written any more; else its time of change tells whether
 * it is what was read. */
static bool look_found(struct tg_again_task *t, struct tg_recorded_file *f, const char **changed, struct tg_err *err)
{
    bool made = tg_contents_made(t->again->contents, f->path);
    if (!tg_contents_look(t->again->contents, f->path, NULL, &f->content, err)) return false;
    bool later = f->content.kind == TG_CONTENT_FILE && f->content.stamp.ctime_ns >= t->began_ns;
    if (made ? !tg_contents_same_now(f->path, &f->content) : later) *changed = f->path;
    return true;
}

/* What it has read must be what it was asked for. */
static bool check_inputs(struct tg_again_task *t, const char **changed, struct tg_err *err)
{
    bool fine = true;
    for (size_t i = 0; i < t->inputs.count && fine && !*changed; i++) {
        struct tg_recorded_file *f = &t->inputs.items[i];
        if (f->flags & TG_RECORDED_FOUND) fine = look_found(t, f, changed, err);
        else if (!tg_contents_same_now(f->path, &f->content)) *changed = f->path;
    }
    return fine;
}

/* What would show a secret to who reads the record. */
static bool tells_secret(const struct tg_again_task *t, const void *value, size_t length)
{
    const struct tg_again_how *how = &t->again->how;
    bool tells = (how->guards && t->has_text) || tg_againrun_is_secret(how, value, length);
    for (size_t i = 0; i < t->inputs.count && !tells; i++)
        tells = tg_againrun_is_secret(how, t->inputs.items[i].path, strlen(t->inputs.items[i].path));
    for (size_t i = 0; i < t->results.count && !tells; i++)
        tells = tg_againrun_is_secret(how, t->results.items[i].path, strlen(t->results.items[i].path));
    return tells;
}

void tg_again_check(struct tg_again_task *t, struct tg_digest key, const void *bytes, size_t length)
{
    struct tg_checkpoint *checkpoint = t->again->how.checkpoint;
    if (checkpoint && !t->again->how.foreseen && !tells_secret(t, bytes, length))
        tg_checkpoint_put(checkpoint, key, bytes, length);
}

static void take_all_told(struct tg_again_task *t)
{
    t->now.parts = t->parts.items, t->now.part_count = t->parts.count;
    t->now.inputs = t->inputs.items, t->now.input_count = t->inputs.count;
    t->now.results = t->results.items, t->now.result_count = t->results.count;
}

bool tg_again_keep(struct tg_again_task *t, const void *value, size_t length, uint64_t took_ns, const char **changed,
                   struct tg_err *err)
{
    *changed = NULL;
    if (t->touched) atomic_fetch_add_explicit(&t->again->fresh, 1, memory_order_relaxed), tell_touched(t);
    if (!t->again->how.ledger) return true;
    if (t->unrecorded) return tg_again_check(t, t->now.key, value, length), true;
    if (!check_inputs(t, changed, err) || !seal_results(t, err)) return false;
    if (t->makes) tg_lacking_made(&t->again->lacking, &t->before, t->number, true), t->makes = NULL;
    if (*changed) return true;
    if (tells_secret(t, value, length)) {
        if (!strstr(tg_buf_str(&t->why), TG_AGAIN_TELLS)) tg_againrun_add_line(&t->why, TG_AGAIN_TELLS);
        return true;
    }
    tg_againrun_note(t, value, length);
    take_all_told(t);
    t->now.value = value, t->now.value_length = length;
    t->now.took_ns = took_ns;
    t->now.ended_ns = tg_clock_date_ns();
    struct tg_recorded done = t->now;
    char *instance = tg_secrets_hidden(t->again->how.secrets, done.instance);
    done.instance = instance;
    tg_ledger_put(t->again->how.ledger, &done);
    free(instance);
    return true;
}

void tg_again_undo(struct tg_again *a)
{
    atomic_fetch_sub_explicit(&a->fresh, 1, memory_order_relaxed);
}
