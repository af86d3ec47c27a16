/* SPDX-License-Identifier: MIT
 * Variables of the shell in the text of an `sh`, as far as a message needs to know them: by the look of the words, without
 * reading what the shell would make of them. Thread class: immutable. */
#ifndef TG_COMMAND_SHELLVARS_H
#define TG_COMMAND_SHELLVARS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the text seems to set the variable: NAME=.., for NAME, read NAME, ((NAME ..)) and the like. */
bool tg_shellvars_sets(const char *text, size_t length, const char *name);
/* The next $NAME or ${NAME from `at` on: where its '$' stands, length if there is none; *name and *end are then where the
 * name begins and ends. */
size_t tg_shellvars_next(const char *text, size_t length, size_t at, size_t *name, size_t *end);

#endif
