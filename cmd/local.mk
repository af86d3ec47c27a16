# SPDX-License-Identifier: MIT
# The command line: one file per verb.

bin_PROGRAMS += tgrun
tgrun_SOURCES = cmd/main.c
tgrun_LDADD = $(release_libs)

# All but main, so that unit programs can use it.
noinst_LIBRARIES += libtgcmd.a
libtgcmd_a_SOURCES = \
	cmd/verb_check.c cmd/verb_clean.c cmd/verb_config.c cmd/config.c cmd/config.h cmd/chosen.c cmd/chosen.h cmd/cmd.c cmd/cmd.h cmd/complete.c cmd/verb_convert.c cmd/cpus.c cmd/cpus.h cmd/crash.c cmd/crash.h cmd/verb_debug.c cmd/verb_driver.c cmd/debugger.c cmd/debugger.h cmd/ending.c cmd/ending.h \
	cmd/dryrun.c cmd/dryrun.h cmd/elsewhere.c cmd/elsewhere.h cmd/excerpt.c cmd/excerpt.h cmd/failures.c cmd/failures.h cmd/execute.c cmd/execute.h cmd/file.c \
	cmd/file.h cmd/verb_fmt.c cmd/verb_graph.c cmd/verb_help.c cmd/init.c cmd/init.h cmd/layout.c cmd/layout.h cmd/locate.c cmd/locate.h cmd/meant.c cmd/meant.h cmd/verb_list.c cmd/manual.c cmd/verb_new.c cmd/offer.c cmd/offer.h cmd/opt.c cmd/opt.h \
	cmd/notice.c cmd/notice.h cmd/outputs.c cmd/outputs.h cmd/quota.c cmd/quota.h cmd/ram.c cmd/ram.h cmd/resources.c cmd/resources.h cmd/past.c cmd/past.h cmd/paths.c cmd/paths.h cmd/verb_plugins.c cmd/force.c cmd/force.h cmd/foresee.c cmd/foresee.h cmd/recording.c cmd/recording.h cmd/readset.c cmd/readset.h cmd/recordopt.c cmd/recordopt.h cmd/report.c cmd/report.h cmd/runopt.h cmd/memory.c cmd/earlier.c cmd/earlier.h \
	cmd/memory.h cmd/verb_run.c cmd/verb_trace.c cmd/tracefile.c cmd/tracefile.h cmd/verb_report.c cmd/reportfile.c cmd/reportfile.h cmd/storysource.c cmd/storysource.h cmd/say.c cmd/say.h cmd/screen.c cmd/screen.h cmd/progress.c cmd/progress.h cmd/signals.c cmd/signals.h cmd/stdout.c cmd/stdout.h \
	cmd/sharing.c cmd/sharing.h cmd/syntax.c cmd/outcome.c cmd/outcome.h \
	cmd/summary.c cmd/summary.h cmd/verb_status.c cmd/verb_scale.c cmd/verb_stop.c cmd/control.c cmd/control.h cmd/inquire.c cmd/inquire.h cmd/inquiry.c cmd/inquiry.h \
	cmd/inquiryword.c cmd/meet.c cmd/meet.h \
	cmd/term.c cmd/term.h cmd/took.c cmd/took.h cmd/verbs.c cmd/verb_watch.c cmd/verb_log.c cmd/verb_why.c cmd/watching.c cmd/watching.h cmd/workflow.c

# The dashboard, which loads libmicrohttpd when it is asked for.
libtgcmd_a_SOURCES += cmd/dashboard.h cmd/dashboardaddress.c cmd/dashboardaddress.h
if DASHBOARD_SERVER
libtgcmd_a_SOURCES += cmd/dashboard.c cmd/dashboardanswer.c cmd/dashboardcontrol.c cmd/dashboardcontrol.h cmd/dashboardlib.c \
	cmd/dashboardlib.h cmd/dashboardweb.c cmd/dashboardweb.h
else
libtgcmd_a_SOURCES += cmd/dashboardnone.c
endif

# What `tgrun new` writes is kept as files and compiled in.
nodist_libtgcmd_a_SOURCES = cmd/templates.c
CLEANFILES += cmd/templates.c
templates = \
	cmd/templates/completion.bash.in cmd/templates/completion.fish.in cmd/templates/completion.zsh.in \
	cmd/templates/plugin/Makefile.in cmd/templates/plugin/README.md.in cmd/templates/plugin/plugin.c.in \
	cmd/templates/plugin/test.expected.in cmd/templates/plugin/test.tg.in cmd/templates/tgrun.1.in \
	cmd/templates/tgrun.tmLanguage.json.in cmd/templates/tgrun.vim.in \
	cmd/templates/workflow.tg.in
EXTRA_DIST += cmd/templates/embed.sh $(templates)
cmd/templates.c: cmd/templates/embed.sh $(templates)
	$(AM_V_GEN)$(MKDIR_P) cmd && sh '$(srcdir)/cmd/templates/embed.sh' '$(srcdir)/cmd/templates' >$@

# The page is bundled by node of what npm installs into build-page/, and compiled in; a tarball has it ready. Where it cannot be made, or is
# not wanted, it is empty.
page_sources = \
	cmd/page/build.mjs cmd/page/make.sh cmd/page/package.json cmd/page/package-lock.json cmd/page/.npmrc \
	cmd/page/src/app.jsx cmd/page/src/colors.js cmd/page/src/columns.js cmd/page/src/dagre.js cmd/page/src/format.js \
	cmd/page/src/graph.css cmd/page/src/graph.jsx cmd/page/src/header.jsx cmd/page/src/items.js cmd/page/src/lanes.jsx \
	cmd/page/src/layout.js cmd/page/src/lens.js cmd/page/src/main.jsx cmd/page/src/memory.jsx cmd/page/src/names.css \
	cmd/page/src/paint.js cmd/page/src/parts.css cmd/page/src/path.jsx cmd/page/src/reported.js cmd/page/src/route.js \
	cmd/page/src/rows.js cmd/page/src/series.css cmd/page/src/series.jsx cmd/page/src/shell.css cmd/page/src/source.js \
	cmd/page/src/status.jsx cmd/page/src/style.css cmd/page/src/task.jsx cmd/page/src/tasks.jsx cmd/page/src/theme.js \
	cmd/page/src/ticks.js cmd/page/src/timeline.css cmd/page/src/timeline.jsx cmd/page/src/ui.jsx cmd/page/src/window.js
libtgcmd_a_SOURCES += cmd/pagetext.h
nodist_libtgcmd_a_SOURCES += cmd/pagetext.c
CLEANFILES += cmd/pagetext.c
MAINTAINERCLEANFILES += cmd/page/page.html
EXTRA_DIST += cmd/page/embed.sh cmd/page/page.html $(page_sources)
make_page = '$(srcdir)/cmd/page/make.sh' $(PAGE_WANTED) '$(NODE)' '$(NPM)' '$(srcdir)/cmd/page' cmd/page/page.html
if PAGE_MADE
cmd/page/page.html: $(page_sources)
	$(AM_V_GEN)sh $(make_page)
else
cmd/page/page.html:
	$(AM_V_GEN)$(MKDIR_P) $(@D) && : >$@
endif
if DASHBOARD
page_embedded = cmd/page/page.html
else
page_embedded = /dev/null
endif
cmd/pagetext.c: cmd/page/embed.sh $(page_embedded)
	$(AM_V_GEN)$(MKDIR_P) cmd && page='$(page_embedded)' && { test -e "$$page" || page="$(srcdir)/$$page"; } && \
		sh '$(srcdir)/cmd/page/embed.sh' "$$page" >$@

# Tries again where npm could not install.
page:
	rm -f cmd/page/page.html && $(MAKE) $(AM_MAKEFLAGS) PAGE_WANTED=yes all

# The option tables in the program make its completions too.
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
bashcompletion_DATA = completions/tgrun
zshcompletion_DATA = completions/_tgrun
fishcompletion_DATA = completions/tgrun.fish
CLEANFILES += $(bashcompletion_DATA) $(zshcompletion_DATA) $(fishcompletion_DATA)
completions/tgrun: tgrun
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(run_tgrun) help --completion=bash >$@
completions/_tgrun: tgrun
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(run_tgrun) help --completion=zsh >$@
completions/tgrun.fish: tgrun
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(run_tgrun) help --completion=fish >$@

# Drivers of clusters that are no C: each is a program, and what it imports lies beside it.
driverdir = $(pkglibexecdir)
dist_driver_SCRIPTS = cmd/drivers/tgrun-driver-dask
dist_driver_DATA = cmd/drivers/tgrun_dask_cluster.py cmd/drivers/tgrun_dask_worker.py
