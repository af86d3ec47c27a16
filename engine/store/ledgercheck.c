/* SPDX-License-Identifier: MIT
 * Results of runs that have not ended well: small ones lie in the table, larger ones in files of `checkpoint/WORK/`, which are written
 * before the row that names them. A row tells length and digest, as nothing is synced: after a power failure a file may be empty. */
#include "engine/store/ledgercheck.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/clock.h"
#include "engine/base/out.h"
#include "engine/base/path.h"
#include "engine/base/rmtree.h"
#include "engine/store/ledgerrow.h"

/* A larger one has a file of its own. */
#define IN_ROW_BYTES 4096

/* What nobody came back for in so many days. */
#define KEPT_DAYS 30
#define DAY_NS (INT64_C(86400) * 1000000000)

static char *folder_of_work(const struct tg_ledger *l, const char *work)
{
    return tg_alloc_format("%s/checkpoint/%s", l->folder, work);
}

/* ---- writing --------------------------------------------------------------------------------------- */

/* 0 or errno. */
static int write_aside(const char *path, const void *bytes, size_t length)
{
    int error = tg_path_make_parents(path);
    int fd = error ? -1 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return error ? error : errno;
    error = tg_out_write(fd, bytes, length);
    return close(fd) == 0 || error ? error : errno;
}

/* False, and said: it cannot be written. */
static bool write_bytes(struct tg_ledger *l, const char *path, const void *bytes, size_t length)
{
    char *made = tg_alloc_format("%s.part", path);
    int error = write_aside(made, bytes, length);
    if (!error && rename(made, path) != 0) error = errno;
    if (error) unlink(made);
    free(made);
    if (error) tg_ledgerqueue_give_up(l, path, strerror(error));
    return !error;
}

void tg_ledger_check(struct tg_ledger *l, struct tg_digest work, struct tg_digest key, const void *bytes, size_t length)
{
    char work_hex[TG_LEDGERROW_HEX], key_hex[TG_LEDGERROW_HEX], digest_hex[TG_LEDGERROW_HEX];
    if (!tg_ledgerqueue_can_write(l)) return;
    tg_ledgerrow_hex(work, work_hex);
    tg_ledgerrow_hex(key, key_hex);
    tg_ledgerrow_hex(tg_digest_bytes(bytes, length), digest_hex);
    char *folder = folder_of_work(l, work_hex);
    char *path = tg_alloc_format("%s/%d-%u", folder, (int)getpid(), atomic_fetch_add(&l->files, 1));
    bool in_row = length <= IN_ROW_BYTES;
    struct tg_ledgerdb_value values[] = {
        tg_ledgerdb_text(work_hex),
        tg_ledgerdb_text(key_hex),
        {in_row ? TG_LEDGERDB_BYTES : TG_LEDGERDB_NULL, 0, in_row ? bytes : NULL, length},
        tg_ledgerdb_text(in_row ? NULL : tg_path_name(path)),
        tg_ledgerdb_number((int64_t)length),
        tg_ledgerdb_text(digest_hex),
        tg_ledgerdb_number((int64_t)tg_clock_of(CLOCK_REALTIME)),
    };
    if (in_row || write_bytes(l, path, bytes, length))
        tg_ledgerqueue_add(l, TG_LEDGERDB_CHECK, NULL, values, sizeof values / sizeof *values);
    free(folder);
    free(path);
}

void tg_ledger_uncheck(struct tg_ledger *l, struct tg_digest work)
{
    char hex[TG_LEDGERROW_HEX];
    if (!tg_ledgerqueue_can_write(l)) return;
    tg_ledgerrow_hex(work, hex);
    struct tg_ledgerdb_value of = tg_ledgerdb_text(hex);
    char *folder = folder_of_work(l, hex);
    tg_ledgerqueue_add(l, TG_LEDGERDB_UNCHECK, NULL, &of, 1);
    tg_rmtree(folder);
    free(folder);
}

/* ---- reading --------------------------------------------------------------------------------------- */

struct ledgercheck_each {
    bool (*fn)(void *data, struct tg_digest key, const void *bytes, size_t length);
    void *data;
    const char *folder;
};

/* The content of a file, if it is that; what lies behind is unmapped by the caller. */
static void *map_file(const char *folder, const char *name, size_t length)
{
    struct stat is;
    if (strchr(name, '/') || !length) return NULL;
    char *path = tg_alloc_format("%s/%s", folder, name);
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    free(path);
    bool right = fd >= 0 && fstat(fd, &is) == 0 && S_ISREG(is.st_mode) && (size_t)is.st_size == length;
    void *bytes = right ? mmap(NULL, length, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    if (fd >= 0) close(fd);
    return bytes == MAP_FAILED ? NULL : bytes;
}

static bool hand_bytes(struct ledgercheck_each *each, struct tg_digest key, struct tg_digest digest, const void *bytes,
                       size_t length)
{
    return !tg_digest_equal(tg_digest_bytes(bytes, length), digest) || each->fn(each->data, key, bytes, length);
}

/* What is not there any more, or not what was written, is passed over. */
static bool hand_checked(void *data, sqlite3_stmt *s)
{
    struct ledgercheck_each *each = data;
    struct tg_digest key, digest;
    const char *key_hex = (const char *)sqlite3_column_text(s, 0), *digest_hex = (const char *)sqlite3_column_text(s, 4);
    const char *file = (const char *)sqlite3_column_text(s, 2);
    struct tg_ledgerdb_value value = tg_ledgerdb_column(s, 1);
    size_t length = (size_t)sqlite3_column_int64(s, 3);
    if (!key_hex || !digest_hex || !tg_digest_read(key_hex, &key) || !tg_digest_read(digest_hex, &digest)) return true;
    if (value.kind == TG_LEDGERDB_BYTES) return hand_bytes(each, key, digest, value.text, value.length);
    void *bytes = file ? map_file(each->folder, file, length) : NULL;
    if (!bytes) return true;
    bool go_on = hand_bytes(each, key, digest, bytes, length);
    munmap(bytes, length);
    return go_on;
}

void tg_ledger_checked(struct tg_ledger *l, struct tg_digest work,
                       bool (*fn)(void *data, struct tg_digest key, const void *bytes, size_t length), void *data)
{
    char hex[TG_LEDGERROW_HEX];
    if (!tg_ledgerqueue_can_read(l)) return;
    tg_ledgerrow_hex(work, hex);
    struct tg_ledgerdb_value of = tg_ledgerdb_text(hex);
    char *folder = folder_of_work(l, hex);
    tg_ledgerqueue_flush(l);
    tg_ledgerqueue_rows(l, TG_LEDGERDB_CHECKED, &of, 1, hand_checked,
                        &(struct ledgercheck_each){.fn = fn, .data = data, .folder = folder});
    free(folder);
}

/* ---- what is too old ------------------------------------------------------------------------------- */

typedef TG_VEC(struct tg_digest) works;

static bool note_work(void *data, sqlite3_stmt *s)
{
    works *stale = data;
    struct tg_digest work;
    const char *hex = (const char *)sqlite3_column_text(s, 0);
    if (hex && tg_digest_read(hex, &work)) tg_vec_push(stale, work);
    return true;
}

void tg_ledgercheck_prune(struct tg_ledger *l, int64_t now_ns)
{
    works stale = {0};
    struct tg_ledgerdb_value before = tg_ledgerdb_number(now_ns - KEPT_DAYS * DAY_NS);
    tg_ledgerqueue_rows(l, TG_LEDGERDB_STALE, &before, 1, note_work, &stale);
    for (size_t i = 0; i < stale.count; i++) {
        char hex[TG_LEDGERROW_HEX];
        tg_ledgerrow_hex(stale.items[i], hex);
        struct tg_ledgerdb_value of = tg_ledgerdb_text(hex);
        char *folder = folder_of_work(l, hex);
        tg_ledgerqueue_now(l, TG_LEDGERDB_UNCHECK, &of, 1, NULL);
        tg_rmtree(folder);
        free(folder);
    }
    tg_vec_done(&stale);
}
