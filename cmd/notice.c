/* SPDX-License-Identifier: MIT
 * Being told of changes by inotify. A watch is one of a folder as it is when it is added; whoever has taken something looks at the files
 * themselves, and then adds all to a new object, so that folders that have come or gone need no book-keeping. */
#include "cmd/notice.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/canonical.h"
#include "engine/base/path.h"

#define EVENTS                                                                                                       \
    (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | \
     IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK)

void tg_notice_open(struct tg_notice *n)
{
    *n = (struct tg_notice){.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    if (n->fd < 0) n->lacks = errno;
    n->here = tg_canonical_path(".");
}

void tg_notice_close(struct tg_notice *n)
{
    if (n->fd >= 0) close(n->fd);
    n->fd = -1;
    free(n->here);
    tg_names_done(&n->wanted);
}

const char *tg_notice_limit(const struct tg_notice *n)
{
    return n->lacks == ENOSPC ? "fs.inotify.max_user_watches" : n->fd < 0 ? "fs.inotify.max_user_instances" : "memory";
}

/* ---- adding -------------------------------------------------------------------------------------- */

static uint32_t find_wanted(struct tg_notice *n, int watch, const char *name, bool adds)
{
    struct tg_buf key = {0};
    tg_buf_format(&key, "%d/%s", watch, name);
    uint32_t id = adds ? tg_names_add(&n->wanted, key.data, key.length) : tg_names_find(&n->wanted, key.data, key.length);
    tg_buf_done(&key);
    return id;
}

enum placed { PLACED_NEW, PLACED_BEFORE, PLACED_NOT /* the folder is not there, or nobody can look into it */ };

static enum placed watch_folder(struct tg_notice *n, const char *folder, const char *name)
{
    size_t before = n->wanted.names.count;
    int watch = inotify_add_watch(n->fd, folder, EVENTS);
    if (watch >= 0) find_wanted(n, watch, name, true);
    else if (errno == ENOSPC || errno == ENOMEM) n->lacks = errno;
    else return PLACED_NOT;
    return n->wanted.names.count > before ? PLACED_NEW : PLACED_BEFORE;
}

static bool is_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && path[length] == '/';
}

/* In its folder, and this in that above, since it may be moved away: below the folder that we are in, and where it is not there. If it
 * comes just then, there is more to be watched. */
static void watch_place(struct tg_notice *n, const char *path)
{
    char *folder = tg_path_folder(path);
    bool again = strcmp(folder, path) != 0;
    while (again && !n->lacks) {
        enum placed placed = watch_folder(n, folder, tg_path_name(path));
        again = placed == PLACED_NOT;
        if (again || (placed == PLACED_NEW && is_below(folder, n->here))) watch_place(n, folder);
        if (again) again = access(folder, R_OK | X_OK) == 0;
    }
    free(folder);
}

static void watch_tree(struct tg_notice *n, const char *path)
{
    const FTSENT *entry;
    FTS *walk = fts_open((char *[]){(char *)path, NULL}, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
    while (walk && !n->lacks && (entry = fts_read(walk))) {
        if (entry->fts_info == FTS_D && strcmp(entry->fts_name, ".tgrun") == 0) fts_set(walk, (FTSENT *)entry, FTS_SKIP);
        else if (entry->fts_info == FTS_D) watch_folder(n, entry->fts_path, "");
    }
    if (walk) fts_close(walk);
}

void tg_notice_add(struct tg_notice *n, const char *path)
{
    struct stat st;
    if (n->lacks) return;
    watch_place(n, path);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) watch_tree(n, path);
}

void tg_notice_add_list(struct tg_notice *n, const char *folder)
{
    if (n->lacks) return;
    watch_place(n, folder);
    watch_folder(n, folder, "");
}

/* ---- taking -------------------------------------------------------------------------------------- */

/* What concerns the folder itself has no name. */
static bool is_wanted(struct tg_notice *n, const struct inotify_event *e)
{
    if (e->mask & IN_IGNORED) return false;
    if (!e->len) return !(e->mask & IN_ATTRIB);
    return find_wanted(n, e->wd, "", false) != TG_NO_NAME || find_wanted(n, e->wd, e->name, false) != TG_NO_NAME;
}

bool tg_notice_take(struct tg_notice *n)
{
    union {
        struct inotify_event first; /* aligned */
        char bytes[1 << 14];
    } events;
    bool wanted = false;
    ssize_t got;
    while ((got = read(n->fd, events.bytes, sizeof events)) > 0) {
        for (const char *at = events.bytes; at < events.bytes + got;) {
            const struct inotify_event *e = (const void *)at;
            wanted = wanted || is_wanted(n, e);
            at += sizeof *e + e->len;
        }
    }
    return wanted;
}
