/* SPDX-License-Identifier: MIT
 * What may have made a text no YAML. libyaml tells where it cannot go on; the cause often stands before that: statements
 * that are indented less than their first line or have no `|` before them, and `${..}` without quotes inside brackets.
 *
 * What was being read is known from the nodes: a list or mapping that is still open has no `next`. */
#include "lang/yaml/yaml.h"

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

/* The key `program` or `do` that the error may have to do with; 0: none. */
static uint32_t statements_key(const struct tg_yaml *y, enum tg_ykey *key)
{
    uint32_t map = 0, value;
    *key = TG_YK_PROGRAM;
    while (map < y->nodes.count && is_block_map(y, map)) {
        uint32_t node = last_key(y, map, &value);
        if (node && is_key(y, node, *key)) return node;
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

/* ---- everything else ------------------------------------------------------------------------------ */

/* [${a}] without quotes: '{' cannot stand in plain text there. */
static bool hint_quotes(struct tg_yaml *y, struct tg_diag *d, uint32_t at)
{
    if (at == 0 || at >= y->length || y->text[at - 1] != '$' || y->text[at] != '{') return false;
    const char *text = y->text + at, *line = memchr(text, '\n', y->length - at);
    size_t length = line ? (size_t)(line - text) : y->length - at;
    const char *close = memchr(text, '}', length);
    if (!close) return false;
    tg_diag_hint(y->p->diags, d, "inside [..] and {..} it needs quotes: \"$%.*s\".", (int)(close + 1 - text), text);
    return true;
}

void tg_yaml_hint_cause(struct tg_yaml *y, struct tg_diag *d, uint32_t at)
{
    if (!y->constants && (hint_statements(y, d, at) || hint_quotes(y, d, at))) return;
    if (at < y->length && y->text[at] == '\t') tg_diag_hint(y->p->diags, d, "indent with spaces.");
}
