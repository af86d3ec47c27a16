/* SPDX-License-Identifier: MIT
 * Runs in the record, and what became of tasks in them. */
#include <limits.h>
#include <string.h>

#include "engine/store/ledgerqueue.h"
#include "engine/store/ledgerrow.h"

/* Outcomes of a run are numbered behind its number times so many. */
#define RUN_SHIFT 32

/* Each run whose number is a multiple of this looks for what is too old. */
#define PRUNE_EVERY 64

static const char *const fates[] = {
    [TG_LEDGER_RAN] = "ran",
    [TG_LEDGER_TOUCHED] = "touched",
    [TG_LEDGER_FAILED] = "failed",
    [TG_LEDGER_SKIPPED] = "skipped",
};
#define FATES (sizeof fates / sizeof *fates)

/* ---- writing --------------------------------------------------------------------------------------- */

uint64_t tg_ledger_begin(struct tg_ledger *l, const struct tg_ledger_run *run)
{
    int64_t number = 0;
    struct tg_ledgerdb_value values[] = {
        tg_ledgerdb_text(run->workflow), tg_ledgerdb_text(run->line),  tg_ledgerdb_number(run->began_ns),
        tg_ledgerdb_number(0),           tg_ledgerdb_number(run->pid), tg_ledgerdb_number(-1),
        tg_ledgerdb_number(0),           tg_ledgerdb_number(0),        tg_ledgerdb_number(0),
        tg_ledgerdb_number(0),
    };
    if (!tg_ledgerqueue_now(l, TG_LEDGERDB_RUN, values, sizeof values / sizeof *values, &number)) return 0;
    if (number % PRUNE_EVERY == 0) atomic_store(&l->prune_at, (uint64_t)number);
    return (uint64_t)number;
}

void tg_ledger_end(struct tg_ledger *l, const struct tg_ledger_run *run)
{
    struct tg_ledgerdb_value values[] = {
        tg_ledgerdb_number((int64_t)run->number),  tg_ledgerdb_number(run->ended_ns),
        tg_ledgerdb_number(run->status),           tg_ledgerdb_number((int64_t)run->ran),
        tg_ledgerdb_number((int64_t)run->fresh),   tg_ledgerdb_number((int64_t)run->failed),
        tg_ledgerdb_number((int64_t)run->skipped),
    };
    tg_ledgerqueue_add(l, TG_LEDGERDB_END, NULL, values, sizeof values / sizeof *values);
}

void tg_ledger_note(struct tg_ledger *l, const struct tg_ledger_outcome *o)
{
    char hex[TG_LEDGERROW_HEX];
    if (!tg_ledgerqueue_can_write(l)) return;
    uint32_t count = atomic_fetch_add(&l->outcomes, 1);
    tg_ledgerrow_hex(o->identity, hex);
    struct tg_ledgerdb_value values[] = {
        tg_ledgerdb_number((int64_t)(o->run << RUN_SHIFT | count)),
        tg_ledgerdb_number(tg_ledgerrow_id(o->identity)),
        tg_ledgerdb_text(hex),
        tg_ledgerdb_text(o->task),
        tg_ledgerdb_text(o->instance),
        tg_ledgerdb_text(fates[o->fate]),
        tg_ledgerdb_text(o->why),
        tg_ledgerdb_number(o->ended_ns),
        tg_ledgerdb_number(0), /* `waited` */
        tg_ledgerdb_number((int64_t)o->took_ns),
    };
    tg_ledgerqueue_add(l, TG_LEDGERDB_NOTE, NULL, values, sizeof values / sizeof *values);
}

/* ---- reading --------------------------------------------------------------------------------------- */

static const char *column_text(sqlite3_stmt *s, int column)
{
    return (const char *)sqlite3_column_text(s, column);
}

static uint64_t column_count(sqlite3_stmt *s, int column)
{
    return (uint64_t)sqlite3_column_int64(s, column);
}

struct ledgerrun_each {
    bool (*run)(void *data, const struct tg_ledger_run *run);
    bool (*outcome)(void *data, const struct tg_ledger_outcome *outcome);
    const struct tg_digest *identity; /* NULL: of any task */
    void *data;
};

static bool hand_run(void *data, sqlite3_stmt *s)
{
    struct ledgerrun_each *each = data;
    struct tg_ledger_run run = {
        .number = column_count(s, 0),
        .workflow = column_text(s, 1),
        .line = column_text(s, 2),
        .began_ns = sqlite3_column_int64(s, 3),
        .ended_ns = sqlite3_column_int64(s, 4),
        .pid = sqlite3_column_int(s, 5),
        .status = sqlite3_column_int(s, 6),
        .ran = column_count(s, 7),
        .fresh = column_count(s, 8),
        .failed = column_count(s, 9),
        .skipped = column_count(s, 10),
    };
    return each->run(each->data, &run);
}

void tg_ledger_runs(struct tg_ledger *l, const char *workflow, bool (*fn)(void *data, const struct tg_ledger_run *run),
                    void *data)
{
    struct ledgerrun_each each = {.run = fn, .data = data};
    struct tg_ledgerdb_value of = tg_ledgerdb_text(workflow);
    tg_ledgerqueue_flush(l);
    tg_ledgerqueue_rows(l, TG_LEDGERDB_RUNS, &of, 1, hand_run, &each);
}

static bool read_fate(const char *word, enum tg_ledger_fate *out)
{
    for (size_t i = 0; word && i < FATES; i++) {
        *out = (enum tg_ledger_fate)i;
        if (strcmp(word, fates[i]) == 0) return true;
    }
    return false;
}

/* What is not as it would be written is passed over. */
static bool hand_outcome(void *data, sqlite3_stmt *s)
{
    struct ledgerrun_each *each = data;
    const char *hex = column_text(s, 1);
    struct tg_ledger_outcome o = {
        .run = column_count(s, 0),
        .task = column_text(s, 2),
        .instance = column_text(s, 3),
        .why = column_text(s, 5),
        .ended_ns = sqlite3_column_int64(s, 6),
        .took_ns = column_count(s, 7),
    };
    if (!hex || !tg_digest_read(hex, &o.identity) || !read_fate(column_text(s, 4), &o.fate)) return true;
    if (each->identity && !tg_digest_equal(o.identity, *each->identity)) return true;
    return each->outcome(each->data, &o);
}

void tg_ledger_outcomes(struct tg_ledger *l, uint64_t run, const struct tg_digest *identity,
                        bool (*fn)(void *data, const struct tg_ledger_outcome *outcome), void *data)
{
    struct ledgerrun_each each = {.outcome = fn, .identity = identity, .data = data};
    struct tg_ledgerdb_value values[] = {
        tg_ledgerdb_number((int64_t)(run << RUN_SHIFT)),
        tg_ledgerdb_number(run ? (int64_t)((run + 1) << RUN_SHIFT) - 1 : INT64_MAX),
        tg_ledgerdb_number(identity ? tg_ledgerrow_id(*identity) : 0),
    };
    tg_ledgerqueue_flush(l);
    if (identity) tg_ledgerqueue_rows(l, TG_LEDGERDB_OUTCOMES_OF, values, 3, hand_outcome, &each);
    else tg_ledgerqueue_rows(l, TG_LEDGERDB_OUTCOMES, values, 2, hand_outcome, &each);
}
