/* SPDX-License-Identifier: MIT
 * One command of a `task` while it is made of its body and its arguments. Private to cmdmake.c, which makes it, and cmdtask.c, which
 * runs it.
 * Thread class: owner. */
#ifndef TG_EVAL_CMDMAKE_H
#define TG_EVAL_CMDMAKE_H

#include "engine/command/container.h"
#include "lang/eval/cmdrecord.h"
#include "lang/eval/eval.h"

struct tg_cmdmake {
    tg_ctx *ctx;    /* NULL: it is only looked at, and makes no private folder */
    bool known;     /* then: its arguments are what they will be */
    bool no_engine; /* nothing can make its container */
    bool lacks;     /* the private folder could not be made */
    const struct tg_command_def *def;
    struct tg_command command;
    struct tg_served served;
    struct tg_buf question;
    struct tg_buf depfile_text; /* when it has run */
    char *instance;             /* heap */
    struct tg_owned owned;
    tg_value options;              /* as the site has them; lent */
    tg_value settled;              /* the same, with values for late ones; among the inputs */
    const char *const *shell;      /* NULL: the default one */
    char **settings;               /* of the environment; NULL: none */
    struct tg_arena arena;         /* everything of it */
    struct tg_container container; /* without an engine: none */
    TG_VEC(tg_value) inputs;       /* but what its programs read from values */
    struct tg_again_task *asks;    /* of one that is looked at: is told of the files that its words name; NULL: nobody is */
    struct tg_eval eval;           /* the last: it is large, and not zeroed twice */
};

/* err: what the evaluation sets. ctx NULL: it is only looked at. */
void tg_cmdmake_begin(struct tg_cmdmake *m, tg_ctx *ctx, const struct tg_command_def *def, tg_value options,
                      struct tg_err *err);
/* Of known arguments (lent). False after an error; m->lacks: that of a place aside. */
bool tg_cmdmake_command(struct tg_cmdmake *m, const tg_value *args, size_t count);
void tg_cmdmake_end(struct tg_cmdmake *m);

#endif
