/* SPDX-License-Identifier: MIT
 * What one task is called among others of its definition: by its label, or by the arguments in which they differ.
 *
 * Which arguments these are is found once for each definition, among the tasks that were there before the run; where those
 * are too few to tell, all are taken. Thread class: locked, by the run. */
#ifndef TG_RUN_INSTANCE_H
#define TG_RUN_INSTANCE_H

#include "engine/run/run.h"

/* "build(alpha, 3)", "build", or the option `label`; args: those that the task runs with, lent. Any worker, while its task
 * runs. Heap. */
char *tg_instance_name(struct tg_run *run, const struct tg_site *site, const tg_value *args, size_t count);

#endif
