# SPDX-License-Identifier: MIT
# The systemd units. Only make knows the worker's path, so the service is made here and not by configure.

nodist_systemdsystemunit_DATA = %D%/pool-manager-mock.service
dist_systemdsystemunit_DATA = %D%/pool-manager-mock.socket %D%/pool-manager-mock-live.socket
EXTRA_DIST += %D%/pool-manager-mock.service.in
CLEANFILES += %D%/pool-manager-mock.service

%D%/pool-manager-mock.service: %D%/pool-manager-mock.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) %D% && \
	sed 's|[@]sbindir[@]|$(sbindir)|g' $(srcdir)/%D%/pool-manager-mock.service.in >$@.tmp && \
	mv $@.tmp $@
