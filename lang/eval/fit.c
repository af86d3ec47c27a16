/* SPDX-License-Identifier: MIT
 * Types of functions' parameters. A value that is known is checked at the call. A future becomes that of a task which
 * checks and converts the value, and fails as the call would have, unless its own task can give nothing else; of a list
 * that holds futures, each of these does: how long the list is stays known. */
#include "lang/eval/fit.h"

#include "engine/value/list.h"
#include "lang/eval/call.h"
#include "lang/eval/site.h"

int tg_fit_run(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    const struct tg_fit *fit = ctx->def->data;
    TG_ASSERT(count == 1 && ctx->def == &fit->def);
    if (tg_type_accepts(fit->type, args[0])) {
        if (!tg_type_keep_secret(fit->type, args[0], ctx->services->secrets))
            return tg_err_set(&ctx->err, TG_EXIT_FAILED, TG_SECRET_SHORT, fit->param_name), TG_FAIL;
        *out = tg_type_convert(fit->type, tg_value_ref(args[0]));
        return TG_OK;
    }
    struct tg_buf wanted = {0}, given = {0};
    tg_type_print(&wanted, fit->type);
    tg_buf_text(&given, tg_value_kind_name(args[0]));
    tg_type_print_item(&given, fit->type, args[0]);
    tg_err_set(&ctx->err, TG_EXIT_FAILED, "argument '%s' of '%s' must be %s, not %s", fit->param_name, fit->fn_name,
               tg_buf_str(&wanted), tg_buf_str(&given));
    if (tg_kind(args[0]) == TG_FILE && fit->type->kinds & TG_KIND_BIT(TG_STR)) tg_err_hint(&ctx->err, TG_TYPE_PATH_HINT);
    tg_buf_done(&wanted);
    tg_buf_done(&given);
    return TG_FAIL;
}

/* Whether whatever is of one type is of the other as it is. */
static bool is_subtype(const struct tg_type *from, const struct tg_type *to)
{
    if (from->kinds & ~to->kinds) return false;
    if (to->object && from->kinds & TG_KIND_BIT(TG_OBJECT) && (!from->object || strcmp(from->object, to->object) != 0))
        return false;
    return !to->item || !(from->kinds & TG_KIND_BIT(TG_LIST)) || (from->item && is_subtype(from->item, to->item));
}

/* The task behind a future gives nothing that is not of the type. */
static bool is_certain(const struct tg_eval *e, const struct tg_fit *fit, tg_value future)
{
    if (fit->type->secret) return false; /* the task keeps it, too */
    const struct tg_site *site = tg_site_of_future(e, future);
    struct tg_type type = site->def->sig.result;
    type.kinds = site->returns;
    return is_subtype(&type, fit->type);
}

bool tg_fit_may(const struct tg_eval *e, const struct tg_fit *fit, tg_value v)
{
    if (tg_kind(v) != TG_FUTURE) return tg_type_accepts(fit->type, v);
    return tg_site_of_future(e, v)->returns & fit->type->accepts;
}

static bool fits_as_it_is(const struct tg_eval *e, const struct tg_fit *fit, tg_value v)
{
    if (tg_kind(v) == TG_FUTURE) return is_certain(e, fit, v);
    if (!fit->item || !tg_future_in(v) || tg_kind(v) != TG_LIST) return true;
    const struct tg_list *list = tg_list_of(v);
    for (size_t i = 0; i < list->count; i++)
        if (!fits_as_it_is(e, fit->item, list->items[i])) return false;
    return true;
}

static bool settle_items(struct tg_eval *e, const struct tg_ast *n, const struct tg_fit *fit, tg_value *v)
{
    const struct tg_list *list = tg_list_of(*v);
    tg_value out = tg_list_make(list->count);
    for (size_t i = 0; i < list->count; i++) {
        tg_value item = tg_value_ref(list->items[i]);
        bool good = tg_fit_argument(e, n, fit->item, &item);
        tg_list_add(out, item);
        if (good) continue;
        tg_value_unref(out);
        return false;
    }
    tg_value_unref(*v);
    *v = out;
    return true;
}

bool tg_fit_argument(struct tg_eval *e, const struct tg_ast *n, const struct tg_fit *fit, tg_value *v)
{
    if (!fits_as_it_is(e, fit, *v)) {
        if (tg_kind(*v) == TG_LIST) return settle_items(e, n, fit, v);
        tg_value out = tg_call_task(e, n, &fit->def, v, 1);
        *v = tg_is_bad(out) ? tg_nil() : out;
        return !tg_is_bad(out);
    }
    if (tg_kind(*v) == TG_FUTURE) return true;
    *v = tg_type_convert(fit->type, *v);
    if (tg_type_keep_secret(fit->type, *v, &e->program->session->secrets)) return true;
    return tg_eval_error(e, n, TG_SECRET_SHORT, fit->param_name), false;
}
