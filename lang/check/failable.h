/* SPDX-License-Identifier: MIT
 * Tasks that may fail (the option allow_failure): what they give is a T or nil, "failable". Who cannot take nil is skipped then,
 * which is no error; what goes on with nil as if it were a value is warned of. */
#ifndef TG_CHECK_FAILABLE_H
#define TG_CHECK_FAILABLE_H

#include "lang/bind/module.h"

/* What options say of it; what is nearer is asked first. */
enum tg_failable {
    TG_FAILABLE_UNSAID,
    TG_FAILABLE_NO,
    TG_FAILABLE_YES,
};

/* Of a TG_N_OPTIONS; NULL: nothing is said. */
enum tg_failable tg_failable_said(const struct tg_program *p, const struct tg_ast *options);
/* Of a call: what is said at it or around it, then at the definition, then for the file of that. */
bool tg_failable_call(const struct tg_program *p, const struct tg_def *def, enum tg_failable near);
/* What a task that may fail gives; the type itself where it may be nil anyway, or where nothing is known. */
const struct tg_type *tg_failable_type(struct tg_arena *arena, const struct tg_type *type);
/* What is not skipped: without the nil that stands for a failure. NULL stays so. */
const struct tg_type *tg_failable_value(struct tg_arena *arena, const struct tg_type *type);
/* It decides something. */
void tg_failable_truth(struct tg_program *p, const struct tg_ast *n, const struct tg_type *type);
/* It stands in a text. */
void tg_failable_text(struct tg_program *p, const struct tg_ast *n, const struct tg_type *type);
/* The name that is not nil where the condition is true, by `x != nil`, or with `equal` where it is false, by `x == nil`; or NULL. */
const struct tg_ast *tg_failable_asked(const struct tg_ast *condition, bool equal);
/* `tgrun list` shows the type of what may fail. */
void tg_failable_declare(struct tg_program *p, int kind, tg_span span, const char *type);

#endif
