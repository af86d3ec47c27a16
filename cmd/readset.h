/* SPDX-License-Identifier: MIT
 * What a workflow reads: its own sources, what its calls of `glob` find, files that others of its calls read or look at before anything
 * runs (`read_table`, `exists`), and the inputs of its tasks, as far as these are recorded or known before they run; not what tasks make.
 * And how all of it looked once. Thread class: owner (the main thread). */
#ifndef TG_CMD_READSET_H
#define TG_CMD_READSET_H

#include <sys/types.h>

#include "cmd/cmd.h"
#include "cmd/notice.h"
#include "engine/base/canonical.h"
#include "engine/store/digest.h"

/* How a path looks; links are followed. */
struct tg_readset_look {
    mode_t type; /* 0: it is not there */
    uint64_t size, inode;
    int64_t mtime_ns, ctime_ns;
    struct tg_digest list; /* of a folder: what is listed in it, what tasks make left out */
};

struct tg_readset_path {
    const char *path;  /* as it is named */
    const char *whole; /* canonical; of a pattern something else */
    bool pattern;      /* of `glob`: looked at as a folder is, of which its matches are the list */
    bool changed;      /* it does not look as it did when the last run read it */
    struct tg_readset_look look;
};

struct tg_readset {
    struct tg_canonical canonical;
    struct tg_names named, wholes, results; /* the last two canonical */
    TG_VEC(struct tg_readset_path) paths;   /* by their numbers in `wholes` */
};

/* Begins to find out, in a process of its own (*pid), which prints nothing and whose code may do what it likes: what is to be read from
 * the descriptor until its end is for tg_readset_take. began_ns: when the last run began, since 1970; 0: there was none. -1 and err: it
 * cannot be begun. */
int tg_readset_ask(struct tg_cli *cli, int64_t began_ns, pid_t *pid, struct tg_err *err);
/* From what was read. The set is empty before. */
void tg_readset_take(struct tg_readset *s, const char *told, size_t length);
/* Looks at all paths as they are now. Names of those that looked otherwise before are added to `changed` (lent; NULL: to nothing). */
void tg_readset_look(struct tg_readset *s, struct tg_words *changed);
void tg_readset_notice(struct tg_readset *s, struct tg_notice *n);
/* Paths of `now` that look otherwise than before; of those that were not known then, those that the last run saw otherwise. Their names are
 * added to `changed`, lent by `now`. */
void tg_readset_compare(const struct tg_readset *now, const struct tg_readset *before, struct tg_words *changed);
void tg_readset_done(struct tg_readset *s);

#endif
