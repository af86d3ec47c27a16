/* SPDX-License-Identifier: MIT
 * What the kernel tells of how busy the machine is. Thread class: any thread. */
#ifndef TG_GATE_READING_H
#define TG_GATE_READING_H

/* The load average of the last minute; below 0: unknown. */
double tg_reading_load(void);
/* Of a text as in /proc/pressure/memory: the share of the last ten seconds, in percent, in which all who had work to do waited
 * for memory; below 0: it does not say. */
double tg_reading_full(const char *text);
/* The same of a file; below 0 also if it cannot be read. */
double tg_reading_full_of(const char *path);
/* The file in which our own control group's pressure of memory stands, below this root (/sys/fs/cgroup), by the text of
 * /proc/self/cgroup; heap. NULL: in none. */
char *tg_reading_group_file(const char *groups, const char *root);

/* The machine's, or that of our own control group, whichever is higher; below 0: the kernel does not say. */
double tg_reading_pressure(void);

#endif
