# SPDX-License-Identifier: MIT
# The worker behind a real nginx: a file for each subject. routes.mjs runs rows/*.rows, requests and what each is answered.

stack_tests = \
	%D%/admin.mjs \
	%D%/application.mjs \
	%D%/callbacks.mjs \
	%D%/cgi.mjs \
	%D%/claim.mjs \
	%D%/claim_queue.mjs \
	%D%/client_routes.mjs \
	%D%/clock.mjs \
	%D%/cors_and_caching.mjs \
	%D%/create_pool.mjs \
	%D%/errors.mjs \
	%D%/event_streams.mjs \
	%D%/events.mjs \
	%D%/fault_delays.mjs \
	%D%/fault_content.mjs \
	%D%/faults.mjs \
	%D%/fence.mjs \
	%D%/foreign_pages.mjs \
	%D%/goose_socket.mjs \
	%D%/history.mjs \
	%D%/index.mjs \
	%D%/instances.mjs \
	%D%/journal.mjs \
	%D%/load.mjs \
	%D%/logs.mjs \
	%D%/lost_answers.mjs \
	%D%/metrics.mjs \
	%D%/names.mjs \
	%D%/nginx_errors.mjs \
	%D%/openapi.mjs \
	%D%/own_server.mjs \
	%D%/parallel_suites.mjs \
	%D%/pages.mjs \
	%D%/park_timeout.mjs \
	%D%/pods.mjs \
	%D%/pods_host_form.mjs \
	%D%/pods_path_form.mjs \
	%D%/pods_streams.mjs \
	%D%/pods_urls.mjs \
	%D%/pool_config.mjs \
	%D%/poolctl.mjs \
	%D%/relay.mjs \
	%D%/routes.mjs \
	%D%/routing.mjs \
	%D%/routing_workers.mjs \
	%D%/serve.mjs \
	%D%/scale_out.mjs \
	%D%/scale_out_hosts.mjs \
	%D%/second_nginx.mjs \
	%D%/settings.mjs \
	%D%/smuggling.mjs \
	%D%/snapshots.mjs \
	%D%/state_document.mjs \
	%D%/status.mjs \
	%D%/stop_and_restart.mjs \
	%D%/switch.mjs \
	%D%/tenants.mjs \
	%D%/tenants_many.mjs \
	%D%/upgrade.mjs \
	%D%/users.mjs \
	%D%/web_sockets.mjs \
	%D%/web_sockets_tls.mjs \
	%D%/workspaces.mjs
stack_rows = \
	%D%/rows/callbacks.rows \
	%D%/rows/events.rows \
	%D%/rows/events_off.rows \
	%D%/rows/fault_content.rows \
	%D%/rows/fault_rules.rows \
	%D%/rows/faults.rows \
	%D%/rows/goose_script.rows \
	%D%/rows/journal.rows \
	%D%/rows/journal_full.rows \
	%D%/rows/journal_off.rows \
	%D%/rows/missing.rows \
	%D%/rows/pod_ports.rows \
	%D%/rows/pod_push.rows \
	%D%/rows/pods.rows \
	%D%/rows/pools.rows \
	%D%/rows/routes.rows \
	%D%/rows/settings.rows \
	%D%/rows/tokens.rows \
	%D%/rows/users.rows \
	%D%/rows/vocabulary.rows
# The recipes of docs/routing.md.
stack_recipes = \
	%D%/routing/auth-request.conf \
	%D%/routing/cache.conf \
	%D%/routing/canary.conf \
	%D%/routing/host-tenant.conf \
	%D%/routing/limit.conf \
	%D%/routing/mirror.conf \
	%D%/routing/prefix.conf \
	%D%/routing/proxy-replaces.conf \
	%D%/routing/proxy-strips.conf \
	%D%/routing/rewrite.conf \
	%D%/routing/root.conf \
	%D%/routing/round-robin.conf \
	%D%/routing/sticky.conf \
	%D%/routing/tenant-rewrite.conf \
	%D%/routing/tls-pods.conf \
	%D%/routing/websocket.conf
TESTS += $(stack_tests)
LONG_TESTS += %D%/history.mjs %D%/scale_out.mjs %D%/scale_out_hosts.mjs %D%/stop_and_restart.mjs
EXTRA_DIST += $(stack_tests) $(stack_rows) $(stack_recipes)
