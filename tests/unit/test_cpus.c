/* SPDX-License-Identifier: MIT
 * Usable CPUs and memory: limits of cgroups v2 and v1 at every level. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cpus.h"
#include "cmd/ram.h"
#include "engine/base/alloc.h"
#include "tests/unit/check.h"

static char root[] = "/tmp/test_cpus.XXXXXX";

/* Writes root/path, making its folders. */
static void put(const char *path, const char *text)
{
    char *file = tg_alloc_format("%s/%s", root, path);
    for (char *slash = file + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        mkdir(file, 0777);
        *slash = '/';
    }
    FILE *f = fopen(file, "w");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
    free(file);
}

static void start(void)
{
    strcpy(root + sizeof root - 7, "XXXXXX");
    CHECK(mkdtemp(root));
}

static void finish(void)
{
    char *command = tg_alloc_format("rm -r '%s'", root);
    CHECK_INT(system(command), 0);
    free(command);
}

TEST(at_least_one)
{
    CHECK(tg_cpus_usable() >= 1);
}

TEST(no_quota)
{
    start();
    put("a/cpu.max", "max 100000\n");
    CHECK_INT(tg_cpus_quota("0::/a\n", root), 0);
    CHECK_INT(tg_cpus_quota("0::/nowhere\n", root), 0);
    CHECK_INT(tg_cpus_quota("", root), 0);
    CHECK_INT(tg_cpus_quota("nonsense", root), 0);
    finish();
}

TEST(v2_rounds_up)
{
    start();
    put("a/cpu.max", "250000 100000\n");
    CHECK_INT(tg_cpus_quota("0::/a\n", root), 3);
    put("a/cpu.max", "50000 100000\n");
    CHECK_INT(tg_cpus_quota("0::/a\n", root), 1);
    finish();
}

TEST(the_smallest_level_counts)
{
    start();
    put("a/b/c/cpu.max", "800000 100000\n");
    put("a/b/cpu.max", "max 100000\n");
    put("a/cpu.max", "200000 100000\n");
    CHECK_INT(tg_cpus_quota("0::/a/b/c\n", root), 2);
    CHECK_INT(tg_cpus_quota("0::/a/b/hidden/deeper\n", root), 2);
    finish();
}

TEST(v1)
{
    start();
    put("cpu/a/cpu.cfs_quota_us", "400000\n");
    put("cpu/a/cpu.cfs_period_us", "100000\n");
    put("cpu/b/cpu.cfs_quota_us", "-1\n");
    put("cpu/b/cpu.cfs_period_us", "100000\n");
    CHECK_INT(tg_cpus_quota("9:memory:/x\n4:cpu,cpuacct:/a\n", root), 4);
    CHECK_INT(tg_cpus_quota("4:cpuacct,cpu:/a\n", root), 4);
    CHECK_INT(tg_cpus_quota("4:cpu,cpuacct:/b\n", root), 0);
    CHECK_INT(tg_cpus_quota("4:cpuset:/a\n", root), 0);
    put("cpu,cpuacct/c/cpu.cfs_quota_us", "200000\n"); /* without a link named for each */
    put("cpu,cpuacct/c/cpu.cfs_period_us", "100000\n");
    CHECK_INT(tg_cpus_quota("4:cpu,cpuacct:/c\n", root), 2);
    finish();
}

#define MIB (UINT64_C(1) << 20)

TEST(memory_of_the_machine)
{
    CHECK(tg_ram_usable() >= MIB);
    CHECK_INT(tg_ram_of_machine("MemTotal:       16384256 kB\nMemFree:         123456 kB\n"), INT64_C(16384256) * 1024);
    CHECK_INT(tg_ram_of_machine("MemFree: 1 kB\n"), 0);
}

TEST(memory_v2)
{
    start();
    put("a/b/memory.max", "1073741824\n");
    put("a/b/memory.high", "max\n");
    put("a/memory.max", "max\n");
    CHECK_INT(tg_ram_quota("0::/a/b\n", root), 1024 * MIB);
    CHECK_INT(tg_ram_quota("0::/a\n", root), 0);
    put("a/b/memory.high", "536870912\n");
    CHECK_INT(tg_ram_quota("0::/a/b\n", root), 512 * MIB);
    put("a/memory.max", "268435456\n"); /* a level above */
    CHECK_INT(tg_ram_quota("0::/a/b/hidden\n", root), 256 * MIB);
    put("memory.max", "134217728\n"); /* the group that a container sees as its root */
    CHECK_INT(tg_ram_quota("0::/\n", root), 128 * MIB);
    finish();
}

TEST(memory_v1)
{
    start();
    put("memory/a/memory.limit_in_bytes", "9223372036854771712\n");
    CHECK_INT(tg_ram_quota("5:memory:/a\n0::/a\n", root), 0);
    put("memory/memory.limit_in_bytes", "536870912\n");
    CHECK_INT(tg_ram_quota("5:memory:/a\n0::/a\n", root), 512 * MIB);
    CHECK_INT(tg_ram_quota("5:cpu:/a\n", root), 0);
    put("unified/a/memory.max", "268435456\n"); /* both versions at once */
    CHECK_INT(tg_ram_quota("5:memory:/a\n0::/a\n", root), 256 * MIB);
    finish();
}
