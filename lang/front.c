/* SPDX-License-Identifier: MIT
 * The front end as one object: reads a file and what it imports, resolves, checks, takes parameters and evaluates. */
#include "lang/front.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "engine/base/ascii.h"
#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "engine/base/near.h"
#include "engine/base/path.h"
#include "engine/base/shortage.h"
#include "engine/value/record.h"
#include "engine/value/str.h"
#include "lang/bind/constant.h"
#include "lang/bind/resolve.h"
#include "lang/check/check.h"
#include "lang/check/last.h"
#include "lang/check/region.h"
#include "lang/eval/evaluate.h"
#include "lang/eval/preflight.h"
#include "lang/eval/select.h"
#include "lang/read/parse_tg.h"
#include "lang/yaml/parse_yaml.h"

static struct tg_module *import_file(struct tg_program *p, struct tg_module *from, const struct tg_ast *n);

void tg_front_init(struct tg_front *f, struct tg_session *session)
{
    *f = (struct tg_front){0};
    tg_program_init(&f->program, session);
    f->program.sources = &f->sources;
    f->program.import = import_file;
    f->program.regions = tg_region_memory_new();
    tg_evaluate_begin(&f->program);
}

void tg_front_done(struct tg_front *f)
{
    tg_evaluate_end(&f->program);
    tg_region_memory_free(f->program.regions);
    f->program.regions = NULL;
    tg_program_done(&f->program);
    tg_sources_done(&f->sources);
    tg_names_done(&f->paths);
    tg_names_done(&f->asked);
    tg_vec_done(&f->by_path);
}

/* ---- modules ------------------------------------------------------------------------------------- */

enum tg_language tg_front_language(const char *path, enum tg_language asked)
{
    if (asked != TG_LANGUAGE_AUTO) return asked;
    return tg_path_ends(path, ".yaml") || tg_path_ends(path, ".yml") ? TG_LANGUAGE_YAML : TG_LANGUAGE_TG;
}

/* The place of a file among those that were read or are about to be, a new one being NULL; NULL if it has no path. */
static struct tg_module **place_of(struct tg_front *f, const char *path)
{
    char *real = realpath(path, NULL);
    if (!real) {
        tg_shortage_check(errno);
        return NULL;
    }
    uint32_t id = tg_names_add(&f->paths, real, strlen(real));
    free(real);
    while (f->by_path.count <= id) tg_vec_push(&f->by_path, NULL);
    return &f->by_path.items[id];
}

/* Reads, resolves and checks one file. The module is in the front end's list even if it has errors; NULL if the file
 * could not be read (err says why). */
static struct tg_module *load_file(struct tg_front *f, const char *path, enum tg_language language, struct tg_err *err)
{
    bool standard_input = strcmp(path, "-") == 0;
    if (!standard_input) tg_names_add(&f->asked, path, strlen(path));
    struct tg_source *source = tg_sources_read(&f->sources, path, err);
    if (!source) return NULL;
    struct tg_module *m = tg_alloc_zero(sizeof *m);
    m->source = source;
    m->folder = standard_input ? tg_alloc_text(".") : tg_path_folder(path);
    struct tg_module **place = standard_input ? NULL : place_of(f, path);
    if (place) *place = m;
    m->loading = true;
    tg_vec_push(&f->program.modules, m);
    struct tg_parse parse = {
        .arena = &f->program.arena, .names = &f->program.names, .diags = &f->program.diags, .source = source};
    size_t errors = f->program.diags.error_count;
    if (tg_front_language(path, language) == TG_LANGUAGE_YAML) tg_parse_yaml(&parse, &m->tree);
    else tg_parse_tg(&parse, &m->tree);
    m->incomplete = m->unreadable = f->program.diags.error_count > errors;
    tg_resolve(&f->program, m);
    if (!m->unreadable) tg_check(&f->program, m);
    if (f->program.diags.error_count == 0) tg_last_uses(&f->program, m);
    m->loading = false;
    return m;
}

static struct tg_module *import_file(struct tg_program *p, struct tg_module *from, const struct tg_ast *n)
{
    struct tg_front *f = (struct tg_front *)((char *)p - offsetof(struct tg_front, program));
    char *path = n->text[0] == '/' || strcmp(from->folder, ".") == 0
                     ? tg_alloc_copy(n->text, n->length)
                     : tg_alloc_format("%s/%.*s", from->folder, (int)n->length, n->text);
    struct tg_module **place = place_of(f, path), *m = place ? *place : NULL;
    struct tg_err err = {0};
    if (m && m->loading) {
        tg_diag_error(&f->program.diags, n->span, "'%s' imports itself, directly or through other files", path);
        m = NULL;
    } else if (!m && f->import_depth >= TG_MAX_IMPORT_DEPTH) {
        tg_diag_error(&f->program.diags, n->span, "files import each other too deep (more than %d)", TG_MAX_IMPORT_DEPTH);
    } else if (!m) {
        f->import_depth++;
        m = load_file(f, path, TG_LANGUAGE_AUTO, &err);
        f->import_depth--;
        if (!m) tg_diag_take(&f->program.diags, n->span, &err);
    }
    free(path);
    return m;
}

bool tg_front_open(struct tg_front *f, const char *path, enum tg_language language)
{
    struct tg_err err = {0};
    if (!load_file(f, path, language, &err)) tg_diag_take(&f->program.diags, (tg_span){0, 0}, &err);
    TG_ASSERT(f->import_depth == 0 && (f->program.modules.count || f->program.diags.error_count));
    return f->program.diags.error_count == 0;
}

/* ---- parameters ---------------------------------------------------------------------------------- */

#define SHOWN_PARAMS 10 /* that a hint names */

static void hint_params(struct tg_front *f, struct tg_diag *d)
{
    const struct tg_module *m = f->program.modules.items[0];
    struct tg_buf b = {0};
    for (size_t i = 0; i < m->params.count && i < SHOWN_PARAMS; i++)
        tg_buf_format(&b, "%s%s", i ? ", " : "", tg_program_name(&f->program, m->params.items[i].sym));
    bool more = m->params.count > SHOWN_PARAMS;
    tg_diag_hint(&f->program.diags, d, more ? "it has %s and others; 'tgrun list' shows them." : "it has %s.", tg_buf_str(&b));
    tg_buf_done(&b);
}

static struct tg_parameter *find_param(struct tg_front *f, const char *name, const char *where)
{
    struct tg_module *m = f->program.modules.items[0];
    struct tg_near near = tg_near_begin(name, strlen(name));
    for (size_t i = 0; i < m->params.count; i++) {
        const char *known = tg_program_name(&f->program, m->params.items[i].sym);
        if (strcmp(known, name) == 0) return &m->params.items[i];
        tg_near_offer(&near, known, strlen(known));
    }
    struct tg_diag *d = tg_diag_error(&f->program.diags, (tg_span){0, 0}, "%s: the workflow has no parameter '%s'", where,
                                      name);
    if (near.best) tg_diag_hint(&f->program.diags, d, "did you mean '%s'?", near.best);
    else if (m->params.count == 0) tg_diag_hint(&f->program.diags, d, "it has no parameters.");
    else hint_params(f, d);
    return NULL;
}

/* The items of a list that was given as a,b or [a, b], as the language writes them; false: not so simple. */
static bool add_items(struct tg_buf *b, const char *text, bool quoted)
{
    if (strpbrk(text, "\"'\\${}") || strchr(text + 1, '[') || !*text) return false;
    const char *at = text + (*text == '['), *end = at + strcspn(at, "]");
    for (const char *between = ""; at <= end; between = ", ") {
        at += strspn(at, " ");
        size_t length = strcspn(at, ",]"), shown = length;
        while (shown && at[shown - 1] == ' ') shown--;
        if (!shown) return false;
        tg_buf_format(b, quoted ? "%s\"%.*s\"" : "%s%.*s", between, (int)shown, at);
        at += length + 1;
    }
    return true;
}

/* How a literal of the parameter's type is written on a command line, where that is not plain. */
static void hint_literal(struct tg_front *f, struct tg_diag *d, const struct tg_parameter *p, const char *text)
{
    const char *name = tg_program_name(&f->program, p->sym);
    const struct tg_type *item = p->type.item;
    tg_kinds kinds = p->type.kinds & ~TG_KIND_BIT(TG_NIL);
    struct tg_buf items = {0};
    bool quoted = item && item->kinds & (TG_KIND_BIT(TG_STR) | TG_KIND_BIT(TG_FILE));
    if (kinds == TG_KIND_BIT(TG_LIST)) {
        bool simple = strlen(text) <= 60 && add_items(&items, text, quoted);
        tg_diag_hint(&f->program.diags, d, "write -D '%s=[%s]'", name,
                     simple   ? tg_buf_str(&items)
                     : quoted ? "\"a\", \"b\""
                              : "1, 2");
    } else if (kinds == TG_KIND_BIT(TG_RECORD)) {
        tg_diag_hint(&f->program.diags, d, "write -D '%s={name: 1, other: \"text\"}'", name);
    } else if (kinds == TG_KIND_BIT(TG_BOOL)) {
        tg_diag_hint(&f->program.diags, d, "write -D %s=true or -D %s=false", name, name);
    }
    tg_buf_done(&items);
}

/* `text`: what stands on the command line; NULL: it is a file's. */
static bool wrong_type(struct tg_front *f, const struct tg_parameter *p, const char *given, const char *text, const char *where)
{
    struct tg_buf type = {0};
    tg_type_print(&type, &p->type);
    struct tg_diag *d = tg_diag_error(&f->program.diags, (tg_span){0, 0}, "%s: parameter '%s' must be %s, not %s", where,
                                      tg_program_name(&f->program, p->sym), tg_buf_str(&type), given);
    tg_diag_note(&f->program.diags, d, p->node->span, "it is declared here");
    tg_buf_done(&type);
    if (text) hint_literal(f, d, p, tg_type_is_secret(&p->type) ? "" : text);
    return false;
}

/* The value is at hand, but not to be shown. */
static void describe_given(struct tg_buf *b, const struct tg_parameter *p, tg_value v)
{
    if (tg_type_is_secret(&p->type)) tg_buf_text(b, tg_value_kind_name(v));
    else tg_value_repr(b, v, 60);
}

static bool keep_param_secret(struct tg_front *f, const struct tg_parameter *p, tg_value v, const char *where)
{
    const char *name = tg_program_name(&f->program, p->sym);
    if (tg_type_keep_secret(&p->type, v, &f->program.session->secrets)) return true;
    struct tg_diag *d = tg_diag_error(&f->program.diags, (tg_span){0, 0}, "%s: " TG_SECRET_SHORT, where, name);
    tg_diag_note(&f->program.diags, d, p->node->span, "it is declared here");
    return false;
}

static bool give_param(struct tg_front *f, struct tg_parameter *p, tg_value take, const char *text, const char *where)
{
    if (!tg_type_accepts(&p->type, take)) {
        struct tg_buf shown = {0};
        describe_given(&shown, p, take);
        wrong_type(f, p, tg_buf_str(&shown), text, where);
        tg_buf_done(&shown);
        tg_value_unref(take);
        return false;
    }
    tg_value_unref(p->given);
    p->given = take;
    return keep_param_secret(f, p, take, where);
}

static bool read_value(struct tg_front *f, struct tg_ast *n, tg_value *out)
{
    return tg_constant_resolve(&f->program, n) && tg_evaluate_constant(&f->program, n, out);
}

/* A text as a constant expression of the language: 3, 10s, 64KB, [1, 2], "text". What is wrong with it stays unsaid:
 * the caller says it in words of its own. */
static bool read_constant(struct tg_front *f, const char *where, const char *text, tg_value *out)
{
    struct tg_err err = {0};
    struct tg_source *source = tg_sources_add(&f->sources, where, text, strlen(text), &err);
    if (!source) return tg_err_done(&err), false;
    struct tg_diags diags;
    tg_diags_init(&diags, &f->program.arena);
    struct tg_diags before = f->program.diags;
    f->program.diags = diags;
    struct tg_parse parse = {
        .arena = &f->program.arena, .names = &f->program.names, .diags = &f->program.diags, .source = source};
    struct tg_ast *n = tg_parse_tg_expression(&parse, 0, source->length);
    bool fine = n && read_value(f, n, out);
    tg_diags_done(&f->program.diags);
    f->program.diags = before;
    return fine;
}

/* Texts are taken as they are; only other types are read as expressions. */
static bool is_text_type(const struct tg_type *type)
{
    return (type->kinds & ~TG_KIND_BIT(TG_NIL)) == TG_KIND_BIT(TG_STR) ||
           (type->kinds & ~TG_KIND_BIT(TG_NIL)) == TG_KIND_BIT(TG_FILE);
}

/* Whoever may look at this machine's processes sees the command line. */
static void warn_of_command_line(struct tg_front *f, const struct tg_parameter *p)
{
    if (!tg_type_is_secret(&p->type)) return;
    struct tg_diag *d = tg_diag_warning(&f->program.diags, (tg_span){0, 0},
                                        "-D: parameter '%s' is a secret, but everybody on this machine can see a command line",
                                        tg_program_name(&f->program, p->sym));
    tg_diag_hint(&f->program.diags, d, "Give it by --params=FILE, or by the environment: param %s: secret = env(\"NAME\").",
                 tg_program_name(&f->program, p->sym));
}

bool tg_front_set_param(struct tg_front *f, const char *name, const char *text, const char *where)
{
    struct tg_parameter *p = find_param(f, name, where);
    if (!p) return false;
    if (strcmp(where, "-D") == 0) warn_of_command_line(f, p);
    tg_value v;
    if (is_text_type(&p->type)) return give_param(f, p, tg_str(text), text, where);
    if (read_constant(f, where, text, &v)) return give_param(f, p, v, text, where);
    struct tg_buf given = {0};
    tg_buf_format(&given, tg_type_is_secret(&p->type) ? "what was given" : "'%.60s'", text);
    wrong_type(f, p, tg_buf_str(&given), text, where);
    tg_buf_done(&given);
    return false;
}

/* A number with a unit (10s, 64KB) is a text to JSON and YAML. */
static tg_value read_unit(struct tg_front *f, const struct tg_parameter *p, tg_value v, const char *path)
{
    tg_value out;
    if (tg_kind(v) != TG_STR || p->type.kinds & ~TG_KINDS_NUM) return tg_value_ref(v);
    const struct tg_str *t = tg_str_of(v);
    bool number = t->length && tg_ascii_is_digit(t->data[0]);
    return number && read_constant(f, path, t->data, &out) ? out : tg_value_ref(v);
}

static bool set_params(struct tg_front *f, tg_value record, const char *path)
{
    if (tg_kind(record) != TG_RECORD) {
        tg_diag_error(&f->program.diags, (tg_span){0, 0}, "%s: parameters are one mapping from name to value, not %s", path,
                      tg_value_kind_name(record));
        return false;
    }
    bool fine = true;
    const struct tg_record *r = tg_record_of(record);
    for (size_t i = 0; i < r->count; i++) {
        struct tg_parameter *p = find_param(f, tg_str_of(r->fields[i].key)->data, path);
        if (!p || !give_param(f, p, read_unit(f, p, r->fields[i].value, path), NULL, path)) fine = false;
    }
    return fine;
}

static bool is_in_word(char c)
{
    return !c || !strchr(" \t\r\"',:{}[]", c);
}

/* What parsers may take for tokens of their own: names of anchors and tags in YAML, words in JSON. */
static bool is_in_name(char c)
{
    return tg_ascii_is_name_byte(c) || c == '-' || (unsigned char)c >= 0x80;
}

static bool is_in_letters(char c)
{
    return tg_ascii_is_name_byte(c) && !tg_ascii_is_digit(c) && c != '_';
}

static void hide_parts(struct tg_secrets *secrets, const char *at, const char *end, bool (*is_part)(char))
{
    for (; at < end; at++) {
        const char *from = at;
        while (at < end && is_part(*at)) at++;
        tg_secrets_add(secrets, from, (size_t)(at - from));
    }
}

/* Each word of the line and each part of one, and all of it behind a key. */
static void hide_line(struct tg_secrets *secrets, const char *at, size_t length)
{
    const char *colon = memchr(at, ':', length), *end = at + length;
    if (colon) at = colon + 1;
    while (at < end && !is_in_word(*at)) at++;
    while (end > at && !is_in_word(end[-1])) end--;
    tg_secrets_add(secrets, at, (size_t)(end - at));
    hide_parts(secrets, at, end, is_in_word);
    hide_parts(secrets, at, end, is_in_name);
    hide_parts(secrets, at, end, is_in_letters);
}

/* What is wrong with a parameter file is shown with its lines, and which of its values are secrets is not known then: if the
 * workflow has any, all are taken for such. */
static void hide_lines(struct tg_front *f, const struct tg_source *s)
{
    const struct tg_module *m = f->program.modules.items[0];
    bool any = false;
    for (size_t i = 0; i < m->params.count; i++) any |= tg_type_is_secret(&m->params.items[i].type);
    for (const char *at = s->text, *end = s->text + s->length; any && at < end; at++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at)), *line_end = newline ? newline : end;
        hide_line(&f->program.session->secrets, at, (size_t)(line_end - at));
        at = line_end;
    }
}

bool tg_front_read_params(struct tg_front *f, const char *path)
{
    struct tg_err err = {0};
    struct tg_source *source = tg_sources_read_as(&f->sources, "parameter file", path, &err);
    if (!source) return tg_diag_take(&f->program.diags, (tg_span){0, 0}, &err), false;
    tg_value record = tg_nil();
    bool fine;
    if (tg_front_language(path, TG_LANGUAGE_AUTO) == TG_LANGUAGE_YAML) {
        struct tg_parse parse = {
            .arena = &f->program.arena, .names = &f->program.names, .diags = &f->program.diags, .source = source};
        struct tg_ast *n = tg_parse_yaml_value(&parse);
        fine = n && read_value(f, n, &record);
    } else {
        fine = tg_value_from_json(source->text, source->length, &record, &err);
        if (!fine) {
            struct tg_diag *d = tg_diag_error(&f->program.diags, (tg_span){0, 0}, "%s: %s", path, err.message);
            tg_diag_hint(&f->program.diags, d, "A parameter file is JSON, or YAML if its name ends in .yaml or .yml.");
            tg_err_done(&err);
        }
    }
    if (!fine) hide_lines(f, source);
    fine = fine && set_params(f, record, path);
    tg_value_unref(record);
    return fine;
}

bool tg_front_eval(struct tg_front *f)
{
    return tg_evaluate(&f->program);
}

void tg_front_eval_parameters(struct tg_front *f)
{
    tg_evaluate_parameters(&f->program);
}

bool tg_front_select(struct tg_front *f, uint64_t **selected, size_t *unknown, struct tg_err *err)
{
    return tg_select(&f->program, f->program.named, f->program.named_count, selected, unknown, err);
}

bool tg_front_preflight(struct tg_front *f, const struct tg_plan *plan, bool runs, struct tg_diags *out)
{
    return tg_preflight(&f->program, plan, runs, out);
}
