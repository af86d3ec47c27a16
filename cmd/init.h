/* SPDX-License-Identifier: MIT
 * Being process 1, as in a container. */
#ifndef TG_CMD_INIT_H
#define TG_CMD_INIT_H

/* Process 1 gets the orphans of its container as children, and no signal that it has no handler for. If that is this process, it
 * goes on in a child: this one passes signals on, waits for whatever ends, and ends as the child does. Returns at once in
 * any other process, and in the child. */
void tg_init_split(void);

#endif
