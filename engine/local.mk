# SPDX-License-Identifier: MIT
# The engine: a folder may include only what stands to its left (tests/lint/includes).
# base < gate < value < store < graph < plugin < event < command, run < grow < remote < draw, sched, watch < session

noinst_LIBRARIES += libtgrun.a
lib_base = \
	engine/base/alloc.c engine/base/alloc.h engine/base/arena.c engine/base/arena.h engine/base/ascii.h \
	engine/base/assert.c engine/base/assert.h engine/base/bits.h engine/base/block.c engine/base/block.h \
	engine/base/buf.c engine/base/buf.h engine/base/canonical.c engine/base/canonical.h engine/base/clock.c \
	engine/base/clock.h engine/base/column.c engine/base/column.h engine/base/compiler.h engine/base/digits.h engine/base/err.c \
	engine/base/err.h engine/base/fault.c engine/base/fault.h engine/base/glob.c engine/base/glob.h engine/base/hash.h engine/base/limits.h \
	engine/base/names.c engine/base/names.h engine/base/near.c engine/base/near.h engine/base/out.c \
	engine/base/out.h engine/base/outlet.c engine/base/outlet.h engine/base/pages.c engine/base/pages.h engine/base/path.c engine/base/path.h \
	engine/base/rmtree.c engine/base/rmtree.h engine/base/secret.c engine/base/secret.h engine/base/shortage.c \
	engine/base/shortage.h engine/base/table.c engine/base/table.h engine/base/ticker.c engine/base/ticker.h engine/base/usage.c engine/base/usage.h engine/base/utf8.c engine/base/utf8.h \
	engine/base/vec.c engine/base/vec.h
lib_value = \
	engine/value/codec.h engine/value/codecform.h engine/value/compare.c engine/value/decode.c engine/value/delimited.c \
	engine/value/delimited.h engine/value/encode.c engine/value/format.c \
	engine/value/future.c engine/value/future.h engine/value/json.c engine/value/kind.c engine/value/kind.h \
	engine/value/list.c engine/value/list.h engine/value/mapped.c engine/value/mapped.h engine/value/object.c engine/value/object.h engine/value/record.c \
	engine/value/record.h engine/value/sig.c engine/value/sig.h engine/value/sigtext.c engine/value/sigtext.h \
	engine/value/str.c engine/value/str.h engine/value/type.c engine/value/type.h engine/value/value.c \
	engine/value/value.h engine/value/weigh.c engine/value/weigh.h
lib_store = \
	engine/store/again.c engine/store/again.h engine/store/againfiles.c engine/store/againfiles.h engine/store/againkeep.c engine/store/againrun.h engine/store/checkpoint.c engine/store/checkpoint.h engine/store/content.c \
	engine/store/content.h engine/store/contents.c engine/store/depfile.c engine/store/depfile.h engine/store/digest.c \
	engine/store/digest.h engine/store/folder.c engine/store/folder.h engine/store/lacking.c engine/store/lacking.h \
	engine/store/ledger.c engine/store/ledger.h engine/store/ledgercheck.c engine/store/ledgercheck.h \
	engine/store/ledgerdb.c engine/store/ledgerdb.h engine/store/ledgermanifest.c engine/store/ledgerqueue.c engine/store/ledgerqueue.h \
	engine/store/ledgerrow.c engine/store/ledgerrow.h engine/store/ledgerrun.c engine/store/ledgertexts.c \
	engine/store/ledgertexts.h engine/store/manifest.c engine/store/manifest.h engine/store/pathlock.c engine/store/pathlock.h engine/store/recorded.h \
	engine/store/temps.c engine/store/temps.h engine/store/workflowname.c engine/store/workflowname.h
lib_graph = \
	engine/graph/def.h engine/graph/edges.c engine/graph/edges.h engine/graph/gather.c engine/graph/gather.h \
	engine/graph/grant.h engine/graph/graph.c engine/graph/graph.h engine/graph/lineup.c engine/graph/lineup.h \
	engine/graph/durations.c engine/graph/durations.h engine/graph/order.c engine/graph/order.h engine/graph/pace.c engine/graph/pace.h engine/graph/plan.c \
	engine/graph/plan.h engine/graph/policy.c engine/graph/policy.h engine/graph/resource.c engine/graph/resource.h \
	engine/graph/shape.c engine/graph/shape.h
lib_plugin = \
	engine/plugin/callable.c engine/plugin/callable.h engine/plugin/elf.c engine/plugin/elf.h engine/plugin/entry.c \
	engine/plugin/entry.h engine/plugin/ffi.c engine/plugin/host.c engine/plugin/host.h engine/plugin/image.c \
	engine/plugin/image.h engine/plugin/load.c engine/plugin/load.h engine/plugin/loaded.c engine/plugin/loaded.h \
	engine/plugin/registry.c engine/plugin/registry.h engine/plugin/stop.c engine/plugin/stop.h \
	engine/plugin/symbol.c engine/plugin/symbol.h engine/plugin/travel.c engine/plugin/travel.h
lib_event = \
	engine/event/event.c engine/event/event.h engine/event/fates.c engine/event/fates.h
lib_run = \
	engine/run/admit.c engine/run/admit.h engine/run/allowed.c engine/run/allowed.h engine/run/asking.c engine/run/asking.h \
	engine/run/capacity.c engine/run/capacity.h engine/run/census.c engine/run/census.h \
	engine/run/coordinator.c engine/run/coordinator.h \
	engine/run/failing.c engine/run/failing.h engine/run/limit.c engine/run/limit.h engine/run/followers.c engine/run/followers.h engine/run/instance.c \
	engine/run/instance.h engine/run/node.c engine/run/node.h engine/run/reasons.c engine/run/reasons.h \
	engine/run/remains.c engine/run/remains.h \
	engine/run/rest.c engine/run/rest.h engine/run/retry.c engine/run/retry.h engine/run/run.c engine/run/run.h \
	engine/run/apart.c engine/run/apart.h engine/run/seat.c engine/run/seat.h engine/run/task.c engine/run/task.h engine/run/turnstile.c \
	engine/run/turnstile.h engine/run/pause.c engine/run/pause.h engine/run/worker.c engine/run/worker.h
lib_command = \
	engine/command/answer.c engine/command/answer.h \
	engine/command/aside.c engine/command/aside.h engine/command/byhand.c engine/command/byhand.h engine/command/asidefolder.c engine/command/asidefolder.h \
	engine/command/asideleft.c engine/command/asideleft.h engine/command/capture.c engine/command/capture.h \
	engine/command/cgroup.c engine/command/cgroup.h engine/command/claim.c engine/command/claim.h engine/command/cmdtext.c engine/command/cmdtext.h \
	engine/command/command.c engine/command/command.h engine/command/container.c engine/command/container.h \
	engine/command/granted.c engine/command/granted.h engine/command/guard.c engine/command/guard.h engine/command/halted.c \
	engine/command/halted.h engine/command/journal.c engine/command/journal.h \
	engine/command/launch.c engine/command/launch.h engine/command/made.c engine/command/made.h engine/command/oom.c engine/command/oom.h engine/command/outfile.c \
	engine/command/outfile.h engine/command/outjudge.c engine/command/outkeep.c engine/command/outpath.c \
	engine/command/outpath.h engine/command/outresult.h engine/command/owners.c engine/command/owners.h \
	engine/command/plain.c engine/command/printed.c engine/command/printed.h engine/command/procs.c \
	engine/command/procs.h engine/command/quote.c engine/command/quote.h engine/command/relink.c engine/command/relink.h engine/command/script.c \
	engine/command/script.h engine/command/serve.c engine/command/serve.h engine/command/server.c \
	engine/command/server.h engine/command/shell.c engine/command/shell.h engine/command/shellvars.c \
	engine/command/shellvars.h engine/command/shellwords.c engine/command/shellwords.h engine/command/spare.c \
	engine/command/spare.h engine/command/spawn.c engine/command/spawn.h engine/command/step.c engine/command/step.h \
	engine/command/verdict.c engine/command/verdict.h engine/command/wrap.c engine/command/wrap.h
lib_grow = \
	engine/grow/adder.c engine/grow/adder.h engine/grow/exec.c engine/grow/exec.h engine/grow/fragment.c \
	engine/grow/fragment.h engine/grow/grow.h engine/grow/present.c engine/grow/present.h engine/grow/recall.c engine/grow/recall.h engine/grow/recallplugin.c engine/grow/start.c engine/grow/start.h engine/grow/stream.c engine/grow/unchanged.c engine/grow/unchanged.h \
	engine/grow/stream.h
lib_remote = \
	engine/remote/agent.c engine/remote/agent.h engine/remote/agentfiles.c engine/remote/agentfiles.h engine/remote/agentrun.c \
	engine/remote/agentrun.h engine/remote/parcel.c engine/remote/parcel.h \
	engine/remote/ahead.c engine/remote/ahead.h engine/remote/away.c engine/remote/away.h engine/remote/batch.c \
	engine/remote/batch.h engine/remote/buffers.c engine/remote/buffers.h engine/remote/cluster.c engine/remote/cluster.h \
	engine/remote/driver.c engine/remote/driver.h engine/remote/driveragent.c engine/remote/driveragent.h engine/remote/driverexec.c \
	engine/remote/driverexec.h engine/remote/driverexecagents.c engine/remote/driverplaces.c engine/remote/driverplaces.h \
	engine/remote/drivertalk.c engine/remote/drivertalk.h engine/remote/drivertest.c engine/remote/drivertest.h \
	engine/remote/far.c engine/remote/far.h \
	engine/remote/executor.c engine/remote/executor.h engine/remote/frames.c engine/remote/frames.h engine/remote/growing.c engine/remote/growing.h \
	engine/remote/kept.c engine/remote/kept.h \
	engine/remote/link.c engine/remote/link.h engine/remote/page.h engine/remote/pinned.c engine/remote/pinned.h \
	engine/remote/pool.c engine/remote/pool.h engine/remote/recipe.c engine/remote/recipe.h \
	engine/remote/sealing.c engine/remote/sealing.h engine/remote/sealed.c engine/remote/sealed.h \
	engine/remote/wire.c engine/remote/wire.h engine/remote/wreck.c engine/remote/wreck.h
lib_draw = \
	engine/draw/dot.c engine/draw/draw.c engine/draw/draw.h engine/draw/drawjson.c engine/draw/mermaid.c \
	engine/draw/needed.c engine/draw/needed.h engine/draw/outline.c engine/draw/paint.c engine/draw/paint.h engine/draw/picture.c
lib_sched = \
	engine/sched/cores.c engine/sched/cores.h engine/sched/crew.c engine/sched/crew.h engine/sched/deque.c \
	engine/sched/deque.h engine/sched/distributed.c engine/sched/enlist.c engine/sched/handover.c engine/sched/handover.h engine/sched/inline.c engine/sched/lookahead.c engine/sched/lookahead.h \
	engine/sched/member.c engine/sched/member.h engine/sched/park.c engine/sched/park.h engine/sched/queue.c \
	engine/sched/queue.h engine/sched/processes.c engine/sched/roots.c engine/sched/roots.h engine/sched/sched.c engine/sched/sched.h \
	engine/sched/straight.h engine/sched/threads.c engine/sched/wake.c engine/sched/wake.h
lib_watch = \
	engine/watch/account.c engine/watch/account.h engine/watch/became.c engine/watch/became.h engine/watch/describe.c \
	engine/watch/describe.h engine/watch/eventfates.c engine/watch/eventfates.h engine/watch/eventfile.c engine/watch/eventfile.h \
	engine/watch/eventnotes.c engine/watch/eventnotes.h engine/watch/eventread.c engine/watch/eventread.h engine/watch/lines.c \
	engine/watch/lines.h engine/watch/standing.c engine/watch/standing.h engine/watch/taskstate.c engine/watch/taskstate.h \
	engine/watch/story.c engine/watch/story.h engine/watch/storygraph.c engine/watch/storyjson.c engine/watch/storyjson.h engine/watch/storykeep.c \
	engine/watch/storykeep.h engine/watch/storylook.c engine/watch/storysink.c engine/watch/storysink.h engine/watch/storytasks.c \
	engine/watch/storytime.c \
	engine/watch/tell.c engine/watch/tell.h \
	engine/watch/trace.c engine/watch/trace.h engine/watch/tracesink.c engine/watch/tracesink.h engine/watch/way.c engine/watch/way.h
lib_gate = \
	engine/gate/gate.c engine/gate/gate.h engine/gate/jobserver.c engine/gate/jobserver.h engine/gate/makeflags.c \
	engine/gate/makeflags.h engine/gate/reading.c engine/gate/reading.h engine/gate/throttle.c \
	engine/gate/throttle.h
lib_session = engine/session.c engine/session.h

libtgrun_a_SOURCES = \
	$(lib_base) $(lib_value) $(lib_store) $(lib_graph) $(lib_plugin) $(lib_event) $(lib_run) $(lib_command) $(lib_grow) \
	$(lib_remote) $(lib_draw) $(lib_sched) $(lib_watch) $(lib_gate) $(lib_session) $(lib_lang) $(lib_core)

EXTRA_DIST += engine/base/README.md
