/* SPDX-License-Identifier: MIT
 * The task options that the language knows: `with retries = 2`. Thread class: immutable. */
#ifndef TG_BIND_OPTIONS_H
#define TG_BIND_OPTIONS_H

#include "engine/base/arena.h"
#include "engine/value/value.h"
#include "lang/text/diag.h"

bool tg_options_known(const char *name, size_t length);
/* True for a known option that has no effect on a run, as yet. */
bool tg_options_idle(const char *name, size_t length);
/* What a known option's value must be ("an int, 0 or more"); NULL if v is that. */
const char *tg_options_problem(const char *name, tg_value v);
/* The words of the option `shell` in a record of options, or in nil: NULL-terminated, in the arena; NULL: not given. */
const char *const *tg_options_shell(tg_value record, struct tg_arena *arena);
/* What the option `env` in it says, as tg_spawn takes it: "NAME=VALUE" and "NAME", NULL-terminated, in the arena; NULL: not given. */
char **tg_options_settings(tg_value record, struct tg_arena *arena);
/* The first name in a record that no environment variable can have; NULL if all are well. */
const char *tg_options_bad_variable(tg_value env);
/* One record of environment variables over another. */
tg_value tg_options_merge_env(tg_value under, tg_value over);
/* Adds "did you mean" to the message about an unknown one. */
void tg_options_hint(struct tg_diags *d, struct tg_diag *diag, const char *name, size_t length);

#endif
