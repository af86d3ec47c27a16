/* SPDX-License-Identifier: MIT
 * The evaluator: walks the resolved tree with known values and adds a task to the graph for every call of one.
 *
 * One struct tg_eval belongs to one thread. At graph time there is one, with a graph. At run time an expansion point is
 * given one with a fragment too, to which tasks are added instead; a command gets its own, without both (then nothing may
 * add a task). After an error the message is in `diags` or `err`, and every function returns TG_BAD (or
 * TG_FLOW_FAIL), which callers pass on. Values are owned by whoever got them. */
#ifndef TG_EVAL_EVAL_H
#define TG_EVAL_EVAL_H

#include "engine/base/assert.h"
#include "engine/grow/fragment.h"
#include "engine/value/future.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"
#include "lang/bind/module.h"

struct tg_core_def {
    const char *task;
    const struct tg_def *def;
};

/* Sites of tasks that operators and function values make, found again by the node they are made at. */
#define TG_SITE_CACHE 64
struct tg_site_cached {
    const struct tg_ast *node;
    const struct tg_def *def;
    uint32_t options, site;
};

/* A list whose length is not known yet: the future that stands for it, and the box that will hold it. */
struct tg_made_list {
    tg_id future, box;
    const struct tg_ast *node;
};

/* The variables of the file whose top level is being evaluated, as functions see them: an expansion point sees those
 * that are bound more than once as they were when it was made, in `view`. */
struct tg_world {
    struct tg_module *top;
    uint32_t statement; /* of its top level: what later ones bind has no value yet */
    tg_value overlay;   /* a list: an item per shared variable of `top` and what other files keep; or nil */
};

/* What is gone through. */
struct tg_iterator {
    tg_value over;    /* owned; nil for a range */
    int64_t at, step; /* of a range */
    uint64_t left;    /* items still to come, of a range or list */
    size_t next;      /* index or byte offset */
};

/* Where evaluation can be suspended: statements first, then what gives a value. */
enum tg_suspend_kind {
    TG_SUSPEND_IF,
    TG_SUSPEND_FOR,
    TG_SUSPEND_WHILE,
    TG_SUSPEND_WAIT,      /* nothing but the rest around it */
    TG_SUSPEND_CLAUSE,    /* a `for` of a comprehension */
    TG_SUSPEND_CLAUSE_IF, /* what comes after an `if` of one */
    TG_SUSPEND_AND,
    TG_SUSPEND_OR,
    TG_SUSPEND_CHAIN,
    TG_SUSPEND_CALL,
    TG_SUSPEND_BUILTIN,
    TG_SUSPEND_TRY,
    TG_SUSPEND_FEED,  /* the items of a list into a stream */
    TG_SUSPEND_FINAL, /* all of a `finally` block */
};

/* Which of the tasks that are made are noted in e->effects. */
enum tg_collects {
    TG_COLLECTS_NOTHING,
    TG_COLLECTS_EFFECTS /* of an attempt */,
    TG_COLLECTS_ALL /* made in order (in_order.h) */
};

/* An `in_order` that is being evaluated. */
struct tg_in_order {
    tg_value base;    /* what all of it waits for; owned; a list or nil */
    tg_value barrier; /* the future of its last statement that made tasks, and with it of all before; nil: none has */
    tg_value waits;   /* e->after as it is where only the order is waited for; borrowed; nil: not known */
    size_t first;     /* what its newest statement has made: e->effects from here on */
};

/* The construct at which evaluation is suspended, TG_FLOW_SUSPEND, until it becomes a continuation (suspend.c). */
struct tg_suspended {
    enum tg_suspend_kind what;
    const struct tg_ast *node;
    tg_value trigger;        /* owned: a future, or a list with futures */
    bool gives;              /* a value, too */
    uint32_t options, group; /* in force there */
    tg_value after, base;    /* owned; likewise */
    enum tg_collects collects;
};

/* A task that is never run but holds the futures among the first items of a list (anchor.h). */
struct tg_anchor {
    tg_id task;
    uint32_t count; /* of items; 0: there is none */
};

/* What remains to be done around it, from the inside out, up to the end of the continuation. */
struct tg_rest {
    enum { TG_REST_BLOCK, TG_REST_WITH, TG_REST_ORDER, TG_REST_FOR, TG_REST_WHILE } what;
    uint32_t next; /* BLOCK: its next statement */
    const struct tg_ast *node;
    bool gives;                /* BLOCK: its last statement gives the value */
    uint32_t options, group;   /* WITH: options to restore; FOR, WHILE: the group around the loop */
    tg_value after, base;      /* WITH, ORDER: what to restore; owned. A WITH that is not in order has no node, and no base */
    enum tg_collects collects; /* ORDER: to restore */
    struct tg_iterator it;     /* FOR: owned */
    struct tg_anchor anchor;   /* FOR: of the list that is gone through */
};
/* A block that changes what tasks wait for. */
static inline bool tg_rest_restores(const struct tg_rest *r)
{
    return r->what == TG_REST_WITH || r->what == TG_REST_ORDER;
}
struct tg_rests {
    struct tg_rest *items;
    size_t count, room;
};

struct tg_eval {
    struct tg_program *program;
    struct tg_graph *graph;                /* of the run, at run time; NULL in commands */
    struct tg_fragment *fragment;          /* where tasks are added at run time; else NULL */
    struct tg_err *err;                    /* at run time: where a message goes; NULL at graph time (diags of the program) */
    tg_ctx *ctx;                           /* of the expansion point or command that runs; else NULL */
    struct tg_continuing *continuing;      /* at run time (continue.h); NULL at graph time and in commands */
    const struct tg_continuation *running; /* at run time; else NULL */
    struct tg_world world;
    tg_value *view;         /* at run time: variables of world.top that are bound more than once */
    struct tg_turns *turns; /* streams that something suspended uses first (turn.c); NULL: none */
    struct tg_suspended suspended;
    struct tg_rests rests;
    uint32_t attempts;          /* that are being evaluated (attempt.c) */
    struct tg_err *err_outside; /* where errors went before the outermost of them */
    bool refused;               /* one that is not caught was given */
    bool caught;                /* in an attempt: failures of effects belong to what it gives */
    enum tg_collects collects;  /* what is noted here: */
    TG_VEC(tg_value) effects;   /* futures of tasks, made in the attempts or in order and not claimed yet */
    struct tg_in_order order;
    TG_VEC(struct tg_made_list) lists; /* lists that this evaluator has suspended, for tg_suspend_feed_made */
    struct tg_module *module;          /* whose code runs */
    tg_value *frame;                   /* its variables */
    struct tg_column stack;            /* frames of functions; not there before the first call of one */
    tg_value *stack_top;               /* its free part */
    uint32_t options;                  /* of the graph's table: in force here */
    uint32_t group;                    /* loop or function we are in */
    tg_value after;                    /* list of futures that every new task waits for; nil: none */
    tg_value result;                   /* of `return` */
    uint32_t depth;                    /* calls */
    bool looks_outside;          /* what it gave depends on more than what it got: files, the environment, code of others */
    bool elsewhere;              /* a command's that runs in another folder: files in texts are told by whole paths */
    const char *stack_limit;     /* lowest address of the C stack we may reach */
    const _Atomic int *stop;     /* set by a signal */
    struct tg_core_def core[64]; /* tasks of the built-in plugin used lately (core_task.c) */
    TG_VEC(const struct tg_ast *) calls; /* calls of functions we are in, for notes */
    struct tg_site_cached sites[TG_SITE_CACHE];
};

enum tg_flow { TG_FLOW_NEXT, TG_FLOW_BREAK, TG_FLOW_CONTINUE, TG_FLOW_RETURN, TG_FLOW_FAIL, TG_FLOW_SUSPEND };

/* What a condition says. */
enum tg_truth { TG_NO, TG_YES, TG_WAIT /* for a task's result */, TG_WRONG /* an error was given */ };

static inline tg_value tg_bad(void)
{
    return tg_make_(TG_BAD, 0);
}
static inline bool tg_is_bad(tg_value v)
{
    return v.tag == TG_BAD;
}

/* What the evaluator of a time has: at graph time a graph; at run time all of a fragment, its task and a place for errors;
 * in a command only its task and that. */
static inline bool tg_eval_is_sound(const struct tg_eval *e)
{
    const struct tg_err *err = e->attempts ? e->err_outside : e->err;
    if (e->fragment) return e->graph && e->ctx && e->continuing && err == &e->ctx->err;
    return !e->continuing && !e->view && !(e->graph && err) && (!e->ctx || err == &e->ctx->err);
}
/* Values that may leave the evaluator: no sign of an error, nothing absent. */
static inline bool tg_eval_are_values(const tg_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (values[i].tag == TG_BAD || values[i].tag == TG_UNSET) return false;
    return true;
}

/* For the program; graph: NULL in commands. err: where messages go, NULL at graph time. */
void tg_eval_init(struct tg_eval *e, struct tg_program *p, struct tg_graph *graph, struct tg_err *err);
void tg_eval_done(struct tg_eval *e);
tg_value tg_eval_expression(struct tg_eval *e, const struct tg_ast *n);
/* Reports an error at a node (with the calls that led there as notes) and gives TG_BAD. */
tg_value tg_eval_error(struct tg_eval *e, const struct tg_ast *n, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with a hint. */
tg_value tg_eval_error_hint(struct tg_eval *e, const struct tg_ast *n, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* After an error, that this does not fit: if it is nil for a failure that is allowed, who needs it is skipped. */
void tg_eval_skip_for(struct tg_eval *e, tg_value v);
/* A warning, for the user alone, at a node; printf's format; hint may be NULL. */
void tg_eval_warn(struct tg_eval *e, const struct tg_ast *n, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The same with the text of an engine error, which is cleared. */
tg_value tg_eval_take(struct tg_eval *e, const struct tg_ast *n, struct tg_err *err);
/* An argument that its parameter does not accept. */
tg_value tg_eval_misfit(struct tg_eval *e, const struct tg_ast *n, const char *param, const char *name,
                        const struct tg_type *type, tg_value v);
/* An error about what must be known while the graph is built, but depends on the result of a task. Unrefs v. */
tg_value tg_eval_unknown(struct tg_eval *e, const struct tg_ast *n, const char *what, tg_value v);
/* An error about the name of n, a variable without a value. */
tg_value tg_eval_unset(struct tg_eval *e, const struct tg_ast *n);
/* True, after an error, if a signal asks to stop. */
bool tg_eval_stopped(struct tg_eval *e, const struct tg_ast *n);
/* A variable of a file as functions see it now. */
tg_value *tg_eval_global(struct tg_eval *e, struct tg_module *m, uint32_t slot);
/* Evaluates a condition; TG_WAIT gives *future, owned. */
enum tg_truth tg_eval_truth(struct tg_eval *e, const struct tg_ast *n, tg_value *future);
static inline enum tg_truth tg_eval_truth_of(tg_value v)
{
    return tg_value_truth(v) ? TG_YES : TG_NO;
}

static inline void tg_slot_set(tg_value *slot, tg_value take)
{
    TG_ASSERT(take.tag != TG_BAD);
    tg_value old = *slot;
    *slot = take;
    tg_value_unref(old);
}
/* v was read from a variable of the frame that is not needed there any more: what only the variable had is nobody's but v then,
 * and may grow in place. */
static inline void tg_eval_move(struct tg_eval *e, const struct tg_ast *n, tg_value v)
{
    if (!tg_is_heap(v) || !(n->flags & TG_F_LAST) || n->kind != TG_N_NAME) return;
    tg_value *slot = &e->frame[n->slot];
    if (slot->tag == v.tag && slot->bits == v.bits) tg_slot_set(slot, tg_make_(TG_UNSET, 0));
}
/* tg_eval_expression with the commonest case, a variable of the frame, in line. */
static inline tg_value tg_eval_operand(struct tg_eval *e, const struct tg_ast *n)
{
    if (n->kind == TG_N_NAME && n->ref == TG_REF_LOCAL && e->frame[n->slot].tag != TG_UNSET)
        return tg_value_ref(e->frame[n->slot]);
    return tg_eval_expression(e, n);
}

#endif
