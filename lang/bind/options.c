/* SPDX-License-Identifier: MIT
 * The table of task options. */
#include "lang/bind/options.h"

#include <string.h>

#include "engine/base/near.h"
#include "engine/value/sig.h"

/* The known options: name, kinds of their values, and what is said of a wrong one. */
static const struct option {
    const char *name;
    tg_kinds kinds;
    const char *must; /* "must be ..." */
    bool not_negative;
} options[] = {
    {"after", TG_KINDS_ANY | TG_KIND_BIT(TG_FUTURE), "", false},
    {"allow_failure", TG_KIND_BIT(TG_BOOL), "true or false", false},
    {"backoff", TG_KINDS_NUM, "a duration, such as 10s", true},
    {"cache", TG_KIND_BIT(TG_BOOL), "true or false", false},
    {"cores", TG_KINDS_NUM, "a number of cores", true},
    {"label", TG_KIND_BIT(TG_STR), "a str", false},
    {"memory", TG_KIND_BIT(TG_INT), "a size, such as 4GiB", true},
    {"priority", TG_KIND_BIT(TG_INT), "an int", false},
    {"retries", TG_KIND_BIT(TG_INT), "an int, 0 or more", true},
    {"timeout", TG_KINDS_NUM, "a duration, such as 10s", true},
};

static const struct option *find_option(const char *name, size_t length)
{
    for (size_t i = 0; i < TG_COUNT(options); i++)
        if (strlen(options[i].name) == length && memcmp(options[i].name, name, length) == 0) return &options[i];
    return NULL;
}

bool tg_options_known(const char *name, size_t length)
{
    return find_option(name, length) != NULL;
}

void tg_options_hint(struct tg_diags *d, struct tg_diag *diag, const char *name, size_t length)
{
    struct tg_near near = tg_near_begin(name, length);
    for (size_t i = 0; i < TG_COUNT(options); i++) tg_near_offer(&near, options[i].name, strlen(options[i].name));
    if (near.best) tg_diag_hint(d, diag, "did you mean '%s'?", near.best);
}

const char *tg_options_problem(const char *name, tg_value v)
{
    const struct option *o = find_option(name, strlen(name));
    if (!o) return NULL;
    if (!(o->kinds & TG_KIND_BIT(tg_kind(v)))) return o->must;
    if (o->not_negative && tg_as_float(v) < 0) return o->must;
    return NULL;
}
