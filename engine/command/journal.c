/* SPDX-License-Identifier: MIT
 * The journal of a command's results. It is written whole, with a sum, before the first file moves; from then on the moves
 * are finished by whoever finds it: a move is made if `from` is gone. Where one fails, the first word is changed, and from
 * then on they are taken back. What has a sum that is wrong was not written to its end: nothing has moved.
 *
 *     commit NUL (FROM NUL TO NUL OLD NUL)... SUM NUL       undone NUL ..., when they are taken back
 *     member NUL FOLDER NUL                                 another private folder has the journal
 *
 * Paths are relative to the private folder, so that it may be found under another name of the disk (a container, a folder
 * that was moved); those that lie neither beside it nor in the run's own folder are absolute. */
#include "engine/command/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"
#include "engine/base/buf.h"
#include "engine/base/hash.h"
#include "engine/base/out.h"

/* The first word with its NUL; all have the same length. */
#define COMMIT "commit"
#define UNDONE "undone"
#define MEMBER "member"
#define WORD_BYTES sizeof COMMIT

/* The sum with its NUL. */
#define SUM_BYTES 17

void tg_journal_done(tg_moves *moves)
{
    for (size_t i = 0; i < moves->count; i++) {
        free(moves->items[i].from);
        free(moves->items[i].to);
        free(moves->items[i].old);
    }
    tg_vec_done(moves);
}

/* ---- as text ------------------------------------------------------------------------------------- */

/* From a private folder up to the current folder, if that is where its path leads, or else the current folder's path. */
static char *way_here(const char *aside)
{
    struct tg_buf up = {0};
    char *here = getcwd(NULL, 0);
    for (const char *at = aside; at; at = strchr(at + 1, '/')) tg_buf_text(&up, "../");
    char *there = tg_alloc_format("%s/%s", aside, tg_buf_str(&up)), *real = realpath(there, NULL);
    bool leads = *aside != '/' && real && here && strcmp(real, here) == 0;
    char *way = leads ? tg_alloc_text(tg_buf_str(&up)) : tg_alloc_format("%s/", here ? here : "");
    tg_buf_done(&up);
    free(there), free(real), free(here);
    return way;
}

/* A path in another folder. */
static void add_distant(struct tg_buf *b, const char *aside, const char *path)
{
    char *way = *path == '/' ? NULL : way_here(aside);
    if (way) tg_buf_text(b, way);
    tg_buf_add(b, path, strlen(path) + 1);
    free(way);
}

/* A path as one sees it from the private folder. */
static void add_path(struct tg_buf *b, const char *aside, const char *path)
{
    size_t inside = strlen(aside), above = (size_t)(strrchr(aside, '/') ? strrchr(aside, '/') + 1 - aside : 0);
    if (!path) {
        tg_buf_add(b, "", 1);
    } else if (strncmp(path, aside, inside) == 0 && path[inside] == '/') {
        tg_buf_add(b, path + inside + 1, strlen(path) - inside);
    } else if (strncmp(path, aside, above) == 0 && !strchr(path + above, '/')) {
        tg_buf_text(b, "../");
        tg_buf_add(b, path + above, strlen(path + above) + 1);
    } else {
        add_distant(b, aside, path);
    }
}

static char *seen_from(const char *aside, const char *path)
{
    if (!*path) return NULL;
    return *path == '/' ? tg_alloc_text(path) : tg_alloc_format("%s/%s", aside, path);
}

static void make_sum(char sum[SUM_BYTES], const char *data, size_t length)
{
    snprintf(sum, SUM_BYTES, "%016llx", (unsigned long long)tg_hash_bytes(data, length));
}

static bool read_moves(const char *text, size_t length, const char *aside, tg_moves *moves)
{
    char sum[SUM_BYTES];
    if (length < SUM_BYTES) return false;
    make_sum(sum, text, length - SUM_BYTES);
    if (memcmp(sum, text + length - SUM_BYTES, SUM_BYTES) != 0) return false;
    const char *end = text + length - SUM_BYTES, *at = text;
    while (at < end) {
        const char *part[3];
        for (int i = 0; i < 3; i++) part[i] = at, at += strlen(at) + 1;
        TG_ASSERT(at <= end); /* the sum says that it is as it was written */
        struct tg_move move = {seen_from(aside, part[0]), seen_from(aside, part[1]), seen_from(aside, part[2])};
        tg_vec_push(moves, move);
    }
    return true;
}

/* ---- the moves ----------------------------------------------------------------------------------- */

static bool has_entry(const char *path)
{
    struct stat st;
    return path && lstat(path, &st) == 0;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat x, y;
    return lstat(a, &x) == 0 && lstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* What was there stays in the private folder until the end: as a second name of the same file, or else moved there. */
static int make_move(const struct tg_move *m)
{
    if (m->from && !has_entry(m->from)) return 0;
    if (m->old && !has_entry(m->old) && rename(m->to, m->old) != 0 && errno != ENOENT) return errno;
    /* the other name of a file; another file has come since the run was killed */
    if (!m->from && m->old && is_same_file(m->old, m->to) && unlink(m->to) != 0 && errno != ENOENT) return errno;
    return m->from && rename(m->from, m->to) != 0 ? errno : 0;
}

static int unmake_move(const struct tg_move *m)
{
    if (m->from && !has_entry(m->from) && rename(m->to, m->from) != 0) return errno;
    return m->old && has_entry(m->old) && !has_entry(m->to) && rename(m->old, m->to) != 0 ? errno : 0;
}

/* Nothing is to be done any more: what was moved may be removed. */
static void forget_moves(int fd)
{
    (void)!ftruncate(fd, 0);
}

static int unmake_moves(int fd, const tg_moves *moves)
{
    int error = 0;
    for (size_t i = moves->count; i-- > 0;) {
        int e = unmake_move(&moves->items[i]);
        if (!error) error = e;
    }
    if (!error) forget_moves(fd);
    return error;
}

int tg_journal_run(int fd, const tg_moves *moves, size_t *failed)
{
    int error = 0;
    for (size_t i = 0; i < moves->count && !error; i++) {
        error = make_move(&moves->items[i]);
        if (error) *failed = i;
    }
    if (!error) forget_moves(fd);
    return error;
}

int tg_journal_undo(int fd, const tg_moves *moves)
{
    (void)!pwrite(fd, UNDONE, WORD_BYTES, 0); /* if it cannot be said, whoever finds it finishes the moves instead */
    (void)!fdatasync(fd);
    return unmake_moves(fd, moves);
}

/* ---- the file ------------------------------------------------------------------------------------ */

static int open_journal(const char *aside, int flags)
{
    char *path = tg_alloc_format("%s/" TG_JOURNAL_FILE, aside);
    int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0600), error = errno;
    free(path);
    errno = error;
    return fd;
}

/* Makes the file; -1 and errno. */
static int write_journal(const char *aside, const struct tg_buf *b)
{
    int fd = open_journal(aside, O_CREAT | O_EXCL);
    int error = fd < 0 ? errno : tg_out_write(fd, b->data, b->length);
    if (!error && fdatasync(fd) != 0 && errno != EINVAL && errno != EROFS) error = errno;
    if (!error) return fd;
    if (fd >= 0) {
        forget_moves(fd);
        close(fd);
    }
    errno = error;
    return -1;
}

int tg_journal_write(const char *aside, const tg_moves *moves)
{
    struct tg_buf b = {0};
    char sum[SUM_BYTES];
    tg_buf_add(&b, COMMIT, WORD_BYTES);
    for (size_t i = 0; i < moves->count; i++) {
        const struct tg_move *m = &moves->items[i];
        add_path(&b, aside, m->from);
        add_path(&b, aside, m->to);
        add_path(&b, aside, m->old);
    }
    make_sum(sum, b.data + WORD_BYTES, b.length - WORD_BYTES);
    tg_buf_add(&b, sum, SUM_BYTES);
    int fd = write_journal(aside, &b);
    tg_buf_done(&b);
    return fd;
}

int tg_journal_refer(const char *aside, const char *main)
{
    struct tg_buf b = {0};
    tg_buf_add(&b, MEMBER, WORD_BYTES);
    add_distant(&b, aside, main);
    int fd = write_journal(aside, &b), error = fd < 0 ? errno : 0;
    if (fd >= 0) close(fd);
    tg_buf_done(&b);
    return error;
}

/* A journal of somebody else is not obeyed. */
static bool read_journal(int fd, struct tg_buf *b)
{
    struct stat st;
    ssize_t n;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid()) return true;
    do {
        n = read(fd, tg_buf_reserve(b, 4096), 4096);
        if (n > 0) b->length += (size_t)n;
    } while (n > 0 || (n < 0 && errno == EINTR));
    tg_buf_add(b, "", 1); /* so that every text in it ends */
    b->length--;
    return n == 0;
}

static enum tg_journal_end finish_moves(int fd, const struct tg_buf *b, const char *aside)
{
    tg_moves moves = {0};
    size_t failed;
    bool undone = memcmp(b->data, UNDONE, WORD_BYTES) == 0, whole = undone || memcmp(b->data, COMMIT, WORD_BYTES) == 0;
    whole = whole && read_moves(b->data + WORD_BYTES, b->length - WORD_BYTES, aside, &moves);
    int error = whole ? undone ? unmake_moves(fd, &moves) : tg_journal_run(fd, &moves, &failed) : 0;
    tg_journal_done(&moves);
    errno = error;
    return !whole ? TG_JOURNAL_NOTHING : error ? TG_JOURNAL_STUCK : TG_JOURNAL_FINISHED;
}

/* Heap; the path as it is if nothing is there. */
static char *main_folder(const char *aside, const char *text)
{
    char *path = seen_from(aside, text), *real = path ? realpath(path, NULL) : NULL;
    if (!real) return path;
    free(path);
    return real;
}

enum tg_journal_end tg_journal_finish(const char *aside, char **main)
{
    struct tg_buf b = {0};
    enum tg_journal_end end = TG_JOURNAL_NOTHING;
    int fd = open_journal(aside, 0);
    *main = NULL;
    if (fd < 0) return errno == ENOENT ? end : TG_JOURNAL_STUCK;
    if (!read_journal(fd, &b)) end = TG_JOURNAL_STUCK;
    else if (b.length > WORD_BYTES && memcmp(b.data, MEMBER, WORD_BYTES) == 0) *main = main_folder(aside, b.data + WORD_BYTES);
    else if (b.length > WORD_BYTES) end = finish_moves(fd, &b, aside);
    tg_buf_done(&b);
    close(fd);
    return end;
}
