/* SPDX-License-Identifier: MIT
 * What words name. Tasks are marked in a bitmap over the graph's, as a function may have been called a million times; the paths
 * of results are only looked for when a word is neither an output nor a task. */
#include "lang/eval/select.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/near.h"
#include "engine/base/bits.h"
#include "engine/value/future.h"
#include "lang/bind/module.h"
#include "lang/eval/nocall.h"
#include "lang/eval/product.h"

/* Names that are listed where none is near. */
#define MOST_LISTED 8

struct selector {
    struct tg_program *program;
    struct tg_graph *graph;
    uint64_t *outputs;   /* bitmap over graph->wanted as it was */
    uint64_t *tasks;     /* bitmap over the graph's; NULL: none */
    size_t output_count; /* of graph->wanted as it was */
    struct tg_plan all;  /* every task of the graph */
    struct tg_products products;
    bool has_products;
    bool no_use; /* a word is known, but nothing that could be run */
};

static bool is_word(const char *name, const char *word)
{
    return name && strcmp(name, word) == 0;
}

static void select_task(void *selector, uint32_t task)
{
    struct selector *s = selector;
    if (!s->tasks) s->tasks = tg_bits_new(s->graph->count);
    tg_bits_set(s->tasks, task);
}

/* ---- outputs and tasks --------------------------------------------------------------------------- */

static bool select_outputs(struct selector *s, const char *word)
{
    bool found = false;
    for (size_t i = 0; i < s->output_count; i++) {
        if (!is_word(s->graph->wanted.items[i].name, word)) continue;
        for (size_t made = s->graph->wanted.items[i].made, j = i - made; j <= i; j++) tg_bits_set(s->outputs, j);
        found = true;
    }
    return found;
}

/* True for what the language itself adds to a graph: its author has no name for it. */
static bool is_of_language(const struct tg_site *site)
{
    const char *plugin = site->def->plugin;
    bool construct = site->flags & TG_SITE_EXPANDS && (!plugin || strcmp(plugin, "core") == 0);
    return construct || site->def->flags & (TG_DEF_GATHER | TG_DEF_PUT);
}

/* A function that a word may name: of any origin, or of a plugin or an imported file. */
struct function_word {
    const char *name, *plugin;      /* plugin NULL: any */
    const struct tg_module *module; /* NULL: any */
};

static bool is_meant_call(const struct tg_site *site, const struct function_word *word)
{
    const struct tg_def *def = site->def;
    if (is_of_language(site) || strcmp(def->name, word->name) != 0) return false;
    if (word->plugin) return is_word(def->plugin, word->plugin);
    if (!word->module) return true;
    return def->flags & TG_DEF_COMMAND && ((const struct tg_command_def *)def->data)->module == word->module;
}

static bool select_calls(struct selector *s, const struct function_word *word)
{
    const struct tg_graph *g = s->graph;
    uint64_t *sites = tg_bits_new(g->site_table.count);
    bool any = false, found = false;
    for (size_t i = 1; i < g->site_table.count; i++) {
        if (!is_meant_call(&g->site_table.items[i], word)) continue;
        tg_bits_set(sites, i);
        any = true;
    }
    for (tg_id id = 0; any && id < g->count; id++) {
        if (!tg_bits_get(sites, g->sites[id])) continue;
        select_task(s, id);
        found = true;
    }
    tg_bits_free(sites, g->site_table.count);
    return found;
}

static const char *variable_name(const struct selector *s, const struct tg_module *m, uint32_t slot)
{
    return tg_program_name(s->program, m->variables.items[slot]);
}

/* No variable of a comprehension, which is known in there only and binds none of the file's. */
static bool is_of_file(const struct tg_module *m, uint32_t slot)
{
    return m->globals && m->bindings.items[slot] > 0;
}

static bool is_given_by_tasks(const struct tg_module *m, uint32_t slot)
{
    return is_of_file(m, slot) && tg_future_in(m->globals[slot]);
}

static bool select_variable(struct selector *s, const struct tg_module *m, const char *name)
{
    bool found = false;
    for (uint32_t slot = 0; slot < m->slot_count; slot++) {
        if (!is_given_by_tasks(m, slot) || strcmp(variable_name(s, m, slot), name) != 0) continue;
        tg_future_each(m->globals[slot], select_task, s);
        found = true;
    }
    return found;
}

/* "math.inc", "part.pack": as the main file would write it, or with the plugin's own name. */
static bool select_member(struct selector *s, const char *word)
{
    const struct tg_module *m = s->program->modules.items[0];
    const char *dot = strchr(word, '.');
    if (!dot) return false;
    char *first = tg_alloc_copy(word, (size_t)(dot - word));
    struct function_word function = {.name = dot + 1, .plugin = first};
    bool found = false;
    for (size_t i = 0; i < m->used.count; i++)
        if (strcmp(tg_program_name(s->program, m->used.items[i].alias), first) == 0)
            function.plugin = m->used.items[i].plugin->name;
    for (size_t i = 0; i < m->imports.count && !function.module; i++) {
        if (strcmp(tg_program_name(s->program, m->imports.items[i].alias), first) != 0) continue;
        function = (struct function_word){.name = dot + 1, .module = m->imports.items[i].module};
        found = select_variable(s, function.module, function.name);
    }
    found |= select_calls(s, &function);
    free(first);
    return found;
}

static bool select_tasks(struct selector *s, const char *word)
{
    const struct function_word function = {.name = word};
    bool variable = select_variable(s, s->program->modules.items[0], word);
    return select_calls(s, &function) || variable || select_member(s, word);
}

/* ---- files that tasks make ----------------------------------------------------------------------- */

/* Which of two makes a file is for the look at the files of what will run. */
static void leave_clash(void *data, const struct tg_product *first, const struct tg_product *second)
{
    (void)data, (void)first, (void)second;
}

static void find_products(struct selector *s)
{
    if (s->has_products) return;
    s->all = (struct tg_plan){.graph = s->graph, .count = s->graph->count};
    s->products = (struct tg_products){.program = s->program, .plan = &s->all, .clash = leave_clash};
    tg_product_find_all(&s->products);
    s->has_products = true;
}

static bool select_path(struct selector *s, const char *word)
{
    if (!*word) return false;
    find_products(s);
    const struct tg_product *p = tg_product_of(&s->products, word);
    if (!p && tg_product_each_inside(&s->products, word, select_task, s)) return true;
    if (!p) p = tg_product_listing(&s->products, word);
    if (p) select_task(s, p->task);
    return p != NULL;
}

/* ---- words that name nothing --------------------------------------------------------------------- */

typedef void (*offer_fn)(void *data, const char *name);

static void each_output(const struct selector *s, offer_fn offer, void *data)
{
    for (size_t i = 0; i < s->output_count; i++)
        if (s->graph->wanted.items[i].name) offer(data, s->graph->wanted.items[i].name);
}

/* Is it the first site of a function that one could mean? Those of the language hardly are. */
static bool is_offered(const struct tg_graph *g, size_t site)
{
    const struct tg_def *def = g->site_table.items[site].def;
    bool offered = (!def->plugin || strcmp(def->plugin, "core") != 0) && !is_of_language(&g->site_table.items[site]);
    for (size_t i = 1; i < site && offered; i++) offered = strcmp(g->site_table.items[i].def->name, def->name) != 0;
    return offered;
}

static bool has_site(const struct tg_graph *g, const char *name)
{
    bool found = false;
    for (size_t i = 1; i < g->site_table.count && !found; i++) found = strcmp(g->site_table.items[i].def->name, name) == 0;
    return found;
}

static bool is_output(const struct selector *s, const char *name)
{
    bool found = false;
    for (size_t i = 0; i < s->output_count && !found; i++) found = is_word(s->graph->wanted.items[i].name, name);
    return found;
}

/* Functions that were called, commands that may be by their names alone, and variables of the main file. */
static void each_task(const struct selector *s, offer_fn offer, void *data)
{
    const struct tg_graph *g = s->graph;
    for (size_t i = 1; i < g->site_table.count; i++)
        if (is_offered(g, i)) offer(data, g->site_table.items[i].def->name);
    const struct tg_module *m = s->program->modules.items[0];
    for (size_t i = 0; i < m->commands.count; i++)
        if (!tg_nocall_needs(m->commands.items[i]) && !has_site(g, m->commands.items[i]->def.name))
            offer(data, m->commands.items[i]->def.name);
    for (uint32_t slot = 0; slot < m->slot_count; slot++) {
        const char *name = variable_name(s, m, slot);
        if (is_given_by_tasks(m, slot) && !is_output(s, name)) offer(data, name);
    }
}

static void each_path(const struct selector *s, offer_fn offer, void *data)
{
    for (size_t i = 0; i < s->products.made.count; i++)
        if (!s->products.made.items[i].list) offer(data, s->products.made.items[i].path);
}

static const struct {
    const char *kind, *kinds;
    void (*each)(const struct selector *s, offer_fn offer, void *data);
} kinds[] = {{"output", "outputs", each_output}, {"task", "tasks", each_task}, {"result file", "result files", each_path}};
#define KINDS (sizeof kinds / sizeof *kinds)

static void offer_near(void *near, const char *name)
{
    tg_near_offer(near, name, strlen(name));
}

/* "did you mean 'total'?", "did you mean 'total' or task 'totals'?" */
static bool hint_near(const struct selector *s, const char *word, struct tg_err *err)
{
    struct tg_buf b = {0};
    size_t given = 0;
    for (size_t k = 0; k < KINDS; k++) {
        struct tg_near near = tg_near_begin(word, strlen(word));
        kinds[k].each(s, offer_near, &near);
        if (!near.best) continue;
        tg_buf_text(&b, given++ ? " or " : "did you mean ");
        tg_buf_format(&b, "%s%s'%.*s'", k ? kinds[k].kind : "", k ? " " : "", (int)near.best_length, near.best);
    }
    if (given) tg_err_hint(err, "%s?", b.data);
    tg_buf_done(&b);
    return given > 0;
}

struct name_list {
    struct tg_buf text;
    size_t count;
};

static void add_to_list(void *list, const char *name)
{
    struct name_list *l = list;
    if (l->count < MOST_LISTED) tg_buf_format(&l->text, "%s'%s'", l->count ? ", " : "", name);
    l->count++;
}

/* "There are the outputs 'a', 'b', the tasks 'c'." */
static void hint_all(const struct selector *s, struct tg_err *err)
{
    struct tg_buf b = {0};
    for (size_t k = 0; k < KINDS; k++) {
        struct name_list list = {0};
        kinds[k].each(s, add_to_list, &list);
        if (list.count > MOST_LISTED) tg_buf_format(&list.text, " and %zu more", list.count - MOST_LISTED);
        const char *between = b.length ? "; " : "The workflow has the ";
        if (list.count) tg_buf_format(&b, "%s%s %s", between, list.count == 1 ? kinds[k].kind : kinds[k].kinds, list.text.data);
        tg_buf_done(&list.text);
    }
    if (b.length) tg_err_hint(err, "%s.", b.data);
    else tg_err_hint(err, "The workflow has no outputs, tasks and result files.");
    tg_buf_done(&b);
}

static bool declares(const struct selector *s, const char *word, int kind)
{
    const struct tg_program *p = s->program;
    bool found = false;
    for (size_t i = 0; i < p->declared.count && !found; i++)
        found = (int)p->declared.items[i].kind == kind && strcmp(p->declared.items[i].name, word) == 0;
    return found;
}

/* A variable of the main file that has a value. */
static bool has_known_value(const struct selector *s, const char *word)
{
    const struct tg_module *m = s->program->modules.items[0];
    bool known = false;
    for (uint32_t slot = 0; slot < m->slot_count && !known; slot++)
        known = is_of_file(m, slot) && m->globals[slot].tag != TG_UNSET && strcmp(variable_name(s, m, slot), word) == 0;
    return known;
}

/* How to call it. `needs`: a parameter without a default, or NULL. */
static void hint_call(const struct selector *s, const char *word, const char *needs, struct tg_err *err)
{
    const char *dot = strrchr(word, '.'), *name = dot ? dot + 1 : word;
    if (s->graph->grows) tg_err_detail(err, "Calls that a result decides are only known in the run.");
    if (needs) tg_err_hint(err, "It needs an argument for '%s': write `output %s = %s(..)`.", needs, name, word);
    else tg_err_hint(err, "Nothing in the workflow calls it: write `output %s = %s(..)`.", name, word);
}

/* What is a name of the workflow, but none of anything that could be run. */
static bool is_no_use(const struct selector *s, const char *word, struct tg_err *err)
{
    const struct tg_command_def *command = tg_nocall_find(s->program, word);
    if (command || declares(s, word, TG_DECL_TASK)) {
        tg_err_set(err, TG_EXIT_USAGE, "there is no call of task '%s' to run", word);
        hint_call(s, word, command ? tg_nocall_needs(command) : NULL, err);
    } else if (declares(s, word, TG_DECL_FUNCTION)) {
        tg_err_set(err, TG_EXIT_USAGE, "'%s' is a function, and no task of its own", word);
        tg_err_hint(err, "Name a task that it calls, or an output that it gives.");
    } else if (has_known_value(s, word)) {
        tg_err_set(err, TG_EXIT_USAGE, "the value of '%s' is known: no task has to run for it", word);
        tg_err_hint(err, "As an output it would be printed.");
    } else {
        return false;
    }
    return true;
}

/* What may have the name, but nobody can tell before the run. */
static void tell_of_run(const struct selector *s, struct tg_err *err)
{
    size_t count = s->has_products ? s->products.unknown.count : 0;
    if (s->graph->grows) tg_err_detail(err, "Tasks that a result decides, and what they make, are only known in the run.");
    else if (count == 1) tg_err_detail(err, "What one command makes is only known in the run.");
    else if (count) tg_err_detail(err, "What %zu commands make is only known in the run.", count);
}

/* token=VALUE, meant for -D, is about to be repeated. */
static void hide_parameter(struct selector *s, const char *word)
{
    const struct tg_module *m = s->program->modules.items[0];
    size_t length = strcspn(word, "=");
    for (size_t i = 0; word[length] && i < m->params.count; i++) {
        const char *name = tg_program_name(s->program, m->params.items[i].sym);
        if (strlen(name) == length && memcmp(name, word, length) == 0 && tg_type_is_secret(&m->params.items[i].type))
            tg_secrets_add(&s->program->session->secrets, word + length + 1, strlen(word + length + 1));
    }
}

static bool names_nothing(struct selector *s, const char *word, struct tg_err *err)
{
    const char *task = tg_program_task_word(word);
    s->no_use = is_no_use(s, task, err);
    if (s->no_use) return false;
    hide_parameter(s, word);
    if (task != word) tg_err_set(err, TG_EXIT_USAGE, "unknown task '%s'", task);
    else if (access(word, F_OK) == 0)
        tg_err_set(err, TG_EXIT_USAGE, "unknown output '%s': it is a %s, but no task makes it", word,
                   access(tg_arena_format(&s->program->arena, "%s/.", word), F_OK) == 0 ? "folder" : "file");
    else tg_err_set(err, TG_EXIT_USAGE, "unknown output '%s': no task and no result file has that name either", word);
    tell_of_run(s, err);
    if (strchr(word, '=')) tg_err_hint(err, "a parameter is set with -D %s", word);
    else if (!hint_near(s, task, err)) hint_all(s, err);
    return false;
}

/* ---- the door ------------------------------------------------------------------------------------ */

static bool select_word(struct selector *s, const char *word, struct tg_err *err)
{
    if (select_outputs(s, word) || select_tasks(s, tg_program_task_word(word))) return true;
    return select_path(s, word) || names_nothing(s, word, err);
}

/* The tasks become wanted, too. */
static bool want_tasks(struct selector *s, struct tg_err *err)
{
    struct tg_graph *g = s->graph;
    bool good = true;
    for (tg_id id = 0; s->tasks && id < g->count && good; id++) {
        if (!tg_bits_get(s->tasks, id)) continue;
        good = tg_graph_want(g, NULL, tg_future(id), tg_graph_site_of(g, id)->span, err);
        if (good) g->wanted.items[g->wanted.count - 1].named = true;
    }
    return good;
}

static uint64_t *join_selected(const struct selector *s)
{
    size_t count = s->graph->wanted.count;
    uint64_t *selected = tg_bits_new(count);
    for (size_t i = 0; i < count; i++)
        if (i >= s->output_count || tg_bits_get(s->outputs, i)) tg_bits_set(selected, i);
    return selected;
}

bool tg_select(struct tg_program *p, const char *const *words, size_t count, uint64_t **selected, size_t *unknown,
               struct tg_err *err)
{
    struct tg_graph *g = &p->session->graph;
    struct selector s = {.program = p, .graph = g, .output_count = g->wanted.count};
    s.outputs = tg_bits_new(g->wanted.count);
    bool good = true;
    for (*unknown = 0; *unknown < count && good; *unknown += good) good = select_word(&s, words[*unknown], err);
    if (s.no_use) *unknown = count;
    good = good && want_tasks(&s, err);
    if (good) *selected = join_selected(&s);
    tg_bits_free(s.outputs, s.output_count);
    if (s.tasks) tg_bits_free(s.tasks, g->count);
    if (s.has_products) tg_product_done(&s.products);
    return good;
}

static const struct tg_def *function_in(const struct tg_program *p, const struct tg_module *m, const char *name,
                                        const char *dot)
{
    const struct tg_def *def = NULL;
    for (size_t i = 0; i < m->used.count && !def; i++) {
        const char *alias = tg_program_name(p, m->used.items[i].alias), *own = dot ? dot + 1 : name;
        size_t length = dot ? (size_t)(dot - name) : 0;
        bool meant = !dot || (strlen(alias) == length && memcmp(alias, name, length) == 0);
        if (meant) def = tg_loaded_find(m->used.items[i].plugin, own, strlen(own));
    }
    return def;
}

const struct tg_def *tg_select_function(const struct tg_program *p, const char *word)
{
    const char *name = tg_program_task_word(word);
    const struct tg_command_def *command = tg_nocall_find(p, word);
    const struct tg_def *def = command ? &command->def : NULL;
    for (size_t i = 0; i < p->modules.count && !def; i++) {
        const struct tg_module *m = p->modules.items[i];
        def = function_in(p, m, name, strchr(name, '.'));
        for (size_t k = 0; k < m->commands.count && !def; k++)
            if (strcmp(m->commands.items[k]->def.name, name) == 0) def = &m->commands.items[k]->def;
    }
    return def;
}
