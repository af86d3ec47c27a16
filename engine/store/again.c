/* SPDX-License-Identifier: MIT
 * Comparing what a task is and gets with what is recorded of it. What lacks is in lacking.c. */
#include "engine/store/againrun.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"
#include "engine/base/bits.h"
#include "engine/base/canonical.h"
#include "engine/base/clock.h"
#include "engine/base/glob.h"

/* Of what differs, so much is said. */
#define DIFFERENCES_SHOWN 8

static void forget_file(void *contents, const char *path)
{
    tg_contents_forget(contents, path);
}

struct tg_again *tg_again_new(const struct tg_again_how *how)
{
    struct tg_again *a = tg_alloc_zero(sizeof *a);
    a->how = *how;
    while (how->forced && how->forced[a->forced_count]) a->forced_count++;
    a->used = tg_alloc_zero((a->forced_count + 1) * sizeof *a->used);
    a->contents = tg_contents_new();
    atomic_init(&a->fresh, how->known);
    tg_lacking_init(&a->lacking);
    tg_temps_init(&a->temps, forget_file, a->contents);
    if (how->foreseen) tg_temps_all_stay(&a->temps);
    return a;
}

void tg_again_free(struct tg_again *a)
{
    if (!a) return;
    tg_lacking_done(&a->lacking);
    tg_temps_done(&a->temps);
    tg_contents_free(a->contents);
    free(a->used);
    free(a);
}

uint64_t tg_again_fresh(const struct tg_again *a)
{
    uint64_t fresh = atomic_load_explicit(&a->fresh, memory_order_relaxed);
    return fresh > INT64_MAX ? 0 : fresh; /* of two that were to make the same again none has ended */
}

bool tg_again_refused(const struct tg_again *a)
{
    return atomic_load_explicit(&a->refused, memory_order_relaxed);
}

void tg_again_refuse(struct tg_again *a)
{
    atomic_store_explicit(&a->refused, true, memory_order_relaxed);
}

uint64_t tg_again_ran(const struct tg_again *a)
{
    return atomic_load_explicit(&a->ran, memory_order_relaxed);
}

const struct tg_again_how *tg_again_how(const struct tg_again *a)
{
    return &a->how;
}

struct tg_temps *tg_again_temps(struct tg_again *a)
{
    return &a->temps;
}

/* ---- what a task is and gets --------------------------------------------------------------------- */

void tg_again_begin(struct tg_again_task *t, struct tg_again *a, const char *task, const char *instance)
{
    *t = (struct tg_again_task){.again = a};
    t->now = (struct tg_recorded){.workflow = a->how.workflow, .task = task, .instance = instance, .run = a->how.run};
}

/* Who waits for what it was to make may make it. */
static void give_claim_back(struct tg_again_task *t)
{
    if (t->makes) tg_lacking_leave(&t->again->lacking, &t->before);
    t->makes = NULL;
}

void tg_again_end(struct tg_again_task *t)
{
    if (t->makes) tg_lacking_made(&t->again->lacking, &t->before, t->number, false);
    t->makes = NULL;
    tg_vec_done(&t->parts);
    tg_vec_done(&t->inputs);
    tg_againfiles_done(&t->input_paths);
    tg_againfiles_done(&t->before_inputs);
    tg_againfiles_done(&t->before_results);
    tg_vec_done(&t->results);
    tg_vec_done(&t->declared);
    tg_vec_done(&t->lacking);
    tg_buf_done(&t->why);
    tg_arena_done(&t->arena);
}

bool tg_againrun_is_secret(const struct tg_again_how *how, const char *bytes, size_t length)
{
    struct tg_buf hidden = {0};
    if (!tg_secrets_any(how->secrets)) return false;
    tg_secrets_add_hidden(how->secrets, bytes, length, &hidden);
    bool secret = hidden.length != length || (length && memcmp(hidden.data, bytes, length) != 0);
    tg_buf_done(&hidden);
    return secret;
}

/* Who has no key must not be able to try out what a secret is. */
static struct tg_digest digest_part(struct tg_again_task *t, const char *bytes, size_t length)
{
    const struct tg_again_how *how = &t->again->how;
    bool secret = tg_againrun_is_secret(how, bytes, length);
    t->has_secret |= secret;
    return secret ? tg_digest_secret(how->key, bytes, length) : tg_digest_bytes(bytes, length);
}

void tg_again_part(struct tg_again_task *t, const char *name, const void *bytes, size_t length, const char *shown)
{
    const struct tg_secrets *secrets = t->again->how.secrets;
    struct tg_recorded_part part = {.name = name, .digest = digest_part(t, bytes, length)};
    char *hidden = shown && tg_secrets_any(secrets) ? tg_secrets_hidden(secrets, shown) : NULL;
    if (hidden) shown = hidden;
    if (shown) part.shown = tg_arena_copy(&t->arena, shown, strlen(shown));
    tg_vec_push(&t->parts, part);
    free(hidden);
}

void tg_again_result(struct tg_again_task *t, const char *path)
{
    tg_again_unread(t, path);
    tg_vec_push(&t->declared, path);
}

/* A command is the one that makes these files; what has none is one of its workflow, with these arguments: they are told before the
 * text. */
static struct tg_digest identify(const struct tg_again_task *t)
{
    struct tg_digester d;
    tg_digest_begin(&d);
    tg_digest_text(&d, t->now.task, strlen(t->now.task));
    for (size_t i = 0; i < t->declared.count; i++) tg_digest_text(&d, t->declared.items[i], strlen(t->declared.items[i]));
    if (!t->declared.count) tg_digest_text(&d, t->now.workflow, strlen(t->now.workflow));
    for (size_t i = 0; i < t->parts.count && !t->declared.count && strcmp(t->parts.items[i].name, TG_AGAIN_TEXT) != 0; i++)
        tg_digest_add(&d, &t->parts.items[i].digest, sizeof t->parts.items[i].digest);
    return tg_digest_end(&d);
}

/* Names of parts are for people only: a variable may be renamed. */
static struct tg_digest digest_key(const struct tg_again_task *t)
{
    struct tg_digester d;
    tg_digest_begin(&d);
    for (size_t i = 0; i < t->parts.count; i++) tg_digest_add(&d, &t->parts.items[i].digest, sizeof t->parts.items[i].digest);
    for (size_t i = 0; i < t->inputs.count; i++) {
        const struct tg_recorded_file *f = &t->inputs.items[i];
        if (f->flags & TG_RECORDED_FOUND) continue;
        tg_digest_text(&d, f->path, strlen(f->path));
        tg_digest_add(&d, &f->content.kind, sizeof f->content.kind);
        tg_digest_add(&d, &f->content.digest, sizeof f->content.digest);
    }
    return tg_digest_end(&d);
}

/* ---- files --------------------------------------------------------------------------------------- */

/* Mostly the same ones in the same order. */
static const struct tg_recorded_file *find_input_before(struct tg_again_task *t, const char *path, size_t near)
{
    const struct tg_recorded_file *files = t->before.inputs;
    size_t count = t->before.input_count;
    if (near < count && strcmp(files[near].path, path) == 0) return &files[near];
    uint32_t number = tg_againfiles_find(&t->before_inputs, files, count, path);
    return number == TG_TABLE_NONE ? NULL : &files[number];
}

static bool is_same(const struct tg_content *a, const struct tg_content *b)
{
    return a->kind == b->kind && tg_digest_equal(a->digest, b->digest);
}

static bool looks_same(const struct tg_content *a, const struct tg_content *b)
{
    return memcmp(&a->stamp, &b->stamp, offsetof(struct tg_stamp, racy)) == 0 && a->stamp.racy == b->stamp.racy;
}

static void add_below(void *task, const char *path)
{
    tg_again_input(task, path);
}

/* One may make several of the files. */
static void add_lacking(struct tg_again_task *t, struct tg_again_recipe *recipe)
{
    bool there = false;
    for (size_t i = 0; i < t->lacking.count && !there; i++) there = t->lacking.items[i] == recipe;
    if (!there) tg_vec_push(&t->lacking, recipe);
}

/* Reads all inputs, those in folders as well. What is missing, but can be made, is as it was. */
static bool look_inputs(struct tg_again_task *t, struct tg_err *err)
{
    bool fine = true;
    tg_againrun_drop_unread(t);
    if (!t->looked) t->told = t->inputs.count, t->looked = true;
    for (size_t i = 0; i < t->inputs.count && fine; i++) {
        struct tg_recorded_file file = t->inputs.items[i];
        struct tg_again_recipe *recipe = tg_lacking_find(&t->again->lacking, file.path, &file.content);
        const struct tg_recorded_file *was = t->known ? find_input_before(t, file.path, i) : NULL;
        if (recipe) add_lacking(t, recipe);
        else fine = tg_contents_look(t->again->contents, file.path, was ? &was->content : NULL, &file.content, err);
        t->inputs.items[i] = file;
        if (fine && !recipe && was) t->refreshed |= !looks_same(&was->content, &file.content);
        if (!fine || file.content.kind != TG_CONTENT_FOLDER) continue;
        if (recipe) tg_lacking_below(&t->again->lacking, file.path, add_below, t);
        else fine = tg_contents_tree(file.path, add_below, t, err);
    }
    return fine;
}

/* ---- what differs -------------------------------------------------------------------------------- */

void tg_againrun_add_line(struct tg_buf *why, const char *line)
{
    if (why->length) tg_buf_char(why, '\n');
    tg_buf_text(why, line);
}

static void add_difference(struct tg_again_task *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_difference(struct tg_again_task *t, const char *format, ...)
{
    va_list args;
    char *line;
    if (t->differences++ >= DIFFERENCES_SHOWN) return;
    va_start(args, format);
    if (vasprintf(&line, format, args) < 0) line = NULL;
    va_end(args);
    if (line) tg_againrun_add_line(&t->why, line);
    free(line);
}

static const struct tg_recorded_part *find_recorded_part(const struct tg_recorded *r, const char *name, size_t near)
{
    if (near < r->part_count && strcmp(r->parts[near].name, name) == 0) return &r->parts[near];
    for (size_t i = 0; i < r->part_count; i++)
        if (strcmp(r->parts[i].name, name) == 0) return &r->parts[i];
    return NULL;
}

/* Another argument makes another command, mostly: that is said of the argument alone. */
static void compare_parts(struct tg_again_task *t)
{
    for (size_t i = 0; i < t->parts.count; i++) {
        const struct tg_recorded_part *p = &t->parts.items[i], *was = find_recorded_part(&t->before, p->name, i);
        if (was && tg_digest_equal(was->digest, p->digest)) continue;
        if (strcmp(p->name, TG_AGAIN_TEXT) == 0 && t->differences) continue;
        if (!was) add_difference(t, "%s is new", p->name);
        else if (p->shown && was->shown && strcmp(p->shown, was->shown) != 0)
            add_difference(t, "%s is %s, was %s", p->name, p->shown, was->shown);
        else add_difference(t, "%s has changed", p->name);
    }
    for (size_t i = 0; i < t->before.part_count && t->before.part_count > t->parts.count; i++) {
        bool there = false;
        for (size_t k = 0; k < t->parts.count && !there; k++)
            there = strcmp(t->parts.items[k].name, t->before.parts[i].name) == 0;
        if (!there) add_difference(t, "%s is gone", t->before.parts[i].name);
    }
}

static void compare_file(struct tg_again_task *t, const struct tg_recorded_file *was, const struct tg_recorded_file *is)
{
    if (is_same(&was->content, &is->content)) return;
    if (is->content.kind == TG_CONTENT_NONE) add_difference(t, "%s is missing", is->path);
    else if (was->content.kind == TG_CONTENT_NONE) add_difference(t, "%s is there now", is->path);
    else add_difference(t, "%s has changed", is->path);
}

static void compare_inputs(struct tg_again_task *t)
{
    for (size_t i = 0; i < t->inputs.count; i++) {
        const struct tg_recorded_file *is = &t->inputs.items[i];
        const struct tg_recorded_file *was = find_input_before(t, is->path, i);
        if (was) compare_file(t, was, is);
        else add_difference(t, "%s is a new input", is->path);
    }
    for (size_t i = 0; i < t->before.input_count; i++)
        if (!(t->before.inputs[i].flags & TG_RECORDED_FOUND) && !tg_againrun_input(t, t->before.inputs[i].path))
            add_difference(t, "%s is no input any more", t->before.inputs[i].path);
}

/* What a depfile named. */
static bool compare_found(struct tg_again_task *t, struct tg_err *err)
{
    bool fine = true;
    for (size_t i = 0; i < t->before.input_count && fine; i++) {
        const struct tg_recorded_file *was = &t->before.inputs[i];
        if (!(was->flags & TG_RECORDED_FOUND) || tg_againrun_input(t, was->path)) continue;
        struct tg_recorded_file is = *was;
        fine = tg_contents_look(t->again->contents, was->path, &was->content, &is.content, err);
        if (!fine) break;
        t->refreshed |= !looks_same(&was->content, &is.content);
        compare_file(t, was, &is);
        tg_vec_push(&t->inputs, is);
    }
    return fine;
}

/* How many of the files that it made are missing. */
static size_t compare_results(struct tg_again_task *t, struct tg_err *err, bool *fine)
{
    size_t missing = 0;
    for (size_t i = 0; i < t->before.result_count && *fine; i++) {
        struct tg_recorded_file is = t->before.results[i];
        const struct tg_recorded_file *was = &t->before.results[i];
        *fine = tg_contents_look(t->again->contents, was->path, &was->content, &is.content, err);
        if (!*fine) break;
        if (is.content.kind == TG_CONTENT_NONE) is = *was, is.flags |= TG_RECORDED_MISSING, missing++;
        else if (!is_same(&was->content, &is.content)) add_difference(t, "the result %s was changed", was->path);
        else t->refreshed |= !looks_same(&was->content, &is.content);
        tg_vec_push(&t->results, is);
    }
    return missing;
}

static void say_what_is_missing(struct tg_again_task *t)
{
    for (size_t i = 0; i < t->results.count; i++)
        if (t->results.items[i].flags & TG_RECORDED_MISSING)
            add_difference(t, "the result %s is missing", t->results.items[i].path);
}

/* By each pattern, also where one is enough: each is to be of use. */
static bool is_named(struct tg_again *a, const char *name)
{
    bool named = false;
    for (size_t i = 0; i < a->forced_count; i++) {
        if (strcmp(a->how.forced[i], name) != 0 && !tg_glob_match(a->how.forced[i], name)) continue;
        atomic_store_explicit(&a->used[i], true, memory_order_relaxed);
        named = true;
    }
    return named;
}

static bool is_told_by_force(const struct tg_again_task *t)
{
    struct tg_again *a = t->again;
    bool meant = false;
    for (size_t i = 0; i < a->forced_count && t->numbered && a->how.forced_tasks; i++) {
        if (!a->how.forced_tasks[i] || !tg_bits_get(a->how.forced_tasks[i], t->number)) continue;
        atomic_store_explicit(&a->used[i], true, memory_order_relaxed);
        meant = true;
    }
    return meant;
}

static bool is_forced(const struct tg_again_task *t)
{
    struct tg_again *a = t->again;
    if (!a->forced_count) return false;
    bool by_task = is_named(a, t->now.task), by_instance = is_named(a, t->now.instance), by_result = is_told_by_force(t);
    for (size_t i = 0; i < t->declared.count; i++) by_result |= is_named(a, t->declared.items[i]);
    return by_task || by_instance || by_result;
}

const char *tg_again_unused(const struct tg_again *a)
{
    for (size_t i = 0; i < a->forced_count; i++)
        if (!atomic_load_explicit(&a->used[i], memory_order_relaxed)) return a->how.forced[i];
    return NULL;
}

static bool note_told(void *told, const struct tg_ledger_outcome *o)
{
    if (o->fate != TG_LEDGER_RAN) return true;
    *(bool *)told = o->why && strstr(o->why, TG_AGAIN_TELLS);
    return false;
}

/* It has run, and could not be recorded. To find that out takes its time. */
static bool was_told(const struct tg_again_task *t)
{
    const struct tg_again_how *how = &t->again->how;
    bool told = false;
    if (t->has_secret || how->guards || how->foreseen) tg_ledger_outcomes(how->ledger, 0, &t->now.identity, note_told, &told);
    return told;
}

/* ---- the answer ---------------------------------------------------------------------------------- */

/* Files were read because they look otherwise: next time they need not be. */
static void refresh(struct tg_again_task *t)
{
    if (!t->refreshed || t->again->how.foreseen) return;
    struct tg_recorded again;
    if (!tg_ledger_find_all(t->again->how.ledger, t->now.identity, &t->arena, &again)) return;
    if (!tg_digest_equal(again.key, t->before.key)) return; /* another run was quicker */
    for (size_t i = 0; i < t->results.count; i++) t->results.items[i].flags &= ~(uint32_t)TG_RECORDED_MISSING;
    again.inputs = t->inputs.items, again.input_count = t->inputs.count;
    again.results = t->results.items, again.result_count = t->results.count;
    tg_ledger_put(t->again->how.ledger, &again);
}

void tg_againrun_note(const struct tg_again_task *t, const void *value, size_t length)
{
    struct tg_recorded r = {.value = value, .value_length = length};
    if (!t->again->how.notes || !t->of_graph || t->unrecorded) return;
    r.inputs = t->inputs.items, r.input_count = t->inputs.count;
    r.results = t->results.items, r.result_count = t->results.count;
    tg_manifest_notes_add(t->again->how.notes, t->number, &r);
}

static enum tg_again_answer answer_fresh(struct tg_again_task *t)
{
    t->lacking.count = 0;
    refresh(t);
    tg_againrun_note(t, t->before.value, t->before.value_length);
    if (!t->remakes) atomic_fetch_add_explicit(&t->again->fresh, 1, memory_order_relaxed); /* else it was counted before */
    return TG_AGAIN_FRESH;
}

static enum tg_again_answer runs(struct tg_again_task *t)
{
    t->results.count = 0;
    while (t->inputs.count && t->inputs.items[t->inputs.count - 1].flags & TG_RECORDED_FOUND) t->inputs.count--;
    tg_againfiles_done(&t->input_paths);
    if (!t->lacking.count) return TG_AGAIN_RUNS;
    tg_lacking_want(&t->again->lacking, t->lacking.items, t->lacking.count);
    give_claim_back(t);
    return TG_AGAIN_LACKS;
}

bool tg_again_key(struct tg_again_task *t, struct tg_digest *key, struct tg_err *err)
{
    if (!look_inputs(t, err)) return false;
    *key = digest_key(t);
    return true;
}

/* Whether it ran in a run that has not ended well. */
static enum tg_again_answer ask_checkpoint(struct tg_again_task *t, struct tg_err *err)
{
    struct tg_buf value = {0};
    struct tg_checkpoint *checkpoint = t->again->how.checkpoint;
    if (!checkpoint) return TG_AGAIN_RUNS;
    if (!tg_again_key(t, &t->now.key, err)) return TG_AGAIN_ERROR;
    bool taken = !is_forced(t) && !t->lacking.count && tg_checkpoint_take(checkpoint, t->now.key, &value);
    if (taken) t->before.value = tg_arena_copy(&t->arena, tg_buf_str(&value), value.length);
    t->before.value_length = value.length;
    tg_buf_done(&value);
    return taken ? answer_fresh(t) : runs(t);
}

/* Another task was to make what is missing, and has failed: that was said. */
static enum tg_again_answer leave_unmade(struct tg_err *err)
{
    tg_err_set(err, TG_EXIT_FAILED, "what makes its results has failed");
    tg_err_because(err, TG_CAUSE_UNRUN, 0);
    return TG_AGAIN_ERROR;
}

/* Its value stays what it was, and so does what is recorded of it. */
static bool takes_outdated(struct tg_again_task *t, struct tg_err *err)
{
    const struct tg_again_how *how = &t->again->how;
    size_t differences = t->differences;
    bool fine = true;
    if (!how->outdated || !t->known || !differences || is_forced(t)) return false;
    if (compare_results(t, err, &fine) || !fine || t->differences > differences) return false;
    t->refreshed = false;
    how->outdated(how->data, t);
    return true;
}

enum tg_again_answer tg_again_ask(struct tg_again_task *t, bool (*may_lack)(void *data), void *data,
                                  struct tg_again_recipe *(*recipe)(void *data), struct tg_err *err)
{
    bool fine = true;
    if (!t->again->how.ledger) return TG_AGAIN_RUNS;
    if (t->unrecorded) return ask_checkpoint(t, err);
    t->now.identity = identify(t);
    bool told = t->again->how.foreseen; /* people want to know when that was */
    t->known = (told ? tg_ledger_find_all : tg_ledger_find)(t->again->how.ledger, t->now.identity, &t->arena, &t->before);
    if (!look_inputs(t, err)) return TG_AGAIN_ERROR;
    t->now.key = digest_key(t);
    if (is_forced(t)) add_difference(t, "it is forced");
    if (!t->known) {
        if (!t->differences) add_difference(t, "%s", was_told(t) ? TG_AGAIN_TELLS : TG_AGAIN_NEW);
        return runs(t);
    }
    if (!tg_digest_equal(t->now.key, t->before.key)) compare_parts(t), compare_inputs(t);
    else if (!compare_found(t, err)) return TG_AGAIN_ERROR;
    if (!tg_digest_equal(t->now.key, t->before.key) && !t->differences)
        add_difference(t, "the order of what it is given has changed");
    size_t missing = t->differences ? 0 : compare_results(t, err, &fine);
    if (!fine) return TG_AGAIN_ERROR;
    if (takes_outdated(t, err)) return answer_fresh(t);
    if (err->code) return TG_AGAIN_ERROR;
    if (t->differences) return runs(t);
    t->lacks = tg_lacking_is_known(&t->again->lacking, &t->before);
    if (!missing) {
        for (size_t i = 0; i < t->results.count; i++) tg_lacking_settle(&t->again->lacking, t->results.items[i].path);
        return answer_fresh(t);
    }
    bool failed;
    t->makes = tg_lacking_claim(&t->again->lacking, &t->before, t->number, &failed);
    if (t->makes) t->remakes = t->makes;
    if (failed) return leave_unmade(err);
    if (!t->makes && t->lacks) return answer_fresh(t);
    t->lacks = !t->makes && may_lack(data);
    if (t->lacks) {
        tg_lacking_add(&t->again->lacking, t->results.items, t->results.count, recipe(data));
        return answer_fresh(t);
    }
    say_what_is_missing(t);
    return runs(t);
}

bool tg_again_was_file(struct tg_again_task *t, const char *path)
{
    const struct tg_recorded_part *is = NULL, *was = t->known ? find_recorded_part(&t->before, TG_AGAIN_TEXT, 0) : NULL;
    for (size_t i = 0; i < t->parts.count && !is; i++)
        if (strcmp(t->parts.items[i].name, TG_AGAIN_TEXT) == 0) is = &t->parts.items[i];
    if (!is || !was || !tg_digest_equal(is->digest, was->digest)) return false;
    uint32_t made = tg_againfiles_find(&t->before_results, t->before.results, t->before.result_count, path);
    return made != TG_TABLE_NONE && t->before.results[made].content.kind == TG_CONTENT_FILE;
}

/* ---- who does not ask --------------------------------------------------------------------------- */

struct tg_again_recipe *tg_again_want(struct tg_again *a, const char *path)
{
    struct tg_content content;
    struct tg_again_recipe *recipe = tg_lacking_find(&a->lacking, path, &content);
    if (recipe) tg_lacking_want(&a->lacking, &recipe, 1);
    return recipe;
}

bool tg_again_lacks(struct tg_again *a, const char *path)
{
    struct tg_content content;
    return tg_lacking_find(&a->lacking, path, &content) != NULL;
}

bool tg_again_lacks_any(const struct tg_again *a)
{
    return atomic_load(&a->lacking.count) > 0;
}

/* ---- others that run ----------------------------------------------------------------------------- */

enum tg_pathlock tg_again_lock(struct tg_again_task *t, const char **path, int *pid, struct tg_err *err)
{
    enum tg_pathlock lock = TG_PATHLOCK_OURS;
    for (size_t i = 0; i < t->declared.count && lock == TG_PATHLOCK_OURS && t->again->how.locks; i++) {
        char *whole = tg_canonical_path(*path = t->declared.items[i]);
        lock = tg_pathlocks_take(t->again->how.locks, whole, pid, err);
        free(whole);
    }
    return lock;
}

bool tg_again_discard(struct tg_again_task *t)
{
    if (t->retold || t->unrecorded) return false;
    tg_ledger_forget(t->again->how.ledger, t->now.identity);
    atomic_fetch_sub_explicit(&t->again->fresh, 1, memory_order_relaxed);
    t->remakes = NULL;
    tg_again_restart(t);
    return t->retold = true;
}

void tg_again_restart(struct tg_again_task *t)
{
    give_claim_back(t);
    for (size_t i = 0; i < t->inputs.count; i++) tg_contents_forget(t->again->contents, t->inputs.items[i].path);
    for (size_t i = 0; i < t->before.result_count; i++) tg_contents_forget(t->again->contents, t->before.results[i].path);
    if (t->looked) t->inputs.count = t->told; /* what lies in folders may be gone */
    tg_againfiles_done(&t->input_paths);
    tg_againfiles_done(&t->before_inputs);
    tg_againfiles_done(&t->before_results);
    t->results.count = t->lacking.count = t->differences = t->why.length = 0;
    t->known = t->refreshed = t->lacks = t->looked = false;
}
