/* SPDX-License-Identifier: MIT
 * Declarations of a module. Thread class: owner. */
#ifndef TG_BIND_DECLARE_H
#define TG_BIND_DECLARE_H

#include "lang/bind/scope.h"

/* Loads plugins and imports, and declares functions, commands and C functions: names that are known in all of the file. */
void tg_declare(struct tg_resolver *r);
/* A `finally` block, at the top level of the file. */
void tg_declare_finally(struct tg_resolver *r, struct tg_ast *n);
/* What is known of a function from its head; its body is walked later. */
struct tg_fn *tg_declare_fn(struct tg_resolver *r, struct tg_ast *n, const char *name);
/* Makes the variables of the file that a command's body uses parameters behind those that were written. */
void tg_declare_captures(struct tg_resolver *r, struct tg_command_def *c);
void tg_declare_output(struct tg_resolver *r, struct tg_ast *n);
/* A parameter of the file: what is wrong with its name; and its declaration, once it has a slot. */
void tg_declare_check_param(struct tg_resolver *r, const struct tg_ast *n);
void tg_declare_param(struct tg_resolver *r, const struct tg_ast *n, const struct tg_type *type, const char *type_text);
/* Parses a TG_N_TYPE, which has the struct tg_type from then on, in place of the text. */
const struct tg_type *tg_declare_type(struct tg_resolver *r, struct tg_ast *n);
/* A parameter of a function that has a type; names as in a message. */
const struct tg_fit *tg_declare_fit(struct tg_resolver *r, const struct tg_type *type, const char *param_name,
                                    const char *fn_name);
/* Parameters of a function: names given twice, and one without a default after one with. */
void tg_declare_check_params(struct tg_resolver *r, struct tg_kids params);

/* The value of a literal, a list of literals among them; false if the node is none. */
bool tg_declare_literal(const struct tg_ast *n, tg_value *out);

#endif
