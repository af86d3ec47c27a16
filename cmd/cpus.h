/* SPDX-License-Identifier: MIT
 * How many CPUs this process may use. Thread class: immutable (no state). */
#ifndef TG_CMD_CPUS_H
#define TG_CMD_CPUS_H

/* CPUs of the affinity mask, less where a cgroup (v2 or v1) gives a smaller share of time; at least 1. */
unsigned tg_cpus_usable(void);
/* The quota of the cgroups named in `groups` (the text of /proc/self/cgroup) under the mount point `root`, in CPUs
 * rounded up; 0: none. */
unsigned tg_cpus_quota(const char *groups, const char *root);

#endif
