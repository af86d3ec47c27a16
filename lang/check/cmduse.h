/* SPDX-License-Identifier: MIT
 * What is most likely a slip in a command: a value of the workflow that is written as a variable of the shell or as in
 * Snakemake, a quote of the shell that is never closed, what only a shell reads among the words of `run`. All get warnings:
 * each may be meant. Thread class: owner. */
#ifndef TG_CHECK_CMDUSE_H
#define TG_CHECK_CMDUSE_H

#include "lang/bind/module.h"

/* Said of `run` or `serve` with an empty list. */
#define TG_CMDUSE_NO_WORDS "'%s' needs a list: the program and its arguments"

/* The text of a step. */
void tg_cmduse_text(struct tg_program *program, const struct tg_command_def *def, const struct tg_ast *sh);
/* The words of a `run`, or of a program it is piped to. */
void tg_cmduse_words(struct tg_program *program, const struct tg_command_def *def, const struct tg_ast *words);
/* What the command makes. */
void tg_cmduse_result(struct tg_program *program, const struct tg_command_def *def);

#endif
