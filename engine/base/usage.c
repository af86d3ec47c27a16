/* SPDX-License-Identifier: MIT
 * From /proc and the clocks of processes. */
#include "engine/base/usage.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"

/* More than the lines up to the one that is looked for take. */
#define STATUS_BYTES 2048

/* Of `/proc/PID/status`: not ru_maxrss, which has what the process before its exec had as well. 0: unknown. */
static uint64_t peak_of_process(pid_t pid)
{
    char path[64], text[STATUS_BYTES];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    if (length <= 0) return 0;
    text[length] = 0;
    const char *line = strstr(text, "\nVmHWM:");
    return line ? strtoull(line + strlen("\nVmHWM:"), NULL, 10) * 1024 : 0;
}

struct tg_usage tg_usage_of_process(pid_t pid)
{
    struct tg_usage used = {.peak_bytes = peak_of_process(pid)};
    clockid_t clock;
    if (clock_getcpuclockid(pid, &clock) == 0) used.cpu_ns = tg_clock_of(clock);
    return used;
}
