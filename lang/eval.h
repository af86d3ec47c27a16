/* SPDX-License-Identifier: MIT
 * The evaluator: walks the resolved tree with known values and adds a task to the graph for every call of one.
 *
 * Files: eval.c expressions, call.c calls and arguments, operate.c operators, iterate.c loops and comprehensions,
 * exec.c statements and frames, builtin.c built-in functions, option.c task options, command.c bodies of commands.
 *
 * One struct tg_eval belongs to one thread. At graph time there is one, with a graph; at run time each command gets
 * its own, without (then nothing may add a task). After an error the message is in `diags` or `err`, and every
 * function returns TG_BAD (or TG_FLOW_FAIL), which callers pass on. Values are owned by whoever got them. */
#ifndef TG_LANG_EVAL_H
#define TG_LANG_EVAL_H

#include "lang/module.h"

struct tg_core_def {
    const char *task;
    const struct tg_def *def;
};

/* Sites of tasks that operators and function values make, found again by the node they are made at. */
#define TG_SITE_CACHE 64
struct tg_site_cached {
    const struct tg_node *node;
    const struct tg_def *def;
    uint32_t options, site;
};

struct tg_eval {
    struct tg_front *front;
    struct tg_graph *graph;      /* NULL at run time */
    struct tg_err *err;          /* at run time: where a message goes; NULL at graph time (front->diags) */
    struct tg_module *module;    /* whose code runs */
    tg_value *frame;             /* its variables */
    struct tg_column stack;      /* frames of functions; not there before the first call of one */
    tg_value *stack_top;         /* its free part */
    uint32_t options;            /* of the graph's table: in force here */
    uint32_t group;              /* loop or function we are in */
    tg_value after;              /* list of futures that every new task waits for; nil: none */
    tg_value result;             /* of `return` */
    uint32_t depth;              /* calls */
    const char *stack_limit;     /* lowest address of the C stack we may reach */
    const _Atomic int *stop;     /* set by a signal */
    struct tg_core_def core[64]; /* tasks of the built-in plugin used lately (operate.c) */
    TG_VEC(const struct tg_node *) calls; /* calls of functions we are in, for notes */
    struct tg_site_cached sites[TG_SITE_CACHE];
};

enum tg_flow { TG_FLOW_NEXT, TG_FLOW_BREAK, TG_FLOW_CONTINUE, TG_FLOW_RETURN, TG_FLOW_FAIL };

static inline tg_value tg_bad(void) { return tg_make_(TG_BAD, 0); }
static inline bool tg_is_bad(tg_value v) { return v.tag == TG_BAD; }

/* eval.c */
tg_value tg_eval_expression(struct tg_eval *e, const struct tg_node *n);
/* Reports an error at a node (with the calls that led there as notes) and gives TG_BAD. */
tg_value tg_eval_error(struct tg_eval *e, const struct tg_node *n, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with the text of an engine error, which is cleared. */
tg_value tg_eval_take(struct tg_eval *e, const struct tg_node *n, struct tg_err *err);
/* An argument that its parameter does not accept. */
tg_value tg_eval_misfit(struct tg_eval *e, const struct tg_node *n, const char *param, const char *name,
                        const struct tg_type *type, tg_value v);
/* "not yet": a construct that depends on the result of a task. Unrefs v. */
tg_value tg_eval_later(struct tg_eval *e, const struct tg_node *n, const char *what, tg_value v);
/* An error about the name of n, a variable without a value. */
tg_value tg_eval_unset(struct tg_eval *e, const struct tg_node *n);
/* True, after an error, if a signal asks to stop. */
bool tg_eval_stopped(struct tg_eval *e, const struct tg_node *n);

/* call.c */
tg_value tg_eval_call(struct tg_eval *e, const struct tg_node *n);
/* A call with options of its own, which do not reach the calls among its arguments. */
tg_value tg_eval_call_with(struct tg_eval *e, const struct tg_node *n, const struct tg_node *options);
/* Calls a function value with values; takes the arguments. */
tg_value tg_apply(struct tg_eval *e, const struct tg_node *n, tg_value f, tg_value *take_args, size_t count);
/* A new task; takes the arguments (which must fit def's signature in number). */
tg_value tg_add_task(struct tg_eval *e, const struct tg_node *n, const struct tg_def *def, tg_value *take_args,
                     size_t count);
/* The value of a name that is a function, task or built-in function. */
tg_value tg_function_value(struct tg_eval *e, const struct tg_node *n);
void tg_drop(tg_value *values, size_t count);
/* An accepted value as its type says: an int for a float becomes one, a str for a file too, also in lists. */
tg_value tg_convert(const struct tg_type *type, tg_value take);

/* operate.c */
tg_value tg_eval_unary(struct tg_eval *e, const struct tg_node *n);
tg_value tg_eval_binary(struct tg_eval *e, const struct tg_node *n);
tg_value tg_eval_logic(struct tg_eval *e, const struct tg_node *n);
tg_value tg_eval_chain(struct tg_eval *e, const struct tg_node *n);
tg_value tg_operate(struct tg_eval *e, const struct tg_node *n, enum tg_op op, tg_value take_a, tg_value take_b);
/* Runs a task of the built-in plugin on known values at once, or adds it where a future is among them; `structural`
 * ones may hold futures inside lists. Takes the arguments. */
tg_value tg_core(struct tg_eval *e, const struct tg_node *n, const char *task, bool structural, tg_value *take_args,
                 size_t count);

/* iterate.c */
tg_value tg_eval_comprehension(struct tg_eval *e, const struct tg_node *n);
enum tg_flow tg_exec_for(struct tg_eval *e, const struct tg_node *n);
enum tg_flow tg_exec_while(struct tg_eval *e, const struct tg_node *n);
/* Binds targets to a value, unpacking it; takes the value. */
bool tg_bind_targets(struct tg_eval *e, const struct tg_node *targets, tg_value take);

/* exec.c */
enum tg_flow tg_exec(struct tg_eval *e, const struct tg_node *n);
/* A block as an expression: the value of its last statement if that is an expression, else nil. */
tg_value tg_eval_block(struct tg_eval *e, const struct tg_node *n);
tg_value tg_eval_if(struct tg_eval *e, const struct tg_node *n);
/* The body of a function: the value of `return` or of its last expression. */
tg_value tg_eval_body(struct tg_eval *e, const struct tg_node *body);
/* Runs the top level of a module once. */
bool tg_exec_module(struct tg_eval *e, struct tg_module *m);
void tg_eval_init(struct tg_eval *e, struct tg_front *f, struct tg_graph *graph, struct tg_err *err);
/* Sets up what calls of functions need; the first one does it. */
void tg_eval_frames(struct tg_eval *e);
void tg_eval_done(struct tg_eval *e);

/* option.c */
/* Evaluates options and puts them in force (nearest wins); *before gets what was, for tg_options_restore. */
struct tg_options_before {
    uint32_t options;
    tg_value after;
};
bool tg_options_enter(struct tg_eval *e, const struct tg_node *options, struct tg_options_before *before);
void tg_options_restore(struct tg_eval *e, const struct tg_options_before *before);
/* Options of a new site of def: those of its definition, under those in force. */
bool tg_options_of(struct tg_eval *e, const struct tg_def *def, uint32_t *out);

static inline void tg_slot_set(tg_value *slot, tg_value take)
{
    tg_value old = *slot;
    *slot = take;
    tg_value_unref(old);
}
/* tg_eval_expression with the commonest case, a variable of the frame, in line. */
static inline tg_value tg_eval_operand(struct tg_eval *e, const struct tg_node *n)
{
    if (n->kind == TG_N_NAME && n->op == TG_REF_LOCAL && e->frame[n->slot].tag != TG_UNSET)
        return tg_value_ref(e->frame[n->slot]);
    return tg_eval_expression(e, n);
}

/* True, also without a value: a condition must be known. */
bool tg_eval_condition(struct tg_eval *e, const struct tg_node *n, const char *what, bool *out);

#endif
