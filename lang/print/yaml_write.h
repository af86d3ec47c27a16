/* SPDX-License-Identifier: MIT
 * Writing YAML, shared by print_yaml.c (the file), yaml_write.c (values) and yaml_write_call.c (calls and
 * declarations). Private to these. Thread class: owner. */
#ifndef TG_LANG_YAML_WRITER_H
#define TG_LANG_YAML_WRITER_H

#include "lang/print/printer.h"
#include "lang/print/ydoc.h"
#include "lang/yaml/yaml.h"

struct writer {
    struct tg_arena arena; /* the document */
    const struct tg_tree *tree;
    const struct tg_names *names;
    const struct tg_source *source;
    size_t next, end;   /* comments not taken yet */
    struct tg_buf text; /* scratch */
};
typedef struct tg_ydoc doc;

/* yaml_write.c */
doc *tg_yaml_write_word(struct writer *w, const char *text);
doc *tg_yaml_write_text(struct writer *w, const char *bytes, size_t length);
doc *tg_yaml_write_name(struct writer *w, uint32_t sym);
const char *tg_yaml_write_name_text(struct writer *w, uint32_t sym);
/* ${..} */
doc *tg_yaml_write_expression(struct writer *w, const struct tg_ast *n);
/* TG_N_STR or TG_N_TEMPLATE where a text is wanted, so that one ${..} alone is a text too. */
doc *tg_yaml_write_string(struct writer *w, const struct tg_ast *n);
/* Any value; unit_allowed: durations and sizes may stand as such. */
doc *tg_yaml_write_value(struct writer *w, const struct tg_ast *n, bool unit_allowed);
doc *tg_yaml_write_data(struct writer *w, const struct tg_ast *n);
void tg_yaml_write_put(struct writer *w, doc *map, const char *key, doc *v);
void tg_yaml_write_put_name(struct writer *w, doc *map, uint32_t sym, doc *v);
doc *tg_yaml_write_options(struct writer *w, const struct tg_ast *n);
/* Does a name stand twice among entries, parameters or arguments? Long ones are not looked at. */
bool tg_yaml_write_has_twins(struct tg_kids kids);
doc *tg_yaml_write_type(struct writer *w, const struct tg_ast *n);
doc *tg_yaml_write_params(struct writer *w, const struct tg_ast *n);
const char *tg_yaml_write_targets(struct writer *w, const struct tg_ast *n);
/* The comments that begin before `until` end here; gives d those from one to another. */
size_t tg_yaml_write_comments_until(const struct writer *w, uint32_t until);
void tg_yaml_write_add_comments(struct writer *w, doc *d, size_t from, size_t to);
/* Gives d the comments that begin before `until`; one that shares a line with what was just written. */
void tg_yaml_write_take_comments(struct writer *w, doc *d, uint32_t until);
void tg_yaml_write_take_trailing(struct writer *w, doc *d);

/* yaml_write_call.c */
doc *tg_yaml_write_call(struct writer *w, const struct tg_ast *n);
doc *tg_yaml_write_declaration(struct writer *w, const struct tg_ast *n);
/* A printer for statements as `.tg`, with the comments that are left; what it printed, as a text. */
struct tg_printer tg_yaml_write_printer(struct writer *w, struct tg_buf *b);
doc *tg_yaml_write_printed(struct writer *w, struct tg_buf *b);

#endif
