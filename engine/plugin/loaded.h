/* SPDX-License-Identifier: MIT
 * What is loaded: plugins, and their tasks by name. Thread class: owner while loading, then immutable. Loaded plugins are
 * never unloaded: their code may be named by values that outlive the registry. */
#ifndef TG_PLUGIN_LOADED_H
#define TG_PLUGIN_LOADED_H

#include "engine/base/names.h"
#include "engine/graph/def.h"

struct tg_loaded_type {
    const struct tg_object_type *type; /* the plugin's own */
    const char *name;                  /* "plugin.type" */
};

struct tg_loaded {
    const char *name, *version, *doc;
    const char *path;    /* of the .so; NULL: built in */
    bool runs;           /* its code is there; else only its tables were read */
    struct tg_def *defs; /* in the plugin's order */
    size_t def_count;
    const char *tasks; /* the plugin's table, which defs were made of */
    struct tg_loaded_type *types;
    size_t type_count;
    size_t task_bytes;      /* of a row in it */
    struct tg_names index;  /* task name to its place in defs */
    struct tg_arena arena;  /* the texts, signatures and definitions */
    uint64_t device, inode; /* of the file: what makes it the same plugin under another name */
    uint64_t written_ns;    /* when it was written last, in nanoseconds of the clock of files */
};

/* A C function of a library. */
struct tg_extern {
    const struct tg_def *def;
    const char *library;
};

struct tg_folder {
    char *path; /* owned */
    bool trusted;
};

struct tg_registry {
    struct tg_arena arena;              /* definitions of externs */
    TG_VEC(struct tg_loaded *) plugins; /* in the order of loading; the built-in one ("core") first */
    TG_VEC(struct tg_extern) externs;   /* in the order of loading */
    TG_VEC(const struct tg_object_type *) types;
    TG_VEC(const char *) type_names;
    TG_VEC(struct tg_folder) search; /* in order */
    tg_span asked;                   /* where the plugin is asked for that is loaded next; zeros: nowhere */
    bool looks;                      /* no code runs but of plugins in trusted folders: others are read, externs not opened */
};

/* The task of that name in a plugin, or NULL. */
const struct tg_def *tg_loaded_find(const struct tg_loaded *p, const char *name, size_t length);
/* Frees the definitions; the code stays loaded. NULL is fine. */
void tg_loaded_free(struct tg_loaded *p);
/* True for what may be the name of a plugin, a type or a task: letters, digits and '_', not beginning with a digit. */
bool tg_loaded_is_name(const char *name, size_t length);

#endif
