/* SPDX-License-Identifier: MIT
 * Built-in functions that look at what is around the program: files, and variables of the environment. What `after` says
 * holds for them, too: they look when it is done. Each takes its arguments, absent ones TG_UNSET. */
#ifndef TG_EVAL_ENVIRONMENT_H
#define TG_EVAL_ENVIRONMENT_H

#include "lang/eval/eval.h"

tg_value tg_environment_env(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);
tg_value tg_environment_exists(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);
tg_value tg_environment_glob(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);
tg_value tg_environment_here(struct tg_eval *e, const struct tg_ast *n, tg_value *take_args, size_t count);

/* -- for other built-in functions that read files */
/* The text of a known str or file argument; NULL after an error. */
const char *tg_environment_text(struct tg_eval *e, const struct tg_ast *n, const char *param, const char *name, tg_value v);
/* True if the call is made later: when the path, its first argument, is known, or when what it stands behind is done. Then *out is
 * the future of what it gives, or an error, and the arguments are taken. */
bool tg_environment_waits(struct tg_eval *e, const struct tg_ast *n, enum tg_builtin_id id, tg_value *args, size_t count,
                          tg_value *out);
/* A call whose first argument is a path: what `look` finds there, now or when it need not wait any more. Takes the arguments. */
typedef tg_value tg_environment_at(struct tg_eval *e, const struct tg_ast *n, const char *path);
tg_value tg_environment_look(struct tg_eval *e, const struct tg_ast *n, enum tg_builtin_id id, tg_environment_at *look,
                             tg_value *take_args, size_t count);
/* The path is read or looked at: for who asks for that (struct tg_program). */
void tg_environment_note(const struct tg_eval *e, const char *path);
/* The file, whole, among `files`: UTF-8 without NUL bytes. NULL after an error. */
struct tg_source *tg_environment_read(struct tg_eval *e, const struct tg_ast *n, const char *path, struct tg_sources *files);

#endif
