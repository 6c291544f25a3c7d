# SPDX-License-Identifier: MIT
# The systemd units. Only make knows the paths of the programs, so the services are made here and not by configure. The templates, for
# several workers (docs/scale-out.md), are made from the units of the single one.

systemd_services = %D%/pool-manager-mock.service %D%/pool-manager-mock-relay.service
systemd_templates = %D%/pool-manager-mock@.service %D%/pool-manager-mock@.socket %D%/pool-manager-mock-live@.socket

nodist_systemdsystemunit_DATA = $(systemd_services) $(systemd_templates)
dist_systemdsystemunit_DATA = %D%/pool-manager-mock.socket %D%/pool-manager-mock-live.socket
EXTRA_DIST += %D%/pool-manager-mock.service.in %D%/pool-manager-mock-relay.service.in %D%/template.sed
CLEANFILES += $(nodist_systemdsystemunit_DATA)

make_service = $(AM_V_GEN)$(MKDIR_P) %D% && \
	sed -e 's|[@]sbindir[@]|$(sbindir)|g' -e 's|[@]bindir[@]|$(bindir)|g' $(srcdir)/$@.in >$@.tmp && \
	mv $@.tmp $@

%D%/pool-manager-mock.service: %D%/pool-manager-mock.service.in Makefile
	$(make_service)

%D%/pool-manager-mock-relay.service: %D%/pool-manager-mock-relay.service.in Makefile
	$(make_service)

%D%/pool-manager-mock@.service: %D%/pool-manager-mock.service %D%/template.sed
	$(AM_V_GEN)sed -f $(srcdir)/%D%/template.sed %D%/pool-manager-mock.service >$@.tmp && mv $@.tmp $@

%D%/pool-manager-mock@.socket: %D%/pool-manager-mock.socket %D%/template.sed Makefile
	$(AM_V_GEN)$(MKDIR_P) %D% && sed -f $(srcdir)/%D%/template.sed $(srcdir)/%D%/pool-manager-mock.socket >$@.tmp && mv $@.tmp $@

%D%/pool-manager-mock-live@.socket: %D%/pool-manager-mock-live.socket %D%/template.sed Makefile
	$(AM_V_GEN)$(MKDIR_P) %D% && sed -f $(srcdir)/%D%/template.sed $(srcdir)/%D%/pool-manager-mock-live.socket >$@.tmp && mv $@.tmp $@
