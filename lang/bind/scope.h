/* SPDX-License-Identifier: MIT
 * Names and frames while a module is walked: what a name means at a place, and which slot a binding gets. For resolve.c,
 * declare.c and hint.c alone. Thread class: owner. */
#ifndef TG_BIND_SCOPE_H
#define TG_BIND_SCOPE_H

#include "engine/base/table.h"
#include "lang/bind/module.h"

struct tg_meaning {
    uint8_t ref;   /* enum tg_ref */
    bool declared; /* by `fn`, `task`, `extern`, `use` or `import` of this file: cannot be bound again */
    uint32_t slot;
    void *data;   /* as TG_REF_* say */
    tg_span span; /* where */
};

/* What names mean while a module is walked: a place for every symbol of the program, so that a look is one load. A module that
 * is done with gives it on, empty, to the next one. */
struct tg_scope_names {
    struct tg_meaning *items; /* by symbol */
    size_t count;
    TG_VEC(uint32_t) touched; /* the symbols that may mean something */
    struct tg_scope_names *next;
};

/* A name of a module that others import, which keeps only what it has. */
struct tg_exported {
    uint32_t sym;
    struct tg_meaning meaning;
};
struct tg_scope_members {
    TG_VEC(struct tg_exported) list; /* in the order of their first use */
    struct tg_table table;           /* of their symbols */
};

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
struct tg_scope {
    struct tg_scope *parent; /* frame the function is made in; NULL: the file's top level */
    struct tg_fn *fn;
    struct tg_command_def *command;
    struct tg_captures *captures; /* NULL: names of the parent are not captured (a function of the top level) */
    uint32_t slot_count;
    TG_VEC(struct tg_local) locals;
    TG_VEC(struct tg_outer_read) outer_reads; /* variables of the file that a function of the top level has read */
    struct tg_extents extents;
};

/* The walk over a module. */
struct tg_resolver {
    struct tg_program *program;
    struct tg_module *module;
    struct tg_scope_names *names;
    struct tg_scope *scope; /* the innermost; NULL at the file's top level */
    uint32_t depth, loop_depth, block_depth;
    uint32_t value_depth;         /* an `if` that gives a value */
    uint32_t loops;               /* of this frame, comprehensions included, that are around */
    uint32_t clock;               /* reads so far */
    uint32_t statement;           /* of the file's top level */
    bool in_order;                /* statements are ones of an `in_order` of this frame */
    bool late;                    /* what is read at the top level now is read by commands at any time */
    bool qualifier;               /* the name stands left of a '.' */
    const struct tg_ast *shell;   /* the name is all that stands in `${..}` in the text of this `sh`; NULL: it is not */
    const struct tg_ast *option;  /* the name is the value of this option or argument by name; NULL: it is not */
    const struct tg_ast *command; /* whose options, which are the file's, are being walked; NULL: none */
    struct tg_bound_at *bound;    /* by symbol, for messages (hint.c); NULL: not needed so far */
    struct tg_kids binding;       /* names that the assignment binds whose value is being walked */
};

/* -- the names of the module */
void tg_scope_begin_names(struct tg_resolver *r);
/* The module has been walked: what others may name of it stays. */
void tg_scope_end_names(struct tg_resolver *r);
void tg_scope_free_names(struct tg_scope_names *names);
void tg_scope_free_members(struct tg_scope_members *members);
/* What a name means in a module that has been walked; NULL: nothing that another file may name. */
const struct tg_meaning *tg_scope_member(const struct tg_module *m, uint32_t sym);
/* What the name means at the top level of the file, so far; to be changed. */
struct tg_meaning *tg_scope_meaning(struct tg_resolver *r, uint32_t sym);
/* "a function", "a task", ... */
const char *tg_scope_ref_name(enum tg_ref ref);
/* It is that of a `finally` block. */
bool tg_scope_in_final(const struct tg_resolver *r);
/* "a function" or "a 'finally' block": what the innermost scope belongs to. */
const char *tg_scope_owner(const struct tg_resolver *r);
/* Names of tasks of the built-in plugin that a workflow may call; the others stand behind operators and built-in functions.
 * Ends with NULL. */
extern const char *const tg_scope_core_tasks[];
/* The built-in plugin. */
static inline const struct tg_loaded *tg_scope_core(const struct tg_resolver *r)
{
    return r->program->session->registry.plugins.items[0];
}

/* -- looking up */
/* The meaning of a name seen from a scope, which is noted as a read; ref NONE if it has none. */
struct tg_meaning tg_scope_look_up(struct tg_resolver *r, struct tg_scope *scope, uint32_t sym, tg_span span);
/* The variable of the frame; NULL if it has none of this name. */
struct tg_local *tg_scope_find_local(struct tg_scope *s, uint32_t sym);
/* Reads the variables of the main file that are named from outside, here at its end. */
void tg_scope_read_named(struct tg_resolver *r);
/* A variable of a file that functions, commands or other files read. */
void tg_scope_share(struct tg_module *m, uint32_t slot);

/* -- binding */
/* The slot of a variable that is bound here, a new one if the name is none yet. */
uint32_t tg_scope_bind(struct tg_resolver *r, uint32_t sym, tg_span span);
/* A new variable of the innermost frame, which is no top level. */
uint32_t tg_scope_add_local(struct tg_scope *scope, uint32_t sym, bool captured);
/* One more place binds the slot of the top level; gives the slot. */
uint32_t tg_scope_count_binding(struct tg_resolver *r, uint32_t slot);

/* A name that is visible only while a comprehension is walked. */
struct tg_shadow {
    uint32_t sym;
    size_t local_count;
    struct tg_meaning before;
};
struct tg_shadow tg_scope_begin_shadow(struct tg_resolver *r, struct tg_ast *name);
void tg_scope_end_shadow(struct tg_resolver *r, const struct tg_shadow *s);

#endif
