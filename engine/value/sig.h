/* SPDX-License-Identifier: MIT
 * Signatures of tasks: what the checker, the docs and the call all read. Made once, then immutable; memory
 * belongs to the arena given to the parser. */
#ifndef TG_VALUE_SIG_H
#define TG_VALUE_SIG_H

#include "engine/value/type.h"

struct tg_sig_param {
    const char *name;
    struct tg_type type;
    bool has_default, rest; /* rest: takes any number of further arguments; the last one */
    tg_value default_value; /* if has_default */
};

struct tg_sig {
    const char *name;
    uint32_t count;    /* parameters, the rest one included */
    uint32_t required; /* leading ones without default (rest not counted) */
    bool rest;         /* the last parameter is a rest */
    bool effect;
    bool grows; /* may add tasks while it runs */
    bool slow;  /* takes a millisecond or more */
    bool now;   /* is evaluated where it is called if its arguments are known; none of the three above */
    struct tg_sig_param *params;
    struct tg_type result;
};

/* Parses a task's signature text (tgrun.h says the form). The error's message names the place in the text. */
bool tg_sig_parse(const char *text, const char *const *object_names, size_t object_count, struct tg_arena *arena,
                  struct tg_sig *out, struct tg_err *err);
/* "add(x: num, y: num) -> num". */
void tg_sig_print(struct tg_buf *b, const struct tg_sig *sig);
/* The parameter that argument i goes to: the rest parameter from there on; NULL if there are too many. */
static inline const struct tg_sig_param *tg_sig_param_of(const struct tg_sig *sig, size_t i)
{
    TG_ASSERT(!sig->rest || (sig->count && sig->params[sig->count - 1].rest));
    if (i < sig->count) return &sig->params[i];
    return sig->rest ? &sig->params[sig->count - 1] : NULL;
}

#endif
