/* SPDX-License-Identifier: MIT
 * Fuzzes the readers of signatures and type terms (engine/value/sig.c, type.c): what is read must print as a text that
 * reads back and prints the same, and what is refused must come with a message. */
#include <stdlib.h>
#include <string.h>

#include "engine/value/sig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const objects[] = {"array"};

static void require(bool condition)
{
    if (!condition) abort();
}

static void check_sig(const char *source, struct tg_arena *arena)
{
    struct tg_err err = {0};
    struct tg_buf first = {0}, second = {0};
    struct tg_sig sig;
    if (tg_sig_parse(source, objects, 1, arena, &sig, &err)) {
        tg_sig_print(&first, &sig);
        require(tg_sig_parse(first.data, objects, 1, arena, &sig, &err));
        tg_sig_print(&second, &sig);
        require(strcmp(first.data, second.data) == 0);
    } else {
        require(err.code && err.message[0]);
    }
    tg_buf_done(&first);
    tg_buf_done(&second);
    tg_err_done(&err);
}

static void check_type(const char *source, size_t length, struct tg_arena *arena)
{
    struct tg_err err = {0};
    struct tg_buf first = {0}, second = {0};
    struct tg_type type;
    if (tg_type_parse(source, length, objects, 1, arena, &type, &err)) {
        tg_type_print(&first, &type);
        require(tg_type_may_accept(&type, &type));
        require(tg_type_parse(first.data, first.length, objects, 1, arena, &type, &err));
        tg_type_print(&second, &type);
        require(strcmp(first.data, second.data) == 0);
    } else {
        require(err.code && err.message[0]);
    }
    tg_buf_done(&first);
    tg_buf_done(&second);
    tg_err_done(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tg_arena arena = {0};
    char *source = tg_alloc_copy((const char *)data, size);
    check_sig(source, &arena);
    check_type(source, size, &arena);
    free(source);
    tg_arena_done(&arena);
    return 0;
}
