/* SPDX-License-Identifier: MIT
 * What the groups of a process (cgroups, of version 1 and 2) allow it. Thread class: any thread. */
#ifndef TG_CMD_QUOTA_H
#define TG_CMD_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a group, given by its folder, allows; 0: it sets no limit. */
typedef uint64_t tg_quota_limit(const char *folder);

struct tg_quota {
    const char *controller; /* its name in version 1 */
    tg_quota_limit *v2, *v1;
};

/* The smallest limit at any level of the groups (the text of a /proc/PID/cgroup), whose hierarchies are mounted in `root`;
 * 0: none. */
uint64_t tg_quota_least(const struct tg_quota *q, const char *groups, const char *root);
/* That of this process. */
uint64_t tg_quota_own(const struct tg_quota *q);
/* Reads a small file whole; false if it cannot. */
bool tg_quota_read(const char *folder, const char *name, char *text, size_t size);
/* The smaller of two limits, of which 0 is none. */
uint64_t tg_quota_smaller(uint64_t a, uint64_t b);

#endif
