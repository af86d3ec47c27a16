/* SPDX-License-Identifier: MIT
 * The database of the record: its schema, its statements and what may be wrong with it. A connection is used by one thread at a time.
 * Thread class: owner. */
#ifndef TG_STORE_LEDGERDB_H
#define TG_STORE_LEDGERDB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "engine/store/ledger.h"

/* Versions of the schema, counted from 1 (user_version), and what tells that a database is ours (application_id): "tgrn". */
#define TG_LEDGERDB_VERSION 2
#define TG_LEDGERDB_OURS 0x7467726e

/* What a connection keeps of the pages that it has read: 8 MB. */
#define TG_LEDGERDB_CACHE "PRAGMA cache_size = -8000"

enum tg_ledgerdb_sql {
    TG_LEDGERDB_BEGIN,
    TG_LEDGERDB_HOLD,
    TG_LEDGERDB_COMMIT,
    TG_LEDGERDB_ROLLBACK,
    TG_LEDGERDB_FIND,
    TG_LEDGERDB_FIND_ALL,
    TG_LEDGERDB_PUT,
    TG_LEDGERDB_SEEN,
    TG_LEDGERDB_FORGET,
    TG_LEDGERDB_HAS,
    TG_LEDGERDB_EACH,
    TG_LEDGERDB_TOOK,
    TG_LEDGERDB_RUN,
    TG_LEDGERDB_END,
    TG_LEDGERDB_RUNS,
    TG_LEDGERDB_NOTE,
    TG_LEDGERDB_OUTCOMES,
    TG_LEDGERDB_OUTCOMES_OF,
    TG_LEDGERDB_CHECK,
    TG_LEDGERDB_CHECKED,
    TG_LEDGERDB_UNCHECK,
    TG_LEDGERDB_MANIFEST,
    TG_LEDGERDB_PUT_MANIFEST,
    TG_LEDGERDB_DROP_MANIFEST,
    TG_LEDGERDB_DROP_MANIFESTS,
    TG_LEDGERDB_PRUNE_MANIFESTS,
    TG_LEDGERDB_STALE,
    TG_LEDGERDB_PRUNE_TASKS,
    TG_LEDGERDB_PRUNE_RUNS,
    TG_LEDGERDB_PRUNE_OUTCOMES,
    TG_LEDGERDB_SQLS,
};

/* What one parameter or column of a statement holds. */
struct tg_ledgerdb_value {
    enum { TG_LEDGERDB_NULL, TG_LEDGERDB_NUMBER, TG_LEDGERDB_TEXT, TG_LEDGERDB_BYTES, TG_LEDGERDB_STRANGE } kind;
    int64_t number;
    const char *text;
    size_t length;
};

struct tg_ledgerdb {
    sqlite3 *handle;
    sqlite3_stmt *statements[TG_LEDGERDB_SQLS]; /* prepared at their first use */
    dev_t device;                               /* which file it is, whatever has its name by now */
    ino_t inode;
    unsigned generation; /* which database it is of those that this process began (ledgerqueue.h) */
    unsigned epoch;      /* of its transaction, likewise; 0: it has none */
    unsigned finds;      /* without one */
    struct tg_ledgerdb *next;
};

enum tg_ledgerdb_state {
    TG_LEDGERDB_FINE,
    TG_LEDGERDB_NONE,    /* no file, or an empty one */
    TG_LEDGERDB_DAMAGED, /* or what is there is no database */
    TG_LEDGERDB_FOREIGN, /* a database of something else */
    TG_LEDGERDB_NEWER,   /* of a newer tgrun */
    TG_LEDGERDB_OLDER,   /* to be brought up to date, by tg_ledgerdb_make */
    TG_LEDGERDB_FAILED,  /* it cannot be opened: the message of tg_ledgerdb_why */
};

/* Opens it. writable: else it may lie where nothing can be written. Only what is FINE stays open. *status: of SQLite, if it FAILED. */
enum tg_ledgerdb_state tg_ledgerdb_open(struct tg_ledgerdb *db, const char *path, bool writable, int *status);
void tg_ledgerdb_close(struct tg_ledgerdb *db);
/* Makes the database where there is none, or brings an older one up to date; of several processes one does. A status of SQLite. */
int tg_ledgerdb_make(const char *path);
/* Moves it out of the way with what belongs to it, if the path still is that file. Heap: its new name; NULL: another process was
 * quicker, or it cannot be moved. */
char *tg_ledgerdb_set_aside(const char *path, dev_t device, ino_t inode);

/* The statement, reset; NULL: it cannot be prepared, and *status says why. */
sqlite3_stmt *tg_ledgerdb_get(struct tg_ledgerdb *db, enum tg_ledgerdb_sql which, int *status);
/* Binds the values and takes the first step: SQLITE_ROW, SQLITE_DONE or what is wrong. The values must live until the next one, or
 * tg_ledgerdb_get. */
int tg_ledgerdb_run(struct tg_ledgerdb *db, enum tg_ledgerdb_sql which, const struct tg_ledgerdb_value *values, int count,
                    sqlite3_stmt **out);
/* What stands in a column; lives until the statement goes on. */
struct tg_ledgerdb_value tg_ledgerdb_column(sqlite3_stmt *statement, int column);
/* The database itself is damaged, or is not what it was. */
bool tg_ledgerdb_is_damage(int status);

static inline struct tg_ledgerdb_value tg_ledgerdb_number(int64_t number)
{
    return (struct tg_ledgerdb_value){.kind = TG_LEDGERDB_NUMBER, .number = number};
}
/* NULL is fine. */
struct tg_ledgerdb_value tg_ledgerdb_text(const char *text);

#endif
