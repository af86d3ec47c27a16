/* SPDX-License-Identifier: MIT
 * Tasks: how they are named, and what they are defined by: a function and its signature. Thread class: immutable. */
#ifndef TG_GRAPH_DEF_H
#define TG_GRAPH_DEF_H

#include <string.h>

#include "engine/value/sig.h"

typedef uint32_t tg_id;
#define TG_NO_TASK UINT32_MAX

struct tg_worker;
struct tg_input;
struct tg_pace;
struct tg_policy;

/* A task definition: function and signature. Lives as long as the session. */
struct tg_def {
    const char *name;   /* as the user writes it, without the plugin */
    const char *plugin; /* the plugin's name; NULL: from the workflow itself */
    const char *doc;    /* may be "" */
    struct tg_sig sig;
    tg_task_fn fn;
    void *data;           /* for fn, through tg_ctx (run/run.h); e.g. the command of a `task` */
    uint32_t flags;       /* TG_DEF_* */
    uint32_t captured;    /* its last parameters that no caller gives: variables of the file that a command uses */
    struct tg_pace *pace; /* what was measured (pace.h); NULL: nothing is to be measured */
    /* Called when nobody needs the result of a task any more whose function said that it will be completed later, by the
     * giving-up worker (run/node.h); NULL: nothing is to be done. */
    void (*abandon)(struct tg_worker *w, const struct tg_input *inputs);
    /* Says more of a task that is ready, over its policy: what depends on its arguments (lent) and on the attempt, counted from 1.
     * False and err if that cannot be said; NULL: nothing depends on them. Any thread. */
    bool (*asks)(const struct tg_def *def, tg_value options, const tg_value *args, size_t count, uint32_t attempt,
                 struct tg_policy *policy, struct tg_err *err);
};

#define TG_DEF_CATCHES 1   /* its first argument may be failed: `try` */
#define TG_DEF_UNCHECKED 2 /* takes anything: arguments need no check at the call */
#define TG_DEF_COMMAND 4   /* runs a program */
#define TG_DEF_GATHER 8    /* made by the builder to put futures into a list or record */
#define TG_DEF_QUICK 16    /* never takes long: not worth starting a thread for */
#define TG_DEF_EXPANDS 32  /* may add tasks while it runs; its result may hold futures */
#define TG_DEF_PUT 64      /* puts its first argument into a stream, its second */
#define TG_DEF_STREAM 128  /* waits for a stream, its first argument */
#define TG_DEF_SLOW 256    /* takes a millisecond or more */
#define TG_DEF_NOW 512     /* is run where its call is evaluated if its arguments are known: `now`, and the code is loaded */
#define TG_DEF_TELLS 1024  /* with CATCHES: tells why its first argument failed, which only a graph that grows keeps */
#define TG_DEF_SECRET 2048 /* a parameter is a secret */
#define TG_DEF_LOOKS 4096  /* the same arguments may give something else: it looks at files */

/* Function values are no arguments of tasks, but for those of the language itself (expansion points, and what only passes
 * values on) and for commands, whose last arguments are variables of the file. */
static inline bool tg_def_takes_functions(const struct tg_def *def)
{
    if (!(def->flags & TG_DEF_UNCHECKED)) return def->flags & TG_DEF_COMMAND;
    return def->flags & TG_DEF_COMMAND || !def->plugin || strcmp(def->plugin, "core") == 0;
}

/* True for what the language adds to the calls that somebody has written: what gathers lists and records, operators and built-in
 * functions on results, texts with results in them, what waits for a result. */
static inline bool tg_def_is_helper(const struct tg_def *def)
{
    static const char *const called[] = {"fail", "print", "sleep"}; /* of the built-in plugin */
    if (!def->plugin || strcmp(def->plugin, "core") != 0) return false;
    for (size_t i = 0; i < TG_COUNT(called); i++)
        if (strcmp(def->name, called[i]) == 0) return false;
    return true;
}
/* A parameter of a plugin's task that is left out by nil: one that stands for a failure that is allowed does not say so. Of those
 * that anything fits, nil is a value. */
static inline bool tg_def_may_leave_out(const struct tg_def *def, const struct tg_sig_param *p)
{
    bool nil = p->has_default && tg_kind(p->default_value) == TG_NIL && p->type.kinds != TG_KINDS_ANY;
    return nil && def->plugin && !(def->flags & TG_DEF_COMMAND) && !tg_def_is_helper(def);
}

/* Of `count` arguments those that the call in the source has. */
static inline size_t tg_def_written(const struct tg_def *def, size_t count)
{
    return count > def->captured ? count - def->captured : 0;
}

/* True if a failure of this input is one that the task catches; of an input that it only waits for it catches none. */
static inline bool tg_def_catches(const struct tg_def *def, uint32_t input, bool only_after)
{
    return def->flags & TG_DEF_CATCHES && input == 0 && !only_after;
}

#endif
