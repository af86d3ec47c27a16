/* SPDX-License-Identifier: MIT
 * Statements of the YAML form: a text of `.tg`. Where its lines stand in the source as they are, as those of a literal
 * block do, it is read there, so that every place in it is one of the file: indentation means nothing to `.tg`. Of
 * other texts, folded or with escapes, every place is that of the whole. */
#include "lang/read/parse_tg.h"
#include "lang/yaml/yaml.h"

static size_t line_length(const char *line, const char *end)
{
    const char *newline = memchr(line, '\n', (size_t)(end - line));
    return (size_t)((newline ? newline : end) - line);
}

/* Behind blanks and newlines at the end of a text. */
static const char *text_end(const char *text, size_t length)
{
    while (length > 0 && strchr(" \t\r\n", text[length - 1])) length--;
    return text + length;
}

/* Is `line` of the source the text's one, behind the columns that YAML takes off? */
static bool same_line(const char *line, size_t length, const char *text, size_t text_length, size_t indent)
{
    if (length > text_length && line[length - 1] == '\r') length--;
    if (text_length == 0) return strspn(line, " ") >= length;
    return length == text_length + indent && strspn(line, " ") >= indent && memcmp(line + indent, text, text_length) == 0;
}

/* Do the lines of the source from `line` to `end` have the scalar's text? *indent: columns that YAML takes off. */
static bool has_lines(const char *line, const char *end, const struct tg_ynode *n, uint32_t *indent)
{
    const char *text = n->text, *stop = text_end(n->text, n->length);
    const char *first = text + strspn(text, "\n");
    bool known = false;
    *indent = 0;
    while (line < end && text < stop) {
        size_t length = line_length(line, end), wanted = line_length(text, stop);
        if (!known && text == first) {
            known = true;
            *indent = (uint32_t)(strspn(line, " ") - strspn(text, " "));
        }
        if (!same_line(line, length, text, wanted, *indent)) return false;
        line += length + 1;
        text += wanted + 1;
    }
    return line >= end && text >= stop;
}

/* Finds where the scalar's text stands in the source; false: nowhere as such. */
static bool find_passage(const struct tg_yaml *y, const struct tg_ynode *n, struct tg_passage *out)
{
    const char *start = y->text + (n->span.start - y->base), *end = y->text + (n->span.end - y->base);
    uint32_t indent = 0;
    if (n->verbatim) {
        start = n->text;
        end = n->text + n->length;
    } else {
        const char *newline = memchr(start, '\n', (size_t)(end - start)); /* behind "|" or ">" */
        if (!newline || !has_lines(newline + 1, end, n, &indent)) return false;
        start = newline + 1;
    }
    *out = (struct tg_passage){{y->base + (uint32_t)(start - y->text), y->base + (uint32_t)(end - y->text)}, indent};
    return true;
}

void tg_yaml_hint_statements(struct tg_yaml *y, struct tg_diag *d, enum tg_ykey key)
{
    tg_diag_hint(y->p->diags, d, "write '%s: |' and below it, indented, the statements as in a .tg file: '%s'.",
                 tg_yaml_key_text(key), key == TG_YK_DO ? "return x + 1" : "xs += [inc(1)]");
}

/* Reads lines that YAML has joined or changed. The first error says so: it may come of just that. */
static struct tg_ast *read_joined_lines(struct tg_yaml *y, const struct tg_ynode *n, enum tg_ykey key)
{
    struct tg_diags *diags = y->p->diags;
    const char *start = y->text + (n->span.start - y->base);
    bool lines = memchr(start, '\n', n->span.end - n->span.start) != NULL;
    size_t before = diags->items.count;
    struct tg_ast *block = tg_parse_tg_block_text(y->p, n->text, n->length, n->span);
    if (lines && *start != '|' && diags->items.count > before)
        tg_diag_hint(diags, &diags->items.items[before],
                     "%s joins these lines to one: write '%s: |', which keeps lines and places.",
                     *start == '>' ? "'>'" : "YAML", tg_yaml_key_text(key));
    return block;
}

struct tg_ast *tg_yaml_statements(struct tg_yaml *y, uint32_t i, enum tg_ykey key)
{
    struct tg_ast *empty = tg_ast_new(y->p->arena, TG_N_BLOCK, tg_y(y, i)->span);
    const struct tg_ynode *n = tg_y(y, tg_y_deref(y, i));
    if (n->kind != TG_Y_SCALAR) {
        struct tg_diag *d = tg_diag_error(y->p->diags, empty->span, "expected text for '%s', found %s", tg_yaml_key_text(key),
                                          tg_yaml_kind_found(y, i));
        tg_yaml_hint_statements(y, d, key);
    }
    if (n->kind != TG_Y_SCALAR || tg_yaml_is_null(y, i)) return empty;
    if (n->tag != TG_YT_NONE && n->tag != TG_YT_STR) {
        tg_diag_error(y->p->diags, n->span, "expected text for '%s', found a tag of something else", tg_yaml_key_text(key));
        return empty;
    }
    struct tg_passage passage;
    if (text_end(n->text, n->length) == n->text) return empty;
    if (!find_passage(y, n, &passage)) return read_joined_lines(y, n, key);
    tg_vec_push(&y->passages, passage);
    return tg_parse_tg_block(y->p, passage.span.start - y->base, passage.span.end - y->base, y->tree);
}
