/* SPDX-License-Identifier: MIT
 * The function behind every `task` of a workflow; data of its definition is a struct tg_command_def. Thread class: any
 * thread. */
#ifndef TG_EVAL_CMDTASK_H
#define TG_EVAL_CMDTASK_H

#include <tgrun.h>

int tg_cmdtask_run(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out);

#endif
