/* SPDX-License-Identifier: MIT
 * The record on disk: opening and closing it, and recorded tasks. */
#include "engine/store/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/clock.h"
#include "engine/base/path.h"
#include "engine/store/ledgercheck.h"
#include "engine/store/ledgerqueue.h"
#include "engine/store/ledgerrow.h"

/* That a task is asked for is written down when it was so many days ago. */
#define SEEN_DAYS 30

/* What is kept, as days or numbers. */
#define TASK_DAYS 365
#define TASKS 1000000
#define RUN_DAYS 365
#define RUNS 1000
#define OUTCOME_DAYS 90
#define OUTCOMES 1000000

/* One page. */
#define MARK_BYTES 4096

#define DAY_NS (INT64_C(86400) * 1000000000)

/* ---- opening and closing --------------------------------------------------------------------------- */

/* Makes the folder, and the file by which git passes over it; 0 or errno. */
static int make_record_folder(const char *folder)
{
    char *ignore = tg_alloc_format("%s/.gitignore", folder);
    int error = tg_path_make_parents(ignore);
    int fd = error ? -1 : open(ignore, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0) {
        (void)!write(fd, "*\n", 2);
        close(fd);
    } else if (!error && errno != EEXIST) error = errno;
    free(ignore);
    return error;
}

/* False: it can only be read, if at all, and *error says why. */
static bool may_write(const struct tg_ledger *l, int *error)
{
    *error = make_record_folder(l->folder);
    if (!*error && access(l->folder, W_OK) != 0) *error = errno;
    if (!*error && access(l->path, W_OK) != 0 && errno != ENOENT) *error = errno;
    return !*error;
}

/* Memory that reads as zero in a copy of the process: which one this is costs no call of the system. */
static const volatile char *mark_as_ours(void)
{
    char *mark = mmap(NULL, MARK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mark == MAP_FAILED) tg_alloc_fail(MARK_BYTES);
    (void)madvise(mark, MARK_BYTES, MADV_WIPEONFORK);
    *mark = 1;
    return mark;
}

static struct tg_ledger *new_ledger(const struct tg_ledger_how *how)
{
    struct tg_ledger *l = tg_alloc_zero(sizeof *l);
    l->folder = tg_alloc_text(how->folder);
    l->path = tg_alloc_format("%s/record.db", how->folder);
    l->warn = how->warn;
    l->warn_data = how->warn_data;
    l->mine = mark_as_ours();
    atomic_init(&l->epoch, 1);
    l->day = (int64_t)tg_clock_of(CLOCK_REALTIME) / DAY_NS;
    l->reads_only = how->reads_only;
    l->last = &l->first;
    pthread_mutex_init(&l->lock, NULL);
    pthread_mutex_init(&l->write_lock, NULL);
    tg_clock_condition(&l->wake);
    tg_clock_condition(&l->written);
    return l;
}

static void free_ledger(struct tg_ledger *l)
{
    pthread_mutex_destroy(&l->lock);
    pthread_mutex_destroy(&l->write_lock);
    pthread_cond_destroy(&l->wake);
    pthread_cond_destroy(&l->written);
    munmap((void *)(uintptr_t)l->mine, MARK_BYTES);
    free(l->folder);
    free(l->path);
    free(l);
}

struct tg_ledger *tg_ledger_open(const struct tg_ledger_how *how)
{
    int error = 0;
    struct tg_ledger *l = new_ledger(how);
    if (!l->reads_only && !may_write(l, &error)) {
        l->reads_only = true;
        tg_ledgerqueue_say(l, "nothing is recorded: '%s' cannot be written: %s", l->path, strerror(error));
    }
    if (error != ENOTDIR && tg_ledgerqueue_open(l)) return l; /* what is no folder has nothing that could be read */
    free_ledger(l);
    return NULL;
}

static void prune(struct tg_ledger *l)
{
    int64_t now = (int64_t)tg_clock_of(CLOCK_REALTIME), run = (int64_t)atomic_load(&l->prune_at);
    struct tg_ledgerdb_value tasks[] = {tg_ledgerdb_number(l->day - TASK_DAYS), tg_ledgerdb_number(TASKS)};
    struct tg_ledgerdb_value outcomes[] = {tg_ledgerdb_number(OUTCOMES), tg_ledgerdb_number(now - OUTCOME_DAYS * DAY_NS)};
    struct tg_ledgerdb_value runs[] = {tg_ledgerdb_number(now - RUN_DAYS * DAY_NS), tg_ledgerdb_number(run - RUNS)};
    struct tg_ledgerdb_value today = tg_ledgerdb_number(l->day);
    if (!run) return;
    tg_ledgerqueue_now(l, TG_LEDGERDB_PRUNE_MANIFESTS, &today, 1, NULL);
    tg_ledgerqueue_now(l, TG_LEDGERDB_PRUNE_TASKS, tasks, 2, NULL);
    tg_ledgerqueue_now(l, TG_LEDGERDB_PRUNE_OUTCOMES, outcomes, 2, NULL);
    tg_ledgerqueue_now(l, TG_LEDGERDB_PRUNE_RUNS, runs, 2, NULL);
    tg_ledgercheck_prune(l, now);
}

/* A copy of the process has neither the thread nor a right to the connections: it leaves all as it is. */
void tg_ledger_close(struct tg_ledger *l)
{
    if (!l || !*l->mine) return;
    tg_ledgerqueue_close(l, prune);
    free_ledger(l);
}

bool tg_ledger_flush(struct tg_ledger *l)
{
    return tg_ledgerqueue_flush(l);
}

/* ---- tasks ----------------------------------------------------------------------------------------- */

static void read_columns(sqlite3_stmt *s, struct tg_ledgerdb_value values[TG_LEDGERROW_COLUMNS])
{
    for (int i = 0; i < TG_LEDGERROW_COLUMNS; i++) values[i] = tg_ledgerdb_column(s, i);
}

/* The columns of TG_LEDGERDB_FIND; numbers that are not read are 0. */
static void read_compared_columns(sqlite3_stmt *s, struct tg_ledgerdb_value values[TG_LEDGERROW_COLUMNS])
{
    static const enum tg_ledgerrow_column compared[] = {
        TG_LEDGERROW_IDENTITY, TG_LEDGERROW_KEY,   TG_LEDGERROW_PARTS, TG_LEDGERROW_INPUTS,
        TG_LEDGERROW_RESULTS,  TG_LEDGERROW_VALUE, TG_LEDGERROW_SEEN,
    };
    for (int i = 0; i < TG_LEDGERROW_COLUMNS; i++)
        values[i].kind = i < TG_LEDGERROW_ENDED ? TG_LEDGERDB_NULL : TG_LEDGERDB_NUMBER, values[i].number = 0;
    for (int i = 0; i < (int)(sizeof compared / sizeof *compared); i++) values[compared[i]] = tg_ledgerdb_column(s, i);
}

static void see(struct tg_ledger *l, const struct tg_ledgerdb_value *seen, const struct tg_ledgerdb_value *id)
{
    struct tg_ledgerdb_value values[] = {*id, tg_ledgerdb_number(l->day)};
    if (seen->number < l->day - SEEN_DAYS) tg_ledgerqueue_add(l, TG_LEDGERDB_SEEN, NULL, values, 2);
}

static bool find_on_disk(struct tg_ledger *l, struct tg_ledgerdb *db, enum tg_ledgerdb_sql sql, struct tg_digest identity,
                         struct tg_arena *arena, struct tg_recorded *out, int *status)
{
    sqlite3_stmt *s = NULL;
    struct tg_ledgerdb_value id = tg_ledgerdb_number(tg_ledgerrow_id(identity)), values[TG_LEDGERROW_COLUMNS];
    tg_ledgerqueue_hold(l, db);
    *status = tg_ledgerdb_run(db, sql, &id, 1, &s);
    bool found = *status == SQLITE_ROW;
    if (found) {
        (sql == TG_LEDGERDB_FIND ? read_compared_columns : read_columns)(s, values);
        found = tg_ledgerrow_read(values, arena, out) && tg_digest_equal(out->identity, identity);
        if (found) see(l, &values[TG_LEDGERROW_SEEN], &id);
    }
    if (s) sqlite3_reset(s);
    return found;
}

/* What waits to be written, too: *known. */
static bool find_in_queue(struct tg_ledger *l, struct tg_digest identity, struct tg_arena *arena, struct tg_recorded *out,
                          bool *known)
{
    pthread_mutex_lock(&l->lock);
    const struct tg_ledgerqueue_op *op = tg_ledgerqueue_find(l, identity);
    bool found = op && op->sql == TG_LEDGERDB_PUT && tg_ledgerrow_read(op->values, arena, out);
    pthread_mutex_unlock(&l->lock);
    *known = op != NULL;
    return found;
}

static bool find_recorded(struct tg_ledger *l, enum tg_ledgerdb_sql sql, struct tg_digest identity, struct tg_arena *arena,
                          struct tg_recorded *out)
{
    bool known;
    int status;
    if (!tg_ledgerqueue_can_read(l)) return false;
    bool found = find_in_queue(l, identity, arena, out, &known);
    struct tg_ledgerdb *db = known ? NULL : tg_ledgerqueue_borrow(l);
    if (!db) return found;
    found = find_on_disk(l, db, sql, identity, arena, out, &status);
    tg_ledgerqueue_give_back(l, db, status);
    return found;
}

bool tg_ledger_find(struct tg_ledger *l, struct tg_digest identity, struct tg_arena *arena, struct tg_recorded *out)
{
    return find_recorded(l, TG_LEDGERDB_FIND, identity, arena, out);
}

bool tg_ledger_find_all(struct tg_ledger *l, struct tg_digest identity, struct tg_arena *arena, struct tg_recorded *out)
{
    return find_recorded(l, TG_LEDGERDB_FIND_ALL, identity, arena, out);
}

void tg_ledger_put(struct tg_ledger *l, const struct tg_recorded *task)
{
    struct tg_buf texts = {0};
    struct tg_ledgerdb_value values[TG_LEDGERROW_COLUMNS];
    if (!tg_ledgerqueue_can_write(l)) return;
    tg_ledgerrow_write(task, l->day, &texts, values);
    tg_ledgerqueue_add(l, TG_LEDGERDB_PUT, &task->identity, values, TG_LEDGERROW_COLUMNS);
    tg_buf_done(&texts);
}

void tg_ledger_forget(struct tg_ledger *l, struct tg_digest identity)
{
    struct tg_ledgerdb_value id = tg_ledgerdb_number(tg_ledgerrow_id(identity));
    tg_ledgerqueue_add(l, TG_LEDGERDB_FORGET, &identity, &id, 1);
}

static bool note_row(void *any, sqlite3_stmt *row)
{
    (void)row;
    *(bool *)any = true;
    return false;
}

bool tg_ledger_has(struct tg_ledger *l, const char *workflow)
{
    bool any = false;
    struct tg_ledgerdb_value of = tg_ledgerdb_text(workflow);
    tg_ledger_flush(l);
    tg_ledgerqueue_rows(l, TG_LEDGERDB_HAS, &of, 1, note_row, &any);
    return any;
}

struct ledger_each {
    bool (*fn)(void *data, const struct tg_recorded *task);
    void *data;
};

static bool hand_task(void *data, sqlite3_stmt *s)
{
    struct ledger_each *each = data;
    struct tg_ledgerdb_value values[TG_LEDGERROW_COLUMNS];
    struct tg_arena arena = {0};
    struct tg_recorded task;
    read_columns(s, values);
    bool go_on = !tg_ledgerrow_read(values, &arena, &task) || each->fn(each->data, &task);
    tg_arena_done(&arena);
    return go_on;
}

void tg_ledger_each(struct tg_ledger *l, const char *workflow, bool (*fn)(void *data, const struct tg_recorded *task),
                    void *data)
{
    struct ledger_each each = {fn, data};
    struct tg_ledgerdb_value of = tg_ledgerdb_text(workflow);
    tg_ledger_flush(l);
    tg_ledgerqueue_rows(l, TG_LEDGERDB_EACH, &of, 1, hand_task, &each);
}

struct ledger_took {
    bool (*fn)(void *data, const char *task, const char *instance, uint64_t took_ns);
    void *data;
};

static bool hand_took(void *data, sqlite3_stmt *s)
{
    struct ledger_took *each = data;
    struct tg_ledgerdb_value task = tg_ledgerdb_column(s, 0), instance = tg_ledgerdb_column(s, 1),
                             took = tg_ledgerdb_column(s, 2);
    if (task.kind != TG_LEDGERDB_TEXT || instance.kind != TG_LEDGERDB_TEXT) return true;
    if (took.kind != TG_LEDGERDB_NUMBER || took.number < 0) return true;
    return each->fn(each->data, task.text, instance.text, (uint64_t)took.number);
}

void tg_ledger_took(struct tg_ledger *l, const char *workflow,
                    bool (*fn)(void *data, const char *task, const char *instance, uint64_t took_ns), void *data)
{
    struct ledger_took each = {fn, data};
    struct tg_ledgerdb_value of = tg_ledgerdb_text(workflow);
    tg_ledgerqueue_rows(l, TG_LEDGERDB_TOOK, &of, 1, hand_took, &each);
}
