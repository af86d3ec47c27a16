/* SPDX-License-Identifier: MIT
 * Usable CPUs: quotas of cgroups v2 and v1 at every level. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cpus.h"
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
    finish();
}
