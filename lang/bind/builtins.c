/* SPDX-License-Identifier: MIT
 * The table of built-in functions. */
#include "lang/bind/builtins.h"

#include <string.h>

#include "engine/base/assert.h"

#define KEYS(...)         \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }
#define ANY TG_BUILTIN_ANY

const struct tg_builtin tg_builtins[TG_BUILTIN_END] = {
    /* clang-format off */
    [TG_BUILTIN_ABS] = {.name = "abs", .min_args = 1, .max_args = 1, .core = "abs", .twin = "math.abs", .result = TG_KINDS_NUM,
        .doc = "The absolute value."},
    [TG_BUILTIN_AFTER] = {.name = "after", .min_args = 1, .max_args = ANY, .special = true,
        .doc = "x, but not before the other arguments are done."},
    [TG_BUILTIN_ALL] = {.name = "all", .min_args = 1, .max_args = 1, .keywords = KEYS("xs"),
        .result = TG_KIND_BIT(TG_BOOL), .doc = "True if no item of a list is false."},
    [TG_BUILTIN_ANY_OF] = {.name = "any", .min_args = 1, .max_args = 1, .keywords = KEYS("xs"),
        .result = TG_KIND_BIT(TG_BOOL), .doc = "True if an item of a list is true."},
    [TG_BUILTIN_AS_COMPLETED] = {.name = "as_completed", .min_args = 1, .max_args = 1, .keywords = KEYS("xs"),
        .makes_task = true, .makes_stream = true, .doc = "A stream of futures as they finish."},
    [TG_BUILTIN_ATTEMPT] = {.name = "attempt", .min_args = 1, .max_args = 1, .keywords = KEYS("x"), .special = true,
        .result = TG_KIND_BIT(TG_RECORD), .doc = "A record {ok, value, error}: x, or why it failed."},
    [TG_BUILTIN_BOOL] = {.name = "bool", .min_args = 1, .max_args = 1, .core = "bool", .result = TG_KIND_BIT(TG_BOOL),
        .doc = "The truth of a value."},
    [TG_BUILTIN_COUNT] = {.name = "count", .min_args = 1, .max_args = 1, .keywords = KEYS("s"), .makes_task = true,
        .result = TG_KIND_BIT(TG_INT), .doc = "How many futures a stream still has."},
    [TG_BUILTIN_ENUMERATE] = {.name = "enumerate", .min_args = 1, .max_args = 2, .keywords = KEYS("xs", "start"),
        .core = "enumerate", .structural = true, .result = TG_KIND_BIT(TG_LIST), .doc = "The items with their numbers."},
    [TG_BUILTIN_ENV] = {.name = "env", .min_args = 1, .max_args = 2, .keywords = KEYS("name", "default"),
        .outside = true, .doc = "An environment variable, or the default, or nil."},
    [TG_BUILTIN_EXISTS] = {.name = "exists", .min_args = 1, .max_args = 1, .keywords = KEYS("path"),
        .result = TG_KIND_BIT(TG_BOOL), .outside = true, .doc = "True if there is a file or folder of this path."},
    [TG_BUILTIN_FILE] = {.name = "file", .min_args = 1, .max_args = 1, .keywords = KEYS("path"), .core = "file",
        .result = TG_KIND_BIT(TG_FILE), .doc = "The file of this path."},
    [TG_BUILTIN_FILTER] = {.name = "filter", .min_args = 2, .max_args = 2, .keywords = KEYS("f", "xs"),
        .result = TG_KIND_BIT(TG_LIST), .calls = 1, .doc = "The items for which f gives true."},
    [TG_BUILTIN_FIRST] = {.name = "first", .min_args = 1, .max_args = 1, .keywords = KEYS("xs"), .makes_task = true,
        .doc = "The first of some futures to succeed; the others are given up."},
    [TG_BUILTIN_FLATTEN] = {.name = "flatten", .min_args = 1, .max_args = 1, .keywords = KEYS("xs"),
        .result = TG_KIND_BIT(TG_LIST), .doc = "The items of the lists in a list."},
    [TG_BUILTIN_FLOAT] = {.name = "float", .min_args = 1, .max_args = 1, .core = "float", .result = TG_KIND_BIT(TG_FLOAT),
        .doc = "A float of a number or text."},
    [TG_BUILTIN_FOLD] = {.name = "fold", .min_args = 3, .max_args = 3, .keywords = KEYS("f", "xs", "init"), .calls = 1,
        .doc = "f(f(f(init, x0), x1), x2)..."},
    [TG_BUILTIN_FORMAT] = {.name = "format", .min_args = 2, .max_args = 2, .keywords = KEYS("x", "spec"), .core = "format",
        .result = TG_KIND_BIT(TG_STR), .doc = "A number or text as Python's format() lays it out."},
    [TG_BUILTIN_FROM_JSON] = {.name = "from_json", .min_args = 1, .max_args = 1, .keywords = KEYS("text"),
        .doc = "The value that a JSON text is."},
    [TG_BUILTIN_GLOB] = {.name = "glob", .min_args = 1, .max_args = 2, .keywords = KEYS("pattern", "missing"),
        .result = TG_KIND_BIT(TG_LIST), .outside = true, .doc = "The files that match a pattern, sorted."},
    [TG_BUILTIN_GROUP_BY] = {.name = "group_by", .min_args = 2, .max_args = 2, .keywords = KEYS("xs", "key"),
        .result = TG_KIND_BIT(TG_RECORD), .calls = 2, .doc = "Lists of the items for which key gives the same text, by it."},
    [TG_BUILTIN_HERE] = {.name = "here", .min_args = 1, .max_args = 1, .keywords = KEYS("path"),
        .result = TG_KIND_BIT(TG_STR), .doc = "A path relative to the file in which the call stands."},
    [TG_BUILTIN_INT] = {.name = "int", .min_args = 1, .max_args = 1, .core = "int", .result = TG_KIND_BIT(TG_INT),
        .doc = "An int of a number or text."},
    [TG_BUILTIN_KEYS] = {.name = "keys", .min_args = 1, .max_args = 1, .core = "keys", .structural = true,
        .result = TG_KIND_BIT(TG_LIST), .doc = "The keys of a record."},
    [TG_BUILTIN_LEN] = {.name = "len", .min_args = 1, .max_args = 1, .core = "len", .structural = true,
        .result = TG_KIND_BIT(TG_INT), .doc = "How many items, characters or fields."},
    [TG_BUILTIN_MAP] = {.name = "map", .min_args = 2, .max_args = 2, .keywords = KEYS("f", "xs"),
        .result = TG_KIND_BIT(TG_LIST), .calls = 1, .doc = "f of each item."},
    [TG_BUILTIN_MAX] = {.name = "max", .min_args = 1, .max_args = ANY, .core = "max", .twin = "math.max",
        .doc = "The largest of a list or of the arguments."},
    [TG_BUILTIN_MIN] = {.name = "min", .min_args = 1, .max_args = ANY, .core = "min", .twin = "math.min",
        .doc = "The smallest of a list or of the arguments."},
    [TG_BUILTIN_NEXT] = {.name = "next", .min_args = 1, .max_args = 1, .keywords = KEYS("s"), .makes_task = true,
        .doc = "The next future of a stream."},
    [TG_BUILTIN_PRINT] = {.name = "print", .min_args = 0, .max_args = ANY, .makes_task = true, .effect = true,
        .result = TG_KIND_BIT(TG_NIL), .doc = "A task that writes its arguments to standard error."},
    [TG_BUILTIN_PUSH] = {.name = "push", .min_args = 2, .max_args = 2, .keywords = KEYS("s", "x"), .makes_task = true,
        .effect = true, .result = TG_KIND_BIT(TG_NIL), .doc = "Adds a future to a stream."},
    [TG_BUILTIN_RANGE] = {.name = "range", .min_args = 1, .max_args = 3, .keywords = KEYS("start", "stop", "step"),
        .core = "range", .result = TG_KIND_BIT(TG_LIST), .doc = "Ints from start to before stop."},
    [TG_BUILTIN_READ_JSON] = {.name = "read_json", .min_args = 1, .max_args = 1, .keywords = KEYS("path"),
        .outside = true, .doc = "The value in a JSON file."},
    [TG_BUILTIN_READ_JSONL] = {.name = "read_jsonl", .min_args = 1, .max_args = 1, .keywords = KEYS("path"),
        .result = TG_KIND_BIT(TG_LIST), .outside = true, .doc = "The values in a file with one of JSON in each line."},
    [TG_BUILTIN_READ_TABLE] = {.name = "read_table", .min_args = 1, .max_args = 4,
        .keywords = KEYS("path", "sep", "header", "types"), .result = TG_KIND_BIT(TG_LIST),
        .outside = true, .doc = "The rows of a table in a file, as records."},
    [TG_BUILTIN_REDUCE] = {.name = "reduce", .min_args = 2, .max_args = 4, .keywords = KEYS("f", "xs", "arity", "init"),
        .calls = 1, .doc = "A balanced tree of calls of f, which must be associative."},
    [TG_BUILTIN_REVERSED] = {.name = "reversed", .min_args = 1, .max_args = 1, .core = "reversed", .structural = true,
        .result = TG_KIND_BIT(TG_LIST), .doc = "The items from last to first."},
    [TG_BUILTIN_ROUND] = {.name = "round", .min_args = 1, .max_args = 2, .keywords = KEYS("x", "digits"), .core = "round",
        .result = TG_KINDS_NUM, .doc = "The nearest int, or float of so many digits."},
    [TG_BUILTIN_SIZE] = {.name = "size", .min_args = 1, .max_args = 1, .keywords = KEYS("f"),
        .result = TG_KIND_BIT(TG_INT), .outside = true, .doc = "The bytes of a file, or of all files of a list or folder."},
    [TG_BUILTIN_SORTED] = {.name = "sorted", .min_args = 1, .max_args = 3, .keywords = KEYS("xs", "reverse", "key"),
        .result = TG_KIND_BIT(TG_LIST), .calls = 3, .doc = "The items in order, or in that of key of each."},
    [TG_BUILTIN_STR] = {.name = "str", .min_args = 1, .max_args = 1, .core = "str", .result = TG_KIND_BIT(TG_STR),
        .doc = "The text of a value."},
    [TG_BUILTIN_SUM] = {.name = "sum", .min_args = 1, .max_args = 2, .keywords = KEYS("xs", "start"), .core = "sum",
        .twin = "math.sum", .yields = true, .result = TG_KINDS_NUM, .doc = "The sum of a list of numbers."},
    [TG_BUILTIN_TO_JSON] = {.name = "to_json", .min_args = 1, .max_args = 1, .keywords = KEYS("x"),
        .result = TG_KIND_BIT(TG_STR), .doc = "A value as a JSON text of one line."},
    [TG_BUILTIN_TRY] = {.name = "try", .min_args = 2, .max_args = 2, .keywords = KEYS("x", "default"), .special = true,
        .doc = "x, or the default where the task failed."},
    [TG_BUILTIN_UNIQUE] = {.name = "unique", .min_args = 1, .max_args = 1, .keywords = KEYS("xs"), .core = "unique",
        .result = TG_KIND_BIT(TG_LIST), .doc = "The items of a list, of equal ones the first."},
    [TG_BUILTIN_VALUES] = {.name = "values", .min_args = 1, .max_args = 1, .core = "values", .structural = true,
        .result = TG_KIND_BIT(TG_LIST), .doc = "The values of a record."},
    [TG_BUILTIN_ZIP] = {.name = "zip", .min_args = 1, .max_args = ANY, .core = "zip", .structural = true,
        .result = TG_KIND_BIT(TG_LIST), .doc = "Lists of the first items, the second items, ..."},
    [TG_BUILTIN_CALL] = {.name = "call", .max_args = ANY, .calls = 1, .doc = "What a future function gives."},
    [TG_BUILTIN_FILTER_REST] = {.name = "filter", .min_args = 2, .max_args = 2, .doc = "The items whose verdict is true."},
    [TG_BUILTIN_GROUP_BY_REST] = {.name = "group_by", .min_args = 2, .max_args = 2, .core = "grouped_by", .structural = true,
        .doc = "The items by their keys."},
    [TG_BUILTIN_SORTED_REST] = {.name = "sorted", .min_args = 3, .max_args = 3, .core = "sorted_by", .structural = true,
        .doc = "The items in the order of their keys."},
    /* clang-format on */
};

const struct tg_builtin *tg_builtins_find(const char *name, size_t length)
{
    for (size_t i = 0; i < TG_BUILTIN_NAMED; i++) {
        const struct tg_builtin *b = &tg_builtins[i];
        TG_ASSERT(b->name && b->min_args <= b->max_args); /* the table has a row for each number */
        if (strlen(b->name) == length && memcmp(b->name, name, length) == 0) return b;
    }
    return NULL;
}
