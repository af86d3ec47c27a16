/* SPDX-License-Identifier: MIT
 * Being told that something may have happened to files: by inotify on the folders that they lie in, since who saves a file often moves
 * a new one to its name. What is not there yet is noticed in the nearest folder that is. Thread class: owner. */
#ifndef TG_CMD_NOTICE_H
#define TG_CMD_NOTICE_H

#include "engine/base/names.h"

struct tg_notice {
    int fd;                 /* readable when something has happened; -1: none */
    int lacks;              /* errno, where not all can be watched (ENOSPC, EMFILE); 0: all are */
    char *here;             /* the working folder; heap */
    struct tg_names wanted; /* "WATCH/NAME"; "WATCH/" where all in the folder counts */
};

/* Nothing is watched yet. */
void tg_notice_open(struct tg_notice *n);
/* The path, from the root; of a folder, what is listed in it at any depth, too. */
void tg_notice_add(struct tg_notice *n, const char *path);
/* Of a folder, what is listed in it, and no deeper. */
void tg_notice_add_list(struct tg_notice *n, const char *folder);
/* Takes what has happened so far: true if it may concern a path. */
bool tg_notice_take(struct tg_notice *n);
/* The limit of the system that is too low. */
const char *tg_notice_limit(const struct tg_notice *n);
void tg_notice_close(struct tg_notice *n);

#endif
