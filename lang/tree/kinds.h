/* SPDX-License-Identifier: MIT
 * The node kinds of the syntax tree: the one table that says what each kind is called, what it holds and which kids it
 * has. The enum, the accessors tg_n_* (ast.h), the rules that a sound tree keeps (ast.c) and the builders' counts of
 * kids are made from it.
 *
 * KIND(name, text, kids, traits): TG_N_name; how messages call it; how many kids it has at least.
 * KID(name, in, at, of): tg_n_name(n) is kid number `at` of the kinds `in`, always there, of one of the kinds `of`.
 * OPT(name, in, at, of): the same for one that may be NULL.
 * KIDS(name, in, from, of): tg_n_name(n) are the kids from number `from` on, any number, none NULL. */
#ifndef TG_TREE_KINDS_H
#define TG_TREE_KINDS_H

/* Traits. */
#define TG_K_NESTS 1 /* counts as a level of nesting; its value is that level */
#define TG_K_SYM 2   /* `sym` is a name */
#define TG_K_ALIAS 4 /* `sym` is a name or TG_NO_NAME */
#define TG_K_TEXT 8  /* `text` and `length` */
#define TG_K_OP 16   /* `op` */

/* Sets of kinds. */
#define TG_IN(name) (UINT64_C(1) << TG_N_##name)
#define TG_FROM_TO(first, last) ((TG_IN(last) << 1) - TG_IN(first))
#define TG_EXPRESSIONS (TG_FROM_TO(NIL, BLOCK) & ~(TG_IN(ENTRY) | TG_IN(PAIR) | TG_IN(CFOR) | TG_IN(CIF) | TG_IN(KEYWORD)))
#define TG_STATEMENTS TG_FROM_TO(IF, ERROR)

/* clang-format off */
#define TG_NODE_TABLE(KIND, KID, OPT, KIDS)                                                                          \
    KIND(NONE, "nothing", 0, 0)                                                                                      \
    /* -- literals */                                                                                                \
    KIND(NIL, "nil", 0, 0)                                                                                           \
    KIND(BOOL, "a bool", 0, 0) /* i: 0 or 1 */                                                                       \
    KIND(INT, "a number", 0, 0) /* i; TG_F_SIZE */                                                                   \
    KIND(FLOAT, "a number", 0, 0) /* f; TG_F_DURATION */                                                             \
    KIND(STR, "a text", 0, TG_K_TEXT) /* after escapes; TG_F_RAW, TG_F_TRIPLE */                                     \
    KIND(TEMPLATE, "a text", 0, TG_K_NESTS) /* "text ${e}"; TG_F_TRIPLE */                                           \
      KIDS(template_parts, TG_IN(TEMPLATE), 0, TG_EXPRESSIONS) /* texts are TG_N_STR */                              \
    /* -- names and literals with parts */                                                                           \
    KIND(NAME, "a name", 0, TG_K_SYM)                                                                                \
    KIND(LIST, "a list", 0, TG_K_NESTS)                                                                              \
      KIDS(list_items, TG_IN(LIST), 0, TG_EXPRESSIONS)                                                               \
    KIND(RECORD, "a record", 0, TG_K_NESTS)                                                                          \
      KIDS(record_entries, TG_IN(RECORD), 0, TG_IN(ENTRY) | TG_IN(PAIR))                                             \
    KIND(ENTRY, "an entry of a record", 1, TG_K_SYM) /* sym: the key; TG_F_QUOTED */                                 \
      KID(entry_value, TG_IN(ENTRY), 0, TG_EXPRESSIONS | TG_IN(RFILE))                                               \
    KIND(PAIR, "an entry of a record", 2, 0) /* "key ${e}": value */                                                 \
      KID(pair_key, TG_IN(PAIR), 0, TG_IN(STR) | TG_IN(TEMPLATE))                                                    \
      KID(pair_value, TG_IN(PAIR), 1, TG_EXPRESSIONS)                                                                \
    KIND(RANGE, "a range", 2, TG_K_NESTS) /* from..to */                                                             \
      KID(range_from, TG_IN(RANGE), 0, TG_EXPRESSIONS)                                                               \
      KID(range_to, TG_IN(RANGE), 1, TG_EXPRESSIONS)                                                                 \
    KIND(COMP, "a comprehension", 1, TG_K_NESTS) /* [item for .. if ..]; of a record: {pair for .. if ..} */         \
      KID(comp_item, TG_IN(COMP), 0, TG_EXPRESSIONS | TG_IN(PAIR))                                                   \
      KIDS(comp_clauses, TG_IN(COMP), 1, TG_IN(CFOR) | TG_IN(CIF)) /* in the order written */                        \
    KIND(CFOR, "a 'for' of a comprehension", 2, 0)                                                                   \
      KID(cfor_targets, TG_IN(CFOR), 0, TG_IN(TARGETS))                                                              \
      KID(cfor_over, TG_IN(CFOR), 1, TG_EXPRESSIONS)                                                                 \
    KIND(CIF, "an 'if' of a comprehension", 1, 0)                                                                    \
      KID(cif_condition, TG_IN(CIF), 0, TG_EXPRESSIONS)                                                              \
    /* -- operators */                                                                                               \
    KIND(UNARY, "an operator's result", 1, TG_K_NESTS | TG_K_OP) /* op: TG_OP_NEG, POS, NOT */                       \
      KID(unary_operand, TG_IN(UNARY), 0, TG_EXPRESSIONS)                                                            \
    KIND(BINARY, "an operator's result", 2, TG_K_NESTS | TG_K_OP) /* op: arithmetic, comparison, TG_OP_IN, NOT_IN */ \
    KIND(LOGIC, "an operator's result", 2, TG_K_NESTS | TG_K_OP) /* op: TG_OP_AND, OR */                             \
      KID(binary_left, TG_IN(BINARY) | TG_IN(LOGIC), 0, TG_EXPRESSIONS)                                              \
      KID(binary_right, TG_IN(BINARY) | TG_IN(LOGIC), 1, TG_EXPRESSIONS)                                             \
    KIND(CHAIN, "a comparison", 0, TG_K_NESTS) /* a < b <= c */                                                      \
      KIDS(chain_links, TG_IN(CHAIN), 0, TG_IN(BINARY)) /* a < b, b <= c: b is one node */                           \
    KIND(INDEX, "an element", 2, TG_K_NESTS) /* base[at] */                                                          \
      KID(index_base, TG_IN(INDEX), 0, TG_EXPRESSIONS)                                                               \
      KID(index_at, TG_IN(INDEX), 1, TG_EXPRESSIONS)                                                                 \
    KIND(SLICE, "a slice", 4, TG_K_NESTS) /* base[from:to:step] */                                                   \
      KID(slice_base, TG_IN(SLICE), 0, TG_EXPRESSIONS)                                                               \
      OPT(slice_from, TG_IN(SLICE), 1, TG_EXPRESSIONS)                                                               \
      OPT(slice_to, TG_IN(SLICE), 2, TG_EXPRESSIONS)                                                                 \
      OPT(slice_step, TG_IN(SLICE), 3, TG_EXPRESSIONS)                                                               \
    KIND(FIELD, "a field", 1, TG_K_NESTS | TG_K_SYM) /* base.sym; name_start */                                      \
      KID(field_base, TG_IN(FIELD), 0, TG_EXPRESSIONS)                                                               \
    KIND(CALL, "a call", 1, TG_K_NESTS) /* callee(args) */                                                           \
      KID(call_callee, TG_IN(CALL), 0, TG_EXPRESSIONS)                                                               \
      KIDS(call_args, TG_IN(CALL), 1, TG_EXPRESSIONS | TG_IN(KEYWORD))                                               \
    KIND(KEYWORD, "a named argument", 1, TG_K_SYM) /* sym = value: an argument, an option */                         \
      KID(keyword_value, TG_IN(KEYWORD), 0, TG_EXPRESSIONS)                                                          \
    KIND(LAMBDA, "an anonymous function", 2, TG_K_NESTS) /* fn(p) = e, fn(p) { .. }; the kids of TG_N_FN */          \
    KIND(OPTIONED, "an expression with options", 2, 0) /* value with options */                                      \
      KID(optioned_value, TG_IN(OPTIONED), 0, TG_EXPRESSIONS)                                                        \
      KID(optioned_options, TG_IN(OPTIONED), 1, TG_IN(OPTIONS))                                                      \
    /* -- expressions and statements */                                                                              \
    KIND(IF, "an 'if'", 3, TG_K_NESTS)                                                                               \
      KID(if_condition, TG_IN(IF), 0, TG_EXPRESSIONS)                                                                \
      KID(if_then, TG_IN(IF), 1, TG_IN(BLOCK))                                                                       \
      OPT(if_else, TG_IN(IF), 2, TG_IN(BLOCK) | TG_IN(IF))                                                           \
    KIND(BLOCK, "a block", 0, 0) /* its value is that of the last statement, if an expression */                     \
      KIDS(block_statements, TG_IN(BLOCK) | TG_IN(FILE), 0, TG_STATEMENTS)                                           \
    /* -- statements */                                                                                              \
    KIND(USE, "a 'use'", 0, TG_K_TEXT | TG_K_ALIAS) /* plugin or, TG_F_QUOTED, path */                               \
    KIND(IMPORT, "an 'import'", 0, TG_K_TEXT | TG_K_SYM) /* path */                                                  \
    KIND(PARAM, "a parameter", 3, TG_K_TEXT | TG_K_SYM) /* text: help or NULL */                                     \
      KID(param_type, TG_IN(PARAM), 0, TG_IN(TYPE))                                                                  \
      OPT(param_default, TG_IN(PARAM), 1, TG_EXPRESSIONS)                                                            \
      OPT(param_choices, TG_IN(PARAM), 2, TG_EXPRESSIONS)                                                            \
    KIND(ASSIGN, "an assignment", 2, 0)                                                                              \
      KID(assign_targets, TG_IN(ASSIGN), 0, TG_IN(TARGETS))                                                          \
      KID(assign_value, TG_IN(ASSIGN), 1, TG_EXPRESSIONS)                                                            \
    KIND(AUGMENT, "an assignment", 1, TG_K_SYM | TG_K_OP) /* sym op= value; name_start */                            \
      KID(augment_value, TG_IN(AUGMENT), 0, TG_EXPRESSIONS)                                                          \
    KIND(OUTPUT, "an output", 1, TG_K_SYM)                                                                           \
      OPT(output_value, TG_IN(OUTPUT), 0, TG_EXPRESSIONS) /* NULL: the variable of that name */                      \
    KIND(FN, "a function", 2, TG_K_NESTS | TG_K_SYM) /* TG_F_EQUALS: fn f(x) = e */                                  \
      KID(fn_params, TG_IN(FN) | TG_IN(LAMBDA) | TG_IN(FINALLY), 0, TG_IN(PARAMS))                                   \
      KID(fn_body, TG_IN(FN) | TG_IN(LAMBDA) | TG_IN(FINALLY), 1, TG_EXPRESSIONS)                                    \
    KIND(TASK, "a task", 3, TG_K_NESTS | TG_K_SYM | TG_K_TEXT) /* text: what it is called in messages, or NULL */    \
      KID(task_params, TG_IN(TASK), 0, TG_IN(PARAMS)) /* typed */                                                    \
      KID(task_result, TG_IN(TASK), 1, TG_IN(RESULT) | TG_IN(TYPE)) /* TG_N_TYPE in an `extern` */                   \
      OPT(task_options, TG_IN(TASK), 2, TG_IN(OPTIONS))                                                              \
      KIDS(task_steps, TG_IN(TASK), 3, TG_IN(RUN) | TG_IN(SH))                                                       \
    KIND(FOR, "a 'for' loop", 3, TG_K_NESTS)                                                                         \
      KID(for_targets, TG_IN(FOR), 0, TG_IN(TARGETS))                                                                \
      KID(for_over, TG_IN(FOR), 1, TG_EXPRESSIONS)                                                                   \
      KID(for_body, TG_IN(FOR), 2, TG_IN(BLOCK))                                                                     \
    KIND(WHILE, "a 'while' loop", 2, TG_K_NESTS)                                                                     \
      KID(while_condition, TG_IN(WHILE), 0, TG_EXPRESSIONS)                                                          \
      KID(while_body, TG_IN(WHILE), 1, TG_IN(BLOCK))                                                                 \
    KIND(WITH, "a 'with' block", 2, TG_K_NESTS)                                                                      \
      KID(with_options, TG_IN(WITH), 0, TG_IN(OPTIONS))                                                              \
      KID(with_body, TG_IN(WITH), 1, TG_IN(BLOCK))                                                                   \
    KIND(IN_ORDER, "an 'in_order' block", 1, TG_K_NESTS)                                                             \
      KID(in_order_body, TG_IN(IN_ORDER), 0, TG_IN(BLOCK))                                                           \
    KIND(ASSERT, "an assertion", 2, 0)                                                                               \
      KID(assert_condition, TG_IN(ASSERT), 0, TG_EXPRESSIONS)                                                        \
      OPT(assert_message, TG_IN(ASSERT), 1, TG_EXPRESSIONS)                                                          \
    KIND(DEFAULTS, "options of the file", 1, 0) /* of the commands that it defines */                                \
      KID(defaults_options, TG_IN(DEFAULTS), 0, TG_IN(OPTIONS))                                                      \
    KIND(FINALLY, "a 'finally' block", 2, TG_K_NESTS) /* the kids of TG_N_FN; its one parameter is `outcome` */      \
    KIND(EXTERN, "an 'extern' block", 0, TG_K_NESTS | TG_K_TEXT) /* text: the library */                             \
      KIDS(extern_functions, TG_IN(EXTERN), 0, TG_IN(TASK)) /* without steps */                                      \
    KIND(RETURN, "a 'return'", 1, 0)                                                                                 \
      OPT(return_value, TG_IN(RETURN), 0, TG_EXPRESSIONS)                                                            \
    KIND(BREAK, "a 'break'", 0, 0)                                                                                   \
    KIND(CONTINUE, "a 'continue'", 0, 0)                                                                             \
    KIND(EXPR, "an expression", 1, 0) /* as a statement */                                                           \
      KID(expr_value, TG_IN(EXPR), 0, TG_EXPRESSIONS)                                                                \
    KIND(ERROR, "a statement with an error", 0, 0) /* could not be read; a diagnostic says why */                    \
    /* -- parts */                                                                                                   \
    KIND(TARGETS, "names", 0, 0) /* one: plain, several: unpacking */                                                \
      KIDS(targets_names, TG_IN(TARGETS), 0, TG_IN(NAME))                                                            \
    KIND(PARAMS, "parameters", 0, 0)                                                                                 \
      KIDS(params_list, TG_IN(PARAMS), 0, TG_IN(PARAMETER))                                                          \
    KIND(PARAMETER, "a parameter", 2, TG_K_SYM)                                                                      \
      OPT(parameter_type, TG_IN(PARAMETER), 0, TG_IN(TYPE))                                                          \
      OPT(parameter_default, TG_IN(PARAMETER), 1, TG_EXPRESSIONS)                                                    \
    KIND(TYPE, "a type", 0, TG_K_TEXT) /* the type term as written */                                                \
    KIND(OPTIONS, "options", 0, 0)                                                                                   \
      KIDS(options_list, TG_IN(OPTIONS), 0, TG_IN(KEYWORD))                                                          \
    KIND(RESULT, "a result", 1, 0) /* of a task */                                                                   \
      KID(result_form, TG_IN(RESULT), 0, TG_IN(TYPE) | TG_IN(RFILE) | TG_IN(RECORD)) /* a record of TG_N_RFILE */    \
    KIND(RFILE, "a file", 1, 0) /* file("path") or, TG_F_LIST, list[file]("pattern") */                              \
      KID(rfile_path, TG_IN(RFILE), 0, TG_EXPRESSIONS)                                                               \
    KIND(RUN, "a 'run' step", 3, 0) /* run words < input | piped | piped > output */                                 \
      KID(run_words, TG_IN(RUN), 0, TG_EXPRESSIONS) /* gives a list */                                               \
      KIDS(run_piped, TG_IN(RUN), 3, TG_EXPRESSIONS) /* the words of the parts behind the first */                   \
    KIND(SH, "an 'sh' step", 3, 0) /* sh text > output < input */                                                    \
      KID(sh_text, TG_IN(SH), 0, TG_IN(STR) | TG_IN(TEMPLATE))                                                       \
      OPT(step_output, TG_IN(RUN) | TG_IN(SH), 1, TG_EXPRESSIONS)                                                    \
      OPT(step_input, TG_IN(RUN) | TG_IN(SH), 2, TG_EXPRESSIONS | TG_IN(TEXT))                                       \
    KIND(TEXT, "the text of a value", 1, 0) /* < text(value) */                                                      \
      KID(text_value, TG_IN(TEXT), 0, TG_EXPRESSIONS)                                                                \
    KIND(FILE, "a file", 0, 0) /* a whole source; its statements as those of TG_N_BLOCK */
/* clang-format on */

#endif
