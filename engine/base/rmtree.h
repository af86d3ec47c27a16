/* SPDX-License-Identifier: MIT
 * Removing folders with all in them. No memory is asked for, and neither the stack nor the open files grow with the depth:
 * it can be called where memory has run out. Symbolic links are not followed. Any thread. */
#ifndef TG_BASE_RMTREE_H
#define TG_BASE_RMTREE_H

#include <stdbool.h>

/* Removes a file, a link or a folder with all in it; true if it is gone. */
bool tg_rmtree(const char *path);
/* Removes all that is in an open folder but the entry `spare` (NULL: none); true if nothing else is left. */
bool tg_rmtree_within(int fd, const char *spare);

#endif
