/* SPDX-License-Identifier: MIT
 * Tasks: a table of those that fit, one in full, and all that a page without a program behind it has. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/alloc.h"
#include "engine/watch/storyjson.h"
#include "engine/watch/storykeep.h"

#define ROWS_USUAL 100
#define ROWS_MOST 500
#define LINKS_MOST 50 /* of one task */

/* Of a report: rows, and needs of each. */
#define REPORT_ROWS 20000
#define REPORT_NEEDS 20

/* ---- which ones fit ------------------------------------------------------------------------------ */

struct story_row {
    uint64_t key;
    uint32_t part, id;
};

struct story_filter {
    const struct tg_story *story;
    const char *q;
    bool *calls; /* by call: its name or place has the text */
    bool words;  /* the text may be one of a label */
    uint32_t name;
    unsigned state; /* TG_STORY_STATES: whatever */
};

static bool has_text(const char *text, const char *q)
{
    return text && strcasestr(text, q);
}

static struct story_filter filter_of(const struct tg_story *s, const struct tg_storyjson_query *q)
{
    struct story_filter f = {.story = s, .q = q->q && *q->q ? q->q : NULL, .name = q->name, .state = TG_STORY_STATES};
    for (unsigned k = 0; q->state && *q->state && k < TG_STORY_STATES; k++)
        if (strcmp(q->state, tg_story_words[k]) == 0) f.state = k;
    if (!f.q) return f;
    f.calls = tg_alloc_zero(s->calls.count + 1);
    for (size_t i = 0; i < s->calls.count; i++)
        f.calls[i] = has_text(s->names.items[s->calls.items[i].name].name, f.q) || has_text(s->calls.items[i].place, f.q);
    f.words = strpbrk(f.q, "0123456789(") || s->source.label;
    return f;
}

static bool fits_text(const struct story_filter *f, uint32_t part, uint32_t id, const struct tg_story_task *t)
{
    const struct tg_story_more *more = tg_storyjson_more(f->story, t);
    if (f->calls[t->call] || has_text(more->arguments, f->q) || has_text(more->message, f->q)) return true;
    char *label = f->words ? tg_storyjson_label(f->story, part, id, t) : NULL;
    bool fits = has_text(label, f->q);
    free(label);
    return fits;
}

static bool fits(const struct story_filter *f, uint32_t part, uint32_t id, const struct tg_story_task *t)
{
    if (!tg_storyjson_is_kept(t) || (f->state != TG_STORY_STATES && t->state != f->state)) return false;
    if (f->name && f->story->calls.items[t->call].name != f->name - 1) return false;
    return !f->q || fits_text(f, part, id, t);
}

/* ---- in which order ------------------------------------------------------------------------------ */

static int by_row_key(const void *va, const void *vb)
{
    const struct story_row *a = va, *b = vb;
    if (a->key != b->key) return a->key < b->key ? -1 : 1;
    if (a->part != b->part) return a->part < b->part ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

/* Brings the `count` first ones to the front, sorted: those behind are not looked at any more (Hoare's selection). */
static void sort_first(struct story_row *rows, size_t all, size_t count)
{
    size_t low = 0, high = all ? all - 1 : 0;
    while (count && count < all && low < high) {
        struct story_row middle = rows[low + (high - low) / 2];
        size_t i = low, k = high;
        for (;;) {
            while (by_row_key(&rows[i], &middle) < 0) i++;
            while (by_row_key(&rows[k], &middle) > 0) k--;
            if (i >= k) break;
            struct story_row kept = rows[i];
            rows[i++] = rows[k];
            rows[k--] = kept;
        }
        if (count - 1 <= k) high = k;
        else low = k + 1;
    }
    qsort(rows, count, sizeof *rows, by_row_key);
}

static uint64_t time_at_work(const struct tg_story *s, const struct tg_story_task *t)
{
    uint64_t until = tg_storyjson_until(s);
    return t->busy + (t->state == TG_STORY_RUNNING && until > t->began ? until - t->began : 0);
}

enum story_sort { SORT_ID, SORT_BEGAN, SORT_LENGTH, SORT_NAME };

static uint64_t row_key_of(const struct tg_story *s, const struct tg_story_task *t, enum story_sort sort, const uint32_t *rank)
{
    switch (sort) {
    case SORT_BEGAN: return t->began;
    case SORT_LENGTH: return time_at_work(s, t);
    case SORT_NAME: return rank[s->calls.items[t->call].name];
    default: return 0;
    }
}

struct story_ranked {
    const char *name;
    uint32_t number;
};

static int by_ranked_name(const void *va, const void *vb)
{
    return strcmp(((const struct story_ranked *)va)->name, ((const struct story_ranked *)vb)->name);
}

/* By name: how many stand before it in the alphabet. */
static uint32_t *rank_names(const struct tg_story *s)
{
    struct story_ranked *all = tg_alloc((s->names.count + 1) * sizeof *all);
    uint32_t *rank = tg_alloc((s->names.count + 1) * sizeof *rank);
    for (uint32_t i = 0; i < s->names.count; i++) all[i] = (struct story_ranked){s->names.items[i].name, i};
    qsort(all, s->names.count, sizeof *all, by_ranked_name);
    for (uint32_t i = 0; i < s->names.count; i++) rank[all[i].number] = i;
    free(all);
    return rank;
}

typedef TG_VEC(struct story_row) story_rows;

static void find_rows(const struct tg_story *s, const struct tg_storyjson_query *q, story_rows *rows)
{
    const char *sort = q->sort ? q->sort : "id";
    bool down = *sort == '-';
    static const char *const words[] = {"id", "began", "length", "name"};
    enum story_sort by = SORT_ID;
    for (unsigned i = 0; i < TG_COUNT(words); i++)
        if (strcmp(sort + down, words[i]) == 0) by = (enum story_sort)i;
    struct story_filter f = filter_of(s, q);
    uint32_t *rank = by == SORT_NAME ? rank_names(s) : NULL;
    for (uint32_t p = 0; p < s->parts.count; p++)
        for (uint32_t id = 0; id < s->parts.items[p].tasks.count; id++) {
            const struct tg_story_task *t = &s->parts.items[p].tasks.items[id];
            if (!fits(&f, p, id, t)) continue;
            uint64_t key = by == SORT_ID ? ((uint64_t)p << 32 | id) : row_key_of(s, t, by, rank);
            tg_vec_push(rows, ((struct story_row){down ? UINT64_MAX - key : key, p, id}));
        }
    free(rank);
    free(f.calls);
}

/* ---- rows ---------------------------------------------------------------------------------------- */

static void put_span(const struct tg_story *s, struct tg_buf *b, const struct tg_story_task *t)
{
    bool ran = t->ended || t->state == TG_STORY_RUNNING;
    if (ran) tg_storyjson_number(b, "began", t->began), tg_storyjson_number(b, "worker", t->row / 2u);
    if (ran || t->busy) tg_storyjson_number(b, "length", time_at_work(s, t));
}

static void put_story_row(const struct tg_story *s, struct tg_buf *b, uint32_t part, uint32_t id, uint32_t needs)
{
    const struct tg_story_task *t = &s->parts.items[part].tasks.items[id];
    const struct tg_story_more *more = tg_storyjson_more(s, t);
    tg_buf_format(b, "{\"id\":%u,\"part\":%u", id, part);
    tg_storyjson_who(s, b, part, id, t);
    tg_storyjson_text(s, b, "state", tg_story_words[t->state]);
    put_span(s, b, t);
    if (t->began) tg_storyjson_number(b, "attempts", t->retried + 1u);
    if (more->cpu) tg_storyjson_number(b, "cpu", more->cpu);
    if (more->memory) tg_storyjson_number(b, "memory", more->memory);
    if (t->bytes) tg_storyjson_number(b, "bytes", t->bytes);
    tg_storyjson_text(s, b, "message", more->message);
    if (needs && t->need_count) {
        tg_buf_text(b, ",\"needs\":[");
        for (uint32_t i = 0; i < t->need_count && i < needs; i++) tg_storyjson_item(b, s->needs.items[t->needs + i]);
        tg_storyjson_close(b, ']');
    }
    tg_buf_text(b, "},");
}

static uint64_t count_kept(const struct tg_story *s)
{
    uint64_t all = 0;
    for (size_t i = 0; i < s->parts.count; i++)
        for (unsigned k = TG_STORY_WAITING; k < TG_STORY_STATES; k++) all += s->parts.items[i].count[k];
    return all;
}

static void put_story_rows(const struct tg_story *s, struct tg_buf *b, const story_rows *rows, size_t from, size_t to,
                           uint32_t needs)
{
    tg_storyjson_number(b, "total", count_kept(s));
    tg_storyjson_number(b, "count", rows->count);
    tg_storyjson_number(b, "offset", from);
    tg_buf_text(b, ",\"rows\":[");
    for (size_t i = from; i < to; i++) put_story_row(s, b, rows->items[i].part, rows->items[i].id, needs);
    tg_storyjson_close(b, ']');
}

void tg_storyjson_tasks(struct tg_story *s, const struct tg_storyjson_query *q, struct tg_buf *out)
{
    story_rows rows = {0};
    pthread_mutex_lock(&s->lock);
    tg_storykeep_want_plan(s);
    if (tg_storyjson_begin(s, q, out)) {
        find_rows(s, q, &rows);
        size_t limit = !q->limit ? ROWS_USUAL : q->limit < ROWS_MOST ? q->limit : ROWS_MOST;
        size_t from = q->offset < rows.count ? (size_t)q->offset : rows.count;
        size_t to = rows.count - from > limit ? from + limit : rows.count;
        if (to) sort_first(rows.items, rows.count, to);
        put_story_rows(s, out, &rows, from, to, 0);
        tg_buf_char(out, '}');
    }
    pthread_mutex_unlock(&s->lock);
    tg_vec_done(&rows);
}

/* ---- one task ------------------------------------------------------------------------------------ */

static void put_attempt(const struct tg_story *s, struct tg_buf *b, const struct tg_story_stretch *st)
{
    tg_buf_format(b, "{\"state\":\"%s\"", st->fate == TG_STORY_RETRIED ? "failed" : "suspended");
    tg_storyjson_number(b, "began", st->began);
    tg_storyjson_number(b, "ended", st->ended);
    tg_storyjson_number(b, "worker", st->row / 2u);
    tg_storyjson_text(s, b, "message", st->message);
    if (st->cpu) tg_storyjson_number(b, "cpu", st->cpu);
    if (st->memory) tg_storyjson_number(b, "memory", st->memory);
    tg_buf_text(b, "},");
}

/* The oldest first: they are linked from the newest one. */
static void put_attempts(const struct tg_story *s, struct tg_buf *b, const struct tg_story_task *t)
{
    uint32_t of[LINKS_MOST], count = 0;
    const struct tg_story_more *more = tg_storyjson_more(s, t);
    tg_buf_text(b, ",\"attempts\":[");
    for (uint32_t at = more->stretch; at && count < LINKS_MOST; at = s->stretches.items[at - 1].before) of[count++] = at;
    for (; count > 0; count--) put_attempt(s, b, &s->stretches.items[of[count - 1] - 1]);
    if (t->ended || t->state == TG_STORY_RUNNING) {
        tg_buf_format(b, "{\"state\":\"%s\"", tg_story_words[t->state]);
        tg_storyjson_number(b, "began", t->began);
        if (t->ended) tg_storyjson_number(b, "ended", t->ended);
        tg_storyjson_number(b, "worker", t->row / 2u);
        tg_storyjson_text(s, b, "message", more->message);
        tg_buf_text(b, "},");
    }
    tg_storyjson_close(b, ']');
}

static void put_link(const struct tg_story *s, struct tg_buf *b, uint32_t part, uint32_t id)
{
    const struct tg_story_task *t = tg_storyjson_task_of(s, part, id);
    char *label = t ? tg_storyjson_label(s, part, id, t) : NULL;
    tg_buf_format(b, "{\"id\":%u", id);
    tg_storyjson_text(s, b, "label", label);
    if (t) tg_storyjson_text(s, b, "state", tg_story_words[t->state]);
    tg_buf_text(b, "},");
    free(label);
}

static void put_task_needs(const struct tg_story *s, struct tg_buf *b, uint32_t part, const struct tg_story_task *t)
{
    tg_buf_text(b, ",\"needs\":[");
    for (uint32_t i = 0; i < t->need_count && i < LINKS_MOST; i++) put_link(s, b, part, s->needs.items[t->needs + i]);
    tg_storyjson_close(b, ']');
    tg_storyjson_number(b, "needs_total", t->need_count);
}

static void put_needed_by(const struct tg_story *s, struct tg_buf *b, uint32_t part, uint32_t id)
{
    const struct tg_story_part *p = &s->parts.items[part];
    uint64_t count = 0;
    tg_buf_text(b, ",\"needed_by\":[");
    for (uint32_t k = 0; k < p->tasks.count; k++) {
        const struct tg_story_task *t = &p->tasks.items[k];
        bool needs = false;
        for (uint32_t i = 0; i < t->need_count && !needs; i++) needs = s->needs.items[t->needs + i] == id;
        if (needs && count++ < LINKS_MOST) put_link(s, b, part, k);
    }
    tg_storyjson_close(b, ']');
    tg_storyjson_number(b, "needed_by_total", count);
}

static void put_log(const struct tg_story *s, struct tg_buf *b, const char *log)
{
    char *text = tg_storyjson_log(log);
    tg_storyjson_text(s, b, "log", log);
    tg_storyjson_text(s, b, "log_text", text);
    free(text);
}

static void put_story_task(const struct tg_story *s, struct tg_buf *b, uint32_t part, uint32_t id,
                           const struct tg_story_task *t)
{
    const struct tg_story_more *more = tg_storyjson_more(s, t);
    const char *place = s->calls.items[t->call].place;
    char *line = place && s->source.line ? s->source.line(s->source.data, place) : NULL;
    tg_storyjson_number(b, "id", id);
    tg_storyjson_number(b, "part", part);
    tg_storyjson_who(s, b, part, id, t);
    tg_storyjson_text(s, b, "arguments", more->arguments);
    tg_storyjson_text(s, b, "line", line);
    tg_storyjson_text(s, b, "state", tg_story_words[t->state]);
    tg_storyjson_text(s, b, "message", more->message);
    put_attempts(s, b, t);
    put_task_needs(s, b, part, t);
    put_needed_by(s, b, part, id);
    if (t->parent != TG_STORY_NOT) tg_storyjson_number(b, "parent", t->parent);
    if (t->bytes) tg_storyjson_number(b, "bytes", t->bytes);
    if (t->released) tg_storyjson_number(b, "released", t->released);
    put_log(s, b, more->log);
    free(line);
}

bool tg_storyjson_task(struct tg_story *s, const struct tg_storyjson_query *q, struct tg_buf *out)
{
    pthread_mutex_lock(&s->lock);
    tg_storykeep_want_plan(s);
    const struct tg_story_task *t = tg_storyjson_task_of(s, q->part, q->id);
    if (t && tg_storyjson_begin(s, q, out)) {
        put_story_task(s, out, (uint32_t)q->part, (uint32_t)q->id, t);
        tg_buf_char(out, '}');
    }
    pthread_mutex_unlock(&s->lock);
    return t;
}

/* ---- a report ------------------------------------------------------------------------------------ */

/* What has failed comes first, then what took the longest. */
static void put_report_tasks(struct tg_story *s, struct tg_buf *b)
{
    story_rows rows = {0};
    const struct tg_storyjson_query all = {.sort = "-length"};
    pthread_mutex_lock(&s->lock);
    tg_storyjson_begin(s, &all, b);
    find_rows(s, &all, &rows);
    for (size_t i = 0; i < rows.count; i++) {
        unsigned state = s->parts.items[rows.items[i].part].tasks.items[rows.items[i].id].state;
        if (state == TG_STORY_FAILED || state == TG_STORY_CAUGHT) rows.items[i].key = 0;
    }
    size_t shown = rows.count < REPORT_ROWS ? rows.count : REPORT_ROWS;
    if (shown) sort_first(rows.items, rows.count, shown);
    put_story_rows(s, b, &rows, 0, shown, REPORT_NEEDS);
    tg_buf_char(b, '}');
    pthread_mutex_unlock(&s->lock);
    tg_vec_done(&rows);
}

/* What would end the element of HTML that it stands in. */
static void escape_html(struct tg_buf *b, size_t from)
{
    struct tg_buf rest = {0};
    tg_buf_add(&rest, b->data + from, b->length - from);
    b->length = from;
    for (size_t i = 0, next; i < rest.length; i = next + 1) {
        const char *found = memchr(rest.data + i, '<', rest.length - i);
        next = found ? (size_t)(found - rest.data) : rest.length;
        tg_buf_add(b, rest.data + i, next - i);
        if (found) tg_buf_text(b, "\\u003c");
    }
    tg_buf_done(&rest);
}

void tg_storyjson_report(struct tg_story *s, struct tg_buf *out)
{
    static const struct {
        const char *key;
        void (*put)(struct tg_story *s, const struct tg_storyjson_query *q, struct tg_buf *out);
    } parts[] = {{"status", tg_storyjson_status},
                 {"timeline", tg_storyjson_timeline},
                 {"series", tg_storyjson_series},
                 {"graph", tg_storyjson_graph},
                 {"path", tg_storyjson_path}};
    const struct tg_storyjson_query all = {0};
    size_t from = out->length;
    pthread_mutex_lock(&s->lock);
    s->live = false; /* who reads it asks nobody */
    pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < TG_COUNT(parts); i++) {
        tg_buf_format(out, "%c\"%s\":", i ? ',' : '{', parts[i].key);
        parts[i].put(s, &all, out);
    }
    tg_buf_text(out, ",\"tasks\":");
    put_report_tasks(s, out);
    tg_buf_char(out, '}');
    escape_html(out, from);
}
