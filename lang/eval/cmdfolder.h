/* SPDX-License-Identifier: MIT
 * Paths of files for a command that runs in another folder (option `dir`): those of files become absolute; texts stay what they
 * are, and mean what the program takes them for. Thread class: any thread. */
#ifndef TG_EVAL_CMDFOLDER_H
#define TG_EVAL_CMDFOLDER_H

#include "engine/base/arena.h"
#include "engine/value/value.h"

/* The value with all files in it made absolute. */
tg_value tg_cmdfolder_value(tg_value take_v);
/* The words of a program that is not looked for along PATH, with its path made absolute. In the arena. */
const char *const *tg_cmdfolder_program(const char *const *words, struct tg_arena *arena);
/* What a program of `run` is called in the folder: the path that is there, else the one from where we are. In the arena, or itself. */
char *tg_cmdfolder_find(char *program, const char *dir, struct tg_arena *arena);

#endif
