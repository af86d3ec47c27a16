/* SPDX-License-Identifier: MIT
 * The syntax tree: one node type for everything, made by the grammar and by the YAML reader, read by resolve,
 * check, eval and print. Nodes live in the compilation's arena and are never freed one by one.
 *
 * The table below is the contract: for every kind, what `sym`, the payload and each `kid` hold. A kid that may be
 * absent is NULL. "name" below means a symbol id of the compilation's table (struct tg_names).
 * `slot` and `data` belong to resolve and check; parsers leave them zero (but see `str`). */
#ifndef TG_TREE_AST_H
#define TG_TREE_AST_H

#include <stdint.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/names.h"
#include "engine/base/arena.h"
#include "engine/base/vec.h"

enum tg_node_kind {
    TG_N_NONE,
    /* -- expressions: literals */
    TG_N_NIL,
    TG_N_BOOL,     /* i: 0 or 1 */
    TG_N_INT,      /* i; flags TG_F_SIZE if written as a size (4MiB) */
    TG_N_FLOAT,    /* f; flags TG_F_DURATION if written as a duration (10s) */
    TG_N_STR,      /* str, length in `aux`: the text after escapes; flags TG_F_RAW, TG_F_TRIPLE as written */
    TG_N_TEMPLATE, /* "text ${e}": kids are TG_N_STR and expressions, in order; flags TG_F_TRIPLE */
    /* -- expressions: names and literals with parts */
    TG_N_NAME,     /* sym */
    TG_N_LIST,     /* kids: items */
    TG_N_RECORD,   /* kids: TG_N_ENTRY */
    TG_N_ENTRY,    /* sym: key; kid 0: value; flags TG_F_QUOTED if the key was written as "text" */
    TG_N_RANGE,    /* a..b: kid 0, kid 1 */
    TG_N_COMP,     /* [e for .. if ..]: kid 0: e; kids 1..: TG_N_CFOR, TG_N_CIF in the order written */
    TG_N_CFOR,     /* kid 0: TG_N_TARGETS; kid 1: what is iterated */
    TG_N_CIF,      /* kid 0: condition */
    /* -- expressions: operators */
    TG_N_UNARY,    /* op: TG_OP_NEG POS NOT; kid 0 */
    TG_N_BINARY,   /* op: arithmetic, comparison, TG_OP_IN, TG_OP_NOT_IN; kid 0, kid 1 */
    TG_N_LOGIC,    /* op: TG_OP_AND, TG_OP_OR; kid 0, kid 1 */
    TG_N_CHAIN,    /* a < b <= c: kids: TG_N_BINARY nodes a<b, b<=c that share the middle operand's node */
    TG_N_INDEX,    /* kid 0 [kid 1] */
    TG_N_SLICE,    /* kid 0 [kid 1 : kid 2 : kid 3]; kids 1 to 3 may be NULL */
    TG_N_FIELD,    /* kid 0 .sym; aux: span start of the name */
    TG_N_CALL,     /* kid 0: callee; kids 1..: arguments, a keyword one as TG_N_KEYWORD */
    TG_N_KEYWORD,  /* sym = kid 0 */
    TG_N_LAMBDA,   /* fn(p, q) = e, fn(p) { .. }: kid 0: TG_N_PARAMS; kid 1: body (expression or TG_N_BLOCK) */
    TG_N_OPTIONED, /* e with a = 1: kid 0: e; kid 1: TG_N_OPTIONS */
    /* -- expressions and statements */
    TG_N_IF,       /* kid 0: condition; kid 1: TG_N_BLOCK; kid 2: TG_N_BLOCK, TG_N_IF (else if) or NULL */
    TG_N_BLOCK,    /* kids: statements; its value is that of the last one, if an expression */
    /* -- statements */
    TG_N_USE,      /* str/aux: the plugin's name or path; sym: the alias or TG_NO_NAME; flags TG_F_QUOTED: a path */
    TG_N_IMPORT,   /* str/aux: path; sym: the name */
    TG_N_PARAM,    /* sym; str/aux: help (str NULL: none); kid 0: TG_N_TYPE; kid 1: default; kid 2: choices (`in`) */
    TG_N_ASSIGN,   /* kid 0: TG_N_TARGETS; kid 1: value */
    TG_N_AUGMENT,  /* sym; op: arithmetic; kid 0: value; aux: span start of the name */
    TG_N_OUTPUT,   /* sym; kid 0: value or NULL (the variable of that name) */
    TG_N_FN,       /* sym; kid 0: TG_N_PARAMS; kid 1: body (expression or TG_N_BLOCK); flags TG_F_EQUALS: fn f(x) = e */
    TG_N_TASK,     /* sym; kid 0: TG_N_PARAMS (typed); kid 1: TG_N_RESULT; kid 2: TG_N_OPTIONS or NULL; kids 3..:
                      TG_N_RUN, TG_N_SH */
    TG_N_FOR,      /* kid 0: TG_N_TARGETS; kid 1: what is iterated; kid 2: TG_N_BLOCK */
    TG_N_WHILE,    /* kid 0: condition; kid 1: TG_N_BLOCK */
    TG_N_WITH,     /* kid 0: TG_N_OPTIONS; kid 1: TG_N_BLOCK */
    TG_N_ASSERT,   /* kid 0: condition; kid 1: message or NULL */
    TG_N_EXTERN,   /* str/aux: library; kids: TG_N_TASK without a body (kid 1: TG_N_TYPE, kid 2: NULL) */
    TG_N_RETURN,   /* kid 0: value or NULL */
    TG_N_BREAK,
    TG_N_CONTINUE,
    TG_N_EXPR,     /* an expression as a statement: kid 0 */
    TG_N_ERROR,    /* a statement that could not be read; a diagnostic says why */
    /* -- parts */
    TG_N_TARGETS,  /* kids: TG_N_NAME; one: plain, several: unpacking */
    TG_N_PARAMS,   /* kids: TG_N_PARAMETER */
    TG_N_PARAMETER,/* sym; kid 0: TG_N_TYPE or NULL; kid 1: default or NULL */
    TG_N_TYPE,     /* str/aux: the type term as written */
    TG_N_OPTIONS,  /* kids: TG_N_KEYWORD */
    TG_N_RESULT,   /* of a task: kid 0: TG_N_TYPE (str, int, float, json, list[str], bytes, nil), TG_N_RFILE or
                      TG_N_RECORD whose entries hold TG_N_RFILE */
    TG_N_RFILE,    /* file("path"), list[file]("glob"): kid 0: the path expression; flags TG_F_LIST: list[file] */
    TG_N_RUN,      /* run [..] > out < in: kid 0: the words (an expression that gives a list); kid 1: output or NULL;
                      kid 2: input or NULL */
    TG_N_SH,       /* sh "..": kid 0: TG_N_STR or TG_N_TEMPLATE; kids 1, 2 as TG_N_RUN */
    TG_N_FILE,     /* a whole source file: kids: statements */
};

enum tg_op {
    TG_OP_NONE,
    TG_OP_ADD, TG_OP_SUB, TG_OP_MUL, TG_OP_DIV, TG_OP_FLOORDIV, TG_OP_MOD, TG_OP_POW,
    TG_OP_EQ, TG_OP_NE, TG_OP_LT, TG_OP_LE, TG_OP_GT, TG_OP_GE,
    TG_OP_IN, TG_OP_NOT_IN,
    TG_OP_NEG, TG_OP_POS, TG_OP_NOT,
    TG_OP_AND, TG_OP_OR,
};

/* Flags that parsers set (the high byte is for resolve, check and eval). */
#define TG_F_SIZE 0x01
#define TG_F_DURATION 0x01
#define TG_F_RAW 0x01
#define TG_F_TRIPLE 0x02
#define TG_F_QUOTED 0x01
#define TG_F_EQUALS 0x01
#define TG_F_LIST 0x01
#define TG_F_PARENS 0x10 /* the expression was written in parentheses */

struct tg_node {
    uint8_t kind;   /* enum tg_node_kind */
    uint8_t op;     /* enum tg_op */
    uint16_t flags; /* TG_F_* */
    uint32_t count; /* kids */
    tg_span span;   /* the whole construct; of a statement with a block, its head */
    uint32_t sym;   /* a name */
    uint32_t aux;   /* length of str, or as said at the kind */
    union {
        int64_t i;
        double f;
        const char *str; /* aux bytes, NUL-terminated, in the arena */
        void *data;      /* for the later passes */
    };
    uint32_t slot;  /* for the later passes */
    uint32_t slot2; /* for the later passes */
    struct tg_node *kid[];
};

/* A node with room for `count` kids, all NULL; everything else zero, sym TG_NO_NAME. */
static inline struct tg_node *tg_node_new(struct tg_arena *arena, enum tg_node_kind kind, tg_span span, uint32_t count)
{
    struct tg_node *n = (struct tg_node *)tg_arena_alloc(arena, sizeof *n + count * sizeof n->kid[0]);
    memset(n, 0, sizeof *n + count * sizeof n->kid[0]);
    n->kind = (uint8_t)kind;
    n->count = count;
    n->span = span;
    n->sym = TG_NO_NAME;
    return n;
}

/* "a name", "a 'for' loop", ...: for messages. */
const char *tg_node_kind_name(enum tg_node_kind kind);
/* "+", "<=", "not in", ... */
const char *tg_op_text(enum tg_op op);

/* A comment, kept for `tgrun fmt` and `tgrun convert`. */
struct tg_comment {
    tg_span span;     /* from the '#' to the end of the line, without the newline */
    bool own_line;    /* nothing but blanks before it on its line */
};

/* What reading one source gives. */
struct tg_tree {
    struct tg_node *file;           /* TG_N_FILE; also after errors (then with what could be read) */
    TG_VEC(struct tg_comment) comments; /* in order; only when asked for */
    bool yaml;                      /* read from YAML: literals are not in the source as `.tg` writes them */
};

struct tg_diags;
struct tg_source;

/* The state every front end shares: names, memory, messages. */
struct tg_parse {
    struct tg_arena *arena;   /* nodes and texts */
    struct tg_names *names;   /* symbols */
    struct tg_diags *diags;
    const struct tg_source *source;
    bool keep_comments;
};

/* Reads a `.tg` text (lex.l, parse.y) or a YAML text (yaml.c) into a tree. Always gives a tree; the errors are in
 * the diagnostics. */
void tg_parse_tg(struct tg_parse *p, struct tg_tree *out);
void tg_parse_yaml(struct tg_parse *p, struct tg_tree *out);
/* Reads a whole YAML text as one value: literals, TG_N_LIST, TG_N_RECORD, no `${..}`. NULL after an error. For files of
 * parameters. */
struct tg_node *tg_parse_yaml_value(struct tg_parse *p);
/* Reads one expression of `.tg` from bytes [start, end) of the source's text; used by the YAML reader for ${..}.
 * Spans are those of the source. NULL after an error, which is in the diagnostics. */
struct tg_node *tg_parse_expression(struct tg_parse *p, uint32_t start, uint32_t end);
/* The same for a text that is not as such in the source (a YAML scalar with escapes): every span becomes `span`. */
struct tg_node *tg_parse_expression_text(struct tg_parse *p, const char *text, size_t length, tg_span span);

#endif
