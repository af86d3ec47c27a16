/* SPDX-License-Identifier: MIT
 * A program and its modules: their beginning and their end. */
#include "lang/bind/program.h"

#include <stdlib.h>

#include "engine/base/assert.h"
#include "lang/bind/scope.h"

void tg_program_init(struct tg_program *p, struct tg_session *session)
{
    *p = (struct tg_program){.session = session};
    tg_diags_init(&p->diags, &p->arena);
}

static void free_module(struct tg_module *m)
{
    for (uint32_t i = 0; m->globals && i < m->slot_count; i++) tg_value_unref(m->globals[i]);
    tg_block_free(m->globals, (m->slot_count + 1) * sizeof *m->globals);
    tg_value_unref(m->kept);
    for (size_t i = 0; i < m->params.count; i++) tg_value_unref(m->params.items[i].given);
    for (size_t i = 0; i < m->commands.count; i++) tg_vec_done(&m->commands.items[i]->captures);
    tg_scope_free_members(m->members);
    free(m->folder);
    tg_vec_done(&m->used);
    tg_vec_done(&m->imports);
    tg_vec_done(&m->params);
    tg_vec_done(&m->commands);
    tg_vec_done(&m->functions);
    tg_vec_done(&m->finals);
    tg_vec_done(&m->variables);
    tg_vec_done(&m->bindings);
    tg_vec_done(&m->born);
    tg_vec_done(&m->extents);
    tg_vec_done(&m->shared);
    tg_vec_done(&m->tree.comments);
    free(m);
}

void tg_program_done(struct tg_program *p)
{
    TG_ASSERT(!p->pool && !p->regions); /* whoever gave them has taken them */
    for (size_t i = 0; i < p->modules.count; i++) free_module(p->modules.items[i]);
    for (size_t i = 0; i < p->fns.count; i++) {
        tg_vec_done(&p->fns.items[i]->captures);
        tg_vec_done(&p->fns.items[i]->extents);
    }
    tg_scope_free_names(p->spare_names);
    tg_value_unref_all(p->constants.items, p->constants.count);
    tg_vec_done(&p->constants);
    tg_vec_done(&p->fns);
    tg_vec_done(&p->modules);
    tg_vec_done(&p->evaluated);
    tg_vec_done(&p->declared);
    tg_vec_done(&p->outputs_seen);
    tg_vec_done(&p->keys_seen);
    tg_diags_done(&p->diags);
    tg_names_done(&p->names);
    tg_arena_done(&p->arena);
}
