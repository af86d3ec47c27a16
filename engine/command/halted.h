/* SPDX-License-Identifier: MIT
 * Programs that are stopped (SIGSTOP) while they are waited for: that would be for ever, and without a word. Programs that a run has
 * stopped with itself (Ctrl-Z) are none of these, nor are those at which a debugger looks. Thread class: owner. */
#ifndef TG_COMMAND_HALTED_H
#define TG_COMMAND_HALTED_H

#include "engine/command/command.h"

/* Between two looks: longer than it takes to stop or to wake all programs of a run. */
#define TG_HALTED_LOOK_NS UINT64_C(1000000000)

/* What one that waits has seen; zeroed at first. */
struct tg_halted {
    uint64_t look_ns; /* when to look again; UINT64_MAX: not any more */
    bool seen;        /* it stood still at the last look */
};

/* To be called at look_ns, and whenever else. True once, when the child was stopped at two looks in a row: then it is to be told. */
bool tg_halted_look(struct tg_halted *h, pid_t pid, const tg_ctx *ctx, uint64_t now_ns);
/* Tells it. who: as "executor" or "the server" of a task of this name. */
void tg_halted_tell(tg_ctx *ctx, const char *who, const char *task, pid_t pid);

#endif
