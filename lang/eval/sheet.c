/* SPDX-License-Identifier: MIT
 * Tables in files: heads, rows, and the types that are wanted of cells. Everything that is wrong with a table is said with its
 * file and line: a row that does not fit must not become one that looks right. */
#include "lang/eval/sheet.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/run/allowed.h"
#include "engine/value/delimited.h"
#include "engine/value/record.h"
#include "lang/eval/builtin.h"
#include "lang/eval/core_task.h"
#include "lang/eval/environment.h"
#include "lang/eval/suspend.h"

#define LOOK_EVERY 4096 /* rows between two looks at whether to stop */

enum { PATH, SEP, HEADER, TYPES };
#define BIT(kind) TG_KIND_BIT(TG_##kind)
static const struct tg_type sep_type = {.kinds = BIT(STR) | BIT(NIL), .accepts = BIT(STR) | BIT(NIL)},
                            header_type = {.kinds = BIT(BOOL), .accepts = BIT(BOOL)},
                            record_type = {.kinds = BIT(RECORD) | BIT(NIL), .accepts = BIT(RECORD) | BIT(NIL)},
                            list_type = {.kinds = BIT(LIST) | BIT(NIL), .accepts = BIT(LIST) | BIT(NIL)};

struct column {
    tg_value name;  /* a str; nil where there is no head */
    tg_kinds kinds; /* of its cells */
    const char *type;
};

struct sheet {
    struct tg_eval *e;
    const struct tg_ast *n;
    const char *path;
    bool header;
    tg_value types; /* borrowed: a record or list of type terms, or nil */
    struct tg_delimited rows;
    TG_VEC(struct column) columns;
    tg_value numbers; /* of the columns in the head, from 0 on, by their names */
};

/* ---- what is wrong ------------------------------------------------------------------------------- */

/* An error at the line of the row that was read last; printf's format. */
static bool __attribute__((format(printf, 2, 3))) fail_row(struct sheet *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = tg_alloc_vformat(format, args);
    va_end(args);
    tg_eval_error(s->e, s->n, "%s:%zu: %s", s->path, s->rows.line, text);
    free(text);
    return false;
}

static bool fail_column(struct sheet *s, const char *name)
{
    struct tg_buf b = {0};
    for (size_t i = 0; i < s->columns.count && i < 8; i++)
        tg_buf_format(&b, "%s'%s'", i ? ", " : "", tg_str_of(s->columns.items[i].name)->data);
    if (s->columns.count > 8) tg_buf_format(&b, " and %zu more", s->columns.count - 8);
    fail_row(s, "there is no column '%s' to have a type: there are %s", name, tg_buf_str(&b));
    tg_buf_done(&b);
    return false;
}

/* A column for a message: its name, or its number; heap. */
static char *column_name(const struct sheet *s, size_t i)
{
    if (s->header) return tg_alloc_format("'%s'", tg_str_of(s->columns.items[i].name)->data);
    return tg_alloc_format("%zu", i + 1);
}

static void fail_cell(struct sheet *s, size_t i, const char *why)
{
    char *name = column_name(s, i);
    const struct column *c = &s->columns.items[i];
    struct tg_err err = {0};
    tg_err_set(&err, TG_EXIT_FAILED, "%s:%zu: column %s: %s", s->path, s->rows.line, name, why);
    if (s->rows.cells.items[i].length == 0) tg_err_hint(&err, "An empty cell is nil where the type is \"%s?\".", c->type);
    tg_eval_take(s->e, s->n, &err);
    free(name);
}

/* ---- columns ------------------------------------------------------------------------------------- */

static bool add_column(struct sheet *s, const struct tg_cell *cell)
{
    size_t number = s->columns.count + 1;
    if (cell->length == 0) return fail_row(s, "column %zu has no name in the head", number);
    tg_value name = tg_str_make(TG_STR, cell->text, cell->length);
    tg_vec_push(&s->columns, ((struct column){name, BIT(STR), "str"}));
    const tg_value *before = tg_record_find(s->numbers, cell->text, cell->length);
    if (before)
        return fail_row(s, "the columns %zu and %zu have the same name '%s'", (size_t)before->i + 1, number,
                        tg_str_of(name)->data);
    tg_record_put(s->numbers, tg_value_ref(name), tg_int((int64_t)number - 1));
    return true;
}

/* From the first row: the head, or as many columns as it has. */
static bool find_columns(struct sheet *s)
{
    bool fine = true;
    for (size_t i = 0; i < s->rows.cells.count && fine; i++) {
        if (s->header) fine = add_column(s, &s->rows.cells.items[i]);
        else tg_vec_push(&s->columns, ((struct column){tg_nil(), BIT(STR), "str"}));
    }
    return fine;
}

/* The kinds that a type term names, of those that a cell may have; 0: none of them. */
static tg_kinds cell_kinds(const struct tg_str *term)
{
    static const tg_kinds known[] = {BIT(STR), BIT(INT), BIT(FLOAT), TG_KINDS_NUM, BIT(BOOL), BIT(FILE)};
    struct tg_arena arena = {0};
    struct tg_type type;
    struct tg_err err = {0};
    bool is_type = tg_type_parse(term->data, term->length, NULL, 0, &arena, &type, &err);
    tg_kinds kinds = is_type ? type.kinds : 0;
    tg_arena_done(&arena);
    tg_err_done(&err);
    for (size_t i = 0; i < TG_COUNT(known); i++)
        if ((kinds & ~BIT(NIL)) == known[i]) return kinds;
    return 0;
}

#define CELL_TYPES "\"str\", \"int\", \"float\", \"num\", \"bool\" or \"file\", perhaps with \"?\""

static bool set_type(struct sheet *s, size_t i, tg_value term)
{
    struct column *c = &s->columns.items[i];
    c->kinds = tg_kind(term) == TG_STR ? cell_kinds(tg_str_of(term)) : 0;
    if (c->kinds) return c->type = tg_str_of(term)->data, true;
    char *name = column_name(s, i);
    struct tg_buf b = {0};
    if (tg_kind(term) == TG_FUNCTION) tg_buf_text(&b, "a function: a type is a text here");
    else tg_value_repr(&b, term, 60);
    fail_row(s, "the type of column %s must be " CELL_TYPES ", not %s", name, tg_buf_str(&b));
    tg_buf_done(&b);
    free(name);
    return false;
}

static bool set_named_types(struct sheet *s)
{
    const struct tg_record *types = tg_record_of(s->types);
    for (size_t t = 0; t < types->count; t++) {
        const struct tg_str *name = tg_str_of(types->fields[t].key);
        const tg_value *number = tg_record_find(s->numbers, name->data, name->length);
        if (!number) return fail_column(s, name->data);
        if (!set_type(s, (size_t)number->i, types->fields[t].value)) return false;
    }
    return true;
}

static bool set_types(struct sheet *s)
{
    if (tg_kind(s->types) == TG_NIL) return true;
    if (s->header) return set_named_types(s);
    const struct tg_list *types = tg_list_of(s->types);
    if (types->count != s->columns.count)
        return fail_row(s, "there %s %zu type%s for %zu column%s", types->count == 1 ? "is" : "are", types->count,
                        types->count == 1 ? "" : "s", s->columns.count, s->columns.count == 1 ? "" : "s");
    for (size_t i = 0; i < types->count; i++)
        if (!set_type(s, i, types->items[i])) return false;
    return true;
}

/* ---- cells --------------------------------------------------------------------------------------- */

/* As the built-in function of this name makes it of a text; TG_BAD with *why, owned, where it cannot. */
static tg_value convert_by(struct sheet *s, const char *task, tg_value text, char **why)
{
    const struct tg_def *def = tg_core_task_def(s->e, task);
    struct tg_ctx ctx = {.def = def, .options = tg_nil()};
    tg_value out = tg_bad();
    if (def->fn(&ctx, &text, 1, &out) != TG_OK) *why = tg_alloc_text(ctx.err.message), out = tg_bad();
    tg_err_done(&ctx.err);
    return out;
}

static tg_value convert_bool(const struct tg_str *text, char **why)
{
    bool yes = strcasecmp(text->data, "true") == 0;
    if (yes || strcasecmp(text->data, "false") == 0) return tg_bool(yes);
    *why = tg_alloc_format("'%.60s' is neither true nor false", text->data);
    return tg_bad();
}

/* A num is an int if the text is one. */
static tg_value convert_number(struct sheet *s, tg_kinds kinds, tg_value text, char **why)
{
    tg_value out = kinds & BIT(INT) ? convert_by(s, "int", text, why) : tg_bad();
    if (!tg_is_bad(out) || !(kinds & BIT(FLOAT))) return out;
    free(*why);
    *why = NULL;
    return convert_by(s, "float", text, why);
}

static bool is_kind(const struct column *c, tg_kinds kind)
{
    return (c->kinds & ~BIT(NIL)) == kind;
}

/* Cell i of the row; TG_BAD after an error. */
static tg_value cell_value(struct sheet *s, size_t i)
{
    const struct column *c = &s->columns.items[i];
    const struct tg_cell *cell = &s->rows.cells.items[i];
    if (c->kinds & BIT(NIL) && cell->length == 0) return tg_nil();
    if (is_kind(c, BIT(STR))) return tg_str_make(TG_STR, cell->text, cell->length);
    if (is_kind(c, BIT(FILE)) && cell->length) return tg_str_make(TG_FILE, cell->text, cell->length);
    char *why = NULL;
    tg_value text = tg_str_make(TG_STR, cell->text, cell->length), out = tg_bad();
    if (is_kind(c, BIT(FILE))) why = tg_alloc_text("an empty cell is no file");
    else if (is_kind(c, BIT(BOOL))) out = convert_bool(tg_str_of(text), &why);
    else out = convert_number(s, c->kinds, text, &why);
    tg_value_unref(text);
    if (tg_is_bad(out)) fail_cell(s, i, why);
    free(why);
    return out;
}

/* ---- rows ---------------------------------------------------------------------------------------- */

/* The row that was read last, a record or a list; TG_BAD after an error. */
static tg_value row_value(struct sheet *s)
{
    size_t cells = s->rows.cells.count, columns = s->columns.count;
    if (cells != columns) {
        fail_row(s, "a row of %zu cell%s, but the %s has %zu", cells, cells == 1 ? "" : "s", s->header ? "head" : "first row",
                 columns);
        return tg_bad();
    }
    tg_value row = s->header ? tg_record_make(columns) : tg_list_make(columns);
    for (size_t i = 0; i < columns; i++) {
        tg_value v = cell_value(s, i);
        if (tg_is_bad(v)) return tg_value_unref(row), v;
        if (s->header) tg_record_put(row, tg_value_ref(s->columns.items[i].name), v);
        else tg_list_add(row, v);
    }
    return row;
}

/* The next row; false at the end, or after an error, which *fine says. */
static bool next_row(struct sheet *s, bool *fine)
{
    struct tg_err err = {0};
    if (tg_delimited_next(&s->rows, &err)) return true;
    *fine = !err.message;
    if (err.message) fail_row(s, "%s", err.message);
    tg_err_done(&err);
    return false;
}

/* All rows, in a list; TG_BAD after an error. */
static tg_value read_rows(struct sheet *s)
{
    bool fine = true, found = next_row(s, &fine);
    if (!fine) return tg_bad();
    if (!found && s->header) return tg_eval_error(s->e, s->n, "could not read '%s': it is empty, without even a head", s->path);
    if (found && (!find_columns(s) || !set_types(s))) return tg_bad();
    if (s->header) found = next_row(s, &fine);
    tg_value list = tg_list_make(0);
    while (found && fine) {
        tg_value row = row_value(s);
        fine = !tg_is_bad(row) && !(tg_list_of(list)->count % LOOK_EVERY == 0 && tg_eval_stopped(s->e, s->n));
        if (!tg_is_bad(row)) tg_list_add(list, row);
        if (fine) found = next_row(s, &fine);
    }
    if (fine) return list;
    tg_value_unref(list);
    return tg_bad();
}

/* ---- the function -------------------------------------------------------------------------------- */

static bool ends_with(const char *path, const char *end)
{
    size_t length = strlen(path), n = strlen(end);
    return length >= n && strcasecmp(path + length - n, end) == 0;
}

/* By the file's name, or by what is in its first line. */
static char guess_separator(const char *path, const struct tg_source *file)
{
    if (ends_with(path, ".tsv") || ends_with(path, ".tab")) return '\t';
    if (ends_with(path, ".csv")) return ',';
    const char *end = memchr(file->text, '\n', file->length);
    return memchr(file->text, '\t', end ? (size_t)(end - file->text) : file->length) ? '\t' : ',';
}

static tg_value read_sheet(struct tg_eval *e, const struct tg_ast *n, const char *path, const tg_value *args)
{
    struct tg_sources files = {0};
    struct tg_source *file = tg_environment_read(e, n, path, &files);
    tg_value out = tg_bad();
    if (file) {
        struct sheet s = {.e = e, .n = n, .path = path, .header = tg_as_bool(args[HEADER]), .types = args[TYPES]};
        s.numbers = tg_record_make(0);
        char separator = tg_kind(args[SEP]) == TG_NIL ? guess_separator(path, file) : tg_str_of(args[SEP])->data[0];
        tg_delimited_begin(&s.rows, file->text, file->length, separator);
        out = read_rows(&s);
        for (size_t i = 0; i < s.columns.count; i++) tg_value_unref(s.columns.items[i].name);
        tg_value_unref(s.numbers);
        tg_vec_done(&s.columns);
        tg_delimited_done(&s.rows);
    }
    tg_sources_done(&files);
    return out;
}

/* Fits argument i, whose name is in the table of built-in functions, to its type; where it is absent it becomes `otherwise`. */
static bool fit_argument(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t i, const struct tg_type *type,
                         tg_value otherwise)
{
    if (args[i].tag == TG_UNSET) args[i] = otherwise;
    if (type->accepts & TG_KIND_BIT(tg_kind(args[i])) && !tg_allowed_of(args[i])) return true;
    tg_eval_misfit(e, n, tg_builtins[TG_BUILTIN_READ_TABLE].keywords[i], "read_table", type, args[i]);
    return false;
}

static bool fit_arguments(struct tg_eval *e, const struct tg_ast *n, tg_value *args)
{
    if (!fit_argument(e, n, args, SEP, &sep_type, tg_nil()) || !fit_argument(e, n, args, HEADER, &header_type, tg_bool(true)) ||
        !fit_argument(e, n, args, TYPES, tg_as_bool(args[HEADER]) ? &record_type : &list_type, tg_nil()))
        return false;
    const struct tg_str *sep = tg_kind(args[SEP]) == TG_STR ? tg_str_of(args[SEP]) : NULL;
    if (!sep || (sep->length == 1 && (unsigned char)sep->data[0] < 0x80 && !strchr("\"\r\n", sep->data[0]))) return true;
    tg_eval_error(e, n, "argument 'sep' of 'read_table' must be one ASCII character such as \",\" or \"\\t\"");
    return false;
}

tg_value tg_sheet_read_table(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    tg_value out = tg_bad();
    TG_ASSERT(count == TYPES + 1);
    for (size_t i = SEP; i <= TYPES; i++)
        if (tg_future_in(args[i])) return tg_suspend_builtin(e, n, &tg_builtins[TG_BUILTIN_READ_TABLE], args, count, i);
    if (!fit_arguments(e, n, args)) return tg_value_unref_all(args, count), out;
    if (tg_environment_waits(e, n, TG_BUILTIN_READ_TABLE, args, count, &out)) return out;
    const char *path = tg_environment_text(e, n, "path", "read_table", args[PATH]);
    if (path) out = read_sheet(e, n, path, args);
    tg_value_unref_all(args, count);
    return out;
}
