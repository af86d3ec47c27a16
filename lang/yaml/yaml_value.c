/* SPDX-License-Identifier: MIT
 * YAML nodes to expressions: scalars (plain ones: yaml_plain.c), `${..}` in them, lists, mappings, options, types.
 *
 * A scalar that is one `${expr}` is that expression; another one with `${` is a template. As a literal text `${` is
 * written `$${`: of n dollar signs before a `{`, each pair stands for one, and an odd one begins an expression.
 * Dollar signs elsewhere are ordinary. An expression whose text stands as such in the source is read from there, so
 * that its parts keep their places. */
#include "lang/read/parse_tg.h"
#include "lang/yaml/yaml.h"

#include <stdlib.h>

#include "engine/base/alloc.h"
#include "engine/base/buf.h"
#include "engine/base/limits.h"

#define MAX_QUOTING 64   /* strings in expressions in strings in ... */
#define MAX_TYPE_DEPTH 8 /* list[list[..]] */

/* ---- helpers ------------------------------------------------------------------------------------- */

struct tg_ast *tg_yaml_node(struct tg_yaml *y, enum tg_ast_kind kind, tg_span span, size_t mark)
{
    uint32_t count = (uint32_t)(y->stack.count - mark);
    struct tg_kids kids = {count ? y->stack.items + mark : NULL, count};
    y->stack.count = mark;
    return tg_ast_new_of(y->p->arena, kind, span, kids);
}

const char *tg_yaml_string(struct tg_yaml *y, uint32_t i)
{
    const struct tg_ynode *n = tg_y(y, tg_y_deref(y, i));
    return tg_arena_copy(y->p->arena, n->text, n->length);
}

void tg_yaml_take_text(struct tg_yaml *y, uint32_t i, struct tg_ast *n)
{
    n->text = tg_yaml_string(y, i);
    n->length = tg_y(y, tg_y_deref(y, i))->length;
}

struct tg_ast *tg_yaml_name_node(struct tg_yaml *y, uint32_t sym, tg_span span)
{
    struct tg_ast *n = tg_ast_new(y->p->arena, TG_N_NAME, span);
    n->sym = sym;
    return n;
}

struct tg_ast *tg_yaml_key_node(struct tg_yaml *y, enum tg_ast_kind kind, uint32_t key)
{
    struct tg_ast *n = tg_ast_new(y->p->arena, kind, tg_y(y, key)->span);
    n->sym = tg_y(y, key)->count;
    return n;
}

struct tg_ast *tg_yaml_nil(struct tg_yaml *y, tg_span span)
{
    return tg_ast_new(y->p->arena, TG_N_NIL, span);
}

struct tg_ast *tg_yaml_str(struct tg_yaml *y, const char *text, size_t length, tg_span span)
{
    struct tg_ast *n = tg_ast_new(y->p->arena, TG_N_STR, span);
    n->text = tg_arena_copy(y->p->arena, text, length);
    n->length = (uint32_t)length;
    return n;
}

/* ---- where ${..} ends ---------------------------------------------------------------------------- */

static size_t close_brace(const char *text, size_t i, size_t n, int depth);

/* Behind the string literal whose first quote is at i; n if it does not end. */
static size_t skip_string(const char *text, size_t i, size_t n, int depth)
{
    bool raw = i > 0 && text[i - 1] == 'r' && (i < 2 || !tg_yaml_is_name(text + i - 2, 1));
    bool triple = i + 2 < n && text[i + 1] == '"' && text[i + 2] == '"';
    for (i += triple ? 3 : 1; i < n; i++) {
        if (text[i] == '\\' && !raw) i++;
        else if (text[i] == '$' && !raw && i + 1 < n && text[i + 1] == '{') {
            if (depth >= MAX_QUOTING) return n;
            i = close_brace(text, i + 2, n, depth + 1);
        } else if (text[i] == '"') {
            if (!triple) return i + 1;
            if (i + 2 < n && text[i + 1] == '"' && text[i + 2] == '"') return i + 3;
        }
    }
    return n;
}

/* The '}' that ends the expression beginning at i; n if there is none. */
static size_t close_brace(const char *text, size_t i, size_t n, int depth)
{
    size_t open = 0;
    while (i < n) {
        if (text[i] == '"') {
            i = skip_string(text, i, n, depth);
            continue;
        }
        if (text[i] == '\'') {
            const char *end = memchr(text + i + 1, '\'', n - i - 1);
            if (end) i = (size_t)(end - text);
        }
        if (text[i] == '{') open++;
        if (text[i] == '}' && open-- == 0) return i;
        i++;
    }
    return n;
}

/* ---- templates ----------------------------------------------------------------------------------- */

/* A '\n' between double quotes of YAML is a line break before the expression is read, and a text in it ends there. */
static void hint_escapes(struct tg_yaml *y, const struct tg_ynode *n, const char *text, size_t length, size_t before)
{
    struct tg_diags *diags = y->p->diags;
    bool has_text = memchr(text, '\'', length) || memchr(text, '"', length);
    if (y->text[n->span.start - y->base] != '"' || !has_text || !memchr(text, '\n', length) || diags->items.count == before)
        return;
    tg_diag_hint(diags, &diags->items.items[before],
                 "in \"..\" YAML makes a line break of '\\n' first: write '..' around the whole, or '|' and the text below.");
}

/* Behind what stands for `text` at `at` in the source: the same bytes, but for the indentation that YAML takes away from
 * the lines of a block; SIZE_MAX: something else does. */
static size_t match_source(const struct tg_yaml *y, size_t at, size_t end, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (at < end && y->text[at] == '\r' && text[i] == '\n') at++;
        if (at >= end || y->text[at++] != text[i]) return SIZE_MAX;
        size_t kept = 0, there = at;
        if (text[i] != '\n') continue;
        while (i + 1 + kept < length && text[i + 1 + kept] == ' ') kept++;
        while (there < end && y->text[there] == ' ') there++;
        if (there - at >= kept) at = there - kept;
    }
    return at;
}

/* Where in the source, from *place on, the bytes [from, to) of the scalar's text stand; *place is behind them then. False:
 * nowhere, they are written with escapes or folded. */
static bool find_text(const struct tg_yaml *y, const struct tg_ynode *n, size_t from, size_t to, uint32_t *place,
                      uint32_t *start)
{
    size_t at = n->verbatim ? (size_t)(n->text + from - y->text) : *place, end = n->span.end - y->base;
    while (at < end) {
        const char *first = to > from ? memchr(y->text + at, n->text[from], end - at) : NULL;
        if (!first) return false;
        at = (size_t)(first - y->text);
        size_t behind = match_source(y, at, end, n->text + from, to - from);
        if (behind != SIZE_MAX) return *start = (uint32_t)at, *place = (uint32_t)behind, true;
        at++;
    }
    return false;
}

/* The expression in bytes [from, to) of the scalar's text, with `${` and `}` around it or without. *place: where in the
 * source to look for it next. One of several lines means the same with its indentation. */
static struct tg_ast *expression(struct tg_yaml *y, const struct tg_ynode *n, size_t from, size_t to, uint32_t *place)
{
    uint32_t start, head = to > from && n->text[from] == '$' ? 2 : 0, tail = head ? 1 : 0;
    const char *text = n->text + from + head;
    size_t length = to - from - head - tail, before = y->p->diags->items.count;
    bool there = find_text(y, n, from, to, place, &start);
    bool moved = there && *place - start != to - from && memmem(text, length, "\"\"\"", 3);
    struct tg_ast *e;
    if (there && tg_yaml_is_name(text, length))
        return tg_yaml_name_node(y, tg_names_add(y->p->names, text, length),
                                 (tg_span){y->base + start + head, y->base + *place - tail});
    if (there && !moved) e = tg_parse_tg_expression(y->p, start + head, *place - tail);
    else e = tg_parse_tg_text(y->p, text, length, n->span);
    if (!there) hint_escapes(y, n, text, length, before);
    return e ? e : tg_yaml_nil(y, n->span);
}

static void push_text(struct tg_yaml *y, struct tg_buf *b, tg_span span)
{
    if (b->length) tg_yaml_push(y, tg_yaml_str(y, b->data, b->length, span));
    b->length = 0;
}

/* Does a comment end the scalar? */
static bool ends_at_comment(const struct tg_yaml *y, const struct tg_ynode *n)
{
    const char *behind = y->text + (n->span.end - y->base);
    return n->plain && behind[0] == ' ' && behind[strspn(behind, " ")] == '#';
}

static void no_close(struct tg_yaml *y, const struct tg_ynode *n, size_t at)
{
    uint32_t start = (uint32_t)(n->text - y->text + (ptrdiff_t)at) + y->base;
    tg_span span = n->verbatim ? (tg_span){start, start + 2} : n->span;
    struct tg_diag *d = tg_diag_error(y->p->diags, span, "'${' without its '}'");
    if (ends_at_comment(y, n)) tg_diag_hint(y->p->diags, d, "' #' begins a comment of YAML: write quotes around the whole.");
    else tg_diag_hint(y->p->diags, d, "write '$${' for the text '${'.");
}

/* The parts of a scalar's text onto the stack. */
static void parts(struct tg_yaml *y, const struct tg_ynode *n)
{
    struct tg_buf text = {0};
    uint32_t place = n->span.start - y->base;
    size_t length = n->length;
    for (size_t i = 0; i < length;) {
        const char *dollar = memchr(n->text + i, '$', length - i);
        size_t at = dollar ? (size_t)(dollar - n->text) : length, end = at;
        tg_buf_add(&text, n->text + i, at - i);
        while (end < length && n->text[end] == '$') end++;
        bool brace = end < length && n->text[end] == '{';
        tg_buf_fill(&text, '$', brace ? (end - at) / 2 : end - at);
        i = end;
        if (!brace) continue;
        if ((end - at) % 2 == 0) {
            uint32_t start;
            find_text(y, n, at, end + 1, &place, &start);
            tg_buf_char(&text, '{');
            i = end + 1;
            continue;
        }
        push_text(y, &text, n->span);
        size_t close = close_brace(n->text, end + 1, length, 0);
        if (close >= length) {
            no_close(y, n, end - 1);
            break;
        }
        tg_yaml_push(y, expression(y, n, end - 1, close + 1, &place));
        i = close + 1;
    }
    push_text(y, &text, n->span);
    tg_buf_done(&text);
}

/* Is the text one `${expr}` alone? */
static bool is_expression(const struct tg_ynode *n)
{
    return n->length > 2 && n->text[0] == '$' && n->text[1] == '{' && close_brace(n->text, 2, n->length, 0) == n->length - 1u;
}

/* A text with `${` in it; single: one `${expr}` alone is the expression. */
static struct tg_ast *template(struct tg_yaml *y, const struct tg_ynode *n, bool single)
{
    if (single && is_expression(n)) {
        uint32_t place = n->span.start - y->base;
        return expression(y, n, 0, n->length, &place);
    }
    size_t mark = y->stack.count;
    parts(y, n);
    if (y->stack.count == mark + 1 && y->stack.items[mark]->kind == TG_N_STR &&
        y->stack.items[mark]->span.start == n->span.start)
        return y->stack.items[--y->stack.count];
    return tg_yaml_node(y, TG_N_TEMPLATE, n->span, mark);
}

static bool has_dollar(const struct tg_yaml *y, const struct tg_ynode *n)
{
    return !y->constants && n->length && memmem(n->text, n->length, "${", 2) != NULL;
}

static struct tg_ast *scalar(struct tg_yaml *y, uint32_t i)
{
    struct tg_ynode n = *tg_y(y, i);
    if (n.tag == TG_YT_STR || (!n.plain && n.tag == TG_YT_NONE))
        return has_dollar(y, &n) ? template(y, &n, n.tag != TG_YT_STR) : tg_yaml_str(y, n.text, n.length, n.span);
    if (n.tag == TG_YT_NONE) {
        if (has_dollar(y, &n)) return template(y, &n, true);
        struct tg_ast *v = tg_yaml_plain(y, i);
        return v ? v : tg_yaml_str(y, n.text, n.length, n.span);
    }
    struct tg_ast *v = n.length || n.tag == TG_YT_NULL ? tg_yaml_plain(y, i) : NULL;
    bool fits = v && ((n.tag == TG_YT_NULL && v->kind == TG_N_NIL) || (n.tag == TG_YT_BOOL && v->kind == TG_N_BOOL) ||
                      ((n.tag == TG_YT_INT || n.tag == TG_YT_FLOAT) && v->kind != TG_N_NIL && v->kind != TG_N_BOOL));
    if (fits) return v;
    tg_diag_error(y->p->diags, n.span, "'%.60s' does not fit its tag", tg_yaml_string(y, i));
    return tg_yaml_nil(y, n.span);
}

struct tg_ast *tg_yaml_word(struct tg_yaml *y, uint32_t i)
{
    struct tg_ynode n = *tg_y(y, tg_y_deref(y, i));
    bool typed = n.tag != TG_YT_NONE && n.tag != TG_YT_STR;
    if (n.kind != TG_Y_SCALAR || typed) return tg_yaml_data(y, i);
    return has_dollar(y, &n) ? template(y, &n, n.tag == TG_YT_NONE) : tg_yaml_str(y, n.text, n.length, n.span);
}

/* `sh: ! grep x f` is a tag and the text `grep x f`. */
static void warn_of_tag(struct tg_yaml *y, const struct tg_ynode *n)
{
    if (!n->plain || n->tag != TG_YT_STR || memcmp(y->text + (n->span.start - y->base), "! ", 2) != 0) return;
    struct tg_diag *d = tg_diag_warning(y->p->diags, n->span, "the '!' is a tag of YAML and no part of the text");
    tg_diag_hint(y->p->diags, d, "write quotes around the whole, or '|' and the text below.");
}

struct tg_ast *tg_yaml_text(struct tg_yaml *y, uint32_t i, const char *what)
{
    tg_span span = tg_y(y, i)->span;
    if (!tg_yaml_expect(y, i, TG_Y_SCALAR, what)) return tg_yaml_str(y, "", 0, span);
    struct tg_ynode n = *tg_y(y, tg_y_deref(y, i));
    warn_of_tag(y, &n);
    return has_dollar(y, &n) ? template(y, &n, false) : tg_yaml_str(y, n.text, n.length, n.span);
}

/* ---- lists and mappings -------------------------------------------------------------------------- */

struct tg_ast *tg_yaml_record_entry(struct tg_yaml *y, uint32_t key, struct tg_ast *value)
{
    struct tg_ast *n = tg_yaml_key_node(y, TG_N_ENTRY, key);
    const struct tg_name *name = tg_names_get(y->p->names, n->sym);
    if (!tg_yaml_is_word(name->text, name->length)) n->flags |= TG_F_QUOTED;
    tg_n_set_entry_value(n, value);
    return n;
}

static struct tg_ast *literal_entry(struct tg_yaml *y, uint32_t key, const struct tg_ast *text, struct tg_ast *value)
{
    struct tg_ast *n = tg_yaml_record_entry(y, key, value);
    n->sym = tg_names_add(y->p->names, text->text, text->length);
    return n;
}

/* A key is a text as every scalar: with `${..}` it is evaluated. */
static struct tg_ast *data_entry(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    struct tg_ynode n = *tg_y(y, tg_y_deref(y, key));
    if (!has_dollar(y, &n)) return tg_yaml_record_entry(y, key, tg_yaml_data(y, value));
    struct tg_ast *text = template(y, &n, false), *v = tg_yaml_data(y, value);
    if (text->kind == TG_N_STR) return literal_entry(y, key, text, v);
    struct tg_ast *pair = tg_ast_new(y->p->arena, TG_N_PAIR, tg_y(y, key)->span);
    tg_n_set_pair_key(pair, text);
    tg_n_set_pair_value(pair, v);
    return pair;
}

struct tg_ast *tg_yaml_data(struct tg_yaml *y, uint32_t i)
{
    size_t mark = y->stack.count;
    i = tg_y_deref(y, i);
    switch (tg_y(y, i)->kind) {
    case TG_Y_LIST: tg_yaml_items(y, i, "", tg_yaml_data); break;
    case TG_Y_MAP: tg_yaml_entries(y, i, "", NULL, data_entry); break;
    default: return scalar(y, i);
    }
    return tg_yaml_node(y, tg_y(y, i)->kind == TG_Y_LIST ? TG_N_LIST : TG_N_RECORD, tg_y(y, i)->span, mark);
}

static void not_text(struct tg_yaml *y, uint32_t i, const char *what)
{
    const struct tg_ynode *n = tg_y(y, tg_y_deref(y, i));
    struct tg_diag *d = tg_diag_error(y->p->diags, tg_y(y, i)->span, "expected %s, found text", what);
    if (has_dollar(y, n)) tg_diag_hint(y->p->diags, d, "the whole expression stands in one \"${..}\".");
    else tg_diag_hint(y->p->diags, d, "an expression is written \"${%.60s}\".", tg_yaml_string(y, i));
}

struct tg_ast *tg_yaml_no_text(struct tg_yaml *y, uint32_t i, const char *what)
{
    struct tg_ast *value = tg_yaml_data(y, i);
    bool text = value->kind == TG_N_STR || value->kind == TG_N_TEMPLATE;
    if (text && !is_expression(tg_y(y, tg_y_deref(y, i)))) not_text(y, i, what);
    return value;
}

/* ---- durations, sizes, options ------------------------------------------------------------------- */

static bool is_unit(const char *text, size_t length)
{
    static const char *const units[] = {"ns", "us", "ms", "s",  "m",   "h",   "d",   "B",
                                        "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i]) == length && memcmp(units[i], text, length) == 0) return true;
    return false;
}

struct tg_ast *tg_yaml_literal(struct tg_yaml *y, uint32_t i)
{
    i = tg_y_deref(y, i);
    const struct tg_ynode *n = tg_y(y, i);
    bool whole;
    size_t end = n->kind == TG_Y_SCALAR && n->plain && n->verbatim && n->tag == TG_YT_NONE && n->length
                     ? tg_yaml_number_end(n->text, n->length, &whole)
                     : 0;
    if (!end || n->text[0] == '-' || n->text[0] == '+' || n->text[0] == '.' || n->text[end - 1] == '.' ||
        !is_unit(n->text + end, n->length - end))
        return tg_yaml_data(y, i);
    uint32_t start = n->span.start - y->base;
    struct tg_ast *e = tg_parse_tg_expression(y->p, start, start + n->length);
    return e ? e : tg_yaml_nil(y, tg_y(y, i)->span);
}

/* What an environment variable is set to is text as it stands there; null takes it away. */
static struct tg_ast *env_entry(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    bool text = tg_y(y, tg_y_deref(y, value))->kind == TG_Y_SCALAR && !tg_yaml_is_null(y, tg_y_deref(y, value));
    return tg_yaml_record_entry(y, key, (text ? tg_yaml_word : tg_yaml_data)(y, value));
}

static struct tg_ast *env_record(struct tg_yaml *y, uint32_t i)
{
    size_t mark = y->stack.count;
    tg_yaml_entries(y, i, "", NULL, env_entry);
    return tg_yaml_node(y, TG_N_RECORD, tg_y(y, i)->span, mark);
}

static struct tg_ast *option(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    struct tg_ast *n = tg_yaml_key_node(y, TG_N_KEYWORD, key);
    bool env = strcmp(tg_names_get(y->p->names, n->sym)->text, "env") == 0;
    bool map = env && tg_y(y, tg_y_deref(y, value))->kind == TG_Y_MAP;
    tg_n_set_keyword_value(n, map ? env_record(y, tg_y_deref(y, value)) : tg_yaml_literal(y, value));
    return n;
}

struct tg_ast *tg_yaml_options(struct tg_yaml *y, uint32_t i)
{
    size_t mark = y->stack.count;
    tg_yaml_entries(y, i, "'with'", "the name of an option", option);
    const struct tg_ynode *map = tg_y(y, tg_y_deref(y, i));
    if (map->kind == TG_Y_MAP && map->count == 0) tg_diag_error(y->p->diags, map->span, "'with' names no option");
    if (y->stack.count == mark) return NULL;
    return tg_yaml_node(y, TG_N_OPTIONS, map->span, mark);
}

/* ---- types, targets, callees --------------------------------------------------------------------- */

/* Behind the type term that begins at i; SIZE_MAX: none does. */
static size_t skip_type(const char *text, size_t i, size_t n, int depth)
{
    size_t start = i;
    while (i < n && (tg_yaml_is_word(text + i, 1) || (i > start && text[i] >= '0' && text[i] <= '9'))) i++;
    if (i == start || depth > MAX_TYPE_DEPTH) return SIZE_MAX;
    if (i < n && text[i] == '[') {
        i = skip_type(text, i + 1, n, depth + 1);
        if (i >= n || text[i] != ']') return SIZE_MAX;
        i++;
    }
    while (i < n && text[i] == '?') i++;
    return i;
}

struct tg_ast *tg_yaml_type(struct tg_yaml *y, uint32_t i)
{
    struct tg_ast *t = tg_ast_new(y->p->arena, TG_N_TYPE, tg_y(y, i)->span);
    t->text = "any";
    t->length = 3;
    if (!tg_yaml_expect(y, i, TG_Y_SCALAR, "a type")) return t;
    const struct tg_ynode *n = tg_y(y, tg_y_deref(y, i));
    if (skip_type(n->text, 0, n->length, 0) != n->length) {
        struct tg_diag *d = tg_diag_error(y->p->diags, n->span, "'%.60s' is not a type", tg_yaml_string(y, i));
        tg_yaml_hint_type(y, d, i);
        return t;
    }
    tg_yaml_take_text(y, i, t);
    return t;
}

static struct tg_ast *target(struct tg_yaml *y, const struct tg_ynode *n, size_t from, size_t to)
{
    while (from < to && n->text[from] == ' ') from++;
    while (to > from && n->text[to - 1] == ' ') to--;
    tg_span span = n->span;
    if (n->verbatim) {
        uint32_t start = y->base + (uint32_t)(n->text - y->text);
        span = (tg_span){start + (uint32_t)from, start + (uint32_t)to};
    }
    if (tg_yaml_is_name(n->text + from, to - from))
        return tg_yaml_name_node(y, tg_names_add(y->p->names, n->text + from, to - from), span);
    struct tg_diag *d = tg_diag_error(y->p->diags, span, "'%s' cannot be the name of a variable",
                                      tg_arena_copy(y->p->arena, n->text + from, to - from));
    tg_diag_hint(y->p->diags, d, "write one name, or several with commas: \"x, y\".");
    return NULL;
}

struct tg_ast *tg_yaml_targets(struct tg_yaml *y, uint32_t key)
{
    if (!tg_yaml_expect(y, key, TG_Y_SCALAR, "the name of a variable")) return NULL;
    struct tg_ynode n = *tg_y(y, tg_y_deref(y, key));
    size_t mark = y->stack.count, from = 0;
    for (size_t i = 0; i <= n.length; i++) {
        if (i < n.length && n.text[i] != ',') continue;
        struct tg_ast *t = target(y, &n, from, i);
        if (!t) {
            y->stack.count = mark;
            return NULL;
        }
        tg_yaml_push(y, t);
        from = i + 1;
    }
    return tg_yaml_node(y, TG_N_TARGETS, n.span, mark);
}

struct tg_ast *tg_yaml_callee(struct tg_yaml *y, uint32_t i, const char *what)
{
    if (!tg_yaml_expect(y, i, TG_Y_SCALAR, what)) return tg_yaml_nil(y, tg_y(y, i)->span);
    struct tg_ynode n = *tg_y(y, tg_y_deref(y, i));
    if (has_dollar(y, &n)) return template(y, &n, true);
    size_t errors = y->p->diags->error_count;
    uint32_t place = n.span.start - y->base;
    struct tg_ast *callee = expression(y, &n, 0, n.length, &place);
    const struct tg_ast *root = callee;
    while (root->kind == TG_N_FIELD) root = tg_n_field_base(root);
    if (root->kind == TG_N_NAME || y->p->diags->error_count > errors) return callee;
    struct tg_diag *d = tg_diag_error(y->p->diags, n.span, "'%s' cannot be called", tg_yaml_string(y, i));
    tg_diag_hint(y->p->diags, d, "%s takes the name of a task or function, or ${an expression}.", what);
    return callee;
}
