# SPDX-License-Identifier: MIT
# The examples, with the output each must give. They are installed whole.

EXTRA_DIST += examples

install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(docdir)/examples'
	cd '$(srcdir)/examples' && tar cf - --exclude=local.mk --exclude=.tgrun . | tar xf - -C '$(DESTDIR)$(docdir)/examples'

uninstall-local:
	rm -rf '$(DESTDIR)$(docdir)/examples'

# Folders of our own; one that has something of others stays.
uninstall-hook:
	@for folder in '$(plugindir)' '$(pkglibdir)' '$(pkglibexecdir)' '$(vscodedir)' '$(pkgdatadir)/editors' '$(pkgdatadir)' '$(docdir)'; do \
	  rmdir '$(DESTDIR)'"$$folder" 2>/dev/null || :; done
