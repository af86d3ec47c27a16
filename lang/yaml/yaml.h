/* SPDX-License-Identifier: MIT
 * The YAML form, shared by its files: yaml.c (entry, sections), yaml_read.c (events to nodes), yaml_hint.c (why a text is
 * no YAML), yaml_keys.c (the table of keys), yaml_plain.c and yaml_value.c (scalars and data), yaml_text.c (texts that read like
 * expressions), yaml_task.c (tasks and commands), yaml_spell.c (items that are text), yaml_statement.c (statements),
 * yaml_order.c (names that are used, order of tasks). Private to these and to their tests. Thread class: owner. */
#ifndef TG_LANG_YAML_H
#define TG_LANG_YAML_H

#include "lang/text/diag.h"
#include "lang/text/source.h"
#include "lang/tree/ast.h"

/* ---- the nodes ----------------------------------------------------------------------------------- */

enum tg_ykind { TG_Y_SCALAR, TG_Y_LIST, TG_Y_MAP, TG_Y_ALIAS };
enum tg_ytag { TG_YT_NONE, TG_YT_STR, TG_YT_INT, TG_YT_FLOAT, TG_YT_BOOL, TG_YT_NULL, TG_YT_MAP, TG_YT_SEQ };

/* Nodes lie in one array in the order of the text: the first item of a list or key of a mapping is at index + 1, what
 * follows a node at `next`. Keys and values of a mapping alternate. */
struct tg_ynode {
    uint8_t kind;    /* enum tg_ykind */
    uint8_t tag;     /* enum tg_ytag */
    bool plain;      /* a scalar without quotes */
    bool verbatim;   /* the scalar's text stands as such in the source; `text` points there */
    uint32_t length; /* of a scalar: bytes; of an alias: the node it stands for */
    uint32_t next;   /* index behind the subtree */
    uint32_t count;  /* items; keys of a mapping; of a key: its symbol (tg_yaml_entries) */
    tg_span span;
    const char *text; /* of a scalar; not NUL-terminated */
};

/* ---- the table of keys --------------------------------------------------------------------------- */

/* The places where a mapping has fixed keys. */
enum tg_yplace {
    TG_YP_FILE,
    TG_YP_USE,
    TG_YP_PARAM,
    TG_YP_FUNCTION,
    TG_YP_PARAMETER,
    TG_YP_ARGUMENT,
    TG_YP_COMMAND,
    TG_YP_PROGRAM,
    TG_YP_INPUT,
    TG_YP_RESULT,
    TG_YP_EXTERN,
    TG_YP_TASK,
    TG_YP_COUNT
};

/* Every fixed key, once for all places: X(enumerator, text). */
/* clang-format off */
#define TG_YAML_KEYS(X)                                                                                         \
    X(USE, "use") X(IMPORT, "import") X(PARAMS, "params") X(FUNCTIONS, "functions") X(COMMANDS, "commands")     \
    X(EXTERN, "extern") X(TASKS, "tasks") X(STEPS, "steps") X(OUTPUTS, "outputs") X(PLUGIN, "plugin")           \
    X(PATH, "path") X(AS, "as") X(TYPE, "type") X(DEFAULT, "default") X(IN, "in") X(HELP, "help")               \
    X(VALUE, "value") X(DO, "do") X(NAME, "name") X(RESULT, "result") X(WITH, "with") X(RUN, "run") X(SH, "sh") \
    X(PIPE, "pipe") X(TEXT, "text")                                                                             \
    X(OUT, "out") X(FILE, "file") X(FILES, "files") X(CALL, "call") X(ARGS, "args") X(KWARGS, "kwargs")         \
    X(REDUCE, "reduce") X(FOLD, "fold") X(OVER, "over") X(ARITY, "arity") X(INIT, "init") X(FOR, "for")         \
    X(IF, "if") X(PROGRAM, "program") X(FINALLY, "finally") X(SERVE, "serve") X(EFFECT, "effect")
enum tg_ykey {
#define X(name, text) TG_YK_##name,
    TG_YAML_KEYS(X)
#undef X
    TG_YK_COUNT
};
/* clang-format on */

/* One key at one place. A form is what the mapping is (a call, a command, ..): the key that leads decides. */
struct tg_ykey_row {
    uint8_t key;     /* enum tg_ykey */
    uint32_t leads;  /* the form it decides for; 0: none */
    uint32_t forms;  /* the forms it may stand in */
    uint32_t needed; /* the forms that cannot do without it */
};
struct tg_yplace_row {
    const char *id;      /* name of its definition in docs/tgrun.schema.json */
    const char *what;    /* "a task" */
    const char *missing; /* what to write when nothing leads */
    const struct tg_ykey_row *rows;
    size_t count;
};
const struct tg_yplace_row *tg_yaml_place(enum tg_yplace place);
const char *tg_yaml_key_text(enum tg_ykey key);

/* A mapping with fixed keys, taken apart. */
struct tg_yform {
    uint32_t form;               /* TG_YF_*; 0 after an error */
    uint32_t lead;               /* enum tg_ykey */
    tg_span span;                /* of the leading key, or of the mapping */
    uint32_t value[TG_YK_COUNT]; /* node index; 0: not there */
    tg_span key[TG_YK_COUNT];
};

/* clang-format off */
enum {
    TG_YF_ANY = 1u << 0,
    TG_YF_CALL = 1u << 1, TG_YF_REDUCE = 1u << 2, TG_YF_FOLD = 1u << 3, TG_YF_VALUE = 1u << 4,
    TG_YF_COMMAND = 1u << 5, TG_YF_PROGRAMS = 1u << 6, TG_YF_BODY = 1u << 7,
    TG_YF_SERVER = 1u << 8,
};
/* clang-format on */

/* ---- the state ----------------------------------------------------------------------------------- */

struct tg_yseen {
    uint32_t stamp, node;
};

/* A walk over nodes for the names that they use (yaml_order.c). */
struct tg_yaml_walk {
    void (*found)(void *data, const struct tg_ast *name); /* a TG_N_NAME, or a statement whose `sym` it uses; may be NULL */
    void *data;
    bool callees;           /* also names that are called */
    TG_VEC(uint32_t) bound; /* symbols */
    TG_VEC(uint32_t) depth; /* by symbol: how often it is in there */
};

/* A text without quotes where an expression may be meant, and what binds names around it. */
struct tg_yplain {
    const struct tg_ast *text;
    struct tg_kids binders; /* parameters, clauses */
};

struct tg_yaml {
    struct tg_parse *p;
    struct tg_tree *tree; /* gets the comments; NULL: none are kept */
    const char *text;
    uint32_t length, base;
    bool constants; /* the text is data alone: "${" means nothing */
    TG_VEC(struct tg_ynode) nodes;
    TG_VEC(struct tg_yseen) seen; /* by symbol: keys of the mapping whose keys are being looked at */
    uint32_t stamp;
    TG_VEC(uint32_t) keys;            /* of the mappings being read, outermost first */
    TG_VEC(struct tg_ast *) stack;    /* kids of nodes being built */
    TG_VEC(struct tg_ast *) commands; /* definitions made for inline commands */
    TG_VEC(struct tg_passage) passages;
    TG_VEC(bool) declared; /* by symbol: functions, commands and modules of the file */
    uint32_t out_sym;
    TG_VEC(struct tg_yplain) plain_texts;
    TG_VEC(uint32_t) overs;   /* what the clauses of the comprehension being read are over */
    struct tg_yaml_walk walk; /* for the names that commands inside tasks use; at the end, for those of the file */
};

static inline struct tg_ynode *tg_y(const struct tg_yaml *y, uint32_t i)
{
    return &y->nodes.items[i];
}
/* The node itself, or what an alias stands for. */
static inline uint32_t tg_y_deref(const struct tg_yaml *y, uint32_t i)
{
    return tg_y(y, i)->kind == TG_Y_ALIAS ? tg_y(y, i)->length : i;
}

/* yaml_read.c: fills y->nodes and the comments. False (with a diagnostic) if the text is not YAML. */
bool tg_yaml_read(struct tg_yaml *y);

/* yaml_hint.c: what may be the cause where the text at that byte is not YAML. */
void tg_yaml_hint_cause(struct tg_yaml *y, struct tg_diag *d, uint32_t at);
/* What other tools call it, and how it is said here; `place` is the name of a tg_yplace_row. False: nothing is known. */
bool tg_yaml_hint_key(struct tg_yaml *y, struct tg_diag *d, uint32_t key, const char *place);
/* What to write where another kind of node is wanted than node i is. */
void tg_yaml_hint_kind(struct tg_yaml *y, struct tg_diag *d, uint32_t i, enum tg_ykind wanted, const char *what);
/* What to write in place of a scalar that is no type. */
void tg_yaml_hint_type(struct tg_yaml *y, struct tg_diag *d, uint32_t i);

/* yaml_keys.c: takes a mapping apart; errors for unknown, doubled, missing and clashing keys. False: nothing to use. */
bool tg_yaml_form(struct tg_yaml *y, uint32_t map, enum tg_yplace place, struct tg_yform *out);
/* Errors unless the node is of that kind: "expected a list for 'args', found a mapping". */
bool tg_yaml_expect(struct tg_yaml *y, uint32_t i, enum tg_ykind kind, const char *what);
bool tg_yaml_is_null(const struct tg_yaml *y, uint32_t i);
const char *tg_yaml_kind_found(const struct tg_yaml *y, uint32_t i); /* "a list", ..: for messages */
/* Pushes the keys of a mapping onto y->keys, those that `<<` merges into it included, and gives each its symbol; errors for
 * what cannot be a key and for one that stands there twice. The mark to take them off again. */
size_t tg_yaml_push_keys(struct tg_yaml *y, uint32_t map);
/* Is the key a `<<`, which merges its value into the mapping? */
bool tg_yaml_is_merge(const struct tg_yaml *y, uint32_t key);
/* Pushes what entry(key, value) makes of each entry of a mapping with free keys; NULL: nothing. The key's `count` is its
 * symbol then; an error for one that is bad or doubled. section: "'kwargs'", for messages; what: keys must be names ("the
 * name of a task"), NULL: any text. */
typedef struct tg_ast *tg_yaml_entry(struct tg_yaml *y, uint32_t key, uint32_t value);
void tg_yaml_entries(struct tg_yaml *y, uint32_t map, const char *section, const char *what, tg_yaml_entry *entry);
/* Pushes what item(i) makes of each item of a list. */
typedef struct tg_ast *tg_yaml_item(struct tg_yaml *y, uint32_t i);
void tg_yaml_items(struct tg_yaml *y, uint32_t list, const char *section, tg_yaml_item *item);
/* A key or scalar that must be a name; TG_NO_NAME after an error. */
uint32_t tg_yaml_name(struct tg_yaml *y, uint32_t i, const char *what);
/* Letters, digits and '_'; a name is also no word of the language. */
bool tg_yaml_is_word(const char *text, size_t length);
bool tg_yaml_is_name(const char *text, size_t length);

/* yaml_plain.c */
/* What a scalar without quotes is; NULL: text. */
struct tg_ast *tg_yaml_plain(struct tg_yaml *y, uint32_t i);
/* Where the number ends that begins a text, and whether it has neither point nor exponent; 0: there is none. */
size_t tg_yaml_number_end(const char *text, size_t n, bool *whole);

/* yaml_value.c */
struct tg_ast *tg_yaml_nil(struct tg_yaml *y, tg_span span);
struct tg_ast *tg_yaml_str(struct tg_yaml *y, const char *text, size_t length, tg_span span);
struct tg_ast *tg_yaml_data(struct tg_yaml *y, uint32_t i);
/* As tg_yaml_data, where a text that is no `${..}` can only be a mistake. what: "a list for 'over'" */
struct tg_ast *tg_yaml_no_text(struct tg_yaml *y, uint32_t i, const char *what);
/* A scalar as text: TG_N_STR or TG_N_TEMPLATE, also for a single ${..}. */
struct tg_ast *tg_yaml_text(struct tg_yaml *y, uint32_t i, const char *what);
/* As tg_yaml_data, but what is no `${..}` alone is text as it stands there: 1.10 is no number. */
struct tg_ast *tg_yaml_word(struct tg_yaml *y, uint32_t i);
/* As tg_yaml_data, but durations and sizes are read as such. */
struct tg_ast *tg_yaml_literal(struct tg_yaml *y, uint32_t i);
struct tg_ast *tg_yaml_options(struct tg_yaml *y, uint32_t i);
struct tg_ast *tg_yaml_type(struct tg_yaml *y, uint32_t i);
/* "x" or "x, y". NULL after an error. */
struct tg_ast *tg_yaml_targets(struct tg_yaml *y, uint32_t key);
struct tg_ast *tg_yaml_name_node(struct tg_yaml *y, uint32_t sym, tg_span span);
/* What is called: a name, a dotted name or ${..}. */
struct tg_ast *tg_yaml_callee(struct tg_yaml *y, uint32_t i, const char *what);
/* Gives n a scalar's text. */
void tg_yaml_take_text(struct tg_yaml *y, uint32_t i, struct tg_ast *n);
/* A node for a key, with its symbol, and room for kids. */
struct tg_ast *tg_yaml_key_node(struct tg_yaml *y, enum tg_ast_kind kind, uint32_t key);
/* The same for a key of a record. */
struct tg_ast *tg_yaml_record_entry(struct tg_yaml *y, uint32_t key, struct tg_ast *value);
static inline void tg_yaml_push(struct tg_yaml *y, struct tg_ast *n)
{
    tg_vec_push(&y->stack, n);
}
/* A node whose kids are what lies on the stack from `mark`; takes them off. */
struct tg_ast *tg_yaml_node(struct tg_yaml *y, enum tg_ast_kind kind, tg_span span, size_t mark);
const char *tg_yaml_string(struct tg_yaml *y, uint32_t i); /* NUL-terminated copy of a scalar's text, in the arena */

/* yaml_task.c */
struct tg_ast *tg_yaml_params(struct tg_yaml *y, uint32_t i);
struct tg_ast *tg_yaml_command(struct tg_yaml *y, uint32_t key, uint32_t value);
struct tg_ast *tg_yaml_extern_task(struct tg_yaml *y, uint32_t key, uint32_t value);
/* The value of a task; name is what an inline command is called after. */
struct tg_ast *tg_yaml_task_value(struct tg_yaml *y, const struct tg_yform *f, const char *name);

/* yaml_spell.c: is the variable of a comprehension used in texts and words of commands, and nowhere as a value? command:
 * what is defined for the comprehension's item, which only calls it; NULL: nothing. */
bool tg_yaml_only_text(const struct tg_ast *comp, const struct tg_ast *command, uint32_t sym);
/* Makes items text whose variable is used so, in lists that the clauses are over (overs: their nodes, in order). */
void tg_yaml_spell(struct tg_yaml *y, const struct tg_ast *comp, const struct tg_ast *command, const uint32_t *overs);

/* yaml_statement.c: a scalar's text as statements; always a TG_N_BLOCK. */
struct tg_ast *tg_yaml_statements(struct tg_yaml *y, uint32_t i, enum tg_ykey key);
void tg_yaml_hint_statements(struct tg_yaml *y, struct tg_diag *d, enum tg_ykey key);

/* The name of a task, an assignment to one variable. */
static inline uint32_t tg_yaml_task_sym(const struct tg_ast *assignment)
{
    return tg_n_targets_names(tg_n_assign_targets(assignment)).items[0]->sym;
}

/* yaml.c: is the type one whose values may be written as durations or sizes? */
bool tg_yaml_is_number_type(const struct tg_ast *type);
/* Marks the symbol in y->declared. */
void tg_yaml_declare(struct tg_yaml *y, uint32_t sym);
static inline bool tg_yaml_is_declared(const struct tg_yaml *y, uint32_t sym)
{
    return sym < y->declared.count && y->declared.items[sym];
}

/* yaml_text.c: as tg_yaml_data, and notes a text without quotes; warns of those that read like expressions of names that
 * the statements or their own binders bind. */
struct tg_ast *tg_yaml_value(struct tg_yaml *y, uint32_t i, struct tg_kids binders);
void tg_yaml_warn_of_texts(struct tg_yaml *y, struct tg_kids statements);

/* yaml_order.c: calls w->found for every name that n uses and that is not in w->bound, and adds what n binds there;
 * tg_yaml_unbind takes off what is behind `mark`. */
void tg_yaml_walk(struct tg_yaml_walk *w, const struct tg_ast *n);
void tg_yaml_unbind(struct tg_yaml_walk *w, size_t mark);
void tg_yaml_walk_done(struct tg_yaml_walk *w);
/* Puts the tasks, assignments on the stack from `mark`, and the program's statements into an order in which each name is
 * bound before it is used, behind the commands of tasks; an error for every circle that overlaps none before it. */
void tg_yaml_order(struct tg_yaml *y, size_t mark, struct tg_ast *program);

#endif
