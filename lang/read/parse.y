/* SPDX-License-Identifier: MIT
 * The grammar of `.tg`.
 *
 * Actions only build nodes: no lookups, no types. A list's value is how many of the nodes pushed on r->kids are its
 * own; whoever finishes the list takes them off, and so does error recovery (%destructor). Errors resynchronise at
 * the end of a statement: `broken` stands for a statement that could not be read, whose blocks are read all the same.
 * What an error says is decided in slip.c. */
%code requires {
#include "engine/base/err.h"
struct tg_ast;
struct tg_reader;
}

%code {
#include <stdlib.h>

#include "engine/base/alloc.h"
#include "engine/base/limits.h"
#include "lang/read/build.h"
#include "lang/read/reader.h"

#define YYMALLOC tg_alloc
#define YYFREE free
#define YYMAXDEPTH (32 * TG_MAX_NESTING) /* a level of nesting takes up to a dozen symbols */
#define YYLLOC_DEFAULT(current, parts, count)                                                            \
    do {                                                                                                 \
        if (count) {                                                                                     \
            (current).start = YYRHSLOC(parts, 1).start;                                                  \
            (current).end = YYRHSLOC(parts, count).end;                                                  \
        } else {                                                                                         \
            (current).start = (current).end = YYRHSLOC(parts, 0).end;                                    \
            if (r->fixed) (current) = r->fixed_span; /* all of it, as every other place */               \
        }                                                                                                \
    } while (0)

int tg_yylex(TG_YYSTYPE *value, tg_span *span, struct tg_reader *r);
static void tg_yyerror(tg_span *span, struct tg_reader *r, const char *message);
}

%require "3.6"
%define api.pure full
%define api.prefix {tg_yy}
%define api.token.prefix {TG_T_}
%define api.token.raw
%define api.location.type {tg_span}
%define parse.error custom
/* Every reduction is checked against the token ahead, so that an error knows what could have stood there; exploring
 * that only then (parse.lac) gives the same lists and takes a tenth longer. */
%define lr.default-reduction consistent
%locations
%param {struct tg_reader *r}
%expect 0

%union {
    struct tg_ast *node;
    uint32_t name;  /* symbol */
    uint32_t count; /* nodes on r->kids */
    uint32_t op;    /* enum tg_op */
    uint32_t flags;
}

%token END 0 "end of file"
%token SEP "end of line"
%token START_FILE "start of file" START_EXPRESSION "start of expression"
%token STRAY "closing bracket"

%token <name> NAME "name"
%token <node> INT "number" FLOAT "decimal number" STRING "text"
%token <flags> TEXT_OPEN "start of text" TEXT_CLOSE "end of text"
%token <node> TEXT_PIECE "part of text"
%token INTERP_OPEN "${" INTERP_CLOSE "} of ${"
%token TRUE "true" FALSE "false" NIL "nil"

%token USE "use" IMPORT "import" AS "as" PARAM "param" IN "in" OUTPUT "output" FN "fn" TASK "task" FOR "for"
%token WHILE "while" IF "if" ELSE "else" WITH "with" ASSERT "assert" EXTERN "extern" RETURN "return"
%token BREAK "break" CONTINUE "continue" FINALLY "finally" IN_ORDER "in_order" AND "and" OR "or" NOT "not"
%token RUN "run" SH "sh" SERVE "serve" EFFECT "effect"

%token LPAREN "(" RPAREN ")" LSQUARE "[" RSQUARE "]"
%token LBLOCK "{" LTASK "{ of a task" LEXTERN "{ of an extern" RBLOCK "}"
%token LRECORD "{ of a record" RRECORD "} of a record"
%token COMMA "," COLON ":" DOT "." DOTDOT ".." ARROW "->" QUESTION "?"
%token ASSIGN "="
%token <op> AUGMENT "assignment operator" COMPARE "comparison" MUL "* or /"
%token PLUS "+" MINUS "-" POW "**" PIPE "|"

%precedence LAMBDA
%left OR
%left AND
%right NOT
%left COMPARE IN
%nonassoc DOTDOT
%left PLUS MINUS
%left MUL
%precedence UNARY
%right POW
%precedence LPAREN LSQUARE DOT

%type <node> expr rhs keyword entry conditional block text subscript part
%type <node> statement definition declaration broken
%type <node> opt_expr clause type result result_file result_entry params param_list parameter opt_options
%type <node> choices default help task_body body step signature targets names plain_text
%type <count> sequence statements args items entries clauses options parameters target_list name_list
%type <count> parts result_entries steps step_sequence pipeline extern_body signatures signature_sequence
%type <name> opt_as

%destructor { r->kids.count -= $$; } <count>

%start top

%%

top:
    START_FILE file
  | START_EXPRESSION expr             { r->result = $2; }
  | START_EXPRESSION error            { r->result = NULL; }
  ;

file:
    %empty
  | file SEP
  | file statement SEP                { tg_build_file_statement(r, $2); }
  | file broken SEP                   { tg_build_file_statement(r, $2); yyerrok; }
  ;

/* ---- statements ------------------------------------------------------------------------------------ */

block:
    LBLOCK statements RBLOCK          { $$ = tg_build_list(r, TG_N_BLOCK, @$, NULL, $2); }
  ;

statements:
    sequence
  | sequence statement                { tg_build_push_statement(r, $2); $$ = $1 + 1; }
  | sequence broken                   { tg_build_push(r, $2); $$ = $1 + 1; yyerrok; }
  ;

sequence:
    %empty                            { $$ = 0; }
  | sequence SEP
  | sequence statement SEP            { tg_build_push_statement(r, $2); $$ = $1 + 1; }
  | sequence broken SEP               { tg_build_push(r, $2); $$ = $1 + 1; yyerrok; }
  ;

broken:
    error                             { $$ = tg_build_error(r, @$); }
  | broken block
  | broken task_body
  | broken extern_body                { r->kids.count -= $2; }
  | broken ELSE
  ;

statement:
    expr                              { $$ = tg_build_statement(r, $1); }
  | expr WITH options                 { $$ = tg_build(r, TG_N_EXPR, @$, tg_build_optioned(r, @$, $1, @3, $3), NULL); }
  | expr ASSIGN rhs                   { $$ = tg_build_assign(r, @$, tg_build_target(r, $1), $3); }
  | targets ASSIGN rhs                { $$ = tg_build_assign(r, @$, $1, $3); }
  | expr AUGMENT rhs                  { $$ = tg_build_augment(r, @$, $1, $2, $3); }
  | definition
  | declaration
  | FOR names IN expr block           { $$ = tg_build_three(r, TG_N_FOR, tg_span_to(@1, @4), $2, $4, $5); }
  | WHILE expr block                  { $$ = tg_build(r, TG_N_WHILE, tg_span_to(@1, @2), $2, $3); }
  | WITH options block
      {
          struct tg_ast *list = tg_build_list(r, TG_N_OPTIONS, @2, NULL, $2);
          $$ = tg_build(r, TG_N_WITH, tg_span_to(@1, @2), list, $3);
      }
  | WITH options
      {
          struct tg_ast *list = tg_build_list(r, TG_N_OPTIONS, @2, NULL, $2);
          $$ = tg_build(r, TG_N_DEFAULTS, @$, list, NULL);
      }
  | IN_ORDER block                    { $$ = tg_build(r, TG_N_IN_ORDER, @1, $2, NULL); }
  | ASSERT expr                       { $$ = tg_build(r, TG_N_ASSERT, @$, $2, NULL); }
  | ASSERT expr COMMA expr            { $$ = tg_build(r, TG_N_ASSERT, @$, $2, $4); }
  | RETURN                            { $$ = tg_build(r, TG_N_RETURN, @$, NULL, NULL); }
  | RETURN rhs                        { $$ = tg_build(r, TG_N_RETURN, @$, $2, NULL); }
  | BREAK                             { $$ = tg_build(r, TG_N_BREAK, @$, NULL, NULL); }
  | CONTINUE                          { $$ = tg_build(r, TG_N_CONTINUE, @$, NULL, NULL); }
  | FINALLY block                     { $$ = tg_build_finally(r, @1, $2); }
  ;

rhs:
    expr
  | expr WITH options                 { $$ = tg_build_optioned(r, @$, $1, @3, $3); }
  ;

targets:
    target_list                       { $$ = tg_build_targets(r, @$, $1); }
  ;

target_list:
    expr COMMA expr                   { tg_build_push(r, $1); tg_build_push(r, $3); $$ = 2; }
  | target_list COMMA expr            { tg_build_push(r, $3); $$ = $1 + 1; }
  ;

names:
    name_list                         { $$ = tg_build_list(r, TG_N_TARGETS, @$, NULL, $1); }
  ;

name_list:
    NAME                              { tg_build_push(r, tg_build_name(r, @1, $1)); $$ = 1; }
  | name_list COMMA NAME              { tg_build_push(r, tg_build_name(r, @3, $3)); $$ = $1 + 1; }
  ;

/* ---- definitions ------------------------------------------------------------------------------------ */

definition:
    FN NAME params block              { $$ = tg_build_named(r, TG_N_FN, tg_span_to(@1, @3), $2, $3, $4); }
  | FN NAME params ASSIGN rhs
      {
          $$ = tg_build_named(r, TG_N_FN, tg_span_to(@1, @3), $2, $3, $5);
          $$->flags |= TG_F_EQUALS;
      }
  | TASK NAME params ARROW result opt_options body
      { $$ = tg_build_task(r, tg_span_to(@1, $6 ? @6 : @5), $2, $3, tg_build(r, TG_N_RESULT, @5, $5, NULL), $6, $7); }
  | EXTERN plain_text extern_body     { $$ = tg_build_extern(r, tg_span_to(@1, @2), $2, $3); }
  ;

params:
    LPAREN param_list RPAREN          { $$ = $2; $$->span = @$; }
  ;

param_list:
    %empty                            { $$ = tg_build_list(r, TG_N_PARAMS, @$, NULL, 0); }
  | parameters                        { $$ = tg_build_list(r, TG_N_PARAMS, @$, NULL, $1); }
  | parameters COMMA                  { $$ = tg_build_list(r, TG_N_PARAMS, @$, NULL, $1); }
  ;

parameters:
    parameter                         { tg_build_push(r, $1); $$ = 1; }
  | parameters COMMA parameter        { tg_build_push(r, $3); $$ = $1 + 1; }
  ;

parameter:
    NAME default                      { $$ = tg_build_named(r, TG_N_PARAMETER, @$, $1, NULL, $2); }
  | NAME COLON type default           { $$ = tg_build_named(r, TG_N_PARAMETER, @$, $1, $3, $4); }
  ;

default:
    %empty                            { $$ = NULL; }
  | ASSIGN expr                       { $$ = $2; }
  ;

type:
    NAME                              { $$ = tg_build_type(r, @$, tg_build_name_text(r, $1)); }
  | NIL                               { $$ = tg_build_type(r, @$, "nil"); }
  | NAME LSQUARE type RSQUARE         { $$ = tg_build_type_of(r, @$, $1, $3); }
  | type QUESTION                     { $$ = tg_build_type_or_nil(r, @$, $1); }
  ;

result:
    type
  | result_file
  | LRECORD result_entries RRECORD    { $$ = tg_build_list(r, TG_N_RECORD, @$, NULL, $2); }
  | LRECORD result_entries COMMA RRECORD
                                      { $$ = tg_build_list(r, TG_N_RECORD, @$, NULL, $2); }
  ;

result_file:
    NAME LPAREN expr RPAREN           { $$ = tg_build_result_file(r, @$, $1, NULL, $3); }
  | NAME LSQUARE type RSQUARE LPAREN expr RPAREN
                                      { $$ = tg_build_result_file(r, @$, $1, $3, $6); }
  ;

result_entries:
    result_entry                      { tg_build_push(r, $1); $$ = 1; }
  | result_entries COMMA result_entry { tg_build_push(r, $3); $$ = $1 + 1; }
  ;

result_entry:
    NAME COLON result_file            { $$ = tg_build_named(r, TG_N_ENTRY, @$, $1, $3, NULL); }
  | plain_text COLON result_file      { $$ = tg_build_text_entry(r, @$, $1, $3); }
  ;

opt_options:
    %empty                            { $$ = NULL; }
  | WITH options                      { $$ = tg_build_list(r, TG_N_OPTIONS, @2, NULL, $2); }
  ;

options:
    keyword                           { tg_build_push(r, $1); $$ = 1; }
  | options COMMA keyword             { tg_build_push(r, $3); $$ = $1 + 1; }
  ;

task_body:
    LTASK steps RBLOCK                { $$ = tg_build_list(r, TG_N_BLOCK, @$, NULL, $2); }
  ;

body:
    task_body
  | SERVE expr                        { $$ = tg_build_server(r, @$, $2, TG_F_SERVES); }
  | EFFECT SERVE expr                 { $$ = tg_build_server(r, @$, $3, TG_F_SERVES | TG_F_EFFECT); }
  ;

steps:
    step_sequence
  | step_sequence step                { tg_build_push(r, $2); $$ = $1 + 1; }
  | step_sequence broken              { tg_build_push(r, $2); $$ = $1 + 1; yyerrok; }
  ;

step_sequence:
    %empty                            { $$ = 0; }
  | step_sequence SEP
  | step_sequence step SEP            { tg_build_push(r, $2); $$ = $1 + 1; }
  | step_sequence broken SEP          { tg_build_push(r, $2); $$ = $1 + 1; yyerrok; }
  ;

step:
    RUN pipeline                      { $$ = tg_build_step(r, TG_N_RUN, @$, $2); }
  | SH pipeline                       { $$ = tg_build_step(r, TG_N_SH, @$, $2); }
  ;

pipeline:
    expr                              { tg_build_push(r, $1); $$ = 1; }
  | pipeline PIPE expr                { tg_build_push(r, $3); $$ = $1 + 1; }
  ;

extern_body:
    LEXTERN signatures RBLOCK         { $$ = $2; }
  ;

signatures:
    signature_sequence
  | signature_sequence signature      { tg_build_push(r, $2); $$ = $1 + 1; }
  | signature_sequence broken         { $$ = $1; yyerrok; }
  ;

signature_sequence:
    %empty                            { $$ = 0; }
  | signature_sequence SEP
  | signature_sequence signature SEP  { tg_build_push(r, $2); $$ = $1 + 1; }
  | signature_sequence broken SEP     { $$ = $1; yyerrok; }
  ;

signature:
    NAME params ARROW type            { $$ = tg_build_task(r, @$, $1, $2, $4, NULL, NULL); }
  ;

/* ---- declarations ------------------------------------------------------------------------------------ */

declaration:
    USE NAME opt_as                   { $$ = tg_build_use(r, @$, tg_build_name(r, @2, $2), $3); }
  | USE plain_text opt_as             { $$ = tg_build_use(r, @$, $2, $3); }
  | IMPORT plain_text AS NAME         { $$ = tg_build_import(r, @$, $2, $4); }
  | PARAM NAME COLON type choices default help
                                      { $$ = tg_build_param(r, @$, $2, $4, $5, $6, $7); }
  | OUTPUT NAME                       { $$ = tg_build_named(r, TG_N_OUTPUT, @$, $2, NULL, NULL); }
  | OUTPUT NAME ASSIGN rhs            { $$ = tg_build_named(r, TG_N_OUTPUT, @$, $2, $4, NULL); }
  ;

opt_as:
    %empty                            { $$ = TG_NO_NAME; }
  | AS NAME                           { $$ = $2; }
  ;

choices:
    %empty                            { $$ = NULL; }
  | IN expr                           { $$ = $2; }
  ;

help:
    %empty                            { $$ = NULL; }
  | plain_text
  ;

/* ---- expressions ------------------------------------------------------------------------------------- */

expr:
    NAME                              { $$ = tg_build_name(r, @1, $1); }
  | INT
  | FLOAT
  | TRUE                              { $$ = tg_build_bool(r, @1, true); }
  | FALSE                             { $$ = tg_build_bool(r, @1, false); }
  | NIL                               { $$ = tg_build(r, TG_N_NIL, @1, NULL, NULL); }
  | text
  | LPAREN expr RPAREN                { $$ = $2; $$->flags |= TG_F_PARENS; }
  | LPAREN expr WITH options RPAREN
      {
          $$ = tg_build_optioned(r, tg_span_to(@2, @4), $2, @4, $4);
          $$->flags |= TG_F_PARENS;
      }
  | LSQUARE RSQUARE                   { $$ = tg_build_list(r, TG_N_LIST, @$, NULL, 0); }
  | LSQUARE items RSQUARE             { $$ = tg_build_list(r, TG_N_LIST, @$, NULL, $2); }
  | LSQUARE items COMMA RSQUARE       { $$ = tg_build_list(r, TG_N_LIST, @$, NULL, $2); }
  | LSQUARE expr clauses RSQUARE      { $$ = tg_build_list(r, TG_N_COMP, @$, $2, $3); }
  | LRECORD entry clauses RRECORD     { $$ = tg_build_record_comp(r, @$, $2, $3); }
  | LRECORD RRECORD                   { $$ = tg_build_list(r, TG_N_RECORD, @$, NULL, 0); }
  | LRECORD entries RRECORD           { $$ = tg_build_list(r, TG_N_RECORD, @$, NULL, $2); }
  | LRECORD entries COMMA RRECORD     { $$ = tg_build_list(r, TG_N_RECORD, @$, NULL, $2); }
  | expr LPAREN RPAREN                { $$ = tg_build_call(r, @$, $1, 0); }
  | expr LPAREN args RPAREN           { $$ = tg_build_call(r, @$, $1, $3); }
  | expr LPAREN args COMMA RPAREN     { $$ = tg_build_call(r, @$, $1, $3); }
  | expr LSQUARE subscript RSQUARE    { $$ = tg_build_subscript(r, @$, $1, $3); }
  | expr DOT NAME                     { $$ = tg_build_field(r, @$, $1, @3, $3); }
  | expr PLUS expr                    { $$ = tg_build_binary(r, @$, TG_OP_ADD, $1, $3); }
  | expr MINUS expr                   { $$ = tg_build_binary(r, @$, TG_OP_SUB, $1, $3); }
  | expr MUL expr                     { $$ = tg_build_binary(r, @$, $2, $1, $3); }
  | expr POW expr                     { $$ = tg_build_binary(r, @$, TG_OP_POW, $1, $3); }
  | expr COMPARE expr                 { $$ = tg_build_compare(r, @$, $2, $1, $3); }
  | expr IN expr                      { $$ = tg_build_compare(r, @$, TG_OP_IN, $1, $3); }
  | expr NOT IN expr  %prec IN        { $$ = tg_build_compare(r, @$, TG_OP_NOT_IN, $1, $4); }
  | expr AND expr                     { $$ = tg_build_logic(r, @$, TG_OP_AND, $1, $3); }
  | expr OR expr                      { $$ = tg_build_logic(r, @$, TG_OP_OR, $1, $3); }
  | expr DOTDOT expr                  { $$ = tg_build(r, TG_N_RANGE, @$, $1, $3); }
  | MINUS expr  %prec UNARY           { $$ = tg_build_unary(r, @$, TG_OP_NEG, $2); }
  | PLUS expr  %prec UNARY            { $$ = tg_build_unary(r, @$, TG_OP_POS, $2); }
  | NOT expr                          { $$ = tg_build_unary(r, @$, TG_OP_NOT, $2); }
  | FN params ASSIGN expr  %prec LAMBDA
                                      { $$ = tg_build(r, TG_N_LAMBDA, @$, $2, $4); }
  | FN params block                   { $$ = tg_build(r, TG_N_LAMBDA, @$, $2, $3); }
  | conditional
  ;

conditional:
    IF expr block
      {
          $$ = tg_build_three(r, TG_N_IF, @$, $2, $3, NULL);
          tg_vec_push(&r->bare_ifs, $$); /* tg_build_push_statement takes it off again if it is a statement */
      }
  | IF expr block ELSE block          { $$ = tg_build_three(r, TG_N_IF, @$, $2, $3, $5); }
  | IF expr block ELSE conditional    { $$ = tg_build_else_if(r, @$, $2, $3, $5); }
  ;

text:
    STRING
  | TEXT_OPEN parts TEXT_CLOSE        { $$ = tg_build_text(r, @$, $2, (uint16_t)$1); }
  ;

parts:
    %empty                            { $$ = 0; }
  | parts part                        { tg_build_push(r, $2); $$ = $1 + 1; }
  ;

part:
    TEXT_PIECE
  | INTERP_OPEN expr INTERP_CLOSE     { $$ = $2; }
  ;

plain_text:
    text                              { $$ = tg_build_plain(r, $1); }
  ;

items:
    expr                              { tg_build_push(r, $1); $$ = 1; }
  | items COMMA expr                  { tg_build_push(r, $3); $$ = $1 + 1; }
  ;

entries:
    entry                             { tg_build_push(r, $1); $$ = 1; }
  | entries COMMA entry               { tg_build_push(r, $3); $$ = $1 + 1; }
  ;

entry:
    NAME COLON expr                   { $$ = tg_build_named(r, TG_N_ENTRY, @$, $1, $3, NULL); }
  | text COLON expr                   { $$ = tg_build_text_entry(r, @$, $1, $3); }
  ;

args:
    expr                              { tg_build_push(r, $1); $$ = 1; }
  | keyword                           { tg_build_push(r, $1); $$ = 1; }
  | args COMMA expr                   { tg_build_push(r, $3); $$ = $1 + 1; }
  | args COMMA keyword                { tg_build_push(r, $3); $$ = $1 + 1; }
  ;

keyword:
    NAME ASSIGN expr                  { $$ = tg_build_named(r, TG_N_KEYWORD, @$, $1, $3, NULL); }
  ;

clauses:
    FOR names IN expr                 { tg_build_push(r, tg_build(r, TG_N_CFOR, @$, $2, $4)); $$ = 1; }
  | clauses clause                    { tg_build_push(r, $2); $$ = $1 + 1; }
  ;

clause:
    FOR names IN expr                 { $$ = tg_build(r, TG_N_CFOR, @$, $2, $4); }
  | IF expr                           { $$ = tg_build(r, TG_N_CIF, @$, $2, NULL); }
  ;

subscript:
    expr
  | opt_expr COLON opt_expr           { $$ = tg_build_slice(r, @$, $1, $3, NULL); }
  | opt_expr COLON opt_expr COLON opt_expr
                                      { $$ = tg_build_slice(r, @$, $1, $3, $5); }
  ;

opt_expr:
    %empty                            { $$ = NULL; }
  | expr
  ;

%%

const char *tg_reader_token_name(int token)
{
    return yysymbol_name((yysymbol_kind_t)token);
}

/* Bison calls this only where its stack is full. */
static void tg_yyerror(tg_span *span, struct tg_reader *r, const char *message)
{
    (void)message;
    tg_reader_too_deep(r, *span);
}

static int yyreport_syntax_error(const yypcontext_t *context, struct tg_reader *r)
{
    yysymbol_kind_t expected[YYNTOKENS];
    int tokens[YYNTOKENS];
    int count = yypcontext_expected_tokens(context, expected, YYNTOKENS);
    for (int i = 0; i < count; i++) tokens[i] = (int)expected[i];
    int found = (int)yypcontext_token(context);
    tg_slip_unexpected(r, *yypcontext_location(context), found, tokens, count > 0 ? count : 0);
    return 0;
}
