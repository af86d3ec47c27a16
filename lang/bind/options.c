/* SPDX-License-Identifier: MIT
 * The table of task options. */
#include "lang/bind/options.h"

#include <string.h>

#include "engine/base/near.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"
#include "engine/value/sig.h"

#define SHELL_MUST "a list of strs, such as [\"bash\", \"-c\"]"

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
    {"shell", TG_KIND_BIT(TG_LIST), SHELL_MUST, false},
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

static bool are_words(const struct tg_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (tg_kind(list->items[i]) != TG_STR) return false;
        const struct tg_str *word = tg_str_of(list->items[i]);
        if (memchr(word->data, 0, word->length) || (i == 0 && word->length == 0)) return false;
    }
    return list->count > 0;
}

const char *tg_options_problem(const char *name, tg_value v)
{
    const struct option *o = find_option(name, strlen(name));
    if (!o) return NULL;
    if (!(o->kinds & TG_KIND_BIT(tg_kind(v)))) return o->must;
    if (o->kinds == TG_KIND_BIT(TG_LIST) && !are_words(tg_list_of(v))) return o->must;
    if (o->not_negative && tg_as_float(v) < 0) return o->must;
    return NULL;
}

const char *const *tg_options_shell(tg_value record, struct tg_arena *arena)
{
    const tg_value *given = tg_kind(record) == TG_RECORD ? tg_record_find(record, "shell", strlen("shell")) : NULL;
    if (!given) return NULL;
    const struct tg_list *list = tg_list_of(*given);
    const char **words = tg_arena_alloc(arena, (list->count + 1) * sizeof *words);
    for (size_t i = 0; i < list->count; i++) {
        const struct tg_str *word = tg_str_of(list->items[i]);
        words[i] = tg_arena_copy(arena, word->data, word->length);
    }
    words[list->count] = NULL;
    return words;
}
