/* SPDX-License-Identifier: MIT
 * Paths of files for a command that runs in another folder. */
#include "lang/eval/cmdfolder.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/path.h"
#include "engine/value/list.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

static tg_value absolute_file(tg_value take_v)
{
    const struct tg_str *path = tg_str_of(take_v);
    if (!path->length || path->data[0] == '/' || memchr(path->data, 0, path->length)) return take_v;
    char *absolute = tg_path_absolute(path->data);
    tg_value v = tg_str_make(TG_FILE, absolute, strlen(absolute));
    free(absolute);
    tg_value_unref(take_v);
    return v;
}

static tg_value absolute_list(tg_value take_v)
{
    const struct tg_list *list = tg_list_of(take_v);
    tg_value out = tg_list_make(list->count);
    for (size_t i = 0; i < list->count; i++) tg_list_add(out, tg_cmdfolder_value(tg_value_ref(list->items[i])));
    tg_value_unref(take_v);
    return out;
}

static tg_value absolute_record(tg_value take_v)
{
    const struct tg_record *r = tg_record_of(take_v);
    tg_value out = tg_record_make(r->count);
    for (size_t i = 0; i < r->count; i++)
        tg_record_put(out, tg_value_ref(r->fields[i].key), tg_cmdfolder_value(tg_value_ref(r->fields[i].value)));
    tg_value_unref(take_v);
    return out;
}

tg_value tg_cmdfolder_value(tg_value take_v)
{
    switch (tg_kind(take_v)) {
    case TG_FILE: return absolute_file(take_v);
    case TG_LIST: return absolute_list(take_v);
    case TG_RECORD: return absolute_record(take_v);
    default: return take_v;
    }
}

const char *const *tg_cmdfolder_program(const char *const *words, struct tg_arena *arena)
{
    size_t count = 0;
    if (!words || words[0][0] == '/' || !strchr(words[0], '/')) return words;
    while (words[count]) count++;
    const char **copy = tg_arena_alloc(arena, (count + 1) * sizeof *copy);
    memcpy(copy, words, (count + 1) * sizeof *copy);
    char *absolute = tg_path_absolute(words[0]);
    copy[0] = tg_arena_copy(arena, absolute, strlen(absolute));
    free(absolute);
    return copy;
}

char *tg_cmdfolder_find(char *program, const char *dir, struct tg_arena *arena)
{
    if (*program == '/' || !strchr(program, '/')) return program;
    char *inside = tg_alloc_format("%s/%s", dir, program), *absolute = NULL;
    if (access(inside, F_OK) != 0 && access(program, F_OK) == 0) absolute = tg_path_absolute(program);
    if (absolute) program = tg_arena_copy(arena, absolute, strlen(absolute));
    free(inside);
    free(absolute);
    return program;
}
