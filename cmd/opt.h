/* SPDX-License-Identifier: MIT
 * Options: one constant table per verb, from which come parsing, the environment, help, completion and the manual.
 *
 * A value is stored at `offset` of a struct the caller gives. Texts are borrowed from argv and the environment.
 * Thread class: owner. */
#ifndef TG_CMD_OPT_H
#define TG_CMD_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/vec.h"

/* What an option takes, and the type at its offset. */
enum tg_opt_kind {
    TG_OPT_FLAG,     /* nothing; bool */
    TG_OPT_TEXT,     /* any text, or one that `check` takes; const char * */
    TG_OPT_NUMBER,   /* a whole number from min to max; uint64_t */
    TG_OPT_REAL,     /* a number above 0; double */
    TG_OPT_DURATION, /* "5s", as in a workflow; double, seconds */
    TG_OPT_CHOICE,   /* one of some words; int, the word's index */
    TG_OPT_WORDS,    /* any text, repeatable; struct tg_words */
};

/* What a shell offers for the value. */
enum tg_opt_complete { TG_COMPLETE_NOTHING, TG_COMPLETE_FILE, TG_COMPLETE_FOLDER };

struct tg_words {
    TG_VEC(const char *);
};

struct tg_opt {
    const char *group; /* starts a group with this heading; NULL: goes on with the one before */
    char letter;       /* 0: none */
    const char *name;  /* NULL: none; a table ends where letter and name are missing */
    enum tg_opt_kind kind;
    const char *value; /* what help calls the value; NULL for flags */
    const char *alone; /* its value where none stands right behind it, by `=`: the next word is none; NULL: it needs one */
    const char *help;  /* a phrase, without full stop */
    size_t offset;
    const char *const *choices;                                /* NULL-terminated; of a TG_OPT_CHOICE, this or choice_at */
    const char *(*choice_at)(size_t index);                    /* NULL past the end */
    bool (*choice_hint)(const char *text, struct tg_err *err); /* gives a hint on what other tools call so; NULL: none does */
    uint64_t min, max;                                         /* of a TG_OPT_NUMBER */
    /* Of a TG_OPT_TEXT: false if it is none of those that are understood; the error is what is wrong with it. NULL: all are. */
    bool (*check)(const char *text, struct tg_err *err);
    bool env;      /* also set by TGRUN_<NAME>, and in the user's file */
    bool harmless; /* also set in a folder's file: runs, reads and writes nothing else */
    bool hidden;   /* in no help: for the build */
    enum tg_opt_complete complete;
};

/* Where a value comes from; the later ones win. */
enum tg_opt_layer { TG_OPT_DEFAULT, TG_OPT_USER, TG_OPT_FOLDER, TG_OPT_ENVIRONMENT, TG_OPT_COMMAND };
#define TG_OPT_MOST 64 /* options of a table */
struct tg_opt_layers {
    uint8_t of[TG_OPT_MOST]; /* by option: enum tg_opt_layer */
};

static inline bool tg_opt_end(const struct tg_opt *o)
{
    return !o->letter && !o->name;
}
static inline bool tg_opt_takes_value(const struct tg_opt *o)
{
    return o->kind != TG_OPT_FLAG;
}
/* True if its value may be the next word. */
static inline bool tg_opt_needs_value(const struct tg_opt *o)
{
    return tg_opt_takes_value(o) && !o->alone;
}
/* The i-th word of a choice; NULL past the end. */
const char *tg_opt_choice(const struct tg_opt *o, size_t i);
/* The option of that letter or long name; NULL if there is none. */
const struct tg_opt *tg_opt_find(const struct tg_opt *table, char letter, const char *name, size_t length);
/* True if an entry of the environment begins as those of options do. */
#define TG_OPT_VARIABLES "TGRUN_"
static inline bool tg_opt_is_variable(const char *entry)
{
    return entry[0] == TG_OPT_VARIABLES[0] && strncmp(entry, TG_OPT_VARIABLES, sizeof TG_OPT_VARIABLES - 1) == 0;
}
/* "TGRUN_MAX_TASKS" of "max-tasks"; b is emptied first. */
void tg_opt_variable(struct tg_buf *b, const struct tg_opt *o);

/* Sets an option of the table from a text of a file, unless a later layer has set it; `where` names the option in messages. */
bool tg_opt_set(const struct tg_opt *table, const struct tg_opt *o, const char *text, enum tg_opt_layer layer,
                const char *where, void *into, struct tg_opt_layers *layers, struct tg_err *err);
/* Sets what the environment gives (an empty variable counts as unset) and the command line does not. */
bool tg_opt_environment(const struct tg_opt *table, void *into, struct tg_opt_layers *layers, struct tg_err *err);
/* True if an entry of the environment sets an option. */
bool tg_opt_sets(const struct tg_opt *table, const char *entry);
/* Reads arguments argv[0..argc): options anywhere, `--` ends them, the rest goes to `words`. An unknown option is an
 * error that names the nearest, or says that `run` has it (its options; NULL: nobody's). What was stored before an error
 * stays. */
bool tg_opt_parse(const struct tg_opt *table, const struct tg_opt *run, int argc, char *const *argv, void *into,
                  struct tg_words *words, struct tg_opt_layers *layers, struct tg_err *err);

/* The words that set it as it is set (heap, each); of a flag that is not set, that takes it back. */
void tg_opt_write(const struct tg_opt *o, const void *from, struct tg_words *words);

/* Help: the options under their headings, two aligned columns, under 80 wide. */
void tg_opt_help(struct tg_buf *b, const struct tg_opt *table);
/* The words of a choice: "auto, always or never". */
void tg_opt_choices_text(struct tg_buf *b, const struct tg_opt *o);

#endif
