/* SPDX-License-Identifier: MIT
 * A recorded task as a row of the table `task`. Its lists are columns of JSON in one form, without blanks, that people can query and
 * that is read here faster than JSON in general could be: [["name","digest","shown"],..] and
 * [["path",flags,"kind",size,mtime,ctime,inode,racy,"digest"],..]. Thread class: owner. */
#ifndef TG_STORE_LEDGERROW_H
#define TG_STORE_LEDGERROW_H

#include "engine/store/ledgerdb.h"

enum tg_ledgerrow_column {
    TG_LEDGERROW_ID,
    TG_LEDGERROW_IDENTITY,
    TG_LEDGERROW_KEY,
    TG_LEDGERROW_WORKFLOW,
    TG_LEDGERROW_TASK,
    TG_LEDGERROW_INSTANCE,
    TG_LEDGERROW_PARTS,
    TG_LEDGERROW_INPUTS,
    TG_LEDGERROW_RESULTS,
    TG_LEDGERROW_VALUE,
    TG_LEDGERROW_ENDED,
    TG_LEDGERROW_TOOK,
    TG_LEDGERROW_CPU,
    TG_LEDGERROW_MEMORY,
    TG_LEDGERROW_RUN,
    TG_LEDGERROW_SEEN,
    TG_LEDGERROW_COLUMNS,
};

/* By which a task is found. */
static inline int64_t tg_ledgerrow_id(struct tg_digest identity)
{
    return (int64_t)identity.low;
}
/* Its columns; what they hold is in the buffer, or the task's. day: that of `seen`. */
void tg_ledgerrow_write(const struct tg_recorded *task, int64_t day, struct tg_buf *texts,
                        struct tg_ledgerdb_value values[TG_LEDGERROW_COLUMNS]);
/* The task that a row tells of, all of it in the arena; false: it is not in this form. */
bool tg_ledgerrow_read(const struct tg_ledgerdb_value values[TG_LEDGERROW_COLUMNS], struct tg_arena *arena,
                       struct tg_recorded *out);
/* 32 digits and a NUL; read as tg_digest_read does. */
#define TG_LEDGERROW_HEX 33
void tg_ledgerrow_hex(struct tg_digest digest, char hex[TG_LEDGERROW_HEX]);

#endif
