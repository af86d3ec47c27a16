/* SPDX-License-Identifier: MIT
 * Items of lists in `for` that only become text arrive as they are written: of `for: {v: [1.10, 010]}` the command
 * `echo ${v}` gets 1.10 and 010. A variable that is used as a value anywhere (a call, an operator, a condition) takes what
 * the scalars mean. */
#include "lang/yaml/yaml.h"

/* Where a name stands: as a value, as a part of a text, among the words of a program. */
enum use { AS_VALUE = 1, IN_TEXT = 2, AS_WORD = 4 };

/* The uses of a name in n, which stands there itself; bits of enum use. */
static unsigned find_uses(const struct tg_ast *n, uint32_t sym, enum use where)
{
    enum use inside = AS_VALUE;
    unsigned uses = 0;
    if (n->kind == TG_N_NAME) return n->sym == sym ? where : 0;
    if (n->kind == TG_N_TEMPLATE || n->kind == TG_N_SH || n->kind == TG_N_RFILE) inside = IN_TEXT;
    if (n->kind == TG_N_RUN || n->kind == TG_N_TEXT || (n->kind == TG_N_LIST && where == AS_WORD)) inside = AS_WORD;
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) uses |= find_uses(k.kid, sym, inside);
    return uses;
}

bool tg_yaml_only_text(const struct tg_ast *comp, const struct tg_ast *command, uint32_t sym)
{
    const struct tg_ast *item = tg_n_comp_item(comp);
    struct tg_kids clauses = tg_n_comp_clauses(comp);
    unsigned uses = 0;
    for (uint32_t i = 0; i < clauses.count; i++) {
        const struct tg_ast *c = clauses.items[i];
        uses |= find_uses(c->kind == TG_N_CFOR ? tg_n_cfor_over(c) : tg_n_cif_condition(c), sym, AS_VALUE);
    }
    if (!command) uses |= find_uses(item, sym, AS_VALUE);
    else uses |= find_uses(command, sym, AS_VALUE);
    if (command && item->kind == TG_N_OPTIONED) uses |= find_uses(tg_n_optioned_options(item), sym, AS_VALUE);
    return uses && !(uses & AS_VALUE);
}

/* The node for an item that was read as n. */
static void spell_item(struct tg_yaml *y, uint32_t item, struct tg_ast **n)
{
    const struct tg_ynode *scalar = tg_y(y, tg_y_deref(y, item));
    bool text = (*n)->kind == TG_N_STR || (*n)->kind == TG_N_TEMPLATE;
    if (scalar->kind != TG_Y_SCALAR || !scalar->plain || text || memmem(scalar->text, scalar->length, "${", 2)) return;
    *n = tg_yaml_word(y, item);
}

/* Of a list of lists as long as there are targets: the k-th of each. */
static void spell_parts(struct tg_yaml *y, uint32_t parts, struct tg_ast *n, uint32_t k, uint32_t targets)
{
    parts = tg_y_deref(y, parts);
    if (tg_y(y, parts)->kind != TG_Y_LIST || tg_y(y, parts)->count != targets) return;
    uint32_t part = parts + 1;
    for (uint32_t i = 0; i < k; i++) part = tg_y(y, part)->next;
    spell_item(y, part, &tg_n_list_items(n).items[k]);
}

/* What the k-th target takes of a list that is written out. */
static void spell_target(struct tg_yaml *y, uint32_t list, struct tg_ast *over, uint32_t k, uint32_t targets)
{
    struct tg_ast **n = tg_n_list_items(over).items;
    for (uint32_t i = list + 1; i < tg_y(y, list)->next; i = tg_y(y, i)->next, n++) {
        if (targets == 1) spell_item(y, i, n);
        else spell_parts(y, i, *n, k, targets);
    }
}

void tg_yaml_spell(struct tg_yaml *y, const struct tg_ast *comp, const struct tg_ast *command, const uint32_t *overs)
{
    struct tg_kids clauses = tg_n_comp_clauses(comp);
    for (uint32_t i = 0; i < clauses.count; i++) {
        if (clauses.items[i]->kind != TG_N_CFOR || tg_y(y, overs[i])->kind != TG_Y_LIST) continue;
        struct tg_kids names = tg_n_targets_names(tg_n_cfor_targets(clauses.items[i]));
        for (uint32_t k = 0; k < names.count; k++)
            if (tg_yaml_only_text(comp, command, names.items[k]->sym))
                spell_target(y, overs[i], tg_n_cfor_over(clauses.items[i]), k, names.count);
    }
}
