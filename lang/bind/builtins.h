/* SPDX-License-Identifier: MIT
 * The built-in functions of the language, as binding and checking know them. What they do is in lang/eval/builtin.c, found
 * by the same numbers. Thread class: immutable. */
#ifndef TG_BIND_BUILTINS_H
#define TG_BIND_BUILTINS_H

#include "engine/value/sig.h"

enum tg_builtin_id {
    TG_BUILTIN_ABS,
    TG_BUILTIN_AFTER,
    TG_BUILTIN_ALL,
    TG_BUILTIN_ANY_OF,
    TG_BUILTIN_AS_COMPLETED,
    TG_BUILTIN_ATTEMPT,
    TG_BUILTIN_BOOL,
    TG_BUILTIN_COUNT,
    TG_BUILTIN_ENUMERATE,
    TG_BUILTIN_ENV,
    TG_BUILTIN_EXISTS,
    TG_BUILTIN_FILE,
    TG_BUILTIN_FILTER,
    TG_BUILTIN_FIRST,
    TG_BUILTIN_FLATTEN,
    TG_BUILTIN_FLOAT,
    TG_BUILTIN_FOLD,
    TG_BUILTIN_FORMAT,
    TG_BUILTIN_FROM_JSON,
    TG_BUILTIN_GLOB,
    TG_BUILTIN_GROUP_BY,
    TG_BUILTIN_HERE,
    TG_BUILTIN_INT,
    TG_BUILTIN_KEYS,
    TG_BUILTIN_LEN,
    TG_BUILTIN_MAP,
    TG_BUILTIN_MAX,
    TG_BUILTIN_MIN,
    TG_BUILTIN_NEXT,
    TG_BUILTIN_PRINT,
    TG_BUILTIN_PUSH,
    TG_BUILTIN_RANGE,
    TG_BUILTIN_READ_JSON,
    TG_BUILTIN_READ_JSONL,
    TG_BUILTIN_READ_TABLE,
    TG_BUILTIN_REDUCE,
    TG_BUILTIN_REVERSED,
    TG_BUILTIN_ROUND,
    TG_BUILTIN_SIZE,
    TG_BUILTIN_SORTED,
    TG_BUILTIN_STR,
    TG_BUILTIN_SUM,
    TG_BUILTIN_TO_JSON,
    TG_BUILTIN_TRY,
    TG_BUILTIN_UNIQUE,
    TG_BUILTIN_VALUES,
    TG_BUILTIN_ZIP,
    TG_BUILTIN_NAMED, /* those from here on have no name in a program: evaluation makes calls of them */
    TG_BUILTIN_CALL = TG_BUILTIN_NAMED,
    TG_BUILTIN_FILTER_REST,
    TG_BUILTIN_GROUP_BY_REST,
    TG_BUILTIN_SORTED_REST,
    TG_BUILTIN_END,
};

struct tg_builtin {
    const char *name;
    uint8_t min_args, max_args;  /* positional and keyword; max TG_BUILTIN_ANY: any number */
    const char *const *keywords; /* names of all parameters in order, NULL-terminated; NULL: positional only */
    bool structural;             /* may look at a list whose items are futures */
    bool effect;                 /* runs even where nobody uses its result */
    bool makes_task;             /* always: not for commands */
    bool makes_stream;
    bool outside;     /* what it gives depends on files or the environment, too */
    uint8_t calls;    /* which of its arguments is a function that it calls, from 1 on; 0: none */
    bool special;     /* evaluates its arguments itself */
    bool yields;      /* without a qualifier, the name means the twin where that is used: it was there first */
    const char *core; /* the task of the built-in plugin that does it; NULL: a function of the evaluator does */
    const char *twin; /* "plugin.task": ours, which gives the same whenever it gives something; NULL: there is none */
    tg_kinds result;  /* kinds it gives, for the checker; 0: unknown */
    const char *doc;
};
#define TG_BUILTIN_ANY 255

extern const struct tg_builtin tg_builtins[TG_BUILTIN_END]; /* by enum tg_builtin_id */
/* NULL if no built-in function has this name. */
const struct tg_builtin *tg_builtins_find(const char *name, size_t length);

#endif
