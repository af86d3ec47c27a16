/* SPDX-License-Identifier: MIT
 * What is started in place of a program of a command, to run that: the words of its option `wrap`. Thread class: owner. */
#ifndef TG_COMMAND_WRAP_H
#define TG_COMMAND_WRAP_H

#include "engine/command/command.h"

/* The words that start the program of these words, which are borrowed. Heap, one block; NULL: the words themselves do. */
char **tg_wrap_words(const struct tg_command *command, char *const *argv);

#endif
