/* SPDX-License-Identifier: MIT
 * The memory that tgrun shares with one of its executors: who is how far in the batch that is in flight, the batch itself, and
 * the results.
 *
 * A batch is a row of tasks, its entries, which the executor runs one after the other. It counts `begun` before it reads an
 * entry's arguments, and `done` when its result can be read, so tgrun sees at any moment, also when the executor has died, which
 * one ran. tgrun may cut what has not begun by lowering `limit`: each writes its own word, then reads the other's, so that no
 * entry is both begun and cut. One may be neither, where both step back: it is not run, and sent again.
 *
 * What an executor writes here is not believed where memory would be at stake: a plugin may have written it.
 * Thread class: per field; all orders are seq_cst where nothing else is said. */
#ifndef TG_REMOTE_PAGE_H
#define TG_REMOTE_PAGE_H

#include <stdatomic.h>
#include <stdint.h>

#include "engine/base/fault.h"

/* Entries of a batch at most. */
#define TG_PAGE_ENTRIES 1024

/* Bytes of a batch, and of its results, that lie in this memory; what is larger comes by a descriptor of its own. */
#define TG_PAGE_BATCH_BYTES (256u << 10)
#define TG_PAGE_RESULT_BYTES (1u << 20)

/* What became of an entry. */
enum tg_page_status {
    TG_PAGE_UNRUN, /* it was not called: an entry that it needs gave no result that fits */
    TG_PAGE_GAVE,  /* its result follows */
    TG_PAGE_SAME, /* its result is an argument, or stands in one: the way to it follows, a list of places whose last is the argument's */
    TG_PAGE_ADDED,  /* the tasks that it has added, and its result, follow */
    TG_PAGE_FAILED, /* what it said follows */
};

/* Where the result of an entry lies. offset: TG_PAGE_APART: in a descriptor that was sent. */
#define TG_PAGE_APART UINT32_MAX
struct tg_page_result {
    uint64_t bytes;
    uint32_t offset;
    uint32_t ns; /* how long it took; UINT32_MAX: that, or longer */
    uint32_t status;
    uint64_t began_ns, ended_ns; /* when its function was called and had come back, by tg_clock_ns; 0: it was not called */
};

struct tg_page {
    /* tgrun's */
    _Atomic uint32_t limit __attribute__((aligned(64))); /* entries below may begin */
    _Atomic uint32_t waited;                             /* 1: who waits is to be woken when the batch is over */
    _Atomic uint32_t unwanted;                           /* TG_CTX_UNWANTED: what runs is to end */
    _Atomic uint32_t measures;                           /* 1: it is to say how much memory it uses */
    /* the executor's */
    _Atomic uint32_t begun __attribute__((aligned(64)));
    _Atomic uint32_t done;
    _Atomic uint32_t ended; /* the number of the last batch that it is through with */
    _Atomic uint32_t said;  /* messages that it has sent so far, or is about to send */
    _Atomic uint64_t
        making; /* 0, or 1 more than plugin and task, u32 each, that makes an argument of the entry again (recipe.h) */
    struct tg_page_result results[TG_PAGE_ENTRIES];
    /* by turns */
    uint8_t batch[TG_PAGE_BATCH_BYTES] __attribute__((aligned(4096)));
    uint8_t result_bytes[TG_PAGE_RESULT_BYTES];
    /* the executor's */
    _Atomic uint64_t resident_bytes,
        data_bytes; /* of its own that are in memory, or count for RLIMIT_DATA, when it last looked */
    /* and at its end */
    _Atomic uint64_t lacked;  /* bytes that it could not have, and so ended; 0: it did not */
    _Atomic uint32_t refused; /* 1: it crashed where ENOMEM was the last error of the thread */
    struct tg_fault fault;    /* its crash; zeroed: none */
};

#endif
