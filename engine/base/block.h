/* SPDX-License-Identifier: MIT
 * Blocks of any size: malloc below TG_BLOCK_HUGE bytes, an own mapping on huge pages above. Free and resize with the size
 * that was asked for. Thread class: owner. */
#ifndef TG_BASE_BLOCK_H
#define TG_BASE_BLOCK_H

#include <stddef.h>

/* From here on new memory reads as zero, and is not touched before it is used. */
#define TG_BLOCK_HUGE (1u << 20)

void *tg_block_new(size_t bytes);
/* One that reads as zero. */
void *tg_block_zero(size_t bytes);
void *tg_block_resize(void *p, size_t old_bytes, size_t new_bytes);
void tg_block_free(void *p, size_t bytes);
/* count * item_bytes; out of memory where that is more than a size can say. */
size_t tg_block_bytes(size_t count, size_t item_bytes);

#endif
