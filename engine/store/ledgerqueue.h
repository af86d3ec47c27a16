/* SPDX-License-Identifier: MIT
 * The record while it is open: what waits to be written and the thread that writes it, and the connections of those that read.
 * Thread class: shared. */
#ifndef TG_STORE_LEDGERQUEUE_H
#define TG_STORE_LEDGERQUEUE_H

#include <pthread.h>
#include <stdatomic.h>

#include "engine/store/ledgerdb.h"

/* One statement that is to be run; its texts lie behind it. */
struct tg_ledgerqueue_op {
    struct tg_ledgerqueue_op *next;        /* in the order in which they came */
    struct tg_ledgerqueue_op *same_bucket; /* of PUT and FORGET, the newest first */
    enum tg_ledgerdb_sql sql;
    int count;
    struct tg_digest identity; /* of PUT and FORGET */
    struct tg_ledgerdb_value values[];
};

#define TG_LEDGERQUEUE_BUCKETS 1024

struct tg_ledger {
    char *folder, *path; /* immutable, as what follows */
    void (*warn)(void *data, const char *line);
    void *warn_data;
    const volatile char *mine; /* not 0, but in copies of the process, which must not touch what they have of this */
    int64_t day;
    bool reads_only;
    _Atomic bool failed;       /* atomic: it was said that nothing is written any more */
    _Atomic bool gone;         /* atomic: nor read */
    _Atomic unsigned epoch;    /* atomic: what has been written since an earlier one is not seen in its transactions */
    _Atomic uint32_t outcomes; /* atomic: their count, which numbers them */
    _Atomic uint32_t files;    /* atomic: files of a checkpoint, likewise */
    _Atomic uint64_t prune_at; /* atomic: a run whose end looks for what is too old; 0: none */

    pthread_mutex_t lock;                                     /* guards what follows */
    pthread_cond_t wake, written;                             /* of the thread; of those that wait for it */
    struct tg_ledgerqueue_op *first, **last;                  /* not taken by the thread yet */
    struct tg_ledgerqueue_op *bucket[TG_LEDGERQUEUE_BUCKETS]; /* not written yet, by identity */
    uint64_t put, done; /* counts of operations, of all and of those that were written or given up */
    uint64_t oldest_ns; /* when the first that waits was put */
    bool started, ending, hurry;
    uint64_t held_ns; /* since when readers may have transactions of this epoch; 0: none has */
    pthread_t thread;
    struct tg_ledgerdb *readers; /* nobody uses them now */
    unsigned generation;         /* how often a new database took the place of a damaged one */

    pthread_mutex_t write_lock; /* guards the writer; taken before `lock` */
    struct tg_ledgerdb writer;
};

/* False: another process, or nothing can be read. */
bool tg_ledgerqueue_can_read(const struct tg_ledger *l);
bool tg_ledgerqueue_can_write(const struct tg_ledger *l);
/* Opens a reader for the first time, and makes the database where that is needed; false: there is none. */
bool tg_ledgerqueue_open(struct tg_ledger *l);

/* Copies it. */
void tg_ledgerqueue_add(struct tg_ledger *l, enum tg_ledgerdb_sql sql, const struct tg_digest *identity,
                        const struct tg_ledgerdb_value *values, int count);
/* Locked: what waits to be written of this task; NULL: nothing. */
const struct tg_ledgerqueue_op *tg_ledgerqueue_find(const struct tg_ledger *l, struct tg_digest identity);
/* Waits until all that was put is written; false: it is not. */
bool tg_ledgerqueue_flush(struct tg_ledger *l);
/* Runs one statement now, with the writer; false: it did not work. *row: the number of the row that it put in. */
bool tg_ledgerqueue_now(struct tg_ledger *l, enum tg_ledgerdb_sql sql, const struct tg_ledgerdb_value *values, int count,
                        int64_t *row);

/* A connection for this thread; NULL: there is none. */
struct tg_ledgerdb *tg_ledgerqueue_borrow(struct tg_ledger *l);
/* Lets what is found next be found in one transaction, which saves calls of the system; it ends soon after. */
void tg_ledgerqueue_hold(struct tg_ledger *l, struct tg_ledgerdb *db);
/* status: what the last statement ended with; one of damage sets the database aside. */
void tg_ledgerqueue_give_back(struct tg_ledger *l, struct tg_ledgerdb *db, int status);
/* Runs a statement and calls fn with each row until that returns false. */
void tg_ledgerqueue_rows(struct tg_ledger *l, enum tg_ledgerdb_sql sql, const struct tg_ledgerdb_value *values, int count,
                         bool (*fn)(void *data, sqlite3_stmt *row), void *data);
/* Ends the thread, when all is written, and closes all connections. */
void tg_ledgerqueue_close(struct tg_ledger *l, void (*last)(struct tg_ledger *l));
/* Nothing more is written, which is said once. */
void tg_ledgerqueue_give_up(struct tg_ledger *l, const char *path, const char *why);
void tg_ledgerqueue_say(struct tg_ledger *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
