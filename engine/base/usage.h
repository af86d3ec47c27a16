/* SPDX-License-Identifier: MIT
 * What processes have used, as the kernel tells who waits for them. */
#ifndef TG_BASE_USAGE_H
#define TG_BASE_USAGE_H

#include <stdint.h>
#include <sys/types.h>

struct tg_usage {
    uint64_t cpu_ns;     /* of the CPU, the time in the system included */
    uint64_t peak_bytes; /* of memory, what one of them had at the most; 0: unknown */
};

static inline void tg_usage_add(struct tg_usage *to, const struct tg_usage *more)
{
    to->cpu_ns += more->cpu_ns;
    if (more->peak_bytes > to->peak_bytes) to->peak_bytes = more->peak_bytes;
}

/* What a process that goes on has used so far; zero where that is not to be had. Any thread. */
struct tg_usage tg_usage_of_process(pid_t pid);

#endif
