/* SPDX-License-Identifier: MIT
 * Runs a program and says how long that took and how much memory it had at most.
 *
 *     timed [-q] PROGRAM ARG...              once; prints what the program prints, then wall_ns, cpu_ns and peak_kb
 *     timed -r COUNT [-j N] PROGRAM ARG...   COUNT times, N at a time, by posix_spawn and waitpid alone, with standard output to
 *                                            /dev/null: prints wall_ns
 *
 * -q throws the program's output away. The exit status is 1 if the program failed. */
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/work.h"

extern char **environ;

static pid_t start(char **argv, bool quiet)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (quiet) posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    pid_t pid;
    int error = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error) {
        fprintf(stderr, "timed: cannot run '%s': %s\n", argv[0], strerror(error));
        exit(1);
    }
    return pid;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static int run_once(char **argv, bool quiet)
{
    struct rusage usage;
    int status = 1;
    double begin = work_now_ns();
    pid_t pid = start(argv, quiet);
    if (wait4(pid, &status, 0, &usage) != pid) return 1;
    double wall_ns = work_now_ns() - begin;
    printf("wall_ns %.0f\ncpu_ns %.0f\npeak_kb %ld\n", wall_ns, (seconds(usage.ru_utime) + seconds(usage.ru_stime)) * 1e9,
           usage.ru_maxrss);
    return status != 0;
}

static int run_many(char **argv, long count, long at_once)
{
    long running = 0;
    bool failed = false;
    double begin = work_now_ns();
    while (count > 0 || running > 0) {
        for (; count > 0 && running < at_once; count--, running++) start(argv, true);
        int status;
        if (waitpid(-1, &status, 0) < 0) return 1;
        failed |= status != 0;
        running--;
    }
    printf("wall_ns %.0f\n", work_now_ns() - begin);
    return failed;
}

int main(int argc, char **argv)
{
    long count = 0, at_once = 1;
    bool quiet = false;
    int option;
    while ((option = getopt(argc, argv, "+qr:j:")) != -1) {
        switch (option) {
        case 'q': quiet = true; break;
        case 'r': count = strtol(optarg, NULL, 10); break;
        case 'j': at_once = strtol(optarg, NULL, 10); break;
        default: return 2;
        }
    }
    if (optind >= argc || at_once < 1) {
        fprintf(stderr, "usage: timed [-q] [-r COUNT [-j N]] PROGRAM ARG...\n");
        return 2;
    }
    return count > 0 ? run_many(argv + optind, count, at_once) : run_once(argv + optind, quiet);
}
