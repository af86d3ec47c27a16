/* SPDX-License-Identifier: MIT
 * The room engine/value: values, their types and signatures, as text, as JSON and as bytes. This header has the bodies of all
 * values and who owns them; str.h, list.h, record.h, object.h and future.h work on one kind each, type.h and sig.h say what
 * fits where, codec.h has the bytes.
 *
 * A value is 16 bytes, passed by value; heap bodies are counted atomically. A function borrows its arguments and gives back
 * an owned value, except where it says `take` (the argument is used up), `of` or `find` (the result is borrowed). Thread
 * class: immutable; a body may be changed in place only while its count is one. A list or record that holds a future,
 * directly or deeper, has the flag TG_HAS_FUTURE: such a value exists at graph time only. */
#ifndef TG_VALUE_VALUE_H
#define TG_VALUE_VALUE_H

#include <stdatomic.h>

#include "engine/base/alloc.h"
#include "engine/base/assert.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/value/kind.h"

/* The head of every heap body. */
struct tg_obj {
    _Atomic uint32_t refs; /* atomic; 1 when made */
    uint8_t kind;          /* enum tg_kind; immutable */
    uint8_t flags;         /* TG_HAS_FUTURE, TG_HOLDS, TG_MAPPED, TG_WATCHED; owner */
    union {
        uint16_t room;  /* of a text that has been appended to: its block has 2 ** room bytes; 0: what its length needs */
        uint16_t moved; /* of a list: it was taken out of a continuation (lang/eval/continue.c), and only grew since */
    };
};

#define TG_HAS_FUTURE 1
#define TG_MAPPED 4  /* a text or an object whose memory other processes can map (mapped.h) */
#define TG_WATCHED 8 /* a text of which somebody is told when it goes (str.h) */
#define TG_HOLDS 2   /* a function that has taken over futures, or a list or record with such a function inside */

struct tg_str { /* str, bytes, file */
    struct tg_obj obj;
    size_t length;
    char data[]; /* length bytes and a NUL */
};

struct tg_list {
    struct tg_obj obj;
    size_t count, room;
    tg_value *items; /* in_place while the first room is enough, else a block of room values */
    tg_value in_place[];
};

struct tg_field {
    tg_value key; /* a str */
    tg_value value;
};

struct tg_record {
    struct tg_obj obj;
    size_t count, room;
    struct tg_field *fields; /* in the order of first setting; in_place or a block of room fields */
    struct tg_table *index;  /* field numbers by key, made by tg_record_put; NULL while fields are few */
    struct tg_field in_place[];
};

/* A function of graph time; the language makes it (lang/eval/eval.h), as the head of a struct of its own. */
struct tg_function {
    struct tg_obj obj;
    void (*destroy)(struct tg_function *f); /* frees f too; may unref values, also other functions */
    /* Shows every value that it holds and that may hold futures; NULL: none. They do not change once the function
     * has been given away. The flag TG_HOLDS says that there are futures among them. */
    void (*held)(const struct tg_function *f, void (*visit)(void *data, tg_value v), void *data);
    const char *shown; /* how it is printed, borrowed; NULL: "<fn>" */
};

struct tg_object {
    struct tg_obj obj;
    const struct tg_object_type *type;
    size_t bytes;
    char payload[] __attribute__((aligned(16)));
};

/* Of a whole body. */
static inline size_t tg_value_str_bytes(size_t length)
{
    return sizeof(struct tg_str) + length + 1;
}
/* Of the block of a text that is there. */
static inline size_t tg_value_text_bytes(const struct tg_str *t)
{
    return t->obj.room ? (size_t)1 << t->obj.room : tg_value_str_bytes(t->length);
}
static inline size_t tg_value_object_bytes(size_t payload)
{
    return sizeof(struct tg_object) + payload;
}

void tg_value_free_(tg_value v);

static inline tg_value tg_value_ref(tg_value v)
{
    if (!tg_is_heap(v)) return v;
    uint32_t before = atomic_fetch_add_explicit(&((struct tg_obj *)v.p)->refs, 1, memory_order_relaxed);
    TG_ASSERT(before != 0); /* nobody holds a dead one */
    return v;
}
static inline void tg_value_unref(tg_value v)
{
    if (!tg_is_heap(v)) return;
    struct tg_obj *obj = v.p;
    TG_ASSERT(atomic_load_explicit(&obj->refs, memory_order_relaxed) != 0);
    if (atomic_load_explicit(&obj->refs, memory_order_acquire) == 1 ||
        atomic_fetch_sub_explicit(&obj->refs, 1, memory_order_acq_rel) == 1)
        tg_value_free_(v);
}
/* *to = v in two halves; the empty asm keeps the compiler from joining them. */
static inline void tg_value_put(tg_value *to, tg_value v)
{
    uint64_t tag = v.tag, bits = v.bits;
    __asm__("" : "+r"(tag), "+r"(bits));
    to->tag = tag;
    to->bits = bits;
}
void tg_value_unref_all(const tg_value *values, size_t count);
/* True if nobody else holds the body: it may be changed in place. */
static inline bool tg_value_unique(tg_value v)
{
    TG_ASSERT(tg_is_heap(v));
    return atomic_load_explicit(&((struct tg_obj *)v.p)->refs, memory_order_acquire) == 1;
}
/* What a list or record takes over from an item: TG_HAS_FUTURE, TG_HOLDS. */
static inline uint8_t tg_value_marks(tg_value v)
{
    enum tg_kind kind = tg_kind(v);
    if (kind == TG_FUTURE) return TG_HAS_FUTURE;
    return kind == TG_LIST || kind == TG_RECORD || kind == TG_FUNCTION ? ((struct tg_obj *)v.p)->flags : 0;
}

/* -- comparing */
/* Deep, at any depth; 1 == 1.0 (exactly: no rounding of large ints); file and str compare by text; other values of
 * different kinds are not equal. The order of a record's fields does not matter. nan equals nothing. */
bool tg_value_equal(tg_value a, tg_value b);
/* Order of numbers, texts (byte by byte), bools and lists (element by element, the shorter first); *comparable is
 * false for the rest and for nan. */
int tg_value_compare(tg_value a, tg_value b, bool *comparable);
/* Truth as in Python: nil, false, 0, 0.0, "", [] and {} are false. */
bool tg_value_truth(tg_value v);

/* Calls fn with each text of these kinds (str, bytes, file) in it, at any depth, in order. */
void tg_value_each_text(tg_value v, tg_kinds kinds, void (*fn)(void *data, const char *text), void *data);

/* -- naming */
/* "int", "list", ...; the plugin's name for an object. */
const char *tg_value_kind_name(tg_value v);

/* -- printing (value/format.c) */
/* As an output prints: a str bare at top level, quoted inside lists; a float with the fewest digits that
 * read back the same, always with a point or exponent. What nests deeper than TG_MAX_NESTING prints as "...". */
void tg_value_print(struct tg_buf *b, tg_value v);
/* The same for programs to read, as str(x) gives it: no float has an exponent, also inside lists and records. */
void tg_value_text(struct tg_buf *b, tg_value v);
/* As source text: strs quoted always. Cut after max_bytes with "..." (0: never). */
void tg_value_repr(struct tg_buf *b, tg_value v, size_t max_bytes);
/* As JSON: bytes as base64, files as their path, nan and infinities as strings, objects as their description.
 * indent 0: one line. */
void tg_value_json(struct tg_buf *b, tg_value v, int indent);

/* -- reading JSON (value/json.c) */
/* Parses one JSON text into a value; on failure the error names line and column. Keys given twice, ints beyond 64
 * bits and nesting beyond TG_MAX_NESTING are errors. */
bool tg_value_from_json(const char *text, size_t length, tg_value *out, struct tg_err *err);

#endif
