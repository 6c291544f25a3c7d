# SPDX-License-Identifier: MIT
# Tests of the tree itself: its rules, and whether its documents are true.

lint_tests = \
	%D%/api_doc.mjs \
	%D%/calls.sh \
	%D%/commands.mjs \
	%D%/documented.sh \
	%D%/format.sh \
	%D%/headers.sh \
	%D%/includes.sh \
	%D%/layers.sh \
	%D%/links.sh \
	%D%/listed.sh \
	%D%/nginx.sh \
	%D%/page.mjs \
	%D%/poolctl.sh \
	%D%/recipes.mjs \
	%D%/shell.sh \
	%D%/sizes.sh \
	%D%/units.sh \
	%D%/words.sh
TESTS += $(lint_tests)
EXTRA_DIST += $(lint_tests) \
	%D%/includes.awk \
	%D%/strip.awk \
	%D%/tap.sh

# The compiler for the headers and samples, with its options.
AM_TESTS_ENVIRONMENT += \
	POOL_MANAGER_TEST_COMPILER='$(CC) $(CPPFLAGS) $(FCGI_CFLAGS) $(JSON_C_CFLAGS) $(SQLITE_CFLAGS)'; \
	export POOL_MANAGER_TEST_COMPILER;

# Runs the examples of the documents, and writes the real answers and outputs into them.
.PHONY: update-api
update-api: all
	@$(AM_TESTS_ENVIRONMENT) POOL_MANAGER_TEST_UPDATE=1; export POOL_MANAGER_TEST_UPDATE; \
	$(MJS_LOG_COMPILER) '$(srcdir)/%D%/api_doc.mjs' && \
	$(MJS_LOG_COMPILER) '$(srcdir)/%D%/recipes.mjs' && \
	$(MJS_LOG_COMPILER) '$(srcdir)/%D%/commands.mjs'
