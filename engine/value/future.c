/* SPDX-License-Identifier: MIT
 * Walks to the futures inside a value: only into what its marks say has some. */
#include "engine/value/future.h"

#include "engine/value/list.h"
#include "engine/value/record.h"

void tg_future_each(tg_value v, tg_future_fn visit, void *data)
{
    if (!tg_future_in(v)) return;
    if (tg_kind(v) == TG_FUTURE) {
        visit(data, (uint32_t)v.bits);
    } else if (tg_kind(v) == TG_LIST) {
        const struct tg_list *list = tg_list_of(v);
        for (size_t i = 0; i < list->count; i++) tg_future_each(list->items[i], visit, data);
    } else {
        const struct tg_record *record = tg_record_of(v);
        for (size_t i = 0; i < record->count; i++) tg_future_each(record->fields[i].value, visit, data);
    }
}

static void count_one(void *count, uint32_t task)
{
    (void)task;
    ++*(size_t *)count;
}

size_t tg_future_count(tg_value v)
{
    size_t count = 0;
    tg_future_each(v, count_one, &count);
    return count;
}

struct visitor {
    tg_future_fn visit;
    void *data;
};

static void visit_held(void *visitor, tg_value v)
{
    const struct visitor *to = visitor;
    tg_future_held(v, to->visit, to->data);
}

void tg_future_held(tg_value v, tg_future_fn visit, void *data)
{
    if (!tg_value_marks(v)) return;
    if (tg_kind(v) == TG_FUTURE) {
        visit(data, (uint32_t)v.bits);
    } else if (tg_kind(v) == TG_LIST) {
        const struct tg_list *list = tg_list_of(v);
        for (size_t i = 0; i < list->count; i++) tg_future_held(list->items[i], visit, data);
    } else if (tg_kind(v) == TG_RECORD) {
        const struct tg_record *record = tg_record_of(v);
        for (size_t i = 0; i < record->count; i++) tg_future_held(record->fields[i].value, visit, data);
    } else {
        TG_ASSERT(tg_kind(v) == TG_FUNCTION);
        const struct tg_function *f = v.p;
        struct visitor to = {visit, data};
        if (f->held) f->held(f, visit_held, &to);
    }
}
