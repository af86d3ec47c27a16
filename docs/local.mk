# SPDX-License-Identifier: MIT
# The documents.

dist_doc_DATA = \
	README.md LICENSE NEWS.md docs/again.md docs/coming-from.md docs/design.md docs/drivers.md docs/editors.md docs/failures.md docs/formats.md docs/from-dask.md docs/growing.md docs/language.md docs/plugins.md docs/sharing.md docs/testing.md docs/watching.md \
	docs/squares.svg docs/growing.svg docs/grown.svg docs/lazy.svg docs/page-graph.png docs/page-status.png docs/page-timeline.png docs/progress.svg docs/run.svg

# What makes the pictures.
EXTRA_DIST += docs/pictures/make docs/pictures/progress.tg docs/pictures/samples.tg docs/pictures/terminal.py

# For editors and validators of the YAML form.
schemadir = $(pkgdatadir)
dist_schema_DATA = docs/tgrun.schema.json docs/events.schema.json

# The page of the program is made by it from its option tables.
man_MANS = docs/man/tgrun.1
dist_man_MANS = docs/man/tgrun-language.5 docs/man/tgrun-plugin.7
CLEANFILES += $(man_MANS)
docs/man/tgrun.1: tgrun
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(run_tgrun) help --man >$@
