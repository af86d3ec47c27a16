/* SPDX-License-Identifier: MIT
 * What earlier runs made for a pattern of results. Only names that a run has written down count (`.tgrun/made/HASH`, HASH from
 * the folder's real path and the pattern): a file of the user's that happens to match is never touched. A record is
 * NUL-terminated names. It is a convenience: where it cannot be read or written, old files stay. */
#include "engine/command/made.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"
#include "engine/base/glob.h"
#include "engine/base/hash.h"
#include "engine/base/path.h"

#define MADE_FOLDER ".tgrun/made"

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void tg_made_done(tg_made_names *names)
{
    for (size_t i = 0; i < names->count; i++) free(names->items[i]);
    tg_vec_done(names);
}

void tg_made_sort(tg_made_names *names)
{
    size_t kept = 0;
    if (names->count) qsort(names->items, names->count, sizeof *names->items, by_bytes);
    for (size_t i = 0; i < names->count; i++) {
        if (kept && strcmp(names->items[kept - 1], names->items[i]) == 0) free(names->items[i]);
        else names->items[kept++] = names->items[i];
    }
    names->count = kept;
}

bool tg_made_has(const tg_made_names *names, const char *name)
{
    return names->count && bsearch(&name, names->items, names->count, sizeof *names->items, by_bytes);
}

char *tg_made_path(const char *folder, const char *pattern)
{
    char *real = realpath(*folder ? folder : ".", NULL);
    if (!real) return NULL;
    char *key = tg_alloc_format("%s/%s", real, pattern);
    uint64_t hash = tg_hash_bytes(key, strlen(key));
    free(real);
    free(key);
    return tg_alloc_format(MADE_FOLDER "/%016llx", (unsigned long long)hash);
}

/* What it names is removed: a record of somebody else, or one that others may write to, is not believed. */
static FILE *open_record(const char *record)
{
    struct stat st;
    int fd = open(record, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return NULL;
    bool own = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH));
    FILE *f = own ? fdopen(fd, "r") : NULL;
    if (!f) close(fd);
    return f;
}

/* In a folder where others may write, the name may be a link that somebody put there: that is removed, not followed. */
static FILE *make_record(const char *path)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (fd >= 0 && !f) close(fd);
    return f;
}

void tg_made_read(const char *record, const char *pattern, tg_made_names *names)
{
    FILE *f = open_record(record);
    char *name = NULL;
    size_t room = 0;
    while (f && getdelim(&name, &room, 0, f) > 0) {
        if (strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
        if (tg_glob_match(pattern, name)) tg_vec_push(names, tg_alloc_text(name));
    }
    free(name);
    if (f) fclose(f);
    tg_made_sort(names);
}

void tg_made_write(const char *record, const tg_made_names *names)
{
    char *aside = tg_alloc_format("%s.%ld", record, (long)getpid());
    if (tg_path_make_parents(aside) == 0) {
        FILE *f = make_record(aside);
        bool ok = f != NULL;
        for (size_t i = 0; i < names->count && ok; i++) ok = fwrite(names->items[i], strlen(names->items[i]) + 1, 1, f) == 1;
        if (f) ok &= fclose(f) == 0;
        if (!ok || rename(aside, record) != 0) unlink(aside);
    }
    free(aside);
}
