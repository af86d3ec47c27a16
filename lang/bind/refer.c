/* SPDX-License-Identifier: MIT
 * What names refer to. */
#include "lang/bind/refer.h"

#include "engine/base/assert.h"
#include "lang/bind/hint.h"

/* ---- names --------------------------------------------------------------------------------------- */

static bool has_effect(const struct tg_meaning *m)
{
    if (m->ref == TG_REF_TASK) return m->data && ((const struct tg_def *)m->data)->sig.effect;
    return m->ref == TG_REF_BUILTIN && ((const struct tg_builtin *)m->data)->effect;
}

/* The slot is one of the frame or module that the meaning names. */
static inline bool has_place(const struct tg_resolver *r, const struct tg_meaning *m)
{
    if (m->ref == TG_REF_LOCAL) return r->scope && m->slot < r->scope->slot_count;
    return m->ref != TG_REF_GLOBAL || m->slot < ((const struct tg_module *)m->data)->slot_count;
}

static inline void store_meaning(struct tg_resolver *r, struct tg_ast *n, struct tg_meaning m, bool top_level)
{
    TG_ASSERT(has_place(r, &m) && (m.ref < TG_REF_GLOBAL || m.data || m.declared));
    if (has_effect(&m)) r->program->effects = true;
    n->ref = m.ref == TG_REF_GLOBAL && top_level ? TG_REF_LOCAL : m.ref;
    n->slot = m.slot;
    if (n->kind == TG_N_FIELD) n->flags |= TG_F_STATIC;
    n->meaning = m.data;
}

/* Bound further down, or by the assignment that uses it. */
static bool used_too_early(struct tg_resolver *r, const struct tg_ast *n, tg_span *where)
{
    struct tg_kids names = r->binding;
    for (uint32_t i = 0; i < names.count; i++) {
        if (names.items[i]->sym != n->sym) continue;
        *where = names.items[i]->span;
        return true;
    }
    return tg_hint_bound_below(r, n, where);
}

static void say_unknown_name(struct tg_resolver *r, struct tg_ast *n, const char *what)
{
    if (r->module->incomplete) return;
    const char *text = tg_program_name(r->program, n->sym);
    tg_span where;
    if (!used_too_early(r, n, &where)) {
        struct tg_diag *unknown = tg_diag_error(&r->program->diags, n->span, "unknown %s '%s'", what, text);
        tg_hint_near(r, unknown, n->sym, strcmp(what, "task") == 0);
        return;
    }
    struct tg_diag *d = tg_diag_error(&r->program->diags, n->span, "'%s' is used before it is bound", text);
    tg_diag_note(&r->program->diags, d, where, "it is bound here");
    if (r->scope && where.start < n->span.start)
        tg_diag_hint(&r->program->diags, d, "a function that calls itself is written 'fn %s(..) { .. }'.", text);
}

void tg_refer_name(struct tg_resolver *r, struct tg_ast *n, const char *what)
{
    size_t errors = r->program->diags.error_count;
    struct tg_meaning m = tg_scope_look_up(r, r->scope, n->sym, n->span);
    if (m.ref == TG_REF_NONE && errors == r->program->diags.error_count) say_unknown_name(r, n, what);
    if ((m.ref == TG_REF_MODULE || m.ref == TG_REF_PLUGIN) && !r->qualifier)
        tg_diag_error(&r->program->diags, n->span, "%s '%s' is no value: name something of it, as in '%s.name'",
                      m.ref == TG_REF_MODULE ? "module" : "plugin", tg_program_name(r->program, n->sym),
                      tg_program_name(r->program, n->sym));
    store_meaning(r, n, m, !r->scope);
}

/* ---- members ------------------------------------------------------------------------------------- */

static void say_unknown_member(struct tg_resolver *r, struct tg_ast *n, const char *owner, const char *owner_name)
{
    struct tg_diag *d = tg_diag_error(&r->program->diags, (tg_span){n->name_start ? n->name_start : n->span.start, n->span.end},
                                      "%s '%s' has no '%s'", owner, owner_name, tg_program_name(r->program, n->sym));
    tg_hint_member(r, d, n);
}

/* `core.name`, unless the file means something else by `core`: built-in functions need no `use`. Of a name that there is not, that
 * is said; only tasks of the built-in plugin want `use core`. */
static bool names_core(struct tg_resolver *r, const struct tg_ast *left, const struct tg_name *member)
{
    const struct tg_loaded *core = tg_scope_core(r);
    if (strcmp(tg_program_name(r->program, left->sym), core->name) != 0) return false;
    if (tg_scope_look_up(r, r->scope, left->sym, left->span).ref != TG_REF_NONE) return false;
    tg_span where;
    bool is_task = tg_loaded_find(core, member->text, member->length);
    return tg_builtins_find(member->text, member->length) || !(is_task || used_too_early(r, left, &where));
}

/* `plugin.task`. What the built-in plugin has a built-in function for is that. */
static struct tg_meaning plugin_member(struct tg_resolver *r, const struct tg_loaded *plugin, const struct tg_name *name)
{
    const struct tg_builtin *b = plugin == tg_scope_core(r) ? tg_builtins_find(name->text, name->length) : NULL;
    if (b) return (struct tg_meaning){.ref = TG_REF_BUILTIN, .data = (void *)b};
    const struct tg_def *def = tg_loaded_find(plugin, name->text, name->length);
    return (struct tg_meaning){.ref = def ? TG_REF_TASK : TG_REF_NONE, .data = (void *)def};
}

void tg_refer_member(struct tg_resolver *r, struct tg_ast *n)
{
    struct tg_ast *left = tg_n_field_base(n);
    const struct tg_name *member = tg_names_get(&r->program->names, n->sym);
    r->qualifier = true;
    if (names_core(r, left, member))
        store_meaning(r, left, (struct tg_meaning){.ref = TG_REF_PLUGIN, .data = (void *)tg_scope_core(r)}, false);
    else tg_refer_name(r, left, "name");
    r->qualifier = false;
    if (left->ref == TG_REF_PLUGIN) {
        struct tg_meaning m = plugin_member(r, left->plugin, member);
        if (m.ref == TG_REF_NONE) say_unknown_member(r, n, "plugin", left->plugin->name);
        store_meaning(r, n, m, false);
    } else if (left->ref == TG_REF_MODULE) {
        struct tg_module *module = left->module;
        const struct tg_meaning *m = tg_scope_member(module, n->sym);
        if (!m && !module->incomplete) say_unknown_member(r, n, "module", tg_program_name(r->program, left->sym));
        if (m && m->ref == TG_REF_GLOBAL) tg_scope_share(module, m->slot);
        store_meaning(r, n, m ? *m : (struct tg_meaning){0}, false);
    }
}
