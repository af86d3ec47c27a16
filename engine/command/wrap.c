/* SPDX-License-Identifier: MIT
 * What is started in place of a program: the words of `wrap`, then those that make a container, then its own. */
#include "engine/command/wrap.h"

#include <stdlib.h>

#include "engine/base/alloc.h"
#include "engine/command/container.h"

char **tg_wrap_words(const struct tg_command *command, const struct tg_step *step, size_t number, char *const *argv)
{
    tg_container_words words = {0};
    if (!command->wrap && !command->container) return NULL;
    for (const char *const *word = command->wrap; word && *word; word++) tg_vec_push(&words, tg_alloc_text(*word));
    if (command->container) tg_container_add(command, step, number, &words);
    for (; argv && *argv; argv++) tg_vec_push(&words, tg_alloc_text(*argv));
    tg_vec_push(&words, NULL);
    return words.items;
}

void tg_wrap_free(char **words)
{
    for (char **word = words; word && *word; word++) free(*word);
    free(words);
}
