/* SPDX-License-Identifier: MIT
 * What a block may read is known before it runs: variables of files, in it and in all functions that it may call. Results among
 * them are held until it has run; so the values are those at the end of the file, wherever the block stands. */
#include "lang/eval/finally.h"

#include "engine/grow/stream.h"
#include "lang/check/reads.h"
#include "lang/eval/function.h"
#include "lang/eval/suspend.h"

/* What values of variables hold: functions may be called, streams not used. Values may share what is in them, and be deep. */
struct holding {
    struct tg_reads *reads;
    TG_VEC(tg_value) left; /* borrowed */
    struct tg_names seen;  /* bodies looked into, by the bytes of their address */
    bool stream;
};

static void search_later(void *holding, tg_value v)
{
    struct holding *h = holding;
    if (tg_is_heap(v) && tg_kind(v) >= TG_LIST) tg_vec_push(&h->left, v);
}

static void search_inside(struct holding *h, tg_value v)
{
    size_t seen = h->seen.names.count;
    if (tg_names_add(&h->seen, (const char *)&v.p, sizeof v.p) != seen) return;
    h->stream = h->stream || tg_is_stream(v);
    if (tg_kind(v) == TG_FUNCTION) {
        const struct tg_function *f = v.p;
        const struct tg_fn_value *value = tg_function_find(v);
        if (value && value->what == TG_FN_USER) tg_reads_of(h->reads, (struct tg_fn *)value->fn);
        if (f->held) f->held(f, search_later, h);
    } else if (tg_kind(v) == TG_LIST) {
        for (size_t i = 0; i < tg_list_of(v)->count; i++) search_later(h, tg_list_of(v)->items[i]);
    } else if (tg_kind(v) == TG_RECORD) {
        for (size_t i = 0; i < tg_record_of(v)->count; i++) search_later(h, tg_record_of(v)->fields[i].value);
    }
}

static bool refuse_stream(struct tg_program *p, const struct tg_read *read)
{
    tg_diag_error(&p->diags, read->span, "a 'finally' block cannot use '%s', a stream: the run that fills it is over",
                  tg_program_name(p, read->module->variables.items[read->slot]));
    return false;
}

/* A list of what the block may read and must wait for; what it finds may add to the reads. */
static bool hold_reads(struct tg_eval *e, struct tg_reads *reads, tg_value held)
{
    struct holding h = {.reads = reads};
    bool fine = true;
    for (size_t i = 0; fine && i < reads->items.count; i++) {
        struct tg_read read = reads->items.items[i]; /* the list may move */
        tg_value v = read.module->globals[read.slot];
        if (v.tag == TG_UNSET) continue;
        search_later(&h, v);
        while (h.left.count) search_inside(&h, h.left.items[--h.left.count]);
        if (h.stream) fine = refuse_stream(e->program, &read);
        if (tg_value_marks(v)) tg_list_add(held, tg_value_ref(v));
    }
    tg_vec_done(&h.left);
    tg_names_done(&h.seen);
    return fine;
}

static bool add_block(struct tg_eval *e, struct tg_fn *fn)
{
    struct tg_reads reads = {0};
    tg_value held = tg_list_make(0);
    tg_reads_of(&reads, fn);
    bool fine = hold_reads(e, &reads, held);
    tg_reads_done(&reads);
    if (fine) return tg_suspend_final(e, fn, held);
    tg_value_unref(held);
    return false;
}

bool tg_finally_add(struct tg_eval *e)
{
    struct tg_program *p = e->program;
    bool fine = true;
    for (size_t i = p->evaluated.count; i-- > 0;) {
        const struct tg_module *m = p->evaluated.items[i];
        for (size_t k = 0; k < m->finals.count; k++) fine = add_block(e, m->finals.items[k]) && fine;
    }
    return fine;
}
