/* SPDX-License-Identifier: MIT
 * What is put waits in a queue for one thread, which writes all that came within some time in one transaction: a commit costs as much
 * as many rows. The thread starts with the first that is put, so that a run with nothing to record has none.
 *
 * Readers have connections of their own, which are kept when they are not used. A connection belongs to a generation: where the
 * database turned out to be damaged, it was moved aside, and those that come then open the new one. */
#include "engine/store/ledgerqueue.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/clock.h"

/* It is written then, which takes some time itself. */
#define WAIT_NS (TG_LEDGER_LATE_NS / 2)

/* A reader that has found so many has a transaction for those to come; other processes wait for its end when they write the log back,
 * and what they write meanwhile is not seen. */
#define HOLD_AFTER 32
#define HOLD_NS UINT64_C(100000000)

/* So often it is begun anew in one process. */
#define MOST_GENERATIONS 3

/* A log of more pages is written back by the thread, while it writes (a page has 4 KiB); a longer one is quicker to write, and must be read
 * through after a crash. */
#define LOG_PAGES 4000

/* A log of more bytes is written back at the end, which waits for the disk; a shorter one is left to the next run, which reads it
 * through when it opens the record. */
#define LOG_LEFT_BYTES (256 << 10)

void tg_ledgerqueue_say(struct tg_ledger *l, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *line = tg_alloc_vformat(format, args);
    va_end(args);
    if (l->warn) l->warn(l->warn_data, line);
    free(line);
}

bool tg_ledgerqueue_can_read(const struct tg_ledger *l)
{
    return l && *l->mine && !atomic_load_explicit(&l->gone, memory_order_relaxed);
}

bool tg_ledgerqueue_can_write(const struct tg_ledger *l)
{
    return tg_ledgerqueue_can_read(l) && !l->reads_only && !atomic_load_explicit(&l->failed, memory_order_relaxed);
}

void tg_ledgerqueue_give_up(struct tg_ledger *l, const char *path, const char *why)
{
    if (atomic_exchange(&l->failed, true)) return;
    tg_ledgerqueue_say(l, "nothing more is recorded: could not write '%s': %s", path, why);
}

static void give_up_writing(struct tg_ledger *l, const char *why)
{
    tg_ledgerqueue_give_up(l, l->path, why);
}

/* ---- what is wrong with the database -------------------------------------------------------------- */

/* True if another one may be made in its place. */
static bool say_state(struct tg_ledger *l, enum tg_ledgerdb_state state, struct tg_ledgerdb *db, int status)
{
    const char *what = state == TG_LEDGERDB_DAMAGED ? "is damaged" : "is no record of tgrun";
    if (state == TG_LEDGERDB_DAMAGED || state == TG_LEDGERDB_FOREIGN) {
        char *aside = l->reads_only ? NULL : tg_ledgerdb_set_aside(l->path, db->device, db->inode);
        if (aside) tg_ledgerqueue_say(l, "'%s' %s: it is '%s' now, and a new record begins", l->path, what, aside);
        else if (l->reads_only) tg_ledgerqueue_say(l, "'%s' %s, and not read", l->path, what);
        free(aside);
        return !l->reads_only;
    }
    if (state == TG_LEDGERDB_NEWER)
        tg_ledgerqueue_say(l, "'%s' is the record of a newer tgrun: it is left alone, and nothing is recorded", l->path);
    if (state == TG_LEDGERDB_FAILED)
        tg_ledgerqueue_say(l, "could not open the record '%s': %s", l->path,
                           status == SQLITE_CANTOPEN_ISDIR ? "it is no file" : sqlite3_errstr(status));
    return false;
}

/* Opens a connection, and makes the database as often as that may help. */
static bool open_or_make(struct tg_ledger *l, struct tg_ledgerdb *db)
{
    for (int i = 0; i < MOST_GENERATIONS; i++) {
        int status = SQLITE_OK;
        enum tg_ledgerdb_state state = tg_ledgerdb_open(db, l->path, !l->reads_only, &status);
        if (state == TG_LEDGERDB_FINE) return true;
        bool make = state == TG_LEDGERDB_NONE || state == TG_LEDGERDB_OLDER;
        if (make && l->reads_only) return false;
        if (!make && !say_state(l, state, db, status)) return false;
        if (!tg_ledgerdb_is_damage(status = tg_ledgerdb_make(l->path)) && status != SQLITE_OK)
            return say_state(l, TG_LEDGERDB_FAILED, db, status);
    }
    tg_ledgerqueue_say(l, "could not make the record '%s'", l->path);
    return false;
}

static void close_readers_locked(struct tg_ledger *l)
{
    while (l->readers) {
        struct tg_ledgerdb *db = l->readers;
        l->readers = db->next;
        tg_ledgerdb_close(db);
        free(db);
    }
}

/* What the file is, apart from damage deep inside. A newer tgrun may have brought it up to date meanwhile. */
static enum tg_ledgerdb_state look_again(struct tg_ledger *l)
{
    struct tg_ledgerdb db;
    int status;
    enum tg_ledgerdb_state state = tg_ledgerdb_open(&db, l->path, !l->reads_only, &status);
    tg_ledgerdb_close(&db);
    return state == TG_LEDGERDB_NEWER ? state : TG_LEDGERDB_DAMAGED;
}

/* With the write lock: what this generation has open is damaged. */
static void begin_anew(struct tg_ledger *l, unsigned generation, dev_t device, ino_t inode)
{
    struct tg_ledgerdb was = {.device = device, .inode = inode}, next = {0};
    if (generation != l->generation || atomic_load(&l->gone)) return;
    tg_ledgerdb_close(&l->writer);
    pthread_mutex_lock(&l->lock);
    close_readers_locked(l);
    l->generation++;
    pthread_mutex_unlock(&l->lock);
    bool again = say_state(l, look_again(l), &was, SQLITE_CORRUPT) && l->generation < MOST_GENERATIONS;
    if (!again || !open_or_make(l, &next)) atomic_store(&l->gone, true);
    tg_ledgerdb_close(&next);
}

/* ---- readers --------------------------------------------------------------------------------------- */

bool tg_ledgerqueue_open(struct tg_ledger *l)
{
    struct tg_ledgerdb *db = tg_alloc_zero(sizeof *db);
    if (!open_or_make(l, db)) return free(db), false;
    l->readers = db;
    return true;
}

struct tg_ledgerdb *tg_ledgerqueue_borrow(struct tg_ledger *l)
{
    int status;
    pthread_mutex_lock(&l->lock);
    struct tg_ledgerdb *db = l->readers;
    unsigned generation = l->generation;
    if (db) l->readers = db->next;
    pthread_mutex_unlock(&l->lock);
    if (db) return db;
    db = tg_alloc_zero(sizeof *db);
    if (tg_ledgerdb_open(db, l->path, !l->reads_only, &status) != TG_LEDGERDB_FINE) return free(db), NULL;
    db->generation = generation;
    return db;
}

void tg_ledgerqueue_give_back(struct tg_ledger *l, struct tg_ledgerdb *db, int status)
{
    dev_t device = db->device;
    ino_t inode = db->inode;
    unsigned generation = db->generation;
    bool damaged = tg_ledgerdb_is_damage(status);
    pthread_mutex_lock(&l->lock);
    bool keep = !damaged && generation == l->generation;
    if (keep) {
        db->next = l->readers;
        l->readers = db;
    }
    pthread_mutex_unlock(&l->lock);
    if (!keep) tg_ledgerdb_close(db), free(db);
    if (!damaged) return;
    pthread_mutex_lock(&l->write_lock);
    begin_anew(l, generation, device, inode);
    pthread_mutex_unlock(&l->write_lock);
}

/* Ends its transaction. */
static void let_go(struct tg_ledgerdb *db)
{
    if (db->epoch) tg_ledgerdb_run(db, TG_LEDGERDB_COMMIT, NULL, 0, NULL);
    db->epoch = 0;
}

void tg_ledgerqueue_rows(struct tg_ledger *l, enum tg_ledgerdb_sql sql, const struct tg_ledgerdb_value *values, int count,
                         bool (*fn)(void *data, sqlite3_stmt *row), void *data)
{
    sqlite3_stmt *s = NULL;
    struct tg_ledgerdb *db = tg_ledgerqueue_can_read(l) ? tg_ledgerqueue_borrow(l) : NULL;
    if (!db) return;
    let_go(db);
    int status = tg_ledgerdb_run(db, sql, values, count, &s);
    while (status == SQLITE_ROW && fn(data, s)) status = sqlite3_step(s);
    if (s) sqlite3_reset(s);
    tg_ledgerqueue_give_back(l, db, status);
}

/* ---- writing --------------------------------------------------------------------------------------- */

static int open_writer(struct tg_ledger *l)
{
    int status = SQLITE_OK;
    if (l->writer.handle) return SQLITE_OK;
    enum tg_ledgerdb_state state = tg_ledgerdb_open(&l->writer, l->path, true, &status);
    if (state == TG_LEDGERDB_FINE) {
        sqlite3_wal_autocheckpoint(l->writer.handle, LOG_PAGES);
        return SQLITE_OK;
    }
    return state == TG_LEDGERDB_FAILED ? status : SQLITE_CORRUPT;
}

static int run_ops(struct tg_ledger *l, const struct tg_ledgerqueue_op *ops)
{
    int status = SQLITE_DONE;
    for (; ops && status == SQLITE_DONE; ops = ops->next)
        status = tg_ledgerdb_run(&l->writer, ops->sql, ops->values, ops->count, NULL);
    return status;
}

/* In one transaction: SQLITE_DONE, or nothing of it is written. */
static int try_to_write(struct tg_ledger *l, const struct tg_ledgerqueue_op *ops)
{
    int status = open_writer(l);
    if (status != SQLITE_OK) return status;
    status = tg_ledgerdb_run(&l->writer, TG_LEDGERDB_BEGIN, NULL, 0, NULL);
    if (status == SQLITE_DONE) status = run_ops(l, ops);
    if (status == SQLITE_DONE) status = tg_ledgerdb_run(&l->writer, TG_LEDGERDB_COMMIT, NULL, 0, NULL);
    if (status != SQLITE_DONE && !sqlite3_get_autocommit(l->writer.handle))
        tg_ledgerdb_run(&l->writer, TG_LEDGERDB_ROLLBACK, NULL, 0, NULL);
    return status;
}

/* The same with the write lock, where a database that is damaged has got a new one. SQLITE_BUSY: another process writes for long. */
static int write_locked(struct tg_ledger *l, const struct tg_ledgerqueue_op *ops)
{
    int status = SQLITE_ERROR;
    for (unsigned i = 0; i < 2 && tg_ledgerqueue_can_write(l); i++) {
        status = try_to_write(l, ops);
        if (!tg_ledgerdb_is_damage(status)) break;
        begin_anew(l, l->generation, l->writer.device, l->writer.inode);
    }
    if (status != SQLITE_DONE && (status & 0xff) != SQLITE_BUSY) give_up_writing(l, sqlite3_errstr(status));
    return status;
}

bool tg_ledgerqueue_now(struct tg_ledger *l, enum tg_ledgerdb_sql sql, const struct tg_ledgerdb_value *values, int count,
                        int64_t *row)
{
    if (!tg_ledgerqueue_can_write(l)) return false;
    size_t bytes = (size_t)count * sizeof *values;
    struct tg_ledgerqueue_op *op = tg_alloc_zero(sizeof *op + bytes);
    op->sql = sql;
    op->count = count;
    if (count) memcpy(op->values, values, bytes);
    pthread_mutex_lock(&l->write_lock);
    int status = write_locked(l, op);
    if (status == SQLITE_DONE && row) *row = sqlite3_last_insert_rowid(l->writer.handle);
    pthread_mutex_unlock(&l->write_lock);
    if ((status & 0xff) == SQLITE_BUSY) give_up_writing(l, sqlite3_errstr(status));
    free(op);
    return status == SQLITE_DONE;
}

/* ---- the queue ------------------------------------------------------------------------------------- */

static struct tg_ledgerqueue_op **bucket_of(const struct tg_ledger *l, struct tg_digest identity)
{
    return (struct tg_ledgerqueue_op **)&l->bucket[identity.high % TG_LEDGERQUEUE_BUCKETS];
}

const struct tg_ledgerqueue_op *tg_ledgerqueue_find(const struct tg_ledger *l, struct tg_digest identity)
{
    const struct tg_ledgerqueue_op *op = *bucket_of(l, identity);
    while (op && !tg_digest_equal(op->identity, identity)) op = op->same_bucket;
    return op;
}

static bool is_of_task(const struct tg_ledgerqueue_op *op)
{
    return op->sql == TG_LEDGERDB_PUT || op->sql == TG_LEDGERDB_FORGET;
}

/* Locked: they are not found in the queue any more. */
static void free_ops(struct tg_ledger *l, struct tg_ledgerqueue_op *ops)
{
    while (ops) {
        struct tg_ledgerqueue_op *next = ops->next, **at = bucket_of(l, ops->identity);
        if (is_of_task(ops)) {
            while (*at != ops) at = &(*at)->same_bucket;
            *at = ops->same_bucket;
        }
        free(ops);
        l->done++;
        ops = next;
    }
}

/* Locked: what could not be written goes before what came meanwhile. */
static void put_back(struct tg_ledger *l, struct tg_ledgerqueue_op *ops, struct tg_ledgerqueue_op **end)
{
    *end = l->first;
    if (!l->first) l->last = end;
    l->first = ops;
    l->oldest_ns = tg_clock_ns();
}

/* Locked: readers that are not used now see what was written meanwhile when they are used again; others when they are next. */
static void end_epoch(struct tg_ledger *l)
{
    l->held_ns = 0;
    atomic_fetch_add(&l->epoch, 1);
    for (struct tg_ledgerdb *db = l->readers; db; db = db->next) let_go(db);
}

/* Locked, but for the writing. */
static void write_queue(struct tg_ledger *l)
{
    struct tg_ledgerqueue_op *ops = l->first, **end = l->last;
    bool final = l->ending || l->hurry;
    l->first = NULL;
    l->last = &l->first;
    l->hurry = false;
    pthread_mutex_unlock(&l->lock);
    pthread_mutex_lock(&l->write_lock);
    int status = write_locked(l, ops);
    pthread_mutex_unlock(&l->write_lock);
    bool busy = (status & 0xff) == SQLITE_BUSY;
    if (busy && final) give_up_writing(l, sqlite3_errstr(status));
    pthread_mutex_lock(&l->lock);
    if (busy && !final) put_back(l, ops, end);
    else {
        end_epoch(l);
        free_ops(l, ops);
    }
    pthread_cond_broadcast(&l->written);
}

/* Locked: sleeps until there may be something to do. */
static void rest_until_due(struct tg_ledger *l)
{
    uint64_t write_at = l->first ? l->oldest_ns + WAIT_NS : UINT64_MAX, end_at = l->held_ns ? l->held_ns + HOLD_NS : UINT64_MAX;
    struct timespec until = tg_clock_span(write_at < end_at ? write_at : end_at);
    if (l->first || l->held_ns) pthread_cond_timedwait(&l->wake, &l->lock, &until);
    else pthread_cond_wait(&l->wake, &l->lock);
}

static void *ledger_thread(void *data)
{
    struct tg_ledger *l = data;
    pthread_mutex_lock(&l->lock);
    while (l->first || !l->ending) {
        uint64_t now = tg_clock_ns();
        if (l->first && (l->hurry || l->ending || now >= l->oldest_ns + WAIT_NS)) write_queue(l);
        else if (l->held_ns && now >= l->held_ns + HOLD_NS) end_epoch(l);
        else rest_until_due(l);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

/* Locked. No signals: they are for others. 0 or errno. */
static int start_thread_of(struct tg_ledger *l)
{
    sigset_t all, before;
    if (l->started) return 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&l->thread, NULL, ledger_thread, l);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    l->started = !error;
    return error;
}

/* The thread ends what is begun here. */
static bool may_hold(struct tg_ledger *l)
{
    pthread_mutex_lock(&l->lock);
    bool may = !start_thread_of(l);
    if (may && !l->held_ns) {
        l->held_ns = tg_clock_ns();
        pthread_cond_signal(&l->wake);
    }
    pthread_mutex_unlock(&l->lock);
    return may;
}

void tg_ledgerqueue_hold(struct tg_ledger *l, struct tg_ledgerdb *db)
{
    unsigned epoch = atomic_load(&l->epoch);
    if (db->epoch == epoch || db->finds++ < HOLD_AFTER) return;
    let_go(db);
    if (may_hold(l) && tg_ledgerdb_run(db, TG_LEDGERDB_HOLD, NULL, 0, NULL) == SQLITE_DONE) db->epoch = epoch;
}

/* One block: the values, and behind them what they point to. */
static struct tg_ledgerqueue_op *copy_op(enum tg_ledgerdb_sql sql, const struct tg_ledgerdb_value *values, int count)
{
    size_t bytes = sizeof(struct tg_ledgerqueue_op) + (size_t)count * sizeof *values, at = bytes;
    for (int i = 0; i < count; i++)
        if (values[i].text) bytes += values[i].length + 1;
    struct tg_ledgerqueue_op *op = tg_alloc(bytes);
    *op = (struct tg_ledgerqueue_op){.sql = sql, .count = count};
    for (int i = 0; i < count; i++) {
        op->values[i] = values[i];
        if (!values[i].text) continue;
        char *text = (char *)op + at;
        memcpy(text, values[i].text, values[i].length);
        text[values[i].length] = 0;
        op->values[i].text = text;
        at += values[i].length + 1;
    }
    return op;
}

void tg_ledgerqueue_add(struct tg_ledger *l, enum tg_ledgerdb_sql sql, const struct tg_digest *identity,
                        const struct tg_ledgerdb_value *values, int count)
{
    if (!tg_ledgerqueue_can_write(l)) return;
    struct tg_ledgerqueue_op *op = copy_op(sql, values, count);
    pthread_mutex_lock(&l->lock);
    int error = start_thread_of(l);
    if (error) {
        pthread_mutex_unlock(&l->lock);
        free(op);
        give_up_writing(l, strerror(error));
        return;
    }
    if (identity) {
        op->identity = *identity;
        op->same_bucket = *bucket_of(l, *identity);
        *bucket_of(l, *identity) = op;
    }
    if (!l->first) l->oldest_ns = tg_clock_ns(), pthread_cond_signal(&l->wake);
    *l->last = op;
    l->last = &op->next;
    l->put++;
    pthread_mutex_unlock(&l->lock);
}

bool tg_ledgerqueue_flush(struct tg_ledger *l)
{
    if (!tg_ledgerqueue_can_write(l)) return false;
    pthread_mutex_lock(&l->lock);
    for (uint64_t wanted = l->put; l->started && l->done < wanted;) {
        l->hurry = true;
        pthread_cond_signal(&l->wake);
        pthread_cond_wait(&l->written, &l->lock);
    }
    pthread_mutex_unlock(&l->lock);
    return tg_ledgerqueue_can_write(l);
}

/* ---- the end --------------------------------------------------------------------------------------- */

static bool has_long_log(const struct tg_ledger *l)
{
    struct stat is;
    char *log = tg_alloc_format("%s-wal", l->path);
    bool has = stat(log, &is) == 0 && is.st_size > LOG_LEFT_BYTES;
    free(log);
    return has;
}

/* The last connection of all processes would write the log back. */
static void leave_log(struct tg_ledgerdb *db)
{
    if (db->handle) sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

void tg_ledgerqueue_close(struct tg_ledger *l, void (*last)(struct tg_ledger *l))
{
    pthread_mutex_lock(&l->lock);
    l->ending = true;
    pthread_cond_signal(&l->wake);
    pthread_mutex_unlock(&l->lock);
    if (l->started) pthread_join(l->thread, NULL);
    last(l);
    if (!has_long_log(l)) {
        leave_log(&l->writer);
        for (struct tg_ledgerdb *db = l->readers; db; db = db->next) leave_log(db);
    }
    close_readers_locked(l);
    tg_ledgerdb_close(&l->writer);
}
