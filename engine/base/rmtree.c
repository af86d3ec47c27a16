/* SPDX-License-Identifier: MIT
 * Removing folders with all in them. A folder inside a subfolder moves up to the top first, under a name of its own, so
 * that nothing is ever deeper than two. The kernel's getdents64 is called directly: opendir asks for memory.
 * A folder is gone through until a pass removes nothing, as entries may be passed over while others go. */
#include "engine/base/rmtree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Names that are tried for a folder that moves up. */
#define MOVE_TRIES 1000

struct raw_entry { /* what the kernel's getdents64 gives */
    uint64_t inode;
    int64_t offset;
    unsigned short bytes;
    unsigned char type;
    char name[];
};

/* Where folders move up to. */
struct rm_top {
    int fd;
    unsigned moved; /* the number in the name of the next one: names are not searched through for each */
};

static unsigned remove_pass(struct rm_top *top, int fd, const char *spare, bool *left);

/* Moves a folder up to the top. Its owner may have to be allowed to write to it. */
static bool move_up(struct rm_top *top, int fd, const char *name)
{
    char to[32];
    for (int i = 0; i < MOVE_TRIES; i++) {
        snprintf(to, sizeof to, ".tgrun-rm-%u", top->moved++);
        if (renameat(fd, name, top->fd, to) == 0) return true;
        if (errno == EACCES && fchmodat(fd, name, 0700, 0) == 0 && renameat(fd, name, top->fd, to) == 0) return true;
        if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR) return false;
    }
    return false;
}

static bool remove_folder_at(struct rm_top *top, const char *name)
{
    int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, sub = openat(top->fd, name, flags);
    if (sub < 0 && errno == EACCES && fchmodat(top->fd, name, 0700, 0) == 0) sub = openat(top->fd, name, flags);
    if (sub < 0) return false;
    (void)!fchmod(sub, 0700); /* a folder that may not be written to cannot be emptied */
    bool left;
    while (remove_pass(top, sub, NULL, &left)) {}
    close(sub);
    return unlinkat(top->fd, name, AT_REMOVEDIR) == 0;
}

static bool remove_entry(struct rm_top *top, int fd, const char *name)
{
    if (unlinkat(fd, name, 0) == 0) return true;
    if (errno != EISDIR && errno != EPERM) return false;
    if (unlinkat(fd, name, AT_REMOVEDIR) == 0) return true;
    if (errno == EBUSY) return false; /* a mount point: what it shows lies elsewhere */
    return fd == top->fd ? remove_folder_at(top, name) : move_up(top, fd, name);
}

/* Goes through a folder once; how many entries went, and whether some are left. */
static unsigned remove_pass(struct rm_top *top, int fd, const char *spare, bool *left)
{
    char block[2048] __attribute__((aligned(8)));
    unsigned gone = 0;
    long length;
    *left = lseek(fd, 0, SEEK_SET) != 0;
    if (*left) return 0;
    while ((length = syscall(SYS_getdents64, fd, block, sizeof block)) > 0) {
        for (long at = 0; at < length;) {
            const struct raw_entry *e = (const struct raw_entry *)(block + at);
            at += e->bytes;
            if (strcmp(e->name, ".") == 0 || strcmp(e->name, "..") == 0 || (spare && strcmp(e->name, spare) == 0)) continue;
            if (remove_entry(top, fd, e->name)) gone++;
            else *left = true;
        }
    }
    return gone;
}

bool tg_rmtree_within(int fd, const char *spare)
{
    bool left;
    struct rm_top top = {.fd = fd};
    while (remove_pass(&top, fd, spare, &left)) {}
    return !left;
}

bool tg_rmtree(const char *path)
{
    if (unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR) return true;
    if (rmdir(path) == 0) return true;
    if (errno == EBUSY) return false;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == EACCES && chmod(path, 0700) == 0) fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return false;
    (void)!fchmod(fd, 0700);
    tg_rmtree_within(fd, NULL);
    close(fd);
    return rmdir(path) == 0;
}
