/* SPDX-License-Identifier: MIT
 * What is wrong with the places of tasks in a plan: objects of types that are pinned to their process, where another one needs them
 * that cannot make them again. Thread class: owner. */
#ifndef TG_EVAL_PLACED_H
#define TG_EVAL_PLACED_H

#include "engine/graph/plan.h"
#include "engine/plugin/loaded.h"
#include "lang/text/diag.h"

void tg_placed_look(const struct tg_registry *r, const struct tg_plan *plan, struct tg_diags *out);

#endif
