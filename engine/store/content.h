/* SPDX-License-Identifier: MIT
 * What is in files: their digests, and what saves reading them again. A file whose size, times and inode are as they were when it
 * was read has the content that it had, unless it was changed at the very time at which it was read: a stamp that is as young as the
 * clock of the file system is coarse is not trusted, and the file is read again (the racy time stamps of git). Nor is one whose times
 * have not come yet: a clock was put back.
 *
 * A folder's digest is one of what is listed in it, at any depth: names, kinds, targets of symbolic links. What its files hold is
 * for tg_contents_tree. A `.tgrun` in it is not looked into: that changes while a run goes on.
 * Thread class: shared; a run has one, and looks at each path once, unless it is told to forget it. */
#ifndef TG_STORE_CONTENT_H
#define TG_STORE_CONTENT_H

#include "engine/base/err.h"
#include "engine/store/digest.h"

enum tg_content_kind { TG_CONTENT_NONE /* nothing has the path */, TG_CONTENT_FILE, TG_CONTENT_FOLDER, TG_CONTENT_OTHER };

/* How a file looked when it was read. Links are followed. Times are those of the file system, since 1970. */
struct tg_stamp {
    uint64_t size, inode;
    int64_t mtime_ns, ctime_ns;
    bool racy; /* it may be changed without looking otherwise */
};

struct tg_content {
    enum tg_content_kind kind; /* of OTHER (a device, a pipe) and NONE there is no digest */
    struct tg_stamp stamp;     /* of a file */
    struct tg_digest digest;
};

/* Both hold the same, whatever their stamps. */
static inline bool tg_content_equal(const struct tg_content *a, const struct tg_content *b)
{
    return a->kind == b->kind && tg_digest_equal(a->digest, b->digest);
}

struct tg_contents;
struct tg_contents *tg_contents_new(void);
/* NULL is fine. */
void tg_contents_free(struct tg_contents *c);
/* What the path holds. known: what it held once (NULL: that is not known), whose digest holds if it looks the same. False and err (code,
 * message with the path): it cannot be read. That nothing is there is no error, nor that a link leads nowhere. A stamp that is not
 * the known one is to be recorded in its place: it saves reading the next time. Threads that want one path wait for the first. */
bool tg_contents_look(struct tg_contents *c, const char *path, const struct tg_content *known, struct tg_content *out,
                      struct tg_err *err);
/* The same without remembering, or what is remembered: as it is now. */
bool tg_contents_look_now(const char *path, const struct tg_content *known, struct tg_content *out, struct tg_err *err);
/* It is as it was when this was found: of a file only the stamp is looked at, unless that is racy, so that it is read; of a folder what is
 * listed. */
bool tg_contents_same_now(const char *path, const struct tg_content *known);
/* The same by a look at the path alone: what was no file, or has a stamp that nobody trusts, is OTHER. */
enum tg_contents_quick { TG_CONTENTS_SAME, TG_CONTENTS_GONE /* a file was there */, TG_CONTENTS_OTHER };
enum tg_contents_quick tg_contents_quick(const char *path, const struct tg_content *known);
/* The path was made anew: what is remembered of it, of what lies in it and of the folders that it lies in is forgotten. */
void tg_contents_forget(struct tg_contents *c, const char *path);
/* True if what the path holds was made known by that, and it was not forgotten since. */
bool tg_contents_made(struct tg_contents *c, const char *path);
/* What the path holds since it was made. */
void tg_contents_know(struct tg_contents *c, const char *path, const struct tg_content *content);
/* What was made just now, at `from`, is about to be moved to its name and not to be written any more: its content, with a stamp
 * that is not racy. The time of change of a file that no other name has (a link, or a hard link) is set to one that no later change
 * can have. Of a folder the content alone; its files can each be sealed like this. */
bool tg_contents_seal(const char *from, struct tg_content *out, struct tg_err *err);
/* It was moved there, which changed the ctime: takes that over. False: it was changed since; its stamp is racy from now on. */
bool tg_contents_sealed(const char *path, struct tg_content *content);
/* Calls fn for each file below a folder, and each link there that leads to one, in an order that does not change. Links to folders are not
 * followed. False and err: a folder cannot be read. */
bool tg_contents_tree(const char *folder, void (*fn)(void *data, const char *path), void *data, struct tg_err *err);

#endif
