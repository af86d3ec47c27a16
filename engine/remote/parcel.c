/* SPDX-License-Identifier: MIT
 * Writing and reading parcels and reports. What is read is looked at as a whole: all lengths together must be what there is, so that
 * nothing that is lent reaches past the end. */
#include "engine/remote/parcel.h"

#include <string.h>

#include "engine/base/path.h"
#include "engine/remote/pool.h"
#include "engine/value/codec.h"
#include "engine/value/list.h"
#include "engine/value/str.h"

/* What the bytes begin with. */
#define PARCEL_MARK UINT32_C(0x70677401)
#define REPORT_MARK UINT32_C(0x72677401)

/* The length of a text that is none. */
#define NO_TEXT UINT32_MAX

struct parcel_head {
    uint32_t mark, process, entries, room, buffer_count, released_count;
    uint64_t memory_bytes, greeting_bytes, batch_bytes;
};

enum report_flag {
    REPORT_FRESH = 1,
    REPORT_ENDED = 2,
    REPORT_DIED = 4,
    REPORT_UNHEARD = 8,
    REPORT_RAN_OUT = 16,
    REPORT_KILLED_SHORT = 32,
    REPORT_GROUPED = 64,
    REPORT_SHORT_OF = 128,
    REPORT_CRASHED = 256, /* its crash follows */
};

struct report_head {
    uint32_t mark, flags, process, begun, done, ran, result_count, buffer_count;
    int32_t refused, status;
    uint64_t fresh_bytes, resident_bytes, data_bytes, lacked, making, spawn_ns;
    int64_t clock_ns;
};

/* ---- reading and writing ------------------------------------------------------------------------- */

struct parcel_reader {
    const uint8_t *at, *end;
    struct tg_arena *arena;
    bool broken; /* then all that follows gives nothing */
};

/* The next bytes, lent; NULL where there are fewer. */
static const uint8_t *lend_bytes(struct parcel_reader *r, uint64_t count)
{
    if (r->broken || count > (uint64_t)(r->end - r->at)) {
        r->broken = true;
        return NULL;
    }
    const uint8_t *found = r->at;
    r->at += count;
    return found;
}

static bool copy_bytes(struct parcel_reader *r, void *to, size_t count)
{
    const uint8_t *from = lend_bytes(r, count);
    if (from) memcpy(to, from, count);
    return from != NULL;
}

/* So many items, of which each has bytes here; NULL where it has not. */
static void *copy_items(struct parcel_reader *r, uint32_t count, size_t item_bytes)
{
    const uint8_t *from = lend_bytes(r, (uint64_t)count * item_bytes);
    void *items = from ? tg_arena_alloc(r->arena, count * item_bytes) : NULL;
    if (items && count) memcpy(items, from, count * item_bytes);
    return items;
}

static void add_buffer_lengths(struct tg_buf *b, const struct iovec *buffers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint64_t length = buffers[i].iov_len;
        tg_buf_add(b, &length, sizeof length);
    }
}

static void add_buffer_bytes(struct tg_buf *b, const struct iovec *buffers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) tg_buf_add(b, buffers[i].iov_base, buffers[i].iov_len);
}

static struct iovec *lend_buffers(struct parcel_reader *r, const uint64_t *lengths, uint32_t count)
{
    struct iovec *buffers = lengths ? tg_arena_alloc(r->arena, count * sizeof *buffers) : NULL;
    for (uint32_t i = 0; buffers && i < count && !r->broken; i++)
        buffers[i] = (struct iovec){(void *)lend_bytes(r, lengths[i]), (size_t)lengths[i]};
    return buffers;
}

/* At the end: nothing is missing, and nothing left. */
static bool is_all_read(const struct parcel_reader *r, const char *what, struct tg_err *err)
{
    if (!r->broken && r->at == r->end) return true;
    return tg_err_set(err, TG_EXIT_FAULT, "what came is no %s", what);
}

/* ---- parcels ------------------------------------------------------------------------------------- */

void tg_parcel_write(struct tg_buf *b, const struct tg_parcel *p)
{
    struct parcel_head head = {.mark = PARCEL_MARK, .process = p->process, .entries = p->entries, .room = p->room};
    head.buffer_count = p->buffer_count;
    head.released_count = p->released_count;
    head.memory_bytes = p->memory_bytes;
    head.greeting_bytes = p->greeting_bytes;
    head.batch_bytes = p->batch_bytes;
    tg_buf_add(b, &head, sizeof head);
    add_buffer_lengths(b, p->buffers, p->buffer_count);
    tg_buf_add(b, p->released, p->released_count * sizeof *p->released);
    tg_buf_add(b, p->greeting, p->greeting_bytes);
    tg_buf_add(b, p->batch, p->batch_bytes);
    add_buffer_bytes(b, p->buffers, p->buffer_count);
}

static bool read_parcel_head(struct parcel_reader *r, struct parcel_head *head, struct tg_parcel *out)
{
    bool good = copy_bytes(r, head, sizeof *head) && head->mark == PARCEL_MARK && head->process && head->entries &&
                head->entries <= TG_PAGE_ENTRIES && head->room < TG_PARCEL_ROOMS;
    r->broken = !good;
    if (!good) return false;
    *out = (struct tg_parcel){.process = head->process, .entries = head->entries, .room = (enum tg_parcel_room)head->room};
    out->memory_bytes = head->memory_bytes;
    out->greeting_bytes = (size_t)head->greeting_bytes;
    out->batch_bytes = (size_t)head->batch_bytes;
    out->buffer_count = head->buffer_count;
    out->released_count = head->released_count;
    return true;
}

bool tg_parcel_read(const uint8_t *bytes, size_t length, struct tg_parcel *out, struct tg_arena *arena, struct tg_err *err)
{
    struct parcel_reader r = {bytes, bytes + length, arena, false};
    struct parcel_head head;
    if (read_parcel_head(&r, &head, out)) {
        const uint64_t *lengths = copy_items(&r, head.buffer_count, sizeof *lengths);
        out->released = copy_items(&r, head.released_count, sizeof *out->released);
        out->greeting = lend_bytes(&r, head.greeting_bytes);
        out->batch = lend_bytes(&r, head.batch_bytes);
        out->buffers = lend_buffers(&r, lengths, head.buffer_count);
    }
    return is_all_read(&r, "parcel", err);
}

void tg_parcel_greet(struct tg_buf *b, const struct tg_registry *r, const char *const *digests)
{
    static const struct tg_codec plain;
    tg_value all = tg_list_make(2), plugins = tg_list_make(0);
    for (size_t i = 1, n = 0; i < r->plugins.count; i++) {
        if (!r->plugins.items[i]->path) continue;
        tg_list_add(plugins, tg_str(digests[n++]));
        tg_list_add(plugins, tg_str(tg_path_name(r->plugins.items[i]->path)));
    }
    tg_list_add(all, plugins);
    tg_list_add(all, tg_pool_list_externs(r));
    tg_codec_encode(&plain, all, b, NULL);
    tg_value_unref(all);
}

/* ---- reports ------------------------------------------------------------------------------------- */

static uint32_t flags_of(const struct tg_parcel_report *r)
{
    return (r->fresh ? REPORT_FRESH : 0u) | (r->ended ? REPORT_ENDED : 0u) | (r->died ? REPORT_DIED : 0u) |
           (r->unheard ? REPORT_UNHEARD : 0u) | (r->ran_out ? REPORT_RAN_OUT : 0u) |
           (r->killed_short ? REPORT_KILLED_SHORT : 0u) | (r->grouped ? REPORT_GROUPED : 0u) |
           (r->short_of ? REPORT_SHORT_OF : 0u) | (r->fault.signal ? REPORT_CRASHED : 0u);
}

static void take_flags(struct tg_parcel_report *r, uint32_t flags)
{
    r->fresh = flags & REPORT_FRESH;
    r->ended = flags & REPORT_ENDED;
    r->died = flags & REPORT_DIED;
    r->unheard = flags & REPORT_UNHEARD;
    r->ran_out = flags & REPORT_RAN_OUT;
    r->killed_short = flags & REPORT_KILLED_SHORT;
    r->grouped = flags & REPORT_GROUPED;
    r->short_of = flags & REPORT_SHORT_OF;
}

static void add_report_head(struct tg_buf *b, const struct tg_parcel_report *r)
{
    struct report_head head = {.mark = REPORT_MARK, .flags = flags_of(r), .process = r->process, .begun = r->begun};
    head.done = r->done;
    head.ran = r->ran;
    head.result_count = r->result_count;
    head.buffer_count = r->buffer_count;
    head.refused = r->refused;
    head.status = r->status;
    head.fresh_bytes = r->fresh_bytes;
    head.resident_bytes = r->resident_bytes;
    head.data_bytes = r->data_bytes;
    head.lacked = r->lacked;
    head.making = r->making;
    head.spawn_ns = r->spawn_ns;
    head.clock_ns = r->clock_ns;
    tg_buf_add(b, &head, sizeof head);
}

static bool read_report_head(struct parcel_reader *r, struct report_head *head, struct tg_parcel_report *out)
{
    bool good = copy_bytes(r, head, sizeof *head) && head->mark == REPORT_MARK && head->result_count <= TG_PAGE_ENTRIES &&
                head->result_count == head->done;
    r->broken = !good;
    if (!good) return false;
    *out = (struct tg_parcel_report){.process = head->process, .begun = head->begun, .done = head->done, .ran = head->ran};
    take_flags(out, head->flags);
    out->result_count = head->result_count;
    out->buffer_count = head->buffer_count;
    out->refused = head->refused;
    out->status = head->status;
    out->fresh_bytes = head->fresh_bytes;
    out->resident_bytes = head->resident_bytes;
    out->data_bytes = head->data_bytes;
    out->lacked = head->lacked;
    out->making = head->making;
    out->spawn_ns = head->spawn_ns;
    out->clock_ns = head->clock_ns;
    return true;
}

static void add_report_text(struct tg_buf *b, const char *text)
{
    uint32_t length = text ? (uint32_t)strlen(text) : NO_TEXT;
    tg_buf_add(b, &length, sizeof length);
    if (text) tg_buf_add(b, text, length);
}

static const char *read_report_text(struct parcel_reader *r)
{
    uint32_t length = NO_TEXT;
    if (!copy_bytes(r, &length, sizeof length) || length == NO_TEXT) return NULL;
    const uint8_t *text = lend_bytes(r, length);
    return text ? tg_arena_copy(r->arena, (const char *)text, length) : NULL;
}

/* Without what stands between its members. */
static void add_result_head(struct tg_buf *b, const struct tg_page_result *from)
{
    struct tg_page_result page;
    memset(&page, 0, sizeof page);
    page.bytes = from->bytes;
    page.ns = from->ns;
    page.status = from->status;
    page.began_ns = from->began_ns;
    page.ended_ns = from->ended_ns;
    tg_buf_add(b, &page, sizeof page);
}

void tg_parcel_write_report(struct tg_buf *b, const struct tg_parcel_report *r)
{
    add_report_head(b, r);
    add_report_text(b, r->why);
    add_report_text(b, r->detail);
    add_report_text(b, r->hint);
    if (r->fault.signal) tg_buf_add(b, &r->fault, sizeof r->fault);
    for (uint32_t i = 0; i < r->result_count; i++) add_result_head(b, &r->results[i].page);
    add_buffer_lengths(b, r->buffers, r->buffer_count);
    for (uint32_t i = 0; i < r->result_count; i++) tg_buf_add(b, r->results[i].bytes, (size_t)r->results[i].page.bytes);
    add_buffer_bytes(b, r->buffers, r->buffer_count);
}

static struct tg_parcel_result *read_result_heads(struct parcel_reader *r, uint32_t count)
{
    struct tg_parcel_result *results = tg_arena_alloc(r->arena, count * sizeof *results);
    for (uint32_t i = 0; i < count; i++) {
        results[i] = (struct tg_parcel_result){0};
        copy_bytes(r, &results[i].page, sizeof results[i].page);
    }
    return results;
}

bool tg_parcel_read_report(const uint8_t *bytes, size_t length, struct tg_parcel_report *out, struct tg_arena *arena,
                           struct tg_err *err)
{
    struct parcel_reader r = {bytes, bytes + length, arena, false};
    struct report_head head;
    if (read_report_head(&r, &head, out)) {
        out->why = read_report_text(&r);
        out->detail = read_report_text(&r);
        out->hint = read_report_text(&r);
        if (head.flags & REPORT_CRASHED) copy_bytes(&r, &out->fault, sizeof out->fault);
        struct tg_parcel_result *results = read_result_heads(&r, out->result_count);
        const uint64_t *lengths = copy_items(&r, out->buffer_count, sizeof *lengths);
        for (uint32_t i = 0; i < out->result_count; i++) results[i].bytes = lend_bytes(&r, results[i].page.bytes);
        out->results = results;
        out->buffers = lend_buffers(&r, lengths, out->buffer_count);
    }
    return is_all_read(&r, "report", err);
}
