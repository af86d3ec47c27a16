/* SPDX-License-Identifier: MIT
 * Large texts and payloads of objects in memory that has a descriptor: another process maps it instead of getting a copy.
 *
 *     page 0      who maps it, and at its end the head of the body: private to each process
 *     from 4096   the bytes, page by page: shared, and not written any more once the value was given away; who maps them cannot
 *
 * A process makes such memory once it was told to (tg_mapped_begin), for what is large enough for a descriptor to be worth it.
 * Where there is none to be had, the value lies where all others do: what asks for its descriptor must be ready for that.
 * Thread class: any thread. */
#ifndef TG_VALUE_MAPPED_H
#define TG_VALUE_MAPPED_H

#include "engine/base/compiler.h"
#include "engine/value/value.h"

#define TG_MAPPED_FROM_BYTES ((size_t)1 << 20)

/* From now on this process makes what is large so that it can be mapped elsewhere. Before it has threads. */
void tg_mapped_begin(void);
extern bool tg_mapped_wanted; /* that it was told to; immutable then */
static inline bool tg_mapped_is_worth(size_t bytes)
{
    return TG_UNLIKELY(bytes >= TG_MAPPED_FROM_BYTES) && tg_mapped_wanted;
}

/* Zero bytes behind a head of so many, which is not set up; NULL: there is no memory or descriptor for that. */
void *tg_mapped_new(size_t head_bytes, size_t bytes);
/* The same with the bytes of a descriptor that tg_mapped_fd gave in some process; takes it, also where that fails. */
void *tg_mapped_open(int take_fd, size_t head_bytes, size_t bytes);
/* Of a body whose flags have TG_MAPPED. */
void tg_mapped_free(void *body, size_t head_bytes);
/* Its descriptor, borrowed. */
int tg_mapped_fd(const void *body, size_t head_bytes);

/* The descriptor of a text of any kind, borrowed; -1: it has none. */
int tg_mapped_text_fd(tg_value text);
/* A text with the bytes of such a descriptor, which is taken; nil where that cannot be. */
tg_value tg_mapped_text(int take_fd, enum tg_kind kind, size_t length);
/* A copy of a text with a descriptor; nil where that cannot be. */
tg_value tg_mapped_copy(tg_value text);
/* The payload of an object as bytes, and bytes as the payload of an object of a flat type: in the same memory, not in a copy. Nil
 * where that cannot be: what is given has no descriptor. */
tg_value tg_mapped_payload(tg_value object);
tg_value tg_mapped_object(const struct tg_object_type *type, tg_value bytes);
/* How many texts may be on their way to another process at once, which has no more descriptors than this one may have. */
uint32_t tg_mapped_most_sent(void);
/* A descriptor with a copy of these bytes, from its beginning on; -1 and errno. */
int tg_mapped_file(const void *bytes, size_t length);

#endif
