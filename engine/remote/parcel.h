/* SPDX-License-Identifier: MIT
 * A batch and what became of it, as bytes that go to another machine and back: a parcel is what an agent (agent.h) is given, a report
 * what it gives. Both ends are one program, so numbers are those of this machine; what is read may be anything all the same.
 *
 *     parcel    its head (parcel.c), the lengths of its buffers and the numbers of objects, u64 each; then the greeting, the batch,
 *               and the buffers, one behind the other
 *     report    its head, three texts (u32 length, bytes), the crash if there was one, of each result where it lay (page.h), the
 *               lengths of buffers; then the results and the buffers
 *     greeting  a value (value/codec.h): a list of two, of the plugins' files, the digest and the name of each, and of the libraries
 *               and signatures of C functions
 *
 * A buffer is what a descriptor has that goes beside a batch or its results (buffers.h), all of it. */
#ifndef TG_REMOTE_PARCEL_H
#define TG_REMOTE_PARCEL_H

#include <sys/uio.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/plugin/loaded.h"
#include "engine/remote/page.h"

/* What memory the batch is to find. */
enum tg_parcel_room {
    TG_PARCEL_AS_IT_IS,
    TG_PARCEL_ROOMY, /* that of a fresh executor, where this one keeps much: tg_link_make_room */
    TG_PARCEL_FRESH, /* that of a fresh executor */
    TG_PARCEL_ROOMS,
};

struct tg_parcel {
    uint32_t process; /* the number of an executor that is started for it: of no other one of the run; not 0 */
    uint32_t entries; /* of the batch; 1 to TG_PAGE_ENTRIES */
    enum tg_parcel_room room;
    uint64_t memory_bytes; /* that the executor may use; 0: any */
    const uint8_t *greeting, *batch;
    size_t greeting_bytes, batch_bytes;
    uint32_t buffer_count, released_count;
    const struct iovec *buffers; /* by their numbers */
    const uint64_t *released;    /* objects that the executor need not keep any more */
};

/* Appends it. */
void tg_parcel_write(struct tg_buf *b, const struct tg_parcel *p);
/* Texts and batches are lent from the bytes, arrays lie in the arena. False and err: it is none. */
bool tg_parcel_read(const uint8_t *bytes, size_t length, struct tg_parcel *out, struct tg_arena *arena, struct tg_err *err);

/* Appends the greeting of what this registry has loaded. digests: of each plugin that has a file, in the order in which they were loaded,
 * as store/digest.h prints it. */
void tg_parcel_greet(struct tg_buf *b, const struct tg_registry *r, const char *const *digests);

struct tg_parcel_result {
    struct tg_page_result page; /* its offset says nothing */
    const uint8_t *bytes;       /* page.bytes of them */
};

struct tg_parcel_report {
    const char *why, *detail, *hint; /* why there is no executor, and nothing has run; NULL: there is one */
    uint32_t process;                /* the number of the one that ran it */
    bool fresh;                      /* it was started for this batch: what the one before it had is lost */
    int refused;                     /* errno: the batch could not be passed to it, and nothing has run; or 0 */
    uint32_t begun, done;            /* as the page counts them */
    bool ended;                      /* the executor has, or was ended, before the batch was over: */
    bool died;                       /* by itself */
    bool unheard;                    /* it had closed the connection, or spoke nonsense */
    int status;                      /* as waitpid tells it */
    uint32_t ran;                    /* the entry that it was at; UINT32_MAX: none */
    bool ran_out;                    /* of the memory that its group may have */
    bool killed_short;               /* the system has killed it, as memory ran out */
    bool grouped;                    /* its memory is limited by a group, else by RLIMIT_DATA */
    uint64_t fresh_bytes, resident_bytes, data_bytes; /* link.h, page.h; 0 where memory is not limited */
    uint64_t lacked, making;                          /* page.h */
    bool short_of;                                    /* page.h: `refused` */
    struct tg_fault fault;                            /* its crash; signal 0: none */
    uint64_t spawn_ns;                                /* what it took to start it; 0: it was there */
    int64_t clock_ns;      /* that CLOCK_REALTIME is ahead of tg_clock_ns there, by which results say when they ran */
    uint32_t result_count; /* of entries that are done, the first ones: as many as `done` */
    const struct tg_parcel_result *results;
    uint32_t buffer_count;
    const struct iovec *buffers;
};

void tg_parcel_write_report(struct tg_buf *b, const struct tg_parcel_report *r);
/* Results and buffers are lent from the bytes; texts and arrays lie in the arena. */
bool tg_parcel_read_report(const uint8_t *bytes, size_t length, struct tg_parcel_report *out, struct tg_arena *arena,
                           struct tg_err *err);

#endif
