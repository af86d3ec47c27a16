/* SPDX-License-Identifier: MIT
 * Between the scanner's rules (lex.l) and what they do (scan.c, token.c); private to the reader of `.tg`.
 * r->token_start and token_end say which text a rule has matched; a function that returns int returns a token. */
#ifndef TG_READ_SCAN_H
#define TG_READ_SCAN_H

#include "lang/read/parse.h"
#include "lang/read/reader.h"

/* lex.l: the next token, 0 at the end of the text; and where to go on. */
int tg_lex_scan(TG_YYSTYPE *value, void *scanner);
void tg_lex_go_to(struct tg_reader *r, uint32_t at);

/* Names and words. A reserved word is a name after '.' and as the key of a record's entry. */
int tg_scan_name(struct tg_reader *r, TG_YYSTYPE *value);
int tg_scan_word(struct tg_reader *r, TG_YYSTYPE *value, int token);
/* One that is a word only as the start of a statement, with its block behind it. */
int tg_scan_block_word(struct tg_reader *r, TG_YYSTYPE *value, int token);
int tg_scan_step_word(struct tg_reader *r, TG_YYSTYPE *value, int token);
int tg_scan_server_word(struct tg_reader *r, TG_YYSTYPE *value, int token);
/* Is a '|' one between the programs of a step? */
bool tg_scan_is_pipe(const struct tg_reader *r);
/* Words and operators of other languages: an error, and the token that was meant. */
int tg_scan_foreign_word(struct tg_reader *r, TG_YYSTYPE *value, int token, const char *ours);
int tg_scan_foreign_operator(struct tg_reader *r, int token, const char *ours);

int tg_scan_number(struct tg_reader *r, TG_YYSTYPE *value);
int tg_scan_one_line_text(struct tg_reader *r, TG_YYSTYPE *value, uint32_t prefix, uint16_t flags);
int tg_scan_single_quotes(struct tg_reader *r, TG_YYSTYPE *value);

/* '=': the body of a function follows, not a block. */
int tg_scan_assign(struct tg_reader *r);
/* Brackets. A closing one gives the token of what it closes, TG_T_STRAY if that is nothing. */
int tg_scan_open_bracket(struct tg_reader *r, int kind, int token);
int tg_scan_open_brace(struct tg_reader *r);
int tg_scan_close_bracket(struct tg_reader *r, char closer);

/* Whether a newline, a ';' ends a statement. */
bool tg_scan_ends_line(struct tg_reader *r);
bool tg_scan_semicolon(struct tg_reader *r);
void tg_scan_comment(struct tg_reader *r);
/* Whether nothing of a statement follows; `p` lies in the text. */
bool tg_scan_at_statement_end(const char *p);

/* Texts with parts or lines. A piece ends before the token that ends it, which is then read again. */
int tg_scan_open_text(struct tg_reader *r, TG_YYSTYPE *value, uint16_t flags);
void tg_scan_text_line(struct tg_reader *r);
int tg_scan_text_piece(struct tg_reader *r, TG_YYSTYPE *value);
int tg_scan_close_text(struct tg_reader *r, TG_YYSTYPE *value);
/* Reports a text without its end; the end of the line then ends the statement. */
int tg_scan_unterminated(struct tg_reader *r);

/* token.c */
bool tg_token_continues(int token); /* a newline after it means nothing */
bool tg_token_has_block(int token); /* a statement that it begins has a block */

#endif
