/* SPDX-License-Identifier: MIT
 * The stack of frames: address space that is reserved once, with the first frame. */
#include "lang/eval/frame.h"

#include <pthread.h>

#include "engine/base/assert.h"

/* Address space for frames of functions; only what is used becomes memory. */
#define STACK_BYTES ((size_t)256 << 20)
/* The part of the C stack that evaluation leaves to others. */
#define STACK_RESERVE ((size_t)1 << 20)

/* Finding it out takes long: once per thread. */
const char *tg_frame_stack_limit(void)
{
    static __thread const char *limit;
    pthread_attr_t attributes;
    void *lowest;
    size_t bytes;
    if (limit) return limit;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return (const char *)__builtin_frame_address(0) - STACK_RESERVE;
    pthread_attr_getstack(&attributes, &lowest, &bytes);
    pthread_attr_destroy(&attributes);
    return limit = (const char *)lowest + (bytes > 2 * STACK_RESERVE ? STACK_RESERVE : bytes / 2);
}

static void reserve_stack(struct tg_eval *e)
{
    tg_column_init(&e->stack, STACK_BYTES);
    e->stack_top = (tg_value *)e->stack.base;
    e->stack_limit = tg_frame_stack_limit();
}

tg_value *tg_frame_push(struct tg_eval *e, uint32_t slot_count)
{
    if (__builtin_expect(!e->stack.base, 0)) reserve_stack(e);
    tg_value *frame = e->stack_top, *top = frame + slot_count;
    TG_ASSERT((char *)frame >= e->stack.base && (char *)top <= e->stack.base + STACK_BYTES + slot_count * sizeof *frame);
    size_t bytes = (size_t)((char *)top - e->stack.base);
    if (bytes > e->stack.reserved_bytes) return NULL;
    tg_column_need(&e->stack, bytes);
    e->stack_top = top;
    for (uint32_t i = 0; i < slot_count; i++) frame[i] = tg_make_(TG_UNSET, 0);
    return frame;
}

void tg_frame_pop(struct tg_eval *e, tg_value *frame, uint32_t slot_count)
{
    TG_ASSERT(e->stack_top == frame + slot_count); /* frames end in the reverse order of their beginning */
    for (uint32_t i = 0; i < slot_count; i++) tg_value_unref(frame[i]);
    e->stack_top = frame;
}

bool tg_frame_has(const struct tg_eval *e, uint32_t slot)
{
    const char *frame = (const char *)e->frame;
    if (e->stack.base && frame >= e->stack.base && frame <= (const char *)e->stack_top) return e->frame + slot < e->stack_top;
    const struct tg_module *m = e->module;
    if (m && e->frame == m->globals) return slot < m->slot_count;
    if (e->view && e->frame == e->view) return slot < e->world.top->slot_count;
    return e->frame != NULL;
}
