/* SPDX-License-Identifier: MIT
 * How many CPUs this process may use: a container with half a CPU on a machine of 64 should start one worker, not 64. */
#include "cmd/cpus.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/quota.h"

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

/* Quota and period in microseconds as CPUs, rounded up; 0: no limit. */
static uint64_t as_cpus(long long quota, long long period)
{
    if (quota <= 0 || period <= 0) return 0;
    long long cpus = (quota - 1) / period + 1;
    return cpus < MOST_CPUS ? (uint64_t)cpus : 0;
}

static uint64_t cpus_v2(const char *folder)
{
    char text[128];
    long long quota, period;
    bool found = tg_quota_read(folder, "cpu.max", text, sizeof text) && sscanf(text, "%lld %lld", &quota, &period) == 2;
    return found ? as_cpus(quota, period) : 0;
}

static uint64_t cpus_v1(const char *folder)
{
    char quota[64], period[64];
    bool found = tg_quota_read(folder, "cpu.cfs_quota_us", quota, sizeof quota) &&
                 tg_quota_read(folder, "cpu.cfs_period_us", period, sizeof period);
    return found ? as_cpus(atoll(quota), atoll(period)) : 0;
}

static const struct tg_quota cpu_quota = {"cpu", cpus_v2, cpus_v1};

unsigned tg_cpus_quota(const char *groups, const char *root)
{
    return (unsigned)tg_quota_least(&cpu_quota, groups, root);
}

unsigned tg_cpus_usable(void)
{
    return (unsigned)tg_quota_smaller(affinity(), tg_quota_own(&cpu_quota));
}
