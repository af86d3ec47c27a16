/* SPDX-License-Identifier: MIT
 * Locks on paths. The file of a run is named by when it began and its process: all such names are different, and their order is that of
 * the runs. It has a head, whose first byte a run that comes later sets, so that this one looks who is there only then; and behind it
 * records, each of a digest and a state, which never move and whose digests never change. Nobody but the run itself writes them.
 *
 * To take a path, a run writes that it wants it, and then looks at all others. If one has it, or wants it and is the older one, it gives
 * up. For a younger one that wants it, it waits until that has seen so and given up, or has it, since it had looked before. If there is
 * nobody left, it has the path, and writes so where an older run may wait for that. So of two at least one sees the other, and only the
 * older of two who want it goes on.
 *
 * Two runs may each have what the other one needs. The older one waits, and writes in its head for which process; the younger one gives up,
 * or, if it was to wait for older ones, does so as soon as one of them waits for it or for a run that it is in. In any circle of runs that
 * wait for each other there is a youngest one, which finds this, so none lasts.
 *
 * The same holds for the files: a run makes its own before it looks which there are, and sets the first byte of all that are new to it.
 * A file is for its run while that holds byte 0. Who finds a dead one takes byte 1 to remove it; a run that begins takes both. */
#include "engine/store/pathlock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/clock.h"
#include "engine/base/table.h"
#include "engine/base/vec.h"
#include "engine/store/digest.h"

/* A run that wants a path decides within some 10 us, unless it is stopped just then: after two seconds it is taken for its holder. */
#define DECISION_POLL_NS 100000
#define DECISION_POLLS 20000

#define TIME_DIGITS 16
#define HEAD_BYTES 16
#define WAITS_PLACE 4 /* in it: an int32_t, the process that is waited for; 0: none is */

enum record_state { RECORD_NONE, RECORD_WANTED, RECORD_HELD, RECORD_GONE };

struct lock_record {
    unsigned char digest[15], state; /* the state last: it is there when the digest is */
};

/* The records of a file, in its order. Of another run's, states are those that were read first. */
struct lock_records {
    TG_VEC(struct lock_record) all;
    struct tg_table table;
};

struct lock_rival {
    char *name;
    int fd;
    bool listed;
    struct lock_records records;
};

struct tg_pathlocks {
    pthread_mutex_t lock;
    char *folder; /* immutable */
    /* the rest: locked */
    char *name; /* of the own file; NULL: nothing was taken yet */
    int fd;
    bool unlisted; /* it is not known who is there */
    /* There was an older run. Only these wait for our decisions, so others need not see them: what we want is ours to them. */
    bool has_elders;
    int32_t waits_for; /* as it is written in the file */
    struct lock_records own;
    TG_VEC(struct lock_rival) rivals; /* runs that are no ancestors */
};

struct tg_pathlocks *tg_pathlocks_new(const char *folder, struct tg_err *err)
{
    char *locks = tg_alloc_format("%s/locks", folder);
    if ((mkdir(locks, 0777) != 0 && errno != EEXIST) || faccessat(AT_FDCWD, locks, W_OK, AT_EACCESS) != 0) {
        tg_err_set(err, TG_EXIT_CANNOT, "could not lock anything in '%s': %s", locks, strerror(errno));
        free(locks);
        return NULL;
    }
    struct tg_pathlocks *p = tg_alloc_zero(sizeof *p);
    p->folder = locks;
    p->unlisted = true;
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

static void records_done(struct lock_records *r)
{
    tg_vec_done(&r->all);
    tg_table_done(&r->table);
}

static void rival_done(struct lock_rival *r)
{
    close(r->fd);
    free(r->name);
    records_done(&r->records);
}

static char *path_of(const struct tg_pathlocks *p, const char *name)
{
    return tg_alloc_format("%s/%s", p->folder, name);
}

static void remove_file(const struct tg_pathlocks *p, const char *name)
{
    char *path = path_of(p, name);
    unlink(path);
    free(path);
}

void tg_pathlocks_free(struct tg_pathlocks *p)
{
    if (!p) return;
    if (p->name) {
        remove_file(p, p->name);
        close(p->fd);
    }
    for (size_t i = 0; i < p->rivals.count; i++) rival_done(&p->rivals.items[i]);
    tg_vec_done(&p->rivals);
    records_done(&p->own);
    pthread_mutex_destroy(&p->lock);
    free(p->name);
    free(p->folder);
    free(p);
}

/* ---- the records of one file --------------------------------------------------------------------- */

static bool same_record(const void *items, uint32_t number, const void *wanted)
{
    const struct lock_record *records = items, *record = wanted;
    return memcmp(records[number].digest, record->digest, sizeof record->digest) == 0;
}

static uint32_t record_hash(const struct lock_record *record)
{
    uint32_t hash;
    memcpy(&hash, record->digest, sizeof hash);
    return hash;
}

static uint32_t find_record(const struct lock_records *r, const struct lock_record *wanted)
{
    return tg_table_find(&r->table, record_hash(wanted), same_record, r->all.items, wanted);
}

static void add_record(struct lock_records *r, struct lock_record record)
{
    uint32_t hash = record_hash(&record);
    tg_table_reserve(&r->table);
    struct tg_table_slot *slot = tg_table_slot(&r->table, hash, same_record, r->all.items, &record);
    if (!slot->number_plus_1) tg_table_take(&r->table, slot, hash, (uint32_t)r->all.count);
    tg_vec_push(&r->all, record);
}

static off_t record_place(size_t number)
{
    return (off_t)(HEAD_BYTES + number * sizeof(struct lock_record));
}

static off_t state_place(size_t number)
{
    return record_place(number) + (off_t)offsetof(struct lock_record, state);
}

/* False and errno. */
static bool write_at(int fd, const void *bytes, size_t length, off_t place)
{
    ssize_t n;
    while ((n = pwrite(fd, bytes, length, place)) < 0 && errno == EINTR) {}
    if (n >= 0 && n != (ssize_t)length) errno = ENOSPC;
    return n == (ssize_t)length;
}

/* What the own file says of a record; others may see it as soon as it is there. */
static bool write_state(struct tg_pathlocks *p, uint32_t number, enum record_state state)
{
    unsigned char byte = (unsigned char)state;
    if (!write_at(p->fd, &byte, 1, state_place(number))) return false;
    p->own.all.items[number].state = byte;
    return true;
}

/* The number of the record; TG_TABLE_NONE and errno. */
static uint32_t write_wanted(struct tg_pathlocks *p, const struct lock_record *wanted)
{
    uint32_t number = find_record(&p->own, wanted);
    if (number != TG_TABLE_NONE) return write_state(p, number, RECORD_WANTED) ? number : TG_TABLE_NONE;
    number = (uint32_t)p->own.all.count;
    if (!write_at(p->fd, wanted, sizeof *wanted, record_place(number))) return TG_TABLE_NONE;
    add_record(&p->own, *wanted);
    return number;
}

/* Reads what has come. A record without a state is just being written: its run has not looked at others yet, and will see ours. */
static bool read_on(struct lock_rival *r)
{
    for (;;) {
        struct lock_record some[256];
        ssize_t n = pread(r->fd, some, sizeof some, record_place(r->records.all.count));
        if (n < 0) return false;
        for (size_t i = 0; i < (size_t)n / sizeof *some; i++) {
            if (some[i].state == RECORD_NONE) return true;
            add_record(&r->records, some[i]);
        }
        if ((size_t)n < sizeof some) return true;
    }
}

/* ---- who is there -------------------------------------------------------------------------------- */

static bool lock_bytes(int fd, off_t from, off_t count)
{
    struct flock wanted = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = from, .l_len = count};
    int status;
    while ((status = fcntl(fd, F_SETLK, &wanted)) != 0 && errno == EINTR) {}
    return status == 0;
}

/* The process of a file; 0: it is dead; negative: it is not known here. */
static int owner_of(int fd)
{
    struct flock found = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
    if (fcntl(fd, F_GETLK, &found) != 0) return -1;
    if (found.l_type == F_UNLCK) return 0;
    return found.l_pid ? found.l_pid : -1;
}

static bool is_ancestor(int pid)
{
    const char *at = getenv(TG_PATHLOCK_VARIABLE);
    while (at && *at) {
        char *end;
        if (strtol(at, &end, 10) == pid && pid > 0) return true;
        at = *end == ':' ? end + 1 : NULL;
    }
    return false;
}

/* 1: the file is ours; 0: another took it for dead before it was; -1 and errno. */
static int own_file(const struct tg_pathlocks *p, int fd, const char *name)
{
    struct stat status;
    if (!lock_bytes(fd, 0, 2)) {
        if (errno == EAGAIN || errno == EACCES) return 0;
        int why = errno;
        remove_file(p, name);
        errno = why;
        return -1;
    }
    if (fstat(fd, &status) != 0) return -1;
    if (status.st_nlink == 0) return 0;
    return write_at(fd, "", 1, 0) ? 1 : -1;
}

static bool make_own_file(struct tg_pathlocks *p)
{
    for (;;) {
        char *name = tg_alloc_format("%0*" PRIx64 "-%d", TIME_DIGITS, tg_clock_of(CLOCK_REALTIME), (int)getpid());
        char *path = path_of(p, name);
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        free(path);
        int done = fd >= 0 ? own_file(p, fd, name) : errno == EEXIST ? 0 : -1, why = errno;
        if (done > 0) {
            p->name = name;
            p->fd = fd;
            return true;
        }
        free(name);
        if (fd >= 0) close(fd);
        errno = why;
        if (done < 0) return false;
    }
}

static bool names_rival(const char *name)
{
    size_t digits = strspn(name, "0123456789abcdef");
    return digits == TIME_DIGITS && name[digits] == '-' && name[digits + 1] &&
           !name[digits + 1 + strspn(name + digits + 1, "0123456789")];
}

static struct lock_rival *find_rival(const struct tg_pathlocks *p, const char *name)
{
    for (size_t i = 0; i < p->rivals.count; i++)
        if (strcmp(p->rivals.items[i].name, name) == 0) return &p->rivals.items[i];
    return NULL;
}

/* Notes a file that is there. One that is new is told that we are, even if it is an ancestor's, to which we are a rival. */
static bool meet(struct tg_pathlocks *p, const char *name)
{
    struct lock_rival *known = find_rival(p, name), fresh = {.name = NULL};
    if (!known) {
        char *path = path_of(p, name);
        fresh.fd = open(path, O_RDWR | O_CLOEXEC);
        free(path);
        if (fresh.fd < 0) return errno == ENOENT;
        fresh.name = tg_alloc_text(name);
        tg_vec_push(&p->rivals, fresh);
        known = &p->rivals.items[p->rivals.count - 1];
    }
    known->listed = !lock_bytes(known->fd, 1, 1);
    if (!known->listed) remove_file(p, name);
    if (!known->listed || !fresh.name) return true;
    if (!write_at(known->fd, "\1", 1, 0)) return known->listed = false;
    int owner = owner_of(known->fd);
    p->has_elders |= strcmp(name, p->name) < 0;
    known->listed = owner && !is_ancestor(owner);
    return true;
}

static void drop_unlisted(struct tg_pathlocks *p)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->rivals.count; i++) {
        if (p->rivals.items[i].listed) p->rivals.items[kept++] = p->rivals.items[i];
        else rival_done(&p->rivals.items[i]);
    }
    p->rivals.count = kept;
}

static bool list_rivals(struct tg_pathlocks *p)
{
    DIR *folder = opendir(p->folder);
    if (!folder) return false;
    for (size_t i = 0; i < p->rivals.count; i++) p->rivals.items[i].listed = false;
    struct dirent *entry;
    bool ok = true;
    while (ok && (errno = 0, entry = readdir(folder)))
        if (names_rival(entry->d_name) && strcmp(entry->d_name, p->name) != 0) ok = meet(p, entry->d_name);
    int why = errno;
    closedir(folder);
    drop_unlisted(p); /* what was not reached is new again the next time */
    errno = why;
    return why == 0;
}

/* Makes what this process wrote seen by all before it reads anything more. */
static void write_before_read(void)
{
    __sync_synchronize();
}

static bool know_rivals(struct tg_pathlocks *p)
{
    char told = 0;
    if (!p->unlisted && pread(p->fd, &told, 1, 0) < 0) return false;
    if (!p->unlisted && !told) return true;
    p->unlisted = true;
    if (!write_at(p->fd, "", 1, 0)) return false;
    write_before_read();
    p->unlisted = !list_rivals(p);
    return !p->unlisted;
}

/* ---- a path -------------------------------------------------------------------------------------- */

static bool is_elder(const struct tg_pathlocks *p, const struct lock_rival *r)
{
    return strcmp(r->name, p->name) < 0;
}

static enum tg_pathlock ask_rival(const struct tg_pathlocks *p, struct lock_rival *r, const struct lock_record *wanted,
                                  int *pid)
{
    if (!read_on(r)) return TG_PATHLOCK_ERROR;
    uint32_t number = find_record(&r->records, wanted);
    if (number == TG_TABLE_NONE) return TG_PATHLOCK_OURS;
    for (int polls = 0;; polls++) {
        unsigned char state;
        if (pread(r->fd, &state, 1, state_place(number)) != 1) return TG_PATHLOCK_ERROR;
        int owner = owner_of(r->fd);
        if (!owner || state == RECORD_GONE) return TG_PATHLOCK_OURS;
        *pid = owner;
        if (is_elder(p, r)) return TG_PATHLOCK_THEIRS;
        if (state == RECORD_HELD || polls == DECISION_POLLS) return owner > 0 ? TG_PATHLOCK_LATER : TG_PATHLOCK_THEIRS;
        tg_clock_sleep(DECISION_POLL_NS);
    }
}

/* An older run waits for this one, or for one that this is in. */
static bool is_waited_for(const struct tg_pathlocks *p)
{
    for (size_t i = 0; i < p->rivals.count; i++) {
        const struct lock_rival *r = &p->rivals.items[i];
        int32_t pid;
        if (!is_elder(p, r) || pread(r->fd, &pid, sizeof pid, WAITS_PLACE) != sizeof pid) continue;
        if (pid > 0 && (pid == getpid() || is_ancestor(pid))) return true;
    }
    return false;
}

/* Several threads may wait for several runs: each writes its own from time to time. */
static void write_waits_for(struct tg_pathlocks *p, int32_t pid)
{
    if (p->waits_for != pid && write_at(p->fd, &pid, sizeof pid, WAITS_PLACE)) p->waits_for = pid;
}

static enum tg_pathlock take_record(struct tg_pathlocks *p, const struct lock_record *wanted, int *pid)
{
    if (!p->name && !make_own_file(p)) return TG_PATHLOCK_ERROR;
    uint32_t number = find_record(&p->own, wanted);
    if (number != TG_TABLE_NONE && p->own.all.items[number].state == RECORD_HELD) return TG_PATHLOCK_OURS;
    number = write_wanted(p, wanted);
    if (number == TG_TABLE_NONE) return TG_PATHLOCK_ERROR;
    write_before_read();
    enum tg_pathlock lock = know_rivals(p) ? TG_PATHLOCK_OURS : TG_PATHLOCK_ERROR;
    for (size_t i = 0; i < p->rivals.count && lock == TG_PATHLOCK_OURS; i++)
        lock = ask_rival(p, &p->rivals.items[i], wanted, pid);
    int why = errno;
    if (lock == TG_PATHLOCK_THEIRS && is_waited_for(p)) lock = TG_PATHLOCK_CROSSED;
    write_waits_for(p, lock == TG_PATHLOCK_LATER ? *pid : 0);
    if (lock == TG_PATHLOCK_OURS && !p->has_elders) p->own.all.items[number].state = RECORD_HELD;
    else if (!write_state(p, number, lock == TG_PATHLOCK_OURS ? RECORD_HELD : RECORD_GONE)) return TG_PATHLOCK_ERROR;
    errno = why;
    return lock;
}

enum tg_pathlock tg_pathlocks_take(struct tg_pathlocks *p, const char *path, int *pid, struct tg_err *err)
{
    struct tg_digest digest = tg_digest_bytes(path, strlen(path));
    struct lock_record wanted = {.state = RECORD_WANTED};
    memcpy(wanted.digest, &digest, sizeof wanted.digest);
    pthread_mutex_lock(&p->lock);
    enum tg_pathlock lock = take_record(p, &wanted, pid);
    int why = errno;
    pthread_mutex_unlock(&p->lock);
    if (lock == TG_PATHLOCK_ERROR)
        tg_err_set(err, TG_EXIT_CANNOT, "could not lock '%s' in '%s': %s", path, p->folder, strerror(why));
    return lock;
}

void tg_pathlocks_enlist(void)
{
    int pid = getpid();
    const char *above = getenv(TG_PATHLOCK_VARIABLE);
    if (is_ancestor(pid)) return;
    char *all = above && *above ? tg_alloc_format("%s:%d", above, pid) : tg_alloc_format("%d", pid);
    setenv(TG_PATHLOCK_VARIABLE, all, 1);
    free(all);
}
