/* SPDX-License-Identifier: MIT
 * What is written otherwise in other languages and tools, and how it is written here. */
#include "lang/read/foreign.h"

#include <string.h>

#define HAS_NO_TYPE "a name is bound by 'name = value'; it has no type of its own"

static const struct tg_foreign foreign_words[] = {
    {"elif", "write 'else if'"},
    {"elseif", "write 'else if'"},
    {"elsif", "write 'else if'"},
    {"def", "a function is written 'fn name(x) { .. }'"},
    {"function", "a function is written 'fn name(x) { .. }'"},
    {"func", "a function is written 'fn name(x) { .. }'"},
    {"fun", "a function is written 'fn name(x) { .. }'"},
    {"lambda", "an anonymous function is written 'fn(x) = ..'"},
    {"let", "a name is bound by 'name = value'"},
    {"var", "a name is bound by 'name = value'"},
    {"const", "a name is bound by 'name = value'"},
    {"val", "a name is bound by 'name = value'"},
    {"local", "a name is bound by 'name = value'"},
    {"set", "a name is bound by 'name = value'"},
    {"int", HAS_NO_TYPE},
    {"float", HAS_NO_TYPE},
    {"str", HAS_NO_TYPE},
    {"string", HAS_NO_TYPE},
    {"foreach", "write 'for x in xs { .. }'"},
    {"until", "write 'while not (..) { .. }'"},
    {"do", "a block stands in braces: { .. }"},
    {"then", "a block stands in braces: { .. }"},
    {"switch", "write 'if .. { .. } else if .. { .. }'"},
    {"match", "write 'if .. { .. } else if .. { .. }'"},
    {"from", "write 'import \"file.tg\" as name', or 'use plugin'"},
    {"include", "write 'import \"file.tg\" as name', or 'use plugin'"},
    {"require", "write 'import \"file.tg\" as name', or 'use plugin'"},
    {"export", "what a run is for is written 'output name = ..'"},
    {"print", "write 'print(..)'"},
    {"echo", "write 'print(..)'"},
    {"finally", "it begins a line at the top level of a file: 'finally { .. }'"},
    {"defer", "what is done in any case stands in 'finally { .. }'"},
    {"class", "a record is written {name: value}"},
    {"struct", "a record is written {name: value}"},
    {"async", "a task's call gives a future at once; nothing has to wait"},
    {"await", "a future stands wherever its value could; nothing has to wait"},
    {"raise", "write 'assert condition, \"message\"'"},
    {"throw", "write 'assert condition, \"message\"'"},
    {"sequential", "statements one after the other stand in 'in_order { .. }'"},
    {"serial", "statements one after the other stand in 'in_order { .. }'"},
    {"ordered", "statements one after the other stand in 'in_order { .. }'"},
    {"parallel", "tasks that do not wait for each other run side by side; 'in_order { .. }' is the exception"},
    {"is", "to compare, write '=='"},
};

const struct tg_foreign *tg_foreign_word(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof foreign_words / sizeof *foreign_words; i++) {
        const struct tg_foreign *f = &foreign_words[i];
        if (strlen(f->word) == length && memcmp(f->word, text, length) == 0) return f;
    }
    return NULL;
}
