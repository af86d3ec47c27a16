/* SPDX-License-Identifier: MIT
 * Standard output is for outputs. What stdio holds back is written out before descriptor 1 is what it was. */
#include "cmd/stdout.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/base/assert.h"

static struct {
    int saved; /* the real one; -1: could not be put away */
    unsigned depth;
} state;

void tg_stdout_hide(void)
{
    if (state.depth++) return;
    state.saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (state.saved >= 0) dup2(STDERR_FILENO, STDOUT_FILENO);
}

void tg_stdout_show(void)
{
    TG_ASSERT(state.depth > 0);
    if (--state.depth || state.saved < 0) return;
    fflush(stdout);
    dup2(state.saved, STDOUT_FILENO);
    close(state.saved);
}
