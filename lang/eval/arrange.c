/* SPDX-License-Identifier: MIT
 * Order and groups. Only the keys are waited for: an item whose key is known may be a future, which runs if it is used. */
#include "lang/eval/arrange.h"

#include "engine/run/allowed.h"
#include "lang/eval/builtin.h"
#include "lang/eval/core_task.h"
#include "lang/eval/suspend.h"

static const struct tg_type list_type = TG_TYPE_OF(TG_KIND_BIT(TG_LIST)), bool_type = TG_TYPE_OF(TG_KIND_BIT(TG_BOOL)),
                            key_type = TG_TYPE_OF(TG_KIND_BIT(TG_FUNCTION) | TG_KIND_BIT(TG_NIL));

/* The rest, (xs, keys, ..), now or as soon as the keys are known. Takes the arguments. */
static tg_value call_rest(struct tg_eval *e, const struct tg_ast *n, enum tg_builtin_id rest, tg_value *take_args, size_t count)
{
    if (tg_future_in(take_args[1])) return tg_suspend_builtin(e, n, &tg_builtins[rest], take_args, count, 1);
    return tg_builtin_call(e, n, &tg_builtins[rest], take_args, count);
}

/* What f says of each item of xs, an argument of the function of this name. */
static tg_value keys_of(struct tg_eval *e, const struct tg_ast *n, const char *name, tg_value xs, tg_value f)
{
    return tg_builtin_is_list(e, n, name, xs) ? tg_builtin_each(e, n, f, xs) : tg_bad();
}

tg_value tg_arrange_group_by(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    tg_value out = tg_bad();
    if (tg_builtin_suspends(e, n, TG_BUILTIN_GROUP_BY, args, count, 0, &list_type, &out)) return out;
    tg_value keys = keys_of(e, n, "group_by", args[0], args[1]);
    if (!tg_is_bad(keys)) {
        tg_value rest[2] = {tg_value_ref(args[0]), keys};
        out = call_rest(e, n, TG_BUILTIN_GROUP_BY_REST, rest, 2);
    }
    tg_value_unref_all(args, count);
    return out;
}

/* Without a key, the task: args[0] and perhaps args[1]. */
static tg_value sort_plain(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    if (count > 2) tg_value_unref(args[2]);
    return tg_core_task_run(e, n, "sorted", false, args, count > 1 && args[1].tag != TG_UNSET ? 2 : 1);
}

tg_value tg_arrange_sorted(struct tg_eval *e, const struct tg_ast *n, tg_value *args, size_t count)
{
    tg_value out = tg_bad();
    if (tg_builtin_suspends(e, n, TG_BUILTIN_SORTED, args, count, 2, &key_type, &out)) return out; /* it may be nil */
    bool failed = count > 2 && tg_allowed_of(args[2]); /* then it is no key that was left out */
    if (count < 3 || args[2].tag == TG_UNSET || (tg_kind(args[2]) == TG_NIL && !failed)) return sort_plain(e, n, args, count);
    if (tg_builtin_suspends(e, n, TG_BUILTIN_SORTED, args, count, 1, &bool_type, &out)) return out;
    if (tg_builtin_suspends(e, n, TG_BUILTIN_SORTED, args, count, 0, &list_type, &out)) return out;
    tg_value keys = keys_of(e, n, "sorted", args[0], args[2]);
    if (!tg_is_bad(keys)) {
        tg_value rest[3] = {tg_value_ref(args[0]), keys, args[1].tag == TG_UNSET ? tg_bool(false) : tg_value_ref(args[1])};
        out = call_rest(e, n, TG_BUILTIN_SORTED_REST, rest, 3);
    }
    tg_value_unref_all(args, count);
    return out;
}
