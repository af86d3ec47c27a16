/* SPDX-License-Identifier: MIT
 * The database of the record. It is made and brought up to date under a lock on its folder (flock), so that no process ever sees a half
 * made one; all else goes by the locks of SQLite. */
#include "engine/store/ledgerdb.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/clock.h"
#include "engine/base/path.h"
#include "engine/store/ledgertexts.h"

/* What another process may make us wait. */
#define BUSY_MS 5000
#define LOCK_TRIES 500
#define LOCK_PAUSE_NS UINT64_C(10000000)

/* Names that are tried for what is moved aside. */
#define ASIDE_NAMES 1000

/* ---- statements ---------------------------------------------------------------------------------- */

struct tg_ledgerdb_value tg_ledgerdb_text(const char *text)
{
    if (!text) return (struct tg_ledgerdb_value){.kind = TG_LEDGERDB_NULL};
    return (struct tg_ledgerdb_value){.kind = TG_LEDGERDB_TEXT, .text = text, .length = strlen(text)};
}

bool tg_ledgerdb_is_damage(int status)
{
    int kind = status & 0xff;
    return kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || kind == SQLITE_ERROR || kind == SQLITE_MISMATCH ||
           kind == SQLITE_CONSTRAINT || kind == SQLITE_SCHEMA || kind == SQLITE_FORMAT;
}

sqlite3_stmt *tg_ledgerdb_get(struct tg_ledgerdb *db, enum tg_ledgerdb_sql which, int *status)
{
    sqlite3_stmt **s = &db->statements[which];
    if (*s) sqlite3_reset(*s);
    else *status = sqlite3_prepare_v3(db->handle, tg_ledgertexts[which], -1, SQLITE_PREPARE_PERSISTENT, s, NULL);
    return *s;
}

static int bind_value(sqlite3_stmt *s, int number, const struct tg_ledgerdb_value *v)
{
    switch (v->kind) {
    case TG_LEDGERDB_NULL: return sqlite3_bind_null(s, number);
    case TG_LEDGERDB_NUMBER: return sqlite3_bind_int64(s, number, v->number);
    case TG_LEDGERDB_TEXT: return sqlite3_bind_text64(s, number, v->text, v->length, SQLITE_STATIC, SQLITE_UTF8);
    case TG_LEDGERDB_STRANGE: return SQLITE_MISUSE;
    case TG_LEDGERDB_BYTES: break;
    }
    return sqlite3_bind_blob64(s, number, v->text, v->length, SQLITE_STATIC);
}

int tg_ledgerdb_run(struct tg_ledgerdb *db, enum tg_ledgerdb_sql which, const struct tg_ledgerdb_value *values, int count,
                    sqlite3_stmt **out)
{
    int status = SQLITE_OK;
    sqlite3_stmt *s = tg_ledgerdb_get(db, which, &status);
    if (!s) return status;
    for (int i = 0; i < count; i++)
        if ((status = bind_value(s, i + 1, &values[i])) != SQLITE_OK) return status;
    status = sqlite3_step(s);
    if (out) *out = s;
    else sqlite3_reset(s);
    return status;
}

struct tg_ledgerdb_value tg_ledgerdb_column(sqlite3_stmt *s, int column)
{
    sqlite3_value *value = sqlite3_column_value(s, column);
    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER: return tg_ledgerdb_number(sqlite3_value_int64(value));
    case SQLITE_TEXT:
    case SQLITE_BLOB: break;
    case SQLITE_NULL: return (struct tg_ledgerdb_value){.kind = TG_LEDGERDB_NULL};
    default: return (struct tg_ledgerdb_value){.kind = TG_LEDGERDB_STRANGE};
    }
    bool text = sqlite3_value_type(value) == SQLITE_TEXT;
    const char *bytes = sqlite3_value_blob(value);
    return (struct tg_ledgerdb_value){text ? TG_LEDGERDB_TEXT : TG_LEDGERDB_BYTES, 0, bytes ? bytes : "",
                                      (size_t)sqlite3_value_bytes(value)};
}

/* ---- opening ------------------------------------------------------------------------------------- */

void tg_ledgerdb_close(struct tg_ledgerdb *db)
{
    for (int i = 0; i < TG_LEDGERDB_SQLS; i++) sqlite3_finalize(db->statements[i]);
    if (db->handle) sqlite3_close(db->handle);
    *db = (struct tg_ledgerdb){0};
}

/* The number that a pragma gives. */
static int ask_number(sqlite3 *handle, const char *sql, int64_t *out)
{
    sqlite3_stmt *s = NULL;
    int status = sqlite3_prepare_v2(handle, sql, -1, &s, NULL);
    if (status == SQLITE_OK && (status = sqlite3_step(s)) == SQLITE_ROW) {
        *out = sqlite3_column_int64(s, 0);
        status = SQLITE_OK;
    }
    sqlite3_finalize(s);
    return status;
}

/* Nothing is in it where who makes it was killed. */
static enum tg_ledgerdb_state state_of_database(int64_t application, int64_t version, int64_t schema)
{
    if (application != TG_LEDGERDB_OURS || version < 1) return schema == 0 ? TG_LEDGERDB_NONE : TG_LEDGERDB_FOREIGN;
    if (version > TG_LEDGERDB_VERSION) return TG_LEDGERDB_NEWER;
    return version < TG_LEDGERDB_VERSION ? TG_LEDGERDB_OLDER : TG_LEDGERDB_FINE;
}

/* Whose database it is: asked in one transaction, as another process may be making it. */
static enum tg_ledgerdb_state judge_database(sqlite3 *handle, int *status)
{
    int64_t application = 0, version = 0, schema = 0;
    *status = sqlite3_exec(handle, "BEGIN", NULL, NULL, NULL);
    if (*status == SQLITE_OK) *status = ask_number(handle, "PRAGMA application_id", &application);
    if (*status == SQLITE_OK) *status = ask_number(handle, "PRAGMA user_version", &version);
    if (*status == SQLITE_OK) *status = ask_number(handle, "SELECT count(*) FROM sqlite_master", &schema);
    if (*status == SQLITE_OK) *status = sqlite3_exec(handle, "COMMIT", NULL, NULL, NULL);
    if (*status == SQLITE_OK) return state_of_database(application, version, schema);
    return tg_ledgerdb_is_damage(*status) ? TG_LEDGERDB_DAMAGED : TG_LEDGERDB_FAILED;
}

/* A path as a URI, for what only that can say. */
static char *uri_of(const char *path, const char *options)
{
    struct tg_buf b = {0};
    tg_buf_text(&b, "file:");
    for (const char *c = path; *c; c++) {
        if (strchr("%?#", *c)) tg_buf_format(&b, "%%%02x", (unsigned)(unsigned char)*c);
        else tg_buf_char(&b, *c);
    }
    tg_buf_text(&b, options);
    return tg_buf_take(&b);
}

/* SQLite counts all memory that it has otherwise, with a lock for each block. Where it was in use before, it stays so. */
static void stop_counting(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static void spare_locks(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, stop_counting);
}

/* No mutexes: a connection has one user at a time. Files that cannot be written, with a log that cannot be read without writing, are read
 * as they are. */
static int open_handle(const char *path, bool writable, bool frozen, sqlite3 **out)
{
    spare_locks();
    char *uri = uri_of(path, frozen ? "?immutable=1" : "");
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | (writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    int status = sqlite3_open_v2(uri, out, flags, NULL);
    free(uri);
    if (status == SQLITE_OK) sqlite3_busy_timeout(*out, BUSY_MS);
    if (status == SQLITE_OK) sqlite3_extended_result_codes(*out, 1);
    return status;
}

static enum tg_ledgerdb_state open_as(struct tg_ledgerdb *db, const char *path, bool writable, bool frozen, int *status)
{
    *status = open_handle(path, writable, frozen, &db->handle);
    enum tg_ledgerdb_state state = *status == SQLITE_OK ? judge_database(db->handle, status) : TG_LEDGERDB_FAILED;
    if (state == TG_LEDGERDB_FINE)
        *status = sqlite3_exec(db->handle, "PRAGMA synchronous = NORMAL; " TG_LEDGERDB_CACHE, NULL, NULL, NULL);
    else sqlite3_close(db->handle), db->handle = NULL;
    return state;
}

enum tg_ledgerdb_state tg_ledgerdb_open(struct tg_ledgerdb *db, const char *path, bool writable, int *status)
{
    struct stat is;
    *db = (struct tg_ledgerdb){0};
    *status = SQLITE_CANTOPEN;
    if (stat(path, &is) != 0) return errno == ENOENT ? TG_LEDGERDB_NONE : TG_LEDGERDB_FAILED;
    if (!S_ISREG(is.st_mode)) return *status = SQLITE_CANTOPEN_ISDIR, TG_LEDGERDB_FAILED;
    if (is.st_size == 0) return TG_LEDGERDB_NONE;
    enum tg_ledgerdb_state state = open_as(db, path, writable, false, status);
    if (state == TG_LEDGERDB_FAILED && !writable) state = open_as(db, path, false, true, status);
    db->device = is.st_dev;
    db->inode = is.st_ino;
    return state;
}

/* ---- making -------------------------------------------------------------------------------------- */

/* Locks the folder of a file for as long as what it returns is open; -1: it goes on without, where that cannot be had, or somebody keeps
 * it for ever. */
static int lock_folder_of(const char *path)
{
    char *folder = tg_path_folder(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    for (int i = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK && i < LOCK_TRIES; i++)
        tg_clock_sleep(LOCK_PAUSE_NS);
    return fd;
}

/* Runs the migrations from this version on, all or none. */
static int bring_up_to_date(sqlite3 *handle, int64_t version)
{
    char *last = tg_alloc_format("PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", TG_LEDGERDB_OURS,
                                 TG_LEDGERDB_VERSION);
    int status = sqlite3_exec(handle, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE", NULL, NULL,
                              NULL);
    for (int64_t i = version; i < TG_LEDGERDB_VERSION && status == SQLITE_OK; i++)
        status = sqlite3_exec(handle, tg_ledgertexts_migrations[i], NULL, NULL, NULL);
    if (status == SQLITE_OK) status = sqlite3_exec(handle, last, NULL, NULL, NULL);
    free(last);
    return status;
}

int tg_ledgerdb_make(const char *path)
{
    sqlite3 *handle = NULL;
    int64_t version = 0;
    spare_locks();
    int lock = lock_folder_of(path);
    int status = sqlite3_open_v2(path, &handle, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (status == SQLITE_OK) sqlite3_busy_timeout(handle, BUSY_MS);
    if (status == SQLITE_OK) status = ask_number(handle, "PRAGMA user_version", &version);
    if (status == SQLITE_OK && version < TG_LEDGERDB_VERSION) status = bring_up_to_date(handle, version);
    sqlite3_close(handle);
    if (lock >= 0) close(lock);
    return status;
}

/* ---- setting aside ------------------------------------------------------------------------------- */

static char *free_aside_name(const char *path)
{
    char *name = tg_alloc_format("%s.damaged", path);
    for (int i = 2; access(name, F_OK) == 0 && i <= ASIDE_NAMES; i++) {
        free(name);
        name = tg_alloc_format("%s.damaged-%d", path, i);
    }
    return name;
}

static void move_companion(const char *path, const char *aside, const char *ending)
{
    char *from = tg_alloc_format("%s%s", path, ending), *to = tg_alloc_format("%s%s", aside, ending);
    rename(from, to);
    free(from);
    free(to);
}

/* The log first: a new database must not find it. */
char *tg_ledgerdb_set_aside(const char *path, dev_t device, ino_t inode)
{
    struct stat is;
    int lock = lock_folder_of(path);
    char *aside = NULL;
    if (stat(path, &is) == 0 && is.st_dev == device && is.st_ino == inode) {
        aside = free_aside_name(path);
        move_companion(path, aside, "-wal");
        move_companion(path, aside, "-shm");
        if (rename(path, aside) != 0) free(aside), aside = NULL;
    }
    if (lock >= 0) close(lock);
    return aside;
}
