/* SPDX-License-Identifier: MIT
 * The graph of a run: a node for each task, for each call in the source or for each name, whichever can be looked at; and the critical
 * path through it. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/watch/storyjson.h"
#include "engine/watch/storykeep.h"

#define TASKS_SHOWN 150 /* where nobody has asked for them */
#define CALLS_SHOWN 300 /* likewise */
#define TASKS_MOST 3000 /* that are drawn at all */
#define NODES_MOST 2000 /* calls or names */
#define EDGES_MOST 20000
#define STEPS_MOST 1000 /* of a path */

/* ---- what is drawn ------------------------------------------------------------------------------- */

enum story_level { LEVEL_TASKS, LEVEL_CALLS, LEVEL_NAMES };
static const char *const level_words[] = {"tasks", "calls", "names"};

static uint64_t count_tasks(const struct tg_story *s)
{
    uint64_t all = 0;
    for (size_t i = 0; i < s->parts.count; i++)
        for (unsigned k = TG_STORY_WAITING; k < TG_STORY_STATES; k++) all += s->parts.items[i].count[k];
    return all;
}

static uint64_t count_of_call(const struct tg_story_call *c)
{
    uint64_t all = 0;
    for (unsigned k = TG_STORY_WAITING; k < TG_STORY_STATES; k++) all += c->count[k];
    return all;
}

static size_t count_calls(const struct tg_story *s)
{
    size_t all = 0;
    for (size_t i = 0; i < s->calls.count; i++) all += count_of_call(&s->calls.items[i]) > 0;
    return all;
}

static enum story_level story_level_of(const struct tg_story *s, const char *wanted)
{
    uint64_t tasks = count_tasks(s), calls = count_calls(s);
    if (wanted && strcmp(wanted, "tasks") == 0 && tasks <= TASKS_MOST) return LEVEL_TASKS;
    if (wanted && strcmp(wanted, "calls") == 0 && calls <= NODES_MOST) return LEVEL_CALLS;
    if (wanted && strcmp(wanted, "names") == 0) return LEVEL_NAMES;
    return tasks <= TASKS_SHOWN ? LEVEL_TASKS : calls <= CALLS_SHOWN ? LEVEL_CALLS : LEVEL_NAMES;
}

static void put_states(struct tg_buf *b, const uint64_t *count)
{
    uint64_t all = 0;
    for (unsigned k = TG_STORY_WAITING; k < TG_STORY_STATES; k++) all += count[k];
    tg_storyjson_number(b, "total", all);
    tg_storyjson_number(b, "done", count[TG_STORY_DONE]);
    tg_storyjson_number(b, "failed", count[TG_STORY_FAILED]);
    tg_storyjson_number(b, "caught", count[TG_STORY_CAUGHT]);
    tg_storyjson_number(b, "skipped", count[TG_STORY_SKIPPED]);
    tg_storyjson_number(b, "running", count[TG_STORY_RUNNING]);
}

static void put_edge(struct tg_buf *b, uint32_t from, uint32_t to, uint64_t count, bool added)
{
    tg_buf_format(b, "{\"from\":%u,\"to\":%u,\"count\":%llu,\"link\":\"%s\"},", from, to, (unsigned long long)count,
                  added ? "added" : "value");
}

/* ---- tasks --------------------------------------------------------------------------------------- */

static void put_task_node(const struct tg_story *s, struct tg_buf *b, uint32_t part, uint32_t id)
{
    const struct tg_story_task *t = &s->parts.items[part].tasks.items[id];
    const struct tg_story_call *c = &s->calls.items[t->call];
    uint64_t count[TG_STORY_STATES] = {0};
    count[t->state] = 1;
    if (part) tg_buf_format(b, "{\"key\":\"t%u.%u\"", part, id);
    else tg_buf_format(b, "{\"key\":\"t%u\"", id);
    tg_storyjson_who(s, b, part, id, t);
    tg_buf_format(b, ",\"kind\":\"%s\",\"expands\":%s", tg_story_kinds[s->names.items[c->name].kind],
                  c->expands ? "true" : "false");
    put_states(b, count);
    tg_storyjson_number(b, "busy", t->busy);
    tg_storyjson_number(b, "id", id);
    tg_storyjson_number(b, "part", part);
    tg_buf_text(b, "},");
}

static void put_tasks_of(const struct tg_story *s, struct tg_buf *b, uint32_t **numbers)
{
    uint32_t shown = 0;
    tg_buf_text(b, ",\"nodes\":[");
    for (uint32_t p = 0; p < s->parts.count; p++) {
        size_t count = s->parts.items[p].tasks.count;
        numbers[p] = tg_block_new((count + 1) * sizeof **numbers);
        for (uint32_t id = 0; id < count; id++) {
            numbers[p][id] = TG_STORY_NOT;
            if (!tg_storyjson_is_kept(&s->parts.items[p].tasks.items[id])) continue;
            numbers[p][id] = shown++;
            put_task_node(s, b, p, id);
        }
    }
    tg_storyjson_close(b, ']');
}

static void put_task_edges(const struct tg_story *s, struct tg_buf *b, uint32_t *const *numbers)
{
    unsigned shown = 0;
    tg_buf_text(b, ",\"edges\":[");
    for (uint32_t p = 0; p < s->parts.count; p++) {
        size_t count = s->parts.items[p].tasks.count;
        for (uint32_t id = 0; id < count; id++) {
            const struct tg_story_task *t = &s->parts.items[p].tasks.items[id];
            if (!tg_storyjson_is_kept(t)) continue;
            if (t->parent < count && numbers[p][t->parent] != TG_STORY_NOT)
                put_edge(b, numbers[p][t->parent], numbers[p][id], 1, true);
            for (uint32_t i = 0; i < t->need_count && shown < EDGES_MOST; i++) {
                uint32_t from = s->needs.items[t->needs + i];
                if (from < count && numbers[p][from] != TG_STORY_NOT && from != id)
                    put_edge(b, numbers[p][from], numbers[p][id], 1, false), shown++;
            }
        }
    }
    tg_storyjson_close(b, ']');
}

static void put_tasks_graph(const struct tg_story *s, struct tg_buf *b)
{
    uint32_t **numbers = tg_alloc_zero((s->parts.count + 1) * sizeof *numbers);
    put_tasks_of(s, b, numbers);
    put_task_edges(s, b, numbers);
    for (size_t p = 0; p < s->parts.count; p++)
        tg_block_free(numbers[p], (s->parts.items[p].tasks.count + 1) * sizeof **numbers);
    free(numbers);
}

/* ---- calls and names ----------------------------------------------------------------------------- */

/* Joins to what stands for several calls. */
static void join_call(struct tg_story_call *to, const struct tg_story_call *c)
{
    for (unsigned k = 0; k < TG_STORY_STATES; k++) to->count[k] += c->count[k];
    to->count[TG_STORY_DONE] += c->became;
    to->busy += c->busy;
    to->expands |= c->expands;
    to->name = c->name;
    if (!to->place) to->place = c->place;
}

static void put_call_node(const struct tg_story *s, struct tg_buf *b, const struct tg_story_call *c, bool name, size_t number)
{
    const struct tg_story_name *n = &s->names.items[c->name];
    tg_buf_format(b, "{\"key\":\"%c%zu\"", name ? 'n' : 'c', number);
    tg_storyjson_number(b, "name", c->name);
    tg_storyjson_text(s, b, "label", n->name);
    if (!name) tg_storyjson_text(s, b, "place", c->place);
    tg_buf_format(b, ",\"kind\":\"%s\",\"expands\":%s", tg_story_kinds[n->kind], c->expands ? "true" : "false");
    put_states(b, c->count);
    tg_storyjson_number(b, "busy", c->busy);
    tg_buf_text(b, "},");
}

static int by_edge_ends(const void *va, const void *vb)
{
    const struct tg_story_edge *a = va, *b = vb;
    if (a->from != b->from) return a->from < b->from ? -1 : 1;
    if (a->to != b->to) return a->to < b->to ? -1 : 1;
    return a->added - b->added;
}

/* node: by call, its number; TG_STORY_NOT: it is not drawn. */
static void put_call_edges(const struct tg_story *s, struct tg_buf *b, const uint32_t *node)
{
    struct tg_story_edge *edges = tg_alloc((s->edges.count + 1) * sizeof *edges);
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < s->edges.count; i++) {
        struct tg_story_edge e = s->edges.items[i];
        e.from = node[e.from], e.to = node[e.to];
        if (e.from != TG_STORY_NOT && e.to != TG_STORY_NOT) edges[count++] = e;
    }
    qsort(edges, count, sizeof *edges, by_edge_ends);
    for (size_t i = 0; i < count; i++) {
        if (kept && by_edge_ends(&edges[kept - 1], &edges[i]) == 0) edges[kept - 1].count += edges[i].count;
        else edges[kept++] = edges[i];
    }
    tg_buf_text(b, ",\"edges\":[");
    for (size_t i = 0; i < kept && i < EDGES_MOST; i++) put_edge(b, edges[i].from, edges[i].to, edges[i].count, edges[i].added);
    tg_storyjson_close(b, ']');
    free(edges);
}

static void put_sums_graph(const struct tg_story *s, struct tg_buf *b, bool names)
{
    size_t count = names ? s->names.count : s->calls.count;
    struct tg_story_call *sums = tg_alloc_zero((count + 1) * sizeof *sums);
    uint32_t *shown = tg_alloc((count + 1) * sizeof *shown), *node = tg_alloc((s->calls.count + 1) * sizeof *node), next = 0;
    for (size_t i = 0; i < s->calls.count; i++) join_call(&sums[names ? s->calls.items[i].name : i], &s->calls.items[i]);
    tg_buf_text(b, ",\"nodes\":[");
    for (size_t i = 0; i < count; i++) {
        shown[i] = TG_STORY_NOT;
        if (!count_of_call(&sums[i]) || next == NODES_MOST) continue;
        shown[i] = next++;
        put_call_node(s, b, &sums[i], names, i);
    }
    tg_storyjson_close(b, ']');
    for (size_t i = 0; i < s->calls.count; i++) node[i] = shown[names ? s->calls.items[i].name : i];
    put_call_edges(s, b, node);
    free(sums);
    free(shown);
    free(node);
}

void tg_storyjson_graph(struct tg_story *s, const struct tg_storyjson_query *q, struct tg_buf *out)
{
    pthread_mutex_lock(&s->lock);
    tg_storykeep_want_plan(s);
    if (tg_storyjson_begin(s, q, out)) {
        enum story_level level = story_level_of(s, q->level);
        bool grows = s->parts.count && s->parts.items[0].grows;
        tg_storyjson_text(s, out, "level", level_words[level]);
        tg_storyjson_number(out, "tasks", count_tasks(s));
        tg_buf_format(out, ",\"grows\":%s", grows ? "true" : "false");
        if (level == LEVEL_TASKS) put_tasks_graph(s, out);
        else put_sums_graph(s, out, level == LEVEL_NAMES);
        tg_buf_char(out, '}');
    }
    pthread_mutex_unlock(&s->lock);
}

/* ---- the critical path --------------------------------------------------------------------------- */

struct story_step {
    uint32_t call, id;
    uint64_t busy, count;
};
typedef TG_VEC(struct story_step) story_path;

static void add_path_step(story_path *path, uint32_t call, uint32_t id, uint64_t busy)
{
    struct story_step *last = path->count ? &path->items[path->count - 1] : NULL;
    if (!busy) return;
    if (last && last->call == call) last->busy += busy, last->count++;
    else tg_vec_push(path, ((struct story_step){call, id, busy, 1}));
}

/* Of what it needs, and is before it, that whose way is the longest. */
static uint32_t longest_before(const struct tg_story *s, const uint64_t *ways, uint32_t id)
{
    const struct tg_story_task *t = &s->parts.items[0].tasks.items[id];
    uint32_t longest = TG_STORY_NOT;
    for (uint32_t i = 0; i < t->need_count; i++) {
        uint32_t from = s->needs.items[t->needs + i];
        if (from < id && (longest == TG_STORY_NOT || ways[from] > ways[longest])) longest = from;
    }
    return longest;
}

/* A task has a higher number than those that it needs. */
static uint64_t find_path_of_tasks(const struct tg_story *s, story_path *path)
{
    const struct tg_story_part *p = &s->parts.items[0];
    uint64_t *ways = tg_block_zero((p->tasks.count + 1) * sizeof *ways), length = 0;
    uint32_t last = TG_STORY_NOT;
    for (uint32_t id = 0; id < p->tasks.count; id++) {
        uint32_t from = longest_before(s, ways, id);
        ways[id] = (from == TG_STORY_NOT ? 0 : ways[from]) + p->tasks.items[id].busy;
        if (ways[id] > length) length = ways[id], last = id;
    }
    for (uint32_t id = last; id != TG_STORY_NOT; id = longest_before(s, ways, id))
        add_path_step(path, p->tasks.items[id].call, id, p->tasks.items[id].busy);
    tg_block_free(ways, (p->tasks.count + 1) * sizeof *ways);
    return length;
}

static uint64_t find_path_of_points(const struct tg_story *s, story_path *path)
{
    uint32_t last = tg_way_end(&s->way);
    const struct tg_way_point *points = s->way.points.items;
    for (uint32_t at = last; at != TG_WAY_NONE; at = points[at].from)
        add_path_step(path, points[at].of, points[at].task, points[at].ns);
    return last == TG_WAY_NONE ? 0 : points[last].end_ns;
}

static int by_step_busy(const void *va, const void *vb)
{
    uint64_t a = ((const struct story_step *)va)->busy, b = ((const struct story_step *)vb)->busy;
    return (a < b) - (a > b);
}

/* How long a step must have taken, for there to be not too many. */
static uint64_t least_step(const story_path *path)
{
    if (path->count <= STEPS_MOST) return 0;
    struct story_step *sorted = tg_alloc(path->count * sizeof *sorted);
    memcpy(sorted, path->items, path->count * sizeof *sorted);
    qsort(sorted, path->count, sizeof *sorted, by_step_busy);
    uint64_t least = sorted[STEPS_MOST - 1].busy;
    free(sorted);
    return least;
}

/* It was found from its end. */
static void put_story_path(const struct tg_story *s, struct tg_buf *b, const story_path *path)
{
    uint64_t least = least_step(path);
    unsigned shown = 0;
    tg_buf_text(b, ",\"steps\":[");
    for (size_t i = path->count; i-- > 0;) {
        const struct story_step *step = &path->items[i];
        const struct tg_story_task *t = tg_storyjson_task_of(s, 0, step->id), gone = {.call = step->call};
        if (step->busy < least || shown >= STEPS_MOST) continue;
        tg_buf_format(b, "%s{\"id\":%u", shown++ ? "," : "", step->id);
        tg_storyjson_who(s, b, 0, step->id, t && t->call == step->call ? t : &gone);
        tg_storyjson_number(b, "busy", step->busy);
        tg_storyjson_number(b, "count", step->count);
        tg_buf_char(b, '}');
    }
    tg_buf_char(b, ']');
}

void tg_storyjson_path(struct tg_story *s, const struct tg_storyjson_query *q, struct tg_buf *out)
{
    story_path path = {0};
    pthread_mutex_lock(&s->lock);
    if (s->parts.count == 1) tg_storykeep_want_plan(s);
    if (tg_storyjson_begin(s, q, out)) {
        uint64_t length = 0;
        if (s->parts.count) length = s->parts.items[0].grows ? find_path_of_points(s, &path) : find_path_of_tasks(s, &path);
        if (length) tg_storyjson_number(out, "length", length), put_story_path(s, out, &path);
        tg_buf_char(out, '}');
    }
    pthread_mutex_unlock(&s->lock);
    tg_vec_done(&path);
}
