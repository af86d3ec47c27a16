/* SPDX-License-Identifier: MIT
 * The keys of the YAML form: one table that the reader, the "did you mean" hints and (compared by a test) the JSON
 * Schema share, and taking a mapping apart by it.
 *
 * A mapping with fixed keys has a form (a call, a command, ...) that its leading key decides. Two leading keys clash;
 * a key of another form does not belong. */
#include "engine/base/ascii.h"
#include "lang/yaml/yaml.h"

#include "engine/base/limits.h"
#include "engine/base/near.h"

#define LONGEST_KEYWORD 9

static const char *const key_texts[] = {
#define X(name, text) [TG_YK_##name] = text,
    TG_YAML_KEYS(X)
#undef X
};

static const uint8_t key_lengths[] = {
#define X(name, text) [TG_YK_##name] = sizeof text - 1,
    TG_YAML_KEYS(X)
#undef X
};

const char *tg_yaml_key_text(enum tg_ykey key)
{
    return key_texts[key];
}

/* ---- the table ----------------------------------------------------------------------------------- */

#define CALLS (TG_YF_CALL | TG_YF_REDUCE | TG_YF_FOLD | TG_YF_VALUE | TG_YF_COMMAND | TG_YF_PROGRAMS)
#define LEAD(k, form)            \
    {                            \
        TG_YK_##k, form, form, 0 \
    }
#define MAY(k, forms)          \
    {                          \
        TG_YK_##k, 0, forms, 0 \
    }
#define MUST(k, may, must)      \
    {                           \
        TG_YK_##k, 0, may, must \
    }

static const struct tg_ykey_row file_rows[] = {
    MAY(USE, TG_YF_ANY),      MAY(IMPORT, TG_YF_ANY),  MAY(PARAMS, TG_YF_ANY), MAY(FUNCTIONS, TG_YF_ANY),
    MAY(COMMANDS, TG_YF_ANY), MAY(EXTERN, TG_YF_ANY),  MAY(TASKS, TG_YF_ANY),  MAY(PROGRAM, TG_YF_ANY),
    MAY(FINALLY, TG_YF_ANY),  MAY(OUTPUTS, TG_YF_ANY), MAY(WITH, TG_YF_ANY),
};
static const struct tg_ykey_row use_rows[] = {
    LEAD(PLUGIN, TG_YF_ANY),
    LEAD(PATH, TG_YF_ANY),
    MAY(AS, TG_YF_ANY),
};
static const struct tg_ykey_row param_rows[] = {
    MUST(TYPE, TG_YF_ANY, TG_YF_ANY),
    MAY(DEFAULT, TG_YF_ANY),
    MAY(IN, TG_YF_ANY),
    MAY(HELP, TG_YF_ANY),
};
static const struct tg_ykey_row function_rows[] = {
    LEAD(VALUE, TG_YF_VALUE),
    LEAD(DO, TG_YF_BODY),
    MAY(PARAMS, TG_YF_VALUE | TG_YF_BODY),
};
static const struct tg_ykey_row parameter_rows[] = {
    MUST(NAME, TG_YF_ANY, TG_YF_ANY),
    MAY(TYPE, TG_YF_ANY),
    MAY(DEFAULT, TG_YF_ANY),
};
static const struct tg_ykey_row argument_rows[] = {
    MAY(TYPE, TG_YF_ANY),
    MAY(DEFAULT, TG_YF_ANY),
};
static const struct tg_ykey_row command_rows[] = {
    LEAD(RUN, TG_YF_COMMAND),
    LEAD(PIPE, TG_YF_COMMAND),
    LEAD(SH, TG_YF_COMMAND),
    LEAD(STEPS, TG_YF_PROGRAMS),
    LEAD(SERVE, TG_YF_SERVER),
    MAY(PARAMS, TG_YF_COMMAND | TG_YF_PROGRAMS | TG_YF_SERVER),
    MAY(RESULT, TG_YF_COMMAND | TG_YF_PROGRAMS | TG_YF_SERVER),
    MAY(WITH, TG_YF_COMMAND | TG_YF_PROGRAMS | TG_YF_SERVER),
    MAY(EFFECT, TG_YF_SERVER),
    MAY(OUT, TG_YF_COMMAND),
    MAY(IN, TG_YF_COMMAND),
};
static const struct tg_ykey_row program_rows[] = {
    LEAD(RUN, TG_YF_COMMAND), LEAD(PIPE, TG_YF_COMMAND), LEAD(SH, TG_YF_COMMAND),
    MAY(OUT, TG_YF_COMMAND),  MAY(IN, TG_YF_COMMAND),
};
static const struct tg_ykey_row input_rows[] = {
    MUST(TEXT, TG_YF_ANY, TG_YF_ANY),
};
static const struct tg_ykey_row result_rows[] = {
    LEAD(FILE, TG_YF_ANY),
    LEAD(FILES, TG_YF_ANY),
};
static const struct tg_ykey_row extern_rows[] = {
    MAY(PARAMS, TG_YF_ANY),
    MUST(RESULT, TG_YF_ANY, TG_YF_ANY),
};
static const struct tg_ykey_row task_rows[] = {
    LEAD(CALL, TG_YF_CALL),
    LEAD(REDUCE, TG_YF_REDUCE),
    LEAD(FOLD, TG_YF_FOLD),
    LEAD(VALUE, TG_YF_VALUE),
    LEAD(SH, TG_YF_COMMAND),
    LEAD(RUN, TG_YF_COMMAND),
    LEAD(PIPE, TG_YF_COMMAND),
    LEAD(STEPS, TG_YF_PROGRAMS),
    MAY(ARGS, TG_YF_CALL),
    MAY(KWARGS, TG_YF_CALL),
    MUST(OVER, TG_YF_REDUCE | TG_YF_FOLD, TG_YF_REDUCE | TG_YF_FOLD),
    MAY(ARITY, TG_YF_REDUCE),
    MUST(INIT, TG_YF_REDUCE | TG_YF_FOLD, TG_YF_FOLD),
    MAY(OUT, TG_YF_COMMAND),
    MAY(IN, TG_YF_COMMAND),
    MAY(RESULT, TG_YF_COMMAND | TG_YF_PROGRAMS),
    MAY(WITH, CALLS),
    MAY(FOR, CALLS),
    MAY(IF, CALLS),
};

#define ROWS(r) r, sizeof r / sizeof *r
static const struct tg_yplace_row places[TG_YP_COUNT] = {
    [TG_YP_FILE] = {"file", "the file", NULL, ROWS(file_rows)},
    [TG_YP_USE] = {"use", "a use", "name the plugin with 'plugin', or its file with 'path'", ROWS(use_rows)},
    [TG_YP_PARAM] = {"param", "a parameter", NULL, ROWS(param_rows)},
    [TG_YP_FUNCTION] = {"function", "a function", "give it a 'value', or statements with 'do'", ROWS(function_rows)},
    [TG_YP_PARAMETER] = {"parameter", "a parameter", NULL, ROWS(parameter_rows)},
    [TG_YP_ARGUMENT] = {"argument", "a parameter", NULL, ROWS(argument_rows)},
    [TG_YP_COMMAND] = {"command", "a command", "it needs 'run', 'pipe', 'sh', 'steps' or 'serve'", ROWS(command_rows)},
    [TG_YP_PROGRAM] = {"program", "a program of a command", "it needs 'run', 'pipe' or 'sh'", ROWS(program_rows)},
    [TG_YP_INPUT] = {"input_text", "a standard input", NULL, ROWS(input_rows)},
    [TG_YP_RESULT] = {"result_file", "a result", "it needs 'file' or 'files'", ROWS(result_rows)},
    [TG_YP_EXTERN] = {"extern_function", "an extern function", NULL, ROWS(extern_rows)},
    [TG_YP_TASK] = {"task", "a task", "it needs one of 'call', 'value', 'sh', 'run', 'pipe', 'steps', 'reduce' and 'fold'",
                    ROWS(task_rows)},
};

const struct tg_yplace_row *tg_yaml_place(enum tg_yplace place)
{
    return &places[place];
}

/* ---- kinds and names ----------------------------------------------------------------------------- */

bool tg_yaml_is_null(const struct tg_yaml *y, uint32_t i)
{
    const struct tg_ynode *n = tg_y(y, tg_y_deref(y, i));
    if (n->kind != TG_Y_SCALAR || !n->plain || n->tag == TG_YT_STR) return false;
    return n->length == 0 || (n->length == 1 && n->text[0] == '~') ||
           (n->length == 4 && (!memcmp(n->text, "null", 4) || !memcmp(n->text, "Null", 4) || !memcmp(n->text, "NULL", 4)));
}

const char *tg_yaml_kind_found(const struct tg_yaml *y, uint32_t i)
{
    const struct tg_ynode *n = tg_y(y, tg_y_deref(y, i));
    if (n->kind == TG_Y_MAP) return "a mapping";
    if (n->kind == TG_Y_LIST) return "a list";
    return tg_yaml_is_null(y, i) ? "nothing" : "a scalar";
}

bool tg_yaml_expect(struct tg_yaml *y, uint32_t i, enum tg_ykind kind, const char *what)
{
    static const char *const kinds[] = {"a scalar", "a list", "a mapping"};
    if (tg_y(y, tg_y_deref(y, i))->kind == kind) return true;
    struct tg_diag *d = tg_diag_error(y->p->diags, tg_y(y, i)->span, "expected %s for %s, found %s", kinds[kind], what,
                                      tg_yaml_kind_found(y, i));
    tg_yaml_hint_kind(y, d, tg_y_deref(y, i), kind, what);
    return false;
}

static bool is_keyword(const char *text, size_t length)
{
    static const char *const words[] = {
        "and",  "as",      "assert",   "break",  "continue",
        "else", "extern",  "false",    "fn",     "for",
        "if",   "import",  "in",       "nil",    "not",
        "or",   "output",  "param",    "return", "task",
        "true", "use",     "while",    "with",   /* and what the scanner takes for a slip: */ "True",
        "TRUE", "False",   "FALSE",    "None",   "null",
        "NULL", "nullptr", "undefined"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == length && memcmp(words[i], text, length) == 0) return true;
    return false;
}

bool tg_yaml_is_word(const char *text, size_t length)
{
    return length > 0 && length <= TG_MAX_NAME_BYTES && tg_ascii_name(text, length) == length;
}

bool tg_yaml_is_name(const char *text, size_t length)
{
    return tg_yaml_is_word(text, length) && (length > LONGEST_KEYWORD || !is_keyword(text, length));
}

/* False with an error for a key that is no text. */
static bool key_text(struct tg_yaml *y, uint32_t key)
{
    const struct tg_ynode *n = tg_y(y, tg_y_deref(y, key));
    if (n->kind == TG_Y_SCALAR) return true;
    tg_diag_error(y->p->diags, n->span, "a key must be text, not %s", tg_yaml_kind_found(y, key));
    return false;
}

bool tg_yaml_is_merge(const struct tg_yaml *y, uint32_t key)
{
    const struct tg_ynode *n = tg_y(y, key);
    return n->kind == TG_Y_SCALAR && n->plain && n->length == 2 && memcmp(n->text, "<<", 2) == 0;
}

uint32_t tg_yaml_name(struct tg_yaml *y, uint32_t i, const char *what)
{
    i = tg_y_deref(y, i);
    const struct tg_ynode *n = tg_y(y, i);
    if (n->kind != TG_Y_SCALAR) {
        tg_diag_error(y->p->diags, n->span, "expected %s, found %s", what, tg_yaml_kind_found(y, i));
        return TG_NO_NAME;
    }
    if (tg_yaml_is_name(n->text, n->length)) return tg_names_add(y->p->names, n->text, n->length);
    if (n->length <= LONGEST_KEYWORD && is_keyword(n->text, n->length))
        tg_diag_error(y->p->diags, n->span, "'%s' is a word of the language and cannot be %s", tg_yaml_string(y, i), what);
    else if (n->length > TG_MAX_NAME_BYTES)
        tg_diag_error(y->p->diags, n->span, "the name is longer than %d bytes", TG_MAX_NAME_BYTES);
    else {
        struct tg_diag *d = tg_diag_error(y->p->diags, n->span, "'%s' cannot be %s", tg_yaml_string(y, i), what);
        tg_diag_hint(y->p->diags, d, "names are letters, digits and '_', and do not start with a digit.");
    }
    return TG_NO_NAME;
}

/* ---- the keys of a mapping ------------------------------------------------------------------------ */

/* Is this the key's first time in the mapping? */
static bool key_is_new(struct tg_yaml *y, uint32_t key)
{
    uint32_t sym = tg_y(y, key)->count;
    while (y->seen.count <= sym) tg_vec_push(&y->seen, ((struct tg_yseen){0, 0}));
    struct tg_yseen *s = &y->seen.items[sym];
    if (s->stamp == y->stamp) return false;
    *s = (struct tg_yseen){y->stamp, key};
    return true;
}

static void twice(struct tg_yaml *y, uint32_t key)
{
    uint32_t sym = tg_y(y, key)->count;
    struct tg_diag *d = tg_diag_error(y->p->diags, tg_y(y, key)->span, "the key '%s' appears twice",
                                      tg_names_get(y->p->names, sym)->text);
    tg_diag_note(y->p->diags, d, tg_y(y, y->seen.items[sym].node)->span, "it is here already");
}

/* Gives the key its symbol. False: it has none. */
static bool find_symbol(struct tg_yaml *y, uint32_t key)
{
    uint32_t sym = TG_NO_NAME;
    if (!tg_yaml_is_merge(y, key) && key_text(y, key)) {
        const struct tg_ynode *n = tg_y(y, tg_y_deref(y, key));
        sym = tg_names_add(y->p->names, n->text, n->length);
    }
    tg_y(y, key)->count = sym;
    return sym != TG_NO_NAME;
}

/* Gives its own keys their symbols; TG_NO_NAME: one that is passed over. */
static void mark_own(struct tg_yaml *y, uint32_t map)
{
    for (uint32_t key = map + 1; key < tg_y(y, map)->next; key = tg_y(y, tg_y(y, key)->next)->next) {
        if (!find_symbol(y, key) || key_is_new(y, key)) continue;
        twice(y, key);
        tg_y(y, key)->count = TG_NO_NAME;
    }
}

static void push_merged(struct tg_yaml *y, uint32_t key, uint32_t value);

/* The keys of a mapping that is merged into another, as far as they are new there; its own before those it merges. */
static void push_others(struct tg_yaml *y, uint32_t map)
{
    uint32_t end = tg_y(y, map)->next;
    for (uint32_t key = map + 1; key < end; key = tg_y(y, tg_y(y, key)->next)->next)
        if (find_symbol(y, key) && key_is_new(y, key)) tg_vec_push(&y->keys, key);
    for (uint32_t key = map + 1; key < end; key = tg_y(y, tg_y(y, key)->next)->next)
        if (tg_yaml_is_merge(y, key)) push_merged(y, key, tg_y(y, key)->next);
}

/* `<<: mapping`, or a list of them: of a key that several have, the first counts. */
static void push_merged(struct tg_yaml *y, uint32_t key, uint32_t value)
{
    uint32_t list = tg_y_deref(y, value);
    if (tg_y(y, list)->kind == TG_Y_MAP) push_others(y, list);
    bool fine = tg_y(y, list)->kind != TG_Y_SCALAR;
    for (uint32_t i = list + 1; tg_y(y, list)->kind == TG_Y_LIST && i < tg_y(y, list)->next; i = tg_y(y, i)->next) {
        uint32_t map = tg_y_deref(y, i);
        if (tg_y(y, map)->kind == TG_Y_MAP) push_others(y, map);
        else fine = false;
    }
    if (fine) return;
    struct tg_diag *d = tg_diag_error(y->p->diags, tg_y(y, key)->span, "expected a mapping for '<<', or a list of mappings");
    tg_diag_hint(y->p->diags, d, "it takes over the keys of mappings: '<<: *NAME', where '&NAME' stands before one.");
}

size_t tg_yaml_push_keys(struct tg_yaml *y, uint32_t map)
{
    size_t mark = y->keys.count;
    y->stamp++;
    mark_own(y, map);
    for (uint32_t key = map + 1, value; key < tg_y(y, map)->next; key = tg_y(y, value)->next) {
        value = tg_y(y, key)->next;
        if (tg_yaml_is_merge(y, key)) push_merged(y, key, value);
        else if (tg_y(y, key)->count != TG_NO_NAME) tg_vec_push(&y->keys, key);
    }
    return mark;
}

void tg_yaml_entries(struct tg_yaml *y, uint32_t map, const char *section, const char *what, tg_yaml_entry *entry)
{
    if (!tg_yaml_expect(y, map, TG_Y_MAP, section)) return;
    size_t mark = tg_yaml_push_keys(y, tg_y_deref(y, map)), end = y->keys.count;
    for (size_t i = mark; i < end; i++) {
        uint32_t key = y->keys.items[i];
        bool fine = !what || tg_yaml_name(y, key, what) != TG_NO_NAME;
        struct tg_ast *n = fine ? entry(y, key, tg_y(y, key)->next) : NULL;
        if (n) tg_yaml_push(y, n);
    }
    y->keys.count = mark;
}

void tg_yaml_items(struct tg_yaml *y, uint32_t list, const char *section, tg_yaml_item *item)
{
    if (!tg_yaml_expect(y, list, TG_Y_LIST, section)) return;
    list = tg_y_deref(y, list);
    for (uint32_t i = list + 1; i < tg_y(y, list)->next; i = tg_y(y, i)->next) {
        struct tg_ast *n = item(y, i);
        if (n) tg_yaml_push(y, n);
    }
}

/* ---- taking a mapping apart ---------------------------------------------------------------------- */

static const struct tg_ykey_row *find_row(const struct tg_yplace_row *place, const struct tg_ynode *key)
{
    for (size_t i = 0; i < place->count; i++) {
        uint8_t k = place->rows[i].key;
        if (key_lengths[k] == key->length && memcmp(key_texts[k], key->text, key->length) == 0) return &place->rows[i];
    }
    return NULL;
}

static void unknown_key(struct tg_yaml *y, uint32_t key, const struct tg_yplace_row *place)
{
    const struct tg_ynode *n = tg_y(y, tg_y_deref(y, key));
    struct tg_diag *d = tg_diag_error(y->p->diags, tg_y(y, key)->span, "unknown key '%s' in %s", tg_yaml_string(y, key),
                                      place->what);
    if (place == &places[TG_YP_FILE] && n->length == 5 && memcmp(n->text, "steps", 5) == 0) {
        tg_yaml_hint_statements(y, d, TG_YK_PROGRAM);
        return;
    }
    if (tg_yaml_hint_key(y, d, key, place->id)) return;
    struct tg_near near = tg_near_begin(n->text, n->length);
    for (size_t i = 0; i < place->count; i++)
        tg_near_offer(&near, key_texts[place->rows[i].key], strlen(key_texts[place->rows[i].key]));
    if (near.best) tg_diag_hint(y->p->diags, d, "did you mean '%s'?", near.best);
}

/* `x-..`: of no meaning to tgrun; a place for what aliases and `<<` repeat. */
static bool is_extension(const struct tg_yplace_row *place, const struct tg_ynode *key)
{
    return place == &places[TG_YP_FILE] && key->length > 2 && memcmp(key->text, "x-", 2) == 0;
}

/* Reads the keys; true if nothing was wrong. */
static bool collect(struct tg_yaml *y, uint32_t map, const struct tg_yplace_row *place, struct tg_yform *out)
{
    size_t errors = y->p->diags->error_count, mark = tg_yaml_push_keys(y, map);
    for (size_t i = mark; i < y->keys.count; i++) {
        uint32_t key = y->keys.items[i];
        const struct tg_ynode *n = tg_y(y, tg_y_deref(y, key));
        const struct tg_ykey_row *row = n->length ? find_row(place, n) : NULL;
        if (row) {
            out->value[row->key] = tg_y(y, key)->next;
            out->key[row->key] = tg_y(y, key)->span;
        } else if (!is_extension(place, n)) {
            unknown_key(y, key, place);
        }
    }
    y->keys.count = mark;
    return y->p->diags->error_count == errors;
}

/* Finds the key that leads; an error if two do. */
static bool find_lead(struct tg_yaml *y, const struct tg_yplace_row *place, struct tg_yform *out)
{
    for (size_t i = 0; i < place->count; i++) {
        const struct tg_ykey_row *row = &place->rows[i];
        if (!row->leads || !out->value[row->key]) continue;
        if (!out->form) {
            out->form = row->leads;
            out->lead = row->key;
            out->span = out->key[row->key];
            continue;
        }
        tg_diag_error(y->p->diags, out->key[row->key], "%s cannot have both '%s' and '%s'", place->what, key_texts[out->lead],
                      key_texts[row->key]);
        return false;
    }
    return true;
}

static bool check_keys(struct tg_yaml *y, const struct tg_yplace_row *place, struct tg_yform *out)
{
    bool good = true;
    for (size_t i = 0; i < place->count; i++) {
        const struct tg_ykey_row *row = &place->rows[i];
        if (out->value[row->key] && !(row->forms & out->form)) {
            tg_diag_error(y->p->diags, out->key[row->key], "the key '%s' does not go with '%s'", key_texts[row->key],
                          key_texts[out->lead]);
            out->value[row->key] = 0;
        }
        if (!out->value[row->key] && (row->needed & out->form)) {
            tg_diag_error(y->p->diags, out->span, "missing key '%s' in %s", key_texts[row->key], place->what);
            good = false;
        }
    }
    return good;
}

bool tg_yaml_form(struct tg_yaml *y, uint32_t map, enum tg_yplace where, struct tg_yform *out)
{
    const struct tg_yplace_row *place = &places[where];
    memset(out->value, 0, sizeof out->value);
    out->form = 0;
    out->span = tg_y(y, map)->span;
    if (!tg_yaml_expect(y, map, TG_Y_MAP, place->what)) return false;
    map = tg_y_deref(y, map);
    bool good = collect(y, map, place, out);
    if (!find_lead(y, place, out)) return false;
    if (!out->form && place->missing) {
        if (good) { /* else the message about the unknown key is enough */
            struct tg_diag *d = tg_diag_error(y->p->diags, out->span, "%s that does not say what it is", place->what);
            tg_diag_hint(y->p->diags, d, "%s.", place->missing);
        }
        return false;
    }
    if (!out->form) out->form = TG_YF_ANY;
    return check_keys(y, place, out);
}
