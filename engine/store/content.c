/* SPDX-License-Identifier: MIT
 * What is in a file or folder now. A file is read in one piece if it is small, which most are; before and after that it is looked at:
 * one that changed in between has a stamp that nobody trusts.
 *
 * A result that was made a moment ago would not be trusted either. Its time of change is set to now, to the nanosecond: what is
 * written later gets a time from a clock that ticks in milliseconds, which is another one. The ctime says no more than that, as
 * the result is renamed afterwards, and is taken over when that is done. */
#include "engine/store/content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/clock.h"
#include "engine/store/folder.h"

#define SMALL_BYTES 16384
#define PIECE_BYTES (256 * 1024)

/* What the clocks of file systems may be late: the kernel's ticks; where times have whole seconds, two of them (FAT). */
#define TICK_NS INT64_C(20000000)
#define COARSE_TICK_NS INT64_C(2000000000)
#define SECOND_NS 1000000000

static int64_t time_ns(struct timespec t)
{
    return (int64_t)((uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec); /* a file may have any time */
}

/* How far back a time must lie. */
static int64_t tick_of(int64_t time)
{
    return time % SECOND_NS ? TICK_NS : COARSE_TICK_NS;
}

static bool is_past(int64_t time, int64_t now)
{
    return time <= now && now - time >= tick_of(time);
}

static bool is_just_now(int64_t time, int64_t now)
{
    int64_t tick = tick_of(time);
    return time > now - tick && time < now + tick;
}

/* now: from before it was read. */
static struct tg_stamp stamp_of(const struct stat *st, int64_t now)
{
    struct tg_stamp stamp = {(uint64_t)st->st_size, st->st_ino, time_ns(st->st_mtim), time_ns(st->st_ctim), false};
    stamp.racy = !is_past(stamp.mtime_ns, now) || !is_past(stamp.ctime_ns, now);
    return stamp;
}

static bool looks_like(const struct stat *st, const struct tg_stamp *stamp)
{
    return stamp->size == (uint64_t)st->st_size && stamp->inode == st->st_ino && stamp->mtime_ns == time_ns(st->st_mtim) &&
           stamp->ctime_ns == time_ns(st->st_ctim);
}

/* ---- files --------------------------------------------------------------------------------------- */

/* Errors: errno, as everything here. */
static int digest_pieces(int fd, struct tg_digester *d)
{
    char *piece = tg_alloc(PIECE_BYTES);
    ssize_t n;
    while ((n = read(fd, piece, PIECE_BYTES)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0) tg_digest_add(d, piece, (size_t)n);
    int error = n < 0 ? errno : 0;
    free(piece);
    return error;
}

/* All that it has, whatever its size is said to be: that of files in /proc is 0. */
static int digest_file(int fd, uint64_t size, struct tg_digest *out)
{
    char small[SMALL_BYTES];
    ssize_t n = size < sizeof small ? read(fd, small, sizeof small) : 0;
    if (n < 0 && errno != EINTR) return errno;
    if (n > 0 && (uint64_t)n == size) {
        *out = tg_digest_bytes(small, size);
        return 0;
    }
    struct tg_digester d;
    tg_digest_begin(&d);
    tg_digest_add(&d, small, n > 0 ? (size_t)n : 0);
    int error = digest_pieces(fd, &d);
    *out = tg_digest_end(&d);
    return error;
}

/* The content of an open file, which looked like this at that time. */
static int read_content(int fd, const struct stat *before, int64_t now, struct tg_content *out)
{
    struct stat after;
    *out = (struct tg_content){.kind = TG_CONTENT_FILE, .stamp = stamp_of(before, now)};
    int error = digest_file(fd, out->stamp.size, &out->digest);
    if (error) return error;
    if (fstat(fd, &after) != 0) return errno;
    if (!looks_like(&after, &out->stamp)) out->stamp.racy = true;
    return 0;
}

/* Opens what was a file a moment ago: nothing that has taken its place makes us wait. -1 and errno. */
static int open_regular(const char *path, struct stat *st)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || (fstat(fd, st) == 0 && S_ISREG(st->st_mode))) return fd;
    close(fd);
    errno = EBUSY;
    return -1;
}

static int look_at_file(const char *path, struct tg_content *out)
{
    struct stat st;
    int64_t now = tg_clock_date_ns();
    int fd = open_regular(path, &st), error = fd < 0 ? errno : read_content(fd, &st, now, out);
    if (fd >= 0) close(fd);
    return error;
}

/* ---- folders ------------------------------------------------------------------------------------- */

static void digest_link(struct tg_digester *d, const FTSENT *entry)
{
    char target[4096];
    ssize_t n = readlink(entry->fts_accpath, target, sizeof target);
    tg_digest_text(d, target, n > 0 ? (size_t)n : 0);
}

static void digest_entry(void *data, const FTSENT *entry)
{
    struct tg_digester *d = data;
    char kind = entry->fts_info == FTS_D ? 'd' : entry->fts_info == FTS_F ? 'f' : entry->fts_info == FTS_SL ? 'l' : 'o';
    int32_t level = entry->fts_level;
    tg_digest_add(d, &level, sizeof level);
    tg_digest_add(d, &kind, 1);
    tg_digest_text(d, entry->fts_name, entry->fts_namelen);
    if (kind == 'l') digest_link(d, entry);
}

static bool look_at_folder(const char *path, struct tg_content *out, struct tg_err *err)
{
    struct tg_digester d;
    tg_digest_begin(&d);
    *out = (struct tg_content){.kind = TG_CONTENT_FOLDER};
    if (!tg_folder_each(path, digest_entry, &d, err)) return false;
    out->digest = tg_digest_end(&d);
    return true;
}

struct files_walk {
    void (*fn)(void *data, const char *path);
    void *data;
};

static void tell_file(void *data, const FTSENT *entry)
{
    struct files_walk *w = data;
    struct stat st;
    bool file = entry->fts_info == FTS_F;
    if (entry->fts_info == FTS_SL) file = stat(entry->fts_path, &st) == 0 && S_ISREG(st.st_mode);
    if (file) w->fn(w->data, entry->fts_path);
}

bool tg_contents_tree(const char *folder, void (*fn)(void *data, const char *path), void *data, struct tg_err *err)
{
    return tg_folder_each(folder, tell_file, &(struct files_walk){fn, data}, err);
}

/* ---- paths --------------------------------------------------------------------------------------- */

/* What the path leads to; 0 or errno. Also what cannot be there is not there. */
static int find_kind(const char *path, struct stat *st, enum tg_content_kind *kind)
{
    *kind = TG_CONTENT_NONE;
    if (stat(path, st) != 0) return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : errno;
    *kind = S_ISREG(st->st_mode) ? TG_CONTENT_FILE : S_ISDIR(st->st_mode) ? TG_CONTENT_FOLDER : TG_CONTENT_OTHER;
    return 0;
}

static bool is_still(const struct tg_content *known, const struct stat *st)
{
    return known->kind == TG_CONTENT_FILE && !known->stamp.racy && looks_like(st, &known->stamp);
}

static bool is_unreadable(const char *path, int error, struct tg_err *err)
{
    return tg_err_set(err, TG_EXIT_CANNOT, "could not read '%s': %s", path, strerror(error));
}

bool tg_contents_look_now(const char *path, const struct tg_content *known, struct tg_content *out, struct tg_err *err)
{
    struct stat st;
    enum tg_content_kind kind;
    int error = find_kind(path, &st, &kind);
    if (!error && kind == TG_CONTENT_FILE) {
        if (known && is_still(known, &st)) {
            *out = *known;
            return true;
        }
        error = look_at_file(path, out);
    } else if (!error && kind == TG_CONTENT_FOLDER) {
        return look_at_folder(path, out, err);
    } else {
        *out = (struct tg_content){.kind = kind};
    }
    return error ? is_unreadable(path, error, err) : true;
}

bool tg_contents_same_now(const char *path, const struct tg_content *known)
{
    struct stat st;
    struct tg_content now;
    enum tg_content_kind kind;
    if (find_kind(path, &st, &kind) != 0 || kind != known->kind) return false;
    if (kind == TG_CONTENT_FILE && !known->stamp.racy) return looks_like(&st, &known->stamp);
    if (kind == TG_CONTENT_FILE) return look_at_file(path, &now) == 0 && tg_content_equal(&now, known);
    return kind != TG_CONTENT_FOLDER || (look_at_folder(path, &now, NULL) && tg_content_equal(&now, known));
}

enum tg_contents_quick tg_contents_quick(const char *path, const struct tg_content *known)
{
    struct stat st;
    enum tg_content_kind kind;
    if (find_kind(path, &st, &kind) != 0) return TG_CONTENTS_OTHER;
    if (kind == TG_CONTENT_NONE) return known->kind == TG_CONTENT_NONE ? TG_CONTENTS_SAME : TG_CONTENTS_GONE;
    return kind == TG_CONTENT_FILE && is_still(known, &st) ? TG_CONTENTS_SAME : TG_CONTENTS_OTHER;
}

/* ---- results ------------------------------------------------------------------------------------- */

/* The file has no other name, which somebody else might care for. */
static bool is_ours_alone(const char *path, const struct stat *st)
{
    struct stat name;
    return st->st_nlink == 1 && lstat(path, &name) == 0 && !S_ISLNK(name.st_mode);
}

/* Sets its time to now, unless it is another already; false: it could not be set, or not to the nanosecond. */
static bool set_time(int fd, struct stat *st)
{
    struct timespec now, times[2] = {{.tv_nsec = UTIME_OMIT}};
    clock_gettime(CLOCK_REALTIME, &now);
    if (!is_just_now(time_ns(st->st_mtim), time_ns(now))) return is_past(time_ns(st->st_mtim), time_ns(now));
    times[1] = now;
    return futimens(fd, times) == 0 && fstat(fd, st) == 0 && time_ns(st->st_mtim) == time_ns(now);
}

static int seal_file(const char *path, struct tg_content *out)
{
    struct stat st, after;
    int64_t now = tg_clock_date_ns();
    int fd = open_regular(path, &st);
    if (fd < 0) return errno;
    bool set = is_ours_alone(path, &st) && set_time(fd, &st);
    int error = read_content(fd, &st, now, out);
    if (!error && set) out->stamp.racy = fstat(fd, &after) != 0 || !looks_like(&after, &out->stamp);
    close(fd);
    return error;
}

bool tg_contents_seal(const char *from, struct tg_content *out, struct tg_err *err)
{
    struct stat st;
    enum tg_content_kind kind;
    int error = find_kind(from, &st, &kind);
    if (!error && kind == TG_CONTENT_FOLDER) return look_at_folder(from, out, err);
    if (!error && kind == TG_CONTENT_FILE) error = seal_file(from, out);
    else *out = (struct tg_content){.kind = kind};
    return error ? is_unreadable(from, error, err) : true;
}

bool tg_contents_sealed(const char *path, struct tg_content *content)
{
    struct stat st;
    if (content->kind != TG_CONTENT_FILE || content->stamp.racy) return true;
    int64_t ctime_ns = stat(path, &st) == 0 ? time_ns(st.st_ctim) : 0;
    if (ctime_ns) content->stamp.ctime_ns = ctime_ns;
    content->stamp.racy = !ctime_ns || !looks_like(&st, &content->stamp);
    return !content->stamp.racy;
}
