# SPDX-License-Identifier: MIT
# Runs each test in JavaScript by lib/run-case, which prints TAP.

MJS_LOG_COMPILER = $(SHELL) '$(top_srcdir)/%D%/run-case'
AM_TESTS_ENVIRONMENT = \
	NODE='$(NODE)'; export NODE; \
	POOL_MANAGER_TEST_NGINX='$(NGINX)'; export POOL_MANAGER_TEST_NGINX; \
	POOL_MANAGER_TEST_FCGIWRAP='$(FCGIWRAP)'; export POOL_MANAGER_TEST_FCGIWRAP; \
	POOL_MANAGER_TEST_APACHE='$(APACHE)'; export POOL_MANAGER_TEST_APACHE; \
	POOL_MANAGER_TEST_LIGHTTPD='$(LIGHTTPD)'; export POOL_MANAGER_TEST_LIGHTTPD; \
	POOL_MANAGER_TEST_CADDY='$(CADDY)'; export POOL_MANAGER_TEST_CADDY; \
	POOL_MANAGER_TEST_HAPROXY='$(HAPROXY)'; export POOL_MANAGER_TEST_HAPROXY; \
	POOL_MANAGER_TEST_VARNISH='$(VARNISHD)'; export POOL_MANAGER_TEST_VARNISH; \
	POOL_MANAGER_TEST_BUILD='$(abs_top_builddir)'; export POOL_MANAGER_TEST_BUILD; \
	POOL_MANAGER_TEST_CHROMIUM='$(CHROMIUM)'; export POOL_MANAGER_TEST_CHROMIUM; \
	POOL_MANAGER_TEST_MODULES="$${POOL_MANAGER_TEST_MODULES-$(abs_top_builddir)/npm/node_modules}"; export POOL_MANAGER_TEST_MODULES; \
	POOL_MANAGER_TEST_WORKER='$(abs_top_builddir)/src/pool-manager-mock'; export POOL_MANAGER_TEST_WORKER; \
	POOL_MANAGER_TEST_POOLCTL='$(abs_top_builddir)/src/poolctl/poolctl'; export POOL_MANAGER_TEST_POOLCTL; \
	POOL_MANAGER_TEST_COMPLETION='$(abs_top_builddir)/src/poolctl/completion/poolctl'; \
	export POOL_MANAGER_TEST_COMPLETION; \
	POOL_MANAGER_TEST_PACKET_CLIENT='$(abs_top_builddir)/tests/wire/packet-client'; \
	export POOL_MANAGER_TEST_PACKET_CLIENT; \
	POOL_MANAGER_TEST_PARKING_WORKER='$(abs_top_builddir)/tests/wire/parking-worker'; \
	export POOL_MANAGER_TEST_PARKING_WORKER; \
	POOL_MANAGER_TEST_FAILING_ALLOCATOR='$(abs_top_builddir)/tests/wire/failing_allocator.so'; \
	export POOL_MANAGER_TEST_FAILING_ALLOCATOR; \
	POOL_MANAGER_TEST_WEBSOCKETS='$(have_websocket)'; export POOL_MANAGER_TEST_WEBSOCKETS; \
	POOL_MANAGER_TEST_DATAGRAMS='$(abs_top_builddir)/tests/wire/datagrams'; export POOL_MANAGER_TEST_DATAGRAMS;

EXTRA_DIST += \
	%D%/api.mjs \
	%D%/blocks.mjs \
	%D%/browser.mjs \
	%D%/case.mjs \
	%D%/cgi.mjs \
	%D%/claim_history.mjs \
	%D%/conditions.mjs \
	%D%/containers.mjs \
	%D%/dice.mjs \
	%D%/document.mjs \
	%D%/event_stream.mjs \
	%D%/faults.mjs \
	%D%/fcgi.mjs \
	%D%/hosts.mjs \
	%D%/http.mjs \
	%D%/journal.mjs \
	%D%/linear.mjs \
	%D%/live_page.mjs \
	%D%/log.mjs \
	%D%/machine.mjs \
	%D%/metrics.mjs \
	%D%/openapi.mjs \
	%D%/packages.mjs \
	%D%/pod_client.mjs \
	%D%/pod_model.mjs \
	%D%/pods.mjs \
	%D%/poolctl.mjs \
	%D%/ports.mjs \
	%D%/receiver.mjs \
	%D%/recipe.mjs \
	%D%/recorder.mjs \
	%D%/route_requests.mjs \
	%D%/rows.mjs \
	%D%/run-case \
	%D%/stack.mjs \
	%D%/supervisor.mjs \
	%D%/tls.mjs \
	%D%/waiting.mjs \
	%D%/web_socket.mjs \
	%D%/worker.mjs \
	%D%/worker_failures.mjs \
	%D%/workers.mjs
