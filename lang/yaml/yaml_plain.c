/* SPDX-License-Identifier: MIT
 * Scalars without quotes, by YAML 1.2's core schema: nothing, truth, numbers. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lang/yaml/yaml.h"

/* One of the three ways in which the core schema writes a word: true, True, TRUE. */
static bool is_spelled(const char *text, size_t length, const char *const ways[3])
{
    for (int i = 0; i < 3; i++)
        if (strlen(ways[i]) == length && memcmp(ways[i], text, length) == 0) return true;
    return false;
}

static size_t digits(const char *text, size_t i, size_t n)
{
    while (i < n && text[i] >= '0' && text[i] <= '9') i++;
    return i;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?: behind what matches from the start; *whole: it
 * has neither point nor exponent. 0: not a number. */
size_t tg_yaml_number_end(const char *text, size_t n, bool *whole)
{
    size_t i = n > 0 && (text[0] == '-' || text[0] == '+');
    size_t start = i;
    i = digits(text, i, n);
    size_t before = i - start, after = 0;
    *whole = true;
    if (i < n && text[i] == '.') {
        size_t end = digits(text, i + 1, n);
        after = end - i - 1;
        if (before || after) {
            i = end;
            *whole = false;
        }
    }
    if (before + after == 0) return 0;
    if (i < n && (text[i] == 'e' || text[i] == 'E')) {
        size_t exponent = i + 1 + (i + 1 < n && (text[i + 1] == '-' || text[i + 1] == '+'));
        size_t end = digits(text, exponent, n);
        if (end > exponent) {
            i = end;
            *whole = false;
        }
    }
    return i;
}

static struct tg_ast *unary(struct tg_yaml *y, enum tg_op op, struct tg_ast *operand)
{
    struct tg_ast *n = tg_ast_new(y->p->arena, TG_N_UNARY, operand->span);
    n->op = (uint8_t)op;
    tg_n_set_unary_operand(n, operand);
    return n;
}

/* The number's text, NUL-terminated for strtod. */
static const char *terminated(struct tg_yaml *y, const char *text, size_t length, char room[64])
{
    if (length >= 64) return tg_arena_copy(y->p->arena, text, length);
    memcpy(room, text, length);
    room[length] = 0;
    return room;
}

static struct tg_ast *float_node(struct tg_yaml *y, double value, tg_span span)
{
    struct tg_ast *n = tg_ast_new(y->p->arena, TG_N_FLOAT, span);
    n->f = fabs(value);
    return signbit(value) ? unary(y, TG_OP_NEG, n) : n;
}

/* Infinity and not-a-number have no literal: float("inf"). */
static struct tg_ast *no_number(struct tg_yaml *y, const char *text, tg_span span)
{
    size_t mark = y->stack.count;
    if (y->constants) {
        struct tg_ast *n = tg_ast_new(y->p->arena, TG_N_FLOAT, span);
        n->f = strtod(text, NULL);
        return n;
    }
    tg_yaml_push(y, tg_yaml_name_node(y, tg_names_add(y->p->names, "float", 5), span));
    tg_yaml_push(y, tg_yaml_str(y, text, strlen(text), span));
    return tg_yaml_node(y, TG_N_CALL, span, mark);
}

/* The digits from `start` to the end. */
static struct tg_ast *whole_number(struct tg_yaml *y, uint32_t i, size_t start, int base)
{
    const struct tg_ynode *n = tg_y(y, i);
    bool negative = n->text[0] == '-';
    char room[64];
    errno = 0;
    uint64_t value = strtoull(terminated(y, n->text + start, n->length - start, room), NULL, base);
    if (errno == ERANGE || value > (uint64_t)INT64_MAX + negative) {
        struct tg_diag *d = tg_diag_error(y->p->diags, n->span, "the int '%.40s' does not fit 64 bits", tg_yaml_string(y, i));
        tg_diag_hint(y->p->diags, d, "write it as a float, or quote it to make it text.");
        return tg_yaml_nil(y, n->span);
    }
    struct tg_ast *v = tg_ast_new(y->p->arena, TG_N_INT, n->span);
    v->i = (int64_t)value; /* the least int is one literal, as in `.tg` */
    return negative && v->i != INT64_MIN ? unary(y, TG_OP_NEG, v) : v;
}

/* NULL: it is none. */
static struct tg_ast *plain_number(struct tg_yaml *y, uint32_t i)
{
    const struct tg_ynode *n = tg_y(y, i);
    bool whole, based = n->length > 2 && n->text[0] == '0';
    if (tg_yaml_number_end(n->text, n->length, &whole) != n->length) { /* 0x1F, 0o17 */
        bool hex = based && n->text[1] == 'x' && strspn(n->text + 2, "0123456789abcdefABCDEF") + 2 >= n->length;
        bool octal = based && n->text[1] == 'o' && strspn(n->text + 2, "01234567") + 2 >= n->length;
        return hex || octal ? whole_number(y, i, 2, hex ? 16 : 8) : NULL;
    }
    if (whole) return whole_number(y, i, n->text[0] == '-' || n->text[0] == '+', 10);
    char room[64];
    double f = strtod(terminated(y, n->text, n->length, room), NULL);
    if (isinf(f)) {
        tg_diag_error(y->p->diags, n->span, "the float '%.40s' is too large", tg_yaml_string(y, i));
        f = 0;
    }
    return float_node(y, f, n->span);
}

/* What a scalar without quotes is by the core schema; NULL: text. */
struct tg_ast *tg_yaml_plain(struct tg_yaml *y, uint32_t i)
{
    const struct tg_ynode *n = tg_y(y, i);
    if (tg_yaml_is_null(y, i)) return tg_yaml_nil(y, n->span);
    static const char *const infinite[] = {".inf", ".Inf", ".INF"}, *const nan[] = {".nan", ".NaN", ".NAN"};
    static const char *const yes[] = {"true", "True", "TRUE"}, *const no[] = {"false", "False", "FALSE"};
    char c = n->text[0];
    if ((c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.') {
        struct tg_ast *v = plain_number(y, i);
        if (v) return v;
        size_t sign = c == '-' || c == '+';
        if (is_spelled(n->text + sign, n->length - sign, infinite)) return no_number(y, c == '-' ? "-inf" : "inf", n->span);
        return is_spelled(n->text, n->length, nan) ? no_number(y, "nan", n->span) : NULL;
    }
    bool is_true = is_spelled(n->text, n->length, yes);
    if (!is_true && !is_spelled(n->text, n->length, no)) return NULL;
    struct tg_ast *b = tg_ast_new(y->p->arena, TG_N_BOOL, n->span);
    b->i = is_true;
    return b;
}
