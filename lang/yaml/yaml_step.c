/* SPDX-License-Identifier: MIT
 * Steps of the YAML form: the general statements, in the order written. A key of a section (`params`, `outputs`, ..)
 * may also stand as a step, with the same shape, where its place among the statements matters. */
#include "lang/yaml/yaml.h"

static void push(struct tg_yaml *y, struct tg_node *n)
{
    if (n) tg_vec_push(&y->stack, n);
}

struct tg_node *tg_yaml_block(struct tg_yaml *y, uint32_t i, const char *what)
{
    size_t mark = y->stack.count;
    tg_yaml_steps(y, i, what);
    return tg_yaml_node(y, TG_N_BLOCK, tg_y(y, i)->span, mark);
}

static struct tg_node *two(struct tg_yaml *y, enum tg_node_kind kind, tg_span span, struct tg_node *a, struct tg_node *b)
{
    struct tg_node *n = tg_node_new(y->p->arena, kind, span, 2);
    n->kid[0] = a;
    n->kid[1] = b;
    return n;
}

static struct tg_node *one_target(struct tg_yaml *y, uint32_t sym, tg_span span)
{
    struct tg_node *targets = tg_node_new(y->p->arena, TG_N_TARGETS, span, 1);
    targets->kid[0] = tg_yaml_name_node(y, sym, span);
    return targets;
}

/* ---- binding ------------------------------------------------------------------------------------- */

static struct tg_node *augment(struct tg_yaml *y, uint32_t sym, tg_span span, enum tg_op op, uint32_t value)
{
    struct tg_node *n = tg_node_new(y->p->arena, TG_N_AUGMENT, span, 1);
    n->sym = sym;
    n->op = (uint8_t)op;
    n->aux = span.start;
    n->kid[0] = tg_yaml_data(y, value);
    return n;
}

/* set: {x: e, ..} and add: {x: e, ..} */
static void bindings(struct tg_yaml *y, uint32_t map, bool add)
{
    if (!tg_yaml_expect(y, map, TG_Y_MAP, add ? "'add'" : "'set'")) return;
    map = tg_y_deref(y, map);
    tg_yaml_keys(y, map, "the name of a variable");
    for (uint32_t key = map + 1, value; key < tg_y(y, map)->next; key = tg_y(y, value)->next) {
        value = tg_y(y, key)->next;
        uint32_t sym = tg_y(y, key)->count;
        tg_span span = tg_y(y, key)->span;
        if (sym == TG_NO_NAME) continue;
        if (add) push(y, augment(y, sym, span, TG_OP_ADD, value));
        else push(y, two(y, TG_N_ASSIGN, span, one_target(y, sym, span), tg_yaml_data(y, value)));
    }
}

static enum tg_op augment_op(struct tg_yaml *y, uint32_t i)
{
    static const struct {
        const char *text;
        enum tg_op op;
    } ops[] = {{"+=", TG_OP_ADD}, {"-=", TG_OP_SUB}, {"*=", TG_OP_MUL}, {"/=", TG_OP_DIV},
               {"//=", TG_OP_FLOORDIV}, {"%=", TG_OP_MOD}, {"**=", TG_OP_POW}};
    if (!tg_yaml_expect(y, i, TG_Y_SCALAR, "'op'")) return TG_OP_NONE;
    const char *text = tg_yaml_string(y, i);
    for (size_t k = 0; k < sizeof ops / sizeof *ops; k++)
        if (strcmp(ops[k].text, text) == 0) return ops[k].op;
    struct tg_diag *d = tg_diag_error(y->p->diags, tg_y(y, i)->span, "unknown operator '%.40s'", text);
    tg_diag_hint(y->p->diags, d, "'op' is one of +=, -=, *=, /=, //=, %%= and **=.");
    return TG_OP_NONE;
}

static void augment_step(struct tg_yaml *y, const struct tg_yform *f)
{
    uint32_t i = f->value[TG_YK_AUGMENT], sym = tg_yaml_name(y, i, "the name of a variable");
    enum tg_op op = augment_op(y, f->value[TG_YK_OP]);
    if (sym != TG_NO_NAME && op) push(y, augment(y, sym, tg_y(y, i)->span, op, f->value[TG_YK_VALUE]));
}

static void unpack_step(struct tg_yaml *y, const struct tg_yform *f)
{
    uint32_t list = f->value[TG_YK_UNPACK];
    if (!tg_yaml_expect(y, list, TG_Y_LIST, "'unpack'")) return;
    list = tg_y_deref(y, list);
    size_t mark = y->stack.count;
    for (uint32_t item = list + 1; item < tg_y(y, list)->next; item = tg_y(y, item)->next) {
        uint32_t sym = tg_yaml_name(y, item, "the name of a variable");
        if (sym != TG_NO_NAME) push(y, tg_yaml_name_node(y, sym, tg_y(y, item)->span));
    }
    struct tg_node *targets = tg_yaml_node(y, TG_N_TARGETS, tg_y(y, list)->span, mark);
    if (tg_y(y, list)->count < 2)
        tg_diag_error(y->p->diags, tg_y(y, list)->span, "'unpack' needs at least two names; for one, use 'set'");
    else push(y, two(y, TG_N_ASSIGN, f->span, targets, tg_yaml_data(y, f->value[TG_YK_VALUE])));
}

/* ---- blocks -------------------------------------------------------------------------------------- */

/* for: {i: e, j: e}: one loop inside the other */
static void for_step(struct tg_yaml *y, const struct tg_yform *f)
{
    uint32_t map = f->value[TG_YK_FOR];
    struct tg_node *block = tg_yaml_block(y, f->value[TG_YK_DO], "'do'");
    if (!tg_yaml_expect(y, map, TG_Y_MAP, "'for'")) return;
    map = tg_y_deref(y, map);
    size_t mark = y->stack.count;
    tg_yaml_keys(y, map, NULL);
    for (uint32_t key = map + 1, value; key < tg_y(y, map)->next; key = tg_y(y, value)->next) {
        value = tg_y(y, key)->next;
        struct tg_node *targets = tg_y(y, key)->count == TG_NO_NAME ? NULL : tg_yaml_targets(y, key);
        if (!targets) continue;
        struct tg_node *loop = tg_node_new(y->p->arena, TG_N_FOR, tg_y(y, key)->span, 3);
        loop->kid[0] = targets;
        loop->kid[1] = tg_yaml_data(y, value);
        push(y, loop);
    }
    if (tg_y(y, map)->count == 0) tg_diag_error(y->p->diags, tg_y(y, map)->span, "'for' names no variable");
    while (y->stack.count > mark) {
        struct tg_node *loop = y->stack.items[--y->stack.count];
        loop->kid[2] = block;
        if (y->stack.count == mark) {
            push(y, loop);
            return;
        }
        block = tg_node_new(y->p->arena, TG_N_BLOCK, block->span, 1);
        block->kid[0] = loop;
    }
}

static struct tg_node *if_node(struct tg_yaml *y, const struct tg_yform *f);

/* else: a list of steps, or {if: .., then: ..} */
static struct tg_node *else_part(struct tg_yaml *y, uint32_t i)
{
    if (tg_y(y, tg_y_deref(y, i))->kind != TG_Y_MAP) return tg_yaml_block(y, i, "'else'");
    struct tg_yform f;
    if (!tg_yaml_form(y, i, TG_YP_STEP, &f)) return NULL;
    if (f.form == TG_YF_IF) return if_node(y, &f);
    struct tg_diag *d = tg_diag_error(y->p->diags, tg_y(y, i)->span, "expected a list of steps for 'else', found a mapping");
    tg_diag_hint(y->p->diags, d, "a mapping here is {if: .., then: ..}.");
    return NULL;
}

static struct tg_node *if_node(struct tg_yaml *y, const struct tg_yform *f)
{
    struct tg_node *n = tg_node_new(y->p->arena, TG_N_IF, f->span, 3);
    n->kid[0] = tg_yaml_data(y, f->value[TG_YK_IF]);
    n->kid[1] = tg_yaml_block(y, f->value[TG_YK_THEN], "'then'");
    if (f->value[TG_YK_ELSE]) n->kid[2] = else_part(y, f->value[TG_YK_ELSE]);
    return n;
}

/* ---- other statements ---------------------------------------------------------------------------- */

static void assert_step(struct tg_yaml *y, const struct tg_yform *f)
{
    struct tg_node *condition = tg_yaml_data(y, f->value[TG_YK_ASSERT]);
    struct tg_node *message = f->value[TG_YK_MESSAGE] ? tg_yaml_data(y, f->value[TG_YK_MESSAGE]) : NULL;
    push(y, two(y, TG_N_ASSERT, f->span, condition, message));
}

static struct tg_node *of(struct tg_yaml *y, enum tg_node_kind kind, tg_span span, struct tg_node *value)
{
    struct tg_node *n = tg_node_new(y->p->arena, kind, span, 1);
    n->kid[0] = value;
    return n;
}

static void mapping_step(struct tg_yaml *y, uint32_t i)
{
    struct tg_yform f;
    if (!tg_yaml_form(y, i, TG_YP_STEP, &f)) return;
    uint32_t lead = f.value[f.lead];
    switch (f.form) {
    case TG_YF_SET: bindings(y, lead, false); break;
    case TG_YF_ADD: bindings(y, lead, true); break;
    case TG_YF_AUGMENT: augment_step(y, &f); break;
    case TG_YF_UNPACK: unpack_step(y, &f); break;
    case TG_YF_FOR: for_step(y, &f); break;
    case TG_YF_WHILE: {
        struct tg_node *condition = tg_yaml_data(y, lead);
        push(y, two(y, TG_N_WHILE, f.span, condition, tg_yaml_block(y, f.value[TG_YK_DO], "'do'")));
        break;
    }
    case TG_YF_IF: push(y, if_node(y, &f)); break;
    case TG_YF_WITH: {
        struct tg_node *options = tg_yaml_options(y, lead);
        struct tg_node *block = tg_yaml_block(y, f.value[TG_YK_DO], "'do'");
        if (options) push(y, two(y, TG_N_WITH, f.span, options, block));
        break;
    }
    case TG_YF_ASSERT: assert_step(y, &f); break;
    case TG_YF_RETURN: push(y, of(y, TG_N_RETURN, f.span, tg_yaml_data(y, lead))); break;
    case TG_YF_EVAL: push(y, of(y, TG_N_EXPR, f.span, tg_yaml_data(y, lead))); break;
    case TG_YF_SECTION: tg_yaml_section(y, f.lead, lead); break;
    default: push(y, of(y, TG_N_EXPR, f.span, tg_yaml_task_value(y, &f, "step")));
    }
}

static void word_step(struct tg_yaml *y, uint32_t i)
{
    const char *text = tg_yaml_string(y, i);
    tg_span span = tg_y(y, i)->span;
    if (strcmp(text, "break") == 0) push(y, tg_node_new(y->p->arena, TG_N_BREAK, span, 0));
    else if (strcmp(text, "continue") == 0) push(y, tg_node_new(y->p->arena, TG_N_CONTINUE, span, 0));
    else if (strcmp(text, "return") == 0) push(y, of(y, TG_N_RETURN, span, NULL));
    else {
        struct tg_diag *d = tg_diag_error(y->p->diags, span, "'%.60s' is not a step", text);
        tg_diag_hint(y->p->diags, d, "a step is a mapping, or one of the words 'break', 'continue' and 'return'; an "
                                     "expression alone is {eval: \"${...}\"}.");
    }
}

void tg_yaml_steps(struct tg_yaml *y, uint32_t i, const char *what)
{
    if (tg_yaml_is_null(y, i) || !tg_yaml_expect(y, i, TG_Y_LIST, what)) return;
    i = tg_y_deref(y, i);
    for (uint32_t item = i + 1; item < tg_y(y, i)->next; item = tg_y(y, item)->next) {
        if (tg_y(y, tg_y_deref(y, item))->kind == TG_Y_SCALAR) word_step(y, item);
        else if (tg_yaml_expect(y, item, TG_Y_MAP, "a step")) mapping_step(y, item);
    }
}
