/* SPDX-License-Identifier: MIT
 * Tasks of the built-in plugin: one C function, called at graph time or by a worker. */
#include "lang/eval/core_task.h"

#include "lang/eval/call.h"
#include "lang/eval/option.h"

static inline bool needs_future(const tg_value *args, size_t count, bool structural)
{
    for (size_t i = 0; i < count; i++)
        if (structural ? tg_kind(args[i]) == TG_FUTURE : tg_future_in(args[i])) return true;
    return false;
}

const struct tg_def *tg_core_task_def(struct tg_eval *e, const char *task)
{
    struct tg_core_def *known = &e->core[(uintptr_t)task >> 1 & (TG_COUNT(e->core) - 1)];
    if (known->task != task) {
        known->def = tg_loaded_find(e->program->session->registry.plugins.items[0], task, strlen(task));
        known->task = task;
    }
    TG_ASSERT(known->def); /* the evaluator asks for tasks that there are */
    return known->def;
}

/* Operators say themselves what they cannot do: "cannot compute list - int". */
static bool is_operator(const char *name)
{
    return !(name[0] >= 'a' && name[0] <= 'z') || strcmp(name, "neg") == 0 || strcmp(name, "pos") == 0;
}

/* What fails though all is known is an error, or if it may fail, a task, which does so in the run. */
static __attribute__((noinline)) tg_value fail_now(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def,
                                                   tg_value *args, size_t count, struct tg_err *take_err)
{
    if (!tg_option_allows(e)) return tg_eval_take(e, n, take_err);
    tg_err_done(take_err);
    for (size_t i = 0; i < count; i++) tg_value_ref(args[i]);
    return tg_call_task(e, n, def, args, count);
}

static tg_value run_now(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, tg_value *args, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct tg_sig_param *param = tg_sig_param_of(&def->sig, i);
        if (param->type.accepts & TG_KIND_BIT(tg_kind(args[i]))) continue;
        if (is_operator(def->name)) break;
        if (tg_option_allows(e)) return fail_now(e, n, def, args, count, &(struct tg_err){0});
        return tg_eval_misfit(e, n, param->name, def->name, &param->type, args[i]);
    }
    struct tg_ctx ctx = {.def = def, .options = tg_nil()};
    tg_value out = tg_nil();
    TG_ASSERT(tg_eval_are_values(args, count));
    if (def->fn(&ctx, args, count, &out) == TG_OK) return out;
    TG_ASSERT(ctx.err.message); /* the tasks of the built-in plugin say why they fail */
    return fail_now(e, n, def, args, count, &ctx.err);
}

static inline tg_value apply(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, bool structural,
                             tg_value *take_args, size_t count)
{
    if (needs_future(take_args, count, structural)) return tg_call_task(e, n, def, take_args, count);
    tg_value out = run_now(e, n, def, take_args, count);
    tg_value_unref_all(take_args, count);
    return out;
}

tg_value tg_core_task_apply(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, bool structural,
                            tg_value *take_args, size_t count)
{
    return apply(e, n, def, structural, take_args, count);
}

tg_value tg_core_task_run(struct tg_eval *e, const struct tg_ast *n, const char *task, bool structural, tg_value *take_args,
                          size_t count)
{
    const struct tg_def *def = tg_core_task_def(e, task);
    tg_value full[8];
    TG_ASSERT(def->sig.rest || def->sig.count <= TG_COUNT(full));
    if (!def->sig.rest && (count < def->sig.count || count > 2)) { /* defaults of the task's own signature */
        for (size_t i = 0; i < def->sig.count; i++) {
            bool given = i < count && take_args[i].tag != TG_UNSET;
            full[i] = given ? take_args[i] : tg_value_ref(def->sig.params[i].default_value);
        }
        take_args = full;
        count = def->sig.count;
    }
    return apply(e, n, def, structural, take_args, count);
}
