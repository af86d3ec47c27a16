/* SPDX-License-Identifier: MIT
 * Whether a program that failed had too little memory, as far as that can be told: by what the limit of its command is, what it
 * used and said, and by what the kernel counts. Thread class: any thread. */
#ifndef TG_COMMAND_OOM_H
#define TG_COMMAND_OOM_H

#include <stdatomic.h>

#include "engine/base/buf.h"

/* Of the limit: who uses so much and fails had not enough. Programs ask for memory in pieces, and that for more was refused. */
#define TG_OOM_NEAR 0.9

/* Where the kernel counts. */
#define TG_OOM_COUNTS "/proc/vmstat"
/* Programs that the kernel has killed since it started as memory ran out, of the machine or of a group, by the file of its counts;
 * UINT64_MAX: not known. */
uint64_t tg_oom_kills(const char *counts);
/* Whether there was one more than *seen, which then counts it: each is taken once. */
bool tg_oom_take_kill(const char *counts, _Atomic uint64_t *seen);
/* Whether the text says that memory ran out, in the words of common programs and languages. */
bool tg_oom_is_told(const char *text, size_t length);
/* Adds a size: "1.5 GiB". */
void tg_oom_size(struct tg_buf *b, uint64_t bytes);

#endif
