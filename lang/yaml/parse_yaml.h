/* SPDX-License-Identifier: MIT
 * Reading YAML: text to tree. Thread class: owner (of what struct tg_parse names). */
#ifndef TG_YAML_PARSE_YAML_H
#define TG_YAML_PARSE_YAML_H

#include "lang/tree/ast.h"

/* Reads a whole workflow. Always gives a tree; the errors are in the diagnostics. */
void tg_parse_yaml(struct tg_parse *p, struct tg_tree *out);
/* Reads a whole text as one value: literals, TG_N_LIST, TG_N_RECORD, no `${..}`. NULL after an error. For files of
 * parameters. */
struct tg_ast *tg_parse_yaml_value(struct tg_parse *p);

#endif
