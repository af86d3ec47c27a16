/* SPDX-License-Identifier: MIT
 * Standard output is for outputs. What stdio holds back is written out before descriptor 1 is what it was. */
#include "cmd/stdout.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/assert.h"

static struct {
    int saved;        /* the real one; -1: could not be put away */
    struct stat what; /* what it is: a plugin may close what is not its own */
    unsigned depth;
} state;

void tg_stdout_hide(void)
{
    if (state.depth++) return;
    fstat(STDOUT_FILENO, &state.what);
    state.saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (state.saved >= 0) dup2(STDERR_FILENO, STDOUT_FILENO);
}

static bool is_still_there(void)
{
    struct stat now;
    return fstat(state.saved, &now) == 0 && now.st_dev == state.what.st_dev && now.st_ino == state.what.st_ino;
}

/* What is written to it fails, as it should. */
static void break_stdout(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) dup2(fd, STDOUT_FILENO);
    close(fd < 0 ? STDOUT_FILENO : fd);
}

void tg_stdout_show(void)
{
    TG_ASSERT(state.depth > 0);
    if (--state.depth || state.saved < 0) return;
    fflush(stdout);
    if (!is_still_there()) {
        break_stdout();
    } else {
        dup2(state.saved, STDOUT_FILENO);
        close(state.saved);
    }
}
