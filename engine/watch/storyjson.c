/* SPDX-License-Identifier: MIT
 * How the run stands, and what all answers have in common. */
#include "engine/watch/storyjson.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/clock.h"
#include "engine/base/digits.h"
#include "engine/base/path.h"
#include "engine/watch/storykeep.h"

#define RUNNING_MOST 50
#define FAILURES_MOST 100
#define LOG_BYTES 4096

/* Bytes of arguments in a label. */
#define LABEL_BYTES 60

/* While a run goes on, times of names are looked for again when there are so many more tasks, in parts of those before. */
#define TIMES_AGAIN 10
#define TIMES_FEW 20000

/* And where numbers of tasks go so far, of which few may be known, times are counted from then on. */
#define TIMES_MANY 100000

/* ---- parts of all answers ------------------------------------------------------------------------ */

void tg_storyjson_number(struct tg_buf *b, const char *key, uint64_t number)
{
    tg_buf_char(b, ',');
    tg_buf_char(b, '"');
    tg_buf_text(b, key);
    tg_buf_text(b, "\":");
    char *at = tg_buf_reserve(b, TG_DIGITS);
    b->length += (size_t)(tg_digits_put(at, number) - at);
    b->data[b->length] = 0;
}

void tg_storyjson_item(struct tg_buf *b, uint64_t number)
{
    char *at = tg_buf_reserve(b, TG_DIGITS + 1), *end = tg_digits_put(at, number);
    *end++ = ',';
    b->length += (size_t)(end - at);
}

void tg_storyjson_close(struct tg_buf *b, char c)
{
    if (b->data[b->length - 1] == ',') b->length--;
    tg_buf_char(b, c);
}

void tg_storyjson_text(const struct tg_story *s, struct tg_buf *b, const char *key, const char *text)
{
    if (!text) return;
    tg_buf_format(b, ",\"%s\":", key);
    char *hidden = tg_secrets_hidden(s->secrets, text); /* before it is JSON: a secret may begin with '"', or end an escape */
    tg_buf_json_string(b, hidden, strlen(hidden));
    free(hidden);
}

bool tg_storyjson_begin(const struct tg_story *s, const struct tg_storyjson_query *q, struct tg_buf *b)
{
    bool same = q->rev && q->rev == s->rev;
    tg_buf_format(b, "{\"rev\":%llu%s", (unsigned long long)s->rev, same ? ",\"same\":true}" : "");
    return !same;
}

struct tg_story_task *tg_storyjson_task_of(const struct tg_story *s, uint64_t part, uint64_t id)
{
    struct tg_story_part *p = part < s->parts.count ? &s->parts.items[part] : NULL;
    bool known = p && id < p->tasks.count && tg_storyjson_is_kept(&p->tasks.items[id]);
    return known ? &p->tasks.items[id] : NULL;
}

uint64_t tg_storyjson_until(const struct tg_story *s)
{
    if (!s->live || s->ended || !s->first_begin) return s->last;
    uint64_t now = tg_clock_ns() - s->first_begin;
    return now > s->last ? now : s->last;
}

/* ---- tasks --------------------------------------------------------------------------------------- */

/* Cut between characters. */
static void add_label_text(struct tg_buf *b, const char *text)
{
    size_t length = strlen(text);
    if (length <= LABEL_BYTES) {
        tg_buf_text(b, text);
        return;
    }
    length = LABEL_BYTES - 3;
    while (length && ((unsigned char)text[length] & 0xc0) == 0x80) length--;
    tg_buf_add(b, text, length);
    tg_buf_text(b, "...");
}

static char *hide_label(const struct tg_story *s, char *take_label)
{
    if (!tg_secrets_any(s->secrets)) return take_label;
    char *hidden = tg_secrets_hidden(s->secrets, take_label);
    free(take_label);
    return hidden;
}

char *tg_storyjson_label(const struct tg_story *s, uint32_t part, uint32_t id, const struct tg_story_task *t)
{
    char *label = s->source.label ? s->source.label(s->source.data, part, id) : NULL;
    if (label) return hide_label(s, label);
    const char *name = s->names.items[s->calls.items[t->call].name].name, *arguments = tg_storyjson_more(s, t)->arguments;
    struct tg_buf b = {0};
    tg_buf_text(&b, name);
    if (!arguments) {
        tg_buf_format(&b, " %u", id);
        return tg_buf_take(&b);
    }
    char *hidden = tg_secrets_hidden(s->secrets, arguments); /* before it is cut */
    tg_buf_char(&b, '(');
    add_label_text(&b, hidden);
    tg_buf_char(&b, ')');
    free(hidden);
    return tg_buf_take(&b);
}

void tg_storyjson_who(const struct tg_story *s, struct tg_buf *b, uint32_t part, uint32_t id, const struct tg_story_task *t)
{
    char *label = tg_storyjson_label(s, part, id, t);
    tg_storyjson_number(b, "name", s->calls.items[t->call].name);
    tg_storyjson_text(s, b, "label", label);
    tg_storyjson_text(s, b, "place", s->calls.items[t->call].place);
    free(label);
}

/* ---- logs ---------------------------------------------------------------------------------------- */

/* Events may be anybody's: no other file of the reader's gets into a page by them. */
static bool is_story_log(const char *path)
{
    return strncmp(path, ".tgrun/logs/", 12) == 0 && tg_path_ends(path, ".log") && !strstr(path, "..");
}

char *tg_storyjson_log(const char *path)
{
    struct stat st;
    int fd = path && is_story_log(path) ? open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
    if (fd < 0) return NULL;
    bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    off_t from = regular && st.st_size > LOG_BYTES ? st.st_size - LOG_BYTES : 0;
    char *text = tg_alloc(LOG_BYTES + 1);
    ssize_t length = regular ? pread(fd, text, LOG_BYTES, from) : -1;
    close(fd);
    if (length < 0) return free(text), NULL;
    for (ssize_t i = 0; i < length; i++)
        if (!text[i]) text[i] = ' ';
    text[length] = 0;
    const char *line = from ? strchr(text, '\n') : NULL; /* what the cut has left of a line */
    if (line) memmove(text, line + 1, strlen(line));
    return text;
}

/* ---- counts -------------------------------------------------------------------------------------- */

struct story_counts {
    uint64_t total, done, failed, caught, skipped, running, retried;
};

static uint64_t less_by(uint64_t all, uint64_t some)
{
    return all > some ? all - some : 0;
}

/* Helpers are not counted, unless there is nothing else or the graph grows: as progress does. */
static void count_part(const struct tg_story_part *p, struct story_counts *c)
{
    uint64_t all = 0, helpers = 0, of[TG_STORY_STATES];
    for (unsigned i = TG_STORY_WAITING; i < TG_STORY_STATES; i++) all += p->count[i], helpers += p->helpers[i];
    bool leave_out = (p->begin || !p->grows) && helpers < all; /* a block behind it always grows */
    for (unsigned i = 0; i < TG_STORY_STATES; i++) of[i] = p->count[i] - (leave_out ? p->helpers[i] : 0);
    uint64_t known = p->planned + p->added > all ? p->planned + p->added : all;
    c->total += known - (leave_out ? helpers : 0);
    c->running += of[TG_STORY_RUNNING];
    c->retried += p->retried;
    if (!p->ended) {
        c->done += of[TG_STORY_DONE], c->failed += of[TG_STORY_FAILED], c->caught += of[TG_STORY_CAUGHT];
        c->skipped += of[TG_STORY_SKIPPED];
        return;
    }
    uint64_t caught = p->caught + p->allowed;
    c->done += less_by(p->told_done, leave_out ? p->helpers[TG_STORY_DONE] : 0);
    c->failed += less_by(p->told_failed, caught);
    c->caught += caught;
    c->skipped += less_by(p->told_skipped, leave_out ? p->helpers[TG_STORY_SKIPPED] : 0);
}

/* Of the part that goes on what was looked at is right: events may be missing. */
static struct story_counts count_all(const struct tg_story *s)
{
    struct story_counts c = {0};
    const struct tg_story_seen *seen = &s->seen;
    for (size_t i = 0; i < s->parts.count; i++) {
        bool goes_on = !s->parts.items[i].ended && seen->goes_on && i + 1 == s->parts.count;
        if (!goes_on) {
            count_part(&s->parts.items[i], &c);
            continue;
        }
        c.total += seen->total, c.done += seen->done, c.failed += seen->failed, c.caught += seen->caught;
        c.skipped += seen->skipped, c.running += seen->running, c.retried += seen->retried;
    }
    return c;
}

static void put_counts(const struct tg_story *s, struct tg_buf *b)
{
    struct story_counts c = count_all(s);
    tg_buf_text(b, ",\"counts\":{\"total\":");
    tg_storyjson_item(b, c.total);
    tg_storyjson_close(b, ' ');
    tg_storyjson_number(b, "done", c.done);
    tg_storyjson_number(b, "failed", c.failed);
    tg_storyjson_number(b, "caught", c.caught);
    tg_storyjson_number(b, "skipped", c.skipped);
    tg_storyjson_number(b, "running", c.running);
    tg_storyjson_number(b, "retried", c.retried);
    tg_buf_char(b, '}');
}

/* ---- how long tasks of a name take --------------------------------------------------------------- */

/* Of sorted times, which one, from 0, is the least that as many in a hundred are not longer than: of few, p99 is the longest. */
static size_t rank_of_time(uint64_t count, unsigned percent)
{
    return count ? (size_t)((count * percent + 99) / 100 - 1) : 0;
}

static uint64_t time_at(const uint32_t *times, unsigned percent)
{
    uint64_t all = 0, sum = 0;
    for (unsigned i = 0; i < TG_STORYKEEP_TIMES; i++) all += times[i];
    size_t wanted = rank_of_time(all, percent);
    for (unsigned i = 0; i < TG_STORYKEEP_TIMES; i++)
        if ((sum += times[i]) > wanted) return (tg_storykeep_time_of(i) + tg_storykeep_time_of(i + 1)) / 2;
    return 0;
}

/* Puts in its place, from 0, the item that would stand there if all were sorted: those before are not larger (Hoare's selection). */
static uint64_t select_time(uint64_t *times, size_t count, size_t place)
{
    size_t low = 0, high = count - 1;
    while (low < high) {
        uint64_t middle = times[low + (high - low) / 2];
        size_t i = low, k = high;
        for (;;) {
            while (times[i] < middle) i++;
            while (times[k] > middle) k--;
            if (i >= k) break;
            uint64_t kept = times[i];
            times[i++] = times[k];
            times[k--] = kept;
        }
        if (place <= k) high = k;
        else low = k + 1;
    }
    return times[place];
}

static bool has_story_ended(const struct tg_story_task *t)
{
    return t->state >= TG_STORY_DONE && t->state <= TG_STORY_CAUGHT && t->ended;
}

/* All times of one name beside each other: ends[name] is behind the last one. */
static uint64_t *gather_times(const struct tg_story *s, size_t *ends)
{
    size_t all = 0;
    for (int pass = 0; pass < 2; pass++) {
        uint64_t *times = pass ? tg_alloc((all + 1) * sizeof *times) : NULL;
        for (size_t p = 0; p < s->parts.count; p++)
            for (size_t id = 0; id < s->parts.items[p].tasks.count; id++) {
                const struct tg_story_task *t = &s->parts.items[p].tasks.items[id];
                if (!has_story_ended(t)) continue;
                uint32_t name = s->calls.items[t->call].name;
                if (pass) times[ends[name]++] = t->busy;
                else ends[name]++, all++;
            }
        if (pass) return times;
        for (size_t n = 0, begin = 0; n < s->names.count; n++) {
            size_t count = ends[n];
            ends[n] = begin;
            begin += count;
        }
    }
    return NULL;
}

static bool are_many(const struct tg_story *s)
{
    size_t numbers = 0;
    for (size_t p = 0; p < s->parts.count; p++) numbers += s->parts.items[p].tasks.count;
    return numbers > TIMES_MANY;
}

/* From the tasks themselves, exactly; where not all are kept, or somebody looks on while there are many, from counts. */
static void find_times(struct tg_story *s)
{
    if (!s->names.count || s->times_rev == s->rev) return;
    if (!s->ended && s->task_count > TIMES_FEW && s->task_count < s->times_of + s->times_of / TIMES_AGAIN) return;
    s->times_rev = s->rev;
    s->times_of = s->task_count;
    if (s->live && !s->ended && are_many(s)) tg_storykeep_time(s, 0, 0, 0); /* of none: all are counted from now on */
    size_t *ends = s->counts_times ? NULL : tg_alloc_zero(s->names.count * sizeof *ends);
    uint64_t *times = ends ? gather_times(s, ends) : NULL;
    for (size_t i = 0; i < s->names.count; i++) {
        struct tg_story_name *n = &s->names.items[i];
        size_t begin = i && ends ? ends[i - 1] : 0, count = ends ? ends[i] - begin : 0;
        if (count) n->p50 = select_time(times + begin, count, rank_of_time(count, 50));
        if (count) n->p99 = select_time(times + begin, count, rank_of_time(count, 99));
        if (n->times) n->p50 = time_at(n->times, 50), n->p99 = time_at(n->times, 99);
    }
    free(times);
    free(ends);
}

/* ---- names --------------------------------------------------------------------------------------- */

/* Of a name, added up over its calls. */
static struct tg_story_call *add_up_names(const struct tg_story *s)
{
    struct tg_story_call *of = tg_alloc_zero((s->names.count + 1) * sizeof *of);
    for (size_t i = 0; i < s->calls.count; i++) {
        const struct tg_story_call *c = &s->calls.items[i];
        struct tg_story_call *n = &of[c->name];
        for (unsigned k = 0; k < TG_STORY_STATES; k++) n->count[k] += c->count[k];
        n->count[TG_STORY_DONE] += c->became;
        n->timed += c->timed + c->became;
        n->busy += c->busy;
        n->cpu += c->cpu;
        if (c->busy_most > n->busy_most) n->busy_most = c->busy_most;
        if (c->memory > n->memory) n->memory = c->memory;
    }
    return of;
}

/* What was looked at, where that is more: events may be missing. */
static void put_name_counts(const struct tg_story *s, struct tg_buf *b, size_t name, const struct tg_story_call *n)
{
    uint64_t total = 0, done = n->count[TG_STORY_DONE], skipped = n->count[TG_STORY_SKIPPED],
             running = n->count[TG_STORY_RUNNING];
    for (unsigned k = TG_STORY_WAITING; k < TG_STORY_STATES; k++) total += n->count[k];
    for (size_t i = 0; i < s->seen.of.count && i < s->seen.of_name.count; i++) {
        const struct tg_standing_of *of = &s->seen.of.items[i];
        if (s->seen.of_name.items[i] != name) continue;
        if (tg_standing_done_of(of) > done) done = tg_standing_done_of(of);
        if (of->unsuccessful > of->failed && of->unsuccessful - of->failed > skipped + n->count[TG_STORY_CAUGHT])
            skipped = of->unsuccessful - of->failed - n->count[TG_STORY_CAUGHT];
        if (of->total > total) total = of->total;
        if (s->seen.goes_on) running = of->running;
    }
    uint64_t known = done + skipped + running + n->count[TG_STORY_FAILED] + n->count[TG_STORY_CAUGHT];
    tg_storyjson_number(b, "total", total > known ? total : known);
    tg_storyjson_number(b, "done", done);
    tg_storyjson_number(b, "failed", n->count[TG_STORY_FAILED]);
    tg_storyjson_number(b, "caught", n->count[TG_STORY_CAUGHT]);
    tg_storyjson_number(b, "skipped", skipped);
    tg_storyjson_number(b, "running", running);
}

static void put_name(const struct tg_story *s, struct tg_buf *b, size_t i, const struct tg_story_call *of)
{
    const struct tg_story_name *n = &s->names.items[i];
    tg_buf_format(b, "{\"kind\":\"%s\"", tg_story_kinds[n->kind]);
    tg_storyjson_text(s, b, "name", n->name);
    tg_storyjson_text(s, b, "plugin", n->plugin);
    put_name_counts(s, b, i, of);
    tg_storyjson_number(b, "busy", of->busy);
    if (of->timed) tg_storyjson_number(b, "mean", of->busy / of->timed);
    if (of->timed) tg_storyjson_number(b, "p50", n->p50), tg_storyjson_number(b, "p99", n->p99);
    tg_storyjson_number(b, "max", of->busy_most);
    if (of->cpu) tg_storyjson_number(b, "cpu", of->cpu);
    if (of->memory) tg_storyjson_number(b, "memory", of->memory);
    tg_buf_text(b, "},");
}

static void put_story_names(struct tg_story *s, struct tg_buf *b)
{
    struct tg_story_call *of = add_up_names(s);
    find_times(s);
    tg_buf_text(b, ",\"names\":[");
    for (size_t i = 0; i < s->names.count; i++) put_name(s, b, i, &of[i]);
    tg_storyjson_close(b, ']');
    free(of);
}

/* ---- who does what ------------------------------------------------------------------------------- */

static uint64_t since_of(const struct tg_story_worker *w, const struct tg_story_task *t)
{
    return t->state == TG_STORY_RUNNING && t->began ? t->began : w->since;
}

static void put_story_running(const struct tg_story *s, struct tg_buf *b)
{
    unsigned shown = 0;
    tg_buf_text(b, ",\"running\":[");
    for (size_t i = 0; i < s->workers_seen.count && shown < RUNNING_MOST; i++) {
        const struct tg_story_worker *w = &s->workers_seen.items[i];
        const struct tg_story_task *t = w->runs == TG_STORY_NOT ? NULL : tg_storyjson_task_of(s, w->since_part, w->runs);
        if (!t) continue;
        tg_buf_format(b, "%s{\"id\":%u,\"part\":%u", shown++ ? "," : "", w->runs, w->since_part);
        tg_storyjson_who(s, b, w->since_part, w->runs, t);
        tg_storyjson_number(b, "worker", i);
        tg_storyjson_number(b, "began", since_of(w, t));
        tg_storyjson_number(b, "attempt", t->retried + 1u);
        tg_buf_char(b, '}');
    }
    tg_buf_char(b, ']');
}

static void put_story_waiting(const struct tg_story *s, struct tg_buf *b)
{
    tg_buf_text(b, ",\"waiting\":[");
    for (size_t i = 0; i < s->seen.wait_count && s->seen.goes_on; i++) {
        tg_buf_format(b, "%s{\"count\":%zu", i ? "," : "", s->seen.waits[i].count);
        tg_storyjson_text(s, b, "what", s->seen.waits[i].what);
        tg_buf_char(b, '}');
    }
    tg_buf_char(b, ']');
}

static void put_worker(const struct tg_story *s, struct tg_buf *b, size_t i)
{
    const struct tg_story_worker *w = &s->workers_seen.items[i];
    const struct tg_story_task *t = w->runs == TG_STORY_NOT ? NULL : tg_storyjson_task_of(s, w->since_part, w->runs);
    bool runs = w->runs != TG_STORY_NOT;
    uint64_t until = tg_storyjson_until(s), since = t ? since_of(w, t) : w->since;
    tg_buf_format(b, "{\"worker\":%zu,\"state\":\"%s\"", i, runs ? "running" : w->away ? "away" : "idle");
    if (runs) tg_storyjson_number(b, "id", w->runs);
    if (t) tg_storyjson_number(b, "name", s->calls.items[t->call].name);
    tg_storyjson_number(b, "busy", w->busy + (runs && until > since ? until - since : 0));
    tg_storyjson_number(b, "tasks", w->tasks);
    const struct tg_story_executor *e = i < s->seen.crew.count ? &s->seen.crew.items[i] : NULL;
    struct tg_usage used = {.cpu_ns = w->cpu, .peak_bytes = w->memory};
    if (e) tg_usage_add(&used, &e->used);
    if (e && e->pid) tg_storyjson_number(b, "executor", (uint64_t)e->pid);
    if (used.cpu_ns) tg_storyjson_number(b, "cpu", used.cpu_ns);
    if (used.peak_bytes) tg_storyjson_number(b, "memory", used.peak_bytes);
    tg_buf_text(b, "},");
}

static void put_crew(const struct tg_story *s, struct tg_buf *b)
{
    tg_buf_text(b, ",\"crew\":[");
    for (size_t i = 0; i < s->workers_seen.count; i++)
        if (s->workers_seen.items[i].seen[0]) put_worker(s, b, i);
    tg_storyjson_close(b, ']');
}

static void put_known(struct tg_buf *b, const char *key, uint64_t number)
{
    if (number) tg_storyjson_number(b, key, number);
}

static void put_usage(const struct tg_story *s, struct tg_buf *b)
{
    const struct tg_story_seen *seen = &s->seen;
    bool told = s->ended && s->end.cpu; /* the last numbers are those of the end */
    if (!told && !seen->known) return;
    tg_buf_text(b, ",\"usage\":{\"cpu\":");
    tg_storyjson_item(b, told ? s->end.cpu : seen->own.cpu_ns);
    tg_storyjson_close(b, ' ');
    put_known(b, "memory", seen->own_bytes);
    put_known(b, "peak", told ? s->end.memory : seen->own.peak_bytes);
    put_known(b, "commands_cpu", told ? s->end.commands_cpu : seen->commands.cpu_ns);
    put_known(b, "commands_memory", told ? s->end.commands_memory : seen->commands.peak_bytes);
    put_known(b, "executors", told ? s->end.executors : seen->executor_count);
    put_known(b, "executors_cpu", told ? s->end.executors_cpu : seen->executors.cpu_ns);
    put_known(b, "executors_memory", told ? s->end.executors_memory : seen->executors.peak_bytes);
    tg_buf_char(b, '}');
}

/* ---- failures and lines -------------------------------------------------------------------------- */

static void put_failure(struct tg_story *s, struct tg_buf *b, struct tg_story_failure *f)
{
    const struct tg_story_task *t = tg_storyjson_task_of(s, f->part, f->id);
    const struct tg_story_task gone = {.call = f->call};
    tg_buf_format(b, "{\"id\":%u,\"part\":%u", f->id, f->part);
    bool there = t && t->call == f->call &&
                 (t->state == TG_STORY_FAILED || t->state == TG_STORY_CAUGHT); /* not another one since */
    tg_storyjson_who(s, b, f->part, f->id, there ? t : &gone);
    tg_storyjson_number(b, "time", f->time);
    tg_storyjson_text(s, b, "message", f->message);
    bool caught = !f->shows && (s->seen.goes_on || s->parts.items[f->part].ended);
    tg_buf_format(b, ",\"caught\":%s,\"allowed\":%s", caught ? "true" : "false", f->allowed ? "true" : "false");
    tg_storyjson_number(b, "attempts", f->attempts);
    if (!f->log_text) f->log_text = tg_storyjson_log(f->log);
    tg_storyjson_text(s, b, "log", f->log);
    tg_storyjson_text(s, b, "log_text", f->log_text);
    tg_buf_text(b, "},");
}

static void put_failures(struct tg_story *s, struct tg_buf *b)
{
    tg_buf_text(b, ",\"failures\":[");
    for (size_t i = 0; i < s->failures.count && i < FAILURES_MOST; i++) put_failure(s, b, &s->failures.items[i]);
    tg_storyjson_close(b, ']');
    tg_storyjson_number(b, "failures_total", s->failure_count);
}

static void put_lines(const struct tg_story *s, struct tg_buf *b)
{
    tg_buf_text(b, ",\"texts\":[");
    for (uint64_t i = s->line_count > TG_STORY_LINES ? s->line_count - TG_STORY_LINES : 0; i < s->line_count; i++) {
        const struct tg_story_text *line = &s->lines[i % TG_STORY_LINES];
        tg_buf_format(b, "{\"time\":%llu", (unsigned long long)line->time);
        tg_storyjson_text(s, b, "text", line->text);
        tg_buf_text(b, "},");
    }
    tg_storyjson_close(b, ']');
}

/* ---- all of it ----------------------------------------------------------------------------------- */

static void put_moment(const struct tg_story *s, struct tg_buf *b)
{
    struct tm utc;
    time_t seconds = (time_t)(s->moment / 1000000000);
    char text[64];
    if (!s->moment || !gmtime_r(&seconds, &utc)) return;
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    tg_storyjson_text(s, b, "began", text);
}

static void put_story_run(const struct tg_story *s, struct tg_buf *b)
{
    const struct tg_story_seen *seen = &s->seen;
    bool grows = s->parts.count && s->parts.items[0].grows;
    tg_buf_format(b, ",\"live\":%s,\"ended\":%s", s->live ? "true" : "false", s->ended ? "true" : "false");
    if (s->ended) tg_storyjson_number(b, "exit", s->exit);
    tg_storyjson_text(s, b, "workflow", s->workflow);
    tg_storyjson_text(s, b, "host", s->host);
    if (s->process) tg_storyjson_number(b, "process", s->process);
    put_moment(s, b);
    tg_storyjson_text(s, b, "scheduler", s->scheduler);
    tg_storyjson_number(b, "elapsed", tg_storyjson_until(s));
    tg_storyjson_number(b, "workers",
                        seen->goes_on || !s->workers ? (seen->workers ? seen->workers : s->workers_seen.count) : s->workers);
    if (seen->jobs) tg_storyjson_number(b, "jobs", seen->jobs);
    tg_storyjson_number(b, "part", s->parts.count ? s->parts.count - 1 : 0);
    tg_buf_format(b, ",\"grows\":%s,\"control\":%s,\"paused\":%s,\"ending\":%s", grows ? "true" : "false",
                  seen->control ? "true" : "false", seen->paused ? "true" : "false", seen->ending ? "true" : "false");
    put_known(b, "dropped", s->lost + seen->dropped);
    if (seen->goes_on && seen->left_s >= 0) tg_buf_format(b, ",\"left\":%.1f", seen->left_s);
}

void tg_storyjson_status(struct tg_story *s, const struct tg_storyjson_query *q, struct tg_buf *out)
{
    pthread_mutex_lock(&s->lock);
    if (tg_storyjson_begin(s, q, out)) {
        put_story_run(s, out);
        put_counts(s, out);
        put_story_names(s, out);
        put_story_running(s, out);
        put_story_waiting(s, out);
        put_crew(s, out);
        put_usage(s, out);
        put_failures(s, out);
        put_lines(s, out);
        tg_buf_char(out, '}');
    }
    pthread_mutex_unlock(&s->lock);
}
