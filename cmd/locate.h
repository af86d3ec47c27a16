/* SPDX-License-Identifier: MIT
 * Which workflow a command line means, where it does not say so: that of the folder. Thread class: owner. */
#ifndef TG_CMD_LOCATE_H
#define TG_CMD_LOCATE_H

#include "cmd/cmd.h"

/* True if the folder has a workflow, or several, that need not be named. */
bool tg_locate_any(void);
/* Puts the workflow first among the words of a verb that reads one, if it is not there. */
bool tg_locate(struct tg_cli *cli, struct tg_err *err);
#endif
