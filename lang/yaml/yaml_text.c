/* SPDX-License-Identifier: MIT
 * Texts without quotes that read like expressions: `value: a + 1` is a text in YAML, and nothing is wrong with it, but
 * where every word in it is a name of the file it was hardly meant as one. Whoever means it writes quotes. The values
 * are noted while the tree is built and looked at when all names are known. */
#include "lang/yaml/yaml.h"

#include "engine/base/ascii.h"

struct tg_ast *tg_yaml_value(struct tg_yaml *y, uint32_t i, struct tg_kids binders)
{
    struct tg_ast *value = tg_yaml_data(y, i);
    if (value->kind == TG_N_STR && tg_y(y, tg_y_deref(y, i))->plain)
        tg_vec_push(&y->plain_texts, ((struct tg_yplain){value, binders}));
    return value;
}

enum piece { BLANK, NAME, NUMBER, OPERATOR, CLOSE, OTHER };

static bool is_operator_word(const char *text, size_t length)
{
    return (length == 3 && (!memcmp(text, "and", 3) || !memcmp(text, "not", 3))) || (length == 2 && !memcmp(text, "or", 2));
}

/* What the text begins with, and its length. */
static enum piece next_piece(const char *text, size_t length, size_t *n)
{
    *n = 1;
    if (text[0] == ' ') return BLANK;
    if (text[0] == ')') return CLOSE;
    if (strchr("+-*/%<>=!.,(", text[0])) return OPERATOR;
    if (!tg_ascii_is_name_byte(text[0])) return OTHER;
    while (*n < length && tg_ascii_is_name_byte(text[*n])) ++*n;
    return tg_ascii_is_digit(text[0]) ? NUMBER : is_operator_word(text, *n) ? OPERATOR : NAME;
}

static bool is_bound(const struct tg_yaml *y, const char *text, size_t length)
{
    uint32_t sym = tg_names_find(y->p->names, text, length);
    return sym != TG_NO_NAME && sym < y->walk.depth.count && y->walk.depth.items[sym] > 0;
}

/* Operands with operators between them, every name of them bound? Of a.b only `a` is one. */
static bool reads_like_expression(const struct tg_yaml *y, const char *text, size_t length)
{
    bool operand = false, names = false;
    for (size_t i = 0, n; i < length; i += n) {
        enum piece piece = next_piece(text + i, length - i, &n);
        bool name = piece == NAME, member = i > 0 && text[i - 1] == '.';
        if (piece == BLANK) continue;
        if (piece == OTHER || (operand && (name || piece == NUMBER)) || (name && !member && !is_bound(y, text + i, n)))
            return false;
        names = names || name;
        operand = piece != OPERATOR;
    }
    return operand && names;
}

static void warn_of_text(struct tg_yaml *y, const struct tg_ast *text)
{
    struct tg_diag *d = tg_diag_warning(y->p->diags, text->span, "'%.60s' is a text here, not an expression", text->text);
    tg_diag_hint(y->p->diags, d, "write \"${%.60s}\" for its value, or quotes around it if the text is meant.", text->text);
}

void tg_yaml_warn_of_texts(struct tg_yaml *y, struct tg_kids statements)
{
    struct tg_yaml_walk *w = &y->walk;
    w->found = NULL;
    if (y->plain_texts.count == 0) return;
    for (uint32_t i = 0; i < statements.count; i++) tg_yaml_walk(w, statements.items[i]);
    for (size_t i = 0; i < y->plain_texts.count; i++) {
        const struct tg_yplain *plain = &y->plain_texts.items[i];
        size_t mark = w->bound.count;
        for (uint32_t k = 0; k < plain->binders.count; k++) tg_yaml_walk(w, plain->binders.items[k]);
        if (reads_like_expression(y, plain->text->text, plain->text->length)) warn_of_text(y, plain->text);
        tg_yaml_unbind(w, mark);
    }
    tg_yaml_unbind(w, 0);
}
