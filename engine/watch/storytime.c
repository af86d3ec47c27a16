/* SPDX-License-Identifier: MIT
 * The run over time: what each worker did when, and how much there was of it.
 *
 * A timeline has the longest stretches one by one. How long one must be is found by counting them by length first, to a thirty-second;
 * those that are shorter are added up by row, bin and name. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/base/hash.h"
#include "engine/watch/storyjson.h"
#include "engine/watch/storykeep.h"

#define SLICES_USUAL 20000
#define SLICES_MOST 100000
#define BINS 1000
#define STEPS 600
#define HOLDERS_SHOWN 8

/* Steps of what is put into bins: what would take more goes where it begins. */
#define BIN_STEPS 4000000

/* ---- all stretches ------------------------------------------------------------------------------- */

struct story_slice {
    uint64_t began, ended;
    uint32_t call, id, part;
    uint16_t row;
    uint8_t fate; /* as the page has them */
};

/* What a timeline is made of, while it is made. */
struct story_line {
    const struct tg_story *story;
    struct tg_buf *out;
    uint64_t from, to, width, steps;
    uint32_t counts[TG_STORYKEEP_TIMES]; /* of slices by length */
    uint64_t left_out;
    uint32_t max, room; /* slices; of those of the least length that are kept, still so many */
    unsigned least;     /* number of their count */
    TG_VEC(struct story_slice) slices;
    TG_VEC(struct tg_story_span) spans;
    TG_VEC(struct tg_story_cell) bins; /* call: the name */
    struct tg_table table;             /* of bins */
    uint32_t last;                     /* the bin that was added to last */
    uint16_t *shown;                   /* by row: its number among those that are shown, from 1 */
    size_t row_count;
};

typedef void (*story_visit)(struct story_line *l, const struct story_slice *slice);

static void visit_slice(struct story_line *l, struct story_slice slice, story_visit visit)
{
    if (slice.ended <= l->from && slice.ended != slice.began) return;
    if (slice.ended < l->from || slice.began >= l->to) return;
    visit(l, &slice);
}

/* What the stretch of a task that runs has taken so far. */
static void visit_all(struct story_line *l, story_visit visit)
{
    const struct tg_story *s = l->story;
    uint64_t until = tg_storyjson_until(s);
    for (uint32_t p = 0; p < s->parts.count; p++)
        for (uint32_t id = 0; id < s->parts.items[p].tasks.count; id++) {
            const struct tg_story_task *t = &s->parts.items[p].tasks.items[id];
            bool runs = t->state == TG_STORY_RUNNING;
            if (!runs && !t->ended) continue;
            struct story_slice slice = {
                t->began, runs ? until : t->ended, t->call, id, p, t->row, (uint8_t)tg_story_fate_of(t->state)};
            visit_slice(l, slice, visit);
        }
    for (size_t i = 0; i < s->stretches.count; i++) {
        const struct tg_story_stretch *st = &s->stretches.items[i];
        visit_slice(l, (struct story_slice){st->began, st->ended, st->call, st->id, st->part, st->row, st->fate}, visit);
    }
}

/* ---- bins ---------------------------------------------------------------------------------------- */

static bool is_bin(const void *items, uint32_t number, const void *wanted)
{
    const struct tg_story_cell *c = (const struct tg_story_cell *)items + number, *w = wanted;
    return c->row == w->row && c->bin == w->bin && c->call == w->call;
}

static void add_to_bin(struct story_line *l, struct tg_story_cell cell)
{
    if (l->last < l->bins.count && is_bin(l->bins.items, l->last, &cell)) {
        l->bins.items[l->last].busy += cell.busy;
        l->bins.items[l->last].count += cell.count;
        return;
    }
    uint32_t hash = tg_table_hash((uint64_t)cell.row << 48 | (uint64_t)cell.bin << 32 | cell.call);
    tg_table_reserve(&l->table);
    struct tg_table_slot *slot = tg_table_slot(&l->table, hash, is_bin, l->bins.items, &cell);
    if (!slot->number_plus_1) {
        tg_table_take(&l->table, slot, hash, (uint32_t)l->bins.count);
        l->last = (uint32_t)l->bins.count;
        tg_vec_push(&l->bins, cell);
        return;
    }
    l->last = slot->number_plus_1 - 1;
    l->bins.items[l->last].busy += cell.busy;
    l->bins.items[l->last].count += cell.count;
}

/* It counts where it begins, and its time where it was. */
static void bin_slice(struct story_line *l, uint64_t began, uint64_t ended, uint16_t row, uint32_t name, uint32_t count)
{
    if (began < l->from) began = l->from;
    if (ended > l->to) ended = l->to;
    uint64_t first = (began - l->from) / l->width, last = (ended - l->from) / l->width;
    if (l->steps + (last - first) > BIN_STEPS) last = first;
    l->steps += last - first;
    for (uint64_t bin = first; bin <= last && bin < BINS; bin++) {
        uint64_t begin = l->from + bin * l->width, end = begin + l->width;
        uint64_t from = bin == first ? began : begin, to = bin == last ? ended : end;
        if (bin > first && from == to) break;
        struct tg_story_cell cell = {.bin = (uint32_t)bin, .call = name, .busy = to - from, .row = row};
        cell.count = bin == first ? count : 0;
        add_to_bin(l, cell);
    }
}

static void bin_cells(struct story_line *l)
{
    const struct tg_story *s = l->story;
    for (size_t i = 0; i < s->cells.count; i++) {
        const struct tg_story_cell *c = &s->cells.items[i];
        uint64_t began = c->bin * s->cell_width, ended = began + s->cell_width;
        l->left_out += c->count;
        if (ended <= l->from || began >= l->to) continue;
        if (began < l->from) began = l->from;
        struct tg_story_cell cell = *c;
        cell.bin = (uint32_t)((began - l->from) / l->width);
        cell.call = s->calls.items[c->call].name;
        if (cell.bin < BINS) add_to_bin(l, cell);
    }
}

/* ---- a timeline ---------------------------------------------------------------------------------- */

static void count_slice(struct story_line *l, const struct story_slice *slice)
{
    l->counts[tg_storykeep_number_of(slice->ended - slice->began)]++;
}

/* Those of the lengths counted are kept that are longer than one of them, and of these as many as there is room for. */
static void choose_least(struct story_line *l)
{
    uint64_t sum = 0;
    l->least = 0;
    l->room = l->max;
    for (unsigned i = TG_STORYKEEP_TIMES; i-- > 0; sum += l->counts[i]) {
        if (sum + l->counts[i] <= l->max) continue;
        l->least = i;
        l->room = l->max - (uint32_t)sum;
        return;
    }
}

static bool is_long_enough(struct story_line *l, uint64_t length)
{
    unsigned number = tg_storykeep_number_of(length);
    if (number > l->least) return true;
    if (number < l->least || !l->room) return false;
    l->room--;
    return true;
}

static void keep_slice(struct story_line *l, const struct story_slice *slice)
{
    if (is_long_enough(l, slice->ended - slice->began)) {
        tg_vec_push(&l->slices, *slice);
        return;
    }
    l->left_out++;
    bin_slice(l, slice->began, slice->ended, slice->row, l->story->calls.items[slice->call].name, 1);
}

static bool is_seen(const struct story_line *l, const struct tg_story_span *span)
{
    return span->ended > l->from && span->began < l->to;
}

static void keep_spans(struct story_line *l)
{
    const struct tg_story *s = l->story;
    memset(l->counts, 0, sizeof l->counts);
    for (size_t i = 0; i < s->spans.count; i++)
        if (is_seen(l, &s->spans.items[i]))
            l->counts[tg_storykeep_number_of(s->spans.items[i].ended - s->spans.items[i].began)]++;
    choose_least(l);
    for (size_t i = 0; i < s->spans.count; i++)
        if (is_seen(l, &s->spans.items[i]) && is_long_enough(l, s->spans.items[i].ended - s->spans.items[i].began))
            tg_vec_push(&l->spans, s->spans.items[i]);
}

/* A worker, and its executor behind it. */
static void put_line_rows(struct story_line *l)
{
    const struct tg_story *s = l->story;
    l->row_count = 2 * s->workers_seen.count;
    l->shown = tg_alloc_zero((l->row_count + 2) * sizeof *l->shown);
    uint16_t shown = 0;
    tg_buf_text(l->out, ",\"rows\":[");
    for (size_t row = 0; row < l->row_count; row++) {
        if (!s->workers_seen.items[row / 2].seen[row % 2]) continue;
        l->shown[row] = ++shown;
        tg_buf_format(l->out, "{\"worker\":%zu,\"away\":%s},", row / 2, row % 2 ? "true" : "false");
    }
    tg_storyjson_close(l->out, ']');
}

static uint64_t shown_row(const struct story_line *l, uint16_t row)
{
    return row < l->row_count && l->shown[row] ? l->shown[row] - 1u : 0;
}

#define PUT_COLUMN(l, name, list, i, value)                                              \
    do {                                                                                 \
        tg_buf_text((l)->out, name);                                                     \
        for (size_t i = 0; i < (l)->list.count; i++) tg_storyjson_item((l)->out, value); \
        tg_storyjson_close((l)->out, ']');                                               \
    } while (0)

static void put_slices(struct story_line *l)
{
    const struct tg_story *s = l->story;
    PUT_COLUMN(l, ",\"slices\":{\"row\":[", slices, i, shown_row(l, l->slices.items[i].row));
    PUT_COLUMN(l, ",\"name\":[", slices, i, s->calls.items[l->slices.items[i].call].name);
    PUT_COLUMN(l, ",\"begin\":[", slices, i, l->slices.items[i].began);
    PUT_COLUMN(l, ",\"length\":[", slices, i, l->slices.items[i].ended - l->slices.items[i].began);
    PUT_COLUMN(l, ",\"fate\":[", slices, i, l->slices.items[i].fate);
    PUT_COLUMN(l, ",\"id\":[", slices, i, l->slices.items[i].id);
    PUT_COLUMN(l, ",\"part\":[", slices, i, l->slices.items[i].part);
}

static void put_spans(struct story_line *l)
{
    PUT_COLUMN(l, "},\"spans\":{\"row\":[", spans, i, shown_row(l, l->spans.items[i].row));
    PUT_COLUMN(l, ",\"kind\":[", spans, i, l->spans.items[i].kind);
    PUT_COLUMN(l, ",\"begin\":[", spans, i, l->spans.items[i].began);
    PUT_COLUMN(l, ",\"length\":[", spans, i, l->spans.items[i].ended - l->spans.items[i].began);
}

static void put_bins(struct story_line *l)
{
    tg_buf_format(l->out, "},\"bins\":{\"width\":%llu", (unsigned long long)l->width);
    PUT_COLUMN(l, ",\"row\":[", bins, i, shown_row(l, l->bins.items[i].row));
    PUT_COLUMN(l, ",\"bin\":[", bins, i, l->bins.items[i].bin);
    PUT_COLUMN(l, ",\"name\":[", bins, i, l->bins.items[i].call);
    PUT_COLUMN(l, ",\"busy\":[", bins, i, l->bins.items[i].busy);
    PUT_COLUMN(l, ",\"count\":[", bins, i, l->bins.items[i].count);
    tg_buf_char(l->out, '}');
}

static void make_line(struct tg_story *s, const struct tg_storyjson_query *q, struct tg_buf *out)
{
    uint64_t end = tg_storyjson_until(s);
    struct story_line *l = tg_alloc_zero(sizeof *l);
    *l = (struct story_line){.story = s, .out = out, .from = q->from < end ? q->from : end, .to = q->to ? q->to : end + 1};
    if (l->to > end + 1) l->to = end + 1;
    if (l->to <= l->from) l->to = l->from + 1;
    l->max = !q->max ? SLICES_USUAL : q->max < SLICES_MOST ? q->max : SLICES_MOST;
    l->width = (l->to - l->from) / BINS + 1;
    l->last = TG_STORY_NOT;
    tg_storyjson_number(out, "from", l->from);
    tg_storyjson_number(out, "to", q->to ? l->to : end);
    tg_storyjson_number(out, "end", end);
    visit_all(l, count_slice);
    choose_least(l);
    visit_all(l, keep_slice);
    tg_storykeep_merge(s);
    bin_cells(l);
    keep_spans(l);
    put_line_rows(l);
    put_slices(l);
    put_spans(l);
    put_bins(l);
    tg_storyjson_number(out, "left_out", l->left_out);
    tg_vec_done(&l->slices);
    tg_vec_done(&l->spans);
    tg_vec_done(&l->bins);
    tg_table_done(&l->table);
    free(l->shown);
    free(l);
}

void tg_storyjson_timeline(struct tg_story *s, const struct tg_storyjson_query *q, struct tg_buf *out)
{
    pthread_mutex_lock(&s->lock);
    if (tg_storyjson_begin(s, q, out)) {
        make_line(s, q, out);
        tg_buf_char(out, '}');
    }
    pthread_mutex_unlock(&s->lock);
}

/* ---- series -------------------------------------------------------------------------------------- */

/* What is at work in each step: a stretch adds to the first and the last one, and between them one that begins and one that ends. */
struct story_series {
    uint64_t step, count, end;
    uint64_t busy[STEPS + 2], done[STEPS + 2];
    int64_t begins[STEPS + 2]; /* more that are at work in all of a step than in the one before */
};

static void add_to_series(struct story_series *se, uint64_t began, uint64_t ended)
{
    uint64_t first = began / se->step, last = ended / se->step;
    if (last >= se->count) last = se->count - 1;
    if (first >= se->count) first = se->count - 1;
    if (ended < began) return;
    if (first == last) {
        se->busy[first] += ended - began;
        return;
    }
    se->busy[first] += (first + 1) * se->step - began;
    if (ended > last * se->step) se->busy[last] += ended - last * se->step;
    se->begins[first + 1]++;
    se->begins[last]--;
}

static void add_story(struct story_series *se, const struct tg_story *s)
{
    for (size_t p = 0; p < s->parts.count; p++)
        for (size_t id = 0; id < s->parts.items[p].tasks.count; id++) {
            const struct tg_story_task *t = &s->parts.items[p].tasks.items[id];
            bool runs = t->state == TG_STORY_RUNNING;
            if (!runs && !t->ended) continue;
            add_to_series(se, t->began, runs ? se->end : t->ended);
            uint64_t step = t->ended / se->step;
            if (!runs) se->done[step < se->count ? step : se->count - 1]++;
        }
    for (size_t i = 0; i < s->stretches.count; i++) add_to_series(se, s->stretches.items[i].began, s->stretches.items[i].ended);
    for (size_t i = 0; i < s->cells.count; i++) {
        const struct tg_story_cell *c = &s->cells.items[i];
        uint64_t step = c->bin * s->cell_width / se->step;
        if (step >= se->count) step = se->count - 1;
        se->busy[step] += c->busy;
        se->done[step] += c->count;
    }
}

static void put_at_work(const struct story_series *se, struct tg_buf *b)
{
    int64_t whole = 0;
    tg_buf_text(b, ",\"running\":[");
    for (uint64_t i = 0; i < se->count; i++) {
        whole += se->begins[i];
        uint64_t span = i + 1 < se->count || se->end <= i * se->step ? se->step : se->end - i * se->step;
        double busy = (double)se->busy[i] + (double)whole * (double)se->step;
        tg_buf_format(b, "%s%.4g", i ? "," : "", span ? busy / (double)span : 0);
    }
    tg_buf_text(b, "],\"done\":[");
    for (uint64_t i = 0; i < se->count; i++) tg_storyjson_item(b, se->done[i]);
    tg_storyjson_close(b, ']');
}

/* What it was at the most in each step; behind its end it stays as it is. */
static uint64_t value_at(const struct tg_story *s, const struct tg_story_curve *c, const struct story_series *se, uint64_t step)
{
    uint64_t first = step * se->step / s->curve_width, last = ((step + 1) * se->step - 1) / s->curve_width, most = 0;
    for (uint64_t i = first; i <= last && i < c->most.count; i++)
        if (c->most.items[i] > most) most = c->most.items[i];
    return last >= c->most.count && c->now > most ? c->now : most;
}

static void put_curve(const struct tg_story *s, const struct tg_story_curve *c, const struct story_series *se, struct tg_buf *b)
{
    for (uint64_t i = 0; i < se->count; i++) tg_storyjson_item(b, value_at(s, c, se, i));
    tg_storyjson_close(b, ']');
}

static uint64_t top_of(const struct tg_story_curve *c)
{
    uint64_t most = 0;
    for (size_t i = 0; i < c->most.count; i++)
        if (c->most.items[i] > most) most = c->most.items[i];
    return most;
}

/* Those that had the most at any time. */
static void put_holders(const struct tg_story *s, const struct story_series *se, struct tg_buf *b)
{
    bool shown[TG_STORYKEEP_HOLDERS] = {false};
    tg_buf_text(b, ",\"holders\":[");
    for (unsigned n = 0; n < HOLDERS_SHOWN && n < s->holders.count; n++) {
        size_t best = SIZE_MAX;
        for (size_t i = 0; i < s->holders.count; i++)
            if (!shown[i] && (best == SIZE_MAX || top_of(&s->holders.items[i]) > top_of(&s->holders.items[best]))) best = i;
        shown[best] = true;
        tg_buf_format(b, "{\"name\":%u,\"bytes\":[", s->holder_names.items[best]);
        put_curve(s, &s->holders.items[best], se, b);
        tg_buf_text(b, "},");
    }
    tg_storyjson_close(b, ']');
}

static void put_process(const struct tg_story *s, const struct story_series *se, struct tg_buf *b)
{
    if (!s->memory.most.count) return;
    tg_buf_text(b, ",\"process_memory\":[");
    put_curve(s, &s->memory, se, b);
    tg_buf_text(b, ",\"process_cpu\":[");
    for (uint64_t i = 0; i < se->count; i++)
        tg_buf_format(b, "%s%.4g", i ? "," : "", (double)value_at(s, &s->cpu, se, i) / 1000);
    tg_buf_char(b, ']');
}

void tg_storyjson_series(struct tg_story *s, const struct tg_storyjson_query *q, struct tg_buf *out)
{
    pthread_mutex_lock(&s->lock);
    if (tg_storyjson_begin(s, q, out)) {
        struct story_series *se = tg_alloc_zero(sizeof *se);
        se->end = tg_storyjson_until(s);
        se->step = se->end / STEPS + 1;
        se->count = se->end / se->step + 1;
        tg_storyjson_number(out, "step", se->step);
        tg_storyjson_number(out, "end", se->end);
        add_story(se, s);
        put_at_work(se, out);
        tg_buf_text(out, ",\"bytes\":[");
        put_curve(s, &s->results, se, out);
        put_holders(s, se, out);
        put_process(s, se, out);
        tg_buf_char(out, '}');
        free(se);
    }
    pthread_mutex_unlock(&s->lock);
}
