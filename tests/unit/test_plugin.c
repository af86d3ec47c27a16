/* SPDX-License-Identifier: MIT
 * Plugins: loading good and bad ones, the search path, the host's functions, and externs. */
#include <dlfcn.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#include "engine/plugin/callable.h"
#include "engine/value/record.h"
#include "engine/value/str.h"
#include "tests/unit/call.h"

/* ---- loading ------------------------------------------------------------------------------------- */

/* The first bytes of a file (all, if there are fewer); heap. */
static char *read_file(const char *path, size_t max_bytes, size_t *length)
{
    char *data = tg_alloc(max_bytes + 1);
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, data, max_bytes);
    CHECK(n >= 0);
    if (fd >= 0) close(fd);
    *length = n < 0 ? 0 : (size_t)n;
    data[*length] = 0;
    return data;
}

/* Loading must fail with a message that has all these parts in it, leave nothing behind and fail again the same. */
static void check_bad(const char *name, const char *wanted, const char *hint)
{
    struct tg_registry r = new_registry();
    size_t plugins = r.plugins.count, types = r.types.count, names = r.type_names.count;
    for (int turn = 0; turn < 2; turn++) {
        struct tg_err err = {0};
        CHECK(!tg_registry_load(&r, name, NULL, &err));
        CHECK_INT(err.code, TG_EXIT_CANNOT);
        if (!err.message || !strstr(err.message, wanted)) CHECK_STR(err.message, wanted);
        if (hint && (!err.hint || !strstr(err.hint, hint))) CHECK_STR(err.hint, hint);
        tg_err_done(&err);
    }
    CHECK(r.plugins.count == plugins && r.types.count == types && r.type_names.count == names);
    tg_registry_done(&r);
}

TEST(bad_plugins_say_what_differs)
{
    check_bad("bad_magic", "bad_magic.so' has the mark 1122334455667788 where a plugin has 31314e5552475425", NULL);
    check_bad("bad_abi", "bad_abi.so' was built for ABI 2, this tgrun has ABI 1", "Compile the plugin again");
    char *sizes = tg_alloc_format("bad_size.so' was built for an entry of %zu bytes, this tgrun has %zu",
                                  offsetof(struct tg_plugin, init), sizeof(struct tg_plugin));
    check_bad("bad_size", sizes, "Compile the plugin again");
    free(sizes);
    check_bad("bad_short", "bad_short.so' has an entry of 16 bytes, this tgrun expects", "Compile the plugin again");
    check_bad("bad_new", "bad_new.so' was built with a newer tgrun: its entry has 120 bytes, that of this tgrun 112",
              "Update tgrun");
    check_bad("bad_new_type", "bad_new_type.so' was built with a newer tgrun: a type has 64 bytes, that of this tgrun 56",
              "Update");
    check_bad("bad_type_size", "bad_type_size.so' was built for a type of 40 bytes, this tgrun has 56", "Compile");
    check_bad("bad_pointer", "bad_pointer.so' was built for pointers of 4 bytes, this tgrun has 8", "Compile");
    check_bad("bad_value", "bad_value.so' was built for values of 24 bytes, this tgrun has 16", "Compile");
    check_bad("bad_host", "bad_host.so' was built with a newer tgrun", "Update tgrun");
    check_bad("bad_no_entry", "bad_no_entry.so' is not a tgrun plugin: it has no 'tg_plugin_entry'", "extern");
    check_bad("bad_name", "bad_name.so' calls itself 'other'", "'other.so'");
}

TEST(bad_tables_say_what_is_wrong)
{
    check_bad("bad_init", "bad_init.so' cannot be used: there is no graphics card", NULL);
    check_bad("bad_twice", "bad_twice.so' has two tasks 'nothing'", NULL);
    check_bad("bad_signature", "bad_signature.so': the signature of task 2 is wrong: ", NULL);
    check_bad("bad_function", "bad_function.so': task 'something' has no function", NULL);
    check_bad("bad_task", "bad_task.so': 'no thing' is no name for a task", NULL);
    check_bad("bad_type_flags", "bad_type_flags.so': type 'thing' has flags that this tgrun does not know", NULL);
    check_bad("bad_type_half", "bad_type_half.so': type 'thing' has encode but no decode", NULL);
    check_bad("bad_type_other_half", "bad_type_other_half.so': type 'thing' has decode but no encode", NULL);
    check_bad("bad_type_both", "bad_type_both.so': type 'thing' is flat and has encode and decode: it can be one of both",
              NULL);
    check_bad("bad_type", "bad_type.so' makes a type 'list', but there is one of that name", NULL);
}

TEST(a_failed_load_is_unloaded)
{
    struct tg_registry r = new_registry();
    struct tg_err err = {0};
    char *path = tg_alloc_format("%s/tests/plugins/bad_init.so", build_folder());
    CHECK(!tg_registry_load(&r, "bad_init", NULL, &err));
    CHECK(dlopen(path, RTLD_NOW | RTLD_NOLOAD) == NULL);
    free(path);
    tg_err_done(&err);
    tg_registry_done(&r);
}

TEST(files_that_are_no_plugins)
{
    size_t length;
    char *math = tg_alloc_format("%s/plugins/math/math.so", build_folder());
    char *data = read_file(math, 1 << 20, &length);
    CHECK(length > 8192);
    write_file(in_folder("words.so"), "These are words.\n", 17);
    check_bad(in_folder("words.so"), "words.so' is not a shared object", NULL);
    write_file(in_folder("empty.so"), "", 0);
    check_bad(in_folder("empty.so"), "empty.so' is not a shared object", NULL);
    write_file(in_folder("head.so"), data, 20);
    check_bad(in_folder("head.so"), "head.so' is cut off: it has 20 of at least 64 bytes", NULL);
    for (size_t cut = 64; cut < length; cut += cut < 4096 ? 500 : 4096) {
        write_file(in_folder("math.so"), data, cut);
        struct tg_registry r = new_registry();
        struct tg_err err = {0};
        const struct tg_loaded *p = tg_registry_load(&r, in_folder("math.so"), NULL, &err);
        CHECK(p || strstr(err.message, "math.so'")); /* past the last loaded byte, the file is good enough */
        tg_err_done(&err);
        tg_registry_done(&r);
        unlink(in_folder("math.so"));
    }
    data[4] = 1; /* ELFCLASS32 */
    write_file(in_folder("small.so"), data, length);
    check_bad(in_folder("small.so"), "small.so' is for another machine: one of 32 bits", NULL);
    data[4] = 2;
    data[18] ^= 7; /* e_machine */
    write_file(in_folder("small.so"), data, length);
    check_bad(in_folder("small.so"), "small.so' is for another machine: an unknown one", NULL);
    data[5] ^= 3; /* EI_DATA */
    write_file(in_folder("small.so"), data, length);
    check_bad(in_folder("small.so"), "small.so' is for another machine: one of another byte order", NULL);
    CHECK(mkdir(in_folder("folder.so"), 0755) == 0);
    check_bad(in_folder("folder.so"), "folder.so' is not a file", NULL);
    rmdir(in_folder("folder.so"));
    unlink(in_folder("words.so"));
    unlink(in_folder("empty.so"));
    unlink(in_folder("head.so"));
    unlink(in_folder("small.so"));
    free(data);
    free(math);
}

TEST(missing_plugins_name_the_nearest)
{
    struct tg_registry r = new_registry();
    struct tg_err err = {0};
    CHECK(!tg_registry_load(&r, "mth", NULL, &err));
    CHECK_STR(err.message, "no plugin 'mth'");
    CHECK_STR(err.hint, "did you mean 'math'?");
    CHECK(strstr(err.detail, "These folders were searched:\n  /nowhere/at/all (missing)\n  ") != NULL);
    tg_err_done(&err);
    CHECK(!tg_registry_load(&r, "./plugins/math/mth.so", build_folder(), &err));
    CHECK(strstr(err.message, "no plugin file '") && strstr(err.hint, "plugins/math/math.so'?"));
    tg_err_done(&err);
    CHECK(!tg_registry_load(&r, "no name", NULL, &err));
    CHECK_STR(err.message, "no plugin 'no name'");
    tg_err_done(&err);
    tg_registry_done(&r);
}

TEST(one_file_is_loaded_once)
{
    struct tg_registry r = new_registry();
    struct tg_err err = {0};
    const struct tg_loaded *math = tg_registry_load(&r, "math", NULL, &err);
    CHECK(math != NULL && strcmp(math->name, "math") == 0 && math->path);
    CHECK(tg_registry_load(&r, "math", NULL, &err) == math);
    CHECK(tg_registry_load(&r, "./plugins/../plugins/math/math.so", build_folder(), &err) == math);
    char *path = tg_alloc_format("%s/plugins/math/math.so", build_folder()), *real = realpath(path, NULL);
    CHECK(symlink(real, in_folder("other.so")) == 0);
    CHECK(tg_registry_load(&r, in_folder("other.so"), NULL, &err) == math);
    CHECK(tg_registry_load(&r, "core", NULL, &err) == r.plugins.items[0]);
    CHECK_INT(r.plugins.count, 2);
    CHECK(tg_loaded_find(math, "add", 3) == &math->defs[2]);
    CHECK_STR(math->defs[2].plugin, "math");
    unlink(in_folder("other.so"));
    free(path);
    free(real);
    tg_registry_done(&r);
}

TEST(a_name_is_taken_once)
{
    size_t length;
    char *path = tg_alloc_format("%s/plugins/text/text.so", build_folder()), *data = read_file(path, 4 << 20, &length);
    struct tg_registry r = new_registry();
    struct tg_err err = {0};
    write_file(in_folder("text.so"), data, length);
    CHECK(tg_registry_load(&r, "text", NULL, &err) != NULL);
    CHECK(!tg_registry_load(&r, in_folder("text.so"), NULL, &err));
    CHECK(err.message && strstr(err.message, "that is already loaded"));
    unlink(in_folder("text.so"));
    tg_err_done(&err);
    tg_registry_done(&r);
    free(data);
    free(path);
}

TEST(the_first_folder_decides)
{
    struct tg_registry r;
    struct tg_err err = {0};
    CHECK(tg_registry_init(&r, &err));
    write_file(in_folder("math.so"), "broken", 6);
    char *folders = tg_alloc_format("%s::%s:%s/plugins", folder, folder, build_folder());
    tg_registry_search(&r, folders, true);
    CHECK_INT(r.search.count, 2);
    CHECK(!tg_registry_load(&r, "math", NULL, &err));
    CHECK(err.message && strstr(err.message, "math.so' is not a shared object"));
    tg_err_done(&err);
    struct tg_arena arena = {0};
    const char **names, **paths;
    size_t count;
    tg_registry_list(&r, &arena, &names, &paths, &count);
    for (size_t i = 0; i + 1 < count; i++) CHECK(strcmp(names[i], names[i + 1]) < 0);
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], "math") == 0) CHECK_STR(paths[i], in_folder("math.so"));
    CHECK(count >= 2);
    tg_arena_done(&arena);
    unlink(in_folder("math.so"));
    free(folders);
    tg_registry_done(&r);
}

TEST(a_plugin_of_an_older_host_loads)
{
    struct tg_err err = {0};
    use("old_host");
    tg_value out = tg_nil();
    CHECK(call_list("nothing", json("[]"), &out, &err));
    CHECK_INT(tg_kind(out), TG_NIL);
}

/* ---- tasks that add tasks ------------------------------------------------------------------------ */

TEST(the_signature_says_that_a_task_adds_tasks)
{
    use("grower");
    CHECK(tg_loaded_find(plugin, "fib", 3)->flags & TG_DEF_EXPANDS);
    CHECK(!(tg_loaded_find(plugin, "quiet", 5)->flags & TG_DEF_EXPANDS));
    IS("fib", "[5]", "error: tasks can be added only by a task, while the graph runs");
    struct tg_err err = {0};
    tg_value out = tg_nil();
    CHECK(!call_list("quiet", json("[\"fib\"]"), &out, &err));
    CHECK_STR(err.message, "a task that adds tasks must say 'grows' in its signature");
    CHECK_STR(err.hint, "The plugin must say 'quiet(name: str) -> any grows'.");
    tg_err_done(&err);
}

static const char *not_found(const struct tg_registry *r, const char *own, const char *name)
{
    static char text[300];
    struct tg_err err = {0};
    CHECK(tg_callable_find(r, own, name, &err) == NULL);
    snprintf(text, sizeof text, "%s | %s", err.message, err.hint ? err.hint : "");
    tg_err_done(&err);
    return text;
}

TEST(tasks_are_found_by_name)
{
    struct tg_registry r = new_registry(), other = new_registry();
    struct tg_err err = {0};
    CHECK(tg_registry_load(&other, "grower", NULL, &err));
    const struct tg_loaded *grower = tg_registry_load(&r, "grower", NULL, &err);
    const struct tg_def *fib = tg_loaded_find(grower, "fib", 3);
    const tg_callable *task = tg_callable_find(&r, "grower", "fib", &err);
    CHECK(task && tg_callable_def(&r, task) == fib);
    CHECK(tg_callable_find(&r, NULL, "grower.fib", &err) == task);
    CHECK(tg_callable_find(&other, "grower", "fib", &err) == task); /* good for the whole process */
    CHECK(tg_callable_def(&other, task) != fib && strcmp(tg_callable_def(&other, task)->name, "fib") == 0);
    CHECK_STR(tg_callable_def(&r, tg_callable_find(&r, "grower", "core.+", &err))->name, "+");
    CHECK_STR(not_found(&r, "grower", "fob"), "plugin 'grower' has no task 'fob' | did you mean 'fib'?");
    CHECK_STR(not_found(&r, "grower", "text.upper"),
              "no task 'text.upper': the plugin 'text' is not loaded | The workflow must say 'use text'.");
    CHECK_STR(not_found(&r, NULL, "growr.fib"),
              "no task 'growr.fib': the plugin 'growr' is not loaded | did you mean 'grower.fib'?");
    CHECK_STR(not_found(&r, NULL, "fib"), "no task 'fib': its plugin is not named | ");
    CHECK_STR(not_found(&r, "grower", ""), "plugin 'grower' has no task '' | ");
    CHECK_STR(not_found(&r, "grower", "."), "no task '.': the plugin '' is not loaded | The workflow must say 'use '.");
    tg_registry_done(&other);
    other = new_registry();
    CHECK(tg_callable_def(&other, task) == NULL);
    tg_registry_done(&other);
    tg_registry_done(&r);
}

/* ---- objects and the rest of the host ------------------------------------------------------------ */

TEST(example_plugin_has_a_type)
{
    use("example");
    tg_value point = tg_nil(), out = tg_nil();
    struct tg_err err = {0};
    CHECK(call_list("point", json("[3, 4]"), &point, &err));
    CHECK(tg_kind(point) == TG_OBJECT);
    CHECK(call_list("distance", list_of(1, tg_value_ref(point)), &out, &err));
    CHECK(out.f == 5);
    struct tg_buf b = {0};
    tg_value_print(&b, point);
    CHECK_STR(tg_buf_str(&b), "point(3, 4)");
    use("core");
    CHECK_STR(call_text("+", list_of(2, tg_value_ref(point), tg_int(1))), "error: cannot compute point + int");
    tg_buf_done(&b);
    tg_value_unref(point);
}

TEST(host_forgives_misuse)
{
    const struct tg_host *h = &tg_host_table;
    size_t n = 5;
    CHECK_STR(h->text(tg_int(5), &n), "");
    CHECK_INT(n, 0);
    CHECK(h->list_items(tg_nil(), &n) == NULL && n == 0);
    tg_value item;
    const char *key;
    CHECK(!h->record_get(tg_int(1), "a", 1, &item));
    CHECK(!h->record_at(tg_int(1), 0, &key, &n, &item));
    CHECK(h->object_payload(tg_int(1)) == NULL);
    tg_value list = h->list_new(0), kept = tg_value_ref(list);
    h->list_push(&list, tg_int(1)); /* given away before: a copy is made */
    CHECK(tg_list_of(kept)->count == 0 && tg_list_of(list)->count == 1);
    tg_value record = h->record_new(0), kept_record = tg_value_ref(record);
    h->record_set(&record, "a", 1, tg_int(1));
    CHECK(tg_record_of(kept_record)->count == 0 && tg_record_of(record)->count == 1);
    tg_value number = tg_int(7);
    h->list_push(&number, tg_str("to no list"));
    h->record_set(&number, "a", 1, tg_str("to no record"));
    CHECK(tg_kind(number) == TG_INT && number.i == 7);
    tg_value_unref(list);
    tg_value_unref(kept);
    tg_value_unref(record);
    tg_value_unref(kept_record);
}

TEST(what_a_task_was_given)
{
    const struct tg_host *h = &tg_host_table;
    const uint32_t numbers[] = {5, 0, 7};
    struct tg_grant grant = {.attempt = 4, .cores = 2, .memory_bytes = UINT64_C(5) << 32, .kind_count = 2};
    struct tg_ctx ctx = {0};
    uint32_t units[2] = {9, 9};
    CHECK(h->attempt(&ctx) == 1 && h->cores(&ctx) == 1 && h->memory_bytes(&ctx) == 0);
    CHECK_INT(h->resource_units(&ctx, "gpu", units, 2), 0);
    grant.kinds[0] = (struct tg_granted){"licence", 0, NULL};
    grant.kinds[1] = (struct tg_granted){"gpu", 3, numbers};
    ctx.grant = &grant;
    CHECK(h->attempt(&ctx) == 4 && h->cores(&ctx) == 2 && h->memory_bytes(&ctx) == UINT64_C(5) << 32);
    CHECK_INT(h->resource_units(&ctx, "licence", units, 2), 0);
    CHECK_INT(h->resource_units(&ctx, "gp", units, 2), 0);
    CHECK(units[0] == 9 && units[1] == 9);
    CHECK_INT(h->resource_units(&ctx, "gpu", NULL, 0), 3);
    CHECK_INT(h->resource_units(&ctx, "gpu", units, 2), 3); /* no more than there is room for */
    CHECK(units[0] == 5 && units[1] == 0);
}

TEST(the_first_failure_wins)
{
    struct tg_ctx ctx = {0};
    const struct tg_def *def = tg_loaded_find(shared.plugins.items[0], "fail", 4);
    tg_value out, first = tg_str("first"), second = tg_str("second");
    CHECK_INT(def->fn(&ctx, &first, 1, &out), TG_FAIL);
    CHECK_INT(def->fn(&ctx, &second, 1, &out), TG_FAIL);
    CHECK_STR(ctx.err.message, "first");
    CHECK_INT(ctx.err.code, TG_EXIT_FAILED);
    tg_err_done(&ctx.err);
    tg_value_unref(first);
    tg_value_unref(second);
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

struct stopper {
    _Atomic int stop;
    int pipe[2];
    int to;
};

static void *raise_stop(void *p)
{
    struct stopper *s = p;
    s->stop = s->to;
    CHECK(write(s->pipe[1], "x", 1) == 1);
    return NULL;
}

/* Sleeps while another thread raises the flag to `to`; true if it slept to the end. */
static bool sleep_while_stopping(uint64_t ns, int to, bool use_fd)
{
    struct stopper s = {.to = to};
    CHECK(pipe(s.pipe) == 0);
    struct tg_services services = {.stop = &s.stop, .wake_fd = use_fd ? s.pipe[0] : -1};
    struct tg_ctx ctx = {.services = &services};
    pthread_t thread;
    uint64_t start = now_ns();
    pthread_create(&thread, NULL, raise_stop, &s);
    bool done = tg_host_table.sleep_ns(&ctx, ns);
    CHECK(done ? now_ns() - start >= ns : tg_host_table.cancelled(&ctx));
    pthread_join(thread, NULL);
    close(s.pipe[0]);
    close(s.pipe[1]);
    return done;
}

TEST(sleep_ends_when_the_run_is_stopped)
{
    CHECK(!sleep_while_stopping(UINT64_MAX, 2, true));
    CHECK(!sleep_while_stopping(UINT64_MAX, 2, false));
    CHECK(sleep_while_stopping(60 * 1000000ull, 1, true));
    struct tg_ctx ctx = {0};
    CHECK(tg_host_table.sleep_ns(&ctx, 1000));
    CHECK(!tg_host_table.cancelled(&ctx));
}

static char logged[100];

static void keep_log(void *data, const char *text, size_t length)
{
    (void)data;
    snprintf(logged, sizeof logged, "%.*s", (int)length, text);
}

TEST(print_writes_one_line)
{
    struct tg_services services = {.log = keep_log, .wake_fd = -1};
    struct tg_ctx ctx = {.services = &services};
    const struct tg_def *def = tg_loaded_find(shared.plugins.items[0], "print", 5);
    tg_value out, args = json("[1, \"a b\", [2.5]]");
    CHECK_INT(def->fn(&ctx, tg_list_of(args)->items, 3, &out), TG_OK);
    CHECK_STR(logged, "1 a b [2.5]");
    tg_value_unref(args);
}

/* ---- externs ------------------------------------------------------------------------------------- */

static const struct tg_def *make_extern(const char *library, const char *signature, struct tg_err *err)
{
    struct tg_sig sig;
    struct tg_arena arena = {0};
    CHECK(tg_sig_parse(signature, NULL, 0, &arena, &sig, err));
    const struct tg_def *def = tg_registry_extern(&shared, library, &sig, err);
    tg_arena_done(&arena); /* nothing of it may be needed any more */
    return def;
}

static const char *call_extern(const char *library, const char *signature, tg_value take_args)
{
    static char text[200];
    struct tg_err err = {0};
    struct tg_ctx ctx = {.def = make_extern(library, signature, &err)};
    struct tg_buf b = {0};
    tg_value out = tg_nil();
    const struct tg_list *args = tg_list_of(take_args);
    if (!ctx.def) tg_buf_format(&b, "error: %s", err.message);
    else if (ctx.def->fn(&ctx, args->items, args->count, &out) != TG_OK) tg_buf_format(&b, "failed: %s", ctx.err.message);
    else tg_value_repr(&b, out, 0);
    snprintf(text, sizeof text, "%s", tg_buf_str(&b));
    tg_buf_done(&b);
    tg_value_unref(take_args);
    tg_err_done(&err);
    tg_err_done(&ctx.err);
    return text;
}

TEST(extern_calls_c)
{
    CHECK_STR(call_extern("libm.so.6", "hypot(x: float, y: float) -> float", json("[3, 4.0]")), "5.0");
    CHECK_STR(call_extern("libc.so.6", "llabs(x: int) -> int", json("[-5]")), "5");
    CHECK_STR(call_extern("libc.so.6", "strlen(s: str) -> int", json("[\"h\u00e4\"]")), "3");
    CHECK_STR(call_extern("libc.so.6", "free(p: int) -> nil", json("[0]")), "nil");
    CHECK_STR(call_extern("libc.so.6", "strlen(s: str) -> int", list_of(1, tg_str_make(TG_STR, "a\0b", 3))),
              "failed: argument 's' has a NUL byte in it, which a C function takes for its end");
    CHECK_STR(call_extern("libc.so.6", "llabs(x: int) -> int", json("[]")), "failed: 'llabs' takes 1 arguments, not 0");
}

TEST(extern_says_what_is_wrong)
{
    CHECK_STR(call_extern("libm.so.6", "hypot(x: num) -> float", json("[]")),
              "error: parameter 'x' of the C function 'hypot' cannot be num, only int, float, bool or str");
    CHECK_STR(call_extern("libm.so.6", "hypot(x: float) -> str", json("[]")),
              "error: the result of the C function 'hypot' cannot be str, only int, float, bool or nil");
    CHECK_STR(call_extern("libm.so.6", "hypot(x: float...) -> float", json("[]")),
              "error: the C function 'hypot' cannot take any number of arguments");
    CHECK(strstr(call_extern("libm.so.6", "hypott(x: float) -> float", json("[]")),
                 "error: library 'libm.so.6' has no function 'hypott': "));
    CHECK(strstr(call_extern("libnone.so.9", "f() -> nil", json("[]")), "error: could not load library 'libnone.so.9': "));
    CHECK_STR(call_extern("./none/x.so", "f() -> nil", json("[]")),
              "error: could not load library './none/x.so': No such file or directory");
    CHECK_STR(call_extern("/etc/passwd", "f() -> nil", json("[]")), "error: library '/etc/passwd' is not a shared object");
}

TEST(extern_keeps_its_signature)
{
    struct tg_err err = {0};
    const struct tg_def *def = make_extern("libc.so.6", "strlen(s: str = \"abc\") -> int", &err);
    CHECK(def && def->sig.count == 1);
    struct tg_buf b = {0};
    tg_sig_print(&b, &def->sig);
    CHECK_STR(tg_buf_str(&b), "strlen(s: str = \"abc\") -> int");
    CHECK_STR(def->doc, "C function of libc.so.6.");
    tg_buf_done(&b);
}

TEST(the_end)
{
    calls_done();
}
