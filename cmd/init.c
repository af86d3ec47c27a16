/* SPDX-License-Identifier: MIT
 * Being process 1. The child is the whole tgrun; what is left here knows nothing but its number. When process 1 ends, the kernel
 * kills what is still in the container. */
#include "cmd/init.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/ending.h"

static const int passed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT};

/* Reaps all that has ended; ends if the child has. */
static void reap(pid_t child)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == child) tg_ending_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    if (pid < 0 && errno == ECHILD) tg_ending_exit(TG_EXIT_FAULT);
}

static _Noreturn void be_init(pid_t child, const sigset_t *set)
{
    for (;;) {
        siginfo_t info;
        int number = sigwaitinfo(set, &info);
        if (number == SIGCHLD) reap(child);
        /* the terminal sends its signals to the child as well */
        else if (number > 0 && info.si_code != SI_KERNEL) kill(child, number);
    }
}

void tg_init_split(void)
{
    sigset_t set, before;
    if (getpid() != 1) return;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    for (size_t i = 0; i < TG_COUNT(passed_on); i++) sigaddset(&set, passed_on[i]);
    sigprocmask(SIG_BLOCK, &set, &before);
    signal(SIGCHLD, SIG_DFL);
    pid_t child = fork();
    if (child > 0) be_init(child, &set);
    sigprocmask(SIG_SETMASK, &before, NULL); /* without a child, it must do as it is */
}
