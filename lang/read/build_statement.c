/* SPDX-License-Identifier: MIT
 * Builders of statements, with the checks that need no names: what may be assigned to, what a step may be. */
#include "lang/read/build.h"

#include "engine/base/limits.h"

/* Levels of a type term such as list[list[int]?]: more only come from mistakes, and every level copies its text. */
#define MAX_TYPE_LEVELS 32

void tg_build_tell_bare_ifs(struct tg_reader *r, const struct tg_ast *statement)
{
    size_t count = r->bare_ifs.count;
    if (count && r->bare_ifs.items[count - 1] == statement) count--;
    for (size_t i = 0; i < count; i++)
        tg_diag_error(r->p->diags, r->bare_ifs.items[i]->span, "an 'if' whose value is used needs an 'else'");
    r->bare_ifs.count = 0;
}

void tg_build_push_statement(struct tg_reader *r, struct tg_ast *statement)
{
    tg_build_tell_bare_ifs(r, statement);
    tg_build_push(r, statement);
}

void tg_build_file_statement(struct tg_reader *r, struct tg_ast *statement)
{
    tg_build_push_statement(r, statement);
    r->kids.count--;
    statement->levels = 0;
    tg_vec_push(&r->statements, statement);
}

struct tg_ast *tg_build_error(struct tg_reader *r, tg_span span)
{
    r->bare_ifs.count = 0;
    return tg_build(r, TG_N_ERROR, span, NULL, NULL);
}

/* The span of an `if` statement is its head: up to the block, less the blanks before it. */
static void narrow_to_head(struct tg_reader *r, struct tg_ast *n)
{
    for (; n && n->kind == TG_N_IF && !r->fixed; n = n->kid[2]) {
        uint32_t end = n->kid[1]->span.start - r->base;
        TG_ASSERT(end <= r->length);
        while (end > 0 && strchr(" \t\r\n\f", r->text[end - 1])) end--;
        n->span.end = end + r->base;
    }
}

struct tg_ast *tg_build_statement(struct tg_reader *r, struct tg_ast *expr)
{
    if (expr->kind != TG_N_IF || expr->flags & TG_F_PARENS) return tg_build(r, TG_N_EXPR, expr->span, expr, NULL);
    narrow_to_head(r, expr);
    return expr;
}

/* ---- assignments ---------------------------------------------------------------------------------------- */

static bool is_target(const struct tg_ast *n)
{
    return n->kind == TG_N_NAME && !(n->flags & TG_F_PARENS);
}

static void report_target(struct tg_reader *r, const struct tg_ast *n)
{
    struct tg_diags *diags = r->p->diags;
    struct tg_diag *d = tg_diag_error(diags, n->span, "cannot assign to %s", tg_ast_kind_name(n->kind));
    switch (n->kind) {
    case TG_N_INDEX:
    case TG_N_SLICE:
    case TG_N_FIELD: tg_diag_hint(diags, d, "values never change: make a new list or record and bind it to the name"); break;
    case TG_N_LIST: tg_diag_hint(diags, d, "to unpack a list, write 'a, b = ...'"); break;
    case TG_N_CALL: tg_diag_hint(diags, d, "a function is written 'fn name(x) = ...'"); break;
    case TG_N_NAME: tg_diag_hint(diags, d, "write it without parentheses"); break;
    default: tg_diag_hint(diags, d, "to compare, write '=='"); break;
    }
}

struct tg_ast *tg_build_target(struct tg_reader *r, struct tg_ast *expr)
{
    if (!is_target(expr)) {
        report_target(r, expr);
        return NULL;
    }
    tg_build_push(r, expr);
    return tg_build_list(r, TG_N_TARGETS, expr->span, NULL, 1);
}

struct tg_ast *tg_build_targets(struct tg_reader *r, tg_span span, uint32_t count)
{
    struct tg_ast *n = tg_build_list(r, TG_N_TARGETS, span, NULL, count);
    for (uint32_t i = 0; i < count; i++) {
        if (is_target(n->kid[i])) continue;
        report_target(r, n->kid[i]);
        return NULL;
    }
    return n;
}

struct tg_ast *tg_build_assign(struct tg_reader *r, tg_span span, struct tg_ast *targets, struct tg_ast *value)
{
    if (!targets) return tg_build_error(r, span);
    return tg_build(r, TG_N_ASSIGN, span, targets, value);
}

struct tg_ast *tg_build_augment(struct tg_reader *r, tg_span span, struct tg_ast *target, uint32_t op, struct tg_ast *value)
{
    if (!is_target(target)) {
        report_target(r, target);
        return tg_build_error(r, span);
    }
    struct tg_ast *n = tg_build_named(r, TG_N_AUGMENT, span, target->sym, value, NULL);
    n->op = (uint8_t)op;
    n->name_start = target->span.start;
    return n;
}

/* ---- finally -------------------------------------------------------------------------------------------- */

struct tg_ast *tg_build_finally(struct tg_reader *r, tg_span span, struct tg_ast *block)
{
    static const char outcome[] = "outcome";
    tg_build_push(r,
                  tg_build_named(r, TG_N_PARAMETER, span, tg_names_add(r->p->names, outcome, sizeof outcome - 1), NULL, NULL));
    return tg_build(r, TG_N_FINALLY, span, tg_build_list(r, TG_N_PARAMS, span, NULL, 1), block);
}

/* ---- declarations ---------------------------------------------------------------------------------------- */

/* The text of one node becomes that of another. */
static void move_text(struct tg_ast *n, const struct tg_ast *text)
{
    n->text = text->text;
    n->length = text->length;
}

struct tg_ast *tg_build_use(struct tg_reader *r, tg_span span, struct tg_ast *what, uint32_t alias)
{
    struct tg_ast *n = tg_build_named(r, TG_N_USE, span, alias, NULL, NULL);
    if (what->kind == TG_N_STR) {
        move_text(n, what);
        n->flags |= TG_F_QUOTED;
    } else {
        const struct tg_name *name = tg_names_get(r->p->names, what->sym);
        n->text = tg_arena_copy(r->arena, name->text, name->length);
        n->length = name->length;
    }
    return n;
}

struct tg_ast *tg_build_import(struct tg_reader *r, tg_span span, struct tg_ast *path, uint32_t name)
{
    struct tg_ast *n = tg_build_named(r, TG_N_IMPORT, span, name, NULL, NULL);
    move_text(n, path);
    return n;
}

struct tg_ast *tg_build_param(struct tg_reader *r, tg_span span, uint32_t name, struct tg_ast *type, struct tg_ast *choices,
                              struct tg_ast *default_value, struct tg_ast *help)
{
    struct tg_ast *n = tg_build_three(r, TG_N_PARAM, span, type, default_value, choices);
    n->sym = name;
    if (help) move_text(n, help);
    return n;
}

struct tg_ast *tg_build_type(struct tg_reader *r, tg_span span, const char *text)
{
    struct tg_ast *n = tg_ast_new(r->arena, TG_N_TYPE, span);
    n->length = (uint32_t)strlen(text);
    n->text = tg_arena_copy(r->arena, text, n->length);
    return n;
}

/* A type of a type; their levels are counted as those of other nodes are. */
static struct tg_ast *join_type(struct tg_reader *r, tg_span span, const char *text, uint32_t levels)
{
    if (levels > MAX_TYPE_LEVELS) {
        tg_diag_error(r->p->diags, span, "a type of more than %d levels", MAX_TYPE_LEVELS);
        return tg_build_type(r, span, "any");
    }
    struct tg_ast *n = tg_build_type(r, span, text);
    n->levels = levels;
    return n;
}

struct tg_ast *tg_build_type_of(struct tg_reader *r, tg_span span, uint32_t name, struct tg_ast *element)
{
    return join_type(r, span, tg_arena_format(r->arena, "%s[%s]", tg_build_name_text(r, name), element->text),
                     element->levels + 1);
}

struct tg_ast *tg_build_type_or_nil(struct tg_reader *r, tg_span span, struct tg_ast *type)
{
    return join_type(r, span, tg_arena_format(r->arena, "%s?", type->text), type->levels + 1);
}

struct tg_ast *tg_build_extern(struct tg_reader *r, tg_span span, struct tg_ast *library, uint32_t count)
{
    struct tg_ast *n = tg_build_list(r, TG_N_EXTERN, span, NULL, count);
    move_text(n, library);
    return n;
}

/* ---- tasks ------------------------------------------------------------------------------------------------- */

struct tg_ast *tg_build_result_file(struct tg_reader *r, tg_span span, uint32_t name, struct tg_ast *element,
                                    struct tg_ast *path)
{
    const char *outer = tg_build_name_text(r, name);
    bool list = element != NULL;
    if (strcmp(list ? element->text : outer, "file") != 0 || (list && strcmp(outer, "list") != 0)) {
        struct tg_diag *d = tg_diag_error(r->p->diags, span, "unknown form of a result");
        tg_diag_hint(r->p->diags, d, "a task that makes files gives 'file(\"path\")' or 'list[file](\"pattern\")'");
    }
    struct tg_ast *n = tg_build(r, TG_N_RFILE, span, path, NULL);
    if (list) n->flags |= TG_F_LIST;
    return n;
}

/* Every parameter of a task has a type: a command's arguments come from anywhere. */
static void check_typed(struct tg_reader *r, const struct tg_ast *params)
{
    for (uint32_t i = 0; i < params->kid_count; i++) {
        const struct tg_ast *p = params->kid[i];
        if (p->kid[0]) continue;
        const char *name = tg_build_name_text(r, p->sym);
        struct tg_diag *d = tg_diag_error(r->p->diags, p->span, "the parameter '%s' of a task needs a type", name);
        tg_diag_hint(r->p->diags, d, "write '%s: any' if it may be anything", name);
    }
}

struct tg_ast *tg_build_task(struct tg_reader *r, tg_span span, uint32_t name, struct tg_ast *params, struct tg_ast *result,
                             struct tg_ast *options, struct tg_ast *body)
{
    check_typed(r, params);
    if (body && body->kid_count == 0) {
        struct tg_diag *d = tg_diag_error(r->p->diags, span, "the task '%s' does nothing", tg_build_name_text(r, name));
        tg_diag_hint(r->p->diags, d, "write a step into its body: run [..] or sh \"..\"");
    }
    tg_build_push(r, params);
    tg_build_push(r, result);
    tg_build_push(r, options ? options : &r->absent);
    uint32_t steps = 0;
    for (uint32_t i = 0; body && i < body->kid_count; i++) {
        if (body->kid[i]->kind == TG_N_ERROR) continue;
        tg_build_push(r, body->kid[i]);
        steps++;
    }
    struct tg_ast *n = tg_build_list(r, TG_N_TASK, span, NULL, 3 + steps);
    if (!options) n->kid[2] = NULL;
    n->sym = name;
    return n;
}

/* ---- steps ------------------------------------------------------------------------------------------------- */

static bool is_open(const struct tg_ast *n, enum tg_ast_kind kind)
{
    return n->kind == kind && !(n->flags & TG_F_PARENS);
}

/* `text(e)` right behind a '<' is no call: it stands for itself, whatever has that name. */
static struct tg_ast *read_stdin_part(struct tg_reader *r, struct tg_ast *n)
{
    if (!is_open(n, TG_N_CALL)) return n;
    const struct tg_ast *callee = tg_n_call_callee(n);
    if (callee->kind != TG_N_NAME || strcmp(tg_build_name_text(r, callee->sym), "text") != 0) return n;
    struct tg_kids args = tg_n_call_args(n);
    if (args.count != 1 || args.items[0]->kind == TG_N_KEYWORD) {
        struct tg_diag *d = tg_diag_error(r->p->diags, n->span, "'text' takes one value");
        tg_diag_hint(r->p->diags, d, "write '< text(x)', where x is what the program shall read");
        return n;
    }
    return tg_build(r, TG_N_TEXT, n->span, args.items[0], NULL);
}

enum { OUTPUT_KID = 1, INPUT_KID = 2, PIPED_KIDS = 3 }; /* of a step */

/* Where in a pipeline a part stands. */
struct part_place {
    bool first, last;
};

/* `> e` or `< e` behind a part of a step. `<` belongs to the first part; behind the last it may stand, too. */
static void take_redirection(struct tg_reader *r, struct tg_ast *step, const struct tg_ast *comparison, struct part_place place)
{
    struct tg_diags *diags = r->p->diags;
    struct tg_ast *operand = comparison->kid[1];
    int to = comparison->op == TG_OP_GT ? OUTPUT_KID : comparison->op == TG_OP_LT ? INPUT_KID : 0;
    if (!to) {
        struct tg_diag *d = tg_diag_error(diags, comparison->span, "a step has no place for '%s'",
                                          tg_ast_op_text(comparison->op));
        tg_diag_hint(diags, d, "after the command only '> file' and '< file' may follow");
    } else if (!place.last && (to == OUTPUT_KID || !place.first)) {
        struct tg_diag *d = tg_diag_error(diags, operand->span, "a '%s' in the middle of a pipeline",
                                          tg_ast_op_text(comparison->op));
        tg_diag_hint(diags, d, "'< file' stands behind the first program, '> file' behind the last one");
    } else if (step->kid[to]) {
        tg_diag_error(diags, operand->span, "a second '%s' of one step", tg_ast_op_text(comparison->op));
    } else {
        step->kid[to] = to == INPUT_KID ? read_stdin_part(r, operand) : operand;
    }
}

/* The grammar reads `[..] > out < in` as comparisons; here they become what they mean. Gives what stands before them. */
static struct tg_ast *read_part(struct tg_reader *r, struct tg_ast *step, struct tg_ast *part, struct part_place place)
{
    if (is_open(part, TG_N_CHAIN)) {
        for (uint32_t i = 0; i < part->kid_count; i++) take_redirection(r, step, part->kid[i], place);
        return part->kid[0]->kid[0];
    }
    if (!is_open(part, TG_N_BINARY) || part->op < TG_OP_EQ) return part;
    take_redirection(r, step, part, place);
    return part->kid[0];
}

/* A text can be no list of words, whatever it holds. */
static struct tg_ast *check_words_of(struct tg_reader *r, struct tg_ast *words, const char *word)
{
    if (words->kind != TG_N_STR && words->kind != TG_N_TEMPLATE) return words;
    struct tg_diag *d = tg_diag_error(r->p->diags, words->span, "'%s' takes a list, not a text", word);
    if (*word == 's') tg_diag_hint(r->p->diags, d, "write serve [\"program\", \"argument\"]");
    else tg_diag_hint(r->p->diags, d, "write run [\"program\", \"argument\"], or sh \"..\" for a line of shell");
    return tg_build_list(r, TG_N_LIST, words->span, NULL, 0);
}

static void check_shell_text(struct tg_reader *r, struct tg_ast *step, uint32_t count)
{
    const struct tg_ast *text = step->kid[0];
    struct tg_diag *d = NULL;
    if (count > 1) {
        d = tg_diag_error(r->p->diags, step->span, "'sh' is no part of a pipeline");
        tg_diag_hint(r->p->diags, d, "write the '|' into the text, or run [..] | [..]");
    } else if (text->kind != TG_N_STR && text->kind != TG_N_TEMPLATE) {
        d = tg_diag_error(r->p->diags, text->span, "'sh' takes a text in quotes");
        tg_diag_hint(r->p->diags, d, "write sh \"${..}\"; with raw(..) inside, what it holds is not quoted");
    }
    if (d) step->kid[0] = tg_literal_plain(r, "", 0, 0);
}

struct tg_ast *tg_build_step(struct tg_reader *r, enum tg_ast_kind kind, tg_span span, uint32_t count)
{
    struct tg_ast **parts = r->kids.items + r->kids.count - count;
    bool many = count > TG_MAX_PIPELINE;
    if (many) tg_diag_error(r->p->diags, span, "a pipeline of more than %d programs", TG_MAX_PIPELINE);
    uint32_t kept = many || kind == TG_N_SH ? 1 : count;
    struct tg_ast *n = tg_ast_alloc(r->arena, kind, span, PIPED_KIDS + kept - 1);
    for (uint32_t i = 0; i < count; i++) {
        if (parts[i]->levels > n->levels) n->levels = parts[i]->levels;
        struct tg_ast *part = read_part(r, n, parts[i], (struct part_place){i == 0, i + 1 == count});
        part->levels = 0;
        if (kind == TG_N_RUN) part = check_words_of(r, part, "run");
        if (i < kept) n->kid[i ? PIPED_KIDS + i - 1 : 0] = part;
    }
    r->kids.count -= count;
    if (kind == TG_N_SH) check_shell_text(r, n, count);
    return n;
}

struct tg_ast *tg_build_server(struct tg_reader *r, tg_span span, struct tg_ast *words, uint16_t flags)
{
    struct tg_ast *n = tg_ast_alloc(r->arena, TG_N_RUN, span, PIPED_KIDS);
    bool redirected = is_open(words, TG_N_CHAIN) || (is_open(words, TG_N_BINARY) && words->op >= TG_OP_EQ);
    n->levels = words->levels;
    if (redirected) {
        struct tg_diag *d = tg_diag_error(r->p->diags, words->span, "a server has no '<' or '>'");
        tg_diag_hint(r->p->diags, d, "it is asked by its standard input, and answers by its standard output");
        words = tg_build_list(r, TG_N_LIST, words->span, NULL, 0);
    }
    words->levels = 0;
    n->kid[0] = check_words_of(r, words, "serve");
    n->flags |= flags;
    tg_build_push(r, n);
    return tg_build_list(r, TG_N_BLOCK, span, NULL, 1);
}
