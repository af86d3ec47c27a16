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
 *                       (calls of what only a word names have been added: nocall.h)
 *     PATH              the task that makes the file, or a folder that it is in; else all that make something in this folder
 *
 * *selected becomes a bitmap over graph->wanted; the caller frees it (tg_plan_selected takes it). False: *unknown is the word
 * that names nothing, and err has a hint with near ones; `count` if something else is wrong. */
bool tg_select(struct tg_program *p, const char *const *words, size_t count, uint64_t **selected, size_t *unknown,
               struct tg_err *err);

/* The function of tasks that a word names, whether or not anything calls it: a command, or one of a plugin that a file uses.
 * NULL: none. */
const struct tg_def *tg_select_function(const struct tg_program *p, const char *word);

#endif
