/* SPDX-License-Identifier: MIT
 * Running out of memory: what limits it, and the end of a process that cannot have what it needs. There is one way to end:
 * a line on standard error, then what must be put right, then status 3. It needs no memory, and no lock that somebody else
 * may hold. Thread class: any thread. */
#ifndef TG_BASE_SHORTAGE_H
#define TG_BASE_SHORTAGE_H

#include <stddef.h>

/* The address space that this process may have (`ulimit -v`), in bytes; SIZE_MAX: there is no limit. */
size_t tg_shortage_limit(void);
/* Sets some memory aside for the end, and says what is to be done then, in the thread that ends the process, while others go
 * on. It may take memory, but the second shortage ends it. To be called once, before there are threads. */
void tg_shortage_prepare(void (*put_right)(void));
/* What is done instead of all that, in the thread that ends the process; if it comes back, the usual. Before there are threads. */
void tg_shortage_end_by(void (*end)(size_t bytes));
/* After a call of the system that failed with this error: if that is for want of memory, this is the end. */
void tg_shortage_check(int error);
/* The end. Of several threads, the first goes on and the others stand still. */
_Noreturn void tg_shortage_end(size_t bytes);

#endif
