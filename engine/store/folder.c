/* SPDX-License-Identifier: MIT
 * Going through a folder, by fts of libc, which needs no more stack and open files for what lies deep. */
#include "engine/store/folder.h"

#include <errno.h>
#include <string.h>

#define OWN_FOLDER ".tgrun"

static int in_name_order(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Goes on to the next; false: there is none, or err. What goes away meanwhile was never there. */
static bool next_entry(FTS *walk, FTSENT **entry, struct tg_err *err)
{
    do {
        errno = 0;
        *entry = fts_read(walk);
    } while (*entry && (*entry)->fts_info == FTS_NS && (*entry)->fts_level > FTS_ROOTLEVEL && (*entry)->fts_errno == ENOENT);
    if (!*entry && errno) return tg_err_set(err, TG_EXIT_CANNOT, "could not read a folder: %s", strerror(errno));
    if (!*entry) return false;
    switch ((*entry)->fts_info) {
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        return tg_err_set(err, TG_EXIT_CANNOT, "could not read '%s': %s", (*entry)->fts_path, strerror((*entry)->fts_errno));
    default: return true;
    }
}

bool tg_folder_each(const char *folder, void (*fn)(void *data, const FTSENT *entry), void *data, struct tg_err *err)
{
    struct tg_err failed = {0};
    FTSENT *entry;
    FTS *walk = fts_open((char *[]){(char *)folder, NULL}, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, in_name_order);
    if (!walk) return tg_err_set(err, TG_EXIT_CANNOT, "could not read '%s': %s", folder, strerror(errno));
    while (next_entry(walk, &entry, &failed)) {
        if (entry->fts_level == FTS_ROOTLEVEL || entry->fts_info == FTS_DP) continue;
        if (entry->fts_info == FTS_D && strcmp(entry->fts_name, OWN_FOLDER) == 0) fts_set(walk, entry, FTS_SKIP);
        else fn(data, entry);
    }
    fts_close(walk);
    if (failed.code) tg_err_set(err, failed.code, "%s", failed.message);
    bool good = !failed.code;
    tg_err_done(&failed);
    return good;
}
