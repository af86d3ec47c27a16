/* SPDX-License-Identifier: MIT
 * Arguments: what is wanted of them, and what is said where they do not fit. */
#include "lang/check/argument.h"

#include "engine/base/ascii.h"
#include "engine/base/near.h"
#include "lang/check/advice.h"
#include "lang/check/failable.h"

/* ---- what is wanted ------------------------------------------------------------------------------ */

static const struct tg_type wants_bool = TG_TYPE_OF(TG_KIND_BIT(TG_BOOL)), wants_int = TG_TYPE_OF(TG_KIND_BIT(TG_INT)),
                            wants_str = TG_TYPE_OF(TG_KIND_BIT(TG_STR)), wants_list = TG_TYPE_OF(TG_KIND_BIT(TG_LIST)),
                            wants_function = TG_TYPE_OF(TG_KIND_BIT(TG_FUNCTION)),
                            wants_key = TG_TYPE_OF(TG_KIND_BIT(TG_FUNCTION) | TG_KIND_BIT(TG_NIL)),
                            wants_path = {.kinds = TG_KIND_BIT(TG_STR), .accepts = TG_KIND_BIT(TG_STR) | TG_KIND_BIT(TG_FILE)},
                            wants_files = TG_TYPE_OF(TG_KIND_BIT(TG_FILE) | TG_KIND_BIT(TG_STR) | TG_KIND_BIT(TG_LIST) |
                                                     TG_KIND_BIT(TG_RECORD)),
                            wants_stream = {TG_KIND_BIT(TG_OBJECT), TG_KIND_BIT(TG_OBJECT), NULL, "stream", false, false};

/* What built-in functions want that are not tasks of the built-in plugin. */
static const struct builtin_wants {
    enum tg_builtin_id id;
    uint32_t at;
    const struct tg_type *type;
} builtin_wants[] = {
    /* clang-format off */
    {TG_BUILTIN_ALL, 0, &wants_list},
    {TG_BUILTIN_ANY_OF, 0, &wants_list},
    {TG_BUILTIN_AS_COMPLETED, 0, &wants_list},
    {TG_BUILTIN_COUNT, 0, &wants_stream},
    {TG_BUILTIN_ENV, 0, &wants_path},
    {TG_BUILTIN_EXISTS, 0, &wants_path},
    {TG_BUILTIN_FILTER, 0, &wants_function},
    {TG_BUILTIN_FILTER, 1, &wants_list},
    {TG_BUILTIN_FIRST, 0, &wants_list},
    {TG_BUILTIN_FLATTEN, 0, &wants_list},
    {TG_BUILTIN_FOLD, 0, &wants_function},
    {TG_BUILTIN_FOLD, 1, &wants_list},
    {TG_BUILTIN_FROM_JSON, 0, &wants_str},
    {TG_BUILTIN_GLOB, 0, &wants_path},
    {TG_BUILTIN_GROUP_BY, 0, &wants_list},
    {TG_BUILTIN_GROUP_BY, 1, &wants_function},
    {TG_BUILTIN_HERE, 0, &wants_path},
    {TG_BUILTIN_MAP, 0, &wants_function},
    {TG_BUILTIN_MAP, 1, &wants_list},
    {TG_BUILTIN_NEXT, 0, &wants_stream},
    {TG_BUILTIN_PUSH, 0, &wants_stream},
    {TG_BUILTIN_READ_JSON, 0, &wants_path},
    {TG_BUILTIN_READ_JSONL, 0, &wants_path},
    {TG_BUILTIN_READ_TABLE, 0, &wants_path},
    {TG_BUILTIN_READ_TABLE, 2, &wants_bool},
    {TG_BUILTIN_REDUCE, 0, &wants_function},
    {TG_BUILTIN_REDUCE, 1, &wants_list},
    {TG_BUILTIN_REDUCE, 2, &wants_int},
    {TG_BUILTIN_SIZE, 0, &wants_files},
    {TG_BUILTIN_SORTED, 0, &wants_list},
    {TG_BUILTIN_SORTED, 1, &wants_bool},
    {TG_BUILTIN_SORTED, 2, &wants_key},
    /* clang-format on */
};

/* The parameter of the task behind a built-in function; NULL if there is none. */
static const struct tg_sig_param *core_param(struct tg_program *p, const struct tg_builtin *b, uint32_t at)
{
    if (!b->core) return NULL;
    const struct tg_def *def = tg_loaded_find(p->session->registry.plugins.items[0], b->core, strlen(b->core));
    return tg_sig_param_of(&def->sig, at);
}

static const struct tg_type *wanted_by_builtin(struct tg_program *p, const struct tg_builtin *b, uint32_t at)
{
    const struct tg_sig_param *param = core_param(p, b, at);
    if (param) return &param->type;
    for (size_t i = 0; i < TG_COUNT(builtin_wants); i++)
        if (builtin_wants[i].at == at && b == &tg_builtins[builtin_wants[i].id]) return builtin_wants[i].type;
    return NULL;
}

static const struct tg_type *wanted_type(struct tg_program *p, const struct tg_callee *callee, uint32_t at)
{
    const struct tg_sig_param *param = callee->sig ? tg_sig_param_of(callee->sig, at) : NULL;
    if (param) return &param->type;
    if (callee->builtin) return wanted_by_builtin(p, callee->builtin, at);
    const struct tg_ast *type = callee->fn && at < callee->count ? tg_n_parameter_type(callee->fn->params.items[at]) : NULL;
    return type ? type->type : NULL;
}

/* ---- what is said -------------------------------------------------------------------------------- */

static void hint_signature(struct tg_program *p, struct tg_diag *d, const struct tg_callee *callee)
{
    if (!callee->sig) return;
    struct tg_sig sig = *callee->sig;
    if (sig.count > callee->count && !sig.rest) sig.count = callee->count;
    struct tg_buf b = {0};
    tg_sig_print(&b, &sig);
    tg_diag_hint(&p->diags, d, "%s", tg_buf_str(&b));
    tg_buf_done(&b);
}

static bool is_stream_type(const struct tg_type *t)
{
    return t->kinds == TG_KIND_BIT(TG_OBJECT) && t->object && strcmp(t->object, wants_stream.object) == 0;
}

/* What no task can be given: functions and streams. */
static bool never_argument(struct tg_program *p, const struct tg_callee *callee, const char *name, const struct tg_ast *arg,
                           const struct tg_type *type)
{
    bool stream = is_stream_type(type);
    if (!stream && type->kinds != TG_KIND_BIT(TG_FUNCTION)) return false;
    struct tg_diag *d = tg_diag_error(&p->diags, arg->span, "argument '%s' of '%s' cannot be a %s", name, callee->name,
                                      stream ? "stream" : "function");
    if (stream) tg_diag_hint(&p->diags, d, "next(s) takes one out of it, count(s) says how many are left.");
    return true;
}

static const char *argument_name(struct tg_program *p, const struct tg_callee *callee, uint32_t at)
{
    const struct tg_sig_param *param = callee->sig ? tg_sig_param_of(callee->sig, at) : NULL;
    const char *name = param ? param->name : tg_callee_param(p, callee, at);
    if (!name && callee->builtin) param = core_param(p, callee->builtin, at);
    return name ? name : param ? param->name : callee->rest ? "items" : "x";
}

/* The text, if it is a name. */
static const char *name_or(const struct tg_ast *text, const char *other)
{
    return text->length && text->length < 40 && tg_ascii_name(text->text, text->length) == text->length ? text->text : other;
}

void tg_argument_check(struct tg_program *p, const struct tg_callee *callee, uint32_t at, const struct tg_ast *arg,
                       const struct tg_type *type)
{
    if (!type) return;
    const struct tg_type *wanted = wanted_type(p, callee, at), *given = tg_failable_value(&p->arena, type);
    const char *name = argument_name(p, callee, at);
    bool for_task = callee->sig || (callee->builtin && callee->builtin->makes_task && !wanted);
    if (for_task && never_argument(p, callee, name, arg, type)) return;
    if (callee->builtin == &tg_builtins[TG_BUILTIN_STR]) tg_failable_text(p, arg, type);
    if (!wanted || tg_type_may_accept(wanted, given)) return; /* who cannot take the nil of a failure is skipped */
    struct tg_diag *d = tg_diag_error(&p->diags, arg->span, "argument '%s' of '%s' must be %s, not %s", name, callee->name,
                                      tg_type_text(&p->arena, wanted), tg_type_text(&p->arena, type));
    if (given->kinds == TG_KIND_BIT(TG_FILE) && wanted->kinds & TG_KIND_BIT(TG_STR))
        tg_diag_hint(&p->diags, d, "%s", TG_TYPE_PATH_HINT);
    else if (type->kinds == TG_KIND_BIT(TG_STR) && arg->kind == TG_N_STR && wanted->kinds & TG_KIND_BIT(TG_FUNCTION))
        tg_diag_hint(&p->diags, d, "a field is given by a function: fn(x) = x.%s", name_or(arg, "name"));
    else hint_signature(p, d, callee);
}

void tg_argument_missing(struct tg_program *p, const struct tg_ast *n, const struct tg_callee *callee, uint32_t i)
{
    const char *name = tg_callee_param(p, callee, i);
    struct tg_diag *d;
    if (name) {
        d = tg_diag_error(&p->diags, n->span, "%s '%s' needs an argument for '%s'", callee->what, callee->name, name);
    } else {
        struct tg_buf b = {0};
        tg_callee_count(&b, callee);
        d = tg_diag_error(&p->diags, n->span, "%s '%s' takes %s, not %u", callee->what, callee->name, tg_buf_str(&b),
                          tg_n_call_args(n).count);
        tg_buf_done(&b);
    }
    hint_signature(p, d, callee);
}

void tg_argument_too_many(struct tg_program *p, const struct tg_ast *n, const struct tg_callee *callee)
{
    struct tg_buf b = {0};
    tg_callee_count(&b, callee);
    struct tg_diag *d = tg_diag_error(&p->diags, n->span, "%s '%s' takes %s, not %u", callee->what, callee->name,
                                      tg_buf_str(&b), tg_n_call_args(n).count);
    hint_signature(p, d, callee);
    tg_buf_done(&b);
}

uint32_t tg_argument_find(struct tg_program *p, const struct tg_callee *callee, const struct tg_ast *keyword)
{
    const char *name = tg_program_name(p, keyword->sym);
    uint32_t at = tg_callee_find(p, callee, name);
    if (at < callee->count) return at;
    struct tg_diag *d = tg_diag_error(&p->diags, keyword->span, "%s '%s' has no parameter '%s'", callee->what, callee->name,
                                      name);
    struct tg_near near = tg_near_begin(name, strlen(name));
    for (uint32_t i = 0; i < callee->count; i++) {
        const char *param = tg_callee_param(p, callee, i);
        if (param) tg_near_offer(&near, param, strlen(param));
    }
    if (near.best) tg_diag_hint(&p->diags, d, "did you mean '%s'?", near.best);
    else if (!tg_advice_parameters(p, d, callee, name)) hint_signature(p, d, callee);
    return at;
}
