/* SPDX-License-Identifier: MIT
 * How plugin tasks add tasks: finds them by name, checks the arguments as the language does, and appends to the worker's
 * fragment.
 *
 * A task that is called from somewhere needs a site, which says what it is and where it comes from: the place in the
 * source and the group are those of the calling task. So the calls of a recursion all share one site, however deep it
 * is. Sites are made under a lock; each worker therefore keeps all that it has asked for, in a hash table by what they
 * say, and the latest ones in a small table by caller and callee, beside what a call needs to know of them. A call that
 * is found there and whose arguments are neither lists nor records costs one look at each argument's kind and one append.
 *
 * Names are remembered by where they stand: plugins mostly pass the same literal again. */
#include "engine/grow/adder.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/assert.h"
#include "engine/base/compiler.h"
#include "engine/base/table.h"
#include "engine/grow/grow.h"
#include "engine/plugin/callable.h"
#include "engine/value/future.h"
#include "engine/value/list.h"

/* Places in the small tables, in pairs: what is found second in its pair was replaced there by what is found first. */
#define NAME_PAIRS 16
#define CALL_PAIRS 32

#define NAME_BYTES 40

/* Arguments of a call whose defaults are filled in without memory of their own. */
#define FEW_ARGS 16

/* A name that was looked up. */
struct name {
    const char *at;  /* where it stood; NULL: unused */
    const char *own; /* for which plugin */
    const tg_callable *task;
    char text[NAME_BYTES]; /* what it said */
};

/* A call that was made. */
struct known_call {
    const struct tg_site *from; /* the caller's; NULL: unused */
    const tg_callable *task;
    const struct tg_site *site; /* of the tasks it adds */
    uint32_t number;            /* of this site */
    uint32_t quick_count;       /* with so many arguments, the site's masks say all about them; UINT32_MAX: never */
};

struct tg_callees {
    struct name names[NAME_PAIRS][2];
    struct known_call calls[CALL_PAIRS][2];
    struct tg_table sites; /* of the graph: those that were asked for */
};

static struct tg_callees *callees(tg_ctx *ctx)
{
    struct tg_fragment *f = tg_fragment_of(ctx);
    if (TG_UNLIKELY(!f->callees)) f->callees = tg_alloc_zero(sizeof *f->callees);
    return f->callees;
}

void tg_adder_done(struct tg_callees *callees)
{
    if (!callees) return;
    tg_table_done(&callees->sites);
    free(callees);
}

static uint32_t mix_words(uintptr_t a, uintptr_t b)
{
    return tg_table_hash(a ^ b << 7);
}

/* ---- finding ------------------------------------------------------------------------------------- */

static const tg_callable *find_slow(tg_ctx *ctx, const char *name, struct name pair[2])
{
    const char *own = ctx->def ? ctx->def->plugin : NULL;
    const struct tg_registry *r = ctx->services ? ctx->services->registry : NULL;
    if (!r) return tg_err_set(&ctx->err, TG_EXIT_FAILED, "no task '%s': there are no plugins here", name), NULL;
    const tg_callable *task = tg_callable_find(r, own, name, &ctx->err);
    size_t length = strlen(name);
    if (!task || length >= NAME_BYTES) return task;
    pair[1] = pair[0];
    pair[0] = (struct name){.at = name, .own = own, .task = task};
    memcpy(pair[0].text, name, length + 1);
    return task;
}

static inline bool is_known_name(const struct name *known, const char *name, const char *own)
{
    return known->at == name && known->own == own && strcmp(known->text, name) == 0;
}

static const tg_callable *grow_find(tg_ctx *ctx, const char *name)
{
    if (!name) return tg_err_set(&ctx->err, TG_EXIT_FAILED, "tg_find needs the name of a task"), NULL;
    const char *own = ctx->def ? ctx->def->plugin : NULL;
    struct name *pair = callees(ctx)->names[mix_words((uintptr_t)name, (uintptr_t)own) % NAME_PAIRS];
    if (is_known_name(&pair[0], name, own)) return pair[0].task;
    if (is_known_name(&pair[1], name, own)) return pair[1].task;
    return find_slow(ctx, name, pair);
}

/* ---- sites --------------------------------------------------------------------------------------- */

static bool is_site(const void *sites, uint32_t number, const void *wanted)
{
    const struct tg_site *a = &((const struct tg_site *)sites)[number], *b = wanted;
    return a->def == b->def && a->span.start == b->span.start && a->span.end == b->span.end && a->group == b->group;
}

static uint32_t site_number(struct tg_fragment *f, const struct tg_def *def, const struct tg_site *from)
{
    struct tg_table *known = &f->callees->sites;
    struct tg_site wanted = {.def = def, .span = from->span, .group = from->group};
    uint32_t hash = mix_words((uintptr_t)def, ((uintptr_t)from->span.start << 8) + from->span.end + from->group);
    tg_table_reserve(known);
    struct tg_table_slot *slot = tg_table_slot(known, hash, is_site, tg_fragment_graph(f)->site_table.items, &wanted);
    if (slot->number_plus_1) return slot->number_plus_1 - 1;
    uint32_t number = tg_fragment_site(f, def, from->span, 0, from->group);
    tg_table_take(known, slot, hash, number);
    return number;
}

/* What is known of a call that is made for the first time; false after an error. */
static bool learn(tg_ctx *ctx, const struct tg_site *from, const tg_callable *task, struct known_call pair[2])
{
    const struct tg_registry *r = ctx->services ? ctx->services->registry : NULL;
    const struct tg_def *def = r ? tg_callable_def(r, task) : NULL;
    if (!def) return tg_err_set(&ctx->err, TG_EXIT_FAILED, "tg_call needs a task that tg_find has found");
    uint32_t number = site_number(tg_fragment_of(ctx), def, from);
    const struct tg_site *site = &tg_fragment_graph(tg_fragment_of(ctx))->site_table.items[number];
    bool simple = !def->sig.rest && !(site->flags & TG_SITE_DEEP);
    pair[1] = pair[0];
    pair[0] = (struct known_call){from, task, site, number, simple ? def->sig.count : UINT32_MAX};
    return true;
}

/* ---- arguments ----------------------------------------------------------------------------------- */

/* A task of this fragment; what the site says can be trusted then. */
static inline const struct tg_node *fresh(const struct tg_fragment *f, tg_value future)
{
    const struct tg_node *n = &f->nodes->items[(tg_id)future.bits];
    return tg_node_phase(n) == TG_NODE_FRESH ? n : NULL;
}

/* Kinds that a value may turn out to have; none where a look is not enough. */
static inline tg_kinds kinds_possible(const struct tg_fragment *f, tg_value v)
{
    if (tg_kind(v) == TG_FUTURE) {
        const struct tg_node *n = fresh(f, v);
        return n ? n->made->returns : 0;
    }
    return TG_KIND_BIT(tg_kind(v)) & ~(TG_KIND_BIT(TG_LIST) | TG_KIND_BIT(TG_RECORD));
}

static inline bool fits_at_a_look(const struct tg_fragment *f, const struct tg_site *site, const tg_value *args, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!(kinds_possible(f, args[i]) & site->accepts[i < 3 ? i : 3] & ~TG_KIND_BIT(TG_FUNCTION))) return false;
    return true;
}

struct futures {
    const struct tg_fragment *fragment;
    bool stale;
};

static void look_at_future(void *data, tg_id id)
{
    struct futures *all = data;
    if (!fresh(all->fragment, tg_future(id))) all->stale = true;
}

static bool has_stale_future(const struct tg_fragment *f, tg_value v)
{
    struct futures all = {f, false};
    if (tg_future_in(v)) tg_future_held(v, look_at_future, &all);
    return all.stale;
}

/* What v is, for a message. */
static void print_given(struct tg_buf *b, const struct tg_fragment *f, const struct tg_type *type, tg_value v)
{
    if (tg_kind(v) == TG_FUTURE) {
        const struct tg_def *def = fresh(f, v)->made->def;
        tg_type_print(b, &def->sig.result);
        tg_buf_format(b, ", which '%s' gives", def->name);
        return;
    }
    tg_buf_text(b, tg_value_kind_name(v));
    tg_type_print_item(b, type, v);
}

static bool fits_parameter(const struct tg_fragment *f, const struct tg_type *type, tg_value v)
{
    if (tg_kind(v) == TG_FUTURE) return fresh(f, v)->made->returns & type->accepts;
    return tg_kind(v) != TG_FUNCTION && tg_type_accepts(type, v);
}

static bool check_call_argument(tg_ctx *ctx, const struct tg_def *def, const struct tg_sig_param *param, tg_value v)
{
    if (has_stale_future(tg_fragment_of(ctx), v))
        return tg_err_set(&ctx->err, TG_EXIT_FAILED, "argument '%s' of '%s' has a future that this task has not made",
                          param->name, def->name);
    if (fits_parameter(tg_fragment_of(ctx), &param->type, v)) return true;
    struct tg_buf wanted = {0}, given = {0};
    tg_type_print(&wanted, &param->type);
    print_given(&given, tg_fragment_of(ctx), &param->type, v);
    tg_err_set(&ctx->err, TG_EXIT_FAILED, "argument '%s' of '%s' must be %s, not %s", param->name, def->name,
               tg_buf_str(&wanted), tg_buf_str(&given));
    if (tg_kind(v) == TG_FILE && param->type.kinds & TG_KIND_BIT(TG_STR)) tg_err_hint(&ctx->err, TG_TYPE_PATH_HINT);
    tg_buf_done(&wanted);
    tg_buf_done(&given);
    return false;
}

static bool fail_count(tg_ctx *ctx, const struct tg_sig *sig, size_t count)
{
    struct tg_buf takes = {0};
    const char *s = sig->required == 1 ? "" : "s";
    if (sig->required == sig->count) tg_buf_format(&takes, sig->count ? "%u argument%s" : "no arguments", sig->count, s);
    else tg_buf_format(&takes, "%u to %u arguments", sig->required, sig->count);
    tg_err_set(&ctx->err, TG_EXIT_FAILED, "task '%s' takes %s, not %zu", sig->name, tg_buf_str(&takes), count);
    tg_buf_done(&takes);
    return false;
}

/* ---- calling ------------------------------------------------------------------------------------- */

static int add_call(tg_ctx *ctx, const struct known_call *call, const tg_value *args, size_t count, tg_value *future)
{
    tg_id id = tg_fragment_add(tg_fragment_of(ctx), call->number, args, count, NULL, 0, &ctx->err);
    if (id == TG_NO_TASK) return TG_FAIL;
    *future = tg_future(id);
    return TG_OK;
}

/* Checks arguments that are complete, and adds the task. */
static int add_checked(tg_ctx *ctx, const struct known_call *call, const tg_value *args, size_t count, tg_value *future)
{
    const struct tg_def *def = call->site->def;
    for (size_t i = 0; i < count; i++)
        if (!check_call_argument(ctx, def, tg_sig_param_of(&def->sig, i), args[i])) return TG_FAIL;
    return add_call(ctx, call, args, count, future);
}

/* Some arguments are not there: puts in the defaults. */
static int add_completed(tg_ctx *ctx, const struct known_call *call, const tg_value *args, size_t count, size_t wanted,
                         tg_value *future)
{
    const struct tg_sig *sig = &call->site->def->sig;
    if (count < sig->required) {
        tg_err_set(&ctx->err, TG_EXIT_FAILED, "task '%s' needs an argument for '%s'", sig->name, sig->params[count].name);
        return TG_FAIL;
    }
    tg_value few[FEW_ARGS] = {0}, *all = wanted <= FEW_ARGS ? few : tg_alloc(wanted * sizeof *all);
    for (size_t i = 0; i < wanted; i++) all[i] = i < count ? args[i] : sig->params[i].default_value;
    int status = add_checked(ctx, call, all, wanted, future);
    if (all != few) free(all);
    return status;
}

static __attribute__((noinline)) int call_slow(tg_ctx *ctx, const struct known_call *call, const tg_value *args, size_t count,
                                               tg_value *future)
{
    const struct tg_sig *sig = &call->site->def->sig;
    size_t wanted = sig->count - (sig->rest ? 1 : 0);
    if (!sig->rest && count > wanted) return fail_count(ctx, sig, count), TG_FAIL;
    if (count < wanted) return add_completed(ctx, call, args, count, wanted, future);
    return add_checked(ctx, call, args, count, future);
}

static int grow_call(tg_ctx *ctx, const tg_callable *task, const tg_value *args, size_t count, tg_value *future)
{
    struct tg_fragment *f = tg_fragment_of(ctx);
    const struct tg_site *from = f->nodes->items[ctx->task].site;
    TG_ASSERT(f->task == ctx->task && from->flags & TG_SITE_EXPANDS);
    struct known_call *call = callees(ctx)->calls[mix_words((uintptr_t)from, (uintptr_t)task) % CALL_PAIRS];
    if (call->from != from || call->task != task) {
        if (call[1].from == from && call[1].task == task) call++;
        else if (!learn(ctx, from, task, call)) return TG_FAIL;
    }
    if (count == call->quick_count && fits_at_a_look(f, call->site, args, count))
        return add_call(ctx, call, args, count, future);
    return call_slow(ctx, call, args, count, future);
}

const struct tg_host_grow tg_adder_ops = {.find = grow_find, .call = grow_call};
