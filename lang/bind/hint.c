/* SPDX-License-Identifier: MIT
 * "Did you mean": the nearest of all names that are visible at a place. Runs only for a message. */
#include "lang/bind/hint.h"

#include "engine/base/near.h"
#include "engine/graph/policy.h"
#include "lang/bind/scope.h"
#include "lang/bind/shelltext.h"
#include "lang/text/foreign.h"

struct search {
    struct tg_near near;
    const char *plugin; /* of the best so far; NULL: none */
};

static void offer_name(struct search *s, const char *name, size_t length, const char *plugin)
{
    const char *before = s->near.best;
    tg_near_offer(&s->near, name, length);
    if (s->near.best != before) s->plugin = plugin;
}

static void offer_plugin(struct search *s, const struct tg_loaded *p)
{
    for (size_t i = 0; i < p->def_count; i++) offer_name(s, p->defs[i].name, strlen(p->defs[i].name), p->name);
}

static void offer_builtins(struct search *s)
{
    for (size_t i = 0; i < TG_BUILTIN_NAMED; i++) offer_name(s, tg_builtins[i].name, strlen(tg_builtins[i].name), NULL);
}

static void say_nearest(struct tg_resolver *r, struct tg_diag *d, const struct search *s)
{
    if (!s->near.best) return;
    int length = (int)s->near.best_length;
    if (s->plugin) tg_diag_hint(&r->program->diags, d, "did you mean '%.*s' (plugin %s)?", length, s->near.best, s->plugin);
    else tg_diag_hint(&r->program->diags, d, "did you mean '%.*s'?", length, s->near.best);
}

/* The built-in plugin is no file; most of what it has needs no `use`. */
static bool hint_core(struct tg_resolver *r, struct tg_diag *d, const struct tg_name *name)
{
    const struct tg_loaded *core = r->program->session->registry.plugins.items[0];
    if (r->qualifier && strcmp(name->text, core->name) == 0)
        return tg_diag_hint(&r->program->diags, d, "add 'use core'."), true;
    if (r->qualifier || !tg_loaded_find(core, name->text, name->length)) return false;
    tg_diag_hint(&r->program->diags, d, "plugin core has it: add 'use core'.");
    return true;
}

/* A plugin that is not used but is meant, or has a task of exactly this name. */
static bool hint_unused_plugin(struct tg_resolver *r, struct tg_diag *d, const struct tg_name *name)
{
    const char **names, **paths;
    size_t count;
    struct tg_registry *registry = &r->program->session->registry;
    tg_registry_list(registry, &r->program->arena, &names, &paths, &count);
    for (size_t i = 0; r->qualifier && i < count; i++)
        if (strcmp(names[i], name->text) == 0) return tg_diag_hint(&r->program->diags, d, "add 'use %s'.", name->text), true;
    for (size_t i = 0; !r->qualifier && i < count; i++) {
        struct tg_err err = {0};
        const struct tg_loaded *p = tg_registry_look(registry, names[i], &err);
        tg_err_done(&err);
        if (!p || !tg_loaded_find(p, name->text, name->length)) continue;
        tg_diag_hint(&r->program->diags, d, "plugin %s has it: add 'use %s'.", p->name, p->name);
        return true;
    }
    return false;
}

/* Words that mean something at other places of a command. */
static bool hint_command(struct tg_resolver *r, struct tg_diag *d, const char *name)
{
    const char *hint = NULL;
    if (strcmp(name, "raw") == 0) hint = "raw(x) stands for itself in the text of an 'sh': \"${raw(x)}\".";
    if (strcmp(name, "task") == 0) hint = "a command knows itself: in its body, and in options of its definition.";
    if (strcmp(name, "text") == 0 && r->scope && r->scope->command)
        hint = "text(x) stands right behind a '<', in YAML {text: x}: a value as standard input.";
    if (strcmp(name, "run") == 0 && r->scope && r->scope->command)
        hint = "'run' stands once, before the first program: run [..] | [..].";
    bool out = strcmp(name, "out") == 0, in_command = r->scope && r->scope->command;
    if (out && in_command) hint = "only a command with the result file(\"..\") has 'out'.";
    if (out && (!in_command || r->scope->command->output == TG_OUTPUT_FILES))
        hint = "a command knows 'out' in its steps, and in the option depfile at its definition.";
    if (hint) tg_diag_hint(&r->program->diags, d, "%s", hint);
    if (hint || (r->scope && r->scope->command)) return hint;
    bool run = strcmp(name, "run") == 0, sh = strcmp(name, "sh") == 0;
    if (run || sh) tg_diag_hint(&r->program->diags, d, TG_FOREIGN_COMMAND, "nil", name, run ? "[..]" : "\"..\"");
    return run || sh;
}

/* A function or module of another language that has no namesake here. */
static bool hint_foreign(struct tg_resolver *r, struct tg_diag *d, const char *name, bool called)
{
    const char *hint = called && !r->qualifier ? tg_foreign_call(name) : tg_foreign_module(name);
    if (!hint) return false;
    tg_diag_hint(&r->program->diags, d, "%s", hint);
    return true;
}

static void offer_called(struct tg_resolver *r, struct search *s)
{
    for (size_t i = 0; i < r->names->count && i < r->program->names.names.count; i++) {
        const struct tg_name *known = tg_names_get(&r->program->names, (uint32_t)i);
        if (r->names->items[i].declared) offer_name(s, known->text, known->length, NULL);
    }
    offer_builtins(s);
    for (const char *const *task = tg_scope_core_tasks; *task; task++) offer_name(s, *task, strlen(*task), NULL);
    for (size_t i = 0; i < r->module->used.count; i++) offer_plugin(s, r->module->used.items[i].plugin);
}

static void offer_variables(struct tg_resolver *r, struct search *s)
{
    for (struct tg_scope *scope = r->scope; scope; scope = scope->parent)
        for (size_t i = 0; i < scope->locals.count; i++) {
            const struct tg_name *local = tg_names_get(&r->program->names, scope->locals.items[i].sym);
            offer_name(s, local->text, local->length, NULL);
        }
    for (size_t i = 0; i < r->names->count && i < r->program->names.names.count; i++) {
        const struct tg_name *known = tg_names_get(&r->program->names, (uint32_t)i);
        if (r->names->items[i].ref == TG_REF_GLOBAL) offer_name(s, known->text, known->length, NULL);
    }
}

static void hint_shell_variable(struct tg_resolver *r, struct tg_diag *d, const char *name)
{
    tg_diag_hint(&r->program->diags, d, "a variable of the shell is written without braces: $%s, or \\${%s}", name, name);
}

/* A parameter of the command in whose options the name stands. */
static bool hint_options(struct tg_resolver *r, struct tg_diag *d, uint32_t sym)
{
    struct tg_kids params = r->command ? tg_n_params_list(tg_n_task_params(r->command)) : (struct tg_kids){0};
    for (uint32_t i = 0; i < params.count; i++) {
        if (params.items[i]->sym != sym) continue;
        tg_diag_hint(&r->program->diags, d, "It is said before there are arguments: give it at the call, f(..) with NAME = ..");
        return true;
    }
    return false;
}

/* A place without its quotes: `scheduler = processes`. */
static bool hint_place(struct tg_resolver *r, struct tg_diag *d, const char *name)
{
    if (!r->option || strcmp(tg_program_name(r->program, r->option->sym), "scheduler") != 0) return false;
    if (tg_policy_place(name) == TG_PLACES) return false;
    tg_diag_hint(&r->program->diags, d, "it is a text: scheduler = \"%s\".", name);
    return true;
}

void tg_hint_near(struct tg_resolver *r, struct tg_diag *d, uint32_t sym, bool called)
{
    if (!tg_diag_is_kept(&r->program->diags, d)) return;
    const struct tg_name *name = tg_names_get(&r->program->names, sym);
    if (r->shell && tg_shelltext_sets(r->shell, name->text)) {
        hint_shell_variable(r, d, name->text);
        return;
    }
    if (strcmp(name->text, "outcome") == 0 && r->module->finals.count) {
        tg_diag_hint(&r->program->diags, d,
                     "'outcome' is known in a 'finally' block: give what is needed of it as an argument.");
        return;
    }
    if (hint_place(r, d, name->text) || hint_options(r, d, sym) || hint_command(r, d, name->text) ||
        hint_unused_plugin(r, d, name))
        return;
    if (hint_foreign(r, d, name->text, called) || hint_core(r, d, name)) return;
    struct search s = {.near = tg_near_begin(name->text, name->length)};
    (called ? offer_called : offer_variables)(r, &s);
    if (!s.near.best) (called ? offer_variables : offer_called)(r, &s);
    if (!s.near.best && r->shell) hint_shell_variable(r, d, name->text);
    say_nearest(r, d, &s);
}

void tg_hint_member(struct tg_resolver *r, struct tg_diag *d, const struct tg_ast *field)
{
    if (!tg_diag_is_kept(&r->program->diags, d)) return;
    const struct tg_name *name = tg_names_get(&r->program->names, field->sym);
    struct search s = {.near = tg_near_begin(name->text, name->length)};
    const struct tg_ast *owner = tg_n_field_base(field);
    if (owner->ref == TG_REF_PLUGIN) {
        offer_plugin(&s, owner->plugin);
        if (owner->plugin == tg_scope_core(r)) offer_builtins(&s);
        s.plugin = NULL;
    } else {
        const struct tg_module *m = owner->module;
        for (size_t i = 0; m->members && i < m->members->list.count; i++) {
            const struct tg_name *text = tg_names_get(&r->program->names, m->members->list.items[i].sym);
            offer_name(&s, text->text, text->length, NULL);
        }
    }
    say_nearest(r, d, &s);
}

/* ---- bound further down -------------------------------------------------------------------------- */

#define HOLDS_BINDINGS                                                                                                    \
    (TG_IN(FILE) | TG_IN(BLOCK) | TG_IN(IF) | TG_IN(FOR) | TG_IN(WHILE) | TG_IN(WITH) | TG_IN(IN_ORDER) | TG_IN(ASSIGN) | \
     TG_IN(TARGETS))

/* Is the node itself, not what stands in it, one that binds a name? */
static bool is_binding(const struct tg_ast *n, bool target)
{
    if (n->kind == TG_N_OUTPUT) return !(n->flags & TG_F_IMPLICIT) && tg_n_output_value(n);
    return n->kind == TG_N_PARAM || target;
}

static bool binds_below(const struct tg_ast *n, uint32_t sym, uint32_t after, bool target, tg_span *where)
{
    if (is_binding(n, target) && n->sym == sym && n->span.start > after) {
        *where = n->span;
        return true;
    }
    if (!tg_ast_is(n, HOLDS_BINDINGS)) return false;
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);)
        if (binds_below(k.kid, sym, after, n->kind == TG_N_TARGETS, where)) return true;
    return false;
}

static void note_bindings(struct tg_bound_at *bound, const struct tg_ast *n, bool target)
{
    if (is_binding(n, target) && n->sym != TG_NO_NAME) {
        struct tg_bound_at *b = &bound[n->sym];
        if (!b->first.end) b->first = n->span;
        if (b->last < n->span.start) b->last = n->span.start;
    }
    if (!tg_ast_is(n, HOLDS_BINDINGS)) return;
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) note_bindings(bound, k.kid, n->kind == TG_N_TARGETS);
}

/* Made for the first unknown name of a file: a walk for each would take long where all names are unknown. */
static const struct tg_bound_at *bound_of(struct tg_resolver *r, uint32_t sym)
{
    if (!r->bound) {
        r->bound = tg_alloc_zero(r->program->names.names.count *
                                 sizeof *r->bound); /* the whole tree is read: it has no others */
        note_bindings(r->bound, r->module->tree.file, false);
    }
    return &r->bound[sym];
}

bool tg_hint_bound_below(struct tg_resolver *r, const struct tg_ast *use, tg_span *where)
{
    const struct tg_bound_at *b = bound_of(r, use->sym);
    if (b->last <= use->span.start) return false;
    *where = b->first;
    return b->first.start > use->span.start || binds_below(r->module->tree.file, use->sym, use->span.start, false, where);
}
