/* SPDX-License-Identifier: MIT
 * Numbers follow the graph's order; of tasks that are added in the run, that in which they start, behind those that were there.
 *
 * As a rule the task is known before anything runs, and nothing but what it needs is planned. If its arguments decide, and are
 * results themselves, all tasks that it could be are planned, and each is looked at when it starts; where the graph grows and
 * has none of the name yet, everything is. */
#include "cmd/chosen.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/bits.h"
#include "engine/run/failing.h"
#include "engine/run/instance.h"
#include "engine/value/future.h"
#include "engine/value/str.h"
#include "engine/watch/taskstate.h"
#include "lang/eval/select.h"

/* Instances that are listed, and digits of a number. */
#define MOST_LISTED 10
#define MOST_DIGITS 9

/* ---- the word ------------------------------------------------------------------------------------ */

/* Where ":3" begins; the end of the word if there is none. */
static size_t number_start(const char *word, size_t length)
{
    size_t at = length;
    while (at > 0 && tg_ascii_is_digit(word[at - 1])) at--;
    return at > 1 && at < length && word[at - 1] == ':' ? at - 1 : length;
}

bool tg_chosen_read(struct tg_chosen *c, const char *word, struct tg_err *err)
{
    size_t length = strlen(word), end = number_start(word, length);
    const char *open = strchr(word, '(');
    *c = (struct tg_chosen){.id = TG_NO_TASK};
    if (end < length) c->number = strtoull(word + end + 1, NULL, 10);
    if (end < length && (c->number == 0 || length - end - 1 > MOST_DIGITS))
        return tg_err_set(err, TG_EXIT_USAGE, "instances are counted from 1, '%s' is none", word + end + 1);
    if (open && open > word && word[end - 1] == ')') {
        c->args = tg_alloc_copy(open, (size_t)(word + end - open));
        end = (size_t)(open - word);
    }
    c->name = tg_alloc_copy(word, end);
    return true;
}

void tg_chosen_done(struct tg_chosen *c, const struct tg_graph *g)
{
    if (c->among) tg_bits_free(c->among, g->count);
    free(c->name);
    free(c->args);
}

/* ---- instances ----------------------------------------------------------------------------------- */

/* An argument as far as it is known: of a result that is not, "inc(..)", with more calls "inc(inc(..))", or none. */
static tg_value known_arg(const struct tg_graph *g, uint32_t arg, const struct tg_run *run, unsigned calls)
{
    if (tg_arg_kind(arg) == TG_ARG_SMALL) return tg_int(tg_arg_small(arg));
    if (tg_arg_kind(arg) == TG_ARG_POOL) return tg_value_ref(g->pool.items[tg_arg_payload(arg)]);
    tg_value given = run ? tg_taskstate_number(run, tg_arg_payload(arg)) : tg_nil();
    if (tg_kind(given) != TG_NIL) return given;
    if (!calls) return tg_failing_value(TG_FAILED_UNRUN);
    const struct tg_def *def = tg_graph_def_of(g, tg_arg_payload(arg));
    bool whole = calls > 1 && !tg_def_is_helper(def);
    char *text = whole ? tg_chosen_foresee(g, tg_arg_payload(arg), TG_INSTANCE_ALL, run, calls - 1)
                       : tg_alloc_format("%s(..)", def->name);
    tg_value v = tg_str_make(TG_STR, text, strlen(text));
    free(text);
    return v;
}

char *tg_chosen_foresee(const struct tg_graph *g, tg_id id, uint32_t shown, const struct tg_run *run, unsigned calls)
{
    uint32_t begin = tg_graph_arg_begin(g, id), count = tg_graph_values_end(g, id) - begin;
    tg_value *args = tg_alloc((count + 1) * sizeof *args);
    for (uint32_t i = 0; i < count; i++) args[i] = known_arg(g, g->args[begin + i], run, calls);
    char *name = tg_instance_text(g, tg_graph_site_of(g, id), shown, args, count);
    tg_value_unref_all(args, count);
    free(args);
    return name;
}

bool tg_chosen_is_open(const struct tg_graph *g, tg_id id)
{
    bool open = false;
    for (uint32_t i = tg_graph_arg_begin(g, id); i < tg_graph_written_end(g, id); i++) open |= tg_arg_is_edge(g->args[i]);
    return open;
}

/* Its name has the arguments that were said: those that tell it from others, or all. */
static bool has_args(const struct tg_chosen *c, char *take_name)
{
    const char *open = strchr(take_name, '(');
    bool fits = open && strcmp(open, c->args) == 0;
    free(take_name);
    return fits;
}

/* Messages leave out results that are not there. */
static bool has_said_args(const struct tg_chosen *c, const struct tg_graph *g, tg_id id)
{
    return has_args(c, tg_chosen_foresee(g, id, c->differing, NULL, 0)) ||
           has_args(c, tg_chosen_foresee(g, id, TG_INSTANCE_ALL, NULL, 0));
}

bool tg_chosen_fits(struct tg_chosen *c, const struct tg_graph *g, tg_id id, bool added, const struct tg_site *site,
                    const tg_value *args, size_t count)
{
    if (c->id != TG_NO_TASK) return id == c->id && !added;
    if (!added && !(c->among && tg_bits_get(c->among, id))) return false;
    if (c->args && !has_args(c, tg_instance_text(g, site, c->differing, args, count)) &&
        !has_args(c, tg_instance_text(g, site, TG_INSTANCE_ALL, args, count)))
        return false;
    return c->passed == 0 || c->passed-- == 0;
}

/* ---- finding ------------------------------------------------------------------------------------- */

struct choosing {
    struct tg_chosen *chosen;
    struct tg_cli *cli;
    struct tg_workflow *w;
    struct tg_graph *graph;
    TG_VEC(tg_id) ids; /* that the name selects */
    struct tg_err err;
};

static void mark_task(void *bits, uint32_t id)
{
    tg_bits_set(bits, id);
}

/* What stands for an `if` or a loop on results is no task that somebody has called. */
static bool is_language(const struct tg_site *site)
{
    const char *plugin = site->def->plugin;
    return site->flags & TG_SITE_EXPANDS && (!plugin || strcmp(plugin, "core") == 0);
}

/* An output is selected together with what its statement does besides. */
static bool selects_output(const struct tg_graph *g, const uint64_t *selected)
{
    bool found = false;
    for (size_t i = 0; i < g->wanted.count && !found; i++) found = g->wanted.items[i].name && tg_bits_get(selected, i);
    return found;
}

/* The tasks of what was selected, in the graph's order. */
static void list_selected(struct choosing *f, const uint64_t *selected)
{
    struct tg_graph *g = f->graph;
    uint64_t *bits = tg_bits_new(g->count);
    bool named = selects_output(g, selected);
    for (size_t i = 0; i < g->wanted.count; i++)
        if (tg_bits_get(selected, i) && (!named || g->wanted.items[i].name))
            tg_future_each(g->wanted.items[i].value, mark_task, bits);
    for (tg_id id = 0; id < g->count; id++)
        if (tg_bits_get(bits, id)) tg_vec_push(&f->ids, id);
    f->chosen->among = bits;
}

/* Instances that look alike; the first and the last of them. */
struct alike {
    char *text; /* name and place; heap */
    size_t first, last, count;
};

typedef TG_VEC(struct alike) alikes;

static char *instance_text(struct choosing *f, size_t i)
{
    const struct tg_site *site = tg_graph_site_of(f->graph, f->ids.items[i]);
    char *name = tg_chosen_foresee(f->graph, f->ids.items[i], f->chosen->differing, NULL, 1);
    struct tg_place place;
    if (!tg_sources_place(&f->w->front.sources, site->span, &place)) return name;
    char *text = tg_alloc_format("%s  %s:%u", name, place.source->name, place.line);
    free(name);
    return text;
}

/* Each is counted with those that look like it; false: it is one more than are listed. */
static bool count_instance(struct choosing *f, alikes *all, size_t i)
{
    char *text = instance_text(f, i);
    size_t k = 0;
    while (k < all->count && strcmp(all->items[k].text, text) != 0) k++;
    bool known = k < all->count, fits = known || k < MOST_LISTED;
    if (!known && fits) {
        struct alike one = {text, i, i, 0};
        tg_vec_push(all, one);
    } else {
        free(text);
    }
    if (fits) all->items[k].last = i, all->items[k].count++;
    return fits;
}

static void add_alike(const struct tg_chosen *c, struct tg_buf *b, const struct alike *a)
{
    tg_buf_format(b, "%s%s:%zu  %s", b->length ? "\n" : "", c->name, a->first + 1, a->text);
    if (a->count > 1) tg_buf_format(b, "  (%zu times, the last is %s:%zu)", a->count, c->name, a->last + 1);
}

/* The error's detail: what there is, and how it is said. */
static void list_instances(struct choosing *f)
{
    struct tg_buf b = {0};
    alikes all = {0};
    size_t more = 0;
    for (size_t i = 0; i < f->ids.count; i++) more += !count_instance(f, &all, i);
    for (size_t k = 0; k < all.count; k++) add_alike(f->chosen, &b, &all.items[k]), free(all.items[k].text);
    if (more) tg_buf_format(&b, "\nand %zu more", more);
    if (f->graph->grows) tg_buf_text(&b, "\nTasks that are added in the run are counted behind these, as they start.");
    tg_err_detail(&f->err, "%s", b.data);
    tg_vec_done(&all);
    tg_buf_done(&b);
}

static bool is_several(struct choosing *f)
{
    tg_err_set(&f->err, TG_EXIT_USAGE, "'%s' is %zu tasks, of which one can be debugged", f->chosen->name, f->ids.count);
    list_instances(f);
    tg_err_hint(&f->err, "Name one by its number, '%s:1' to '%s:%zu', or by its arguments, in quotes.", f->chosen->name,
                f->chosen->name, f->ids.count);
    return false;
}

static bool has_no_such(struct choosing *f, size_t count)
{
    const struct tg_chosen *c = f->chosen;
    const char *args = c->args ? c->args : "";
    if (c->number)
        tg_err_set(&f->err, TG_EXIT_USAGE, "there is no '%s%s:%llu': there %s %zu", c->name, args,
                   (unsigned long long)c->number, count == 1 ? "is" : "are", count);
    else tg_err_set(&f->err, TG_EXIT_USAGE, "there is no '%s%s'", c->name, args);
    list_instances(f);
    return false;
}

/* Tasks of its definition may be added. */
static bool may_come(const struct choosing *f)
{
    return f->graph->grows && f->chosen->def;
}

/* By arguments. Those that are known decide it, if one fits. */
static bool choose_by_args(struct choosing *f)
{
    struct tg_chosen *c = f->chosen;
    size_t fit = 0, open = 0;
    for (size_t i = 0; i < f->ids.count && c->id == TG_NO_TASK; i++) {
        bool fits = has_said_args(c, f->graph, f->ids.items[i]);
        if (fits && (++fit == c->number || !c->number)) c->id = f->ids.items[i];
        else if (!fits && tg_chosen_is_open(f->graph, f->ids.items[i])) open++;
        else if (!fits) tg_bits_clear(c->among, f->ids.items[i]);
    }
    if (c->id != TG_NO_TASK && (!open || !c->number)) return true;
    c->id = TG_NO_TASK; /* by number among those that start */
    c->passed = c->number ? c->number - 1 : 0;
    return open || may_come(f) || has_no_such(f, fit);
}

static bool choose(struct choosing *f)
{
    struct tg_chosen *c = f->chosen;
    size_t count = f->ids.count;
    if (c->args) return choose_by_args(f);
    if (count > 1 && !c->number) return is_several(f);
    if (c->number <= count && count) {
        c->id = f->ids.items[c->number ? c->number - 1 : 0];
        return true;
    }
    c->passed = c->number ? c->number - 1 - count : 0;
    for (size_t i = 0; i < count; i++) tg_bits_clear(c->among, f->ids.items[i]);
    return may_come(f) || has_no_such(f, count);
}

/* All tasks of a word are of one definition, or their arguments could not be told apart. */
static bool find_definition(struct choosing *f)
{
    const struct tg_graph *g = f->graph;
    struct tg_chosen *c = f->chosen;
    for (size_t i = 0; i < f->ids.count; i++) {
        const struct tg_site *site = tg_graph_site_of(g, f->ids.items[i]);
        if (is_language(site)) {
            tg_err_at(&f->err, TG_EXIT_USAGE, site->span, "what gives '%s' is only known in the run", c->name);
            tg_err_hint(&f->err, "Name the task that is called there.");
            return false;
        }
        if (!c->number && c->def && c->def != site->def) return is_several(f);
        if (!c->number || c->number == i + 1) c->def = site->def;
    }
    if (!c->def) c->def = tg_select_function(&f->w->front.program, c->name);
    if (c->def) c->differing = tg_instance_differing(g, c->def);
    return true;
}

/* What is selected is not there yet, but may come. */
static bool is_awaited(struct choosing *f)
{
    if (!f->graph->grows || !(f->chosen->def = tg_select_function(&f->w->front.program, f->chosen->name))) return false;
    tg_err_done(&f->err);
    f->chosen->differing = TG_INSTANCE_ALL;
    return true;
}

static bool find_selected(struct choosing *f, uint64_t **selected)
{
    size_t unknown;
    if (!tg_front_select(&f->w->front, selected, &unknown, &f->err)) return is_awaited(f);
    list_selected(f, *selected);
    if (f->ids.count) return find_definition(f);
    tg_err_set(&f->err, TG_EXIT_USAGE, "no task has to run for '%s': its value is known", f->chosen->name);
    return false;
}

/* Only the task itself; or all that it may be one of; or, where it may be added, everything. */
static void plan_it(struct choosing *f, uint64_t *take_selected, struct tg_plan *plan)
{
    struct tg_graph *g = f->graph;
    struct tg_chosen *c = f->chosen;
    if (c->id == TG_NO_TASK && (may_come(f) || !take_selected)) {
        if (take_selected) tg_bits_free(take_selected, g->wanted.count);
        tg_plan_make(g, NULL, 0, plan, NULL);
        return;
    }
    uint64_t *selected = take_selected;
    if (c->id != TG_NO_TASK) {
        tg_bits_free(selected, g->wanted.count);
        tg_graph_want(g, NULL, tg_future(c->id), tg_graph_site_of(g, c->id)->span, &f->err);
        selected = tg_bits_new(g->wanted.count);
        tg_bits_set(selected, g->wanted.count - 1);
    }
    tg_plan_selected(g, selected, plan);
}

enum tg_exit tg_chosen_find(struct tg_chosen *c, struct tg_cli *cli, struct tg_workflow *w, struct tg_plan *plan)
{
    struct choosing f = {.chosen = c, .cli = cli, .w = w, .graph = &w->session.graph};
    uint64_t *selected = NULL;
    bool good = find_selected(&f, &selected) && choose(&f);
    if (good) plan_it(&f, selected, plan);
    else if (selected) tg_bits_free(selected, f.graph->wanted.count);
    tg_vec_done(&f.ids);
    return f.err.code ? tg_report_err(&cli->report, &f.err) : TG_EXIT_OK;
}
