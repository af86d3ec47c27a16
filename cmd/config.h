/* SPDX-License-Identifier: MIT
 * Defaults of options from files: the user's, $XDG_CONFIG_HOME/tgrun/config.yaml, and the folder's, tgrun.config.yaml, each one
 * mapping from the long name of an option of a run to its value. Thread class: owner. */
#ifndef TG_CMD_CONFIG_H
#define TG_CMD_CONFIG_H

#include "cmd/opt.h"
#include "engine/base/names.h"
#include "lang/text/diag.h"
#include "lang/text/source.h"

#define TG_CONFIG_FOLDER_FILE "tgrun.config.yaml"

/* One option of one file. */
struct tg_setting {
    enum tg_opt_layer layer;
    const char *name, *text;
    tg_span span; /* of the value */
};

struct tg_config {
    struct tg_sources sources;
    struct tg_names names;
    struct tg_arena arena;
    struct tg_diags diags;
    char *user_path; /* NULL: there is no place for it; heap */
    bool user_read, folder_read;
    TG_VEC(struct tg_setting) settings; /* sound ones */
};

/* Reads both files, as far as they are there; what is wrong goes to the diagnostics. options: those of a run, sample: room for
 * their values. The settings borrow from the object. */
void tg_config_read(struct tg_config *c, const struct tg_opt *options, void *sample);
void tg_config_done(struct tg_config *c);
/* Sets the options of a verb for which files have values and no later layer has. */
void tg_config_apply(const struct tg_config *c, const struct tg_opt *table, void *into, struct tg_opt_layers *layers);
/* The setting that counts in this layer; NULL: none. */
const struct tg_setting *tg_config_find(const struct tg_config *c, enum tg_opt_layer layer, const char *name);

#endif
