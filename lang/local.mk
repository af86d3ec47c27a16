# SPDX-License-Identifier: MIT
# The language. The generated lexer and parser are in the tarball, not in git.

lib_lang = \
	lang/adding.c lang/ast.c lang/ast.h lang/build.c lang/build.h lang/build_statement.c lang/builtin.c lang/call.c lang/check.c lang/command.c lang/declare.c lang/defer.c lang/defer.h lang/diag.c lang/diag.h lang/eval.c lang/eval.h lang/exec.c lang/expand.c lang/expand.h lang/front.c lang/front.h lang/hint.c lang/iterate.c lang/lex.l lang/literal.c lang/module.h lang/operate.c lang/option.c lang/parse.y lang/parse_tg.c lang/print.c lang/print.h lang/print_expr.c lang/print_literal.c lang/print_yaml.c lang/printer.h lang/reach.c lang/reader.h lang/resolve.c lang/resolve.h lang/scan.c lang/scan.h lang/slip.c lang/source.c lang/source.h lang/stream.c lang/stream.h lang/taker.c lang/taker.h lang/token.c lang/yaml.c lang/yaml.h lang/yaml_keys.c lang/yaml_layout.c lang/yaml_layout.h lang/yaml_order.c lang/yaml_params.c lang/yaml_read.c lang/yaml_step.c lang/yaml_task.c lang/yaml_value.c lang/yaml_write.c lang/yaml_write_step.c lang/yaml_writer.h 

BUILT_SOURCES += lang/parse.h
MAINTAINERCLEANFILES += lang/lex.c lang/parse.c lang/parse.h
