/* SPDX-License-Identifier: MIT
 * What a run would do.
 *
 *     3 tasks would run
 *       1  inc(1)       tree.tg:8
 *       2  dec(#1)      tree.tg:9
 *       3  add(#1, #2)  tree.tg:10
 *
 * Below a task stands what its options ask for and how it is tried, `with memory = 2 * size(bam), retries = 3`; below a command
 * the lines that it runs, with `#1` for a text or file that is not known yet: each step's first line. All that is cut to the
 * width, or whole with -v. Below an expansion point stand the tasks that its block may call.
 *
 * The number is the task's place in the order of a run with one worker. An expansion point says what it waits for; tasks
 * that only expansion points hold follow at the end:
 *
 *     2 tasks would run, and what 1 expansion point adds
 *       1  count("a")                          tree.tg:8
 *       2  if ... (adds tasks after #1)        tree.tg:9  may use #3
 *     1 more may run, if an expansion point uses it
 *       3  inc(1)                              tree.tg:7 */
#include "cmd/dryrun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/chosen.h"
#include "cmd/cmd.h"
#include "cmd/term.h"
#include "engine/base/utf8.h"
#include "engine/graph/policy.h"
#include "engine/run/instance.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"
#include "lang/bind/options.h"
#include "lang/eval/cmdtask.h"
#include "lang/eval/wordarg.h"
#include "lang/eval/maycall.h"

#define LISTED_TASKS 300 /* more are listed by call */
#define ARG_BYTES 40     /* of one known argument */
#define CALL_BYTES 160   /* of all arguments */
#define HELD_SHOWN 8     /* of what an expansion point may use, and of what it may call */
#define CALL_COLUMNS 44  /* a longer call pushes its place to the right */
#define CALL_INDENT 13   /* of what stands below a call: before it stands how often */

struct lister {
    struct tg_out *out;
    const struct tg_needed *needed;
    const struct tg_graph *graph;
    const struct tg_sources *sources;
    const struct tg_foresight *foreseen; /* what is known from the record; NULL: nothing */
    uint32_t *number;                    /* by task: its place in the order, from 1 */
    uint32_t last;                       /* the number given last */
    int number_width;
    tg_instance_masks masks; /* what tells tasks of a definition apart */
    size_t column;           /* where places start */
    unsigned width;          /* of lines; 0: they are whole, and lists too */
    tg_id would, may;        /* of what is foreseen: how many run, and may run */
};

typedef void (*visit_fn)(struct lister *l, tg_id id);

/* Visits the tasks that run, in the order of the plan. */
static void each_sure(struct lister *l, visit_fn visit)
{
    const struct tg_plan *p = l->needed->plan;
    bool ordered = p->order && !l->graph->grows; /* a graph that grows is run as it comes */
    tg_id count = ordered ? p->count : l->graph->count;
    for (tg_id i = 0; i < count; i++) {
        tg_id id = ordered ? p->order[i] : i;
        if (tg_needed_sure(l->needed, id)) visit(l, id);
    }
}

/* Visits those that may run. */
static void each_maybe(struct lister *l, visit_fn visit)
{
    for (tg_id id = 0; l->needed->maybe_count && id < l->graph->count; id++)
        if (tg_needed_maybe(l->needed, id)) visit(l, id);
}

static void say_maybe(struct lister *l)
{
    tg_id count = l->needed->maybe_count;
    if (count)
        tg_buf_format(&l->out->buf, "%u more may run, if an expansion point uses %s\n", count, count == 1 ? "it" : "them");
}

static void add_place_text(struct lister *l, tg_span span)
{
    struct tg_place place;
    struct tg_buf *b = &l->out->buf;
    if (!tg_sources_place(l->sources, span, &place)) return;
    tg_term_text(b, place.source->name, strlen(place.source->name), 0);
    tg_buf_format(b, ":%u", place.line);
}

/* ---- task by task -------------------------------------------------------------------------------- */

/* Without secrets, whose length the columns would tell. */
static void add_known_arg(struct tg_buf *b, const struct lister *l, tg_value v)
{
    size_t start = b->length;
    tg_value_repr(b, v, ARG_BYTES);
    tg_secrets_hide(l->out->secrets, b, start);
}

static void add_call_arg(struct tg_buf *b, const struct lister *l, uint32_t arg)
{
    uint32_t stream = tg_needed_arg_stream(l->needed, arg);
    switch (tg_arg_kind(arg)) {
    case TG_ARG_SMALL: tg_buf_format(b, "%lld", (long long)tg_arg_small(arg)); break;
    case TG_ARG_POOL:
        if (stream != TG_NO_NAME) tg_buf_format(b, "stream %u", stream + 1);
        else add_known_arg(b, l, l->graph->pool.items[tg_arg_payload(arg)]);
        break;
    case TG_ARG_TASK: tg_buf_format(b, "#%u", l->number[tg_arg_payload(arg)]); break;
    case TG_ARG_AFTER: tg_buf_format(b, "after #%u", l->number[tg_arg_payload(arg)]); break;
    }
}

/* "#1, 2)" */
static void add_call_args(struct tg_buf *b, const struct lister *l, tg_id id, size_t start)
{
    const struct tg_graph *g = l->graph;
    uint32_t begin = tg_graph_arg_begin(g, id), written = tg_graph_written_end(g, id), values = tg_graph_values_end(g, id);
    const char *between = "";
    for (uint32_t i = begin; i < g->arg_end[id]; i++) {
        if (i == written) i = values; /* variables of the file are no arguments: add_read_variables */
        if (i == g->arg_end[id]) break;
        tg_buf_text(b, between);
        between = ", ";
        if (b->length - start >= CALL_BYTES) {
            tg_buf_format(b, "... %u more", g->arg_end[id] - i);
            break;
        }
        add_call_arg(b, l, g->args[i]);
    }
    tg_buf_char(b, ')');
}

/* "  reads total = #1": variables of the file whose values are not known yet. */
static void add_read_variables(struct tg_buf *b, const struct lister *l, tg_id id)
{
    const struct tg_graph *g = l->graph;
    const struct tg_sig *sig = &tg_graph_def_of(g, id)->sig;
    uint32_t end = tg_graph_values_end(g, id);
    const char *between = "  reads ";
    for (uint32_t i = tg_graph_written_end(g, id); i < end; i++) {
        if (!tg_arg_is_edge(g->args[i])) continue;
        tg_buf_format(b, "%s%s = ", between, sig->params[sig->count - (end - i)].name);
        add_call_arg(b, l, g->args[i]);
        between = ", ";
    }
}

/* " ... (adds tasks after #1)" */
static void add_wait_text(struct tg_buf *b, const struct lister *l, tg_id id)
{
    const struct tg_graph *g = l->graph;
    const char *between = " ... (adds tasks after ";
    for (uint32_t i = tg_graph_arg_begin(g, id); i < g->arg_end[id]; i++) {
        if (!tg_arg_is_edge(g->args[i])) continue;
        tg_buf_format(b, "%s#%u", between, l->number[tg_arg_payload(g->args[i])]);
        between = ", ";
    }
    tg_buf_text(b, between[0] == ',' ? ")" : " ... (adds tasks)");
}

/* "add(#1, 2)", made fit for a terminal. */
static void add_task_call(struct tg_buf *b, const struct lister *l, tg_id id)
{
    const struct tg_site *site = tg_graph_site_of(l->graph, id);
    struct tg_buf call = {0};
    tg_buf_text(&call, site->def->name);
    if (tg_site_is_final(site)) {
        tg_buf_text(&call, " ... (adds tasks after all others)");
    } else if (tg_site_is_construct(site)) {
        add_wait_text(&call, l, id);
    } else {
        tg_buf_char(&call, '(');
        add_call_args(&call, l, id, 0);
        if (site->flags & TG_SITE_EXPANDS) tg_buf_text(&call, " (adds tasks)");
    }
    tg_term_text(b, call.data, call.length, 0);
    tg_buf_done(&call);
}

static tg_id giver_of(const struct lister *l, tg_id id)
{
    for (tg_id from; (from = tg_needed_passes(l->graph, id)) != TG_NO_TASK;) id = from;
    return id;
}

/* What only passes a result on stands for what gives it, and that once. Only some are shown, so only as many are
 * compared. */
static void join_held(const struct lister *l, tg_held_list *held)
{
    size_t kept = 0;
    for (size_t i = 0; i < held->count; i++) {
        struct tg_held h = held->items[i];
        if (h.task != TG_NO_TASK) h.task = giver_of(l, h.task);
        size_t j = kept > HELD_SHOWN ? kept - HELD_SHOWN : 0;
        while (j < kept && (h.task == TG_NO_TASK || held->items[j].task != h.task)) j++;
        if (j == kept) held->items[kept++] = h;
    }
    held->count = kept;
}

/* "  may use #3, stream 1" */
static void add_held(struct tg_buf *b, const struct lister *l, tg_id id)
{
    tg_held_list held = {0};
    if (!tg_task_expands(l->graph, id)) return;
    tg_needed_held(l->needed, id, &held);
    join_held(l, &held);
    for (size_t i = 0; i < held.count; i++) {
        const struct tg_held *h = &held.items[i];
        tg_buf_text(b, i ? ", " : "  may use ");
        if (i == HELD_SHOWN) {
            tg_buf_format(b, "%zu more", held.count - i);
            break;
        }
        if (h->task == TG_NO_TASK) tg_buf_format(b, "stream %u", h->stream + 1);
        else tg_buf_format(b, "#%u", l->number[h->task]);
    }
    tg_vec_done(&held);
}

/* What only passes a result on has the number of what gives it. */
static void number_task(struct lister *l, tg_id id)
{
    tg_id from = tg_needed_passes(l->graph, id);
    l->number[id] = from == TG_NO_TASK ? ++l->last : l->number[from];
}

static void measure_task(struct lister *l, tg_id id)
{
    if (tg_needed_passes(l->graph, id) != TG_NO_TASK) return;
    struct tg_buf call = {0};
    add_task_call(&call, l, id);
    size_t columns = tg_utf8_count(call.data, call.length);
    if (columns <= CALL_COLUMNS && columns > l->column) l->column = columns;
    tg_buf_done(&call);
}

/* "#3..": as many words as there will be. False: the command does more with the list. */
static bool command_list_arg(const struct tg_def *def, uint32_t i, const char *number, tg_value *out)
{
    if (!(def->sig.params[i].type.accepts & TG_KIND_BIT(TG_LIST)) || !tg_wordarg_only(def, i)) return false;
    char text[24];
    int length = snprintf(text, sizeof text, "%s..", number);
    *out = tg_list_make(1);
    tg_list_add(*out, tg_str_make(TG_STR, text, (size_t)length));
    if (tg_type_accepts(&def->sig.params[i].type, *out)) return true;
    tg_value_unref(*out);
    return false;
}

/* Argument i of a command: what is known, or its number in place of a text or of words. False: it is neither. */
static bool command_arg(const struct lister *l, const struct tg_def *def, uint32_t i, uint32_t arg, tg_value *out)
{
    if (tg_arg_kind(arg) == TG_ARG_SMALL) return *out = tg_int(tg_arg_small(arg)), true;
    if (tg_arg_kind(arg) == TG_ARG_POOL) return *out = tg_value_ref(l->graph->pool.items[tg_arg_payload(arg)]), true;
    char text[16];
    int length = snprintf(text, sizeof text, "#%u", l->number[tg_arg_payload(arg)]);
    tg_kinds given = tg_graph_site_of(l->graph, tg_arg_payload(arg))->returns;
    if (!(def->sig.params[i].type.accepts & (TG_KIND_BIT(TG_STR) | TG_KIND_BIT(TG_FILE))))
        return command_list_arg(def, i, text, out);
    if (given == TG_KIND_BIT(TG_LIST) && command_list_arg(def, i, text, out)) return true;
    *out = tg_str_make(TG_STR, text, (size_t)length);
    return true;
}

/* Without secrets, before it is cut, indented and made fit for a terminal. */
static void add_command_line(struct tg_buf *b, const struct lister *l, const char *told)
{
    char *line = tg_secrets_hidden(l->out->secrets, told);
    unsigned indent = (unsigned)l->number_width + 4;
    size_t length = strlen(line);
    while (length && (line[length - 1] == ' ' || line[length - 1] == '\n')) length--;
    tg_buf_format(b, "%*s$ ", l->number_width + 2, "");
    if (l->width) tg_term_short(b, line, length, l->width > indent ? l->width - indent : 0);
    else tg_term_text(b, line, length, indent);
    tg_buf_char(b, '\n');
    free(line);
}

static bool args_are_known(const struct tg_graph *g, tg_id id, size_t count)
{
    uint32_t begin = tg_graph_arg_begin(g, id), i = begin;
    while (i < begin + count && !tg_arg_is_edge(g->args[i])) i++;
    return i == begin + count;
}

/* "     $ gzip -c a.txt > a.txt.gz", for each step of a command. */
static void add_command_lines(struct tg_buf *b, const struct lister *l, tg_id id)
{
    const struct tg_graph *g = l->graph;
    const struct tg_site *site = tg_graph_site_of(g, id);
    const struct tg_sig *sig = &site->def->sig;
    if (!(site->def->flags & TG_DEF_COMMAND)) return;
    tg_value *args = tg_alloc((sig->count + 1) * sizeof *args);
    struct tg_buf lines = {0};
    size_t count = 0, known = 0;
    for (uint32_t begin = tg_graph_arg_begin(g, id); known < sig->count && known == count; count++)
        known += command_arg(l, site->def, (uint32_t)count, g->args[begin + count], &args[count]);
    tg_workflow_enter_code(l->sources, l->out->secrets);
    bool all = known == sig->count, sure = all && args_are_known(g, id, known);
    size_t left = !all ? 0 : tg_cmdtask_lines(site->def, g->options.items[site->options], args, known, sure, &lines);
    tg_workflow_leave_code();
    for (const char *line = lines.data; left > 0; left--, line += strlen(line) + 1) add_command_line(b, l, line);
    tg_value_unref_all(args, known);
    free(args);
    tg_buf_done(&lines);
}

/* "     with cores = 4, memory = 2 * size(bam), retries = 3": what is said of its run; late ones as they are written. */
static void add_policy_line(struct lister *l, tg_id id)
{
    const struct tg_site *site = tg_graph_site_of(l->graph, id);
    const struct tg_record *r = site->options ? tg_record_of(l->graph->options.items[site->options]) : NULL;
    struct tg_buf line = {0};
    for (size_t i = 0; r && i < r->count; i++) {
        const char *name = tg_str_of(r->fields[i].key)->data;
        if (!tg_policy_knows(name)) continue;
        tg_buf_text(&line, line.length ? ", " : "with ");
        tg_options_print(&line, name, r->fields[i].value);
    }
    char *shown = tg_secrets_hidden(l->out->secrets, tg_buf_str(&line));
    unsigned indent = (unsigned)l->number_width + 2;
    if (line.length) {
        tg_buf_fill(&l->out->buf, ' ', indent);
        if (l->width) tg_term_short(&l->out->buf, shown, strlen(shown), l->width > indent ? l->width - indent : 0);
        else tg_term_text(&l->out->buf, shown, strlen(shown), indent);
        tg_buf_char(&l->out->buf, '\n');
    }
    free(shown);
    tg_buf_done(&line);
}

static bool in_one_line(const struct lister *l, const struct tg_maycall *a, const struct tg_maycall *b)
{
    struct tg_place x, y;
    if (strcmp(a->name, b->name) != 0) return false;
    bool placed = tg_sources_place(l->sources, a->span, &x) && tg_sources_place(l->sources, b->span, &y);
    return placed && x.source == y.source && x.line == y.line;
}

/* Calls of one task in one line are told once; in a line with many, those that stand near each other. */
static void join_lines(const struct lister *l, tg_maycalls *calls)
{
    size_t kept = 0;
    for (size_t i = 0; i < calls->count; i++) {
        size_t k = kept > HELD_SHOWN ? kept - HELD_SHOWN : 0;
        while (k < kept && !in_one_line(l, &calls->items[k], &calls->items[i])) k++;
        if (k == kept) calls->items[kept++] = calls->items[i];
    }
    calls->count = kept;
}

/* "     may call: build (w.tg:12), test (w.tg:14)" */
static void add_may_call(struct tg_buf *b, struct lister *l, tg_id id, int indent)
{
    tg_maycalls calls = {0};
    if (!tg_task_expands(l->graph, id)) return;
    tg_maycall_find(l->graph, id, &calls);
    join_lines(l, &calls);
    for (size_t i = 0; i < calls.count; i++) {
        if (i) tg_buf_text(b, ", ");
        else tg_buf_format(b, "%*smay call: ", indent, "");
        if (i == HELD_SHOWN && l->width) {
            tg_buf_format(b, "%zu more", calls.count - i);
            break;
        }
        tg_buf_format(b, "%s (", calls.items[i].name);
        add_place_text(l, calls.items[i].span);
        tg_buf_char(b, ')');
    }
    if (calls.count) tg_buf_char(b, '\n');
    tg_vec_done(&calls);
}

/* ---- what is up to date -------------------------------------------------------------------------- */

static enum tg_foreseen foreseen(const struct lister *l, tg_id id)
{
    const struct tg_foresight *f = l->foreseen;
    return f && id < f->tasks.count ? f->tasks.items[id].what : TG_FORESEEN_MAY;
}

static bool needs_nothing(const struct lister *l, tg_id id)
{
    return foreseen(l, id) >= TG_FORESEEN_FRESH;
}

static void add_why_line(struct lister *l, const char *text, size_t length)
{
    tg_buf_fill(&l->out->buf, ' ', (size_t)l->number_width + 2);
    tg_term_text(&l->out->buf, text, length, 0);
    tg_buf_char(&l->out->buf, '\n');
}

/* Why it would run, a line for each reason, or what it depends on. */
static void add_why(struct lister *l, tg_id id)
{
    if (!l->foreseen || id >= l->foreseen->tasks.count) return;
    const struct tg_foreseen_task *t = &l->foreseen->tasks.items[id];
    for (const char *at = t->says ? t->why : NULL, *end; at; at = *end ? end + 1 : NULL) {
        end = strchrnul(at, '\n');
        add_why_line(l, at, (size_t)(end - at));
    }
    bool may = t->what == TG_FORESEEN_MAY && id < l->graph->count && tg_graph_def_of(l->graph, id)->flags & TG_DEF_COMMAND;
    tg_id reason = may ? tg_foresee_reason(l->foreseen, l->graph, id) : TG_NO_TASK;
    if (reason == TG_NO_TASK) return;
    uint32_t shown = tg_instance_mask(&l->masks, l->graph, tg_graph_def_of(l->graph, reason));
    char *name = tg_chosen_foresee(l->graph, reason, shown, NULL, 0), *line = tg_alloc_format("may run: depends on %s", name);
    char *hidden = tg_secrets_hidden(l->out->secrets, line);
    add_why_line(l, hidden, strlen(hidden));
    free(name);
    free(line);
    free(hidden);
}

static void count_foreseen(struct lister *l, tg_id id)
{
    bool counts = tg_needed_passes(l->graph, id) == TG_NO_TASK && !tg_def_is_helper(tg_graph_def_of(l->graph, id));
    if (counts && foreseen(l, id) == TG_FORESEEN_RUNS) l->would++;
    else if (counts && foreseen(l, id) == TG_FORESEEN_MAY) l->may++;
}

/* Tasks that a run would add on the way. */
static void list_on_the_way(struct lister *l)
{
    for (size_t i = l->graph->count; i < l->foreseen->tasks.count; i++) {
        const struct tg_foreseen_task *t = &l->foreseen->tasks.items[i];
        if (t->what != TG_FORESEEN_RUNS || !t->instance) continue;
        add_why_line(l, t->instance, strlen(t->instance));
        add_why(l, (tg_id)i);
    }
}

static void say_foreseen(struct lister *l)
{
    struct tg_buf *b = &l->out->buf;
    size_t fresh = l->foreseen->fresh;
    each_sure(l, count_foreseen);
    for (size_t i = l->graph->count; i < l->foreseen->tasks.count; i++)
        l->would += l->foreseen->tasks.items[i].what == TG_FORESEEN_RUNS;
    if (!l->would && !l->may) tg_buf_text(b, "nothing would run");
    else tg_buf_format(b, "%u task%s would run", l->would, l->would == 1 ? "" : "s");
    if (l->may) tg_buf_format(b, ", %u more may", l->may);
    if (fresh) tg_buf_format(b, "; %zu command%s up to date", fresh, fresh == 1 ? " is" : "s are");
    tg_buf_char(b, '\n');
}

static void list_task(struct lister *l, tg_id id)
{
    if (tg_needed_passes(l->graph, id) != TG_NO_TASK || needs_nothing(l, id)) return;
    struct tg_buf *b = &l->out->buf;
    tg_buf_format(b, "%*u  ", l->number_width, l->number[id]);
    size_t start = b->length;
    add_task_call(b, l, id);
    size_t columns = tg_utf8_count(b->data + start, b->length - start);
    tg_buf_fill(b, ' ', (columns < l->column ? l->column - columns : 0) + 2);
    add_place_text(l, tg_graph_site_of(l->graph, id)->span);
    add_read_variables(b, l, id);
    add_held(b, l, id);
    while (b->data[b->length - 1] == ' ') b->length--;
    tg_buf_char(b, '\n');
    add_why(l, id);
    add_policy_line(l, id);
    add_command_lines(b, l, id);
    add_may_call(b, l, id, l->number_width + 2);
    tg_out_step(l->out);
}

static void list_tasks(struct lister *l)
{
    l->number = tg_alloc_zero(((size_t)l->graph->count + 1) * sizeof *l->number);
    char digits[16];
    l->number_width = snprintf(digits, sizeof digits, "%u", l->needed->sure_count + l->needed->maybe_count);
    if (l->number_width < 3) l->number_width = 3;
    each_sure(l, number_task);
    each_maybe(l, number_task);
    each_sure(l, measure_task);
    each_maybe(l, measure_task);
    each_sure(l, list_task);
    say_maybe(l);
    each_maybe(l, list_task);
    if (l->foreseen) list_on_the_way(l);
    free(l->number);
}

/* ---- call by call -------------------------------------------------------------------------------- */

/* Tasks of one call: definition and place. */
struct task_call {
    const struct tg_site *site; /* of its first task, */
    tg_id id;                   /* which is this */
    const struct tg_def *def;
    tg_span span;
    uint32_t first, count; /* the number of its first task; how many */
};

static int by_call(const void *va, const void *vb)
{
    const struct task_call *a = va, *b = vb;
    if (a->span.start != b->span.start) return a->span.start < b->span.start ? -1 : 1;
    if (a->def != b->def) return (uintptr_t)a->def < (uintptr_t)b->def ? -1 : 1;
    return (a->first > b->first) - (a->first < b->first);
}

static int by_first(const void *va, const void *vb)
{
    const struct task_call *a = va, *b = vb;
    return (a->first > b->first) - (a->first < b->first);
}

/* Counts tasks by site, using `number` (per site here) for the entry's index plus one. */
struct tally {
    struct lister base;
    TG_VEC(struct task_call) calls;
};

static void tally_task(struct lister *l, tg_id id)
{
    struct tally *t = (struct tally *)l;
    if (tg_needed_passes(l->graph, id) != TG_NO_TASK || needs_nothing(l, id)) return;
    uint32_t *entry = &l->number[l->graph->sites[id]];
    l->last++;
    if (*entry == 0) {
        const struct tg_site *site = tg_graph_site_of(l->graph, id);
        tg_vec_push(&t->calls, ((struct task_call){site, id, site->def, site->span, l->last, 0}));
        *entry = (uint32_t)t->calls.count;
    }
    t->calls.items[*entry - 1].count++;
}

/* Sites of one call (with other options) become one entry. */
static size_t merge_calls(struct task_call *calls, size_t count)
{
    size_t kept = 0;
    qsort(calls, count, sizeof *calls, by_call);
    for (size_t i = 0; i < count; i++) {
        struct task_call *last = kept ? &calls[kept - 1] : NULL;
        if (last && last->def == calls[i].def && last->span.start == calls[i].span.start) last->count += calls[i].count;
        else calls[kept++] = calls[i];
    }
    qsort(calls, kept, sizeof *calls, by_first);
    return kept;
}

/* Lists the calls of the tasks that `each` visits. */
static void list_calls_of(struct lister *l, void (*each)(struct lister *, visit_fn))
{
    struct tally t = {.base = *l};
    struct tg_buf *b = &l->out->buf;
    t.base.number = tg_alloc_zero((l->graph->site_table.count + 1) * sizeof(uint32_t));
    each(&t.base, tally_task);
    size_t count = t.calls.count ? merge_calls(t.calls.items, t.calls.count) : 0;
    for (size_t i = 0; i < count; i++) {
        const struct task_call *c = &t.calls.items[i];
        tg_buf_format(b, "%10u x %-20s  ", c->count, c->def->name);
        add_place_text(l, c->span);
        if (c->site->flags & TG_SITE_EXPANDS) tg_buf_format(b, "  %s tasks", c->count == 1 ? "adds" : "add");
        while (b->data[b->length - 1] == ' ') b->length--;
        tg_buf_char(b, '\n');
        add_may_call(b, l, c->id, CALL_INDENT);
        tg_out_step(l->out);
    }
    tg_vec_done(&t.calls);
    free(t.base.number);
}

static void list_calls(struct lister *l)
{
    list_calls_of(l, each_sure);
    say_maybe(l);
    list_calls_of(l, each_maybe);
    tg_buf_text(&l->out->buf, "-v lists every task\n");
}

static void say_planned(struct lister *l)
{
    tg_id count = l->needed->sure_count, points = l->needed->sure_expands;
    struct tg_buf *b = &l->out->buf;
    tg_buf_format(b, "%u task%s would run", count, count == 1 ? "" : "s");
    if (points) tg_buf_format(b, ", and what %u expansion point%s", points, points == 1 ? " adds" : "s add");
    tg_buf_char(b, '\n');
}

/* Something is recorded of a task that is asked for. */
static bool knows_any(const struct tg_foresight *f)
{
    bool any = f->fresh > 0;
    for (size_t i = 0; i < f->tasks.count && !any; i++) any = f->tasks.items[i].known;
    return any;
}

void tg_dryrun(struct tg_out *out, const struct tg_needed *needed, const struct tg_sources *sources,
               const struct tg_foresight *foreseen, bool all)
{
    struct lister l = {.out = out, .needed = needed, .graph = needed->plan->graph, .sources = sources, .foreseen = foreseen};
    l.width = all ? 0 : tg_term_width(1);
    bool known = foreseen && knows_any(foreseen);
    (known ? say_foreseen : say_planned)(&l);
    tg_id listed = known ? l.would + l.may : needed->sure_count;
    if (all || listed + needed->maybe_count <= LISTED_TASKS) list_tasks(&l);
    else list_calls(&l);
    tg_vec_done(&l.masks);
}
