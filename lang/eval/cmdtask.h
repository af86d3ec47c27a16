/* SPDX-License-Identifier: MIT
 * The function behind every `task` of a workflow; data of its definition is a struct tg_command_def. Thread class: any
 * thread. */
#ifndef TG_EVAL_CMDTASK_H
#define TG_EVAL_CMDTASK_H

#include "engine/base/arena.h"
#include "engine/graph/graph.h"

int tg_cmdtask_run(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out);
/* What a call of a command with these arguments (lent, no futures) and options would run, as one would type it: adds a text
 * with its NUL for each step; their number, 0 where that cannot be told. Makes nothing. Not while the graph runs. */
size_t tg_cmdtask_lines(const struct tg_def *def, tg_value options, const tg_value *args, size_t count, bool known,
                        struct tg_buf *out);

#endif
