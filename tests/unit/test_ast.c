/* SPDX-License-Identifier: MIT
 * The table of node kinds and what is made from it: the rows fit each other, kids are found by their names, and a tree
 * that breaks a rule is told from a sound one. */
#include "lang/tree/ast.h"
#include "tests/unit/check.h"

static struct tg_arena arena;

static struct tg_ast *make(enum tg_ast_kind kind, uint32_t count)
{
    return tg_ast_alloc(&arena, kind, (tg_span){1, 2}, count);
}

static struct tg_ast *integer(int64_t value)
{
    struct tg_ast *n = make(TG_N_INT, 0);
    n->i = value;
    return n;
}

static struct tg_ast *name(void)
{
    struct tg_ast *n = make(TG_N_NAME, 0);
    n->sym = 7;
    return n;
}

static struct tg_ast *binary(struct tg_ast *left, struct tg_ast *right)
{
    struct tg_ast *n = make(TG_N_BINARY, 2);
    n->op = TG_OP_LT;
    tg_n_set_binary_left(n, left);
    tg_n_set_binary_right(n, right);
    return n;
}

/* How many rows say what kid number `at` of the kind is. */
#define COUNT_KID(name, in, from, of) +(int)((in) >> kind & 1 && at == (from))
#define COUNT_KIDS(name, in, from, of) +(int)((in) >> kind & 1 && at >= (from))
static int rows_of_kid(int kind, int at)
{
    return 0 TG_NODE_TABLE(TG_ROW_SKIP, COUNT_KID, COUNT_KID, COUNT_KIDS);
}

/* A list begins right behind the kids that are always counted. */
#define STARTS_BEHIND(name, in, from, of) \
    if ((in) >> kind & 1) CHECK_INT(from, tg_ast_least_kids(kind));

TEST(each_kid_has_one_row)
{
    for (int kind = TG_N_NONE; kind < TG_N_COUNT; kind++) {
        for (uint32_t at = 0; at < tg_ast_least_kids(kind); at++) CHECK_INT(rows_of_kid(kind, (int)at), 1);
        CHECK(rows_of_kid(kind, (int)tg_ast_least_kids(kind)) <= 1);
        TG_NODE_TABLE(TG_ROW_SKIP, TG_ROW_NONE, TG_ROW_NONE, STARTS_BEHIND)
    }
}

TEST(names_of_kinds_and_operators)
{
    for (int kind = TG_N_NIL; kind < TG_N_COUNT; kind++) CHECK(strcmp(tg_ast_kind_name(kind), "nothing") != 0);
    for (int op = TG_OP_ADD; op <= TG_OP_OR; op++) CHECK(*tg_ast_op_text(op));
    CHECK_STR(tg_ast_kind_name(TG_N_FOR), "a 'for' loop");
    CHECK_STR(tg_ast_op_text(TG_OP_NOT_IN), "not in");
}

TEST(kids_by_name)
{
    struct tg_ast *call = make(TG_N_CALL, 3), *key = make(TG_N_KEYWORD, 1), *loop = make(TG_N_WHILE, 2);
    call->kid[0] = name();
    call->kid[1] = integer(1);
    call->kid[2] = key;
    key->sym = 3;
    tg_n_set_keyword_value(key, integer(2));
    CHECK(tg_n_call_callee(call) == call->kid[0]);
    CHECK_INT(tg_n_call_args(call).count, 2);
    CHECK_INT(tg_n_arg_value(tg_n_call_args(call).items[0])->i, 1);
    CHECK_INT(tg_n_arg_value(tg_n_call_args(call).items[1])->i, 2);
    tg_n_set_while_body(loop, make(TG_N_BLOCK, 0));
    CHECK(tg_n_loop_body(loop) == loop->kid[1]);
}

TEST(going_through_kids)
{
    struct tg_ast *slice = make(TG_N_SLICE, 4), *b = integer(2);
    tg_n_set_slice_base(slice, name());
    tg_n_set_slice_step(slice, integer(5));
    struct tg_visit k = tg_visit_kids(slice);
    CHECK(tg_visit_next(&k) && k.kid == tg_n_slice_base(slice));
    CHECK(tg_visit_next(&k) && k.kid == tg_n_slice_step(slice));
    CHECK(!tg_visit_next(&k) && !tg_visit_next(&k));
    struct tg_ast *chain = make(TG_N_CHAIN, 2);
    chain->kid[0] = binary(integer(1), b);
    chain->kid[1] = binary(b, integer(3));
    int64_t digits = 0;
    for (k = tg_visit_kids(chain); tg_visit_next(&k);) digits = digits * 10 + k.kid->i;
    CHECK_INT(digits, 123);
    CHECK(tg_ast_is_sound(chain));
    tg_n_set_binary_left(tg_n_chain_links(chain).items[1], integer(2));
    CHECK(!tg_ast_is_sound(chain)); /* not the same node */
}

TEST(sound_trees)
{
    struct tg_ast *loop = make(TG_N_FOR, 3), *targets = make(TG_N_TARGETS, 1);
    targets->kid[0] = name();
    tg_n_set_for_targets(loop, targets);
    tg_n_set_for_over(loop, make(TG_N_LIST, 0));
    CHECK(!tg_ast_is_sound(loop)); /* no body */
    tg_n_set_for_body(loop, integer(1));
    CHECK(!tg_ast_is_sound(loop)); /* not a block */
    tg_n_set_for_body(loop, make(TG_N_BLOCK, 0));
    CHECK(tg_ast_is_sound(loop));
    targets->kid[0]->sym = TG_NO_NAME;
    CHECK(!tg_ast_is_sound(loop)); /* a name that is none */
    CHECK(tg_ast_is_sound(make(TG_N_USE, 0)));
    CHECK(!tg_ast_is_sound(make(TG_N_IF, 2)));
    CHECK(!tg_ast_is_sound(make(TG_N_NIL, 1)));
    CHECK(!tg_ast_is_sound(make(TG_N_LIST, 1)));
    tg_arena_done(&arena);
}
