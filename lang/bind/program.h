/* SPDX-License-Identifier: MIT
 * A program: a file with all that it imports, as binding leaves it and evaluation reads it.
 *
 * What only rooms to the right can do is handed in: reading another file, and running a command. Thread class:
 * owner while it is read; then the thread that evaluates the file writes and workers read names, modules and trees, which do
 * not change once the graph runs. */
#ifndef TG_BIND_PROGRAM_H
#define TG_BIND_PROGRAM_H

#include <string.h>

#include "engine/session.h"
#include "lang/text/diag.h"
#include "lang/tree/ast.h"

struct tg_fn;
struct tg_module;

/* Something a workflow declares, for `tgrun list`. Texts are borrowed from the program. */
struct tg_declared {
    enum { TG_DECL_PARAM, TG_DECL_OUTPUT, TG_DECL_TASK, TG_DECL_FUNCTION, TG_DECL_FINALLY } kind;
    const char *name;
    /* Of a param, or of an output that may fail: its type; of a task: its signature; of a function: "name(p, q)"; of a finally: its
     * line. */
    const char *type;
    const char *default_text; /* of a param: as source text; NULL: required */
    const char *choices;      /* of a param: as source text; or NULL */
    const char *help;         /* or NULL; of a task or function: the comment lines right above it */
    tg_span span;
};

struct tg_sources;

struct tg_program {
    struct tg_session *session;
    const struct tg_sources *sources; /* of all files; for places in what is said while the graph runs */
    struct tg_arena arena;            /* trees, messages */
    struct tg_names names;
    struct tg_diags diags;
    TG_VEC(struct tg_declared) declared;  /* of the main file, in order */
    TG_VEC(struct tg_module *) modules;   /* main file first (lang/bind/module.h) */
    TG_VEC(struct tg_module *) evaluated; /* those that have been, in that order: what a file imports before it */
    TG_VEC(struct tg_fn *) fns;           /* every function, named or not (lang/bind/module.h) */
    struct tg_scope_names *spare_names;   /* for the modules to come (lang/bind/scope.h) */
    TG_VEC(tg_value) constants;           /* texts of string literals, by the slot of their node */
    uint32_t late_secrets;    /* parameters of functions and tasks that are secrets: results may turn out to be some */
    uint32_t group_count;     /* loops and functions, numbered for pictures */
    const char *const *named; /* words that may name variables of the main file: their values are kept; borrowed */
    size_t named_count;
    struct tg_names *globs; /* patterns that `glob` is called with are added, by one thread; NULL: they are not; borrowed */
    struct tg_names *seen;  /* so are paths of files that other built-in functions read or look at */
    bool effects;           /* something in the program has effects */
    bool streams;           /* something in the program makes streams; set by tg_check */
    struct tg_region_memory *regions; /* what analyses of regions share (lang/check/region.h) */
    struct tg_continue_pool *pool;    /* what expansion points share while the graph runs (lang/eval/continue.h) */
    TG_VEC(uint8_t) outputs_seen;     /* by symbol: outputs given so far */
    TG_VEC(uint32_t) keys_seen;       /* by symbol: the record that has it as a key, counted by tg_check */
    uint32_t record_count;            /* checked so far */
    /* The module of the file that an `import` names, read and bound; NULL after an error. */
    struct tg_module *(*import)(struct tg_program *p, struct tg_module *from, const struct tg_ast *import);
    tg_task_fn run_fit; /* the function of every struct tg_fit */
    /* What options of a `task` say that depend on it (struct tg_def, `asks`). */
    bool (*asks)(const struct tg_def *def, tg_value options, const tg_value *args, size_t count, uint32_t attempt,
                 struct tg_policy *policy, struct tg_err *err);
    tg_task_fn run_command; /* the function of every `task`; data of its definition: struct tg_command_def */
};

/* Zeroed, but for the session. */
void tg_program_init(struct tg_program *p, struct tg_session *session);
void tg_program_done(struct tg_program *p);

static inline const char *tg_program_name(const struct tg_program *p, uint32_t sym)
{
    return tg_names_get(&p->names, sym)->text;
}

/* The name in a word that may name a variable: in "task:NAME", which is a task though an output has the name, and in "NAME". */
static inline const char *tg_program_task_word(const char *word)
{
    return strncmp(word, "task:", 5) == 0 ? word + 5 : word;
}

#endif
