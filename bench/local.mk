# SPDX-License-Identifier: MIT
# Benchmarks, built by `make bench` only.

bench_programs = bench/copy bench/core bench/floor bench/lines bench/nothing bench/phases bench/ping bench/timed bench/workflow
bench_plugins = bench/plugin/bench.so
EXTRA_PROGRAMS += $(bench_programs)
bench_copy_LDADD = $(release_libs)
bench_core_LDADD = $(release_libs)
bench_floor_LDADD = $(release_libs)
bench_lines_LDADD = $(release_libs)
bench_nothing_LDADD = $(release_libs)
bench_phases_LDADD = $(release_libs)
bench_ping_LDADD = $(release_libs)
bench_timed_LDADD = $(release_libs)
bench_workflow_LDADD = -lm
CLEANFILES += $(bench_programs) $(bench_plugins)
bench: all-am $(bench_programs) $(bench_plugins)
.PHONY: bench
bench/plugin/%.so: bench/plugin/%.c include/tgrun.h
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(build_so)

EXTRA_DIST += \
	bench/README.md bench/RESULTS.md bench/generate bench/growth/fib-language.tg bench/growth/fib.tg \
	bench/growth/while.tg bench/peers/dask_graph.py bench/peers/taskflow.cpp \
	bench/peers/tbb.cpp bench/plugin/bench.c bench/processes/alone.tg bench/processes/large.tg \
	bench/processes/one.tg bench/report.awk bench/run bench/servers/answer.awk bench/servers/answer.c bench/servers/answer.py bench/shapes.h \
	bench/shapes/chain.tg bench/shapes/fft.tg bench/shapes/random.tg bench/shapes/stencil_1d.tg \
	bench/shapes/tree.tg bench/shapes/wavefront.tg bench/shapes/wide.tg bench/work.h
