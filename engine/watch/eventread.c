/* SPDX-License-Identifier: MIT
 * A line at a time, with the jansson library, which reads whatever is JSON. Most lines are of tasks of nanoseconds and have nothing but
 * numbers, as eventfile.c writes them: such a one is recognized, byte by byte. */
#include "engine/watch/eventread.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/ascii.h"
#include "engine/base/limits.h"
#include "engine/watch/eventfile.h"

/* Not all tasks and calls of a workflow are needed, and lines come in any order: so far numbers may be above what was told of. */
#define LIKELY_MORE 1000000
#define LIKELY_TIMES 64

const char *const tg_eventread_words[TG_TOLD_OTHER] = {
    [TG_EVENT_STARTED] = "started", [TG_EVENT_DONE] = "done",         [TG_EVENT_SUSPENDED] = "suspended",
    [TG_EVENT_FAILED] = "failed",   [TG_EVENT_SKIPPED] = "skipped",   [TG_EVENT_ADDED] = "added",
    [TG_EVENT_RETRIED] = "retried", [TG_EVENT_RELEASED] = "released", [TG_EVENT_NODE] = "inputs",
    [TG_EVENT_TEXT] = "text",       [TG_EVENT_IDLE] = "idle",         [TG_EVENT_STEAL] = "steal",
    [TG_EVENT_SPAWN] = "spawn",     [TG_EVENT_TRANSFER] = "transfer", [TG_TOLD_RUN] = "run",
    [TG_TOLD_SITE] = "site",        [TG_TOLD_BLOCK] = "block",        [TG_TOLD_DROPPED] = "dropped",
    [TG_TOLD_END] = "end",
};

static unsigned kind_of_word(const char *word)
{
    for (unsigned i = 0; i < TG_TOLD_OTHER; i++)
        if (tg_eventread_words[i] && strcmp(tg_eventread_words[i], word) == 0) return i;
    return TG_TOLD_OTHER;
}

static bool fail_at_line(const struct tg_eventread *r, const char *why, struct tg_err *err)
{
    return tg_err_set(err, TG_EXIT_USAGE, "'%s', line %llu: %s", r->name, (unsigned long long)r->number, why);
}

/* ---- fields -------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t offset;
} numbers[] =
    {
        {"time", offsetof(struct tg_told, time)},
        {"began", offsetof(struct tg_told, began)},
        {"ended", offsetof(struct tg_told, ended)},
        {"id", offsetof(struct tg_told, id)},
        {"site", offsetof(struct tg_told, site)},
        {"worker", offsetof(struct tg_told, worker)},
        {"bytes", offsetof(struct tg_told, bytes)},
        {"count", offsetof(struct tg_told, count)},
        {"part", offsetof(struct tg_told, part)},
        {"tasks", offsetof(struct tg_told, tasks)},
        {"lines", offsetof(struct tg_told, lines)},
        {"round", offsetof(struct tg_told, round)},
        {"parent", offsetof(struct tg_told, parent)},
        {"parent_round", offsetof(struct tg_told, parent_round)},
        {"cpu", offsetof(struct tg_told, cpu)},
        {"memory", offsetof(struct tg_told, memory)},
        {"process", offsetof(struct tg_told, process)},
        {"status", offsetof(struct tg_told, status)},
        {"workers", offsetof(struct tg_told, workers)},
        {"done", offsetof(struct tg_told, done)},
        {"failed", offsetof(struct tg_told, failed)},
        {"skipped", offsetof(struct tg_told, skipped)},
        {"caught", offsetof(struct tg_told, caught)},
        {"allowed", offsetof(struct tg_told, allowed)},
        {"retried", offsetof(struct tg_told, retried)},
        {"results", offsetof(struct tg_told, results)},
        {"commands_cpu", offsetof(struct tg_told, commands_cpu)},
        {"commands_memory", offsetof(struct tg_told, commands_memory)},
        {"executors", offsetof(struct tg_told, executors)},
        {"executors_cpu", offsetof(struct tg_told, executors_cpu)},
        {"executors_memory", offsetof(struct tg_told, executors_memory)},
},
  texts[] = {
      {"name", offsetof(struct tg_told, name)},           {"kind", offsetof(struct tg_told, sort)},
      {"place", offsetof(struct tg_told, place)},         {"message", offsetof(struct tg_told, message)},
      {"text", offsetof(struct tg_told, text)},           {"workflow", offsetof(struct tg_told, workflow)},
      {"arguments", offsetof(struct tg_told, arguments)}, {"graph", offsetof(struct tg_told, graph)},
      {"plugin", offsetof(struct tg_told, plugin)},       {"log", offsetof(struct tg_told, log)},
      {"host", offsetof(struct tg_told, host)},           {"scheduler", offsetof(struct tg_told, scheduler)},
};

static bool read_needs(struct tg_eventread *r, struct tg_told *told, const json_t *array)
{
    r->needs.count = 0;
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *id = json_array_get(array, i);
        if (!json_is_integer(id) || json_integer_value(id) < 0) return false;
        tg_vec_push(&r->needs, (uint64_t)json_integer_value(id));
    }
    told->needs = r->needs.items;
    told->need_count = r->needs.count;
    return json_is_array(array);
}

uint64_t *tg_eventread_number(struct tg_told *told, const char *name)
{
    for (size_t i = 0; i < TG_COUNT(numbers); i++)
        if (strcmp(numbers[i].name, name) == 0) return (uint64_t *)((char *)told + numbers[i].offset);
    return NULL;
}

/* "2026-01-31T10:00:00.123456Z" as nanoseconds since 1970; 0 if it is none. */
static int64_t moment_of(const char *text)
{
    struct tm utc = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);
    if (!rest || utc.tm_year < 70 || utc.tm_year > 300) return 0;
    int64_t ns = 0, unit = 1000000000;
    for (rest += *rest == '.'; tg_ascii_is_digit(*rest) && unit > 1; rest++) ns += (*rest - '0') * (unit /= 10);
    return (int64_t)timegm(&utc) * 1000000000 + ns;
}

/* False if it is not of the type that it should be. */
static bool read_field(struct tg_eventread *r, struct tg_told *told, const char *key, const json_t *value)
{
    bool of_all = told->kind == TG_TOLD_RUN || told->kind == TG_TOLD_END; /* some say more there under the same key */
    uint64_t *number = tg_eventread_number(told, key);
    if (number && (!of_all || json_is_integer(value))) {
        if (!json_is_integer(value) || json_integer_value(value) < 0) return false;
        *number = (uint64_t)json_integer_value(value);
        return true;
    }
    if (told->kind == TG_TOLD_RUN && json_is_string(value) && strcmp(key, "began") == 0)
        told->moment = moment_of(json_string_value(value));
    for (size_t i = 0; json_is_string(value) && i < TG_COUNT(texts); i++)
        if (strcmp(texts[i].name, key) == 0) *(const char **)((char *)told + texts[i].offset) = json_string_value(value);
    if (strcmp(key, "continues") == 0) told->continues = json_is_true(value);
    if (strcmp(key, "expands") == 0) told->expands = json_is_true(value);
    if (strcmp(key, "needs") == 0 || strcmp(key, "failures") == 0) return read_needs(r, told, value);
    return true;
}

/* What a line of this kind cannot do without. */
static bool is_whole(const struct tg_told *t, const json_t *object)
{
    if (t->kind == TG_TOLD_SITE) return t->name && json_object_get(object, "site");
    if (t->kind >= TG_EVENT_IDLE && t->kind < TG_EVENT_TEXT)
        return json_object_get(object, "began") && json_object_get(object, "time") && json_object_get(object, "worker");
    bool of_task = t->kind < TG_EVENT_TEXT || t->kind == TG_TOLD_BLOCK;
    return !of_task || (json_object_get(object, "id") && json_object_get(object, "site") && json_object_get(object, "time"));
}

/* Numbers count from 0: one that is far above what there can be would cost who keeps something by number all that is below it. */
static bool is_likely(const struct tg_eventread *r, const struct tg_told *t)
{
    uint64_t most = LIKELY_MORE + LIKELY_TIMES * (r->number + r->tasks);
    if (most > TG_MAX_TASKS) most = TG_MAX_TASKS;
    for (size_t i = 0; i < t->need_count; i++)
        if (t->needs[i] >= most) return false;
    if (t->parent != UINT64_MAX && t->parent >= most) return false;
    return t->id < most && t->site < most && t->worker < TG_MAX_WORKERS;
}

static bool read_object(struct tg_eventread *r, struct tg_told *told, json_t *object, struct tg_err *err)
{
    const char *word = json_string_value(json_object_get(object, "event"));
    if (!word) return fail_at_line(r, "this is no event of a run", err);
    *told = (struct tg_told){.kind = kind_of_word(word), .parent = UINT64_MAX};
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at))
        if (!read_field(r, told, json_object_iter_key(at), json_object_iter_value(at)))
            return fail_at_line(r, "a field is not what it should be", err);
    if (r->number == 1 && told->kind != TG_TOLD_RUN) return fail_at_line(r, "events begin with one of the kind 'run'", err);
    if (!is_likely(r, told)) return fail_at_line(r, "no run has such numbers", err);
    if (told->tasks > TG_MAX_TASKS) return fail_at_line(r, "no run has so many tasks", err);
    if (told->kind == TG_TOLD_RUN && r->tasks < TG_MAX_TASKS) r->tasks += told->tasks;
    if (!is_whole(told, object)) return fail_at_line(r, "a field is missing", err);
    if (told->kind != TG_TOLD_RUN) return true;
    if (json_integer_value(json_object_get(object, "version")) == TG_EVENTS_VERSION) return true;
    return fail_at_line(r, "these events are of another version of tgrun", err);
}

/* ---- lines as they are usually written ----------------------------------------------------------- */

/* Digits of a number that fits, whatever they are. */
#define DIGITS_FIT 18

static bool skip(const char **at, const char *text)
{
    size_t length = strlen(text);
    bool there = strncmp(*at, text, length) == 0;
    if (there) *at += length;
    return there;
}

static bool read_digits(const char **at, uint64_t *out)
{
    const char *begin = *at;
    uint64_t number = 0;
    while (tg_ascii_is_digit(**at) && *at < begin + DIGITS_FIT) number = number * 10 + (uint64_t)(*(*at)++ - '0');
    *out = number;
    return *at > begin && !tg_ascii_is_digit(**at) && (*begin != '0' || *at == begin + 1);
}

static bool read_usual_needs(struct tg_eventread *r, struct tg_told *told, const char **at)
{
    r->needs.count = 0;
    do {
        uint64_t id;
        if (!read_digits(at, &id)) return false;
        tg_vec_push(&r->needs, id);
    } while (skip(at, ","));
    told->needs = r->needs.items;
    told->need_count = r->needs.count;
    return skip(at, "]");
}

/* The word behind the place; TG_TOLD_OTHER: none of a task. */
static unsigned skip_usual_word(const char **at)
{
    for (unsigned i = 0; i < TG_EVENT_IDLE; i++) {
        const char *behind = *at;
        if (skip(&behind, tg_eventread_words[i]) && *behind == '"') return *at = behind, i;
    }
    return TG_TOLD_OTHER;
}

/* True if the line is a usual one; else it is still to be read. */
static bool read_usual(struct tg_eventread *r, struct tg_told *told)
{
    const char *at = r->line;
    *told = (struct tg_told){.parent = UINT64_MAX};
    if (r->number <= 1 || !skip(&at, "{\"event\":\"") || (told->kind = skip_usual_word(&at)) == TG_TOLD_OTHER) return false;
    if (!skip(&at, "\",\"time\":") || !read_digits(&at, &told->time)) return false;
    if (!skip(&at, ",\"id\":") || !read_digits(&at, &told->id)) return false;
    if (!skip(&at, ",\"site\":") || !read_digits(&at, &told->site)) return false;
    if (!skip(&at, ",\"worker\":") || !read_digits(&at, &told->worker)) return false;
    if (skip(&at, ",\"began\":") && !read_digits(&at, &told->began)) return false;
    if (skip(&at, ",\"ended\":") && !read_digits(&at, &told->ended)) return false;
    if (skip(&at, ",\"bytes\":") && !read_digits(&at, &told->bytes)) return false;
    if (skip(&at, ",\"needs\":[") && !read_usual_needs(r, told, &at)) return false;
    return strcmp(at, "}\n") == 0 && is_likely(r, told);
}

/* ---- the public part ----------------------------------------------------------------------------- */

static void forget_line(struct tg_eventread *r)
{
    if (r->json) json_decref(r->json);
    r->json = NULL;
}

bool tg_eventread_next(struct tg_eventread *r, struct tg_told *told, struct tg_err *err)
{
    json_error_t error;
    forget_line(r);
    errno = 0;
    ssize_t length = getline(&r->line, &r->room, r->file);
    if (length < 0 && ferror(r->file)) return tg_err_set(err, TG_EXIT_USAGE, "cannot read '%s': %s", r->name, strerror(errno));
    r->cut = length > 0 && r->line[length - 1] != '\n';
    if (length < 0 || r->cut) return false;
    r->number++;
    if (read_usual(r, told)) return true;
    r->json = json_loadb(r->line, (size_t)length, 0, &error);
    if (!r->json) return fail_at_line(r, error.text, err);
    return read_object(r, told, r->json, err);
}

bool tg_eventread_open(struct tg_eventread *r, const char *name, struct tg_err *err)
{
    bool standard = strcmp(name, "-") == 0;
    *r = (struct tg_eventread){.name = standard ? "<stdin>" : name, .file = standard ? stdin : fopen(name, "re")};
    if (r->file) return true;
    tg_err_set(err, TG_EXIT_USAGE, "cannot open '%s': %s", name, strerror(errno));
    return false;
}

void tg_eventread_close(struct tg_eventread *r)
{
    forget_line(r);
    if (r->file && r->file != stdin) fclose(r->file);
    free(r->line);
    tg_vec_done(&r->needs);
}
