# SPDX-License-Identifier: MIT
# The worker: everything but main.c is a library, so that the tests and the benchmark link what they need of it.

noinst_LIBRARIES += %D%/libpoolmanager.a
%C%_libpoolmanager_a_CPPFLAGS = $(AM_CPPFLAGS) $(FCGI_CFLAGS) $(JSON_C_CFLAGS) $(SQLITE_CFLAGS)
%C%_libpoolmanager_a_SOURCES = \
	%D%/options.c %D%/options_print.c %D%/options.h %D%/options_rows.h %D%/options.def \
	%D%/start_state.c %D%/start_state.h \
	%D%/api/admin.c \
	%D%/api/claim.c \
	%D%/api/claim_once.c %D%/api/claim_once.h \
	%D%/api/claim_wait.c %D%/api/claim_wait.h \
	%D%/api/clock.c \
	%D%/api/fault_content.c %D%/api/fault_content.h \
	%D%/api/fault_rule.c %D%/api/fault_rule.h \
	%D%/api/faults.c \
	%D%/api/goose_script.c \
	%D%/api/handler.c %D%/api/handler.h \
	%D%/api/export.c %D%/api/export.h \
	%D%/api/import.c %D%/api/import.h \
	%D%/api/journal.c \
	%D%/api/journal_answer.c %D%/api/journal_answer.h \
	%D%/api/journal_filter.c %D%/api/journal_filter.h \
	%D%/api/index.c \
	%D%/api/list.c %D%/api/list.h \
	%D%/api/inspect.c \
	%D%/api/operations.c %D%/api/operations.h \
	%D%/api/pieces.c %D%/api/pieces.h \
	%D%/api/pod_control.c \
	%D%/api/pod_echo.c \
	%D%/api/pod_pages.c \
	%D%/api/pod_push.c \
	%D%/api/pod_routes.def \
	%D%/api/pod_stream.c \
	%D%/api/pool_config.c %D%/api/pool_config.h \
	%D%/api/pools.c \
	%D%/api/routes.def \
	%D%/api/snapshots.c \
	%D%/api/state_answer.h %D%/api/state_document.c %D%/api/state_replace.c \
	%D%/api/tenants.c \
	%D%/api/repositories.c %D%/api/repositories.h \
	%D%/api/settings.c \
	%D%/api/settings_body.c %D%/api/settings_body.h \
	%D%/api/users.c \
	%D%/api/verify.c \
	%D%/api/workspaces.c \
	%D%/base/arena.c %D%/base/arena.h \
	%D%/base/buffer.c %D%/base/buffer.h \
	%D%/base/check.c %D%/base/check.h \
	%D%/base/clock.c %D%/base/clock.h \
	%D%/base/duration.c %D%/base/duration.h \
	%D%/base/err.c %D%/base/err.h %D%/base/err.def \
	%D%/base/glob.c %D%/base/glob.h \
	%D%/base/hash.c %D%/base/hash.h \
	%D%/base/journal_stream.c %D%/base/journal_stream.h \
	%D%/base/log.c %D%/base/log.h \
	%D%/base/random.c %D%/base/random.h \
	%D%/base/standard_files.c %D%/base/standard_files.h \
	%D%/base/supervisor.c %D%/base/supervisor.h \
	%D%/base/text.c %D%/base/text.h \
	%D%/base/timer.c %D%/base/timer.h \
	%D%/control/claim_queue.c %D%/control/claim_queue.h \
	%D%/base/words.c %D%/base/words.h \
	%D%/control/faults.c %D%/control/faults.h \
	%D%/control/journal.c %D%/control/journal.h \
	%D%/control/leaks.c %D%/control/leaks.h \
	%D%/control/snapshots.c %D%/control/snapshots.h \
	%D%/control/tenant.c %D%/control/tenant.h \
	%D%/gateway/cgi.c %D%/gateway/cgi.h \
	%D%/gateway/connection.c %D%/gateway/connection.h \
	%D%/gateway/decode.c %D%/gateway/decode.h \
	%D%/gateway/gateway.c %D%/gateway/gateway.h \
	%D%/gateway/intake.c %D%/gateway/intake.h \
	%D%/gateway/pairs.c %D%/gateway/pairs.h \
	%D%/gateway/listener.c %D%/gateway/listener.h \
	%D%/gateway/record.c %D%/gateway/record.h \
	%D%/gateway/variables.c %D%/gateway/variables.h \
	%D%/http/message.c %D%/http/message.h %D%/http/method.def \
	%D%/http/router.c %D%/http/router.h \
	%D%/http/uri.c %D%/http/uri.h \
	%D%/json/foreign.c %D%/json/foreign.h \
	%D%/json/keys.c %D%/json/keys.h \
	%D%/json/number.c %D%/json/number.h \
	%D%/json/reader.c %D%/json/reader.h \
	%D%/json/scan.c %D%/json/scan.h \
	%D%/json/split.c %D%/json/split.h \
	%D%/json/tree.c %D%/json/tree.h \
	%D%/json/writer.c %D%/json/writer.h \
	%D%/model/counters.h \
	%D%/model/fault.c %D%/model/fault.h %D%/model/fault.def \
	%D%/model/goose.c %D%/model/goose.h \
	%D%/model/journal_criterion.def \
	%D%/model/journal_entry.c %D%/model/journal_entry.h \
	%D%/model/leak.h \
	%D%/model/name.c %D%/model/name.h \
	%D%/model/operation.c %D%/model/operation.h %D%/model/operation.def %D%/model/control_operation.def \
	%D%/model/pod.c %D%/model/pod.h %D%/model/pod_edge.def %D%/model/pod_event.def %D%/model/pod_state.def \
	%D%/model/pod_address.c %D%/model/pod_address.h \
	%D%/model/pool.c %D%/model/pool.h %D%/model/pool_text.def \
	%D%/model/repository.c %D%/model/repository.h \
	%D%/model/settings.c %D%/model/settings.h %D%/model/settings.def \
	%D%/model/state_clock.c %D%/model/state_clock.h \
	%D%/model/subject.h \
	%D%/model/user.h \
	%D%/service/answer.c %D%/service/answer.h \
	%D%/service/body_limits.c %D%/service/body_limits.h \
	%D%/service/config.h \
	%D%/service/dribble.c %D%/service/dribble.h \
	%D%/service/exchange.c %D%/service/exchange.h \
	%D%/service/faulting.c %D%/service/faulting.h \
	%D%/service/find_route.c %D%/service/find_route.h \
	%D%/service/internal.h \
	%D%/service/journaling.c %D%/service/journaling.h \
	%D%/service/origin.c %D%/service/origin.h \
	%D%/service/parking.c %D%/service/parking.h \
	%D%/service/pod_base.c %D%/service/pod_base.h \
	%D%/service/pod_route.c %D%/service/pod_route.h \
	%D%/service/request_log.c %D%/service/request_log.h \
	%D%/service/route.h \
	%D%/service/routing.c %D%/service/routing.h \
	%D%/service/run.c %D%/service/run.h \
	%D%/service/service.c %D%/service/service.h \
	%D%/service/tenancy.c %D%/service/tenancy.h \
	%D%/service/turn.c %D%/service/turn.h \
	%D%/store/claim.c \
	%D%/store/goose.c \
	%D%/store/list.def \
	%D%/store/lists.c %D%/store/lists.h \
	%D%/store/database.c %D%/store/database.h \
	%D%/store/lifecycle.c \
	%D%/store/new_pods.c \
	%D%/store/parameters.def \
	%D%/store/pods.c \
	%D%/store/pool_state.c %D%/store/pool_state.h \
	%D%/store/pool_changes.c \
	%D%/store/pools.c \
	%D%/store/pulls.c \
	%D%/store/repeats.c %D%/store/repeats.h \
	%D%/store/rows.c %D%/store/rows.h \
	%D%/store/settings.c \
	%D%/store/state.c %D%/store/state.h \
	%D%/store/state_file.c %D%/store/state_file.h \
	%D%/store/state_lock.c %D%/store/state_lock.h \
	%D%/store/state_tenants.c \
	%D%/store/statements.def \
	%D%/store/users.c \
	%D%/views/document.h %D%/views/document_read.c %D%/views/document_reply.c \
	%D%/views/document_settings.c %D%/views/document_write.c \
	%D%/views/field.c %D%/views/field.h \
	%D%/views/page.c %D%/views/page.h \
	%D%/views/sorted.c %D%/views/sorted.h \
	%D%/views/view_clock.c \
	%D%/views/view_error.c \
	%D%/views/view_fault.c \
	%D%/views/view_goose.c \
	%D%/views/view_journal.c \
	%D%/views/view_pod.c \
	%D%/views/view_pool.c \
	%D%/views/view_settings.c \
	%D%/views/view_user.c \
	%D%/views/views.h

sbin_PROGRAMS += %D%/pool-manager-mock
%C%_pool_manager_mock_SOURCES = %D%/main.c
%C%_pool_manager_mock_LDADD = %D%/libpoolmanager.a $(FCGI_LIBS) $(JSON_C_LIBS) $(SQLITE_LIBS)

# Prints the options' list for the man page.
noinst_PROGRAMS += %D%/options-man
%C%_options_man_SOURCES = %D%/options_man.c
%C%_options_man_LDADD = %D%/libpoolmanager.a

# The schema as a C string.
BUILT_SOURCES += %D%/store/schema.h
CLEANFILES += %D%/store/schema.h
EXTRA_DIST += %D%/store/schema.sql %D%/store/embed.sed
%D%/store/schema.h: %D%/store/schema.sql %D%/store/embed.sed
	$(AM_V_GEN)$(MKDIR_P) %D%/store && \
	$(SED) -f '$(srcdir)/%D%/store/embed.sed' '$(srcdir)/%D%/store/schema.sql' > $@.new && mv $@.new $@
%D%/store/libpoolmanager_a-database.$(OBJEXT): %D%/store/schema.h
