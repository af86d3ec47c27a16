/* SPDX-License-Identifier: MIT
 * The results of one command on their way. Private to outfile.c, which makes and places them, outjudge.c, which looks at what
 * the command has made, and outkeep.c, which keeps some of it when the command failed. */
#ifndef TG_COMMAND_OUTRESULT_H
#define TG_COMMAND_OUTRESULT_H

#include <sys/stat.h>

#include "engine/command/made.h"
#include "engine/command/outfile.h"

/* A result on its way. */
struct tg_outresult {
    const struct tg_result_file *file;
    const struct tg_aside *in;
    char *final;        /* links followed; of a list: its folder, "FOLDER/" or "" */
    char *aside;        /* where the command writes it */
    char *moved;        /* a link that was made anew in another private folder; NULL: it is where it was written */
    struct stat before; /* what had the path, all zero: nothing */
    mode_t mode;        /* of what was made */
    bool plain;         /* of a list: files only */
    tg_made_names made; /* of a list */
};

struct tg_outfiles {
    tg_ctx *ctx;
    const char *task;
    struct tg_aside_place *place;
    struct tg_outresult *results;
    size_t count;
    TG_VEC(struct tg_aside *) asides; /* the first has the journal */
    bool is_protected;                /* what it makes is, and may be replaced by it */
    bool stuck;                       /* the next run has to finish what the journal says */
};

/* outjudge.c: the last part of a list's pattern. */
const char *tg_outjudge_pattern(const struct tg_result_file *file);
/* Adds the names in a folder that match, sorted; errno or 0. */
int tg_outjudge_names(const char *folder, const char *pattern, tg_made_names *out);
/* Finds what was made of all results, and that it can be one; else ctx's error. */
bool tg_outjudge_find(struct tg_outfiles *o);

#endif
