/* SPDX-License-Identifier: MIT
 * Reading a workflow for its text only: syntax tree with comments, no plugins, nothing resolved. For fmt and convert.
 * Thread class: owner. */
#ifndef TG_CMD_LAYOUT_H
#define TG_CMD_LAYOUT_H

#include "engine/base/buf.h"
#include "lang/text/diag.h"
#include "lang/text/source.h"
#include "lang/tree/ast.h"

struct tg_layout {
    struct tg_arena arena;
    struct tg_names names;
    struct tg_sources sources;
    struct tg_diags diags;
    struct tg_tree tree;
    const struct tg_source *source; /* NULL: it could not be read */
    enum tg_language language;      /* what it is written in */
};

/* Reads and parses path ("-": standard input). AUTO: by its ending, standard input as `.tg`. False: err is set, or the
 * errors are in diags. To be done with in any case. */
bool tg_layout_read(struct tg_layout *l, const char *path, enum tg_language language, struct tg_err *err);
void tg_layout_done(struct tg_layout *l);
/* Adds the tree as source text in a language, and makes sure that it can be read back: else false and err. */
bool tg_layout_print(const struct tg_layout *l, enum tg_language to, struct tg_buf *b, struct tg_err *err);

#endif
