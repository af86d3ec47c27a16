/* SPDX-License-Identifier: MIT
 * Numbers are those of `why`: tasks of the name in the graph's order, whether or not they are needed. */
#include "cmd/force.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/chosen.h"
#include "engine/base/bits.h"
#include "engine/run/instance.h"

#define MOST_CALLS 3 /* of a result that is shown as a call: inc(inc(..)) */

/* A word, on its way through the graph. */
struct forcing {
    struct tg_chosen word;
    const struct tg_graph *graph;
    const struct tg_def *def; /* of the last task of this name; what tells its tasks apart: */
    uint32_t masks[2];
    uint64_t named, fit; /* tasks so far that have the name, and the arguments as well */
    bool open;           /* the arguments of one are not known yet: they may be these */
};

static bool is_named_in(struct forcing *f, const struct tg_def *def)
{
    if (tg_def_is_helper(def) || strcmp(def->name, f->word.name) != 0) return false;
    if (def == f->def || !f->word.args) return true;
    f->def = def;
    f->masks[0] = tg_instance_differing(f->graph, def);
    f->masks[1] = TG_INSTANCE_ALL;
    return true;
}

/* As they are told before the task runs, with results left out or as calls. */
static bool has_forced_args(const struct forcing *f, tg_id id)
{
    bool fits = !f->word.args;
    for (unsigned i = 0; i < TG_COUNT(f->masks) * (MOST_CALLS + 1) && !fits; i++) {
        char *name = tg_chosen_foresee(f->graph, id, f->masks[i / (MOST_CALLS + 1)], NULL, i % (MOST_CALLS + 1));
        const char *open = strchr(name, '(');
        fits = open && strcmp(open, f->word.args) == 0;
        free(name);
    }
    return fits;
}

static void look_for_forced(struct forcing *f, uint64_t *tasks)
{
    const struct tg_graph *g = f->graph;
    for (tg_id id = 0; id < g->count; id++) {
        if (!is_named_in(f, tg_graph_def_of(g, id))) continue;
        f->named++;
        if (!has_forced_args(f, id)) f->open |= tg_chosen_is_open(g, id);
        else if (++f->fit == f->word.number || !f->word.number) tg_bits_set(tasks, id);
    }
}

/* A name that the graph has, and no such task. What comes while it runs, or is a result file, cannot be known. */
static bool can_name_nothing(const struct forcing *f)
{
    bool found = f->word.number ? f->fit >= f->word.number : f->fit > 0;
    return f->named && !found && !f->open && !f->graph->grows;
}

static void warn_of_forced(struct tg_force *all, struct tg_cli *cli, const struct forcing *f, const char *word)
{
    struct tg_err err = {0};
    if (!can_name_nothing(f)) return;
    tg_err_set(&err, TG_EXIT_USAGE, "--force=%s names no task: of '%s' there %s %llu", word, f->word.name,
               f->named == 1 ? "is" : "are", (unsigned long long)f->named);
    tg_report_warning(&cli->report, &err);
    tg_err_done(&err);
    all->warned = true;
}

/* NULL where the word is a name or a pattern. */
static const uint64_t *tasks_of_word(struct tg_force *all, struct tg_cli *cli, const struct tg_graph *g, const char *word)
{
    struct forcing f = {.graph = g};
    struct tg_err err = {0};
    uint64_t *tasks = NULL;
    if (tg_chosen_read(&f.word, word, &err) && (f.word.args || f.word.number)) {
        tasks = tg_bits_new(g->count);
        look_for_forced(&f, tasks);
        if (!strpbrk(word, "*?[{")) warn_of_forced(all, cli, &f, word);
    }
    tg_err_done(&err);
    tg_chosen_done(&f.word, g);
    return tasks;
}

void tg_force_begin(struct tg_force *f, struct tg_cli *cli, const struct tg_graph *g)
{
    *f = (struct tg_force){.graph_count = g->count};
    for (size_t i = 0; i < cli->force.count; i++) {
        tg_vec_push(&f->words, cli->force.items[i]);
        tg_vec_push(&f->tasks, tasks_of_word(f, cli, g, cli->force.items[i]));
    }
    tg_vec_push(&f->words, NULL);
}

void tg_force_done(struct tg_force *f)
{
    for (size_t i = 0; i < f->tasks.count; i++)
        if (f->tasks.items[i]) tg_bits_free((uint64_t *)f->tasks.items[i], f->graph_count);
    tg_vec_done(&f->tasks);
    tg_vec_done(&f->words);
}
