/* SPDX-License-Identifier: MIT
 * How many CPUs this process may use.
 *
 * A container with half a CPU on a machine of 64 should start one worker, not 64. A quota may stand at any level
 * above the process's own group, so that the path is walked up; the smallest one counts. Inside a container the
 * path may name a group that is not visible there; the levels that are visible still count. */
#include "cmd/cpus.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"

#define MOST_CPUS 65536

static unsigned affinity(void)
{
    for (size_t cpus = 1024; cpus <= MOST_CPUS; cpus *= 2) { /* the kernel refuses a mask smaller than its own */
        cpu_set_t *set = CPU_ALLOC(cpus);
        size_t bytes = CPU_ALLOC_SIZE(cpus);
        int count = set && sched_getaffinity(0, bytes, set) == 0 ? CPU_COUNT_S(bytes, set) : 0;
        CPU_FREE(set);
        if (count > 0) return (unsigned)count;
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (unsigned)online : 1;
}

/* Reads a small file whole; false if it cannot. */
static bool read_small(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t n = read(fd, text, size - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    return n > 0;
}

/* Quota and period in microseconds as CPUs, rounded up; 0: no limit. */
static unsigned as_cpus(long long quota, long long period)
{
    if (quota <= 0 || period <= 0) return 0;
    long long cpus = (quota + period - 1) / period;
    return cpus < MOST_CPUS ? (unsigned)cpus : 0;
}

static unsigned quota_v2(const char *folder)
{
    char text[128];
    long long quota, period;
    char *path = tg_alloc_format("%s/cpu.max", folder);
    bool found = read_small(path, text, sizeof text) && sscanf(text, "%lld %lld", &quota, &period) == 2;
    free(path);
    return found ? as_cpus(quota, period) : 0;
}

static unsigned quota_v1(const char *folder)
{
    char quota[64], period[64];
    char *quota_path = tg_alloc_format("%s/cpu.cfs_quota_us", folder),
         *period_path = tg_alloc_format("%s/cpu.cfs_period_us", folder);
    bool found = read_small(quota_path, quota, sizeof quota) && read_small(period_path, period, sizeof period);
    free(quota_path);
    free(period_path);
    return found ? as_cpus(atoll(quota), atoll(period)) : 0;
}

static unsigned smaller(unsigned a, unsigned b) /* 0: none */
{
    if (!a || !b) return a ? a : b;
    return a < b ? a : b;
}

/* The smallest quota from `group` up to the root of the mount. */
static unsigned walk_up(const char *mount, const char *group, size_t length, unsigned (*quota)(const char *))
{
    unsigned least = 0;
    for (;;) {
        while (length > 0 && group[length - 1] == '/') length--;
        char *folder = tg_alloc_format("%s%.*s", mount, (int)length, group);
        least = smaller(least, quota(folder));
        free(folder);
        if (length == 0) return least;
        while (length > 0 && group[length - 1] != '/') length--;
    }
}

static bool has_word(const char *list, size_t length, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= length; i++)
        if ((i == 0 || list[i - 1] == ',') && memcmp(list + i, word, n) == 0 && (i + n == length || list[i + n] == ','))
            return true;
    return false;
}

unsigned tg_cpus_quota(const char *groups, const char *root)
{
    unsigned least = 0;
    for (const char *line = groups; *line;) { /* "0::/group" (v2), "4:cpu,cpuacct:/group" (v1) */
        size_t end = strcspn(line, "\n");
        const char *first = memchr(line, ':', end);
        const char *second = first ? memchr(first + 1, ':', end - (size_t)(first + 1 - line)) : NULL;
        if (second) {
            const char *group = second + 1;
            size_t length = end - (size_t)(group - line), names = (size_t)(second - first - 1);
            char *v1 = tg_alloc_format("%s/cpu", root), *hybrid = tg_alloc_format("%s/unified", root);
            if (names == 0) {
                least = smaller(least, walk_up(root, group, length, quota_v2));
                least = smaller(least, walk_up(hybrid, group, length, quota_v2));
            } else if (has_word(first + 1, names, "cpu")) {
                least = smaller(least, walk_up(v1, group, length, quota_v1));
            }
            free(v1);
            free(hybrid);
        }
        line += end + (line[end] == '\n');
    }
    return least;
}

unsigned tg_cpus_usable(void)
{
    char groups[8192];
    unsigned cpus = affinity();
    if (read_small("/proc/self/cgroup", groups, sizeof groups)) cpus = smaller(cpus, tg_cpus_quota(groups, "/sys/fs/cgroup"));
    return cpus;
}
