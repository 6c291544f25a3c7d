# SPDX-License-Identifier: MIT
# The unit tests: a program for each module (more where it takes several), linked with the worker's library and an allocator that fails on order.
# A program whose sources are not named here is made of the file of its name.

# -u takes the allocator into programs that use nothing of it too: the runtime of --coverage, which comes last, allocates.
unit_cpp_flags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(JSON_C_CFLAGS) $(SQLITE_CFLAGS)
unit_link_flags = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free,-u,__wrap_malloc
# libunit.a twice: the programs use it, and the worker's library its allocator.
unit_link_with = %D%/libunit.a src/libpoolmanager.a %D%/libunit.a $(CMOCKA_LIBS) $(FCGI_LIBS) $(JSON_C_LIBS) $(SQLITE_LIBS)
unit_tests =
# Of the tests that take random steps.
unit_steps = %D%/state_steps.c %D%/state_steps.h %D%/state_model.c %D%/state_model.h
check_LIBRARIES =

EXTRA_DIST += %D%/no_cmocka.sh %D%/valgrind.supp

if HAVE_CMOCKA
check_LIBRARIES += %D%/libunit.a
%C%_libunit_a_CPPFLAGS = $(unit_cpp_flags)
%C%_libunit_a_SOURCES = \
	%D%/by_name.c %D%/by_name.h \
	%D%/chaos.c %D%/chaos.h \
	%D%/dice.c %D%/dice.h \
	%D%/documents.c %D%/documents.h \
	%D%/front.c %D%/front.h \
	%D%/mutant.c %D%/mutant.h \
	%D%/pod_rig.c %D%/pod_rig.h \
	%D%/state_chaos.c %D%/state_chaos.h \
	%D%/state_dump.c %D%/state_dump.h \
	%D%/state_rig.c %D%/state_rig.h \
	%D%/unchanged_rig.c %D%/unchanged_rig.h \
	%D%/unit.h \
	%D%/wire.c %D%/wire.h

unit_tests += \
	%D%/test_api \
	%D%/test_arena \
	%D%/test_body_limits \
	%D%/test_buffer \
	%D%/test_claims \
	%D%/test_clients \
	%D%/test_clock \
	%D%/test_clock_moves \
	%D%/test_connection \
	%D%/test_control \
	%D%/test_decode \
	%D%/test_dispatch \
	%D%/test_document \
	%D%/test_document_any \
	%D%/test_dribble \
	%D%/test_duration \
	%D%/test_err \
	%D%/test_fault \
	%D%/test_fault_content \
	%D%/test_fault_draws \
	%D%/test_fault_routes \
	%D%/test_faulting \
	%D%/test_faults \
	%D%/test_glob \
	%D%/test_goose \
	%D%/test_hash \
	%D%/test_html \
	%D%/test_import \
	%D%/test_intake \
	%D%/test_intake_random \
	%D%/test_journal \
	%D%/test_journal_entry \
	%D%/test_journal_routes \
	%D%/test_journal_waits \
	%D%/test_kept_clock \
	%D%/test_leaks \
	%D%/test_listener \
	%D%/test_log \
	%D%/test_message \
	%D%/test_name \
	%D%/test_number \
	%D%/test_missing \
	%D%/test_operation \
	%D%/test_operation_parts \
	%D%/test_options \
	%D%/test_overdue \
	%D%/test_pod \
	%D%/test_pod_address \
	%D%/test_pod_echo \
	%D%/test_pod_ports \
	%D%/test_pod_push \
	%D%/test_pod_streams \
	%D%/test_pool_state \
	%D%/test_pool_state_ahead \
	%D%/test_pool_state_ahead_chaos \
	%D%/test_pool_state_capacity \
	%D%/test_pool_state_changes \
	%D%/test_pool_state_chaos \
	%D%/test_pool_state_copy \
	%D%/test_pool_state_counts \
	%D%/test_pool_state_goose \
	%D%/test_pool_state_lifecycle \
	%D%/test_pool_state_model \
	%D%/test_pool_state_settings \
	%D%/test_pool_state_turns \
	%D%/test_poolctl \
	%D%/test_random \
	%D%/test_reader \
	%D%/test_record \
	%D%/test_repository \
	%D%/test_router \
	%D%/test_rows \
	%D%/test_scan \
	%D%/test_scan_rows \
	%D%/test_service \
	%D%/test_service_chaos \
	%D%/test_settings \
	%D%/test_settings_routes \
	%D%/test_split \
	%D%/test_state_file \
	%D%/test_state_file_log \
	%D%/test_state_file_open \
	%D%/test_state_lock \
	%D%/test_statements \
	%D%/test_supervisor \
	%D%/test_tenants \
	%D%/test_text \
	%D%/test_timer \
	%D%/test_tree \
	%D%/test_transfer \
	%D%/test_unchanged \
	%D%/test_unchanged_any \
	%D%/test_uri \
	%D%/test_users \
	%D%/test_verify \
	%D%/test_views \
	%D%/test_writer
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
LONG_TESTS += %D%/test_unchanged_any
else
TESTS += %D%/no_cmocka.sh
endif

%C%_test_api_CPPFLAGS = $(unit_cpp_flags)
%C%_test_api_LDFLAGS = $(unit_link_flags)
%C%_test_api_LDADD = $(unit_link_with)

%C%_test_arena_CPPFLAGS = $(unit_cpp_flags)
%C%_test_arena_LDFLAGS = $(unit_link_flags)
%C%_test_arena_LDADD = $(unit_link_with)

%C%_test_body_limits_CPPFLAGS = $(unit_cpp_flags)
%C%_test_body_limits_LDFLAGS = $(unit_link_flags)
%C%_test_body_limits_LDADD = $(unit_link_with)

%C%_test_buffer_CPPFLAGS = $(unit_cpp_flags)
%C%_test_buffer_LDFLAGS = $(unit_link_flags)
%C%_test_buffer_LDADD = $(unit_link_with)

%C%_test_claims_CPPFLAGS = $(unit_cpp_flags)
%C%_test_claims_LDFLAGS = $(unit_link_flags)
%C%_test_claims_LDADD = $(unit_link_with)

%C%_test_clients_CPPFLAGS = $(unit_cpp_flags)
%C%_test_clients_LDFLAGS = $(unit_link_flags)
%C%_test_clients_LDADD = $(unit_link_with)

%C%_test_clock_CPPFLAGS = $(unit_cpp_flags)
%C%_test_clock_LDFLAGS = $(unit_link_flags)
%C%_test_clock_LDADD = $(unit_link_with)

%C%_test_clock_moves_CPPFLAGS = $(unit_cpp_flags)
%C%_test_clock_moves_LDFLAGS = $(unit_link_flags)
%C%_test_clock_moves_LDADD = $(unit_link_with)

%C%_test_connection_CPPFLAGS = $(unit_cpp_flags)
%C%_test_connection_LDFLAGS = $(unit_link_flags)
%C%_test_connection_LDADD = $(unit_link_with)

%C%_test_control_CPPFLAGS = $(unit_cpp_flags)
%C%_test_control_LDFLAGS = $(unit_link_flags)
%C%_test_control_LDADD = $(unit_link_with)

%C%_test_decode_CPPFLAGS = $(unit_cpp_flags)
%C%_test_decode_LDFLAGS = $(unit_link_flags) -Wl,--wrap=memfd_create,--wrap=pwritev,--wrap=lseek,--wrap=ftruncate
%C%_test_decode_LDADD = $(unit_link_with)

%C%_test_dispatch_CPPFLAGS = $(unit_cpp_flags)
%C%_test_dispatch_LDFLAGS = $(unit_link_flags)
%C%_test_dispatch_LDADD = $(unit_link_with)

%C%_test_document_CPPFLAGS = $(unit_cpp_flags)
%C%_test_document_LDFLAGS = $(unit_link_flags)
%C%_test_document_LDADD = $(unit_link_with)

%C%_test_document_any_CPPFLAGS = $(unit_cpp_flags)
%C%_test_document_any_LDFLAGS = $(unit_link_flags)
%C%_test_document_any_LDADD = $(unit_link_with)

%C%_test_dribble_CPPFLAGS = $(unit_cpp_flags)
%C%_test_dribble_LDFLAGS = $(unit_link_flags)
%C%_test_dribble_LDADD = $(unit_link_with)

%C%_test_duration_CPPFLAGS = $(unit_cpp_flags)
%C%_test_duration_LDFLAGS = $(unit_link_flags)
%C%_test_duration_LDADD = $(unit_link_with)

%C%_test_err_CPPFLAGS = $(unit_cpp_flags)
%C%_test_err_LDFLAGS = $(unit_link_flags)
%C%_test_err_LDADD = $(unit_link_with)

%C%_test_fault_CPPFLAGS = $(unit_cpp_flags)
%C%_test_fault_LDFLAGS = $(unit_link_flags)
%C%_test_fault_LDADD = $(unit_link_with)

%C%_test_fault_content_CPPFLAGS = $(unit_cpp_flags)
%C%_test_fault_content_LDFLAGS = $(unit_link_flags)
%C%_test_fault_content_LDADD = $(unit_link_with)

%C%_test_fault_draws_SOURCES = %D%/test_fault_draws.c %D%/fault_rig.c %D%/fault_rig.h
%C%_test_fault_draws_CPPFLAGS = $(unit_cpp_flags)
%C%_test_fault_draws_LDFLAGS = $(unit_link_flags)
%C%_test_fault_draws_LDADD = $(unit_link_with)

%C%_test_fault_routes_CPPFLAGS = $(unit_cpp_flags)
%C%_test_fault_routes_LDFLAGS = $(unit_link_flags)
%C%_test_fault_routes_LDADD = $(unit_link_with)

%C%_test_faulting_CPPFLAGS = $(unit_cpp_flags)
%C%_test_faulting_LDFLAGS = $(unit_link_flags)
%C%_test_faulting_LDADD = $(unit_link_with)

%C%_test_faults_SOURCES = %D%/test_faults.c %D%/fault_rig.c %D%/fault_rig.h
%C%_test_faults_CPPFLAGS = $(unit_cpp_flags)
%C%_test_faults_LDFLAGS = $(unit_link_flags)
%C%_test_faults_LDADD = $(unit_link_with)

%C%_test_glob_CPPFLAGS = $(unit_cpp_flags)
%C%_test_glob_LDFLAGS = $(unit_link_flags)
%C%_test_glob_LDADD = $(unit_link_with)

%C%_test_goose_CPPFLAGS = $(unit_cpp_flags)
%C%_test_goose_LDFLAGS = $(unit_link_flags)
%C%_test_goose_LDADD = $(unit_link_with)

%C%_test_hash_CPPFLAGS = $(unit_cpp_flags)
%C%_test_hash_LDFLAGS = $(unit_link_flags)
%C%_test_hash_LDADD = $(unit_link_with)

%C%_test_html_CPPFLAGS = $(unit_cpp_flags)
%C%_test_html_LDFLAGS = $(unit_link_flags)
%C%_test_html_LDADD = $(unit_link_with)

%C%_test_import_CPPFLAGS = $(unit_cpp_flags)
%C%_test_import_LDFLAGS = $(unit_link_flags)
%C%_test_import_LDADD = $(unit_link_with)

%C%_test_intake_CPPFLAGS = $(unit_cpp_flags)
%C%_test_intake_LDFLAGS = $(unit_link_flags)
%C%_test_intake_LDADD = $(unit_link_with)

%C%_test_intake_random_CPPFLAGS = $(unit_cpp_flags)
%C%_test_intake_random_LDFLAGS = $(unit_link_flags)
%C%_test_intake_random_LDADD = $(unit_link_with)

%C%_test_journal_SOURCES = %D%/test_journal.c %D%/journal_rig.c %D%/journal_rig.h
%C%_test_journal_CPPFLAGS = $(unit_cpp_flags)
%C%_test_journal_LDFLAGS = $(unit_link_flags)
%C%_test_journal_LDADD = $(unit_link_with)

%C%_test_journal_entry_CPPFLAGS = $(unit_cpp_flags)
%C%_test_journal_entry_LDFLAGS = $(unit_link_flags)
%C%_test_journal_entry_LDADD = $(unit_link_with)

%C%_test_journal_routes_SOURCES = %D%/test_journal_routes.c %D%/journal_front.c %D%/journal_front.h
%C%_test_journal_routes_CPPFLAGS = $(unit_cpp_flags)
%C%_test_journal_routes_LDFLAGS = $(unit_link_flags)
%C%_test_journal_routes_LDADD = $(unit_link_with)

%C%_test_journal_waits_SOURCES = %D%/test_journal_waits.c %D%/journal_rig.c %D%/journal_rig.h
%C%_test_journal_waits_CPPFLAGS = $(unit_cpp_flags)
%C%_test_journal_waits_LDFLAGS = $(unit_link_flags)
%C%_test_journal_waits_LDADD = $(unit_link_with)

%C%_test_kept_clock_CPPFLAGS = $(unit_cpp_flags)
%C%_test_kept_clock_LDFLAGS = $(unit_link_flags)
%C%_test_kept_clock_LDADD = $(unit_link_with)

%C%_test_leaks_CPPFLAGS = $(unit_cpp_flags)
%C%_test_leaks_LDFLAGS = $(unit_link_flags)
%C%_test_leaks_LDADD = $(unit_link_with)

%C%_test_listener_CPPFLAGS = $(unit_cpp_flags)
%C%_test_listener_LDFLAGS = $(unit_link_flags)
%C%_test_listener_LDADD = $(unit_link_with)

%C%_test_log_CPPFLAGS = $(unit_cpp_flags)
%C%_test_log_LDFLAGS = $(unit_link_flags)
%C%_test_log_LDADD = $(unit_link_with)

%C%_test_message_CPPFLAGS = $(unit_cpp_flags)
%C%_test_message_LDFLAGS = $(unit_link_flags)
%C%_test_message_LDADD = $(unit_link_with)

%C%_test_name_CPPFLAGS = $(unit_cpp_flags)
%C%_test_name_LDFLAGS = $(unit_link_flags)
%C%_test_name_LDADD = $(unit_link_with)

%C%_test_number_CPPFLAGS = $(unit_cpp_flags)
%C%_test_number_LDFLAGS = $(unit_link_flags)
%C%_test_number_LDADD = $(unit_link_with)

%C%_test_missing_CPPFLAGS = $(unit_cpp_flags)
%C%_test_missing_LDFLAGS = $(unit_link_flags)
%C%_test_missing_LDADD = $(unit_link_with)

%C%_test_operation_CPPFLAGS = $(unit_cpp_flags)
%C%_test_operation_LDFLAGS = $(unit_link_flags)
%C%_test_operation_LDADD = $(unit_link_with)
%C%_test_operation_parts_CPPFLAGS = $(unit_cpp_flags)
%C%_test_operation_parts_LDFLAGS = $(unit_link_flags)
%C%_test_operation_parts_LDADD = $(unit_link_with)

%C%_test_options_CPPFLAGS = $(unit_cpp_flags)
%C%_test_options_LDFLAGS = $(unit_link_flags)
%C%_test_options_LDADD = $(unit_link_with)

%C%_test_overdue_CPPFLAGS = $(unit_cpp_flags)
%C%_test_overdue_LDFLAGS = $(unit_link_flags)
%C%_test_overdue_LDADD = $(unit_link_with)

%C%_test_pod_CPPFLAGS = $(unit_cpp_flags)
%C%_test_pod_LDFLAGS = $(unit_link_flags)
%C%_test_pod_LDADD = $(unit_link_with)

%C%_test_pod_address_CPPFLAGS = $(unit_cpp_flags)
%C%_test_pod_address_LDFLAGS = $(unit_link_flags)
%C%_test_pod_address_LDADD = $(unit_link_with)

%C%_test_pod_echo_CPPFLAGS = $(unit_cpp_flags)
%C%_test_pod_echo_LDFLAGS = $(unit_link_flags)
%C%_test_pod_echo_LDADD = $(unit_link_with)

%C%_test_pod_ports_CPPFLAGS = $(unit_cpp_flags)
%C%_test_pod_ports_LDFLAGS = $(unit_link_flags)
%C%_test_pod_ports_LDADD = $(unit_link_with)

%C%_test_pod_push_CPPFLAGS = $(unit_cpp_flags)
%C%_test_pod_push_LDFLAGS = $(unit_link_flags)
%C%_test_pod_push_LDADD = $(unit_link_with)

%C%_test_pod_streams_CPPFLAGS = $(unit_cpp_flags)
%C%_test_pod_streams_LDFLAGS = $(unit_link_flags)
%C%_test_pod_streams_LDADD = $(unit_link_with)

%C%_test_pool_state_CPPFLAGS = $(unit_cpp_flags)
%C%_test_pool_state_LDFLAGS = $(unit_link_flags)
%C%_test_pool_state_LDADD = $(unit_link_with)

%C%_test_pool_state_ahead_SOURCES = %D%/test_pool_state_ahead.c $(unit_steps)
%C%_test_pool_state_ahead_CPPFLAGS = $(unit_cpp_flags)
%C%_test_pool_state_ahead_LDFLAGS = $(unit_link_flags)
%C%_test_pool_state_ahead_LDADD = $(unit_link_with)

%C%_test_pool_state_ahead_chaos_CPPFLAGS = $(unit_cpp_flags)
%C%_test_pool_state_ahead_chaos_LDFLAGS = $(unit_link_flags)
%C%_test_pool_state_ahead_chaos_LDADD = $(unit_link_with)

%C%_test_pool_state_capacity_CPPFLAGS = $(unit_cpp_flags)
%C%_test_pool_state_capacity_LDFLAGS = $(unit_link_flags)
%C%_test_pool_state_capacity_LDADD = $(unit_link_with)

%C%_test_pool_state_changes_CPPFLAGS = $(unit_cpp_flags)
%C%_test_pool_state_changes_LDFLAGS = $(unit_link_flags)
%C%_test_pool_state_changes_LDADD = $(unit_link_with)

%C%_test_pool_state_chaos_CPPFLAGS = $(unit_cpp_flags)
%C%_test_pool_state_chaos_LDFLAGS = $(unit_link_flags)
%C%_test_pool_state_chaos_LDADD = $(unit_link_with)

%C%_test_pool_state_copy_CPPFLAGS = $(unit_cpp_flags)
%C%_test_pool_state_copy_LDFLAGS = $(unit_link_flags)
%C%_test_pool_state_copy_LDADD = $(unit_link_with)

%C%_test_pool_state_counts_CPPFLAGS = $(unit_cpp_flags)
%C%_test_pool_state_counts_LDFLAGS = $(unit_link_flags)
%C%_test_pool_state_counts_LDADD = $(unit_link_with)

%C%_test_pool_state_goose_CPPFLAGS = $(unit_cpp_flags)
%C%_test_pool_state_goose_LDFLAGS = $(unit_link_flags)
%C%_test_pool_state_goose_LDADD = $(unit_link_with)

%C%_test_pool_state_lifecycle_CPPFLAGS = $(unit_cpp_flags)
%C%_test_pool_state_lifecycle_LDFLAGS = $(unit_link_flags)
%C%_test_pool_state_lifecycle_LDADD = $(unit_link_with)

%C%_test_pool_state_model_SOURCES = %D%/test_pool_state_model.c $(unit_steps)
%C%_test_pool_state_model_CPPFLAGS = $(unit_cpp_flags)
%C%_test_pool_state_model_LDFLAGS = $(unit_link_flags)
%C%_test_pool_state_model_LDADD = $(unit_link_with)

%C%_test_pool_state_settings_CPPFLAGS = $(unit_cpp_flags)
%C%_test_pool_state_settings_LDFLAGS = $(unit_link_flags)
%C%_test_pool_state_settings_LDADD = $(unit_link_with)

%C%_test_pool_state_turns_CPPFLAGS = $(unit_cpp_flags)
%C%_test_pool_state_turns_LDFLAGS = $(unit_link_flags)
%C%_test_pool_state_turns_LDADD = $(unit_link_with)

%C%_test_random_CPPFLAGS = $(unit_cpp_flags)
%C%_test_random_LDFLAGS = $(unit_link_flags)
%C%_test_random_LDADD = $(unit_link_with)

%C%_test_poolctl_CPPFLAGS = $(unit_cpp_flags)
%C%_test_poolctl_LDFLAGS = $(unit_link_flags)
%C%_test_poolctl_LDADD = src/poolctl/libpoolctl.a $(unit_link_with)

%C%_test_reader_CPPFLAGS = $(unit_cpp_flags)
%C%_test_reader_LDFLAGS = $(unit_link_flags)
%C%_test_reader_LDADD = $(unit_link_with)

%C%_test_record_CPPFLAGS = $(unit_cpp_flags)
%C%_test_record_LDFLAGS = $(unit_link_flags)
%C%_test_record_LDADD = $(unit_link_with)

%C%_test_repository_CPPFLAGS = $(unit_cpp_flags)
%C%_test_repository_LDFLAGS = $(unit_link_flags)
%C%_test_repository_LDADD = $(unit_link_with)

%C%_test_router_CPPFLAGS = $(unit_cpp_flags)
%C%_test_router_LDFLAGS = $(unit_link_flags)
%C%_test_router_LDADD = $(unit_link_with)

%C%_test_scan_SOURCES = %D%/test_scan.c %D%/scan_copy.h
%C%_test_rows_CPPFLAGS = $(unit_cpp_flags)
%C%_test_rows_LDFLAGS = $(unit_link_flags)
%C%_test_rows_LDADD = $(unit_link_with)

%C%_test_scan_CPPFLAGS = $(unit_cpp_flags)
%C%_test_scan_LDFLAGS = $(unit_link_flags)
%C%_test_scan_LDADD = $(unit_link_with)

%C%_test_scan_rows_SOURCES = %D%/test_scan_rows.c %D%/scan_copy.h
%C%_test_scan_rows_CPPFLAGS = $(unit_cpp_flags)
%C%_test_scan_rows_LDFLAGS = $(unit_link_flags)
%C%_test_scan_rows_LDADD = $(unit_link_with)

%C%_test_service_CPPFLAGS = $(unit_cpp_flags)
%C%_test_service_LDFLAGS = $(unit_link_flags)
%C%_test_service_LDADD = $(unit_link_with)

%C%_test_service_chaos_CPPFLAGS = $(unit_cpp_flags)
%C%_test_service_chaos_LDFLAGS = $(unit_link_flags)
%C%_test_service_chaos_LDADD = $(unit_link_with)

%C%_test_settings_CPPFLAGS = $(unit_cpp_flags)
%C%_test_settings_LDFLAGS = $(unit_link_flags)
%C%_test_settings_LDADD = $(unit_link_with)

%C%_test_settings_routes_CPPFLAGS = $(unit_cpp_flags)
%C%_test_settings_routes_LDFLAGS = $(unit_link_flags)
%C%_test_settings_routes_LDADD = $(unit_link_with)

%C%_test_split_CPPFLAGS = $(unit_cpp_flags)
%C%_test_split_LDFLAGS = $(unit_link_flags)
%C%_test_split_LDADD = $(unit_link_with)

%C%_test_state_file_CPPFLAGS = $(unit_cpp_flags)
%C%_test_state_file_LDFLAGS = $(unit_link_flags)
%C%_test_state_file_LDADD = $(unit_link_with)

%C%_test_state_file_log_CPPFLAGS = $(unit_cpp_flags)
%C%_test_state_file_log_LDFLAGS = $(unit_link_flags)
%C%_test_state_file_log_LDADD = $(unit_link_with)

%C%_test_state_file_open_CPPFLAGS = $(unit_cpp_flags)
%C%_test_state_file_open_LDFLAGS = $(unit_link_flags) -Wl,--wrap=open
%C%_test_state_file_open_LDADD = $(unit_link_with)

%C%_test_state_lock_CPPFLAGS = $(unit_cpp_flags)
%C%_test_state_lock_LDFLAGS = $(unit_link_flags)
%C%_test_state_lock_LDADD = $(unit_link_with)

%C%_test_statements_CPPFLAGS = $(unit_cpp_flags)
%C%_test_statements_LDFLAGS = $(unit_link_flags)
%C%_test_statements_LDADD = $(unit_link_with)

%C%_test_supervisor_CPPFLAGS = $(unit_cpp_flags)
%C%_test_supervisor_LDFLAGS = $(unit_link_flags)
%C%_test_supervisor_LDADD = $(unit_link_with)

%C%_test_tenants_CPPFLAGS = $(unit_cpp_flags)
%C%_test_tenants_LDFLAGS = $(unit_link_flags)
%C%_test_tenants_LDADD = $(unit_link_with)

%C%_test_text_CPPFLAGS = $(unit_cpp_flags)
%C%_test_text_LDFLAGS = $(unit_link_flags)
%C%_test_text_LDADD = $(unit_link_with)

%C%_test_timer_CPPFLAGS = $(unit_cpp_flags)
%C%_test_timer_LDFLAGS = $(unit_link_flags)
%C%_test_timer_LDADD = $(unit_link_with)

%C%_test_tree_CPPFLAGS = $(unit_cpp_flags)
%C%_test_tree_LDFLAGS = $(unit_link_flags) \
	-Wl,--wrap=json_object_new_boolean,--wrap=json_object_new_int64,--wrap=json_object_new_double \
	-Wl,--wrap=json_object_new_string_len,--wrap=json_object_new_array_ext,--wrap=json_object_new_object \
	-Wl,--wrap=json_object_array_add,--wrap=json_object_object_add_ex
%C%_test_tree_LDADD = $(unit_link_with)

%C%_test_transfer_CPPFLAGS = $(unit_cpp_flags) $(CURL_CFLAGS)
%C%_test_transfer_LDFLAGS = $(unit_link_flags)
%C%_test_transfer_LDADD = src/poolctl/libpoolctl.a $(unit_link_with) $(CURL_LIBS)

%C%_test_unchanged_CPPFLAGS = $(unit_cpp_flags)
%C%_test_unchanged_LDFLAGS = $(unit_link_flags)
%C%_test_unchanged_LDADD = $(unit_link_with)

%C%_test_unchanged_any_CPPFLAGS = $(unit_cpp_flags)
%C%_test_unchanged_any_LDFLAGS = $(unit_link_flags)
%C%_test_unchanged_any_LDADD = $(unit_link_with)

%C%_test_uri_CPPFLAGS = $(unit_cpp_flags)
%C%_test_uri_LDFLAGS = $(unit_link_flags)
%C%_test_uri_LDADD = $(unit_link_with)

%C%_test_users_CPPFLAGS = $(unit_cpp_flags)
%C%_test_users_LDFLAGS = $(unit_link_flags)
%C%_test_users_LDADD = $(unit_link_with)

%C%_test_verify_SOURCES = %D%/test_verify.c %D%/journal_front.c %D%/journal_front.h
%C%_test_verify_CPPFLAGS = $(unit_cpp_flags)
%C%_test_verify_LDFLAGS = $(unit_link_flags)
%C%_test_verify_LDADD = $(unit_link_with)

%C%_test_views_CPPFLAGS = $(unit_cpp_flags)
%C%_test_views_LDFLAGS = $(unit_link_flags)
%C%_test_views_LDADD = $(unit_link_with)

%C%_test_writer_CPPFLAGS = $(unit_cpp_flags)
%C%_test_writer_LDFLAGS = $(unit_link_flags)
%C%_test_writer_LDADD = $(unit_link_with)

# Each unit program under valgrind: an error or a lost block fails it. Needs a build without sanitizers. Of SQLite's allocations
# every seventeenth fails here; each one does in the other runs. There are as many at a time as processors.
.PHONY: check-valgrind
check-valgrind: $(unit_tests)
	@test -n "$(VALGRIND)" || { echo "valgrind is missing (Debian: valgrind)" >&2; exit 1; }; \
	set -- $(unit_tests); \
	printf '%s\n' "$$@" | UNIT_STRIDE=17 xargs -P "$$(nproc)" -I '{}' $(SHELL) -c \
	    '$(VALGRIND) -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=all \
	        --suppressions="$$1/valgrind.supp" "./$$0" > "$$0.valgrind" 2>&1 || \
	        { echo "not ok - $$0"; cat "$$0.valgrind"; exit 1; }' '{}' '$(srcdir)/%D%' || exit 1; \
	echo "valgrind: $$# passed"
CLEANFILES += $(unit_tests:=.valgrind)
