/* SPDX-License-Identifier: MIT
 * Loops and comprehensions. What is iterated: a list, a range that is never built (`a..b`, `range(..)`), the keys of a
 * record, the characters of a str. */
#include "engine/base/limits.h"
#include "engine/base/utf8.h"
#include "lang/eval.h"
#include "lang/resolve.h"

/* Items for which the list of a comprehension gets its room at once, where their number is known. */
#define RESERVE_MAX (1u << 22)

/* ---- iterators ----------------------------------------------------------------------------------- */

struct iterator {
    tg_value over;      /* owned; nil for a range */
    int64_t at, step;   /* of a range */
    uint64_t left;      /* items still to come, of a range or list */
    size_t next;        /* index or byte offset */
};

static bool range_bounds(struct tg_eval *e, const struct tg_node *n, const tg_value *v, size_t count, struct iterator *it)
{
    int64_t from = count > 1 ? v[0].i : 0, to = count > 1 ? v[1].i : v[0].i, step = count > 2 ? v[2].i : 1;
    if (step == 0) return tg_eval_error(e, n, "the step of a range cannot be 0"), false;
    it->over = tg_nil();
    it->at = from;
    it->step = step;
    it->left = 0;
    if (step > 0 && from < to) it->left = ((uint64_t)to - (uint64_t)from - 1) / (uint64_t)step + 1;
    if (step < 0 && from > to) it->left = ((uint64_t)from - (uint64_t)to - 1) / -(uint64_t)step + 1;
    return true;
}

/* A range whose bounds are known ints, without making the list; false in *is_range if it is something else. */
static bool begin_range(struct tg_eval *e, const struct tg_node *n, struct iterator *it, bool *is_range)
{
    uint32_t first = n->kind == TG_N_RANGE ? 0 : 1, count = n->count - first;
    const struct tg_node *callee = n->kid[0];
    *is_range = n->kind == TG_N_RANGE;
    if (n->kind == TG_N_CALL && callee->kind == TG_N_NAME && callee->op == TG_REF_BUILTIN && count >= 1 && count <= 3)
        *is_range = strcmp(((const struct tg_builtin *)callee->data)->name, "range") == 0;
    for (uint32_t i = first; *is_range && i < n->count; i++)
        if (n->kid[i]->kind == TG_N_KEYWORD) *is_range = false;
    if (!*is_range) return true;
    tg_value v[3];
    for (uint32_t i = 0; i < count; i++) {
        v[i] = tg_eval_expression(e, n->kid[first + i]);
        if (tg_is_bad(v[i])) return tg_drop(v, i), false;
        if (tg_kind(v[i]) == TG_INT) continue;
        if (tg_kind(v[i]) == TG_FUTURE) tg_eval_later(e, n->kid[first + i], "the length of a range", tg_value_ref(v[i]));
        else tg_eval_error(e, n->kid[first + i], "a bound of a range must be int, not %s", tg_value_kind_name(v[i]));
        tg_drop(v, i + 1);
        return false;
    }
    return range_bounds(e, n, v, count, it);
}

/* Takes over. */
static bool begin_value(struct tg_eval *e, const struct tg_node *n, const char *what, tg_value over, struct iterator *it)
{
    *it = (struct iterator){.over = over};
    switch (tg_kind(over)) {
    case TG_LIST: it->left = tg_get_list(over)->count; return true;
    case TG_RECORD: it->left = tg_get_record(over)->count; return true;
    case TG_STR: it->left = tg_get_text(over)->length; return true;
    case TG_FUTURE: tg_eval_later(e, n, what, over); return false;
    default:
        tg_eval_error(e, n, "cannot go through a value of type %s", tg_value_kind_name(over));
        tg_value_unref(over);
        return false;
    }
}

static bool begin(struct tg_eval *e, const struct tg_node *n, const char *what, struct iterator *it)
{
    bool is_range;
    if (!begin_range(e, n, it, &is_range)) return false;
    if (is_range) return true;
    tg_value over = tg_eval_expression(e, n);
    return !tg_is_bad(over) && begin_value(e, n, what, over, it);
}

static inline bool next(struct iterator *it, tg_value *out)
{
    if (it->left == 0) return false;
    it->left--;
    switch (tg_kind(it->over)) {
    case TG_NIL:
        *out = tg_int(it->at);
        it->at = (int64_t)((uint64_t)it->at + (uint64_t)it->step);
        return true;
    case TG_LIST: *out = tg_value_ref(tg_get_list(it->over)->items[it->next++]); return true;
    case TG_RECORD: *out = tg_value_ref(tg_get_record(it->over)->fields[it->next++].key); return true;
    default: {
        const struct tg_text *t = tg_get_text(it->over);
        size_t length = tg_utf8_length(t->data + it->next, t->length - it->next);
        if (length == 0) length = 1;
        *out = tg_text_new(TG_STR, t->data + it->next, length);
        it->next += length;
        it->left = t->length - it->next;
        return true;
    }
    }
}

static void end(struct iterator *it)
{
    tg_value_unref(it->over);
}

/* ---- binding ------------------------------------------------------------------------------------- */

/* The i-th of `count` parts of a value that is taken apart; a future is taken apart by tasks. */
static tg_value part(struct tg_eval *e, const struct tg_node *n, tg_value v, uint32_t i, uint32_t count)
{
    tg_value args[3] = {tg_value_ref(v), tg_int(i), tg_int(count)};
    return tg_core(e, n, "unpack", true, args, 3);
}

bool tg_bind_targets(struct tg_eval *e, const struct tg_node *targets, tg_value take)
{
    if (targets->count == 1) {
        tg_slot_set(&e->frame[targets->kid[0]->slot], take);
        return true;
    }
    bool list = tg_kind(take) == TG_LIST;
    if (tg_kind(take) == TG_FUTURE) list = tg_graph_def_of(e->graph, (tg_id)take.bits)->sig.result.kinds & TG_KIND_BIT(TG_LIST);
    if (!list) {
        tg_eval_error(e, targets, "only a list can be taken apart into %u names%s%s", targets->count,
                      tg_kind(take) == TG_FUTURE ? "" : ", not ", tg_kind(take) == TG_FUTURE ? "" : tg_value_kind_name(take));
        return tg_value_unref(take), false;
    }
    for (uint32_t i = 0; i < targets->count; i++) {
        tg_value v = part(e, targets, take, i, targets->count);
        if (tg_is_bad(v)) return tg_value_unref(take), false;
        tg_slot_set(&e->frame[targets->kid[i]->slot], v);
    }
    tg_value_unref(take);
    return true;
}

/* ---- comprehensions ------------------------------------------------------------------------------ */

static bool clause(struct tg_eval *e, const struct tg_node *n, uint32_t i, tg_value list);

static bool clause_for(struct tg_eval *e, const struct tg_node *n, uint32_t i, tg_value list)
{
    const struct tg_node *c = n->kid[i];
    struct iterator it;
    tg_value v;
    if (!begin(e, c->kid[1], "the length of a comprehension", &it)) return false;
    bool fine = true;
    if (n->count == 2 && it.left <= RESERVE_MAX) tg_list_own(list, it.left); /* nobody else's: it stays where it is */
    while (fine && next(&it, &v))
        fine = !tg_eval_stopped(e, n) && tg_bind_targets(e, c->kid[0], v) && clause(e, n, i + 1, list);
    end(&it);
    return fine;
}

static bool clause(struct tg_eval *e, const struct tg_node *n, uint32_t i, tg_value list)
{
    if (i == n->count) {
        tg_value v = tg_eval_expression(e, n->kid[0]);
        if (tg_is_bad(v)) return false;
        tg_list_add(list, v);
        return true;
    }
    if (n->kid[i]->kind == TG_N_CFOR) return clause_for(e, n, i, list);
    bool keep;
    if (!tg_eval_condition(e, n->kid[i]->kid[0], "the 'if' of a comprehension", &keep)) return false;
    return !keep || clause(e, n, i + 1, list);
}

tg_value tg_eval_comprehension(struct tg_eval *e, const struct tg_node *n)
{
    uint32_t group = e->group;
    e->group = n->slot2;
    tg_value list = tg_list_make(0);
    bool fine = clause(e, n, 1, list);
    e->group = group;
    if (fine) return list;
    tg_value_unref(list);
    return tg_bad();
}

/* ---- statements ---------------------------------------------------------------------------------- */

enum tg_flow tg_exec_for(struct tg_eval *e, const struct tg_node *n)
{
    uint32_t group = e->group;
    struct iterator it;
    tg_value v;
    if (!begin(e, n->kid[1], "how often a 'for' runs", &it)) return TG_FLOW_FAIL;
    e->group = n->slot2;
    enum tg_flow flow = TG_FLOW_NEXT;
    while (next(&it, &v)) {
        if (tg_eval_stopped(e, n) || !tg_bind_targets(e, n->kid[0], v)) flow = TG_FLOW_FAIL;
        else flow = tg_exec(e, n->kid[2]);
        if (flow == TG_FLOW_CONTINUE) flow = TG_FLOW_NEXT;
        if (flow != TG_FLOW_NEXT) break;
    }
    end(&it);
    e->group = group;
    return flow == TG_FLOW_BREAK ? TG_FLOW_NEXT : flow;
}

enum tg_flow tg_exec_while(struct tg_eval *e, const struct tg_node *n)
{
    uint32_t group = e->group;
    enum tg_flow flow = TG_FLOW_NEXT;
    e->group = n->slot2;
    while (flow == TG_FLOW_NEXT) {
        bool more;
        if (tg_eval_stopped(e, n) || !tg_eval_condition(e, n->kid[0], "how often a 'while' runs", &more)) flow = TG_FLOW_FAIL;
        else if (!more) break;
        else flow = tg_exec(e, n->kid[1]);
        if (flow == TG_FLOW_CONTINUE) flow = TG_FLOW_NEXT;
    }
    e->group = group;
    return flow == TG_FLOW_BREAK ? TG_FLOW_NEXT : flow;
}
