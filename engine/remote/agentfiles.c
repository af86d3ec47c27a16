/* SPDX-License-Identifier: MIT
 * Files under FOLDER/DIGEST/NAME. A plugin keeps its name, as what it is called by must be in it. An agent holds a lock of its folder:
 * one that is locked by nobody was left by one that was killed, and the next agent removes it. */
#include "engine/remote/agentfiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/rmtree.h"
#include "engine/store/digest.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

#define DIGEST_DIGITS 32

/* How the names of folders begin. */
#define FOLDER_PREFIX "tgrun-agent-"

/* One that was made a moment ago may not be locked yet. */
#define LEFT_NS (INT64_C(60) * 1000000000)

/* One of the list. */
struct sent_file {
    const char *hash, *name;
    mode_t mode;
    size_t bytes;
};

/* ---- the folder ---------------------------------------------------------------------------------- */

/* The lock; -1: somebody has it, or the folder is not ours. */
static int lock_folder(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
    if (fd >= 0) close(fd);
    return -1;
}

static bool is_from_before(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && tg_clock_date_ns() - (int64_t)st.st_mtim.tv_sec * 1000000000 > LEFT_NS;
}

static void remove_left_folder(const char *within, const char *name)
{
    char *path = tg_alloc_format("%s/%s", within, name);
    int lock = lock_folder(path);
    if (lock >= 0 && is_from_before(lock)) tg_rmtree(path);
    if (lock >= 0) close(lock);
    free(path);
}

static void remove_left_folders(const char *within)
{
    DIR *all = opendir(within);
    const struct dirent *entry;
    while (all && (entry = readdir(all)))
        if (strncmp(entry->d_name, FOLDER_PREFIX, strlen(FOLDER_PREFIX)) == 0) remove_left_folder(within, entry->d_name);
    if (all) closedir(all);
}

bool tg_agentfiles_init(struct tg_agentfiles *f, struct tg_err *err)
{
    const char *variable = getenv("TMPDIR"), *within = variable && *variable ? variable : "/tmp";
    remove_left_folders(within);
    f->folder = tg_alloc_format("%s/" FOLDER_PREFIX "XXXXXX", within);
    if (mkdtemp(f->folder)) {
        f->lock = lock_folder(f->folder);
        return true;
    }
    tg_err_set(err, TG_EXIT_CANNOT, "cannot make the folder '%s': %s", f->folder, strerror(errno));
    free(f->folder);
    f->folder = NULL;
    return false;
}

void tg_agentfiles_done(struct tg_agentfiles *f)
{
    if (!f->folder) return;
    tg_rmtree(f->folder);
    if (f->lock >= 0) close(f->lock);
    free(f->folder);
    f->folder = NULL;
}

bool tg_agentfiles_enter(struct tg_agentfiles *f)
{
    char *path = tg_alloc_format("%s/empty", f->folder);
    bool entered = (mkdir(path, 0700) == 0 || errno == EEXIST) && chdir(path) == 0;
    free(path);
    return entered;
}

/* ---- storing ------------------------------------------------------------------------------------- */

static const char *text_member(tg_value record, const char *name)
{
    const tg_value *found = tg_record_find(record, name, strlen(name));
    return found && tg_kind(*found) == TG_STR ? tg_str_of(*found)->data : "";
}

static int64_t int_member(tg_value record, const char *name)
{
    const tg_value *found = tg_record_find(record, name, strlen(name));
    return found && tg_kind(*found) == TG_INT ? found->i : -1;
}

/* Both become parts of a path. */
static bool is_file_name(const char *name)
{
    return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static bool read_sent_file(tg_value record, size_t left, struct sent_file *out)
{
    struct tg_digest digest;
    if (tg_kind(record) != TG_RECORD) return false;
    int64_t bytes = int_member(record, "bytes"), mode = int_member(record, "mode");
    *out = (struct sent_file){text_member(record, "hash"), text_member(record, "name"), (mode_t)(mode & 0700), (size_t)bytes};
    return strlen(out->hash) == DIGEST_DIGITS && tg_digest_read(out->hash, &digest) && is_file_name(out->name) && mode >= 0 &&
           bytes >= 0 && (uint64_t)bytes <= left;
}

static bool is_as_sent(const struct sent_file *file, const uint8_t *bytes)
{
    struct tg_digest digest;
    return tg_digest_read(file->hash, &digest) && tg_digest_equal(digest, tg_digest_bytes(bytes, file->bytes));
}

/* 0 or an errno. */
static int write_new_file(const char *path, mode_t mode, const uint8_t *bytes, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode | S_IRUSR), error = fd < 0 ? errno : 0;
    while (!error && length) {
        ssize_t n = write(fd, bytes, length);
        if (n > 0) bytes += n, length -= (size_t)n;
        else if (errno != EINTR) error = errno;
    }
    if (fd >= 0 && close(fd) < 0 && !error) error = errno;
    return error;
}

static bool store_file(const struct tg_agentfiles *f, const struct sent_file *file, const uint8_t *bytes, struct tg_err *err)
{
    if (!is_as_sent(file, bytes)) return tg_err_set(err, TG_EXIT_CANNOT, "file '%s' is not what its digest says", file->name);
    char *folder = tg_alloc_format("%s/%s", f->folder, file->hash), *path = tg_alloc_format("%s/%s", folder, file->name);
    int error = mkdir(folder, 0700) < 0 && errno != EEXIST ? errno : write_new_file(path, file->mode, bytes, file->bytes);
    if (error == EEXIST) error = 0; /* it was sent twice */
    if (error) tg_err_set(err, TG_EXIT_CANNOT, "cannot write '%s': %s", path, strerror(error));
    free(folder);
    free(path);
    return !error;
}

bool tg_agentfiles_store(struct tg_agentfiles *f, tg_value files, const uint8_t *blob, size_t blob_bytes, struct tg_err *err)
{
    const struct tg_list *list = tg_kind(files) == TG_LIST ? tg_list_of(files) : NULL;
    struct sent_file file;
    size_t at = 0;
    for (size_t i = 0; list && i < list->count; i++, at += file.bytes) {
        if (!read_sent_file(list->items[i], blob_bytes - at, &file))
            return tg_err_set(err, TG_EXIT_CANNOT, "file %zu is nonsense", i);
        if (!store_file(f, &file, blob + at, err)) return false;
    }
    return at == blob_bytes || tg_err_set(err, TG_EXIT_CANNOT, "there are more bytes than files");
}

/* ---- telling ------------------------------------------------------------------------------------- */

static bool tell_sent_file(const struct tg_agentfiles *f, tg_value hash, tg_value name, tg_value told, struct tg_err *err)
{
    struct stat st;
    bool texts = tg_kind(hash) == TG_STR && tg_kind(name) == TG_STR;
    const char *hash_text = texts ? tg_str_of(hash)->data : "", *name_text = texts ? tg_str_of(name)->data : "";
    char *path = tg_alloc_format("%s/%s/%s", f->folder, hash_text, name_text);
    bool there = is_file_name(hash_text) && is_file_name(name_text) && stat(path, &st) == 0;
    if (there) {
        tg_list_add(told, tg_str(path));
        tg_list_add(told, tg_int((int64_t)st.st_dev));
        tg_list_add(told, tg_int((int64_t)st.st_ino));
        tg_list_add(told, tg_int((int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec));
    }
    free(path);
    return there || tg_err_set(err, TG_EXIT_CANNOT, "plugin '%s' was not sent", name_text);
}

bool tg_agentfiles_tell(const struct tg_agentfiles *f, tg_value plugins, tg_value *told, struct tg_err *err)
{
    const struct tg_list *list = tg_kind(plugins) == TG_LIST ? tg_list_of(plugins) : NULL;
    bool good = list && list->count % 2 == 0;
    *told = tg_list_make(0);
    if (!good) tg_err_set(err, TG_EXIT_FAULT, "the greeting is nonsense");
    for (size_t i = 0; good && i + 1 < list->count; i += 2)
        good = tell_sent_file(f, list->items[i], list->items[i + 1], *told, err);
    if (!good) tg_value_unref(*told);
    return good;
}
