/* SPDX-License-Identifier: MIT
 * Plugins read without loading them: they say the same as loaded ones, and no file harms. */
#include <dlfcn.h>
#include <sys/stat.h>

#include "engine/plugin/entry.h"
#include "engine/plugin/image.h"
#include "engine/plugin/load.h"
#include "engine/value/object.h"
#include "tests/unit/call.h"

/* ---- reading ------------------------------------------------------------------------------------- */

/* A registry that only looks, over folders that are not trusted. */
static struct tg_registry looking_registry(void)
{
    struct tg_registry r;
    struct tg_err err = {0};
    CHECK(tg_registry_init(&r, &err));
    char *folders = tg_alloc_format("/nowhere/at/all:%s/tests/plugins:%s/plugins", build_folder(), build_folder());
    tg_registry_search(&r, folders, false);
    r.looks = true;
    free(folders);
    return r;
}

static bool is_loaded_code(const struct tg_loaded *p)
{
    void *library = dlopen(p->path, RTLD_NOW | RTLD_NOLOAD);
    if (library) dlclose(library);
    return library;
}

static void check_same_sig(const struct tg_sig *a, const struct tg_sig *b)
{
    struct tg_buf first = {0}, second = {0};
    tg_sig_print(&first, a);
    tg_sig_print(&second, b);
    CHECK_STR(tg_buf_str(&first), tg_buf_str(&second));
    tg_buf_done(&first);
    tg_buf_done(&second);
}

static void check_same_plugin(const struct tg_loaded *read, const struct tg_loaded *loaded)
{
    CHECK_STR(read->name, loaded->name);
    CHECK_STR(read->version, loaded->version);
    CHECK_STR(read->doc, loaded->doc);
    CHECK_INT(read->def_count, loaded->def_count);
    for (size_t i = 0; i < read->def_count && i < loaded->def_count; i++) {
        CHECK_STR(read->defs[i].name, loaded->defs[i].name);
        CHECK_STR(read->defs[i].doc, loaded->defs[i].doc);
        CHECK_INT(read->defs[i].flags, loaded->defs[i].flags & ~(uint32_t)TG_DEF_NOW); /* no code, nothing at once */
        CHECK_INT(!!(loaded->defs[i].flags & TG_DEF_NOW), loaded->defs[i].sig.now);
        check_same_sig(&read->defs[i].sig, &loaded->defs[i].sig);
    }
    CHECK_INT(read->type_count, loaded->type_count);
    for (size_t i = 0; i < read->type_count && i < loaded->type_count; i++) {
        CHECK_STR(read->types[i].name, loaded->types[i].name);
        CHECK_INT(tg_object_travel(read->types[i].type), tg_object_travel(loaded->types[i].type));
    }
}

TEST(what_is_read_is_what_is_loaded)
{
    static const char *const names[] = {"math",     "text",   "example", "grower", "twin",
                                        "old_host", "canary", "instant", "aged",   "travel"};
    struct tg_registry looking = looking_registry(), loading = new_registry();
    struct tg_err err = {0};
    for (size_t i = 0; i < TG_COUNT(names); i++) {
        const struct tg_loaded *read = tg_registry_load(&looking, names[i], NULL, &err);
        CHECK(read && !is_loaded_code(read));
        const struct tg_loaded *loaded = tg_registry_load(&loading, names[i], NULL, &err);
        CHECK(loaded && is_loaded_code(loaded));
        if (read && loaded) check_same_plugin(read, loaded);
    }
    CHECK_INT(looking.types.count, loading.types.count);
    for (size_t i = 0; i < looking.type_names.count; i++) CHECK_STR(looking.type_names.items[i], loading.type_names.items[i]);
    tg_err_done(&err);
    tg_registry_done(&looking);
    tg_registry_done(&loading);
}

TEST(no_task_runs_that_was_only_read)
{
    struct tg_registry r = looking_registry();
    struct tg_err err = {0};
    const struct tg_loaded *math = tg_registry_load(&r, "math", NULL, &err);
    struct tg_ctx ctx = {0};
    tg_value out, one = tg_int(1);
    CHECK(math && math->defs[0].fn(&ctx, &one, 1, &out) == TG_FAIL);
    CHECK_STR(ctx.err.message, "the plugin of this task has not been loaded");
    tg_err_done(&ctx.err);
    tg_registry_done(&r);
}

/* The same file is found bad with the same words. */
static void check_same_error(struct tg_registry *looking, struct tg_registry *loading, const char *name)
{
    struct tg_err read = {0}, loaded = {0};
    CHECK(!tg_registry_load(looking, name, NULL, &read));
    CHECK(!tg_registry_load(loading, name, NULL, &loaded));
    CHECK_STR(read.message, loaded.message);
    CHECK_STR(read.hint ? read.hint : "", loaded.hint ? loaded.hint : "");
    CHECK_STR(read.detail ? read.detail : "", loaded.detail ? loaded.detail : "");
    tg_err_done(&read);
    tg_err_done(&loaded);
}

TEST(bad_plugins_are_told_alike)
{
    static const char *const names[] = {
        "bad_abi",       "bad_function",        "bad_host",     "bad_magic",    "bad_name",      "bad_no_entry",
        "bad_size",      "bad_signature",       "bad_task",     "bad_twice",    "bad_value",     "bad_pointer",
        "bad_type",      "bad_short",           "bad_new",      "bad_new_type", "bad_type_size", "bad_type_flags",
        "bad_type_half", "bad_type_other_half", "bad_type_both"};
    struct tg_registry looking = looking_registry(), loading = new_registry();
    struct tg_err err = {0};
    for (size_t i = 0; i < TG_COUNT(names); i++) check_same_error(&looking, &loading, names[i]);
    CHECK(tg_registry_load(&looking, "bad_init", NULL, &err) != NULL); /* what it says when it starts is not asked */
    CHECK(!tg_registry_load(&looking, "late", NULL, &err));
    CHECK(strstr(err.message, "late.so' cannot be read without running its code: its entry is made when it is loaded"));
    CHECK(strstr(err.hint, "--trust"));
    tg_err_done(&err);
    CHECK(tg_registry_load(&loading, "late", NULL, &err) != NULL);
    tg_err_done(&err);
    tg_registry_done(&looking);
    tg_registry_done(&loading);
}

/* ---- files that somebody made -------------------------------------------------------------------- */

static char *good; /* the bytes of a plugin that has all kinds of tables */
static size_t good_size;

static void read_good(void)
{
    char *path = tg_alloc_format("%s/tests/plugins/canary.so", build_folder());
    int fd = open(path, O_RDONLY);
    struct stat st = {0};
    free(good);
    CHECK(fd >= 0 && fstat(fd, &st) == 0);
    good_size = (size_t)st.st_size;
    good = tg_alloc(good_size);
    CHECK(read(fd, good, good_size) == (ssize_t)good_size);
    close(fd);
    free(path);
}

/* What reading and checking such a file says; "" if it is a good one. Takes the bytes. */
static const char *say(char *take_bytes, size_t size)
{
    static char text[400];
    struct tg_registry r;
    struct tg_err err = {0};
    bool variable;
    CHECK(tg_registry_init(&r, &err));
    const struct tg_plugin *entry = tg_entry_read_bytes(take_bytes, size, "canary.so", &r.arena, &variable, &err);
    struct tg_loaded *p = entry ? tg_load_entry(&r, entry, "canary.so", false, &err) : NULL;
    CHECK(p ? !err.code : err.code && err.message);
    snprintf(text, sizeof text, "%s", err.message ? err.message : "");
    tg_loaded_free(p);
    tg_err_done(&err);
    tg_registry_done(&r);
    free(take_bytes);
    return text;
}

static char *copy_good(void)
{
    char *copy = malloc(good_size);
    CHECK(copy);
    return memcpy(copy, good, good_size);
}

/* Where the entry is, as the file says it and in the bytes; and where the relocations are in them. */
struct spots {
    uint64_t entry;
    size_t offset, relocations, relocation_count;
};

static struct spots find_spots(char *bytes)
{
    struct tg_image image;
    GElf_Sym symbol = {0};
    CHECK(!tg_image_open(&image, bytes, good_size) && tg_image_find(&image, "tg_plugin_entry", &symbol));
    const char *at = tg_image_bytes(&image, symbol.st_value, sizeof(struct tg_plugin));
    const char *table = tg_image_bytes(&image, image.dynamic[DT_RELA], image.dynamic[DT_RELASZ]);
    CHECK(at && table);
    struct spots s = {symbol.st_value, (size_t)(at - bytes), (size_t)(table - bytes),
                      image.dynamic[DT_RELASZ] / sizeof(Elf64_Rela)};
    tg_image_close(&image);
    return s;
}

static unsigned relative_type(const char *bytes)
{
    return ((const Elf64_Ehdr *)bytes)->e_machine == EM_AARCH64 ? R_AARCH64_RELATIVE : R_X86_64_RELATIVE;
}

/* The relocation of a field of the entry: its addend becomes the pointer. */
static Elf64_Rela *relocation(char *bytes, size_t field)
{
    struct spots s = find_spots(bytes);
    Elf64_Rela *table = (Elf64_Rela *)(bytes + s.relocations);
    for (size_t i = 0; i < s.relocation_count; i++)
        if (table[i].r_offset == s.entry + field && table[i].r_info == relative_type(bytes)) return &table[i];
    CHECK(!"no relocation");
    return table;
}

#define FIELD(name) offsetof(struct tg_plugin, name)

/* With another number in the entry. */
static const char *with_number(size_t field, uint64_t value)
{
    char *bytes = copy_good();
    memcpy(bytes + find_spots(bytes).offset + field, &value, sizeof value);
    return say(bytes, good_size);
}

/* With another pointer in it. */
static const char *with_pointer(size_t field, uint64_t value)
{
    char *bytes = copy_good();
    relocation(bytes, field)->r_addend = (int64_t)value;
    return say(bytes, good_size);
}

TEST(tables_that_lie)
{
    static const char damaged[] = "plugin 'canary.so' is damaged: ";
    size_t length = sizeof damaged - 1;
    read_good();
    CHECK_STR(say(copy_good(), good_size), "");
    CHECK_STR(with_number(FIELD(task_count), 65000) + length, "its table of tasks lies outside of the file");
    CHECK_STR(with_number(FIELD(task_count), UINT64_MAX) + length, "its table of tasks has 18446744073709551615 rows");
    CHECK_STR(with_number(FIELD(type_count), UINT64_MAX / 8) + length, "its table of types has 2305843009213693951 rows");
    CHECK_STR(with_number(FIELD(task_size), 32),
              "plugin 'canary.so' was built with a newer tgrun: a task has 32 bytes, that of this tgrun 24");
    CHECK_STR(with_number(FIELD(task_size), 0), ""); /* as in 0.1.0 */
    CHECK_STR(with_pointer(FIELD(name), UINT64_MAX) + length, "its name lies outside of the file");
    CHECK_STR(with_pointer(FIELD(doc), 1ull << 40) + length, "its doc lies outside of the file");
    CHECK_STR(with_pointer(FIELD(tasks), UINT64_MAX - 8) + length, "its table of tasks lies outside of the file");
    CHECK_STR(with_pointer(FIELD(types), good_size * 100) + length, "its table of types lies outside of the file");
}

/* A pointer that only the dynamic linker can set, and one that it does not set. */
TEST(pointers_that_only_loading_tells)
{
    char *bytes = copy_good();
    relocation(bytes, FIELD(name))->r_info = relative_type(bytes) == R_X86_64_RELATIVE ? R_X86_64_IRELATIVE
                                                                                       : R_AARCH64_IRELATIVE;
    CHECK_STR(say(bytes, good_size),
              "plugin 'canary.so' cannot be read without running its code: its name is made when it is loaded");
    bytes = copy_good();
    relocation(bytes, FIELD(name))->r_offset = 0;
    memset(bytes + find_spots(bytes).offset + FIELD(name), 0, sizeof(uint64_t));
    CHECK_STR(say(bytes, good_size), "plugin 'canary.so' has no proper name: ''");
}

TEST(sections_do_not_matter)
{
    char *bytes = copy_good();
    Elf64_Ehdr *head = (Elf64_Ehdr *)bytes;
    head->e_shoff = UINT64_MAX - 3;
    head->e_shnum = UINT16_MAX;
    CHECK_STR(say(bytes, good_size), "");
}

/* The tables of the other machine differ in the numbers of relocations only. */
TEST(the_other_machine)
{
    char *bytes = copy_good();
    unsigned from = relative_type(bytes), to = from == R_X86_64_RELATIVE ? R_AARCH64_RELATIVE : R_X86_64_RELATIVE;
    struct spots s = find_spots(bytes);
    Elf64_Rela *table = (Elf64_Rela *)(bytes + s.relocations);
    for (size_t i = 0; i < s.relocation_count; i++)
        if (table[i].r_info == from) table[i].r_info = to;
    ((Elf64_Ehdr *)bytes)->e_machine = to == R_AARCH64_RELATIVE ? EM_AARCH64 : EM_X86_64;
    CHECK_STR(say(bytes, good_size), "");
    bytes = copy_good();
    ((Elf64_Ehdr *)bytes)->e_machine = EM_RISCV;
    CHECK_STR(say(bytes, good_size),
              "plugin 'canary.so' cannot be read without running its code: only files for x86-64 and aarch64 can be read");
}

/* ---- files that nobody made ---------------------------------------------------------------------- */

static uint64_t chance(void)
{
    static uint64_t state = 20261126;
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

/* Numbers at which something ends, or that are an address of the file. */
static uint64_t odd_number(void)
{
    switch (chance() % 6) {
    case 0: return 0;
    case 1: return UINT64_MAX - chance() % 64;
    case 2: return 1ull << chance() % 64;
    case 3: return good_size - chance() % 32;
    case 4: return chance();
    default: return chance() % good_size;
    }
}

/* Most of it where it matters: the first part of the file has the headers and tables of the linker. */
static void spoil(char *bytes)
{
    uint64_t number = odd_number(), room = chance() % 4 ? 4096 : good_size;
    static const size_t widths[] = {1, 2, 4, 8};
    size_t width = widths[chance() % 4], at = chance() % (room - 8);
    memcpy(bytes + at / width * width, &number, width);
}

TEST(spoilt_files)
{
    read_good();
    for (int round = 0; round < 10000; round++) {
        char *bytes = copy_good();
        for (uint64_t i = chance() % 3 + 1; i-- > 0;) spoil(bytes);
        say(bytes, good_size);
    }
}

TEST(cut_files)
{
    for (size_t size = 1; size < good_size; size += size < 1024 ? 7 : 101) {
        char *cut = malloc(size);
        CHECK(cut);
        say(memcpy(cut, good, size), size);
    }
    free(good);
}

TEST(the_end)
{
    calls_done();
}
