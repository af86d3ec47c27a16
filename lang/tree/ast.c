/* SPDX-License-Identifier: MIT
 * What the table of node kinds says, as data: names for messages, and the rules of a sound tree, which tests and
 * checked builds hold every tree against that a reader makes. */
#include "lang/tree/ast.h"

#define ROW_NAME(name, text, kids, traits) [TG_N_##name] = (text),

const char *tg_ast_kind_name(enum tg_ast_kind kind)
{
    static const char *const names[] = {TG_NODE_TABLE(ROW_NAME, TG_ROW_NONE, TG_ROW_NONE, TG_ROW_NONE)};
    _Static_assert(sizeof names / sizeof *names == TG_N_COUNT, "a name for each kind");
    return names[kind];
}

const char *tg_ast_op_text(enum tg_op op)
{
    static const char *const texts[] = {
        [TG_OP_NONE] = "",         [TG_OP_ADD] = "+", [TG_OP_SUB] = "-",  [TG_OP_MUL] = "*",   [TG_OP_DIV] = "/",
        [TG_OP_FLOORDIV] = "//",   [TG_OP_MOD] = "%", [TG_OP_POW] = "**", [TG_OP_EQ] = "==",   [TG_OP_NE] = "!=",
        [TG_OP_LT] = "<",          [TG_OP_LE] = "<=", [TG_OP_GT] = ">",   [TG_OP_GE] = ">=",   [TG_OP_IN] = "in",
        [TG_OP_NOT_IN] = "not in", [TG_OP_NEG] = "-", [TG_OP_POS] = "+",  [TG_OP_NOT] = "not", [TG_OP_AND] = "and",
        [TG_OP_OR] = "or",
    };
    _Static_assert(sizeof texts / sizeof *texts == TG_OP_OR + 1, "a text for each operator");
    return texts[op];
}

/* ---- sound trees --------------------------------------------------------------------------------- */

/* A row of the table about kids. */
struct kid_rule {
    uint64_t in, of; /* sets of kinds */
    uint8_t at;
    bool may_lack;
    bool list; /* also those after it */
};

#define RULE_KID(name, in, at, of) {(in), (of), (at), false, false},
#define RULE_OPT(name, in, at, of) {(in), (of), (at), true, false},
#define RULE_KIDS(name, in, at, of) {(in), (of), (at), false, true},
static const struct kid_rule rules[] = {TG_NODE_TABLE(TG_ROW_SKIP, RULE_KID, RULE_OPT, RULE_KIDS)};

static bool keeps_rule(const struct tg_ast *n, const struct kid_rule *rule)
{
    uint32_t end = rule->list ? n->kid_count : rule->at + 1u;
    for (uint32_t i = rule->at; i < end; i++)
        if (n->kid[i] ? !tg_ast_is(n->kid[i], rule->of) : !rule->may_lack) return false;
    return true;
}

static bool has_its_kids(const struct tg_ast *n)
{
    uint32_t least = tg_ast_least_kids(n->kind), most = least;
    if (n->kid_count < least) return false;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (!tg_ast_is(n, rules[i].in)) continue;
        if (!keeps_rule(n, &rules[i])) return false;
        if (rules[i].list) most = UINT32_MAX;
    }
    return n->kid_count <= most;
}

static bool has_its_fields(const struct tg_ast *n)
{
    uint32_t traits = tg_ast_traits(n->kind);
    bool named = n->sym != TG_NO_NAME;
    if (!(traits & TG_K_ALIAS) && named != !!(traits & TG_K_SYM)) return false;
    if (!(traits & TG_K_OP) != (n->op == TG_OP_NONE)) return false;
    if ((n->slot != 0 && n->kind != TG_N_TASK) || n->group != 0 || n->flags & TG_F_LATER) return false;
    return !(traits & TG_K_TEXT) || !n->text || n->text[n->length] == 0;
}

static bool is_sound_alone(const struct tg_ast *n)
{
    return n->kind != TG_N_NONE && has_its_kids(n) && has_its_fields(n);
}

/* The links of a chain: each begins with the node that the one before ends with. */
static bool links_join(const struct tg_ast *chain)
{
    struct tg_kids links = tg_n_chain_links(chain);
    for (uint32_t i = 0; i < links.count; i++) {
        if (!is_sound_alone(links.items[i])) return false;
        if (i > 0 && tg_n_binary_left(links.items[i]) != tg_n_binary_right(links.items[i - 1])) return false;
    }
    return links.count >= 2;
}

bool tg_ast_is_sound(const struct tg_ast *n)
{
    if (!is_sound_alone(n) || (n->kind == TG_N_CHAIN && !links_join(n))) return false;
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);)
        if (!tg_ast_is_sound(k.kid)) return false;
    return true;
}
