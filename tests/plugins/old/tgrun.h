/* SPDX-License-Identifier: MIT
 *
 * tgrun.h: everything a tgrun plugin sees.
 *
 * A plugin is a shared object that exports one constant, `tg_plugin_entry`, made by the macro TG_PLUGIN.
 * It lists tasks: a C function, a signature text and a line of documentation each. tgrun checks every
 * call against the signature before anything runs, so a task function may rely on the number and the
 * types of its arguments.
 *
 *     #include <tgrun.h>
 *
 *     static int64_t twice(int64_t x) { return 2 * x; }
 *     TG_WRAP1(twice, int, int)
 *
 *     static const struct tg_task tasks[] = {
 *         {"twice(x: int) -> int", twice_task, "Two times x."},
 *     };
 *     TG_PLUGIN(.name = "demo", .version = "1.0", .doc = "A demonstration.",
 *               .tasks = tasks, .task_count = TG_COUNT(tasks));
 *
 * Build it with `cc -shared -fPIC -o demo.so demo.c`. A plugin links against nothing of tgrun: the host
 * hands over a table of functions when it loads the plugin, and the inline functions below call it.
 *
 * Ownership: arguments are borrowed (valid until the task returns), results are owned (the task gives
 * them away). A value that is kept or put in two places is counted with tg_ref. Values are immutable
 * once a task has returned them or put them into another value.
 *
 * Threads: a task function may run on any thread and several times at once. All functions here may be
 * called from any thread, with the tg_ctx of the running task; tg_find and tg_call only from its own thread.
 */
#ifndef TGRUN_H
#define TGRUN_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The ABI number changes only when a plugin would have to be compiled again. */
#define TG_ABI 1
#define TG_MAGIC UINT64_C(0x31314e5552475425) /* "%TGRUN11" read as a little-endian number */
#define TG_VERSION "0.1.0"

#define TG_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- values -------------------------------------------------------------------------------------- */

/* What a value is: the low byte of its tag. From TG_STR on, the payload is a counted pointer. */
enum tg_kind {
    TG_NIL = 0,
    TG_BOOL = 1,
    TG_INT = 2,    /* 64-bit signed */
    TG_FLOAT = 3,  /* IEEE double */
    TG_FUTURE = 4, /* the result of a task that has not run: what tg_call gives; no argument is or holds one */
    TG_FAILED = 5, /* run time only: the task that would have made it failed; no task ever sees one */
    TG_STR = 8,    /* UTF-8 text, also NUL-terminated */
    TG_BYTES = 9,
    TG_FILE = 10, /* a path */
    TG_LIST = 11,
    TG_RECORD = 12,   /* ordered string keys */
    TG_FUNCTION = 13, /* graph time only */
    TG_OBJECT = 14,   /* a type that a plugin defines */
};

/* 16 bytes, passed and copied by value. */
typedef struct tg_value {
    uint64_t tag;
    __extension__ union {
        int64_t i;
        double f;
        void *p;
        uint64_t bits;
    };
} tg_value;

static inline enum tg_kind tg_kind(tg_value v) { return (enum tg_kind)(v.tag & 0xff); }
static inline bool tg_is_heap(tg_value v) { return (v.tag & 0xff) >= TG_STR; }

static inline tg_value tg_make_(uint64_t tag, uint64_t bits)
{
    tg_value v;
    v.tag = tag;
    v.bits = bits;
    return v;
}
static inline tg_value tg_nil(void) { return tg_make_(TG_NIL, 0); }
static inline tg_value tg_bool(bool b) { return tg_make_(TG_BOOL, b); }
static inline tg_value tg_int(int64_t i) { return tg_make_(TG_INT, (uint64_t)i); }
static inline tg_value tg_float(double f)
{
    tg_value v;
    v.tag = TG_FLOAT;
    v.f = f;
    return v;
}

static inline bool tg_as_bool(tg_value v) { return v.bits != 0; }
static inline int64_t tg_as_int(tg_value v) { return v.i; }
/* A float, or an int as a float: a parameter of type `float` or `num` accepts both. */
static inline double tg_as_float(tg_value v) { return (v.tag & 0xff) == TG_INT ? (double)v.i : v.f; }

/* ---- tasks --------------------------------------------------------------------------------------- */

/* What the host knows about one running task. Opaque. */
typedef struct tg_ctx tg_ctx;

enum tg_status {
    TG_OK = 0,
    TG_FAIL = 1, /* tg_fail has been called */
};

/* Runs a task: reads args[0..count), writes *out, returns TG_OK; or returns tg_fail(ctx, ...), and nobody looks at *out. */
typedef int (*tg_task_fn)(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out);

/*
 * One task of a plugin. The signature text:
 *
 *     NAME(PARAM: TYPE, PARAM: TYPE = LITERAL, REST: TYPE...) -> TYPE [effect] [grows] [slow] [now]
 *
 *   TYPE     int float num bool str bytes file list list[TYPE] record any nil TYPE? or a plugin's type name
 *   LITERAL  a number, true, false, nil, "text", or []
 *   REST     a last parameter with dots takes any number of further arguments, handed over one by one
 *   effect   the task does something beside its result: it runs even where nobody uses the result
 *   grows    the task may add tasks with tg_call, and its result may be or hold their futures
 *   slow     the task takes a millisecond or more: it is started in the order of priorities from the first time on
 *   now      the task is pure and takes next to no time: where its arguments are known it is run where the call is evaluated,
 *            also while the graph is built, and its result is known then; not beside one of the three above
 */
struct tg_task {
    const char *signature;
    tg_task_fn fn;
    const char *doc; /* one sentence */
};

/* A task that can be called, found by its name. Opaque; valid until the process ends. */
typedef struct tg_callable tg_callable;

/* A type whose values only this plugin can look into. */
struct tg_object_type {
    uint32_t size;                  /* sizeof(struct tg_object_type) */
    uint32_t encoding_version;      /* stored with each encoded value; raise it when the encoding changes */
    const char *name;               /* a type term in signatures */
    void (*destroy)(void *payload); /* may be NULL */
    int (*describe)(const void *payload, char *text, size_t text_size); /* as snprintf; may be NULL */
};

/* ---- the host's functions ------------------------------------------------------------------------ */

/* Append-only: functions are added at the end, and `size` tells how many there are. */
struct tg_host {
    uint32_t size;
    uint32_t abi;
    /* Sets the task's error message (printf's format) and returns TG_FAIL. What stands in the format behind
     * "\nhint: ", if it is not empty, is shown as a hint. */
    int (*vfail)(tg_ctx *ctx, const char *format, va_list args);
    /* True when the run is being stopped: a long task should return soon, with tg_fail. */
    bool (*cancelled)(tg_ctx *ctx);
    /* Waits, returns early with false when the run is being stopped. */
    bool (*sleep_ns)(tg_ctx *ctx, uint64_t ns);
    /* Writes one line to the run's log (standard error), whole. */
    void (*log)(tg_ctx *ctx, const char *text, size_t length);

    void (*ref)(tg_value v);
    void (*unref)(tg_value v);

    /* New str, bytes or file with a copy of length bytes; with data NULL, the bytes are zero and wait to be filled
     * (tg_text_fill). A str must be UTF-8. */
    tg_value (*text_new)(enum tg_kind kind, const void *data, size_t length);
    /* The bytes of a str, bytes or file, NUL-terminated; length may be NULL. */
    const char *(*text)(tg_value v, size_t *length);

    /* An empty list with room for `capacity` values. */
    tg_value (*list_new)(size_t capacity);
    /* Appends, taking the item over; only on a list that this task made and has not given away. */
    void (*list_push)(tg_value *list, tg_value item);
    /* The items, borrowed. */
    const tg_value *(*list_items)(tg_value list, size_t *count);

    tg_value (*record_new)(size_t capacity);
    /* Sets a field, taking the item over; only on a record that this task made and has not given away. */
    void (*record_set)(tg_value *record, const char *key, size_t key_length, tg_value item);
    /* The field, borrowed; false if there is none. */
    bool (*record_get)(tg_value record, const char *key, size_t key_length, tg_value *item);
    /* The i-th field, borrowed; false past the end. */
    bool (*record_at)(tg_value record, size_t i, const char **key, size_t *key_length, tg_value *item);

    /* A new object of a type this plugin registered, with `bytes` zeroed bytes of payload. */
    tg_value (*object_new)(const struct tg_object_type *type, size_t bytes);
    void *(*object_payload)(tg_value v);

    /* Less than, equal to or greater than zero; sets *comparable to false where there is no order. */
    int (*compare)(tg_value a, tg_value b, bool *comparable);
    bool (*equal)(tg_value a, tg_value b);
    /* The text that str(x) gives in a workflow; a new str. */
    tg_value (*to_text)(tg_value v);

    /* "int", "list", ...: the name for messages; of an object, the plugin's name for the type. */
    const char *(*kind_name)(tg_value v);

    /* -- for tasks whose signature says `grows` */

    /* The task "plugin.task", of a plugin that the workflow uses, or of "core", which is always there; "task" is one of the
     * calling task's own plugin. Fails (sets the error message and returns NULL) if there is none. Takes a few
     * nanoseconds from the second time on. */
    const tg_callable *(*find)(tg_ctx *ctx, const char *name);
    /* Adds a task to the graph; it runs some time after the calling task has returned TG_OK, if its result is used or it is an
     * effect. The arguments are lent: known values, futures, and lists and records with futures inside; defaults
     * are filled in. *future (may be NULL) is its result, for further calls, for lists and records, and for *out. It need not
     * be counted, and is good until the calling task returns. Returns TG_OK, or TG_FAIL with the error message set: what
     * the arguments must be is checked as in a workflow. With the NULL of a failed `find`, it returns TG_FAIL. */
    int (*call)(tg_ctx *ctx, const tg_callable *task, const tg_value *args, size_t count, tg_value *future);

    /* -- what the task was given, as its options and the run say; the same for as long as it runs */

    /* Which attempt of the task this is, from 1. */
    uint32_t (*attempt)(tg_ctx *ctx);
    /* How many cores it has for itself, and so how many threads it should use: at least 1. */
    uint32_t (*cores)(tg_ctx *ctx);
    /* Bytes of memory that are reserved for it; 0: it has not asked for any, and there is no limit. */
    uint64_t (*memory_bytes)(tg_ctx *ctx);
    /* The units of this resource that it alone has now. Returns how many, 0 if it has not asked for it, and writes the numbers
     * of the first `room` of them, from 0 and each one once. `units` may be NULL if `room` is 0. */
    size_t (*resource_units)(tg_ctx *ctx, const char *name, uint32_t *units, size_t room);
};

/* The host table of this plugin, set before init is called. Defined by TG_PLUGIN. */
extern const struct tg_host *tg_host __attribute__((visibility("hidden")));

__attribute__((format(printf, 2, 3))) static inline int tg_fail(tg_ctx *ctx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int status = tg_host->vfail(ctx, format, args);
    va_end(args);
    return status;
}
static inline bool tg_cancelled(tg_ctx *ctx) { return tg_host->cancelled(ctx); }
static inline bool tg_sleep_ns(tg_ctx *ctx, uint64_t ns) { return tg_host->sleep_ns(ctx, ns); }
static inline void tg_log(tg_ctx *ctx, const char *text, size_t length) { tg_host->log(ctx, text, length); }

static inline tg_value tg_ref(tg_value v)
{
    if (tg_is_heap(v)) tg_host->ref(v);
    return v;
}
static inline void tg_unref(tg_value v)
{
    if (tg_is_heap(v)) tg_host->unref(v);
}
static inline tg_value tg_str_new(const char *text, size_t length) { return tg_host->text_new(TG_STR, text, length); }
static inline tg_value tg_bytes_new(const void *data, size_t length) { return tg_host->text_new(TG_BYTES, data, length); }
static inline tg_value tg_file_new(const char *path, size_t length) { return tg_host->text_new(TG_FILE, path, length); }
static inline const char *tg_as_text(tg_value v, size_t *length) { return tg_host->text(v, length); }
/* The bytes of a text that this task made and has not given away, to be written. */
static inline char *tg_text_fill(tg_value v) { return (char *)tg_host->text(v, NULL); }
static inline tg_value tg_list_new(size_t capacity) { return tg_host->list_new(capacity); }
static inline void tg_list_push(tg_value *list, tg_value item) { tg_host->list_push(list, item); }
static inline const tg_value *tg_list_items(tg_value list, size_t *count) { return tg_host->list_items(list, count); }
static inline tg_value tg_record_new(size_t capacity) { return tg_host->record_new(capacity); }
static inline void tg_record_set(tg_value *record, const char *key, size_t key_length, tg_value item)
{
    tg_host->record_set(record, key, key_length, item);
}
static inline bool tg_record_get(tg_value record, const char *key, size_t key_length, tg_value *item)
{
    return tg_host->record_get(record, key, key_length, item);
}
static inline bool tg_record_at(tg_value record, size_t i, const char **key, size_t *key_length, tg_value *item)
{
    return tg_host->record_at(record, i, key, key_length, item);
}
static inline tg_value tg_object_new(const struct tg_object_type *type, size_t bytes)
{
    return tg_host->object_new(type, bytes);
}
static inline void *tg_as_object(tg_value v) { return tg_host->object_payload(v); }
static inline int tg_compare(tg_value a, tg_value b, bool *comparable) { return tg_host->compare(a, b, comparable); }
static inline bool tg_equal(tg_value a, tg_value b) { return tg_host->equal(a, b); }
static inline tg_value tg_to_text(tg_value v) { return tg_host->to_text(v); }
static inline const char *tg_kind_of(tg_value v) { return tg_host->kind_name(v); }
static inline const tg_callable *tg_find(tg_ctx *ctx, const char *name) { return tg_host->find(ctx, name); }
static inline int tg_call(tg_ctx *ctx, const tg_callable *task, const tg_value *args, size_t count, tg_value *future)
{
    return tg_host->call(ctx, task, args, count, future);
}
static inline uint32_t tg_attempt(tg_ctx *ctx) { return tg_host->attempt(ctx); }
static inline uint32_t tg_cores(tg_ctx *ctx) { return tg_host->cores(ctx); }
static inline uint64_t tg_memory_bytes(tg_ctx *ctx) { return tg_host->memory_bytes(ctx); }
static inline size_t tg_resource_units(tg_ctx *ctx, const char *name, uint32_t *units, size_t room)
{
    return tg_host->resource_units(ctx, name, units, room);
}

/* ---- the plugin's entry -------------------------------------------------------------------------- */

struct tg_plugin {
    uint64_t magic;        /* TG_MAGIC */
    uint32_t size;         /* sizeof(struct tg_plugin) */
    uint32_t abi;          /* TG_ABI */
    uint32_t pointer_size; /* sizeof(void *) */
    uint32_t value_size;   /* sizeof(tg_value) */
    uint32_t host_size;    /* sizeof(struct tg_host): how many of the host's functions the plugin may call */
    const struct tg_host **host;
    const char *name; /* letters, digits, '_'; the name in `use NAME` and of the file, NAME.so */
    const char *version;
    const char *doc;
    const struct tg_task *tasks;
    size_t task_count;
    const struct tg_object_type *const *types; /* may be NULL */
    size_t type_count;
    /* Called once after the host table is set; returns NULL, or why the plugin cannot be used. May be NULL. */
    const char *(*init)(void);
};

#ifdef __cplusplus
#define TG_EXPORT_ extern "C" __attribute__((visibility("default")))
#else
#define TG_EXPORT_ __attribute__((visibility("default")))
#endif

#define TG_PLUGIN(...) TG_PLUGIN_NAMED(tg_plugin_entry, __VA_ARGS__)

/* The same under another symbol, for a plugin that is linked into a program instead of loaded. */
#define TG_PLUGIN_NAMED(symbol, ...)                                      \
    const struct tg_host *tg_host;                                        \
    TG_EXPORT_ const struct tg_plugin symbol;                             \
    const struct tg_plugin symbol = {.magic = TG_MAGIC,                   \
                                     .size = sizeof(struct tg_plugin),    \
                                     .abi = TG_ABI,                       \
                                     .pointer_size = sizeof(void *),      \
                                     .value_size = sizeof(tg_value),      \
                                     .host_size = sizeof(struct tg_host), \
                                     .host = &tg_host,                    \
                                     __VA_ARGS__}

/* ---- typed functions ----------------------------------------------------------------------------- */

/*
 * TG_WRAP2(add, int, int, int) makes the task function `add_task` from `int64_t add(int64_t, int64_t)`;
 * the first type is the result's. Types: int (int64_t), float (double), bool (bool), str (const char *,
 * arguments only). The signature in the task table must say the same.
 */
#define TG_GET_int_(v) tg_as_int(v)
#define TG_GET_float_(v) tg_as_float(v)
#define TG_GET_bool_(v) tg_as_bool(v)
#define TG_GET_str_(v) tg_as_text((v), NULL)
#define TG_PUT_int_(x) tg_int(x)
#define TG_PUT_float_(x) tg_float(x)
#define TG_PUT_bool_(x) tg_bool(x)

#define TG_WRAP_(name, body)                                                               \
    static int name##_task(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out) \
    {                                                                                      \
        (void)ctx, (void)args, (void)count;                                                \
        *out = body;                                                                       \
        return TG_OK;                                                                      \
    }
#define TG_WRAP0(name, R) TG_WRAP_(name, TG_PUT_##R##_(name()))
#define TG_WRAP1(name, R, A) TG_WRAP_(name, TG_PUT_##R##_(name(TG_GET_##A##_(args[0]))))
#define TG_WRAP2(name, R, A, B) TG_WRAP_(name, TG_PUT_##R##_(name(TG_GET_##A##_(args[0]), TG_GET_##B##_(args[1]))))
#define TG_WRAP3(name, R, A, B, C) \
    TG_WRAP_(name, TG_PUT_##R##_(name(TG_GET_##A##_(args[0]), TG_GET_##B##_(args[1]), TG_GET_##C##_(args[2]))))
#define TG_WRAP4(name, R, A, B, C, D) \
    TG_WRAP_(name, TG_PUT_##R##_(     \
                       name(TG_GET_##A##_(args[0]), TG_GET_##B##_(args[1]), TG_GET_##C##_(args[2]), TG_GET_##D##_(args[3]))))

#ifdef __cplusplus
}
#endif
#endif
