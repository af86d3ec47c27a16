/* SPDX-License-Identifier: MIT
 * Values of plugins' types on their way between processes, their equality, and plugins of other releases. */
#include "engine/plugin/load.h"
#include "engine/plugin/travel.h"
#include "engine/value/object.h"
#include "engine/value/str.h"
#include "tests/unit/call.h"

static tg_value make(const char *task, const char *json_args)
{
    tg_value out = tg_nil();
    struct tg_err err = {0};
    CHECK(call_list(task, json(json_args), &out, &err));
    tg_err_done(&err);
    return out;
}

static const char *shown(tg_value take_v)
{
    static char text[300];
    struct tg_buf b = {0};
    tg_value_print(&b, take_v);
    snprintf(text, sizeof text, "%s", tg_buf_str(&b));
    tg_buf_done(&b);
    tg_value_unref(take_v);
    return text;
}

static const char *told(struct tg_err *err)
{
    static char text[300];
    snprintf(text, sizeof text, "%s%s%s", err->message ? err->message : "", err->hint ? " | " : "", err->hint ? err->hint : "");
    tg_err_done(err);
    return text;
}

/* ---- the way and back ---------------------------------------------------------------------------- */

/* What arrives, or what went wrong. */
static const char *after_travel(tg_value take_v)
{
    const char *type;
    uint32_t version = 0;
    tg_value content, back = tg_nil();
    struct tg_err err = {0};
    bool good = tg_travel_encode(&shared, take_v, &type, &version, &content, &err) &&
                tg_travel_decode(&shared, type, strlen(type), version, content, &back, &err);
    CHECK(good ? tg_object_of(back)->type == tg_object_of(take_v)->type && tg_value_equal(back, take_v) : err.code != 0);
    tg_value_unref(take_v);
    return good ? shown(back) : told(&err);
}

TEST(objects_travel)
{
    use("travel");
    CHECK_STR(after_travel(make("pixel", "[3, -4]")), "pixel(3, -4)");
    CHECK_STR(after_travel(make("word", "[\"ship\"]")), "word(ship)");
    CHECK_STR(after_travel(make("word", "[\"\"]")), "word()");
    CHECK_STR(after_travel(make("pinned", "[]")),
              "a value of type 'travel.pinned' does not travel: its plugin has no encode and decode for it");
    CHECK_STR(after_travel(make("heavy", "[]")), "could not encode a value of type 'travel.heavy': it is too heavy");
    CHECK_STR(after_travel(make("riddle", "[]")),
              "could not decode a value of type 'travel.riddle': nobody knows what 0 bytes mean");
    use("aged");
    CHECK_STR(after_travel(make("coin", "[5]")),
              "a value of type 'aged.coin' does not travel: its plugin has no encode and decode for it");
}

static const char *decoded(const char *type, uint32_t version, tg_value take_content)
{
    tg_value object;
    struct tg_err err = {0};
    return tg_travel_decode(&shared, type, strlen(type), version, take_content, &object, &err) ? shown(object) : told(&err);
}

TEST(what_comes_may_be_anything)
{
    use("travel");
    CHECK_STR(decoded("travel.word", 7, tg_str_make(TG_BYTES, "oar", 3)), "word(oar)");
    CHECK_STR(decoded("travel.word", 6, tg_str_make(TG_BYTES, "oar", 3)),
              "could not decode a value of type 'travel.word': there are no words of version 6");
    CHECK_STR(decoded("travel.word", 7, tg_str_make(TG_BYTES, "o\0r", 3)),
              "could not decode a value of type 'travel.word': a word has no NUL byte | The file is damaged.");
    CHECK_STR(decoded("travel.word", 7, tg_str("oar")),
              "could not decode a value of type 'travel.word': what came is not bytes");
    CHECK_STR(decoded("travel.pixel", 2, tg_str_make(TG_BYTES, NULL, 16)),
              "could not decode a value of type 'travel.pixel': it is of version 2, its plugin here has 3");
    CHECK_STR(decoded("travel.pinned", 1, tg_str_make(TG_BYTES, NULL, 8)),
              "could not decode a value of type 'travel.pinned': its plugin has no encode and decode for it");
    CHECK_STR(decoded("travel.words", 7, tg_str_make(TG_BYTES, NULL, 8)),
              "could not decode a value of type 'travel.words': no plugin that is loaded has it");
    CHECK_STR(decoded("", 0, tg_nil()), "could not decode a value of type '': no plugin that is loaded has it");
}

static int give_str(tg_ctx *ctx, const void *payload, size_t payload_bytes, tg_value *content)
{
    (void)ctx, (void)payload, (void)payload_bytes;
    *content = tg_str("this is not bytes");
    return TG_OK;
}

static int give_list(tg_ctx *ctx, uint32_t version, const void *content, size_t length, tg_value *object)
{
    (void)ctx, (void)version, (void)content, (void)length;
    *object = tg_list_make(1);
    return TG_OK;
}

static const struct tg_object_type odd_type = {.size = sizeof odd_type, .name = "odd", .encode = give_str, .decode = give_list};
static const struct tg_object_type *const odd_types[] = {&odd_type};
static const struct tg_task odd_tasks[] = {{"nothing() -> nil", NULL, NULL}};
static const struct tg_host *odd_host;
static const struct tg_plugin odd = {.magic = TG_MAGIC,
                                     .size = sizeof odd,
                                     .abi = TG_ABI,
                                     .pointer_size = sizeof(void *),
                                     .value_size = sizeof(tg_value),
                                     .host_size = sizeof(struct tg_host),
                                     .host = &odd_host,
                                     .name = "odd",
                                     .tasks = odd_tasks,
                                     .types = odd_types,
                                     .type_count = 1};

TEST(plugins_that_break_the_rules)
{
    struct tg_err err = {0};
    tg_value object = tg_object_make(&odd_type, 8);
    CHECK_STR(after_travel(tg_value_ref(object)), "a value of type 'odd' does not travel: it is of no plugin that is loaded");
    struct tg_loaded *p = tg_load_entry(&shared, &odd, "odd.so", true, &err);
    CHECK(p);
    tg_vec_push(&shared.plugins, p);
    CHECK_STR(after_travel(tg_value_ref(object)), "could not encode a value of type 'odd.odd': its plugin gave no bytes");
    CHECK_STR(decoded("odd.odd", 0, tg_str_make(TG_BYTES, NULL, 1)),
              "could not decode a value of type 'odd.odd': its plugin gave another one");
    tg_value_unref(object);
}

TEST(types_have_full_names)
{
    use("travel");
    const struct tg_object_type *word = tg_registry_type(&shared, "travel.word, and more", 11);
    CHECK(word);
    CHECK_STR(word->name, "word");
    CHECK_STR(tg_registry_type_name(&shared, word), "travel.word");
    CHECK(!tg_registry_type(&shared, "word", 4) && !tg_registry_type(&shared, "travel.", 7));
    static const struct tg_object_type mine = {.size = sizeof mine, .name = "word"};
    CHECK(!tg_registry_type_name(&shared, &mine));
}

/* ---- equality ------------------------------------------------------------------------------------ */

static bool equal(tg_value take_a, tg_value take_b)
{
    bool ab = tg_value_equal(take_a, take_b), ba = tg_value_equal(take_b, take_a);
    CHECK(ab == ba);
    CHECK(tg_value_equal(take_a, take_a) && tg_value_equal(take_b, take_b)); /* one body */
    tg_value_unref(take_a);
    tg_value_unref(take_b);
    return ab;
}

TEST(objects_that_travel_alike_are_equal)
{
    use("travel");
    CHECK(equal(make("pixel", "[1, 2]"), make("pixel", "[1, 2]")));
    CHECK(!equal(make("pixel", "[1, 2]"), make("pixel", "[1, 3]")));
    CHECK(equal(make("word", "[\"a\"]"), make("known_word", "[\"a\"]")));
    CHECK(!equal(make("word", "[\"a\"]"), make("word", "[\"ab\"]")));
    CHECK(!equal(make("word", "[\"a\"]"), make("pixel", "[1, 2]")));
    CHECK(!equal(make("word", "[\"a\"]"), tg_str("a")));
    CHECK(!equal(make("pinned", "[]"), make("pinned", "[]")));
    CHECK(!equal(make("heavy", "[]"), make("heavy", "[]"))); /* nobody can tell */
    CHECK(equal(list_of(2, tg_int(1), make("word", "[\"a\"]")), list_of(2, tg_int(1), make("word", "[\"a\"]"))));
    tg_value list = list_of(6, make("word", "[\"a\"]"), make("pixel", "[1, 2]"), make("word", "[\"a\"]"), make("pinned", "[]"),
                            make("pinned", "[]"), make("pixel", "[1, 2]"));
    use("core");
    CHECK_STR(call_text("unique", list_of(1, list)), "[word(a), pixel(1, 2), pinned(0), pinned(0)]");
}

/* ---- plugins of other releases ------------------------------------------------------------------- */

TEST(a_plugin_of_0_1_0_runs)
{
    use("aged");
    CHECK_INT(plugin->def_count, 2);
    tg_value coin = make("coin", "[20]");
    CHECK_INT(tg_object_of(coin)->type->size, 32);
    CHECK(tg_object_travel(tg_object_of(coin)->type) == TG_TRAVEL_PINNED);
    CHECK(!equal(tg_value_ref(coin), make("coin", "[20]")));
    CHECK_STR(shown(tg_value_ref(coin)), "coin(20)");
    CHECK_STR(call_text("cents", list_of(1, coin)), "20");
    IS("coin", "[0]", "error: no coin of 0");
}

static const char *load_with_rows(size_t task_size)
{
    struct tg_registry r = new_registry();
    struct tg_err err = {0};
    struct tg_plugin entry = odd;
    entry.task_size = task_size;
    struct tg_loaded *p = tg_load_entry(&r, &entry, "odd.so", true, &err);
    CHECK(!p == !!err.code);
    tg_loaded_free(p);
    tg_registry_done(&r);
    return told(&err);
}

TEST(rows_of_other_sizes)
{
    CHECK_STR(load_with_rows(0), "");
    CHECK_STR(load_with_rows(sizeof(struct tg_task)), "");
    CHECK_STR(load_with_rows(16), "plugin 'odd.so' was built for tasks of 16 bytes, this tgrun has 24 | "
                                  "Compile the plugin again with the tgrun.h of this tgrun.");
    CHECK_STR(load_with_rows(SIZE_MAX),
              "plugin 'odd.so' was built with a newer tgrun: a task has 18446744073709551615 bytes, that of this tgrun 24 | "
              "Update tgrun, or compile the plugin again with the tgrun.h of this tgrun.");
}

TEST(the_end)
{
    calls_done();
}
