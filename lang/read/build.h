/* SPDX-License-Identifier: MIT
 * Builders of syntax tree nodes: what the grammar's actions call. Private to the reader of `.tg`.
 *
 * While it is not yet part of another, a node's `levels` holds how many levels of nesting are below it; whoever takes it
 * as a kid sets it back to zero. */
#ifndef TG_READ_BUILD_H
#define TG_READ_BUILD_H

#include "lang/read/reader.h"

static inline tg_span tg_span_to(tg_span from, tg_span to)
{
    return (tg_span){from.start, to.end};
}
static inline const char *tg_build_name_text(const struct tg_reader *r, uint32_t name)
{
    return tg_names_get(r->p->names, name)->text;
}

/* A part of a list under way. */
static inline void tg_build_push(struct tg_reader *r, struct tg_ast *kid)
{
    tg_vec_push(&r->kids, kid);
}
/* An error for each `if` without `else` that was read since and is not `statement` itself (NULL: an expression). */
void tg_build_tell_bare_ifs(struct tg_reader *r, const struct tg_ast *statement);
/* A whole statement: of a block, and of the file. */
void tg_build_push_statement(struct tg_reader *r, struct tg_ast *statement);
void tg_build_file_statement(struct tg_reader *r, struct tg_ast *statement);

/* A node with up to two kids, as many as its kind has. */
struct tg_ast *tg_build(struct tg_reader *r, enum tg_ast_kind kind, tg_span span, struct tg_ast *a, struct tg_ast *b);
struct tg_ast *tg_build_three(struct tg_reader *r, enum tg_ast_kind kind, tg_span span, struct tg_ast *a, struct tg_ast *b,
                              struct tg_ast *c);
struct tg_ast *tg_build_named(struct tg_reader *r, enum tg_ast_kind kind, tg_span span, uint32_t name, struct tg_ast *a,
                              struct tg_ast *b);
/* A node of `first` (unless NULL) and the newest `count` pushed ones. */
struct tg_ast *tg_build_list(struct tg_reader *r, enum tg_ast_kind kind, tg_span span, struct tg_ast *first, uint32_t count);
struct tg_ast *tg_build_error(struct tg_reader *r, tg_span span);

/* Statements. */
struct tg_ast *tg_build_statement(struct tg_reader *r, struct tg_ast *expr);
struct tg_ast *tg_build_target(struct tg_reader *r, struct tg_ast *expr);
struct tg_ast *tg_build_targets(struct tg_reader *r, tg_span span, uint32_t count);
struct tg_ast *tg_build_assign(struct tg_reader *r, tg_span span, struct tg_ast *targets, struct tg_ast *value);
struct tg_ast *tg_build_augment(struct tg_reader *r, tg_span span, struct tg_ast *target, uint32_t op, struct tg_ast *value);
/* A function of `outcome`; the span is that of the word. */
struct tg_ast *tg_build_finally(struct tg_reader *r, tg_span span, struct tg_ast *block);
struct tg_ast *tg_build_task(struct tg_reader *r, tg_span span, uint32_t name, struct tg_ast *params, struct tg_ast *result,
                             struct tg_ast *options, struct tg_ast *body);
/* Of the newest `count` pushed ones, the parts of a pipeline with what they read and write. */
/* `serve words`, as the body of a task. */
struct tg_ast *tg_build_server(struct tg_reader *r, tg_span span, struct tg_ast *words, uint16_t flags);
struct tg_ast *tg_build_step(struct tg_reader *r, enum tg_ast_kind kind, tg_span span, uint32_t count);
struct tg_ast *tg_build_extern(struct tg_reader *r, tg_span span, struct tg_ast *library, uint32_t count);
struct tg_ast *tg_build_use(struct tg_reader *r, tg_span span, struct tg_ast *what, uint32_t alias);
struct tg_ast *tg_build_import(struct tg_reader *r, tg_span span, struct tg_ast *path, uint32_t name);
struct tg_ast *tg_build_param(struct tg_reader *r, tg_span span, uint32_t name, struct tg_ast *type, struct tg_ast *choices,
                              struct tg_ast *default_value, struct tg_ast *help);
struct tg_ast *tg_build_type(struct tg_reader *r, tg_span span, const char *text);
struct tg_ast *tg_build_type_of(struct tg_reader *r, tg_span span, uint32_t name, struct tg_ast *element);
struct tg_ast *tg_build_type_or_nil(struct tg_reader *r, tg_span span, struct tg_ast *type);
struct tg_ast *tg_build_result_file(struct tg_reader *r, tg_span span, uint32_t name, struct tg_ast *element,
                                    struct tg_ast *path);

/* Expressions. */
struct tg_ast *tg_build_name(struct tg_reader *r, tg_span span, uint32_t name);
struct tg_ast *tg_build_bool(struct tg_reader *r, tg_span span, bool value);
struct tg_ast *tg_build_text(struct tg_reader *r, tg_span span, uint32_t count, uint16_t flags);
/* A text that must be known: an error if it has ${..}. */
struct tg_ast *tg_build_plain(struct tg_reader *r, struct tg_ast *text);
/* With a key that is evaluated, if the text has ${..}. */
struct tg_ast *tg_build_text_entry(struct tg_reader *r, tg_span span, struct tg_ast *key, struct tg_ast *value);
struct tg_ast *tg_build_record_comp(struct tg_reader *r, tg_span span, struct tg_ast *entry, uint32_t clauses);
struct tg_ast *tg_build_call(struct tg_reader *r, tg_span span, struct tg_ast *callee, uint32_t count);
struct tg_ast *tg_build_subscript(struct tg_reader *r, tg_span span, struct tg_ast *of, struct tg_ast *subscript);
struct tg_ast *tg_build_slice(struct tg_reader *r, tg_span span, struct tg_ast *from, struct tg_ast *to, struct tg_ast *step);
struct tg_ast *tg_build_field(struct tg_reader *r, tg_span span, struct tg_ast *of, tg_span name_span, uint32_t name);
struct tg_ast *tg_build_unary(struct tg_reader *r, tg_span span, enum tg_op op, struct tg_ast *operand);
struct tg_ast *tg_build_binary(struct tg_reader *r, tg_span span, enum tg_op op, struct tg_ast *left, struct tg_ast *right);
struct tg_ast *tg_build_compare(struct tg_reader *r, tg_span span, enum tg_op op, struct tg_ast *left, struct tg_ast *right);
struct tg_ast *tg_build_logic(struct tg_reader *r, tg_span span, enum tg_op op, struct tg_ast *left, struct tg_ast *right);
/* expr with the newest `count` options, which stand at options_span. */
struct tg_ast *tg_build_optioned(struct tg_reader *r, tg_span span, struct tg_ast *expr, tg_span options_span, uint32_t count);
struct tg_ast *tg_build_else_if(struct tg_reader *r, tg_span span, struct tg_ast *condition, struct tg_ast *block,
                                struct tg_ast *otherwise);

#endif
