/* SPDX-License-Identifier: MIT
 * Steps of commands. Thread class: owner (of the program). */
#ifndef TG_CHECK_CHECKSTEP_H
#define TG_CHECK_CHECKSTEP_H

#include "lang/check/checking.h"

void tg_checkstep(struct tg_checking *c, struct tg_command_def *def, const struct tg_ast *step);

#endif
