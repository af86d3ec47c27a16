/* SPDX-License-Identifier: MIT
 * Tasks and their sites, at graph time and at run time. Thread class: owner (of the evaluator). */
#ifndef TG_EVAL_SITE_H
#define TG_EVAL_SITE_H

#include "engine/base/table.h"
#include "lang/eval/eval.h"

/* Sites by the node they are made at. A zeroed struct is an empty table. */
struct tg_site_table {
    struct tg_table table; /* of entries */
    TG_VEC(struct tg_site_cached) entries;
};
void tg_site_table_done(struct tg_site_table *t);

/* The site of a call of a task by its name at this node. 0 after an error. */
uint32_t tg_site_of_call(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def);
/* The same for anything else that makes a task at this node. */
uint32_t tg_site_of_node(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def);
/* Adds a task whose arguments were checked; borrows them. `after`: a list of what it waits for, or nil. */
tg_value tg_site_add_task(struct tg_eval *e, const struct tg_ast *n, uint32_t site, const tg_value *args, size_t count,
                          tg_value after);
/* The site of the task behind a future. */
const struct tg_site *tg_site_of_future(const struct tg_eval *e, tg_value future);
/* A record of options in the graph's table; takes the record. */
uint32_t tg_site_options(struct tg_eval *e, tg_value take_record);

/* One of the evaluator's own, without options, that is not noted and waits for its arguments alone. */
tg_value tg_site_add_aside(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, const tg_value *args,
                           size_t count);

#endif
