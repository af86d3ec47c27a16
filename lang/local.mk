# SPDX-License-Identifier: MIT
# The language. The generated lexer and parser are in the tarball, not in git.

lib_lang_text = \
	lang/text/diag.c lang/text/diag.h lang/text/source.c lang/text/source.h
lib_lang_tree = \
	lang/tree/ast.c lang/tree/ast.h
lib_lang_read = \
	lang/read/build.c lang/read/build.h lang/read/build_statement.c lang/read/lex.l lang/read/literal.c \
	lang/read/parse.y lang/read/parse_tg.c lang/read/reader.h lang/read/scan.c lang/read/scan.h lang/read/slip.c \
	lang/read/token.c
lib_lang = \
	lang/adding.c lang/builtin.c lang/call.c lang/check.c lang/command.c lang/declare.c lang/defer.c lang/defer.h lang/eval.c lang/eval.h lang/exec.c lang/expand.c lang/expand.h lang/front.c lang/front.h lang/hint.c lang/iterate.c lang/module.h lang/operate.c lang/option.c lang/print.c lang/print.h lang/print_expr.c lang/print_literal.c lang/print_yaml.c lang/printer.h lang/reach.c lang/resolve.c lang/resolve.h lang/stream.c lang/stream.h lang/taker.c lang/taker.h lang/yaml.c lang/yaml.h lang/yaml_keys.c lang/yaml_layout.c lang/yaml_layout.h lang/yaml_order.c lang/yaml_params.c lang/yaml_read.c lang/yaml_step.c lang/yaml_task.c lang/yaml_value.c lang/yaml_write.c lang/yaml_write_step.c lang/yaml_writer.h $(lib_lang_text) $(lib_lang_tree) $(lib_lang_read)

BUILT_SOURCES += lang/read/parse.h
MAINTAINERCLEANFILES += lang/read/lex.c lang/read/parse.c lang/read/parse.h
