/* SPDX-License-Identifier: MIT
 * How much memory this process may use. Thread class: any thread. */
#ifndef TG_CMD_RAM_H
#define TG_CMD_RAM_H

#include <stdint.h>

/* In bytes: the machine's memory, or the limit of a group above (cgroup v2 and v1), if that is less. */
uint64_t tg_ram_usable(void);
/* The limit that the groups (the text of a /proc/PID/cgroup) set, whose hierarchies are mounted in `root`; 0: none. For tests. */
uint64_t tg_ram_quota(const char *groups, const char *root);
/* The machine's memory as a /proc/meminfo says it; 0: it does not. For tests. */
uint64_t tg_ram_of_machine(const char *meminfo);

#endif
