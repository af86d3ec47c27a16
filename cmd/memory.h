/* SPDX-License-Identifier: MIT
 * The memory of the process: how malloc and threads use it, and what is put right when there is no more. */
#ifndef TG_CMD_MEMORY_H
#define TG_CMD_MEMORY_H

struct tg_commands;

/* To be called first of all. */
void tg_memory_init(void);
/* From now on a shortage ends these commands, too; NULL: there are none any more. */
void tg_memory_watch(struct tg_commands *commands);

#endif
