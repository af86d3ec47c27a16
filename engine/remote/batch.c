/* SPDX-License-Identifier: MIT
 * Writing and reading batches. */
#include "engine/remote/batch.h"

#include <string.h>

enum argument { ARGUMENT_VALUE, ARGUMENT_REFERENCE };

/* ---- tasks --------------------------------------------------------------------------------------- */

bool tg_batch_name(const struct tg_registry *r, const struct tg_def *def, struct tg_batch_task *out)
{
    for (size_t i = 0; i < r->externs.count; i++) {
        if (r->externs.items[i].def != def) continue;
        *out = (struct tg_batch_task){TG_BATCH_EXTERN, (uint32_t)i};
        return true;
    }
    for (size_t i = 0; i < r->plugins.count; i++) {
        const struct tg_loaded *p = r->plugins.items[i];
        if (def < p->defs || def >= p->defs + p->def_count) continue;
        *out = (struct tg_batch_task){(uint32_t)i, (uint32_t)(def - p->defs)};
        return p->path != NULL;
    }
    return false;
}

const struct tg_def *tg_batch_find(const struct tg_registry *r, struct tg_batch_task task)
{
    if (task.plugin == TG_BATCH_EXTERN) return task.task < r->externs.count ? r->externs.items[task.task].def : NULL;
    if (task.plugin >= r->plugins.count) return NULL;
    const struct tg_loaded *p = r->plugins.items[task.plugin];
    return task.task < p->def_count ? &p->defs[task.task] : NULL;
}

/* ---- writing ------------------------------------------------------------------------------------- */

static void add_u32(struct tg_buf *b, uint32_t number)
{
    tg_buf_add(b, &number, sizeof number);
}

static void add_grant(struct tg_buf *b, const struct tg_grant *g)
{
    add_u32(b, g->attempt);
    add_u32(b, g->cores);
    tg_buf_add(b, &g->memory_bytes, sizeof g->memory_bytes);
    add_u32(b, g->kind_count);
    for (uint32_t k = 0; k < g->kind_count; k++) {
        const struct tg_granted *kind = &g->kinds[k];
        uint32_t length = (uint32_t)strlen(kind->name);
        add_u32(b, length);
        tg_buf_add(b, kind->name, length);
        add_u32(b, kind->count);
        tg_buf_add(b, kind->units, kind->count * sizeof *kind->units);
    }
}

void tg_batch_begin_entry(struct tg_buf *b, struct tg_batch_task task, uint32_t count, const struct tg_grant *grant)
{
    uint32_t head[] = {task.plugin, task.task, count, grant != NULL};
    tg_buf_add(b, head, sizeof head);
    if (grant) add_grant(b, grant);
}

void tg_batch_add_reference(struct tg_buf *b, uint32_t entry)
{
    char both[1 + sizeof entry] = {ARGUMENT_REFERENCE};
    memcpy(both + 1, &entry, sizeof entry);
    tg_buf_add(b, both, sizeof both);
}

bool tg_batch_add_value(struct tg_buf *b, const struct tg_codec *codec, tg_value v, struct tg_err *err)
{
    tg_buf_char(b, ARGUMENT_VALUE);
    return tg_codec_encode(codec, v, b, err);
}

/* ---- reading ------------------------------------------------------------------------------------- */

/* The next bytes; NULL where there are fewer. */
static const void *read_next_bytes(struct tg_batch_reader *r, size_t count)
{
    if (r->broken || (size_t)(r->end - r->at) < count) {
        r->broken = true;
        return NULL;
    }
    const void *found = r->at;
    r->at += count;
    return found;
}

static bool read_into(struct tg_batch_reader *r, void *to, size_t count)
{
    const void *from = read_next_bytes(r, count);
    if (from && count) memcpy(to, from, count);
    return from != NULL;
}

static bool read_kind(struct tg_batch_reader *r, struct tg_arena *arena, struct tg_granted *out)
{
    uint32_t length, count;
    const char *name;
    const void *units;
    if (!read_into(r, &length, sizeof length) || !(name = read_next_bytes(r, length))) return false;
    if (!read_into(r, &count, sizeof count) || !(units = read_next_bytes(r, (size_t)count * sizeof *out->units))) return false;
    uint32_t *copy = tg_arena_alloc(arena, (size_t)count * sizeof *copy);
    if (count) memcpy(copy, units, count * sizeof *copy);
    *out = (struct tg_granted){tg_arena_copy(arena, name, length), count, copy};
    return true;
}

static bool read_grant(struct tg_batch_reader *r, struct tg_arena *arena, struct tg_grant *g)
{
    *g = (struct tg_grant){.attempts = 1};
    if (!read_into(r, &g->attempt, sizeof g->attempt) || !read_into(r, &g->cores, sizeof g->cores) ||
        !read_into(r, &g->memory_bytes, sizeof g->memory_bytes) || !read_into(r, &g->kind_count, sizeof g->kind_count))
        return false;
    if (g->kind_count > TG_ASKED_MAX) r->broken = true;
    for (uint32_t k = 0; k < g->kind_count && !r->broken; k++) read_kind(r, arena, &g->kinds[k]);
    return !r->broken;
}

bool tg_batch_read_entry(struct tg_batch_reader *r, struct tg_arena *arena, struct tg_batch_entry *out)
{
    uint32_t head[4];
    if (!read_into(r, head, sizeof head)) return false;
    out->task = (struct tg_batch_task){head[0], head[1]};
    out->count = head[2];
    out->granted = head[3];
    if (out->count > (size_t)(r->end - r->at)) r->broken = true; /* each argument has a byte, or more */
    r->broken = r->broken || (out->granted && !arena);
    if (out->granted && !r->broken) read_grant(r, arena, &out->grant);
    return !r->broken;
}

bool tg_batch_read_argument(struct tg_batch_reader *r, const struct tg_codec *codec, tg_value *out, uint32_t *reference,
                            struct tg_err *err)
{
    uint8_t kind;
    *reference = UINT32_MAX;
    if (!read_into(r, &kind, sizeof kind)) return false;
    if (kind == ARGUMENT_REFERENCE) return read_into(r, reference, sizeof *reference);
    size_t used = 0;
    bool fine = kind == ARGUMENT_VALUE && tg_codec_decode(codec, r->at, (size_t)(r->end - r->at), &used, out, err);
    r->broken = r->broken || !fine;
    r->at += used;
    return fine;
}
