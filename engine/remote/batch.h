/* SPDX-License-Identifier: MIT
 * The entries of a batch as bytes: what tgrun writes and an executor reads. Both have loaded the same plugins in the same order,
 * so a task is named by two numbers. Numbers are those of this machine: both ends are one program, which HELLO makes sure of.
 *
 *     entry     plugin u32, task u32, count u32 (of arguments), granted u32 (0 or 1)
 *               if granted: attempt u32, cores u32, memory u64, kinds u32, then of each kind its name (u32 length, bytes), how
 *               many units, and their numbers, u32 each
 *     argument  a byte: 0, then the value (value/codec.h); 1, then u32: the result of that entry, which comes before */
#ifndef TG_REMOTE_BATCH_H
#define TG_REMOTE_BATCH_H

#include "engine/graph/grant.h"
#include "engine/plugin/loaded.h"
#include "engine/value/codec.h"

/* In the place of a plugin: a C function (tg_registry_extern). */
#define TG_BATCH_EXTERN UINT32_MAX

/* Likewise: no task; the text that shows its argument is asked for. */
#define TG_BATCH_DESCRIBE (UINT32_MAX - 1)

/* A task by numbers. */
struct tg_batch_task {
    uint32_t plugin, task;
};

/* Of a definition in this registry; false: it is none of a plugin that was loaded from a file. */
bool tg_batch_name(const struct tg_registry *r, const struct tg_def *def, struct tg_batch_task *out);
/* The definition again; NULL if there is none. */
const struct tg_def *tg_batch_find(const struct tg_registry *r, struct tg_batch_task task);

void tg_batch_begin_entry(struct tg_buf *b, struct tg_batch_task task, uint32_t count, const struct tg_grant *grant);
void tg_batch_add_reference(struct tg_buf *b, uint32_t entry);
/* False and err where the value does not travel; then the entry is to be cut off again. */
bool tg_batch_add_value(struct tg_buf *b, const struct tg_codec *codec, tg_value v, struct tg_err *err);

/* Reading. Whatever stands there is safe to be read; once something was no batch, all that follows fails. */
struct tg_batch_reader {
    const uint8_t *at, *end;
    bool broken;
};
struct tg_batch_entry {
    struct tg_batch_task task;
    uint32_t count;
    bool granted;
    struct tg_grant grant; /* if granted; its names and units lie in the arena that was given */
};
/* arena NULL: one that was granted something is none. */
bool tg_batch_read_entry(struct tg_batch_reader *r, struct tg_arena *arena, struct tg_batch_entry *out);
/* *reference is UINT32_MAX if the argument is the value, which is owned. */
bool tg_batch_read_argument(struct tg_batch_reader *r, const struct tg_codec *codec, tg_value *out, uint32_t *reference,
                            struct tg_err *err);

#endif
