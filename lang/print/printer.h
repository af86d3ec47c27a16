/* SPDX-License-Identifier: MIT
 * Printing `.tg` text, shared by print.c (statements), print_expr.c (expressions), print_literal.c (numbers and texts)
 * and print_yaml.c (which prints the expressions inside ${..}). Private to these. Thread class: owner. */
#ifndef TG_PRINT_PRINTER_H
#define TG_PRINT_PRINTER_H

#include "engine/base/buf.h"
#include "lang/text/source.h"
#include "lang/tree/ast.h"

#define TG_PRINT_COLUMNS 100
#define TG_PRINT_INDENT 4

/* How tightly an expression binds, loosest first, as in parse.y. */
enum tg_level {
    TG_L_WITH,
    TG_L_EXPR,
    TG_L_OR,
    TG_L_AND,
    TG_L_NOT,
    TG_L_COMPARE,
    TG_L_RANGE,
    TG_L_ADD,
    TG_L_MUL,
    TG_L_UNARY,
    TG_L_POW,
    TG_L_POSTFIX,
    TG_L_PRIMARY
};

struct tg_printer {
    struct tg_buf *b;
    const struct tg_names *names;
    const struct tg_tree *tree;     /* NULL: one expression, no comments */
    const struct tg_source *source; /* NULL: literals by value */
    bool values;                    /* texts by value: what is printed stands inside ${..} of YAML */
    bool printable;                 /* only characters that YAML has outside of quotes: it goes into a `|` */
    uint32_t indent;                /* columns */
    size_t line;                    /* offset in b of the current line */
    bool flat;                      /* all on one line, as long as it fits */
    bool over;                      /* flat: it does not fit; what was printed is thrown away */
    size_t columns;                 /* flat: the limit; SIZE_MAX: none */
    bool fresh;                     /* at the start of a block: no empty line here */
    bool commented;                 /* a comment ends the current line */
    size_t next, end;               /* comments of the tree not printed yet: [next, end) */
};

/* print_literal.c */
void tg_printer_int(struct tg_printer *p, const struct tg_ast *n);
void tg_printer_float(struct tg_printer *p, const struct tg_ast *n);
/* A text literal by value, in quotes. */
void tg_printer_text(struct tg_printer *p, const char *text, size_t length);
/* TG_N_STR or TG_N_TEMPLATE, as written where the source has it. */
void tg_printer_string(struct tg_printer *p, const struct tg_ast *n);
/* The shortest digits that read back as the same float; always with a point or exponent. */
void tg_printer_double(struct tg_buf *b, double value);

/* print_expr.c */
void tg_printer_expr(struct tg_printer *p, const struct tg_ast *n, enum tg_level level, size_t tail);
/* What stands between `if` or `while` and its block. */
void tg_printer_condition(struct tg_printer *p, const struct tg_ast *n);
/* Comma-separated items between two brackets; broken where they do not fit or hold comments. span: of all of it. */
void tg_printer_items(struct tg_printer *p, const char *open, struct tg_kids items, const char *close, tg_span span);
void tg_printer_options(struct tg_printer *p, const struct tg_ast *options);
void tg_printer_params(struct tg_printer *p, const struct tg_ast *params);

/* print.c */
void tg_print_newline(struct tg_printer *p);
/* { statements }, on one line in flat mode. */
void tg_print_block(struct tg_printer *p, const struct tg_ast *block);
/* The statements of a block without its braces. */
void tg_print_body(struct tg_printer *p, const struct tg_ast *block);
/* Comments that begin before `until`, each on the line that was begun or on an own line. */
void tg_print_comments(struct tg_printer *p, uint32_t until);
bool tg_print_has_comments(const struct tg_printer *p, tg_span span);
/* Offset of the '}' that closes the body which begins or goes on at `from`; 0 if it cannot be told. */
uint32_t tg_print_body_end(const struct tg_printer *p, uint32_t from);
/* The end of everything in the node. */
uint32_t tg_print_extent(const struct tg_ast *n);

/* Is what stands at this place `.tg` text? *indent (unless NULL): columns that are YAML's on each of its lines. */
bool tg_print_is_tg(const struct tg_printer *p, uint32_t offset, uint32_t *indent);
/* Columns before an offset on its line. */
uint32_t tg_print_source_column(const struct tg_source *source, uint32_t offset);

/* The comments that belong to each statement of a file, whatever the order of the statements in the text. */
struct tg_windows {
    size_t *first; /* count + 1; those of statement i: [first[i], last[i]) */
    size_t *last;
    size_t count;
};
struct tg_windows tg_print_windows(const struct tg_tree *tree, const struct tg_source *source);
/* Statement i of the file on a line of its own, with its comments. */
void tg_print_windowed(struct tg_printer *p, const struct tg_windows *w, uint32_t i);
void tg_print_windows_done(struct tg_windows *w);

static inline void tg_print_word(struct tg_printer *p, const char *text)
{
    tg_buf_text(p->b, text);
}
static inline void tg_print_name(struct tg_printer *p, uint32_t sym)
{
    const struct tg_name *name = tg_names_get(p->names, sym);
    tg_buf_add(p->b, name->text, name->length);
}
static inline size_t tg_print_column(const struct tg_printer *p)
{
    TG_ASSERT(p->line <= p->b->length);
    return p->b->length - p->line;
}

#endif
