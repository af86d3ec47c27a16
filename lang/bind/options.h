/* SPDX-License-Identifier: MIT
 * The task options that the language knows: `with retries = 2`. Thread class: immutable. */
#ifndef TG_BIND_OPTIONS_H
#define TG_BIND_OPTIONS_H

#include "engine/base/arena.h"
#include "engine/value/value.h"
#include "lang/bind/option_value.h"
#include "lang/text/diag.h"

/* The i-th one, by name; NULL past the end. */
const char *tg_options_name(size_t i);
bool tg_options_known(const char *name, size_t length);
/* True if it may depend on the task at the definition of a command (late.h). */
bool tg_options_may_be_late(const char *name);
/* True if it may then depend on `out` as well: it is known only once the places of results are. */
bool tg_options_knows_out(const char *name);
/* True if it concerns programs or what they read and make, which has a meaning for commands only. */
bool tg_options_is_for_commands(const char *name);
/* True if it concerns the files that a command makes. */
bool tg_options_is_for_files(const char *name);
/* What is said where it stands at a call that runs no program. */
#define TG_OPTIONS_NO_COMMAND "option '%s' is for commands, and %s '%s' is none"
#define TG_OPTIONS_NO_COMMAND_HINT \
    "write it at the call of a command; with %s = .. { .. } holds for the commands among many calls."
/* What is said where it stands at what makes no files. */
#define TG_OPTIONS_NO_FILES "option '%s' is for commands that make files, and '%s' makes none"
#define TG_OPTIONS_NO_FILES_HINT "a command that makes a file has the result file(PATH), and writes to ${out}."
/* Kinds of what it may be, and what it must be in words ("an int, 0 or more"). */
tg_kinds tg_options_kinds(const char *name);
const char *tg_options_must(const char *name);
/* False if v cannot be the value of this known option; *m, which is empty, says why. */
bool tg_options_check(const char *name, tg_value v, struct tg_misuse *m);
/* v as it is kept: a size is a whole number of bytes. */
tg_value tg_options_whole(const char *name, tg_value take_v);
/* True if the record has the option, and its value depends on the task (late.h): those below say that there is none. */
bool tg_options_is_late(tg_value record, const char *name);
/* The words of the option with this name in a record of options, or in nil: NULL-terminated, in the arena; NULL: not given, or none. */
const char *const *tg_options_words(tg_value record, const char *name, struct tg_arena *arena);
/* Those of the option `shell`. */
const char *const *tg_options_shell(tg_value record, struct tg_arena *arena);
/* The text of the option with this name (`dir`, `container`), lent; NULL: not given, or empty. */
const char *tg_options_text(tg_value record, const char *name);
/* What the option with this name (`cache`, `volatile`, `temp`, `protected`) says in a record of options, or in nil. */
bool tg_options_truth(tg_value record, const char *name, bool otherwise);
/* Two that cannot both be true. */
struct tg_options_pair {
    const char *one, *other;
};
#define TG_OPTIONS_CLASH "options '%s' and '%s' contradict each other"
#define TG_OPTIONS_CLASH_HINT "one of them, the nearer one, must be false: %s = false or %s = false."
/* The i-th one; NULL past the end. */
const struct tg_options_pair *tg_options_pair(size_t i);
/* The first of which both are true in the record; NULL: there is none. */
const struct tg_options_pair *tg_options_clash(tg_value record);
/* What the option `env` in it says, as tg_spawn takes it: "NAME=VALUE" and "NAME", NULL-terminated, in the arena; NULL: not given. */
char **tg_options_settings(tg_value record, struct tg_arena *arena);
/* Adds "timeout = 10s": as it would be written; late values (late.h) as they are. */
void tg_options_print(struct tg_buf *b, const char *name, tg_value v);
/* One record over another, name by name: variables of the environment, resources. */
tg_value tg_options_merge(tg_value under, tg_value over);

#endif
