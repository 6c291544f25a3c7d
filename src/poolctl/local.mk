# SPDX-License-Identifier: MIT
# The command-line client. All of it except main.c is a library, which poolctl-docs uses too.

poolctl_cpp_flags = $(AM_CPPFLAGS) $(CURL_CFLAGS) $(JSON_C_CFLAGS) -DPOOLCTL_VERSION='"$(PACKAGE_VERSION)"'

noinst_LIBRARIES += %D%/libpoolctl.a
%C%_libpoolctl_a_CPPFLAGS = $(poolctl_cpp_flags)
%C%_libpoolctl_a_SOURCES = \
	%D%/reply.c %D%/reply.h \
	%D%/arguments.c %D%/arguments.h \
	%D%/calls.c %D%/calls.h \
	%D%/body.c %D%/body.h \
	%D%/cli.c %D%/cli.h %D%/commands.def %D%/options.def \
	%D%/complain.c %D%/complain.h \
	%D%/delay.c %D%/delay.h \
	%D%/existence.c %D%/existence.h \
	%D%/file.c %D%/file.h \
	%D%/follow.c %D%/follow.h \
	%D%/help.c %D%/help.h \
	%D%/hosts.c %D%/hosts.h \
	%D%/print.c %D%/print.h \
	%D%/ways.c %D%/ways.h \
	%D%/relay.c %D%/relay.h \
	%D%/relay_job.c %D%/relay_job.h \
	%D%/show.c %D%/show.h \
	%D%/transfer.c %D%/transfer.h

bin_PROGRAMS += %D%/poolctl
%C%_poolctl_SOURCES = %D%/main.c
%C%_poolctl_CPPFLAGS = $(poolctl_cpp_flags)
%C%_poolctl_LDADD = %D%/libpoolctl.a src/libpoolmanager.a $(CURL_LIBS) $(JSON_C_LIBS)

# Prints the lists of the manual and the tables of the completion.
noinst_PROGRAMS += %D%/poolctl-docs
%C%_poolctl_docs_SOURCES = %D%/poolctl_docs.c
%C%_poolctl_docs_LDADD = %D%/libpoolctl.a src/libpoolmanager.a

# bash finds a command's completion by its file name, which is the command's name.
bashcompletiondir = $(datadir)/bash-completion/completions
nodist_bashcompletion_DATA = %D%/completion/poolctl
EXTRA_DIST += %D%/completion.bash.in
CLEANFILES += %D%/completion/poolctl

%D%/completion/poolctl: %D%/completion.bash.in %D%/poolctl-docs$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) %D%/completion && %D%/poolctl-docs$(EXEEXT) completion >$@.tables && \
	$(SED) -e '/^@TABLES@$$/r $@.tables' -e '/^@TABLES@$$/d' '$(srcdir)/%D%/completion.bash.in' >$@.new && \
	rm $@.tables && mv $@.new $@
