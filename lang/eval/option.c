/* SPDX-License-Identifier: MIT
 * Task options: `with retries = 2` at a call, around a block, at a definition. They are records in the graph's
 * table; options in force are an index into it, and the nearest wins. `after` is no option of the record but a list
 * of what every task made here waits for. */
#include "lang/eval/option.h"

#include <stdlib.h>

#include "engine/command/shell.h"
#include "engine/grow/stream.h"
#include "lang/bind/late.h"
#include "lang/bind/options.h"
#include "lang/eval/asks.h"
#include "lang/eval/attempt.h"
#include "lang/eval/site.h"

/* Sets an option; of environment variables and resources, those that are named. */
static void put_option(tg_value record, tg_value take_key, tg_value take_v)
{
    const struct tg_str *key = tg_str_of(take_key);
    const tg_value *before = tg_kind(take_v) == TG_RECORD ? tg_record_find(record, key->data, key->length) : NULL;
    if (before) {
        tg_value both = tg_options_merge(*before, take_v);
        tg_value_unref(take_v);
        take_v = both;
    }
    tg_record_put(record, take_key, take_v);
}

/* Sets all fields of another options record (or of nil, none). */
static void put_options(tg_value record, tg_value from)
{
    if (tg_kind(from) != TG_RECORD) return;
    const struct tg_record *r = tg_record_of(from);
    for (size_t i = 0; i < r->count; i++) put_option(record, tg_value_ref(r->fields[i].key), tg_value_ref(r->fields[i].value));
}

#define TOO_LATE "option '%s' must be known while the graph is built"
#define INPUTS_LATER "at the definition of the command it may be a result of tasks; a parameter can take it, too."

/* False after an error if v is no value of the option o; v stays the caller's. */
static bool check_value(struct tg_eval *e, const struct tg_ast *o, const char *name, tg_value v)
{
    if (tg_future_in(v)) {
        tg_attempt_refuse(e);
        if (strcmp(name, "inputs") == 0) return tg_eval_error_hint(e, o, INPUTS_LATER, TOO_LATE, name), false;
        return tg_eval_error(e, o, TOO_LATE, name), false;
    }
    if (tg_late_in(v)) return true; /* later */
    struct tg_misuse m = {0};
    bool fine = tg_options_check(name, v, &m);
    if (!fine && m.hint.length) tg_eval_error_hint(e, o, tg_buf_str(&m.hint), "option '%s' %s", name, tg_buf_str(&m.what));
    else if (!fine) tg_eval_error(e, o, "option '%s' %s", name, tg_buf_str(&m.what));
    tg_option_value_done(&m);
    return fine;
}

/* The value of an option of a definition, in which late ones may stand. */
static tg_value value_of_command(struct tg_eval *e, const struct tg_command_def *c, const struct tg_ast *o)
{
    const struct tg_ast *value = tg_n_keyword_value(o);
    struct tg_kids entries = value->kind == TG_N_RECORD ? tg_n_record_entries(value) : (struct tg_kids){0};
    bool by_name = entries.count && o->late->when != TG_LATE_NEVER;
    if (!by_name) return tg_asks_now(e, c, o->late, o);
    tg_value record = tg_record_make(entries.count);
    for (uint32_t i = 0; i < entries.count; i++) {
        tg_value v = tg_asks_now(e, c, entries.items[i]->late, o);
        if (tg_is_bad(v)) return tg_value_unref(record), v;
        tg_record_put(record, tg_str(tg_program_name(e->program, entries.items[i]->sym)), v);
    }
    return record;
}

/* Evaluates options, of a command's definition or (NULL) others, into a copy of `base`; *after gets what `after` says, or stays. */
static bool merge_options(struct tg_eval *e, const struct tg_command_def *c, const struct tg_ast *n, tg_value base,
                          tg_value *out, tg_value *after)
{
    struct tg_kids given = tg_n_options_list(n);
    tg_value record = tg_record_make(given.count);
    put_options(record, base);
    for (uint32_t i = 0; i < given.count; i++) {
        const struct tg_ast *o = given.items[i];
        const struct tg_name *name = tg_names_get(&e->program->names, o->sym);
        tg_value v = c && o->late ? value_of_command(e, c, o) : tg_eval_expression(e, tg_n_keyword_value(o));
        if (tg_is_bad(v)) return tg_value_unref(record), false;
        if (strcmp(name->text, "after") == 0) {
            if (tg_is_stream(v)) {
                tg_value_unref(v);
                tg_value_unref(record);
                return tg_eval_error(e, o, "option 'after' cannot be a stream"), false;
            }
            tg_value list = tg_list_make(2);
            if (tg_kind(*after) == TG_LIST) tg_list_add(list, *after);
            else tg_value_unref(*after);
            tg_list_add(list, v);
            *after = list;
            continue;
        }
        if (!check_value(e, o, name->text, v)) return tg_value_unref(v), tg_value_unref(record), false;
        put_option(record, tg_str_make(TG_STR, name->text, name->length), tg_options_whole(name->text, v));
    }
    *out = record;
    return true;
}

/* False after an error at n: two of the options that are in force there cannot both be. */
static bool agree(struct tg_eval *e, const struct tg_ast *n, tg_value record)
{
    const struct tg_options_pair *clash = tg_options_clash(record);
    if (!clash) return true;
    char *hint = tg_alloc_format(TG_OPTIONS_CLASH_HINT, clash->one, clash->other);
    tg_eval_error_hint(e, n, hint, TG_OPTIONS_CLASH, clash->one, clash->other);
    free(hint);
    return false;
}

bool tg_option_enter(struct tg_eval *e, const struct tg_ast *n, struct tg_option_before *before)
{
    if (!e->graph) return tg_eval_error(e, n, "a command cannot make tasks"), false;
    *before = (struct tg_option_before){e->options, tg_value_ref(e->after)};
    tg_value record;
    TG_ASSERT(e->fragment || e->options < e->graph->options.count); /* at run time others add to the table */
    bool merged = merge_options(e, NULL, n, e->graph->options.items[e->options], &record, &e->after);
    if (!merged || !agree(e, n, record)) {
        if (merged) tg_value_unref(record);
        tg_option_restore(e, before);
        return false;
    }
    e->options = tg_site_options(e, record);
    return true;
}

void tg_option_restore(struct tg_eval *e, const struct tg_option_before *before)
{
    TG_ASSERT(e->fragment || before->options < e->graph->options.count);
    TG_ASSERT(tg_kind(before->after) == TG_NIL || tg_kind(before->after) == TG_LIST);
    e->options = before->options;
    tg_value_unref(e->after);
    e->after = before->after;
}

void tg_option_disallow(struct tg_eval *e, struct tg_option_before *before)
{
    *before = (struct tg_option_before){e->options, tg_value_ref(e->after)};
    if (!tg_option_allows(e)) return;
    const struct tg_record *all = tg_record_of(e->graph->options.items[e->options]);
    tg_value record = tg_record_make(all->count);
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(tg_str_of(all->fields[i].key)->data, "allow_failure") != 0)
            put_option(record, tg_value_ref(all->fields[i].key), tg_value_ref(all->fields[i].value));
    e->options = tg_site_options(e, record);
}

/* ---- those for commands -------------------------------------------------------------------------- */

static bool say_no_command(struct tg_eval *e, const struct tg_ast *n, const char *what, const char *name)
{
    const char *option = tg_program_name(e->program, n->for_commands - 1);
    char *hint = tg_alloc_format(TG_OPTIONS_NO_COMMAND_HINT, option);
    tg_eval_error_hint(e, n, hint, TG_OPTIONS_NO_COMMAND, option, what, name);
    free(hint);
    return false;
}

bool tg_option_suits(struct tg_eval *e, const struct tg_ast *n, tg_value f)
{
    const struct tg_fn_value *value = n->kind == TG_N_CALL && n->for_commands && tg_kind(f) == TG_FUNCTION ? f.p : NULL;
    if (!value || value->what == TG_FN_USER) return true;
    if (value->what == TG_FN_BUILTIN) return value->builtin->calls || say_no_command(e, n, "function", value->builtin->name);
    const struct tg_def *def = value->def;
    if (!(def->flags & TG_DEF_COMMAND)) return say_no_command(e, n, def->plugin ? "task" : "C function", def->name);
    const struct tg_command_def *c = def->data;
    const char *option = tg_program_name(e->program, n->for_commands - 1);
    if (c->output == TG_OUTPUT_FILES || !tg_options_is_for_files(option)) return true;
    return tg_eval_error_hint(e, n, TG_OPTIONS_NO_FILES_HINT, TG_OPTIONS_NO_FILES, option, def->name), false;
}

bool tg_option_suits_called(struct tg_eval *e, const struct tg_ast *n, const struct tg_builtin *b, const tg_value *args,
                            size_t count)
{
    if (!b->calls || n->kind != TG_N_CALL || !n->for_commands) return true;
    tg_value f = b->calls <= count ? args[b->calls - 1u] : tg_nil();
    bool calls = f.tag != TG_UNSET && tg_kind(f) != TG_NIL;
    return calls ? tg_option_suits(e, n, f) : say_no_command(e, n, "function", b->name);
}

/* ---- those of a definition ----------------------------------------------------------------------- */

/* The options of a definition, over those of its file. */
static bool merge_both(struct tg_eval *e, const struct tg_command_def *c, tg_value *out, tg_value *after)
{
    const struct tg_ast *file = c->module->defaults, *own = tg_n_task_options(c->node);
    tg_value base = tg_nil();
    if (file && !merge_options(e, NULL, file, tg_nil(), &base, after)) return false;
    if (!own) return *out = base, true;
    bool fine = merge_options(e, c, own, base, out, after);
    tg_value_unref(base);
    return fine;
}

/* Where values stand in the text of an `sh` is known for some shells only. */
static bool reads_values(struct tg_eval *e, const struct tg_ast *n, const struct tg_command_def *c, uint32_t options)
{
    if (!c->holds_values || !options) return true;
    struct tg_arena arena = {0};
    const char *const *shell = tg_options_shell(e->graph->options.items[options], &arena);
    bool fine = tg_shell_is_known(shell);
    if (!fine) {
        char *hint = tg_alloc_format(TG_SHELL_ARGUMENTS, shell[0]);
        tg_eval_error_hint(e, n, hint, TG_SHELL_NO_VALUES, c->def.name, shell[0]);
        free(hint);
    }
    tg_arena_done(&arena);
    return fine;
}

bool tg_option_of_def(struct tg_eval *e, const struct tg_ast *n, const struct tg_def *def, uint32_t *out)
{
    *out = e->options;
    if (!(def->flags & TG_DEF_COMMAND)) return true;
    const struct tg_command_def *c = def->data;
    const struct tg_ast *options = tg_n_task_options(c->node), *defaults = c->module->defaults;
    if (!options && !defaults) return reads_values(e, n, c, *out);
    tg_value own, after = tg_nil();
    tg_value *frame = e->frame;
    struct tg_module *module = e->module;
    e->frame = c->module->globals;
    e->module = c->module;
    bool fine = merge_both(e, c, &own, &after);
    e->frame = frame;
    e->module = module;
    tg_value_unref(after);
    if (!fine) return false;
    put_options(own, e->graph->options.items[e->options]);
    if (!agree(e, n, own)) return tg_value_unref(own), false;
    *out = tg_site_options(e, own);
    return reads_values(e, n, c, *out);
}
