/* SPDX-License-Identifier: MIT
 * Equality, order and truth of values.
 *
 * Lists and records are walked with a stack of pairs on the heap, so that the depth of a value costs no C stack. Two
 * values with one body are equal at once, others of a type that travels if they are the same on the way. Ints and floats
 * compare by their exact value, never by rounding one to the kind of the other. */
#include "engine/value/value.h"

#include <string.h>

#include "engine/base/vec.h"
#include "engine/value/list.h"
#include "engine/value/object.h"
#include "engine/value/record.h"
#include "engine/value/str.h"

/* Two lists or two records that are being walked in step. */
struct pair {
    tg_value a, b;
    size_t next; /* the item or field to look at */
};
typedef TG_VEC(struct pair) pair_stack;

static bool is_number(tg_value v)
{
    return tg_kind(v) == TG_INT || tg_kind(v) == TG_FLOAT;
}

static bool is_str_like(tg_value v)
{
    return tg_kind(v) == TG_STR || tg_kind(v) == TG_FILE;
}

/* ---- single values ------------------------------------------------------------------------------- */

static int compare_floats(double a, double b, bool *comparable)
{
    if (a != a || b != b) *comparable = false;
    return (a > b) - (a < b);
}

static int compare_int_float(int64_t i, double f, bool *comparable)
{
    if (f != f) {
        *comparable = false;
        return 0;
    }
    if (f >= 0x1p63) return -1;
    if (f < -0x1p63) return 1;
    int64_t whole = (int64_t)f; /* towards zero */
    if (i != whole) return i < whole ? -1 : 1;
    double rest = f - (double)whole;
    return (rest < 0) - (rest > 0);
}

static int compare_numbers(tg_value a, tg_value b, bool *comparable)
{
    bool a_int = tg_kind(a) == TG_INT, b_int = tg_kind(b) == TG_INT;
    if (a_int && b_int) return (a.i > b.i) - (a.i < b.i);
    if (a_int) return compare_int_float(a.i, b.f, comparable);
    if (b_int) return -compare_int_float(b.i, a.f, comparable);
    return compare_floats(a.f, b.f, comparable);
}

static int compare_texts(const struct tg_str *a, const struct tg_str *b)
{
    int order = memcmp(a->data, b->data, a->length < b->length ? a->length : b->length);
    return order ? order : (a->length > b->length) - (a->length < b->length);
}

static bool same_text(const struct tg_str *a, const struct tg_str *b)
{
    return a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

/* Order of two values that are not both lists. */
static int compare_single(tg_value a, tg_value b, bool *comparable)
{
    if (is_number(a) && is_number(b)) return compare_numbers(a, b, comparable);
    if (is_str_like(a) && is_str_like(b)) return compare_texts(a.p, b.p);
    if (tg_kind(a) == TG_BYTES && tg_kind(b) == TG_BYTES) return compare_texts(a.p, b.p);
    if (tg_kind(a) == TG_BOOL && tg_kind(b) == TG_BOOL) return (int)a.bits - (int)b.bits;
    *comparable = false;
    return 0;
}

static bool equal_objects(tg_value a, tg_value b)
{
    const struct tg_object *x = tg_object_of(a), *y = tg_object_of(b);
    if (x == y) return true;
    if (x->type != y->type || tg_object_travel(x->type) == TG_TRAVEL_PINNED) return false;
    tg_value first = tg_object_pack(NULL, a), second = tg_object_pack(NULL, b);
    bool known = tg_kind(first) == TG_BYTES && tg_kind(second) == TG_BYTES;
    bool equal = known && same_text(first.p, second.p);
    tg_value_unref(first);
    tg_value_unref(second);
    return equal;
}

/* Equality of two values that are not both lists or both records. */
static bool equal_single(tg_value a, tg_value b)
{
    bool ordered = true;
    if (is_number(a) && is_number(b)) return compare_numbers(a, b, &ordered) == 0 && ordered;
    if (is_str_like(a) && is_str_like(b)) return same_text(a.p, b.p);
    if (tg_kind(a) != tg_kind(b)) return false;
    if (tg_kind(a) == TG_BYTES) return same_text(a.p, b.p);
    if (tg_kind(a) == TG_OBJECT) return equal_objects(a, b);
    return a.bits == b.bits || tg_kind(a) == TG_NIL; /* whatever a nil carries; others are the same if one body or task */
}

/* ---- deep equality ------------------------------------------------------------------------------- */

static size_t count_of(tg_value v)
{
    return tg_kind(v) == TG_LIST ? tg_list_of(v)->count : tg_record_of(v)->count;
}

/* Equality of a and b as far as it can be told here; what must be walked is pushed. */
static bool maybe_equal(pair_stack *stack, tg_value a, tg_value b)
{
    enum tg_kind kind = tg_kind(a);
    if (kind != tg_kind(b) || (kind != TG_LIST && kind != TG_RECORD)) return equal_single(a, b);
    if (a.p == b.p) return true;
    if (count_of(a) != count_of(b)) return false;
    if (count_of(a)) tg_vec_push(stack, ((struct pair){a, b, 0}));
    return true;
}

/* Looks at the next item of the topmost pair, which has one. */
static bool next_equal(pair_stack *stack)
{
    struct pair *top = &stack->items[stack->count - 1];
    size_t i = top->next++;
    TG_ASSERT(i < count_of(top->a) && count_of(top->a) == count_of(top->b));
    if (tg_kind(top->a) == TG_LIST) return maybe_equal(stack, tg_list_of(top->a)->items[i], tg_list_of(top->b)->items[i]);
    const struct tg_field *f = &tg_record_of(top->a)->fields[i];
    const struct tg_str *key = tg_str_of(f->key);
    const tg_value *other = tg_record_find(top->b, key->data, key->length);
    return other && maybe_equal(stack, f->value, *other);
}

bool tg_value_equal(tg_value a, tg_value b)
{
    pair_stack stack = {0};
    bool equal = maybe_equal(&stack, a, b);
    while (equal && stack.count) {
        const struct pair *top = &stack.items[stack.count - 1];
        if (top->next == count_of(top->a)) stack.count--;
        else equal = next_equal(&stack);
    }
    tg_vec_done(&stack);
    return equal;
}

/* ---- deep order ---------------------------------------------------------------------------------- */

static int compare_or_push(pair_stack *stack, tg_value a, tg_value b, bool *comparable)
{
    if (tg_kind(a) != TG_LIST || tg_kind(b) != TG_LIST) return compare_single(a, b, comparable);
    if (a.p != b.p) tg_vec_push(stack, ((struct pair){a, b, 0}));
    return 0;
}

/* One step of the topmost pair: its next items, or its end. */
static int compare_step(pair_stack *stack, bool *comparable)
{
    struct pair *top = &stack->items[stack->count - 1];
    const struct tg_list *a = tg_list_of(top->a), *b = tg_list_of(top->b);
    size_t i = top->next++;
    if (i == a->count || i == b->count) {
        stack->count--;
        return (a->count > b->count) - (a->count < b->count);
    }
    int order = compare_or_push(stack, a->items[i], b->items[i], comparable);
    /* items without an order, such as two nils, may still be equal */
    if (!*comparable && tg_value_equal(a->items[i], b->items[i])) *comparable = true;
    return order;
}

int tg_value_compare(tg_value a, tg_value b, bool *comparable)
{
    pair_stack stack = {0};
    *comparable = true;
    int order = compare_or_push(&stack, a, b, comparable);
    while (order == 0 && *comparable && stack.count) order = compare_step(&stack, comparable);
    tg_vec_done(&stack);
    return *comparable ? order : 0;
}

/* ---- truth --------------------------------------------------------------------------------------- */

bool tg_value_truth(tg_value v)
{
    switch (tg_kind(v)) {
    case TG_NIL: return false;
    case TG_BOOL:
    case TG_INT: return v.bits != 0;
    case TG_FLOAT: return v.f != 0;
    case TG_STR:
    case TG_BYTES:
    case TG_FILE: return tg_str_of(v)->length != 0;
    case TG_LIST:
    case TG_RECORD: return count_of(v) != 0;
    default: return true;
    }
}
