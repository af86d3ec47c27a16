/* SPDX-License-Identifier: MIT
 * Descriptors of large texts on their way. */
#include "engine/remote/buffers.h"

#include <unistd.h>

#include "engine/value/mapped.h"
#include "engine/value/str.h"

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
    if (sent && b->shares) tg_vec_push(&b->lent, tg_value_ref(text));
    return sent;
}

/* They are held, so none of them is another one in the same place. */
static bool find_buffer(void *buffers, tg_value text, uint32_t *number)
{
    const struct tg_buffers *b = buffers;
    size_t i = b->lent.count;
    while (i > 0 && b->lent.items[i - 1].p != text.p) i--;
    if (i > 0) *number = (uint32_t)i - 1;
    return i > 0;
}

static bool get_again(const struct tg_buffers *b, uint32_t number, enum tg_kind kind, size_t length, tg_value *text)
{
    tg_value kept = number < b->got.count ? b->got.items[number].text : tg_nil();
    if (tg_kind(kept) != kind || tg_str_of(kept)->length != length) return false;
    *text = tg_value_ref(kept);
    return true;
}

static bool get_buffer(void *buffers, uint32_t number, enum tg_kind kind, size_t length, tg_value *text, bool *again,
                       struct tg_err *err)
{
    struct tg_buffers *b = buffers;
    struct tg_buffers_got *got = number < b->got.count ? &b->got.items[number] : NULL;
    if (got && got->fd >= 0) {
        *text = tg_mapped_text(got->fd, kind, length);
        got->fd = -1;
        if (b->keeps) got->text = tg_value_ref(*text);
        if (tg_is_heap(*text)) return true;
    }
    if ((*again = get_again(b, number, kind, length, text))) return true;
    return tg_err_set(err, TG_EXIT_FAILED, "a text of %zu bytes that was sent beside its message is not there", length);
}

struct tg_codec_buffers tg_buffers_codec(struct tg_buffers *b)
{
    return (struct tg_codec_buffers){.data = b,
                                     .from_bytes = TG_MAPPED_FROM_BYTES,
                                     .put = put_buffer,
                                     .find = b->shares ? find_buffer : NULL,
                                     .get = get_buffer};
}

static void drop_got(struct tg_buffers *b)
{
    for (size_t i = 0; i < b->got.count; i++) {
        if (b->got.items[i].fd >= 0) close(b->got.items[i].fd);
        tg_value_unref(b->got.items[i].text);
    }
    b->got.count = 0;
}

void tg_buffers_take(struct tg_buffers *b, uint32_t number, int take_fd)
{
    if (number == 0) drop_got(b);
    tg_vec_push(&b->got, ((struct tg_buffers_got){take_fd, tg_nil()}));
}

void tg_buffers_sent(struct tg_buffers *b)
{
    while (b->lent.count) tg_value_unref(b->lent.items[--b->lent.count]);
}

void tg_buffers_reset(struct tg_buffers *b)
{
    drop_got(b);
    tg_buffers_sent(b);
    b->sent = 0;
}

void tg_buffers_done(struct tg_buffers *b)
{
    tg_buffers_reset(b);
    tg_vec_done(&b->got);
    tg_vec_done(&b->lent);
}
