/* SPDX-License-Identifier: MIT
 * What one task is called among others of its definition: by its label, or by the arguments in which they differ.
 *
 * Which arguments these are is found once for each definition, among all tasks of the graph, so that a name does not depend on what a
 * run is for; where tasks may be added and those are too few to tell, all are taken. Thread class: locked, by the run. */
#ifndef TG_RUN_INSTANCE_H
#define TG_RUN_INSTANCE_H

#include "engine/run/run.h"

/* "build(alpha, 3)", "build", or the option `label`; args: those that the task runs with, lent. Any worker, while its task
 * runs. Heap. */
char *tg_instance_name(struct tg_run *run, const struct tg_site *site, const tg_value *args, size_t count);

/* The same without a run. The arguments, a bit each, in which tasks of the definition differ; looks at all of them. */
uint32_t tg_instance_differing(const struct tg_graph *g, const struct tg_def *def);
/* Looks once for each definition. */
uint32_t tg_instance_mask(tg_instance_masks *masks, const struct tg_graph *g, const struct tg_def *def);
#define TG_INSTANCE_ALL UINT32_MAX
/* A name with these arguments. */
char *tg_instance_text(const struct tg_graph *g, const struct tg_site *site, uint32_t shown, const tg_value *args,
                       size_t count);
/* Adds it to the buffer; looks at the graph anew, so that nothing is locked and no memory taken but the buffer's: for last words. Of a
 * task that is evaluated at once run is NULL, and all arguments tell. */
void tg_instance_add(struct tg_buf *b, const struct tg_run *run, const struct tg_site *site, const tg_value *args,
                     size_t count);

#endif
