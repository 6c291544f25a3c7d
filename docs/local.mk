# SPDX-License-Identifier: MIT
# The documents, and the manuals, whose lists of commands and options are printed from the programs' tables.

# Installed with their folder, so that a link from one document to another is the same in both places.
nobase_dist_doc_DATA = \
	LICENSE \
	README.md \
	%D%/api.md \
	%D%/application.md \
	%D%/architecture.md \
	%D%/callbacks.md \
	%D%/changelog.md \
	%D%/configuration.md \
	%D%/contributing.md \
	%D%/control.md \
	%D%/front-ends.md \
	%D%/front-ends/Caddyfile \
	%D%/front-ends/apache.conf \
	%D%/front-ends/haproxy.cfg \
	%D%/front-ends/lighttpd.conf \
	%D%/front-ends/nginx-before-nginx.conf \
	%D%/front-ends/varnish.vcl \
	%D%/install.md \
	%D%/live.md \
	%D%/metrics.md \
	%D%/nginx.md \
	%D%/operating.md \
	%D%/pods.md \
	%D%/recipes.md \
	%D%/routing.md \
	%D%/scale-out.md \
	%D%/troubleshooting.md

nodist_man_MANS = %D%/pool-manager-mock.8 %D%/poolctl.1
EXTRA_DIST += %D%/pool-manager-mock.8.in %D%/poolctl.1.in
CLEANFILES += $(nodist_man_MANS)

%D%/pool-manager-mock.8: %D%/pool-manager-mock.8.in src/options-man$(EXEEXT) Makefile
	$(AM_V_GEN)$(MKDIR_P) %D% && src/options-man$(EXEEXT) >$@.options && \
	$(SED) -e '/^@OPTIONS@$$/r $@.options' -e '/^@OPTIONS@$$/d' -e 's|[@]pkgdatadir@|$(pkgdatadir)|g' \
	    -e 's|[@]docdir@|$(docdir)|g' -e 's|[@]sbindir@|$(sbindir)|g' '$(srcdir)/%D%/pool-manager-mock.8.in' >$@.new && \
	rm $@.options && mv $@.new $@

%D%/poolctl.1: %D%/poolctl.1.in src/poolctl/poolctl-docs$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) %D% && src/poolctl/poolctl-docs$(EXEEXT) commands >$@.commands && \
	src/poolctl/poolctl-docs$(EXEEXT) options >$@.options && \
	$(SED) -e '/^@COMMANDS@$$/r $@.commands' -e '/^@COMMANDS@$$/d' -e '/^@OPTIONS@$$/r $@.options' \
	    -e '/^@OPTIONS@$$/d' '$(srcdir)/%D%/poolctl.1.in' >$@.new && \
	rm $@.commands $@.options && mv $@.new $@
