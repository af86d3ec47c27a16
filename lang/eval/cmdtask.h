/* SPDX-License-Identifier: MIT
 * The function behind every `task` of a workflow; data of its definition is a struct tg_command_def. Thread class: any
 * thread. */
#ifndef TG_EVAL_CMDTASK_H
#define TG_EVAL_CMDTASK_H

#include "engine/base/arena.h"
#include "engine/graph/graph.h"

int tg_cmdtask_run(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out);
/* The program that runs the texts of the site's commands; NULL: it needs none. Perhaps in the arena. */
const char *tg_cmdtask_shell(const struct tg_site *site, const struct tg_graph *g, struct tg_arena *arena);

#endif
