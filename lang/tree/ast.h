/* SPDX-License-Identifier: MIT
 * The room lang/tree: the syntax tree, one node type for everything, made by the readers of `.tg` and YAML, read by resolve,
 * check, eval and print. Nodes live in the compilation's arena and are never freed one by one.
 *
 * kinds.h says which kids a kind has; outside of lang/tree and lang/read they are reached by their names, tg_n_for_body(n),
 * or one after the other by struct tg_visit. */
#ifndef TG_TREE_AST_H
#define TG_TREE_AST_H

#include <stdint.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/assert.h"
#include "engine/base/err.h"
#include "engine/base/names.h"
#include "engine/base/vec.h"
#include "lang/tree/kinds.h"

#define TG_ROW_ENUM(name, text, kids, traits) TG_N_##name,
#define TG_ROW_NONE(name, in, at, of)
enum tg_ast_kind { TG_NODE_TABLE(TG_ROW_ENUM, TG_ROW_NONE, TG_ROW_NONE, TG_ROW_NONE) TG_N_COUNT };

_Static_assert(TG_N_COUNT <= 64, "a set of kinds is a word");
_Static_assert(TG_N_NONE == 0 && TG_N_NIL == 1 && TG_N_BLOCK == TG_N_IF + 1 && TG_N_USE == TG_N_BLOCK + 1 &&
                   TG_N_TARGETS == TG_N_ERROR + 1,
               "expressions, then what is both, then statements, then parts");

enum tg_op {
    TG_OP_NONE,
    /* clang-format off */
    TG_OP_ADD, TG_OP_SUB, TG_OP_MUL, TG_OP_DIV, TG_OP_FLOORDIV, TG_OP_MOD, TG_OP_POW,
    TG_OP_EQ, TG_OP_NE, TG_OP_LT, TG_OP_LE, TG_OP_GT, TG_OP_GE,
    TG_OP_IN, TG_OP_NOT_IN,
    TG_OP_NEG, TG_OP_POS, TG_OP_NOT,
    TG_OP_AND, TG_OP_OR,
    /* clang-format on */
};

/* Flags of a node, a bit each. Readers set the first eight, resolve and check the others, TG_F_LATER. */
#define TG_F_LATER 0xff00
#define TG_F_SIZE 0x0001     /* an int written as a size: 4MiB */
#define TG_F_DURATION 0x0002 /* a float written as a duration: 10s */
#define TG_F_RAW 0x0004      /* r"text" */
#define TG_F_TRIPLE 0x0008   /* """text""" */
#define TG_F_QUOTED 0x0010   /* a key or path written as "text" */
#define TG_F_EQUALS 0x0020   /* fn f(x) = e */
#define TG_F_LIST 0x0040     /* list[file] */
#define TG_F_SERVES TG_F_LIST   /* of a TG_N_RUN: its program stays, and is asked */
#define TG_F_EFFECT TG_F_EQUALS /* likewise: `effect serve` */
#define TG_F_PARENS 0x0080   /* the expression was written in parentheses */
#define TG_F_STATIC 0x0100   /* a TG_N_FIELD that names something of a module or plugin */
#define TG_F_IMPLICIT 0x0200 /* an `output x` without a value */
#define TG_F_RAW_CALL 0x0400 /* `raw(x)` in the text of an `sh` */
#define TG_F_SIMPLE 0x0800   /* a call with positional arguments only, one for each parameter */
#define TG_F_ATTEMPTS 0x1000 /* a list, comprehension or `map` whose items may fail one by one: the argument of `first` */
#define TG_F_LAST 0x2000     /* a name: its variable is bound anew before it is read again, or never read again */

/* Where several names share a place, the kind says which is meant. What resolve and check set is zero before. */
struct tg_ast {
    uint8_t kind;            /* enum tg_ast_kind */
    union {
        uint8_t op;          /* enum tg_op: of an operator */
        uint8_t ref;         /* enum tg_ref, set by resolve: what a TG_N_NAME, or TG_F_STATIC TG_N_FIELD, names */
    };
    uint16_t flags;          /* TG_F_* */
    uint32_t kid_count;
    tg_span span;            /* the whole construct; of a statement with a block, its head */
    uint32_t sym;            /* a symbol of the compilation's table (struct tg_names), or TG_NO_NAME */
    union {
        uint32_t length;     /* of text */
        uint32_t name_start; /* TG_N_FIELD, TG_N_AUGMENT: where the span of its name starts; 0: unknown */
        uint32_t for_commands; /* TG_N_CALL, set by check: 1 + the symbol of an option at it that is for commands; 0: none */
    };
    union {
        int64_t i;
        double f;
        const char *text;    /* `length` bytes and a NUL, in the arena; NULL: none */
        /* Set by resolve: */
        void *meaning;       /* of a TG_N_NAME or TG_N_FIELD: as `ref` says, the fields below */
        struct tg_module *module;         /* TG_REF_GLOBAL: whose variable; TG_REF_MODULE; TG_N_IMPORT */
        const struct tg_def *def;         /* TG_REF_TASK; NULL after an error */
        const struct tg_builtin *builtin; /* TG_REF_BUILTIN */
        const struct tg_loaded *plugin;   /* TG_REF_PLUGIN */
        struct tg_fn *fn;                 /* TG_REF_FN; TG_N_FN, TG_N_LAMBDA, TG_N_FINALLY */
        struct tg_region *region;         /* TG_N_IF, FOR, WHILE, COMP, LOGIC, CHAIN, CALL of `try` */
        const struct tg_type *type;       /* TG_N_TYPE: in place of its text */
        const struct tg_fit *fit;         /* TG_N_PARAMETER of a function; NULL: it takes anything */
        const struct tg_late *late;       /* TG_N_KEYWORD, TG_N_ENTRY of a command's options; NULL: it is known at its calls */
    };
    union {
        uint32_t slot;       /* set by resolve: a variable's place in its frame */
        uint32_t constant;   /* TG_N_STR, set by resolve: its number among the constants */
        uint32_t loose;      /* TG_N_TASK: its last parameters that are variables of the file, which YAML passes on */
        uint32_t site;       /* TG_N_CALL, set by eval: of its tasks, 0: none yet */
    };
    union {
        uint32_t group;        /* TG_N_FOR, WHILE, COMP, set by resolve: of what is made in it */
        uint32_t ordered;      /* TG_N_BLOCK, set by resolve: its statements are ones of an `in_order` */
        uint32_t site_options; /* TG_N_CALL, set by eval: under which `site` was made */
        uint32_t inner_slot;   /* a variable that a command uses, set by resolve: its place in the command's frame */
        uint32_t levels;       /* while it is built: of nesting below it */
    };
    struct tg_ast *kid[];
};
_Static_assert(sizeof(struct tg_ast) == 40, "half a line of the cache, with the first kids");

/* A node with room for this many kids, all NULL; everything else zero, sym TG_NO_NAME. */
static inline struct tg_ast *tg_ast_alloc(struct tg_arena *arena, enum tg_ast_kind kind, tg_span span, uint32_t kid_count)
{
    struct tg_ast *n = (struct tg_ast *)tg_arena_alloc(arena, sizeof *n + kid_count * sizeof n->kid[0]);
    memset(n, 0, sizeof *n + kid_count * sizeof n->kid[0]);
    n->kind = (uint8_t)kind;
    n->kid_count = kid_count;
    n->span = span;
    n->sym = TG_NO_NAME;
    return n;
}

/* ---- kids by name -------------------------------------------------------------------------------- */

static inline bool tg_ast_is(const struct tg_ast *n, uint64_t kinds)
{
    return kinds >> n->kind & 1;
}

static inline bool tg_ast_has(const struct tg_ast *n, uint64_t kinds, uint32_t kids)
{
    return tg_ast_is(n, kinds) && n->kid_count >= kids;
}

/* Kids of which there may be any number. */
struct tg_kids {
    struct tg_ast **items;
    uint32_t count;
};

/* tg_n_for_body(n), and tg_n_set_for_body(n, kid). */
#define TG_ROW_KID(name, in, at, of)                                           \
    static inline struct tg_ast *tg_n_##name(const struct tg_ast *n)         \
    {                                                                          \
        TG_ASSERT(tg_ast_has(n, (in), (at) + 1));                             \
        return n->kid[at];                                                     \
    }                                                                          \
    static inline void tg_n_set_##name(struct tg_ast *n, struct tg_ast *kid) \
    {                                                                          \
        TG_ASSERT(tg_ast_has(n, (in), (at) + 1));                             \
        n->kid[at] = kid;                                                      \
    }
/* tg_n_list_items(n) */
#define TG_ROW_KIDS(name, in, from, of)                                                 \
    static inline struct tg_kids tg_n_##name(const struct tg_ast *n)                   \
    {                                                                                   \
        TG_ASSERT(tg_ast_has(n, (in), (from)));                                        \
        return (struct tg_kids){(struct tg_ast **)n->kid + (from), n->kid_count - (from)}; \
    }
#define TG_ROW_SKIP(name, text, kids, traits)
TG_NODE_TABLE(TG_ROW_SKIP, TG_ROW_KID, TG_ROW_KID, TG_ROW_KIDS)

/* The value of an entry of a record, whatever its key is. */
static inline struct tg_ast *tg_n_record_value(const struct tg_ast *entry)
{
    return entry->kind == TG_N_PAIR ? tg_n_pair_value(entry) : tg_n_entry_value(entry);
}

/* Does a comprehension give a record? */
static inline bool tg_n_comp_is_record(const struct tg_ast *n)
{
    return tg_n_comp_item(n)->kind == TG_N_PAIR;
}

static inline struct tg_ast *tg_n_loop_body(const struct tg_ast *n)
{
    return n->kind == TG_N_FOR ? tg_n_for_body(n) : tg_n_while_body(n);
}

/* The value of an argument, with a name or without. */
static inline struct tg_ast *tg_n_arg_value(struct tg_ast *arg)
{
    return arg->kind == TG_N_KEYWORD ? tg_n_keyword_value(arg) : arg;
}

/* Of a < b <= c: a, b, c; one more than links. */
static inline struct tg_ast *tg_n_chain_operand(const struct tg_ast *n, uint32_t i)
{
    struct tg_kids links = tg_n_chain_links(n);
    TG_ASSERT(i <= links.count);
    return i == 0 ? tg_n_binary_left(links.items[0]) : tg_n_binary_right(links.items[i - 1]);
}

/* ---- all kids ------------------------------------------------------------------------------------ */

/* Goes through the kids that are there, in order; of a chain through its operands, each once:
 * for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) walk(k.kid); */
struct tg_visit {
    struct tg_ast *const *next, *const *end;
    bool chain;            /* its links are gone through, for their right operands */
    struct tg_ast *first; /* of a chain: its first operand, until it was the kid */
    struct tg_ast *kid;
};

static inline struct tg_visit tg_visit_kids(const struct tg_ast *n)
{
    bool chain = n->kind == TG_N_CHAIN;
    return (struct tg_visit){.next = n->kid, .end = n->kid + n->kid_count, .chain = chain,
                             .first = chain ? tg_n_chain_operand(n, 0) : NULL};
}

static inline bool tg_visit_next(struct tg_visit *v)
{
    if (v->chain) {
        v->kid = v->first;
        v->first = NULL;
        if (!v->kid && v->next < v->end) v->kid = tg_n_binary_right(*v->next++);
        return v->kid != NULL;
    }
    while (v->next < v->end)
        if ((v->kid = *v->next++)) return true;
    return false;
}

/* The same from the last kid to the first; not of a chain. */
static inline bool tg_visit_back(struct tg_visit *v)
{
    TG_ASSERT(!v->chain);
    while (v->next < v->end)
        if ((v->kid = *--v->end)) return true;
    return false;
}

/* ---- what the table says ------------------------------------------------------------------------- */

#define TG_ROW_COUNT(name, text, kids, traits) [TG_N_##name] = (kids),
#define TG_ROW_TRAITS(name, text, kids, traits) [TG_N_##name] = (traits),

/* How many kids a kind has at least; its TG_K_*. */
static inline uint32_t tg_ast_least_kids(enum tg_ast_kind kind)
{
    static const uint8_t counts[] = {TG_NODE_TABLE(TG_ROW_COUNT, TG_ROW_NONE, TG_ROW_NONE, TG_ROW_NONE)};
    return counts[kind];
}
static inline uint32_t tg_ast_traits(enum tg_ast_kind kind)
{
    static const uint8_t traits[] = {TG_NODE_TABLE(TG_ROW_TRAITS, TG_ROW_NONE, TG_ROW_NONE, TG_ROW_NONE)};
    return traits[kind];
}
/* "a 'for' loop", for messages. */
const char *tg_ast_kind_name(enum tg_ast_kind kind);

/* A new node; its kids, as many as its kind always has, are to be set. */
static inline struct tg_ast *tg_ast_new(struct tg_arena *arena, enum tg_ast_kind kind, tg_span span)
{
    return tg_ast_alloc(arena, kind, span, tg_ast_least_kids(kind));
}
/* The same with this many in its list, too. */
static inline struct tg_ast *tg_ast_new_list(struct tg_arena *arena, enum tg_ast_kind kind, tg_span span, uint32_t count)
{
    return tg_ast_alloc(arena, kind, span, tg_ast_least_kids(kind) + count);
}
/* A new node with all of its kids. */
static inline struct tg_ast *tg_ast_new_of(struct tg_arena *arena, enum tg_ast_kind kind, tg_span span, struct tg_kids kids)
{
    struct tg_ast *n = tg_ast_alloc(arena, kind, span, kids.count);
    TG_ASSERT(kids.count >= tg_ast_least_kids(kind));
    if (kids.count) memcpy(n->kid, kids.items, kids.count * sizeof n->kid[0]);
    return n;
}
/* "+", "<=", "not in", ... */
const char *tg_ast_op_text(enum tg_op op);
/* True if the whole tree, as a reader has made it, keeps the table's rules: number and kinds of kids, which of them may be
 * missing, which fields are set; and leaves those of the later passes alone. */
bool tg_ast_is_sound(const struct tg_ast *n);

/* ---- reading ------------------------------------------------------------------------------------- */

/* A comment, kept for `tgrun fmt` and `tgrun convert`. */
struct tg_comment {
    tg_span span;     /* from the '#' to the end of the line, without the newline */
    bool own_line;    /* nothing but blanks before it on its line */
};

/* Where a YAML file has statements as `.tg` text, and how many columns YAML takes off each of its lines. */
struct tg_passage {
    tg_span span;
    uint32_t indent;
};

/* What reading one source gives. */
struct tg_tree {
    struct tg_ast *file;           /* TG_N_FILE; also after errors (then with what could be read) */
    TG_VEC(struct tg_comment) comments; /* in order; only when asked for */
    bool yaml;                      /* read from YAML: what is not in a passage is not `.tg` in the source */
    const struct tg_passage *passages; /* in order, in the arena */
    size_t passage_count;
};

struct tg_diags;
struct tg_source;

/* What every reader is given: names, memory, messages. */
struct tg_parse {
    struct tg_arena *arena;   /* nodes and texts */
    struct tg_names *names;   /* symbols */
    struct tg_diags *diags;
    const struct tg_source *source;
    bool keep_comments;
    bool no_aliases; /* of YAML: where nothing is long enough to be repeated, they only make a file large */
};

#endif
