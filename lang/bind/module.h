/* SPDX-License-Identifier: MIT
 * What resolve and check know about a program, and what eval reads: modules, functions, task definitions of the
 * workflow, built-in functions. Made by one thread; immutable once evaluation starts, but for the site caches in call
 * nodes (owner: the thread that evaluates the file) and the variables. */
#ifndef TG_BIND_MODULE_H
#define TG_BIND_MODULE_H

#include "engine/command/command.h"
#include "lang/bind/builtins.h"
#include "lang/bind/program.h"
#include "lang/text/source.h"

/* Two tags of the evaluator alone, below the heap kinds. A slot that has no value yet; never leaves the evaluator. */
#define TG_UNSET 6
/* What evaluation gives after an error. Never stored. */
#define TG_BAD 7

/* What a name means: `op` of a resolved TG_N_NAME, or of a TG_N_FIELD that names something of a module or plugin. */
enum tg_ref {
    TG_REF_NONE,    /* unknown; an error was given */
    TG_REF_LOCAL,   /* slot of the running frame */
    TG_REF_GLOBAL,  /* slot of data (struct tg_module *) */
    TG_REF_TASK,    /* data: struct tg_def * */
    TG_REF_FN,      /* data: struct tg_fn *, one without captures */
    TG_REF_BUILTIN, /* data: const struct tg_builtin * */
    TG_REF_MODULE,  /* data: struct tg_module * */
    TG_REF_PLUGIN,  /* data: const struct tg_loaded * */
};

/* The first and last read of a slot, as positions of resolve's walk. */
struct tg_extent {
    uint32_t first, last;
};
#define TG_EXTENT_NONE ((struct tg_extent){UINT32_MAX, 0})
#define TG_READ_ANYWHERE UINT32_MAX /* last: functions, commands or other files read it */
struct tg_extents {
    struct tg_extent *items;
    size_t count, room;
};

/* A slot that a construct reads or binds. */
struct tg_touched {
    uint32_t slot, sym; /* sym: of one that it binds */
    bool taken;         /* its value from before is used */
    bool given;         /* bound inside, read outside */
};

#define TG_LEAVES_LOOP 1 /* `break` or `continue` of a loop around it */
#define TG_LEAVES_FN 2   /* `return` */

/* The part of a construct that is suspended if what it depends on is not known, and what it has to do with what is around it:
 * `data` of TG_N_IF, TG_N_FOR, TG_N_WHILE, TG_N_COMP, TG_N_LOGIC, TG_N_CHAIN and calls of `try`. Of an `if` it is not the
 * condition, of a `for` not what is iterated, of a `try` only the default. Resolve sets the first fields, tg_region_of the others. */
struct tg_region {
    const struct tg_fn *fn; /* whose frame; NULL: the top level of the file */
    struct tg_module *module;
    uint32_t enter, exit;        /* positions of resolve's walk */
    bool in_loop;                /* a loop of the same frame is around it */
    bool known;                  /* the rest is set; atomic: release */
    const struct tg_ast *output; /* an output of the workflow that stands in it, or NULL */
    bool world;                  /* may read variables of files other than as slots of its frame */
    bool effects;                /* may add tasks with effects */
    uint8_t leaves;              /* TG_LEAVES_* */
    uint32_t count;
    struct tg_touched *slots;
};

/* A name taken over from outside when a function value is made. */
struct tg_capture {
    uint32_t outer, inner; /* slots */
};

/* A function of graph time. */
struct tg_fn {
    const char *name;          /* "fn" for an anonymous one */
    const struct tg_ast *node; /* TG_N_FN, TG_N_LAMBDA, TG_N_FINALLY */
    struct tg_kids params;     /* TG_N_PARAMETER */
    const struct tg_ast *body;
    struct tg_module *module;
    uint32_t param_count, required_count;
    uint32_t slot_count;
    uint32_t self_slot; /* of its own name inside a nested function; TG_NO_SLOT: none */
    uint32_t group;
    TG_VEC(struct tg_capture) captures;
    struct tg_extents extents;                                          /* by slot; shorter: not read */
    enum { TG_EFFECTS_UNKNOWN, TG_EFFECTS_NO, TG_EFFECTS_YES } effects; /* of its body; region.c, locked */
    bool visited;                                                       /* by the walk that is under way; region.c, locked */
};
#define TG_NO_SLOT UINT32_MAX

/* The type of a function's parameter, or of the items of its list, as a task: what checks and converts an argument that is
 * known only in the run. */
struct tg_fit {
    struct tg_def def; /* def.data points back here */
    struct tg_sig_param x;
    const char *fn_name, *param_name;
    const struct tg_type *type;
    const struct tg_fit *item; /* NULL: items may be anything */
};

/* A `task` of the workflow: a definition whose function runs a command (lang/eval/cmdtask.c). Parameters of the
 * signature past user_count are variables of the file that the body uses; each call passes their values on. */
struct tg_command_def {
    struct tg_def def;         /* def.data points back here */
    const struct tg_ast *node; /* TG_N_TASK */
    struct tg_module *module;
    uint32_t user_count;
    TG_VEC(const struct tg_ast *) captures; /* a resolved TG_N_NAME per further parameter */
    uint32_t out_slot, task_slot, slot_count;
    enum tg_output_kind output;
    bool serves;       /* its program stays, and is asked */
    bool has_text;     /* it has an `sh` */
    bool needs_shell;  /* .. whose text is not plain words, or not known beforehand */
    bool holds_values; /* the text of one holds a value */
    bool reads_task;   /* `task.cores`: it knows what it was given */
    struct tg_program *program;
};

/* Puts argument i of a call of the command, which is known, into its variables; takes it. */
static inline void tg_command_give(const struct tg_command_def *c, tg_value *frame, uint32_t i, tg_value take_v)
{
    bool user = i < c->user_count;
    const struct tg_ast *param = user ? tg_n_params_list(tg_n_task_params(c->node)).items[i] : NULL;
    uint32_t slot = user ? param->slot : c->captures.items[i - c->user_count]->inner_slot;
    TG_ASSERT(slot < c->slot_count && frame[slot].tag == TG_UNSET);
    frame[slot] = user ? tg_type_convert(&c->def.sig.params[i].type, take_v) : take_v;
}

/* A function value: what a name of a function, task or built-in function gives as an expression. */
struct tg_fn_value {
    struct tg_function base;
    enum { TG_FN_USER, TG_FN_TASK, TG_FN_BUILTIN } what;
    const struct tg_fn *fn;
    const struct tg_def *def;
    const struct tg_builtin *builtin;
    const struct tg_ast *place; /* where it was named: the site of tasks it makes */
    uint32_t capture_count;
    tg_value captured[];
};

struct tg_used {    /* a plugin that the file uses */
    uint32_t alias; /* symbol */
    const struct tg_loaded *plugin;
    tg_span span;
};

struct tg_imported {
    uint32_t alias;
    struct tg_module *module;
    tg_span span;
};

/* A parameter of a file. */
struct tg_parameter {
    uint32_t sym;
    uint32_t slot;
    const struct tg_ast *node; /* TG_N_PARAM */
    struct tg_type type;
    tg_value given; /* set from outside; tag TG_UNSET: not */
    bool used;
};

/* One source file. */
/* Where the top level binds a name. */
struct tg_bound_at {
    tg_span first; /* in the order of the tree; {0, 0}: nowhere */
    uint32_t last; /* where the one furthest down starts */
};

struct tg_module {
    struct tg_source *source;
    struct tg_tree tree;
    char *folder; /* of the file, "." for standard input; heap */
    TG_VEC(struct tg_used) used;
    TG_VEC(struct tg_imported) imports;
    TG_VEC(struct tg_parameter) params;
    TG_VEC(struct tg_command_def *) commands;
    struct tg_ast *defaults;          /* TG_N_OPTIONS of the commands; NULL: none */
    TG_VEC(struct tg_fn *) functions; /* named ones of the file's top level */
    TG_VEC(struct tg_fn *) finals;    /* `finally` blocks, as functions of `outcome` */
    TG_VEC(uint32_t) variables;       /* symbol per slot of the top level */
    TG_VEC(uint8_t) bindings;         /* places that bind the slot: 0, 1, 2 for more */
    TG_VEC(uint32_t) born;            /* per slot: the statement of the file that binds it, once; else TG_BORN_* */
    struct tg_extents extents;        /* by slot; shorter: not read */
    TG_VEC(uint32_t) shared;          /* slots that functions, commands or other files read */
    tg_value kept;                    /* after its evaluation: a list of the shared variables that hold futures, or nil */
    tg_value *globals;                /* values of the top level's slots */
    uint32_t slot_count;
    struct tg_scope_members *members; /* what others may name of it, at the end of the file (scope.h) */
    bool evaluated;
    bool incomplete; /* something is missing or could not be read: unknown names are its fault */
    bool unreadable; /* not all of the tree is sound: not checked further */
    bool loading;    /* its imports are being read: a second import is a cycle */
};

#define TG_BORN_NEVER UINT32_MAX
#define TG_BORN_OFTEN (UINT32_MAX - 1) /* in several places or inside of something: its value depends on the time */

#endif
