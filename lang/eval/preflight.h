/* SPDX-License-Identifier: MIT
 * What is wrong with the files of a plan and can be seen before it runs. Thread class: owner. */
#ifndef TG_EVAL_PREFLIGHT_H
#define TG_EVAL_PREFLIGHT_H

#include "engine/graph/plan.h"
#include "lang/bind/program.h"

/* Errors: two tasks that make one file; where the plan will be run here (else a warning), files that are to be read and will
 * not be there. Warnings: a task is given the path of a file that another one makes, and does not wait for it. */
bool tg_preflight(struct tg_program *p, const struct tg_plan *plan, bool runs, struct tg_diags *out);

#endif
