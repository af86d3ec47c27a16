/* SPDX-License-Identifier: MIT
 * Task options as they are written. Thread class: owner. */
#ifndef TG_CHECK_OPTIONUSE_H
#define TG_CHECK_OPTIONUSE_H

#include "lang/bind/module.h"

/* One option, whose value is of this type (NULL: not known), of the definition of a command or (NULL) elsewhere. */
void tg_optionuse_check(struct tg_program *p, const struct tg_command_def *c, const struct tg_ast *option,
                        const struct tg_type *type);
/* All that stand at one place: some contradict each other. */
void tg_optionuse_together(struct tg_program *p, const struct tg_ast *options);
/* Options at this call, of which those for commands, or for files, mean nothing where what it calls is no command, or makes none. */
void tg_optionuse_call(struct tg_program *p, struct tg_ast *call, const struct tg_ast *options);
/* Options of the whole file: warns of those that reach no task. */
void tg_optionuse_file(struct tg_program *p, const struct tg_module *m, const struct tg_ast *options);
/* True if its value is one of the frame of the command. */
bool tg_optionuse_is_own(const struct tg_program *p, const struct tg_command_def *c, const struct tg_ast *option);
/* `task.field` in a command: in its body, or in one of its options. Gives the kinds of its value. */
tg_kinds tg_optionuse_task(struct tg_program *p, const struct tg_ast *field, const struct tg_ast *option);
/* The i-th of these fields; NULL past the end. */
const char *tg_optionuse_task_field(size_t i);

#endif
