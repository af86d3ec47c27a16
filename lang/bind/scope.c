/* SPDX-License-Identifier: MIT
 * Names and frames while a module is walked.
 *
 * A frame is an array of values: one for the top level of the file, one per call of a function. A function made inside
 * another frame takes copies of the values it uses (captures). What a name means is looked up in this order: variables of
 * the frame, then of the enclosing frames, then functions, tasks, modules and plugins of the file, then built-in functions,
 * then tasks of used plugins, then tasks of the built-in plugin. */
#include "lang/bind/scope.h"

#include <stdlib.h>

#include "engine/base/assert.h"

/* ---- the table of a module ----------------------------------------------------------------------- */

static void grow_names(struct tg_scope_names *names, size_t count)
{
    size_t bytes = names->count * sizeof *names->items;
    names->items = tg_block_resize(names->items, bytes + 1, count * sizeof *names->items + 1);
    memset((char *)names->items + bytes, 0, count * sizeof *names->items - bytes);
    names->count = count;
}

static bool is_meant(const struct tg_meaning *m)
{
    return m->ref != TG_REF_NONE || m->declared;
}

struct tg_meaning *tg_scope_meaning(struct tg_resolver *r, uint32_t sym)
{
    struct tg_scope_names *names = r->names;
    TG_ASSERT(sym < r->program->names.names.count);
    if (sym >= names->count) grow_names(names, r->program->names.names.count + 256);
    struct tg_meaning *m = &names->items[sym];
    if (!is_meant(m)) tg_vec_push(&names->touched, sym);
    return m;
}

void tg_scope_begin_names(struct tg_resolver *r)
{
    struct tg_scope_names *names = r->program->spare_names;
    if (names) {
        r->program->spare_names = names->next;
    } else {
        names = tg_alloc_zero(sizeof *names);
        names->items = tg_block_new(1);
    }
    if (names->count < r->program->names.names.count) grow_names(names, r->program->names.names.count + 256);
    r->names = names;
}

static bool is_member(const void *members, uint32_t number, const void *sym)
{
    return ((const struct tg_scope_members *)members)->list.items[number].sym == *(const uint32_t *)sym;
}

static void add_member(struct tg_scope_members *members, uint32_t sym, const struct tg_meaning *m)
{
    uint32_t hash = tg_table_hash(sym), number = (uint32_t)members->list.count;
    tg_table_reserve(&members->table);
    tg_table_take(&members->table, tg_table_slot(&members->table, hash, is_member, members, &sym), hash, number);
    tg_vec_push(&members->list, ((struct tg_exported){sym, *m}));
}

/* The main file is imported by none. */
void tg_scope_end_names(struct tg_resolver *r)
{
    struct tg_scope_names *names = r->names;
    struct tg_scope_members *members = r->module != r->program->modules.items[0] ? tg_alloc_zero(sizeof *members) : NULL;
    for (size_t i = 0; members && i < names->touched.count; i++) {
        uint32_t sym = names->touched.items[i];
        struct tg_meaning *m = &names->items[sym];
        if (m->ref == TG_REF_GLOBAL || m->declared) add_member(members, sym, m);
        *m = (struct tg_meaning){0};
    }
    names->touched.count = 0;
    r->module->members = members;
    r->names = NULL;
    if (!members) {
        tg_scope_free_names(names);
        return;
    }
    names->next = r->program->spare_names;
    r->program->spare_names = names;
}

const struct tg_meaning *tg_scope_member(const struct tg_module *m, uint32_t sym)
{
    if (!m->members) return NULL;
    uint32_t number = tg_table_find(&m->members->table, tg_table_hash(sym), is_member, m->members, &sym);
    return number == TG_TABLE_NONE ? NULL : &m->members->list.items[number].meaning;
}

void tg_scope_free_names(struct tg_scope_names *names)
{
    while (names) {
        struct tg_scope_names *next = names->next;
        tg_block_free(names->items, names->count * sizeof *names->items + 1);
        tg_vec_done(&names->touched);
        free(names);
        names = next;
    }
}

void tg_scope_free_members(struct tg_scope_members *members)
{
    if (!members) return;
    tg_vec_done(&members->list);
    tg_table_done(&members->table);
    free(members);
}

const char *tg_scope_ref_name(enum tg_ref ref)
{
    static const char *const names[] = {
        [TG_REF_NONE] = "a name",     [TG_REF_LOCAL] = "a variable", [TG_REF_GLOBAL] = "a variable",
        [TG_REF_TASK] = "a task",     [TG_REF_FN] = "a function",    [TG_REF_BUILTIN] = "a built-in function",
        [TG_REF_MODULE] = "a module", [TG_REF_PLUGIN] = "a plugin",
    };
    return names[ref];
}

bool tg_scope_in_final(const struct tg_resolver *r)
{
    return r->scope && r->scope->fn && r->scope->fn->node->kind == TG_N_FINALLY;
}

const char *tg_scope_owner(const struct tg_resolver *r)
{
    return tg_ast_kind_name(tg_scope_in_final(r) ? TG_N_FINALLY : TG_N_FN);
}

/* ---- reads --------------------------------------------------------------------------------------- */

static struct tg_extent *extent_of(struct tg_extents *extents, uint32_t slot)
{
    while (extents->count <= slot) tg_vec_push(extents, TG_EXTENT_NONE);
    return &extents->items[slot];
}

static void note_read(struct tg_resolver *r, struct tg_scope *scope, uint32_t slot)
{
    struct tg_extent *x = extent_of(scope ? &scope->extents : &r->module->extents, slot);
    if (r->clock < x->first) x->first = r->clock;
    if (r->clock > x->last) x->last = r->clock;
    r->clock++;
}

void tg_scope_share(struct tg_module *m, uint32_t slot)
{
    TG_ASSERT(slot < m->slot_count);
    struct tg_extent *x = extent_of(&m->extents, slot);
    if (x->last == TG_READ_ANYWHERE) return;
    *x = (struct tg_extent){0, TG_READ_ANYWHERE};
    tg_vec_push(&m->shared, slot);
}

void tg_scope_read_named(struct tg_resolver *r)
{
    const struct tg_program *p = r->program;
    for (uint32_t slot = 0; p->named_count && slot < r->module->slot_count; slot++)
        for (size_t i = 0; i < p->named_count; i++) {
            const char *name = tg_program_name(p, r->module->variables.items[slot]);
            if (strcmp(tg_program_task_word(p->named[i]), name) == 0) note_read(r, NULL, slot);
        }
}

/* ---- binding ------------------------------------------------------------------------------------- */

uint32_t tg_scope_add_local(struct tg_scope *scope, uint32_t sym, bool captured)
{
    tg_vec_push(&scope->locals, ((struct tg_local){sym, scope->slot_count, captured}));
    return scope->slot_count++;
}

static uint32_t add_variable(struct tg_resolver *r, uint32_t sym)
{
    TG_ASSERT(!r->scope && r->module->variables.count == r->module->slot_count &&
              r->module->born.count == r->module->slot_count);
    tg_vec_push(&r->module->variables, sym);
    tg_vec_push(&r->module->bindings, 0);
    tg_vec_push(&r->module->born, TG_BORN_NEVER);
    return r->module->slot_count++;
}

struct tg_local *tg_scope_find_local(struct tg_scope *s, uint32_t sym)
{
    for (size_t i = s->locals.count; i-- > 0;)
        if (s->locals.items[i].sym == sym) return &s->locals.items[i];
    return NULL;
}

uint32_t tg_scope_count_binding(struct tg_resolver *r, uint32_t slot)
{
    TG_ASSERT(!r->scope && slot < r->module->slot_count);
    uint8_t *count = &r->module->bindings.items[slot];
    bool once = *count == 0 && r->block_depth == 0 && r->loops == 0;
    r->module->born.items[slot] = once ? r->statement : TG_BORN_OFTEN;
    if (*count < 2) ++*count;
    return slot;
}

/* A function cannot read a variable of the file and then bind one of its own of that name: in a loop, the first use
 * would read the file's in every round. */
static void refuse_rebinding(struct tg_resolver *r, uint32_t sym, tg_span span)
{
    for (size_t i = 0; i < r->scope->outer_reads.count; i++) {
        const struct tg_outer_read *read = &r->scope->outer_reads.items[i];
        if (read->sym != sym) continue;
        struct tg_diag *d = tg_diag_error(&r->program->diags, span, "%s cannot change '%s', a variable outside of it",
                                          tg_scope_owner(r), tg_program_name(r->program, sym));
        tg_diag_note(&r->program->diags, d, read->span, "it is the file's variable that is read here");
        tg_diag_hint(&r->program->diags, d, "give the %s own variable another name.",
                     tg_scope_in_final(r) ? "block's" : "function's");
        return;
    }
}

uint32_t tg_scope_bind(struct tg_resolver *r, uint32_t sym, tg_span span)
{
    if (r->scope) {
        struct tg_local *local = tg_scope_find_local(r->scope, sym);
        if (local) return local->slot;
        refuse_rebinding(r, sym, span);
        return tg_scope_add_local(r->scope, sym, false);
    }
    struct tg_meaning *m = tg_scope_meaning(r, sym);
    if (m->ref == TG_REF_GLOBAL) return tg_scope_count_binding(r, m->slot);
    if (m->declared) {
        struct tg_diag *d = tg_diag_error(&r->program->diags, span, "'%s' is %s of this file and cannot be bound again",
                                          tg_program_name(r->program, sym), tg_scope_ref_name(m->ref));
        tg_diag_note(&r->program->diags, d, m->span, "it is defined here");
        if (m->ref == TG_REF_TASK || m->ref == TG_REF_FN)
            tg_diag_hint(&r->program->diags, d, "give the variable another name; an output may have this one: output %s = ..",
                         tg_program_name(r->program, sym));
    }
    *m = (struct tg_meaning){.ref = TG_REF_GLOBAL, .slot = add_variable(r, sym), .data = r->module, .span = span};
    return tg_scope_count_binding(r, m->slot);
}

struct tg_shadow tg_scope_begin_shadow(struct tg_resolver *r, struct tg_ast *name)
{
    struct tg_shadow s = {.sym = name->sym};
    name->ref = TG_REF_LOCAL;
    if (r->scope) {
        s.local_count = r->scope->locals.count;
        name->slot = tg_scope_add_local(r->scope, name->sym, false);
    } else {
        name->slot = add_variable(r, name->sym);
        struct tg_meaning *m = tg_scope_meaning(r, name->sym);
        s.before = *m;
        *m = (struct tg_meaning){.ref = TG_REF_GLOBAL, .slot = name->slot, .data = r->module, .span = name->span};
    }
    return s;
}

void tg_scope_end_shadow(struct tg_resolver *r, const struct tg_shadow *s)
{
    TG_ASSERT(!r->scope || r->scope->locals.count > s->local_count); /* they end in the reverse order */
    if (r->scope) r->scope->locals.count = s->local_count;
    else *tg_scope_meaning(r, s->sym) = s->before;
}

/* ---- looking up ---------------------------------------------------------------------------------- */

const char *const tg_scope_core_tasks[] = {"fail", "identity", "sleep", NULL};

static const struct tg_def *find_core_task(struct tg_resolver *r, const struct tg_name *name)
{
    for (const char *const *task = tg_scope_core_tasks; *task; task++)
        if (strcmp(*task, name->text) == 0) return tg_loaded_find(tg_scope_core(r), name->text, name->length);
    return NULL;
}

/* What else a name may mean: the built-in function, and the tasks of plugins that the file uses. */
struct choices {
    const struct tg_builtin *builtin; /* or NULL */
    TG_VEC(const struct tg_used *) plugins;
};

/* True for the task of our own that does what the built-in function of its name does. */
static bool is_twin(const struct tg_builtin *b, const struct tg_loaded *plugin)
{
    size_t length = strlen(plugin->name);
    return b && b->twin && strncmp(b->twin, plugin->name, length) == 0 && b->twin[length] == '.';
}

/* A plugin counts once, whatever its names; the built-in one has the tasks of the built-in functions. */
static bool is_choice(const struct tg_resolver *r, const struct choices *c, const struct tg_used *used,
                      const struct tg_name *name)
{
    if (!tg_loaded_find(used->plugin, name->text, name->length) || (c->builtin && used->plugin == tg_scope_core(r)))
        return false;
    for (size_t i = 0; i < c->plugins.count; i++)
        if (c->plugins.items[i]->plugin == used->plugin) return false;
    return true;
}

static struct choices find_choices(struct tg_resolver *r, const struct tg_name *name)
{
    struct choices c = {.builtin = tg_builtins_find(name->text, name->length)};
    for (size_t i = 0; i < r->module->used.count; i++)
        if (is_choice(r, &c, &r->module->used.items[i], name)) tg_vec_push(&c.plugins, &r->module->used.items[i]);
    if (c.plugins.count != 1 || !is_twin(c.builtin, c.plugins.items[0]->plugin)) return c;
    if (c.builtin->yields) c.builtin = NULL;
    else c.plugins.count = 0;
    return c;
}

static void say_ambiguous(struct tg_resolver *r, const struct choices *c, const struct tg_name *name, tg_span span)
{
    struct tg_buf b = {0};
    if (c->builtin) tg_buf_format(&b, "'core.%s'", name->text);
    for (size_t i = 0; i < c->plugins.count; i++)
        tg_buf_format(&b, "%s'%s.%s'",
                      !b.length                  ? ""
                      : i + 1 < c->plugins.count ? ", "
                                                 : " or ",
                      tg_program_name(r->program, c->plugins.items[i]->alias), name->text);
    struct tg_diag *d = c->builtin ? tg_diag_error(&r->program->diags, span,
                                                   "'%s' is ambiguous: a built-in function and a task of plugin '%s'",
                                                   name->text, c->plugins.items[0]->plugin->name)
                                   : tg_diag_error(&r->program->diags, span, "task '%s' is ambiguous", name->text);
    tg_diag_hint(&r->program->diags, d, "write %s.", tg_buf_str(&b));
    tg_buf_done(&b);
}

/* A name that is no variable and not declared by the file: a built-in function or a task of a plugin. */
static void find_outside(struct tg_resolver *r, uint32_t sym, struct tg_meaning *m, tg_span span)
{
    const struct tg_name *name = tg_names_get(&r->program->names, sym);
    struct choices c = find_choices(r, name);
    const struct tg_def *def = c.plugins.count ? tg_loaded_find(c.plugins.items[0]->plugin, name->text, name->length)
                                               : find_core_task(r, name);
    if (c.plugins.count + (c.builtin != NULL) > 1) say_ambiguous(r, &c, name, span); /* and takes one: said once is enough */
    if (c.builtin) *m = (struct tg_meaning){.ref = TG_REF_BUILTIN, .data = (void *)c.builtin};
    else if (def) *m = (struct tg_meaning){.ref = TG_REF_TASK, .data = (void *)def};
    tg_vec_done(&c.plugins);
}

static void mark_used(struct tg_module *m, uint32_t slot)
{
    for (size_t i = 0; i < m->params.count; i++)
        if (m->params.items[i].slot == slot) m->params.items[i].used = true;
}

struct tg_meaning tg_scope_look_up(struct tg_resolver *r, struct tg_scope *scope, uint32_t sym, tg_span span)
{
    if (scope) {
        struct tg_local *local = tg_scope_find_local(scope, sym);
        if (local) {
            note_read(r, scope, local->slot);
            return (struct tg_meaning){.ref = TG_REF_LOCAL, .slot = local->slot};
        }
        if (scope->captures) {
            struct tg_meaning outer = tg_scope_look_up(r, scope->parent, sym, span);
            if (outer.ref != TG_REF_LOCAL && !(outer.ref == TG_REF_GLOBAL && !scope->parent)) return outer;
            uint32_t slot = tg_scope_add_local(scope, sym, true);
            tg_vec_push(scope->captures, ((struct tg_capture){outer.slot, slot}));
            note_read(r, scope, slot);
            if (scope->command) tg_scope_share(r->module, outer.slot);
            return (struct tg_meaning){.ref = TG_REF_LOCAL, .slot = slot};
        }
    }
    struct tg_meaning *m = tg_scope_meaning(r, sym);
    if (m->ref == TG_REF_NONE) find_outside(r, sym, m, span);
    if (m->ref == TG_REF_PLUGIN && !m->declared && !r->qualifier) { /* a plugin may have a task of its own name */
        struct tg_meaning task = {0};
        find_outside(r, sym, &task, span);
        if (task.ref != TG_REF_NONE) return task;
    }
    if (m->ref == TG_REF_GLOBAL) {
        mark_used(r->module, m->slot);
        if (scope || r->late) tg_scope_share(r->module, m->slot);
        else note_read(r, NULL, m->slot);
    }
    if (m->ref == TG_REF_GLOBAL && scope) tg_vec_push(&scope->outer_reads, ((struct tg_outer_read){sym, span}));
    return *m;
}
