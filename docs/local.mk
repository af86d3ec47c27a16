# SPDX-License-Identifier: MIT
# The documents.

dist_doc_DATA = LICENSE docs/language.md

# The manual page is made by the program from its option tables.
man_MANS = docs/man/tgrun.1
CLEANFILES += $(man_MANS)
docs/man/tgrun.1: tgrun
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(run_tgrun) help --man >$@
