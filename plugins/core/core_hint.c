/* SPDX-License-Identifier: MIT
 * What to write in place of a field that a value does not have, mostly methods of other languages, and of a sum or `%`
 * that cannot be computed. "" where there is nothing to say. */
#include <string.h>

#include "plugins/core/core.h"

const char core_hint_missing[] = "where it may be missing: try(r.name, default), or if \"name\" in r { .. }";

#define BIT(kind) (1u << (kind))
#define TEXTS (BIT(TG_STR) | BIT(TG_FILE))
#define SIZED (TEXTS | BIT(TG_BYTES) | BIT(TG_LIST) | BIT(TG_RECORD))
#define NUMBERS (BIT(TG_INT) | BIT(TG_FLOAT))
#define MANY (BIT(TG_LIST) | BIT(TG_RECORD))

#define NO_METHODS(instead) "values have no methods: write " instead
#define OF_TEXT(call) NO_METHODS(call ", with 'use text'")

/* The first row that fits counts. */
static const struct habit {
    unsigned kinds;
    const char *names; /* between blanks */
    const char *hint;
} habits[] = {
    {BIT(TG_FILE), " basename filename ", "write x.name"},
    {BIT(TG_FILE), " dirname parent folder directory ", "write x.dir"},
    {BIT(TG_FILE), " suffix extension ", "write x.ext"},
    {TEXTS, " exists is_file isfile ", NO_METHODS("exists(x)")},
    {BIT(TG_FILE), " read read_text readlines open content contents ", OF_TEXT("read(x)")},
    {SIZED, " length len size count __len__ ", NO_METHODS("len(x)")},
    {TEXTS | NUMBERS | BIT(TG_BOOL) | MANY, " to_string toString tostring str string to_s ", NO_METHODS("str(x)")},
    {TEXTS, " upper toUpperCase upcase to_upper ", OF_TEXT("upper(x)")},
    {TEXTS, " lower toLowerCase downcase to_lower casefold ", OF_TEXT("lower(x)")},
    {TEXTS, " strip trim lstrip rstrip chomp ", OF_TEXT("strip(x)")},
    {TEXTS, " split ", OF_TEXT("split(x, \",\")")},
    {TEXTS, " lines splitlines ", OF_TEXT("lines(x)")},
    {TEXTS, " replace replaceAll sub gsub ", OF_TEXT("replace(x, \"old\", \"new\")")},
    {TEXTS, " startswith startsWith starts_with hasPrefix ", OF_TEXT("starts_with(x, \"part\")")},
    {TEXTS, " endswith endsWith ends_with hasSuffix ", OF_TEXT("ends_with(x, \"part\")")},
    {TEXTS, " contains includes find indexOf index ", NO_METHODS("\"part\" in x")},
    {TEXTS, " match test search ", OF_TEXT("match(x, \"pattern\")")},
    {TEXTS, " findall find_all finditer matchAll scan ", OF_TEXT("find_all(x, \"pattern\")")},
    {TEXTS, " substitute re_sub ", OF_TEXT("substitute(x, \"pattern\", \"new\")")},
    {TEXTS, " join ", OF_TEXT("join(items, x)")},
    {TEXTS, " format ", "values stand in the text itself: \"..${x}..\""},
    {BIT(TG_LIST), " append push add push_back concat extend insert ", "lists do not change: write xs += [x]"},
    {BIT(TG_LIST), " join ", OF_TEXT("join(xs, \",\")")},
    {BIT(TG_LIST), " map each forEach collect ", NO_METHODS("[f(x) for x in xs], or map(f, xs)")},
    {BIT(TG_LIST), " filter select where ", NO_METHODS("[x for x in xs if ..], or filter(f, xs)")},
    {BIT(TG_LIST), " reduce ", NO_METHODS("reduce(f, xs)")},
    {BIT(TG_LIST), " sort sorted sort_by ", NO_METHODS("sorted(xs), or sorted(xs, key = f)")},
    {BIT(TG_LIST), " reverse reversed ", NO_METHODS("reversed(xs)")},
    {BIT(TG_LIST), " first head ", "write xs[0]"},
    {BIT(TG_LIST), " last tail pop ", "write xs[-1], and xs[:-1] for the rest"},
    {BIT(TG_LIST), " any some ", NO_METHODS("any(xs)")},
    {BIT(TG_LIST), " all every ", NO_METHODS("all(xs)")},
    {BIT(TG_LIST), " unique uniq distinct ", NO_METHODS("unique(xs)")},
    {BIT(TG_LIST), " group_by groupby groupBy ", NO_METHODS("group_by(xs, key)")},
    {BIT(TG_LIST), " sum ", NO_METHODS("sum(xs)")},
    {BIT(TG_LIST), " max ", NO_METHODS("max(xs)")},
    {BIT(TG_LIST), " min ", NO_METHODS("min(xs)")},
    {BIT(TG_LIST), " flatten ", NO_METHODS("flatten(xs)")},
    {MANY, " contains includes has has_key index indexOf find ", NO_METHODS("x in xs")},
    {BIT(TG_RECORD), " keys ", NO_METHODS("keys(r)")},
    {BIT(TG_RECORD), " values ", NO_METHODS("values(r)")},
    {BIT(TG_RECORD), " items entries each forEach ", NO_METHODS("for key, value in r { .. }, or {\"${k}\": v for k, v in r}")},
    {BIT(TG_RECORD), " update merge extend assign ", "records do not change: write r += {..}, or r1 + r2"},
    {BIT(TG_RECORD), " get ", NO_METHODS("if key in r { r[key] } else { .. }")},
    {SIZED | NUMBERS | BIT(TG_BOOL) | BIT(TG_NIL), " compute persist ",
     "a result stands wherever its value could; what a run is for is written 'output name = x'"},
    {NUMBERS, " round toFixed ", NO_METHODS("round(x, 2), or format(x, \".2f\")")},
    {NUMBERS, " abs ", NO_METHODS("abs(x)")},
};

static bool has_records(tg_value v)
{
    size_t count;
    if (tg_kind(v) != TG_LIST) return false;
    const tg_value *items = tg_list_items(v, &count);
    return count > 0 && BIT(tg_kind(items[0])) & (BIT(TG_RECORD) | BIT(TG_FILE));
}

const char *core_hint_field(tg_value v, const char *name)
{
    char wanted[32];
    size_t length = strlen(name);
    if (length + 3 > sizeof wanted || strchr(name, ' ')) return "";
    wanted[0] = ' ';
    memcpy(wanted + 1, name, length);
    memcpy(wanted + 1 + length, " ", 2);
    for (size_t i = 0; i < sizeof habits / sizeof *habits; i++)
        if (habits[i].kinds & BIT(tg_kind(v)) && strstr(habits[i].names, wanted)) return habits[i].hint;
    return tg_kind(v) == TG_RECORD ? core_hint_missing
           : has_records(v)        ? "of each item that is [x.name for x in xs]"
           : tg_kind(v) == TG_NIL  ? "what may be nil is looked at first: if x != nil { .. }"
                                   : "";
}

static const char *hint_add(tg_value a, tg_value b)
{
    unsigned x = BIT(tg_kind(a)), y = BIT(tg_kind(b));
    if ((x & TEXTS && y & NUMBERS) || (y & TEXTS && x & NUMBERS)) return "write str(x), or \"${x}\" inside a text.";
    if (x & BIT(TG_LIST)) return "a list is joined with a list: xs + [x]";
    return y & BIT(TG_LIST) ? "a list is joined with a list: [x] + xs" : "";
}

const char *core_hint_operator(const char *op, tg_value a, tg_value b)
{
    if (*op == '+') return hint_add(a, b);
    return *op == '%' && tg_kind(a) == TG_STR ? "values stand in the text itself: \"..${x}..\", or \"${format(x, \".2f\")}\""
                                              : "";
}
