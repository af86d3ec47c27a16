/* SPDX-License-Identifier: MIT
 * What of a command is recorded: which can be, what one is and gets. Thread class: any thread. */
#ifndef TG_EVAL_CMDRECORD_H
#define TG_EVAL_CMDRECORD_H

#include "engine/command/command.h"
#include "engine/store/again.h"

/* Why a call of the command with these options runs always; NULL: it may be up to date. */
const char *tg_cmdrecord_always(const struct tg_def *def, tg_value options);
/* It is a command, and may. */
bool tg_cmdrecord_may(const struct tg_def *def, tg_value options);

/* A command as it would run, with result paths in the place of those aside. */
struct tg_cmdrecord {
    const struct tg_def *def;
    const struct tg_command *command;
    const char *const *shell; /* as in struct tg_step */
    char *const *settings;    /* of the environment; NULL: none */
    tg_value options;         /* with known values */
    const tg_value *args;
    size_t count;
};
/* Tells of all of it, but for the files that its words name. */
void tg_cmdrecord_describe(struct tg_again_task *t, const struct tg_cmdrecord *c);
/* Tells of the files in a value, at any depth. */
void tg_cmdrecord_read(struct tg_again_task *t, tg_value v);
/* The value that it has by the files that are there; false: not all are, or it has another one. */
bool tg_cmdrecord_found(const struct tg_cmdrecord *c, tg_value *out);
/* Tells of the files that its steps wrote beside those of its value. */
void tg_cmdrecord_made(struct tg_again_task *t, const struct tg_cmdrecord *c);

#endif
