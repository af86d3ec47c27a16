/* SPDX-License-Identifier: MIT
 * Shared by resolve.c (walking), declare.c (what stands anywhere: plugins, imports, functions, commands, parameters)
 * and hint.c (nearest names). Private to these. */
#ifndef TG_BIND_RESOLVE_H
#define TG_BIND_RESOLVE_H

#include "lang/bind/module.h"

struct tg_meaning {
    uint8_t ref;    /* enum tg_ref */
    bool declared;  /* by `fn`, `task`, `extern`, `use` or `import` of this file: cannot be bound again */
    uint32_t slot;
    void *data;     /* as TG_REF_* say */
    tg_span span;   /* where */
};

struct tg_scope_names {
    struct tg_meaning *items; /* by symbol */
    size_t count;
};
void tg_scope_names_free(struct tg_scope_names *names);

struct tg_local {
    uint32_t sym, slot;
    bool captured; /* a copy of a variable of the frame around */
};

struct tg_outer_read {
    uint32_t sym;
    tg_span span;
};

struct tg_captures {
    struct tg_capture *items;
    size_t count, room;
};

/* A frame that is being walked: a function's or a command's. The top level of a file has none (NULL). */
struct scope {
    struct scope *parent;         /* frame the function is made in; NULL: the file's top level */
    struct tg_fn *fn;
    struct tg_command_def *command;
    struct tg_captures *captures; /* NULL: names of the parent are not captured (a function of the top level) */
    uint32_t fn_slots;
    TG_VEC(struct tg_local) locals;
    TG_VEC(struct tg_outer_read) outer_reads; /* variables of the file that a function of the top level has read */
    struct tg_extents extents;
};

struct resolve {
    struct tg_program *program;
    struct tg_module *module;
    struct scope *scope;     /* the innermost; NULL at the file's top level */
    uint32_t depth, loop_depth, block_depth;
    uint32_t value_depth;    /* an `if` that gives a value */
    uint32_t loops;          /* of this frame, comprehensions included, that are around */
    uint32_t clock;          /* reads so far */
    uint32_t statement;      /* of the file's top level */
    bool late;               /* what is read at the top level now is read by commands at any time */
    bool qualifier;          /* the name stands left of a '.' */
    struct tg_kids binding; /* names that the assignment binds whose value is being walked */
};

/* resolve.c */
struct tg_meaning *tg_meaning_of(struct resolve *r, uint32_t sym);
void tg_resolve_expression(struct resolve *r, struct tg_node *n);
/* What is known of a function from its head; its body is walked later. */
struct tg_fn *tg_resolve_fn(struct resolve *r, struct tg_node *n, const char *name);
uint32_t tg_resolve_bind(struct resolve *r, uint32_t sym, tg_span span);

/* declare.c */
void tg_declare(struct resolve *r);
void tg_declare_output(struct resolve *r, struct tg_node *n);
void tg_finish_command(struct resolve *r, struct tg_command_def *c);
void tg_resolve_param(struct resolve *r, struct tg_node *n);
/* Parses a TG_N_TYPE; its `data` is the struct tg_type * from then on, in place of the text. */
const struct tg_type *tg_resolve_type(struct resolve *r, struct tg_node *n);
/* Names given twice, and one without a default after one with. */
void tg_check_params(struct resolve *r, struct tg_kids params);
void tg_mark_used(struct tg_module *m, uint32_t slot);

/* The task of the built-in plugin that a workflow may call by this name, or NULL. */
const struct tg_def *tg_core_task(struct resolve *r, const struct tg_name *name);
extern const char *const tg_core_tasks[]; /* their names; ends with NULL */

/* hint.c */
const char *tg_ref_name(enum tg_ref ref); /* "a function", "a task", ... */
/* called: the name is, so what can be called comes first. */
void tg_hint_near(struct resolve *r, struct tg_diag *d, uint32_t sym, bool called);
void tg_hint_member(struct resolve *r, struct tg_diag *d, const struct tg_node *field);
bool tg_bound_later(const struct tg_module *m, const struct tg_node *use, tg_span *where);

#endif
