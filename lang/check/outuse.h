/* SPDX-License-Identifier: MIT
 * What the steps of a command do with `out`. Thread class: owner. */
#ifndef TG_CHECK_OUTUSE_H
#define TG_CHECK_OUTUSE_H

#include "lang/bind/module.h"

/* Says where a command names `out` in a way that can only fail, or not at all. */
void tg_outuse_check(struct tg_program *p, const struct tg_command_def *def);

#endif
