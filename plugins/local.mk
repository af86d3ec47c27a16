# SPDX-License-Identifier: MIT
# The plugins. `core` is part of the program; each other one is NAME/NAME.so, with three lines here. What some of them
# share is inline, in headers of plugins/shared, which stand with the core.

lib_core = \
	plugins/core/core.c plugins/core/core.h plugins/core/core_arith.c plugins/core/core_compare.c \
	plugins/core/core_control.c plugins/core/core_format.c plugins/core/core_hint.c plugins/core/core_list.c \
	plugins/core/core_select.c plugins/core/core_slice.c plugins/core/core_text.c \
	plugins/shared/arith.h plugins/shared/chars.h plugins/shared/task_fn.h

plugin_PROGRAMS += plugins/example/example.so plugins/math/math.so plugins/text/text.so

plugins_example_example_so_SOURCES = plugins/example/example.c
plugins_example_example_so_CFLAGS = $(so_cflags)
plugins_example_example_so_LDFLAGS = $(so_ldflags)
plugins_example_example_so_LDADD =

plugins_math_math_so_SOURCES = plugins/math/math.c
plugins_math_math_so_CFLAGS = $(so_cflags)
plugins_math_math_so_LDFLAGS = $(so_ldflags)
plugins_math_math_so_LDADD = -lm

plugins_text_text_so_SOURCES = \
	plugins/text/buffer.c plugins/text/count.c plugins/text/files.c plugins/text/letters.c \
	plugins/text/regex.c plugins/text/text.c plugins/text/text.h
plugins_text_text_so_CFLAGS = $(so_cflags) $(PCRE2_CFLAGS)
plugins_text_text_so_LDFLAGS = $(so_ldflags) -Wl,--exclude-libs,ALL
plugins_text_text_so_LDADD = $(TG_PCRE2_LIBS)

EXTRA_DIST += \
	plugins/example/Makefile plugins/example/README.md plugins/example/example.out \
	plugins/example/example.tg
