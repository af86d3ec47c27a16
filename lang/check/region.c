/* SPDX-License-Identifier: MIT
 * Regions: what the part of a construct that is suspended has to do with what is around it.
 *
 * One walk over that part of the tree, made when first asked for: most constructs are never suspended. It goes in the
 * order in which things are evaluated and tells of each slot of the frame whether its value from before is used, and
 * whether it is bound inside and read outside. A slot counts as bound for sure from there to the end of the block in which
 * it is bound, or after an `if` that binds it on both ways. What is read outside, resolve has noted: the first and last read
 * of each slot.
 *
 * Effects are looked for in called functions too. Functions that were met while none was found have none; of the others
 * only those on the way to one are known to have them. */
#include "lang/check/region.h"

#include <pthread.h>
#include <stdlib.h>

#include "engine/base/assert.h"
#include "lang/bind/callee.h"

/* What a slot is in the construct. */
#define TOUCHED 1u
#define TAKEN 2u /* read where it was not bound for sure */
#define BOUND 4u
#define SURE 8u
#define INDEX_SHIFT 4 /* the rest: its place among the touched ones */

/* Empty between analyses, but for its room. */
struct tg_region_memory {
    pthread_mutex_t lock;
    TG_VEC(uint32_t) states; /* by slot */
    TG_VEC(struct tg_touched) slots;
    TG_VEC(uint32_t) sure; /* slots bound for sure, in the order in which they were */
};

struct region_walk {
    struct tg_program *program;
    struct tg_region *region;
    struct tg_region_memory *memory;
    TG_VEC(struct tg_fn *) visited;
    uint32_t loops; /* inside the construct, around the node */
    bool foreign;   /* in the body of a function, which has a frame of its own */
};

struct tg_region_memory *tg_region_memory_new(void)
{
    struct tg_region_memory *memory = tg_alloc_zero(sizeof *memory);
    pthread_mutex_init(&memory->lock, NULL);
    return memory;
}

void tg_region_memory_free(struct tg_region_memory *memory)
{
    if (!memory) return;
    tg_vec_done(&memory->states);
    tg_vec_done(&memory->slots);
    tg_vec_done(&memory->sure);
    pthread_mutex_destroy(&memory->lock);
    free(memory);
}

/* ---- slots --------------------------------------------------------------------------------------- */

static uint32_t *state_of(struct region_walk *w, uint32_t slot)
{
    struct tg_region_memory *s = w->memory;
    while (slot >= s->states.count) tg_vec_push(&s->states, 0);
    uint32_t *state = &s->states.items[slot];
    if (!*state) {
        TG_ASSERT(s->slots.count < UINT32_MAX >> INDEX_SHIFT);
        *state = TOUCHED | (uint32_t)s->slots.count << INDEX_SHIFT;
        tg_vec_push(&s->slots, ((struct tg_touched){.slot = slot, .sym = TG_NO_NAME}));
    }
    return state;
}

static void read_slot(struct region_walk *w, uint32_t slot)
{
    if (w->foreign) return;
    uint32_t *state = state_of(w, slot);
    if (!(*state & SURE)) *state |= TAKEN;
}

static void bind_slot(struct region_walk *w, uint32_t slot, uint32_t sym)
{
    if (w->foreign || slot == TG_NO_SLOT) return;
    uint32_t *state = state_of(w, slot);
    w->memory->slots.items[*state >> INDEX_SHIFT].sym = sym;
    if (!(*state & SURE)) tg_vec_push(&w->memory->sure, slot);
    *state |= BOUND | SURE;
}

static void bind_names(struct region_walk *w, const struct tg_ast *targets)
{
    struct tg_kids names = tg_n_targets_names(targets);
    for (uint32_t i = 0; i < names.count; i++) bind_slot(w, names.items[i]->slot, names.items[i]->sym);
}

/* Forgets what was bound for sure since there were `from` such slots. */
static void leave_block(struct region_walk *w, size_t from)
{
    struct tg_region_memory *s = w->memory;
    TG_ASSERT(from <= s->sure.count);
    while (s->sure.count > from) s->states.items[s->sure.items[--s->sure.count]] &= ~SURE;
}

/* ---- functions ----------------------------------------------------------------------------------- */

static void visit_node(struct region_walk *w, const struct tg_ast *n);
static void visit_default(struct region_walk *w, const struct tg_ast *n);
static const struct tg_ast *default_of(struct region_walk *w, const struct tg_ast *n);

static void visit_kids(struct region_walk *w, const struct tg_ast *n)
{
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);) visit_node(w, k.kid);
}

static void visit_foreign(struct region_walk *w, const struct tg_fn *fn)
{
    bool foreign = w->foreign;
    uint32_t loops = w->loops;
    w->foreign = true;
    for (uint32_t i = 0; i < fn->param_count; i++)
        if (tg_n_parameter_default(fn->params.items[i])) visit_node(w, tg_n_parameter_default(fn->params.items[i]));
    visit_node(w, fn->body);
    w->foreign = foreign;
    w->loops = loops;
}

/* Adds the effects of a call of the function. */
static void add_call_effects(struct region_walk *w, struct tg_fn *fn)
{
    if (fn->effects == TG_EFFECTS_YES) w->region->effects = true;
    if (w->region->effects || fn->visited || fn->effects == TG_EFFECTS_NO) return;
    fn->visited = true;
    tg_vec_push(&w->visited, fn);
    visit_foreign(w, fn);
    if (w->region->effects) fn->effects = TG_EFFECTS_YES;
}

static void visit_made_function(struct region_walk *w, const struct tg_ast *n)
{
    const struct tg_fn *fn = n->fn;
    for (size_t i = 0; i < fn->captures.count; i++) read_slot(w, fn->captures.items[i].outer);
    visit_foreign(w, fn);
}

/* ---- names and calls ----------------------------------------------------------------------------- */

/* What is named may be called. */
static void visit_reference(struct region_walk *w, const struct tg_ast *n)
{
    const struct tg_def *def;
    switch (n->ref) {
    case TG_REF_LOCAL: read_slot(w, n->slot); break;
    case TG_REF_GLOBAL: w->region->world = true; break;
    case TG_REF_TASK:
        def = n->def;
        if (def && def->sig.effect) w->region->effects = true;
        if (def && def->flags & TG_DEF_COMMAND) w->region->world = true;
        break;
    case TG_REF_FN:
        w->region->world = true;
        add_call_effects(w, n->fn);
        break;
    case TG_REF_BUILTIN:
        if (n->builtin->effect) w->region->effects = true;
        break;
    default: break;
    }
}

/* A function that stands there as such. */
static bool is_function(const struct tg_ast *n)
{
    if (n->kind == TG_N_LAMBDA) return true;
    return tg_callee_is_named(n) && (n->ref == TG_REF_TASK || n->ref == TG_REF_FN || n->ref == TG_REF_BUILTIN);
}

/* A call of a function that only evaluation knows. */
static bool calls_unknown(const struct region_walk *w, const struct tg_ast *n)
{
    const struct tg_ast *callee = tg_n_call_callee(n);
    if (!is_function(callee)) return true;
    if (callee->kind == TG_N_LAMBDA || callee->ref != TG_REF_BUILTIN || !callee->builtin->calls) return false;
    struct tg_ast *f = tg_callee_argument(w->program, n, callee->builtin, callee->builtin->calls - 1u);
    return f && !is_function(tg_n_arg_value(f));
}

static void visit_call(struct region_walk *w, const struct tg_ast *n)
{
    if (calls_unknown(w, n)) {
        w->region->world = true;
        if (w->program->effects) w->region->effects = true;
    }
    const struct tg_ast *otherwise = default_of(w, n);
    for (struct tg_visit k = tg_visit_kids(n); tg_visit_next(&k);)
        if (k.kid != otherwise) visit_node(w, k.kid);
    if (otherwise) visit_default(w, n);
}

/* ---- constructs ---------------------------------------------------------------------------------- */

/* Both ways of an `if`, without its condition: bound for sure is what each of them binds. */
static void visit_branches(struct region_walk *w, const struct tg_ast *n)
{
    struct tg_region_memory *s = w->memory;
    size_t from = s->sure.count;
    visit_node(w, tg_n_if_then(n));
    size_t count = s->sure.count - from;
    uint32_t *first = tg_alloc((count + 1) * sizeof *first);
    if (count) memcpy(first, s->sure.items + from, count * sizeof *first);
    leave_block(w, from);
    if (tg_n_if_else(n)) {
        visit_node(w, tg_n_if_else(n));
        size_t kept = 0;
        for (size_t i = 0; i < count; i++)
            if (s->states.items[first[i]] & SURE) first[kept++] = first[i];
        leave_block(w, from);
        for (size_t i = 0; i < kept; i++) {
            s->states.items[first[i]] |= SURE;
            tg_vec_push(&s->sure, first[i]);
        }
    }
    free(first);
}

static void visit_loop_body(struct region_walk *w, const struct tg_ast *n)
{
    size_t from = w->memory->sure.count;
    w->loops++;
    if (n->kind == TG_N_FOR) bind_names(w, tg_n_for_targets(n));
    visit_node(w, tg_n_loop_body(n));
    w->loops--;
    leave_block(w, from);
}

/* The clauses, without what the first of them goes through if `inside`. */
static void visit_comprehension(struct region_walk *w, const struct tg_ast *n, bool inside)
{
    size_t from = w->memory->sure.count;
    struct tg_kids clauses = tg_n_comp_clauses(n);
    for (uint32_t i = 0; i < clauses.count; i++) {
        const struct tg_ast *c = clauses.items[i];
        if (c->kind != TG_N_CFOR) {
            visit_node(w, tg_n_cif_condition(c));
            continue;
        }
        if (!inside || i > 0) visit_node(w, tg_n_cfor_over(c));
        bind_names(w, tg_n_cfor_targets(c));
    }
    visit_node(w, tg_n_comp_item(n));
    leave_block(w, from);
}

/* Operands that may not be evaluated at all: the second of a logical operator, those of a chain from the third on. */
static void visit_right_operands(struct region_walk *w, const struct tg_ast *n)
{
    size_t sure = w->memory->sure.count;
    if (n->kind == TG_N_LOGIC) visit_node(w, tg_n_binary_right(n));
    else
        for (uint32_t i = 2; i <= tg_n_chain_links(n).count; i++) visit_node(w, tg_n_chain_operand(n, i));
    leave_block(w, sure);
}

static const struct tg_ast *default_of(struct region_walk *w, const struct tg_ast *n)
{
    if (!tg_callee_is_builtin(tg_n_call_callee(n), TG_BUILTIN_TRY)) return NULL;
    return tg_callee_argument(w->program, n, &tg_builtins[TG_BUILTIN_TRY], 1);
}

/* The second argument of a `try`, which may not be evaluated at all. */
static void visit_default(struct region_walk *w, const struct tg_ast *n)
{
    size_t sure = w->memory->sure.count;
    visit_node(w, default_of(w, n));
    leave_block(w, sure);
}

/* The part of a construct that is its region. */
static void visit_region(struct region_walk *w, const struct tg_ast *n)
{
    switch (n->kind) {
    case TG_N_IF: visit_branches(w, n); break;
    case TG_N_COMP: visit_comprehension(w, n, true); break;
    case TG_N_LOGIC:
    case TG_N_CHAIN: visit_right_operands(w, n); break;
    case TG_N_CALL: visit_default(w, n); break;
    case TG_N_WHILE:
        visit_node(w, tg_n_while_condition(n));
        visit_loop_body(w, n);
        break;
    default: visit_loop_body(w, n); break;
    }
}

static void visit_output(struct region_walk *w, const struct tg_ast *n)
{
    visit_node(w, tg_n_output_value(n));
    bind_slot(w, n->slot, n->sym);
    if (!w->foreign && w->region->module == w->program->modules.items[0]) w->region->output = n;
}

static void visit_leave(struct region_walk *w, const struct tg_ast *n)
{
    visit_kids(w, n);
    if (w->foreign) return;
    if (n->kind == TG_N_RETURN) w->region->leaves |= TG_LEAVES_FN;
    else if (w->loops == 0) w->region->leaves |= TG_LEAVES_LOOP;
}

static void visit_node(struct region_walk *w, const struct tg_ast *n)
{
    switch (n->kind) {
    case TG_N_NAME: visit_reference(w, n); break;
    case TG_N_FIELD:
        if (n->flags & TG_F_STATIC) visit_reference(w, n);
        else visit_node(w, tg_n_field_base(n));
        break;
    case TG_N_CALL: visit_call(w, n); break;
    case TG_N_LAMBDA: visit_made_function(w, n); break;
    case TG_N_FN:
        visit_made_function(w, n);
        if (n->fn->self_slot != TG_NO_SLOT) bind_slot(w, n->slot, n->sym);
        break;
    case TG_N_ASSIGN:
        visit_node(w, tg_n_assign_value(n));
        bind_names(w, tg_n_assign_targets(n));
        break;
    case TG_N_AUGMENT:
        visit_node(w, tg_n_augment_value(n));
        read_slot(w, n->slot);
        bind_slot(w, n->slot, n->sym);
        break;
    case TG_N_OUTPUT: visit_output(w, n); break;
    case TG_N_IF:
        visit_node(w, tg_n_if_condition(n));
        visit_branches(w, n);
        break;
    case TG_N_FOR:
        visit_node(w, tg_n_for_over(n));
        visit_loop_body(w, n);
        break;
    case TG_N_WHILE:
        visit_node(w, tg_n_while_condition(n));
        visit_loop_body(w, n);
        break;
    case TG_N_COMP: visit_comprehension(w, n, false); break;
    case TG_N_LOGIC:
        visit_node(w, tg_n_binary_left(n));
        visit_right_operands(w, n);
        break;
    case TG_N_CHAIN:
        visit_node(w, tg_n_chain_operand(n, 0));
        visit_node(w, tg_n_chain_operand(n, 1));
        visit_right_operands(w, n);
        break;
    case TG_N_ASSERT:
        w->region->effects = true;
        visit_kids(w, n);
        break;
    case TG_N_RETURN:
    case TG_N_BREAK:
    case TG_N_CONTINUE: visit_leave(w, n); break;
    case TG_N_USE:
    case TG_N_IMPORT:
    case TG_N_PARAM:
    case TG_N_DEFAULTS:
    case TG_N_TASK:
    case TG_N_EXTERN:
    case TG_N_FINALLY:
    case TG_N_TYPE:
    case TG_N_ERROR: break;
    default: visit_kids(w, n);
    }
}

/* ---- the result ---------------------------------------------------------------------------------- */

static bool read_outside(const struct tg_program *p, const struct tg_region *region, uint32_t slot, uint32_t state)
{
    const struct tg_extents *extents = region->fn ? &region->fn->extents : &region->module->extents;
    if (!region->fn && region->module != p->modules.items[0]) return true; /* whoever imports it may read it */
    if (region->in_loop && state & TAKEN) return true;                     /* in the next round */
    if (slot >= extents->count) return false;
    struct tg_extent x = extents->items[slot];
    if (x.first > x.last) return false;
    return x.last >= region->exit || (region->in_loop && x.first < region->enter);
}

static void keep_touched(struct region_walk *w)
{
    struct tg_region_memory *s = w->memory;
    struct tg_region *region = w->region;
    region->count = (uint32_t)s->slots.count;
    region->slots = tg_arena_alloc(&w->program->arena, (s->slots.count + 1) * sizeof *region->slots);
    for (size_t i = 0; i < s->slots.count; i++) {
        struct tg_touched *t = &region->slots[i];
        *t = s->slots.items[i];
        uint32_t state = s->states.items[t->slot];
        t->given = state & BOUND && read_outside(w->program, region, t->slot, state);
        t->taken = state & TAKEN || (t->given && !(state & SURE));
        s->states.items[t->slot] = 0;
    }
    TG_ASSERT(s->sure.count == 0 || !w->foreign);
    s->slots.count = s->sure.count = 0;
}

static void end_visits(struct region_walk *w)
{
    for (size_t i = 0; i < w->visited.count; i++) {
        w->visited.items[i]->visited = false;
        if (!w->region->effects) w->visited.items[i]->effects = TG_EFFECTS_NO;
    }
    tg_vec_done(&w->visited);
}

static void analyse(struct tg_program *p, const struct tg_ast *n, struct tg_region *region)
{
    struct region_walk w = {.program = p, .region = region, .memory = p->regions};
    TG_ASSERT(p->regions->slots.count == 0 && p->regions->sure.count == 0);
    visit_region(&w, n);
    keep_touched(&w);
    end_visits(&w);
}

const struct tg_region *tg_region_of(struct tg_program *p, const struct tg_ast *n)
{
    struct tg_region *region = n->region;
    TG_ASSERT(region && region->enter <= region->exit);
    if (__atomic_load_n(&region->known, __ATOMIC_ACQUIRE)) return region;
    pthread_mutex_lock(&p->regions->lock);
    if (!region->known) {
        analyse(p, n, region);
        __atomic_store_n(&region->known, true, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&p->regions->lock);
    return region;
}

bool tg_region_effects(struct tg_program *p, const struct tg_fn *fn)
{
    pthread_mutex_lock(&p->regions->lock);
    if (fn->effects == TG_EFFECTS_UNKNOWN) {
        struct tg_region region = {.fn = fn, .module = fn->module};
        struct region_walk w = {.program = p, .region = &region, .memory = p->regions, .foreign = true};
        add_call_effects(&w, (struct tg_fn *)fn);
        end_visits(&w);
    }
    bool effects = fn->effects == TG_EFFECTS_YES;
    pthread_mutex_unlock(&p->regions->lock);
    return effects;
}
