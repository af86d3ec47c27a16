/* SPDX-License-Identifier: MIT
 * The call stands where the task is defined, as there is no other place to show. An output goes before a task:
 * where it has the name, nobody has asked for the task. */
#include "lang/eval/nocall.h"

#include "lang/eval/call.h"
#include "lang/eval/function.h"

static const struct tg_command_def *command_in(const struct tg_module *m, const char *name)
{
    for (size_t i = 0; i < m->commands.count; i++)
        if (strcmp(m->commands.items[i]->def.name, name) == 0) return m->commands.items[i];
    return NULL;
}

const struct tg_command_def *tg_nocall_find(const struct tg_program *p, const char *word)
{
    const struct tg_module *m = p->modules.items[0];
    const char *name = tg_program_task_word(word), *dot = strchr(name, '.');
    if (!dot) return command_in(m, name);
    for (size_t i = 0; i < m->imports.count; i++) {
        const char *alias = tg_program_name(p, m->imports.items[i].alias);
        if (strlen(alias) != (size_t)(dot - name) || strncmp(alias, name, strlen(alias)) != 0) continue;
        return command_in(m->imports.items[i].module, dot + 1);
    }
    return NULL;
}

const char *tg_nocall_needs(const struct tg_command_def *c)
{
    for (uint32_t i = 0; i < c->user_count; i++)
        if (!c->def.sig.params[i].has_default) return c->def.sig.params[i].name;
    return NULL;
}

static bool names_output(const struct tg_graph *g, const char *word)
{
    bool found = false;
    for (size_t i = 0; i < g->wanted.count && !found; i++)
        found = g->wanted.items[i].name && strcmp(g->wanted.items[i].name, word) == 0;
    return found;
}

static bool is_called(const struct tg_graph *g, const struct tg_command_def *c)
{
    bool found = false;
    for (size_t i = 1; i < g->site_table.count && !found; i++) found = g->site_table.items[i].def == &c->def;
    return found;
}

static bool make_named_call(struct tg_eval *e, const struct tg_command_def *c)
{
    struct tg_fn_value f = {.what = TG_FN_TASK, .def = &c->def, .place = c->node};
    tg_function_init(&f.base, NULL, NULL);
    tg_value v = tg_call_apply(e, c->node, tg_function_as_value(&f.base), NULL, 0);
    if (tg_is_bad(v)) return false;
    tg_value_unref(v);
    return true;
}

/* At the top level of the main file, behind its last statement. */
static bool call_at_end(struct tg_eval *e, const struct tg_command_def *c)
{
    struct tg_module *m = e->program->modules.items[0], *module = e->module;
    struct tg_world world = e->world;
    tg_value *frame = e->frame;
    e->world = (struct tg_world){.top = m, .statement = tg_n_block_statements(m->tree.file).count, .overlay = tg_nil()};
    e->frame = m->globals;
    e->module = m;
    bool fine = make_named_call(e, c);
    e->world = world;
    e->frame = frame;
    e->module = module;
    return fine;
}

bool tg_nocall_add(struct tg_eval *e)
{
    const struct tg_program *p = e->program;
    bool fine = true;
    for (size_t i = 0; i < p->named_count && fine; i++) {
        const struct tg_command_def *c = tg_nocall_find(p, p->named[i]);
        if (!c || tg_nocall_needs(c) || is_called(e->graph, c) || names_output(e->graph, p->named[i])) continue;
        fine = call_at_end(e, c);
    }
    return fine;
}
