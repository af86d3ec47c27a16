/* SPDX-License-Identifier: MIT
 * Messages between tgrun and an executor: short ones on a socket that keeps their bounds, each with a descriptor or none. What is
 * long lies in the memory of page.h, or in the descriptor. Thread class: a socket may be written to by any thread; it is read by
 * one. */
#ifndef TG_REMOTE_WIRE_H
#define TG_REMOTE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of the text of a message; a longer one comes in several. */
#define TG_WIRE_TEXT 4000

enum tg_wire_kind {
    /* from tgrun */
    TG_WIRE_HELLO,   /* the shared memory; number: bytes of what the executor is told, which lies there in the place of a batch;
                      more: the number of this executor */
    TG_WIRE_BATCH,   /* number: of the batch, from 1; more: its bytes. With a descriptor: it lies there */
    TG_WIRE_RELEASE, /* text: numbers, u64 each, of objects that need not be kept any more (recipe.h) */
    TG_WIRE_BUFFER,  /* a large text, and its number, from 0 in the batch that comes, or in its results; both ways */
    /* from an executor */
    TG_WIRE_READY,  /* it can run tasks; or text: why it cannot */
    TG_WIRE_WAKE,   /* the batch is over */
    TG_WIRE_RESULT, /* number: of the entry whose result lies in the descriptor */
    TG_WIRE_LOG,    /* text: a line, or a piece of one: more is not 0 if it goes on */
};

struct tg_wire_head {
    uint32_t kind, number;
    uint64_t more;
};

struct tg_wire {
    struct tg_wire_head head;
    size_t length; /* of the text */
    char text[TG_WIRE_TEXT];
    int fd; /* -1: none */
};

/* Sends a message; waits where the other is behind, for as long as the socket says (SO_SNDTIMEO). Lends fd (-1: none). False and
 * errno when nobody reads any more. */
bool tg_wire_send(int socket, struct tg_wire_head head, const void *text, size_t length, int fd);
/* The next message, whose descriptor (close-on-exec) is the caller's; `wait`: until there is one. 1, or 0 where there is none, or
 * -1 where none will come: the other has closed, or sent what is none. */
int tg_wire_receive(int socket, struct tg_wire *out, bool wait);

#endif
