/* SPDX-License-Identifier: MIT
 * The front end as one object: path in, committed graph or diagnostics out.
 *
 *     tg_front_init -> tg_front_open -> tg_front_set_param.. -> tg_front_eval
 *
 * Everything is in memory of the object; nothing is printed. Thread class: owner. After tg_front_eval the object must
 * live until the run has ended: commands are evaluated at run time (lang/eval/cmdtask.c) from its trees. */
#ifndef TG_LANG_FRONT_H
#define TG_LANG_FRONT_H

#include "engine/session.h"
#include "lang/tree/ast.h"
#include "lang/text/diag.h"
#include "lang/text/source.h"

/* Something a workflow declares, for `tgrun list`. Texts are borrowed from the front end. */
struct tg_declared {
    enum { TG_DECL_PARAM, TG_DECL_OUTPUT, TG_DECL_TASK, TG_DECL_FUNCTION } kind;
    const char *name;
    const char *type;          /* of a param: its type; of a task: its signature; of a function: "name(p, q)" */
    const char *default_text;  /* of a param: as source text; NULL: required */
    const char *choices;       /* of a param: as source text; or NULL */
    const char *help;          /* or NULL; of a task or function: the comment lines right above it */
    tg_span span;
};

struct tg_front {
    struct tg_session *session;
    struct tg_arena arena;      /* trees, messages */
    struct tg_names names;
    struct tg_sources sources;
    struct tg_diags diags;
    TG_VEC(struct tg_declared) declared; /* of the main file, in order; after tg_front_open */
    TG_VEC(struct tg_module *) modules;  /* main file first (lang/bind/module.h) */
    TG_VEC(struct tg_fn *) fns;          /* every function, named or not (lang/bind/module.h) */
    TG_VEC(tg_value) constants;          /* texts of string literals, by the slot of their node */
    uint32_t import_depth;
    uint32_t group_count;                /* loops and functions, numbered for pictures */
    bool effects;                        /* something in the program has effects */
    bool streams;                        /* something in the program makes streams; set by tg_check */
    struct tg_continue_pool *pool;        /* what expansion points share while the graph runs (lang/eval/continue.h) */
    TG_VEC(uint8_t) outputs_seen;        /* by symbol: outputs given so far */
};

void tg_front_init(struct tg_front *f, struct tg_session *session);
void tg_front_done(struct tg_front *f);
/* Reads, parses, loads plugins and imports, resolves and checks. False if there were errors (in f->diags, with
 * f->diags.code as the exit status); warnings alone are fine. path "-": standard input, named "<stdin>". */
bool tg_front_open(struct tg_front *f, const char *path, enum tg_language language);
/* Sets a parameter from text, typed by its declaration; the error goes to f->diags. `where` names the origin in
 * messages ("-D", "params.json"). */
bool tg_front_set_param(struct tg_front *f, const char *name, const char *text, const char *where);
/* Sets parameters from a JSON or YAML file with one mapping at the top. */
bool tg_front_read_params(struct tg_front *f, const char *path);
/* The value of a constant expression: literals, lists, records, arithmetic. False after a diagnostic. */
bool tg_eval_constant(struct tg_front *f, struct tg_node *n, tg_value *out);
/* Evaluates into session->graph: outputs and effects are wanted there. False if there were errors. */
bool tg_front_eval(struct tg_front *f);

#endif
