/* SPDX-License-Identifier: MIT
 * What the body of a command uses an argument for. Thread class: immutable. */
#ifndef TG_EVAL_WORDARG_H
#define TG_EVAL_WORDARG_H

#include "engine/graph/graph.h"

/* Whether the body uses argument i of its definition, a list, for nothing but words of its programs or a text of lines: then any
 * words may stand for it. */
bool tg_wordarg_only(const struct tg_def *def, uint32_t i);

#endif
