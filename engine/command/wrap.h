/* SPDX-License-Identifier: MIT
 * What is started in place of a program of a command, to run that: the words of its options `wrap` and `container`. Thread class: owner. */
#ifndef TG_COMMAND_WRAP_H
#define TG_COMMAND_WRAP_H

#include "engine/command/command.h"

/* The words that start the program of these words (NULL: none), number `number` of the step, SIZE_MAX: they are only shown. Heap,
 * each word; NULL: the words themselves do. */
char **tg_wrap_words(const struct tg_command *command, const struct tg_step *step, size_t number, char *const *argv);
void tg_wrap_free(char **words);

#endif
