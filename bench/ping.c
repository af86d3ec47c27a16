/* SPDX-License-Identifier: MIT
 * What it takes to another process and back at least, over a pair of sockets, by nothing but read and write.
 *
 *     ping [-n COUNT] [-b BYTES] seqpacket|stream   so many bytes there and back, COUNT times: prints round_ns
 *     ping -c BYTES                                 so many bytes there, once, each page touched: prints copy_ns */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/work.h"

#define PAGE_BYTES 4096

static bool give(int socket, const char *bytes, size_t count)
{
    for (ssize_t put; count; bytes += put, count -= (size_t)put)
        if ((put = write(socket, bytes, count)) <= 0) return false;
    return true;
}

static bool take(int socket, char *bytes, size_t count)
{
    for (ssize_t got; count; bytes += got, count -= (size_t)got)
        if ((got = read(socket, bytes, count)) <= 0) return false;
    return true;
}

/* The other end: gives back what it takes, or, with `once`, a byte when it has taken all and touched it. */
static int answer(int socket, char *bytes, size_t count, bool once)
{
    if (once) {
        char sum = 0;
        if (!take(socket, bytes, count)) return 1;
        for (size_t i = 0; i < count; i += PAGE_BYTES) sum = (char)(sum + bytes[i]);
        return !give(socket, &sum, 1);
    }
    while (take(socket, bytes, count))
        if (!give(socket, bytes, count)) return 1;
    return 0;
}

/* Nanoseconds for each round; negative: it has failed. */
static double measure(int socket, char *bytes, size_t count, long rounds, bool once)
{
    double begin = work_now_ns();
    for (long i = 0; i < rounds; i++) {
        bool back = give(socket, bytes, count) && take(socket, bytes, once ? 1 : count);
        if (!back) return -1;
    }
    return (work_now_ns() - begin) / (double)rounds;
}

static int run(int type, size_t count, long rounds, bool once)
{
    int ends[2];
    char *bytes = calloc(count, 1);
    if (!bytes || socketpair(AF_UNIX, type, 0, ends) < 0) return 1;
    memset(bytes, 7, count);
    pid_t pid = fork();
    if (pid < 0) return 1;
    close(ends[pid != 0]);
    if (pid == 0) _exit(answer(ends[1], once ? malloc(count) : bytes, count, once));
    if (!once) measure(ends[0], bytes, count, rounds / 10 + 1, once); /* to warm up */
    double ns = measure(ends[0], bytes, count, rounds, once);
    close(ends[0]);
    waitpid(pid, NULL, 0);
    free(bytes);
    if (ns < 0) return 1;
    printf("%s %.0f\n", once ? "copy_ns" : "round_ns", ns);
    return 0;
}

int main(int argc, char **argv)
{
    long rounds = 20000, bytes = 16 << 10, once = 0;
    int option;
    while ((option = getopt(argc, argv, "n:b:c:")) != -1) {
        switch (option) {
        case 'n': rounds = strtol(optarg, NULL, 10); break;
        case 'b': bytes = strtol(optarg, NULL, 10); break;
        case 'c': once = strtol(optarg, NULL, 10); break;
        default: return 2;
        }
    }
    if (once > 0 && optind == argc) return run(SOCK_STREAM, (size_t)once, 1, true);
    bool stream = optind + 1 == argc && strcmp(argv[optind], "stream") == 0;
    if (rounds < 1 || bytes < 1 || optind + 1 != argc || (!stream && strcmp(argv[optind], "seqpacket") != 0)) {
        fprintf(stderr, "usage: ping [-n COUNT] [-b BYTES] seqpacket|stream, or ping -c BYTES\n");
        return 2;
    }
    return run(stream ? SOCK_STREAM : SOCK_SEQPACKET, (size_t)bytes, rounds, false);
}
