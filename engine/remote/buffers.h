/* SPDX-License-Identifier: MIT
 * Large texts that go beside the bytes of a batch or of results, as descriptors: each side numbers those that it sends, from 0 in
 * each batch. One that is written in part and then given up has sent some: those before number 0 are of such a one. Thread class:
 * owner. */
#ifndef TG_REMOTE_BUFFERS_H
#define TG_REMOTE_BUFFERS_H

#include "engine/base/vec.h"
#include "engine/value/codec.h"

/* fd -1: none, or used. The text then, if it is kept, or nil. */
struct tg_buffers_got {
    int fd;
    tg_value text;
};

struct tg_buffers {
    /* Sends the descriptor, which is lent; false: it cannot be sent. */
    bool (*send)(void *data, int fd, uint32_t number);
    void *data;
    bool shares;   /* a text that is sent is for all of the batch that have it: it goes once, and the other side keeps it */
    bool keeps;    /* what comes is of one that shares: it stays for the whole batch */
    uint32_t sent; /* of this batch */
    TG_VEC(tg_value) lent;             /* if it shares: these, held until the batch is sent */
    TG_VEC(struct tg_buffers_got) got; /* of this batch */
};

/* How the codec asks for them, once it is said above which side it is. */
struct tg_codec_buffers tg_buffers_codec(struct tg_buffers *b);
/* No more go beside this batch: who gets it would have too many open files. Further ones are written with the rest. */
bool tg_buffers_is_full(const struct tg_buffers *b);
/* The next one has come, with its number; takes it. */
void tg_buffers_take(struct tg_buffers *b, uint32_t number, int take_fd);
/* The batch is sent: what it has lent is not held any longer. */
void tg_buffers_sent(struct tg_buffers *b);
/* What came, and was not used or is kept, is dropped, and both sides count anew. */
void tg_buffers_reset(struct tg_buffers *b);
void tg_buffers_done(struct tg_buffers *b);

#endif
