/* SPDX-License-Identifier: MIT
 * Task options in force. Thread class: owner (of the evaluator). */
#ifndef TG_EVAL_OPTION_H
#define TG_EVAL_OPTION_H

#include "lang/eval/eval.h"

/* What was in force before. */
struct tg_option_before {
    uint32_t options;
    tg_value after; /* owned */
};
/* Evaluates options and puts them in force (the nearest wins); *before gets what was, for tg_option_restore. */
bool tg_option_enter(struct tg_eval *e, const struct tg_ast *options, struct tg_option_before *before);
void tg_option_restore(struct tg_eval *e, const struct tg_option_before *before);
/* True if what is made here may fail: its value is nil then. */
static inline bool tg_option_allows(const struct tg_eval *e)
{
    return __builtin_expect(e->options != 0, 0) && e->graph && e->graph->policies[e->options].allow_failure;
}
/* The options in force without that: who catches failures is asked before; *before as above. */
void tg_option_disallow(struct tg_eval *e, struct tg_option_before *before);
/* A value that is called, f, or that the built-in function b calls, is one for which the options at the call n may stand; else false
 * after an error. */
bool tg_option_suits(struct tg_eval *e, const struct tg_ast *n, tg_value f);
bool tg_option_suits_called(struct tg_eval *e, const struct tg_ast *n, const struct tg_builtin *b, const tg_value *args,
                            size_t count);
/* Options of a new site of def for the call n: those of its definition, under those in force. */
bool tg_option_of_def(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, uint32_t *out);

#endif
