# SPDX-License-Identifier: MIT
# The unit tests: one program, linked with the libraries of the worker and of poolctl and with an allocator that fails on order.

# The suites: a file each, which automake gives to the program as a test. A suite alone: make check TESTS=tests/unit/test_arena.c
unit_suites = \
	%D%/test_api.c \
	%D%/test_arena.c \
	%D%/test_body_limits.c \
	%D%/test_buffer.c \
	%D%/test_calls.c \
	%D%/test_clock.c \
	%D%/test_clock_moves.c \
	%D%/test_connection.c \
	%D%/test_decode.c \
	%D%/test_document.c \
	%D%/test_document_any.c \
	%D%/test_dribble.c \
	%D%/test_duration.c \
	%D%/test_err.c \
	%D%/test_event_streams.c \
	%D%/test_event_streams_any.c \
	%D%/test_deliveries.c \
	%D%/test_events.c \
	%D%/test_fault.c \
	%D%/test_fault_content.c \
	%D%/test_fault_draws.c \
	%D%/test_fault_routes.c \
	%D%/test_faulting.c \
	%D%/test_faults.c \
	%D%/test_glob.c \
	%D%/test_goose.c \
	%D%/test_guest.c \
	%D%/test_hash.c \
	%D%/test_import.c \
	%D%/test_intake.c \
	%D%/test_intake_random.c \
	%D%/test_journal.c \
	%D%/test_journal_entry.c \
	%D%/test_journal_routes.c \
	%D%/test_journal_waits.c \
	%D%/test_kept_clock.c \
	%D%/test_leaks.c \
	%D%/test_listener.c \
	%D%/test_log.c \
	%D%/test_message.c \
	%D%/test_name.c \
	%D%/test_number.c \
	%D%/test_operation.c \
	%D%/test_operation_parts.c \
	%D%/test_options.c \
	%D%/test_overdue.c \
	%D%/test_page.c \
	%D%/test_pod.c \
	%D%/test_pod_address.c \
	%D%/test_pod_echo.c \
	%D%/test_pod_ports.c \
	%D%/test_pod_streams.c \
	%D%/test_pool_state.c \
	%D%/test_pool_state_ahead.c \
	%D%/test_pool_state_ahead_chaos.c \
	%D%/test_pool_state_capacity.c \
	%D%/test_pool_state_changes.c \
	%D%/test_pool_state_chaos.c \
	%D%/test_pool_state_copy.c \
	%D%/test_pool_state_counts.c \
	%D%/test_pool_state_goose.c \
	%D%/test_pool_state_lifecycle.c \
	%D%/test_pool_state_model.c \
	%D%/test_pool_state_settings.c \
	%D%/test_pool_state_turns.c \
	%D%/test_poolctl.c \
	%D%/test_random.c \
	%D%/test_reader.c \
	%D%/test_reader_keys.c \
	%D%/test_record.c \
	%D%/test_repeats.c \
	%D%/test_repository.c \
	%D%/test_request_checks.c \
	%D%/test_router.c \
	%D%/test_rows.c \
	%D%/test_scan.c \
	%D%/test_scan_rows.c \
	%D%/test_service.c \
	%D%/test_service_chaos.c \
	%D%/test_settings.c \
	%D%/test_split.c \
	%D%/test_state_file.c \
	%D%/test_state_file_log.c \
	%D%/test_state_file_open.c \
	%D%/test_state_lock.c \
	%D%/test_statements.c \
	%D%/test_supervisor.c \
	%D%/test_tenant.c \
	%D%/test_tenant_ends.c \
	%D%/test_text.c \
	%D%/test_timer.c \
	%D%/test_transfer.c \
	%D%/test_tree.c \
	%D%/test_unchanged.c \
	%D%/test_unchanged_any.c \
	%D%/test_uri.c \
	%D%/test_users.c \
	%D%/test_verify.c \
	%D%/test_views.c \
	%D%/test_writer.c
unit_tests =
EXTRA_DIST += %D%/no_cmocka.sh %D%/scan_rows.txt %D%/valgrind.supp

if HAVE_CMOCKA
unit_tests += $(unit_suites)
LONG_TESTS += %D%/test_event_streams_any.c %D%/test_unchanged_any.c
check_PROGRAMS += %D%/unit
else
unit_tests += %D%/no_cmocka.sh
endif
TESTS += $(unit_tests)
C_LOG_COMPILER = %D%/unit

%C%_unit_SOURCES = $(unit_suites) \
	%D%/by_name.c %D%/by_name.h \
	%D%/chaos.c %D%/chaos.h \
	%D%/dice.c %D%/dice.h \
	%D%/documents.c %D%/documents.h \
	%D%/fault_rig.c %D%/fault_rig.h \
	%D%/front.c %D%/front.h \
	%D%/journal_front.c %D%/journal_front.h \
	%D%/journal_rig.c %D%/journal_rig.h \
	%D%/mutant.c %D%/mutant.h \
	%D%/pod_rig.c %D%/pod_rig.h \
	%D%/scan_copy.h \
	%D%/state_chaos.c %D%/state_chaos.h \
	%D%/state_dump.c %D%/state_dump.h \
	%D%/state_model.c %D%/state_model.h \
	%D%/state_replay.c %D%/state_replay.h \
	%D%/reader_rig.c %D%/reader_rig.h \
	%D%/state_rig.c %D%/state_rig.h \
	%D%/state_steps.c %D%/state_steps.h \
	%D%/unchanged_rig.c %D%/unchanged_rig.h \
	%D%/unit.c %D%/unit.h \
	%D%/wire.c %D%/wire.h
%C%_unit_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CURL_CFLAGS) $(JSON_C_CFLAGS) $(SQLITE_CFLAGS)
# What a suite may make fail, or counts (test_faulting.c: the routing); all of it passes through. chaos.c: the allocator. test_decode.c, test_state_file_open.c:
# system calls. test_tree.c: json-c.
%C%_unit_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free \
	-Wl,--wrap=router_match,--wrap=uri_split \
	-Wl,--wrap=FCGX_Accept_r,--wrap=open \
	-Wl,--wrap=json_object_new_boolean,--wrap=json_object_new_int64,--wrap=json_object_new_double \
	-Wl,--wrap=json_object_new_string_len,--wrap=json_object_new_array_ext,--wrap=json_object_new_object \
	-Wl,--wrap=json_object_array_add,--wrap=json_object_object_add_ex
%C%_unit_LDADD = src/poolctl/libpoolctl.a src/libpoolmanager.a \
	$(CMOCKA_LIBS) $(CURL_LIBS) $(FCGI_LIBS) $(JSON_C_LIBS) $(SQLITE_LIBS) $(WEBSOCKET_LIBS)

# Each suite under valgrind: an error or a lost block fails it. Needs a build without sanitizers. Of SQLite's allocations
# every seventeenth fails here; each one does in the other runs. There are as many at a time as processors.
.PHONY: check-valgrind
check-valgrind: %D%/unit
	@test -n "$(VALGRIND)" || { echo "valgrind is missing (Debian: valgrind)" >&2; exit 1; }; \
	set -- $(unit_suites:.c=); \
	printf '%s\n' "$$@" | UNIT_STRIDE=17 xargs -P "$$(nproc)" -I '{}' $(SHELL) -c \
	    '$(VALGRIND) -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=all --show-leak-kinds=all \
	        --suppressions="$$1/valgrind.supp" %D%/unit "$$0" > "$$0.valgrind" 2>&1 || \
	        { echo "not ok - $$0"; cat "$$0.valgrind"; exit 1; }' '{}' '$(srcdir)/%D%' || exit 1; \
	echo "valgrind: $$# passed"
CLEANFILES += $(unit_suites:.c=.valgrind)
