/* SPDX-License-Identifier: MIT
 * Descriptors of large texts on their way. */
#include "engine/remote/buffers.h"

#include <unistd.h>

#include "engine/value/mapped.h"

bool tg_buffers_is_full(const struct tg_buffers *b)
{
    return b->sent >= tg_mapped_most_sent();
}

/* A text that has no descriptor gets one, with a copy, for as long as it takes to send it. */
static bool put_buffer(void *buffers, tg_value text, uint32_t *number)
{
    struct tg_buffers *b = buffers;
    if (tg_buffers_is_full(b)) return false;
    int fd = tg_mapped_text_fd(text);
    tg_value copy = fd < 0 ? tg_mapped_copy(text) : tg_nil();
    if (tg_is_heap(copy)) fd = tg_mapped_text_fd(copy);
    bool sent = fd >= 0 && b->send(b->data, fd, b->sent);
    tg_value_unref(copy);
    if (sent) *number = b->sent++;
    return sent;
}

static bool get_buffer(void *buffers, uint32_t number, enum tg_kind kind, size_t length, tg_value *text, struct tg_err *err)
{
    struct tg_buffers *b = buffers;
    int fd = number < b->got.count ? b->got.items[number] : -1;
    if (fd >= 0) {
        b->got.items[number] = -1;
        *text = tg_mapped_text(fd, kind, length);
        if (tg_is_heap(*text)) return true;
    }
    return tg_err_set(err, TG_EXIT_FAILED, "a text of %zu bytes that was sent beside its message is not there", length);
}

struct tg_codec_buffers tg_buffers_codec(struct tg_buffers *b)
{
    return (struct tg_codec_buffers){.data = b, .from_bytes = TG_MAPPED_FROM_BYTES, .put = put_buffer, .get = get_buffer};
}

static void drop_got(struct tg_buffers *b)
{
    for (size_t i = 0; i < b->got.count; i++)
        if (b->got.items[i] >= 0) close(b->got.items[i]);
    b->got.count = 0;
}

void tg_buffers_take(struct tg_buffers *b, uint32_t number, int take_fd)
{
    if (number == 0) drop_got(b);
    tg_vec_push(&b->got, take_fd);
}

void tg_buffers_reset(struct tg_buffers *b)
{
    drop_got(b);
    b->sent = 0;
}

void tg_buffers_done(struct tg_buffers *b)
{
    tg_buffers_reset(b);
    tg_vec_done(&b->got);
}
