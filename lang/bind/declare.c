/* SPDX-License-Identifier: MIT
 * Declarations: what may stand anywhere in a file (plugins, imports, functions, commands, C functions), and
 * parameters and outputs, which `tgrun list` shows. */
#include "lang/bind/declare.h"

#include <stdlib.h>

#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "engine/value/list.h"
#include "engine/value/str.h"
#include "lang/bind/scope.h"

/* ---- types --------------------------------------------------------------------------------------- */

const struct tg_type *tg_declare_type(struct tg_resolver *r, struct tg_ast *n)
{
    struct tg_registry *registry = &r->program->session->registry;
    struct tg_type *type = tg_arena_alloc(&r->program->arena, sizeof *type);
    struct tg_err err = {0};
    if (!tg_type_parse(n->text, n->length, registry->type_names.items, registry->type_names.count, &r->program->arena, type,
                       &err)) {
        tg_diag_take(&r->program->diags, n->span, &err);
        *type = tg_type_any;
    }
    n->type = type;
    r->program->late_secrets += tg_type_is_secret(type);
    return type;
}

static const struct tg_fit *make_fit(struct tg_resolver *r, const struct tg_type *type, const char *param_name,
                                     const char *fn_name)
{
    struct tg_fit *fit = tg_arena_alloc(&r->program->arena, sizeof *fit);
    *fit = (struct tg_fit){.x = {.name = "x", .type = tg_type_any}, .fn_name = fn_name, .param_name = param_name, .type = type};
    if (type->item) fit->item = make_fit(r, type->item, param_name, fn_name);
    fit->def = (struct tg_def){.name = "argument",
                               .plugin = "core",
                               .doc = "",
                               .fn = r->program->run_fit,
                               .data = fit,
                               .flags = TG_DEF_UNCHECKED | TG_DEF_QUICK,
                               .sig = {.name = "argument", .count = 1, .required = 1, .params = &fit->x, .result = *type}};
    return fit;
}

const struct tg_fit *tg_declare_fit(struct tg_resolver *r, const struct tg_type *type, const char *param_name,
                                    const char *fn_name)
{
    bool anything = type->accepts == TG_KINDS_ANY && !type->item && !type->object;
    return anything ? NULL : make_fit(r, type, param_name, fn_name);
}

/* ---- what `tgrun list` shows --------------------------------------------------------------------- */

/* The comment lines right above a declaration, without their '#'; NULL if there are none. */
static const char *comment_above(struct tg_resolver *r, tg_span span)
{
    const struct tg_source *s = r->module->source;
    if (span.start < s->base) return NULL;
    const char *first = NULL, *end = s->text + (span.start - s->base);
    while (end > s->text && end[-1] != '\n') end--;
    const char *at = end;
    while (at > s->text) {
        const char *line = at - 1;
        while (line > s->text && line[-1] != '\n') line--;
        const char *c = line;
        while (*c == ' ' || *c == '\t') c++;
        if (*c != '#') break;
        first = at = line;
    }
    if (!first) return NULL;
    struct tg_buf b = {0};
    for (const char *c = first; c < end; c++) {
        while (c < end && (*c == ' ' || *c == '\t' || *c == '#')) c++;
        const char *line_end = memchr(c, '\n', (size_t)(end - c));
        if (b.length) tg_buf_char(&b, ' ');
        tg_buf_add(&b, c, (size_t)(line_end - c));
        c = line_end;
    }
    const char *text = tg_arena_copy(&r->program->arena, tg_buf_str(&b), b.length);
    tg_buf_done(&b);
    return text;
}

static void list_declared(struct tg_resolver *r, struct tg_declared d)
{
    if (r->module == r->program->modules.items[0]) tg_vec_push(&r->program->declared, d);
}

static const char *copy_source(struct tg_resolver *r, const struct tg_ast *n)
{
    const struct tg_source *s = r->module->source;
    if (!n || n->span.start < s->base || n->span.end > s->base + s->length) return NULL;
    return tg_arena_copy(&r->program->arena, s->text + (n->span.start - s->base), n->span.end - n->span.start);
}

void tg_declare_output(struct tg_resolver *r, struct tg_ast *n)
{
    list_declared(r,
                  (struct tg_declared){.kind = TG_DECL_OUTPUT, .name = tg_program_name(r->program, n->sym), .span = n->span});
}

/* ---- parameters of the file ---------------------------------------------------------------------- */

void tg_declare_check_param(struct tg_resolver *r, const struct tg_ast *n)
{
    bool twice = false;
    for (size_t i = 0; i < r->module->params.count; i++) {
        if (r->module->params.items[i].sym != n->sym) continue;
        struct tg_diag *d = tg_diag_error(&r->program->diags, n->span, "parameter '%s' is declared twice",
                                          tg_program_name(r->program, n->sym));
        tg_diag_note(&r->program->diags, d, r->module->params.items[i].node->span, "it is declared here first");
        twice = true;
    }
    struct tg_meaning *bound = tg_scope_meaning(r, n->sym);
    if (bound->ref == TG_REF_GLOBAL && !twice) {
        struct tg_diag *d = tg_diag_error(&r->program->diags, n->span, "parameter '%s' has the name of a variable",
                                          tg_program_name(r->program, n->sym));
        tg_diag_note(&r->program->diags, d, bound->span, "the variable is bound here");
    }
}

/* Texts in the default of a secret, or among its choices, are to be hidden already where nothing is evaluated; but the first
 * argument of a call is what tells where to find one, as in env("TOKEN"). Returns how many there are. */
static size_t hide_texts(struct tg_resolver *r, const struct tg_ast *n)
{
    size_t count = 0;
    if (n->kind == TG_N_STR) return tg_secrets_add(&r->program->session->secrets, n->text, n->length);
    const struct tg_ast *first = n->kind == TG_N_CALL && tg_n_call_args(n).count ? tg_n_call_args(n).items[0] : NULL;
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);)
        if (k.kid != first) count += hide_texts(r, k.kid);
    return count;
}

/* `value` may be NULL. */
static void hide_literal(struct tg_resolver *r, const struct tg_ast *value, const char *name)
{
    if (!value || !hide_texts(r, value)) return;
    struct tg_diag *d = tg_diag_warning(&r->program->diags, value->span, "whoever can read the file can read the secret '%s'",
                                        name);
    tg_diag_hint(&r->program->diags, d,
                 "A default such as env(\"NAME\") takes it from the environment; --params=FILE from a file.");
}

void tg_declare_param(struct tg_resolver *r, const struct tg_ast *n, const struct tg_type *type, const char *type_text)
{
    struct tg_parameter p = {.sym = n->sym, .slot = n->slot, .node = n, .type = *type, .given = tg_make_(TG_UNSET, 0)};
    tg_vec_push(&r->module->params, p);
    if (tg_type_is_secret(type)) {
        r->program->late_secrets--; /* known before anything runs */
        hide_literal(r, tg_n_param_choices(n), tg_program_name(r->program, n->sym));
        hide_literal(r, tg_n_param_default(n), tg_program_name(r->program, n->sym));
    }
    list_declared(r, (struct tg_declared){.kind = TG_DECL_PARAM,
                                          .name = tg_program_name(r->program, n->sym),
                                          .type = type_text,
                                          .default_text = copy_source(r, tg_n_param_default(n)),
                                          .choices = copy_source(r, tg_n_param_choices(n)),
                                          .help = n->text,
                                          .span = n->span});
}

/* ---- declared names ------------------------------------------------------------------------------ */

static void declare_name(struct tg_resolver *r, uint32_t sym, tg_span span, enum tg_ref ref, void *data)
{
    struct tg_meaning *m = tg_scope_meaning(r, sym);
    if (m->declared) {
        struct tg_diag *d = tg_diag_error(&r->program->diags, span, "'%s' is defined twice", tg_program_name(r->program, sym));
        tg_diag_note(&r->program->diags, d, m->span, "it is defined here first, as %s", tg_scope_ref_name(m->ref));
        return;
    }
    *m = (struct tg_meaning){.ref = (uint8_t)ref, .declared = true, .data = data, .span = span};
}

static void declare_plugin(struct tg_resolver *r, struct tg_ast *n)
{
    struct tg_err err = {0};
    const char *name = tg_arena_copy(&r->program->arena, n->text, n->length);
    const char *folder = strcmp(r->module->folder, ".") == 0 ? NULL : r->module->folder;
    struct tg_registry *registry = &r->program->session->registry;
    registry->asked = n->span;
    const struct tg_loaded *plugin = tg_registry_load(registry, name, folder, &err);
    registry->asked = (tg_span){0, 0};
    if (!plugin) {
        r->module->incomplete = true;
        tg_diag_take(&r->program->diags, n->span, &err);
        return;
    }
    bool named = n->sym != TG_NO_NAME;
    uint32_t alias = named ? n->sym : tg_names_add(&r->program->names, plugin->name, strlen(plugin->name));
    tg_vec_push(&r->module->used, ((struct tg_used){alias, plugin, n->span}));
    if (named) declare_name(r, alias, n->span, TG_REF_PLUGIN, (void *)plugin);
    else if (tg_scope_meaning(r, alias)->ref == TG_REF_NONE) /* weak: a variable may have the plugin's name */
        *tg_scope_meaning(r, alias) = (struct tg_meaning){.ref = TG_REF_PLUGIN, .data = (void *)plugin, .span = n->span};
}

static void declare_import(struct tg_resolver *r, struct tg_ast *n)
{
    struct tg_module *module = r->program->import(r->program, r->module, n);
    if (!module) {
        r->module->incomplete = true;
        return;
    }
    tg_vec_push(&r->module->imports, ((struct tg_imported){n->sym, module, n->span}));
    declare_name(r, n->sym, n->span, TG_REF_MODULE, module);
    n->module = module;
}

struct tg_fn *tg_declare_fn(struct tg_resolver *r, struct tg_ast *n, const char *fn_name)
{
    struct tg_fn *fn = tg_arena_alloc(&r->program->arena, sizeof *fn);
    struct tg_kids params = tg_n_params_list(tg_n_fn_params(n));
    *fn = (struct tg_fn){.name = fn_name,
                         .node = n,
                         .params = params,
                         .body = tg_n_fn_body(n),
                         .module = r->module,
                         .param_count = params.count,
                         .self_slot = TG_NO_SLOT,
                         .group = ++r->program->group_count};
    while (fn->required_count < params.count && !tg_n_parameter_default(params.items[fn->required_count])) fn->required_count++;
    tg_vec_push(&r->program->fns, fn);
    n->fn = fn;
    return fn;
}

void tg_declare_finally(struct tg_resolver *r, struct tg_ast *n)
{
    struct tg_fn *fn = tg_declare_fn(r, n, "finally");
    struct tg_place place = {.line = 0};
    tg_vec_push(&r->module->finals, fn);
    tg_sources_place(r->program->sources, n->span, &place);
    list_declared(r, (struct tg_declared){.kind = TG_DECL_FINALLY,
                                          .name = fn->name,
                                          .type = tg_arena_format(&r->program->arena, "line %u", place.line),
                                          .help = comment_above(r, n->span),
                                          .span = n->span});
}

static void declare_fn(struct tg_resolver *r, struct tg_ast *n)
{
    struct tg_fn *fn = tg_declare_fn(r, n, tg_program_name(r->program, n->sym));
    tg_vec_push(&r->module->functions, fn);
    declare_name(r, n->sym, n->span, TG_REF_FN, fn);
    struct tg_buf b = {0};
    tg_buf_format(&b, "%s(", fn->name);
    for (uint32_t i = 0; i < fn->param_count; i++)
        tg_buf_format(&b, "%s%s%s", i ? ", " : "", tg_program_name(r->program, fn->params.items[i]->sym),
                      tg_n_parameter_default(fn->params.items[i]) ? " = .." : "");
    tg_buf_char(&b, ')');
    list_declared(r, (struct tg_declared){.kind = TG_DECL_FUNCTION,
                                          .name = fn->name,
                                          .type = tg_arena_copy(&r->program->arena, tg_buf_str(&b), b.length),
                                          .help = comment_above(r, n->span),
                                          .span = n->span});
    tg_buf_done(&b);
}

/* ---- signatures of commands and C functions ------------------------------------------------------ */

static bool literal_list(struct tg_kids items, tg_value *out)
{
    *out = tg_list_make(items.count);
    for (uint32_t i = 0; i < items.count; i++) {
        tg_value item;
        if (!tg_declare_literal(items.items[i], &item)) return tg_value_unref(*out), false;
        tg_list_add(*out, item);
    }
    return true;
}

bool tg_declare_literal(const struct tg_ast *n, tg_value *out)
{
    switch (n->kind) {
    case TG_N_NIL: *out = tg_nil(); return true;
    case TG_N_BOOL: *out = tg_bool(n->i != 0); return true;
    case TG_N_INT: *out = tg_int(n->i); return true;
    case TG_N_FLOAT: *out = tg_float(n->f); return true;
    case TG_N_STR: *out = tg_str_make(TG_STR, n->text, n->length); return true;
    case TG_N_UNARY:
        if (n->op != TG_OP_NEG || !tg_declare_literal(tg_n_unary_operand(n), out)) return false;
        if (tg_kind(*out) == TG_FLOAT) out->f = -out->f;
        else if (tg_kind(*out) == TG_INT && out->i != INT64_MIN) out->i = -out->i;
        else return false;
        return true;
    case TG_N_LIST: return literal_list(tg_n_list_items(n), out);
    default: return false;
    }
}

void tg_declare_check_params(struct tg_resolver *r, struct tg_kids params)
{
    for (uint32_t i = 0; i < params.count; i++) {
        const struct tg_ast *p = params.items[i];
        const char *name = tg_program_name(r->program, p->sym);
        for (uint32_t j = 0; j < i; j++)
            if (params.items[j]->sym == p->sym)
                tg_diag_error(&r->program->diags, p->span, "parameter '%s' appears twice", name);
        if (i && tg_n_parameter_default(params.items[i - 1]) && !tg_n_parameter_default(p))
            tg_diag_error(&r->program->diags, p->span, "parameter '%s' without a default follows one with a default", name);
    }
}

static void add_sig_param(struct tg_resolver *r, struct tg_ast *p, struct tg_sig *sig)
{
    struct tg_sig_param *param = &sig->params[sig->count++];
    *param = (struct tg_sig_param){.name = tg_program_name(r->program, p->sym), .type = tg_type_any};
    const struct tg_ast *value = tg_n_parameter_default(p);
    if (tg_n_parameter_type(p)) {
        param->type = *tg_declare_type(r, tg_n_parameter_type(p));
        tg_n_set_parameter_type(p, NULL); /* the text is used up; command bodies need no types */
    }
    if (!value) {
        if (sig->required == sig->count - 1) sig->required++;
        return;
    }
    param->has_default = tg_declare_literal(value, &param->default_value);
    if (!param->has_default) {
        tg_diag_error(&r->program->diags, value->span, "the default of '%s' must be a literal", param->name);
        return;
    }
    tg_vec_push(&r->program->constants, param->default_value);
    if (tg_type_is_secret(&param->type)) hide_literal(r, value, param->name);
    if (tg_type_accepts(&param->type, param->default_value)) return;
    struct tg_buf type = {0};
    tg_type_print(&type, &param->type);
    tg_diag_error(&r->program->diags, value->span, "the default of '%s' must be %s, not %s", param->name, tg_buf_str(&type),
                  tg_value_kind_name(param->default_value));
    tg_buf_done(&type);
}

static struct tg_sig make_sig(struct tg_resolver *r, const struct tg_ast *n, uint32_t more)
{
    struct tg_kids params = tg_n_params_list(tg_n_task_params(n));
    struct tg_sig sig = {.name = tg_program_name(r->program, n->sym)};
    sig.params = tg_arena_alloc(&r->program->arena, (params.count + more) * sizeof *sig.params);
    for (uint32_t i = 0; i < params.count; i++) add_sig_param(r, params.items[i], &sig);
    return sig;
}

static bool takes_secrets(const struct tg_sig *sig)
{
    bool some = false;
    for (uint32_t i = 0; i < sig->count; i++) some |= tg_type_is_secret(&sig->params[i].type);
    return some;
}

static struct tg_type kind_type(enum tg_kind kind)
{
    return (struct tg_type){.kinds = TG_KIND_BIT(kind), .accepts = TG_KIND_BIT(kind)};
}

static struct tg_type list_type_of(struct tg_resolver *r, enum tg_kind kind)
{
    struct tg_type *item = tg_arena_alloc(&r->program->arena, sizeof *item);
    *item = kind_type(kind);
    struct tg_type type = kind_type(TG_LIST);
    type.item = item;
    return type;
}

/* What standard output means, and the type of the result. */
static enum tg_output_kind result_kind(struct tg_resolver *r, const struct tg_ast *result, struct tg_type *type)
{
    static const struct {
        const char *text;
        enum tg_output_kind output;
        enum tg_kind kind; /* of lists, that of the items */
    } terms[] = {{"nil", TG_OUTPUT_NIL, TG_NIL},        {"str", TG_OUTPUT_STR, TG_STR},
                 {"int", TG_OUTPUT_INT, TG_INT},        {"float", TG_OUTPUT_FLOAT, TG_FLOAT},
                 {"bool", TG_OUTPUT_BOOL, TG_BOOL},     {"bytes", TG_OUTPUT_BYTES, TG_BYTES},
                 {"json", TG_OUTPUT_JSON, TG_NIL},      {"list[str]", TG_OUTPUT_LINES, TG_STR},
                 {"list[int]", TG_OUTPUT_INTS, TG_INT}, {"list[float]", TG_OUTPUT_FLOATS, TG_FLOAT}};
    const struct tg_ast *n = tg_n_result_form(result);
    *type = tg_type_any;
    if (n->kind == TG_N_RFILE) {
        *type = n->flags & TG_F_LIST ? list_type_of(r, TG_FILE) : kind_type(TG_FILE);
        return TG_OUTPUT_FILES;
    }
    if (n->kind == TG_N_RECORD) {
        *type = kind_type(TG_RECORD);
        return TG_OUTPUT_FILES;
    }
    for (size_t i = 0; i < TG_COUNT(terms); i++) {
        if (strlen(terms[i].text) != n->length || memcmp(terms[i].text, n->text, n->length) != 0) continue;
        if (terms[i].text[0] == 'l' /* list[..] */) *type = list_type_of(r, terms[i].kind);
        else if (terms[i].output != TG_OUTPUT_JSON) *type = kind_type(terms[i].kind);
        return terms[i].output;
    }
    struct tg_diag *d = tg_diag_error(&r->program->diags, n->span, "a command cannot have the result '%.*s'", (int)n->length,
                                      n->text);
    tg_diag_hint(&r->program->diags, d,
                 "its standard output can be a str, int, float, json, list[str], list[int], list[float], bytes or nil, its "
                 "exit status a bool; or it makes file(\"PATH\").");
    return TG_OUTPUT_NIL;
}

/* What can be no part of JSON. */
static bool is_beyond_json(const struct tg_type *type)
{
    const tg_kinds beyond = TG_KIND_BIT(TG_FUNCTION) | TG_KIND_BIT(TG_OBJECT);
    bool anything = type->kinds == TG_KINDS_ANY;
    return type->item ? is_beyond_json(type->item) : !anything && type->kinds & beyond;
}

/* The type of what a server answers: any but what JSON cannot say; `json` is whatever it says. */
static enum tg_output_kind answer_kind(struct tg_resolver *r, const struct tg_ast *result, struct tg_type *type)
{
    struct tg_ast *n = tg_n_result_form(result);
    *type = tg_type_any;
    if (n->kind != TG_N_TYPE) {
        struct tg_diag *d = tg_diag_error(&r->program->diags, n->span, "a server gives a value, and makes no result file");
        tg_diag_hint(&r->program->diags, d, "its result is a type, such as json, float or list[int]; a path is a file or str");
        return TG_OUTPUT_JSON;
    }
    if (n->length == 4 && memcmp(n->text, "json", 4) == 0) return TG_OUTPUT_JSON;
    *type = *tg_declare_type(r, n);
    if (tg_type_is_secret(type)) tg_diag_error(&r->program->diags, n->span, "only a parameter can be a secret");
    else if (is_beyond_json(type))
        tg_diag_error(&r->program->diags, n->span, "a server answers in JSON, which cannot say %s",
                      tg_type_text(&r->program->arena, type));
    return type->kinds == TG_KIND_BIT(TG_NIL) ? TG_OUTPUT_NIL : TG_OUTPUT_JSON;
}

static void check_asked(struct tg_resolver *r, const struct tg_command_def *c)
{
    struct tg_kids params = tg_n_params_list(tg_n_task_params(c->node));
    for (uint32_t i = 0; i < params.count; i++) {
        const struct tg_type *type = &c->def.sig.params[i].type;
        if (is_beyond_json(type))
            tg_diag_error(&r->program->diags, params.items[i]->span, "a server is asked in JSON, which cannot say %s",
                          tg_type_text(&r->program->arena, type));
    }
}

static void note_task(struct tg_resolver *r, const struct tg_sig *sig, tg_span span)
{
    struct tg_buf b = {0};
    tg_sig_print(&b, sig);
    list_declared(r, (struct tg_declared){.kind = TG_DECL_TASK,
                                          .name = sig->name,
                                          .help = comment_above(r, span),
                                          .span = span,
                                          .type = tg_arena_copy(&r->program->arena, tg_buf_str(&b), b.length)});
    tg_buf_done(&b);
}

static void declare_task(struct tg_resolver *r, struct tg_ast *n)
{
    struct tg_command_def *c = tg_arena_alloc(&r->program->arena, sizeof *c);
    *c = (struct tg_command_def){
        .node = n, .module = r->module, .program = r->program, .user_count = tg_n_params_list(tg_n_task_params(n)).count};
    const char *help = comment_above(r, n->span);
    c->def = (struct tg_def){.name = n->text ? n->text : tg_program_name(r->program, n->sym),
                             .doc = help ? help : "",
                             .fn = r->program->run_command,
                             .data = c,
                             .flags = TG_DEF_COMMAND,
                             .sig = make_sig(r, n, 0)};
    c->def.captured = n->loose;
    c->def.sig.name = c->def.name;
    if (takes_secrets(&c->def.sig)) c->def.flags |= TG_DEF_SECRET;
    const struct tg_ast *first = tg_n_task_steps(n).count ? tg_n_task_steps(n).items[0] : NULL;
    c->serves = first && first->kind == TG_N_RUN && first->flags & TG_F_SERVES;
    c->output = (c->serves ? answer_kind : result_kind)(r, tg_n_task_result(n), &c->def.sig.result);
    c->def.sig.effect = !c->serves || c->output == TG_OUTPUT_NIL || first->flags & TG_F_EFFECT;
    if (c->serves) check_asked(r, c);
    tg_vec_push(&r->module->commands, c);
    declare_name(r, n->sym, n->span, TG_REF_TASK, &c->def);
    note_task(r, &c->def.sig, n->span);
}

/* Variables of the file that the body uses become parameters after those that were written. */
void tg_declare_captures(struct tg_resolver *r, struct tg_command_def *c)
{
    struct tg_sig *sig = &c->def.sig;
    TG_ASSERT(sig->count == c->user_count); /* once for each command */
    struct tg_sig_param *params = tg_arena_alloc(&r->program->arena, (sig->count + c->captures.count) * sizeof *params);
    memcpy(params, sig->params, sig->count * sizeof *params);
    for (size_t i = 0; i < c->captures.count; i++)
        params[sig->count + i] = (struct tg_sig_param){.name = tg_program_name(r->program, c->captures.items[i]->sym),
                                                       .type = tg_type_any};
    sig->params = params;
    sig->count += (uint32_t)c->captures.count;
    c->def.captured += (uint32_t)c->captures.count;
}

/* A path with '/' is relative to the file, as that of a plugin is. */
static const char *library_path(struct tg_resolver *r, const struct tg_ast *n)
{
    bool as_written = n->text[0] == '/' || !strchr(n->text, '/') || strcmp(r->module->folder, ".") == 0;
    if (as_written) return tg_arena_copy(&r->program->arena, n->text, n->length);
    return tg_arena_format(&r->program->arena, "%s/%s", r->module->folder, n->text);
}

/* The definition of a C function, NULL after an error; *told is the last error, since a library that cannot be loaded
 * need be named only once. */
static const struct tg_def *extern_def(struct tg_resolver *r, const char *library, struct tg_ast *f, struct tg_sig *sig,
                                       char **told)
{
    size_t errors = r->program->diags.error_count;
    tg_declare_check_params(r, tg_n_params_list(tg_n_task_params(f)));
    *sig = make_sig(r, f, 0);
    sig->result = *tg_declare_type(r, tg_n_task_result(f));
    if (tg_type_is_secret(&sig->result))
        tg_diag_error(&r->program->diags, tg_n_task_result(f)->span, "only a parameter can be a secret");
    if (r->program->diags.error_count > errors) return NULL;
    struct tg_err err = {0};
    const struct tg_def *def = tg_registry_extern(&r->program->session->registry, library, sig, &err);
    if (!def && (!*told || strcmp(*told, err.message) != 0)) {
        free(*told);
        *told = tg_alloc_text(err.message);
        tg_diag_take(&r->program->diags, f->span, &err);
    }
    tg_err_done(&err);
    return def;
}

static void declare_c_functions(struct tg_resolver *r, struct tg_ast *n)
{
    const char *library = library_path(r, n);
    char *told = NULL;
    struct tg_kids functions = tg_n_extern_functions(n);
    for (uint32_t i = 0; i < functions.count; i++) {
        struct tg_ast *f = functions.items[i];
        struct tg_sig *sig = tg_arena_alloc(&r->program->arena, sizeof *sig);
        const struct tg_def *def = extern_def(r, library, f, sig, &told);
        declare_name(r, f->sym, f->span, TG_REF_TASK, (void *)def);
        note_task(r, sig, f->span);
    }
    free(told);
}

/* In the order of the file. Functions may stand in blocks too. */
static void declare_all(struct tg_resolver *r, struct tg_ast *n, bool top_level)
{
    switch (n->kind) {
    case TG_N_FN: declare_fn(r, n); break;
    case TG_N_TASK:
        if (top_level) declare_task(r, n);
        break;
    case TG_N_EXTERN:
        if (top_level) declare_c_functions(r, n);
        break;
    case TG_N_IF:
    case TG_N_FOR:
    case TG_N_WHILE:
    case TG_N_WITH:
    case TG_N_IN_ORDER:
    case TG_N_BLOCK:
    case TG_N_FILE:
        for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) declare_all(r, k.kid, n->kind == TG_N_FILE);
        break;
    default: break;
    }
}

void tg_declare(struct tg_resolver *r)
{
    struct tg_ast *file = r->module->tree.file;
    for (struct tg_visit k = tg_visit_kids(file); tg_visit_next(&k);) {
        if (k.kid->kind == TG_N_USE) declare_plugin(r, k.kid);
        else if (k.kid->kind == TG_N_IMPORT) declare_import(r, k.kid);
    }
    declare_all(r, file, true);
}
