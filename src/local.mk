# SPDX-License-Identifier: MIT
# The worker. All of it except main.c is a library, so that tests and the benchmark can link it.

noinst_LIBRARIES += %D%/libpoolmanager.a
%C%_libpoolmanager_a_CPPFLAGS = $(AM_CPPFLAGS) $(FCGI_CFLAGS) $(JSON_C_CFLAGS) $(SQLITE_CFLAGS) $(WEBSOCKET_CFLAGS)
%C%_libpoolmanager_a_SOURCES = \
	%D%/options.c %D%/options_print.c %D%/options.h %D%/options_rows.h %D%/options.def \
	%D%/admin_token.c %D%/admin_token.h \
	%D%/start_state.c %D%/start_state.h \
	%D%/admin/export.c %D%/admin/export.h \
	%D%/admin/fault_content.c %D%/admin/fault_content.h \
	%D%/admin/fault_rule.c %D%/admin/fault_rule.h \
	%D%/admin/handle_admin.c \
	%D%/admin/handle_clock.c \
	%D%/admin/handle_faults.c \
	%D%/admin/handle_goose.c \
	%D%/admin/handle_inspect.c \
	%D%/admin/handle_journal.c \
	%D%/admin/handle_metrics.c \
	%D%/admin/handle_openapi.c \
	%D%/admin/handle_settings.c \
	%D%/admin/handle_snapshots.c \
	%D%/admin/handle_state.c \
	%D%/admin/handle_tenants.c \
	%D%/admin/handle_verify.c \
	%D%/admin/import.c %D%/admin/import.h \
	%D%/admin/journal_answer.c %D%/admin/journal_answer.h \
	%D%/admin/journal_filter.c %D%/admin/journal_filter.h \
	%D%/admin/operations.c %D%/admin/operations.h \
	%D%/admin/settings_body.c %D%/admin/settings_body.h \
	%D%/admin/state_answer.h \
	%D%/admin/state_replace.c \
	%D%/api/claim_once.c %D%/api/claim_once.h \
	%D%/api/claim_wait.c %D%/api/claim_wait.h \
	%D%/api/handle_claim.c \
	%D%/api/handle_pools.c \
	%D%/api/handle_users.c \
	%D%/api/handle_workspaces.c \
	%D%/api/pool_config.c %D%/api/pool_config.h \
	%D%/base/arena.c %D%/base/arena.h \
	%D%/base/buffer.c %D%/base/buffer.h \
	%D%/base/check.c %D%/base/check.h \
	%D%/base/clock.c %D%/base/clock.h \
	%D%/base/duration.c %D%/base/duration.h \
	%D%/base/err.c %D%/base/err.def %D%/base/err.h \
	%D%/base/glob.c %D%/base/glob.h \
	%D%/base/hash.c %D%/base/hash.h \
	%D%/base/journal_stream.c %D%/base/journal_stream.h \
	%D%/base/log.c %D%/base/log.h \
	%D%/base/paragraph.c %D%/base/paragraph.h \
	%D%/base/process.c %D%/base/process.h \
	%D%/base/random.c %D%/base/random.h \
	%D%/base/standard_files.c %D%/base/standard_files.h \
	%D%/base/supervisor.c %D%/base/supervisor.h \
	%D%/base/text.c %D%/base/text.h \
	%D%/base/timer.c %D%/base/timer.h \
	%D%/base/whole_file.c %D%/base/whole_file.h \
	%D%/base/words.c %D%/base/words.h \
	%D%/callbacks/callback_rule.c %D%/callbacks/callback_rule.h \
	%D%/callbacks/delivery_filter.c %D%/callbacks/delivery_filter.h \
	%D%/callbacks/handle_callbacks.c \
	%D%/callbacks/handle_deliveries.c \
	%D%/callbacks/handle_relay.c \
	%D%/call/body_limits.c %D%/call/body_limits.h \
	%D%/call/handler.c %D%/call/handler.h \
	%D%/call/list.c %D%/call/list.h \
	%D%/call/pieces.c %D%/call/pieces.h \
	%D%/call/pod_base.c %D%/call/pod_base.h \
	%D%/call/pod_routes.def \
	%D%/call/repositories.c %D%/call/repositories.h \
	%D%/call/routes.def \
	%D%/call/rule_id.c %D%/call/rule_id.h \
	%D%/call/upgrade.c %D%/call/upgrade.h \
	%D%/call/wait.c %D%/call/wait.h \
	%D%/gateway/cgi.c %D%/gateway/cgi.h \
	%D%/gateway/connection.c %D%/gateway/connection.h \
	%D%/gateway/decode.c %D%/gateway/decode.h \
	%D%/gateway/door.c %D%/gateway/door.h \
	%D%/gateway/gateway.c %D%/gateway/gateway.h \
	%D%/gateway/guest.c %D%/gateway/guest.h \
	%D%/gateway/handed.c %D%/gateway/handed.h \
	%D%/gateway/handover.c %D%/gateway/handover.h \
	%D%/gateway/intake.c %D%/gateway/intake.h \
	%D%/gateway/listener.c %D%/gateway/listener.h \
	%D%/gateway/pairs.c %D%/gateway/pairs.h \
	%D%/gateway/record.c %D%/gateway/record.h \
	%D%/gateway/spare.c %D%/gateway/spare.h \
	%D%/gateway/variables.c %D%/gateway/variables.h \
	%D%/http/feed.h \
	%D%/http/dribble.c %D%/http/dribble.h \
	%D%/http/base64.c %D%/http/base64.h \
	%D%/http/handshake.c %D%/http/handshake.h \
	%D%/http/message.c %D%/http/message.h \
	%D%/http/method.def \
	%D%/http/router.c %D%/http/router.h \
	%D%/http/socket.c %D%/http/socket.h \
	%D%/http/tickets.c %D%/http/tickets.h \
	%D%/http/uri.c %D%/http/uri.h \
	%D%/json/foreign.c %D%/json/foreign.h \
	%D%/json/keys.c %D%/json/keys.h \
	%D%/json/number.c %D%/json/number.h \
	%D%/json/reader.c %D%/json/reader.h \
	%D%/json/scan.c %D%/json/scan.h \
	%D%/json/split.c %D%/json/split.h \
	%D%/json/tree.c %D%/json/tree.h \
	%D%/json/writer.c %D%/json/writer.h \
	%D%/live/beginning.c %D%/live/beginning.h \
	%D%/live/event_filter.c %D%/live/event_filter.h \
	%D%/live/event_stream.c %D%/live/event_stream.h \
	%D%/live/handle_events.c \
	%D%/live/handle_wait_events.c \
	%D%/live/hub.c %D%/live/hub.h \
	%D%/model/control_operation.def \
	%D%/model/counters.h \
	%D%/model/delivery.c %D%/model/delivery.def %D%/model/delivery.h \
	%D%/model/event.c %D%/model/event.def %D%/model/event.h \
	%D%/model/fault.c %D%/model/fault.def %D%/model/fault.h \
	%D%/model/goose.c %D%/model/goose.h \
	%D%/model/journal_criterion.def \
	%D%/model/journal_entry.c %D%/model/journal_entry.h \
	%D%/model/leak.h \
	%D%/model/metric.def %D%/model/metrics.c %D%/model/metrics.h \
	%D%/model/name.c %D%/model/name.h \
	%D%/model/operation.c %D%/model/operation.def %D%/model/operation.h \
	%D%/model/pod.c %D%/model/pod.h \
	%D%/model/pod_address.c %D%/model/pod_address.h \
	%D%/model/pod_edge.def \
	%D%/model/pod_event.def \
	%D%/model/pod_state.def \
	%D%/model/pool.c %D%/model/pool.h \
	%D%/model/pool_text.def \
	%D%/model/repository.c %D%/model/repository.h \
	%D%/model/settings.c %D%/model/settings.def %D%/model/settings.h \
	%D%/model/state_clock.c %D%/model/state_clock.h \
	%D%/model/subject.h \
	%D%/model/user.h \
	%D%/page/files.c %D%/page/files.h \
	%D%/page/handle_index.c \
	%D%/page/handle_page.c \
	%D%/pods/echo_socket.c %D%/pods/echo_socket.h \
	%D%/pods/goose_script.c %D%/pods/goose_script.h \
	%D%/pods/goose_socket.c \
	%D%/pods/handle_control.c \
	%D%/pods/handle_echo.c \
	%D%/pods/handle_pages.c \
	%D%/pods/handle_push.c \
	%D%/pods/handle_stream.c \
	%D%/pods/pod_socket.c %D%/pods/pod_socket.h \
	%D%/pods/session_webhook.c %D%/pods/session_webhook.h \
	%D%/service/answer.c %D%/service/answer.h \
	%D%/service/config.h \
	%D%/service/event_origin.c %D%/service/event_origin.h \
	%D%/service/exchange.c %D%/service/exchange.h \
	%D%/service/faulting.c %D%/service/faulting.h \
	%D%/service/find_route.c %D%/service/find_route.h \
	%D%/service/internal.h \
	%D%/service/origin.c %D%/service/origin.h \
	%D%/service/parking.c %D%/service/parking.h \
	%D%/service/pod_route.c %D%/service/pod_route.h \
	%D%/service/report.c %D%/service/report.h \
	%D%/service/route.h \
	%D%/service/routing.c %D%/service/routing.h \
	%D%/service/run.c %D%/service/run.h \
	%D%/service/service.c %D%/service/service.h \
	%D%/service/tenancy.c %D%/service/tenancy.h \
	%D%/service/turn.c %D%/service/turn.h \
	%D%/service/upgrade_check.c %D%/service/upgrade_check.h \
	%D%/store/claim.c \
	%D%/store/database.c %D%/store/database.h \
	%D%/store/lifecycle.c \
	%D%/store/list.def \
	%D%/store/lists.c %D%/store/lists.h \
	%D%/store/new_pods.c \
	%D%/store/parameters.def \
	%D%/store/pods.c \
	%D%/store/pool_changes.c \
	%D%/store/pool_settings.c \
	%D%/store/pool_state.c %D%/store/pool_state.h \
	%D%/store/pools.c \
	%D%/store/pulls.c \
	%D%/store/repeats.c %D%/store/repeats.h \
	%D%/store/rows.c %D%/store/rows.h \
	%D%/store/sessions.c \
	%D%/store/state.c %D%/store/state.h \
	%D%/store/state_file.c %D%/store/state_file.h \
	%D%/store/state_lock.c %D%/store/state_lock.h \
	%D%/store/state_tenants.c \
	%D%/store/statements.def \
	%D%/store/users.c \
	%D%/tenant/callback_rules.c %D%/tenant/callback_rules.h \
	%D%/tenant/claim_queue.c %D%/tenant/claim_queue.h \
	%D%/tenant/deliveries.c %D%/tenant/deliveries.h \
	%D%/tenant/events.c %D%/tenant/events.h \
	%D%/tenant/faults.c %D%/tenant/faults.h \
	%D%/tenant/journal.c %D%/tenant/journal.h \
	%D%/tenant/leaks.c %D%/tenant/leaks.h \
	%D%/tenant/snapshots.c %D%/tenant/snapshots.h \
	%D%/tenant/tenant.c %D%/tenant/tenant.h \
	%D%/views/document.h \
	%D%/views/document_read.c \
	%D%/views/document_reply.c \
	%D%/views/document_settings.c \
	%D%/views/document_write.c \
	%D%/views/field.c %D%/views/field.h \
	%D%/views/page.c %D%/views/page.h \
	%D%/views/shape.def \
	%D%/views/sorted.c %D%/views/sorted.h \
	%D%/views/view_callback.c \
	%D%/views/view_clock.c \
	%D%/views/view_error.c \
	%D%/views/view_event.c \
	%D%/views/view_fault.c \
	%D%/views/view_goose.c \
	%D%/views/view_journal.c \
	%D%/views/view_metrics.c \
	%D%/views/view_pod.c \
	%D%/views/view_pool.c \
	%D%/views/view_settings.c \
	%D%/views/view_user.c \
	%D%/views/views.h

sbin_PROGRAMS += %D%/pool-manager-mock
%C%_pool_manager_mock_SOURCES = %D%/main.c
%C%_pool_manager_mock_LDADD = %D%/libpoolmanager.a $(FCGI_LIBS) $(JSON_C_LIBS) $(SQLITE_LIBS) $(WEBSOCKET_LIBS)

# Prints the list of options for the man page.
noinst_PROGRAMS += %D%/options-man
%C%_options_man_SOURCES = %D%/options_man.c
%C%_options_man_LDADD = %D%/libpoolmanager.a

# Prints the OpenAPI document, which is embedded as C strings: the library of the worker contains it, so the program has its own.
noinst_LIBRARIES += %D%/libopenapi.a
%C%_libopenapi_a_CPPFLAGS = $(AM_CPPFLAGS)
%C%_libopenapi_a_SOURCES = \
	%D%/openapi/document.c %D%/openapi/document.h \
	%D%/openapi/examples.c %D%/openapi/examples.h \
	%D%/openapi/schemas.c %D%/openapi/schemas.h \
	%D%/openapi/shapes.c %D%/openapi/shapes.h \
	%D%/base/buffer.c %D%/base/check.c %D%/base/clock.c %D%/base/journal_stream.c %D%/base/text.c \
	%D%/json/number.c %D%/json/writer.c
noinst_PROGRAMS += %D%/openapi-json
%C%_openapi_json_SOURCES = %D%/openapi_json.c
%C%_openapi_json_LDADD = %D%/libopenapi.a
BUILT_SOURCES += %D%/admin/openapi.h
CLEANFILES += %D%/admin/openapi.h
EXTRA_DIST += %D%/admin/embed_openapi.sed
openapi_examples = $(srcdir)/docs/api.md $(srcdir)/docs/control.md
%D%/admin/openapi.h: %D%/openapi-json$(EXEEXT) %D%/admin/embed_openapi.sed $(openapi_examples)
	$(AM_V_GEN)$(MKDIR_P) %D%/admin && %D%/openapi-json$(EXEEXT) $(openapi_examples) >$@.json && \
	$(SED) -f '$(srcdir)/%D%/admin/embed_openapi.sed' $@.json >$@.new && rm $@.json && mv $@.new $@
%D%/admin/libpoolmanager_a-handle_openapi.$(OBJEXT): %D%/admin/openapi.h

# Embeds the schema as a C string.
BUILT_SOURCES += %D%/store/schema.h
CLEANFILES += %D%/store/schema.h
EXTRA_DIST += %D%/store/schema.sql %D%/store/embed.sed
%D%/store/schema.h: %D%/store/schema.sql %D%/store/embed.sed
	$(AM_V_GEN)$(MKDIR_P) %D%/store && \
	$(SED) -f '$(srcdir)/%D%/store/embed.sed' '$(srcdir)/%D%/store/schema.sql' > $@.new && mv $@.new $@
%D%/store/libpoolmanager_a-database.$(OBJEXT): %D%/store/schema.h

# Embeds the files of the web pages, each as a row FILE_ROW(name, text).
page_files = \
	%D%/page/dom.mjs \
	%D%/page/follow.mjs \
	%D%/page/icon.svg \
	%D%/page/index.html \
	%D%/page/index.mjs \
	%D%/page/journal.mjs \
	%D%/page/live.html \
	%D%/page/live.mjs \
	%D%/page/page.css \
	%D%/page/panel.mjs \
	%D%/page/pools.mjs \
	%D%/page/service.mjs \
	%D%/page/show_head.mjs \
	%D%/page/show_pools.mjs \
	%D%/page/show_requests.mjs \
	%D%/page/show_side.mjs \
	%D%/page/stream.mjs \
	%D%/page/time.mjs \
	%D%/page/watch.mjs
BUILT_SOURCES += %D%/page/embedded.inc
CLEANFILES += %D%/page/embedded.inc
EXTRA_DIST += $(page_files) %D%/page/embed.sed
%D%/page/embedded.inc: $(page_files) %D%/page/embed.sed
	$(AM_V_GEN)$(MKDIR_P) %D%/page && \
	for file in $(page_files); do \
	    echo "FILE_ROW(\"$${file##*/}\"," && \
	    $(SED) -f '$(srcdir)/%D%/page/embed.sed' "$(srcdir)/$$file" && \
	    echo ')' || exit 1; \
	done > $@.new && mv $@.new $@
%D%/page/libpoolmanager_a-files.$(OBJEXT): %D%/page/embedded.inc
