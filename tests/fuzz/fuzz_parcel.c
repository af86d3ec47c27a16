/* SPDX-License-Identifier: MIT
 * Fuzzes what goes to an agent and comes back (engine/remote/parcel.h): whatever stands there is safe to be read, also what is lent from
 * it, and what is whole is as long when it is written again. */
#include <stdlib.h>
#include <string.h>

#include "engine/remote/parcel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sum;

static void touch(const void *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) sum = (uint8_t)(sum + ((const uint8_t *)bytes)[i]);
}

static void touch_buffers(const struct iovec *buffers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) touch(buffers[i].iov_base, buffers[i].iov_len);
}

static void check_parcel(const uint8_t *data, size_t size)
{
    struct tg_parcel p;
    struct tg_arena arena = {0};
    struct tg_buf again = {0};
    if (tg_parcel_read(data, size, &p, &arena, NULL)) {
        touch(p.greeting, p.greeting_bytes);
        touch(p.batch, p.batch_bytes);
        touch(p.released, p.released_count * sizeof *p.released);
        touch_buffers(p.buffers, p.buffer_count);
        tg_parcel_write(&again, &p);
        if (again.length != size) abort();
    }
    tg_buf_done(&again);
    tg_arena_done(&arena);
}

static void check_report(const uint8_t *data, size_t size)
{
    struct tg_parcel_report r;
    struct tg_arena arena = {0};
    if (tg_parcel_read_report(data, size, &r, &arena, NULL)) {
        for (uint32_t i = 0; i < r.result_count; i++) touch(r.results[i].bytes, (size_t)r.results[i].page.bytes);
        touch_buffers(r.buffers, r.buffer_count);
        if (r.why) touch(r.why, strlen(r.why));
        tg_fault_clean(&r.fault);
    }
    tg_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_parcel(data, size);
    check_report(data, size);
    return 0;
}
