/* SPDX-License-Identifier: MIT
 * An executor: a process that has loaded the plugins of a workflow and runs the batches that tgrun sends it. */
#ifndef TG_REMOTE_EXECUTOR_H
#define TG_REMOTE_EXECUTOR_H

#include <stdbool.h>

/* True if standard input is what tgrun gives an executor. */
bool tg_executor_is_called(void);
/* Runs batches until tgrun closes the connection, which is standard input; the exit status. The process has one thread. */
int tg_executor_main(void);

#endif
