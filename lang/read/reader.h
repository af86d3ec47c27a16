/* SPDX-License-Identifier: MIT
 * The state of reading one `.tg` text, shared by the scanner (lex.l), the grammar (parse.y) and their helpers
 * (parse_tg.c, literal.c, slip.h); nobody else includes this. Thread class: owner.
 *
 * The scanner keeps a stack of open brackets. It decides from its top whether a newline ends a statement, and
 * from the token before whether a '{' opens a block or a record. Its bottom entry is the file itself. Positions
 * inside the reader are byte offsets into `text`; tg_reader_span turns them into spans. */
#ifndef TG_READ_READER_H
#define TG_READ_READER_H

#include "engine/base/buf.h"
#include "lang/text/diag.h"
#include "lang/tree/ast.h"

/* Flag of a node under way: a piece of a text, a slice whose operand is still to come. */
#define TG_F_PIECE 0x8000
enum tg_bracket_kind {
    TG_B_BLOCK,  /* { of statements; also the file */
    TG_B_TASK,   /* { of a task's steps */
    TG_B_EXTERN, /* { of an extern's functions; the last kind of block */
    TG_B_RECORD, /* { of a record */
    TG_B_PAREN,
    TG_B_SQUARE,
    TG_B_INTERP, /* ${ in a text */
};

struct tg_bracket {
    uint8_t kind;
    bool broken;                   /* of a block: its current statement has had its error */
    uint16_t unopened;             /* of a block: inner ones whose '{' was missing, so that their '}' will be one too many */
    uint32_t start;                /* where it stands */
    uint32_t head_start, head_end; /* in it, the keyword of a statement whose block has not begun; end 0: none */
};

enum tg_next {
    TG_NEXT_SCAN,      /* from the text */
    TG_NEXT_START,     /* the token that chooses the grammar's start */
    TG_NEXT_STATEMENT, /* an end of statement that is not in the text */
    TG_NEXT_FINISH,    /* the text is over: what closes the rest */
    TG_NEXT_NOTHING,   /* too deep: nothing more is read */
};

/* A text with parts that is being read: "..${..}.." or several lines. */
struct tg_open_text {
    uint32_t start;
    uint16_t flags;    /* TG_F_TRIPLE, TG_F_RAW */
    size_t first_line; /* its lines are r->lines from here on */
};

/* A line of a """text""": where its indentation stands, to remove what is common. */
struct tg_text_line {
    struct tg_ast *piece; /* the TG_N_STR that holds it; NULL: none does, since it is empty there */
    uint32_t offset;      /* of the indentation in the piece */
    uint32_t at, indent;  /* place and length of the indentation in the source */
    bool blank;           /* nothing else on the line */
};

struct tg_reader {
    struct tg_parse *p;
    struct tg_arena *arena;
    void *scanner; /* flex's state */
    const char *text;
    uint32_t length;
    uint32_t base; /* span offset of text[0] */
    bool fixed;    /* every span is fixed_span: the text is not in the source as such */
    tg_span fixed_span;
    bool expression; /* only one expression is wanted: newlines mean nothing */
    const char *end; /* what messages call the end of the text */
    /* -- the scanner */
    uint32_t token_start, token_end;
    int token;  /* the newest token */
    int before; /* the token before it */
    uint32_t before_start, before_end;
    uint8_t next;        /* enum tg_next: where the next token comes from */
    size_t depth_before; /* brackets before the newest token */
    size_t body_depth;   /* brackets, plus one, where `task` or `extern` waits for its body; 0: nowhere */
    int body_kind;
    size_t body_choices; /* blocks before that body, of the choices among the options that have begun */
    uint32_t else_at;    /* an `else` there, or a `with`, goes on with the statement before */
    bool unary_minus;    /* the newest '-' has no left operand */
    bool ended_broken;   /* the statement that the newest end or '}' ended has had its error */
    bool ended_head;     /* the newest end of statement came where a block ought to begin */
    uint32_t odd_block;  /* the first block whose '}' is indented otherwise than its line; 0: none */
    bool end_reported;   /* what is open at the end of the text */
    TG_VEC(struct tg_bracket) brackets;
    TG_VEC(struct tg_open_text) texts;
    TG_VEC(struct tg_text_line) lines;
    size_t lines_placed;  /* lines whose piece is known */
    struct tg_buf piece;  /* text since the last ${..} */
    uint32_t piece_start; /* in the source */
    TG_VEC(struct tg_comment) comments;
    /* -- the grammar */
    TG_VEC(struct tg_ast *) kids;       /* parts of lists under way: a list's value is how many are its own */
    TG_VEC(struct tg_ast *) statements; /* of the file */
    TG_VEC(struct tg_ast *) bare_ifs;   /* without else, not yet known to be statements */
    struct tg_ast *result;              /* of an expression */
    struct tg_ast absent;               /* stands for a missing part of a list */
};

static inline tg_span tg_reader_span(const struct tg_reader *r, uint32_t start, uint32_t end)
{
    return r->fixed ? r->fixed_span : (tg_span){r->base + start, r->base + end};
}
static inline bool tg_bracket_is_block(const struct tg_bracket *b)
{
    return b->kind <= TG_B_EXTERN;
}
/* The innermost block. */
struct tg_bracket *tg_reader_block(struct tg_reader *r);
/* Reports "nested too deep" once and stops the reading. */
void tg_reader_too_deep(struct tg_reader *r, tg_span span);

/* -- lex.l, scan.c, token.c */
void tg_reader_scan_start(struct tg_reader *r, char *text, size_t room);
void tg_reader_scan_done(struct tg_reader *r);
/* Goes back to a line's first token, closes the brackets above the innermost block, and gives an end of statement
 * before it. */
void tg_reader_resync(struct tg_reader *r);
/* Where the line of `at` begins; of a very long line, a place in it. */
uint32_t tg_reader_line_start(const struct tg_reader *r, uint32_t at);
/* True if the newest token is the first on its line, indented no deeper than the line on which the innermost bracket
 * ( [ or record { was opened: that bracket was most likely forgotten. */
bool tg_reader_starts_statement(const struct tg_reader *r);
/* True if the token ends an operand; if one may begin an expression. */
bool tg_token_ends_operand(int token);
bool tg_token_starts_operand(int token);
bool tg_token_is_operator(int token);
bool tg_token_is_keyword(int token);
bool tg_token_starts_statement(int token);
/* The i-th word of the language, NULL past the end; what it is for goes to *kind. */
enum tg_word_kind { TG_WORD_STATEMENT, TG_WORD_STEP, TG_WORD_SERVER, TG_WORD_OPERATOR, TG_WORD_CONSTANT };
const char *tg_token_word(size_t i, enum tg_word_kind *kind);

/* -- literal.c */
/* A number with its suffix; always a node, after an error one that is harmless. */
struct tg_ast *tg_literal_number(struct tg_reader *r, const char *text, size_t length);
/* Adds what the escape at `text` means to r->piece. */
void tg_literal_escape(struct tg_reader *r, const char *text, size_t length);
/* A finished text without ${..}. */
struct tg_ast *tg_literal_plain(struct tg_reader *r, const char *text, size_t length, uint16_t flags);
/* The i-th unit that may stand behind a number, such as "ms"; NULL past the end. */
const char *tg_literal_unit(size_t i);
/* The piece so far as a node, NULL if it is empty. */
struct tg_ast *tg_literal_piece(struct tg_reader *r, uint32_t end);
/* Notes the start of a line of a """text"""; the indentation is `indent` bytes at source offset `at`. */
void tg_literal_line(struct tg_reader *r, uint32_t at, uint32_t indent, bool blank);
/* Removes the common indentation of the innermost open text's lines. */
void tg_literal_dedent(struct tg_reader *r);

/* -- slip.c */
/* Reports an unexpected token; `expected` are the tokens that could stand there. */
void tg_slip_unexpected(struct tg_reader *r, tg_span span, int found, int *expected, int count);
/* An error the scanner found; marks the statement as broken, so that the grammar says no more about it.
 * NULL if the statement has had its error. */
struct tg_diag *tg_slip_broken(struct tg_reader *r, uint32_t start, uint32_t end, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Notes where a bracket was opened. */
void tg_slip_note_opened(struct tg_reader *r, struct tg_diag *d, const struct tg_bracket *b);
const char *tg_slip_closer(int kind);
void tg_slip_character(struct tg_reader *r);

/* -- parse.y */
const char *tg_reader_token_name(int token); /* as messages say it, without quotes */

#endif
