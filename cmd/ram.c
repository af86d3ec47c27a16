/* SPDX-License-Identifier: MIT
 * How much memory this process may use: in a container, what that may. */
#include "cmd/ram.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/quota.h"

/* A limit in bytes; what is no number ("max") is none, as is what is beyond any memory (version 1 says so). */
static uint64_t read_limit(const char *folder, const char *name)
{
    char text[64];
    if (!tg_quota_read(folder, name, text, sizeof text)) return 0;
    unsigned long long bytes = strtoull(text, NULL, 10);
    return bytes < UINT64_C(1) << 60 ? bytes : 0;
}

/* Above `high`, the kernel makes a group wait. */
static uint64_t ram_v2(const char *folder)
{
    return tg_quota_smaller(read_limit(folder, "memory.max"), read_limit(folder, "memory.high"));
}

static uint64_t ram_v1(const char *folder)
{
    return read_limit(folder, "memory.limit_in_bytes");
}

static const struct tg_quota ram_limits = {"memory", ram_v2, ram_v1};

uint64_t tg_ram_quota(const char *groups, const char *root)
{
    return tg_quota_least(&ram_limits, groups, root);
}

uint64_t tg_ram_of_machine(const char *meminfo)
{
    const char *line = strstr(meminfo, "MemTotal:");
    return line ? strtoull(line + strlen("MemTotal:"), NULL, 10) * 1024 : 0;
}

static uint64_t machine_memory(void)
{
    char text[512]; /* it is the first line */
    uint64_t bytes = tg_quota_read("/proc", "meminfo", text, sizeof text) ? tg_ram_of_machine(text) : 0;
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return !bytes && pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : bytes;
}

uint64_t tg_ram_usable(void)
{
    return tg_quota_smaller(machine_memory(), tg_quota_own(&ram_limits));
}
