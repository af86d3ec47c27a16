/* SPDX-License-Identifier: MIT
 * The graph's storage, columns and tables that never move, and its builder: the only code that writes them.
 *
 * A task of up to two futures and small ints is written by the inline part of tg_graph_add; everything else comes
 * here. Known values that are no small ints go to the pool, where equal ones seen lately share a place. A list or
 * record that holds futures becomes the future of a gathering task (gather.c). */
#include "engine/graph/graph.h"

#include "engine/base/limits.h"
#include "engine/base/table.h"
#include "engine/graph/pace.h"
#include "engine/value/future.h"
#include "engine/value/record.h"

/* Arguments a graph has address space for, per task it may have; sinks of many arguments are rare enough. */
#define ARGS_PER_TASK 8
#define ARGS_MIN ((size_t)1 << 26)

/* Sites and options beyond one per task: a workflow may have more calls than tasks. */
#define SITES_MORE ((size_t)1 << 22)

/* How many of the newest options records a new one is compared with. */
#define OPTIONS_LOOKED_AT 32

/* ---- storage ------------------------------------------------------------------------------------- */

_Static_assert(TG_MAX_TASKS <= TG_ARG_PAYLOAD, "an argument has room for every id");

static size_t max_args(tg_id max_tasks)
{
    size_t n = (size_t)max_tasks * ARGS_PER_TASK;
    if (n < ARGS_MIN) n = ARGS_MIN;
    return n < UINT32_MAX ? n : UINT32_MAX - 1;
}

void tg_graph_init(struct tg_graph *g, tg_id max_tasks)
{
    *g = (struct tg_graph){0};
    if (max_tasks == 0) max_tasks = TG_DEFAULT_MAX_TASKS;
    g->max_tasks = max_tasks < TG_MAX_TASKS ? max_tasks : TG_MAX_TASKS;
    tg_column_init(&g->site_column, (size_t)g->max_tasks * sizeof *g->sites);
    tg_column_init(&g->end_column, ((size_t)g->max_tasks + 1) * sizeof *g->arg_end);
    tg_column_init(&g->arg_column, max_args(g->max_tasks) * sizeof *g->args);
    tg_column_reach(&g->end_column, sizeof *g->arg_end); /* arg_end[-1] */
    g->sites = (uint32_t *)g->site_column.base;
    g->arg_end = (uint32_t *)g->end_column.base + 1;
    g->args = (uint32_t *)g->arg_column.base;
    tg_column_init(&g->site_table_column, (g->max_tasks + SITES_MORE) * sizeof *g->site_table.items);
    tg_column_init(&g->option_column, (g->max_tasks + SITES_MORE) * sizeof *g->options.items);
    tg_column_need(&g->site_table_column, sizeof *g->site_table.items);
    tg_column_need(&g->option_column, sizeof *g->options.items);
    tg_column_init(&g->policy_column, (g->max_tasks + SITES_MORE) * sizeof *g->policies);
    tg_column_need(&g->policy_column, sizeof *g->policies);
    g->policies = (struct tg_policy *)g->policy_column.base;
    tg_policy_init(&g->policies[0]);
    g->site_table.items = (struct tg_site *)g->site_table_column.base;
    g->options.items = (tg_value *)g->option_column.base;
    g->site_table.count = g->options.count = 1;
}

void tg_graph_done(struct tg_graph *g)
{
    tg_value_unref_all(g->pool.items, g->pool.count);
    tg_value_unref_all(g->options.items, g->options.count);
    for (size_t i = 0; i < g->wanted.count; i++) tg_value_unref(g->wanted.items[i].value);
    tg_gather_forget(&g->gathered);
    tg_vec_done(&g->pool);
    tg_vec_done(&g->wanted);
    tg_vec_done(&g->finals);
    tg_vec_done(&g->puts);
    tg_column_done(&g->site_table_column);
    tg_column_done(&g->option_column);
    tg_column_done(&g->policy_column);
    tg_column_done(&g->site_column);
    tg_column_done(&g->end_column);
    tg_column_done(&g->arg_column);
    *g = (struct tg_graph){0};
}

/* ---- room ---------------------------------------------------------------------------------------- */

static bool grow_tasks(struct tg_graph *g, struct tg_err *err)
{
    size_t need = (size_t)g->count + 1;
    if (need > g->max_tasks) {
        tg_err_set(err, TG_EXIT_USAGE, "the graph has more than %u tasks", g->max_tasks);
        tg_err_hint(err, "The limit can be raised with --max-tasks.");
        return false;
    }
    tg_column_need(&g->site_column, need * sizeof *g->sites);
    tg_column_need(&g->end_column, (need + 1) * sizeof *g->arg_end);
    size_t ends = g->end_column.ready_bytes / sizeof *g->arg_end - 1;
    g->room_tasks = g->site_column.ready_bytes / sizeof *g->sites;
    if (g->room_tasks > ends) g->room_tasks = ends;
    if (g->room_tasks > g->max_tasks) g->room_tasks = g->max_tasks;
    return true;
}

static bool grow_args(struct tg_graph *g, size_t more, struct tg_err *err)
{
    size_t need = (size_t)g->arg_count + more;
    if (need * sizeof *g->args > g->arg_column.reserved_bytes)
        return tg_err_set(err, TG_EXIT_CANNOT, "the tasks of the graph have more than %zu arguments",
                          g->arg_column.reserved_bytes / sizeof *g->args);
    tg_column_need(&g->arg_column, need * sizeof *g->args);
    g->room_args = g->arg_column.ready_bytes / sizeof *g->args;
    return true;
}

static inline bool reach(struct tg_graph *g, size_t args, struct tg_err *err)
{
    if (args < 2) args = 2; /* what the inline part asks for */
    return (g->count < g->room_tasks || grow_tasks(g, err)) && (g->arg_count + args <= g->room_args || grow_args(g, args, err));
}

/* ---- constants ----------------------------------------------------------------------------------- */

/* The pool's index of v, which is not copied: a heap value is counted once more. */
static bool pool_constant(struct tg_graph *g, tg_value v, uint32_t *arg, struct tg_err *err)
{
    uint32_t *recent = &g->recent[tg_table_hash(v.bits ^ v.tag << 56) % TG_POOL_RECENT];
    if (*recent) {
        TG_ASSERT(*recent <= g->pool.count);
        tg_value known = g->pool.items[*recent - 1];
        if (known.tag == v.tag && known.bits == v.bits) {
            *arg = (uint32_t)TG_ARG_POOL << TG_ARG_BITS | (*recent - 1);
            return true;
        }
    }
    if (g->pool.count > TG_ARG_PAYLOAD)
        return tg_err_set(err, TG_EXIT_CANNOT, "the graph has more than %u constants", TG_ARG_PAYLOAD);
    tg_vec_push(&g->pool, tg_value_ref(v));
    *recent = (uint32_t)g->pool.count;
    *arg = (uint32_t)TG_ARG_POOL << TG_ARG_BITS | (*recent - 1);
    return true;
}

/* ---- tasks --------------------------------------------------------------------------------------- */

static void append_wait(void *at, tg_id id)
{
    uint32_t **arg = at;
    TG_ASSERT(id <= TG_ARG_PAYLOAD);
    *(*arg)++ = (uint32_t)TG_ARG_AFTER << TG_ARG_BITS | id;
}

/* Adds a task whose arguments are futures and known values only. */
static tg_id append_task(void *graph, uint32_t site, const tg_value *args, size_t count, const tg_value *after,
                         size_t after_count, struct tg_err *err)
{
    struct tg_graph *g = graph;
    size_t waits = 0;
    for (size_t i = 0; i < after_count; i++) waits += tg_future_count(after[i]);
    if (!reach(g, count + waits, err)) return TG_NO_TASK;
    uint32_t *at = g->args + g->arg_count;
    for (size_t i = 0; i < count; i++, at++)
        if (!tg_arg_quick(args[i], at) && !pool_constant(g, args[i], at, err)) return TG_NO_TASK;
    for (size_t i = 0; i < after_count; i++) tg_future_each(after[i], append_wait, &at);
    tg_id id = g->count++;
    if (g->site_table.items[site].def->flags & TG_DEF_PUT && count > 1) tg_vec_push(&g->puts, ((struct tg_put){args[1], id}));
    g->sites[id] = site;
    g->arg_end[id] = g->arg_count += (uint32_t)(count + waits);
    TG_ASSERT(at == g->args + g->arg_count && g->arg_count <= g->room_args && tg_graph_arg_begin(g, id) <= g->arg_end[id]);
    return id;
}

/* ---- gathering ----------------------------------------------------------------------------------- */

uint32_t tg_graph_gather_site(struct tg_graph *g, uint32_t site, bool record)
{
    uint32_t known = g->site_table.items[site].gather[record];
    if (known) return known;
    TG_ASSERT(site && g->gather_list && g->gather_record);
    struct tg_site from = g->site_table.items[site];
    known = tg_graph_site(g, record ? g->gather_record : g->gather_list, from.span, 0, from.group);
    __atomic_store_n(&g->site_table.items[site].gather[record], known,
                     __ATOMIC_RELEASE); /* fragments read it without the lock */
    return known;
}

static uint32_t site_of_gathering(void *graph, uint32_t site, bool record)
{
    return tg_graph_gather_site(graph, site, record);
}

static uint32_t site_at_place(void *graph, tg_span span)
{
    struct tg_graph *g = graph;
    return tg_graph_site(g, g->gather_list, span, 0, 0);
}

static tg_span span_of_site(void *graph, uint32_t site)
{
    return ((struct tg_graph *)graph)->site_table.items[site].span;
}

static struct tg_gather gather_into(struct tg_graph *g)
{
    static const struct tg_gather_ops ops = {append_task, site_of_gathering, site_at_place, span_of_site};
    return (struct tg_gather){&ops, g, &g->gathered};
}

/* ---- the public part ----------------------------------------------------------------------------- */

/* Kinds of results that may be other than the signature says though they are of the right kind. Of our own tasks they are
 * not, and commands' have been looked at. */
static tg_kinds doubtful_kinds(const struct tg_def *def)
{
    tg_kinds kinds = TG_KIND_BIT(TG_STR) | TG_KIND_BIT(TG_FILE);
    if (def->sig.result.item) kinds |= TG_KIND_BIT(TG_LIST);
    kinds &= def->sig.result.kinds;
    return kinds && def->plugin && strcmp(def->plugin, "core") != 0 ? kinds : 0;
}

/* Code of others. */
static bool is_of_plugin(const struct tg_def *def)
{
    if (def->flags & TG_DEF_COMMAND) return false;
    return def->plugin ? strcmp(def->plugin, "core") != 0 : !(def->flags & TG_DEF_UNCHECKED);
}

static bool says_true(const tg_value *v)
{
    return v && tg_kind(*v) == TG_BOOL && v->bits;
}

/* Its result is asked for before it runs. */
static bool is_recorded(const struct tg_graph *g, const struct tg_site *site)
{
    tg_value options = g->options.items[site->options];
    if (!is_of_plugin(site->def) || tg_kind(options) != TG_RECORD) return false;
    return says_true(tg_record_find(options, "cache", 5)) && !says_true(tg_record_find(options, "volatile", 8));
}

static void check_site(const struct tg_graph *g, struct tg_site *site)
{
    if (!is_of_plugin(site->def) || site->fn == g->run_recorded || g->stood_for == site->def) return;
    site->fn = site->fn == site->def->fn && !g->checks_slowly ? g->run_timed : g->run_checked;
    if (g->checks_slowly) site->flags = (site->flags & ~(uint32_t)TG_SITE_QUICK) | TG_SITE_SLOW;
}

/* Code of others, or a task of the language that does more than to compute. What asks whether it is up to date finds out itself. */
static bool acts(const struct tg_graph *g, const struct tg_site *site)
{
    const struct tg_def *def = site->def;
    bool core = def->plugin && strcmp(def->plugin, "core") == 0;
    return (is_of_plugin(def) && !is_recorded(g, site)) || (core && !tg_def_is_helper(def));
}

/* What the run loop needs of the definition, in the site. */
static inline void site_types(struct tg_site *site)
{
    const struct tg_def *def = site->def;
    const struct tg_sig *sig = &def->sig;
    tg_kinds refused = tg_def_takes_functions(def) ? 0 : TG_KIND_BIT(TG_FUNCTION);
    for (size_t i = 0; i < TG_COUNT(site->accepts); i++) {
        const struct tg_sig_param *param = def->flags & TG_DEF_UNCHECKED ? NULL : tg_sig_param_of(sig, i);
        tg_kinds accepts = param ? param->type.accepts : TG_KINDS_ANY;
        site->accepts[i] = accepts & ~refused;
    }
    if (def->flags & TG_DEF_CATCHES) site->accepts[0] |= TG_KIND_BIT(TG_FAILED);
    site->returns = (uint16_t)sig->result.kinds;
    site->plain = (uint16_t)(sig->result.kinds & ~doubtful_kinds(def));
    if (site->returns >> TG_STR) site->flags |= TG_SITE_HEAP;
    if (sig->effect) site->flags |= TG_SITE_EFFECT;
    if (def->flags & TG_DEF_EXPANDS) site->flags |= TG_SITE_EXPANDS;
    if (is_of_plugin(def)) site->flags |= TG_SITE_PLUGIN;
    if (def->flags & TG_DEF_STREAM) site->flags |= TG_SITE_STREAM;
    if (def->flags & TG_DEF_NOW) site->flags |= TG_SITE_NOW;
    if (def->flags & (TG_DEF_QUICK | TG_DEF_GATHER)) site->flags |= TG_SITE_QUICK;
    else if (def->flags & (TG_DEF_COMMAND | TG_DEF_SLOW)) site->flags |= TG_SITE_SLOW;
    if (def->flags & TG_DEF_UNCHECKED) return;
    if (sig->count > TG_COUNT(site->accepts)) site->flags |= TG_SITE_DEEP;
    for (size_t i = 0; i < sig->count; i++)
        if (sig->params[i].type.item || sig->params[i].type.object || tg_def_may_leave_out(def, &sig->params[i]))
            site->flags |= TG_SITE_DEEP;
}

static uint32_t add_site(struct tg_graph *g, struct tg_site site)
{
    tg_column_need(&g->site_table_column, (g->site_table.count + 1) * sizeof site);
    TG_ASSERT(g->site_table.count <= UINT32_MAX);
    g->site_table.items[g->site_table.count] = site;
    return (uint32_t)g->site_table.count++;
}

/* What the language adds to calls, and what only joins tasks to the graph, has none. */
static void set_policy(struct tg_graph *g, struct tg_site *site)
{
    const struct tg_policy *p = tg_graph_policy_of(g, site);
    if (tg_def_is_helper(site->def) || !tg_policy_says(p)) return;
    site->flags = (site->flags & ~(uint32_t)TG_SITE_QUICK) | TG_SITE_POLICY | TG_SITE_SLOW;
    if (tg_policy_asks(p)) site->flags |= TG_SITE_ADMIT;
    if (p->timeout_ns && g->run_apart && !(site->def->flags & TG_DEF_COMMAND)) site->fn = g->run_apart;
    g->has_policy = true;
}

bool tg_graph_is_away(const struct tg_graph *g, const struct tg_def *def, uint32_t options)
{
    enum tg_task_place place = g->policies[options].place;
    return is_of_plugin(def) && (place == TG_PLACE_PROCESSES || (place != TG_PLACE_THREADS && g->away));
}

bool tg_graph_is_here(const struct tg_site *site)
{
    const tg_kinds holding = TG_KIND_BIT(TG_OBJECT) | TG_KIND_BIT(TG_LIST) | TG_KIND_BIT(TG_RECORD);
    const struct tg_sig *sig = &site->def->sig;
    bool found = false;
    for (uint32_t i = 0; i < sig->count && !found; i++) found = sig->params[i].type.accepts & holding;
    return found && (site->flags & (TG_SITE_PLUGIN | TG_SITE_AWAY)) == TG_SITE_PLUGIN;
}

static void set_place(struct tg_graph *g, struct tg_site *site)
{
    if (!tg_graph_is_away(g, site->def, site->options)) {
        if (g->run_here && tg_graph_is_here(site)) site->fn = g->run_here;
        return;
    }
    site->flags |= TG_SITE_AWAY;
    if (g->run_away) site->fn = g->run_away;
    g->has_away = true;
}

uint32_t tg_graph_site(struct tg_graph *g, const struct tg_def *def, tg_span span, uint32_t options, uint32_t group)
{
    struct tg_site site = {.fn = def->fn, .def = def, .span = span, .options = options, .group = group};
    site_types(&site);
    if (options && tg_pace_priority(g, &site) != 0) site.flags |= TG_SITE_PRIORITY;
    set_policy(g, &site);
    set_place(g, &site);
    if (g->stood_for == def) site.fn = g->stand_in;
    if (g->run_recorded && is_recorded(g, &site)) site.fn = g->run_recorded, site.flags &= ~(uint32_t)TG_SITE_AWAY;
    if (g->run_checked) check_site(g, &site);
    if (g->foresee && acts(g, &site)) site.fn = g->foresee;
    if (site.flags & TG_SITE_HEAP) g->heap_results = true;
    if (def->flags & TG_DEF_CATCHES) g->catches = true;
    if (site.flags & TG_SITE_SLOW) {
        g->has_slow = true;
        if (site.flags & TG_SITE_PRIORITY) g->has_priority = true;
    }
    /* Not written again while the run, which may ask for it, adds sites. */
    if (!g->grows && def->flags & (TG_DEF_EXPANDS | TG_DEF_PUT | TG_DEF_STREAM | TG_DEF_TELLS)) g->grows = true;
    return add_site(g, site);
}

void tg_graph_stand_in(struct tg_graph *g, const struct tg_def *def, tg_task_fn fn)
{
    g->stood_for = def;
    g->stand_in = fn;
    for (size_t i = 1; i < g->site_table.count; i++)
        if (g->site_table.items[i].def == def) g->site_table.items[i].fn = fn;
}

void tg_graph_check(struct tg_graph *g, tg_task_fn fn, tg_task_fn timed, bool slow)
{
    g->run_checked = fn;
    g->run_timed = timed;
    g->checks_slowly = slow;
    g->has_slow = g->has_slow || slow;
    for (size_t i = 1; i < g->site_table.count; i++) check_site(g, &g->site_table.items[i]);
}

void tg_graph_foresee(struct tg_graph *g, tg_task_fn fn)
{
    g->foresee = fn;
    for (size_t i = 1; i < g->site_table.count; i++)
        if (acts(g, &g->site_table.items[i])) g->site_table.items[i].fn = fn;
}

void tg_graph_default_policy(struct tg_graph *g, const struct tg_policy *policy)
{
    TG_ASSERT(g->options.count == 1 && g->site_table.count == 1);
    g->policies[0] = *policy;
}

uint32_t tg_graph_options(struct tg_graph *g, tg_value take_record)
{
    size_t count = g->options.count, oldest = count > OPTIONS_LOOKED_AT ? count - OPTIONS_LOOKED_AT : 1, found = 0;
    if (tg_kind(take_record) == TG_RECORD && tg_record_of(take_record)->count > 0) {
        for (found = oldest; found < count; found++)
            if (tg_value_equal(g->options.items[found], take_record)) break;
        if (found == count) {
            tg_column_need(&g->option_column, (count + 1) * sizeof take_record);
            tg_column_need(&g->policy_column, (count + 1) * sizeof *g->policies);
            g->policies[count] = g->policies[0];
            tg_policy_read(&g->policies[count], take_record);
            g->options.items[g->options.count++] = take_record;
            return (uint32_t)found;
        }
    }
    tg_value_unref(take_record);
    return (uint32_t)found;
}

tg_id tg_graph_add_slow(struct tg_graph *g, uint32_t site, const tg_value *args, size_t count, const tg_value *after,
                        size_t after_count, struct tg_err *err)
{
    if (!tg_gather_any(args, count)) return append_task(g, site, args, count, after, after_count, err);
    struct tg_gather to = gather_into(g);
    return tg_gather_add(&to, site, args, count, after, after_count, err);
}

bool tg_graph_has_commands(const struct tg_graph *g)
{
    for (size_t i = 1; i < g->site_table.count; i++)
        if (g->site_table.items[i].def->flags & TG_DEF_COMMAND) return true;
    return false;
}

bool tg_graph_want(struct tg_graph *g, const char *name, tg_value take_value, tg_span span, struct tg_err *err)
{
    struct tg_wanted wanted = {.name = name, .value = take_value, .task = TG_NO_TASK, .span = span};
    if (tg_future_in(take_value)) {
        tg_value future;
        struct tg_gather to = gather_into(g);
        if (!tg_gather_at(&to, span, take_value, &future, err)) {
            tg_value_unref(take_value);
            return false;
        }
        TG_ASSERT(tg_kind(future) == TG_FUTURE && future.bits < g->count);
        wanted.task = (tg_id)future.bits;
    }
    tg_vec_push(&g->wanted, wanted);
    return true;
}

/* ---- what is run behind it ----------------------------------------------------------------------- */

static void want_held(void *graph, tg_id id)
{
    struct tg_graph *g = graph;
    tg_span span = tg_graph_site_of(g, id)->span;
    tg_vec_push(&g->wanted, ((struct tg_wanted){.value = tg_future(id), .task = id, .held = true, .span = span}));
}

bool tg_graph_add_final(struct tg_graph *g, const struct tg_def *def, tg_span span, const tg_value *args, size_t count,
                        struct tg_err *err)
{
    struct tg_site site = {.fn = def->fn, .def = def, .span = span};
    site_types(&site);
    tg_id id = append_task(g, add_site(g, site), args, count, NULL, 0, err);
    if (id == TG_NO_TASK) return false;
    tg_vec_push(&g->finals, id);
    for (size_t i = 0; i < count; i++)
        if (tg_value_marks(args[i])) tg_future_held(args[i], want_held, g);
    return true;
}
