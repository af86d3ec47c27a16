/* SPDX-License-Identifier: MIT
 * Runs a program and says how long that took and how much memory it had at most.
 *
 *     timed [-q] PROGRAM ARG...              once; prints what the program prints, then wall_ns, cpu_ns and peak_kb
 *     timed -r COUNT [-j N] PROGRAM ARG...   COUNT times, N at a time, by vfork, exec and wait alone: prints wall_ns and cpu_ns.
 *                                            Of an argument, the last `{}` at its end becomes the number of the run
 *
 * -q throws the program's output away. The exit status is 1 if the program failed. */
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/work.h"

#define NUMBER_BYTES 24

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

/* Writes the number over the end of an argument that ends in "{}"; there is room for it. */
static char *place_number(char **argv)
{
    for (int i = 1; argv[i]; i++) {
        size_t length = strlen(argv[i]);
        if (length < 2 || strcmp(argv[i] + length - 2, "{}") != 0) continue;
        char *copy = malloc(length + NUMBER_BYTES);
        if (!copy) return NULL;
        memcpy(copy, argv[i], length);
        argv[i] = copy;
        return copy + length - 2;
    }
    return NULL;
}

/* The floor: nothing starts a program with less. */
static void start_bare(char **argv)
{
    pid_t pid = vfork();
    if (pid < 0) exit(1);
    if (pid > 0) return;
    execvp(argv[0], argv);
    _exit(127);
}

static double cpu_seconds(int who)
{
    struct rusage usage;
    getrusage(who, &usage);
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

static int run_many(char **argv, long count, long at_once)
{
    long running = 0;
    bool failed = false;
    char *number = place_number(argv);
    double begin = work_now_ns();
    while (count > 0 || running > 0) {
        for (; count > 0 && running < at_once; count--, running++) {
            if (number) snprintf(number, NUMBER_BYTES, "%ld", count);
            start_bare(argv);
        }
        int status;
        if (waitpid(-1, &status, 0) < 0) return 1;
        failed |= status != 0;
        running--;
    }
    printf("wall_ns %.0f\ncpu_ns %.0f\n", work_now_ns() - begin,
           (cpu_seconds(RUSAGE_SELF) + cpu_seconds(RUSAGE_CHILDREN)) * 1e9);
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
