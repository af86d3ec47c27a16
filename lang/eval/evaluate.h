/* SPDX-License-Identifier: MIT
 * The room lang/eval: values at graph time, and continuing at run time. This is its door, all that others call; the other ways
 * in are tasks of the graph (cmdtask.c, continue.c). Inside, the files call each other in circles, as a tree walker's do:
 *
 *     eval.c        expressions, errors             statement.c      statements, blocks, modules
 *     call.c        calls and their arguments       iterate.c        loops and comprehensions
 *     function.c    function values; fit.c: types   operate.c        operators; pairs.c: records with computed keys
 *     frame.c       variables of calls              builtin.c        built-in functions; arrange.c: order and groups
 *     site.c        tasks and their sites           core_task.c      tasks of the built-in plugin
 *     now.c         tasks that are evaluated at once
 *     option.c      task options in force           as_completed.c   streams; turn.c: their order
 *     attempt.c     what may fail                   environment.c    files, variables; sheet.c: tables; jsontext.c: JSON
 *     suspend.c     what waits for a result         point.c          the tasks that it becomes
 *     continue.c    the same when it is known       box.c            several values in one
 *     in_order.c    statements one after the other  finally.c        blocks that are run when all has ended
 *     overlay.c     variables of files as they were then
 *     anchor.c      long lists of futures           cmdtask.c        bodies of commands
 *     product.c     the files that commands make    preflight.c      what is wrong with them before the run
 *     select.c      what words of a command line name        nocall.c      what only they call
 *     maycall.c     what an expansion point may call, for who looks at it */
#ifndef TG_EVAL_EVALUATE_H
#define TG_EVAL_EVALUATE_H

#include "lang/bind/program.h"

/* Before binding: gives the program what evaluation needs, and the function of commands. */
void tg_evaluate_begin(struct tg_program *p);
/* After the run. */
void tg_evaluate_end(struct tg_program *p);
/* Evaluates the main file into the session's graph. False if there were errors, now or before. */
bool tg_evaluate(struct tg_program *p);
/* Instead of it, where a parameter of the main file is missing: looks at the values of the others, as far as literals decide
 * them. What is wrong is in the program's diagnostics. */
void tg_evaluate_parameters(struct tg_program *p);
/* The value of an expression that tg_constant_resolve has accepted. False after a diagnostic. */
bool tg_evaluate_constant(struct tg_program *p, const struct tg_ast *n, tg_value *out);

#endif
