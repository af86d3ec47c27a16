/* SPDX-License-Identifier: MIT
 * Names of resources. */
#include "engine/graph/resource.h"

#include "engine/base/ascii.h"

bool tg_resource_is_name(const char *text, size_t length)
{
    bool fine = length && length < TG_RESOURCE_NAME_MAX && tg_ascii_is_name_byte(text[0]) && !tg_ascii_is_digit(text[0]);
    for (size_t i = 0; i < length && fine; i++) fine = tg_ascii_is_name_byte(text[i]) || text[i] == '-' || text[i] == '.';
    return fine;
}

char tg_resource_letter(char c)
{
    return !tg_ascii_is_name_byte(c) ? '_' : tg_ascii_is_letter(c) ? (char)(c & ~0x20) : c;
}

bool tg_resource_is_same(const char *a, const char *b)
{
    while (*a && tg_resource_letter(*a) == tg_resource_letter(*b)) a++, b++;
    return *a == *b;
}
