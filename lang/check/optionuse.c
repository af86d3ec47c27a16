/* SPDX-License-Identifier: MIT
 * What is said of task options before anything is evaluated: values that stand there are checked, of others their types. */
#include "lang/check/optionuse.h"

#include "engine/base/near.h"
#include "engine/graph/policy.h"
#include "engine/value/record.h"
#include "engine/value/str.h"
#include "lang/bind/callee.h"
#include "lang/bind/declare.h"
#include "lang/bind/late.h"
#include "lang/bind/option_hint.h"
#include "lang/bind/options.h"

/* ---- values -------------------------------------------------------------------------------------- */

static bool constant_record(const struct tg_program *p, struct tg_kids entries, tg_value *out)
{
    *out = tg_record_make(entries.count);
    for (uint32_t i = 0; i < entries.count; i++) {
        tg_value v;
        bool fine = entries.items[i]->kind == TG_N_ENTRY && tg_declare_literal(tg_n_entry_value(entries.items[i]), &v);
        if (!fine) return tg_value_unref(*out), false;
        tg_record_put(*out, tg_str(tg_program_name(p, entries.items[i]->sym)), v);
    }
    return true;
}

/* The value, if it stands there as it is. */
static bool constant_value(const struct tg_program *p, const struct tg_ast *n, tg_value *out)
{
    if (n->kind == TG_N_RECORD) return constant_record(p, tg_n_record_entries(n), out);
    return tg_declare_literal(n, out);
}

static void check_constant(struct tg_program *p, const struct tg_ast *option, const char *name, tg_value v)
{
    struct tg_misuse m = {0};
    if (!tg_options_check(name, v, &m)) {
        struct tg_diag *d = tg_diag_error(&p->diags, option->span, "option '%s' %s", name, tg_buf_str(&m.what));
        if (m.hint.length) tg_diag_hint(&p->diags, d, "%s", tg_buf_str(&m.hint));
    }
    tg_option_value_done(&m);
}

#define MEMORY_LEAST_BYTES 65536 /* what no program runs in */

/* A size without its unit is in bytes. */
static void check_unit(struct tg_program *p, const struct tg_ast *option, const char *name, tg_value v)
{
    bool small = tg_kind(v) == TG_INT && v.i > 0 && v.i < MEMORY_LEAST_BYTES;
    if (!small || strcmp(name, "memory") != 0) return;
    struct tg_diag *d = tg_diag_warning(&p->diags, option->span, "option 'memory' is %lld bytes, in which no program runs",
                                        (long long)v.i);
    tg_diag_hint(&p->diags, d, "a size has a unit: memory = 16GiB.");
}

static void check_kinds(struct tg_program *p, const struct tg_ast *option, const char *name, const struct tg_type *type)
{
    if (!type || type->kinds & tg_options_kinds(name)) return;
    struct tg_diag *d = tg_diag_error(&p->diags, option->span, "option '%s' must be %s, not %s", name, tg_options_must(name),
                                      tg_type_text(&p->arena, type));
    if (type->kinds == TG_KIND_BIT(TG_FLOAT) && strcmp(name, "cores") == 0)
        tg_diag_hint(&p->diags, d, "int(x) gives the whole part of a number, x // y divides without a rest.");
}

/* Known entries of it may be put together with those of others only by name. */
static void check_late_record(struct tg_program *p, const struct tg_ast *option, const char *name)
{
    const struct tg_ast *value = tg_n_keyword_value(option);
    struct tg_kids entries = value->kind == TG_N_RECORD ? tg_n_record_entries(value) : (struct tg_kids){0};
    bool plain = value->kind == TG_N_RECORD;
    for (uint32_t i = 0; i < entries.count && plain; i++) plain = entries.items[i]->kind == TG_N_ENTRY;
    if (plain) return;
    struct tg_diag *d = tg_diag_error(&p->diags, option->span,
                                      "option '%s' depends on the task, and must have its names written", name);
    tg_diag_hint(&p->diags, d, "write %s = {NAME: value, ..}: the values may depend on it.", name);
}

static void say_no_files(struct tg_program *p, const struct tg_ast *option, const struct tg_command_def *c)
{
    const char *name = tg_program_name(p, option->sym);
    struct tg_diag *d = tg_diag_error(&p->diags, option->span, TG_OPTIONS_NO_FILES, name, c->def.name);
    tg_diag_hint(&p->diags, d, TG_OPTIONS_NO_FILES_HINT);
}

bool tg_optionuse_is_own(const struct tg_program *p, const struct tg_command_def *c, const struct tg_ast *option)
{
    return c && tg_options_may_be_late(tg_program_name(p, option->sym));
}

void tg_optionuse_check(struct tg_program *p, const struct tg_command_def *c, const struct tg_ast *option,
                        const struct tg_type *type)
{
    const struct tg_name *name = tg_names_get(&p->names, option->sym);
    if (!tg_options_known(name->text, name->length)) {
        struct tg_diag *d = tg_diag_error(&p->diags, option->span, "unknown option '%s'", name->text);
        tg_option_hint_name(&p->diags, d, name->text, name->length);
        return;
    }
    if (c && c->output != TG_OUTPUT_FILES && tg_options_is_for_files(name->text)) say_no_files(p, option, c);
    if (strcmp(name->text, "after") == 0) return;
    tg_value v;
    if (constant_value(p, tg_n_keyword_value(option), &v)) {
        check_constant(p, option, name->text, v);
        check_unit(p, option, name->text, v);
        tg_value_unref(v);
        return;
    }
    check_kinds(p, option, name->text, type);
    bool late = tg_optionuse_is_own(p, c, option) && option->late && option->late->when != TG_LATE_NEVER;
    if (late && tg_options_kinds(name->text) == TG_KIND_BIT(TG_RECORD)) check_late_record(p, option, name->text);
}

static bool is_true(const struct tg_program *p, const struct tg_ast *option, const char *name)
{
    const struct tg_ast *value = tg_n_keyword_value(option);
    return value->kind == TG_N_BOOL && value->i && strcmp(tg_program_name(p, option->sym), name) == 0;
}

void tg_optionuse_together(struct tg_program *p, const struct tg_ast *options)
{
    struct tg_kids list = tg_n_options_list(options);
    const struct tg_options_pair *pair;
    for (size_t i = 0; (pair = tg_options_pair(i)); i++) {
        const struct tg_ast *last = NULL;
        int found = 0;
        for (uint32_t k = 0; k < list.count; k++) {
            if (!is_true(p, list.items[k], pair->one) && !is_true(p, list.items[k], pair->other)) continue;
            found += !last || last->sym != list.items[k]->sym;
            last = list.items[k];
        }
        if (found < 2) continue;
        struct tg_diag *d = tg_diag_error(&p->diags, last->span, TG_OPTIONS_CLASH, pair->one, pair->other);
        tg_diag_hint(&p->diags, d, "write one of them.");
    }
}

/* ---- what is called ------------------------------------------------------------------------------ */

/* The task or built-in function that is run by a call with this callee, as far as it is known; else NULL. */
static const struct tg_ast *what_is_called(const struct tg_program *p, const struct tg_ast *callee, const struct tg_ast *call)
{
    if (!tg_callee_is_named(callee)) return NULL;
    if (callee->ref == TG_REF_TASK) return callee->def ? callee : NULL;
    if (callee->ref != TG_REF_BUILTIN) return NULL;
    const struct tg_builtin *b = callee->builtin;
    const struct tg_ast *function = call && b->calls ? tg_callee_argument(p, call, b, b->calls - 1u) : NULL;
    return function ? what_is_called(p, function, NULL) : callee;
}

static void say_for_commands(struct tg_program *p, const struct tg_ast *option, const struct tg_ast *called)
{
    const char *name = tg_program_name(p, option->sym);
    const struct tg_def *def = called->ref == TG_REF_TASK ? called->def : NULL;
    const char *what = !def ? "function" : def->plugin ? "task" : "C function";
    struct tg_diag *d = tg_diag_error(&p->diags, option->span, TG_OPTIONS_NO_COMMAND, name, what,
                                      def ? def->name : called->builtin->name);
    tg_diag_hint(&p->diags, d, TG_OPTIONS_NO_COMMAND_HINT, name);
}

/* What a variable has is known when it is evaluated: then it is asked for the option that wants most. */
static void note_for_commands(const struct tg_program *p, struct tg_ast *call, const struct tg_ast *option)
{
    bool noted = call->for_commands && tg_options_is_for_files(tg_program_name(p, call->for_commands - 1));
    if (!noted) call->for_commands = 1 + option->sym;
}

void tg_optionuse_call(struct tg_program *p, struct tg_ast *call, const struct tg_ast *options)
{
    const struct tg_ast *called = what_is_called(p, tg_n_call_callee(call), call);
    const struct tg_command_def *c = NULL;
    if (called && called->ref == TG_REF_TASK && called->def->flags & TG_DEF_COMMAND) c = called->def->data;
    struct tg_kids list = tg_n_options_list(options);
    for (uint32_t i = 0; i < list.count; i++) {
        const char *name = tg_program_name(p, list.items[i]->sym);
        if (!tg_options_is_for_commands(name)) continue;
        if (!called) note_for_commands(p, call, list.items[i]);
        else if (!c) say_for_commands(p, list.items[i], called);
        else if (c->output != TG_OUTPUT_FILES && tg_options_is_for_files(name)) say_no_files(p, list.items[i], c);
    }
}

/* ---- of the file --------------------------------------------------------------------------------- */

static void warn_of_scheduler(struct tg_program *p, const struct tg_ast *option)
{
    struct tg_diag *d = tg_diag_warning(&p->diags, option->span,
                                        "option 'scheduler' is for tasks of plugins, and options of the file for its commands");
    tg_diag_hint(&p->diags, d,
                 "It stands around their calls, with scheduler = \"..\" { .. }, or, for all of a run, on the "
                 "command line: --scheduler=..");
}

void tg_optionuse_file(struct tg_program *p, const struct tg_module *m, const struct tg_ast *options)
{
    struct tg_kids list = tg_n_options_list(options);
    const struct tg_ast *other = NULL;
    for (uint32_t i = list.count; i > 0; i--) {
        const struct tg_ast *option = list.items[i - 1];
        if (strcmp(tg_program_name(p, option->sym), "scheduler") == 0) warn_of_scheduler(p, option);
        else other = option;
    }
    if (!other || m->commands.count || p->diags.error_count) return; /* what has an error may be a command */
    struct tg_diag *d = tg_diag_warning(&p->diags, other->span,
                                        "options of the file are for the commands that it defines, and it defines none");
    tg_diag_hint(&p->diags, d, "Around calls they have a block: with %s = .. { .. }", tg_program_name(p, other->sym));
}

/* ---- the task itself ----------------------------------------------------------------------------- */

static const struct task_field {
    const char *name;
    tg_kinds kinds;
} task_fields[] = {
    {"attempt", TG_KIND_BIT(TG_INT)},
    {"cores", TG_KIND_BIT(TG_INT)},
    {"memory", TG_KIND_BIT(TG_INT) | TG_KIND_BIT(TG_NIL)},
    {"resources", TG_KIND_BIT(TG_RECORD)},
};

const char *tg_optionuse_task_field(size_t i)
{
    return i < TG_COUNT(task_fields) ? task_fields[i].name : NULL;
}

static void say_no_field(struct tg_program *p, const struct tg_ast *field, const char *name)
{
    struct tg_near near = tg_near_begin(name, strlen(name));
    for (size_t i = 0; i < TG_COUNT(task_fields); i++) tg_near_offer(&near, task_fields[i].name, strlen(task_fields[i].name));
    struct tg_diag *d = tg_diag_error(&p->diags, field->span, "'task' has no field '%s'", name);
    if (near.best) tg_diag_hint(&p->diags, d, "did you mean '%s'?", near.best);
    else tg_diag_hint(&p->diags, d, "it has attempt, cores, memory and resources.");
}

/* What it gets is decided by the options that say what it asks for, and of these the cores first. */
static bool is_decided(const struct tg_program *p, const char *field, const struct tg_ast *option)
{
    const char *name = option ? tg_program_name(p, option->sym) : NULL;
    if (!name || !tg_policy_knows(name) || strcmp(field, "attempt") == 0) return true;
    return strcmp(field, "cores") == 0 && strcmp(name, "cores") != 0;
}

tg_kinds tg_optionuse_task(struct tg_program *p, const struct tg_ast *field, const struct tg_ast *option)
{
    const char *name = tg_program_name(p, field->sym);
    size_t i = 0;
    while (i < TG_COUNT(task_fields) && strcmp(task_fields[i].name, name) != 0) i++;
    if (i == TG_COUNT(task_fields)) return say_no_field(p, field, name), TG_KINDS_ANY;
    if (!is_decided(p, name, option)) {
        struct tg_diag *d = tg_diag_error(&p->diags, field->span,
                                          "option '%s' cannot use 'task.%s', which is not known before it",
                                          tg_program_name(p, option->sym), name);
        tg_diag_hint(&p->diags, d, "task.attempt is known there, and task.cores where it is not the cores that are said.");
    }
    return task_fields[i].kinds;
}
