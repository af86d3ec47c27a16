/* SPDX-License-Identifier: MIT
 * Types, signatures and task definitions: what the checker, the docs and the call all read.
 * Made once, then immutable; memory belongs to the arena given to the parser. */
#ifndef TG_VALUE_SIG_H
#define TG_VALUE_SIG_H

#include <string.h>

#include "engine/value/type.h"

struct tg_sig_param {
    const char *name;
    struct tg_type type;
    bool has_default, rest; /* rest: takes any number of further arguments; the last one */
    tg_value default_value; /* if has_default */
};

struct tg_sig {
    const char *name;
    uint32_t count;    /* parameters, the rest one included */
    uint32_t required; /* leading ones without default (rest not counted) */
    bool rest;         /* the last parameter is a rest */
    bool effect;
    bool grows;        /* may add tasks while it runs */
    struct tg_sig_param *params;
    struct tg_type result;
};

struct tg_worker;
struct tg_input;

/* A task definition: function and signature. Lives as long as the session. */
struct tg_def {
    const char *name;      /* as the user writes it, without the plugin */
    const char *plugin;    /* the plugin's name; NULL: from the workflow itself */
    const char *doc;       /* may be "" */
    struct tg_sig sig;
    tg_task_fn fn;
    void *data;            /* for fn, through tg_ctx (run/run.h); e.g. the command of a `task` */
    uint32_t flags;        /* TG_DEF_* */
    /* Called when nobody needs the result of a task any more whose function said that it will be completed later, by the
     * giving-up worker (run/node.h); NULL: nothing is to be done. */
    void (*abandon)(struct tg_worker *w, const struct tg_input *inputs);
};

#define TG_DEF_CATCHES 1 /* its first argument may be failed: `try` */
#define TG_DEF_UNCHECKED 2 /* takes anything: arguments need no check at the call */
#define TG_DEF_COMMAND 4 /* runs a program */
#define TG_DEF_GATHER 8  /* made by the builder to put futures into a list or record */
#define TG_DEF_EXPANDS 32 /* may add tasks while it runs; its result may hold futures */
#define TG_DEF_PUT 64     /* puts its first argument into a stream, its second */
#define TG_DEF_STREAM 128 /* waits for a stream, its first argument */
#define TG_DEF_QUICK 16 /* never takes long: not worth starting a thread for */

/* Function values are no arguments of tasks, but for those of the language itself (expansion points, and what only passes
 * values on) and for commands, whose last arguments are variables of the file. */
static inline bool tg_def_takes_functions(const struct tg_def *def)
{
    bool own = !def->plugin || strcmp(def->plugin, "core") == 0;
    return def->flags & TG_DEF_COMMAND || (own && def->flags & TG_DEF_UNCHECKED);
}

/* Parses a task's signature text (tgrun.h says the form). The error's message names the place in the text. */
bool tg_sig_parse(const char *text, const char *const *object_names, size_t object_count, struct tg_arena *arena,
                  struct tg_sig *out, struct tg_err *err);
/* "add(x: num, y: num) -> num". */
void tg_sig_print(struct tg_buf *b, const struct tg_sig *sig);
/* The parameter that argument i goes to: the rest parameter from there on; NULL if there are too many. */
static inline const struct tg_sig_param *tg_sig_param_of(const struct tg_sig *sig, size_t i)
{
    if (i < sig->count) return &sig->params[i];
    return sig->rest ? &sig->params[sig->count - 1] : NULL;
}

#endif
