/* SPDX-License-Identifier: MIT
 * Manifests in the record: one of all tasks of a work, and one of a few that came later, since most runs change few. They count for a day:
 * then all tasks are looked up again, which keeps them from being pruned. */
#include <stdlib.h>

#include "engine/base/alloc.h"
#include "engine/store/ledgerqueue.h"
#include "engine/store/ledgerrow.h"

static const char *const parts[] = {"all", "few"};

/* Without a copy in the statement, or in a cache: each page is read once. NULL: it cannot be read. */
static struct tg_manifest *read_row(sqlite3 *handle, sqlite3_int64 row, uint32_t tasks)
{
    sqlite3_blob *blob = NULL;
    if (sqlite3_blob_open(handle, "main", "manifest", "bytes", row, 0, &blob) != SQLITE_OK) return NULL;
    int length = sqlite3_blob_bytes(blob);
    void *bytes = tg_alloc((size_t)length + 1);
    sqlite3_exec(handle, "PRAGMA cache_size = -64", NULL, NULL, NULL);
    int status = sqlite3_blob_read(blob, bytes, length, 0);
    sqlite3_blob_close(blob);
    sqlite3_exec(handle, TG_LEDGERDB_CACHE, NULL, NULL, NULL);
    if (status == SQLITE_OK) return tg_manifest_read(bytes, (size_t)length, tasks);
    free(bytes);
    return NULL;
}

struct taking_manifests {
    uint32_t tasks;
    struct tg_manifest *all; /* with what lies over it */
};

/* That of all comes first. */
static bool take_manifest(void *taking, sqlite3_stmt *s)
{
    struct taking_manifests *t = taking;
    struct tg_manifest *part = read_row(sqlite3_db_handle(s), sqlite3_column_int64(s, 0), t->tasks);
    bool few = sqlite3_column_int64(s, 1), fits = part && few == (t->all != NULL);
    if (fits && few) tg_manifest_lay_over(t->all, part);
    else if (fits) t->all = part;
    else tg_manifest_free(part), tg_manifest_free(t->all), t->all = NULL;
    return fits;
}

struct tg_manifest *tg_ledger_manifest(struct tg_ledger *l, const char *workflow, struct tg_digest work, struct tg_digest graph,
                                       uint32_t tasks)
{
    char work_hex[TG_LEDGERROW_HEX], graph_hex[TG_LEDGERROW_HEX];
    struct taking_manifests t = {.tasks = tasks};
    tg_ledgerrow_hex(work, work_hex);
    tg_ledgerrow_hex(graph, graph_hex);
    struct tg_ledgerdb_value values[] = {tg_ledgerdb_text(workflow), tg_ledgerdb_text(work_hex), tg_ledgerdb_text(graph_hex),
                                         tg_ledgerdb_number(l->day)};
    tg_ledgerqueue_rows(l, TG_LEDGERDB_MANIFEST, values, sizeof values / sizeof *values, take_manifest, &t);
    return t.all;
}

void tg_ledger_put_manifest(struct tg_ledger *l, const char *workflow, struct tg_digest work, struct tg_digest graph, bool few,
                            const struct tg_buf *bytes, uint64_t run)
{
    char work_hex[TG_LEDGERROW_HEX], graph_hex[TG_LEDGERROW_HEX];
    tg_ledgerrow_hex(work, work_hex);
    tg_ledgerrow_hex(graph, graph_hex);
    struct tg_ledgerdb_value values[] = {tg_ledgerdb_text(workflow),
                                         tg_ledgerdb_text(work_hex),
                                         tg_ledgerdb_text(parts[few]),
                                         tg_ledgerdb_text(graph_hex),
                                         tg_ledgerdb_number((int64_t)run),
                                         tg_ledgerdb_number(l->day),
                                         {TG_LEDGERDB_BYTES, 0, bytes->data, bytes->length}};
    struct tg_ledgerdb_value others[] = {values[0], values[1], tg_ledgerdb_text(parts[true])};
    if (!few) tg_ledgerqueue_add(l, TG_LEDGERDB_DROP_MANIFEST, NULL, others, sizeof others / sizeof *others);
    tg_ledgerqueue_add(l, TG_LEDGERDB_PUT_MANIFEST, NULL, values, sizeof values / sizeof *values);
}

void tg_ledger_drop_manifests(struct tg_ledger *l, const char *workflow)
{
    struct tg_ledgerdb_value of = tg_ledgerdb_text(workflow);
    tg_ledgerqueue_add(l, TG_LEDGERDB_DROP_MANIFESTS, NULL, &of, 1);
}
