/* SPDX-License-Identifier: MIT
 * Fuzzes reading and printing of JSON (engine/value/json.c, print.c): what is read must print as JSON that reads back
 * as an equal value, and what is refused must come with a message. */
#include <stdlib.h>
#include <string.h>

#include "engine/value/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) abort();
}

static void check_value(tg_value v, int indent)
{
    struct tg_err err = {0};
    struct tg_buf text = {0};
    tg_value again;
    tg_value_json(&text, v, indent);
    require(tg_value_from_json(text.data, text.length, &again, &err));
    require(tg_value_equal(v, again));
    bool comparable;
    require(tg_value_compare(v, again, &comparable) == 0);
    text.length = 0;
    tg_value_print(&text, v);
    text.length = 0;
    tg_value_repr(&text, again, 20);
    require(text.length <= 23);
    tg_buf_done(&text);
    tg_value_unref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tg_err err = {0};
    tg_value v;
    if (tg_value_from_json((const char *)data, size, &v, &err)) {
        check_value(v, 0);
        check_value(v, 3);
        tg_value_unref(v);
    } else {
        require(err.code && err.message[0]);
    }
    tg_err_done(&err);
    return 0;
}
