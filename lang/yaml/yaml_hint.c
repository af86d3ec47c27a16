/* SPDX-License-Identifier: MIT
 * What may have made a text no YAML. libyaml tells where it cannot go on; the cause often stands before that: statements
 * that are indented less than their first line or have no `|` before them, and texts that need quotes, such as `${..}`
 * inside brackets.
 *
 * What was being read is known from the nodes: a list or mapping that is still open has no `next`. */
#include "lang/yaml/yaml.h"

#include <stdio.h>

#include "engine/base/buf.h"

/* ---- statements ---------------------------------------------------------------------------------- */

/* The key in an open mapping whose value was being read, or was read last; 0: none. *value: it, if that is open. */
static uint32_t last_key(const struct tg_yaml *y, uint32_t map, uint32_t *value)
{
    uint32_t key = 0;
    bool is_key = true;
    *value = 0;
    for (uint32_t i = map + 1; i < y->nodes.count; i = tg_y(y, i)->next, is_key = !is_key) {
        if (is_key) key = i;
        if (tg_y(y, i)->next) continue;
        *value = i;
        break;
    }
    return tg_y(y, key)->kind == TG_Y_SCALAR ? key : 0;
}

static bool is_block_map(const struct tg_yaml *y, uint32_t i)
{
    const struct tg_ynode *n = tg_y(y, i);
    return n->kind == TG_Y_MAP && !n->next && y->text[n->span.start - y->base] != '{';
}

static bool is_key(const struct tg_yaml *y, uint32_t node, enum tg_ykey key)
{
    const char *text = tg_yaml_key_text(key);
    return tg_y(y, node)->length == strlen(text) && memcmp(tg_y(y, node)->text, text, strlen(text)) == 0;
}

/* The key `program`, `finally` or `do` that the error may have to do with; 0: none. */
static uint32_t statements_key(const struct tg_yaml *y, enum tg_ykey *key)
{
    uint32_t map = 0, value;
    *key = TG_YK_PROGRAM;
    while (map < y->nodes.count && is_block_map(y, map)) {
        uint32_t node = last_key(y, map, &value);
        if (node && is_key(y, node, *key)) return node;
        if (node && map == 0 && is_key(y, node, TG_YK_FINALLY)) return *key = TG_YK_FINALLY, node;
        if (!value) return 0;
        map = value;
        *key = TG_YK_DO;
    }
    return 0;
}

static size_t indent_of(const char *line)
{
    return strspn(line, " ");
}

static const char *next_line(const char *line)
{
    line += strcspn(line, "\n");
    return *line ? line + 1 : line;
}

/* Behind lines with nothing in them. */
static const char *skip_empty(const char *line)
{
    while (*line && strchr("\r\n", line[indent_of(line)]) && line[indent_of(line)]) line = next_line(line);
    return line;
}

/* Does the line begin with a key of the file or of a function, as what follows a text does? */
static bool begins_with_key(const char *line)
{
    static const enum tg_yplace where[] = {TG_YP_FILE, TG_YP_FUNCTION};
    line += indent_of(line);
    size_t length = strspn(line, "abcdefghijklmnopqrstuvwxyz");
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < tg_yaml_place(where[i])->count; k++) {
            const char *text = tg_yaml_key_text(tg_yaml_place(where[i])->rows[k].key);
            if (strlen(text) == length && memcmp(line, text, length) == 0) return true;
        }
    return line[strspn(line, "abcdefghijklmnopqrstuvwxyz_0123456789")] == ':';
}

/* A block of statements that ended at a line with less indentation, where more of them seem to follow. */
static bool hint_indentation(struct tg_yaml *y, struct tg_diag *d, const char *first, enum tg_ykey key)
{
    const char *line = first = skip_empty(next_line(first));
    while (*line && indent_of(line) >= indent_of(first)) line = skip_empty(next_line(line));
    if (!*line || line[indent_of(line)] == '#' || begins_with_key(line)) return false;
    uint32_t at = y->base + (uint32_t)(line - y->text) + (uint32_t)indent_of(line);
    tg_diag_note(y->p->diags, d, (tg_span){at, at + 1},
                 "the text of '%s' ends before this line, which is indented less "
                 "than its first one",
                 tg_yaml_key_text(key));
    tg_diag_hint(y->p->diags, d, "indent all lines of '%s: |' at least as far as the first.", tg_yaml_key_text(key));
    return true;
}

/* What may be wrong with the text of `program` or `do`; a quoted one has ends of its own. */
static bool hint_statements(struct tg_yaml *y, struct tg_diag *d, uint32_t at)
{
    enum tg_ykey key;
    uint32_t node = statements_key(y, &key);
    if (!node || y->base + at < tg_y(y, node)->span.end) return false;
    const char *text = y->text + (tg_y(y, node)->span.end - y->base);
    text += strspn(text, ": ");
    if (*text == '|' || *text == '>') return hint_indentation(y, d, text, key);
    if (strchr("\"'[{!&", *text) && *text) return false;
    tg_yaml_hint_statements(y, d, key);
    return true;
}

/* ---- texts that need quotes ------------------------------------------------------------------------ */

static const char *line_start(const struct tg_yaml *y, uint32_t at)
{
    while (at > 0 && y->text[at - 1] != '\n') at--;
    return y->text + at;
}

/* Where the text without quotes that `at` is in begins: behind a blank that follows ':', ',' or '-', or a bracket. */
static const char *scalar_start(const struct tg_yaml *y, uint32_t at)
{
    const char *line = line_start(y, at), *start = y->text + at;
    while (start > line && !strchr(",[{", start[-1]) && !(start[-1] == ' ' && start - line > 1 && strchr(":,-", start[-2])))
        start--;
    while (*start == ' ') start++;
    return start;
}

/* Behind its brackets: up to a comma or a bracket that it did not open; NULL: they do not close in this line. */
static const char *scalar_end(const char *at)
{
    size_t open = 0;
    for (; *at && !strchr("\r\n", *at); at++) {
        if (strchr("[{(", *at)) open++;
        else if (strchr("]})", *at) && open-- == 0) return at;
        else if (*at == ',' && open == 0) return at;
    }
    return open ? NULL : at;
}

/* ${a} or list[str] without quotes inside brackets: '{' and '[' cannot stand in plain text there. */
static bool hint_brackets(struct tg_yaml *y, struct tg_diag *d, uint32_t at)
{
    if (at == 0 || at >= y->length || !strchr("{[", y->text[at]) || strchr(" \n,[{:", y->text[at - 1])) return false;
    const char *start = scalar_start(y, at), *end = scalar_end(y->text + at);
    if (!end || *start == '"' || *start == '\'') return false;
    char quote = memchr(start, '"', (size_t)(end - start)) ? '\'' : '"';
    tg_diag_hint(y->p->diags, d, "inside [..] and {..} it needs quotes: %c%.*s%c.", quote, (int)(end - start), start, quote);
    return true;
}

/* Does text follow the bracket that closes the one at `at`, in the line that ends at `end`: [ -f x ] && y? */
static bool goes_on(const char *at, const char *end)
{
    size_t open = 0;
    do {
        if (strchr("[{", *at)) open++;
        if (strchr("]}", *at)) open--;
    } while (++at < end && open);
    at += at < end ? strspn(at, " ") : 0;
    return !open && at < end && *at != '#';
}

/* A line "key: value" of a block, whose value is text that means something else to YAML. */
static bool hint_value(struct tg_yaml *y, struct tg_diag *d, uint32_t at)
{
    const char *line = line_start(y, at < y->length ? at : y->length), *value = strstr(line, ": ");
    const char *end = line + strcspn(line, "\r\n");
    if (!value || value >= end || value + 2 > y->text + y->length) return false;
    value += 2 + strspn(value + 2, " ");
    struct tg_diags *diags = y->p->diags;
    if (value < end && strchr("\"'", *value))
        tg_diag_hint(diags, d,
                     "what begins with a quote ends at the next one: write quotes around the whole, or '|' and the "
                     "text below.");
    else if (value < end && (strchr("@`%*&!|>", *value) || (strchr("[{", *value) && goes_on(value, end))))
        tg_diag_hint(diags, d, "a text that begins with '%c' needs quotes, or '|' and the text below.", *value);
    else if (value < end && !strchr("[{", *value) && memmem(value, (size_t)(end - value), ": ", 2))
        tg_diag_hint(diags, d, "a text with ': ' in it needs quotes, or '|' and the text below.");
    else return false;
    return true;
}

void tg_yaml_hint_cause(struct tg_yaml *y, struct tg_diag *d, uint32_t at)
{
    if (at < y->length && y->text[at] == '\t') {
        tg_diag_hint(y->p->diags, d, "indent with spaces.");
        return;
    }
    if (strstr(d->message, "unknown escape")) { /* of YAML's "..": most likely a pattern */
        tg_diag_hint(y->p->diags, d, "between single quotes a backslash stands for itself: '${match(x, r\"\\d+\")}'.");
        return;
    }
    if (!y->constants && hint_statements(y, d, at)) return;
    if (!hint_brackets(y, d, at)) hint_value(y, d, at);
}

/* ---- what other tools call it ---------------------------------------------------------------------- */

#define TASKS " task command program "
#define OPTION "'%s' is an option: write with: {%s: ..}."

/* %s stands for the key. */
static const struct foreign_key {
    const char *places, *names; /* between blanks */
    const char *hint;
} foreign_keys[] = {
    {TASKS,
     " retries retry retry_on backoff max_backoff timeout priority label cores memory mem memory_factor memory_enforce "
     "resources cache scheduler shell allow_failure env dir wrap container depfile temp protected volatile ",
     OPTION},
    {TASKS, " cmd command script bash exec line action ",
     "a line of shell stands under 'sh', a program and its arguments under 'run'."},
    {TASKS, " output outputs targets target produces creates ",
     "a file that it makes is its result: result: {file: PATH}, and `out` is the path to write."},
    {TASKS, " inputs ",
     "what it reads is named where it is used, \"${x}\", and files beside that by an option: with: {inputs: [PATH]}."},
    {TASKS, " input sources reads ", "what it reads is named where it is used: \"${x}\" stands for the result of task x."},
    {TASKS, " foreach for_each loop matrix with_items each scatter ", "write for: {i: \"${XS}\"}; the result is a list."},
    {TASKS, " when condition unless only ", "write 'if' with a condition, \"${..}\"."},
    {" task ", " func function fn name uses ",
     "the function or command that is called stands under 'call', the name of the task before the ':'."},
    {" task ", " arguments argv with_args params ", "arguments stand under 'args', those with a name under 'kwargs'."},
    {TASKS, " type returns return ", "the type of the result stands under 'result'."},
    {" file ", " job jobs rule rules steps nodes node stages targets pipeline workflow ",
     "what is to be done stands under 'tasks'."},
    {" file ", " variables vars parameters inputs config args arguments ",
     "what a run can set stands under 'params': params: {NAME: {type: T, default: VALUE}}."},
    {" file ", " plugins requires libraries packages ", "plugins stand under 'use'."},
    {" file ", " includes include imports ", "other files stand under 'import': import: {NAME: FILE}."},
    {" file ", " results targets returns goals ", "what the run is for stands under 'outputs'."},
    {" file ", " defaults options settings ", "options for the commands of the file stand under 'with'."},
    {" param parameter argument ", " choices enum values options ", "choices stand under 'in'."},
    {" param parameter argument ", " description desc doc ", "a description stands under 'help'."},
    {" param parameter argument ", " value initial ", "the value where none is given stands under 'default'."},
    {" param parameter argument ", " required ", "a parameter without 'default' is required."},
};

/* Keys that make one task wait for others. */
static const char waits[] = " depends depends_on dependencies deps dependson needs requires require after upstream wait_for ";

static bool stands_in(const char *words, const char *word, size_t length)
{
    char wanted[24];
    if (length + 3 > sizeof wanted || memchr(word, ' ', length)) return false;
    int n = snprintf(wanted, sizeof wanted, " %.*s ", (int)length, word);
    return n > 0 && strstr(words, wanted);
}

/* "${a}", "${b}" of a name or a list of names; false: not so simple. */
static bool add_futures(struct tg_yaml *y, struct tg_buf *b, uint32_t value)
{
    value = tg_y_deref(y, value);
    bool list = tg_y(y, value)->kind == TG_Y_LIST;
    uint32_t end = tg_y(y, value)->next;
    if (!list && tg_y(y, value)->kind != TG_Y_SCALAR) return false;
    for (uint32_t i = list ? value + 1 : value; i < end; i = tg_y(y, i)->next) {
        const struct tg_ynode *n = tg_y(y, i);
        bool name = n->kind == TG_Y_SCALAR && tg_yaml_is_name(n->text, n->length);
        bool expression = n->kind == TG_Y_SCALAR && n->length > 2 && n->length <= 60 && memcmp(n->text, "${", 2) == 0;
        if (!name && (!expression || memchr(n->text, '"', n->length))) return false;
        tg_buf_format(b, name ? "%s\"${%.*s}\"" : "%s\"%.*s\"", b->length ? ", " : "", (int)n->length, n->text);
    }
    return b->length > 0;
}

static void hint_waiting(struct tg_yaml *y, struct tg_diag *d, uint32_t value)
{
    struct tg_buf b = {0};
    if (!add_futures(y, &b, value)) {
        b.length = 0;
        tg_buf_text(&b, "\"${NAME}\"");
    }
    bool several = strchr(tg_buf_str(&b), ',');
    tg_diag_hint(y->p->diags, d,
                 "a task waits for the tasks whose results it uses; for what else it needs, write with: {after: %s%s%s}.",
                 several ? "[" : "", tg_buf_str(&b), several ? "]" : "");
    tg_buf_done(&b);
}

bool tg_yaml_hint_key(struct tg_yaml *y, struct tg_diag *d, uint32_t key, const char *place)
{
    const struct tg_ynode *n = tg_y(y, tg_y_deref(y, key));
    if (strstr(TASKS, place) && stands_in(waits, n->text, n->length)) {
        hint_waiting(y, d, tg_y(y, key)->next);
        return true;
    }
    for (size_t i = 0; i < sizeof foreign_keys / sizeof *foreign_keys; i++) {
        const struct foreign_key *f = &foreign_keys[i];
        if (!stands_in(f->places, place, strlen(place)) || !stands_in(f->names, n->text, n->length)) continue;
        const char *name = tg_yaml_string(y, key);
        if (f->hint[0] == '\'') tg_diag_hint(y->p->diags, d, OPTION, name, name);
        else tg_diag_hint(y->p->diags, d, "%s", f->hint);
        return true;
    }
    return false;
}

/* ---- a node of another kind ------------------------------------------------------------------------- */

void tg_yaml_hint_kind(struct tg_yaml *y, struct tg_diag *d, uint32_t i, enum tg_ykind wanted, const char *what)
{
    const struct tg_ynode *n = tg_y(y, i);
    bool plain = n->kind == TG_Y_SCALAR && n->length && n->length <= 40 && !memchr(n->text, '\n', n->length);
    bool quoted = plain && (!n->plain || memchr(n->text, '{', n->length) || memchr(n->text, ',', n->length));
    const char *quote = quoted ? memchr(n->text, '"', n->length) ? "'" : "\"" : "";
    if (plain && (wanted == TG_Y_LIST || strcmp(what, "'outputs'") == 0))
        tg_diag_hint(y->p->diags, d, "a list of one item is [%s%.*s%s].", quote, (int)n->length, n->text, quote);
    else if (wanted == TG_Y_SCALAR && strcmp(what, "'sh'") == 0)
        tg_diag_hint(y->p->diags, d,
                     "'sh' takes a line of shell as a text; 'run' takes the program and its arguments as a list.");
    else if (wanted == TG_Y_MAP && plain && strcmp(what, "a task") == 0)
        tg_diag_hint(y->p->diags, d, "a command is written {sh: %s%.*s%s}, a value {value: ..}.", quote, (int)n->length,
                     n->text, quote);
    else if (wanted == TG_Y_MAP && n->kind == TG_Y_LIST && *what == '\'') /* a section */
        tg_diag_hint(y->p->diags, d, "names stand before a ':', without '-': {NAME: .., NAME: ..}.");
}

void tg_yaml_hint_type(struct tg_yaml *y, struct tg_diag *d, uint32_t i)
{
    const struct tg_ynode *n = tg_y(y, tg_y_deref(y, i));
    if (memchr(n->text, '.', n->length) || memchr(n->text, '/', n->length))
        tg_diag_hint(y->p->diags, d, "a file that a command makes is written {file: \"%s\"}.", tg_yaml_string(y, i));
    else if (n->plain && n->length && n->length <= 20 && strchr("-0123456789", n->text[0]))
        tg_diag_hint(y->p->diags, d, "a parameter with a default is written {type: int, default: %s}.", tg_yaml_string(y, i));
    else
        tg_diag_hint(y->p->diags, d,
                     "types are int, float, num, bool, str, bytes, file, list, list[T], record, any, T? and those of plugins.");
}
