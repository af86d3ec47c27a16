/* SPDX-License-Identifier: MIT
 * A look at the files of a plan. Costs nothing where no command will run; else a little for each command, and what is said
 * of arguments is limited, as it may need walks over the graph. */
#include "lang/eval/preflight.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/command/spawn.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"
#include "lang/bind/module.h"
#include "lang/bind/options.h"
#include "lang/eval/cmdprogram.h"
#include "lang/eval/placed.h"
#include "lang/eval/product.h"

/* Edges that are looked at to find out who waits for whom; then nothing more is said. */
#define MOST_STEPS ((size_t)20000000)

/* Warnings about one kind of thing, and files that are not there: more help nobody. */
#define MOST_SAID 20

struct preflight {
    struct tg_products products;
    const struct tg_plan *plan;
    const struct tg_graph *graph;
    struct tg_diags *diags;
    bool runs;
    uint32_t *seen; /* by task: the walk that met it last; NULL: there was none */
    uint32_t walks;
    TG_VEC(tg_id) stack;
    size_t steps;
    size_t missing, untold;                   /* said so far */
    uint32_t folder_seen, inputs_seen;        /* options whose folder, whose named inputs were looked at last */
    const struct tg_command_def *server_seen; /* whose server was looked at last */
    uint64_t *effects;                        /* tasks that nobody needs to use */
    uint64_t *makers;                         /* tasks that may make files of any name, or wait for one */
    const struct tg_type **whole;             /* by constant: the type of a parameter as which all files in it were found */
    struct tg_names no_links;                 /* paths that are there, and are none */
    uint64_t *plain;                          /* constants that name nothing that is made */
    bool named;                               /* something that is made was named */
    bool made_before; /* by an effect that was met, or something else that is not known, any file may be */
};

static tg_span span_of_task(const struct preflight *f, tg_id id)
{
    return tg_graph_site_of(f->graph, id)->span;
}

static const char *name_of_task(const struct preflight *f, tg_id id)
{
    return tg_graph_def_of(f->graph, id)->name;
}

/* ---- who waits for whom -------------------------------------------------------------------------- */

static void push_inputs(struct preflight *f, tg_id id, tg_id oldest)
{
    for (uint32_t i = tg_graph_arg_begin(f->graph, id); i < f->graph->arg_end[id]; i++) {
        tg_id from = tg_arg_payload(f->graph->args[i]);
        f->steps++;
        if (!tg_arg_is_edge(f->graph->args[i]) || from < oldest || f->seen[from] == f->walks) continue;
        f->seen[from] = f->walks;
        tg_vec_push(&f->stack, from);
    }
}

/* True if a task waits for an older one, or it would take too long to find out. */
static bool waits_for(struct preflight *f, tg_id id, tg_id older)
{
    if (id <= older) return false;
    if (!f->seen) f->seen = tg_alloc_zero((f->graph->count + 1) * sizeof *f->seen);
    f->walks++;
    f->stack.count = 0;
    push_inputs(f, id, older);
    while (f->stack.count && f->seen[older] != f->walks && f->steps < MOST_STEPS)
        push_inputs(f, f->stack.items[--f->stack.count], older);
    return f->seen[older] == f->walks || f->steps >= MOST_STEPS;
}

static bool one_waits(struct preflight *f, tg_id a, tg_id b)
{
    return waits_for(f, a, b) || waits_for(f, b, a);
}

/* ---- two that make one file ---------------------------------------------------------------------- */

static bool same_argument(const struct tg_graph *g, uint32_t a, uint32_t b)
{
    bool pool = tg_arg_kind(a) == TG_ARG_POOL && tg_arg_kind(b) == TG_ARG_POOL;
    return a == b || (pool && tg_value_equal(g->pool.items[tg_arg_payload(a)], g->pool.items[tg_arg_payload(b)]));
}

static bool same_call(const struct tg_graph *g, tg_id a, tg_id b)
{
    uint32_t begin = tg_graph_arg_begin(g, a), other = tg_graph_arg_begin(g, b), count = g->arg_end[a] - begin;
    bool same = tg_graph_def_of(g, a) == tg_graph_def_of(g, b) && g->arg_end[b] - other == count;
    for (uint32_t i = 0; i < count && same; i++) same = same_argument(g, g->args[begin + i], g->args[other + i]);
    return same;
}

static const char *way_out(const struct preflight *f, tg_id a, tg_id b)
{
    tg_span first = span_of_task(f, a), second = span_of_task(f, b);
    if (same_call(f->graph, a, b)) return "The same call twice is two tasks. Give its result a name, and use that.";
    if (first.start == second.start && first.end == second.end)
        return "Put what differs from one to the next, such as a loop's variable, into the path.";
    return "Only one task of a run may make a file. Put what differs, such as an argument, into the path.";
}

static void say_clash(void *preflight, const struct tg_product *first, const struct tg_product *second)
{
    struct preflight *f = preflight;
    const char *task = name_of_task(f, second->task);
    if (first->task == second->task) {
        if (first->written != second->written) return; /* the command will be told to write to `out` */
        struct tg_diag *d = tg_diag_error(f->diags, span_of_task(f, second->task),
                                          "task '%s' has two results with the path '%s'", task, second->path);
        if (strcmp(first->path, second->path) != 0) tg_diag_hint(f->diags, d, "'%s' is the same path.", first->path);
        return;
    }
    struct tg_diag *d = tg_diag_error(f->diags, span_of_task(f, second->task), "two tasks make '%s': '%s' and '%s'",
                                      second->path, name_of_task(f, first->task), task);
    tg_diag_note(f->diags, d, span_of_task(f, first->task), "'%s' %s '%s' here", name_of_task(f, first->task),
                 first->written ? "writes" : "makes", first->path);
    tg_diag_hint(f->diags, d, "%s", way_out(f, first->task, second->task));
}

/* A folder that is made takes the place of what was there. */
static void look_around(struct preflight *f, size_t number)
{
    const struct tg_product *inner = &f->products.made.items[number], *outer = tg_product_around(&f->products, number);
    if (!outer || outer->written || outer->list || outer->task == inner->task || waits_for(f, inner->task, outer->task)) return;
    struct tg_diag *d = tg_diag_error(f->diags, span_of_task(f, inner->task),
                                      "task '%s' makes '%s' in '%s', which task '%s' makes, and does not wait for that",
                                      name_of_task(f, inner->task), inner->path, outer->path, name_of_task(f, outer->task));
    tg_diag_note(f->diags, d, span_of_task(f, outer->task), "'%s' makes '%s' here", name_of_task(f, outer->task), outer->path);
}

/* ---- files that are not there -------------------------------------------------------------------- */

/* What only computes makes no files; so does a task that may be evaluated at any time. */
static bool only_computes(const struct tg_site *site)
{
    const struct tg_def *def = site->def;
    if (site->flags & (TG_SITE_EXPANDS | TG_SITE_STREAM)) return false;
    return def->flags & TG_DEF_GATHER || def->sig.now || (def->plugin && strcmp(def->plugin, "core") == 0);
}

static bool depends_on_maker(const struct preflight *f, tg_id id)
{
    bool found = false;
    for (uint32_t i = tg_graph_arg_begin(f->graph, id); i < f->graph->arg_end[id] && !found; i++) {
        uint32_t arg = f->graph->args[i];
        found = tg_arg_is_edge(arg) && tg_bits_get(f->makers, tg_arg_payload(arg));
    }
    return found;
}

static bool is_absent(struct preflight *f, const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR)) return false;
    return !tg_product_of(&f->products, path) && !tg_product_listing(&f->products, path);
}

static bool is_missing(struct preflight *f, const struct tg_str *path)
{
    struct stat st;
    if (!path->length || memchr(path->data, 0, path->length)) return false; /* said when the task runs */
    if (lstat(path->data, &st) != 0 || S_ISLNK(st.st_mode)) return is_absent(f, path->data);
    tg_names_add(&f->no_links, path->data, path->length);
    return false;
}

/* A path that would be there if it were meant relative to the workflow's file. */
static bool lies_beside(const struct preflight *f, const char *path)
{
    struct stat st;
    struct tg_program *p = f->products.program;
    char *beside = *path == '/' ? NULL : tg_alloc_format("%s/%s", p->modules.items[0]->folder, path);
    bool found = beside && stat(beside, &st) == 0;
    free(beside);
    return found;
}

/* True if there is one. */
static bool hint_beside(const struct preflight *f, struct tg_diag *d, const char *path)
{
    if (!lies_beside(f, path)) return false;
    tg_diag_hint(f->diags, d, "Paths are relative to the folder tgrun runs in; here(\"%s\") is relative to the file.", path);
    return true;
}

static void say_not_there(struct preflight *f, tg_id id, const char *param, const struct tg_str *path)
{
    static const char format[] = "task '%s' is to read '%s' (parameter '%s'), which is not there, and nothing makes it";
    tg_span span = span_of_task(f, id);
    struct tg_diag *d = (f->runs ? tg_diag_error : tg_diag_warning)(f->diags, span, format, name_of_task(f, id), path->data,
                                                                    param);
    if (!hint_beside(f, d, path->data))
        tg_diag_hint(f->diags, d, "If the command only writes to it, or does without it, the parameter's type is str.");
    f->missing++;
}

/* Looks at a value that a parameter of this type gets. */
static void look_for_files(struct preflight *f, tg_id id, const struct tg_sig_param *param, const struct tg_type *type,
                           tg_value v)
{
    bool file = (type->kinds & ~TG_KIND_BIT(TG_NIL)) == TG_KIND_BIT(TG_FILE);
    if (tg_kind(v) == TG_LIST) {
        const struct tg_list *list = tg_list_of(v);
        for (size_t i = 0; i < list->count; i++)
            look_for_files(f, id, param, type->item ? type->item : &tg_type_any, list->items[i]);
    } else if (tg_kind(v) == TG_FILE || (tg_kind(v) == TG_STR && file)) {
        if (f->missing < MOST_SAID && is_missing(f, tg_str_of(v))) say_not_there(f, id, param->name, tg_str_of(v));
    }
}

/* True if the task is to read a file that will not be there. */
static bool look_at_inputs_of(struct preflight *f, tg_id id, const struct tg_command_def *def)
{
    size_t before = f->missing;
    uint32_t begin = tg_graph_arg_begin(f->graph, id);
    for (uint32_t i = 0; i < def->user_count; i++) {
        const struct tg_sig_param *param = &def->def.sig.params[i];
        uint32_t arg = tg_product_argument(f->graph, f->graph->args[begin + i]), at = tg_arg_payload(arg);
        if (tg_arg_kind(arg) != TG_ARG_POOL || f->whole[at] == &param->type) continue;
        size_t so_far = f->missing;
        look_for_files(f, id, param, &param->type, f->graph->pool.items[at]);
        if (f->missing == so_far) f->whole[at] = &param->type;
    }
    return f->missing > before;
}

/* ---- folders that commands run in ---------------------------------------------------------------- */

static void pass_by(void *unused, uint32_t task)
{
    (void)unused, (void)task;
}

/* Made by itself, or with what is made in it. */
static bool is_made(struct preflight *f, const char *dir)
{
    return tg_product_of(&f->products, dir) || tg_product_each_inside(&f->products, dir, pass_by, NULL);
}

static void say_no_folder(struct preflight *f, tg_id id, const char *dir, bool is_file)
{
    struct tg_diag *d = (f->runs ? tg_diag_error : tg_diag_warning)(
        f->diags, span_of_task(f, id), "task '%s' is to run in '%s' (option dir), which is %s", name_of_task(f, id), dir,
        is_file ? "no folder" : "not there, and nothing makes it");
    if (!is_file) hint_beside(f, d, dir);
    f->missing++;
}

static const tg_value *inputs_of(const struct preflight *f, tg_id id)
{
    uint32_t options = tg_graph_site_of(f->graph, id)->options;
    tg_value record = f->graph->options.items[options];
    bool known = options && !tg_options_is_late(record, "inputs");
    return known ? tg_record_find(record, "inputs", strlen("inputs")) : NULL;
}

static void say_no_input(struct preflight *f, tg_id id, const char *path)
{
    struct tg_diag *d = (f->runs ? tg_diag_error : tg_diag_warning)(
        f->diags, span_of_task(f, id), "task '%s' is to read '%s' (option inputs), which is not there, and nothing makes it",
        name_of_task(f, id), path);
    hint_beside(f, d, path);
    f->missing++;
}

/* Looks at the option `inputs`; the tasks of a loop have one record of options. */
static bool look_at_named_inputs_of(struct preflight *f, tg_id id)
{
    size_t before = f->missing;
    uint32_t options = tg_graph_site_of(f->graph, id)->options;
    const tg_value *v = options == f->inputs_seen ? NULL : inputs_of(f, id);
    const struct tg_list *list = v && tg_kind(*v) == TG_LIST ? tg_list_of(*v) : NULL;
    f->inputs_seen = options;
    for (size_t i = 0; v && i < (list ? list->count : 1) && f->missing < MOST_SAID; i++) {
        const char *path = tg_str_of(list ? list->items[i] : *v)->data;
        if (is_absent(f, path)) say_no_input(f, id, path);
    }
    return f->missing > before;
}

/* Looks at the option `dir`; the tasks of a loop have one record of options. */
static bool look_at_folder_of(struct preflight *f, tg_id id)
{
    uint32_t options = tg_graph_site_of(f->graph, id)->options;
    struct stat st;
    if (!options || options == f->folder_seen || f->missing >= MOST_SAID) return false;
    f->folder_seen = options;
    const char *dir = tg_options_text(f->graph->options.items[options], "dir");
    bool there = dir && stat(dir, &st) == 0;
    if (!dir || (there && S_ISDIR(st.st_mode)) || (!there && errno != ENOENT && errno != ENOTDIR) || is_made(f, dir))
        return false;
    say_no_folder(f, id, dir, there);
    return true;
}

/* ---- servers ------------------------------------------------------------------------------------- */

static void say_no_server(struct preflight *f, tg_id id, const char *program, const char *why)
{
    struct tg_diag *d = (f->runs ? tg_diag_error : tg_diag_warning)(
        f->diags, span_of_task(f, id), "the server of task '%s' is '%s', which is %s", name_of_task(f, id), program, why);
    if (access(program, F_OK) == 0) tg_diag_hint(f->diags, d, TG_SPAWN_SCRIPT_HINT, program, program);
    else if (strchr(program, '/')) hint_beside(f, d, program);
    f->missing++;
}

/* Its program. */
static void look_at_server(struct preflight *f, tg_id id, const char *program)
{
    struct stat st;
    if (tg_spawn_finds(program)) return;
    if (!strchr(program, '/')) say_no_server(f, id, program, "in none of the folders of PATH");
    else if (is_absent(f, program)) say_no_server(f, id, program, "not there, and nothing makes it");
    else if (stat(program, &st) == 0 && S_ISREG(st.st_mode) && !tg_product_of(&f->products, program))
        say_no_server(f, id, program, "not executable");
}

/* By its name alone: the interpreter in front of it would say no more. */
static bool names_script(const char *word)
{
    static const char endings[] = " .awk .jl .js .lua .pl .php .py .R .r .rb .sh .tcl ";
    const char *dot = strrchr(word, '.');
    const char *found = dot && *word != '-' ? strstr(endings, dot) : NULL;
    return found && found[-1] == ' ' && found[strlen(dot)] == ' ';
}

static void look_at_script(struct preflight *f, tg_id id, const char *script)
{
    if (!names_script(script) || !is_absent(f, script)) return;
    struct tg_diag *d = tg_diag_warning(f->diags, span_of_task(f, id),
                                        "the server of task '%s' is given '%s', which is not there, and nothing makes it",
                                        name_of_task(f, id), script);
    hint_beside(f, d, script);
}

/* What is written of the words of its server. Many tasks in a row have one definition. */
static bool look_at_server_of(struct preflight *f, tg_id id, const struct tg_command_def *def)
{
    size_t before = f->missing;
    struct tg_arena arena = {0};
    if (!def->serves || def == f->server_seen || before >= MOST_SAID) return false;
    f->server_seen = def;
    if (tg_cmdprogram_is_found_here(tg_graph_site_of(f->graph, id), f->graph, &arena)) {
        const char *program = tg_cmdprogram_word(def, 0, &arena), *script = tg_cmdprogram_word(def, 1, &arena);
        if (program) look_at_server(f, id, program);
        if (script && f->missing == before) look_at_script(f, id, script);
    }
    tg_arena_done(&arena);
    return f->missing > before;
}

/* ---- all that may be missing --------------------------------------------------------------------- */

static bool is_guarded(const struct preflight *f, tg_id id)
{
    return f->plan->guarded && tg_bits_get(f->plan->guarded, id);
}

/* What a command makes that has a result is its result. */
static bool is_bare(const struct tg_command_def *def)
{
    return !def || def->output == TG_OUTPUT_NIL;
}

static void mark_effects(struct preflight *f)
{
    for (size_t i = 0; i < f->graph->wanted.count; i++) {
        const struct tg_wanted *w = &f->graph->wanted.items[i];
        if (tg_wanted_keeps(w) || w->task == TG_NO_TASK || !is_bare(tg_product_command(f->plan, w->task))) continue;
        tg_bits_set(f->effects, w->task);
    }
}

/* A command that is tried may fail; one that waits for another, or stands behind an effect, may find what is made by then. */
static void look_for_missing(struct preflight *f)
{
    size_t unknown = 0;
    f->effects = tg_bits_new(f->graph->count);
    f->makers = tg_bits_new(f->graph->count);
    f->whole = tg_alloc_zero((f->graph->pool.count + 1) * sizeof *f->whole);
    mark_effects(f);
    for (tg_id id = 0; id < f->graph->count && !f->made_before; id++) {
        if (!tg_plan_needs(f->plan, id)) continue;
        const struct tg_site *site = tg_graph_site_of(f->graph, id);
        const struct tg_command_def *def = tg_product_command(f->plan, id);
        bool waits = depends_on_maker(f, id), missing = false;
        if (def && !waits && !is_guarded(f, id)) {
            bool inputs = look_at_inputs_of(f, id, def), folder = look_at_folder_of(f, id); /* both say what they miss */
            bool server = look_at_server_of(f, id, def), named = look_at_named_inputs_of(f, id);
            missing = inputs || folder || server || named;
        }
        if (!waits && only_computes(site)) continue;
        tg_bits_set(f->makers, id);
        bool knows = unknown == f->products.unknown.count || f->products.unknown.items[unknown] != id;
        if (!knows) unknown++;
        f->made_before = !missing && !only_computes(site) && (!knows || tg_bits_get(f->effects, id));
    }
    tg_bits_free(f->effects, f->graph->count);
    tg_bits_free(f->makers, f->graph->count);
    free(f->whole);
}

/* ---- paths given as text ------------------------------------------------------------------------- */

/* A path to everybody's eyes. */
static bool looks_like_a_path(tg_value v)
{
    if (tg_kind(v) != TG_STR && tg_kind(v) != TG_FILE) return false;
    const struct tg_str *s = tg_str_of(v);
    if (!s->length || s->length >= PATH_MAX || memchr(s->data, 0, s->length)) return false;
    return tg_kind(v) == TG_FILE || memchr(s->data, '/', s->length) || memchr(s->data, '.', s->length);
}

static const struct tg_product *product_of_path(struct preflight *f, const char *path)
{
    bool no_link = tg_names_find(&f->no_links, path, strlen(path)) != TG_NO_NAME;
    return (no_link ? tg_product_of_real : tg_product_of)(&f->products, path);
}

static void look_at_path(struct preflight *f, tg_id id, const char *path)
{
    const struct tg_product *p = f->untold < MOST_SAID ? product_of_path(f, path) : NULL;
    f->named |= p != NULL;
    if (!p || p->task == id || one_waits(f, id, p->task)) return;
    const char *maker = name_of_task(f, p->task);
    struct tg_diag *d = tg_diag_warning(f->diags, span_of_task(f, id),
                                        "task '%s' is given the path '%s', but does not wait for task '%s', which makes it",
                                        name_of_task(f, id), path, maker);
    tg_diag_note(f->diags, d, span_of_task(f, p->task), "'%s' makes '%s' here", maker, p->path);
    tg_diag_hint(f->diags, d, "Give it the result of '%s' in place of the text, or after(.., that result).", maker);
    f->untold++;
}

static void look_at_text(struct preflight *f, tg_id id, tg_value v)
{
    if (tg_kind(v) == TG_LIST)
        for (size_t i = 0; i < tg_list_of(v)->count; i++) look_at_text(f, id, tg_list_of(v)->items[i]);
    else if (looks_like_a_path(v)) look_at_path(f, id, tg_str_of(v)->data);
}

/* Words of `run` and the file of `<` that are written in the command itself. */
static void look_at_words(struct preflight *f, tg_id id, const struct tg_ast *n)
{
    if (n->kind == TG_N_STR && n->length && n->length < PATH_MAX && !memchr(n->text, 0, n->length) &&
        (memchr(n->text, '/', n->length) || memchr(n->text, '.', n->length)))
        look_at_path(f, id, n->text);
    if (n->kind != TG_N_LIST && n->kind != TG_N_RUN) return;
    const struct tg_ast *to = n->kind == TG_N_RUN ? tg_n_step_output(n) : NULL;
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);)
        if (k.kid != to) look_at_words(f, id, k.kid);
}

/* The same list may be given to many. */
static void look_at_constant(struct preflight *f, tg_id id, uint32_t at)
{
    if (tg_bits_get(f->plain, at)) return;
    f->named = false;
    look_at_text(f, id, f->graph->pool.items[at]);
    if (!f->named) tg_bits_set(f->plain, at);
}

static void look_for_texts(struct preflight *f)
{
    f->plain = tg_bits_new(f->graph->pool.count);
    for (tg_id id = 0; id < f->graph->count && f->untold < MOST_SAID; id++) {
        const struct tg_site *site = tg_graph_site_of(f->graph, id);
        if (!tg_plan_needs(f->plan, id) || only_computes(site) || site->flags & TG_SITE_STREAM) continue;
        for (uint32_t i = tg_graph_arg_begin(f->graph, id); i < f->graph->arg_end[id]; i++)
            if (tg_arg_kind(f->graph->args[i]) == TG_ARG_POOL) look_at_constant(f, id, tg_arg_payload(f->graph->args[i]));
        const struct tg_command_def *def = tg_product_command(f->plan, id);
        const tg_value *inputs = def ? inputs_of(f, id) : NULL;
        if (inputs) look_at_text(f, id, *inputs);
        struct tg_kids steps = def ? tg_n_task_steps(def->node) : (struct tg_kids){0};
        for (uint32_t i = 0; i < steps.count; i++) look_at_words(f, id, steps.items[i]);
    }
    tg_bits_free(f->plain, f->graph->pool.count);
}

/* ---- the door ------------------------------------------------------------------------------------ */

bool tg_preflight(struct tg_program *p, const struct tg_plan *plan, bool runs, struct tg_diags *out)
{
    tg_placed_look(&p->session->registry, plan, out);
    if (!tg_graph_has_commands(plan->graph)) return true;
    struct preflight f = {.plan = plan, .graph = plan->graph, .diags = out, .runs = runs};
    f.products = (struct tg_products){.program = p, .plan = plan, .clash = say_clash, .data = &f};
    tg_product_find_all(&f.products);
    for (size_t i = 0; i < f.products.made.count; i++) look_around(&f, i);
    look_for_missing(&f);
    if (f.products.made.count && !out->error_count) look_for_texts(&f);
    bool all = !f.products.unknown.count;
    free(f.seen);
    tg_names_done(&f.no_links);
    tg_vec_done(&f.stack);
    tg_product_done(&f.products);
    return all;
}
