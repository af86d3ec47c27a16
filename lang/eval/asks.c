/* SPDX-License-Identifier: MIT
 * Late options are evaluated by an evaluator of their own without a graph, as bodies of commands are: in a frame with the arguments
 * of the task, its variables of the file, and `task`. */
#include "lang/eval/asks.h"

#include <stdlib.h>

#include "engine/graph/grant.h"
#include "engine/run/run.h"
#include "lang/bind/options.h"

/* ---- an evaluator -------------------------------------------------------------------------------- */

struct asks {
    const struct tg_command_def *c;
    struct tg_eval eval;
};

static void begin_asks(struct asks *a, const struct tg_command_def *c, struct tg_err *err)
{
    a->c = c;
    tg_eval_init(&a->eval, c->program, NULL, err);
    a->eval.module = c->module;
    a->eval.frame = tg_alloc((c->slot_count + 1) * sizeof *a->eval.frame);
    for (uint32_t i = 0; i < c->slot_count; i++) a->eval.frame[i] = tg_make_(TG_UNSET, 0);
}

static void end_asks(struct asks *a)
{
    tg_value_unref_all(a->eval.frame, a->c->slot_count);
    free(a->eval.frame);
    tg_eval_done(&a->eval);
}

/* ---- where the call is --------------------------------------------------------------------------- */

/* Puts the variables of the file that the expression reads into the frame; false if one of them is not known. */
static bool give_variables(struct tg_eval *e, struct asks *a, const struct tg_ast *n, bool *fine)
{
    bool known = true;
    for (size_t i = 0; i < a->c->captures.count && known && *fine; i++) {
        const struct tg_ast *variable = a->c->captures.items[i];
        if (!tg_late_reads(n, variable->inner_slot)) continue;
        tg_value v = tg_eval_expression(e, variable);
        *fine = !tg_is_bad(v);
        known = *fine && !tg_future_in(v);
        if (known) a->eval.frame[variable->inner_slot] = v;
        else if (*fine) tg_value_unref(v);
    }
    return known;
}

tg_value tg_asks_now(struct tg_eval *e, const struct tg_command_def *c, const struct tg_late *late, const struct tg_ast *place)
{
    if (late->when == TG_LATE_ALWAYS) return tg_late_value(late);
    struct tg_err err = {0};
    struct asks a;
    bool fine = true;
    begin_asks(&a, c, &err);
    tg_value out = tg_bad();
    if (give_variables(e, &a, late->value, &fine)) out = tg_eval_expression(&a.eval, late->value);
    else if (fine) out = tg_late_value(late);
    end_asks(&a);
    if (tg_is_bad(out) && fine) tg_eval_take(e, place, &err);
    return out;
}

/* ---- when the task is ready ---------------------------------------------------------------------- */

/* The value of an option in a record of them, in which late ones may stand. */
static tg_value settle_value(struct tg_eval *e, tg_value v)
{
    const struct tg_late *late = tg_late_find(v);
    if (late) return tg_eval_expression(e, late->value);
    if (!tg_late_in(v)) return tg_value_ref(v);
    const struct tg_record *r = tg_record_of(v);
    tg_value out = tg_record_make(r->count);
    for (size_t i = 0; i < r->count; i++) {
        tg_value field = settle_value(e, r->fields[i].value);
        if (tg_is_bad(field)) return tg_value_unref(out), field;
        tg_record_put(out, tg_value_ref(r->fields[i].key), field);
    }
    return out;
}

static tg_value settle_option(struct tg_eval *e, const char *name, tg_value v)
{
    tg_value out = settle_value(e, v);
    if (tg_is_bad(out)) return out;
    struct tg_misuse m = {0};
    const struct tg_ast *place = tg_late_in(v)->value;
    if (tg_options_check(name, out, &m)) {
        out = tg_options_whole(name, out);
    } else {
        tg_value_unref(out);
        out = m.hint.length ? tg_eval_error_hint(e, place, tg_buf_str(&m.hint), "option '%s' %s", name, tg_buf_str(&m.what))
                            : tg_eval_error(e, place, "option '%s' %s", name, tg_buf_str(&m.what));
    }
    tg_option_value_done(&m);
    return out;
}

/* Names of resources live with the options of the graph, not with the value that was evaluated. */
static void keep_names(struct tg_policy *p, tg_value given)
{
    const struct tg_record *r = tg_kind(given) == TG_RECORD ? tg_record_of(given) : NULL;
    for (uint32_t i = 0; i < p->asked_count; i++)
        for (size_t k = 0; r && k < r->count; k++)
            if (strcmp(tg_str_of(r->fields[k].key)->data, p->asked[i].name) == 0)
                p->asked[i].name = tg_str_of(r->fields[k].key)->data;
}

static bool set_late(struct asks *a, const struct tg_field *field, struct tg_policy *policy)
{
    const char *name = tg_str_of(field->key)->data;
    if (!tg_late_in(field->value) || !tg_policy_knows(name)) return true;
    tg_value v = settle_option(&a->eval, name, field->value);
    if (tg_is_bad(v)) return false;
    tg_policy_set(policy, name, v);
    if (strcmp(name, "resources") == 0) keep_names(policy, field->value);
    tg_value_unref(v);
    return true;
}

/* What the options of a task may know of it before it starts. */
static tg_value known_before(uint32_t attempt, const struct tg_policy *policy)
{
    tg_value task = tg_record_make(2);
    tg_record_put(task, tg_str("attempt"), tg_int(attempt));
    tg_record_put(task, tg_str("cores"), tg_int(policy->cores ? policy->cores : 1));
    return task;
}

static void give_task(struct asks *a, uint32_t attempt, const struct tg_policy *policy)
{
    tg_slot_set(&a->eval.frame[a->c->task_slot], known_before(attempt, policy));
}

/* How many cores it takes comes first: other options may know it. */
static bool set_all_late(struct asks *a, tg_value options, uint32_t attempt, struct tg_policy *policy)
{
    const struct tg_record *r = tg_record_of(options);
    bool fine = true;
    for (int pass = 0; pass < 2; pass++) {
        give_task(a, attempt, policy);
        for (size_t i = 0; i < r->count && fine; i++)
            if ((strcmp(tg_str_of(r->fields[i].key)->data, "cores") == 0) == (pass == 0))
                fine = set_late(a, &r->fields[i], policy);
    }
    return fine;
}

static bool has_late(tg_value options)
{
    const struct tg_record *r = tg_kind(options) == TG_RECORD ? tg_record_of(options) : NULL;
    bool late = false;
    for (size_t i = 0; r && i < r->count && !late; i++) late = tg_late_in(r->fields[i].value);
    return late;
}

bool tg_asks_policy(const struct tg_def *def, tg_value options, const tg_value *args, size_t count, uint32_t attempt,
                    struct tg_policy *policy, struct tg_err *err)
{
    if (!has_late(options)) return true;
    struct asks a;
    begin_asks(&a, def->data, err);
    for (uint32_t i = 0; i < count; i++) tg_command_give(a.c, a.eval.frame, i, tg_value_ref(args[i]));
    bool fine = set_all_late(&a, options, attempt, policy);
    end_asks(&a);
    return fine || tg_err_because(err, TG_CAUSE_USAGE, 0);
}

/* ---- in the command ------------------------------------------------------------------------------ */

tg_value tg_asks_settle(struct tg_eval *e, tg_value options)
{
    if (!has_late(options)) return tg_value_ref(options);
    const struct tg_record *r = tg_record_of(options);
    tg_value out = tg_record_make(r->count);
    for (size_t i = 0; i < r->count; i++) {
        const char *name = tg_str_of(r->fields[i].key)->data;
        bool late = tg_late_in(r->fields[i].value);
        if (late && (tg_policy_knows(name) || tg_options_knows_out(name))) continue;
        tg_value v = late ? settle_option(e, name, r->fields[i].value) : tg_value_ref(r->fields[i].value);
        if (tg_is_bad(v)) return tg_value_unref(out), v;
        tg_record_put(out, tg_value_ref(r->fields[i].key), v);
    }
    return out;
}

tg_value tg_asks_option(struct tg_eval *e, tg_value options, const char *name)
{
    const tg_value *v = tg_kind(options) == TG_RECORD ? tg_record_find(options, name, strlen(name)) : NULL;
    if (!v) return tg_nil();
    return tg_late_in(*v) ? settle_option(e, name, *v) : tg_value_ref(*v);
}

static tg_value units_of(const struct tg_granted *kind)
{
    tg_value list = tg_list_make(kind->count);
    for (uint32_t i = 0; i < kind->count; i++) tg_list_add(list, tg_int(kind->units[i]));
    return list;
}

tg_value tg_asks_task(const struct tg_grant *g, tg_value options)
{
    struct tg_policy said;
    tg_policy_init(&said);
    tg_policy_read(&said, options);
    tg_value task = known_before(g ? g->attempt : 1, &said), resources = tg_record_make(g ? g->kind_count : 0);
    uint64_t memory = g ? g->memory_bytes : said.memory_bytes;
    if (g) tg_record_put(task, tg_str("cores"), tg_int(g->cores));
    tg_record_put(task, tg_str("memory"), memory ? tg_int((int64_t)memory) : tg_nil());
    for (uint32_t i = 0; g && i < g->kind_count; i++)
        tg_record_put(resources, tg_str(g->kinds[i].name), units_of(&g->kinds[i]));
    tg_record_put(task, tg_str("resources"), resources);
    return task;
}

/* ---- before it runs ------------------------------------------------------------------------------ */

/* An option that says what the task asks for, unless it depends on what is not known. */
static bool is_foreseen(tg_value options, const char *name, bool known)
{
    const tg_value *v = tg_kind(options) == TG_RECORD ? tg_record_find(options, name, strlen(name)) : NULL;
    return known || !v || !tg_late_in(*v);
}

static tg_value later_text(const char *name, const char *more)
{
    char *text = tg_alloc_format("#%s%s", name, more);
    tg_value v = tg_str(text);
    free(text);
    return v;
}

/* So many units, of which it is not known which. */
static tg_value later_units(const struct tg_asked *asked)
{
    tg_value list = tg_list_make(asked->count);
    for (uint64_t i = 0; i < asked->count; i++) tg_list_add(list, later_text(asked->name, ""));
    return list;
}

/* Of each resource the units, "#gpu", or "#gpu.." where it is not known how many. */
static tg_value later_resources(tg_value options, const struct tg_policy *said, bool known)
{
    const tg_value *given = tg_kind(options) == TG_RECORD ? tg_record_find(options, "resources", strlen("resources")) : NULL;
    const struct tg_record *r = given && tg_kind(*given) == TG_RECORD ? tg_record_of(*given) : NULL;
    tg_value resources = tg_record_make(r ? r->count : 0);
    bool foreseen = is_foreseen(options, "resources", known);
    for (size_t i = 0; r && !foreseen && i < r->count; i++) {
        tg_value list = tg_list_make(1);
        tg_list_add(list, later_text(tg_str_of(r->fields[i].key)->data, ".."));
        tg_record_put(resources, tg_value_ref(r->fields[i].key), list);
    }
    for (uint32_t i = 0; foreseen && i < said->asked_count; i++)
        tg_record_put(resources, tg_str(said->asked[i].name), later_units(&said->asked[i]));
    return resources;
}

tg_value tg_asks_foresee(const struct tg_def *def, tg_value options, const tg_value *args, size_t count, bool known)
{
    struct tg_policy said;
    struct tg_err err = {0};
    tg_policy_init(&said);
    tg_policy_read(&said, options);
    known = known && tg_asks_policy(def, options, args, count, 1, &said, &err);
    tg_err_done(&err);
    tg_value task = known_before(1, &said), memory = said.memory_bytes ? tg_int((int64_t)said.memory_bytes) : tg_nil();
    if (!is_foreseen(options, "cores", known)) tg_record_put(task, tg_str("cores"), later_text("cores", ""));
    if (!is_foreseen(options, "memory", known)) memory = later_text("memory", "");
    tg_record_put(task, tg_str("memory"), memory);
    tg_record_put(task, tg_str("resources"), later_resources(options, &said, known));
    return task;
}
