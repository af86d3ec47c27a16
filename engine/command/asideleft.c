/* SPDX-License-Identifier: MIT
 * What runs that were killed left, and the list by which it is found.
 *
 * A run that finds a private folder whose lock is free (its process is gone, however that happened) takes the lock, brings the
 * journal to its end and removes it. It looks in each folder before it makes its first private folder there, and at its start
 * wherever an unlocked file of `.tgrun/aside` says: each run has one, locked too, with the folders it works in.
 * What belongs to another user is left alone: a journal is obeyed. */
#include "engine/command/asideleft.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/out.h"
#include "engine/base/path.h"
#include "engine/command/asidefolder.h"
#include "engine/command/journal.h"
#include "engine/command/printed.h"

#define REGISTRY_FOLDER ".tgrun/aside"

/* ---- one folder ---------------------------------------------------------------------------------- */

static void say_stuck(const struct tg_services *services, const char *path)
{
    int error = errno;
    tg_ctx ctx = {.services = services};
    tg_printed_say(&ctx, "warning: a run that was killed left results in '%s' that cannot be put in place: %s", path,
                   strerror(error));
}

static void say_finished(const struct tg_services *services, const char *path)
{
    tg_ctx ctx = {.services = services};
    char *folder = tg_path_folder(path);
    tg_printed_say(&ctx, "warning: a run was killed while it put results in place in '%s'; that has been finished", folder);
    free(folder);
}

/* False if it is still there, and somebody should look again. */
static bool recover_private(const struct tg_services *services, const char *path, bool shared)
{
    int fd, lock_fd;
    bool gone = false;
    if (!tg_asidefolder_is_ours(path, shared)) return true;
    if (!tg_asidefolder_seize(path, shared, &fd, &lock_fd)) return false;
    char *main;
    enum tg_journal_end end = tg_journal_finish(path, &main);
    if (end == TG_JOURNAL_STUCK) say_stuck(services, path);
    else if (end == TG_JOURNAL_FINISHED) say_finished(services, path);
    if (main && strcmp(main, path) != 0) recover_private(services, main, tg_asidefolder_is_shared(main));
    if (end != TG_JOURNAL_STUCK && !(main && access(main, F_OK) == 0)) gone = tg_asidefolder_remove_busy(fd, path);
    free(main);
    close(fd);
    tg_asidefolder_close(lock_fd);
    return gone;
}

bool tg_asideleft_clear(const struct tg_services *services, const char *folder, bool shared)
{
    TG_VEC(char *) found = {0};
    DIR *dir = opendir(*folder ? folder : ".");
    const struct dirent *entry;
    while (dir && (entry = readdir(dir)))
        if (tg_asidefolder_is_name(entry->d_name)) tg_vec_push(&found, tg_alloc_format("%s%s", folder, entry->d_name));
    if (dir) closedir(dir);
    bool clear = true;
    for (size_t i = 0; i < found.count; i++) {
        if (!recover_private(services, found.items[i], shared)) clear = false;
        free(found.items[i]);
    }
    tg_vec_done(&found);
    return clear;
}

/* ---- the registry -------------------------------------------------------------------------------- */

/* Without one, what this run leaves when it is killed is found by who makes results in the same folders. */
static void open_registry(struct tg_aside_place *place)
{
    for (int i = 0; i < TG_ASIDEFOLDER_TRIES && place->registry_fd < 0; i++) {
        char name[TG_ASIDEFOLDER_LETTERS + 1];
        tg_asidefolder_letters(place, name);
        free(place->registry);
        place->registry = tg_alloc_format(REGISTRY_FOLDER "/%s", name);
        if (tg_path_make_parents(place->registry) != 0) return;
        place->registry_fd = tg_aside_lock_new(place->registry);
        if (place->registry_fd < 0 && errno != EAGAIN) return;
    }
}

void tg_asideleft_note(struct tg_aside_place *place, const char *folder)
{
    if (!place->registry) open_registry(place);
    char *real = place->registry_fd >= 0 ? realpath(*folder ? folder : ".", NULL) : NULL;
    if (real) tg_out_write(place->registry_fd, real, strlen(real) + 1);
    free(real);
}

void tg_asideleft_forget(struct tg_aside_place *place)
{
    if (place->registry_fd >= 0) {
        if (!place->left) unlink(place->registry);
        close(place->registry_fd);
        rmdir(REGISTRY_FOLDER);
        rmdir(".tgrun"); /* stays if there are logs */
    }
    free(place->registry);
}

/* False if something was left to clear, which may also be another run's that lives. */
static bool clear_noted(const struct tg_services *services, int fd)
{
    struct tg_buf b = {0};
    ssize_t n;
    bool clear = true;
    while ((n = read(fd, tg_buf_reserve(&b, 4096), 4096)) > 0) b.length += (size_t)n;
    if (n < 0) clear = false; /* what was not read is left for another time */
    tg_buf_add(&b, "", 1);
    for (size_t at = 0; at + 1 < b.length; at += strlen(b.data + at) + 1) {
        char *folder = tg_alloc_format("%s/", b.data + at);
        if (*folder == '/' && !tg_asideleft_clear(services, folder, tg_asidefolder_is_shared(folder))) clear = false;
        free(folder);
    }
    tg_buf_done(&b);
    return clear;
}

void tg_aside_recover(const struct tg_services *services)
{
    DIR *dir = opendir(REGISTRY_FOLDER);
    const struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        if (strlen(entry->d_name) != TG_ASIDEFOLDER_LETTERS) continue;
        char *path = tg_alloc_format(REGISTRY_FOLDER "/%s", entry->d_name);
        int fd = tg_aside_lock_free(path);
        if (fd >= 0) {
            if (clear_noted(services, fd)) unlink(path);
            close(fd);
        }
        free(path);
    }
    if (!dir) return;
    closedir(dir);
    rmdir(REGISTRY_FOLDER);
    rmdir(".tgrun");
}
