/* SPDX-License-Identifier: MIT
 * Variables of the shell in the text of an `sh`. */
#include "engine/command/shellvars.h"

#include <string.h>

#include "engine/base/ascii.h"

/* Builtins and keywords whose words may be names of variables that they set. */
static const char setters[] = " for select foreach read local declare typeset export readonly integer float mapfile readarray "
                              "getopts let printf function ";

static bool ends_command(char c)
{
    return c == '\n' || c == ';' || c == '|' || c == '&' || c == '(' || c == ')' || c == '`';
}

/* Is the command in which `at` stands one of `setters`, perhaps behind `while`, `do` and the like? */
static bool stands_behind_setter(const char *text, size_t at)
{
    size_t from = at;
    while (from > 0 && !ends_command(text[from - 1])) from--;
    for (size_t word = from; word < at;) {
        size_t length = 0;
        while (word + length < at && !strchr(" \t", text[word + length])) length++;
        char wanted[16];
        if (length && length + 3 <= sizeof wanted) {
            wanted[0] = ' ';
            memcpy(wanted + 1, text + word, length);
            memcpy(wanted + 1 + length, " ", 2);
            if (strstr(setters, wanted)) return true;
        }
        word += length + 1;
    }
    return from >= 2 && text[from - 1] == '(' && text[from - 2] == '('; /* ((i = 1)), for ((i = 0; ..)) begins so, too */
}

static bool is_set_at(const char *text, size_t length, size_t at, size_t end)
{
    if (at > 0 && (tg_ascii_is_name_byte(text[at - 1]) || strchr("$.-/", text[at - 1]))) return false;
    if (at > 1 && text[at - 1] == '{' && text[at - 2] == '$')
        return end < length && strchr(":=", text[end]) != NULL; /* ${x:=1} */
    if (end < length && (text[end] == '=' || text[end] == '[')) return true;
    if (end + 1 < length && text[end] == '+' && (text[end + 1] == '=' || text[end + 1] == '+')) return true;
    return stands_behind_setter(text, at);
}

bool tg_shellvars_sets(const char *text, size_t length, const char *name)
{
    size_t bytes = strlen(name);
    for (size_t at = 0; at + bytes <= length; at++) {
        const char *found = memmem(text + at, length - at, name, bytes);
        if (!found) return false;
        at = (size_t)(found - text);
        bool whole = at + bytes == length || !tg_ascii_is_name_byte(text[at + bytes]);
        if (whole && is_set_at(text, length, at, at + bytes)) return true;
    }
    return false;
}

size_t tg_shellvars_next(const char *text, size_t length, size_t at, size_t *name, size_t *end)
{
    for (; at + 1 < length; at++) {
        if (text[at] == '\\') at++;
        else if (text[at] == '$') {
            *name = at + 1 + (text[at + 1] == '{');
            *end = *name + tg_ascii_name(text + *name, length - *name);
            if (*end > *name) return at;
        }
    }
    return length;
}
