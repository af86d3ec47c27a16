/* SPDX-License-Identifier: MIT
 * Large objects of flat types, and texts, in memory that has a descriptor; and what an executor keeps by number. */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/plugin/travel.h"
#include "engine/remote/kept.h"
#include "engine/value/mapped.h"
#include "engine/value/object.h"
#include "engine/value/str.h"
#include "tests/unit/call.h"

#define LARGE ((size_t)3 << 20)

static const struct tg_object_type flat = {.size = sizeof flat, .encoding_version = 1, .name = "flat", .flags = TG_TYPE_FLAT};
static const struct tg_object_type pinned = {.size = sizeof pinned, .encoding_version = 1, .name = "pinned"};

static bool is_mapped(tg_value v)
{
    return ((struct tg_obj *)v.p)->flags & TG_MAPPED;
}

static ino_t inode_of(int fd)
{
    struct stat is;
    return fd >= 0 && fstat(fd, &is) == 0 ? is.st_ino : 0;
}

static ino_t inode_of_object(tg_value v)
{
    return is_mapped(v) ? inode_of(tg_mapped_fd(v.p, sizeof(struct tg_object))) : 0;
}

static tg_value make_flat(const struct tg_object_type *type, size_t bytes)
{
    tg_value v = tg_object_make(type, bytes);
    char *payload = tg_object_of(v)->payload;
    for (size_t i = 0; i < bytes; i++) CHECK(!payload[i]);
    memset(payload, 'x', bytes);
    return v;
}

TEST(nothing_is_mapped_where_nobody_wants_it)
{
    tg_value v = make_flat(&flat, LARGE);
    CHECK(!is_mapped(v));
    tg_value packed = tg_object_pack(NULL, v);
    CHECK(!is_mapped(packed));
    tg_value_unref(packed);
    tg_value_unref(v);
    tg_mapped_begin();
}

TEST(a_large_flat_object_is_packed_without_a_copy)
{
    tg_value v = make_flat(&flat, LARGE), packed = tg_object_pack(NULL, v);
    CHECK(is_mapped(v) && is_mapped(packed));
    CHECK(inode_of_object(v) && inode_of_object(v) == inode_of(tg_mapped_text_fd(packed)));
    CHECK_INT(tg_str_of(packed)->length, LARGE);
    CHECK(tg_str_of(packed)->data[0] == 'x' && tg_str_of(packed)->data[LARGE - 1] == 'x' && !tg_str_of(packed)->data[LARGE]);
    tg_value_unref(v);
    CHECK(tg_str_of(packed)->data[LARGE - 1] == 'x');
    tg_value again = tg_mapped_object(&flat, packed);
    CHECK(tg_kind(again) == TG_OBJECT && inode_of_object(again) == inode_of(tg_mapped_text_fd(packed)));
    CHECK_INT(tg_object_of(again)->bytes, LARGE);
    tg_value_unref(packed);
    CHECK(tg_object_of(again)->payload[LARGE - 1] == 'x');
    tg_value_unref(again);
}

/* So it does not count as data of who has mapped it, which an executor may have little of; and nobody changes it for the others. */
TEST(what_others_have_made_is_only_read)
{
    tg_value v = make_flat(&flat, LARGE), packed = tg_object_pack(NULL, v), again = tg_mapped_object(&flat, packed);
    int zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    CHECK(read(zeros, tg_object_of(again)->payload, 1) < 0 && errno == EFAULT);
    CHECK(read(zeros, tg_str_of(packed)->data + LARGE - 1, 1) < 0 && errno == EFAULT);
    CHECK(tg_object_of(v)->payload[0] == 'x' && tg_object_of(again)->payload[LARGE - 1] == 'x');
    close(zeros);
    tg_value_unref(again);
    tg_value_unref(packed);
    tg_value_unref(v);
}

TEST(what_somebody_has_written_behind_a_payload_does_not_follow_it)
{
    tg_value v = make_flat(&flat, LARGE);
    tg_object_of(v)->payload[LARGE] = 'y';
    tg_value packed = tg_object_pack(NULL, v);
    CHECK_INT(tg_str_of(packed)->length, LARGE);
    CHECK(!tg_str_of(packed)->data[LARGE] && tg_str_of(packed)->data[LARGE - 1] == 'x');
    tg_value_unref(packed);
    tg_value_unref(v);
}

TEST(what_is_small_or_pinned_is_not_mapped)
{
    tg_value small = make_flat(&flat, TG_MAPPED_FROM_BYTES - 1), own = make_flat(&pinned, LARGE), text = tg_str("x");
    CHECK(!is_mapped(small) && !is_mapped(own));
    CHECK(!tg_is_heap(tg_mapped_payload(small)) && !tg_is_heap(tg_mapped_object(&flat, text)));
    tg_value_unref(small);
    tg_value_unref(own);
    tg_value_unref(text);
}

TEST(a_plugin_s_object_travels_without_a_copy)
{
    const char *type;
    uint32_t version;
    struct tg_err err = {0};
    tg_value v = tg_nil(), content, back = tg_nil();
    use("travel");
    CHECK(call_list("block", json("[2000000, \"/dev/null\"]"), &v, &err));
    CHECK(tg_travel_encode(&shared, v, &type, &version, &content, &err));
    CHECK(tg_travel_decode(&shared, type, strlen(type), version, content, &back, &err));
    CHECK(inode_of_object(v) && inode_of_object(v) == inode_of_object(back));
    CHECK(tg_value_equal(v, back));
    tg_value_unref(back);
    tg_value_unref(v);
}

TEST(with_few_descriptors_all_goes_on_in_copies)
{
    struct rlimit before, few = {.rlim_cur = 40};
    tg_value many[30];
    CHECK_INT(getrlimit(RLIMIT_NOFILE, &before), 0);
    few.rlim_max = before.rlim_max;
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &few), 0);
    tg_mapped_begin();
    size_t mapped = 0;
    for (size_t i = 0; i < TG_COUNT(many); i += 2) {
        many[i] = make_flat(&flat, TG_MAPPED_FROM_BYTES);
        many[i + 1] = tg_object_pack(NULL, many[i]);
        CHECK(tg_kind(many[i + 1]) == TG_BYTES && tg_str_of(many[i + 1])->data[0] == 'x');
        mapped += is_mapped(many[i]);
    }
    CHECK(mapped > 0 && mapped < TG_COUNT(many) / 2);
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    close(fd);
    tg_value_unref_all(many, TG_COUNT(many));
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
}

/* ---- what an executor keeps ---------------------------------------------------------------------- */

TEST(objects_are_kept_by_number)
{
    struct tg_kept kept = {0};
    CHECK(!tg_is_heap(tg_kept_find(&kept, 1)));
    tg_kept_drop(&kept, 1);
    for (uint64_t n = 1; n <= 1000; n++) tg_kept_put(&kept, n << 32 | 7, tg_str("x"));
    for (uint64_t n = 1; n <= 1000; n += 3) tg_kept_drop(&kept, n << 32 | 7);
    for (uint64_t n = 1; n <= 1000; n++) CHECK(tg_is_heap(tg_kept_find(&kept, n << 32 | 7)) == (n % 3 != 1));
    CHECK_INT(kept.count, 666);
    for (uint64_t n = 1000; n; n--) tg_kept_drop(&kept, n << 32 | 7);
    CHECK_INT(kept.count, 0);
    tg_kept_put(&kept, 5, tg_str("x"));
    tg_kept_done(&kept);
    CHECK(!tg_is_heap(tg_kept_find(&kept, 5)));
}

TEST(the_end)
{
    calls_done();
}
