/* SPDX-License-Identifier: MIT
 * The table of task options. */
#include "lang/bind/options.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/limits.h"
#include "engine/graph/policy.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"
#include "engine/value/sig.h"
#include "lang/bind/option_hint.h"

#define TRUTH TG_KIND_BIT(TG_BOOL)
#define WHOLE TG_KIND_BIT(TG_INT)
#define WORDS TG_KIND_BIT(TG_LIST)
#define TEXT TG_KIND_BIT(TG_STR)
#define PLACE (TG_KIND_BIT(TG_STR) | TG_KIND_BIT(TG_FILE))
#define NAMED TG_KIND_BIT(TG_RECORD)
#define SIZE_MUST "a size, such as 4GiB"
#define DURATION_MUST "a duration, such as 10s"
#define TRUTH_MUST "true or false"
#define CORES_MUST "an int from 1 to 4096"
#define RETRIES_MUST "an int from 0 to 1000000"
_Static_assert(TG_MAX_WORKERS == 4096 && TG_RETRIES_MAX == 1000000, "as they are said");

#define LATE 1    /* at a definition it may depend on the task */
#define OUT 2     /* .. also on `out`, the places where its command writes its results */
#define COMMAND 4 /* means something to commands only */
#define FILES 8   /* .. to those that make files */

/* The known options: name, kinds of their values, what else these must be, what is said of a wrong one, what they concern. */
/* clang-format off */
static const struct option {
    const char *name;
    tg_kinds kinds;
    tg_option_check *check;
    const char *must; /* "must be ..." */
    unsigned flags;
} options[] = {
    {"after", TG_KINDS_ANY | TG_KIND_BIT(TG_FUTURE), tg_option_value_is_any, "", 0},
    {"allow_failure", TRUTH, tg_option_value_is_any, TRUTH_MUST, 0},
    {"backoff", TG_KINDS_NUM, tg_option_value_is_duration, DURATION_MUST, LATE},
    {"cache", TRUTH, tg_option_value_is_any, TRUTH_MUST, 0},
    {"container", TEXT, tg_option_value_is_image, "a str, the name of an image", LATE | COMMAND},
    {"cores", WHOLE, tg_option_value_is_cores, CORES_MUST, LATE},
    {"depfile", PLACE, tg_option_value_is_path, "a str, the path of a file that the command writes", LATE | OUT | COMMAND},
    {"dir", PLACE, tg_option_value_is_path, "a str, the path of a folder", LATE | COMMAND},
    {"env", NAMED, tg_option_value_is_settings, "a record of texts, such as {LANG: \"C\"}", LATE | COMMAND},
    {"inputs", PLACE | WORDS, tg_option_value_is_files, "a list of files, such as [\"tool.cfg\"]", LATE | COMMAND},
    {"label", TEXT, tg_option_value_is_any, "a str", 0},
    {"max_backoff", TG_KINDS_NUM, tg_option_value_is_duration, DURATION_MUST, LATE},
    {"memory", TG_KINDS_NUM, tg_option_value_is_size, SIZE_MUST, LATE},
    {"memory_enforce", TRUTH, tg_option_value_is_any, TRUTH_MUST, LATE},
    {"memory_factor", TG_KINDS_NUM, tg_option_value_is_factor, "a number, 1 or more", LATE},
    {"priority", WHOLE, tg_option_value_is_any, "an int", 0},
    {"protected", TRUTH, tg_option_value_is_any, TRUTH_MUST, COMMAND | FILES},
    {"resources", NAMED, tg_option_value_is_asked, "a record of ints, 0 or more, such as {gpu: 1}", LATE},
    {"retries", WHOLE, tg_option_value_is_retries, RETRIES_MUST, LATE},
    {"retry_on", WORDS, tg_option_value_is_failures, "a list of failures, such as [\"timeout\", \"signal\", 75]", LATE},
    {"scheduler", TEXT, tg_option_value_is_place, "\"processes\", \"threads\" or \"home\"", 0},
    {"shell", WORDS, tg_option_value_is_program, "a list of strs, such as [\"bash\", \"-c\"]", COMMAND},
    {"temp", TRUTH, tg_option_value_is_any, TRUTH_MUST, COMMAND | FILES},
    {"timeout", TG_KINDS_NUM, tg_option_value_is_duration, DURATION_MUST, LATE},
    {"volatile", TRUTH, tg_option_value_is_any, TRUTH_MUST, 0},
    {"wrap", WORDS, tg_option_value_is_wrapper, "a list of strs, such as [\"nice\", \"-n\", \"10\"]", LATE | COMMAND},
};
/* clang-format on */

const char *tg_options_name(size_t i)
{
    return i < TG_COUNT(options) ? options[i].name : NULL;
}

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

static bool has_flag(const char *name, unsigned flag)
{
    const struct option *o = find_option(name, strlen(name));
    return o && o->flags & flag;
}

bool tg_options_may_be_late(const char *name)
{
    return has_flag(name, LATE);
}

bool tg_options_knows_out(const char *name)
{
    return has_flag(name, OUT);
}

const char *tg_options_must(const char *name)
{
    const struct option *o = find_option(name, strlen(name));
    return o ? o->must : "";
}

bool tg_options_is_for_commands(const char *name)
{
    return has_flag(name, COMMAND);
}

bool tg_options_is_for_files(const char *name)
{
    return has_flag(name, FILES);
}

tg_kinds tg_options_kinds(const char *name)
{
    const struct option *o = find_option(name, strlen(name));
    return o ? o->kinds : TG_KINDS_ANY;
}

bool tg_options_check(const char *name, tg_value v, struct tg_misuse *m)
{
    const struct option *o = find_option(name, strlen(name));
    if (!o || (o->kinds & TG_KIND_BIT(tg_kind(v)) && o->check(v, m))) return true;
    if (!m->what.length) tg_buf_format(&m->what, "must be %s", o->must);
    if (!m->hint.length) tg_option_hint_value(o->name, o->kinds, v, &m->hint);
    return false;
}

tg_value tg_options_whole(const char *name, tg_value take_v)
{
    if (strcmp(name, "memory") != 0 || tg_kind(take_v) != TG_FLOAT) return take_v;
    double bytes = ceil(tg_as_float(take_v));
    return tg_int(bytes < (double)INT64_MAX ? (int64_t)bytes : INT64_MAX);
}

static const tg_value *find_set(tg_value record, const char *name)
{
    return tg_kind(record) == TG_RECORD ? tg_record_find(record, name, strlen(name)) : NULL;
}

bool tg_options_is_late(tg_value record, const char *name)
{
    const tg_value *v = find_set(record, name);
    return v && tg_kind(*v) == TG_FUNCTION;
}

/* One that depends on the task is none yet. */
static const tg_value *find_given(tg_value record, const char *name)
{
    return tg_options_is_late(record, name) ? NULL : find_set(record, name);
}

const char *const *tg_options_words(tg_value record, const char *name, struct tg_arena *arena)
{
    const tg_value *given = find_given(record, name);
    const struct tg_list *list = given ? tg_list_of(*given) : NULL;
    if (!list || !list->count) return NULL;
    const char **words = tg_arena_alloc(arena, (list->count + 1) * sizeof *words);
    for (size_t i = 0; i < list->count; i++) {
        const struct tg_str *word = tg_str_of(list->items[i]);
        words[i] = tg_arena_copy(arena, word->data, word->length);
    }
    words[list->count] = NULL;
    return words;
}

const char *tg_options_text(tg_value record, const char *name)
{
    const tg_value *given = find_given(record, name);
    return given && tg_str_of(*given)->length ? tg_str_of(*given)->data : NULL;
}

bool tg_options_truth(tg_value record, const char *name, bool otherwise)
{
    const tg_value *given = find_given(record, name);
    return given ? tg_as_bool(*given) : otherwise;
}

const struct tg_options_pair *tg_options_pair(size_t i)
{
    static const struct tg_options_pair pairs[] = {{"temp", "protected"}, {"volatile", "cache"}};
    return i < TG_COUNT(pairs) ? &pairs[i] : NULL;
}

const struct tg_options_pair *tg_options_clash(tg_value record)
{
    const struct tg_options_pair *pair;
    for (size_t i = 0; (pair = tg_options_pair(i)); i++)
        if (tg_options_truth(record, pair->one, false) && tg_options_truth(record, pair->other, false)) return pair;
    return NULL;
}

const char *const *tg_options_shell(tg_value record, struct tg_arena *arena)
{
    return tg_options_words(record, "shell", arena);
}

char **tg_options_settings(tg_value record, struct tg_arena *arena)
{
    const tg_value *given = find_given(record, "env");
    if (!given) return NULL;
    const struct tg_record *r = tg_record_of(*given);
    char **settings = tg_arena_alloc(arena, (r->count + 1) * sizeof *settings);
    for (size_t i = 0; i < r->count; i++) {
        struct tg_buf b = {0};
        tg_buf_text(&b, tg_str_of(r->fields[i].key)->data);
        if (tg_kind(r->fields[i].value) != TG_NIL) {
            tg_buf_char(&b, '=');
            tg_value_print(&b, r->fields[i].value);
        }
        settings[i] = tg_arena_copy(arena, tg_buf_str(&b), b.length);
        tg_buf_done(&b);
    }
    settings[r->count] = NULL;
    return settings;
}

struct measure_unit {
    const char *name;
    double of;
};

/* Of the largest unit in which it is a whole number; the last one is for others. */
static void print_measure(struct tg_buf *b, double x, const struct measure_unit *units, size_t count)
{
    size_t i = 0;
    while (i + 1 < count && (x < units[i].of || fmod(x, units[i].of) != 0)) i++;
    tg_buf_format(b, "%.15g%s", x / units[i].of, units[i].name);
}

static const struct measure_unit durations[] = {{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}},
                                 sizes[] = {{"TiB", 0x1p40}, {"GiB", 0x1p30}, {"MiB", 0x1p20}, {"KiB", 0x1p10}, {"B", 1}};

static void print_option_value(struct tg_buf *b, const char *must, tg_value v)
{
    const struct tg_function *late = tg_kind(v) == TG_FUNCTION ? (const struct tg_function *)v.p : NULL;
    if (late) tg_buf_text(b, late->shown ? late->shown : "..");
    else if (strcmp(must, DURATION_MUST) == 0) print_measure(b, tg_as_float(v), durations, TG_COUNT(durations));
    else if (strcmp(must, SIZE_MUST) == 0) print_measure(b, tg_as_float(v), sizes, TG_COUNT(sizes));
    else tg_value_repr(b, v, 0);
}

void tg_options_print(struct tg_buf *b, const char *name, tg_value v)
{
    const struct tg_record *r = tg_kind(v) == TG_RECORD ? tg_record_of(v) : NULL;
    tg_buf_format(b, r ? "%s = {" : "%s = ", name);
    if (!r) print_option_value(b, tg_options_must(name), v);
    for (size_t i = 0; r && i < r->count; i++) {
        tg_buf_format(b, "%s%s: ", i ? ", " : "", tg_str_of(r->fields[i].key)->data);
        print_option_value(b, "", r->fields[i].value);
    }
    if (r) tg_buf_char(b, '}');
}

tg_value tg_options_merge(tg_value under, tg_value over)
{
    const tg_value both[] = {under, over};
    tg_value out = tg_record_make(tg_record_of(under)->count + tg_record_of(over)->count);
    for (size_t k = 0; k < TG_COUNT(both); k++) {
        const struct tg_record *r = tg_record_of(both[k]);
        for (size_t i = 0; i < r->count; i++)
            tg_record_put(out, tg_value_ref(r->fields[i].key), tg_value_ref(r->fields[i].value));
    }
    return out;
}
