/* SPDX-License-Identifier: MIT
 * What the words of a command line name: outputs, tasks and the files that tasks make. Thread class: owner. */
#ifndef TG_EVAL_SELECT_H
#define TG_EVAL_SELECT_H

#include "lang/bind/program.h"

/* Finds what the words name in the graph of a program that was evaluated with them as `program->named`, and adds what is no
 * output to graph->wanted. An output goes before a task, a task before a file:
 *
 *     NAME, task:NAME   the tasks of the calls of a function, and those that the value of a variable of the main file needs;
 *                       also of a plugin or an imported file: M.NAME
 *     PATH              the task that makes the file, or a folder that it is in
 *
 * *selected becomes a bitmap over graph->wanted. False: *unknown is the word that
 * nobody knows, for which err lists near ones; count: another thing is wrong. */
bool tg_select(struct tg_program *p, const char *const *words, size_t count, uint64_t **selected, size_t *unknown,
               struct tg_err *err);

#endif
