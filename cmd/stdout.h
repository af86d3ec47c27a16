/* SPDX-License-Identifier: MIT
 * Standard output is for outputs. While code of plugins runs, what it prints on descriptor 1 goes to standard error.
 * Thread class: owner (the main thread). */
#ifndef TG_CMD_STDOUT_H
#define TG_CMD_STDOUT_H

/* Descriptor 1 is standard error until tg_stdout_show; may be nested. */
void tg_stdout_hide(void);
void tg_stdout_show(void);

#endif
