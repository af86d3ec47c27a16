/* SPDX-License-Identifier: MIT
 * Plugins for the tests with one defect each, which must not load: tests/local.mk makes bad_WHAT.so of this file with
 * -Dbad_WHAT, and NAME is the file's name. Only old_host.so must load: it was made before tasks could add tasks. */
#include <tgrun.h>

/* A defect is a field of the entry that stands there a second time. */
#pragma GCC diagnostic ignored "-Woverride-init"

#define NOTHING                                      \
    {                                                \
        "nothing() -> nil", nothing, "Does nothing." \
    }
#define TASKS(...) \
    .tasks = (const struct tg_task[]){__VA_ARGS__}, .task_count = TG_COUNT(((const struct tg_task[]){__VA_ARGS__}))
#define TYPE(type, ...)                                                                            \
    .types = (const struct tg_object_type *const[]){&(const struct tg_object_type){                \
        .size = sizeof(struct tg_object_type), .encoding_version = 1, .name = type, __VA_ARGS__}}, \
    .type_count = 1

__attribute__((unused)) static int nothing(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)args, (void)count;
    *out = tg_nil();
    return TG_OK;
}

__attribute__((unused)) static int encode(tg_ctx *ctx, const void *payload, size_t payload_bytes, tg_value *content)
{
    return nothing(ctx, payload, payload_bytes, content);
}

__attribute__((unused)) static int decode(tg_ctx *ctx, uint32_t version, const void *content, size_t length, tg_value *object)
{
    (void)version, (void)content;
    return nothing(ctx, NULL, length, object);
}

__attribute__((unused)) static const char *refuse(void)
{
    return "there is no graphics card";
}

#if defined bad_abi
#define DEFECT .abi = TG_ABI + 1
#elif defined bad_function
#define DEFECT TASKS(NOTHING, {"something() -> nil", NULL, "Does nothing."})
#elif defined bad_host
#define DEFECT .host_size = sizeof(struct tg_host) + 8
#elif defined bad_init
#define DEFECT TYPE("gone", .flags = 0), .init = refuse
#elif defined bad_magic
#define DEFECT .magic = UINT64_C(0x1122334455667788)
#elif defined bad_name
#define DEFECT .name = "other"
#elif defined bad_no_entry
#define ENTRY no_entry
#define DEFECT .name = NAME
#elif defined bad_pointer
#define DEFECT .pointer_size = sizeof(void *) / 2
#elif defined bad_signature
#define DEFECT TASKS(NOTHING, {"something(x: imt) -> nil", nothing, "Does nothing."})
#elif defined bad_size
#define DEFECT .size = offsetof(struct tg_plugin, init)
#elif defined bad_task
#define DEFECT TASKS({"no thing() -> nil", nothing, "Does nothing."})
#elif defined bad_twice
#define DEFECT TASKS(NOTHING, {"something() -> nil", nothing, ""}, {"nothing(x: int) -> nil", nothing, ""})
#elif defined bad_new
#define DEFECT .size = sizeof(struct tg_plugin) + 8
#elif defined bad_new_type
#define DEFECT TYPE("thing", .size = sizeof(struct tg_object_type) + 8)
#elif defined bad_type_size
#define DEFECT TYPE("thing", .size = offsetof(struct tg_object_type, encode))
#elif defined bad_type_flags
#define DEFECT TYPE("thing", .flags = 2)
#elif defined bad_type_half
#define DEFECT TYPE("thing", .encode = encode)
#elif defined bad_type_other_half
#define DEFECT TYPE("thing", .decode = decode)
#elif defined bad_type_both
#define DEFECT TYPE("thing", .flags = TG_TYPE_FLAT, .encode = encode, .decode = decode)
#elif defined bad_type
#define DEFECT TYPE("list", .flags = 0)
#elif defined bad_value
#define DEFECT .value_size = sizeof(tg_value) + 8
#elif defined old_host
#define DEFECT .host_size = offsetof(struct tg_host, find)
#endif

#ifndef ENTRY
#define ENTRY tg_plugin_entry
#endif

#ifdef bad_short
TG_EXPORT_ const uint64_t ENTRY[];
const uint64_t ENTRY[] = {TG_MAGIC, sizeof(struct tg_plugin) | (uint64_t)TG_ABI << 32};
#else
TG_PLUGIN_NAMED(ENTRY, .name = NAME, .version = "1.0", .doc = "For tests.", TASKS(NOTHING), DEFECT);
#endif
