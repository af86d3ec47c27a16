/* SPDX-License-Identifier: MIT
 * Type terms: reading, printing, and which value or type goes into which. */
#include "engine/value/type.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "engine/base/near.h"
#include "engine/value/list.h"
#include "engine/value/object.h"
#include "engine/value/sigtext.h"
#include "engine/value/str.h"

#define BIT(kind) TG_KIND_BIT(TG_##kind)

const struct tg_type tg_type_any = {TG_KINDS_ANY, TG_KINDS_ANY, NULL, NULL, false, false};

static const struct term {
    const char *name;
    tg_kinds kinds, accepts;
    bool secret; /* in workflows only: plugins take any str */
} terms[] = {
    {"any", TG_KINDS_ANY, TG_KINDS_ANY, false},
    {"num", TG_KINDS_NUM, TG_KINDS_NUM, false},
    {"int", BIT(INT), BIT(INT), false},
    {"float", BIT(FLOAT), TG_KINDS_NUM, false},
    {"bool", BIT(BOOL), BIT(BOOL), false},
    {"str", BIT(STR), BIT(STR), false},
    {"bytes", BIT(BYTES), BIT(BYTES), false},
    {"file", BIT(FILE), BIT(FILE) | BIT(STR), false},
    {"list", BIT(LIST), BIT(LIST), false},
    {"record", BIT(RECORD), BIT(RECORD), false},
    {"function", BIT(FUNCTION), BIT(FUNCTION), false},
    {"nil", BIT(NIL), BIT(NIL), false},
    {"secret", BIT(STR), BIT(STR), true},
};

const char *tg_type_name(size_t i)
{
    return i < TG_COUNT(terms) ? terms[i].name : NULL;
}

/* What other languages call them, and what is said of it. */
static const struct foreign_type {
    const char *names; /* between blanks */
    const char *hint;
} foreign_types[] = {
    {" string String text Text char varchar nvarchar ", "a text is a 'str'"},
    {" integer Integer Int long Long short uint unsigned int32 int64 uint32 uint64 i32 i64 u32 u64 size_t ",
     "a whole number is an 'int'"},
    {" double Double real f32 f64 float32 float64 decimal Decimal ", "it is called 'float'"},
    {" number Number numeric ", "it is called 'num': an int or a float"},
    {" boolean Boolean ", "it is called 'bool'"},
    {" dict Dict dictionary map Map mapping hash object Object struct table ", "values by name are a 'record'"},
    {" array Array vector Vector List tuple Tuple set sequence Sequence slice ",
     "it is called 'list', or list[T] with T for the items"},
    {" path Path filepath filename directory folder dir ", "a path is a 'file'"},
    {" None none null void Void unit undefined ", "it is called 'nil'"},
    {" duration timedelta seconds time ", "a duration such as 10s is a 'float' of seconds"},
    {" size ", "a size such as 4MiB is an 'int' of bytes"},
    {" Optional Maybe Option optional ", "T or nil is written 'T?', such as int?"},
    {" Union union Literal enum Enum choice ", "a choice is written: param x: str in [\"a\", \"b\"]"},
    {" Any auto var dynamic json JSON ", "anything is 'any'"},
    {" blob binary buffer bytearray byte ", "it is called 'bytes'"},
    {" callable Callable fn func lambda ", "it is called 'function'"},
};

static const char *foreign_hint(const char *name)
{
    char wanted[24];
    int length = snprintf(wanted, sizeof wanted, " %s ", name);
    if ((size_t)length >= sizeof wanted) return NULL;
    for (size_t i = 0; i < TG_COUNT(foreign_types); i++)
        if (strstr(foreign_types[i].names, wanted)) return foreign_types[i].hint;
    return NULL;
}

/* ---- reading ------------------------------------------------------------------------------------- */

static bool has_term(const struct tg_sigtext *t, size_t i)
{
    return t->secrets || !terms[i].secret;
}

static bool unknown_type(const struct tg_sigtext *t, size_t at, const char *name)
{
    size_t length = strlen(name);
    if (length == t->length) tg_err_set(t->err, t->code, "unknown type '%s'", name);
    else tg_sigtext_fail(t, at, "unknown type '%s'", name);
    struct tg_near near = tg_near_begin(name, length);
    for (size_t i = 0; i < TG_COUNT(terms); i++)
        if (has_term(t, i)) tg_near_offer(&near, terms[i].name, strlen(terms[i].name));
    for (size_t i = 0; i < t->object_count; i++) tg_near_offer(&near, t->object_names[i], strlen(t->object_names[i]));
    const char *hint = foreign_hint(name);
    if (hint) tg_err_hint(t->err, "%s", hint);
    else if (near.best) tg_err_hint(t->err, "did you mean '%.*s'?", (int)near.best_length, near.best);
    return false;
}

/* A type by its name alone; false if there is none. */
static bool find_type(const struct tg_sigtext *t, const char *name, struct tg_type *out)
{
    for (size_t i = 0; i < TG_COUNT(terms); i++) {
        if (*name != *terms[i].name || strcmp(name, terms[i].name) != 0 || !has_term(t, i)) continue;
        *out = (struct tg_type){terms[i].kinds, terms[i].accepts, NULL, NULL, terms[i].secret, false};
        return true;
    }
    for (size_t i = 0; i < t->object_count; i++) {
        if (strcmp(name, t->object_names[i]) != 0) continue;
        *out = (struct tg_type){BIT(OBJECT), BIT(OBJECT), NULL, name, false, false};
        return true;
    }
    return false;
}

static bool read_type(struct tg_sigtext *t, int depth, struct tg_type *out);

/* The T] of list[T]. A list of anything needs no item type. */
static bool read_item(struct tg_sigtext *t, int depth, struct tg_type *list)
{
    struct tg_type item;
    if (depth >= TG_MAX_TYPE_NESTING) return tg_sigtext_fail(t, t->at, "type nested too deeply");
    if (!read_type(t, depth + 1, &item)) return false;
    if (!tg_sigtext_take(t, "]")) return tg_sigtext_expected(t, "']'");
    if (item.kinds == TG_KINDS_ANY) return true;
    TG_ASSERT(list->kinds == BIT(LIST));
    struct tg_type *kept = tg_arena_alloc(t->arena, sizeof *kept);
    *kept = item;
    list->item = kept;
    return true;
}

static bool read_type(struct tg_sigtext *t, int depth, struct tg_type *out)
{
    const char *name;
    tg_sigtext_blanks(t);
    size_t at = t->at;
    if (!tg_sigtext_name(t, "type", &name)) return false;
    if (!find_type(t, name, out)) return unknown_type(t, at, name);
    if (out->kinds == BIT(LIST) && tg_sigtext_take(t, "[") && !read_item(t, depth, out)) return false;
    if (tg_sigtext_take(t, "?")) {
        out->kinds |= BIT(NIL);
        out->accepts |= BIT(NIL);
    }
    return true;
}

bool tg_type_read(struct tg_sigtext *t, struct tg_type *out)
{
    return read_type(t, 0, out);
}

bool tg_type_parse(const char *text, size_t length, const char *const *object_names, size_t object_count,
                   struct tg_arena *arena, struct tg_type *out, struct tg_err *err)
{
    struct tg_sigtext t = {text, length, 0, "type", TG_EXIT_USAGE, object_names, object_count, true, arena, err};
    struct tg_type type;
    if (!tg_type_read(&t, &type)) return false;
    tg_sigtext_blanks(&t);
    if (t.at < length) return tg_sigtext_expected(&t, "end of the type");
    *out = type;
    return true;
}

/* ---- printing ------------------------------------------------------------------------------------ */

static const char *term_name(tg_kinds kinds)
{
    for (size_t i = 0; i < TG_COUNT(terms); i++)
        if (terms[i].kinds == kinds) return terms[i].name;
    return NULL;
}

/* A set of kinds that no term names, such as what the two arms of an `if` give. */
static void print_kinds(struct tg_buf *b, tg_kinds kinds)
{
    const char *between = "";
    for (int kind = 0; kind <= TG_OBJECT; kind++) {
        if (!(kinds & TG_KIND_BIT(kind))) continue;
        tg_buf_text(b, between);
        tg_buf_text(b, tg_kind_name((enum tg_kind)kind));
        between = " or ";
    }
}

void tg_type_print(struct tg_buf *b, const struct tg_type *type)
{
    tg_kinds kinds = type->kinds;
    const char *name = type->secret ? NULL : term_name(kinds);
    if (name && !type->item) {
        tg_buf_text(b, name);
        return;
    }
    kinds &= ~BIT(NIL);
    name = type->secret ? "secret" : kinds == BIT(OBJECT) ? type->object : term_name(kinds);
    if (name) tg_buf_text(b, name);
    else print_kinds(b, kinds);
    if (kinds == BIT(LIST) && type->item) {
        tg_buf_char(b, '[');
        tg_type_print(b, type->item);
        tg_buf_char(b, ']');
    }
    if (type->kinds & BIT(NIL)) tg_buf_text(b, name ? "?" : " or nil");
}

const char *tg_type_text(struct tg_arena *a, const struct tg_type *type)
{
    struct tg_buf b = {0};
    tg_type_print(&b, type);
    const char *text = tg_arena_copy(a, tg_buf_str(&b), b.length);
    tg_buf_done(&b);
    return text;
}

void tg_type_print_item(struct tg_buf *b, const struct tg_type *type, tg_value v)
{
    if (tg_kind(v) != TG_LIST || !type->item || !(type->accepts & TG_KIND_BIT(TG_LIST))) return;
    const struct tg_list *list = tg_list_of(v);
    for (size_t i = 0; i < list->count; i++) {
        if (tg_type_accepts(type->item, list->items[i])) continue;
        tg_buf_format(b, " whose item %zu is %s", i, tg_value_kind_name(list->items[i]));
        return;
    }
}

/* ---- what goes into what ------------------------------------------------------------------------- */

bool tg_type_accepts(const struct tg_type *type, tg_value v)
{
    enum tg_kind kind = tg_kind(v);
    if (kind == TG_FUTURE) return true;
    if (!(type->accepts & TG_KIND_BIT(kind))) return false;
    if (kind == TG_OBJECT) return !type->object || strcmp(type->object, tg_object_of(v)->type->name) == 0;
    if (kind != TG_LIST || !type->item) return true;
    TG_ASSERT((type->kinds & ~type->accepts) == 0); /* what it gives, it takes */
    const struct tg_list *l = tg_list_of(v);
    for (size_t i = 0; i < l->count; i++)
        if (!tg_type_accepts(type->item, l->items[i])) return false;
    return true;
}

bool tg_type_may_accept(const struct tg_type *to, const struct tg_type *from)
{
    tg_kinds both = to->accepts & from->kinds;
    if ((both & BIT(LIST)) && to->item && from->item && !tg_type_may_accept(to->item, from->item)) both &= ~BIT(LIST);
    if ((both & BIT(OBJECT)) && to->object && from->object && strcmp(to->object, from->object) != 0) both &= ~BIT(OBJECT);
    return both != 0;
}

/* ---- secrets ------------------------------------------------------------------------------------- */

bool tg_type_is_secret(const struct tg_type *type)
{
    while (type->item) type = type->item;
    return type->secret;
}

bool tg_type_keep_secret(const struct tg_type *type, tg_value v, struct tg_secrets *secrets)
{
    bool fine = true;
    if (!tg_type_is_secret(type)) return true;
    if (tg_kind(v) == TG_STR) return tg_secrets_add(secrets, tg_str_of(v)->data, tg_str_of(v)->length);
    const struct tg_list *list = tg_kind(v) == TG_LIST ? tg_list_of(v) : NULL;
    for (size_t i = 0; list && i < list->count; i++) fine &= tg_type_keep_secret(type->item, list->items[i], secrets);
    return fine;
}

/* ---- converting ---------------------------------------------------------------------------------- */

static bool needs_conversion(const struct tg_type *type, tg_value v)
{
    tg_kinds kind = TG_KIND_BIT(tg_kind(v));
    if (tg_kind(v) != TG_LIST || !type->item)
        return !(type->kinds & kind) && kind & (TG_KIND_BIT(TG_INT) | TG_KIND_BIT(TG_STR));
    const struct tg_list *list = tg_list_of(v);
    for (size_t i = 0; i < list->count; i++)
        if (needs_conversion(type->item, list->items[i])) return true;
    return false;
}

tg_value tg_type_convert(const struct tg_type *type, tg_value take)
{
    TG_ASSERT(tg_type_accepts(type, take));
    if (!needs_conversion(type, take)) return take;
    if (tg_kind(take) == TG_INT) return tg_float((double)take.i);
    tg_value out;
    if (tg_kind(take) == TG_STR) {
        out = tg_str_make(TG_FILE, tg_str_of(take)->data, tg_str_of(take)->length);
    } else {
        const struct tg_list *list = tg_list_of(take);
        out = tg_list_make(list->count);
        for (size_t i = 0; i < list->count; i++) tg_list_add(out, tg_type_convert(type->item, tg_value_ref(list->items[i])));
    }
    tg_value_unref(take);
    return out;
}
