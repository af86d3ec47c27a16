/* SPDX-License-Identifier: MIT
 * gdb for one task of a plugin. Thread class: owner. */
#ifndef TG_CMD_DEBUGGER_H
#define TG_CMD_DEBUGGER_H

#include "cmd/cmd.h"

/* What --gdb says is understood. */
bool tg_debugger_check(const char *command, struct tg_err *err);
/* Becomes gdb, which runs the same once more with --here, up to tg_debugger_stop. Returns only if that fails. */
bool tg_debugger_exec(const struct tg_cli *cli, const char *file, const char *task, struct tg_err *err);
/* Where gdb stops first, to learn where the next function begins that is called. */
void tg_debugger_stop(const void *function);

#endif
