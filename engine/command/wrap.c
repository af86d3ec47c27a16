/* SPDX-License-Identifier: MIT
 * What is started in place of a program. */
#include "engine/command/wrap.h"

#include <string.h>

#include "engine/base/alloc.h"

static size_t count_words(const char *const *words)
{
    size_t count = 0;
    while (words && words[count]) count++;
    return count;
}

char **tg_wrap_words(const struct tg_command *command, char *const *argv)
{
    size_t before = count_words(command->wrap), own = count_words((const char *const *)argv);
    if (!before) return NULL;
    char **words = tg_alloc((before + own + 1) * sizeof *words);
    memcpy(words, command->wrap, before * sizeof *words);
    memcpy(words + before, argv, (own + 1) * sizeof *words);
    return words;
}
