/* SPDX-License-Identifier: MIT
 * Load average and pressure stall information (PSI, Linux 4.20). */
#include "engine/gate/reading.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"

double tg_reading_load(void)
{
    double load;
    return getloadavg(&load, 1) == 1 ? load : -1;
}

double tg_reading_full(const char *text)
{
    const char *line = strstr(text, "full "), *avg10 = line ? strstr(line, "avg10=") : NULL;
    char *end;
    if (!avg10) return -1;
    double percent = strtod(avg10 + strlen("avg10="), &end);
    return end == avg10 + strlen("avg10=") || !(percent >= 0) ? -1 : percent;
}

/* Where commands have groups of their own, ours is a leaf beside them (command/cgroup.h): what counts is the one above. */
static size_t above_own(const char *group, size_t length)
{
    size_t above = length;
    while (above && group[above - 1] != '/') above--;
    bool leaf = above && length - above > strlen("tgrun--0") && strncmp(group + above, "tgrun-", strlen("tgrun-")) == 0 &&
                strncmp(group + length - 2, "-0", 2) == 0;
    return leaf ? above - 1 : length;
}

char *tg_reading_group_file(const char *groups, const char *root)
{
    const char *line = strncmp(groups, "0::", 3) == 0 ? groups : strstr(groups, "\n0::");
    if (!line) return NULL;
    line += *line == '\n' ? strlen("\n0::") : strlen("0::");
    size_t length = strcspn(line, "\n");
    while (length && line[length - 1] == '/') length--;
    length = above_own(line, length);
    return tg_alloc_format("%s%.*s/memory.pressure", root, (int)length, line);
}

/* Reads a small file whole; false if it cannot. */
static bool read_small_file(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
    if (fd >= 0) close(fd);
    text[n > 0 ? n : 0] = 0;
    return n > 0;
}

double tg_reading_full_of(const char *path)
{
    char text[512];
    return read_small_file(path, text, sizeof text) ? tg_reading_full(text) : -1;
}

double tg_reading_pressure(void)
{
    char groups[8192];
    double all = tg_reading_full_of("/proc/pressure/memory");
    char *path = read_small_file("/proc/self/cgroup", groups, sizeof groups) ? tg_reading_group_file(groups, "/sys/fs/cgroup")
                                                                             : NULL;
    double own = path ? tg_reading_full_of(path) : -1;
    free(path);
    return own > all ? own : all;
}
