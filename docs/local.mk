# SPDX-License-Identifier: MIT
# The documents, and the manual: its list of options is printed by the worker's own table.

dist_doc_DATA = \
	LICENSE \
	README.md \
	%D%/api.md \
	%D%/architecture.md \
	%D%/configuration.md \
	%D%/control.md \
	%D%/nginx.md \
	%D%/pods.md

nodist_man_MANS = %D%/pool-manager-mock.8
EXTRA_DIST += %D%/pool-manager-mock.8.in
CLEANFILES += %D%/pool-manager-mock.8

%D%/pool-manager-mock.8: %D%/pool-manager-mock.8.in src/options-man$(EXEEXT) Makefile
	$(AM_V_GEN)$(MKDIR_P) %D% && src/options-man$(EXEEXT) >$@.options && \
	$(SED) -e '/^@OPTIONS@$$/r $@.options' -e '/^@OPTIONS@$$/d' -e 's|[@]pkgdatadir@|$(pkgdatadir)|g' \
	    -e 's|[@]docdir@|$(docdir)|g' -e 's|[@]sbindir@|$(sbindir)|g' '$(srcdir)/%D%/pool-manager-mock.8.in' >$@.new && \
	rm $@.options && mv $@.new $@
