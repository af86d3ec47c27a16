/* SPDX-License-Identifier: MIT
 * Sums over names, calls, rows and time.
 *
 * What is counted by time is counted in bins that all have the same width. When there are too many, two become one: so they are fine at
 * the beginning of a run, and of a night never more than some thousand. */
#include "engine/watch/storykeep.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"

/* Bytes of texts of tasks, at most. */
#define TEXT_BYTES ((size_t)64 << 20)
/* Of one: all that are shown are asked for every second. */
#define TEXT_MOST 16384

/* Cells before equal ones are put together, and that may be left of them. */
#define CELLS_MORE 65536
#define CELLS_MOST 500000

/* Stretches beside tasks that are kept; then those that are shorter than so many times the least go. */
#define SPANS_MOST 500000

/* ---- names and calls ----------------------------------------------------------------------------- */

uint32_t tg_storykeep_name(struct tg_story *s, const char *name, const char *plugin, enum tg_story_kind kind)
{
    struct tg_buf key = {0};
    tg_buf_add(&key, name, strlen(name) + 1);
    tg_buf_text(&key, plugin ? plugin : "");
    uint32_t number = tg_names_add(&s->name_keys, key.data, key.length);
    tg_buf_done(&key);
    if (number < s->names.count) return number;
    struct tg_story_name n = {.kind = (uint8_t)kind};
    n.name = tg_arena_copy(&s->texts, name, strlen(name));
    if (plugin) n.plugin = tg_arena_copy(&s->texts, plugin, strlen(plugin));
    tg_vec_push(&s->names, n);
    return number;
}

uint32_t tg_storykeep_call(struct tg_story *s, uint32_t name, const char *place, bool expands)
{
    struct tg_buf key = {0};
    tg_buf_format(&key, "%u:%s", name, place ? place : "");
    uint32_t number = tg_names_add(&s->call_keys, key.data, key.length);
    tg_buf_done(&key);
    if (number < s->calls.count) return number;
    struct tg_story_call c = {.name = name, .expands = expands};
    if (place) c.place = tg_arena_copy(&s->texts, place, strlen(place));
    tg_vec_push(&s->calls, c);
    return number;
}

char *tg_storykeep_shown(const struct tg_story *s, const char *text)
{
    char *shown = tg_secrets_hidden(s->secrets, text); /* before it is cut */
    size_t length = strlen(shown);
    if (length <= TEXT_MOST) return shown;
    length = TEXT_MOST - 3;
    while ((shown[length] & 0xc0) == 0x80) length--;
    memcpy(shown + length, "...", 4);
    return shown;
}

const char *tg_storykeep_text(struct tg_story *s, const char *text)
{
    if (!text || s->text_bytes >= TEXT_BYTES) return NULL;
    char *shown = tg_storykeep_shown(s, text);
    size_t length = strlen(shown);
    s->text_bytes += length + 8;
    const char *kept = tg_arena_copy(&s->texts, shown, length);
    free(shown);
    return kept;
}

static int by_story_number(const void *va, const void *vb)
{
    uint32_t a = *(const uint32_t *)va, b = *(const uint32_t *)vb;
    return (a > b) - (a < b);
}

void tg_storykeep_sort(tg_story_ids *ids)
{
    if (ids->count) qsort(ids->items, ids->count, sizeof *ids->items, by_story_number);
}

bool tg_storykeep_has(const tg_story_ids *ids, uint32_t id)
{
    return ids->count && bsearch(&id, ids->items, ids->count, sizeof id, by_story_number);
}

/* ---- edges --------------------------------------------------------------------------------------- */

static bool is_story_edge(const void *items, uint32_t number, const void *wanted)
{
    const struct tg_story_edge *e = (const struct tg_story_edge *)items + number, *w = wanted;
    return e->from == w->from && e->to == w->to && e->added == w->added;
}

void tg_storykeep_edge(struct tg_story *s, uint32_t from_call, uint32_t to_call, bool added)
{
    struct tg_story_edge edge = {.from = from_call, .to = to_call, .added = added};
    uint32_t hash = tg_table_hash((uint64_t)from_call << 32 | (uint64_t)to_call << 1 | added);
    tg_table_reserve(&s->edge_table);
    struct tg_table_slot *slot = tg_table_slot(&s->edge_table, hash, is_story_edge, s->edges.items, &edge);
    if (!slot->number_plus_1) {
        tg_table_take(&s->edge_table, slot, hash, (uint32_t)s->edges.count);
        tg_vec_push(&s->edges, edge);
        s->edges.items[s->edges.count - 1].count = 1;
    } else {
        s->edges.items[slot->number_plus_1 - 1].count++;
    }
}

/* ---- cells --------------------------------------------------------------------------------------- */

static int by_cell(const void *va, const void *vb)
{
    const struct tg_story_cell *a = va, *b = vb;
    if (a->row != b->row) return a->row < b->row ? -1 : 1;
    if (a->bin != b->bin) return a->bin < b->bin ? -1 : 1;
    return (a->call > b->call) - (a->call < b->call);
}

void tg_storykeep_merge(struct tg_story *s)
{
    size_t kept = 0;
    if (!s->cells.count) return;
    qsort(s->cells.items, s->cells.count, sizeof *s->cells.items, by_cell);
    for (size_t i = 0; i < s->cells.count; i++) {
        struct tg_story_cell *to = kept ? &s->cells.items[kept - 1] : NULL, *cell = &s->cells.items[i];
        if (to && by_cell(to, cell) == 0) to->busy += cell->busy, to->count += cell->count;
        else s->cells.items[kept++] = *cell;
    }
    s->cells.count = s->cells_merged = kept;
}

static void widen_cells(struct tg_story *s)
{
    s->cell_width *= 2;
    for (size_t i = 0; i < s->cells.count; i++) s->cells.items[i].bin /= 2;
    tg_storykeep_merge(s);
}

static void push_cell(struct tg_story *s, const struct tg_story_cell *cell)
{
    struct tg_story_cell *last = s->cells.count > s->cells_merged ? &s->cells.items[s->cells.count - 1] : NULL;
    if (last && by_cell(last, cell) == 0) {
        last->busy += cell->busy;
        last->count += cell->count;
        return;
    }
    tg_vec_push(&s->cells, *cell);
    if (s->cells.count < 2 * s->cells_merged + CELLS_MORE) return;
    tg_storykeep_merge(s);
    while (s->cells.count > CELLS_MOST && s->cell_width < UINT64_MAX / 4) widen_cells(s);
}

void tg_storykeep_cell(struct tg_story *s, uint16_t row, uint32_t call, uint64_t began, uint64_t ended, uint32_t count)
{
    if (ended < began) ended = began;
    while (ended / s->cell_width >= TG_STORY_BINS) widen_cells(s);
    uint64_t width = s->cell_width, end = ended / width;
    for (uint64_t bin = began / width; bin <= end; bin++) {
        uint64_t from = bin * width > began ? bin * width : began, to = (bin + 1) * width < ended ? (bin + 1) * width : ended;
        struct tg_story_cell cell = {.bin = (uint32_t)bin, .call = call, .busy = to - from, .row = row};
        cell.count = bin == end ? count : 0;
        push_cell(s, &cell);
        if (s->cell_width != width) break; /* they have become wider: what is left is a part of one of them */
    }
}

/* ---- spans --------------------------------------------------------------------------------------- */

void tg_storykeep_span(struct tg_story *s, const struct tg_story_span *span)
{
    if (span->ended - span->began < s->span_least) return;
    while (s->spans.count >= SPANS_MOST) {
        size_t kept = 0;
        s->span_least = s->span_least ? 2 * s->span_least : 1000;
        for (size_t i = 0; i < s->spans.count; i++)
            if (s->spans.items[i].ended - s->spans.items[i].began >= s->span_least) s->spans.items[kept++] = s->spans.items[i];
        s->spans.count = kept;
        if (s->span_least > UINT64_MAX / 4) s->spans.count = 0;
    }
    tg_vec_push(&s->spans, *span);
}

/* ---- curves -------------------------------------------------------------------------------------- */

static void halve_curve(struct tg_story_curve *c)
{
    for (size_t i = 0; i < c->most.count; i++) {
        uint64_t value = c->most.items[i];
        if (i % 2 == 0 || value > c->most.items[i / 2]) c->most.items[i / 2] = value;
    }
    c->most.count = (c->most.count + 1) / 2;
}

static void reach_curve(struct tg_story_curve *c, uint64_t bin)
{
    while (c->most.count <= bin) tg_vec_push(&c->most, c->now);
}

static struct tg_story_curve *curve_number(struct tg_story *s, size_t number)
{
    struct tg_story_curve *own[] = {&s->results, &s->memory, &s->cpu};
    return number < TG_COUNT(own)                      ? own[number]
           : number - TG_COUNT(own) < s->holders.count ? &s->holders.items[number - TG_COUNT(own)]
                                                       : NULL;
}

/* All values stand as they are up to this time. */
static void reach_curves(struct tg_story *s, uint64_t time)
{
    struct tg_story_curve *c;
    while (time / s->curve_width >= TG_STORY_BINS) {
        for (size_t i = 0; (c = curve_number(s, i)); i++) halve_curve(c);
        s->curve_width *= 2;
        s->curve_bin /= 2;
    }
    uint64_t bin = time / s->curve_width;
    if (bin > s->curve_bin) s->curve_bin = bin;
}

void tg_storykeep_curve(struct tg_story *s, struct tg_story_curve *curve, uint64_t time, uint64_t value)
{
    reach_curves(s, time);
    reach_curve(curve, s->curve_bin);
    curve->now = value;
    uint64_t *most = &curve->most.items[s->curve_bin];
    if (value > *most) *most = value;
}

static void start_holder(struct tg_story *s, uint32_t name)
{
    if (s->names.items[name].holder || s->holders.count >= TG_STORYKEEP_HOLDERS) return;
    tg_vec_push(&s->holders, (struct tg_story_curve){0});
    tg_vec_push(&s->holder_names, name);
    s->names.items[name].holder = (uint32_t)s->holders.count;
}

void tg_storykeep_results(struct tg_story *s, uint32_t name, uint64_t time, int64_t more)
{
    start_holder(s, name);
    tg_storykeep_curve(s, &s->results, time, s->results.now + (uint64_t)more);
    uint32_t holder = s->names.items[name].holder;
    if (!holder) return;
    struct tg_story_curve *c = &s->holders.items[holder - 1];
    tg_storykeep_curve(s, c, time, c->now + (uint64_t)more);
}

/* ---- how long tasks took ------------------------------------------------------------------------- */

unsigned tg_storykeep_number_of(uint64_t ns)
{
    if (ns < 64) return (unsigned)ns;
    unsigned power = 63 - (unsigned)__builtin_clzll(ns);
    return (power - 5) * 32 + (unsigned)(ns >> (power - 5));
}

uint64_t tg_storykeep_time_of(unsigned number)
{
    if (number < 64) return number;
    unsigned power = number / 32 + 4;
    return (uint64_t)(number % 32 + 32) << (power - 5);
}

/* From now on some are not kept: those that are go in, too. */
static void count_times(struct tg_story *s)
{
    for (size_t i = 0; i < s->names.count; i++)
        if (!s->names.items[i].times) s->names.items[i].times = tg_alloc_zero(TG_STORYKEEP_TIMES * sizeof(uint32_t));
    for (size_t p = 0; p < s->parts.count; p++)
        for (size_t id = 0; id < s->parts.items[p].tasks.count; id++) {
            const struct tg_story_task *t = &s->parts.items[p].tasks.items[id];
            if (t->state >= TG_STORY_DONE && t->state <= TG_STORY_CAUGHT)
                s->names.items[s->calls.items[t->call].name].times[tg_storykeep_number_of(t->busy)]++;
        }
}

void tg_storykeep_time(struct tg_story *s, uint32_t name, uint64_t ns, uint32_t count)
{
    if (!s->counts_times && s->names.count <= TG_STORYKEEP_NAMES) count_times(s);
    s->counts_times = true;
    uint32_t **times = &s->names.items[name].times;
    if (!*times && s->names.count <= TG_STORYKEEP_NAMES) *times = tg_alloc_zero(TG_STORYKEEP_TIMES * sizeof **times);
    if (*times) (*times)[tg_storykeep_number_of(ns)] += count;
}

/* ---- all of it ----------------------------------------------------------------------------------- */

void tg_story_init(struct tg_story *s, const struct tg_secrets *secrets)
{
    *s = (struct tg_story){.secrets = secrets, .cell_width = 1000, .curve_width = 1000, .seen.left_s = -1};
    pthread_mutex_init(&s->lock, NULL);
}

static void done_parts(struct tg_story *s)
{
    for (size_t i = 0; i < s->parts.count; i++) {
        tg_vec_done(&s->parts.items[i].tasks);
        tg_vec_done(&s->parts.items[i].calls);
    }
    tg_vec_done(&s->parts);
}

static void done_sums(struct tg_story *s)
{
    for (size_t i = 0; i < s->names.count; i++) free(s->names.items[i].times);
    for (size_t i = 0; i < s->holders.count; i++) tg_vec_done(&s->holders.items[i].most);
    tg_vec_done(&s->results.most);
    tg_vec_done(&s->memory.most);
    tg_vec_done(&s->cpu.most);
    tg_vec_done(&s->holders);
    tg_vec_done(&s->holder_names);
    tg_vec_done(&s->names);
    tg_vec_done(&s->calls);
    tg_vec_done(&s->edges);
    tg_vec_done(&s->spans);
    tg_vec_done(&s->cells);
    tg_table_done(&s->edge_table);
    tg_names_done(&s->name_keys);
    tg_names_done(&s->call_keys);
}

void tg_story_done(struct tg_story *s)
{
    done_parts(s);
    done_sums(s);
    for (size_t i = 0; i < s->failures.count; i++) free(s->failures.items[i].log_text);
    for (size_t i = 0; i < TG_STORY_LINES; i++) free(s->lines[i].text);
    free(s->workflow);
    free(s->host);
    free(s->scheduler);
    tg_vec_done(&s->needs);
    tg_vec_done(&s->more);
    tg_vec_done(&s->stretches);
    tg_vec_done(&s->workers_seen);
    tg_vec_done(&s->failures);
    tg_vec_done(&s->shown);
    tg_vec_done(&s->allowed);
    tg_vec_done(&s->way_busy);
    tg_vec_done(&s->seen.of);
    tg_vec_done(&s->seen.of_name);
    tg_vec_done(&s->seen.crew);
    tg_way_done(&s->way);
    tg_arena_done(&s->texts);
    pthread_mutex_destroy(&s->lock);
}
