/* SPDX-License-Identifier: MIT
 * The room lang/read: a text of `.tg` becomes a tree. This is its door; lex.l and scan.c find the tokens, token.c says what
 * they are, literal.c what numbers and texts mean, parse.y calls the builders of nodes (build.c, build_statement.c), slip.c
 * says what an error is. No names are looked up here, and no types.
 *
 * Thread class: owner (of what struct tg_parse names). */
#ifndef TG_READ_PARSE_TG_H
#define TG_READ_PARSE_TG_H

#include "lang/tree/ast.h"

/* Reads a whole text (lex.l, parse.y). Always gives a tree; the errors are in the diagnostics. */
void tg_parse_tg(struct tg_parse *p, struct tg_tree *out);
/* Reads one expression from bytes [start, end) of the source's text; used by the YAML reader for ${..}. Spans are those of
 * the source. NULL after an error, which is in the diagnostics. */
struct tg_ast *tg_parse_tg_expression(struct tg_parse *p, uint32_t start, uint32_t end);
/* The same for a text that is not as such in the source (a YAML scalar with escapes): every span becomes `span`. */
struct tg_ast *tg_parse_tg_text(struct tg_parse *p, const char *text, size_t length, tg_span span);
/* The same for statements: a TG_N_BLOCK, also after errors. The comments are added to those of `out`, or dropped where
 * they have no place in the source. */
struct tg_ast *tg_parse_tg_block(struct tg_parse *p, uint32_t start, uint32_t end, struct tg_tree *out);
struct tg_ast *tg_parse_tg_block_text(struct tg_parse *p, const char *text, size_t length, tg_span span);

/* An error for options of the file that stand there a second time, or where they read as those of what stands before them. */
void tg_parse_tg_defaults(struct tg_parse *p, const struct tg_tree *tree);

/* A duration as it is written in a workflow, "1.5h" or "500ms", in seconds; false if the text is none. */
bool tg_literal_duration(const char *text, double *seconds);

#endif
