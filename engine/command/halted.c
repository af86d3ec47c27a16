/* SPDX-License-Identifier: MIT
 * Programs that are stopped. No signal comes for that where nobody handles SIGCHLD, so it is looked for, rarely. */
#include "engine/command/halted.h"

#include <sys/wait.h>

#include "engine/command/printed.h"

/* The kernel tells a parent of stops by signals, and of none by a tracer. */
static bool is_halted(pid_t pid)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

static bool is_paused(const struct tg_services *s)
{
    return s && s->paused_ns && s->paused_ns(s->commands) == UINT64_MAX;
}

bool tg_halted_look(struct tg_halted *h, pid_t pid, const tg_ctx *ctx, uint64_t now_ns)
{
    if (now_ns < h->look_ns) return false;
    bool before = h->seen;
    h->seen = h->look_ns && is_halted(pid) && !is_paused(ctx->services);
    h->look_ns = before && h->seen ? UINT64_MAX : now_ns + TG_HALTED_LOOK_NS;
    return before && h->seen;
}

void tg_halted_tell(tg_ctx *ctx, const char *who, const char *task, pid_t pid)
{
    tg_printed_say(ctx, "warning: %s of task '%s', process %ld, is stopped; 'kill -CONT %ld' lets it go on", who, task,
                   (long)pid, (long)pid);
}
