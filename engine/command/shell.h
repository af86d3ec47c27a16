/* SPDX-License-Identifier: MIT
 * The programs that run the text of an `sh`: which there are, and how one is started. Thread class: immutable. */
#ifndef TG_COMMAND_SHELL_H
#define TG_COMMAND_SHELL_H

#include "engine/command/command.h"

/* What is said where another program would have to read values: the task's name, the program's. */
#define TG_SHELL_NO_VALUES "task '%s' has values in its text, which '%s' may not read as text: sh, dash, bash, ksh and zsh do"

/* What is done instead; the program's name. */
#define TG_SHELL_ARGUMENTS "Values can be its arguments: run [\"%s\", \"-c\", r\"..\", x]."

/* What the option `shell` is where nobody gives it. */
extern const char *const tg_shell_default[];

/* Whether the words are a shell whose quoting is known, by the base name of its program, also behind `env`: sh, dash,
 * bash, ksh, zsh. NULL: the default one. */
bool tg_shell_is_known(const char *const *shell);
/* Is the line one in which the shell itself, a known one, complains: "bash: line 1: .."? */
bool tg_shell_says(const char *const *shell, const char *line, size_t length);
/* Whether they are one that has arrays. */
bool tg_shell_has_arrays(const char *const *shell);
/* Whether the word is a keyword or builtin of one of them; not `true` and `false`, which are programs, too. */
bool tg_shell_has_word(const char *word, size_t length);
/* Adds a text in '..', so that every shell reads it as it is. */
void tg_shell_quote(struct tg_buf *b, const char *text);
/* Whether the shell may know the name as a function of its own: bash gets them by its environment. NULL: the default one. */
bool tg_shell_defines(const char *const *shell, const char *name);
/* The arguments that run the step's script; the words are borrowed. Heap. */
char **tg_shell_argv(const struct tg_step *step);

#endif
