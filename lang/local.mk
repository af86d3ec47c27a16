# SPDX-License-Identifier: MIT
# The language. The generated lexer and parser are in the tarball, not in git.

lib_lang_text = \
	lang/text/diag.c lang/text/diag.h lang/text/foreign.c lang/text/foreign.h lang/text/source.c lang/text/source.h
lib_lang_tree = \
	lang/tree/ast.c lang/tree/ast.h lang/tree/kinds.h
lib_lang_read = \
	lang/read/build.c lang/read/build.h lang/read/build_statement.c lang/read/lex.l lang/read/literal.c \
	lang/read/parse.y lang/read/parse_tg.c lang/read/parse_tg.h lang/read/reader.h lang/read/scan.c lang/read/scan.h \
	lang/read/slip.c lang/read/slip.h lang/read/slip_expected.c lang/read/slip_hint.c lang/read/slip_known.c lang/read/token.c
lib_lang_yaml = \
	lang/yaml/parse_yaml.h lang/yaml/yaml.c lang/yaml/yaml.h lang/yaml/yaml_hint.c lang/yaml/yaml_keys.c \
	lang/yaml/yaml_order.c lang/yaml/yaml_plain.c lang/yaml/yaml_read.c lang/yaml/yaml_spell.c \
	lang/yaml/yaml_statement.c lang/yaml/yaml_task.c lang/yaml/yaml_text.c lang/yaml/yaml_value.c
lib_lang_print = \
	lang/print/print.c lang/print/print.h lang/print/print_expr.c lang/print/print_literal.c lang/print/print_yaml.c \
	lang/print/printer.h lang/print/yaml_write.c lang/print/yaml_write.h lang/print/yaml_write_call.c \
	lang/print/ydoc.c lang/print/ydoc.h
lib_lang_bind = \
	lang/bind/builtins.c lang/bind/builtins.h lang/bind/callee.c lang/bind/callee.h lang/bind/constant.c lang/bind/constant.h lang/bind/declare.c \
	lang/bind/declare.h lang/bind/hint.c lang/bind/hint.h lang/bind/late.c lang/bind/late.h \
	lang/bind/module.h lang/bind/option_hint.c lang/bind/option_hint.h lang/bind/option_value.c \
	lang/bind/option_value.h lang/bind/options.c lang/bind/options.h lang/bind/program.c lang/bind/program.h \
	lang/bind/refer.c lang/bind/refer.h lang/bind/resolve.c lang/bind/resolve.h lang/bind/scope.c lang/bind/scope.h \
	lang/bind/shelltext.c lang/bind/shelltext.h
lib_lang_check = \
	lang/check/advice.c lang/check/advice.h lang/check/argument.c lang/check/argument.h lang/check/check.c \
	lang/check/check.h lang/check/checking.h lang/check/checksh.c lang/check/checksh.h lang/check/checkstep.c \
	lang/check/checkstep.h lang/check/cmduse.c lang/check/cmduse.h \
	lang/check/failable.c lang/check/failable.h lang/check/finaluse.c lang/check/finaluse.h lang/check/last.c lang/check/last.h lang/check/optionuse.c \
	lang/check/optionuse.h lang/check/outuse.c \
	lang/check/outuse.h lang/check/reads.c lang/check/reads.h lang/check/region.c lang/check/region.h \
	lang/check/secrecy.c lang/check/secrecy.h
lib_lang_eval = \
	lang/eval/anchor.c lang/eval/anchor.h lang/eval/arrange.c lang/eval/arrange.h lang/eval/asks.c lang/eval/asks.h \
	lang/eval/as_completed.c \
	lang/eval/as_completed.h lang/eval/attempt.c lang/eval/attempt.h lang/eval/box.c lang/eval/box.h \
	lang/eval/builtin.c lang/eval/builtin.h lang/eval/call.c lang/eval/call.h lang/eval/cmdfolder.c \
	lang/eval/cmdrecord.c lang/eval/cmdrecord.h lang/eval/cmdfolder.h lang/eval/cmdprogram.c lang/eval/cmdprogram.h lang/eval/cmdtask.c lang/eval/cmdtask.h lang/eval/cmdmake.c lang/eval/cmdmake.h lang/eval/continuation.c \
	lang/eval/continuation.h lang/eval/continue.c lang/eval/continue.h \
	lang/eval/core_task.c lang/eval/core_task.h lang/eval/environment.c lang/eval/environment.h lang/eval/eval.c \
	lang/eval/eval.h lang/eval/evaluate.c lang/eval/evaluate.h lang/eval/filesize.c lang/eval/filesize.h \
	lang/eval/finally.c lang/eval/finally.h lang/eval/fit.c lang/eval/fit.h lang/eval/frame.c lang/eval/frame.h \
	lang/eval/function.c lang/eval/function.h lang/eval/in_order.c lang/eval/in_order.h lang/eval/iterate.c \
	lang/eval/iterate.h lang/eval/jsontext.c lang/eval/jsontext.h lang/eval/maycall.c lang/eval/maycall.h \
	lang/eval/nocall.c lang/eval/nocall.h lang/eval/now.c lang/eval/now.h lang/eval/operate.c lang/eval/operate.h \
	lang/eval/option.c lang/eval/option.h lang/eval/overlay.c lang/eval/overlay.h lang/eval/pairs.c \
	lang/eval/pairs.h lang/eval/placed.c lang/eval/placed.h lang/eval/point.c lang/eval/point.h lang/eval/preflight.c lang/eval/preflight.h \
	lang/eval/product.c lang/eval/product.h lang/eval/select.c lang/eval/select.h lang/eval/sheet.c \
	lang/eval/sheet.h lang/eval/site.c lang/eval/site.h lang/eval/statement.c lang/eval/statement.h \
	lang/eval/suspend.c lang/eval/suspend.h lang/eval/turn.c lang/eval/turn.h lang/eval/wordarg.c lang/eval/wordarg.h
lib_lang = \
	lang/front.c lang/front.h $(lib_lang_text) $(lib_lang_tree) $(lib_lang_read) $(lib_lang_yaml) $(lib_lang_print) \
	$(lib_lang_bind) $(lib_lang_check) $(lib_lang_eval)

# `all` and `check` make it first; a single target of a fresh checkout has nothing but this.
BUILT_SOURCES += lang/read/parse.h
read_tokens = lex.$(OBJEXT) parse_tg.$(OBJEXT) scan.$(OBJEXT) slip.$(OBJEXT) slip_expected.$(OBJEXT) slip_hint.$(OBJEXT) \
	slip_known.$(OBJEXT) token.$(OBJEXT)
$(read_tokens:%=lang/read/%) $(read_tokens:%=lang/read/libtgchecked_a-%): lang/read/parse.h
tests/unit/test_parse.$(OBJEXT): lang/read/parse.h
MAINTAINERCLEANFILES += lang/read/lex.c lang/read/parse.c lang/read/parse.h
