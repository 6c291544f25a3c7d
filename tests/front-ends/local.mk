# SPDX-License-Identifier: MIT
# The same cases behind each front end of docs/front-ends.md: a file for each of them, with what it can't do.

front_end_tests = \
	%D%/apache.mjs \
	%D%/caddy.mjs \
	%D%/haproxy.mjs \
	%D%/lighttpd.mjs \
	%D%/nginx.mjs \
	%D%/nginx_before_nginx.mjs \
	%D%/varnish.mjs
TESTS += $(front_end_tests)
LONG_TESTS += %D%/clean_machine.mjs
EXTRA_DIST += $(front_end_tests) \
	%D%/bodies.mjs \
	%D%/cases.mjs \
	%D%/clean_machine.mjs \
	%D%/contract.mjs \
	%D%/expected.mjs \
	%D%/faults.mjs \
	%D%/fence.mjs \
	%D%/front_end.mjs \
	%D%/load.mjs \
	%D%/methods.mjs \
	%D%/observe.mjs \
	%D%/page.mjs \
	%D%/paths.mjs \
	%D%/state.mjs \
	%D%/streams.mjs
