# SPDX-License-Identifier: MIT
# The examples, with the output each must give. They are installed whole.

EXTRA_DIST += examples

install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(docdir)/examples'
	cd '$(srcdir)/examples' && tar cf - --exclude=local.mk --exclude=.tgrun . | tar xf - -C '$(DESTDIR)$(docdir)/examples'

uninstall-local:
	rm -rf '$(DESTDIR)$(docdir)/examples'
