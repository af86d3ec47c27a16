/* SPDX-License-Identifier: MIT
 * What the groups of a process (cgroups) allow it. A limit may stand at any level above the process's own group, so that the
 * path is walked up; the smallest one counts. Inside a container the path may name a group that is not visible there; the
 * levels that are visible still count. */
#include "cmd/quota.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"

bool tg_quota_read(const char *folder, const char *name, char *text, size_t size)
{
    char *path = tg_alloc_format("%s/%s", folder, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    free(path);
    if (fd < 0) return false;
    ssize_t n = read(fd, text, size - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    return n > 0;
}

uint64_t tg_quota_smaller(uint64_t a, uint64_t b)
{
    if (!a || !b) return a ? a : b;
    return a < b ? a : b;
}

/* The smallest limit from `group` up to the root of the mount. */
static uint64_t walk_up(const char *mount, const char *group, size_t length, tg_quota_limit *limit)
{
    uint64_t least = 0;
    for (;;) {
        while (length > 0 && group[length - 1] == '/') length--;
        char *folder = tg_alloc_format("%s%.*s", mount, (int)length, group);
        least = tg_quota_smaller(least, limit(folder));
        free(folder);
        if (length == 0) return least;
        while (length > 0 && group[length - 1] != '/') length--;
    }
}

/* The same, below a folder of the root. */
static uint64_t walk_up_in(const char *root, const char *name, size_t name_length, const char *group, size_t length,
                           tg_quota_limit *limit)
{
    char *mount = tg_alloc_format("%s/%.*s", root, (int)name_length, name);
    uint64_t least = walk_up(mount, group, length, limit);
    free(mount);
    return least;
}

static bool has_word(const char *list, size_t length, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= length; i++)
        if ((i == 0 || list[i - 1] == ',') && memcmp(list + i, word, n) == 0 && (i + n == length || list[i + n] == ','))
            return true;
    return false;
}

/* Of one line: "0::/group" (v2), "4:cpu,cpuacct:/group" (v1). */
static uint64_t least_of_line(const char *line, size_t length, const char *root, const struct tg_quota *q)
{
    const char *first = memchr(line, ':', length);
    const char *second = first ? memchr(first + 1, ':', length - (size_t)(first + 1 - line)) : NULL;
    if (!second) return 0;
    const char *group = second + 1;
    size_t group_length = length - (size_t)(group - line), names = (size_t)(second - first - 1);
    if (names == 0)
        return tg_quota_smaller(walk_up(root, group, group_length, q->v2),
                                walk_up_in(root, "unified", strlen("unified"), group, group_length, q->v2));
    if (!has_word(first + 1, names, q->controller)) return 0;
    return tg_quota_smaller(walk_up_in(root, q->controller, strlen(q->controller), group, group_length, q->v1),
                            walk_up_in(root, first + 1, names, group, group_length, q->v1));
}

uint64_t tg_quota_least(const struct tg_quota *q, const char *groups, const char *root)
{
    uint64_t least = 0;
    for (const char *line = groups; *line;) {
        size_t length = strcspn(line, "\n");
        least = tg_quota_smaller(least, least_of_line(line, length, root, q));
        line += length + (line[length] == '\n');
    }
    return least;
}

uint64_t tg_quota_own(const struct tg_quota *q)
{
    char groups[8192];
    return tg_quota_read("/proc/self", "cgroup", groups, sizeof groups) ? tg_quota_least(q, groups, "/sys/fs/cgroup") : 0;
}
