/* SPDX-License-Identifier: MIT
 * Which tasks of the graph the words of `--force` mean, where a word tells one as messages and `tgrun why` do: count(s03), count:3. What
 * a task is called once its arguments are known, and what it makes, is matched when it asks (engine/store/again.h). Thread class:
 * immutable, once it has begun. */
#ifndef TG_CMD_FORCE_H
#define TG_CMD_FORCE_H

#include "cmd/cmd.h"

struct tg_force {
    TG_VEC(const char *) words;     /* NULL-terminated; borrowed from the command line */
    TG_VEC(const uint64_t *) tasks; /* a bitmap for each word, by numbers of the graph; NULL: it tells none so */
    size_t graph_count;             /* tasks of the graph when it began */
    bool warned;                    /* one can name nothing, which was said */
};

/* Warns of words that can name nothing. The plan is what messages tell tasks apart by. */
void tg_force_begin(struct tg_force *f, struct tg_cli *cli, const struct tg_graph *g);
void tg_force_done(struct tg_force *f);

#endif
