/* SPDX-License-Identifier: MIT
 * YAML text to nodes, through libyaml's events.
 *
 * The nodes lie in one array in the order of the text, with no allocation per node; a scalar's text stays in the
 * source where it stands there as such. An alias is one node that names its target; what expanding all of them would
 * take is counted while reading, so a file that explodes is refused before anything is built: in nodes, and in bytes of
 * text that aliases repeat, since every use of a text copies or parses it. libyaml accepts any depth and gets slower
 * with it, so the depth is checked here, event by event.
 *
 * libyaml's marks count characters: in a text of ASCII these are bytes, else a table holds the byte of every 32nd
 * character. Comments are what starts with '#' between scalars. */
#include <yaml.h>

#include "lang/yaml/yaml.h"

#include "engine/base/alloc.h"
#include "engine/base/limits.h"
#include "engine/base/near.h"
#include "engine/base/utf8.h"

#define CHARS_PER_MARK 32
#define BYTES_PER_NODE 8 /* of text, about: room made at once */

struct nesting {
    uint32_t node;
    bool flow;
    uint32_t height;   /* levels below, aliases expanded */
    uint64_t expanded; /* nodes below, aliases expanded */
    uint64_t text;     /* bytes of scalars below, aliases expanded */
    uint32_t anchor;   /* of this node; TG_NO_NAME: none */
};

struct anchor {
    uint32_t node;
    uint32_t height;
    uint64_t expanded, text;
    bool open; /* an alias now would contain itself */
};

struct reader {
    struct tg_yaml *y;
    yaml_parser_t parser;
    bool ascii;
    TG_VEC(uint32_t) marks; /* byte of character 0, 32, 64, ... */
    TG_VEC(struct nesting) levels;
    struct tg_names anchor_names;
    TG_VEC(struct anchor) anchors; /* by id of the name */
    uint32_t gap;                  /* end of the last scalar: comments are looked for from here */
    uint32_t documents;
    uint64_t repeated; /* bytes of scalars that aliases stand for */
};

/* ---- places -------------------------------------------------------------------------------------- */

static void index_text(struct reader *r)
{
    const char *text = r->y->text;
    uint32_t n = r->y->length;
    r->ascii = true;
    for (uint32_t i = 0; i < n && r->ascii; i++) r->ascii = (unsigned char)text[i] < 0x80;
    if (r->ascii) return;
    uint32_t chars = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (((unsigned char)text[i] & 0xc0) == 0x80) continue;
        if (chars++ % CHARS_PER_MARK == 0) tg_vec_push(&r->marks, i);
    }
}

/* The byte offset in the text of a mark. */
static uint32_t byte_of(const struct reader *r, yaml_mark_t mark)
{
    uint32_t n = r->y->length;
    if (r->ascii) return mark.index < n ? (uint32_t)mark.index : n;
    size_t slot = mark.index / CHARS_PER_MARK;
    if (slot >= r->marks.count) return n;
    uint32_t i = r->marks.items[slot];
    for (size_t rest = mark.index % CHARS_PER_MARK; rest > 0 && i < n; rest--) do
            i++;
        while (i < n && ((unsigned char)r->y->text[i] & 0xc0) == 0x80);
    return i;
}

static tg_span span_of(const struct reader *r, uint32_t start, uint32_t end)
{
    return (tg_span){r->y->base + start, r->y->base + (end > start ? end : start)};
}

/* ---- comments ------------------------------------------------------------------------------------ */

static void add_comment(struct reader *r, uint32_t start, uint32_t end)
{
    const char *text = r->y->text;
    while (end > start && (text[end - 1] == '\r' || text[end - 1] == ' ' || text[end - 1] == '\t')) end--;
    uint32_t line = start;
    while (line > 0 && (text[line - 1] == ' ' || text[line - 1] == '\t')) line--;
    bool own = line == 0 || text[line - 1] == '\n' || text[line - 1] == '\r';
    tg_vec_push(&r->y->tree->comments, ((struct tg_comment){span_of(r, start, end), own}));
}

/* Comments between the last scalar and `until`. */
static void find_comments(struct reader *r, uint32_t until)
{
    if (!r->y->p->keep_comments || !r->y->tree) return;
    const char *text = r->y->text;
    uint32_t i = r->gap;
    while (i < until) {
        const char *hash = memchr(text + i, '#', until - i);
        if (!hash) return;
        i = (uint32_t)(hash - text);
        bool starts = i == 0 || strchr(" \t\r\n", text[i - 1]);
        const char *end = memchr(hash, '\n', r->y->length - i);
        uint32_t stop = end ? (uint32_t)(end - text) : r->y->length;
        if (starts) add_comment(r, i, stop);
        i = starts ? stop : i + 1;
    }
}

/* ---- nodes --------------------------------------------------------------------------------------- */

static const char *const core_tags[] = {
    [TG_YT_STR] = "tag:yaml.org,2002:str",   [TG_YT_INT] = "tag:yaml.org,2002:int",   [TG_YT_FLOAT] = "tag:yaml.org,2002:float",
    [TG_YT_BOOL] = "tag:yaml.org,2002:bool", [TG_YT_NULL] = "tag:yaml.org,2002:null", [TG_YT_MAP] = "tag:yaml.org,2002:map",
    [TG_YT_SEQ] = "tag:yaml.org,2002:seq",
};

static uint8_t read_tag(struct reader *r, const yaml_char_t *tag, enum tg_ykind kind, tg_span span)
{
    if (!tag) return TG_YT_NONE;
    const char *text = (const char *)tag;
    if (strcmp(text, "!") == 0) return kind == TG_Y_SCALAR ? TG_YT_STR : TG_YT_NONE;
    for (size_t i = 1; i < sizeof core_tags / sizeof *core_tags; i++) {
        if (strcmp(text, core_tags[i]) != 0) continue;
        enum tg_ykind wanted = i == TG_YT_MAP ? TG_Y_MAP : i == TG_YT_SEQ ? TG_Y_LIST : TG_Y_SCALAR;
        if (wanted == kind) return (uint8_t)i;
        tg_diag_error(r->y->p->diags, span, "the tag '!!%s' does not fit %s", strrchr(text, ':') + 1,
                      kind == TG_Y_MAP    ? "a mapping"
                      : kind == TG_Y_LIST ? "a list"
                                          : "a scalar");
        return TG_YT_NONE;
    }
    struct tg_diag *d = tg_diag_error(r->y->p->diags, span, "unknown tag '%.60s'", text);
    tg_diag_hint(r->y->p->diags, d, "only YAML's own tags are read: !!str, !!int, !!float, !!bool, !!null, !!map, !!seq.");
    return TG_YT_NONE;
}

static bool too_many(struct reader *r, tg_span span)
{
    tg_diag_error(r->y->p->diags, span, "the file has more than %u nodes when its aliases are expanded", TG_MAX_YAML_NODES);
    return false;
}

static bool too_deep(struct reader *r, tg_span span)
{
    tg_diag_error(r->y->p->diags, span, "nested too deep (more than %d levels)", TG_MAX_NESTING);
    return false;
}

/* Counts a finished node (with what is below it) in the level above. */
static bool count_node(struct reader *r, uint64_t expanded, uint64_t text, uint32_t height, tg_span span)
{
    if (r->levels.count == 0) return true;
    struct nesting *above = &r->levels.items[r->levels.count - 1];
    above->expanded += expanded;
    above->text += text;
    if (above->height < height + 1) above->height = height + 1;
    tg_y(r->y, above->node)->count++;
    if (above->expanded > TG_MAX_YAML_NODES) return too_many(r, span);
    return true;
}

static uint32_t open_anchor(struct reader *r, const yaml_char_t *name, uint32_t node)
{
    if (!name) return TG_NO_NAME;
    uint32_t id = tg_names_add(&r->anchor_names, (const char *)name, strlen((const char *)name));
    struct anchor a = {.node = node, .open = true};
    if (id == r->anchors.count) tg_vec_push(&r->anchors, a);
    else r->anchors.items[id] = a;
    return id;
}

static void close_anchor(struct reader *r, uint32_t id, uint64_t expanded, uint64_t text, uint32_t height)
{
    if (id == TG_NO_NAME) return;
    struct anchor *a = &r->anchors.items[id];
    a->expanded = expanded;
    a->text = text;
    a->height = height;
    a->open = false;
}

static bool open_level(struct reader *r, enum tg_ykind kind, const yaml_event_t *e, bool flow, const yaml_char_t *anchor,
                       const yaml_char_t *tag)
{
    uint32_t start = byte_of(r, e->start_mark), node = (uint32_t)r->y->nodes.count;
    tg_span span = span_of(r, start, byte_of(r, e->end_mark));
    if (r->levels.count >= TG_MAX_NESTING) return too_deep(r, span);
    struct tg_ynode n = {.kind = (uint8_t)kind, .tag = read_tag(r, tag, kind, span), .span = span};
    tg_vec_push(&r->y->nodes, n);
    tg_vec_push(&r->levels, ((struct nesting){node, flow, 0, 1, 0, open_anchor(r, anchor, node)}));
    return true;
}

static bool close_level(struct reader *r, const yaml_event_t *e)
{
    struct nesting level = r->levels.items[--r->levels.count];
    struct tg_ynode *n = tg_y(r->y, level.node);
    n->next = (uint32_t)r->y->nodes.count;
    if (n->kind == TG_Y_MAP) n->count /= 2;
    if (level.flow) n->span.end = r->y->base + byte_of(r, e->end_mark);
    else if (n->next > level.node + 1) n->span.end = r->y->nodes.items[n->next - 1].span.end;
    close_anchor(r, level.anchor, level.expanded, level.text, level.height);
    return count_node(r, level.expanded, level.text, level.height, n->span);
}

/* Keeps the text of a scalar: where it stands in the source, or copied. */
static void take_text(struct reader *r, struct tg_ynode *n, const yaml_event_t *e, uint32_t start, uint32_t end)
{
    const char *value = (const char *)e->data.scalar.value;
    size_t length = e->data.scalar.length;
    uint32_t quote = n->plain ? 0 : 1;
    const char *there = r->y->text + start + quote;
    n->length = (uint32_t)length;
    n->verbatim = length + 2 * quote == end - start && memcmp(there, value, length) == 0;
    n->text = n->verbatim ? there : tg_arena_copy(r->y->p->arena, value, length);
}

static bool read_scalar(struct reader *r, const yaml_event_t *e)
{
    uint32_t start = byte_of(r, e->start_mark), end = byte_of(r, e->end_mark);
    yaml_scalar_style_t style = e->data.scalar.style;
    struct tg_ynode n = {.kind = TG_Y_SCALAR,
                         .span = span_of(r, start, end),
                         .next = (uint32_t)r->y->nodes.count + 1,
                         .plain = style == YAML_PLAIN_SCALAR_STYLE};
    n.tag = read_tag(r, e->data.scalar.tag, TG_Y_SCALAR, n.span);
    take_text(r, &n, e, start, end);
    if (n.length && memchr(n.text, 0, n.length)) {
        tg_diag_error(r->y->p->diags, n.span, "a NUL character in a text");
        n.length = 0;
    }
    find_comments(r, start);
    r->gap = start;
    if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE) { /* "| # a comment" */
        const char *line = memchr(r->y->text + start, '\n', end - start);
        if (line) find_comments(r, (uint32_t)(line - r->y->text));
        while (end > start && strchr(" \t\r\n", r->y->text[end - 1])) end--;
        n.span.end = r->y->base + end;
    }
    r->gap = end;
    uint32_t id = open_anchor(r, e->data.scalar.anchor, (uint32_t)r->y->nodes.count);
    close_anchor(r, id, 1, n.length, 0);
    tg_vec_push(&r->y->nodes, n);
    return count_node(r, 1, n.length, 0, n.span);
}

static bool unknown_anchor(struct reader *r, const char *name, tg_span span)
{
    struct tg_diag *d = tg_diag_error(r->y->p->diags, span, "unknown anchor '%.60s'", name);
    struct tg_near near = tg_near_begin(name, strlen(name));
    for (uint32_t i = 0; i < r->anchors.count; i++)
        tg_near_offer(&near, tg_names_get(&r->anchor_names, i)->text, tg_names_get(&r->anchor_names, i)->length);
    if (near.best) tg_diag_hint(r->y->p->diags, d, "did you mean '%s'?", near.best);
    return false;
}

static bool read_alias(struct reader *r, const yaml_event_t *e)
{
    const char *name = (const char *)e->data.alias.anchor;
    tg_span span = span_of(r, byte_of(r, e->start_mark), byte_of(r, e->end_mark));
    uint32_t id = tg_names_find(&r->anchor_names, name, strlen(name));
    if (id == TG_NO_NAME) return unknown_anchor(r, name, span);
    if (r->y->p->no_aliases) {
        tg_diag_error(r->y->p->diags, span, "the alias '%.60s' has no place in this file", name);
        return false;
    }
    const struct anchor *a = &r->anchors.items[id];
    if (a->open) {
        tg_diag_error(r->y->p->diags, span, "the alias '%.60s' stands inside what it names", name);
        return false;
    }
    if (r->levels.count + a->height >= TG_MAX_NESTING) return too_deep(r, span);
    struct tg_ynode n = {.kind = TG_Y_ALIAS, .length = a->node, .span = span, .next = (uint32_t)r->y->nodes.count + 1};
    tg_vec_push(&r->y->nodes, n);
    r->repeated += a->text;
    if (r->repeated > TG_MAX_YAML_NODES) return too_many(r, span);
    return count_node(r, a->expanded, a->text, a->height, span);
}

/* ---- the stream ---------------------------------------------------------------------------------- */

/* libyaml's message as ours: what is wrong, at its place; what was being read, as a note. */
static bool syntax_error(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    struct tg_diags *diags = r->y->p->diags;
    if (p->error == YAML_MEMORY_ERROR) tg_alloc_fail(0);
    if (p->error == YAML_READER_ERROR) {
        uint32_t at = p->problem_offset < r->y->length ? (uint32_t)p->problem_offset : r->y->length;
        struct tg_diag *d = tg_diag_error(diags, span_of(r, at, at + 1), "not YAML: %s", p->problem);
        if (p->problem_value > 0) tg_diag_hint(diags, d, "the character is U+%04X.", (unsigned)p->problem_value);
        return false;
    }
    uint32_t at = byte_of(r, p->problem_mark);
    struct tg_diag *d = tg_diag_error(diags, span_of(r, at, at < r->y->length ? at + 1 : at), "not YAML: %s",
                                      p->problem ? p->problem : "it cannot be read");
    if (p->context && p->context_mark.index != p->problem_mark.index) {
        uint32_t from = byte_of(r, p->context_mark);
        tg_diag_note(diags, d, span_of(r, from, from < r->y->length ? from + 1 : from), "%s that starts here", p->context);
    }
    tg_yaml_hint_cause(r->y, d, at);
    return false;
}

static bool read_event(struct reader *r, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_SCALAR_EVENT: return read_scalar(r, e);
    case YAML_ALIAS_EVENT: return read_alias(r, e);
    case YAML_SEQUENCE_START_EVENT:
        return open_level(r, TG_Y_LIST, e, e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE,
                          e->data.sequence_start.anchor, e->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return open_level(r, TG_Y_MAP, e, e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE, e->data.mapping_start.anchor,
                          e->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: return close_level(r, e);
    case YAML_DOCUMENT_START_EVENT:
        if (++r->documents == 1) return true;
        tg_diag_error(r->y->p->diags, span_of(r, byte_of(r, e->start_mark), byte_of(r, e->end_mark)),
                      "a second YAML document starts here; a workflow is one document");
        return false;
    default: return true;
    }
}

static bool read_events(struct reader *r)
{
    for (;;) {
        yaml_event_t e;
        if (!yaml_parser_parse(&r->parser, &e)) return syntax_error(r);
        bool last = e.type == YAML_STREAM_END_EVENT, good = read_event(r, &e);
        yaml_event_delete(&e);
        if (!good) return false;
        if (last) return true;
    }
}

bool tg_yaml_read(struct tg_yaml *y)
{
    struct reader r = {.y = y};
    if (!yaml_parser_initialize(&r.parser)) tg_alloc_fail(sizeof r.parser);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)y->text, y->length);
    index_text(&r);
    tg_vec_reserve(&y->nodes, y->length / BYTES_PER_NODE + 16);
    bool good = read_events(&r);
    if (good) find_comments(&r, y->length);
    yaml_parser_delete(&r.parser);
    tg_vec_done(&r.marks);
    tg_vec_done(&r.levels);
    tg_vec_done(&r.anchors);
    tg_names_done(&r.anchor_names);
    return good;
}
