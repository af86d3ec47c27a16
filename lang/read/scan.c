/* SPDX-License-Identifier: MIT
 * What the scanner's rules (lex.l) do: brackets, lines, words, texts, the end of the file; and the way from there to
 * the grammar. A stack of open brackets says what a newline means. After an error the next line that looks like the
 * start of a statement ends whatever bracket was forgotten before it. */
#include "lang/read/scan.h"

#include "engine/base/ascii.h"
#include "engine/base/limits.h"

/* Lines are looked at backwards no further than this, so that one endless line costs no endless time. */
#define MAX_LOOK_BACK 4096

/* ---- looking around in the text ------------------------------------------------------------------------- */

static const char *skip_blanks(const char *p)
{
    while (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\f') p++;
    return p;
}

/* Over blanks, comments and newlines. */
static const char *skip_lines(const char *p)
{
    for (;;) {
        p = skip_blanks(p);
        if (*p == '#') p += strcspn(p, "\n");
        if (*p != '\n') return p;
        p++;
    }
}

bool tg_scan_at_statement_end(const char *p)
{
    p = skip_blanks(p);
    return strchr("\n;#)]}", *p) != NULL; /* also at the end of the text */
}

uint32_t tg_reader_line_start(const struct tg_reader *r, uint32_t at)
{
    uint32_t stop = at > MAX_LOOK_BACK ? at - MAX_LOOK_BACK : 0;
    while (at > stop && r->text[at - 1] != '\n') at--;
    return at;
}

static uint32_t indentation(const struct tg_reader *r, uint32_t at)
{
    uint32_t start = tg_reader_line_start(r, at);
    return (uint32_t)(skip_blanks(r->text + start) - (r->text + start));
}

static bool is_first_on_line(const struct tg_reader *r, uint32_t at)
{
    while (at > 0 && (r->text[at - 1] == ' ' || r->text[at - 1] == '\t')) at--;
    return at == 0 || r->text[at - 1] == '\n';
}

/* ---- brackets ------------------------------------------------------------------------------------------- */

static struct tg_bracket *innermost_bracket(struct tg_reader *r)
{
    TG_ASSERT(r->brackets.count > 0); /* the file's own stays */
    return &r->brackets.items[r->brackets.count - 1];
}

struct tg_bracket *tg_reader_block(struct tg_reader *r)
{
    size_t i = r->brackets.count - 1;
    while (!tg_bracket_is_block(&r->brackets.items[i])) i--;
    return &r->brackets.items[i];
}

/* Forgets the brackets from `depth` on, and the texts they stand in: each ${ that is left open has one. */
static void unwind(struct tg_reader *r, size_t depth)
{
    if (depth > r->brackets.count) depth = r->brackets.count;
    r->brackets.count = depth;
    size_t texts = 0;
    for (size_t i = 0; i < depth; i++) texts += r->brackets.items[i].kind == TG_B_INTERP;
    TG_ASSERT(depth > 0 && texts <= r->texts.count);
    if (texts < r->texts.count) {
        r->lines.count = r->texts.items[texts].first_line;
        if (r->lines_placed > r->lines.count) r->lines_placed = r->lines.count;
        r->texts.count = texts;
    }
    r->piece.length = 0;
}

static void unwind_to_block(struct tg_reader *r)
{
    unwind(r, (size_t)(tg_reader_block(r) - r->brackets.items) + 1);
}

int tg_scan_open_bracket(struct tg_reader *r, int kind, int token)
{
    if (r->brackets.count > TG_MAX_NESTING) tg_reader_too_deep(r, tg_reader_span(r, r->token_start, r->token_end));
    struct tg_bracket b = {.kind = (uint8_t)kind, .start = r->token_start};
    tg_vec_push(&r->brackets, b);
    return token;
}

/* `if {` and `while {` lack their condition: no one means a record there. */
static bool lacks_condition(struct tg_reader *r)
{
    return (r->token == TG_T_IF || r->token == TG_T_WHILE) && tg_bracket_is_block(innermost_bracket(r));
}

/* Right inside the head of a `task` or `extern`, whose body is still to come. */
static bool awaits_body(const struct tg_reader *r)
{
    return r->body_depth == r->brackets.count + 1;
}

int tg_scan_open_brace(struct tg_reader *r)
{
    if (!tg_token_ends_operand(r->token) && !lacks_condition(r)) return tg_scan_open_bracket(r, TG_B_RECORD, TG_T_LRECORD);
    bool body = awaits_body(r) && r->body_choices == 0;
    if (body || !awaits_body(r)) innermost_bracket(r)->head_end = 0;
    if (!body) {
        if (awaits_body(r)) r->body_choices--;
        return tg_scan_open_bracket(r, TG_B_BLOCK, TG_T_LBLOCK);
    }
    r->body_depth = 0;
    return tg_scan_open_bracket(r, r->body_kind, r->body_kind == TG_B_TASK ? TG_T_LTASK : TG_T_LEXTERN);
}

static int close_top(struct tg_reader *r)
{
    static const int tokens[] = {
        [TG_B_BLOCK] = TG_T_RBLOCK,        [TG_B_TASK] = TG_T_RBLOCK,  [TG_B_EXTERN] = TG_T_RBLOCK,
        [TG_B_RECORD] = TG_T_RRECORD,      [TG_B_PAREN] = TG_T_RPAREN, [TG_B_SQUARE] = TG_T_RSQUARE,
        [TG_B_INTERP] = TG_T_INTERP_CLOSE,
    };
    struct tg_bracket b = *innermost_bracket(r);
    TG_ASSERT(r->brackets.count > 1);
    r->brackets.count--;
    if (!tg_bracket_is_block(&b)) return tokens[b.kind];
    r->ended_broken = b.broken;
    tg_reader_block(r)->unopened += b.unopened;
    if (!r->odd_block && is_first_on_line(r, r->token_start) && indentation(r, r->token_start) != indentation(r, b.start))
        r->odd_block = b.start;
    return TG_T_RBLOCK;
}

/* The innermost bracket that `closer` closes, 0 (the file) if there is none; ) and ] do not reach out of a block. */
static size_t find_opener(struct tg_reader *r, char closer)
{
    for (size_t i = r->brackets.count - 1; i > 0; i--) {
        const struct tg_bracket *b = &r->brackets.items[i];
        if (*tg_slip_closer(b->kind) == closer) return i;
        if (closer != '}' && tg_bracket_is_block(b)) return 0;
    }
    return 0;
}

/* A closing bracket of the wrong kind: either brackets before it were forgotten, or it stands for the right one. */
int tg_scan_close_bracket(struct tg_reader *r, char closer)
{
    size_t opener = find_opener(r, closer);
    if (opener + 1 == r->brackets.count && opener > 0) return close_top(r);
    struct tg_bracket open = *innermost_bracket(r);
    if (tg_bracket_is_block(&open) || (!opener && open.kind == TG_B_INTERP)) return TG_T_STRAY;
    struct tg_diag *d = tg_slip_broken(r, r->token_start, r->token_end, "expected '%s', found '%c'", tg_slip_closer(open.kind),
                                       closer);
    tg_slip_note_opened(r, d, &open);
    if (opener) unwind(r, opener + 1);
    return close_top(r);
}

/* ---- lines ----------------------------------------------------------------------------------------------- */

/* A block's '{' on a line of its own, as some write C: said once, and read as if it stood where it should. */
static bool brace_follows(struct tg_reader *r, const char *next)
{
    const struct tg_bracket *block = innermost_bracket(r);
    if (*next != '{' || !tg_token_ends_operand(r->token)) return false;
    if (block->broken) return true;
    uint32_t at = (uint32_t)(next - r->text);
    struct tg_diag *d = tg_diag_error(r->p->diags, tg_reader_span(r, at, at + 1),
                                      "the '{' of a block stands on the line of its '%.*s'",
                                      (int)(block->head_end - block->head_start), r->text + block->head_start);
    tg_diag_note(r->p->diags, d, tg_reader_span(r, block->head_start, block->head_end), "the statement begins here");
    return true;
}

static bool word_follows(const char *next, const char *word)
{
    size_t length = strlen(word);
    return strncmp(next, word, length) == 0 && !tg_ascii_is_name_byte(next[length]);
}

/* The options of a task, or its server, which may stand on the line after its result. */
static bool head_goes_on(struct tg_reader *r, const char *next)
{
    return tg_token_ends_operand(r->token) && word_follows(r->text + innermost_bracket(r)->head_start, "task") &&
           (word_follows(next, "with") || word_follows(next, "serve") || word_follows(next, "effect"));
}

/* What the newline just read means. */
bool tg_scan_ends_line(struct tg_reader *r)
{
    if (r->texts.count && !(r->texts.items[r->texts.count - 1].flags & TG_F_TRIPLE)) {
        tg_scan_unterminated(r);
        return true;
    }
    bool means_nothing = !tg_bracket_is_block(innermost_bracket(r)) || (r->expression && r->brackets.count == 1);
    if (means_nothing) return false;
    if (r->token == TG_T_COLON && innermost_bracket(r)->broken) return true; /* a block, as Python has them */
    if (tg_token_continues(r->token)) return false;
    if (r->token_end <= r->else_at) return false;
    if (r->token != TG_T_RBLOCK && !innermost_bracket(r)->head_end) return true;
    const char *next = skip_lines(r->text + r->token_end);
    bool goes_on = r->token == TG_T_RBLOCK ? word_follows(next, "else") || (awaits_body(r) && brace_follows(r, next))
                                           : head_goes_on(r, next) || brace_follows(r, next);
    if (goes_on) r->else_at = (uint32_t)(next - r->text);
    return !goes_on;
}

/* Inside brackets a ';' is only a mistake. */
bool tg_scan_semicolon(struct tg_reader *r)
{
    struct tg_bracket open = *innermost_bracket(r);
    if (tg_bracket_is_block(&open)) return true;
    struct tg_diag *d = tg_slip_broken(r, r->token_start, r->token_end, "expected '%s', found ';'", tg_slip_closer(open.kind));
    tg_slip_note_opened(r, d, &open);
    return false;
}

void tg_scan_comment(struct tg_reader *r)
{
    if (!r->p->keep_comments) return;
    uint32_t end = r->token_end;
    while (end > r->token_start && r->text[end - 1] == '\r') end--;
    struct tg_comment c = {tg_reader_span(r, r->token_start, end), is_first_on_line(r, r->token_start)};
    tg_vec_push(&r->comments, c);
}

/* ---- words ------------------------------------------------------------------------------------------------ */

static uint32_t token_length(const struct tg_reader *r)
{
    return r->token_end - r->token_start;
}

int tg_scan_name(struct tg_reader *r, TG_YYSTYPE *value)
{
    uint32_t length = token_length(r);
    if (length > TG_MAX_NAME_BYTES) {
        struct tg_diag *d = tg_slip_broken(r, r->token_start, r->token_end, "a name of %u bytes", length);
        if (d) tg_diag_hint(r->p->diags, d, "a name has at most %d", TG_MAX_NAME_BYTES);
        length = TG_MAX_NAME_BYTES;
    }
    value->name = tg_names_add(r->p->names, r->text + r->token_start, length);
    return TG_T_NAME;
}

/* A word may be the name of a field, and the key of a record's entry. */
static bool names_something(struct tg_reader *r)
{
    if (r->token == TG_T_DOT) return true;
    bool entry = r->token == TG_T_LRECORD || (r->token == TG_T_COMMA && innermost_bracket(r)->kind == TG_B_RECORD);
    return entry && *skip_lines(r->text + r->token_end) == ':';
}

/* `task.cores`, in what a command says: the task itself. */
static bool names_itself(const struct tg_reader *r, int token)
{
    return token == TG_T_TASK && r->text[r->token_end] == '.' && r->text[r->token_end + 1] != '.';
}

int tg_scan_word(struct tg_reader *r, TG_YYSTYPE *value, int token)
{
    if (names_something(r) || names_itself(r, token)) return tg_scan_name(r, value);
    bool begins = r->token == TG_T_SEP || r->token == TG_T_LBLOCK || r->token == TG_T_START_FILE;
    if (token == TG_T_TASK || token == TG_T_EXTERN) {
        r->body_depth = r->brackets.count + 1;
        r->body_kind = token == TG_T_TASK ? TG_B_TASK : TG_B_EXTERN;
        r->body_choices = 0;
    } else if (awaits_body(r)) {
        r->body_choices += token == TG_T_ELSE || (token == TG_T_IF && r->token != TG_T_ELSE);
        return token; /* the statement is still that of the task */
    }
    if (tg_token_has_block(token) || (token == TG_T_WITH && begins)) {
        innermost_bracket(r)->head_start = r->token_start;
        innermost_bracket(r)->head_end = r->token_end;
    }
    return token;
}

/* Elsewhere it is a name as any other. */
int tg_scan_block_word(struct tg_reader *r, TG_YYSTYPE *value, int token)
{
    bool begins = r->token == TG_T_SEP || r->token == TG_T_LBLOCK || r->token == TG_T_START_FILE;
    bool word = begins && *skip_lines(r->text + r->token_end) == '{';
    return word ? tg_scan_word(r, value, token) : tg_scan_name(r, value);
}

int tg_scan_assign(struct tg_reader *r)
{
    struct tg_bracket *b = innermost_bracket(r);
    if (b->head_end && r->text[b->head_start] == 'f' && r->text[b->head_start + 1] == 'n') b->head_end = 0;
    return TG_T_ASSIGN;
}

int tg_scan_step_word(struct tg_reader *r, TG_YYSTYPE *value, int token)
{
    bool step = innermost_bracket(r)->kind == TG_B_TASK && (r->token == TG_T_SEP || r->token == TG_T_LTASK);
    return step ? token : tg_scan_name(r, value);
}

/* Behind the result of a task, or its options, in the place of its body. */
int tg_scan_server_word(struct tg_reader *r, TG_YYSTYPE *value, int token)
{
    bool place = awaits_body(r) && r->body_kind == TG_B_TASK && !r->body_choices;
    bool said = token == TG_T_EFFECT ? word_follows(skip_lines(r->text + r->token_end), "serve") : r->token == TG_T_EFFECT;
    if (!place || !(said || token == TG_T_SERVE) || !(tg_token_ends_operand(r->token) || r->token == TG_T_EFFECT))
        return tg_scan_name(r, value);
    if (token == TG_T_EFFECT) return token;
    r->body_depth = 0;
    innermost_bracket(r)->head_end = 0;
    return token;
}

bool tg_scan_is_pipe(const struct tg_reader *r)
{
    return r->brackets.items[r->brackets.count - 1].kind == TG_B_TASK && tg_token_ends_operand(r->token);
}

int tg_scan_foreign_word(struct tg_reader *r, TG_YYSTYPE *value, int token, const char *ours)
{
    if (names_something(r)) return tg_scan_name(r, value);
    struct tg_diag *d = tg_diag_error(r->p->diags, tg_reader_span(r, r->token_start, r->token_end), "unknown word '%.*s'",
                                      (int)token_length(r), r->text + r->token_start);
    tg_diag_hint(r->p->diags, d, "write '%s'", ours);
    return token;
}

int tg_scan_foreign_operator(struct tg_reader *r, int token, const char *ours)
{
    struct tg_diag *d = tg_diag_error(r->p->diags, tg_reader_span(r, r->token_start, r->token_end), "no operator '%.*s'",
                                      (int)token_length(r), r->text + r->token_start);
    if (tg_reader_block(r)->kind == TG_B_TASK && r->token == TG_T_RSQUARE)
        tg_diag_hint(r->p->diags, d, "each 'run' has a line of its own; the first that fails ends the task");
    else tg_diag_hint(r->p->diags, d, "write '%s'", ours);
    return token;
}

/* ---- literals ---------------------------------------------------------------------------------------------- */

int tg_scan_number(struct tg_reader *r, TG_YYSTYPE *value)
{
    if (r->token != TG_T_MINUS) r->unary_minus = false;
    value->node = tg_literal_number(r, r->text + r->token_start, token_length(r));
    return value->node->kind == TG_N_INT ? TG_T_INT : TG_T_FLOAT;
}

int tg_scan_one_line_text(struct tg_reader *r, TG_YYSTYPE *value, uint32_t prefix, uint16_t flags)
{
    value->node = tg_literal_plain(r, r->text + r->token_start + prefix, token_length(r) - prefix - 1, flags);
    return TG_T_STRING;
}

/* One expression alone mostly stands in double quotes already, those of YAML or a shell. */
int tg_scan_single_quotes(struct tg_reader *r, TG_YYSTYPE *value)
{
    if (!r->expression) {
        struct tg_diag *d = tg_diag_error(r->p->diags, tg_reader_span(r, r->token_start, r->token_end),
                                          "a text stands in double quotes");
        tg_diag_hint(r->p->diags, d, "write \"..\" instead of '..'");
    } else if (memmem(r->text + r->token_start, r->token_end - r->token_start, "${", 2)) {
        struct tg_diag *d = tg_diag_warning(r->p->diags, tg_reader_span(r, r->token_start, r->token_end),
                                            "nothing is replaced in '..': this '${' is text");
        tg_diag_hint(r->p->diags, d, "values stand in double quotes: '${f(\"..${x}..\")}', or in a text of YAML's own.");
    }
    return tg_scan_one_line_text(r, value, 1, 0);
}

static bool rest_is_blank(const char *p)
{
    if (*p == '\r') p++;
    return *p == '\n' || *p == 0 || strncmp(p, "\"\"\"", 3) == 0;
}

int tg_scan_open_text(struct tg_reader *r, TG_YYSTYPE *value, uint16_t flags)
{
    struct tg_open_text t = {.start = r->token_start, .flags = flags, .first_line = r->lines.count};
    tg_vec_push(&r->texts, t);
    value->flags = flags;
    r->piece_start = r->token_end;
    const char *newline = memchr(r->text + r->token_start, '\n', r->token_end - r->token_start);
    if (!newline) return TG_T_TEXT_OPEN;
    uint32_t at = (uint32_t)(newline + 1 - r->text), indent = r->token_end - at;
    r->piece_start = at;
    tg_literal_line(r, at, indent, rest_is_blank(r->text + r->token_end));
    tg_buf_add(&r->piece, r->text + at, indent);
    return TG_T_TEXT_OPEN;
}

void tg_scan_text_line(struct tg_reader *r)
{
    struct tg_buf *b = &r->piece;
    uint32_t at = r->token_start + 1, indent = token_length(r) - 1;
    if (b->length && b->data[b->length - 1] == '\r' && r->text[r->token_start - 1] == '\r') b->length--;
    tg_buf_char(b, '\n');
    tg_literal_line(r, at, indent, rest_is_blank(r->text + r->token_end));
    tg_buf_add(b, r->text + at, indent);
}

/* The piece that ended before this token, which is read again next. */
int tg_scan_text_piece(struct tg_reader *r, TG_YYSTYPE *value)
{
    uint32_t end = r->token_start;
    TG_ASSERT(r->texts.count > 0 && r->piece_start <= end);
    value->node = tg_literal_piece(r, end);
    r->token_start = r->piece_start;
    r->token_end = r->piece_start = end;
    return TG_T_TEXT_PIECE;
}

int tg_scan_close_text(struct tg_reader *r, TG_YYSTYPE *value)
{
    TG_ASSERT(r->texts.count > 0);
    tg_literal_piece(r, r->token_start);
    tg_literal_dedent(r);
    value->flags = r->texts.items[--r->texts.count].flags;
    return TG_T_TEXT_CLOSE;
}

/* A text without its end: on its line, or in the rest of the file. Goes back to the block around the outermost text
 * that ought to have ended, where the line then ends the statement. */
int tg_scan_unterminated(struct tg_reader *r)
{
    struct tg_open_text innermost = {.start = r->token_start};
    if (r->texts.count) innermost = r->texts.items[r->texts.count - 1];
    size_t text = 0;
    while (text < r->texts.count && r->texts.items[text].flags & TG_F_TRIPLE) text++;
    bool inside = false; /* of a ${ */
    size_t depth = 0;
    for (size_t interps = 0; depth < r->brackets.count; depth++) {
        if (r->brackets.items[depth].kind != TG_B_INTERP || interps++ < text) continue;
        inside = true;
        break;
    }
    unwind(r, depth);
    unwind_to_block(r);
    uint32_t end = innermost.start + (uint32_t)strcspn(r->text + innermost.start, "\r\n");
    struct tg_diag *d = tg_slip_broken(r, innermost.start, end, "this text is never closed");
    if (!d) return TG_T_SEP;
    if (innermost.flags & TG_F_TRIPLE) tg_diag_hint(r->p->diags, d, "it ends at the next \"\"\"");
    else if (inside && tg_reader_block(r)->kind == TG_B_TASK)
        tg_diag_hint(r->p->diags, d,
                     "what stands in its ${..} must end on the same line; the shell's own ${..} is written \\${..}");
    else if (inside) tg_diag_hint(r->p->diags, d, "what stands in its ${..} must end on the same line");
    else tg_diag_hint(r->p->diags, d, "end it with '\"'; a text of several lines stands in \"\"\"..\"\"\"");
    return TG_T_SEP;
}

/* ---- the end of the text ------------------------------------------------------------------------------------ */

static void report_end(struct tg_reader *r)
{
    r->end_reported = true;
    struct tg_bracket open = *innermost_bracket(r);
    struct tg_diag *d = tg_slip_broken(r, r->before_end ? r->before_end - 1 : 0, r->before_end, "expected '%s', found %s",
                                       tg_slip_closer(open.kind), r->end);
    tg_slip_note_opened(r, d, &open);
    if (d && r->odd_block && r->odd_block != open.start)
        tg_diag_note(r->p->diags, d, tg_reader_span(r, r->odd_block, r->odd_block + 1),
                     "perhaps it is this one: the '}' it has now is indented otherwise");
}

/* The text is over: ends the last statement, closes what is open. */
static int end_text(struct tg_reader *r)
{
    if (r->next == TG_NEXT_SCAN) r->next = TG_NEXT_FINISH;
    r->depth_before = r->brackets.count;
    r->token_start = r->token_end = r->length;
    if (r->expression) {
        r->ended_broken = tg_reader_block(r)->broken;
        return TG_T_END;
    }
    if (r->brackets.count > 1 && !r->end_reported) report_end(r);
    unwind_to_block(r);
    if (r->token != TG_T_SEP && r->token != TG_T_START_FILE) return TG_T_SEP;
    return r->brackets.count > 1 ? close_top(r) : TG_T_END;
}

/* ---- the grammar's side ------------------------------------------------------------------------------------- */

void tg_reader_resync(struct tg_reader *r)
{
    unwind(r, r->depth_before);
    unwind_to_block(r);
    tg_lex_go_to(r, r->token_start);
    r->next = TG_NEXT_STATEMENT;
}

bool tg_reader_starts_statement(const struct tg_reader *r)
{
    const struct tg_bracket *open = &r->brackets.items[r->depth_before - 1];
    if (tg_bracket_is_block(open) || open->kind == TG_B_INTERP || r->next == TG_NEXT_FINISH) return false;
    if (strchr(")]}", r->text[r->token_start])) return false;
    if (!is_first_on_line(r, r->token_start)) return false;
    bool same_line = !memchr(r->text + open->start, '\n', r->token_start - open->start);
    return !same_line && indentation(r, r->token_start) <= indentation(r, open->start);
}

/* The statement around the newest token has had its error. */
static bool in_broken_statement(struct tg_reader *r)
{
    return r->brackets.count > 1 && !tg_bracket_is_block(innermost_bracket(r)) && tg_reader_block(r)->broken;
}

/* A token that is not the text's next. */
static int special_token(struct tg_reader *r)
{
    switch (r->next) {
    case TG_NEXT_START: r->next = TG_NEXT_SCAN; return r->token;
    case TG_NEXT_STATEMENT:
        r->next = TG_NEXT_SCAN;
        r->token_end = r->token_start;
        return TG_T_SEP;
    case TG_NEXT_FINISH: return end_text(r);
    default: return TG_T_END;
    }
}

static int next_token(struct tg_reader *r, TG_YYSTYPE *value)
{
    if (r->next != TG_NEXT_SCAN) return special_token(r);
    r->depth_before = r->brackets.count;
    int token = tg_lex_scan(value, r->scanner);
    if (token == TG_T_END) return end_text(r);
    if (in_broken_statement(r) && r->texts.count == 0 && tg_reader_starts_statement(r)) {
        tg_reader_resync(r);
        return special_token(r);
    }
    return token;
}

int tg_yylex(TG_YYSTYPE *value, tg_span *span, struct tg_reader *r)
{
    r->before = r->token;
    r->before_start = r->token_start;
    r->before_end = r->token_end;
    int token = next_token(r, value);
    if (token == TG_T_SEP) {
        struct tg_bracket *block = tg_reader_block(r);
        r->ended_broken = block->broken;
        r->ended_head = block->head_end != 0;
        block->broken = false;
        block->head_end = 0;
        if (r->brackets.count < r->body_depth) r->body_depth = 0; /* else it is inside of a choice */
    }
    TG_ASSERT(r->token_start <= r->token_end && r->token_end <= r->length);
    r->token = token;
    *span = tg_reader_span(r, r->token_start, r->token_end);
    return token;
}
