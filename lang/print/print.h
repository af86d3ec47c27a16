/* SPDX-License-Identifier: MIT
 * The room lang/print: a syntax tree as source text, in both forms: `.tg` in canonical layout (tgrun fmt), or YAML (tgrun
 * convert). This is its door; print.c prints statements and comments, print_expr.c and print_literal.c what stands in them,
 * print_yaml.c and yaml_write*.c make documents of YAML, ydoc.c lays them out.
 *
 * Thread class: owner (of what is printed to). */
#ifndef TG_PRINT_PRINT_H
#define TG_PRINT_PRINT_H

#include "engine/base/buf.h"
#include "lang/tree/ast.h"

/* Canonical `.tg`: 4 spaces, at most 100 columns where it can be broken, comments kept in place, at most one empty line
 * kept between statements. Printing what was read gives the same tree again; printing twice changes nothing. */
void tg_print_tg(struct tg_buf *b, const struct tg_tree *tree, const struct tg_names *names, const struct tg_source *source);
/* The YAML form of the same program; comments become YAML comments where a statement stood. */
void tg_print_yaml(struct tg_buf *b, const struct tg_tree *tree, const struct tg_names *names, const struct tg_source *source);
/* One expression as `.tg` source text on one line. */
void tg_print_expression(struct tg_buf *b, const struct tg_ast *node, const struct tg_names *names);

#endif
