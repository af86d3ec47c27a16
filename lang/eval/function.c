/* SPDX-License-Identifier: MIT
 * Function values. One of the language copies the variables of the frame that it uses when it is made. */
#include "lang/eval/function.h"

#include <stdlib.h>

#include "engine/base/assert.h"

void tg_function_init(struct tg_function *f, void (*destroy)(struct tg_function *f),
                      void (*held)(const struct tg_function *f, void (*visit)(void *data, tg_value v), void *data))
{
    *f = (struct tg_function){.obj.kind = TG_FUNCTION, .destroy = destroy, .held = held};
    atomic_init(&f->obj.refs, 1);
}

static void destroy_function(struct tg_function *f)
{
    struct tg_fn_value *v = (struct tg_fn_value *)f;
    tg_value_unref_all(v->captured, v->capture_count);
    free(v);
}

static void show_captured(const struct tg_function *f, void (*visit)(void *data, tg_value v), void *data)
{
    const struct tg_fn_value *v = (const struct tg_fn_value *)f;
    for (uint32_t i = 0; i < v->capture_count; i++) visit(data, v->captured[i]);
}

const struct tg_fn_value *tg_function_find(tg_value v)
{
    const struct tg_function *f = tg_kind(v) == TG_FUNCTION ? v.p : NULL;
    return f && f->destroy == destroy_function ? (const struct tg_fn_value *)f : NULL;
}

static struct tg_fn_value *new_function(const struct tg_ast *n, size_t captures)
{
    struct tg_fn_value *f = tg_alloc_zero(sizeof *f + captures * sizeof f->captured[0]);
    tg_function_init(&f->base, destroy_function, show_captured);
    f->place = n;
    return f;
}

tg_value tg_function_value(struct tg_eval *e, const struct tg_ast *n)
{
    struct tg_fn_value *f;
    TG_ASSERT(n->kind == TG_N_LAMBDA || n->kind == TG_N_FN || n->kind == TG_N_FINALLY || n->ref == TG_REF_FN ||
              n->ref == TG_REF_TASK || n->ref == TG_REF_BUILTIN);
    if (tg_ast_is(n, TG_IN(LAMBDA) | TG_IN(FN) | TG_IN(FINALLY)) || n->ref == TG_REF_FN) {
        const struct tg_fn *fn = n->fn;
        f = new_function(n, fn->captures.count);
        f->what = TG_FN_USER;
        f->fn = fn;
        for (size_t i = 0; i < fn->captures.count; i++) {
            tg_value v = tg_value_ref(e->frame[fn->captures.items[i].outer]);
            if (tg_value_marks(v)) f->base.obj.flags = TG_HOLDS;
            f->captured[f->capture_count++] = v;
        }
    } else {
        f = new_function(n, 0);
        f->what = n->ref == TG_REF_TASK ? TG_FN_TASK : TG_FN_BUILTIN;
        if (n->ref == TG_REF_TASK) f->def = n->def;
        else f->builtin = n->builtin;
    }
    return tg_function_as_value(&f->base);
}
