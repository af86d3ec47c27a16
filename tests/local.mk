# SPDX-License-Identifier: MIT
# The tests. A unit program is made of the file of its name and libtgchecked.a; a test plugin of one file.

# The engine and the language with their invariants checked (engine/base/assert.h), and the program made of them. What
# looks at the inside, and the suites of random programs, examples and diagnostics, run on these; the others on the
# program that is installed.
check_LIBRARIES = libtgchecked.a
libtgchecked_a_SOURCES = $(libtgrun_a_SOURCES)
libtgchecked_a_CPPFLAGS = $(AM_CPPFLAGS) -DTG_CHECKED
check_PROGRAMS += tests/tgrun-checked
tests_tgrun_checked_SOURCES = cmd/main.c

check_PROGRAMS += \
	tests/unit/test_agent tests/unit/test_parcel \
	tests/unit/test_account tests/unit/test_admit tests/unit/test_again tests/unit/test_ast tests/unit/test_base tests/unit/test_cgroup tests/unit/test_clean tests/unit/test_command \
	tests/unit/test_codec tests/unit/test_content tests/unit/test_command_end tests/unit/test_coordinator tests/unit/test_core tests/unit/test_manifest tests/unit/test_cpus \
	tests/unit/test_depfile tests/unit/test_deque tests/unit/test_digest tests/unit/test_draw tests/unit/test_entry tests/unit/test_event tests/unit/test_fault tests/unit/test_frames tests/unit/test_gate \
	tests/unit/test_graph tests/unit/test_grow tests/unit/test_give_way tests/unit/test_ledger tests/unit/test_ledger_harm tests/unit/test_scale \
	tests/unit/test_mapped tests/unit/test_opt tests/unit/test_outfile tests/unit/test_parse tests/unit/test_pathlock tests/unit/test_plan tests/unit/test_plugin \
	tests/unit/test_print tests/unit/test_progress tests/unit/test_quote tests/unit/test_remote \
	tests/unit/test_report tests/unit/test_retry tests/unit/test_run tests/unit/test_dashboardaddress tests/unit/test_schedule tests/unit/test_durations tests/unit/test_secret tests/unit/test_sig tests/unit/test_pipeline \
	tests/unit/test_signals tests/unit/test_slip tests/unit/test_source tests/unit/test_story tests/unit/test_tasks \
	tests/unit/test_travel tests/unit/test_value tests/unit/test_yaml tests/unit/test_yaml_keys

# A stress program is one test: it is well if it ends with status 0.
check_PROGRAMS += tests/stress/stress_admit tests/stress/stress_apart tests/stress/stress_grow tests/stress/stress_run tests/stress/stress_shell tests/stress/stress_stream

# All made of bad.c, each with the defect of its name.
bad_plugins = \
	tests/plugins/bad_abi.so tests/plugins/bad_function.so tests/plugins/bad_host.so \
	tests/plugins/bad_init.so tests/plugins/bad_magic.so tests/plugins/bad_name.so \
	tests/plugins/bad_new.so tests/plugins/bad_new_type.so \
	tests/plugins/bad_no_entry.so tests/plugins/bad_pointer.so tests/plugins/bad_short.so \
	tests/plugins/bad_signature.so tests/plugins/bad_size.so tests/plugins/bad_task.so \
	tests/plugins/bad_twice.so tests/plugins/bad_type.so tests/plugins/bad_type_both.so \
	tests/plugins/bad_type_flags.so tests/plugins/bad_type_half.so tests/plugins/bad_type_other_half.so \
	tests/plugins/bad_type_size.so tests/plugins/bad_value.so tests/plugins/old_host.so
test_plugins = \
	$(bad_plugins) tests/plugins/aged.so tests/plugins/canary.so tests/plugins/fault.so tests/plugins/grower.so tests/plugins/instant.so \
	tests/plugins/late.so tests/plugins/mortal.so tests/plugins/rogue.so tests/plugins/travel.so tests/plugins/twin.so tests/plugins/namesake.so

fuzz_replays = \
	tests/fuzz/replay_batch tests/fuzz/replay_codec tests/fuzz/replay_delimited tests/fuzz/replay_depfile tests/fuzz/replay_json \
	tests/fuzz/replay_parcel tests/fuzz/replay_plugin \
	tests/fuzz/replay_print tests/fuzz/replay_sig tests/fuzz/replay_story tests/fuzz/replay_tg tests/fuzz/replay_yaml
check_PROGRAMS += $(fuzz_replays)
tests_fuzz_replay_batch_SOURCES = tests/fuzz/fuzz_batch.c tests/fuzz/replay.c
tests_fuzz_replay_codec_SOURCES = tests/fuzz/fuzz_codec.c tests/fuzz/replay.c
tests_fuzz_replay_delimited_SOURCES = tests/fuzz/fuzz_delimited.c tests/fuzz/replay.c
tests_fuzz_replay_depfile_SOURCES = tests/fuzz/fuzz_depfile.c tests/fuzz/replay.c
tests_fuzz_replay_json_SOURCES = tests/fuzz/fuzz_json.c tests/fuzz/replay.c
tests_fuzz_replay_parcel_SOURCES = tests/fuzz/fuzz_parcel.c tests/fuzz/replay.c
tests_fuzz_replay_plugin_SOURCES = tests/fuzz/fuzz_plugin.c tests/fuzz/replay.c
tests_fuzz_replay_print_SOURCES = tests/fuzz/fuzz_print.c tests/fuzz/replay.c
tests_fuzz_replay_sig_SOURCES = tests/fuzz/fuzz_sig.c tests/fuzz/replay.c
tests_fuzz_replay_story_SOURCES = tests/fuzz/fuzz_story.c tests/fuzz/replay.c
tests_fuzz_replay_tg_SOURCES = tests/fuzz/fuzz_tg.c tests/fuzz/replay.c
tests_fuzz_replay_yaml_SOURCES = tests/fuzz/fuzz_yaml.c tests/fuzz/replay.c

# What tests load before tgrun.
preloads = tests/preload/cut.so tests/preload/failing_call.so tests/preload/no_memory.so tests/preload/slow_handlers.so

check_DATA += $(test_plugins) $(preloads)
CLEANFILES += $(test_plugins) $(preloads)
$(preloads): tests/preload/%.so: tests/preload/%.c
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(build_so)
tests/plugins/%.so: tests/plugins/%.c include/tgrun.h
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(build_so)
$(bad_plugins): tests/plugins/%.so: tests/plugins/bad.c include/tgrun.h
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(build_so) -D$* -DNAME='"$*"'
tests/plugins/aged.so: tests/plugins/old/tgrun.h
tests/plugins/aged.so: AM_CPPFLAGS = -I'$(srcdir)/tests/plugins/old'
tests/plugins/late.so: tests/plugins/canary.c include/tgrun.h
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(build_so) -DLATE

# A build folder that was copied or moved still names the old one, and would test what is there.
right_folder = test . -ef '$(abs_builddir)' || \
	{ echo 'this folder was configured as $(abs_builddir): run ./bootstrap (or configure) again' >&2; exit 1; }

# TESTS_ONLY=REGEX and TESTS_SKIP=TAG narrow the suite down; see tests/run.
check-local:
	@$(right_folder); TG_BUILD='$(abs_builddir)' '$(srcdir)/tests/run' $(check_PROGRAMS:tests/tgrun-checked=)

# What takes too long for every time; see tests/run-long.
check-long: all
	@$(MAKE) $(AM_MAKEFLAGS) $(check_PROGRAMS) $(check_DATA)
	@$(right_folder); TG_BUILD='$(abs_builddir)' '$(srcdir)/tests/run-long' $(check_PROGRAMS:tests/tgrun-checked=)

# UPDATE=1 make check-golden writes what comes out as what is expected.
check-golden: all-am $(check_DATA)
	@$(right_folder); TG_BUILD='$(abs_builddir)' '$(srcdir)/tests/run-golden'

# A build of its own in build-NAME/obj, from the files that a release would have: $(call own_build,NAME,CONFIGURE-OPTION...),
# in a recipe; what follows runs in its folder.
own_build = $(MKDIR_P) build-$(1)/obj && \
	$(MAKE) $(AM_MAKEFLAGS) -s V=1 distdir distdir=build-$(1)/src && \
	cd build-$(1)/obj && \
	{ test -f Makefile || ../src/configure -q $(2); }

# The suite with a sanitizer, without tests tagged slow or not-asan, not-tsan. The one for data races leaves out what has only one
# thread, or does nothing in several that others do not do as well.
one_thread = builtins|collections|completion|config|editors|help|hints|install|language|lists|modules|options|params|records|report
one_thread += schema|tables|trust|words|yaml
check-tsan: leave_out = ^docs|fuzz/|cli/($(subst $() ,|,$(one_thread)))$$|unit/test_(base|entry|value)$$
check-asan check-tsan:
	@$(call own_build,$(@:check-%=%),--enable-$(@:check-%=%)) && \
	$(MAKE) $(AM_MAKEFLAGS) -s V=1 all && \
	TESTS_NOT="$${TESTS_NOT-$(leave_out)}" $(MAKE) $(AM_MAKEFLAGS) -s V=1 check TG_TEST_VARIANT=$(@:check-%=%) \
		TESTS_SKIP="$${TESTS_SKIP-slow} not-$(@:check-%=%)"

# Builds everything, tests and benchmarks included, without a warning: with clang, and with gcc's warnings of conversions. Each is one
# test; nothing is run.
check-clang: warn_with = CC='$(CLANG)' CFLAGS=
check-conversion: warn_with = CC='$(CC)' CFLAGS=-Wconversion
check-clang check-conversion:
	@$(call own_build,$(@:check-%=%),--enable-werror $(warn_with)) && \
	if $(MAKE) $(AM_MAKEFLAGS) -s -k V=1 all && $(MAKE) $(AM_MAKEFLAGS) -s -k V=1 bench $(check_PROGRAMS) $(check_DATA); \
	then echo '1 passed, 0 failed'; \
	else echo '0 passed, 1 failed'; exit 1; fi

# How much of the source the suite runs, by folder.
coverage:
	@$(call own_build,coverage,CC='$(CC)' CFLAGS='-O0 --coverage -fprofile-update=atomic') && \
	$(MAKE) $(AM_MAKEFLAGS) -s V=1 all && \
	find . -name '*.gcda' -exec rm -f {} + && \
	{ $(MAKE) $(AM_MAKEFLAGS) -s V=1 check TG_TEST_VARIANT=coverage TESTS_SKIP="$${TESTS_SKIP-slow} not-asan" || failed=1; } && \
	'$(abs_top_srcdir)/tests/coverage' ../src && \
	test -z "$$failed"

# Fuzzes each harness for FUZZ_SECONDS; what crashes is kept in build-fuzz/obj/found.
fuzz:
	@$(call own_build,fuzz,--enable-asan CC='$(CLANG)' CFLAGS=-fsanitize=fuzzer-no-link) && \
	$(MAKE) $(AM_MAKEFLAGS) -s V=1 libtgrun.a && \
	'$(abs_top_srcdir)/tests/fuzz/run' '$(CLANG)' '$(TG_LIBS) $(LIBS)' $(fuzz_replays)

EXTRA_DIST += \
	tests/editors/letters.vim tests/editors/press.py tests/editors/texts.letters tests/editors/texts.tg tests/editors/textmate.py \
	tests/cli/admission.bats tests/cli/again.bats tests/cli/again-grow.bats tests/cli/builtins.bats tests/cli/collections.bats tests/cli/commands-lang.bats tests/cli/completion.bats tests/cli/durations.bats \
	tests/cli/command-results.bats tests/cli/crash.bats tests/cli/crash-processes.bats tests/cli/debug.bats tests/cli/driver.bats tests/cli/liar.py tests/cli/dry-run.bats tests/cli/environment.bats \
	tests/cli/editors.bats tests/cli/endless.bats tests/cli/events.bats tests/cli/functions.bats tests/cli/futures.bats \
	tests/cli/glob.bats tests/cli/objects-processes.bats tests/cli/graph.bats tests/cli/pictures.bats tests/cli/finally.bats \
	tests/cli/grow-plugins.bats tests/cli/growing.bats tests/cli/help.bats tests/cli/helper.bash tests/cli/hints.bats \
	tests/cli/hostile.bats tests/cli/in-order.bats tests/cli/language.bats tests/cli/laziness.bats tests/cli/limits.bats tests/cli/lists.bats \
	tests/cli/memory.bats tests/cli/install.bats \
	tests/cli/modules.bats tests/cli/options.bats tests/cli/page.bats tests/cli/processes.bats tests/cli/params.bats tests/cli/report.bats tests/cli/summary.bats \
	tests/cli/records.bats tests/cli/result-files.bats tests/cli/result-paths.bats tests/cli/resources.bats tests/cli/retries.bats \
	tests/cli/schema.bats tests/cli/shells.bats tests/cli/secrets.bats tests/cli/servers.bats tests/cli/failures.bats tests/cli/failures-table.bats \
	tests/cli/task-options.bats tests/cli/time-limits.bats tests/cli/trust.bats tests/cli/tables.bats tests/cli/trace.bats tests/cli/runreport.bats tests/cli/try.bats tests/cli/yaml.bats \
	tests/cli/task-container.bats tests/cli/task-dir.bats tests/cli/task-memory.bats \
	tests/fuzz/corpus tests/cli/cluster.bats tests/cli/config.bats tests/cli/unchanged.bats tests/cli/jobserver.bats tests/cli/log.bats tests/cli/signals.bats tests/cli/status.bats tests/cli/dashboard.bats tests/cli/web.py tests/cli/dask.bats tests/cli/dask_agent.py tests/cli/dask_core.py tests/cli/watch.bats tests/cli/words.bats tests/cli/worker-memory.bats \
	tests/page/.npmrc tests/page/browser.mjs tests/page/charts.mjs tests/page/check.mjs tests/page/live.mjs tests/page/mock.mjs tests/page/odd.mjs \
	tests/page/package.json tests/page/package-lock.json tests/page/pure tests/page/pure.test.mjs tests/page/serve.mjs tests/page/shoot.mjs \
	tests/fuzz/run tests/fuzz/tg.dict tests/golden tests/lint tests/match.awk \
	tests/plugins/aged.c tests/plugins/bad.c tests/plugins/old tests/plugins/travel.c tests/plugins/fault.c tests/plugins/grower.c tests/plugins/mortal.c tests/plugins/namesake.c tests/plugins/twin.c tests/preload/cut.c tests/preload/failing_call.c tests/preload/no_memory.c \
	tests/preload/slow_handlers.c \
	tests/run tests/plugins/rogue.c \
	tests/plugins/canary.c tests/plugins/instant.c tests/cli/now.bats tests/cli/regex.bats \
	tests/run-docs tests/run-examples tests/run-golden tests/run-long tests/coverage tests/stress/compare.awk \
	tests/stress/again.bats tests/stress/again.py tests/stress/failures.awk tests/stress/futures.awk tests/stress/killed.bats tests/stages.bash tests/stress/failures.bats \
	tests/stress/futures.bats tests/stress/in_order.awk \
	tests/stress/in_order.bats tests/stress/interrupts.bats tests/stress/system_calls.bats tests/stress/texts.awk \
	tests/stress/texts.bats tests/watchdog tests/unit/call.h tests/unit/check.h tests/unit/command_case.h \
	tests/unit/ledger_case.h tests/unit/lying.h tests/unit/reading.h tests/unit/tasks.h tests/unit/tree.h tests/unit/yaml_case.h tests/unit/workflow.h \
	tests/cli/pipelines.bats tests/cli/placing.bats tests/cli/progress.bats tests/screen.py tests/cli/shortage.bats
