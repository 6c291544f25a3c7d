# SPDX-License-Identifier: MIT
# The benchmark, and a test that checks that it runs.

check_PROGRAMS += %D%/constant %D%/listeners %D%/loader %D%/seeded

%C%_constant_SOURCES = %D%/constant.c
%C%_constant_LDADD = $(FCGI_LIBS)

%C%_listeners_SOURCES = %D%/listeners.c

%C%_loader_SOURCES = %D%/loader.c

# The worker's main, with pool_state_open replaced.
%C%_seeded_SOURCES = %D%/seeded.c src/main.c
%C%_seeded_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=pool_state_open
%C%_seeded_LDADD = src/libpoolmanager.a $(FCGI_LIBS) $(JSON_C_LIBS) $(SQLITE_LIBS) $(WEBSOCKET_LIBS)

bench_environment = \
	POOL_MANAGER_TEST_CONSTANT='$(abs_top_builddir)/%D%/constant'; export POOL_MANAGER_TEST_CONSTANT; \
	POOL_MANAGER_TEST_LISTENERS='$(abs_top_builddir)/%D%/listeners'; export POOL_MANAGER_TEST_LISTENERS; \
	POOL_MANAGER_TEST_LOADER='$(abs_top_builddir)/%D%/loader'; export POOL_MANAGER_TEST_LOADER; \
	POOL_MANAGER_TEST_SEEDED='$(abs_top_builddir)/%D%/seeded'; export POOL_MANAGER_TEST_SEEDED; \
	POOL_MANAGER_TEST_VALGRIND='$(VALGRIND)'; export POOL_MANAGER_TEST_VALGRIND; \
	POOL_MANAGER_TEST_WRK='$(WRK)'; export POOL_MANAGER_TEST_WRK;
AM_TESTS_ENVIRONMENT += $(bench_environment)

TESTS += %D%/smoke.mjs %D%/scale_out_smoke.mjs
EXTRA_DIST += \
	%D%/bench.mjs \
	%D%/command.mjs \
	%D%/listening.mjs \
	%D%/measure.mjs \
	%D%/node_comparison.mjs \
	%D%/node_server.mjs \
	%D%/pairs.lua \
	%D%/process.mjs \
	%D%/profile.mjs \
	%D%/release.lua \
	%D%/report.mjs \
	%D%/results.md \
	%D%/run.mjs \
	%D%/run_scale_out.mjs \
	%D%/scale_out.mjs \
	%D%/scale_out_report.mjs \
	%D%/scale_out_smoke.mjs \
	%D%/servers.mjs \
	%D%/smoke.mjs \
	%D%/tenants.lua \
	%D%/workshop.mjs

# Takes about ten minutes on an idle machine. BENCH_SECONDS and BENCH_ROUNDS shorten it.
.PHONY: bench
bench: all %D%/constant$(EXEEXT) %D%/listeners$(EXEEXT) %D%/loader$(EXEEXT) %D%/seeded$(EXEEXT)
	@test -n '$(NODE)' || { echo 'Node.js is missing (Debian: nodejs)' >&2; exit 1; }
	@$(AM_TESTS_ENVIRONMENT) '$(NODE)' '$(srcdir)/%D%/run.mjs' '$(srcdir)/%D%/results.md'

# Several workers: takes three to four minutes. Writes the last chapter of docs/scale-out.md.
.PHONY: bench-scale-out
bench-scale-out: all
	@test -n '$(NODE)' || { echo 'Node.js is missing (Debian: nodejs)' >&2; exit 1; }
	@$(AM_TESTS_ENVIRONMENT) '$(NODE)' '$(srcdir)/%D%/run_scale_out.mjs' '$(srcdir)/docs/scale-out.md'
